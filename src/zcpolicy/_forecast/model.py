"""The input of a run in the model's own units: guest, network, schedule."""

import bisect
import math
from math import expm1
from typing import List, Optional, Sequence, Tuple

import attr

from .._base.frozen import maker, quick
from .._decision.resolution import Resolution
from .._model.schedule import ConvergenceSchedule
from .._model.vdsm_schedule import computed_downtimes, legacy_schedule, schedule_of
from .forecast import Bound
from .workload import Workload, written_by
from .writers import Writer, mean_share

__all__ = [
    "COUNTS_SINCE",
    "LOOKS_SINCE",
    "MIB",
    "OVERHEAD_MS",
    "PAGE",
    "PAGE_SENT",
    "ZERO_SCAN_MIB_S",
    "Guest",
    "Model",
    "Set",
    "ceil_div",
    "guest_of",
    "link_bytes",
    "link_mbps",
    "make_guest",
    "make_set",
    "model_of",
    "stream_mbps",
    "switches",
    "vdsm_schedule",
]

MIB = 1048576
PAGE = 4096
_MIB_PAGES = MIB // PAGE

# QEMU migration/ram.c: a page is sent with 8 bytes of flags and offset, a zero page as 1 byte more.
PAGE_SENT = PAGE + 8
_ZERO_PAGE_SENT = 9

_MBPS_BYTES_S = 10**6 // 8

# The capacity of a connection, Mbps.  Engine's 10 Gbps are a rule for counting connections, not a
# limit.  Measured: 20 to 22 Gbps without encryption, 4.2 to 5.2 with TLS, about 2 through a tunnel.
_PLAIN_MBPS = 20000
_TLS_MBPS = 4700
_TUNNEL_MBPS = 2000

# Measured: 0.07 to 0.4 s per GiB, most often 0.07 to 0.29.
ZERO_SCAN_MIB_S = 5120
OVERHEAD_MS = 50

