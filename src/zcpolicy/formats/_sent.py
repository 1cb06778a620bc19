"""Go back from a ``VM.migrate`` request to a scenario that leads to it.

Source: the rules of ``decide``, inverted.  Of several scenarios that lead to the same request, take
the plainest: cluster settings only, and a shipped policy if one fits.
"""

from typing import Any, Dict, List, Mapping, Tuple

from .._base.errors import InvalidValue, ZcpolicyError, raise_all, short_repr
from .._base.fields import INT_MAX
from .._model.parameters import Parameters
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario
from .._model.shipped import LEGACY, SHIPPED, SUSPEND_WORKLOAD
from ..adapters.engine import parameters_from_vm_migrate, vm_migrate

__all__ = ["POLICY_ID", "asked", "check_sent", "untold"]

# The id of a policy made for a request.
POLICY_ID = "7fc0de00-0000-4000-8000-000000000001"
_NEWEST, _BEFORE_ENCRYPTION = "4.8", "4.3"
_CONSTANT = {"method": "online", "abortOnError": "true"}


def asked(request: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the values that a scenario needs to lead to this request, by path as in `merged`.

    Raises:
        ZcpolicyError: Engine never sends such a request.
    """
    parameters = parameters_from_vm_migrate(request)
    _check_engine(request, parameters)
    policy = _policy(parameters)
    old = request.get("encrypted") is None
    level = _BEFORE_ENCRYPTION if old else _NEWEST
    listed = policy in SHIPPED and not (old and policy.zero_copy)
    found: Dict[str, Any] = {
        "cluster.level": level,
        "cluster.parallel": parameters.parallel or "disabled",
        "cluster.tunnelled": parameters.tunnelled,
        "cluster.encrypted": parameters.encrypted,
        "cluster.bandwidth": "hypervisor_default",
        "policy": policy.id if listed else policy,
    }
    share = parameters.max_bandwidth
    if share is not None:
        bandwidth = share * policy.max_migrations * 8
        if bandwidth > INT_MAX:
            # Beyond a cluster's maximum: let the cluster's policy, another one, divide it.
            bandwidth = share * 8
            found["vm.policy"] = found["policy"]
            found["policy"] = SUSPEND_WORKLOAD.id
        found["cluster.bandwidth"] = bandwidth
    if old and parameters.parallel is not None:
        found[f"engine.parallel_supported.{level}"] = True
    if policy.is_legacy:
        found["cluster.auto_converge"] = parameters.auto_converge
        found["cluster.compressed"] = parameters.compressed
    if parameters.parallel is not None and parameters.parallel > 2:
        found["vm.vcpus"] = parameters.parallel
    if parameters.downtime is not None:
        found["vm.downtime"] = parameters.downtime
    return found


def _check_engine(request: Mapping[str, Any], parameters: Parameters) -> None:
    """Refuse what Engine does not send under any settings."""
    faults: List[ZcpolicyError] = []
    for key, value in _CONSTANT.items():
        if request.get(key) is not None and str(request[key]).lower() != value:
            faults.append(InvalidValue(key, request[key], f"{value!r}, which Engine always sends"))
    limits = (parameters.incoming_limit, parameters.outgoing_limit)
    if limits[0] != limits[1]:
        expected = f"{limits[1]}, the same as outgoingLimit, as Engine sends it"
        faults.append(InvalidValue("incomingLimit", limits[0], expected))
    elif parameters.parallel is not None and limits[0] != 1:
        expected = "1, which Engine sends with parallel connections"
        faults.append(InvalidValue("incomingLimit", limits[0], expected))
    raise_all(faults)


def _policy(parameters: Parameters) -> MigrationPolicy:
    """Return a policy that leads to these parameters: a shipped one, or else a new one."""
    for policy in SHIPPED:
        if _sends(policy, parameters):
            return policy
    schedule = parameters.schedule
    if schedule is None:
        problem = (
            "only Legacy sends no schedule, and it sends no guest events, no zero-copy and limits "
            f"of {LEGACY.max_migrations}, or 1 with connections"
        )
        raise InvalidValue("convergenceSchedule", None, "a schedule", problem)
    return MigrationPolicy(
        id=POLICY_ID,
        name="As requested",
        description="Made of a VM.migrate request.",
        max_migrations=parameters.outgoing_limit,
        auto_convergence=parameters.auto_converge,
        migration_compression=parameters.compressed,
        enable_guest_events=parameters.enable_guest_events,
        zero_copy=parameters.zerocopy,
        schedule=schedule,
    )


def _sends(policy: MigrationPolicy, parameters: Parameters) -> bool:
    """Whether the policy leads to these parameters under suitable settings."""
    connections = parameters.parallel is not None
    schedule = policy.schedule
    if schedule is not None and (connections or parameters.tunnelled):
        schedule = schedule.without_postcopy()
    return (
        schedule == parameters.schedule
        and policy.zero_copy == parameters.zerocopy
        and policy.enable_guest_events == parameters.enable_guest_events
        and policy.auto_convergence in (None, parameters.auto_converge)
        and (connections or policy.migration_compression in (None, parameters.compressed))
        and (connections or policy.max_migrations == parameters.outgoing_limit)
    )


def check_sent(request: Mapping[str, Any], scenario: Scenario) -> None:
    """Refuse a request that this scenario does not lead to, because other texts contradict it.

    Raises:
        ZcpolicyError: with every key that differs.
    """
    resolution = scenario.resolve()
    made = resolution.parameters
    wanted = parameters_from_vm_migrate(request)
    if made == wanted:
        return
    level = scenario.vm.level or scenario.cluster.level
    sent, given = vm_migrate(made, level=level), vm_migrate(wanted, level=level)
    raise_all(
        [
            InvalidValue(
                f"request.{key}",
                given.get(key),
                f"{short_repr(sent.get(key))}, as the other texts lead to",
            )
            for key in {**given, **sent}
            if given.get(key) != sent.get(key)
        ]
    )


def untold(request: Mapping[str, Any]) -> Tuple[str, ...]:
    """Describe what a request does not reveal about the settings behind it."""
    found = [
        "which of VM, cluster and Engine's defaults asked for encrypted and tunneled",
        "the VM's memory, and its vCPUs"
        + (
            f" beyond that there are {request['parallel']} or more"
            if _many(request.get("parallel"))
            else ""
        ),
    ]
    if request.get("convergenceSchedule") is None:
        found.append(
            "which of VM, cluster and Engine's defaults asked for autoConverge, compressed"
        )
    if request.get("parallel"):
        found.append("whether a setting asked for the connections, or zero-copy enforced them")
        found.append("what the policy says about compression, post-copy and concurrent migrations")
    if request.get("maxBandwidth"):
        found.append("which bandwidth was divided to get maxBandwidth")
    return tuple(f"the request does not show {what}" for what in found)


def _many(connections: object) -> bool:
    return type(connections) is int and connections > 2
