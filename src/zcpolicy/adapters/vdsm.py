"""Vdsm's formats: a host's capabilities, and how Vdsm handles a ``VM.migrate`` request.

Source: Vdsm ``virt/migration.py`` (``SourceThread``), ``common/conv.py`` for truth values.
"""

from typing import Any, Dict, List, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidType, raise_all
from .._base.fields import LEVEL, instance, optional
from .._base.hints import hinted
from .._base.versions import version_text
from .._model.capabilities import host_from_caps
from .._model.engine_config import level_key
from .._model.inputs import VM, Host
from ._calls import SOURCE_ONLY, call_of
from ._flags import (
    ABORT_ON_ERROR,
    ALWAYS,
    AUTO_CONVERGE,
    COMPRESSED,
    PARALLEL,
    PERSIST_DEST,
    POSTCOPY,
    TLS,
    TUNNELLED,
    ZEROCOPY,
    Flag,
)
from ._libvirt_call import LibvirtCall
from ._oddities import HARMFUL_ODDITIES, Asked, oddities, passes_zerocopy
from ._refusals import refusals
from ._repair import Checked, Repair, repaired
from ._request import Reading, read, read_schedule
from ._violations import Refusal, Violation

__all__ = [
    "LibvirtCall",
    "Repair",
    "Violation",
    "check",
    "host_from_caps",
    "libvirt_call",
    "repair",
]

_PERSIST_DEST_SINCE = (4, 2)


@hinted
def libvirt_call(request: Mapping[str, Any], host: Host, *, level: Optional[str]) -> LibvirtCall:
    """The libvirt call that Vdsm on *host* makes for a ``VM.migrate`` request.

    Args:
        request: the parameters of the call; unknown keys are ignored, as in Vdsm.
        host: the source host; zero-copy is dropped if its Vdsm or libvirt binding does not support
            it.  The version of libvirt does not matter: Vdsm does not check it.
        level: the VM's compatibility level; None if Vdsm does not know it.

    Raises:
        ZcpolicyError: an argument is invalid, or a value crashes Vdsm.
    """
    _check_arguments(request, host, None, level, None)
    flags, params = plain_call(request, host, level)
    return LibvirtCall(flags=Flag(flags), params=params)


def plain_call(
    request: Mapping[str, Any], host: Host, level: Optional[str]
) -> Tuple[int, Dict[str, Any]]:
    """The flags and parameters of `libvirt_call`, for arguments that are known to be valid."""
    reading = read(request, host.vdsm)
    raise_all(reading.faults)
    return _flags(reading, host, level), _params(reading)


def _flags(reading: Reading, host: Host, level: Optional[str]) -> int:
    flags = ALWAYS
    if reading.tunnelled:
        flags |= TUNNELLED
    if level is not None and level_key(level) >= _PERSIST_DEST_SINCE:
        flags |= PERSIST_DEST
    if reading.compressed:
        flags |= COMPRESSED
    if reading.abort_on_error:
        flags |= ABORT_ON_ERROR
    if reading.auto_converge:
        flags |= AUTO_CONVERGE
    if reading.postcopy:
        flags |= POSTCOPY
    if reading.encrypted:
        flags |= TLS
    if reading.connections is not None:
        flags |= PARALLEL
    if reading.zerocopy and passes_zerocopy(host):
        flags |= ZEROCOPY
    return flags


def _params(reading: Reading) -> Dict[str, Any]:
    params: Dict[str, Any] = {}
    if reading.bandwidth != 0:
        params["bandwidth"] = reading.bandwidth
    if reading.connections is not None:
        params["parallel.connections"] = reading.connections
    return params


@hinted
def check(
    request: Mapping[str, Any],
    host: Host,
    vm: Optional[VM] = None,
    *,
    level: Optional[str],
    destination: Optional[Host] = None,
) -> Tuple[Violation, ...]:
    """Find everything in a ``VM.migrate`` request that is rejected, harmful or misread.

    Args:
        request: the parameters of the call.
        host: the source host.
        vm: the VM; without it, pausing and lockable memory are not checked.
        level: the VM's compatibility level; None if Vdsm does not know it.
        destination: the destination host; None means one like the source.

    Raises:
        ZcpolicyError: an argument is invalid.

    What libvirt and QEMU reject depends on the versions of both hosts; a message that depends on
    them names them.  If a host's versions are unknown, everything that any supported version
    rejects is reported.
    """
    _check_arguments(request, host, vm, level, destination)
    asked = _asked(request, host, destination)
    own = [violation for _, violation in oddities(asked)]
    return (*own, *_call_violations(asked, vm, level))


