"""Settings that are legal in a migration policy but do not do what the author expects: a table.

A harmful or unreadable policy is rejected on construction; a row here is about one that Engine
accepts and that then waits, aborts or pauses unexpectedly.  Rows are about a list of policies, a
policy, or its schedule.  To add a row, add it to its table, add an example and its fix to the
tests, and regenerate the snapshot of the sentences and the tables in the docs (``pytest
tests/test_lint.py --force-regen`` and ``python docs/tables.py``).

Paths refer to the policy's JSON, as `MigrationPolicy.to_json` returns it.
"""

from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Literal,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    get_args,
)

import attr

from .._base.errors import shown
from .._base.fields import TEXT, Fields, choice
from .._base.frozen import quick
from .._base.naming import listed
from .._base.notebook import html
from .._model.policy import POLICY, MigrationPolicy, split_stalling
from .._model.schedule import QEMU_DOWNTIME, ConvergenceSchedule
from .._model.shipped import MINIMAL_DOWNTIME, POST_COPY, SHIPPED, SUSPEND_WORKLOAD, VERY_LARGE_VMS
from .._model.vdsm import SHIPPED_VDSM, Vdsm

__all__ = [
    "ABOUT_HOSTS",
    "ABOUT_LISTS",
    "ABOUT_POLICIES",
    "ABOUT_SCHEDULES",
    "ROWS",
    "SEVERITIES",
    "Finding",
    "Findings",
    "Row",
    "steps_of",
]

# The path and message of each match; a row about a list puts the policy's index, or _THE_LIST,
# before them.
_Found = Iterator[Tuple[str, str]]
_FoundInList = Iterator[Tuple[int, str, str]]
_THE_LIST = -1

Severity = Literal["error", "warning", "info"]
SEVERITIES: Tuple[Severity, ...] = get_args(Severity)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in a policy that does not do what its author expects.

    Attributes:
        code: the code, such as ``"no-abort"``.
        severity: ``"error"`` (it breaks Engine, or Vdsm's monitor), ``"warning"`` (the effect
            differs from what the policy says) or ``"info"`` (it does what it says, which may not
            be what was intended).
        path: its path in the policy's JSON, ``"config.lastItems[0]"``; for a policy in a list,
            ``"[2].config.lastItems[0]"``; empty for the list itself.
        message: the effect, one sentence.
        remedy: what to do about it, an instruction.

    Raises:
        ZcpolicyError: a field is invalid.
    """

    code: str
    severity: Severity
    path: str
    message: str
    remedy: str

    def __attrs_post_init__(self) -> None:
        _FINDING.check(self)

    def to_json(self) -> Dict[str, str]:
        """The finding as ``zcpolicy lint --json`` prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
            "remedy": self.remedy,
        }


class Findings(Tuple[Finding, ...]):
    """A tuple of findings with a one-line repr, and a full listing in notebooks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return listed("finding", [finding.code for finding in self])

    def _repr_html_(self) -> str:
        """Display the findings in a notebook."""
        return html(self)


_FINDING = Fields(code=TEXT, severity=choice(*SEVERITIES), path=TEXT, message=TEXT, remedy=TEXT)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table.

    Attributes:
        code, severity, remedy: as in `Finding`; the code is unique.
        meaning: what the row finds, for the documentation.
        source: the evidence.
        find: returns the path and message of each match; a pure function of the row's subject.  For
            a list, the index of the policy comes first (-1 for the list itself), and the path is
            relative to the policy.
    """

    code: str
    severity: Severity
    meaning: str
    remedy: str
    source: str
    find: Callable[[Any], Iterable[Tuple[Any, ...]]]


# -- Rows about a list ---------------------------------------------------------------------------

_Policies = Tuple[MigrationPolicy, ...]
# Shipped at every level; Very large VMs ships only with parallel migrations.
_EVERYWHERE = (MINIMAL_DOWNTIME, SUSPEND_WORKLOAD, POST_COPY)
_PARALLEL_SINCE = "4.7"


