"""Collect a migration's samples from a text, one after another."""

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
# The final statuses of a migration.
ENDS = ("completed", "cancelled", "failed")
# QEMU prints no longer numbers.
_DIGITS_MAX = 25
# In some locales virsh prints a decimal comma.
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")
_UNTIMED = ("the sample counts as at 0 ms", "such a sample takes the time of the one before it")
# Fields that do not amount to a sample on their own.
_STATE = frozenset(("at_ms", "status", "limit_ms"))
_UNSAID: Mapping[str, Any] = {"iteration": None, "remaining_bytes": None, "sent_bytes": None}


# Fields that distinguish migrations: unit, accepted values, and slack, since rounded values may
# seem to decrease a little.
_ONE_MIGRATION: Mapping[str, Tuple[str, str, float]] = {
    "at_ms": ("ms", "a time from {} on", 0.0),
    "iteration": ("iterations", "{} or more", 0.0),
    "sent_bytes": ("bytes", "{} or more", 0.005),
    "total_bytes": ("bytes", "{}, as before", 0.005),
}


def differs(before: Sample, said: Mapping[str, Any]) -> Optional[str]:
    """Return the field that shows *said* to be of another migration than *before*; else None.

    The total is 0 until QEMU starts.
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
    """Convert *text* to an int, or a float if it has a point, comma or exponent; else return it."""
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > _DIGITS_MAX:
        return text
    whole = match.group(1) is None and match.group(2) is None
    return int(text) if whole else float(text.replace(",", "."))


class Series:
    """The samples of one migration, in time order, and the faults found in them.

    Attributes:
        samples: the samples so far.
        faults: the faults so far.
        untimed: whether any sample lacks a time.
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
            line: the line it is on.
            said: its fields.  Without ``at_ms``, a lone status updates the sample before, and
                anything else takes that sample's time.
            names: the text's names for the fields.
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
                "the text is about two migrations, or not in time order"
            )
            expected = expected.format(f"{before} {unit}")
            self.faults.add(InvalidValue(names.get(field, ""), after, expected, problem), line)
            return
        self.samples.append(made)
        self._last_line = line

    def end(self, line: int, status: Optional[str], names: Mapping[str, str]) -> None:
        """Set the status of the last sample; if there is none, add one at 0 ms."""
        if not self.samples:
            self.untimed = True
            self.add(line, {"at_ms": 0, "status": status}, names)
        elif status == "setup":
            problem = f"a second migration begins, after the one on line {self._last_line}"
            self.faults.add(InvalidValue("", status, "one migration", problem), line)
        else:
            self.samples[-1] = attr.evolve(self.samples[-1], status=status)

    def _sample(
        self, line: int, said: Mapping[str, Any], names: Mapping[str, str]
    ) -> Optional[Sample]:
        try:
            return Sample(**{**_UNSAID, **said})
        except ZcpolicyError as error:
            for fault in error._relocated("", names):
                self.faults.add(fault, line)
            return None


def fields_of(
    table: Mapping[str, Tuple[str, Any]], said: Mapping[str, Any]
) -> Tuple[Dict[str, Any], Dict[str, str]]:
    """Map named values to the fields of a sample; return these, and the names used.

    Args:
        table: the field of each name; if two names share a field, the first one present counts.
        said: the values, in the fields' units; None counts as absent.
    """
    made: Dict[str, Any] = {}
    names: Dict[str, str] = {}
    for name, (field, _) in table.items():
        if field not in made and said.get(name) is not None:
            made[field] = said[name]
            names[field] = name
    return made, names


def series_reading(form: str, series: Series, notes: Notes) -> Reading:
    """Make the reading of a text that contains only samples.

    Raises:
        ZcpolicyError: with every fault; or there is no sample.
    """
    series.faults.check()
    if not series.samples:
        problem = notes.after("no migration is running")
        raise InvalidValue("", None, "the progress of a migration", problem)
    if series.untimed:
        notes.add(f"no time given: {_UNTIMED[len(series.samples) > 1]}")
    parts = {"migration": Migration(samples=tuple(series.samples))}
    return Reading(form=form, parts=parts, ignored=notes.all())
