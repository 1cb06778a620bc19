"""A plan: which VMs leave the host and when, and which will not."""

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

import attr

from .._advice.choice import OPTIONS_MAX
from .._advice.option import Change, as_changes
from .._advice.text import short_changes
from .._base.errors import short_repr, shortened
from .._base.fields import (
    TEXT,
    Fields,
    ListOrTuple,
    as_texts,
    as_tuple,
    choice,
    instance,
    items,
    optional,
)
from .._base.frozen import quick
from .._base.notebook import html
from .._base.terminal import escaped
from .._forecast.forecast import Forecast, Range, as_range
from .._forecast.kinds import COUNT, POSITIVE, RANGE, number
from .._forecast.text import short_text, time_text
from .moves import ORDERS, Move, Order

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "ALTERNATIVE",
    "LEAVES",
    "LEG",
    "OPTION",
    "PLAN",
    "STAY",
    "Alternative",
    "Leg",
    "Plan",
    "PlanOption",
    "Stay",
]

# The outcomes after which a VM has left.
LEAVES = ("completes", "post-copy")


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Leg:
    """A migration of a plan.

    Attributes:
        name: the name of the VM.
        destination: the name of the host that it goes to; None if not known.
        start_ms: when it starts, ms.
        end_ms: when it ends, ms; None if never.
        forecast: its forecast, at its speeds within the plan; times count from its start.
    """

    name: str
    destination: Optional[str] = None
    start_ms: int
    end_ms: Optional[int]
    forecast: Forecast

    def __attrs_post_init__(self) -> None:
        LEG.check(self)

    def __repr__(self) -> str:
        to = "" if self.destination is None else f" to {short_repr(self.destination)}"
        when = time_text(self.start_ms)
        return f"<Leg: {short_repr(self.name)}{to} at {when}: {short_text(self.forecast)}>"

    def to_json(self) -> Dict[str, Any]:
        """The leg, as in the JSON of a plan."""
        return {key: _json(getattr(self, name)) for key, name in LEG.json_keys().items()}


LEG = Fields(
    name=TEXT,
    destination=optional(TEXT),
    start_ms=COUNT,
    end_ms=optional(COUNT),
    forecast=instance(Forecast),
)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Stay:
    """A VM that will not leave.

    Attributes:
        name: its name.
        reason: why, a sentence.
        forecast: the forecast of its migration; if it never starts, as if it did.
    """

    name: str
    reason: str
    forecast: Forecast

    def __attrs_post_init__(self) -> None:
        STAY.check(self)

    def __repr__(self) -> str:
        return f"<Stay: {short_repr(self.name)}: {shortened(escaped(self.reason), 160)}>"

    def to_json(self) -> Dict[str, Any]:
        """The stay, as in the JSON of a plan."""
        return {key: _json(getattr(self, name)) for key, name in STAY.json_keys().items()}


