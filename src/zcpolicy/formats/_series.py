"""A migration's samples, from what a text says of them one after the other."""

import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidValue, ZcpolicyError
from .._model.evidence import Migration, Sample
from ._form import Reading
from ._lines import Faults, Notes

__all__ = ["ENDS", "STATUSES", "Series", "differs", "fields_of", "number", "series_reading"]

# QEMU's MigrationStatus.
STATUSES = frozenset(
    (
        *("none", "setup", "cancelling", "cancelled", "active", "postcopy-device"),
        *("postcopy-active", "postcopy-paused", "postcopy-recover-setup", "postcopy-recover"),
        *("completed", "failing", "failed", "colo", "pre-switchover", "device", "wait-unplug"),
    )
)
# After these a migration says no more.
ENDS = ("completed", "cancelled", "failed")
# What is longer is none of QEMU's numbers.
_DIGITS_MAX = 25
# Some languages have a comma before decimals, also in what virsh prints.
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")
_UNTIMED = ("the sample counts as of 0 ms", "such a sample counts as of the time of that before it")
# What is said of a migration at any time.
_STATE = frozenset(("at_ms", "status", "limit_ms"))
_UNSAID: Mapping[str, Any] = {"iteration": None, "remaining_bytes": None, "sent_bytes": None}


# What tells one migration from another, its unit, and what is accepted.  What is rounded may seem
# to go back a little.
_ONE_MIGRATION: Mapping[str, Tuple[str, str, float]] = {
    "at_ms": ("ms", "a time from {} on", 0.0),
    "iteration": ("iterations", "{} or more", 0.0),
    "sent_bytes": ("bytes", "{} or more", 0.005),
    "total_bytes": ("bytes", "{}, as before", 0.005),
}


def differs(before: Sample, said: Mapping[str, Any]) -> Optional[str]:
    """The field by which what is said is of another migration than *before*; None if of the same.

    The total is 0 until QEMU has begun.
    """
    for field, (_, _, slack) in _ONE_MIGRATION.items():
        was, now = getattr(before, field), said.get(field)
        if was is None or not isinstance(now, (int, float)):
            continue
        grew = field == "total_bytes" and was and now > was * (1 + slack)
        if grew or (now < was * (1 - slack) and (now or field != "total_bytes")):
            return field
    return None


def number(text: str) -> Any:
    """The number that *text* is: an int, or a float if it has a point or a comma; else the text."""
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > _DIGITS_MAX:
        return text
    whole = match.group(1) is None and match.group(2) is None
    return int(text) if whole else float(text.replace(",", "."))


class Series:
    """The samples of one migration, in time order; what is wrong with them is kept for the end.

    Attributes:
        samples: those so far.
        faults: what is wrong.
        untimed: whether something was said without a time.
    """

    __slots__ = ("_last_line", "faults", "samples", "untimed")

    def __init__(self) -> None:
        self.samples: List[Sample] = []
        self.faults = Faults()
        self.untimed = False
        self._last_line = 0

    def add(self, line: int, said: Mapping[str, Any], names: Mapping[str, str]) -> None:
        """Add a sample.

        Args:
            line: the line that says it.
            said: its fields.  Without ``at_ms``, a status alone is what became of the sample
                before, and what says more is at that one's time.
            names: what the text calls the fields.
        """
        at = said.get("at_ms")
        if at is None and not said.keys() - _STATE:
            self.end(line, said.get("status"), names)
            return
        if at is None:
            self.untimed = True
            at = self.samples[-1].at_ms if self.samples else 0
            said = {**said, "at_ms": at}
        made = self._sample(line, said, names)
        if made is None:
            return
        field = differs(self.samples[-1], said) if self.samples else None
        if field is not None:
            before, after = getattr(self.samples[-1], field), getattr(made, field)
            unit, expected, _ = _ONE_MIGRATION[field]
            problem = (
                f"{after} {unit}, after {before} {unit} on line {self._last_line}: "
                "the text is of two migrations, or not in time order"
            )
            expected = expected.format(f"{before} {unit}")
            self.faults.add(InvalidValue(names.get(field, ""), after, expected, problem), line)
            return
        self.samples.append(made)
        self._last_line = line

    def end(self, line: int, status: Optional[str], names: Mapping[str, str]) -> None:
        """Say what became of the last sample; where there is none, it is at 0 ms."""
        if not self.samples:
            self.untimed = True
            self.add(line, {"at_ms": 0, "status": status}, names)
        elif status == "setup":
            problem = f"a second migration begins, after that on line {self._last_line}"
            self.faults.add(InvalidValue("", status, "one migration", problem), line)
        else:
            self.samples[-1] = attr.evolve(self.samples[-1], status=status)

    def _sample(
        self, line: int, said: Mapping[str, Any], names: Mapping[str, str]
    ) -> Optional[Sample]:
        try:
            return Sample(**{**_UNSAID, **said})
        except ZcpolicyError as error:
            for fault in error._at("", names):
                self.faults.add(fault, line)
            return None


def fields_of(
    table: Mapping[str, Tuple[str, Any]], said: Mapping[str, Any]
) -> Tuple[Dict[str, Any], Dict[str, str]]:
    """The fields of a sample and what the text calls them, of values by these names.

    Args:
        table: the field of each name; of two of one field the first that is said counts.
        said: the values, in the fields' units; None says nothing.
    """
    made: Dict[str, Any] = {}
    names: Dict[str, str] = {}
    for name, (field, _) in table.items():
        if field not in made and said.get(name) is not None:
            made[field] = said[name]
            names[field] = name
    return made, names


def series_reading(form: str, series: Series, notes: Notes) -> Reading:
    """The reading of a text that is samples and no more.

    Raises:
        ZcpolicyError: with every fault; or there is no sample.
    """
    series.faults.check()
    if not series.samples:
        problem = notes.after("no migration runs there")
        raise InvalidValue("", None, "the progress of a migration", problem)
    if series.untimed:
        notes.add(f"no time is told: {_UNTIMED[len(series.samples) > 1]}")
    parts = {"migration": Migration(samples=tuple(series.samples))}
    return Reading(form=form, parts=parts, ignored=notes.all())
