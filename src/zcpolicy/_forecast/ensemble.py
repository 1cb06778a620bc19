"""The uncertainty of a forecast: variants of its model, and the ranges of their results."""

import math
from collections import Counter
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import attr

from .curve import within
from .forecast import Outcome, Range
from .model import MIB, PAGE_SENT, Model, Set, ceil_div, make_guest, make_set
from .run import Run
from .start import Start
from .writers import share_dirtied

__all__ = [
    "Ended",
    "Ranges",
    "Unsure",
    "Variant",
    "counted",
    "ended",
    "enough",
    "off",
    "ranges",
    "run_all",
    "spread",
    "variants",
]

# How far off a given dirty rate or bandwidth may be.
_OFF = 0.1
# Factors of assumed values.
_OVERHEADS = (0.1, 0.5, 1.0, 2.0)
_SCANS = (0.35, 0.75, 1.4, 2.0)
_LATE = (0.0, 0.25, 0.6, 1.0)
# Rounds that all variants together may compute; this limits a forecast to 50 ms.
_ROUNDS = 1500
# A plan of many migrations may compute as many rounds as this many migrations.
_MIGRATIONS = 100
_LEAST = 8
# How much repetitions of one migration differ, as a share of their time and bytes.
_REPEATED = 0.012
# Several writers usually come from measured rates, which do not cover times below the shortest
# period.  Sets that fill up within this time, ms, may be off by these factors.
_SEVERAL = 3
_FAST_MS = 500
_FAST = (0.2, 2.2)
# The rates themselves were measured in another minute.
_OFF_MEASURED = 0.2
# Between these periods, ms, what a guest dirties grows as a power of the time: mostly within these
# bounds, and typically as this power.
_BETWEEN_MS = (1000, 10000)
_POWERS = (0.55, 0.9)
_POWER = 0.7
# The number of variants that are corners.
_IN_CORNERS = 4
# QEMU migration/migration.c, BUFFER_DELAY; and how long stopping a busy guest takes.
_WINDOW_MS, _STOP_MS = 100, 10


class Unsure(NamedTuple):
    """What is uncertain.

    Attributes:
        rate: how far off the sending rate may be, as a share.
        beyond: how far connections may exceed the bandwidth limit, as a share.
        overhead: whether the overhead is assumed.
        scan: whether the time for zero pages is assumed.
        stream: whether the capacity of a connection is assumed, and limits the rate.
        order: whether the guest may also sweep its memory.
        log: the part of KVM's dirty log that may count from when pages are sent.
    """

    rate: float
    beyond: float
    overhead: bool
    scan: bool
    stream: bool
    order: bool
    log: float


Variant = Tuple[Model, Optional[Start]]


class Ranges(NamedTuple):
    """The ranges of the variants' results."""

    outcomes: Tuple[Outcome, ...]
    total_ms: Range
    sent_mib: Range
    downtime_ms: Range
    throttle: Range


def off(
    model: Model,
    *,
    dirty: float = 1,
    rate: float = 1,
    above: float = 0,
    overhead: float = 1,
    scan: float = 1,
    sweeps: bool = False,
    log: Optional[float] = None,
) -> Model:
    """The model with guest and network scaled by these factors.

    *above* is the factor by which QEMU exceeds its limit, if larger than *rate*; the capacity of
    the network still bounds it.
    """
    guest, link = model.guest, max(1, int(model.link * rate))
    sent = max(1, int(model.rate * max(rate, above)))
    if above > rate:
        sent, link = (sent, max(sent, link)) if model.link_assumed else (min(sent, link), link)
    sets = [
        make_set(
            pages=each.pages,
            rates=tuple([dirty * rate for rate in each.rates]),
            sweeps=each.sweeps or sweeps,
        )
        for each in guest.sets
    ]
    return attr.evolve(
        model,
        guest=make_guest(
            sets=tuple(sets),
            starts=guest.starts,
            from_sending=guest.from_sending if log is None else log,
        ),
        rate=sent,
        link=link,
        overhead=round(model.overhead * overhead),
        zero_ms=model.zero_ms * scan,
    )


