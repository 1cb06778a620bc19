"""Migration policies: as JSON, and as Engine's tools and its database show the option.

Source: oVirt Engine ``EngineConfigLogic`` (what engine-config prints and takes), the REST API's
``SystemOption``, ``dbscripts/common_sp.sql`` (``fn_db_add_config_value`` and those like it), and
PostgreSQL's manual for what psql and COPY print.
"""

import re
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Pattern, Tuple

from .._base.documents import Reader
from .._base.errors import InvalidValue, ZcpolicyError, raise_all
from .._base.fields import LEVEL
from .._base.parsing import parse
from .._model.engine_config import EngineConfig, level_key
from .._model.policy import MigrationPolicy, read_policies
from ._form import Form, Reading, document_reading
from ._psql import Row, Rows, rows_of
from ._rest import plain
from ._text import Text, in_words

__all__ = ["FORMS"]

OPTION = "MigrationPolicies"
# Keys of an entry that no other list of objects has.
_ENTRY_KEYS = ("maxMigrations", "config", "autoConvergence", "migrationCompression", "zeroCopy")


class _Shown(NamedTuple):
    """One value of the option.

    Attributes:
        value: JSON text, or the value that it stands for.
        levels: the levels that have it; None is what names no level.
        line: the line on which it begins.
    """

    value: Any
    levels: Tuple[Optional[str], ...]
    line: int


def _is_list(value: object) -> bool:
    return isinstance(value, list) and (
        not value
        or any(
            isinstance(entry, dict) and any(key in entry for key in _ENTRY_KEYS) for entry in value
        )
    )


def _is_policies(text: Text) -> bool:
    document = text.document
    if isinstance(document, dict):
        return "maxMigrations" in document and ("config" in document or "name" in document)
    return _is_list(document) and not _names_option(text)


def _read_policies(text: Text) -> Reading:
    document = text.document
    reader = Reader()
    # One policy alone is a list of one.
    found = read_policies(reader, [document] if isinstance(document, dict) else document, "")
    parts = {"policies": {None: reader.result(tuple(found))}}
    return document_reading("policies", text, parts)


# -- The option -----------------------------------------------------------------------------------


def _names_option(text: Text) -> bool:
    """Whether a list in the text has its option's name, or a level, beside it."""
    rest = text.rest
    return any(name in rest for name in _NAMES) or _CELL.search(rest) is not None


# The option, its column in psql, and what Java says as engine-config starts.
_COLUMN = "option_value"
_NAMES = (OPTION, _COLUMN, "JAVA_TOOL_OPTIONS")


# engine-config -g and -a put the name before the value, --diff above it.
_GOT = re.compile(rf"^(?:{OPTION}: +\[|Name: {OPTION}$)", re.MULTILINE)
# psql -At puts the level behind a bar, or before one.
_CELL = re.compile(r"^\|(?:[0-9]+\.[0-9]+|general)\b|\b(?:[0-9]+\.[0-9]+|general)\|$", re.MULTILINE)


def _is_engine_config(text: Text) -> bool:
    if text.element is not None:
        return text.element.tag == "system_option"
    if rows_of(text.text, _COLUMN) is not None:
        return True
    document = text.document
    if _rows_in_json(text):
        return True
    if not text.rest.strip():
        # A document and nothing else, so that no way of quoting is looked for in it.
        if isinstance(document, str):
            return document.lstrip()[:1] == "[" and _is_list(_parsed(document))
    elif OPTION in text.text and (_GOT.search(text.text) or _quoting(text.text)):
        return True
    if isinstance(document, dict):
        return OPTION in (document.get("name"), document.get("id")) and "values" in document
    lists = [found.value for found in text.documents]
    return bool(lists) and all(map(_is_list, lists)) and _names_option(text)


