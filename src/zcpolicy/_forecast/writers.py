"""Writers of a guest's memory: `Writer`, and how many pages writers dirty."""

import math
from typing import Any, Dict, List, Literal, Optional, Sequence, Tuple, Union, cast, get_args

import attr

from .._base.documents import Reader
from .._base.errors import InvalidValue
from .._base.fields import Fields, choice, instance, items
from .._base.frozen import quick
from .kinds import DIRTY_RATE, number, pieces

__all__ = [
    "ORDERS",
    "WRITER",
    "WRITERS",
    "WRITERS_MAX",
    "WRITER_KEYS",
    "AnyDirtyRate",
    "DirtyRate",
    "Order",
    "Writer",
    "is_idle",
    "mean_share",
    "read_writers",
    "share_dirtied",
    "written_mib_s",
]

Order = Literal["random", "sweep"]
ORDERS: Tuple[Order, ...] = get_args(Order)

DirtyRate = Union[float, Tuple[Tuple[float, float], ...]]
# What may be given for one.
AnyDirtyRate = Union[float, Sequence[Union[Tuple[float, float], List[float]]]]

WRITERS_MAX = 64


def _as_rate(value: AnyDirtyRate) -> DirtyRate:
    return cast(DirtyRate, pieces(value))


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Writer:
    """A part of a guest that writes a set of pages again and again.

    Attributes:
        mib_s: how fast it writes, MiB/s, counting rewritten pages again; or, if the rate changes,
            up to 1000 pairs ``(from_second, MiB/s)``, the first from second 0.
        set_mib: the memory that it writes, MiB; 0 only if it does not write.
        order: ``"random"`` (each write goes to a random page) or ``"sweep"`` (all pages in order,
            again and again).

    Raises:
        ZcpolicyError: with every invalid field.
    """

    mib_s: DirtyRate = attr.ib(converter=_as_rate)
    set_mib: float
    order: Order = "random"

    def __attrs_post_init__(self) -> None:
        WRITER.check(self)
        if not self.set_mib and not is_idle(self.mib_s):
            raise InvalidValue("set_mib", self.set_mib, "more than 0, since the rate is not 0")

    def to_json(self) -> Dict[str, Any]:
        """The writer with everything spelled out."""
        found = {key: getattr(self, name) for key, name in WRITER_KEYS.items()}
        if isinstance(self.mib_s, tuple):
            found["mibS"] = [list(piece) for piece in self.mib_s]
        return found


WRITER = Fields(mib_s=DIRTY_RATE, set_mib=number(0), order=choice(*ORDERS))
WRITER_KEYS = {"mibS": "mib_s", "setMiB": "set_mib", "order": "order"}
WRITERS = attr.evolve(
    items(instance(Writer), f"a list of at most {WRITERS_MAX} Writers"),
    accepts=lambda value: len(value) <= WRITERS_MAX,
)


def is_idle(rate: DirtyRate) -> bool:
    """Whether nothing is written at all."""
    return not any([each for _, each in rate]) if isinstance(rate, tuple) else not rate


def read_writers(reader: Reader, value: object, path: str) -> Optional[Tuple[Writer, ...]]:
    """Read the writers of a JSON array; None if the reader noted a fault."""
    before = len(reader.faults)
    found = []
    for where, element in reader.array(value, path):
        entries = reader.entries(element, where, WRITER_KEYS, required=("mibS", "setMiB"))
        writer = reader.build(
            Writer, where, entries, WRITER_KEYS, WRITER, required=("mib_s", "set_mib")
        )
        found.append(writer)
    if len(reader.faults) > before:
        return None
    return tuple([writer for writer in found if writer is not None])


def written_mib_s(rate: float, working_set: float, period: float, path: str) -> float:
    """The volume of writes that dirties a set at a rate, MiB/s: the inverse of a measurement.

    Raises:
        ZcpolicyError: the whole set is dirtied within the period; the fault is at *path*.
    """
    share = rate * period / working_set
    if share >= 1:
        raise InvalidValue(
            path,
            period,
            f"a period in which less than {working_set} MiB is dirtied",
            f"too long: at {rate} MiB/s the whole working set of "
            f"{working_set} MiB is dirtied within {period} s",
        )
    return -working_set * math.log1p(-share) / period


def share_dirtied(written: float, pages: float) -> float:
    """The share of *pages* dirtied by this many writes, each to a random page."""
    return -math.expm1(-written / pages)


def mean_share(turns: float, share: float) -> float:
    """The mean of `share_dirtied` over all parts of the time from 0 to the whole.

    This is the dirty share of pages that count from when they are sent, if sent evenly.

    Args:
        turns: how often each page is written in the whole time, on average.
        share: the share that is dirtied in the whole time.
    """
    return 1 - share / turns if turns > 1e-6 else turns / 2
