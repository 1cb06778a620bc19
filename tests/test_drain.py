"""Plans of how a host gets empty: that they keep to the limits, and what they say."""

import csv
import io
import json
from typing import Any, Dict, List, Optional, Sequence, Tuple

import attr
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy import plot
from zcpolicy._drain.document import read_drain
from zcpolicy._drain.sharing import Ask, fair, shares
from zcpolicy._forecast.fit import Fit
from zcpolicy._forecast.model import model_of
from zcpolicy._forecast.run import Run
from zcpolicy._publish.schema import SCHEMAS

PLAN = jsonschema.Draft202012Validator(SCHEMAS["plan"]())
DRAIN = jsonschema.Draft202012Validator(SCHEMAS["drain"]())

ENDLESS = zc.policies.MINIMAL_DOWNTIME.but(
    name="Endless",
    auto_convergence=False,
    schedule=zc.ConvergenceSchedule(init=[zc.Action(name="setDowntime", params=["100"])]),
    max_migrations=2,
)


def load(dirty: float = 0, **others: Any) -> zc.Workload:
    """A guest that writes so much, MiB/s, in a set of 500 MiB."""
    return zc.Workload(
        dirty_mib_s=dirty, working_set_mib=500 if dirty else 0, **{"link_mbps": 10000, **others}
    )


IDLE = load()


def resolution(
    policy: Any = zc.policies.MINIMAL_DOWNTIME, *, memory: int = 4096, to: Optional[str] = None
) -> zc.Resolution:
    scenario = zc.Scenario(policy=policy, vm=zc.VM(memory_mib=memory), destination=zc.Host(name=to))
    return scenario.resolve()


def move(name: str, workload: Any = IDLE, *arguments: Any, **named: Any) -> zc.Move:
    return zc.Move(name=name, resolution=resolution(*arguments, **named), workload=workload)


def several(number: int, workload: Any = IDLE, *arguments: Any, **named: Any) -> List[zc.Move]:
    made = resolution(*arguments, **named)
    return [
        zc.Move(name=f"vm-{index}", resolution=made, workload=workload) for index in range(number)
    ]


WORKLOADS = st.builds(
    load,
    st.sampled_from([0, 0, 5, 40, 300]),
    zero_share=st.sampled_from([0, 0.4]),
    link_mbps=st.sampled_from([None, 500, 1000, 25000]),
)
RESOLUTIONS = st.builds(
    resolution,
    st.sampled_from([zc.policies.MINIMAL_DOWNTIME, zc.policies.POST_COPY, ENDLESS]),
    memory=st.sampled_from([1024, 2048, 8192]),
    to=st.sampled_from([None, "a", "b"]),
)


@st.composite
def moves(draw: Any) -> List[zc.Move]:
    """Up to four moves of any kinds."""
    made = draw(st.lists(st.tuples(RESOLUTIONS, WORKLOADS), min_size=1, max_size=4))
    return [
        zc.Move(name=f"vm-{index}", resolution=each, workload=workload)
        for index, (each, workload) in enumerate(made)
    ]


ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "link_mbps": st.sampled_from([100, 1000, 2000.5]),
        "order": st.sampled_from(["given", "shortest", "largest"]),
        "outgoing": st.integers(1, 4),
    },
)


def most_at_a_time(legs: Sequence[zc.Leg]) -> int:
    """How many of the legs run at once at most."""
    return max(
        (
            sum(
                each.start_ms <= leg.start_ms
                and (each.end_ms is None or each.end_ms > leg.start_ms)
                for each in legs
            )
            for leg in legs
        ),
        default=0,
    )


def sent(leg: zc.Leg, start: int, end: int) -> float:
    """The least that a leg sends between two times, bytes: of the rounds that are within."""
    return sum(
        each.sent_bytes
        for each in leg.forecast.rounds
        if start <= leg.start_ms + each.start_ms and leg.start_ms + each.end_ms <= end
    )


