"""Turn untrusted documents into checked objects, reporting all faults at once.

A `Reader` walks a parsed document and builds objects.  The objects validate themselves, which
keeps each rule in one place; the reader only adds the path.
"""

from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

from .errors import (
    InvalidType,
    InvalidValue,
    ZcpolicyError,
    raise_all,
    short_repr,
    suggestion,
)
from .fields import Fields

__all__ = ["Reader", "join", "join_any"]

T = TypeVar("T")

# A path must fit on a log line.
_KEY_SHOWN = 80


def join(path: str, key: str) -> str:
    """Return the path of *key* in the object at *path*."""
    return f"{path}.{key}" if path else key


def join_any(path: str, key: str) -> str:
    """Like `join`, for an arbitrary key: quote it if unprintable, and shorten it if long."""
    plain = key.isprintable() and len(key) <= _KEY_SHOWN
    return join(path, key if plain else short_repr(key))


class Reader:
    """Read one document and collect its faults; `result` returns the object or raises them all.

    Each method returns a usable value, or None after recording a fault, and the caller continues
    with the next key.
    """

    def __init__(self) -> None:
        self.faults: List[ZcpolicyError] = []

    def result(self, value: Optional[T]) -> T:
        """Return *value* if there was no fault.

        Raises:
            ZcpolicyError: the first fault, which carries the others.
        """
        raise_all(self.faults)
        assert value is not None  # a method that returns None has recorded a fault
        return value

    def entries(
        self,
        value: object,
        path: str,
        names: Mapping[str, str],
        *,
        required: Sequence[str] = (),
        hints: Mapping[str, str] = {},
    ) -> Optional[Dict[str, Any]]:
        """Return the entries of a JSON object by field name, without nulls (null is the default).

        Args:
            value: the value at *path*.
            path: its path.
            names: the known keys, each with its field name.
            required: the required keys.
            hints: common wrong keys, each with the right one.
        """
        if not isinstance(value, dict):
            self.faults.append(InvalidType(path, value, "a JSON object"))
            return None
        if not value.keys() <= names.keys():
            for key, element in value.items():
                if key not in names:
                    self.unknown(path, str(key), element, names, hints)
            value = {key: element for key, element in value.items() if key in names}
        found = {names[key]: element for key, element in value.items() if element is not None}
        for key in required:
            if names[key] not in found:
                self.faults.append(
                    InvalidValue(join(path, key), None, "a value", "the key is missing or null")
                )
        return found

    def unknown(
        self,
        path: str,
        key: str,
        value: object,
        known: Mapping[str, str],
        hints: Mapping[str, str],
    ) -> None:
        """Record an unknown key and suggest the one that was probably meant."""
        expected = "one of " + ", ".join(known)
        hint = f"; write {hints[key]!r}" if key in hints else suggestion(key, known)
        problem = f"unknown key{hint} (known: {', '.join(known)})"
        self.faults.append(InvalidValue(join_any(path, key), value, expected, problem))

    def array(self, value: object, path: str) -> List[Tuple[str, Any]]:
        """Return the elements of a JSON array with their paths; none if it is missing or null."""
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.faults.append(InvalidType(path, value, "a JSON array"))
            return []
        return [(f"{path}[{index}]", element) for index, element in enumerate(value)]

    def build(
        self,
        cls: Callable[..., T],
        path: str,
        found: Optional[Mapping[str, Any]],
        keys: Mapping[str, str],
        fields: Fields,
        *,
        required: Sequence[str] = (),
    ) -> Optional[T]:
        """Return ``cls(**found)``; record its faults under the document's keys.

        If a required field is missing, check the other fields one by one so as not to lose faults.
        """
        if found is None:
            return None
        for name in required:
            if name not in found:
                faults = [
                    fault
                    for field, value in found.items()
                    for fault in fields.kinds[field].faults(field, value)
                ]
                break
        else:
            try:
                return cls(**found)
            except ZcpolicyError as error:
                faults = [error]
        names = {field: key for key, field in keys.items()}
        for fault in faults:
            self.faults += fault._relocated(path, names)
        return None
