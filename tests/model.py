"""A second, naive transcription of how the parameters of a migration are decided.

It follows the oVirt feature page "Zero-copy migrations" and the systems around it, from top to
bottom and without any cleverness, and imports nothing of the library that it checks:

* Engine 4.5, ``MigrateVmCommand``: what ``VM.migrate`` gets;
* Vdsm, ``virt/migration.py``: what Vdsm makes of it;
* libvirt, ``qemu_migration.c`` and ``qemu_migration_params.c``, and QEMU, ``migration/options.c``:
  what must not be asked for at all.

Only valid scenario documents may be given to it.
"""

import re
from typing import Any, Optional

# --------------------------------------------------------------------------------------------
# The shipped values of Engine's configuration (engine-config, Engine 4.5).
# --------------------------------------------------------------------------------------------

NEWEST_LEVEL = "4.8"

# Engine 4.5, ParallelMigrationsSupported.
PARALLEL_SUPPORTED = {
    "4.2": False,
    "4.3": False,
    "4.4": False,
    "4.5": False,
    "4.6": False,
    "4.7": True,
    "4.8": True,
}

MINIMAL_DOWNTIME_ID = "80554327-0569-496b-bdeb-fcbbf52b827b"
SUSPEND_WORKLOAD_ID = "80554327-0569-496b-bdeb-fcbbf52b827c"
POST_COPY_ID = "a7aeedb2-8d66-4e51-bb22-32595027ce71"
VERY_LARGE_VMS_ID = "57237b82-b8c2-425f-b425-114b35219626"
LEGACY_ID = "00000000-0000-0000-0000-000000000000"
# ovirt_cluster of ansible's collection ovirt.ovirt, _get_policy_id.
ANSIBLE_IDS = {
    "minimal_downtime": "80554327-0569-496b-bdeb-fcbbf52b827b",
    "suspend_workload": "80554327-0569-496b-bdeb-fcbbf52b827c",
    "post_copy": "a7aeedb2-8d66-4e51-bb22-32595027ce71",
}

# Engine 4.5, MigrationPolicies, in the shape that the value has there.
SHIPPED: list[dict[str, Any]] = [
    {
        "id": {"uuid": MINIMAL_DOWNTIME_ID},
        "name": "Minimal downtime",
        "maxMigrations": 2,
        "autoConvergence": True,
        "migrationCompression": False,
        "enableGuestEvents": True,
        "config": {
            "initialItems": [{"action": "setDowntime", "params": ["100"]}],
            "convergenceItems": [
                {
                    "stallingLimit": 1,
                    "convergenceItem": {"action": "setDowntime", "params": ["150"]},
                },
                {
                    "stallingLimit": 2,
                    "convergenceItem": {"action": "setDowntime", "params": ["200"]},
                },
                {
                    "stallingLimit": 3,
                    "convergenceItem": {"action": "setDowntime", "params": ["300"]},
                },
                {
                    "stallingLimit": 4,
                    "convergenceItem": {"action": "setDowntime", "params": ["400"]},
                },
                {
                    "stallingLimit": 6,
                    "convergenceItem": {"action": "setDowntime", "params": ["500"]},
                },
            ],
            "lastItems": [{"action": "abort", "params": []}],
        },
    },
    {
        "id": {"uuid": SUSPEND_WORKLOAD_ID},
        "name": "Suspend workload if needed",
        "maxMigrations": 1,
        "autoConvergence": True,
        "migrationCompression": True,
        "enableGuestEvents": True,
        "config": {
            "initialItems": [{"action": "setDowntime", "params": ["100"]}],
            "convergenceItems": [
                {
                    "stallingLimit": 1,
                    "convergenceItem": {"action": "setDowntime", "params": ["150"]},
                },
                {
                    "stallingLimit": 2,
                    "convergenceItem": {"action": "setDowntime", "params": ["200"]},
                },
                {
                    "stallingLimit": 3,
                    "convergenceItem": {"action": "setDowntime", "params": ["300"]},
                },
                {
                    "stallingLimit": 4,
                    "convergenceItem": {"action": "setDowntime", "params": ["400"]},
                },
                {
                    "stallingLimit": 6,
                    "convergenceItem": {"action": "setDowntime", "params": ["500"]},
                },
            ],
            "lastItems": [
                {"action": "setDowntime", "params": ["5000"]},
                {"action": "abort", "params": []},
            ],
        },
    },
    {
        "id": {"uuid": POST_COPY_ID},
        "name": "Post-copy migration",
        "maxMigrations": 2,
        "autoConvergence": True,
        "migrationCompression": False,
        "enableGuestEvents": True,
        "config": {
            "initialItems": [{"action": "setDowntime", "params": ["100"]}],
            "convergenceItems": [
                {
                    "stallingLimit": 1,
                    "convergenceItem": {"action": "setDowntime", "params": ["150"]},
                },
                {
                    "stallingLimit": 2,
                    "convergenceItem": {"action": "setDowntime", "params": ["200"]},
                },
            ],
            "lastItems": [
                {"action": "postcopy", "params": []},
                {"action": "abort", "params": []},
            ],
        },
    },
    {
        "id": {"uuid": VERY_LARGE_VMS_ID},
        "name": "Very large VMs",
        "maxMigrations": 1,
        "autoConvergence": True,
        "migrationCompression": False,
        "enableGuestEvents": True,
        "zeroCopy": True,
        "config": {
            "initialItems": [{"action": "setDowntime", "params": ["300"]}],
            "convergenceItems": [
                {
                    "stallingLimit": 1,
                    "convergenceItem": {"action": "setDowntime", "params": ["400"]},
                },
                {
                    "stallingLimit": 2,
                    "convergenceItem": {"action": "setDowntime", "params": ["500"]},
                },
                {
                    "stallingLimit": 3,
                    "convergenceItem": {"action": "setDowntime", "params": ["700"]},
                },
                {
                    "stallingLimit": 4,
                    "convergenceItem": {"action": "setDowntime", "params": ["1000"]},
                },
                {
                    "stallingLimit": 6,
                    "convergenceItem": {"action": "setDowntime", "params": ["1500"]},
                },
            ],
            "lastItems": [
                {"action": "setDowntime", "params": ["5000"]},
                {"action": "abort", "params": []},
            ],
        },
    },
]

