"""How a migration would run: a workload in, rounds and an outcome out."""

from .._base.naming import public
from .fit import Fit, fit
from .forecast import Forecast, Round
from .simulation import simulate
from .workload import Workload
from .writers import Writer

__all__ = ["Fit", "Forecast", "Round", "Workload", "Writer", "fit", "simulate"]

public(Fit, Forecast, Round, Workload, Writer, fit, simulate)
