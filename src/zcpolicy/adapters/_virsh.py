"""Write a call as a virsh command; the tables serve who reads one, too."""

from typing import Any, List, Mapping, Optional, Tuple

from .._base.errors import InvalidValue, ZcpolicyError, raise_all, suggestion
from .._base.fields import Kind, integer, optional
from ._flags import NAMED, flag_faults, flag_names
from ._params import INT32_MAX, INT32_MIN, UINT64_MAX, mapping_faults, values

__all__ = ["VIRSH_FLAGS", "VIRSH_OPTIONS", "virsh_arguments"]


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
        ZcpolicyError: an argument is not as said here, or virsh cannot say it: a flag without a
            name here, a number that is none, XML (virsh reads it from a file).

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


# libvirt's flags and parameters, and virsh's options for them.
VIRSH_FLAGS = {
    "VIR_MIGRATE_LIVE": "--live",
    "VIR_MIGRATE_PEER2PEER": "--p2p",
    "VIR_MIGRATE_TUNNELLED": "--tunnelled",
    "VIR_MIGRATE_PERSIST_DEST": "--persistent",
    "VIR_MIGRATE_COMPRESSED": "--compressed",
    "VIR_MIGRATE_ABORT_ON_ERROR": "--abort-on-error",
    "VIR_MIGRATE_AUTO_CONVERGE": "--auto-converge",
    "VIR_MIGRATE_POSTCOPY": "--postcopy",
    "VIR_MIGRATE_TLS": "--tls",
    "VIR_MIGRATE_PARALLEL": "--parallel",
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
_INT = integer(INT32_MIN, INT32_MAX)
_UNSIGNED = integer(0, UINT64_MAX)
VIRSH_OPTIONS: Mapping[str, Tuple[str, Kind]] = {
    "bandwidth": ("--bandwidth", _UNSIGNED),
    "bandwidth.postcopy": ("--postcopy-bandwidth", _UNSIGNED),
    "bandwidth.avail.switchover": ("--available-switchover-bandwidth", _UNSIGNED),
    "parallel.connections": ("--parallel-connections", _INT),
    "auto_converge.initial": ("--auto-converge-initial", _INT),
    "auto_converge.increment": ("--auto-converge-increment", _INT),
    "compression": ("--comp-methods", _METHOD),
    "compression.mt.level": ("--comp-mt-level", _INT),
    "compression.mt.threads": ("--comp-mt-threads", _INT),
    "compression.mt.dthreads": ("--comp-mt-dthreads", _INT),
    "compression.xbzrle.cache": ("--comp-xbzrle-cache", _UNSIGNED),
    "compression.zlib.level": ("--comp-zlib-level", _INT),
    "compression.zstd.level": ("--comp-zstd-level", _INT),
    "migrate_uri": ("--migrateuri", _ARGUMENT),
    "graphics_uri": ("--graphicsuri", _ARGUMENT),
    "tls.destination": ("--tls-destination", _ARGUMENT),
}


def _option_faults(name: str, values: Tuple[Any, ...]) -> List[ZcpolicyError]:
    """What virsh cannot express."""
    path = f"params[{name!r}]"
    if name not in VIRSH_OPTIONS:
        expected = "a parameter that is said to virsh here: " + ", ".join(VIRSH_OPTIONS)
        hint = suggestion(name, VIRSH_OPTIONS)
        return [InvalidValue(path, values, expected, f"{name!r} is not {expected}{hint}")]
    kind = VIRSH_OPTIONS[name][1]
    if len(values) > 1 and name != "compression":
        return [InvalidValue(path, values, "one value")]
    return [
        fault
        for value in values
        for fault in kind.faults(path, int(value) if isinstance(value, bool) else value)
    ]
