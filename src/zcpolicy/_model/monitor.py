"""Vdsm's monitor, which works through a schedule while a migration runs.

Source: Vdsm ``virt/migration.py`` (``MonitorThread``).
"""

from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .schedule import Action, ConvergenceSchedule

__all__ = ["Monitor"]


class Monitor:
    """Vdsm's monitor of one migration, poll by poll.

    The rules, from Vdsm's ``MonitorThread``: ``init`` runs first, before there is a migration that
    could be switched to post-copy; a poll that finds no new iteration does nothing; the first
    iteration only sets the base; then the head of ``stalling`` runs, and is removed, if its limit
    is strictly less than the number of iterations since the base.  One action a poll: a jump does
    not catch up.

    Attributes:
        died: whether a poll found the schedule exhausted, which kills the monitor.
    """

    __slots__ = ("_base", "_ended", "_fails", "_highest", "_left", "died")

    def __init__(self, schedule: "ConvergenceSchedule", *, postcopy_fails: bool = False) -> None:
        self._fails = postcopy_fails
        # The head is the last.  It is replaced, not changed, so that a copy goes its own way.
        self._left = tuple(schedule.stalling[::-1])
        self._base: Optional[int] = None
        self._highest = -1
        # A switch to post-copy fails as long as there is no migration job.
        self._ended = "abort" in [action.name for action in schedule.init]
        self.died = False

    def poll(self, iteration: int) -> "Optional[Action]":
        """What a poll that finds QEMU in *iteration* runs, if anything."""
        if self._base is None:
            self._base = self._highest = iteration
            return None
        if self._ended or self.died or iteration <= self._highest:
            return None
        self._highest = iteration
        if not self._left:
            self.died = True
            return None
        if self._left[-1].limit >= iteration - self._base:
            return None
        action = self._left[-1].action
        self._left = self._left[:-1]
        self._ended = action.name == "abort" or (action.name == "postcopy" and not self._fails)
        return action

    @property
    def looks_at(self) -> Optional[int]:
        """The first iteration that a poll would not pass over; None if it never acts again.

        Polls that find an earlier one can be left out: nothing would differ.
        """
        if self._ended or not self._left:
            return None
        if self._base is None:
            return -1
        return max(self._highest, self._base + self._left[-1].limit) + 1
