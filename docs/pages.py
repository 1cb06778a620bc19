"""What the site does with each page, so that it can be read on any screen and searched.

These are transforms of Sphinx: the sources stay Markdown that any reader shows.
"""

import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

__all__ = ["connect"]

# A cell that is no longer than this has others beside it on a card; characters.
_SHORT = 24
# Rows of more text than this, or words that together are as long as that, do not fit beside each
# other in the text's column.
_ROW_MAX, _WORDS_MAX = 190, 85
# Tables whose first column has codes that people search for, by the head of that column.
_CODES = ("code", "cause", "rule")
# A line of three columns at least, with space between them.
_COLUMNS = re.compile(r"^(?:(?!\.\.\. |>>> )|  ).*\S {2,}\S.* {2,}\S.*$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


class Blocks(SphinxTransform):
    """Code blocks end with their last line, and those that are set in columns are marked.

    What is set in columns keeps its lines on a narrow screen, in smaller letters; all else wraps.
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
    """Each cell says which column it is of, for where a row is a card; codes are in the index."""

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
    """Whether the rows are too much to stand in columns."""
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
    """The options that a section of the command's page shows are in the index."""

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
            # After the title, which comes first in a section.
            section.insert(1, addnodes.index(entries=entries))


class Variants(SphinxTransform):
    """A picture that is drawn for dark pages and narrow screens is shown as the reader has it."""

    default_priority = 403

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        for image in list(self.document.findall(nodes.image)):
            path = Path(image["uri"])
            if (Path(self.env.srcdir) / path.with_name(f"{path.stem}-dark.svg")).is_file():
                shown = [self.shown(image, path, width) for width in ("wide", "narrow")]
                image.parent.replace(image, shown)

    def shown(self, image: nodes.image, path: Path, width: str) -> nodes.inline:
        """The pictures for a screen of this width, of which the theme shows one."""
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
    """What Sphinx puts between a field and its text is a dash; all other hyphens are of options."""

    default_priority = 404

    def apply(self, **_: Any) -> None:
        """Called by Sphinx."""
        for text in list(self.document.findall(nodes.Text)):
            if text == " -- ":
                text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def connect(app: Sphinx) -> None:
    """Let Sphinx apply all of it."""
    for transform in (Blocks, Tables, Options, Variants, Dashes):
        app.add_transform(transform)
