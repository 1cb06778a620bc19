"""A forecast's input and output: a workload in, rounds and an outcome out.

The model is in `simulation`, the text output in `text`.
"""

import math
from typing import Any, Dict, Literal, Optional, Tuple, Union, get_args

import attr

from .._base.documents import Reader
from .._base.errors import InvalidValue, raise_all
from .._base.fields import (
    BOOL,
    INT_MAX,
    TEXT,
    Fields,
    Kind,
    as_tuple,
    choice,
    instance,
    integer,
    items,
    optional,
)
from .._base.frozen import quick
from .._model.schedule import Action
from .text import forecast_text

__all__ = [
    "BOUNDS",
    "Bound",
    "FORECAST",
    "MARGIN",
    "OUTCOMES",
    "Outcome",
    "ROUND",
    "WORKLOAD",
    "Forecast",
    "Round",
    "Workload",
]

Outcome = Literal["completes", "post-copy", "aborted", "never"]
OUTCOMES: Tuple[Outcome, ...] = get_args(Outcome)
# What can limit the speed of a migration.
Bound = Literal["vdsm", "bandwidth", "link", "connections"]
BOUNDS: Tuple[Bound, ...] = get_args(Bound)

# The accepted relative error of times and bytes; docs/forecast.md measures it.
MARGIN = 0.1

DirtyRate = Union[float, Tuple[Tuple[float, float], ...]]

_PIECES_MAX = 1000  # a day in steps of a minute and a half


def _number(low: float, high: int = INT_MAX) -> Kind:
    """A number from *low* to *high*; bools, NaN and infinity are rejected."""
    return Kind(
        types=(int, float),
        expected=f"a number from {low} to {high}",
        accepts=lambda value: low <= value <= high,
        schema={"type": "number", "minimum": low, "maximum": high},
    )


_RATE = _number(0)


def _pieces(value: Any) -> Any:
    """Turn lists, and the pairs in them, into tuples; anything else is left to the check."""
    if isinstance(value, (list, tuple)):
        return tuple([as_tuple(piece) for piece in value])
    return value


def _is_pair(value: Any) -> bool:
    return len(value) == 2 and not any([_RATE.faults("", number) for number in value])


def _is_dirty_rate(value: Any) -> bool:
    if not isinstance(value, tuple):
        return not _RATE.faults("", value)
    if not all([type(piece) is tuple and _is_pair(piece) for piece in value]):
        return True  # each pair is checked on its own
    starts = [start for start, _ in value]
    return (
        0 < len(starts) <= _PIECES_MAX
        and starts[0] == 0
        and all([before < after for before, after in zip(starts, starts[1:])])
    )


