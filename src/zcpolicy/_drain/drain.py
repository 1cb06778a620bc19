"""Plan how a host gets empty: `drain`."""

from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

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
from .._model.policy import MigrationPolicy
from .._model.shipped import SHIPPED
from .course import Course, Item, course
from .moves import ORDERS, Limits, Move, Order, checked, limits
from .plan import Alternative, Leg, Plan, Stay

__all__ = ["drain"]

# How an alternative names an order.
_ORDERED = {"shortest": "the shortest first", "largest": "the largest first"}
# The outcomes with which a VM has left.
_LEAVES = ("completes", "post-copy")


def drain(
    moves: Sequence[Move],
    *,
    link_mbps: Optional[float] = None,
    order: Order = "given",
    outgoing: Optional[int] = None,
    incoming: Mapping[str, int] = {},
) -> Plan:
    """Plan how these VMs leave their host, as Engine and Vdsm would do it.

    All requests are there from the start.  As many run at a time as the requests allow, each with
    its own bandwidth; one whose destination is full lets the next one pass.  They share the link,
    each TCP connection as much, none more than its request.  What is uncertain is uncertain for all
    alike: each variant of the forecasts runs through the whole plan.

        >>> import zcpolicy as zc
        >>> load = zc.Workload(dirty_mib_s=0, working_set_mib=0, zero_share=0, link_mbps=10000)
        >>> r = zc.Scenario().resolve()
        >>> moves = [zc.Move(name=f"vm-{i}", resolution=r, workload=load) for i in range(4)]
        >>> [(leg.name, round(leg.start_ms / 1000)) for leg in zc.drain(moves).legs]
        [('vm-0', 0), ('vm-1', 0), ('vm-2', 17), ('vm-3', 17)]

    Args:
        moves: what is to move.
        link_mbps: what the link out of the host carries for all together, 10^6 bits a second; None:
            the fastest that a workload, or the two hosts of a scenario, say.
        order: in which they start: as ``"given"``, the ``"shortest"`` forecast first, or the
            ``"largest"`` memory first.
        outgoing: how many leave at a time; None: as the requests say.
        incoming: how many come in at a time, by the names of destinations; as above.

    Raises:
        ZcpolicyError: an argument is not as said here, two moves have the same name, they leave
            different hosts, no move goes to a destination that *incoming* names, the requests
            contradict one another in how many may run at a time, or a workload does not fit its VM.
    """
    moves = checked(moves, incoming, link_mbps=link_mbps, order=order, outgoing=outgoing)
    known = limits(moves, outgoing, incoming)
    kinds = _kinds(moves, link_mbps)
    # Only what a move says itself is known of the link; a slower one is in its workload by now.
    found = [mbps for move in moves for mbps in [_link(move)] if mbps is not None]
    carries = link_mbps if link_mbps is not None else max(found, default=None)
    host = _Host(moves, kinds, known, carries)
    ordered = host.ordered(order)
    plan = host.plan(ordered, order)
    tried = _alternatives(moves, host, ordered, order, link_mbps, outgoing, incoming)
    return attr.evolve(plan, alternatives=tuple(tried))


def _link(move: Move) -> Optional[float]:
    load = move.workload.workload if isinstance(move.workload, Fit) else move.workload
    return link_of(move.resolution, load)


def _with_link(move: Move, mbps: Optional[float]) -> Union[Workload, Fit]:
    """The workload, if the link of all carries so much, and its own no more."""
    own = _link(move)
    if mbps is None or (own is not None and own <= mbps):
        return move.workload
    if isinstance(move.workload, Fit):
        return move.workload.with_network(link_mbps=mbps)
    return attr.evolve(move.workload, link_mbps=mbps)


class _Kind:
    """Migrations that are alike.

    Attributes:
        number: what they have in common for a `course`.
        prepared: what a forecast of one needs.
    """

    def __init__(self, number: int, prepared: Prepared) -> None:
        self.number = number
        self.prepared = prepared
        self._alone: Optional[Run] = None

    def member(self, index: int) -> Model:
        """The model of a member of the ensemble; that of number 0 is the forecast's own."""
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


