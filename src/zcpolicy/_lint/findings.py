"""What is legal in a migration policy but will not do what its author thinks: a table of rows.

A policy that does harm or cannot be read is refused as it is built; a row here is about one that
Engine takes, and that then waits, aborts or pauses when nobody meant it to.  There are rows about
a whole list of policies, about a policy, and about its schedule.  To add one, add it to its table,
an example and its cure to the tests, and make the snapshot of the sentences and the tables of the
docs again (``pytest tests/test_lint.py --force-regen`` and ``python docs/tables.py``).

Paths are those of the policy's JSON as `MigrationPolicy.to_json` gives it.
"""

from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import attr

from .._base.errors import shown
from .._base.fields import TEXT, Fields, choice
from .._model.policy import POLICY, MigrationPolicy, split_stalling
from .._model.schedule import QEMU_DOWNTIME, ConvergenceSchedule
from .._model.shipped import MINIMAL_DOWNTIME, POST_COPY, SHIPPED, SUSPEND_WORKLOAD, VERY_LARGE_VMS
from .._model.vdsm import SHIPPED_VDSM

__all__ = [
    "ABOUT_LISTS",
    "ABOUT_POLICIES",
    "ABOUT_SCHEDULES",
    "ROWS",
    "SEVERITIES",
    "Finding",
    "Row",
    "steps_of",
]

# The path and the message of each place that a row finds; of a row about a list, before them the
# index of the policy in which it is, or _THE_LIST.
_Found = Iterator[Tuple[str, str]]
_FoundInList = Iterator[Tuple[int, str, str]]
_THE_LIST = -1

SEVERITIES = ("error", "warning", "info")

# How long after a poll the next one is.
_POLL = f"{SHIPPED_VDSM.monitor_interval_s} s"


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in a policy that will not do what its author thinks.

    Attributes:
        code: what it is, from the table: ``"no-abort"``.
        severity: ``"error"`` (it breaks Engine, or Vdsm's monitor), ``"warning"`` (something else
            happens than the policy says) or ``"info"`` (it does what it says, which may not be
            what was meant).
        path: where it is in the policy's JSON: ``"config.lastItems[0]"``; of a policy in a list
            ``"[2].config.lastItems[0]"``; empty for the list itself.
        message: what will happen, in a sentence.
        remedy: what to do about it, in a sentence.

    Raises:
        ZcpolicyError: a field is not as said here.
    """

    code: str
    severity: str
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


_FINDING = Fields(code=TEXT, severity=choice(*SEVERITIES), path=TEXT, message=TEXT, remedy=TEXT)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table.

    Attributes:
        code, severity, remedy: as in `Finding`; the code is unique.
        meaning: what is found, for the documentation.
        source: what says that it is so.
        find: the path and the message of each place where it is so; a pure function of what the
            row is about.  Of a list, the index of the policy stands before them, -1 for the list
            itself, and the path is that in the policy.
    """

    code: str
    severity: str
    meaning: str
    remedy: str
    source: str
    find: Callable[[Any], Iterable[Tuple[Any, ...]]]


# -- Rows about a list ---------------------------------------------------------------------------

_Policies = Tuple[MigrationPolicy, ...]
# What every level's list has; Very large VMs is for those with parallel migrations only.
_EVERYWHERE = (MINIMAL_DOWNTIME, SUSPEND_WORKLOAD, POST_COPY)
_PARALLEL_SINCE = "4.7"


def _folded(name: str) -> str:
    """A name as people tell it from others."""
    return name.strip().casefold()


def _repeated_ids(policies: _Policies) -> _FoundInList:
    seen: Dict[str, int] = {}
    for index, policy in enumerate(policies):
        first = seen.setdefault(policy.id, index)
        if first != index:
            yield (
                index,
                "id",
                f"{policy.id!r} is the id of [{first}], too: Engine does not start",
            )


def _repeated_names(policies: _Policies) -> _FoundInList:
    seen: Dict[str, int] = {}
    for index, policy in enumerate(policies):
        first = seen.setdefault(_folded(policy.name), index)
        if first != index and _folded(policy.name):
            yield (
                index,
                "name",
                f"{shown(policy.name)} is what [{first}] is called, too: nobody can tell which is "
                "meant",
            )


