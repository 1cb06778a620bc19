"""Read values of the option quoted for a shell, SQL, CSV or COPY.

Source: Engine's ``dbscripts/common_sp.sql`` (``fn_db_add_config_value`` and its siblings), and
PostgreSQL's manual for COPY's output.
"""

import re
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Pattern, Tuple

from .._base.errors import InvalidValue
from .._model.engine_config import EngineConfig, level_key
from ._text import Text, in_words

__all__ = ["CVER", "OPTION", "Shown", "Way", "ignore", "level_beside", "level_of", "way_of"]

OPTION = "MigrationPolicies"


class Shown(NamedTuple):
    """One value of the option.

    Attributes:
        value: JSON text, or its parsed value.
        levels: the levels that have it; None if none is named.
        line: the line on which it begins.
    """

    value: Any
    levels: Tuple[Optional[str], ...]
    line: int


def level_of(word: Optional[str]) -> Optional[str]:
    """Return the level that a version denotes; *general* is none."""
    return None if word == "general" else word


class Way(NamedTuple):
    """A way of quoting the value.

    Attributes:
        needs: what every text with a match of `value` contains; it is looked for first.
        value: matches where a quoted value begins.
        quoted: matches all of it from there; its group is the quoted content.
        inside: unquotes the content.
        around: finds the start and end of its context: a line, a command, a row of a statement.
            Takes the text, the earliest start of the context, and the value's start and end.
        levels: the levels named in the context before and after the value.
    """

    needs: str
    value: Pattern[str]
    quoted: Pattern[str]
    inside: Callable[[str], str]
    around: Callable[[str, int, int, int], Tuple[int, int]]
    levels: Callable[[str, str], Tuple[Optional[str], ...]]

    def read(self, text: str, ignored: List[str]) -> Iterator[Shown]:
        """Yield the values in the text."""
        position, line, counted, until = 0, 1, 0, 0
        while True:
            match = self.value.search(text, position)
            if match is None:
                ignore(text[max(position, until) :], ignored)
                return
            start = match.start("open")
            line += text.count("\n", counted, start)
            counted = start
            quoted = self.quoted.match(text, start)
            if quoted is None:
                problem = f"the quoted value that begins on line {line} does not end"
                raise InvalidValue("", None, "a quoted value", problem)
            if start < until:
                ignored.append(f"the default value on line {line}")
                position = quoted.end()
                continue
            first, last = self.around(text, position, start, quoted.end())
            ignore(text[until:first], ignored)
            levels = self.levels(text[first:start], text[quoted.end() : last])
            yield Shown(self.inside(quoted.group(1)), levels, line)
            position, until = quoted.end(), last


def ignore(text: str, ignored: List[str]) -> None:
    """Note the lines of *text* as ignored."""
    ignored.extend(in_words(text, "around the values"))


def _line_around(text: str, since: int, start: int, end: int) -> Tuple[int, int]:
    until = text.find("\n", end)
    return max(text.rfind("\n", since, start) + 1, since), len(text) if until < 0 else until


_NEXT_COMMAND = re.compile(r"(?<!\\)\n|[;&|]+")
_OF_COMMAND = re.compile(r"""(?:\\.|'[^']*'|"[^"\\]*(?:\\.[^"\\]*)*"|[^\n;&|\\'"])*""", re.DOTALL)


def _command_around(text: str, since: int, start: int, end: int) -> Tuple[int, int]:
    """Find the shell command, which a backslash continues on the next line."""
    ends = [match.end() for match in _NEXT_COMMAND.finditer(text, since, start)]
    behind = _OF_COMMAND.match(text, end)
    assert behind is not None  # it may be empty
    return (ends or [since])[-1], behind.end()


_SQL = re.compile(r"'[^']*'|[();]|\b(?i:update|insert|select)\b")
_ROW_ENDS = re.compile(r"[ \t]*[);,][);, \t]*")


def _row_around(text: str, since: int, start: int, end: int) -> Tuple[int, int]:
    """Find the statement up to the value, and the rest of its brackets after it."""
    first, depth, until = since, 0, len(text)
    for match in _SQL.finditer(text, since, start):
        if match.group()[0] not in "'()":
            first = match.end() if match.group() == ";" else match.start()
    for match in _SQL.finditer(text, end):
        word = match.group()[0]
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth < 0 or word not in "'()":
            until = match.start()
            break
    closed = _ROW_ENDS.match(text, until)
    return first, until if closed is None else closed.end()


_BESIDE = re.compile(r"""(?:^|(?<=[\s|,'"(=]))([0-9]+\.[0-9]+|general)(?=[\s|,'");]|$)""")
CVER = re.compile(r"--cver[= ]['\"]?([^\s'\"]+)")
_UP_TO = re.compile(r"fn_db_\w*_versions_(from_)?up_to\b")
_LEVELS = tuple(sorted(EngineConfig().parallel_supported, key=level_key))


def level_beside(before: str, behind: str) -> Tuple[Optional[str], ...]:
    """Return the level in a cell next to the value."""
    match = _BESIDE.search(_outside(behind)) or _BESIDE.search(before)
    return (level_of(match.group(1)),) if match else (None,)


