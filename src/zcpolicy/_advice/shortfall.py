"""Why a goal cannot be met, and what would meet it that no setting brings about."""

import math
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import attr

from .._forecast.ensemble import ended, off
from .._forecast.forecast import Forecast
from .._forecast.members import models
from .._forecast.model import Model
from .._forecast.run import Run
from .._forecast.text import time_text
from .goal import Goal, ends_of, severity
from .schedules import limits_within, schedule_of
from .search import Found
from .space import Space, Way

__all__ = ["shortfall"]

# How closely a dirty rate and a speed are looked for.
_STEPS = 7
# A link that is faster than that by so much is none that there is.
_FASTER_MOST = 64
_PATIENCE = 1000


class _Best(NamedTuple):
    """The models of the best network there is, without and with the throttle."""

    models: Tuple[Model, ...]


def shortfall(space: Space, goal: Goal, found: Sequence[Found]) -> str:
    """Which part of a goal cannot be met and why, and what else would do.

    Args:
        space: what can be changed.
        goal: the goal.
        found: what is nearest to it.
    """
    best = _best_models(space)
    parts = [part for part in _parts(goal, found[0].forecast, best) if part is not None]
    outside = [*_outside(goal, best)]
    return " ".join([_sentence(part) for part in [*parts, *outside]])


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _best_models(space: Space) -> Tuple[Model, ...]:
    """The models of the fastest way that there is, with autoconverge and without."""
    found: List[Tuple[int, int, Tuple[Model, ...]]] = []
    for network in space.networks():
        for way in (Way(network, at_cluster, True, False) for at_cluster in (True, False)):
            draft = space.draft(way, 1000, _PATIENCE)
            for scenario in (draft.scenario, network.scenario):
                if space.keeps(scenario):
                    model, members = models(scenario.resolve(), space.workload)
                    found.append((model.rate, model.link, (model, *members)))
    return max(found, key=lambda each: each[:2])[2]


def _parts(goal: Goal, nearest: Forecast, best: Sequence[Model]) -> Iterator[Optional[str]]:
    """What is missed, most certain first."""
    model = best[0]
    first_ms = math.ceil(1000 * model.first_cost / model.rate)
    ends = ends_of(nearest)
    excess = goal.excess(ends)
    overhead = max([each.overhead for each in best])
    if goal.downtime_ms is not None and goal.downtime_ms <= overhead:
        yield (
            f"the downtime: a switchover takes up to {time_text(overhead)} beside sending the rest"
        )
    elif goal.total_s is not None and first_ms > 1000 * goal.total_s and not goal.postcopy:
        yield (
            f"the time: the first pass alone takes {time_text(first_ms)}, at {_speed(model.rate)}"
        )
    elif excess[0]:
        yield _unsure(nearest)
    else:
        words = (
            ("the time", time_text(_ms(ends.total_ms))),
            ("the downtime", time_text(_ms(ends.downtime_ms))),
            ("the throttle", f"{ends.throttle:g} %"),
        )
        for (part, value), missed in zip(words, excess[1:]):
            if missed:
                yield f"{part}: the nearest takes up to {value}"


def _ms(value: float) -> int:
    return 0 if math.isinf(value) else int(value)


def _unsure(nearest: Forecast) -> str:
    worst = max(nearest.outcomes, key=severity)
    if worst == "post-copy":
        return "the end: without post-copy it is not sure to complete"
    if "completes" in nearest.outcomes:
        return "the end: it may complete, which is not sure within what is known"
    return (
        "the end: the guest writes faster than "
        f"{_speed(nearest.bytes_per_s)} can carry, and the rest would need a pause of "
        f"{time_text(nearest.plateau_ms)}"
    )


def _speed(bytes_per_s: int) -> str:
    mbps = bytes_per_s * 8 / 10**6
    return f"{mbps / 1000:.3g} Gbps" if mbps >= 1000 else f"{mbps:.3g} Mbps"


def _outside(goal: Goal, best: Sequence[Model]) -> Iterator[str]:
    """At which dirty rate, and on which link, it would work."""
    if not _works(goal, best, lambda model: off(model, dirty=0)):
        faster = _least(lambda factor: _works(goal, best, lambda model: off(model, rate=factor)))
        if faster is None:
            yield "neither an idle guest nor a faster link would do"
            return
    else:
        low, high = 0.0, 1.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            does = _works(goal, best, lambda model, by=middle: off(model, dirty=by))
            low, high = (middle, high) if does else (low, middle)
        if low:
            yield f"it would work if the guest wrote about {100 * low:.0f} % of what it writes"
        else:
            yield "it would work if the guest wrote nothing"
        faster = _least(lambda factor: _works(goal, best, lambda model: off(model, rate=factor)))
    if faster is not None:
        yield f"it would work over a network that carries about {_speed(int(best[0].rate * faster))}"


def _least(does: Callable[[float], bool]) -> Optional[float]:
    """The least factor from 1 on that does, about; None if none does."""
    high = 2.0
    while not does(high):
        high *= 2
        if high > _FASTER_MOST:
            return None
    low = high / 2
    for _ in range(_STEPS // 2):
        middle = (low + high) / 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return high


def _works(goal: Goal, best: Sequence[Model], changed: Callable[[Model], Model]) -> bool:
    """Whether the models would meet the goal if they were changed so, with any limit."""
    most = goal.downtime_ms
    if most is not None:
        most -= max([model.overhead for model in best])
        if most <= 0:
            return False
    limit = limits_within(most, long=most is not None)[-1]
    schedule = schedule_of(limit, _PATIENCE)
    # With autoconverge it may take less time, without it the guest is not throttled.
    for converge in (True, False):
        runs = []
        for each in best:
            model = attr.evolve(changed(each), schedule=schedule, auto_converge=converge)
            run = Run(model).run()
            if run.outcome != "completes":
                break
            runs.append((ended(model, run).total_ms, run.throttle))
        else:
            total = max([ms for ms, _ in runs])
            throttle = max([taken for _, taken in runs])
            if (goal.total_s is None or total <= 1000 * goal.total_s) and (
                goal.throttle is None or throttle <= goal.throttle
            ):
                return True
    return False