def _missing(policies: _Policies) -> _FoundInList:
    ids = {policy.id for policy in policies}
    missing = [shipped.name for shipped in _EVERYWHERE if shipped.id not in ids]
    if missing:
        yield (
            _THE_LIST,
            "",
            f"the list, which replaces its level's, lacks {', '.join(missing)}: clusters and VMs "
            "that have one of these migrate as under Legacy",
        )


def _missing_zerocopy(policies: _Policies) -> _FoundInList:
    if VERY_LARGE_VMS.id not in [policy.id for policy in policies]:
        yield (
            _THE_LIST,
            "",
            f"the list lacks {VERY_LARGE_VMS.name}, which ships at levels from {_PARALLEL_SINCE}: "
            "if it is for one of these, clusters and VMs that have that policy migrate as under "
            "Legacy",
        )


ABOUT_LISTS = (
    Row(
        code="id-repeated",
        severity="error",
        meaning="two policies of a list have one id",
        remedy="give each policy an id of its own",
        source="Engine 4.5 ConvergenceConfigProvider, which fails as it starts",
        find=_repeated_ids,
    ),
    Row(
        code="name-repeated",
        severity="warning",
        meaning="two policies of a list have one name, but for case and spaces around it",
        remedy="give each policy a name of its own",
        source="Engine 4.5: the name is all that its UI shows to choose by",
        find=_repeated_names,
    ),
    Row(
        code="shipped-missing",
        severity="warning",
        meaning="a list lacks a policy that ships for every level; *Minimal downtime* is what new "
        "clusters have",
        remedy="add your policies to the shipped ones, unless no cluster and no VM has these",
        source="Engine 4.5 ConvergenceConfigProvider: an id that the level's list lacks is Legacy",
        find=_missing,
    ),
    # Which level a list is for, it does not say: no more than info, since below it is as it ships.
    Row(
        code="shipped-missing-zerocopy",
        severity="info",
        meaning=f"a list lacks *{VERY_LARGE_VMS.name}*, which ships at levels from "
        f"{_PARALLEL_SINCE}",
        remedy="add your policies to the shipped ones, unless the list is for a lower level, or "
        "no cluster and no VM has this one",
        source="feature page, User experience; Engine 4.5 ConvergenceConfigProvider: an id that "
        "the level's list lacks is Legacy",
        find=_missing_zerocopy,
    ),
)


# -- Rows about a policy -------------------------------------------------------------------------

_SHIPPED_IDS = {policy.id: policy for policy in SHIPPED}
_SHIPPED_FOLDED = {_folded(policy.name): policy for policy in SHIPPED}
# Descriptions are words that nothing depends on.
_CONTENT = {
    key: field for key, field in POLICY.json_keys().items() if field not in ("id", "description")
}


def _shipped_name(policy: MigrationPolicy) -> _Found:
    shipped = _SHIPPED_FOLDED.get(_folded(policy.name), policy)
    if shipped.id != policy.id:
        yield (
            "name",
            f"{shown(policy.name)} is the name of a policy that ships, whose id is {shipped.id}: "
            "whoever looks it up by its name finds that one",
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
            f"this is the id of {shipped.name}, which ships with another {', '.join(changed)}: "
            "clusters and VMs that have it get this one",
        )


def _no_name(policy: MigrationPolicy) -> _Found:
    if not policy.name.strip():
        yield "name", "the policy has no name, so that the choice in Engine's UI is blank"


def _compressed(policy: MigrationPolicy) -> _Found:
    if policy.zero_copy and policy.migration_compression:
        yield (
            "migrationCompression",
            "zero-copy needs parallel connections, which exclude compression (XBZRLE): only a "
            "migration that gets neither is compressed",
        )


def _divided(policy: MigrationPolicy) -> _Found:
    if policy.zero_copy and policy.max_migrations > 1:
        yield (
            "maxMigrations",
            f"zero-copy needs parallel connections, which limit a host to 1 migration at a time, "
            f"yet the cluster's bandwidth is divided by {policy.max_migrations}",
        )


