"""Parse JSON strictly: reject whatever RFC 8259 does not allow, and say where it is."""

import json
from collections import Counter
from typing import Any, Dict, Iterator, List, NoReturn, Tuple, Union

from .documents import join_any
from .errors import InvalidValue, ZcpolicyError, combined, short_repr

__all__ = ["parse", "parsed"]


class _NotStrict(Exception):
    """Invalid JSON that Python's parser accepts; `parse` reads it again to locate the fault."""


class _Twice(Dict[str, Any]):
    """An object with duplicate keys."""

    twice: Tuple[str, ...] = ()


def _pairs(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NotStrict
    return made


def _constant(_: str) -> NoReturn:
    raise _NotStrict


class _Digits(str):
    """An integer with more digits than CPython converts."""


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


# The first is fast and reads valid JSON; the second reads what the first rejects.
_STRICT = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)
_LENIENT = json.JSONDecoder(object_pairs_hook=_lenient_pairs, parse_int=_lenient_int)


def parse(text: Union[str, bytes]) -> Any:
    """Return the value of a JSON document.

    Raises:
        ZcpolicyError: the text is not JSON (RFC 8259), is nested too deeply, or repeats a key.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        try:
            return _STRICT.decode(text)
        except json.JSONDecodeError:
            raise
        except (_NotStrict, ValueError):  # ValueError: an integer with too many digits
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
    """Return the value of a JSON document, or None if the text is not JSON."""
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
        problem = f"{short_repr(value)} has too many digits"
        yield InvalidValue(path, value, "a number with fewer digits", problem)
