"""QMP commands, which `check` alone reads: the state to which they lead."""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional

from .._base.errors import InvalidType, ZcpolicyError, raise_all
from .._base.parsing import parsed
from ..formats import Reading

__all__ = ["Qmp", "qmp_reading"]

_CAPABILITIES, _PARAMETERS = "migrate-set-capabilities", "migrate-set-parameters"


class Qmp(NamedTuple):
    """The capabilities as QMP writes them, one after the other, and the parameters."""

    capabilities: List[Any]
    parameters: Mapping[str, Any]


def qmp_reading(data: bytes, name: str) -> Optional[Reading]:
    """What a text says, if it sets capabilities or parameters of a migration over QMP.

    Around the commands there may be prompts, ``virsh qemu-monitor-command``, replies, and other
    commands, which are named as ignored.

    Raises:
        ZcpolicyError: the arguments of a command are not as QMP wants them.
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
    """The commands in a text: one document or a list of them, or one on each line."""
    if b'"execute"' not in data:
        return
    whole = parsed(data)
    found = [whole] if whole is not None else [parsed(_inside(line)) for line in data.splitlines()]
    for each in found:
        for one in each if isinstance(each, list) else [each]:
            if isinstance(one, dict) and isinstance(one.get("execute"), str):
                yield one


def _inside(line: bytes) -> bytes:
    """The JSON in a line, without the prompt or the command around it."""
    return line[line.find(b"{") : line.rfind(b"}") + 1]
