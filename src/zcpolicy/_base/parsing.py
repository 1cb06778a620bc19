"""JSON text to values; what is not JSON by the letter is refused, with its place."""

import json
from collections import Counter
from typing import Any, Dict, Iterator, List, NoReturn, Tuple, Union

from .documents import join_any
from .errors import InvalidValue, ZcpolicyError, combined, shown

__all__ = ["parse", "parsed"]


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


def parsed(text: Union[str, bytes]) -> Any:
    """The value of a JSON document; None if the text is none."""
    try:
        return parse(text)
    except ZcpolicyError:
        return None


def _not_strict(value: object, path: str) -> Iterator[ZcpolicyError]:
    if isinstance(value, _Twice):
        for key in value.twice:
            problem = "the key is given twice"
            yield InvalidValue(join_any(path, key), value[key], "a key given once", problem)
    if isinstance(value, dict):
        for key, element in value.items():
            yield from _not_strict(element, join_any(path, key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _not_strict(element, f"{path}[{index}]")
    elif isinstance(value, float) and not abs(value) < float("inf"):
        yield InvalidValue(path, value, "a number", f"{value} is not a JSON number")
    elif isinstance(value, _Digits):
        problem = f"{shown(value)} has too many digits"
        yield InvalidValue(path, value, "a number of fewer digits", problem)
