"""The cost of a log: time by its length, and constant memory.

Run ``python -m pytest benchmarks/test_logs.py``; the log is like that of a host with one migration
and a lot of other activity, and is made while it is read.
"""

import tracemalloc
from typing import Callable, Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from zcpolicy import formats

MIB = 1 << 20
# Polls of the migration, regardless of the length of the log.
SAMPLES = 30

_HEAD = "2026-03-02 10:11:05,118+0100 INFO  "
_OTHERS = (
    f"{_HEAD}(jsonrpc/1) [vdsm.api] START repoStats(domains=()) from=::ffff:192.0.2.9,39674, "
    "task_id=0f1b8f1e-6f2b-4a52-9d6d-0d9b7a1f9b4f (api:48)\n"
    f"{_HEAD}(jsonrpc/1) [vdsm.api] FINISH repoStats return={{'0f1b8f1e': {{'code': 0, "
    "'lastCheck': '3.2', 'delay': '0.0004', 'valid': True, 'version': 5, 'acquired': True}} "
    "from=::ffff:192.0.2.9,39674 (api:54)\n"
).splitlines(keepends=True)
_OTHERS_SIZE = sum(map(len, _OTHERS))


def vdsm(size: int) -> Iterator[str]:
    """A Vdsm log of about *size* characters."""
    repeats = size // (SAMPLES * _OTHERS_SIZE)
    for poll in range(1, SAMPLES + 1):
        for _ in range(repeats):
            yield from _OTHERS
        yield (
            f"{_HEAD}(migmon/11111111) [virt.vm] (vmId='11111111-2222-3333-4444-555555555555') "
            f"Migration Progress: {10 * poll}.2 seconds elapsed, 29% of data processed, "
            "total data: 16409MB, processed data: 1148MB, remaining data: 11647MB, transfer speed "
            "952Mbps, zero pages: 925184MB, compressed: 0MB, dirty rate: 0, memory iteration: 1 "
            "(migration:1005)\n"
        )


def replies(size: int) -> Iterator[str]:
    """The same amount of traffic on QEMU's socket, few lines of it about a migration."""
    event = '{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RTC_CHANGE", "data": {}}\n'
    repeats = size // (SAMPLES * len(event))
    for poll in range(1, SAMPLES + 1):
        for _ in range(repeats):
            yield event
        yield f'{{"return": {{"status": "active", "total-time": {poll}, "ram": {{"total": 1}}}}}}\n'


@pytest.mark.benchmark(group="a log of 64 MiB", max_time=1, min_rounds=1)
@pytest.mark.parametrize("read", [list, formats.read_lines])
def test_time(read: Callable[[Iterator[str]], object], benchmark: BenchmarkFixture) -> None:
    """Compares making the log with making and reading it."""
    benchmark(lambda: read(vdsm(64 * MIB)))


def peak(lines: Iterator[str]) -> int:
    """The peak memory of reading, bytes."""
    tracemalloc.start()
    try:
        reading = formats.read_lines(lines)
        assert len(reading.parts["migration"].samples) == SAMPLES
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("made", "size"), [(vdsm, 64 * MIB), (replies, 3 * MIB)])
def test_memory(made: Callable[[int], Iterator[str]], size: int) -> None:
    """A log of many MiB takes as much memory as one of 2 MiB."""
    small, large = peak(made(2 * MIB)), peak(made(size))
    assert large < 4 * MIB
    assert abs(large - small) < 64 * 1024
