"""What is typed for a goal: times and shares, in the units that people write."""

import argparse
import math
from typing import Any, Callable

from .._base.errors import ZcpolicyError
from .._base.units import DURATION_MS, SHARE

__all__ = ["downtime", "finish", "throttle"]


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


finish = _typed(lambda text: float(DURATION_MS.read("", text)) / 1000)
downtime = _typed(lambda text: math.floor(DURATION_MS.read("", text)))
throttle = _typed(_percent)
