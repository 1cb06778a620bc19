"""Write a call as a virsh command; the tables also serve to read one."""

from typing import Any, List, Mapping, Optional, Tuple

from .._base.errors import InvalidValue, ZcpolicyError, raise_all, suggestion
from .._base.fields import Kind, integer, optional
from .._base.hints import hinted
from .._base.naming import public
from ._flags import NAMED, flag_faults, flag_names
from ._params import INT32_MAX, INT32_MIN, LISTS, UINT64_MAX, mapping_faults, values

__all__ = ["VIRSH_FLAGS", "VIRSH_OPTIONS", "virsh_arguments"]


@hinted
def virsh_arguments(
    flags: int,
    params: Mapping[str, Any],
    *,
    domain: Optional[str] = None,
    desturi: Optional[str] = None,
) -> Tuple[str, ...]:
    """The arguments for ``virsh`` to make this call.

    Args:
        flags: a `Flag`, or an integer with no other bits.
        params: the typed parameters by their libvirt names.
        domain: the VM's name, id or UUID; None omits it.
        desturi: libvirt's URI of the destination host; None omits it.

    Raises:
        ZcpolicyError: an argument is invalid, or virsh cannot express it: an unknown flag, a value
            that is not a number where virsh takes one, XML (which virsh reads from a file).

    Source: libvirt ``tools/virsh-domain.c``, the options of ``virsh migrate``.
    """
    faults = flag_faults(flags) + mapping_faults("params", params)
    if not faults:
        if int(flags) & ~NAMED:
            expected = "flags of zcpolicy.adapters.libvirt.Flag"
            faults.append(InvalidValue("flags", flags, expected))
        for name in params:
            faults += _option_faults(name, values(params, name))
    # Passed as options, in case a name starts with a dash.
    names = (("domain", domain), ("desturi", desturi))
    for path, text in names:
        faults += optional(_ARGUMENT).faults(path, text)
    raise_all(faults)
    arguments = ["migrate"]
    arguments += [VIRSH_FLAGS[name] for name in flag_names(flags)]
    for name in params:
        given = values(params, name)
        if given:
            # int() because a bool counts as 1 or 0.
            texts = [value if isinstance(value, str) else str(int(value)) for value in given]
            arguments += [VIRSH_OPTIONS[name][0], ",".join(texts)]
    for option, text in names:
        if text is not None:
            arguments += [f"--{option}", text]
    return tuple(arguments)


# libvirt's flags and parameters, each with virsh's option.
VIRSH_FLAGS = {
    "VIR_MIGRATE_LIVE": "--live",
    "VIR_MIGRATE_PEER2PEER": "--p2p",
    "VIR_MIGRATE_TUNNELLED": "--tunnelled",
    "VIR_MIGRATE_PERSIST_DEST": "--persistent",
    "VIR_MIGRATE_UNDEFINE_SOURCE": "--undefinesource",
    "VIR_MIGRATE_PAUSED": "--suspend",
    "VIR_MIGRATE_NON_SHARED_DISK": "--copy-storage-all",
    "VIR_MIGRATE_NON_SHARED_INC": "--copy-storage-inc",
    "VIR_MIGRATE_CHANGE_PROTECTION": "--change-protection",
    "VIR_MIGRATE_UNSAFE": "--unsafe",
    "VIR_MIGRATE_OFFLINE": "--offline",
    "VIR_MIGRATE_COMPRESSED": "--compressed",
    "VIR_MIGRATE_ABORT_ON_ERROR": "--abort-on-error",
    "VIR_MIGRATE_AUTO_CONVERGE": "--auto-converge",
    "VIR_MIGRATE_RDMA_PIN_ALL": "--rdma-pin-all",
    "VIR_MIGRATE_POSTCOPY": "--postcopy",
    "VIR_MIGRATE_TLS": "--tls",
    "VIR_MIGRATE_PARALLEL": "--parallel",
    "VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES": "--copy-storage-synchronous-writes",
    "VIR_MIGRATE_POSTCOPY_RESUME": "--postcopy-resume",
    "VIR_MIGRATE_ZEROCOPY": "--zerocopy",
}
_ARGUMENT = Kind(
    types=(str,),
    expected="a string, not empty and without NUL",
    accepts=lambda value: value != "" and "\0" not in value,
)
_METHOD = Kind(
    types=(str,),
    expected="the name of a compression method",
    accepts=lambda value: value.isalnum(),
)
_DISK = Kind(
    types=(str,),
    expected="a disk's name, without a comma",
    accepts=lambda value: value != "" and "\0" not in value and "," not in value,
)
_INT32 = integer(INT32_MIN, INT32_MAX)
_UINT64 = integer(0, UINT64_MAX)
VIRSH_OPTIONS: Mapping[str, Tuple[str, Kind]] = {
    "bandwidth": ("--bandwidth", _UINT64),
    "parallel.connections": ("--parallel-connections", _INT32),
    "compression": ("--comp-methods", _METHOD),
    "migrate_uri": ("--migrateuri", _ARGUMENT),
    "graphics_uri": ("--graphicsuri", _ARGUMENT),
    "tls.destination": ("--tls-destination", _ARGUMENT),
    "listen_address": ("--listen-address", _ARGUMENT),
    "destination_name": ("--dname", _ARGUMENT),
    "migrate_disks": ("--migrate-disks", _DISK),
    "migrate_disks_detect_zeroes": ("--migrate-disks-detect-zeroes", _DISK),
    "migrate_disks_target_zero": ("--migrate-disks-target-zero", _DISK),
    "disks_port": ("--disks-port", _INT32),
    "disks_uri": ("--disks-uri", _ARGUMENT),
    "compression.mt.level": ("--comp-mt-level", _INT32),
    "compression.mt.threads": ("--comp-mt-threads", _INT32),
    "compression.mt.dthreads": ("--comp-mt-dthreads", _INT32),
    "compression.xbzrle.cache": ("--comp-xbzrle-cache", _UINT64),
    "compression.zlib.level": ("--comp-zlib-level", _INT32),
    "compression.zstd.level": ("--comp-zstd-level", _INT32),
    "auto_converge.initial": ("--auto-converge-initial", _INT32),
    "auto_converge.increment": ("--auto-converge-increment", _INT32),
    "bandwidth.postcopy": ("--postcopy-bandwidth", _UINT64),
    "bandwidth.avail.switchover": ("--available-switchover-bandwidth", _UINT64),
}
# XML, which virsh reads from a file.
_FILES = {"destination_xml": "--xml", "persistent_xml": "--persistent-xml"}


def _option_faults(name: str, values: Tuple[Any, ...]) -> List[ZcpolicyError]:
    """The faults of a parameter that virsh cannot express."""
    path = f"params[{name!r}]"
    if name in _FILES:
        expected = f"no XML: virsh reads it from a file, with {_FILES[name]} FILE"
        return [InvalidValue(path, values, expected)]
    if name not in VIRSH_OPTIONS:
        expected = "a parameter that virsh has an option for: " + ", ".join(VIRSH_OPTIONS)
        hint = suggestion(name, VIRSH_OPTIONS)
        return [InvalidValue(path, values, expected, f"{name!r} is not {expected}{hint}")]
    kind = VIRSH_OPTIONS[name][1]
    if len(values) > 1 and name not in LISTS:
        return [InvalidValue(path, values, "one value")]
    return [
        fault
        for value in values
        for fault in kind.faults(path, int(value) if isinstance(value, bool) else value)
    ]


public(virsh_arguments, module="zcpolicy.adapters.libvirt")
