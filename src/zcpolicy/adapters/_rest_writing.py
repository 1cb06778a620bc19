"""Write a cluster or VM as the REST API's JSON, or as an object of its Python SDK.

Writes only the migration-related part of the API's answer: numbers and booleans are strings, and
an inherited value is *inherit* or omitted.  Engine keeps the values of keys that an update omits,
so an update contains only the changes.  The table in ``_rest`` says where each setting is.
"""

from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

import attr

from .._base.errors import (
    InvalidType,
    InvalidValue,
    ZcpolicyError,
    combined,
    raise_all,
    short_repr,
)
from .._base.fields import instance, optional
from .._base.hints import hinted
from .._model.inputs import POLICY_CHOICE, VM, Cluster, PolicyChoice, policy_choice
from .._model.policy import LEGACY_ID, is_policy_id
from .._model.shipped import ANSIBLE_NAMES, SHIPPED
from . import _rest_others as things
from ._rest import INHERITED, SETTINGS, Seen, seen
from ._rest_forms import BOOLEANS

__all__ = ["cluster_to_rest", "cluster_to_sdk", "vm_to_rest", "vm_to_sdk"]


@hinted
def cluster_to_rest(
    cluster: Cluster, *, policy: Optional[PolicyChoice] = None, was: object = None
) -> Dict[str, Any]:
    """Write the migration settings of a cluster as the REST API's JSON.

    `cluster_from_rest` reads an equal cluster back, `cluster_policy_from_rest` the policy's id.

    Args:
        cluster: the cluster.
        policy: the policy selected in it: an id, or Legacy; None omits it.
        was: the document that the cluster was read from, as for `cluster_from_rest`.  If given, the
            result is an update: only the differences, ``{}`` if there are none.

    Raises:
        ZcpolicyError: an argument is invalid.
    """
    raise_all(_CLUSTER.faults("cluster", cluster) + _POLICY.faults("policy", policy))
    policy = None if policy is None else policy_choice(policy)
    raise_all(_no_id("policy", policy) + _no_place("cluster", things.CLUSTER, cluster))
    values = _values(things.CLUSTER, cluster)
    if policy is not None:
        values["policy"] = _id(policy)
    if was is None:
        return _written(things.CLUSTER, values)
    before = _was(things.CLUSTER, was)
    id_ = before.fields.pop("policy", None)
    old = {**_values(things.CLUSTER, Cluster(**before.fields)), "policy": id_}
    return _update("cluster", things.CLUSTER, values, old, before)


@hinted
def vm_to_rest(vm: VM, *, was: object = None) -> Dict[str, Any]:
    """Write the migration settings of a VM as the REST API's JSON.

    `vm_from_rest` reads an equal VM back.

    Args:
        vm: the virtual machine.
        was: the document that it was read from, as for `vm_from_rest`.  If given, the result is an
            update: only the differences, ``{}`` if there are none.  An empty object removes the
            VM's own policy or level, and a new number of vCPUs changes the number of sockets.
            If not given, each vCPU is a socket with one core, and the status is written only if
            the VM is paused.

    Raises:
        ZcpolicyError: *vm* is not a VM, or has what the API lacks: a field other than its default,
            such as a memory hard limit, or a policy not given by its id.  Or *was* is not a VM, or
            Engine cannot make the change: remove a VM's own ``tunnel_migration``, pause the VM, or
            divide the vCPUs among its sockets.
    """
    raise_all(_VM.faults("vm", vm))
    raise_all(_no_id("vm.policy", vm.policy) + _no_place("vm", things.VM, vm))
    values = _values(things.VM, vm)
    if was is None:
        return _written(things.VM, values)
    before = _was(things.VM, was)
    return _update("vm", things.VM, values, _values(things.VM, VM(**before.fields)), before)


@hinted
def cluster_to_sdk(
    cluster: Cluster,
    types: Any,
    *,
    policy: Optional[PolicyChoice] = None,
    was: object = None,
) -> Any:
    """Build an object of the Python SDK with the values of `cluster_to_rest`.

    Args:
        cluster: the cluster.
        types: the module ``ovirtsdk4.types``; it is not imported here.
        policy: as for `cluster_to_rest`.
        was: as for `cluster_to_rest`.

    Raises:
        ZcpolicyError: as for `cluster_to_rest`, or *types* lacks a class, as in an SDK before
            4.5.2.
    """
    return _to_sdk(types, "Cluster", cluster_to_rest(cluster, policy=policy, was=was))


@hinted
def vm_to_sdk(vm: VM, types: Any, *, was: object = None) -> Any:
    """Build an object of the Python SDK with the values of `vm_to_rest`.

    Args:
        vm: the virtual machine.
        types: the module ``ovirtsdk4.types``; it is not imported here.
        was: as for `vm_to_rest`.

    Raises:
        ZcpolicyError: as for `vm_to_rest`, or *types* lacks a class, as in an SDK before 4.5.2.
    """
    return _to_sdk(types, "Vm", vm_to_rest(vm, was=was))


