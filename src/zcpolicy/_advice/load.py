"""What advice is about: a workload, or the evidence for one."""

from typing import List, Union

from .._base.errors import InvalidType, ZcpolicyError
from .._forecast.fit import Fit
from .._forecast.workload import Workload

__all__ = ["Load", "load_faults"]

Load = Union[Workload, Fit]


def load_faults(value: object) -> List[ZcpolicyError]:
    """What is wrong with a workload, or what `fit` found of one."""
    if type(value) in (Workload, Fit):
        return []
    return [InvalidType("workload", value, "a Workload or a Fit")]
