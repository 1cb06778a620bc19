"""How a migration would run: a workload in, rounds and an outcome out."""

from .._base.naming import public
from .forecast import Forecast, Round, Workload
from .simulation import simulate

__all__ = ["Forecast", "Round", "Workload", "simulate"]

public(Forecast, Round, Workload, simulate)
