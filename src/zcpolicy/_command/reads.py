"""``read``: the form of each file, the values taken from it, and the origin of each value."""

import argparse
import json
from typing import Any, BinaryIO, Dict, List, Mapping, Tuple

from .._base.errors import ZcpolicyError, shortened
from .._base.terminal import escaped, wrapped
from .._base.versions import version_text
from .._model.evidence import Migration
from .._model.policy import MigrationPolicy
from .._model.scenario_json import VDSM_KEYS
from .._model.shipped import SHIPPED
from .._model.vdsm import Vdsm
from ..adapters._flags import flag_names
from ..adapters._libvirt_call import LibvirtCall
from ..formats import Reading
from ..formats._merge import merged
from .inputs import Given, given, paths_of, value_at
from .output import OK, print_either
from .settings import json_name

__all__ = ["run_read"]

_SHOWN = 60
# Readers want to know which policy an id is.
_SHIPPED_NAMES = {policy.id: policy.name for policy in SHIPPED}


def run_read(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the contents of the files and options."""
    said = given(options)
    print_either(options, out, lambda: _json(said), lambda: _text(said))
    return OK


def _json(said: Given) -> Dict[str, Any]:
    return {
        "readings": [
            {
                "source": reading.source,
                "form": reading.form,
                "values": {json_name(path): value for path, value in _values(reading)},
                "ignored": list(reading.ignored),
            }
            for reading in said.readings
        ],
        "overridden": [
            {
                "name": json_name(each.path),
                "value": _plain(each.value),
                "source": each.file,
                "by": each.by,
            }
            for each in said.overridden
        ],
        "contradictions": [
            {"name": name, "message": problem} for name, problem in _contradictions(said)
        ],
    }


def _text(said: Given) -> str:
    lines: List[str] = []
    for reading in said.readings:
        lines += wrapped(f"{escaped(reading.source or 'a text')}: {reading.form}", "")
        named = [(json_name(path), _short(value)) for path, value in _values(reading)]
        width = max([len(name) for name, _ in named], default=0)
        for name, value in named:
            lines.append(f"  {name:<{width}}  {value}")
        for each in said.overridden:
            if each.file == reading.source:
                was = f"{json_name(each.path)} was {_short(_plain(each.value))}"
                was += f", overridden by {each.by}"
                lines += wrapped(escaped(was), "  ", "    ")
        for ignored in reading.ignored:
            lines += wrapped(f"ignored: {escaped(ignored)}", "  ", "    ")
        lines.append("")
    for name, problem in _contradictions(said):
        lines += wrapped(escaped(f"contradiction in {name}: {problem}"), "", "  ")
        lines.append("")
    return "\n".join(lines[:-1])


def _values(reading: Reading) -> List[Tuple[str, Any]]:
    """Return a reading's fields and values in JSON notation."""
    found = []
    for path in paths_of(reading.parts):
        value = value_at(reading.parts, path)
        if isinstance(value, Vdsm):
            found += [(f"{path}.{key}", each) for key, each in _plain(value).items()]
        elif path.endswith("_version"):
            found.append((path, version_text(value)))
        else:
            found.append((path, _plain(value)))
    return found


def _contradictions(said: Given) -> List[Tuple[str, str]]:
    """Return the fields on which the files disagree, and which file states what."""
    try:
        merged(said.readings)
    except ZcpolicyError as error:
        return [(json_name(fault.path), fault.problem) for fault in error.all]
    return []


def _plain(value: Any) -> Any:
    """Convert a value to JSON."""
    if isinstance(value, (MigrationPolicy, Migration)):
        return value.name if isinstance(value, MigrationPolicy) else value.to_json()
    if isinstance(value, Vdsm):
        return {key: getattr(value, name) for key, name in VDSM_KEYS.items()}
    if isinstance(value, LibvirtCall):
        names = list(flag_names(value.flags))
        return {"flags": int(value.flags), "flagNames": names, "params": dict(value.params)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _short(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, dict) and "samples" in value:
        samples = value["samples"]
        count = f"{len(samples)} sample{'' if len(samples) == 1 else 's'}"
        return f"{count}, {samples[0]['atMs']} to {samples[-1]['atMs']} ms"
    text = json.dumps(value, ensure_ascii=False)
    text = escaped(text[1:-1] if isinstance(value, str) else text)
    if text in _SHIPPED_NAMES:
        return f"{text} ({_SHIPPED_NAMES[text]})"
    return shortened(text, _SHOWN)
