"""What libvirt and QEMU refuse, or accept with harm: one row for each rule.

Two generations are meant: "old" is libvirt 9.0 with QEMU 7.2, "new" libvirt 11.3 with QEMU 10.0.
A row is violated when either of them refuses the combination, or takes it and then loses the VM,
the migration or a daemon.  Sources: libvirt, ``qemu_migration.c`` and
``qemu_migration_params.c``; QEMU, ``migration/options.c``; for schedules Vdsm,
``virt/migration.py``.

Nothing here knows how migration parameters are decided.
"""

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple, Optional

# libvirt, include/libvirt/libvirt-domain.h, virDomainMigrateFlags.
LIVE = 1 << 0
TUNNELLED = 1 << 2
COMPRESSED = 1 << 11
POSTCOPY = 1 << 15
TLS = 1 << 16
PARALLEL = 1 << 17
ZEROCOPY = 1 << 20

# QEMU, migration/options.c, migrate_params_check: milliseconds.  0 is legal there but can never
# be reached, so that a schedule must not have it.
MIN_DOWNTIME = 1
MAX_DOWNTIME = 2_000_000

CONNECTIONS = "parallel.connections"


class Call(NamedTuple):
    """A call of virDomainMigrateToURI3 and the domain it is for."""

    flags: int
    params: Mapping[str, object]
    paused: bool
    memory_mib: int
    hard_limit_mib: Optional[int]

    def has(self, *flags: int) -> bool:
        """Say whether all these flags are set."""
        return all(self.flags & flag for flag in flags)


def methods(call: Call) -> list[str]:
    """Give the compression methods; the flag alone means XBZRLE (qemu_migration_params.c)."""
    given = call.params.get("compression")
    if isinstance(given, str):
        return [given]
    if isinstance(given, (list, tuple)):
        return [str(method) for method in given]
    return ["xbzrle"] if call.has(COMPRESSED) else []


def zerocopy_without_parallel(call: Call) -> bool:
    """Libvirt, both: "zero-copy is only available for parallel migration"."""
    return call.has(ZEROCOPY) and not call.has(PARALLEL)


def zerocopy_with_tls(call: Call) -> bool:
    """QEMU, both: "Zero copy only available for non-compressed non-TLS multifd migration"."""
    return call.has(ZEROCOPY, TLS)


def zerocopy_with_xbzrle(call: Call) -> bool:
    """QEMU, both: "Zero copy only available for non-compressed non-TLS multifd migration"."""
    return call.has(ZEROCOPY) and "xbzrle" in methods(call)


def zerocopy_with_multifd_compression(call: Call) -> bool:
    """QEMU, both: "Zero copy only available for non-compressed non-TLS multifd migration"."""
    return call.has(ZEROCOPY) and any(method != "xbzrle" for method in methods(call))


def parallel_with_xbzrle(call: Call) -> bool:
    """Libvirt, new: "No compression algorithm selected"; QEMU 8.2: "not compatible"."""
    return call.has(PARALLEL) and "xbzrle" in methods(call)


def parallel_with_mt(call: Call) -> bool:
    """QEMU, old: "Multifd is not compatible with compress"; new libvirt has no mt there."""
    return call.has(PARALLEL) and "mt" in methods(call)


def parallel_with_postcopy(call: Call) -> bool:
    """QEMU, old: accepted, and the switch loses the VM; new: "not yet compatible"."""
    return call.has(PARALLEL, POSTCOPY)


def tunnelled_with_parallel(call: Call) -> bool:
    """Libvirt, both: the flags "are mutually exclusive"."""
    return call.has(TUNNELLED, PARALLEL)


def tunnelled_with_zerocopy(call: Call) -> bool:
    """Libvirt, both: zero-copy needs parallel, which the tunnel excludes."""
    return call.has(TUNNELLED, ZEROCOPY)


def tunnelled_with_postcopy(call: Call) -> bool:
    """Libvirt, both: "post-copy is not supported with tunnelled migration"."""
    return call.has(TUNNELLED, POSTCOPY)


def tunnelled_with_tls(call: Call) -> bool:
    """Libvirt, old: nonsense errors; new: the daemon of the source dies."""
    return call.has(TUNNELLED, TLS)


def tunnelled_with_uri(call: Call) -> bool:
    """Libvirt, both: "migration URI is not supported by tunnelled migration"."""
    return call.has(TUNNELLED) and call.params.get("migrate_uri") is not None


def postcopy_on_paused(call: Call) -> bool:
    """Libvirt, both: "not supported with non-live or paused migration"."""
    return call.has(POSTCOPY) and call.paused


