"""The model of a migration, against hand-computed rounds and a naive transcription of its rules."""

import itertools
import math
from fractions import Fraction
from typing import Any, List, Optional, Sequence, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import refusal
from zcpolicy._forecast.forecast import Round
from zcpolicy._forecast.plateau import plateau_ms
from zcpolicy._forecast.run import ROUNDS_MAX
from zcpolicy._forecast.simulation import simulate
from zcpolicy._model.monitor import Monitor

ABORT = zc.Action(name="abort")
POSTCOPY = zc.Action(name="postcopy")
ID = "11111111-2222-3333-4444-555555555555"
Entries = Sequence[Tuple[int, zc.Action]]

# The link on which 125 pages of 4104 bytes pass in a millisecond, 12,500 in a window of 100 ms.
LINK = 4104
PER_MS = 125
RATE = PER_MS * 4104 * 1000
# A VM of 1,024,000 pages, a working set of 256,000.
MEMORY, WORKING_SET = 4000, 1000
# Zero pages are passed over so fast that their time is none.
INSTANTLY = 2147483647


def downtime(ms: int) -> zc.Action:
    return zc.Action(name="setDowntime", params=(str(ms),))


def policy(
    *entries: Tuple[int, zc.Action], init: Optional[int] = 300, auto: bool = False
) -> zc.MigrationPolicy:
    """A policy with this schedule."""
    return zc.MigrationPolicy(
        id=ID,
        name="mine",
        max_migrations=1,
        auto_convergence=auto,
        schedule=zc.ConvergenceSchedule(
            init=[] if init is None else [downtime(init)],
            stalling=[zc.StallingEntry(limit=limit, action=action) for limit, action in entries],
        ),
    )


def resolution(
    choice: Any = None, *, memory: int = MEMORY, mbps: Any = 100000, **vm: Any
) -> zc.Resolution:
    """A resolution with this policy; the cap is far above the link."""
    return zc.resolve(
        zc.Cluster(bandwidth=mbps, level="4.8"),
        zc.Host(),
        policy() if choice is None else choice,
        zc.VM(memory_mib=memory, **vm),
    )


def workload(dirty: Any = 0, working_set: int = WORKING_SET, **more: Any) -> zc.Workload:
    return zc.Workload(
        dirty_mib_s=dirty,
        working_set_mib=working_set,
        **{"link_mbps": LINK, "overhead_ms": 7, **more},
    )


def run(choice: Any = None, dirty: Any = 0, **more: Any) -> zc.Forecast:
    return simulate(resolution(choice), workload(dirty, **more))


