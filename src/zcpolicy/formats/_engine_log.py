"""Read migrations from Engine's log: the request to Vdsm, and how it ended.

Source: ovirt-engine ``MigrateVDSCommandParameters.appendAttributes``, ``ToStringBuilder``,
``MigrateBrokerVDSCommand.createMigrationInfo`` (which builds the request from the parameters),
``AuditLogMessages.properties`` and ``VmAnalyzer``, 4.0 to 4.5.
"""

import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from .._base.errors import InvalidValue, ZcpolicyError
from ._form import Form, Reading
from ._lines import Faults, Notes, TimeOrder, check_vm
from ._sent import untold

__all__ = ["FORMS"]

_PARAMETERS = "MigrateVDSCommandParameters:{"
# A value may contain anything except its own terminator.
_ATTRIBUTE = re.compile(r"([A-Za-z]+)='((?:[^'\n]|'(?!, [A-Za-z]+='|\}))*)'(, |\})")
_EVENT = re.compile(
    r"\b(?:Migration (?:completed|started|failed|cancelled|initiated by system)"
    r"|Failed to migrate VM|No available host was found to migrate VM)\b"
)
# The VM's name, after one of the events above.
_OF = re.compile(r"\(VM: ([^,)\n]{1,255})|^(?:Failed to|No [a-z ]*to) migrate VM (\S{1,255}) to\b")
_NAMED = re.compile(r"\bVM '([0-9a-fA-F-]{36})'\(([^\n]{0,255}?)\) moved from '")
_JAVA = re.compile(r"[\[\]{},=]|[^\[\]{},=]+")
_DEPTH_MAX = 8
_EVENTS_MAX = 20
_EVENT_SHOWN = 300


def _text(value: str) -> str:
    if value not in ("true", "false"):
        raise InvalidValue("", value, "true, false or null")
    return value


def _flag(value: str) -> bool:
    return _text(value) == "true"


def _number(value: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,10}", value) is None:
        raise InvalidValue("", value, "a number or null")
    return int(value)


def _schedule(text: str) -> Dict[str, Any]:
    """Return the schedule as sent: limits as numbers, parameters of actions as strings."""
    tokens = [token.strip() for token in _JAVA.findall(text)]
    tokens = [token for token in tokens if token]
    value, end = _java(tokens, 0, 0)
    lists = [value.get(name) for name in ("init", "stalling")] if isinstance(value, dict) else []
    entries = [entry for each in lists if isinstance(each, list) for entry in each]
    whole = end == len(tokens) and len(lists) == 2 and all(isinstance(each, list) for each in lists)
    if not whole or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidValue("", text, "lists init and stalling of actions, as Java prints them")
    for entry in entries:
        if "limit" in entry:
            entry["limit"] = _number(str(entry["limit"]))
    return dict(value)


def _java(tokens: List[str], at: int, depth: int) -> Tuple[Any, int]:
    """Parse the list or map that Java printed from token *at*; return it and where it ends."""
    opened = tokens[at] if at < len(tokens) else ""
    if opened not in ("[", "{"):
        return opened, at + 1
    items: List[Any] = []
    pairs: Dict[str, Any] = {}
    at += 1
    while at < len(tokens) and tokens[at] not in ("]", "}") and depth < _DEPTH_MAX:
        if tokens[at] == ",":
            at += 1
        elif tokens[at + 1 : at + 2] == ["="]:
            pairs[tokens[at]], at = _java(tokens, at + 2, depth + 1)
        else:
            item, at = _java(tokens, at, depth + 1)
            items.append(item)
    empty_map = opened == "{" and not items
    return (pairs if pairs or empty_map else items), at + 1


# Engine's names, the keys of VM.migrate, and the conversion; null is not sent.
_REQUEST: Mapping[str, Tuple[str, Callable[[str], Any]]] = {
    "zeroCopy": ("zerocopy", _flag),
    "parallel": ("parallel", _number),
    "autoConverge": ("autoConverge", _text),
    "migrateCompressed": ("compressed", _text),
    "migrateEncrypted": ("encrypted", _flag),
    "tunnelMigration": ("tunneled", _text),
    "maxBandwidth": ("maxBandwidth", _number),
    "migrationDowntime": ("downtime", lambda value: str(_number(value))),
    "convergenceSchedule": ("convergenceSchedule", _schedule),
    "enableGuestEvents": ("enableGuestEvents", _flag),
    "maxIncomingMigrations": ("incomingLimit", _number),
    "maxOutgoingMigrations": ("outgoingLimit", _number),
    "migrationMethod": ("method", str.lower),
}
# Values that Engine does not send.
_UNSENT = {"zerocopy": False, "downtime": "0"}


