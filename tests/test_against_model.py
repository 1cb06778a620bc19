"""The decision against two others, and against what libvirt and QEMU refuse.

`model` is a naive transcription that shares no code with the library and reads the same
documents; the benchmark's `baseline` decides the same objects in one straight-line function.
"""

import runpy
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple, cast

from hypothesis import example, given

import constraints
import model
import zcpolicy as zc
from zcpolicy.testing import scenario_documents, scenarios
from zcpolicy.testing._documents import Document

Decide = Callable[[zc.Scenario], Tuple[Dict[str, Any], Tuple[str, ...]]]


# It is a file of no package.
BASELINE = Path(__file__).parent.parent / "benchmarks" / "baseline.py"
baseline_decide = cast(Decide, runpy.run_path(str(BASELINE))["decide"])

# The model reads no `getCaps` answers, so that they are spelled out for it, by hand here.


def spelled_out(document: Document) -> Document:
    hosts = ("source", "destination")
    return {key: _host(part) if key in hosts else part for key, part in document.items()}


def _host(host: Any) -> Any:
    caps = (host or {}).get("vdsmCapabilities")
    if caps is None:
        return host
    caps = caps.get("info") or caps.get("result") or caps
    reported = caps.get("zerocopy_migrations")
    known: Dict[str, Any] = dict.fromkeys(("vdsm", "libvirt", "qemu"), reported is True)
    versions = {}
    for name, package in (caps.get("packages2") or {}).items():
        key = name.split("-")[0]
        if key in known and package is not None:
            behaves = _behaves(name, **package)
            known[key] = behaves >= {"vdsm": [4, 50, 3, 1], "libvirt": [8, 5], "qemu": [7, 1]}[key]
            versions[key] = ".".join(map(str, behaves))
    if reported is not None:
        known.update(vdsm=True, libvirt=reported)
    told = {key: value for key, value in host.items() if key != "vdsmCapabilities"}
    if told.get("migrationMbps") is None:
        told["migrationMbps"] = _speed(caps)
    own = {key: text for key, text in (host.get("versions") or {}).items() if text is not None}
    return {**told, "zerocopy": known, "versions": {**versions, **own}}


def _behaves(name: str, version: str, release: str) -> List[int]:
    """The version, or the later one as which a build for RHEL behaves."""
    ours = _numbers(version.split(":")[-1].split("-")[0].split("+")[0])
    before, is_el8, _ = release.partition("el8")
    build = _numbers("".join(c for c in before if c in "0123456789.").strip(".") or "0")
    if name == "libvirt" and ours == [8, 0, 0] and is_el8:
        return [8, 5] if [5, 4] <= build < [6] or build >= [9] else ours
    if name == "qemu-kvm" and ours == [6, 2, 0] and is_el8:
        if build >= [36]:
            return [8, 1]
        zstream = build == [11] and release.endswith((".4", ".5"))
        return [7, 1] if build >= [17] or zstream else ours
    if name == "qemu-kvm" and release in ("8.el9", "8.el10"):
        return [7, 1] if ours == [7, 0, 0] else [10, 1]
    return ours


def _speed(caps: Document) -> Any:
    """The speed of the one link that is up, of those that networks use or, without, of all."""
    links = {**(caps.get("nics") or {}), **(caps.get("bondings") or {})}
    slaves = [name for link in links.values() for name in link.get("slaves", [])]
    used = [net["southbound"].split(".")[0] for net in (caps.get("networks") or {}).values()]
    speeds = [
        link["speed"]
        for name, link in links.items()
        if (name in used if used else name not in slaves)
        if link["speed"] and link.get("operstate") != "down"
    ]
    return speeds[0] if len(speeds) == 1 else None


def _numbers(text: str) -> List[int]:
    return [int(part) for part in text.split(".")]


def told(answer: Document) -> List[Tuple[str, str, str]]:
    """The notices of an answer, in any order: which, how severe, of what."""
    return sorted((row["code"], row["severity"], row["field"]) for row in answer["notices"])


