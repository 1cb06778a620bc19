"""Draw a plan: a bar for each migration, from its start to its end, with a band for its range."""

from typing import TYPE_CHECKING, List

from matplotlib import rcParams
from matplotlib.patches import Patch

from .._base.terminal import cut, escaped
from .._drain.plan import Plan
from ._scales import time_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_plan", "height"]

# Inches per row, the most inches in total, characters of a name, and the most named rows.
_ROW, _HEIGHT_MAX, _NAME, _NAMED = 0.28, 40, 30, 120
_BAND = 0.35
_OUTCOMES = {
    "completes": ("tab:blue", "completes"),
    "post-copy": ("tab:green", "with post-copy"),
    "aborted": ("tab:orange", "is aborted"),
    "never": ("tab:red", "never ends"),
}


def height(plan: Plan) -> float:
    """The height of the picture of a plan, inches."""
    return min(_HEIGHT_MAX, 1.6 + _ROW * len(plan.legs))


def draw_plan(made: "Figure", plan: Plan) -> None:
    """Draw into an empty figure; times are in ms."""
    axes = made.subplots()
    last = max([1, *[leg.start_ms + leg.forecast.total_ms for leg in plan.legs]])
    highs = [leg.start_ms + (leg.forecast.total_ms_range[1] or 0) for leg in plan.legs]
    edge = max([last, *highs])
    used: List[str] = []
    for place, leg in enumerate(plan.legs):
        end = last if leg.end_ms is None else leg.end_ms
        color = _OUTCOMES[leg.forecast.outcome][0]
        used += [leg.forecast.outcome] if leg.forecast.outcome not in used else []
        low, high = leg.forecast.total_ms_range
        early = min(leg.start_ms + (low or 0), end)
        # The band reaches the edge if the migration may never end.
        late = 1.02 * edge if high is None else max(leg.start_ms + high, end)
        axes.barh(place, early - leg.start_ms, left=leg.start_ms, height=0.7, color=color)
        axes.barh(place, late - early, left=early, height=0.7, color=color, alpha=_BAND)
        if leg.end_ms is not None:
            ends = [place - 0.35, place + 0.35]
            axes.plot([end, end], ends, color=color, linewidth=2, solid_capstyle="butt")
    axes.set_xlim(0, 1.02 * edge)
    axes.set_xticks(*time_ticks(edge, made.get_figwidth()))
    axes.set_ylim(len(plan.legs) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    if len(plan.legs) <= _NAMED:
        names = [cut(escaped(leg.name), _NAME) for leg in plan.legs]
        axes.set_yticks(range(len(names)), names, parse_math=False)
    else:
        axes.set_ylabel("migrations, in the order in which they start")
    patches = [Patch(color=color, label=label) for color, label in map(_OUTCOMES.__getitem__, used)]
    if patches:
        color = rcParams["text.color"]
        patches.append(Patch(color=color, alpha=_BAND, linewidth=0, label="end, nine of ten"))
        columns = int(0.6 * made.get_figwidth())
        made.legend(handles=patches, loc="outside lower center", ncols=columns, frameon=False)
