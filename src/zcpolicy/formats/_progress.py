"""Read QEMU's migration statistics: ``query-migrate`` in QMP, ``info migrate`` in HMP.

Source: QEMU ``qapi/migration.json`` (``MigrationInfo``, ``MigrationStats``),
``migration/migration.c`` (``fill_source_migration_info``), ``migration/migration-hmp-cmds.c``
(``hmp_info_migrate``; from 10.1 it prints less, grouped) and ``util/cutils.c`` (``size_to_str``).
"""

import re
from typing import Any, Dict, Iterator, Mapping, Tuple

from .._base.errors import InvalidValue, short_repr
from ._blocks import BINARY, MILLISECONDS, PLAIN, BlockReader, Layout, Row
from ._form import Form
from ._json_lines import ValueReader, returned
from ._lines import Notes
from ._series import ENDS, STATUSES, Series, fields_of
from ._text import Text, shows

__all__ = ["FORMS", "INFO_MIGRATE", "QUERY_MIGRATE"]

_MBPS = 10**6 // 8

# A sample's field, and the factor to its unit.
QUERY_MIGRATE: Mapping[str, Tuple[str, int]] = {
    "total-time": ("at_ms", 1),
    "ram.dirty-sync-count": ("iteration", 1),
    "ram.remaining": ("remaining_bytes", 1),
    "ram.transferred": ("sent_bytes", 1),
    "ram.total": ("total_bytes", 1),
    "ram.duplicate": ("zero_pages", 1),
    "ram.normal": ("normal_pages", 1),
    "ram.dirty-pages-rate": ("dirty_pages_s", 1),
    "ram.mbps": ("bytes_s", _MBPS),
    "cpu-throttle-percentage": ("throttle", 1),
    "status": ("status", 1),
    "downtime-limit": ("limit_ms", 1),
    "expected-downtime": ("expected_downtime_ms", 1),
    "downtime": ("downtime_ms", 1),
    "ram.page-size": ("page_bytes", 1),
}

_KIB = {"kbytes": 1024}
_OLD_TIME = {**MILLISECONDS, "milliseconds": 1}  # the latter in old QEMU
_PAGES = {"pages": 1}
_RATE = {"mbps": _MBPS}
INFO_MIGRATE: Mapping[str, Row] = {
    "total time": ("at_ms", _OLD_TIME),
    "dirty sync count": ("iteration", PLAIN),
    "remaining ram": ("remaining_bytes", _KIB),
    "transferred ram": ("sent_bytes", _KIB),
    "total ram": ("total_bytes", _KIB),
    "duplicate": ("zero_pages", _PAGES),
    "normal": ("normal_pages", _PAGES),
    "dirty pages rate": ("dirty_pages_s", _PAGES),
    "throughput": ("bytes_s", _RATE),
    "cpu throttle percentage": ("throttle", PLAIN),
    "expected downtime": ("expected_downtime_ms", _OLD_TIME),
    "downtime": ("downtime_ms", _OLD_TIME),
    "page size": ("page_bytes", _KIB),
    # From QEMU 10.1 on.
    "Time (ms): total": ("at_ms", PLAIN),
    "Others: dirty_syncs": ("iteration", PLAIN),
    "Transfers: remain": ("remaining_bytes", BINARY),
    "Transfers: transferred": ("sent_bytes", BINARY),
    "Sizes: total": ("total_bytes", BINARY),
    "Page Types: zero": ("zero_pages", PLAIN),
    "Page Types: normal": ("normal_pages", PLAIN),
    "Page Rates (pps): dirty": ("dirty_pages_s", PLAIN),
    "Throughput (Mbps)": ("bytes_s", {"": _MBPS}),
    "CPU Throttle (%)": ("throttle", PLAIN),
    "Time (ms): exp_down": ("expected_downtime_ms", PLAIN),
    "Time (ms): down": ("downtime_ms", PLAIN),
    "Sizes: pagesize": ("page_bytes", BINARY),
    # From "info migrate_parameters".
    "downtime-limit": ("limit_ms", {**_OLD_TIME, **PLAIN}),
}


# Keys of a reply that has a status but no progress.
_BESIDE = frozenset(
    (
        *("blocked", "blocked-reasons", "compression", "cpu-throttle-percentage"),
        *("dirty-limit-ring-full-time", "dirty-limit-throttle-time-per-round", "disk"),
        *("downtime", "error-desc", "expected-downtime", "postcopy-blocktime"),
        *("postcopy-latency", "postcopy-latency-dist", "postcopy-non-vcpu-latency"),
        *("postcopy-vcpu-blocktime", "postcopy-vcpu-latency", "remaining", "setup-time"),
        *("socket-address", "status", "total-time", "vfio", "xbzrle-cache"),
    )
)
# Other messages on QEMU's socket.
_TRAFFIC = ("event", "execute", "exec-oob", "error", "QMP", "return")
_WANTED = re.compile(
    r"""["'](?:ram|status|total-time|downtime-limit|return|execute|event)["']\s*:"""
)
_OF_A_REPLY = {
    "dirty-sync-count": re.compile(r"""["']dirty-sync-count["']\s*:"""),
    "total-time": re.compile(r"""["']total-time["']\s*:"""),
    "transferred": re.compile(r"""["']ram["']\s*:\s*\{[^{}]*["']transferred["']"""),
}


