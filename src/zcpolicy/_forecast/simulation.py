"""The model of a pre-copy migration: `simulate`.

QEMU sends all memory, then what the guest dirtied meanwhile, round after round.
It does not send a round to its end: every 100 ms it asks whether what remains could be sent within
the downtime limit.  Only then it looks at what was dirtied since the last look (this makes the
next iteration), and if it still could, it stops the guest and sends the rest.  So what remains
falls to just below the threshold, jumps, falls again.

Beside it run two clocks.  Autoconverge takes more and more time from a guest that dirties more
than half of what is sent.  Vdsm polls every 10 s and works through the schedule.

Only the guest is a guess.  It writes random pages of its working set; a page written twice between
two looks is sent once, so in a working set W a volume v dirties W (1 - exp(-v / W)).

Everything is counted in pages, bytes, bytes a second and ms, all integers; only the dirtied pages
are computed in floats, and truncated.  The model is deterministic.

The input in the model's own units is in ``migration``, its rounds with their sources in ``run``.
"""

import itertools
from typing import List

from .._base.errors import InvalidType, InvalidValue
from .._decision.resolution import Resolution
from .forecast import MARGIN, Forecast, Outcome, Round, Workload
from .migration import MIB, PAGE, PAGE_SENT, Migration, ceil_div, migration_of
from .run import Run
from .text import size_text, time_text

__all__ = ["simulate"]


def simulate(resolution: Resolution, workload: Workload) -> Forecast:
    """Forecast the migration of the resolution's VM.

    A resolution without a schedule runs the one that Vdsm generates (`legacy_schedule`).  A paused
    VM dirties nothing.

    Args:
        resolution: whose parameters and memory count.
        workload: the guest's load and the network.

    Raises:
        ZcpolicyError: an argument is not of its class, or the working set is larger than the VM.
    """
    if type(resolution) is not Resolution:
        raise InvalidType("resolution", resolution, "a Resolution")
    if type(workload) is not Workload:
        raise InvalidType("workload", workload, "a Workload")
    vm = resolution.scenario.vm
    if workload.working_set_mib > vm.memory_mib:
        raise InvalidValue(
            "workload.working_set_mib",
            workload.working_set_mib,
            f"at most the VM's memory, {vm.memory_mib} MiB",
        )
    made = migration_of(resolution.parameters, vm.memory_mib, workload, paused=vm.paused)
    return _forecast(made)


def _forecast(migration: Migration) -> Forecast:
    rounds: List[Round] = []
    run = Run(migration, rounds).run()
    outcome = run.outcome
    assert outcome is not None
    ends = outcome in ("completes", "post-copy")
    rest = run.remaining if ends else 0
    rest_ms = ceil_div(1000 * rest * PAGE_SENT, migration.link)
    overhead = migration.overhead if ends else 0
    return Forecast(
        outcome=outcome,
        total_ms=run.at + rest_ms + overhead,
        downtime_ms=overhead + (rest_ms if outcome == "completes" else 0),
        sent_mib=ceil_div(run.sent + rest * PAGE_SENT, MIB),
        verdict=_verdict(run, outcome, rest_ms, overhead),
        rounds=tuple(rounds),
        rest_bytes=rest * PAGE,
        bytes_per_s=migration.rate,
        bound_by=migration.bound_by,
        plateau_ms=run.plateau_ms(run.throttle),
        near_edge=run.gave_up or _differs(migration, outcome),
    )


def _differs(migration: Migration, outcome: Outcome) -> bool:
    """Whether the outcome changes if guest or network are slightly off."""
    factors = itertools.product((1 - MARGIN, 1 + MARGIN), repeat=2)
    return any(Run(migration.off(*pair)).run().outcome != outcome for pair in factors)


def _verdict(run: Run, outcome: Outcome, rest_ms: int, overhead: int) -> str:
    """How the migration ends and why."""
    after = f"after {time_text(run.at)}, in round {run.number}"
    throttled = f", with the guest throttled by {run.throttle} %" if run.throttle else ""
    rest, limit = size_text(run.remaining * PAGE), time_text(run.limit)
    plateau = run.plateau_ms(run.throttle)
    if outcome == "completes":
        why = (
            f"the rest, {rest}, fits the downtime limit of {limit}"
            if rest_ms
            else "all memory is sent"
        )
        # Explain a downtime above the limit.
        over = overhead and rest_ms + overhead > run.limit
        on_top = f"; add {time_text(overhead)} of overhead" if over else ""
        return f"It completes {after}: {why}{throttled}{on_top}."
    if outcome == "post-copy":
        return f"It switches to post-copy {after}; the rest, {rest}, takes {time_text(rest_ms)}."
    if run.gave_up:
        return (
            f"It probably never completes: nothing has ended it {after}, where the forecast stops."
        )
    if plateau > run.largest:
        why = f"the plateau of {time_text(plateau)} exceeds the largest limit reached, "
        why += time_text(run.largest)
    else:
        why = f"the plateau of {time_text(plateau)} is not below the last limit, {limit}"
    if outcome == "never":
        return (
            f"It never completes: {why}{throttled}; nothing aborts it, because the schedule ran "
            "out, which kills Vdsm's monitor."
        )
    if plateau < run.limit:
        remaining = time_text(run.remaining_ms)
        if run.fits:
            return (
                f"It is aborted {after}, before QEMU checked again: the rest takes {remaining}, "
                f"which fits the limit of {limit}{throttled}."
            )
        return (
            f"It is aborted {after}, too early: the rest takes {remaining}, and shrinks until "
            f"it fits the limit of {limit}{throttled}."
        )
    if run.plateau_ms(run.throttle_to_come) < run.limit:
        reached = f"only reached {run.throttle} %" if run.throttle else "not begun"
        return (
            f"It is aborted {after}, too early: autoconverge had {reached}, and would bring the "
            f"plateau of {time_text(plateau)} below the limit of {limit}."
        )
    return f"It is aborted {after}: {why}{throttled}."
