"""The schedules that advice makes: one limit, some patience, and a final action."""

from typing import Dict, Optional, Tuple

from .._decision.words import policy_name
from .._forecast.text import limit_text
from .._model.policy import MigrationPolicy
from .._model.schedule import Action, ConvergenceSchedule, StallingEntry

__all__ = ["PATIENCES", "SWITCHES", "limits_within", "made_policy", "patience_for", "schedule_of"]

# The downtime limits to try, ms: from the shortest to the longest of the shipped policies.
_LIMITS_MS = (100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 5000)
# Limits to try only if a goal leaves nothing else, or if nothing else will do.
_SHORT_MS = (10, 20, 50)
_LONG_MS = (8000, 12000, 20000, 30000, 60000)
# The iterations after which it gives up; what completes sooner does so with any of them.
PATIENCES = (6, 12, 24, 42, 100, 300, 1000)
# The iterations after which it switches to post-copy.
SWITCHES = (1, 3, 6)

# No VM is paused for longer than this at the first chance.
_FIRST_MS = 2000
# After a failed switch, this many iterations are left to try anything else.
_AFTER_SWITCH = 6


def limits_within(most_ms: Optional[int], *, long: bool = False) -> Tuple[int, ...]:
    """The limits to try, ms, at least one.

    Args:
        most_ms: the longest that a goal allows; None: no limit.
        long: whether to also try pauses of more than 5 s.
    """
    known = (*_LIMITS_MS, *_LONG_MS) if long else _LIMITS_MS
    if most_ms is None:
        return known
    for limits in (known, _SHORT_MS):
        allowed = tuple([limit for limit in limits if limit <= most_ms])
        if allowed:
            return allowed
    return _SHORT_MS[:1]


def patience_for(iterations: int) -> int:
    """How many iterations to wait if this many are expected: twice as many, up to a maximum."""
    return next((each for each in PATIENCES if each >= 2 * iterations), PATIENCES[-1])


def schedule_of(limit_ms: int, patience: int, *, switches: bool = False) -> ConvergenceSchedule:
    """A schedule that keeps one downtime limit.

    Using the limit from the start ends a migration soonest, so there are no intermediate steps,
    except in the first iterations if the limit is more than 2 s.

    Args:
        limit_ms: the limit, ms.
        patience: the iterations after which it is over.
        switches: whether it then switches to post-copy; else it aborts.
    """
    entries = []
    if limit_ms > _FIRST_MS:
        entries.append(StallingEntry(limit=1, action=_downtime(limit_ms)))
    over = patience
    if switches:
        switch = max(patience, 2) if entries else patience
        entries.append(StallingEntry(limit=switch, action=Action(name="postcopy")))
        over = switch + _AFTER_SWITCH
    entries.append(StallingEntry(limit=over, action=Action(name="abort")))
    return ConvergenceSchedule(init=[_downtime(min(limit_ms, _FIRST_MS))], stalling=entries)


def _downtime(ms: int) -> Action:
    return Action(name="setDowntime", params=(str(ms),))


def made_policy(
    base: MigrationPolicy,
    *,
    auto_converge: bool,
    compressed: bool,
    limit_ms: Optional[int] = None,
    patience: int = 0,
    switches: bool = False,
    alone: bool = False,
) -> MigrationPolicy:
    """A policy that differs from *base* in its schedule or its switches; else *base* itself.

    Args:
        base: the original policy; its schedule stays if there is no limit.
        auto_converge: whether QEMU may throttle the guest.
        compressed: whether memory is compressed, as before.
        limit_ms: the downtime limit, ms.
        patience: as in `schedule_of`.
        switches: as in `schedule_of`.
        alone: whether one migration at a time has the whole bandwidth.
    """
    zero_copy = base.zero_copy and not switches
    schedule = (
        base.schedule if limit_ms is None else schedule_of(limit_ms, patience, switches=switches)
    )
    alone = alone and base.max_migrations > 1
    words, sentences = _said(limit_ms, patience, switches, auto_converge, alone)
    if not words and auto_converge == base.auto_convergence:
        return base
    return base.but(
        name=", ".join([policy_name(base), *(words or ["throttled"])]),
        description=" ".join(sentences),
        max_migrations=1 if alone or zero_copy else base.max_migrations,
        auto_convergence=auto_converge,
        migration_compression=compressed and not zero_copy,
        zero_copy=zero_copy,
        schedule=schedule,
    )


def _said(
    limit_ms: Optional[int], patience: int, switches: bool, auto_converge: bool, alone: bool
) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """The name and the description of a policy, in parts."""
    found: Dict[str, str] = {}
    if limit_ms is not None:
        end = "switches to post-copy" if switches else "gives up"
        limit, rounds = limit_text(limit_ms), "iteration" if patience == 1 else "iterations"
        found[f"{limit}, {'post-copy' if switches else 'abort'} after {patience}"] = (
            f"Pauses the VM for at most {limit} and {end} after {patience} {rounds}."
        )
    if not auto_converge:
        found["not throttled"] = "The guest is not slowed down."
    if alone:
        found["one at a time"] = "One migration at a time has all of the bandwidth."
    return tuple(found), tuple(found.values())
