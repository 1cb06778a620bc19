"""Read clusters and VMs from the REST API, in XML and JSON.

Source: oVirt Engine API, types ``Cluster`` and ``Vm``.  XML and JSON use the same names: attributes
and elements in XML are keys in JSON, and a collection is an element or key with several objects.
"""

import re
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidValue
from .._model.policy import LEGACY_ID
from ..adapters._rest import read_cluster, read_vm
from ..adapters._rest_others import CLUSTER as REST_CLUSTER
from ..adapters._rest_others import VM as REST_VM
from ._form import Form, Reading, document_reading
from ._lines import untaken
from ._text import Text
from ._xml import Element

__all__ = ["FORMS", "collection_of", "plain"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of API object.

    Attributes:
        name: its element, and the name of its part.
        plural: its collection: an element, and a part of its address.
        read: reads the fields that a document states.
        own: keys that identify a document of this kind if it has no address.
        taken: the keys that are read.
    """

    name: str
    plural: str
    read: Callable[[object], Dict[str, Any]]
    own: Tuple[str, ...]
    taken: Tuple[str, ...]


_CLUSTER = _Kind(
    name="cluster",
    plural="clusters",
    read=read_cluster,
    own=("version", "tunnel_migration", "migration"),
    taken=REST_CLUSTER.names,
)
_VM = _Kind(
    name="vm",
    plural="vms",
    read=read_vm,
    own=("memory", "migration_downtime", "custom_compatibility_version", "status"),
    taken=REST_VM.names,
)
# VMs come first: they may also have a cluster's keys.
_KINDS = (_VM, _CLUSTER)
# The last collection in an object's address.
_ADDRESS = re.compile(r"/([a-z]+)/[^/?]+/?\Z")
# Keys of other JSON documents that share some keys with clusters or VMs.
_NOT_REST = (
    *("return", "result", "info", "jsonrpc", "scenario", "workload", "engine", "source", "ram"),
    *("maxMigrations", "config", "packages2", "zerocopy_migrations", "samples", "dirty-rate"),
    *("option_value", "vmId"),
)


def plain(element: Element) -> Any:
    """Convert an element to the API's JSON.

    A text becomes a string, attributes and elements become keys, repeated ones a list.
    """
    if not element.children and not element.attributes:
        return element.text if element.text else {}
    found: Dict[str, Any] = dict(element.attributes)
    for child in element.children:
        value = plain(child)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found


def collection_of(text: Text) -> Optional[Tuple[_Kind, Any]]:
    """Return the kind of the text's object or collection, and the object or list of objects."""
    element = text.element
    if element is not None:
        for kind in _KINDS:
            if element.tag == kind.name:
                return kind, plain(element)
            if element.tag == kind.plural:
                return kind, [plain(child) for child in element.find_all(kind.name)]
        return None
    document = text.document
    if not isinstance(document, dict) or any(key in document for key in _NOT_REST):
        return None
    if _says(document, ("migration", "samples")):  # an observed migration
        return None
    for kind in _KINDS:
        if set(document) == {kind.name} and isinstance(document[kind.name], list):
            return kind, document[kind.name]
    kind_of = _kind_of(document)
    return None if kind_of is None else (kind_of, document)


def _kind_of(document: Mapping[str, Any]) -> Optional[_Kind]:
    """Return the kind of an object by its address, or else by its keys."""
    address = document.get("href")
    if isinstance(address, str):
        match = _ADDRESS.search(address)
        named = match.group(1) if match else address
        return next((kind for kind in _KINDS if kind.plural == named), None)
    for kind in _KINDS:
        if any(key in document for key in kind.own):
            return kind
    return None


def _is(kind: _Kind) -> Callable[[Text], bool]:
    def recognise(text: Text) -> bool:
        found = collection_of(text)
        return found is not None and found[0] is kind

    return recognise


def _reader(kind: _Kind) -> Callable[[Text], Reading]:
    def read(text: Text) -> Reading:
        found = collection_of(text)
        assert found is not None
        document = found[1]
        if isinstance(document, list):
            document = _only(kind, document)
        stated = kind.read(document)
        parts: Dict[str, Any] = {kind.name: stated}
        if kind is _CLUSTER:
            policy = stated.pop("policy", None)
            if _says(document, ("migration",)):
                # Engine uses Legacy if there is none.
                parts["policy"] = policy or LEGACY_ID
        return document_reading(kind.name, text, parts, others=untaken(document, kind.taken))

    return read


def _only(kind: _Kind, documents: Any) -> Any:
    if len(documents) != 1:
        expected = f"one {kind.name}, or a list of one"
        problem = f"{len(documents)} {kind.plural}: ask for one, {kind.plural}?search=name%3DNAME"
        raise InvalidValue(kind.name, None, expected, problem)
    return documents[0]


def _says(document: Any, path: Tuple[str, ...]) -> bool:
    """Whether the document has a value at *path*."""
    for key in path:
        if not isinstance(document, Mapping):
            return False
        document = document.get(key)
    return document is not None


FORMS: Tuple[Form, ...] = (
    Form(
        name="cluster",
        what="a cluster as the REST API describes it, in XML or JSON",
        obtain="curl … https://ENGINE/ovirt-engine/api/clusters/ID",
        takes="level, migration settings and the id of the policy",
        ignores="everything else about the cluster",
        recognise=_is(_CLUSTER),
        read=_reader(_CLUSTER),
    ),
    Form(
        name="vm",
        what="a VM as the REST API describes it, in XML or JSON",
        obtain="curl … https://ENGINE/ovirt-engine/api/vms/ID",
        takes="level, vCPUs, memory, migration settings, downtime, status and the id of the policy",
        ignores="everything else about the VM",
        recognise=_is(_VM),
        read=_reader(_VM),
    ),
)
