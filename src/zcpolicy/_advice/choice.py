"""Picks the candidates worth an option: the undominated ones, the simplest first."""

import math
from typing import Any, Callable, Dict, List, NamedTuple, Protocol, Sequence, Tuple, TypeVar

from .goal import Ends, Goal

__all__ = ["OPTIONS_MAX", "Candidate", "about_as_good", "chosen", "front", "meets"]

# Nobody compares more.
OPTIONS_MAX = 7
# What costs this factor more is as good if it has fewer changes or a shorter downtime.
_AS_GOOD = 1.1
_AS_GOOD_THROTTLE = 5
_STEPS = 20


class Candidate(NamedTuple):
    """A possible way to migrate, reduced to what its choice depends on.

    Attributes:
        ends: its upper ends, as forecast or as predicted.
        best: the severity of its best possible outcome.
        changes: the number of changes.
        weight: the weight of the changes.
        gentleness: orders candidates with equally many changes.
        kind: what candidates that differ only in the schedule share.
        number: its place among all, which breaks ties.
    """

    ends: Ends
    best: int
    changes: int
    weight: int
    gentleness: Tuple[float, ...]
    kind: Any
    number: int

    @property
    def costs(self) -> Tuple[float, ...]:
        """The costs; to dominate it, another must not be worse in any of these."""
        return (self.ends.total_ms, self.ends.downtime_ms, self.ends.throttle, self.changes)

    @property
    def order(self) -> Tuple[Any, ...]:
        """The sort key: the fewest and gentlest changes first."""
        return (self.changes, self.weight, self.gentleness, self.number)


class _Costly(Protocol):
    """Something with costs, and a place among others."""

    @property
    def costs(self) -> Tuple[float, ...]: ...

    @property
    def order(self) -> Tuple[Any, ...]: ...


_Costs = TypeVar("_Costs", bound=_Costly)


def front(candidates: Sequence[_Costs]) -> List[_Costs]:
    """The undominated ones, in order; of equals the first."""
    found: List[_Costs] = []
    # Sorted by costs, what dominates comes before what it dominates.
    for each in sorted(candidates, key=lambda each: (each.costs, each.order)):
        if not any([_as_good(other.costs, each.costs) for other in found]):
            found.append(each)
    return sorted(found, key=lambda each: each.order)


def _as_good(one: Sequence[float], other: Sequence[float]) -> bool:
    return all([a <= b for a, b in zip(one, other)])


def _distinct(candidates: Sequence[Candidate]) -> List[Candidate]:
    """Drop those that gain too little for their changes over an earlier one."""
    found: List[Candidate] = []
    for each in candidates:
        fewer = [other.ends for other in found if other.changes < each.changes]
        if not any([about_as_good(other, each.ends) for other in fewer]):
            found.append(each)
    return found


def about_as_good(ends: Ends, others: Ends) -> bool:
    """Whether the gain of the second over the first is not worth a change."""
    return (
        ends.total_ms <= others.total_ms * _AS_GOOD
        and ends.downtime_ms <= others.downtime_ms * _AS_GOOD
        and ends.throttle <= others.throttle + _AS_GOOD_THROTTLE
    )


def meets(candidate: Candidate, goal: Goal) -> bool:
    """Whether a candidate's whole range meets a goal."""
    return not any(goal.excess(candidate.ends))


def chosen(candidates: Sequence[Candidate], goal: Goal) -> List[Candidate]:
    """Choose the options: what meets the goal, or else what comes nearest; at most seven."""
    good = [each for each in candidates if meets(each, goal)]
    if good:
        return _few(_distinct(front(good)))
    nearest = min([_class(each, goal) for each in candidates])
    near = front([each for each in candidates if _class(each, goal) == nearest])
    # If nothing can complete, changes are pointless.
    if nearest[1] > 1:
        near = near[:1]
    kinds: Dict[Any, Candidate] = {}
    for each in sorted(_distinct(near), key=lambda each: (_missed(each, goal), each.order)):
        kinds.setdefault(each.kind, each)
    return [*kinds.values()][:OPTIONS_MAX]


def _class(each: Candidate, goal: Goal) -> Tuple[float, int]:
    return (goal.excess(each.ends)[0], each.best)


def _missed(each: Candidate, goal: Goal) -> float:
    """How far it misses the goal: the largest share, in steps that make a difference."""
    most = max(goal.excess(each.ends)[1:])
    return most if math.isinf(most) else float(int(most * _STEPS))


def _few(good: Sequence[Candidate]) -> List[Candidate]:
    """The simplest, the best in each respect, and the best of each kind, at most seven.

    *good* has the undominated candidates, in order.
    """
    found: Dict[int, Candidate] = {good[0].number: good[0]}
    for best in _BEST:
        each = best(good)
        found[each.number] = each
    kinds: Dict[Any, List[Candidate]] = {}
    for each in good:
        kinds.setdefault(each.kind, []).append(each)
    for same in kinds.values():
        for best in (_shortest_downtime, _fastest):
            each = best(same)
            if len(found) < OPTIONS_MAX:
                found.setdefault(each.number, each)
    return sorted(found.values(), key=lambda each: each.order)


def _fastest(good: Sequence[Candidate]) -> Candidate:
    """Among those that take about the shortest time, the one with the shortest downtime."""
    least = min([each.ends.total_ms for each in good])
    quick = [each for each in good if each.ends.total_ms <= least * _AS_GOOD]
    return min(quick, key=lambda each: (each.ends.downtime_ms, each.ends.throttle, each.order))


def _shortest_downtime(good: Sequence[Candidate]) -> Candidate:
    return min(good, key=lambda each: (each.ends.downtime_ms, each.order))


def _least_throttle(good: Sequence[Candidate]) -> Candidate:
    return min(good, key=lambda each: (each.ends.throttle, each.order))


_BEST: Tuple[Callable[[Sequence[Candidate]], Candidate], ...] = (
    _shortest_downtime,
    _fastest,
    _least_throttle,
)
