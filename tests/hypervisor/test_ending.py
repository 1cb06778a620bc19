"""However the tests end, nothing that they started runs on."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator, List, Tuple

import pytest

from .generation import PATIENCE, Generation

pytestmark = pytest.mark.hypervisor

_ROOT = Path(__file__).parents[2]


def traces(mark: str) -> List[str]:
    """The names of the processes in whose environment, or mounts, the mark is.

    A mount is there as long as its namespace, which has processes, be it only those of the tests.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            known = [(process / name).read_bytes() for name in ("environ", "mountinfo")]
            if any(mark.encode() in text for text in known):
                found.append((process / "comm").read_text("utf-8").strip())
    return found


@pytest.fixture
def held(
    generation: Generation, directory: Path, pki: Path
) -> Iterator[Tuple["subprocess.Popen[bytes]", str]]:
    """A process with a lab, a guest and a QEMU of its own, and the mark that all of them bear."""
    with tempfile.TemporaryDirectory(prefix="held-", dir=directory) as home:
        # The daemons' directories are in it, and libvirt gives its QEMUs no environment.
        mark = Path(home).name
        command = [sys.executable, "-m", "tests.hypervisor.hold", home, str(pki)]
        if generation.root is not None:
            command.append(str(generation.root))
        with subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**os.environ, "ZCPOLICY_HELD": mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            running = traces(mark)
            assert running.count("libvirtd") == 2
            assert running.count("qemu-system-x86") == 2
            yield process, mark


def test_nothing_is_left_of_a_process_that_is_killed(
    held: Tuple["subprocess.Popen[bytes]", str],
) -> None:
    """It cannot tidy up: the kernel ends QEMUs, daemons and their mounts all the same."""
    process, mark = held
    process.kill()
    process.wait()
    end = time.monotonic() + PATIENCE
    while traces(mark):
        assert time.monotonic() < end, traces(mark)
        time.sleep(0.05)


def test_nothing_is_left_of_a_process_that_ends(
    held: Tuple["subprocess.Popen[bytes]", str],
) -> None:
    """So it is, and at once, when a lab is closed."""
    process, mark = held
    process.communicate()
    assert process.returncode == 0
    assert traces(mark) == []
