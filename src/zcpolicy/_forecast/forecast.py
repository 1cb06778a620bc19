"""A forecast's output: rounds, an outcome, and ranges."""

from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    List,
    Literal,
    Optional,
    Sequence,
    Tuple,
    Union,
    cast,
    get_args,
)

import attr

from .._base.fields import (
    BOOL,
    TEXT,
    Fields,
    Kind,
    ListOrTuple,
    as_texts,
    as_tuple,
    choice,
    instance,
    integer,
    items,
)
from .._base.frozen import quick
from .._base.notebook import html
from .._model.schedule import Action
from .kinds import COUNT, POSITIVE, RANGE, pieces
from .text import forecast_text, short_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BOUNDS",
    "Bound",
    "FORECAST",
    "OUTCOMES",
    "Outcome",
    "ROUND",
    "Forecast",
    "Range",
    "Round",
    "as_range",
]

Outcome = Literal["completes", "post-copy", "aborted", "never"]
OUTCOMES: Tuple[Outcome, ...] = get_args(Outcome)
# The possible limits of a migration's speed.
Bound = Literal["vdsm", "bandwidth", "link", "connections"]
BOUNDS: Tuple[Bound, ...] = get_args(Bound)
# From, to; None is an open end.
Range = Tuple[Optional[int], Optional[int]]


def as_range(value: Union[Range, List[Optional[int]]]) -> Range:
    """What forecasts and plans take for a range; the check sees to its length."""
    return cast(Range, as_tuple(value))


def _as_timed(
    value: Sequence[Union[Tuple[int, Action], List[Union[int, Action]]]],
) -> Tuple[Tuple[int, Action], ...]:
    return cast(Tuple[Tuple[int, Action], ...], pieces(value))


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Round:
    """One round of a migration, or a run of identical rounds.

    Attributes:
        iteration: the number that QEMU and libvirt give it: the first is 1, and each look at what
            the guest has dirtied begins the next.
        count: how many rounds it stands for; times and bytes are totals.
        start_ms: when it begins.
        end_ms: when it ends.
        remaining_bytes: memory to send when it begins.
        left_bytes: the part of that still unsent when it ends.
        sent_bytes: bytes sent over the network.
        dirtied_bytes: memory that the look at its end adds.
        throttle: the share of time that autoconverge takes from the guest, percent.
        limit_ms: the downtime limit at its end.
        actions: the actions of Vdsm's monitor, ``((at_ms, Action), …)``.
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
    actions: Tuple[Tuple[int, Action], ...] = attr.ib(default=(), converter=_as_timed)

    def __attrs_post_init__(self) -> None:
        ROUND.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The round, as in the JSON answer of the command."""
        found = {key: getattr(self, name) for key, name in _ROUND_KEYS.items()}
        found["actions"] = [
            {"atMs": at, "name": action.name, "params": [*action.params]}
            for at, action in self.actions
        ]
        return found


_TIMED_ACTION = Kind(
    types=(tuple,),
    expected="a pair of a time in ms and an Action",
    accepts=lambda value: (
        len(value) == 2 and not COUNT.faults("", value[0]) and type(value[1]) is Action
    ),
)

_THROTTLE = integer(0, 99)
ROUND = Fields(
    iteration=POSITIVE,
    count=POSITIVE,
    start_ms=COUNT,
    end_ms=COUNT,
    remaining_bytes=COUNT,
    left_bytes=COUNT,
    sent_bytes=COUNT,
    dirtied_bytes=COUNT,
    throttle=_THROTTLE,
    limit_ms=COUNT,
    actions=items(_TIMED_ACTION, "a list of pairs of a time in ms and an Action"),
)
_ROUND_KEYS = ROUND.json_keys()


def _as_outcomes(value: ListOrTuple[Outcome]) -> Tuple[Outcome, ...]:
    return as_tuple(value)


