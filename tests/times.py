"""What a person reads of a time."""

from decimal import Decimal

__all__ = ["ms_of"]

UNITS = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1000, "ms": 1}


def ms_of(text: str) -> int:
    """The time that a text says, ms: ``"2 min 5.1 s"``."""
    words = text.split()
    assert len(words) % 2 == 0
    return int(sum(Decimal(n) * UNITS[unit] for n, unit in zip(words[::2], words[1::2])))
