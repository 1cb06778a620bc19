"""Engine's words: its policies, the ``VM.migrate`` call that it sends to Vdsm, its REST API.

Source: Engine 4.5 ``ConvergenceConfigProvider`` and ``MigrateBrokerVDSCommand``; the types are
those that Engine sends, strings for some booleans and numbers among them.
"""

import re
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .._checks import LEVEL, as_tuple, instance, items
from .._documents import Reader, parse
from .._errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .._inputs import ENCRYPTION_SINCE, level_key
from .._parameters import PARAMETERS, Parameters
from .._policy import MigrationPolicy, duplicate_ids, read_policies
from .._schedule import read_schedule
from ._rest import cluster_from_rest, cluster_policy_from_rest, vm_from_rest
from ._rest_writing import cluster_to_rest, cluster_to_sdk, vm_to_rest, vm_to_sdk

__all__ = [
    "cluster_from_rest",
    "cluster_policy_from_rest",
    "cluster_to_rest",
    "cluster_to_sdk",
    "parameters_from_vm_migrate",
    "policies_from_json",
    "policies_to_json",
    "vm_from_rest",
    "vm_migrate",
    "vm_to_rest",
    "vm_to_sdk",
]


def policies_from_json(document: object) -> Tuple[MigrationPolicy, ...]:
    """The policies of a ``MigrationPolicies`` value of engine-config.

    Args:
        document: the value: the list, or the text that engine-config stores.

    Raises:
        ZcpolicyError: with every fault of the document and its path.  Whatever Engine would choke
            on, or pass on to Vdsm's harm, is a fault.
    """
    reader = Reader()
    if isinstance(document, (str, bytes)):
        document = parse(document)
    return reader.result(tuple(read_policies(reader, document, "")))


def policies_to_json(policies: Sequence[MigrationPolicy]) -> List[Dict[str, Any]]:
    """The policies as a ``MigrationPolicies`` value; `policies_from_json` gives them back.

    Args:
        policies: a list or tuple of policies, each with an id of its own; not Legacy, which is
            built into Engine.

    Raises:
        ZcpolicyError: with every policy that is not as said here.
    """
    policies = as_tuple(policies)
    raise_all(_POLICIES.faults("policies", policies))
    entries = []
    faults: List[ZcpolicyError] = []
    paths = [f"policies[{index}]" for index in range(len(policies))]
    for path, policy in zip(paths, policies):
        try:
            entries.append(policy.to_json())
        except ZcpolicyError as error:
            faults += error.at(path, {})
    raise_all(faults + duplicate_ids(list(zip(paths, policies))))
    return entries


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


def parameters_from_vm_migrate(request: Mapping[str, Any]) -> Parameters:
    """The parameters that a ``VM.migrate`` request asks for: the reverse of `vm_migrate`.

    Args:
        request: the request, in the types that Engine sends; a bool or an integer may stand for a
            string of one.  What names the VM and the hosts is left alone, and so are ``method`` and
            ``abortOnError``, which are the same in every request of Engine's.  A key that Vdsm does
            not know is refused, although Vdsm ignores it: what it asks for would not happen.

    What is absent or null, and a connection count or bandwidth of 0, is Vdsm's default.

    Raises:
        ZcpolicyError: with every value that Engine does not send, and with every combination that
            libvirt or QEMU would refuse or be harmed by.
    """
    reader = Reader()
    document = dict(request) if isinstance(request, Mapping) else request
    entries = reader.entries(document, "", _REQUEST_KEYS, hints=_HINTS) or {}
    found = {name: value for name, value in entries.items() if name not in _NO_PARAMETERS}
    for name, value in entries.items():
        if name in _SENT_AS_STRINGS and isinstance(value, str):
            found[name] = _BOOLEANS.get(value.lower(), value)
        elif name in _SENT_AS_BOOLS and isinstance(value, str):
            del found[name]
            problem = f"{shown(value)} is a string, which Vdsm takes as true unless it is empty"
            reader.faults.append(
                InvalidType(_SENT_AS_BOOLS[name], value, "true or false, no string", problem)
            )
        elif name == "downtime" and isinstance(value, str) and _INTEGER.fullmatch(value):
            found[name] = int(value)
        elif name in ("parallel", "max_bandwidth") and type(value) is int and value == 0:
            del found[name]
    if "schedule" in found or (document and "convergenceSchedule" in document):
        found["schedule"] = _read_schedule(reader, document["convergenceSchedule"])
    return reader.result(reader.build(Parameters, "", found, _PARAMETER_KEYS, PARAMETERS))
