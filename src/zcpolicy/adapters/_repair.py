"""The nearest request that nobody refuses and that harms nobody: one table, one row a change.

The rows are tried in their order, each where the check finds what it is for, so that the order
says what wins: as in the decision itself, encryption over a tunnel, both over zero-copy, zero-copy
over a missing number of connections, and connections over compression and post-copy.
"""

from typing import Any, Callable, Dict, List, Mapping, Tuple

import attr

from .._base.errors import ZcpolicyError, shown
from .._base.fields import INT_MAX
from .._model.notice import Notice
from .._model.schedule import DOWNTIME_MAX, ConvergenceSchedule
from ._requests import (
    REQUEST_FIELDS,
    as_bool,
    crashes,
    downtime,
    has_action,
    has_limit,
    is_action,
    number,
)
from ._violations import Violation

__all__ = ["Repair", "repaired"]

Request = Dict[str, Any]

# MiB/s: the most that is a number of bytes for libvirt, as its other calls check it.
_BANDWIDTH_MAX = (2**63 - 1) // 2**20


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, hash=False)
class Repair:
    """A request without anything that is refused or harmful.

    Attributes:
        request: the request, with what had to change; as it was where nothing had to.
        notices: one for each change.
    """

    request: Mapping[str, Any]
    notices: Tuple[Notice, ...]


def repaired(request: Request, check: Callable[[Request], Tuple[Violation, ...]]) -> Repair:
    """Change what *check* finds refused or harmful, row by row."""
    notices: List[Notice] = []
    for change in _CHANGES:
        found = [violation for violation in check(request) if change.mends(violation, request)]
        if found:
            after = dict(request)
            change.make(after)
            notices.append(change.notice(found[0], request, after))
            request = after
    return Repair(request=request, notices=tuple(notices))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Change:
    """A row: which violations it is for, the key that it changes, and how.

    Attributes:
        codes: the codes of the violations.
        key: the key of the request.
        make: changes a copy of the request.
        only: what must hold of the request besides.
        source: why this is what is changed.
    """

    codes: Tuple[str, ...]
    key: str
    make: Callable[[Request], None]
    only: Callable[[Request], bool] = lambda request: True
    source: str

    def mends(self, violation: Violation, request: Request) -> bool:
        """Whether the row is for *violation* of *request*."""
        bad = violation.severity != "misleading" and violation.code in self.codes
        return bad and self.only(request)

    def notice(self, violation: Violation, before: Request, after: Request) -> Notice:
        """What is told of the change."""
        return Notice(
            code=violation.code,
            severity="warning",
            layer=violation.layer,
            field=REQUEST_FIELDS[self.key],
            requested=_told(before.get(self.key)),
            effective=_told(after.get(self.key)),
            message=violation.message,
            remedy=violation.remedy,
            source=self.source,
        )


def _told(value: Any) -> Any:
    """A value as a notice holds it: a schedule as one, and what cannot be hashed as text."""
    if isinstance(value, Mapping):
        try:
            schedule = ConvergenceSchedule.from_json(value)
        except ZcpolicyError:
            return shown(value)
        # What leaves something out is not the same as what says it.
        return schedule if schedule.to_json() == value else shown(value)
    return shown(value) if isinstance(value, list) else value


def _crashes_at(key: str) -> Callable[[Request], bool]:
    return lambda request: key in [fault.path for fault in crashes(request)]


def _drop(key: str) -> Callable[[Request], None]:
    def drop(request: Request) -> None:
        request.pop(key, None)

    return drop


def _put(key: str, value: Any) -> Callable[[Request], None]:
    def put(request: Request) -> None:
        request[key] = value

    return put


def _cap_bandwidth(request: Request) -> None:
    if int(request["maxBandwidth"]) > 0:
        request["maxBandwidth"] = _BANDWIDTH_MAX
    else:
        del request["maxBandwidth"]


def _mend_connections(request: Request) -> None:
    """A number in a string is one, more than QEMU takes is the most; all else is none."""
    connections = number(request["parallel"]) or 0
    if connections > 0:
        request["parallel"] = min(connections, 255)
    else:
        del request["parallel"]


