"""Find JSON values, or Python's prints of them, in any number of lines; read samples from them."""

import re
from typing import Any, Callable, Iterator, List, Tuple

from .._base.errors import ZcpolicyError
from .._base.parsing import parse
from ._form import Reading
from ._lines import Notes
from ._literals import scan
from ._series import Series, series_reading

__all__ = ["TRAFFIC", "JsonLines", "ValueReader", "returned"]

# Where an object begins; each object of a list is a value.
_START = re.compile(r"""\{\s*(?:u?["']|\}|$)""")
_KEY = re.compile(r"""["']\s*:\s*$""")
_STRING = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_OPEN, _CLOSE = re.compile(r"[\[{(]"), re.compile(r"[\]})]")
# Keys of the messages on QEMU's socket.
TRAFFIC = frozenset(("event", "execute", "exec-oob", "error", "QMP", "return"))
# QEMU's replies have a few kB.
_CHARACTERS_MAX = 1 << 20
_BROKEN_MAX = 10


class JsonLines:
    """Find the JSON values in a text as its lines arrive; a value may span several lines.

    Attributes:
        other: whether the last line was not part of a value.
    """

    __slots__ = ("_begun", "_broken", "_depth", "_line", "_size", "_wanted", "other")

    def __init__(self, wanted: "re.Pattern[str]") -> None:
        """Look for values at the start of a line, and anywhere on lines that match *wanted*."""
        self._wanted = wanted
        self._begun: List[str] = []
        self._depth = self._size = self._line = 0
        self._broken: List[Tuple[int, str]] = []
        self.other = False

    def values(self, number: int, line: str) -> Iterator[Tuple[int, Any]]:
        """Yield the values that end on this line, each with the line on which it begins."""
        self.other = False
        if self._begun and not self._anew(line):
            yield from self._continued(line)
            return
        self._close()
        if line.lstrip()[:1] not in ("{", "[") and self._wanted.search(line) is None:
            self.other = line.strip(" \t\n[],") != ""
            return
        whole, why = line.strip(), ""
        if whole[:1] == "{" and whole[-1:] == "}":
            # Logs have many lines of plain JSON; this is several times as fast as scanning.
            try:
                value = parse(whole)
            except ZcpolicyError as error:
                why = _why(error)
            else:
                yield number, value
                return
        position = 0
        while True:
            match = _START.search(line, position)
            if match is None:
                return
            start = match.start()
            scanned = scan(line, start)
            if scanned.end is not None:
                yield from self._parsed(number, line[start : scanned.end], scanned.json)
                position = scanned.end
            elif not line[scanned.stopped :].strip():
                self._line = number
                self._depth = self._size = 0
                self._append(line[start:])
                return
            elif why and not position:
                # One malformed value: do not look for others inside it.
                self._note(number, why)
                return
            else:
                self._note(number)
                position = max(scanned.stopped, start + 1)

    def _anew(self, line: str) -> bool:
        """Whether a new value begins on this line, because the one before was cut off."""
        if line.startswith("{"):
            return True
        match = _START.search(line)
        if match is None or self._wanted.search(line, match.start()) is None:
            return False
        before = line[: match.start()]
        # An indented object, or one after a key, is inside another value.
        if before and (not before.strip() or _KEY.search(before) is not None):
            return False
        return scan(line, match.start()).end is not None

    def finish(self, notes: Notes) -> None:
        """End the lines and note broken values."""
        self._close()
        for line, why in self._broken:
            notes.add(why or "JSON that breaks off", line)

    def _close(self) -> None:
        if self._begun:
            self._note(self._line)
            self._begun = []

    def _append(self, line: str) -> None:
        self._begun.append(line)
        self._size += len(line)
        bare = _STRING.sub("", line)
        self._depth += len(_OPEN.findall(bare)) - len(_CLOSE.findall(bare))

    def _continued(self, line: str) -> Iterator[Tuple[int, Any]]:
        self._append(line)
        if self._depth <= 0 or self._size > _CHARACTERS_MAX:
            text = "".join(self._begun)
            self._begun = []
            scanned = scan(text, 0)
            if scanned.end is None:
                self._note(self._line)
            else:
                yield from self._parsed(self._line, text[: scanned.end], scanned.json)

    def _parsed(self, number: int, text: str, made: Any) -> Iterator[Tuple[int, Any]]:
        try:
            yield number, parse(text if made is None else made)
        except ZcpolicyError as error:
            self._note(number, _why(error))

    def _note(self, number: int, why: str = "") -> None:
        if len(self._broken) < _BROKEN_MAX:
            self._broken.append((number, why))


def _why(error: ZcpolicyError) -> str:
    """Return the fault of a value whose brackets match; empty if the value breaks off."""
    return "" if error.problem.startswith("the text is not JSON") else f"refused: {error}"


def returned(value: Any) -> Any:
    """Return the content of a QEMU reply; the value itself if it is not a reply."""
    inner = value.get("return") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else value


class ValueReader:
    """Read any number of samples from JSON values.

    Attributes:
        found: whether any value was of the form.
    """

    def __init__(
        self,
        form: str,
        wanted: "re.Pattern[str]",
        take: Callable[[int, Any, Series, Notes], bool],
    ) -> None:
        """Read *form*; *take* processes a value of a line and returns whether it is of the form."""
        self._form = form
        self._documents = JsonLines(wanted)
        self._take = take
        self._series = Series()
        self._notes = Notes()
        self.found = False

    def feed(self, number: int, line: str) -> None:
        """Take the next line."""
        for begins, value in self._documents.values(number, line):
            taken = self._take(begins, value, self._series, self._notes)
            self.found = self.found or taken
        if self._documents.other:
            self._notes.line(line)

    def reading(self) -> Reading:
        """Return the migration that the values describe."""
        self._documents.finish(self._notes)
        return series_reading(self._form, self._series, self._notes)
