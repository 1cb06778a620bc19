"""How Vdsm handles a ``VM.migrate`` request that Engine would not send: one table.

Vdsm checks no combinations.  An odd value does one of three things: it crashes Vdsm at once (the
migration does not start), it kills its monitor thread later (the migration goes on unwatched), or
it is misread.  Errors from libvirt and QEMU are in ``_refusals``.

Source: Vdsm ``virt/migration.py`` (``SourceThread``, ``MonitorThread``), ``common/conv.py``.
"""

import difflib
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Optional, Tuple

import attr

from .._base.errors import short_repr
from .._base.fields import Layer
from .._base.versions import LIBVIRT_ZEROCOPY_SINCE
from .._model.inputs import Host
from .._model.schedule import ACTION_NAMES, DOWNTIME_MAX
from .._model.vdsm import SHIPPED_VDSM
from ._request import KEYS, Reading, Request, Schedule, as_bool, number
from ._violations import Severity, Violation

__all__ = ["HARMFUL_ODDITIES", "ODDITIES", "Asked", "Oddity", "oddities", "passes_zerocopy"]

# Keys that Vdsm reads with conv.tobool, and keys that are true for any truthy value.
_TOBOOL = ("tunneled", "abortOnError", "compressed", "autoConverge")
_TRUTHY = ("encrypted", "zerocopy", "enableGuestEvents")

# The path of a value, and the value.
_Place = Tuple[str, Any]


class Asked(NamedTuple):
    """A request to a host, how its Vdsm reads it, and the destination if known."""

    request: Request
    host: Host
    reading: Reading
    schedule: Schedule
    destination: Optional[Host] = None


def _not_an_integer(key: str) -> Callable[[Asked], Iterator[_Place]]:
    """The place of a migration limit that is not an integer; a falsy value sets no limit."""

    def places(asked: Asked) -> Iterator[_Place]:
        value = asked.request.get(key)
        if value and not isinstance(value, int):
            yield key, value

    return places


def _negative(key: str) -> Callable[[Asked], Iterator[_Place]]:
    def places(asked: Asked) -> Iterator[_Place]:
        value = asked.request.get(key)
        if isinstance(value, int) and value < 0:
            yield key, value

    return places


def _early_aborts(asked: Asked) -> Iterator[_Place]:
    for entry in asked.schedule.named("abort", "init"):
        yield entry.action_path, entry.name


def _early_postcopy(asked: Asked) -> Iterator[_Place]:
    for entry in asked.schedule.named("postcopy", "init"):
        yield entry.action_path, entry.name


def _unreadable(asked: Asked) -> Iterator[_Place]:
    schedule = asked.schedule
    for name, given in schedule.lists:
        if not isinstance(given, (list, tuple)):
            yield f"convergenceSchedule.{name}", given
        for entry in schedule.entries_of(name):
            if not entry.due:
                continue
            if entry.action is None:
                yield entry.path, entry.given
            elif not entry.has_limit:
                yield f"{entry.path}.limit", entry.given.get("limit")
    for entry in schedule.due:
        if entry.action is not None and not entry.runs:
            yield entry.action_path, entry.action


def _out_of_range(asked: Asked) -> Iterator[_Place]:
    for entry in asked.schedule.due:
        if entry.downtime is not None and not 0 <= entry.downtime <= DOWNTIME_MAX:
            yield entry.action_path, entry.downtime
    own = asked.reading.downtime
    if own is not None and own > DOWNTIME_MAX:
        yield "downtime", own


def _zero(asked: Asked) -> Iterator[_Place]:
    for entry in asked.schedule.due:
        if entry.downtime == 0:
            yield entry.action_path, 0
    if asked.reading.downtime == 0:
        yield "downtime", asked.request["downtime"]


def _string_of_parameters(asked: Asked) -> Iterator[_Place]:
    for entry in asked.schedule.due:
        params = None if entry.downtime is None or entry.action is None else entry.action["params"]
        if isinstance(params, str) and number(params) != entry.downtime:
            yield f"{entry.action_path}.params", params