def _asked(request: Mapping[str, Any], host: Host, destination: Optional[Host]) -> Asked:
    reading, schedule = read(request, host.vdsm), read_schedule(request, host.vdsm)
    return Asked(request, host, reading, schedule, destination)


def _call_violations(asked: Asked, vm: Optional[VM], level: Optional[str]) -> Tuple[Violation, ...]:
    """The violations from libvirt and QEMU in the call that Vdsm makes; none if Vdsm crashes."""
    reading = asked.reading
    if reading.faults:
        return ()
    call = call_of(
        _flags(reading, asked.host, level),
        _params(reading),
        paused=vm is not None and vm.paused,
        memory_mib=None if vm is None else vm.memory_mib,
        hard_limit_mib=None if vm is None else vm.memory_hard_limit_mib,
    )
    host, destination = asked.host, asked.destination
    found = {
        place: (row, "source", host)
        for place, row in refusals(call, host.libvirt_version, host.qemu_version)
    }
    if destination is not None:
        there = call._replace(capabilities=call.capabilities - SOURCE_ONLY)
        for place, row in refusals(there, destination.libvirt_version, destination.qemu_version):
            if not row.source_only:
                found.setdefault(place, (row, "destination", destination))
    # If the host is known to lack zero-copy, `ODDITIES` has reported it.
    no_faults = _NO_FAULTS if host.qemu_zerocopy else _NO_FAULTS | {"zerocopy-qemu"}
    return tuple(
        [
            _violation_at(*found[place])
            for place in sorted(found)
            if found[place][0].code not in no_faults
        ]
    )


# Not faults of a request: a libvirt that does not support its QEMU runs no VMs, and encrypted
# post-copy is what the policy and the VM ask for, and what Engine sends to every host.
_NO_FAULTS = frozenset(("postcopy-tls", "qemu-before-6.2", "qemu-before-7.2"))


def _violation_at(row: Refusal, where: str, host: Host) -> Violation:
    """The violation that a row reports for a host, with its versions if known and relevant."""
    if host.libvirt_version is None and host.qemu_version is None:
        return row.violation
    violation = row.violation_in(host.qemu_version)
    if not row.bounded:
        return violation
    versions = (("libvirt", host.libvirt_version), ("QEMU", host.qemu_version))
    known = [f"{name} {version_text(version)}" for name, version in versions if version]
    message = f"{violation.message}; the {where} host has {' and '.join(known)}"
    return attr.evolve(violation, message=message)


@hinted
def repair(
    request: Mapping[str, Any],
    host: Host,
    vm: Optional[VM] = None,
    *,
    level: Optional[str],
    destination: Optional[Host] = None,
) -> Repair:
    """Repair a request so that nothing is refused or harmful; see `check` for the arguments.

    Misleading values stay.  The result is always a deep copy that shares nothing with the given
    request, even if nothing changes.
    """
    _check_arguments(request, host, vm, level, destination)

    def checked(given: Mapping[str, Any]) -> Checked:
        asked = _asked(given, host, destination)
        own = tuple(oddities(asked, HARMFUL_ODDITIES))
        return Checked(asked, own, _call_violations(asked, vm, level))

    made = repaired(dict(request), checked)
    # Vdsm's monitor removes entries from the lists that it is given.
    return attr.evolve(made, request=_unshared(made.request))


def _unshared(value: Any) -> Any:
    """Copy lists, tuples and mappings deeply; return other values unchanged."""
    if isinstance(value, Mapping):
        return {key: _unshared(element) for key, element in value.items()}
    if isinstance(value, list):
        return [_unshared(element) for element in value]
    return tuple([_unshared(e) for e in value]) if isinstance(value, tuple) else value


def _check_arguments(
    request: Mapping[str, Any],
    host: Host,
    vm: Optional[VM],
    level: Optional[str],
    destination: Optional[Host],
) -> None:
    if type(request) is not dict and not isinstance(request, Mapping):
        raise InvalidType("request", request, "a VM.migrate request, a mapping")
    raise_all(
        _HOST.faults("host", host)
        + _LEVEL.faults("level", level)
        + _VM.faults("vm", vm)
        + _DESTINATION.faults("destination", destination)
    )


_HOST = instance(Host)
_VM = optional(instance(VM))
_DESTINATION = optional(instance(Host))
_LEVEL = optional(LEVEL)


def __dir__() -> List[str]:
    return __all__
