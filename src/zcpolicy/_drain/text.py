"""A plan in words and bars over time, for a terminal of 80 columns, and as CSV."""

import math
from typing import TYPE_CHECKING, Iterator, List, Optional, Sequence, Tuple

from .._base.terminal import WIDTH, csv_text, cut, escaped, wrapped
from .._forecast.text import time_text

if TYPE_CHECKING:
    from .._forecast.forecast import Outcome, Range
    from .plan import Alternative, Leg, Plan

__all__ = ["plan_csv", "plan_text", "total_text"]

# The columns: a name, two times, and a bar.
_NAME, _TIME = 18, 12
_BAR = WIDTH - 2 - _NAME - 2 * _TIME - 2
# More are counted, not shown: so many at the beginning, so many at the end.
_FIRST, _LAST = 30, 10
_STAYS = 10
_CHANGE = 34
# What is no shorter than by that factor is no help.
_LESS = 0.99

# What a bar is made of, and what it means, by the outcome of its migration.
_MARKS = {
    "completes": ("#", "completes"),
    "post-copy": ("+", "with post-copy"),
    "aborted": ("x", "is aborted"),
    "never": (">", "never ends"),
}


def plan_text(plan: "Plan") -> str:
    """The whole plan."""
    return "\n".join(_lines(plan))


def _lines(plan: "Plan") -> Iterator[str]:
    moves = len({leg.name for leg in plan.legs} | {stay.name for stay in plan.stays})
    if plan.stays:
        yield from wrapped(f"{len(plan.stays):,} of {_vms(moves)} will not leave:", "")
        for stay in plan.stays[:_STAYS]:
            yield from wrapped(f"{escaped(stay.name)}: {escaped(stay.reason)}", "  ", "    ")
        if len(plan.stays) > _STAYS:
            yield f"  {len(plan.stays) - _STAYS:,} more: see --json or --csv"
    else:
        yield f"{_vms(moves)} will leave."
    unsure = [leg.name for leg in plan.legs if len(leg.forecast.outcomes) > 1]
    if unsure:
        names = ", ".join(map(escaped, unsure[:_STAYS])) + (", …" if unsure[_STAYS:] else "")
        yield from wrapped(f"Not sure: how {names} will end.", "")
    yield from wrapped(total_text(plan), "")
    yield ""
    yield from wrapped(f"{plan.outgoing:,} at a time, {_link(plan.link_mbps)}", "  ")
    if plan.legs:
        yield ""
        yield from _chart(plan)
    now = _worth(plan.total_ms, len(plan.stays))
    tried = sorted(plan.alternatives, key=lambda each: _worth(each.total_ms, len(each.stays)))
    for title, helps in (("What would help", True), ("Tried in vain", False)):
        found = [each for each in tried if _helps(each, now) is helps]
        if found:
            yield ""
            yield title
            yield from map(_alternative, found)


def _vms(number: int) -> str:
    return f"{number:,} VM{'' if number == 1 else 's'}"


def total_text(plan: "Plan") -> str:
    """When all is over, a sentence."""
    if plan.total_ms is None:
        return "It is never over."
    return f"All is over after {time_text(plan.total_ms)} ({_between(plan.total_ms_range)})."


def _between(ends: "Range") -> str:
    low, high = ends
    first = time_text(low or 0)
    return f"{first} or more" if high is None else f"{first} to {time_text(high)}"


def _link(mbps: Optional[float]) -> str:
    if mbps is None:
        return "each as fast as its request allows: nobody says what the link carries"
    return f"sharing a link of {mbps / 1000:g} Gbps"


def _chart(plan: "Plan") -> Iterator[str]:
    ends = [leg.start_ms + leg.forecast.total_ms for leg in plan.legs]
    scale = max(1, *ends, plan.total_ms or 0)
    yield f"  {'VM':{_NAME}}{'from':>{_TIME}}{'takes':>{_TIME}}"
    legs = plan.legs
    shown: Sequence[Optional[Leg]] = legs
    if len(legs) > _FIRST + _LAST + 1:
        shown = [*legs[:_FIRST], None, *legs[-_LAST:]]
    for leg in shown:
        if leg is None:
            yield f"  … {len(legs) - _FIRST - _LAST:,} more: see --json or --csv"
        else:
            yield _leg_line(leg, scale)
    yield ""
    used = {leg.forecast.outcome for leg in plan.legs}
    marks = [f"{mark} {what}" for outcome, (mark, what) in _MARKS.items() if outcome in used]
    yield from wrapped(f"{', '.join(marks)}; the line is {time_text(scale)} long", "  ")


def _leg_line(leg: "Leg", scale: int) -> str:
    takes = "-" if leg.end_ms is None else time_text(leg.end_ms - leg.start_ms)
    end = scale if leg.end_ms is None else leg.end_ms
    first = min(_BAR - 1, _BAR * leg.start_ms // scale)
    last = max(first + 1, round(_BAR * end / scale))
    bar = " " * first + _MARKS[leg.forecast.outcome][0] * (last - first)
    name = f"{cut(escaped(leg.name), _NAME):{_NAME}}"
    return f"  {name}{time_text(leg.start_ms):>{_TIME}}{takes:>{_TIME}}  {bar}"


def _worth(total_ms: Optional[int], stays: int) -> Tuple[int, float]:
    """The less, the better: first that all leave, then when."""
    return stays, math.inf if total_ms is None else total_ms


def _helps(each: "Alternative", now: Tuple[int, float]) -> bool:
    stays, total = _worth(each.total_ms, len(each.stays))
    return stays < now[0] or (stays == now[0] and total < _LESS * now[1])


def _alternative(each: "Alternative") -> str:
    total = "never over" if each.total_ms is None else time_text(each.total_ms)
    if not each.stays:
        leave = "all leave"
    elif len(each.stays) == 1:
        leave = cut(escaped(f"{each.stays[0]} stays"), WIDTH - 4 - _CHANGE - _TIME)
    else:
        leave = f"{len(each.stays):,} stay"
    return f"  {cut(escaped(each.change), _CHANGE):{_CHANGE}}{total:>{_TIME}}  {leave}"


def plan_csv(plan: "Plan") -> str:
    """A row for each VM: its name, destination, start, end, outcome, range, and why it stays."""
    rows: List[Sequence[object]] = [_COLUMNS]
    reasons = {stay.name: stay.reason for stay in plan.stays}
    for leg in plan.legs:
        low, high = leg.forecast.total_ms_range
        times = (leg.start_ms, leg.end_ms, low, high)
        outcome: Outcome = leg.forecast.outcome
        rows.append((leg.name, leg.destination, *times, outcome, reasons.pop(leg.name, None)))
    for stay in plan.stays:
        if stay.name in reasons:
            rows.append((stay.name, *[None] * 5, "waits", stay.reason))
    return csv_text(rows)


_COLUMNS = ("name", "destination", "startMs", "endMs", "minMs", "maxMs", "outcome", "stays")