def _kinds(moves: Sequence[Move], link_mbps: Optional[float]) -> List[_Kind]:
    """The kind of each move.

    Raises:
        ZcpolicyError: a workload does not fit its VM.
    """
    # By identity first, which costs less than comparing.
    same: Dict[Tuple[int, int], _Kind] = {}
    equal: Dict[Tuple[Resolution, Union[Workload, Fit]], _Kind] = {}
    found: List[_Kind] = []
    faults: List[ZcpolicyError] = []
    for index, move in enumerate(moves):
        ids = (id(move.resolution), id(move.workload))
        if ids not in same:
            key = (move.resolution, move.workload)
            try:
                if key not in equal:
                    prepared = prepare(move.resolution, _with_link(move, link_mbps))
                    equal[key] = _Kind(len(equal), prepared)
            except ZcpolicyError as error:
                faults += error._at(f"moves[{index}]", {})
                continue
            same[ids] = equal[key]
        found.append(same[ids])
    raise_all(faults)
    return found


class _Host:
    """The host that is to be emptied."""

    def __init__(
        self,
        moves: Sequence[Move],
        kinds: Sequence[_Kind],
        limits: Limits,
        link_mbps: Optional[float],
    ) -> None:
        self.moves = moves
        self.kinds = kinds
        self.limits = limits
        self.link_mbps = link_mbps

    def ordered(self, order: Order) -> List[int]:
        """The places of the moves in an order; of equal ones the first comes first."""
        places = list(range(len(self.moves)))
        if order == "largest":
            places.sort(key=lambda place: -self.moves[place].resolution.scenario.vm.memory_mib)
        elif order == "shortest":
            places.sort(key=lambda place: _length(self.kinds[place]))
        return places

    def course(
        self, ordered: Sequence[int], index: int = 0, limits: Optional[Limits] = None
    ) -> Course:
        """How it goes for a member of the ensemble."""
        items = [
            Item(
                kind.number,
                kind.member(index),
                move.resolution.parameters.parallel or 1,
                move.goes_to,
            )
            for place in ordered
            for move, kind in [(self.moves[place], self.kinds[place])]
        ]
        capacity = None
        if self.link_mbps is not None:
            # The link of a variant is off by as much as it is for its migrations.
            off = max([i.model.link / k.prepared.model.link for i, k in self._both(items, ordered)])
            capacity = -int(-link_bytes(self.link_mbps) * off // 1)
        return course(items, limits or self.limits, capacity, keep=index == 0)

    def _both(self, items: Sequence[Item], ordered: Sequence[int]) -> Iterator[Tuple[Item, _Kind]]:
        return zip(items, [self.kinds[place] for place in ordered])

    def plan(self, ordered: Sequence[int], order: Order) -> Plan:
        """The plan."""
        if not ordered:
            return self._empty(order)
        courses = [self.course(ordered)]
        worked_out = 0
        for index in range(1, 1 + max([len(kind.prepared.members) for kind in self.kinds])):
            if enough(index - 1, worked_out, len(ordered)):
                break
            courses.append(self.course(ordered, index))
            worked_out += courses[-1].worked_out
        legs: List[Leg] = []
        stays: List[Stay] = []
        keeps = [True] * len(courses)
        blocking = self._blocking(ordered, courses[0])
        for index, place in enumerate(ordered):
            move, kind = self.moves[place], self.kinds[place]
            ran = courses[0].ran[index]
            if ran is None:
                reason = f"It never starts: {blocking}."
                stays.append(Stay(name=move.name, reason=reason, forecast=kind.forecast()))
                continue
            others = [(at, each.ran[index]) for at, each in enumerate(courses)]
            runs = [(at, (each.model, each.run)) for at, each in others if each is not None]
            _, kept = counted([run for _, run in runs], seldom=kind.prepared.seldom)
            for (at, _), keep in zip(runs, kept):
                keeps[at] = keeps[at] and keep
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
            if forecast.outcome not in _LEAVES:
                stays.append(Stay(name=move.name, reason=forecast.verdict, forecast=forecast))
        totals = [each.total for each, keep in zip(courses, keeps) if keep]
        outer = min([kind.prepared.outer for kind in self.kinds])
        return Plan(
            stays=tuple(stays),
            total_ms=courses[0].total,
            total_ms_range=spread(totals, courses[0].reached, outer),
            legs=tuple(sorted(legs, key=lambda leg: leg.start_ms)),
            outgoing=self.limits.outgoing,
            link_mbps=self.link_mbps,
            order=order,
        )

    def _empty(self, order: Order) -> Plan:
        return Plan(
            stays=(),
            total_ms=0,
            total_ms_range=(0, 0),
            legs=(),
            outgoing=self.limits.outgoing,
            link_mbps=self.link_mbps,
            order=order,
        )

    def _blocking(self, ordered: Sequence[int], first: Course) -> str:
        """What keeps those that never start from it."""
        names = [
            self.moves[place].name
            for place, ran in zip(ordered, first.ran)
            if ran is not None and ran.end is None
        ]
        if len(names) == 1:
            return f"{names[0]} never ends, and keeps its slot"
        return f"{', '.join(names)} never end, and keep their slots"

    def alternative(
        self, change: str, ordered: Sequence[int], limits: Optional[Limits] = None
    ) -> Alternative:
        """The same otherwise, without its ranges."""
        found = self.course(ordered, limits=limits)
        stays = [
            self.moves[place].name
            for place, ran in zip(ordered, found.ran)
            if ran is None or ran.run.outcome not in _LEAVES
        ]
        return Alternative(change=change, total_ms=found.total, stays=tuple(stays))


def _length(kind: _Kind) -> Tuple[bool, int]:
    run = kind.alone
    return run.outcome == "never", ended(kind.prepared.model, run).total_ms


def _alternatives(
    moves: Sequence[Move],
    host: _Host,
    ordered: Sequence[int],
    order: Order,
    link_mbps: Optional[float],
    outgoing: Optional[int],
    incoming: Mapping[str, int],
) -> Iterator[Alternative]:
    """Other ways: fewer at a time, another order, a policy that ships for all."""
    if len(moves) > 1:
        now = min(host.limits.outgoing, len(moves))
        for fewer in sorted({1, now - 1} - {0, now}):
            limits_then = Limits(fewer, host.limits.incoming)
            yield host.alternative(f"{fewer} at a time", ordered, limits_then)
        for other in ORDERS:
            places = host.ordered(other)
            if other in _ORDERED and places != list(ordered):
                yield host.alternative(_ORDERED[other], places)
    for policy in SHIPPED:
        changed = _under(moves, policy)
        if changed is None:
            continue
        try:
            then = limits(changed, outgoing, incoming)
        except ZcpolicyError:
            continue  # it is not known how many would run at a time
        with_policy = _Host(changed, _kinds(changed, link_mbps), then, host.link_mbps)
        yield with_policy.alternative(f"policy {policy.name}", with_policy.ordered(order))


def _under(moves: Sequence[Move], policy: MigrationPolicy) -> Optional[List[Move]]:
    """The moves if the cluster has that policy and no VM its own; None if nothing changes."""
    made: Dict[int, Resolution] = {}
    differs = False
    for move in moves:
        resolution = move.resolution
        if id(resolution) in made:
            continue
        scenario = resolution.scenario
        vm = scenario.vm if scenario.vm.policy is None else attr.evolve(scenario.vm, policy=None)
        then = attr.evolve(scenario, policy=policy, vm=vm)
        made[id(resolution)] = attr.evolve(resolution, scenario=then)
        differs = differs or made[id(resolution)].parameters != resolution.parameters
    if not differs:
        return None
    return [attr.evolve(move, resolution=made[id(move.resolution)]) for move in moves]
