"""A lab with a guest, and a QEMU that is asked directly, until standard input ends.

As a process of its own, which ``test_ending`` ends in one way or the other::

    python -m tests.hypervisor.hold DIRECTORY PKI [ROOT]
"""

import contextlib
import sys
from pathlib import Path
from typing import Optional

from .generation import Generation
from .lab import Lab, libvirt
from .qemu import Qemu


def main(directory: str, pki: str, root: Optional[str] = None) -> None:
    """Say when all of it runs, and wait."""
    libvirt().registerErrorHandler(lambda *_: None, None)  # or it prints every error
    home = Path(directory)
    generation = Generation(name="held", root=None if root is None else Path(root))
    lab = Lab(home, generation, Path(pki), "root", "root")
    with contextlib.closing(lab), lab.guest(), Qemu(generation, home):
        print("up", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
