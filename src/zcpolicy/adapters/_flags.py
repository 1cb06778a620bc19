"""libvirt's migration flags: their values, their names, and as plain integers."""

import enum
from typing import Any, Iterable, List, Tuple

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, suggestion
from .._base.fields import integer

__all__ = [
    "ABORT_ON_ERROR",
    "ALWAYS",
    "AUTO_CONVERGE",
    "COMPRESSED",
    "LIVE",
    "NAMED",
    "PARALLEL",
    "PERSIST_DEST",
    "POSTCOPY",
    "TLS",
    "TUNNELLED",
    "ZEROCOPY",
    "Flag",
    "flag_faults",
    "flag_names",
    "flags_from_names",
    "plain_names",
]


class Flag(enum.IntFlag):
    """The ``virDomainMigrateFlags`` that Vdsm passes, with libvirt's names and values."""

    VIR_MIGRATE_LIVE = 1 << 0
    VIR_MIGRATE_PEER2PEER = 1 << 1
    VIR_MIGRATE_TUNNELLED = 1 << 2
    VIR_MIGRATE_PERSIST_DEST = 1 << 3
    VIR_MIGRATE_COMPRESSED = 1 << 11
    VIR_MIGRATE_ABORT_ON_ERROR = 1 << 12
    VIR_MIGRATE_AUTO_CONVERGE = 1 << 13
    VIR_MIGRATE_POSTCOPY = 1 << 15
    VIR_MIGRATE_TLS = 1 << 16
    VIR_MIGRATE_PARALLEL = 1 << 17
    VIR_MIGRATE_ZEROCOPY = 1 << 20


# Plain integers: IntFlag arithmetic creates an object at every step.
LIVE = int(Flag.VIR_MIGRATE_LIVE)
TUNNELLED = int(Flag.VIR_MIGRATE_TUNNELLED)
PERSIST_DEST = int(Flag.VIR_MIGRATE_PERSIST_DEST)
COMPRESSED = int(Flag.VIR_MIGRATE_COMPRESSED)
ABORT_ON_ERROR = int(Flag.VIR_MIGRATE_ABORT_ON_ERROR)
AUTO_CONVERGE = int(Flag.VIR_MIGRATE_AUTO_CONVERGE)
POSTCOPY = int(Flag.VIR_MIGRATE_POSTCOPY)
TLS = int(Flag.VIR_MIGRATE_TLS)
PARALLEL = int(Flag.VIR_MIGRATE_PARALLEL)
ZEROCOPY = int(Flag.VIR_MIGRATE_ZEROCOPY)
# Set in every migration that Vdsm starts.
ALWAYS = int(Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_PEER2PEER)

_NAMES = tuple((int(flag), flag.name or "") for flag in Flag)
_BITS = {name: bit for bit, name in _NAMES}
_PREFIX = "VIR_MIGRATE_"
# All flags that have a name here.
NAMED = sum(_BITS.values())
_FLAGS_MAX = (1 << 32) - 1
_FLAGS = integer(0, _FLAGS_MAX)


def flag_names(flags: int) -> Tuple[str, ...]:
    """The names of the flags that are set, in the order of their values.

    Bits without a name in `Flag` are omitted.

    Raises:
        ZcpolicyError: the flags are not an integer.
    """
    raise_all(flag_faults(flags))
    return tuple(plain_names(int(flags)))


def plain_names(flags: int) -> List[str]:
    """The names of `flag_names`, for flags that are known to be good."""
    return [name for bit, name in _NAMES if flags & bit]


def flags_from_names(names: Iterable[str]) -> Flag:
    """The flags with these names, in any order; the reverse of `flag_names`.

    Raises:
        ZcpolicyError: a name is not in `Flag`; the error lists every such name.
    """
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise InvalidType("names", names, f"a list of names such as {_PREFIX}LIVE")
    faults: List[ZcpolicyError] = []
    flags = 0
    for index, name in enumerate(names):
        path = f"names[{index}]"
        expected = f"the name of a flag such as {_PREFIX}LIVE"
        if not isinstance(name, str):
            faults.append(InvalidType(path, name, expected))
        elif name not in _BITS:
            full = name if name.startswith(_PREFIX) else _PREFIX + name
            hint = suggestion(full.upper(), _BITS)
            faults.append(InvalidValue(path, name, expected, f"{name!r} is not {expected}{hint}"))
        else:
            flags |= _BITS[name]
    raise_all(faults)
    return Flag(flags)


def flag_faults(flags: Any) -> List[ZcpolicyError]:
    """What is wrong with an argument that is to be flags."""
    # A Flag, or a like enumeration of another library, is an integer.
    return _FLAGS.faults("flags", int(flags) if isinstance(flags, enum.IntFlag) else flags)
