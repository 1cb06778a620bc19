"""libvirt's migration flags: their values and names."""

import enum
from typing import Any, Iterable, List, Tuple

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .._base.fields import integer
from .._base.hints import hinted
from .._base.naming import public

__all__ = [
    "ABORT_ON_ERROR",
    "ALWAYS",
    "AUTO_CONVERGE",
    "COMPRESSED",
    "LIVE",
    "NAMED",
    "NON_SHARED_DISK",
    "NON_SHARED_INC",
    "OFFLINE",
    "PARALLEL",
    "PAUSED",
    "PERSIST_DEST",
    "POSTCOPY",
    "POSTCOPY_RESUME",
    "RDMA_PIN_ALL",
    "SYNCHRONOUS_WRITES",
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
    """libvirt's ``virDomainMigrateFlags``, with their names and values."""

    VIR_MIGRATE_LIVE = 1 << 0
    VIR_MIGRATE_PEER2PEER = 1 << 1
    VIR_MIGRATE_TUNNELLED = 1 << 2
    VIR_MIGRATE_PERSIST_DEST = 1 << 3
    VIR_MIGRATE_UNDEFINE_SOURCE = 1 << 4
    VIR_MIGRATE_PAUSED = 1 << 5
    VIR_MIGRATE_NON_SHARED_DISK = 1 << 6
    VIR_MIGRATE_NON_SHARED_INC = 1 << 7
    VIR_MIGRATE_CHANGE_PROTECTION = 1 << 8
    VIR_MIGRATE_UNSAFE = 1 << 9
    VIR_MIGRATE_OFFLINE = 1 << 10
    VIR_MIGRATE_COMPRESSED = 1 << 11
    VIR_MIGRATE_ABORT_ON_ERROR = 1 << 12
    VIR_MIGRATE_AUTO_CONVERGE = 1 << 13
    VIR_MIGRATE_RDMA_PIN_ALL = 1 << 14
    VIR_MIGRATE_POSTCOPY = 1 << 15
    VIR_MIGRATE_TLS = 1 << 16
    VIR_MIGRATE_PARALLEL = 1 << 17
    VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES = 1 << 18
    VIR_MIGRATE_POSTCOPY_RESUME = 1 << 19
    VIR_MIGRATE_ZEROCOPY = 1 << 20


# Plain integers: IntFlag arithmetic creates an object at every step.
LIVE = int(Flag.VIR_MIGRATE_LIVE)
TUNNELLED = int(Flag.VIR_MIGRATE_TUNNELLED)
PERSIST_DEST = int(Flag.VIR_MIGRATE_PERSIST_DEST)
PAUSED = int(Flag.VIR_MIGRATE_PAUSED)
NON_SHARED_DISK = int(Flag.VIR_MIGRATE_NON_SHARED_DISK)
NON_SHARED_INC = int(Flag.VIR_MIGRATE_NON_SHARED_INC)
OFFLINE = int(Flag.VIR_MIGRATE_OFFLINE)
COMPRESSED = int(Flag.VIR_MIGRATE_COMPRESSED)
ABORT_ON_ERROR = int(Flag.VIR_MIGRATE_ABORT_ON_ERROR)
AUTO_CONVERGE = int(Flag.VIR_MIGRATE_AUTO_CONVERGE)
RDMA_PIN_ALL = int(Flag.VIR_MIGRATE_RDMA_PIN_ALL)
POSTCOPY = int(Flag.VIR_MIGRATE_POSTCOPY)
TLS = int(Flag.VIR_MIGRATE_TLS)
PARALLEL = int(Flag.VIR_MIGRATE_PARALLEL)
SYNCHRONOUS_WRITES = int(Flag.VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES)
POSTCOPY_RESUME = int(Flag.VIR_MIGRATE_POSTCOPY_RESUME)
ZEROCOPY = int(Flag.VIR_MIGRATE_ZEROCOPY)
# Set in every migration that Vdsm starts.
ALWAYS = int(Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_PEER2PEER)

_NAMES = tuple((int(flag), flag.name or "") for flag in Flag)
_BITS = {name: bit for bit, name in _NAMES}
_PREFIX = "VIR_MIGRATE_"
# The fewest letters that count as a prefix, the most that are compared, and the similarity of a
# misspelt name.  Below that, words differ in meaning: POSTCOPY_PREEMPT is not POSTCOPY_RESUME.
_SHORTEST = 4
_LONGEST = 40
_ALIKE = 0.88
# All of libvirt's flags.
NAMED = sum(_BITS.values())
_FLAGS_MAX = (1 << 32) - 1
_FLAGS = integer(0, _FLAGS_MAX)


@hinted
def flag_names(flags: int) -> Tuple[str, ...]:
    """The names of the flags that are set, in the order of their values.

    Bits without a name in `Flag` are omitted.

    Raises:
        ZcpolicyError: the flags are not an integer.
    """
    raise_all(flag_faults(flags))
    return tuple(plain_names(int(flags)))


def plain_names(flags: int) -> List[str]:
    """`flag_names` for flags that are known to be valid."""
    return [name for bit, name in _NAMES if flags & bit]


@hinted
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
            hint = _suggestion(name)
            faults.append(InvalidValue(path, name, expected, f"{name!r} is not {expected}{hint}"))
        else:
            flags |= _BITS[name]
    raise_all(faults)
    return Flag(flags)


def _suggestion(name: str) -> str:
    """A hint at the flag that *name* misspells or abbreviates; empty if there is none."""
    import difflib  # only needed for errors

    word = name.upper()[: len(_PREFIX) + _LONGEST]
    word = (word[len(_PREFIX) :] if word.startswith(_PREFIX) else word).replace("_", "")
    known = {full[len(_PREFIX) :].replace("_", ""): full for full in _BITS}
    longer = [plain for plain in known if len(word) >= _SHORTEST and plain.startswith(word)]
    close = difflib.get_close_matches(word, known, 1, _ALIKE)
    meant = longer if len(longer) == 1 else close
    return f"; did you mean {known[meant[0]]!r}?" if meant else ""


def flag_faults(flags: Any) -> List[ZcpolicyError]:
    """The faults of an argument that should be flags."""
    # A Flag, or an IntFlag of another library, is an integer.
    return _FLAGS.faults("flags", int(flags) if isinstance(flags, enum.IntFlag) else flags)


public(Flag, flag_names, flags_from_names, module="zcpolicy.adapters.libvirt")
