"""A forecast as a picture; needs ``zcpolicy[plot]``, which is matplotlib."""

import textwrap
from typing import TYPE_CHECKING, List, Tuple

from ._checks import instance
from ._errors import raise_all
from ._forecast import Forecast
from ._forecast_text import action_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure"]

_GIB = 1 << 30
# The units of the time axis, each from so many ms on.
_UNITS = ((172800000, 86400000, "days"), (7200000, 3600000, "hours"), (300000, 60000, "minutes"))
# A label closer to the one before it than this share of the axis is left out.
_LABEL_SPACE = 0.025
_POINTS = 32
_MEMORY, _LIMIT = "tab:blue", "tab:red"


def figure(forecast: Forecast) -> "Figure":
    """What remains to be sent over time, with the limits, the actions and the throttle.

    It is drawn into a figure of its own, without pyplot, so that nothing is shown and no state is
    kept; ``figure.savefig("forecast.png")`` writes it.

    Raises:
        ZcpolicyError: it is no `zcpolicy.Forecast`.
        ImportError: there is no matplotlib.
    """
    raise_all(instance(Forecast).faults("forecast", forecast))
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("a plot needs matplotlib: pip install 'zcpolicy[plot]'") from error
    made = Figure(figsize=(10, 6), layout="constrained")
    memory, throttle = made.subplots(2, sharex=True, gridspec_kw={"height_ratios": (5, 1)})
    memory.set_title("\n".join(textwrap.wrap(forecast.verdict, 90)), fontsize="medium", loc="left")
    unit, name = _unit(forecast.total_ms)
    memory.set_ylabel("memory to send, GiB")
    memory.set_yscale("log")
    throttle.set_xlabel(f"time, {name}")
    throttle.set_ylabel("throttle, %")
    throttle.set_ylim(0, 100)
    throttle.set_xlim(0, 1.02 * max(forecast.total_ms, 1) / unit)
    _draw_remaining(memory, forecast, unit)
    _draw_limits(memory, forecast, unit)
    _draw_actions(memory, forecast, unit)
    _draw_throttle(throttle, forecast, unit)
    made.legend(loc="outside lower center", ncols=3, frameon=False)
    return made


def _unit(ms: int) -> Tuple[int, str]:
    for enough, unit, name in _UNITS:
        if ms >= enough:
            return unit, name
    return 1000, "seconds"


def _fits(forecast: Forecast, limit_ms: int) -> float:
    return forecast.bytes_per_s * limit_ms / 1000 / _GIB


def _draw_remaining(axes: "Axes", forecast: Forecast, unit: int) -> None:
    # On a logarithmic scale there is no 0; a tenth of what fits is as good.
    least = min([_fits(forecast, each.limit_ms) for each in forecast.rounds], default=1) / 10
    times: List[float] = []
    sizes: List[float] = []

    def falls(start_ms: int, end_ms: int, start: int, end: int) -> None:
        """A line that falls evenly is a curve on this scale."""
        for step in range(_POINTS + 1):
            times.append((start_ms + (end_ms - start_ms) * step / _POINTS) / unit)
            sizes.append(max((start + (end - start) * step / _POINTS) / _GIB, least))

    for each in forecast.rounds:
        if each.count == 1:
            falls(each.start_ms, each.end_ms, each.remaining_bytes, each.left_bytes)
        else:
            high, low = each.remaining_bytes / _GIB, max(each.left_bytes / _GIB, least)
            ends = [each.start_ms / unit, each.end_ms / unit]
            axes.fill_between(ends, high, low, color=_MEMORY, alpha=0.5, linewidth=0)
            times += [*ends]
            sizes += [high, low]
    if forecast.rest_bytes:
        falls(forecast.rounds[-1].end_ms, forecast.total_ms, forecast.rest_bytes, 0)
    axes.plot(times, sizes, color=_MEMORY, label="what remains")


def _draw_limits(axes: "Axes", forecast: Forecast, unit: int) -> None:
    # Vdsm acts in the second round at the earliest.
    limits = [(0, each.limit_ms) for each in forecast.rounds[:1]]
    for each in forecast.rounds:
        for at, action in each.actions:
            if action.downtime is not None:
                limits.append((at, action.downtime))
    limits += [(forecast.total_ms, limit) for _, limit in limits[-1:]]
    axes.plot(
        [at / unit for at, _ in limits],
        [_fits(forecast, limit) for _, limit in limits],
        drawstyle="steps-post",
        color=_LIMIT,
        label="what fits the downtime limit",
    )


def _draw_actions(axes: "Axes", forecast: Forecast, unit: int) -> None:
    labelled = -1.0
    for each in forecast.rounds:
        for at, action in each.actions:
            axes.axvline(at / unit, color=_LIMIT, linewidth=0.8, linestyle=":")
            share = at / forecast.total_ms
            if share >= labelled + _LABEL_SPACE:
                labelled = share
                axes.annotate(
                    action_text(action),
                    (at / unit, 0.98),
                    xycoords=("data", "axes fraction"),
                    xytext=(-2, 0),
                    textcoords="offset points",
                    rotation=90,
                    ha="right",
                    va="top",
                    fontsize="small",
                    color=_LIMIT,
                )


def _draw_throttle(axes: "Axes", forecast: Forecast, unit: int) -> None:
    axes.fill_between(
        [at / unit for each in forecast.rounds for at in (each.start_ms, each.end_ms)],
        [each.throttle for each in forecast.rounds for _ in range(2)],
        color="tab:gray",
        linewidth=0,
        label="time taken from the guest",
    )
