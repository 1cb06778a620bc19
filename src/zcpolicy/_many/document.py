"""What ``zcpolicy simulate`` reads: a scenario and a workload in one document."""

from typing import Any, Callable, Dict, Mapping, Optional, Tuple, TypeVar

from .._base.documents import Reader
from .._base.errors import InvalidValue, ZcpolicyError
from .._decision.answer import names_json
from .._forecast.forecast import Forecast, Workload
from .._forecast.simulation import simulate
from .._model.scenario import Scenario

__all__ = ["forecast_json", "simulated"]

T = TypeVar("T")

_SIMULATION_KEYS = {"scenario": "scenario", "workload": "workload"}


def forecast_json(scenario: Scenario, forecast: Forecast) -> Dict[str, Any]:
    """The forecast of a scenario's migration, and what the scenario and its hosts are called."""
    return {**names_json(scenario), **forecast.to_json()}


def simulated(document: object) -> Tuple[Scenario, Forecast]:
    """The scenario, which is optional as all of its parts are, and the forecast."""
    reader = Reader()
    found = reader.entries(document, "", _SIMULATION_KEYS, required=("workload",)) or {}
    scenario = _part(reader, "scenario", {"scenario": {}, **found}, Scenario.from_json)
    workload = _part(reader, "workload", found, Workload.from_json)
    both = None if scenario is None or workload is None else (scenario, workload)
    scenario, workload = reader.result(both)
    resolution = scenario.resolve()
    try:
        return scenario, simulate(resolution, workload)
    except ZcpolicyError as error:
        # The only possible conflict between the two.
        raise InvalidValue("workload.workingSetMiB", error.value, error.expected) from None


def _part(
    reader: Reader, key: str, found: Mapping[str, Any], made: Callable[[Any], T]
) -> Optional[T]:
    """Build a part of a document, with faults reported under its key; None if any."""
    try:
        return made(found[key]) if key in found else None
    except ZcpolicyError as error:
        reader.faults += error._at(key, {})
        return None