class TestSharing:
    """A link shared by TCP connections."""

    @given(
        st.integers(0, 10**10),
        st.lists(st.tuples(st.integers(0, 10**10), st.integers(1, 16)), max_size=8),
    )
    def test_it_is_max_min_fair(self, capacity: int, asked: List[Tuple[int, int]]) -> None:
        """No connection that lacks something gets less than another, and none more than it asks."""
        demands, weights = [each[0] for each in asked], [each[1] for each in asked]
        found = fair(capacity, demands, weights)
        assert sum(found) <= capacity
        assert all(got <= demand for got, demand in zip(found, demands))
        levels = [got / weight for got, weight in zip(found, weights)]
        for level, got, demand in zip(levels, found, demands):
            if got < demand:
                assert level >= max(levels) - 1
                # But for what does not divide by the connections, nothing is left.
                assert capacity - sum(found) < sum(weights)

    @given(
        st.integers(1000, 10**10),
        st.lists(
            st.builds(Ask, st.integers(1, 10**10), st.integers(1, 10**10), st.integers(1, 16)),
            max_size=8,
        ),
    )
    def test_switchovers_fit_too(self, capacity: int, asks: List[Ask]) -> None:
        """Even if all switch over at once, the link carries it."""
        found = shares(capacity, asks)
        assert all(rate <= link for rate, link in found)
        assert sum(link for _, link in found) <= capacity + len(asks)

    def test_a_link_that_nobody_knows(self) -> None:
        """Each has what it asks for."""
        assert shares(None, [Ask(5, 7, 1), Ask(50, 70, 2)]) == [(5, 7), (50, 70)]


class TestPauses:
    """A run that pauses and goes on."""

    @settings(max_examples=20)
    @given(RESOLUTIONS, WORKLOADS, st.lists(st.integers(1, 400000), min_size=1, max_size=5))
    def test_at_the_same_rate_it_is_the_same(
        self, made: zc.Resolution, workload: zc.Workload, pauses: List[int]
    ) -> None:
        """Pauses move QEMU's windows of 100 ms, and change nothing else of a first round."""
        model = model_of(made, workload)
        whole = Run(model, []).run()
        parts = Run(model, [])
        for pause in sorted(pauses):
            parts = parts.run(pause).at_rate(model)
            assert parts.at <= pause or parts.outcome is not None
        before = parts.at, parts.remaining, parts.sent
        going_on = parts.at_rate(model).run()
        # Going on does not change what it goes on from.
        assert (parts.at, parts.remaining, parts.sent) == before
        assert whole.rounds is not None
        assert going_on.rounds is not None
        first = whole.rounds[0]
        same = [each for each in going_on.rounds if each.iteration == 1]
        assert same[0].remaining_bytes == first.remaining_bytes
        for each, after in zip(same, same[1:]):
            assert (each.end_ms, each.left_bytes) == (after.start_ms, after.remaining_bytes)
        assert same[-1].end_ms == pytest.approx(first.end_ms, abs=100 * (len(pauses) + 1))
        assert sum(each.sent_bytes for each in same) == pytest.approx(
            first.sent_bytes, abs=model.rate / 10 * (len(pauses) + 1) + 5000 * len(same)
        )


