"""Vdsm's migration monitor, which works through a schedule while a migration runs.

Source: Vdsm ``virt/migration.py`` (``MonitorThread``).
"""

from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .schedule import Action, ConvergenceSchedule

__all__ = ["Monitor"]


class Monitor:
    """Vdsm's monitor of one migration, poll by poll.

    The rules, from Vdsm's ``MonitorThread``: ``init`` runs before there is a migration that could
    switch to post-copy.  A poll that finds no new iteration does nothing.  The first iteration only
    sets the base.  After that, a poll runs and removes the head of ``stalling`` if its limit is
    strictly less than the number of iterations since the base.  A poll runs at most one action,
    even if several iterations have passed.

    Attributes:
        died: whether a poll found the schedule exhausted, which kills the monitor.
    """

    __slots__ = ("_base", "_ended", "_fails", "_highest", "_left", "died")

    def __init__(self, schedule: "ConvergenceSchedule", *, postcopy_fails: bool = False) -> None:
        self._fails = postcopy_fails
        # In reverse: the last entry runs next.  A tuple, so that copies are independent.
        self._left = tuple(schedule.stalling[::-1])
        self._base: Optional[int] = None
        self._highest = -1
        # A switch to post-copy fails while there is no migration job.
        self._ended = "abort" in [action.name for action in schedule.init]
        self.died = False

    def poll(self, iteration: int) -> "Optional[Action]":
        """Run a poll that finds QEMU in *iteration*; return its action, if any."""
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
        """The first iteration at which a poll can act; None if none ever will.

        Polls at earlier iterations can be skipped without any difference.
        """
        if self._ended or not self._left:
            return None
        if self._base is None:
            return -1
        return max(self._highest, self._base + self._left[-1].limit) + 1
