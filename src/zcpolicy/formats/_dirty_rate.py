"""Read dirty rates measured without a migration: the result of ``calc-dirty-rate``.

Source: QEMU ``qapi/migration.json`` (``DirtyRateInfo``), libvirt ``src/qemu/qemu_driver.c``
(``qemuDomainGetStatsDirtyRate``) and ``tools/virsh-domain-monitor.c``
(``virshDomainStatsPrintRecord``).
"""

import re
from typing import Any, Dict, List, Optional, Tuple, Union

from .._base.errors import InvalidValue, short_repr
from .._base.fields import Kind, choice
from ._form import Form, Reading
from ._json_lines import TRAFFIC, JsonLines, returned
from ._lines import Faults, Notes, check_vm
from ._series import number
from ._text import shows

__all__ = ["FORMS"]

_WANTED = re.compile(r"""["']calc-time["']\s*:""")
_DOMAIN = re.compile(r"[ \t]*Domain: '(.*)'[ \t]*\n?")
_RECOGNISED = {
    "dirtyrate.": re.compile(r"^[ \t]*dirtyrate\.[a-z_.0-9]+=", re.MULTILINE),
    "calc-time": _WANTED,
}
_STAT = re.compile(r"[ \t]*dirtyrate\.([a-z_.0-9]+)=([^\n]*)\n?")
_OTHER_STAT = re.compile(r"[ \t]*([a-z]+(?:\.[a-z0-9_-]+)+)=[^\n]*\n?")
# virDomainDirtyRateStatus.
_STATUSES = ("unstarted", "measuring", "measured")
# The unit of calc-time, in parts of a second; QEMU before 8.2 knows only seconds.
_UNITS = {"second": 1, "millisecond": 1000}
_HIGH = 2**63 - 1
_STATUS = choice(*_STATUSES)
_PERIOD = Kind(
    types=(int, float), expected="a number above 0", accepts=lambda value: 0 < value <= _HIGH
)
_RATE = Kind(
    types=(int, float), expected="a number of 0 or more", accepts=lambda value: 0 <= value <= _HIGH
)
# virsh's names for the values used; the report lists the others.
_DOMSTATS = ("calc_status", "calc_period", "megabytes_per_second", "calc_start_time")


