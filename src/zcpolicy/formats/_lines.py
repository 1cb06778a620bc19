"""The lines of a text of any length, and what is in them beside what was looked for."""

import codecs
import re
from datetime import datetime, timedelta
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, shown
from .._base.terminal import escaped

__all__ = ["Faults", "Notes", "TimeOrder", "check_vm", "plain", "text_lines", "untaken", "utf8"]

# A log that is not ours may have any number of other things in it.
_NOTES_MAX = 40
_NAMES_SHOWN = 20
_NOTE_SHOWN = 300
_SHOWN = 60
# More faults tell nobody anything.
_FAULTS_MAX = 20
_VMS_SHOWN = 10
_WHY_SHOWN = 600
# What a terminal is told beside the text, and a record of it has: colours, the cursor, a title.
_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[=>78])"
)
_RETURN = re.compile(r"\r+\n?")
# Of files that were put together each may begin with one.
_MARK = re.compile(r"^([ \t>]*)\ufeff+", re.MULTILINE)


class Notes:
    """What was in a text and was not taken: each kind of thing once, with how often it came."""

    __slots__ = ("_counts", "_first", "_lines", "_names", "_others")

    def __init__(self) -> None:
        self._counts: Dict[str, List[int]] = {}
        self._names: Dict[str, None] = {}
        self._others = self._lines = 0
        self._first = ""

    def add(self, note: str, line: int = 0) -> None:
        """Note one thing, and on which line it is; what is the same is counted."""
        note = _short(note, _NOTE_SHOWN)
        found = self._counts.get(note)
        if found is not None:
            found[0] += 1
        elif len(self._counts) < _NOTES_MAX:
            self._counts[note] = [1, line]
        else:
            self._others += 1

    def name(self, name: str) -> None:
        """Note a value that was not taken, by the name that the text has for it."""
        name = _short(name, _SHOWN)
        if len(self._names) < _NOTES_MAX:
            self._names[name] = None
        elif name not in self._names:
            self._others += 1

    def line(self, line: str) -> None:
        """Note a line of something else."""
        if not self._lines:
            self._first = line.strip()[:_SHOWN]
        self._lines += 1

    def after(self, problem: str) -> str:
        """*problem*, and behind it what was noted, as far as a message is to be read."""
        return _short("; ".join((problem, *self.all())), _WHY_SHOWN)

    def all(self) -> Tuple[str, ...]:
        """The notes, in the order in which they first came, the names, the lines."""
        made = [note + _where(count, line) for note, (count, line) in self._counts.items()]
        if self._names:
            made.append(f"not taken: {_listed([*self._names])}")
        if self._lines:
            others = f"{self._lines} other line{'s' if self._lines > 1 else ''}"
            made.append(f"{others}, the first: {shown(self._first)}")
        if self._others:
            made.append(f"{self._others} other things")
        return tuple(made)


def untaken(names: Iterable[str], taken: Iterable[str]) -> Tuple[str, ...]:
    """The note of those *names* in a document that are not *taken*; none if all are."""
    others = sorted({*names} - {*taken})
    return (f"not taken: {_listed(others)}",) if others else ()


def _listed(names: Sequence[str]) -> str:
    """The first of some names, and how many follow."""
    more = len(names) - _NAMES_SHOWN
    shown_first = ", ".join([_short(name, _SHOWN) for name in names[:_NAMES_SHOWN]])
    return shown_first + (f" and {more} more" if more > 0 else "")


def _short(text: str, length: int) -> str:
    """*text* on one line, cut where long."""
    return escaped(text if len(text) <= length else text[: length - 3] + "...")


def _where(count: int, line: int) -> str:
    if count == 1:
        return f" (line {line})" if line else ""
    return f" ({count} times, first on line {line})" if line else f" ({count} times)"


class Faults:
    """What is wrong with a text, until all of it was read."""

    __slots__ = ("_faults",)

    def __init__(self) -> None:
        self._faults: List[ZcpolicyError] = []

    def add(self, error: ZcpolicyError, line: int = 0) -> None:
        """Keep a fault; with a *line*, that is said before its path."""
        for fault in error.all:
            if len(self._faults) < _FAULTS_MAX:
                path = fault.path
                if line:
                    path = f"line {line}: {path}" if path else f"line {line}"
                self._faults.append(type(fault)(path, fault.value, fault.expected, fault.problem))

    def check(self) -> None:
        """Raise the faults as one error, if there are any."""
        raise_all(self._faults)


