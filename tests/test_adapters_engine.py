"""Engine's words, both ways: its list of policies and ``VM.migrate``.  The REST API is apart."""

import itertools
import json
import types
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc
from zcpolicy import testing as strategies
from zcpolicy.adapters import engine

TESTS = Path(__file__).parent
JSON = Dict[str, Any]

ZERO_COPY_ID = zc.policies.VERY_LARGE_VMS.id
INT_MAX = 2147483647


def load(name: str) -> Any:
    """One of the realistic documents."""
    return json.loads((TESTS / "data" / name).read_text(encoding="utf-8"))


def faults(call: Callable[..., object], *args: object, **options: object) -> List[str]:
    """The messages of all that *call* refuses."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        call(*args, **options)
    return [fault.message for fault in caught.value.all]


def accepted(call: Callable[..., object], *args: object) -> List[str]:
    """What would be accepted in place of all that *call* refuses."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        call(*args)
    return [fault.expected for fault in caught.value.all]


# -- Policies ------------------------------------------------------------------------------------


def policy_lists() -> SearchStrategy[List[zc.MigrationPolicy]]:
    return st.lists(
        strategies.policies(legacy=False), max_size=4, unique_by=lambda policy: policy.id
    )


class TestPolicies:
    @given(policy_lists())
    def test_round_trip(self, policies: List[zc.MigrationPolicy]) -> None:
        """Policies, their JSON, the policies, and the JSON again are the same."""
        document = engine.policies_to_json(policies)
        assert engine.policies_from_json(document) == tuple(policies)
        assert engine.policies_to_json(engine.policies_from_json(document)) == document

    @given(policy_lists(), st.booleans())
    def test_text(self, policies: List[zc.MigrationPolicy], as_bytes: bool) -> None:
        """The text that engine-config stores reads like the list that it holds."""
        text = json.dumps(engine.policies_to_json(tuple(policies)))
        document = text.encode() if as_bytes else text
        assert engine.policies_from_json(document) == tuple(policies)

    def test_realistic(self) -> None:
        """A site's value, with ids, numbers and gaps as engine-config lets them through, reads."""
        minimal, large, patient = engine.policies_from_json(load("migration_policies.json"))
        assert (minimal.name, minimal.max_migrations) == ("Minimal downtime", 2)
        assert large.id == ZERO_COPY_ID
        assert large.zero_copy
        assert large.schedule is not None
        assert large.schedule.init[0].downtime == 300
        assert patient.id == "6d0c1a2e-52b4-4c8e-9d7f-1f2e3d4c5b6a"
        assert patient.max_migrations == 3
        assert not patient.auto_convergence
        assert patient.schedule is not None
        assert [(e.limit, e.action.name) for e in patient.schedule.stalling] == [
            (0, "setDowntime"),
            (-1, "postcopy"),
            (-1, "abort"),
        ]

    def test_all_faults_of_a_list(self) -> None:
        """Every fault of every entry is named with its path, two entries of one id too."""
        good = zc.policies.POST_COPY.to_json()
        document = [good, {**good, "maxMigrations": 0}, {**good, "zerocopy": True}, good, None]
        found = faults(engine.policies_from_json, document)
        assert [message.split(":")[0] for message in found] == [
            "[1].maxMigrations",
            "[2].zerocopy",
            "[4]",
            "[2].id",
            "[3].id",
        ]

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            (None, "None is not a JSON array"),
            ({}, "{} is not a JSON array; put a single policy in brackets: [{...}]"),
            (1, "1 is not a JSON array"),
            ("{}", "{} is not a JSON array; put a single policy in brackets: [{...}]"),
            ("null", "None is not a JSON array"),
            ("[", "the text is not JSON: Expecting value (line 1, column 2)"),
            (b"\xff", "the text is not UTF-8 (byte 0)"),
        ],
    )
    def test_no_list(self, document: object, message: str) -> None:
        """What is no list, and no text of one, is refused."""
        assert faults(engine.policies_from_json, document) == [message]

    def test_legacy_and_doubles_are_not_written(self) -> None:
        """Legacy and a second policy of an id are no entries, and each is named."""
        policies = [
            zc.policies.POST_COPY,
            zc.policies.LEGACY,
            zc.policies.MINIMAL_DOWNTIME,
            zc.policies.POST_COPY,
        ]
        twice = zc.policies.POST_COPY.id
        built_in = "this is the id of Legacy, which is built into Engine and never in its list"
        assert faults(engine.policies_to_json, policies) == [
            f"policies[1].id: {built_in}",
            f"policies[3].id: {twice!r} is also the id of policies[0]: Engine would not start",
        ]
        wanted = accepted(engine.policies_to_json, policies)
        assert wanted == ["the id of a policy other than Legacy", "a unique id"]

    @pytest.mark.parametrize(
        ("policies", "messages"),
        [
            ("POST_COPY", ["policies: 'POST_COPY' is not a list of policies"]),
            (None, ["policies: None is not a list of policies"]),
            (
                [zc.policies.POST_COPY, "x", 1],
                [
                    "policies[1]: 'x' is not a MigrationPolicy",
                    "policies[2]: 1 is not a MigrationPolicy",
                ],
            ),
        ],
    )
    def test_no_policies(self, policies: object, messages: List[str]) -> None:
        """Only a list of policies is written."""
        assert faults(engine.policies_to_json, policies) == messages


