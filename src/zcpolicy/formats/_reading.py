"""Read a text: recognise its form and call that form's reader."""

import itertools
import re
from io import StringIO
from typing import Iterable, List, Optional, Tuple, Union

import attr

from .._base.errors import InvalidValue, ZcpolicyError
from .._base.hints import hinted
from ._form import Form, LineReader, Reading
from ._forms import FORMS
from ._lines import Notes, text_lines
from ._text import Text, decoded
from ._unknown import looks_like

__all__ = ["read", "read_lines"]

# Texts of up to this many characters are read as a whole.
_HEAD = 1 << 20
# How often, in lines, to check whether a text is a log.
_LINES = 1000
# From the first string of JSON in a line on.
_STRINGS = re.compile(r'".*')


@hinted
def read(
    text: Union[str, bytes], name: Optional[str] = None, *, vm: Optional[str] = None
) -> Reading:
    """Recognise the form of *text* and read it.

    Args:
        text: one output or input of Engine, Vdsm, libvirt or QEMU, or a document of zcpolicy's
            own, with or without other text around it; bytes in UTF-8 or UTF-16, or as XML
            declares.
        name: the caller's name for the text, such as a file name, for `Reading.source`.
        vm: the VM to read, if the text is about several: its id, or its name if the form has
            names, such as ``virsh domstats``.

    Raises:
        ZcpolicyError: the text is of no known form, of several, or invalid for its form; with
            every fault.
    """
    found = decoded(text)
    forms = _forms(found)
    if not any([form.lines is not None for form in forms]):
        # Engine's and PostgreSQL's tools break values over lines, and the form's reader joins them.
        broken = None if any([form.name == "engine-config" for form in forms]) else found.broken
        fault = found.spoilt or broken
        if fault is not None:
            raise fault
    if len(forms) != 1:
        raise _several(found, forms) if forms else _no_form(found)
    form = forms[0]
    if form.lines is not None:
        reader = form.lines(vm)
        for number, line in enumerate(StringIO(found.text, newline="\n"), 1):
            reader.feed(number, line)
        return _noted(reader.reading(), name, found.notes)
    rest = Text(found.rest) if len(found.documents) == 1 else None
    if rest is not None and form.name != "engine-config":
        others = [other for other in FORMS if other.recognise(rest)]
        if others:
            raise _several(found, [form, *others])
    assert form.read is not None
    return _noted(form.read(found), name, found.notes)


@hinted
def read_lines(
    lines: Iterable[Union[str, bytes]], name: Optional[str] = None, *, vm: Optional[str] = None
) -> Reading:
    """Read a text of any length from its lines: `read` for logs.

    Memory use is bounded: it keeps its findings and a part of the text of fixed size.

    Args:
        lines: the lines, with or without their ends, such as an open file.
        name: as for `read`.
        vm: as for `read`.

    Raises:
        ZcpolicyError: as for `read`.
    """
    notes = Notes()
    texts = text_lines(lines, notes)
    head: List[str] = []
    size = 0
    for line in texts:
        head.append(line)
        size += len(line)
        if size > _HEAD:
            break
    else:
        found = read("".join(head), name, vm=vm)
        return _noted(found, name, notes.all())
    readers = [(form, form.lines(vm)) for form in FORMS if form.lines is not None]
    for number, line in enumerate(itertools.chain(head, texts), 1):
        for _, reader in readers:
            reader.feed(number, line)
        if number % _LINES == 0:
            readers = _logs(readers) or readers
    readers = [(form, reader) for form, reader in readers if reader.found]
    logs = _logs(readers) or readers
    if len(logs) != 1:
        text = Text("".join(head))
        raise _several(text, [form for form, _ in logs]) if logs else _no_form(text)
    return _noted(logs[0][1].reading(), name, notes.all())


def _forms(text: Text) -> List[Form]:
    """The forms that the text has; what a document's strings hold has none."""
    forms = [form for form in FORMS if form.recognise(text)]
    told = [form for form in forms if form.document]
    if len(told) > 1 and _is_in_string(text):
        # The value is quoted so that its document is not found, but one in a description is.
        told = [form for form in told if form.name == "engine-config"] or told
    if told and len(forms) > len(told):
        outside = Text(_outside(text, told))
        forms = [form for form in forms if form in told or form.recognise(outside)]
    return [form for form in forms if form.log] or forms


def _outside(text: Text, told: List[Form]) -> str:
    """Return the text without its documents, but for the brackets that open them.

    Marks of logs end with the bracket that opens a request.
    """
    parts, at = [], 0
    for document in text.documents:
        parts.append(text.text[at : document.start + 1])
        at = document.end
    rest = "\n".join([*parts, text.text[at:]])
    # Quoting hides an option's values from the search for documents.
    return _STRINGS.sub("", rest) if any([form.name == "engine-config" for form in told]) else rest


def _is_in_string(text: Text) -> bool:
    """Whether the first document begins behind a quotation mark of its line."""
    start = text.documents[0].start
    return '"' in text.text[text.text.rfind("\n", 0, start) + 1 : start]


def _noted(reading: Reading, name: Optional[str], notes: Tuple[str, ...]) -> Reading:
    """Add the caller's name for the text and notes about the text itself."""
    return attr.evolve(reading, source=name, ignored=(*notes, *reading.ignored))


def _logs(readers: List[Tuple[Form, LineReader]]) -> List[Tuple[Form, LineReader]]:
    """Return the readers of logs if one found something: other forms are then part of the log."""
    logs = [(form, reader) for form, reader in readers if form.log]
    return logs if any([reader.found for _, reader in logs]) else []


def _several(text: Text, forms: List[Form]) -> ZcpolicyError:
    names = " and ".join(repr(form.name) for form in forms)
    problem = f"the text has several forms, {names}{_at(text, forms[-1])}: give them one by one"
    return InvalidValue("", None, "a text of one form", problem)


def _at(text: Text, form: Form) -> str:
    """Return where the text has this form, if a single line shows it."""
    for number, line in enumerate(text.text.split("\n"), 1):
        if form.recognise(Text(line)):
            return f" (line {number})"
    return ""


def _no_form(text: Text) -> ZcpolicyError:
    """Describe the text and list the known forms."""
    if text.faults and not text.documents:
        return text.faults[0]
    names = ", ".join(form.name for form in FORMS)
    expected = f"a text of one of the forms {names}"
    return InvalidValue("", None, expected, f"{looks_like(text)}; known forms: {names}")
