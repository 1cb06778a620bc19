"""Split texts of any length into lines; collect notes and faults about them."""

import codecs
import re
from datetime import datetime, timedelta
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, short_repr
from .._base.terminal import escaped

__all__ = ["Faults", "Notes", "TimeOrder", "check_vm", "plain", "text_lines", "untaken", "utf8"]

# Logs may contain any number of unrelated things.
_NOTES_MAX = 40
_NAMES_SHOWN = 20
_NOTE_SHOWN = 300
_SHOWN = 60
# Nobody reads more.
_FAULTS_MAX = 20
_VMS_SHOWN = 10
_WHY_SHOWN = 600
# A terminal's control sequences, which recordings contain: colours, cursor moves, titles.
_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[=>78])"
)
_RETURN = re.compile(r"\r+\n?")
# In concatenated files each may begin with a byte order mark.
_MARK = re.compile(r"^([ \t>]*)\ufeff+", re.MULTILINE)


class Notes:
    """Unused contents of a text: each kind once, with the number of its occurrences."""

    __slots__ = ("_counts", "_first", "_lines", "_names", "_others")

    def __init__(self) -> None:
        self._counts: Dict[str, List[int]] = {}
        self._names: Dict[str, None] = {}
        self._others = self._lines = 0
        self._first = ""

    def add(self, note: str, line: int = 0) -> None:
        """Add a note with the line it is about; count repetitions."""
        note = _short(note, _NOTE_SHOWN)
        found = self._counts.get(note)
        if found is not None:
            found[0] += 1
        elif len(self._counts) < _NOTES_MAX:
            self._counts[note] = [1, line]
        else:
            self._others += 1

    def name(self, name: str) -> None:
        """Note an unused value by its name in the text."""
        name = _short(name, _SHOWN)
        if len(self._names) < _NOTES_MAX:
            self._names[name] = None
        elif name not in self._names:
            self._others += 1

    def line(self, line: str) -> None:
        """Note an unrelated line."""
        if not self._lines:
            self._first = line.strip()[:_SHOWN]
        self._lines += 1

    def after(self, problem: str) -> str:
        """Return *problem* followed by the notes, short enough for a message."""
        return _short("; ".join((problem, *self.all())), _WHY_SHOWN)

    def all(self) -> Tuple[str, ...]:
        """Return the notes in order of first occurrence, then the names, then the lines."""
        made = [note + _where(count, line) for note, (count, line) in self._counts.items()]
        if self._names:
            made.append(f"not taken: {_listed([*self._names])}")
        if self._lines:
            others = f"{self._lines} other line{'s' if self._lines > 1 else ''}"
            made.append(f"{others}, the first: {short_repr(self._first)}")
        if self._others:
            made.append(f"{self._others} other things")
        return tuple(made)


def untaken(names: Iterable[str], taken: Iterable[str]) -> Tuple[str, ...]:
    """Return a note of the *names* that are not *taken*; none if all are."""
    others = sorted({*names} - {*taken})
    return (f"not taken: {_listed(others)}",) if others else ()


def _listed(names: Sequence[str]) -> str:
    """List the first names, and count the rest."""
    more = len(names) - _NAMES_SHOWN
    shown_first = ", ".join([_short(name, _SHOWN) for name in names[:_NAMES_SHOWN]])
    return shown_first + (f" and {more} more" if more > 0 else "")


def _short(text: str, length: int) -> str:
    """Return *text* on one line, cut to *length* characters before escaping."""
    return escaped(text if len(text) <= length else text[: length - 3] + "...")


def _where(count: int, line: int) -> str:
    if count == 1:
        return f" (line {line})" if line else ""
    return f" ({count} times, first on line {line})" if line else f" ({count} times)"


class Faults:
    """The faults of a text, collected until all of it is read."""

    __slots__ = ("_faults",)

    def __init__(self) -> None:
        self._faults: List[ZcpolicyError] = []

    def add(self, error: ZcpolicyError, line: int = 0) -> None:
        """Keep a fault; prefix its path with *line*, if given."""
        for fault in error.all:
            if len(self._faults) < _FAULTS_MAX:
                path = fault.path
                if line:
                    path = f"line {line}: {path}" if path else f"line {line}"
                self._faults.append(type(fault)(path, fault.value, fault.expected, fault.problem))

    def check(self) -> None:
        """Raise the faults as one error, if there are any."""
        raise_all(self._faults)


# A log line's timestamp in Vdsm and Engine, with the offset from UTC if there is one.
_WRITTEN = re.compile(
    r"\b([0-9]{4})-([01][0-9])-([0-3][0-9]) ([0-2][0-9]):([0-5][0-9]):([0-5][0-9]),[0-9]{3}"
    r"(?:([+-])([01][0-9]):?([0-5][0-9])?)?(?![0-9])"
)
# Threads may write out of order, and in autumn clocks go back an hour.
_BACK_MAX, _BACK_MAX_LOCAL = timedelta(minutes=1), timedelta(hours=1, minutes=1)


