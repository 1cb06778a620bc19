"""Read a ``VM.migrate`` request as Vdsm does.

Two parts of Vdsm read a request: the source thread on creation, where a fault fails the call
(`read`), and later its monitor, which runs the schedule (`read_schedule`).

Source: Vdsm ``virt/migration.py`` (``SourceThread``, ``MonitorThread``), ``common/conv.py``.
"""

from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError
from .._model.parameters import ParameterName
from .._model.vdsm import SHIPPED_VDSM, Vdsm
from .._model.vdsm_schedule import computed_downtimes

__all__ = [
    "KEYS",
    "REQUEST_FIELDS",
    "Entry",
    "Reading",
    "Request",
    "Schedule",
    "as_bool",
    "number",
    "read",
    "read_schedule",
]

Request = Mapping[str, Any]

# The keys that control the migration, each with its field of `Parameters`.
REQUEST_FIELDS: Mapping[str, ParameterName] = {
    "zerocopy": "zerocopy",
    "parallel": "parallel",
    "autoConverge": "auto_converge",
    "compressed": "compressed",
    "encrypted": "encrypted",
    "tunneled": "tunnelled",
    "maxBandwidth": "max_bandwidth",
    "downtime": "downtime",
    "convergenceSchedule": "schedule",
    "enableGuestEvents": "enable_guest_events",
    "incomingLimit": "incoming_limit",
    "outgoingLimit": "outgoing_limit",
}
# With the keys that are the same in all of Engine's requests.
KEYS = (*REQUEST_FIELDS, "abortOnError", "method")

_SCHEDULE = "convergenceSchedule"
_ERRORS = (TypeError, ValueError, OverflowError)
_ERRORS_OF_AN_ELEMENT = (*_ERRORS, LookupError)


class Reading(NamedTuple):
    """A request as Vdsm's source thread reads it; a plain tuple, since every answer creates one.

    Attributes:
        faults: the values that crash Vdsm, in the order in which it reads them.
        tunnelled, abort_on_error, compressed, auto_converge, encrypted, zerocopy: whether each is
            on.
        connections: the number of connections that Vdsm passes on; None if there is none.
        bandwidth: MiB/s, 0 for no limit; None if it crashes Vdsm.
        downtime: ms, if Vdsm computes a schedule from it; None if it uses another source, or if
            the value crashes Vdsm.
        has_schedule: whether the request has a schedule.
        postcopy: whether Vdsm allows post-copy.
    """

    faults: Tuple[ZcpolicyError, ...]
    tunnelled: bool
    abort_on_error: bool
    compressed: bool
    auto_converge: bool
    encrypted: bool
    zerocopy: bool
    connections: Any
    bandwidth: Optional[int]
    downtime: Optional[int]
    has_schedule: bool
    postcopy: bool


def read(request: Request, vdsm: Vdsm = SHIPPED_VDSM) -> Reading:
    """Read *request* like the source thread of a Vdsm with this configuration."""
    get = request.get
    faults: List[ZcpolicyError] = []
    value = get("maxBandwidth")
    bandwidth = None
    try:
        # Any falsy value means Vdsm's own limit.
        bandwidth = int(value or vdsm.max_bandwidth)
    except _ERRORS:
        faults.append(InvalidValue("maxBandwidth", value, "a number of MiB/s"))
    postcopy = False
    downtime = None
    has_schedule = _SCHEDULE in request
    if has_schedule:
        schedule = request[_SCHEDULE]
        try:
            postcopy = _allows_postcopy(schedule)
        except (AttributeError, TypeError):
            expected = "an object whose 'stalling' is a list of objects whose 'action' is an object"
            faults.append(InvalidType(_SCHEDULE, schedule, expected))
    else:
        value = get("downtime")
        try:
            downtime = _own_downtime(value, vdsm.downtime_steps)
        except _ERRORS:
            faults.append(InvalidValue("downtime", value, "a number of ms"))
    connections = get("parallel")
    return Reading(
        faults=tuple(faults),
        tunnelled=as_bool(get("tunneled")),
        abort_on_error=as_bool(get("abortOnError")),
        compressed=as_bool(get("compressed")),
        auto_converge=as_bool(get("autoConverge")),
        encrypted=bool(get("encrypted")),
        zerocopy=bool(get("zerocopy")),
        connections=None if connections == 0 else connections,
        bandwidth=bandwidth,
        downtime=downtime,
        has_schedule=has_schedule,
        postcopy=postcopy,
    )


def as_bool(value: object) -> bool:
    """Emulate Vdsm's ``conv.tobool``.

    A bool is returned as is.  "true" in any case and a string with a non-zero number are true;
    anything else is false, even a plain number.
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return False
    word = value.lower()
    if word in ("true", "false"):
        return word == "true"
    try:
        return int(value) != 0
    except ValueError:
        return False


def number(value: Any) -> Optional[int]:
    """``int()`` of a value; None if it raises."""
    try:
        return int(value)
    except _ERRORS:
        return None


def _first_number(params: Any) -> Optional[int]:
    """The first parameter, or a string's first digit; None if it kills the monitor."""
    try:
        return int(params[0])
    except _ERRORS_OF_AN_ELEMENT:
        return None


