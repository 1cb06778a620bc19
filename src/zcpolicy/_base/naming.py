"""What a user meets is called by the name under which it is imported."""

from typing import Any, Sequence

__all__ = ["listed", "public"]


def public(*things: Any, module: str = "zcpolicy") -> None:
    """Let classes and functions say that they come from *module*."""
    for thing in things:
        thing.__module__ = module


def listed(what: str, codes: Sequence[str]) -> str:
    """What a tuple of many fields is called in a line: ``<2 notices: a, b>``; ``()`` if empty."""
    plural = "" if len(codes) == 1 else "s"
    return f"<{len(codes)} {what}{plural}: {', '.join(codes)}>" if codes else "()"
