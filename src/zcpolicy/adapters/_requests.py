"""What Vdsm itself makes of a ``VM.migrate`` request that is not as Engine sends it: one table.

Vdsm checks no combination of anything.  Three things happen to an odd value: Vdsm crashes as it
is asked (the migration does not start), its monitor thread dies later (the migration goes on, and
nobody watches), or it reads something else than is written.  What libvirt and QEMU then say of
the call is in ``_refusals``.

Source: Vdsm ``virt/migration.py`` (``SourceThread``, ``MonitorThread``), ``common/conv.py``.
"""

import difflib
from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import attr

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, shown
from .._base.fields import Layer
from .._model.inputs import Host
from .._model.schedule import DOWNTIME_MAX
from .._model.vdsm import SHIPPED_VDSM
from ._violations import Violation

__all__ = [
    "ODDITIES",
    "REQUEST_FIELDS",
    "Oddity",
    "allows_postcopy",
    "as_bool",
    "bandwidth",
    "check_downtime",
    "crashes",
    "downtime",
    "has_action",
    "has_limit",
    "is_action",
    "number",
    "oddities",
]

Request = Mapping[str, Any]

# What Vdsm reads with conv.tobool, and what it takes for true if there is anything.
_TOBOOL = ("tunneled", "abortOnError", "compressed", "autoConverge")
_TRUTHY = ("encrypted", "zerocopy", "enableGuestEvents")
# The keys that say how to migrate, and the fields of `Parameters` that they give.
REQUEST_FIELDS = {
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
# With those that are the same in all of Engine's requests.
_KEYS = (*REQUEST_FIELDS, "abortOnError", "method")


def as_bool(value: object) -> bool:
    """What Vdsm's ``conv.tobool`` says.

    A bool is what it is; "true" in any case and a non-zero number in a string are true; all else,
    a number that is no string too, is false.
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


def bandwidth(value: Any) -> int:
    """``maxBandwidth`` as Vdsm reads it, MiB/s: whatever counts as false is its own limit."""
    return int(value or SHIPPED_VDSM.max_bandwidth)


def allows_postcopy(schedule: Any) -> bool:
    """Whether a stalling entry is called "postcopy", to the letter; crashes as Vdsm does.

    What else an entry says, Vdsm looks at only when it is due.
    """
    entries = schedule.get("stalling", ())
    return "postcopy" in [entry.get("action", {}).get("name") for entry in entries]


def check_downtime(value: Any) -> None:
    """Crash on a ``downtime`` as Vdsm does, which computes a schedule from it, if it has none."""
    if value is not None and int(value) < 0:
        raise ValueError(value)


def crashes(request: Request) -> List[ZcpolicyError]:
    """The values on which Vdsm's ``SourceThread`` crashes as it is made, in its order."""
    faults: List[ZcpolicyError] = []
    value = request.get("maxBandwidth")
    try:
        bandwidth(value)
    except (TypeError, ValueError, OverflowError):
        faults.append(InvalidValue("maxBandwidth", value, "a number of MiB/s"))
    if "convergenceSchedule" in request:
        schedule = request["convergenceSchedule"]
        try:
            allows_postcopy(schedule)
        except (AttributeError, TypeError):
            expected = (
                "an object, whose 'stalling' is a list of objects, whose 'action' is an object"
            )
            faults.append(InvalidType("convergenceSchedule", schedule, expected))
        return faults
    value = request.get("downtime")
    try:
        check_downtime(value)
    except (TypeError, ValueError, OverflowError):
        faults.append(InvalidValue("downtime", value, "a number of ms"))
    return faults


def number(value: Any) -> Optional[int]:
    """What ``int()`` makes of a value; None if it crashes."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


# Where a value is and what it is.
_Place = Tuple[str, Any]


def _lists(request: Request) -> Iterator[Tuple[str, Any]]:
    """The two lists of the schedule, if there is one that has lists at all."""
    schedule = request.get("convergenceSchedule")
    if isinstance(schedule, Mapping):
        for key in ("init", "stalling"):
            yield f"convergenceSchedule.{key}", schedule.get(key)


def actions(request: Request) -> Iterator[Tuple[str, Mapping[str, Any]]]:
    """The actions of the schedule that are objects, with their paths."""
    for path, entries in _lists(request):
        if isinstance(entries, (list, tuple)):
            for index, entry in enumerate(entries):
                where = f"{path}[{index}]"
                if path.endswith("stalling"):
                    entry = entry.get("action") if isinstance(entry, Mapping) else None
                    where += ".action"
                if isinstance(entry, Mapping):
                    yield where, entry


def named(request: Request, name: str, inside: str) -> List[_Place]:
    """The actions of that name in ``"init"`` or ``"stalling"``."""
    prefix = f"convergenceSchedule.{inside}["
    return [
        (path, name)
        for path, action in actions(request)
        if path.startswith(prefix) and action.get("name") == name
    ]


def downtime(action: Mapping[str, Any]) -> Optional[int]:
    """The ms of a ``setDowntime`` as the monitor reads them; None if it dies of them."""
    params = action.get("params")
    return number(params[0]) if isinstance(params, (list, tuple)) and params else None


def is_action(value: Any) -> bool:
    """Whether the monitor can read an action, of whatever name."""
    return (
        isinstance(value, Mapping)
        and "name" in value
        and (value["name"] != "setDowntime" or downtime(value) is not None)
    )


def has_action(entry: Any) -> bool:
    """Whether a stalling entry has an action at all."""
    return isinstance(entry, Mapping) and isinstance(entry.get("action"), Mapping)


def has_limit(entry: Mapping[str, Any]) -> bool:
    """Whether the monitor can compare a stalling entry's limit."""
    return isinstance(entry.get("limit"), (int, float))


def _unreadable(request: Request, host: Host) -> Iterator[_Place]:
    for path, entries in _lists(request):
        if not isinstance(entries, (list, tuple)):
            yield path, entries
        elif path.endswith("stalling"):
            for index, entry in enumerate(entries):
                if not has_action(entry):
                    yield f"{path}[{index}]", entry
                elif not has_limit(entry):
                    yield f"{path}[{index}].limit", entry.get("limit")
        else:
            for index, entry in enumerate(entries):
                if not isinstance(entry, Mapping):
                    yield f"{path}[{index}]", entry
    for path, action in actions(request):
        if not is_action(action):
            yield path, action


def _downtimes(request: Request) -> Iterator[Tuple[str, int]]:
    for path, action in actions(request):
        ms = downtime(action) if action.get("name") == "setDowntime" else None
        if ms is not None:
            yield path, ms


def _out_of_range(request: Request, host: Host) -> Iterator[_Place]:
    for path, ms in _downtimes(request):
        if not 0 <= ms <= DOWNTIME_MAX:
            yield path, ms
    if "convergenceSchedule" not in request:
        own = number(request.get("downtime"))
        if own is not None and own > DOWNTIME_MAX:
            yield "downtime", own


def _zero(request: Request, host: Host) -> Iterator[_Place]:
    for path, ms in _downtimes(request):
        if ms == 0:
            yield path, ms
    if "convergenceSchedule" not in request and number(request.get("downtime")) == 0:
        yield "downtime", request["downtime"]


def _runs_out(request: Request, host: Host) -> Iterator[_Place]:
    for path, entries in _lists(request):
        is_list = path.endswith("stalling") and isinstance(entries, (list, tuple))
        if is_list and not named(request, "abort", "stalling"):
            yield path, entries


def _unknown_actions(request: Request, host: Host) -> Iterator[_Place]:
    for path, action in actions(request):
        if "name" in action and action["name"] not in ("setDowntime", "postcopy", "abort"):
            yield path, action["name"]


def _beside_schedule(request: Request, host: Host) -> Iterator[_Place]:
    if "convergenceSchedule" in request and request.get("downtime") is not None:
        yield "downtime", request["downtime"]


def _true_in_spite(request: Request, host: Host) -> Iterator[_Place]:
    for key in _TRUTHY:
        value = request.get(key)
        if isinstance(value, str) and value and not as_bool(value):
            yield key, value


def _false_in_spite(request: Request, host: Host) -> Iterator[_Place]:
    for key in _TOBOOL:
        value = request.get(key)
        said_no = isinstance(value, str) and (value.lower() == "false" or number(value) == 0)
        if value and not as_bool(value) and not said_no:
            yield key, value


def _one_connection(request: Request, host: Host) -> Iterator[_Place]:
    if request.get("parallel") in (1, "1"):
        yield "parallel", request["parallel"]


def _default_bandwidth(request: Request, host: Host) -> Iterator[_Place]:
    value = request.get("maxBandwidth")
    if value is not None and not value:
        yield "maxBandwidth", value


def _no_limit(request: Request, host: Host) -> Iterator[_Place]:
    value = request.get("maxBandwidth")
    if value and number(value) == 0:
        yield "maxBandwidth", value


def _dropped(request: Request, host: Host) -> Iterator[_Place]:
    if request.get("zerocopy") and not (host.vdsm_zerocopy and host.libvirt_zerocopy):
        yield "zerocopy", request["zerocopy"]


def _no_capability(request: Request, host: Host) -> Iterator[_Place]:
    passed = request.get("zerocopy") and host.vdsm_zerocopy and host.libvirt_zerocopy
    if passed and not host.qemu_zerocopy:
        yield "zerocopy", request["zerocopy"]


def _misspelt(request: Request, host: Host) -> Iterator[_Place]:
    for key in request:
        if isinstance(key, str) and key not in _KEYS:
            close = difflib.get_close_matches(
                key.lower(), [known.lower() for known in _KEYS], 1, 0.8
            )
            if close:
                yield key, request[key]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Oddity:
    """A row: what is odd, where it is in a request, and what happens.

    Attributes:
        code, severity, layer, remedy: as in `Violation`.
        places: where a request, on a host, has it; a pure function.
        problem: what happens, a fragment that goes on after the value.
        source: what says so.
    """

    code: str
    severity: str
    layer: Layer = "vdsm"
    places: Callable[[Request, Host], Iterable[_Place]]
    problem: str
    remedy: str
    source: str


_SOURCE = "Vdsm virt/migration.py, SourceThread"
_MONITOR = "Vdsm virt/migration.py, MonitorThread"

ODDITIES: Tuple[Oddity, ...] = (
    Oddity(
        code="zerocopy-capability",
        severity="refused",
        layer="qemu",
        places=_no_capability,
        problem="asks for zero-copy-send, which QEMU on the source host does not have",
        remedy="leave zerocopy out, or update QEMU on the source host to 7.1 or later",
        source="libvirt qemu_migration_params.c: option is not supported by QEMU binary",
    ),
    Oddity(
        code="schedule-aborts",
        severity="refused",
        places=lambda request, host: named(request, "abort", "init"),
        problem="cancels the migration as it starts",
        remedy="move the action to the end of 'stalling'",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-unreadable",
        severity="harmful",
        places=_unreadable,
        problem="kills Vdsm's monitor when it is due: it cannot be read",
        remedy="write actions as {'name', 'params'} and entries as {'limit', 'action'}, with a "
        "downtime in ms",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-downtime",
        severity="harmful",
        places=_out_of_range,
        problem="ms are refused by QEMU when they are due, which kills Vdsm's monitor",
        remedy=f"set a downtime from 1 to {DOWNTIME_MAX} ms",
        source="QEMU migration/options.c: in the range of 0 to (2000 * 1000) ms",
    ),
    Oddity(
        code="schedule-runs-out",
        severity="harmful",
        places=_runs_out,
        problem="runs out, which kills Vdsm's monitor: no action and no progress from then on",
        remedy="end the list with abort",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-action-unknown",
        severity="misleading",
        places=_unknown_actions,
        problem="is no action that Vdsm knows, and is skipped",
        remedy="use setDowntime, postcopy or abort",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-postcopy-early",
        severity="misleading",
        places=lambda request, host: named(request, "postcopy", "init"),
        problem="is not done: Vdsm allows post-copy only for an entry of 'stalling'",
        remedy="move the action to 'stalling'",
        source=_SOURCE,
    ),
    Oddity(
        code="downtime-zero",
        severity="misleading",
        places=_zero,
        problem="ms of downtime are never reached",
        remedy=f"set a downtime from 1 to {DOWNTIME_MAX} ms",
        source="QEMU migration/options.c takes it",
    ),
    Oddity(
        code="downtime-unused",
        severity="misleading",
        places=_beside_schedule,
        problem="is ignored beside a convergenceSchedule",
        remedy="leave it out, or leave the schedule to Vdsm",
        source=_SOURCE,
    ),
    Oddity(
        code="string-true",
        severity="misleading",
        places=_true_in_spite,
        problem="counts as true: any string does that is not empty",
        remedy="send a bool",
        source=_SOURCE,
    ),
    Oddity(
        code="value-false",
        severity="misleading",
        places=_false_in_spite,
        problem="counts as false: only a bool, the string 'true' and a number in a string can be "
        "true",
        remedy="send a bool, or 'true' or 'false'",
        source="Vdsm common/conv.py, tobool",
    ),
    Oddity(
        code="parallel-one",
        severity="misleading",
        places=_one_connection,
        problem="makes a parallel migration of a single connection",
        remedy="ask for 2 or more connections, or leave it out",
        source=_SOURCE,
    ),
    Oddity(
        code="bandwidth-default",
        severity="misleading",
        places=_default_bandwidth,
        problem=f"means Vdsm's own limit of {SHIPPED_VDSM.max_bandwidth} MiB/s",
        remedy="send 1 MiB/s or more, or leave it out",
        source=_SOURCE,
    ),
    Oddity(
        code="bandwidth-unlimited",
        severity="misleading",
        places=_no_limit,
        problem="means no limit at all",
        remedy="send 1 MiB/s or more, or leave it out",
        source=_SOURCE,
    ),
    Oddity(
        code="zerocopy-dropped",
        severity="misleading",
        places=_dropped,
        problem="is left out: Vdsm or libvirt on the source host does not know zero-copy",
        remedy="leave it out, or update vdsm to 4.50.3.1 and libvirt to 8.5 on the source host",
        source="feature page, User experience; Vdsm virt/migration.py",
    ),
    Oddity(
        code="key-unknown",
        severity="misleading",
        places=_misspelt,
        problem="is no key that Vdsm knows, but is like one; it is ignored",
        remedy="write one of " + ", ".join(_KEYS),
        source="Vdsm API, VM.migrate: mismatches are logged only",
    ),
)


def oddities(request: Request, host: Host, crashing: Sequence[ZcpolicyError]) -> List[Violation]:
    """A violation for each place of each row, after those of *crashing*, of `crashes`."""
    found = [
        Violation(
            code="vdsm-crash",
            severity="refused",
            layer="vdsm",
            message=f"{fault.message}, and Vdsm crashes on it",
            remedy=f"send {fault.expected}, or leave {fault.path} out",
        )
        for fault in crashing
    ]
    for row in ODDITIES:
        for path, value in row.places(request, host):
            found.append(
                Violation(
                    code=row.code,
                    severity=row.severity,
                    layer=row.layer,
                    message=f"{path}: {shown(value)} {row.problem}",
                    remedy=row.remedy,
                )
            )
    return found
