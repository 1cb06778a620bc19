"""One run of the model: QEMU's rounds, its autoconverge, and Vdsm's polls.

Sources: QEMU ``migration/migration.c`` (``migration_iteration_run``,
``migration_update_counters``) and ``migration/ram.c`` (``migration_bitmap_sync``,
``migration_trigger_throttle``, ``mig_throttle_guest_down``), ``system/cpu-throttle.c`` for looks
within rounds; Vdsm ``virt/migration.py``.
"""

import copy
from typing import Dict, List, Optional, Sequence, Tuple

import attr

from .._model.monitor import Monitor
from .._model.schedule import QEMU_DOWNTIME, Action
from .forecast import Outcome, Round
from .model import PAGE, PAGE_SENT, Model, ceil_div
from .plateau import plateau_ms
from .start import Start
from .throttle import PERIOD_MS, PERIODS, THROTTLE_MAX, is_high, throttled

__all__ = ["ROUNDS_MAX", "Run"]

# QEMU migration/migration.c, BUFFER_DELAY: how often QEMU checks whether it can switch over.
_WINDOW_MS = 100
# QEMU system/cpu-throttle.c, CPU_THROTTLE_DIRTY_SYNC_TIMESLICE_MS: how often autoconverge makes
# sure that there was a look.
_TICK_MS = 5000
# The most rounds that a run computes; repetitions are not computed again.
ROUNDS_MAX = 500
# Later than any end: bytes of the largest VM at a byte a second, in ms.
_NO_END = 1 << 100
# The outcome of an action that ends a migration.
_ENDS: Dict[str, Outcome] = {"abort": "aborted", "postcopy": "post-copy"}


