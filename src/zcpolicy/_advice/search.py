"""Searches for options: a few runs for many drafts, whole forecasts for at most twenty.

More bandwidth and more time never hurt, and a longer limit never makes a migration longer.  So the
search leaves out drafts that only cost changes, and finds the shortest sufficient limit of each way
to make a schedule by bisection.
"""

from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

from .._forecast.forecast import Forecast
from .._forecast.members import beside_limit_ms, model_alone, models
from .._forecast.model import Model
from .._forecast.simulation import simulate
from .._model.scenario import Scenario
from .choice import Candidate, chosen, meets
from .goal import Goal, ends_of, severity
from .prediction import Prediction, Standing, predicted, standing
from .ranking import gentleness
from .schedules import PATIENCES, SWITCHES, limits_within, patience_for
from .space import Draft, Network, Space, Way

__all__ = ["FORECASTS_MAX", "Found", "search"]

# The most whole forecasts; one more finds the models that represent a forecast.
FORECASTS_MAX = 19
# Whether to try long pauses, and how many forecasts there may be by then.
_PASSES = ((False, 13), (True, FORECASTS_MAX))
# Up to this factor of the shortest time is as good.
_AS_GOOD = 1.05
# The whole forecast may favour a limit this far from the one found.
_BESIDE = 1


class Found(NamedTuple):
    """A draft with its whole forecast."""

    draft: Draft
    forecast: Forecast
    candidate: Candidate


def search(space: Space, goal: Goal) -> Tuple[Found, ...]:
    """The drafts to offer as options, with their forecasts, in order."""
    return _Search(space, goal).found()


