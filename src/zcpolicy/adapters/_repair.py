"""The nearest request that nobody refuses and that harms nobody: one table, one row a change.

The rows are tried in their order, each where the check finds what it is for, so that the order
says what wins: as in the decision itself, encryption over a tunnel, both over zero-copy, zero-copy
over a missing number of connections, and connections over compression and post-copy.
"""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Tuple

import attr

from .._base.errors import ZcpolicyError, shown
from .._base.fields import INT_MAX
from .._model.notice import Notice
from .._model.schedule import DOWNTIME_MAX, ConvergenceSchedule
from ._oddities import Asked
from ._request import REQUEST_FIELDS, Entry, number
from ._violations import Violation

__all__ = ["Checked", "Repair", "repaired"]

_Editable = Dict[str, Any]

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


class Checked(NamedTuple):
    """A request as it was read, and what is refused or harmful in it.

    Attributes:
        asked: the request.
        own: what Vdsm itself makes of it, each with the key that it is about.
        of_call: what libvirt and QEMU say of the call, which may be about several keys.
    """

    asked: Asked
    own: Tuple[Tuple[str, Violation], ...]
    of_call: Tuple[Violation, ...]


def repaired(request: _Editable, check: Callable[[_Editable], Checked]) -> Repair:
    """Change what *check* finds, row by row; it is asked again after each change."""
    notices: List[Notice] = []
    checked = check(request)
    for change in _CHANGES:
        found = change.mends(checked)
        if found:
            after = dict(request)
            change.make(after, checked.asked)
            notices.append(change.notice(found[0], request, after))
            request = after
            checked = check(request)
    return Repair(request=request, notices=tuple(notices))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Change:
    """A row: which violations it is for, the key that it changes, and how.

    Attributes:
        codes: the codes of the violations.
        key: the key of the request.
        make: changes a copy of the request that was asked.
        only: what must hold of the request besides.
        source: why this is what is changed.
    """

    codes: Tuple[str, ...]
    key: str
    make: Callable[[_Editable, Asked], None]
    only: Callable[[Asked], bool] = lambda asked: True
    source: str

    def mends(self, checked: Checked) -> List[Violation]:
        """The violations that the row is for."""
        found = [v for key, v in checked.own if key == self.key and v.code in self.codes]
        found += [v for v in checked.of_call if v.code in self.codes]
        return found if found and self.only(checked.asked) else []

    def notice(self, violation: Violation, before: _Editable, after: _Editable) -> Notice:
        """The notice of the change."""
        return Notice(
            code=violation.code,
            severity="warning",
            layer=violation.layer,
            field=REQUEST_FIELDS[self.key],
            requested=_in_notice(before.get(self.key)),
            effective=_in_notice(after.get(self.key)),
            message=violation.message,
            remedy=violation.remedy,
            source=self.source,
        )


def _in_notice(value: Any) -> Any:
    """A value as a notice holds it: a schedule as one, and what cannot be hashed as text."""
    if isinstance(value, Mapping):
        try:
            schedule = ConvergenceSchedule.from_json(value)
        except ZcpolicyError:
            return shown(value)
        # What leaves something out is not the same as what says it.
        return schedule if schedule.to_json() == value else shown(value)
    return shown(value) if isinstance(value, list) else value


def _drop(key: str) -> Callable[[_Editable, Asked], None]:
    def drop(request: _Editable, asked: Asked) -> None:
        request.pop(key, None)

    return drop


def _put(key: str, value: Any) -> Callable[[_Editable, Asked], None]:
    def put(request: _Editable, asked: Asked) -> None:
        request[key] = value

    return put


def _cap_bandwidth(request: _Editable, asked: Asked) -> None:
    if (asked.reading.bandwidth or 0) > 0:
        request["maxBandwidth"] = _BANDWIDTH_MAX
    else:
        del request["maxBandwidth"]


def _mend_connections(request: _Editable, asked: Asked) -> None:
    """A number in a string is one, more than QEMU takes is the most; all else is none."""
    connections = number(asked.reading.connections) or 0
    if connections > 0:
        request["parallel"] = min(connections, 255)
    else:
        del request["parallel"]


def _mend_limit(key: str) -> Callable[[_Editable, Asked], None]:
    def mend(request: _Editable, asked: Asked) -> None:
        limit = number(request[key]) or 0
        if limit > 0:
            request[key] = limit
        else:
            del request[key]

    return mend