class _EngineLog:
    """Read the last request for each VM in a log, and its outcome.

    Attributes:
        found: whether the log has a migration's parameters.
    """

    def __init__(self, vm: Optional[str]) -> None:
        self._asked = vm
        self._requests: Dict[str, Tuple[int, Dict[str, str]]] = {}
        self._counts: Dict[str, int] = {}
        self._orders: Dict[str, Tuple[TimeOrder, Faults]] = {}
        self._names: Dict[str, str] = {}
        self._events: List[Tuple[int, str, str]] = []
        self._events_dropped = 0
        self._notes = Notes()
        self.found = False

    def feed(self, number: int, line: str) -> None:
        """Take the next line."""
        if "igrat" not in line:
            return
        start = line.find(_PARAMETERS)
        if start >= 0:
            self.found = True
            self._parameters(number, line, start + len(_PARAMETERS))
            return
        match = _EVENT.search(line)
        if match is not None:
            event = line[match.start() :].strip()
            of = _OF.search(event)
            vm = "" if of is None else of.group(1) or of.group(2)
            self._events.append((number, vm, event[:_EVENT_SHOWN]))
            if len(self._events) > _EVENTS_MAX:
                del self._events[0]
                self._events_dropped += 1
            return
        match = _NAMED.search(line)
        if match is not None:
            self._names[match.group(1).lower()] = match.group(2)

    def reading(self) -> Reading:
        """Return the last request for the VM, with its outcome in words."""
        vm = self._vm()
        if vm is None:
            for number, _, event in self._events:
                self._notes.add(event, number)
            problem = self._notes.after("the log has no migration's parameters")
            raise InvalidValue("", None, f"a log with {_PARAMETERS}…}}", problem)
        self._orders[vm][1].check()
        line, attributes = self._requests[vm]
        request = self._request(line, attributes)
        alone = len(self._requests) == 1
        name = self._names.get(vm)
        for number, of, event in self._events:
            if of == name or (name is None and alone):
                self._notes.add(event, number)
            else:
                self._notes.add("events of other VMs")
        if self._events_dropped:
            self._notes.add(f"{self._events_dropped} earlier events")
        if self._counts[vm] > 1:
            others = self._counts[vm] - 1
            plural = "s" if others > 1 else ""
            self._notes.add(f"{others} other request{plural} for the VM: the last counts")
        ignored = (*self._notes.all(), *untold(request))
        return Reading(form="engine-log", parts={"request": request}, ignored=ignored)

    def _vm(self) -> Optional[str]:
        """Return the id of the VM asked for, or of the only one."""
        asked = self._asked
        if asked is not None:
            ids = [vm for vm, name in self._names.items() if name == asked]
            asked = ids[0] if len(ids) == 1 else asked.lower()
        if asked is not None or len(self._requests) > 1:
            check_vm(asked, self._requests)
        return asked or next(iter(self._requests), None)

    def _parameters(self, number: int, line: str, position: int) -> None:
        attributes: Dict[str, str] = {}
        end = ", "
        while end == ", ":
            match = _ATTRIBUTE.match(line, position)
            if match is None:
                self._notes.add("parameters that are cut off", number)
                return
            name, value, end = match.groups()
            attributes[name] = value
            position = match.end()
        vm = attributes.get("vmId", "").lower()
        order, faults = self._orders.setdefault(vm, (TimeOrder(), Faults()))
        fault = order.fault(number, line)
        if fault is not None:
            faults.add(fault, number)
        before = self._requests.get(vm)
        # Engine logs them twice: for the command, and for its call of Vdsm.
        if before is None or before[1] != attributes:
            self._counts[vm] = self._counts.get(vm, 0) + 1
        self._requests[vm] = (number, attributes)

    def _request(self, line: int, attributes: Mapping[str, str]) -> Dict[str, Any]:
        """Build the request as Engine does from its parameters."""
        faults = Faults()
        made: Dict[str, Any] = {"abortOnError": "true"}
        for name, text in attributes.items():
            if name not in _REQUEST:
                self._notes.name(name)
            elif text != "null":
                key, convert = _REQUEST[name]
                try:
                    value = convert(text)
                except ZcpolicyError as error:
                    fault = type(error)(name, error.value, error.expected, error.problem)
                    faults.add(fault, line)
                    continue
                if value != _UNSENT.get(key):
                    made[key] = value
        faults.check()
        if "zeroCopy" not in attributes and made.get("parallel") is not None:
            self._notes.add("Engine does not log whether it asks for zero-copy")
        return made


FORMS: Tuple[Form, ...] = (
    Form(
        name="engine-log",
        what="Engine's log, of any length",
        obtain="less /var/log/ovirt-engine/engine.log",
        takes="the request of the VM's last migration",
        ignores="names of the VM and the hosts; how it ended, in words; all other lines",
        recognise=lambda text: _PARAMETERS in text.text,
        lines=_EngineLog,
        log=True,
    ),
)
