"""What a user meets is called by the name under which it is imported."""

from typing import Any

__all__ = ["public"]


def public(*things: Any, module: str = "zcpolicy") -> None:
    """Let classes and functions say that they come from *module*."""
    for thing in things:
        thing.__module__ = module