def _folded(name: str) -> str:
    """Normalize a name the way people compare names."""
    return name.strip().casefold()


def _repeated_ids(policies: _Policies) -> _FoundInList:
    seen: Dict[str, int] = {}
    for index, policy in enumerate(policies):
        first = seen.setdefault(policy.id, index)
        if first != index:
            yield (
                index,
                "id",
                f"{policy.id!r} is also the id of [{first}]: Engine does not start",
            )


def _repeated_names(policies: _Policies) -> _FoundInList:
    seen: Dict[str, int] = {}
    for index, policy in enumerate(policies):
        first = seen.setdefault(_folded(policy.name), index)
        if first != index and _folded(policy.name):
            yield (
                index,
                "name",
                f"{shown(policy.name)} is also the name of [{first}]: users cannot tell them apart",
            )


def _missing(policies: _Policies) -> _FoundInList:
    ids = {policy.id for policy in policies}
    missing = [shipped.name for shipped in _EVERYWHERE if shipped.id not in ids]
    if missing:
        yield (
            _THE_LIST,
            "",
            f"the list replaces its level's, but lacks {', '.join(missing)}: clusters and VMs "
            "that use one of them migrate as under Legacy",
        )


def _missing_zerocopy(policies: _Policies) -> _FoundInList:
    if VERY_LARGE_VMS.id not in [policy.id for policy in policies]:
        yield (
            _THE_LIST,
            "",
            f"the list lacks {VERY_LARGE_VMS.name}, which ships at levels from {_PARALLEL_SINCE}: "
            "if it is for such a level, clusters and VMs that use the policy migrate as under "
            "Legacy",
        )


ABOUT_LISTS = (
    Row(
        code="id-repeated",
        severity="error",
        meaning="two policies in a list share an id",
        remedy="give each policy its own id",
        source="Engine 4.5 ConvergenceConfigProvider, which fails as it starts",
        find=_repeated_ids,
    ),
    Row(
        code="name-repeated",
        severity="warning",
        meaning="two policies in a list share a name, ignoring case and surrounding spaces",
        remedy="give each policy its own name",
        source="Engine 4.5: its UI lists policies by name only",
        find=_repeated_names,
    ),
    Row(
        code="shipped-missing",
        severity="warning",
        meaning="a list lacks a policy that ships at every level; new clusters use *Minimal "
        "downtime*",
        remedy="add your policies to the shipped ones, unless no cluster or VM uses these",
        source="Engine 4.5 ConvergenceConfigProvider: an id that the level's list lacks is Legacy",
        find=_missing,
    ),
    # A list does not say which level it is for: only info, since the lists below 4.7 ship this way.
    Row(
        code="shipped-missing-zerocopy",
        severity="info",
        meaning=f"a list lacks *{VERY_LARGE_VMS.name}*, which ships at levels from "
        f"{_PARALLEL_SINCE}",
        remedy="add your policies to the shipped ones, unless the list is for a lower level, or "
        "no cluster or VM uses this one",
        source="feature page, User experience; Engine 4.5 ConvergenceConfigProvider: an id that "
        "the level's list lacks is Legacy",
        find=_missing_zerocopy,
    ),
)


# -- Rows about a policy -------------------------------------------------------------------------

_SHIPPED_IDS = {policy.id: policy for policy in SHIPPED}
_SHIPPED_FOLDED = {_folded(policy.name): policy for policy in SHIPPED}
# Nothing depends on descriptions.
_CONTENT = {
    key: field for key, field in POLICY.json_keys().items() if field not in ("id", "description")
}


def _shipped_name(policy: MigrationPolicy) -> _Found:
    shipped = _SHIPPED_FOLDED.get(_folded(policy.name), policy)
    if shipped.id != policy.id:
        yield (
            "name",
            f"{shown(policy.name)} is the name of the shipped policy with id {shipped.id}: "
            "a lookup by name finds that one",
        )