class _Rates:
    """Read any number of measurements of one VM."""

    def __init__(self, vm: Optional[str]) -> None:
        self._vm = vm
        self._documents = JsonLines(_WANTED)
        self._notes = Notes()
        self._faults = Faults()
        self._rates: List[Tuple[Union[int, float], Union[int, float]]] = []
        self._last: Tuple[Any, ...] = ()
        self._domains: Dict[str, None] = {}
        self._domain: Optional[str] = None
        self._stats: Dict[str, str] = {}
        self._line = 0
        self.found = False

    def feed(self, number: int, line: str) -> None:
        """Take the next line."""
        match = _DOMAIN.fullmatch(line)
        if match is not None:
            self._finish()
            self._domain, self._line = match.group(1), number
            return
        match = _STAT.fullmatch(line)
        if match is not None:
            self._stat(number, match.group(1), match.group(2).strip())
            return
        match = _OTHER_STAT.fullmatch(line)
        if match is not None:
            self._notes.name(match.group(1))
            return
        for begins, value in self._documents.values(number, line):
            self._value(begins, value)
        if self._documents.other:
            self._notes.line(line)

    def reading(self) -> Reading:
        """Return the rates of all measurements."""
        self._finish()
        self._documents.finish(self._notes)
        if self._domains:
            check_vm(self._vm, self._domains)
        self._faults.check()
        if not self._rates:
            problem = self._notes.after("no dirty rate was measured")
            raise InvalidValue("", None, "a measured dirty rate", problem)
        return Reading(
            form="dirty-rate",
            parts={"dirty_rates": tuple(self._rates)},
            ignored=self._notes.all(),
        )

    def _stat(self, line: int, name: str, value: str) -> None:
        self.found = True
        if name in self._stats:
            if self._domain is not None:
                problem = (
                    f"a second one for {short_repr(self._domain)}, or for a VM that no line names"
                )
                self._faults.add(InvalidValue(f"dirtyrate.{name}", value, "one", problem), line)
                return
            self._finish()
            self._notes.add("no line names the VM: all measurements count as one VM's")
        self._line = self._line or line
        if name in _DOMSTATS:
            self._stats[name] = value
        else:
            self._notes.name(f"dirtyrate.{name}")

    def _finish(self) -> None:
        """End the statistics of a domain."""
        stats, self._stats = self._stats, {}
        domain, line = self._domain, self._line
        self._domain, self._line = None, 0
        if not stats:
            return
        if domain is not None:
            self._domains[domain] = None
            if self._vm is not None and domain != self._vm:
                self._notes.add(f"the VM {short_repr(domain)}")
                return
        given = number(stats.get("calc_status", "2"))
        known = type(given) is int and 0 <= given < len(_STATUSES)
        self._measured(
            line,
            _STATUSES[given] if known else given,
            number(stats.get("calc_period", "")),
            number(stats.get("megabytes_per_second", "")),
            stats.get("calc_start_time"),
            ("dirtyrate.calc_period", "dirtyrate.megabytes_per_second"),
        )

    def _value(self, line: int, value: Any) -> None:
        reply = returned(value)
        if not _is_rate(reply) and not TRAFFIC.isdisjoint(value):
            # A QMP session also contains commands, events and other replies.
            kind = next(key for key in value if key in TRAFFIC)
            word = value[kind]
            self._notes.add(f"{kind} {word}" if isinstance(word, str) else kind)
            return
        if not _is_rate(reply):
            problem = "a JSON value that is not a reply to query-dirty-rate"
            self._faults.add(InvalidValue("", value, "only replies", problem), line)
            return
        self.found = True
        for name in reply:
            if name not in ("status", "dirty-rate", "calc-time", "calc-time-unit", "start-time"):
                self._notes.name(name)
        period = reply.get("calc-time")
        unit = reply.get("calc-time-unit") or "second"
        if not isinstance(unit, str) or unit not in _UNITS:
            expected = " or ".join(_UNITS)
            self._faults.add(InvalidValue("calc-time-unit", unit, expected), line)
            return
        if type(period) in (int, float) and _UNITS[unit] != 1:
            period = period / _UNITS[unit]
        names = ("calc-time", "dirty-rate")
        rate, start = reply.get("dirty-rate"), reply.get("start-time")
        self._measured(line, reply.get("status"), period, rate, start, names)

    def _measured(
        self, line: int, status: Any, period: Any, rate: Any, start: Any, names: Tuple[str, str]
    ) -> None:
        if status in _STATUSES[:2]:
            self._notes.add(f"a measurement with status {status}", line)
            return
        faults = [
            *_STATUS.faults("status", status),
            *_PERIOD.faults(names[0], period),
            *_RATE.faults(names[1], rate),
        ]
        for fault in faults:
            self._faults.add(fault, line)
        # Asking again repeats the same measurement.
        last, self._last = self._last, (period, rate, start)
        if not faults and last != self._last:
            self._rates.append((period, rate))


def _is_rate(value: Any) -> bool:
    return isinstance(value, dict) and "calc-time" in value


FORMS: Tuple[Form, ...] = (
    Form(
        name="dirty-rate",
        what="how fast a guest writes, as QEMU measured it, over one or several periods",
        obtain="virsh domdirtyrate-calc VM --seconds 1; sleep 2; virsh domstats VM --dirtyrate",
        takes="the periods and their rates",
        ignores="how it was measured, the vCPUs' rates, other statistics",
        recognise=lambda text: shows(text.text, _RECOGNISED),
        lines=_Rates,
    ),
)