def _rows_in_json(text: Text) -> List[Row]:
    """The rows of the table as PostgreSQL makes JSON of them, ``row_to_json``, if all are such."""
    rows: List[Row] = []
    for document in text.documents:
        value = document.value
        rows += [Row(row, document.line) for row in (value if isinstance(value, list) else [value])]
    told = all(
        isinstance(row.cells, dict)
        and all(isinstance(row.cells.get(key, ""), str) for key in ("option_name", "version"))
        and isinstance(row.cells.get(_COLUMN), str)
        for row in rows
    )
    return rows if told else []


def _quoting(text: str) -> Optional["_Way"]:
    """The way in which the text quotes the value; None if it does not."""
    return next((way for way in _WAYS if way.begins(text)), None)


def _parsed(text: str) -> Any:
    """The value of JSON text; None if it is none."""
    try:
        return parse(text)
    except ZcpolicyError:
        return None


def _read_engine_config(text: Text) -> Reading:
    reader = Reader()
    found: Dict[Optional[str], Tuple[MigrationPolicy, ...]] = {}
    lines: Dict[Optional[str], int] = {}
    ignored: List[str] = []
    for shown in _shown(text, ignored):
        value = shown.value
        for level in shown.levels:
            path = level or ""
            if level in lines:
                problem = f"a second list of this level on line {shown.line}, after the one on line"
                problem = f"{problem} {lines[level]}"
                reader.faults.append(InvalidValue(path, None, "one list for each level", problem))
                continue
            lines[level] = shown.line
            if level is not None:
                reader.faults += LEVEL.faults(path, level)
            try:
                entries = parse(value) if isinstance(value, str) else value
            except ZcpolicyError as error:
                problem = f"{error.problem}, of the value on line {shown.line}"
                reader.faults.append(InvalidValue(path, None, error.expected, problem))
                continue
            found[level] = tuple(read_policies(reader, entries, path))
    if not lines:
        problem = f"the text names {OPTION} and has no list of policies"
        reader.faults.append(InvalidValue("", None, "a list of policies", problem))
    raise_all(reader.faults)
    return Reading(form="engine-config", parts={"policies": found}, ignored=tuple(ignored))


def _shown(text: Text, ignored: List[str]) -> Iterator[_Shown]:
    """The values that the text shows; what else it holds goes to *ignored*."""
    if text.element is not None:
        yield from _option(plain(text.element), text.documents[0].line)
    elif isinstance(text.document, dict) and "values" in text.document:
        yield from _option(text.document, text.documents[0].line)
    elif _rows_in_json(text):
        yield from _of_rows("", Rows(tuple(_rows_in_json(text)), frozenset()), ignored)
    elif isinstance(text.document, str):
        yield _Shown(text.document, (None,), text.documents[0].line)
    else:
        way, rows = _quoting(text.text), rows_of(text.text, _COLUMN)
        if rows is not None:
            yield from _of_rows(text.text, rows, ignored)
        elif way is not None:
            yield from way.read(text.text, ignored)
        else:
            yield from _printed(text, ignored)
        return
    ignored.extend(text.noise)


def _option(option: Any, line: int) -> Iterator[_Shown]:
    """What the REST API says of the option, in the shape of its JSON."""
    if not isinstance(option, dict) or OPTION not in (option.get("name"), option.get("id")):
        problem = f"it is another option than {OPTION}"
        raise InvalidValue("name", None, OPTION, problem)
    values = option.get("values")
    listed = values.get("system_option_value") if isinstance(values, dict) else None
    for index, each in enumerate(listed if isinstance(listed, list) else [listed]):
        value = each.get("value") if isinstance(each, dict) else None
        level = each.get("version") if isinstance(each, dict) else None
        if not isinstance(value, str) or not isinstance(level, (str, type(None))):
            path = f"values.system_option_value[{index}]"
            raise InvalidValue(path, each, "an object with 'value' and 'version', strings")
        yield _Shown(value, (_level_of(level),), line)


def _level_of(word: Optional[str]) -> Optional[str]:
    return None if word == "general" else word


