"""The command: what it prints, where, and with which exit status."""

import contextlib
import errno
import gc
import io
import itertools
import json
import os
import runpy
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import IO, Any, Dict, Iterator, List, Optional, Tuple

import pytest

import zcpolicy as zc
from calling import Call, Done, Stream
from zcpolicy.__main__ import main

Document = Dict[str, Any]

COMMAND = (sys.executable, "-m", "zcpolicy")
# As above, where whoever runs the tests may have switched interrupts off.
INTERRUPTIBLE = (
    *(sys.executable, "-c"),
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('zcpolicy', run_name='__main__', alter_sys=True)",
)
# Two commands in one process, one of two words and one of three.
TWICE = (
    *(sys.executable, "-c"),
    "import sys; from zcpolicy.__main__ import main; "
    "sys.exit(main(sys.argv[1:3]) or main(sys.argv[3:]))",
)
MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
LARGE = {"cluster": {"policy": "Very large VMs"}}
CONFLICT: Document = {"cluster": {"policy": "Very large VMs"}, "vm": {"encrypted": True}}
BAD: Document = {"vm": {"vcpus": 0, "parallel": 1}}
BAD_MESSAGES = [
    "vm.vcpus: 0 is not an integer from 1 to 2147483647",
    "vm.parallel: 1 is not 'disabled', 'auto', 'auto_parallel' or an integer from 2 to 255, "
    "or none",
]
# As they are told to whoever wrote the JSON.
TOLD = [message.replace("or none", "or null") for message in BAD_MESSAGES]


def text(document: object) -> bytes:
    return json.dumps(document).encode("ascii")


def answer(document: object) -> Any:
    """What the library answers."""
    return zc.Scenario.from_json(document).resolve().to_json()


