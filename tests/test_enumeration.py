"""The finite part of the decision, complete: all that limits zero-copy, in every combination.

Nine limitations, each there or not, with four kinds of parallel setting, under each of the five
shipped policies, for a paused VM and for one that runs: 20,480 cases.  The complete run is marked
`slow`; the usual one has every limitation alone, every pair of them, all but one, all, and none,
with everything else.
"""

import itertools
from typing import Collection, List, NamedTuple, Tuple, Union

import attr
import pytest

import constraints
import model
import zcpolicy as zc

# In the order in which they are listed as blockers.
LIMITATIONS = (
    *("policy", "level", "encryption", "tunnel"),
    *("vdsm", "libvirt", "qemu", "destination", "memory-lock"),
)
ALL = tuple(
    found
    for size in range(len(LIMITATIONS) + 1)
    for found in itertools.combinations(LIMITATIONS, size)
)
COVERING = tuple(found for found in ALL if len(found) in (0, 1, 2, 8, 9))
SETTINGS = ("disabled", "auto", "auto_parallel", 3)
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
    setting: Union[str, int]
    policy: zc.MigrationPolicy
    paused: bool

    @property
    def expected(self) -> List[str]:
        """What must be listed as blockers: Legacy never asks for zero-copy."""
        there = {*self.limitations, "policy"} if self.policy.is_legacy else {*self.limitations}
        return [code for code in LIMITATIONS if code in there]

    def scenario(self) -> zc.Scenario:
        """A scenario in which these limitations apply and no others.

        The policy is the shipped one, but that it asks for zero-copy, or does not.  Legacy cannot
        be made to ask; there the *cluster's* policy asks, or does not, which must change nothing,
        since the VM's own is Legacy.
        """
        asks = "policy" not in self.limitations
        policy = zc.policies.VERY_LARGE_VMS if self.policy.is_legacy else self.policy
        return zc.Scenario(
            cluster=zc.Cluster(parallel=self.setting, tunnelled="tunnel" in self.limitations),
            policy=attr.evolve(policy, zero_copy=asks),
            vm=zc.VM(
                vcpus=8,
                memory_mib=4096,
                memory_hard_limit_mib=4095 if "memory-lock" in self.limitations else 4096,
                # The last level without parallel migrations; it has encryption.
                level="4.6" if "level" in self.limitations else None,
                encrypted="encryption" in self.limitations,
                paused=self.paused,
                policy=zc.policies.LEGACY if self.policy.is_legacy else None,
            ),
            host=zc.Host(
                vdsm_zerocopy="vdsm" not in self.limitations,
                libvirt_zerocopy="libvirt" not in self.limitations,
                qemu_zerocopy="qemu" not in self.limitations,
                migration_mbps=MBPS,
            ),
            destination=zc.Host(
                libvirt_zerocopy="destination" not in self.limitations, migration_mbps=MBPS
            ),
        )


def check(case: Case) -> None:
    """What holds of every case."""
    scenario = case.scenario()
    answer = scenario.resolve().to_json()
    assert answer["blockers"] == case.expected, case
    assert answer["parameters"]["zerocopy"] is (not case.expected), case

    expected = model.decide(scenario.to_json())
    for part in ("parameters", "blockers", "vmMigrate", "libvirt"):
        assert answer[part] == expected[part], case
    told = sorted((row["code"], row["severity"], row["field"]) for row in answer["notices"])
    assert told == sorted(expected["notices"]), case

    refused = constraints.violations(
        answer["libvirt"]["flags"],
        answer["libvirt"]["params"],
        paused=case.paused,
        memory_mib=scenario.vm.memory_mib,
        hard_limit_mib=scenario.vm.memory_hard_limit_mib,
    )
    assert refused == [], case
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
            check(case)

    def test_of_two_limitations_is_decided_right(self, policy: str, paused: bool) -> None:
        """As above, for none, each, each pair, all but each, and all."""
        for case in cases(COVERING, policy, paused):
            check(case)

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
