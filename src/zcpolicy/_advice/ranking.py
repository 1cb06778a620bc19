"""Compares policies, the gentlest first: `rank`."""

import math
from typing import Any, Tuple

import attr

from .._base.errors import InvalidType, raise_all
from .._base.fields import instance
from .._base.hints import hinted
from .._base.naming import listed
from .._decision.words import policy_name
from .._forecast.forecast import Forecast
from .._forecast.simulation import simulate
from .._model.inputs import POLICY_CHOICE, PolicyChoice, PolicyChoices
from .._model.scenario import Scenario
from .goal import ends_of, severity
from .load import Load, load_faults
from .option import Change, Option, choice_name

__all__ = ["gentleness", "rank", "with_policy"]


def gentleness(forecast: Forecast) -> Tuple[float, ...]:
    """The sort key of forecasts, the gentlest first.

    By the worst possible outcome (it completes, switches to post-copy, is aborted, never ends),
    then the best possible, then the likeliest; by how much of the guest's time autoconverge may
    take in total (the highest throttle times the longest time); by the longest downtime; by the
    longest time.  What may never end comes last within its outcome.
    """
    ends = ends_of(forecast)
    outcomes = [severity(outcome) for outcome in forecast.outcomes]
    taken = ends.throttle * ends.total_ms if ends.throttle else 0.0
    return (
        float(ends.severity),
        float(min(outcomes)),
        float(outcomes[0]),
        taken,
        ends.downtime_ms,
        ends.total_ms,
        math.inf if math.isinf(ends.total_ms) else 0.0,
    )


class Ranking(Tuple[Option, ...]):
    """A tuple of options, each with a policy of its own, that says in a line which these are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return listed("option", [policy_name(option.policy) for option in self])


@hinted
def rank(scenario: Scenario, workload: Load, policies: PolicyChoices) -> Tuple[Option, ...]:
    """Rank several policies for a VM, the gentlest first.

    A policy replaces the VM's own if it has one, else its cluster's.  The order is total: by the
    worst possible outcome (it completes, switches to post-copy, is aborted, never ends), then the
    best and the likeliest; then by what autoconverge takes from the guest (the highest throttle
    times the longest time); then by the longest downtime, then by the longest time, and finally by
    the place in *policies*.

    Args:
        scenario: the scenario; its policy is replaced.
        workload: the guest's load and the network, or a fit of them.
        policies: policies, or their ids or names.

    Raises:
        ZcpolicyError: an argument is not of its kind, a name is unknown, or the guest writes more
            memory than the VM has.
    """
    raise_all([*instance(Scenario).faults("scenario", scenario), *load_faults(workload)])
    if not isinstance(policies, (list, tuple)):
        raise InvalidType("policies", policies, "a list of policies, or of their ids or names")
    faults = []
    for index, choice in enumerate(policies):
        faults += POLICY_CHOICE.faults(f"policies[{index}]", choice)
    raise_all(faults)
    found = []
    for choice in policies:
        path, changed = with_policy(scenario, choice)
        before, after = _name(scenario), choice_name(changed, choice)
        changes = [Change(path=path, before=before, after=after, reason="as requested")]
        forecast = simulate(changed.resolve(), workload)
        found.append(
            Option(
                changes=() if changed == scenario else changes, scenario=changed, forecast=forecast
            )
        )
    return Ranking(sorted(found, key=lambda option: gentleness(option.forecast)))


def _name(scenario: Scenario) -> Any:
    vm = scenario.vm
    return choice_name(scenario, scenario.policy if vm.policy is None else vm.policy)


def with_policy(scenario: Scenario, choice: PolicyChoice) -> Tuple[str, Scenario]:
    """The scenario with another policy, and the path of the policy that it replaces."""
    if scenario.vm.policy is None:
        return "cluster.policy", attr.evolve(scenario, policy=choice)
    return "vm.policy", attr.evolve(scenario, vm=attr.evolve(scenario.vm, policy=choice))
