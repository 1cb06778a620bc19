"""The site as a reader has it, in Chromium: nothing is cut off, and what is searched is found.

Needs what `nox -s docs` builds, Chromium, and playwright: `nox -s site`.
"""

import functools
import importlib
import json
import os
import re
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

import tables
from zcpolicy._command.parser import parser

pytestmark = pytest.mark.site

ROOT = Path(__file__).parent.parent
SITE = ROOT / "build/site"
# A phone and a small laptop.
SCREENS = {390: 844, 1280: 800}
WIDTHS = pytest.mark.parametrize("width", SCREENS)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# What a reader would have to scroll sideways for: a page or an element whose content is wider than
# it is, and whatever sticks out of the page.  Text of a line that is broken is measured with the
# block that it is in.
CUT_OFF = """() => {
    const page = document.scrollingElement
    const found = page.scrollWidth > page.clientWidth ? ["the page"] : []
    for (const each of document.querySelectorAll("article *")) {
        const style = getComputedStyle(each)
        if (style.display === "inline" && !["IMG", "OBJECT"].includes(each.tagName)) continue
        const scrolls = style.overflowX !== "visible" && each.clientWidth > 0
        const wide = scrolls && each.scrollWidth > each.clientWidth + 1
        const box = each.getBoundingClientRect()
        if (wide || (box.width > 0 && box.right > page.clientWidth + 1)) {
            const name = each.tagName + "." + each.className
            found.push(`${name}: ${each.textContent.trim().slice(0, 60)}`)
        }
    }
    return found
}"""


class _Quiet(SimpleHTTPRequestHandler):
    """A server that does not say what it was asked for."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the site is served; a search needs more than files."""
    assert SITE.joinpath("index.html").is_file(), "build the site first: nox -s docs"
    handler = functools.partial(_Quiet, directory=str(SITE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, as Debian has it; ``CHROMIUM`` names another one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "install chromium, or name it in the variable CHROMIUM"
    with importlib.import_module("playwright.sync_api").sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=[*FLAGS])
        yield started
        started.close()


def opened(browser: Any, width: int, **named: Any) -> Any:
    """A page of this width."""
    size = {"width": width, "height": SCREENS[width]}
    return browser.new_context(viewport=size, **named).new_page()


def pages() -> List[str]:
    """The pages of the site; what is built into it afterwards is tested with that."""
    return sorted(path.name for path in SITE.glob("*.html"))


class TestWidths:
    """Nothing that a reader needs is behind a sideways scroll."""

    @WIDTHS
    def test_nothing_is_cut_off(self, browser: Any, address: str, width: int) -> None:
        """No page is wider than the screen, and neither is anything on it."""
        page = opened(browser, width)
        assert {path.stem for path in ROOT.glob("docs/*.md")} <= {name[:-5] for name in pages()}
        cut: Dict[str, List[str]] = {}
        for name in pages():
            page.goto(f"{address}/{name}", wait_until="load")
            found = page.evaluate(CUT_OFF)
            if found:
                cut[name] = found
        assert cut == {}

    @pytest.mark.parametrize(
        "body",
        [
            "<pre style='overflow:auto'>{}</pre>",
            "<div style='overflow-x:auto'><table><td>{}</table></div>",
            "<p>{}",
            "<div style='overflow:hidden'><p style='width:900px'>x</div>",
            "<img style='width:900px'>",
        ],
    )
    def test_what_is_cut_off_is_found(self, browser: Any, body: str) -> None:
        """A long line, a wide table, a long word, what is hidden, and a wide picture are found."""
        page = opened(browser, 390)
        page.set_content(f"<article>{body.format('x' * 100)}</article>")
        assert page.evaluate(CUT_OFF)

    def test_cells_say_their_column(self, browser: Any, address: str) -> None:
        """On a phone each cell of a table of three columns has its head with it."""
        table = ".labelled:not(.cards)"
        for width, shown in ((390, True), (1280, False)):
            page = opened(browser, width)
            page.goto(f"{address}/calibration.html")
            labels = page.locator(f"{table} td:not(:first-child) .cell-label")
            assert labels.count() > 10
            assert labels.first.is_visible() is shown
            assert page.locator(f"{table} thead").first.is_visible() is not shown

    def test_wide_tables_are_cards_everywhere(self, browser: Any, address: str) -> None:
        """The remedy of a notice is on the screen of a laptop."""
        page = opened(browser, 1280)
        page.goto(f"{address}/notices.html")
        label = page.locator("tr#code-encryption .cell-label", has_text="remedy")
        assert label.is_visible()
        assert 0 < label.bounding_box()["x"] < 1280


class TestBlocks:
    """Code and what it prints."""

    def test_no_block_ends_empty(self) -> None:
        """The last line of each has something on it."""
        found = 0
        for name in pages():
            text = SITE.joinpath(name).read_text("utf-8")
            for block in re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL):
                found += 1
                lines = re.sub(r"<[^>]*>", "", block).split("\n")
                assert lines[-1] or lines[-2].strip(), (name, block)
        assert found > 100

    def test_columns_keep_their_lines(self, browser: Any, address: str) -> None:
        """On a phone each row of a forecast is one line."""
        page = opened(browser, 390)
        page.goto(f"{address}/drain.html")
        block = page.locator(".columns pre").first
        lines = block.inner_text().rstrip("\n").count("\n") + 1
        measure = "e => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)"
        assert lines <= block.evaluate(measure) < lines + 3


