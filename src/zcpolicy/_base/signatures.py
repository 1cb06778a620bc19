"""Shorten signatures for help(): show a default as its call or name, not as its full repr."""

import inspect
from typing import Any, NoReturn

import attr

__all__ = ["shorten"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class _Default:
    """A default as help() shows it."""

    value: object
    shown: str

    def __repr__(self) -> str:
        return self.shown


def shorten(*functions: Any, **named: object) -> None:
    """Show each default that is an object as the call that makes it, and no ``**_: NoReturn``.

    Args:
        functions: those whose signature help() shows.
        named: defaults that are shown by these names.
    """
    names = {id(value): name for name, value in named.items()}
    for function in functions:
        signature = inspect.signature(function)
        parameters = []
        for parameter in signature.parameters.values():
            if parameter.annotation is NoReturn:
                continue
            default = parameter.default
            call = f"{type(default).__name__}()" if attr.has(type(default)) else None
            shown = names.get(id(default), call)
            parameters.append(
                parameter
                if shown is None
                else parameter.replace(default=_Default(value=default, shown=shown))
            )
        function.__signature__ = signature.replace(parameters=parameters)
