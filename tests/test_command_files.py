"""The command with files of any form: what they say together, and what is wrong with them."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Mapping, Tuple

import attr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import writers_progress as w
import zcpolicy as zc
from calling import Call, Stream
from zcpolicy import formats
from zcpolicy.__main__ import main
from zcpolicy._command import inputs
from zcpolicy.testing import policies

Json = Dict[str, Any]

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
CLUSTER, DOMAIN, VM, CAPS, ENGINE, LIST, POLICY = [
    str(EXAMPLES / name)
    for name in (
        *("cluster.xml", "db01.xml", "vm.json", "getcaps.json"),
        *("engine.log", "engine-config.txt", "databases.json"),
    )
]
VIRSH = b"virsh migrate --live --parallel --zerocopy db01 qemu+tls://b/system\n"
JOB = b"Job type: Unbounded\nOperation: Outgoing migration\nTime elapsed: 1000 ms\n"
RATE = b'{"return": {"status": "measured", "dirty-rate": 100, "calc-time": 1}}'
WORKLOAD = {"dirtyMiBs": 100, "workingSetMiB": 512}
MULTIFD = {"capability": "multifd", "state": True}
ZEROCOPY = {"capability": "zero-copy-send", "state": True}


def text(document: object) -> bytes:
    return json.dumps(document).encode("ascii")


def answer(call: Call, *arguments: str, **more: Any) -> Any:
    """What the command prints as JSON."""
    status, out, errors = call(*arguments, "--json", **more)
    assert (status, errors) == (0, "")
    return json.loads(out)


def refused(call: Call, *arguments: str, **more: Any) -> str:
    """The errors of a command that prints nothing else."""
    status, out, errors = call(*arguments, **more)
    assert (status, out) == (2, b"")
    return str(errors)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Writes a file and returns its name."""

    def write(name: str, data: object) -> str:
        file = tmp_path / name
        file.write_bytes(data if isinstance(data, bytes) else text(data))
        return str(file)

    return write


def capabilities(*states: Json) -> Json:
    """A command of QMP."""
    return {"execute": "migrate-set-capabilities", "arguments": {"capabilities": [*states]}}


def request(**more: Any) -> Json:
    """What Engine sends for a shipped policy."""
    return {**zc.Scenario.from_json({}).resolve().to_json()["vmMigrate"], **more}