class _Way(NamedTuple):
    """A way in which the value is quoted.

    Attributes:
        value: where a quoted value begins.
        quoted: the whole of it, from there; its group is what is inside.
        inside: what the value is, of what stands inside.
        around: where what stands around it begins and ends: a line, a command, a row of a
            statement.  It is given the text, from where it may begin, and the value's ends.
        levels: which levels the text before it and behind it, in there, name.
    """

    value: Pattern[str]
    quoted: Pattern[str]
    inside: Callable[[str], str]
    around: Callable[[str, int, int, int], Tuple[int, int]]
    levels: Callable[[str, str], Tuple[Optional[str], ...]]

    def begins(self, text: str) -> bool:
        """Whether the text has such a value."""
        return self.value.search(text) is not None

    def read(self, text: str, ignored: List[str]) -> Iterator[_Shown]:
        """The values in the text."""
        position, line, counted, until = 0, 1, 0, 0
        while True:
            match = self.value.search(text, position)
            if match is None:
                _ignore(text[max(position, until) :], ignored)
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
            _ignore(text[until:first], ignored)
            levels = self.levels(text[first:start], text[quoted.end() : last])
            yield _Shown(self.inside(quoted.group(1)), levels, line)
            position, until = quoted.end(), last


def _ignore(text: str, ignored: List[str]) -> None:
    """Note the lines of *text* as ignored."""
    ignored.extend(in_words(text, "beside the values"))


def _line_around(text: str, since: int, start: int, end: int) -> Tuple[int, int]:
    until = text.find("\n", end)
    return max(text.rfind("\n", since, start) + 1, since), len(text) if until < 0 else until


_NEXT_COMMAND = re.compile(r"(?<!\\)\n|[;&|]+")
_OF_COMMAND = re.compile(r"""(?:\\.|'[^']*'|"[^"\\]*(?:\\.[^"\\]*)*"|[^\n;&|\\'"])*""", re.DOTALL)


def _command_around(text: str, since: int, start: int, end: int) -> Tuple[int, int]:
    """A command of a shell's, which a backslash continues on the next line."""
    ends = [match.end() for match in _NEXT_COMMAND.finditer(text, since, start)]
    behind = _OF_COMMAND.match(text, end)
    assert behind is not None  # it may be empty
    return (ends or [since])[-1], behind.end()


_SQL = re.compile(r"'[^']*'|[();]|\b(?i:update|insert|select)\b")
_ROW_ENDS = re.compile(r"[ \t]*[);,][);, \t]*")


def _row_around(text: str, since: int, start: int, end: int) -> Tuple[int, int]:
    """The statement up to the value, and behind it what is in the same brackets."""
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
_CVER = re.compile(r"--cver[= ]['\"]?([^\s'\"]+)")
_UP_TO = re.compile(r"fn_db_\w*_versions_(from_)?up_to\b")
_LEVELS = tuple(sorted(EngineConfig().parallel_supported, key=level_key))


def _beside(before: str, behind: str) -> Tuple[Optional[str], ...]:
    """The level in a cell beside the value."""
    match = _BESIDE.search(_outside(behind)) or _BESIDE.search(before)
    return (_level_of(match.group(1)),) if match else (None,)


def _outside(behind: str) -> str:
    """What is behind the value, less another value."""
    bracket = behind.find("[")
    return behind if bracket < 0 else behind[:bracket] + behind[behind.rfind("]") + 1 :]


def _of_command(before: str, behind: str) -> Tuple[Optional[str], ...]:
    match = _CVER.search(behind) or _CVER.search(before)
    return (_level_of(match.group(1)),) if match else (None,)


# A condition on the version, and what it is compared with.
_CONDITION = re.compile(
    r"""\b(?i:version)"?\s*(?:=\s*('[^']*')|(?i:in)\s*\(([^()]*)\)|(?P<other>[^\s'"\w)]+|\w+))"""
)


