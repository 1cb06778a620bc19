"""The commands for authors of policies: policies, lint, compare and simulate."""

import json
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

import zcpolicy as zc
from calling import Call
from zcpolicy import policies
from zcpolicy._compare import comparison_text, policies_text
from zcpolicy._lint.report import findings_by_policy, findings_text
from zcpolicy._model.shipped import SHIPPED
from zcpolicy.adapters.engine import policies_from_json, policies_to_json

Document = Dict[str, Any]

PLAIN: Document = {"cluster": {"policy": "Very large VMs"}, "vm": {"memoryMiB": 4096}}
ENCRYPTED: Document = {"cluster": {"policy": "Very large VMs", "encrypted": True}}
WORKLOAD: Document = {"dirtyMiBs": 10, "workingSetMiB": 100}


def text(document: object) -> bytes:
    return json.dumps(document).encode("ascii")


def file(path: Path, document: object) -> str:
    path.write_bytes(text(document))
    return str(path)


class TestPolicies:
    """The shipped policies side by side."""

    def test_for_a_person(self, call: Call) -> None:
        """All five are shown, Legacy among them."""
        expected = policies_text(SHIPPED) + "\n"
        assert call("policies") == (0, expected.encode(), "")

    @pytest.mark.parametrize("level", ["4.2", "4.6", "4.8"])
    def test_at_a_level(self, level: str, call: Call) -> None:
        """With a level those are shown that Engine offers there."""
        expected = policies_text(policies.offered(level)) + "\n"
        assert call("policies", "--level", level) == (0, expected.encode(), "")

    def test_for_a_program(self, call: Call) -> None:
        """As JSON they are a MigrationPolicies value, which has no Legacy."""
        status, out, errors = call("policies", "--json")
        assert (status, errors, out.count(b"\n")) == (0, "", 1)
        assert policies_from_json(out) == SHIPPED[:-1]
        _, out, _ = call("policies", "--json", "--level", "4.2")
        assert policies_from_json(out) == policies.offered("4.2")[1:]

    @pytest.mark.parametrize("level", ["4.1", "newest", ""])
    def test_no_level(self, level: str, call: Call) -> None:
        """A level that Engine does not know is refused, naming the option."""
        status, out, errors = call("policies", "--level", level)
        assert (status, out) == (2, b"")
        assert errors.startswith(f"zcpolicy: --level: {level!r} is not a")


class TestLint:
    """What in a file of policies will not do what its author thinks."""

    BAD = policies_to_json([policies.POST_COPY.but(name="Mine", schedule=zc.ConvergenceSchedule())])

    @pytest.mark.parametrize(
        ("document", "status"),
        [([], 0), (policies_to_json(SHIPPED[:-1]), 0), (BAD, 1), (BAD * 2, 1)],
    )
    def test_it_prints_the_findings(
        self, document: List[Document], status: int, tmp_path: Path, call: Call
    ) -> None:
        """All findings are printed, for a person or a program; an error is the exit status."""
        read = tuple(zc.MigrationPolicy.from_json(entry) for entry in document)
        findings = zc.lint(read)
        expected = findings_text(read, findings_by_policy(read)).encode() + b"\n"
        name = file(tmp_path / "policies.json", document)
        assert call("lint", name) == (status, expected, "")
        assert call("lint", given=text(document)) == (status, expected, "")
        got, out, errors = call("lint", "--json", name)
        assert (got, errors, out.count(b"\n")) == (status, "", 1)
        assert json.loads(out) == [finding.to_json() for finding in findings]

    def test_a_warning_is_no_error(self, call: Call) -> None:
        """Warnings alone leave the exit status 0."""
        mine = policies.VERY_LARGE_VMS.but(name="Mine", migration_compression=True)
        assert {finding.severity for finding in zc.lint([mine])} >= {"warning"}
        assert call("lint", given=text(policies_to_json([mine])))[0] == 0

    def test_what_is_no_policy(self, call: Call) -> None:
        """What cannot be read is no finding: every fault is told, and nothing is printed."""
        document = [{**self.BAD[0], "zerocopy": True, "maxMigrations": 0}]
        status, out, errors = call("lint", given=text(document))
        assert (status, out) == (2, b"")
        assert [line.split(": ")[2] for line in errors.splitlines()] == [
            "[0].zerocopy",
            "[0].maxMigrations",
        ]


