"""Tell clusters and VMs from other things in the REST API: tables.

A cluster or VM may be partial, and other things share its keys, so many documents could pass for
one.  Another thing is recognized by its address, a key that no cluster or VM has, its status, or,
for an SDK object, its class.

Source: ``types.py`` of Engine's Python SDK 4.6.
"""

from typing import Any, List, Mapping, Tuple

import attr

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, short_repr
from ._rest_forms import plain

__all__ = ["CLUSTER", "OTHERS_KEYS", "OTHERS_STATES", "VM", "Thing", "another"]

# Keys that neither clusters nor VMs have, each with the things that have it.  Things with none of
# the keys that are read are refused anyway, so they are not listed.
OTHERS_KEYS: Mapping[str, str] = {
    **dict.fromkeys(("fault", "async", "grace_period", "succeeded"), "an action"),
    "job": "an action or a step",
    **dict.fromkeys(("auto_cleared", "owner", "last_updated"), "a job"),
    **dict.fromkeys(("end_time", "external"), "a job or a step"),
    **dict.fromkeys(("parent_step", "execution_host", "progress"), "a step"),
    **dict.fromkeys(("snapshot_type", "snapshot_status", "persist_memorystate"), "a snapshot"),
    **dict.fromkeys(
        ("provisioned_size", "actual_size", "total_size", "storage_type", "propagate_errors"),
        "a disk",
    ),
    **dict.fromkeys(("shareable", "sparse", "format", "image_id", "content_type"), "a disk"),
    "wipe_after_delete": "a disk or a storage domain",
    **dict.fromkeys(("committed", "master", "available", "storage"), "a storage domain"),
    "storage_format": "a data center or a storage domain",
    **dict.fromkeys(("quota_mode", "local"), "a data center"),
    **dict.fromkeys(("vlan", "mtu"), "a network or a NIC"),
    **dict.fromkeys(("usages", "stp", "vdsm_name", "port_isolation"), "a network"),
    **dict.fromkeys(("mac", "bonding", "boot_protocol", "speed"), "a NIC"),
    **dict.fromkeys(("spm", "max_scheduling_memory", "kdump_status", "se_linux"), "a host"),
    **dict.fromkeys(("power_management", "hardware_information", "hosted_engine"), "a host"),
    **dict.fromkeys(("libvirt_version", "summary", "ssh", "certificate"), "a host"),
    **dict.fromkeys(("pm_proxies", "kdump_detection"), "a host's power management"),
    **dict.fromkeys(("replica_count", "transport_types", "bricks"), "a Gluster volume"),
    **dict.fromkeys(("brick_dir", "server_id", "gluster_volume"), "a Gluster brick"),
    **dict.fromkeys(("checksum", "conflict_status", "server_hooks"), "a Gluster hook"),
    **dict.fromkeys(("numa_node_pins", "node_distance"), "a NUMA node"),
    **dict.fromkeys(("portal", "lun_mapping", "target"), "a LUN"),
    **dict.fromkeys(("distribution", "family", "kernel"), "an operating system"),
    **dict.fromkeys(("manufacturer", "product_name"), "a host's hardware"),
    **dict.fromkeys(("vendor", "instance_id"), "an Engine"),
    **dict.fromkeys(("gateway", "netmask"), "an IP configuration"),
    "value": "a system option",
    "vm": "a snapshot, a disk or a list of VMs",
}
_CLUSTERS_KEYS: Mapping[str, str] = {"version": "a cluster, a template, a host or a data center"}
_VMS_KEYS: Mapping[str, str] = {
    "cluster": "a VM, a template or a host",
    "status": "a VM, a host or a data center",
    **dict.fromkeys(("custom_compatibility_version", "migration_downtime"), "a VM or a template"),
    **dict.fromkeys(("memory", "os", "type"), "a VM, a template or a host"),
}
# Statuses that no VM has.
OTHERS_STATES: Mapping[str, str] = {
    **dict.fromkeys(("complete", "pending", "in_progress"), "an action"),
    **dict.fromkeys(("failed", "finished", "started", "aborted"), "an action or a job"),
    **dict.fromkeys(("ok", "illegal", "locked"), "a disk, a template or a snapshot"),
    **dict.fromkeys(("operational", "non_operational"), "a network or a host"),
    **dict.fromkeys(("maintenance", "preparing_for_maintenance"), "a host or a storage domain"),
    **dict.fromkeys(("non_responsive", "connecting", "initializing", "installing"), "a host"),
    **dict.fromkeys(("install_failed", "pending_approval", "reboot", "kdumping"), "a host"),
    **dict.fromkeys(("active", "inactive", "activating", "unattached"), "a storage domain"),
    **dict.fromkeys(("not_operational", "uninitialized", "problematic"), "a data center"),
}


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """A cluster or a VM, as opposed to other things in the API.

    Attributes:
        what: its name in messages.
        key: the key of several in a list.
        names: the keys that are read.
        also: keys that are also read, but do not identify it.
        foreign: keys that it does not have, each with the things that have it.
        sdk: its class in the SDK.
    """

    what: str
    key: str
    names: Tuple[str, ...]
    also: Tuple[str, ...] = ()
    foreign: Mapping[str, str]
    sdk: str

    @property
    def keys(self) -> Tuple[str, ...]:
        """All the keys that are looked up."""
        return (*self.names, *self.also, "href", *self.foreign)


CLUSTER = Thing(
    what="a cluster",
    key="cluster",
    names=("version", "tunnel_migration", "migration"),
    also=("memory_policy",),
    foreign={**_VMS_KEYS, **OTHERS_KEYS},
    sdk="Cluster",
)
VM = Thing(
    what="a VM",
    key="vm",
    names=(
        *("custom_compatibility_version", "tunnel_migration", "migration", "cpu", "memory"),
        *("migration_downtime", "status"),
    ),
    foreign={**_CLUSTERS_KEYS, **OTHERS_KEYS},
    sdk="Vm",
)


def another(thing: Thing, document: object, found: Mapping[str, Any]) -> List[ZcpolicyError]:
    """A fault if the *document* with the members *found* is something other than *thing*."""
    give = f"give {thing.what}"
    cls = type(document)
    if cls.__module__.partition(".")[0] == "ovirtsdk4" and cls.__name__ != thing.sdk:
        problem = f"this is {cls.__name__!r} of the SDK; {give}"
        return [InvalidType("", document, thing.what, problem)]
    for key, what in thing.foreign.items():
        if key in found:
            problem = f"only {what} has this key; {give}"
            return [InvalidValue(key, found[key], "no such key", problem)]
    href = found.get("href")
    *_, collection, _ = ["", "", *str(href).split("/")]
    if collection not in ("", f"{thing.key}s"):
        problem = f"{short_repr(href)} is the address of something else; {give}"
        return [InvalidValue("href", href, f"an address in /{thing.key}s", problem)]
    status = plain(found.get("status"))
    if isinstance(status, str) and status in OTHERS_STATES:
        problem = f"{status!r} is a status of {OTHERS_STATES[status]}; {give}"
        return [InvalidValue("status", status, f"a status of {thing.what}", problem)]
    return []