# What an element of the schedule's lists becomes: another, itself, or nothing.
_Edit = Callable[[Entry], List[Any]]


def _within_range(entry: Entry) -> List[Any]:
    ms = entry.downtime
    if ms is None or 0 <= ms <= DOWNTIME_MAX:
        return [entry.given]
    action = {**(entry.action or {}), "params": [str(min(max(ms, 1), DOWNTIME_MAX))]}
    return [action if entry.list_name == "init" else {**entry.given, "action": action}]


def _readable(entry: Entry) -> List[Any]:
    return [entry.given] if entry.runs and entry.has_limit else []


def _less(name: str) -> _Edit:
    return lambda entry: [] if entry.name == name else [entry.given]


def _edit_entries(
    edit: _Edit, list_names: Tuple[str, ...] = ("init", "stalling")
) -> Callable[[_Editable, Asked], None]:
    """Replace each element by what *edit* makes of it; what is no list becomes an empty one."""

    def edited(request: _Editable, asked: Asked) -> None:
        made = {**request["convergenceSchedule"]}
        for name in list_names:
            made[name] = [new for old in asked.schedule.entries_of(name) for new in edit(old)]
        request["convergenceSchedule"] = made

    return edited


def _never_ends(request: _Editable, asked: Asked) -> None:
    """A last entry that is never due: the list is never empty, and nothing else changes."""
    schedule = request["convergenceSchedule"]
    last = {"limit": INT_MAX, "action": {"name": "abort", "params": []}}
    request["convergenceSchedule"] = {**schedule, "stalling": [*schedule["stalling"], last]}


def _mend_schedule(request: _Editable, asked: Asked) -> None:
    """Keep what can be read of a schedule on which Vdsm crashes; without an object, nothing."""
    if asked.schedule.lists:
        _edit_entries(_readable)(request, asked)
    else:
        del request["convergenceSchedule"]


_OURS = "zcpolicy, as a decision would have it"
_POSTCOPY = ("multifd-postcopy", "multifd-postcopy-loss", "postcopy-paused", "tunnel-postcopy")

_CHANGES: Tuple[_Change, ...] = (
    # First, since without a schedule Vdsm reads the downtime.
    _Change(
        codes=("vdsm-crash",),
        key="convergenceSchedule",
        make=_mend_schedule,
        source="what cannot be read would never have been done",
    ),
    _Change(
        codes=("vdsm-crash",),
        key="maxBandwidth",
        make=_drop("maxBandwidth"),
        source="Vdsm then uses its own limit",
    ),
    _Change(
        codes=("vdsm-crash",),
        key="downtime",
        make=_drop("downtime"),
        source="Vdsm then uses its own downtime",
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
        codes=("outgoing-limit-type", "outgoing-limit-negative"),
        key="outgoingLimit",
        make=_mend_limit("outgoingLimit"),
        source="the number that is meant; else the limit that the host has",
    ),
    _Change(
        codes=("incoming-limit-type", "incoming-limit-negative"),
        key="incomingLimit",
        make=_mend_limit("incomingLimit"),
        source="the number that is meant; else the limit that the host has",
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
        only=lambda asked: asked.reading.tunnelled and asked.reading.zerocopy,
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
        make=_edit_entries(_less("postcopy"), ("stalling",)),
        source="Engine 4.5 MigrateVmCommand removes it likewise",
    ),
    # After what takes entries away: those behind a limit that is never passed become due.
    _Change(
        codes=("schedule-unreadable",),
        key="convergenceSchedule",
        make=_edit_entries(_readable),
        source="what cannot be read would never have been done",
    ),
    _Change(
        codes=("schedule-aborts",),
        key="convergenceSchedule",
        make=_edit_entries(_less("abort"), ("init",)),
        source="Vdsm virt/migration.py: before there is a job, an abort fails",
    ),
    _Change(
        codes=("schedule-downtime",),
        key="convergenceSchedule",
        make=_edit_entries(_within_range),
        source="the nearest downtime that QEMU takes",
    ),
    _Change(
        codes=("schedule-runs-out",),
        key="convergenceSchedule",
        make=_never_ends,
        source="Vdsm virt/migration.py: an entry that is never due keeps the list from running out",
    ),
)