def _of_statement(before: str, behind: str) -> Tuple[Optional[str], ...]:
    """The levels that a statement of SQL sets, which may be several, or a range."""
    until = _UP_TO.search(before)
    if until is None:
        levels: Dict[Optional[str], None] = {}
        for match in _CONDITION.finditer(_outside(behind)):
            if match.group("other"):
                expected = "version = '4.7', or version in ('4.6', '4.7')"
                raise InvalidValue("version", match.group("other"), expected)
            words = _BESIDE.findall(match.group(1) or match.group(2))
            levels.update(dict.fromkeys(map(_level_of, words)))
        return tuple(levels) or _beside(_in_brackets(before), behind)
    named = [word for word in _BESIDE.findall(behind) if word != "general"]
    first = named[0] if until.group(1) and len(named) > 1 else "0.0"
    last = named[-1] if named else "0.0"
    between = [
        level for level in _LEVELS if level_key(first) <= level_key(level) <= level_key(last)
    ]
    return tuple(between) or (None,)


def _in_brackets(before: str) -> str:
    """What is in the brackets that are open at the end."""
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
    """A word as a shell passes it on, less the option's name."""
    made = []
    for single, double, escaped, plain_text in _PIECE.findall(word):
        made.append(single or _IN_DOUBLE.sub(r"\1", double) or escaped or plain_text)
    whole = "".join(made)
    # The quotes may be around the name as well.
    return whole[len(OPTION) + 1 :] if whole.startswith(f"{OPTION}=") else whole


_COPIED = re.compile(r"\\(.)")
_COPIED_AS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _of_copy(cell: str) -> str:
    return _COPIED.sub(lambda match: _COPIED_AS.get(match.group(1), match.group(1)), cell)


_WAYS: Tuple[_Way, ...] = (
    # engine-config -s MigrationPolicies='…' --cver=4.7, as a shell takes it
    _Way(
        re.compile(rf"""(?P<open>(?<={OPTION}=)['"]|['"](?={OPTION}=))"""),
        re.compile(
            r"""((?:'[^']*'|"[^"\\]*(?:\\.[^"\\]*)*"|\\.|[^\s'"\\;&|])+)""",
            re.DOTALL,
        ),
        _of_shell,
        _command_around,
        _of_command,
    ),
    # SQL: a statement with the value as a literal
    _Way(
        re.compile(r"(?P<open>')(?=\s*\[\s*[{\]])"),
        re.compile(r"'([^']*(?:''[^']*)*)'"),
        lambda literal: literal.replace("''", "'"),
        _row_around,
        _of_statement,
    ),
    # CSV
    _Way(
        re.compile(r'(?P<open>")(?=\s*\[\s*(?:\{\s*""|\]))'),
        re.compile(r'"([^"]*(?:""[^"]*)*)"'),
        lambda cell: cell.replace('""', '"'),
        _line_around,
        _beside,
    ),
    # COPY … TO STDOUT, whose line ends and tabs are escaped
    _Way(
        re.compile(
            r"(?P<open>(?<=\t)(?=\[(?:\s|\\[nrt])*[{\]])"
            r"|^(?=\[(?:\s|\\[nrt])*[{\]][^\t\n]*\t))",
            re.MULTILINE,
        ),
        re.compile(r"([^\t\n]*)"),
        _of_copy,
        _line_around,
        _beside,
    ),
)


def _of_rows(text: str, rows: Rows, ignored: List[str]) -> Iterator[_Shown]:
    """The values in psql's tables."""
    others = 0
    for row in rows.rows:
        if row.cells.get("option_name", OPTION) != OPTION:
            others += 1
            continue
        yield _Shown(row.cells[_COLUMN], (_level_of(row.cells.get("version") or None),), row.line)
        if row.cells.get("default_value"):
            ignored.append(f"the default value on line {row.line}")
    if others:
        ignored.append(f"{others} other options")
    lines = enumerate(text.split("\n"), 1)
    rest = [line for number, line in lines if number not in rows.lines and not _is_frame(line)]
    _ignore("\n".join(rest), ignored)


