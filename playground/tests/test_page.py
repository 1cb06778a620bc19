"""What the page asks of the library, under this Python: the same as what the command prints."""

import io
import json
import shlex
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

import zcpolicy as zc
from drawn import curve, effective, option_json
from page import Page
from remedies import FIXES
from zcpolicy.__main__ import main
from zcpolicy._advice.space import KEEP
from zcpolicy._command.settings import SETTINGS
from zcpolicy._publish.vectors import vectors

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs" / "examples"
README = ("cluster.xml", "db01.xml", "getcaps.json")
WORKLOAD = {"workload.dirtyMiBs": "2GiB/s", "workload.workingSetMiB": "200GiB"}
Json = Dict[str, Any]


class Asked:
    """A page in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.page = Page(folder)
        self.state: Json = {"settings": {}}

    def texts(self, *named: Tuple[str, str], vm: str = "") -> List[Json]:
        given = [{"name": name, "text": text} for name, text in named]
        found: List[Json] = self._ask({"what": "texts", "texts": given, "vm": vm})["texts"]
        return found

    def files(self, *names: str) -> List[Json]:
        return self.texts(*[(name, (DOCS / name).read_text("utf-8")) for name in names])

    def __call__(self, what: str, **state: Any) -> Json:
        return self._ask({"what": what, "state": {**self.state, **state}})

    def _ask(self, question: Json) -> Json:
        found: Json = json.loads(self.page.ask(json.dumps(question)))
        return found


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.chdir(tmp_path)
    return Asked(tmp_path)


def printed(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command line prints."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    words = shlex.split(command)
    piped = words[:1] == ["echo"]
    given = io.TextIOWrapper(io.BytesIO(words[1].encode())) if piped else None
    monkeypatch.setattr(sys, "stdin", given)
    main(words[4:] if piped else words[1:])
    out.seek(0)
    return out.read()


def the_same(answer: Json, monkeypatch: pytest.MonkeyPatch) -> bool:
    text: str = answer["text"]
    return printed(answer["command"], monkeypatch) == text + "\n"


@pytest.mark.parametrize("files", [README, ("database.json",), ("failed.log",)])
def test_every_answer_is_what_its_command_prints(
    asked: Asked, files: Tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer has the text of the command line that it names."""
    asked.files(*files)
    said = WORKLOAD if files == README else {}
    settings = {**said, "migrationMbps": "25Gbps"} if files == ("failed.log",) else said
    goal = {"finish": "30min", "downtime": "1s", "throttle": "50%", "postcopy": True}
    for what in ("decision", "forecast", "rank", "advice"):
        answer = asked(what, settings=settings, goal=goal, keep=["policy", "auto_converge"])
        assert the_same(answer, monkeypatch), what


