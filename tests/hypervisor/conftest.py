"""What tests of real hypervisors share: the generations, the certificates, and the labs."""

import tempfile
from pathlib import Path
from typing import Any, Generator, Iterator, List

import pytest

from .generation import Generation, generations
from .lab import Lab, libvirt, make_pki

_running: List[Lab] = []


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


@pytest.fixture(scope="module")
def lab(directory: Path, generation: Generation, pki: Path) -> Iterator[Lab]:
    """Two daemons with a QEMU that may do everything: post-copy works, no lock limit holds."""
    yield from _lab(directory, generation, pki, "root", "root")


@pytest.fixture(scope="module")
def unprivileged_lab(directory: Path, generation: Generation, pki: Path) -> Iterator[Lab]:
    """Two daemons with a QEMU as hosts run it: without capabilities, so that limits hold."""
    yield from _lab(directory, generation, pki, "libvirt-qemu", "kvm")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    """Add the daemons' logs to a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += [("libvirt", lab.logs()) for lab in _running]
