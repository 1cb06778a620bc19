"""The curves of a forecast, as points: times in ms, sizes in bytes, for a logarithmic scale."""

import math
from typing import List, Tuple

from .._forecast.forecast import Forecast

__all__ = ["edge_ms", "limits", "remaining", "repeated", "sizes"]

_POINTS = 32
# Cut off ranges that end later than this factor of the forecast.
_EDGE_MAX = 2.5

Points = List[Tuple[float, float]]


def edge_ms(forecast: Forecast) -> float:
    """The end of the time axis, ms: that of the range, unless that is too far off."""
    low, high = forecast.total_ms_range
    least = max(forecast.total_ms, low or 0, 1)
    return max(least, min(1.25 * least if high is None else high, _EDGE_MAX * least))


def _fits(forecast: Forecast, limit_ms: int) -> float:
    return forecast.bytes_per_s * limit_ms / 1000


def _least(forecast: Forecast) -> float:
    """A tenth of what fits, to represent 0 on a logarithmic scale."""
    return max(1.0, min([_fits(forecast, each.limit_ms) for each in forecast.rounds]) / 10)


def sizes(forecast: Forecast) -> Tuple[float, float]:
    """The ends of the axis of sizes, bytes."""
    drawn = [size for _, size in remaining(forecast) if not math.isnan(size)]
    return min(drawn) / 1.3, max(drawn) * 1.5


def remaining(forecast: Forecast) -> Points:
    """What remains to be sent; NaN where rounds repeat, which are drawn as a band."""
    least = _least(forecast)
    points: Points = []

    def falls(start_ms: int, end_ms: int, start: int, end: int) -> None:
        """Add a linear decrease, which is a curve on this scale; steep parts get more points."""
        for step in range(_POINTS + 1):
            share = 1 - (1 - step / _POINTS) ** 3
            size = max(start + (end - start) * share, least)
            points.append((start_ms + (end_ms - start_ms) * share, size))

    for each in forecast.rounds:
        if each.count == 1:
            falls(each.start_ms, each.end_ms, each.remaining_bytes, each.left_bytes)
        else:
            points += [
                (each.start_ms, max(each.remaining_bytes, least)),
                (each.start_ms, math.nan),
                (each.end_ms, max(each.left_bytes, least)),
            ]
    if forecast.rest_bytes:
        falls(forecast.rounds[-1].end_ms, forecast.total_ms, forecast.rest_bytes, 0)
    return points


def repeated(forecast: Forecast) -> List[Tuple[int, int, float, float]]:
    """Periods of repeating rounds: start, end, and the least and the most that remains."""
    least = _least(forecast)
    return [
        (each.start_ms, each.end_ms, max(each.left_bytes, least), max(each.remaining_bytes, least))
        for each in forecast.rounds
        if each.count > 1
    ]


def limits(forecast: Forecast) -> Points:
    """What fits the downtime limit, from each time on."""
    # Vdsm acts in the second round at the earliest.
    steps = [(0, each.limit_ms) for each in forecast.rounds[:1]]
    for each in forecast.rounds:
        for at, action in each.actions:
            if action.downtime is not None:
                steps.append((at, action.downtime))
    steps += [(forecast.total_ms, limit) for _, limit in steps[-1:]]
    return [(at, _fits(forecast, limit)) for at, limit in steps]
