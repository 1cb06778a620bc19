"""Moves, and the checks for a list of them."""

from typing import (
    Any,
    Dict,
    List,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
    get_args,
)

import attr

from .._base.documents import join_any
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, suggestion
from .._base.fields import TEXT, Fields, Kind, choice, instance, integer, optional
from .._base.frozen import quick
from .._decision.resolution import Resolution
from .._forecast.fit import Fit
from .._forecast.kinds import number
from .._forecast.workload import Workload

__all__ = [
    "ARGUMENTS",
    "LIMIT",
    "MOVE",
    "NAME",
    "ORDERS",
    "Asked",
    "Limits",
    "Move",
    "Order",
    "checked",
    "limits",
]

Order = Literal["given", "shortest", "largest"]
ORDERS: Tuple[Order, ...] = get_args(Order)
LIMIT = integer(1)
NAME = Kind(types=(str,), expected="a name", accepts=bool, schema={**TEXT.schema, "minLength": 1})


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Move:
    """A VM that has to leave its host.

    Attributes:
        name: the name of the VM, unique within a plan.
        resolution: the decision for its migration.
        workload: its load and the network, or a fit of both.
        destination: the name of the host that it goes to; None: the name of the destination in the
            resolution's scenario, if any.

    Raises:
        ZcpolicyError: with every invalid field, including a destination that contradicts the
            scenario.
    """

    name: str
    resolution: Resolution
    workload: Union[Workload, Fit]
    destination: Optional[str] = None

    def __attrs_post_init__(self) -> None:
        MOVE.check(self)
        said = self.resolution.scenario.destination.name
        if self.destination is not None and said is not None and said != self.destination:
            expected = f"{said!r}, the name of the destination in the scenario, or none"
            raise InvalidValue("destination", self.destination, expected)

    @property
    def goes_to(self) -> Optional[str]:
        """The name of the host that it goes to; None if not known."""
        return self.destination or self.resolution.scenario.destination.name


MOVE = Fields(
    name=NAME,
    resolution=instance(Resolution),
    workload=Kind(types=(Workload, Fit), expected="a Workload or a Fit"),
    destination=optional(TEXT),
)

ARGUMENTS = Fields(
    link_mbps=optional(number(1)),
    order=choice(*ORDERS),
    outgoing=optional(LIMIT),
)


def checked(
    moves: Sequence[Move],
    incoming: Mapping[str, int],
    **others: Any,
) -> Tuple[Move, ...]:
    """Check all arguments of `drain`, and return the moves.

    Raises:
        ZcpolicyError: with every fault.
    """
    faults: List[ZcpolicyError] = []
    for name, kind in ARGUMENTS.kinds.items():
        faults += kind.faults(name, others[name])
    if not isinstance(moves, (list, tuple)):
        raise_all([InvalidType("moves", moves, "a list of Moves"), *faults])
    wrong = [(index, move) for index, move in enumerate(moves) if type(move) is not Move]
    faults += [InvalidType(f"moves[{index}]", move, "a Move") for index, move in wrong]
    if not isinstance(incoming, Mapping):
        faults.append(InvalidType("incoming", incoming, "limits by name of the destination"))
    raise_all(faults)
    raise_all([*_alike(moves), *_two_sources(moves), *_unknown(moves, incoming)])
    return tuple(moves)


def _alike(moves: Sequence[Move]) -> List[ZcpolicyError]:
    first: Dict[str, int] = {}
    faults: List[ZcpolicyError] = []
    for index, move in enumerate(moves):
        before = first.setdefault(move.name, index)
        if before != index:
            problem = f"{move.name!r} is also the name of moves[{before}]"
            expected = "a name that no other move has"
            faults.append(InvalidValue(f"moves[{index}].name", move.name, expected, problem))
    return faults


def _two_sources(moves: Sequence[Move]) -> List[ZcpolicyError]:
    named = [
        (move.name, host)
        for move in moves
        for host in [move.resolution.scenario.host.name]
        if host is not None
    ]
    for name, host in named:
        if host != named[0][1]:
            problem = f"{name!r} leaves {host!r}, but {named[0][0]!r} leaves {named[0][1]!r}"
            return [InvalidValue("moves", host, "moves from one host", problem)]
    return []


def _unknown(moves: Sequence[Move], incoming: Mapping[str, int]) -> List[ZcpolicyError]:
    known = sorted({move.goes_to for move in moves if move.goes_to is not None})
    faults: List[ZcpolicyError] = []
    for name, limit in incoming.items():
        path = join_any("incoming", str(name))
        faults += LIMIT.faults(path, limit)
        if name not in known:
            listed = ", ".join(map(repr, known)) or "none has a name"
            expected = "the name of a destination of the moves"
            problem = (
                f"no move goes to a destination of this name{suggestion(str(name), known)} "
                f"(known: {listed})"
            )
            faults.append(InvalidValue(path, limit, expected, problem))
    return faults


class Asked(NamedTuple):
    """The arguments of `drain`."""

    moves: Tuple[Move, ...]
    link_mbps: Optional[float]
    order: Order
    outgoing: Optional[int]
    incoming: Mapping[str, int]


class Limits(NamedTuple):
    """How many migrations run at a time.

    Attributes:
        outgoing: out of the source.
        incoming: into each destination that has a name.
    """

    outgoing: int
    incoming: Mapping[str, int]


def limits(moves: Sequence[Move], outgoing: Optional[int], incoming: Mapping[str, int]) -> Limits:
    """How many migrations run at a time: by the arguments, else by the requests.

    Vdsm has one limit for all migrations from a host and one for all to a host.  Each request of
    Engine sets both anew, whatever Vdsm's configuration says (Vdsm ``virt/migration.py``,
    ``SourceThread._update_outgoing_limit``), so if requests differ, chance decides.

    Raises:
        ZcpolicyError: the requests contradict one another, and no argument decides.
    """
    if outgoing is None:
        asked = [(move.name, move.resolution.parameters.outgoing_limit) for move in moves]
        outgoing = _agreed(asked, "outgoing", "out of the host")
    found = dict(incoming)
    towards: Dict[str, List[Tuple[str, int]]] = {}
    for move in moves:
        if move.goes_to is not None and move.goes_to not in found:
            limit = move.resolution.parameters.incoming_limit
            towards.setdefault(move.goes_to, []).append((move.name, limit))
    for host, each in towards.items():
        found[host] = _agreed(each, join_any("incoming", host), f"into {host!r}")
    return Limits(outgoing, found)


def _agreed(asked: Sequence[Tuple[str, int]], path: str, where: str) -> int:
    """The limit that all requests agree on."""
    if not asked:
        return 1
    name, limit = asked[0]
    for other, differs in asked:
        if differs != limit:
            problem = (
                f"it is missing, and the requests contradict one another: {name!r} asks for "
                f"{limit} at a time {where}, {other!r} for {differs}; Vdsm keeps the last to arrive"
            )
            raise InvalidValue(path, None, LIMIT.expected, problem)
    return limit
