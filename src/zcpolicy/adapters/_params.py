"""libvirt's typed parameters from the caller: names, types, one value or several."""

from typing import Any, FrozenSet, List, Mapping, NamedTuple, Optional, Tuple

from .._base.errors import InvalidType, ZcpolicyError

__all__ = [
    "INT32_MAX",
    "INT32_MIN",
    "INTEGERS",
    "LISTS",
    "PARAMETERS",
    "SIZES",
    "TEXTS",
    "TUNING",
    "UINT64_MAX",
    "Tuning",
    "last_int",
    "mapping_faults",
    "values",
]

UINT64_MAX = (1 << 64) - 1
INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
_ABSENT: Any = object()

# libvirt-domain.h, VIR_MIGRATE_PARAM_*, of libvirt 12.8: 32-bit integers, unsigned 64-bit integers,
# and strings.
INTEGERS: FrozenSet[str] = frozenset(
    (
        *("auto_converge.increment", "auto_converge.initial", "compression.mt.dthreads"),
        *("compression.mt.level", "compression.mt.threads", "compression.zlib.level"),
        *("compression.zstd.level", "disks_port", "parallel.connections"),
    )
)
SIZES: FrozenSet[str] = frozenset(
    (
        *("bandwidth", "bandwidth.avail.switchover", "bandwidth.postcopy"),
        "compression.xbzrle.cache",
    )
)
TEXTS: FrozenSet[str] = frozenset(
    (
        *("compression", "destination_name", "destination_xml", "disks_uri", "graphics_uri"),
        *("listen_address", "migrate_disks", "migrate_disks_detect_zeroes"),
        *("migrate_disks_target_zero", "migrate_uri", "persistent_xml", "tls.destination"),
    )
)
PARAMETERS = INTEGERS | SIZES | TEXTS
# Parameters that may repeat.
LISTS: FrozenSet[str] = frozenset(
    (
        *("compression", "migrate_disks", "migrate_disks_detect_zeroes"),
        "migrate_disks_target_zero",
    )
)


class Tuning(NamedTuple):
    """A typed parameter that libvirt passes on to QEMU as a number.

    Attributes:
        name: QEMU's name.
        unit: libvirt's unit in QEMU's units.
        source_only: whether only the source's QEMU gets it.
    """

    name: str
    unit: int = 1
    source_only: bool = False


# libvirt, qemu_migration_params.c, qemuMigrationParamsTPMap, without ``bandwidth``, which libvirt
# sets separately.
TUNING: Mapping[str, Tuning] = {
    "auto_converge.initial": Tuning("cpu-throttle-initial", source_only=True),
    "auto_converge.increment": Tuning("cpu-throttle-increment", source_only=True),
    "compression.mt.level": Tuning("compress-level"),
    "compression.mt.threads": Tuning("compress-threads"),
    "compression.mt.dthreads": Tuning("decompress-threads"),
    "compression.xbzrle.cache": Tuning("xbzrle-cache-size"),
    "bandwidth.postcopy": Tuning("max-postcopy-bandwidth", 1 << 20),
    "bandwidth.avail.switchover": Tuning("avail-switchover-bandwidth", 1 << 20, True),
    "parallel.connections": Tuning("multifd-channels"),
    "compression.zlib.level": Tuning("multifd-zlib-level"),
    "compression.zstd.level": Tuning("multifd-zstd-level"),
}


def mapping_faults(path: str, mapping: Any) -> List[ZcpolicyError]:
    """The faults of an argument that should map names to values."""
    if not isinstance(mapping, Mapping):
        return [InvalidType(path, mapping, "a mapping of names to values")]
    return [
        InvalidType(path, name, "a name, a string") for name in mapping if not isinstance(name, str)
    ]


def values(params: Mapping[str, Any], name: str) -> Tuple[Any, ...]:
    """The values of a parameter: a list repeats it, an empty list omits it."""
    value = params.get(name, _ABSENT)
    if value is _ABSENT:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def last_int(values: Tuple[Any, ...], low: int, high: int) -> Optional[int]:
    """The last number in range, which is the one that reaches libvirt; True is 1."""
    numbers = [int(value) for value in values if isinstance(value, int) and low <= value <= high]
    return numbers[-1] if numbers else None