def _unwatched(asked: Asked) -> Iterator[_Place]:
    if asked.reading.has_schedule and not asked.host.vdsm.monitor_interval_s:
        yield "convergenceSchedule", asked.request["convergenceSchedule"]


def _runs_out(asked: Asked) -> Iterator[_Place]:
    for name, given in asked.schedule.lists:
        # An entry that is never due keeps the list from running out, as an abort does.
        ends = [e for e in asked.schedule.entries_of(name) if e.name == "abort" or not e.due]
        if name == "stalling" and isinstance(given, (list, tuple)) and not ends:
            yield f"convergenceSchedule.{name}", given


def _unknown_actions(asked: Asked) -> Iterator[_Place]:
    for entry in asked.schedule.due:
        if entry.runs and entry.name not in ACTION_NAMES:
            yield entry.action_path, entry.name


def _beside_schedule(asked: Asked) -> Iterator[_Place]:
    value = asked.request.get("downtime")
    if asked.reading.has_schedule and value is not None:
        yield "downtime", value


def _string_read_as_true(asked: Asked) -> Iterator[_Place]:
    for key in _TRUTHY:
        value = asked.request.get(key)
        if isinstance(value, str) and value and not as_bool(value):
            yield key, value


def _value_read_as_false(asked: Asked) -> Iterator[_Place]:
    for key in _TOBOOL:
        value = asked.request.get(key)
        said_no = isinstance(value, str) and (value.lower() == "false" or number(value) == 0)
        if value and not as_bool(value) and not said_no:
            yield key, value


def _one_connection(asked: Asked) -> Iterator[_Place]:
    if asked.reading.connections in (1, "1"):
        yield "parallel", asked.reading.connections


def _default_bandwidth(asked: Asked) -> Iterator[_Place]:
    value = asked.request.get("maxBandwidth")
    if value is not None and not value:
        yield "maxBandwidth", value


def _no_limit(asked: Asked) -> Iterator[_Place]:
    value = asked.request.get("maxBandwidth")
    if value and asked.reading.bandwidth == 0:
        yield "maxBandwidth", value


def passes_zerocopy(host: Host) -> bool:
    """Whether Vdsm on *host* passes a request for zero-copy on to libvirt."""
    return host.vdsm_zerocopy and host.libvirt_zerocopy


def _dropped(asked: Asked) -> Iterator[_Place]:
    if asked.reading.zerocopy and not passes_zerocopy(asked.host):
        yield "zerocopy", asked.request["zerocopy"]


def _no_capability(asked: Asked) -> Iterator[_Place]:
    passed = asked.reading.zerocopy and passes_zerocopy(asked.host)
    if passed and not asked.host.qemu_zerocopy:
        yield "zerocopy", asked.request["zerocopy"]


def _unknown_there(asked: Asked) -> Iterator[_Place]:
    there = asked.destination
    if there is None or not asked.reading.zerocopy or not passes_zerocopy(asked.host):
        return
    old = there.libvirt_version is not None and there.libvirt_version < LIBVIRT_ZEROCOPY_SINCE
    if old or not there.libvirt_zerocopy:
        yield "zerocopy", asked.request["zerocopy"]


_LOWER_KEYS = [key.lower() for key in KEYS]


def _misspelt(asked: Asked) -> Iterator[_Place]:
    for key, value in asked.request.items():
        if isinstance(key, str) and key not in KEYS and _is_like_a_key(key):
            yield key, value


def _is_like_a_key(word: str) -> bool:
    return bool(difflib.get_close_matches(word.lower(), _LOWER_KEYS, 1, 0.8))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Oddity:
    """A row: an odd value, how to find it in a request, and its consequence.

    Attributes:
        code, severity, layer, remedy: as in `Violation`.
        places: finds the places in a request; a pure function.
        problem: the consequence, a fragment that follows the value; see `problem_on`.
        source: the evidence.
    """

    code: str
    severity: Severity
    layer: Layer = "vdsm"
    places: Callable[[Asked], Iterable[_Place]]
    problem: str
    remedy: str
    source: str

    def problem_on(self, host: Host) -> str:
        """The problem, completed from the host's ``vdsm.conf``."""
        return self.problem.replace("{vdsm_bandwidth}", host.vdsm.bandwidth_text)


