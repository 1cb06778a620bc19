"""Text for a terminal of 80 columns: one line each, wrapped, nothing that cannot be printed."""

from typing import List, Optional

__all__ = ["WIDTH", "escaped", "wrapped"]

WIDTH = 80


def escaped(text: str) -> str:
    """*text* on one line, what cannot be printed escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def wrapped(text: str, first: str, rest: Optional[str] = None) -> List[str]:
    """*text* in lines that fit the terminal: *first* before it, *rest* before all other lines.

    Without *rest*, the other lines start below the text of the first.
    """
    import textwrap

    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )
