"""Parse options for goals and plans: times, shares, speeds and counts, in everyday units."""

import argparse
import math
from typing import Any, Callable

from .._base.errors import ZcpolicyError, short_repr
from .._base.fields import INT_MAX
from .._base.units import DURATION_MS, SHARE, SPEED_MBPS

__all__ = ["count", "downtime", "finish", "jobs", "speed", "throttle"]


def _typed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make an argparse type whose error states what is accepted."""

    def typed(text: str) -> Any:
        try:
            return read(text)
        except ZcpolicyError as error:
            raise argparse.ArgumentTypeError(error.problem) from None

    return typed


def _percent(text: str) -> int:
    """Parse a share to percent; a bare integer is already in percent."""
    return math.floor(SHARE.read("", f"{text}%" if text.strip().isdigit() else text) * 100)


def _counted(most: int, expected: str) -> Callable[[str], int]:
    """Make an argparse type for a number from 1 to *most*."""

    def typed(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{short_repr(text)} is not {expected}")

    return typed


jobs = _counted(1024, "a number of processes from 1 to 1024")
count = _counted(INT_MAX, "a number from 1 up")
speed = _typed(lambda text: float(SPEED_MBPS.read("", text)))
finish = _typed(lambda text: float(DURATION_MS.read("", text)) / 1000)
downtime = _typed(lambda text: math.floor(DURATION_MS.read("", text)))
throttle = _typed(_percent)
