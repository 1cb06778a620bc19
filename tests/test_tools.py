"""Where authors work: pre-commit, shells, the manual; ``nox -s tools`` has the tools."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import pytest

import zcpolicy as zc

pytestmark = pytest.mark.tools

ROOT = Path(__file__).parent.parent


def run(
    *command: str, cwd: Path, environment: Optional[Dict[str, str]] = None
) -> "subprocess.CompletedProcess[str]":
    """What a command does, with both of its outputs as one."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installs."""
    return tmp_path_factory.mktemp("home")


class TestPreCommit:
    """The hook for policy files, from this repository as it is checked out."""

    def commit(self, files: Dict[str, Any], repository: Path, home: Path) -> Any:
        """Run the hook on a repository with these files."""
        run("git", "init", "-q", ".", cwd=repository)
        for name, document in files.items():
            path = repository / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(document, indent=2), "utf-8")
        run("git", "add", ".", cwd=repository)
        typed = (
            "pre-commit",
            "try-repo",
            str(ROOT),
            "zcpolicy-lint",
            "--all-files",
            "--color=never",
        )
        return run(*typed, cwd=repository, environment={"PRE_COMMIT_HOME": str(home)})

    def test_a_policy_that_kills_the_monitor(self, tmp_path: Path, home: Path) -> None:
        """It is not committed: the hook fails, and says why and where."""
        bad = zc.policies.MINIMAL_DOWNTIME.but(name="Mine", schedule=zc.ConvergenceSchedule())
        files = {"site/Policies.json": [bad.to_json()], "other.json": {"no": "policy"}}
        done = self.commit(files, tmp_path, home)
        assert done.returncode == 1, done.stdout
        assert "Failed" in done.stdout
        assert "error no-abort at [0].config.lastItems" in done.stdout

    def test_good_policies(self, tmp_path: Path, home: Path) -> None:
        """They are committed; what is called otherwise is not looked at."""
        listed = [policy.to_json() for policy in zc.policies.offered("4.8")]
        files = {"policies.json": listed, "policy-of-mine.json": listed[0], "vm.json": {"no": 1}}
        done = self.commit(files, tmp_path, home)
        assert done.returncode == 0, done.stdout
        assert "Passed" in done.stdout

    def test_nothing_to_look_at(self, tmp_path: Path, home: Path) -> None:
        """A repository without policies is let alone."""
        done = self.commit({"vm.json": {"no": "policy"}}, tmp_path, home)
        assert done.returncode == 0, done.stdout
        assert "no files to check" in done.stdout


# -- Shells and man -------------------------------------------------------------------------------

# What the wheel has brought along.
SHARE = Path(sys.prefix) / "share"
# What is typed, up to the tabulator, and the words that the line then has.
LINES = [
    ("zcpolicy adv", ["zcpolicy", "advise"]),
    ("zcpolicy advise --fin", ["zcpolicy", "advise", "--finish"]),
    ("zcpolicy advise --keep enc", ["zcpolicy", "advise", "--keep", "encrypted"]),
    ("zcpolicy lint --format g", ["zcpolicy", "lint", "--format", "github"]),
    ("zcpolicy schema diag", ["zcpolicy", "schema", "diagnosis"]),
    ("zcpolicy help for", ["zcpolicy", "help", "forms"]),
    ("zcpolicy resolve clu", ["zcpolicy", "resolve", "cluster.xml"]),
]


def completed(shell: Sequence[str], setup: str, line: str, cwd: Path) -> List[str]:
    """The words of a line in an interactive shell once it was completed with a tabulator."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "PS1": "", "HISTFILE": "", "INPUTRC": "/dev/null"}
    with subprocess.Popen(
        [*shell], stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=environment
    ) as running:
        os.close(theirs)
        # Back to the beginning of the line, to print its words instead of running it.
        print_words = "\x01printf '<%s>\\n' \x05\n"
        os.write(ours, f"{setup}\n{line}\t{print_words}exit\n".encode())
        shown = b""
        try:
            while data := os.read(ours, 4096):
                shown += data
        except OSError:  # how the end of a terminal is told
            pass
        running.wait(30)
        os.close(ours)
    return [word[1:-1] for word in shown.decode().splitlines() if re.fullmatch("<.*>", word)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file to complete."""
    (tmp_path / "cluster.xml").touch()
    return tmp_path


@pytest.mark.parametrize(("line", "words"), LINES)
def test_bash(line: str, words: List[str], folder: Path) -> None:
    """A command, an option, a value and a file are completed as one types them."""
    setup = f"source {SHARE}/bash-completion/completions/zcpolicy"
    assert completed(["bash", "--norc", "--noprofile", "-i"], setup, line, folder) == words


@pytest.mark.parametrize(("line", "words"), LINES)
def test_zsh(line: str, words: List[str], folder: Path) -> None:
    """Likewise."""
    functions = SHARE / "zsh/site-functions"
    setup = f"PS1=; bindkey -e; fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -D"
    assert completed(["zsh", "-f", "-i"], setup, line, folder) == words


@pytest.mark.parametrize(("line", "words"), LINES)
def test_fish(line: str, words: List[str], folder: Path) -> None:
    """Likewise; fish says what it would complete."""
    script = f"source {SHARE}/fish/vendor_completions.d/zcpolicy.fish; complete -C $argv[1]"
    done = run("fish", "--no-config", "-c", script, line, cwd=folder)
    assert [each.partition("\t")[0] for each in done.stdout.splitlines()] == words[-1:]


def test_man(folder: Path) -> None:
    """The page is found, is shown without a complaint, and tells of every command and option."""
    environment = {"MANPATH": str(SHARE / "man"), "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    done = run("man", "--warnings", "zcpolicy", cwd=folder, environment=environment)
    assert done.returncode == 0
    assert done.stdout.startswith("ZCPOLICY(1)")
    assert "warning" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in ("advise", "--finish TIME", "--keep WHAT", "usage: zcpolicy lint"):
        assert words in done.stdout
