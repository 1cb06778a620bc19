"""Vdsm's words: what it makes of a request, what is wrong with one, and how to mend it."""

import copy
import itertools
import json
import pickle
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, Dict, Hashable, List, Optional, Set, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import refused
from zcpolicy.adapters import vdsm
from zcpolicy.adapters._oddities import ODDITIES
from zcpolicy.adapters.libvirt import Flag
from zcpolicy.adapters.vdsm import check, libvirt_call, repair
from zcpolicy.testing import scenarios

ABORT = {"limit": -1, "action": {"name": "abort", "params": []}}
INIT, STALLING = "convergenceSchedule.init", "convergenceSchedule.stalling"
NEVER = {**ABORT, "limit": 2147483647}
POSTCOPY = {"limit": 2, "action": {"name": "postcopy", "params": []}}


def downtime(ms: Any) -> Dict[str, Any]:
    return {"name": "setDowntime", "params": [ms]}


def schedule(*stalling: Any, init: Any = ()) -> Dict[str, Any]:
    return {"convergenceSchedule": {"init": list(init), "stalling": [*stalling, ABORT]}}


def codes(
    request: Dict[str, Any],
    host: Optional[zc.Host] = None,
    vm: Optional[zc.VM] = None,
    severities: Tuple[str, ...] = ("refused", "harmful", "misleading"),
    destination: Optional[zc.Host] = None,
) -> List[str]:
    """The codes of what is wrong with a request."""
    found = check(request, host or zc.Host(), vm, level="4.8", destination=destination)
    return [violation.code for violation in found if violation.severity in severities]


class TestLibvirtCall:
    """What Vdsm makes of a request; the recorded answers are in test_recorded.py."""

    def test_it_is_a_value(self) -> None:
        """A call does not change and can be hashed, whichever mapping its parameters are."""
        call = libvirt_call({"parallel": 3}, zc.Host(), level="4.8")
        again = attr.evolve(call, params=dict(call.params))
        assert hash(call) == hash(again) == hash(attr.evolve(call, params=call.params))
        with pytest.raises(TypeError):
            again.params["bandwidth"] = 1  # type: ignore[index]
        assert pickle.loads(pickle.dumps(call)) == call

    def test_its_parameters_are_a_dict(self) -> None:
        """They are a dict, since libvirt's binding and `json` refuse other mappings."""
        call = libvirt_call({"parallel": 3}, zc.Host(), level="4.8")
        assert isinstance(call.params, dict)
        assert json.loads(json.dumps(call.params)) == {"bandwidth": 52, "parallel.connections": 3}

    @pytest.mark.parametrize(
        ("value", "is_true"),
        [
            (True, True),
            (False, False),
            ("true", True),
            ("TrUe", True),
            ("false", False),
            ("False", False),
            ("1", True),
            ("-1", True),
            (" 1 ", True),
            ("0", False),
            ("00", False),
            ("", False),
            ("yes", False),
            ("true ", False),
            ("1.0", False),
            (1, False),
            (1.0, False),
            (None, False),
            ([True], False),
        ],
    )
    @pytest.mark.parametrize(
        ("key", "flag"),
        [
            ("tunneled", Flag.VIR_MIGRATE_TUNNELLED),
            ("abortOnError", Flag.VIR_MIGRATE_ABORT_ON_ERROR),
            ("compressed", Flag.VIR_MIGRATE_COMPRESSED),
            ("autoConverge", Flag.VIR_MIGRATE_AUTO_CONVERGE),
        ],
    )
    def test_tobool(self, key: str, flag: Flag, value: object, is_true: bool) -> None:
        """Four keys are read with Vdsm's own notion of true."""
        flags = libvirt_call({key: value}, zc.Host(), level="4.8").flags
        assert bool(flags & flag) is is_true

    @pytest.mark.parametrize(
        ("value", "is_true"),
        [(True, True), (False, False), ("false", True), ("", False), (None, False), (1, True)],
    )
    @pytest.mark.parametrize(
        ("key", "flag"),
        [("encrypted", Flag.VIR_MIGRATE_TLS), ("zerocopy", Flag.VIR_MIGRATE_ZEROCOPY)],
    )
    def test_truth(self, key: str, flag: Flag, value: object, is_true: bool) -> None:
        """For two keys anything that Python takes for true is true."""
        flags = libvirt_call({key: value}, zc.Host(), level="4.8").flags
        assert bool(flags & flag) is is_true

    @pytest.mark.parametrize(
        ("level", "kept"), [("4.1", False), ("4.2", True), ("4.10", True), (None, False)]
    )
    def test_persist_dest(self, level: Optional[str], kept: bool) -> None:
        """The domain stays defined at the destination if the VM has a level from 4.2 on."""
        flags = libvirt_call({}, zc.Host(), level=level).flags
        assert bool(flags & Flag.VIR_MIGRATE_PERSIST_DEST) is kept
        assert flags & Flag.VIR_MIGRATE_LIVE
        assert flags & Flag.VIR_MIGRATE_PEER2PEER

    @pytest.mark.parametrize(
        ("value", "params"),
        [
            (None, {"bandwidth": 52}),
            (0, {"bandwidth": 52}),
            ("", {"bandwidth": 52}),
            ("0", {}),
            ("100", {"bandwidth": 100}),
            (12.9, {"bandwidth": 12}),
            (-5, {"bandwidth": -5}),
        ],
    )
    def test_bandwidth(self, value: object, params: Dict[str, Any]) -> None:
        """What counts as false is Vdsm's own limit; 0 is none at all."""
        assert libvirt_call({"maxBandwidth": value}, zc.Host(), level="4.8").params == params

    @pytest.mark.parametrize(
        ("value", "passed"),
        [(None, False), (0, False), (False, False), (2, True), (-1, True), ("0", True)],
    )
    def test_parallel(self, value: object, passed: bool) -> None:
        """Absent, null and 0 mean no connections; anything else passes as it is."""
        call = libvirt_call({"parallel": value}, zc.Host(), level="4.8")
        assert bool(call.flags & Flag.VIR_MIGRATE_PARALLEL) is passed
        assert call.params.get("parallel.connections") == (value if passed else None)

    @pytest.mark.parametrize(
        "host", [zc.Host(vdsm_zerocopy=False), zc.Host(libvirt_zerocopy=False)]
    )
    def test_a_host_without_zerocopy_leaves_it_out(self, host: zc.Host) -> None:
        """An older Vdsm or libvirt goes on without zero-copy."""
        call = libvirt_call({"parallel": 2, "zerocopy": True}, host, level="4.8")
        assert not call.flags & Flag.VIR_MIGRATE_ZEROCOPY

    @pytest.mark.parametrize(("place", "allowed"), [("init", False), ("stalling", True)])
    def test_postcopy_is_allowed_for_stalling_entries_only(self, place: str, allowed: bool) -> None:
        """Vdsm looks for post-copy among the stalling entries, not in init."""
        action = POSTCOPY["action"]
        request = schedule(POSTCOPY) if place == "stalling" else schedule(init=[action])
        flags = libvirt_call(request, zc.Host(), level="4.8").flags
        assert bool(flags & Flag.VIR_MIGRATE_POSTCOPY) is allowed

    @pytest.mark.parametrize("entry", [None, [], 1, {"action": None}])
    def test_vdsm_stops_reading_at_the_first_postcopy(self, entry: object) -> None:
        """What follows a post-copy entry cannot crash Vdsm, only its monitor."""
        request = schedule(POSTCOPY, entry)
        flags = libvirt_call(request, zc.Host(), level="4.8").flags
        assert flags & Flag.VIR_MIGRATE_POSTCOPY
        assert codes(request) == ["schedule-unreadable"]
        assert codes(schedule(entry, POSTCOPY))[0] == "vdsm-crash"

    @pytest.mark.parametrize(
        ("request_", "path"),
        [
            ({"maxBandwidth": "fast"}, "maxBandwidth"),
            ({"maxBandwidth": [1]}, "maxBandwidth"),
            ({"maxBandwidth": float("inf")}, "maxBandwidth"),
            ({"downtime": "long"}, "downtime"),
            ({"downtime": -1}, "downtime"),
            ({"downtime": []}, "downtime"),
            ({"downtime": float("inf")}, "downtime"),
            ({"downtime": 10**309}, "downtime"),
            ({"downtime": "1" + "0" * 309}, "downtime"),
            ({"downtime": 1.7976931348623157e308}, "downtime"),
            ({"convergenceSchedule": None}, "convergenceSchedule"),
            ({"convergenceSchedule": []}, "convergenceSchedule"),
            ({"convergenceSchedule": {"stalling": None}}, "convergenceSchedule"),
            ({"convergenceSchedule": {"stalling": [1]}}, "convergenceSchedule"),
            ({"convergenceSchedule": {"stalling": [{"action": None}]}}, "convergenceSchedule"),
        ],
    )
    def test_a_value_on_which_vdsm_crashes_is_a_named_error(
        self, request_: Dict[str, Any], path: str
    ) -> None:
        """Where Vdsm crashes there is an error that names the key, and check says refused."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            libvirt_call(request_, zc.Host(), level="4.8")
        assert caught.value.path == path
        first = check(request_, zc.Host(), level="4.8")[0]
        assert (first.code, first.severity, first.layer) == ("vdsm-crash", "refused", "vdsm")
        assert path in first.message
        assert path in (first.remedy or "")

    def test_all_crashes_are_named(self) -> None:
        """A request with two such values names both."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            libvirt_call({"maxBandwidth": "x", "downtime": "y"}, zc.Host(), level="4.8")
        assert [fault.path for fault in caught.value.all] == ["maxBandwidth", "downtime"]

    def test_vdsm_takes_a_downtime_of_zero(self) -> None:
        """Vdsm crashes on no downtime from 0 up, although 0 is never reached."""
        assert [codes({"downtime": ms}) for ms in (0, "0", 1)] == [["downtime-zero"]] * 2 + [[]]

    def test_a_downtime_beside_a_schedule_is_not_read(self) -> None:
        """Vdsm does not look at the downtime when there is a schedule."""
        assert libvirt_call({**schedule(), "downtime": "x"}, zc.Host(), level="4.8").flags


