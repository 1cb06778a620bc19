"""The remedies of notices as changes to the form: one table, by the notice's code."""

from typing import Mapping, Tuple

__all__ = ["FIXES"]

# The label of each button, and the fields that it fills in.
# The page offers a remedy only if it makes the notice disappear.
FIXES: Mapping[str, Tuple[Tuple[str, Mapping[str, str]], ...]] = {
    "level": (
        ("Use the cluster's level", {"vm.level": "default"}),
        ("Raise the level to 4.8", {"cluster.level": "4.8", "vm.level": "default"}),
    ),
    "encryption": (("Migrate this VM unencrypted", {"vm.encrypted": "no"}),),
    "tunnel": (("Migrate this VM without the tunnel", {"vm.tunnelled": "no"}),),
    "vdsm": (("Assume Vdsm is updated", {"source.zerocopy.vdsm": "yes"}),),
    "libvirt": (
        (
            "Assume libvirt is updated",
            {"source.zerocopy.libvirt": "yes", "source.versions.libvirt": "default"},
        ),
    ),
    "qemu": (
        (
            "Assume QEMU is updated",
            {"source.zerocopy.qemu": "yes", "source.versions.qemu": "default"},
        ),
    ),
    "destination": (
        (
            "Assume the destination is updated",
            {"destination.zerocopy.libvirt": "yes", "destination.versions.libvirt": "default"},
        ),
    ),
    "memory-lock": (("Remove the hard limit", {"vm.memoryHardLimitMiB": "default"}),),
    "policy-unknown": (("Use Minimal downtime", {"cluster.policy": "Minimal downtime"}),),
    "connections-enforced": (("Request parallel connections", {"vm.parallel": "Parallel"}),),
    "connections-level": (
        ("Raise the level to 4.8", {"cluster.level": "4.8", "vm.level": "default"}),
    ),
    "connections-tunnel": (("Migrate this VM without the tunnel", {"vm.tunnelled": "no"}),),
    "connections-capped": (("Choose the number automatically", {"vm.parallel": "Parallel"}),),
    "compression-connections": (("Use one connection", {"vm.parallel": "Disabled"}),),
    "postcopy-connections": (("Use one connection", {"vm.parallel": "Disabled"}),),
    "postcopy-paused": (("Assume the VM is running", {"vm.paused": "no"}),),
    "postcopy-tunnel": (("Migrate this VM without the tunnel", {"vm.tunnelled": "no"}),),
    "encryption-level": (
        ("Do not request encryption", {"vm.encrypted": "no", "cluster.encrypted": "no"}),
    ),
    "tunnel-encryption": (("Do not request the tunnel", {"vm.tunnelled": "no"}),),
    "bandwidth-too-small": (("Set the bandwidth to Auto", {"cluster.bandwidth": "Auto"}),),
    "downtime-unused": (("Remove the VM's downtime", {"vm.downtime": "default"}),),
}
