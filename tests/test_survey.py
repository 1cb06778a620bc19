"""Surveys of answers: what they count, that they add up, and how they are shown."""

import csv
import io
import itertools
import json
import pickle
import random
from pathlib import Path
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from calling import Call
from refusals import refused
from zcpolicy._many.survey import _ON_HOSTS, Bad, Blocker, UpdatedHost

CODES = [limitation.code for limitation in zc.LIMITATIONS]
REMEDIES = {limitation.code: limitation.remedy for limitation in zc.LIMITATIONS}


def answer(*blockers: str, source: Any = None, destination: Any = None, **others: Any) -> Any:
    """An answer, as far as a survey looks at one."""
    hosts = {"source": source, "destination": destination}
    named = {side: {"name": name} for side, name in hosts.items() if name is not None}
    return {**others, **named, "blockers": list(blockers)}


def error(path: str, message: str, **others: Any) -> Any:
    return {**others, "error": {"path": path, "value": 0, "message": message, "all": []}}


HOSTS = st.sampled_from((None, "", "h1", "h2", "h3"))


@st.composite
def any_answers(draw: Any) -> List[Any]:
    """Answers, errors, and lines that are neither."""
    blockers = st.lists(st.sampled_from([*CODES, "site"]), unique=True, max_size=4)
    good = st.builds(
        lambda codes, s, d: answer(*codes, source=s, destination=d), blockers, HOSTS, HOSTS
    )
    words = st.sampled_from(("vm.vcpus", "", "x"))
    bad = st.builds(
        lambda path, message, name: error(path, message, **name),
        words,
        words,
        st.sampled_from(({}, {"name": "a"}, {"name": "b"})),
    )
    none = st.sampled_from(("{", "[]", b"\xff", {"error": 5}, {"blockers": "policy"}, {}, 7, None))
    found: List[Any] = draw(st.lists(good | bad | none, max_size=12))
    return found


SURVEYS = any_answers().map(zc.Survey.of)


class TestItAddsUp:
    """a + b."""

    @given(SURVEYS, SURVEYS, SURVEYS)
    def test_it_is_associative_and_commutative(
        self, a: zc.Survey, b: zc.Survey, c: zc.Survey
    ) -> None:
        """Surveys can be reduced in any order, and sent; one without answers changes nothing."""
        assert a + b == b + a
        assert (a + b) + c == a + (b + c)
        assert pickle.loads(pickle.dumps(a)) == a
        assert hash(pickle.loads(pickle.dumps(a))) == hash(a)
        assert a + zc.Survey() == zc.Survey() + a == a
        assert zc.Survey.of([]) == zc.Survey()

    @given(any_answers(), st.randoms(use_true_random=False), st.integers(0, 12))
    def test_parts_give_the_whole(self, answers: List[Any], order: random.Random, cut: int) -> None:
        """The survey of all is the sum of those of any parts in any order."""
        # What is no JSON has no name but its line's number.
        named = [{**a, "name": "n"} for a in answers if isinstance(a, dict)]
        whole = zc.Survey.of(named)
        order.shuffle(named)
        assert zc.Survey.of(named[:cut]) + zc.Survey.of(named[cut:]) == whole

    def test_it_adds_nothing_else(self) -> None:
        """A survey and a number have no sum."""
        with pytest.raises(TypeError):
            zc.Survey() + 1  # type: ignore[operator]


