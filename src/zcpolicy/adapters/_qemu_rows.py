"""Settings that QEMU rejects, or accepts and then fails: one row per reason.

``_refusals`` explains how rows are used and how to add one.
"""

from typing import Any, FrozenSet, Mapping, Tuple

import attr

from .._base.versions import Version, version_text
from .._model.inputs import UNLIMITED_MIB
from .._model.schedule import DOWNTIME_MAX
from ._calls import CHANNELS, Call
from ._params import UINT64_MAX
from ._violations import Refusal, Versions

__all__ = ["IGNORED", "IN_FLIGHT", "QEMU_ROWS", "QEMU_ROWS_IF_ASKED"]

_Names = FrozenSet[str]


_ALL = Versions()


def _names(*names: str) -> _Names:
    return frozenset(names)


_PAGE = 4096

_METHODS = ("none", "zlib", "zstd")
_BUILT_METHODS = ("qpl", "uadk", "qatzip")
# The parameters that take one of a set of words, without multifd-compression.
_WORDS: Mapping[str, Tuple[str, ...]] = {
    "mode": ("normal", "cpr-reboot", "cpr-transfer", "cpr-exec"),
    "zero-page-detection": ("none", "legacy", "multifd"),
}
_URI = _names("migrate_uri")
_BOOLS = _names("cpu-throttle-tailslow", "direct-io")
_CHECKPOINT = "x-checkpoint-delay"
# The 8-bit parameters, without the channels, which have their own row.
_BYTES = _names(
    *("compress-level", "compress-threads", "cpu-throttle-increment", "cpu-throttle-initial"),
    *("decompress-threads", "max-cpu-throttle", "multifd-qatzip-level", "multifd-zlib-level"),
    *("multifd-zstd-level", "throttle-trigger-threshold"),
)
_NUMBERS = _BYTES | _names(
    *("announce-initial", "announce-max", "announce-rounds", "announce-step"),
    *("avail-switchover-bandwidth", CHANNELS, "downtime-limit", "max-bandwidth"),
    *("max-postcopy-bandwidth", "vcpu-dirty-limit", _CHECKPOINT, "x-vcpu-dirty-limit-period"),
    "xbzrle-cache-size",
)
# Incompatible with background-snapshot: migration/options.c, check_caps_background_snapshot.
_NO_SNAPSHOT = _names(
    *("auto-converge", "compress", "dirty-bitmaps", "late-block-activate", "multifd"),
    *("pause-before-switchover", "postcopy-blocktime", "postcopy-ram", "rdma-pin-all"),
    *("release-ram", "return-path", "validate-uuid", "x-colo", "xbzrle", "zero-copy-send"),
)


