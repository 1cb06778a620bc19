"""Whether what the pages of the site link to is there: ``python docs/links.py build/site``.

Sphinx sees to the references that it knows; this reads the HTML that came out, as a browser does.
Links to other sites are not followed, nor those to what is built into the site afterwards, until it
is there.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Set, Tuple
from urllib.parse import unquote, urlsplit

__all__ = ["broken", "main"]

# Folders of the site that are not made of pages here.
_LATER = ("playground",)


class _Page(HTMLParser):
    """The names that a page can be entered at, and what it links to."""

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
    """Each page with a link of it that leads nowhere."""
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
    """Print what is broken; the exit status is 1 if anything is."""
    found = sorted(set(broken(Path(site))))
    for page, link in found:
        print(f"{page}: {link} leads nowhere", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
