"""The load that advice is for: a workload, or a fit of one."""

from typing import List, Union

from .._base.errors import InvalidType, ZcpolicyError
from .._forecast.fit import Fit
from .._forecast.workload import Workload

__all__ = ["Load", "load_faults"]

Load = Union[Workload, Fit]


def load_faults(value: object) -> List[ZcpolicyError]:
    """The faults of a workload or a fit."""
    if type(value) in (Workload, Fit):
        return []
    return [InvalidType("workload", value, "a Workload or a Fit")]
