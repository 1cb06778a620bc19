"""The recorded answers of the deployed systems, each of them, and where we differ on purpose.

``recorded/`` holds what Engine, Vdsm's flags (of Engine's requests and of odd ones) and Vdsm's
monitor answered.  Every difference has a name, and what it changes is said here; whatever else
differs is a fault.
"""

import json
import re
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest

import model
import zcpolicy as zc
from portions import each
from zcpolicy.adapters.vdsm import check, libvirt_call, repair

Line = Dict[str, Any]
Request = Dict[str, Any]

HERE = Path(__file__).parent


def recorded(name: str) -> List[Line]:
    lines = (HERE / "recorded" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


LINES = {name: recorded(name) for name in ("engine", "vdsm_flags", "vdsm_schedule")}


def ask(name: str, line: Line) -> Any:
    """What the library answers to a line of that file."""
    if name == "engine":
        return zc.Scenario.from_json(line["scenario"]).resolve().to_json()["vmMigrate"]
    if name == "vdsm_flags":
        host = zc.Host(libvirt_zerocopy=line["libvirtHasZerocopy"])
        call = libvirt_call(line["request"], host, level=line["level"])
        return {"flags": int(call.flags), "params": dict(call.params)}
    if "legacy" in line:
        return zc.legacy_schedule(**line["legacy"]).to_json()
    replay = zc.ConvergenceSchedule.from_json(line["schedule"]).replay(
        line["iterations"], postcopy_fails=line.get("postcopyFails", False)
    )
    actions = [[poll, action.name, list(action.params)] for poll, action in replay.actions]
    return {"actions": actions, "errorPoll": replay.died_at}


# What is refused instead of answered, by name: the file, the line (the first is 0), and the path.
_START = "config.initialItems[0].action"
REFUSALS: Dict[str, List[Tuple[str, int, str]]] = {
    "A policy that starts with post-copy or abort is refused": [
        ("engine", 120, f"cluster.policy.{_START}"),
        ("engine", 156, f"vm.policy.{_START}"),
        ("engine", 191, f"cluster.policy.{_START}"),
        ("engine", 211, f"cluster.policy.{_START}"),
        ("engine", 252, f"cluster.policy.{_START}"),
    ],
    "What Vdsm or its monitor crashes on is refused": [
        ("vdsm_flags", 417, "convergenceSchedule"),
        ("vdsm_schedule", 0, "init[0].params[0]"),
        ("vdsm_schedule", 9, "stalling[0].limit"),
        ("vdsm_schedule", 13, "stalling[0].action"),
        ("vdsm_schedule", 47, "init[0].params[0]"),
        ("vdsm_schedule", 94, "stalling[0].limit"),
    ],
    "A computed schedule of one step is refused": [
        ("vdsm_schedule", index, "steps") for index in (110, 114, 116, 117, 122, 139, 141, 142)
    ],
    "A schedule computed from a downtime of 0 is refused": [
        ("vdsm_schedule", index, "downtime") for index in (129, 132)
    ],
}


def answered(name: str) -> List[int]:
    """The lines of that file that are not refused."""
    refused = {index for rows in REFUSALS.values() for file, index, _ in rows if file == name}
    return [index for index in range(len(LINES[name])) if index not in refused]


def faults(name: str, line: Line) -> List[str]:
    """The paths of what is wrong with a line; none if it is answered."""
    try:
        ask(name, line)
    except zc.ZcpolicyError as error:
        return [fault.path for fault in error.all]
    return []


@pytest.mark.parametrize("name", LINES)
def test_the_listed_lines_are_refused_and_no_others(name: str) -> None:
    """Each refusal is an error that names the one place that is wrong."""
    found = [faults(name, line) for line in LINES[name]]
    expected = {
        index: [path] for rows in REFUSALS.values() for file, index, path in rows if file == name
    }
    assert {index: paths for index, paths in enumerate(found) if paths} == expected


def test_the_documentation_lists_the_differences() -> None:
    """``docs/decisions.md`` explains each difference under the name that it has here."""
    text = (HERE.parent / "docs" / "decisions.md").read_text(encoding="utf-8")
    _, section = text.split("\n## Differences from the recorded answers\n")
    bullets = re.findall(r"^[*-] \*\*(.+?)[.:]?\*\*", section.split("\n## ")[0], re.MULTILINE)
    assert sorted(bullets) == sorted([*DIFFERENCES, *REFUSALS])


# -- Engine ----------------------------------------------------------------------------------------


def policy_of(scenario: Line) -> Any:
    """The entry of the effective policy, None for Legacy."""
    cluster, vm = scenario.get("cluster") or {}, scenario.get("vm") or {}
    chosen = model.first(vm.get("policy"), cluster.get("policy"), model.MINIMAL_DOWNTIME_ID)
    level = model.first(cluster.get("level"), model.NEWEST_LEVEL)
    return model.find_policy(chosen, model.policy_list(scenario, level))[0]


def engine_defaults(scenario: Line) -> Any:
    return (scenario.get("engine") or {}).get("defaults")


def encrypted_below_4_4(scenario: Line, answer: Request) -> Request:
    """Engine crashes where encryption is unset and parallel migrations are switched on."""
    return model.decide(scenario)["vmMigrate"] if "error" in answer else answer


def tunnel_with_encryption(scenario: Line, answer: Request) -> Request:
    """The two never work together (libvirt 11.3 dies of them), and encryption wins."""
    return {**answer, "tunneled": "false"} if answer.get("encrypted") is True else answer


def tunnel_with_zerocopy(scenario: Line, answer: Request) -> Request:
    """Zero-copy needs connections, which cannot go through a tunnel."""
    return less(answer, "zerocopy") if answer["tunneled"] == "true" else answer


def tunnel_with_connections(scenario: Line, answer: Request) -> Request:
    """Both are refused together by libvirt; what connections displaced comes back."""
    if answer["tunneled"] != "true" or "parallel" not in answer:
        return answer
    policy = policy_of(scenario)
    if policy is None:
        layers = (scenario.get("vm"), scenario.get("cluster"), engine_defaults(scenario))
        compressed, limit = model.first(*((layer or {}).get("compressed") for layer in layers)), 2
    else:
        compressed, limit = policy.get("migrationCompression"), policy["maxMigrations"]
    return {
        **less(answer, "parallel"),
        "compressed": "true" if compressed else "false",
        "incomingLimit": limit,
        "outgoingLimit": limit,
    }


def tunnel_with_postcopy(scenario: Line, answer: Request) -> Request:
    """Both are refused together by libvirt."""
    schedule = answer.get("convergenceSchedule")
    if answer["tunneled"] != "true" or not schedule:
        return answer
    kept = [entry for entry in schedule["stalling"] if entry["action"]["name"] != "postcopy"]
    return {**answer, "convergenceSchedule": {**schedule, "stalling": kept}}


def empty_schedule_of_legacy(scenario: Line, answer: Request) -> Request:
    """Engine sends it by mistake, and Vdsm's monitor dies of it."""
    empty = answer.get("convergenceSchedule") == {"init": [], "stalling": []}
    legacy = policy_of(scenario) is None
    return less(answer, "convergenceSchedule") if legacy and empty else answer


def bandwidth_of_0(scenario: Line, answer: Request) -> Request:
    """Vdsm takes it for no limit given."""
    return less(answer, "maxBandwidth") if answer.get("maxBandwidth") == 0 else answer


def less(answer: Request, key: str) -> Request:
    return {name: value for name, value in answer.items() if name != key}


# What we answer in place of Engine's answer, one after the other.
DIFFERENCES: Dict[str, Callable[[Line, Request], Request]] = {
    "Engine's own crash": encrypted_below_4_4,
    "Encryption replaces the tunnel": tunnel_with_encryption,
    "A tunnel disables zero-copy": tunnel_with_zerocopy,
    "A tunnel disables connections": tunnel_with_connections,
    "A tunnel disables post-copy": tunnel_with_postcopy,
    "Legacy's empty schedule is not sent": empty_schedule_of_legacy,
    "A bandwidth of 0 is not sent": bandwidth_of_0,
}


def rewritten(line: Line) -> Tuple[Request, List[str]]:
    """The answer that we want, and the names of the differences that made it."""
    answer, names = line["fixed"], []
    for name, change in DIFFERENCES.items():
        changed = change(line["scenario"], answer)
        if changed != answer:
            answer = changed
            names.append(name)
    return answer, names


class TestEngine:
    @each(answered("engine"))
    def test_the_request_is_engine_s_but_for_the_named_differences(self, index: int) -> None:
        """It is what Engine sends with pull request 1186; nothing differs without a name."""
        line = LINES["engine"][index]
        assert ask("engine", line) == rewritten(line)[0]

    @pytest.mark.parametrize("name", DIFFERENCES)
    def test_the_named_difference_occurs(self, name: str) -> None:
        """A name that no recorded answer needs any more is taken out."""
        assert any(name in rewritten(LINES["engine"][i])[1] for i in answered("engine"))

    def test_the_pull_request_takes_compression_from_connections(self) -> None:
        """That, and nothing else, is what Engine without it does in another way."""
        differing = [line for line in LINES["engine"] if line["deployed"] != line["fixed"]]
        assert len(differing) == 30
        for line in differing:
            assert line["deployed"] == {**line["fixed"], "compressed": "true"}
            assert line["fixed"]["parallel"] >= 2


# Values of types that Engine never sends, above all: what Vdsm makes of them, or "crash".
ODD = recorded("vdsm_requests_odd")


class TestVdsm:
    @each(range(len(ODD)))
    def test_odd_requests_are_read_as_vdsm_reads_them(self, index: int) -> None:
        """Flags and parameters are Vdsm's, to the type; where it crashes there is an error."""
        line = ODD[index]
        try:
            answer = ask("vdsm_flags", line)
        except zc.ZcpolicyError:
            answer = {"crash"}
        expected = {"crash"} if "crash" in line else {key: line[key] for key in ("flags", "params")}
        assert repr(answer) == repr(expected)

    @each(range(len(ODD)))
    def test_odd_requests_are_checked_and_mended(self, index: int) -> None:
        """A check names a crash where Vdsm crashes, and a repair leaves nothing that is bad."""
        line = ODD[index]
        host = zc.Host(libvirt_zerocopy=line["libvirtHasZerocopy"])
        found = [violation.code for violation in check(line["request"], host, level=line["level"])]
        assert ("vdsm-crash" in found) is ("crash" in line)
        mended = repair(line["request"], host, level=line["level"]).request
        left = check(mended, host, level=line["level"])
        assert {violation.severity for violation in left} <= {"misleading"}

    @each(answered("vdsm_flags"))
    def test_flags_and_parameters_are_vdsm_s(self, index: int) -> None:
        """So they are for requests that Engine never sends, too."""
        line = LINES["vdsm_flags"][index]
        assert ask("vdsm_flags", line) == {"flags": line["flags"], "params": line["params"]}

    @each(answered("vdsm_flags"))
    def test_the_schedule_is_the_request_s_or_computed(self, index: int) -> None:
        """Without one in the request, Vdsm computes it from the downtime, 500 ms by default."""
        line = LINES["vdsm_flags"][index]
        request = line["request"]
        if "convergenceSchedule" in request:
            assert line["schedule"] == request["convergenceSchedule"]
        else:
            computed = zc.legacy_schedule(int(request.get("downtime", 500)))
            assert line["schedule"] == computed.to_json()

    @each(answered("vdsm_schedule"))
    def test_the_monitor_runs_the_schedule_in_the_same_way(self, index: int) -> None:
        """A replay gives the actions, their polls, and the poll at which the monitor dies."""
        line = LINES["vdsm_schedule"][index]
        if "legacy" in line:
            expected = line["schedule"]
        else:
            expected = {"actions": line["actions"], "errorPoll": line.get("errorPoll")}
        assert ask("vdsm_schedule", line) == expected
