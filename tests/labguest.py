"""Guests of several kinds, migrated page by page in a small simulation, as evidence to test on.

It shares no line with the model: each write is drawn, each page has its dirty bit, and QEMU's loop
is played in steps of 10 ms.  What a real hypervisor adds is not in it.
``python -m tests.labguest`` prints how good forecasts are, by kind, of three questions: (a) from
dirty rates measured before, over 1 and 10 s; (b) after two iterations; (c) of another
request, from a run of the first.
"""

import functools
import random
import sys
from bisect import bisect_left
from itertools import accumulate
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

import zcpolicy as zc

STEP_MS = 10
PAGE_SENT = 4104
Draw = Callable[[random.Random, float], Iterator[int]]

MEMORY_MIB = 256
PAGES = MEMORY_MIB * 256


class Kind(NamedTuple):
    """A kind of guest: its name, and what each of its writers does.

    A writer is (MiB/s, first page, pages, order, seconds on, seconds off).
    """

    name: str
    writers: Tuple[Tuple[float, int, int, str, float, float], ...]


def _mib(size: float) -> int:
    return int(size * 256)


KINDS = (
    Kind("uniform", ((18, _mib(40), _mib(64), "random", 1, 0),)),
    Kind("slow and large", ((9, _mib(30), _mib(180), "random", 1, 0),)),
    Kind(
        "hot and cold",
        (
            (30, _mib(50), _mib(4), "random", 1, 0),
            (8, _mib(60), _mib(150), "random", 1, 0),
        ),
    ),
    Kind(
        "hot, warm, cold",
        (
            (20, _mib(30), _mib(2), "random", 1, 0),
            (8, _mib(40), _mib(16), "random", 1, 0),
            (4, _mib(60), _mib(160), "random", 1, 0),
        ),
    ),
    Kind("zipf", ((30, _mib(20), _mib(200), "zipf", 1, 0),)),
    Kind("sweep", ((12, _mib(60), _mib(100), "sweep", 1, 0),)),
    Kind(
        "sweep and hot",
        (
            (10, _mib(60), _mib(120), "sweep", 1, 0),
            (16, _mib(30), _mib(5), "random", 1, 0),
        ),
    ),
    Kind("bursts", ((45, _mib(60), _mib(48), "random", 1.0, 2.0),)),
    Kind(
        "half, sparse",
        (
            (16, _mib(30), _mib(24), "random", 1, 0),
            (2, _mib(60), _mib(190), "sweep", 1, 0),
        ),
    ),
)


class Guest:
    """A guest that writes, and which pages it dirtied since somebody looked."""

    def __init__(self, kind: Kind, seed: int) -> None:
        self._random = random.Random(f"{kind.name}{seed}")
        self._kind = kind
        self._position = [0] * len(kind.writers)
        self._due = [0.0] * len(kind.writers)
        self._ms = self._random.randrange(0, 60000)
        self.dirty: Set[int] = set()

    def run(self, ms: int, running: float = 1.0) -> None:
        """Write for a while, with so much of its time."""
        draw = self._random.random
        for index, (rate, first, pages, order, on, off) in enumerate(self._kind.writers):
            if off and self._ms / 1000 % (on + off) >= on:
                continue
            self._due[index] += rate * 256 * ms / 1000 * running
            count = int(self._due[index])
            self._due[index] -= count
            if order == "random":
                self.dirty.update([first + int(draw() * pages) for _ in range(count)])
            elif order == "zipf":
                self.dirty.update([first + int(pages ** draw()) - 1 for _ in range(count)])
            else:
                at = self._position[index]
                self.dirty.update([first + (at + i) % pages for i in range(count)])
                self._position[index] = (at + count) % pages
        self._ms += ms

    def rate(self, seconds: float) -> float:
        """What calc-dirty-rate would say, MiB/s."""
        self.dirty = set()
        for _ in range(int(seconds * 100)):
            self.run(STEP_MS)
        return len(self.dirty) / 256 / seconds


