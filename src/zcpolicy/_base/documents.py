"""Untrusted documents: JSON text to values, and values to checked objects, all faults at once.

`parse` refuses what is no JSON by the letter (duplicate keys, NaN, broken UTF-8).  A `Reader`
walks a parsed document and builds objects; the objects check themselves, so that a rule about a
value stands in one place, and the reader only puts the path before what they say.
"""

import json
from collections import Counter
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    NoReturn,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

from .errors import (
    InvalidType,
    InvalidValue,
    ZcpolicyError,
    combined,
    raise_all,
    shown,
    suggestion,
)
from .fields import Fields

__all__ = ["Reader", "join", "parse"]

T = TypeVar("T")

# Longer keys are cut in paths, which must fit a log line.
_KEY_SHOWN = 80


def join(path: str, key: str) -> str:
    """The path of *key* in the object at *path*."""
    return f"{path}.{key}" if path else key


def _join_any(path: str, key: str) -> str:
    """The same for a key that may be any text: it stays on one line, and ends."""
    plain = key.isprintable() and len(key) <= _KEY_SHOWN
    return join(path, key if plain else shown(key))


class _NotStrict(Exception):
    """JSON that Python's parser lets through; `parse` reads it again to name the place."""


class _Twice(Dict[str, Any]):
    """An object in which keys were given twice."""

    twice: Tuple[str, ...] = ()


def _pairs(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NotStrict
    return made


def _constant(_: str) -> NoReturn:
    raise _NotStrict


class _Digits(str):
    """An integer of more digits than CPython makes a number of."""


def _lenient_int(digits: str) -> Union[int, _Digits]:
    try:
        return int(digits)
    except ValueError:
        return _Digits(digits)


def _lenient_pairs(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    counts = Counter(key for key, _ in pairs)
    made = _Twice(pairs)
    made.twice = tuple(key for key, count in counts.items() if count > 1)
    return made if made.twice else dict(made)


# The first reads all that is good, and fast; the second reads what the first gave up on.
_STRICT = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)
_LENIENT = json.JSONDecoder(object_pairs_hook=_lenient_pairs, parse_int=_lenient_int)


def parse(text: Union[str, bytes]) -> Any:
    """The value of a JSON document.

    Raises:
        ZcpolicyError: it is no JSON (RFC 8259), is nested too deeply, or gives a key twice.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        try:
            return _STRICT.decode(text)
        except json.JSONDecodeError:
            raise
        except (_NotStrict, ValueError):  # the latter for an integer of too many digits
            faults = list(_not_strict(_LENIENT.decode(text), ""))
        raise combined(faults)
    except ZcpolicyError:
        raise
    except UnicodeDecodeError as error:
        problem = f"the text is not UTF-8 (byte {error.start})"
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        problem = f"the text is not JSON: {error.msg} ({where})"
        if not text:
            problem = "the text is empty"
        elif text[:1] == "\ufeff":
            problem = "the text begins with a byte order mark; save it without one"
    except RecursionError:
        problem = "the text is nested too deeply"
    raise InvalidValue("", None, "a JSON document in UTF-8", problem)


def _not_strict(value: object, path: str) -> Iterator[ZcpolicyError]:
    if isinstance(value, _Twice):
        for key in value.twice:
            problem = "the key is given twice"
            yield InvalidValue(_join_any(path, key), value[key], "a key given once", problem)
    if isinstance(value, dict):
        for key, element in value.items():
            yield from _not_strict(element, _join_any(path, key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _not_strict(element, f"{path}[{index}]")
    elif isinstance(value, float) and not abs(value) < float("inf"):
        yield InvalidValue(path, value, "a number", f"{value} is not a JSON number")
    elif isinstance(value, _Digits):
        problem = f"{shown(value)} has too many digits"
        yield InvalidValue(path, value, "a number of fewer digits", problem)


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
        found: Dict[str, Any] = {}
        for key, element in value.items():
            name = names.get(key)
            if name is None:
                self.unknown(path, str(key), element, names, hints)
            elif element is not None:
                found[name] = element
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
        self.faults.append(InvalidValue(_join_any(path, key), value, expected, problem))

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
        there are checked one by one, so that their faults are not lost.
        """
        if found is None:
            return None
        faults: List[ZcpolicyError] = []
        if not required or all([name in found for name in required]):
            try:
                return cls(**found)
            except ZcpolicyError as error:
                faults.append(error)
        else:
            for name, value in found.items():
                faults += fields.kinds[name].faults(name, value)
        names = {field: key for key, field in keys.items()}
        for fault in faults:
            self.faults += fault._at(path, names)
        return None
