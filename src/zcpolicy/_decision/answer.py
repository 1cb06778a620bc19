"""The JSON answer: the decision, Engine's request for it, and Vdsm's libvirt call."""

from typing import Any, Dict, Iterable, Mapping

from .._model.notice import Notice
from .._model.parameters import PARAMETER_KEYS, Parameters
from .._model.scenario import Scenario
from ..adapters._flags import plain_names
from ..adapters.engine import plain_request
from ..adapters.vdsm import plain_call

__all__ = ["answer", "names_json"]


def answer(
    parameters: Parameters,
    blockers: Iterable[str],
    notices: Iterable[Notice],
    reasons: Mapping[str, str],
    *,
    scenario: Scenario,
    level: str,
) -> Dict[str, Any]:
    """The answer of ``zcpolicy resolve --json`` to *scenario*; *level* is the VM's."""
    request = plain_request(parameters, level)
    flags, params = plain_call(request, scenario.host, level)
    return {
        **names_json(scenario),
        "parameters": parameters.to_json(),
        "blockers": list(blockers),
        "notices": [notice.to_json() for notice in notices],
        "reasons": {key: reasons[name] for key, name in PARAMETER_KEYS.items()},
        "vmMigrate": request,
        "libvirt": {
            "flags": flags,
            "flagNames": plain_names(flags),
            "params": params,
        },
    }


def names_json(scenario: Scenario) -> Dict[str, Any]:
    """The names of the scenario and its hosts, under the scenario's keys."""
    names: Dict[str, Any] = {}
    if scenario.name is not None:
        names["name"] = scenario.name
    if scenario.host.name is not None:
        names["source"] = {"name": scenario.host.name}
    if scenario.destination.name is not None:
        names["destination"] = {"name": scenario.destination.name}
    return names