def variants(model: Model, unsure: Unsure) -> Iterator[Model]:
    """Variants of the model: given values are off, and assumed ones replaced.

    The corners come first: they show whether the outcome is sure.
    """
    rate = unsure.rate * (1.2 if unsure.stream else 1)
    pairs: List[Tuple[float, float]] = [(a, b) for a in (-1, 1) for b in (-1, 1)]
    pairs += [(0, 1), (0, -1), (1, 0), (-1, 0), (0, 0)] + [
        (a / 2, b / 2) for a in (-1, 0, 1) for b in (-1, 0, 1)
    ]
    overhead = _OVERHEADS[1] if unsure.overhead else 1
    for index, (a, b) in enumerate(pairs):
        if index == _IN_CORNERS:
            for changed in _otherwise(model):
                for dirty in (1, 1 - _OFF_MEASURED, 1 + _OFF_MEASURED):
                    yield off(changed, dirty=dirty, overhead=overhead)
        yield off(
            model,
            dirty=1 + _OFF * a,
            rate=1 + rate * b,
            above=1 + unsure.beyond * b if b > 0 else 0,
            overhead=_OVERHEADS[index % 4] if unsure.overhead else 1,
            scan=_SCANS[(index + index // 4) % 4] if unsure.scan else 1,
            log=unsure.log * _LATE[(index // 4) % 4] if unsure.log else None,
        )
    if unsure.order:
        for factor in (1 - _OFF, 1, 1 + _OFF):
            yield off(model, dirty=factor, sweeps=True)


def _otherwise(model: Model) -> Iterator[Model]:
    """The model with other guesses for what was not measured; nothing if all was given."""
    if len(model.guest.sets) < _SEVERAL or len(model.guest.starts) > 1:
        return iter(())
    made = [_evened(model), *[_with_fast(model, factor) for factor in _FAST]]
    return (each for each in made if each is not None)


def _with_fast(model: Model, factor: float) -> Optional[Model]:
    """The model with what is dirtied at once scaled by a factor.

    What the guest dirties within a second, which is what people measure, stays the same.  None if
    nothing is dirtied at once, or nearly all of it.
    """
    sets = model.guest.sets
    turned = [_turn_ms(each) < _FAST_MS for each in sets]
    fast = sum([each.pages for each, is_fast in zip(sets, turned) if is_fast])
    second = _dirtied([each for each, is_fast in zip(sets, turned) if not is_fast], 1000)
    if not fast or not second:
        return None
    slow = (second + fast * (1 - factor)) / second
    if not 0.3 < slow < 3:
        return None
    scaled = _scaled(sets, [factor if is_fast else slow for is_fast in turned])
    return attr.evolve(model, guest=attr.evolve(model.guest, sets=scaled))


def _evened(model: Model) -> Optional[Model]:
    """The model as if the rate within 1 s was that of a burst or pause, and that of 10 s the mean.

    None if what it dirties grows between the two as for real guests.
    """
    sets = model.guest.sets
    if any([each.sweeps or not each.rates[0] for each in sets]):
        return None
    short, long = [_dirtied(sets, ms) for ms in _BETWEEN_MS]
    power = math.log(long / short) / math.log(_BETWEEN_MS[1] / _BETWEEN_MS[0])
    if _POWERS[0] <= power <= _POWERS[1]:
        return None
    factors = [(_turn_ms(each) / _BETWEEN_MS[1]) ** (_POWER - power) for each in sets]
    tilted = _scaled(sets, factors)
    back = long / _dirtied(tilted, _BETWEEN_MS[1])
    room = within([back * each.pages for each in tilted], model.pages)
    factors = [size / each.pages for size, each in zip(room, tilted)]
    return attr.evolve(model, guest=attr.evolve(model.guest, sets=_scaled(tilted, factors)))


def _dirtied(sets: Sequence[Set], ms: int) -> float:
    return sum([each.pages * share_dirtied(ms, _turn_ms(each)) for each in sets])


def _scaled(sets: Sequence[Set], factors: Sequence[float]) -> Tuple[Set, ...]:
    return tuple(
        [
            attr.evolve(
                each, pages=by * each.pages, rates=tuple([by * rate for rate in each.rates])
            )
            for each, by in zip(sets, factors)
        ]
    )


def _turn_ms(each: Set) -> float:
    """The time in which each page of a set is written once, on average."""
    return each.pages / each.rates[0] if each.rates[0] else math.inf


def run_all(best: Run, model: Model, made: Sequence[Variant]) -> List[Tuple[Model, Run]]:
    """Run the model and its variants, the most informative first."""
    runs = [(model, best)]
    worked_out = 0
    for index, (variant, start) in enumerate(made):
        if enough(index, worked_out):
            break
        run = Run(variant, start=start).run()
        worked_out += run.worked_out
        runs.append((variant, run))
    return runs


def enough(variants: int, rounds: int, migrations: int = 1) -> bool:
    """Whether this many variants, with this many rounds, are enough."""
    return variants >= _LEAST and rounds > _ROUNDS * min(migrations, _MIGRATIONS)


def counted(
    runs: Sequence[Tuple[Model, Run]], *, seldom: float = 0
) -> Tuple[Sequence[Outcome], Sequence[bool]]:
    """The possible outcomes, and which of the runs have one of them."""
    best = runs[0][1]
    counts = Counter([run.outcome for _, run in runs])
    possible: List[Outcome] = []
    for _, run in runs:
        outcome = run.outcome
        counts_too = outcome == best.outcome or counts[outcome] > seldom * len(runs)
        if outcome is not None and counts_too and outcome not in possible:
            possible.append(outcome)
    return possible, [run.outcome in possible for _, run in runs]


def ranges(runs: Sequence[Tuple[Model, Run]], *, seldom: float = 0, outer: float = 0.05) -> Ranges:
    """The possible outcomes, and the ranges of times, bytes and downtimes.

    Args:
        runs: the run of the model itself, then those of its variants.
        outer: the share of the variants at either end that the ranges leave out.
        seldom: leave out an outcome of no more than this share of all variants.
    """
    possible, kept = counted(runs, seldom=seldom)
    runs = [each for each, keeps in zip(runs, kept) if keeps]
    return Ranges(
        outcomes=tuple(possible),
        total_ms=_range(runs, lambda model, run: ended(model, run).total_ms, outer, _REPEATED),
        sent_mib=_range(runs, lambda model, run: ended(model, run).sent_mib, outer, _REPEATED),
        downtime_ms=_downtimes(runs),
        throttle=_range(runs, lambda model, run: run.throttle, outer, 0, open_end=False),
    )


class Ended(NamedTuple):
    """The result of a run."""

    total_ms: int
    downtime_ms: int
    sent_mib: int
    rest_ms: int
    overhead: int


def ended(model: Model, run: Run) -> Ended:
    """The result of a run, including what follows its rounds."""
    ends = run.outcome in ("completes", "post-copy")
    rest = run.remaining if ends else 0
    rest_ms = ceil_div(1000 * rest * PAGE_SENT, model.link)
    overhead = model.overhead if ends else 0
    return Ended(
        total_ms=run.at + rest_ms + overhead,
        downtime_ms=overhead + (rest_ms if run.outcome == "completes" else 0),
        sent_mib=ceil_div(run.sent + rest * PAGE_SENT, MIB),
        rest_ms=rest_ms,
        overhead=overhead,
    )


def _range(
    runs: Sequence[Tuple[Model, Run]],
    value: Callable[[Model, Run], int],
    outer: float,
    more: float,
    *,
    open_end: bool = True,
) -> Range:
    """The range that holds nine of ten runs, and always the best."""
    values = [None if open_end and _endless(run) else value(model, run) for model, run in runs]
    return spread(values, value(*runs[0]), outer, more)


def spread(
    values: Sequence[Optional[int]], best: int, outer: float, more: float = _REPEATED
) -> Range:
    """The range that holds nine of ten values, and always the best; None is without end."""
    found = sorted([value for value in values if value is not None])
    if not found:
        return (best, None)
    skipped = int(outer * len(found))
    low, high = found[skipped], found[-1 - skipped]
    if len(found) == len(values) or values[0] is not None:
        low, high = min(best, low), max(best, high)
    low -= math.floor(more * low)
    return (low, high + math.ceil(more * high) if len(found) == len(values) else None)


def _endless(run: Run) -> bool:
    return run.outcome == "never"


def _downtimes(runs: Sequence[Tuple[Model, Run]]) -> Range:
    """From the shortest overhead to what the limit lets remain.

    Where in a window the rest fits is chance, and the guest dirties pages between the last look
    and the end, so the rest may be anything that fits.
    """
    found: List[Any] = []
    for model, run in runs:
        if run.outcome == "completes":
            most = ceil_div(model.rate * run.limit, model.link)
            # If the link is the limit, QEMU uses a speed that it measures anew each time.
            more = _WINDOW_MS if model.link <= model.rate else _STOP_MS
            found.append((model.overhead // 2, min(most, run.limit) + 2 * model.overhead + more))
        elif run.outcome == "post-copy":
            found.append((model.overhead // 2, 2 * model.overhead + _STOP_MS))
    if not found:
        return (0, 0)
    best = ended(*runs[0]).downtime_ms
    low = min([each for each, _ in found])
    high = max([each for _, each in found])
    return (min(low, best) if best else low, max(high, best))