class TestItCounts:
    """Blockers, hosts and bad lines."""

    def test_blockers(self) -> None:
        """Each VM counts for each of its blockers, and for one alone where it has no other."""
        found = zc.Survey.of(
            [
                answer(),
                answer("policy"),
                answer("policy"),
                answer("policy", "qemu"),
                answer("memory-lock", "site"),
                answer("site"),
            ]
        )
        assert (found.answers, found.zerocopy, found.bad_lines) == (6, 1, 0)
        assert found.blockers == (
            Blocker("policy", 3, 2, REMEDIES["policy"]),
            Blocker("qemu", 1, 0, REMEDIES["qemu"]),
            Blocker("memory-lock", 1, 0, REMEDIES["memory-lock"]),
            Blocker("site", 2, 1, None),
        )
        assert found.best == found.blockers[0]

    @pytest.mark.parametrize("answers", [[], [answer()], [answer("policy", "tunnel")]])
    def test_there_may_be_no_best_change(self, answers: List[Any]) -> None:
        """Where no single change gives a VM zero-copy, none is the best."""
        assert zc.Survey.of(answers).best is None

    @pytest.mark.parametrize("number", range(50))
    def test_alone_is_what_lifting_gives(self, number: int) -> None:
        """Lifting a blocker gives zero-copy to as many as are said to have it then."""
        draw = random.Random(number)
        answers = [answer(*draw.sample(CODES, draw.randrange(4))) for _ in range(30)]
        found = zc.Survey.of(answers)
        for code, vms, alone, _ in found.blockers:
            lifted = [answer(*[c for c in a["blockers"] if c != code]) for a in answers]
            assert zc.Survey.of(lifted).zerocopy - found.zerocopy == alone
            assert sum(code in a["blockers"] for a in answers) == vms
        if found.best is not None:
            assert found.best.alone == max(blocker.alone for blocker in found.blockers)

    def test_hosts(self) -> None:
        """A host counts as source and as destination, and alone where nothing else lacks."""
        found = zc.Survey.of(
            [
                answer("vdsm", "qemu", source="old", destination="new"),
                answer("destination", source="new", destination="old"),
                answer("destination", "libvirt", source="old", destination="old"),
                answer("destination", "libvirt", source="old", destination="older"),
                answer("qemu", "policy", source="older", destination="new"),
                answer("qemu"),
                answer("policy", source="new", destination="new"),
            ]
        )
        assert found.hosts == (
            UpdatedHost("old", 4, 3),
            UpdatedHost(None, 1, 1),
            UpdatedHost("older", 2, 0),
        )

    def test_hosts_are_those_of_the_limitations(self) -> None:
        """What an update of a host removes are limitations that look at that host alone."""
        for side, name in (("host", "source"), ("destination", "destination")):
            lacking: Dict[str, Any] = {
                side: zc.Host(vdsm_zerocopy=False, libvirt_zerocopy=False, qemu_zerocopy=False)
            }
            blockers = zc.Scenario(policy="Very large VMs", **lacking).resolve().blockers
            assert [code for code, where in _ON_HOSTS.items() if where == name] == [*blockers]

    def test_bad_lines(self) -> None:
        """They are counted by where their first fault is, and named."""
        lines = [
            json.dumps(error("vm.vcpus", "b", name="vm 7")),
            answer(),
            "{",
            error("vm.vcpus", "a", name="vm 3"),
            error("", "the text is empty"),
            *[error("vm.vcpus", "c", name=name) for name in ("vm 5", "vm 9")],
            {"outcome": "completes"},
        ]
        found = zc.Survey.of(lines, source="f")
        assert (found.answers, found.bad_lines) == (1, 7)
        no_json = "the text is not JSON: Expecting property name enclosed in double quotes"
        assert found.bad[0] == Bad("vm.vcpus", 4, "a", ("vm 3", "vm 5", "vm 7"))
        assert found.bad[1][:2] == (None, 2)
        assert found.bad[1].message.startswith("blockers: this is not an answer of resolve")
        assert found.bad[1].names == ("f, line 3", "f, line 8")
        assert found.bad[2] == Bad("", 1, "the text is empty", ("f, line 5",))
        assert zc.Survey.of(["{"]).bad[0].names == ("line 1",)
        assert zc.Survey.of(["{"]).bad[0].message.startswith(no_json[:25])

    @pytest.mark.parametrize(
        "line",
        [
            *("", "{", "[]", "null", b"\xff", "5", None, 5),
            *({}, {"blockers": None}, {"blockers": "policy"}, {"blockers": [1]}),
            *(
                {"error": None},
                {"error": {}},
                {"error": {"path": "x"}},
                {"error": {"path": 1, "message": "m"}},
            ),
        ],
    )
    def test_what_is_no_answer(self, line: Any) -> None:
        """It is counted, and disturbs no other."""
        found = zc.Survey.of([answer(), line, answer("policy")])
        assert (found.answers, found.bad_lines, found.bad[0].path) == (2, 1, None)
        assert found.bad[0].message

    @pytest.mark.parametrize("answers", ["{}", b"{}", {"blockers": []}, 5, None])
    def test_a_wrong_call_is_refused(self, answers: Any) -> None:
        """A single answer is no stream of answers."""
        assert refused(zc.Survey.of, answers).path == "answers"
        assert refused(zc.Survey.of, [], source=5).path == "source"

    @given(st.lists(st.sampled_from(CODES), unique=True), HOSTS, HOSTS)
    def test_it_reads_what_resolve_answers(
        self, codes: List[str], source: Any, destination: Any
    ) -> None:
        """Lines, dicts, and what the library answers are alike."""
        scenario = zc.Scenario(
            name="n",
            host=zc.Host(name=source, qemu_zerocopy=False),
            destination=zc.Host(name=destination),
        )
        document = scenario.resolve().to_json()
        line = json.dumps(document)
        assert (
            zc.Survey.of([document])
            == zc.Survey.of([line])
            == zc.Survey.of([line.encode()])
            == zc.Survey.of(zc.answers([json.dumps(scenario.to_json())]))
        )
        assert zc.Survey.of([line]).hosts == (UpdatedHost(source, 1, 0),)


