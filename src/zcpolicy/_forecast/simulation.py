"""The model of a pre-copy migration: `simulate`.

QEMU sends all memory, then what the guest dirtied meanwhile, round after round.
It does not send a round to its end: every 100 ms it asks whether what remains could be sent within
the downtime limit.  Only then it looks at what was dirtied since the last look (this makes the
next iteration), and if it still could, it stops the guest and sends the rest.  So what remains
falls to just below the threshold, jumps, falls again.

Beside it run two clocks.  Autoconverge takes more and more time from a guest that dirties more
than half of what is sent.  Vdsm polls every 10 s and works through the schedule.

Only the guest is a guess.  It writes random pages of its working set; a page written twice between
two looks is sent once, so in a working set W a volume v dirties W (1 - exp(-v / W)).

Everything is counted in pages, bytes, bytes a second and ms, all integers; only the dirtied pages
are computed in floats, and truncated.  The model is deterministic.

Sources: QEMU ``migration/migration.c`` (``migration_iteration_run``,
``migration_update_counters``) and ``migration/ram.c`` (``migration_bitmap_sync``,
``migration_trigger_throttle``, ``mig_throttle_guest_down``); Vdsm ``virt/migration.py``.
"""

import bisect
import itertools
import math
from typing import Dict, List, Optional, Tuple

import attr

from .._base.errors import InvalidType, InvalidValue
from .._decision.resolution import Resolution
from .._model.parameters import Parameters
from .._model.schedule import QEMU_DOWNTIME, Action, ConvergenceSchedule, Monitor, legacy_schedule
from .._model.vdsm import SHIPPED_VDSM
from .forecast import MARGIN, Forecast, Round, Workload
from .text import size_text, time_text

__all__ = ["ROUNDS_MAX", "plateau_ms", "simulate"]

_MIB = 1048576
_PAGE = 4096
_MIB_PAGES = _MIB // _PAGE

# QEMU migration/ram.c: a page goes with 8 bytes of flags and offset, a zero page as 1 byte more.
_PAGE_SENT = _PAGE + 8
_ZERO_PAGE_SENT = 9
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

# Engine counts a connection for each 10 Gbps (feature page).
_CONNECTION_BYTES_S = 10 * 10**9 // 8
_MBPS_BYTES_S = 10**6 // 8

# How many rounds a run works out at most; what repeats itself is not worked out again.  A forecast
# is up to five runs, and must not take a service more than 50 ms.
ROUNDS_MAX = 500


def simulate(resolution: Resolution, workload: Workload) -> Forecast:
    """Forecast the migration of the resolution's VM.

    A resolution without a schedule runs the one that Vdsm generates (`legacy_schedule`).  A paused
    VM dirties nothing.

    Args:
        resolution: whose parameters and memory count.
        workload: the guest's load and the network.

    Raises:
        ZcpolicyError: an argument is not of its class, or the working set is larger than the VM.
    """
    if type(resolution) is not Resolution:
        raise InvalidType("resolution", resolution, "a Resolution")
    if type(workload) is not Workload:
        raise InvalidType("workload", workload, "a Workload")
    vm = resolution.scenario.vm
    if workload.working_set_mib > vm.memory_mib:
        raise InvalidValue(
            "workload.working_set_mib",
            workload.working_set_mib,
            f"at most the VM's memory, {vm.memory_mib} MiB",
        )
    made = _migration(resolution.parameters, vm.memory_mib, workload, paused=vm.paused)
    return _forecast(made)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Guest:
    """What the guest dirties.

    Attributes:
        pages: its working set.
        starts: when its rate changes, ms; the first is 0.
        rates: the rates from then on, pages written a ms.
    """

    pages: int
    starts: Tuple[int, ...]
    rates: Tuple[float, ...]

    def piece(self, at: int) -> int:
        return bisect.bisect_right(self.starts, at) - 1

    def written(self, start: int, end: int) -> float:
        """Pages written between two times, each as often as it is written."""
        first, last = self.piece(start), self.piece(end)
        if first == last:
            return self.rates[first] * (end - start)
        edges = [start, *self.starts[first + 1 : last + 1], end]
        return sum(
            rate * (edges[i + 1] - edges[i]) for i, rate in enumerate(self.rates[first : last + 1])
        )

    def dirtied(self, clean: float, written: float) -> int:
        """How many of *clean* pages of the working set are among the *written* ones."""
        return int(clean * _share_dirtied(written, self.pages))