class TestCompare:
    """What differs between two scenarios' decisions."""

    def test_it_prints_the_differences(self, tmp_path: Path, call: Call) -> None:
        """The differences stand under the names of the files, or are JSON on one line."""
        a, b = file(tmp_path / "a.json", PLAIN), file(tmp_path / "b.json", ENCRYPTED)
        found = zc.compare(
            zc.Scenario.from_json(PLAIN).resolve(), zc.Scenario.from_json(ENCRYPTED).resolve()
        )
        assert len(found) == 4
        expected = comparison_text(found, a, b).encode() + b"\n"
        assert call("compare", a, b) == (0, expected, "")
        status, out, errors = call("compare", a, b, "--json")
        assert (status, errors, out.count(b"\n")) == (0, "", 1)
        assert json.loads(out) == [difference.to_json() for difference in found]

    def test_standard_input(self, tmp_path: Path, call: Call) -> None:
        """One of the two may come from standard input."""
        a = file(tmp_path / "a.json", PLAIN)
        status, out, _ = call("compare", a, "-", "--json", given=text(PLAIN))
        assert (status, out) == (0, b"[]\n")

    def test_only_one_from_standard_input(self, call: Call) -> None:
        """Both cannot come from standard input."""
        assert call("compare", "-", "-") == (
            2,
            b"",
            "zcpolicy: standard input: it cannot be both A and B\n",
        )

    def test_a_name_stays_on_its_line(self, call: Call) -> None:
        """A file's name is shown on one line, whatever it is."""
        _, _, errors = call("lint", "no\nfile")
        assert errors == "zcpolicy: no\\nfile: No such file or directory\n"

    def test_a_bad_one_is_named(self, tmp_path: Path, call: Call) -> None:
        """The file that cannot be used is named."""
        a = file(tmp_path / "a.json", PLAIN)
        b = file(tmp_path / "b.json", {"vm": {"vcpus": 0}})
        status, out, errors = call("compare", a, b)
        assert (status, out) == (2, b"")
        assert errors.startswith(f"zcpolicy: {b}: vm.vcpus: 0 is not ")
        status, out, errors = call("compare", str(tmp_path / "none"), a)
        assert (status, out) == (2, b"")
        assert errors == f"zcpolicy: {tmp_path}/none: No such file or directory\n"


