"""Checks the links of the site's pages: ``python docs/links.py build/site``.

Sphinx checks the references that it knows; this reads the HTML that it writes, as a browser does.
Links to other sites are not followed, nor are links to parts that are added to the site later,
until they are there.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Set, Tuple
from urllib.parse import unquote, urlsplit

__all__ = ["broken", "main"]

# Folders of the site that are built elsewhere.
_LATER = ("playground",)


class _Page(HTMLParser):
    """The anchors of a page, and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: Set[str] = set()
        self.links: List[str] = []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Called for each tag."""
        for name, value in attrs:
            if value is not None and name == "id":
                self.anchors.add(value)
            elif value is not None and name in ("href", "src", "data"):
                self.links.append(value)


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def broken(site: Path) -> Iterator[Tuple[str, str]]:
    """Each page with a broken link on it."""
    pages: Dict[Path, _Page] = {path.resolve(): _read(path) for path in site.rglob("*.html")}
    folders = [site.resolve() / name for name in _LATER]
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            where = path.parent.joinpath(unquote(parts.path)).resolve() if parts.path else path
            if any(later in where.parents and not later.exists() for later in folders):
                continue
            anchor = unquote(parts.fragment)
            known = pages.get(where)
            if not where.is_file() or (anchor and known and anchor not in known.anchors):
                yield path.relative_to(site.resolve()).as_posix(), link


def main(site: str) -> int:
    """Print broken links; the exit status is 1 if there are any."""
    found = sorted(set(broken(Path(site))))
    for page, link in found:
        print(f"{page}: {link} leads nowhere", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
