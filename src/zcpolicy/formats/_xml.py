"""XML to plain elements: no DOCTYPE, no entities of its own, no endless nesting.

expat tells what it finds in order, so nothing is built of what is refused, and where the first
element ends the text around it begins again.
"""

import re
from typing import Dict, List, Optional, Tuple
from xml.parsers import expat

import attr

from .._base.errors import InvalidValue, ZcpolicyError

__all__ = ["Element", "NotRead", "read_element"]

# A tag, whose attributes may hold a ">".
_TAG = re.compile(r"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
# Most texts are shorter than a few of these; what is no XML is given up after one.
_CHUNK = 512
# A domain's XML has ten or so.
_DEPTH_MAX = 100


@attr.s(auto_attribs=True, slots=True, kw_only=True, eq=False)
class Element:
    """An element of an XML document.

    Attributes:
        tag: its name, with a prefix if the document has one.
        attributes: its attributes.
        children: the elements in it.
        text: the text in it, outside of these, without space around it.
        line: the line on which it begins, counted from the start of the document.
    """

    tag: str
    attributes: Dict[str, str]
    children: List["Element"]
    text: str
    line: int

    def find(self, tag: str) -> Optional["Element"]:
        """The first element in it of this name."""
        return next((child for child in self.children if child.tag == tag), None)

    def find_all(self, tag: str) -> List["Element"]:
        """The elements in it of this name."""
        return [child for child in self.children if child.tag == tag]


class _Done(Exception):
    """The root ended; the rest of the text is none of the document."""


class NotRead(Exception):
    """There is no element.

    Attributes:
        fault: why.
        stopped: how many characters were looked at, or a few more.
    """

    def __init__(self, fault: ZcpolicyError, stopped: int) -> None:
        super().__init__(fault, stopped)
        self.fault = fault
        self.stopped = stopped


class _Builder:
    """Makes elements of what expat tells."""

    def __init__(self, line: int) -> None:
        self.before = line - 1
        self.open: List[Element] = []
        self.texts: List[List[str]] = []
        self.root: Optional[Element] = None
        self.end = 0  # where the tag that ends the root begins, in bytes
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def line(self) -> int:
        return self.before + self.parser.CurrentLineNumber

    def _doctype(self, *_: object) -> None:
        problem = "XML with a DOCTYPE is not read: none of these documents has one"
        raise _fault(problem, self.line())

    def _start(self, tag: str, attributes: Dict[str, str]) -> None:
        if len(self.open) == _DEPTH_MAX:
            raise _fault(f"XML nested deeper than {_DEPTH_MAX} elements is not read", self.line())
        made = Element(tag=tag, attributes=attributes, children=[], text="", line=self.line())
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.root = made
        self.open.append(made)
        self.texts.append([])

    def _characters(self, text: str) -> None:
        if self.texts:
            self.texts[-1].append(text)

    def _end(self, _: str) -> None:
        self.open.pop().text = "".join(self.texts.pop()).strip()
        if not self.open:
            self.end = self.parser.CurrentByteIndex
            raise _Done


def _fault(problem: str, line: int) -> ZcpolicyError:
    return InvalidValue("", None, "an XML document", f"{problem} (line {line})")


def read_element(text: str, start: int, line: int) -> Tuple[Element, int]:
    """The element that begins at *start*, which is on *line*, and where it ends.

    Raises:
        NotRead: there is none.
    """
    builder = _Builder(line)
    parser = builder.parser
    fed = bytearray()
    position, size = start, _CHUNK
    try:
        while position < len(text):
            piece = text[position : position + size].encode("utf-8", "surrogatepass")
            fed += piece
            parser.Parse(piece, False)
            position += size
            size *= 2  # so that a long token is looked at a few times and no more
        parser.Parse(b"", True)
    except _Done:
        assert builder.root is not None
        tag = _TAG.match(text, start + _characters(fed, builder.end))
        assert tag is not None  # expat has seen it
        return builder.root, tag.end()
    except expat.ExpatError as error:
        problem = f"the text is not XML: {expat.ErrorString(error.code)}"
        fault = _fault(problem, builder.before + error.lineno)
        raise NotRead(fault, start + _characters(fed, parser.ErrorByteIndex)) from None
    except ZcpolicyError as error:
        raise NotRead(error, start + _characters(fed, parser.CurrentByteIndex)) from None
    raise AssertionError("expat ended without an element and without an error")


def _characters(encoded: bytearray, end: int) -> int:
    """How many characters the first *end* bytes are."""
    return len(encoded[: max(end, 0)].decode("utf-8", "surrogatepass"))
