"""Three questions about guests of many kinds, answered by the model, against what was measured.

Without a hypervisor: from the record alone, ``tests/data/guests.jsonl``.

* ``"rates"``: what becomes of a migration, from the dirty rates measured before it;
* ``"passes"``: from what was seen of it in two passes over the memory;
* ``"another"``: from a run of the same VM in another configuration.

And three that nobody could ask who does not know the guest: `EXPERIMENTS`, which tell whether the
model lacks something or the evidence.
"""

import math
from functools import partial
from statistics import median
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, TypeVar

import attr

import zcpolicy as zc

from .evidence import COLUMNS, Recorded
from .kinds import FILLED_MIB, KINDS
from .writer import Writes

__all__ = [
    "EXPERIMENTS",
    "QUESTIONS",
    "Answer",
    "Score",
    "after_passes",
    "answers",
    "noise",
    "percentile",
    "score",
    "scored",
]

T = TypeVar("T")

QUESTIONS: Mapping[str, str] = {
    "rates": "from the rates measured before",
    "passes": "after two passes",
    "another": "from a run of another configuration",
}
EXPERIMENTS: Mapping[str, str] = {
    "third": "with a third rate, over 0.1 s, by its table",
    "means": "from rates over 0.1, 1 and 10 s by its table",
    "table": "from its table itself",
}
_PASSES = 2
_ENDS = ("completes", "post-copy")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Answer:
    """A forecast and what became of it.

    Attributes:
        run: what was measured.
        question: of `QUESTIONS` or `EXPERIMENTS`.
        forecast: None where the library refuses the evidence, for the reason `refused`.
    """

    run: Recorded
    question: str
    forecast: Optional[zc.Forecast] = None
    refused: str = ""

    @property
    def right(self) -> bool:
        """Whether the first outcome is what was measured."""
        return self.forecast is not None and self.forecast.outcome == self._measured("outcome")

    @property
    def flagged(self) -> bool:
        """Whether the forecast says that there may be another outcome."""
        return self.forecast is not None and self.forecast.near_edge

    @property
    def wrong(self) -> bool:
        """Whether what was measured is none of the outcomes that are said to be possible."""
        return self.forecast is not None and (
            self._measured("outcome") not in self.forecast.outcomes
        )

    def error(self, key: str) -> Optional[float]:
        """How far a number is off, where the outcome is right: relative, but ms of the downtime."""
        measured = self._measured(key)
        if self.forecast is None or not self.right or measured is None:
            return None
        value = getattr(self.forecast, _NUMBERS[key])
        return float(value - measured if key == "downtimeMs" else value / measured - 1)

    def covered(self, key: str) -> Optional[bool]:
        """Whether what was measured lies in the range."""
        measured = self._measured(key)
        if self.forecast is None or measured is None:
            return None
        low, high = getattr(self.forecast, f"{_NUMBERS[key]}_range")
        return bool((low is None or low <= measured) and (high is None or measured <= high))

    def width(self, key: str) -> Optional[float]:
        """How wide the range is: as a share of what was measured, but ms of the downtime.

        Infinite where it is open.
        """
        measured = self._measured(key)
        if self.forecast is None or measured is None:
            return None
        low, high = getattr(self.forecast, f"{_NUMBERS[key]}_range")
        if low is None or high is None:
            return float("inf")
        return float(high - low if key == "downtimeMs" else (high - low) / measured)

    def _measured(self, key: str) -> Any:
        found = self.run.found["measured"]
        if key == "downtimeMs" and found["outcome"] not in _ENDS:
            return None
        return found[key]


_NUMBERS = {"totalMs": "total_ms", "sentMiB": "sent_mib", "downtimeMs": "downtime_ms"}