class TestPlans:
    """What holds of every plan."""

    @settings(max_examples=10)
    @given(moves(), ARGUMENTS)
    def test_limits(self, given_moves: List[zc.Move], arguments: Dict[str, Any]) -> None:
        """Never do more run than may: out of the host, and into each destination."""
        incoming = {
            name: limit
            for name, limit in {"a": 1, "b": 2}.items()
            if name in [each.goes_to for each in given_moves]
        }
        plan = zc.drain(given_moves, incoming=incoming, **arguments)
        assert plan.outgoing == arguments.get("outgoing", 2)
        assert most_at_a_time(plan.legs) <= plan.outgoing
        for name, limit in incoming.items():
            into = [leg for leg in plan.legs if leg.destination == name]
            assert most_at_a_time(into) <= limit

    @settings(max_examples=10)
    @given(moves(), ARGUMENTS)
    def test_all_are_there(self, given_moves: List[zc.Move], arguments: Dict[str, Any]) -> None:
        """Each VM has a leg or a reason to stay, and the total is that of the last leg."""
        plan = zc.drain(given_moves, **arguments)
        legs, stays = [leg.name for leg in plan.legs], [stay.name for stay in plan.stays]
        assert {*legs, *stays} == {each.name for each in given_moves}
        assert (len(legs), len(stays)) == (len({*legs}), len({*stays}))
        leaving = {
            leg.name for leg in plan.legs if leg.forecast.outcome in ("completes", "post-copy")
        }
        assert {*stays} == {each.name for each in given_moves} - leaving
        ends = [leg.end_ms for leg in plan.legs]
        endless = None in ends or len(legs) < len(given_moves)
        assert plan.total_ms == (None if endless else max(end for end in ends if end is not None))
        low, high = plan.total_ms_range
        assert low is not None
        if plan.total_ms is not None:
            assert low <= plan.total_ms
            assert high is None or plan.total_ms <= high
        for leg in plan.legs:
            if leg.end_ms is not None:
                assert leg.end_ms - leg.start_ms == leg.forecast.total_ms

    @settings(max_examples=10)
    @given(moves(), st.sampled_from([100, 700, 1500]))
    def test_the_link_is_never_over_its_rate(self, given_moves: List[zc.Move], mbps: int) -> None:
        """Between any two starts or ends no more is sent than the link carries."""
        plan = zc.drain(given_moves, link_mbps=mbps, outgoing=4)
        times = {leg.start_ms for leg in plan.legs}
        times |= {leg.end_ms for leg in plan.legs if leg.end_ms is not None}
        ordered = sorted(times)
        for start, end in zip(ordered, ordered[1:]):
            most = mbps * 125 * (end - start)
            # A round's bytes are whole pages.
            assert sum(sent(leg, start, end) for leg in plan.legs) <= most + 5000 * len(plan.legs)

    @settings(max_examples=10)
    @given(RESOLUTIONS, WORKLOADS)
    def test_the_plan_of_one_is_its_forecast(
        self, made: zc.Resolution, workload: zc.Workload
    ) -> None:
        """With the host to itself a migration runs as it is forecast."""
        plan = zc.drain([zc.Move(name="vm", resolution=made, workload=workload)])
        forecast = zc.simulate(made, workload)
        (leg,) = plan.legs
        assert leg.forecast == forecast
        assert leg.start_ms == 0
        assert plan.total_ms_range == forecast.total_ms_range
        ends = None if forecast.outcome == "never" else forecast.total_ms
        assert plan.total_ms == leg.end_ms == ends

    def test_so_is_that_of_a_guest_that_changes(self) -> None:
        """Where a forecast tries fewer variants, since each takes long, the plan does too."""
        rates = tuple((5 * index, 100 + index % 7) for index in range(1000))
        changing = zc.Workload(dirty_mib_s=rates, working_set_mib=700)
        one = move("vm", changing, ENDLESS)
        plan = zc.drain([one])
        forecast = zc.simulate(one.resolution, changing)
        assert plan.legs[0].forecast == forecast
        assert plan.total_ms_range == forecast.total_ms_range

    @settings(max_examples=10)
    @given(
        st.lists(st.sampled_from([256, 1000, 4096]), min_size=1, max_size=6),
        st.sampled_from([zc.policies.MINIMAL_DOWNTIME, zc.policies.POST_COPY]),
        st.lists(st.integers(50, 3000), min_size=2, max_size=2, unique=True),
    )
    def test_a_faster_link_takes_no_longer(
        self, sizes: List[int], policy: zc.MigrationPolicy, mbps: List[int]
    ) -> None:
        """Idle guests of one policy leave sooner, but for QEMU's windows of 100 ms."""
        idle = load(link_mbps=None)
        given_moves = [
            move(f"vm-{index}", idle, policy, memory=memory) for index, memory in enumerate(sizes)
        ]
        slow, fast = (zc.drain(given_moves, link_mbps=each).total_ms for each in sorted(mbps))
        assert slow is not None
        assert fast is not None
        assert fast <= slow + 100 * len(sizes)

    @settings(max_examples=5)
    @given(moves(), ARGUMENTS)
    def test_it_is_the_same_each_time(
        self, given_moves: List[zc.Move], arguments: Dict[str, Any]
    ) -> None:
        """And so is all that is made of it: text in 80 columns, JSON by its schema, CSV."""
        plan = zc.drain(given_moves, **arguments)
        assert plan == zc.drain(given_moves, **arguments)
        assert all(len(line) <= 80 for line in str(plan).splitlines())
        PLAN.validate(json.loads(json.dumps(plan.to_json())))
        rows = list(csv.DictReader(io.StringIO(plan.to_csv())))
        assert sorted(row["name"] for row in rows) == sorted(each.name for each in given_moves)


