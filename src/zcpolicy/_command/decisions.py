"""``resolve``, ``compare`` and ``simulate``: decisions, and how they would run."""

import argparse
from pathlib import Path
from typing import BinaryIO, Callable, Tuple, TypeVar

from .. import formats
from .._base.errors import ZcpolicyError
from .._compare import compare, comparison_text
from .._decision.resolution import Resolution
from .._forecast.forecast import Forecast
from .._forecast.simulation import simulate
from .._many.document import forecast_json
from .._model.scenario import Scenario
from ..plot import format_of, picture
from .inputs import STANDARD_INPUT, Given, given, reported, whose
from .lines import by_line, converse
from .output import OK, Unusable, print_either

__all__ = ["run_compare", "run_resolve", "run_simulate", "scenario_of"]

T = TypeVar("T")
# What tells more than a decision needs.
_MORE = {
    "workload": "simulate",
    "dirty_rates": "simulate",
    "migration": "simulate",
    "call": "check",
}


def run_resolve(options: argparse.Namespace, out: BinaryIO) -> int:
    """Decide what the files say."""
    if by_line(options):
        return converse(options, out, "resolve")
    resolution = _resolution(given(options))
    print_either(options, out, resolution.to_json, resolution.__str__)
    return OK


def _resolution(said: Given) -> Resolution:
    for reading in said.readings:
        if reading.parts.get("policies") == {None: ()}:
            raise Unusable(reading.source or "", "[] is a list of no policies")
        for part, command in _MORE.items():
            if part in reading.parts and reading.form != "option":
                what = f"this is a {reading.form}, with a {part.replace('_', ' ').rstrip('s')}"
                raise Unusable(reading.source or "", f"{what}: use `zcpolicy {command}`")
    return scenario_of(said).resolve()


def scenario_of(said: Given) -> Scenario:
    """The scenario that the readings give together."""
    return _together(said, lambda: formats.scenario(*said.readings))


def _together(said: Given, made: Callable[[], T]) -> T:
    try:
        return made()
    except ZcpolicyError as error:
        raise reported(whose(error, said.readings), error) from None


def run_compare(options: argparse.Namespace, out: BinaryIO) -> int:
    """Compare the decisions for two files."""
    if options.a == options.b == STANDARD_INPUT:
        raise Unusable("standard input", "it cannot be both A and B")
    options.files = [options.a]
    a = _resolution(given(options))
    options.files = [options.b]
    b = _resolution(given(options))
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
    if by_line(options):
        return converse(options, out, "simulate")
    try:
        kind = None if options.plot is None else format_of(options.plot)
    except ZcpolicyError as error:
        raise Unusable("--plot", error.problem) from None
    said = given(options)
    scenario, forecast = _together(said, lambda: _forecast(said, options.since))
    if kind is not None:
        _draw(str(options.plot), kind, forecast)
    print_either(options, out, lambda: forecast_json(scenario, forecast), forecast.__str__)
    return OK


def _forecast(said: Given, since: bool) -> Tuple[Scenario, Forecast]:
    scenario, workload, migration = formats.simulation(*said.readings)
    if not since and not [reading for reading in said.readings if reading.parts.get("since")]:
        return scenario, simulate(scenario.resolve(), workload)
    if migration is None:
        raise Unusable("--since", "no file has samples of a migration")
    return scenario, simulate(scenario.resolve(), workload, since=migration)


def _draw(file: str, kind: str, forecast: Forecast) -> None:
    try:
        Path(file).write_bytes(picture(forecast, kind))
    except ImportError as error:  # matplotlib is not installed
        raise Unusable(file, str(error)) from None
    except OSError as error:
        raise Unusable(file, error.strerror or str(error)) from None
