"""Read a command's input: files of any form, and options that add to them or override them."""

import argparse
import contextlib
import itertools
import json
import sys
from pathlib import Path
from typing import (
    Any,
    BinaryIO,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import attr

from .. import formats
from .._base.errors import ZcpolicyError, short_repr, shortened
from .._base.parsing import parsed
from .._model.policy import MigrationPolicy, is_policy_id
from .._model.spoken import spoken
from .._model.vdsm import SHIPPED_VDSM
from ..formats import Reading
from ..formats._forms import FORMS
from ..formats._merge import FIELDS
from .output import Unusable
from .settings import json_name, settings_parts

__all__ = [
    "STANDARD_INPUT",
    "Given",
    "Overridden",
    "called",
    "described",
    "files_of",
    "given",
    "opened",
    "paths_of",
    "policy_of",
    "read",
    "read_bytes",
    "reported",
    "value_at",
    "whose",
]

STANDARD_INPUT = "-"
# The form of an empty standard input when there are options.
_NOTHING = "nothing"
# Longer texts, in bytes, are read line by line.
_AT_ONCE = 1 << 26
_HOSTS = ("source", "destination")
Own = Callable[[bytes, str], Optional[Reading]]
_VDSM = "vdsm."
# An option for either of a pair replaces both.
_EXCLUSIVE = (("workload.dirty_mib_s", "dirty_rates"),)


class Overridden(NamedTuple):
    """A field of a file that an option replaced: its path and value, the file, and the option."""

    path: str
    value: Any
    file: str
    by: str


class Given(NamedTuple):
    """The input of a command.

    Attributes:
        readings: the files and options; fields that options set are removed from the files.
        overridden: the fields that options replaced.
    """

    readings: Tuple[Reading, ...]
    overridden: Tuple[Overridden, ...]


@contextlib.contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file or standard input; errors name it."""
    name = called(file)
    try:
        if file != STANDARD_INPUT:
            with Path(file).open("rb") as source:
                yield source
        elif sys.stdin is None:
            raise Unusable(name, "it is closed")
        else:
            yield sys.stdin.buffer
    except ZcpolicyError as error:
        raise reported(name, error) from None
    except (BrokenPipeError, Unusable):
        raise
    except FileNotFoundError as error:
        text = any(sign in file for sign in (" --", "{", "<"))
        piped = ": pipe a text in, echo '…' | zcpolicy …" if text else ""
        raise Unusable(name, f"{error.strerror}{piped}") from None
    except OSError as error:
        raise Unusable(name, error.strerror or str(error)) from None


def files_of(options: argparse.Namespace) -> List[str]:
    """Return the files given; else standard input, unless options suffice and it is a terminal."""
    if options.files:
        return list(options.files)
    if STANDARD_INPUT in (*options.source, *options.destination):
        return []
    nobody = sys.stdin is None or sys.stdin.isatty()
    return [] if nobody and _options(options) else [STANDARD_INPUT]


def _options(options: argparse.Namespace) -> bool:
    """Whether there are options that make a file unnecessary."""
    policies = getattr(options, "policies", None) or options.policy
    return any([options.source, options.destination, policies, options.settings])


def called(file: str) -> str:
    """Return a file's name for messages."""
    return "standard input" if file == STANDARD_INPUT else file


def reported(what: str, error: ZcpolicyError) -> Unusable:
    """Convert the error for users, who need not know Python."""
    return Unusable(what, "\n".join([_in_json(fault) for fault in error.all]))


def whose(error: ZcpolicyError, readings: Sequence[Reading]) -> str:
    """Name the files and options whose values an error is about; all if it is about none."""
    stated = {
        fault.path.partition("[")[0]: [
            reading.source or reading.form
            for reading in readings
            if fault.path.partition("[")[0] in paths_of(reading.parts)
        ]
        for fault in error.all
    }
    named = [name for names in stated.values() for name in names]
    everything = [reading.source or reading.form for reading in readings]
    return ", ".join(dict.fromkeys(named or everything)) or "the options"


def _in_json(fault: ZcpolicyError) -> str:
    """Return a fault's message with its path and value in JSON notation."""
    path, value, problem = json_name(fault.path), fault.value, fault.problem
    start = f"{short_repr(value)} is not "
    if problem.startswith(start):
        # The library's own messages use Python notation.
        wanted = problem[len(start) :].replace(", or none", ", or null")
        found = short_repr(value) if isinstance(value, str) else _value_in_json(value)
        problem = f"{found} is not {wanted}"
    return f"{path}: {problem}" if path else problem


def _value_in_json(value: Any) -> str:
    try:
        return shortened(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return short_repr(value)


def described(reading: Reading) -> str:
    """Describe a text, for messages that ask for a different one."""
    whats = {form.name: form.what for form in FORMS}
    return whats[reading.form].partition(":")[0]


def read_bytes(file: str) -> bytes:
    """Read a whole file."""
    with opened(file) as source:
        return source.read()


def read(file: str, options: argparse.Namespace, own: Optional[Own] = None) -> Reading:
    """Read a file of any form.

    Args:
        file: its name.
        options: the command line.
        own: reads a form that only this command accepts; returns None for other forms.
    """
    with opened(file) as source:
        data = source.read(_AT_ONCE)
        rest = source.readline()
        found = None if own is None else own(data, called(file))
        if found is not None:
            return found
        if file == STANDARD_INPUT and not data.strip() and _options(options):
            return Reading(form=_NOTHING, parts={}, source=called(file))
        if not rest:
            return _read_at_once(data, file, options)
        lines = itertools.chain((data + rest).splitlines(True), source)
        return formats.read_lines(lines, called(file), vm=options.vm)


def given(
    options: argparse.Namespace,
    files: Optional[Sequence[str]] = None,
    own: Optional[Own] = None,
) -> Given:
    """Read the files and options of a command.

    Args:
        options: the command line.
        files: files to read instead of those on the command line.
        own: as for `read`.

    Raises:
        Unusable: a file cannot be read, an option is wrong, or standard input is named twice.
    """
    try:
        parts = settings_parts(options.settings)
    except ZcpolicyError as error:
        raise reported("--set", error) from None
    named = files_of(options) if files is None else files
    if [*named, *options.source, *options.destination].count(STANDARD_INPUT) > 1:
        raise Unusable("standard input", "it is given twice")
    found = [read(file, options, own) for file in named]
    readings = [reading for reading in found if reading.form != _NOTHING]
    overridden: List[Overridden] = []
    for by, part, hosts in (
        ("--source", "source", options.source),
        ("--destination", "destination", options.destination),
    ):
        for file in hosts:
            host = _host(file, part, options)
            readings = _without(readings, host.parts, f"{by} {file}", overridden)
            readings.append(host)
    for by, said in (
        ("--policy", _policy(options)),
        ("--set", _settings(parts, readings)),
    ):
        if said:
            readings = _without(readings, said, by, overridden)
            readings.append(Reading(form="option", parts=said, source=by))
    return Given(tuple(readings), tuple(overridden))


def _read_at_once(data: bytes, file: str, options: argparse.Namespace) -> Reading:
    try:
        return formats.read(data, called(file), vm=options.vm)
    except ZcpolicyError:
        if hasattr(options, "jsonl") and _are_lines(data):
            problem = "these are several documents, one per line: use --jsonl"
            raise Unusable(called(file), problem) from None
        raise


def _are_lines(data: bytes) -> bool:
    """Whether a text has several lines, each a JSON object."""
    lines = [line for line in data.splitlines() if line.strip()]
    return len(lines) > 1 and all([isinstance(parsed(line), dict) for line in lines])


def _host(file: str, part: str, options: argparse.Namespace) -> Reading:
    """Read a host for *part*, regardless of which host the file says it is."""
    found = read(file, options)
    hosts = [name for name in ("source", "destination") if name in found.parts]
    if len(hosts) != 1 or len(found.parts) != 1:
        problem = f"this is {described(found)}, not a host: give the output of getCapabilities"
        raise Unusable(called(file), problem)
    return attr.evolve(found, parts={part: found.parts[hosts[0]]})


def _policy(options: argparse.Namespace) -> Dict[str, Any]:
    """Read ``--policy``: a name, an id, or a file with one policy."""
    return {"policy": policy_of(options.policy, options)} if options.policy else {}


def policy_of(text: str, options: argparse.Namespace) -> Any:
    """Return the policy that *text* names: by name, by id, or the one in a file."""
    named = spoken("policy", text)
    if is_policy_id(text) or named is not text or not Path(text).is_file():
        return named
    found = read(text, options)
    policies: List[MigrationPolicy] = [
        policy for listed in found.parts.get("policies", {}).values() for policy in listed
    ]
    if len(policies) != 1:
        names = ", ".join(sorted({policy.name for policy in policies})) or "none"
        problem = f"--policy takes a file with one policy; this one has: {names}"
        raise Unusable(called(text), problem)
    return policies[0]


def _settings(parts: Mapping[str, Any], readings: Sequence[Reading]) -> Dict[str, Any]:
    """Return the parts set by ``--set``, merged with the files' vdsm.conf options and levels."""
    found = dict(parts)
    try:
        for host in _HOSTS:
            if host in parts:
                found[host] = _with_vdsm(host, parts[host], readings)
    except ZcpolicyError as error:
        raise reported("--set", error) from None
    if "parallel_supported" in parts.get("engine", {}):
        engines = [*[each.parts.get("engine", {}) for each in readings], parts["engine"]]
        levels = {
            level: supported
            for engine in engines
            for level, supported in engine.get("parallel_supported", {}).items()
        }
        found["engine"] = {**parts["engine"], "parallel_supported": levels}
    return found


def _with_vdsm(part: str, fields: Mapping[str, Any], readings: Sequence[Reading]) -> Dict[str, Any]:
    """Return the fields of a host; single vdsm.conf options replace those in a file."""
    options = {name: value for name, value in fields.items() if name.startswith(_VDSM)}
    if not options:
        return dict(fields)
    said = [each.parts[part]["vdsm"] for each in readings if "vdsm" in each.parts.get(part, {})]
    vdsm = attr.evolve(
        said[-1] if said else SHIPPED_VDSM,
        **{name[len(_VDSM) :]: value for name, value in options.items()},
    )
    return {**{name: each for name, each in fields.items() if name not in options}, "vdsm": vdsm}


def _without(
    readings: Sequence[Reading],
    parts: Mapping[str, Any],
    by: str,
    overridden: List[Overridden],
) -> List[Reading]:
    """Remove the fields of *parts* from the readings; note them in *overridden*."""
    paths = set(paths_of(parts))
    for pair in _EXCLUSIVE:
        if paths.intersection(pair):
            paths.update(pair)
    left = []
    for reading in readings:
        kept = dict(reading.parts)
        for path in paths_of(reading.parts):
            if path not in paths:
                continue
            value = value_at(reading.parts, path)
            overridden.append(Overridden(path, value, reading.source or reading.form, by))
            part, _, field = path.partition(".")
            if not field:
                del kept[part]
            else:
                kept[part] = {name: each for name, each in kept[part].items() if name != field}
        left.append(attr.evolve(reading, parts=kept))
    return left


def paths_of(parts: Mapping[str, Any]) -> List[str]:
    """Return the paths of the fields of *parts*."""
    return [
        path
        for part, value in parts.items()
        for path in ([f"{part}.{field}" for field in value] if part in FIELDS else [part])
    ]


def value_at(parts: Mapping[str, Any], path: str) -> Any:
    """Return the value of a field in *parts*."""
    part, _, field = path.partition(".")
    return parts[part][field] if field else parts[part]
