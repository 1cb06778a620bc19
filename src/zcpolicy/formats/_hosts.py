"""Read hosts: Vdsm's answer to getCapabilities."""

from typing import Any, Tuple

from .._base.documents import Reader
from .._model.capabilities import TAKEN, read_capabilities
from ._form import Form, Reading, document_reading
from ._lines import untaken
from ._text import Text

__all__ = ["FORMS"]

# Top-level keys of an answer that no other document has; some only in old versions of Vdsm.
_KEYS = ("packages2", "zerocopy_migrations", "software_version", "clusterLevels", "kvmEnabled")
_WRAPPERS = ("info", "result")


def _answer(text: Text) -> Any:
    """Return the answer, unwrapped from ``info`` or ``result`` if need be."""
    document = text.document
    for _ in range(2):
        if isinstance(document, dict) and not any(key in document for key in _KEYS):
            document = next((document[key] for key in _WRAPPERS if key in document), None)
    return document


def _is_getcaps(text: Text) -> bool:
    answer = _answer(text)
    return isinstance(answer, dict) and any(key in answer for key in _KEYS)


def _read_getcaps(text: Text) -> Reading:
    reader = Reader()
    answer = _answer(text)
    found = read_capabilities(reader, answer, "")
    parts = {"source": reader.result(found)}
    others = untaken(answer, TAKEN)
    return document_reading("getcaps", text, parts, others=others)


FORMS: Tuple[Form, ...] = (
    Form(
        name="getcaps",
        what="a host's capabilities from Vdsm, as JSON or as Vdsm's log prints them",
        obtain="vdsm-client Host getCapabilities",
        takes="the versions of Vdsm, libvirt and QEMU, whether they support zero-copy, and the "
        "speed of the interface, if only one is up",
        ignores="everything else about the host",
        recognise=_is_getcaps,
        read=_read_getcaps,
    ),
)