WRONG: List[Tuple[Any, ...]] = [
    ([], zc.Host(), None, "4.8", "request"),
    ({}, "host", None, "4.8", "host"),
    ({}, zc.Host(), None, "4", "level"),
    ({}, zc.Host(), None, 4.8, "level"),
]


NEVER_LIMITS = [float("nan"), float("inf"), 2**64]


class TestWhatIsNeverDue:
    """What the monitor never comes to does no harm."""

    @pytest.mark.parametrize(
        "entry",
        [
            {"limit": 1, "action": downtime("3000000")},
            {"limit": 1, "action": downtime("0")},
            {"limit": 1, "action": downtime("x")},
            {"limit": "1", "action": downtime("1")},
            {"limit": 1, "action": {"name": "stop"}},
            {"limit": 1, "action": {"name": "setDowntime", "params": "500"}},
            {"limit": 1, "action": {}},
            {"limit": 1},
        ],
    )
    def test_behind_an_abort_or_a_limit_that_is_never_passed(self, entry: Dict[str, Any]) -> None:
        """It is found in front of an abort or of such a limit, and not behind one."""
        assert len(codes(schedule(entry))) == 1
        assert codes(schedule(ABORT, entry)) == []
        for limit in NEVER_LIMITS:
            never = {"limit": limit, "action": downtime("100")}
            assert codes(schedule(never, entry)) == []
            assert len(codes(schedule(entry, never))) == 1

    @pytest.mark.parametrize("limit", [*NEVER_LIMITS, 2**64 - 1, float("-inf")])
    def test_its_own_action(self, limit: float) -> None:
        """An action whose own limit is never passed does not run."""
        found = codes(schedule({"limit": limit, "action": downtime("0")}))
        assert found == ([] if limit in NEVER_LIMITS else ["downtime-zero"])

    @pytest.mark.parametrize("limit", [*NEVER_LIMITS, 2**64 - 1])
    def test_a_list_that_holds_it_does_not_run_out(self, limit: float) -> None:
        """With such an entry the list is never empty."""
        stalling = [{"limit": limit, "action": downtime("100")}]
        found = codes({"convergenceSchedule": {"init": [], "stalling": stalling}})
        assert found == ([] if limit in NEVER_LIMITS else ["schedule-runs-out"])

    def test_an_abort_that_cannot_be_read_ends_nothing(self) -> None:
        """The monitor dies of an abort without a limit; mended, the next entry is due."""
        request = schedule({"action": ABORT["action"]}, {"limit": 1, "action": downtime("0")})
        assert codes(request) == ["schedule-unreadable", "downtime-zero"]

    @pytest.mark.parametrize("limit", NEVER_LIMITS)
    def test_it_may_become_due_in_a_repair(self, limit: float) -> None:
        """Where post-copy goes, what stood behind it is mended, too."""
        request = {
            **schedule({**POSTCOPY, "limit": limit}, {"limit": 1, "action": downtime("3000000")}),
            "parallel": 2,
        }
        mended = repair(request, zc.Host(), level="4.8")
        assert codes(dict(mended.request)) == []
        assert [notice.code for notice in mended.notices] == [
            "multifd-postcopy",
            "schedule-downtime",
        ]

    def test_post_copy_ends_nothing(self) -> None:
        """The switch may fail, and then the next entry is due."""
        assert codes(schedule(POSTCOPY, {"limit": 1, "action": downtime("0")})) == ["downtime-zero"]


def test_the_first_digit_of_a_string_counts() -> None:
    """Of a string Vdsm reads the first character: "05" is a downtime of 0."""
    assert "downtime-zero" in codes(schedule(init=[{"name": "setDowntime", "params": "05"}]))
    assert "downtime-zero" not in codes(schedule(init=[{"name": "setDowntime", "params": "50"}]))


def test_the_first_parameter_of_a_downtime_counts() -> None:
    """Vdsm reads the first parameter of a setDowntime, and no other."""
    odd = {"name": "setDowntime", "params": ["0", "100"]}
    good = {"name": "setDowntime", "params": ["100", "0"]}
    assert "downtime-zero" in codes(schedule(init=[odd]))
    assert "downtime-zero" not in codes(schedule(init=[good]))


