"""The settled inputs: the VM's setting, else the cluster's, else Engine's."""

import itertools
from typing import Any, Dict, Optional, Tuple

import attr
import pytest

import zcpolicy as zc
from zcpolicy import policies

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
SITE = zc.MigrationPolicy(
    id=MINE, name="Mine", max_migrations=3, auto_convergence=True, migration_compression=True
)
PLAIN = attr.evolve(SITE, auto_convergence=False, migration_compression=False)


def facts(
    cluster: Optional[Dict[str, Any]] = None, vm: Optional[Dict[str, Any]] = None, **others: Any
) -> zc.Facts:
    """The facts of these inputs."""
    return zc.Facts(
        scenario=zc.Scenario(
            cluster=zc.Cluster(**(cluster or {})), vm=zc.VM(**(vm or {})), **others
        )
    )


# The VM's setting, the cluster's, Engine's default, and what counts.
INHERITED = [
    (None, None, False, False),
    (None, None, True, True),
    (None, False, True, False),
    (None, True, False, True),
    (False, True, True, False),
    (True, False, False, True),
    (False, None, True, False),
    (True, None, False, True),
]


class TestInheritance:
    """Settings that inherit."""

    @pytest.mark.parametrize(("vm", "cluster", "default", "counts"), INHERITED)
    @pytest.mark.parametrize("setting", ["auto_converge", "compressed"])
    def test_under_legacy(
        self, setting: str, vm: Any, cluster: Any, default: Any, counts: bool
    ) -> None:
        """Under Legacy autoconverge and compression are the VM's, the cluster's, or Engine's."""
        found = facts(
            {setting: cluster},
            {setting: vm},
            policy="legacy",
            engine=zc.EngineConfig(**{f"default_{setting}": default}),
        )
        assert getattr(found, setting) is counts

    @pytest.mark.parametrize(("policy", "asked"), [(SITE, True), (PLAIN, False)])
    @pytest.mark.parametrize("setting", ["auto_converge", "compressed"])
    def test_under_another_policy(
        self, setting: str, policy: zc.MigrationPolicy, asked: bool
    ) -> None:
        """Any other policy says both itself, whatever is set elsewhere."""
        for vm, cluster, default, _ in INHERITED:
            changed: Any = {f"default_{setting}": default}
            engine = zc.EngineConfig(**changed)
            found = facts({setting: cluster}, {setting: vm}, policy=policy, engine=engine)
            assert getattr(found, setting) is asked

    @pytest.mark.parametrize(("vm", "cluster", "default", "counts"), INHERITED)
    def test_encryption(self, vm: Any, cluster: Any, default: Any, counts: bool) -> None:
        """Encryption is the VM's, the cluster's, or Engine's, and no policy's."""
        engine = zc.EngineConfig(default_encrypted=default)
        found = facts({"encrypted": cluster}, {"encrypted": vm}, engine=engine)
        assert (found.encryption_asked, found.encrypted) == (counts, counts)

    @pytest.mark.parametrize(
        ("vm", "cluster", "counts"),
        [
            (None, False, False),
            (None, True, True),
            (False, True, False),
            (True, False, True),
        ],
    )
    def test_the_tunnel(self, vm: Any, cluster: bool, counts: bool) -> None:
        """A tunnel is the VM's wish or the cluster's."""
        assert facts({"tunnelled": cluster}, {"tunnelled": vm}).tunnelled is counts

    @pytest.mark.parametrize(
        ("vm", "cluster", "counts"),
        [(None, "disabled", "disabled"), (None, 4, 4), ("auto", 4, "auto"), (2, "auto", 2)],
    )
    def test_the_parallel_setting(self, vm: Any, cluster: Any, counts: Any) -> None:
        """A VM without a parallel setting has its cluster's."""
        assert facts({"parallel": cluster}, {"parallel": vm}).parallel == counts


class TestLevel:
    """The level."""

    @pytest.mark.parametrize(
        ("cluster", "vm", "level", "parallel", "encrypted"),
        [
            ("4.8", None, "4.8", True, True),
            ("4.7", None, "4.7", True, True),
            ("4.6", None, "4.6", False, True),
            ("4.4", None, "4.4", False, True),
            ("4.3", None, "4.3", False, False),
            ("4.8", "4.6", "4.6", False, True),
            ("4.3", "4.7", "4.7", True, True),
            ("4.8", "4.2", "4.2", False, False),
        ],
    )
    def test_features_are_those_of_the_vms(
        self, cluster: str, vm: Optional[str], level: str, parallel: bool, encrypted: bool
    ) -> None:
        """What is supported is asked for the VM's level, its own or its cluster's."""
        found = facts({"level": cluster}, {"level": vm, "encrypted": True})
        assert (found.level, found.parallel_supported) == (level, parallel)
        assert (found.encryption_asked, found.encrypted) == (True, encrypted)

    def test_engine_decides_what_is_supported(self) -> None:
        """Whether parallel migrations are supported is Engine's configuration."""
        engine = zc.EngineConfig(parallel_supported={"4.6": True, "4.8": False})
        assert facts({"level": "4.6"}, engine=engine).parallel_supported
        assert not facts({"level": "4.8"}, engine=engine).parallel_supported


