"""The scenario: all inputs of one decision."""

from typing import TYPE_CHECKING, Any, Dict, Optional

import attr

from .._base.errors import raise_all
from .._base.fields import TEXT, Fields, instance, optional
from .._base.frozen import quick
from .engine_config import EngineConfig, policy_faults, unknown_level
from .inputs import POLICY_CHOICE, VM, Cluster, Host, PolicyChoice, policy_choice
from .shipped import MINIMAL_DOWNTIME

if TYPE_CHECKING:
    from .._decision.resolution import Resolution

__all__ = ["SCENARIO", "Scenario"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that a decision depends on.

    Attributes:
        cluster: the VM's cluster.
        host: the source host.
        policy: the policy selected in the cluster: a `MigrationPolicy`, which is used as is, or an
            id or name, which is looked up in Engine's list for the cluster's level.
        vm: the VM.
        destination: the destination host, of which the libvirt and the link speed matter.
        engine: Engine's configuration.
        name: your name for the scenario, such as the VM's name; it does not affect the decision,
            and the answer repeats it.

    Raises:
        ZcpolicyError: a field is invalid, Engine does not know a level, or a policy's name is
            unknown.
    """

    cluster: Cluster = Cluster()
    host: Host = Host()
    policy: PolicyChoice = attr.ib(default=MINIMAL_DOWNTIME.name, converter=policy_choice)
    vm: VM = VM()
    destination: Host = Host()
    engine: EngineConfig = EngineConfig()
    name: Optional[str] = None

    def __attrs_post_init__(self) -> None:
        _check(self)
        cluster, vm, levels = self.cluster, self.vm, self.engine._levels
        known = levels.get(cluster.level)
        if (
            known is None
            or not known.lists(self.policy)
            or (vm.level is not None and vm.level not in levels)
            or (vm.policy is not None and not known.lists(vm.policy))
        ):
            self._check_closely()

    def _check_closely(self) -> None:
        """Raise an error for unknown levels and names; an unlisted id is valid and means Legacy."""
        cluster, vm, engine = self.cluster, self.vm, self.engine
        faults = [
            unknown_level(engine, path, level)
            for path, level in (("cluster.level", cluster.level), ("vm.level", vm.level))
            if level is not None and level not in engine._levels
        ]
        # The same names are known at every level.
        level = cluster.level if cluster.level in engine._levels else next(iter(engine._levels))
        for path, choice in (("policy", self.policy), ("vm.policy", vm.policy)):
            if choice is not None:
                faults += policy_faults(engine, path, level, choice)
        raise_all(faults)

    def resolve(self) -> "Resolution":
        """Decide this scenario."""
        # Imported here because that module imports this one.
        from .._decision.resolution import Resolution

        return Resolution(scenario=self)

    @classmethod
    def from_json(cls, document: object) -> "Scenario":
        """Read a scenario from the JSON that ``docs/json.md`` describes.

        Raises:
            ZcpolicyError: with every fault of the document and its path.
        """
        # Imported here because a decision reads and writes no JSON.
        from .scenario_json import read_scenario

        return read_scenario(document)

    def to_json(self) -> Dict[str, Any]:
        """The scenario as JSON with every value spelled out, to store and replay."""
        from .scenario_json import scenario_json

        return scenario_json(self)


SCENARIO = Fields(
    cluster=instance(Cluster),
    host=instance(Host),
    policy=POLICY_CHOICE,
    vm=instance(VM),
    destination=instance(Host),
    engine=instance(EngineConfig, "an EngineConfig"),
    name=optional(TEXT),
)
# A function of its own: Python calls it quicker than an attribute.
_check = SCENARIO.check
