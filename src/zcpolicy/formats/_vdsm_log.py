"""Read a migration from Vdsm's log on the source host.

Source: Vdsm ``virt/migration.py`` (``SourceThread``, ``MonitorThread``, ``Progress.__str__``),
``virt/vm.py`` (``switch_migration_to_post_copy``), ``common/api.py`` (``logged``),
``common/logutils.py`` (``SimpleLogAdapter``) and ``static/etc/vdsm/logger.conf.in``, 4.18 to 4.50.
"""

import re
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidValue, ZcpolicyError
from .._base.parsing import parse
from .._model.evidence import Migration
from ..adapters._flags import Flag
from ..adapters._libvirt_call import LibvirtCall
from ..adapters._request import KEYS
from ._form import Form, Reading
from ._lines import Faults, Notes, TimeOrder, check_vm
from ._literals import scan
from ._sent import untold
from ._series import Series, differs, number
from ._text import shows

__all__ = ["FORMS"]

_MIB = 1 << 20
# In a line, the second before 4.20; the message follows.
_VM = re.compile(r"\(vmId='([^'\n]{1,64})'\) |\bvmId=`([^`\n]{1,64})`::")
# In a line about Vdsm's API.
_API_VM = re.compile(r"\bvmId=([0-9A-Za-z-]{1,64})(?=[\s,)])")
# In the parameters; Vdsm 4.19 logs it only there.
_PARAMS_VM = re.compile(r"u?'vm(?:Id|ID)': u?'([0-9A-Za-z-]{1,64})'")
# The numbers are in MiB and seconds, except zero pages (pages), the dirty rate (pages/s) and the
# speed (MiB/s before 4.40.28, Mibit/s since).
_PROGRESS = re.compile(
    r"Migration Progress: (?P<seconds>[0-9.]+) seconds elapsed, -?[0-9]+% of data processed, "
    r"total data: (?P<total>-?[0-9]+)MB, processed data: (?P<processed>-?[0-9]+)MB, "
    r"remaining data: (?P<remaining>-?[0-9]+)MB, transfer speed (?P<speed>-?[0-9]+)"
    r"(?P<unit>Mbps|MBps), zero pages: (?P<zero>-?[0-9]+)MB, compressed: -?[0-9]+MB, "
    r"dirty rate: (?P<dirty>-?[0-9]+), memory iteration: (?P<iteration>-?[0-9]+)"
    r"(?P<end>[ \r]*\n| \()"
)
_SPEEDS = {"Mbps": _MIB // 8, "MBps": _MIB}
# Vdsm 4.17 and earlier print no amounts.
_NO_AMOUNTS = re.compile(
    r"Migration Progress: [0-9.]+ seconds elapsed, [0-9]+% of data processed\s"
)
# The second at DEBUG, and the only one before 4.20.
_START = re.compile(r"\bSTART migrate\(params=\{|\bCalling 'VM\.migrate' in bridge with \{")
_FLAGS = re.compile(r" and flags ([0-9]{1,10})(?:[ \r]*\n| \()")
_DOWNTIME = re.compile(r"[Ss]etting (?:migration )?downtime to ([0-9]{1,10})(?:[ \r]*\n| \()")
_FAILURE = re.compile(r"\bERROR +\(migsrc/|\bmigsrc/[^:\n]{0,64}::ERROR::")
_MODULE = re.compile(r" \([A-Za-z_]+:[0-9]+\)\s*$")
_RECOGNISED = {
    "Migration Progress: ": re.compile(r"Migration Progress: "),
    " with miguri ": re.compile(r"\bstarting migration to \S+ with miguri "),
    "START migrate(params={": re.compile(r"\bSTART migrate\(params=\{"),
    "Calling 'VM.migrate' in": re.compile(r"\bCalling 'VM\.migrate' in bridge with \{"),
    " with params {": re.compile(r"Migrating to \S+ with params \{"),
}


class _Attempt:
    """One migration of the VM, as far as the log shows it."""

    def __init__(self) -> None:
        self.series = Series()
        self.request: Optional[Mapping[str, Any]] = None
        self.comes_in = False  # whether JSON-RPC logged the request, before the call
        self.call: Optional[LibvirtCall] = None
        self.limit: Optional[int] = None
        self.postcopy = False
        self.outcome: Optional[str] = None
        self.started = False
        self.told = False

    def migration(self) -> Migration:
        """Return the samples, the last with the migration's outcome."""
        samples = self.series.samples
        outcome = self.outcome or ("postcopy-active" if self.postcopy else None)
        last = samples[-1] if outcome is None else attr.evolve(samples[-1], status=outcome)
        return Migration(samples=(*samples[:-1], last))


class _VdsmLog:
    """Read the log of one VM's migration; keep only the ids of other VMs.

    Attributes:
        found: whether the log shows a migration.
    """

    def __init__(self, vm: Optional[str]) -> None:
        self._asked = None if vm is None else vm.lower()
        self._vms: Dict[str, None] = {}
        self._vm: Optional[str] = None  # whose attempts these are; "" if its lines have no id
        self._attempt = _Attempt()
        self._kept: Optional[_Attempt] = None  # the last earlier one that has samples
        self._attempts = 0
        self._order = TimeOrder()
        self._faults = Faults()
        self._notes = Notes()
        self.found = False

    def feed(self, number: int, line: str) -> None:
        """Take the next line."""
        if "igrat" not in line and "owntime to " not in line:
            return
        self.found = self.found or shows(line, _RECOGNISED)
        start = _START.search(line)
        if start is not None:
            found = _mapping(line, start.end() - 1)
            vm = _API_VM.search(line, start.end()) or _PARAMS_VM.search(line, start.end())
            if vm is None:
                self._notes.add("a request that is cut off", number)
            elif self._is_of(vm.group(1)):
                self._in_order(number, line)
                self._request(number, found, start.group().startswith("Calling"))
            return
        match = _VM.search(line)
        if match is not None:
            vm_id, message = match.group(1) or match.group(2), line[match.end() :]
        else:
            # Someone may have kept only the messages.
            vm_id, message = "", line[max(line.find("Migration Progress: "), 0) :]
        for begins, take in _MESSAGES.items():
            if message.startswith(begins):
                if self._is_of(vm_id):
                    self._in_order(number, line)
                    self._attempt.told = True
                    take(self, number, message)
                elif not vm_id:
                    self._notes.add("a migration line without a VM id", number)
                return
        if match is not None and _FAILURE.search(line) is not None and self._is_of(vm_id):
            self._failure(message)

    def reading(self) -> Reading:
        """Return what the log shows of the VM's last migration."""
        if self._asked is not None or len(self._vms) > 1:
            check_vm(self._asked, self._vms)
        self._faults.check()
        attempt, attempts = self._attempt, self._attempts + self._attempt.told
        if self._kept is not None and not attempt.series.samples:
            attempt = self._kept
        attempt.series.faults.check()
        parts: Dict[str, Any] = {}
        if attempt.series.samples:
            parts["migration"] = attempt.migration()
        if attempt.request is not None:
            parts["request"] = attempt.request
        if attempt.call is not None:
            parts["call"] = attempt.call
        if not parts:
            problem = self._notes.after("the log shows no migration's progress")
            raise InvalidValue("", None, "a log of a migration", problem)
        if attempts > 1:
            others = f"{attempts - 1} other migration{'s' if attempts > 2 else ''} of the VM"
            self._notes.add(f"{others}: the last one that shows progress counts")
        untaken = () if attempt.request is None else untold(attempt.request)
        return Reading(form="vdsm-log", parts=parts, ignored=(*self._notes.all(), *untaken))

    def _is_of(self, vm: str) -> bool:
        """Whether to keep lines about this VM."""
        vm = vm.lower()
        if vm:
            self._vms[vm] = None
        if self._asked is not None:
            return vm == self._asked
        if self._vm is None:
            self._vm = vm
        elif vm and vm != self._vm:
            # A second VM, or the first with an id.
            if not self._vm:
                self._notes.add("migration lines without a VM id")
            self._vm = vm
            self._attempt, self._kept, self._attempts = _Attempt(), None, 0
            self._order, self._faults = TimeOrder(), Faults()
        return vm == self._vm

    def _in_order(self, number: int, line: str) -> None:
        fault = self._order.fault(number, line)
        if fault is not None:
            self._faults.add(fault, number)

    def _begin(self) -> None:
        """Begin the VM's next migration, if there was one before."""
        if self._attempt.told:
            if self._attempt.series.samples:
                self._kept = self._attempt
            self._attempts += 1
            self._attempt = _Attempt()
        self._attempt.told = True

    def _request(
        self, line: int, found: Optional[Tuple[Dict[str, Any], int]], comes_in: bool
    ) -> None:
        if found is None:
            self._begin()
            self._notes.add("a request that is cut off", line)
            return
        value, _ = found
        inner = value.get("params")
        value = inner if isinstance(inner, dict) else value
        request = {key: value[key] for key in KEYS if key in value}
        if self._attempt.comes_in and not comes_in and request == self._attempt.request:
            self._attempt.comes_in = False
            return
        self._begin()
        self._attempt.comes_in = comes_in
        for key in value:
            if key not in KEYS:
                self._notes.name(key)
        self._attempt.request = request

    def _starts(self, line: int, message: str) -> None:
        if self._attempt.started:
            self._begin()
        self._attempt.started = True

    def _calls(self, line: int, message: str) -> None:
        found = _mapping(message, max(message.find("{"), 0))
        flags = None if found is None else _FLAGS.match(message, found[1])
        if found is None or flags is None:
            self._notes.add("a libvirt call that is cut off", line)
            return
        params = found[0]
        if params.pop("destination_xml", None) is not None:
            self._notes.name("destination_xml")
        self._attempt.call = LibvirtCall(flags=Flag(int(flags.group(1))), params=params)

    def _progress(self, line: int, message: str) -> None:
        match = _PROGRESS.match(message)
        if match is None:
            known = _NO_AMOUNTS.match(message) is not None
            note = "progress without amounts" if known else "progress that is cut off or damaged"
            self._notes.add(note, line)
            return
        said = {name: number(match.group(name)) for name in match.groupdict() if name in _NAMES}
        seconds, speed = said["seconds"], said["speed"]
        fields = {
            "at_ms": round(seconds * 1000) if isinstance(seconds, (int, float)) else seconds,
            "iteration": said["iteration"],
            "remaining_bytes": _scaled(said["remaining"], _MIB),
            "sent_bytes": _scaled(said["processed"], _MIB),
            "total_bytes": _scaled(said["total"], _MIB),
            "zero_pages": said["zero"],
            "dirty_pages_s": said["dirty"],
            "bytes_s": _scaled(speed, _SPEEDS[match.group("unit")]),
        }
        # Vdsm prints these if libvirt reports no value.
        for field, unsaid in _UNSAID.items():
            if fields[field] == unsaid:
                fields[field] = None
        samples = self._attempt.series.samples
        if samples and differs(samples[-1], fields) is not None:
            self._begin()
        fields["limit_ms"] = self._attempt.limit
        fields["status"] = "postcopy-active" if self._attempt.postcopy else None
        self._attempt.series.add(line, fields, _FIELDS)

    def _limit(self, line: int, message: str) -> None:
        match = _DOWNTIME.match(message)
        if match is None:
            self._notes.add("a downtime that is cut off", line)
        else:
            self._attempt.limit = int(match.group(1))

    def _aborts(self, line: int, message: str) -> None:
        self._attempt.outcome = "cancelled"

    def _completes(self, line: int, message: str) -> None:
        self._attempt.outcome = "completed"

    def _fails(self, line: int, message: str) -> None:
        self._attempt.outcome = self._attempt.outcome or "failed"

    def _switches(self, line: int, message: str) -> None:
        self._attempt.postcopy = True

    def _does_not_switch(self, line: int, message: str) -> None:
        self._attempt.postcopy = False
        self._notes.add("the switch to post-copy failed", line)

    def _known(self, line: int, message: str) -> None:
        words = _MODULE.sub("", message).split(":")[0].strip()
        self._notes.add(words)

    def _failure(self, message: str) -> None:
        """Take the source thread's last error."""
        words = _MODULE.sub("", message).strip()
        self._notes.add(f"error: {words}")
        if "cancel" in words:
            self._attempt.outcome = "cancelled"


# The log's names for the values.
_NAMES = {
    "seconds": "seconds elapsed",
    "iteration": "memory iteration",
    "remaining": "remaining data",
    "processed": "processed data",
    "total": "total data",
    "zero": "zero pages",
    "dirty": "dirty rate",
    "speed": "transfer speed",
}
_FIELDS: Dict[str, str] = dict(
    zip(
        (
            *("at_ms", "iteration", "remaining_bytes", "sent_bytes", "total_bytes"),
            *("zero_pages", "dirty_pages_s", "bytes_s"),
        ),
        _NAMES.values(),
    )
)
_UNSAID = {"iteration": -1, "dirty_pages_s": -1, "bytes_s": 0}
# The start of a message, and the handler for it.
_MESSAGES: Mapping[str, Callable[[_VdsmLog, int, str], None]] = {
    "Migration Progress: ": _VdsmLog._progress,
    "starting migration to ": _VdsmLog._starts,
    "Migrating to ": _VdsmLog._calls,
    "Setting downtime to ": _VdsmLog._limit,
    "setting migration downtime to ": _VdsmLog._limit,
    "Aborting migration": _VdsmLog._aborts,
    "Switching to post-copy migration": _VdsmLog._switches,
    "Failed to switch to post-copy migration": _VdsmLog._does_not_switch,
    "migration took ": _VdsmLog._completes,
    "Failed to migrate": _VdsmLog._fails,
    "Migration semaphore": _VdsmLog._known,
    "Migration stalling": _VdsmLog._known,
    "using a computed convergence schedule for a legacy migration": _VdsmLog._known,
}


def _scaled(value: Any, factor: int) -> Any:
    """Convert *value* to another unit; the sample's own check reports what is not a number."""
    return value * factor if isinstance(value, int) else value


def _mapping(text: str, start: int) -> Optional[Tuple[Dict[str, Any], int]]:
    """Read the dict that Python printed at *start*; return it and its end, None if cut off."""
    scanned = scan(text, start)
    if scanned.end is None:
        return None
    made = text[start : scanned.end] if scanned.json is None else scanned.json
    try:
        value = parse(made)
    except ZcpolicyError:
        return None
    return (value, scanned.end) if isinstance(value, dict) else None


FORMS: Tuple[Form, ...] = (
    Form(
        name="vdsm-log",
        what="Vdsm's log on the source host, of any length",
        obtain="less /var/log/vdsm/vdsm.log",
        takes=(
            "samples of the VM's last migration; the downtime limit, at DEBUG; the request; "
            "the libvirt call"
        ),
        ignores="lines not about migrations from the host; earlier migrations of the VM",
        recognise=lambda text: shows(text.text, _RECOGNISED),
        lines=_VdsmLog,
        log=True,
    ),
)
