"""Prior shapes: how the memory that a guest dirties may grow with time.

Most are near a power of the time.  Their deviations let some sets dominate and others be all but
empty, so they include guests with one or two sets; in some the larger sets are swept.
"""

import math
from typing import Dict, List, Sequence, Tuple

from .curve import TIMES_S, power_weights
from .writers import mean_share, share_dirtied

__all__ = ["SHAPES", "Known", "Shape"]

_COUNT = 320
# How far sets deviate from a power of the time, as a logarithm.
_DEVIATION = 0.4
# The part of the shapes in which one or two sets dominate, and the size of the others then.
_FEW, _OTHERS = 0.2, 0.03
# The part in which one of this many larger sets is swept.
_SWEPT, _LARGER = 0.2, 4
# The weight of these among the others: real guests are near a power of the time.
_SHIFTS = 5
_SELDOM = 0.3
# Powers are between this and 1, where what is dirtied grows steadily.
_LEAST_POWER = 0.6
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


Known = Dict[
    Tuple[float, Tuple[float, ...], Tuple[bool, ...]], Tuple[Sequence[float], Sequence[float]]
]


class Shape:
    """One way in which the memory that a guest dirties may grow with time.

    Attributes:
        sets: sets of pages, without a unit.
        times: the times within which they fill up, s.
        sweeps: whether each is swept, rather than written at random.
        prior: its weight before anything is known.
        log: the part of KVM's dirty log that counts from when pages are sent, 0 to 1.
    """

    __slots__ = ("_dirtied", "log", "prior", "sets", "sweeps", "times")

    def __init__(
        self,
        sets: Sequence[float],
        times: Sequence[float],
        sweeps: Sequence[bool],
        log: float,
        prior: float,
    ) -> None:
        self.sets = tuple(sets)
        self.times = tuple(times)
        self.sweeps = tuple(sweeps)
        self.log = log
        self.prior = prior
        self._dirtied: Dict[float, float] = {}

    def shares(self, period: float, known: Known) -> Tuple[Sequence[float], Sequence[float]]:
        """The share of each set that is dirtied within a period, and its mean over the period.

        Args:
            period: the period, s.
            known: a cache of results for shapes with the same times.
        """
        key = (period, self.times, self.sweeps)
        found = known.get(key)
        if found is None:
            found = known[key] = self._shares(period)
        return found

    def _shares(self, period: float) -> Tuple[Sequence[float], Sequence[float]]:
        shares, means = [], []
        for time, swept in zip(self.times, self.sweeps):
            if swept:
                share = min(1.0, period / time)
                shares.append(share)
                means.append(share / 2 if share < 1 else 1 - time / period / 2)
            else:
                share = share_dirtied(period, time)
                shares.append(share)
                means.append(mean_share(period / time, share))
        return shares, means

    def dirtied(self, period: float) -> float:
        """The pages of all sets that are dirtied within a period, s.

        They are kept, since all fits ask for the same few periods.
        """
        found = self._dirtied.get(period)
        if found is None:
            shares, _ = self._shares(period)
            found = sum([size * share for size, share in zip(self.sets, shares)])
            self._dirtied[period] = found
        return found


def _halton(index: int, base: int) -> float:
    """A number between 0 and 1; successive indexes are spread evenly."""
    found, part = 0.0, 1.0
    while index:
        part /= base
        found += part * (index % base)
        index //= base
    return found


def _shapes() -> Tuple[Shape, ...]:
    found: List[Shape] = []
    for index in range(1, _COUNT + 1):
        power, log, kind, shift, *draws = [_halton(index, prime) for prime in _PRIMES]
        # Approximately normal deviates.
        deviations = [math.log(draw / (1 - draw)) / 1.7 for draw in draws]
        sets = [
            size * math.exp(_DEVIATION * deviation)
            for size, deviation in zip(
                power_weights(_LEAST_POWER + (1 - _LEAST_POWER) * power), deviations
            )
        ]
        # Shift by a part of the step from one time to the next.
        part = int(shift * _SHIFTS) / _SHIFTS
        times = [time * (TIMES_S[1] / TIMES_S[0]) ** (part - 0.4) for time in TIMES_S]
        sweeps = [False] * len(times)
        prior = 1.0 if kind >= _FEW + _SWEPT else _SELDOM
        if kind < _FEW:
            # One or two sets dominate.
            chosen = {int(kind / _FEW * len(sets)), int(draws[0] * len(sets))}
            sets = [size if i in chosen else size * _OTHERS for i, size in enumerate(sets)]
        elif kind < _FEW + _SWEPT:
            # One of the larger sets is swept, and dominates more or less.
            chosen = {len(sets) - 1 - int((kind - _FEW) / _SWEPT * _LARGER)}
            others = _OTHERS ** (2 * draws[0])
            sets = [size if i in chosen else size * others for i, size in enumerate(sets)]
            sweeps = [i in chosen for i in range(len(sets))]
        whole = sum(sets)
        found.append(Shape([size / whole for size in sets], times, sweeps, log, prior))
    return tuple(found)


SHAPES = _shapes()