class Config(NamedTuple):
    """A request: MiB/s, the limits of Vdsm's schedule, autoconverge, and when it aborts."""

    name: str
    mib_s: int
    init: int
    steps: Tuple[int, ...]
    auto: bool
    zero_share: float
    polls: int

    def resolution(self) -> zc.Resolution:
        def action(ms: int) -> zc.Action:
            return zc.Action(name="setDowntime", params=[str(ms)])

        stalling = [zc.StallingEntry(limit=-1, action=action(ms)) for ms in self.steps]
        left = self.polls - len(self.steps)
        last = self.steps[-1] if self.steps else self.init
        stalling += [zc.StallingEntry(limit=-1, action=action(last))] * left
        stalling.append(zc.StallingEntry(limit=-1, action=zc.Action(name="abort")))
        policy = zc.MigrationPolicy(
            id="11111111-2222-3333-4444-555555555555",
            name=self.name,
            max_migrations=1,
            auto_convergence=self.auto,
            schedule=zc.ConvergenceSchedule(init=[action(self.init)], stalling=stalling),
        )
        made = zc.resolve(
            zc.Cluster(bandwidth=8 * self.mib_s, level="4.8"),
            zc.Host(qemu_version=(7, 2)),
            policy,
            zc.VM(memory_mib=MEMORY_MIB, vcpus=4),
        )
        assert made.parameters.max_bandwidth == self.mib_s, made.parameters
        return made


CONFIGS = (
    Config("plain", 24, 100, (150, 200), False, 0.2, 4),
    Config("long limits", 16, 300, (500, 800), False, 0.2, 4),
    Config("autoconverge", 16, 100, (150, 300), True, 0.2, 5),
    Config("fast", 40, 60, (), False, 0.2, 2),
)
LINK_MBPS = 1000
OVERHEAD_MS = 10


class Ended(NamedTuple):
    """What became of a migration."""

    outcome: str
    total_ms: int
    sent_mib: float
    downtime_ms: int
    samples: Tuple[zc.Sample, ...]


@functools.cache
def _start(kind: Kind, seed: int, zero_share: float) -> Tuple[float, List[int], List[int]]:
    """How much faster the network is than it should be, and what the first iteration sends.

    By the end of each page: so many bytes, and so many pages that are zero.
    """
    noise = random.Random(seed)
    faster = noise.uniform(0.99, 1.01)
    zeros = set(noise.sample(range(PAGES), int(zero_share * PAGES)))
    for _, first, pages, *_ in kind.writers:
        zeros.difference_update(range(first, first + pages))
    zero = [page in zeros for page in range(PAGES)]
    return faster, [*accumulate([9 if each else PAGE_SENT for each in zero])], [*accumulate(zero)]


@functools.cache
def migrate(kind: Kind, config: Config, seed: int) -> Ended:
    """Play QEMU and Vdsm, in steps of 10 ms."""
    guest = Guest(kind, seed)
    faster, first, blank = _start(kind, seed, config.zero_share)
    speed = config.mib_s * 2**20 * faster
    monitor = config.resolution().parameters.schedule
    assert monitor is not None
    rest: Sequence[int] = range(PAGES)
    # What is sent of this iteration by the end of each page, and what may have been sent by now.
    ends: Sequence[int] = first
    budget = 0.0
    limit, iteration, throttle = config.init, 1, 0
    ms = sent = zero_pages = 0
    # Bytes and pages of the iterations before.
    done = 0, 0
    polls: List[int] = []
    period = (0, 0, 0)
    dirtied = high = 0
    samples: List[zc.Sample] = []
    guest.dirty = set()
    position = 0
    while True:
        guest.run(STEP_MS, (100 - throttle) / 100)
        ms += STEP_MS
        budget += speed * STEP_MS / 1000
        position = max(position, min(bisect_left(ends, budget) + 1, len(rest)))
        sent = done[0] + ends[position - 1]
        if iteration == 1:
            zero_pages = blank[position - 1]
        left = len(rest) - position
        if ms % 10000 == 0:
            before = len(monitor.replay(polls).actions)
            polls.append(iteration)
            for _, action in monitor.replay(polls).actions[before:]:
                if action.downtime is None:
                    return Ended("aborted", ms, sent / 2**20, 0, tuple(samples))
                limit = action.downtime
        if ms % 200 == 0:
            samples.append(
                zc.Sample(
                    at_ms=ms,
                    iteration=iteration,
                    remaining_bytes=left * 4096,
                    sent_bytes=int(sent),
                    total_bytes=PAGES * 4096,
                    zero_pages=zero_pages,
                    normal_pages=done[1] + position - zero_pages,
                    throttle=throttle,
                    status="active",
                )
            )
        if left and ms % 100:
            continue
        if left * 4096 >= speed * limit / 1000:
            continue
        unsent = set(rest[position:])
        dirtied += len(guest.dirty - unsent)
        # QEMU goes on where it is, and begins again after the last page.
        at = rest[position - 1]
        due = sorted(unsent | guest.dirty)
        rest = [page for page in due if page > at] + [page for page in due if page <= at]
        guest.dirty = set()
        done = sent, done[1] + position
        ends = range(PAGE_SENT, PAGE_SENT * (len(rest) + 1), PAGE_SENT)
        position, budget = 0, 0.0
        if len(rest) * 4096 < speed * limit / 1000:
            down = len(rest) * PAGE_SENT / (LINK_MBPS * 125000) * 1000 + OVERHEAD_MS
            sent += len(rest) * PAGE_SENT
            samples.append(
                zc.Sample(
                    at_ms=int(ms + down),
                    iteration=iteration + 1,
                    remaining_bytes=0,
                    sent_bytes=int(sent),
                    total_bytes=PAGES * 4096,
                    throttle=throttle,
                    status="completed",
                    downtime_ms=int(down),
                )
            )
            return Ended("completes", int(ms + down), sent / 2**20, int(down), tuple(samples))
        iteration += 1
        if config.auto and ms > period[0] + 1000:
            high += (dirtied - period[2]) * 4096 * 2 > sent - period[1]
            period = (ms, sent, dirtied)
            if high == 2:
                high, throttle = 0, min(throttle + 10, 99) if throttle else 20


