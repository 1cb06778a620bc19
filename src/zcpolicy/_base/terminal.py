"""Text for a terminal of 80 columns: one line each, wrapped, nothing that cannot be printed.

And for spreadsheets.
"""

from typing import Iterable, List, Optional, Sequence

__all__ = ["WIDTH", "csv_text", "cut", "escaped", "wrapped"]

WIDTH = 80


def escaped(text: str) -> str:
    """*text* on one line, what cannot be printed escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def cut(text: str, width: int) -> str:
    """*text* in at most so many characters."""
    return text if len(text) <= width else text[: width - 1] + "…"


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


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, quoted as RFC 4180 says; None is an empty cell."""
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
