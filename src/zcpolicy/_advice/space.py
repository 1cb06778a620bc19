"""What an administrator can change: a table of settings, and the existing policies.

Memory, vCPUs and hosts are fixed.  Compression stays as it is: how much it saves depends on the
data that the guest writes, which no forecast knows.
"""

import itertools
from typing import (
    Any,
    Callable,
    Iterable,
    Iterator,
    List,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)

import attr

from .._decision.resolution import Resolution
from .._forecast.fit import Fit
from .._forecast.members import models
from .._forecast.model import Model
from .._forecast.text import limit_text
from .._lint import lint
from .._model.inputs import PolicyChoice
from .._model.parameters import CONNECTIONS_MAX
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario
from ..policies import offered
from .load import Load
from .option import Change, choice_name, effective_policy
from .schedules import made_policy

__all__ = [
    "KEEP",
    "LEVERS",
    "MORE_CONNECTIONS",
    "Draft",
    "Kept",
    "Lever",
    "Network",
    "Space",
    "Way",
    "policy_reason",
    "switches",
]

# What can be kept, and how to compare it.
Kept = Literal[
    "policy",
    "schedule",
    "auto_converge",
    "parallel",
    "encrypted",
    "tunnelled",
    "compressed",
    "bandwidth",
]
KEEP: Mapping[Kept, Callable[[Resolution], Any]] = {
    "policy": lambda it: (it.scenario.policy, it.scenario.vm.policy),
    "schedule": lambda it: it.parameters.schedule,
    "auto_converge": lambda it: it.parameters.auto_converge,
    "parallel": lambda it: it.parameters.parallel,
    "encrypted": lambda it: it.parameters.encrypted,
    "tunnelled": lambda it: it.parameters.tunnelled,
    "compressed": lambda it: it.parameters.compressed,
    "bandwidth": lambda it: it.parameters.max_bandwidth,
}


class Situation(NamedTuple):
    """The input of the table.

    Attributes:
        resolution: the decision as it is.
        model: the model of its forecast.
        link_mbps: the capacity of the network according to the workload, Mbps; None if not given.
        postcopy: whether post-copy is allowed.
    """

    resolution: Resolution
    model: Model
    link_mbps: Optional[float]
    postcopy: bool


class Lever(NamedTuple):
    """A setting other than the policy.

    Attributes:
        path: its path.
        weight: the weight of a change; a setting of the cluster also affects other VMs.
        values: its possible values, with the reason for each.
    """

    path: str
    weight: int
    values: Callable[[Situation], Iterable[Tuple[Any, str]]]


MORE_CONNECTIONS = "several connections carry more than one"


def _connections(it: Situation) -> Iterator[Tuple[Any, str]]:
    vm, used = it.resolution.scenario.vm, it.resolution.parameters.parallel
    most = max(2, vm.vcpus)
    if used is None:
        yield "auto_parallel", MORE_CONNECTIONS
    enough = it.model.enough
    if enough is not None and enough > (used or 1):
        count = max(2, min(enough, most, CONNECTIONS_MAX))
        if count > (used or 1):
            yield count, MORE_CONNECTIONS
    if it.postcopy and (used is not None or vm.parallel not in (None, "disabled")):
        yield "disabled", "post-copy excludes parallel connections"


def _encryption(it: Situation) -> Iterator[Tuple[Any, str]]:
    if it.resolution.parameters.encrypted:
        yield (
            False,
            "TLS slows a connection down; without it, the VM's memory crosses the network in the "
            "clear",
        )


def _tunnel(it: Situation) -> Iterator[Tuple[Any, str]]:
    if it.resolution.parameters.tunnelled:
        yield (
            False,
            "libvirt's tunnel carries little, and excludes parallel connections and post-copy; "
            "without it, the VM's memory crosses the network in the clear",
        )


def _bandwidths(it: Situation) -> Iterator[Tuple[Any, str]]:
    scenario = it.resolution.scenario
    speeds = [scenario.host.migration_mbps, scenario.destination.migration_mbps]
    why = "the link carries more than the migration may use"
    if all([speed is not None and speed > 0 for speed in speeds]):
        if scenario.cluster.bandwidth != "auto":
            yield "auto", why
    elif it.link_mbps is not None and it.link_mbps >= 8:
        mbps = int(it.link_mbps)
        if scenario.cluster.bandwidth != mbps:
            yield mbps, why


