"""Rows about a schedule."""

from typing import Iterator, Sequence, Tuple

from .._model.schedule import QEMU_DOWNTIME
from .._model.vdsm import SHIPPED_VDSM
from .finding import Found, Row
from .steps import MONITOR, Entry, Steps, in_plan, initial

__all__ = ["ABOUT_SCHEDULES"]

_DIES = "Vdsm's monitor dies, and the migration goes on without actions or progress reports"


def _no_abort(steps: Steps) -> Found:
    if not steps.entries:
        yield "config.lastItems", f"the schedule has no entries: at the second iteration {_DIES}"
    elif steps.schedule.runs_out:
        switches = steps.schedule.switches_to_postcopy and not steps.policy.zero_copy
        when = "if the switch to post-copy fails and the schedule" if switches else "when it"
        yield "config.lastItems", f"the schedule has no abort: {when} runs out, {_DIES}"


_AT_ONCE = "abort is due as soon as Vdsm sees a second iteration"


def _aborts_at_once(entries: Sequence[Entry]) -> bool:
    return bool(entries) and entries[0].name == "abort" and entries[0].limit < 1


def _abort_first(steps: Steps) -> Found:
    if _aborts_at_once(steps.live):
        yield (
            steps.live[0].path,
            f"{_AT_ONCE}: a migration that needs more than one pass over the memory is cancelled",
        )


def _abort_without_postcopy(steps: Steps) -> Found:
    left = [entry for entry in steps.live if entry.name != "postcopy"]
    if _aborts_at_once(left) and not _aborts_at_once(steps.live):
        yield (
            left[0].path,
            f"parallel connections rule out post-copy, so Engine drops it; then {_AT_ONCE}",
        )


def _after_abort(steps: Steps) -> Found:
    for entry in steps.entries[len(steps.live) :]:
        yield entry.path, f"{entry.name} follows an abort and never runs"


def _after_postcopy(steps: Steps) -> Found:
    if steps.policy.zero_copy:
        return  # Engine drops it there, so it does not end the schedule
    switched = False
    for entry in steps.live:
        if switched and entry.name != "abort":
            yield entry.path, f"{entry.name} runs only if the switch to post-copy before it fails"
        switched = switched or entry.name == "postcopy"


def _limit_order(steps: Steps) -> Found:
    highest = 0
    for entry in steps.live:
        if 0 < entry.limit <= highest:
            yield (
                f"{entry.path}.stallingLimit",
                f"{entry.name} has limit {entry.limit}, but follows an entry with limit "
                f"{highest}, and runs at least one poll after it",
            )
        highest = max(highest, entry.limit)


def _limit_unset(steps: Steps) -> Found:
    # An abort should wait: that gives the last step time.
    planned = [entry for entry in in_plan(steps) if entry.name != "abort"]
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


def _limit_high(steps: Steps) -> Found:
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


def _shrinks(steps: Steps) -> Found:
    for before, path, ms in _changes(steps):
        if ms < before:
            yield (
                path,
                f"{ms} ms after {before} ms: a migration that did not end with the longer "
                "downtime will not end with the shorter one",
            )


def _repeats(steps: Steps) -> Found:
    for before, path, ms in _changes(steps):
        if ms == before:
            yield path, f"{ms} ms is already set: the step only delays the next"


_FIRST_SHORT, _FIRST_LONG, _PAUSE = 100, 2000, 60000


def _first_short(steps: Steps) -> Found:
    for path, ms in steps.downtimes[:1]:
        if ms < _FIRST_SHORT:
            yield (
                path,
                f"the first downtime, {ms} ms, is rarely enough for the last memory and the "
                "devices, so migrations end a step later than they could",
            )


def _first_long(steps: Steps) -> Found:
    for path, ms in steps.downtimes[:1]:
        if ms > _FIRST_LONG:
            yield (
                path,
                f"the first downtime, {ms} ms, lets QEMU pause any VM that long at the first "
                "chance, even if a shorter pause would do",
            )


def _pauses(steps: Steps) -> Found:
    for path, ms in steps.downtimes:
        if ms > _PAUSE:
            yield (
                path,
                f"with {ms} ms even a busy VM can migrate, but it may be paused for over a "
                "minute: connections time out, watchdogs fire, clusters declare it dead",
            )


def _overwritten(steps: Steps) -> Found:
    for path, _ in initial(steps.schedule)[:-1]:
        yield path, "all initial items run when the migration starts, so only the last counts"


def _no_initial(steps: Steps) -> Found:
    if not steps.schedule.init:
        yield (
            "config.initialItems",
            f"without an initial item, QEMU's default downtime, {QEMU_DOWNTIME} ms, applies until "
            "a step sets another",
        )


def _postcopy(steps: Steps) -> Found:
    for entry in steps.live if steps.policy.zero_copy else ():
        if entry.name == "postcopy":
            yield (
                entry.path,
                "zero-copy needs parallel connections, and Engine drops post-copy for these: only "
                "a migration without either switches",
            )


def _last_short(steps: Steps) -> Found:
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


ABOUT_SCHEDULES = (
    Row(
        code="no-abort",
        severity="error",
        meaning="a schedule has no abort, or no entries at all",
        remedy="end lastItems with abort",
        source=f"{MONITOR}: an exhausted schedule raises",
        find=_no_abort,
    ),
    Row(
        code="abort-first",
        severity="warning",
        meaning="a schedule starts with an abort that has no limit",
        remedy="put steps before the abort, or make it a convergenceItem with a stallingLimit",
        source=MONITOR,
        find=_abort_first,
    ),
    Row(
        code="abort-without-postcopy",
        severity="warning",
        meaning="a schedule starts with an abort without a limit, once post-copy is dropped for "
        "parallel connections",
        remedy="put steps before the switch to post-copy",
        source="Engine 4.5 MigrateVmCommand; " + MONITOR,
        find=_abort_without_postcopy,
    ),
    Row(
        code="after-abort",
        severity="warning",
        meaning="an entry follows an abort",
        remedy="put the entry before the abort, or drop it",
        source=f"{MONITOR}: abort cancels the migration and ends the monitor",
        find=_after_abort,
    ),
    Row(
        code="after-postcopy",
        severity="warning",
        meaning="an entry other than the abort follows a switch to post-copy",
        remedy="put the entry before the switch to post-copy, unless it handles a failed switch",
        source=f"{MONITOR}: no entry runs during post-copy",
        find=_after_postcopy,
    ),
    Row(
        code="limit-order",
        severity="warning",
        meaning="a limit is no higher than one before it",
        remedy="give the entries increasing limits",
        source=f"{MONITOR}: a poll looks only at the first entry left, and runs at most one",
        find=_limit_order,
    ),
    Row(
        code="limit-unset",
        severity="warning",
        meaning="a step has limit -1 or 0, and steps with a limit follow (the abort aside); a "
        "missing limit is 0",
        remedy="give the entry a limit of 1 or more, and later entries higher limits",
        source=f"{MONITOR}; Engine 4.5 ConvergenceItemWithStallingLimit",
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
        source=f"{MONITOR}: init runs as a whole before the first poll",
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
        source=f"{MONITOR}: a limit counts iterations; _convert_to_schedule has {_LIMIT_HIGH}",
        find=_limit_high,
    ),
    Row(
        code="downtime-repeats",
        severity="info",
        meaning="a step sets the downtime that is already set",
        remedy="remove the step, unless it is meant to delay the next",
        source=MONITOR,
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
        source=f"{MONITOR}: one entry runs in a poll, every {SHIPPED_VDSM.monitor_interval_s} s "
        "by default",
        find=_last_short,
    ),
)
