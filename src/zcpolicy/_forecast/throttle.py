"""QEMU's autoconverge: when it throttles the guest, and by how much.

Sources: QEMU ``migration/ram.c`` (``migration_trigger_throttle``, ``mig_throttle_guest_down``) and
``migration/options.c``.
"""

from typing import Sequence, Tuple

from .model import PAGE

__all__ = [
    "PERIODS",
    "PERIOD_MS",
    "THROTTLE_MAX",
    "counted_high",
    "is_high",
    "throttled",
]

# QEMU migration/ram.c and options.c: periods of more than 1 s count.  After two in which more than
# half was dirtied, 20 % is taken from the guest; after each two more, 10 % more, up to 99 %.
PERIOD_MS = 1000
PERIODS = 2
_TRIGGER_PERCENT = 50
_THROTTLE_INITIAL = 20
_THROTTLE_INCREMENT = 10
THROTTLE_MAX = 99


def is_high(dirtied: float, sent: float) -> bool:
    """Whether a period counts towards throttling the guest further."""
    return 100 * dirtied > _TRIGGER_PERCENT * sent


def counted_high(looks: Sequence[Tuple[int, float, float, int]], throttle: int) -> int:
    """How many periods with too much dirtied QEMU has counted since it last took more.

    Args:
        looks: for each look the time, ms, bytes sent so far, pages that it found, and the share
            taken from the guest before it, percent.
        throttle: the share taken from the guest now, percent.
    """
    high, began, sent_before, dirtied = 0, 0, 0.0, 0.0
    taken = 0
    for at, sent, found, before in looks:
        if before != taken:
            high, taken = 0, before
        dirtied += found
        if at > began + PERIOD_MS:
            high += is_high(dirtied * PAGE, sent - sent_before)
            began, sent_before, dirtied = at, sent, 0.0
    return high % PERIODS if taken == throttle else 0


def throttled(throttle: int) -> int:
    """The next throttle after this one, percent."""
    more = throttle + _THROTTLE_INCREMENT if throttle else _THROTTLE_INITIAL
    return min(more, THROTTLE_MAX)
