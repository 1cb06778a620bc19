"""Engine's words: the ``VM.migrate`` call that it sends to Vdsm.

Source: Engine 4.5 ``MigrateBrokerVDSCommand``; the types are those that Engine sends, strings
for some booleans and numbers among them.
"""

from typing import Any, Dict

from .._checks import LEVEL, instance
from .._errors import raise_all
from .._inputs import ENCRYPTION_SINCE, level_key
from .._parameters import Parameters

__all__ = ["vm_migrate"]

_PARAMETERS = instance(Parameters, "Parameters")


def vm_migrate(parameters: Parameters, *, level: str) -> Dict[str, Any]:
    """The ``VM.migrate`` request, less what names the VM and the hosts.

    Args:
        parameters: the decision's.
        level: the VM's compatibility level; below 4.4 Engine does not send ``encrypted``.

    Raises:
        ZcpolicyError: an argument is not as said here.
    """
    raise_all(_PARAMETERS.faults("parameters", parameters) + LEVEL.faults("level", level))
    request: Dict[str, Any] = {
        "method": "online",
        "abortOnError": "true",
        "tunneled": _text(parameters.tunnelled),
        "compressed": _text(parameters.compressed),
        "autoConverge": _text(parameters.auto_converge),
        "enableGuestEvents": parameters.enable_guest_events,
        "incomingLimit": parameters.incoming_limit,
        "outgoingLimit": parameters.outgoing_limit,
    }
    if level_key(level) >= ENCRYPTION_SINCE:
        request["encrypted"] = parameters.encrypted
    if parameters.zerocopy:
        request["zerocopy"] = True
    if parameters.parallel is not None:
        request["parallel"] = parameters.parallel
    if parameters.max_bandwidth is not None:
        request["maxBandwidth"] = parameters.max_bandwidth
    if parameters.downtime is not None:
        request["downtime"] = str(parameters.downtime)
    if parameters.schedule is not None:
        request["convergenceSchedule"] = parameters.schedule.to_json()
    return request


def _text(value: bool) -> str:
    return "true" if value else "false"
