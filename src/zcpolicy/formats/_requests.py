"""Read migration requests: Vdsm's request and libvirt's call."""

from typing import Any, Tuple

from .._base.documents import Reader
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .._base.fields import integer
from ..adapters._flags import NAMED, Flag, flag_names, flags_from_names
from ..adapters._libvirt_call import LibvirtCall
from ..adapters._params import mapping_faults
from ..adapters._request import REQUEST_FIELDS
from ._form import Form, Reading, document_reading
from ._sent import untold
from ._text import Text

__all__ = ["FORMS"]

# Top-level keys by which a VM.migrate request is recognised.  The VM's id is not one of them: its
# statistics and requests to the destination have it, too.
_REQUEST_KEYS = frozenset({*REQUEST_FIELDS, "abortOnError", "dst", "dstqemu", "dstparams"})
# Keys of other documents that share some of them: policies, zcpolicy's decisions, a migration's
# progress, requests to the destination.
_OTHERS = (
    *("maxMigrations", "config", "flags", "schedule", "tunnelled"),
    *("ram", "time_elapsed", "total-time", "migrationDest"),
)
_RPC = "VM.migrate"
# The parameters of the call.
_CALLED = frozenset({"params", "vmID"})


def _request(text: Text) -> Any:
    """Return the map, whether it stands alone, in a JSON-RPC call, or in Vdsm's log."""
    document = text.document
    if isinstance(document, dict) and document.get("method") == _RPC:
        document = document.get("params")
    if isinstance(document, dict) and isinstance(document.get("params"), dict):
        document = document["params"] if document.keys() <= _CALLED else document
    return document


def _is_request(text: Text) -> bool:
    document = _request(text)
    return (
        isinstance(document, dict)
        and not _REQUEST_KEYS.isdisjoint(document)
        and not any(key in document for key in _OTHERS)
    )


def _read_request(text: Text) -> Reading:
    document = dict(_request(text))
    return document_reading("request", text, {"request": document}, untold(document))


def _is_call(text: Text) -> bool:
    document = text.document
    return isinstance(document, dict) and ("flags" in document or "flagNames" in document)


_FLAG_KEYS = ("flags", "flagNames")
_CALL_KEYS = {key: key for key in (*_FLAG_KEYS, "params")}
_NUMBER = integer(0, (1 << 32) - 1)
_NAMES = "a list of names such as VIR_MIGRATE_LIVE, or a string of names separated by |"


def _read_call(text: Text) -> Reading:
    reader = Reader()
    found = reader.entries(text.document, "", _CALL_KEYS) or {}
    said = {key: _flags(reader, key, found[key]) for key in _FLAG_KEYS if key in found}
    if not said:
        expected = f"a number, or {_NAMES}"
        reader.faults.append(InvalidValue("flags", None, expected, "the key is null"))
    elif not reader.faults and len({flags & NAMED for flags in said.values()}) > 1:
        names = ", ".join(flag_names(said["flags"]))
        problem = f"contradicts flags, which are {names}"
        reader.faults.append(InvalidValue("flagNames", found["flagNames"], names, problem))
    params = found.get("params", {})
    reader.faults += mapping_faults("params", params)
    raise_all(reader.faults)
    call = LibvirtCall(flags=Flag(next(iter(said.values()))), params=params)
    return document_reading("call", text, {"call": call})


def _flags(reader: Reader, key: str, value: Any) -> int:
    """Read flags given as a number or as names; the reader collects faults."""
    if type(value) is int:
        reader.faults += _NUMBER.faults(key, value)
        return value
    if isinstance(value, str):
        value = [name.strip() for name in value.split("|")]
    if not isinstance(value, list):
        reader.faults.append(InvalidType(key, value, f"a number, or {_NAMES}"))
        return 0
    try:
        return int(flags_from_names(value))
    except ZcpolicyError as error:
        reader.faults += error._relocated("", {"names": key})
        return 0


FORMS: Tuple[Form, ...] = (
    Form(
        name="request",
        what="a VM.migrate request, as JSON or as Python prints it",
        obtain="the answer's vmMigrate; Vdsm's log at DEBUG",
        takes="the map, unchanged",
        ignores="names of the VM and the hosts",
        recognise=_is_request,
        read=_read_request,
    ),
    Form(
        name="call",
        what="a virDomainMigrateToURI3 call in JSON: flags, as a number or names, and params",
        obtain="the answer's libvirt",
        takes="all of it",
        ignores="nothing: an unknown key is refused",
        recognise=_is_call,
        read=_read_call,
    ),
)