def _share_dirtied(written: float, pages: int) -> float:
    """The share of *pages* left dirty by so many writes, each to a random page."""
    return -math.expm1(-written / pages)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Migration:
    """The input of a run, in pages, bytes a second and ms."""

    guest: _Guest
    pages: int
    first_bytes: int
    rate: int
    bound_by: str
    link: int
    schedule: ConvergenceSchedule
    auto_converge: bool
    overhead: int

    def off(self, dirty: float, bandwidth: float) -> "_Migration":
        """The same, if the guest and the network were faster by these factors."""
        guest = attr.evolve(self.guest, rates=tuple([dirty * r for r in self.guest.rates]))
        rate, link = int(self.rate * bandwidth), int(self.link * bandwidth)
        return attr.evolve(self, guest=guest, rate=rate, link=link)


def _migration(
    parameters: Parameters, memory_mib: int, workload: Workload, *, paused: bool
) -> _Migration:
    cap = (parameters.max_bandwidth or SHIPPED_VDSM.max_bandwidth) * _MIB
    cap_of = "bandwidth" if parameters.max_bandwidth else "vdsm"
    most = (parameters.parallel or 1) * _CONNECTION_BYTES_S
    # At the switchover QEMU lifts the cap, and post-copy has none.
    link = cap if workload.link_mbps is None else round(workload.link_mbps * _MBPS_BYTES_S)
    # Of equal ones the first is named: without a link it is the cap, not the link.
    bounds = ((cap, cap_of), (link, "link"), (most, "connections"))
    rate, bound_by = min(bounds, key=lambda bound: bound[0])
    pieces = workload.dirty_mib_s
    if paused:
        pieces = 0
    if not isinstance(pieces, tuple):
        pieces = ((0, pieces),)
    own = () if parameters.downtime is None else (parameters.downtime,)
    pages = memory_mib * _MIB_PAGES
    zeros = int(pages * workload.zero_share)
    return _Migration(
        guest=_Guest(
            pages=workload.working_set_mib * _MIB_PAGES,
            starts=tuple([round(start * 1000) for start, _ in pieces]),
            rates=tuple([rate * _MIB_PAGES / 1000 for _, rate in pieces]),
        ),
        pages=pages,
        first_bytes=zeros * _ZERO_PAGE_SENT + (pages - zeros) * _PAGE_SENT,
        rate=rate,
        bound_by=bound_by,
        link=min(link, most),
        schedule=parameters.schedule or legacy_schedule(*own),
        auto_converge=parameters.auto_converge,
        overhead=workload.overhead_ms,
    )


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


class _Run:
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

    def __init__(self, migration: _Migration, rounds: Optional[List[Round]] = None) -> None:
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
        self.outcome: Optional[str] = None
        self.gave_up = False
        self._set_limit(QEMU_DOWNTIME)
        for action in migration.schedule.init:
            self._act(action)
        self.largest = self.limit

    def run(self) -> "_Run":
        """Run rounds until there is an outcome."""
        while self.outcome is None:
            self._round()
        return self

    def _set_limit(self, limit: int) -> None:
        self.limit = limit
        self.largest = max(self.largest, limit)
        # What remains fits if it is fewer pages than this.
        self._threshold = _ceil(self._migration.rate * limit, 1000 * _PAGE)
        # The time and the totals at which so much remained, as long as nothing else changes.
        self._seen: Dict[int, Tuple[int, int, int, int]] = {}

    def _act(self, action: Action) -> None:
        if action.downtime is None:
            self.outcome = {"abort": "aborted", "postcopy": "post-copy"}[action.name]
        else:
            self._set_limit(action.downtime)

    @staticmethod
    def _next_poll(at: int) -> int:
        return max(1, _ceil(at, _POLL_MS)) * _POLL_MS

    def _round(self) -> None:
        migration, guest, start = self._migration, self._migration.guest, self.at
        first = self.number == 1
        # So many pages are so many bytes; zero pages, which are cheap, are all in the first round.
        pages, cost = (migration.pages, migration.first_bytes) if first else (1, _PAGE_SENT)

        def end(windows: int) -> int:
            """When it asks and finds so little left, or before that there is nothing left."""
            enough = 1000 * cost * max(0, self.remaining - self._threshold + 1)
            windows = max(windows, _ceil(enough, _WINDOW_MS * migration.rate * pages))
            all_sent = _ceil(1000 * cost * self.remaining, migration.rate * pages)
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
                    remaining_bytes=self.remaining * _PAGE,
                    left_bytes=left * _PAGE,
                    sent_bytes=sent,
                    dirtied_bytes=dirtied * _PAGE,
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
        found = (self.dirtied - dirtied) * _PAGE
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
        return _ceil(1000 * self.remaining * _PAGE, self._migration.rate)

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
    sent = bytes_per_s * _WINDOW_MS / (1000 * _PAGE_SENT)
    written = pages_per_ms * _WINDOW_MS
    dirtied = working_set * _share_dirtied(written, working_set)
    if dirtied > sent:
        threshold = sent + working_set * (1 - sent / dirtied)
        return math.ceil(threshold * _PAGE * 1000 / bytes_per_s)
    # A working set that one window can send fits a limit of a window.
    return _WINDOW_MS if written > sent else 0


