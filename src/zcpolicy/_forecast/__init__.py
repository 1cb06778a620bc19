"""Forecasts: from a workload to a migration's rounds and outcome."""

from .._base.naming import public
from .fit import Fit, fit
from .forecast import Forecast, Round
from .simulation import simulate
from .workload import Workload
from .writers import Writer

__all__ = ["Fit", "Forecast", "Round", "Workload", "Writer", "fit", "simulate"]

public(Fit, Forecast, Round, Workload, Writer, fit, simulate)
