"""Give public objects the name under which users import them."""

from typing import Any, Sequence

from .errors import shortened

__all__ = ["counted", "listed", "public"]

# The most characters of a list of codes in a repr, which then fits four lines of a terminal.
_LISTED = 240


def public(*things: Any, module: str = "zcpolicy") -> None:
    """Make classes and functions report *module* as their module."""
    for thing in things:
        thing.__module__ = module


def listed(what: str, codes: Sequence[str]) -> str:
    """Return a short repr for a tuple of codes: ``<2 notices: a, b>``; ``()`` if empty."""
    shown = shortened(", ".join(codes), _LISTED)
    return f"<{counted(len(codes), what)}: {shown}>" if codes else "()"


def counted(number: int, what: str) -> str:
    """Return a number and a noun, in the plural unless it is one: ``"1 option"``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