LEVERS = (
    Lever("vm.parallel", 0, _connections),
    Lever("vm.encrypted", 4, _encryption),
    Lever("vm.tunnelled", 4, _tunnel),
    Lever("cluster.bandwidth", 2, _bandwidths),
)
# The weight of policies: a new one must first be added to Engine's list.
_CLUSTER, _MADE, _SWITCHES = 2, 1, 2


class Network(NamedTuple):
    """The settings other than the policy, some of them changed."""

    scenario: Scenario
    changes: Tuple[Change, ...]
    weight: int


class Draft(NamedTuple):
    """A scenario that could become an option.

    Attributes:
        scenario: the scenario.
        changes: the differences.
        weight: the weight of the changes, beyond their number.
        kind: what drafts that differ only in the schedule share.
    """

    scenario: Scenario
    changes: Tuple[Change, ...]
    weight: int
    kind: Tuple[Any, ...]


class Way(NamedTuple):
    """Drafts that differ in the limit and patience of a new schedule.

    Attributes:
        network: the settings other than the policy.
        at_cluster: whether the policy is the cluster's, one migration at a time; else the VM's own.
        auto_converge: whether the guest may be throttled.
        switches: whether it switches to post-copy.
    """

    network: Network
    at_cluster: bool
    auto_converge: bool
    switches: bool


def _set(scenario: Scenario, path: str, value: Any) -> Scenario:
    part, _, name = path.partition(".")
    changed = attr.evolve(getattr(scenario, part), **{name: value})
    return attr.evolve(scenario, **{part: changed})


def _get(scenario: Scenario, path: str) -> Any:
    part, _, name = path.partition(".")
    return getattr(getattr(scenario, part), name)


class Space:
    """All drafts for a scenario: networks, existing policies, and ways to make new ones."""

    def __init__(
        self, scenario: Scenario, workload: Load, *, postcopy: bool, keep: Tuple[Kept, ...]
    ) -> None:
        self.scenario = scenario
        self.workload = workload
        self.postcopy = postcopy
        self._kept = [KEEP[name] for name in keep]
        self.resolution = scenario.resolve()
        self._wanted = [kept(self.resolution) for kept in self._kept]
        self.model, self.members = models(self.resolution, workload)
        self._base = effective_policy(scenario)

    def keeps(self, scenario: Scenario) -> bool:
        """Whether a scenario keeps what must be kept."""
        if not self._kept:
            return True
        resolution = scenario.resolve()
        return [kept(resolution) for kept in self._kept] == self._wanted

    def networks(self) -> List[Network]:
        """All settings other than the policy, the given ones first."""
        workload = self.workload
        load = workload.workload if isinstance(workload, Fit) else workload
        situation = Situation(self.resolution, self.model, load.link_mbps, self.postcopy)
        choices: List[List[Optional[Tuple[Lever, Any, str]]]] = [
            [None, *[(lever, value, why) for value, why in lever.values(situation)]]
            for lever in LEVERS
        ]
        found = []
        for taken in itertools.product(*choices):
            scenario, changes, weight = self.scenario, [], 0
            for lever, value, why in [each for each in taken if each is not None]:
                before = _get(scenario, lever.path)
                changes.append(Change(path=lever.path, before=before, after=value, reason=why))
                scenario = _set(scenario, lever.path, value)
                weight += lever.weight
            found.append(Network(scenario, tuple(changes), weight))
        return sorted(found, key=lambda network: (len(network.changes), network.weight))

    def existing(self, network: Network) -> Iterator[Draft]:
        """The drafts without a new schedule."""
        yield Draft(network.scenario, network.changes, network.weight, (network, "as it is"))
        scenario = network.scenario
        level = scenario.engine._levels[scenario.cluster.level]
        for policy in offered(scenario.cluster.level, scenario.engine):
            if policy.is_legacy or policy == self._base:
                continue
            choice: PolicyChoice = policy.id
            if level.policies.get(policy.name) == policy:
                choice = policy.name
            weight = _SWITCHES if switches(policy) else 0
            yield self._with_policy(network, choice, False, weight, (network, policy.id, False))
            yield self._with_policy(network, choice, True, weight, (network, policy.id, True))
        if self._base.schedule is None:
            return
        compressed = bool(self._base.migration_compression)
        for alone in (False, True):
            for converge in (True, False):
                if converge == self._base.auto_convergence and not alone:
                    continue
                made = made_policy(
                    self._base, auto_converge=converge, compressed=compressed, alone=alone
                )
                # Advice must not need a warning to its author.
                if any([finding.severity != "info" for finding in lint(made)]):
                    continue
                kind = (network, "its own schedule", alone, converge)
                yield self._with_policy(network, made, alone, _MADE, kind)

    def ways(self, network: Network) -> Iterator[Way]:
        """All ways to make a new schedule."""
        for at_cluster, auto_converge in itertools.product((False, True), (True, False)):
            yield Way(network, at_cluster, auto_converge, False)
            if self.postcopy:
                yield Way(network, at_cluster, auto_converge, True)

    def draft(self, way: Way, limit_ms: int, patience: int) -> Draft:
        """The draft of a way with a limit and patience."""
        made = made_policy(
            self._base,
            auto_converge=way.auto_converge,
            compressed=self.resolution._decision.facts.compressed,
            limit_ms=limit_ms,
            patience=patience,
            switches=way.switches,
            alone=way.at_cluster,
        )
        weight = _MADE + (_SWITCHES if way.switches else 0)
        return self._with_policy(way.network, made, way.at_cluster, weight, tuple(way))

    def _with_policy(
        self,
        network: Network,
        choice: PolicyChoice,
        at_cluster: bool,
        weight: int,
        kind: Tuple[Any, ...],
    ) -> Draft:
        """The network's draft with a policy for the VM or its cluster."""
        scenario = network.scenario
        changes = [*network.changes]
        own = scenario.vm.policy
        if at_cluster:
            weight += _CLUSTER
            if own is not None:
                scenario = _set(scenario, "vm.policy", None)
                before = choice_name(scenario, own)
                why = "so that its cluster's policy applies"
                changes.append(Change(path="vm.policy", before=before, after=None, reason=why))
            place, before_choice = "cluster.policy", scenario.policy
            scenario = attr.evolve(scenario, policy=choice)
        else:
            place, before_choice = "vm.policy", scenario.policy if own is None else own
            scenario = _set(scenario, "vm.policy", choice)
        after, before = choice_name(scenario, choice), choice_name(scenario, before_choice)
        if choice != before_choice:
            why = policy_reason(effective_policy(scenario), at_cluster)
            changes.append(Change(path=place, before=before, after=after, reason=why))
        if isinstance(choice, MigrationPolicy):
            changes += _inside(place, self._base, choice)
        return Draft(scenario, tuple(changes), network.weight + weight, kind)