UNLISTED = "6d0c1a2e-0000-4000-8000-000000000001"
NAMED_LIKE_AN_ID = {
    **zc.policies.VERY_LARGE_VMS.to_json(),
    "id": "6d0c1a2e-0000-4000-8000-00000000000f",
    "name": UNLISTED,
}
LEAST = {
    "id": UNLISTED,
    "maxMigrations": 2,
    "config": {"convergenceItems": [{"convergenceItem": {"action": "abort"}}]},
}


class TestTheModelDecidesTheSame:
    @given(scenario_documents())
    @example({"vm": {"policy": LEAST}})
    @example({"cluster": {"policy": UNLISTED}, "engine": {"policies": [NAMED_LIKE_AN_ID]}})
    def test_of_every_document(self, document: Document) -> None:
        """Parameters, blockers, notices, and what Engine and Vdsm make of them, agree."""
        answer = zc.Scenario.from_json(document).resolve().to_json()
        expected = model.decide(spelled_out(document))
        for part in ("parameters", "blockers", "vmMigrate", "libvirt"):
            assert answer[part] == expected[part]
        assert told(answer) == sorted(expected["notices"])


class TestNothingIsAskedThatLibvirtOrQemuRefuse:
    @given(scenario_documents())
    def test_the_call_of_libvirt_violates_no_constraint(self, document: Document) -> None:
        """Neither the old nor the new libvirt and QEMU refuse the call, or lose the VM by it."""
        scenario = zc.Scenario.from_json(document)
        call = scenario.resolve().to_json()["libvirt"]
        found = constraints.violations(
            call["flags"],
            call["params"],
            paused=scenario.vm.paused,
            memory_mib=scenario.vm.memory_mib,
            hard_limit_mib=scenario.vm.memory_hard_limit_mib,
        )
        assert found == []

    @given(scenario_documents())
    def test_a_schedule_is_harmful_only_where_the_policy_s_own_runs_out(
        self, document: Document
    ) -> None:
        """And then a notice says so, unless Vdsm's monitor is off, so that none runs."""
        answer = zc.Scenario.from_json(document).resolve().to_json()
        found = constraints.schedule_violations(answer["parameters"]["schedule"])
        codes = [notice["code"] for notice in answer["notices"]]
        if "schedule-unwatched" in codes:
            assert "schedule-runs-out" not in codes
        else:
            assert found == ["schedule that runs out"] * codes.count("schedule-runs-out")


def with_names(policy: str, *names: str) -> zc.Scenario:
    """A scenario with a list of policies of these names, that differ in their limits."""
    listed = [
        zc.MigrationPolicy(
            id=f"6d0c1a2e-0000-4000-8000-{index:012}", name=name, max_migrations=index
        )
        for index, name in enumerate(names, 1)
    ]
    return zc.Scenario(policy=policy, engine=zc.EngineConfig(policies=tuple(listed)))


class TestTheBaselineDecidesTheSame:
    @given(scenarios())
    @example(with_names("twice", "twice", "twice"))
    @example(with_names(UNLISTED, "one", UNLISTED))
    @example(with_names("legacy", "legacy"))
    def test_of_every_scenario(self, scenario: zc.Scenario) -> None:
        """Parameters and blockers agree with those of the straight-line function."""
        resolution = scenario.resolve()
        parameters, blockers = baseline_decide(scenario)
        assert resolution.parameters == zc.Parameters(**parameters)
        assert resolution.blockers == blockers

    @given(scenario_documents())
    def test_of_every_document(self, document: Document) -> None:
        """What a document says, the objects that are read from it say, too."""
        scenario = zc.Scenario.from_json(document)
        resolution = scenario.resolve()
        parameters, blockers = baseline_decide(scenario)
        assert resolution.parameters == zc.Parameters(**parameters)
        assert resolution.blockers == blockers
