"""Versions of libvirt and QEMU: tuples here, text in JSON and in what people type."""

import re
from typing import Optional, Tuple

__all__ = [
    "LIBVIRT_ZEROCOPY_SINCE",
    "QEMU_ZEROCOPY_SINCE",
    "VERSION_TEXT",
    "Version",
    "version_of",
    "version_text",
]

Version = Tuple[int, ...]

# The first versions with zero-copy; source: their change logs.
LIBVIRT_ZEROCOPY_SINCE: Version = (8, 5)
QEMU_ZEROCOPY_SINCE: Version = (7, 1)

VERSION_TEXT = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){0,3}")


def version_of(text: str) -> Optional[Version]:
    """``"11.3.0"`` is (11, 3, 0); None for what is no such text."""
    return tuple(map(int, text.split("."))) if VERSION_TEXT.fullmatch(text) else None


def version_text(version: Version) -> str:
    """(11, 3, 0) is ``"11.3.0"``."""
    return ".".join(map(str, version))
