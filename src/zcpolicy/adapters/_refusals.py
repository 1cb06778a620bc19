"""Calls that libvirt or QEMU rejects, or accepts and then fails: one table, one row per reason.

Rows are in the order in which the layers check, so the first violation of a call is the error that
its caller sees: libvirt's Python binding converts the parameters; libvirt checks flags, parameters
and the migration itself; then it sets up the destination's QEMU, and the source's.  (QEMU called
directly checks zero-copy and capabilities before the number of channels.)

A row holds for a range of upstream libvirt and QEMU versions.  Distributions backport: RHEL 8's
later qemu-kvm refuses multifd with post-copy as 8.1 does, RHEL's 10.0.0-8 accepts it as 10.1 does,
and RHEL 8.6 has zero-copy in libvirt 8.0.0 and qemu-kvm 6.2.0.  If no version is given, a row holds
if it does for any supported one: libvirt from 8.5 and QEMU from 7.1, the first with zero-copy.

To add a row, put it where its layer checks, add a call that triggers it to the tests, and
regenerate the tables in the docs (``python docs/tables.py``).
"""

from typing import Any, List, Optional, Tuple

from ._calls import CHANNELS, Call
from ._params import INT32_MAX, INT32_MIN, UINT64_MAX
from ._violations import Refusal, Version, Versions, Violation

__all__ = ["REFUSALS", "violations"]

# libvirt-domain.h, virDomainMigrateFlags: bits 0 (LIVE) to 20 (ZEROCOPY).
_ALL_FLAGS = (1 << 21) - 1
# Leaves the VM paused; Vdsm never passes it.
_PAUSED = 1 << 5
# QEMU, migration/options.c: milliseconds.
_DOWNTIME_MAX = 2_000_000
# MiB/s: 2**64 bytes/s.
_BANDWIDTH_WRAPS = 1 << 44