def _within_range(action: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    ms = downtime(action) if action.get("name") == "setDowntime" else None
    if ms is None or 0 <= ms <= DOWNTIME_MAX:
        return [action]
    return [{**action, "params": [str(min(max(ms, 1), DOWNTIME_MAX))]}]


def _readable(action: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    return [action] if is_action(action) else []


def _edit_actions(
    request: Request,
    edit: Callable[[Mapping[str, Any]], List[Mapping[str, Any]]],
    inside: Tuple[str, ...] = ("init", "stalling"),
) -> None:
    """Replace each action by what *edit* makes of it; what is no action or no list goes."""
    schedule = request["convergenceSchedule"]
    made = {**schedule}
    for key in inside:
        entries = schedule.get(key)
        edited: List[Any] = []
        for entry in entries if isinstance(entries, (list, tuple)) else ():
            if key == "init":
                edited += edit(entry) if isinstance(entry, Mapping) else []
            elif has_action(entry) and has_limit(entry):
                edited += [{**entry, "action": action} for action in edit(entry["action"])]
        made[key] = edited
    request["convergenceSchedule"] = made


def _less(name: str, inside: str) -> Callable[[Request], None]:
    def without(request: Request) -> None:
        _edit_actions(
            request, lambda action: [] if action.get("name") == name else [action], (inside,)
        )

    return without


def _never_ends(request: Request) -> None:
    """A last entry that is never due: the list is never empty, and nothing else changes."""
    schedule = request["convergenceSchedule"]
    last = {"limit": INT_MAX, "action": {"name": "abort", "params": []}}
    request["convergenceSchedule"] = {**schedule, "stalling": [*schedule["stalling"], last]}


def _mend_schedule(request: Request) -> None:
    """Keep what can be read of a schedule on which Vdsm crashes; without an object, nothing."""
    if isinstance(request["convergenceSchedule"], Mapping):
        _edit_actions(request, _readable)
    else:
        del request["convergenceSchedule"]


def _tunnelled(request: Request) -> bool:
    return as_bool(request.get("tunneled"))


_OURS = "zcpolicy, as a decision would have it"
_POSTCOPY = ("multifd-postcopy", "multifd-postcopy-loss", "postcopy-paused", "tunnel-postcopy")

_CHANGES: Tuple[_Change, ...] = (
    # First, since without a schedule Vdsm reads the downtime.
    _Change(
        codes=("vdsm-crash",),
        key="convergenceSchedule",
        make=_mend_schedule,
        only=_crashes_at("convergenceSchedule"),
        source="what cannot be read would never have been done",
    ),
    _Change(
        codes=("vdsm-crash",),
        key="maxBandwidth",
        make=_drop("maxBandwidth"),
        only=_crashes_at("maxBandwidth"),
        source="Vdsm then uses its own limit",
    ),
    _Change(
        codes=("vdsm-crash",),
        key="downtime",
        make=_drop("downtime"),
        only=_crashes_at("downtime"),
        source="Vdsm then uses its own downtime",
    ),
    _Change(
        codes=("schedule-unreadable",),
        key="convergenceSchedule",
        make=lambda request: _edit_actions(request, _readable),
        source="what cannot be read would never have been done",
    ),
    _Change(
        codes=("schedule-aborts",),
        key="convergenceSchedule",
        make=_less("abort", "init"),
        source="a migration that is cancelled as it starts is none",
    ),
    _Change(
        codes=("schedule-downtime",),
        key="convergenceSchedule",
        make=lambda request: _edit_actions(request, _within_range),
        only=lambda request: "convergenceSchedule" in request,
        source="the nearest downtime that QEMU takes",
    ),
    _Change(
        codes=("schedule-downtime",),
        key="downtime",
        make=_put("downtime", str(DOWNTIME_MAX)),
        source="the nearest downtime that QEMU takes",
    ),
    _Change(
        codes=("bandwidth-negative", "bandwidth-overflow"),
        key="maxBandwidth",
        make=_cap_bandwidth,
        source="the nearest bandwidth that libvirt takes; Vdsm's own limit for a negative one",
    ),
    _Change(
        codes=(
            "connections-type",
            "connections-overflow",
            "parameter-repeated",
            "channels-range",
            "channels-zero",
        ),
        key="parallel",
        make=_mend_connections,
        source="the nearest number of connections that QEMU takes",
    ),
    _Change(
        codes=("tunnel-tls", "tunnel-tls-crash"),
        key="tunneled",
        make=_put("tunneled", "false"),
        source=_OURS + ": encryption wins over a tunnel and gives what it was for",
    ),
    _Change(
        codes=("zerocopy-tls", "zerocopy-capability", "memory-lock"),
        key="zerocopy",
        make=_drop("zerocopy"),
        source=_OURS + ": a migration without zero-copy proceeds",
    ),
    _Change(
        codes=("tunnel-parallel", "zerocopy-without-parallel"),
        key="zerocopy",
        make=_drop("zerocopy"),
        only=lambda request: _tunnelled(request) and bool(request.get("zerocopy")),
        source=_OURS + ": the tunnel wins over zero-copy",
    ),
    _Change(
        codes=("zerocopy-without-parallel",),
        key="parallel",
        make=_put("parallel", 2),
        source="feature page, User experience: parallel migrations are enabled",
    ),
    _Change(
        codes=("tunnel-parallel",),
        key="parallel",
        make=_drop("parallel"),
        source=_OURS + ": the tunnel wins over connections",
    ),
    _Change(
        codes=("compressed-parallel", "multifd-xbzrle", "zerocopy-xbzrle"),
        key="compressed",
        make=_put("compressed", "false"),
        source="ovirt-engine pull request 1186: no compression with connections",
    ),
    _Change(
        codes=_POSTCOPY,
        key="convergenceSchedule",
        make=_less("postcopy", "stalling"),
        source="Engine 4.5 MigrateVmCommand removes it likewise",
    ),
    _Change(
        codes=("schedule-runs-out",),
        key="convergenceSchedule",
        make=_never_ends,
        source="Vdsm virt/migration.py: an entry that is never due keeps the list from running out",
    ),
)
