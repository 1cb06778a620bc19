"""The finite part of the decision, complete: all that limits zero-copy, in every combination.

Every limitation, there or not, with four kinds of parallel setting, under each of the five shipped
policies, for a paused VM and for one that runs.  The complete run is marked `slow`; the usual one
has every limitation alone, every pair of them, all but one, all, and none, with everything else.
What brings a limitation about is taken from where the vectors have it, which blockers it must give
is said by the independent model, too.

Below it, what else is finite or has few boundaries: speeds and connections, who inherits from
whom, levels, and short schedules.  Where there are many, the usual run has every second.
"""

import itertools
from typing import Any, Collection, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import attr
import pytest

import constraints
import model
import zcpolicy as zc
from zcpolicy._model.inputs import BandwidthSetting, ParallelSetting
from zcpolicy._publish.causes import CAUSES

# The usual run has this half, the other is for the complete one.
HALVES = pytest.mark.parametrize("half", [0, pytest.param(1, marks=pytest.mark.slow)])


def every_second(half: int, *factors: Sequence[Any]) -> Iterator[Tuple[Any, ...]]:
    """Half of the combinations: of all factors but one, whichever, it has every combination."""
    for chosen in itertools.product(*[tuple(enumerate(factor)) for factor in factors]):
        if (half + sum([number for number, _ in chosen])) % 2 == 0:
            yield tuple([value for _, value in chosen])


# In the order in which they are listed as blockers.
LIMITATIONS = tuple(limitation.code for limitation in zc.LIMITATIONS)
ALL = tuple(
    found
    for size in range(len(LIMITATIONS) + 1)
    for found in itertools.combinations(LIMITATIONS, size)
)
COVERING = tuple(found for found in ALL if len(found) <= 2 or len(found) >= len(LIMITATIONS) - 1)
SETTINGS: Tuple[ParallelSetting, ...] = ("disabled", "auto", "auto_parallel", 3)
POLICIES = {
    "minimal downtime": zc.policies.MINIMAL_DOWNTIME,
    "suspend workload": zc.policies.SUSPEND_WORKLOAD,
    "post-copy": zc.policies.POST_COPY,
    "very large vms": zc.policies.VERY_LARGE_VMS,
    "legacy": zc.policies.LEGACY,
}
MBPS = 40960  # enough for four connections


class Case(NamedTuple):
    """One combination."""

    limitations: Tuple[str, ...]
    setting: ParallelSetting
    policy: zc.MigrationPolicy
    paused: bool

    @property
    def expected(self) -> List[str]:
        """What must be listed as blockers: Legacy never asks for zero-copy."""
        there = {*self.limitations, "policy"} if self.policy.is_legacy else {*self.limitations}
        return [code for code in LIMITATIONS if code in there]

    def scenario(self) -> zc.Scenario:
        """A scenario in which these limitations apply and no others.

        The policy is the shipped one, but that it asks for zero-copy.  Legacy cannot be made to
        ask; there the *cluster's* policy asks, which must change nothing, since the VM's own is
        Legacy.
        """
        policy = zc.policies.VERY_LARGE_VMS if self.policy.is_legacy else self.policy
        scenario = zc.Scenario(
            cluster=zc.Cluster(parallel=self.setting),
            policy=attr.evolve(policy, zero_copy=True),
            vm=zc.VM(
                vcpus=8,
                memory_mib=4096,
                memory_hard_limit_mib=4096,
                paused=self.paused,
                policy=zc.policies.LEGACY if self.policy.is_legacy else None,
            ),
            host=zc.Host(migration_mbps=MBPS),
            destination=zc.Host(migration_mbps=MBPS),
        )
        for code in self.limitations:
            scenario = CAUSES[code].imposes(scenario)
        return scenario


def check(scenario: zc.Scenario) -> Dict[str, Any]:
    """What holds of every scenario; gives the answer."""
    answer = scenario.resolve().to_json()
    expected = model.decide(scenario.to_json())
    for part in ("parameters", "blockers", "vmMigrate", "libvirt"):
        assert answer[part] == expected[part], scenario
    told = sorted((row["code"], row["severity"], row["field"]) for row in answer["notices"])
    assert told == sorted(expected["notices"]), scenario
    refused = constraints.violations(
        answer["libvirt"]["flags"],
        answer["libvirt"]["params"],
        paused=scenario.vm.paused,
        memory_mib=scenario.vm.memory_mib,
        hard_limit_mib=scenario.vm.memory_hard_limit_mib,
    )
    assert refused == [], scenario
    return answer


