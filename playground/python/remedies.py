"""What a notice's remedy is in the form: one table, by the notice's code."""

from typing import Mapping, Tuple

__all__ = ["FIXES"]

# Each with what its button says and the fields that it fills in.
# The page offers one only where the notice then goes.
FIXES: Mapping[str, Tuple[Tuple[str, Mapping[str, str]], ...]] = {
    "level": (
        ("Use the cluster's level", {"vm.level": "default"}),
        ("Raise the level to 4.8", {"cluster.level": "4.8", "vm.level": "default"}),
    ),
    "encryption": (("Migrate this VM unencrypted", {"vm.encrypted": "no"}),),
    "tunnel": (("Migrate this VM without the tunnel", {"vm.tunnelled": "no"}),),
    "vdsm": (("Suppose Vdsm is updated", {"source.zerocopy.vdsm": "yes"}),),
    "libvirt": (
        (
            "Suppose libvirt is updated",
            {"source.zerocopy.libvirt": "yes", "source.versions.libvirt": "default"},
        ),
    ),
    "qemu": (
        (
            "Suppose QEMU is updated",
            {"source.zerocopy.qemu": "yes", "source.versions.qemu": "default"},
        ),
    ),
    "destination": (
        (
            "Suppose the destination is updated",
            {"destination.zerocopy.libvirt": "yes", "destination.versions.libvirt": "default"},
        ),
    ),
    "memory-lock": (("Remove the hard limit", {"vm.memoryHardLimitMiB": "default"}),),
    "policy-unknown": (("Use Minimal downtime", {"cluster.policy": "Minimal downtime"}),),
    "connections-enforced": (("Ask for connections", {"vm.parallel": "Parallel"}),),
    "connections-level": (
        ("Raise the level to 4.8", {"cluster.level": "4.8", "vm.level": "default"}),
    ),
    "connections-tunnel": (("Migrate this VM without the tunnel", {"vm.tunnelled": "no"}),),
    "connections-capped": (("Let the number be worked out", {"vm.parallel": "Parallel"}),),
    "compression-connections": (("Use one connection", {"vm.parallel": "Disabled"}),),
    "postcopy-connections": (("Use one connection", {"vm.parallel": "Disabled"}),),
    "postcopy-paused": (("Suppose the VM runs", {"vm.paused": "no"}),),
    "postcopy-tunnel": (("Migrate this VM without the tunnel", {"vm.tunnelled": "no"}),),
    "encryption-level": (
        ("Do not ask for encryption", {"vm.encrypted": "no", "cluster.encrypted": "no"}),
    ),
    "tunnel-encryption": (("Do not ask for the tunnel", {"vm.tunnelled": "no"}),),
    "bandwidth-too-small": (("Divide the link's speed", {"cluster.bandwidth": "Auto"}),),
    "downtime-unused": (("Remove the VM's downtime", {"vm.downtime": "default"}),),
}
