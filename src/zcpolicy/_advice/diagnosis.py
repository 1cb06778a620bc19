"""Explains a migration, finished or running, and what would help: `diagnose`."""

from typing import Any, Dict, List, Literal, NamedTuple, Optional, Tuple, get_args

import attr

from .._base.errors import InvalidValue, ZcpolicyError, raise_all
from .._base.fields import TEXT, Fields, choice, instance, items, optional
from .._base.frozen import quick
from .._base.hints import hinted
from .._base.notebook import html
from .._decision.resolution import Resolution
from .._forecast.fit import Fit
from .._forecast.forecast import Forecast
from .._forecast.model import MIB
from .._forecast.simulation import simulate
from .._forecast.text import limit_text, time_text
from .._model.evidence import Migration
from .advice import Advice, advise
from .causes import CAUSE_CODES, MEASURES, CauseCode, cause_of
from .goal import Goal
from .option import Option, as_options
from .showing import Showing, showing
from .text import diagnosis_text, options_text, outcomes_text

__all__ = ["DIAGNOSIS", "Diagnosis", "Ending", "diagnose"]

# How it ended, in the words of forecasts; or it failed, or still runs.
Ending = Literal["completes", "post-copy", "aborted", "failed", "running"]
ENDINGS: Tuple[Ending, ...] = get_args(Ending)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Diagnosis:
    """What happened to a migration, and why.

    Attributes:
        outcome: ``"completes"``, ``"post-copy"``, ``"aborted"``, ``"failed"`` or ``"running"``
            (still running at the last sample).
        cause: why, or how it stands, as a code; ``docs/failed-migration.md`` lists them.
        message: the same in sentences, with the evidence; if that is not enough, with commands
            that measure what is missing.
        fit: the workloads that explain the samples; None if the samples do not show enough.
        forecast: how a running migration continues, or how a finished one would run again with the
            same request; None if the samples do not show enough.
        options: what would help, as `advise` finds it; empty if it completed, or met the goal.
        goal: the goal of the options.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    outcome: Ending
    cause: CauseCode
    message: str
    fit: Optional[Fit] = None
    forecast: Optional[Forecast] = None
    options: Tuple[Option, ...] = attr.ib(default=(), converter=as_options)
    goal: Goal = Goal()

    def __attrs_post_init__(self) -> None:
        DIAGNOSIS.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The diagnosis as JSON, with the best workload of the fit."""
        return {
            "outcome": self.outcome,
            "cause": self.cause,
            "message": self.message,
            "workload": None if self.fit is None else self.fit.workload.to_json(),
            "forecast": None if self.forecast is None else self.forecast.to_json(),
            "options": [option.to_json() for option in self.options],
        }

    def __repr__(self) -> str:
        return f"<Diagnosis: {self.outcome}, {self.cause}, {options_text(self.options)}>"

    def __str__(self) -> str:
        return diagnosis_text(self)

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        return html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The text that IPython shows."""
        printer.text(str(self))


DIAGNOSIS = Fields(
    outcome=choice(*ENDINGS),
    cause=choice(*CAUSE_CODES),
    message=TEXT,
    fit=optional(instance(Fit)),
    forecast=optional(instance(Forecast)),
    options=items(instance(Option), "a list of Options"),
    goal=instance(Goal),
)


class _Found(NamedTuple):
    """What happened and why.

    Attributes:
        outcome: as in a diagnosis.
        cause: as in a diagnosis.
        sentences: the message, with the evidence.
        good: whether it completed or will, so nothing has to change.
    """

    outcome: Ending
    cause: CauseCode
    sentences: Tuple[str, ...]
    good: bool = False


@hinted
def diagnose(
    migration: Migration, resolution: Optional[Resolution] = None, *, goal: Optional[Goal] = None
) -> Diagnosis:
    """Explain what happened to a migration, and find what would help.

    Args:
        migration: the samples of the migration, finished or still running.
        resolution: the decision that the migration was made with; None: assume a request with the
            memory, the bandwidth, the downtime limit and the throttle that the samples show.
        goal: the goal of the options; the default is that the migration completes.

    Returns:
        The diagnosis; deterministic.

    Raises:
        ZcpolicyError: an argument is not of its kind, or the samples show another VM than that of
            the resolution.
    """
    raise_all(
        [
            *instance(Migration).faults("migration", migration),
            *optional(instance(Resolution)).faults("resolution", resolution),
            *optional(instance(Goal)).faults("goal", goal),
        ]
    )
    _same_vm(migration, resolution)
    it = showing(migration, resolution)
    forecast = _forecast(it)
    found = _found(it, forecast, goal or Goal())
    advice = _advice(it, found, goal)
    sentences = [*found.sentences]
    if advice is not None and advice.limit is not None:
        sentences.append(advice.limit)
    sentences += _measures(it, found)
    return Diagnosis(
        outcome=found.outcome,
        cause=found.cause,
        message=" ".join(sentences),
        fit=it.fit,
        forecast=forecast,
        options=() if advice is None else advice.options,
        goal=goal or Goal(),
    )


def _same_vm(migration: Migration, resolution: Optional[Resolution]) -> None:
    totals = [each.total_bytes for each in migration.samples if each.total_bytes]
    if resolution is None or not totals:
        return
    memory = resolution.scenario.vm.memory_mib
    # QEMU also counts video memory and firmware.
    if not memory / 2 <= totals[-1] / MIB <= 2 * memory + 256:
        problem = f"the samples show a VM of {totals[-1] / MIB:.0f} MiB, but this one has {memory}"
        raise InvalidValue("resolution", resolution, "the decision of the migrated VM", problem)


_OVER = ("completed", "failed", "cancelled", "cancelling")


def _status(it: Showing) -> str:
    """The final status if it is over, else the last one."""
    found = [each.status for each in it.migration.samples if each.status]
    over = [status for status in found if status in _OVER]
    return over[-1] if over else found[-1] if found else ""


def _forecast(it: Showing) -> Optional[Forecast]:
    """Forecast how it continues, or how it would run again."""
    if it.fit is None:
        return None
    if _status(it) not in _OVER:
        try:
            return simulate(it.resolution, it.fit, since=it.migration)
        except ZcpolicyError:  # it has switched to post-copy
            pass
    return simulate(it.resolution, it.fit)


def _found(it: Showing, forecast: Optional[Forecast], goal: Goal) -> _Found:
    status = _status(it)
    switched = any([(each.status or "").startswith("postcopy") for each in it.migration.samples])
    if status == "completed":
        return _completed(it, switched, goal)
    if status == "postcopy-paused" or (status == "failed" and switched):
        return _Found(
            "failed",
            "post-copy-failed",
            ("It failed after the switch to post-copy: the guest's memory is on two hosts.",),
        )
    if status == "failed":
        return _Found("failed", "failed", ("It failed; the samples do not say why.",))
    if status.startswith("cancel"):
        return _cancelled(it)
    if switched:
        return _Found(
            "running",
            "in-post-copy",
            ("It has switched to post-copy, and completes once the rest is sent.",),
            good=True,
        )
    return _running(it, forecast)


def _completed(it: Showing, switched: bool, goal: Goal) -> _Found:
    said = [each for each in it.migration.samples if each.status == "completed"][-1]
    downtime = (
        "" if said.downtime_ms is None else f", with a pause of {limit_text(said.downtime_ms)}"
    )
    beside = [] if goal._total_ms is None else [goal._total_ms]
    how = "It completed by post-copy" if switched else "It completed"
    return _Found(
        "post-copy" if switched else "completes",
        "completed",
        (f"{how} in {time_text(said.at_ms, *beside)}{downtime}.",),
        good=True,
    )


def _cancelled(it: Showing) -> _Found:
    after = f"after {time_text(it.last.at_ms)}"
    if it.given and it.polls.known and not it.polls.aborted:
        done = (
            f"It was cancelled {after}, but not by the schedule, which had no abort due: by a "
            "user, by Engine, or by Vdsm for another reason."
        )
        return _Found("aborted", "aborted-by-user", (done,))
    by = "by the schedule " if it.given and it.polls.aborted else ""
    return _because(it, "aborted", f"It was aborted {by}{after}")


def _because(it: Showing, outcome: Ending, done: str) -> _Found:
    """Say what happened, and why it does not complete."""
    cause = cause_of(it)
    if cause is None:
        return _Found(outcome, "too-little-seen", (f"{done}; the samples do not show why.",))
    return _Found(outcome, cause.code, (f"{done}: {cause.evidence(it)}.",))


def _running(it: Showing, forecast: Optional[Forecast]) -> _Found:
    if forecast is None:
        said = "The samples do not say how much remains, and in which iteration."
        return _Found("running", "too-little-seen", (said,))
    if it.given and it.polls.died:
        done = (
            "The schedule ran out, which killed Vdsm's monitor: the migration goes on, and nothing "
            "ends it but itself or a user."
        )
        why = cause_of(it)
        ends = forecast.outcomes == ("completes",)
        because = "" if ends or why is None else f"It does not complete: {why.evidence(it)}."
        return _Found("running", "monitor-died", tuple([each for each in (done, because) if each]))
    outcomes = {*forecast.outcomes}
    if outcomes == {"completes"}:
        return _Found("running", "will-complete", (_goes_on(forecast),), good=True)
    if outcomes <= {"completes", "post-copy"}:
        return _Found("running", "will-switch", (_goes_on(forecast),), good=True)
    if len(outcomes) > 1:
        return _Found("running", "not-sure", (_goes_on(forecast),))
    return _because(it, "running", "It still runs, and will not complete")


def _goes_on(forecast: Forecast) -> str:
    return f"It still runs; given what is known, it {outcomes_text(forecast)}. {forecast.verdict}"


def _advice(it: Showing, found: _Found, goal: Optional[Goal]) -> Optional[Advice]:
    if it.fit is None or (found.good and (goal is None or _kept(it, goal))):
        return None
    return advise(it.resolution.scenario, it.fit, goal or Goal())


def _kept(it: Showing, goal: Goal) -> bool:
    """Whether a completed migration met a goal, as far as the samples say."""
    downtimes = [each.downtime_ms for each in it.migration.samples if each.downtime_ms is not None]
    throttles = [each.throttle or 0 for each in it.migration.samples]
    return (
        (goal.total_s is None or it.last.at_ms <= 1000 * goal.total_s)
        and (goal.downtime_ms is None or not downtimes or downtimes[-1] <= goal.downtime_ms)
        and (goal.throttle is None or max(throttles) <= goal.throttle)
    )


# The measurements that help with a cause.
_ASKS = {
    "failed": ("failure",),
    "post-copy-failed": ("failure", "resume"),
    "aborted-by-user": ("abort",),
    "too-little-seen": ("samples", "rate"),
}


def _measures(it: Showing, found: _Found) -> List[str]:
    """The commands that would show more."""
    if found.good:
        return []
    asked = [*_ASKS.get(found.cause, ())]
    if it.fit is not None and it.seen is not None and not it.seen.looks and "rate" not in asked:
        asked.append("rate")
    if not it.given:
        asked += ["request", "abort"] if found.outcome == "aborted" else ["request"]
    elif it.link is None:
        asked.append("link")
    if found.outcome == "aborted" and it.given and not it.polls.known:
        asked.append("abort")
    return [f"{MEASURES[each][0].upper()}{MEASURES[each][1:]}." for each in dict.fromkeys(asked)]
