"""Exceptions: one base class, combined with the built-in exception that callers already catch.

An error stores its facts (path, value, accepted values) and derives its message from them.  A
document with several faults raises one error that carries all of them.
"""

from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

__all__ = [
    "InvalidType",
    "InvalidValue",
    "ZcpolicyError",
    "combined",
    "raise_all",
    "shortened",
    "short_repr",
    "suggestion",
]

# A message must fit on a log line, whatever the value.
_SHOWN = 80


def short_repr(value: object) -> str:
    """Quote *value* for a message: on one line, shortened if long; never raises."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits; deep nesting
        text = f"<a huge {type(value).__name__}>"
    return shortened(text)


def shortened(text: str, most: int = _SHOWN) -> str:
    """Shorten *text* to at most *most* characters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` if *word* resembles one of *known*, else an empty string."""
    import difflib  # imported here, as json below: no decision needs it

    close = difflib.get_close_matches(word[:_SHOWN], list(known))
    return f"; did you mean {close[0]!r}?" if close else ""


class ZcpolicyError(Exception):
    """The base class of every error that zcpolicy raises on purpose.

    Each error raised is also a `ValueError` (a wrong value) or a `TypeError` (a wrong type).

    Attributes:
        path: the location of the fault in the caller's terms, such as ``"vm.parallel"`` or
            ``"[2].config"``; empty for the document itself.
        value: the rejected value.
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
        # `args` holds every argument, so copies and pickles keep every fact.
        super().__init__(path, value, expected, problem, others)
        self.path = path
        self.value = value
        self.expected = expected
        self.problem = problem or f"{short_repr(value)} is not {expected}"
        self._others = others

    @property
    def all(self) -> Tuple["ZcpolicyError", ...]:
        """Every fault of the document, this one first, in document order."""
        return (self._alone(), *self._others) if self._others else (self,)

    @property
    def message(self) -> str:
        """The message of this fault alone, with its path, the value, and what is accepted."""
        return f"{self.path}: {self.problem}" if self.path else self.problem

    def __str__(self) -> str:
        return "\n".join(fault.message for fault in self.all)

    def _alone(self) -> "ZcpolicyError":
        """Return this fault without the others."""
        return type(self)(self.path, self.value, self.expected, self.problem)

    def _relocated(self, prefix: str, names: Mapping[str, str]) -> List["ZcpolicyError"]:
        """Return all faults with *prefix* before their paths and fields renamed by *names*."""
        return [
            type(fault)(
                _joined(prefix, fault.path, names), fault.value, fault.expected, fault.problem
            )
            for fault in self.all
        ]

    def to_json(self) -> Mapping[str, Any]:
        """Return the error as ``--jsonl`` prints it for one line of input."""
        return {"error": {**_fault_json(self), "all": [_fault_json(fault) for fault in self.all]}}


class InvalidValue(ZcpolicyError, ValueError):
    """A value of the right type that is not accepted."""


class InvalidType(ZcpolicyError, TypeError):
    """A value of a type that is not accepted."""


def combined(faults: Sequence[ZcpolicyError]) -> ZcpolicyError:
    """Return the first fault, carrying the others; *faults* must not be empty."""
    first = faults[0]
    return type(first)(first.path, first.value, first.expected, first.problem, tuple(faults[1:]))


def raise_all(faults: Sequence[ZcpolicyError]) -> None:
    """Raise the faults as one error; do nothing if there are none."""
    if faults:
        raise combined(faults)


def _joined(prefix: str, path: str, names: Mapping[str, str]) -> str:
    """Join ``"vm"`` and ``"memory_mib"`` to ``"vm.memoryMiB"``."""
    stem = path.split("[")[0].split(".")[0]
    path = names.get(stem, stem) + path[len(stem) :]
    return f"{prefix}{'.' if prefix and path and path[0] != '[' else ''}{path}"


def _fault_json(fault: ZcpolicyError) -> Mapping[str, Any]:
    return {"path": fault.path, "value": _value_json(fault.value), "message": fault.message}


def _value_json(value: object) -> object:
    """Return *value* if it is JSON, shortened if long; otherwise None."""
    import json

    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    if len(text) <= _SHOWN:
        return value
    return (value if isinstance(value, str) else text)[: _SHOWN - 3] + "..."
