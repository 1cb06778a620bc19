"""A migration that does not end, diagnosed from what is seen of it, and what is advised then.

The shortest of what ``remedies`` measures, with the installed QEMU.
"""

from pathlib import Path

import pytest

import zcpolicy as zc

from .design import version_of
from .generation import Generation
from .lab import make_pki
from .remedies import Remedy, is_met, measured

pytestmark = pytest.mark.hypervisor


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates, since what is advised may use TLS."""
    made = tmp_path_factory.mktemp("remedy") / "pki"
    make_pki(made)
    return made


def test_what_is_advised_does_it(generation: Generation, pki: Path) -> None:
    """It does not end in 25 s, and then completes as was asked for."""
    of = Remedy("uniform", "Legacy", 16, zc.Goal(total_s=60, downtime_ms=1000), within_s=25)
    run = measured(of, generation, version_of(generation), pki)
    assert run.found["measured"]["outcome"] == "never"
    assert is_met(run), run.found


def test_what_nothing_does(generation: Generation, pki: Path) -> None:
    """Advice says that three seconds are too few over this network, and so it is."""
    of = Remedy("uniform", "Legacy", 16, zc.Goal(total_s=3), ("bandwidth",), within_s=25)
    run = measured(of, generation, version_of(generation), pki)
    assert run.found["met"] is False
    assert not is_met(run), run.found