class TestCourse:
    """How migrations run beside one another."""

    def test_two_at_a_time(self) -> None:
        """Equal ones go in pairs, each pair when the one before is over."""
        plan = zc.drain(several(5))
        starts = [leg.start_ms for leg in plan.legs]
        first = plan.legs[0].end_ms
        assert first is not None
        assert starts == [0, 0, first, first, 2 * first]
        # The last one has the link to itself as it switches over.
        assert plan.total_ms == pytest.approx(3 * first, abs=20)

    def test_the_rate_rises_when_another_ends(self) -> None:
        """The one that goes on has the whole link: its round is in two parts, one faster."""
        plan = zc.drain(
            [move("small", load(link_mbps=500), memory=1024), move("large", load(link_mbps=500))],
            link_mbps=500,
        )
        small, large = plan.legs
        assert small.end_ms is not None
        first, second, *_ = large.forecast.rounds
        assert (first.iteration, second.iteration) == (1, 1)
        assert first.end_ms == second.start_ms == small.end_ms
        speeds = [each.sent_bytes / (each.end_ms - each.start_ms) for each in (first, second)]
        assert speeds[0] == pytest.approx(31250, rel=0.01)
        # Vdsm's own 52 MiB/s are less than the link.
        assert speeds[1] == pytest.approx(52 * 1048.576, rel=0.01)
        assert large.forecast.bound_by == "vdsm"
        assert small.forecast.bound_by == "link"

    def test_a_switchover_that_takes_its_time(self) -> None:
        """While the guest is started on the other side nothing is sent, and others have it all."""
        slow = move("slow", load(link_mbps=300, overhead_ms=60000), memory=1024)
        others = [move(f"vm-{i}", load(link_mbps=300), memory=1500 + 500 * i) for i in range(2)]
        plan = zc.drain([slow, *others], link_mbps=300, outgoing=3)
        legs = {leg.name: leg for leg in plan.legs}
        assert legs["slow"].forecast.downtime_ms >= 60000
        first, second = legs["vm-0"].end_ms, legs["vm-1"].end_ms
        sent_by = legs["slow"].forecast.rounds[-1].end_ms
        assert legs["slow"].end_ms is not None
        assert first is not None
        assert second is not None
        assert sent_by < first < legs["slow"].end_ms
        # The last part of its first round is sent with nobody beside it.
        last = next(each for each in legs["vm-1"].forecast.rounds if each.start_ms >= first)
        assert last.sent_bytes / (last.end_ms - last.start_ms) == pytest.approx(37500, rel=0.01)

    def test_post_copy_shares_the_link_too(self) -> None:
        """What is sent after the switch goes faster once another migration is over."""
        busy = zc.Workload(dirty_mib_s=2000, working_set_mib=60000, link_mbps=1000)
        made = resolution(zc.policies.POST_COPY, memory=65536)
        large = zc.Move(name="large", resolution=made, workload=busy)
        alone = zc.drain([large], link_mbps=1000).total_ms
        other = move("idle", load(link_mbps=1000), zc.policies.POST_COPY, memory=262144)
        plan = zc.drain([large, other], link_mbps=1000)
        both = {leg.name: leg for leg in plan.legs}
        end, idle_end = both["large"].end_ms, both["idle"].end_ms
        assert alone is not None
        assert end is not None
        assert idle_end is not None
        switched = both["large"].forecast.rounds[-1].end_ms
        assert switched < idle_end < end
        assert both["large"].forecast.outcome == "post-copy"
        # All that is sent is sent by one link.
        total = sum(leg.forecast.sent_mib for leg in plan.legs) * 1048.576 / 125000
        assert end / 1000 >= total

    def test_a_full_destination_lets_others_pass(self) -> None:
        """The second to the same host waits, the third does not."""
        plan = zc.drain(
            [move("a", to="x"), move("b", to="x"), move("c", to="y")], incoming={"x": 1}
        )
        assert [leg.name for leg in plan.legs] == ["a", "c", "b"]
        assert [leg.destination for leg in plan.legs] == ["x", "y", "x"]
        assert plan.legs[1].start_ms == 0
        assert plan.legs[2].start_ms == plan.legs[0].end_ms

    def test_orders(self) -> None:
        """The largest memory first, the shortest forecast first, or as they come."""
        given_moves = [
            move("mid", memory=4096),
            move("empty", load(zero_share=1), memory=8192),
            move("small", memory=2048),
        ]
        first = {
            order: [leg.name for leg in zc.drain(given_moves, order=order, outgoing=1).legs]
            for order in ("given", "shortest", "largest")
        }
        assert first == {
            "given": ["mid", "empty", "small"],
            "shortest": ["empty", "small", "mid"],
            "largest": ["empty", "mid", "small"],
        }

    def test_one_that_never_ends_keeps_its_slot(self) -> None:
        """With one slot nobody else starts; with two the others use the second."""
        stuck = [
            move("stuck", load(5000), ENDLESS),
            *(move(f"vm-{index}", IDLE, ENDLESS) for index in range(3)),
        ]
        plan = zc.drain(stuck, outgoing=1)
        assert [leg.name for leg in plan.legs] == ["stuck"]
        assert (plan.legs[0].end_ms, plan.total_ms, plan.total_ms_range[1]) == (None, None, None)
        assert [stay.name for stay in plan.stays] == ["stuck", "vm-0", "vm-1", "vm-2"]
        assert plan.stays[0].reason == plan.legs[0].forecast.verdict
        never = "It never starts: stuck never ends, and keeps its slot."
        assert plan.stays[1].reason == never
        assert plan.stays[1].forecast == zc.simulate(stuck[1].resolution, IDLE)
        PLAN.validate(json.loads(json.dumps(plan.to_json())))
        two = zc.drain(stuck)
        assert len(two.legs) == 4
        assert [stay.name for stay in two.stays] == ["stuck"]
        assert two.total_ms is None
        both = zc.drain([*stuck, move("stuck too", load(5000), ENDLESS)], order="largest")
        assert both.total_ms is None
        pair = [each for each in both.stays if each.reason.startswith("It never starts")]
        assert pair == []

    def test_two_that_never_end(self) -> None:
        """Whoever waits behind them is told of both."""
        stuck = [move(name, load(5000), ENDLESS) for name in ("a", "b")]
        plan = zc.drain([*stuck, move("c", IDLE, ENDLESS)])
        assert plan.stays[2].reason == "It never starts: a, b never end, and keep their slots."

    def test_a_fit_is_a_workload_too(self) -> None:
        """Members of what explains the evidence run through the plan."""
        workload = load(20)
        fit = Fit(workload=workload, workloads=[load(15), load(25, link_mbps=20000)])
        made = resolution()
        one = zc.Move(name="a", resolution=made, workload=fit)
        assert zc.drain([one]).legs[0].forecast == zc.simulate(made, fit)
        limited = zc.drain([one, attr.evolve(one, name="b")], link_mbps=400)
        assert limited.legs[0].forecast.bytes_per_s == 25000000

    def test_what_one_seldom_does_one_of_many_may_well_do(self) -> None:
        """If each of many seldom never ends, it is likely that one of them does not."""
        busy, calm = load(5000), load(20)
        moves = [
            move(
                str(index),
                Fit(
                    workload=calm,
                    workloads=[busy if each == index else calm for each in range(20)],
                ),
                ENDLESS,
            )
            for index in range(20)
        ]
        few, many = zc.drain(moves[:2]), zc.drain(moves)
        for plan in (few, many):
            assert {leg.forecast.outcomes for leg in plan.legs} == {("completes",)}
            assert plan.total_ms is not None
        assert few.total_ms_range[1] is not None
        assert many.total_ms_range[1] is None

    @pytest.mark.parametrize("link_mbps", [None, 1000])
    def test_no_moves(self, link_mbps: Optional[float]) -> None:
        """An empty host is empty at once, however fast its link."""
        plan = zc.drain([], link_mbps=link_mbps)
        assert (plan.total_ms, plan.total_ms_range, plan.legs, plan.stays) == (0, (0, 0), (), ())
        assert str(plan).startswith("0 VMs will leave.")
        assert (plan.alternatives, plan.options) == ((), ())