def check_case(case: Case) -> None:
    """What holds of every combination of limitations."""
    answer = check(case.scenario())
    assert answer["blockers"] == case.expected, case
    assert answer["parameters"]["zerocopy"] is (not case.expected), case
    assert constraints.schedule_violations(answer["parameters"]["schedule"]) == [], case


def cases(combinations: Collection[Tuple[str, ...]], policy: str, paused: bool) -> List[Case]:
    return [
        Case(found, setting, POLICIES[policy], paused)
        for found in combinations
        for setting in SETTINGS
    ]


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
@pytest.mark.parametrize("policy", POLICIES)
class TestEveryCombination:
    @pytest.mark.slow
    def test_of_limitations_is_decided_right(self, policy: str, paused: bool) -> None:
        """Blockers are exactly what limits, nothing is refused, and the model agrees."""
        for case in cases(ALL, policy, paused):
            check_case(case)

    def test_of_two_limitations_is_decided_right(self, policy: str, paused: bool) -> None:
        """As above, for none, each, each pair, all but each, and all."""
        for case in cases(COVERING, policy, paused):
            check_case(case)

    def test_the_flag_is_passed_iff_the_policy_is_selected_and_the_limitations_are_satisfied(
        self, policy: str, paused: bool
    ) -> None:
        """The feature page's own test, of ``VIR_MIGRATE_ZEROCOPY`` in libvirt's call."""
        for case in cases(COVERING, policy, paused):
            selected = case.scenario().resolve()
            call = selected.to_json()["libvirt"]
            passed = "VIR_MIGRATE_ZEROCOPY" in call["flagNames"]
            assert passed is (not case.limitations and not case.policy.is_legacy), case
            assert bool(call["flags"] & 1 << 20) is passed, case


# Around 8 Mbps (one MiB/s), two and three connections, and 255; and what is no speed.
SPEEDS = (None, -1, 0, 7, 8, 15, 16, 20479, 20480, 20487, 30720, 2611199, 2611200, 2621440)


class TestEveryBoundary:
    @HALVES
    def test_of_bandwidth_and_connections(self, half: int) -> None:
        """Each pair of link speeds, with vCPUs around those that limit connections."""
        policies = (zc.policies.MINIMAL_DOWNTIME, zc.policies.VERY_LARGE_VMS)
        settings = (*SETTINGS, 2, 255)
        vcpus = (1, 2, 3, 255, 256)
        for policy, setting, source, destination, number in every_second(
            half, policies, settings, SPEEDS, SPEEDS, vcpus
        ):
            check(
                zc.Scenario(
                    cluster=zc.Cluster(parallel=setting),
                    policy=policy,
                    host=zc.Host(migration_mbps=source),
                    destination=zc.Host(migration_mbps=destination),
                    vm=zc.VM(vcpus=number),
                )
            )

    @pytest.mark.parametrize("bandwidth", ["auto", "hypervisor_default", *SPEEDS[3:]])
    def test_of_the_cluster_s_bandwidth(self, bandwidth: BandwidthSetting) -> None:
        """Divided by the limit of the cluster's policy, whatever policy the VM has."""
        for cluster, own in itertools.product(POLICIES.values(), [None, *POLICIES.values()]):
            check(
                zc.Scenario(
                    cluster=zc.Cluster(parallel="auto", bandwidth=bandwidth),
                    policy=cluster,
                    host=zc.Host(migration_mbps=MBPS),
                    destination=zc.Host(migration_mbps=MBPS),
                    vm=zc.VM(vcpus=4, policy=own),
                )
            )


INHERITED = (None, False, True)


