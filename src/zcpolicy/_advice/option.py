"""One way to migrate a VM: the changes, and their result."""

from typing import Any, Dict, Optional, Tuple

import attr

from .._base.fields import TEXT, Fields, ListOrTuple, as_tuple, instance, items
from .._base.frozen import quick
from .._decision.words import policy_name
from .._forecast.forecast import Forecast
from .._forecast.text import short_text
from .._model.inputs import PolicyChoice
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario
from .._model.schedule import ConvergenceSchedule

__all__ = [
    "CHANGE",
    "CHANGE_KEYS",
    "OPTION",
    "Change",
    "Option",
    "as_changes",
    "as_options",
    "shown_value",
]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Change:
    """A setting that an option changes.

    Attributes:
        path: the setting, as in the JSON of a scenario: ``"vm.policy"``, ``"cluster.bandwidth"``;
            for a new policy, ``"vm.policy.config"`` and the other keys of its entry.
        before: its value; for a policy its name.
        after: the value in the option's scenario; for a policy its name.
        reason: its purpose, a sentence without a full stop.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    path: str
    before: Any
    after: Any
    reason: str

    def __attrs_post_init__(self) -> None:
        CHANGE.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The change as JSON; a schedule in Vdsm's format."""
        return {key: _value_json(getattr(self, name)) for key, name in CHANGE_KEYS.items()}


def _value_json(value: Any) -> Any:
    return value.to_json() if isinstance(value, ConvergenceSchedule) else value


CHANGE = Fields(path=TEXT, reason=TEXT)
CHANGE_KEYS = {"path": "path", "before": "before", "after": "after", "reason": "reason"}


def shown_value(value: Any) -> str:
    """A value in words."""
    if value is None:
        return "inherited"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, ConvergenceSchedule):
        return _schedule_text(value)
    return str(value)


def _schedule_text(schedule: ConvergenceSchedule) -> str:
    actions = [("", action) for action in schedule.init]
    actions += [(_when(entry.limit), entry.action) for entry in schedule.stalling]
    words = [
        f"{when}{action.name if action.downtime is None else f'{action.downtime} ms'}"
        for when, action in actions
    ]
    return ", ".join(words)


def _when(limit: int) -> str:
    return f"after {limit} " if limit > 0 else "then "


def as_changes(value: ListOrTuple[Change]) -> Tuple[Change, ...]:
    """What `Option` and its like take for their changes."""
    return as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Option:
    """One way to migrate a VM.

    Attributes:
        changes: the differences from the given scenario; empty for that scenario itself.
        scenario: the scenario with the changes; ``option.scenario.resolve()`` decides it.
        forecast: the forecast for it.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    changes: Tuple[Change, ...] = attr.ib(converter=as_changes)
    scenario: Scenario
    forecast: Forecast

    def __attrs_post_init__(self) -> None:
        OPTION.check(self)

    @property
    def policy(self) -> MigrationPolicy:
        """The VM's own policy, else its cluster's."""
        return effective_policy(self.scenario)

    @property
    def made(self) -> Optional[MigrationPolicy]:
        """The policy if Engine's list lacks it; `zcpolicy.policies.to_engine_config` adds it."""
        found = self.policy
        known = self.scenario.engine._levels[self.scenario.cluster.level]
        return None if found.is_legacy or found in known.listed else found

    def to_json(self) -> Dict[str, Any]:
        """The option as JSON, with the whole scenario and its forecast."""
        return {
            "changes": [change.to_json() for change in self.changes],
            "scenario": self.scenario.to_json(),
            "forecast": self.forecast.to_json(),
        }

    def __repr__(self) -> str:
        from .text import short_changes

        return f"<Option: {short_changes(self.changes)}: {short_text(self.forecast)}>"

    def __str__(self) -> str:
        from .text import option_text  # that module needs this class

        return option_text(self)


def as_options(value: ListOrTuple[Option]) -> Tuple[Option, ...]:
    """What `Advice` and `Diagnosis` take for their options."""
    return as_tuple(value)


OPTION = Fields(
    changes=items(instance(Change), "a list of Changes"),
    scenario=instance(Scenario),
    forecast=instance(Forecast),
)


def effective_policy(scenario: Scenario) -> MigrationPolicy:
    """The policy that the scenario's VM migrates with."""
    level = scenario.engine._levels[scenario.cluster.level]
    choice = scenario.policy if scenario.vm.policy is None else scenario.vm.policy
    return level.policy(choice)


def choice_name(scenario: Scenario, choice: PolicyChoice) -> str:
    """The name of a chosen policy."""
    return policy_name(scenario.engine._levels[scenario.cluster.level].policy(choice))
