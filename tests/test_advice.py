"""Goals in, policies out: `advise`."""

import json
import math
import shlex
from typing import Any, Iterator, List, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from bruteforce import Case, cases, everything
from test_schema import VALIDATORS
from times import ms_of
from zcpolicy._advice import search
from zcpolicy._advice.goal import ends_of
from zcpolicy._advice.schedules import limits_within
from zcpolicy._advice.space import KEEP, Kept
from zcpolicy._advice.text import forecast_line
from zcpolicy.testing import scenarios

HOST = zc.Host(migration_mbps=25000)
VM = zc.VM(vcpus=16, memory_mib=262144)
SCENARIO = zc.Scenario(host=HOST, destination=HOST, vm=VM)
BUSY = zc.Workload(dirty_mib_s=1500, working_set_mib=65536)
WILD = zc.Workload(dirty_mib_s=6000, working_set_mib=65536)

GOALS = st.builds(
    zc.Goal,
    total_s=st.none() | st.floats(1, 10000),
    downtime_ms=st.none() | st.integers(1, 20000),
    throttle=st.none() | st.integers(0, 99),
    postcopy=st.booleans(),
)
# Few, so that advice often makes a policy.
KEPT = st.lists(st.sampled_from([*KEEP]), max_size=2, unique=True)
LOADS = st.builds(
    zc.Workload,
    dirty_mib_s=st.integers(0, 20000),
    working_set_mib=st.integers(1, 4096),
    zero_share=st.sampled_from([0, 0.5]),
    link_mbps=st.none() | st.sampled_from([1000, 25000]),
)


def fitting(scenario: zc.Scenario) -> zc.Scenario:
    """The scenario with a VM that the loads fit in, as small as they allow."""
    return attr.evolve(scenario, vm=attr.evolve(scenario.vm, memory_mib=8192))


def costs(option: zc.Option) -> Tuple[float, ...]:
    ends = ends_of(option.forecast)
    return (ends.total_ms, ends.downtime_ms, ends.throttle, len(option.changes))


