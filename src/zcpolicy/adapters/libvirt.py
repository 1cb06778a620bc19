"""libvirt's formats: the flags and parameters of a migration, and their effect in QEMU.

libvirt itself is not imported.  ``_refusals`` lists what libvirt and QEMU reject.

    >>> from zcpolicy.adapters.libvirt import Flag, check
    >>> flags = Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_ZEROCOPY
    >>> [violation.code for violation in check(flags, {})]
    ['zerocopy-without-parallel']
"""

from typing import Any, List, Mapping, Optional, Tuple

from .._base.errors import raise_all
from .._base.fields import BOOL, integer, optional
from .._base.hints import hinted
from .._base.versions import Version
from ._calls import call_of
from ._flags import Flag, flag_faults, flag_names, flags_from_names
from ._params import mapping_faults
from ._qmp import Qmp, check_qmp, qmp
from ._refusals import violations
from ._violations import VERSION, Violation
from ._virsh import virsh_arguments

__all__ = [
    "Flag",
    "Qmp",
    "Violation",
    "check",
    "check_qmp",
    "flag_names",
    "flags_from_names",
    "qmp",
    "virsh_arguments",
]

_MEMORY = optional(integer(1, (1 << 63) - 1))


@hinted
def check(
    flags: int,
    params: Mapping[str, Any],
    *,
    paused: bool = False,
    memory_mib: Optional[int] = None,
    hard_limit_mib: Optional[int] = None,
    libvirt: Optional[Version] = None,
    qemu: Optional[Version] = None,
) -> Tuple[Violation, ...]:
    """Find what libvirt and QEMU reject in a ``virDomainMigrateToURI3`` call, or accept with harm.

    Reports everything wrong with the call, in the order in which it would come up, including values
    that libvirt's Python binding cannot convert.
    Not checked: whatever depends on the hosts (addresses, certificates, RDMA, build options) or on
    the VM (its disks, a failed post-copy), the contents of XML, and who performs the migration (a
    client, without VIR_MIGRATE_PEER2PEER).

    Args:
        flags: a `Flag`, or an integer of 32 bits.
        params: the typed parameters by their libvirt names; a list repeats a parameter.
        paused: whether the VM is paused.
        memory_mib: the guest's memory, MiB; None if unknown.
        hard_limit_mib: its ``<memtune>`` hard limit, MiB; None if it has none, or if QEMU runs
            with CAP_IPC_LOCK (for example as root), so the kernel does not enforce the limit.
            8796093022207 (9007199254740991 KiB) is libvirt's value for no limit.
        libvirt: the version of libvirt on both hosts, ``(9, 0, 0)``.
        qemu: the version of QEMU on both hosts.  If a version is None, a row is reported if it
            holds for any supported version: libvirt from 8.5 and QEMU from 7.1.

    Raises:
        ZcpolicyError: an argument is invalid.

    Source: ``docs/refusals.md``, the table with the source of each row.
    """
    raise_all(
        flag_faults(flags)
        + mapping_faults("params", params)
        + BOOL.faults("paused", paused)
        + _MEMORY.faults("memory_mib", memory_mib)
        + _MEMORY.faults("hard_limit_mib", hard_limit_mib)
        + VERSION.faults("libvirt", libvirt)
        + VERSION.faults("qemu", qemu)
    )
    call = call_of(
        int(flags),
        params,
        paused=paused,
        memory_mib=memory_mib,
        hard_limit_mib=hard_limit_mib,
    )
    return violations(call, libvirt, qemu)


def __dir__() -> List[str]:
    return __all__
