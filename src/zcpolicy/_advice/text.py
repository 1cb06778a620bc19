"""Options as text, for a terminal of 80 columns."""

from typing import TYPE_CHECKING, Callable, Iterable, Iterator, List, Sequence, Tuple, TypeVar

from .._base.terminal import escaped, wrapped
from .._forecast.text import between, range_text, size_text
from .goal import Goal
from .option import Change, Option, shown_value

if TYPE_CHECKING:
    from .._forecast.forecast import Forecast
    from .advice import Advice
    from .diagnosis import Diagnosis

__all__ = [
    "advice_text",
    "changes_lines",
    "diagnosis_text",
    "forecast_line",
    "numbered",
    "option_text",
    "outcomes_text",
    "percent",
    "ranking_text",
]

_Any = TypeVar("_Any")

_ENDINGS = {
    "completes": "completes",
    "post-copy": "switches to post-copy",
    "aborted": "is aborted",
    "never": "never ends",
}


def percent(value: int) -> str:
    """A throttle in words."""
    return f"{value} %"


def outcomes_text(forecast: "Forecast") -> str:
    """The possible outcomes: ``"completes"``, ``"completes or is aborted"``."""
    return " or ".join([_ENDINGS[outcome] for outcome in forecast.outcomes])


def forecast_line(forecast: "Forecast", goal: Goal = Goal()) -> str:
    """A forecast in one line, precise enough to compare it with a goal."""
    total = [] if goal._total_ms is None else [goal._total_ms]
    down = [] if goal.downtime_ms is None else [goal.downtime_ms]
    parts = [f"{outcomes_text(forecast)} in {range_text(forecast.total_ms_range, *total)}"]
    if forecast.downtime_ms_range[1]:
        parts.append(f"downtime {range_text(forecast.downtime_ms_range, *down)}")
    if forecast.throttle_range[1]:
        parts.append(f"throttled by {between(forecast.throttle_range, percent)}")
    return ", ".join(parts)


def _change_line(change: Change) -> str:
    before, after = shown_value(change.before), shown_value(change.after)
    return escaped(f"{change.path}: {before} -> {after}: {change.reason}")


def option_text(option: Option) -> str:
    """An option as text: its changes and its forecast."""
    return "\n".join(_option_lines(option, ""))


def _option_lines(option: Option, indent: str, goal: Goal = Goal()) -> Iterator[str]:
    return changes_lines(option.changes, forecast_line(option.forecast, goal), indent)


def changes_lines(changes: Sequence[Change], result: str, indent: str) -> Iterator[str]:
    """Changes, and their result."""
    for change in changes:
        yield from wrapped(_change_line(change), indent, f"{indent}  ")
    if not changes:
        yield f"{indent}no change"
    yield from wrapped(f"=> {result}", indent, f"{indent}   ")


_COLUMNS = ("policy", "outcome", "time", "downtime", "throttle", "sent")


def ranking_text(options: Sequence[Option]) -> str:
    """The options of `rank` as a table, one line per option."""
    rows = [_COLUMNS, *[_row(option) for option in options]]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join([cell.ljust(width) for cell, width in zip(row, widths)]) for row in rows]
    return "\n".join([line.rstrip() for line in lines])


def _row(option: Option) -> Tuple[str, ...]:
    forecast = option.forecast
    down = forecast.downtime_ms_range
    return (
        escaped(option.policy.name) or option.policy.id,
        outcomes_text(forecast),
        range_text(forecast.total_ms_range),
        range_text(down) if down[1] else "-",
        between(forecast.throttle_range, percent) if forecast.throttle_range[1] else "-",
        between(forecast.sent_mib_range, lambda mib: size_text(mib << 20)),
    )


def numbered(options: Sequence[_Any], lines_of: Callable[[_Any, str], Iterable[str]]) -> List[str]:
    """The lines of some options, numbered."""
    lines: List[str] = []
    for number, option in enumerate(options, 1):
        first, *others = lines_of(option, "    ")
        lines += ["", f"{number:2}. {first.lstrip()}", *others]
    return lines


def _options_lines(options: Sequence[Option], goal: Goal) -> List[str]:
    return numbered(options, lambda option, indent: _option_lines(option, indent, goal))


def advice_text(advice: "Advice") -> str:
    """The advice as text: whether the goal can be met, then the options."""
    if advice.met:
        number = len(advice.options)
        head = f"{number} option{'' if number == 1 else 's'} will do, the simplest first:"
        return "\n".join([head, *_options_lines(advice.options, advice.goal)])
    lines = wrapped(f"The goal cannot be met. {advice.limit}", "")
    if advice.options:
        lines += ["", "The nearest:", *_options_lines(advice.options, advice.goal)]
    return "\n".join(lines)


def diagnosis_text(diagnosis: "Diagnosis") -> str:
    """The diagnosis as text: what happened, why, and what would help."""
    lines = wrapped(f"{diagnosis.outcome}: {diagnosis.cause}", "")
    lines += wrapped(diagnosis.message, "")
    if diagnosis.options:
        lines += ["", "What would help:", *_options_lines(diagnosis.options, diagnosis.goal)]
    return "\n".join(lines)
