"""Calls that libvirt or its Python binding rejects or misinterprets: one row per reason.

``_refusals`` explains how rows are used and how to add one.
"""

from typing import FrozenSet, Tuple

from ._flags import (
    AUTO_CONVERGE,
    NAMED,
    NON_SHARED_DISK,
    NON_SHARED_INC,
    OFFLINE,
    PAUSED,
    PERSIST_DEST,
    POSTCOPY_RESUME,
    SYNCHRONOUS_WRITES,
)
from ._params import INT32_MAX, INT32_MIN, INTEGERS, LISTS, PARAMETERS, SIZES, TEXTS, UINT64_MAX
from ._violations import Refusal, Severity, Versions

__all__ = ["LIBVIRT_ROWS", "UNUSED_ROWS"]

_Names = FrozenSet[str]


def _names(*names: str) -> _Names:
    return frozenset(names)


# MiB/s: 2**64 bytes/s.
_BANDWIDTH_WRAPS = 1 << 44

_OLD_METHODS = ("xbzrle", "mt")
_MULTIFD_METHODS = ("zlib", "zstd")
_METHODS = _OLD_METHODS + _MULTIFD_METHODS

# Typed parameters, by subject.
_CONVERGE = _names("auto_converge.increment", "auto_converge.initial")
_MT = _names("compression.mt.dthreads", "compression.mt.level", "compression.mt.threads")
_XBZRLE_CACHE = _names("compression.xbzrle.cache")
_ZLIB_LEVEL = _names("compression.zlib.level")
_ZSTD_LEVEL = _names("compression.zstd.level")
_LEVELS = _ZLIB_LEVEL | _ZSTD_LEVEL
_POSTCOPY_BANDWIDTH = _names("bandwidth.postcopy")
_SWITCHOVER = _names("bandwidth.avail.switchover")
_DISKS = _names("migrate_disks")
_DETECT_ZEROES = _names("migrate_disks_detect_zeroes")
_TARGET_ZERO = _names("migrate_disks_target_zero")
_DISKS_PORT = _names("disks_port")
_DISKS_URI = _names("disks_uri")
_LISTEN = _names("listen_address")
_TLS_NAME = _names("tls.destination")
_URI = "migrate_uri"

# By how libvirt's binding converts them: with a type hint (for more of them since 11.3) or without.
_NUMBERS = INTEGERS - _LEVELS - _names("parallel.connections")
_SIZES = SIZES - _SWITCHOVER - _names("bandwidth")
_UNHINTED = _SWITCHOVER | _DETECT_ZEROES | _TARGET_ZERO
_TEXTS = TEXTS - _UNHINTED - _TLS_NAME - _DISKS_URI
_HINTED = Versions(since=(11, 3))

_MULTIFD_COMPRESSION = Versions(since=(9, 4))


