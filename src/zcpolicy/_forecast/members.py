"""The models that a forecast runs, for a search that runs some of them before it forecasts."""

from typing import Tuple, Union

from .._decision.resolution import Resolution
from .ensemble import variants
from .fit import Fit
from .model import Model
from .simulation import _fits, _Made
from .workload import Workload

__all__ = ["fits", "models"]

fits = _fits


def models(
    resolution: Resolution, workload: Union[Workload, Fit]
) -> Tuple[Model, Tuple[Model, ...]]:
    """The model of a workload, and those that differ in what is not known of it.

    They are in the same order for every resolution of one scenario with other settings.
    """
    if isinstance(workload, Fit):
        made = _Made(resolution, workload, None, None)
        return made.model(workload.workload, 0), tuple([each for each, _ in made.members(workload)])
    made = _Made(resolution, None, None, None)
    model = made.model(workload, 0)
    return model, tuple(variants(model, made.unsure(workload, model)))
