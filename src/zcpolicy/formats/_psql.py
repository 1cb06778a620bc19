"""Read psql's tables with multi-line values: aligned and expanded, in either line style.

A cell that continues on the next line ends in a mark, in the last place of the column if that is
wide enough.

Source: PostgreSQL's manual, psql, its settings ``format``, ``expanded``, ``border``, ``linestyle``.
"""

import re
import unicodedata
from typing import Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

__all__ = ["Row", "Rows", "rows_of"]

_RULE = re.compile(r"[+├]?[-─]+(?:[+┼][-─]+)*[+┤]?")
_CROSS = re.compile(r"[+├┼┤]")
_BAR = re.compile(r"[|│]")
# The marks of a line end within a cell, and of a wrapped cell.
_MORE, _WRAPPED = "+↵", ".…"
_END = re.compile(r"\([0-9]+ [^)]*\)|[+└][-─]+(?:[+┴][-─]+)*[+┘]|[ \t]*")
_RECORD = re.compile(r"[-─+┌├][-─]*\[ RECORD [0-9]+ \][-─+┬┼┐┤]*")
_FIELD = re.compile(r"[|│]? ?([a-z_]*) *[|│](?: (.*))?")
_MARK = re.compile(r"[+↵][ \t]*(?:[|│][ \t]*)?$")
# A line of a table, or a cell in it, that ends in a mark.
_SEVERAL = re.compile(r"[+↵.…](?:[|│]|[ \t]*$)", re.MULTILINE)

Span = Tuple[int, int]


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        cells: its values by column name.
        line: the line on which it begins.
    """

    cells: Mapping[str, str]
    line: int


class Rows(NamedTuple):
    """The rows of a text.

    Attributes:
        rows: the rows of all tables that have the column.
        lines: the numbers of all their lines, including the headers.
    """

    rows: Tuple[Row, ...]
    lines: FrozenSet[int]


def rows_of(text: str, column: str) -> Optional[Rows]:
    """Return the rows of tables with *column*, if one has a multi-line value; else None."""
    # A value without a header begins with a blank and a bracket.
    if column not in text and "\n [" not in text and not text.startswith(" ["):
        return None
    if not _SEVERAL.search(text):
        return None
    found: List[Row] = []
    taken: Set[int] = set()
    several = False
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        read = _table(lines, number, column) or _record(lines, number)
        read = read or _bare(lines, number, column)
        if read is None:
            number += 1
            continue
        rows, first, end, goes_on = read
        rows = [row for row in rows if column in row.cells]
        several = several or (goes_on and bool(rows))
        found += rows
        taken.update(range(first + 1, end + 1))
        number = end
    return Rows(tuple(found), frozenset(taken)) if several else None


# The rows, their first line, the line after their last, and whether a value spans lines.
_Read = Optional[Tuple[List[Row], int, int, bool]]


def _table(lines: List[str], number: int, column: str) -> _Read:
    """Read the rows below a rule that has a header above it."""
    rule = lines[number].strip()
    if number == 0 or column not in lines[number - 1] or _RULE.fullmatch(rule) is None:
        return None
    edges = [match.start() for match in _CROSS.finditer(lines[number].rstrip())]
    inner = [edge for edge in edges if 0 < edge < len(lines[number].rstrip()) - 1]
    framed = len(edges) > len(inner)
    starts = [1 if framed else 0, *[edge + 1 for edge in inner]]
    spans = list(zip(starts, [*inner, len(lines[number].rstrip()) - framed]))
    header = _cut(lines[number - 1], spans)
    names = [] if header is None else [cell.strip() for cell, _ in header]
    if column not in names:
        return None
    rows: List[Row] = []
    begun: Optional[Dict[str, str]] = None
    glue: Dict[str, str] = {}
    several = False
    at = number + 1
    while at < len(lines) and _END.fullmatch(lines[at]) is None:
        cut = _cut(lines[at], spans)
        if cut is None:
            break
        if begun is None:
            begun, glue = dict.fromkeys(names, ""), dict.fromkeys(names, "")
            rows.append(Row(begun, at + 1))
        for name, (cell, mark) in zip(names, cut):
            begun[name] += glue[name] + cell if glue[name] or cell else ""
            glue[name] = "\n" if mark and mark in _MORE else ""
        if any([mark for _, mark in cut]):
            several = True
        else:
            begun = None
        at += 1
    return rows, number - 1, at, several


def _cut(line: str, spans: List[Span]) -> Optional[List[Tuple[str, str]]]:
    """Split a line into cells and their marks; None if the line is not part of the table."""
    places = _places(line)
    if len(spans) == 1 or all([_at(places, end) in ("|", "│") for _, end in spans[:-1]]):
        return [_cell(places, *span) for span in spans]
    parts = _BAR.split(line.strip("|│") if spans[0][0] else line)
    if len(parts) != len(spans):
        return None
    return [(_MARK.sub("", part).strip(), "+" if _MARK.search(part) else "") for part in parts]


def _cell(places: Sequence[str], start: int, end: int) -> Tuple[str, str]:
    """Return the text between two places, and its mark."""
    mark = _at(places, end - 1)
    if mark not in _MORE + _WRAPPED:
        mark = ""
    cell = "".join(places[start + 1 : end - 1 if mark else end])
    if not mark or mark in _MORE:
        cell = cell.rstrip()
    # A wrapped cell keeps its leading blanks.
    return cell if _at(places, start) in _WRAPPED else cell.lstrip(), mark


def _places(line: str) -> Sequence[str]:
    """Return a line's characters by display column as psql aligns them.

    A wide one is in the first of its two columns; one without width is in that before it.
    """
    if line.isascii():
        return line
    found: List[str] = []
    for letter in line:
        if ord(letter) < 0x300:
            found.append(letter)
        elif unicodedata.category(letter) in ("Mn", "Me", "Cf"):
            found[-1:] = [found[-1] + letter] if found else []
        else:
            wide = unicodedata.east_asian_width(letter) in ("W", "F")
            found += [letter, ""] if wide else [letter]
    return found


def _at(places: Sequence[str], place: int) -> str:
    """Return the character that begins in a column; a blank if there is none."""
    return "".join(places[place : place + 1]) or " "


def _record(lines: List[str], number: int) -> _Read:
    """Read one record of -x: one column per line."""
    if _RECORD.match(lines[number]) is None:
        return None
    cells: Dict[str, str] = {}
    name = ""
    at = number + 1
    while at < len(lines):
        match = _FIELD.fullmatch(lines[at])
        if match is None:
            break
        text = match.group(2) or ""
        if match.group(1):
            name = match.group(1)
            cells[name] = text
        elif name in cells:
            cells[name] = _MARK.sub("", cells[name]).rstrip() + "\n" + text
        at += 1
    several = any(["\n" in value for value in cells.values()])
    row = Row({key: value.strip() for key, value in cells.items()}, number + 1)
    return [row], number, at, several


def _bare(lines: List[str], number: int, column: str) -> _Read:
    """Read a value without a header, as with -t: one column that begins and ends like a list."""
    start = lines[number].rstrip()
    if start[:2] != " [" or start[-1:] not in ("+", "↵") or start[2:-1].strip():
        return None
    if number and _MARK.search(lines[number - 1]):
        return None
    parts: List[str] = []
    for at in range(number, len(lines)):
        line = lines[at].strip()
        goes_on = line[-1:] in ("+", "↵")
        parts.append(line[:-1].rstrip() if goes_on else line)
        if not goes_on:
            row = Row({column: "\n".join(parts)}, number + 1)
            return ([row], number, at + 1, True) if line.endswith("]") else None
    return None
