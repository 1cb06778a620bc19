"""``resolve``, ``compare`` and ``simulate``: decisions, and how they would run."""

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
# What a decision takes no notice of, and the command that does.
_MORE = {
    "workload": "simulate",
    "dirty_rates": "simulate",
    "migration": "simulate",
    "call": "check",
}

_WRITES = (
    "say how fast the guest writes, as measured, --set dirtyRate=1.2GiB/s@1s, or as it is, "
    "--set workload.writes=1.5GiB/s --set workload.set=200GiB"
)


def run_resolve(options: argparse.Namespace, out: BinaryIO) -> int:
    """Decide what the files say."""
    if _by_line(options):
        from .lines import converse  # here and below: one decision needs none of it

        return converse(options, out, "resolve")
    resolution = _resolution(given(options))
    print_either(options, out, resolution.to_json, resolution.__str__)
    return OK


def _resolution(said: Given) -> Resolution:
    for reading in said.readings:
        source = str(reading.source)
        if reading.parts.get("policies") == {None: ()}:
            raise Unusable(source, "[] is a list of no policies")
        more = [command for part, command in _MORE.items() if part in reading.parts]
        # A log that shows the request tells what a decision needs.
        if more and "request" not in reading.parts:
            if reading.form == "option":
                raise Unusable(source, f"a workload changes no decision: use `zcpolicy {more[0]}`")
            raise Unusable(source, f"this is {described(reading)}: use `zcpolicy {more[0]}`")
    return scenario_of(said).resolve()


def scenario_of(said: Given) -> Scenario:
    """The scenario that the readings give together."""
    return together(said, lambda: formats.scenario(*said.readings))


def together(said: Given, made: Callable[[], T]) -> T:
    """What is made of the readings; a fault names the file that states the value."""
    try:
        return made()
    except ZcpolicyError as error:
        found = reported(whose(error, said.readings), error)
        hints = []
        if any("request" in reading.parts for reading in said.readings):
            hints.append("`zcpolicy check` says what becomes of the request as it is")
        missing = [each for each in error.all if each.path.startswith("workload")]
        if missing and not any(reading.form == "simulation" for reading in said.readings):
            hints.append(_WRITES)
        raise Unusable(found.what, "\n".join([found.problem, *hints])) from None


def _by_line(options: argparse.Namespace) -> bool:
    """Whether there are many lines to answer."""
    if options.jobs is not None and not options.jsonl:
        raise Unusable("--jobs", "it needs --jsonl: one document needs one process")
    if not options.jsonl:
        return False
    if getattr(options, "plot", None) is not None:
        raise Unusable("--plot", "a plot is of one forecast, and --jsonl gives many")
    if len(options.files) > 1:
        raise Unusable("--jsonl", "it takes one FILE, of a line for each question")
    for name in ("settings", "source", "destination", "policy"):
        if getattr(options, name):
            option = "--set" if name == "settings" else f"--{name}"
            raise Unusable(option, "each line of --jsonl says all of its own")
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
    """Forecast the migration that the files tell of."""
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
            raise Unusable(f"--{option}", "it is for a table of several policies: --policy all")
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


def picture_kind(options: argparse.Namespace) -> Optional[str]:
    """The kind of picture that ``--plot`` asks for; None if it is not given."""
    from ..plot import format_of

    try:
        return None if options.plot is None else format_of(options.plot)
    except ZcpolicyError as error:
        raise Unusable("--plot", error.problem) from None


def draw(file: str, kind: str, thing: Union["Forecast", "Plan"]) -> None:
    """Write a picture."""
    from ..plot import picture

    try:
        Path(file).write_bytes(picture(thing, kind))
    except ImportError as error:  # matplotlib is not installed
        raise Unusable(file, str(error)) from None
    except OSError as error:
        raise Unusable(file, error.strerror or str(error)) from None