class TestArguments:
    """Wrong arguments are refused, naming them."""

    @pytest.mark.parametrize(("request_", "host", "vm", "level", "path"), WRONG)
    @pytest.mark.parametrize("function", [check, repair])
    def test_check_and_repair(
        self, function: Any, request_: Any, host: Any, vm: Any, level: Any, path: str
    ) -> None:
        """Check and repair name the argument that is wrong."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            function(request_, host, vm, level=level)
        assert caught.value.path == path

    @pytest.mark.parametrize(("request_", "host", "vm", "level", "path"), WRONG)
    def test_libvirt_call(self, request_: Any, host: Any, vm: Any, level: Any, path: str) -> None:
        """libvirt_call names the argument that is wrong."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            libvirt_call(request_, host, level=level)
        assert caught.value.path == path

    def test_a_request_is_any_mapping(self) -> None:
        """A request need be no dict: any mapping is read alike, and subclasses of dict, too."""
        plain = {"parallel": 2, "zerocopy": True, "encrypted": True}
        for request in (MappingProxyType(plain), OrderedDict(plain)):
            for function in (check, repair, libvirt_call):
                assert function(request, zc.Host(), level="4.8") == function(
                    plain, zc.Host(), level="4.8"
                )

    def test_vdsm_may_know_no_level(self) -> None:
        """A VM without a level is checked and mended like others."""
        request = {"parallel": 2, "compressed": True}
        for function in (check, repair):
            assert function(request, zc.Host(), level=None) == function(
                request, zc.Host(), level="4.1"
            )

    def test_the_vm(self) -> None:
        """A VM is a VM or None."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            check({}, zc.Host(), "vm", level="4.8")  # type: ignore[arg-type]
        assert caught.value.path == "vm"


OLD_VDSM = zc.Host(vdsm_zerocopy=False)
OLD_LIBVIRT = zc.Host(libvirt_zerocopy=False)
OLD_QEMU = zc.Host(qemu_zerocopy=False)

INTEGERS_OR_NOTHING: List[Any] = [2, 1, 0, None, "", [], 0.0, True, -1]

# code, severity, layer, requests (and hosts) that have it, and the nearest that have not.
UNWATCHED = zc.Host(vdsm=zc.Vdsm(monitor_interval_s=0))
ODD: List[Tuple[str, str, str, List[Any], List[Any]]] = [
    (
        "zerocopy-capability",
        "refused",
        "qemu",
        [({"parallel": 2, "zerocopy": True}, OLD_QEMU)],
        [
            ({"parallel": 2, "zerocopy": False}, OLD_QEMU),
            {"parallel": 2, "zerocopy": True},
            ({"parallel": 2, "zerocopy": True}, attr.evolve(OLD_QEMU, vdsm_zerocopy=False)),
            ({"parallel": 2, "zerocopy": True}, attr.evolve(OLD_QEMU, libvirt_zerocopy=False)),
        ],
    ),
    (
        "zerocopy-destination",
        "refused",
        "libvirt",
        [
            ({"zerocopy": True, "parallel": 2}, None, OLD_LIBVIRT),
            ({"zerocopy": True, "parallel": 2}, None, zc.Host(libvirt_version=(8, 4, 9))),
        ],
        [
            ({"zerocopy": True, "parallel": 2}, None, OLD_QEMU),
            ({"zerocopy": True, "parallel": 2}, None, zc.Host(libvirt_version=(8, 5))),
            ({"zerocopy": True, "parallel": 2}, OLD_VDSM, OLD_LIBVIRT),
            ({"parallel": 2}, None, OLD_LIBVIRT),
            {"zerocopy": True, "parallel": 2},
        ],
    ),
    (
        "outgoing-limit-type",
        "harmful",
        "vdsm",
        [{"outgoingLimit": value} for value in ("2", 2.5, [2], {"a": 1}, "x")],
        [{"outgoingLimit": value} for value in INTEGERS_OR_NOTHING],
    ),
    (
        "outgoing-limit-negative",
        "harmful",
        "vdsm",
        [{"outgoingLimit": value} for value in (-1, -2)],
        [{"outgoingLimit": value} for value in (0, 1, None, "-1", -1.5)],
    ),
    (
        "incoming-limit-type",
        "harmful",
        "vdsm",
        [{"incomingLimit": value} for value in ("2", 2.5, [2], {"a": 1}, "x")],
        [{"incomingLimit": value} for value in INTEGERS_OR_NOTHING],
    ),
    (
        "incoming-limit-negative",
        "harmful",
        "vdsm",
        [{"incomingLimit": value} for value in (-1, -2)],
        [{"incomingLimit": value} for value in (0, 1, None, "-1", -1.5)],
    ),
    (
        "schedule-aborts",
        "harmful",
        "vdsm",
        [schedule(init=[{"name": "abort", "params": []}])],
        [schedule(init=[downtime("100")])],
    ),
    (
        "schedule-unreadable",
        "harmful",
        "vdsm",
        [
            {"convergenceSchedule": {}},
            {"convergenceSchedule": {"stalling": [ABORT]}},
            {"convergenceSchedule": {"init": "x", "stalling": [ABORT]}},
            {"convergenceSchedule": {"init": []}},
            schedule(init=[None]),
            schedule({"limit": 1}),
            schedule({"action": downtime("1")}),
            schedule({"limit": "1", "action": downtime("1")}),
            schedule({"limit": None, "action": downtime("1")}),
            schedule({"limit": 1, "action": {"params": []}}),
            schedule({"limit": 1, "action": {"name": "setDowntime"}}),
            schedule({"limit": 1, "action": {"name": "setDowntime", "params": []}}),
            schedule({"limit": 1, "action": downtime("100.5")}),
            schedule(init=[downtime("x")]),
            schedule(init=[{"name": "setDowntime", "params": ""}]),
            schedule(init=[{"name": "setDowntime", "params": "x1"}]),
            schedule(init=[{"name": "setDowntime", "params": {}}]),
            schedule(init=[{"name": "setDowntime", "params": 100}]),
        ],
        [
            schedule(),
            schedule({"limit": 1, "action": downtime(100)}, init=[downtime("1")]),
            schedule({"limit": 1.5, "action": {"name": "abort"}}),
        ],
    ),
    (
        "schedule-downtime",
        "harmful",
        "vdsm",
        [
            schedule({"limit": 1, "action": downtime("2000001")}),
            schedule(init=[downtime("-1")]),
            {"downtime": "2000001"},
        ],
        [
            schedule({"limit": 1, "action": downtime("2000000")}, init=[downtime("0")]),
            {"downtime": "2000000"},
            {**schedule(), "downtime": "2000001"},
        ],
    ),
    (
        "schedule-runs-out",
        "harmful",
        "vdsm",
        [
            {"convergenceSchedule": {"init": [], "stalling": []}},
            {"convergenceSchedule": {"init": [], "stalling": [POSTCOPY]}},
            {
                "convergenceSchedule": {
                    "init": [{"name": "abort"}],
                    "stalling": [{"limit": 1, "action": downtime("1")}],
                }
            },
        ],
        [schedule(), {}, {"convergenceSchedule": {"init": [], "stalling": [ABORT, POSTCOPY]}}],
    ),
    (
        "schedule-action-unknown",
        "misleading",
        "vdsm",
        [schedule({"limit": 1, "action": {"name": "postCopy"}}), schedule(init=[{"name": None}])],
        [schedule(POSTCOPY, init=[downtime("1")])],
    ),
    (
        "schedule-postcopy-early",
        "misleading",
        "vdsm",
        [schedule(init=[{"name": "postcopy"}])],
        [schedule(POSTCOPY)],
    ),
    (
        "downtime-zero",
        "misleading",
        "vdsm",
        [schedule(init=[downtime("0")]), {"downtime": "0"}, {"downtime": 0}],
        [schedule(init=[downtime("1")]), {"downtime": "1"}, {**schedule(), "downtime": 0}, {}],
    ),
    (
        "downtime-digit",
        "misleading",
        "vdsm",
        [
            schedule(init=[{"name": "setDowntime", "params": "500"}]),
            schedule({"limit": 1, "action": {"name": "setDowntime", "params": "5x"}}),
        ],
        [
            schedule(init=[{"name": "setDowntime", "params": "5"}]),
            schedule(init=[{"name": "setDowntime", "params": ["500"]}]),
            schedule(init=[{"name": "setDowntime", "params": "x"}]),
            schedule(init=[{"name": "abort", "params": "500"}]),
        ],
    ),
    (
        "downtime-unused",
        "misleading",
        "vdsm",
        [{**schedule(), "downtime": "500"}],
        [schedule(), {"downtime": "500"}, {**schedule(), "downtime": None}],
    ),
    (
        "string-true",
        "misleading",
        "vdsm",
        [{"encrypted": "false"}, {"zerocopy": "0", "parallel": 2}, {"enableGuestEvents": "no"}],
        [{"encrypted": "true"}, {"encrypted": "1"}, {"encrypted": ""}, {"encrypted": False}],
    ),
    (
        "value-false",
        "misleading",
        "vdsm",
        [{"tunneled": "yes"}, {"compressed": 1}, {"autoConverge": "on"}, {"abortOnError": [1]}],
        [
            {"tunneled": "true"},
            {"tunneled": "false"},
            {"tunneled": "0"},
            {"tunneled": ""},
            {"tunneled": 0},
            {"tunneled": None},
        ],
    ),
    (
        "parallel-one",
        "misleading",
        "vdsm",
        [{"parallel": 1}, {"parallel": True}, {"parallel": "1"}],
        [{"parallel": 2}, {"parallel": 0}, {}],
    ),
    (
        "bandwidth-default",
        "misleading",
        "vdsm",
        [{"maxBandwidth": 0}, {"maxBandwidth": ""}, {"maxBandwidth": False}],
        [{"maxBandwidth": 1}, {"maxBandwidth": None}, {}],
    ),
    (
        "bandwidth-unlimited",
        "misleading",
        "vdsm",
        [{"maxBandwidth": "0"}, {"maxBandwidth": 0.5}],
        [{"maxBandwidth": 0}, {"maxBandwidth": "1"}, {}],
    ),
    (
        "schedule-unwatched",
        "misleading",
        "vdsm",
        [({"convergenceSchedule": {"init": [], "stalling": []}}, UNWATCHED)],
        [({}, UNWATCHED), {"convergenceSchedule": {"init": [], "stalling": []}}],
    ),
    (
        "zerocopy-dropped",
        "misleading",
        "vdsm",
        [({"zerocopy": True}, OLD_VDSM), ({"zerocopy": True}, OLD_LIBVIRT)],
        [({"zerocopy": False}, OLD_VDSM), ({"zerocopy": True, "parallel": 2}, OLD_QEMU)],
    ),
    (
        "key-unknown",
        "misleading",
        "vdsm",
        [
            *({"zeroCopy": True}, {"tunnelled": True}, {"autoconverge": True}),
            *({"max_bandwidth": 1}, {"Method": "online"}, {"abortOnErrors": True}),
        ],
        [
            {"vmId": "x", "dst": "y", "mode": "remote", "dstqemu": "z", 1: 2},
            {"method": "online", "abortOnError": "true"},
        ],
    ),
]


def tuples(value: Any) -> Any:
    """The value with tuples in place of its lists."""
    if isinstance(value, dict):
        return {key: tuples(inner) for key, inner in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, (list, tuple)) else value


def with_hosts(case: Any) -> Tuple[Dict[str, Any], zc.Host, Optional[zc.Host]]:
    given: Tuple[Any, ...] = (*case, None, None) if isinstance(case, tuple) else (case, None, None)
    return given[0], given[1] or zc.Host(), given[2]


class TestCheck:
    """Every violation at once, each with its code, layer, message and remedy."""

    def test_every_oddity_is_tried(self) -> None:
        """The cases cover the table of what Vdsm misreads, in its order."""
        assert [case[0] for case in ODD] == [row.code for row in ODDITIES]

    @pytest.mark.parametrize(
        ("code", "severity", "layer", "case"),
        [(code, severity, layer, case) for code, severity, layer, has, _ in ODD for case in has],
    )
    def test_what_is_odd_is_found(self, code: str, severity: str, layer: str, case: Any) -> None:
        """A request that has an oddity gets its violation, which names a key."""
        request, host, destination = with_hosts(case)
        violations = check(request, host, level="4.8", destination=destination)
        found = [v for v in violations if v.code == code]
        assert found
        for violation in found:
            assert (violation.severity, violation.layer) == (severity, layer)
            assert violation.message.split(":")[0].split(".")[0].split("[")[0] in {
                *request,
                "convergenceSchedule",
            }
            assert violation.remedy

    def test_a_tuple_is_a_list(self) -> None:
        """In a request that Python made, a tuple is as good as a list."""
        for case in [case for *_, has, has_not in ODD for case in (*has, *has_not)]:
            request, host, there = with_hosts(case)
            found = codes(request, host, destination=there)
            assert codes(tuples(request), host, destination=there) == found, case

    def test_what_is_not_odd_is_not_found(self) -> None:
        """The nearest request that is not odd does not get it."""
        for code, case in [(code, case) for code, *_, has_not in ODD for case in has_not]:
            request, host, destination = with_hosts(case)
            assert code not in codes(request, host, destination=destination), case

    def test_all_at_once(self) -> None:
        """A request with many faults gets a violation for each."""
        request = {
            "tunneled": "true",
            "encrypted": "false",
            "compressed": True,
            "parallel": "0",
            "zerocopy": True,
            **schedule({"limit": 1, "action": downtime("3000000")}),
            "downtime": "5",
        }
        found = codes(request)
        assert {
            "schedule-downtime",
            "downtime-unused",
            "string-true",
            "connections-type",
            "tunnel-parallel",
        } <= set(found)

    def test_places_are_named(self) -> None:
        """A fault of the schedule says which entry it is."""
        request = schedule({"limit": 1, "action": downtime("3000000")}, init=[downtime("0")])
        messages = [v.message for v in check(request, zc.Host(), level="4.8")]
        assert [message.split(":")[0] for message in messages] == [
            "convergenceSchedule.stalling[0].action",
            "convergenceSchedule.init[0]",
        ]

    @pytest.mark.parametrize(
        ("case", "starts"),
        [
            (({"parallel": 2, "zerocopy": 1}, OLD_QEMU), "zerocopy: 1 asks for"),
            (({"parallel": 2, "zerocopy": 1}, OLD_VDSM), "zerocopy: 1 is dropped"),
            (
                schedule({"limit": "7", "action": downtime("1")}),
                f"{STALLING}[0].limit: '7' cannot be read",
            ),
            (schedule(5), f"{STALLING}[0]: 5 cannot"),
            (schedule(init=[5]), f"{INIT}[0]: 5 cannot"),
            (
                {"convergenceSchedule": {"init": 5, "stalling": [ABORT]}},
                f"{INIT}: 5 cannot",
            ),
            (schedule(init=[ABORT["action"]]), f"{INIT}[0]: 'abort' aborts nothing"),
            (schedule(init=[{"name": "stop"}]), f"{INIT}[0]: 'stop' is not an action"),
            (schedule(init=[{"name": "postcopy"}]), f"{INIT}[0]: 'postcopy' is ignored"),
            (schedule(init=[downtime("-7")]), f"{INIT}[0]: -7 ms is rejected"),
            (schedule(init=[downtime("0")]), f"{INIT}[0]: 0 ms of downtime"),
            (
                schedule(init=[{"name": "setDowntime", "params": "500"}]),
                f"{INIT}[0].params: '500' sets",
            ),
            ({"downtime": "2000001"}, "downtime: 2000001 ms is rejected"),
            ({"downtime": "00"}, "downtime: '00' ms of downtime"),
            ({**schedule(), "downtime": "500"}, "downtime: '500' is ignored"),
            ({"encrypted": "false"}, "encrypted: 'false' counts"),
            ({"tunneled": "yes"}, "tunneled: 'yes' counts"),
            ({"parallel": "1"}, "parallel: '1' makes"),
            ({"maxBandwidth": ""}, "maxBandwidth: '' means Vdsm's"),
            ({"maxBandwidth": "0"}, "maxBandwidth: '0' means no"),
            ({"outgoingLimit": "2"}, "outgoingLimit: '2' kills"),
            ({"incomingLimit": -1}, "incomingLimit: -1 leaves"),
            ({"zeroCopy": 5}, "zeroCopy: 5 is not a key"),
        ],
        ids=itertools.count(),
    )
    def test_values_are_shown(self, case: Any, starts: str) -> None:
        """A message starts with the place and what is there."""
        request, host, _ = with_hosts(case)
        messages = [v.message for v in check(request, host, level="4.8")]
        assert [message for message in messages if message.startswith(starts)]

    def test_only_stalling_runs_out(self) -> None:
        """It is the list of stalling entries that runs out, not the other one."""
        request: Dict[str, Any] = {"convergenceSchedule": {"init": [], "stalling": []}}
        (violation,) = check(request, zc.Host(), level="4.8")
        assert violation.code == "schedule-runs-out"
        assert violation.message.startswith("convergenceSchedule.stalling: ")

    @pytest.mark.parametrize(
        ("vm", "found"),
        [
            (None, []),
            (zc.VM(memory_mib=2), []),
            (zc.VM(memory_mib=2, memory_hard_limit_mib=2), []),
            (zc.VM(memory_mib=2, memory_hard_limit_mib=1), ["memory-lock"]),
        ],
    )
    def test_memory(self, vm: Optional[zc.VM], found: List[str]) -> None:
        """Lockable memory is looked at where the VM is given."""
        assert codes({"parallel": 2, "zerocopy": True}, vm=vm) == found

    def test_paused(self) -> None:
        """Post-copy on a paused VM is refused."""
        assert codes(schedule(POSTCOPY), vm=zc.VM(paused=True)) == ["postcopy-paused"]
        assert codes(schedule(POSTCOPY), vm=zc.VM()) == []


NEWER = zc.Host(libvirt_version=(11, 5, 0), qemu_version=(10, 1, 0))
OLDER = zc.Host(libvirt_version=(11, 3, 0), qemu_version=(10, 0, 2))
OLDEST = zc.Host(
    libvirt_zerocopy=False,
    qemu_zerocopy=False,
    libvirt_version=(8, 0, 0),
    qemu_version=(6, 2, 0),
)


class TestVersions:
    """What libvirt and QEMU reject is judged by the versions of both hosts."""

    def test_postcopy_with_connections(self) -> None:
        """QEMU 10.1 combines them, 10.0 does not; of an unknown version the worst is told."""
        request = {"parallel": 2, **schedule(POSTCOPY)}
        assert codes(request, NEWER) == []
        assert codes(request, OLDER) == ["multifd-postcopy"]
        assert codes(request) == ["multifd-postcopy", "multifd-postcopy-loss"]
        assert codes(request, NEWER, destination=NEWER) == []
        assert codes(request, NEWER, destination=OLDER) == ["multifd-postcopy"]
        assert codes(request, OLDER, destination=NEWER) == ["multifd-postcopy"]
        assert codes(request, NEWER, destination=zc.Host()) == codes(request)

    def test_compressed_connections(self) -> None:
        """Before libvirt 9.4 and QEMU 8.2 connections could be compressed with XBZRLE."""
        request = {"parallel": 2, "compressed": "true"}
        assert codes(request, OLDEST) == []
        assert codes(request, NEWER) == ["compressed-parallel", "multifd-xbzrle"]
        assert codes(request, OLDEST, destination=NEWER) == codes(request, NEWER)

    def test_only_the_source_sends(self) -> None:
        """The destination is not asked for what only the source does."""
        request = {"tunneled": "true", "encrypted": True}
        crashes = zc.Host(libvirt_version=(11, 3, 0), qemu_version=(10, 1, 0))
        fails = zc.Host(libvirt_version=(9, 0, 0), qemu_version=(7, 2, 0))
        assert codes(request, crashes, destination=fails) == ["tunnel-tls-crash"]
        assert codes(request, fails, destination=crashes) == ["tunnel-tls"]
        zerocopy = {"zerocopy": True, "parallel": 2, "encrypted": True}
        assert codes(zerocopy, NEWER, destination=NEWER) == ["zerocopy-tls"]

    def test_the_order_stays(self) -> None:
        """What the destination rejects stands where it would come up."""
        request = {"parallel": 256, "compressed": "true", **schedule(POSTCOPY)}
        assert codes(request, OLDEST, destination=NEWER) == [
            *("compressed-parallel", "multifd-postcopy-loss", "multifd-xbzrle", "channels-range")
        ]

    def test_the_versions_are_said(self) -> None:
        """A message that depends on versions names the host and those that are known."""
        request = {"parallel": 2, **schedule(POSTCOPY)}
        said = 'QEMU says "Postcopy is not yet compatible with multifd"'
        for host, there, added in (
            (OLDER, None, "; the source host has libvirt 11.3.0 and QEMU 10.0.2"),
            (NEWER, OLDER, "; the destination host has libvirt 11.3.0 and QEMU 10.0.2"),
            (zc.Host(qemu_version=(9, 0)), None, "; the source host has QEMU 9.0"),
        ):
            (found,) = check(request, host, level="4.8", destination=there)
            assert found.message.endswith(said + added)
        (found,) = check({"zerocopy": True}, NEWER, level="4.8")
        assert found.message.endswith('says "zero-copy is only available for parallel migration"')

    def test_a_version_without_zerocopy_refuses_the_flag_of_the_binding(self) -> None:
        """Vdsm passes what the binding has; libvirt or QEMU refuse it, and a repair drops it."""
        request = {"zerocopy": True, "parallel": 2}
        for old, code in (
            (zc.Host(libvirt_version=(8, 4, 9)), "zerocopy-libvirt"),
            (zc.Host(qemu_version=(7, 0, 99)), "zerocopy-qemu"),
        ):
            assert codes(request, old) == [code]
            assert repair(request, old, level="4.8").request == {"parallel": 2}
            assert codes(request, attr.evolve(old, libvirt_zerocopy=False)) == ["zerocopy-dropped"]
        known = zc.Host(qemu_zerocopy=False, qemu_version=(6, 2))
        assert codes(request, known) == ["zerocopy-capability"]  # said once
        assert codes(request, zc.Host(libvirt_version=(8, 5), qemu_version=(7, 1))) == []

    def test_what_is_no_fault_of_a_request(self) -> None:
        """No request mends a host, or what the policy and the VM ask for."""
        assert codes({}, zc.Host(libvirt_version=(12, 4), qemu_version=(6, 1))) == []
        assert (
            codes({}, NEWER, destination=zc.Host(libvirt_version=(12, 4), qemu_version=(7,))) == []
        )
        assert codes({"encrypted": True, **schedule(POSTCOPY)}, OLDER, destination=OLDER) == []

    def test_repair_knows_them(self) -> None:
        """Nothing is taken from a request that these hosts complete; else post-copy is."""
        request = {"parallel": 2, **schedule(POSTCOPY)}
        assert repair(request, NEWER, level="4.8").request == request
        mended = repair(request, NEWER, level="4.8", destination=OLDER)
        assert mended.request == {"parallel": 2, **schedule()}
        assert [notice.code for notice in mended.notices] == ["multifd-postcopy"]
        assert "destination host has libvirt 11.3.0" in mended.notices[0].message
        compressed = {"parallel": 2, "compressed": "true"}
        assert repair(compressed, OLDEST, level="4.8").request == compressed
        assert repair(compressed, NEWER, level="4.8").request["compressed"] == "false"

    def test_repair_for_an_old_destination(self) -> None:
        """Zero-copy is dropped where the destination does not know it, and said to be."""
        request = {"zerocopy": True, "parallel": 2}
        mended = repair(request, NEWER, level="4.8", destination=OLDEST)
        assert mended.request == {"parallel": 2}
        assert [notice.code for notice in mended.notices] == ["zerocopy-destination"]

    def test_repair_of_a_tunnel_with_encryption(self) -> None:
        """The tunnel goes, whatever comes of the two in that version."""
        request = {"tunneled": "true", "encrypted": True}
        for version in ((9, 0, 0), (11, 3, 0), (12, 8, 0)):
            host = zc.Host(libvirt_version=version, qemu_version=(10, 1, 0))
            mended = repair(request, host, level="4.8", destination=host)
            assert mended.request == {"tunneled": "false", "encrypted": True}

    def test_a_destination_is_a_host(self) -> None:
        """Anything else is refused by name."""
        wrong: Any = "b"
        for ask in (check, repair):
            error = refused(ask, {}, zc.Host(), level="4.8", destination=wrong)
            assert error.path == "destination"


def own_request(resolution: zc.Resolution) -> Tuple[Dict[str, Any], str]:
    scenario = resolution.scenario
    level = scenario.vm.level or scenario.cluster.level
    return resolution.to_json()["vmMigrate"], level


def assert_own_request_is_good(resolution: zc.Resolution) -> None:
    """Nothing refused; harmful only where the policy's own schedule runs out."""
    request, level = own_request(resolution)
    scenario = resolution.scenario
    bad = {
        (v.code, v.severity)
        for v in check(request, scenario.host, scenario.vm, level=level)
        if v.severity != "misleading"
    }
    runs_out = "schedule-runs-out" in [notice.code for notice in resolution.notices]
    assert bad == ({("schedule-runs-out", "harmful")} if runs_out else set())


