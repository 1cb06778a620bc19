"""libvirt's words: the flags of a migration.  libvirt itself is not imported."""

import enum
from typing import Tuple

__all__ = ["Flag", "flag_names"]


class Flag(enum.IntFlag):
    """``virDomainMigrateFlags``, those that Vdsm passes, with libvirt's names and values."""

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


_NAMES = tuple((int(flag), flag.name or "") for flag in Flag)


def flag_names(flags: int) -> Tuple[str, ...]:
    """The names of the flags that are set, in the order of their values."""
    value = int(flags)
    return tuple([name for bit, name in _NAMES if value & bit])
