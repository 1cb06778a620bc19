"""``advise``, ``diagnose`` and the ranking of ``simulate``: better options, and why."""

import argparse
from typing import Any, BinaryIO, List, Optional, Sequence

from .. import formats
from .. import policies as shipped
from .._advice.advice import advise
from .._advice.diagnosis import diagnose
from .._advice.goal import Goal
from .._advice.option import Option
from .._advice.ranking import rank
from .._advice.text import ranking_text
from .._base.errors import ZcpolicyError
from .._base.terminal import csv_text
from .._model.policy import MigrationPolicy
from .authors import engine_commands
from .decisions import scenario_of, together
from .inputs import Given, given, policy_of, reported
from .output import OK, Unusable, print_either, write_text

__all__ = ["ranked", "run_advise", "run_diagnose"]


def _goal(options: argparse.Namespace) -> Optional[Goal]:
    """Return the goal from the command line, if any."""
    values = {
        "total_s": options.finish,
        "downtime_ms": options.downtime,
        "throttle": options.throttle,
    }
    said = {name: value for name, value in values.items() if value is not None}
    if not said and not options.postcopy:
        return None
    try:
        return Goal(postcopy=options.postcopy, **said)
    except ZcpolicyError as error:
        raise reported("the goal", error) from None


def run_advise(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print what to change so that a migration meets a goal."""
    said = given(options)
    scenario, load, _ = together(said, lambda: formats.simulation(*said.readings))
    goal = _goal(options) or Goal()
    advice = together(said, lambda: advise(scenario, load, goal, keep=options.keep))
    if options.export:
        return _export(advice.options, out)
    print_either(options, out, advice.to_json, advice.__str__)
    return OK


def _export(found: Sequence[Option], out: BinaryIO) -> int:
    """Print the engine-config command of the first option's policy."""
    option = found[0]
    made = option.made
    if made is None:
        raise Unusable("--export", "the first option needs no policy missing from Engine's list")
    level, engine = option.scenario.cluster.level, option.scenario.engine
    listed = [each for each in shipped.offered(level, engine) if not each.is_legacy]
    write_text(out, engine_commands([*listed, made], level, engine))
    return OK


def run_diagnose(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print what happened to a migration, why, and what would have helped."""
    said = given(options)
    migrations = [each.parts["migration"] for each in said.readings if "migration" in each.parts]
    if len(migrations) != 1:
        problem = "give samples of one migration, such as query-migrate, domjobinfo or vdsm.log"
        raise Unusable("diagnose", problem)
    resolution = scenario_of(said).resolve() if _tells_of_settings(said) else None
    found = together(said, lambda: diagnose(migrations[0], resolution, goal=_goal(options)))
    print_either(options, out, found.to_json, found.__str__)
    return OK


_SETTINGS = ("cluster", "vm", "policy", "policies", "request", "source", "destination")


def _tells_of_settings(said: Given) -> bool:
    return any([part in reading.parts for reading in said.readings for part in _SETTINGS])


def ranked(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print how a VM would migrate under each of several policies, gentlest first."""
    choices = options.policies
    options.policy = None
    said = given(options)
    scenario, load, _ = together(said, lambda: formats.simulation(*said.readings))
    policies: List[Any] = []
    for choice in choices:
        if choice.lower() == "all":
            policies += shipped.offered(scenario.cluster.level, scenario.engine)
        else:
            policies.append(policy_of(choice, options))
    found = together(said, lambda: rank(scenario, load, policies))
    if options.csv:
        write_text(out, csv_text([_COLUMNS, *_rows(found)]).rstrip("\n"))
    elif options.markdown:
        write_text(out, _markdown(found))
    else:
        print_either(
            options, out, lambda: [each.to_json() for each in found], lambda: ranking_text(found)
        )
    return OK


_COLUMNS = ("policy", "outcome", "outcomes", "totalMs", "downtimeMs", "throttle", "sentMiB")


def _rows(found: Sequence[Option]) -> List[List[Any]]:
    rows = []
    for option in found:
        forecast = option.forecast
        policy: MigrationPolicy = option.policy
        rows.append(
            [
                policy.name,
                forecast.outcome,
                " ".join(forecast.outcomes),
                forecast.total_ms,
                forecast.downtime_ms,
                forecast.throttle,
                forecast.sent_mib,
            ]
        )
    return rows


def _markdown(found: Sequence[Option]) -> str:
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|" + " --- |" * len(_COLUMNS)]
    for row in _rows(found):
        cells = [str(cell).replace("|", "\\|") for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
