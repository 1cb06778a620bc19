"""libvirt's typed parameters from the caller: names, bounds, one value or several."""

from typing import Any, List, Mapping, Optional, Tuple

from .._base.errors import InvalidType, ZcpolicyError

__all__ = [
    "INT32_MAX",
    "INT32_MIN",
    "UINT64_MAX",
    "last_int",
    "mapping_faults",
    "values",
]

UINT64_MAX = (1 << 64) - 1
INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
_ABSENT: Any = object()


def mapping_faults(path: str, mapping: Any) -> List[ZcpolicyError]:
    """What is wrong with an argument that is to be a mapping of names to values."""
    if not isinstance(mapping, Mapping):
        return [InvalidType(path, mapping, "a mapping of names to values")]
    return [
        InvalidType(path, name, "a name, a string") for name in mapping if not isinstance(name, str)
    ]


def values(params: Mapping[str, Any], name: str) -> Tuple[Any, ...]:
    """The values of a parameter: a list repeats it, an empty list omits it."""
    value = params.get(name, _ABSENT)
    if value is _ABSENT:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def last_int(values: Tuple[Any, ...], low: int, high: int) -> Optional[int]:
    """The number that reaches libvirt; True is 1."""
    numbers = [int(value) for value in values if isinstance(value, int) and low <= value <= high]
    return numbers[-1] if numbers else None