class Run:
    """One run of the model: its state, and how a round changes it; `run` runs it to the end.

    Attributes:
        at: the time, ms.
        number: the current iteration.
        remaining: pages to send.
        sent: bytes sent.
        dirtied: pages found dirtied, in total.
        limit: the downtime limit, ms; `largest` is the largest so far.
        throttle: the share that autoconverge takes from the guest, percent.
        outcome: the outcome; None while it runs.
        rounds: a list that collects the rounds; None if nobody wants them.
        worked_out: how many rounds were computed.
        gave_up: whether the outcome is "never" only because the model stopped there.
    """

    __slots__ = (
        "_before",
        "_began",
        "_first",
        "_high",
        "_looks_at",
        "_memory",
        "_model",
        "_monitor",
        "_most",
        "_pace",
        "_period",
        "_piece",
        "_polled",
        "_seen",
        "_sets",
        "_size",
        "_threshold",
        "_until",
        "at",
        "dirtied",
        "gave_up",
        "largest",
        "limit",
        "number",
        "outcome",
        "remaining",
        "rounds",
        "sent",
        "throttle",
        "worked_out",
    )

    def __init__(
        self,
        model: Model,
        rounds: Optional[List[Round]] = None,
        *,
        start: Optional[Start] = None,
        most: int = ROUNDS_MAX,
    ) -> None:
        self._model = model
        self._monitor = Monitor(model.schedule)
        # The first iteration at which a poll can act; None if none ever will.
        self._looks_at = self._monitor.looks_at if model.poll_ms else None
        self.rounds = rounds
        self._most = most
        self._until = _NO_END
        self.worked_out = 0
        self._piece = 0
        self._period = (0, 0, 0)  # its beginning, and the bytes and pages before it
        self._high = 0  # periods with too much dirtied
        self._began = self._polled = 0
        self.at = self.sent = self.dirtied = self.throttle = self.largest = 0
        self.number = 1
        self._first = True
        self._memory = model
        self._set_pace()
        self.remaining = model.pages
        # Pages of each set that were to be sent at the last look.
        self._sets: Sequence[float] = [each.pages for each in model.guest.sets]
        self._before = model.pages
        self.outcome: Optional[Outcome] = None
        self.gave_up = False
        self._set_limit(QEMU_DOWNTIME)
        if model.poll_ms:
            for action in model.schedule.init:
                self._act(action)
        if start is not None:
            self._continue(start)
        self.largest = self.limit

    def _continue(self, start: Start) -> None:
        model = self._model
        for at, iteration in start.polls:
            action = self._poll(iteration)
            self._polled = at
            # The migration still runs, so nothing has ended it.
            if action is not None and action.downtime is not None:
                self._act(action)
        if start.limit is not None:
            self._set_limit(start.limit)
        self.at, self._began, self.number = start.at, start.began, start.number
        self.remaining, self.sent, self.throttle = start.remaining, start.sent, start.throttle
        self._first = start.whole
        self._before = max(start.at_look, 1)
        self._period, self._high = (start.began, start.sent_at_look, 0), start.high
        if start.whole:
            self._memory = attr.evolve(model, pages=max(start.remaining, 1), zeros=start.zeros)
        else:
            # No more of a set than all of it can have been left to send.
            sets = zip(model.guest.sets, start.shares)
            self._sets = [min(each.pages, start.at_look * share) for each, share in sets]
        self._set_pace()

    def run(self, until: int = _NO_END) -> "Run":
        """Run rounds until there is an outcome, or until a time, ms, even within a round."""
        self._until = until
        while self.outcome is None and self.at < until:
            self._round()
        return self

    def at_rate(self, model: Model) -> "Run":
        """Continue from here with the same guest at other rates, in a new run.

        This run stays as it is.  Neither may have begun from a `Start`.
        """
        made = copy.copy(self)
        made._monitor = copy.copy(self._monitor)
        made.rounds = self.rounds and self.rounds[:]
        made._model = made._memory = model
        made._set_pace()
        made._set_limit(self.limit)
        made.worked_out = 0
        return made

    def _set_pace(self) -> None:
        """Set how many bytes a page of this round is, and how long it takes."""
        memory, rate = self._memory, self._model.rate
        # As fractions, which round nothing: bytes and pages, and per_page / per_ms.
        if self._first:
            # All zero pages are in the first round.
            self._size = (memory.first_bytes, memory.pages)
            self._pace = (1000 * memory.first_cost, rate * memory.pages)
        else:
            self._size = (PAGE_SENT, 1)
            self._pace = (1000 * PAGE_SENT, rate)

    def _set_limit(self, limit: int) -> None:
        self.limit = limit
        self.largest = max(self.largest, limit)
        # Fewer pages than this fit.
        self._threshold = ceil_div(self._model.rate * limit, 1000 * PAGE)
        # The time and totals at which this much remained, while nothing else changes.
        self._seen: Dict[Tuple[int, ...], Tuple[int, int, int, int]] = {}

    def _act(self, action: Action) -> None:
        if action.downtime is None:
            self.outcome = _ENDS[action.name]
        else:
            self._set_limit(action.downtime)

    def _poll(self, iteration: int) -> Optional[Action]:
        """Let the monitor poll, and update `_looks_at`."""
        action = self._monitor.poll(iteration)
        self._looks_at = self._monitor.looks_at
        return action

    def _next_poll(self, at: int) -> int:
        every = self._model.poll_ms
        return max(self._polled + every, ceil_div(at, every) * every)

    def _due(self, looks_at: int, start: int, end: int) -> Optional[int]:
        """The next poll before *end* that the monitor does not ignore."""
        at = start
        if looks_at > self.number:
            if not self._model.counts:
                return None
            at = start + (looks_at - self.number) * _WINDOW_MS
        poll = self._next_poll(at)
        return poll if poll < end else None

    def _ends(self, start: int, windows: int) -> int:
        """When QEMU checks and finds little enough left, or when nothing is left."""
        per_page, per_ms = self._pace
        # Rounded up, and without calls: this runs in each round.
        enough = -(per_page * (self._threshold - 1 - self.remaining) // (_WINDOW_MS * per_ms))
        checked = _WINDOW_MS * (enough if enough > windows else windows)
        all_sent = -(-per_page * self.remaining // per_ms)
        return start + (checked if checked < all_sent else all_sent)

    def _round(self) -> None:
        model, start = self._model, self.at
        ends = look = self._ends(start, 1)
        if model.looks_within and not self._first:
            look = (self._began // _TICK_MS + 2) * _TICK_MS
            look = look if start < look < ends else ends
        actions: Tuple[Tuple[int, Action], ...] = ()
        while self._looks_at is not None:
            poll = self._due(self._looks_at, start, min(ends, look, self._until))
            if poll is None:
                break
            action = self._poll(self._number_at(start, poll))
            self._polled = poll
            if action is not None:
                actions += ((poll, action),)
                self._act(action)
                if self.outcome:
                    ends = look = poll
                    break
                before = ends
                ends = self._ends(start, (poll - start) // _WINDOW_MS + 1)
                look = min(look, ends) if look < before else ends
        self.at = at = min(ends, look, self._until)
        per_page, per_ms = self._pace
        left = max(0, self.remaining - (at - start) * per_ms // per_page)
        size, pages = self._size
        sent_bytes = (self.remaining - left) * size // pages
        if at < ends and at < look:
            # The rest of the round is sent at another rate.
            self._keep(1, start, left, sent_bytes, 0, actions)
            self.number = self._number_at(start, at)
            self.sent += sent_bytes
            self.remaining = left
            return
        dirtied = 0 if self.outcome == "aborted" else int(self._found(left))
        # Most runs keep no rounds, and this saves a call in each of them.
        if self.rounds is not None:
            self._keep(1, start, left, sent_bytes, dirtied, actions)
        self.sent += sent_bytes
        self.dirtied += dirtied
        self.remaining = self._before = left + dirtied
        self.worked_out += 1
        if self.outcome is not None:
            return
        if self.fits:
            self.outcome = "completes"
            return
        self.number += max(1, (at - start) // _WINDOW_MS) if model.counts else 1
        self._began = at
        if self._first:
            self._first = False
            self._set_pace()
        if model.auto_converge and self.throttle < THROTTLE_MAX:
            if at > self._period[0] + PERIOD_MS:
                self._autoconverge()
        else:
            self._skip_what_repeats(left)
        if self.outcome is None and self.worked_out == self._most:
            self.outcome = "never"
            self.gave_up = True

    def _number_at(self, start: int, at: int) -> int:
        """The iteration that QEMU reports at a time within the round that began at *start*."""
        return self.number + (at - start) // _WINDOW_MS if self._model.counts else self.number

    def _found(self, left: int) -> float:
        """What a look finds dirtied; updates `_sets` to what is then to be sent."""
        model = self._model
        # Pages outside all sets were never written, and count as the last to be sent.
        whole = model.pages if self._first else sum(self._sets) or 1.0
        running = (100 - self.throttle) / 100
        self._sets, found = model.guest.looked(
            self._began, self.at, running, self._sets, left, whole
        )
        return found

    def _keep(
        self,
        count: int,
        start: int,
        left: int,
        sent: int,
        dirtied: int,
        actions: Tuple[Tuple[int, Action], ...] = (),
    ) -> None:
        if self.rounds is not None:
            self.rounds.append(
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
        _, sent, dirtied = self._period
        self._period = (self.at, self.sent, self.dirtied)
        if is_high((self.dirtied - dirtied) * PAGE, self.sent - sent):
            self._high += 1
        if self._high == PERIODS:
            self._high = 0
            self.throttle = throttled(self.throttle)

    def _skip_what_repeats(self, left: int) -> None:
        """Skip identical rounds: once as much remains as before, all repeats until an event."""
        model = self._model
        starts, piece = model.guest.starts, model.guest.piece(self.at)
        if piece != self._piece:
            self._piece = piece
            self._seen = {}
        now = (self.number, self.at, self.sent, self.dirtied)
        state = (
            (self.remaining, *map(int, self._sets)) if len(self._sets) > 1 else (self.remaining,)
        )
        before = self._seen.get(state)
        self._seen[state] = now
        if before is None:
            return
        rounds, ms, sent, dirtied = [new - old for new, old in zip(now, before)]
        looks_at = self._looks_at
        times = []
        if piece + 1 < len(starts):
            times.append((starts[piece + 1] - self.at) // ms)
        if looks_at is not None and looks_at > self.number:
            times.append((looks_at - self.number) // rounds)
        elif looks_at is not None:
            times.append((self._next_poll(self.at) - self.at) // ms)
        if self._until < _NO_END:
            times.append((self._until - self.at) // ms)
        if not times:
            self.outcome = "never"
            return
        count = min(times)
        if count:
            start = self.at
            self.at += count * ms
            self._keep(count * rounds, start, left, count * sent, count * dirtied)
            self._began = self.at
            self.number += count * rounds
            self.sent += count * sent
            self.dirtied += count * dirtied
            self._seen = {}

    @property
    def fits(self) -> bool:
        """Whether so little remains that QEMU would look at what was dirtied at its next check."""
        return not self.remaining or self.remaining < self._threshold

    @property
    def remaining_ms(self) -> int:
        """How long sending the rest takes, ms."""
        return ceil_div(1000 * self.remaining * PAGE, self._model.rate)

    @property
    def throttle_to_come(self) -> int:
        """The most that autoconverge can take from the guest, given time, percent."""
        return THROTTLE_MAX if self._model.auto_converge else self.throttle

    def plateau_ms(self, throttle: int) -> int:
        """The limit that would do at the last dirty rate with this throttle, ms."""
        guest = self._model.guest
        piece = guest.piece(self.at)
        running = (100 - throttle) / 100
        sets = [(each.pages, each.rates[piece] * running, each.sweeps) for each in guest.sets]
        return plateau_ms(self._model.rate, sets)
