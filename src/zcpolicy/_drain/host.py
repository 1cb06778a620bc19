"""The host to empty: its moves, and how they go."""

from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

import attr

from .._base.errors import ZcpolicyError, raise_all
from .._decision.resolution import Resolution
from .._forecast.ensemble import Variant, counted, ended, enough, run_all, spread
from .._forecast.fit import Fit
from .._forecast.forecast import Forecast, Round
from .._forecast.model import Model, link_bytes
from .._forecast.model import link_mbps as link_of
from .._forecast.run import Run
from .._forecast.simulation import Prepared, prepare
from .._forecast.workload import Workload
from .course import Course, Item, course
from .moves import Asked, Move, Order, limits
from .plan import LEAVES, Leg, Plan, Stay

__all__ = ["Host", "Kind", "Outline"]


def _link(move: Move) -> Optional[float]:
    load = move.workload.workload if isinstance(move.workload, Fit) else move.workload
    return link_of(move.resolution, load)


def _with_link(move: Move, mbps: Optional[float]) -> Union[Workload, Fit]:
    """The workload, with its link limited to the link of all migrations."""
    own = _link(move)
    if mbps is None or (own is not None and own <= mbps):
        return move.workload
    if isinstance(move.workload, Fit):
        return move.workload.with_network(link_mbps=mbps)
    return attr.evolve(move.workload, link_mbps=mbps)


class Kind:
    """Identical migrations.

    Attributes:
        number: their number in a `course`.
        prepared: the input of a forecast for one of them.
    """

    def __init__(self, number: int, prepared: Prepared) -> None:
        self.number = number
        self.prepared = prepared
        self._alone: Optional[Run] = None

    def member(self, index: int) -> Model:
        """The model of a member of the ensemble; number 0 is the forecast's own."""
        members: Sequence[Variant] = self.prepared.members
        return members[(index - 1) % len(members)][0] if index else self.prepared.model

    @property
    def alone(self) -> Run:
        """The run with the link to itself."""
        if self._alone is None:
            self._alone = Run(self.prepared.model, []).run()
        return self._alone

    def forecast(self) -> Forecast:
        """The forecast with the link to itself."""
        run, prepared = self.alone, self.prepared
        return prepared.forecast(run_all(run, prepared.model, prepared.members), run.rounds or ())


def _kinds(moves: Sequence[Move], link_mbps: Optional[float]) -> List[Kind]:
    """The kind of each move.

    Raises:
        ZcpolicyError: a workload does not fit its VM.
    """
    # Comparing by identity first is cheaper.
    same: Dict[Tuple[int, int], Kind] = {}
    equal: Dict[Tuple[Resolution, Union[Workload, Fit]], Kind] = {}
    found: List[Kind] = []
    faults: List[ZcpolicyError] = []
    for index, move in enumerate(moves):
        ids = (id(move.resolution), id(move.workload))
        if ids not in same:
            key = (move.resolution, move.workload)
            try:
                if key not in equal:
                    prepared = prepare(move.resolution, _with_link(move, link_mbps))
                    equal[key] = Kind(len(equal), prepared)
            except ZcpolicyError as error:
                faults += error._relocated(f"moves[{index}]", {})
                continue
            same[ids] = equal[key]
        found.append(same[ids])
    raise_all(faults)
    return found


class Outline(NamedTuple):
    """The result of a plan with one run each, without ranges.

    Attributes:
        stays: the VMs that will not leave.
        total_ms: when all migrations are over, ms; None if never.
        downtime_ms: the longest downtime, ms.
        throttle: the most that autoconverge takes, percent.
        worked_out: how many rounds were computed for it.
    """

    stays: Tuple[str, ...]
    total_ms: Optional[int]
    downtime_ms: int
    throttle: int
    worked_out: int


