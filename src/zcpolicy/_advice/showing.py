"""The facts of a diagnosis: what the samples show, and what the request says."""

import math
from typing import Callable, NamedTuple, Optional, Tuple

import attr

from .._base.errors import ZcpolicyError
from .._decision.resolution import Resolution
from .._forecast.fit import Fit, fit
from .._forecast.model import MIB, Model, model_of, vdsm_schedule
from .._forecast.observed import Observed, observed
from .._forecast.plateau import plateau_ms
from .._model.evidence import Migration, Sample
from .._model.inputs import VM, Cluster
from .._model.monitor import Monitor
from .._model.scenario import Scenario
from .._model.schedule import (
    DOWNTIME_MAX,
    QEMU_DOWNTIME,
    Action,
    ConvergenceSchedule,
    StallingEntry,
)
from .._model.shipped import MINIMAL_DOWNTIME

__all__ = ["Polls", "Showing", "showing"]

_THROTTLE_MAX = 99
_PATIENCE = 1000


class Polls(NamedTuple):
    """The actions of Vdsm's monitor, if its polls found the iterations of the samples.

    Attributes:
        limit_ms: the downtime limit in force at the end.
        left_ms: the longest limit that the schedule had yet to set; 0 if none.
        aborted: whether it ran an abort, or would have in the next iteration.
        died: whether the schedule ran out.
        known: whether there are enough samples to say so.
    """

    limit_ms: int
    left_ms: int
    aborted: bool
    died: bool
    known: bool


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Showing:
    """The facts of a migration.

    Attributes:
        migration: the samples.
        resolution: the request, or one inferred from the samples.
        given: whether the request was given.
        seen: the evaluated samples; None if they do not show enough.
        fit: the workloads that explain them; None if they do not show enough.
        model: the model of the best of these; None if they do not show enough.
        polls: the actions of Vdsm's monitor.
    """

    migration: Migration
    resolution: Resolution
    given: bool
    seen: Optional[Observed]
    fit: Optional[Fit]
    model: Optional[Model]
    polls: Polls

    @property
    def last(self) -> Sample:
        return self.migration.samples[-1]

    @property
    def throttle(self) -> int:
        """What autoconverge last took from the guest, percent."""
        found = [each.throttle for each in self.migration.samples if each.throttle is not None]
        return found[-1] if found else 0

    @property
    def iteration(self) -> int:
        return max([each.iteration or 0 for each in self.migration.samples])

    @property
    def limit_ms(self) -> int:
        """The last downtime limit, ms."""
        said = [each.limit_ms for each in self.migration.samples if each.limit_ms]
        return said[-1] if said else self.polls.limit_ms

    @property
    def rate(self) -> int:
        """The sending rate, bytes a second; if the samples do not show it, the model's."""
        if self.seen is not None and self.seen.rate:
            return max(1, int(self.seen.rate))
        return 1 if self.model is None else self.model.rate

    def plateau_ms(self, throttle: int, rate: Optional[int] = None) -> int:
        """The limit that would do with this throttle, at a rate or at the actual one, ms."""
        assert self.model is not None
        running = (100 - throttle) / 100
        sets = [
            (each.pages, each.rates[-1] * running, each.sweeps) for each in self.model.guest.sets
        ]
        return plateau_ms(rate or self.rate, sets)

    @property
    def throttle_to_come(self) -> int:
        """The most that autoconverge can take, percent."""
        return _THROTTLE_MAX if self.resolution.parameters.auto_converge else self.throttle

    @property
    def link(self) -> Optional[int]:
        """The capacity of the network, bytes a second; None if not known."""
        scenario = self.resolution.scenario
        speeds = [scenario.host.migration_mbps, scenario.destination.migration_mbps]
        known = [speed for speed in speeds if speed is not None and speed > 0]
        return min(known) * 125000 if len(known) == len(speeds) else None


