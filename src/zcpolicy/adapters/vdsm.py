"""Vdsm's words: what a host can do, and what Vdsm makes of a ``VM.migrate`` request.

Source: Vdsm ``virt/migration.py`` (``SourceThread``), ``common/conv.py`` for what counts as true.
"""

from typing import Any, Dict, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidType, combined, raise_all
from .._base.fields import LEVEL, instance, optional
from .._base.mapping import FrozenMapping
from .._model.capabilities import host_from_caps
from .._model.engine_config import level_key
from .._model.inputs import VM, Host
from . import libvirt
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
from ._repair import Repair, repaired
from ._requests import (
    allows_postcopy,
    as_bool,
    bandwidth,
    check_downtime,
    crashes,
    oddities,
)
from ._violations import Violation

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


def _frozen(value: Any) -> Any:
    return FrozenMapping(value) if isinstance(value, dict) else value


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class LibvirtCall:
    """The call of ``virDomainMigrateToURI3`` that Vdsm makes.

    Attributes:
        flags: the flags.
        params: the typed parameters ``bandwidth`` (MiB/s) and ``parallel.connections``; those
            that depend on the hosts (URIs, destination XML, TLS name) are Vdsm's.
    """

    flags: Flag
    params: Mapping[str, Any] = attr.ib(converter=_frozen)


def libvirt_call(request: Mapping[str, Any], host: Host, *, level: str) -> LibvirtCall:
    """What Vdsm on *host* makes of a ``VM.migrate`` request.

    Args:
        request: the parameters of the call; keys that Vdsm does not know are ignored, as there.
        host: the source host: what it does not know of zero-copy is left out, as there.
        level: the VM's compatibility level.

    Raises:
        ZcpolicyError: an argument is not as said here, or Vdsm crashes on a value.
    """
    _check_arguments(request, host, level)
    get = request.get
    postcopy = False
    try:
        limit = bandwidth(get("maxBandwidth"))
        if "convergenceSchedule" in request:
            postcopy = allows_postcopy(request["convergenceSchedule"])
        else:
            check_downtime(get("downtime"))
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise combined(crashes(request)) from None
    flags = ALWAYS
    if as_bool(get("tunneled")):
        flags |= TUNNELLED
    if level_key(level) >= _PERSIST_DEST_SINCE:
        flags |= PERSIST_DEST
    if as_bool(get("compressed")):
        flags |= COMPRESSED
    if as_bool(get("abortOnError")):
        flags |= ABORT_ON_ERROR
    if as_bool(get("autoConverge")):
        flags |= AUTO_CONVERGE
    if postcopy:
        flags |= POSTCOPY
    if get("encrypted"):
        flags |= TLS
    params: Dict[str, Any] = {}
    if limit != 0:
        params["bandwidth"] = limit
    connections = get("parallel")
    if connections is not None and connections != 0:
        flags |= PARALLEL
        params["parallel.connections"] = connections
    if get("zerocopy") and host.vdsm_zerocopy and host.libvirt_zerocopy:
        flags |= ZEROCOPY
    return LibvirtCall(flags=Flag(flags), params=params)


def check(
    request: Mapping[str, Any], host: Host, vm: Optional[VM] = None, *, level: str
) -> Tuple[Violation, ...]:
    """Everything in a ``VM.migrate`` request that somebody refuses, is harmed by, or misreads.

    Args:
        request: the parameters of the call.
        host: the source host.
        vm: the VM; without it, nothing is said of a paused VM and of lockable memory.
        level: the VM's compatibility level.

    Raises:
        ZcpolicyError: an argument is not as said here.

    Versions of libvirt and QEMU are not known, so that a violation is what some supported version
    says; `zcpolicy.adapters.libvirt.check` takes versions.
    """
    _check_arguments(request, host, level)
    raise_all(_VM.faults("vm", vm))
    crashing = crashes(request)
    found = oddities(request, host, crashing)
    if not crashing:
        call = libvirt_call(request, host, level=level)
        found += libvirt.check(
            call.flags,
            call.params,
            paused=vm is not None and vm.paused,
            memory_mib=None if vm is None else vm.memory_mib,
            hard_limit_mib=None if vm is None else vm.memory_hard_limit_mib,
        )
    return tuple(found)


def repair(
    request: Mapping[str, Any], host: Host, vm: Optional[VM] = None, *, level: str
) -> Repair:
    """The nearest request that is neither refused nor harmful; see `check` for the arguments.

    What is only misleading stays. A request that has nothing to change comes back as it was.
    """
    _check_arguments(request, host, level)
    return repaired(dict(request), lambda given: check(given, host, vm, level=level))


def _check_arguments(request: Mapping[str, Any], host: Host, level: str) -> None:
    if type(request) is not dict and not isinstance(request, Mapping):
        raise InvalidType("request", request, "a VM.migrate request, a mapping")
    raise_all([*_HOST.faults("host", host), *LEVEL.faults("level", level)])


_HOST = instance(Host)
_VM = optional(instance(VM))