def test_a_log_is_diagnosed(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log is told what happened, with and without what else is known of the VM."""
    (read,) = asked.files("failed.log")
    assert read["migration"]
    for settings in ({}, {"migrationMbps": "1Gbps", "vm.memoryMiB": "32GiB"}):
        answer = asked("diagnosis", settings=settings)
        assert answer["answer"]["outcome"] == "aborted"
        assert the_same(answer, monkeypatch)


def test_a_plan_is_what_drain_prints(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document with moves is planned, and drawn from the start of the first to the last's end."""
    text = (HERE.parent / "examples" / "drain-20.json").read_text("utf-8")
    (read,) = asked.texts(("drain.json", text))
    assert read["plan"]
    answer = asked("plan")
    assert the_same(answer, monkeypatch)
    assert len(answer["drawn"]["legs"]) == 20
    assert [stay["name"] for stay in answer["drawn"]["stays"]] == ["db-1", "db-2"]


@pytest.mark.parametrize("whose", ["cluster", "vm"])
def test_a_policy_of_the_form_counts(
    asked: Asked, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy of the form replaces that of the texts, the cluster's or the VM's own."""
    asked.texts(("vm.json", json.dumps({"vm": {"policy": "Legacy", "vcpus": 4}})))
    draft = asked("decision", settings={"vm.policy": "Very large VMs"})["draft"]
    own = {"policy": draft, "policyOf": whose}
    settings = {f"{whose}.policy": "Legacy"}
    if whose == "cluster":
        settings["vm.policy"] = "default"
    answer = asked("decision", settings=settings, **own)
    assert answer["effective"][f"{whose}.policy"] == draft["name"] == "Very large VMs (custom)"
    assert answer["draft"] == draft
    if whose == "cluster":
        assert the_same(answer, monkeypatch)


def test_the_only_field_of_a_vm_is_its_policy(asked: Asked) -> None:
    """Where the form has the VM's policy, a text that says only that says nothing more."""
    asked.texts(("vm.json", json.dumps({"vm": {"policy": "Legacy"}})))
    draft = asked("decision", settings={"vm.policy": "Very large VMs"})["draft"]
    assert asked("decision", policy=draft, policyOf="vm")["answer"]["parameters"]["zerocopy"]


def test_legacy_has_no_draft(asked: Asked) -> None:
    """Legacy has no JSON, so there is nothing to edit, to judge or to export."""
    answer = asked("decision", settings={"cluster.policy": "Legacy"})
    assert answer["draft"] is answer["export"] is None
    assert answer["lint"] == []


def test_the_export_has_the_policy_and_what_ships(asked: Asked) -> None:
    """The engine-config command has the level's list, with the policy at its end."""
    draft = asked("decision")["draft"]
    found = asked("decision", policy=draft)["export"]
    assert found.startswith("engine-config -s MigrationPolicies=")
    assert draft["id"]["uuid"] in found
    assert "Post-copy migration" in found


def test_every_remedy_lifts_its_notice(asked: Asked) -> None:
    """Each remedy that the table has is offered where a vector shows the notice, and lifts it."""
    lifting = set()
    for vector in vectors():
        asked.texts(("scenario.json", json.dumps(vector.scenario)))
        answer = asked("decision")
        for notice, fixes in zip(answer["answer"]["notices"], answer["fixes"]):
            for fix in fixes:
                after = asked("decision", settings=fix["settings"])["answer"]
                assert notice["code"] not in [each["code"] for each in after["notices"]]
                lifting.add((notice["code"], fix["label"]))
    assert lifting == {(code, label) for code, fixes in FIXES.items() for label, _ in fixes}


def test_a_remedy_that_does_not_help_is_not_offered(asked: Asked) -> None:
    """A remedy is left out where the notice stays, or where it contradicts what else is said."""
    never = {"engine.parallelSupported.4.8": "no"}
    asking = {"cluster.policy": "Very large VMs", "vm.level": "4.6", "cluster.level": "4.7"}
    answer = asked("decision", settings={**asking, **never})
    codes = [notice["code"] for notice in answer["answer"]["notices"]]
    labels = [[fix["label"] for fix in fixes] for fixes in answer["fixes"]]
    assert dict(zip(codes, labels))["level"] == ["Use the cluster's level"]


def test_a_policy_that_is_not_listed_is_not_offered(asked: Asked) -> None:
    """Where a site's list lacks the policy of the remedy, there is no such button."""
    mine = zc.policies.VERY_LARGE_VMS.but(name="Mine").to_json()
    unknown = "11111111-2222-3333-4444-555555555555"
    document = {"engine": {"policies": [mine]}, "cluster": {"policy": unknown}}
    asked.texts(("scenario.json", json.dumps(document)))
    answer = asked("decision")
    codes = [notice["code"] for notice in answer["answer"]["notices"]]
    assert dict(zip(codes, answer["fixes"]))["policy-unknown"] == []


def test_what_an_option_unsets_is_typed_as_default() -> None:
    """A setting that an option takes back is one of the form that says so."""
    scenario = zc.Scenario(vm=zc.VM())
    forecast = zc.simulate(scenario.resolve(), zc.Workload(dirty_mib_s=1, working_set_mib=100))
    change = zc.Change(path="vm.downtime", before=500, after=None, reason="it is not used")
    option = zc.Option(changes=(change,), scenario=scenario, forecast=forecast)
    assert option_json(option)["apply"]["settings"]["vm.downtime"] == "default"


def test_an_option_can_be_taken_over(asked: Asked) -> None:
    """What advice proposes gives its forecast when the form takes it over."""
    asked.files("database.json")
    goal = {"finish": "20min", "throttle": "50%", "postcopy": True}
    for answer in (asked("advice", goal=goal), asked("rank")):
        assert answer["options"]
        for option in answer["options"]:
            forecast = asked("forecast", **option["apply"])
            assert forecast["said"] == option["said"]


def test_faults_name_the_field_or_the_file(asked: Asked) -> None:
    """What is wrong is an answer that says where and why."""
    error = asked("decision", settings={"vm.vcpus": "many"})["error"]
    assert error == {"what": "the form", "problem": "vm.vcpus: 'many' is not an integer"}
    assert (
        asked("advice", goal={"finish": "soon"}, settings=WORKLOAD)["error"]["what"]
        == "goal.finish"
    )
    assert "enter the write rate" in asked("forecast")["error"]["problem"]
    assert asked("diagnosis")["error"]["what"] == "diagnose"
    assert asked("plan")["error"]["what"] == "drain"
    keep = asked("advice", keep=["hope"], settings=WORKLOAD)["error"]
    assert keep["what"] == "the page"
    (read,) = asked.texts(("notes", "nothing that anybody knows"))
    assert read["what"] == "not read"
    assert asked("decision")["error"]["what"] == "notes"


def test_texts_keep_apart_whatever_they_are_called(asked: Asked) -> None:
    """Names of texts cannot leave the folder, or replace one another or the form's files."""
    text = json.dumps({"vm": {"vcpus": 4}})
    names = ["../../a b", "..", "policy.json", "x", "x"]
    read = asked.texts(*[(name, text) for name in names])
    assert [each["file"] for each in read] == ["a-b", "text", "2-policy.json", "x", "2-x"]
    asked.texts(("y", text))
    assert [each.name for each in Path.cwd().iterdir()] == ["y"]


def test_a_text_of_several_vms_is_asked_for_one(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a log of several VMs the one that is named is read, as with ``--vm`` of the command."""
    text = (DOCS / "failed.log").read_text("utf-8")
    first, second = "7d0c1a2e", "7d0c1a2f"
    asked_for = f"{second}-0000-4000-8000-000000000001"
    both = text + text.replace(first, second)
    (read,) = asked.texts(("two.log", both))
    assert read["ofSeveral"]
    assert "about 2 VMs" in read["problem"]
    assert asked.texts(("two.log", both), vm="no such VM")[0]["ofSeveral"]
    (read,) = asked.texts(("two.log", both), vm=f" {asked_for} ")
    assert read["problem"] is None
    answer = asked("diagnosis", vm=asked_for)
    assert f"--vm {asked_for}" in answer["command"]
    assert the_same(answer, monkeypatch)


def test_the_curve_ends_with_the_forecast() -> None:
    """The points go on in time, from all memory to nothing, where the migration completes."""
    host = zc.Host(migration_mbps=10000)
    r = zc.resolve(zc.Cluster(), host, vm=zc.VM(memory_mib=4096), destination=host)
    forecast = zc.simulate(r, zc.Workload(dirty_mib_s=100, working_set_mib=500))
    drawn = curve(forecast)
    assert drawn["at"] == sorted(drawn["at"])
    assert drawn["at"][-1] == drawn["total"] == forecast.total_ms / 1000
    assert (drawn["left"][0], drawn["left"][-1]) == (4, 0)
    assert {*map(len, (drawn["at"], drawn["left"], drawn["low"], drawn["fits"]))} == {
        len(drawn["throttle"])
    }


def test_repeated_rounds_are_a_band() -> None:
    """Rounds that repeat themselves are drawn from what they begin with to what they leave."""
    patient = zc.ConvergenceSchedule.ramp(100, {}, abort_limit=2000)
    policy = zc.policies.MINIMAL_DOWNTIME.but(
        name="Patient", auto_convergence=False, schedule=patient
    )
    r = zc.resolve(zc.Cluster(), zc.Host(), policy, zc.VM(memory_mib=4096))
    drawn = curve(zc.simulate(r, zc.Workload(dirty_mib_s=5000, working_set_mib=4000)))
    assert any(low < left for low, left in zip(drawn["low"], drawn["left"]))


def test_fields_show_what_counts_in_their_units() -> None:
    """An empty field shows what the scenario has, in the largest unit in which it is whole."""
    host = zc.Host(migration_mbps=100_000)
    scenario = zc.Scenario(
        vm=zc.VM(memory_mib=2 << 20),
        host=host,
        destination=host,
        cluster=zc.Cluster(encrypted=True),
    )
    shown = effective(scenario.to_json())
    assert shown["vm.memoryMiB"] == "2TiB"
    assert shown["migrationMbps"] == "100Gbps"
    assert shown["cluster.encrypted"] == "yes"
    assert "migrationMbps" not in effective(
        {"source": {"migrationMbps": 1}, "destination": {"migrationMbps": 2}}
    )
    measured = {"dirtyMiBs": 2048.0, "workingSetMiB": 12.34567, "zeroShare": 0.0}
    assert effective({"workload": measured}) == {
        "workload.dirtyMiBs": "2GiB/s",
        "workload.workingSetMiB": "12.35",
        "workload.zeroShare": "0",
    }
    assert effective({"workload": {"dirtyMiBs": 1.5, "workingSetMiB": 1025}}) == {
        "workload.dirtyMiBs": "1.5",
        "workload.workingSetMiB": "1025MiB",
    }


def test_every_field_of_the_form_is_a_setting() -> None:
    """The paths in fields.ts, and those that remedies fill in, are settings of the command."""
    source = (HERE.parent / "src" / "fields.ts").read_text("utf-8")
    paths = [
        line.split('"')[1]
        for line in source.replace("{ path", "\npath").splitlines()
        if line.strip().startswith('path: "')
    ]
    known = {row.path for row in SETTINGS}
    assert len(paths) > 20
    assert set(paths) <= known
    assert {path for fixes in FIXES.values() for _, fields in fixes for path in fields} <= known


def test_what_the_form_lets_advice_keep_is_what_can_be_kept() -> None:
    """The table in fields.ts has each word of ``--keep``, in order."""
    source = (HERE.parent / "src" / "fields.ts").read_text("utf-8")
    table = source.split("export const KEEP")[1].split("];\n")[0]
    words = [line.split('"')[1] for line in table.splitlines() if line.startswith("  [")]
    assert words == list(KEEP)


def test_vectors_are_what_the_command_prints(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer that other Pythons are compared by is that of the command."""
    asked.state = {}
    question = {"what": "vectors", "dirtyMiBs": 300}
    found = json.loads(asked.page.ask(json.dumps(question)))
    assert "".join(found["lines"]) == printed("zcpolicy vectors", monkeypatch)
    assert len(found["forecasts"]) == len(found["lines"])