# --------------------------------------------------------------------------------------------
# Flags (libvirt, include/libvirt/libvirt-domain.h, virDomainMigrateFlags), by value.
# --------------------------------------------------------------------------------------------

FLAGS = [
    ("VIR_MIGRATE_LIVE", 1 << 0),
    ("VIR_MIGRATE_PEER2PEER", 1 << 1),
    ("VIR_MIGRATE_TUNNELLED", 1 << 2),
    ("VIR_MIGRATE_PERSIST_DEST", 1 << 3),
    ("VIR_MIGRATE_COMPRESSED", 1 << 11),
    ("VIR_MIGRATE_ABORT_ON_ERROR", 1 << 12),
    ("VIR_MIGRATE_AUTO_CONVERGE", 1 << 13),
    ("VIR_MIGRATE_POSTCOPY", 1 << 15),
    ("VIR_MIGRATE_TLS", 1 << 16),
    ("VIR_MIGRATE_PARALLEL", 1 << 17),
    ("VIR_MIGRATE_ZEROCOPY", 1 << 20),
]

# --------------------------------------------------------------------------------------------
# Small helpers.
# --------------------------------------------------------------------------------------------


def first(*values: Any) -> Any:
    """Give the first value that is set."""
    for value in values:
        if value is not None:
            return value
    return None


def version(level: str) -> tuple[int, int]:
    """Read a compatibility level."""
    major, minor = level.split(".")
    return int(major), int(minor)


def entry_id(entry: dict[str, Any]) -> str:
    """Give the id of a policy entry: `{"uuid": "..."}` or a plain string, in any letter case."""
    value = entry["id"]
    if isinstance(value, dict):
        value = value["uuid"]
    return str(value).lower()


def is_uuid(text: str) -> bool:
    """Say whether the text has the form of an id."""
    form = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    return re.fullmatch(form, text) is not None


def action(item: dict[str, Any]) -> dict[str, Any]:
    """Write one action of a policy as Vdsm gets it; Engine 4.5 sends parameters as strings."""
    return {"name": item["action"], "params": [str(param) for param in item.get("params") or []]}


def count(schedule: dict[str, Any], name: str) -> int:
    """Count the stalling entries with the action of that name."""
    return len([entry for entry in schedule["stalling"] if entry["action"]["name"] == name])


# --------------------------------------------------------------------------------------------
# Policies.  Engine 4.5, MigrationPolicies and NoMigrationPolicy: `None` stands for Legacy.
# --------------------------------------------------------------------------------------------


