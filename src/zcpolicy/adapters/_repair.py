"""Repair a request with as few changes as possible: one table, one row per change.

Rows apply in order, each if the check finds one of its violations, so the order sets precedence:
as in a decision, encryption over a tunnel, both over zero-copy, zero-copy over a missing number of
connections, and connections over compression and post-copy.
"""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Tuple

import attr

from .._base.errors import ZcpolicyError, short_repr
from .._base.fields import INT_MAX
from .._base.frozen import quick
from .._model.notice import Notice, Notices
from .._model.parameters import CONNECTIONS_MAX
from .._model.schedule import DOWNTIME_MAX, ConvergenceSchedule
from ._oddities import Asked
from ._request import REQUEST_FIELDS, Entry, number
from ._violations import Violation

__all__ = ["Checked", "Repair", "repaired"]

_Editable = Dict[str, Any]

# MiB/s: the most that libvirt's other calls accept, whose bytes fit in 63 bits.
_BANDWIDTH_MAX = (2**63 - 1) // 2**20


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, hash=False)
class Repair:
    """A repaired request, in which nothing is refused or harmful.

    Attributes:
        request: the request with the necessary changes, if any.
        notices: one per change.
    """

    request: Mapping[str, Any]
    notices: Tuple[Notice, ...]


class Checked(NamedTuple):
    """A request, and what is refused or harmful in it.

    Attributes:
        asked: the request.
        own: violations from Vdsm itself, each with its request key.
        of_call: violations from libvirt and QEMU, which may involve several keys.
    """

    asked: Asked
    own: Tuple[Tuple[str, Violation], ...]
    of_call: Tuple[Violation, ...]


def repaired(request: _Editable, check: Callable[[_Editable], Checked]) -> Repair:
    """Fix what *check* finds, row by row, checking again after each change."""
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
    return Repair(request=request, notices=Notices(notices))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Change:
    """A row: the violations it fixes, the key it changes, and how.

    Attributes:
        codes: the codes of the violations.
        key: the key of the request.
        make: changes a copy of the request in place.
        only: a further condition on the request.
        source: why this key is changed.
    """

    codes: Tuple[str, ...]
    key: str
    make: Callable[[_Editable, Asked], None]
    only: Callable[[Asked], bool] = lambda asked: True
    source: str

    def mends(self, checked: Checked) -> List[Violation]:
        """The violations that this row fixes."""
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
    """Convert a value for a notice: a schedule to an object, other unhashable values to text."""
    if isinstance(value, Mapping):
        try:
            schedule = ConvergenceSchedule.from_json(value)
        except ZcpolicyError:
            return short_repr(value)
        # A document that omits a default differs from one that spells it out.
        return schedule if schedule.to_json() == value else short_repr(value)
    return short_repr(value) if isinstance(value, list) else value


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
    """Convert numbers in strings, cap at QEMU's maximum, and drop anything else."""
    connections = number(asked.reading.connections) or 0
    if connections > 0:
        request["parallel"] = min(connections, CONNECTIONS_MAX)
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


# Maps an element of the schedule's lists to a replacement, itself, or nothing.
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
    """Replace each element with *edit*'s result, and anything but a list with an empty list."""

    def edited(request: _Editable, asked: Asked) -> None:
        made = {**request["convergenceSchedule"]}
        for name in list_names:
            made[name] = [new for old in asked.schedule.entries_of(name) for new in edit(old)]
        request["convergenceSchedule"] = made

    return edited


def _never_ends(request: _Editable, asked: Asked) -> None:
    """Append an entry that is never due, so the list never runs out and nothing else changes."""
    schedule = request["convergenceSchedule"]
    last = {"limit": INT_MAX, "action": {"name": "abort", "params": []}}
    request["convergenceSchedule"] = {**schedule, "stalling": [*schedule["stalling"], last]}


def _mend_schedule(request: _Editable, asked: Asked) -> None:
    """Keep the readable part of a schedule that crashes Vdsm; drop it if it is not an object."""
    if asked.schedule.lists:
        _edit_entries(_readable)(request, asked)
    else:
        del request["convergenceSchedule"]


_OURS = "zcpolicy, as in its decisions"
_POSTCOPY = ("multifd-postcopy", "multifd-postcopy-loss", "postcopy-paused", "tunnel-postcopy")

_CHANGES: Tuple[_Change, ...] = (
    # First, because Vdsm reads the downtime only if there is no schedule.
    _Change(
        codes=("vdsm-crash",),
        key="convergenceSchedule",
        make=_mend_schedule,
        source="Vdsm would never have run what it cannot read",
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
        source="the nearest downtime that QEMU accepts",
    ),
    _Change(
        codes=("bandwidth-negative", "bandwidth-overflow"),
        key="maxBandwidth",
        make=_cap_bandwidth,
        source="the nearest bandwidth that libvirt accepts; Vdsm's own limit if negative",
    ),
    _Change(
        codes=("outgoing-limit-type", "outgoing-limit-negative"),
        key="outgoingLimit",
        make=_mend_limit("outgoingLimit"),
        source="the intended number, or else the host's own limit",
    ),
    _Change(
        codes=("incoming-limit-type", "incoming-limit-negative"),
        key="incomingLimit",
        make=_mend_limit("incomingLimit"),
        source="the intended number, or else the host's own limit",
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
        source="the nearest number of connections that QEMU accepts",
    ),
    _Change(
        codes=(
            *("tunnel-tls", "tunnel-tls-crash", "tunnel-tls-crash-12.9", "tunnel-tls-handshake"),
        ),
        key="tunneled",
        make=_put("tunneled", "false"),
        source=_OURS + ": encryption takes precedence over a tunnel and replaces it",
    ),
    _Change(
        codes=(
            *("zerocopy-tls", "zerocopy-capability", "zerocopy-libvirt", "zerocopy-qemu"),
            *("zerocopy-destination", "memory-lock"),
        ),
        key="zerocopy",
        make=_drop("zerocopy"),
        source=_OURS + ": a migration without zero-copy proceeds",
    ),
    _Change(
        codes=("tunnel-parallel", "zerocopy-without-parallel"),
        key="zerocopy",
        make=_drop("zerocopy"),
        only=lambda asked: asked.reading.tunnelled and asked.reading.zerocopy,
        source=_OURS + ": the tunnel takes precedence over zero-copy",
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
        source=_OURS + ": the tunnel takes precedence over connections",
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
        source="Engine 4.5 MigrateVmCommand also removes it",
    ),
    # After the rows that remove entries, which can make later entries due.
    _Change(
        codes=("schedule-unreadable",),
        key="convergenceSchedule",
        make=_edit_entries(_readable),
        source="Vdsm would never have run what it cannot read",
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
        source="the nearest downtime that QEMU accepts",
    ),
    _Change(
        codes=("schedule-runs-out",),
        key="convergenceSchedule",
        make=_never_ends,
        source="Vdsm virt/migration.py: an entry that is never due keeps the list from running out",
    ),
)