def _allows_postcopy(schedule: Any) -> bool:
    """Whether the action of a stalling entry is exactly "postcopy"; crashes where Vdsm does.

    Vdsm stops at the first such entry.  It reads the rest of an entry only when it is due.
    """
    for entry in schedule.get("stalling", ()):
        if entry.get("action", {}).get("name") == "postcopy":
            return True
    return False


def _own_downtime(value: Any, steps: int) -> Optional[int]:
    """The downtime from which Vdsm computes a schedule; crashes where Vdsm does."""
    if value is None:
        return None
    downtime = int(value)
    computed_downtimes(downtime, steps)
    return downtime


class Entry(NamedTuple):
    """An element of one of the schedule's lists, as Vdsm's monitor reads it.

    Attributes:
        list_name: ``"init"`` or ``"stalling"``.
        path: the element's path.
        given: the element.
        action: its action, which is the element itself in ``init``; None if it has none.
        has_limit: whether the monitor can compare its limit; ``init`` has no limits.
        name: the name of the action; None if it has none.
        downtime: the downtime that a ``setDowntime`` sets, ms; None if it kills the monitor, and
            for other actions.
        runs: whether the monitor can read the action, whatever its name.
        due: whether the monitor can reach it, that is, no earlier entry aborts, and neither it nor
            an earlier entry has a limit that no iteration passes.
    """

    list_name: str
    path: str
    given: Any
    action: Optional[Mapping[str, Any]]
    has_limit: bool
    name: Any
    downtime: Optional[int]
    runs: bool
    due: bool = True

    @property
    def action_path(self) -> str:
        """The path of the action."""
        return self.path if self.list_name == "init" else f"{self.path}.action"


class Schedule(NamedTuple):
    """A schedule as Vdsm's monitor reads it.

    Attributes:
        lists: ``init`` and ``stalling``, of any type; empty if there is no schedule, or if it is
            not an object.
        entries: the elements of the actual lists.
    """

    lists: Tuple[Tuple[str, Any], ...] = ()
    entries: Tuple[Entry, ...] = ()

    def entries_of(self, list_name: str) -> List[Entry]:
        """The elements of one list."""
        return [entry for entry in self.entries if entry.list_name == list_name]

    @property
    def due(self) -> List[Entry]:
        """The entries that the monitor can reach."""
        return [entry for entry in self.entries if entry.due]

    def named(self, name: str, list_name: str) -> List[Entry]:
        """The entries of one list whose action is called *name*."""
        return [entry for entry in self.entries_of(list_name) if entry.name == name]


_NO_SCHEDULE = Schedule()


def read_schedule(request: Request, vdsm: Vdsm = SHIPPED_VDSM) -> Schedule:
    """Read the schedule of *request*, if any, as Vdsm's monitor does."""
    schedule = request.get(_SCHEDULE)
    if not isinstance(schedule, Mapping) or not vdsm.monitor_interval_s:
        return _NO_SCHEDULE
    lists: List[Tuple[str, Any]] = []
    entries: List[Entry] = []
    for name in ("init", "stalling"):
        given = schedule.get(name)
        lists.append((name, given))
        if isinstance(given, (list, tuple)):
            found = [
                _read_entry(name, f"{_SCHEDULE}.{name}[{index}]", element)
                for index, element in enumerate(given)
            ]
            entries += found if name == "init" else _with_due(found)
    return Schedule(tuple(lists), tuple(entries))


# libvirt counts iterations in 64 bits.
_ITERATIONS_END = 1 << 64


def _with_due(stalling: List[Entry]) -> List[Entry]:
    """Mark the stalling entries that the monitor never reaches."""
    made = []
    due = True
    for entry in stalling:
        # This includes NaN, which no iteration passes.
        due = due and (not entry.has_limit or entry.given["limit"] < _ITERATIONS_END)
        made.append(entry if due else entry._replace(due=False))
        due = due and not (entry.has_limit and entry.name == "abort")
    return made


def _read_entry(list_name: str, path: str, given: Any) -> Entry:
    action = given if isinstance(given, Mapping) else None
    has_limit = True
    if list_name == "stalling":
        has_limit = action is not None and isinstance(action.get("limit"), (int, float))
        action = None if action is None else action.get("action")
    if not isinstance(action, Mapping):
        return Entry(list_name, path, given, None, has_limit, None, None, False)
    name = action.get("name")
    if name != "setDowntime":
        return Entry(list_name, path, given, action, has_limit, name, None, "name" in action)
    downtime = _first_number(action.get("params"))
    return Entry(list_name, path, given, action, has_limit, name, downtime, downtime is not None)
