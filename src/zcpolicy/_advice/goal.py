"""Goals for a migration: `Goal`, and how far a forecast misses one."""

import math
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

import attr

from .._base.documents import Reader
from .._base.fields import BOOL, INT_MAX, Fields, Kind, integer, optional
from .._base.frozen import quick
from .._forecast.forecast import Forecast, Outcome
from .._model.schedule import DOWNTIME_MAX

__all__ = ["GOAL", "GOAL_KEYS", "Ends", "Goal", "ends_of", "severity"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Goal:
    """The limits that a migration should keep to; by default only that it completes.

    Attributes:
        total_s: how long it may take, s, more than 0; None: no limit.
        downtime_ms: how long the guest may stand still, ms, 1 to 2,000,000; None: no limit.
        throttle: the most that autoconverge may take from the guest's time, percent, 0 to 99;
            None: no limit.
        postcopy: whether it may switch to post-copy, which slows the guest for a while and loses
            it if a host or the network fails.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    total_s: Optional[float] = None
    downtime_ms: Optional[int] = None
    throttle: Optional[int] = None
    postcopy: bool = False

    def __attrs_post_init__(self) -> None:
        GOAL.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The goal with everything spelled out."""
        return {key: getattr(self, name) for key, name in GOAL_KEYS.items()}

    @classmethod
    def from_json(cls, document: object) -> "Goal":
        """Read ``{"totalS", "downtimeMs", "throttle", "postcopy"}``, all of them optional.

        Raises:
            ZcpolicyError: with every fault of the document and its path.
        """
        reader = Reader()
        found = reader.entries(document, "", GOAL_KEYS)
        return reader.result(reader.build(cls, "", found, GOAL_KEYS, GOAL))

    @property
    def _total_ms(self) -> Optional[float]:
        """`total_s` in ms."""
        return None if self.total_s is None else 1000 * self.total_s

    def met_by(self, forecast: Forecast) -> bool:
        """Whether the whole range of a forecast meets the goal."""
        return not any(self.excess(ends_of(forecast)))

    def excess(self, ends: "Ends") -> Tuple[float, float, float, float]:
        """How far the outcome, the time, the downtime and the throttle miss it; 0: not at all.

        An outcome counts by severity, the others by the share by which they are too large.
        """
        allowed = 1 if self.postcopy else 0
        return (
            float(ends.severity) if ends.severity > allowed else 0.0,
            _share(ends.total_ms, self._total_ms),
            _share(ends.downtime_ms, self.downtime_ms),
            _share(ends.throttle, self.throttle),
        )


def _share(value: float, most: Optional[float]) -> float:
    return 0.0 if most is None or value <= most else (value - most) / max(most, 1)


GOAL = Fields(
    total_s=optional(
        Kind(
            types=(int, float),
            expected=f"a number above 0, at most {INT_MAX}",
            accepts=lambda value: 0 < value <= INT_MAX,
            schema={"type": "number", "exclusiveMinimum": 0, "maximum": INT_MAX},
        )
    ),
    downtime_ms=optional(integer(1, DOWNTIME_MAX)),
    throttle=optional(integer(0, 99)),
    postcopy=BOOL,
)
GOAL_KEYS = {
    "totalS": "total_s",
    "downtimeMs": "downtime_ms",
    "throttle": "throttle",
    "postcopy": "postcopy",
}

# From the gentlest outcome of a migration to the worst; an aborted one leaves the guest alone.
_SEVERITY: Mapping[Outcome, int] = {"completes": 0, "post-copy": 1, "aborted": 2, "never": 3}


def severity(outcome: Outcome) -> int:
    """How bad an outcome is: 0 completes, 1 post-copy, 2 aborted, 3 never."""
    return _SEVERITY[outcome]


class Ends(NamedTuple):
    """The upper ends of a forecast's ranges, which a goal limits.

    Attributes:
        severity: the severity of the worst possible outcome.
        total_ms: the longest time, ms; infinite if it may never end.
        downtime_ms: the longest downtime, ms.
        throttle: the most that autoconverge takes, percent.
    """

    severity: int
    total_ms: float
    downtime_ms: float
    throttle: float


def ends_of(forecast: Forecast) -> Ends:
    """The upper ends of a forecast's ranges."""
    return Ends(
        severity=max([_SEVERITY[outcome] for outcome in forecast.outcomes]),
        total_ms=_upper(forecast.total_ms_range[1]),
        downtime_ms=_upper(forecast.downtime_ms_range[1]),
        throttle=_upper(forecast.throttle_range[1]),
    )


def _upper(end: Optional[int]) -> float:
    return math.inf if end is None else end