def _as_rounds(value: ListOrTuple[Round]) -> Tuple[Round, ...]:
    return as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Forecast:
    """How a simple model expects a migration to run.

    Attributes:
        outcome: ``"completes"``, ``"post-copy"`` (it switches to post-copy and then completes),
            ``"aborted"`` (by the schedule) or ``"never"`` (nothing ends it); for the workload as
            given, or for the one that explains the evidence best.
        outcomes: all outcomes possible given what is known, `outcome` first.
        total_ms: from start to end, ms; for a migration that never ends, to the point from which it
            only repeats itself.
        total_ms_range: the range that holds nine of ten real migrations, ms; the upper end is None
            if it may never end.
        downtime_ms: how long the guest stands still at the switchover, ms; 0 if there is none.
        downtime_ms_range: its range, ms, if it switches over.
        sent_mib: what goes over the network, MiB, rounded up.
        sent_mib_range: its range, MiB.
        throttle: the most that autoconverge takes from the guest's time, percent.
        throttle_range: its range, percent.
        verdict: how it ends and why, a sentence.
        rounds: the rounds, in order.
        rest_bytes: memory sent after the rounds: while the guest stands still, or by post-copy.
        bytes_per_s: how fast memory can be sent while the guest runs, bytes a second.
        bound_by: what limits that: ``"vdsm"`` (Vdsm's own bandwidth, if the resolution has none),
            ``"bandwidth"`` (the resolution's), ``"link"`` (the workload's, or that of both hosts)
            or ``"connections"`` (their number times the workload's ``connection_mbps``).
        plateau_ms: the downtime limit needed at the last dirty rate and throttle, ms: with a longer
            one it completes, given time; with a shorter one never, once the first round is over;
            0 if any will do.
        near_edge: whether several outcomes are possible, or the model gave up on the only one.
        assumed: what was not given, and the assumption made instead, in a few words each.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    outcome: Outcome
    outcomes: Tuple[Outcome, ...] = attr.ib(converter=_as_outcomes)
    total_ms: int
    total_ms_range: Range = attr.ib(converter=as_range)
    downtime_ms: int
    downtime_ms_range: Range = attr.ib(converter=as_range)
    sent_mib: int
    sent_mib_range: Range = attr.ib(converter=as_range)
    throttle: int
    throttle_range: Range = attr.ib(converter=as_range)
    verdict: str
    rounds: Tuple[Round, ...] = attr.ib(converter=_as_rounds)
    rest_bytes: int
    bytes_per_s: int
    bound_by: Bound
    plateau_ms: int
    near_edge: bool
    assumed: Tuple[str, ...] = attr.ib(default=(), converter=as_texts)

    def __attrs_post_init__(self) -> None:
        FORECAST.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The forecast, as in the answer of ``zcpolicy simulate --json``."""
        found = {key: getattr(self, name) for key, name in _FORECAST_KEYS.items()}
        found["rounds"] = [each.to_json() for each in self.rounds]
        for key, value in found.items():
            if type(value) is tuple:
                found[key] = [*value]
        return found

    def __repr__(self) -> str:
        return f"<Forecast: {short_text(self)}>"

    def __str__(self) -> str:
        return forecast_text(self)

    def plot(self) -> "Figure":
        """Draw the forecast as a matplotlib figure, as `zcpolicy.plot.figure` does.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from ..plot import figure

        return figure(self)

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        return html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The text that IPython shows."""
        printer.text(str(self))


_OUTCOME = choice(*OUTCOMES)
FORECAST = Fields(
    outcome=_OUTCOME,
    outcomes=attr.evolve(
        items(_OUTCOME, "a list of at least one outcome"),
        accepts=lambda value: value != (),
        schema={"type": "array", "minItems": 1, "items": _OUTCOME.schema},
    ),
    total_ms=COUNT,
    total_ms_range=RANGE,
    downtime_ms=COUNT,
    downtime_ms_range=RANGE,
    sent_mib=COUNT,
    sent_mib_range=RANGE,
    throttle=_THROTTLE,
    throttle_range=RANGE,
    verdict=TEXT,
    rounds=attr.evolve(
        items(instance(Round), "a list of at least one Round"), accepts=lambda value: value != ()
    ),
    rest_bytes=COUNT,
    bytes_per_s=POSITIVE,
    bound_by=choice(*BOUNDS),
    plateau_ms=COUNT,
    near_edge=BOOL,
    assumed=attr.evolve(
        items(TEXT, "a list of strings"),
        schema={"type": "array", "items": TEXT.schema},
    ),
)
_FORECAST_KEYS = FORECAST.json_keys()
