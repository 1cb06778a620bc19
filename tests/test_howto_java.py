"""The Java in the docs compiles and does what the pages say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, List, Tuple

import pytest

from zcpolicy._publish.vectors import vectors

TESTS = Path(__file__).parent
SOURCES = [*TESTS.parent.glob("docs/examples/*.java"), *TESTS.glob("java/*.java")]

pytestmark = pytest.mark.java


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The examples and their tests, compiled without a warning."""
    folder = str(tmp_path_factory.mktemp("classes"))
    compiler = ["javac", "--release", "11", "-Xlint:all", "-Werror", "-d", folder]
    subprocess.run([*compiler, *sorted(map(str, SOURCES))], check=True)
    return folder


def test_a_conversation(classes: str) -> None:
    """One process answers many questions, is started again if it dies, and times out."""
    command = ["java", "-cp", classes, "ZcpolicyExample", sys.executable, "1000"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    assert done.stdout.endswith("ok\n")


@pytest.mark.parametrize(
    "methods",
    [
        "interruptOne",
        "interruptMany",
        "cancel",
        "killOne",
        "killMany",
        "stop script",
        "overflow poison",
        "close",
        "noise",
        "lines",
        "real",
    ],
)
def test_conversations_that_end(classes: str, methods: str) -> None:
    """However a conversation ends, no answer is another question's, and nothing is left of it."""
    command = ["java", "-cp", classes, "ClientStress", sys.executable, *methods.split()]
    done = subprocess.run(command, check=False, timeout=120, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (0, "ok\n")


def run(classes: str, lines: List[str]) -> Tuple[int, List[str]]:
    """What the runner says of vectors, and how it ends."""
    command = ["java", "-cp", classes, "VectorRunner", sys.executable]
    text = "".join(line + "\n" for line in lines)
    done = subprocess.run(command, check=False, input=text, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout.splitlines()


def test_the_vectors(classes: str) -> None:
    """The runner reads every vector and finds what must come of it."""
    lines = subprocess.run(
        [sys.executable, "-m", "zcpolicy", "vectors"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    assert run(classes, lines) == (0, [f"{len(lines)} passed, 0 failed"])


def test_no_vectors(classes: str) -> None:
    """No vector at all is a failure."""
    assert run(classes, []) == (1, ["0 passed, 0 failed"])


def test_the_runner_finds_what_is_wrong(classes: str) -> None:
    """A vector fails by each of its answers that is wrong, and its line says by which."""
    right = next(vector for vector in vectors() if vector.name.startswith("parallel-enforced"))
    line = right.to_json()
    assert len(line["notices"]) > 1
    wrong: List[Tuple[str, Any]] = [
        ("parameters", {**line["parameters"], "parallel": 3}),
        ("parameters", {**line["parameters"], "zerocopy": False}),
        ("parameters", {**line["parameters"], "downtime": 1}),
        ("blockers", ["level"]),
        ("notices", ["x"]),
        ("notices", [*line["notices"], "x"]),
        ("notices", line["notices"][:1]),
        ("notices", []),
        ("vmMigrate", {**line["vmMigrate"], "method": "offline"}),
        ("vmMigrate", {**line["vmMigrate"], "zerocopy": None}),
        ("libvirt", {**line["libvirt"], "flags": 0}),
        ("libvirt", {**line["libvirt"], "params": {}}),
    ]
    lines = [json.dumps({**line, key: value}, separators=(",", ":")) for key, value in wrong]
    good = json.dumps({**line, "notices": line["notices"][::-1]}, separators=(",", ":"))
    code, said = run(classes, [*lines, good])
    assert code == 1
    assert [report.split(": expected ")[0] for report in said[:-1]] == [
        f"{right.name}: {key}" for key, _ in wrong
    ]
    assert said[-1] == f"1 passed, {len(wrong)} failed"
