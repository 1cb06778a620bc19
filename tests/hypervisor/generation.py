"""Which libvirt and QEMU are tested: the installed ones, or newer ones that lie beside them."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import List, Optional, Tuple

import attr

__all__ = ["EMULATOR", "LIBVIRTD", "PATIENCE", "Generation", "generations", "installed_qemu"]

EMULATOR = "/usr/bin/qemu-system-x86_64"
LIBVIRTD = "/usr/sbin/libvirtd"
# Seconds that a process may take until it answers: slow machines are no failures.
PATIENCE = 60.0

# Directories with newer packages, the older ones first; .ci/hypervisors makes them.
_NEWER = "ZCPOLICY_NEWER_HYPERVISORS"
# What only the packages of another release bring along, since they cannot do with ours.
_LIBC = "usr/lib/x86_64-linux-gnu/libc.so.6"
# Where Debian's libvirt and QEMU look for modules.
_MODULES = ("usr/lib/x86_64-linux-gnu/libvirt", "usr/lib/x86_64-linux-gnu/qemu")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Generation:
    """One libvirt and its QEMU.

    Attributes:
        name: ``"installed"``, or that of the directory.
        root: the directory with the unpacked packages; None for the installed ones.
    """

    name: str
    root: Optional[Path] = None

    def has(self, version: Tuple[int, ...], installed: Tuple[int, ...]) -> bool:
        """Whether a version is one of this generation: the installed one, or a newer one."""
        return version == installed if self.root is None else version > installed

    @property
    def whole(self) -> bool:
        """Whether the packages are all that it takes to run it, from the C library on."""
        return self.root is not None and Path(self.root, _LIBC).exists()

    def mounts(self) -> List[str]:
        """Commands that put it where the installed one is, in the mount namespace of a process."""
        if self.root is None:
            return []
        if self.whole:
            return [f"mount --bind {self.root}/usr /usr"]
        return [f"mount -t overlay overlay -o lowerdir={self.root}/usr:/usr /usr"]

    def prepare(self) -> None:
        """Hide the modules that only the installed one has: one laid over it cannot load them.

        Raises:
            FileNotFoundError: there is no QEMU, or no libvirt.
        """
        if self.root is None:
            return
        for program in (EMULATOR, LIBVIRTD):
            Path(f"{self.root}{program}").stat()
        if self.whole:
            return
        for modules in _MODULES:
            for module in Path("/", modules).rglob("*.so"):
                own = self.root / module.relative_to("/")
                own.parent.mkdir(parents=True, exist_ok=True)
                if not os.path.lexists(own):
                    os.mknod(own, stat.S_IFCHR)  # 0, 0: an overlay's whiteout


def generations() -> List[Generation]:
    """Those that are tested: the installed one, and newer ones where there are any."""
    roots = [Path(name) for name in os.environ.get(_NEWER, "").split(os.pathsep) if name]
    return [Generation(name="installed"), *(Generation(name=r.name, root=r) for r in roots)]


def installed_qemu() -> Tuple[int, ...]:
    """The version of the installed QEMU, as it says itself."""
    said = subprocess.run([EMULATOR, "--version"], check=True, capture_output=True, text=True)
    (numbers,) = re.findall(r"version (\d+)\.(\d+)\.(\d+)", said.stdout)
    return tuple(map(int, numbers))
