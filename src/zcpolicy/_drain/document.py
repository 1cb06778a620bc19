"""The input of ``zcpolicy drain``: a document of moves, and facts about their hosts."""

from typing import Any, Dict, Optional, Union

from .._base.documents import Reader, join_any
from .._base.errors import InvalidType, ZcpolicyError, combined
from .._forecast.asked import read_asked
from .._forecast.fit import Fit
from .._forecast.workload import Workload
from .._model.scenario import Scenario
from .drain import drain
from .moves import ARGUMENTS, LIMIT, NAME, Asked, Move
from .plan import Plan

__all__ = ["DRAIN_KEYS", "MOVE_KEYS", "Drained", "read_drain"]

DRAIN_KEYS = {
    "moves": "moves",
    "linkMbps": "link_mbps",
    "order": "order",
    "outgoing": "outgoing",
    "incoming": "incoming",
}
MOVE_KEYS = {
    "name": "name",
    "scenario": "scenario",
    "workload": "workload",
    "migration": "migration",
}


class Drained(Asked):
    """The arguments of `drain`, read from a document."""

    __slots__ = ()

    def plan(self) -> Plan:
        """Make the plan.

        Raises:
            ZcpolicyError: the moves do not fit together; the path is that in the document.
        """
        try:
            return drain(**self._asdict())
        except ZcpolicyError as error:
            raise combined([_keyed(fault) for fault in error.all]) from None


def _keyed(fault: ZcpolicyError) -> ZcpolicyError:
    path = fault.path.replace("working_set_mib", "workingSetMiB")
    return type(fault)(path, fault.value, fault.expected, fault.problem)


def read_drain(document: object) -> Drained:
    """Read ``{"moves": [{"name", "scenario", "workload" | "migration"}], "linkMbps", …}``.

    All but the moves may be missing or null.  So may each move's scenario; the name of its
    destination is where the move goes.  A move's VM is described as for ``zcpolicy simulate``.

    Args:
        document: the JSON object.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    reader = Reader()
    found = reader.entries(document, "", DRAIN_KEYS, required=("moves",))
    if found is None:
        return reader.result(None)
    moves = [
        _move(reader, path, element) for path, element in reader.array(found.get("moves"), "moves")
    ]
    names = {field: key for key, field in DRAIN_KEYS.items()}
    for name, kind in ARGUMENTS.kinds.items():
        if name in found:
            for fault in kind.faults(name, found[name]):
                reader.faults += fault._relocated("", names)
    incoming = _incoming(reader, found.get("incoming"))
    return reader.result(
        Drained(
            moves=tuple([move for move in moves if move is not None]),
            link_mbps=found.get("link_mbps"),
            order=found.get("order", "given"),
            outgoing=found.get("outgoing"),
            incoming=incoming,
        )
    )


def _move(reader: Reader, path: str, element: object) -> Optional[Move]:
    found = reader.entries(element, path, MOVE_KEYS, required=("name",))
    if found is None:
        return None
    name = found.pop("name", None)
    faults = [] if name is None else NAME.faults("name", name)
    scenario: Optional[Scenario] = None
    workload: Union[Workload, Fit, None] = None
    try:
        scenario, workload, _ = read_asked(found)
    except ZcpolicyError as error:
        faults += error.all
    for fault in faults:
        reader.faults += fault._relocated(path, {})
    if faults or name is None or scenario is None or workload is None:
        return None
    return Move(name=name, resolution=scenario.resolve(), workload=workload)


def _incoming(reader: Reader, value: Any) -> Dict[str, int]:
    """Read the limits of the destinations."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        reader.faults.append(InvalidType("incoming", value, "a JSON object"))
        return {}
    for name, limit in value.items():
        reader.faults += LIMIT.faults(join_any("incoming", str(name)), limit)
    return value