class Row(NamedTuple):
    """A forecast against a migration."""

    question: str
    kind: str
    config: str
    forecast: zc.Forecast
    real: Ended


def seen(real: Ended, iterations: int) -> Optional[zc.Migration]:
    """The samples up to the first after so many iterations; None if it had ended."""
    samples = []
    for sample in real.samples:
        if sample.status != "active":
            return None
        samples.append(sample)
        if (sample.iteration or 0) > iterations:
            return zc.Migration(samples=samples)
    return None


def rows(kinds: Sequence[Kind] = KINDS, seed: int = 1) -> Iterator[Row]:
    network: Dict[str, Any] = {"link_mbps": LINK_MBPS, "overhead_ms": OVERHEAD_MS}
    for kind in kinds:
        reals = [(config, migrate(kind, config, seed)) for config in CONFIGS]
        guest = Guest(kind, seed + 100)
        rates = ((1, guest.rate(1)), (10, guest.rate(10)))
        # Noise may have it that a shorter period dirtied more.
        rates = (rates[0], (10, max(rates[1][1], rates[0][1] / 10)))
        first = zc.fit(zc.Migration(samples=reals[0][1].samples), MEMORY_MIB)
        for config, real in reals:
            asked = config.resolution()
            share = 0.2 * (PAGES - sum(each[2] for each in kind.writers)) / PAGES
            load = zc.Workload.measured(rates, memory_mib=MEMORY_MIB, zero_share=share, **network)
            yield Row("a", kind.name, config.name, zc.simulate(asked, load), real)
            running = seen(real, 2)
            if running is not None:
                fit = zc.fit(running, MEMORY_MIB).with_network(**network)
                found = zc.simulate(asked, fit, since=running)
                yield Row("b", kind.name, config.name, found, real)
            if config is not reals[0][0]:
                found = zc.simulate(asked, first.with_network(**network))
                yield Row("c", kind.name, config.name, found, real)


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def summary(found: Sequence[Row]) -> str:
    right = [row for row in found if row.forecast.outcome == row.real.outcome]
    wrong = [row for row in found if row not in right]
    unflagged = [row for row in wrong if row.real.outcome not in row.forecast.outcomes]
    off, covers, widths = [], [], []
    for row in right:
        low, high = row.forecast.total_ms_range
        off.append(abs(row.forecast.total_ms / row.real.total_ms - 1))
        covers.append(
            (low or 0) <= row.real.total_ms and (high is None or row.real.total_ms <= high)
        )
        widths.append(float("inf") if high is None else (high - (low or 0)) / row.real.total_ms)
    closed = [width for width in widths if width != float("inf")]
    flagged = sum(row.forecast.near_edge for row in found)
    return (
        f"{len(found):3} {len(right):3} right {len(unflagged):2} wrong unflagged"
        f" {flagged:3} flagged"
        f"  time {quantile(off, 0.5):.1%} / {quantile(off, 0.9):.1%}"
        f"  covered {sum(covers)} of {len(covers)}  width {quantile(closed, 0.5):.1%}"
    )


def main(arguments: Sequence[str]) -> int:
    found = [row for seed in (1, 2) for row in rows(seed=seed)]
    for question in "abc":
        print(question, summary([row for row in found if row.question == question]))
    for kind in KINDS:
        print(f"{kind.name:16}", summary([row for row in found if row.kind == kind.name]))
    if arguments:
        for row in found:
            if row.forecast.outcome != row.real.outcome or row.kind == arguments[0]:
                forecast = row.forecast
                print(
                    *row[:3],
                    forecast.outcomes,
                    row.real.outcome,
                    forecast.total_ms,
                    forecast.total_ms_range,
                    row.real.total_ms,
                    forecast.throttle,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
