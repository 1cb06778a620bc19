"""The decision as one straight-line function: the baseline for a resolution.

It decides the same twelve parameters and the blockers, from the same input objects, into a plain
dict and tuple.  The benchmark checks that it agrees with `resolve` before it times anything.
"""

import re
from typing import Any, Dict, Tuple

import zcpolicy as zc

_SHIPPED = (
    zc.policies.MINIMAL_DOWNTIME,
    zc.policies.SUSPEND_WORKLOAD,
    zc.policies.POST_COPY,
    zc.policies.VERY_LARGE_VMS,
)
_UP_TO_46 = {policy.id: policy for policy in _SHIPPED if not policy.zero_copy}
_FROM_47 = {policy.id: policy for policy in _SHIPPED}
_IDS = {policy.name: policy.id for policy in _SHIPPED}
_LEGACY = zc.policies.LEGACY
_IDS.update(dict.fromkeys(("legacy", _LEGACY.name), _LEGACY.id))
_WORDS = dict(
    zip(("minimal_downtime", "suspend_workload", "post_copy"), (policy.id for policy in _SHIPPED))
)
_NAMES = {**_WORDS, **_IDS}
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def decide(scenario: zc.Scenario) -> Tuple[Dict[str, Any], Tuple[str, ...]]:
    """The parameters and the blockers."""
    cluster = scenario.cluster
    host = scenario.host
    vm = scenario.vm
    destination = scenario.destination
    engine = scenario.engine

    level = cluster.level if vm.level is None else vm.level
    supported = engine.parallel_supported[level]

    if engine.policies is not None:
        listed = {policy.id: policy for policy in engine.policies}
        ids = {policy.name: policy.id for policy in reversed(engine.policies)}
        ids = {name: ids[name] for name in ids if not _UUID.fullmatch(name)}
        ids = {**_WORDS, **ids, **_IDS}
    else:
        major, minor = cluster.level.split(".")
        listed = _FROM_47 if (int(major), int(minor)) >= (4, 7) else _UP_TO_46
        ids = _NAMES
    cluster_policy = scenario.policy
    if isinstance(cluster_policy, str):
        cluster_policy = listed.get(ids.get(cluster_policy, cluster_policy), _LEGACY)
    policy = vm.policy
    if policy is None:
        policy = cluster_policy
    elif isinstance(policy, str):
        policy = listed.get(ids.get(policy, policy), _LEGACY)

    encrypted: Any = vm.encrypted
    if encrypted is None:
        encrypted = cluster.encrypted
        if encrypted is None:
            encrypted = engine.default_encrypted
    if encrypted:
        major, minor = level.split(".")
        encrypted = (int(major), int(minor)) >= (4, 4)
    tunnel_asked = cluster.tunnelled if vm.tunnelled is None else vm.tunnelled
    tunnelled = tunnel_asked and not encrypted

    blockers = []
    if not policy.zero_copy:
        blockers.append("policy")
    if not supported:
        blockers.append("level")
    if encrypted:
        blockers.append("encryption")
    if tunnel_asked:
        blockers.append("tunnel")
    enforced = not blockers
    if not host.vdsm_zerocopy:
        blockers.append("vdsm")
    if not host.libvirt_zerocopy or (host.libvirt_version or (8, 5)) < (8, 5):
        blockers.append("libvirt")
    if not host.qemu_zerocopy or (host.qemu_version or (7, 1)) < (7, 1):
        blockers.append("qemu")
    if not destination.libvirt_zerocopy or (destination.libvirt_version or (8, 5)) < (8, 5):
        blockers.append("destination")
    hard_limit = vm.memory_hard_limit_mib
    if hard_limit is not None and hard_limit < vm.memory_mib:
        blockers.append("memory-lock")

    bandwidth = cluster.bandwidth
    if bandwidth == "auto":
        source_mbps = host.migration_mbps
        destination_mbps = destination.migration_mbps
        if source_mbps and destination_mbps and source_mbps > 0 and destination_mbps > 0:
            mib = min(source_mbps, destination_mbps) // 8
        else:
            mib = None
    else:
        mib = bandwidth // 8 if isinstance(bandwidth, int) else None

    parallel = None
    if supported and not tunnelled:
        setting = cluster.parallel if vm.parallel is None else vm.parallel
        if isinstance(setting, int):
            parallel = min(setting, max(2, vm.vcpus))
        elif setting != "disabled" or enforced:
            fitting = 0 if mib is None else min(mib * 8 // 10240, vm.vcpus, 255)
            if fitting >= 2:
                parallel = fitting
            elif setting != "auto" or enforced:
                parallel = 2

    auto_converge: Any = policy.auto_convergence
    if auto_converge is None:
        auto_converge = vm.auto_converge
        if auto_converge is None:
            auto_converge = cluster.auto_converge
            if auto_converge is None:
                auto_converge = engine.default_auto_converge
    if parallel is not None:
        compressed: Any = False
    else:
        compressed = policy.migration_compression
        if compressed is None:
            compressed = vm.compressed
            if compressed is None:
                compressed = cluster.compressed
                if compressed is None:
                    compressed = engine.default_compressed

    schedule = policy.schedule
    if schedule is not None and (parallel is not None or tunnelled or vm.paused):
        for entry in schedule.stalling:
            if entry.action.name == "postcopy":
                schedule = zc.ConvergenceSchedule(
                    init=schedule.init,
                    stalling=tuple([e for e in schedule.stalling if e.action.name != "postcopy"]),
                )
                break

    downtime = vm.downtime
    if downtime is None:
        downtime = engine.default_downtime
    limit = policy.max_migrations if parallel is None else 1
    return {
        "zerocopy": not blockers,
        "parallel": parallel,
        "auto_converge": auto_converge,
        "compressed": compressed,
        "encrypted": encrypted,
        "tunnelled": tunnelled,
        "max_bandwidth": None if mib is None else mib // cluster_policy.max_migrations or None,
        "downtime": downtime or None,
        "schedule": schedule,
        "enable_guest_events": policy.enable_guest_events,
        "incoming_limit": limit,
        "outgoing_limit": limit,
    }, tuple(blockers)
