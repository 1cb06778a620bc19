"""What libvirt says of a migration: ``virsh domjobinfo``, and the dict of ``virDomainGetJobStats``.

Source: libvirt ``tools/virsh-domain.c`` (``cmdDomjobinfo``), ``tools/vsh.c``
(``vshPrettyCapacity``), ``src/qemu/qemu_domainjob.c`` (``qemuDomainMigrationJobDataToParams``) and
``libvirt-domain.h`` (``VIR_DOMAIN_JOB_*``); the Python binding's ``jobStats`` adds ``type``.
"""

import re
from typing import Any, Dict, Mapping, Optional, Tuple

from .._base.errors import InvalidValue, raise_all, shown
from ._blocks import BINARY, MILLISECONDS, PLAIN, BlockReader, Layout, Row
from ._form import Form, Reading
from ._json_lines import JsonLines
from ._lines import Notes
from ._series import Series, fields_of
from ._text import Text

__all__ = ["DOMJOBINFO", "FORMS", "JOB_STATS"]

# The field of a sample.  What a job's data are beside its memory are disks.
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
    "downtime": ("downtime_ms", 1),
    "memory_page_size": ("page_bytes", 1),
    "data_remaining": ("remaining_bytes", 1),
    "data_processed": ("sent_bytes", 1),
    "data_total": ("total_bytes", 1),
}
_NAMES = {field: name for name, (field, _) in reversed(list(JOB_STATS.items()))}

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
