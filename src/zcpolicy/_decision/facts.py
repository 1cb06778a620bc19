"""The settled inputs: who asked for what, once inheritance and levels are worked out.

The rules, the limitations and the notices see these and nothing else, so that "the VM's setting,
else its cluster's, else Engine's default" is said once.

Source: Engine 4.5 ``MigrateVmCommand`` and ``VmHandler``.
"""

from typing import Optional

import attr

from .._model.engine_config import EngineConfig
from .._model.inputs import VM, Cluster, Host, ParallelSetting, PolicyChoice
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario

__all__ = ["Facts"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Facts:
    """What a limitation of zero-copy, your own too, may look at.

    Attributes:
        scenario: the inputs as they were given.
        policy: the effective policy: the VM's own, else the cluster's.
        parallel_supported: whether parallel migrations are supported at the VM's level.
        encryption_asked: whether encryption is asked for, supported (from level 4.4 on) or not.
        encrypted: whether the migration is encrypted.
        tunnelled: whether a tunnel is asked for, even if encryption displaces it.
    """

    scenario: Scenario
    # What every decision asks for several times is worked out once, the rest when it is asked for.
    policy: MigrationPolicy = attr.ib(init=False, eq=False, repr=False)
    parallel_supported: bool = attr.ib(init=False, eq=False, repr=False)
    encryption_asked: bool = attr.ib(init=False, eq=False, repr=False)
    encrypted: bool = attr.ib(init=False, eq=False, repr=False)
    tunnelled: bool = attr.ib(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        scenario = self.scenario
        cluster, vm, engine = scenario.cluster, scenario.vm, scenario.engine
        # Policies are looked up at the cluster's level, the VM's own too.
        choice = scenario.policy if vm.policy is None else vm.policy
        level = engine._levels[cluster.level if vm.level is None else vm.level]
        asked = vm.encrypted
        if asked is None:
            asked = engine.default_encrypted if cluster.encrypted is None else cluster.encrypted
        settle = object.__setattr__
        settle(self, "policy", engine._levels[cluster.level].policy(choice))
        settle(self, "parallel_supported", level.parallel)
        settle(self, "encryption_asked", asked)
        settle(self, "encrypted", asked and level.encryption)
        settle(self, "tunnelled", cluster.tunnelled if vm.tunnelled is None else vm.tunnelled)

    @property
    def cluster(self) -> Cluster:
        """The cluster."""
        return self.scenario.cluster

    @property
    def vm(self) -> VM:
        """The VM."""
        return self.scenario.vm

    @property
    def host(self) -> Host:
        """The source host."""
        return self.scenario.host

    @property
    def destination(self) -> Host:
        """The destination host."""
        return self.scenario.destination

    @property
    def engine(self) -> EngineConfig:
        """Engine's configuration."""
        return self.scenario.engine

    @property
    def level(self) -> str:
        """The VM's compatibility level, its own or its cluster's."""
        own = self.scenario.vm.level
        return self.scenario.cluster.level if own is None else own

    @property
    def policy_unknown(self) -> Optional[PolicyChoice]:
        """What was chosen, where the level's list lacks it, so that the policy is Legacy."""
        scenario = self.scenario
        choice = scenario.policy if scenario.vm.policy is None else scenario.vm.policy
        return None if scenario.engine._levels[scenario.cluster.level].lists(choice) else choice

    @property
    def cluster_policy(self) -> MigrationPolicy:
        """The cluster's policy, by which the bandwidth is divided."""
        scenario = self.scenario
        if scenario.vm.policy is None:
            return self.policy
        return scenario.engine._levels[scenario.cluster.level].policy(scenario.policy)

    @property
    def parallel(self) -> ParallelSetting:
        """The parallel setting, the VM's or its cluster's."""
        own = self.scenario.vm.parallel
        return self.scenario.cluster.parallel if own is None else own

    @property
    def connection_cap(self) -> int:
        """The most connections that a count gets; more than vCPUs bring nothing, two are sure."""
        return max(2, self.scenario.vm.vcpus)

    @property
    def auto_converge(self) -> bool:
        """Whether autoconverge is asked for, by the policy, under Legacy as inherited."""
        by_policy = self.policy.auto_convergence
        if by_policy is not None:
            return by_policy
        scenario = self.scenario
        return _inherited(
            scenario.vm.auto_converge,
            scenario.cluster.auto_converge,
            scenario.engine.default_auto_converge,
        )

    @property
    def compressed(self) -> bool:
        """Whether compression is asked for, by the policy, under Legacy as inherited."""
        by_policy = self.policy.migration_compression
        if by_policy is not None:
            return by_policy
        scenario = self.scenario
        return _inherited(
            scenario.vm.compressed, scenario.cluster.compressed, scenario.engine.default_compressed
        )

    @property
    def bandwidth(self) -> Optional[int]:
        """The migration network's bandwidth, MiB/s, not yet divided among migrations.

        Custom, or the slower of the two links; None if unknown or left to the hypervisor.
        Source: Engine 4.5 ``MigrateVmCommand.getMaxBandwidth``; Mbps are cut to MiB/s by 8.
        """
        scenario = self.scenario
        setting = scenario.cluster.bandwidth
        if setting == "auto":
            source, destination = scenario.host.migration_mbps, scenario.destination.migration_mbps
            if source is None or destination is None or source <= 0 or destination <= 0:
                return None
            return (source if source < destination else destination) // 8
        return setting // 8 if isinstance(setting, int) else None


def _inherited(vm: Optional[bool], cluster: Optional[bool], default: bool) -> bool:
    if vm is not None:
        return vm
    return default if cluster is None else cluster
