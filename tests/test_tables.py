"""What the documentation takes from the code: tables, the drawing, the names of the API."""

import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Dict, List, Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

import links
import modules
import tables
import zcpolicy
from zcpolicy import plot, policies, testing
from zcpolicy._command.parser import parser
from zcpolicy._decision.rules import RULES
from zcpolicy.adapters import _oddities, _refusals, _request, engine, libvirt, vdsm

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
PAGES = {path.name: path.read_text("utf-8") for path in sorted(DOCS.glob("*.md"))}


class TestTables:
    @pytest.mark.parametrize("page", [name for name, text in PAGES.items() if tables.names(text)])
    def test_pages_are_up_to_date(self, page: str) -> None:
        """Each table is what the code says; if not, ``python docs/tables.py`` makes it again."""
        assert tables.filled(PAGES[page]) == PAGES[page]

    def test_every_table_is_in_one_page(self) -> None:
        """No table is left out, and none is told twice."""
        found = [name for text in PAGES.values() for name in tables.names(text)]
        assert sorted(found) == sorted(tables.TABLES)

    def test_markers_and_tables(self) -> None:
        """What begins as a table ends as one, so that nothing else can be overwritten."""
        for text in PAGES.values():
            markers = re.findall(r"<!-- (table:|end of table)", text)
            assert markers == ["table:", "end of table"] * len(tables.names(text))

    def test_making(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """All pages are made anew, what stands around their tables is left alone."""
        stale = "before\n<!-- table: invariants -->\nold\n<!-- end of table -->\nafter\n"
        (tmp_path / "stale.md").write_text(stale, "utf-8")
        (tmp_path / "other.md").write_text("no table\n", "utf-8")
        monkeypatch.setattr(tables, "PAGES", tmp_path)
        tables.main()
        made = (tmp_path / "stale.md").read_text("utf-8")
        assert made.startswith(
            "before\n<!-- table: invariants -->\n\n| name | sentence | kind | also tested in |\n"
        )
        assert made.endswith("|\n\n<!-- end of table -->\nafter\n")
        assert "old" not in made
        assert (tmp_path / "other.md").read_text("utf-8") == "no table\n"

    def test_unknown(self) -> None:
        """A table that there is not is an error."""
        with pytest.raises(KeyError, match="nothing"):
            tables.filled("<!-- table: nothing -->\n<!-- end of table -->\n")

    @pytest.mark.parametrize(
        ("text", "cell"),
        [("a < b", "a &lt; b"), ("a | b", "a \\| b"), ("`<a>` <b>", "`<a>` &lt;b>")],
    )
    def test_cells(self, text: str, cell: str) -> None:
        """What would be HTML or another cell is text, but for HTML in code, which is none."""
        assert tables._cell(text) == cell

    def test_invariants(self) -> None:
        """Each invariant has a row, and the tests that it names are there."""
        assert list(tables.INVARIANTS) == [each.__name__ for each in testing.invariants]
        for _, *tests in tables.INVARIANTS.values():
            assert tests
            for test in tests:
                file, name = test.split("::")
                assert f"\nclass {name}:" in (TESTS / file).read_text("utf-8"), test

    def test_violations(self) -> None:
        """Whatever `vdsm.check` can find, libvirt's and QEMU's and Vdsm's own, has a row."""
        rows = [*tables.TABLES["refusals"][1](), *tables.TABLES["requests"][1]()]
        known = {row.code for row in _refusals.REFUSALS} | {row.code for row in _oddities.ODDITIES}
        assert {row[0] for row in rows} == {f"`{code}`" for code in known | {"vdsm-crash"}}

    def test_requests(self) -> None:
        """Each key that a decision gives a request is there, and Vdsm's crash on each value."""
        rows = list(tables.TABLES["request"][1]())
        keys = [f"`{key}`" for key in (*_request.REQUEST_FIELDS, "method", "abortOnError")]
        assert sorted(row[0] for row in rows) == sorted(keys)
        crashes = [row[2] for row in tables.TABLES["requests"][1]() if row[0] == "`vdsm-crash`"]
        assert [what.partition(":")[0] for what in crashes] == [
            *("maxBandwidth", "convergenceSchedule", "downtime")
        ]

    def test_rules(self) -> None:
        """Each rule is in the table of its parameter."""
        for parameter, known in RULES.items():
            if parameter == "outgoing_limit":
                assert known is RULES["incoming_limit"]
                continue
            rows = tables.TABLES[f"rules of {parameter}"][1]()
            assert [row[0] for row in rows] == [f"`{name}`" for name in known]


def written(directory: Path, files: Dict[str, str]) -> Path:
    package = directory / "zcpolicy"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return package


class TestModules:
    def test_data_flows_one_way(self) -> None:
        """Every module has a room, and needs none of a later one."""
        needs = modules.imports()
        assert modules.checked(needs) is needs
        assert "_decision.rules" in needs["_decision.resolution"]

    def test_only_tables_are_long(self) -> None:
        """A module of more than 400 lines is a table, with a row for each thing it knows."""
        of_adapters = {f"adapters.{name}" for name in ("_libvirt_rows", "_oddities", "_qemu_rows")}
        long = {
            ".".join(path.relative_to(modules.SOURCE).with_suffix("").parts)
            for path in modules.SOURCE.rglob("*.py")
            if len(path.read_text("utf-8").splitlines()) > 400
        }
        assert long == {"_decision.rules", *of_adapters}

    def test_what_waits_for_a_call(self) -> None:
        """What a function imports is found, too, and is no arrow."""
        assert ("_model.scenario", "_decision.resolution") in modules.late()
        assert ("_base.notebook", "_html") in modules.late()
        assert "_decision.resolution" not in modules.imports()["_model.scenario"]

    def test_what_runs_back_has_a_reason(self) -> None:
        """The page says why a module defers an import of a later room."""
        back = {pair for pair in modules.late() if modules.runs_back(*pair)}
        assert ("_forecast.forecast", "plot") in back
        assert back <= {*tables._WHY_LATE}

    def test_imports(self, tmp_path: Path) -> None:
        """Imports are found in each of their forms; those that wait for a call are apart."""
        package = written(
            tmp_path,
            {
                "__init__.py": "from . import a\nfrom .b import x\n",
                "a.py": "import os\nimport zcpolicy.b\nfrom typing import Any\n",
                "b.py": "if TYPE_CHECKING:\n    from . import a\ndef f():\n    from . import a\n"
                "def g():\n    import_module('zcpolicy.c')\n    return 'zcpolicy.none, c'\n",
                "c.py": "from . import x, __version__\n",
                "d/__init__.py": "from .. import a\nfrom ..b import x\nfrom . import e\n",
                "d/e.py": "from .f import x\nfrom ..c import y\nfrom zcpolicy import z\n",
                "d/f.py": "from zcpolicy.a import x\nfrom zcpolicy import b\n",
            },
        )
        assert modules.imports(package) == {
            "zcpolicy": {"a", "b"},
            "a": {"b"},
            "b": set(),
            "c": {"zcpolicy"},
            "d": {"a", "b", "d.e"},
            "d.e": {"d.f", "c", "zcpolicy"},
            "d.f": {"a", "b"},
        }
        assert modules.late(package) == (("b", "a"), ("b", "c"))

    @pytest.mark.parametrize(
        ("needs", "problem"),
        [
            ({"a": set(), "b": set(), "c.x": set()}, "c: in the code or in ROOMS alone"),
            ({"a": set()}, "b: in the code or in ROOMS alone"),
            ({"a.x": {"b"}, "b": set()}, "a.x needs b, of a later room"),
        ],
    )
    def test_faults(self, needs: Dict[str, Set[str]], problem: str) -> None:
        """A module without a room, a room without a module and an arrow back are errors."""
        with pytest.raises(ValueError, match=problem):
            modules.checked(needs, ["a", "b"])

    def test_circles(self) -> None:
        """Modules of a room that need one another are an error, too."""
        with pytest.raises(ValueError, match=r"a\.x needs itself; a\.y needs itself"):
            modules.checked({"a.x": {"a.y"}, "a.y": {"a.x"}}, ["a"])

    @given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda e: e[0] < e[1])))
    def test_reduced(self, edges: Set[tuple]) -> None:  # type: ignore[type-arg]
        """What is drawn says all that is needed, and says none of it twice."""
        needs = {str(n): {str(low) for low, high in edges if high == n} for n in range(7)}
        drawn = modules.reduced(needs)
        behind = {name: modules._behind(needs, name) for name in needs}
        assert {name: modules._behind(drawn, name) for name in drawn} == behind
        for name, others in drawn.items():
            for other in others:
                fewer = {**drawn, name: others - {other}}
                assert other not in modules._behind(fewer, name)

    def test_drawing(self) -> None:
        """Rooms and modules have boxes; arrows follow the data, and none is from the ground."""
        needs: Dict[str, Set[str]] = {"a": set(), "b.x": {"a"}, "c": {"a", "b.x"}, "d": {"c"}}
        lines = modules.drawing(needs, ["a", "b", "c", "d"]).split("\n")
        assert [line.strip() for line in lines if "->" in line] == ['"b.x" -> "c";', '"c" -> "d";']
        for text in ('label="b"', '"b.x" [label="x"]', '"a";', '"d";'):
            assert any(text in line for line in lines)

    def test_rooms(self) -> None:
        """A room needs what its modules need of other rooms."""
        needs = {"a.x": {"a.y"}, "a.y": set(), "b": {"a.x"}, "c.z": {"b", "a.y"}}
        assert modules.rooms(needs) == {"a": set(), "b": {"a"}, "c": {"a", "b"}}

    def test_summaries(self) -> None:
        """Each module has a summary; rooms are in their order, what others need comes first."""
        rows = modules.summaries()
        names = [name for name, _ in rows]
        assert sorted(names) == sorted(modules.imports())
        assert list(dict.fromkeys(map(modules.room_of, names))) == list(modules.ROOMS)
        for name, others in modules.imports().items():
            assert all(names.index(other) < names.index(name) for other in others)
        assert all(summary.endswith((".", ":")) or ":" in summary for _, summary in rows)


