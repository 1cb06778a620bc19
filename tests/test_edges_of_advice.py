"""What advice and diagnoses say where little is known, or nothing is left to say."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import zcpolicy as zc
from zcpolicy import formats
from zcpolicy._advice import causes, search, shortfall, space
from zcpolicy._forecast.text import between
from zcpolicy.formats._literals import scan

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def test_a_pause_that_would_have_done() -> None:
    """What would fit the limit, but did not get there, is told otherwise than what cannot fit."""
    it: Any = SimpleNamespace(plateau_ms=lambda throttle: 100, throttle=0, limit_ms=300)
    assert causes._pause(it) == "what remained did not shrink enough to fit the limit of 300 ms"


@pytest.mark.parametrize(
    ("needed", "words"), [(0, "reached zero in time"), (90, "90 ms would have been enough")]
)
def test_a_pause_of_nothing_is_none(needed: int, words: str) -> None:
    """What shrinks to nothing needs no pause, so none is named."""
    it: Any = SimpleNamespace(plateau_ms=lambda throttle: needed, throttle=60, limit_ms=300)
    assert words in causes._shrinks_text(it)


def test_nothing_seen_of_what_was_dirtied() -> None:
    """Without a look there is nothing to say of what was dirtied."""
    assert causes._dirtied(SimpleNamespace(seen=None)) == ""  # type: ignore[arg-type]


def test_what_nearly_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """That nearly all of the load would work is not worth saying."""
    given = (EXAMPLES / "database.json").read_bytes()
    scenario, load, _ = formats.simulation(formats.read(given))
    goal = zc.Goal(total_s=600, downtime_ms=1000)
    assert "if the guest wrote only about" in str(zc.advise(scenario, load, goal).limit)
    monkeypatch.setattr(shortfall, "_halved", lambda *_: 1.0)
    assert "if the guest wrote only about" not in str(zc.advise(scenario, load, goal).limit)


def test_legacy_is_diagnosed_by_the_schedule_that_vdsm_computes() -> None:
    """A resolution without a schedule is judged by Vdsm's own."""
    samples = [
        zc.Sample(
            at_ms=at,
            iteration=1 + at // 20000,
            remaining_bytes=1 << 30,
            sent_bytes=at << 16,
            total_bytes=16 << 30,
            status="active",
        )
        for at in range(0, 100001, 10000)
    ]
    decided = zc.resolve(policy="legacy", vm=zc.VM(memory_mib=16384))
    assert zc.diagnose(zc.Migration(samples=samples), decided).message


@pytest.mark.parametrize(
    ("vm", "link"), [(zc.VM(memory_mib=16384, vcpus=2), 100_000), (zc.VM(memory_mib=16384), None)]
)
def test_no_more_connections_and_no_known_link(vm: zc.VM, link: Any) -> None:
    """Where the vCPUs allow no more connections, or no link is known, none are proposed."""
    host = zc.Host(migration_mbps=link)
    scenario = zc.Scenario(
        cluster=zc.Cluster(parallel="auto_parallel"), host=host, destination=host, vm=vm
    )
    load = zc.Workload(dirty_mib_s=2500, working_set_mib=8192)
    for option in zc.advise(scenario, load, zc.Goal(total_s=1)).options:
        assert "vm.parallel" not in [
            change.path for change in option.changes if isinstance(change.after, int)
        ]


def test_no_more_forecasts_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where forecasts run out, the options are those that have one."""
    given = (EXAMPLES / "database.json").read_bytes()
    scenario, load, _ = formats.simulation(formats.read(given))
    goal = zc.Goal(total_s=600, downtime_ms=1000)
    monkeypatch.setattr(search, "FORECASTS_MAX", 2)
    monkeypatch.setattr(search, "_PASSES", ((False, 1), (True, 2)))
    found = zc.advise(scenario, load, goal).options
    assert 1 <= len(found) <= 2
    for option in found:
        assert zc.simulate(option.scenario.resolve(), load) == option.forecast


def test_why_legacy() -> None:
    """Legacy has no schedule of its own to speak of."""
    assert "pauses" not in space.policy_reason(zc.policies.LEGACY, at_cluster=True)


def test_texts() -> None:
    """An open range, and advice without options."""
    assert between((3, None), str) == "3 or more"
    assert str(zc.Advice(met=False, options=(), limit="It is too large.")).startswith("The goal")


def test_writers_and_rates_of_documents() -> None:
    """A workload's writers, and rates over several periods, are read as they stand."""
    writers = [{"mibS": 5, "setMiB": 100}]
    read = formats.read('{"workload": {"writers": [{"mibS": 5, "setMiB": 100}]}}')
    load = formats.simulation(read)[1]
    assert isinstance(load, zc.Workload)
    assert [writer.mib_s for writer in load.writers] == [entry["mibS"] for entry in writers]
    rates = '[{"periodS": 1, "mibS": 921}, {"periodS": 60, "mibS": 210}]'
    document = '{"scenario": {"vm": {"memoryMiB": 65536}}, "workload": {"dirtyRates": %s}}'
    measured = formats.simulation(formats.read(document % rates))[1]
    assert measured == zc.Workload.measured(((1, 921), (60, 210)), memory_mib=65536)


def test_parentheses_of_python() -> None:
    """A tuple of Python's may have a comma at its end or none."""
    for printed in ("{'a': (1, 2)}", "{'a': (1, 2,)}"):
        assert json.loads(scan(printed, 0).json or "") == {"a": [1, 2]}


def test_the_bandwidth_is_the_link_s_already() -> None:
    """A cluster that already gives what the link carries has nothing to set."""
    scenario = zc.Scenario(cluster=zc.Cluster(bandwidth=10000), vm=zc.VM(memory_mib=16384))
    load = zc.Workload(dirty_mib_s=2500, working_set_mib=8192, link_mbps=10000)
    for option in zc.advise(scenario, load, zc.Goal(total_s=1)).options:
        assert "cluster.bandwidth" not in [change.path for change in option.changes]
