"""Reject unknown keywords, and suggest the ones that were probably meant."""

import functools
import inspect
from typing import Any, Callable, Mapping, NoReturn, Sequence, TypeVar, cast

from .documents import join_any
from .errors import InvalidType, short_repr, suggestion

__all__ = ["hinted", "refuse"]

F = TypeVar("F", bound=Callable[..., Any])


def hinted(function: F) -> F:
    """Let *function* say which keyword was probably meant; a call that is right costs no check."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except TypeError:
            known = [name for name in inspect.signature(function).parameters if name not in _BOUND]
            unknown = {name: value for name, value in named.items() if name not in known}
            if not unknown:
                raise
        return refuse(f"{function.__name__} has no parameter", unknown, known)

    return cast("F", call)


# What Python passes itself.
_BOUND = ("self", "cls")


def refuse(problem: str, unknown: Mapping[str, object], known: Sequence[str]) -> NoReturn:
    """Refuse the first of the *unknown* keywords.

    Args:
        problem: what has no such keyword, as the beginning of a sentence.
        unknown: the keywords, at least one, and their values.
        known: those that there are.
    """
    name = next(iter(unknown))
    listed = ", ".join(known)
    hint = suggestion(name, known) or f" (known: {listed})"
    path = join_any("", name)
    raise InvalidType(
        path, unknown[name], f"one of {listed}", f"{problem} {short_repr(name)}{hint}"
    )
