"""Engine's formats: its policies, the ``VM.migrate`` call that it sends to Vdsm, its REST API.

Source: Engine 4.5 ``ConvergenceConfigProvider`` and ``MigrateBrokerVDSCommand``; the types are
Engine's, with strings for some booleans and numbers.
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, short_repr
from .._base.fields import LEVEL, instance
from .._base.hints import hinted
from .._base.parsing import parse
from .._model.engine_config import ENCRYPTION_SINCE, level_key
from .._model.parameters import PARAMETERS, Parameters
from .._model.policy import MigrationPolicy
from .._model.policy_json import policies_to_json, read_policies
from .._model.schedule import ConvergenceSchedule, read_schedule
from ._request import REQUEST_FIELDS
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


@hinted
def policies_from_json(document: object) -> Tuple[MigrationPolicy, ...]:
    """Read the policies of a ``MigrationPolicies`` value of engine-config.

    Args:
        document: the list, or the text that engine-config stores.

    Raises:
        ZcpolicyError: with every fault of the document and its path.  Anything that would break
            Engine or Vdsm is a fault.
    """
    reader = Reader()
    if isinstance(document, (str, bytes)):
        document = parse(document)
    return reader.result(tuple(read_policies(reader, document, "")))


@hinted
def vm_migrate(parameters: Parameters, *, level: str) -> Dict[str, Any]:
    """The ``VM.migrate`` request, without the keys that name the VM and the hosts.

    Args:
        parameters: the parameters of the migration.
        level: the VM's compatibility level; below 4.4 Engine does not send ``encrypted``.

    Raises:
        ZcpolicyError: an argument is invalid.
    """
    raise_all(_PARAMETERS.faults("parameters", parameters) + LEVEL.faults("level", level))
    return plain_request(parameters, level)


def plain_request(parameters: Parameters, level: str) -> Dict[str, Any]:
    """`vm_migrate` for arguments that are known to be valid."""
    request: Dict[str, Any] = {
        "method": "online",
        "abortOnError": "true",
        "tunneled": "true" if parameters.tunnelled else "false",
        "compressed": "true" if parameters.compressed else "false",
        "autoConverge": "true" if parameters.auto_converge else "false",
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


@hinted
def parameters_from_vm_migrate(request: Mapping[str, Any]) -> Parameters:
    """Read the parameters from a ``VM.migrate`` request: the reverse of `vm_migrate`.

    Args:
        request: the request, with Engine's types; a bool or an integer may replace a string.  The
            keys that name the VM and the hosts are ignored, as are ``method`` and ``abortOnError``,
            which never vary in Engine's requests.  Vdsm ignores keys that it does not know; they
            are refused here, because they would have no effect.

    A key that is absent or null, or a connection count or bandwidth of 0, means Vdsm's default.

    Raises:
        ZcpolicyError: with every value that Engine does not send, and every combination that
            libvirt or QEMU would refuse, or accept with harm.
    """
    reader = Reader()
    document = dict(request) if isinstance(request, Mapping) else request
    entries = reader.entries(document, "", _REQUEST_KEYS, hints=_HINTS)
    if entries is None:
        return reader.result(None)
    found = {name: value for name, value in entries.items() if name in PARAMETERS.kinds}
    for name in ("auto_converge", "compressed", "tunnelled"):
        value = found.get(name)
        if isinstance(value, str):
            found[name] = _BOOLEANS.get(value.lower(), value)
    for name in ("enable_guest_events", "encrypted", "zerocopy"):
        value = found.get(name)
        if isinstance(value, str):
            del found[name]
            reader.faults.append(_no_string(_KEYS[name], value))
    downtime = found.get("downtime")
    if isinstance(downtime, str) and _INTEGER.fullmatch(downtime):
        found["downtime"] = int(downtime)
    for name in ("parallel", "max_bandwidth"):
        value = found.get(name)
        if type(value) is int and value == 0:
            del found[name]
    if "convergenceSchedule" in request:
        found["schedule"] = _read_schedule(reader, request["convergenceSchedule"])
    return reader.result(reader.build(Parameters, "", found, REQUEST_FIELDS, PARAMETERS))


def _no_string(key: str, value: str) -> ZcpolicyError:
    problem = f"{short_repr(value)} is a string, and Vdsm reads every non-empty string as true"
    return InvalidType(key, value, "true or false, without quotes", problem)


def _read_schedule(reader: Reader, document: object) -> Optional[ConvergenceSchedule]:
    """Read the schedule of a request, which must have both lists because Vdsm needs them."""
    path = "convergenceSchedule"
    if isinstance(document, dict):
        for key in ("init", "stalling"):
            if document.get(key) is None:
                problem = "the key is missing or null, and Vdsm fails without it"
                reader.faults.append(InvalidValue(join(path, key), None, "a list", problem))
    return read_schedule(reader, document, path)


_PARAMETERS = instance(Parameters, "Parameters")
_BOOLEANS = {"true": True, "false": False}
# As Java prints it; QEMU's longest downtime has seven digits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,9}")

_KEYS: Mapping[str, str] = {name: key for key, name in REQUEST_FIELDS.items()}
# Vdsm's other VM.migrate keys: the VM, the hosts, and keys that never vary in Engine's calls.
_OTHER_KEYS = (
    *("vmId", "src", "dst", "dstqemu", "dstparams", "consoleAddress", "cpusets", "numaNodesets"),
    *("mode", "method", "abortOnError"),
)
_REQUEST_KEYS = {**REQUEST_FIELDS, **{key: key for key in _OTHER_KEYS}}
# Our names for the same keys.
_HINTS = {"schedule": "convergenceSchedule", "tunnelled": "tunneled"}


def __dir__() -> List[str]:
    return __all__