_CLUSTER = instance(Cluster)
_VM = instance(VM)
_POLICY = optional(POLICY_CHOICE)
_IDS = {
    **{policy.name: policy.id for policy in SHIPPED},
    **{word: policy.id for word, policy in ANSIBLE_NAMES.items()},
    "legacy": LEGACY_ID,
}


def _no_id(path: str, policy: Optional[PolicyChoice]) -> List[ZcpolicyError]:
    """A fault if *policy* is not given by its id: the API has neither names nor contents."""
    if policy is None:
        return []
    if isinstance(policy, str):
        if is_policy_id(policy):
            return []
        id_ = _IDS.get(policy)
        problem = f"{short_repr(policy)} is a name, and the REST API has only the ids of policies"
    else:
        if policy.is_legacy:
            return []
        id_ = policy.id
        problem = "the REST API has only the ids of policies, not their contents"
    hint = f"; write {id_!r}" if id_ else ""
    return [InvalidValue(path, policy, "the id of a policy, or Legacy", problem + hint)]


def _no_place(path: str, thing: things.Thing, instance: Union[Cluster, VM]) -> List[ZcpolicyError]:
    """A fault for each field that the API does not have, unless it has its default."""
    placed = {row.field for row in SETTINGS[thing]}
    fields: Any = attr.fields(type(instance))
    faults: List[ZcpolicyError] = []
    for name, default in [(field.name, field.default) for field in fields]:
        value = getattr(instance, name)
        if name not in placed and value != default:
            accepted = f"{short_repr(default)}, its default"
            problem = (
                f"the REST API does not have it: {short_repr(value)} cannot be written; "
                f"leave it at {accepted}"
            )
            faults.append(InvalidValue(f"{path}.{name}", value, accepted, problem))
    return faults


def _id(policy: Optional[PolicyChoice]) -> Optional[str]:
    return policy if policy is None or isinstance(policy, str) else policy.id


def _values(thing: things.Thing, instance: Union[Cluster, VM]) -> Dict[str, Any]:
    """The values of the settings; a policy is given by its id."""
    fields = [row.field for row in SETTINGS[thing]]
    values = {name: getattr(instance, name) for name in fields if hasattr(instance, name)}
    if "policy" in values:
        values["policy"] = _id(values["policy"])
    return values


def _was(thing: things.Thing, was: object) -> Seen:
    try:
        return seen(thing, was)
    except ZcpolicyError as error:
        raise combined(error._relocated("was", {})) from None


def _written(thing: things.Thing, values: Mapping[str, Any]) -> Dict[str, Any]:
    document: Dict[str, Any] = {}
    for row in SETTINGS[thing]:
        if row.field in values:
            _put(document, row.inside, row.form.write(values[row.field]))
    return document


def _update(
    path: str,
    thing: things.Thing,
    values: Mapping[str, Any],
    old: Mapping[str, Any],
    before: Seen,
) -> Dict[str, Any]:
    """The update that changes the *old* values to these *values*."""
    document: Dict[str, Any] = {}
    faults: List[ZcpolicyError] = []
    for row in SETTINGS[thing]:
        value = values.get(row.field, old[row.field])
        if value != old[row.field]:
            try:
                members = row.form.update(value, before.inside[row.inside])
            except ZcpolicyError as error:
                faults += error._relocated(f"{path}.{row.field}", {})
            else:
                _put(document, row.inside, members)
    raise_all(faults)
    return document


def _put(document: Dict[str, Any], inside: str, members: Mapping[str, Any]) -> None:
    if members:
        (document.setdefault(inside, {}) if inside else document).update(members)


# The SDK's classes, structures and enums, by API key.
_SDK_CLASSES: Mapping[str, str] = {
    "version": "Version",
    "custom_compatibility_version": "Version",
    "memory_policy": "MemoryPolicy",
    "transparent_hugepages": "TransparentHugePages",
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
# Attributes whose names differ from the keys.
_SDK_NAMES = {"transparent_hugepages": "transparent_huge_pages"}


def _to_sdk(types: Any, name: str, document: Mapping[str, Any]) -> Any:
    missing = sorted(each for each in {name, *_needed(document)} if not hasattr(types, each))
    if missing:
        problem = f"{short_repr(types)} has no {', '.join(missing)}"
        raise InvalidType("types", types, "the module ovirtsdk4.types", problem)
    return _sdk(types, name, document)


def _needed(document: Mapping[str, Any]) -> Iterator[str]:
    """The classes of the SDK that the document needs."""
    for key, value in document.items():
        if key in _SDK_CLASSES:
            yield _SDK_CLASSES[key]
        if isinstance(value, dict):
            yield from _needed(value)


def _sdk(types: Any, name: str, document: Mapping[str, Any]) -> Any:
    """An object of the SDK's class *name* with the values of *document*."""
    values: Dict[str, Any] = {}
    for key, value in document.items():
        made: Any
        if isinstance(value, dict):
            made = _sdk(types, _SDK_CLASSES[key], value)
        elif key in _SDK_CLASSES:
            made = getattr(types, _SDK_CLASSES[key])(value)
        elif key == "id":
            made = value
        else:
            made = BOOLEANS[value] if value in BOOLEANS else int(value)
        values[_SDK_NAMES.get(key, key)] = made
    return getattr(types, name)(**values)
