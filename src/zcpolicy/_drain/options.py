"""What would help: other ways to run a whole plan; the undominated ones become options.

Many ways get one run each, at most seven a whole plan.  Each value of each lever is tried on its
own, then the best value of each lever together with those of the others.
"""

import itertools
import math
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .._advice.choice import OPTIONS_MAX, about_as_good, front
from .._advice.goal import Ends, ends_of
from .._advice.option import Change
from .._base.errors import ZcpolicyError
from .host import Host, Outline
from .levers import LEVERS, Lever, Set, Value
from .plan import LEAVES, Alternative, Plan, PlanOption

__all__ = ["OtherWays", "other_ways"]

# Only a total below this factor of the old one helps.
_LESS = 0.99
# After this many rounds nothing more is combined, and after as many more nothing more is planned:
# about two seconds each.
_ROUNDS = 100_000

_Taken = Tuple[Tuple[Lever, Value], ...]


class OtherWays(NamedTuple):
    """The results of the search.

    Attributes:
        alternatives: each single change, in the order of the levers.
        options: the ways that would help.
    """

    alternatives: Tuple[Alternative, ...]
    options: Tuple[PlanOption, ...]


class _Worth(NamedTuple):
    """The value of a plan: how many VMs stay, how many may stay, and the upper ends."""

    stays: int
    unsure: int
    ends: Ends


class _Way(NamedTuple):
    """A way that was tried.

    Attributes:
        worth: its value.
        outline: its result with one run each.
        changes: the changes.
        weight: the weight of the changes, beyond their number.
        number: its place among all, which breaks ties.
        host: the host with the changes.
        plan: its whole plan; None until needed.
    """

    worth: _Worth
    outline: Outline
    changes: Tuple[Change, ...]
    weight: int
    number: int
    host: Host
    plan: Optional[Plan] = None

    @property
    def costs(self) -> Tuple[float, ...]:
        """The costs; to dominate it, another must not be worse in any of these."""
        stays, unsure, ends = self.worth
        return (stays, unsure, ends.total_ms, ends.downtime_ms, ends.throttle, len(self.changes))

    @property
    def order(self) -> Tuple[float, ...]:
        """The sort key: the fewest and gentlest changes first."""
        return (len(self.changes), self.weight, *self.costs, self.number)

    def helps(self, now: _Worth) -> bool:
        """Whether more VMs leave, or the same ones sooner."""
        stays, unsure, ends = self.worth
        if stays == len(self.host.moves):
            return False
        if (stays, unsure) == (now.stays, now.unsure):
            return ends.total_ms < _LESS * now.ends.total_ms
        return (stays, unsure) < (now.stays, now.unsure)


def other_ways(host: Host, plan: Plan) -> OtherWays:
    """Search for other ways, and for those that would help.

    Args:
        host: the host as it is.
        plan: its plan.
    """
    search = _Search(host)
    alternatives = tuple(search.alternatives())
    return OtherWays(alternatives, tuple(search.options(plan)))


class _Search:
    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: Dict[_Taken, Set] = {}
        self._tried: List[_Way] = []
        self._best: List[Tuple[Lever, Value]] = []
        self._worked_out = 0

    def alternatives(self) -> Iterator[Alternative]:
        """Try all single changes."""
        for lever in LEVERS:
            found: List[Tuple[_Worth, int, Value]] = []
            for value in lever.values(self._host):
                way = self._try(((lever, value),))
                if way is not None:
                    found.append((way.worth, way.number, value))
                    stays, total, *_ = way.outline
                    yield Alternative(change=value.words, total_ms=total, stays=stays)
            if found:
                self._best.append((lever, min(found)[2]))

    def _try(self, taken: _Taken) -> Optional[_Way]:
        """Try these values; None if one of them changes nothing."""
        try:
            found = self._set(taken)
            if found is None:
                return None
            asked, changes = found
            # The same moves have the same kinds.
            hosts = [way.host for way in self._tried if way.host.moves is asked.moves]
            host = Host(asked, hosts[0] if hosts else self._host)
        except ZcpolicyError:
            return None  # it is not known how many would run at a time
        outline = host.outline()
        self._worked_out += outline.worked_out
        weight = sum([value.weight for _, value in taken])
        way = _Way(_worth_of(outline), outline, changes, weight, len(self._tried), host)
        self._tried.append(way)
        return way

    def _set(self, taken: _Taken) -> Set:
        """Set these values, one after the other."""
        if not taken:
            return self._host.asked, ()
        if taken not in self._known:
            before, (lever, value) = self._set(taken[:-1]), taken[-1]
            found = None if before is None else lever.set(before[0], value.value)
            self._known[taken] = found and before and (found[0], before[1] + found[1])
        return self._known[taken]

    def options(self, plan: Plan) -> Iterator[PlanOption]:
        """Plan the undominated ways that help."""
        for number in range(2, len(self._best) + 1):
            for taken in itertools.combinations(self._best, number):
                if self._worked_out < _ROUNDS:
                    self._try(taken)
        now = _worth_of(self._host.outline())
        planned: List[_Way] = []
        self._worked_out = 0
        for way in _few(_distinct(front([way for way in self._tried if way.helps(now)]))):
            if planned and self._worked_out >= _ROUNDS:
                break
            found = way.host.plan()
            self._worked_out += way.host.worked_out
            planned.append(way._replace(worth=_worth_of_plan(found), plan=found))
        helping = [way for way in planned if way.helps(_worth_of_plan(plan))]
        for way in _distinct(front(helping)):
            assert way.plan is not None
            yield PlanOption(changes=way.changes, moves=way.host.moves, plan=way.plan)


def _worth_of(outline: Outline) -> _Worth:
    total = math.inf if outline.total_ms is None else outline.total_ms
    return _Worth(len(outline.stays), 0, Ends(0, total, outline.downtime_ms, outline.throttle))


def _worth_of_plan(plan: Plan) -> _Worth:
    """The value of a plan, by the upper ends of its ranges."""
    ends = [ends_of(leg.forecast) for leg in plan.legs]
    may_stay = [leg for leg in plan.legs if not {*leg.forecast.outcomes} <= {*LEAVES}]
    upper = plan.total_ms_range[1]
    return _Worth(
        len(plan.stays),
        len(may_stay),
        Ends(
            severity=0,
            total_ms=math.inf if upper is None else upper,
            downtime_ms=max([each.downtime_ms for each in ends], default=0),
            throttle=max([each.throttle for each in ends], default=0),
        ),
    )


def _distinct(ways: Sequence[_Way]) -> List[_Way]:
    """Drop ways that gain too little for their changes over one with fewer."""
    found: List[_Way] = []
    for way in ways:
        fewer = [
            other.worth.ends
            for other in found
            if len(other.changes) < len(way.changes) and other.worth[:2] <= way.worth[:2]
        ]
        if not any([about_as_good(ends, way.worth.ends) for ends in fewer]):
            found.append(way)
    return found


def _few(ways: Sequence[_Way]) -> List[_Way]:
    """The best, the simplest, the best in each respect, then others in order; at most seven."""
    if not ways:
        return []
    first = [min(ways, key=lambda way: (way.costs, way.number)), ways[0]]
    for place in range(2, 5):  # the total, the downtime, the throttle
        first.append(min(ways, key=lambda way: (way.costs[place], way.order)))
    found = {way.number: way for way in [*first, *ways]}
    return [*found.values()][:OPTIONS_MAX]
