"""Answers lines of JSON one by one, in constant memory: the command's ``--jsonl``."""

import json
from typing import Any, Callable, Iterable, Iterator, Literal, Mapping, Tuple, Union, get_args

from .._base.errors import InvalidType, ZcpolicyError, raise_all
from .._base.fields import choice
from .._base.frozen import maker
from .._base.hints import hinted
from .._base.parsing import parse
from .._decision.resolution import Resolution
from .._model.scenario import Scenario
from .document import forecast_json, simulated

__all__ = ["Answering", "answered", "answers", "line_of"]

Answering = Literal["resolve", "simulate"]
Line = Union[str, bytes]

# Answers are trees, so skip the check for circles.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


_Resolution = maker(Resolution)


def _resolved(document: object) -> Mapping[str, Any]:
    return _Resolution(scenario=Scenario.from_json(document)).to_json()


def _forecast(document: object) -> Mapping[str, Any]:
    return forecast_json(*simulated(document))


_MADE: Mapping[Answering, Callable[[object], Mapping[str, Any]]] = {
    "resolve": _resolved,
    "simulate": _forecast,
}
# Limits str.strip to this: JSON knows no other spaces.
_SPACE = " \t\n\r\v\f"
_COMMAND = choice(*get_args(Answering))


@hinted
def answers(lines: Iterable[Line], command: Answering = "resolve") -> Iterator[bytes]:
    r"""Answer each line with a line, as ``zcpolicy resolve --jsonl`` does.

    Lazy, in constant memory: each line is answered before the next is read.  The answer to a bad
    line is its error, ``{"error": …}``; other lines are not affected.

        >>> import zcpolicy as zc
        >>> for answer in zc.answers(['{"vm": {"vcpus": 4}}', "{}}"]):
        ...     print(answer[:60])
        b'{"parameters":{"zerocopy":false,"parallel":null,"autoConverg'
        b'{"error":{"path":"","value":null,"message":"the text is not '

    Args:
        lines: scenarios in JSON, each a str or bytes, with or without its line ending: a file, or
            a partition of Dask, Spark or Beam.
        command: ``"resolve"``, or ``"simulate"`` for lines that also have a workload.

    Returns:
        One answer per line, in order, in ASCII, ending with ``b"\n"``.

    Raises:
        ZcpolicyError: *lines* is not an iterable, or is a single str or bytes; or *command* is
            unknown.
    """
    if isinstance(lines, (str, bytes)) or not isinstance(lines, Iterable):
        raise InvalidType("lines", lines, "an iterable of lines, such as an open file")
    raise_all(_COMMAND.faults("command", command))
    return (answer for answer, _ in answered(lines, command))


def answered(lines: Iterable[object], command: Answering) -> Iterator[Tuple[bytes, bool]]:
    """The answer to each line, and whether the line was good."""
    made = _MADE[command]
    for line in lines:
        yield _answered(line, made)


def _answered(line: object, made: Callable[[object], Mapping[str, Any]]) -> Tuple[bytes, bool]:
    document = None
    try:
        if isinstance(line, bytes):
            document = parse(line.strip())
        elif isinstance(line, str):
            document = parse(line.strip(_SPACE))
        else:
            raise InvalidType("", line, "a line of JSON, str or bytes")
        answer = made(document)
    except ZcpolicyError as error:
        return line_of({**_name(document), **error.to_json()}), False
    return line_of(answer), True


def _name(document: object) -> Mapping[str, str]:
    """The name of a scenario that is otherwise wrong."""
    while isinstance(document, dict):
        if isinstance(document.get("name"), str):
            return {"name": document["name"]}
        document = document.get("scenario")
    return {}


def line_of(value: Any) -> bytes:
    """Encode a JSON value as a line."""
    return _encode(value).encode("ascii") + b"\n"