class TimeOrder:
    """Detect log lines that go back in time, because parts of the log are out of order."""

    __slots__ = ("_latest", "_line", "_shown")

    def __init__(self) -> None:
        self._latest: Optional[datetime] = None
        self._line = 0
        self._shown = ""

    def fault(self, number: int, line: str) -> Optional[ZcpolicyError]:
        """Return the fault of this line's time; None if it has no fault or no time."""
        match = _WRITTEN.search(line)
        if match is None:
            return None
        sign, hours, minutes = match.group(7, 8, 9)
        year, month, day, hour, minute, second = map(int, match.groups()[:6])
        try:
            written = datetime(year, month, day, hour, minute, second)
            if sign is not None:
                away = timedelta(hours=int(hours), minutes=int(minutes or 0))
                written -= away if sign == "+" else -away
        except (ValueError, OverflowError):
            return None
        allowed = _BACK_MAX_LOCAL if sign is None else _BACK_MAX
        fault = None
        if self._latest is not None and written < self._latest - allowed:
            problem = (
                f"{match.group()}, after {self._shown} on line {self._line}: the parts of the log "
                "are not in time order, give the oldest first"
            )
            expected = "the lines of a log in time order"
            fault = InvalidValue("", match.group(), expected, problem)
        if self._latest is None or fault is not None or written > self._latest:
            self._latest, self._line, self._shown = written, number, match.group()
        return fault


def check_vm(asked: Optional[str], known: Mapping[str, object]) -> None:
    """Refuse a text about several VMs if none is asked for, or not about the one asked for.

    Raises:
        ZcpolicyError: listing the VMs in the text.
    """
    names = [*known]
    listed = ", ".join([_short(name, _SHOWN) for name in names[:_VMS_SHOWN]])
    if len(names) > _VMS_SHOWN:
        listed += f" and {len(names) - _VMS_SHOWN} more"
    if asked is None and len(names) > 1:
        problem = f"the text is about {len(names)} VMs, ask for one: {listed}"
        raise InvalidValue("vm", None, f"one of {listed}", problem)
    if asked is not None and asked not in known:
        problem = f"the text says nothing about {short_repr(asked)}"
        problem += f", only about {listed}" if names else ""
        raise InvalidValue("vm", asked, f"one of {listed}", problem)


def utf8(line: bytes, notes: Notes, number: int) -> str:
    """Decode a UTF-8 line; replace invalid bytes and note that."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        notes.add("bytes that are not UTF-8, replaced", number)
        return line.decode("utf-8", "replace")


def plain(text: str) -> str:
    """Strip *text* of control sequences and byte order marks; end its lines with line feeds.

    A carriage return ends a line: terminals print it before line feeds, and to redraw progress.
    """
    if "\x1b" in text:
        text = _TERMINAL.sub("", text)
    if "\r" in text:
        text = _RETURN.sub("\n", text)
    return _MARK.sub(r"\1", text) if "\ufeff" in text else text


def text_lines(lines: Iterable[Union[str, bytes]], notes: Notes) -> Iterator[str]:
    """Yield lines as text; each ends in a line feed, except perhaps the last.

    Bytes are UTF-8, or UTF-16 if the first ones indicate it.  Invalid bytes become replacement
    characters, and so does NUL, which a power failure leaves in logs: several programs write into
    one log, and one damaged spot should not cost the rest.

    Args:
        lines: the lines, all with their ends (the last may lack it) or all without.
        notes: receives a note about lines with bytes that are not UTF-8.

    Raises:
        ZcpolicyError: a line is neither str nor bytes.
    """
    wide: Optional[codecs.IncrementalDecoder] = None
    first, have_ends, rest = True, False, ""
    for number, line in enumerate(lines, 1):
        if isinstance(line, str):
            piece = line
        elif isinstance(line, (bytes, bytearray)):
            encoding = _wide(bytes(line[:2])) if first else None
            if encoding is not None:
                wide = codecs.getincrementaldecoder(encoding)("replace")
            piece = utf8(bytes(line), notes, number) if wide is None else wide.decode(line)
        else:
            raise InvalidType("lines", line, "lines, each str or bytes")
        first = False
        have_ends = have_ends or wide is not None or piece.endswith("\n")
        *whole, rest = (rest + piece).split("\n")
        if not have_ends:
            whole.append(rest)
            rest = ""
        for each in whole:
            yield from _plain_lines(each + "\n")
    if rest:
        yield from _plain_lines(rest)


def _plain_lines(line: str) -> Iterator[str]:
    """Split a line at its carriage returns."""
    *whole, rest = plain(line).replace("\0", "\ufffd").split("\n")
    for each in whole:
        yield each + "\n"
    if rest:
        yield rest


def _wide(start: bytes) -> Optional[str]:
    """Return the encoding that the first bytes indicate, if it is not UTF-8."""
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    # No byte order mark: logs begin with ASCII.
    zeros = start[:1] == b"\0", start[1:] == b"\0"
    return {(True, False): "utf-16-be", (False, True): "utf-16-le"}.get(zeros)
