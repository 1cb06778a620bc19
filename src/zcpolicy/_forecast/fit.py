"""Infer workloads from a migration: `fit`."""

import math
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import attr

from .._base.errors import InvalidValue, raise_all
from .._base.fields import (
    TEXT,
    Fields,
    Kind,
    ListOrTuple,
    as_texts,
    as_tuple,
    instance,
    integer,
    items,
    optional,
)
from .._base.frozen import quick
from .._base.hints import hinted
from .._base.naming import counted
from .._model.evidence import Migration
from .curve import within
from .kinds import number
from .model import PAGE
from .observed import Observed, observed
from .passes import Evidence, evidence
from .shapes import SHAPES, Known, Shape
from .workload import Workload
from .writers import Writer

__all__ = ["FIT", "Fit", "fit"]

_MIB_PAGES = 256

# The number of workloads in an ensemble.
_COUNT = 40
# The looks that count: the first end long rounds, the last show what the guest does now.
_FIRST, _LAST = 8, 10
# How far off a look may be, as a share, even if the shape is right: the load of the same benchmark
# varies this much from round to round.
_NOISE = 0.06
# The same if QEMU looks many times a pass: then its position in memory also matters.
_NOISE_MANY = 0.3
# How much the load may change later.
_DRIFT = 0.06
# A look is somewhere between two samples, and a longer time dirties more: on average as this power,
# and with the deviation of a uniform distribution.
_SLOPE = 0.4
# QEMU clears KVM's dirty log per 1 GiB, when it sends the first page of it.
_LOG_MIB = 1024
# Shapes less likely than this part of the likeliest do not count for the best.
_COUNTS = 0.02
# Where shapes are compared, s.
_PERIODS_S = (0.1, 0.3, 1.0, 3.0, 10.0)
# Deviations of the scale, and the weight of each.
_LEVELS = ((-1.6, 0.15), (-0.7, 0.2), (0.0, 0.3), (0.7, 0.2), (1.6, 0.15))


def _as_workloads(value: ListOrTuple[Workload]) -> Tuple[Workload, ...]:
    return as_tuple(value)


