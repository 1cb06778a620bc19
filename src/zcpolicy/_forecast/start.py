"""Where a migration stands that still runs, for a run that goes on from there."""

from typing import Optional, Tuple

from .._base.errors import InvalidValue
from .._model.evidence import Migration
from .model import PAGE, PAGE_SENT, Model, ceil_div
from .observed import Look, Observed, observed
from .run import Start, counted_high

__all__ = ["going_on", "start_of"]


def going_on(migration: Migration) -> Observed:
    """What a running migration shows.

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
    """Where it stands at its last sample, if the guest is that of the model."""
    last = seen.last
    assert last.remaining_bytes is not None
    assert last.iteration is not None
    look: Optional[Look] = seen.looks[-1] if seen.looks else None
    began = 0 if look is None else look.at
    remaining = last.remaining_bytes // last.page_bytes * last.page_bytes // PAGE
    moved = model.rate * (last.at_ms - began) / 1000 / PAGE_SENT
    whole = last.iteration == 1
    zeros = max(0, min(remaining, model.zeros - (last.zero_pages or 0)))
    return Start(
        at=last.at_ms,
        began=began,
        number=last.iteration,
        remaining=remaining,
        at_look=model.pages if whole else remaining + int(moved),
        whole=whole,
        zeros=zeros,
        sent=_sent(last.sent_bytes, model, remaining),
        sent_at_look=0 if look is None else int(look.sent),
        throttle=last.throttle or 0,
        high=counted_high(
            [(each.at, each.sent, each.dirtied, each.throttle) for each in seen.looks],
            last.throttle or 0,
        ),
        shares=() if look is None else _shares(look, model),
        polls=_polls(migration, model, last.at_ms),
        limit=last.limit_ms,
    )


def _sent(said: Optional[int], model: Model, remaining: int) -> int:
    """What was sent; where no sample says so, as much as no longer remains of the first round."""
    return max(0, model.pages - remaining) * PAGE_SENT if said is None else said


def _shares(look: Look, model: Model) -> Tuple[float, ...]:
    """How what a look found is divided among the guest's sets."""
    none = [0.0] * len(model.guest.sets)
    running = (100 - look.throttle) / 100
    found, whole = model.guest.looked(look.since, look.at, running, none, 0, 1)
    return tuple([each / whole for each in found]) if whole else tuple(none)


def _polls(migration: Migration, model: Model, until: int) -> Tuple[Tuple[int, int], ...]:
    """What Vdsm's polls found: the iteration of the sample before each.

    Of polls that find the same sample the first is enough: the monitor passes over the others.
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
