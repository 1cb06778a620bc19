"""From a text to what it says: which form it has, and the reader of that form."""

from typing import Iterable, List, Optional, Union

import attr

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, shown
from ._form import Form, Reading
from ._forms import FORMS
from ._text import Text, decoded
from ._xml import Element

__all__ = ["read", "read_lines"]


def read(text: Union[str, bytes], name: Optional[str] = None) -> Reading:
    """What *text* is, and what it says.

    Args:
        text: one thing that Engine, Vdsm, libvirt or QEMU prints or is told, or a document of
            zcpolicy's own, with or without noise around it; bytes in UTF-8 or UTF-16.
        name: what the caller calls the text, such as a file's name, for `Reading.source`.

    Raises:
        ZcpolicyError: the text has no form or several, or is not as its form wants it; with every
            fault.
    """
    found = decoded(text)
    forms = [form for form in FORMS if form.recognise(found)]
    if len(forms) != 1:
        raise _several(found, forms) if forms else _no_form(found)
    form = forms[0]
    rest = Text(found.rest) if len(found.documents) == 1 else None
    if rest is not None and form.name != "engine-config":
        others = [other for other in FORMS if other.recognise(rest)]
        if others:
            raise _several(found, [form, *others])
    return attr.evolve(form.read(found), source=name)


def read_lines(lines: Iterable[Union[str, bytes]], name: Optional[str] = None) -> Reading:
    """What the lines of a text say, which may be of any length: `read` for logs.

    Args:
        lines: the lines, with or without their ends; an open file will do.
        name: as for `read`.

    Raises:
        ZcpolicyError: as for `read`.
    """
    parts: List[str] = []
    for line in lines:
        if isinstance(line, (bytes, bytearray)):
            line = bytes(line).decode("utf-8", "surrogateescape")
        elif not isinstance(line, str):
            raise InvalidType("lines", line, "lines, each str or bytes")
        parts.append(line if line.endswith("\n") else line + "\n")
    return read("".join(parts), name)


def _several(text: Text, forms: List[Form]) -> ZcpolicyError:
    names = " and ".join(repr(form.name) for form in forms)
    problem = f"the text holds several things, {names}{_at(text, forms[-1])}: give them one by one"
    return InvalidValue("", None, "a text of one form", problem)


def _at(text: Text, form: Form) -> str:
    """Where the text has something of this form, if a line of its own tells."""
    for number, line in enumerate(text.text.split("\n"), 1):
        if form.recognise(Text(line)):
            return f" (line {number})"
    return ""


def _no_form(text: Text) -> ZcpolicyError:
    """What the text looks like, and which forms there are."""
    expected = "a text of one of the forms " + ", ".join(form.name for form in FORMS)
    if len(text.documents) > 1:
        line = text.documents[1].line
        problem = f"a second document begins on line {line}: give them one by one"
    elif text.faults and not text.documents:
        problem = text.faults[0].problem
    else:
        problem = f"{_looks(text)}; known are {', '.join(form.name for form in FORMS)}"
    return InvalidValue("", None, expected, problem)


def _looks(text: Text) -> str:
    if not text.text.strip():
        return "the text is empty"
    if text.element is not None:
        return f"this is XML with the element <{text.element.tag}>, and of no known form"
    document = text.document
    if isinstance(document, dict):
        keys = ", ".join(shown(key) for key in list(document)[:5])
        return f"this is a JSON object with the keys {keys}, and of no known form"
    if text.documents and not isinstance(document, Element):
        return f"this is JSON, {shown(document)}, and of no known form"
    first = next(line.strip() for line in text.text.split("\n") if line.strip())
    return f"the text begins with {shown(first)}, and is of no known form"