def run(
    *arguments: str,
    given: bytes = b"",
    environment: Optional[Dict[str, str]] = None,
    command: Tuple[str, ...] = COMMAND,
) -> Done:
    """The command in a process of its own."""
    done = subprocess.run(
        [*command, *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode()


@contextlib.contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A running command, which is ended in any case."""
    process = subprocess.Popen(
        [*INTERRUPTIBLE, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def ends(process: "subprocess.Popen[bytes]") -> Tuple[int, bytes]:
    """The exit status of a command that comes to its end, and what is on standard error."""
    errors = pipe(process.stderr).read()
    return process.wait(timeout=60), errors


def pipe(end: Optional[IO[bytes]]) -> IO[bytes]:
    assert end is not None
    return end


class TestResolve:
    """zcpolicy resolve [FILE]."""

    def test_it_prints_the_decision(self, call: Call) -> None:
        """Without an option the decision is printed for a person."""
        wanted = f"{zc.Scenario.from_json(CONFLICT).resolve()}\n".encode()
        assert call("resolve", given=text(CONFLICT)) == (0, wanted, "")

    def test_it_reads_a_file(self, tmp_path: Path, call: Call) -> None:
        """A file is read instead of standard input."""
        file = tmp_path / "scenario.json"
        file.write_bytes(text(CONFLICT))
        wanted = f"{zc.Scenario.from_json(CONFLICT).resolve()}\n".encode()
        assert call("resolve", str(file), given=b"not read") == (0, wanted, "")

    def test_a_dash_is_standard_input(self, call: Call) -> None:
        """A dash in place of a file is standard input."""
        assert call("resolve", "-", given=b"{}") == (0, f"{zc.resolve()}\n".encode(), "")

    def test_json_is_one_line(self, call: Call) -> None:
        """With --json the answer is on one line, in ASCII and without spaces between."""
        wanted = json.dumps(answer(LARGE), separators=(",", ":")).encode("ascii") + b"\n"
        assert call("resolve", "--json", given=text(LARGE)) == (0, wanted, "")

    @pytest.mark.parametrize(
        "given",
        [
            b"{}",
            b"{}\n",
            b"{}\r\n",
            b" \r\n{ }\t\n\n",
            b"\xef\xbb\xbf{}",
            b'{"vm":\r\n{}}\r\n',
            b'{"vm": null}',
        ],
    )
    def test_white_space_is_nothing(self, given: bytes, call: Call) -> None:
        """Lines may end in CRLF, or not at all."""
        status, out, errors = call("resolve", "--json", given=given)
        assert (status, json.loads(out), errors) == (0, answer({}), "")

    def test_the_arguments_are_the_processs_by_default(
        self, capsysbinary: "pytest.CaptureFixture[bytes]", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without arguments those of the process count."""
        monkeypatch.setattr(sys, "argv", ["zcpolicy", "resolve"])
        monkeypatch.setattr(sys, "stdin", Stream(io.BytesIO(b"{}")))
        assert main() == 0
        assert capsysbinary.readouterr() == (f"{zc.resolve()}\n".encode(), b"")

    def test_the_module_is_the_command(
        self, capsysbinary: "pytest.CaptureFixture[bytes]", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``python -m zcpolicy`` exits with the status of main()."""
        monkeypatch.delitem(sys.modules, "zcpolicy.__main__")
        monkeypatch.setattr(sys, "argv", ["zcpolicy", "resolve", "--json"])
        for given, status in ((b"{}", 0), (b"[]", 2)):
            monkeypatch.setattr(sys, "stdin", Stream(io.BytesIO(given)))
            with pytest.raises(SystemExit) as ended:
                runpy.run_module("zcpolicy", run_name="__main__", alter_sys=True)
            assert ended.value.code == status
            assert (capsysbinary.readouterr().out == b"") is (status == 2)


class TestUnusable:
    """Bad input."""

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_every_fault_is_a_line(self, options: Tuple[str, ...], call: Call) -> None:
        """Faults are on standard error, each on its line, and nothing is on standard output."""
        status, out, errors = call("resolve", *options, given=text(BAD))
        assert (status, out) == (2, b"")
        assert errors.splitlines() == [f"zcpolicy: standard input: {message}" for message in TOLD]

    @pytest.mark.parametrize(
        ("given", "problem"),
        [
            (b"", "the text is empty"),
            (b"\n", "the text is empty"),
            (b"{", "the text is not JSON"),
            (b"{}{}", "the text is not JSON"),
            (b"{}\n{}\n", "these are several documents, one per line: use --jsonl"),
            (b'{"vm": "\xff"}', "the text is not UTF-8 (byte 8, line 1)"),
            (b"[" * 100_000, "the text is nested too deeply"),
            (b"1" * 10_000, "is of no known form"),
            (b"[]", "[] is an empty list of policies"),
            (b"NaN", "is of no known form"),
            (b'{"vm": {"vcpus": 1, "vcpus": 1}}', "vm.vcpus: the key is given twice"),
            (b'{"vm": {"vcpus": 1.0}}', "vm.vcpus: 1.0 is not an integer"),
            (b'{"vm": {"vcpus": true}}', "vm.vcpus: true is not an integer"),
            (
                b'{"cluster": {"policy": "\\ud800"}}',
                "cluster.policy: '\\ud800' is not the id or name of a policy",
            ),
        ],
        ids=itertools.count(),
    )
    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_it_is_refused(
        self, given: bytes, problem: str, options: Tuple[str, ...], call: Call
    ) -> None:
        """Whatever is wrong, there is one line of error and no exception."""
        status, out, errors = call("resolve", *options, given=given)
        assert (status, out, errors.count("\n")) == (2, b"", 1)
        assert errors.startswith("zcpolicy: standard input: ")
        assert problem in errors

    def test_keys_can_be_anything(self) -> None:
        """A key that standard error cannot show is escaped there."""
        plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        given = '{"vm": {"\\ud800": 1, "ключ": 2}}'.encode()
        status, out, errors = run("resolve", given=given, environment=plain)
        assert (status, out) == (2, b"")
        assert [line.split(": unknown key")[0] for line in errors.splitlines()] == [
            r"zcpolicy: standard input: vm.'\ud800'",
            r"zcpolicy: standard input: vm.\u043a\u043b\u044e\u0447",
        ]

    @pytest.mark.parametrize("options", [(), ("--json",), ("--jsonl",)])
    def test_a_file_that_cannot_be_read(
        self, options: Tuple[str, ...], tmp_path: Path, call: Call
    ) -> None:
        """A missing file and a directory are named, with the system's reason."""
        missing = str(tmp_path / "missing.json")
        assert call("resolve", *options, missing) == (
            2,
            b"",
            f"zcpolicy: {missing}: No such file or directory\n",
        )
        assert call("resolve", *options, str(tmp_path)) == (
            2,
            b"",
            f"zcpolicy: {tmp_path}: Is a directory\n",
        )

    def test_a_bad_file_is_named(self, tmp_path: Path, call: Call) -> None:
        """The name of the file stands before each fault."""
        file = tmp_path / "bad.json"
        file.write_bytes(text(BAD))
        assert call("resolve", str(file)) == (
            2,
            b"",
            "".join(f"zcpolicy: {file}: {message}\n" for message in TOLD),
        )

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (OSError(28, "No space left on device"), "No space left on device"),
            (io.UnsupportedOperation("not readable"), "not readable"),
        ],
    )
    def test_a_stream_that_fails(self, error: OSError, words: str, call: Call) -> None:
        """Whatever the system says of a stream is told in a line."""

        class Broken(io.BytesIO):
            def read(self, *_: object) -> bytes:
                raise error

        wanted = f"zcpolicy: standard input: {words}\n"
        assert call("resolve", given=Broken()) == (2, b"", wanted)

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("decide",),
            ("resolve", "--xml"),
            ("compare", "a", "b", "c"),
            ("resolve", "--json", "--jsonl"),
            ("--json", "resolve"),
        ],
    )
    def test_a_wrong_call_is_unusable_too(self, arguments: Tuple[str, ...], call: Call) -> None:
        """A call that is not understood has the usage on standard error, and status 2."""
        status, out, errors = call(*arguments)
        assert (status, out) == (2, b"")
        assert errors.startswith("usage: zcpolicy")


