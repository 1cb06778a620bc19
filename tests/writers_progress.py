"""Print values as the original programs do: each function is one of their printers, said again.

They were written from the sources that their docstrings name, not from the readers.
"""

import json
import shlex
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

VM_ID = "11111111-2222-3333-4444-555555555555"

# QEMU, util/cutils.c (size_to_str) and libvirt, tools/vsh.c (vshPrettyCapacity).
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def query_migrate(
    values: Mapping[str, Any], ram: Mapping[str, Any], **envelope: Any
) -> Dict[str, Any]:
    """A reply to ``query-migrate``.

    Source: QEMU ``qapi/migration.json`` (MigrationInfo, MigrationStats) and
    ``migration/migration.c`` (populate_time_info, populate_ram_info).
    """
    counters = {"normal-bytes": 1, "multifd-bytes": 0, "pages-per-second": 5}
    return {"return": {**values, "setup-time": 7, "ram": {**counters, **ram}}, **envelope}


def info_migrate(
    status: str,
    *,
    total_ms: int,
    setup_ms: int = 12,
    expected_ms: Optional[int] = None,
    downtime_ms: Optional[int] = None,
    ram: Optional[Mapping[str, int]] = None,
    mbps: float = 0.0,
    throttle: Optional[int] = None,
    error: Optional[str] = None,
) -> str:
    """What ``info migrate`` prints.

    Source: QEMU 7.2 to 10.0 ``migration/migration-hmp-cmds.c`` (hmp_info_migrate).
    """
    lines = ["globals:", "store-global-state: on", "only-migratable: off", "clear-bitmap-shift: 18"]
    lines.append(f"Migration status: {status}" + (f" ({error})" if error else ""))
    lines.append(f"total time: {total_ms} ms")
    if expected_ms is not None:
        lines.append(f"expected downtime: {expected_ms} ms")
    if downtime_ms is not None:
        lines.append(f"downtime: {downtime_ms} ms")
    lines.append(f"setup: {setup_ms} ms")
    if ram is not None:
        lines += [
            f"transferred ram: {ram['transferred'] >> 10} kbytes",
            f"throughput: {mbps:.2f} mbps",
            f"remaining ram: {ram['remaining'] >> 10} kbytes",
            f"total ram: {ram['total'] >> 10} kbytes",
            f"duplicate: {ram['duplicate']} pages",
            "skipped: 0 pages",
            f"normal: {ram['normal']} pages",
            f"normal bytes: {ram['normal'] * 4} kbytes",
            f"dirty sync count: {ram['dirty_sync_count']}",
            f"page size: {ram['page_size'] >> 10} kbytes",
            "multifd bytes: 0 kbytes",
            "pages-per-second: 28590",
        ]
        if ram["dirty_pages_rate"]:
            lines.append(f"dirty pages rate: {ram['dirty_pages_rate']} pages")
    if throttle is not None:
        lines.append(f"cpu throttle percentage: {throttle}")
    return "\n".join(lines) + "\n"


def size_to_str(value: int) -> str:
    """Source: QEMU ``util/cutils.c`` (size_to_str): three digits, the next unit from 1000 on."""
    power = 0
    while value / (1 << 10 * power) >= 1000:
        power += 1
    return f"{value / (1 << 10 * power):.3g} {_UNITS[power]}"


