"""``advise``, ``diagnose`` and the table of ``simulate``, as they are typed."""

import csv
import json
import shlex
from pathlib import Path
from typing import Any, Dict, List

import pytest

import zcpolicy as zc
from calling import Call
from zcpolicy import formats

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
DATABASE = str(EXAMPLES / "database.json")
# A guest of 16 GiB that a gigabit takes for minutes, and that hardly writes.
QUIET: Dict[str, Any] = {
    "scenario": {
        "vm": {"memoryMiB": 16384, "vcpus": 4},
        "source": {"migrationMbps": 10000},
        "destination": {"migrationMbps": 10000},
    },
    "workload": {"dirtyMiBs": 20, "workingSetMiB": 512},
}
# It writes more than its network carries.
BUSY: Dict[str, Any] = {
    "scenario": {**QUIET["scenario"], "cluster": {"policy": "Minimal downtime"}},
    "workload": {"dirtyMiBs": 2500, "workingSetMiB": 8192},
}


MIGRATION: Dict[str, Any] = {
    "samples": [
        {
            "atMs": at,
            "iteration": 1 + at // 20000,
            "remainingBytes": 8 << 30,
            "sentBytes": at << 20,
            "totalBytes": 16 << 30,
            "status": "active" if at < 100000 else "cancelled",
        }
        for at in range(0, 100001, 20000)
    ]
}
LAST = MIGRATION["samples"][-1]


def text(document: object) -> bytes:
    return json.dumps(document).encode("ascii")


def refused(call: Call, *arguments: str, given: bytes = b"") -> str:
    status, out, errors = call(*arguments, given=given)
    assert (status, out) == (2, b"")
    return str(errors)


class TestAdvise:
    """Goals in, policies out."""

    def test_it_is_the_library_s(self, call: Call) -> None:
        """The command says what `zcpolicy.advise` says, as text and as JSON."""
        scenario, load, _ = formats.simulation(formats.read(text(BUSY)))
        goal = zc.Goal(total_s=600, downtime_ms=1000, throttle=30, postcopy=True)
        advice = zc.advise(scenario, load, goal, keep=("encrypted", "bandwidth"))
        typed = ["--finish", "10min", "--downtime", "1s", "--throttle", "30%", "--postcopy"]
        typed += ["--keep", "encrypted", "--keep", "bandwidth"]
        assert call("advise", *typed, given=text(BUSY)) == (0, f"{advice}\n".encode(), "")
        status, out, errors = call("advise", *typed, "--json", given=text(BUSY))
        assert (status, json.loads(out), errors) == (0, advice.to_json(), "")

    def test_without_a_goal(self, call: Call) -> None:
        """Without a goal it is that the migration completes."""
        scenario, load, _ = formats.simulation(formats.read(text(BUSY)))
        wanted = f"{zc.advise(scenario, load)}\n".encode()
        assert call("advise", given=text(BUSY)) == (0, wanted, "")

    @pytest.mark.parametrize(
        ("typed", "goal"),
        [
            (["--finish", "90"], zc.Goal(total_s=0.09)),
            (["--finish", "1.5h"], zc.Goal(total_s=5400)),
            (["--throttle", "0.3"], zc.Goal(throttle=30)),
            (["--throttle", "30"], zc.Goal(throttle=30)),
            (["--downtime", "1.5s"], zc.Goal(downtime_ms=1500)),
        ],
    )
    def test_units(self, typed: List[str], goal: zc.Goal, call: Call) -> None:
        """Times are in ms without a unit, shares in percent or as a fraction."""
        scenario, load, _ = formats.simulation(formats.read(text(QUIET)))
        wanted = zc.advise(scenario, load, goal).to_json()
        assert json.loads(call("advise", *typed, "--json", given=text(QUIET))[1]) == wanted

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            (["--finish", "soon"], "argument --finish: 'soon' is not a time such as"),
            (["--throttle", "much"], "argument --throttle: 'much%' is not a share"),
            (["--downtime", "1GiB"], "argument --downtime: '1GiB' is not a time such as"),
            (["--keep", "memory"], "argument --keep: invalid choice: 'memory'"),
        ],
    )
    def test_what_is_no_goal(self, typed: List[str], words: str, call: Call) -> None:
        """A value that is none is refused with what is accepted."""
        assert words.replace("'much%'", "'much'") in refused(call, "advise", *typed)

    def test_a_goal_beyond_its_bounds(self, call: Call) -> None:
        """A goal that nothing can have is refused, too."""
        errors = refused(call, "advise", "--throttle", "100%", given=text(QUIET))
        assert errors.startswith("zcpolicy: the goal: throttle: 100 is not ")

    def test_without_a_workload(self, call: Call) -> None:
        """Advice needs to know what the guest writes."""
        assert "workload" in refused(call, "advise", given=b"{}")

    def test_export(self, call: Call) -> None:
        """The first option's policy joins the whole list of the level, for a shell."""
        status, out, errors = call("advise", "--keep", "policy", "--export", given=text(BUSY))
        made = zc.advise(*formats.simulation(formats.read(text(BUSY)))[:2], keep=("policy",))
        if made.options[0].made is None:
            assert (status, out) == (2, b"")
            assert "needs no policy missing from Engine's list" in errors
            return
        command, restart = out.decode().splitlines()
        words = shlex.split(command)
        listed = json.loads(words[2].partition("=")[2])
        names = [entry["name"] for entry in listed]
        assert (status, restart) == (0, "systemctl restart ovirt-engine")
        assert names[:-1] == [each.name for each in zc.policies.offered("4.8")]
        assert names[-1] == made.options[0].policy.name

    def test_export_of_a_policy_that_ships(self, call: Call) -> None:
        """Where nothing new is needed there is nothing to export."""
        errors = refused(call, "advise", "--export", given=text(QUIET))
        assert "the first option needs no policy missing from Engine's list" in errors

    def test_export_of_a_made_policy(self, call: Call) -> None:
        """A policy that is made for the goal is exported."""
        typed = ["--downtime", "700ms", "--export"]
        status, out, errors = call("advise", DATABASE, *typed)
        assert (status, errors) == (0, "")
        assert out.startswith(b"engine-config -s MigrationPolicies=")


