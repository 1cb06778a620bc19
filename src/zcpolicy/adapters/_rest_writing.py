"""Write a cluster or VM as the REST API's JSON, or as an object of its Python SDK.

Writes only the migration-related part of the API's answer: numbers and booleans are strings, and
an inherited value is *inherit* or omitted.  (In an update an omitted key keeps its value.)  The
sources are those of ``_rest``.
"""

from typing import Any, Dict, List, Mapping, Optional, Union

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, shown
from .._base.fields import instance, optional
from .._model.inputs import POLICY_CHOICE, VM, Cluster, PolicyChoice, policy_choice
from .._model.policy import LEGACY_ID, is_policy_id
from .._model.shipped import SHIPPED
from ._rest import BOOLEANS, INHERITED, MIB

__all__ = ["cluster_to_rest", "cluster_to_sdk", "vm_to_rest", "vm_to_sdk"]


def cluster_to_rest(cluster: Cluster, *, policy: Optional[PolicyChoice] = None) -> Dict[str, Any]:
    """The migration settings of a cluster in the REST API's JSON.

    `cluster_from_rest` gives an equal cluster, `cluster_policy_from_rest` the policy's id.

    Args:
        cluster: the cluster.
        policy: the policy chosen in it: an id, or Legacy; None omits it.

    Raises:
        ZcpolicyError: an argument is invalid.
    """
    raise_all(_CLUSTER.faults("cluster", cluster) + _POLICY.faults("policy", policy))
    policy = policy_choice(policy)
    raise_all(_no_id("policy", policy))
    migration = _migration(cluster, policy)
    migration["bandwidth"] = _custom(cluster.bandwidth, "assignment_method", "custom_value")
    return {
        "version": _version(cluster.level),
        "tunnel_migration": _text(cluster.tunnelled),
        "migration": migration,
    }


def vm_to_rest(vm: VM) -> Dict[str, Any]:
    """The migration settings of a VM in the REST API's JSON.

    `vm_from_rest` gives an equal VM.  The vCPUs are sockets of one core; a status is there only if
    the VM is paused.

    Raises:
        ZcpolicyError: this is no VM, or one with what the API does not have: a hard limit of the
            memory, a policy that is not given by its id.
    """
    raise_all(_VM.faults("vm", vm))
    faults = _no_id("vm.policy", vm.policy)
    limit = vm.memory_hard_limit_mib
    if limit is not None:
        problem = "the REST API does not have the hard limit of a VM's memory"
        faults.append(InvalidValue("vm.memory_hard_limit_mib", limit, "none", problem))
    raise_all(faults)
    document: Dict[str, Any] = {
        "memory": str(vm.memory_mib * MIB),
        "cpu": {"topology": {"cores": "1", "sockets": str(vm.vcpus), "threads": "1"}},
        "migration_downtime": str(-1 if vm.downtime is None else vm.downtime),
        "migration": _migration(vm, vm.policy),
    }
    if vm.tunnelled is not None:
        document["tunnel_migration"] = _text(vm.tunnelled)
    if vm.level is not None:
        document["custom_compatibility_version"] = _version(vm.level)
    if vm.paused:
        document["status"] = "paused"
    return document


def cluster_to_sdk(cluster: Cluster, types: Any, *, policy: Optional[PolicyChoice] = None) -> Any:
    """A cluster as an object of the Python SDK, with the values that `cluster_to_rest` gives.

    Args:
        cluster: the cluster.
        types: the module ``ovirtsdk4.types``; it is not imported here.
        policy: as for `cluster_to_rest`.

    Raises:
        ZcpolicyError: as for `cluster_to_rest`, or *types* lacks a class.
    """
    return _sdk(_checked(types), "Cluster", cluster_to_rest(cluster, policy=policy))


def vm_to_sdk(vm: VM, types: Any) -> Any:
    """A VM as an object of the Python SDK, with the values that `vm_to_rest` gives.

    Args:
        vm: the virtual machine.
        types: the module ``ovirtsdk4.types``; it is not imported here.

    Raises:
        ZcpolicyError: as for `vm_to_rest`, or *types* lacks a class.
    """
    return _sdk(_checked(types), "Vm", vm_to_rest(vm))


_CLUSTER = instance(Cluster)
_VM = instance(VM)
_POLICY = optional(POLICY_CHOICE)
_SHIPPED_IDS = {**{policy.name: policy.id for policy in SHIPPED}, "legacy": LEGACY_ID}


def _no_id(path: str, policy: Optional[PolicyChoice]) -> List[ZcpolicyError]:
    """A fault if *policy* is not given by its id: the API has no names and no contents."""
    if policy is None:
        return []
    if isinstance(policy, str):
        if is_policy_id(policy):
            return []
        id_ = _SHIPPED_IDS.get(policy)
        problem = f"{shown(policy)} is a name, and the REST API has only the ids of policies"
    else:
        if policy.is_legacy:
            return []
        id_ = policy.id
        problem = "the REST API has only the ids of policies, not what is in them"
    hint = f"; write {id_!r}" if id_ else ""
    return [InvalidValue(path, policy, "the id of a policy, or Legacy", problem + hint)]


def _migration(settings: Union[Cluster, VM], policy: Optional[PolicyChoice]) -> Dict[str, Any]:
    migration: Dict[str, Any] = {}
    for name in INHERITED:
        value = getattr(settings, name)
        migration[name] = "inherit" if value is None else _text(value)
    migration.update(
        _custom(settings.parallel, "parallel_migrations_policy", "custom_parallel_migrations")
    )
    if policy is not None:
        migration["policy"] = {"id": policy if isinstance(policy, str) else policy.id}
    return migration


def _custom(value: Union[str, int, None], word_key: str, number_key: str) -> Dict[str, Any]:
    if isinstance(value, int):
        return {word_key: "custom", number_key: str(value)}
    return {word_key: value or "inherit"}


def _version(level: str) -> Dict[str, Any]:
    major, minor = level.split(".")
    return {"major": major, "minor": minor}


def _text(value: bool) -> str:
    return "true" if value else "false"


# The SDK's classes: structures, and enums of words, by the keys of the API.
_SDK_CLASSES: Mapping[str, str] = {
    "version": "Version",
    "custom_compatibility_version": "Version",
    "migration": "MigrationOptions",
    "bandwidth": "MigrationBandwidth",
    "policy": "MigrationPolicy",
    "cpu": "Cpu",
    "topology": "CpuTopology",
    **dict.fromkeys(INHERITED, "InheritableBoolean"),
    "parallel_migrations_policy": "ParallelMigrationsPolicy",
    "assignment_method": "MigrationBandwidthAssignmentMethod",
    "status": "VmStatus",
}


def _checked(types: Any) -> Any:
    names = {"Cluster", "Vm", *_SDK_CLASSES.values()}
    missing = sorted(name for name in names if not hasattr(types, name))
    if missing:
        problem = f"{shown(types)} has no {', '.join(missing)}"
        raise InvalidType("types", types, "the module ovirtsdk4.types", problem)
    return types


def _sdk(types: Any, name: str, document: Mapping[str, Any]) -> Any:
    """An object of the SDK's class *name* with the values of *document*."""
    values: Dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            values[key] = _sdk(types, _SDK_CLASSES[key], value)
        elif key in _SDK_CLASSES:
            values[key] = getattr(types, _SDK_CLASSES[key])(value)
        elif key == "id":
            values[key] = value
        else:
            values[key] = BOOLEANS[value] if value in BOOLEANS else int(value)
    return getattr(types, name)(**values)
