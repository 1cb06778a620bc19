"""A forecast in words and bars, for a terminal of 80 columns."""

import itertools
import math
from typing import TYPE_CHECKING, Callable, Iterator, List, Mapping, Sequence, Tuple

from .._base.terminal import wrapped
from .._decision.text import ENDINGS
from .._model.schedule import Action

if TYPE_CHECKING:
    from .forecast import Forecast, Range, Round

__all__ = ["action_text", "forecast_text", "size_text", "sure_text", "time_text"]

_BAR = 30
_THROTTLE_AT = 69
# Longer runs of uneventful rounds are folded to the first, the rest, and the last.
_SHOWN = 3

# What limits the rate, by `Forecast.bound_by`.
_BOUNDS = {
    "vdsm": "Vdsm's default bandwidth, as the request sets none",
    "bandwidth": "the bandwidth of the request",
    "link": "the capacity of the link",
    "connections": "the capacity of its connections",
}

_LONG_TIMES = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def time_text(ms: int) -> str:
    """A time in at most two units: ``"450 ms"``, ``"1.9 s"``, ``"2 min 5 s"``, ``"3 h"``."""
    if ms < 1000:
        return f"{ms} ms"
    if ms < 59950:
        tenths = (ms + 50) // 100
        return f"{tenths // 10}.{tenths % 10} s" if tenths % 10 else f"{tenths // 10} s"
    seconds = (ms + 500) // 1000
    size, unit, small, smaller = next(row for row in _LONG_TIMES if seconds >= row[0])
    rest = seconds % size // small
    return f"{seconds // size} {unit} {rest} {smaller}" if rest else f"{seconds // size} {unit}"


def size_text(size: int) -> str:
    """A number of bytes: ``"11.9 GiB"``."""
    for unit, name in _UNITS:
        # From 1023.95 on the next smaller unit would be written as 1024.0.
        if 20480 * size >= 20479 * unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def action_text(action: Action) -> str:
    """What an action does."""
    if action.downtime is not None:
        return f"downtime limit {time_text(action.downtime)}"
    return ENDINGS[action.name]


def _rate_text(bytes_per_s: int) -> str:
    """In MiB/s, as Engine and Vdsm count: ``"52 MiB/s"``."""
    tenths = round(10 * bytes_per_s / (1 << 20))
    return f"{tenths // 10}.{tenths % 10} MiB/s" if tenths % 10 else f"{tenths // 10} MiB/s"


def forecast_text(forecast: "Forecast") -> str:
    """The whole forecast."""
    return "\n".join(_lines(forecast))


def _lines(forecast: "Forecast") -> Iterator[str]:
    yield from wrapped(sure_text(forecast), "")
    yield from wrapped(forecast.verdict, "")
    yield ""
    downtime = f"downtime {_between(forecast.downtime_ms_range, time_text)}"
    yield f"  {_between(forecast.total_ms_range, time_text)} in all"
    yield (
        f"  {_between(forecast.sent_mib_range, lambda mib: size_text(mib << 20))} sent; "
        f"{downtime if forecast.downtime_ms_range[1] else 'no downtime'}"
    )
    yield f"  sent at {_rate_text(forecast.bytes_per_s)}, {_BOUNDS[forecast.bound_by]}"
    if forecast.assumed:
        yield from wrapped(f"assumed: {'; '.join(forecast.assumed)}", "  ")
    yield ""
    columns = f"  {'round':11} {'from':>11} {'to send':>11}"
    yield f"{columns.ljust(_THROTTLE_AT)}  {'throttle':>8}"
    scale = _Scale(forecast)
    for shown in _folded(forecast.rounds):
        yield _round_line(shown, scale)
        for each in shown:
            for at, action in each.actions:
                yield f"  {'':11} {time_text(at):>11}   {action_text(action)}"
    yield ""
    yield "  # to send when a round begins, | fits the downtime limit; logarithmic"


# What becomes of it, by its outcome.
_ENDINGS: Mapping[str, str] = {
    "completes": "completes",
    "post-copy": "switches to post-copy and completes",
    "aborted": "is aborted",
    "never": "never ends",
}


def sure_text(forecast: "Forecast") -> str:
    """What is sure, first of all."""
    outcomes = forecast.outcomes
    words = " or ".join([_ENDINGS[outcome] for outcome in outcomes])
    if len(outcomes) > 1:
        return f"Not sure: within what is known it {words}."
    return f"Sure within what is known: it {words}."


def _between(ends: "Range", text: Callable[[int], str]) -> str:
    low, high = ends
    first = text(low or 0)
    if high is None:
        return f"{first} or more"
    second = text(high)
    return first if first == second else f"{first} to {second}"


def _folded(rounds: Sequence["Round"]) -> Iterator[Sequence["Round"]]:
    """The rounds, with long uneventful runs folded between their first and last."""

    def state(each: "Round") -> Tuple[int, int, bool]:
        return each.throttle, each.limit_ms, bool(each.actions)

    for (_, _, acts), group in itertools.groupby(rounds, state):
        run: List[Round] = list(group)
        if acts or len(run) <= _SHOWN:
            yield from ([each] for each in run)
        else:
            yield from (run[:1], run[1:-1], run[-1:])


def _round_line(rounds: Sequence["Round"], scale: "_Scale") -> str:
    first, last = rounds[0], rounds[-1]
    until = last.iteration + last.count - 1
    number = f"{first.iteration}" if until == first.iteration else f"{first.iteration}-{until}"
    throttle = f"{first.throttle} %" if first.throttle else "-"
    line = (
        f"  {number:11} {time_text(first.start_ms):>11} {size_text(first.remaining_bytes):>11}"
        f"  {scale.bar(first)}"
    )
    # Times in years shorten the bar.
    return f"{line[:_THROTTLE_AT].ljust(_THROTTLE_AT)}  {throttle:>8}"


class _Scale:
    """A logarithmic scale from below the lowest limit to all memory."""

    def __init__(self, forecast: "Forecast") -> None:
        self._bytes_per_s = forecast.bytes_per_s
        sizes = [self._fits(each) for each in forecast.rounds]
        sizes += [each.remaining_bytes for each in forecast.rounds]
        self._low = max(1, min(sizes)) / 2
        self._steps = _BAR / math.log(max(1, *sizes) / self._low)

    def _fits(self, each: "Round") -> int:
        return self._bytes_per_s * each.limit_ms // 1000

    def _length(self, size: int) -> int:
        return round(self._steps * math.log(max(size, self._low) / self._low))

    def bar(self, each: "Round") -> str:
        """What remains, and the limit."""
        bar = "#" * self._length(each.remaining_bytes)
        at = max(self._length(self._fits(each)), 1) - 1
        bar = bar.ljust(at + 1)
        return f"{bar[:at]}|{bar[at + 1 :]}"
