"""Ticks of axes and their labels: times and sizes as people read them."""

import math
from typing import List, Tuple

from .._forecast.text import size_text, time_text

__all__ = ["size_ticks", "time_ticks"]

Ticks = Tuple[List[float], List[str]]

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
# Steps between ticks, ms; longer ones are tens, hundreds and so on of days.
_STEPS = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(_SECOND * count for count in (1, 2, 5, 10, 20, 30)),
    *(_MINUTE * count for count in (1, 2, 5, 10, 20, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
    *(_DAY * count for count in (1, 2, 5)),
)
# Factors between ticks of sizes, as powers of 2; all divide 10, so 1 GiB and 1 TiB are ticks.
_POWERS = (1, 2, 5, 10)
_SIZES = 7
# Times per inch.
_TIMES = 0.875


def time_ticks(end_ms: float, inches: float = 8) -> Ticks:
    """Ticks from 0 to *end_ms*, on a figure of this width: positions, ms, and labels."""
    most = int(_TIMES * inches)
    step = next((step for step in _STEPS if end_ms <= most * step), 0)
    if not step:
        step = _DAY * 10 ** math.ceil(math.log10(end_ms / most / _DAY))
    places = [step * count for count in range(int(end_ms // step) + 1)]
    return [*places], ["0", *map(time_text, places[1:])]


def size_ticks(low: float, high: float) -> Ticks:
    """Ticks of a logarithmic scale from *low* to *high*, bytes: positions and labels."""
    first, last = math.ceil(math.log2(low)), math.floor(math.log2(high))
    power = next((power for power in _POWERS if last - first < _SIZES * power), 20)
    exponents = range(-(-first // power) * power, last + 1, power)
    return [2.0**each for each in exponents], [_size(2**each) for each in exponents]


def _size(size: int) -> str:
    return size_text(size).replace(".0 ", " ")
