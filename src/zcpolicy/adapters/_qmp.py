"""What libvirt sets in QEMU for a call, and what QEMU rejects when called directly."""

from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

from .._base.errors import InvalidType, ZcpolicyError, raise_all
from .._base.fields import BOOL, TEXT
from ._calls import Call, set_in_qemu, switched_on
from ._flags import TLS, flag_faults
from ._params import UINT64_MAX, last_int, mapping_faults, values
from ._refusals import violations
from ._violations import VERSION, Version, Violation

__all__ = ["Qmp", "check_qmp", "qmp"]

# MiB/s: what a domain starts with, QEMU_DOMAIN_MIG_BANDWIDTH_MAX in qemu_domain.h.
_MAX_BANDWIDTH = ((1 << 63) - 1) >> 20
_BOTH_SIDES = ("xbzrle", "postcopy-ram", "multifd", "return-path")
_SOURCE_ONLY = ("auto-converge", "zero-copy-send")


class Qmp(NamedTuple):
    """What libvirt sets in QEMU, capabilities first: the arguments of `check_qmp`.

    Attributes:
        capabilities: for ``migrate-set-capabilities``, enabled or disabled.
        parameters: for ``migrate-set-parameters``, in QEMU's units.
    """

    capabilities: Dict[str, bool]
    parameters: Dict[str, Any]


def qmp(flags: int, params: Mapping[str, Any], *, destination: bool = False) -> Qmp:
    """What libvirt sets in the source's QEMU, or the destination's, for this call.

    This covers the flags and parameters.  libvirt sets more for its own purposes
    (``pause-before-switchover``, ``late-block-activate``) or where both QEMUs have it
    (``postcopy-preempt``, ``switchover-ack``); with TLS and no ``tls.destination`` it may name the
    destination's host in ``tls-hostname``.  A call that libvirt rejects (`check`) sets nothing.

    Args:
        flags: a `Flag`, or an integer of 32 bits.
        params: the typed parameters by their libvirt names.
        destination: whether to return the settings of the destination's QEMU.

    Returns:
        ``max-bandwidth`` is in bytes/s; without a bandwidth it is a VM's initial value, effectively
        unlimited.  ``tls-creds`` is the id that libvirt gives its object.  Non-integer values are
        omitted where an integer is needed.

    Raises:
        ZcpolicyError: an argument is invalid.

    Source: libvirt ``qemu_migration_params.c``, ``qemu_migration.c``.
    """
    raise_all(
        flag_faults(flags)
        + mapping_faults("params", params)
        + BOOL.faults("destination", destination)
    )
    value = int(flags)
    methods = values(params, "compression")
    on = switched_on(value, methods)
    names = _BOTH_SIDES if destination else _BOTH_SIDES + _SOURCE_ONLY
    capabilities = {name: name in on for name in names}
    if "compress" in on:  # omitted otherwise: QEMU 9.1 does not know it
        capabilities["compress"] = True
    parameters = set_in_qemu(value, values(params, "parallel.connections"), methods)
    checked = value & TLS and not destination
    for name in values(params, "tls.destination") if checked else ("",):
        if isinstance(name, str):
            parameters["tls-hostname"] = name
    if not destination:
        bandwidth = last_int(values(params, "bandwidth"), 0, UINT64_MAX)
        parameters["max-bandwidth"] = (bandwidth or _MAX_BANDWIDTH) * 1024 * 1024 & UINT64_MAX
    return Qmp(capabilities, parameters)


def check_qmp(
    capabilities: Union[Mapping[str, bool], Iterable[str]],
    parameters: Mapping[str, Any],
    *,
    qemu: Optional[Version] = None,
) -> Tuple[Violation, ...]:
    """What QEMU rejects when called directly, or accepts and then loses the VM.

    Pass the final state; the order does not matter, because ``migrate-set-capabilities`` and
    ``migrate-set-parameters`` check each other's result.  Capabilities and parameters that are not
    in the table are accepted, as QEMU gains and loses them over time.

    Args:
        capabilities: a mapping of names to bools, or the names of those enabled.
        parameters: the parameters by QEMU's names and in its units: ``max-bandwidth`` in bytes/s,
            ``downtime-limit`` in ms.
        qemu: the version of QEMU; None: any supported version.

    Raises:
        ZcpolicyError: an argument is invalid.
    """
    names, faults = _capability_names(capabilities)
    raise_all(faults + mapping_faults("parameters", parameters) + VERSION.faults("qemu", qemu))
    return violations(Call(capabilities=names, parameters=parameters, direct=True), None, qemu)


def _capability_names(capabilities: Any) -> Tuple[FrozenSet[str], List[ZcpolicyError]]:
    """The names of those enabled, and the faults."""
    path = "capabilities"
    if isinstance(capabilities, Mapping):
        faults = mapping_faults(path, capabilities)
        if not faults:
            for name, on in capabilities.items():
                faults += BOOL.faults(f"{path}[{name!r}]", on)
        return frozenset([name for name, on in capabilities.items() if on is True]), faults
    if isinstance(capabilities, (str, bytes)) or not isinstance(capabilities, Iterable):
        expected = "a mapping of names to true or false, or a list of names"
        return frozenset(), [InvalidType(path, capabilities, expected)]
    names = list(capabilities)
    faults = []
    for index, name in enumerate(names):
        faults += TEXT.faults(f"{path}[{index}]", name)
    return frozenset() if faults else frozenset(names), faults