class TestAlternatives:
    """Other ways that are tried."""

    def test_fewer_orders_and_policies(self) -> None:
        """Each is what a plan of that kind would be."""
        given_moves = [
            move("large", memory=16384),
            move("small", memory=1024),
            move("busy", load(400)),
        ]
        plan = zc.drain(given_moves, outgoing=3)
        tried = {each.change: each for each in plan.alternatives}
        assert [*tried] == [
            "policy Post-copy migration",
            "policy Suspend workload if needed",
            "policy Very large VMs",
            "Engine's number of connections",
            "1 at a time",
            "2 at a time",
            "the shortest first",
            "the largest first",
        ]
        one, ordered = zc.drain(given_moves, outgoing=1), zc.drain(given_moves, order="largest")
        assert tried["1 at a time"].total_ms == one.total_ms
        assert tried["1 at a time"].stays == tuple(stay.name for stay in one.stays)
        ordered = zc.drain(given_moves, outgoing=3, order="largest")
        assert tried["the largest first"].total_ms == ordered.total_ms
        with_policy = [
            attr.evolve(
                each,
                resolution=attr.evolve(
                    each.resolution.scenario, policy=zc.policies.POST_COPY
                ).resolve(),
            )
            for each in given_moves
        ]
        changed = zc.drain(with_policy, outgoing=3)
        assert tried["policy Post-copy migration"].total_ms == changed.total_ms
        assert tried["policy Post-copy migration"].stays == ()
        assert "policy Minimal downtime" not in tried

    def test_a_policy_under_which_requests_contradict(self) -> None:
        """With it nobody knows how many would run at a time, so it is not tried."""
        scenario = zc.Scenario(policy=zc.policies.SUSPEND_WORKLOAD)
        both = [
            zc.Move(
                name=f"with {parallel}",
                resolution=attr.evolve(scenario, vm=zc.VM(parallel=parallel)).resolve(),
                workload=IDLE,
            )
            for parallel in (4, "disabled")
        ]
        assert [each.resolution.parameters.outgoing_limit for each in both] == [1, 1]
        changes = [each.change for each in zc.drain(both).alternatives]
        assert "policy Minimal downtime" not in changes
        assert "policy Very large VMs" in changes

    def test_an_argument_says_how_many(self) -> None:
        """Where requests contradict one another, it is needed, and then everything is tried."""
        scenario = zc.Scenario(vm=zc.VM(policy=zc.policies.MINIMAL_DOWNTIME, parallel="disabled"))
        both = [
            zc.Move(name="a", resolution=scenario.resolve(), workload=IDLE),
            zc.Move(
                name="b",
                resolution=attr.evolve(
                    scenario, vm=zc.VM(policy=zc.policies.SUSPEND_WORKLOAD, parallel="auto")
                ).resolve(),
                workload=IDLE,
            ),
        ]
        limits = [each.resolution.parameters.outgoing_limit for each in both]
        assert limits == [2, 1]
        assert paths(zc.drain, both) == ["outgoing"]
        assert zc.drain(both, outgoing=1).alternatives
        assert len(zc.drain(both, outgoing=2).legs) == 2


