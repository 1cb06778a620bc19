"""Draw a forecast: memory left to send over time, limits, actions and throttle."""

import math
from typing import TYPE_CHECKING, List, Tuple

from .._forecast.forecast import Forecast
from .._forecast.text import action_text
from ._scales import size_ticks, time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_forecast"]

_POINTS = 32
_MEMORY, _LIMIT, _THROTTLE = "tab:blue", "tab:red", "tab:gray"
# Labels closer together than this share of the axis would cover one another.
_LABEL_SPACE = 0.035
# A range that ends later than so many times the forecast is cut off.
_EDGE_MAX = 2.5


def draw_forecast(made: "Figure", forecast: Forecast) -> None:
    """Draw into an empty figure; times are in ms, sizes in bytes."""
    memory, throttle = made.subplots(2, sharex=True, gridspec_kw={"height_ratios": (5, 1)})
    memory.set_yscale("log")
    memory.set_ylabel("memory to send")
    throttle.set_ylabel("throttle")
    throttle.set_ylim(0, 100)
    throttle.set_yticks([0, 50, 100], ["0", "50 %", "100 %"])
    edge = _edge(forecast)
    throttle.set_xlim(0, 1.02 * edge)
    throttle.set_xticks(*time_ticks(edge))
    for axes in (memory, throttle):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(visible=True, alpha=0.25)
    low, high = _draw_remaining(memory, forecast)
    memory.set_ylim(low / 1.3, high * 1.5)
    memory.set_yticks(*size_ticks(low / 1.3, high * 1.5))
    memory.minorticks_off()
    _draw_limits(memory, forecast)
    _draw_end(memory, forecast, edge)
    _draw_actions(memory, forecast, edge)
    _draw_throttle(throttle, forecast)
    made.legend(loc="outside lower center", ncols=3, frameon=False, fontsize="small")


def _edge(forecast: Forecast) -> float:
    """Where the time axis ends, ms: with the range, unless that is far off."""
    low, high = forecast.total_ms_range
    least = max(forecast.total_ms, low or 0, 1)
    return max(least, min(1.25 * least if high is None else high, _EDGE_MAX * least))


def _draw_end(axes: "Axes", forecast: Forecast, edge: float) -> None:
    low, high = forecast.total_ms_range
    later = high is None or high > edge
    until = 1.02 * edge if later else high
    label = "ends here in nine of ten" + (", or later" if later else "")
    band = axes.axvspan(low or 0, until or 0, color=_MEMORY, alpha=0.13, linewidth=0, label=label)
    band.set_zorder(0)


def _fits(forecast: Forecast, limit_ms: int) -> float:
    return forecast.bytes_per_s * limit_ms / 1000


def _draw_remaining(axes: "Axes", forecast: Forecast) -> Tuple[float, float]:
    """Draw what remains; the least and the most that is drawn."""
    # A logarithmic scale has no 0; use a tenth of what fits instead.
    least = max(1.0, min([_fits(forecast, each.limit_ms) for each in forecast.rounds]) / 10)
    times: List[float] = []
    sizes: List[float] = []

    def falls(start_ms: int, end_ms: int, start: int, end: int) -> None:
        """Draw a linear decrease, which is a curve on this scale."""
        for step in range(_POINTS + 1):
            # The steeper, the more points.
            share = 1 - (1 - step / _POINTS) ** 3
            times.append(start_ms + (end_ms - start_ms) * share)
            sizes.append(max(start + (end - start) * share, least))

    for each in forecast.rounds:
        if each.count == 1:
            falls(each.start_ms, each.end_ms, each.remaining_bytes, each.left_bytes)
        else:
            high, low = max(each.remaining_bytes, least), max(each.left_bytes, least)
            ends = [each.start_ms, each.end_ms]
            axes.fill_between(ends, high, low, color=_MEMORY, alpha=0.5, linewidth=0)
            times += [each.start_ms, each.start_ms, each.end_ms]
            # Between them is the band alone.
            sizes += [high, math.nan, low]
    if forecast.rest_bytes:
        falls(forecast.rounds[-1].end_ms, forecast.total_ms, forecast.rest_bytes, 0)
    axes.plot(times, sizes, color=_MEMORY, linewidth=1.4, label="memory left to send")
    drawn = [size for size in sizes if not math.isnan(size)]
    return min(drawn), max(drawn)


def _draw_limits(axes: "Axes", forecast: Forecast) -> None:
    # Vdsm acts in the second round at the earliest.
    limits = [(0, each.limit_ms) for each in forecast.rounds[:1]]
    for each in forecast.rounds:
        for at, action in each.actions:
            if action.downtime is not None:
                limits.append((at, action.downtime))
    limits += [(forecast.total_ms, limit) for _, limit in limits[-1:]]
    axes.plot(
        [at for at, _ in limits],
        [_fits(forecast, limit) for _, limit in limits],
        drawstyle="steps-post",
        color=_LIMIT,
        label="fits the downtime limit",
    )


def _draw_actions(axes: "Axes", forecast: Forecast, edge: float) -> None:
    """Mark each action, and say above the axes what is done, where there is room."""
    actions = [found for each in forecast.rounds for found in each.actions]
    for at, _ in actions:
        axes.axvline(at, color=_LIMIT, linewidth=0.8, linestyle=":", alpha=0.7)
    free = -1.0
    last = actions[-1][0] if actions else 0
    for place, (at, action) in enumerate(actions):
        # What is done at last, such as an abort, is always said.
        over = place == len(actions) - 1
        if over or (at >= free and last - at >= _LABEL_SPACE * edge):
            free = at + _LABEL_SPACE * edge
            axes.annotate(
                action_text(action).replace("downtime ", ""),
                (at, 1.01),
                xycoords=("data", "axes fraction"),
                rotation=40,
                rotation_mode="anchor",
                ha="left",
                va="bottom",
                fontsize="small",
                color=_LIMIT,
            )


def _draw_throttle(axes: "Axes", forecast: Forecast) -> None:
    axes.fill_between(
        [at for each in forecast.rounds for at in (each.start_ms, each.end_ms)],
        [each.throttle for each in forecast.rounds for _ in range(2)],
        color=_THROTTLE,
        linewidth=0,
    )
