"""How a migration ends and why, in a sentence; and how many connections are useful."""

from typing import Optional

from .forecast import Outcome
from .model import PAGE
from .run import Run
from .text import limit_text, size_text, time_text

__all__ = ["connections_said", "verdict"]


def connections_said(connections: Optional[int], enough: Optional[int]) -> str:
    """A sentence about superfluous connections; empty if there are none.

    Args:
        connections: how many there are; None for a migration without parallel connections.
        enough: how many fill the link; None if not known.
    """
    least = max(enough or 0, 2)  # nobody can request fewer
    if connections is None or enough is None or connections <= least:
        return ""
    fill = "1 fills" if enough == 1 else f"{enough} fill"
    return f" Of its {connections} connections {fill} the link."


def verdict(run: Run, outcome: Outcome, rest_ms: int, overhead: int) -> str:
    """How the migration ends and why, in a sentence."""
    after = f"after {time_text(run.at)}, in round {run.number}"
    throttled = f", with the guest throttled by {run.throttle} %" if run.throttle else ""
    rest, limit = size_text(run.remaining * PAGE), limit_text(run.limit)
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
        why = f"the plateau of {time_text(plateau, run.largest)} exceeds the largest limit "
        why += f"reached, {limit_text(run.largest)}"
    else:
        why = f"the plateau of {time_text(plateau, run.limit)} is not below the last limit, {limit}"
    if outcome == "never":
        return (
            f"It never completes: {why}{throttled}; nothing aborts it, because the schedule ran "
            "out, which kills Vdsm's monitor."
        )
    if plateau < run.limit:
        remaining = time_text(run.remaining_ms, run.limit)
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
            f"plateau of {time_text(plateau, run.limit)} below the limit of {limit}."
        )
    return f"It is aborted {after}: {why}{throttled}."
