"""The library's objects in notebooks: HTML without scripts, ids or style sheets."""

from typing import Any, Callable, Dict

from .._advice.advice import Advice
from .._advice.diagnosis import Diagnosis
from .._decision.resolution import Resolution
from .._drain.plan import Plan
from .._forecast.forecast import Forecast
from .._lint.finding import Findings
from .._model.notice import Notices
from .._model.policy import MigrationPolicy
from .decisions import findings_html, notices_html, policy_html, resolution_html
from .forecasts import advice_html, diagnosis_html, forecast_html, plan_html

__all__ = ["SHOWN", "html"]

SHOWN: Dict[type, Callable[[Any], str]] = {
    Advice: advice_html,
    Diagnosis: diagnosis_html,
    Findings: findings_html,
    Forecast: forecast_html,
    MigrationPolicy: policy_html,
    Notices: notices_html,
    Plan: plan_html,
    Resolution: resolution_html,
}


def html(thing: object) -> str:
    """The HTML that a notebook shows for *thing*, an object of a class in the table."""
    return SHOWN[type(thing)](thing)
