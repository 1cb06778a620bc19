"""Policies side by side, the gentlest first: `rank`."""

import math
from typing import Any, Sequence, Tuple

import attr

from .._base.errors import InvalidType, raise_all
from .._base.fields import instance
from .._forecast.forecast import Forecast
from .._forecast.simulation import simulate
from .._model.inputs import POLICY_CHOICE, PolicyChoice
from .._model.scenario import Scenario
from .goal import ends_of, severity
from .load import Load, load_faults
from .option import Change, Option, choice_name

__all__ = ["gentleness", "rank", "with_policy"]


def gentleness(forecast: Forecast) -> Tuple[float, ...]:
    """The key by which forecasts are ordered, the gentlest first.

    By the worst outcome that is possible (it completes, switches to post-copy, is aborted, never
    ends), then the best that is possible, then the likeliest; by how much of the guest's time
    autoconverge may take in all (the most throttle times the longest time); by the longest
    downtime; by the longest time.  What may never end is last of its outcome.
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


def rank(
    scenario: Scenario, workload: Load, policies: Sequence[PolicyChoice]
) -> Tuple[Option, ...]:
    """How a VM would migrate by each of several policies, the gentlest first.

    A policy takes the place of the VM's own where it has one, else of its cluster's.  The order is
    total: by the worst outcome that is possible (it completes, switches to post-copy, is aborted,
    never ends), then the best and the likeliest; then by what autoconverge takes from the guest,
    the most throttle times the longest time; then by the longest downtime, then by the longest
    time, and at last by the place in *policies*.

    Args:
        scenario: all but the policy.
        workload: the guest's load and the network, or what `fit` found of them.
        policies: policies, or ids or names of them.

    Raises:
        ZcpolicyError: an argument is not of its kind, a name is unknown, or what the guest writes
            is larger than the VM.
    """
    raise_all([*instance(Scenario).faults("scenario", scenario), *load_faults(workload)])
    if not isinstance(policies, (list, tuple)):
        raise InvalidType("policies", policies, "a list of policies, or of ids or names of them")
    faults = []
    for index, choice in enumerate(policies):
        faults += POLICY_CHOICE.faults(f"policies[{index}]", choice)
    raise_all(faults)
    found = []
    for choice in policies:
        path, changed = with_policy(scenario, choice)
        before, after = _name(scenario), choice_name(changed, choice)
        changes = [Change(path=path, before=before, after=after, reason="it was asked for")]
        forecast = simulate(changed.resolve(), workload)
        found.append(
            Option(
                changes=() if changed == scenario else changes, scenario=changed, forecast=forecast
            )
        )
    return tuple(sorted(found, key=lambda option: gentleness(option.forecast)))


def _name(scenario: Scenario) -> Any:
    vm = scenario.vm
    return choice_name(scenario, scenario.policy if vm.policy is None else vm.policy)


def with_policy(scenario: Scenario, choice: PolicyChoice) -> Tuple[str, Scenario]:
    """The scenario by another policy, and the path of the one that it takes the place of."""
    if scenario.vm.policy is None:
        return "cluster.policy", attr.evolve(scenario, policy=choice)
    return "vm.policy", attr.evolve(scenario, vm=attr.evolve(scenario.vm, policy=choice))
