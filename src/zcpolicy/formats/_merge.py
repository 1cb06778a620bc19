"""Merge readings: take each field from the text that states it."""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence, Tuple, TypeVar

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, combined, raise_all, short_repr
from .._base.mapping import FrozenMapping
from ._form import Reading

__all__ = ["FIELDS", "Stated", "built", "called", "inside", "merged"]

# The parts that map field names to values.
FIELDS = ("cluster", "vm", "source", "destination", "workload", "engine")

T = TypeVar("T")


class Stated(NamedTuple):
    """A value and the reading that states it."""

    value: Any
    reading: Reading


def merged(readings: Sequence[Reading]) -> Mapping[str, Stated]:
    """Merge the readings by path: ``"vm.memory_mib"``, ``"policies.4.7"``, ``"request"``.

    Raises:
        ZcpolicyError: two readings contradict each other; it names each field and both readings.
    """
    raise_all(
        [
            InvalidType(f"readings[{index}]", reading, "a Reading, as formats.read returns")
            for index, reading in enumerate(readings)
            if type(reading) is not Reading
        ]
    )
    found: Dict[str, Stated] = {}
    faults: List[ZcpolicyError] = []
    for reading in readings:
        for path, value in _leaves(reading.parts):
            if path == "dirty_rates" and path in found:
                # Measurements add up: over other periods, or the same one again.
                found[path] = found[path]._replace(value=(*found[path].value, *value))
                continue
            before = found.setdefault(path, Stated(value, reading))
            if path == "request":
                # Engine's log shows less of the request than Vdsm's.
                found[path] = before._replace(value={**before.value, **value})
                both = before.value.keys() & value.keys()
                pairs = [(f"{path}.{key}", before.value[key], value[key]) for key in sorted(both)]
            else:
                pairs = [(path, before.value, value)]
            for name, one, other in pairs:
                if one != other:
                    problem = (
                        f"{called(before.reading)} says {short_repr(one)}, and "
                        f"{called(reading)} says {short_repr(other)}"
                    )
                    faults.append(InvalidValue(name, other, "the same in all texts", problem))
    raise_all(faults)
    return FrozenMapping(found)


def _leaves(parts: Mapping[str, Any]) -> List[Tuple[str, Any]]:
    """Return the fields of *parts* with their paths."""
    found: List[Tuple[str, Any]] = []
    for name, value in parts.items():
        if name in FIELDS:
            for field, inner in value.items():
                if field == "parallel_supported":
                    found += [(f"{name}.{field}.{level}", each) for level, each in inner.items()]
                else:
                    found.append((f"{name}.{field}", inner))
        elif name == "policies":
            for level, policies in value.items():
                if level is None:
                    # Policies without a level add up, each on its own.
                    found += [(f"{name}.{policy.id}", policy) for policy in policies]
                else:
                    found.append((f"{name}.{level}", policies))
        else:
            found.append((name, value))
    return found


def inside(stated: Mapping[str, Stated], prefix: str) -> Dict[str, Any]:
    """Return the values whose path begins with ``prefix.``, by the rest of the path."""
    start = f"{prefix}."
    return {
        path[len(start) :]: each.value for path, each in stated.items() if path.startswith(start)
    }


def built(cls: Callable[..., T], stated: Mapping[str, Stated], part: str) -> T:
    """Build an object from the values of *part*; faults carry the paths used in the texts.

    Raises:
        ZcpolicyError: *cls* refuses the values.
    """
    try:
        return cls(**inside(stated, part))
    except ZcpolicyError as error:
        raise combined(error._relocated(part, {})) from None


def called(reading: Reading) -> str:
    """Name a reading in a message, by its source if it has one."""
    if reading.source is None:
        return f"the {reading.form} text"
    return f"{short_repr(reading.source)} ({reading.form})"
