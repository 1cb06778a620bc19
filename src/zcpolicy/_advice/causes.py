"""Why a migration did not complete: one row per cause; the first that applies counts."""

from typing import Callable, Literal, Mapping, NamedTuple, Optional, Tuple, get_args

from .._forecast.text import limit_text, size_text, time_text
from .shortfall import speed_text
from .showing import Showing

__all__ = [
    "CAUSES",
    "CAUSE_CODES",
    "MEASURES",
    "STATES",
    "Cause",
    "CauseCode",
    "cause_of",
]

# Why a migration does not complete, and what else a diagnosis can be called.
_WhyNot = Literal[
    "too-early",
    "limit-not-reached",
    "link-not-filled",
    "throttle-not-reached",
    "throttled-in-vain",
    "never-converges",
]
_State = Literal[
    "completed",
    "will-complete",
    "will-switch",
    "in-post-copy",
    "not-sure",
    "monitor-died",
    "post-copy-failed",
    "failed",
    "aborted-by-user",
    "too-little-seen",
]
CauseCode = Literal[_State, _WhyNot]
CAUSE_CODES: Tuple[CauseCode, ...] = get_args(CauseCode)


class Cause(NamedTuple):
    """A possible cause.

    Attributes:
        code: its code.
        meaning: when it applies, for the documentation.
        applies: whether it applies; needs a fit.
        evidence: a sentence with the evidence.
    """

    code: _WhyNot
    meaning: str
    applies: Callable[[Showing], bool]
    evidence: Callable[[Showing], str]


# The network counts as unfilled below this share.
_UNFILLED = 0.8


# It shrinks if the last look left less than this share of the largest of those before it.
_SMALLER = 0.95
_BEFORE = 3


def _shrinks(it: Showing) -> bool:
    return it.plateau_ms(it.throttle) < it.limit_ms and _shrank(it)


def _shrank(it: Showing) -> bool:
    """Whether the last looks found less and less to send; with one or two, assume so."""
    looks = it.seen.looks[-1 - _BEFORE :] if it.seen is not None else ()
    left = [look.left + look.dirtied for look in looks]
    return len(left) < _BEFORE or left[-1] < _SMALLER * max(left[:-1])


def _shrinks_text(it: Showing) -> str:
    needed, limit = it.plateau_ms(it.throttle), limit_text(it.limit_ms)
    if not needed:
        return (
            "too early: what remained was shrinking, and would have reached zero in time; the "
            f"limit was {limit}"
        )
    return (
        "too early: what remained was shrinking, and a pause of "
        f"{time_text(needed, it.limit_ms)} would have been enough in time; the limit was {limit}"
    )


def _limit_left(it: Showing) -> bool:
    return it.plateau_ms(it.throttle) < it.polls.left_ms


def _limit_left_text(it: Showing) -> str:
    return (
        f"the schedule's limit of {limit_text(it.polls.left_ms)} would be enough, but was not "
        f"reached: in iteration {it.iteration} the limit was {limit_text(it.limit_ms)}"
    )


def _throttles(it: Showing) -> bool:
    return it.throttle < it.throttle_to_come and it.plateau_ms(it.throttle_to_come) < it.limit_ms


def _throttles_text(it: Showing) -> str:
    reached = f"had only reached {it.throttle} %" if it.throttle else "had not begun"
    return (
        f"too early: autoconverge {reached}, and with more of it a limit of "
        f"{limit_text(it.limit_ms)} would be enough"
    )


def _unfilled(it: Showing) -> bool:
    link = it.link
    return (
        link is not None
        and it.rate < _UNFILLED * link
        and it.plateau_ms(it.throttle, link) < max(it.limit_ms, it.polls.left_ms)
    )


def _unfilled_text(it: Showing) -> str:
    assert it.link is not None
    return (
        f"the network was not filled: {speed_text(it.rate)} of {speed_text(it.link)} were used, "
        f"{_bound(it)}; at full speed the limit of {limit_text(it.limit_ms)} would be enough"
    )


def _bound(it: Showing) -> str:
    """What kept the network from being filled."""
    assert it.model is not None
    parameters = it.resolution.parameters
    if it.model.bound_by == "bandwidth" and it.rate > _UNFILLED * it.model.rate:
        return "the bandwidth of the request"
    if it.model.bound_by == "vdsm" and it.rate > _UNFILLED * it.model.rate:
        return "Vdsm's own bandwidth, since the request has none"
    if parameters.encrypted:
        return "since TLS limits a connection"
    if parameters.tunnelled:
        return "since the tunnel limits it"
    if parameters.parallel is None:
        return "by one connection"
    return f"by {parameters.parallel} connections"