def _several(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 1


def _no_text(value: object) -> bool:
    """Whether the binding cannot take *value* as a string, or a list of strings."""
    if isinstance(value, (list, tuple)):
        return not all([isinstance(element, str) for element in value])
    return not isinstance(value, str)


def _no_value(value: object) -> bool:
    """Whether the binding cannot guess a type for *value*."""
    return not isinstance(value, (str, int, float))


def _outside(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not low <= value <= high


def _no_size(value: object) -> bool:
    """Whether the binding passes *value* on as something other than an unsigned integer."""
    return isinstance(value, (str, float, bool)) or (isinstance(value, int) and value < 0)


_BINDING = "libvirt-python libvirt-utils.c; run with 9.0.0 and 12.8.0"
_DOMAIN = "libvirt libvirt-domain.c, virDomainMigrateToURI3"
_VALIDATE = "libvirt virtypedparam.c, virTypedParamsValidate"
_PARAMS = "libvirt qemu_migration_params.c"
_MIGRATION = "libvirt qemu_migration.c"


def _tunnel_tls(
    code: str,
    libvirt: Versions,
    problem: str,
    *,
    severity: Severity = "refused",
    says: str = "",
    source: str = _MIGRATION,
) -> Refusal:
    """A row for tunnelled migration with TLS, which lacks a host name.

    libvirt reads other bytes of the same union, so the result depends on the build: nonsense with
    9.0.0, a crash with 11.3.0 and 12.9.0.  With 12.8.0, QEMU failed instead, because a tunnel is
    one-way.
    """
    return Refusal(
        code=code,
        severity=severity,
        speaker="libvirt",
        libvirt=libvirt,
        source_only=True,
        about=_names("VIR_MIGRATE_TUNNELLED"),
        applies=lambda c: c.tunnelled and c.tls,
        problem=problem,
        says=says,
        remedy="drop the tunnel: TLS encrypts the migration",
        source=source,
    )


LIBVIRT_ROWS: Tuple[Refusal, ...] = (
    # libvirt's Python binding, which Vdsm calls: values it cannot convert.
    Refusal(
        code="connections-type",
        speaker="binding",
        about=_names("parallel.connections"),
        applies=lambda c: not all([isinstance(value, int) for value in c.connections]),
        problem="the number of connections is not an integer",
        says="'…' object cannot be interpreted as an integer",
        remedy="give an integer from 1 to 255",
        source=_BINDING,
    ),
    Refusal(
        code="connections-overflow",
        speaker="binding",
        about=_names("parallel.connections"),
        applies=lambda c: any([_outside(value, INT32_MIN, INT32_MAX) for value in c.connections]),
        problem="the number of connections does not fit in 32 bits",
        says="Python int too large to convert to C …",
        remedy="give an integer from 1 to 255",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-type",
        speaker="binding",
        about=_names("bandwidth"),
        applies=lambda c: not all([isinstance(value, int) for value in c.bandwidth]),
        problem="the bandwidth is not an integer",
        says="an integer is required",
        remedy="give an integer in MiB/s, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-negative",
        speaker="binding",
        about=_names("bandwidth"),
        applies=lambda c: any([isinstance(value, int) and value < 0 for value in c.bandwidth]),
        problem="the bandwidth is negative",
        says="can't convert negative int to unsigned",
        remedy="give a positive integer in MiB/s, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="bandwidth-overflow",
        speaker="binding",
        about=_names("bandwidth"),
        applies=lambda c: any(
            [isinstance(value, int) and value > UINT64_MAX for value in c.bandwidth]
        ),
        problem="the bandwidth does not fit in 64 bits",
        says="int too big to convert",
        remedy="give less than 17592186044416 MiB/s",
        source=_BINDING,
    ),
    Refusal(
        code="number-type",
        speaker="binding",
        about=_NUMBERS,
        applies=lambda c: any([not isinstance(value, int) for value in c.of(_NUMBERS)]),
        problem="a tuning parameter that is a 32-bit number is not an integer",
        says="'…' object cannot be interpreted as an integer",
        remedy="give an integer, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="number-overflow",
        speaker="binding",
        about=_NUMBERS | _LEVELS,
        applies=lambda c: any(
            [_outside(value, INT32_MIN, INT32_MAX) for value in c.of(_NUMBERS | _LEVELS)]
        ),
        problem="a tuning parameter does not fit in 32 bits",
        says="Python int too large to convert to C …",
        remedy="give a smaller number, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="level-type",
        speaker="binding",
        libvirt=_HINTED,
        about=_LEVELS,
        applies=lambda c: any([not isinstance(value, int) for value in c.of(_LEVELS)]),
        problem="a compression level is not an integer",
        says="'…' object cannot be interpreted as an integer",
        remedy="give an integer, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="size-type",
        speaker="binding",
        about=_SIZES,
        applies=lambda c: any([not isinstance(value, int) for value in c.of(_SIZES)]),
        problem="the bandwidth of post-copy or the XBZRLE cache is not an integer",
        says="an integer is required",
        remedy="give an integer, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="size-negative",
        speaker="binding",
        about=_SIZES,
        applies=lambda c: any([isinstance(value, int) and value < 0 for value in c.of(_SIZES)]),
        problem="the bandwidth of post-copy or the XBZRLE cache is negative",
        says="can't convert negative int to unsigned",
        remedy="give a positive integer, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="size-overflow",
        speaker="binding",
        about=_SIZES | _SWITCHOVER,
        applies=lambda c: any(
            [isinstance(value, int) and value > UINT64_MAX for value in c.of(_SIZES | _SWITCHOVER)]
        ),
        problem="a bandwidth or the XBZRLE cache does not fit in 64 bits",
        says="int too big to convert",
        remedy="give a smaller number, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="text-type",
        speaker="binding",
        about=_TEXTS,
        applies=lambda c: any(
            [name in _TEXTS and _no_text(value) for name, value in c.params.items()]
        ),
        problem="a URI, an address, a name, XML, a disk or a compression method is not a string",
        says="bad argument type for built-in operation",
        remedy="give a string, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="text-type-named",
        speaker="binding",
        libvirt=_HINTED,
        about=_TLS_NAME | _DISKS_URI,
        applies=lambda c: any(
            [not isinstance(value, str) for value in c.of(_TLS_NAME | _DISKS_URI)]
        ),
        problem="the name in the destination's certificate or the disks' URI is not a string",
        says="bad argument type for built-in operation",
        remedy="give a string, or omit it",
        source=_BINDING,
    ),
    Refusal(
        code="value-type",
        speaker="binding",
        about=_UNHINTED,
        applies=lambda c: any(
            [not isinstance(value, (str, int, float)) for value in c.of(_UNHINTED)]
        ),
        problem="a value is neither a string nor a number",
        says='Unknown type of "…" field',
        remedy="give a number for a bandwidth, a string for disks",
        source=_BINDING,
    ),
    Refusal(
        code="value-type-named",
        speaker="binding",
        libvirt=Versions(until=(11, 3)),
        about=_LEVELS | _TLS_NAME | _DISKS_URI,
        applies=lambda c: any([_no_value(v) for v in c.of(_LEVELS | _TLS_NAME | _DISKS_URI)]),
        problem="a value is neither a string nor a number",
        says='Unknown type of "…" field',
        remedy="give a number for a level, a string for a name or a URI",
        source=_BINDING,
    ),
    Refusal(
        code="bool-number",
        severity="misleading",
        speaker="binding",
        about=_names("bandwidth", "parallel.connections"),
        applies=lambda c: any([isinstance(value, bool) for value in c.connections + c.bandwidth]),
        problem="true or false as a number of connections or a bandwidth counts as 1 or 0",
        remedy="give an integer",
        source=_BINDING,
    ),
    # libvirt: the flags.
    Refusal(
        code="tunnel-parallel",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_TUNNELLED"),
        applies=lambda c: c.tunnelled and c.parallel,
        problem="a tunnel is a single connection, which rules out parallel connections and "
        "zero-copy",
        says="Flags 'VIR_MIGRATE_TUNNELLED' and 'VIR_MIGRATE_PARALLEL' are mutually exclusive",
        remedy="drop the tunnel and encrypt with QEMU's TLS instead, or drop the connections",
        source=_DOMAIN,
    ),
    Refusal(
        code="nonshared-both",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_NON_SHARED_INC"),
        applies=lambda c: c.flags & NON_SHARED_DISK != 0 and c.flags & NON_SHARED_INC != 0,
        problem="storage is copied either fully or incrementally, not both",
        says=(
            "Flags 'VIR_MIGRATE_NON_SHARED_DISK' and 'VIR_MIGRATE_NON_SHARED_INC' are "
            "mutually exclusive"
        ),
        remedy="drop one of the two",
        source=_DOMAIN,
    ),
    Refusal(
        code="synchronous-writes-alone",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES"),
        applies=lambda c: c.flags & SYNCHRONOUS_WRITES != 0 and not c.copies_storage,
        problem="synchronous writes are a way to copy storage, but no storage is copied",
        says=(
            "Flag 'VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC' is required "
            "by flag 'VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES'"
        ),
        remedy=("add VIR_MIGRATE_NON_SHARED_DISK or VIR_MIGRATE_NON_SHARED_INC, or drop the flag"),
        source=_DOMAIN,
    ),
    Refusal(
        code="flags-unknown",
        speaker="libvirt",
        applies=lambda c: c.flags & ~NAMED != 0,
        problem="the call has a flag that no libvirt version knows",
        says="unsupported flags (…) in function …",
        remedy="drop all flags above VIR_MIGRATE_ZEROCOPY",
        source="libvirt qemu_driver.c, virCheckFlags",
    ),
    Refusal(
        code="synchronous-writes-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(8, 0)),
        about=_names("VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES"),
        applies=lambda c: c.flags & SYNCHRONOUS_WRITES != 0,
        problem="libvirt supports synchronous writes only since 8.0",
        says="unsupported flags (…) in function …",
        remedy="update libvirt on both hosts, or drop the flag",
        source="libvirt NEWS 8.0.0",
    ),
    Refusal(
        code="postcopy-resume-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(8, 5)),
        about=_names("VIR_MIGRATE_POSTCOPY_RESUME"),
        applies=lambda c: c.flags & POSTCOPY_RESUME != 0,
        problem="libvirt can resume post-copy only since 8.5",
        says="unsupported flags (…) in function …",
        remedy="update libvirt on both hosts, or drop the flag",
        source="libvirt NEWS 8.5.0",
    ),
    Refusal(
        code="zerocopy-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(8, 5)),
        source_only=True,
        applies=lambda c: c.zerocopy,
        problem="libvirt supports zero-copy only since 8.5",
        says="unsupported flags (…) in function …",
        remedy="update libvirt on both hosts, or drop zero-copy",
        source="libvirt NEWS 8.5.0; RHEL 8.6 has it in 8.0.0",
    ),
    # libvirt: the typed parameters.
    Refusal(
        code="parameter-unknown",
        speaker="libvirt",
        applies=lambda c: any([name not in PARAMETERS for name in c.params]),
        problem="the call has a typed parameter that no libvirt version knows",
        says="parameter '…' not supported",
        remedy="use one of the VIR_MIGRATE_PARAM_* names in libvirt-domain.h",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="level-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(9, 4)),
        about=_LEVELS,
        applies=lambda c: any([name in c.params for name in _LEVELS]),
        problem="libvirt knows the levels of zlib and zstd only since 9.4",
        says="parameter '…' not supported",
        remedy="omit it, or update libvirt on both hosts",
        source="libvirt NEWS 9.4.0",
    ),
    Refusal(
        code="detect-zeroes-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(10, 9)),
        about=_DETECT_ZEROES,
        applies=lambda c: any([name in c.params for name in _DETECT_ZEROES]),
        problem="libvirt knows migrate_disks_detect_zeroes only since 10.9",
        says="parameter '…' not supported",
        remedy="omit it, or update libvirt on both hosts",
        source="libvirt NEWS 10.9.0",
    ),
    Refusal(
        code="switchover-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(11, 1)),
        about=_SWITCHOVER,
        applies=lambda c: any([name in c.params for name in _SWITCHOVER]),
        problem="libvirt knows bandwidth.avail.switchover only since 11.1",
        says="parameter '…' not supported",
        remedy="omit it, or update libvirt on both hosts",
        source="libvirt NEWS 11.1.0",
    ),
    Refusal(
        code="target-zero-libvirt",
        speaker="libvirt",
        libvirt=Versions(until=(12, 2)),
        about=_TARGET_ZERO,
        applies=lambda c: any([name in c.params for name in _TARGET_ZERO]),
        problem="libvirt knows migrate_disks_target_zero only since 12.2",
        says="parameter '…' not supported",
        remedy="omit it, or update libvirt on both hosts",
        source="libvirt libvirt-domain.h; known to 12.8.0",
    ),
    Refusal(
        code="parameter-repeated",
        speaker="libvirt",
        applies=lambda c: any(
            [_several(value) and name not in LISTS for name, value in c.params.items()]
        ),
        problem="a single-valued parameter has several values",
        says="parameter '…' occurs multiple times",
        remedy="give a single value",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="tls-destination-type",
        speaker="libvirt",
        about=_TLS_NAME,
        applies=lambda c: any([isinstance(value, (int, float)) for value in c.of(_TLS_NAME)]),
        problem="the name expected in the destination's certificate is not a string",
        # libvirt 12.8 swaps the two types.  Since 11.3, the binding rejects such a value itself.
        says="invalid type '…' for parameter 'tls.destination', expected '…'",
        remedy="give a host name, or omit it",
        source="libvirt virtypedparam.c, virTypedParamsValidate",
    ),
    Refusal(
        code="disks-uri-type",
        speaker="libvirt",
        about=_DISKS_URI,
        applies=lambda c: any([isinstance(value, (int, float)) for value in c.of(_DISKS_URI)]),
        problem="the disks' URI is not a string",
        says="invalid type '…' for parameter 'disks_uri', expected '…'",
        remedy="give a URI, or omit it",
        source=_VALIDATE,
    ),
    Refusal(
        code="switchover-type",
        speaker="libvirt",
        libvirt=Versions(since=(11, 1)),
        about=_SWITCHOVER,
        applies=lambda c: any([_no_size(value) for value in c.of(_SWITCHOVER)]),
        problem="the bandwidth available for the switchover is not a positive integer",
        says="invalid type '…' for parameter 'bandwidth.avail.switchover', expected '…'",
        remedy="give an integer in MiB/s, or omit it",
        source=_VALIDATE,
    ),
    Refusal(
        code="disks-type",
        speaker="libvirt",
        libvirt=Versions(since=(10, 9)),
        about=_DETECT_ZEROES | _TARGET_ZERO,
        applies=lambda c: any(
            [isinstance(value, (int, float)) for value in c.of(_DETECT_ZEROES | _TARGET_ZERO)]
        ),
        problem="a disk's name is not a string",
        says="invalid type '…' for parameter '…', expected '…'",
        remedy="give the disks' names, or omit them",
        source=_VALIDATE,
    ),
    Refusal(
        code="size-wraps",
        speaker="libvirt",
        about=_POSTCOPY_BANDWIDTH | _SWITCHOVER,
        applies=lambda c: any(
            [
                _outside(value, -UINT64_MAX, _BANDWIDTH_WRAPS - 1)
                for value in c.of(_POSTCOPY_BANDWIDTH | _SWITCHOVER)
            ]
        ),
        problem="a bandwidth does not fit in 64 bits as bytes/s",
        says="migration parameter '…' must be less than 17592186044416",
        remedy="give less than 17592186044416 MiB/s",
        source=_PARAMS,
    ),
    Refusal(
        code="disks-port-and-uri",
        speaker="libvirt",
        about=_DISKS_PORT,
        applies=lambda c: c.has(_DISKS_URI) and any([value != 0 for value in c.of(_DISKS_PORT)]),
        problem="disks have either a port or a URI",
        says="Both port and URI requested for disk migration while being mutually exclusive",
        remedy="drop disks_port, or disks_uri",
        source=_MIGRATION,
    ),
    Refusal(
        code="converge-tuning",
        speaker="libvirt",
        about=_CONVERGE,
        applies=lambda c: c.flags & AUTO_CONVERGE == 0 and c.has(_CONVERGE),
        problem="autoconverge is tuned, but not on",
        says="Turn auto convergence on to tune it",
        remedy="add VIR_MIGRATE_AUTO_CONVERGE, or drop the tuning",
        source=_PARAMS,
    ),
    Refusal(
        code="connections-without-parallel",
        speaker="libvirt",
        about=_names("parallel.connections"),
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
        about=_names("compression"),
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
        about=_names("compression"),
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
        about=_names("compression"),
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
        about=_names("compression"),
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
        about=_names("compression"),
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
        about=_names("compression"),
        applies=lambda c: "zlib" in c.methods and "zstd" in c.methods,
        problem="parallel connections take a single compression method",
        says="Only one compression method could be specified with parallel compression",
        remedy="use either zlib or zstd",
        source=_PARAMS,
    ),
    Refusal(
        code="mt-tuning",
        speaker="libvirt",
        about=_MT,
        applies=lambda c: c.has(_MT) and "mt" not in c.methods,
        problem="multithread compression is tuned, but not on",
        says="Turn multithread compression on to tune it",
        remedy="name mt as a compression method, or drop the tuning",
        source=_PARAMS,
    ),
    Refusal(
        code="xbzrle-tuning",
        speaker="libvirt",
        about=_XBZRLE_CACHE,
        applies=lambda c: c.has(_XBZRLE_CACHE) and "xbzrle" not in c.methods,
        problem="XBZRLE (which VIR_MIGRATE_COMPRESSED alone does not name) is tuned, but not on",
        says="Turn xbzrle compression on to tune it",
        remedy="name xbzrle as a compression method, or drop the tuning",
        source=_PARAMS,
    ),
    Refusal(
        code="zlib-tuning",
        speaker="libvirt",
        libvirt=_MULTIFD_COMPRESSION,
        about=_ZLIB_LEVEL,
        applies=lambda c: c.has(_ZLIB_LEVEL) and "zlib" not in c.methods,
        problem="zlib is tuned, but not on",
        says="Turn zlib compression on to tune it",
        remedy="name zlib as a compression method, or drop the tuning",
        source=_PARAMS,
    ),
    Refusal(
        code="zstd-tuning",
        speaker="libvirt",
        libvirt=_MULTIFD_COMPRESSION,
        about=_ZSTD_LEVEL,
        applies=lambda c: c.has(_ZSTD_LEVEL) and "zstd" not in c.methods,
        problem="zstd is tuned, but not on",
        says="Turn zstd compression on to tune it",
        remedy="name zstd as a compression method, or drop the tuning",
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
    # libvirt: the migration itself.
    Refusal(
        code="tunnel-uri",
        speaker="libvirt",
        about=_names(_URI),
        applies=lambda c: c.tunnelled and _URI in c.params,
        problem="a tunnel uses libvirt's own connection, so it takes no migration URI",
        says="migration URI is not supported by tunnelled migration",
        remedy="drop migrate_uri, or the tunnel",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-listen",
        speaker="libvirt",
        about=_LISTEN,
        applies=lambda c: c.tunnelled and c.has(_LISTEN),
        problem="a tunnel uses libvirt's own connection, so it takes no listen address",
        says="listen address is not supported by tunnelled migration",
        remedy="drop listen_address, or the tunnel",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-disks-port",
        speaker="libvirt",
        about=_DISKS_PORT,
        applies=lambda c: c.tunnelled and any([value != 0 for value in c.of(_DISKS_PORT)]),
        problem="a tunnel uses libvirt's own connection, so it takes no disk port",
        says="disk port address is not supported by tunnelled migration",
        remedy="drop disks_port, or the tunnel",
        source=_MIGRATION,
    ),
    Refusal(
        code="postcopy-resume-alone",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_POSTCOPY_RESUME"),
        applies=lambda c: c.flags & POSTCOPY_RESUME != 0 and not c.postcopy,
        problem="resuming post-copy needs post-copy",
        says="resuming failed post-copy migration requires post-copy to be enabled",
        remedy="add VIR_MIGRATE_POSTCOPY, or drop VIR_MIGRATE_POSTCOPY_RESUME",
        source=_MIGRATION,
    ),
    Refusal(
        code="postcopy-not-live",
        speaker="libvirt",
        applies=lambda c: c.postcopy and (not c.live or c.flags & PAUSED != 0),
        problem="post-copy works only for live migrations that leave the VM running",
        says="post-copy migration is not supported with non-live or paused migration",
        remedy="add VIR_MIGRATE_LIVE and drop VIR_MIGRATE_PAUSED, or drop VIR_MIGRATE_POSTCOPY",
        source=_MIGRATION,
    ),
    Refusal(
        code="tunnel-postcopy",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_TUNNELLED"),
        applies=lambda c: c.tunnelled and c.postcopy,
        problem="post-copy needs a return path, which a tunnel does not have",
        says="post-copy is not supported with tunnelled migration",
        remedy="drop the tunnel, or post-copy",
        source=_MIGRATION,
    ),
    Refusal(
        code="offline-storage",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_OFFLINE"),
        applies=lambda c: c.flags & OFFLINE != 0 and c.copies_storage,
        problem="an offline migration moves only the definition, no storage",
        says="offline migration cannot handle non-shared storage",
        remedy="drop VIR_MIGRATE_OFFLINE, or the flags to copy storage",
        source=_MIGRATION,
    ),
    Refusal(
        code="offline-transient",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_OFFLINE"),
        applies=lambda c: c.flags & OFFLINE != 0 and c.flags & PERSIST_DEST == 0,
        problem="an offline migration makes the definition persistent at the destination",
        says="offline migration must be specified with the persistent flag set",
        remedy="add VIR_MIGRATE_PERSIST_DEST, or drop VIR_MIGRATE_OFFLINE",
        source=_MIGRATION,
    ),
    Refusal(
        code="offline-tunnel",
        speaker="libvirt",
        about=_names("VIR_MIGRATE_OFFLINE"),
        applies=lambda c: c.flags & OFFLINE != 0 and c.tunnelled,
        problem="an offline migration transfers nothing that could be tunnelled",
        says="tunnelled offline migration does not make sense",
        remedy="drop VIR_MIGRATE_OFFLINE, or the tunnel",
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
        code="tunnel-storage",
        speaker="libvirt",
        # 9.0.0 leaves it to QEMU; the first version that refuses it is unknown.
        libvirt=Versions(since=(9, 1)),
        about=_names("VIR_MIGRATE_NON_SHARED_DISK", "VIR_MIGRATE_NON_SHARED_INC"),
        applies=lambda c: c.tunnelled and c.copies_storage,
        problem="storage is not copied through a tunnel",
        says="migration of non-shared storage is not supported with tunnelled migration",
        remedy="drop the tunnel, or the flags to copy storage",
        source=_MIGRATION,
    ),
    Refusal(
        code="disks-without-storage",
        speaker="libvirt",
        # 9.0.0 accepts it; the first version that refuses it is unknown.
        libvirt=Versions(since=(9, 1)),
        about=_DISKS,
        applies=lambda c: not c.copies_storage and c.has(_DISKS),
        problem="disks are named, but no storage is copied",
        says=(
            "use of 'VIR_MIGRATE_PARAM_MIGRATE_DISKS' requires use of "
            "'VIR_MIGRATE_NON_SHARED_DISK' or 'VIR_MIGRATE_NON_SHARED_INC' flag"
        ),
        remedy=("add VIR_MIGRATE_NON_SHARED_DISK or VIR_MIGRATE_NON_SHARED_INC, or drop the disks"),
        source=_MIGRATION,
    ),
    Refusal(
        code="detect-zeroes-without-storage",
        speaker="libvirt",
        libvirt=Versions(since=(10, 9)),
        about=_DETECT_ZEROES,
        applies=lambda c: not c.copies_storage and c.has(_DETECT_ZEROES),
        problem="disks are named, but no storage is copied",
        says=(
            "use of 'VIR_MIGRATE_PARAM_MIGRATE_DISKS_DETECT_ZEROES' requires use of "
            "'VIR_MIGRATE_NON_SHARED_DISK' or 'VIR_MIGRATE_NON_SHARED_INC' flag"
        ),
        remedy=("add VIR_MIGRATE_NON_SHARED_DISK or VIR_MIGRATE_NON_SHARED_INC, or drop the disks"),
        source=_MIGRATION,
    ),
    Refusal(
        code="target-zero-without-storage",
        speaker="libvirt",
        libvirt=Versions(since=(12, 2)),
        about=_TARGET_ZERO,
        applies=lambda c: not c.copies_storage and c.has(_TARGET_ZERO),
        problem="disks are named, but no storage is copied",
        says=(
            "use of 'VIR_MIGRATE_PARAM_MIGRATE_DISKS_TARGET_ZERO' requires use of "
            "'VIR_MIGRATE_NON_SHARED_DISK' or 'VIR_MIGRATE_NON_SHARED_INC' flag"
        ),
        remedy=("add VIR_MIGRATE_NON_SHARED_DISK or VIR_MIGRATE_NON_SHARED_INC, or drop the disks"),
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
        about=_names("compression"),
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
        source_only=True,
        applies=lambda c: c.zerocopy,
        problem="QEMU supports zero-copy only since 7.1",
        says="Migration option 'zero-copy-send' is not supported by QEMU binary",
        remedy="update QEMU on the source host, or drop zero-copy",
        source=f"{_PARAMS}; RHEL 8.6 has it in 6.2.0",
    ),
    Refusal(
        code="switchover-qemu",
        speaker="libvirt",
        libvirt=Versions(since=(11, 1)),
        qemu=Versions(until=(8, 2)),
        source_only=True,
        about=_SWITCHOVER,
        applies=lambda c: c.has(_SWITCHOVER),
        problem="QEMU accepts the bandwidth available for the switchover only since 8.2",
        says="Migration option 'avail-switchover-bandwidth' is not supported by QEMU binary",
        remedy="omit it, or update QEMU on the source host",
        source=_PARAMS,
    ),
    Refusal(
        code="qemu-before-6.2",
        speaker="libvirt",
        libvirt=Versions(since=(11, 2)),
        qemu=Versions(until=(6, 2)),
        named=True,
        applies=lambda c: not c.direct,
        problem="libvirt from 11.2 on needs QEMU 6.2",
        says="QEMU version >= 6.2.0 is required, but … found",
        remedy="update QEMU",
        source="libvirt NEWS 11.2.0; qemu_capabilities.c",
    ),
    Refusal(
        code="qemu-before-7.2",
        speaker="libvirt",
        libvirt=Versions(since=(12, 4)),
        qemu=Versions(until=(7, 2)),
        named=True,
        applies=lambda c: not c.direct,
        problem="libvirt from 12.4 on needs QEMU 7.2",
        says="QEMU version >= 7.2.0 is required, but … found",
        remedy="update QEMU",
        source="libvirt NEWS 12.4.0; qemu_capabilities.c",
    ),
    _tunnel_tls(
        "tunnel-tls",
        Versions(until=(11, 3)),
        "a tunnelled migration with TLS fails with misleading errors",
    ),
    _tunnel_tls(
        "tunnel-tls-crash",
        Versions(since=(9, 1), until=(12, 8)),
        "a tunnelled migration with TLS crashes the source's libvirt daemon (SIGSEGV)",
        severity="harmful",
    ),
    _tunnel_tls(
        "tunnel-tls-crash-12.9",
        Versions(since=(12, 9)),
        "a tunnelled migration with TLS crashes a libvirt daemon (SIGSEGV)",
        severity="harmful",
        source="run with libvirt 12.9.0 and QEMU 11.1.3",
    ),
    _tunnel_tls(
        "tunnel-tls-handshake",
        Versions(since=(11, 4), until=(12, 9)),
        "a tunnel is one-way, and TLS needs both directions",
        says="TLS handshake failed",
        source="run with libvirt 12.8.0 and QEMU 11.1.3",
    ),
)

# Accepted, but with another effect than it suggests.
UNUSED_ROWS: Tuple[Refusal, ...] = (
    Refusal(
        code="bandwidth-wraps",
        severity="misleading",
        speaker="libvirt",
        source_only=True,
        about=_names("bandwidth"),
        applies=lambda c: any(
            [
                isinstance(value, int) and _BANDWIDTH_WRAPS <= value <= UINT64_MAX
                for value in c.bandwidth
            ]
        ),
        problem="libvirt converts the bandwidth to bytes without a check: from 17592186044416 "
        "MiB/s (2**64 bytes/s), it wraps around, and 0 means no limit",
        remedy="give less than 17592186044416 MiB/s",
        source=_MIGRATION,
    ),
    Refusal(
        code="tls-destination-unused",
        severity="misleading",
        speaker="libvirt",
        about=_TLS_NAME,
        applies=lambda c: c.has(_TLS_NAME) and not c.tls,
        problem="a name for the destination's certificate is set, but without encryption no "
        "certificate is checked",
        remedy="add VIR_MIGRATE_TLS, or drop tls.destination",
        source=_PARAMS,
    ),
)
