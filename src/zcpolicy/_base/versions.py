"""Versions of libvirt and QEMU: tuples in Python, text in JSON and on the command line."""

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

# The first versions with zero-copy, from their change logs.
LIBVIRT_ZEROCOPY_SINCE: Version = (8, 5)
QEMU_ZEROCOPY_SINCE: Version = (7, 1)

VERSION_TEXT = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){0,3}")


def version_of(text: str) -> Optional[Version]:
    """Parse ``"11.3.0"`` to (11, 3, 0); return None if *text* is not a version."""
    return tuple(map(int, text.split("."))) if VERSION_TEXT.fullmatch(text) else None


def version_text(version: Version) -> str:
    """Format (11, 3, 0) as ``"11.3.0"``."""
    return ".".join(map(str, version))