ABOUT_POLICIES = (
    Row(
        code="name-shipped",
        severity="warning",
        meaning="a policy has the name of a shipped one, but for case and spaces around it, "
        "whose id is another",
        remedy="give the policy a name of its own",
        source="Engine 4.5 ConvergenceConfigProvider: policies are told apart by their ids",
        find=_shipped_name,
    ),
    Row(
        code="shipped-changed",
        severity="warning",
        meaning="a policy has the id of a shipped one, but not all its values (descriptions aside)",
        remedy="give the policy an id and a name of its own, and keep the shipped one beside it",
        source="Engine 4.5 ConvergenceConfigProvider: policies are told apart by their ids",
        find=_changed,
    ),
    Row(
        code="name-empty",
        severity="warning",
        meaning="a policy has no name",
        remedy="give the policy a name",
        source="Engine 4.5: the name is all that its UI shows to choose by",
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
    """An entry of ``stalling``: where it and its action are, and what it says."""

    path: str
    action_path: str
    limit: int
    name: str
    downtime: Optional[int]


class Steps(NamedTuple):
    """A schedule as the rows see it.

    Attributes:
        policy: whose it is.
        schedule: the schedule.
        entries: its stalling entries.
        live: those of them that can be reached: up to the first abort, with it.
        downtimes: the downtimes that count, with their paths: the last of ``init``, then those of
            the live entries.
    """

    policy: MigrationPolicy
    schedule: ConvergenceSchedule
    entries: Tuple[_Entry, ...]
    live: Tuple[_Entry, ...]
    downtimes: Tuple[Tuple[str, int], ...]


def _initial(schedule: ConvergenceSchedule) -> List[Tuple[str, Optional[int]]]:
    return [
        (f"config.initialItems[{index}].params[0]", action.downtime)
        for index, action in enumerate(schedule.init)
    ]


def steps_of(policy: MigrationPolicy, schedule: ConvergenceSchedule) -> Steps:
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
    return Steps(policy, schedule, entries, live, downtimes)


_DIES = "Vdsm's monitor dies, and the migration goes on with no action and no progress seen"


def _no_abort(steps: Steps) -> _Found:
    if not steps.entries:
        yield "config.lastItems", f"there are no entries: at the second iteration {_DIES}"
    elif steps.schedule.runs_out:
        switches = steps.schedule.switches_to_postcopy and not steps.policy.zero_copy
        when = "if the switch to post-copy fails and the schedule" if switches else "when it"
        yield "config.lastItems", f"the schedule has no abort: {when} runs out, {_DIES}"


_AT_ONCE = "abort is due as soon as a second iteration is seen"


def _aborts_at_once(entries: Sequence[_Entry]) -> bool:
    return bool(entries) and entries[0].name == "abort" and entries[0].limit < 1


def _abort_first(steps: Steps) -> _Found:
    if _aborts_at_once(steps.live):
        yield (
            steps.live[0].path,
            f"{_AT_ONCE}: a migration that one pass over the memory does not end is cancelled",
        )


def _abort_without_postcopy(steps: Steps) -> _Found:
    left = [entry for entry in steps.live if entry.name != "postcopy"]
    if _aborts_at_once(left) and not _aborts_at_once(steps.live):
        yield (
            left[0].path,
            "parallel connections exclude post-copy, so that Engine leaves it out; then "
            f"{_AT_ONCE}",
        )


def _after_abort(steps: Steps) -> _Found:
    for entry in steps.entries[len(steps.live) :]:
        yield entry.path, f"{entry.name} stands after an abort and never runs"


def _after_postcopy(steps: Steps) -> _Found:
    if steps.policy.zero_copy:
        return  # there it is left out, and does not end the schedule
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
                f"{entry.name} has limit {entry.limit}, but waits behind an entry of limit "
                f"{highest}, and runs a poll after it at the earliest",
            )
        highest = max(highest, entry.limit)


def _planned(steps: Steps) -> Tuple[_Entry, ...]:
    """What runs if no switch to post-copy fails."""
    if steps.policy.zero_copy:
        return tuple(entry for entry in steps.live if entry.name != "postcopy")
    names = [entry.name for entry in steps.live]
    return steps.live[: names.index("postcopy") + 1] if "postcopy" in names else steps.live


def _limit_unset(steps: Steps) -> _Found:
    # That an abort alone waits is as it should be: so the last step has its time.
    planned = [entry for entry in _planned(steps) if entry.name != "abort"]
    limited = [index for index, entry in enumerate(planned) if entry.limit > 0]
    for entry in planned[: limited[-1]] if limited else ():
        if entry.limit < 1:
            yield (
                f"{entry.path}.stallingLimit",
                f"limit {entry.limit} waits for nothing: {entry.name} is due at the next "
                "iteration that is seen",
            )


# The highest that is deployed: Vdsm's own schedule sets its last downtime so late.  By then
# autoconvergence has long throttled the guest all it can, so that more of the same changes little.
_LIMIT_HIGH = 42


def _limit_high(steps: Steps) -> _Found:
    # Once: who takes limits for seconds does so in all of them.
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
                f"{ms} ms after {before} ms: what did not end with the longer downtime will not "
                "with the shorter one",
            )


