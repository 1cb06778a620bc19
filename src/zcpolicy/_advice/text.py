"""Options as text, for a terminal of 80 columns."""

from typing import TYPE_CHECKING, Callable, Iterable, Iterator, List, Sequence, Tuple, TypeVar

from .._base.errors import shortened
from .._base.naming import counted
from .._base.terminal import escaped, wrapped
from .._forecast.text import (
    between,
    outcomes_text,
    percent,
    range_text,
    short_text,
    size_text,
)
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
    "options_text",
    "outcomes_text",
    "percent",
    "ranking_text",
    "short_changes",
]

_Any = TypeVar("_Any")


def forecast_line(forecast: "Forecast", goal: Goal = Goal()) -> str:
    """A forecast in one line, precise enough to compare it with a goal."""
    total = [] if goal._total_ms is None else [goal._total_ms]
    down = [] if goal.downtime_ms is None else [goal.downtime_ms]
    return short_text(forecast, total, down)


def short_changes(changes: Sequence[Change]) -> str:
    """What is changed to what, in a line; of a policy that is made the name alone."""
    made = tuple([f"{change.path}." for change in changes])
    told = [change for change in changes if not change.path.startswith(made)]
    words = [f"{change.path}={shown_value(change.after)}" for change in told]
    return shortened(escaped(", ".join(words))) or "no change"


def options_text(options: Sequence[Option]) -> str:
    """How many options there are, and the first of them."""
    found = counted(len(options), "option")
    if not options:
        return found
    first = options[0]
    return f"{found}, the first: {short_changes(first.changes)}: {short_text(first.forecast)}"


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