class TestEveryInheritance:
    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize("level", ["4.3", "4.4", "4.8"])
    @pytest.mark.parametrize("name", ["encrypted", "compressed", "auto_converge"])
    def test_of_vm_cluster_and_default(self, name: str, level: str, policy: str) -> None:
        """The VM's setting, else its cluster's, else Engine's default."""
        for own, cluster, default in itertools.product(INHERITED, INHERITED, (False, True)):
            for parallel in ("disabled", "auto_parallel"):
                values: Dict[str, Any] = {"level": level, "parallel": parallel, name: cluster}
                own_values: Dict[str, Any] = {name: own}
                defaults: Dict[str, Any] = {f"default_{name}": default}
                check(
                    zc.Scenario(
                        cluster=zc.Cluster(**values),
                        vm=zc.VM(**own_values),
                        engine=zc.EngineConfig(**defaults),
                        policy=POLICIES[policy],
                    )
                )

    @pytest.mark.parametrize("setting", [None, *SETTINGS])
    @pytest.mark.parametrize("tunnelled", INHERITED)
    def test_of_vm_and_cluster(
        self, tunnelled: Optional[bool], setting: Optional[ParallelSetting]
    ) -> None:
        """The VM's tunnel and parallel setting, else its cluster's."""
        for by_cluster, tunnel, encrypted in itertools.product(SETTINGS, (False, True), INHERITED):
            check(
                zc.Scenario(
                    cluster=zc.Cluster(parallel=by_cluster, tunnelled=tunnel, encrypted=encrypted),
                    vm=zc.VM(vcpus=2, parallel=setting, tunnelled=tunnelled),
                    policy=zc.policies.POST_COPY,
                )
            )

    @pytest.mark.parametrize("downtime", [None, 0, 1, 2000000])
    @pytest.mark.parametrize("policy", POLICIES)
    def test_of_the_downtime(self, policy: str, downtime: Optional[int]) -> None:
        """The VM's, else Engine's default; 0 is not sent."""
        for default in (0, 1, 2000000):
            check(
                zc.Scenario(
                    vm=zc.VM(downtime=downtime),
                    policy=POLICIES[policy],
                    engine=zc.EngineConfig(default_downtime=default),
                )
            )


LEVELS = ("4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "4.8", "4.10", "4.1")


class TestEveryLevel:
    @HALVES
    def test_with_every_policy(self, half: int) -> None:
        """Policies are listed at the cluster's level, features are of the VM's own."""
        policies = tuple(POLICIES.values())
        either = (False, True)
        for own, cluster, policy, supported, setting, encrypted in every_second(
            half, (None, *LEVELS), LEVELS, policies, either, SETTINGS, either
        ):
            check(
                zc.Scenario(
                    cluster=zc.Cluster(level=cluster, parallel=setting, encrypted=encrypted),
                    vm=zc.VM(level=own),
                    policy=policy.id,
                    engine=zc.EngineConfig(
                        parallel_supported={
                            "4.1": False,
                            "4.10": True,
                            own or cluster: supported,
                        }
                    ),
                )
            )


ACTIONS = (
    zc.Action(name="setDowntime", params=("100",)),
    zc.Action(name="postcopy"),
    zc.Action(name="abort"),
)


class TestEveryShortSchedule:
    @pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
    @pytest.mark.parametrize("tunnelled", [False, True], ids=["plain", "tunnelled"])
    @pytest.mark.parametrize("setting", ["disabled", 2])
    def test_keeps_all_but_an_impossible_post_copy(
        self, setting: ParallelSetting, tunnelled: bool, paused: bool
    ) -> None:
        """And is harmful, with a notice, exactly where it does not end in abort."""
        for size in range(4):
            for actions in itertools.product(ACTIONS, repeat=size):
                stalling = [zc.StallingEntry(limit=1, action=action) for action in actions]
                schedule = zc.ConvergenceSchedule(stalling=tuple(stalling))
                answer = check(
                    zc.Scenario(
                        cluster=zc.Cluster(parallel=setting, tunnelled=tunnelled),
                        vm=zc.VM(paused=paused),
                        policy=attr.evolve(zc.policies.POST_COPY, schedule=schedule),
                    )
                )
                harm = constraints.schedule_violations(answer["parameters"]["schedule"])
                codes = [notice["code"] for notice in answer["notices"]]
                assert harm == ["schedule that runs out"] * codes.count("schedule-runs-out")
                left = answer["parameters"]["schedule"]["stalling"]
                impossible = setting == 2 or tunnelled or paused
                assert [entry["action"]["name"] for entry in left] == [
                    action.name
                    for action in actions
                    if not (impossible and action.name == "postcopy")
                ]
