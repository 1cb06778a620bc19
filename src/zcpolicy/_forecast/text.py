"""A forecast as text and bars, for a terminal of 80 columns."""

import itertools
import math
from typing import TYPE_CHECKING, Callable, Iterator, List, Mapping, NamedTuple, Sequence, Tuple

from .._base.terminal import wrapped
from .._decision.text import ENDINGS
from .._model.schedule import Action

if TYPE_CHECKING:
    from .forecast import Forecast, Range, Round

__all__ = [
    "action_text",
    "between",
    "forecast_text",
    "limit_text",
    "moment_text",
    "outcomes_text",
    "percent",
    "range_text",
    "short_text",
    "size_text",
    "sure_text",
    "time_text",
    "upper_text",
]

_BAR = 30
_COLUMN = 11
_THROTTLE_AT = 69
# Longer runs of uneventful rounds are folded to the first, the rest, and the last.
_SHOWN = 3

# The limit of the rate, by `Forecast.bound_by`.
_BOUNDS = {
    "vdsm": "Vdsm's default bandwidth, since the request sets none",
    "bandwidth": "the bandwidth of the request",
    "link": "the capacity of the link",
    "connections": "the capacity of its connections",
}

_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_TIMES = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"))

# -- Times: one rule for rounding ------------------------------------------------------------------

# Steps to which a time may be rounded, ms, the coarsest first.
_STEPS = (3_600_000, 60_000, 1000, 100, 10, 1)
# Below each of these times, ms, this step is fine enough.
_ENOUGH = ((1000, 1), (60_000, 100), (3_600_000, 1000), (86_400_000, 60_000))
_Rounded = Callable[[int, int], int]


