"""Give public objects the name under which users import them."""

from typing import Any, Sequence

__all__ = ["counted", "listed", "public"]


def public(*things: Any, module: str = "zcpolicy") -> None:
    """Make classes and functions report *module* as their module."""
    for thing in things:
        thing.__module__ = module


def listed(what: str, codes: Sequence[str]) -> str:
    """Return a one-line repr for a tuple of codes: ``<2 notices: a, b>``; ``()`` if empty."""
    return f"<{counted(len(codes), what)}: {', '.join(codes)}>" if codes else "()"


def counted(number: int, what: str) -> str:
    """Return a number and a noun, in the plural unless it is one: ``"1 option"``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
