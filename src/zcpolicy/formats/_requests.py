"""What a migration is asked for with: Vdsm's request, libvirt's call."""

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

# Keys of VM.migrate that no other document has at its top.  Many have the VM's id: its statistics,
# and what the destination is asked for.
_REQUEST_KEYS = frozenset({*REQUEST_FIELDS, "abortOnError", "dst", "dstqemu", "dstparams"})
# What has some of them, too: a policy, a decision of ours, the progress of a migration, what the
# destination is asked for.
_OTHERS = (
    *("maxMigrations", "config", "flags", "schedule", "tunnelled"),
    *("ram", "time_elapsed", "total-time", "migrationDest"),
)
_RPC = "VM.migrate"
# What it is called with.
_CALLED = frozenset({"params", "vmID"})


def _request(text: Text) -> Any:
    """The map in the document: alone, or in a call by JSON-RPC, or in Vdsm's log."""
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
_NAMES = "a list of names such as VIR_MIGRATE_LIVE, or a string of them with | between"


def _read_call(text: Text) -> Reading:
    reader = Reader()
    found = reader.entries(text.document, "", _CALL_KEYS) or {}
    said = {key: _flags(reader, key, found[key]) for key in _FLAG_KEYS if key in found}
    if not said:
        expected = f"a number, or {_NAMES}"
        reader.faults.append(InvalidValue("flags", None, expected, "the key is null"))
    elif not reader.faults and len({flags & NAMED for flags in said.values()}) > 1:
        names = ", ".join(flag_names(said["flags"]))
        problem = f"says another thing than flags, which are {names}"
        reader.faults.append(InvalidValue("flagNames", found["flagNames"], names, problem))
    params = found.get("params", {})
    reader.faults += mapping_faults("params", params)
    raise_all(reader.faults)
    call = LibvirtCall(flags=Flag(next(iter(said.values()))), params=params)
    return document_reading("call", text, {"call": call})


def _flags(reader: Reader, key: str, value: Any) -> int:
    """Flags as a number or by their names; the reader notes what is neither."""
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
        reader.faults += error._at("", {"names": key})
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
        what="a call of virDomainMigrateToURI3 in JSON: flags, a number or names, and params",
        obtain="the answer's libvirt",
        takes="all of it",
        ignores="nothing: an unknown key is refused",
        recognise=_is_call,
        read=_read_call,
    ),
)