# -- VM.migrate ----------------------------------------------------------------------------------

SWITCHES = ("zerocopy", "parallel", "compressed", "encrypted", "tunnelled", "postcopy")
ABORT = zc.StallingEntry(limit=-1, action=zc.Action(name="abort"))
POSTCOPY = zc.StallingEntry(limit=-1, action=zc.Action(name="postcopy"))


def impossible(
    zerocopy: bool, parallel: bool, compressed: bool, encrypted: bool, tunnel: bool, postcopy: bool
) -> bool:
    """Whether libvirt or QEMU refuses this, or is harmed by it."""
    return (
        (zerocopy and (encrypted or not parallel))
        or (parallel and (compressed or postcopy or tunnel))
        or (tunnel and (encrypted or postcopy))
    )


read_request = engine.parameters_from_vm_migrate

POSSIBLE = [
    switches
    for switches in itertools.product((False, True), repeat=len(SWITCHES))
    if not impossible(*switches)
]


@st.composite
def all_parameters(draw: st.DrawFn) -> zc.Parameters:
    """All parameters that there are."""
    zerocopy, parallel, compressed, encrypted, tunnelled, postcopy = draw(st.sampled_from(POSSIBLE))
    schedule = draw(st.none() | strategies.schedules())
    if schedule is not None:
        schedule = schedule.without_postcopy()
    if postcopy:
        before = () if schedule is None else schedule.stalling
        schedule = zc.ConvergenceSchedule(
            init=() if schedule is None else schedule.init, stalling=(*before, POSTCOPY, ABORT)
        )
    return zc.Parameters(
        zerocopy=zerocopy,
        parallel=draw(st.integers(2, 255)) if parallel else None,
        auto_converge=draw(st.booleans()),
        compressed=compressed,
        encrypted=encrypted,
        tunnelled=tunnelled,
        max_bandwidth=draw(st.none() | st.integers(1, INT_MAX)),
        downtime=draw(st.none() | st.integers(1, 2000000)),
        schedule=schedule,
        enable_guest_events=draw(st.booleans()),
        incoming_limit=draw(st.integers(1, INT_MAX)),
        outgoing_limit=draw(st.integers(1, INT_MAX)),
    )


LEVELS = st.sampled_from(("4.2", "4.3", "4.4", "4.7", "4.8", "4.10", "5.0"))
# Who migrates, where from and where to.
HOSTS: JSON = {
    "vmId": "5d1e9c77-3b40-4f0a-8e52-0a6b7c8d9e10",
    "src": "host1.example.com",
    "dst": "host2.example.com:54321",
    "dstqemu": "192.0.2.22",
    "dstparams": None,
    "consoleAddress": "192.0.2.22",
    "mode": "remote",
    "cpusets": ["0-3"],
    "numaNodesets": ["0"],
}


def encryption(level: str) -> bool:
    return [int(part) for part in level.split(".")] >= [4, 4]


def with_schedule(**lists: Any) -> JSON:
    return {"convergenceSchedule": {"init": [], "stalling": [], **lists}}