def _changed(policy: MigrationPolicy) -> _Found:
    shipped = _SHIPPED_IDS.get(policy.id, policy)
    changed = [
        "config" if key == "schedule" else key
        for key, field in _CONTENT.items()
        if getattr(policy, field) != getattr(shipped, field)
    ]
    if changed:
        yield (
            "id",
            f"this is the id of {shipped.name}, which ships with a different "
            f"{', '.join(changed)}: clusters and VMs that use it get this one",
        )


def _no_name(policy: MigrationPolicy) -> _Found:
    if not policy.name.strip():
        yield "name", "the policy has no name: its entry in Engine's UI is blank"


def _compressed(policy: MigrationPolicy) -> _Found:
    if policy.zero_copy and policy.migration_compression:
        yield (
            "migrationCompression",
            "zero-copy needs parallel connections, which rule out compression (XBZRLE): only a "
            "migration without either is compressed",
        )


def _divided(policy: MigrationPolicy) -> _Found:
    if policy.zero_copy and policy.max_migrations > 1:
        yield (
            "maxMigrations",
            f"zero-copy needs parallel connections, which limit a host to 1 migration at a time, "
            f"but the cluster's bandwidth is divided by {policy.max_migrations}",
        )


ABOUT_POLICIES = (
    Row(
        code="name-shipped",
        severity="warning",
        meaning="a policy has the name of a shipped one, ignoring case and surrounding spaces, but "
        "a different id",
        remedy="give the policy its own name",
        source="Engine 4.5 ConvergenceConfigProvider: policies are identified by id",
        find=_shipped_name,
    ),
    Row(
        code="shipped-changed",
        severity="warning",
        meaning="a policy has the id of a shipped one, but other values (descriptions aside)",
        remedy="give the policy its own id and name, and keep the shipped one as well",
        source="Engine 4.5 ConvergenceConfigProvider: policies are identified by id",
        find=_changed,
    ),
    Row(
        code="name-empty",
        severity="warning",
        meaning="a policy has no name",
        remedy="give the policy a name",
        source="Engine 4.5: its UI lists policies by name only",
        find=_no_name,
    ),
    Row(
        code="zerocopy-compression",
        severity="warning",
        meaning="a zero-copy policy asks for compression",
        remedy="set migrationCompression to false",
        source="ovirt-engine pull request 1186; QEMU migration/options.c: Zero copy only "
        "available for non-compressed non-TLS multifd migration",
        find=_compressed,
    ),
    Row(
        code="zerocopy-divided",
        severity="warning",
        meaning="a zero-copy policy allows more than one migration at a time",
        remedy="set maxMigrations to 1",
        source="Engine 4.5 MigrateVmCommand: maxBandwidth and the limits of a host",
        find=_divided,
    ),
)


# -- Rows about a schedule -----------------------------------------------------------------------


class _Entry(NamedTuple):
    """An entry of ``stalling``, with its path and its action's path."""

    path: str
    action_path: str
    limit: int
    name: str
    downtime: Optional[int]


class Steps(NamedTuple):
    """A schedule as the rows see it.

    Attributes:
        policy: the policy it belongs to.
        schedule: the schedule.
        entries: its stalling entries.
        live: the reachable entries: up to and including the first abort.
        downtimes: the effective downtimes with their paths: the last of ``init``, then those of the
            live entries.
        vdsm: the configuration of the source hosts' Vdsm.
    """

    policy: MigrationPolicy
    schedule: ConvergenceSchedule
    entries: Tuple[_Entry, ...]
    live: Tuple[_Entry, ...]
    downtimes: Tuple[Tuple[str, int], ...]
    vdsm: Vdsm


