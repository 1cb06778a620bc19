"""Decisions, policies, notices and findings in HTML."""

from typing import Any, Sequence

import attr

from .._advice.option import shown_value
from .._decision.resolution import Resolution
from .._decision.text import LABELS, schedule_steps
from .._decision.words import policy_name
from .._lint.finding import Finding
from .._model.notice import Notice
from .._model.policy import MigrationPolicy
from .._model.schedule import ConvergenceSchedule
from .markup import Html, block, details, items, muted, strong, table, tag

__all__ = ["findings_html", "notices_html", "policy_html", "resolution_html"]

# Further findings are counted, not shown.
_SHOWN = 100
_COLORS = {"error": "#d64545", "warning": "#c77d0a", "info": "#3b82c4"}


def resolution_html(resolution: Resolution) -> str:
    """A decision: each parameter with its value and why, the notices, the schedule."""
    parameters = resolution.parameters
    policy = policy_name(resolution._decision.facts.policy)
    streams = parameters.parallel
    how = "one connection" if streams is None else f"{streams} parallel connections"
    head = f"Policy {policy}: zero-copy is {'on' if parameters.zerocopy else 'off'}, {how}"
    why = resolution.explain()
    rows = [
        (LABELS[name], _value(value), why[name])
        for name, value in attr.asdict(parameters, recurse=False).items()
    ]
    parts = [strong(head), _notes(resolution.notices)]
    parts.append(details("Each parameter, and why", table(("", "value", "why"), rows)))
    if parameters.schedule is not None:
        parts.append(details("Downtime schedule", _schedule(parameters.schedule)))
    return block(*parts)


def _value(value: Any) -> str:
    if value is None:
        return "-"
    return "below" if isinstance(value, ConvergenceSchedule) else shown_value(value)


def policy_html(policy: MigrationPolicy) -> str:
    """A policy: its settings, and its schedule as a table."""
    settings = [
        ("Migrations at a time", policy.max_migrations),
        ("Autoconverge", shown_value(policy.auto_convergence)),
        ("Compression", shown_value(policy.migration_compression)),
        ("Guest events", shown_value(policy.enable_guest_events)),
        ("Zero-copy", shown_value(policy.zero_copy)),
    ]
    schedule: object = "Vdsm computes the schedule from the VM's downtime."
    if policy.schedule is not None:
        schedule = _schedule(policy.schedule)
    said = [tag("div", policy.description)] if policy.description else []
    head = tag("div", strong(policy_name(policy)), " ", muted(policy.id))
    return block(head, *said, table((), settings), schedule)


def _schedule(schedule: ConvergenceSchedule) -> Html:
    return table(("when", "downtime limit, or action"), schedule_steps(schedule))


def _mark(severity: str, code: str) -> Html:
    """A code with its severity, in a color and, for those who cannot see it, in a word."""
    style = f"color:{_COLORS[severity]};font-weight:600"
    return tag("span", f"{severity} ", tag("code", code), style=style)


def _found(severity: str, code: str, where: str, message: str, remedy: object) -> Html:
    place = (" at ", tag("code", where)) if where else ()
    then = [] if remedy is None else [tag("div", f"→ {remedy}")]
    return tag("div", _mark(severity, code), *place, tag("div", message), *then)


def _notes(notices: Sequence[Notice]) -> Html:
    return items(
        [
            _found(each.severity, each.code, "", each.message, each.remedy)
            for each in sorted(notices, key=lambda each: each.severity != "warning")
        ]
    )


def notices_html(notices: Sequence[Notice]) -> str:
    """Notices, the warnings first."""
    return block(_notes(notices) if notices else "no notices")


def findings_html(findings: Sequence[Finding]) -> str:
    """Findings, in order."""
    if not findings:
        return block("nothing found")
    shown = [
        _found(each.severity, each.code, each.path, each.message, each.remedy)
        for each in findings[:_SHOWN]
    ]
    more = [f"… {len(findings) - _SHOWN:,} more"] if len(findings) > _SHOWN else []
    return block(items(shown), *more)
