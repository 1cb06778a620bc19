"""The checks for a change; ``.ci/run`` runs them all, after the README's own test command."""

import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]
PLAYGROUND = "build/site/playground"
PARALLEL = ("-n", "2")
# The README's command draws 25 examples of each property, which is quick; these sessions draw 200.
MORE = "--hypothesis-profile=more"


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test the installed package with the newest of everything."""
    session.install("-q", ".[test]")
    session.run("python", "-m", "pytest", "-q", MORE, *PARALLEL, *session.posargs)


@nox.session(python="3.9")
def oldest(session: nox.Session) -> None:
    """Test with the oldest attrs, as on Enterprise Linux 9."""
    session.install("-q", ".[test]", "attrs==20.3.0")
    session.run("python", "-m", "pytest", "-q", MORE, *session.posargs)


@nox.session(python="3.13")
def enumerations(session: nox.Session) -> None:
    """Enumerate the finite parts of the domain completely."""
    session.install("-q", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-m", "slow", "tests")


@nox.session(python="3.13")
def java(session: nox.Session) -> None:
    """Test the Java of the how-to for Engine with the installed JDK."""
    session.install("-q", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-m", "java", "tests")


@nox.session
@nox.parametrize(
    ("python", "sdk"),
    [("3.9", "==4.4.15"), ("3.13", ">=4.6,<5")],
    ids=["before-parallel", "newest"],
)
def sdk(session: nox.Session, sdk: str) -> None:
    """Test the REST API with oVirt's own SDK; needs a C compiler, libcurl, libxml2 and OpenSSL."""
    session.install("-q", ".", "hypothesis", "pytest", "sybil", f"ovirt-engine-sdk-python{sdk}")
    session.run("python", "-m", "pytest", "-q", MORE, "-m", "sdk", "tests/test_sdk.py")


@nox.session(python="3.13")
def coverage(session: nox.Session) -> None:
    """Check that the tests take every branch."""
    session.install("-q", "-e", ".[test]", "coverage")
    session.run("coverage", "run", "-m", "pytest", "-q", "tests")
    session.run("coverage", "report")


@nox.session(python="3.13")
def tools(session: nox.Session) -> None:
    """Test the pre-commit hook, completion and manual page; ``--write`` makes the latter two."""
    session.install("-q", ".[test,tools]")
    session.run("python", "packaging/shell.py", *session.posargs)
    session.run("python", "-m", "pytest", "-q", "-m", "tools", "tests/test_tools.py")


@nox.session(python="3.13")
def fleet(session: nox.Session) -> None:
    """Decide a hundredth of a fleet on Dask: the examples of docs/fleet.md."""
    session.install("-q", ".[test,fleet]")
    session.run("python", "-m", "pytest", "-q", "docs/fleet.md")


@nox.session(python="3.13")
def fuzz(session: nox.Session) -> None:
    """Fuzz the readers and the command for ten minutes; posargs are libFuzzer's."""
    session.install("-q", ".", "atheris")
    work = Path(session.create_tmp())
    corpus = work / "corpus"
    corpus.mkdir(exist_ok=True)
    options = ["-max_total_time=600", "-timeout=5", "-rss_limit_mb=512"]
    found = [f"-artifact_prefix={work}/found-", *session.posargs, str(corpus)]
    session.run("python", "fuzz/fuzz.py", *options, *found)


@nox.session(python="3.13")
def mutants(session: nox.Session) -> None:
    """Check that the tests notice changes; posargs are modules, or ``--sample`` and a number."""
    session.install("-q", ".[test]", "cosmic-ray")
    session.run("python", "-m", "mutation", *session.posargs)


@nox.session(python="3.13")
def lint(session: nox.Session) -> None:
    """Check style, and the types of the source and the tests."""
    session.install("-q", "-e", ".[dev,tools]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("pyright")


@nox.session(python="3.13")
def release(session: nox.Session) -> None:
    """Build and test wheel and sdist of the last commit in ``dist``; the RPM needs rpmbuild."""
    session.install("-q", "build", "twine")
    session.run("python", "packaging/release.py", "--python3.9", "python3.9")


@nox.session(python="3.13")
def docs(session: nox.Session) -> None:
    """Build the site in ``build/site`` and check its links; needs graphviz and npm."""
    session.install("-q", "-e", ".[docs]")
    built, trees = "build/site", "build/doctrees"
    session.run("sphinx-build", "-n", "-W", "--keep-going", "-E", "-q", "-d", trees, "docs", built)
    _page(session)
    session.run("python", "docs/links.py", built)


def _page(session: nox.Session) -> None:
    """Build the page for the browser, with a wheel of this source; needs npm."""
    wheels = Path(session.create_tmp()).resolve() / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    pip = ("python", "-m", "pip", "-q")
    session.run(*pip, "wheel", "--no-deps", "-w", str(wheels), ".")
    pinned = ("--only-binary", ":all:", "--require-hashes", "-r", "playground/requirements.txt")
    session.run(*pip, "download", "--no-deps", "-d", str(wheels), *pinned)
    built = Path(PLAYGROUND).resolve()
    with session.chdir("playground"):
        session.run("npm", "ci", "--ignore-scripts", external=True)
        session.run("npm", "run", "build", "--", str(wheels), str(built), external=True)


@nox.session(python="3.13")
def playground(session: nox.Session) -> None:
    """Build only the page, in ``build/site/playground``, and test it; needs npm and chromium."""
    session.install("-q", ".[test]")
    _page(session)
    where = {"PYTHONPATH": "playground/python"}
    session.run("python", "-m", "pytest", "-q", "playground/tests", env=where)
    python = str(Path(session.bin).resolve() / "python")
    where = {"PLAYGROUND": str(Path(PLAYGROUND).resolve()), "PYTHON": python}
    with session.chdir("playground"):
        session.run("npm", "run", "lint", external=True)
        session.run("npm", "test", external=True, env=where)


@nox.session(python="3.13")
def site(session: nox.Session) -> None:
    """Test the built site in Chromium, on a phone and a laptop, and its search; needs chromium."""
    session.install("-q", "-e", ".[test]", "playwright")
    session.run("python", "-m", "pytest", "-q", "-m", "site", "tests/test_site.py")


@nox.session(python="3.13")
def benchmarks(session: nox.Session) -> None:
    """Measure the cost of a decision; the docs quote the ratios."""
    session.install("-q", ".[test]", "pytest-benchmark")
    session.run("python", "-m", "pytest", "-q", "benchmarks", *session.posargs)


@nox.session(python="3.11")
def instructions(session: nox.Session) -> None:
    """Count the instructions of a decision and of the import; needs valgrind."""
    session.install("-q", ".")
    session.run("python", "benchmarks/instructions.py")
