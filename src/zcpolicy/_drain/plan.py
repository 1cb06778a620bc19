"""A plan: who leaves the host when, and who will not."""

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

import attr

from .._advice.choice import OPTIONS_MAX
from .._advice.option import Change
from .._base.fields import TEXT, Fields, as_tuple, choice, instance, items, optional
from .._base.notebook import html
from .._forecast.forecast import Forecast, Range
from .._forecast.kinds import COUNT, POSITIVE, RANGE, number
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

# The outcomes with which a VM has left.
LEAVES = ("completes", "post-copy")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Leg:
    """A migration of a plan.

    Attributes:
        name: what the VM is called.
        destination: the name of the host that it goes to; None where nobody says.
        start_ms: when it starts, ms.
        end_ms: when it ends, ms; None if it never does.
        forecast: how it runs, at the speeds that it has within the plan.  Its times begin with it.
    """

    name: str
    destination: Optional[str] = None
    start_ms: int
    end_ms: Optional[int]
    forecast: Forecast

    def __attrs_post_init__(self) -> None:
        LEG.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The leg as the plan has it."""
        return {key: _json(getattr(self, name)) for key, name in LEG.json_keys().items()}


LEG = Fields(
    name=TEXT,
    destination=optional(TEXT),
    start_ms=COUNT,
    end_ms=optional(COUNT),
    forecast=instance(Forecast),
)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Stay:
    """A VM that will not leave.

    Attributes:
        name: what it is called.
        reason: why, a sentence.
        forecast: how its migration runs; if it never starts, how it would run.
    """

    name: str
    reason: str
    forecast: Forecast

    def __attrs_post_init__(self) -> None:
        STAY.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The same as the plan has it."""
        return {key: _json(getattr(self, name)) for key, name in STAY.json_keys().items()}


STAY = Fields(name=TEXT, reason=TEXT, forecast=instance(Forecast))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another way with a single change, tried with one run for each VM.

    Attributes:
        change: what is otherwise, in a few words.
        total_ms: when all is over then, ms; None if that is never.
        stays: who will not leave then.
    """

    change: str
    total_ms: Optional[int]
    stays: Tuple[str, ...] = attr.ib(converter=as_tuple)

    def __attrs_post_init__(self) -> None:
        ALTERNATIVE.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The same as the plan has it."""
        return {key: _json(getattr(self, name)) for key, name in ALTERNATIVE.json_keys().items()}


ALTERNATIVE = Fields(
    change=TEXT,
    total_ms=optional(COUNT),
    stays=attr.evolve(
        items(TEXT, "a list of names"), schema={"type": "array", "items": TEXT.schema}
    ),
)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Plan:
    """How a host gets empty.

    Attributes:
        stays: who will not leave, and why.
        total_ms: when the last migration is over, ms; None if one never is.
        total_ms_range: between what that will be in nine of ten cases, ms; the upper end is None
            where it may be never.
        legs: the migrations, in the order in which they start; aborted ones are among them.
        outgoing: how many leave the host at a time.
        link_mbps: what the link carries, 10^6 bits a second; None where nobody knows, so that
            each migration has what its request allows.
        order: the order in which they start, as it was asked for.
        alternatives: all that was tried by itself, whether it helps or not.
        options: what would help: more VMs leave, or all of them sooner.  Seven at most, of which
            none is dominated by another in who stays, the longest total, the longest downtime, the
            highest throttle and the number of changes; the fewest and gentlest changes first.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    stays: Tuple[Stay, ...] = attr.ib(converter=as_tuple)
    total_ms: Optional[int]
    total_ms_range: Range = attr.ib(converter=as_tuple)
    legs: Tuple[Leg, ...] = attr.ib(converter=as_tuple)
    outgoing: int
    link_mbps: Optional[float]
    order: Order
    alternatives: Tuple[Alternative, ...] = attr.ib(default=(), converter=as_tuple)
    options: Tuple["PlanOption", ...] = attr.ib(default=(), converter=as_tuple)

    def __attrs_post_init__(self) -> None:
        PLAN.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The plan as ``zcpolicy drain --json`` prints it."""
        return {key: _json(getattr(self, name)) for key, name in PLAN.json_keys().items()}

    def to_csv(self) -> str:
        """The plan as ``zcpolicy drain --csv`` prints it: a row for each VM."""
        from .text import plan_csv

        return plan_csv(self)

    def __str__(self) -> str:
        from .text import plan_text

        return plan_text(self)

    def plot(self) -> "Figure":
        """The plan as a figure of matplotlib, as `zcpolicy.plot.figure` draws it.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from ..plot import figure

        return figure(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(str(self))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class PlanOption:
    """What would help a plan: an `Option`, for all of its moves.

    Attributes:
        changes: what differs, as an `Option` has it; ``outgoing`` and ``order`` are arguments of
            `drain`.  Of several values those before are named in one text.
        moves: the moves with the changes.
        plan: how it would go, without alternatives and options: `drain` with these moves, the
            plan's ``order`` and ``outgoing``, and all else as it was.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    changes: Tuple[Change, ...] = attr.ib(converter=as_tuple)
    moves: Tuple[Move, ...] = attr.ib(converter=as_tuple)
    plan: Plan

    def __attrs_post_init__(self) -> None:
        OPTION.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The option as the plan has it, without the moves."""
        return {"changes": _json(self.changes), "plan": self.plan.to_json()}

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
        items(instance(PlanOption), f"a list of PlanOptions, {OPTIONS_MAX} at most"),
        accepts=lambda value: len(value) <= OPTIONS_MAX,
    ),
)


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return value.to_json() if hasattr(value, "to_json") else value