PUBLIC: List[ModuleType] = [zcpolicy, policies, plot, engine, vdsm, libvirt, testing]


class TestReference:
    @pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
    def test_the_api_page_has_every_name(self, module: ModuleType) -> None:
        """What can be imported is described."""
        page = PAGES["api.md"]
        objects = re.findall(r"^\.\. auto(?:class|function|exception):: (\S+)$", page, re.MULTILINE)
        described = [pkgutil.resolve_name(name) for name in objects]
        data = re.findall(r"^(?:\.\. py:data::|   {10}) (\w+)$", page, re.MULTILINE)
        for name in module.__all__:
            thing = getattr(module, name)
            known = thing in described or name in data or thing in PUBLIC
            assert known, f"{module.__name__}.{name}"

    def test_the_command_page_has_every_command(self) -> None:
        """Each subcommand has a section with an example."""
        (commands,) = (a for a in parser()._actions if a.dest == "command")
        parts = PAGES["command.md"].split("\n## ")[1:]
        named = [part for part in parts if ":" in part.partition("\n")[0]]
        sections = {part.partition(":")[0]: part for part in named}
        assert sorted(commands.choices or ()) == sorted(sections)
        for command, section in sections.items():
            assert re.search(rf"^\$ .*zcpolicy {command}\b", section, re.MULTILINE)

    def test_every_page_is_on_the_site(self) -> None:
        """The landing page leads to all pages, each once."""
        trees = re.findall(r"^```\{toctree\}\n(?::.*\n)*\n((?:.+\n)+)```", PAGES["index.md"], re.M)
        listed = [name for tree in trees for name in tree.split()]
        notebooks = [path.stem for path in DOCS.glob("*.ipynb")]
        pages = [name[:-3] for name in PAGES]
        assert sorted([*listed, "index"]) == sorted([*pages, *notebooks])