MANY = zc.Survey.of(
    [
        *[answer("policy")] * 1200,
        *[answer("qemu", source=f"host-{n % 12:02}", destination="x") for n in range(78)],
        *[answer("site-" + "x" * 30, "destination", destination="\x1b[31m")] * 3,
        answer(),
        error("vm.vcpus", "vm.vcpus: 0 is not \x1b[31m" + "x" * 100, name="two\nlines"),
        "{",
    ]
)


class TestItIsShown:
    """Text, JSON, CSV."""

    def test_the_text(self) -> None:
        """Numbers, bars, what helps most, and the bad lines, in 80 columns."""
        lines = str(MANY).splitlines()
        assert lines[:7] == [
            "1,282 answers: 1 with zero-copy (0 %), 1,281 without; 2 bad lines",
            "",
            "What prevents zero-copy         VMs this alone",
            f"  policy                      1,200      1,200  {'#' * 30}",
            "  qemu                           78         78  ##",
            "  destination                     3          0",
            "  site-xxxxxxxxxxxxxxxx…          3          0",
        ]
        assert lines[8:10] == [
            "The change that helps most: without policy, 1,200 more would have zero-copy",
            "  -> choose a policy that does, such as Very large VMs",
        ]
        assert lines[11:13] == [
            "Hosts to update first           VMs this alone",
            f"  host-00                         7          7  {'#' * 30}",
        ]
        assert lines[22] == "  3 more: see --json or --csv"
        assert lines[24:26] == ["Bad lines", r"  vm.vcpus: 1 (two\nlines)"]
        assert lines[-3] == "  no answer: 1 (line 1284)"
        assert max(map(len, lines)) <= 80
        assert all(line.isprintable() for line in lines)

    @pytest.mark.parametrize(
        ("answers", "first"),
        [
            ([], "0 answers: 0 with zero-copy, 0 without"),
            ([answer()], "1 answer: 1 with zero-copy (100 %), 0 without"),
            (["{"], "0 answers: 0 with zero-copy, 0 without; 1 bad line"),
        ],
    )
    def test_few(self, answers: List[Any], first: str) -> None:
        """What is not there is not spoken of."""
        lines = str(zc.Survey.of(answers)).splitlines()
        assert lines[0] == first
        assert [line for line in lines if "helps" in line or "Hosts" in line] == []

    def test_a_sites_own_best(self) -> None:
        """A limitation of a site's own has no remedy that we know."""
        assert "  -> lift this limitation of your own" in str(zc.Survey.of([answer("site")]))

    def test_a_host_without_a_name(self) -> None:
        """All hosts without a name are one."""
        assert "  (no name) " in str(zc.Survey.of([answer("qemu")]))

    @given(SURVEYS)
    def test_any_fits_a_terminal(self, a: zc.Survey) -> None:
        """Whatever was counted, the text fits and the JSON is JSON."""
        assert all(len(line) <= 80 and line.isprintable() for line in str(a).splitlines())
        assert json.loads(json.dumps(a.to_json())) == a.to_json()

    def test_the_json(self) -> None:
        """Every number under its key."""
        found = zc.Survey.of([answer(), answer("qemu", source="h"), error("x", "m", name="n")])
        assert found.to_json() == {
            "answers": 2,
            "zerocopy": 1,
            "badLines": 1,
            "best": "qemu",
            "blockers": [{"code": "qemu", "vms": 1, "alone": 1, "remedy": REMEDIES["qemu"]}],
            "hosts": [{"name": "h", "vms": 1, "alone": 1}],
            "combinations": [{"blockers": [], "vms": 1}, {"blockers": ["qemu"], "vms": 1}],
            "bad": [{"path": "x", "lines": 1, "message": "m", "names": ["n"]}],
        }
        assert zc.Survey().to_json()["best"] is None

    def test_the_csv(self) -> None:
        """A row for each number."""
        rows = [*csv.reader(io.StringIO(MANY.to_csv()))]
        assert rows[:5] == [
            ["kind", "name", "vms", "alone"],
            ["answers", "", "1282", ""],
            ["zerocopy", "", "1", ""],
            ["blocker", "policy", "1200", "1200"],
            ["blocker", "qemu", "78", "78"],
        ]
        assert ["host", "host-11", "6", "6"] in rows
        assert ["host", "\x1b[31m", "3", "0"] in rows
        assert rows[-2:] == [["error", "vm.vcpus", "1", ""], ["no answer", "", "1", ""]]
        unnamed = zc.Survey.of([answer("qemu"), answer("qemu", source='a "b", c')]).to_csv()
        assert 'host,"a ""b"", c",1,1\n' in unnamed
        assert "host,,1,1\n" in unnamed