def _outside(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not low <= value <= high


def _no_uint64(value: object) -> bool:
    """Whether QEMU cannot read *value* as a number.  It reads a negative one modulo 2**64."""
    integer = isinstance(value, int) and not isinstance(value, bool)
    return not integer or _outside(value, -(1 << 63), UINT64_MAX)


def _other_word(call: Call, name: str, words: Tuple[str, ...]) -> bool:
    value = call.parameters.get(name, words[0])
    return isinstance(value, str) and value not in words


def _is_unix(uri: object) -> bool:
    return isinstance(uri, str) and uri.startswith("unix:")


def _credentials(call: Call) -> Any:
    """QEMU's ``tls-creds``; empty and null mean no TLS."""
    value = call.parameters.get("tls-creds")
    return "" if value is None else value


_OPTIONS = "QEMU migration/options.c (7.2: migration/migration.c)"
_QAPI = "QEMU qapi/migration.json; run with 7.2, 10.0 and 11.1"
_NO_ZEROCOPY = "Zero copy only available for non-compressed non-TLS multifd migration"


# QEMU's own words; the limits in this table are its own, too, whatever we would send.
_BYTE = "a value between 1 and 255"
_PERCENT = "an integer in the range of 1 to 99"
_ANNOUNCED = "a value between 0 and 100000"
_LEVEL = "give 0 to 9"
# QEMU 9.1 removed the old compression and block migration.
_OLD = Versions(until=(9, 1))
# Earlier versions accept the levels but do not use them.
_LEVELS_USED = Versions(since=(9, 0))
_REMOVED = _names(
    *("block-incremental", "compress-level", "compress-threads", "compress-wait-thread"),
    "decompress-threads",
)


def _misses(value: object, low: int, high: int, most: int) -> bool:
    """Whether *value* is readable (up to *most*) but outside its range."""
    return _outside(value, low, high) and (most > 255 or not _outside(value, 0, most))


def _no_cache_size(size: object) -> bool:
    return isinstance(size, int) and (size < _PAGE or size & (size - 1) != 0)


def _above_initial(call: Call) -> bool:
    initial = call.parameters.get("cpu-throttle-initial", 20)
    low = initial if isinstance(initial, int) else 1
    return _outside(call.parameters.get("max-cpu-throttle"), low, 99)


def _range(
    code: str,
    name: str,
    low: int,
    high: int,
    words: str,
    remedy: str,
    versions: Versions = _ALL,
    problem: str = "",
) -> Refusal:
    """A row for a number out of range, which QEMU's messages name in three ways."""
    snake = name.replace("-", "_")
    most = 255 if name in _BYTES or name == CHANNELS else UINT64_MAX
    return Refusal(
        code=code,
        speaker="qemu",
        qemu=versions,
        about=_names(name),
        applies=lambda c: _misses(c.parameters.get(name), low, high, most),
        problem=problem or f"{name} is not a number from {low} to {high}",
        says=f"…{name.replace('-', '…')}… expects {words}",
        wording=(
            (Versions(until=(11, 0)), f"Parameter '{snake}' expects {words}"),
            (Versions(since=(11, 0), until=(11, 1)), f"Option {snake} expects {words}"),
            (Versions(since=(11, 1)), f"Option {name} expects {words}"),
        ),
        remedy=remedy,
        source=_OPTIONS,
    )


def _unknown(code: str, version: Version, *names: str) -> Refusal:
    """A row for capabilities that a version introduced."""
    number = version_text(version)
    return Refusal(
        code=code,
        speaker="qemu",
        qemu=Versions(until=version),
        about=frozenset(names),
        applies=lambda c: not c.capabilities.isdisjoint(names),
        problem=f"QEMU has {' and '.join(names)} only since {number}",
        says="Parameter 'capability' does not accept value '…'",
        remedy="update QEMU, or drop it",
        source=f"QEMU {number} qapi/migration.json",
    )


def _unexpected(code: str, version: Version, *names: str) -> Refusal:
    """A row for parameters that a version introduced."""
    number = version_text(version)
    return Refusal(
        code=code,
        speaker="qemu",
        qemu=Versions(until=version),
        about=frozenset(names),
        applies=lambda c: c.direct and any([name in c.parameters for name in names]),
        problem=f"QEMU has {' and '.join(names)} only since {number}",
        says="Parameter '…' is unexpected",
        remedy="update QEMU, or omit it",
        source=f"QEMU {number} qapi/migration.json",
    )


# Names that QEMU does not have yet, or no longer has.
_NAMES: Tuple[Refusal, ...] = (
    Refusal(
        code="qemu-compress-removed",
        speaker="qemu",
        qemu=Versions(since=(9, 1)),
        about=_names("compress"),
        applies=lambda c: c.direct and "compress" in c.capabilities,
        problem="QEMU 9.1 removed the capability compress",
        says="Parameter 'capability' does not accept value 'compress'",
        remedy="use xbzrle, or multifd-compression",
        source="QEMU docs/about/removed-features.rst",
    ),
    Refusal(
        code="qemu-block-removed",
        speaker="qemu",
        qemu=Versions(since=(9, 1)),
        about=_names("block"),
        applies=lambda c: "block" in c.capabilities,
        problem="QEMU 9.1 removed the capability block",
        says="Parameter 'capability' does not accept value 'block'",
        remedy="copy storage with NBD",
        source="QEMU docs/about/removed-features.rst",
    ),
    Refusal(
        code="qemu-zerocopy-unknown",
        speaker="qemu",
        qemu=Versions(until=(7, 1)),
        about=_names("zero-copy-send"),
        applies=lambda c: c.direct and "zero-copy-send" in c.capabilities,
        problem="QEMU supports zero-copy only since 7.1",
        says="Parameter 'capability' does not accept value 'zero-copy-send'",
        remedy="update QEMU, or drop zero-copy-send",
        source="QEMU 7.1 change log; RHEL 8.6 has it in 6.2.0",
    ),
    _unknown("qemu-capabilities-8.1", (8, 1), "dirty-limit", "switchover-ack"),
    _unknown("qemu-capabilities-9.0", (9, 0), "mapped-ram"),
)

# Capabilities: migrate_caps_check, in its order.
_EARLY: Tuple[Refusal, ...] = (
    Refusal(
        code="postcopy-ignore-shared",
        speaker="qemu",
        about=_names("x-ignore-shared"),
        applies=lambda c: "postcopy-ram" in c.capabilities and "x-ignore-shared" in c.capabilities,
        problem="post-copy must transfer all memory, also shared memory",
        says="Postcopy is not compatible with ignore-shared",
        remedy="drop postcopy-ram, or x-ignore-shared",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-postcopy",
        speaker="qemu",
        qemu=Versions(since=(8, 1), until=(10, 1)),
        about=_names("postcopy-ram"),
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
        about=_names("postcopy-ram"),
        applies=lambda c: "multifd" in c.capabilities and "postcopy-ram" in c.capabilities,
        problem="QEMU before 8.1 loses a VM with parallel connections at the switch to "
        "post-copy: the destination's QEMU aborts while the source reports success",
        remedy="drop post-copy, or the connections",
        source="QEMU util/yank.c, yank_unregister_instance; run with 7.2",
    ),
    Refusal(
        code="background-snapshot",
        speaker="qemu",
        about=_names("background-snapshot"),
        applies=lambda c: (
            "background-snapshot" in c.capabilities and not _NO_SNAPSHOT.isdisjoint(c.capabilities)
        ),
        problem="a background snapshot rules out nearly every other capability",
        says="Background-snapshot is not compatible with …",
        remedy="drop background-snapshot, or " + ", ".join(sorted(_NO_SNAPSHOT)),
        source=_OPTIONS,
    ),
)

_ZEROCOPY: Tuple[Refusal, ...] = (
    Refusal(
        code="zerocopy-without-multifd",
        speaker="qemu",
        source_only=True,
        about=_names("zero-copy-send"),
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
        source_only=True,
        about=_names("xbzrle"),
        applies=lambda c: "zero-copy-send" in c.capabilities and "xbzrle" in c.capabilities,
        problem="zero-copy cannot be combined with XBZRLE compression",
        says=_NO_ZEROCOPY,
        remedy="drop the compression, or zero-copy",
        source=_OPTIONS,
    ),
    Refusal(
        code="zerocopy-compress",
        speaker="qemu",
        qemu=Versions(until=(9, 1)),
        source_only=True,
        about=_names("compress"),
        applies=lambda c: "zero-copy-send" in c.capabilities and "compress" in c.capabilities,
        problem="zero-copy cannot be combined with the compression method mt",
        says=_NO_ZEROCOPY,
        remedy="drop the compression, or zero-copy",
        source=_OPTIONS,
    ),
)

_LATE: Tuple[Refusal, ...] = (
    Refusal(
        code="preempt-without-postcopy",
        speaker="qemu",
        about=_names("postcopy-preempt"),
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
        # libvirt uses postcopy-preempt from 10.0 on, where both QEMUs have it.
        libvirt=Versions(since=(10, 0)),
        qemu=Versions(since=(7, 2), until=(9, 1)),
        about=_names("compress"),
        applies=lambda c: "compress" in c.capabilities and c.preempts,
        problem="postcopy-preempt cannot be combined with the compression method mt",
        says="Postcopy preempt not compatible with compress",
        remedy="drop the compression, or postcopy-preempt",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-compress",
        speaker="qemu",
        qemu=Versions(since=(7, 2), until=(9, 1)),
        about=_names("compress"),
        applies=lambda c: "multifd" in c.capabilities and "compress" in c.capabilities,
        problem="parallel connections cannot be compressed with mt",
        says="Multifd is not compatible with compress",
        remedy="drop the compression, or use zlib or zstd",
        source=_OPTIONS,
    ),
    Refusal(
        code="switchover-ack-without-return-path",
        speaker="qemu",
        qemu=Versions(since=(8, 1)),
        about=_names("switchover-ack"),
        applies=lambda c: (
            "switchover-ack" in c.capabilities and "return-path" not in c.capabilities
        ),
        problem="switchover-ack needs a return path from the destination",
        says="Capability 'switchover-ack' requires capability 'return-path'",
        remedy="add return-path, or drop switchover-ack",
        source=_OPTIONS,
    ),
    Refusal(
        code="dirty-limit-converge",
        speaker="qemu",
        qemu=Versions(since=(8, 1)),
        about=_names("dirty-limit"),
        applies=lambda c: "dirty-limit" in c.capabilities and "auto-converge" in c.capabilities,
        problem="dirty-limit and autoconverge are two ways to throttle the guest",
        says="dirty-limit conflicts with auto-converge either of then available currently",
        remedy="use only one of them",
        source=_OPTIONS,
    ),
    Refusal(
        code="dirty-limit-ring",
        speaker="qemu",
        qemu=Versions(since=(8, 1)),
        about=_names("dirty-limit"),
        applies=lambda c: "dirty-limit" in c.capabilities and "auto-converge" not in c.capabilities,
        problem=(
            "dirty-limit needs KVM with a dirty ring, which QEMU has only if it is started "
            "with one (-accel kvm,dirty-ring-size=…)"
        ),
        says="dirty-limit requires KVM with accelerator property 'dirty-ring-size' set",
        remedy="drop dirty-limit, unless QEMU has a dirty ring",
        source=_OPTIONS,
    ),
    Refusal(
        code="multifd-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(8, 2)),
        about=_names("xbzrle"),
        applies=lambda c: "multifd" in c.capabilities and "xbzrle" in c.capabilities,
        problem="QEMU from 8.2 on cannot combine parallel connections with XBZRLE",
        says="Multifd is not compatible with xbzrle",
        remedy="drop the compression, or the connections",
        source=_OPTIONS,
    ),
    Refusal(
        code="compress-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(8, 2), until=(9, 1)),
        about=_names("compress"),
        applies=lambda c: "compress" in c.capabilities and "xbzrle" in c.capabilities,
        problem="the compression methods mt and xbzrle cannot be combined",
        says="Compression is not compatible with xbzrle",
        remedy="use only one of them",
        source=_OPTIONS,
    ),
    Refusal(
        code="mapped-ram-xbzrle",
        speaker="qemu",
        qemu=Versions(since=(9, 0)),
        about=_names("mapped-ram"),
        applies=lambda c: "mapped-ram" in c.capabilities and "xbzrle" in c.capabilities,
        problem="mapped-ram cannot be combined with xbzrle",
        says="Mapped-ram migration is incompatible with xbzrle",
        remedy="drop mapped-ram, or xbzrle",
        source=_OPTIONS,
    ),
    Refusal(
        code="mapped-ram-compress",
        speaker="qemu",
        qemu=Versions(since=(9, 0), until=(9, 1)),
        about=_names("mapped-ram"),
        applies=lambda c: "mapped-ram" in c.capabilities and "compress" in c.capabilities,
        problem="mapped-ram cannot be combined with compress",
        says="Mapped-ram migration is incompatible with compression",
        remedy="drop mapped-ram, or compress",
        source=_OPTIONS,
    ),
    Refusal(
        code="mapped-ram-postcopy",
        speaker="qemu",
        qemu=Versions(since=(9, 0)),
        about=_names("mapped-ram"),
        applies=lambda c: "mapped-ram" in c.capabilities and "postcopy-ram" in c.capabilities,
        problem="mapped-ram cannot be combined with postcopy-ram",
        says="Mapped-ram migration is incompatible with postcopy",
        remedy="drop mapped-ram, or postcopy-ram",
        source=_OPTIONS,
    ),
)

# Parameters.
_PARAMETER_NAMES: Tuple[Refusal, ...] = (
    _unexpected("qemu-parameters-8.1", (8, 1), "vcpu-dirty-limit", "x-vcpu-dirty-limit-period"),
    _unexpected("qemu-parameters-8.2", (8, 2), "avail-switchover-bandwidth", "mode"),
    _unexpected("qemu-parameters-9.0", (9, 0), "zero-page-detection"),
    _unexpected("qemu-parameters-9.1", (9, 1), "direct-io"),
    _unexpected("qemu-parameters-9.2", (9, 2), "multifd-qatzip-level"),
    _unexpected("qemu-parameters-10.2", (10, 2), "cpr-exec-command"),
    Refusal(
        code="qemu-parameters-removed",
        speaker="qemu",
        qemu=Versions(since=(9, 1)),
        about=_REMOVED,
        applies=lambda c: c.direct and any([name in c.parameters for name in _REMOVED]),
        problem="QEMU 9.1 removed the parameters of the old compression and of block",
        says="Parameter '…' is unexpected",
        remedy="use multifd-compression",
        source="QEMU docs/about/removed-features.rst",
    ),
)

_TYPES: Tuple[Refusal, ...] = (
    Refusal(
        code="qemu-number-type",
        speaker="qemu",
        applies=lambda c: (
            c.direct
            and any([name in _NUMBERS and _no_uint64(v) for name, v in c.parameters.items()])
        ),
        problem="a numeric parameter is not a 64-bit integer",
        says="Parameter '…' expects uint64",
        remedy="give an integer",
        source=_QAPI,
    ),
    Refusal(
        code="qemu-credentials-type",
        speaker="qemu",
        about=_names("tls-creds"),
        applies=lambda c: not isinstance(_credentials(c), str),
        problem="the name of the TLS credentials is not a string",
        says="Invalid parameter type for 'tls-creds', expected: StrOrNull",
        remedy='give the id of a tls-creds object, or "" for no TLS',
        source=_QAPI,
    ),
    Refusal(
        code="qemu-compression-type",
        speaker="qemu",
        about=_names("multifd-compression"),
        applies=lambda c: not isinstance(c.parameters.get("multifd-compression", ""), str),
        problem="the multifd compression method is not a string",
        says="Invalid parameter type for 'multifd-compression', expected: string",
        remedy='give "none", "zlib" or "zstd"',
        source=_QAPI,
    ),
    Refusal(
        code="qemu-word-type",
        speaker="qemu",
        qemu=Versions(since=(8, 2)),
        about=frozenset(_WORDS),
        applies=lambda c: any([not isinstance(c.parameters.get(name, ""), str) for name in _WORDS]),
        problem="a parameter that takes a word is not a string",
        says="Invalid parameter type for '…', expected: string",
        remedy="give one of the words that QEMU has for it",
        source=_QAPI,
    ),
    Refusal(
        code="qemu-bool-type",
        speaker="qemu",
        about=_BOOLS,
        applies=lambda c: any(
            [not isinstance(c.parameters.get(name, False), bool) for name in _BOOLS]
        ),
        problem="a boolean parameter is neither true nor false",
        says="Invalid parameter type for '…', expected: boolean",
        remedy="give true or false",
        source=_QAPI,
    ),
    Refusal(
        code="channels-range",
        speaker="qemu",
        about=_names(CHANNELS),
        applies=lambda c: _outside(c.parameters.get(CHANNELS), 0, 255),
        problem="the number of connections does not fit in a byte",
        says="Parameter 'multifd-channels' expects uint8_t",
        remedy="give an integer from 1 to 255",
        source=_QAPI,
    ),
    Refusal(
        code="byte-range",
        speaker="qemu",
        about=_BYTES,
        applies=lambda c: any([_outside(c.parameters.get(name), 0, 255) for name in _BYTES]),
        problem="a parameter does not fit in a byte",
        says="Parameter '…' expects uint8_t",
        remedy="give a number within its range",
        source=_QAPI,
    ),
    Refusal(
        code="checkpoint-range",
        speaker="qemu",
        about=_names(_CHECKPOINT),
        applies=lambda c: _outside(c.parameters.get(_CHECKPOINT), 0, (1 << 32) - 1),
        problem="the delay of checkpoints does not fit in 32 bits",
        says="Parameter 'x-checkpoint-delay' expects uint32_t",
        remedy="give a number of ms from 0 to 4294967295",
        source=_QAPI,
    ),
    Refusal(
        code="compression-method",
        speaker="qemu",
        about=_names("multifd-compression"),
        applies=lambda c: _other_word(c, "multifd-compression", _METHODS + _BUILT_METHODS),
        problem="no QEMU version knows the compression method",
        says="Parameter 'multifd-compression' does not accept value '…'",
        remedy="use none, zlib or zstd",
        source=_QAPI,
    ),
    Refusal(
        code="compression-qpl",
        speaker="qemu",
        about=_names("multifd-compression"),
        applies=lambda c: c.parameters.get("multifd-compression") == "qpl",
        problem=(
            "QEMU compresses with qpl only since 9.1, and only in builds with qpl support, "
            "which distributions do not ship"
        ),
        says="Parameter 'multifd-compression' does not accept value 'qpl'",
        remedy="use zlib or zstd, unless your QEMU is built with qpl support",
        source="QEMU qapi/migration.json; run with 11.1",
    ),
    Refusal(
        code="compression-uadk",
        speaker="qemu",
        about=_names("multifd-compression"),
        applies=lambda c: c.parameters.get("multifd-compression") == "uadk",
        problem=(
            "QEMU compresses with uadk only since 9.1, and only in builds with uadk support, "
            "which distributions do not ship"
        ),
        says="Parameter 'multifd-compression' does not accept value 'uadk'",
        remedy="use zlib or zstd, unless your QEMU is built with uadk support",
        source="QEMU qapi/migration.json; run with 11.1",
    ),
    Refusal(
        code="compression-qatzip",
        speaker="qemu",
        about=_names("multifd-compression"),
        applies=lambda c: c.parameters.get("multifd-compression") == "qatzip",
        problem=(
            "QEMU compresses with qatzip only since 9.2, and only in builds with qatzip support, "
            "which distributions do not ship"
        ),
        says="Parameter 'multifd-compression' does not accept value 'qatzip'",
        remedy="use zlib or zstd, unless your QEMU is built with qatzip support",
        source="QEMU qapi/migration.json; run with 11.1",
    ),
    Refusal(
        code="word-unknown",
        speaker="qemu",
        qemu=Versions(since=(8, 2)),
        about=frozenset(_WORDS),
        applies=lambda c: any([_other_word(c, name, words) for name, words in _WORDS.items()]),
        problem="no QEMU version knows the word",
        says="Parameter '…' does not accept value '…'",
        remedy="give one of the words that QEMU has for it",
        source=_QAPI,
    ),
)

# In the order of migrate_params_check.
_RANGES: Tuple[Refusal, ...] = (
    _range("compress-level-range", "compress-level", 0, 9, "a value between 0 and 9", _LEVEL, _OLD),
    _range("compress-threads-range", "compress-threads", 1, 255, _BYTE, "give 1 to 255", _OLD),
    _range("decompress-threads-range", "decompress-threads", 1, 255, _BYTE, "give 1 to 255", _OLD),
    _range(
        "throttle-trigger-range",
        "throttle-trigger-threshold",
        1,
        100,
        "an integer in the range of 1 to 100",
        "give a percentage from 1 to 100",
    ),
    _range(
        "throttle-initial-range",
        "cpu-throttle-initial",
        1,
        99,
        _PERCENT,
        "give a percentage from 1 to 99",
    ),
    _range(
        "throttle-increment-range",
        "cpu-throttle-increment",
        1,
        99,
        _PERCENT,
        "give a percentage from 1 to 99",
    ),
    _range(
        "downtime-range",
        "downtime-limit",
        0,
        DOWNTIME_MAX,
        "an integer in the range of 0 to (2000 * 1000) ms",
        "give 1 to 2,000,000 ms; 0 is accepted, and met only by a guest that writes nothing",
        problem="the downtime is negative or above 2,000,000 ms",
    ),
    _range(
        "channels-zero",
        CHANNELS,
        1,
        255,
        "a value between 1 and 255",
        "give an integer from 1 to 255",
        problem="at least one connection is needed",
    ),
    _range(
        "zlib-level-range",
        "multifd-zlib-level",
        0,
        9,
        "a value between 0 and 9",
        _LEVEL,
        _LEVELS_USED,
    ),
    _range(
        "qatzip-level-range",
        "multifd-qatzip-level",
        1,
        9,
        "a value between 1 and 9",
        "give 1 to 9",
        Versions(since=(9, 2)),
    ),
    _range(
        "zstd-level-range",
        "multifd-zstd-level",
        0,
        20,
        "a value between 0 and 20",
        "give 0 to 20",
        _LEVELS_USED,
    ),
    attr.evolve(
        _range(
            "xbzrle-cache-range",
            "xbzrle-cache-size",
            _PAGE,
            1 << 63,
            "a power of two no less than the target page size",
            "give a power of two of at least 4096 bytes",
        ),
        applies=lambda c: _no_cache_size(c.parameters.get("xbzrle-cache-size")),
        problem="the XBZRLE cache is not a power of two of at least a page",
    ),
    attr.evolve(
        _range(
            "throttle-max-range",
            "max-cpu-throttle",
            1,
            99,
            "an integer in the range of cpu_throttle_initial to 99",
            "give a percentage from cpu-throttle-initial to 99",
        ),
        says="…max…cpu…throttle… expects an integer in the range of cpu…throttle…initial to 99",
        wording=(),
        applies=_above_initial,
        problem="max-cpu-throttle is not from cpu-throttle-initial to 99",
    ),
    _range(
        "announce-initial-range", "announce-initial", 0, 100_000, _ANNOUNCED, "give 0 to 100,000 ms"
    ),
    _range("announce-max-range", "announce-max", 0, 100_000, _ANNOUNCED, "give 0 to 100,000 ms"),
    _range(
        "announce-rounds-range",
        "announce-rounds",
        0,
        1000,
        "a value between 0 and 1000",
        "give 0 to 1000",
    ),
    _range(
        "announce-step-range",
        "announce-step",
        1,
        10_000,
        "a value between 0 and 10000",
        "give 1 to 10,000 ms",
    ),
)

_STREAM: Tuple[Refusal, ...] = (
    Refusal(
        code="zerocopy-tls",
        speaker="qemu",
        source_only=True,
        about=_names("zero-copy-send"),
        applies=lambda c: "zero-copy-send" in c.capabilities and _credentials(c) != "",
        problem="zero-copy cannot be combined with encryption",
        says=_NO_ZEROCOPY,
        remedy="drop the encryption, or zero-copy",
        source=_OPTIONS,
    ),
    Refusal(
        code="zerocopy-compression",
        speaker="qemu",
        source_only=True,
        about=_names("multifd-compression"),
        applies=lambda c: (
            "zero-copy-send" in c.capabilities
            and c.parameters.get("multifd-compression", "none") != "none"
        ),
        problem="zero-copy cannot be combined with multifd compression",
        says=_NO_ZEROCOPY,
        remedy="drop the compression, or zero-copy",
        source=_OPTIONS,
    ),
    Refusal(
        code="mapped-ram-stream",
        speaker="qemu",
        qemu=Versions(since=(9, 0)),
        about=_names("mapped-ram"),
        applies=lambda c: (
            "mapped-ram" in c.capabilities
            and (_credentials(c) != "" or c.parameters.get("multifd-compression", "none") != "none")
        ),
        problem="mapped-ram writes pages as they are, neither compressed nor encrypted",
        says="Mapped-ram only available for non-compressed non-TLS multifd migration",
        remedy="drop mapped-ram, or the compression and the encryption",
        source=(
            "QEMU migration/options.c, which looks at what was set before, and "
            "migration/migration.c"
        ),
    ),
)

_DIRTY_LIMITS: Tuple[Refusal, ...] = (
    _range(
        "dirty-limit-period-range",
        "x-vcpu-dirty-limit-period",
        1,
        1000,
        "a value between 1 and 1000",
        "give 1 to 1000 ms",
        Versions(since=(8, 1)),
    ),
    Refusal(
        code="dirty-limit-zero",
        speaker="qemu",
        qemu=Versions(since=(8, 1)),
        about=_names("vcpu-dirty-limit"),
        applies=lambda c: c.parameters.get("vcpu-dirty-limit") == 0,
        problem="a dirty rate of 0 MB/s would stop the guest",
        says="Parameter 'vcpu…dirty…limit' … 1 MB/s",
        remedy="give 1 MB/s or more",
        source=_OPTIONS,
    ),
)

IN_FLIGHT: Tuple[Refusal, ...] = (
    Refusal(
        code="memory-lock",
        speaker="qemu",
        source_only=True,
        about=_names("zero-copy-send"),
        applies=lambda c: (
            "zero-copy-send" in c.capabilities
            and c.memory_mib is not None
            and c.hard_limit_mib is not None
            and c.hard_limit_mib < min(c.memory_mib, UNLIMITED_MIB)
        ),
        problem="zero-copy locks guest memory, but the <memtune> hard limit, the most that QEMU "
        "may lock, is below the guest's memory",
        says="Process can't lock enough memory for using MSG_ZEROCOPY",
        remedy="raise the hard limit to at least the guest's memory, remove it, or drop zero-copy; "
        "if QEMU still says so, raise net.core.optmem_max (20 KB before Linux 6.8)",
        source="libvirt qemu_migration.c; QEMU io/channel-socket.c",
    ),
    Refusal(
        code="zerocopy-unix",
        speaker="qemu",
        source_only=True,
        about=_URI,
        applies=lambda c: (
            "zero-copy-send" in c.capabilities and any([_is_unix(uri) for uri in c.of(_URI)])
        ),
        problem="a Unix socket cannot send without copying",
        says="Zero copy send feature not detected in host kernel",
        remedy="use TCP, or drop zero-copy",
        source="QEMU io/channel-socket.c; run with 7.2 and 11.1",
    ),
    Refusal(
        code="postcopy-tls",
        severity="harmful",
        speaker="qemu",
        qemu=Versions(until=(10, 1)),
        named=True,
        about=_names("postcopy-ram"),
        applies=lambda c: "postcopy-ram" in c.capabilities and _credentials(c) != "",
        problem=(
            "QEMU before 10.1 hangs, with the VM paused, once GnuTLS renews the keys of a "
            "connection that is in post-copy"
        ),
        remedy="drop post-copy, or the encryption, or update QEMU",
        source="run with QEMU 7.2 and 10.0 (4 of 4 each hang) and 11.1 (completes)",
    ),
)

# Accepted, but with another effect than it suggests.
IGNORED: Tuple[Refusal, ...] = (
    Refusal(
        code="level-ignored",
        severity="misleading",
        speaker="qemu",
        qemu=Versions(until=(9, 0)),
        named=True,
        about=_names("multifd-zlib-level", "multifd-zstd-level"),
        applies=lambda c: True,
        problem="QEMU before 9.0 accepts a level of zlib or zstd, but compresses with level 1",
        remedy="omit it, or update QEMU on both hosts",
        source=f"{_OPTIONS}; run with 7.2 and 10.0",
    ),
)

# libvirt sets up the destination first, without zero-copy.
QEMU_ROWS = (
    *(*_NAMES, *_EARLY, *_LATE, *_TYPES, *_PARAMETER_NAMES, *_RANGES),
    *(*_ZEROCOPY, *_STREAM, *_DIRTY_LIMITS),
)
# QEMU called directly checks the capabilities, then the parameters.
QEMU_ROWS_IF_ASKED = (
    *(*_NAMES, *_EARLY, *_ZEROCOPY, *_LATE, *_TYPES, *_PARAMETER_NAMES, *_RANGES),
    *(*_STREAM, *_DIRTY_LIMITS),
)
