"""Describe a decision: a sentence per parameter, and the whole decision for a terminal."""

from typing import Dict, Iterator, List, Sequence, Tuple

from .._base.terminal import escaped, wrapped
from .._model.notice import Notice
from .._model.schedule import Action, ConvergenceSchedule
from .decide import Decision
from .words import policy_name, sentence_of

__all__ = [
    "ENDINGS",
    "LABELS",
    "decision_text",
    "reasons",
    "schedule_steps",
]


def reasons(decision: Decision) -> Dict[str, str]:
    """The reason for each parameter's value, by field of `Parameters`."""
    return {name: sentence_of(rule, decision) for name, rule in decision.rules.items()}


# The parameters' names for users.
LABELS = {
    "zerocopy": "Zero-copy",
    "parallel": "Connections",
    "auto_converge": "Autoconverge",
    "compressed": "Compression",
    "encrypted": "Encryption",
    "tunnelled": "Tunnel",
    "max_bandwidth": "Bandwidth",
    "downtime": "Downtime",
    "schedule": "Schedule",
    "enable_guest_events": "Guest events",
    "incoming_limit": "Migrations in",
    "outgoing_limit": "Migrations out",
}


def decision_text(decision: Decision, notices: Sequence[Notice]) -> str:
    """The whole decision, for a terminal of 80 columns."""
    return "\n".join(_lines(decision, notices))


def _lines(decision: Decision, notices: Sequence[Notice]) -> Iterator[str]:
    parameters = decision.parameters
    yield from wrapped(
        f"Policy {policy_name(decision.facts.policy)}: "
        f"zero-copy is {'on' if parameters.zerocopy else 'off'}, "
        + (
            "one connection"
            if parameters.parallel is None
            else f"{parameters.parallel} parallel connections"
        ),
        "",
    )
    yield ""
    for name, sentence in reasons(decision).items():
        yield from wrapped(sentence, "  " + LABELS[name].ljust(16))
    for title, severity in (("Overridden", "warning"), ("Good to know", "info")):
        chosen = [notice for notice in notices if notice.severity == severity]
        if chosen:
            yield from ("", title)
            for notice in chosen:
                yield from _notice_lines(notice)
    if parameters.schedule is not None:
        yield from ("", "Downtime schedule")
        yield from _schedule_lines(parameters.schedule)


def _notice_lines(notice: Notice) -> Iterator[str]:
    yield from wrapped(escaped(notice.message), f"  {notice.code}: ", "    ")
    if notice.remedy is not None:
        yield from wrapped(escaped(notice.remedy), "    -> ", "       ")


def _schedule_lines(schedule: ConvergenceSchedule) -> Iterator[str]:
    for when, what in schedule_steps(schedule):
        yield f"  {when.ljust(20)}  {what}"
    if not (schedule.init or schedule.stalling):
        yield "  empty"


def schedule_steps(schedule: ConvergenceSchedule) -> List[Tuple[str, str]]:
    """The steps of a schedule, each as when it is due and what it does."""
    steps = [("at the start", _action(action)) for action in schedule.init]
    for entry in schedule.stalling:
        plural = "" if entry.limit == 1 else "s"
        when = "then" if entry.limit < 1 else f"after {entry.limit} iteration{plural}"
        steps.append((when, _action(entry.action)))
    return steps


# The actions that end a schedule, in words.
ENDINGS = {"abort": "abort", "postcopy": "switch to post-copy"}


def _action(action: Action) -> str:
    return ENDINGS.get(action.name) or f"{action.downtime} ms"