_SOURCE = "Vdsm virt/migration.py, SourceThread"
_MONITOR = "Vdsm virt/migration.py, MonitorThread"

ODDITIES: Tuple[Oddity, ...] = (
    Oddity(
        code="zerocopy-capability",
        severity="refused",
        layer="qemu",
        places=_no_capability,
        problem="asks for zero-copy-send, which QEMU on the source host does not support",
        remedy="omit zerocopy, or update QEMU on the source host to 7.1 or later",
        source="libvirt qemu_migration_params.c: option is not supported by QEMU binary",
    ),
    Oddity(
        code="zerocopy-destination",
        severity="refused",
        layer="libvirt",
        places=_unknown_there,
        problem="is refused by libvirt on the destination host, which does not know the flag: it "
        'says "unsupported flags (…) in function …"',
        remedy="omit it, or update libvirt on the destination host to 8.5 or later",
        source="libvirt qemu_driver.c, virCheckFlags; libvirt NEWS 8.5.0",
    ),
    Oddity(
        code="outgoing-limit-type",
        severity="harmful",
        places=_not_an_integer("outgoingLimit"),
        problem="kills Vdsm's source thread at its start: the migration counts as running, and "
        "nothing recovers the VM",
        remedy="send an integer, or omit it",
        source=f"{_SOURCE}; virt/utils.py, DynamicBoundedSemaphore",
    ),
    Oddity(
        code="outgoing-limit-negative",
        severity="harmful",
        places=_negative("outgoingLimit"),
        problem="makes every migration from the host wait forever",
        remedy="send 1 or more, or omit it",
        source=f"{_SOURCE}; virt/utils.py, DynamicBoundedSemaphore",
    ),
    Oddity(
        code="incoming-limit-type",
        severity="harmful",
        places=_not_an_integer("incomingLimit"),
        problem="is rejected by the destination's Vdsm, and the source retries forever",
        remedy="send an integer, or omit it",
        source=f"{_SOURCE}; API.py, VM.migrationCreate",
    ),
    Oddity(
        code="incoming-limit-negative",
        severity="harmful",
        places=_negative("incomingLimit"),
        problem="leaves no slot on the destination, and the source retries forever",
        remedy="send 1 or more, or omit it",
        source=f"{_SOURCE}; API.py, VM.migrationCreate",
    ),
    Oddity(
        code="schedule-aborts",
        severity="harmful",
        places=_early_aborts,
        problem="aborts nothing, as no migration job exists yet, and kills Vdsm's monitor",
        remedy="move the action to the end of 'stalling'",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-unreadable",
        severity="harmful",
        places=_unreadable,
        problem="cannot be read, and kills Vdsm's monitor when it is due",
        remedy="write actions as {'name', 'params'} and entries as {'limit', 'action'}, with a "
        "downtime in ms",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-downtime",
        severity="harmful",
        places=_out_of_range,
        problem="ms is rejected by QEMU when it is due, which kills Vdsm's monitor",
        remedy=f"set a downtime from 1 to {DOWNTIME_MAX} ms",
        source="QEMU migration/options.c: in the range of 0 to (2000 * 1000) ms",
    ),
    Oddity(
        code="schedule-runs-out",
        severity="harmful",
        places=_runs_out,
        problem="runs out, which kills Vdsm's monitor: no actions or progress from then on",
        remedy="end the list with abort",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-action-unknown",
        severity="misleading",
        places=_unknown_actions,
        problem="is not an action that Vdsm knows, and is skipped",
        remedy="use setDowntime, postcopy or abort",
        source=_MONITOR,
    ),
    Oddity(
        code="schedule-postcopy-early",
        severity="misleading",
        places=_early_postcopy,
        problem="is ignored: Vdsm allows post-copy only in 'stalling'",
        remedy="move the action to 'stalling'",
        source=_SOURCE,
    ),
    Oddity(
        code="downtime-zero",
        severity="misleading",
        places=_zero,
        problem="ms of downtime is met only by a guest that writes nothing",
        remedy=f"set a downtime from 1 to {DOWNTIME_MAX} ms",
        source="QEMU migration/options.c takes it",
    ),
    Oddity(
        code="downtime-digit",
        severity="misleading",
        places=_string_of_parameters,
        problem="sets the downtime to its first digit: Vdsm expects a list",
        remedy="send a list with one downtime in ms",
        source=_MONITOR,
    ),
    Oddity(
        code="downtime-unused",
        severity="misleading",
        places=_beside_schedule,
        problem="is ignored because there is a convergenceSchedule",
        remedy="omit it, or omit the schedule",
        source=_SOURCE,
    ),
    Oddity(
        code="string-true",
        severity="misleading",
        places=_string_read_as_true,
        problem="counts as true, as any non-empty string does",
        remedy="send a bool",
        source=_SOURCE,
    ),
    Oddity(
        code="value-false",
        severity="misleading",
        places=_value_read_as_false,
        problem="counts as false: only a bool, the string 'true' or a number in a string can be "
        "true",
        remedy="send a bool, or 'true' or 'false'",
        source="Vdsm common/conv.py, tobool",
    ),
    Oddity(
        code="parallel-one",
        severity="misleading",
        places=_one_connection,
        problem="makes the migration parallel, with a single connection",
        remedy="ask for 2 or more connections, or omit it",
        source=_SOURCE,
    ),
    Oddity(
        code="bandwidth-default",
        severity="misleading",
        places=_default_bandwidth,
        problem="means Vdsm's own limit, {vdsm_bandwidth}",
        remedy="send 1 MiB/s or more, or omit it",
        source=_SOURCE,
    ),
    Oddity(
        code="bandwidth-unlimited",
        severity="misleading",
        places=_no_limit,
        problem="means no limit at all",
        remedy="send 1 MiB/s or more, or omit it",
        source=_SOURCE,
    ),
    Oddity(
        code="schedule-unwatched",
        severity="misleading",
        places=_unwatched,
        problem="never runs: migration_monitor_interval is 0 in vdsm.conf of the source host",
        remedy="remove migration_monitor_interval from vdsm.conf: Vdsm ships with "
        f"{SHIPPED_VDSM.monitor_interval_s} s",
        source="Vdsm virt/migration.py, MonitorThread.enabled",
    ),
    Oddity(
        code="zerocopy-dropped",
        severity="misleading",
        places=_dropped,
        problem="is dropped: Vdsm or libvirt on the source host does not support zero-copy",
        remedy="omit it, or update vdsm to 4.50.3.1 and libvirt to 8.5 on the source host",
        source="feature page, User experience; Vdsm virt/migration.py",
    ),
    Oddity(
        code="key-unknown",
        severity="misleading",
        places=_misspelt,
        problem="is not a key that Vdsm knows, but resembles one; it is ignored",
        remedy="use one of " + ", ".join(KEYS),
        source="Vdsm API, VM.migrate: mismatches are logged only",
    ),
)

HARMFUL_ODDITIES = tuple([row for row in ODDITIES if row.severity != "misleading"])


def oddities(asked: Asked, rows: Iterable[Oddity] = ODDITIES) -> Iterator[Tuple[str, Violation]]:
    """Yield violations for values that crash Vdsm, then those of each row.

    Each comes with its request key.
    """
    for fault in asked.reading.faults:
        yield (
            fault.path,
            Violation(
                code="vdsm-crash",
                severity="refused",
                layer="vdsm",
                message=f"{fault.message}, and Vdsm crashes on it",
                remedy=f"send {fault.expected}, or omit {fault.path}",
            ),
        )
    for row in rows:
        for path, value in row.places(asked):
            yield (
                path.partition(".")[0],
                Violation(
                    code=row.code,
                    severity=row.severity,
                    layer=row.layer,
                    message=f"{path}: {short_repr(value)} {row.problem_on(asked.host)}",
                    remedy=row.remedy,
                ),
            )