def _initial(schedule: ConvergenceSchedule) -> List[Tuple[str, Optional[int]]]:
    return [
        (f"config.initialItems[{index}].params[0]", action.downtime)
        for index, action in enumerate(schedule.init)
    ]


def steps_of(policy: MigrationPolicy, schedule: ConvergenceSchedule, vdsm: Vdsm) -> Steps:
    """The schedule of *policy*, as the rows see it."""
    convergence, last = split_stalling(schedule)
    paths = [f"config.convergenceItems[{index}]" for index in range(len(convergence))]
    actions = [f"{path}.convergenceItem" for path in paths]
    last_paths = [f"config.lastItems[{index}]" for index in range(len(last))]
    entries = tuple(
        _Entry(path, inside, entry.limit, entry.action.name, entry.action.downtime)
        for path, inside, entry in zip(paths + last_paths, actions + last_paths, schedule.stalling)
    )
    ends = [index for index, entry in enumerate(entries) if entry.name == "abort"]
    live = entries[: ends[0] + 1] if ends else entries
    steps = _initial(schedule)[-1:]
    steps += [(entry.action_path + ".params[0]", entry.downtime) for entry in live]
    downtimes = tuple((path, ms) for path, ms in steps if ms is not None)
    return Steps(policy, schedule, entries, live, downtimes, vdsm)


_DIES = "Vdsm's monitor dies, and the migration goes on without actions or progress reports"


def _no_abort(steps: Steps) -> _Found:
    if not steps.entries:
        yield "config.lastItems", f"the schedule has no entries: at the second iteration {_DIES}"
    elif steps.schedule.runs_out:
        switches = steps.schedule.switches_to_postcopy and not steps.policy.zero_copy
        when = "if the switch to post-copy fails and the schedule" if switches else "when it"
        yield "config.lastItems", f"the schedule has no abort: {when} runs out, {_DIES}"


_AT_ONCE = "abort is due as soon as Vdsm sees a second iteration"


def _aborts_at_once(entries: Sequence[_Entry]) -> bool:
    return bool(entries) and entries[0].name == "abort" and entries[0].limit < 1


def _abort_first(steps: Steps) -> _Found:
    if _aborts_at_once(steps.live):
        yield (
            steps.live[0].path,
            f"{_AT_ONCE}: a migration that needs more than one pass over the memory is cancelled",
        )


def _abort_without_postcopy(steps: Steps) -> _Found:
    left = [entry for entry in steps.live if entry.name != "postcopy"]
    if _aborts_at_once(left) and not _aborts_at_once(steps.live):
        yield (
            left[0].path,
            f"parallel connections rule out post-copy, so Engine drops it; then {_AT_ONCE}",
        )


def _after_abort(steps: Steps) -> _Found:
    for entry in steps.entries[len(steps.live) :]:
        yield entry.path, f"{entry.name} follows an abort and never runs"


def _after_postcopy(steps: Steps) -> _Found:
    if steps.policy.zero_copy:
        return  # Engine drops it there, so it does not end the schedule
    switched = False
    for entry in steps.live:
        if switched and entry.name != "abort":
            yield entry.path, f"{entry.name} runs only if the switch to post-copy before it fails"
        switched = switched or entry.name == "postcopy"


def _limit_order(steps: Steps) -> _Found:
    highest = 0
    for entry in steps.live:
        if 0 < entry.limit <= highest:
            yield (
                f"{entry.path}.stallingLimit",
                f"{entry.name} has limit {entry.limit}, but follows an entry with limit "
                f"{highest}, and runs at least one poll after it",
            )
        highest = max(highest, entry.limit)


def _planned(steps: Steps) -> Tuple[_Entry, ...]:
    """The entries that run if no switch to post-copy fails."""
    if steps.policy.zero_copy:
        return tuple(entry for entry in steps.live if entry.name != "postcopy")
    names = [entry.name for entry in steps.live]
    return steps.live[: names.index("postcopy") + 1] if "postcopy" in names else steps.live