class TestRounds:
    """Rounds that were computed by hand."""

    def test_an_idle_guest_needs_one(self) -> None:
        """All memory but what fits the limit is sent while it runs, the rest at the switchover."""
        found = run()
        # 513 MB/s * 300 ms / 4096 bytes = 37573.2 pages fit; 79 windows leave fewer.
        assert found.rounds == (
            Round(
                iteration=1,
                start_ms=0,
                end_ms=7900,
                remaining_bytes=1024000 * 4096,
                left_bytes=36500 * 4096,
                sent_bytes=987500 * 4104,
                dirtied_bytes=0,
                limit_ms=300,
            ),
        )
        assert found.outcome == "completes"
        assert found.rest_bytes == 36500 * 4096
        assert found.bytes_per_s == RATE
        # 36500 pages take 292 ms, and 7 ms are the overhead.
        assert (found.downtime_ms, found.total_ms) == (299, 8199)
        assert found.sent_mib == math.ceil(1024000 * 4104 / 2**20) == 4008
        assert found.plateau_ms == 0
        assert (found.outcomes, found.near_edge) == (("completes",), False)

    def test_what_is_dirtied_follows(self) -> None:
        """Of the clean pages of the working set, those written at least once are sent again."""
        found = run(dirty=125)
        first, second = found.rounds[:2]
        # 32 pages a ms are written; 9125 of those that are left are in the working set.
        dirtied = int((256000 - 9125) * (1 - math.exp(-32 * 7900 / 256000)))
        assert dirtied == 154912
        assert first.dirtied_bytes == dirtied * 4096
        assert second.iteration == 2
        assert second.start_ms == 7900
        assert second.remaining_bytes == (36500 + dirtied) * 4096
        # 153,839 pages or more must go: 13 windows.
        assert second.end_ms == 9200
        assert second.left_bytes == (36500 + dirtied - 13 * 12500) * 4096
        assert second.sent_bytes == 13 * 12500 * 4104
        # All that is left is in the working set now.
        left = 36500 + dirtied - 13 * 12500
        again = int((256000 - left) * (1 - math.exp(-32 * 1300 / 256000)))
        assert second.dirtied_bytes == again * 4096

    def test_a_round_takes_a_window_at_least(self) -> None:
        """QEMU asks every 100 ms, so a small VM is sent for one window."""
        found = simulate(resolution(memory=60), workload(working_set=1))
        assert [each.end_ms for each in found.rounds] == [100]
        assert found.rounds[0].left_bytes == (60 * 256 - 12500) * 4096

    def test_unless_nothing_is_left(self) -> None:
        """With nothing left to send it asks at once."""
        found = simulate(resolution(memory=20), workload(working_set=1))
        assert [each.end_ms for each in found.rounds] == [41]  # 5120 pages, 125 a ms
        assert found.rounds[0].left_bytes == 0
        assert found.downtime_ms == 7

    @pytest.mark.parametrize(("limit", "windows"), [(128, 57), (129, 56)])
    def test_a_round_ends_with_less_than_fits(self, limit: int, windows: int) -> None:
        """Of 716,032 pages 56 windows leave 16,032, and 16,031.25 can be sent in 128 ms."""
        found = simulate(resolution(policy(init=limit), memory=2797), workload())
        assert found.rounds[0].end_ms == windows * 100
        assert found.rounds[0].left_bytes == (716032 - windows * 12500) * 4096

    @pytest.mark.parametrize(("dirtied", "rounds"), [(1073, 1), (1074, 2)])
    def test_it_switches_over_with_less_than_fits(self, dirtied: int, rounds: int) -> None:
        """36,500 pages are left, and 37,573.2 can be sent in 300 ms."""
        written = -256000 * math.log1p(-(dirtied + 0.5) / (256000 - 9125))
        found = run(dirty=written / 7900 / 0.256)
        assert found.rounds[0].dirtied_bytes == dirtied * 4096
        assert len(found.rounds) == rounds

    def test_zero_pages_cost_nine_bytes(self) -> None:
        """The first round sends a zero page as 9 bytes; it counts as a whole page all the same."""
        found = run(zero_share=0.5, zero_scan_mib_s=INSTANTLY)
        (only,) = found.rounds
        assert only.sent_bytes + 0 == (1024000 * 4096 - only.left_bytes) // 4096 * 4113 // 2
        assert only.end_ms == 4000
        none = run(zero_share=1, zero_scan_mib_s=INSTANTLY)
        assert none.total_ms < 100
        assert none.sent_mib == math.ceil(1024000 * 9 / 2**20) == 9

    def test_autoconverge(self) -> None:
        """More than half dirtied in two periods takes 20 %, in each two more 10 %."""
        found = run(policy(auto=True), dirty=2000)
        throttles = [each.throttle for each in found.rounds]
        steps = [key for key, _ in itertools.groupby(throttles)]
        assert steps[:4] == [0, 20, 30, 40]
        assert steps == sorted(steps)
        # The first period dirties 25 % of what is sent; nothing is counted in it.
        assert throttles[:6] == [0, 0, 0, 20, 20, 30]
        assert found.outcome == "completes"

    def test_autoconverge_ends_at_99(self) -> None:
        """A guest always keeps a hundredth of its time."""
        found = run(policy(auto=True, init=1), dirty=2000000)
        assert {each.throttle for each in found.rounds} == {0, *range(20, 100, 10), 99}
        assert found.outcome == "never"

    @pytest.mark.parametrize(("dirty", "throttled"), [(60, False), (400, True)])
    def test_less_than_half_is_left_alone(self, dirty: int, throttled: bool) -> None:
        """Autoconverge looks at dirtied against sent bytes."""
        found = run(policy(auto=True), dirty=dirty, working_set=4000)
        assert any(each.throttle for each in found.rounds) is throttled

    def test_half_is_not_more_than_half(self) -> None:
        """A period in which exactly half of the sent bytes were dirtied does not count."""
        # 256 windows send 3,200,000 pages of 4104 bytes; 1,603,125 of 4096 are half of that.
        whole = 12600 * 256
        for dirtied, throttle in ((1603125, 0), (1603126, 20)):
            written = -whole * math.log1p(-(dirtied + 0.5) / 3200000)
            rates = ((0, written / 25600 / 0.256), (25.6, 3000))
            found = simulate(
                resolution(policy(auto=True), memory=12600), workload(rates, working_set=12600)
            )
            assert found.rounds[0].sent_bytes == 3200000 * 4104
            assert found.rounds[0].dirtied_bytes == dirtied * 4096
            assert [each.throttle for each in found.rounds[:3]] == [0, 0, throttle]

    def test_vdsm_polls_every_ten_seconds(self) -> None:
        """The first poll sees the round of 10 s; one whose limit is passed runs the head."""
        entries = [(0, downtime(400)), (0, downtime(500)), (-1, ABORT)]
        found = run(policy(*entries), dirty=3000)
        acted = [(at, action) for each in found.rounds for at, action in each.actions]
        assert acted == [(20000, downtime(400)), (30000, downtime(500)), (40000, ABORT)]
        assert (found.outcome, found.total_ms, found.downtime_ms) == ("aborted", 40000, 0)
        last = found.rounds[-1]
        assert (last.end_ms, last.dirtied_bytes, found.rest_bytes) == (40000, 0, 0)
        assert found.sent_mib == math.ceil(sum(each.sent_bytes for each in found.rounds) / 2**20)

    def test_a_new_limit_counts_at_once(self) -> None:
        """The window after the poll asks with the new limit, not with the round's."""
        found = run(policy((0, downtime(5000))), dirty=3000)
        ended = found.rounds[-1]
        assert ended.actions == ((20000, downtime(5000)),)
        assert ended.limit_ms == 5000
        assert ended.start_ms < 20000 < ended.end_ms
        assert found.outcome == "completes"

    def test_post_copy(self) -> None:
        """The switch costs the overhead alone; the rest follows while the guest runs."""
        found = simulate(
            resolution(policy((0, POSTCOPY), (-1, ABORT))), workload(dirty=3000, overhead_ms=40)
        )
        last = found.rounds[-1]
        assert last.actions == ((20000, POSTCOPY),)
        rest = found.rest_bytes // 4096
        assert found.rest_bytes == last.left_bytes + last.dirtied_bytes > 0
        assert found.downtime_ms == 40
        assert found.total_ms == 20000 + 40 + math.ceil(rest / PER_MS)
        assert found.outcome == "post-copy"
        sent = sum(each.sent_bytes for each in found.rounds) + rest * 4104
        assert found.sent_mib == math.ceil(sent / 2**20)


