"""What a guest dirties within a time, as writers: from its dirty rates over several periods.

Real guests dirty less and less as time goes on: a small part of memory is written again and again,
a larger one now and then.  Between two times that is near to a power of the time, and a few random
writers whose sets fill up within times a factor apart dirty as much.
"""

import math
from typing import Dict, List, Sequence, Tuple

from .._base.errors import InvalidValue
from .writers import Writer

__all__ = ["TIMES_S", "averaged", "dirtied_mib", "power_weights", "within", "writers_of"]

# The times within which the sets of the writers fill up, s: each is written once over in that time.
TIMES_S: Tuple[float, ...] = (0.06, 0.36, 2.2, 13.0, 78.0, 470.0)
_TURNS = 200
# A power nearer than this to 0 or 1 is as one so far from it.
_EDGE = 0.1
# Rates are quotients, and what was dirtied within one period and no more within another is about
# as much.
_ROUNDED = 1e-9


def power_weights(power: float) -> List[float]:
    """Sets, in no unit, that are dirtied as this power of the time, 0 to 1.

    The first and the last stand for all that fill up faster and more slowly, too.
    """
    sets = [time**power for time in TIMES_S]
    ratio = TIMES_S[1] / TIMES_S[0]
    sets[0] /= 1 - ratio ** -max(power, _EDGE)
    sets[-1] /= 1 - ratio ** -max(1 - power, _EDGE)
    return sets


def dirtied_mib(sets: Sequence[float], period: float) -> float:
    """How much of sets that fill up in `TIMES_S` is dirtied within a period, s."""
    return sum([-size * math.expm1(-period / time) for size, time in zip(sets, TIMES_S)])


def averaged(
    points: Sequence[Tuple[float, float]], paths: Sequence[Tuple[str, str]]
) -> Tuple[List[Tuple[float, float]], List[Tuple[str, str]]]:
    """The mean of the rates of each period, and the path of the first of them."""
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
        ZcpolicyError: less is dirtied in a longer period than in a shorter one; or more than the
            memory.
    """
    ordered = sorted(zip(points, paths))
    total = [(period, rate * period) for (period, rate), _ in ordered]
    for (before, after), ((_, rate), (_, of)) in zip(zip(total, total[1:]), ordered[1:]):
        if after[1] < before[1] * (1 - _ROUNDED):
            low = before[1] / after[0]
            raise InvalidValue(
                of,
                rate,
                f"at least {_bound_text(low, rate)} MiB/s, as {before[1]:.4g} MiB were dirtied in "
                f"{before[0]} s already",
            )
    (longest, most), ((_, rate), (_, of)) = total[-1], ordered[-1]
    if most > memory_mib * (1 + _ROUNDED):
        high = _bound_text(memory_mib / longest, rate)
        raise InvalidValue(of, rate, f"at most {high} MiB/s, as the VM has {memory_mib} MiB")
    sets = _sets(total, memory_mib)
    return tuple(
        [Writer(mib_s=size / time, set_mib=size) for size, time in zip(sets, TIMES_S) if size > 0]
    )


def _bound_text(bound: float, value: float) -> str:
    """A bound that a value is beyond, with as many digits as it takes to see that."""
    texts = [f"{bound:.{digits}g}" for digits in range(4, 18)]
    return next(
        text for text in texts if float(text) != value and (float(text) > value) == (bound > value)
    )


def _sets(total: Sequence[Tuple[float, float]], memory_mib: float) -> List[float]:
    """The sets whose writers dirty so much, by Richardson's and Lucy's iteration.

    It keeps the shape that it begins with, the power of time between the first and the last,
    where nothing is known, and no set becomes negative.
    """
    (first, little), (last, much) = total[0], total[-1]
    if not much:
        return [0.0] * len(TIMES_S)
    power = 1.0
    if little:
        power = min(max(math.log(much / little) / math.log(last / first), 0.0), 1.0)
    # Within less than was measured it is between that power and a steady rate.
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
    """The sets, the slowest of them made smaller where they are more than the memory."""
    left = memory_mib
    found = []
    for size in sets:
        found.append(min(size, left))
        left -= found[-1]
    return found