def policy_list(scenario: dict[str, Any], level: str) -> list[dict[str, Any]]:
    """Give Engine's list of a cluster level: up to 4.6 without *Very large VMs*."""
    configured = (scenario.get("engine") or {}).get("policies")
    if configured is not None:
        return list(configured)
    if version(level) <= (4, 6):
        return [entry for entry in SHIPPED if entry_id(entry) != VERY_LARGE_VMS_ID]
    return SHIPPED


def find_policy(
    policy: Any, offered: list[dict[str, Any]]
) -> tuple[Optional[dict[str, Any]], bool]:
    """Find a policy's entry (None: Legacy), and say whether the list lacks what was asked for."""
    # A full entry runs as it is, whatever the list says.
    if isinstance(policy, dict):
        return policy, False

    # The id: given, or of a shipped name, or of an entry with that name in the list.
    if policy in ("legacy", "Legacy"):
        wanted = LEGACY_ID
    elif is_uuid(policy):
        wanted = policy.lower()
    else:
        wanted = ""
        for entry in offered:
            if entry.get("name") == policy:
                wanted = entry_id(entry)
                break
        for entry in SHIPPED:
            if entry["name"] == policy:
                wanted = entry_id(entry)
        wanted = wanted or ANSIBLE_IDS.get(policy, "")

    # Engine 4.5, ConvergenceConfigProvider: an id that the level's list lacks is Legacy.
    if wanted == LEGACY_ID:
        return None, False
    for entry in offered:
        if entry_id(entry) == wanted:
            return entry, False
    return None, True


# --------------------------------------------------------------------------------------------
# The decision.
# --------------------------------------------------------------------------------------------


