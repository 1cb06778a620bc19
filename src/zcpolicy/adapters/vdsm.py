"""Vdsm's words: what a host can do, and what Vdsm makes of a ``VM.migrate`` request.

Source: Vdsm ``virt/migration.py`` (``SourceThread``), ``common/conv.py`` for what counts as true.
"""

from typing import Any, Dict, Mapping

import attr

from .._capabilities import host_from_caps
from .._checks import LEVEL, instance
from .._errors import InvalidType, InvalidValue, raise_all
from .._inputs import Host, level_key
from .._mapping import FrozenMapping
from .libvirt import Flag

__all__ = ["LibvirtCall", "host_from_caps", "libvirt_call"]

# Vdsm's option migration_max_bandwidth, MiB/s.
_MAX_BANDWIDTH = 52
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
    if type(request) is not dict and not isinstance(request, Mapping):
        raise InvalidType("request", request, "a VM.migrate request, a mapping")
    raise_all([*_HOST.faults("host", host), *LEVEL.faults("level", level)])
    get = request.get
    flags = _ALWAYS
    if _as_bool(get("tunneled")):
        flags |= _TUNNELLED
    if level_key(level) >= _PERSIST_DEST_SINCE:
        flags |= _PERSIST_DEST
    if _as_bool(get("compressed")):
        flags |= _COMPRESSED
    if _as_bool(get("abortOnError")):
        flags |= _ABORT_ON_ERROR
    if _as_bool(get("autoConverge")):
        flags |= _AUTO_CONVERGE
    if "convergenceSchedule" in request:
        if _allows_postcopy(request["convergenceSchedule"]):
            flags |= _POSTCOPY
    else:
        _check_downtime(get("downtime"))
    if get("encrypted"):
        flags |= _TLS
    params: Dict[str, Any] = {}
    bandwidth = _bandwidth(get("maxBandwidth"))
    if bandwidth != 0:
        params["bandwidth"] = bandwidth
    connections = get("parallel")
    if connections is not None and connections != 0:
        flags |= _PARALLEL
        params["parallel.connections"] = connections
    if get("zerocopy") and host.vdsm_zerocopy and host.libvirt_zerocopy:
        flags |= _ZEROCOPY
    return LibvirtCall(flags=Flag(flags), params=params)


_HOST = instance(Host)
# Plain integers: arithmetic with an IntFlag makes an object at every step.
_ALWAYS = int(Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_PEER2PEER)
_TUNNELLED = int(Flag.VIR_MIGRATE_TUNNELLED)
_PERSIST_DEST = int(Flag.VIR_MIGRATE_PERSIST_DEST)
_COMPRESSED = int(Flag.VIR_MIGRATE_COMPRESSED)
_ABORT_ON_ERROR = int(Flag.VIR_MIGRATE_ABORT_ON_ERROR)
_AUTO_CONVERGE = int(Flag.VIR_MIGRATE_AUTO_CONVERGE)
_POSTCOPY = int(Flag.VIR_MIGRATE_POSTCOPY)
_TLS = int(Flag.VIR_MIGRATE_TLS)
_PARALLEL = int(Flag.VIR_MIGRATE_PARALLEL)
_ZEROCOPY = int(Flag.VIR_MIGRATE_ZEROCOPY)


def _as_bool(value: object) -> bool:
    """What Vdsm's ``conv.tobool`` says.

    A bool is what it is; "true" in any case and a non-zero number in a string are true; all else,
    a number that is no string too, is false.
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return False
    word = value.lower()
    if word in ("true", "false"):
        return word == "true"
    try:
        return int(value) != 0
    except ValueError:
        return False


def _bandwidth(value: Any) -> int:
    """``maxBandwidth`` in MiB/s: whatever counts as false is Vdsm's own limit."""
    try:
        return int(value or _MAX_BANDWIDTH)
    except (TypeError, ValueError, OverflowError):
        raise InvalidValue(
            "maxBandwidth", value, "a number of MiB/s, on any other value Vdsm crashes"
        ) from None


def _check_downtime(value: Any) -> None:
    """Without a schedule Vdsm computes one from ``downtime``, and crashes on what is no number."""
    if value is None:
        return
    try:
        bad = int(value) < 0
    except (TypeError, ValueError, OverflowError):
        bad = True
    if bad:
        raise InvalidValue("downtime", value, "a number of ms, on any other value Vdsm crashes")


def _allows_postcopy(schedule: Any) -> bool:
    """Whether a stalling entry is called "postcopy", to the letter.

    What else an entry says, Vdsm looks at only when it is due.
    """
    try:
        return "postcopy" in [
            entry.get("action", {}).get("name") for entry in schedule.get("stalling", ())
        ]
    except (AttributeError, TypeError):
        raise InvalidType(
            "convergenceSchedule",
            schedule,
            "an object whose 'stalling' is a list of objects, on anything else Vdsm crashes",
        ) from None
