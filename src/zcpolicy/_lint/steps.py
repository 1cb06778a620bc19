"""A schedule as its rows see it: entries, downtimes, and what can run."""

from typing import List, NamedTuple, Optional, Tuple

from .._model.policy import MigrationPolicy
from .._model.policy_json import split_stalling
from .._model.schedule import ConvergenceSchedule
from .._model.vdsm import Vdsm

__all__ = [
    "MONITOR",
    "Entry",
    "Steps",
    "in_plan",
    "initial",
    "steps_of",
]

# What runs a schedule, for the sources of rows.
MONITOR = "Vdsm virt/migration.py, MonitorThread"


class Entry(NamedTuple):
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
    entries: Tuple[Entry, ...]
    live: Tuple[Entry, ...]
    downtimes: Tuple[Tuple[str, int], ...]
    vdsm: Vdsm


def initial(schedule: ConvergenceSchedule) -> List[Tuple[str, Optional[int]]]:
    """The downtimes of the initial items, with their paths."""
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
        Entry(path, inside, entry.limit, entry.action.name, entry.action.downtime)
        for path, inside, entry in zip(paths + last_paths, actions + last_paths, schedule.stalling)
    )
    ends = [index for index, entry in enumerate(entries) if entry.name == "abort"]
    live = entries[: ends[0] + 1] if ends else entries
    steps = initial(schedule)[-1:]
    steps += [(entry.action_path + ".params[0]", entry.downtime) for entry in live]
    downtimes = tuple((path, ms) for path, ms in steps if ms is not None)
    return Steps(policy, schedule, entries, live, downtimes, vdsm)


def in_plan(steps: Steps) -> Tuple[Entry, ...]:
    """The entries that run if no switch to post-copy fails."""
    if steps.policy.zero_copy:
        return tuple(entry for entry in steps.live if entry.name != "postcopy")
    names = [entry.name for entry in steps.live]
    return steps.live[: names.index("postcopy") + 1] if "postcopy" in names else steps.live
