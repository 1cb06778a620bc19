"""Read samples printed as blocks of lines, one label and value per line.

QEMU's monitor and virsh print them; a table for each lists their labels and units.
"""

import re
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidValue, ZcpolicyError
from ._form import Reading
from ._lines import Notes
from ._series import Series, fields_of, number, series_reading

__all__ = ["BINARY", "MILLISECONDS", "PLAIN", "BlockReader", "Layout", "Row"]

# A sample's field, and per unit that may be printed the factor to the field's unit.
Row = Tuple[str, Mapping[str, int]]

PLAIN = {"": 1}
MILLISECONDS = {"ms": 1}
BINARY = {
    unit: 1 << 10 * power
    for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"))
}

_LINE = re.compile(r"[ \t]*([A-Za-z][^:\n]{0,60}):(?:[ \t]+([^\n]*))?\n?")
# Several values on one line: "total=40504, setup=14".
_PAIR = re.compile(r"[ \t]*([a-z_]+)=([^,\n]*),?")
_VALUE = re.compile(r"([^ \t]+)[ \t]*([A-Za-z/]*)[ \t]*")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Layout:
    """How a program prints a sample.

    Attributes:
        form: the form's name.
        starts: the labels that begin a block.
        begins: whether the program prints such a value after one of these labels.
        table: the rows by label; ``"label: name"`` where a line has several values.  If two rows
            share a field, the first one present counts.
        texts: the labels whose value is a text.
        finished: turns a block's texts and fields into those of the sample, and notes the rest;
            empty if no job runs.  Raises a `ZcpolicyError` if the block is not about a migration.
    """

    form: str
    starts: FrozenSet[str]
    begins: Callable[[str], bool]
    table: Mapping[str, Row]
    texts: FrozenSet[str]
    finished: Callable[[Dict[str, str], Dict[str, Any], Notes], Dict[str, Any]]


class BlockReader:
    """Read any number of samples in one layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._series = Series()
        self._notes = Notes()
        self._texts: Dict[str, str] = {}
        self._said: Dict[str, Any] = {}
        self._limit: Optional[int] = None
        self._limit_first = False  # whether a limit precedes the sample it applies to
        self._line = 0  # where the block begins; 0 before the first

    @property
    def found(self) -> bool:
        """Whether a block has begun."""
        return self._line > 0

    def feed(self, number: int, line: str) -> None:
        """Take the next line."""
        match = _LINE.fullmatch(line.replace("\xa0", " "))
        if match is None:
            if line.strip():
                self._notes.line(line)
            return
        label, value = match.group(1), (match.group(2) or "").strip()
        if label in self._layout.starts:
            if not self._layout.begins(value):
                self._notes.line(line)
                return
            self._finish()
            self._line = number
        if label in self._layout.texts:
            self._texts[label] = value
            return
        pairs = _PAIR.findall(value) if "=" in value else ()
        if pairs:
            for name, each in pairs:
                self._value(number, f"{label}: {name}", each)
        else:
            self._value(number, label, value)

    def reading(self) -> Reading:
        """Return the migration that the blocks describe."""
        self._finish()
        return series_reading(self._layout.form, self._series, self._notes)

    def _value(self, line: int, label: str, text: str) -> None:
        row = self._layout.table.get(label)
        if row is None:
            self._notes.name(label)
            return
        units = row[1]
        match = _VALUE.fullmatch(text)
        value = number(match.group(1)) if match is not None else text
        factor = None if match is None else units.get(match.group(2))
        if factor is None or isinstance(value, str):
            said = " or ".join(unit or "no unit" for unit in units)
            fault = InvalidValue(label, text, f"a number with {said}")
            self._series.faults.add(fault, line)
            return
        scaled = value * factor
        said = round(scaled) if units is BINARY else scaled
        before = self._said.setdefault(label, said)
        if row[0] == "limit_ms":
            self._said[label] = said  # it may change between samples
        elif self._line and before != said:
            problem = (
                f"{text} is the second value of the sample that begins on line {self._line}: "
                "the start of another is cut off"
            )
            self._series.faults.add(InvalidValue(label, text, "one value", problem), line)

    def _finish(self) -> None:
        """End the block and add its sample."""
        texts, said = self._texts, self._said
        self._texts, self._said = {}, {}
        fields, names = fields_of(self._layout.table, said)
        # A limit applies until the next one is set.
        limit = fields.get("limit_ms", self._limit)
        self._limit_first = self._limit_first or (not self._line and limit is not None)
        fields["limit_ms"] = self._limit if self._limit_first else limit
        self._limit = limit
        if not self._line:
            if texts or len(fields) > 1:
                self._notes.add("values before the first sample, whose start is cut off")
            return
        try:
            made = self._layout.finished(texts, fields, self._notes)
        except ZcpolicyError as error:
            self._series.faults.add(error, self._line)
            return
        if made:
            self._series.add(self._line, made, names)
