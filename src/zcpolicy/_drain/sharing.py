"""A link shared by TCP: as much to each connection, and to none more than it asks for."""

from typing import List, NamedTuple, Optional, Sequence, Tuple

__all__ = ["Ask", "fair", "shares"]


class Ask(NamedTuple):
    """What a migration would send, bytes a second.

    Attributes:
        rate: while the guest runs.
        link: where nothing but the network limits it: once it switches over.
        connections: by how many TCP connections.
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
            # So do all others, and equal ones get equal shares.
            level = left // weight
            for other in order[place:]:
                found[other] = level * weights[other]
            break
        found[index] = demands[index]
        left -= demands[index]
        weight -= weights[index]
    return found


def shares(capacity: Optional[int], asks: Sequence[Ask]) -> List[Tuple[int, int]]:
    """For each what it sends while the guest runs, and what at its switchover.

    What the requests leave of the link is shared by those that switch over, as if all did at once,
    so that together they never send more than the link carries.

    Args:
        capacity: what the link carries, bytes a second; None where nobody knows.
        asks: what is asked for.
    """
    if capacity is None:
        return [(ask.rate, ask.link) for ask in asks]
    weights = [ask.connections for ask in asks]
    rates = fair(capacity, [ask.rate for ask in asks], weights)
    more = fair(
        capacity - sum(rates), [max(0, ask.link - got) for ask, got in zip(asks, rates)], weights
    )
    # A migration that gets nothing at all would have no speed.
    return [(max(1, got), max(1, got + lifted)) for got, lifted in zip(rates, more)]