def postcopy_not_live(call: Call) -> bool:
    """Libvirt, both: "not supported with non-live or paused migration"."""
    return call.has(POSTCOPY) and not call.has(LIVE)


def connections_without_parallel(call: Call) -> bool:
    """Libvirt, both: "Turn parallel migration on to tune it"."""
    return CONNECTIONS in call.params and not call.has(PARALLEL)


def connections_out_of_range(call: Call) -> bool:
    """QEMU, both: "expects a value between 1 and 255", "expects uint8_t"."""
    if CONNECTIONS not in call.params:
        return False
    connections = call.params[CONNECTIONS]
    if not isinstance(connections, int) or isinstance(connections, bool):
        return True
    return connections < 1 or connections > 255


def unknown_compression(call: Call) -> bool:
    """Libvirt, old: "Unsupported compression method", if not xbzrle or mt."""
    return any(method not in ("xbzrle", "mt") for method in methods(call))


def zerocopy_with_little_lockable_memory(call: Call) -> bool:
    """QEMU, both, in flight: "Process can't lock enough memory for using MSG_ZEROCOPY".

    libvirt raises the limit to the guest's memory, but to the hard limit where there is one.
    """
    if not call.has(ZEROCOPY) or call.hard_limit_mib is None:
        return False
    return call.hard_limit_mib < call.memory_mib


ROWS: list[tuple[str, Callable[[Call], bool]]] = [
    ("zero-copy without parallel", zerocopy_without_parallel),
    ("zero-copy with TLS", zerocopy_with_tls),
    ("zero-copy with XBZRLE", zerocopy_with_xbzrle),
    ("zero-copy with multifd compression", zerocopy_with_multifd_compression),
    ("zero-copy with too little lockable memory", zerocopy_with_little_lockable_memory),
    ("parallel with XBZRLE", parallel_with_xbzrle),
    ("parallel with mt compression", parallel_with_mt),
    ("parallel with post-copy", parallel_with_postcopy),
    ("tunnelled with parallel", tunnelled_with_parallel),
    ("tunnelled with zero-copy", tunnelled_with_zerocopy),
    ("tunnelled with post-copy", tunnelled_with_postcopy),
    ("tunnelled with TLS", tunnelled_with_tls),
    ("tunnelled with a migration URI", tunnelled_with_uri),
    ("post-copy on a paused VM", postcopy_on_paused),
    ("post-copy without live", postcopy_not_live),
    ("connections without parallel", connections_without_parallel),
    ("connections outside 1 to 255", connections_out_of_range),
    ("unknown compression method", unknown_compression),
]


def violations(
    flags: int,
    params: Mapping[str, object],
    *,
    paused: bool,
    memory_mib: int,
    hard_limit_mib: Optional[int],
) -> list[str]:
    """Give the names of all rows that a libvirt call violates, in either generation."""
    call = Call(flags, params, paused, memory_mib, hard_limit_mib)
    return [name for name, violated in ROWS if violated(call)]


def action_violations(action: Mapping[str, Any]) -> list[str]:
    """Give what is wrong with one action of a schedule (Vdsm, QEMU: the downtime)."""
    name = action.get("name")
    params = list(action.get("params") or [])
    if name in ("abort", "postcopy"):
        return []
    if name != "setDowntime":
        return ["unknown action"]
    if len(params) != 1:
        return ["setDowntime without exactly one parameter"]
    try:
        downtime = int(params[0])
    except (TypeError, ValueError):
        return ["downtime that is no integer"]
    if downtime < MIN_DOWNTIME or downtime > MAX_DOWNTIME:
        return ["downtime outside 1 to 2000000 ms"]
    return []


def schedule_violations(schedule: Optional[Mapping[str, Any]]) -> list[str]:
    """Give what is wrong with a convergence schedule in Vdsm's shape; None: Vdsm computes one.

    "schedule that runs out" is harmful, not refused (Vdsm's monitor thread dies), and is the only
    row that a policy's own schedule may have.
    """
    if schedule is None:
        return []
    found: list[str] = []
    for action in schedule["init"]:
        found.extend(action_violations(action))
        if action.get("name") in ("abort", "postcopy"):
            found.append("abort or postcopy in init")
    for entry in schedule["stalling"]:
        found.extend(action_violations(entry["action"]))
        if not isinstance(entry["limit"], int) or entry["limit"] < -1:
            found.append("stalling limit below -1")
    if not any(entry["action"].get("name") == "abort" for entry in schedule["stalling"]):
        found.append("schedule that runs out")
    return found
