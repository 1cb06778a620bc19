"""Field types for workloads and forecasts."""

from typing import Any

from .._base.fields import INT_MAX, Kind, as_tuple

__all__ = ["COUNT", "DIRTY_RATE", "POSITIVE", "RANGE", "RATE", "number", "pieces"]

_PIECES_MAX = 1000  # a day in steps of a minute and a half


def number(low: float, high: int = INT_MAX) -> Kind:
    """A number from *low* to *high*; bools, NaN and infinity are rejected."""
    return Kind(
        types=(int, float),
        expected=f"a number from {low} to {high}",
        accepts=lambda value: low <= value <= high,
        schema={"type": "number", "minimum": low, "maximum": high},
    )


RATE = number(0)


def pieces(value: Any) -> Any:
    """Turn lists, and the pairs in them, into tuples; leave anything else to the check."""
    if isinstance(value, (list, tuple)):
        return tuple([as_tuple(piece) for piece in value])
    return value


def _is_pair(value: Any) -> bool:
    return len(value) == 2 and not any([RATE.faults("", number) for number in value])


def _is_dirty_rate(value: Any) -> bool:
    if not isinstance(value, tuple):
        return not RATE.faults("", value)
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
DIRTY_RATE = Kind(
    types=(int, float, tuple),
    expected=f"a rate in MiB/s, {RATE.expected}, or up to {_PIECES_MAX} pairs "
    "(from second, MiB/s), the first from second 0 and each later than the one before",
    accepts=_is_dirty_rate,
    item=_PAIR,
    schema={
        "anyOf": [
            RATE.schema,
            {
                "type": "array",
                "minItems": 1,
                "maxItems": _PIECES_MAX,
                "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": RATE.schema},
            },
        ]
    },
)


def _from(low: int) -> Kind:
    """An unbounded integer, for output: days of a large VM exceed Engine's integers."""
    return Kind(
        types=(int,),
        expected=f"an integer from {low}",
        accepts=lambda value: value >= low,
        schema={"type": "integer", "minimum": low},
    )


COUNT = _from(0)
POSITIVE = _from(1)


def _is_range(value: Any) -> bool:
    if len(value) != 2:
        return False
    low, high = value
    return not COUNT.faults("", low) and (
        high is None or (not COUNT.faults("", high) and low <= high)
    )


RANGE = Kind(
    types=(tuple,),
    expected="a pair of integers from 0, the second at least the first, or none for an open end",
    accepts=_is_range,
    schema={
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "prefixItems": [COUNT.schema, {"anyOf": [COUNT.schema, {"type": "null"}]}],
    },
)
