"""The plateau: the downtime limit below which what remains never fits."""

import math
from typing import Sequence, Tuple

from .model import PAGE, PAGE_SENT
from .writers import share_dirtied

__all__ = ["plateau_ms"]

# QEMU migration/migration.c, BUFFER_DELAY.
_WINDOW_MS = 100
_STEPS = 50


def plateau_ms(bytes_per_s: int, sets: Sequence[Tuple[float, float, bool]]) -> int:
    """The downtime limit below which what remains never fits, ms; 0 if any will do.

    This holds from the second round on: the first is sent faster if there are zero pages, and may
    be too short to dirty much.

    QEMU looks at what was dirtied when less remains than the threshold T, so at least T - b remain,
    b being what a window of 100 ms sends.  A window dirties g of W clean pages, and
    g (1 - (T - b) / W) if T - b are still to be sent.  If that is more than b, what remains grows;
    if less, it shrinks until it fits.  They are equal at T = b + W (1 - b / g).  With several sets,
    T = b / f where the sum of W s f / (s + f - f s) is b, s being the share of a set that a window
    dirties.

    Args:
        bytes_per_s: the sending rate.
        sets: the sets that the guest writes: pages, the write rate, pages a ms, and whether it
            writes them in order.
    """
    sent = bytes_per_s * _WINDOW_MS / (1000 * PAGE_SENT)
    written = sum([rate for _, rate, _ in sets]) * _WINDOW_MS
    parts = [(pages, _share(pages, rate * _WINDOW_MS, sweeps)) for pages, rate, sweeps in sets]
    dirtied = sum([pages * share for pages, share in parts])
    if dirtied > sent:
        threshold = _threshold(parts, sent, dirtied)
        return math.ceil(threshold * PAGE * 1000 / bytes_per_s)
    # A working set that one window can send fits a limit of one window.
    return _WINDOW_MS if written > sent else 0


def _share(pages: float, written: float, sweeps: bool) -> float:
    return min(1.0, written / pages) if sweeps else share_dirtied(written, pages)


def _threshold(parts: Sequence[Tuple[float, float]], sent: float, dirtied: float) -> float:
    if len(parts) == 1:
        return sent + parts[0][0] * (1 - sent / dirtied)
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        total = sum(
            [
                pages * share * middle / (share + middle - middle * share)
                for pages, share in parts
                if share
            ]
        )
        low, high = (middle, high) if total < sent else (low, middle)
    return sent / high