def _vain(it: Showing) -> bool:
    return it.throttle > 0


def _pause(it: Showing) -> str:
    needed, limit = it.plateau_ms(it.throttle), limit_text(it.limit_ms)
    if needed < it.limit_ms:
        return f"what remained did not shrink enough to fit the limit of {limit}"
    return f"a pause of {time_text(needed, it.limit_ms)} would be needed, but the limit was {limit}"


def _vain_text(it: Showing) -> str:
    return f"throttling did not help: with {it.throttle} % taken from the guest, {_pause(it)}"


def _always(it: Showing) -> bool:
    return True


def _dirtied(it: Showing) -> str:
    """The measured result of the last look."""
    looks = it.seen.looks if it.seen is not None else ()
    if not looks:
        return ""
    last = looks[-1]
    seconds = (last.at - last.since) / 1000
    page = it.last.page_bytes
    return f"in the last {seconds:.1f} s it dirtied {size_text(int(last.dirtied * page))}; "


def _never_text(it: Showing) -> str:
    return f"the guest writes too fast for {speed_text(it.rate)}: {_dirtied(it)}{_pause(it)}"


CAUSES: Tuple[Cause, ...] = (
    Cause(
        "too-early",
        "what remained was shrinking, and would have fit the limit",
        _shrinks,
        _shrinks_text,
    ),
    Cause(
        "limit-not-reached",
        "the schedule has a limit that would have been enough, but was not reached",
        _limit_left,
        _limit_left_text,
    ),
    Cause(
        "link-not-filled",
        "the link was not filled (by the bandwidth of the request, TLS, the tunnel, too few "
        "connections), and at full speed the limit would have been enough",
        _unfilled,
        _unfilled_text,
    ),
    Cause(
        "throttle-not-reached",
        "autoconverge had not reached its maximum, which would have been enough",
        _throttles,
        _throttles_text,
    ),
    Cause(
        "throttled-in-vain",
        "the guest was throttled, and still wrote too fast",
        _vain,
        _vain_text,
    ),
    Cause(
        "never-converges",
        "the guest writes too fast for the sending rate, no matter how long the migration runs",
        _always,
        _never_text,
    ),
)

# Other codes of a diagnosis: how the migration ended or stands.
STATES: Mapping[_State, str] = {
    "completed": "it completed",
    "will-complete": "it still runs, and will complete",
    "will-switch": "it still runs, and will switch to post-copy",
    "in-post-copy": "it has switched to post-copy, and still runs",
    "not-sure": "it still runs, and several outcomes are possible",
    "monitor-died": "the schedule ran out, which killed Vdsm's monitor",
    "post-copy-failed": "it failed after the switch to post-copy",
    "failed": "QEMU or libvirt failed; the samples do not say why",
    "aborted-by-user": "it was cancelled, and the schedule had no abort due",
    "too-little-seen": "the samples say too little",
}

# What to run if the evidence is not enough.
MEASURES: Mapping[str, str] = {
    "samples": "sample it every second while it runs: virsh qemu-monitor-command VM --hmp 'info "
    "migrate'",
    "rate": "measure how fast the guest writes: virsh domdirtyrate-calc VM --seconds 1, then virsh "
    "domstats VM --dirtyrate",
    "abort": "Vdsm's log says who cancelled it: grep -i 'abort\\|cancel' /var/log/vdsm/vdsm.log",
    "failure": "the logs of both hosts say why: journalctl -u virtqemud -u libvirtd, and "
    "/var/log/libvirt/qemu/VM.log",
    "resume": "if it is paused, try to resume it: virsh migrate --postcopy-resume VM URI",
    "request": "give the request, too; it is in Engine's log: grep MigrateVDSCommand "
    "/var/log/ovirt-engine/engine.log",
    "link": "the speed of the link is not known: ethtool INTERFACE on both hosts",
}


def cause_of(it: Showing) -> Optional[Cause]:
    """Why it does not complete; None if the samples do not show enough."""
    if it.fit is None or it.model is None or not it.model.guest.sets:
        return None
    return next(cause for cause in CAUSES if cause.applies(it))
