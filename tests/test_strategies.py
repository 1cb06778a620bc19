"""The strategies themselves: what they give, within which bounds, and what they shrink to."""

import contextlib
from typing import Any, Callable, List

import attr
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import zcpolicy as zc
from zcpolicy import testing as strategies
from zcpolicy._decision.rules import templates
from zcpolicy.testing._values import either

SIMPLEST = {
    "clusters": zc.Cluster(),
    "engines": zc.EngineConfig(),
    "hosts": zc.Host(),
    "policies": zc.policies.MINIMAL_DOWNTIME,
    "scenario_documents": {},
    "scenarios": zc.Scenario(),
    "schedules": zc.policies.MINIMAL_DOWNTIME.schedule,
    "vms": zc.VM(),
}
# Alike on every run, so that a rare case is found always or never.
REPEATABLE = settings(
    derandomize=True, database=None, deadline=None, max_examples=5000, phases=[Phase.generate]
)
SHRINKING = settings(REPEATABLE, phases=[Phase.generate, Phase.shrink])
Wanted = Callable[[zc.Resolution], bool]
WANTED = pytest.mark.parametrize(
    "wanted",
    [
        lambda r: r.parameters.zerocopy,
        lambda r: r.parameters.tunnelled,
        lambda r: "memory-lock" in r.blockers,
    ],
    ids=["zerocopy", "tunnel", "memory-lock"],
)


class Enough(BaseException):
    """It ends the search: Hypothesis takes an Exception for another counterexample."""


def differing(scenario: zc.Scenario) -> int:
    """How many parts of a scenario are not what ships."""
    shipped = zc.Scenario()
    names = attr.fields_dict(zc.Scenario)
    return sum(getattr(scenario, name) != getattr(shipped, name) for name in names)


class TestShrinking:
    @pytest.mark.parametrize("name", SIMPLEST)
    def test_ends_at_what_ships(self, name: str) -> None:
        """The simplest value, which is tried first, is the shipped default."""
        strategy: st.SearchStrategy[Any] = getattr(strategies, name)()
        assert find(strategy, lambda value: True, settings=REPEATABLE) == SIMPLEST[name]

    @WANTED
    def test_leaves_only_what_it_takes(self, wanted: Wanted) -> None:
        """A counterexample becomes one that differs from what ships in the part that it needs."""
        found: List[int] = []

        def is_wanted(scenario: zc.Scenario) -> bool:
            if wanted(scenario.resolve()):
                found.append(differing(scenario))
                if found[-1] == 1:
                    raise Enough
                return True
            return False

        with pytest.raises(Enough):
            find(strategies.scenarios(), is_wanted, settings=SHRINKING)
        assert found[0] > 1

    @pytest.mark.slow
    @WANTED
    def test_ends_with_only_what_it_takes(self, wanted: Wanted) -> None:
        """It is such a one in the end, too."""
        found = find(
            strategies.scenarios(),
            lambda scenario: wanted(scenario.resolve()),
            settings=SHRINKING,
        )
        assert differing(found) == 1


class TestVariety:
    def test_every_notice_is_given(self) -> None:
        """Scenarios that are drawn show every limitation and every notice."""
        left = {*(template.code for _, template in templates())}
        left |= {row.code for row in zc.LIMITATIONS}

        def shows_the_last(scenario: zc.Scenario) -> bool:
            resolution = scenario.resolve()
            left.difference_update(resolution.blockers, (n.code for n in resolution.notices))
            return not left

        with contextlib.suppress(NoSuchExample):
            find(strategies.scenarios(), shows_the_last, settings=REPEATABLE)
        assert not left

    @pytest.mark.parametrize(
        "kind",
        [
            lambda s: not s.init and not s.stalling,
            lambda s: "abort" in [entry.action.name for entry in s.stalling[:-1]],
            lambda s: "postcopy" in [entry.action.name for entry in s.stalling[:1]],
            lambda s: s.switches_to_postcopy and s.runs_out,
            lambda s: "abort" in [action.name for action in s.init],
        ],
        ids=["empty", "early abort", "early post-copy", "no abort", "abort at the start"],
    )
    def test_schedules_are_of_every_kind(self, kind: Any) -> None:
        """Whatever a request can hold is among them."""
        assert kind(find(strategies.schedules(), kind, settings=REPEATABLE))