def new_info_migrate(
    status: str,
    *,
    total_ms: int,
    expected_ms: Optional[int] = None,
    downtime_ms: Optional[int] = None,
    ram: Mapping[str, int],
    mbps: float = 0.0,
    throttle: Optional[int] = None,
) -> str:
    """What ``info migrate -a`` prints from QEMU 10.1 on.

    Source: QEMU 10.1 ``migration/migration-hmp-cmds.c`` (hmp_info_migrate).
    """
    time = f"Time (ms): \t\ttotal={total_ms}, setup=33"
    if expected_ms is not None:
        time += f", exp_down={expected_ms}"
    if downtime_ms is not None:
        time += f", down={downtime_ms}"
    rates = "  Page Rates (pps): \ttransfer=167581"
    if ram["dirty_pages_rate"]:
        rates += f", dirty={ram['dirty_pages_rate']}"
    sizes = {name: size_to_str(ram[name]) for name in ("page_size", "total", "transferred")}
    lines = [
        f"Status: \t\t{status}",
        time,
        "RAM info:",
        f"  Throughput (Mbps): \t{mbps:.2f}",
        f"  Sizes: \t\tpagesize={sizes['page_size']}, total={sizes['total']}",
        f"  Transfers: \t\ttransferred={sizes['transferred']}, "
        f"remain={size_to_str(ram['remaining'])}",
        "    Channels: \t\tprecopy=111 MiB, multifd=0 B, postcopy=592 MiB",
        f"    Page Types: \tnormal={ram['normal']}, zero={ram['duplicate']}",
        rates,
        f"  Others: \t\tdirty_syncs={ram['dirty_sync_count']}, postcopy_req=1652",
        "Globals:",
        "  store-global-state: on",
    ]
    if throttle is not None:
        lines.append(f"CPU Throttle (%): {throttle}")
    return "\n".join(lines) + "\n"


def pretty(value: int) -> Tuple[str, str]:
    """Source: libvirt ``tools/vsh.c`` (vshPrettyCapacity), printed with ``%-.3lf %s``."""
    power = 0
    while value >= 1 << 10 * (power + 1) and power < len(_UNITS) - 1:
        power += 1
    return f"{value / (1 << 10 * power):.3f}", _UNITS[power]


def domjobinfo(kind: str, stats: Mapping[str, int], operation: str = "Outgoing migration") -> str:
    """What ``virsh domjobinfo`` prints of a job's statistics.

    Source: libvirt ``tools/virsh-domain.c`` (cmdDomjobinfo), 9.0 and 11.3.
    """
    lines = [f"{'Job type:':17} {kind:12}"]
    if kind == "None":
        return lines[0] + "\n"
    lines.append(f"{'Operation:':17} {operation:12}")

    def number(label: str, key: str, unit: str = "", width: int = 12) -> None:
        if key in stats:
            lines.append(f"{label:17} {stats[key]!s:{width}}" + (f" {unit}" if unit else ""))

    def capacity(label: str, key: str, unit: str = "") -> None:
        if key in stats:
            value, named = pretty(stats[key])
            lines.append(f"{label:17} {value} {named}{unit}")

    number("Time elapsed:", "time_elapsed", "ms")
    number("Time elapsed w/o network:", "time_elapsed_net", "ms")
    for part in ("Data", "Memory"):
        for word in ("processed", "remaining", "total"):
            capacity(f"{part} {word}:", f"{part.lower()}_{word}")
    capacity("Memory bandwidth:", "memory_bps", "/s")
    number("Dirty rate:", "memory_dirty_rate", "pages/s")
    number("Page size:", "memory_page_size", "bytes")
    number("Iteration:", "memory_iteration")
    number("Postcopy requests:", "memory_postcopy_requests")
    number("Constant pages:", "memory_constant")
    number("Normal pages:", "memory_normal")
    capacity("Normal data:", "memory_normal_bytes")
    total = "Total downtime:" if kind == "Completed" else "Expected downtime:"
    number(total, "downtime", "ms")
    number("Downtime w/o network:", "downtime_net", "ms")
    number("Setup time:", "setup_time", "ms")
    number("Auto converge throttle:", "auto_converge_throttle", width=13)
    return "\n".join(lines) + "\n\n"


def raw_domjobinfo(kind: int, stats: Mapping[str, int]) -> str:
    """What ``virsh domjobinfo --rawstats`` prints; the source is the same."""
    lines = [f"Job type: {kind}", "", "operation: 5"]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in stats.items())]) + "\n"


def vdsm_line(message: str, *, vm: str = VM_ID, level: str = "INFO", thread: str = "migmon") -> str:
    """A line of a VM's messages.

    Source: Vdsm ``logger.conf.in`` (formatter_long) and ``common/logutils.py`` (SimpleLogAdapter).
    """
    return (
        f"2026-03-02 10:11:02,118+0100 {level:5} ({thread}/{vm[:8]}) [virt.vm] (vmId='{vm}') "
        f"{message} (migration:1005)\n"
    )


