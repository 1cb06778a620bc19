"""What libvirt and QEMU refuse, or take to somebody's harm: one table, one row a reason.

The order is that in which the layers look, so that the first violation of a call is what its
caller reads: libvirt's Python binding converts the parameters; libvirt checks flags, parameters
and what it is about to begin; then the destination's QEMU is set up, and the source's.  (QEMU
asked directly looks at zero-copy and capabilities before the number of channels.)

A row holds for a range of versions of libvirt and of QEMU, as these projects released them.
Distributions carry changes over: RHEL 8's later qemu-kvm refuses multifd with post-copy as 8.1
does, RHEL's 10.0.0-8 accepts it as 10.1 does, and RHEL 8.6 has zero-copy in libvirt 8.0.0 and
qemu-kvm 6.2.0.  Where no version is given, a row holds if it does for some supported one: libvirt
from 8.5 and QEMU from 7.1, the first that have zero-copy.

To add a row, add it where its layer looks, and a call that needs it to the tests, and make the
tables of the docs again (``python docs/tables.py``).
"""

from typing import Any, List, Optional, Tuple

from ._calls import CHANNELS, Call
from ._params import INT32_MAX, INT32_MIN, UINT64_MAX
from ._violations import Refusal, Version, Versions, Violation

__all__ = ["REFUSALS", "violations"]

# libvirt-domain.h, virDomainMigrateFlags: bits 0 (LIVE) to 20 (ZEROCOPY).
_ALL_FLAGS = (1 << 21) - 1
# The VM is left paused; no flag that Vdsm passes.
_PAUSED = 1 << 5
# QEMU, migration/options.c: milliseconds.
_DOWNTIME_MAX = 2_000_000
# MiB/s: times 1 MiB it is 2**64 bytes/s.
_BANDWIDTH_WRAPS = 1 << 44