class TestOwnRequests:
    """A resolution's own request never has a violation that is refused."""

    @given(scenarios())
    def test_any_scenario(self, scenario: zc.Scenario) -> None:
        """Whatever is asked for, the request that comes out is good."""
        assert_own_request_is_good(scenario.resolve())

    @pytest.mark.slow
    def test_the_finite_part_completely(self) -> None:
        """All combinations of hosts, encryption, tunnel, level, memory, setting, policy, paused."""
        policies = (
            zc.policies.VERY_LARGE_VMS,
            zc.policies.MINIMAL_DOWNTIME,
            zc.policies.SUSPEND_WORKLOAD,
            zc.policies.POST_COPY,
            zc.policies.LEGACY,
        )
        both = (False, True)
        for known in itertools.product(both, repeat=7):
            *layers, far, encrypted, tunnelled, paused = known
            names = ("vdsm_zerocopy", "libvirt_zerocopy", "qemu_zerocopy")
            knows: Dict[str, Any] = dict(zip(names, layers))
            host = zc.Host(**knows)
            destination = zc.Host(libvirt_zerocopy=far)
            settings: Tuple[Any, ...] = ("disabled", "auto", "auto_parallel", 4)
            for policy, parallel, level, limit in itertools.product(
                policies, settings, ("4.6", "4.8"), (None, 1)
            ):
                resolution = zc.resolve(
                    zc.Cluster(encrypted=encrypted, tunnelled=tunnelled, parallel=parallel),
                    host,
                    policy,
                    zc.VM(level=level, memory_hard_limit_mib=limit, paused=paused, vcpus=4),
                    destination=destination,
                )
                assert_own_request_is_good(resolution)