class _Replies:
    """Take the messages on QEMU's socket; a downtime limit applies until the next one."""

    def __init__(self) -> None:
        self._limit: Any = None

    def take(self, line: int, value: Any, series: Series, notes: Notes) -> bool:
        """Take a value; return whether it is a reply to ``query-migrate``."""
        inner = returned(value)
        if _is_info(inner):
            self._info(line, inner, series, notes)
            return True
        if value.keys().isdisjoint(_TRAFFIC):
            problem = "a JSON value that is not a reply to query-migrate"
            series.faults.add(InvalidValue("", value, "only replies", problem), line)
        else:
            self._traffic(line, value, series, notes)
        return False

    def _info(self, line: int, info: Mapping[str, Any], series: Series, notes: Notes) -> None:
        said: Dict[str, Any] = {}
        for name, value in _flat(info):
            if name == "error-desc":
                notes.add(f"error-desc: {short_repr(value)}")
            elif name not in QUERY_MIGRATE:
                notes.name(name)
            else:
                factor = QUERY_MIGRATE[name][1]
                # The sample's own check reports what is not a number.
                plain = factor == 1 or type(value) not in (int, float)
                said[name] = value if plain else value * factor
        fields, names = fields_of(QUERY_MIGRATE, said)
        fields.setdefault("limit_ms", self._limit)
        series.add(line, fields, names)

    def _traffic(self, line: int, value: Mapping[str, Any], series: Series, notes: Notes) -> None:
        """Take a command, event or other reply: it may set a limit or end the migration."""
        for each in (returned(value), value.get("arguments")):
            if isinstance(each, dict) and "downtime-limit" in each:
                self._limit = each["downtime-limit"]
        data = value.get("data")
        status = data.get("status") if isinstance(data, dict) else None
        if value.get("event") == "MIGRATION" and status in ENDS and series.samples:
            series.end(line, status, {})
            return
        kind = next(key for key in _TRAFFIC if key in value)
        word = value[kind]
        notes.add(f"{kind} {word}" if isinstance(word, str) else kind)


def _flat(info: Mapping[str, Any]) -> Iterator[Tuple[str, Any]]:
    """Yield a reply's values by name; nested ones as ``part.name``."""
    for key, value in info.items():
        if isinstance(value, dict):
            for inner, each in value.items():
                yield f"{key}.{inner}", each
        else:
            yield key, value


def _is_info(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    ram = value.get("ram")
    if isinstance(ram, dict):
        return any([f"ram.{name}" in QUERY_MIGRATE for name in ram])
    status = value.get("status")
    return isinstance(status, str) and status in STATUSES and value.keys() <= _BESIDE


def _is_query_migrate(text: Text) -> bool:
    if shows(text.text, _OF_A_REPLY):
        return True
    values = [document.value for document in text.documents]
    return any([_is_info(returned(value)) for value in values])


_STATUS = rf"({'|'.join(sorted(STATUSES))})(?:[ \t]+\([^\n]*\))?"
_BEGINS = re.compile(_STATUS)
_BEGINS_LINE = {
    "tatus:": re.compile(
        rf"^[ \t\xa0]*(?:Migration status|Status):[ \t\xa0]+{_STATUS}[ \t\xa0]*$",
        re.MULTILINE,
    )
}


def _finished(texts: Dict[str, str], said: Dict[str, Any], notes: Notes) -> Dict[str, Any]:
    """Add the status to the fields; a failed or unstarted migration has no known time."""
    match = _BEGINS.fullmatch(texts.get("Migration status") or texts.get("Status", ""))
    assert match is not None  # a block begins with it
    status = match.group(1)
    if texts[next(iter(texts))] != status:
        notes.add(f"why it failed: {short_repr(texts[next(iter(texts))])}")
    if said.get("at_ms") == 0 and "sent_bytes" not in said:
        del said["at_ms"]
    return {**said, "status": status}


_INFO = Layout(
    form="info-migrate",
    starts=frozenset(("Migration status", "Status")),
    begins=lambda value: _BEGINS.fullmatch(value) is not None,
    table=INFO_MIGRATE,
    texts=frozenset(("Migration status", "Status")),
    finished=_finished,
)

FORMS: Tuple[Form, ...] = (
    Form(
        name="query-migrate",
        what="QEMU's reply about a migration, or several in time order",
        obtain='virsh qemu-monitor-command VM \'{"execute": "query-migrate"}\'',
        takes="samples; the downtime limit, if the text also queries or sets it",
        ignores="the other counters, events, other replies",
        recognise=_is_query_migrate,
        lines=lambda _: ValueReader("query-migrate", _WANTED, _Replies().take),
    ),
    Form(
        name="info-migrate",
        what="a migration in QEMU's human monitor, once or several times",
        obtain="virsh qemu-monitor-command VM --hmp 'info migrate'",
        takes="samples; the downtime limit, if the text also has `info migrate_parameters`",
        ignores="globals, the other counters",
        recognise=lambda text: shows(text.text, _BEGINS_LINE),
        lines=lambda _: BlockReader(_INFO),
    ),
)