def showing(migration: Migration, resolution: Optional[Resolution]) -> Showing:
    """Collect the facts of a migration."""
    seen = observed(migration)
    given = resolution is not None
    asked = _shown(migration, seen) if resolution is None else resolution
    found = _quietly(lambda: fit(migration, asked.scenario.vm.memory_mib))
    return Showing(
        migration=migration,
        resolution=asked,
        given=given,
        seen=seen,
        fit=found,
        model=None if found is None else model_of(asked, found.workload),
        polls=_polls(migration, asked),
    )


def _quietly(make: Callable[[], Fit]) -> Optional[Fit]:
    try:
        return make()
    except ZcpolicyError:
        return None


def _shown(migration: Migration, seen: Optional[Observed]) -> Resolution:
    """A request inferred from the samples: memory, bandwidth, limit and throttle."""
    samples = migration.samples
    totals = [each.total_bytes for each in samples if each.total_bytes]
    limits = [each.limit_ms for each in samples if each.limit_ms]
    limit = Action(
        name="setDowntime",
        params=(str(min(limits[-1], DOWNTIME_MAX) if limits else QEMU_DOWNTIME),),
    )
    patience = _PATIENCE
    if any([(each.status or "").startswith("cancel") for each in samples]):
        # Assume that whoever cancelled it had no more patience.
        patience = max([1, *[(each.iteration or 0) - 2 for each in samples]])
    abort = StallingEntry(limit=min(patience, _PATIENCE), action=Action(name="abort"))
    policy = MINIMAL_DOWNTIME.but(
        name="As the samples show",
        max_migrations=1,
        auto_convergence=any([each.throttle for each in samples]),
        schedule=ConvergenceSchedule(init=[limit], stalling=[abort]),
    )
    vm = VM()
    if totals:
        vm = VM(memory_mib=max(1, min(math.ceil(totals[-1] / MIB), 2**31 - 1)))
    cluster = Cluster()
    if seen is not None and seen.rate:
        cluster = Cluster(bandwidth=max(8, min(8 * round(seen.rate / MIB), 2**31 - 8)))
    return Scenario(cluster=cluster, policy=policy, vm=vm).resolve()


def _polls(migration: Migration, resolution: Resolution) -> Polls:
    every = 1000 * resolution.scenario.host.vdsm.monitor_interval_s
    schedule = resolution.parameters.schedule
    if schedule is None:
        schedule = vdsm_schedule(resolution)
    limit = QEMU_DOWNTIME
    for action in schedule.init:
        limit = action.downtime or limit
    monitor = Monitor(schedule)
    aborted, found, left = False, 0, [*schedule.stalling]
    times = _poll_times(migration, every)
    for iteration in times:
        if iteration is None:
            continue
        found += 1
        before = monitor.died
        ran = None if before else monitor.poll(iteration)
        if ran is not None:
            left.pop(0)
            aborted = aborted or ran.name == "abort"
            limit = ran.downtime or limit
    to_come = [entry.action.downtime or 0 for entry in left]
    seen = max([each.iteration or 0 for each in migration.samples])
    if left and left[0].action.name == "abort" and monitor.looks_at is not None:
        aborted = aborted or monitor.looks_at <= seen + 1
    return Polls(
        limit_ms=limit,
        left_ms=max([0, *to_come]),
        aborted=aborted,
        died=monitor.died,
        known=bool(times) and 2 * found > len(times),
    )


def _poll_times(migration: Migration, every: int) -> Tuple[Optional[int], ...]:
    """The iteration that each poll found; None if no sample is close enough."""
    samples = [each for each in migration.samples if each.iteration is not None]
    if not every or not samples:
        return ()
    found = []
    position = 0
    until = migration.samples[-1].at_ms // every
    # Between samples days apart nothing is known anyway.
    for poll in range(max(1, until - _POLLS_MAX), until + 1):
        at = poll * every
        while position + 1 < len(samples) and samples[position + 1].at_ms <= at:
            position += 1
        near = samples[position].at_ms <= at < samples[position].at_ms + 2 * every
        found.append(samples[position].iteration if near else None)
    return tuple(found)


_POLLS_MAX = 100000