class TestProperties:
    """What holds whatever is asked."""

    @given(scenarios().map(fitting), LOADS, GOALS, KEPT)
    def test_all(
        self, scenario: zc.Scenario, workload: zc.Workload, goal: zc.Goal, keep: List[Kept]
    ) -> None:
        """It answers; options are what they say, keep what they should, and none is dominated.

        Policies that are made lint without a warning, and Engine takes back what is exported. All
        of it is so by the schema.
        """
        advice = zc.advise(scenario, workload, goal, keep=keep)
        assert 1 <= len(advice.options) <= 7
        assert advice.met == all([goal.met_by(option.forecast) for option in advice.options])
        assert advice.met == (advice.limit is None)
        before = scenario.resolve()
        for option in advice.options:
            after = option.scenario.resolve()
            assert zc.simulate(after, workload) == option.forecast
            for name in keep if option.changes else ():
                assert KEEP[name](after) == KEEP[name](before)
            assert not any(
                [
                    all([a <= b for a, b in zip(costs(other), costs(option))])
                    and costs(other) != costs(option)
                    for other in advice.options
                ]
            )
            assert (option.scenario == scenario) == (option.changes == ())
            again = zc.Scenario.from_json(json.loads(json.dumps(option.scenario.to_json())))
            assert again.resolve().parameters == after.parameters
            made = option.made
            if made is None or made in (scenario.policy, scenario.vm.policy):
                continue
            assert [f for f in zc.lint(made) if f.severity != "info"] == []
            command = zc.policies.to_engine_config([made])
            value = shlex.split(command)[2].partition("=")[2]
            (read,) = zc.adapters.engine.policies_from_json(json.loads(value))
            assert read == made
        said = json.loads(json.dumps(advice.to_json()))
        VALIDATORS["advice"].validate(said)
        assert said["met"] == advice.met

    def test_the_same_each_time(self) -> None:
        """It is deterministic."""
        goal = zc.Goal(total_s=300, throttle=30)
        assert zc.advise(SCENARIO, BUSY, goal) == zc.advise(SCENARIO, BUSY, goal)

    # Those that leave more to forecast than may be.
    @pytest.mark.parametrize("number", [18, 21])
    def test_at_most_twenty_forecasts(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        """One for the models that stand for it, and nineteen for what is chosen of many."""
        made = []

        def counted(*arguments: Any) -> zc.Forecast:
            made.append(arguments)
            return zc.simulate(*arguments)

        monkeypatch.setattr(search, "simulate", counted)
        *_, case = cases(3, number + 1)
        zc.advise(case.scenario, case.workload, case.goal)
        assert len(made) == 19


class TestOptions:
    def test_what_does_already(self) -> None:
        """Where nothing has to change, that is the first option."""
        calm = zc.Workload(dirty_mib_s=100, working_set_mib=65536)
        advice = zc.advise(SCENARIO, calm)
        assert advice.met
        assert advice.options[0].changes == ()

    def test_the_fewest_changes_first(self) -> None:
        """The numbers of changes ascend."""
        advice = zc.advise(SCENARIO, BUSY, zc.Goal(total_s=300, downtime_ms=1000, throttle=30))
        counts = [len(option.changes) for option in advice.options]
        assert advice.met
        assert counts == sorted(counts)
        assert counts[0] == 1

    def test_a_goal_in_downtime_bounds_the_limits(self) -> None:
        """A short goal makes short limits, and is met with the overhead counted."""
        advice = zc.advise(SCENARIO, BUSY, zc.Goal(downtime_ms=460))
        assert advice.met
        assert all(ends_of(option.forecast).downtime_ms <= 460 for option in advice.options)

    def test_encryption_only_if_it_is_not_kept(self) -> None:
        """It is switched off only where that is allowed, and worth it."""
        cluster = zc.Cluster(encrypted=True, parallel="disabled")
        scenario = attr.evolve(
            SCENARIO, cluster=cluster, vm=attr.evolve(VM, level="4.6"), policy="Minimal downtime"
        )
        goal = zc.Goal(total_s=400)
        load = zc.Workload(dirty_mib_s=100, working_set_mib=65536)
        free = zc.advise(scenario, load, goal)
        kept = zc.advise(scenario, load, goal, keep=["encrypted"])
        paths = [change.path for option in free.options for change in option.changes]
        assert free.met
        assert "vm.encrypted" in paths
        assert not kept.met
        assert "vm.encrypted" not in [
            change.path for option in kept.options for change in option.changes
        ]

    def test_the_tunnel(self) -> None:
        """A tunnel is given up where that helps."""
        scenario = attr.evolve(SCENARIO, cluster=zc.Cluster(tunnelled=True))
        advice = zc.advise(scenario, BUSY, zc.Goal(total_s=300))
        assert advice.met
        assert all(
            "vm.tunnelled" in [change.path for change in option.changes]
            for option in advice.options
        )

    def test_the_bandwidth_of_the_cluster(self) -> None:
        """What the cluster holds back is used, from the hosts' speeds or from the workload's."""
        slow = zc.Cluster(bandwidth=1000)
        goal = zc.Goal(total_s=400)
        advice = zc.advise(attr.evolve(SCENARIO, cluster=slow), BUSY, goal)
        assert advice.met
        changed = {change.path: change.after for change in advice.options[0].changes}
        assert changed["cluster.bandwidth"] == "auto"
        unknown = zc.Scenario(cluster=slow, vm=VM)
        advice = zc.advise(unknown, attr.evolve(BUSY, link_mbps=25000.5), goal)
        changed = {change.path: change.after for change in advice.options[0].changes}
        assert changed["cluster.bandwidth"] == 25000

    def test_post_copy_if_it_is_allowed(self) -> None:
        """Only then does an option switch, and connections that exclude it are given up."""
        goal = zc.Goal(total_s=500, downtime_ms=300, throttle=20)
        scenario = attr.evolve(SCENARIO, cluster=zc.Cluster(parallel=2), policy="Very large VMs")
        assert not zc.advise(scenario, WILD, goal).met
        advice = zc.advise(scenario, WILD, attr.evolve(goal, postcopy=True))
        assert advice.met
        option = advice.options[0]
        assert "post-copy" in option.forecast.outcomes
        assert {change.path: change.after for change in option.changes}["vm.parallel"] == "disabled"

    def test_a_long_limit_where_the_goal_allows_one(self) -> None:
        """A policy with a pause of more than 2 s begins lower, so that it lints clean."""
        advice = zc.advise(SCENARIO, WILD, zc.Goal(downtime_ms=40000, throttle=0))
        assert advice.met
        made = [option.made for option in advice.options if option.made is not None]
        assert any(policy.schedule.stalling[0].limit == 1 for policy in made if policy.schedule)

    def test_long_pauses_where_nothing_else_does(self) -> None:
        """Without a goal in downtime, pauses of more than 5 s are tried only if they have to be."""
        advice = zc.advise(SCENARIO, WILD, zc.Goal(throttle=0))
        assert advice.met
        assert all(ends_of(option.forecast).downtime_ms > 5000 for option in advice.options)

    def test_the_policy_of_the_vm_is_cleared(self) -> None:
        """For the bandwidth of the cluster's policy the VM gives up its own."""
        own = attr.evolve(SCENARIO, vm=attr.evolve(VM, policy="Minimal downtime"))
        advice = zc.advise(own, BUSY, zc.Goal(total_s=150, throttle=20))
        assert advice.met
        changes = [
            (change.path, change.after) for option in advice.options for change in option.changes
        ]
        assert ("vm.policy", None) in changes

    def test_legacy(self) -> None:
        """A policy is made for a VM that has Legacy, too."""
        scenario = zc.Scenario(
            cluster=zc.Cluster(level="4.2"),
            host=HOST,
            destination=HOST,
            vm=VM,
            policy="legacy",
            engine=zc.EngineConfig(policies=[]),
        )
        advice = zc.advise(scenario, BUSY)
        assert advice.met
        assert all(option.made is not None for option in advice.options if option.changes)

    def test_a_policy_of_the_site(self) -> None:
        """What Engine's list has is offered, by its id where its name means another."""
        own = zc.policies.SUSPEND_WORKLOAD.but(name="x", id="1" * 8 + "-1111-1111-1111-" + "1" * 12)
        twin = own.but(name="y")
        listed = [zc.policies.MINIMAL_DOWNTIME, own, attr.evolve(twin, name="x")]
        scenario = attr.evolve(SCENARIO, engine=zc.EngineConfig(policies=listed))
        advice = zc.advise(scenario, BUSY, zc.Goal(total_s=200, throttle=30))
        assert advice.met
        assert advice.options[0].scenario.policy in ("x", own.id, twin.id)


class TestLimits:
    """What is said where a goal cannot be met."""

    @pytest.mark.parametrize(
        ("workload", "goal", "keep", "words"),
        [
            (
                BUSY,
                zc.Goal(total_s=60),
                (),
                ["The time: the first pass alone takes 1 min 24 s, at 25 Gbps.", "over a network"],
            ),
            (
                BUSY,
                zc.Goal(downtime_ms=40),
                (),
                ["The downtime: a switchover takes up to", "neither", "idle guest"],
            ),
            (
                WILD,
                zc.Goal(total_s=300, downtime_ms=1000, throttle=30),
                (),
                ["The throttle: the nearest takes up to", "% as much", "over a network"],
            ),
            (WILD, zc.Goal(), ("policy",), ["the guest writes too fast for 12.5 Gbps"]),
            (
                BUSY,
                zc.Goal(),
                ("policy", "bandwidth", "parallel"),
                ["it may complete", "% as much"],
            ),
            (
                zc.Workload(dirty_mib_s=20000, working_set_mib=200000, link_mbps=1000),
                zc.Goal(throttle=0),
                (),
                ["The outcome: without post-copy", "if the guest wrote nothing"],
            ),
        ],
    )
    def test_the_words(
        self, workload: zc.Workload, goal: zc.Goal, keep: Any, words: "list[str]"
    ) -> None:
        """Which part, why, and what else would do."""
        advice = zc.advise(SCENARIO, workload, goal, keep=keep)
        assert not advice.met
        assert advice.limit is not None
        for word in words:
            assert word.lower() in advice.limit.lower()
        assert advice.options
        assert str(advice).startswith("The goal cannot be met. ")

    def test_without_post_copy(self) -> None:
        """Where post-copy is what it does and may not be changed, that is named."""
        scenario = attr.evolve(SCENARIO, policy="Post-copy migration")
        advice = zc.advise(scenario, WILD, keep=["policy"])
        assert advice.limit is not None
        assert advice.limit.startswith(
            "The outcome: without post-copy, it is not sure to complete."
        )

    def test_the_dirty_rate_would_do(self) -> None:
        """The dirty rate that it names is about the largest at which the goal is met."""
        goal = zc.Goal(total_s=300, downtime_ms=1000, throttle=30)
        limit = str(zc.advise(SCENARIO, WILD, goal).limit)
        share = int(limit.partition("wrote only about ")[2].partition(" %")[0]) / 100
        less, more = (attr.evolve(WILD, dirty_mib_s=6000 * share * by) for by in (0.9, 1.25))
        assert zc.advise(SCENARIO, less, goal).met
        assert not zc.advise(SCENARIO, more, goal).met


FREE = zc.advise(SCENARIO, BUSY).options
NEAR = st.integers(-60, 60) | st.sampled_from([-1000, -500, 0, 500, 1000])
OPTIONS = st.sampled_from(range(len(FREE)))


class TestTimes:
    """What is printed compares with the goal as it is, whatever is rounded."""

    @given(OPTIONS, NEAR, NEAR)
    def test_an_option(self, number: int, total: int, downtime: int) -> None:
        """An end of a range that is beyond the goal reads so, by one millisecond, too."""
        forecast = FREE[number].forecast
        ends = ends_of(forecast)
        goal = zc.Goal(
            total_s=(ends.total_ms + total) / 1000,
            downtime_ms=max(1, int(ends.downtime_ms) + downtime),
        )
        time, pause, *_ = forecast_line(forecast, goal).partition(" in ")[2].split(", ")
        for text, exact, most in (
            (time, ends.total_ms, goal._total_ms),
            (pause.partition(" ")[2], ends.downtime_ms, goal.downtime_ms),
        ):
            said = ms_of(text.split(" to ")[-1])
            assert most is not None
            assert (said > most, said < most) == (exact > most, exact < most)

    def test_the_whole_text(self) -> None:
        """A time that is missed by 0.4 s reads as missed in the sentence, too."""
        first = zc.advise(SCENARIO, BUSY, zc.Goal(total_s=1)).limit
        assert first is not None
        assert "the first pass alone takes 1 min 24 s," in first
        close = zc.advise(SCENARIO, BUSY, zc.Goal(total_s=84)).limit
        assert close is not None
        said = close.partition("the first pass alone takes ")[2].partition(",")[0]
        assert 84_000 < ms_of(said) < 84_500

    def test_without_a_goal(self) -> None:
        """Of an option alone the ends are rounded outwards: what is more than 2 s is not 2 s."""
        pause = attr.evolve(
            FREE[0].forecast,
            downtime_ms=2038,
            downtime_ms_range=(1999, 2038),
            total_ms_range=(1, 1),
        )
        assert forecast_line(pause).startswith("completes in 1 ms, downtime 1.9 s to 2.1 s")
        said = forecast_line(pause, zc.Goal(downtime_ms=2000))
        assert said.startswith("completes in 1 ms, downtime 1.9 s to 2.1 s")


class TestInput:
    @pytest.mark.parametrize(
        ("arguments", "path"),
        [
            ({"scenario": None}, "scenario"),
            ({"workload": 3}, "workload"),
            ({"goal": 600}, "goal"),
            ({"keep": "policy"}, "keep"),
            ({"keep": ["polic"]}, "keep[0]"),
            ({"workload": attr.evolve(BUSY, working_set_mib=300000)}, "workload.working_set_mib"),
        ],
    )
    def test_what_is_refused(self, arguments: Any, path: str) -> None:
        """An argument of another kind is refused by its name."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.advise(**{"scenario": SCENARIO, "workload": BUSY, "goal": zc.Goal(), **arguments})
        assert caught.value.path == path

    def test_evidence(self) -> None:
        """What a fit found is as good as a workload."""
        fit = zc.Fit(workload=BUSY, workloads=(BUSY, attr.evolve(BUSY, dirty_mib_s=1700)))
        advice = zc.advise(SCENARIO, fit)
        assert advice.met
        for option in advice.options:
            assert zc.simulate(option.scenario.resolve(), fit) == option.forecast

    def test_limits(self) -> None:
        """There is a limit for each goal, however short."""
        assert limits_within(None)[-1] == 5000
        assert limits_within(None, long=True)[-1] == 60000
        assert limits_within(60) == (10, 20, 50)
        assert limits_within(-5) == (10,)

    def test_ipython(self) -> None:
        """IPython shows an advice as text."""

        class Printer:
            def text(self, text: str) -> None:
                self.said = text

        advice, printer = zc.advise(SCENARIO, BUSY), Printer()
        advice._repr_pretty_(printer, False)
        assert printer.said == str(advice)


# -- Against brute force -------------------------------------------------------------------------


def checked(case: Case) -> Iterator[str]:
    """What brute force finds and the search does not."""
    advice = zc.advise(case.scenario, case.workload, case.goal, keep=case.keep)
    good = [each for each in everything(case) if not any(case.goal.excess(each.ends))]
    if advice.met != bool(good):
        yield f"met: {advice.met}, brute force {bool(good)}"
        return
    if not good:
        return
    found = [(len(option.changes), ends_of(option.forecast)) for option in advice.options]
    fewest = min(each.changes for each in good)
    if found[0][0] != fewest:
        yield f"{found[0][0]} changes, brute force {fewest}"
    # Options that gain less than a tenth are not shown.
    for name, more in (("total_ms", 1.1), ("downtime_ms", 1.1), ("throttle", 1.0)):
        best = min(getattr(each.ends, name) for each in good)
        mine = min(getattr(ends, name) for _, ends in found)
        if mine > best * more + (5 if name == "throttle" else 0):
            yield f"{name} {mine}, brute force {best}"
    for changes, ends in found:
        for each in good:
            # Of two that take the same time within 1 %, either may be chosen.
            theirs = (each.ends.total_ms * 1.01, *each.ends[2:], each.changes)
            ours = (ends.total_ms, *ends[2:], changes)
            if all(a <= b for a, b in zip(theirs, ours)) and any(
                a < 0.95 * b for a, b in zip(theirs, ours)
            ):
                yield f"{ours} is dominated by {theirs}"
                break


def test_finds_what_brute_force_finds() -> None:
    """On a few scenarios, whether the goal can be met, how simply, and the best of each part."""
    few = [case for case in cases(2, 40) if "bandwidth" in case.keep or "policy" in case.keep][:12]
    assert [(case.goal, [*checked(case)]) for case in few if [*checked(case)]] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_finds_what_brute_force_finds_in_hundreds(seed: int) -> None:
    """Whether a goal can be met always, the best of all that can be changed but for two in 15."""
    missed = [(case.goal, [*checked(case)]) for case in cases(seed, 15)]
    missed = [each for each in missed if each[1]]
    assert [each for each in missed if each[1][0].startswith("met")] == []
    # Twenty forecasts are not always enough for the best in each respect.
    assert len(missed) <= 2, missed


def test_nothing_is_infinite_in_json() -> None:
    """Open ends are null there, not a word that JSON does not have."""
    text = json.dumps(zc.advise(SCENARIO, WILD, zc.Goal(total_s=10)).to_json(), allow_nan=False)
    assert math.isfinite(len(text))