class TestFirstPage:
    """What is seen in the first ten seconds."""

    @WIDTHS
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_the_product(self, browser: Any, address: str, width: int, scheme: str) -> None:
        """The picture of a forecast is on the first screen, light or dark as the reader has it."""
        page = opened(browser, width, color_scheme=scheme)
        page.goto(f"{address}/index.html")
        shown = [image for image in page.locator("article img").all() if image.is_visible()]
        (picture,) = shown
        name = (
            "forecast" + ("-narrow" if width < 500 else "") + ("-dark" if scheme == "dark" else "")
        )
        assert picture.get_attribute("src").endswith(f"/{name}.svg")
        assert picture.evaluate("e => e.complete && e.naturalWidth > 0")
        box = picture.bounding_box()
        assert box["y"] + box["height"] < SCREENS[width]
        command = page.locator("article pre").first
        assert command.inner_text().startswith("$ zcpolicy simulate ")
        assert page.locator("article a.try").get_attribute("href") == "playground/index.html"
        assert page.get_by_role("heading", name="Who it is for").is_visible()


class TestSearch:
    """Codes and options are found, and come first."""

    @pytest.mark.parametrize(
        ("asked", "place"),
        [
            ("schedule-runs-out", "notices.html#code-schedule-runs-out"),
            ("memory-lock", "notices.html#code-memory-lock"),
            ("limit-order", "lint.html#code-limit-order"),
            ("connections-type", "refusals.html#code-connections-type"),
            ("--policy", "command.html#"),
            ("--set", "command.html#"),
        ],
    )
    def test_what_comes_first(self, browser: Any, address: str, asked: str, place: str) -> None:
        """A search for a code leads to its row, for an option to the command."""
        page = opened(browser, 1280)
        page.goto(f"{address}/search.html?q={asked}")
        first = page.locator("#search-results li a").first
        first.wait_for()
        assert first.get_attribute("href").startswith(place)
        first.click()
        page.wait_for_url(f"**/{place}*")
        anchor = page.url.partition("#")[2]
        assert page.locator(f"[id='{anchor}']").count() == 1

    def test_all_are_in_the_index(self) -> None:
        """Every code of a table, and every option of the command."""
        text = SITE.joinpath("searchindex.js").read_text("utf-8")
        index = json.loads(text[text.index("{") : text.rindex("}") + 1])
        codes = {
            row[0].strip("`")
            for name, (head, rows) in tables.TABLES.items()
            if head[0] == "code"
            for row in rows()
        }
        assert len(codes) > 100
        options = {
            option
            for command in _commands()
            for action in command._actions
            for option in action.option_strings
            if option.startswith("--")
        }
        assert len(options) > 10
        assert sorted((codes | options) - {*index["indexentries"]}) == []


def _commands() -> List[Any]:
    whole = parser()
    (action,) = (each for each in whole._actions if each.dest == "command")
    commands: Any = action.choices
    return [whole, *commands.values()]


class TestNotebook:
    """The notebook that the build ran."""

    def test_its_outputs(self, browser: Any, address: str) -> None:
        """Objects are HTML, forecasts have curves, figures are pictures, and nothing failed."""
        page = opened(browser, 1280)
        page.goto(f"{address}/notebook.html")
        assert page.locator(".cell_output svg").count() >= 2
        assert page.locator(".cell_output img").count() == 2
        for image in page.locator(".cell_output img").all():
            assert image.evaluate("e => e.complete && e.naturalWidth > 600")
        said = page.locator("article").inner_text()
        assert "<1 notice: encryption>" in said
        assert "Done after" in said
        assert "Traceback" not in said
        page.locator("details summary").first.click()
        assert page.get_by_text("Autoconverge", exact=True).first.is_visible()

    def test_it_has_no_outputs_of_its_own(self) -> None:
        """The file has what is run alone, so that the page always shows what this code does."""
        cells = json.loads(ROOT.joinpath("docs/notebook.ipynb").read_text("utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
