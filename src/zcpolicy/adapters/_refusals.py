"""Calls that libvirt or QEMU rejects, or accepts and then fails: one table, one row per reason.

Rows are in the order in which the layers check, so the first violation of a call is the error that
its caller sees: libvirt's Python binding converts the parameters; libvirt checks flags, parameters
and the migration itself; then it sets up the destination's QEMU, and the source's.  (QEMU called
directly checks zero-copy and capabilities before the number of channels.)

A row holds for a range of upstream libvirt and QEMU versions.  Distributions backport: later
qemu-kvm builds of RHEL 8 refuse multifd with post-copy like 8.1, RHEL's 10.0.0-8 accepts it like
10.1, and RHEL 8.6 has zero-copy in libvirt 8.0.0 and qemu-kvm 6.2.0.  If no version is given, a row
holds if it does for any supported one: libvirt from 8.5 and QEMU from 7.1, the first versions with
zero-copy.

To add a row, put it where its layer checks, in ``_libvirt_rows`` or ``_qemu_rows``, add a call that
triggers it to the tests, and regenerate the tables in the docs (``python docs/tables.py``).
"""

from typing import Dict, Iterable, List, Optional, Tuple

from .._base.versions import Version
from ._calls import Call
from ._flags import (
    NON_SHARED_DISK,
    NON_SHARED_INC,
    OFFLINE,
    POSTCOPY_RESUME,
    SYNCHRONOUS_WRITES,
    TUNNELLED,
    flag_names,
)
from ._libvirt_rows import LIBVIRT_ROWS, UNUSED_ROWS
from ._qemu_rows import IGNORED, IN_FLIGHT, QEMU_ROWS, QEMU_ROWS_IF_ASKED
from ._violations import Refusal, Violation

__all__ = ["REFUSALS", "refusals", "violations"]

# The flags that rows are about.
_SELDOM = (
    NON_SHARED_DISK | NON_SHARED_INC | OFFLINE | POSTCOPY_RESUME | SYNCHRONOUS_WRITES | TUNNELLED
)
REFUSALS: Tuple[Refusal, ...] = (
    *(*LIBVIRT_ROWS, *QEMU_ROWS, *IN_FLIGHT),
    *(*UNUSED_ROWS, *IGNORED),
)
_IF_ASKED: Tuple[Refusal, ...] = (*QEMU_ROWS_IF_ASKED, *IN_FLIGHT, *IGNORED)


def _by_name(rows: Iterable[Refusal]) -> Tuple[List[int], Dict[str, List[int]]]:
    """Index the rows: those that are always checked, and the others by the names they are about."""
    always: List[int] = []
    by_name: Dict[str, List[int]] = {}
    for index, row in enumerate(rows):
        if not row.about:
            always.append(index)
        for name in row.about:
            by_name.setdefault(name, []).append(index)
    return always, by_name


_ALWAYS, _BY_NAME = _by_name(REFUSALS)
_ALWAYS_IF_ASKED, _BY_NAME_IF_ASKED = _by_name(_IF_ASKED)


def refusals(
    call: Call, libvirt: Optional[Version], qemu: Optional[Version]
) -> List[Tuple[int, Refusal]]:
    """The rows that hold for a call, each with its position."""
    if call.direct:
        rows, always, by_name = _IF_ASKED, _ALWAYS_IF_ASKED, _BY_NAME_IF_ASKED
    else:
        rows, always, by_name = REFUSALS, _ALWAYS, _BY_NAME
    places = set(always)
    flags = flag_names(call.flags & _SELDOM) if call.flags & _SELDOM else ()
    for names in (flags, call.params, call.capabilities, call.parameters):
        for name in names:
            if name in by_name:
                places.update(by_name[name])
    found = [
        (place, rows[place])
        for place in places
        if rows[place].applies(call) and rows[place].holds(libvirt, qemu)
    ]
    found.sort(key=_place)
    return found


def _place(found: Tuple[int, Refusal]) -> int:
    return found[0]


def violations(
    call: Call, libvirt: Optional[Version], qemu: Optional[Version]
) -> Tuple[Violation, ...]:
    """All violations of a call, in the order of the rows."""
    return tuple([row.violation_in(qemu) for _, row in refusals(call, libvirt, qemu)])