_PAIR = Kind(
    types=(tuple,),
    expected=f"a pair (from second, MiB/s) of numbers from 0 to {INT_MAX}",
    accepts=_is_pair,
)
_DIRTY_RATE = Kind(
    types=(int, float, tuple),
    expected=f"a rate in MiB/s, {_RATE.expected}, or up to {_PIECES_MAX} pairs "
    "(from second, MiB/s) of which the first begins at 0 and each other after the one before",
    accepts=_is_dirty_rate,
    item=_PAIR,
    schema={
        "anyOf": [
            _RATE.schema,
            {
                "type": "array",
                "minItems": 1,
                "maxItems": _PIECES_MAX,
                "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _RATE.schema},
            },
        ]
    },
)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Workload:
    """The load of the guest during migration, and the network's capacity.

    Attributes:
        dirty_mib_s: how fast the guest writes memory, MiB/s, each write to a random page of the
            working set, and rewritten pages counted again; or, if the rate changes, up to 1000
            pairs ``(from_second, MiB/s)``, the first from second 0.  QEMU measures less: use
            `measured` to make a workload from its figure.
        working_set_mib: the memory that it writes again and again, MiB, at least 1.
        zero_share: the share of memory that is all zeros, 0 to 1; almost nothing is sent for it.
        link_mbps: the network bandwidth available to the migration, 10^6 bits a second, at least 1;
            None: the resolution's bandwidth.  A connection carries at most 10 Gbps.
        overhead_ms: how long a switchover takes besides sending the remaining memory: stopping the
            guest, sending device state, starting it.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    dirty_mib_s: DirtyRate = attr.ib(converter=_pieces)
    working_set_mib: int
    zero_share: float = 0.0
    link_mbps: Optional[float] = None
    # Cloud Hypervisor's developers measure about 30 ms for a small VM (pull request 7979) and
    # call 20 to 50 ms usual (7033); QEMU's VMs have more devices.
    overhead_ms: int = 50

    def __attrs_post_init__(self) -> None:
        WORKLOAD.check(self)

    @classmethod
    def measured(
        cls, *, rate_mib_s: float, working_set_mib: int, period_s: float = 1, **others: Any
    ) -> "Workload":
        """The workload of a guest whose dirty rate was measured with QEMU's ``calc-dirty-rate``.

        That counts a page once, however often the guest writes it in the period t.  Of a working
        set W a volume of writes v a second leaves d = W (1 - exp(-v t / W)) / t, so that
        v = -W ln(1 - d t / W) / t.

        Args:
            rate_mib_s: the ``dirty-rate`` d, MiB/s.
            working_set_mib: as in the workload.
            period_s: over which time it was measured, seconds, 0.05 to 60; QEMU's and virsh's
                default is 1.  The shorter, the better.
            others: the other fields of the workload.

        Raises:
            ZcpolicyError: a value is not as said here, or the guest dirtied its whole working set
                in the period, so the rate is unknown.
        """
        raise_all(
            [
                *_RATE.faults("rate_mib_s", rate_mib_s),
                *WORKLOAD.kinds["working_set_mib"].faults("working_set_mib", working_set_mib),
                *_PERIOD.faults("period_s", period_s),
            ]
        )
        share = rate_mib_s * period_s / working_set_mib
        if share >= 1:
            raise InvalidValue(
                "period_s",
                period_s,
                f"a period in which less than {working_set_mib} MiB is dirtied",
                f"too long: at {rate_mib_s} MiB/s the whole working set of "
                f"{working_set_mib} MiB is dirtied within {period_s} s",
            )
        written = -working_set_mib * math.log1p(-share) / period_s
        return cls(dirty_mib_s=written, working_set_mib=working_set_mib, **others)

    def to_json(self) -> Dict[str, Any]:
        """The workload with everything spelled out."""
        found = {key: getattr(self, name) for key, name in WORKLOAD_KEYS.items()}
        if isinstance(self.dirty_mib_s, tuple):
            found["dirtyMiBs"] = [list(piece) for piece in self.dirty_mib_s]
        return found

    @classmethod
    def from_json(cls, document: object) -> "Workload":
        """Read a workload, as ``docs/forecast.md`` describes it.

        Raises:
            ZcpolicyError: with every fault of the document and its path.
        """
        reader = Reader()
        found = reader.entries(document, "", WORKLOAD_KEYS, required=WORKLOAD_REQUIRED)
        if found is not None and "dirty_mib_s" in found:
            found["dirty_mib_s"] = _pieces(found["dirty_mib_s"])
        names = [WORKLOAD_KEYS[key] for key in WORKLOAD_REQUIRED]
        return reader.result(reader.build(cls, "", found, WORKLOAD_KEYS, WORKLOAD, required=names))


WORKLOAD = Fields(
    dirty_mib_s=_DIRTY_RATE,
    working_set_mib=integer(1),
    zero_share=_number(0, 1),
    link_mbps=optional(_number(1)),
    overhead_ms=integer(0),
)
# QEMU migration/dirtyrate.h: MIN_CALC_TIME_MS and MAX_CALC_TIME_MS.
_PERIOD = _number(0.05, 60)
WORKLOAD_KEYS = {
    "dirtyMiBs": "dirty_mib_s",
    "workingSetMiB": "working_set_mib",
    "zeroShare": "zero_share",
    "linkMbps": "link_mbps",
    "overheadMs": "overhead_ms",
}
WORKLOAD_REQUIRED = ("dirtyMiBs", "workingSetMiB")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Round:
    """One round of a migration, or a run of identical rounds.

    Attributes:
        iteration: what QEMU and libvirt call it: the first is 1, each look at what the guest has
            dirtied begins the next.
        count: how many rounds it stands for.  Times and bytes are then of all together.
        start_ms: when it begins.
        end_ms: when it ends.
        remaining_bytes: memory to send as it begins.
        left_bytes: what of that is not sent as it ends.
        sent_bytes: what goes over the network.
        dirtied_bytes: memory that the look at its end adds.
        throttle: the share of time that autoconverge takes from the guest, percent.
        limit_ms: the downtime limit at its end.
        actions: what Vdsm's monitor does, ``((at_ms, Action), …)``.
    """

    iteration: int
    count: int = 1
    start_ms: int
    end_ms: int
    remaining_bytes: int
    left_bytes: int
    sent_bytes: int
    dirtied_bytes: int
    throttle: int = 0
    limit_ms: int
    actions: Tuple[Tuple[int, Action], ...] = attr.ib(default=(), converter=_pieces)

    def __attrs_post_init__(self) -> None:
        ROUND.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The round as the answer of the command has it."""
        found = {key: getattr(self, name) for key, name in _ROUND_KEYS.items()}
        found["actions"] = [
            {"atMs": at, "name": action.name, "params": [*action.params]}
            for at, action in self.actions
        ]
        return found


