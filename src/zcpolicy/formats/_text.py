"""Decode texts and find the documents in them, despite other text around them."""

import re
from typing import Any, List, Mapping, Optional, Tuple, Union

import attr

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, short_repr, shortened
from .._base.parsing import parse
from ._lines import Notes, plain, utf8
from ._literals import scan
from ._xml import Element, NotRead, read_element

__all__ = ["DOCUMENTS_MAX", "Document", "Text", "decoded", "in_words", "shows"]

# The first bytes of other encodings, and of compressed files.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_PACKED = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
)
# Encodings that XML may declare, beyond those detected without a declaration.
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*\sencoding=["']([A-Za-z0-9_-]+)["']""")
_ENCODINGS = ("iso-8859-1", "iso-8859-15", "windows-1252")
# An object or list of objects in JSON or Python notation, or XML at the start of a line.
_START = re.compile(
    r"""\{\s*u?["']|\[\s*\{|^[ \t]*(?P<xml><(?:\?xml[ \t\n]|!DOCTYPE|[A-Za-z_]))""",
    re.MULTILINE,
)
# Only logs have more, and their readers do not need documents.
DOCUMENTS_MAX = 64
_TRIES = 10_000
_FAULTS_MAX = 16
_NOISE_SHOWN = 60


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Document:
    """A document in a text: a JSON value, in JSON or Python notation, or an XML element.

    Attributes:
        value: the value, or the `Element`.
        start, end: where it is in the text.
        line: the line on which it begins, from 1.
    """

    value: Any
    start: int
    end: int
    line: int


class Text:
    """A text and the documents in it, which are located on first use.

    Attributes:
        text: the text; its lines end in a single line feed.
        spoilt: the fault if bytes had to be replaced; logs are read all the same.
        notes: the number of lines with such bytes, and what was stripped from lines.
    """

    __slots__ = ("_found", "notes", "spoilt", "text")

    def __init__(self, text: str, spoilt: Optional[ZcpolicyError] = None) -> None:
        self.text = text
        self.spoilt = spoilt
        self.notes: Tuple[str, ...] = ()
        self._found: Optional[_Found] = None

    @property
    def documents(self) -> Tuple[Document, ...]:
        """All JSON and XML documents in the text, in order."""
        return self._search()[0]

    @property
    def faults(self) -> Tuple[ZcpolicyError, ...]:
        """The first few faults of would-be documents, in the order of the text."""
        return self._search()[1]

    @property
    def broken(self) -> Optional[ZcpolicyError]:
        """The fault of broken JSON at the start of a line; later documents may be parts of it."""
        return self._search()[2]

    @property
    def document(self) -> Any:
        """The JSON value, if it is the only document in the text; else None."""
        value = self.documents[0].value if len(self.documents) == 1 else None
        return None if isinstance(value, Element) else value

    @property
    def element(self) -> Optional[Element]:
        """The XML element, if it is the only document in the text; else None."""
        value = self.documents[0].value if len(self.documents) == 1 else None
        return value if isinstance(value, Element) else None

    @property
    def rest(self) -> str:
        """The text without its documents."""
        parts, at = [], 0
        for document in self.documents:
            parts.append(self.text[at : document.start])
            at = document.end
        return "\n".join([*parts, self.text[at:]])

    @property
    def noise(self) -> Tuple[str, ...]:
        """The text around the documents, in a few words."""
        return in_words(self.rest, "around the document") if self.documents else ()

    def _search(self) -> "_Found":
        if self._found is None:
            self._found = _documents(self.text)
        return self._found


def in_words(text: str, where: str) -> Tuple[str, ...]:
    """Summarise *text* as its first line and the number of others; empty if it is blank."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return ()
    first = shortened(lines[0], _NOISE_SHOWN)
    others = len(lines) - 1
    more = "" if not others else f" and {others} more line{'s' if others > 1 else ''}"
    return (f"{where}: {short_repr(first)}{more}",)


def shows(text: str, patterns: Mapping[str, "re.Pattern[str]"]) -> bool:
    """Whether one of the *patterns* matches somewhere in the text.

    Each is listed under words that any match of it contains: most texts have none of the words, and
    looking for words is many times faster than looking for a pattern.
    """
    return any(words in text and pattern.search(text) for words, pattern in patterns.items())


_Found = Tuple[Tuple[Document, ...], Tuple[ZcpolicyError, ...], Optional[ZcpolicyError]]


def _documents(text: str) -> _Found:
    """Find the documents of *text*, and the faults of what only begins like one."""
    first = _WHOLE.match(text)
    if first is not None:
        try:
            value = parse(text)
        except ZcpolicyError as error:
            whole = [error]  # other text follows, or Python printed it, or it is broken
        else:
            start = first.start("open")
            line = text.count("\n", 0, start) + 1
            return (Document(value=value, start=start, end=len(text), line=line),), (), None
    else:
        whole = []
    found: List[Document] = []
    faults: List[ZcpolicyError] = []
    broken: Optional[ZcpolicyError] = None
    line, counted, position = 1, 0, 0
    for _ in range(_TRIES):
        match = _START.search(text, position)
        if match is None or len(found) == DOCUMENTS_MAX:
            break
        start = match.start() if match.group("xml") is None else match.start("xml")
        line += text.count("\n", counted, start)
        counted = start
        try:
            if match.group("xml") is None:
                value, end = _read_value(text, start)
            else:
                value, end = read_element(text, start, line)
        except NotRead as error:
            # Finding the exact fault is slow, so do it only for the first few.
            if len(faults) < _FAULTS_MAX:
                faults.append(error.fault or _fault(text, start, error.stopped))
                before = text[text.rfind("\n", 0, start) + 1 : start]
                if match.group("xml") is None and not before.strip():
                    broken = broken or faults[-1]
            position = len(text) if error.hopeless else max(error.stopped, start + 1)
        else:
            found.append(Document(value=value, start=start, end=end, line=line))
            position = end
    return tuple(found), tuple(faults or (() if found else whole)), broken


# Text that may be JSON from its first character, and not a prompt such as "[root@host ~]#".
_WHOLE = re.compile(r"""[ \t\r\n]*(?P<open>\{|"|\[[ \t\r\n]*[]\[{"0-9tfn-])""")


def _read_value(text: str, start: int) -> Tuple[Any, int]:
    """Read the value that begins at *start*, in JSON or Python notation; return it and its end."""
    scanned = scan(text, start)
    if scanned.deep:
        # Do not look for documents inside something nested so deeply.
        raise NotRead(None, scanned.stopped, hopeless=True)
    if scanned.end is None:
        raise NotRead(None, scanned.stopped)
    try:
        made = text[start : scanned.end] if scanned.json is None else scanned.json
        return parse(made), scanned.end
    except ZcpolicyError:
        raise NotRead(None, scanned.end) from None


def _fault(text: str, start: int, stopped: int) -> ZcpolicyError:
    """Explain why no JSON value begins at *start*; the scan stopped at *stopped*."""
    scanned = scan(text, start)
    line = text.count("\n", 0, start) + 1
    if scanned.end is not None:
        # Pad with blanks to make the parser report the text's lines and columns.
        column = start - text.rfind("\n", 0, start)
        before = "\n" * (line - 1) + " " * (column - 1)
        try:
            parse(before + (text[start:stopped] if scanned.json is None else scanned.json))
        except ZcpolicyError as error:
            return error
    if scanned.deep:
        problem = f"the text is nested too deeply (line {line})"
    else:
        line = text.count("\n", 0, stopped) + 1
        column = stopped - text.rfind("\n", 0, stopped)
        problem = f"the text is not JSON: it ends or breaks off at line {line}, column {column}"
    return InvalidValue("", None, "a JSON document", problem)


def decoded(data: Union[str, bytes]) -> Text:
    """Decode *data*.

    Raises:
        ZcpolicyError: it is neither str nor bytes, or not a text.
    """
    made = Text(data) if isinstance(data, str) else _decoded(data)
    if "\0" in made.text:
        problem = "it is not a text: it contains a NUL character"
        raise made.spoilt or InvalidValue("", None, "a text", problem)
    made.text = plain(made.text)
    _unquote(made)
    return made


# The prefix of quoted lines in mails, and of continuation lines in a shell.
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_FILLED = re.compile(r"^[ \t]*[^ \t\n]", re.MULTILINE)


def _unquote(text: Text) -> None:
    """Strip these marks, and note that, if at least half of the lines have them."""
    if ">" not in text.text:
        return
    unquoted, count = _QUOTED.subn("", text.text)
    if count and 2 * count >= len(_FILLED.findall(text.text)):
        text.text = unquoted
        text.notes = (*text.notes, "marks at the start of lines, '>', were removed")


def _decoded(data: object) -> Text:
    if not isinstance(data, (bytes, bytearray)):
        raise InvalidType("", data, "a text, str or bytes")
    data = bytes(data)
    for mark, packer in _PACKED:
        if data.startswith(mark):
            problem = f"it is compressed with {packer}: decompress it first"
            raise InvalidValue("", None, "a text", problem)
    encoding = _encoding_of(data)
    try:
        return Text(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"the text is not {encoding.upper()} (byte {error.start}, line {line})"
        fault = InvalidValue("", None, "a text in UTF-8 or UTF-16", problem)
        if not encoding.startswith("utf-8"):
            raise fault from None
    notes = Notes()
    lines = [utf8(line, notes, number) for number, line in enumerate(data.split(b"\n"), 1)]
    made = Text("\n".join(lines), fault)
    made.notes = notes.all()
    return made


def _encoding_of(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    # No byte order mark: these texts begin with ASCII.
    zeros = data[:1] == b"\0", data[1:2] == b"\0"
    wide = {(True, False): "utf-16-be", (False, True): "utf-16-le"}.get(zeros)
    declared = _DECLARED.match(data)
    if wide is None and declared is not None:
        said = declared.group(1).decode("ascii").lower()
        return said if said in _ENCODINGS else "utf-8"
    return wide or "utf-8"
