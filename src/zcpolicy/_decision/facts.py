"""The effective inputs, with inheritance and compatibility levels resolved.

The rules, limitations and notices see nothing else, so "the VM's setting, else its cluster's, else
Engine's default" is implemented only once.

Source: Engine 4.5 ``MigrateVmCommand`` and ``VmHandler``.
"""

from typing import Any, Optional

import attr

from .._base.frozen import quick
from .._model.engine_config import EngineConfig
from .._model.inputs import VM, Cluster, Host, ParallelSetting, PolicyChoice
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario

__all__ = ["Facts"]


def _settled() -> Any:
    return attr.ib(init=False, eq=False, repr=False)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts that a limitation of zero-copy, including your own, may use.

    Attributes:
        scenario: the inputs as given.
        cluster: the cluster.
        vm: the VM.
        host: the source host.
        destination: the destination host.
        engine: Engine's configuration.
        policy: the effective policy: the VM's own, else the cluster's.
        cluster_policy: the cluster's policy, by which the bandwidth is divided.
        level: the VM's compatibility level, its own or its cluster's.
        parallel_supported: whether the VM's level supports parallel migrations.
        parallel: the parallel setting, the VM's or its cluster's.
        connection_cap: the maximum for a requested number: the VM's vCPUs, but at least 2.
        encryption_asked: whether encryption is requested, supported (since level 4.4) or not.
        encrypted: whether the migration is encrypted.
        tunnelled: whether a tunnel is requested, even if encryption replaces it.
        auto_converge: whether autoconverge is requested by the policy, or inherited under Legacy.
        compressed: whether compression is requested by the policy, or inherited under Legacy.
        bandwidth: the migration network's bandwidth, MiB/s, before division among migrations:
            custom, or the slower of the two links; None if unknown or left to the hypervisor.
    """

    scenario: Scenario
    # Computed once, since every decision needs them; properties compute the rest on demand.
    cluster: Cluster = _settled()
    vm: VM = _settled()
    host: Host = _settled()
    destination: Host = _settled()
    engine: EngineConfig = _settled()
    policy: MigrationPolicy = _settled()
    cluster_policy: MigrationPolicy = _settled()
    level: str = _settled()
    parallel_supported: bool = _settled()
    parallel: ParallelSetting = _settled()
    connection_cap: int = _settled()
    encryption_asked: bool = _settled()
    encrypted: bool = _settled()
    tunnelled: bool = _settled()
    auto_converge: bool = _settled()
    compressed: bool = _settled()
    bandwidth: Optional[int] = _settled()

    def __attrs_post_init__(self) -> None:
        facts: Any = self
        scenario = self.scenario
        cluster, vm, engine = scenario.cluster, scenario.vm, scenario.engine
        facts.cluster, facts.vm, facts.engine = cluster, vm, engine
        facts.host, facts.destination = scenario.host, scenario.destination

        # All policies, even the VM's own, are looked up at the cluster's level; an id that the
        # level's list lacks means Legacy.  Source: Engine 4.5 ConvergenceConfigProvider.
        known = engine._levels[cluster.level]
        policy = facts.cluster_policy = known.policy(scenario.policy)
        if vm.policy is not None:
            policy = known.policy(vm.policy)
        facts.policy = policy

        # The VM's level determines the features.
        facts.level = cluster.level if vm.level is None else vm.level
        level = known if vm.level is None else engine._levels[vm.level]
        facts.parallel_supported = level.parallel
        facts.parallel = cluster.parallel if vm.parallel is None else vm.parallel
        facts.connection_cap = vm.vcpus if vm.vcpus > 2 else 2

        encrypted = _inherited(vm.encrypted, cluster.encrypted, engine.default_encrypted)
        facts.encryption_asked = encrypted
        facts.encrypted = encrypted and level.encryption
        facts.tunnelled = cluster.tunnelled if vm.tunnelled is None else vm.tunnelled

        asked = policy.auto_convergence
        if asked is None:
            asked = _inherited(
                vm.auto_converge, cluster.auto_converge, engine.default_auto_converge
            )
        facts.auto_converge = asked
        asked = policy.migration_compression
        if asked is None:
            asked = _inherited(vm.compressed, cluster.compressed, engine.default_compressed)
        facts.compressed = asked

        # Engine takes Mbps / 8 as MiB/s.  Source: Engine 4.5 MigrateVmCommand.getMaxBandwidth.
        setting = cluster.bandwidth
        mbps: Optional[int] = None
        if setting == "auto":
            source, target = scenario.host.migration_mbps, scenario.destination.migration_mbps
            if source is not None and target is not None and source > 0 and target > 0:
                mbps = source if source < target else target
        elif isinstance(setting, int):
            mbps = setting
        facts.bandwidth = None if mbps is None else mbps // 8

    @property
    def policy_unknown(self) -> Optional[PolicyChoice]:
        """The chosen policy if the level's list lacks it, which means Legacy; else None."""
        choice = self.scenario.policy if self.vm.policy is None else self.vm.policy
        return None if self.engine._levels[self.cluster.level].lists(choice) else choice


def _inherited(vm: Optional[bool], cluster: Optional[bool], default: bool) -> bool:
    if vm is not None:
        return vm
    return default if cluster is None else cluster
