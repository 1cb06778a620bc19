"""Forecasts, advice, diagnoses and plans in HTML."""

from typing import Iterator, Optional, Sequence, Tuple

from .._advice.advice import Advice
from .._advice.diagnosis import Diagnosis
from .._advice.goal import Goal
from .._advice.option import Change, Option, shown_value
from .._advice.text import forecast_line
from .._drain.plan import Leg, Plan
from .._drain.text import result_text, total_text
from .._forecast.forecast import Forecast, Round
from .._forecast.text import (
    action_text,
    between,
    moment_text,
    range_text,
    size_text,
    sure_text,
    time_text,
)
from .drawing import curve
from .markup import Html, block, details, items, muted, strong, table, tag

__all__ = ["advice_html", "diagnosis_html", "forecast_html", "plan_html"]

# Further rounds, legs or VMs are counted, not shown.
_ROUNDS, _LEGS, _STAYS = 40, 60, 20
_BARS = {
    "completes": "#3b82c4",
    "post-copy": "#2f9e6e",
    "aborted": "#e08a1e",
    "never": "#d64545",
}


def forecast_html(forecast: Forecast) -> str:
    """A forecast: the headline, the verdict, its curve, its ranges, and its rounds on request."""
    return block(_forecast(forecast))


def _forecast(forecast: Forecast) -> Html:
    parts = [
        tag("div", strong(sure_text(forecast))),
        tag("div", forecast.verdict),
        curve(forecast),
        muted("blue: memory left to send; red: fits the downtime limit; band: ends in nine of ten"),
        table((), _ranges(forecast)),
    ]
    if forecast.assumed:
        parts.append(details("Assumed", items(forecast.assumed)))
    head = ("round", "from", "to send", "throttle", "actions")
    parts.append(details(_more("Rounds", forecast.rounds, _ROUNDS), table(head, _rounds(forecast))))
    return tag("div", *parts)


def _more(what: str, shown: Sequence[object], most: int) -> str:
    return f"{what}: the first {most} of {len(shown):,}" if len(shown) > most else what


def _ranges(forecast: Forecast) -> Iterator[Tuple[str, str]]:
    yield "in all", range_text(forecast.total_ms_range)
    yield "sent", between(forecast.sent_mib_range, lambda mib: size_text(mib << 20))
    if forecast.downtime_ms_range[1]:
        yield "downtime", range_text(forecast.downtime_ms_range)
    if forecast.throttle_range[1]:
        yield "throttle", between(forecast.throttle_range, lambda share: f"{share} %")


def _rounds(forecast: Forecast) -> Iterator[Tuple[str, ...]]:
    for each in forecast.rounds[:_ROUNDS]:
        yield (
            _numbers(each),
            moment_text(each.start_ms),
            size_text(each.remaining_bytes),
            f"{each.throttle} %" if each.throttle else "-",
            ", ".join([f"{moment_text(at)}: {action_text(action)}" for at, action in each.actions]),
        )


def _numbers(each: Round) -> str:
    last = each.iteration + each.count - 1
    return str(last) if last == each.iteration else f"{each.iteration}-{last}"


def _options(options: Sequence[Option], goal: Goal) -> Html:
    return items(
        [_option(each.changes, forecast_line(each.forecast, goal)) for each in options], "ol"
    )


def _option(changes: Sequence[Change], result: str) -> Html:
    said = [
        tag(
            "div",
            tag("code", change.path),
            f": {shown_value(change.before)} → {shown_value(change.after)} ",
            muted(f"({change.reason})"),
        )
        for change in changes
    ]
    return tag("div", *(said or [tag("div", "no change")]), tag("div", f"⇒ {result}"))


def advice_html(advice: Advice) -> str:
    """Advice: whether the goal can be met, and the options."""
    if advice.met:
        number = len(advice.options)
        head = f"{number} option{'' if number == 1 else 's'} will do, the simplest first:"
        return block(strong(head), _options(advice.options, advice.goal))
    parts = [tag("div", strong("The goal cannot be met.")), tag("div", advice.limit)]
    if advice.options:
        parts += [tag("div", "The nearest:"), _options(advice.options, advice.goal)]
    return block(*parts)


def diagnosis_html(diagnosis: Diagnosis) -> str:
    """A diagnosis: what happened, why, what would help, and the forecast on request."""
    parts = [
        tag("div", strong(diagnosis.outcome), ": ", tag("code", diagnosis.cause)),
        tag("div", diagnosis.message),
    ]
    if diagnosis.options:
        helps = tag("div", strong("What would help:"))
        parts += [helps, _options(diagnosis.options, diagnosis.goal)]
    if diagnosis.forecast is not None:
        parts.append(details("Forecast", _forecast(diagnosis.forecast)))
    return block(*parts)


def plan_html(plan: Plan) -> str:
    """A plan: who stays, when it is done, a bar for each migration, and what else was tried."""
    parts = [tag("div", strong(total_text(plan)))]
    if plan.stays:
        parts.append(tag("div", f"{len(plan.stays):,} will not leave:"))
        said = [Html(strong(stay.name) + tag("span", f": {stay.reason}")) for stay in plan.stays]
        parts.append(items(said[:_STAYS]))
        if len(said) > _STAYS:
            parts.append(muted(f"… {len(said) - _STAYS:,} more"))
    if plan.legs:
        last = max([leg.start_ms + leg.forecast.total_ms for leg in plan.legs])
        rows = [_leg(leg, max(1, last)) for leg in plan.legs[:_LEGS]]
        parts.append(table(("VM", "from", "takes", ""), rows))
    if len(plan.legs) > _LEGS:
        parts.append(muted(f"… {len(plan.legs) - _LEGS:,} more"))
    if plan.options:
        helps = [_option(each.changes, result_text(each.plan)) for each in plan.options]
        parts += [tag("div", strong("What would help:")), items(helps, "ol")]
    if plan.alternatives:
        rows = [
            (each.change, _total(each.total_ms), _stay(each.stays)) for each in plan.alternatives
        ]
        parts.append(details("Other ways", table(("what", "done after", "who stays"), rows)))
    return block(*parts)


def _total(total_ms: Optional[int]) -> str:
    return "never" if total_ms is None else time_text(total_ms)


def _stay(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names):,}" if names else "nobody"


def _leg(leg: Leg, last: int) -> Tuple[object, ...]:
    end = last if leg.end_ms is None else leg.end_ms
    takes = "never ends" if leg.end_ms is None else time_text(end - leg.start_ms)
    left, width = 100 * leg.start_ms / last, 100 * (end - leg.start_ms) / last
    style = f"margin-left:{left:.1f}%;width:{width:.1f}%;min-width:2px;height:.8em;"
    bar = tag("div", style=f"{style}background:{_BARS[leg.forecast.outcome]}")
    # As wide as the names allow.
    room = tag("div", bar, style="width:16em;max-width:40vw;margin-top:.3em")
    return leg.name, time_text(leg.start_ms), takes, room
