"""Draw a forecast: memory left to send over time, limits, actions and throttle."""

from typing import TYPE_CHECKING

from .._forecast.forecast import Forecast
from .._forecast.text import action_text
from ._curves import edge_ms, limits, remaining, repeated, sizes
from ._scales import size_ticks, time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_forecast"]

_MEMORY, _LIMIT, _THROTTLE = "tab:blue", "tab:red", "tab:gray"
# Labels closer together than this would overlap; inches.
_LABEL_SPACE = 0.28


def draw_forecast(made: "Figure", forecast: Forecast) -> None:
    """Draw into an empty figure; times are in ms, sizes in bytes."""
    memory, throttle = made.subplots(2, sharex=True, gridspec_kw={"height_ratios": (5, 1)})
    memory.set_yscale("log")
    memory.set_ylabel("memory to send")
    throttle.set_ylabel("throttle")
    throttle.set_ylim(0, 100)
    throttle.set_yticks([0, 50, 100], ["0", "50 %", "100 %"])
    edge = edge_ms(forecast)
    throttle.set_xlim(0, 1.02 * edge)
    throttle.set_xticks(*time_ticks(edge, made.get_figwidth()))
    for axes in (memory, throttle):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(visible=True, alpha=0.25)
    _draw_remaining(memory, forecast)
    low, high = sizes(forecast)
    memory.set_ylim(low, high)
    memory.set_yticks(*size_ticks(low, high))
    memory.minorticks_off()
    _draw_limits(memory, forecast)
    _draw_end(memory, forecast, edge)
    _draw_actions(memory, forecast, _LABEL_SPACE / made.get_figwidth() * edge)
    _draw_throttle(throttle, forecast)
    columns = int(0.4 * made.get_figwidth())
    made.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize="small")


def _draw_end(axes: "Axes", forecast: Forecast, edge: float) -> None:
    low, high = forecast.total_ms_range
    later = high is None or high > edge
    until = 1.02 * edge if later else high
    label = "ends here in nine of ten" + (", or later" if later else "")
    band = axes.axvspan(low or 0, until or 0, color=_MEMORY, alpha=0.18, linewidth=0, label=label)
    band.set_zorder(0)


def _draw_remaining(axes: "Axes", forecast: Forecast) -> None:
    for start, end, low, high in repeated(forecast):
        axes.fill_between([start, end], high, low, color=_MEMORY, alpha=0.5, linewidth=0)
    times, left = zip(*remaining(forecast))
    axes.plot(times, left, color=_MEMORY, linewidth=1.4, label="memory left to send")


def _draw_limits(axes: "Axes", forecast: Forecast) -> None:
    times, fits = zip(*limits(forecast))
    axes.plot(
        times,
        fits,
        drawstyle="steps-post",
        color=_LIMIT,
        label="fits the downtime limit",
    )


def _draw_actions(axes: "Axes", forecast: Forecast, space_ms: float) -> None:
    """Mark each action, and label it above the axes if there is room."""
    actions = [found for each in forecast.rounds for found in each.actions]
    for at, _ in actions:
        axes.axvline(at, color=_LIMIT, linewidth=0.8, linestyle=":", alpha=0.7)
    free = -1.0
    last = actions[-1][0] if actions else 0
    for place, (at, action) in enumerate(actions):
        # Always label the last action, such as an abort.
        over = place == len(actions) - 1
        if over or (at >= free and last - at >= space_ms):
            free = at + space_ms
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