class TestTheCommand:
    """zcpolicy survey [FILE…]."""

    def lines(self, *found: Any) -> bytes:
        return b"".join(json.dumps(each).encode() + b"\n" for each in found)

    def test_it_reads_files_and_standard_input(self, tmp_path: Path, call: Call) -> None:
        """All of them together are surveyed."""
        file = tmp_path / "a.jsonl"
        file.write_bytes(self.lines(answer("policy"), answer()))
        given = self.lines(answer("qemu"))
        one = zc.Survey.of([answer("qemu")])
        both = zc.Survey.of([answer("policy"), answer(), answer("qemu")])
        assert call("survey", given=given) == (0, f"{one}\n".encode(), "")
        assert call("survey", str(file), "-", given=given) == (0, f"{both}\n".encode(), "")
        status, out, _ = call("survey", "--json", str(file), "-", given=given)
        assert (status, json.loads(out)) == (0, both.to_json())
        assert out.count(b"\n") == 1
        assert call("survey", "--csv", "-", str(file), given=given) == (
            0,
            both.to_csv().encode(),
            "",
        )

    def test_bad_lines(self, tmp_path: Path, call: Call) -> None:
        """Errors among the answers are part of it; what is no answer gives status 2."""
        given = self.lines(answer(), error("x", "m"))
        status, out, errors = call("survey", "--json", given=given)
        assert (status, json.loads(out)["badLines"], errors) == (0, 1, "")
        file = tmp_path / "a.jsonl"
        file.write_bytes(given + b"\n")
        status, out, errors = call("survey", "--json", str(file))
        assert (status, errors) == (2, "")
        assert [each["names"] for each in json.loads(out)["bad"]] == [
            [f"{file}, line 2"],
            [f"{file}, line 3"],
        ]

    def test_it_reads_what_the_command_answers(self, call: Call) -> None:
        """A pipeline of resolve and survey."""
        _, out, _ = call("resolve", "--jsonl", given=b'{}\n{"vm": 5}\n')
        status, text, _ = call("survey", given=out)
        assert status == 0
        assert text.startswith(b"1 answer: 0 with zero-copy (0 %), 1 without; 1 bad line\n")

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (("-", "-"), "standard input: it cannot be read twice"),
            (("no such file",), "no such file: No such file or directory"),
        ],
        ids=itertools.count(),
    )
    def test_what_cannot_be_read(self, arguments: Any, problem: str, call: Call) -> None:
        """It is named, and nothing is printed."""
        assert call("survey", *arguments) == (2, b"", f"zcpolicy: {problem}\n")
