"""What ``zcpolicy simulate`` reads, and what it prints in JSON."""

from typing import Any, Dict, Tuple

from .._decision.answer import names_json
from .._forecast.asked import read_asked
from .._forecast.forecast import Forecast
from .._model.scenario import Scenario

__all__ = ["forecast_json", "simulated"]


def forecast_json(scenario: Scenario, forecast: Forecast) -> Dict[str, Any]:
    """The forecast of a scenario's migration, and what the scenario and its hosts are called."""
    return {**names_json(scenario), **forecast.to_json()}


def simulated(document: object, since: bool = False) -> Tuple[Scenario, Forecast]:
    """The scenario, which is optional as all of its parts are, and the forecast.

    Args:
        document: the JSON object.
        since: whether the forecast goes on from the migration, whatever the document says.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    asked = read_asked(document, since=since)
    return asked.scenario, asked.forecast()
