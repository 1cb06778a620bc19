"""A link shared by TCP: connections get equal shares, up to what they ask for."""

from typing import List, NamedTuple, Optional, Sequence, Tuple

__all__ = ["Ask", "fair", "shares"]


class Ask(NamedTuple):
    """The speeds that a migration asks for, bytes a second.

    Attributes:
        rate: while the guest runs.
        link: at the switchover, when only the network limits it.
        connections: its number of TCP connections.
    """

    rate: int
    link: int
    connections: int


def fair(capacity: int, demands: Sequence[int], weights: Sequence[int]) -> List[int]:
    """Max-min fair shares of a capacity, by weight, none above its demand."""
    found = [0] * len(demands)
    left, weight = capacity, sum(weights)
    order = sorted(range(len(demands)), key=lambda index: demands[index] / weights[index])
    for place, index in enumerate(order):
        if demands[index] * weight > left * weights[index]:
            # The same holds for all others, so they get equal shares.
            level = left // weight
            for other in order[place:]:
                found[other] = level * weights[other]
            break
        found[index] = demands[index]
        left -= demands[index]
        weight -= weights[index]
    return found


def shares(capacity: Optional[int], asks: Sequence[Ask]) -> List[Tuple[int, int]]:
    """The speed of each migration while the guest runs, and at its switchover.

    Migrations that switch over share what the requests leave of the link, as if all of them did so
    at once.  So together they never send more than the link carries.

    Args:
        capacity: the capacity of the link, bytes a second; None if not known.
        asks: the speeds that the migrations ask for.
    """
    if capacity is None:
        return [(ask.rate, ask.link) for ask in asks]
    weights = [ask.connections for ask in asks]
    rates = fair(capacity, [ask.rate for ask in asks], weights)
    more = fair(
        capacity - sum(rates), [max(0, ask.link - got) for ask, got in zip(asks, rates)], weights
    )
    # A migration needs some speed, even if it gets nothing.
    return [(max(1, got), max(1, got + lifted)) for got, lifted in zip(rates, more)]
