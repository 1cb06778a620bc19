"""A plan as text and bars over time, for a terminal of 80 columns, and as CSV."""

import math
from typing import TYPE_CHECKING, Iterator, List, Optional, Sequence

from .._advice.goal import ends_of
from .._advice.text import changes_lines, numbered
from .._base.errors import shortened
from .._base.terminal import WIDTH, csv_text, cut, escaped, wrapped
from .._forecast.text import percent, range_text, time_text, upper_text

if TYPE_CHECKING:
    from .._forecast.forecast import Outcome
    from .plan import Leg, Plan, PlanOption

__all__ = ["option_text", "plan_csv", "plan_text", "result_text", "total_text"]

# The columns: a name, two times, and a bar.
_NAME, _TIME = 18, 12
_BAR = WIDTH - 2 - _NAME - 2 * _TIME - 2
# Of more rows, this many at the beginning and at the end are shown; the others are counted.
_FIRST, _LAST = 30, 10
_STAYS = 10
_CHANGE = 34

# The character of a bar, and its meaning, by outcome.
_MARKS = {
    "completes": ("#", "completes"),
    "post-copy": ("+", "with post-copy"),
    "aborted": ("x", "is aborted"),
    "never": (">", "never ends"),
}


def plan_text(plan: "Plan") -> str:
    """The plan as text."""
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
        yield from wrapped(f"Not sure how {names} will end.", "")
    yield from wrapped(total_text(plan), "")
    yield ""
    yield from wrapped(f"{plan.outgoing:,} at a time, {_link(plan.link_mbps)}", "  ")
    if plan.legs:
        yield ""
        yield from _chart(plan)
    if plan.options:
        yield from ("", "What would help, the simplest first")
        yield from numbered(plan.options, _option_lines)
    if plan.alternatives:
        yield from ("", "Each change by itself")
        yield from _table(plan)


def _vms(number: int) -> str:
    return f"{number:,} VM{'' if number == 1 else 's'}"


def total_text(plan: "Plan") -> str:
    """When all migrations are over, a sentence."""
    if plan.total_ms is None:
        return "The drain never ends."
    return f"Done after {time_text(plan.total_ms)} ({range_text(plan.total_ms_range)})."


def _link(mbps: Optional[float]) -> str:
    if mbps is None:
        return "each as fast as its request allows: the capacity of the link is not known"
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
    yield from wrapped(f"{', '.join(marks)}; the full width is {time_text(scale)}", "  ")


def _leg_line(leg: "Leg", scale: int) -> str:
    takes = "-" if leg.end_ms is None else time_text(leg.end_ms - leg.start_ms)
    end = scale if leg.end_ms is None else leg.end_ms
    first = min(_BAR - 1, _BAR * leg.start_ms // scale)
    last = max(first + 1, round(_BAR * end / scale))
    bar = " " * first + _MARKS[leg.forecast.outcome][0] * (last - first)
    name = f"{cut(escaped(leg.name), _NAME):{_NAME}}"
    return f"  {name}{time_text(leg.start_ms):>{_TIME}}{takes:>{_TIME}}  {bar}"


def option_text(option: "PlanOption") -> str:
    """An option as text: its changes, and the result of its plan."""
    return "\n".join(_option_lines(option, ""))


def _option_lines(option: "PlanOption", indent: str) -> Iterator[str]:
    return changes_lines(option.changes, result_text(option.plan), indent)


def result_text(plan: "Plan") -> str:
    """The result of a plan, in one line."""
    parts = [_who([stay.name for stay in plan.stays])]
    over = f"in {range_text(plan.total_ms_range)}"
    parts += ["never done" if plan.total_ms is None else over, f"{plan.outgoing:,} at a time"]
    ends = [ends_of(leg.forecast) for leg in plan.legs]
    downtime = max([each.downtime_ms for each in ends], default=0)
    if downtime:
        parts.append(f"pauses of up to {upper_text(int(downtime))}")
    throttle = max([each.throttle for each in ends], default=0)
    if throttle:
        parts.append(f"throttled by up to {percent(int(throttle))}")
    return ", ".join(parts)


def _who(stays: Sequence[str]) -> str:
    if not stays:
        return "all leave"
    return f"{shortened(escaped(stays[0]))} stays" if len(stays) == 1 else f"{len(stays):,} stay"


def _table(plan: "Plan") -> Iterator[str]:
    """The plan among its alternatives: by how many stay, then by when it is done."""
    rows = [("as it is", plan.total_ms, tuple([stay.name for stay in plan.stays]))]
    rows += [(each.change, each.total_ms, each.stays) for each in plan.alternatives]
    for change, total, stays in sorted(
        rows, key=lambda row: (len(row[2]), math.inf if row[1] is None else row[1])
    ):
        words = "never done" if total is None else time_text(total)
        who = cut(_who(stays), WIDTH - 4 - _CHANGE - _TIME)
        yield f"  {cut(escaped(change), _CHANGE):{_CHANGE}}{words:>{_TIME}}  {who}"


def plan_csv(plan: "Plan") -> str:
    """A row per VM: its name, destination, start, end, range, outcome, and why it stays."""
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
