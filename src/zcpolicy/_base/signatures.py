"""Shorten signatures for help(): show a default as its call or name, not as its full repr."""

import inspect
from typing import Any, NoReturn

import attr

__all__ = ["as_call", "shorten"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class _Default:
    """A default as help() shows it."""

    value: object
    shown: str

    def __repr__(self) -> str:
        return self.shown


def as_call(default: Any) -> Any:
    """*default* as help() should show it: an object as the call that makes it."""
    kind = type(default)
    return _Default(value=default, shown=f"{kind.__name__}()") if attr.has(kind) else default


def shorten(*functions: Any, **named: object) -> None:
    """Show each default that is an object as the call that makes it, and no ``**_: NoReturn``.

    Args:
        functions: those whose signature help() shows.
        named: defaults that are shown by these names.
    """
    names = {id(value): _Default(value=value, shown=name) for name, value in named.items()}
    for function in functions:
        signature = inspect.signature(function)
        function.__signature__ = signature.replace(
            parameters=[
                parameter.replace(
                    default=names.get(id(parameter.default)) or as_call(parameter.default)
                )
                for parameter in signature.parameters.values()
                if parameter.annotation is not NoReturn
            ]
        )
