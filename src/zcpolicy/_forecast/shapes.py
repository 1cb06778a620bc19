"""Shapes of what guests dirty as time goes on, before anything is known of one.

Most are near to a power of the time, with deviations by which some sets dominate and others are all
but empty, so that guests of one or two sets are among them; in some the larger sets are swept.
"""

import math
from typing import List, Sequence, Tuple

from .curve import TIMES_S, power_weights
from .writers import mean_share, share_dirtied

__all__ = ["SHAPES", "Shape"]

_COUNT = 320
# How far sets are from a power of the time, as a logarithm.
_DEVIATION = 0.4
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23)


class Shape:
    """A shape.

    Attributes:
        sets: the sets that fill up in `TIMES_S`, in no unit.
        sweeps: whether each is swept, not written at random.
        log: how much of KVM's dirty log counts from when pages are sent, 0 to 1.
    """

    __slots__ = ("log", "sets", "sweeps")

    def __init__(self, sets: Sequence[float], sweeps: Sequence[bool], log: float) -> None:
        self.sets = tuple(sets)
        self.sweeps = tuple(sweeps)
        self.log = log

    def shares(self, period: float) -> Tuple[Sequence[float], Sequence[float]]:
        """The share of each set that is dirtied within a period, s; and its mean over parts."""
        shares, means = [], []
        for time, swept in zip(TIMES_S, self.sweeps):
            if swept:
                share = min(1.0, period / time)
                shares.append(share)
                means.append(share / 2 if share < 1 else 1 - time / period / 2)
            else:
                share = share_dirtied(period, time)
                shares.append(share)
                means.append(mean_share(period, time, share))
        return shares, means

    def dirtied(self, period: float) -> float:
        return sum([size * share for size, share in zip(self.sets, self.shares(period)[0])])

    def slope(self, period: float, dirtied: float) -> float:
        """By how many percent more is dirtied in a period that is a percent longer."""
        grown = sum(
            [
                size
                * (
                    float(period < time) * period / time
                    if swept
                    else period / time * math.exp(-period / time)
                )
                for size, time, swept in zip(self.sets, TIMES_S, self.sweeps)
            ]
        )
        return grown / dirtied


def _halton(index: int, base: int) -> float:
    """A number between 0 and 1; those of successive indexes are spread evenly."""
    found, part = 0.0, 1.0
    while index:
        part /= base
        found += part * (index % base)
        index //= base
    return found


def _shapes() -> Tuple[Shape, ...]:
    found: List[Shape] = []
    for index in range(1, _COUNT + 1):
        power, log, kind, *draws = [_halton(index, prime) for prime in _PRIMES]
        # About normal deviates.
        deviations = [math.log(draw / (1 - draw)) / 1.7 for draw in draws]
        sets = [
            size * math.exp(_DEVIATION * deviation)
            for size, deviation in zip(power_weights(power), deviations)
        ]
        swept = kind < 0.15
        sweeps = [swept and time > 1 for time in TIMES_S]
        whole = sum(sets)
        found.append(Shape([size / whole for size in sets], sweeps, log))
    return tuple(found)


SHAPES = _shapes()
