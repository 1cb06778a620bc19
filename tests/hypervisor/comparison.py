"""What was measured against what is forecast, without a hypervisor: from the record alone."""

from statistics import median
from typing import Any, Dict, List, Mapping, Optional, Sequence

import attr

import zcpolicy as zc

__all__ = ["Compared", "compare", "table"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Compared:
    """One measurement and its forecast.

    Attributes:
        name: the case.
        measured: what was measured, as `measure` records it.
        forecast: of the same scenario and workload.
    """

    name: str
    measured: Mapping[str, Any]
    forecast: zc.Forecast

    @property
    def agrees(self) -> bool:
        """Whether the outcome is the one that was forecast."""
        outcome: str = self.measured["outcome"]
        return self.forecast.outcome == outcome

    @property
    def time_error(self) -> Optional[float]:
        """The relative error of the time; None where there is no end on both sides."""
        return self._error(self.forecast.total_ms, "totalMs")

    @property
    def bytes_error(self) -> Optional[float]:
        """The relative error of the bytes, likewise."""
        return self._error(self.forecast.sent_mib, "sentMiB")

    @property
    def covers(self) -> Sequence[bool]:
        """Whether time, bytes and downtime are within the ranges; none where there is no end."""
        if not self.agrees or self.forecast.outcome == "never":
            return ()
        found = self.forecast
        pairs = (
            (self.measured["totalMs"], found.total_ms_range),
            (self.measured["sentMiB"], found.sent_mib_range),
            (self.measured["downtimeMs"], found.downtime_ms_range),
        )
        return [
            (low or 0) <= real and (high is None or real <= high)
            for real, (low, high) in pairs
            if real is not None
        ]

    @property
    def iterations(self) -> int:
        """What QEMU would count: each look, and one more after the guest has stopped."""
        last = self.forecast.rounds[-1]
        ends = self.forecast.outcome in ("completes", "post-copy")
        return last.iteration + last.count - 1 + (2 if ends else 0)

    @property
    def throttle(self) -> int:
        """The most that autoconverge takes from the guest, percent."""
        return max(each.throttle for each in self.forecast.rounds)

    def _error(self, value: float, key: str) -> Optional[float]:
        if not self.agrees or self.forecast.outcome == "never":
            return None
        return float(value / self.measured[key] - 1)


def compare(document: Mapping[str, Any]) -> List[Compared]:
    """Forecast all that was measured."""
    return [
        Compared(
            name=record["name"],
            measured=record["measured"],
            forecast=zc.simulate(
                zc.Scenario.from_json(record["scenario"]).resolve(),
                zc.Workload.from_json(record["workload"]),
            ),
        )
        for record in document["records"]
    ]


_HEAD = ("case", "outcome", "time, s", "sent, MiB", "iterations", "downtime, ms", "throttle, %")


def table(every: Sequence[Compared]) -> str:
    """In Markdown: each measured value, then what is forecast, and the error."""
    cases: Dict[str, List[Compared]] = {}
    for compared in every:
        cases.setdefault(compared.name, []).append(compared)
    rows = [_HEAD, ("---",) * len(_HEAD), *(_row(name, found) for name, found in cases.items())]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *_summary(cases)])


def _row(name: str, found: Sequence[Compared]) -> Sequence[str]:
    outcomes = sorted({each.measured["outcome"] for each in found})
    forecasts = sorted({each.forecast.outcome for each in found})
    edge = ", near the edge" if any(each.forecast.near_edge for each in found) else ""
    if forecasts == outcomes:
        outcome = f"{', '.join(outcomes)}{edge}"
    else:
        outcome = f"{', '.join(outcomes)}; forecast {', '.join(forecasts)}{edge}"
    ended = all(each.time_error is not None for each in found)
    return (
        name,
        outcome,
        _cell(found, "totalMs", [each.forecast.total_ms for each in found], 1000, ended),
        _cell(found, "sentMiB", [each.forecast.sent_mib for each in found], 1, ended),
        _cell(found, "rounds", [each.iterations for each in found], None, ended),
        _cell(found, "downtimeMs", [each.forecast.downtime_ms for each in found], None, ended),
        _cell(found, "throttle", [each.throttle for each in found], None, ended),
    )


def _cell(
    found: Sequence[Compared],
    key: str,
    forecasts: Sequence[int],
    unit: Optional[int],
    ended: bool,
) -> str:
    """The range that was measured, the range of the forecasts, and the worst relative error."""
    measured = [each.measured[key] for each in found]
    if not ended or None in measured:
        return ""
    text = f"{_range(measured, unit)} / {_range(forecasts, unit)}"
    if unit is None:
        return text
    worst = max([value / real - 1 for value, real in zip(forecasts, measured)], key=abs)
    return f"{text} ({worst:+.1%})"


def _range(values: Sequence[float], unit: Optional[int]) -> str:
    texts = [f"{value / (unit or 1):.{1 if unit == 1000 else 0}f}" for value in sorted(values)]
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _summary(cases: Mapping[str, Sequence[Compared]]) -> List[str]:
    """The errors of all together."""
    every = [each for found in cases.values() for each in found]
    times = [abs(each.time_error) for each in every if each.time_error is not None]
    sizes = [abs(each.bytes_error) for each in every if each.bytes_error is not None]
    downtimes = [
        abs(each.forecast.downtime_ms - each.measured["downtimeMs"])
        for each in every
        if each.agrees and each.measured["downtimeMs"] is not None
    ]
    agreeing = sum(each.agrees for each in every)
    off = [each for each in every if not each.agrees and not each.forecast.near_edge]
    covered = [each.covers for each in every if each.covers]
    parts = [sum(column) for column in zip(*[each[:2] for each in covered])]
    downs = [each[2] for each in covered if len(each) > 2]
    return [
        f"* {len(every)} migrations of {len(cases)} cases: the outcome agrees in {agreeing}. It "
        f"differs in {len(off)} whose forecast does not say that it is near the edge.",
        f"* Time: {median(times):.1%} off in the median, {max(times):.1%} at worst.",
        f"* Bytes: {median(sizes):.1%} off in the median, {max(sizes):.1%} at worst.",
        f"* Downtime: {median(downtimes):.0f} ms off in the median, {max(downtimes)} ms at worst.",
        f"* Within the ranges: {parts[0]} of {len(covered)} times, {parts[1]} of {len(covered)} "
        f"sizes, {sum(downs)} of {len(downs)} downtimes.",
    ]