_OLD_METHODS = ("xbzrle", "mt")
_MULTIFD_METHODS = ("zlib", "zstd")
_METHODS = _OLD_METHODS + _MULTIFD_METHODS
_URI = "migrate_uri"
_TLS_NAME = "tls.destination"
# Typed parameters checked here that libvirt's binding takes as strings.
_TEXTS = (_URI, "graphics_uri", "destination_xml", "compression")
# libvirt-domain.h, VIR_MIGRATE_PARAM_*, including those newer than libvirt 9.0.
_PARAMETERS = frozenset(
    (
        *("auto_converge.increment", "auto_converge.initial", "bandwidth"),
        *("bandwidth.avail.switchover", "bandwidth.postcopy", "compression"),
        *("compression.mt.dthreads", "compression.mt.level", "compression.mt.threads"),
        *("compression.xbzrle.cache", "compression.zlib.level", "compression.zstd.level"),
        *("destination_name", "destination_xml", "disks_port", "disks_uri", "graphics_uri"),
        *("listen_address", "migrate_disks", "migrate_disks_detect_zeroes", _URI),
        *("parallel.connections", "persistent_xml", _TLS_NAME),
    )
)
# Parameters that may repeat.
_LISTS = ("compression", "migrate_disks", "migrate_disks_detect_zeroes")
_NUMBERS = (CHANNELS, "max-bandwidth", "downtime-limit")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _several(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 1


def _no_text(value: object) -> bool:
    """Whether the binding cannot take *value* as a string, or a list of strings."""
    if isinstance(value, (list, tuple)):
        return not all([isinstance(element, str) for element in value])
    return not isinstance(value, str)


def _outside(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not low <= value <= high


def _no_uint64(value: object) -> bool:
    """Whether QEMU cannot read *value* as a number.  It reads a negative one modulo 2**64."""
    return not _is_int(value) or _outside(value, -(1 << 63), UINT64_MAX)


def _credentials(call: Call) -> Any:
    """QEMU's ``tls-creds``; empty and null mean no TLS."""
    value = call.parameters.get("tls-creds")
    return "" if value is None else value


_BINDING = "libvirt-python libvirt-utils.c; run with 9.0.0"
_DOMAIN = "libvirt libvirt-domain.c, virDomainMigrateToURI3"
_PARAMS = "libvirt qemu_migration_params.c"
_MIGRATION = "libvirt qemu_migration.c"
_OPTIONS = "QEMU migration/options.c (7.2: migration/migration.c)"
_QAPI = "QEMU qapi/migration.json; run with 7.2 and 10.0"
_NO_ZEROCOPY = "Zero copy only available for non-compressed non-TLS multifd migration"

REFUSALS: Tuple[Refusal, ...] = (
    # libvirt's Python binding, which Vdsm calls: values it cannot convert.
    Refusal(
        code="connections-type",
        speaker="binding",
        applies=lambda c: not all([isinstance(value, int) for value in c.connections]),
        problem="the number of connections is not an integer",
        says="'…' object cannot be interpreted as an integer",
        remedy="give an integer from 1 to 255",
        source=_BINDING,
    ),
    Refusal(
        code="connections-overflow",
        speaker="binding",
        applies=lambda c: any([_outside(value, INT32_MIN, INT32_MAX) for value in c.connections]),
        problem="the number of connections does not fit in 32 bits",
        says="Python int too large to convert to C …",
        remedy="give an integer from 1 to 255",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-type",
        speaker="binding",
        applies=lambda c: not all([isinstance(value, int) for value in c.bandwidth]),
        problem="the bandwidth is not an integer",
        says="an integer is required",
        remedy="give an integer in MiB/s, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-negative",
        speaker="binding",
        applies=lambda c: any([isinstance(value, int) and value < 0 for value in c.bandwidth]),
        problem="the bandwidth is negative",
        says="can't convert negative int to unsigned",
        remedy="give a positive integer in MiB/s, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-overflow",
        speaker="binding",
        applies=lambda c: any(
            [isinstance(value, int) and value > UINT64_MAX for value in c.bandwidth]
        ),
        problem="the bandwidth does not fit in 64 bits",
        says="int too big to convert",
        remedy="give less than 17592186044416 MiB/s",
        source=_BINDING,
    ),
    Refusal(
        code="text-type",
        speaker="binding",
        applies=lambda c: any(
            [name in _TEXTS and _no_text(value) for name, value in c.params.items()]
        ),
        problem="a URI, the destination's XML or a compression method is not a string",
        says="bad argument type for built-in operation",
        remedy="give a string, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="bool-number",
        severity="misleading",
        speaker="binding",
        applies=lambda c: any([isinstance(value, bool) for value in c.connections + c.bandwidth]),
        problem="true or false as a number of connections or a bandwidth counts as 1 or 0",
        remedy="give an integer",
        source=_BINDING,
    ),
    # libvirt: the call.
    Refusal(
        code="tunnel-parallel",
        speaker="libvirt",
        applies=lambda c: c.tunnelled and c.parallel,
        problem="a tunnel is a single connection, so it rules out parallel ones and zero-copy",
        says="Flags 'VIR_MIGRATE_TUNNELLED' and 'VIR_MIGRATE_PARALLEL' are mutually exclusive",
        remedy="drop the tunnel and encrypt with QEMU's TLS instead, or drop the connections",
        source=_DOMAIN,
    ),
    Refusal(
        code="flags-unknown",
        speaker="libvirt",
        applies=lambda c: c.flags & ~_ALL_FLAGS != 0,
        problem="the call has a flag that no libvirt version knows",
        says="unsupported flags (…) in function …",
        remedy="drop all flags above VIR_MIGRATE_ZEROCOPY",
        source="libvirt qemu_driver.c, virCheckFlags",
    ),
    Refusal(
        code="zerocopy-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(8, 5)),
        applies=lambda c: c.zerocopy,
        problem="libvirt supports zero-copy only since 8.5",
        says="unsupported flags (…) in function …",
        remedy="update libvirt on both hosts, or drop zero-copy",
        source="libvirt NEWS 8.5.0; RHEL 8.6 has it in 8.0.0",
    ),
    Refusal(
        code="parameter-unknown",
        speaker="libvirt",
        applies=lambda c: any([name not in _PARAMETERS for name in c.params]),
        problem="the call has a typed parameter that no libvirt version knows",
        says="parameter '…' not supported",
        remedy="use one of the VIR_MIGRATE_PARAM_* names in libvirt-domain.h",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="parameter-repeated",
        speaker="libvirt",
        applies=lambda c: any(
            [_several(value) and name not in _LISTS for name, value in c.params.items()]
        ),
        problem="a single-valued parameter has several values",
        says="parameter '…' occurs multiple times",
        remedy="give a single value",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="tls-destination-type",
        speaker="libvirt",
        applies=lambda c: _TLS_NAME in c.params and _no_text(c.params[_TLS_NAME]),
        problem="the name expected in the destination's certificate is not a string",
        # libvirt 12.8 swaps the two types.
        says="invalid type '…' for parameter 'tls.destination', expected '…'",
        remedy="give a host name, or omit it",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="connections-without-parallel",
        speaker="libvirt",
        applies=lambda c: len(c.connections) > 0 and not c.parallel,
        problem="a number of connections is set, but parallel migration is not",
        says="Turn parallel migration on to tune it",
        remedy="add VIR_MIGRATE_PARALLEL, or drop parallel.connections",
        source=_PARAMS,
    ),
    # libvirt: compression.
    Refusal(
        code="compression-unknown",
        speaker="libvirt",
        applies=lambda c: any(
            [isinstance(method, str) and method not in _METHODS for method in c.methods]
        ),
        problem="no libvirt version knows the compression method",
        says="Unsupported compression method '…'",
        remedy="use xbzrle, or zlib or zstd with parallel connections",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-multifd",
        speaker="libvirt",
        libvirt=Versions(until=(9, 4)),
        applies=lambda c: any([method in _MULTIFD_METHODS for method in c.methods]),
        problem="libvirt supports zlib and zstd, for parallel connections, only since 9.4",
        says="Unsupported compression method '…'",
        remedy="drop the compression, or update libvirt on both hosts",
        source="libvirt NEWS 9.4.0",
    ),
    Refusal(
        code="compression-parallel",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: c.parallel and any([method in _OLD_METHODS for method in c.methods]),
        problem="parallel connections cannot be compressed with xbzrle or mt",
        says="Compression method '…' isn't supported with parallel migration",
        remedy="use zlib or zstd, or drop the compression",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-alone",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: (
            not c.parallel and any([method in _MULTIFD_METHODS for method in c.methods])
        ),
        problem="zlib and zstd compress parallel connections only",
        says="Compression method '…' is only supported with parallel migration",
        remedy="add parallel connections, or use xbzrle",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-repeated",
        speaker="libvirt",
        applies=lambda c: any([c.methods.count(method) > 1 for method in c.methods]),
        problem="a compression method is listed twice",
        says="Compression method '…' is specified twice",
        remedy="list it once",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-several",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: "zlib" in c.methods and "zstd" in c.methods,
        problem="parallel connections take a single compression method",
        says="Only one compression method could be specified with parallel compression",
        remedy="use either zlib or zstd",
        source=_PARAMS,
    ),
    Refusal(
        code="compressed-parallel",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: c.compressed and c.parallel and not c.methods,
        problem="compression defaults to XBZRLE, which is incompatible with parallel connections",
        says="No compression algorithm selected for parallel migration",
        remedy="drop VIR_MIGRATE_COMPRESSED, or choose zlib or zstd",
        source=f"{_PARAMS}; ovirt-engine pull request 1186",
    ),
    # libvirt: the migration it is about to begin.
    Refusal(
        code="tunnel-uri",
        speaker="libvirt",
        applies=lambda c: c.tunnelled and _URI in c.params,
        problem="a tunnel uses libvirt's own connection, so it takes no migration URI",
        says="migration URI is not supported by tunnelled migration",
        remedy="drop migrate_uri, or the tunnel",
        source=_MIGRATION,
    ),
    Refusal(
        code="postcopy-not-live",
        speaker="libvirt",
        applies=lambda c: c.postcopy and (not c.live or c.flags & _PAUSED != 0),
        problem="post-copy works only for live migrations that leave the VM running",
        says="post-copy migration is not supported with non-live or paused migration",
        remedy="add VIR_MIGRATE_LIVE and drop VIR_MIGRATE_PAUSED, or drop VIR_MIGRATE_POSTCOPY",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-postcopy",
        speaker="libvirt",
        applies=lambda c: c.tunnelled and c.postcopy,
        problem="post-copy needs a return path, which a tunnel does not have",
        says="post-copy is not supported with tunnelled migration",
        remedy="drop the tunnel, or post-copy",
        source=_MIGRATION,
    ),
    Refusal(
        code="zerocopy-without-parallel",
        speaker="libvirt",
        applies=lambda c: c.zerocopy and not c.parallel,
        problem="zero-copy needs parallel connections",
        says="zero-copy is only available for parallel migration",
        remedy="add VIR_MIGRATE_PARALLEL, or drop VIR_MIGRATE_ZEROCOPY",
        source=_MIGRATION,
    ),
    Refusal(
        code="postcopy-paused",
        speaker="libvirt",
        applies=lambda c: c.postcopy and c.paused,
        problem="a paused VM cannot be switched to post-copy",
        says="post-copy migration is not supported with non-live or paused migration",
        remedy="drop post-copy: a paused VM dirties no memory and does not need it",
        source=_MIGRATION,
    ),
    Refusal(
        code="compress-removed",
        speaker="libvirt",
        qemu=Versions(since=(9, 1)),
        applies=lambda c: "mt" in c.methods,
        problem="QEMU 9.1 removed the compression method mt",
        says="Migration option 'compress' is not supported by QEMU binary",
        remedy="use xbzrle, or zlib or zstd with parallel connections",
        source=f"{_PARAMS}; QEMU docs/about/removed-features.rst",
    ),
    Refusal(
        code="zerocopy-qemu",
        speaker="libvirt",
        qemu=Versions(until=(7, 1)),
        applies=lambda c: c.zerocopy,
        problem="QEMU supports zero-copy only since 7.1",
        says="Migration option 'zero-copy-send' is not supported by QEMU binary",
        remedy="update QEMU on the source host, or drop zero-copy",
        source=f"{_PARAMS}; RHEL 8.6 has it in 6.2.0",
    ),
    # A tunnelled migration has no host name where TLS looks for it: libvirt reads other bytes of
    # the same union.  The result depends on the build; seen with 9.0.0 and 11.3.0.  12.8.0 no
    # longer does this: QEMU fails instead, because a tunnel is one-way.
    Refusal(
        code="tunnel-tls",
        speaker="libvirt",
        libvirt=Versions(until=(11, 3)),
        applies=lambda c: c.tunnelled and c.tls,
        problem="a tunnelled migration with TLS fails with misleading errors",
        remedy="drop the tunnel: TLS encrypts the migration",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-tls-crash",
        severity="harmful",
        speaker="libvirt",
        libvirt=Versions(since=(9, 1), until=(12, 8)),
        applies=lambda c: c.tunnelled and c.tls,
        problem="a tunnelled migration with TLS crashes the source's libvirt daemon (SIGSEGV)",
        remedy="drop the tunnel: TLS encrypts the migration",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-tls-handshake",
        speaker="libvirt",
        libvirt=Versions(since=(11, 4)),
        applies=lambda c: c.tunnelled and c.tls,
        problem="a tunnel is one-way, and TLS needs both directions",
        says="TLS handshake failed",
        remedy="drop the tunnel: TLS encrypts the migration",
        source="run with libvirt 12.8.0 and QEMU 11.1.3",
    ),
    # QEMU: values of the wrong type.
    Refusal(
        code="qemu-number-type",
        speaker="qemu",
        applies=lambda c: (
            c.direct
            and any([name in _NUMBERS and _no_uint64(v) for name, v in c.parameters.items()])
        ),
        problem="the channels, the bandwidth or the downtime is not a 64-bit integer",
        says="Parameter '…' expects uint64",
        remedy="give an integer",
        source=_QAPI,
    ),
    Refusal(
        code="qemu-credentials-type",
        speaker="qemu",
        applies=lambda c: not isinstance(_credentials(c), str),
        problem="the name of the TLS credentials is not a string",
        says="Invalid parameter type for 'tls-creds', expected: StrOrNull",
        remedy='give the id of a tls-creds object, or "" for no TLS',
        source=_QAPI,
    ),
    Refusal(
        code="qemu-compression-type",
        speaker="qemu",
        applies=lambda c: not isinstance(c.parameters.get("multifd-compression", ""), str),
        problem="the multifd compression method is not a string",
        says="Invalid parameter type for 'multifd-compression', expected: string",
        remedy='give "none", "zlib" or "zstd"',
        source=_QAPI,
    ),
    # QEMU: capabilities.
    Refusal(
        code="qemu-compress-removed",
        speaker="qemu",
        qemu=Versions(since=(9, 1)),
        applies=lambda c: c.direct and "compress" in c.capabilities,
        problem="QEMU 9.1 removed the capability compress",
        says="Parameter 'capability' does not accept value 'compress'",
        remedy="use xbzrle, or multifd-compression",
        source="QEMU docs/about/removed-features.rst",
    ),
    Refusal(
        code="qemu-zerocopy-unknown",
        speaker="qemu",
        qemu=Versions(until=(7, 1)),
        applies=lambda c: c.direct and "zero-copy-send" in c.capabilities,
        problem="QEMU supports zero-copy only since 7.1",
        says="Parameter 'capability' does not accept value 'zero-copy-send'",
        remedy="update QEMU, or drop zero-copy-send",
        source="QEMU 7.1 change log; RHEL 8.6 has it in 6.2.0",
    ),
    Refusal(
        code="multifd-postcopy",
        speaker="qemu",
        qemu=Versions(since=(8, 1), until=(10, 1)),
        applies=lambda c: "multifd" in c.capabilities and "postcopy-ram" in c.capabilities,
        problem="QEMU before 10.1 cannot combine parallel connections with post-copy",
        says="Postcopy is not yet compatible with multifd",
        remedy="drop post-copy, or the connections",
        source=f"{_OPTIONS}; accepted since commit e27418861288",
    ),
    Refusal(
        code="multifd-postcopy-loss",
        severity="harmful",
        speaker="qemu",
        qemu=Versions(until=(8, 1)),
        applies=lambda c: "multifd" in c.capabilities and "postcopy-ram" in c.capabilities,
        problem="QEMU before 8.1 loses a VM with parallel connections at the switch to "
        "post-copy: the destination's QEMU aborts while the source reports success",
        remedy="drop post-copy, or the connections",
        source="QEMU util/yank.c, yank_unregister_instance; run with 7.2",
    ),
    Refusal(
        code="preempt-without-postcopy",
        speaker="qemu",
        applies=lambda c: (
            "postcopy-preempt" in c.capabilities and "postcopy-ram" not in c.capabilities
        ),
        problem="postcopy-preempt works only with post-copy",
        says="Postcopy preempt requires postcopy-ram",
        remedy="add postcopy-ram, or drop postcopy-preempt",
        source=_OPTIONS,
    ),
    Refusal(
        code="preempt-compress",
        speaker="qemu",
        qemu=Versions(until=(9, 1)),
        applies=lambda c: "postcopy-preempt" in c.capabilities and "compress" in c.capabilities,
        problem="postcopy-preempt cannot be combined with the compression method mt",
        says="Postcopy preempt not compatible with compress",
        remedy="drop the compression, or postcopy-preempt",
        source=_OPTIONS,
    ),
    Refusal(
        code="switchover-ack-without-return-path",
        speaker="qemu",
        qemu=Versions(since=(8, 1)),
        applies=lambda c: (
            "switchover-ack" in c.capabilities and "return-path" not in c.capabilities
        ),
        problem="switchover-ack needs a return path from the destination",
        says="Capability 'switchover-ack' requires capability 'return-path'",
        remedy="add return-path, or drop switchover-ack",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-compress",
        speaker="qemu",
        qemu=Versions(until=(9, 1)),
        applies=lambda c: "multifd" in c.capabilities and "compress" in c.capabilities,
        problem="parallel connections cannot be compressed with mt",
        says="Multifd is not compatible with compress",
        remedy="drop the compression, or use zlib or zstd",
        source=_OPTIONS,
    ),
    Refusal(
        code="compress-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(8, 2), until=(9, 1)),
        applies=lambda c: "compress" in c.capabilities and "xbzrle" in c.capabilities,
        problem="the compression methods mt and xbzrle cannot be combined",
        says="Compression is not compatible with xbzrle",
        remedy="use only one of them",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(8, 2)),
        applies=lambda c: "multifd" in c.capabilities and "xbzrle" in c.capabilities,
        problem="QEMU from 8.2 on cannot combine parallel connections with XBZRLE",
        says="Multifd is not compatible with xbzrle",
        remedy="drop the compression, or the connections",
        source=_OPTIONS,
    ),
    # QEMU: parameters.  It names one out of range in three ways: as "Parameter 'multifd_channels'"
    # before 11.0, as "Option multifd_channels" for a while, as "Option multifd-channels" in 11.1.
    Refusal(
        code="channels-range",
        speaker="qemu",
        applies=lambda c: _outside(c.parameters.get(CHANNELS), 0, 255),
        problem="the number of connections does not fit in a byte",
        says="Parameter 'multifd-channels' expects uint8_t",
        remedy="give an integer from 1 to 255",
        source=_QAPI,
    ),
    Refusal(
        code="channels-zero",
        speaker="qemu",
        applies=lambda c: c.parameters.get(CHANNELS) == 0,
        problem="at least one connection is needed",
        says="…multifd…channels… expects a value between 1 and 255",
        remedy="give an integer from 1 to 255",
        source=_OPTIONS,
    ),
    Refusal(
        code="downtime-range",
        speaker="qemu",
        applies=lambda c: _outside(c.parameters.get("downtime-limit"), 0, _DOWNTIME_MAX),
        problem="the downtime is negative or above 2,000,000 ms",
        says="…downtime…limit… expects an integer in the range of 0 to (2000 * 1000) ms",
        remedy="give 1 to 2,000,000 ms; 0 is accepted, but can never be met",
        source=_OPTIONS,
    ),
    # QEMU: zero-copy.  No row for compress, which excludes multifd, which zero-copy needs.
    Refusal(
        code="zerocopy-without-multifd",
        speaker="qemu",
        applies=lambda c: (
            c.direct and "zero-copy-send" in c.capabilities and "multifd" not in c.capabilities
        ),
        problem="zero-copy needs multifd",
        says=_NO_ZEROCOPY,
        remedy="add multifd, or drop zero-copy-send",
        source=_OPTIONS,
    ),
    Refusal(
        code="zerocopy-xbzrle",
        speaker="qemu",
        applies=lambda c: "zero-copy-send" in c.capabilities and "xbzrle" in c.capabilities,
        problem="zero-copy cannot be combined with XBZRLE compression",
        says=_NO_ZEROCOPY,
        remedy="drop the compression, or zero-copy",
        source=_OPTIONS,
    ),
    Refusal(
        code="zerocopy-tls",
        speaker="qemu",
        applies=lambda c: "zero-copy-send" in c.capabilities and _credentials(c) != "",
        problem="zero-copy cannot be combined with encryption",
        says=_NO_ZEROCOPY,
        remedy="drop the encryption, or zero-copy",
        source=_OPTIONS,
    ),
    Refusal(
        code="zerocopy-compression",
        speaker="qemu",
        applies=lambda c: (
            "zero-copy-send" in c.capabilities
            and c.parameters.get("multifd-compression", "none") != "none"
        ),
        problem="zero-copy cannot be combined with multifd compression",
        says=_NO_ZEROCOPY,
        remedy="drop the compression, or zero-copy",
        source=_OPTIONS,
    ),
    # QEMU, in flight.
    Refusal(
        code="memory-lock",
        speaker="qemu",
        applies=lambda c: (
            c.zerocopy
            and c.memory_mib is not None
            and c.hard_limit_mib is not None
            and c.hard_limit_mib < c.memory_mib
        ),
        problem="zero-copy locks guest memory, but the <memtune> hard limit, the most that QEMU "
        "may lock, is below the guest's memory",
        says="Process can't lock enough memory for using MSG_ZEROCOPY",
        remedy="raise the hard limit to at least the guest's memory, remove it, or drop zero-copy",
        source="libvirt qemu_migration.c; QEMU io/channel-socket.c",
    ),
    # Accepted, but not what it says.
    Refusal(
        code="bandwidth-wraps",
        severity="misleading",
        speaker="libvirt",
        applies=lambda c: any(
            [
                isinstance(value, int) and _BANDWIDTH_WRAPS <= value <= UINT64_MAX
                for value in c.bandwidth
            ]
        ),
        problem="libvirt converts the bandwidth to bytes without a check: from 17592186044416 "
        "MiB/s (2**64 bytes/s) on it wraps around, and 0 means no limit",
        remedy="give less than 17592186044416 MiB/s",
        source=_MIGRATION,
    ),
    Refusal(
        code="tls-destination-unused",
        severity="misleading",
        speaker="libvirt",
        applies=lambda c: _TLS_NAME in c.params and not c.tls,
        problem="a name for the destination's certificate is set, but without encryption no "
        "certificate is checked",
        remedy="add VIR_MIGRATE_TLS, or drop tls.destination",
        source=_PARAMS,
    ),
)


def violations(
    call: Call, libvirt: Optional[Version], qemu: Optional[Version]
) -> Tuple[Violation, ...]:
    """All violations of a call, in the order of the rows."""
    found: List[Violation] = [
        row.violation for row in REFUSALS if row.applies(call) and row.holds(libvirt, qemu)
    ]
    return tuple(found)