class TestPolicy:
    """The policy."""

    @pytest.mark.parametrize(
        ("level", "cluster", "vm", "effective", "of_cluster", "unknown"),
        [
            ("4.8", "Very large VMs", None, policies.VERY_LARGE_VMS, policies.VERY_LARGE_VMS, None),
            ("4.8", SITE, None, SITE, SITE, None),
            ("4.8", "Post-copy migration", SITE, SITE, policies.POST_COPY, None),
            ("4.8", SITE, "legacy", policies.LEGACY, SITE, None),
            ("4.6", "Very large VMs", None, *[policies.LEGACY] * 2, "Very large VMs"),
            ("4.6", policies.VERY_LARGE_VMS, None, *[policies.VERY_LARGE_VMS] * 2, None),
            ("4.8", MINE, None, *[policies.LEGACY] * 2, MINE),
            ("4.8", SITE, MINE, policies.LEGACY, SITE, MINE),
            ("4.8", MINE, SITE, SITE, policies.LEGACY, None),
            ("4.8", "legacy", None, *[policies.LEGACY] * 2, None),
        ],
        ids=itertools.count(),
    )
    def test_the_effective_and_the_clusters(
        self,
        level: str,
        cluster: Any,
        vm: Any,
        effective: zc.MigrationPolicy,
        of_cluster: zc.MigrationPolicy,
        unknown: Optional[str],
    ) -> None:
        """A VM's policy is used instead of its cluster's; what the list lacks is Legacy."""
        found = facts({"level": level}, {"policy": vm}, policy=cluster)
        assert (found.policy, found.cluster_policy) == (effective, of_cluster)
        assert found.policy_unknown == unknown

    @pytest.mark.parametrize(
        ("cluster", "vm", "known"), [("4.6", "4.8", False), ("4.8", "4.6", True)]
    )
    def test_lists_are_those_of_the_clusters_level(
        self, cluster: str, vm: str, known: bool
    ) -> None:
        """A policy, the VM's own too, is looked up at the cluster's level."""
        for given in (
            facts({"level": cluster}, {"level": vm}, policy="Very large VMs"),
            facts({"level": cluster}, {"level": vm, "policy": "Very large VMs"}),
        ):
            assert given.policy is (policies.VERY_LARGE_VMS if known else policies.LEGACY)
            assert given.policy_unknown == (None if known else "Very large VMs")


@pytest.mark.parametrize(
    ("vcpus", "cap"), [(1, 2), (2, 2), (3, 3), (255, 255), (256, 256), (2147483647, 2147483647)]
)
def test_the_cap_is_the_vcpus_but_two_at_least(vcpus: int, cap: int) -> None:
    """A count of connections is cut to the vCPUs, and two are sure."""
    assert facts(vm={"vcpus": vcpus}).connection_cap == cap


class TestBandwidth:
    """The bandwidth of the migration network."""

    @pytest.mark.parametrize(
        ("mbps", "mib"), [(1, 0), (7, 0), (8, 1), (15, 1), (16, 2), (2147483647, 268435455)]
    )
    def test_custom(self, mbps: int, mib: int) -> None:
        """The cluster's own limit counts, cut to MiB/s by eight, whatever the links are."""
        link = zc.Host(migration_mbps=8)
        assert facts({"bandwidth": mbps}, host=link, destination=link).bandwidth == mib

    @pytest.mark.parametrize("mbps", [None, 8000])
    def test_hypervisor_default(self, mbps: Optional[int]) -> None:
        """Left to the hypervisor the bandwidth is unknown, whatever the links are."""
        link = zc.Host(migration_mbps=mbps)
        found = facts({"bandwidth": "hypervisor_default"}, host=link, destination=link)
        assert found.bandwidth is None

    @pytest.mark.parametrize(
        ("links", "mib"),
        [
            ((None, None), None),
            ((None, 8), None),
            ((8, None), None),
            ((0, 8), None),
            ((8, 0), None),
            ((-1, 8), None),
            ((8, -1), None),
            ((1, 1), 0),
            ((8, 8), 1),
            ((8, 16), 1),
            ((16, 8), 1),
            ((25000, 10000), 1250),
            ((10007, 25000), 1250),
            ((10008, 25000), 1251),
        ],
    )
    def test_auto(self, links: Tuple[Optional[int], Optional[int]], mib: Optional[int]) -> None:
        """The slower of the two links counts, and both must be known: positive."""
        source, destination = (zc.Host(migration_mbps=mbps) for mbps in links)
        assert facts(host=source, destination=destination).bandwidth == mib


class TestFacts:
    """What a limitation may look at."""

    def test_the_inputs_are_at_hand(self) -> None:
        """Every input of the scenario can be looked at."""
        scenario = zc.Scenario(
            cluster=zc.Cluster(level="4.7"),
            host=zc.Host(migration_mbps=1),
            vm=zc.VM(vcpus=2),
            destination=zc.Host(migration_mbps=2),
            engine=zc.EngineConfig(default_downtime=1),
        )
        found = zc.Facts(scenario=scenario)
        for name in ("cluster", "vm", "host", "destination", "engine"):
            assert getattr(found, name) is getattr(scenario, name)

    def test_they_are_those_of_their_scenario(self) -> None:
        """Facts of equal scenarios are equal, and they show the scenario alone."""
        assert facts() == facts()
        assert facts() != facts(vm={"vcpus": 2})
        assert repr(facts()) == f"Facts(scenario={zc.Scenario()!r})"
