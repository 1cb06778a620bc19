"""The Java of the how-to for Engine compiles and does what the page says."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


@pytest.mark.java
def test_java_holds_a_conversation(tmp_path: Path) -> None:
    """One process answers many questions, is started again if it dies, and times out."""
    sources = [str(path) for path in sorted(EXAMPLES.glob("*.java"))]
    compiler = ["javac", "--release", "17", "-Xlint:all", "-Werror", "-d", str(tmp_path)]
    subprocess.run([*compiler, *sources], check=True)
    run = ["java", "-cp", str(tmp_path), "ZcpolicyExample", sys.executable, "1000"]
    done = subprocess.run(run, check=True, stdout=subprocess.PIPE, universal_newlines=True)
    print(done.stdout)
    assert done.stdout.endswith("ok\n")
