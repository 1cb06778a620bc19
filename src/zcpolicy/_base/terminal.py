"""Format text for an 80-column terminal, and rows for spreadsheets."""

from typing import Iterable, List, Optional, Sequence

__all__ = ["WIDTH", "csv_text", "cut", "escaped", "wrapped"]

WIDTH = 80


def escaped(text: str) -> str:
    """Escape unprintable characters in *text*, line breaks included."""
    return text if text.isprintable() else repr(text)[1:-1]


def cut(text: str, width: int) -> str:
    """Cut *text* to at most *width* characters."""
    return text if len(text) <= width else text[: width - 1] + "…"


def wrapped(text: str, first: str, rest: Optional[str] = None) -> List[str]:
    """Wrap *text* to the terminal: *first* before the first line, *rest* before the others.

    Without *rest*, the other lines are aligned with the text of the first.
    """
    import textwrap

    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Format rows as CSV, quoted according to RFC 4180; None is an empty cell."""
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