class TestText:
    """What a terminal shows."""

    def test_who_stays_comes_first(self) -> None:
        """With the reason, before all else."""
        text = str(zc.drain([move("busy", load(400)), move("idle")]))
        assert text.startswith("1 of 2 VMs will not leave:\n  busy: It is aborted after ")
        assert "x is aborted" in text
        helps = "cluster.policy: Minimal downtime -> Post-copy migration:"
        assert f"\nWhat would help, the simplest first\n\n 1. {helps}" in text
        assert "\nEach change by itself\n  policy Post-copy migration " in text
        assert "\n  as it is " in text

    def test_the_bars(self) -> None:
        """Each is as long as its migration takes, from when it starts."""
        lines = str(zc.drain(several(4))).splitlines()
        assert lines[0] == "4 VMs will leave."
        bars = [line[46:] for line in lines if line.startswith("  vm-")]
        assert [bar.count("#") for bar in bars] == [17, 17, 17, 17]
        assert [len(bar) - bar.count("#") for bar in bars] == [0, 0, 17, 17]
        assert "  2 at a time, sharing a link of 10 Gbps" in lines

    def test_a_link_that_nobody_knows(self) -> None:
        """It says so."""
        plan = zc.drain([move("a", load(link_mbps=None))])
        assert "the capacity of the link is not known" in " ".join(str(plan).split())

    def test_never(self) -> None:
        """A bar to the end, and no time that it takes."""
        text = str(zc.drain([move("stuck", load(5000), ENDLESS)]))
        assert "\nThe drain never ends.\n" in text
        (line,) = [each for each in text.splitlines() if each.startswith("  stuck   ")]
        assert line.split()[3] == "-"
        assert line.endswith(">")
        assert "never done" in str(zc.drain(several(2, load(5000), ENDLESS)))

    def test_many(self) -> None:
        """Of many the first and the last are shown, and the others counted."""
        text = str(zc.drain(several(60, load(400))))
        assert "60 of 60 VMs will not leave:" in text
        assert "  50 more: see --json or --csv\n" in text
        assert "  … 20 more: see --json or --csv\n" in text
        assert "  vm-29 " in text
        assert "  vm-30 " not in text

    def test_what_is_not_sure(self) -> None:
        """Migrations with several possible outcomes are named, ten at most."""
        unsure = next(
            each
            for each in (load(rate) for rate in range(20, 200, 3))
            if len(zc.simulate(resolution(), each).outcomes) > 1
        )
        plan = zc.drain(several(12, unsure))
        assert "Not sure how vm-0, vm-1," in str(plan)
        assert ", … will end." in str(plan).replace("\n", " ")

    def test_names_are_shown_as_they_are(self) -> None:
        """What cannot be printed is escaped, and what is long is cut."""
        text = str(zc.drain([move("a\nb"), move("x" * 100, load(400))]))
        assert "a\\nb" in text
        assert "x" * 17 + "…" in text

    def test_ipython(self) -> None:
        """A prompt shows the text."""
        shown: List[str] = []
        plan = zc.drain([move("a")])

        class Printer:
            text = shown.append

        plan._repr_pretty_(Printer, False)
        assert shown == [str(plan)]

    def test_csv(self) -> None:
        """A row for each VM; what never starts has no times."""
        plan = zc.drain(
            [move("stuck", load(5000), ENDLESS), move("idle", IDLE, ENDLESS)], outgoing=1
        )
        rows = list(csv.DictReader(io.StringIO(plan.to_csv())))
        assert [row["outcome"] for row in rows] == ["never", "waits"]
        assert rows[0]["endMs"] == rows[1]["startMs"] == ""
        assert rows[1]["stays"] == plan.stays[1].reason