class TestTogether:
    """Several files."""

    def test_each_says_its_part(self, call: Call) -> None:
        """The decision is that of a scenario with what all files say."""
        wanted = zc.Scenario.from_json(
            {
                "cluster": {"level": "4.8", "encrypted": True, "policy": "Very large VMs"},
                "vm": {
                    "vcpus": 64,
                    "memoryMiB": 2 * 1024**2,
                    "memoryHardLimitMiB": 2040109465 // 1024,
                },
                "source": {
                    "versions": {"libvirt": "11.3.0", "qemu": "10.0.0"},
                    "migrationMbps": 100_000,
                },
            }
        )
        found = answer(call, "resolve", CLUSTER, DOMAIN, CAPS)
        assert found == wanted.resolve().to_json()

    def test_a_contradiction_names_both(self, call: Call, written: Any) -> None:
        """Two files that say different things of a field are refused, with both and the field."""
        other = written("other.json", {"cluster": {"level": "4.7"}})
        errors = refused(call, "resolve", CLUSTER, other)
        assert "cluster.level: " in errors
        assert CLUSTER[-30:] in errors
        assert "other.json" in errors

    @pytest.mark.parametrize(
        ("options", "path", "value"),
        [
            (("--set", "cluster.level=4.7"), ("cluster", "level"), "4.7"),
            (("--policy", "Minimal downtime"), ("cluster", "policy"), "Minimal downtime"),
            (("--policy", "minimal_downtime"), ("cluster", "policy"), "Minimal downtime"),
            (("--set", "policy=post_copy"), ("cluster", "policy"), "Post-copy migration"),
            (("--set", "source.link=3Gbps"), ("source", "migrationMbps"), 3000),
        ],
    )
    def test_options_override_files(
        self, options: Tuple[str, ...], path: Tuple[str, str], value: object, call: Call
    ) -> None:
        """What an option says counts, and `read` says what it replaced, and by which option."""
        files = (CLUSTER, CAPS)
        readings = answer(call, "read", *files, *options)
        (overridden,) = readings["overridden"]
        assert (overridden["name"], overridden["by"]) == (".".join(path), options[0])
        assert readings["readings"][-1]["values"] == {".".join(path): value}
        status, out, _ = call("read", *files, *options)
        assert f"overridden by {options[0]}" in " ".join(out.decode().split())
        assert call("resolve", *files, *options)[0] == status == 0

    def test_hosts(self, call: Call, written: Any) -> None:
        """--source and --destination say whose host a getCapabilities is, and override files."""
        old = json.loads(Path(CAPS).read_text("utf-8"))
        old["packages2"]["libvirt"]["version"] = "8.0.0"
        other = written("old.json", old)
        found = answer(
            call, "read", CAPS, "--source", other, "--destination", CAPS, "--set", "qemu=9.0"
        )
        values = [reading["values"] for reading in found["readings"]]
        assert values[0] == {}
        assert values[1]["source.versions.libvirt"] == "8.0.0"
        assert values[2]["destination.versions.libvirt"] == "11.3.0"
        assert values[3] == {
            "source.versions.qemu": "9.0",
            "destination.versions.qemu": "9.0",
        }
        by = {each["by"] for each in found["overridden"]}
        assert by == {f"--source {other}", "--set"}

    @pytest.mark.parametrize("option", ["--source", "--destination"])
    def test_what_is_no_host(self, option: str, call: Call) -> None:
        """A file that is no host is told what it is."""
        errors = refused(call, "resolve", option, DOMAIN)
        assert "this is a VM's domain XML from libvirt, not a host" in errors

    def test_a_policy_from_a_file(self, call: Call, written: Any) -> None:
        """--policy takes a file with one policy, which runs; of several it names them."""
        found = answer(call, "resolve", CLUSTER, "--policy", POLICY)
        assert found["parameters"]["schedule"]["init"][0]["params"] == ["300"]
        assert "--policy takes a file with one policy; this one has: Databases, " in refused(
            call, "resolve", "--policy", LIST
        )
        assert "this one has: none" in refused(call, "resolve", "--policy", CLUSTER)

    def test_a_policy_of_a_list(self, call: Call) -> None:
        """--policy finds a policy by its name in the list of a file."""
        status, out, _ = call("resolve", LIST, CLUSTER, "--policy", "Databases")
        assert (status, out.startswith(b"Policy Databases: ")) == (0, True)

    def test_a_policy_by_its_id(self, call: Call) -> None:
        """--policy takes an id."""
        _, out, _ = call("resolve", "--policy", zc.policies.VERY_LARGE_VMS.id)
        assert out.startswith(b"Policy Very large VMs: ")

    def test_vdsm_options_one_by_one(self, call: Call, written: Any) -> None:
        """An option of vdsm.conf that is typed leaves the others as the file has them."""
        file = written("s.json", {"source": {"vdsm": {"migrationMaxBandwidth": 99}}})
        found = answer(
            call, "read", file, "--set", "source.vdsm.maxOutgoingMigrations=7", "--set", "link=1"
        )
        values = found["readings"][-1]["values"]
        assert values["source.vdsm.maxOutgoingMigrations"] == 7
        assert values["source.vdsm.migrationMaxBandwidth"] == 99
        assert values["source.migrationMbps"] == 1

    def test_supported_levels_one_by_one(self, call: Call, written: Any) -> None:
        """A level that is typed leaves the others as the file has them."""
        file = written("s.json", {"engine": {"parallelSupported": {"4.6": True}}})
        found = answer(call, "read", file, "--set", "engine.parallelSupported.4.5=yes")
        levels = found["readings"][-1]["values"]["engine.parallelSupported"]
        assert levels == {"4.6": True, "4.5": True}

    def test_a_workload_replaces_rates(self, call: Call, written: Any) -> None:
        """A dirty rate that is typed replaces how fast a file's guest writes."""
        file = written("s.json", {"workload": WORKLOAD})
        found = answer(call, "read", file, "--set", "dirtyRate=5")
        assert [each["name"] for each in found["overridden"]] == ["workload.dirtyMiBs"]

    def test_standard_input_beside_options(self, call: Call) -> None:
        """What is piped in counts beside options, and an empty pipe says nothing."""
        _, out, _ = call("resolve", "--set", "vcpus=64", given=Path(CLUSTER).read_bytes())
        assert out.startswith(b"Policy Very large VMs: ")
        _, out, _ = call("resolve", "--set", "vcpus=64", given=b" \n")
        assert out.startswith(b"Policy Minimal downtime: ")
        assert "the text is empty" in refused(call, "resolve", given=b"")

    def test_a_terminal_is_not_read_beside_options(self) -> None:
        """Who types options alone, on a terminal, is answered at once."""
        typed = (["resolve", "--set", "vcpus=2"], ["simulate", "--policy", "all"])
        code = (
            "from zcpolicy.__main__ import main\n"
            f"print([main(arguments) for arguments in {typed!r}])"
        )
        ours, theirs = pty.openpty()
        try:
            done = subprocess.run(
                [sys.executable, "-c", code],
                stdin=theirs,
                capture_output=True,
                check=False,
                timeout=60,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        assert done.stdout.startswith(b"Policy Minimal downtime: ")
        assert done.stdout.endswith(b"\n[0, 2]\n")
        assert done.stderr.startswith(b"zcpolicy: the options: workload: no workload")

    @pytest.mark.parametrize("arguments", [("-", "-"), ("-", "--source", "-")])
    def test_standard_input_once(self, arguments: Tuple[str, ...], call: Call) -> None:
        """Standard input can be one file."""
        assert "standard input: it is given twice" in refused(call, "resolve", *arguments)

    def test_standard_input_as_a_host(self, call: Call) -> None:
        """Standard input can be a host's answer."""
        found = answer(call, "read", "--source", "-", given=Path(CAPS).read_bytes())
        assert found["readings"][0]["source"] == "standard input"

    def test_a_long_text_is_read_by_lines(
        self, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A text that is too long to be read at once is read line by line, with the same result."""
        wanted = answer(call, "read", ENGINE)
        monkeypatch.setattr(inputs, "_AT_ONCE", 100)
        assert answer(call, "read", ENGINE) == wanted

    def test_one_vm_of_a_log(self, call: Call, written: Any) -> None:
        """Of a log of several VMs, --vm says which; without, the log is refused."""
        log = written(
            "vdsm.log", (w.api_call(request()) + w.api_call(request(), vm="b" * 36)).encode()
        )
        assert "--vm" not in refused(call, "check", log, "--vm", "c" * 36)
        assert call("check", log, "--vm", "b" * 36)[0] == 0


class TestWrongThings:
    """Whoever hands in the wrong thing is told what it is."""

    @pytest.mark.parametrize(
        ("given_", "words"),
        [
            (
                text({"scenario": {}, "workload": WORKLOAD}),
                "a scenario with a workload or a migration, in JSON: use `zcpolicy simulate`",
            ),
            (VIRSH, "this is a virsh migrate command line: use `zcpolicy check`"),
            (RATE, "several periods: use `zcpolicy simulate`"),
            (b"[]", "[] is an empty list of policies"),
        ],
    )
    def test_resolve(self, given_: bytes, words: str, call: Call) -> None:
        """`resolve` names the command for what it does not decide."""
        assert words in refused(call, "resolve", given=given_)

    def test_a_workload_that_is_typed(self, call: Call) -> None:
        """A workload is not ignored where it changes nothing."""
        errors = refused(call, "resolve", "--set", "writes=1GiB/s")
        assert (
            errors
            == "zcpolicy: --set: a workload does not change decisions: use `zcpolicy simulate`\n"
        )

    @pytest.mark.parametrize("command", ["resolve", "simulate"])
    def test_lines(self, command: str, call: Call) -> None:
        """JSON on each of several lines gets a hint at --jsonl; other texts do not."""
        assert "use --jsonl" in refused(call, command, given=b'{}\n\n{"vm": {}}\n')
        assert "use --jsonl" not in refused(call, command, given=b"{}\n[]\n")
        assert "use --jsonl" not in refused(call, command, given=b"{}\nx\n")
        assert "use --jsonl" not in refused(call, "read", given=b'{}\n{"vm": {}}\n')

    @pytest.mark.parametrize(
        ("option", "value"),
        [("--set", "x=1"), ("--source", "x"), ("--destination", "x"), ("--policy", "x")],
    )
    def test_options_of_lines(self, option: str, value: str, call: Call) -> None:
        """With --jsonl each line says all of its own."""
        assert f"{option}: with --jsonl each line" in refused(
            call, "resolve", "--jsonl", option, value
        )

    def test_one_file_of_lines(self, call: Call) -> None:
        """With --jsonl there is one file."""
        assert "it takes one FILE" in refused(call, "resolve", "--jsonl", "a", "b")

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ({"vm": {"vcpus": True}}, "vm.vcpus: true is not an integer"),
            ({"vm": {"encrypted": [True, None]}}, "[true, null] is not true or false, or null"),
            ({"cluster": {"level": None, "tunnelled": 3}}, "3 is not true or false"),
            ({"vm": {"level": {"a": ["x" * 90]}}}, '{"a": ["xxx'),
            ({"vm": {"level": "x"}}, "'x' is not a compatibility level"),
        ],
    )
    def test_errors_speak_json(self, document: Json, words: str, call: Call) -> None:
        """Who wrote JSON reads JSON, not Python, in a line that is not too long."""
        errors = refused(call, "resolve", given=text(document))
        assert words in errors
        assert "None" not in errors
        assert "none" not in errors
        assert max(map(len, errors.splitlines())) < 250

    def test_a_value_that_is_no_json(self) -> None:
        """A value that JSON has not is shown as the library shows it."""
        fault = zc.ZcpolicyError("vm.vcpus", {1, 2}, "an integer")
        assert inputs.reported("x", fault).problem == "vm.vcpus: {1, 2} is not an integer"

    def test_the_file_of_a_fault_is_named(self, call: Call, written: Any) -> None:
        """A fault names the file whose value it is about; where none says it, all files."""
        level = written("level.json", {"cluster": {"level": "9.9"}})
        errors = refused(call, "resolve", DOMAIN, level)
        assert errors.startswith(f"zcpolicy: {level}: cluster.level: ")
        errors = refused(call, "simulate", DOMAIN, CAPS)
        assert errors.startswith(f"zcpolicy: {DOMAIN}, {CAPS}: workload: ")
        errors = refused(call, "simulate", "--set", "vcpus=2")
        assert errors.startswith("zcpolicy: --set: workload: ")

    def test_a_fault_of_an_option(self, call: Call) -> None:
        """A fault has the path that was typed, and the option in which it was."""
        errors = refused(call, "resolve", DOMAIN, "--set", "vm.parallel=1")
        assert errors.startswith("zcpolicy: --set: vm.parallel: 1 is not ")
        errors = refused(call, "check", ENGINE, "--set", "vcpus=0")
        assert errors.startswith("zcpolicy: --set: vm.vcpus: 0 is not ")

    def test_an_option_in_two_words(self, call: Call) -> None:
        """A setting without = is told to be none before what follows it is taken for a file."""
        errors = refused(call, "resolve", "--set", "vm.memory", "2TiB")
        assert "'vm.memory' is not PATH=VALUE, such as vm.memory=2TiB" in errors

    def test_a_vdsm_option_that_is_wrong(self, call: Call) -> None:
        """An option of vdsm.conf that Vdsm would not take is refused."""
        errors = refused(call, "resolve", "--set", "source.vdsm.migrationDowntimeSteps=1")
        assert errors.startswith("zcpolicy: --set: ")

    def test_a_text_in_the_place_of_a_file(self, call: Call) -> None:
        """Who types a text where a file's name belongs is told to pipe it in."""
        errors = refused(call, "check", "virsh migrate --live db01 qemu+tls://b/system")
        assert "No such file or directory: pipe a text in, echo '…' | zcpolicy …" in errors
        assert "pipe" not in refused(call, "check", "virsh.txt")

    def test_a_workload_that_is_missing(self, call: Call) -> None:
        """Who forecasts without a workload is told how to say one."""
        for options in ((), ("--set", "writes=1GiB/s")):
            assert "--set dirtyRate=1.2GiB/s@1s" in refused(call, "simulate", DOMAIN, *options)

    def test_a_request_that_cannot_be_decided(self, call: Call) -> None:
        """A request that no settings lead to gets a hint at `check`."""
        errors = refused(call, "resolve", ENGINE)
        assert "`zcpolicy check` shows what happens to the request as it stands" in errors


class TestSimulate:
    """`simulate` with files of any form."""

    def test_a_measured_rate(self, call: Call, written: Any) -> None:
        """A dirty rate, as QEMU measured it, is a workload, and so is one that is typed."""
        rate = written("rate.json", RATE)
        by_file = answer(call, "simulate", CLUSTER, VM, rate, "--set", "link=100Gbps")
        typed = ("--set", "link=100Gbps", "--set", "dirtyRate=100MiB/s@1s")
        assert by_file == answer(call, "simulate", CLUSTER, VM, *typed)
        assert by_file["outcome"] == "completes"


class TestCheck:
    """`check`."""

    def test_nothing_wrong(self, call: Call) -> None:
        """What is in order is said to be, with status 0."""
        assert call("check", given=text(request())) == (
            0,
            b"Nothing is refused, harmful or misleading.\n",
            "",
        )

    def test_a_request_of_a_log(self, call: Call) -> None:
        """A request of Engine's log is checked, for the hosts' versions, with status 1."""
        status, out, _ = call("check", ENGINE, "--source", CAPS)
        assert status == 1
        assert out.startswith(b"refused compressed-parallel (libvirt)\n")
        assert b"the source host has libvirt 11.3.0 and QEMU 10.0.0" in b" ".join(out.split())
        assert b"multifd-xbzrle" in out
        _, older, _ = call("check", ENGINE, "--set", "libvirt=11.3", "--set", "qemu=7.2")
        assert b"multifd-xbzrle" not in older

    def test_for_a_program(self, call: Call) -> None:
        """--json is a list of violations."""
        status, out, _ = call("check", "--json", given=VIRSH.replace(b"--parallel", b""))
        (found,) = json.loads(out)
        assert status == 1
        assert (found["code"], found["severity"]) == ("zerocopy-without-parallel", "refused")
        assert set(found) == {"code", "severity", "layer", "message", "remedy"}

    def test_misleading_is_no_failure(self, call: Call) -> None:
        """What is misleading alone is reported with status 0."""
        status, out, _ = call("check", "--json", given=text(request(zerocopyy=True)))
        severities = {each["severity"] for each in json.loads(out)}
        assert (status, severities) == (0, {"misleading"})

    @pytest.mark.parametrize(
        ("setting", "status"), [("vm.hardLimit=1023MiB", 1), ("vm.hardLimit=1024MiB", 0)]
    )
    def test_what_the_vm_is(self, setting: str, status: int, call: Call) -> None:
        """A call is checked beside the VM's memory and its hard limit."""
        memory = ("--set", "memory=1GiB", "--set", setting)
        assert call("check", *memory, given=VIRSH)[0] == status

    def test_a_paused_vm(self, call: Call) -> None:
        """A call that switches to post-copy is refused for a paused VM alone."""
        line = b"virsh migrate --live --postcopy db01 qemu+tls://b/system"
        found = [
            call("check", "--json", *options, given=line)[1]
            for options in ((), ("--set", "vm.paused=yes"))
        ]
        assert found[0] != found[1]

    def test_levels(self, call: Call, written: Any) -> None:
        """The VM's level counts, or else the cluster's."""
        sent = written("request.json", request())
        for options in (("--set", "level=4.7"), ("--set", "vm.level=4.2"), ("--set", "vm.level=")):
            assert call("check", sent, *options)[0] == (2 if options[1][-1] == "=" else 0)

    def test_versions_of_libvirt(self, call: Call) -> None:
        """A version that is typed counts."""
        assert call("check", "--set", "libvirt=7.0", given=VIRSH)[0] == 1
        assert call("check", "--set", "libvirt=11.3", given=VIRSH)[0] == 0

    def test_vdsms_log(self, call: Call, written: Any) -> None:
        """Of Vdsm's log the request is checked; the call is what Vdsm made of it."""
        log = w.api_call(request(compressed=True, parallel=2))
        log += w.migrating({}, 3)
        status, out, _ = call("check", "--json", written("vdsm.log", log.encode()))
        assert status == 1
        assert "compressed-parallel" in {each["code"] for each in json.loads(out)}

    @pytest.mark.parametrize(
        "given_",
        [
            text(
                {"execute": "migrate-set-capabilities", "arguments": {"capabilities": [ZEROCOPY]}}
            ),
            text([capabilities(each) for each in (ZEROCOPY, MULTIFD, {**MULTIFD, "state": False})]),
            b'{"return": {}}\n{"execute": "qmp_capabilities"}\n$ virsh qemu-monitor-command db01 '
            b"'"
            + text(
                {"execute": "migrate-set-capabilities", "arguments": {"capabilities": [ZEROCOPY]}}
            )
            + b"'\n\nx\n"
            + text({"execute": "migrate-set-parameters", "arguments": {"max-bandwidth": 0}}),
        ],
    )
    def test_qmp(self, given_: bytes, call: Call) -> None:
        """QMP commands are checked by the state to which they lead, whatever is around them."""
        status, out, _ = call("check", "--set", "qemu=9.0", given=given_)
        assert (status, out.split()[1]) == (1, b"zerocopy-without-multifd")

    def test_good_qmp(self, call: Call) -> None:
        """Commands that lead to a good state are in order."""
        commands = [capabilities(each) for each in (ZEROCOPY, MULTIFD)]
        assert call("check", given=b"\n".join(map(text, commands)))[0] == 0

    @pytest.mark.parametrize(
        ("command", "arguments", "words"),
        [
            (
                "migrate-set-parameters",
                3,
                "parameters.arguments: 3 is not a JSON object",
            ),
            ("migrate-set-capabilities", {}, "arguments.capabilities: null is not a list"),
            (
                "migrate-set-capabilities",
                {"capabilities": [{"capability": "multifd", "state": 1}]},
                "capabilities[0].state: 1 is not true or false",
            ),
            ("migrate-set-capabilities", {"capabilities": [3]}, "capabilities[0]: "),
        ],
    )
    def test_bad_qmp(self, command: str, arguments: object, words: str, call: Call) -> None:
        """Arguments that QMP does not take are refused, by their path."""
        errors = refused(call, "check", given=text({"execute": command, "arguments": arguments}))
        assert words in errors

    def test_other_qmp(self, call: Call) -> None:
        """Commands that set nothing of a migration are no QMP to check."""
        refused(call, "check", given=b'{"execute": "query-status"}')
        refused(call, "check", given=b'{"execute": 3}')

    def test_nothing_to_check(self, call: Call) -> None:
        """Without anything to check, each file is told what it is, and what is wanted."""
        errors = refused(call, "check", CLUSTER, DOMAIN, "--set", "libvirt=9.0")
        assert errors.splitlines() == [
            f"zcpolicy: check: {CLUSTER} is a cluster as the REST API describes it, in XML or JSON",
            f"zcpolicy: check: {DOMAIN} is a VM's domain XML from libvirt",
            "zcpolicy: check: there is nothing to check: give a VM.migrate request, a virsh "
            "migrate line, flags and parameters, or QMP commands",
        ]

    def test_two_things(self, call: Call, written: Any) -> None:
        """Two things to check are refused, with both files."""
        line = written("virsh.txt", VIRSH)
        assert f"{ENGINE}, {line}: each can be checked" in refused(call, "check", ENGINE, line)

    def test_contradictions(self, call: Call, written: Any) -> None:
        """Two hosts of different versions are not merged silently."""
        host = {"source": {"versions": {"libvirt": "9.0.0"}}}
        errors = refused(call, "check", ENGINE, CAPS, written("s.json", host))
        assert "source.versions.libvirt: " in errors

    def test_repair(self, call: Call, written: Any) -> None:
        """--repair prints a request in which nothing is refused or harmful."""
        status, out, _ = call("check", ENGINE, "--repair")
        assert (status, json.loads(out)["parallel"]) == (0, 2)
        assert call("check", written("mended.json", out))[0] == 0

    def test_what_is_repaired(self, call: Call) -> None:
        """A call is none that can be repaired."""
        assert "--repair: only a VM.migrate request can" in refused(
            call, "check", "--repair", given=VIRSH
        )


class TestRead:
    """`read`."""

    def test_for_a_person(self, call: Call) -> None:
        """Each file's form, its values, and what was ignored."""
        status, out, _ = call("read", given=VIRSH)
        assert status == 0
        assert out.decode().splitlines() == [
            "standard input: virsh-migrate",
            '  call  {"flags": 1179649, "flagNames": ["VIR_MIGRATE_LIVE", "VIR...',
            "  ignored: --domain db01",
            "  ignored: --desturi qemu+tls://b/system",
        ]

    def test_a_policys_name(self, call: Call) -> None:
        """The id of a policy that ships is followed by its name."""
        _, out, _ = call("read", CLUSTER)
        assert b"57237b82-b8c2-425f-b425-114b35219626 (Very large VMs)\n" in out

    def test_contradictions_are_told(self, call: Call, written: Any) -> None:
        """What files contradict one another in is told, for a person and a program."""
        other = written("other.json", {"cluster": {"level": "4.7"}})
        status, out, _ = call("read", CLUSTER, other)
        # Where the line breaks depends on how long the names of the files are.
        words = b" ".join(out.split())
        assert (status, b" contradiction in cluster.level: " in words) == (0, True)
        (found,) = answer(call, "read", CLUSTER, other)["contradictions"]
        assert found["name"] == "cluster.level"
        assert answer(call, "read", CLUSTER)["contradictions"] == []

    def test_every_kind_of_value(self, call: Call, written: Any) -> None:
        """Policies, calls, requests and samples are told in JSON, and short in text."""
        job = written("job.txt", w.domjobinfo("Unbounded", STATS).encode())
        found = answer(call, "read", LIST, ENGINE, job, written("virsh.txt", VIRSH))
        values = {key: each for one in found["readings"] for key, each in one["values"].items()}
        assert values["policies"]["4.8"][-1] == "Databases"
        assert values["request"]["parallel"] == 2
        assert len(values["migration"]["samples"]) == 1
        assert values["call"]["flagNames"][0] == "VIR_MIGRATE_LIVE"
        _, out, _ = call("read", job)
        assert b" 1 sample, " in out
        _, out, _ = call("read", written("jobs.txt", 2 * w.domjobinfo("Unbounded", STATS).encode()))
        assert b" sample" in out

    def test_a_policy_of_a_file(self, call: Call) -> None:
        """A policy from a file is told by its name."""
        found = answer(call, "read", "--policy", POLICY)
        assert found["readings"][0]["values"] == {"cluster.policy": "Databases"}

    def test_nothing(self, call: Call) -> None:
        """A scenario that says nothing has no values."""
        assert call("read", given=b"{}")[1] == b"standard input: scenario\n"


STATS: Mapping[str, int] = {
    "time_elapsed": 1000,
    "data_total": 1 << 30,
    "data_processed": 1 << 20,
    "data_remaining": 1 << 29,
    "memory_total": 1 << 30,
    "memory_processed": 1 << 20,
    "memory_remaining": 1 << 29,
    "memory_iteration": 1,
}


class TestLint:
    """`lint` with files of any form."""

    def test_one_policy(self, call: Call) -> None:
        """One bare policy is judged as a policy, without what a list lacks."""
        assert call("lint", POLICY) == (0, b"1 policy: nothing found\n", "")

    def test_a_shipped_one_by_name(self, call: Call) -> None:
        """A policy that ships is judged by its name, in anybody's words."""
        found = answer(call, "lint", "very_large_vms")
        assert found == [each.to_json() for each in zc.lint(zc.policies.VERY_LARGE_VMS)]
        errors = refused(call, "lint", "Very larg VMs")
        assert "No such file or directory; did you mean 'Very large VMs'?" in errors

    def test_engine_configs_list(self, call: Call) -> None:
        """What engine-config shows is judged as a list."""
        _, out, _ = call("lint", LIST)
        assert out.endswith(b"\n5 policies: 4 infos\n")

    def test_vdsms_configuration(self, call: Call) -> None:
        """The interval of Vdsm's monitor that is typed counts, and nothing else can be typed."""
        interval = "source.vdsm.migrationMonitorInterval=30s"
        _, out, _ = call("lint", "Very large VMs", "--set", interval)
        assert b"a poll (30 s)" in out
        errors = refused(call, "lint", POLICY, "--set", "memory=1GiB", "--set", interval)
        assert "vm.memoryMiB: lint accepts only settings of source.vdsm" in errors

    @pytest.mark.parametrize(
        ("given_", "words"),
        [
            (Path(DOMAIN).read_bytes(), "this is a VM's domain XML from libvirt, without policies"),
            (b"\x00", "standard input: "),
            (b'[{"name": 3}]', "[0].name: 3 is not"),
            (b'{"config": 3}', "config: 3 is not"),
        ],
    )
    def test_what_is_no_policy(self, given_: bytes, words: str, call: Call) -> None:
        """What is no policy is told what it is."""
        assert words in refused(call, "lint", given=given_)


# What engine-config does, as far as the command asks for it: it keeps the value of the level.
ENGINE_CONFIG = """#!/bin/sh
[ "$1" = -s ] || exit 1
printf '%s version: %s\\n' "MigrationPolicies: ${2#MigrationPolicies=}" "${3#--cver=}"
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs the first line of a text in bash, where engine-config shows what it was told."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "engine-config"
    command.write_text(ENGINE_CONFIG)
    command.chmod(0o755)

    def run(commands: bytes) -> bytes:
        line, _, rest = commands.decode().partition("\n")
        assert rest == "systemctl restart ovirt-engine\n"
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "-c", line], env=environment, stdout=subprocess.PIPE, check=True
        ).stdout

    return run


class TestExport:
    """`export`."""

    def test_a_policy_is_added_to_the_whole_list(self, call: Call, shell: Any) -> None:
        """A policy of one's own comes after all that ship, so that none becomes Legacy."""
        status, out, _ = call("export", POLICY, "--level", "4.8")
        assert status == 0
        (listed,) = formats.read(shell(out)).parts["policies"].items()
        mine = zc.MigrationPolicy.from_json(json.loads(Path(POLICY).read_text("utf-8")))
        shipped = [each for each in zc.policies.offered("4.8") if not each.is_legacy]
        assert listed == ("4.8", (*shipped, mine))

    def test_it_replaces_by_id(self, call: Call, shell: Any, written: Any) -> None:
        """A policy of a shipped id takes the place of that one."""
        mine = attr.evolve(zc.policies.POST_COPY, name="Ours")
        _, out, _ = call("export", written("p.json", mine.to_json()), "--level", "4.7")
        (listed,) = formats.read(shell(out)).parts["policies"].values()
        before = [each for each in zc.policies.offered("4.7") if not each.is_legacy]
        assert list(listed) == [mine if each.id == mine.id else each for each in before]

    @settings(max_examples=6)
    @given(added=st.lists(policies(), max_size=2, unique_by=lambda policy: policy.id))
    def test_through_a_real_shell(self, added: Any, shell: Any) -> None:
        """Whatever a policy is called, the shell hands engine-config what was meant."""
        kept = [each for each in added if not each.is_legacy]
        source, out = io.BytesIO(text([each.to_json() for each in kept])), io.BytesIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", Stream(source))
            patch.setattr(sys, "stdout", Stream(out))
            assert main(["export", "--level", "4.8"]) == 0
        (listed,) = formats.read(shell(out.getvalue())).parts["policies"].values()
        assert {each.id: each for each in listed if each in kept} == {e.id: e for e in kept}

    def test_for_a_program(self, call: Call) -> None:
        """--json is the list."""
        listed = answer(call, "export", LIST, "--level", "4.8")
        assert [each["name"] for each in listed][-1] == "Databases"

    def test_the_same_policy_twice(self, call: Call, written: Any) -> None:
        """The same policy twice is one; two different ones of an id are refused."""
        assert call("export", POLICY, LIST, "--level", "4.8")[0] == 0
        other = json.loads(Path(POLICY).read_text("utf-8"))
        other["maxMigrations"] = 7
        errors = refused(call, "export", POLICY, written("o.json", other), "--level", "4.8")
        assert "different policies with the id 6d0c1a2e" in errors

    @pytest.mark.parametrize(
        ("file", "level", "words"),
        [
            (LIST, "4.7", "its policies are for 4.8, none for 4.7"),
            (DOMAIN, "4.8", "domain XML from libvirt, without policies"),
            (LIST, "x", "--level: 'x' is not a compatibility level"),
        ],
    )
    def test_what_cannot_be_exported(self, file: str, level: str, words: str, call: Call) -> None:
        """What has no policies of the level is refused, with what it has."""
        assert words in refused(call, "export", file, "--level", level)

    def test_a_list_that_is_too_long(self, call: Call, written: Any) -> None:
        """A list that Linux does not take as an argument is refused."""
        mine = zc.policies.POST_COPY.but(name="Long", description="x" * (1 << 17))
        errors = refused(call, "export", written("p.json", mine.to_json()), "--level", "4.8")
        assert errors.startswith("zcpolicy: the policies: policies: ")
        assert len(errors) < 300


class TestHelp:
    """`help`."""

    def test_the_command(self, call: Call) -> None:
        """Without a topic it explains the command."""
        assert call("help")[1] == call("--help")[1]

    @pytest.mark.parametrize("command", ["resolve", "check", "export", "help"])
    def test_a_command(self, command: str, call: Call) -> None:
        """With a command it explains that."""
        assert call("help", command)[1] == call(command, "--help")[1]

    def test_a_closed_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nothing can be printed, the help is no traceback."""
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "stderr", None)
        with pytest.raises(SystemExit) as ended:
            main(["resolve", "--help"])
        assert ended.value.code == 0

    def test_forms(self, call: Call) -> None:
        """`help forms` has each form, and how to obtain one, within 80 columns."""
        _, out, _ = call("help", "forms")
        lines = out.decode().splitlines()
        assert max(map(len, lines)) <= 80
        for form in ("domain-xml", "getcaps", "engine-config"):
            assert any(line.startswith(f"  {form}: ") for line in lines)

    def test_settings(self, call: Call) -> None:
        """`help set` has the settings."""
        assert b"  vm.memoryMiB, vm.memory, memory\n" in call("help", "set")[1]

    @pytest.mark.parametrize(
        ("topic", "words"), [("simulat", "did you mean 'simulate'?"), ("x", "topics: resolve, ")]
    )
    def test_no_topic(self, topic: str, words: str, call: Call) -> None:
        """What is no topic gets a suggestion, or all topics."""
        assert words in refused(call, "help", topic)

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
    @pytest.mark.parametrize(
        "command", ["simulate", "resolve", "check", "read", "lint", "export", "schema", "survey"]
    )
    def test_in_any_locale(
        self,
        command: str,
        encoding: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: "pytest.CaptureFixture[str]",
    ) -> None:
        """The help of every command is printed whatever the encoding of the terminal."""
        printed = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding, write_through=True))
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert printed.getvalue().startswith(f"usage: zcpolicy {command}".encode())
        assert capsys.readouterr().err == ""
