"""Transforms the pages of the site, so that they read well on any screen and can be searched.

The sources stay Markdown that any viewer shows.
"""

import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

__all__ = ["connect"]

# Cells up to this length share a line of a card; characters.
_SHORT = 24
# Rows with more text than this, or with words longer than this in total, do not fit next to each
# other in the text column.
_ROW_MAX, _WORDS_MAX = 190, 85
# Tables whose first column has codes that people search for, by the head of that column.
_CODES = ("code", "cause", "rule")
# A line with at least three columns, separated by spaces.
_COLUMNS = re.compile(r"^(?:(?!\.\.\. |>>> )|  ).*\S {2,}\S.* {2,}\S.*$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


class Blocks(SphinxTransform):
    """Strips blank lines from the end of code blocks, and marks those set in columns.

    Columns keep their lines on a narrow screen, in a smaller font; everything else wraps.
    """

    default_priority = 400

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        for block in self.document.findall(nodes.literal_block):
            text = block.astext().rstrip()
            block.children = [nodes.Text(text)]
            block.rawsource = text
            if block.get("language") == "text" or len(_COLUMNS.findall(text)) >= 3:
                block["classes"].append("columns")


class Tables(SphinxTransform):
    """Labels each cell with its column, for rows that become cards, and adds codes to the index."""

    default_priority = 401

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        for table in self.document.findall(nodes.table):
            heads = [
                entry.astext() for head in table.findall(nodes.thead) for entry in _cells(head)
            ]
            rows = [list(_cells(row)) for body in table.findall(nodes.tbody) for row in body]
            if len(heads) < 3 or any(len(row) != len(heads) for row in rows):
                continue
            table["classes"] += ["labelled", *(["cards"] if _is_wide(rows) else [])]
            if heads[0] in _CODES:
                for row in rows:
                    self.index(row[0])
            for column, head in zip(zip(*rows), heads):
                _label(column, head)

    def index(self, cell: nodes.Element) -> None:
        """Let the search and the index lead to the row of a code."""
        code = cell.astext()
        name = f"code-{code}"
        if not code or name in self.document.ids:
            return
        row = cell.parent
        row["ids"].append(name)
        self.document.ids[name] = row
        cell.insert(0, addnodes.index(entries=[("single", code, name, "main", None)]))


def _cells(within: nodes.Node) -> Iterator[nodes.Element]:
    yield from within.findall(nodes.entry)


def _is_wide(rows: List[List[nodes.Element]]) -> bool:
    """Whether the rows are too wide for columns."""
    columns = [[cell.astext() for cell in column] for column in zip(*rows)]
    words = sum(
        max(len(word) for text in column for word in [*text.split(), ""]) for column in columns
    )
    longest = max(sum(map(len, row)) for row in zip(*columns))
    return len(columns) > 3 and (longest > _ROW_MAX or words > _WORDS_MAX)


def _label(column: Tuple[nodes.Element, ...], head: str) -> None:
    for cell in column:
        if not cell.astext():
            cell["classes"].append("empty")
            continue
        if len(cell.astext()) <= _SHORT:
            cell["classes"].append("short")
        label = nodes.inline("", head, classes=["cell-label"])
        first = cell[0]
        inside: nodes.Element = first if isinstance(first, nodes.paragraph) else cell
        inside.insert(0, label)


class Options(SphinxTransform):
    """Adds the options that a section of the command's page shows to the index."""

    default_priority = 402

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        if self.env.docname != "command":
            return
        found: Dict[nodes.Element, Set[str]] = {}
        for kind in (nodes.literal_block, nodes.literal):
            for node in self.document.findall(kind):
                section = node.parent
                while section is not None and not isinstance(section, nodes.section):
                    section = section.parent
                if section is not None:
                    found.setdefault(section, set()).update(_OPTION.findall(node.astext()))
        for section, options in found.items():
            place = section["ids"][0]
            entries = [("single", option, place, "main", None) for option in sorted(options)]
            # After the title, which must come first in a section.
            section.insert(1, addnodes.index(entries=entries))


class Variants(SphinxTransform):
    """Shows the variant of a picture that fits the reader's screen and theme."""

    default_priority = 403

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        for image in list(self.document.findall(nodes.image)):
            path = Path(image["uri"])
            if (Path(self.env.srcdir) / path.with_name(f"{path.stem}-dark.svg")).is_file():
                shown = [self.shown(image, path, width) for width in ("wide", "narrow")]
                image.parent.replace(image, shown)

    def shown(self, image: nodes.image, path: Path, width: str) -> nodes.inline:
        """The pictures for a screen of this width; the theme shows one of them."""
        found = nodes.inline(classes=[f"only-{width}"])
        for look in ("light", "dark"):
            words = [path.stem, *(["narrow"] if width == "narrow" else [])]
            words += ["dark"] if look == "dark" else []
            one = image.deepcopy()
            one["uri"] = path.with_name(f"{'-'.join(words)}.svg").as_posix()
            one["classes"].append(f"only-{look}")
            found += one
        return found


class Dashes(SphinxTransform):
    """Turns Sphinx's separator of a field and its text into a dash; other hyphens are options'."""

    default_priority = 404

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        for text in list(self.document.findall(nodes.Text)):
            if text == " -- ":
                text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def connect(app: Sphinx) -> None:
    """Register the transforms."""
    for transform in (Blocks, Tables, Options, Variants, Dashes):
        app.add_transform(transform)
