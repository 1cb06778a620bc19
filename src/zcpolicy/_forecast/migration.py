"""What the model knows of a migration: the guest, the network, the schedule, in its own units."""

import bisect
import math
from typing import Tuple

import attr

from .._model.parameters import Parameters
from .._model.schedule import ConvergenceSchedule, legacy_schedule
from .._model.vdsm import SHIPPED_VDSM
from .forecast import Bound, Workload

__all__ = [
    "MIB",
    "PAGE",
    "PAGE_SENT",
    "Guest",
    "Migration",
    "ceil_div",
    "migration_of",
    "share_dirtied",
]

MIB = 1048576
PAGE = 4096
_MIB_PAGES = MIB // PAGE

# QEMU migration/ram.c: a page goes with 8 bytes of flags and offset, a zero page as 1 byte more.
PAGE_SENT = PAGE + 8
_ZERO_PAGE_SENT = 9

# Engine counts a connection for each 10 Gbps (feature page).
_CONNECTION_BYTES_S = 10 * 10**9 // 8
_MBPS_BYTES_S = 10**6 // 8


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Guest:
    """What the guest dirties.

    Attributes:
        pages: its working set.
        starts: when its rate changes, ms; the first is 0.
        rates: the rates from then on, pages written a ms.
    """

    pages: int
    starts: Tuple[int, ...]
    rates: Tuple[float, ...]

    def piece(self, at: int) -> int:
        return bisect.bisect_right(self.starts, at) - 1

    def written(self, start: int, end: int) -> float:
        """Pages written between two times, each as often as it is written."""
        first, last = self.piece(start), self.piece(end)
        if first == last:
            return self.rates[first] * (end - start)
        edges = [start, *self.starts[first + 1 : last + 1], end]
        return sum(
            rate * (edges[i + 1] - edges[i]) for i, rate in enumerate(self.rates[first : last + 1])
        )

    def dirtied(self, clean: float, written: float) -> int:
        """How many of *clean* pages of the working set are among the *written* ones."""
        return int(clean * share_dirtied(written, self.pages))


def share_dirtied(written: float, pages: int) -> float:
    """The share of *pages* left dirty by so many writes, each to a random page."""
    return -math.expm1(-written / pages)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Migration:
    """The input of a run, in pages, bytes a second and ms."""

    guest: Guest
    pages: int
    first_bytes: int
    rate: int
    bound_by: Bound
    link: int
    schedule: ConvergenceSchedule
    auto_converge: bool
    overhead: int

    def off(self, dirty: float, bandwidth: float) -> "Migration":
        """The same, if the guest and the network were faster by these factors."""
        guest = attr.evolve(self.guest, rates=tuple([dirty * r for r in self.guest.rates]))
        rate, link = int(self.rate * bandwidth), int(self.link * bandwidth)
        return attr.evolve(self, guest=guest, rate=rate, link=link)


def migration_of(
    parameters: Parameters, memory_mib: int, workload: Workload, *, paused: bool
) -> Migration:
    cap = (parameters.max_bandwidth or SHIPPED_VDSM.max_bandwidth) * MIB
    cap_of: Bound = "bandwidth" if parameters.max_bandwidth else "vdsm"
    most = (parameters.parallel or 1) * _CONNECTION_BYTES_S
    # At the switchover QEMU lifts the cap, and post-copy has none.
    link = cap if workload.link_mbps is None else round(workload.link_mbps * _MBPS_BYTES_S)
    # Of equal ones the first is named: without a link it is the cap, not the link.
    bounds: Tuple[Tuple[int, Bound], ...] = ((cap, cap_of), (link, "link"), (most, "connections"))
    rate, bound_by = min(bounds, key=lambda bound: bound[0])
    pieces = workload.dirty_mib_s
    if paused:
        pieces = 0
    if not isinstance(pieces, tuple):
        pieces = ((0, pieces),)
    own = () if parameters.downtime is None else (parameters.downtime,)
    pages = memory_mib * _MIB_PAGES
    zeros = int(pages * workload.zero_share)
    return Migration(
        guest=Guest(
            pages=workload.working_set_mib * _MIB_PAGES,
            starts=tuple([round(start * 1000) for start, _ in pieces]),
            rates=tuple([rate * _MIB_PAGES / 1000 for _, rate in pieces]),
        ),
        pages=pages,
        first_bytes=zeros * _ZERO_PAGE_SENT + (pages - zeros) * PAGE_SENT,
        rate=rate,
        bound_by=bound_by,
        link=min(link, most),
        schedule=parameters.schedule or legacy_schedule(*own),
        auto_converge=parameters.auto_converge,
        overhead=workload.overhead_ms,
    )


def ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
