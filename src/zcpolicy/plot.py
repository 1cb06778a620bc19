"""Plot a forecast or a plan; needs matplotlib (``zcpolicy[plot]``)."""

import re
import textwrap
from io import BytesIO
from typing import TYPE_CHECKING, Any, List, Mapping, Tuple, Union

from ._base.errors import InvalidValue, raise_all
from ._base.fields import TEXT, Kind, choice
from ._base.terminal import cut, escaped
from ._drain.plan import Plan
from ._drain.text import total_text
from ._forecast.forecast import Forecast
from ._forecast.text import action_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure", "format_of", "picture"]

_GIB = 1 << 30
# The units of the time axis, each from so many ms on.
_UNITS = ((172800000, 86400000, "days"), (7200000, 3600000, "hours"), (300000, 60000, "minutes"))
# Marks closer together than this share of the axis are skipped.
_MARK_SPACE = 0.025
_POINTS = 32
# Formats, each with the metadata to remove because it records the time.
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_FORMAT = choice(*_FORMATS)
_DRAWN = Kind(types=(Forecast, Plan), expected="a Forecast or a Plan")
_FILE = re.compile(rf"(?:.*[/\\])?[^/\\]+\.({'|'.join(_FORMATS)})", re.DOTALL)
_MEMORY, _LIMIT = "tab:blue", "tab:red"
# A plan: inches a row, inches in all, characters of a name, and how many are named at most.
_ROW, _HEIGHT_MAX, _NAME, _NAMED = 0.28, 40, 30, 120
_OUTCOMES = {
    "completes": ("tab:blue", "completes"),
    "post-copy": ("tab:green", "with post-copy"),
    "aborted": ("tab:orange", "is aborted"),
    "never": ("tab:red", "never ends"),
}


def figure(forecast: Union[Forecast, Plan]) -> "Figure":
    """Plot a forecast or a plan.

    Of a forecast that is the memory left to send over time, with limits, actions and throttle; of a
    plan a bar for each migration, from its start to its end.

    It draws into a new figure without pyplot: nothing is shown and no global state changes.
    `picture` renders it to a file.

    Raises:
        ZcpolicyError: *forecast* is no `zcpolicy.Forecast` and no `zcpolicy.Plan`.
        ImportError: matplotlib is not installed.
    """
    raise_all(_DRAWN.faults("forecast", forecast))
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("a plot needs matplotlib: pip install 'zcpolicy[plot]'") from error
    if isinstance(forecast, Plan):
        height = min(_HEIGHT_MAX, 1.6 + _ROW * len(forecast.legs))
        made = Figure(figsize=(10, height), layout="constrained")
        _draw_plan(made, forecast)
    else:
        made = Figure(figsize=(10, 6), layout="constrained")
        _draw_forecast(made, forecast)
    return made


def _titled(axes: "Axes", text: str) -> None:
    lines = textwrap.wrap(text, 90, break_on_hyphens=False)
    axes.set_title("\n".join(lines), fontsize="medium", loc="left")


def _draw_forecast(made: "Figure", forecast: Forecast) -> None:
    memory, throttle = made.subplots(2, sharex=True, gridspec_kw={"height_ratios": (5, 1)})
    _titled(memory, forecast.verdict)
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


def _draw_plan(made: "Figure", plan: Plan) -> None:
    axes = made.subplots()
    _titled(axes, total_text(plan))
    ends = [leg.start_ms + leg.forecast.total_ms for leg in plan.legs]
    last = max([1, *ends])
    ends += [leg.start_ms + (leg.forecast.total_ms_range[1] or 0) for leg in plan.legs]
    edge = 1.02 * max([1, *ends])
    unit, name = _unit(last)
    for place, leg in enumerate(plan.legs):
        end = last if leg.end_ms is None else leg.end_ms
        color, label = _OUTCOMES[leg.forecast.outcome]
        start, width = leg.start_ms / unit, (end - leg.start_ms) / unit
        axes.barh(place, width, left=start, height=0.7, color=color, label=label)
        low, high = leg.forecast.total_ms_range
        # It goes to the edge where the migration may never end.
        until = edge if high is None else leg.start_ms + high
        whisker = [(leg.start_ms + (low or 0)) / unit, until / unit]
        axes.plot(whisker, [place, place], color="black", linewidth=0.8)
    axes.set_xlim(0, edge / unit)
    axes.set_ylim(len(plan.legs) - 0.4, -0.6)
    if len(plan.legs) <= _NAMED:
        names = [cut(escaped(leg.name), _NAME) for leg in plan.legs]
        axes.set_yticks(range(len(names)), names, parse_math=False)
    else:
        axes.set_ylabel("migrations, in the order in which they start")
    axes.set_xlabel(f"time, {name}")
    found = dict(zip(*reversed(axes.get_legend_handles_labels())))
    if found:
        made.legend(
            found.values(), found.keys(), loc="outside lower center", ncols=4, frameon=False
        )


def picture(forecast: Union[Forecast, Plan], format: str) -> bytes:  # noqa: A002 - matplotlib calls it so
    """Render the `figure`; reproducible for the same forecast or plan and matplotlib version.

    Args:
        forecast: the forecast or plan to draw.
        format: ``"png"``, ``"svg"`` or ``"pdf"``; `format_of` takes it from the name of a file.

    Raises:
        ZcpolicyError: *forecast* is no `zcpolicy.Forecast` and no `zcpolicy.Plan`, or the format is
            unknown.
        ImportError: matplotlib is not installed.
    """
    raise_all(_DRAWN.faults("forecast", forecast) + _FORMAT.faults("format", format))
    made = figure(forecast)
    from matplotlib import rc_context

    out = BytesIO()
    # Without a salt the ids in an SVG are random.
    with rc_context({"svg.hashsalt": "zcpolicy"}):
        made.savefig(out, format=format, metadata=dict(_FORMATS[format]))
    return out.getvalue()


def format_of(path: str) -> str:
    """The format of `picture` that a file of this name has.

    Raises:
        ZcpolicyError: the name does not end in ``.png``, ``.svg`` or ``.pdf``.
    """
    raise_all(TEXT.faults("path", path))
    found = _FILE.fullmatch(path)
    if found is None:
        raise InvalidValue("path", path, "the name of a file that ends in .png, .svg or .pdf")
    return found[1]


def _unit(ms: int) -> Tuple[int, str]:
    for enough, unit, name in _UNITS:
        if ms >= enough:
            return unit, name
    return 1000, "seconds"


def _fits(forecast: Forecast, limit_ms: int) -> float:
    return forecast.bytes_per_s * limit_ms / 1000 / _GIB


def _draw_remaining(axes: "Axes", forecast: Forecast, unit: int) -> None:
    # A logarithmic scale has no 0; use a tenth of what fits instead.
    least = min([_fits(forecast, each.limit_ms) for each in forecast.rounds]) / 10
    times: List[float] = []
    sizes: List[float] = []

    def falls(start_ms: int, end_ms: int, start: int, end: int) -> None:
        """Draw a linear decrease, which is a curve on this scale."""
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
    axes.plot(times, sizes, color=_MEMORY, label="memory left to send")


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
        label="fits the downtime limit",
    )


def _draw_actions(axes: "Axes", forecast: Forecast, unit: int) -> None:
    marked = -1.0
    for each in forecast.rounds:
        for at, action in each.actions:
            share = at / max(forecast.total_ms, 1)
            if share >= marked + _MARK_SPACE:
                marked = share
                axes.axvline(at / unit, color=_LIMIT, linewidth=0.8, linestyle=":")
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
