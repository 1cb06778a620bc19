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

__all__ = ["beside_limit_ms", "fits", "longest_downtime_ms", "models"]

fits = _fits


def models(
    resolution: Resolution, workload: Union[Workload, Fit]
) -> Tuple[Model, Tuple[Model, ...]]:
    """The model of a workload, and its variants.

    Their order is the same for all resolutions of one scenario with other settings.
    """
    if isinstance(workload, Fit):
        made = _Made(resolution, workload, None, None)
        return made.model(workload.workload, 0), tuple([each for each, _ in made.members(workload)])
    made = _Made(resolution, None, None, None)
    model = made.model(workload, 0)
    return model, tuple(variants(model, made.unsure(workload, model)))


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