def answers(runs: Sequence[Recorded]) -> List[Answer]:
    """All questions about all runs; none after two passes of those that were over by then."""
    seen = [run for run in runs if after_passes(run) is not None]
    known = [run for run in runs if _is_told(KINDS[run.kind].writers)]
    return [
        *[_answered(run, "rates", partial(_by_rates, run)) for run in runs],
        *[_answered(run, "passes", partial(_by_passes, run)) for run in seen],
        *[
            _answered(run, "another", partial(_by_another, run, other))
            for run, other in _pairs(runs)
        ],
        *[_answered(run, "third", partial(_by_rates, run, 1)) for run in known],
        *[_answered(run, "means", partial(_by_rates, run, 3)) for run in known],
        *[_answered(run, "table", partial(_by_table, run)) for run in known],
    ]


def _answered(run: Recorded, question: str, forecast: Callable[[], zc.Forecast]) -> Answer:
    try:
        return Answer(run=run, question=question, forecast=forecast())
    except zc.ZcpolicyError as error:
        return Answer(run=run, question=question, refused=str(error))


def _resolution(run: Recorded) -> zc.Resolution:
    return zc.Scenario.from_json(run.found["scenario"]).resolve()


def _memory_mib(run: Recorded) -> int:
    memory: int = run.found["scenario"]["vm"]["memoryMiB"]
    return memory


def _network(run: Recorded) -> Dict[str, Any]:
    return {"link_mbps": run.found["linkMbps"], "zero_share": run.found["zeroShare"]}


# What is worked out, of these, comes before what was measured.
_PERIODS_S = (0.1, 1.0, 10.0)


def _by_rates(run: Recorded, known: int = 0) -> zc.Forecast:
    """From its rates, of which the *known* shortest are not measured."""
    rates = [(float(period), float(rate)) for period, rate in run.found["dirtyRates"]]
    told = [(period, _dirtied_mib(run, period) / period) for period in _PERIODS_S[:known]]
    rates = told + [each for each in rates if each[0] not in _PERIODS_S[:known]]
    workload = zc.Workload.measured(rates, memory_mib=_memory_mib(run), **_network(run))
    return zc.simulate(_resolution(run), workload)


def _dirtied_mib(run: Recorded, seconds: float) -> float:
    """What its writers dirty in a time, on average over bursts and pauses."""
    return sum(
        [
            min(_mean_mib_s(each) * seconds, each.set_mib)
            if each.sweep
            else each.set_mib * -math.expm1(-_mean_mib_s(each) * seconds / each.set_mib)
            for each in _writers(run)
        ]
    )


def _mean_mib_s(writes: Writes) -> float:
    return writes.mib_s * (writes.on_s / writes.period_s if writes.period_s else 1)


def _writers(run: Recorded) -> Sequence[Writes]:
    """Those of its table, for its memory."""
    filled = round((1 - run.found["zeroShare"]) * _memory_mib(run))
    return KINDS[run.kind].scaled(filled / FILLED_MIB)


def _by_passes(run: Recorded) -> zc.Forecast:
    seen = run.migration(after_passes(run))
    return zc.simulate(_resolution(run), zc.fit(seen, _memory_mib(run)), since=seen)


def _by_another(run: Recorded, other: Recorded) -> zc.Forecast:
    fitted = zc.fit(other.migration(), _memory_mib(other)).with_network(**_network(run))
    return zc.simulate(_resolution(run), fitted)


def _is_told(writers: Sequence[Writes]) -> bool:
    """Whether a workload has words for them: sets apart from one another, and no power law."""
    ends = sorted([(each.at_mib, each.at_mib + each.set_mib) for each in writers])
    apart = all(before[1] <= after[0] for before, after in zip(ends, ends[1:]))
    return apart and not any(each.squared for each in writers)


def _by_table(run: Recorded) -> zc.Forecast:
    writers = [
        zc.Writer(
            mib_s=_mean_mib_s(each),
            set_mib=each.set_mib,
            order="sweep" if each.sweep else "random",
        )
        for each in _writers(run)
    ]
    workload = zc.Workload(writers=tuple(writers), **_network(run))
    return zc.simulate(_resolution(run), workload)