def _forecast(migration: _Migration) -> Forecast:
    rounds: List[Round] = []
    run = _Run(migration, rounds).run()
    outcome = run.outcome
    assert outcome is not None
    ends = outcome in ("completes", "post-copy")
    rest = run.remaining if ends else 0
    rest_ms = _ceil(1000 * rest * _PAGE_SENT, migration.link)
    overhead = migration.overhead if ends else 0
    return Forecast(
        outcome=outcome,
        total_ms=run.at + rest_ms + overhead,
        downtime_ms=overhead + (rest_ms if outcome == "completes" else 0),
        sent_mib=_ceil(run.sent + rest * _PAGE_SENT, _MIB),
        verdict=_verdict(run, outcome, rest_ms, overhead),
        rounds=tuple(rounds),
        rest_bytes=rest * _PAGE,
        bytes_per_s=migration.rate,
        bound_by=migration.bound_by,
        plateau_ms=run.plateau_ms(run.throttle),
        near_edge=run.gave_up or _differs(migration, outcome),
    )


def _differs(migration: _Migration, outcome: str) -> bool:
    """Whether the outcome changes if guest or network are slightly off."""
    factors = itertools.product((1 - MARGIN, 1 + MARGIN), repeat=2)
    return any(_Run(migration.off(*pair)).run().outcome != outcome for pair in factors)


def _verdict(run: _Run, outcome: str, rest_ms: int, overhead: int) -> str:
    """How the migration ends and why."""
    after = f"after {time_text(run.at)}, in round {run.number}"
    throttled = f", with the guest throttled by {run.throttle} %" if run.throttle else ""
    rest, limit = size_text(run.remaining * _PAGE), time_text(run.limit)
    plateau = run.plateau_ms(run.throttle)
    if outcome == "completes":
        why = (
            f"the rest, {rest}, fits the downtime limit of {limit}"
            if rest_ms
            else "all memory is sent"
        )
        # Explain a downtime above the limit.
        over = overhead and rest_ms + overhead > run.limit
        on_top = f"; add {time_text(overhead)} of overhead" if over else ""
        return f"It completes {after}: {why}{throttled}{on_top}."
    if outcome == "post-copy":
        return f"It switches to post-copy {after}; the rest, {rest}, takes {time_text(rest_ms)}."
    if run.gave_up:
        return (
            f"It probably never completes: nothing has ended it {after}, where the forecast stops."
        )
    if plateau > run.largest:
        why = f"the plateau of {time_text(plateau)} exceeds the largest limit reached, "
        why += time_text(run.largest)
    else:
        why = f"the plateau of {time_text(plateau)} is not below the last limit, {limit}"
    if outcome == "never":
        return (
            f"It never completes: {why}{throttled}; nothing aborts it, because the schedule ran "
            "out, which kills Vdsm's monitor."
        )
    if plateau < run.limit:
        remaining = time_text(run.remaining_ms)
        if run.fits:
            return (
                f"It is aborted {after}, before QEMU checked again: the rest takes {remaining}, "
                f"which fits the limit of {limit}{throttled}."
            )
        return (
            f"It is aborted {after}, too early: the rest takes {remaining}, and shrinks until "
            f"it fits the limit of {limit}{throttled}."
        )
    if run.plateau_ms(run.throttle_to_come) < run.limit:
        reached = f"only reached {run.throttle} %" if run.throttle else "not begun"
        return (
            f"It is aborted {after}, too early: autoconverge had {reached}, and would bring the "
            f"plateau of {time_text(plateau)} below the limit of {limit}."
        )
    return f"It is aborted {after}: {why}{throttled}."
