"""Predicts a draft's result from two of the many runs of a forecast."""

import math
from typing import NamedTuple, Sequence, Tuple

import attr

from .._forecast.ensemble import ended
from .._forecast.members import longest_downtime_ms, models
from .._forecast.model import Model
from .._forecast.run import Run
from .._forecast.simulation import simulate
from .._model.scenario import Scenario
from .._model.schedule import ConvergenceSchedule
from .goal import Ends, ends_of, severity
from .load import Load

__all__ = ["Prediction", "Standing", "predicted", "standing"]

# How much repetitions of one migration differ, as in forecasts.
_REPEATED = 1.012
# Predictions are slightly optimistic, so that borderline drafts are looked at.
_HOPE = 0.99
# What does not complete within this many rounds takes too long for a closer look.
_ROUNDS = 80


class Standing(NamedTuple):
    """The models that represent a forecast: its worst, and the one at its upper end."""

    worst: int
    upper: int


class Prediction(NamedTuple):
    """The predicted result of a draft.

    Attributes:
        ends: the approximate upper ends of its forecast.
        best: the severity of its best outcome.
        iterations: how many it takes.
    """

    ends: Ends
    best: int
    iterations: int


def standing(scenario: Scenario, workload: Load) -> Standing:
    """The models that represent the forecast of a scenario, whatever else changes in it.

    A forecast leaves out what is rare, so the model at its upper end is the one that takes about
    as long as the forecast says.
    """
    resolution = scenario.resolve()
    _, members = models(resolution, workload)
    runs = [(each, Run(each, most=_ROUNDS).run()) for each in members]
    keys = [_badness(model, run) for model, run in runs]
    worst = max(range(len(keys)), key=lambda index: keys[index])
    most = ends_of(simulate(resolution, workload)).total_ms / _REPEATED
    if math.isinf(most):
        return Standing(worst, worst)
    upper = min(range(len(keys)), key=lambda index: abs(keys[index][1] - most))
    return Standing(worst, upper)


def _badness(model: Model, run: Run) -> Tuple[int, float, int]:
    assert run.outcome is not None
    bad = severity(run.outcome)
    return bad, ended(model, run).total_ms, run.remaining


def predicted(
    members: Sequence[Model], stands: Standing, schedule: ConvergenceSchedule
) -> Prediction:
    """Predict the result of the models with a schedule."""
    overhead = max([model.overhead for model in members])
    found, bad = [], []
    for index in dict.fromkeys([stands.worst, stands.upper]):
        model = attr.evolve(members[index], schedule=schedule)
        run = Run(model).run()
        assert run.outcome is not None
        found.append((model, run))
        bad.append(severity(run.outcome))
    model, run = found[-1]
    total = ended(model, run).total_ms * _REPEATED
    return Prediction(
        ends=Ends(
            severity=max(bad),
            total_ms=math.inf if run.outcome == "never" else total * _HOPE,
            downtime_ms=max([longest_downtime_ms(model, run, overhead) for model, run in found]),
            throttle=max([run.throttle for _, run in found]),
        ),
        best=min(bad),
        iterations=max([run.number for _, run in found]),
    )