def old_vdsm_line(message: str, *, vm: str = VM_ID, level: str = "INFO") -> str:
    """The same before Vdsm 4.20."""
    return (
        f"migmon/{vm[:8]}::{level}::2016-09-20 10:11:02,118::migration::754::virt.vm::"
        f"(monitor_migration) vmId=`{vm}`::{message}\n"
    )


def progress(elapsed_ms: int, stats: Mapping[str, int], *, version: str) -> str:
    """Vdsm's progress; *stats* in MiB, MiB or MiBit a second, and pages.

    Source: Vdsm ``virt/migration.py`` (Progress.__str__): 4.18 to 4.30 with Python 2, where
    seconds are whole, 4.40 with Python 3, and from 4.40.28 on with Mbps.
    """
    seconds = str(elapsed_ms // 1000) if version == "4.30" else str(elapsed_ms / 1000)
    unit = "Mbps" if version == "4.50" else "MBps"
    total, remaining = stats["total"], stats["remaining"]
    share = 100 - 100 * remaining // total if total else 0
    return (
        f"Migration Progress: {seconds} seconds elapsed, {share}% of data processed, "
        f"total data: {total}MB, processed data: {stats['processed']}MB, "
        f"remaining data: {remaining}MB, transfer speed {stats['speed']}{unit}, "
        f"zero pages: {stats['zero']}MB, compressed: 0MB, dirty rate: {stats['dirty']}, "
        f"memory iteration: {stats['iteration']}"
    )


def api_call(params: Mapping[str, Any], *, vm: str = VM_ID) -> str:
    """Vdsm's API logs a call: ``common/api.py`` (logged), ``common/logutils.py`` (call2str)."""
    return (
        "2026-03-02 10:11:01,001+0100 INFO  (jsonrpc/3) [api.virt] START migrate("
        f"params={dict(params)!r}) from=::ffff:192.0.2.9,39674, flow_id=6cd06b6e, vmId={vm} "
        "(api:48)\n"
    )


def migrating(params: Mapping[str, Any], flags: int, *, vm: str = VM_ID) -> str:
    """Vdsm logs its call of libvirt: ``virt/migration.py`` (_perform_migration), from 4.50.3 on."""
    shown = {**params, "destination_xml": "..."}
    message = f"Migrating to qemu+tls://b/system with params {shown!r} and flags {int(flags)}"
    return vdsm_line(message, vm=vm, thread="migsrc")


def java(value: Any) -> str:
    """What Java's ``toString`` makes of lists and maps (AbstractCollection, AbstractMap)."""
    if isinstance(value, list):
        return "[" + ", ".join(map(java, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java(each)}" for key, each in value.items()) + "}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


# MigrateVDSCommandParameters.appendAttributes, by the version from which on they are printed.
_ATTRIBUTES = (
    ("srcHost", (4, 0)),
    ("dstVdsId", (4, 0)),
    ("dstHost", (4, 0)),
    ("migrationMethod", (4, 0)),
    ("tunnelMigration", (4, 0)),
    ("migrationDowntime", (4, 0)),
    ("autoConverge", (4, 0)),
    ("migrateCompressed", (4, 0)),
    ("migrateEncrypted", (4, 4)),
    ("consoleAddress", (4, 0)),
    ("maxBandwidth", (4, 0)),
    ("parallel", (4, 5)),
    ("enableGuestEvents", (4, 0)),
    ("maxIncomingMigrations", (4, 0)),
    ("maxOutgoingMigrations", (4, 0)),
    ("convergenceSchedule", (4, 0)),
    ("dstQemu", (4, 2)),
    ("cpusets", (4, 5)),
    ("numaNodesets", (4, 5)),
)
_OF_THE_REQUEST = {
    "tunnelMigration": "tunneled",
    "migrationDowntime": "downtime",
    "autoConverge": "autoConverge",
    "migrateCompressed": "compressed",
    "migrateEncrypted": "encrypted",
    "maxBandwidth": "maxBandwidth",
    "parallel": "parallel",
    "enableGuestEvents": "enableGuestEvents",
    "maxIncomingMigrations": "incomingLimit",
    "maxOutgoingMigrations": "outgoingLimit",
}


def engine_parameters(
    request: Mapping[str, Any], version: Tuple[int, int], *, vm: str = VM_ID
) -> str:
    """The parameters of which Engine makes *request*.

    Source: ovirt-engine ``MigrateVDSCommandParameters``, ``ToStringBuilder`` (a map is printed as
    the list of its entries), 4.0 to 4.5.
    """
    values: Dict[str, Any] = {
        "srcHost": "192.0.2.1",
        "dstVdsId": "00000000-0000-0000-0000-000000000004",
        "dstHost": "192.0.2.2:54321",
        "migrationMethod": "ONLINE",
        "dstQemu": "192.0.2.2",
        "migrationDowntime": "0",
        **{name: request[key] for name, key in _OF_THE_REQUEST.items() if key in request},
    }
    schedule = request.get("convergenceSchedule")
    if schedule is not None:
        entries = ", ".join(f"{key}={java(each)}" for key, each in schedule.items())
        values["convergenceSchedule"] = f"[{entries}]"
    printed = [f"hostId='00000000-0000-0000-0000-000000000002', vmId='{vm}'"]
    printed += [
        f"{name}='{java(values.get(name))}'" for name, since in _ATTRIBUTES if since <= version
    ]
    return f"MigrateVDSCommandParameters:{{{', '.join(printed)}}}"


def engine_line(message: str, level: str = "INFO") -> str:
    """A line of Engine's log: ``ovirt-engine.xml.in``, the pattern of its handler."""
    return (
        f"2026-03-02 10:11:00,223+01 {level:5} [org.ovirt.engine.core.vdsbroker.Command] "
        f"(EE-ManagedThreadFactory-engine-Thread-1) [6cd06b6e] {message}\n"
    )


def engine_commands(parameters: str) -> str:
    """Both commands log them as they start: ``LoggedUtils`` (ENTRY_LOG), ``VdsBrokerCommand``."""
    return engine_line(f"START, MigrateVDSCommand( {parameters}), log id: 1") + engine_line(
        f"START, MigrateBrokerVDSCommand(HostName = a, {parameters}), log id: 2"
    )


def shell_line(words: Sequence[str]) -> str:
    """A command as somebody types it."""
    return " ".join(map(shlex.quote, words))


def query_dirty_rate(period: int, rate: int, unit: Optional[str] = "second") -> str:
    """A reply to ``query-dirty-rate``.

    Source: QEMU ``qapi/migration.json`` (DirtyRateInfo); calc-time-unit is there from 8.2 on.
    """
    values = {
        "status": "measured",
        "sample-pages": 512,
        "mode": "page-sampling",
        "dirty-rate": rate,
        "start-time": 348414,
        "calc-time": period,
    }
    if unit is not None:
        values["calc-time-unit"] = unit
    return json.dumps({"return": values, "id": "libvirt-9"})


def domstats(name: str, period: int, rate: Optional[int]) -> str:
    """What ``virsh domstats --dirtyrate`` prints of a domain; without a rate it measures still.

    Source: libvirt ``tools/virsh-domain-monitor.c`` (virshDomainStatsPrintRecord),
    ``src/qemu/qemu_driver.c`` (qemuDomainGetStatsDirtyRate).
    """
    lines: List[str] = [
        f"Domain: '{name}'",
        f"  dirtyrate.calc_status={1 if rate is None else 2}",
        "  dirtyrate.calc_start_time=348414",
        f"  dirtyrate.calc_period={period}",
        "  dirtyrate.calc_mode=page-sampling",
    ]
    if rate is not None:
        lines.append(f"  dirtyrate.megabytes_per_second={rate}")
    return "\n".join(lines) + "\n"