_OLD_METHODS = ("xbzrle", "mt")
_MULTIFD_METHODS = ("zlib", "zstd")
_METHODS = _OLD_METHODS + _MULTIFD_METHODS
_URI = "migrate_uri"
_TLS_NAME = "tls.destination"
# The typed parameters that libvirt's binding takes as texts, of those that are looked at here.
_TEXTS = (_URI, "graphics_uri", "destination_xml", "compression")
# libvirt-domain.h, VIR_MIGRATE_PARAM_*; those of a later libvirt than 9.0 too.
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
# Those that may be given several times.
_LISTS = ("compression", "migrate_disks", "migrate_disks_detect_zeroes")
_NUMBERS = (CHANNELS, "max-bandwidth", "downtime-limit")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _several(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 1


def _no_text(value: object) -> bool:
    """Whether the binding cannot take *value* as a text, or a list of them."""
    if isinstance(value, (list, tuple)):
        return not all([isinstance(element, str) for element in value])
    return not isinstance(value, str)


def _outside(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not low <= value <= high


def _no_uint64(value: object) -> bool:
    """Whether QEMU cannot read *value* as a number.  A negative one it can: modulo 2**64."""
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
    # libvirt's Python binding, which Vdsm calls: values that it cannot convert.
    Refusal(
        code="connections-type",
        speaker="binding",
        applies=lambda c: not all([isinstance(value, int) for value in c.connections]),
        problem="the number of connections is no integer",
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
        problem="the bandwidth is no integer",
        says="an integer is required",
        remedy="give an integer, MiB/s, or leave it out",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-negative",
        speaker="binding",
        applies=lambda c: any([isinstance(value, int) and value < 0 for value in c.bandwidth]),
        problem="the bandwidth is negative",
        says="can't convert negative int to unsigned",
        remedy="give a positive integer, MiB/s, or leave it out",
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
        problem="a URI, the destination's XML or a compression method is no string",
        says="bad argument type for built-in operation",
        remedy="give a string, or leave it out",
        source=_BINDING,
    ),
    Refusal(
        code="bool-number",
        severity="misleading",
        speaker="binding",
        applies=lambda c: any([isinstance(value, bool) for value in c.connections + c.bandwidth]),
        problem="a number of connections or a bandwidth that is true or false counts as 1 or 0",
        remedy="give an integer",
        source=_BINDING,
    ),
    # libvirt: what is called.
    Refusal(
        code="tunnel-parallel",
        speaker="libvirt",
        applies=lambda c: c.tunnelled and c.parallel,
        problem="a tunnel is one connection, so it excludes parallel ones, and zero-copy with them",
        says="Flags 'VIR_MIGRATE_TUNNELLED' and 'VIR_MIGRATE_PARALLEL' are mutually exclusive",
        remedy="drop the tunnel (encryption by QEMU, TLS, gives what it is for), or the "
        "connections",
        source=_DOMAIN,
    ),
    Refusal(
        code="flags-unknown",
        speaker="libvirt",
        applies=lambda c: c.flags & ~_ALL_FLAGS != 0,
        problem="there is a flag that no libvirt knows",
        says="unsupported flags (…) in function …",
        remedy="drop all flags above VIR_MIGRATE_ZEROCOPY",
        source="libvirt qemu_driver.c, virCheckFlags",
    ),
    Refusal(
        code="zerocopy-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(8, 5)),
        applies=lambda c: c.zerocopy,
        problem="this libvirt does not know zero-copy, which came with 8.5",
        says="unsupported flags (…) in function …",
        remedy="update libvirt on both hosts, or drop zero-copy",
        source="libvirt NEWS 8.5.0; RHEL 8.6 has it in 8.0.0",
    ),
    Refusal(
        code="parameter-unknown",
        speaker="libvirt",
        applies=lambda c: any([name not in _PARAMETERS for name in c.params]),
        problem="there is a typed parameter that no libvirt knows",
        says="parameter '…' not supported",
        remedy="see VIR_MIGRATE_PARAM_* in libvirt-domain.h for the names",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="parameter-repeated",
        speaker="libvirt",
        applies=lambda c: any(
            [_several(value) and name not in _LISTS for name, value in c.params.items()]
        ),
        problem="a parameter that has one value is given several",
        says="parameter '…' occurs multiple times",
        remedy="give one value",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="tls-destination-type",
        speaker="libvirt",
        applies=lambda c: _TLS_NAME in c.params and _no_text(c.params[_TLS_NAME]),
        problem="the name that the destination's certificate must have is no string",
        # libvirt 12.8 has mixed up the two types.
        says="invalid type '…' for parameter 'tls.destination', expected '…'",
        remedy="give a host name, or leave it out",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="connections-without-parallel",
        speaker="libvirt",
        applies=lambda c: len(c.connections) > 0 and not c.parallel,
        problem="a number of connections is given, but no parallel migration asked for",
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
        problem="there is a compression method that no libvirt knows",
        says="Unsupported compression method '…'",
        remedy="give xbzrle, or zlib or zstd with parallel connections",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-multifd",
        speaker="libvirt",
        libvirt=Versions(until=(9, 4)),
        applies=lambda c: any([method in _MULTIFD_METHODS for method in c.methods]),
        problem="zlib and zstd, the compression of parallel connections, came with libvirt 9.4",
        says="Unsupported compression method '…'",
        remedy="drop the compression, or update libvirt on both hosts",
        source="libvirt NEWS 9.4.0",
    ),
    Refusal(
        code="compression-parallel",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: c.parallel and any([method in _OLD_METHODS for method in c.methods]),
        problem="parallel connections exclude the compression methods xbzrle and mt",
        says="Compression method '…' isn't supported with parallel migration",
        remedy="give zlib or zstd, or drop the compression",
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
        remedy="add parallel connections, or give xbzrle",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-repeated",
        speaker="libvirt",
        applies=lambda c: any([c.methods.count(method) > 1 for method in c.methods]),
        problem="a compression method is given twice",
        says="Compression method '…' is specified twice",
        remedy="give it once",
        source=_PARAMS,
    ),
    Refusal(
        code="compression-several",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: "zlib" in c.methods and "zstd" in c.methods,
        problem="parallel connections have one compression method, not two",
        says="Only one compression method could be specified with parallel compression",
        remedy="give zlib or zstd",
        source=_PARAMS,
    ),
    Refusal(
        code="compressed-parallel",
        speaker="libvirt",
        libvirt=Versions(since=(9, 4)),
        applies=lambda c: c.compressed and c.parallel and not c.methods,
        problem="parallel connections exclude XBZRLE, which compression without a method means",
        says="No compression algorithm selected for parallel migration",
        remedy="drop VIR_MIGRATE_COMPRESSED, or give a method that connections can have",
        source=f"{_PARAMS}; ovirt-engine pull request 1186",
    ),
    # libvirt: what it is about to begin.
    Refusal(
        code="tunnel-uri",
        speaker="libvirt",
        applies=lambda c: c.tunnelled and _URI in c.params,
        problem="a tunnel goes through libvirt's own connection, so it takes no migration URI",
        says="migration URI is not supported by tunnelled migration",
        remedy="drop migrate_uri, or the tunnel",
        source=_MIGRATION,
    ),
    Refusal(
        code="postcopy-not-live",
        speaker="libvirt",
        applies=lambda c: c.postcopy and (not c.live or c.flags & _PAUSED != 0),
        problem="post-copy is for live migrations that leave the VM running",
        says="post-copy migration is not supported with non-live or paused migration",
        remedy="add VIR_MIGRATE_LIVE and drop VIR_MIGRATE_PAUSED, or drop VIR_MIGRATE_POSTCOPY",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-postcopy",
        speaker="libvirt",
        applies=lambda c: c.tunnelled and c.postcopy,
        problem="post-copy needs a way back from the destination, which a tunnel does not have",
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
        remedy="drop post-copy: a paused VM dirties no memory, so it does not need it",
        source=_MIGRATION,
    ),
    Refusal(
        code="compress-removed",
        speaker="libvirt",
        qemu=Versions(since=(9, 1)),
        applies=lambda c: "mt" in c.methods,
        problem="QEMU 9.1 dropped the compression method mt",
        says="Migration option 'compress' is not supported by QEMU binary",
        remedy="give xbzrle, or zlib or zstd with parallel connections",
        source=f"{_PARAMS}; QEMU docs/about/removed-features.rst",
    ),
    Refusal(
        code="zerocopy-qemu",
        speaker="libvirt",
        qemu=Versions(until=(7, 1)),
        applies=lambda c: c.zerocopy,
        problem="this QEMU does not know zero-copy, which came with 7.1",
        says="Migration option 'zero-copy-send' is not supported by QEMU binary",
        remedy="update QEMU on the source host, or drop zero-copy",
        source=f"{_PARAMS}; RHEL 8.6 has it in 6.2.0",
    ),
    # A tunnelled migration has no host name where TLS takes it from: libvirt reads other bytes of
    # the same union.  What follows depends on the build; 9.0.0 and 11.3.0 were run.  12.8.0, which
    # was run, too, does not: there QEMU fails, since a tunnel goes one way.
    Refusal(
        code="tunnel-tls",
        speaker="libvirt",
        libvirt=Versions(until=(11, 3)),
        applies=lambda c: c.tunnelled and c.tls,
        problem="a tunnelled migration with TLS fails with errors that make no sense",
        remedy="drop the tunnel: TLS gives what it is for",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-tls-crash",
        severity="harmful",
        speaker="libvirt",
        libvirt=Versions(since=(9, 1), until=(12, 8)),
        applies=lambda c: c.tunnelled and c.tls,
        problem="a tunnelled migration with TLS kills the source's libvirt daemon (SIGSEGV)",
        remedy="drop the tunnel: TLS gives what it is for",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-tls-handshake",
        speaker="libvirt",
        libvirt=Versions(since=(11, 4)),
        applies=lambda c: c.tunnelled and c.tls,
        problem="a tunnel goes one way, and TLS needs both",
        says="TLS handshake failed",
        remedy="drop the tunnel: TLS gives what it is for",
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
        problem="the channels, the bandwidth or the downtime is no integer of 64 bits",
        says="Parameter '…' expects uint64",
        remedy="give an integer",
        source=_QAPI,
    ),
    Refusal(
        code="qemu-credentials-type",
        speaker="qemu",
        applies=lambda c: not isinstance(_credentials(c), str),
        problem="the name of the TLS credentials is no string",
        says="Invalid parameter type for 'tls-creds', expected: StrOrNull",
        remedy='give the id of a tls-creds object, or "" for no TLS',
        source=_QAPI,
    ),
    Refusal(
        code="qemu-compression-type",
        speaker="qemu",
        applies=lambda c: not isinstance(c.parameters.get("multifd-compression", ""), str),
        problem="the compression method of multifd is no string",
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
        problem="QEMU 9.1 dropped the capability compress",
        says="Parameter 'capability' does not accept value 'compress'",
        remedy="take xbzrle, or multifd-compression",
        source="QEMU docs/about/removed-features.rst",
    ),
    Refusal(
        code="qemu-zerocopy-unknown",
        speaker="qemu",
        qemu=Versions(until=(7, 1)),
        applies=lambda c: c.direct and "zero-copy-send" in c.capabilities,
        problem="this QEMU does not know zero-copy, which came with 7.1",
        says="Parameter 'capability' does not accept value 'zero-copy-send'",
        remedy="update QEMU, or drop zero-copy-send",
        source="QEMU 7.1 change log; RHEL 8.6 has it in 6.2.0",
    ),
    Refusal(
        code="multifd-postcopy",
        speaker="qemu",
        qemu=Versions(since=(8, 1), until=(10, 1)),
        applies=lambda c: "multifd" in c.capabilities and "postcopy-ram" in c.capabilities,
        problem="parallel connections exclude post-copy before QEMU 10.1",
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
        problem="with parallel connections QEMU before 8.1 loses the VM at the switch to "
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
        problem="postcopy-preempt is an addition to post-copy",
        says="Postcopy preempt requires postcopy-ram",
        remedy="add postcopy-ram, or drop postcopy-preempt",
        source=_OPTIONS,
    ),
    Refusal(
        code="preempt-compress",
        speaker="qemu",
        qemu=Versions(until=(9, 1)),
        applies=lambda c: "postcopy-preempt" in c.capabilities and "compress" in c.capabilities,
        problem="postcopy-preempt excludes the compression method mt",
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
        problem="an acknowledged switch-over needs a way back from the destination",
        says="Capability 'switchover-ack' requires capability 'return-path'",
        remedy="add return-path, or drop switchover-ack",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-compress",
        speaker="qemu",
        qemu=Versions(until=(9, 1)),
        applies=lambda c: "multifd" in c.capabilities and "compress" in c.capabilities,
        problem="parallel connections exclude the compression method mt",
        says="Multifd is not compatible with compress",
        remedy="drop the compression, or take zlib or zstd",
        source=_OPTIONS,
    ),
    Refusal(
        code="compress-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(8, 2), until=(9, 1)),
        applies=lambda c: "compress" in c.capabilities and "xbzrle" in c.capabilities,
        problem="the compression methods mt and xbzrle exclude one another",
        says="Compression is not compatible with xbzrle",
        remedy="give one of them",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(8, 2)),
        applies=lambda c: "multifd" in c.capabilities and "xbzrle" in c.capabilities,
        problem="parallel connections exclude compression by XBZRLE since QEMU 8.2",
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
        problem="there must be one connection at least",
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
        remedy="give 1 to 2,000,000 ms; 0 is accepted, but never reached",
        source=_OPTIONS,
    ),
    # QEMU: zero-copy.  With compress it needs no row: that excludes multifd, which it needs.
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
        problem="zero-copy excludes compression by XBZRLE",
        says=_NO_ZEROCOPY,
        remedy="drop the compression, or zero-copy",
        source=_OPTIONS,
    ),
    Refusal(
        code="zerocopy-tls",
        speaker="qemu",
        applies=lambda c: "zero-copy-send" in c.capabilities and _credentials(c) != "",
        problem="zero-copy excludes encryption",
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
        problem="zero-copy excludes the compression of parallel connections",
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
        problem="zero-copy locks guest memory, and libvirt lets QEMU lock no more than the "
        "<memtune> hard limit, which is below the guest's memory",
        says="Process can't lock enough memory for using MSG_ZEROCOPY",
        remedy="raise the hard limit to the guest's memory at least, remove it, or drop zero-copy",
        source="libvirt qemu_migration.c; QEMU io/channel-socket.c",
    ),
    # What nobody refuses, and what is not what it says.
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
        problem="libvirt makes bytes of the bandwidth without a look: from 17592186044416 MiB/s "
        "on (2**64 bytes/s) something smaller comes out, and 0 of it means no limit",
        remedy="give less than 17592186044416 MiB/s",
        source=_MIGRATION,
    ),
    Refusal(
        code="tls-destination-unused",
        severity="misleading",
        speaker="libvirt",
        applies=lambda c: _TLS_NAME in c.params and not c.tls,
        problem="a name for the destination's certificate is given, but the migration is not "
        "encrypted, and no certificate looked at",
        remedy="add VIR_MIGRATE_TLS, or drop tls.destination",
        source=_PARAMS,
    ),
)


def violations(
    call: Call, libvirt: Optional[Version], qemu: Optional[Version]
) -> Tuple[Violation, ...]:
    """What the rows say of a call, in their order; all of them, not only the first."""
    found: List[Violation] = [
        row.violation for row in REFUSALS if row.applies(call) and row.holds(libvirt, qemu)
    ]
    return tuple(found)
