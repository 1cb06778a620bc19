"""Findings where authors look at them: as annotations of a file in a pull request."""

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from calling import Call
from zcpolicy._base.documents import join_any
from zcpolicy._lint.finding import Finding
from zcpolicy._lint.github import annotation
from zcpolicy._lint.places import Place, place_of, places
from zcpolicy._lint.report import findings_by_policy, read_for_lint
from zcpolicy.testing import policies

DOCUMENTS: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def values(value: Any, path: str = "") -> Iterator[Tuple[str, Any]]:
    """All values in a document, by their paths."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from values(inner, join_any(path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from values(inner, f"{path}[{index}]")


def at(text: str, place: Place) -> Any:
    """The value that begins at a place, or that its key there has."""
    rest = "\n".join(text.split("\n")[place.line - 1 :])[place.column - 1 :]
    decode = json.JSONDecoder(strict=False).raw_decode
    value, end = decode(rest)
    after = rest[end:].lstrip()
    return decode(after[1:].lstrip())[0] if after[:1] == ":" else value


class TestPlaces:
    """The place of each value."""

    @given(DOCUMENTS, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
    def test_each_value_is_where_it_is_said(
        self, document: Any, indent: Any, ascii_only: bool
    ) -> None:
        """At the place of each path its value begins, or its key, however it is laid out."""
        text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
        found = places(text)
        expected = dict(values(document))
        assert found.keys() == expected.keys()
        # Of paths that keys make equal, such as "a.b" and b in a, the last counts.
        unique = len(expected) == len([*values(document)])
        assert all(at(text, found[path]) == expected[path] for path in expected if unique)

    def test_lines_of_windows(self) -> None:
        """A line ends with its line feed, whatever is before it."""
        assert places('{\r\n  "a": [1,\r\n2]}') == {
            "": Place(1, 1),
            "a": Place(2, 3),
            "a[0]": Place(2, 9),
            "a[1]": Place(3, 1),
        }

    @given(st.lists(policies(), max_size=3), st.booleans())
    def test_each_finding_has_a_place(
        self, found: "list[zc.MigrationPolicy]", joined: bool
    ) -> None:
        """It is in its policy, and at its entry of the schedule, under either key."""
        entries = [policy.to_json() for policy in found if not policy.is_legacy]
        for entry in entries if joined else ():
            config = entry["config"]
            if config is not None:
                last = [
                    {"stallingLimit": -1, "convergenceItem": item} for item in config["lastItems"]
                ]
                config["convergenceItems"] += last
                config["lastItems"] = []
        text = json.dumps(entries, indent=1)
        read = read_for_lint(json.loads(text))
        known = places(text)
        by_place = {place: path for path, place in known.items()}
        for index, finding in findings_by_policy(read):
            place = place_of(finding.path, read[index] if index >= 0 else None, known)
            assert place is not None
            path = by_place[place]
            assert path.startswith(f"[{index}]" if index >= 0 else "")
            entry_at = re.search(r"(convergenceItems|lastItems)\[([0-9]+)\]", finding.path)
            if entry_at is not None and not joined:
                assert entry_at[0] in path
            elif entry_at is not None:
                written = read[index].to_json()["config"]
                before = written["convergenceItems"] if entry_at[1] == "lastItems" else []
                number = len(before) + int(entry_at[2])
                assert path.startswith(f"[{index}].config.convergenceItems[{number}]")


def finding(severity: Any = "warning", path: str = "config", message: str = "m") -> Finding:
    return Finding(code="c", severity=severity, path=path, message=message, remedy="r")


class TestAnnotations:
    """GitHub's workflow commands."""

    @pytest.mark.parametrize(
        ("found", "file", "place", "line"),
        [
            (
                finding(),
                "a.json",
                Place(3, 4),
                "::warning file=a.json,line=3,col=4,title=zcpolicy c::config: m%0A-> r",
            ),
            (finding("error", ""), "a", None, "::error file=a,title=zcpolicy c::m%0A-> r"),
            (finding("info", ""), None, None, "::notice title=zcpolicy c::m%0A-> r"),
            (
                finding(message="100 %, so: far,\n\r\x1b"),
                "C:\\a,b%\r\n.json",
                None,
                "::warning file=C%3A\\a%2Cb%25%0D%0A.json,title=zcpolicy c"
                "::config: 100 %25, so: far,\\n\\r\\x1b%0A-> r",
            ),
        ],
    )
    def test_the_command(
        self, found: Finding, file: Optional[str], place: Optional[Place], line: str
    ) -> None:
        """What would end a property or the line is escaped; what is not known is left out."""
        assert annotation(found, file, place) == line

    @given(st.text(), st.text(), st.text())
    def test_it_stays_on_its_line(self, file: str, path: str, message: str) -> None:
        """Whatever a name says, it is one command, and the file comes out as it was."""
        text = annotation(finding(path=path, message=message), file, None)
        assert len(text.split("\n")) == len(text.split("\r")) == 1
        _, properties, data = text.split("::", 2)
        name = properties.partition("file=")[2].partition(",title=")[0]
        assert "," not in name
        assert ":" not in name
        for code, character in (("3A", ":"), ("2C", ","), ("0A", "\n"), ("0D", "\r"), ("25", "%")):
            name = name.replace(f"%{code}", character)
            data = data.replace(f"%{code}", character)
        assert name == file
        assert data.startswith(f"{path}: " if path else "")


