"""Draws the pictures of the site: ``python docs/forecast_pictures.py``.

Each is drawn for light and dark pages, and for wide and narrow screens.  The one on the first page
and in the README is committed in ``docs/_static``, so that the repository's page shows it.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure

import zcpolicy as zc
from zcpolicy import plot

HERE = Path(__file__).parent
_RECORD = HERE.parent / "tests/data/calibration.json"
# A recorded migration in which the guest dirties more than is sent until it is throttled.
_CASE = "autoconverge, above"

# Three kinds of guest.
GUESTS: Dict[str, Tuple[zc.Writer, ...]] = {
    "writes 1 GiB evenly": (zc.Writer(mib_s=200, set_mib=1024),),
    "hot and cold": (zc.Writer(mib_s=600, set_mib=60), zc.Writer(mib_s=30, set_mib=4096)),
    "a database, as a power of time": zc.Workload.measured(
        ((1, 100), (60, 25)), memory_mib=8192
    ).writers,
}


def dirtied(writers: Sequence[zc.Writer], seconds: float) -> float:
    """The memory that random writers with steady rates dirty within a time, MiB."""
    return sum(
        -each.set_mib * math.expm1(-seconds * each.mib_s / each.set_mib)
        for each in writers
        if isinstance(each.mib_s, (int, float))
    )


def growth(width: float) -> Figure:
    """How dirtied memory grows with time."""
    made = Figure(figsize=(width, 4.5), layout="constrained")
    axes = made.subplots()
    times = [10 ** (exponent / 20) for exponent in range(-20, 41)]
    for name, writers in GUESTS.items():
        axes.loglog(times, [dirtied(writers, time) for time in times], label=name)
    axes.set_xlabel("seconds")
    axes.set_ylabel("memory dirtied, MiB")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(frameon=False)
    return made


def evidence(record: Dict[str, Any], iterations: int) -> zc.Migration:
    """The samples of a record, up to the first one after this many iterations."""
    found: List[zc.Sample] = []
    speed = record["measured"]["sentMiB"] / record["measured"]["totalMs"]
    for at_ms, remaining, iteration, throttle in record["measured"]["samples"]:
        found.append(
            zc.Sample(
                at_ms=at_ms,
                iteration=iteration,
                remaining_bytes=int(remaining * 2**20),
                sent_bytes=int(speed * at_ms * 2**20),
                throttle=throttle,
            )
        )
        if iteration > iterations:
            break
    return zc.Migration(samples=found)


def going_on(width: float) -> Figure:
    """A forecast's range over a real run."""
    records = json.loads(_RECORD.read_text("utf-8"))["records"]
    record = next(each for each in records if each["name"] == _CASE)
    resolution = zc.Scenario.from_json(record["scenario"]).resolve()
    seen = evidence(record, 3)
    fit = zc.fit(seen, resolution.scenario.vm.memory_mib)
    fit = fit.with_network(link_mbps=record["workload"]["linkMbps"])
    forecast = zc.simulate(resolution, fit, since=seen)
    made = Figure(figsize=(width, 4.5), layout="constrained")
    axes = made.subplots()
    measured = record["measured"]
    axes.plot(
        [row[0] / 1000 for row in measured["samples"]],
        [row[1] for row in measured["samples"]],
        color=rcParams["text.color"],
        marker=".",
        label="measured, one sample per second",
    )
    for each in forecast.rounds:
        axes.plot(
            [each.start_ms / 1000, each.end_ms / 1000],
            [each.remaining_bytes / 2**20, each.left_bytes / 2**20],
            color="tab:blue",
            label="forecast" if each is forecast.rounds[0] else None,
        )
    low, high = forecast.total_ms_range
    end = (high or 2 * forecast.total_ms) / 1000
    axes.axvspan((low or 0) / 1000, end, color="tab:blue", alpha=0.15, label="nine of ten end here")
    axes.axvline(seen.samples[-1].at_ms / 1000, color="gray", linestyle=":", label="forecast here")
    axes.axvline(
        measured["totalMs"] / 1000,
        color=rcParams["text.color"],
        linestyle="--",
        label="the real end",
    )
    axes.set_yscale("log")
    axes.set_ylim(bottom=1)
    axes.set_xlabel("seconds")
    axes.set_ylabel("memory to send, MiB")
    axes.legend(frameon=False)
    return made


def database(shown: str) -> Callable[[float], Figure]:
    """A function that draws the forecast of an example."""

    def drawn(width: float) -> Figure:
        document = json.loads((HERE / "examples" / shown).read_text("utf-8"))
        resolution = zc.Scenario.from_json(document["scenario"]).resolve()
        forecast = zc.simulate(resolution, zc.Workload.from_json(document["workload"]))
        return plot.figure(forecast, width=width)

    return drawn


PICTURES: Dict[str, Callable[[float], Figure]] = {
    "growth": growth,
    "range": going_on,
    "database": database("database.json"),
}
_TEXT, _QUIET = "#d5dade", "#7d868e"
# matplotlib's settings for a dark page, with a transparent background.
DARK: Dict[Any, Any] = {
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "none"),
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor"), _TEXT),
    **dict.fromkeys(("xtick.color", "ytick.color", "axes.edgecolor", "grid.color"), _QUIET),
    **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), _TEXT),
}


# The suffix of a picture's name, its width, inches, and matplotlib's settings.
VARIANTS: Dict[str, Tuple[float, Dict[Any, Any]]] = {
    "": (8, {}),
    "-dark": (8, DARK),
    "-narrow": (4.4, {}),
    "-narrow-dark": (4.4, DARK),
}


def save(name: str, draw_it: Callable[[float], Figure], folder: Path) -> None:
    """Write all variants of a picture, reproducibly."""
    for suffix, (width, look) in VARIANTS.items():
        with rc_context({**look, "svg.hashsalt": "zcpolicy"}):
            draw_it(width).savefig(folder / f"{name}{suffix}.svg", metadata={"Date": None})


def draw(folder: Path) -> None:
    """Write all pictures."""
    folder.mkdir(exist_ok=True)
    for name, draw_it in PICTURES.items():
        save(name, draw_it, folder)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "pictures")
    save("forecast", PICTURES["database"], HERE / "_static")
