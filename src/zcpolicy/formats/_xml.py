"""Parse XML to plain elements, without DOCTYPE, custom entities or deep nesting.

expat reports events in order, so parsing stops before anything refused is built, and at the end of
the first element, where surrounding text may follow.
"""

from typing import Dict, List, Mapping, Optional, Tuple
from xml.parsers import expat

import attr

from .._base.errors import InvalidValue, ZcpolicyError

__all__ = ["Element", "NotRead", "read_element"]

# Most texts take a few of these, in characters; text that is not XML is given up after one.
_CHUNK = 512
# A domain's XML has about ten levels.
_DEPTH_MAX = 100


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, eq=False)
class Element:
    """An element of an XML document.

    Attributes:
        tag: its name, with its prefix if it has one.
        attributes: its attributes.
        children: its child elements.
        text: its own text, outside the children, stripped.
        line: the line on which it begins, counted from the start of the document.
    """

    tag: str
    attributes: Mapping[str, str]
    children: Tuple["Element", ...]
    text: str
    line: int

    def find_all(self, tag: str) -> List["Element"]:
        """Return the children of this name."""
        return [child for child in self.children if child.tag == tag]


class _Done(Exception):
    """The root has ended; the rest of the text is not part of the document."""


class NotRead(Exception):
    """There is no document where one seems to begin.

    Attributes:
        fault: the reason; None if the caller has to determine it.
        stopped: where in the text reading stopped.
        hopeless: whether not to look at the rest of the text.
    """

    def __init__(
        self, fault: Optional[ZcpolicyError], stopped: int, *, hopeless: bool = False
    ) -> None:
        super().__init__(fault, stopped, hopeless)
        self.fault = fault
        self.stopped = stopped
        self.hopeless = hopeless


class _Open:
    """An element that has not ended yet."""

    __slots__ = ("attributes", "children", "line", "tag", "texts")

    def __init__(self, tag: str, attributes: Dict[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.line = line
        self.children: List[Element] = []
        self.texts: List[str] = []


class _Builder:
    """Build elements from expat's events."""

    def __init__(self, line: int) -> None:
        self.before = line - 1
        self.open: List[_Open] = []
        self.root: Optional[Element] = None
        self.end = 0  # expat's position at the end of the root, in bytes
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def line(self) -> int:
        return self.before + self.parser.CurrentLineNumber

    def _doctype(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            problem = "this is a web page, such as a login"
        else:
            problem = "XML with a DOCTYPE is not read: none of these documents has one"
        raise _fault(problem, self.line())

    def _start(self, tag: str, attributes: Dict[str, str]) -> None:
        if len(self.open) == _DEPTH_MAX:
            raise _fault(f"XML nested deeper than {_DEPTH_MAX} elements is not read", self.line())
        self.open.append(_Open(tag, attributes, self.line()))

    def _characters(self, text: str) -> None:
        self.open[-1].texts.append(text)

    def _end(self, _: str) -> None:
        ended = self.open.pop()
        made = Element(
            tag=ended.tag,
            attributes=ended.attributes,
            children=tuple(ended.children),
            text="".join(ended.texts).strip(),
            line=ended.line,
        )
        if self.open:
            self.open[-1].children.append(made)
            return
        self.root = made
        self.end = self.parser.CurrentByteIndex
        raise _Done


def _fault(problem: str, line: int) -> ZcpolicyError:
    return InvalidValue("", None, "an XML document", f"{problem} (line {line})")


def read_element(text: str, start: int, line: int) -> Tuple[Element, int]:
    """Read the element that begins at *start*, on *line*; return it and its end.

    Raises:
        NotRead: there is none.
    """
    builder = _Builder(line)
    parser = builder.parser
    fed = bytearray()
    position, size = start, _CHUNK
    try:
        while True:
            piece = text[position : position + size].encode("utf-8", "surrogatepass")
            fed += piece
            parser.Parse(piece, not piece)
            position += size
            size *= 2  # limits how often a long token is parsed again
    except _Done:
        root = builder.root
        assert root is not None
        end = start + _characters(fed, builder.end)
        # expat reports the end after <a/>, but before </a>.
        if text[end - 2 : end] != "/>" or root.children or root.text:
            end = text.index(">", end) + 1
        return root, end
    except expat.ExpatError as error:
        problem = f"the text is not XML: {expat.ErrorString(error.code)}"
        fault = _fault(problem, builder.before + error.lineno)
        raise NotRead(fault, start + _characters(fed, parser.ErrorByteIndex)) from None
    except ZcpolicyError as error:
        raise NotRead(error, start, hopeless=True) from None


def _characters(encoded: bytearray, end: int) -> int:
    """Return the number of characters in the first *end* bytes."""
    return len(encoded[: max(end, 0)].decode("utf-8", "surrogatepass"))