class TestVmMigrate:
    def test_everything(self) -> None:
        """Each parameter has the key and the type that Engine gives it."""
        parameters = zc.Parameters(
            zerocopy=True,
            parallel=4,
            auto_converge=True,
            max_bandwidth=1250,
            downtime=500,
            schedule=zc.ConvergenceSchedule(
                init=[zc.Action(name="setDowntime", params=("300",))], stalling=[ABORT]
            ),
            enable_guest_events=True,
            incoming_limit=3,
            outgoing_limit=1,
        )
        assert engine.vm_migrate(parameters, level="4.8") == {
            "method": "online",
            "abortOnError": "true",
            "tunneled": "false",
            "compressed": "false",
            "autoConverge": "true",
            "enableGuestEvents": True,
            "incomingLimit": 3,
            "outgoingLimit": 1,
            "encrypted": False,
            "zerocopy": True,
            "parallel": 4,
            "maxBandwidth": 1250,
            "downtime": "500",
            "convergenceSchedule": {
                "init": [{"name": "setDowntime", "params": ["300"]}],
                "stalling": [{"limit": -1, "action": {"name": "abort", "params": []}}],
            },
        }

    def test_nothing(self) -> None:
        """What is unset is not sent, and encryption not below level 4.4."""
        sent = engine.vm_migrate(zc.Parameters(), level="4.3")
        assert sent == {
            "method": "online",
            "abortOnError": "true",
            "tunneled": "false",
            "compressed": "false",
            "autoConverge": "false",
            "enableGuestEvents": False,
            "incomingLimit": 2,
            "outgoingLimit": 2,
        }
        assert engine.vm_migrate(zc.Parameters(), level="4.4") == {**sent, "encrypted": False}

    def test_bad_arguments(self) -> None:
        """Only parameters and a level are taken."""
        assert faults(engine.vm_migrate, {}, level="4") == [
            "parameters: {} is not Parameters",
            "level: '4' is not a compatibility level such as \"4.8\"",
        ]


