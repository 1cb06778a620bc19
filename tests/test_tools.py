"""Where authors work: pre-commit, shells, the manual; ``nox -s tools`` has the tools."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Optional

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
