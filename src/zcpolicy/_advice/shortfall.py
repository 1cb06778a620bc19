"""Why a goal cannot be met, and what beyond the settings would meet it."""

import math
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import attr

from .._forecast.ensemble import ended, off
from .._forecast.forecast import Forecast
from .._forecast.members import beside_limit_ms, models
from .._forecast.model import MIB, Model
from .._forecast.run import Run
from .._forecast.text import time_text, upper_text
from .goal import Goal, ends_of, severity
from .schedules import limits_within, schedule_of
from .search import Found
from .space import Space, Way

__all__ = ["shortfall", "speed_text"]

# The precision of a dirty rate and a speed, in bisection steps.
_CLOSELY, _ABOUT = 7, 3
# No existing link is faster by more than this factor.
_FASTER_MOST = 64
_PATIENCE = 1000


class _Best(NamedTuple):
    """The fastest possible way.

    Attributes:
        models: its models; the first is that of the workload as it is.
        own: whether its schedule must stay.
    """

    models: Tuple[Model, ...]
    own: bool


def shortfall(space: Space, goal: Goal, found: Sequence[Found]) -> str:
    """Say which part of a goal cannot be met and why, and what else would help.

    Args:
        space: what can be changed.
        goal: the goal.
        found: what comes nearest to it.
    """
    best = _best(space)
    parts = [*_parts(goal, found[0].forecast, best.models), *_outside(goal, best)]
    return " ".join([f"{part[0].upper()}{part[1:]}." for part in parts])


def _best(space: Space) -> _Best:
    found: List[Tuple[bool, int, int, _Best]] = []
    for network in space.networks():
        ways = [Way(network, at_cluster, True, False) for at_cluster in (False, True)]
        drafts = [space.draft(way, 1000, _PATIENCE).scenario for way in ways]
        for own, scenario in ((True, network.scenario), *[(False, draft) for draft in drafts]):
            if space.keeps(scenario):
                model, members = models(scenario.resolve(), space.workload)
                found.append((not own, model.rate, model.link, _Best((model, *members), own)))
    return max(found, key=lambda each: each[:3])[3]


def _parts(goal: Goal, nearest: Forecast, best: Sequence[Model]) -> Iterator[str]:
    """What is missed, and why."""
    first_ms = math.ceil(1000 * best[0].first_cost / best[0].rate)
    ends = ends_of(nearest)
    end, *others = goal.excess(ends)
    overhead = beside_limit_ms(best)
    if goal.downtime_ms is not None and goal.downtime_ms <= overhead:
        yield (
            f"the downtime: a switchover takes up to {upper_text(overhead, goal.downtime_ms)} "
            "on top of sending the rest"
        )
    elif goal.total_s is not None and first_ms > 1000 * goal.total_s and not goal.postcopy:
        yield (
            f"the time: the first pass alone takes "
            f"{time_text(first_ms, 1000 * goal.total_s)}, at "
            f"{speed_text(best[0].rate)}"
        )
    elif end:
        yield _unsure(nearest, goal)
    else:
        words = (
            ("the time", _time(ends.total_ms, goal._total_ms)),
            ("the downtime", _time(ends.downtime_ms, goal.downtime_ms)),
            ("the throttle", f"{ends.throttle:g} %"),
        )
        for (part, value), missed in zip(words, others):
            if missed:
                yield f"{part}: the nearest takes up to {value}"


def _time(ms: float, most: Optional[float]) -> str:
    beside = () if most is None else (most,)
    return "an unlimited time" if math.isinf(ms) else upper_text(int(ms), *beside)


def _unsure(nearest: Forecast, goal: Goal) -> str:
    worst = max(nearest.outcomes, key=severity)
    if worst == "post-copy":
        return "the outcome: without post-copy, it is not sure to complete"
    if "completes" in nearest.outcomes:
        return "the outcome: it may complete, but given what is known, it is not sure to"
    beside = [] if goal.downtime_ms is None else [goal.downtime_ms]
    return (
        f"the outcome: the guest writes too fast for {speed_text(nearest.bytes_per_s)}; the rest "
        f"would need a pause of {time_text(nearest.plateau_ms, *beside)}"
    )


def speed_text(bytes_per_s: int) -> str:
    """A speed in Gbps or Mbps, 8 for each MiB/s, as Engine counts."""
    mbps = bytes_per_s * 8 / MIB
    return f"{mbps / 1000:.3g} Gbps" if mbps >= 1000 else f"{mbps:.3g} Mbps"


def _outside(goal: Goal, best: _Best) -> Iterator[str]:
    """The dirty rate and the network with which it would work."""

    def calmer(factor: float) -> bool:
        return _works(goal, best, lambda model: off(model, dirty=factor))

    def faster(factor: float) -> bool:
        return _works(goal, best, lambda model: off(model, rate=factor))

    quiet = calmer(0)
    if quiet:
        share = _halved(calmer, 0.0, 1.0, _CLOSELY)
        if share < _ALL:
            yield (
                f"it would work if the guest wrote only about {100 * share:.0f} % as much"
                if share
                else "it would work if the guest wrote nothing"
            )
    factors = [2.0**power for power in range(1, int(math.log2(_FASTER_MOST)) + 1)]
    enough = next((factor for factor in factors if faster(factor)), None)
    if enough is not None:
        enough = _halved(faster, enough, enough / 2, _ABOUT)
        speed = speed_text(int(best.models[0].rate * enough))
        yield f"it would work over a network that carries about {speed}"
    elif not quiet:
        yield "neither an idle guest nor a faster network would help"


# Nearly the actual dirty rate says nothing.
_ALL = 0.985


def _halved(does: Callable[[float], bool], good: float, bad: float, steps: int) -> float:
    """A number that works, nearly as close to *bad* as possible."""
    for _ in range(steps):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if does(middle) else (good, middle)
    return good


def _works(goal: Goal, best: _Best, changed: Callable[[Model], Model]) -> bool:
    """Whether the models would meet the goal after this change."""
    plans: List[Optional[bool]] = [None] if best.own else [True, False]
    most = goal.downtime_ms
    if most is not None:
        most -= beside_limit_ms(best.models)
        if most <= 0:
            return False
    schedule = schedule_of(limits_within(most, long=most is not None)[-1], _PATIENCE)
    for converge in plans:
        found = []
        for each in best.models:
            model = changed(each)
            if converge is not None:
                model = attr.evolve(model, schedule=schedule, auto_converge=converge)
            run = Run(model).run()
            if run.outcome != "completes":
                break
            found.append((ended(model, run).total_ms, run.limit, run.throttle))
        else:
            if _keeps(goal, most, found):
                return True
    return False


def _keeps(goal: Goal, limit: Optional[int], found: Sequence[Tuple[int, int, int]]) -> bool:
    allowed = (None if goal.total_s is None else 1000 * goal.total_s, limit, goal.throttle)
    worst = [max(values) for values in zip(*found)]
    return all([most is None or value <= most for value, most in zip(worst, allowed)])
