"""What was still to be sent when QEMU looked, from the samples around that."""

import zcpolicy as zc
from zcpolicy._forecast.observed import observed

PAGE = 4096


def sample(at_ms: int, iteration: int, remaining: int, zero: int, normal: int) -> zc.Sample:
    """Counts are of pages."""
    return zc.Sample(
        at_ms=at_ms,
        iteration=iteration,
        remaining_bytes=remaining * PAGE,
        sent_bytes=normal * PAGE,
        total_bytes=100_000 * PAGE,
        zero_pages=zero,
        normal_pages=normal,
    )


def test_zero_pages_that_pass_between_two_samples_are_not_left() -> None:
    """They take next to no time: 60,000 pages may be gone within the 200 ms around a look."""
    migration = zc.Migration(
        samples=[
            sample(0, 1, 100_000, 0, 0),
            sample(3900, 1, 61_000, 0, 39_000),
            sample(4100, 2, 19_000, 60_000, 41_000),
            sample(5000, 2, 10_000, 60_000, 50_000),
        ]
    )
    seen = observed(migration)
    assert seen is not None
    (look,) = seen.looks
    assert look.dirtied == 20_000
    assert look.left == 0
