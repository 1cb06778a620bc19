"""One run of the model: QEMU's rounds, its autoconverge, and Vdsm's polls.

Sources: QEMU ``migration/migration.c`` (``migration_iteration_run``,
``migration_update_counters``) and ``migration/ram.c`` (``migration_bitmap_sync``,
``migration_trigger_throttle``, ``mig_throttle_guest_down``); Vdsm ``virt/migration.py``.
"""

import math
from typing import Dict, List, Optional, Tuple

from .._model.monitor import Monitor
from .._model.schedule import QEMU_DOWNTIME, Action
from .._model.vdsm import SHIPPED_VDSM
from .forecast import Outcome, Round
from .migration import PAGE, PAGE_SENT, Migration, ceil_div, share_dirtied

__all__ = ["ROUNDS_MAX", "Run", "plateau_ms"]

# QEMU migration/migration.c, BUFFER_DELAY: how often it asks whether it can switch over.
_WINDOW_MS = 100
# QEMU migration/ram.c and options.c: periods of more than 1 s count, two of them with more than
# half dirtied take 20 % from the guest, each two more 10 % more, at most 99 %.
_PERIOD_MS = 1000
_PERIODS = 2
_TRIGGER_PERCENT = 50
_THROTTLE_INITIAL = 20
_THROTTLE_INCREMENT = 10
_THROTTLE_MAX = 99

# Vdsm, migration_monitor_interval.
_POLL_MS = SHIPPED_VDSM.monitor_interval_s * 1000

# How many rounds a run works out at most; what repeats itself is not worked out again.  A forecast
# is up to five runs, and must not take a service more than 50 ms.
ROUNDS_MAX = 500


# The outcome of an action that ends a migration.
_ENDS: Dict[str, Outcome] = {"abort": "aborted", "postcopy": "post-copy"}


