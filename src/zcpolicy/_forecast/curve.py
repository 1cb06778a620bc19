"""From dirty rates over several periods to writers that dirty memory at these rates.

Real guests dirty memory ever more slowly: they rewrite a small part constantly, and a larger part
now and then.  Over time, what is dirtied grows roughly as a power of the time.  A few random
writers whose sets fill up within times a constant factor apart reproduce that.
"""

import math
from typing import Dict, List, Sequence, Tuple

from .._base.errors import InvalidValue
from .writers import Writer

__all__ = ["TIMES_S", "averaged", "dirtied_mib", "power_weights", "within", "writers_of"]

# The times within which the writers' sets fill up, s: the time to write each set once over.
TIMES_S: Tuple[float, ...] = (0.06, 0.36, 2.2, 13.0, 78.0, 470.0)
_TURNS = 200
# Powers nearer to 0 or 1 than this are treated as this far away.
_EDGE = 0.1
# Rates are quotients: if a longer period dirties no more than a shorter one, rounding may make it
# look like less.
_ROUNDED = 1e-9


def power_weights(power: float) -> List[float]:
    """Sets, without a unit, that are dirtied as this power of the time, 0 to 1.

    The first and the last also stand for all that fill up faster or more slowly.
    """
    sets = [time**power for time in TIMES_S]
    ratio = TIMES_S[1] / TIMES_S[0]
    sets[0] /= 1 - ratio ** -max(power, _EDGE)
    sets[-1] /= 1 - ratio ** -max(1 - power, _EDGE)
    return sets


def dirtied_mib(sets: Sequence[float], period: float) -> float:
    """The part of sets that fill up in `TIMES_S` that is dirtied within a period, s."""
    return sum([-size * math.expm1(-period / time) for size, time in zip(sets, TIMES_S)])


def averaged(
    points: Sequence[Tuple[float, float]], paths: Sequence[Tuple[str, str]]
) -> Tuple[List[Tuple[float, float]], List[Tuple[str, str]]]:
    """Average the rates of each period; each keeps the path of its first rate."""
    found: Dict[float, List[Tuple[float, Tuple[str, str]]]] = {}
    for (period, rate), path in zip(points, paths):
        found.setdefault(period, []).append((rate, path))
    means = [
        (period, sum([rate for rate, _ in of]) / len(of) if len(of) > 1 else of[0][0])
        for period, of in found.items()
    ]
    return means, [of[0][1] for of in found.values()]


def writers_of(
    points: Sequence[Tuple[float, float]],
    memory_mib: float,
    paths: Sequence[Tuple[str, str]],
) -> Tuple[Writer, ...]:
    """Writers that dirty memory at these rates over these periods, s and MiB/s.

    Raises:
        ZcpolicyError: a longer period dirties less than a shorter one, or more than the memory.
    """
    ordered = sorted(zip(points, paths))
    total = [(period, rate * period) for (period, rate), _ in ordered]
    for (before, after), ((_, rate), (_, of)) in zip(zip(total, total[1:]), ordered[1:]):
        if after[1] < before[1] * (1 - _ROUNDED):
            low = before[1] / after[0]
            raise InvalidValue(
                of,
                rate,
                f"at least {_bound_text(low, rate)} MiB/s, since {before[1]:.4g} MiB were "
                f"already dirtied in {before[0]} s",
            )
    (longest, most), ((_, rate), (_, of)) = total[-1], ordered[-1]
    if most > memory_mib * (1 + _ROUNDED):
        high = _bound_text(memory_mib / longest, rate)
        raise InvalidValue(of, rate, f"at most {high} MiB/s, since the VM has {memory_mib} MiB")
    sets = _sets(total, memory_mib)
    return tuple(
        [Writer(mib_s=size / time, set_mib=size) for size, time in zip(sets, TIMES_S) if size > 0]
    )


def _bound_text(bound: float, value: float) -> str:
    """A bound, with enough digits to show that the value violates it."""
    texts = [f"{bound:.{digits}g}" for digits in range(4, 18)]
    return next(
        text for text in texts if float(text) != value and (float(text) > value) == (bound > value)
    )


def _sets(total: Sequence[Tuple[float, float]], memory_mib: float) -> List[float]:
    """The sets whose writers dirty this much, by Richardson-Lucy iteration.

    The iteration keeps its initial shape, a power of time through the first and the last point,
    where nothing is known, and never makes a set negative.
    """
    (first, little), (last, much) = total[0], total[-1]
    if not much:
        return [0.0] * len(TIMES_S)
    power = 1.0
    if little:
        power = min(max(math.log(much / little) / math.log(last / first), 0.0), 1.0)
    # Below the shortest measured period, assume something between that power and a steady rate.
    steeper = [max(1.0, first / time) ** ((power - 1) / 2) for time in TIMES_S]
    sets = [size * less for size, less in zip(power_weights(power), steeper)]
    scale = much / dirtied_mib(sets, last)
    sets = [size * scale for size in sets]
    shares = [[-math.expm1(-period / time) for time in TIMES_S] for period, _ in total]
    for _ in range(_TURNS):
        sets = within(sets, memory_mib)
        ratios = [found / (dirtied_mib(sets, period) or 1.0) for period, found in total]
        sets = [
            size
            * math.exp(
                sum([math.log(max(ratio, 1e-9)) * share[i] for ratio, share in zip(ratios, shares)])
                / sum([share[i] for share in shares])
            )
            for i, size in enumerate(sets)
        ]
    return within(sets, memory_mib)


def within(sets: Sequence[float], memory_mib: float) -> List[float]:
    """Shrink the slowest sets until all fit in the memory."""
    left = memory_mib
    found = []
    for size in sets:
        found.append(min(size, left))
        left -= found[-1]
    return found
