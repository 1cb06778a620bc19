"""Convert answers to points, words and tables for the page, which computes nothing itself."""

from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

import zcpolicy as zc
from zcpolicy._advice.option import Option, shown_value
from zcpolicy._advice.text import outcomes_text
from zcpolicy._drain.text import total_text
from zcpolicy._forecast.text import action_text, between, size_text, time_text

__all__ = ["curve", "effective", "option_json", "plan_json", "said"]

Json = Dict[str, Any]
_GIB = 1 << 30
_POINTS = 24
# The units of a number, by the suffix of its key.
_UNITS: Mapping[str, Tuple[Tuple[int, str], ...]] = {
    "MiB": ((1 << 20, "TiB"), (1 << 10, "GiB"), (1, "MiB")),
    "MiBs": ((1 << 10, "GiB/s"), (1, "MiB/s")),
    "Mbps": ((1000, "Gbps"), (1, "Mbps")),
    "Ms": ((1000, "s"), (1, "ms")),
}


def effective(document: Mapping[str, Any]) -> Dict[str, str]:
    """Return the value that applies if a field of the form is empty, by path, as a user types it.

    Args:
        document: a scenario or ``{"workload": …}`` in JSON.
    """
    found = dict(_values(document, ""))
    link = found.get("source.migrationMbps")
    if link is not None and link == found.get("destination.migrationMbps"):
        found["migrationMbps"] = link
    return found


def _values(document: Mapping[str, Any], start: str) -> Iterator[Tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _values(value, f"{start}{key}.")
        elif value is not None and not isinstance(value, list):
            yield f"{start}{key}", _with_unit(key, value)


def _with_unit(key: str, value: Any) -> str:
    """Format a value in the largest unit that keeps it whole; round measured ones to two places."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else round(value, 2)
    for end, units in _UNITS.items():
        if key.endswith(end) and value:
            for factor, unit in units:
                if value % factor == 0:
                    return f"{value // factor}{unit}"
    return _typed(value)


def said(forecast: zc.Forecast) -> Json:
    """Summarize a forecast in a few words per item."""
    down, throttle = forecast.downtime_ms_range, forecast.throttle_range
    return {
        "outcome": outcomes_text(forecast),
        "total": between(forecast.total_ms_range, time_text),
        "downtime": between(down, time_text) if down[1] else "none",
        "throttle": between(throttle, lambda share: f"{share} %") if throttle[1] else "none",
        "sent": between(forecast.sent_mib_range, lambda mib: size_text(mib << 20)),
    }


def plan_json(plan: zc.Plan) -> Json:
    """Return a plan's bars: names, start and end in s and in words; None if it never ends."""
    return {
        "total": total_text(plan),
        "legs": [
            {
                "name": leg.name,
                "start": leg.start_ms / 1000,
                "end": (leg.start_ms + leg.forecast.total_ms) / 1000,
                "since": time_text(leg.start_ms) if leg.start_ms else "the start",
                "until": None if leg.end_ms is None else time_text(leg.end_ms),
                **said(leg.forecast),
            }
            for leg in plan.legs
        ],
        "stays": [{"name": stay.name, "reason": stay.reason} for stay in plan.stays],
    }


def curve(forecast: zc.Forecast) -> Json:
    """Return curves of the memory left and of what fits the downtime limit, as lists of points.

    Times are in s, sizes in GiB.  ``low`` differs from ``left`` only where rounds repeat.
    """
    points: List[Tuple[float, float, float, int]] = []
    marks: List[Json] = []
    limits = [(0, forecast.rounds[0].limit_ms)]
    for each in forecast.rounds:
        if each.count > 1:
            for at in (each.start_ms, each.end_ms):
                points.append((at, each.remaining_bytes, each.left_bytes, each.throttle))
        else:
            span = (each.start_ms, each.end_ms, each.remaining_bytes, each.left_bytes)
            points += [(*point, each.throttle) for point in _falling(*span)]
        for at, action in each.actions:
            marks.append({"at": at / 1000, "text": action_text(action)})
            if action.downtime is not None:
                limits.append((at, action.downtime))
    if forecast.rest_bytes:
        last = forecast.rounds[-1]
        span = (last.end_ms, forecast.total_ms, forecast.rest_bytes, 0)
        points += [(*point, last.throttle) for point in _falling(*span)]
    return {
        "at": [at / 1000 for at, _, _, _ in points],
        "left": [high / _GIB for _, high, _, _ in points],
        "low": [low / _GIB for _, _, low, _ in points],
        "throttle": [throttle for _, _, _, throttle in points],
        "fits": [_fitting(forecast, limits, at) / _GIB for at, _, _, _ in points],
        "marks": marks,
        "total": forecast.total_ms / 1000,
        "range": [None if end is None else end / 1000 for end in forecast.total_ms_range],
    }


def _falling(start: int, end: int, high: int, low: int) -> Iterator[Tuple[float, float, float]]:
    for step in range(_POINTS + 1):
        left = high + (low - high) * step / _POINTS
        yield start + (end - start) * step / _POINTS, left, left


def _fitting(forecast: zc.Forecast, limits: Sequence[Tuple[int, int]], at: float) -> float:
    """Return the bytes that fit the downtime limit at a time."""
    limit = [limit for since, limit in limits if since <= at][-1]
    return forecast.bytes_per_s * limit / 1000


def option_json(option: Option) -> Json:
    """Return an option's row in a table, and the settings to apply to the form if it is chosen."""
    made = option.made
    settings = {
        change.path: _typed(change.after)
        for change in option.changes
        if "policy" not in change.path
    }
    whose = "vm" if option.scenario.vm.policy is not None else "cluster"
    if made is None:
        settings[f"{whose}.policy"] = option.policy.name
    return {
        "name": option.policy.name,
        "changes": [
            f"{change.path}: {shown_value(change.before)} → {shown_value(change.after)}:"
            f" {change.reason}"
            for change in option.changes
        ],
        "said": said(option.forecast),
        "apply": {
            "settings": settings,
            "policy": None if made is None else made.to_json(),
            "policyOf": whose,
        },
    }


def _typed(value: Any) -> str:
    """Format a value as a user types it into the form."""
    if value is None:
        return "default"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