def _limit_unset(steps: Steps) -> _Found:
    # An abort should wait: that gives the last step time.
    planned = [entry for entry in _planned(steps) if entry.name != "abort"]
    limited = [index for index, entry in enumerate(planned) if entry.limit > 0]
    for entry in planned[: limited[-1]] if limited else ():
        if entry.limit < 1:
            yield (
                f"{entry.path}.stallingLimit",
                f"limit {entry.limit} does not wait: {entry.name} is due at the next iteration "
                "that Vdsm sees",
            )


# The highest in use: the last downtime of Vdsm's own schedule.  By then autoconvergence has long
# reached its maximum throttle, so more waiting changes little.
_LIMIT_HIGH = 42


def _limit_high(steps: Steps) -> _Found:
    # Report once: an author who mistakes limits for seconds does so in all of them.
    for entry in [entry for entry in steps.live if entry.limit > _LIMIT_HIGH][:1]:
        yield (
            f"{entry.path}.stallingLimit",
            f"limit {entry.limit} counts QEMU's iterations over the memory, not seconds: the "
            f"highest in Vdsm's own schedule is {_LIMIT_HIGH}",
        )


def _changes(steps: Steps) -> Iterator[Tuple[int, str, int]]:
    for (_, before), (path, ms) in zip(steps.downtimes, steps.downtimes[1:]):
        yield before, path, ms


def _shrinks(steps: Steps) -> _Found:
    for before, path, ms in _changes(steps):
        if ms < before:
            yield (
                path,
                f"{ms} ms after {before} ms: a migration that did not end with the longer "
                "downtime will not end with the shorter one",
            )


def _repeats(steps: Steps) -> _Found:
    for before, path, ms in _changes(steps):
        if ms == before:
            yield path, f"{ms} ms is already set: the step only delays the next"


_FIRST_SHORT, _FIRST_LONG, _PAUSE = 100, 2000, 60000


def _first_short(steps: Steps) -> _Found:
    for path, ms in steps.downtimes[:1]:
        if ms < _FIRST_SHORT:
            yield (
                path,
                f"the first downtime, {ms} ms, is rarely enough for the last memory and the "
                "devices, so migrations end a step later than they could",
            )


def _first_long(steps: Steps) -> _Found:
    for path, ms in steps.downtimes[:1]:
        if ms > _FIRST_LONG:
            yield (
                path,
                f"the first downtime, {ms} ms, lets QEMU pause any VM that long at the first "
                "chance, even if a shorter pause would do",
            )


def _pauses(steps: Steps) -> _Found:
    for path, ms in steps.downtimes:
        if ms > _PAUSE:
            yield (
                path,
                f"with {ms} ms even a busy VM can migrate, but it may be paused for over a "
                "minute: connections time out, watchdogs fire, clusters declare it dead",
            )


def _overwritten(steps: Steps) -> _Found:
    for path, _ in _initial(steps.schedule)[:-1]:
        yield path, "all initial items run when the migration starts, so only the last counts"


def _no_initial(steps: Steps) -> _Found:
    if not steps.schedule.init:
        yield (
            "config.initialItems",
            f"without an initial item, QEMU's default downtime, {QEMU_DOWNTIME} ms, applies until "
            "a step sets another",
        )


def _postcopy(steps: Steps) -> _Found:
    for entry in steps.live if steps.policy.zero_copy else ():
        if entry.name == "postcopy":
            yield (
                entry.path,
                "zero-copy needs parallel connections, and Engine drops post-copy for these: only "
                "a migration without either switches",
            )