def _outside(behind: str) -> str:
    """Return the text after the value, without a second value."""
    bracket = behind.find("[")
    return behind if bracket < 0 else behind[:bracket] + behind[behind.rfind("]") + 1 :]


def _of_command(before: str, behind: str) -> Tuple[Optional[str], ...]:
    match = CVER.search(behind) or CVER.search(before)
    return (level_of(match.group(1)),) if match else (None,)


# A condition on the version, and the operand.
_CONDITION = re.compile(
    r"""\b(?i:version)"?\s*(?:=\s*('[^']*')|(?i:in)\s*\(([^()]*)\)|(?P<other>[^\s'"\w)]+|\w+))"""
)


def _of_statement(before: str, behind: str) -> Tuple[Optional[str], ...]:
    """Return the levels that an SQL statement sets: one, several, or a range."""
    until = _UP_TO.search(before)
    if until is None:
        levels: Dict[Optional[str], None] = {}
        for match in _CONDITION.finditer(_outside(behind)):
            if match.group("other"):
                expected = "version = '4.7', or version in ('4.6', '4.7')"
                raise InvalidValue("version", match.group("other"), expected)
            words = _BESIDE.findall(match.group(1) or match.group(2))
            levels.update(dict.fromkeys(map(level_of, words)))
        return tuple(levels) or level_beside(_in_brackets(before), behind)
    named = [word for word in _BESIDE.findall(behind) if word != "general"]
    first = named[0] if until.group(1) and len(named) > 1 else "0.0"
    last = named[-1] if named else "0.0"
    between = [
        level for level in _LEVELS if level_key(first) <= level_key(level) <= level_key(last)
    ]
    return tuple(between) or (None,)


def _in_brackets(before: str) -> str:
    """Return the text since the last bracket that is still open."""
    opened: List[int] = []
    for match in _SQL.finditer(before):
        if match.group() == "(":
            opened.append(match.end())
        elif match.group() == ")":
            opened = opened[:-1]
    return before[opened[-1] :] if opened else before


_PIECE = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_IN_DOUBLE = re.compile(r'\\(["\\$`\n])')


def _of_shell(word: str) -> str:
    """Return a word as a shell passes it on, without the option's name."""
    made = []
    for single, double, escaped, plain_text in _PIECE.findall(word):
        made.append(single or _IN_DOUBLE.sub(r"\1", double) or escaped or plain_text)
    whole = "".join(made)
    # The quotes may also enclose the name.
    return whole[len(OPTION) + 1 :] if whole.startswith(f"{OPTION}=") else whole


_COPIED = re.compile(r"\\(.)")
_COPIED_AS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _of_copy(cell: str) -> str:
    return _COPIED.sub(lambda match: _COPIED_AS.get(match.group(1), match.group(1)), cell)


_WAYS: Tuple[Way, ...] = (
    # engine-config -s MigrationPolicies='…' --cver=4.7, as a shell takes it
    Way(
        f"{OPTION}=",
        # A description may also contain the name, but no list follows it.
        re.compile(rf"""(?P<open>(?<={OPTION}=)['"](?=\s*\[)|['"](?={OPTION}=\s*\[))"""),
        re.compile(
            r"""((?:'[^']*'|"[^"\\]*(?:\\.[^"\\]*)*"|\\.|[^\s'"\\;&|])+)""",
            re.DOTALL,
        ),
        _of_shell,
        _command_around,
        _of_command,
    ),
    # SQL: a statement with the value as a literal
    Way(
        "'",
        re.compile(r"(?P<open>')(?=\s*\[\s*[{\]])"),
        re.compile(r"'([^']*(?:''[^']*)*)'"),
        lambda literal: literal.replace("''", "'"),
        _row_around,
        _of_statement,
    ),
    # CSV
    Way(
        '"',
        re.compile(r'(?P<open>")(?=\s*\[\s*(?:\{\s*""|\]))'),
        re.compile(r'"([^"]*(?:""[^"]*)*)"'),
        lambda cell: cell.replace('""', '"'),
        _line_around,
        level_beside,
    ),
    # COPY … TO STDOUT, whose line ends and tabs are escaped
    Way(
        "\t",
        re.compile(
            r"(?P<open>(?<=\t)(?=\[(?:\s|\\[nrt])*[{\]])"
            r"|^(?=\[(?:\s|\\[nrt])*[{\]][^\t\n]*\t))",
            re.MULTILINE,
        ),
        re.compile(r"([^\t\n]*)"),
        _of_copy,
        _line_around,
        level_beside,
    ),
)


def way_of(text: Text) -> Optional[Way]:
    """Return the way the text quotes the value; None if it does not.

    The first in the text counts, unless a document contains it: a description may quote any way.
    """
    ways = [way for way in _WAYS if way.needs in text.text]
    matches = [(way.value.search(text.text), way) for way in ways]
    starts = [(match.start(), way) for match, way in matches if match is not None]
    start, first = min(starts, key=lambda found: found[0], default=(0, None))
    inside = any([document.start < start < document.end for document in text.documents])
    return None if inside else first
