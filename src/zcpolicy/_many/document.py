"""The input of ``zcpolicy simulate``, and its JSON output."""

from typing import Any, Dict, Tuple

from .._decision.answer import names_json
from .._forecast.asked import read_asked
from .._forecast.forecast import Forecast
from .._model.scenario import Scenario

__all__ = ["forecast_json", "simulated"]


def forecast_json(scenario: Scenario, forecast: Forecast) -> Dict[str, Any]:
    """The forecast of a scenario's migration, with the names of the scenario and its hosts."""
    return {**names_json(scenario), **forecast.to_json()}


def simulated(document: object, since: bool = False) -> Tuple[Scenario, Forecast]:
    """The scenario, which like all of its parts is optional, and the forecast.

    Args:
        document: the JSON object.
        since: whether the forecast continues the migration, whatever the document says.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    asked = read_asked(document, since=since)
    return asked.scenario, asked.forecast()