# From QEMU 9.2 on, autoconverge also looks at what was dirtied every 5 s (system/cpu-throttle.c);
# from 11.0 on, iterations are counted ten times a second if post-copy is enabled.
LOOKS_SINCE = (9, 2)
COUNTS_SINCE = (11, 0)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Set:
    """Pages that one writer writes.

    Attributes:
        pages: how many there are.
        rates: the write rates from each of the guest's starts on, pages a ms.
        sweeps: whether the writer writes them in order.
    """

    pages: float
    rates: Tuple[float, ...]
    sweeps: bool = False


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Guest:
    """A guest, as the sets of pages that it writes.

    Attributes:
        sets: the sets of pages that it writes.
        starts: when a rate changes, ms; the first is 0.
        from_sending: the part of the pages sent in a round for which writes count from when they
            are sent, 0 to 1; for the others they count from the beginning of the round.
    """

    sets: Tuple[Set, ...]
    starts: Tuple[int, ...] = (0,)
    from_sending: float = 0.0

    def piece(self, at: int) -> int:
        return bisect.bisect_right(self.starts, at) - 1

    def written(self, rates: Sequence[float], start: int, end: int) -> float:
        """Pages written between two times at these rates, counted as often as written."""
        first, last = self.piece(start), self.piece(end)
        edges = [start, *self.starts[first + 1 : last + 1], end]
        return sum(
            [rate * (edges[i + 1] - edges[i]) for i, rate in enumerate(rates[first : last + 1])]
        )

    def looked(
        self,
        start: int,
        end: int,
        running: float,
        before: Sequence[float],
        left: float,
        whole: float,
    ) -> Tuple[List[float], float]:
        """How many pages of each set are then to be sent, and how many a look finds dirtied.

        Args:
            start: the previous look, ms.
            end: this look.
            running: the share of its time that the guest runs.
            before: pages to send of each set at the previous look.
            left: pages of these still to be sent, which are not dirtied again.
            whole: all pages to send at the previous look; each set has sent the same share.
        """
        steady = len(self.starts) == 1
        ms = (end - start) * running
        late = self.from_sending
        sets: List[float] = []
        dirtied = 0.0
        for each, size in zip(self.sets, before):
            pages, rates = each.pages, each.rates
            rest = left * size / whole
            if rest > pages:
                rest = pages
            written = rates[0] * ms if steady else self.written(rates, start, end) * running
            if not written:
                sets.append(rest)
                continue
            if each.sweeps:
                dirty = min(pages - rest, written)
                dirty -= late * dirty * max(0.0, size - rest) / pages / 2
            else:
                turns = written / pages
                share = -expm1(-turns)
                dirty = (pages - rest) * share
                if late and size > rest:
                    dirty -= late * (size - rest) * (share - mean_share(turns, share))
            dirtied += dirty
            sets.append(rest + dirty)
        return sets, dirtied


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Model:
    """The input of a run, in pages, bytes a second and ms.

    Attributes:
        guest: what writes its memory.
        pages: its memory.
        zeros: its zero pages at the start.
        zero_ms: how long scanning a zero page takes, ms.
        rate: how fast memory can be sent while the guest runs, bytes a second; `bound_by` says why.
        link: how fast it can be sent at the switchover.
        schedule: the schedule of Vdsm's monitor.
        poll_ms: how often the monitor polls; 0: never, and the schedule does not run.
        auto_converge: whether the guest is throttled.
        looks_within: whether autoconverge also looks at what was dirtied within long rounds.
        counts: whether iterations are counted ten times a second.
        overhead: the duration of a switchover apart from sending, ms.
        enough: how many connections fill the link; None if not known.
        link_assumed: whether the capacity of the network is unknown, and the bandwidth stands in.
    """

    guest: Guest
    pages: int
    zeros: int
    zero_ms: float
    rate: int
    bound_by: Bound
    link: int
    schedule: ConvergenceSchedule
    poll_ms: int
    auto_converge: bool
    looks_within: bool
    counts: bool
    overhead: int
    enough: Optional[int] = None
    link_assumed: bool = False

    @property
    def first_bytes(self) -> int:
        """Bytes sent in the first round."""
        return self.zeros * _ZERO_PAGE_SENT + (self.pages - self.zeros) * PAGE_SENT

    @property
    def first_cost(self) -> int:
        """The time of the first round, as bytes at the rate.

        Scanning zero pages takes time, unless the bandwidth limit makes QEMU wait anyway.
        """
        scan = self.zeros * self.zero_ms / 1000
        sending = (
            self.first_bytes / self.link
            if self.rate < self.link
            else (0.0 if self.bound_by in ("vdsm", "bandwidth") else self.first_bytes / self.rate)
        )
        return max(self.first_bytes, math.ceil(self.rate * (sending + scan)))


make_set, make_guest = maker(Set), maker(Guest)


def model_of(resolution: Resolution, workload: Workload) -> Model:
    """The input of a run for the resolution's VM."""
    parameters, scenario = resolution.parameters, resolution.scenario
    vdsm, vm = scenario.host.vdsm, scenario.vm
    connections = parameters.parallel or 1
    stream = workload.connection_mbps or stream_mbps(resolution)
    most = round(connections * stream * _MBPS_BYTES_S)
    cap, cap_of = _cap(resolution, most)
    link = _link(resolution, workload)
    # At the switchover QEMU lifts the cap, and post-copy has none.
    switchover = cap if link is None else link
    # The first of equal ones is named: without a link it is the cap, not the link.
    bounds: Tuple[Tuple[int, Bound], ...] = ((cap, cap_of), (most, "connections"))
    if workload.link_mbps is not None or _exceeds(cap, link):
        bounds = ((cap, cap_of), (switchover, "link"), (most, "connections"))
    rate, bound_by = min(bounds, key=lambda bound: bound[0])
    schedule = parameters.schedule or vdsm_schedule(resolution)
    qemu = scenario.host.qemu_version
    pages = vm.memory_mib * _MIB_PAGES
    return Model(
        guest=guest_of(() if vm.paused else written_by(workload), vm.memory_mib),
        pages=pages,
        zeros=int(pages * workload.zero_share),
        zero_ms=1000 / (workload.zero_scan_mib_s or ZERO_SCAN_MIB_S) / _MIB_PAGES,
        rate=rate,
        bound_by=bound_by,
        link=min(switchover, most),
        schedule=schedule,
        poll_ms=1000 * vdsm.monitor_interval_s,
        auto_converge=parameters.auto_converge,
        looks_within=parameters.auto_converge and qemu is not None and qemu >= LOOKS_SINCE,
        counts=switches(schedule) and qemu is not None and qemu >= COUNTS_SINCE,
        overhead=OVERHEAD_MS if workload.overhead_ms is None else workload.overhead_ms,
        link_assumed=link is None and cap_of != "connections",
        enough=None if link is None else ceil_div(link, round(stream * _MBPS_BYTES_S)),
    )


