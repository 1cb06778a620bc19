"""What would help a plan: that each option is a plan of its own, and worth its changes."""

import json
import math
from typing import Any, Dict, List, Tuple

import attr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zcpolicy as zc
from zcpolicy._advice.goal import ends_of
from zcpolicy._decision.words import policy_name
from zcpolicy._drain import options as options_module
from zcpolicy._drain.text import option_text
from zcpolicy.testing import scenarios

LOADS = st.builds(
    zc.Workload,
    dirty_mib_s=st.sampled_from([0, 5, 40, 300]),
    working_set_mib=st.sampled_from([1, 500]),
    zero_share=st.sampled_from([0, 0.4]),
    link_mbps=st.sampled_from([None, 1000, 25000]),
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "link_mbps": st.sampled_from([100, 1000, 10000.5]),
        "order": st.sampled_from(["given", "shortest", "largest"]),
        "outgoing": st.integers(1, 4),
    },
)


@st.composite
def moves(draw: Any) -> List[zc.Move]:
    """Up to four moves of one scenario, whatever it is, and some of a cluster like its."""
    scenario = draw(scenarios())
    scenario = attr.evolve(scenario, vm=attr.evolve(scenario.vm, memory_mib=8192))
    plain = attr.evolve(scenario, vm=attr.evolve(scenario.vm, policy=None, vcpus=8, parallel=None))
    kinds = [scenario.resolve(), plain.resolve()]
    if len({kind.parameters.outgoing_limit for kind in kinds}) > 1:
        del kinds[1]
    return [
        zc.Move(name=f"vm-{index}", resolution=draw(st.sampled_from(kinds)), workload=draw(LOADS))
        for index in range(draw(st.integers(1, 4)))
    ]


def bare(plan: zc.Plan) -> zc.Plan:
    """A plan without other ways."""
    return attr.evolve(plan, alternatives=(), options=())


def may_stay(plan: zc.Plan) -> int:
    """How many legs have an outcome with which they do not leave."""
    leaves = {"completes", "post-copy"}
    return sum(not {*leg.forecast.outcomes} <= leaves for leg in plan.legs)


def ends(plan: zc.Plan) -> Tuple[float, ...]:
    """What counts of a plan: who stays, who may, the longest total, downtime and throttle."""
    each = [ends_of(leg.forecast) for leg in plan.legs]
    upper = plan.total_ms_range[1]
    return (
        len(plan.stays),
        may_stay(plan),
        math.inf if upper is None else upper,
        max((end.downtime_ms for end in each), default=0),
        max((end.throttle for end in each), default=0),
    )


def effective(move: zc.Move) -> str:
    """What the policy is called by which a VM migrates."""
    scenario = move.resolution.scenario
    level = scenario.engine._levels[scenario.cluster.level]
    choice = scenario.policy if scenario.vm.policy is None else scenario.vm.policy
    return policy_name(level.policy(choice))