class Host:
    """The host to empty.

    Attributes:
        asked: the arguments of `drain`.
        limits: how many run at a time.
        link_mbps: the capacity of the link, Mbps; None if not known.
        order: the places of the moves in the order in which they start.
        worked_out: how many rounds were computed for plans.

    Raises:
        ZcpolicyError: the moves do not fit together.
    """

    def __init__(self, asked: Asked, like: Optional["Host"] = None) -> None:
        """Build from arguments; *like* is a host that shares some of them."""
        self.asked = asked
        self.moves = asked.moves
        self.limits = limits(asked.moves, asked.outgoing, asked.incoming)
        self.kinds: Sequence[Kind]
        if like is not None and like.moves is asked.moves:
            self.kinds = like.kinds
        else:
            self.kinds = _kinds(asked.moves, asked.link_mbps)
        # Use what the moves themselves say of the link; a slower one is already in their workloads.
        found = [mbps for move in self.moves for mbps in [_link(move)] if mbps is not None]
        self.link_mbps = (
            asked.link_mbps if asked.link_mbps is not None else max(found, default=None)
        )
        self.order = self.in_order(asked.order)
        self.worked_out = 0

    def in_order(self, order: Order) -> List[int]:
        """The places of the moves in an order; equal ones stay in their order."""
        places = list(range(len(self.moves)))
        if order == "largest":
            places.sort(key=lambda place: -self.moves[place].resolution.scenario.vm.memory_mib)
        elif order == "shortest":
            places.sort(key=lambda place: _length(self.kinds[place]))
        return places

    def _course(self, index: int) -> Course:
        """Run the plan for a member of the ensemble."""
        items = [
            Item(
                kind.number,
                kind.member(index),
                move.resolution.parameters.parallel or 1,
                move.goes_to,
            )
            for place in self.order
            for move, kind in [(self.moves[place], self.kinds[place])]
        ]
        capacity = None
        if self.link_mbps is not None:
            # A variant's link is off by the same factor for the host as for its migrations.
            offs = [i.model.link / k.prepared.model.link for i, k in self._both(items)]
            off = max(offs, default=1)
            capacity = -int(-link_bytes(self.link_mbps) * off // 1)
        return course(items, self.limits, capacity, keep=index == 0)

    def _both(self, items: Sequence[Item]) -> Iterator[Tuple[Item, Kind]]:
        return zip(items, [self.kinds[place] for place in self.order])

    def outline(self) -> Outline:
        """The approximate result of the plan."""
        found = self._course(0)
        ran = [each for each in found.ran if each is not None]
        ends = [ended(each.model, each.run) for each in ran]
        return Outline(
            stays=tuple(
                [
                    self.moves[place].name
                    for place, each in zip(self.order, found.ran)
                    if each is None or each.run.outcome not in LEAVES
                ]
            ),
            total_ms=found.total,
            downtime_ms=max([each.downtime_ms for each in ends], default=0),
            throttle=max([each.run.throttle for each in ran], default=0),
            worked_out=found.worked_out,
        )

    def plan(self) -> Plan:
        """The plan, without alternatives and options."""
        if not self.moves:
            return self._empty()
        courses = [self._course(0)]
        worked_out = 0
        for index in range(1, 1 + max([len(kind.prepared.members) for kind in self.kinds])):
            if enough(index - 1, worked_out, len(self.moves)):
                break
            courses.append(self._course(index))
            worked_out += courses[-1].worked_out
        self.worked_out += worked_out
        legs: List[Leg] = []
        stays: List[Stay] = []
        seldom: List[Set[int]] = []
        blocking = self._blocking(courses[0])
        for index, place in enumerate(self.order):
            move, kind = self.moves[place], self.kinds[place]
            ran = courses[0].ran[index]
            if ran is None:
                reason = f"It never starts: {blocking}."
                stays.append(Stay(name=move.name, reason=reason, forecast=kind.forecast()))
                continue
            others = [(at, each.ran[index]) for at, each in enumerate(courses)]
            runs = [(at, (each.model, each.run)) for at, each in others if each is not None]
            _, kept = counted([run for _, run in runs], seldom=kind.prepared.seldom)
            seldom.append({at for (at, _), keep in zip(runs, kept) if not keep})
            rounds: Sequence[Round] = ran.run.rounds or ()
            forecast = kind.prepared.forecast([run for _, run in runs], rounds)
            legs.append(
                Leg(
                    name=move.name,
                    destination=move.goes_to,
                    start_ms=ran.start,
                    end_ms=ran.end,
                    forecast=forecast,
                )
            )
            if forecast.outcome not in LEAVES:
                stays.append(Stay(name=move.name, reason=forecast.verdict, forecast=forecast))
        share = max([kind.prepared.seldom for kind in self.kinds])
        left_out = _left_out(seldom, share * len(courses))
        totals = [each.total for at, each in enumerate(courses) if at not in left_out]
        outer = min([kind.prepared.outer for kind in self.kinds])
        return Plan(
            stays=tuple(stays),
            total_ms=courses[0].total,
            total_ms_range=spread(totals, courses[0].reached, outer),
            legs=tuple(sorted(legs, key=lambda leg: leg.start_ms)),
            outgoing=self.limits.outgoing,
            link_mbps=self.link_mbps,
            order=self.asked.order,
        )

    def _empty(self) -> Plan:
        return Plan(
            stays=(),
            total_ms=0,
            total_ms_range=(0, 0),
            legs=(),
            outgoing=self.limits.outgoing,
            link_mbps=self.link_mbps,
            order=self.asked.order,
        )

    def _blocking(self, first: Course) -> str:
        """What blocks those that never start."""
        names = [
            self.moves[place].name
            for place, ran in zip(self.order, first.ran)
            if ran is not None and ran.end is None
        ]
        if len(names) == 1:
            return f"{names[0]} never ends, and keeps its slot"
        return f"{', '.join(names)} never end, and keep their slots"


def _left_out(seldom: Sequence[Set[int]], most: float) -> Set[int]:
    """The courses that do not count, because a leg ends in an outcome that is rare for it.

    All of one leg, as in its forecast.  With many legs, some leg often ends in a rare way; together
    they leave out no more than *most*.
    """
    found: Set[int] = set()
    for each in sorted(seldom, key=len, reverse=True):
        if not found or len(found | each) <= most:
            found |= each
    return found


def _length(kind: Kind) -> Tuple[bool, int]:
    run = kind.alone
    return run.outcome == "never", ended(kind.prepared.model, run).total_ms