def decide(scenario: dict[str, Any]) -> dict[str, Any]:
    """Decide the parameters of one migration."""
    cluster = scenario.get("cluster") or {}
    vm = scenario.get("vm") or {}
    source = scenario.get("source") or {}
    destination = scenario.get("destination") or {}
    engine = scenario.get("engine") or {}
    defaults = engine.get("defaults") or {}

    notices: list[tuple[str, str, str]] = []

    # Compatibility levels: a VM can have its own.  Features are asked for the VM's level, the
    # list of policies is the cluster's.  Engine 4.5, MigrateVmCommand, FeatureSupported and
    # ParallelMigrationsSupported.
    cluster_level = first(cluster.get("level"), NEWEST_LEVEL)
    vm_level = first(vm.get("level"), cluster_level)
    supported = dict(PARALLEL_SUPPORTED)
    overrides = engine.get("parallelSupported") or {}
    supported.update({level: value for level, value in overrides.items() if value is not None})
    parallel_supported = supported[vm_level]
    encryption_supported = version(vm_level) >= (4, 4)

    # The policies.  The effective one is the VM's own if it has one; both are looked up in the
    # list of the cluster's level.  Engine 4.5, MigrateVmCommand.findEffectiveConvergenceConfig.
    offered = policy_list(scenario, cluster_level)
    cluster_policy, cluster_unknown = find_policy(
        first(cluster.get("policy"), MINIMAL_DOWNTIME_ID), offered
    )
    policy, unknown = cluster_policy, cluster_unknown
    if vm.get("policy") is not None:
        policy, unknown = find_policy(vm["policy"], offered)
    if unknown:
        notices.append(("policy-unknown", "warning", "policy"))

    # Encryption: VM, cluster, default; ignored below level 4.4.
    # Engine 4.5, MigrateVmCommand and VmHandler.getMigrateEncrypted.
    encrypted_asked = bool(
        first(vm.get("encrypted"), cluster.get("encrypted"), defaults.get("encrypted"), False)
    )
    encrypted = encrypted_asked and encryption_supported
    if encrypted_asked and not encryption_supported:
        notices.append(("encryption-level", "warning", "encrypted"))

    # The tunnel: VM, cluster.  Engine 4.5, MigrateVmCommand.isTunnelMigrationUsed.  Tunnel and TLS
    # together never work, so encryption displaces the tunnel; libvirt, qemu_migration.c.
    tunnel_asked = bool(first(vm.get("tunnelled"), cluster.get("tunnelled"), False))
    tunnelled = tunnel_asked and not encrypted
    if tunnel_asked and encrypted:
        notices.append(("tunnel-encryption", "warning", "tunnelled"))

    # What limits zero-copy.  Feature page, "Limitations" and "User experience"; Engine 4.5,
    # MigrateVmCommand; Vdsm, virt/migration.py; libvirt, qemu_migration.c.
    asked = policy is not None and policy.get("zeroCopy") is True
    engine_blockers: list[str] = []
    if not asked:
        engine_blockers.append("policy")
    if not parallel_supported:
        engine_blockers.append("level")
    if encrypted:
        engine_blockers.append("encryption")
    if tunnel_asked:
        engine_blockers.append("tunnel")

    # On the source Vdsm, libvirt and QEMU must know it; on the destination libvirt must know the
    # flag.  libvirt locks as much as <memtune><hard_limit> where there is one.
    on_source = source.get("zerocopy")
    if not isinstance(on_source, dict):
        known = first(on_source, True)
        on_source = {"vdsm": known, "libvirt": known, "qemu": known}
    on_destination = destination.get("zerocopy")
    if not isinstance(on_destination, dict):
        on_destination = {"libvirt": first(on_destination, True)}
    memory_mib = first(vm.get("memoryMiB"), 1024)
    hard_limit_mib = vm.get("memoryHardLimitMiB")
    host_blockers: list[str] = []
    if not first(on_source.get("vdsm"), True):
        host_blockers.append("vdsm")
    # The binding, or a libvirt that is told to be older than 8.5, a QEMU than 7.1.
    versions = source.get("versions") or {}
    if not first(on_source.get("libvirt"), True) or older(versions.get("libvirt"), 8, 5):
        host_blockers.append("libvirt")
    if not first(on_source.get("qemu"), True) or older(versions.get("qemu"), 7, 1):
        host_blockers.append("qemu")
    versions = destination.get("versions") or {}
    if not first(on_destination.get("libvirt"), True) or older(versions.get("libvirt"), 8, 5):
        host_blockers.append("destination")
    if hard_limit_mib is not None and hard_limit_mib < memory_mib:
        host_blockers.append("memory-lock")

    blockers = engine_blockers + host_blockers
    zerocopy = blockers == []
    if asked:
        for blocker in blockers:
            notices.append((blocker, "warning", "zerocopy"))
    if zerocopy:
        notices.append(("zerocopy-young", "info", "zerocopy"))

    # The bandwidth in Mbps (None: unknown) and in MiB/s.
    # Engine 4.5, MigrateVmCommand.getMaxBandwidth.
    assignment = first(cluster.get("bandwidth"), "auto")
    mbps: Optional[int] = None
    if assignment == "auto":
        source_mbps = first(source.get("migrationMbps"), 0)
        destination_mbps = first(destination.get("migrationMbps"), 0)
        if source_mbps > 0 and destination_mbps > 0:
            mbps = min(source_mbps, destination_mbps)
    elif assignment == "hypervisor_default":
        mbps = None
    else:
        mbps = assignment
    mib_s: Optional[int] = None
    if mbps is not None:
        mib_s = mbps // 8

    # It is divided by the limit of the cluster's policy, whatever policy the VM has.  Vdsm ignores
    # a quotient of 0, so none is sent.
    cluster_max_migrations = 2
    if cluster_policy is not None:
        cluster_max_migrations = cluster_policy["maxMigrations"]
    max_bandwidth: Optional[int] = None
    if mib_s is not None:
        max_bandwidth = mib_s // cluster_max_migrations
        if max_bandwidth == 0:
            max_bandwidth = None
            notices.append(("bandwidth-too-small", "warning", "maxBandwidth"))

    # Connections.  Zero-copy makes "disabled" and "auto" "auto_parallel"; what is only known
    # about the hosts does not undo that.  Engine 4.5, MigrateVmCommand; feature page, "User
    # experience"; the tunnel: libvirt, qemu_migration.c, "mutually exclusive".
    vcpus = first(vm.get("vcpus"), 1)
    setting = first(vm.get("parallel"), cluster.get("parallel"), "disabled")
    effective_setting = setting
    if engine_blockers == [] and setting == "disabled":
        effective_setting = "auto_parallel"
        notices.append(("connections-enforced", "warning", "parallel"))
    if engine_blockers == [] and setting == "auto":
        effective_setting = "auto_parallel"
        notices.append(("connections-enforced", "info", "parallel"))

    parallel: Optional[int] = None
    if not parallel_supported or tunnelled or effective_setting == "disabled":
        parallel = None
    elif effective_setting in ("auto", "auto_parallel"):
        # One connection for each 10 Gbps, no more than vCPUs.
        connections = 0
        if mib_s is not None:
            connections = min(mib_s * 8 // 10240, vcpus)
        if connections >= 2:
            parallel = min(connections, 255)
        elif effective_setting == "auto_parallel":
            parallel = 2
    else:
        parallel = min(effective_setting, max(2, vcpus), 255)

    if setting not in ("disabled", "auto"):
        if not parallel_supported:
            notices.append(("connections-level", "warning", "parallel"))
        if tunnelled:
            notices.append(("connections-tunnel", "warning", "parallel"))
        if parallel is not None and setting != "auto_parallel" and setting > max(2, vcpus):
            notices.append(("connections-capped", "warning", "parallel"))

    # Compression: none beside connections, else the policy's flag (Legacy inherits).
    # Engine 4.5, MigrateVmCommand.getMigrateCompressed, with ovirt-engine pull request 1186;
    # libvirt, qemu_migration_params.c, "No compression algorithm selected".
    if policy is None:
        compressed_asked = bool(
            first(
                vm.get("compressed"), cluster.get("compressed"), defaults.get("compressed"), False
            )
        )
    else:
        compressed_asked = bool(policy.get("migrationCompression"))
    compressed = compressed_asked and parallel is None
    if compressed_asked and parallel is not None:
        notices.append(("compression-connections", "warning", "compressed"))

    # Autoconverge: the policy's flag (Legacy inherits).
    # Engine 4.5, MigrateVmCommand.getAutoConverge.
    if policy is None:
        auto_converge = bool(
            first(
                vm.get("autoConverge"),
                cluster.get("autoConverge"),
                defaults.get("autoConverge"),
                False,
            )
        )
    else:
        auto_converge = bool(policy.get("autoConvergence"))

    # The schedule: the last items follow the others, with limit -1; Legacy has none (Vdsm
    # computes one).  Engine 4.5, MigrateVmCommand and ConvergenceSchedule.
    schedule: Optional[dict[str, Any]] = None
    if policy is not None:
        config = policy["config"]
        schedule = {"init": [], "stalling": []}
        for item in config.get("initialItems") or []:
            schedule["init"].append(action(item))
        for item in config.get("convergenceItems") or []:
            schedule["stalling"].append(
                {
                    "limit": first(item.get("stallingLimit"), 0),
                    "action": action(item["convergenceItem"]),
                }
            )
        for item in config.get("lastItems") or []:
            schedule["stalling"].append({"limit": -1, "action": action(item)})

    # Post-copy goes beside connections, for a paused VM and beside a tunnel.  Engine 4.5,
    # MigrateVmCommand.filterOutPostcopy; QEMU, migration/options.c, "Postcopy is not yet
    # compatible with multifd"; libvirt, qemu_migration.c.
    paused = bool(first(vm.get("paused"), False))
    if schedule is not None and count(schedule, "postcopy") > 0:
        if parallel is not None:
            notices.append(("postcopy-connections", "warning", "schedule"))
        if paused:
            notices.append(("postcopy-paused", "warning", "schedule"))
        if tunnelled:
            notices.append(("postcopy-tunnel", "warning", "schedule"))
        if parallel is not None or paused or tunnelled:
            kept = [e for e in schedule["stalling"] if e["action"]["name"] != "postcopy"]
            schedule = {"init": schedule["init"], "stalling": kept}

    # Vdsm, virt/migration.py, MonitorThread: an exhausted schedule raises in the monitor.
    # One that vdsm.conf turns off runs nothing.
    vdsm = (scenario.get("source") or {}).get("vdsm") or {}
    if vdsm.get("migrationMonitorInterval") == 0:
        notices.append(("schedule-unwatched", "info", "schedule"))
    elif schedule is not None and count(schedule, "abort") == 0:
        notices.append(("schedule-runs-out", "info", "schedule"))

    # The downtime: VM, default; 0 means that none is sent.  Vdsm looks at it only when it gets no
    # schedule.  Engine 4.5, MigrateVmCommand.getMaximumMigrationDowntime.
    downtime: Optional[int] = first(vm.get("downtime"), defaults.get("downtime"), 0)
    if downtime == 0:
        downtime = None
    if first(vm.get("downtime"), 0) > 0 and schedule is not None:
        notices.append(("downtime-unused", "info", "downtime"))

    # Limits of concurrent migrations, in and out; guest events.
    # Engine 4.5, MigrateVmCommand.createMigrateVDSCommandParameters.
    limit = 2
    enable_guest_events = False
    if policy is not None:
        limit = policy["maxMigrations"]
        enable_guest_events = bool(policy.get("enableGuestEvents"))
    if parallel is not None:
        limit = 1

    parameters = {
        "zerocopy": zerocopy,
        "parallel": parallel,
        "autoConverge": auto_converge,
        "compressed": compressed,
        "encrypted": encrypted,
        "tunnelled": tunnelled,
        "maxBandwidth": max_bandwidth,
        "downtime": downtime,
        "schedule": schedule,
        "enableGuestEvents": enable_guest_events,
        "incomingLimit": limit,
        "outgoingLimit": limit,
    }
    request = vm_migrate(parameters, encryption_supported)
    return {
        "parameters": parameters,
        "blockers": blockers,
        "notices": notices,
        "vmMigrate": request,
        "libvirt": libvirt_call(request, vm_level, first(vdsm.get("migrationMaxBandwidth"), 52)),
    }


def vm_migrate(parameters: dict[str, Any], encryption_supported: bool) -> dict[str, Any]:
    """Write the `VM.migrate` keys: Engine 4.5, MigrateVDSCommandParameters."""
    request: dict[str, Any] = {
        "method": "online",
        "abortOnError": "true",
        "autoConverge": "true" if parameters["autoConverge"] else "false",
        "compressed": "true" if parameters["compressed"] else "false",
        "tunneled": "true" if parameters["tunnelled"] else "false",
        "enableGuestEvents": parameters["enableGuestEvents"],
        "incomingLimit": parameters["incomingLimit"],
        "outgoingLimit": parameters["outgoingLimit"],
    }
    if encryption_supported:
        request["encrypted"] = parameters["encrypted"]
    if parameters["zerocopy"]:
        request["zerocopy"] = True
    if parameters["parallel"] is not None:
        request["parallel"] = parameters["parallel"]
    if parameters["maxBandwidth"] is not None:
        request["maxBandwidth"] = parameters["maxBandwidth"]
    if parameters["downtime"] is not None:
        request["downtime"] = str(parameters["downtime"])
    if parameters["schedule"] is not None:
        request["convergenceSchedule"] = parameters["schedule"]
    return request


def older(version: Optional[str], major: int, minor: int) -> bool:
    """Whether a version that is known is older than that."""
    if version is None:
        return False
    numbers = [int(number) for number in version.split(".")]
    return numbers < [major, minor]


def libvirt_call(request: dict[str, Any], level: str, own_limit: int) -> dict[str, Any]:
    """Give flags and parameters: Vdsm, virt/migration.py, SourceThread."""
    names = ["VIR_MIGRATE_LIVE", "VIR_MIGRATE_PEER2PEER", "VIR_MIGRATE_ABORT_ON_ERROR"]
    if request["tunneled"] == "true":
        names.append("VIR_MIGRATE_TUNNELLED")
    if version(level) >= (4, 2):
        names.append("VIR_MIGRATE_PERSIST_DEST")
    if request["compressed"] == "true":
        names.append("VIR_MIGRATE_COMPRESSED")
    if request["autoConverge"] == "true":
        names.append("VIR_MIGRATE_AUTO_CONVERGE")
    if "convergenceSchedule" in request and count(request["convergenceSchedule"], "postcopy") > 0:
        names.append("VIR_MIGRATE_POSTCOPY")
    if request.get("encrypted"):
        names.append("VIR_MIGRATE_TLS")
    if request.get("parallel"):
        names.append("VIR_MIGRATE_PARALLEL")
    if request.get("zerocopy"):
        names.append("VIR_MIGRATE_ZEROCOPY")

    flags = 0
    flag_names = []
    for name, value in FLAGS:
        if name in names:
            flags = flags + value
            flag_names.append(name)

    # Vdsm's own bandwidth, in MiB/s, where none is sent; 0 means no limit.
    params: dict[str, int] = {}
    bandwidth = int(request.get("maxBandwidth") or own_limit)
    if bandwidth != 0:
        params["bandwidth"] = bandwidth
    if request.get("parallel"):
        params["parallel.connections"] = request["parallel"]
    return {"flags": flags, "flagNames": flag_names, "params": params}