def policy_reason(policy: MigrationPolicy, at_cluster: bool) -> str:
    """What a policy allows, in words."""
    schedule = policy.schedule
    found = []
    if schedule is not None:
        actions = [*schedule.init, *[entry.action for entry in schedule.stalling]]
        longest = max([0, *[action.downtime or 0 for action in actions]])
        found.append(f"pauses of up to {limit_text(longest)}")
        if schedule.switches_to_postcopy:
            found.append("post-copy if that is not enough")
    if policy.zero_copy:
        found.append("several connections with zero-copy")
    if at_cluster:
        share = "all" if policy.max_migrations == 1 else f"1 / {policy.max_migrations}"
        found.append(f"{share} of the cluster's bandwidth")
    return "it allows " + ", ".join(found)


# The fields in which a new policy can differ, their keys in Engine's list, and the reasons.
_INSIDE = (
    ("schedule", "config", "one limit from the start, to end as soon as that is enough"),
    ("auto_convergence", "autoConvergence", "autoconverge takes time from the guest"),
    ("max_migrations", "maxMigrations", "one migration then gets the whole bandwidth"),
    ("migration_compression", "migrationCompression", "zero-copy excludes it"),
    ("zero_copy", "zeroCopy", "its connections exclude post-copy"),
)
_THROTTLED = "the guest writes faster than the network carries"


def _inside(place: str, before: MigrationPolicy, after: MigrationPolicy) -> Iterator[Change]:
    for field, key, why in _INSIDE:
        old, new = getattr(before, field), getattr(after, field)
        # An inherited value that stays the same is no change.
        if old != new and not (old is None and field == "migration_compression"):
            reason = _THROTTLED if new is True and field == "auto_convergence" else why
            yield Change(path=f"{place}.{key}", before=old, after=new, reason=reason)


def switches(policy: MigrationPolicy) -> bool:
    """Whether its schedule switches to post-copy."""
    return policy.schedule is not None and policy.schedule.switches_to_postcopy