STAY = Fields(name=TEXT, reason=TEXT, forecast=instance(Forecast))


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Alternative:
    """The plan with a single change, tried with one run per VM.

    Attributes:
        change: the change, in a few words.
        total_ms: when all migrations are then over, ms; None if never.
        stays: the VMs that then will not leave.
    """

    change: str
    total_ms: Optional[int]
    stays: Tuple[str, ...] = attr.ib(converter=as_texts)

    def __attrs_post_init__(self) -> None:
        ALTERNATIVE.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The alternative, as in the JSON of a plan."""
        return {key: _json(getattr(self, name)) for key, name in ALTERNATIVE.json_keys().items()}


ALTERNATIVE = Fields(
    change=TEXT,
    total_ms=optional(COUNT),
    stays=attr.evolve(
        items(TEXT, "a list of names"), schema={"type": "array", "items": TEXT.schema}
    ),
)


def _as_stays(value: ListOrTuple[Stay]) -> Tuple[Stay, ...]:
    return as_tuple(value)


def _as_legs(value: ListOrTuple[Leg]) -> Tuple[Leg, ...]:
    return as_tuple(value)


def _as_alternatives(value: ListOrTuple[Alternative]) -> Tuple[Alternative, ...]:
    return as_tuple(value)


def _as_options(value: ListOrTuple["PlanOption"]) -> Tuple["PlanOption", ...]:
    return as_tuple(value)


def _as_moves(value: ListOrTuple[Move]) -> Tuple[Move, ...]:
    return as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Plan:
    """How a host is emptied.

    Attributes:
        stays: the VMs that will not leave, and why.
        total_ms: when the last migration is over, ms; None if one never is.
        total_ms_range: the range that holds nine of ten cases, ms; the upper end is None if it may
            be never.
        legs: the migrations, including aborted ones, in the order in which they start.
        outgoing: how many leave the host at a time.
        link_mbps: the capacity of the link, 10^6 bits a second; None if not known, in which case
            each migration gets what its request allows.
        order: the requested order in which they start.
        alternatives: all single changes that were tried, whether they help or not.
        options: what would help: more VMs leave, or all of them sooner.  At most seven, none
            dominated by another in who stays, the longest total, the longest downtime, the
            highest throttle and the number of changes; the fewest and gentlest changes first.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    stays: Tuple[Stay, ...] = attr.ib(converter=_as_stays)
    total_ms: Optional[int]
    total_ms_range: Range = attr.ib(converter=as_range)
    legs: Tuple[Leg, ...] = attr.ib(converter=_as_legs)
    outgoing: int
    link_mbps: Optional[float]
    order: Order
    alternatives: Tuple[Alternative, ...] = attr.ib(default=(), converter=_as_alternatives)
    options: Tuple["PlanOption", ...] = attr.ib(default=(), converter=_as_options)

    def __attrs_post_init__(self) -> None:
        PLAN.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The plan, as ``zcpolicy drain --json`` prints it."""
        return {key: _json(getattr(self, name)) for key, name in PLAN.json_keys().items()}

    def to_csv(self) -> str:
        """The plan, as ``zcpolicy drain --csv`` prints it: a row per VM."""
        from .text import plan_csv

        return plan_csv(self)

    def __repr__(self) -> str:
        from .text import result_text

        return f"<Plan: {result_text(self)}>"

    def __str__(self) -> str:
        from .text import plan_text

        return plan_text(self)

    def plot(self) -> "Figure":
        """Draw the plan as a matplotlib figure, as `zcpolicy.plot.figure` does.

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


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class PlanOption:
    """A better way for a plan: an `Option` for all of its moves.

    Attributes:
        changes: the differences, as in an `Option`; ``outgoing`` and ``order`` are arguments of
            `drain`.  If the old values differ, one text lists them.
        moves: the moves with the changes.
        plan: its plan, without alternatives and options: the result of `drain` with these moves,
            the plan's ``order`` and ``outgoing``, and the other arguments as they were.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    changes: Tuple[Change, ...] = attr.ib(converter=as_changes)
    moves: Tuple[Move, ...] = attr.ib(converter=_as_moves)
    plan: Plan

    def __attrs_post_init__(self) -> None:
        OPTION.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The option, as in the JSON of a plan, without the moves."""
        return {"changes": _json(self.changes), "plan": self.plan.to_json()}

    def __repr__(self) -> str:
        from .text import result_text

        return f"<PlanOption: {short_changes(self.changes)}: {result_text(self.plan)}>"

    def __str__(self) -> str:
        from .text import option_text

        return option_text(self)


OPTION = Fields(
    changes=items(instance(Change), "a list of Changes"),
    moves=items(instance(Move), "a list of Moves"),
    plan=instance(Plan),
)
PLAN = Fields(
    stays=items(instance(Stay), "a list of Stays"),
    total_ms=optional(COUNT),
    total_ms_range=RANGE,
    legs=items(instance(Leg), "a list of Legs"),
    outgoing=POSITIVE,
    link_mbps=optional(number(1)),
    order=choice(*ORDERS),
    alternatives=items(instance(Alternative), "a list of Alternatives"),
    options=attr.evolve(
        items(instance(PlanOption), f"a list of at most {OPTIONS_MAX} PlanOptions"),
        accepts=lambda value: len(value) <= OPTIONS_MAX,
    ),
)


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return value.to_json() if hasattr(value, "to_json") else value
