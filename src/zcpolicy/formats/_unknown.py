"""What a text of no form looks like, in words."""

from typing import Any, Mapping, Optional

from .._base.errors import shown, suggestion
from ._documents import SCENARIO_KEYS
from ._text import Text
from ._xml import Element

__all__ = ["looks_like"]

# What people have instead, by the keys that it has, or by its element.
_KNOWN: Mapping[str, str] = {
    "vmMigrate": "this is a decision: its vmMigrate or its libvirt can be read",
    "parameters": "these are parameters of a decision: its vmMigrate can be read",
    "job": "this is a job of the REST API: give the cluster or the VM",
    "host": "this is a host of the REST API: give what `vdsm-client Host getCapabilities` prints",
    "template": "this is a template of the REST API: give the cluster or the VM",
    "data_center": "this is a data center of the REST API: give the cluster or the VM",
    "api": "this is the root of the REST API: give a cluster or a VM, /clusters/ID or /vms/ID",
    "html": "this is a web page: is it the login of Engine or of a proxy?",
    "domainsnapshot": "this is a snapshot of libvirt's: give what `virsh dumpxml` prints",
    "capabilities": "these are libvirt's capabilities: give what `vdsm-client Host getCapabilities`"
    " prints",
    "vmId": "this is about a VM of Vdsm's, and no VM.migrate request",
    "error": "this is an error of QEMU's monitor or of Vdsm",
}
# Or by what is printed, of which the first is told.
_PRINTED: Mapping[str, str] = {
    "store-global-state: ": "QEMU's monitor tells of no migration: none has begun on this host",
    "Sample Pages: ": "this is what QEMU's monitor prints of a dirty rate: give what "
    "`virsh domstats VM --dirtyrate` prints",
    "Max memory: ": "this is what `virsh dominfo` prints: give what `virsh dumpxml` prints",
}
_KEYS_SHOWN = 5


def looks_like(text: Text) -> str:
    """What *text* looks like; it has no form."""
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
        return f"this is JSON, {shown(value)}, and of no known form"
    first = next(line.strip() for line in text.text.split("\n") if line.strip())
    told = next((words for start, words in _PRINTED.items() if start in text.text), None)
    if told is not None:
        return told
    return f"the text begins with {shown(first)}, and is of no known form"


def _element(element: Element) -> str:
    tag = element.tag.lower()
    return _KNOWN.get(tag) or f"this is XML with the element <{shown(tag)[1:-1]}>, of no known form"


def _object(document: Mapping[str, Any]) -> str:
    for key, words in _KNOWN.items():
        if key in document:
            return words
    listed = list(document)[:_KEYS_SHOWN]
    unknown = [key for key in listed if key not in SCENARIO_KEYS]
    hint = next(filter(None, (suggestion(key, sorted(SCENARIO_KEYS)) for key in unknown)), "")
    keys = ", ".join(map(shown, listed))
    return f"this is a JSON object with the keys {keys}, and of no known form{hint}"


def _child(element: Element) -> Mapping[str, Any]:
    """The texts in a fault, or in an action that has one."""
    found = {child.tag: child.text for child in element.children}
    if element.tag == "fault":
        return {"fault": found}
    inside = element.find_all("fault")
    return _child(inside[0]) if inside else {}


def _answer(document: Mapping[str, Any]) -> Optional[str]:
    """Why Engine did not do what it was asked, where this is its answer."""
    fault = document.get("fault", document)
    if not isinstance(fault, Mapping) or not isinstance(fault.get("reason"), str):
        return None
    detail = fault.get("detail")
    more = f", {shown(detail)}" if isinstance(detail, str) else ""
    return f"Engine's answer is a fault: {shown(fault['reason'])}{more}"