class TestHelp:
    """--help and --version."""

    def test_version(self, call: Call) -> None:
        """The version is the library's."""
        assert call("--version") == (0, f"zcpolicy {zc.__version__}\n".encode(), "")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--help",), [b"usage: zcpolicy", b"resolve", b"--version"]),
            (("resolve", "--help"), [b"usage: zcpolicy resolve", b"FILE", b"--json", b"--jsonl"]),
        ],
    )
    def test_help(self, arguments: Tuple[str, ...], words: List[bytes], call: Call) -> None:
        """The help names the commands and their options."""
        status, out, errors = call(*arguments)
        assert (status, errors) == (0, "")
        for word in words:
            assert word in out


class TestNames:
    """Names of policies are free text."""

    @pytest.mark.parametrize(
        "environment",
        [
            {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
            {"PYTHONIOENCODING": "utf-16"},
        ],
        ids=itertools.count(),
    )
    def test_the_output_is_utf_8_in_any_environment(
        self, environment: Dict[str, str], tmp_path: Path
    ) -> None:
        """The locale changes nothing: the text is UTF-8, the JSON is ASCII."""
        policy = {"id": MINE, "name": "Größe 😀 \ud800", "maxMigrations": 1, "config": {}}
        document = {"cluster": {"policy": policy}}
        file = tmp_path / "scenario.json"
        file.write_bytes(text(document))
        status, out, errors = run(
            *("resolve", str(file)),
            *("resolve", "--jsonl", "-"),
            command=TWICE,
            given=text(document) + b"\n" + text(document),
            environment=environment,
        )
        assert (status, errors) == (0, "")
        *told, first, second = out.splitlines()
        assert b"\n".join(told).decode("utf-8") == str(zc.Scenario.from_json(document).resolve())
        assert told[0].decode("utf-8").startswith("Policy Größe 😀 \\ud800: zero-copy is off, ")
        assert [json.loads(line.decode("ascii")) for line in (first, second)] == [
            answer(document)
        ] * 2


class TestConversation:
    """--jsonl."""

    def test_each_line_is_answered_before_the_next_is_read(self) -> None:
        """Another program can read each answer before it writes its next question."""
        documents = [{"vm": {"vcpus": vcpus, "parallel": 255}} for vcpus in (2, 5, 3, 300)]
        with running("resolve", "--jsonl") as process:
            for document in [*documents, BAD, *documents]:
                pipe(process.stdin).write(text(document) + b"\n")
                pipe(process.stdin).flush()
                found = json.loads(pipe(process.stdout).readline())
                if document is BAD:
                    assert found["error"]["message"] == BAD_MESSAGES[0]
                else:
                    assert found == answer(document)
            pipe(process.stdin).close()
            assert pipe(process.stdout).read() == b""
            assert ends(process) == (2, b"")

    @pytest.mark.parametrize(
        "given",
        [
            text(LARGE) + b"\n{}\n",
            text(LARGE) + b"\n{}",
            text(LARGE) + b"\r\n{}\r\n",
            b"  " + text(LARGE) + b" \t\n {}\n",
        ],
        ids=itertools.count(),
    )
    def test_every_line_has_an_answer(self, given: bytes, tmp_path: Path, call: Call) -> None:
        """Lines may end in CRLF, and the last not at all; a file may be read, too."""
        file = tmp_path / "scenarios.jsonl"
        file.write_bytes(given)
        for done in (
            call("resolve", "--jsonl", given=given),
            call("resolve", "--jsonl", str(file), given=b"not read"),
        ):
            status, out, errors = done
            assert (status, errors) == (0, "")
            assert [json.loads(line) for line in out.splitlines()] == [answer(LARGE), answer({})]

    def test_nothing_is_answered_with_nothing(self, call: Call) -> None:
        """Without a line there is no answer, and nothing is wrong."""
        assert call("resolve", "--jsonl") == (0, b"", "")

    @pytest.mark.parametrize(
        ("line", "path", "value", "message"),
        [
            (b"", "", None, "the text is empty"),
            (b"   ", "", None, "the text is empty"),
            (b"{", "", None, "the text is not JSON: "),
            (b"\xff", "", None, "the text is not UTF-8 (byte 0)"),
            (b"[" * 100_000, "", None, "the text is nested too deeply"),
            (b"[1]", "", [1], "[1] is not a JSON object"),
            (b'{"x": null}', "x", None, "x: unknown key"),
            (b'{"vm": {"vcpus": NaN}}', "vm.vcpus", None, "vm.vcpus: nan is not a JSON number"),
            (b'{"vm": {"vcpus": 1e999}}', "vm.vcpus", None, "vm.vcpus: inf is not an integer"),
            (
                b'{"vm": {"vcpus": "' + b"4" * 99 + b'"}}',
                "vm.vcpus",
                "4" * 77 + "...",
                "vm.vcpus: ",
            ),
            (b'{"vm": {"level": "\\ud800"}}', "vm.level", "\ud800", "vm.level: '\\ud800' is not"),
        ],
        ids=itertools.count(),
    )
    def test_a_bad_line_disturbs_no_other(
        self, line: bytes, path: str, value: object, message: str, call: Call
    ) -> None:
        """A bad line is answered in its place, the others are resolved, and the status is 2."""
        status, out, errors = call("resolve", "--jsonl", given=b"{}\n" + line + b"\n{}\n")
        assert (status, errors) == (2, "")
        first, second, third = (json.loads(answered) for answered in out.splitlines())
        assert first == third == answer({})
        assert list(second) == ["error"]
        error = second["error"]
        assert (error["path"], error["value"]) == (path, value)
        assert error["message"].startswith(message)
        assert error["all"] == [{key: error[key] for key in ("path", "value", "message")}]

    def test_all_faults_of_a_line_are_told(self, call: Call) -> None:
        """The answer has the first fault, and all of them."""
        status, out, _ = call("resolve", "--jsonl", given=text(BAD))
        faults = [
            {"path": path, "value": value, "message": message}
            for path, value, message in zip(("vm.vcpus", "vm.parallel"), (0, 1), BAD_MESSAGES)
        ]
        assert (status, json.loads(out)) == (2, {"error": {**faults[0], "all": faults}})


class TestEndings:
    """A closed pipe or an interrupt ends the command quietly."""

    def test_a_closed_pipe(self) -> None:
        """Where nobody reads any more the status is that of SIGPIPE, and nothing is said."""
        with running("resolve") as process:
            pipe(process.stdout).close()
            with contextlib.suppress(BrokenPipeError):
                pipe(process.stdin).write(b"{}\n")
                pipe(process.stdin).close()
            assert ends(process) == (141, b"")

    def test_a_pipe_that_is_closed_later(self) -> None:
        """A reader may have had enough at any time."""
        with running("resolve", "--jsonl") as process:
            pipe(process.stdin).write(b"{}\n")
            pipe(process.stdin).flush()
            assert pipe(process.stdout).readline()
            pipe(process.stdout).close()
            with contextlib.suppress(BrokenPipeError):
                for _ in range(2):
                    pipe(process.stdin).write(b"{}\n")
                    pipe(process.stdin).flush()
            assert ends(process) == (141, b"")

    def test_an_interrupt(self) -> None:
        """Ctrl-C ends a conversation with the status of SIGINT, and nothing is said."""
        with running("resolve", "--jsonl") as process:
            pipe(process.stdin).write(b"{}\n")
            pipe(process.stdin).flush()
            assert pipe(process.stdout).readline()
            process.send_signal(signal.SIGINT)
            assert ends(process) == (130, b"")

    def test_an_interrupt_is_a_status(self, call: Call) -> None:
        """An interrupt is no exception of main's."""

        class Interrupted(io.BytesIO):
            def read(self, *_: object) -> bytes:
                raise KeyboardInterrupt

        assert call("resolve", given=Interrupted()) == (130, b"", "")

    @pytest.mark.parametrize("options", [(), ("--json",), ("--jsonl",)])
    def test_after_a_closed_pipe_nothing_complains(
        self, options: Tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """After a broken pipe standard output leads nowhere."""

        class Closed(io.BytesIO):
            def write(self, _: object) -> int:
                raise BrokenPipeError

        with (tmp_path / "out").open("wb") as out:
            monkeypatch.setattr(sys, "stdin", Stream(io.BytesIO(b"{}")))
            monkeypatch.setattr(sys, "stdout", Stream(Closed(), out.fileno()))
            assert main(["resolve", *options]) == 141
            os.write(out.fileno(), b"lost")
        assert (tmp_path / "out").read_bytes() == b""


def test_a_conversation_takes_constant_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of lines, all different, some of them bad, leave nothing behind."""
    held = []

    def lines() -> Iterator[bytes]:
        for number in range(1, 241):
            if number % 80 == 0:
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
            policy = {"id": MINE, "name": f"{number}", "maxMigrations": number, "config": {}}
            vm = {"vcpus": number, "level": None if number % 7 else f"4.{number}"}
            yield text({"cluster": {"policy": policy}, "vm": vm}) + b"\n"

    class Sink(io.BytesIO):
        def write(self, data: Any) -> int:
            return len(data)

    monkeypatch.setattr(sys, "stdin", Stream(lines()))
    monkeypatch.setattr(sys, "stdout", Stream(Sink()))
    tracemalloc.start()
    try:
        assert main(["resolve", "--jsonl"]) == 2
    finally:
        tracemalloc.stop()
    first, *others = held
    assert len(others) == 2
    # Each line's answer alone has some thousand bytes.
    assert max(others) < first + 20 * 1000


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_a_closed_stream_is_no_traceback(
    stream: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A daemon may close its standard streams: then the command says so."""
    monkeypatch.setattr(sys, stream, None)
    assert main(["resolve"]) == 2
    monkeypatch.undo()
    assert "closed" in capsys.readouterr().err


def test_output_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What goes wrong with writing is said of the output, whatever was read."""

    class Full(io.BytesIO):
        def write(self, *_: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Stream(Full()))
    assert main(["policies"]) == 2
    monkeypatch.undo()
    assert capsys.readouterr().err == "zcpolicy: standard output: No space left on device\n"


def test_a_closed_standard_error_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where standard error is closed, an error goes nowhere, least of all to standard output."""
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["resolve", "no such file"]) == 2
    monkeypatch.undo()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [["schema", "scenario"], ["resolve", "FILE"]])
def test_who_reads_no_standard_input_needs_none(
    arguments: List[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any
) -> None:
    """A closed standard input matters only where it is read."""
    file = tmp_path / "FILE"
    file.write_text("{}", encoding="ascii")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", None)
    assert main(arguments) == 0
    assert capsysbinary.readouterr().out