class Run:
    """One run of the model: where it stands, and what a round does to that; `run` is all of it.

    Attributes:
        at: the time, ms.
        number: the iteration that runs.
        remaining: pages to send.
        sent: bytes sent.
        dirtied: pages that were found dirtied, all together.
        limit: the downtime limit, ms; `largest` is the largest that there was.
        throttle: what autoconverge takes from the guest, percent.
        outcome: the outcome; None while it runs.
        gave_up: whether the outcome is "never" only because the model stopped there.
    """

    __slots__ = (
        "_high",
        "_migration",
        "_monitor",
        "_period",
        "_piece",
        "_rounds",
        "_seen",
        "_threshold",
        "_worked_out",
        "at",
        "dirtied",
        "gave_up",
        "largest",
        "limit",
        "number",
        "outcome",
        "remaining",
        "sent",
        "throttle",
    )

    def __init__(self, migration: Migration, rounds: Optional[List[Round]] = None) -> None:
        self._migration = migration
        self._monitor = Monitor(migration.schedule)
        self._rounds = rounds  # where they are kept, if somebody wants them
        self._worked_out = 0
        self._piece = 0
        self._period = (0, 0, 0)  # when it began, and what was sent and dirtied before
        self._high = 0  # periods in which too much was dirtied
        self.at = self.sent = self.dirtied = self.throttle = self.largest = 0
        self.number = 1
        self.remaining = migration.pages
        self.outcome: Optional[Outcome] = None
        self.gave_up = False
        self._set_limit(QEMU_DOWNTIME)
        for action in migration.schedule.init:
            self._act(action)
        self.largest = self.limit

    def run(self) -> "Run":
        """Run rounds until there is an outcome."""
        while self.outcome is None:
            self._round()
        return self

    def _set_limit(self, limit: int) -> None:
        self.limit = limit
        self.largest = max(self.largest, limit)
        # What remains fits if it is fewer pages than this.
        self._threshold = ceil_div(self._migration.rate * limit, 1000 * PAGE)
        # The time and the totals at which so much remained, as long as nothing else changes.
        self._seen: Dict[int, Tuple[int, int, int, int]] = {}

    def _act(self, action: Action) -> None:
        if action.downtime is None:
            self.outcome = _ENDS[action.name]
        else:
            self._set_limit(action.downtime)

    @staticmethod
    def _next_poll(at: int) -> int:
        return max(1, ceil_div(at, _POLL_MS)) * _POLL_MS

    def _round(self) -> None:
        migration, guest, start = self._migration, self._migration.guest, self.at
        first = self.number == 1
        # So many pages are so many bytes; zero pages, which are cheap, are all in the first round.
        pages, cost = (migration.pages, migration.first_bytes) if first else (1, PAGE_SENT)

        def end(windows: int) -> int:
            """When it asks and finds so little left, or before that there is nothing left."""
            enough = 1000 * cost * max(0, self.remaining - self._threshold + 1)
            windows = max(windows, ceil_div(enough, _WINDOW_MS * migration.rate * pages))
            all_sent = ceil_div(1000 * cost * self.remaining, migration.rate * pages)
            return start + min(windows * _WINDOW_MS, all_sent)

        self.at = end(1)
        actions: Tuple[Tuple[int, Action], ...] = ()
        looks_at = self._monitor.looks_at
        if looks_at is not None and looks_at <= self.number:
            poll = self._next_poll(start)
            action = self._monitor.poll(self.number) if poll < self.at else None
            if action is not None:
                actions = ((poll, action),)
                self._act(action)
                self.at = poll if self.outcome else end((poll - start) // _WINDOW_MS + 1)
        affordable = (self.at - start) * migration.rate * pages // (1000 * cost)
        left = max(0, self.remaining - affordable)
        sent_bytes = (self.remaining - left) * cost // pages
        written = guest.written(start, self.at) * (100 - self.throttle) / 100
        # Pages that are still to be sent are not dirtied anew.
        share = left * guest.pages / migration.pages if first else min(left, guest.pages)
        dirtied = 0 if self.outcome == "aborted" else guest.dirtied(guest.pages - share, written)
        self._keep(1, start, left, sent_bytes, dirtied, actions)
        self.sent += sent_bytes
        self.dirtied += dirtied
        self.remaining = left + dirtied
        self._worked_out += 1
        if self.outcome is not None:
            return
        if self.fits:
            self.outcome = "completes"
            return
        self.number += 1
        if migration.auto_converge and self.throttle < _THROTTLE_MAX:
            self._autoconverge()
        else:
            self._skip_what_repeats(left)
        if self.outcome is None and self._worked_out == ROUNDS_MAX:
            self.outcome = "never"
            self.gave_up = True

    def _keep(
        self,
        count: int,
        start: int,
        left: int,
        sent: int,
        dirtied: int,
        actions: Tuple[Tuple[int, Action], ...] = (),
    ) -> None:
        if self._rounds is not None:
            self._rounds.append(
                Round(
                    iteration=self.number,
                    count=count,
                    start_ms=start,
                    end_ms=self.at,
                    remaining_bytes=self.remaining * PAGE,
                    left_bytes=left * PAGE,
                    sent_bytes=sent,
                    dirtied_bytes=dirtied * PAGE,
                    throttle=self.throttle,
                    limit_ms=self.limit,
                    actions=actions,
                )
            )

    def _autoconverge(self) -> None:
        """Throttle the guest further if it dirties too much of what is sent."""
        began, sent, dirtied = self._period
        if self.at <= began + _PERIOD_MS:
            return
        self._period = (self.at, self.sent, self.dirtied)
        found = (self.dirtied - dirtied) * PAGE
        if 100 * found > _TRIGGER_PERCENT * (self.sent - sent):
            self._high += 1
        if self._high == _PERIODS:
            self._high = 0
            throttle = self.throttle + _THROTTLE_INCREMENT if self.throttle else _THROTTLE_INITIAL
            self.throttle = min(throttle, _THROTTLE_MAX)

    def _skip_what_repeats(self, left: int) -> None:
        """Where as much remains as once before, all repeats itself until something happens."""
        starts, piece = self._migration.guest.starts, self._migration.guest.piece(self.at)
        if piece != self._piece:
            self._piece = piece
            self._seen = {}
        now = (self.number, self.at, self.sent, self.dirtied)
        before = self._seen.get(self.remaining)
        self._seen[self.remaining] = now
        if before is None:
            return
        rounds, ms, sent, dirtied = [new - old for new, old in zip(now, before)]
        looks_at = self._monitor.looks_at
        times = []
        if piece + 1 < len(starts):
            times.append((starts[piece + 1] - self.at) // ms)
        if looks_at is not None and looks_at > self.number:
            times.append((looks_at - self.number) // rounds)
        elif looks_at is not None:
            times.append((self._next_poll(self.at) - self.at) // ms)
        if not times:
            self.outcome = "never"
            return
        count = min(times)
        if count:
            start = self.at
            self.at += count * ms
            self._keep(count * rounds, start, left, count * sent, count * dirtied)
            self.number += count * rounds
            self.sent += count * sent
            self.dirtied += count * dirtied
            self._seen = {}

    @property
    def fits(self) -> bool:
        """Whether so little remains that QEMU would look at what was dirtied, if it asked."""
        return self.remaining < self._threshold

    @property
    def remaining_ms(self) -> int:
        """How long sending the rest takes."""
        return ceil_div(1000 * self.remaining * PAGE, self._migration.rate)

    @property
    def throttle_to_come(self) -> int:
        """What autoconverge can take from the guest at most, given time, percent."""
        return _THROTTLE_MAX if self._migration.auto_converge else self.throttle

    def plateau_ms(self, throttle: int) -> int:
        """The limit that would do at the last dirty rate, if the guest is throttled so much."""
        guest = self._migration.guest
        rate = guest.rates[guest.piece(self.at)] * (100 - throttle) / 100
        return plateau_ms(self._migration.rate, rate, guest.pages)


def plateau_ms(bytes_per_s: int, pages_per_ms: float, working_set: int) -> int:
    """The downtime limit below which what remains never fits, ms; 0 if any will do.

    That is so from the second round on: the first is sent faster where there are zero pages, and
    may be so short that little is dirtied in it.

    QEMU looks at what was dirtied when less remains than the threshold T, so not less than
    T - b, b being what a window of 100 ms sends.  A window dirties g of W clean pages, and
    g (1 - (T - b) / W) if T - b are still to be sent.  More than b of that, and what remains
    grows; less, and it falls until it fits.  They are equal at T = b + W (1 - b / g).

    Args:
        bytes_per_s: what can be sent.
        pages_per_ms: what the guest writes.
        working_set: where it writes that, pages.
    """
    sent = bytes_per_s * _WINDOW_MS / (1000 * PAGE_SENT)
    written = pages_per_ms * _WINDOW_MS
    dirtied = working_set * share_dirtied(written, working_set)
    if dirtied > sent:
        threshold = sent + working_set * (1 - sent / dirtied)
        return math.ceil(threshold * PAGE * 1000 / bytes_per_s)
    # A working set that one window can send fits a limit of a window.
    return _WINDOW_MS if written > sent else 0
