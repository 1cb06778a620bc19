"""The models of a forecast, for searches that run some of them before forecasting."""

from typing import Sequence, Tuple, Union

import attr

from .._decision.resolution import Resolution
from .ensemble import _STOP_MS, _WINDOW_MS, _downtimes, variants
from .fit import Fit
from .model import Model
from .run import Run
from .simulation import _fits, _Made
from .workload import Workload

__all__ = ["beside_limit_ms", "fits", "longest_downtime_ms", "model_alone", "models"]

fits = _fits


def models(
    resolution: Resolution, workload: Union[Workload, Fit]
) -> Tuple[Model, Tuple[Model, ...]]:
    """The model of a workload, and its variants.

    Their order is the same for all resolutions of one scenario with other settings.
    """
    made, model = _made(resolution, workload)
    if isinstance(workload, Fit):
        return model, tuple([each for each, _ in made.members(workload)])
    return model, tuple(variants(model, made.unsure(workload, model)))


def model_alone(resolution: Resolution, workload: Union[Workload, Fit]) -> Model:
    """The model of a workload without its variants, which take longer to make."""
    return _made(resolution, workload)[1]


def _made(resolution: Resolution, workload: Union[Workload, Fit]) -> Tuple[_Made, Model]:
    evidence = workload if isinstance(workload, Fit) else None
    made = _Made(resolution, evidence, None, None)
    return made, made.model(workload.workload if isinstance(workload, Fit) else workload, 0)


def longest_downtime_ms(model: Model, run: Run, overhead_ms: int) -> int:
    """The upper end of a forecast's downtime, if all of its runs end like this one, ms."""
    return _downtimes([(attr.evolve(model, overhead=overhead_ms), run)])[1] or 0


def beside_limit_ms(members: Sequence[Model]) -> int:
    """How far that end may exceed the downtime limit, ms."""
    return max(
        [
            2 * model.overhead + (_WINDOW_MS if model.link <= model.rate else _STOP_MS)
            for model in members
        ]
    )
