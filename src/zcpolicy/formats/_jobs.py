"""Read libvirt's job statistics: ``virsh domjobinfo`` and the dict of ``virDomainGetJobStats``.

Source: libvirt ``tools/virsh-domain.c`` (``cmdDomjobinfo``), ``tools/vsh.c``
(``vshPrettyCapacity``), ``src/qemu/qemu_domainjob.c`` (``qemuDomainMigrationJobDataToParams``) and
``libvirt-domain.h`` (``VIR_DOMAIN_JOB_*``); the Python binding's ``jobStats`` adds ``type``.
"""

import re
from typing import Any, Dict, Mapping, Tuple

from .._base.errors import InvalidValue, ZcpolicyError, short_repr
from ._blocks import BINARY, MILLISECONDS, PLAIN, BlockReader, Layout, Row
from ._form import Form
from ._json_lines import ValueReader
from ._lines import Notes
from ._series import Series, fields_of
from ._text import shows

__all__ = ["DOMJOBINFO", "FORMS", "JOB_STATS"]

# A sample's field, or a job's: while it runs, its downtime is the expected one.  Without memory_*,
# data_* stand for it, with disks.
JOB_STATS: Mapping[str, Tuple[str, int]] = {
    "time_elapsed": ("at_ms", 1),
    "memory_iteration": ("iteration", 1),
    "memory_remaining": ("remaining_bytes", 1),
    "memory_processed": ("sent_bytes", 1),
    "memory_total": ("total_bytes", 1),
    "memory_constant": ("zero_pages", 1),
    "memory_normal": ("normal_pages", 1),
    "memory_dirty_rate": ("dirty_pages_s", 1),
    "memory_bps": ("bytes_s", 1),
    "auto_converge_throttle": ("throttle", 1),
    "downtime": ("job_downtime_ms", 1),
    "memory_page_size": ("page_bytes", 1),
    "data_remaining": ("remaining_bytes", 1),
    "data_processed": ("sent_bytes", 1),
    "data_total": ("total_bytes", 1),
}

_RATE = {f"{unit}/s": factor for unit, factor in BINARY.items()}
DOMJOBINFO: Mapping[str, Row] = {
    "Time elapsed": ("at_ms", MILLISECONDS),
    "Iteration": ("iteration", PLAIN),
    "Memory remaining": ("remaining_bytes", BINARY),
    "Memory processed": ("sent_bytes", BINARY),
    "Memory total": ("total_bytes", BINARY),
    "Constant pages": ("zero_pages", PLAIN),
    "Normal pages": ("normal_pages", PLAIN),
    "Dirty rate": ("dirty_pages_s", {"pages/s": 1}),
    "Memory bandwidth": ("bytes_s", _RATE),
    "Auto converge throttle": ("throttle", PLAIN),
    "Expected downtime": ("expected_downtime_ms", MILLISECONDS),
    "Total downtime": ("downtime_ms", MILLISECONDS),
    "Page size": ("page_bytes", {"bytes": 1}),
    "Data remaining": ("remaining_bytes", BINARY),
    "Data processed": ("sent_bytes", BINARY),
    "Data total": ("total_bytes", BINARY),
    # With --rawstats.
    **{name: (field, PLAIN) for name, (field, _) in JOB_STATS.items()},
}

# VIR_DOMAIN_JOB_*, by number and by virsh's words.  For a running job they do not distinguish
# QEMU's active from postcopy-active.
_ENDED = {
    "3": "completed",
    "4": "failed",
    "5": "cancelled",
    "Completed": "completed",
    "Failed": "failed",
    "Cancelled": "cancelled",
}
_WORDS = frozenset(("0", "1", "2", "None", "Bounded", "Unbounded", *_ENDED))
# VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN and _OUT; older libvirt reports the operation as unknown.
_MIGRATIONS = ("0", "4", "5", "Unknown", "Incoming migration", "Outgoing migration")


def _finished(texts: Dict[str, str], said: Dict[str, Any], notes: Notes) -> Dict[str, Any]:
    """Add how the job ended to the fields; return none if there is no job."""
    kind = texts["Job type"]
    if kind in ("0", "None"):
        notes.add("no job runs")
        return {}
    for name in ("Operation", "operation"):
        operation = texts.get(name, "Unknown")
        if operation not in _MIGRATIONS:
            expected = "an outgoing migration"
            problem = f"the job is {short_repr(operation)}, not a migration"
            raise InvalidValue(name, operation, expected, problem)
    for name in ("Error message", "errmsg"):
        if name in texts:
            notes.add(f"{name}: {texts[name]}")
    status = _ENDED.get(kind)
    downtime = said.pop("job_downtime_ms", None)
    if downtime is not None:
        said["downtime_ms" if status == "completed" else "expected_downtime_ms"] = downtime
    return {**said, "status": status}


_DOMJOBINFO = Layout(
    form="domjobinfo",
    starts=frozenset(("Job type",)),
    begins=_WORDS.__contains__,
    table=DOMJOBINFO,
    texts=frozenset(("Job type", "Operation", "operation", "Error message", "errmsg")),
    finished=_finished,
)
_BLANK = r"[ \t\xa0]"  # web pages contain no-break spaces
_BEGINS = {
    "Job type:": re.compile(
        rf"^{_BLANK}*Job type:{_BLANK}+(?:{'|'.join(sorted(_WORDS))}){_BLANK}*$", re.MULTILINE
    )
}

_WANTED = re.compile(r"""["']time_elapsed["']\s*:""")
# Keys in the dict of a job without statistics.
_BESIDE = frozenset(("type", "operation", "success", "errmsg"))


def _is_stats(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return "time_elapsed" in value or ("type" in value and value.keys() <= _BESIDE)


def _take(line: int, value: Any, series: Series, notes: Notes) -> bool:
    """Take a job's dict; return whether it is one."""
    if not _is_stats(value):
        problem = "a JSON value that is not a job's statistics"
        series.faults.add(InvalidValue("", value, "only job statistics", problem), line)
        return False
    texts = {"Job type": str(value.get("type", "2"))}
    for name in ("operation", "errmsg"):
        if value.get(name) is not None:
            texts[name] = str(value[name])
    for name in value:
        if name not in JOB_STATS and name not in _BESIDE:
            notes.name(name)
    fields, names = fields_of(JOB_STATS, value)
    try:
        if texts["Job type"] not in _WORDS:
            expected = "VIR_DOMAIN_JOB_NONE (0) to VIR_DOMAIN_JOB_CANCELLED (5)"
            raise InvalidValue("type", value["type"], expected)
        made = _finished(texts, fields, notes)
    except ZcpolicyError as error:
        series.faults.add(error, line)
    else:
        if made:
            series.add(line, made, names)
    return True


FORMS: Tuple[Form, ...] = (
    Form(
        name="domjobinfo",
        what="virsh's statistics of a migration, once or several times",
        obtain="virsh domjobinfo VM",
        takes="samples, in any unit; also with --rawstats and --completed",
        ignores="disks, the time without the network, compression",
        recognise=lambda text: shows(text.text, _BEGINS),
        lines=lambda _: BlockReader(_DOMJOBINFO),
    ),
    Form(
        name="job-stats",
        what="libvirt's statistics of a job, once or several times",
        obtain="print(domain.jobStats())",
        takes="samples",
        ignores="disks, the time without the network, compression",
        recognise=lambda text: (
            shows(text.text, {"time_elapsed": _WANTED})
            or any([_is_stats(document.value) for document in text.documents])
        ),
        lines=lambda _: ValueReader("job-stats", _WANTED, _take),
    ),
)