def _last_short(steps: Steps) -> _Found:
    # The fewest iterations beyond the first that an entry needs: more than its limit, and one more
    # than the entry before it.
    due = 0
    held = steps.schedule.init[-1].downtime if steps.schedule.init else None
    longest = held or QEMU_DOWNTIME
    for entry, after in zip(steps.live, steps.live[1:]):
        due = max(due, entry.limit) + 1
        # A downtime no longer than an earlier one has already had its time.
        if entry.downtime is None or entry.downtime <= longest:
            continue
        longest = entry.downtime
        if after.name == "abort" and after.limit <= due:
            yield (
                entry.path,
                "the abort is due at the next iteration that Vdsm sees after this step, often a "
                f"poll ({steps.vdsm.monitor_interval_s} s) later: the {entry.downtime} ms limit "
                "may never take effect",
            )


_MONITOR = "Vdsm virt/migration.py, MonitorThread"
ABOUT_SCHEDULES = (
    Row(
        code="no-abort",
        severity="error",
        meaning="a schedule has no abort, or no entries at all",
        remedy="end lastItems with abort",
        source=f"{_MONITOR}: an exhausted schedule raises",
        find=_no_abort,
    ),
    Row(
        code="abort-first",
        severity="warning",
        meaning="a schedule starts with an abort that has no limit",
        remedy="put steps before the abort, or make it a convergenceItem with a stallingLimit",
        source=_MONITOR,
        find=_abort_first,
    ),
    Row(
        code="abort-without-postcopy",
        severity="warning",
        meaning="a schedule starts with an abort without a limit, once post-copy is dropped for "
        "parallel connections",
        remedy="put steps before the switch to post-copy",
        source="Engine 4.5 MigrateVmCommand; " + _MONITOR,
        find=_abort_without_postcopy,
    ),
    Row(
        code="after-abort",
        severity="warning",
        meaning="an entry follows an abort",
        remedy="put the entry before the abort, or drop it",
        source=f"{_MONITOR}: abort cancels the migration and ends the monitor",
        find=_after_abort,
    ),
    Row(
        code="after-postcopy",
        severity="warning",
        meaning="an entry other than the abort follows a switch to post-copy",
        remedy="put the entry before the switch to post-copy, unless it handles a failed switch",
        source=f"{_MONITOR}: no entry runs during post-copy",
        find=_after_postcopy,
    ),
    Row(
        code="limit-order",
        severity="warning",
        meaning="a limit is no higher than one before it",
        remedy="give the entries increasing limits",
        source=f"{_MONITOR}: a poll looks only at the first entry left, and runs at most one",
        find=_limit_order,
    ),
    Row(
        code="limit-unset",
        severity="warning",
        meaning="a step has limit -1 or 0, and steps with a limit follow (the abort aside); a "
        "missing limit is 0",
        remedy="give the entry a limit of 1 or more, and later entries higher limits",
        source=f"{_MONITOR}; Engine 4.5 ConvergenceItemWithStallingLimit",
        find=_limit_unset,
    ),
    Row(
        code="downtime-shrinks",
        severity="warning",
        meaning="a downtime is shorter than the one before it",
        remedy="give the steps increasing downtimes",
        source="QEMU qapi/migration.json, downtime-limit: the VM is stopped once what is left "
        "takes no longer",
        find=_shrinks,
    ),
    Row(
        code="first-downtime-long",
        severity="warning",
        meaning=f"the first downtime is over {_FIRST_LONG} ms",
        remedy="start lower, and let the schedule raise it",
        source="Engine 4.5 MigrationPolicies: shipped policies start with 100 and 300 ms; QEMU "
        "qapi/migration.json, downtime-limit",
        find=_first_long,
    ),
    Row(
        code="pause-long",
        severity="warning",
        meaning=f"a downtime is over {_PAUSE} ms",
        remedy="lower it, or switch to post-copy, unless the VMs tolerate such a pause",
        source="QEMU qapi/migration.json, downtime-limit",
        find=_pauses,
    ),
    Row(
        code="initial-overwritten",
        severity="warning",
        meaning="a schedule has several initial items",
        remedy="keep one initial item, and turn the others into convergenceItems",
        source=f"{_MONITOR}: init runs as a whole before the first poll",
        find=_overwritten,
    ),
    Row(
        code="zerocopy-postcopy",
        severity="warning",
        meaning="a zero-copy policy switches to post-copy",
        remedy="remove the switch to post-copy",
        source="Engine 4.5 MigrateVmCommand; QEMU: Postcopy is not yet compatible with multifd",
        find=_postcopy,
    ),
    Row(
        code="limit-high",
        severity="info",
        meaning=f"limits go beyond {_LIMIT_HIGH}, the highest in Vdsm's own schedule",
        remedy="give limits in iterations: the shipped policies use 1 to 6, and a poll of Vdsm's "
        "monitor runs at most one entry",
        source=f"{_MONITOR}: a limit counts iterations; _convert_to_schedule has {_LIMIT_HIGH}",
        find=_limit_high,
    ),
    Row(
        code="downtime-repeats",
        severity="info",
        meaning="a step sets the downtime that is already set",
        remedy="remove the step, unless it is meant to delay the next",
        source=_MONITOR,
        find=_repeats,
    ),
    Row(
        code="first-downtime-short",
        severity="info",
        meaning=f"the first downtime is under {_FIRST_SHORT} ms",
        remedy="start with 100 ms, as the shipped policies do, or more",
        source="Engine 4.5 MigrationPolicies; QEMU qapi/migration.json, downtime-limit",
        find=_first_short,
    ),
    Row(
        code="initial-missing",
        severity="info",
        meaning="a schedule has no initial item",
        remedy="set the first downtime in initialItems",
        source=f"QEMU migration/options.c: downtime-limit is {QEMU_DOWNTIME} ms unless set",
        find=_no_initial,
    ),
    Row(
        code="last-step-short",
        severity="info",
        meaning="the abort is due at the next iteration after a downtime longer than all before",
        remedy="make both convergenceItems, with the abort's stallingLimit some iterations above "
        "the step's",
        source=f"{_MONITOR}: one entry runs in a poll, every {SHIPPED_VDSM.monitor_interval_s} s "
        "by default",
        find=_last_short,
    ),
)

