"""``--jobs N``: several processes answer the lines of a file."""

import concurrent.futures
import io
import json
import os
import signal
import time
from pathlib import Path
from typing import Any, Iterable, List

import pytest

import zcpolicy as zc
from calling import Call

LARGE = b'{"cluster": {"policy": "Very large VMs"}}'
WORKLOAD = {"dirtyMiBs": 100, "workingSetMiB": 512}
SIMULATION = json.dumps({"workload": WORKLOAD}).encode()
BAD = b'{"vm": {"vcpus": 0}}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Some portions of lines, the last not complete, one line in seven bad."""
    made = tmp_path / "lines.jsonl"
    lines = [json.dumps({"vm": {"vcpus": n % 7}}) for n in range(701)]
    made.write_text("\n".join(lines), "ascii")
    return made


class TestJobs:
    """--jobs N."""

    @pytest.mark.parametrize("jobs", ["1", "3"])
    def test_the_answers_are_those_of_one_process(self, jobs: str, file: Path, call: Call) -> None:
        """Byte for byte, in the order of the lines, and with the same exit status."""
        wanted = call("resolve", "--jsonl", str(file))
        assert wanted[0] == 2
        assert wanted[1].count(b"\n") == 701
        assert call("resolve", "--jsonl", "--jobs", jobs, str(file)) == wanted
        file.write_bytes(b"\n".join([LARGE] * 300))
        wanted = call("resolve", "--jsonl", str(file))
        assert wanted[0] == 0
        assert call("resolve", "--jsonl", "--jobs", jobs, str(file)) == wanted

    def test_simulate(self, tmp_path: Path, call: Call) -> None:
        """Forecasts likewise."""
        file = tmp_path / "simulations.jsonl"
        file.write_bytes(b"\n".join([SIMULATION, b"{}", SIMULATION]))
        wanted = call("simulate", "--jsonl", str(file))
        with file.open("rb") as lines:
            assert wanted == (2, b"".join(zc.answers(lines, "simulate")), "")
        assert call("simulate", "--jsonl", "--jobs", "2", str(file)) == wanted

    def test_an_empty_file(self, tmp_path: Path, call: Call) -> None:
        """Without a line there is no answer."""
        file = tmp_path / "empty"
        file.write_bytes(b"")
        assert call("resolve", "--jsonl", "--jobs", "2", str(file)) == (0, b"", "")

    @pytest.mark.parametrize("jobs", ["0", "-1", "1025", "x", "", "1.5", "٣", "9" * 5000])
    def test_bad_numbers_are_refused(self, jobs: str, file: Path, call: Call) -> None:
        """The value and what is accepted are named."""
        status, out, errors = call("resolve", "--jsonl", f"--jobs={jobs}", str(file))
        assert (status, out) == (2, b"")
        assert "argument --jobs: '" in errors
        assert errors.endswith(" is not a number of processes from 1 to 1024\n")

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (
                ("resolve", "--jsonl", "--jobs", "2"),
                "--jobs: standard input is answered line by line; name a file",
            ),
            (
                ("resolve", "--json", "--jobs", "2"),
                "--jobs: it needs --jsonl: a single document needs only one process",
            ),
            (
                ("simulate", "--jobs", "2"),
                "--jobs: it needs --jsonl: a single document needs only one process",
            ),
            (
                ("simulate", "--jsonl", "--plot", "x.png"),
                "--plot: it draws a single forecast, but --jsonl makes many",
            ),
        ],
    )
    def test_options_that_do_not_go_together(self, arguments: Any, error: str, call: Call) -> None:
        """They are named, and nothing is done."""
        assert call(*arguments, given=b"{}") == (2, b"", f"zcpolicy: {error}\n")

    def test_few_lines_wait(self, file: Path, monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
        """A file of any length is read as it is answered."""
        waiting: List[int] = []

        class Pool:
            """A pool that answers as late as it may."""

            def __init__(self, jobs: int, **_: Any) -> None:
                self.open = 0

            def submit(self, function: Any, *arguments: Any) -> Any:
                self.open += 1
                waiting.append(self.open)
                return Later(self, function, arguments)

            def shutdown(self, *, cancel_futures: bool) -> None:
                assert cancel_futures

        class Later:
            def __init__(self, pool: Pool, function: Any, arguments: Any) -> None:
                self.made = (pool, function, arguments)

            def result(self) -> Any:
                pool, function, arguments = self.made
                pool.open -= 1
                return function(*arguments)

        monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", Pool)
        file.write_bytes(b"{\n" * 5000)
        status, out, _ = call("resolve", "--jsonl", "--jobs", "2", str(file))
        assert (status, out.count(b"\n")) == (2, 5000)
        assert max(waiting) == 6

    def test_a_process_that_is_killed(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, call: Call
    ) -> None:
        """The loss is an error, not a shorter output that looks complete."""
        monkeypatch.setattr("zcpolicy._command.lines.answered", _killed)
        status, out, errors = call("resolve", "--jsonl", "--jobs", "1", str(file))
        assert (status, out) == (2, b"")
        assert errors == f"zcpolicy: {file}: a process that answers was killed\n"


def _killed(lines: Iterable[bytes], command: str) -> Any:
    if not isinstance(lines, io.BufferedReader):  # in the parent it is the file
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    return iter(())
