"""``resolve``, ``compare`` and ``simulate``: decisions, and how the migrations would run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Callable, Optional, Tuple, TypeVar, Union

from .. import formats
from .._base.errors import ZcpolicyError
from .._decision.resolution import Resolution
from .._model.scenario import Scenario
from .inputs import STANDARD_INPUT, Given, described, given, reported, whose
from .output import OK, Unusable, print_either

if TYPE_CHECKING:
    from .._drain.plan import Plan
    from .._forecast.forecast import Forecast
    from ..plot import Format

__all__ = [
    "draw",
    "picture_kind",
    "run_compare",
    "run_resolve",
    "run_simulate",
    "scenario_of",
    "together",
]

T = TypeVar("T")
# Parts that a decision ignores, and the command that uses them.
_MORE = {
    "workload": "simulate",
    "dirty_rates": "simulate",
    "migration": "simulate",
    "call": "check",
}

_WRITES = (
    "state how fast the guest writes: a measured rate, --set dirtyRate=1.2GiB/s@1s, or the true "
    "one, --set workload.writes=1.5GiB/s --set workload.set=200GiB"
)


def run_resolve(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the decision for the scenario in the files."""
    if _by_line(options):
        from .lines import converse  # here and below: a single decision does not need it

        return converse(options, out, "resolve")
    resolution = _resolution(given(options))
    print_either(options, out, resolution.to_json, resolution.__str__)
    return OK


def _resolution(said: Given) -> Resolution:
    for reading in said.readings:
        source = str(reading.source)
        if reading.parts.get("policies") == {None: ()}:
            raise Unusable(source, "[] is an empty list of policies")
        more = [command for part, command in _MORE.items() if part in reading.parts]
        # A log that shows the request is enough for a decision.
        if more and "request" not in reading.parts:
            if reading.form == "option":
                problem = f"a workload does not change decisions: use `zcpolicy {more[0]}`"
                raise Unusable(source, problem)
            raise Unusable(source, f"this is {described(reading)}: use `zcpolicy {more[0]}`")
    return scenario_of(said).resolve()


def scenario_of(said: Given) -> Scenario:
    """Combine the readings into a scenario."""
    return together(said, lambda: formats.scenario(*said.readings))


def together(said: Given, made: Callable[[], T]) -> T:
    """Call *made*; its faults name the files that state the values."""
    try:
        return made()
    except ZcpolicyError as error:
        found = reported(whose(error, said.readings), error)
        hints = []
        if any("request" in reading.parts for reading in said.readings):
            hints.append("`zcpolicy check` shows what happens to the request as it stands")
        missing = [each for each in error.all if each.path.startswith("workload")]
        if missing and not any(reading.form == "simulation" for reading in said.readings):
            hints.append(_WRITES)
        raise Unusable(found.what, "\n".join([found.problem, *hints])) from None


def _by_line(options: argparse.Namespace) -> bool:
    """Whether to answer line by line."""
    if options.jobs is not None and not options.jsonl:
        raise Unusable("--jobs", "it needs --jsonl: a single document needs only one process")
    if not options.jsonl:
        return False
    if getattr(options, "plot", None) is not None:
        raise Unusable("--plot", "it draws a single forecast, but --jsonl makes many")
    if len(options.files) > 1:
        raise Unusable("--jsonl", "it takes one FILE, with one question per line")
    for name in ("settings", "source", "destination", "policy"):
        if getattr(options, name):
            option = "--set" if name == "settings" else f"--{name}"
            raise Unusable(option, "with --jsonl each line has to be complete in itself")
    return True


def run_compare(options: argparse.Namespace, out: BinaryIO) -> int:
    """Compare the decisions for two files."""
    from .._compare import compare, comparison_text

    if options.a == options.b == STANDARD_INPUT:
        raise Unusable("standard input", "it cannot be both A and B")
    a, b = [_resolution(given(options, [file])) for file in (options.a, options.b)]
    found = compare(a, b)
    print_either(
        options,
        out,
        lambda: [difference.to_json() for difference in found],
        lambda: comparison_text(found, options.a, options.b),
    )
    return OK


def run_simulate(options: argparse.Namespace, out: BinaryIO) -> int:
    """Forecast the migration that the files describe."""
    from .._many.document import forecast_json

    several = len(options.policies) > 1 or [word.lower() for word in options.policies] == ["all"]
    options.policy = options.policies[0] if options.policies else None
    if _by_line(options):
        from .lines import converse

        return converse(options, out, "simulate")
    if several:
        from .advice import ranked

        return ranked(options, out)
    for option in ("csv", "markdown"):
        if getattr(options, option):
            raise Unusable(f"--{option}", "it prints a table of several policies: --policy all")
    kind = picture_kind(options)
    said = given(options)
    scenario, forecast = together(said, lambda: _forecast(said, options.since))
    if kind is not None:
        draw(str(options.plot), kind, forecast)
    print_either(options, out, lambda: forecast_json(scenario, forecast), forecast.__str__)
    return OK


def _forecast(said: Given, since: bool) -> Tuple[Scenario, "Forecast"]:
    from .._forecast.simulation import simulate

    scenario, workload, migration = formats.simulation(*said.readings)
    if not since and not [reading for reading in said.readings if reading.parts.get("since")]:
        return scenario, simulate(scenario.resolve(), workload)
    if migration is None:
        raise Unusable("--since", "no file has samples of a migration")
    return scenario, simulate(scenario.resolve(), workload, since=migration)


def picture_kind(options: argparse.Namespace) -> Optional["Format"]:
    """Return the picture format for ``--plot``; None without the option."""
    from ..plot import format_of

    try:
        return None if options.plot is None else format_of(options.plot)
    except ZcpolicyError as error:
        raise Unusable("--plot", error.problem) from None


def draw(file: str, kind: "Format", thing: Union["Forecast", "Plan"]) -> None:
    """Write a picture."""
    from ..plot import picture

    try:
        Path(file).write_bytes(picture(thing, kind))
    except ImportError as error:  # matplotlib is not installed
        raise Unusable(file, str(error)) from None
    except OSError as error:
        raise Unusable(file, error.strerror or str(error)) from None