class TestPicture:
    """A plan drawn."""

    def test_a_bar_for_each(self) -> None:
        """From its start to its end, with its name, its range and ticks that a person reads."""
        plan = zc.drain(
            [move("a $x^2$"), move("stuck", load(5000), ENDLESS), move("y" * 40, load(400))]
        )
        made: Any = plan.plot()
        axes = made.axes[0]
        for place, leg in enumerate(plan.legs):
            low, high = leg.forecast.total_ms_range
            assert low is not None
            # What is sure, then the range, one after the other.
            sure, unsure = (bar for bar in axes.patches if round(bar.get_y() + 0.35) == place)
            assert (sure.get_x(), sure.get_width()) == (leg.start_ms, low)
            assert unsure.get_x() == leg.start_ms + low
            until = axes.get_xlim()[1] if high is None else leg.start_ms + high
            assert unsure.get_x() + unsure.get_width() == pytest.approx(until)
        ends = [leg.end_ms for leg in plan.legs if leg.end_ms is not None]
        assert [line.get_xdata()[0] for line in axes.get_lines()] == ends
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == ["a $x^2$", "stuck", "y" * 29 + "…"]
        assert axes.get_xticklabels()[0].get_text() == "0"
        assert axes.get_xticklabels()[-1].get_text().endswith((" s", " min"))
        legend = [text.get_text() for text in made.legends[0].get_texts()]
        assert legend == ["completes", "never ends", "is aborted", "end, nine of ten"]

    def test_many_have_no_names(self) -> None:
        """More than can be read are counted by the axis."""
        axes: Any = plot.figure(zc.drain(several(130))).axes[0]
        assert len(axes.patches) == 2 * 130
        assert axes.get_ylabel()

    def test_it_is_the_same_each_time(self) -> None:
        """The bytes of an empty plan and of another are reproducible."""
        for plan in (zc.drain([]), zc.drain(several(3))):
            assert plot.picture(plan, "svg") == plot.picture(plan, "svg")


class TestRefused:
    """Moves that are no moves, and that do not go together."""

    def test_arguments(self) -> None:
        """Each is refused under its name, all at once."""
        assert paths(zc.drain, 5, link_mbps=0, order="x", outgoing=0) == [
            "moves",
            "link_mbps",
            "order",
            "outgoing",
        ]
        assert paths(zc.drain, [move("a"), 5], incoming=7) == ["moves[1]", "incoming"]

    def test_two_of_one_name(self) -> None:
        """The second is named, and the first."""
        path, value, expected = refusal(zc.drain, [move("a"), move("b"), move("a")])
        assert (path, value, expected) == ("moves[2].name", "a", "a name that no other move has")

    def test_a_destination_that_nobody_describes(self) -> None:
        """A limit of a host that no move goes to is refused, with what was probably meant."""
        error = refused(zc.drain, [move("a", to="host-1")], incoming={"host1": 1})
        assert error.path == "incoming.host1"
        assert "did you mean 'host-1'? (known: 'host-1')" in str(error)
        assert "(known: none has a name)" in str(refused(zc.drain, [move("a")], incoming={"x": 1}))
        assert paths(zc.drain, [move("a", to="x")], incoming={"x": 0}) == ["incoming.x"]

    def test_two_hosts(self) -> None:
        """A plan is of one host's moves."""
        both = [
            zc.Move(
                name=name, resolution=zc.Scenario(host=zc.Host(name=name)).resolve(), workload=IDLE
            )
            for name in ("x", "y")
        ]
        assert refusal(zc.drain, [*both, move("z")]) == ("moves", "y", "moves from one host")

    def test_contradictory_limits(self) -> None:
        """They are named, with who asks for which; an argument says what counts."""
        both = [move("a", to="x"), move("b", IDLE, zc.policies.SUSPEND_WORKLOAD, to="x")]
        error = refused(zc.drain, both)
        assert error.path == "outgoing"
        assert "'a' asks for 2 at a time out of the host, 'b' for 1" in str(error)
        error = refused(zc.drain, both, outgoing=2)
        assert error.path == "incoming.x"
        assert "'a' asks for 2 at a time into 'x', 'b' for 1" in str(error)
        assert len(zc.drain(both, outgoing=2, incoming={"x": 2}).legs) == 2

    def test_a_move(self) -> None:
        """Its fields are checked, and its destination is the scenario's."""
        assert paths(zc.Move, name="", resolution=1, workload=2, destination=3) == [
            *("name", "resolution", "workload", "destination")
        ]
        there = resolution(to="x")
        path, _, expected = refusal(
            zc.Move, name="a", resolution=there, workload=IDLE, destination="y"
        )
        assert (path, expected) == (
            "destination",
            "'x', the name of the destination in the scenario, or none",
        )
        same = zc.Move(name="a", resolution=there, workload=IDLE, destination="x")
        assert same.goes_to == "x"

    def test_a_workload_that_does_not_fit(self) -> None:
        """All of them are named."""
        large = zc.Workload(dirty_mib_s=1, working_set_mib=9999)
        assert paths(zc.drain, [move("a", large), move("b"), move("c", large, memory=8192)]) == [
            "moves[0].workload.working_set_mib",
            "moves[2].workload.working_set_mib",
        ]