class TestParametersFromVmMigrate:
    @given(all_parameters(), LEVELS)
    def test_round_trip(self, parameters: zc.Parameters, level: str) -> None:
        """Parameters come back from the request, and the request from them."""
        request = engine.vm_migrate(parameters, level=level)
        read = read_request(request)
        # Below that level no encryption is sent.
        sent = parameters.encrypted and encryption(level)
        assert read == attr.evolve(parameters, encrypted=sent)
        assert engine.vm_migrate(read, level=level) == request

    @given(all_parameters())
    def test_of_real_calls(self, parameters: zc.Parameters) -> None:
        """What names the VM and the hosts is left alone."""
        request = engine.vm_migrate(parameters, level="4.8")
        read = read_request(types.MappingProxyType({**request, **HOSTS}))
        assert read == parameters

    @given(all_parameters())
    def test_through_json(self, parameters: zc.Parameters) -> None:
        """A request that went through JSON, as it does to Vdsm, is the same."""
        request = engine.vm_migrate(parameters, level="4.8")
        assert read_request(json.loads(json.dumps(request))) == parameters

    @pytest.mark.parametrize("kind", ["deployed", "fixed"])
    def test_of_the_deployed_engine(self, kind: str) -> None:
        """Every recorded request of Engine's comes back, or is refused since it cannot be run."""
        read = refused = 0
        for line in (TESTS / "recorded" / "engine.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            request = record[kind]
            if "error" in request:
                continue
            schedule = request.get("convergenceSchedule", {"stalling": []})
            actions = [entry["action"]["name"] for entry in schedule["stalling"]]
            if impossible(
                "zerocopy" in request,
                "parallel" in request,
                request["compressed"] == "true",
                request.get("encrypted", False),
                request["tunneled"] == "true",
                "postcopy" in actions,
            ):
                assert faults(read_request, request)
                refused += 1
                continue
            parameters = read_request(request)
            if request.get("maxBandwidth") == 0:
                # Engine's way to say that Vdsm may choose.
                del request["maxBandwidth"]
            level = "4.8" if "encrypted" in request else "4.3"
            assert engine.vm_migrate(parameters, level=level) == request
            read += 1
        assert read > 200
        assert refused > 20

    def test_empty(self) -> None:
        """A request that says nothing leaves all to Vdsm."""
        assert read_request({}) == zc.Parameters()

    @pytest.mark.parametrize("key", ["autoConverge", "compressed", "tunneled"])
    @pytest.mark.parametrize(
        ("value", "meaning"),
        [
            *[("true", True), ("false", False), ("True", True), ("FALSE", False)],
            *[(True, True), (False, False), (None, False)],
        ],
    )
    def test_strings_of_booleans(self, key: str, value: object, meaning: bool) -> None:
        """Where Engine sends a string for a boolean, Vdsm takes it in any case, or a bool."""
        read = read_request({key: value})
        assert read == zc.Parameters(
            auto_converge=meaning and key == "autoConverge",
            compressed=meaning and key == "compressed",
            tunnelled=meaning and key == "tunneled",
        )

    @pytest.mark.parametrize("key", ["autoConverge", "compressed", "tunneled"])
    @pytest.mark.parametrize("value", ["yes", "1", "0", "", " true", 1, 0, 1.0, []])
    def test_no_strings_of_booleans(self, key: str, value: object) -> None:
        """What is neither true nor false there is refused, although Vdsm makes something of it."""
        request = {key: value}
        expected = [f"{key}: {value!r} is not true or false"]
        assert faults(read_request, request) == expected

    @pytest.mark.parametrize("key", ["encrypted", "zerocopy", "enableGuestEvents"])
    def test_booleans(self, key: str) -> None:
        """A string where Engine sends a boolean is refused: Vdsm takes "false" as true."""
        assert faults(read_request, {key: "false"}) == [
            f"{key}: 'false' is a string, and Vdsm reads every non-empty string as true"
        ]
        assert faults(read_request, {key: 1}) == [f"{key}: 1 is not true or false"]
        with pytest.raises(TypeError) as caught:
            read_request({key: "true"})
        assert isinstance(caught.value, zc.ZcpolicyError)
        assert (caught.value.value, caught.value.expected) == (
            "true",
            "true or false, without quotes",
        )

    @pytest.mark.parametrize("value", [0, None])
    @pytest.mark.parametrize("key", ["parallel", "maxBandwidth"])
    def test_nothing_asked_for(self, key: str, value: object) -> None:
        """No connections and no bandwidth may be said as 0 and null, too."""
        assert read_request({key: value}) == zc.Parameters()

    @pytest.mark.parametrize("value", ["1500", 1500])
    def test_downtime(self, value: object) -> None:
        """The downtime is a string, or the integer in it."""
        assert read_request({"downtime": value}).downtime == 1500

    @pytest.mark.parametrize(
        ("request_", "message"),
        [
            ({"downtime": "0"}, "downtime: 0 is not an integer from 1 to 2000000, or none"),
            ({"downtime": "-1"}, "downtime: -1 is not an integer from 1 to 2000000, or none"),
            (
                {"downtime": "2000001"},
                "downtime: 2000001 is not an integer from 1 to 2000000, or none",
            ),
            ({"downtime": "0500"}, "downtime: '0500' is not an integer from 1 to 2000000, or none"),
            ({"downtime": " 500"}, "downtime: ' 500' is not an integer from 1 to 2000000, or none"),
            (
                {"downtime": "9" * 11},
                "downtime: '99999999999' is not an integer from 1 to 2000000, or none",
            ),
            ({"downtime": True}, "downtime: True is not an integer from 1 to 2000000, or none"),
            ({"parallel": 1}, "parallel: 1 is not an integer from 2 to 255, or none"),
            ({"parallel": "4"}, "parallel: '4' is not an integer from 2 to 255, or none"),
            ({"parallel": False}, "parallel: False is not an integer from 2 to 255, or none"),
            ({"parallel": 0.0}, "parallel: 0.0 is not an integer from 2 to 255, or none"),
            (
                {"maxBandwidth": -1},
                f"maxBandwidth: -1 is not an integer from 1 to {INT_MAX}, or none",
            ),
            (
                {"maxBandwidth": "52"},
                f"maxBandwidth: '52' is not an integer from 1 to {INT_MAX}, or none",
            ),
            ({"incomingLimit": 0}, f"incomingLimit: 0 is not an integer from 1 to {INT_MAX}"),
            ({"outgoingLimit": "2"}, f"outgoingLimit: '2' is not an integer from 1 to {INT_MAX}"),
            ({"convergenceSchedule": None}, "convergenceSchedule: None is not a JSON object"),
            ({"convergenceSchedule": []}, "convergenceSchedule: [] is not a JSON object"),
            (
                with_schedule(init=None),
                "convergenceSchedule.init: the key is missing or null, and Vdsm fails without it",
            ),
            (
                {"convergenceSchedule": {"init": []}},
                "convergenceSchedule.stalling: "
                "the key is missing or null, and Vdsm fails without it",
            ),
            (
                with_schedule(stalling=[{"limit": 1, "action": {"name": "postCopy"}}]),
                "convergenceSchedule.stalling[0].action.name: "
                "'postCopy' is not one of 'setDowntime', 'postcopy', 'abort'",
            ),
        ],
    )
    def test_refused(self, request_: JSON, message: str) -> None:
        """What Engine does not send, and what no migration survives, is refused with its path."""
        assert faults(read_request, request_) == [message]

    @pytest.mark.parametrize("switches", [*itertools.product((False, True), repeat=len(SWITCHES))])
    def test_combinations(self, switches: Tuple[bool, ...]) -> None:
        """A request is refused exactly if libvirt or QEMU would refuse its combination."""
        zerocopy, parallel, compressed, encrypted, tunnelled, postcopy = switches
        schedule = zc.ConvergenceSchedule(stalling=[POSTCOPY] if postcopy else [])
        request = {
            "zerocopy": zerocopy,
            "parallel": 4 if parallel else 0,
            "compressed": str(compressed).lower(),
            "encrypted": encrypted,
            "tunneled": str(tunnelled).lower(),
            "convergenceSchedule": schedule.to_json(),
        }
        if switches in POSSIBLE:
            read = read_request(request)
            assert (read.zerocopy, read.parallel) == (zerocopy, 4 if parallel else None)
        else:
            keys = {message.split(":")[0] for message in faults(read_request, request)}
            assert keys <= {"zerocopy", "compressed", "convergenceSchedule", "tunneled"}

    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            ("zeroCopy", "did you mean 'zerocopy'?"),
            ("autoconverge", "did you mean 'autoConverge'?"),
            ("tunnelled", "write 'tunneled'"),
            ("schedule", "write 'convergenceSchedule'"),
            ("x", "(known: zerocopy, parallel,"),
        ],
    )
    def test_unknown_keys(self, key: str, hint: str) -> None:
        """A key that Vdsm does not know, and would ignore, is refused with what was meant."""
        (message,) = faults(read_request, {key: True})
        assert message.startswith(f"{key}: unknown key")
        assert hint in message

    @pytest.mark.parametrize("params", [..., None, []])
    def test_no_parameters(self, params: object) -> None:
        """An action without parameters is read the same everywhere, and setDowntime needs one."""
        said = {} if params is ... else {"params": params}
        last = [{"action": "abort", **said}]
        policy: JSON = {"id": ZERO_COPY_ID, "maxMigrations": 1, "config": {"lastItems": last}}
        entry = {"limit": -1, "action": {"name": "abort", **said}}
        expected = zc.ConvergenceSchedule(stalling=[ABORT])
        assert engine.policies_from_json([policy])[0].schedule == expected
        assert zc.MigrationPolicy.from_json(policy).schedule == expected
        assert zc.ConvergenceSchedule.from_json({"stalling": [entry]}) == expected
        assert read_request(with_schedule(stalling=[entry])).schedule == expected
        last[0]["action"] = "setDowntime"
        entry["action"] = {"name": "setDowntime", **said}
        for read, document in (
            (engine.policies_from_json, [policy]),
            (zc.MigrationPolicy.from_json, policy),
            (zc.ConvergenceSchedule.from_json, {"stalling": [entry]}),
            (read_request, with_schedule(stalling=[entry])),
        ):
            (message,) = faults(read, document)
            assert ".params: () is not one parameter, the downtime in ms" in message

    def test_no_entries(self) -> None:
        """An empty schedule is one wherever it is read; missing lists are Engine's to fill in."""
        empty = zc.ConvergenceSchedule()
        policy = {"id": ZERO_COPY_ID, "maxMigrations": 1, "config": {}}
        assert engine.policies_from_json([policy])[0].schedule == empty
        assert zc.ConvergenceSchedule.from_json({}) == empty
        assert zc.ConvergenceSchedule.from_json({"init": [], "stalling": []}) == empty
        request = with_schedule()
        assert read_request(request).schedule == empty
        assert engine.vm_migrate(read_request(request), level="4.8").items() >= request.items()
        assert len(faults(read_request, {"convergenceSchedule": {}})) == 2

    def test_accepted_schedule(self) -> None:
        """What a schedule lacks is said."""
        assert accepted(read_request, {"convergenceSchedule": {}}) == ["a list", "a list"]

    def test_all_faults(self) -> None:
        """All faults of a request are named, not only the first."""
        request = {
            "zeroCopy": True,
            "encrypted": "false",
            "parallel": 300,
            "compressed": "yes",
            **with_schedule(stalling=None),
        }
        found = faults(read_request, request)
        assert [message.split(":")[0] for message in found] == [
            *("zeroCopy", "encrypted", "convergenceSchedule.stalling", "parallel", "compressed"),
        ]

    @pytest.mark.parametrize("document", [None, [], "{}", 1])
    def test_no_request(self, document: object) -> None:
        """What is no object is no request."""
        expected = [f"{document!r} is not a JSON object"]
        assert faults(read_request, document) == expected