def switches(schedule: ConvergenceSchedule) -> bool:
    """Whether the schedule may switch to post-copy, which makes Vdsm enable it."""
    return "postcopy" in [entry.action.name for entry in schedule.stalling]


def vdsm_schedule(resolution: Resolution) -> ConvergenceSchedule:
    """The schedule that Vdsm computes."""
    steps, downtime = resolution.scenario.host.vdsm.downtime_steps, resolution.parameters.downtime
    if downtime is None:
        return legacy_schedule(steps=steps)
    # A step of 0 ms, which no action here can set, fits as rarely as one of 1 ms.
    return schedule_of([max(1, ms) for ms in computed_downtimes(downtime, steps)])


def stream_mbps(resolution: Resolution) -> int:
    """The default capacity of a connection of this migration, Mbps."""
    if resolution.parameters.encrypted:
        return _TLS_MBPS
    return _TUNNEL_MBPS if resolution.parameters.tunnelled else _PLAIN_MBPS


def _cap(resolution: Resolution, most: int) -> Tuple[int, Bound]:
    """The bandwidth limit that QEMU gets, bytes a second; *most* if there is none."""
    if resolution.parameters.max_bandwidth:
        return resolution.parameters.max_bandwidth * MIB, "bandwidth"
    own = resolution.scenario.host.vdsm.max_bandwidth
    return (own * MIB, "vdsm") if own else (most, "connections")


def _link(resolution: Resolution, workload: Workload) -> Optional[int]:
    """The capacity of the network, bytes a second; None if neither input gives it."""
    mbps = link_mbps(resolution, workload)
    return None if mbps is None else link_bytes(mbps)


def _exceeds(cap: int, link: Optional[int]) -> bool:
    """Whether a limit exceeds the link, also by Engine's count, where 8 Mbps are 1 MiB/s."""
    return link is not None and cap > link * MIB // 10**6


def link_mbps(resolution: Resolution, workload: Workload) -> Optional[float]:
    """The capacity of the network, Mbps; None if neither workload nor hosts give it."""
    if workload.link_mbps is not None:
        return workload.link_mbps
    scenario = resolution.scenario
    speeds = [scenario.host.migration_mbps, scenario.destination.migration_mbps]
    known = [speed for speed in speeds if speed is not None and speed > 0]
    return min(known) if len(known) == len(speeds) else None


def link_bytes(mbps: float) -> int:
    """Convert Mbps to bytes a second."""
    return round(mbps * _MBPS_BYTES_S)


def guest_of(writers: Sequence[Writer], memory_mib: int, from_sending: float = 0.0) -> Guest:
    """The guest with these writers."""
    changes = [writer.mib_s for writer in writers if isinstance(writer.mib_s, tuple)]
    starts = sorted({0, *[start for pieces in changes for start, _ in pieces]})
    return make_guest(
        sets=tuple([_set(writer, starts) for writer in writers if writer.set_mib]),
        starts=tuple([round(start * 1000) for start in starts]),
        from_sending=from_sending,
    )


def _set(writer: Writer, starts: Sequence[float]) -> Set:
    own = writer.mib_s
    if isinstance(own, tuple):
        firsts = [start for start, _ in own]
        rates = [own[bisect.bisect_right(firsts, start) - 1][1] for start in starts]
    else:
        rates = [own] * len(starts)
    return make_set(
        pages=writer.set_mib * _MIB_PAGES,
        rates=tuple([rate * _MIB_PAGES / 1000 for rate in rates]),
        sweeps=writer.order == "sweep",
    )


def ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
