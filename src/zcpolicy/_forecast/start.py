"""The current state of a running migration, for a run that continues it."""

from typing import NamedTuple, Optional, Tuple

import attr

from .._base.errors import InvalidValue
from .._model.evidence import Migration
from .model import PAGE, PAGE_SENT, Model, ceil_div
from .observed import Observed, observed
from .throttle import counted_high

__all__ = ["Start", "going_on", "start_of"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Start:
    """The state of a migration that has run for a while.

    Attributes:
        at: the time, ms.
        began: when QEMU last looked at what was dirtied, ms.
        number: the current iteration.
        remaining: pages to send.
        at_look: pages to send at the last look.
        whole: whether it is still sending all memory for the first time.
        zeros: the zero pages among the pages to send.
        sent: bytes sent.
        sent_at_look: bytes sent at the last look.
        throttle: the share that autoconverge takes from the guest, percent.
        high: the periods with too much dirtied since it last took more.
        shares: how what remains is divided among the guest's sets.
        polls: the times of Vdsm's polls, ms, and the iterations that they found.
        limit: the downtime limit, ms; None: the schedule's.
    """

    at: int
    began: int
    number: int
    remaining: int
    at_look: int
    whole: bool
    zeros: int
    sent: int
    sent_at_look: int
    throttle: int
    high: int
    shares: Tuple[float, ...]
    polls: Tuple[Tuple[int, int], ...]
    limit: Optional[int]


def going_on(migration: Migration) -> Observed:
    """Read the samples of a running migration.

    Raises:
        ZcpolicyError: it is over, or no sample says how much remains, and in which iteration.
    """
    seen = observed(migration)
    expected = "a migration that still runs"
    if seen is None:
        raise InvalidValue(
            "since",
            migration,
            expected,
            "no sample of the guest running on the source says how "
            "much remains, and in which iteration",
        )
    if seen.ended is not None:
        problem = f"the migration is over: {seen.ended.status}; fit() takes it as evidence"
        raise InvalidValue("since", migration, expected, problem)
    if migration.samples[-1] is not seen.last and _switched(migration):
        raise InvalidValue(
            "since", migration, expected, "it has switched to post-copy, and will complete"
        )
    return seen


def _switched(migration: Migration) -> bool:
    return (migration.samples[-1].status or "").startswith("postcopy")


def start_of(migration: Migration, seen: Observed, model: Model) -> Start:
    """The state at the last sample, for the model's guest."""
    last = seen.last
    assert last.remaining_bytes is not None
    assert last.iteration is not None
    began = _begun(migration, seen)
    remaining = last.remaining_bytes // last.page_bytes * last.page_bytes // PAGE
    moved = model.rate * (last.at_ms - began.at) / 1000 / PAGE_SENT
    whole = last.iteration == 1
    sent = _sent(last.sent_bytes, model, remaining)
    zeros = max(0, min(remaining, model.zeros - (last.zero_pages or 0)))
    return Start(
        at=last.at_ms,
        began=began.at,
        number=last.iteration,
        remaining=remaining,
        at_look=model.pages if whole else max(remaining, min(remaining + int(moved), model.pages)),
        whole=whole,
        zeros=zeros,
        sent=sent,
        sent_at_look=min(began.sent, sent),
        throttle=last.throttle or 0,
        high=counted_high(
            [(each.at, each.sent, each.dirtied, each.throttle) for each in seen.looks],
            last.throttle or 0,
        ),
        shares=() if whole else _shares(began, model),
        polls=_polls(migration, model, last.at_ms),
        limit=last.limit_ms,
    )


class _Begun(NamedTuple):
    """How the current iteration began.

    Attributes:
        at: when QEMU last looked at what was dirtied, ms.
        since: the look before that, ms.
        sent: bytes sent up to the last look.
        throttle: the share that autoconverge took from the guest between them, percent.
    """

    at: int
    since: int
    sent: int
    throttle: int


def _begun(migration: Migration, seen: Observed) -> _Begun:
    if seen.looks:
        look = seen.looks[-1]
        return _Begun(look.at, look.since, int(look.sent), look.throttle)
    iteration = seen.last.iteration
    if iteration == 1:
        return _Begun(0, 0, 0, 0)
    # The samples began too late for the look; it came no later than the iteration's first sample.
    first = next(each for each in migration.samples if each.iteration == iteration)
    return _Begun(first.at_ms, 0, first.sent_bytes or 0, first.throttle or 0)


def _sent(said: Optional[int], model: Model, remaining: int) -> int:
    """Bytes sent; if no sample says so, as if in the first round."""
    return max(0, model.pages - remaining) * PAGE_SENT if said is None else said


def _shares(began: _Begun, model: Model) -> Tuple[float, ...]:
    """How what the last look found is divided among the guest's sets."""
    none = [0.0] * len(model.guest.sets)
    running = (100 - began.throttle) / 100
    found, whole = model.guest.looked(began.since, began.at, running, none, 0, 1)
    return tuple([each / whole for each in found]) if whole else tuple(none)


def _polls(migration: Migration, model: Model, until: int) -> Tuple[Tuple[int, int], ...]:
    """The findings of Vdsm's polls: each finds the iteration of the sample before it.

    One poll per sample is enough: the monitor ignores the others.
    """
    every = model.poll_ms
    if not every:
        return ()
    samples = [sample for sample in migration.samples if sample.iteration]
    ends = [*[sample.at_ms for sample in samples[1:]], until + 1]
    found = []
    for sample, end in zip(samples, ends):
        poll = max(1, ceil_div(sample.at_ms, every)) * every
        if poll < end and poll <= until:
            found.append((poll, sample.iteration or 0))
    return tuple(found)
