"""Read QMP commands, for `check` only: the state that they lead to."""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional

from .._base.errors import InvalidType, ZcpolicyError, raise_all
from .._base.parsing import parsed
from ..formats import Reading

__all__ = ["Qmp", "qmp_reading"]

_CAPABILITIES, _PARAMETERS = "migrate-set-capabilities", "migrate-set-parameters"


class Qmp(NamedTuple):
    """The capabilities in QMP's notation, in the order set, and the parameters."""

    capabilities: List[Any]
    parameters: Mapping[str, Any]


def qmp_reading(data: bytes, name: str) -> Optional[Reading]:
    """Read a text if it sets migration capabilities or parameters over QMP.

    It may also contain prompts, ``virsh qemu-monitor-command``, replies and other commands; the
    latter are listed as ignored.

    Raises:
        ZcpolicyError: the arguments of a command are invalid in QMP.
    """
    commands = list(_commands(data))
    if not any(command["execute"] in (_CAPABILITIES, _PARAMETERS) for command in commands):
        return None
    capabilities: List[Any] = []
    parameters: Dict[str, Any] = {}
    ignored: Dict[str, None] = {}
    faults: List[ZcpolicyError] = []
    for command in commands:
        arguments, execute = command.get("arguments", {}), command["execute"]
        if execute not in (_CAPABILITIES, _PARAMETERS):
            ignored[f"the command {execute}"] = None
        elif not isinstance(arguments, dict):
            faults.append(InvalidType(f"{execute}.arguments", arguments, "a JSON object"))
        elif execute == _PARAMETERS:
            parameters.update(arguments)
        elif isinstance(arguments.get("capabilities"), list):
            capabilities += arguments["capabilities"]
        else:
            path = f"{execute}.arguments.capabilities"
            faults.append(InvalidType(path, arguments.get("capabilities"), "a list"))
    raise_all(faults)
    return Reading(
        form="qmp",
        parts={"qmp": Qmp(capabilities, parameters)},
        ignored=tuple(ignored),
        source=name,
    )


def _commands(data: bytes) -> Iterator[Dict[str, Any]]:
    """Yield the commands in a text: one document, a list of them, or one per line."""
    if b'"execute"' not in data:
        return
    whole = parsed(data)
    found = [whole] if whole is not None else [parsed(_inside(line)) for line in data.splitlines()]
    for each in found:
        for one in each if isinstance(each, list) else [each]:
            if isinstance(one, dict) and isinstance(one.get("execute"), str):
                yield one


def _inside(line: bytes) -> bytes:
    """Return the JSON in a line, without the prompt or command around it."""
    return line[line.find(b"{") : line.rfind(b"}") + 1]