class TestProperties:
    """What holds whatever is to move; to plan it takes so long that all look at one plan."""

    @settings(max_examples=25)
    @given(moves(), ARGUMENTS)
    def test_all(self, given_moves: List[zc.Move], arguments: Dict[str, Any]) -> None:
        """Options are plans, they help, their changes are what differs, and they are shown."""
        plan = zc.drain(given_moves, **arguments)
        self.options_are_plans(plan, arguments)
        self.they_help(plan, len(given_moves))
        self.the_changes_are_what_differs(plan, given_moves)
        self.they_are_shown(plan)

    def options_are_plans(self, plan: zc.Plan, arguments: Dict[str, Any]) -> None:
        """Planned anew with its moves, its order and as many at a time, each is what it says."""
        for option in plan.options:
            then = {**arguments, "order": option.plan.order, "outgoing": option.plan.outgoing}
            assert bare(zc.drain(option.moves, **then)) == option.plan == bare(option.plan)

    def they_help(self, plan: zc.Plan, moving: int) -> None:
        """More VMs leave or all do sooner; none dominates another; the fewest changes first."""
        stays, unsure, upper, *_ = ends(plan)
        costs = []
        for option in plan.options:
            found = ends(option.plan)
            assert found[0] < moving
            assert found[:2] < (stays, unsure) or (
                found[:2] == (stays, unsure) and found[2] < 0.99 * upper
            )
            costs.append((*found, len(option.changes)))
        assert len(costs) <= 7
        assert [cost[-1] for cost in costs] == sorted(cost[-1] for cost in costs)
        for one in costs:
            for other in costs:
                assert one is other or any(a < b for a, b in zip(one, other))

    def the_changes_are_what_differs(self, plan: zc.Plan, given_moves: List[zc.Move]) -> None:
        """The option's moves and arguments have the values after, and else those of the plan."""
        for option in plan.options:
            changes = {change.path: change for change in option.changes}
            assert option.changes
            assert len(changes) == len(option.changes)
            if "order" in changes:
                change = changes["order"]
                assert (change.before, change.after) == (plan.order, option.plan.order)
            else:
                assert option.plan.order == plan.order
            if "outgoing" in changes:
                assert changes["outgoing"].after == option.plan.outgoing
                assert changes["outgoing"].before > option.plan.outgoing
            for before, after in zip(given_moves, option.moves):
                assert_changed(before, after, changes)

    def they_are_shown(self, plan: zc.Plan) -> None:
        """Each option stands in the plan's text and JSON, the text in 80 columns."""
        text, document = str(plan), json.loads(json.dumps(plan.to_json()))
        assert [each["plan"]["totalMs"] for each in document["options"]] == [
            each.plan.total_ms for each in plan.options
        ]
        for option in plan.options:
            assert all(len(line) <= 80 for line in option_text(option).splitlines())
            # Lines are broken elsewhere, as the plan's text numbers the options.
            assert "".join(str(option).split()) in "".join(text.split())
        assert ("What would help" in text) is bool(plan.options)


def assert_changed(before: zc.Move, after: zc.Move, changes: Dict[str, zc.Change]) -> None:
    """A move differs from the one before in what the changes say, and in nothing else."""
    scenario, was = after.resolution.scenario, before.resolution.scenario
    cluster, vm, policy = scenario.cluster, scenario.vm, scenario.policy
    if any("policy" in path for path in changes):
        assert vm.policy is None
        if "cluster.policy" in changes:
            assert effective(after) == changes["cluster.policy"].after
        vm, policy = attr.evolve(vm, policy=was.vm.policy), was.policy
    if any("parallel" in path for path in changes):
        assert vm.parallel is None
        if "cluster.parallel" in changes:
            assert cluster.parallel == changes["cluster.parallel"].after
        vm = attr.evolve(vm, parallel=was.vm.parallel)
        cluster = attr.evolve(cluster, parallel=was.cluster.parallel)
    assert attr.evolve(scenario, cluster=cluster, vm=vm, policy=policy) == was
    same = attr.evolve(after, resolution=before.resolution)
    assert same == before


HOST = zc.Host(migration_mbps=100_000)
FAST = zc.Workload(dirty_mib_s=0, working_set_mib=0, zero_share=0, link_mbps=100_000)


def move(name: str, workload: zc.Workload = FAST, **vm: Any) -> zc.Move:
    """A VM on hosts with a link of 100 Gbps, which one connection does not fill."""
    made = zc.VM(**{"vcpus": 16, "memory_mib": 65536, **vm})
    scenario = zc.Scenario(vm=made, host=HOST, destination=HOST)
    return zc.Move(name=name, resolution=scenario.resolve(), workload=workload)


def simple(name: str, memory: int, workload: zc.Workload = FAST, *, link: float = 10000) -> zc.Move:
    """A VM for which there is one policy, and no connections."""
    scenario = zc.Scenario(
        cluster=zc.Cluster(level="4.6"),
        engine=zc.EngineConfig(policies=(zc.policies.MINIMAL_DOWNTIME,)),
        vm=zc.VM(memory_mib=memory),
    )
    load = attr.evolve(workload, link_mbps=link)
    return zc.Move(name=name, resolution=scenario.resolve(), workload=load)


def paths_of(option: zc.PlanOption) -> List[str]:
    return [change.path for change in option.changes]


