"""Errors keep their facts, and say them in one line."""

import copy
import pickle
from typing import Any, Dict, List, Mapping, Optional, Type

import pytest

import zcpolicy as zc
from zcpolicy._base.errors import (
    InvalidType,
    InvalidValue,
    combined,
    raise_all,
    short_repr,
    suggestion,
)

HUGE = 10**5000


def nested(depth: int) -> List[Any]:
    """A list in a list in a list ..."""
    made: List[Any] = []
    for _ in range(depth):
        made = [made]
    return made


class TestShown:
    """A value in a message."""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "None"),
            (1, "1"),
            ("4", "'4'"),
            ("a\nb", r"'a\nb'"),
            ("\ud800", r"'\ud800'"),
            ("x" * 78, f"'{'x' * 78}'"),
            ("x" * 79, f"'{'x' * 76}..."),
            ([1] * 1000, "[" + "1, " * 25 + "1..."),
            (HUGE, "<a huge int>"),
            ({"a": HUGE}, "<a huge dict>"),
            (nested(100_000), "<a huge list>"),
        ],
        ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
    )
    def test_it_is_one_short_line(self, value: object, text: str) -> None:
        """Whatever the value, it is shown as Python writes it, cut to 80 characters."""
        assert short_repr(value) == text
        assert len(text) <= 80


class TestSuggestion:
    """A guess at what was meant."""

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("paralel", "; did you mean 'parallel'?"),
            ("bandwith", "; did you mean 'bandwidth'?"),
            ("xyz", ""),
            ("", ""),
        ],
    )
    def test_it_is_the_nearest_or_none(self, word: str, expected: str) -> None:
        """The nearest of the known words is suggested, and nothing that is far away."""
        assert suggestion(word, iter(["bandwidth", "parallels", "parallel"])) == expected

    def test_only_the_start_of_a_long_word_counts(self) -> None:
        """A word is compared by as much as is shown of it, so that a long one costs little."""
        assert suggestion("a" * 80 + "b" * 1000, ["a" * 80]) != ""
        assert suggestion("a" * 79 + "b" * 1000, ["a" * 79 + "b"]) != ""
        assert suggestion("b" * 1000 + "a" * 80, ["a" * 80]) == ""


class TestZcpolicyError:
    """One fault."""

    def test_the_sentence_is_made_of_the_facts(self) -> None:
        """The message names the path, the value and what is accepted."""
        error = InvalidValue("vm.parallel", 1, "an integer from 2 to 255")
        assert (error.path, error.value, error.expected) == (
            "vm.parallel",
            1,
            "an integer from 2 to 255",
        )
        assert error.problem == "1 is not an integer from 2 to 255"
        assert error.message == str(error) == "vm.parallel: 1 is not an integer from 2 to 255"

    def test_a_fault_of_the_document_itself_has_no_path(self) -> None:
        """Without a path the message is the problem alone."""
        assert str(InvalidType("", [], "a JSON object")) == "[] is not a JSON object"

    def test_the_problem_can_be_said_otherwise(self) -> None:
        """A problem of its own takes the place of the usual sentence."""
        error = InvalidValue("id", None, "a value", "the key is missing or null")
        assert (error.problem, str(error)) == (
            "the key is missing or null",
            "id: the key is missing or null",
        )

    @pytest.mark.parametrize(
        ("kind", "builtin", "other"),
        [(InvalidValue, ValueError, TypeError), (InvalidType, TypeError, ValueError)],
    )
    def test_it_is_what_callers_catch(
        self, kind: Type[zc.ZcpolicyError], builtin: Type[Exception], other: Type[Exception]
    ) -> None:
        """A wrong value is a ValueError, a wrong type a TypeError, both a ZcpolicyError."""
        error = kind("", 1, "x")
        assert isinstance(error, zc.ZcpolicyError)
        assert isinstance(error, builtin)
        assert not isinstance(error, other)

    def test_alone_it_is_all(self) -> None:
        """A fault without others is the only one of all."""
        error = InvalidValue("a", 1, "x")
        assert error.all == (error,)

    @pytest.mark.parametrize("problem", [None, "bad luck"])
    def test_it_survives_a_pickle_and_a_copy(self, problem: Optional[str]) -> None:
        """A copy has the class and every fact, those of the other faults too."""
        error = combined(
            [
                InvalidType("a", 1, "x", problem),
                InvalidValue("b", "2", "y"),
                InvalidType("c", 3, "z"),
            ]
        )
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert [facts(fault) for fault in again.all] == [facts(fault) for fault in error.all]
            assert facts(again) == facts(error)
            assert str(again) == str(error)


