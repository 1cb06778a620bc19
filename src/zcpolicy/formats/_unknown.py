"""Describe a text of no known form."""

from typing import Any, Mapping, Optional

from .._base.errors import short_repr, suggestion
from ._documents import SCENARIO_KEYS
from ._text import Text
from ._xml import Element

__all__ = ["looks_like"]

# What people hand in by mistake, by a key or an element.
_KNOWN: Mapping[str, str] = {
    "vmMigrate": "this is a decision: give its vmMigrate or its libvirt",
    "parameters": "these are the parameters of a decision: give its vmMigrate",
    "job": "this is a job from the REST API: give the cluster or the VM",
    "host": "this is a host from the REST API: give the output of `vdsm-client Host "
    "getCapabilities`",
    "template": "this is a template from the REST API: give the cluster or the VM",
    "data_center": "this is a data center from the REST API: give the cluster or the VM",
    "api": "this is the root of the REST API: give a cluster or a VM, /clusters/ID or /vms/ID",
    "html": "this is a web page: is it the login of Engine or of a proxy?",
    "domainsnapshot": "this is a libvirt snapshot: give the output of `virsh dumpxml`",
    "capabilities": "these are libvirt's capabilities: give the output of `vdsm-client Host "
    "getCapabilities`",
    "vmId": "this is about a VM in Vdsm, but not a VM.migrate request",
    "error": "this is an error from QEMU's monitor or Vdsm",
}
# Or by a line of output; the first match counts.
_PRINTED: Mapping[str, str] = {
    "store-global-state: ": "QEMU's monitor shows no migration: none has started on this host",
    "Sample Pages: ": "this is a dirty rate from QEMU's monitor: give the output of "
    "`virsh domstats VM --dirtyrate`",
    "Max memory: ": "this is the output of `virsh dominfo`: give the output of `virsh dumpxml`",
}
_KEYS_SHOWN = 5


def looks_like(text: Text) -> str:
    """Describe a text that has no form."""
    if not text.text.strip():
        return "the text is empty"
    if len(text.documents) > 1:
        line = text.documents[1].line
        return f"a second document begins on line {line}: give them one by one"
    if text.documents:
        value = text.documents[0].value
        if isinstance(value, Element):
            return _answer(_child(value)) or _element(value)
        if isinstance(value, dict):
            return _answer(value) or _object(value)
        return f"this is JSON, {short_repr(value)}, of no known form"
    first = next(line.strip() for line in text.text.split("\n") if line.strip())
    told = next((words for start, words in _PRINTED.items() if start in text.text), None)
    if told is not None:
        return told
    return f"the text begins with {short_repr(first)} and is of no known form"


def _element(element: Element) -> str:
    tag = element.tag.lower()
    return (
        _KNOWN.get(tag)
        or f"this is XML with the element <{short_repr(tag)[1:-1]}>, of no known form"
    )


def _object(document: Mapping[str, Any]) -> str:
    for key, words in _KNOWN.items():
        if key in document:
            return words
    listed = list(document)[:_KEYS_SHOWN]
    unknown = [key for key in listed if key not in SCENARIO_KEYS]
    hint = next(filter(None, (suggestion(key, sorted(SCENARIO_KEYS)) for key in unknown)), "")
    keys = ", ".join(map(short_repr, listed))
    return f"this is a JSON object with the keys {keys}, of no known form{hint}"


def _child(element: Element) -> Mapping[str, Any]:
    """Return the texts in a fault, or in an action that contains one."""
    found = {child.tag: child.text for child in element.children}
    if element.tag == "fault":
        return {"fault": found}
    inside = element.find_all("fault")
    return _child(inside[0]) if inside else {}


def _answer(document: Mapping[str, Any]) -> Optional[str]:
    """Return Engine's reason if this is its refusal of a request."""
    fault = document.get("fault", document)
    if not isinstance(fault, Mapping) or not isinstance(fault.get("reason"), str):
        return None
    detail = fault.get("detail")
    more = f", {short_repr(detail)}" if isinstance(detail, str) else ""
    return f"Engine's answer is a fault: {short_repr(fault['reason'])}{more}"
