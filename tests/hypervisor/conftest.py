"""What tests of real hypervisors share: the generations, the certificates, and the labs."""

import tempfile
from pathlib import Path
from typing import Any, Generator, Iterator, List

import pytest

from .generation import Generation, generations
from .lab import Lab, libvirt, make_pki

_running: List[Lab] = []
# How often each lab that is closed had to be started again.
_crashes: List[int] = []


@pytest.fixture(scope="session", params=generations(), ids=lambda generation: generation.name)
def generation(request: pytest.FixtureRequest) -> Generation:
    """The libvirt and QEMU to test: the installed ones, and newer ones, where they are there."""
    chosen: Generation = request.param
    chosen.prepare()
    return chosen


@pytest.fixture(scope="session")
def directory() -> Iterator[Path]:
    """A directory that all users may enter, and that is not there any more in the end."""
    with tempfile.TemporaryDirectory(prefix="zcpolicy-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def pki(directory: Path) -> Path:
    """The certificates."""
    path = directory / "pki"
    make_pki(path)
    return path


def _lab(
    directory: Path, generation: Generation, pki: Path, user: str, group: str
) -> Iterator[Lab]:
    """A lab, which shows its daemons' logs with the tests that fail meanwhile."""
    libvirt().registerErrorHandler(lambda *_: None, None)  # or it prints every error
    with tempfile.TemporaryDirectory(dir=directory) as name:
        home = Path(name)
        home.chmod(0o755)
        lab = Lab(home, generation, pki, user, group)
        _running.append(lab)
        try:
            yield lab
        finally:
            _running.remove(lab)
            lab.close()
            _crashes.append(lab.crashes)


@pytest.fixture(scope="module")
def module_lab(directory: Path, generation: Generation, pki: Path) -> Iterator[Lab]:
    """The same lab for the tests of a module."""
    yield from _lab(directory, generation, pki, "root", "root")


@pytest.fixture(scope="module")
def unprivileged_module_lab(directory: Path, generation: Generation, pki: Path) -> Iterator[Lab]:
    """The same, without capabilities."""
    yield from _lab(directory, generation, pki, "libvirt-qemu", "kvm")


@pytest.fixture
def lab(module_lab: Lab) -> Lab:
    """Two daemons with a QEMU that may do everything: post-copy works, no lock limit holds."""
    return _up(module_lab)


@pytest.fixture
def unprivileged_lab(unprivileged_module_lab: Lab) -> Lab:
    """Two daemons with a QEMU as hosts run it: without capabilities, so that limits hold."""
    return _up(unprivileged_module_lab)


def _up(lab: Lab) -> Lab:
    """The lab, started again if a daemon crashed in the test before."""
    if not lab.is_up:
        lab.start_again()
    return lab


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    """Add the daemons' logs to a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += [("libvirt", lab.logs()) for lab in _running]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often libvirt itself crashed, since a call is then made once more."""
    if any(_crashes):
        terminalreporter.write_line(f"libvirt crashed, and was started again: {sum(_crashes)}")
