"""The cost of a decision, as a ratio to doing the same by hand.

Run ``python -m pytest benchmarks``; in each group of the report, the number in parentheses after a
time is its ratio to the quickest one.
"""

import io
import os
import random
from pathlib import Path
from typing import Any, Sequence

import attr
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import zcpolicy as zc
from baseline import decide
from mix import by_the_standard_library, conversation
from mix import scenarios as mixed_scenarios
from zcpolicy._forecast.model import model_of
from zcpolicy._forecast.run import Run
from zcpolicy.adapters import vdsm


@pytest.fixture(scope="session")
def scenarios() -> Sequence[zc.Scenario]:
    return mixed_scenarios()


def by_hand(scenarios: Sequence[zc.Scenario]) -> None:
    for scenario in scenarios:
        decide(scenario)


def parameters(scenarios: Sequence[zc.Scenario]) -> None:
    for scenario in scenarios:
        scenario.resolve().parameters  # noqa: B018 (this is what is timed)


def everything(scenarios: Sequence[zc.Scenario]) -> None:
    for scenario in scenarios:
        resolution = scenario.resolve()
        resolution.parameters, resolution.blockers  # noqa: B018
        for notice in resolution.notices:
            notice.message, notice.remedy  # noqa: B018


def from_parts(scenarios: Sequence[zc.Scenario]) -> None:
    for s in scenarios:
        resolution = zc.resolve(
            s.cluster, s.host, s.policy, s.vm, destination=s.destination, engine=s.engine
        )
        resolution.parameters  # noqa: B018


def test_the_baseline_is_right(scenarios: Sequence[zc.Scenario]) -> None:
    """The compared functions do the same, and the mix has two notices on average."""
    for scenario in scenarios:
        resolution = scenario.resolve()
        by_hand_parameters, by_hand_blockers = decide(scenario)
        assert attr.asdict(resolution.parameters, recurse=False) == by_hand_parameters
        assert resolution.blockers == by_hand_blockers
    told = sum(len(scenario.resolve().notices) for scenario in scenarios)
    assert 1.8 <= told / len(scenarios) <= 2.4


@pytest.mark.benchmark(group="resolve 500 scenarios")
@pytest.mark.parametrize("function", [by_hand, parameters, everything, from_parts])
def test_resolve(
    function: Any, scenarios: Sequence[zc.Scenario], benchmark: BenchmarkFixture
) -> None:
    benchmark(function, scenarios)


def standard_library(lines: bytes, answers: Sequence[bytes]) -> None:
    with Path(os.devnull).open("wb") as out:
        by_the_standard_library(lines.splitlines(), answers, out)


def command(lines: bytes, answers: Sequence[bytes]) -> None:
    with Path(os.devnull).open("wb") as out:
        for answer in zc.answers(io.BytesIO(lines)):
            out.write(answer)
            out.flush()


@pytest.mark.benchmark(group="--jsonl with 500 lines")
@pytest.mark.parametrize("function", [standard_library, command])
def test_jsonl(
    function: Any, scenarios: Sequence[zc.Scenario], benchmark: BenchmarkFixture
) -> None:
    benchmark(function, *conversation(scenarios))


@pytest.mark.benchmark(group="--jsonl with lines that name their policy")
@pytest.mark.parametrize("function", [standard_library, command])
def test_jsonl_with_names(
    function: Any, scenarios: Sequence[zc.Scenario], benchmark: BenchmarkFixture
) -> None:
    named = [
        scenario
        for scenario in scenarios
        if isinstance(scenario.policy, str)
        and not isinstance(scenario.vm.policy, zc.MigrationPolicy)
    ]
    benchmark(function, *conversation(named))


# Encrypted zero-copy, compressed connections and a schedule that runs out, on a host without the
# capability: repair makes three changes.
FAULTY = {
    "vmId": "7a5f",
    "dst": "10.0.0.2:54321",
    "method": "online",
    "abortOnError": "true",
    "encrypted": "true",
    "parallel": 4,
    "compressed": "true",
    "zerocopy": True,
    "convergenceSchedule": {
        "init": [{"name": "setDowntime", "params": ["300"]}],
        "stalling": [
            {"limit": limit, "action": {"name": "setDowntime", "params": [str(limit * 100)]}}
            for limit in range(1, 6)
        ],
    },
}


