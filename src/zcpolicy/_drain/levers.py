"""What can be changed in a plan: a table of what whoever drains a host controls.

Policy and connections are set for the cluster, and the VMs' own settings are removed, so that the
requests agree.  How many leave at a time, and in which order, is up to whoever starts the
migrations.
"""

from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import attr

from .._advice.option import Change
from .._advice.space import MORE_CONNECTIONS, policy_reason, switches
from .._decision.resolution import Resolution
from .._decision.words import policy_name
from .._model.inputs import PolicyChoice
from .._model.parameters import CONNECTIONS_MAX
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario
from ..policies import offered
from .host import Host
from .moves import ORDERS, Asked, limits

__all__ = ["LEVERS", "Lever", "Set", "Value"]

# The arguments after a change, and the changes; None if nothing changes.
Set = Optional[Tuple[Asked, Tuple[Change, ...]]]

# The weight of a change of the cluster, which also affects other hosts; and of post-copy.
_CLUSTER, _SWITCHES = 2, 2


class Value(NamedTuple):
    """A possible value of a lever.

    Attributes:
        value: the value.
        words: a short name for a plan with it.
        weight: the weight of the change.
    """

    value: Any
    words: str
    weight: int


class Lever(NamedTuple):
    """Something that can be changed.

    Attributes:
        path: a setting of a scenario, or an argument of `drain`.
        values: its possible values for a host.
        set: sets it; returns the new arguments and the changes, or None if nothing changes.
    """

    path: str
    values: Callable[[Host], Iterator[Value]]
    set: Callable[[Asked, Any], Set]


class _Setting(NamedTuple):
    """A setting of the cluster that a VM may override.

    Attributes:
        name: its name, in both.
        of_cluster: the cluster's value.
        means: the meaning of a value, of the cluster or a VM.
        shown: its form in a change.
    """

    name: str
    of_cluster: Callable[[Scenario], Any]
    means: Callable[[Scenario, Any], Any]
    shown: Callable[[Any], Any]


_CONNECTIONS = _Setting(
    "parallel",
    lambda scenario: scenario.cluster.parallel,
    lambda _, value: value,
    lambda value: value,
)


def _policies(host: Host) -> Iterator[Value]:
    """The policies that Engine offers for all of the VMs."""
    scenarios = [move.resolution.scenario for move in host.moves]
    lists = [
        offered(level, engine)
        for level, engine in dict.fromkeys([(s.cluster.level, s.engine) for s in scenarios])
    ]
    for policy in lists[0] if lists else ():
        if not policy.is_legacy and all([policy in others for others in lists]):
            weight = _CLUSTER + (_SWITCHES if switches(policy) else 0)
            yield Value(policy, f"policy {policy_name(policy)}", weight)


def _under(asked: Asked, policy: MigrationPolicy) -> Set:
    def chosen(scenario: Scenario) -> Scenario:
        known = scenario.engine._levels[scenario.cluster.level].policies
        choice: PolicyChoice = policy.name if known.get(policy.name) == policy else policy.id
        return attr.evolve(scenario, policy=choice)

    return _for_cluster(
        asked,
        _Setting("policy", lambda scenario: scenario.policy, _policy_of, policy_name),
        chosen,
        after=policy,
        reason=policy_reason(policy, at_cluster=True),
    )


def _policy_of(scenario: Scenario, choice: PolicyChoice) -> MigrationPolicy:
    return scenario.engine._levels[scenario.cluster.level].policy(choice)


def _connections(host: Host) -> Iterator[Value]:
    yield Value("auto_parallel", "Engine's number of connections", _CLUSTER)
    known = [kind.prepared.model.enough for kind in host.kinds]
    enough = max([number for number in known if number is not None], default=0)
    if enough > 1:
        count = min(enough, CONNECTIONS_MAX)
        yield Value(count, f"{count} connections", _CLUSTER)