ACTIONS = st.one_of(
    st.builds(downtime, st.sampled_from(["100", "0", "-1", "2000001", "x", 5, None])),
    st.sampled_from(
        [
            {"name": "abort", "params": []},
            {"name": "postcopy", "params": []},
            {"name": "postCopy"},
            {"name": "setDowntime"},
            {"params": []},
            None,
        ]
    ),
)
LIMITS = st.sampled_from([1, -1, 0, 2.5, "1", None, float("inf"), 2**64])
ODD_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, 256, -1, 1.5, "", "0", "2", "x", "false", [], [2], [2, 3], {}, 10**30]
)
SCHEDULES = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "init": st.one_of(st.lists(ACTIONS, max_size=2), ODD_VALUES),
            "stalling": st.one_of(
                st.lists(
                    st.fixed_dictionaries({}, optional={"limit": LIMITS, "action": ACTIONS}),
                    max_size=4,
                ),
                ODD_VALUES,
            ),
        },
    ),
    ODD_VALUES,
)
USUAL = st.sampled_from([True, False, "true", "false"])
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "tunneled": st.one_of(USUAL, ODD_VALUES),
        "compressed": st.one_of(USUAL, ODD_VALUES),
        "encrypted": st.one_of(USUAL, ODD_VALUES),
        "zerocopy": st.one_of(USUAL, ODD_VALUES),
        "parallel": st.one_of(st.integers(0, 300), ODD_VALUES),
        "maxBandwidth": st.one_of(st.integers(0, 1000), ODD_VALUES),
        "outgoingLimit": st.one_of(st.integers(1, 2), ODD_VALUES),
        "incomingLimit": st.one_of(st.integers(1, 2), ODD_VALUES),
        "downtime": st.one_of(st.sampled_from(["1", "500", "2000001"]), ODD_VALUES),
        "convergenceSchedule": SCHEDULES,
    },
)
HOSTS = st.builds(
    zc.Host,
    vdsm_zerocopy=st.booleans(),
    libvirt_zerocopy=st.booleans(),
    qemu_zerocopy=st.booleans(),
)
VMS = st.one_of(
    st.none(),
    st.builds(zc.VM, paused=st.booleans(), memory_hard_limit_mib=st.sampled_from([None, 1, 1024])),
)