class TestInputs:
    """What of a resolution and a workload counts."""

    @pytest.mark.parametrize(
        ("mbps", "link", "connections", "rate", "last", "bound"),
        [
            # The cap, 800 Mbps as 100 MiB/s, also at the switchover if no link is given.
            (800, None, None, 100 * 2**20, 100 * 2**20, "bandwidth"),
            # Vdsm's own 52 MiB/s.
            ("hypervisor_default", None, None, 52 * 2**20, 52 * 2**20, "vdsm"),
            # QEMU lifts the cap at the switchover.
            (800, 5000, None, 100 * 2**20, 625000000, "bandwidth"),
            (8000, 1000, None, 125000000, 125000000, "link"),
            (8000, 1.5, None, 187500, 187500, "link"),
            # A connection has 20 Gbps.
            (100000, None, None, 2500000000, 2500000000, "connections"),
            (100000, 50000, None, 2500000000, 2500000000, "connections"),
            (200000, None, 2, 5000000000, 5000000000, "connections"),
            (8000, 50000, 2, 1000 * 2**20, 5000000000, "bandwidth"),
            (100000, 50000, 255, 6250000000, 6250000000, "link"),
            # Of two that are as slow the request's is named, then the link.
            ("hypervisor_default", 436.207616, None, 52 * 2**20, 52 * 2**20, "vdsm"),
            (800, 838.8608, None, 100 * 2**20, 100 * 2**20, "bandwidth"),
            (100000, 10000, None, 1250000000, 1250000000, "link"),
        ],
    )
    def test_the_rate(
        self, mbps: Any, link: Any, connections: Any, rate: int, last: int, bound: str
    ) -> None:
        """The slowest of cap, link and connections counts; at the switchover the cap does not."""
        vm = {} if connections is None else {"vcpus": 255, "parallel": connections}
        found = simulate(
            resolution(mbps=mbps, memory=40000, **vm),
            workload(0, 1, link_mbps=link, overhead_ms=0),
        )
        assert (found.bytes_per_s, found.bound_by) == (rate, bound)
        rest = found.rest_bytes // 4096 * 4104
        assert found.downtime_ms == math.ceil(1000 * rest / last)

    def test_without_a_schedule_vdsm_makes_one(self) -> None:
        """Legacy runs the legacy schedule of the resolution's downtime, else of 500 ms."""
        for ms, made in ((None, zc.legacy_schedule(500)), (900, zc.legacy_schedule(900))):
            found = simulate(resolution("legacy", mbps=200000, downtime=ms), workload(3000))
            ran = [action for each in found.rounds for _, action in each.actions]
            assert ran == [entry.action for entry in made.stalling]
            assert found.rounds[0].limit_ms == made.init[0].downtime
            assert found.outcome == "aborted"

    def test_vdsm_can_always_make_one(self) -> None:
        """No downtime that a resolution can have is too small for the legacy schedule."""
        for ms in range(1, 200):
            assert zc.legacy_schedule(ms).stalling

    def test_qemus_limit_without_another(self) -> None:
        """With nothing in init QEMU's own limit of 300 ms counts."""
        assert [each.limit_ms for each in run(policy(init=None)).rounds] == [300]

    def test_autoconverge_is_the_resolutions(self) -> None:
        """Without it the guest is never throttled."""
        assert {each.throttle for each in run(dirty=3000).rounds} == {0}

    def test_a_paused_guest_writes_nothing(self) -> None:
        """A paused VM dirties no memory, whatever the workload says."""
        paused = simulate(resolution(paused=True), workload(3000))
        idle = run()
        assert paused == attr.evolve(idle, assumed=paused.assumed)
        assert paused.total_ms_range[0] == idle.total_ms_range[0]

    def test_the_overhead_is_50_ms_by_default(self) -> None:
        """The default is what public measurements of a switchover say."""
        found = simulate(resolution(), zc.Workload(dirty_mib_s=0, working_set_mib=1))
        assert found.downtime_ms == 50 + math.ceil(
            1000 * (found.rest_bytes // 4096 * 4104) / found.bytes_per_s
        )

    def test_the_rate_may_change(self) -> None:
        """A dirty rate counts from its second to the next one."""
        idle = run()
        assert run(dirty=((0, 0), (7.9, 5000))).rounds == idle.rounds
        later = run(dirty=((0, 0), (7.8, 125), (7.85, 0)))
        (first, *_) = later.rounds
        written = 32 * 50
        assert (
            first.dirtied_bytes == int((256000 - 9125) * (1 - math.exp(-written / 256000))) * 4096
        )
        assert run(dirty=((0, 125), (3, 125), (7, 125))).rounds == run(dirty=125).rounds

    @pytest.mark.parametrize(
        ("arguments", "refused"),
        [
            ((None, workload()), ("resolution", None, "a Resolution")),
            ((resolution(), 5), ("workload", 5, "a Workload or a Fit")),
            (
                (resolution(), workload(working_set=4001)),
                ("workload.working_set_mib", 4001, "at most the VM's memory, 4000 MiB"),
            ),
        ],
    )
    def test_what_is_refused(self, arguments: Any, refused: Any) -> None:
        """Other arguments, and a working set larger than the VM, are refused."""
        assert refusal(simulate, *arguments) == refused

    def test_a_working_set_may_be_the_whole_vm(self) -> None:
        """All memory may be written."""
        assert run(working_set=MEMORY).outcome == "completes"


@attr.s(auto_attribs=True, slots=True)
class Naive:
    """The rules in windows of 100 ms, each as it is said, without any shortcut."""

    limits: List[int]
    outcome: Optional[str] = None
    ms: int = 0
    iteration: int = 1
    throttle: int = 0

    def play(
        self,
        schedule: zc.ConvergenceSchedule,
        rate: float,
        working_set: int,
        auto: bool,
        until: int,
    ) -> None:
        """Rates in pages a ms, sizes in pages."""
        remaining, pages = 1024000, 1024000
        begin, sent, dirtied, high = 0, 0, 0, 0
        elapsed, start_of_round = 0, remaining
        polls: List[int] = []
        while self.ms <= until:
            if self.ms and self.ms % 10000 == 0:
                before = schedule.replay(polls).actions
                polls.append(self.iteration)
                for _, action in schedule.replay(polls).actions[len(before) :]:
                    if action.downtime is None:
                        self.outcome = "aborted"
                        return
                    self.limits.append(action.downtime)
            elapsed += 100
            self.ms += 100
            remaining = start_of_round - min(start_of_round, elapsed * PER_MS)
            fits = Fraction(RATE * self.limits[-1], 1000)
            if remaining * 4096 >= fits:
                continue
            sent += start_of_round - remaining
            unsent = remaining * working_set / pages if self.iteration == 1 else remaining
            clean = working_set - min(unsent, working_set)
            written = rate * elapsed * (100 - self.throttle) / 100
            new = int(clean * -math.expm1(-written / working_set))
            dirtied += new
            remaining += new
            if remaining * 4096 < fits:
                self.outcome = "completes"
                return
            if self.ms > begin + 1000:
                high += dirtied * 4096 * 2 > sent * 4104
                if auto and high == 2:
                    high = 0
                    self.throttle = min(99, self.throttle + 10) if self.throttle else 20
                begin, sent, dirtied = self.ms, 0, 0
            self.iteration += 1
            elapsed, start_of_round = 0, remaining


_LIMITS = st.integers(101, 3000)
_ENTRIES = st.lists(st.tuples(st.integers(-1, 30), st.builds(downtime, _LIMITS)), max_size=4)


class TestAgainstTheRules:
    """The model leaps from round to round, and over rounds that repeat; the naive one walks."""

    @given(
        init=_LIMITS,
        entries=_ENTRIES,
        aborts=st.booleans(),
        auto=st.booleans(),
        dirty=st.floats(0, 3000),
        working_set=st.integers(200, 4000),
    )
    def test_they_agree(
        self,
        init: int,
        entries: List[Tuple[int, zc.Action]],
        aborts: bool,
        auto: bool,
        dirty: float,
        working_set: int,
    ) -> None:
        """Outcome, time, iteration, throttle and limit are the same."""
        chosen = policy(*entries, *([(-1, ABORT)] if aborts else []), init=init, auto=auto)
        self.agree(chosen, auto, dirty, working_set)

    @pytest.mark.parametrize("dirty", range(230, 310, 2))
    def test_they_agree_on_when_to_throttle(self, dirty: int) -> None:
        """Where about half of what is sent is dirtied, too."""
        self.agree(policy(auto=True), True, dirty, MEMORY)

    @staticmethod
    def agree(chosen: zc.MigrationPolicy, auto: bool, dirty: float, working_set: int) -> None:
        found = run(chosen, dirty=dirty, working_set=working_set)
        init = found.rounds[0].limit_ms
        assert chosen.schedule is not None
        naive = Naive([init])
        last = found.rounds[-1]
        until = min(last.end_ms, 200000)
        naive.play(chosen.schedule, dirty * 256 / 1000, working_set * 256, auto, until)
        if last.end_ms <= until and found.outcome != "never":
            assert naive.outcome == found.outcome
            assert naive.ms == last.end_ms
            assert naive.iteration == last.iteration
            assert naive.throttle == last.throttle
            assert naive.limits[-1] == last.limit_ms
        else:
            assert naive.outcome is None
            done = [each for each in found.rounds if each.end_ms <= until]
            assert naive.iteration >= done[-1].iteration + done[-1].count

    @given(
        limit=st.integers(101, 1000),
        late=st.integers(20, 3000),
        dirty=st.floats(700, 3000),
        working_set=st.integers(500, 4000),
    )
    def test_waiting_is_exact(self, limit: int, late: int, dirty: float, working_set: int) -> None:
        """An abort that is due after many equal rounds comes at its very poll and iteration."""
        chosen = policy((late, ABORT), init=limit)
        found = run(chosen, dirty=dirty, working_set=working_set)
        assert chosen.schedule is not None
        naive = Naive([limit])
        naive.play(chosen.schedule, dirty * 256 / 1000, working_set * 256, False, 1000000)
        last = found.rounds[-1]
        if found.total_ms <= 900000:
            assert (naive.outcome, naive.ms) == (found.outcome, last.end_ms)
            assert naive.iteration == last.iteration


class TestMonitor:
    """What the model asks of Vdsm's monitor beyond a replay."""

    @given(
        limits=st.lists(st.integers(-1, 12), max_size=5),
        last=st.sampled_from([None, ABORT, POSTCOPY]),
        jumps=st.lists(st.integers(0, 4), max_size=30),
    )
    def test_polls_that_it_passes_over_can_be_left_out(
        self, limits: List[int], last: Optional[zc.Action], jumps: List[int]
    ) -> None:
        """A poll before the iteration that it looks at does nothing and changes nothing."""
        entries = [(limit, downtime(200 + limit)) for limit in limits]
        schedule = policy(*entries, *([(0, last)] if last else [])).schedule
        assert schedule is not None
        all_polls, some_polls = Monitor(schedule), Monitor(schedule)
        for iteration in itertools.accumulate(jumps):
            expected = all_polls.poll(iteration)
            looks_at = some_polls.looks_at
            if looks_at is None or iteration < looks_at:
                assert expected is None
            else:
                assert some_polls.poll(iteration) == expected


class TestRepetition:
    """Rounds that repeat themselves are not worked out again."""

    def test_nothing_more_happens(self) -> None:
        """Without an abort to come the migration never ends, and one knows after few rounds."""
        found = run(dirty=3000)
        assert (found.outcome, found.downtime_ms, found.rest_bytes) == ("never", 0, 0)
        assert found.total_ms == found.rounds[-1].end_ms
        assert len(found.rounds) < 20
        assert not found.near_edge

    def test_a_late_abort_comes(self) -> None:
        """A run of equal rounds is one record, and its sums are those of its rounds."""
        found = run(policy((100000, ABORT)), dirty=3000)
        assert found.outcome == "aborted"
        long = max(found.rounds, key=lambda each: each.count)
        one = found.rounds[found.rounds.index(long) - 1]
        assert long.count > 90000
        assert long.end_ms - long.start_ms == long.count * (one.end_ms - one.start_ms)
        assert long.sent_bytes == long.count * one.sent_bytes
        assert long.dirtied_bytes == long.count * one.dirtied_bytes
        assert found.rounds[-1].iteration - 1 > 100000
        assert found.rounds[-1].end_ms % 10000 == 0

    def test_a_late_change_comes(self) -> None:
        """A guest that rests after a day lets the migration complete then."""
        found = run(dirty=((0, 3000), (86400, 0)))
        assert found.outcome == "completes"
        assert 86400000 < found.total_ms < 86405000
        assert len(found.rounds) < 40
        assert all(each.end_ms <= 86400000 for each in found.rounds if each.count > 1)

    def test_a_change_between_is_no_repetition(self) -> None:
        """That as much remains as before a change does not mean that all repeats itself."""
        alone = run(dirty=3000)
        change = alone.total_ms / 1000 + 0.01
        rates = ((0, 3000), (change, 1000), (change + 3, 3000), (86400, 0))
        (long,) = [each for each in run(dirty=rates).rounds if each.count > 1]
        last = alone.rounds[-1]
        assert long.remaining_bytes == last.remaining_bytes
        assert long.end_ms - long.start_ms == long.count * (last.end_ms - last.start_ms)

    def test_a_monitor_that_waits_for_its_poll(self) -> None:
        """Where an entry is due, the rounds up to the poll are one record, too."""
        found = run(policy((0, downtime(200)), (0, ABORT), init=150), dirty=2000, working_set=140)
        assert found.outcome == "aborted"
        assert any(each.count > 10 for each in found.rounds)
        acted = [(at, action) for each in found.rounds for at, action in each.actions]
        assert acted == [(20000, downtime(200)), (30000, ABORT)]

    @given(
        dirty=st.floats(0, 10000),
        working_set=st.integers(1, MEMORY),
        auto=st.booleans(),
        late=st.integers(0, 2**31 - 1),
    )
    def test_rounds_fit_together(
        self, dirty: float, working_set: int, auto: bool, late: int
    ) -> None:
        """Each round begins where and with what the one before ended, and the totals are theirs."""
        found = run(policy((late, ABORT), auto=auto), dirty=dirty, working_set=working_set)
        assert found.rounds[0].start_ms == 0
        assert found.rounds[0].iteration == 1
        for one, next_one in zip(found.rounds, found.rounds[1:]):
            assert next_one.start_ms == one.end_ms > one.start_ms
            assert next_one.iteration == one.iteration + one.count
            assert next_one.throttle >= one.throttle
            if one.count == 1:
                assert next_one.remaining_bytes == one.left_bytes + one.dirtied_bytes
        rest = found.rest_bytes // 4096
        assert found.total_ms == (
            found.rounds[-1].end_ms
            + (math.ceil(rest / PER_MS) + 7 if found.outcome == "completes" else 0)
        )
        sent = sum(each.sent_bytes for each in found.rounds) + rest * 4104
        assert found.sent_mib == math.ceil(sent / 2**20)


# What makes the model work longest: guests near the edge, schedules and rates that change often.
HARD = [
    (policy(), MEMORY, 489.0),
    (policy((2**31 - 1, ABORT)), MEMORY, 489.0),
    (policy(*[(-1, downtime(1 + i % 1999)) for i in range(5000)]), 500, 3000),
    (policy(*[(i, downtime(1 + i % 1999)) for i in range(5000)], auto=True), 500, 3000000),
    (policy(), 500, tuple((i * 60, 2000 + i % 7 * 300) for i in range(1000))),
    (policy((-1, downtime(101)), auto=True), MEMORY, tuple((i, i) for i in range(1000))),
    (policy(init=1), 1, 2147483647),
    ("legacy", MEMORY, 100000),
]


class TestEffort:
    """The model ends, and soon."""

    @pytest.mark.parametrize(("chosen", "working_set", "dirty"), HARD, ids=itertools.count())
    def test_a_run_is_short(self, chosen: Any, working_set: int, dirty: Any) -> None:
        """No run works out more than 500 rounds; what repeats is one record."""
        found = run(chosen, dirty=dirty, working_set=working_set)
        assert len(found.rounds) <= 2 * ROUNDS_MAX
        assert sum(each.count == 1 for each in found.rounds) <= ROUNDS_MAX == 500

    def test_where_it_gives_up_it_says_so(self) -> None:
        """A guest that converges too slowly never completes as far as can be told."""
        chosen, working_set, dirty = HARD[2]
        found = run(chosen, dirty=dirty, working_set=working_set)
        assert sum(each.count == 1 for each in found.rounds) == ROUNDS_MAX
        assert (found.outcome, found.near_edge, found.rest_bytes) == ("never", True, 0)
        last = found.rounds[-1]
        assert found.total_ms == last.end_ms
        assert found.verdict == (
            "It probably never completes: nothing has ended it after 41 min 20 s, "
            f"in round {last.iteration + last.count}, where the forecast stops."
        )


class TestPlateau:
    """The limit that a migration needs, in closed form."""

    @pytest.mark.parametrize(
        ("rate", "pages_per_ms", "working_set", "expected"),
        [
            (RATE, 0, 256000, 0),
            # What a window sends, or less.
            (RATE, 125, 256000, 0),
            # It grows with what is written, to all of the working set.
            (RATE, 250, 256000, 1072),
            (RATE, 1e9, 256000, 2045),
            # A working set that a window sends.
            (RATE, 1e9, 12000, 100),
        ],
    )
    def test_values(self, rate: int, pages_per_ms: float, working_set: int, expected: int) -> None:
        """Values computed by hand from b + W (1 - b / g)."""
        assert plateau_ms(rate, [(working_set, pages_per_ms, False)]) == expected

    @given(
        rate=st.integers(125000, 10**11),
        faster=st.floats(1, 100),
        written=st.floats(0, 10**6),
        more=st.floats(1, 100),
        working_set=st.integers(256, 10**9),
    )
    def test_it_is_monotone(
        self, rate: int, faster: float, written: float, more: float, working_set: int
    ) -> None:
        """More bandwidth never raises it, nor does a lower dirty rate; a ms is left to floats."""
        plateau = plateau_ms(rate, [(working_set, written, False)])
        slack = 1 + plateau * 1e-6
        assert plateau_ms(int(rate * faster), [(working_set, written, False)]) <= plateau + slack
        assert plateau_ms(rate, [(working_set, written * more, False)]) >= plateau - slack

    @pytest.mark.parametrize("limit", [110, 150, 300, 500, 1000, 2000, 5000, 20000])
    def test_it_decides(self, limit: int) -> None:
        """With one limit and without autoconverge a migration completes if it is over it."""
        made = policy(init=limit)
        for working_set in (100, 400, 1000, 4000):
            for dirty in (400, 480, 520, 600, 1000, 3000, 100000):
                found = run(made, dirty=dirty, working_set=working_set)
                assert abs(found.plateau_ms - limit) > 1, (working_set, dirty)
                expected = "completes" if limit > found.plateau_ms else "never"
                assert found.outcome == expected, (working_set, dirty)

    @given(
        memory=st.integers(200, MEMORY),
        share=st.floats(0.001, 1),
        dirty=st.floats(0, 5000),
        limit=st.integers(101, 5000),
        zero_share=st.one_of(st.floats(0, 1), st.sampled_from([0, 1])),
    )
    def test_it_decides_after_the_first_round(
        self, memory: int, share: float, dirty: float, limit: int, zero_share: float
    ) -> None:
        """With a limit over it a migration completes; with one below never, but in round 1."""
        made = resolution(policy(init=limit), memory=memory)
        found = simulate(made, workload(dirty, math.ceil(memory * share), zero_share=zero_share))
        if "probably" in found.verdict:
            return  # so near the plateau that it would take too many rounds
        first = len(found.rounds) == 1
        if limit > found.plateau_ms + 1:
            assert found.outcome == "completes"
        elif limit < found.plateau_ms - 1:
            assert found.outcome == ("completes" if first else "never")

    def test_the_first_round_may_be_short(self) -> None:
        """Zero pages are sent in no time; so little may be dirtied meanwhile that it fits."""
        made = resolution(policy(), memory=4096, mbps=1000)
        found = simulate(
            made,
            zc.Workload(
                dirty_mib_s=250, working_set_mib=2048, zero_share=1, zero_scan_mib_s=INSTANTLY
            ),
        )
        assert (found.outcome, len(found.rounds), found.rounds[0].end_ms) == ("completes", 1, 72)
        assert found.plateau_ms == 8258

    def test_the_throttle_counts(self) -> None:
        """The plateau is that of the guest as it is throttled at the end."""
        free = run(policy((2, ABORT)), dirty=3000)
        throttled = run(policy((2, ABORT), auto=True), dirty=3000)
        assert throttled.rounds[-1].throttle
        assert throttled.plateau_ms < free.plateau_ms

    def test_the_rate_of_the_end_counts(self) -> None:
        """Where the dirty rate changes, the last one reached decides."""
        found = run(dirty=((0, 100), (5, 3000)))
        assert found.plateau_ms == run(dirty=3000).plateau_ms


RANKS = ("never", "aborted", "post-copy", "completes")
SHIPPED = [
    zc.policies.MINIMAL_DOWNTIME,
    zc.policies.SUSPEND_WORKLOAD,
    zc.policies.POST_COPY,
    zc.policies.VERY_LARGE_VMS,
    zc.policies.LEGACY,
]


def rank(found: zc.Forecast) -> int:
    return RANKS.index(found.outcome)


class TestMonotony:
    """More bandwidth or a lower dirty rate; what is true of them, and what is not."""

    @pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: each.name)
    @pytest.mark.parametrize(
        "guests",
        [
            ((4096, 8), (65536, 1), (1048576, 2)),
            pytest.param(
                ((4096, 2), (4096, 1), (65536, 8), (65536, 2), (1048576, 8), (1048576, 1)),
                marks=pytest.mark.slow,
            ),
        ],
        ids=["few", "others"],
    )
    def test_twice_as_good_is_never_worse(
        self, shipped: zc.MigrationPolicy, guests: Sequence[Tuple[int, int]]
    ) -> None:
        """With a shipped policy half the dirty rate, or twice the bandwidth, is no worse."""
        for memory, share in guests:
            made = resolution(shipped, memory=memory)
            grid = {
                (speed, ratio): simulate(
                    made,
                    workload(speed * 0.125 * ratio, memory // share, link_mbps=speed),
                )
                for speed in (500, 1000, 2000, 4000, 8000)
                for ratio in (0.125, 0.25, 0.5, 1, 2, 4, 8)
            }
            for (speed, ratio), found in grid.items():
                slower = grid.get((speed, ratio * 2))
                narrower = grid.get((speed // 2, ratio * 2))  # the same dirty rate
                for worse in (slower, narrower):
                    if worse is not None and not worse.near_edge and not found.near_edge:
                        assert rank(found) >= rank(worse), (memory, share, speed, ratio)

    def test_a_guest_that_is_not_throttled_may_fare_worse(self) -> None:
        """Autoconverge leaves a guest alone that dirties less than half, so it may be aborted."""
        chosen = resolution(policy((4, ABORT), auto=True), memory=40000)
        alone, throttled = [simulate(chosen, workload(rate, 40000)) for rate in (248, 252)]
        assert {each.throttle for each in alone.rounds} == {0}
        assert throttled.rounds[-1].throttle == 20
        assert (alone.outcome, throttled.outcome) == ("aborted", "completes")
        assert alone.near_edge
        assert throttled.near_edge

    def test_a_faster_network_may_fare_worse(self) -> None:
        """The second round may begin just before a poll that aborts it, or just after."""
        chosen = resolution(policy((0, ABORT)), memory=9600)
        slow, fast = [
            simulate(chosen, workload(200, 2000, link_mbps=link)) for link in (3950, 4000)
        ]
        assert slow.rounds[0].end_ms > 20000 > fast.rounds[0].end_ms
        assert (slow.outcome, fast.outcome) == ("completes", "aborted")
        assert slow.near_edge
        assert fast.near_edge

    def test_near_the_edge_is_said(self) -> None:
        """A forecast is near the edge if a tenth more or less of rate or bandwidth changes it."""
        found = [run(dirty=rate) for rate in range(400, 801, 20)]
        outcomes = [each.outcome for each in found]
        edge = [each.near_edge for each in found]
        first = outcomes.index("never")
        assert outcomes == ["completes"] * first + ["never"] * (len(found) - first)
        assert edge[first - 1 : first + 1] == [True, True]
        assert edge == sorted(edge[:first]) + sorted(edge[first:], reverse=True)
        assert not edge[0]
        assert not edge[-1]

    @pytest.mark.parametrize(("memory", "dirty"), [(9600, 300), (8000, 300)])
    def test_each_combination_counts(self, memory: int, dirty: int) -> None:
        """One combination is enough: here both a tenth less; there less dirtied, more sent."""
        made = resolution(policy((0, ABORT)), memory=memory)
        assert simulate(made, workload(dirty, 2000)).near_edge


_DIES = "; nothing aborts it, because the schedule ran out, which kills Vdsm's monitor"


class TestVerdict:
    """The sentence."""

    @pytest.mark.parametrize(
        ("chosen", "dirty", "sentence"),
        [
            (
                policy(),
                0,
                "It completes after 7.9 s, in round 1: the rest, 142.6 MiB, fits the downtime"
                " limit of 300 ms.",
            ),
            (
                policy(auto=True),
                2000,
                "It completes after 31.5 s, in round 23: the rest, 139.5 MiB, fits the "
                "downtime limit of 300 ms, with the guest throttled by 80 %.",
            ),
            (
                policy((0, POSTCOPY), (-1, ABORT)),
                3000,
                "It switches to post-copy after 20 s, in round 8; the rest, 980.0 MiB, takes 2 s.",
            ),
            (
                policy(),
                3000,
                "It never completes: the plateau of 1.8 s exceeds the largest limit reached, "
                f"300 ms{_DIES}.",
            ),
            (
                policy((0, downtime(101)), init=1000),
                ((0, 3000), (19, 700)),
                "It never completes: the plateau of 668 ms is not below the last limit, 101 ms"
                f"{_DIES}.",
            ),
            (
                policy(auto=True, init=101),
                300000,
                "It never completes: the plateau of 1.8 s exceeds the largest limit reached, "
                f"101 ms, with the guest throttled by 99 %{_DIES}.",
            ),
            (
                policy((0, downtime(101)), (0, ABORT), init=1000),
                ((0, 3000), (19, 700)),
                "It is aborted after 30 s, in round 21: the plateau of 668 ms is not below the "
                "last limit, 101 ms.",
            ),
            # The largest limit, even if a smaller one follows; QEMU's own does not count.
            (
                policy((0, downtime(200)), (0, ABORT), init=1000),
                3000,
                "It is aborted after 30 s, in round 18: the plateau of 1.8 s exceeds the "
                "largest limit reached, 1 s.",
            ),
            (
                policy((0, ABORT), init=101),
                3000,
                "It is aborted after 20 s, in round 7: the plateau of 1.8 s exceeds the "
                "largest limit reached, 101 ms.",
            ),
            # More of autoconverge would do, or would not.
            (
                policy((0, ABORT), auto=True),
                3000,
                "It is aborted after 20 s, in round 8, too early: autoconverge had only reached "
                "40 %, and would bring the plateau of 1.5 s below the limit of 300 ms.",
            ),
            (
                policy((0, ABORT), auto=True, init=101),
                300000,
                "It is aborted after 20 s, in round 7: the plateau of 2 s exceeds the largest "
                "limit reached, 101 ms, with the guest throttled by 30 %.",
            ),
            (
                policy((0, ABORT)),
                ((0, 3000), (19, 400)),
                "It is aborted after 20 s, in round 8, too early: the rest takes 938 ms, "
                "and shrinks until it fits the limit of 300 ms.",
            ),
        ],
        ids=itertools.count(),
    )
    def test_it_says_why(self, chosen: Any, dirty: Any, sentence: str) -> None:
        """When, in which round, and which limit was or was not met."""
        assert run(chosen, dirty=dirty).verdict == sentence

    def test_autoconverge_may_not_have_begun(self) -> None:
        """Where an abort comes before it takes anything from the guest, that is said."""
        found = run(policy((0, ABORT), auto=True), dirty=3000, link_mbps=1200)
        assert found.verdict == (
            "It is aborted after 30 s, in round 2, too early: autoconverge had not begun, and "
            "would bring the plateau of 6.7 s below the limit of 300 ms."
        )

    def test_it_may_be_aborted_between_two_questions(self) -> None:
        """Where QEMU would have stopped the guest a moment later, nothing has to fall any more."""
        found = simulate(
            resolution(policy((0, ABORT), init=110)),
            workload(
                ((0, 7000), (17, 100)),
                working_set=1490,
                zero_share=1,
                zero_scan_mib_s=INSTANTLY,
            ),
        )
        assert found.verdict == (
            "It is aborted after 20 s, in round 9, before QEMU checked again: the rest takes "
            "70 ms, which fits the limit of 110 ms."
        )

    @given(
        polls=st.integers(0, 3),
        limit=st.integers(101, 2000),
        dirty=st.floats(0, 20000),
        working_set=st.integers(100, MEMORY),
    )
    def test_too_early_is_true(
        self, polls: int, limit: int, dirty: float, working_set: int
    ) -> None:
        """What is aborted too early completes without the abort, and nothing else does."""
        early = policy(*[(-1, downtime(limit))] * polls, (-1, ABORT), init=limit, auto=True)
        found = run(early, dirty=dirty, working_set=working_set)
        patient = run(policy(init=limit, auto=True), dirty=dirty, working_set=working_set)
        if found.outcome == "aborted" and "probably" not in patient.verdict:
            promised = "too early" in found.verdict or "before QEMU" in found.verdict
            assert promised == (patient.outcome == "completes")

    def test_all_may_be_sent(self) -> None:
        """Nothing is left of a small VM."""
        found = simulate(resolution(memory=20), workload(working_set=1))
        assert found.verdict == "It completes after 41 ms, in round 1: all memory is sent."

    @pytest.mark.parametrize(
        ("overhead", "more"),
        [(8, ""), (9, "; add 9 ms of overhead")],
    )
    def test_a_downtime_above_the_limit_is_explained(self, overhead: int, more: str) -> None:
        """292 ms fit 300 ms; an overhead with which they do not is named."""
        found = run(overhead_ms=overhead)
        assert found.downtime_ms == 292 + overhead
        assert found.verdict == (
            "It completes after 7.9 s, in round 1: the rest, 142.6 MiB, fits the downtime limit "
            f"of 300 ms{more}."
        )

    def test_without_an_overhead_none_is_named(self) -> None:
        """The 8 bytes of each page may make it a ms more than the limit, which is no overhead."""
        made = resolution(policy(init=60000), memory=40000)
        found = simulate(made, workload(overhead_ms=0))
        assert found.downtime_ms > 60000
        assert "overhead" not in found.verdict


@pytest.mark.parametrize(("downtime", "steps"), [(1, 2), (1, 7), (1, 1000), (2, 9), (500, 5)])
def test_any_schedule_that_vdsm_computes(downtime: int, steps: int) -> None:
    """Steps that Vdsm computes as 0 ms are no reason not to forecast."""
    host = zc.Host(vdsm=zc.Vdsm(downtime_steps=steps))
    r = zc.resolve(host=host, policy="legacy", vm=zc.VM(downtime=downtime))
    assert zc.simulate(r, zc.Workload(dirty_mib_s=1, working_set_mib=1)).rounds