def _connected(asked: Asked, setting: Any) -> Set:
    def chosen(scenario: Scenario) -> Scenario:
        return attr.evolve(scenario, cluster=attr.evolve(scenario.cluster, parallel=setting))

    found = _for_cluster(
        asked,
        _CONNECTIONS,
        chosen,
        after=setting,
        reason=MORE_CONNECTIONS,
    )
    if found is None:
        return None
    counts = [
        (before.resolution.parameters.parallel or 1, after.resolution.parameters.parallel or 1)
        for before, after in zip(asked.moves, found[0].moves)
    ]
    return found if all([before <= after for before, after in counts]) else None


def _fewer(host: Host) -> Iterator[Value]:
    now = min(host.limits.outgoing, len(host.moves))
    for fewer in sorted({1, now - 1}):
        if 0 < fewer < now:
            yield Value(fewer, f"{fewer} at a time", 0)


def _at_a_time(asked: Asked, number: int) -> Set:
    before = limits(asked.moves, asked.outgoing, asked.incoming).outgoing
    if before <= number:
        return None
    why = "each running migration then gets more of the link"
    change = Change(path="outgoing", before=before, after=number, reason=why)
    return asked._replace(outgoing=number), (change,)


# The name of each order, and its purpose.
_ORDERED = {
    "given": ("in the order given", "the first in the list leave first"),
    "shortest": ("the shortest first", "they free their slots soonest"),
    "largest": ("the largest first", "long migrations do not start last"),
}


def _orders(host: Host) -> Iterator[Value]:
    for order in ORDERS:
        if host.in_order(order) != host.order:
            yield Value(order, _ORDERED[order][0], 0)


def _ordered(asked: Asked, order: Any) -> Set:
    _, why = _ORDERED[order]
    change = Change(path="order", before=asked.order, after=order, reason=why)
    return asked._replace(order=order), (change,)


# In the order in which they are set: how many leave at a time depends on the requests.
LEVERS = (
    Lever("cluster.policy", _policies, _under),
    Lever("cluster.parallel", _connections, _connected),
    Lever("outgoing", _fewer, _at_a_time),
    Lever("order", _orders, _ordered),
)


def _for_cluster(
    asked: Asked,
    setting: _Setting,
    chosen: Callable[[Scenario], Scenario],
    *,
    after: Any,
    reason: str,
) -> Set:
    """Set a value for the cluster of all moves, and remove it from the VMs."""
    made: Dict[int, Resolution] = {}
    ours: List[Any] = []
    own: List[Any] = []
    differs = False
    for resolution in [move.resolution for move in asked.moves]:
        if id(resolution) in made:
            continue
        scenario = resolution.scenario
        ours.append(setting.means(scenario, setting.of_cluster(scenario)))
        vm, of_vm = scenario.vm, getattr(scenario.vm, setting.name)
        if of_vm is not None:
            own.append(setting.means(scenario, of_vm))
            inherits: Any = {setting.name: None}
            vm = attr.evolve(vm, **inherits)
        then = attr.evolve(resolution, scenario=attr.evolve(chosen(scenario), vm=vm))
        made[id(resolution)] = then
        differs = differs or then.parameters != resolution.parameters
    if not differs:
        return None
    changes: List[Change] = []
    if own:
        path, why = f"vm.{setting.name}", f"so that the cluster's {setting.name} applies"
        changes.append(Change(path=path, before=_all(own, setting), after=None, reason=why))
    if any([each != after for each in ours]):
        path, shown = f"cluster.{setting.name}", setting.shown(after)
        before = _all(ours, setting)
        changes.append(Change(path=path, before=before, after=shown, reason=reason))
    moves = tuple([attr.evolve(move, resolution=made[id(move.resolution)]) for move in asked.moves])
    return asked._replace(moves=moves), tuple(changes)


def _all(values: Sequence[Any], setting: _Setting) -> Any:
    """The common value, or the different ones in words."""
    found = [*dict.fromkeys([setting.shown(value) for value in values])]
    return found[0] if len(found) == 1 else ", ".join(map(str, found))