class _Search:
    def __init__(self, space: Space, goal: Goal) -> None:
        self._space = space
        self._goal = goal
        self._drafts: List[Draft] = []
        self._candidates: List[Candidate] = []
        self._seen: Dict[Scenario, int] = {}
        self._forecasts: Dict[int, Forecast] = {}

    def found(self) -> Tuple[Found, ...]:
        space = self._space
        reference = space.draft(Way(space.networks()[0], False, True, False), 2000, PATIENCES[-1])
        self._stands = standing(reference.scenario, space.workload)
        networks = self._networks()
        self._existing(networks)
        self._forecast(0)
        # Try pauses of more than 5 s if the goal names one, or if nothing else will do.
        for long, most in _PASSES if self._goal.downtime_ms is None else _PASSES[1:]:
            for network in networks:
                for way in space.ways(network):
                    self._way(way, long)
            found = self._finalists(most)
            if any([meets(each.candidate, self._goal) for each in found]):
                break
        return self._finalists(FORECASTS_MAX)

    def _networks(self) -> List[Network]:
        """The networks that no other equals with fewer changes."""
        space = self._space
        found: List[Tuple[Network, Tuple[float, ...]]] = []
        for network in space.networks():
            if network.changes and not space.keeps(network.scenario):
                continue
            costs: List[float] = [len(network.changes), network.weight]
            for at_cluster in (False, True):
                draft = space.draft(Way(network, at_cluster, True, space.postcopy), 1000, 42)
                resolution = draft.scenario.resolve()
                model = model_alone(resolution, space.workload)
                schedule = resolution.parameters.schedule
                switches = schedule is not None and schedule.switches_to_postcopy
                costs += [-model.rate, -model.link, model.first_cost / model.rate, not switches]
            if not any([_no_worse(other, costs) for _, other in found]):
                found.append((network, tuple(costs)))
        return [network for network, _ in found]

    def _existing(self, networks: Sequence[Network]) -> None:
        for network in networks:
            drafts = self._space.existing(network)
            first = next(drafts)
            self._add(first)
            for draft in drafts:
                if self._space.keeps(draft.scenario):
                    self._add(draft)

    def _add(self, draft: Draft) -> None:
        resolution = draft.scenario.resolve()
        model, members = models(resolution, self._space.workload)
        self._keep(draft, predicted(members, self._stands, model.schedule))

    def _keep(self, draft: Draft, said: Prediction) -> None:
        if draft.scenario in self._seen:
            return
        number = self._seen[draft.scenario] = len(self._drafts)
        self._drafts.append(draft)
        ends = said.ends
        taken = ends.throttle * ends.total_ms if ends.throttle else 0.0
        self._candidates.append(
            Candidate(
                ends=ends,
                best=said.best,
                changes=len(draft.changes),
                weight=draft.weight,
                gentleness=(ends.severity, said.best, taken, ends.downtime_ms, ends.total_ms),
                kind=draft.kind,
                number=number,
            )
        )

    def _way(self, way: Way, long: bool) -> None:
        """Add the drafts worth trying of a way to make a schedule."""
        probe = self._space.draft(way, 1000, PATIENCES[0])
        if not self._space.keeps(probe.scenario):
            return
        resolution = probe.scenario.resolve()
        schedule = resolution.parameters.schedule
        if schedule is None or schedule.switches_to_postcopy != way.switches:
            return
        _, members = models(resolution, self._space.workload)
        for patience in SWITCHES if way.switches else PATIENCES[-1:]:
            self._limits(way, members, patience, long)

    def _limits(self, way: Way, members: Sequence[Model], patience: int, long: bool) -> None:
        values = self._allowed(members, long)
        limits = _Limits(self._space, way, members, self._stands, patience, values)
        count = len(values)
        last = limits.at(count - 1)
        goal = self._goal
        shortest = _first(count, lambda index: not any(goal.excess(limits.at(index).ends)))
        most = last.ends.total_ms * _AS_GOOD
        quick = _first(
            count,
            lambda index: (
                limits.at(index).ends.total_ms <= most
                and limits.at(index).ends.throttle <= last.ends.throttle
            ),
        )
        wanted = {count - 1}
        for index in (shortest, quick):
            wanted.update(range(max(0, index - _BESIDE), min(count, index + _BESIDE + 1)))
        for index in sorted(wanted):
            self._keep(limits.draft(index), limits.at(index))

    def _allowed(self, members: Sequence[Model], long: bool) -> Tuple[int, ...]:
        """The limits that the goal allows, at least one."""
        most = self._goal.downtime_ms
        if most is not None:
            most -= beside_limit_ms(members)
        return limits_within(most, long=long)

    def _forecast(self, number: int) -> None:
        """Replace the prediction of a candidate by its forecast."""
        draft = self._drafts[number]
        forecast = simulate(draft.scenario.resolve(), self._space.workload)
        self._forecasts[number] = forecast
        said = self._candidates[number].ends
        ends, best = ends_of(forecast), min([severity(each) for each in forecast.outcomes])
        # Candidates with the same prediction get the same forecast.
        for each in self._candidates:
            same = each.ends == said and each.number not in self._forecasts
            if each.number == number or (
                same and self._converges(each.number) == self._converges(number)
            ):
                self._candidates[each.number] = each._replace(
                    ends=ends, best=best, gentleness=gentleness(forecast)
                )

    def _converges(self, number: int) -> bool:
        """Whether the guest may be throttled, which may show only in the worst runs."""
        return self._drafts[number].scenario.resolve().parameters.auto_converge

    def _finalists(self, most: int) -> Tuple[Found, ...]:
        """Forecast what would be chosen, until all of it has a forecast."""
        while len(self._forecasts) < most:
            wanted = [each.number for each in chosen(self._candidates, self._goal)]
            open_ = [number for number in wanted if number not in self._forecasts]
            if not open_:
                break
            self._forecast(open_[0])
        done = [each for each in self._candidates if each.number in self._forecasts]
        return tuple(
            [
                Found(self._drafts[each.number], self._forecasts[each.number], each)
                for each in chosen(done, self._goal)
            ]
        )


class _Limits:
    """The result of a way with each limit, predicted on demand."""

    def __init__(
        self,
        space: Space,
        way: Way,
        members: Sequence[Model],
        stands: Standing,
        patience: int,
        values: Tuple[int, ...],
    ) -> None:
        self._space = space
        self._way = way
        self._members = members
        self._stands = stands
        self._patience = patience
        self._values = values
        self._found: Dict[int, Prediction] = {}

    def at(self, index: int) -> Prediction:
        if index not in self._found:
            schedule = self._draft(index, self._patience).scenario.resolve().parameters.schedule
            assert schedule is not None
            self._found[index] = predicted(self._members, self._stands, schedule)
        return self._found[index]

    def draft(self, index: int) -> Draft:
        """The draft with as much patience as it needs."""
        if self._way.switches:
            return self._draft(index, self._patience)
        return self._draft(index, patience_for(self.at(index).iterations))

    def _draft(self, index: int, patience: int) -> Draft:
        return self._space.draft(self._way, self._values[index], patience)


def _first(count: int, does: Callable[[int], bool]) -> int:
    """The first index that works, assuming that all later ones do; the last if none does."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle + 1, high)
    return low


def _no_worse(one: Sequence[float], other: Sequence[float]) -> bool:
    return all([a <= b for a, b in zip(one, other)])