def _repeats(steps: Steps) -> _Found:
    for before, path, ms in _changes(steps):
        if ms == before:
            yield path, f"{ms} ms are set already: the step changes nothing but takes its time"


_FIRST_SHORT, _FIRST_LONG, _PAUSE = 100, 2000, 60000


def _first_short(steps: Steps) -> _Found:
    for path, ms in steps.downtimes[:1]:
        if ms < _FIRST_SHORT:
            yield (
                path,
                f"the first downtime, {ms} ms, is hardly ever enough for the last memory and the "
                "devices, so that migrations end a step later than they could",
            )


def _first_long(steps: Steps) -> _Found:
    for path, ms in steps.downtimes[:1]:
        if ms > _FIRST_LONG:
            yield (
                path,
                f"the first downtime, {ms} ms, lets QEMU pause every VM so long at the first "
                "chance, where a shorter one might have been enough",
            )


def _pauses(steps: Steps) -> _Found:
    for path, ms in steps.downtimes:
        if ms > _PAUSE:
            yield (
                path,
                f"with {ms} ms even a busy VM can migrate, but it may stand still for more than "
                "a minute: connections time out, watchdogs fire, clusters take it for dead",
            )


def _overwritten(steps: Steps) -> _Found:
    for path, _ in _initial(steps.schedule)[:-1]:
        yield path, "all initial items run as the migration starts, so that only the last counts"


def _no_initial(steps: Steps) -> _Found:
    if not steps.schedule.init:
        yield (
            "config.initialItems",
            f"there is no initial item, so that QEMU's own downtime, {QEMU_DOWNTIME} ms, holds "
            "until a step sets another",
        )


def _postcopy(steps: Steps) -> _Found:
    for entry in steps.live if steps.policy.zero_copy else ():
        if entry.name == "postcopy":
            yield (
                entry.path,
                "zero-copy needs parallel connections, for which Engine leaves post-copy out: "
                "only a migration that gets neither switches",
            )


