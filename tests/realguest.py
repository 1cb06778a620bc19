"""Forecasts of real migrations of a guest that runs PostgreSQL, against what became of them.

``python -m tests.realguest [FILE]`` prints the scores.  The file is not the project's: 50
migrations derived from LordWicked/live-migration-thesis-code (commit fda44c7, MIT licence).  It is
looked for where the environment variable ZCPOLICY_MIGRATIONS says, or beside the checkout, as
``../shared/recorded/migrations.jsonl.gz``.
"""

import functools
import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import zcpolicy as zc

Record = Dict[str, Any]

_HERE = Path(__file__).parent
# So many iterations are seen before the forecast.
SEEN = 2


def file() -> Path:
    """Where the record is, or should be."""
    named = os.environ.get("ZCPOLICY_MIGRATIONS")
    places = [Path(named)] if named else []
    places += [each / "shared/recorded/migrations.jsonl.gz" for each in _HERE.resolve().parents]
    return next((place for place in places if place.is_file()), places[0])


@functools.cache
def records(path: Path) -> List[Record]:
    """All of them, which nobody changes."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


_STATUS = {"a": "active", "c": "completed", "p": "postcopy-active", "d": "device"}


def migration(record: Record, iterations: Optional[int] = None) -> Optional[zc.Migration]:
    """The samples as evidence, up to the first one after so many iterations.

    None if the migration was over by then.
    """
    config = record["config"]
    samples = []
    for row in record["samples"]:
        at = dict(zip(record["columns"], row))
        sample = zc.Sample(
            at_ms=at["t_ms"],
            iteration=at["dirty_sync_count"],
            remaining_bytes=at["remaining_bytes"],
            sent_bytes=at["transferred_bytes"],
            total_bytes=config["ram_bytes"],
            zero_pages=at["zero_pages"],
            normal_pages=at["normal_pages"],
            throttle=at["throttle"],
            status=_STATUS.get(at["status"], at["status"]),
        )
        if iterations is not None and sample.status != "active":
            return None
        samples.append(sample)
        if iterations is not None and (sample.iteration or 0) > iterations:
            return zc.Migration(samples=samples)
    return zc.Migration(samples=samples) if iterations is None else None


def resolution(record: Record) -> zc.Resolution:
    """The request of a record, as Engine would make it."""
    config = record["config"]
    limit = zc.Action(name="setDowntime", params=[str(config["downtime_limit_ms"])])
    stalling = [zc.StallingEntry(limit=-1, action=limit)] * _steps(record)
    if config["postcopy_after_ms"] is not None:
        stalling.append(zc.StallingEntry(limit=-1, action=zc.Action(name="postcopy")))
    policy = zc.MigrationPolicy(
        id="11111111-2222-3333-4444-555555555555",
        name="the record's",
        max_migrations=1,
        auto_convergence=config["auto_converge"],
        schedule=zc.ConvergenceSchedule(init=[limit], stalling=stalling),
    )
    host = zc.Host(migration_mbps=config["link_mbps"], qemu_version=(10, 2))
    return zc.resolve(
        zc.Cluster(bandwidth=8 * config["max_bandwidth_bytes_s"] // 2**20, level="4.8"),
        host,
        policy,
        zc.VM(vcpus=config["vcpus"], memory_mib=config["memory_mib"], paused=config["paused"]),
        destination=host,
    )


def _steps(record: Record) -> int:
    """How many polls of Vdsm, each 10 s, would have run a step before that of the switch."""
    iterations = [1]
    for poll in range(10000, record["config"]["postcopy_after_ms"] or 0, 10000):
        at = [dict(zip(record["columns"], row)) for row in record["samples"]]
        iterations.append([row["dirty_sync_count"] for row in at if row["t_ms"] <= poll][-1])
    return sum(after > before for before, after in zip(iterations, iterations[1:]))


class Score(NamedTuple):
    """A forecast against what became of the migration."""

    scenario: str
    repeat: int
    forecast: zc.Forecast
    outcome: str
    total_ms: int
    sent_mib: float
    downtime_ms: int

    @property
    def right(self) -> bool:
        return self.forecast.outcome == self.outcome

    @property
    def flagged(self) -> bool:
        return self.forecast.near_edge

    def errors(self) -> Iterator[Tuple[str, float, float, bool]]:
        """Time, bytes and downtime: the error, the range's width, and whether it covers."""
        found = self.forecast
        for name, real, said, (low, high) in (
            ("time", self.total_ms, found.total_ms, found.total_ms_range),
            ("bytes", self.sent_mib, found.sent_mib, found.sent_mib_range),
            ("downtime", self.downtime_ms, found.downtime_ms, found.downtime_ms_range),
        ):
            covers = (low or 0) <= real and (high is None or real <= high)
            width = float("inf") if high is None else (high - (low or 0)) / real
            yield name, said / real - 1, width, covers


def scored(record: Record) -> Optional[Score]:
    """The forecast after two iterations; None where the migration was over by then."""
    seen = migration(record, SEEN)
    if seen is None:
        return None
    asked = resolution(record)
    found = zc.simulate(asked, zc.fit(seen, record["config"]["memory_mib"]), since=seen)
    real = record["outcome"]
    return Score(
        record["scenario"],
        record["repeat"],
        found,
        real["what"],
        real["total_ms"],
        real["sent_bytes"] / 2**20,
        real["downtime_ms"],
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(scores: Sequence[Score]) -> str:
    """What they come to."""
    wrong = [each for each in scores if not each.right]
    flagged = sum(each.flagged for each in scores)
    lines = [
        f"{len(scores)} forecasts: {len(scores) - len(wrong)} outcomes right, "
        f"{sum(not each.flagged for each in wrong)} wrong and not flagged, {flagged} flagged"
    ]
    ends = [each for each in scores if each.outcome != "never" and each.right]
    for index, name in enumerate(("time", "bytes", "downtime")):
        rows = [[*each.errors()][index] for each in ends]
        if not rows:
            continue
        off = [abs(error) for _, error, _, _ in rows]
        widths = [width for _, _, width, _ in rows]
        closed = [width for width in widths if width != float("inf")]
        covered = sum(covers for _, _, _, covers in rows)
        lines.append(
            f"  {name}: off by {quantile(off, 0.5):.1%} / {quantile(off, 0.9):.1%}, "
            f"{covered} of {len(rows)} in range, "
            f"median width {quantile(widths, 0.5):.1%}"
            + (f" ({quantile(closed, 0.5):.1%} where closed)" if closed else "")
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    path = Path(arguments[0]) if arguments else file()
    if not path.is_file():
        print(f"there is no {path}", file=sys.stderr)
        return 1
    scores = [score for score in map(scored, records(path)) if score is not None]
    print(table(scores))
    for name in dict.fromkeys(each.scenario for each in scores):
        own = [each for each in scores if each.scenario == name]
        print(f"\n{name}: {table(own)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