class TestSimulate:
    """How a migration would run."""

    def test_it_prints_the_forecast(self, tmp_path: Path, call: Call) -> None:
        """The forecast is printed for a person, or is JSON on one line."""
        document = {"scenario": PLAIN, "workload": WORKLOAD}
        forecast = zc.simulate(
            zc.Scenario.from_json(PLAIN).resolve(), zc.Workload.from_json(WORKLOAD)
        )
        name = file(tmp_path / "run.json", document)
        assert call("simulate", name) == (0, f"{forecast}\n".encode(), "")
        status, out, errors = call("simulate", "--json", given=text(document))
        assert (status, errors, out.count(b"\n")) == (0, "", 1)
        assert json.loads(out) == json.loads(json.dumps(forecast.to_json()))

    def test_a_running_migration_goes_on(self, tmp_path: Path, call: Call) -> None:
        """With --since, or if the file says so, the forecast begins at the last sample."""
        samples = [
            {"atMs": 1000, "iteration": 1, "remainingBytes": 3 << 30, "sentBytes": 100 << 20},
            {"atMs": 30000, "iteration": 1, "remainingBytes": 1 << 24, "sentBytes": 3 << 30},
            {"atMs": 30200, "iteration": 2, "remainingBytes": 1 << 29, "sentBytes": 3101 << 20},
        ]
        document = {"scenario": PLAIN, "migration": {"samples": samples}}
        starts = []
        for flags, said in (([], {}), (["--since"], {}), ([], {"since": True})):
            name = file(tmp_path / "run.json", {**document, **said})
            status, out, errors = call("simulate", "--json", *flags, name)
            assert (status, errors) == (0, "")
            starts.append(json.loads(out)["rounds"][0]["startMs"])
        assert starts == [0, 30200, 30200]
        status, out, errors = call("simulate", "--since", given=text({"workload": WORKLOAD}))
        assert (status, out) == (2, b"")
        assert "no file has samples of a migration" in errors

    def test_the_example(self, call: Call) -> None:
        """The example has the policy that the tutorial makes."""
        example = Path(__file__).parent.parent / "docs" / "examples" / "database.json"
        policy = zc.Scenario.from_json(json.loads(example.read_bytes())["scenario"]).policy
        mine = policies.VERY_LARGE_VMS.but(
            name="Databases",
            description="Patient: for databases that bear a second, but not ten.",
        ).but(
            name="Patient databases",
            schedule=zc.ConvergenceSchedule.ramp(300, {2: 500, 8: 1000, 16: 2000}, abort_limit=30),
        )
        assert policy == mine
        assert call("simulate", str(example))[0] == 0

    def test_the_scenario_may_be_missing(self, call: Call) -> None:
        """Without a scenario it is that of the defaults."""
        forecast = zc.simulate(zc.resolve(), zc.Workload.from_json(WORKLOAD))
        status, out, _ = call("simulate", given=text({"workload": WORKLOAD}))
        assert (status, out) == (0, f"{forecast}\n".encode())

    @pytest.mark.parametrize(
        ("document", "paths"),
        [
            ([], ["workload"]),
            ({}, ["workload"]),
            ({"scenario": PLAIN, "workload": None}, ["workload"]),
            ({"workload": {}}, ["workload"]),
            ({"workload": {"zeroShare": 0}}, ["workload.dirtyMiBs", "workload.workingSetMiB"]),
            ({"workload": []}, ["workload"]),
            (
                {"scenario": {"vm": {"vcpus": 0}}, "workload": {**WORKLOAD, "zeroShare": 2}},
                ["scenario.vm.vcpus", "workload.zeroShare"],
            ),
            ({"workload": WORKLOAD, "x": 1}, ["x"]),
            ({"workload": {**WORKLOAD, "workingSetMiB": 1025}}, ["workload.workingSetMiB"]),
        ],
    )
    def test_bad_input(self, document: object, paths: List[str], call: Call) -> None:
        """Whatever is wrong is told with its path, all of it."""
        status, out, errors = call("simulate", given=text(document))
        assert (status, out) == (2, b"")
        told = [line.split(": ")[2] for line in errors.splitlines()]
        assert told[: len(paths)] == paths
        assert [hint.partition(",")[0] for hint in told[len(paths) :]] in (
            *([], ["state how fast the guest writes"]),
        )

    def test_a_picture(self, tmp_path: Path, call: Call) -> None:
        """The picture is written beside what is printed."""
        picture = tmp_path / "run.png"
        status, out, _ = call(
            "simulate", "--plot", str(picture), given=text({"workload": WORKLOAD})
        )
        assert (status, bool(out)) == (0, True)
        assert picture.read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("name", "problem"),
        [("none/run.png", "{}: No such file"), ("run.jpg", "--plot: '{}' is not the name")],
    )
    def test_no_picture(
        self,
        name: str,
        problem: str,
        tmp_path: Path,
        call: Call,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A picture that cannot be written is told, and nothing is printed."""
        monkeypatch.chdir(tmp_path)
        picture = name
        status, out, errors = call(
            "simulate", "--plot", picture, given=text({"workload": WORKLOAD})
        )
        assert (status, out) == (2, b"")
        assert errors.startswith(f"zcpolicy: {problem.format(picture)}")

    def test_without_matplotlib(
        self, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without matplotlib it is said what to install."""
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        picture = str(tmp_path / "run.png")
        status, out, errors = call(
            "simulate", "--plot", picture, given=text({"workload": WORKLOAD})
        )
        assert (status, out) == (2, b"")
        assert errors == (
            f"zcpolicy: {picture}: a plot needs matplotlib: pip install 'zcpolicy[plot]'\n"
        )