WORKLOAD = {"dirtyMiBs": 20, "workingSetMiB": 500}
MOVE: Dict[str, Any] = {
    "name": "a",
    "scenario": {"vm": {"memoryMiB": 4096}, "destination": {"name": "x"}},
    "workload": WORKLOAD,
}


class TestDocument:
    """The JSON that says what is to be drained."""

    def test_it_is_the_same_plan(self) -> None:
        """The document's arguments are those of the function."""
        document = {
            "moves": [MOVE, {**MOVE, "name": "b"}],
            "linkMbps": 800,
            "order": "largest",
            "outgoing": 2,
            "incoming": {"x": 1},
        }
        DRAIN.validate(document)
        scenario = zc.Scenario.from_json(MOVE["scenario"]).resolve()
        workload = zc.Workload.from_json(WORKLOAD)
        wanted = zc.drain(
            [zc.Move(name=name, resolution=scenario, workload=workload) for name in "ab"],
            link_mbps=800,
            order="largest",
            outgoing=2,
            incoming={"x": 1},
        )
        assert read_drain(document).plan() == wanted

    def test_only_moves_are_needed(self) -> None:
        """Scenario, order and limits have defaults, and a migration can say what a VM does."""
        samples = [
            {
                "atMs": at,
                "iteration": 1 + at // 10000,
                "remainingBytes": left,
                "sentBytes": at << 20,
            }
            for at, left in ((1000, 4 << 28), (9000, 1 << 28), (12000, 1 << 27))
        ]
        document = {
            "moves": [
                {"name": "a", "workload": WORKLOAD},
                {"name": "b", "migration": {"samples": samples}},
            ],
            "order": None,
            "incoming": None,
        }
        DRAIN.validate(document)
        found = read_drain(document)
        assert (found.order, found.outgoing, found.incoming) == ("given", None, {})
        assert isinstance(found.moves[1].workload, Fit)
        assert len(found.plan().legs) == 2

    @pytest.mark.parametrize(
        ("document", "wanted"),
        [
            (5, [""]),
            ({}, ["moves"]),
            ({"moves": 5, "linkMbps": 0}, ["moves", "linkMbps"]),
            ({"moves": [], "order": "x", "outgoing": 0}, ["order", "outgoing"]),
            ({"moves": [], "incoming": 5}, ["incoming"]),
            ({"moves": [], "incoming": {"x": 0}}, ["incoming.x"]),
            ({"moves": [], "other": 1}, ["other"]),
            ({"moves": [5]}, ["moves[0]"]),
            ({"moves": [{"workload": WORKLOAD}]}, ["moves[0].name"]),
            ({"moves": [{"name": "a"}]}, ["moves[0].workload"]),
            ({"moves": [{**MOVE, "name": ""}]}, ["moves[0].name"]),
            ({"moves": [{**MOVE, "since": True}]}, ["moves[0].since"]),
            (
                {"moves": [{**MOVE, "name": 5, "workload": {"dirtyMiBs": -1, "workingSetMiB": 1}}]},
                ["moves[0].name", "moves[0].workload.dirtyMiBs"],
            ),
        ],
    )
    def test_faults(self, document: Any, wanted: List[str]) -> None:
        """Each fault has its path, and the schema refuses it, too."""
        assert paths(read_drain, document) == wanted
        assert not DRAIN.is_valid(document)

    def test_moves_that_do_not_go_together(self) -> None:
        """The paths are those of the document."""
        large = {**MOVE, "workload": {"dirtyMiBs": 1, "workingSetMiB": 9999}}
        assert paths(read_drain({"moves": [MOVE, MOVE]}).plan) == ["moves[1].name"]
        assert paths(read_drain({"moves": [MOVE, {**large, "name": "b"}]}).plan) == [
            "moves[1].workload.workingSetMiB"
        ]
