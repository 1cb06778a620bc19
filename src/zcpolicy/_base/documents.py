"""Untrusted documents: from values to checked objects, all faults at once.

A `Reader` walks a parsed document and builds objects; the objects check themselves, so a rule
about a value stands in one place, and the reader only adds the path.
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
    shown,
    suggestion,
)
from .fields import Fields

__all__ = ["Reader", "join", "join_any"]

T = TypeVar("T")

# Longer keys are cut in paths, which must fit a log line.
_KEY_SHOWN = 80


def join(path: str, key: str) -> str:
    """The path of *key* in the object at *path*."""
    return f"{path}.{key}" if path else key


def join_any(path: str, key: str) -> str:
    """The same for a key that may be any text: it stays on one line, and ends."""
    plain = key.isprintable() and len(key) <= _KEY_SHOWN
    return join(path, key if plain else shown(key))


class Reader:
    """Reads one document, notes every fault, and at the end gives the object or raises them all.

    Each method returns something usable, or None where it noted a fault, so that the caller
    goes on to the next key.
    """

    def __init__(self) -> None:
        self.faults: List[ZcpolicyError] = []

    def result(self, value: Optional[T]) -> T:
        """*value*, if there was no fault.

        Raises:
            ZcpolicyError: the first fault, which carries the others.
        """
        raise_all(self.faults)
        assert value is not None  # a method that returns None has noted a fault
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
        """The entries of a JSON object by field name, less the null ones (null is the default).

        Args:
            value: what stands at *path*.
            path: where it stands.
            names: the keys that are known, and the field that each gives.
            required: the keys that must be there.
            hints: keys that people write by mistake, and what to write instead.
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
        """Note a key that is not known, and what was probably meant."""
        expected = "one of " + ", ".join(known)
        hint = f"; write {hints[key]!r}" if key in hints else suggestion(key, known)
        problem = f"unknown key{hint} (known: {', '.join(known)})"
        self.faults.append(InvalidValue(join_any(path, key), value, expected, problem))

    def array(self, value: object, path: str) -> List[Tuple[str, Any]]:
        """The elements of a JSON array with their paths; none if it is missing or null."""
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
        """``cls(**found)``; what it refuses is noted under the keys of the document.

        Where a required field is missing there is no object to build, and the fields that are
        there are checked one by one, so no fault is lost.
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
            self.faults += fault._at(path, names)
        return None
