"""Give public objects the name under which users import them."""

from typing import Any, Sequence

__all__ = ["listed", "public"]


def public(*things: Any, module: str = "zcpolicy") -> None:
    """Make classes and functions report *module* as their module."""
    for thing in things:
        thing.__module__ = module


def listed(what: str, codes: Sequence[str]) -> str:
    """Return a one-line repr for a tuple of codes: ``<2 notices: a, b>``; ``()`` if empty."""
    plural = "" if len(codes) == 1 else "s"
    return f"<{len(codes)} {what}{plural}: {', '.join(codes)}>" if codes else "()"
