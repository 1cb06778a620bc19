"""The model of a pre-copy migration: `simulate`.

QEMU sends all memory, then what the guest dirtied meanwhile, round after round.
A round does not run to its end: every 100 ms, QEMU checks whether what remains can be sent within
the downtime limit.  Only then does it look at what was dirtied since the last look, which begins
the next iteration.  If the rest still fits, it stops the guest and sends the rest.  So what remains
falls to just below the threshold, jumps, and falls again.

Two clocks run in parallel.  Autoconverge takes more and more time from a guest that dirties more
than half of what is sent.  Vdsm polls every 10 s and works through the schedule.

Only the guest is a guess.  Its writers write random pages of their sets, or all pages in order.  A
page written twice between two looks is sent once, so random writes of volume v to a set W dirty
W (1 - exp(-v / W)).

All quantities are integers: pages, bytes, bytes a second and ms.  Only the dirtied pages are
computed in floats, and truncated.  The model is deterministic.

``model`` has the input in the model's own units, ``run`` the rounds with their sources, and
``ensemble`` the uncertainty of both.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

import attr

from .._base.errors import InvalidType, InvalidValue
from .._base.hints import hinted
from .._decision.resolution import Resolution
from .._model.evidence import Migration
from .assumed import assumed
from .ensemble import Unsure, Variant, ended, off, ranges, run_all, variants
from .fit import Fit
from .forecast import Forecast, Round
from .model import MIB, PAGE, Model, guest_of, model_of
from .observed import Observed
from .run import Run
from .start import Start, going_on, start_of
from .verdict import connections_said, verdict
from .workload import Workload, written_by

__all__ = ["Prepared", "prepare", "simulate"]

# How far off the rate may be: one that is given, one that a running migration shows, and one that
# QEMU keeps to because it is its own limit.
_OFF = 0.1
_OFF_SEEN = 0.015
_OFF_CAP = 0.02
# How far a connection exceeds its share of the limit, MiB/s: up to a packet of 0.5 MiB in 100 ms
# from QEMU 10.0 on, and less before (docs/calibration.md).  For a slow limit this share is large.
_BEYOND_MIB_S, _BEYOND_BEFORE = 5, 2
_BEYOND_SINCE = (10, 0)
_BEYOND_MOST = 0.5
# How much faster or slower a guest may write in another migration than in the one that it was
# fitted to.
_OFF_LATER = 0.1
# Factors for the members of an ensemble, which already differ in what they write.
_TURNS = (0, 1, -1, 0.5, -0.5)
_LOG_MIB = 1024
# An outcome of so small a share of the workloads that explain the evidence does not count as
# possible: ranges also hold only nine of ten migrations.
_SELDOM = 0.1
# Not everything uncertain about a given workload is off at once: the ranges leave out this share
# of the variants at either end.
_CORNERS = 0.04
_OUTER = 0.05


@hinted
def simulate(
    resolution: Resolution,
    workload: Union[Workload, Fit],
    *,
    since: Optional[Migration] = None,
) -> Forecast:
    """Forecast the migration of the resolution's VM.

    A resolution without a schedule runs the one that Vdsm generates (`legacy_schedule`).  A paused
    VM dirties nothing.

    Args:
        resolution: the decision, whose parameters, memory and hosts count.
        workload: the guest's load and the network, or a fit of them.
        since: a migration that still runs.  The forecast assumes that its schedule has run from
            0 s, and that its polls found the iterations of the samples.  It continues from the last
            sample, with the speed that the samples show.

    Raises:
        ZcpolicyError: an argument is not of its class, what the guest writes is larger than the
            VM, or *since* is over.
    """
    prepared = prepare(resolution, workload, since=since)
    rounds: List[Round] = []
    run = Run(prepared.model, rounds, start=prepared.start).run()
    runs = run_all(run, prepared.model, prepared.members)
    return prepared.forecast(runs, rounds)


class Prepared(NamedTuple):
    """The input of a forecast, before anything runs.

    Attributes:
        model: the model of the given workload, or of the best.
        start: the current state of the migration; None at its beginning.
        members: the variants of the model.
    """

    resolution: Resolution
    load: Workload
    evidence: Optional[Fit]
    seen: Optional[Observed]
    model: Model
    start: Optional[Start]
    members: Sequence[Variant]

    @property
    def seldom(self) -> float:
        """An outcome of no more than this share of all variants does not count as possible."""
        return 0 if self.evidence is None else _SELDOM

    @property
    def outer(self) -> float:
        """The share of the variants at either end that the ranges leave out."""
        return _CORNERS if self.evidence is None else _OUTER

    def forecast(self, runs: Sequence[Tuple[Model, Run]], rounds: Sequence[Round]) -> Forecast:
        """Make the forecast from the run of the model and those of its variants."""
        (model, run), resolution = runs[0], self.resolution
        outcome = run.outcome
        assert outcome is not None
        end = ended(model, run)
        found = ranges(runs, seldom=self.seldom, outer=self.outer)
        return Forecast(
            outcome=outcome,
            outcomes=found.outcomes,
            total_ms=end.total_ms,
            total_ms_range=found.total_ms,
            downtime_ms=end.downtime_ms,
            downtime_ms_range=found.downtime_ms,
            sent_mib=end.sent_mib,
            sent_mib_range=found.sent_mib,
            throttle=run.throttle,
            throttle_range=found.throttle,
            verdict=verdict(run, outcome, end.rest_ms, end.overhead)
            + connections_said(resolution.parameters.parallel, model.enough),
            rounds=tuple(rounds),
            rest_bytes=rest_bytes(run),
            bytes_per_s=model.rate,
            bound_by=model.bound_by,
            plateau_ms=run.plateau_ms(run.throttle),
            near_edge=run.gave_up or len(found.outcomes) > 1,
            assumed=tuple(assumed(resolution, self.load, self.model, self.evidence, self.seen)),
        )


def prepare(
    resolution: Resolution,
    workload: Union[Workload, Fit],
    *,
    since: Optional[Migration] = None,
) -> Prepared:
    """Prepare a forecast without running anything; the arguments are those of `simulate`.

    Raises:
        ZcpolicyError: as for `simulate`.
    """
    if type(resolution) is not Resolution:
        raise InvalidType("resolution", resolution, "a Resolution")
    if type(workload) not in (Workload, Fit):
        raise InvalidType("workload", workload, "a Workload or a Fit")
    if since is not None and type(since) is not Migration:
        raise InvalidType("since", since, "a Migration, or none")
    evidence = workload if isinstance(workload, Fit) else None
    load = workload.workload if isinstance(workload, Fit) else workload
    _fits(load, resolution.scenario.vm.memory_mib)
    seen = None if since is None else going_on(since)
    made = _Made(resolution, evidence, since, seen)
    model = made.model(load, 0)
    if evidence is None:
        unsure = made.unsure(load, model)
        members = [(each, made.start(each)) for each in variants(model, unsure)]
    else:
        members = made.members(evidence)
    return Prepared(resolution, load, evidence, seen, model, made.start(model), members)


def _fits(load: Workload, memory: int) -> None:
    expected = f"at most the VM's memory, {memory} MiB"
    if load.working_set_mib is not None:
        if load.working_set_mib > memory:
            raise InvalidValue("workload.working_set_mib", load.working_set_mib, expected)
        return
    total = sum([writer.set_mib for writer in load.writers])
    if total > memory * 1.001:
        problem = f"they write {total:g} MiB, but the VM has {memory} MiB"
        raise InvalidValue("workload.writers", load.writers, expected, problem)


class _Made:
    """Makes the models of a forecast."""

    def __init__(
        self,
        resolution: Resolution,
        evidence: Optional[Fit],
        since: Optional[Migration],
        seen: Optional[Observed],
    ) -> None:
        self._resolution = resolution
        self._evidence = evidence
        self._since = since
        self._seen = seen
        self._memory = resolution.scenario.vm.memory_mib

    def model(self, load: Workload, index: int) -> Model:
        """The model of the evidence's best workload (0), of another one, or of a given one."""
        model = model_of(self._resolution, load)
        late = self._evidence.from_sending if self._evidence is not None else ()
        if late:
            model = attr.evolve(model, guest=attr.evolve(model.guest, from_sending=late[index]))
        if self._seen is not None and self._seen.rate:
            rate = max(1, int(self._seen.rate))
            known = load.link_mbps is not None or model.link > model.rate
            model = attr.evolve(model, rate=rate, link=max(model.link, rate) if known else rate)
        return model

    def start(self, model: Model) -> Optional[Start]:
        if self._since is None or self._seen is None:
            return None
        return start_of(self._since, self._seen, model)

    def unsure(self, load: Workload, model: Model) -> Unsure:
        """What is uncertain about a given workload."""
        parts = -(-self._memory // _LOG_MIB)
        return Unsure(
            rate=_OFF if self._seen is None else _OFF_SEEN,
            beyond=self._beyond(model),
            overhead=load.overhead_ms is None,
            scan=load.zero_scan_mib_s is None,
            stream=self._seen is None
            and load.connection_mbps is None
            and model.bound_by == "connections",
            order=[writer.order for writer in written_by(load)] == ["random"],
            log=1 - 1 / parts,
        )

    def _beyond(self, model: Model) -> float:
        """How far several connections may exceed the limit, as a share."""
        if self._seen is not None or model.bound_by not in ("bandwidth", "vdsm"):
            return 0.0
        qemu = self._resolution.scenario.host.qemu_version
        old = qemu is not None and qemu < _BEYOND_SINCE
        each = _BEYOND_BEFORE if old else _BEYOND_MIB_S
        connections = self._resolution.parameters.parallel or 0
        return min(_BEYOND_MOST, connections * each * MIB / model.rate)

    def members(self, evidence: Fit) -> List[Variant]:
        """The models of all workloads that explain the evidence, each with another network."""
        found: List[Variant] = []
        base = self.model(evidence.workload, 0)
        late = evidence.from_sending or (0.0,) * (len(evidence.workloads) + 1)
        paused = self._resolution.scenario.vm.paused
        rate = _OFF_SEEN if self._seen is not None else _OFF
        if self._seen is None and base.bound_by in ("bandwidth", "vdsm"):
            rate = _OFF_CAP
        beyond = self._beyond(base)
        for index, load in enumerate(evidence.workloads):
            writers = () if paused else written_by(load)
            guest = guest_of(writers, self._memory, late[index + 1])
            later = 0 if self._seen is not None else _OFF_LATER * _TURNS[index // 5 % 5]
            turn = _TURNS[index % 5]
            model = off(
                attr.evolve(base, guest=guest),
                dirty=1 + later,
                rate=1 + rate * turn,
                above=1 + beyond * turn if turn > 0 else 0,
                overhead=_OVERHEADS[index % 4],
                scan=1 if evidence.workload.zero_scan_mib_s else _SCANS[index % 4],
            )
            found.append((model, self.start(model)))
        # The first ones count if there are too many.
        return [found[i] for first in range(_APART) for i in range(first, len(found), _APART)]


_APART = 5
_OVERHEADS = (0.2, 0.6, 1.0, 2.0)
_SCANS = (0.35, 0.75, 1.4, 2.0)


def rest_bytes(run: Run) -> int:
    """Bytes sent after the rounds."""
    return run.remaining * PAGE if run.outcome in ("completes", "post-copy") else 0
