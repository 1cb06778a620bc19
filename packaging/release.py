"""Build and test a release: ``nox -s release``; leaves the wheel and the sdist in ``dist``.

Everything is built twice from the last commit, and both builds must be identical. The contents of
the wheel and the sdist are checked, the wheel is installed offline as on Enterprise Linux 9, the
tests run from the sdist, and the spec builds an RPM.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Dict, List, Optional

ROOT = Path(__file__).parent.parent
# Files that an sdist must have besides the library, for packagers.
IN_SDIST = (
    *("LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml"),
    *("conftest.py", "noxfile.py", "docs/index.md", "docs/examples/very-large-vms.json"),
    *("tests/test_rules.py", "tests/recorded/qemu.jsonl", "benchmarks/baseline.py"),
    *("packaging/python-zcpolicy.spec", "src/zcpolicy/py.typed"),
)
# Files of a wheel and an RPM below their prefix, besides the library: for shells and man.
IN_PREFIX = {
    "share/bash-completion/completions/zcpolicy",
    "share/fish/vendor_completions.d/zcpolicy.fish",
    "share/man/man1/zcpolicy.1",
    "share/zsh/site-functions/_zcpolicy",
}


def run(
    *command: object, cwd: Optional[Path] = None, environment: Optional[Dict[str, str]] = None
) -> str:
    """Run a command, which must succeed; return its output."""
    print("+", *command, flush=True)
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{command[0]} failed")
    return done.stdout


def built(work: Path) -> List[Path]:
    """Build the wheel and the sdist of the last commit in *work*."""
    run("git", "clone", "-q", ROOT, work / "clone")
    when = run("git", "log", "-1", "--format=%ct", cwd=work / "clone").strip()
    run(
        *(sys.executable, "-m", "build", "-q", "--outdir", work / "dist"),
        cwd=work / "clone",
        environment={"SOURCE_DATE_EPOCH": when},
    )
    return sorted((work / "dist").iterdir())


def check_contents(sdist: Path, wheel: Path, version: str, root: Path) -> None:
    """Check that no file is missing, and that there are no others."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    info, shared = f"zcpolicy-{version}.dist-info/", f"zcpolicy-{version}.data/data/"
    assert all(name.startswith(("zcpolicy/", info, shared)) for name in names), names
    assert {name[len(shared) :] for name in names if name.startswith(shared)} == IN_PREFIX
    sources = [path for path in (root / "src").rglob("*") if path.suffix in (".py", ".typed")]
    assert {name for name in names if name.startswith("zcpolicy/")} == {
        path.relative_to(root / "src").as_posix() for path in sources
    }
    assert {"LICENSE", "entry_points.txt"} <= {Path(name).name for name in names}
    with tarfile.open(sdist) as archive_of_sources:
        held = set(archive_of_sources.getnames())
    missing = [name for name in IN_SDIST if f"zcpolicy-{version}/{name}" not in held]
    assert not missing, missing
    # The playground's npm settings belong to it.
    hidden = {name for name in held if "/." in name} - {f"zcpolicy-{version}/playground/.npmrc"}
    assert not hidden | {name for name in held if name.endswith(".pyc")}, held


def check_el9(python: str, wheel: Path, version: str, work: Path, root: Path) -> None:
    """Install the wheel offline, with the pip and the attrs of Enterprise Linux 9."""
    wheels = work / "wheels"
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, "attrs==20.3.0")
    shutil.copy(wheel, wheels)
    run(python, "-m", "venv", work / "el9")
    here = work / "el9" / "bin"
    run(here / "python", "-m", "pip", "install", "-q", "pip==21.2.3", "setuptools==53.0.0")
    run(here / "pip", "install", "-q", "--no-index", "--find-links", wheels, "zcpolicy")
    listed = run(here / "pip", "list", "--format=freeze").split()
    assert {"attrs==20.3.0", f"zcpolicy=={version}", "pip==21.2.3"} <= set(listed), listed
    assert len(listed) == 4, listed
    run(here / "zcpolicy", "resolve", root / "docs/examples/very-large-vms.json", cwd=work)
    assert all((work / "el9" / name).is_file() for name in IN_PREFIX)


def check_sdist(sdist: Path, version: str, work: Path) -> None:
    """Run the tests from the sdist, with the newest versions of their dependencies."""
    with tarfile.open(sdist) as archive:
        archive.extractall(work, filter="data")
    source = work / f"zcpolicy-{version}"
    run(sys.executable, "-m", "venv", work / "venv")
    here = work / "venv" / "bin" / "python"
    run(here, "-m", "pip", "install", "-q", f"{source}[test]")
    print(run(here, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", cwd=source))


def check_rpm(sdist: Path, work: Path, root: Path) -> None:
    """Build an RPM from the sdist, with macros that stand in for Enterprise Linux's."""
    spec = root / "packaging" / "python-zcpolicy.spec"
    build = work / "el9" / "bin" / "python"
    run(build, "-m", "pip", "install", "-q", "flit_core >=3.7,<4", "wheel")
    macros = (root / "packaging" / "debian.macros").read_text(encoding="utf-8")
    standard = run("rpmbuild", "--showrc").split("Macro path: ")[1].splitlines()[0]
    (work / "macros").write_text(f"%__python3 {build}\n{macros}", encoding="utf-8")
    top = work / "rpmbuild"
    (top / "SOURCES").mkdir(parents=True)
    shutil.copy(sdist, top / "SOURCES")
    run(
        *("rpmbuild", "--macros", f"{standard}:{work / 'macros'}", "--define", f"_topdir {top}"),
        *("-bb", "--nodeps", spec),
    )
    (package,) = (top / "RPMS").rglob("*.rpm")
    held = run("rpm", "-qlp", package).splitlines()
    assert "/usr/bin/zcpolicy" in held, held
    # rpmbuild may compress the manual page.
    assert {f"/usr/{name}" for name in IN_PREFIX} <= {name.replace(".1.gz", ".1") for name in held}
    assert [name for name in held if name.endswith("site-packages/zcpolicy/py.typed")], held
    assert not [name for name in held if "/tests" in name], held


def main() -> None:
    """Build, compare and check the release, and leave it in ``dist``."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--python3.9", dest="python", required=True, help="a Python 3.9")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        first, again = built(work / "first"), built(work / "again")
        assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]
        wheel, sdist = first
        clone = work / "first" / "clone"
        assert (wheel.suffix, sdist.suffix) == (".whl", ".gz")
        run(sys.executable, "-m", "twine", "check", "--strict", *first)
        version = wheel.name.split("-")[1]
        check_contents(sdist, wheel, version, clone)
        check_el9(given.python, wheel, version, work, clone)
        check_rpm(sdist, work, clone)
        check_sdist(sdist, version, work)
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        shutil.copytree(work / "first" / "dist", ROOT / "dist")
    print("dist:", *sorted(path.name for path in (ROOT / "dist").iterdir()))


if __name__ == "__main__":
    main()
