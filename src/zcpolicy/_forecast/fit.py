"""The workloads that explain a migration: `fit`."""

import math
from typing import Any, Dict, List, Optional, Sequence, Tuple

import attr

from .._base.errors import InvalidValue, raise_all
from .._base.fields import TEXT, Fields, Kind, as_tuple, instance, integer, items, optional
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

# How many workloads an ensemble has.
_COUNT = 40
# The looks that count: the first end long rounds, the last say what the guest does now.
_FIRST, _LAST = 8, 10
# How far off, as a share of it, what a look finds may be though the shape is right: the load of
# repetitions of the same benchmark differs by so much from one round to the other.
_NOISE = 0.06
# The same where QEMU looks many times a pass: where in memory it has got to counts, too.
_NOISE_MANY = 0.3
# By how much the load may be another one later.
_DRIFT = 0.06
# A look is between two samples, and in a longer time more is dirtied: in the mean so much, as a
# power, and by the deviation of even chances.
_SLOPE = 0.4
# QEMU takes KVM's dirty log for pages anew by 1 GiB, as the first of them is sent.
_LOG_MIB = 1024
# Shapes of which the likelihood is a smaller part of the largest do not count for the best.
_COUNTS = 0.02
# Where shapes are compared, s.
_PERIODS_S = (0.1, 0.3, 1.0, 3.0, 10.0)
# Deviations of the scale, and what each stands for.
_LEVELS = ((-1.6, 0.15), (-0.7, 0.2), (0.0, 0.3), (0.7, 0.2), (1.6, 0.15))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Fit:
    """The workloads that explain what a migration showed.

    Attributes:
        workload: the best of them.
        workloads: all that explain it about as well.
        residual: how far off the best one is, as a share of what QEMU found dirtied, in the mean
            over its looks.
        unknown: what the evidence cannot tell, a sentence each.
        from_sending: for the best and then for each workload, the part of the pages of a round for
            which writes count from when they are sent, not from when the round begins, 0 to 1.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    workload: Workload
    workloads: Tuple[Workload, ...] = attr.ib(converter=as_tuple)
    residual: float = 0.0
    unknown: Tuple[str, ...] = attr.ib(default=(), converter=as_tuple)
    from_sending: Tuple[float, ...] = attr.ib(default=(), converter=as_tuple)

    def __attrs_post_init__(self) -> None:
        FIT.check(self)
        expected = len(self.workloads) + 1
        if len(self.from_sending) not in (0, expected):
            raise InvalidValue("from_sending", self.from_sending, f"{expected} numbers, or none")

    def with_network(self, **network: Any) -> "Fit":
        """The same guest with other fields of its workloads, such as ``link_mbps``.

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
        items(instance(Workload), "a list of Workloads, one at least"),
        accepts=lambda value: value != (),
    ),
    residual=Kind(
        types=(int, float), expected="a number from 0 on", accepts=lambda value: value >= 0
    ),
    unknown=items(TEXT, "a list of strings"),
    from_sending=items(number(0, 1), "a list of numbers from 0 to 1"),
)
_MEMORY = optional(integer(1))


def fit(migration: Migration, memory_mib: Optional[int] = None) -> Fit:
    """The workloads that explain a migration, finished or not; the same each time.

    Each is made of writers whose sets fill up within times a factor apart.  Many shapes of what a
    guest dirties as time goes on are tried, most of them near to a power of the time; each gets the
    size at which it explains best what QEMU's looks found, and counts as far as it does so.

    Args:
        migration: what was seen of it.
        memory_mib: the VM's memory, MiB; without it what the samples say.

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
            "no sample says how much memory the guest has, so give it",
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
        self._log = 1 - 1 / chunks  # with one part all of it counts from the beginning
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
        """How badly a shape explains the looks, the logarithm of its size, and how far off."""
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
        """The size at which a shape has dirtied what a look found, and how it is divided."""
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
        # What remains is divided as it was dirtied; what is still to be sent is not dirtied anew.
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
        """The shape and size that are nearest to the mean of all, as far as they count."""
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
        """So many of all shapes and sizes as count, at even distances: the same each time."""
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
    """The same, where even the best shape explains the looks worse than their noise allows.

    Then the guest does what no shape does, such as writing in bursts: the looks tell less by so
    much, and more shapes explain them about as well (Birge's ratio).
    """
    least = min([misfit for misfit, _, _ in found])
    ratio = max(1.0, least / max(1, looks - 1))
    return [
        (misfit / ratio, size, math.sqrt(ratio * (off**2 - _DRIFT**2) + _DRIFT**2))
        for misfit, size, off in found
    ]


# Fewer pages a round are the guest's own clock.
_IDLE_PAGES = 64
# How little is known of a guest without a look, as a logarithm.
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
    """What the samples tell of the network and the host, as fields of a workload."""
    found: dict[str, Any] = {"zero_share": seen.zero_share or 0.0}
    ended = seen.ended
    if ended is not None and ended.downtime_ms is not None and ended.status == "completed":
        # What was sent meanwhile is in it, too.
        found["overhead_ms"] = min(_OVERHEAD_MS, ended.downtime_ms // 2)
    first = next((each.look for each in looks if each.look.first), None)
    if first is not None and seen.rate and seen.zero_share:
        waited = first.at / 1000 - first.sent / seen.rate
        zeros = seen.zero_share * memory
        # Less than that is hidden by the bandwidth limit, or not measurable.
        if waited > 0.1 * first.at / 1000 and waited > zeros * _SCAN_LEAST:
            found["zero_scan_mib_s"] = max(1.0, zeros / waited)
    return found


_OVERHEAD_MS = 50
# Nothing passes over a MiB of zeros faster, s.
_SCAN_LEAST = 1 / 32768


def _unknown(seen: Observed, looks: Sequence[Evidence]) -> List[str]:
    found = []
    if not looks:
        why = (
            "QEMU has not looked at what was dirtied yet"
            if seen.last.iteration == 1
            else "no two samples show what a look of QEMU found"
        )
        found.append(f"{why}: how much is dirtied is not known")
    else:
        shortest = min([each.look.at - each.look.since for each in looks]) / 1000
        if shortest > 1:
            found.append(
                f"no round was shorter than {shortest:.1f} s: what is dirtied within less is "
                "inferred"
            )
    if seen.zero_share is None:
        found.append("the samples count no zero pages: how many there are is not known")
    if seen.rate is None:
        found.append("the samples do not show how fast it sends")
    return found


assert PAGE == 1048576 // _MIB_PAGES
