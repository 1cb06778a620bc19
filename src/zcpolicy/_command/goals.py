"""What is typed for goals and plans: times, shares, speeds and counts, in people's units."""

import argparse
import math
from typing import Any, Callable

from .._base.errors import ZcpolicyError, shown
from .._base.units import DURATION_MS, SHARE, SPEED_MBPS

__all__ = ["count", "downtime", "finish", "speed", "throttle"]


def _typed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A type for argparse, which says what is accepted."""

    def typed(text: str) -> Any:
        try:
            return read(text)
        except ZcpolicyError as error:
            raise argparse.ArgumentTypeError(error.problem) from None

    return typed


def _percent(text: str) -> int:
    """A share in percent; a bare whole number is in percent, too."""
    return math.floor(SHARE.read("", f"{text}%" if text.strip().isdigit() else text) * 100)


def count(text: str) -> int:
    """A number from 1 up."""
    if text.isascii() and text.isdigit() and int(text[:9]) > 0:
        return int(text[:9])
    raise argparse.ArgumentTypeError(f"{shown(text)} is not a number from 1 up")


speed = _typed(lambda text: float(SPEED_MBPS.read("", text)))
finish = _typed(lambda text: float(DURATION_MS.read("", text)) / 1000)
downtime = _typed(lambda text: math.floor(DURATION_MS.read("", text)))
throttle = _typed(_percent)
