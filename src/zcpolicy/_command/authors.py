"""``policies``, ``lint`` and ``export``: commands for policy authors."""

import argparse
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import attr

from .. import formats
from .. import policies as shipped_policies
from .._base.errors import ZcpolicyError, suggestion
from .._base.parsing import parsed
from .._compare import policies_text
from .._lint.finding import Finding
from .._lint.github import annotation
from .._lint.places import Place, place_of, places
from .._lint.report import findings_by_policy, findings_text, lint, read_for_lint
from .._model.engine_config import EngineConfig, level_key
from .._model.policy import MigrationPolicy
from .._model.shipped import SHIPPED
from .._model.spoken import spoken
from .._model.vdsm import SHIPPED_VDSM, Vdsm
from .inputs import (
    STANDARD_INPUT,
    called,
    described,
    files_of,
    given,
    paths_of,
    read,
    read_bytes,
    reported,
)
from .output import FOUND, OK, Unusable, print_either, write_lines
from .settings import json_name

__all__ = ["engine_commands", "run_export", "run_lint", "run_policies"]

Policies = Tuple[MigrationPolicy, ...]


def run_policies(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the shipped policies, or those that Engine offers at a level."""
    shown = SHIPPED if options.level is None else _offered(options.level)
    print_either(
        options,
        out,
        lambda: [policy.to_json() for policy in shown if not policy.is_legacy],
        lambda: policies_text(shown),
    )
    return OK


def _offered(level: str) -> Policies:
    try:
        return tuple(shipped_policies.offered(level))
    except ZcpolicyError as error:
        raise Unusable("--level", error.problem) from None


# -- lint ------------------------------------------------------------------------------------------


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Linted:
    """Policies to lint together: one of Engine's lists, or a single policy.

    Attributes:
        policies: the policies.
        alone: whether it is a single policy.
        file: the file they come from; None if they come from elsewhere.
        places: where each value is in the file; empty unless the file is plain JSON.
    """

    policies: Policies
    alone: bool
    file: Optional[str] = None
    places: Mapping[str, Place] = {}


def run_lint(options: argparse.Namespace, out: BinaryIO) -> int:
    """Lint lists of policies, single policies, and shipped ones by name."""
    vdsm = _vdsm(options)
    lists = [each for file in options.files or [STANDARD_INPUT] for each in _lists(file, options)]
    found = [_placed(each, vdsm) for each in lists]
    if options.form == "github":
        lines = [line for each, findings in zip(lists, found) for line in _github(each, findings)]
        write_lines(out, lines)
    else:
        options.json = options.json or options.form == "json"
        print_either(
            options,
            out,
            lambda: [finding.to_json() for findings in found for _, finding in findings],
            lambda: "\n\n".join(
                [findings_text(each.policies, findings) for each, findings in zip(lists, found)]
            ),
        )
    severities = [finding.severity for findings in found for _, finding in findings]
    return FOUND if "error" in severities else OK


def _placed(linted: _Linted, vdsm: Vdsm) -> List[Tuple[int, Finding]]:
    if linted.alone:
        return [(0, finding) for finding in lint(linted.policies[0], vdsm=vdsm)]
    return findings_by_policy(linted.policies, vdsm)


def _github(linted: _Linted, findings: Sequence[Tuple[int, Finding]]) -> Iterator[str]:
    """Yield the annotations for a file."""
    for index, finding in findings:
        policy = linted.policies[index] if index >= 0 else None
        place = place_of(finding.path, policy, linted.places)
        yield annotation(finding, linted.file, place)


def _vdsm(options: argparse.Namespace) -> Vdsm:
    """Return the configuration of the source hosts' Vdsm from ``--set``."""
    readings = given(options, ()).readings
    stated = [path for reading in readings for path in paths_of(reading.parts)]
    others = [json_name(path) for path in stated if path != "source.vdsm"]
    if others:
        problem = f"{', '.join(others)}: lint accepts only settings of source.vdsm"
        raise Unusable("--set", problem)
    found: Vdsm = readings[0].parts["source"]["vdsm"] if readings else SHIPPED_VDSM
    return found


def _lists(file: str, options: argparse.Namespace) -> List[_Linted]:
    if file != STANDARD_INPUT and not Path(file).exists():
        try:
            named = shipped_policies.get(spoken("policy", file))
        except ZcpolicyError:
            hint = suggestion(file, [policy.name for policy in SHIPPED])
            raise Unusable(file, f"No such file or directory{hint}") from None
        return [_Linted(policies=(named,), alone=True)]
    data = read_bytes(file)
    document = parsed(data)
    named_file = None if file == STANDARD_INPUT else file
    if isinstance(document, list) or (isinstance(document, dict) and "config" in document):
        alone = isinstance(document, dict)
        # Ids may repeat: lint reports that.
        judged = _judged(file, [document] if alone else document)
        where = places(data.decode("utf-8")) if options.form == "github" else {}
        return [_Linted(policies=judged, alone=alone, file=named_file, places=where)]
    try:
        found = formats.read(data, called(file))
    except ZcpolicyError as error:
        raise reported(called(file), error) from None
    lists: Mapping[Optional[str], Policies] = found.parts.get("policies", {})
    if not lists:
        raise Unusable(called(file), f"this is {described(found)}, without policies")
    return [_Linted(policies=each, alone=False, file=named_file) for each in lists.values()]


def _judged(file: str, document: Any) -> Policies:
    try:
        return read_for_lint(document)
    except ZcpolicyError as error:
        raise reported(called(file), error) from None


# -- export ----------------------------------------------------------------------------------------


def run_export(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the command that sets a level's list to the shipped policies and those of the files."""
    level = options.level
    listed = {each.id: each for each in _offered(level) if not each.is_legacy}
    added: Dict[str, MigrationPolicy] = {}
    for file in files_of(options):
        for policy in _exported(file, level, options):
            if added.setdefault(policy.id, policy) != policy:
                problem = f"the files have different policies with the id {policy.id}"
                raise Unusable(called(file), problem)
    policies = (*{**listed, **added}.values(),)
    commands = engine_commands(policies, level)
    print_either(options, out, lambda: [policy.to_json() for policy in policies], lambda: commands)
    return OK


def engine_commands(
    policies: Sequence[MigrationPolicy], level: str, engine: EngineConfig = EngineConfig()
) -> str:
    """Return the commands that set a level's list; Engine reads its configuration only at start."""
    try:
        command = shipped_policies.to_engine_config(policies, level, engine)
    except ZcpolicyError as error:
        raise reported("the policies", error) from None
    return f"{command}\nsystemctl restart ovirt-engine"


def _exported(file: str, level: str, options: argparse.Namespace) -> Policies:
    """Return the policies that a file has for a level."""
    found = read(file, options)
    lists: Mapping[Optional[str], Policies] = found.parts.get("policies", {})
    if not lists:
        raise Unusable(called(file), f"this is {described(found)}, without policies")
    of_level = [listed for name, listed in lists.items() if name in (level, None)]
    if not of_level:
        levels = ", ".join(sorted([name for name in lists if name is not None], key=level_key))
        problem = f"its policies are for {levels}, none for {level}"
        raise Unusable(called(file), problem)
    return tuple([policy for listed in of_level for policy in listed])