# -- Rows about a schedule on particular hosts ----------------------------------------------------


def _postcopy_polls(steps: Steps) -> _Found:
    planned = () if steps.policy.zero_copy else _planned(steps)
    for entry in planned:
        if entry.name == "postcopy":
            yield (
                entry.path,
                "while post-copy is enabled, QEMU 11.1 counts ten iterations per second, even in "
                "the first pass: every limit has passed by the next poll, so each poll "
                f"({steps.vdsm.monitor_interval_s} s) runs an entry",
            )


def _unwatched(steps: Steps) -> _Found:
    if not steps.vdsm.monitor_interval_s:
        yield "config", "Vdsm's monitor is off (migration_monitor_interval is 0): no step runs"


ABOUT_HOSTS = (
    Row(
        code="postcopy-polls",
        severity="info",
        meaning="a schedule switches to post-copy, so QEMU 11.1 counts iterations by time",
        remedy="on hosts with QEMU 11.1, plan for one entry per poll, whatever its limit",
        source="QEMU 11.1.3 with postcopy-ram on: dirty-sync-count grows ten times a second, even "
        "in the first pass (measured; 10.0 stays at 1 there)",
        find=_postcopy_polls,
    ),
    Row(
        code="schedule-unwatched",
        severity="warning",
        meaning="vdsm.conf turns Vdsm's monitor off, so no step runs",
        remedy="remove migration_monitor_interval from vdsm.conf: Vdsm ships with "
        f"{SHIPPED_VDSM.monitor_interval_s} s",
        source=f"{_MONITOR}.enabled",
        find=_unwatched,
    ),
)

ROWS = (*ABOUT_LISTS, *ABOUT_POLICIES, *ABOUT_SCHEDULES, *ABOUT_HOSTS)