class TestWhatHelps:
    """Each kind of change, where it helps."""

    def test_more_connections(self) -> None:
        """On a link that one connection does not fill; as many as fill it are an option, too."""
        plan = zc.drain([move("a"), move("b")])
        found = [each for each in plan.options if "cluster.parallel" in paths_of(each)]
        assert found
        for option in found:
            assert option.plan.total_ms is not None
            assert plan.total_ms is not None
            assert option.plan.total_ms < plan.total_ms
            assert all((each.resolution.parameters.parallel or 1) > 1 for each in option.moves)
        tried = [each.change for each in plan.alternatives]
        assert any(each.endswith(" connections") for each in tried)
        assert "Engine's number of connections" in tried

    def test_fewer_connections_are_not_more(self) -> None:
        """What takes connections from a VM that has more of its own is not tried as more."""
        tried = zc.drain([move("a", parallel=16), move("b", parallel=16)]).alternatives
        assert not [each.change for each in tried if "connections" in each.change]

    def test_another_policy(self) -> None:
        """A VM that writes too much leaves by post-copy, and no longer by a policy of its own."""
        busy = zc.Workload(dirty_mib_s=9000, working_set_mib=4096, link_mbps=10000)
        vms = [
            zc.VM(memory_mib=16384, policy=policy)
            for policy in ("Minimal downtime", zc.policies.MINIMAL_DOWNTIME)
        ]
        plan = zc.drain(
            [
                zc.Move(
                    name=name,
                    resolution=zc.Scenario(vm=vm, policy="Very large VMs").resolve(),
                    workload=workload,
                )
                for name, vm, workload in zip(("busy", "idle"), vms, (busy, FAST))
            ]
        )
        assert [stay.name for stay in plan.stays] == ["busy"]
        option = next(each for each in plan.options if not each.plan.stays)
        own, cluster = option.changes[:2]
        assert (own.path, own.before, own.after) == ("vm.policy", "Minimal downtime", None)
        assert (cluster.path, cluster.before) == ("cluster.policy", "Very large VMs")
        assert cluster.after == "Post-copy migration"
        # By the name that the list has, so that its JSON is short.
        assert {each.resolution.scenario.policy for each in option.moves} == {cluster.after}

    def test_only_what_vms_have_of_their_own_is_in_the_way(self) -> None:
        """Where the cluster has that policy already, only that of the VM is changed."""
        busy = zc.Workload(dirty_mib_s=9000, working_set_mib=4096, link_mbps=10000)
        vm = zc.VM(memory_mib=65536, policy="Minimal downtime")
        scenario = zc.Scenario(policy="Post-copy migration", vm=vm)
        plan = zc.drain([zc.Move(name="busy", resolution=scenario.resolve(), workload=busy)])
        assert [paths_of(option) for option in plan.options] == [["vm.policy"]]

    def test_different_policies_are_named(self) -> None:
        """Of VMs with several policies, all are named before the change."""
        busy = zc.Workload(dirty_mib_s=9000, working_set_mib=4096, link_mbps=10000)
        plan = zc.drain(
            [
                move("a", busy, policy="Very large VMs"),
                move("b", busy, policy="Suspend workload if needed"),
            ],
            outgoing=1,
        )
        option = next(each for each in plan.options if not each.plan.stays)
        assert option.changes[0].before == "Very large VMs, Suspend workload if needed"

    def test_only_what_engine_offers(self) -> None:
        """At a level without zero-copy its policy is not tried; a site's own policy is."""
        mine = zc.policies.POST_COPY.but(name="Ours")
        engine = zc.EngineConfig(policies=(zc.policies.MINIMAL_DOWNTIME, mine))
        scenario = zc.Scenario(engine=engine, cluster=zc.Cluster(level="4.6"))
        made = zc.Move(name="a", resolution=scenario.resolve(), workload=FAST)
        tried = [each.change for each in zc.drain([made]).alternatives]
        assert tried == ["policy Ours"]
        old = attr.evolve(scenario, engine=zc.EngineConfig())
        made = zc.Move(name="a", resolution=old.resolve(), workload=FAST)
        assert "policy Very large VMs" not in [e.change for e in zc.drain([made]).alternatives]
        # Two VMs of different engines: what both have.
        other = zc.Move(name="b", resolution=scenario.resolve(), workload=FAST)
        assert zc.drain([made, other], outgoing=1, order="given").alternatives == ()

    def test_a_policy_by_its_id(self) -> None:
        """One whose name the list does not know as its own is set by its id."""
        mine = zc.policies.POST_COPY.but(name=zc.policies.POST_COPY.id)
        engine = zc.EngineConfig(policies=(zc.policies.MINIMAL_DOWNTIME, mine))
        scenario = zc.Scenario(engine=engine, vm=zc.VM(memory_mib=65536))
        busy = zc.Workload(dirty_mib_s=9000, working_set_mib=4096, link_mbps=10000)
        plan = zc.drain([zc.Move(name="a", resolution=scenario.resolve(), workload=busy)])
        assert plan.options[0].moves[0].resolution.scenario.policy == mine.id

    def test_one_at_a_time(self) -> None:
        """Where two share a link, neither of which has the time, fewer at a time help."""
        busy = zc.Workload(dirty_mib_s=30, working_set_mib=2000, link_mbps=450)
        plan = zc.drain([move("a", busy, memory_mib=8192), move("b", busy, memory_mib=8192)])
        assert len(plan.stays) == 2
        option = next(each for each in plan.options if paths_of(each) == ["outgoing"])
        assert not option.plan.stays
        assert (option.changes[0].before, option.changes[0].after) == (2, 1)

    def test_another_order(self) -> None:
        """The one that takes longest begins first, and others beside it."""
        sizes = (8192, 8192, 8192, 65536)
        given_moves = [simple(f"vm-{index}", size) for index, size in enumerate(sizes)]
        (option,) = zc.drain(given_moves).options
        (change,) = option.changes
        assert (change.path, change.before, change.after) == ("order", "given", "largest")
        back = zc.drain(given_moves[::-1], order="shortest")
        # The given order is the one of the largest first.
        tried = [each.change for each in back.alternatives]
        assert tried == ["1 at a time", "in the order given", "the largest first"]
        assert paths_of(back.options[0]) == ["order"]

    def test_several_changes_together(self) -> None:
        """Post-copy lets all leave; with the largest first, they do so sooner."""
        busy = zc.Workload(dirty_mib_s=9000, working_set_mib=4096)
        given_moves = [simple(f"vm-{index}", 8192) for index in range(3)]
        engine = zc.EngineConfig(policies=(zc.policies.MINIMAL_DOWNTIME, zc.policies.POST_COPY))
        plan = zc.drain(
            [
                attr.evolve(
                    each,
                    resolution=attr.evolve(each.resolution.scenario, engine=engine).resolve(),
                )
                for each in [*given_moves, simple("busy", 65536, busy)]
            ]
        )
        assert [paths_of(option) for option in plan.options if not option.plan.stays] == [
            ["cluster.policy"],
            ["cluster.policy", "order"],
        ]

    def test_nobody_leaves_either_way(self) -> None:
        """To give up sooner is no help."""
        busy = zc.Workload(dirty_mib_s=9000, working_set_mib=4096, link_mbps=1000)
        keep = [zc.policies.MINIMAL_DOWNTIME, zc.policies.SUSPEND_WORKLOAD]
        scenario = zc.Scenario(
            policy="legacy",
            vm=zc.VM(memory_mib=32768),
            engine=zc.EngineConfig(policies=tuple(keep)),
        )
        plan = zc.drain([zc.Move(name="a", resolution=scenario.resolve(), workload=busy)])
        sooner = [each for each in plan.alternatives if (each.total_ms or 0) < (plan.total_ms or 0)]
        assert sooner
        assert plan.options == ()

    def test_much_to_work_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where all takes long, single changes are tried, and one plan is made."""
        given_moves = [move("a"), move("b"), move("c", memory_mib=131072)]
        everything = zc.drain(given_moves)
        monkeypatch.setattr(options_module, "_ROUNDS", 1)
        little = zc.drain(given_moves)
        assert little.alternatives == everything.alternatives
        assert len(everything.options) > len(little.options) == 1
        assert bare(little) == bare(everything)

    def test_its_words(self) -> None:
        """An option says its changes, and what they come to: who stays, when, with what pauses."""
        plan = zc.drain([move("a"), move("b")])
        text = str(plan.options[0])
        assert text.startswith("cluster.")
        assert "\n=> all leave, in " in text
        assert "1 at a time, pauses of up to " in text.replace("\n  ", "")
        dead = attr.evolve(bare(plan), legs=(), total_ms=None)
        said = str(zc.PlanOption(changes=(), moves=(), plan=dead))
        assert said == "no change\n=> all leave, never done, 2 at a time"

    def test_too_many_options(self) -> None:
        """A plan has seven at most."""
        plan = zc.drain([move("a")])
        option = zc.PlanOption(changes=(), moves=(), plan=bare(plan))
        with pytest.raises(zc.ZcpolicyError, match="at most 7"):
            attr.evolve(plan, options=(option,) * 8)