class TestDiagnose:
    """What happened, and why."""

    def test_it_is_the_library_s(self, call: Call) -> None:
        """Samples alone are diagnosed by what they show."""
        migration = zc.Migration.from_json(MIGRATION)
        wanted = zc.diagnose(migration)
        given = text({"migration": MIGRATION})
        assert call("diagnose", given=given) == (0, f"{wanted}\n".encode(), "")
        out = call("diagnose", "--json", given=given)[1]
        assert json.loads(out) == wanted.to_json()

    def test_with_a_scenario_and_a_goal(self, call: Call) -> None:
        """A scenario beside it is what was decided; a goal is for the options."""
        migration = zc.Migration.from_json(MIGRATION)
        scenario = zc.Scenario.from_json({"vm": {"memoryMiB": 16384}})
        goal = zc.Goal(downtime_ms=500)
        wanted = zc.diagnose(migration, scenario.resolve(), goal=goal).to_json()
        given = text({"scenario": scenario.to_json(), "migration": MIGRATION})
        out = call("diagnose", "--downtime", "500ms", "--json", given=given)[1]
        assert json.loads(out) == wanted

    def test_with_settings_that_tell_no_memory(self, call: Call) -> None:
        """Where settings say nothing of the memory, the VM has that of the samples."""
        # It is forecast, and needs no options.
        completed = {"samples": [*MIGRATION["samples"][:-1], {**LAST, "status": "completed"}]}
        migration = zc.Migration.from_json(completed)
        scenario = zc.Scenario.from_json({"vm": {"memoryMiB": 16384}, "cluster": {"parallel": 2}})
        given = text({"scenario": {"cluster": {"parallel": 2}}, "migration": completed})
        out = call("diagnose", "--json", given=given)[1]
        wanted = zc.diagnose(migration, scenario.resolve()).to_json()
        assert wanted["forecast"] is not None
        assert json.loads(out) == wanted

    def test_without_samples(self, call: Call) -> None:
        """What shows no migration cannot be diagnosed."""
        assert "give samples of one migration" in refused(call, "diagnose", given=text(QUIET))

    def test_of_another_vm(self, call: Call) -> None:
        """Samples of another VM than the scenario's are refused, naming where."""
        given = text({"scenario": {"vm": {"memoryMiB": 512}}, "migration": MIGRATION})
        assert "standard input: " in refused(call, "diagnose", given=given)


class TestTable:
    """Several policies side by side."""

    def test_all(self, call: Call) -> None:
        """``all`` are those that Engine offers, the gentlest first, as `zcpolicy.rank` has it."""
        scenario, load, _ = formats.simulation(formats.read(text(BUSY)))
        offered = list(zc.policies.offered("4.8"))
        wanted = [option.to_json() for option in zc.rank(scenario, load, offered)]
        out = call("simulate", "--policy", "all", "--json", given=text(BUSY))[1]
        assert json.loads(out) == wanted
        shown = call("simulate", "--policy", "ALL", given=text(BUSY))[1].decode()
        names = [option["scenario"]["cluster"]["policy"] for option in wanted]
        lines = shown.splitlines()
        assert len(lines) == 1 + len(offered) == 1 + len(names)

    def test_named(self, call: Call, tmp_path: Path) -> None:
        """Policies by name, in any case, and from files."""
        mine = zc.policies.POST_COPY.but(name="Mine")
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(mine.to_json()))
        typed = ["--policy", "very large vms", "--policy", str(file), "--csv"]
        status, out, errors = call("simulate", *typed, given=text(BUSY))
        rows = list(csv.DictReader(out.decode().splitlines()))
        assert (status, errors) == (0, "")
        assert sorted(row["policy"] for row in rows) == ["Mine", "Very large VMs"]
        assert {row["outcome"] for row in rows} <= {"completes", "post-copy", "aborted", "never"}

    def test_markdown(self, call: Call) -> None:
        """The table as Markdown has the same rows."""
        typed = ["--policy", "Post-copy migration", "--policy", "Very large VMs", "--markdown"]
        lines = call("simulate", *typed, given=text(QUIET))[1].decode().splitlines()
        assert lines[0].startswith("| policy | outcome |")
        assert set(lines[1]) == set("| -")
        assert len(lines) == 4

    @pytest.mark.parametrize("option", ["--csv", "--markdown"])
    def test_of_one_policy(self, option: str, call: Call) -> None:
        """A table is of several policies."""
        errors = refused(call, "simulate", option, given=text(QUIET))
        assert f"{option}: it prints a table of several policies" in errors

    def test_one_policy_is_chosen(self, call: Call) -> None:
        """One policy alone is that of the cluster."""
        scenario, load, _ = formats.simulation(formats.read(text(QUIET)))
        chosen = zc.resolve(
            scenario.cluster,
            scenario.host,
            "Post-copy migration",
            scenario.vm,
            destination=scenario.destination,
        )
        out = call("simulate", "--policy", "post_copy", given=text(QUIET))[1]
        assert out.decode() == f"{zc.simulate(chosen, load)}\n"

    def test_an_unknown_one(self, call: Call) -> None:
        """A policy that nobody knows is refused."""
        errors = refused(call, "simulate", "--policy", "all", "--policy", "x", given=text(QUIET))
        assert "'x' is not the id or name of a policy" in errors