def _pairs(runs: Sequence[Recorded]) -> List[Tuple[Recorded, Recorded]]:
    """Each run with the other one of the same VM: the same kind, with the same memory."""
    first = [run for run in runs if run.found["repeat"] == 0]
    return [
        (run, other)
        for run in first
        for other in first
        if run is not other and _guest(run) == _guest(other)
    ]


def _guest(run: Recorded) -> Tuple[str, int]:
    return run.kind, _memory_mib(run)


def after_passes(run: Recorded) -> Optional[int]:
    """How many samples were there when two passes were over; None if the migration was, too.

    A pass is over when as much was sent as there was to send when it began.  QEMU's iterations are
    that up to 9.1; later ones look within long passes, too, and from 11.1 on ten times a second
    with post-copy.
    """
    column = {name: number for number, name in enumerate(COLUMNS)}
    rows = run.rows
    due = run.found["totalBytes"] // 4096
    passes = 0
    for number, row in enumerate(rows[:-1]):
        if row[column["zero_pages"]] + row[column["normal_pages"]] >= due:
            passes += 1
            if passes == _PASSES:
                return number + 1
            due += row[column["remaining_pages"]]
    return None


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Score:
    """What came of many answers.

    Attributes:
        asked: how many there are; `refused` of them have no forecast.
        right: the outcome is right; `flagged`: others are said to be possible, too; `wrong`: it is
            none of those that are said to be possible.
        errors: for time, bytes and downtime, how far off in the median and at the 90th percentile,
            where the outcome is right.
        covered: for each, the share of ranges that hold, and of how many.
        widths: for each, the median width of the ranges.
        open: for each, how many of the ranges have an open end.
    """

    asked: int
    refused: int
    right: int
    flagged: int
    wrong: int
    errors: Mapping[str, Tuple[float, float]]
    covered: Mapping[str, Tuple[float, int]]
    widths: Mapping[str, float]
    open: Mapping[str, int]


def score(found: Sequence[Answer]) -> Score:
    """Of these answers."""
    errors: Dict[str, Tuple[float, float]] = {}
    covered: Dict[str, Tuple[float, int]] = {}
    widths: Dict[str, float] = {}
    ends: Dict[str, int] = {}
    for key in _NUMBERS:
        off = sorted(
            [abs(error) for each in found for error in [each.error(key)] if error is not None]
        )
        held = [hold for each in found for hold in [each.covered(key)] if hold is not None]
        wide = [width for each in found for width in [each.width(key)] if width is not None]
        if off:
            errors[key] = (median(off), percentile(off))
        if held:
            covered[key] = (sum(held) / len(held), len(held))
            widths[key] = median(wide)
            ends[key] = wide.count(float("inf"))
    return Score(
        asked=len(found),
        refused=sum(each.forecast is None for each in found),
        right=sum(each.right for each in found),
        flagged=sum(each.flagged for each in found),
        wrong=sum(each.wrong for each in found),
        errors=errors,
        covered=covered,
        widths=widths,
        open=ends,
    )


def _known(values: Iterable[Optional[T]]) -> List[T]:
    return [value for value in values if value is not None]


def percentile(values: Sequence[float], share: float = 0.9) -> float:
    """The value that *share* of the sorted values do not exceed."""
    return values[min(int(share * len(values)), len(values) - 1)]


def noise(runs: Iterable[Recorded]) -> Dict[str, List[float]]:
    """How far repetitions of one configuration are off their median: as errors are said."""
    groups: Dict[Any, List[Recorded]] = {}
    for run in runs:
        groups.setdefault(run.setting, []).append(run)
    found: Dict[str, List[float]] = {key: [] for key in _NUMBERS}
    for group in groups.values():
        for key in _NUMBERS:
            values = [run.found["measured"][key] for run in group]
            if len(group) > 1 and None not in values:
                middle = median(values)
                relative = 1 if key == "downtimeMs" else middle
                found[key] += [abs(value - middle) / relative for value in values]
    return found


def scored(found: Iterable[Answer]) -> List[Answer]:
    """Those of the headline: of kinds that nothing was tuned on, and whose load does not change."""
    return [each for each in found if KINDS[each.run.kind].scored]
