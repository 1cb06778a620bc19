"""Lines answered by the million: in their place, lazily, alike in one process and in several."""

import gc
import json
import pickle
import tracemalloc
from typing import Any, Iterator, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import refused
from zcpolicy import testing

LARGE = b'{"cluster": {"policy": "Very large VMs"}}'
WORKLOAD = {"dirtyMiBs": 100, "workingSetMiB": 512}
SIMULATION = json.dumps({"workload": WORKLOAD}).encode()
BAD = b'{"vm": {"vcpus": 0}}'


def resolved(document: Any) -> Any:
    return zc.Scenario.from_json(document).resolve().to_json()


def named(document: Any) -> Any:
    """What a document says that it is called."""
    name = document.get("name") if isinstance(document, dict) else None
    return {"name": name} if isinstance(name, str) else {}


class TestAnswers:
    """zc.answers(lines)."""

    @given(st.lists(testing.scenario_documents() | testing.invalid_scenario_documents()))
    def test_it_answers_as_the_library_does(self, documents: List[Any]) -> None:
        """Each line has its answer, or its error, in its place."""
        given = [json.dumps(document) for document in documents]
        found = [*zc.answers(given)]
        assert len(found) == len(documents)
        for document, answer in zip(documents, found):
            try:
                wanted = resolved(document)
            except zc.ZcpolicyError as error:
                wanted = {**named(document), **error.to_json()}
            assert answer == json.dumps(wanted, separators=(",", ":")).encode("ascii") + b"\n"

    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b" \t\n"])
    def test_a_line_may_be_str_or_bytes(self, end: bytes) -> None:
        """Both are answered alike, however they end."""
        for line in (LARGE, b"{", b"", BAD):
            one = [*zc.answers([line])]
            assert [*zc.answers([b" " + line + end])] == [*zc.answers([line.decode()])] == one
            assert [*zc.answers([" " + (line + end).decode()])] == one

    def test_only_json_knows_spaces(self) -> None:
        """A space that JSON does not know is none of a str, either."""
        (answer,) = zc.answers(["\u00a0{}"])
        assert json.loads(answer)["error"]["message"].startswith("the text is not JSON")

    def test_it_simulates(self) -> None:
        """With "simulate" the answer is a forecast; one without a workload is refused there."""
        good, bad = zc.answers([SIMULATION, b"{}"], "simulate")
        workload = zc.Workload.from_json(WORKLOAD)
        assert json.loads(good) == json.loads(
            json.dumps(zc.simulate(zc.resolve(), workload).to_json())
        )
        assert json.loads(bad)["error"]["path"] == "workload"

    def test_names_pass_through(self) -> None:
        """An answer has the names of its line, an error and a forecast have, too."""
        names = {"name": "a", "source": {"name": "h1"}, "destination": {"name": "h2"}}
        (good,) = zc.answers([json.dumps(names)])
        assert json.loads(good) == {**names, **resolved({})}
        lines = [{"name": "a", "vm": 5}, {"name": "a", "scenario": names}, {"name": 5}, ["a"]]
        errors = [json.loads(answer) for answer in zc.answers(map(json.dumps, lines))]
        assert [error.pop("name", None) for error in errors] == ["a", "a", None, None]
        assert [[*error] for error in errors] == [["error"]] * 4
        lines = [{"scenario": names, "workload": WORKLOAD}, {"scenario": names}, {"scenario": 5}]
        first, second, third = zc.answers(map(json.dumps, lines), "simulate")
        forecast = json.loads(next(zc.answers([SIMULATION], "simulate")))
        assert json.loads(first) == {**names, **forecast}
        assert [*json.loads(second)] == ["name", "error"]
        assert [*json.loads(third)] == ["error"]

    @pytest.mark.parametrize("line", [None, 5, {"vm": {}}])
    def test_what_is_no_line_is_answered_too(self, line: Any) -> None:
        """A null in a column of lines is answered in its place."""
        first, second = zc.answers([line, LARGE])
        error = json.loads(first)["error"]
        assert (error["path"], error["value"]) == ("", line)
        assert error["message"].endswith("is not a line of JSON, str or bytes")
        assert json.loads(second) == resolved(json.loads(LARGE))

    @pytest.mark.parametrize(
        ("arguments", "path", "words"),
        [
            (("{}",), "lines", "'{}' is not an iterable of lines"),
            ((b"{}",), "lines", "is not an iterable of lines"),
            ((5,), "lines", "5 is not an iterable of lines"),
            (([], "decide"), "command", "'decide' is not one of 'resolve', 'simulate'"),
            (([], None), "command", "None is not one of"),
        ],
    )
    def test_a_wrong_call_is_refused_at_once(self, arguments: Any, path: str, words: str) -> None:
        """Before the first answer is asked for."""
        error = refused(zc.answers, *arguments)
        assert error.path == path
        assert words in str(error)

    def test_it_is_lazy(self) -> None:
        """Each line is answered before the next is read, and none before it is asked for."""
        read: List[int] = []

        def lines() -> Iterator[bytes]:
            for number in range(3):
                read.append(number)
                yield LARGE

        found = zc.answers(lines())
        assert read == []
        for number in range(3):
            next(found)
            assert read == [*range(number + 1)]

    def test_it_takes_constant_memory(self) -> None:
        """However many lines there are, all of them different, nothing is left behind."""
        held = []
        tracemalloc.start()
        try:
            lines = (json.dumps({"vm": {"vcpus": n, "downtime": n}}) for n in range(1, 121))
            for number, _ in enumerate(zc.answers(lines), 1):
                if number % 40 == 0:
                    gc.collect()
                    held.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert max(held) < held[0] + 20_000

    def test_it_can_be_sent_to_a_worker(self) -> None:
        """The function is pickled by its name, as engines do."""
        assert pickle.loads(pickle.dumps(zc.answers)) is zc.answers