def test_the_readme_begins_with_the_picture() -> None:
    """The picture of the first page is the README's, too, and stands before its sections."""
    readme = DOCS.parent.joinpath("README.md").read_text("utf-8")
    (picture,) = re.findall(r"^!\[.+\]\((.+)\)$", readme.partition("\n## ")[0], re.MULTILINE)
    assert DOCS.parent.joinpath(picture).is_file()
    name = picture.rpartition("/")[2]
    assert f"](_static/{name})" in PAGES["index.md"]


class TestLinks:
    def site(self, directory: Path, body: str) -> Path:
        (directory / "index.html").write_text(body, "utf-8")
        (directory / "other.html").write_text('<p id="here"></p>', "utf-8")
        return directory

    @pytest.mark.parametrize(
        "link",
        ["other.html", "other.html#here", "#top", "#", "https://example.org/x", "index.html?q=1"],
    )
    def test_good(self, tmp_path: Path, link: str) -> None:
        """A page, a place in it, and another site are somewhere."""
        body = f'<p id="top"><a href="{link}"></a></p>'
        assert list(links.broken(self.site(tmp_path, body))) == []
        assert links.main(str(tmp_path)) == 0

    def test_what_comes_later(self, tmp_path: Path) -> None:
        """What is built into the site afterwards may be missing as a whole, and not in part."""
        site = self.site(tmp_path, '<a href="playground/index.html"></a>')
        assert list(links.broken(site)) == []
        (tmp_path / "playground").mkdir()
        assert list(links.broken(site)) == [("index.html", "playground/index.html")]

    @pytest.mark.parametrize(
        ("tag", "link"),
        [
            ("a href", "none.html"),
            ("a href", "other.html#there"),
            ("a href", "#there"),
            ("img src", "none.svg"),
            ("object data", "none.svg"),
        ],
    )
    def test_broken(
        self, tmp_path: Path, tag: str, link: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A page, a place or a picture that is not there is told."""
        site = self.site(tmp_path, f'<{tag}="{link}">')
        assert list(links.broken(site)) == [("index.html", link)]
        assert links.main(str(site)) == 1
        assert capsys.readouterr().err == f"index.html: {link} leads nowhere\n"
