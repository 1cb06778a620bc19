"""Build the notices of a decision from its limitations and rules.

A warning reports an overridden setting; info is advice.
"""

from typing import Any, Callable, Mapping, Sequence, Tuple

from .._base.frozen import maker
from .._model.notice import Notice, NoticeField, Notices
from .decide import Decision
from .facts import Facts
from .rules import RULES, NoticeTemplate
from .words import filled

__all__ = ["notices"]

# The requested values, by the field of a notice.
_ASKED: Mapping[NoticeField, Callable[[Facts], Any]] = {
    "zerocopy": lambda facts: facts.policy.zero_copy,
    "parallel": lambda facts: facts.parallel,
    "compressed": lambda facts: facts.compressed,
    "encrypted": lambda facts: facts.encryption_asked,
    "tunnelled": lambda facts: facts.tunnelled,
    "max_bandwidth": lambda facts: facts.bandwidth,
    "downtime": lambda facts: facts.vm.downtime,
    "schedule": lambda facts: facts.policy.schedule,
    "policy": lambda facts: facts.policy_unknown,
}


# Templates are checked on construction, and with them everything that a notice takes from one.
_Notice = maker(Notice, check=False)

# The notices of each rule with their fields; most rules have none.
_GIVEN: Mapping[str, Sequence[Tuple[NoticeField, NoticeTemplate]]] = {
    name: [(template.field or parameter, template) for template in rule.notices]
    for parameter, rules in RULES.items()
    for name, rule in rules.items()
    if rule.notices
}


def notices(decision: Decision) -> Tuple[Notice, ...]:
    """The notices of a decision: one per blocker of zero-copy, then those of the rules."""
    facts, given = decision.facts, _GIVEN
    found = [row._notice for row in decision.limits] if facts.policy.zero_copy else []
    for rule in decision.rules.values():
        if rule not in given:
            continue
        for field, template in given[rule]:
            when = template.when
            if when is None or when(decision):
                found.append(
                    _Notice(
                        code=template.code,
                        severity=template.severity,
                        layer=template.layer,
                        field=field,
                        requested=_ASKED[field](facts),
                        effective=facts.policy.name
                        if field == "policy"
                        else getattr(decision.parameters, field),
                        message=filled(template.message, decision),
                        remedy=filled(template.remedy, decision),
                        source=template.source,
                    )
                )
    return Notices(found)