def _as_shares(value: Union[ListOrTuple[float], List[int]]) -> Tuple[float, ...]:
    return as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Fit:
    """The workloads that explain an observed migration.

    Attributes:
        workload: the best of them.
        workloads: all that explain it about as well.
        residual: how far off the best one is, as a share of what QEMU found dirtied, averaged
            over its looks.
        unknown: what the evidence does not show, a sentence each.
        from_sending: for the best and then for each workload, the part of a round's pages for
            which writes count from when they are sent, not from when the round begins, 0 to 1.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    workload: Workload
    workloads: Tuple[Workload, ...] = attr.ib(converter=_as_workloads)
    residual: float = 0.0
    unknown: Tuple[str, ...] = attr.ib(default=(), converter=as_texts)
    from_sending: Tuple[float, ...] = attr.ib(default=(), converter=_as_shares)

    def __attrs_post_init__(self) -> None:
        FIT.check(self)
        expected = len(self.workloads) + 1
        if len(self.from_sending) not in (0, expected):
            raise InvalidValue("from_sending", self.from_sending, f"{expected} numbers, or none")

    def __repr__(self) -> str:
        best = self.workload
        size = best.working_set_mib or sum([writer.set_mib for writer in best.writers])
        writers = f"{counted(len(best.writers) or 1, 'writer')} of {size:.0f} MiB"
        parts = [writers if size else "an idle guest"]
        parts += [f"off by {self.residual:.0%}", counted(len(self.workloads), "workload")]
        return f"<Fit: {', '.join(parts)}>"

    def with_network(self, **network: Any) -> "Fit":
        """The same guest with other network fields, such as ``link_mbps``.

        Raises:
            ZcpolicyError: with every invalid field.
        """
        changed = [attr.evolve(each, **network) for each in self.workloads]
        return attr.evolve(
            self, workload=attr.evolve(self.workload, **network), workloads=tuple(changed)
        )


FIT = Fields(
    workload=instance(Workload),
    workloads=attr.evolve(
        items(instance(Workload), "a list of at least one Workload"),
        accepts=lambda value: value != (),
    ),
    residual=Kind(
        types=(int, float), expected="a number from 0 on", accepts=lambda value: value >= 0
    ),
    unknown=items(TEXT, "a list of strings"),
    from_sending=items(number(0, 1), "a list of numbers from 0 to 1"),
)
_MEMORY = optional(integer(1))


@hinted
def fit(migration: Migration, memory_mib: Optional[int] = None) -> Fit:
    """Infer the workloads that explain a migration, finished or not; deterministic.

    Each workload has writers whose sets fill up within times a constant factor apart.  `fit` tries
    many shapes of how dirtied memory grows with time, most of them near a power of the time.
    It scales each to explain best what QEMU's looks found, and weighs it by how well it does.

    Args:
        migration: the observed migration.
        memory_mib: the VM's memory, MiB; None: as in the samples.

    Raises:
        ZcpolicyError: an argument is not of its kind, the memory is not known, or no sample of the
            running guest says how much remains, and in which iteration.
    """
    raise_all(
        [
            *instance(Migration).faults("migration", migration),
            *_MEMORY.faults("memory_mib", memory_mib),
        ]
    )
    seen = observed(migration)
    if seen is None:
        raise InvalidValue(
            "migration",
            migration,
            "samples before the switchover that say iteration and remaining_bytes",
            "no sample says how much remains, and in which iteration",
        )
    memory = memory_mib or (seen.pages or 0) // _MIB_PAGES
    if not memory:
        raise InvalidValue(
            "memory_mib",
            memory_mib,
            "the VM's memory, MiB",
            "no sample says how much memory the guest has; give it",
        )
    return _Fitting(seen, memory).fit()


class _Fitting:
    def __init__(self, seen: Observed, memory: int) -> None:
        self._seen = seen
        self._memory = memory
        self._known: Known = {}
        self._looks = evidence(seen.looks, seen.pages)
        if len(self._looks) > _FIRST + _LAST:
            self._looks = self._looks[:_FIRST] + self._looks[-_LAST:]
        chunks = -(-memory // _LOG_MIB)
        self._log = 1 - 1 / chunks  # a single part counts from the beginning
        self._network = _network(seen, memory, self._looks)

    def fit(self) -> Fit:
        unknown = [*_unknown(self._seen, self._looks)]
        if self._looks and max([each.look.dirtied for each in self._looks]) < _IDLE_PAGES:
            idle = self._idle()
            return Fit(workload=idle, workloads=(idle,), unknown=unknown)
        found = _spread_out([self._explained(shape) for shape in SHAPES], len(self._looks))
        least = min([misfit for misfit, _, _ in found])
        weights = [
            shape.prior * math.exp((least - misfit) / 2)
            for shape, (misfit, _, _) in zip(SHAPES, found)
        ]
        best, size = self._typical(found, weights)
        members = self._drawn(found, weights)
        return Fit(
            workload=self._workload(best, size),
            workloads=tuple([self._workload(*member) for member in members]),
            residual=self._residual(best, size),
            unknown=unknown,
            from_sending=tuple([shape.log * self._log for shape, _ in [(best, size), *members]]),
        )

    def _explained(self, shape: Shape) -> Tuple[float, float, float]:
        """A shape's misfit, the logarithm of its size, and how far off that may be."""
        if not self._looks:
            middle = math.log(math.sqrt(_MIB_PAGES * self._memory * _MIB_PAGES))
            return 0.0, middle - math.log(shape.dirtied(10.0)), _BLIND
        logs: List[float] = []
        weights: List[float] = []
        before: Sequence[float] = ()
        for each in self._looks:
            look = each.look
            size, before = self._size(each, shape, before)
            off = _SLOPE * look.off / (look.at - look.since)
            logs.append(math.log(size))
            few = 8 / (look.dirtied + 8)
            noise = _NOISE_MANY if each.of_many else _NOISE
            weights.append(1 / (noise**2 + off**2 + few**2))
        total = sum(weights)
        mean = sum([log * weight for log, weight in zip(logs, weights)]) / total
        misfit = sum([weight * (log - mean) ** 2 for log, weight in zip(logs, weights)])
        # No guest writes more than its memory.
        over = mean - math.log(self._memory * _MIB_PAGES)
        misfit += (max(0.0, over) / _NOISE) ** 2
        return misfit, mean, math.sqrt(1 / total + _DRIFT**2)

    def _size(
        self, each: Evidence, shape: Shape, before: Sequence[float]
    ) -> Tuple[float, Sequence[float]]:
        """The size at which a shape dirties what a look found, and what each of its sets did."""
        look = each.look
        period = (look.at - look.since) / 1000 * (100 - look.throttle) / 100
        shares, means = shape.shares(period, self._known)
        dirty = [size * share for size, share in zip(shape.sets, shares)]
        late = [size * (share - mean) for size, share, mean in zip(shape.sets, shares, means)]
        log = 1 - (1 - shape.log * self._log) / each.looks
        whole = sum(dirty)
        if look.first or not before:
            part = min(look.left / (self._seen.pages or self._memory * _MIB_PAGES), 0.9)
            unit = (1 - part) * (whole - log * sum(late))
            return max(look.dirtied, 1.0) / unit, dirty
        # What remains is divided as it was dirtied; what is still to be sent is not counted again.
        known = sum(before)
        again = sum([part * share for part, share in zip(before, shares)]) / known
        gone = (
            sum([part * (share - mean) for part, share, mean in zip(before, shares, means)]) / known
        )
        hidden = look.left * again + log * max(0.0, look.before - look.left) * gone
        return (max(look.dirtied, 1.0) + hidden) / whole, before if each.within else dirty

    def _workload(self, shape: Shape, size: float) -> Workload:
        scale = math.exp(size) / _MIB_PAGES
        sets = within([scale * each for each in shape.sets], self._memory)
        writers = _writers(sets, shape)
        return Workload(writers=writers, **self._network) if writers else self._idle()

    def _idle(self) -> Workload:
        return Workload(dirty_mib_s=0, working_set_mib=0, **self._network)

    def _typical(
        self, found: Sequence[Tuple[float, float, float]], weights: Sequence[float]
    ) -> Tuple[Shape, float]:
        """The shape and size nearest to the weighted mean."""
        least = max(weights) * _COUNTS
        few = [
            (shape, size, weight, [size + math.log(shape.dirtied(time)) for time in _PERIODS_S])
            for shape, (_, size, _), weight in zip(SHAPES, found, weights)
            if weight > least
        ]
        total = sum([weight for _, _, weight, _ in few])
        mean = [
            sum([weight * curve[i] for _, _, weight, curve in few]) / total
            for i in range(len(_PERIODS_S))
        ]

        def away(curve: Sequence[float]) -> float:
            return sum([(one - other) ** 2 for one, other in zip(curve, mean)])

        shape, size, _, _ = min(few, key=lambda each: away(each[3]))
        return shape, size

    def _residual(self, shape: Shape, size: float) -> float:
        misses = []
        before: Sequence[float] = ()
        for each in self._looks:
            found, before = self._size(each, shape, before)
            misses.append(abs(math.log(found) - size))
        return sum(misses) / len(misses) if misses else 0.0

    def _drawn(
        self, found: Sequence[Tuple[float, float, float]], weights: Sequence[float]
    ) -> List[Tuple[Shape, float]]:
        """Draw shapes and sizes by weight, at even distances, so that the result is repeatable."""
        step = sum(weights) / _COUNT
        made: List[Tuple[Shape, float]] = []
        at, passed = step / 2, 0.0
        for shape, (_, size, off), weight in zip(SHAPES, found, weights):
            for level, part in _LEVELS:
                passed += weight * part
                while at < passed:
                    made.append((shape, size + level * off))
                    at += step
        return made[:_COUNT]


