"""The record of guests of many kinds, ``tests/data/guests.jsonl``: read and written.

The first line says of what machine it is and names the columns.  Each other line is one run:

* ``kind``, ``mode``, ``memoryMiB``, ``generation`` and ``repeat``: what was set, see `design`;
* ``scenario``: the document of the scenario, with the version of QEMU;
* ``linkMbps``, ``zeroShare``: what an operator knows of the network and the guest;
* ``dirtyRates``: pairs of seconds and MiB/s, what ``calc-dirty-rate`` said before it migrated;
* ``lost``: the share of its time that the guest did not get, until QEMU throttled it;
  ``slow``: the share of the bandwidth that the migration did not get; ``load``: how many
  processes the machine had to run, on average over a minute;
* ``measured``: what became of it: the outcome, ``totalMs``, ``downtimeMs`` (null if there was
  none), ``sentMiB``, ``rounds``, ``throttle`` (the most of it) and ``actions``, what Vdsm's
  schedule did (``[ms, action, limit]``);
* ``samples``: rows of `COLUMNS`, the first as it is and each other one as the difference to the one
  before it.  Every 200 ms one was taken, but within a round all are left out that are not a second
  after the one before.  ``status`` is that of the last, and ``totalBytes`` that of all.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import attr

import zcpolicy as zc

__all__ = ["COLUMNS", "DATA", "Recorded", "dump", "load", "thinned"]

DATA = Path(__file__).parents[1] / "data/guests.jsonl"
# In the order of a row: fields of `zcpolicy.Sample`, but pages for what remains.
COLUMNS = (
    "at_ms",
    "iteration",
    "remaining_pages",
    "sent_bytes",
    "zero_pages",
    "normal_pages",
    "dirty_pages_s",
    "bytes_s",
    "throttle",
    "limit_ms",
    "expected_downtime_ms",
)
_ITERATION, _THROTTLE, _LIMIT = (
    COLUMNS.index(name) for name in ("iteration", "throttle", "limit_ms")
)
_PAGE = 4096
_KEPT_MS = 1000

Row = Sequence[int]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Recorded:
    """A run of the record.

    Attributes:
        found: the line.
    """

    found: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The kind of its guest."""
        kind: str = self.found["kind"]
        return kind

    @property
    def setting(self) -> Tuple[Any, ...]:
        """What was set, but for the repetition."""
        return tuple([self.found[key] for key in ("kind", "mode", "memoryMiB", "generation")])

    @property
    def is_aborted(self) -> bool:
        """Whether Vdsm's schedule gave it up."""
        return bool(self.found["measured"]["outcome"] == "aborted")

    @property
    def rows(self) -> List[Row]:
        """The samples, no differences any more."""
        rows: List[Row] = []
        for row in self.found["samples"]:
            rows.append([a + b for a, b in zip(rows[-1], row)] if rows else row)
        return rows

    def migration(self, count: Optional[int] = None) -> zc.Migration:
        """What was seen of it, in all samples or the first *count*."""
        rows = self.rows
        samples = []
        for number, row in enumerate(rows[:count], 1):
            said: Dict[str, Any] = dict(zip(COLUMNS, row))
            last = number == len(rows)
            samples.append(
                zc.Sample(
                    remaining_bytes=said.pop("remaining_pages") * _PAGE,
                    total_bytes=self.found["totalBytes"],
                    status=self.found["status"] if last else "active",
                    downtime_ms=self.found["measured"]["downtimeMs"] if last else None,
                    **said,
                )
            )
        return zc.Migration(samples=samples)


def load(path: Path = DATA) -> List[Recorded]:
    """All runs of the record."""
    _, *lines = path.read_text("utf-8").splitlines()
    return [Recorded(json.loads(line)) for line in lines]


def dump(runs: Sequence[Recorded], machine: Mapping[str, Any], path: Path = DATA) -> None:
    """Write the record."""
    lines = [{"machine": machine, "columns": COLUMNS}, *(run.found for run in runs)]
    texts = [json.dumps(line, separators=(",", ":")) for line in lines]
    path.write_text("\n".join(texts) + "\n", "utf-8")


def thinned(rows: Sequence[Row]) -> List[Row]:
    """The differences, and no row that says nothing new."""
    kept: List[Row] = []
    for number, row in enumerate(rows):
        around = rows[max(number - 1, 0) : number + 2]
        news = any(
            each[column] != row[column]
            for each in around
            for column in (_ITERATION, _THROTTLE, _LIMIT)
        )
        if not kept or news or number == len(rows) - 1 or row[0] - kept[-1][0] >= _KEPT_MS:
            kept.append(row)
    first = [[0] * len(COLUMNS), *kept]
    return [[after - before for before, after in zip(*both)] for both in zip(first, kept)]