class TestSettings:
    """One number decides on each setting, which is quicker than a choice and a number."""

    def test_all_are_drawn(self) -> None:
        """Each of the few and of the integers, however many there are of either."""
        assert {*tried(either(("a", None), -2, 1))} == {"a", None, -2, -1, 0, 1}
        assert {*tried(either(("a", "b", "c"), 5, 5))} == {"a", "b", "c", 5}
        assert {*tried(either((0,), 1, 2, of=str))} == {0, "1", "2"}

    @pytest.mark.parametrize("high", [9, 300, 2_000_000, 2**31 - 1])
    def test_half_of_them_are_few(self, high: int) -> None:
        """They are drawn about as often as integers, from the smallest range to the largest."""
        drawn = tried(either((None,), 1, high))
        assert 0.3 < drawn.count(None) / len(drawn) < 0.7

    @pytest.mark.parametrize(
        ("wanted", "smallest"),
        [
            (lambda drawn: True, None),
            (lambda drawn: drawn == "b", "b"),
            (lambda drawn: isinstance(drawn, int), 0),
            (lambda drawn: isinstance(drawn, int) and drawn > 76, 77),
            (lambda drawn: isinstance(drawn, int) and drawn < -5, -6),
        ],
    )
    def test_they_shrink(self, wanted: Callable[[Any], bool], smallest: Any) -> None:
        """The few come first, then integers from 0 up, and negative ones last."""
        assert find(either((None, "a", "b"), -1000, 1000), wanted, settings=SHRINKING) == smallest

    @pytest.mark.parametrize("name", SIMPLEST)
    def test_errors_show_them_in_short(self, name: str) -> None:
        """What hypothesis shows of a strategy, where drawing fails, is not many pages long."""
        assert len(repr(getattr(strategies, name)())) < 8000

    def test_keys_are_in_any_order(self) -> None:
        """The keys of documents, which are shuffled by one number, too."""
        firsts = {next(iter(document), "") for document in tried(strategies.scenario_documents())}
        assert {"cluster", "vm", "source", "engine", "name"} <= firsts


def tried(strategy: st.SearchStrategy[Any]) -> List[Any]:
    """What is drawn in many tries."""
    drawn: List[Any] = []

    def keep(value: Any) -> bool:
        drawn.append(value)
        return False

    with contextlib.suppress(NoSuchExample):
        find(strategy, keep, settings=settings(REPEATABLE, max_examples=100))
    return drawn


class TestBounds:
    @given(strategies.clusters(levels=("4.5", "4.4"), max_mbps=3))
    def test_of_clusters(self, cluster: zc.Cluster) -> None:
        """Levels and the custom bandwidth."""
        assert cluster.level in ("4.5", "4.4")
        assert cluster.bandwidth in ("auto", "hypervisor_default", 1, 2, 3)

    @given(strategies.hosts(max_mbps=3))
    def test_of_hosts(self, host: zc.Host) -> None:
        """The link speed, where it is known."""
        assert host.migration_mbps is None or host.migration_mbps <= 3

    @given(
        strategies.vms(levels=("4.5",), max_vcpus=2, max_memory_mib=100, policies=st.just("legacy"))
    )
    def test_of_vms(self, vm: zc.VM) -> None:
        """Levels, size and policies."""
        assert vm.level in (None, "4.5")
        assert vm.vcpus <= 2
        assert vm.memory_mib <= 100
        assert vm.policy in (None, "legacy")

    @pytest.mark.parametrize("zero_copy", [False, True])
    @given(data=st.data())
    def test_of_policies(self, zero_copy: bool, data: st.DataObject) -> None:
        """Whether they ask for zero-copy, and whether Legacy is one."""
        policy = data.draw(strategies.policies(zero_copy=zero_copy, legacy=False))
        assert policy.zero_copy is zero_copy
        assert not policy.is_legacy

    @given(strategies.schedules(max_size=2, initial_actions=("postcopy",)))
    def test_of_schedules(self, schedule: zc.ConvergenceSchedule) -> None:
        """The entries, and what a migration starts with."""
        assert len(schedule.stalling) <= 2
        assert {action.name for action in schedule.init} <= {"postcopy"}

    @given(strategies.engines(max_policies=1))
    def test_of_engines(self, engine: zc.EngineConfig) -> None:
        """The policies in the list."""
        assert engine.policies is None or len(engine.policies) <= 1

    @given(
        strategies.scenarios(
            cluster=st.just(zc.Cluster(level="9.9")),
            host=st.just(zc.Host(qemu_zerocopy=False)),
            policy=st.just("Post-copy migration"),
            vm=st.just(zc.VM(level="1.0", policy="legacy")),
            destination=st.just(zc.Host(migration_mbps=7)),
        )
    )
    def test_of_scenarios_by_their_parts(self, scenario: zc.Scenario) -> None:
        """What is given is taken as it is; Engine, which is not, learns the levels."""
        assert scenario == zc.Scenario(
            cluster=zc.Cluster(level="9.9"),
            host=zc.Host(qemu_zerocopy=False),
            policy="Post-copy migration",
            vm=zc.VM(level="1.0", policy="legacy"),
            destination=zc.Host(migration_mbps=7),
            engine=scenario.engine,
            name=scenario.name,
        )

    @given(strategies.scenarios(engine=st.just(zc.EngineConfig())))
    def test_of_scenarios_by_their_engine(self, scenario: zc.Scenario) -> None:
        """A given Engine does not change; levels and policies are those that it knows."""
        assert scenario.engine == zc.EngineConfig()


def test_parts_that_cannot_go_together_are_refused_when_drawn() -> None:
    """A cluster and an Engine that are both given stay as they are, and must fit."""
    strategy = strategies.scenarios(
        cluster=st.just(zc.Cluster(level="4.9")), engine=st.just(zc.EngineConfig())
    )
    with pytest.raises(zc.ZcpolicyError, match=r"cluster\.level"):
        find(strategy, lambda scenario: True, settings=REPEATABLE)
