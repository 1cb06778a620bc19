"""Read migration policies: JSON, and the option as Engine's tools and database show it.

Source: oVirt Engine ``EngineConfigLogic`` (engine-config's input and output), the REST API's
``SystemOption``, and PostgreSQL's manual for psql's output.
"""

import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .._base.documents import Reader, join_any
from .._base.errors import InvalidValue, ZcpolicyError, raise_all
from .._base.fields import LEVEL
from .._base.parsing import parse
from .._model.policy import MigrationPolicy
from .._model.policy_json import read_policies
from ._form import Form, Reading, document_reading
from ._psql import Row, Rows, rows_of
from ._quoted import CVER, OPTION, Shown, ignore, level_beside, level_of, way_of
from ._rest import plain
from ._text import Text, in_words, shows

__all__ = ["FORMS"]

# Keys by which a list is recognised as policies.
_ENTRY_KEYS = ("maxMigrations", "config", "autoConvergence", "migrationCompression", "zeroCopy")


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
    # A single policy counts as a list of one.
    found = read_policies(reader, [document] if isinstance(document, dict) else document, "")
    parts = {"policies": {None: reader.result(tuple(found))}}
    return document_reading("policies", text, parts)


# -- The option -----------------------------------------------------------------------------------


def _names_option(text: Text) -> bool:
    """Whether a list in the text stands next to its option's name or a level."""
    rest = text.rest
    return any(name in rest for name in _NAMES) or _CELL.search(rest) is not None


# The option, its column in psql, and Java's message when engine-config starts.
_COLUMN = "option_value"
_NAMES = (OPTION, _COLUMN, "JAVA_TOOL_OPTIONS")


# engine-config -g and -a put the name before the value, --diff above it.
_GOT = {
    f"{OPTION}: ": re.compile(rf"^{OPTION}: +\[", re.MULTILINE),
    f"Name: {OPTION}": re.compile(rf"^Name: {OPTION}$", re.MULTILINE),
}
# psql -At puts the level after or before a bar.
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
        # Nothing but a document: do not look for quoted values in it.
        if isinstance(document, str):
            return document.lstrip()[:1] == "[" and _is_list(_parsed(document))
    elif OPTION in text.text and (shows(text.text, _GOT) or way_of(text)):
        return True
    if isinstance(document, dict):
        return OPTION in (document.get("name"), document.get("id")) and "values" in document
    lists = [found.value for found in text.documents]
    return bool(lists) and all(map(_is_list, lists)) and _names_option(text)


def _rows_in_json(text: Text) -> List[Row]:
    """Return the rows of the table if all documents are PostgreSQL's ``row_to_json`` output."""
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


def _parsed(text: str) -> Any:
    """Return the value of JSON text; None if it is not JSON."""
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
            path = "" if level is None else join_any("", level)
            if level in lines:
                problem = f"a second list for this level on line {shown.line}, after the one on"
                problem = f"{problem} line {lines[level]}"
                reader.faults.append(InvalidValue(path, None, "one list per level", problem))
                continue
            lines[level] = shown.line
            if level is not None:
                reader.faults += LEVEL.faults(path, level)
            try:
                entries = parse(value) if isinstance(value, str) else value
            except ZcpolicyError as error:
                problem = f"{error.problem}, in the value on line {shown.line}"
                reader.faults.append(InvalidValue(path, None, error.expected, problem))
                continue
            found[level] = tuple(read_policies(reader, entries, path))
    if not lines:
        problem = f"the text names {OPTION} but has no list of policies"
        reader.faults.append(InvalidValue("", None, "a list of policies", problem))
    raise_all(reader.faults)
    return Reading(form="engine-config", parts={"policies": found}, ignored=tuple(ignored))


def _shown(text: Text, ignored: List[str]) -> Iterator[Shown]:
    """Yield the values that the text shows; add its other contents to *ignored*."""
    if text.element is not None:
        yield from _option(plain(text.element), text.documents[0].line)
    elif isinstance(text.document, dict) and "values" in text.document:
        yield from _option(text.document, text.documents[0].line)
    elif listed := _rows_in_json(text):
        yield from _of_rows("", Rows(tuple(listed), frozenset()), ignored)
    elif isinstance(text.document, str):
        yield Shown(text.document, (None,), text.documents[0].line)
    else:
        way, rows = way_of(text), rows_of(text.text, _COLUMN)
        if rows is not None:
            yield from _of_rows(text.text, rows, ignored)
        elif way is not None:
            yield from way.read(text.text, ignored)
        else:
            yield from _printed(text, ignored)
        return
    ignored.extend(text.noise)