def _from(low: int) -> Kind:
    """An integer without end: it comes out, and days of a large VM are more than Engine's ints."""
    return Kind(
        types=(int,),
        expected=f"an integer from {low}",
        accepts=lambda value: value >= low,
        schema={"type": "integer", "minimum": low},
    )


_COUNT = _from(0)
_POSITIVE = _from(1)
_TIMED_ACTION = Kind(
    types=(tuple,),
    expected="a pair of a time in ms and an Action",
    accepts=lambda value: (
        len(value) == 2 and not _COUNT.faults("", value[0]) and type(value[1]) is Action
    ),
)

ROUND = Fields(
    iteration=_POSITIVE,
    count=_POSITIVE,
    start_ms=_COUNT,
    end_ms=_COUNT,
    remaining_bytes=_COUNT,
    left_bytes=_COUNT,
    sent_bytes=_COUNT,
    dirtied_bytes=_COUNT,
    throttle=integer(0, 99),
    limit_ms=_COUNT,
    actions=items(_TIMED_ACTION, "a list of pairs of a time in ms and an Action"),
)
_ROUND_KEYS = ROUND.json_keys()


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Forecast:
    """How a migration is expected to run, by a small model.

    Attributes:
        outcome: ``"completes"``, ``"post-copy"`` (it switches to post-copy and then completes),
            ``"aborted"`` (by the schedule) or ``"never"`` (nothing ends it).
        total_ms: from the start to the end, ms; of a migration that never ends, to the point
            from which it only repeats itself.
        downtime_ms: how long the guest stands still at the switchover, ms; 0 if there is none.
        sent_mib: what goes over the network, MiB, rounded up.
        verdict: how it ends and why, a sentence.
        rounds: the rounds, in their order.
        rest_bytes: memory that is sent after the rounds: while the guest stands still, or by
            post-copy.
        bytes_per_s: what can be sent while the guest runs, bytes a second.
        bound_by: what that is, the slowest of all: ``"vdsm"`` (Vdsm's own bandwidth, where the
            resolution has none), ``"bandwidth"`` (the resolution's), ``"link"`` (the workload's)
            or ``"connections"`` (10 Gbps each).
        plateau_ms: the downtime limit that it would need at the last dirty rate and throttle, ms:
            with a longer one it completes, given time, with a shorter one never once the first
            round is over; 0 if any will do.
        margin: the relative error of times and bytes that the model is held to.  That of the
            downtime is larger: it depends on where in a round the limit is met, and on the
            overhead.
        near_edge: whether the outcome would be another one if the dirty rate and the bandwidth
            were off by the margin, or whether the model gave up; do not rely on it then.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    outcome: Outcome
    total_ms: int
    downtime_ms: int
    sent_mib: int
    verdict: str
    rounds: Tuple[Round, ...] = attr.ib(converter=as_tuple)
    rest_bytes: int
    bytes_per_s: int
    bound_by: Bound
    plateau_ms: int
    margin: float = MARGIN
    near_edge: bool

    def __attrs_post_init__(self) -> None:
        FORECAST.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The answer of ``zcpolicy simulate --json``."""
        found = {key: getattr(self, name) for key, name in _FORECAST_KEYS.items()}
        found["rounds"] = [each.to_json() for each in self.rounds]
        return found

    def __str__(self) -> str:
        return forecast_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(str(self))


FORECAST = Fields(
    outcome=choice(*OUTCOMES),
    total_ms=_COUNT,
    downtime_ms=_COUNT,
    sent_mib=_COUNT,
    verdict=TEXT,
    rounds=attr.evolve(
        items(instance(Round), "a list of Rounds, one at least"), accepts=lambda value: value != ()
    ),
    rest_bytes=_COUNT,
    bytes_per_s=_POSITIVE,
    bound_by=choice(*BOUNDS),
    plateau_ms=_COUNT,
    margin=_number(0, 1),
    near_edge=BOOL,
)
_FORECAST_KEYS = FORECAST.json_keys()