# When a line of a log was written, as Vdsm and Engine have it, where with the distance from UTC.
_WRITTEN = re.compile(
    r"\b([0-9]{4})-([01][0-9])-([0-3][0-9]) ([0-2][0-9]):([0-5][0-9]):([0-5][0-9]),[0-9]{3}"
    r"(?:([+-])([01][0-9]):?([0-5][0-9])?)?(?![0-9])"
)
# Threads write when they may, and in autumn clocks are set back.
_BACK_MAX, _BACK_MAX_LOCAL = timedelta(minutes=1), timedelta(hours=1, minutes=1)


class TimeOrder:
    """Tells where the lines of a log go back in time: its parts are in another order."""

    __slots__ = ("_latest", "_line", "_shown")

    def __init__(self) -> None:
        self._latest: Optional[datetime] = None
        self._line = 0
        self._shown = ""

    def fault(self, number: int, line: str) -> Optional[ZcpolicyError]:
        """What is wrong with the time of this line; None if nothing is, or it has no time."""
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
                "are not in the order of time, give the oldest first"
            )
            expected = "the lines of a log in the order of time"
            fault = InvalidValue("", match.group(), expected, problem)
        if self._latest is None or fault is not None or written > self._latest:
            self._latest, self._line, self._shown = written, number, match.group()
        return fault


def check_vm(asked: Optional[str], known: Mapping[str, object]) -> None:
    """Refuse a text of several VMs if none is asked for, or of others than the one that is.

    Raises:
        ZcpolicyError: which lists those that are there.
    """
    names = [*known]
    listed = ", ".join([_short(name, _SHOWN) for name in names[:_VMS_SHOWN]])
    if len(names) > _VMS_SHOWN:
        listed += f" and {len(names) - _VMS_SHOWN} more"
    if asked is None and len(names) > 1:
        problem = f"the text is of {len(names)} VMs, ask for one: {listed}"
        raise InvalidValue("vm", None, f"one of {listed}", problem)
    if asked is not None and asked not in known:
        problem = f"the text says nothing about {shown(asked)}"
        problem += f", but about {listed}" if names else ""
        raise InvalidValue("vm", asked, f"one of {listed}", problem)


def utf8(line: bytes, notes: Notes, number: int) -> str:
    """A line in UTF-8; bytes that are none become marks of replacement, which is noted."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        notes.add("bytes that are not UTF-8, which were replaced", number)
        return line.decode("utf-8", "replace")


def plain(text: str) -> str:
    """*text* less what terminals are told and byte order marks; a line feed alone ends its lines.

    A carriage return ends a line, as it does where a shell answers, or progress is overwritten.
    """
    if "\x1b" in text:
        text = _TERMINAL.sub("", text)
    if "\r" in text:
        text = _RETURN.sub("\n", text)
    return _MARK.sub(r"\1", text) if "\ufeff" in text else text


def text_lines(lines: Iterable[Union[str, bytes]], notes: Notes) -> Iterator[str]:
    """Lines as text; each ends in a line feed but for a last one that has no end.

    Bytes are UTF-8, or UTF-16 if the first say so.  What is neither becomes a mark of replacement,
    and so does NUL, which a host that lost its power leaves behind: several programs write into one
    log, and a cut is no reason to lose the rest.

    Args:
        lines: the lines, all with their ends (the last may lack it) or all without.
        notes: gets a note of lines with bytes that are not UTF-8.

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
    """The lines that a line is where carriage returns end some."""
    *whole, rest = plain(line).replace("\0", "\ufffd").split("\n")
    for each in whole:
        yield each + "\n"
    if rest:
        yield rest


def _wide(start: bytes) -> Optional[str]:
    """The encoding of text that begins so, if that is not UTF-8."""
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    # Without a mark: what a log begins with is ASCII.
    zeros = start[:1] == b"\0", start[1:] == b"\0"
    return {(True, False): "utf-16-be", (False, True): "utf-16-le"}.get(zeros)