def _option(option: Any, line: int) -> Iterator[Shown]:
    """Yield the option's values from the REST API, in the shape of its JSON."""
    if not isinstance(option, dict) or OPTION not in (option.get("name"), option.get("id")):
        problem = f"this is an option other than {OPTION}"
        raise InvalidValue("name", None, OPTION, problem)
    values = option.get("values")
    listed = values.get("system_option_value") if isinstance(values, dict) else None
    for index, each in enumerate(listed if isinstance(listed, list) else [listed]):
        value = each.get("value") if isinstance(each, dict) else None
        level = each.get("version") if isinstance(each, dict) else None
        if not isinstance(value, str) or not isinstance(level, (str, type(None))):
            path = f"values.system_option_value[{index}]"
            raise InvalidValue(path, each, "an object with 'value' and 'version', strings")
        yield Shown(value, (level_of(level),), line)


def _of_rows(text: str, rows: Rows, ignored: List[str]) -> Iterator[Shown]:
    """Yield the values in psql's tables."""
    others = 0
    for row in rows.rows:
        if row.cells.get("option_name", OPTION) != OPTION:
            others += 1
            continue
        yield Shown(row.cells[_COLUMN], (level_of(row.cells.get("version") or None),), row.line)
        if row.cells.get("default_value"):
            ignored.append(f"the default value on line {row.line}")
    if others:
        ignored.append(f"{others} other options")
    lines = enumerate(text.split("\n"), 1)
    rest = [line for number, line in lines if number not in rows.lines and not _is_frame(line)]
    ignore("\n".join(rest), ignored)


def _printed(text: Text, ignored: List[str]) -> Iterator[Shown]:
    """Yield unquoted values with the level next to each, as engine-config and psql print them."""
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
            yield Shown([], (level_of(empty.group(1)),), number)
    documents = text.documents
    edges = [0, *(edge for each in documents for edge in (each.start, each.end)), len(text.text)]
    # The text before the first document, between documents, and after the last.
    around = [text.text[start:end] for start, end in zip(edges[::2], edges[1::2])]
    for before, behind, following, document in zip(
        around, around[1:], [*around[2:], ""], documents
    ):
        if not isinstance(document.value, list):
            problem = f"line {document.line} has something other than a list of policies"
            raise InvalidValue("", None, "lists of policies", problem)
        beside = before.rpartition("\n")[2]
        # The second value of a row is Engine's default; psql -x labels it.
        second = before is not around[0] and "\n" not in before
        if second or beside.lstrip().startswith(_DEFAULTS):
            ignored.append(f"the default value on line {document.line}")
            continue
        row = behind if "\n" in behind else f"{behind}|{following}"
        (level,) = level_beside(beside, row.partition("\n")[0])
        if level is None:
            asked = CVER.search(before)
            found = _RECORD.search(behind) or _DIFFERENT.search(before) or asked
            level = level_of(found.group(1)) if found else None
        yield Shown(document.value, (level,), document.line)
    rest: List[str] = [
        line
        for index, part in enumerate(around)
        # The first and last lines belong to values.
        for line in part.split("\n")[index > 0 : -1 if index < len(documents) else None]
        if not _is_frame(line) and not _EMPTY.fullmatch(line)
    ]
    ignored.extend(in_words("\n".join(rest), "around the values"))


# An empty list, which is not recognised as a document.
_EMPTY = re.compile(rf"{OPTION}: +\[ *\] +version: +(\S+)[ \t]*")
# Another option in the output of engine-config -a.
_OTHER = re.compile(rf"(?!{OPTION}:)[A-Za-z]\w*: (?:.* )?version: [\w.]+[ \t]*")
# Labels of Engine's defaults in psql -x and engine-config --diff.
_DEFAULTS = ("default_value", "Default:")
_DIFFERENT = re.compile(rf"^Name: {OPTION}\nVersion: (\S+)$", re.MULTILINE)
# psql -x puts each column on its own line.
_RECORD = re.compile(r"^version +\| +(\S+)", re.MULTILINE)
# The frame that psql draws around its rows, and its other columns.
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
        takes="the policies of each level shown",
        ignores="other columns, and default values",
        recognise=_is_engine_config,
        read=_read_engine_config,
    ),
)