def _last_short(steps: Steps) -> _Found:
    # How many iterations beyond the first an entry needs at least: more than its limit, and one
    # more than the entry before it.
    due = 0
    held = steps.schedule.init[-1].downtime if steps.schedule.init else None
    longest = held or QEMU_DOWNTIME
    for entry, after in zip(steps.live, steps.live[1:]):
        due = max(due, entry.limit) + 1
        # A downtime that is no longer than one before it has had its time.
        if entry.downtime is None or entry.downtime <= longest:
            continue
        longest = entry.downtime
        if after.name == "abort" and after.limit <= due:
            yield (
                entry.path,
                f"the abort is due at the next iteration that is seen after this step, often a "
                f"poll ({_POLL}) later: {entry.downtime} ms have little time to work",
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
        meaning="a schedule starts with an abort without a limit",
        remedy="put steps before the abort, or make it a convergenceItem with a stallingLimit",
        source=_MONITOR,
        find=_abort_first,
    ),
    Row(
        code="abort-without-postcopy",
        severity="warning",
        meaning="a schedule starts with an abort without a limit, once post-copy is left out for "
        "parallel connections",
        remedy="put steps before the switch to post-copy",
        source="Engine 4.5 MigrateVmCommand; " + _MONITOR,
        find=_abort_without_postcopy,
    ),
    Row(
        code="after-abort",
        severity="warning",
        meaning="an entry stands after an abort",
        remedy="put the entry before the abort, or drop it",
        source=f"{_MONITOR}: abort cancels the migration and ends the monitor",
        find=_after_abort,
    ),
    Row(
        code="after-postcopy",
        severity="warning",
        meaning="an entry other than the abort stands after a switch to post-copy",
        remedy="put the entry before the switch to post-copy, unless it is for a switch that fails",
        source=f"{_MONITOR}: nothing runs while post-copy does",
        find=_after_postcopy,
    ),
    Row(
        code="limit-order",
        severity="warning",
        meaning="a limit is no higher than one before it",
        remedy="give the entries growing limits",
        source=f"{_MONITOR}: only the first entry left is looked at, and one runs in a poll",
        find=_limit_order,
    ),
    Row(
        code="limit-unset",
        severity="warning",
        meaning="a step has limit -1 or 0, and others with a limit follow, the abort aside; a "
        "missing limit is 0",
        remedy="give the entry a limit from 1 up, and higher ones to those after it",
        source=f"{_MONITOR}; Engine 4.5 ConvergenceItemWithStallingLimit",
        find=_limit_unset,
    ),
    Row(
        code="downtime-shrinks",
        severity="warning",
        meaning="a downtime is shorter than the one before it",
        remedy="give the steps growing downtimes",
        source="QEMU qapi/migration.json, downtime-limit: the VM is stopped once what is left "
        "takes no longer",
        find=_shrinks,
    ),
    Row(
        code="first-downtime-long",
        severity="warning",
        meaning=f"the first downtime is over {_FIRST_LONG} ms",
        remedy="start with less, and let the schedule come to it",
        source="Engine 4.5 MigrationPolicies: shipped policies start with 100 and 300 ms; QEMU "
        "qapi/migration.json, downtime-limit",
        find=_first_long,
    ),
    Row(
        code="pause-long",
        severity="warning",
        meaning=f"a downtime is over {_PAUSE} ms",
        remedy="give less, or switch to post-copy, unless the VMs bear such a pause",
        source="QEMU qapi/migration.json, downtime-limit",
        find=_pauses,
    ),
    Row(
        code="initial-overwritten",
        severity="warning",
        meaning="there are several initial items",
        remedy="keep one initial item, and make the others convergenceItems",
        source=f"{_MONITOR}: init runs as a whole before the first poll",
        find=_overwritten,
    ),
    Row(
        code="zerocopy-postcopy",
        severity="warning",
        meaning="a zero-copy policy switches to post-copy",
        remedy="drop the switch to post-copy",
        source="Engine 4.5 MigrateVmCommand; QEMU: Postcopy is not yet compatible with multifd",
        find=_postcopy,
    ),
    Row(
        code="limit-high",
        severity="info",
        meaning=f"limits go beyond {_LIMIT_HIGH}, the highest in Vdsm's own schedule",
        remedy="give limits in iterations: those of the shipped policies are 1 to 6, and a poll, "
        f"every {_POLL}, runs one entry at most",
        source=f"{_MONITOR}: a limit counts iterations; _convert_to_schedule has {_LIMIT_HIGH}",
        find=_limit_high,
    ),
    Row(
        code="downtime-repeats",
        severity="info",
        meaning="a downtime is the one that is already set",
        remedy="drop the step, unless it is there to put off the next",
        source=_MONITOR,
        find=_repeats,
    ),
    Row(
        code="first-downtime-short",
        severity="info",
        meaning=f"the first downtime is under {_FIRST_SHORT} ms",
        remedy="start with 100 ms, as the shipped policies do, or with more",
        source="Engine 4.5 MigrationPolicies; QEMU qapi/migration.json, downtime-limit",
        find=_first_short,
    ),
    Row(
        code="initial-missing",
        severity="info",
        meaning="there is no initial item",
        remedy="set the first downtime in initialItems",
        source=f"QEMU migration/options.c: downtime-limit is {QEMU_DOWNTIME} ms unless set",
        find=_no_initial,
    ),
    Row(
        code="last-step-short",
        severity="info",
        meaning="the abort is due at the next iteration after a downtime longer than all before",
        remedy="make both convergenceItems, the abort's stallingLimit some iterations above the "
        "step's",
        source=f"{_MONITOR}: one entry runs in a poll, every {_POLL} by default",
        find=_last_short,
    ),
)

ROWS = (*ABOUT_LISTS, *ABOUT_POLICIES, *ABOUT_SCHEDULES)