BAD: Dict[str, Any] = {
    "id": "6d0c1a2e-0000-4000-8000-000000000001",
    "name": "Databases",
    "maxMigrations": 1,
    "config": {
        "initialItems": [{"action": "setDowntime", "params": [300]}],
        "convergenceItems": [
            {"stallingLimit": 5, "convergenceItem": {"action": "setDowntime", "params": [1000]}},
            {"stallingLimit": 3, "convergenceItem": {"action": "setDowntime", "params": [5000]}},
        ],
    },
}


class TestTheCommand:
    """``zcpolicy lint --format``."""

    def test_a_file(self, tmp_path: Path, call: Call) -> None:
        """Each finding is at its line; an error is the exit status."""
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(BAD, indent=2), "utf-8")
        status, out, errors = call("lint", "--format", "github", str(file))
        lines = out.decode().splitlines()
        assert (status, errors) == (1, "")
        assert len(lines) == len(zc.lint(zc.MigrationPolicy.from_json(BAD)))
        assert all(f" file={file},line=" in line for line in lines)
        (order,) = [line for line in lines if "limit-order" in line]
        text = file.read_text("utf-8").splitlines()
        number = int(order.partition("line=")[2].partition(",")[0])
        assert text[number - 1].strip() == '"stallingLimit": 3,'

    def test_what_has_no_file(self, call: Call) -> None:
        """What is typed, or shipped, has no file; what is not bare JSON has no lines."""
        given_bad = json.dumps([BAD]).encode()
        _, out, _ = call("lint", "--format", "github", given=given_bad)
        assert out.startswith(b"::warning line=1,col=1,title=")
        _, out, _ = call("lint", "--format", "github", "Very large VMs")
        assert out.startswith(b"::notice title=zcpolicy last-step-short::")

    def test_another_form(self, tmp_path: Path, call: Call) -> None:
        """What engine-config printed is annotated as a file."""
        file = tmp_path / "got.txt"
        file.write_text(f"MigrationPolicies: {json.dumps([BAD])} version: 4.8\n", "utf-8")
        status, out, _ = call("lint", "--format", "github", str(file))
        assert status == 1
        assert all(
            line.partition(" ")[2].startswith(f"file={file},title=")
            for line in out.decode().splitlines()
        )

    @pytest.mark.parametrize("given_text", [b"[]"])
    def test_an_empty_list(self, given_text: bytes, call: Call) -> None:
        """What is found of a list without policies is at its beginning."""
        status, out, errors = call("lint", "--format", "github", given=given_text)
        assert (status, errors) == (0, "")
        assert all(line.partition(" ")[2][:6] == "line=1" for line in out.decode().splitlines())

    def test_nothing_found(self, tmp_path: Path, call: Call) -> None:
        """Then nothing is printed."""
        file = tmp_path / "good.json"
        good = zc.policies.MINIMAL_DOWNTIME.but(
            name="Good", schedule=zc.ConvergenceSchedule.ramp(300, {2: 500}, abort_limit=20)
        )
        assert zc.lint(good) == ()
        file.write_text(json.dumps(good.to_json()), "utf-8")
        assert call("lint", "--format", "github", str(file)) == (0, b"", "")

    def test_the_other_formats(self, call: Call) -> None:
        """``json`` is what ``--json`` prints, ``text`` what is printed without either."""
        given_bad = json.dumps(BAD).encode()
        as_json = call("lint", "--json", given=given_bad)
        assert call("lint", "--format", "json", given=given_bad) == as_json
        assert call("lint", "--format", "text", given=given_bad) == call("lint", given=given_bad)
        status, out, errors = call("lint", "--json", "--format", "github", given=given_bad)
        assert (status, out) == (2, b"")
        assert "not allowed with" in errors
