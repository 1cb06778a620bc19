"""Decide how a fleet migrates: in one process, on Dask, or on Spark.

``docs/fleet.md`` shows it.  The engines schedule, retry and reduce; we only contribute the lines,
and `zcpolicy.answers` and `zcpolicy.Survey`, which each partition calls.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import zcpolicy as zc

SEED = 2022
HOSTS = 20
POLICIES = (
    *("Minimal downtime", "Suspend workload if needed", "Post-copy migration"),
    *("Very large VMs", "legacy"),
)
PARTS = 100
# A worker is killed during this part.
KILLED = PARTS // 2


def drawn(what: str) -> random.Random:
    """Random numbers that are the same for the same thing, on every machine."""
    return random.Random(f"{SEED} {what}")


def host(number: int) -> Dict[str, Any]:
    """A host: most are up to date."""
    draw = drawn(f"host {number}")
    knows = {layer: draw.random() < 0.85 for layer in ("vdsm", "libvirt", "qemu")}
    speed = draw.choice((10_000, 25_000, 100_000, None))
    return {"name": f"host-{number:02}", "zerocopy": knows, "migrationMbps": speed}


def vm(number: int) -> Dict[str, Any]:
    """A VM, and settings that most leave to the cluster."""
    draw = drawn(f"vm {number}")
    memory = 1024 * draw.choice((4, 16, 64, 512, 2048))
    return {
        "vcpus": draw.choice((1, 2, 4, 16, 64)),
        "memoryMiB": memory,
        "memoryHardLimitMiB": memory - 512 if draw.random() < 0.1 else None,
        "parallel": draw.choice((None, None, "auto", "auto_parallel", 8)),
        "encrypted": draw.random() < 0.2 or None,
        "level": "4.6" if draw.random() < 0.1 else None,
    }


def lines(vms: Sequence[int]) -> Iterator[str]:
    """The scenarios of some VMs: each to every host under every policy."""
    hosts = [host(number) for number in range(HOSTS)]
    for number in vms:
        source = hosts[drawn(f"place {number}").randrange(HOSTS)]
        for destination in hosts:
            for policy in POLICIES:
                scenario = {
                    "name": f"vm-{number:05} to {destination['name']}, {policy}",
                    "cluster": {"policy": policy, "parallel": "auto"},
                    "vm": vm(number),
                    "source": source,
                    "destination": destination,
                }
                yield json.dumps(scenario)


class Part(NamedTuple):
    """The result of an answered part."""

    digest: str  # of its answers, byte for byte
    survey: zc.Survey
    process: int
    peak_mib: int  # the peak memory of the process so far
    cpu_s: float  # independent of other load


def answered(vms: Sequence[int], mark: Optional[str] = None) -> Part:
    """Answer a part; if *mark* names a file that does not exist yet, die half-way."""
    digest = hashlib.sha256()
    start = time.process_time()

    def answers() -> Iterator[bytes]:
        for number, answer in enumerate(zc.answers(lines(vms))):
            if mark is not None and number == len(vms) * 50 and not Path(mark).exists():
                Path(mark).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            digest.update(answer)
            yield answer

    survey = zc.Survey.of(answers())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Part(digest.hexdigest(), survey, os.getpid(), peak, time.process_time() - start)


def here(work: Sequence[Tuple[Sequence[int], Optional[str]]], workers: int) -> List[Part]:
    """Answer the parts in this process."""
    return [answered(*each) for each in work]


def on_dask(work: Sequence[Tuple[Sequence[int], Optional[str]]], workers: int) -> List[Part]:
    """Answer them on a local Dask cluster."""
    import dask  # pyright: ignore[reportMissingImports]
    from dask import bag  # pyright: ignore[reportMissingImports]
    from distributed import Client, LocalCluster  # pyright: ignore[reportMissingImports]

    # Without the profiler, whose samples a worker keeps.
    dask.config.set({"distributed.worker.profile.enabled": False})
    options: Dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(n_workers=workers, silence_logs=50, **options) as cluster, Client(cluster):
        parts = bag.from_sequence(work, npartitions=len(work))
        return list(parts.starmap(answered).compute())


def on_spark(work: Sequence[Tuple[Sequence[int], Optional[str]]], workers: int) -> List[Part]:
    """Answer them on a local Spark, which tries a part up to four times."""
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{workers},4]")
    for key in ("spark.ui.enabled", "spark.ui.showConsoleProgress"):
        builder = builder.config(key, "false")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        parts = session.sparkContext.parallelize(work, len(work))
        return list(parts.mapPartitions(lambda part: [answered(*each) for each in part]).collect())
    finally:
        session.stop()


Engine = Callable[[Sequence[Tuple[Sequence[int], Optional[str]]], int], List[Part]]
ENGINES: Dict[str, Engine] = {"here": here, "dask": on_dask, "spark": on_spark}


def timed(engine: Engine, work: Sequence[Sequence[int]], workers: int, mark: str = "") -> Any:
    """The parts, and how many seconds they took; with *mark*, a worker dies on the way."""
    marked = [(part, mark if mark and at == KILLED else None) for at, part in enumerate(work)]
    start = time.perf_counter()
    parts = engine(marked, workers)
    return parts, time.perf_counter() - start


def cost(parts: Sequence[Part]) -> str:
    """The CPU time, and the peak memory of each process after its first part and after all."""
    peaks: Dict[int, List[int]] = {}
    for part in parts:
        peaks.setdefault(part.process, []).append(part.peak_mib)
    memory = ", ".join(f"{min(each)} to {max(each)} MiB" for each in peaks.values())
    return f"{sum(part.cpu_s for part in parts):.1f} s of CPU, {memory}"


def main() -> None:
    """Print the lines; or answer them in one process, and on an engine, and compare."""
    parser = argparse.ArgumentParser(description="Decide how a fleet migrates.")
    parser.add_argument("what", choices=["lines", *ENGINES])
    parser.add_argument("--vms", type=int, default=10_000, help="how many; each gives 100 lines")
    options = parser.parse_args()
    size = max(1, options.vms // PARTS)
    work = [range(at, min(at + size, options.vms)) for at in range(0, options.vms, size)]
    if options.what == "lines":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # allow | head
        for part in work:
            for line in lines(part):
                print(line)
        return

    name = options.what
    parts, alone = timed(here, work, 1)
    wanted = [part.digest for part in parts]
    print(f"{options.vms * HOSTS * len(POLICIES):,} scenarios in {len(work)} parts")
    print(f"one process: {alone:.0f} s, {cost(parts)}", flush=True)
    if name != "here":
        seconds: List[float] = []
        with tempfile.TemporaryDirectory() as folder:
            for workers, mark in ((1, ""), (2, ""), (2, f"{folder}/killed")):
                parts, took = timed(ENGINES[name], work, workers, mark)
                if [part.digest for part in parts] != wanted:
                    raise SystemExit("the answers differ from those of one process")
                seconds.append(took)
                what = f"{name}, {workers} worker{'s' if workers > 1 else ''}"
                if mark:
                    if not Path(mark).exists():
                        raise SystemExit("no worker was killed")
                    what += ", one killed on the way"
                print(f"{what}: the same answers, {took:.0f} s, {cost(parts)}", flush=True)
        print(f"2 workers are {seconds[0] / seconds[1]:.2f} times as fast as 1")
    print()
    print(sum((part.survey for part in parts), zc.Survey()))


if __name__ == "__main__":
    main()