@pytest.mark.benchmark(group="a request with three faults")
@pytest.mark.parametrize("function", [vdsm.libvirt_call, vdsm.check, vdsm.repair])
def test_requests(function: Any, benchmark: BenchmarkFixture) -> None:
    """The cost of check and repair, compared with the call that Vdsm makes of the request."""
    benchmark(function, FAULTY, zc.Host(qemu_zerocopy=False), level="4.8")


# A guest that converges, one that does not, and one at the edge, which takes the most rounds.
WORKLOADS = {"converging": 100.0, "aborted": 400.0, "at the edge": 250.0}


@pytest.mark.benchmark(group="resolve and simulate")
@pytest.mark.parametrize("workload", [None, *WORKLOADS])
def test_simulate(workload: Any, benchmark: BenchmarkFixture) -> None:
    """The cost of a forecast, compared with its decision."""
    vm = zc.VM(memory_mib=8192, vcpus=4)
    scenario = zc.Scenario(cluster=zc.Cluster(bandwidth=4000), vm=vm)

    def decision() -> object:
        return scenario.resolve().parameters

    def forecast() -> object:
        rate = WORKLOADS[workload]
        made = zc.Workload(dirty_mib_s=rate, working_set_mib=2048)
        return zc.simulate(scenario.resolve(), made)

    benchmark(decision if workload is None else forecast)


@pytest.mark.benchmark(group="a running migration")
@pytest.mark.parametrize("function", ["a run", "fit", "simulate"])
def test_running(function: str, benchmark: BenchmarkFixture) -> None:
    """The cost of one run of the model, a fit of a migration, and a forecast of its rest."""
    samples = [
        zc.Sample(at_ms=at, iteration=iteration, remaining_bytes=rest << 20, sent_bytes=sent << 20)
        for at, iteration, rest, sent in RUNNING
    ]
    seen = zc.Migration(samples=samples)
    vm = zc.VM(memory_mib=8192, vcpus=4)
    resolution = zc.Scenario(cluster=zc.Cluster(bandwidth=2000), vm=vm).resolve()
    fit = zc.fit(seen, 8192)
    calls: Any = {
        "a run": lambda: Run(model_of(resolution, fit.workload)).run(),
        "fit": lambda: zc.fit(seen, 8192),
        "simulate": lambda: zc.simulate(resolution, fit, since=seen),
    }
    benchmark(calls[function])


# A migration at 125 MiB/s: ms, iteration, MiB to send, MiB sent.
RUNNING = [
    *((1000, 1, 8067, 125), (65000, 1, 67, 8141), (66000, 2, 1800, 8266)),
    *((79000, 2, 180, 9892), (80000, 3, 760, 10017), (85000, 3, 135, 10642)),
]


def drained(number: int, seed: int = 0) -> Sequence[zc.Move]:
    """Moves: all of one kind, or with a seed all different."""
    draw = random.Random(seed)
    one = zc.Scenario(vm=zc.VM(memory_mib=8192)).resolve()
    load = zc.Workload(dirty_mib_s=20, working_set_mib=500, link_mbps=1000)
    if not seed:
        return [zc.Move(name=f"{i}", resolution=one, workload=load) for i in range(number)]
    return [
        zc.Move(
            name=f"{i}",
            resolution=zc.Scenario(vm=zc.VM(memory_mib=draw.randrange(1024, 65536))).resolve(),
            workload=zc.Workload(
                dirty_mib_s=draw.uniform(0, 300),
                working_set_mib=draw.randrange(1, 1000),
                zero_share=draw.random(),
                link_mbps=1000,
            ),
        )
        for i in range(number)
    ]


# The limits are 5 s and 60 s.
@pytest.mark.benchmark(group="drain 1,000 moves")
@pytest.mark.parametrize("moves", [drained(1000), drained(1000, 1)], ids=["alike", "different"])
def test_drain(moves: Sequence[zc.Move], benchmark: BenchmarkFixture) -> None:
    plan = benchmark.pedantic(zc.drain, (moves,), rounds=1)  # type: ignore[no-untyped-call]
    assert len(plan.legs) == len(moves)
