"""The Java in the docs compiles and does what the pages say."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"

pytestmark = pytest.mark.java


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The examples, compiled without a warning."""
    folder = str(tmp_path_factory.mktemp("classes"))
    sources = [str(path) for path in sorted(EXAMPLES.glob("*.java"))]
    compiler = ["javac", "--release", "17", "-Xlint:all", "-Werror", "-d", folder]
    subprocess.run([*compiler, *sources], check=True)
    return folder


def test_a_conversation(classes: str) -> None:
    """One process answers many questions, is started again if it dies, and times out."""
    run = ["java", "-cp", classes, "ZcpolicyExample", sys.executable, "1000"]
    done = subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    assert done.stdout.endswith("ok\n")


def test_the_vectors(classes: str) -> None:
    """The runner reads every vector and finds what must come of it."""
    lines = subprocess.run(
        [sys.executable, "-m", "zcpolicy", "vectors"], check=True, stdout=subprocess.PIPE
    ).stdout
    run = ["java", "-cp", classes, "VectorRunner", sys.executable]
    done = subprocess.run(run, check=True, input=lines, stdout=subprocess.PIPE)
    assert done.stdout.decode() == f"{len(lines.splitlines())} passed, 0 failed\n"


def test_the_runner_finds_what_is_wrong(classes: str) -> None:
    """A vector that is wrong fails, and so does no vector at all."""
    lines = subprocess.run(
        [sys.executable, "-m", "zcpolicy", "vectors"], check=True, stdout=subprocess.PIPE
    ).stdout
    run = ["java", "-cp", classes, "VectorRunner", sys.executable]
    first = lines.splitlines()[0]
    for wrong in (first.replace(b'"encrypted":true', b'"encrypted":false'), b""):
        assert subprocess.run(run, check=False, input=wrong, stdout=subprocess.DEVNULL).returncode