def _spread_out(
    found: Sequence[Tuple[float, float, float]], looks: int
) -> Sequence[Tuple[float, float, float]]:
    """The same, scaled if even the best shape explains the looks worse than their noise allows.

    Then the guest does something that no shape does, such as writing in bursts: the looks say less,
    and more shapes explain them about equally well (Birge's ratio).
    """
    least = min([misfit for misfit, _, _ in found])
    ratio = max(1.0, least / max(1, looks - 1))
    return [
        (misfit / ratio, size, math.sqrt(ratio * (off**2 - _DRIFT**2) + _DRIFT**2))
        for misfit, size, off in found
    ]


# Fewer pages per round are the guest's own clock.
_IDLE_PAGES = 64
# The uncertainty for a guest without a look, as a logarithm.
_BLIND = 2.0


def _writers(sets: Sequence[float], shape: Shape) -> Tuple[Writer, ...]:
    return tuple(
        [
            Writer(mib_s=size / time, set_mib=size, order="sweep" if swept else "random")
            for size, time, swept in zip(sets, shape.times, shape.sweeps)
            if size * _MIB_PAGES >= 1
        ]
    )


def _network(seen: Observed, memory: int, looks: Sequence[Evidence]) -> Dict[str, Any]:
    """The workload fields for network and host that the samples reveal."""
    found: dict[str, Any] = {"zero_share": seen.zero_share or 0.0}
    ended = seen.ended
    if ended is not None and ended.downtime_ms is not None and ended.status == "completed":
        # The downtime includes sending the rest.
        found["overhead_ms"] = min(_OVERHEAD_MS, ended.downtime_ms // 2)
    first = next((each.look for each in looks if each.look.first), None)
    if first is not None and seen.rate and seen.zero_share:
        waited = first.at / 1000 - first.sent / seen.rate
        zeros = seen.zero_share * memory
        # A shorter wait is hidden by the bandwidth limit, or not measurable.
        if waited > 0.1 * first.at / 1000 and waited > zeros * _SCAN_LEAST:
            found["zero_scan_mib_s"] = max(1.0, zeros / waited)
    return found


_OVERHEAD_MS = 50
# The fastest possible scan of a MiB of zeros, s.
_SCAN_LEAST = 1 / 32768


def _unknown(seen: Observed, looks: Sequence[Evidence]) -> List[str]:
    found = []
    if not looks:
        why = (
            "QEMU has not yet looked at what was dirtied"
            if seen.last.iteration == 1
            else "no two samples show what one of QEMU's looks found"
        )
        found.append(f"{why}: how much the guest dirties is not known")
    else:
        shortest = min([each.look.at - each.look.since for each in looks]) / 1000
        if shortest > 1:
            found.append(
                f"no round was shorter than {shortest:.1f} s: what is dirtied in less time is "
                "inferred"
            )
    if seen.zero_share is None:
        found.append("the samples do not count zero pages: how many there are is not known")
    if seen.rate is None:
        found.append("the samples do not show how fast QEMU sends")
    return found


assert PAGE == 1048576 // _MIB_PAGES