def facts(error: zc.ZcpolicyError) -> Dict[str, object]:
    """What an error knows, and its class."""
    names = ("path", "value", "expected", "problem", "message")
    return {"class": type(error), **{name: getattr(error, name) for name in names}}


class TestSeveralFaults:
    """A document with several faults raises one error."""

    FAULTS = (InvalidType("a", 1, "x", "no x"), InvalidValue("b", 2, "y"), InvalidType("c", 3, "z"))

    def test_it_is_the_first_with_the_others(self) -> None:
        """The error is of the first fault's class and facts, and carries the others in order."""
        error = combined(self.FAULTS)
        assert facts(error) == facts(self.FAULTS[0])
        assert [facts(fault) for fault in error.all] == [facts(fault) for fault in self.FAULTS]
        assert [len(fault.all) for fault in error.all] == [1, 1, 1]

    def test_it_prints_a_line_for_each(self) -> None:
        """The text has a line a fault; the message is of the first alone."""
        error = combined(self.FAULTS)
        assert str(error).splitlines() == ["a: no x", "b: 2 is not y", "c: 3 is not z"]
        assert error.message == "a: no x"

    def test_no_fault_is_no_error(self) -> None:
        """Nothing is raised where there is no fault, and one error where there are some."""
        raise_all([])
        with pytest.raises(InvalidType, match="a: no x\nb: 2 is not y\nc: 3 is not z"):
            raise_all(self.FAULTS)


class TestAt:
    """Faults as seen from outside the object."""

    NAMES: Mapping[str, str] = {
        "memory_mib": "memoryMiB",
        "default_downtime": "defaults.downtime",
        "policies": "list",
    }

    @pytest.mark.parametrize(
        ("prefix", "path", "expected"),
        [
            ("", "vcpus", "vcpus"),
            ("vm", "vcpus", "vm.vcpus"),
            ("vm", "memory_mib", "vm.memoryMiB"),
            ("", "memory_mib", "memoryMiB"),
            ("engine", "default_downtime", "engine.defaults.downtime"),
            ("engine", "policies[1].id", "engine.list[1].id"),
            ("engine", "policies.memory_mib", "engine.list.memory_mib"),
            ("list[3]", "[1]", "list[3][1]"),
            ("", "[1].id", "[1].id"),
            ("vm", "", "vm"),
            ("", "", ""),
            ("a", "parallel_supported['4.9']", "a.parallel_supported['4.9']"),
        ],
    )
    def test_the_path_is_that_of_the_document(self, prefix: str, path: str, expected: str) -> None:
        """The prefix comes before, the field is called by its key, what follows stays."""
        (fault,) = InvalidValue(path, 1, "x", "no x")._relocated(prefix, self.NAMES)
        assert facts(fault) == facts(InvalidValue(expected, 1, "x", "no x"))

    def test_all_faults_are_seen(self) -> None:
        """Every fault is told from outside, in order and of its class."""
        error = combined([InvalidType("a", 1, "x"), InvalidValue("memory_mib", 0, "y")])
        assert [facts(fault) for fault in error._relocated("vm", self.NAMES)] == [
            facts(InvalidType("vm.a", 1, "x")),
            facts(InvalidValue("vm.memoryMiB", 0, "y")),
        ]


class TestToJson:
    """An error as a ``--jsonl`` run answers it."""

    def test_it_has_the_first_fault_and_all(self) -> None:
        """The answer has path, value and message of the first fault, and a list of all."""
        first, second = InvalidValue("a", 1, "x"), InvalidType("b", "2", "y")
        one = {"path": "a", "value": 1, "message": "a: 1 is not x"}
        two = {"path": "b", "value": "2", "message": "b: '2' is not y"}
        assert first.to_json() == {"error": {**one, "all": [one]}}
        assert combined([first, second]).to_json() == {"error": {**one, "all": [one, two]}}

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            (False, False),
            (1.5, 1.5),
            ("x" * 78, "x" * 78),
            ("x" * 79, "x" * 77 + "..."),
            ([1, {"a": None}], [1, {"a": None}]),
            ([1] * 100, "[" + "1, " * 25 + "1..."),
            (float("nan"), None),
            (float("inf"), None),
            (b"x", None),
            ({1}, None),
            (HUGE, None),
            (nested(100_000), None),
        ],
        ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
    )
    def test_the_value_is_json_and_short(self, value: object, expected: object) -> None:
        """A value that is no JSON is null, and one that is long is cut."""
        assert InvalidValue("a", value, "x").to_json()["error"]["value"] == expected