def _nearest(ms: int, step: int) -> int:
    return (ms + step // 2) // step * step


def _down(ms: int, step: int) -> int:
    return ms // step * step


def _up(ms: int, step: int) -> int:
    return -(-ms // step) * step


def time_text(ms: int, *beside: float) -> str:
    """A rounded time: ``"450 ms"``, ``"1.9 s"``, ``"2 min 5 s"``, ``"3 h 20 min"``.

    Args:
        ms: the time, ms.
        beside: times that it is compared with, ms: a limit, a goal.  The text has enough digits to
            be less than, equal to or more than each of these exactly if the time is.
    """
    return _rounded_text(ms, beside, _nearest)


def upper_text(ms: int, *beside: float) -> str:
    """The upper end of a range, rounded up."""
    return _rounded_text(ms, beside, _up)


def limit_text(ms: int) -> str:
    """An exact time, set or measured to the millisecond: ``"1 min 1.234 s"``."""
    parts = []
    for size, unit in _TIMES:
        if ms >= size:
            parts.append(f"{ms // size} {unit}")
            ms %= size
    if ms >= 1000 or (ms and parts):
        decimals = f"{ms % 1000:03}".rstrip("0")
        parts.append(f"{ms // 1000}{'.' if decimals else ''}{decimals} s")
    elif not parts:
        parts.append(f"{ms} ms")
    return " ".join(parts)


def range_text(ends: "Range", *beside: float) -> str:
    """A range of times, rounded outwards."""
    low, high = ends[0] or 0, ends[1]
    if low == high:
        return time_text(low, *beside)
    first = _rounded_text(low, beside, _down)
    return f"{first} or more" if high is None else f"{first} to {upper_text(high, *beside)}"


def _rounded_text(
    ms: int, beside: Sequence[float], rounded: _Rounded, most: int = _STEPS[0]
) -> str:
    enough = min(most, next((step for below, step in _ENOUGH if ms < below), most))
    shown = [rounded(ms, step) for step in _STEPS if step <= enough]
    return limit_text(
        next(
            found
            for found in shown
            if all([_order(found, each) == _order(ms, each) for each in beside])
        )
    )


def _order(a: float, b: float) -> int:
    return (a > b) - (a < b)


def size_text(size: int) -> str:
    """A number of bytes: ``"11.9 GiB"``."""
    for unit, name in _UNITS:
        # From 1023.95 on, the next smaller unit would read 1024.0.
        if 20480 * size >= 20479 * unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def action_text(action: Action) -> str:
    """The action in words."""
    if action.downtime is not None:
        return f"downtime limit {limit_text(action.downtime)}"
    return ENDINGS[action.name]


def _rate_text(bytes_per_s: int) -> str:
    """A rate in MiB/s, as Engine and Vdsm count: ``"52 MiB/s"``."""
    tenths = round(10 * bytes_per_s / (1 << 20))
    return f"{tenths // 10}.{tenths % 10} MiB/s" if tenths % 10 else f"{tenths // 10} MiB/s"


def forecast_text(forecast: "Forecast") -> str:
    """The forecast as text."""
    return "\n".join(_lines(forecast))


def _lines(forecast: "Forecast") -> Iterator[str]:
    yield from wrapped(sure_text(forecast), "")
    yield from wrapped(forecast.verdict, "")
    yield ""
    downtime = f"downtime {range_text(forecast.downtime_ms_range)}"
    yield f"  {range_text(forecast.total_ms_range)} in all"
    yield (
        f"  {between(forecast.sent_mib_range, lambda mib: size_text(mib << 20))} sent; "
        f"{downtime if forecast.downtime_ms_range[1] else 'no downtime'}"
    )
    yield f"  sent at {_rate_text(forecast.bytes_per_s)}, {_BOUNDS[forecast.bound_by]}"
    if forecast.assumed:
        yield from wrapped(f"assumed: {'; '.join(forecast.assumed)}", "  ")
    yield ""
    folded = [*_folded(forecast.rounds)]
    widths = _widths(forecast, folded)
    columns = f"  {'round':{widths.number}} {'from':>{widths.moment}} {'to send':>11}"
    yield f"{columns.ljust(_THROTTLE_AT)}  {'throttle':>8}"
    scale = _Scale(forecast)
    for shown in folded:
        yield _round_line(shown, scale, widths)
        for each in shown:
            for at, action in each.actions:
                moment = f"{moment_text(at):>{widths.moment}}"
                yield f"  {'':{widths.number}} {moment}   {action_text(action)}"
    yield ""
    yield "  # to send when a round begins, | fits the downtime limit; logarithmic"


# How it ends, by its outcome.
_ENDINGS: Mapping[str, str] = {
    "completes": "completes",
    "post-copy": "switches to post-copy and completes",
    "aborted": "is aborted",
    "never": "never ends",
}


def sure_text(forecast: "Forecast") -> str:
    """The headline: how sure the outcome is."""
    outcomes = forecast.outcomes
    words = " or ".join([_ENDINGS[outcome] for outcome in outcomes])
    if len(outcomes) > 1:
        return f"Not sure: given what is known, it {words}."
    if forecast.near_edge:
        return f"Not sure: as far as the model ran, it {words}."
    return f"Sure, given what is known: it {words}."


# The same in a few words.
_SHORT: Mapping[str, str] = {**_ENDINGS, "post-copy": "switches to post-copy"}


def outcomes_text(forecast: "Forecast") -> str:
    """The possible outcomes: ``"completes"``, ``"completes or is aborted"``."""
    return " or ".join([_SHORT[outcome] for outcome in forecast.outcomes])


def percent(value: int) -> str:
    """A throttle in words."""
    return f"{value} %"


def short_text(
    forecast: "Forecast", total: Sequence[float] = (), down: Sequence[float] = ()
) -> str:
    """What a forecast comes to, in a line.

    Args:
        forecast: the forecast.
        total: what stands beside its time, ms, as for `time_text`.
        down: what stands beside its downtime, ms.
    """
    ending = outcomes_text(forecast)
    if forecast.outcomes != ("never",):
        ending += f" in {range_text(forecast.total_ms_range, *total)}"
    elif forecast.near_edge:
        ending += ", as far as the model ran"
    parts = [ending]
    if forecast.downtime_ms_range[1]:
        parts.append(f"downtime {range_text(forecast.downtime_ms_range, *down)}")
    if forecast.throttle_range[1]:
        parts.append(f"throttled by {between(forecast.throttle_range, percent)}")
    return ", ".join(parts)


def between(ends: "Range", text: Callable[[int], str]) -> str:
    """A range in words: ``"3 GiB to 5 GiB"``, ``"3 % or more"``."""
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


def moment_text(ms: int) -> str:
    """When something happens; to the second at least, to tell neighbours apart."""
    return _rounded_text(ms, (), _nearest, most=1000)


def _numbers(rounds: Sequence["Round"]) -> str:
    first, last = rounds[0], rounds[-1]
    until = last.iteration + last.count - 1
    return f"{first.iteration}" if until == first.iteration else f"{first.iteration}-{until}"


class _Widths(NamedTuple):
    """The widths of the first two columns: the rounds' numbers, and the times."""

    number: int
    moment: int


def _widths(forecast: "Forecast", folded: Sequence[Sequence["Round"]]) -> _Widths:
    moments = [each.start_ms for each in forecast.rounds]
    moments += [at for each in forecast.rounds for at, _ in each.actions]
    moment = max(_COLUMN, *[len(moment_text(ms)) for ms in moments])
    # A long time takes unused space from the numbers.
    number = max([len(_numbers(each)) for each in folded])
    return _Widths(max(number, 2 * _COLUMN - moment), moment)


def _round_line(rounds: Sequence["Round"], scale: "_Scale", widths: _Widths) -> str:
    first = rounds[0]
    throttle = f"{first.throttle} %" if first.throttle else "-"
    line = (
        f"  {_numbers(rounds):{widths.number}} {moment_text(first.start_ms):>{widths.moment}}"
        f" {size_text(first.remaining_bytes):>11}  {scale.bar(first)}"
    )
    # Times in years shorten the bar.
    return f"{line[:_THROTTLE_AT].ljust(_THROTTLE_AT)}  {throttle:>8}"


class _Scale:
    """A logarithmic scale, from below the lowest limit to all memory."""

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
        """A bar of what remains, with the limit."""
        bar = "#" * self._length(each.remaining_bytes)
        at = max(self._length(self._fits(each)), 1) - 1
        bar = bar.ljust(at + 1)
        return f"{bar[:at]}|{bar[at + 1 :]}"