class TestRepair:
    """The nearest request without anything refused or harmful, with a notice for each change."""

    @given(REQUESTS, HOSTS, VMS)
    def test_a_repaired_request_is_good(
        self, request: Dict[str, Any], host: zc.Host, vm: Optional[zc.VM]
    ) -> None:
        """Whatever a request holds, the repaired one is neither refused nor harmful."""
        mended = repair(request, host, vm, level="4.8")
        assert codes(dict(mended.request), host, vm, ("refused", "harmful")) == []
        assert repair(mended.request, host, vm, level="4.8").notices == ()

    def test_what_cannot_be_read_has_a_notice_of_its_own(self) -> None:
        """Post-copy goes alone: what else must go is told beside it."""
        request = {**schedule(POSTCOPY, {"limit": 1}), "parallel": 2}
        mended = repair(request, zc.Host(), level="4.8")
        assert mended.request == {**schedule(), "parallel": 2}
        assert [notice.code for notice in mended.notices] == [
            "multifd-postcopy",
            "schedule-unreadable",
        ]

    def test_a_list_of_connections(self) -> None:
        """A list, of which libvirt's binding makes a parameter given twice, is no number."""
        mended = repair({"parallel": [2, 3]}, zc.Host(), level="4.8")
        assert mended.request == {}
        assert [notice.code for notice in mended.notices] == ["parameter-repeated"]

    @given(REQUESTS, HOSTS, VMS)
    def test_a_good_request_comes_back_as_it_was(
        self, request: Dict[str, Any], host: zc.Host, vm: Optional[zc.VM]
    ) -> None:
        """Where nothing is refused or harmful, nothing changes, and otherwise something does."""
        bad = codes(request, host, vm, ("refused", "harmful"))
        mended = repair(request, host, vm, level="4.8")
        assert (mended.request == request) is not bool(bad)
        assert bool(mended.notices) is bool(bad)

    @given(REQUESTS, HOSTS, VMS)
    def test_every_change_has_a_notice(
        self, request: Dict[str, Any], host: zc.Host, vm: Optional[zc.VM]
    ) -> None:
        """The fields of the notices are the keys that changed."""
        mended = repair(request, host, vm, level="4.8")
        names = {
            "tunneled": "tunnelled",
            "convergenceSchedule": "schedule",
            "maxBandwidth": "max_bandwidth",
            "outgoingLimit": "outgoing_limit",
            "incomingLimit": "incoming_limit",
        }
        changed: Set[str] = {
            names.get(key, key)
            for key in {*request, *mended.request}
            if request.get(key) != mended.request.get(key)
            or (key in request) is not (key in mended.request)
        }
        assert {notice.field for notice in mended.notices} == changed
        for notice in mended.notices:
            cut = isinstance(notice.requested, str) and notice.requested.endswith("...")
            assert notice.requested != notice.effective or notice.requested is None or cut

    @given(scenarios())
    def test_a_schedule_that_runs_out_does_the_same_for_longer(self, scenario: zc.Scenario) -> None:
        """The last entry that is added keeps the monitor alive and changes nothing else."""
        resolution = scenario.resolve()
        request, level = own_request(resolution)
        mended = repair(request, scenario.host, scenario.vm, level=level)
        before = resolution.parameters.schedule
        if before is None or not scenario.host.vdsm.monitor_interval_s:
            assert mended.request == request
            return
        after = zc.ConvergenceSchedule.from_json(mended.request["convergenceSchedule"])
        iterations = range(50)
        assert after.replay(iterations).actions == before.replay(iterations).actions
        assert after.replay(iterations).died_at is None
        assert (after == before) is not before.runs_out

    @pytest.mark.parametrize(
        ("request_", "host", "vm", "changed"),
        [
            # Encryption wins over a tunnel.
            ({"tunneled": "true", "encrypted": True}, None, None, {"tunneled": "false"}),
            # Both win over zero-copy; connections stay with encryption and go with a tunnel.
            ({"encrypted": True, "parallel": 2, "zerocopy": True}, None, None, {"zerocopy": ...}),
            (
                {"tunneled": "true", "parallel": 2, "zerocopy": True},
                None,
                None,
                {"zerocopy": ..., "parallel": ...},
            ),
            ({"tunneled": "true", "zerocopy": True}, None, None, {"zerocopy": ...}),
            ({"tunneled": "true", "parallel": 4}, None, None, {"parallel": ...}),
            # Zero-copy gets the connections that it needs, and they win over compression.
            ({"zerocopy": True}, None, None, {"parallel": 2}),
            (
                {"zerocopy": True, "compressed": "true"},
                None,
                None,
                {"parallel": 2, "compressed": "false"},
            ),
            ({"parallel": 4, "compressed": "true"}, None, None, {"compressed": "false"}),
            # A host or a VM that cannot do it.
            ({"zerocopy": True, "parallel": 2}, OLD_QEMU, None, {"zerocopy": ...}),
            (
                {"zerocopy": True, "parallel": 2},
                None,
                zc.VM(memory_mib=2, memory_hard_limit_mib=1),
                {"zerocopy": ...},
            ),
            # Post-copy goes for connections, a tunnel and a paused VM.
            ({**schedule(POSTCOPY), "parallel": 2}, None, None, schedule()),
            ({**schedule(POSTCOPY), "tunneled": True}, None, None, schedule()),
            (schedule(POSTCOPY), None, zc.VM(paused=True), schedule()),
            # Numbers become the nearest that is taken.
            ({"parallel": 256}, None, None, {"parallel": 255}),
            ({"parallel": 10**10}, None, None, {"parallel": 255}),
            ({"parallel": -1}, None, None, {"parallel": ...}),
            ({"parallel": "0"}, None, None, {"parallel": ...}),
            ({"parallel": "1"}, None, None, {"parallel": 1}),
            ({"parallel": "4"}, None, None, {"parallel": 4}),
            ({"parallel": "many"}, None, None, {"parallel": ...}),
            ({"parallel": float("inf")}, None, None, {"parallel": ...}),
            ({"parallel": [0]}, None, None, {"parallel": ...}),
            ({"outgoingLimit": "2"}, None, None, {"outgoingLimit": 2}),
            ({"outgoingLimit": 2.5}, None, None, {"outgoingLimit": 2}),
            ({"outgoingLimit": "1"}, None, None, {"outgoingLimit": 1}),
            ({"outgoingLimit": 0.5}, None, None, {"outgoingLimit": ...}),
            ({"outgoingLimit": [2]}, None, None, {"outgoingLimit": ...}),
            ({"outgoingLimit": -1}, None, None, {"outgoingLimit": ...}),
            ({"incomingLimit": "2"}, None, None, {"incomingLimit": 2}),
            ({"incomingLimit": -1}, None, None, {"incomingLimit": ...}),
            ({"maxBandwidth": -5}, None, None, {"maxBandwidth": ...}),
            ({"maxBandwidth": "fast"}, None, None, {"maxBandwidth": ...}),
            ({"maxBandwidth": 2**64}, None, None, {"maxBandwidth": 8796093022207}),
            ({"downtime": "2000001"}, None, None, {"downtime": "2000000"}),
            ({"downtime": "long"}, None, None, {"downtime": ...}),
            # Of what Vdsm crashes on, the rest stays.
            ({"downtime": "long", "maxBandwidth": 9}, None, None, {"downtime": ...}),
            ({"downtime": "5", "maxBandwidth": "x"}, None, None, {"maxBandwidth": ...}),
            (
                {"downtime": "x", "maxBandwidth": "x"},
                None,
                None,
                {"downtime": ..., "maxBandwidth": ...},
            ),
            (
                {**schedule(), "maxBandwidth": "x"},
                None,
                None,
                {"maxBandwidth": ...},
            ),
            (
                schedule({"limit": 1, "action": downtime("2000001")}, init=[downtime("-7")]),
                None,
                None,
                schedule({"limit": 1, "action": downtime("2000000")}, init=[downtime("1")]),
            ),
            # Not 0, which is only never reached.
            (
                schedule(init=[downtime("0"), downtime("-1"), downtime(2000000)]),
                None,
                None,
                schedule(init=[downtime("0"), downtime("1"), downtime(2000000)]),
            ),
            # What cannot be read of a schedule goes, and the rest stays.
            (
                schedule(
                    {"limit": 1, "action": downtime("x")},
                    {"limit": "1", "action": downtime("2")},
                    {"limit": 1, "action": downtime("3")},
                    {"limit": 1, "action": None},
                    init=[None, downtime("4"), {"params": []}],
                ),
                None,
                None,
                schedule({"limit": 1, "action": downtime("3")}, init=[downtime("4")]),
            ),
            ({"convergenceSchedule": []}, None, None, {"convergenceSchedule": ...}),
            # A list that runs out is as it was, and then never does.
            (
                {"convergenceSchedule": {"init": [], "stalling": [POSTCOPY]}},
                None,
                None,
                {"convergenceSchedule": {"init": [], "stalling": [POSTCOPY, NEVER]}},
            ),
            (
                schedule(init=[{"name": "abort", "params": []}, downtime("1")]),
                None,
                None,
                schedule(init=[downtime("1")]),
            ),
        ],
    )
    def test_changes(
        self,
        request_: Dict[str, Any],
        host: Optional[zc.Host],
        vm: Optional[zc.VM],
        changed: Dict[str, Any],
    ) -> None:
        """What wins, what becomes of what cannot be, in lists and tuples; "..." means it goes."""
        expected = {**request_, **changed}
        expected = {key: value for key, value in expected.items() if value is not ...}
        assert repair(request_, host or zc.Host(), vm, level="4.8").request == expected
        again = repair(tuples(request_), host or zc.Host(), vm, level="4.8").request
        assert tuples(again) == tuples(expected)

    @pytest.mark.parametrize("libvirt", [(9, 0, 0), (11, 3, 0), (11, 4, 0), (12, 8, 0), (12, 9, 0)])
    def test_a_tunnel_with_encryption(self, libvirt: Tuple[int, int, int]) -> None:
        """Whatever a libvirt does with both, encryption stays and the tunnel goes."""
        request = {"tunneled": "true", "encrypted": True}
        source = zc.Host(libvirt_version=libvirt)
        mended = vdsm.repair(request, source, zc.VM(), level="4.8")
        assert mended.request == {"tunneled": "false", "encrypted": True}
        assert vdsm.check(mended.request, source, zc.VM(), level="4.8") == ()

    @pytest.mark.parametrize(
        ("request_", "vm", "reasons"),
        [
            (
                {"encrypted": True, "parallel": 2, "zerocopy": True},
                zc.VM(memory_mib=2, memory_hard_limit_mib=1),
                ["zerocopy-tls", "memory-lock"],
            ),
            (
                {**schedule(POSTCOPY), "parallel": 2},
                None,
                ["multifd-postcopy", "multifd-postcopy-loss"],
            ),
            (
                {"tunneled": "true", "encrypted": True},
                None,
                [
                    *("tunnel-tls", "tunnel-tls-crash", "tunnel-tls-crash-12.9"),
                    "tunnel-tls-handshake",
                ],
            ),
            (
                {"parallel": 4, "compressed": "true"},
                None,
                ["compressed-parallel", "multifd-xbzrle"],
            ),
        ],
    )
    def test_the_first_reason_is_told(
        self, request_: Dict[str, Any], vm: Optional[zc.VM], reasons: List[str]
    ) -> None:
        """Where a change has several reasons, its notice has the one that comes up first."""
        assert codes(request_, vm=vm) == reasons
        notices = repair(request_, zc.Host(), vm, level="4.8").notices
        assert [notice.code for notice in notices] == reasons[:1]

    @pytest.mark.parametrize("zerocopy", [False, True])
    def test_nothing_is_shared_with_the_request(self, zerocopy: bool) -> None:
        """Vdsm's monitor empties the lists that it gets; the request that was given keeps them."""
        entry = {"limit": 1, "action": downtime("100")}
        request = {
            **schedule(entry, init=[downtime("1")]),
            "zerocopy": zerocopy,
            "numaNodesets": ([1], MappingProxyType({"0": [2]})),
        }
        before = copy.deepcopy({**request, "numaNodesets": ([1], {"0": [2]})})
        mended: Any = repair(request, zc.Host(), level="4.8").request
        for key in ("convergenceSchedule", "numaNodesets"):
            assert mended[key] == before[key]
        mended["convergenceSchedule"]["init"][0]["params"].append("2")
        mended["convergenceSchedule"]["stalling"][0]["action"]["params"].append("2")
        mended["convergenceSchedule"]["stalling"].pop(0)
        mended["numaNodesets"][0].append(2)
        mended["numaNodesets"][1]["0"].append(3)
        assert request == before

    def test_each_change_has_its_own_reason(self) -> None:
        """Of several values on which Vdsm crashes, each is the reason of its own change."""
        request = {"maxBandwidth": "x", "convergenceSchedule": []}
        notices = repair(request, zc.Host(), level="4.8").notices
        assert [(notice.field, notice.message.split(":")[0]) for notice in notices] == [
            ("schedule", "convergenceSchedule"),
            ("max_bandwidth", "maxBandwidth"),
        ]

    def test_it_has_no_hash(self) -> None:
        """A repair, which holds a dict, does not pretend that it can be hashed."""
        assert not isinstance(repair({}, zc.Host(), level="4.8"), Hashable)

    def test_the_request_is_not_touched(self) -> None:
        """The request that is handed in stays as it is."""
        request = {"zerocopy": True, "convergenceSchedule": {"init": [], "stalling": []}}
        copy = {"zerocopy": True, "convergenceSchedule": {"init": [], "stalling": []}}
        mended = repair(request, zc.Host(), level="4.8")
        assert request == copy != mended.request
        assert mended.request["convergenceSchedule"]["stalling"] == [
            {"limit": 2147483647, "action": {"name": "abort", "params": []}}
        ]

    def test_the_names(self) -> None:
        """The module's names are those of the published surface."""
        assert set(vdsm.__all__) == {
            "LibvirtCall",
            "Repair",
            "Violation",
            "check",
            "host_from_caps",
            "libvirt_call",
            "repair",
        }


@pytest.mark.parametrize(
    ("request_", "requested"),
    [
        (
            {"convergenceSchedule": {"init": [], "stalling": []}},
            zc.ConvergenceSchedule(),
        ),
        (
            {"convergenceSchedule": {"init": [], "stalling": [None]}},
            "{'init': [], 'stalling': [None]}",
        ),
        ({"maxBandwidth": [1]}, "[1]"),
        ({"maxBandwidth": "x"}, "x"),
    ],
)
def test_notices_of_a_repair_can_be_hashed(request_: Dict[str, Any], requested: object) -> None:
    """A schedule is told as one, and what cannot be hashed as text."""
    notices = repair(request_, zc.Host(), level="4.8").notices
    assert notices[0].requested == requested
    assert len({*notices}) == len(notices)
