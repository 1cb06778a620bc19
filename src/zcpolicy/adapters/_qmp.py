"""The settings that libvirt makes in QEMU for a call, and checks of direct QEMU calls."""

from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

import attr

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .._base.fields import BOOL, TEXT
from .._base.hints import hinted
from .._base.naming import public
from .._base.versions import Version
from ._calls import SOURCE_ONLY, Call, set_in_qemu, switched_on
from ._flags import TLS, flag_faults
from ._params import TUNING, UINT64_MAX, last_int, mapping_faults, values
from ._refusals import violations
from ._violations import VERSION, Violation

__all__ = ["Qmp", "check_qmp", "qmp"]

# MiB/s: a domain's initial value, QEMU_DOMAIN_MIG_BANDWIDTH_MAX in qemu_domain.h.
_MAX_BANDWIDTH = ((1 << 63) - 1) >> 20
_BOTH_SIDES = ("xbzrle", "postcopy-ram", "multifd", "return-path")


class Qmp(NamedTuple):
    """The settings that libvirt makes in QEMU: the arguments of `check_qmp`.

    Attributes:
        capabilities: for ``migrate-set-capabilities``, enabled or disabled.
        parameters: for ``migrate-set-parameters``, in QEMU's units.
    """

    capabilities: Dict[str, bool]
    parameters: Dict[str, Any]


@hinted
def qmp(flags: int, params: Mapping[str, Any], *, destination: bool = False) -> Qmp:
    """Return the settings that libvirt makes in the source's or destination's QEMU for a call.

    This covers the flags and parameters.  libvirt sets more for its own purposes
    (``pause-before-switchover``, ``late-block-activate``) or if both QEMUs support it
    (``postcopy-preempt``, ``switchover-ack``).  With TLS and no ``tls.destination``, it may set
    ``tls-hostname`` to the destination host.  A call that libvirt rejects (`check`) sets nothing.

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
    names = _BOTH_SIDES if destination else (*_BOTH_SIDES, *sorted(SOURCE_ONLY))
    capabilities = {name: name in on for name in names}
    # Otherwise omitted: QEMU 9.1 removed the first, and only RDMA uses the second.
    capabilities.update({name: True for name in ("compress", "rdma-pin-all") if name in on})
    parameters = set_in_qemu(value, params)
    if destination:
        for tuning in TUNING.values():
            if tuning.source_only:
                parameters.pop(tuning.name, None)
    checked = value & TLS and not destination
    for name in values(params, "tls.destination") if checked else ("",):
        if isinstance(name, str):
            parameters["tls-hostname"] = name
    if not destination:
        bandwidth = last_int(values(params, "bandwidth"), 0, UINT64_MAX)
        parameters["max-bandwidth"] = (bandwidth or _MAX_BANDWIDTH) * 1024 * 1024 & UINT64_MAX
    return Qmp(capabilities, parameters)


@hinted
def check_qmp(
    capabilities: Union[Mapping[str, bool], Iterable[Union[str, Mapping[str, Any]]]],
    parameters: Mapping[str, Any],
    *,
    qemu: Optional[Version] = None,
) -> Tuple[Violation, ...]:
    """Find settings that QEMU rejects when called directly, or accepts and then loses the VM.

    Pass the final state; the order does not matter, because ``migrate-set-capabilities`` and
    ``migrate-set-parameters`` check each other's result.  Capabilities and parameters that are not
    in the table are accepted, as QEMU gains and loses them over time.

    Args:
        capabilities: a mapping of names to bools, the names of the enabled capabilities, or a list
            in QMP's form: ``[{"capability": "multifd", "state": True}]``.
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
    """The names of the enabled capabilities, and the faults."""
    path = "capabilities"
    if isinstance(capabilities, Mapping):
        faults = mapping_faults(path, capabilities)
        if not faults:
            for name, on in capabilities.items():
                faults += BOOL.faults(f"{path}[{name!r}]", on)
        return frozenset([name for name, on in capabilities.items() if on is True]), faults
    if isinstance(capabilities, (str, bytes)) or not isinstance(capabilities, Iterable):
        expected = f"a mapping of names to true or false, a list of names, or of {_STATUS}"
        return frozenset(), [InvalidType(path, capabilities, expected)]
    states: Dict[str, Any] = {}
    faults = []
    for index, given in enumerate(capabilities):
        where = f"{path}[{index}]"
        status: Any = given if isinstance(given, Mapping) else {"capability": given, "state": True}
        found = _NAME.faults(where, given) if status is not given else _status_faults(where, status)
        faults += found
        if not found:
            states[status["capability"]] = status["state"]  # the last one wins, as in QEMU
    return frozenset([name for name, on in states.items() if on]), faults


def _status_faults(path: str, status: Mapping[Any, Any]) -> List[ZcpolicyError]:
    """The faults of a capability in QMP's form."""
    if set(status) != {"capability", "state"}:
        return [InvalidValue(path, dict(status), _STATUS)]
    return TEXT.faults(f"{path}.capability", status["capability"]) + BOOL.faults(
        f"{path}.state", status["state"]
    )


_STATUS = "{'capability': a name, 'state': true or false}"
_NAME = attr.evolve(TEXT, expected=f"a name, a string, or {_STATUS}")


public(Qmp, check_qmp, qmp, module="zcpolicy.adapters.libvirt")