def _printed(text: Text, ignored: List[str]) -> Iterator[_Shown]:
    """The values as they are, with the level beside each: what engine-config and psql print."""
    lines = text.text.split("\n")
    others = [number for number, line in enumerate(lines) if _OTHER.fullmatch(line)]
    if others:
        for number in others:
            lines[number] = ""
        text = Text("\n".join(lines))
        ignored.append(f"{len(others)} other options")
    raise_all(text.faults)
    for number, line in enumerate(lines, 1):
        empty = _EMPTY.fullmatch(line)
        if empty is not None:
            yield _Shown([], (_level_of(empty.group(1)),), number)
    documents = text.documents
    edges = [0, *(edge for each in documents for edge in (each.start, each.end)), len(text.text)]
    # What is before the first, between two, and behind the last.
    around = [text.text[start:end] for start, end in zip(edges[::2], edges[1::2])]
    for before, behind, following, document in zip(
        around, around[1:], [*around[2:], ""], documents
    ):
        if not isinstance(document.value, list):
            problem = f"something else than a list of policies is on line {document.line}"
            raise InvalidValue("", None, "lists of policies", problem)
        beside = before.rpartition("\n")[2]
        # Of two values in a row the second is what Engine ships; psql -x says so.
        second = before is not around[0] and "\n" not in before
        if second or beside.lstrip().startswith(_DEFAULTS):
            ignored.append(f"the default value on line {document.line}")
            continue
        row = behind if "\n" in behind else f"{behind}|{following}"
        (level,) = _beside(beside, row.partition("\n")[0])
        if level is None:
            asked = _CVER.search(before)
            found = _RECORD.search(behind) or _DIFFERENT.search(before) or asked
            level = _level_of(found.group(1)) if found else None
        yield _Shown(document.value, (level,), document.line)
    rest: List[str] = [
        line
        for index, part in enumerate(around)
        # The first and the last line are those of values.
        for line in part.split("\n")[index > 0 : -1 if index < len(documents) else None]
        if not _is_frame(line) and not _EMPTY.fullmatch(line)
    ]
    ignored.extend(in_words("\n".join(rest), "beside the values"))


# An empty list, which begins like nothing.
_EMPTY = re.compile(rf"{OPTION}: +\[ *\] +version: +(\S+)[ \t]*")
# What engine-config -a shows beside it.
_OTHER = re.compile(rf"(?!{OPTION}:)[A-Za-z]\w*: (?:.* )?version: [\w.]+[ \t]*")
# What Engine ships, of psql -x and of engine-config --diff.
_DEFAULTS = ("default_value", "Default:")
_DIFFERENT = re.compile(rf"^Name: {OPTION}\nVersion: (\S+)$", re.MULTILINE)
# psql -x puts each column on a line of its own.
_RECORD = re.compile(r"^version +\| +(\S+)", re.MULTILINE)
# What psql draws around its rows, and its other columns.
_FRAME = re.compile(
    r"[-+|= \t]*|(?:Name|Version): \S*|\([0-9]+ rows?\)|-\[ RECORD .*|[a-z_]+ +\|.*"
)
_HEADER = frozenset(" |_abcdefghijklmnopqrstuvwxyz")


def _is_frame(line: str) -> bool:
    return _FRAME.fullmatch(line) is not None or (_COLUMN in line and set(line) <= _HEADER)


FORMS: Tuple[Form, ...] = (
    Form(
        name="policies",
        what="migration policies in JSON: a MigrationPolicies value, or one policy",
        obtain="zcpolicy policies --json, or write it",
        takes="all of it",
        ignores="nothing: an unknown key is refused",
        recognise=_is_policies,
        read=_read_policies,
    ),
    Form(
        name="engine-config",
        what="MigrationPolicies as engine-config, psql, SQL or the REST API's options show it",
        obtain="engine-config -g MigrationPolicies",
        takes="the policies of each level that is shown",
        ignores="other columns, and default values",
        recognise=_is_engine_config,
        read=_read_engine_config,
    ),
)
