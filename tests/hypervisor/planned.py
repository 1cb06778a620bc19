"""What was measured of several migrations at once against their plan: from the record alone.

The first line of ``tests/data/plans.jsonl`` says of what machine it is.  Each other line is a plan
that was run:

* ``name``, ``linkMbps``, ``atOnce``: what was set; ``qemu``: its version; ``load``: how many
  processes the machine had to run in the end, on average over a minute;
* ``moves``: for each VM, in their order, its ``name``, ``scenario`` and ``workload``, as ``zcpolicy
  drain`` takes them, where the rate is the one that its guest really had; ``startMs``: when its
  migration started; ``lost``: the share of its time that the guest did not get meanwhile; and
  ``measured``: what became of it, as in ``calibration.json``, without samples.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import attr

import zcpolicy as zc

__all__ = ["DATA", "Ran", "compared", "dump", "load", "plan_of", "plans_table"]

DATA = Path(__file__).parents[1] / "data/plans.jsonl"


def load(path: Path = DATA) -> List[Dict[str, Any]]:
    """All plans of the record."""
    _, *lines = path.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def dump(plans: Sequence[Mapping[str, Any]], machine: Mapping[str, Any], path: Path = DATA) -> None:
    """Write the record."""
    texts = [json.dumps(line, separators=(",", ":")) for line in ({"machine": machine}, *plans)]
    path.write_text("\n".join(texts) + "\n", "utf-8")


def plan_of(record: Mapping[str, Any]) -> zc.Plan:
    """The plan, from the same moves."""
    moves = [
        zc.Move(
            name=move["name"],
            resolution=zc.Scenario.from_json(move["scenario"]).resolve(),
            workload=zc.Workload.from_json(move["workload"]),
        )
        for move in record["moves"]
    ]
    return zc.drain(moves, link_mbps=record["linkMbps"], outgoing=record["atOnce"])


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Ran:
    """A plan, and how it went.

    Attributes:
        record: the line.
        plan: what is planned.
    """

    record: Mapping[str, Any]
    plan: zc.Plan

    @property
    def legs(self) -> List[Tuple[Mapping[str, Any], zc.Leg]]:
        """Each migration as it was measured, and its leg."""
        legs = {leg.name: leg for leg in self.plan.legs}
        return [(move, legs[move["name"]]) for move in self.record["moves"]]

    @property
    def total_ms(self) -> int:
        """When the last was over."""
        return max([_end(move) for move in self.record["moves"]])

    @property
    def total_error(self) -> float:
        """The relative error of that."""
        return (self.plan.total_ms or 0) / self.total_ms - 1

    @property
    def covers(self) -> bool:
        """Whether that is within the range of the plan."""
        return _within(self.total_ms, self.plan.total_ms_range)

    @property
    def ended(self) -> List[str]:
        """The names, in the order of the ends that were measured."""
        return [move["name"] for move in sorted(self.record["moves"], key=_end)]

    @property
    def ends(self) -> List[str]:
        """The names, in the order of the ends that are planned."""
        return [leg.name for leg in sorted(self.plan.legs, key=lambda leg: leg.end_ms or 0)]

    @property
    def off(self) -> List[str]:
        """The names of those whose outcome is another than was planned."""
        return [
            move["name"]
            for move, leg in self.legs
            if move["measured"]["outcome"] != leg.forecast.outcome
        ]

    @property
    def covered(self) -> List[str]:
        """The names of those whose time is within the range of their leg."""
        return [
            move["name"]
            for move, leg in self.legs
            if _within(move["measured"]["totalMs"], leg.forecast.total_ms_range)
        ]


def compared(records: Sequence[Mapping[str, Any]]) -> List[Ran]:
    """Plan all that was measured."""
    return [Ran(record, plan_of(record)) for record in records]


def _end(move: Mapping[str, Any]) -> int:
    end: int = move["startMs"] + move["measured"]["totalMs"]
    return end


def _within(value: int, ends: Tuple[Optional[int], Optional[int]]) -> bool:
    low, high = ends
    return (low or 0) <= value and (high is None or value <= high)


_HEAD = (
    "plan and VM",
    "outcome",
    "start, s",
    "end, s",
    "takes, s",
    "range, s",
    "within it",
    "the guest lost",
)


def plans_table(every: Sequence[Ran]) -> str:
    """In Markdown: each measured value, over all repetitions, then what is planned."""
    plans: Dict[str, List[Ran]] = {}
    for ran in every:
        title = f"{ran.record['name']}, QEMU {ran.record['qemu']}"
        plans.setdefault(title, []).append(ran)
    rows: List[Sequence[str]] = [_HEAD, ("---",) * len(_HEAD)]
    for name, repeated in plans.items():
        rows.append(_total_row(name, repeated))
        rows += [_leg_row(each) for each in zip(*[ran.legs for ran in repeated])]
    every = [ran for repeated in plans.values() for ran in repeated]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *_summary(every)])


def _total_row(name: str, repeated: Sequence[Ran]) -> Sequence[str]:
    same = sum(ran.ended == ran.ends for ran in repeated)
    return (
        f"**{name}**",
        f"order of ends as planned in {same} of {len(repeated)}",
        "",
        _cell([(ran.total_ms, ran.plan.total_ms or 0) for ran in repeated]),
        "",
        _ranges([ran.plan.total_ms_range for ran in repeated]),
        f"{sum(ran.covers for ran in repeated)} of {len(repeated)}",
        "",
    )


def _leg_row(repeated: Sequence[Tuple[Mapping[str, Any], zc.Leg]]) -> Sequence[str]:
    outcomes = sorted({move["measured"]["outcome"] for move, _ in repeated})
    planned = sorted({leg.forecast.outcome for _, leg in repeated})
    outcome = ", ".join(outcomes)
    if outcomes != planned:
        outcome += f"; planned {', '.join(planned)}"
    ranges = [leg.forecast.total_ms_range for _, leg in repeated]
    took = [move["measured"]["totalMs"] for move, _ in repeated]
    within = sum(_within(*both) for both in zip(took, ranges))
    return (
        repeated[0][0]["name"],
        outcome,
        _cell([(move["startMs"], leg.start_ms) for move, leg in repeated], error=False),
        _cell([(_end(move), leg.end_ms or 0) for move, leg in repeated]),
        _cell([(ms, leg.forecast.total_ms) for ms, (_, leg) in zip(took, repeated)]),
        _ranges(ranges),
        f"{within} of {len(repeated)}",
        f"{max(move['lost'] for move, _ in repeated):.1%}",
    )


def _cell(pairs: Sequence[Tuple[int, int]], *, error: bool = True) -> str:
    """What was measured and what was planned, ms, and the worst relative error."""
    measured, planned = zip(*pairs)
    text = f"{_span(measured)} / {_span(planned)}"
    if not error:
        return text
    worst = max([value / real - 1 for real, value in pairs], key=abs)
    return f"{text} ({worst:+.1%})"


def _span(values: Sequence[int]) -> str:
    texts = [f"{value / 1000:.1f}" for value in sorted(values)]
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _ranges(ranges: Sequence[Tuple[Optional[int], Optional[int]]]) -> str:
    """From the lowest end of them to the highest."""
    low = min([each or 0 for each, _ in ranges])
    highs = [high for _, high in ranges if high is not None]
    high = f"{max(highs) / 1000:.1f}" if len(highs) == len(ranges) else "no end"
    return f"{low / 1000:.1f} to {high}"


def _summary(every: Sequence[Ran]) -> List[str]:
    """The errors of all together."""
    errors = [abs(ran.total_error) for ran in every]
    legs = [pair for ran in every for pair in ran.legs]
    off = sum(len(ran.off) for ran in every)
    ordered = sum(ran.ended == ran.ends for ran in every)
    return [
        f"* {len(every)} runs of {len({ran.record['name'] for ran in every})} plans: the totals "
        f"are off by {max(errors):.1%} at worst, and within the range in "
        f"{sum(ran.covers for ran in every)} of {len(every)}.",
        f"* {len(legs)} migrations: the outcome is as planned in {len(legs) - off}, the time that "
        f"it takes within the range in {sum(len(ran.covered) for ran in every)}.",
        f"* The order of the ends is as planned in {ordered} of {len(every)} runs.",
        f"* The guests lost {max(move['lost'] for move, _ in legs):.1%} of their time at most; the "
        f"machine had up to {max(ran.record['load'] for ran in every):.0f} processes to run.",
    ]
