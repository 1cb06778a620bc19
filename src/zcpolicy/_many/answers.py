"""Lines of JSON answered one by one, in constant memory: what the command does with ``--jsonl``."""

import json
from typing import Any, Callable, Iterable, Iterator, Literal, Mapping, Tuple, Union, get_args

from .._base.errors import InvalidType, ZcpolicyError, raise_all
from .._base.fields import choice
from .._base.frozen import maker
from .._base.parsing import parse
from .._decision.resolution import Resolution
from .._model.scenario import Scenario
from .document import forecast_json, simulated

__all__ = ["Answering", "answered", "answers", "line_of"]

Answering = Literal["resolve", "simulate"]
Line = Union[str, bytes]

# What is written is a tree, so no circle is looked for.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


_Resolution = maker(Resolution)


def _resolved(document: object) -> Mapping[str, Any]:
    return _Resolution(scenario=Scenario.from_json(document)).to_json()


def _forecast(document: object) -> Mapping[str, Any]:
    return forecast_json(*simulated(document))


_MADE: Mapping[str, Callable[[object], Mapping[str, Any]]] = {
    "resolve": _resolved,
    "simulate": _forecast,
}
# Of str, too, no more than this: JSON knows no other spaces.
_SPACE = " \t\n\r\v\f"
_COMMAND = choice(*get_args(Answering))


def answers(lines: Iterable[Line], command: Answering = "resolve") -> Iterator[bytes]:
    r"""Answer each line with a line, as ``zcpolicy resolve --jsonl`` does.

    Lazy, and in constant memory: each line is answered before the next is read.  A bad line gets
    its error as its answer, ``{"error": …}``, and disturbs no other.

        >>> import zcpolicy as zc
        >>> for answer in zc.answers(['{"vm": {"vcpus": 4}}', "{}}"]):
        ...     print(answer[:60])
        b'{"parameters":{"zerocopy":false,"parallel":null,"autoConverg'
        b'{"error":{"path":"","value":null,"message":"the text is not '

    Args:
        lines: a scenario in JSON each, str or bytes, with or without its end of line: a file, or
            a partition of Dask, Spark or Beam.
        command: ``"resolve"``, or ``"simulate"`` for lines that have a workload, too.

    Returns:
        Answers in the order of the lines, one for each, in ASCII; ``b"\n"`` ends each.

    Raises:
        ZcpolicyError: *lines* is no iterable, or a single str or bytes; there is no such *command*.
    """
    if isinstance(lines, (str, bytes)) or not isinstance(lines, Iterable):
        raise InvalidType("lines", lines, "an iterable of lines, such as an open file")
    raise_all(_COMMAND.faults("command", command))
    return (answer for answer, _ in answered(lines, command))


def answered(lines: Iterable[object], command: str) -> Iterator[Tuple[bytes, bool]]:
    """The answers to *lines*, and of each whether the line was good."""
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
    """What a scenario is called that is wrong in something else."""
    while isinstance(document, dict):
        if isinstance(document.get("name"), str):
            return {"name": document["name"]}
        document = document.get("scenario")
    return {}


def line_of(value: Any) -> bytes:
    """A JSON value as a line."""
    return _encode(value).encode("ascii") + b"\n"
