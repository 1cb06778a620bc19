"""What goes wrong: one base class, and beside it the built-in that callers already catch.

An error keeps its facts (where, what, what would be accepted) and computes its sentence from
them.  A document with several faults raises one error that carries all of them.
"""

from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

__all__ = [
    "InvalidType",
    "InvalidValue",
    "ZcpolicyError",
    "combined",
    "raise_all",
    "shortened",
    "shown",
    "suggestion",
]

# Longer values are cut in messages: a fault must fit a log line, whatever was handed in.
_SHOWN = 80


def shown(value: object) -> str:
    """*value* as a message shows it: on one line, quoted, cut where long; never raises."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits; endless nesting
        text = f"<a huge {type(value).__name__}>"
    return shortened(text)


def shortened(text: str, most: int = _SHOWN) -> str:
    """*text*, cut where long."""
    return text if len(text) <= most else text[: most - 3] + "..."


def suggestion(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` if *word* resembles one of *known*, else an empty string."""
    import difflib  # here and below: a decision needs none of it

    close = difflib.get_close_matches(word[:_SHOWN], list(known))
    return f"; did you mean {close[0]!r}?" if close else ""


class ZcpolicyError(Exception):
    """The base of every error that zcpolicy raises on purpose.

    What is raised is also a `ValueError` (a wrong value) or a `TypeError` (a wrong type).

    Attributes:
        path: where the fault is, as the caller wrote it: ``"vm.parallel"``, ``"[2].config"``;
            empty for the document itself.
        value: what was found there.
        expected: what is accepted there.
        problem: what is wrong, without the path.
    """

    def __init__(
        self,
        path: str,
        value: object,
        expected: str,
        problem: Optional[str] = None,
        others: Tuple["ZcpolicyError", ...] = (),
    ) -> None:
        # All arguments are in `args`, so copies and pickles keep every fact.
        super().__init__(path, value, expected, problem, others)
        self.path = path
        self.value = value
        self.expected = expected
        self.problem = problem or f"{shown(value)} is not {expected}"
        self._others = others

    @property
    def all(self) -> Tuple["ZcpolicyError", ...]:
        """Every fault of the document, this one first, in the order of the document."""
        return (self._alone(), *self._others) if self._others else (self,)

    @property
    def message(self) -> str:
        """The sentence of this fault alone, with where, what, and what is accepted."""
        return f"{self.path}: {self.problem}" if self.path else self.problem

    def __str__(self) -> str:
        return "\n".join(fault.message for fault in self.all)

    def _alone(self) -> "ZcpolicyError":
        """The fault without the others."""
        return type(self)(self.path, self.value, self.expected, self.problem)

    def _at(self, prefix: str, names: Mapping[str, str]) -> List["ZcpolicyError"]:
        """All faults as seen from outside: *prefix* before, fields called by *names*."""
        return [
            type(fault)(
                _joined(prefix, fault.path, names), fault.value, fault.expected, fault.problem
            )
            for fault in self.all
        ]

    def to_json(self) -> Mapping[str, Any]:
        """The error as one line of a ``--jsonl`` run answers it."""
        return {"error": {**_fault_json(self), "all": [_fault_json(fault) for fault in self.all]}}


class InvalidValue(ZcpolicyError, ValueError):
    """A value of the right type that is not accepted."""


class InvalidType(ZcpolicyError, TypeError):
    """A value of a type that is not accepted."""


def combined(faults: Sequence[ZcpolicyError]) -> ZcpolicyError:
    """The first fault, carrying the others; there must be one."""
    first = faults[0]
    return type(first)(first.path, first.value, first.expected, first.problem, tuple(faults[1:]))


def raise_all(faults: Sequence[ZcpolicyError]) -> None:
    """Raise the faults as one error; nothing if there is none."""
    if faults:
        raise combined(faults)


def _joined(prefix: str, path: str, names: Mapping[str, str]) -> str:
    """``("vm", "memory_mib")`` becomes ``"vm.memoryMiB"``."""
    stem = path.split("[")[0].split(".")[0]
    path = names.get(stem, stem) + path[len(stem) :]
    return f"{prefix}{'.' if prefix and path and path[0] != '[' else ''}{path}"


def _fault_json(fault: ZcpolicyError) -> Mapping[str, Any]:
    return {"path": fault.path, "value": _value_json(fault.value), "message": fault.message}


def _value_json(value: object) -> object:
    """*value* if it is JSON, cut where long; null if it is none."""
    import json

    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    if len(text) <= _SHOWN:
        return value
    return (value if isinstance(value, str) else text)[: _SHOWN - 3] + "..."
