"""Markup that escapes all text: anything that is not `Html` is text, and cannot become a tag."""

import html
from typing import Iterable, Sequence

from .._base.terminal import escaped

__all__ = ["Html", "block", "details", "items", "muted", "strong", "table", "tag"]

_CELL = "text-align:left;vertical-align:top;white-space:normal;padding:.15em 1em .15em 0"
_MUTED = "opacity:.75"


class Html(str):
    """Markup, as distinct from text."""

    __slots__ = ()


def _markup(content: object) -> str:
    return content if isinstance(content, Html) else html.escape(escaped(str(content)))


def tag(name: str, *content: object, **attributes: object) -> Html:
    """An element; content that is not `Html` is text, and ``_`` in an attribute name is ``-``."""
    said = "".join(
        [
            f' {key.replace("_", "-")}="{html.escape(escaped(str(value)))}"'
            for key, value in attributes.items()
        ]
    )
    return Html(f"<{name}{said}>{''.join(map(_markup, content))}</{name}>")


def block(*content: object) -> Html:
    """The whole output in a notebook, in a column of readable width."""
    return tag("div", *content, style="max-width:52em;line-height:1.45;overflow-wrap:break-word")


def strong(text: object) -> Html:
    """Important text."""
    return tag("strong", text)


def muted(text: object) -> Html:
    """Unimportant text."""
    return tag("span", text, style=_MUTED)


def items(rows: Iterable[object], kind: str = "ul") -> Html:
    """A list."""
    style = "margin:.3em 0;padding-left:1.6em"
    return tag(kind, *[tag("li", row, style="margin:.2em 0") for row in rows], style=style)


def details(summary: object, *content: object) -> Html:
    """Content that is shown on request."""
    return tag("details", tag("summary", summary, style="cursor:pointer"), *content)


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Html:
    """A table; without a head if *head* is empty."""
    heads = [tag("tr", *[tag("th", each, style=_CELL) for each in head])] if head else []
    body = [tag("tr", *[tag("td", each, style=_CELL) for each in row]) for row in rows]
    return tag("table", *heads, *body, style="margin:.5em 0;border-collapse:collapse")
