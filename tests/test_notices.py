"""Every notice: when it is given and when not, and each of its facts."""

import itertools
from typing import Any, Dict, List, Tuple

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy import policies
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._decision.rules import templates

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
LARGE = "Very large VMs"
POSTCOPY = policies.POST_COPY
ABORT = zc.Action(name="abort")
SWITCH = zc.Action(name="postcopy")


def site(*actions: zc.Action, **values: Any) -> zc.MigrationPolicy:
    """A policy with these stalling actions."""
    entries = tuple(zc.StallingEntry(limit=-1, action=action) for action in actions)
    schedule = zc.ConvergenceSchedule(stalling=entries)
    return zc.MigrationPolicy(**{"id": MINE, "name": "Mine", "schedule": schedule, **values})


QUIET = site(ABORT)
ENDLESS = site()
SWITCHING = site(SWITCH)
SQUEEZING = site(ABORT, migration_compression=True)
STEPS = POSTCOPY.schedule
LEFT = STEPS and STEPS.without_postcopy()


# The inputs, and of each notice: code, severity, layer, field, requested, effective.
Row = Tuple[str, str, str, str, Any, Any]
YOUNG: Row = ("zerocopy-young", "info", "qemu", "zerocopy", True, True)
ENFORCED: Row = ("connections-enforced", "warning", "engine", "parallel", "disabled", 2)


def blocker(code: str, layer: str) -> Row:
    return (code, "warning", layer, "zerocopy", True, False)


def capped(requested: int, effective: int) -> Row:
    return ("connections-capped", "warning", "engine", "parallel", requested, effective)


def level(requested: object) -> Row:
    return ("connections-level", "warning", "engine", "parallel", requested, None)


def tunnel(requested: object) -> Row:
    return ("connections-tunnel", "warning", "libvirt", "parallel", requested, None)


def no_switch(code: str, layer: str, requested: Any = STEPS, effective: Any = LEFT) -> Row:
    return (code, "warning", layer, "schedule", requested, effective)


def runs_out(requested: Any, effective: Any) -> Row:
    return ("schedule-runs-out", "info", "vdsm", "schedule", requested, effective)


def unwatched(requested: Any, effective: Any) -> Row:
    return ("schedule-unwatched", "info", "vdsm", "schedule", requested, effective)


def too_small(requested: int) -> Row:
    return ("bandwidth-too-small", "warning", "vdsm", "max_bandwidth", requested, None)


TUNNEL_ENCRYPTION: Row = ("tunnel-encryption", "warning", "libvirt", "tunnelled", True, False)
ENCRYPTION_LEVEL: Row = ("encryption-level", "warning", "engine", "encrypted", True, False)
COMPRESSION: Row = ("compression-connections", "warning", "libvirt", "compressed", True, False)

CASES: List[Tuple[Dict[str, Any], List[Row]]] = [
    ({}, []),
    ({"policy": "legacy"}, []),
    # Blockers, where the policy asks for zero-copy, and only there.
    ({"policy": LARGE, "level": "4.6"}, [blocker("level", "engine")]),
    ({"policy": LARGE, "encrypted": True}, [blocker("encryption", "qemu")]),
    ({"policy": LARGE, "tunnelled": True}, [blocker("tunnel", "libvirt")]),
    (
        {"policy": LARGE, "host": {"vdsm_zerocopy": False}},
        [blocker("vdsm", "vdsm"), ENFORCED],
    ),
    (
        {"policy": LARGE, "host": {"libvirt_zerocopy": False}},
        [blocker("libvirt", "libvirt"), ENFORCED],
    ),
    (
        {"policy": LARGE, "host": {"qemu_zerocopy": False}},
        [blocker("qemu", "qemu"), ENFORCED],
    ),
    (
        {"policy": LARGE, "destination": {"libvirt_zerocopy": False}},
        [blocker("destination", "libvirt"), ENFORCED],
    ),
    (
        {"policy": LARGE, "memory_hard_limit_mib": 1},
        [blocker("memory-lock", "qemu"), ENFORCED],
    ),
    ({"encrypted": True, "host": {"vdsm_zerocopy": False}, "memory_hard_limit_mib": 1}, []),
    # The policy is not in the list of the cluster's level.
    (
        {"policy": LARGE, "cluster": {"level": "4.6"}},
        [("policy-unknown", "warning", "engine", "policy", LARGE, "Legacy")],
    ),
    (
        {"policy": MINE.upper()},
        [("policy-unknown", "warning", "engine", "policy", MINE, "Legacy")],
    ),
    (
        {"vm_policy": LARGE, "cluster": {"level": "4.6"}, "level": "4.8"},
        [("policy-unknown", "warning", "engine", "policy", LARGE, "Legacy")],
    ),
    ({"policy": LARGE, "vm_policy": "legacy", "cluster": {"level": "4.6"}}, []),
    ({"policy": LARGE, "vm_policy": QUIET, "cluster": {"level": "4.6"}}, []),
    # Connections are enforced.
    ({"policy": LARGE}, [YOUNG, ENFORCED]),
    (
        {"policy": LARGE, "parallel": "auto"},
        [YOUNG, ("connections-enforced", "info", "engine", "parallel", "auto", 2)],
    ),
    (
        {"policy": LARGE, "cluster": {"bandwidth": 30720}, "vcpus": 4},
        [YOUNG, ("connections-enforced", "warning", "engine", "parallel", "disabled", 3)],
    ),
    ({"policy": LARGE, "parallel": "auto_parallel"}, [YOUNG]),
    ({"policy": LARGE, "parallel": 2}, [YOUNG]),
    ({"parallel": "auto"}, []),
    ({"parallel": "auto_parallel"}, []),
    ({"parallel": 2}, []),
    # Connections that cannot be had.
    ({"parallel": 2, "level": "4.6"}, [level(2)]),
    ({"parallel": "auto_parallel", "level": "4.6"}, [level("auto_parallel")]),
    ({"parallel": "auto", "level": "4.6"}, []),
    ({"parallel": "disabled", "level": "4.6"}, []),
    ({"parallel": 2, "level": "4.7"}, []),
    ({"parallel": 2, "tunnelled": True}, [tunnel(2)]),
    ({"parallel": "auto_parallel", "tunnelled": True}, [tunnel("auto_parallel")]),
    ({"parallel": "auto", "tunnelled": True}, []),
    ({"parallel": "disabled", "tunnelled": True}, []),
    ({"parallel": 2, "tunnelled": True, "encrypted": True}, [TUNNEL_ENCRYPTION]),
    ({"parallel": 2, "tunnelled": True, "level": "4.6"}, [level(2), tunnel(2)]),
    (
        {"parallel": 2, "tunnelled": True, "encrypted": True, "level": "4.6"},
        [level(2), TUNNEL_ENCRYPTION],
    ),
    ({"parallel": "auto", "tunnelled": True, "level": "4.6"}, []),
    ({"policy": LARGE, "parallel": 4, "level": "4.6"}, [blocker("level", "engine"), level(4)]),
    # More connections than vCPUs.
    ({"parallel": 3}, [capped(3, 2)]),
    ({"parallel": 3, "vcpus": 2}, [capped(3, 2)]),
    ({"parallel": 3, "vcpus": 3}, []),
    ({"parallel": 255, "vcpus": 254}, [capped(255, 254)]),
    ({"policy": LARGE, "parallel": 3}, [YOUNG, capped(3, 2)]),
    # Compression beside connections.
    ({"policy": SQUEEZING}, []),
    ({"policy": SQUEEZING, "parallel": 2}, [COMPRESSION]),
    ({"policy": "legacy", "compressed": True, "parallel": 2}, [COMPRESSION]),
    ({"compressed": True, "parallel": 2}, []),
    ({"policy": SQUEEZING, "parallel": "auto"}, []),
    # Post-copy beside what excludes it.
    ({"policy": POSTCOPY}, []),
    ({"policy": POSTCOPY, "parallel": 2}, [no_switch("postcopy-connections", "qemu")]),
    ({"policy": POSTCOPY, "paused": True}, [no_switch("postcopy-paused", "libvirt")]),
    ({"policy": POSTCOPY, "tunnelled": True}, [no_switch("postcopy-tunnel", "libvirt")]),
    (
        {"policy": POSTCOPY, "parallel": 2, "paused": True},
        [no_switch("postcopy-connections", "qemu"), no_switch("postcopy-paused", "libvirt")],
    ),
    (
        {"policy": POSTCOPY, "tunnelled": True, "paused": True},
        [no_switch("postcopy-paused", "libvirt"), no_switch("postcopy-tunnel", "libvirt")],
    ),
    ({"policy": POSTCOPY, "tunnelled": True, "encrypted": True}, [TUNNEL_ENCRYPTION]),
    ({"paused": True, "tunnelled": True}, []),
    # A schedule that runs out.
    ({"policy": ENDLESS}, [runs_out(ENDLESS.schedule, ENDLESS.schedule)]),
    ({"policy": SWITCHING}, [runs_out(SWITCHING.schedule, SWITCHING.schedule)]),
    (
        {"policy": SWITCHING, "paused": True},
        [
            no_switch("postcopy-paused", "libvirt", SWITCHING.schedule, zc.ConvergenceSchedule()),
            runs_out(SWITCHING.schedule, zc.ConvergenceSchedule()),
        ],
    ),
    # Encryption that the level does not support.
    ({"encrypted": True, "level": "4.3"}, [ENCRYPTION_LEVEL]),
    ({"cluster": {"level": "4.2", "encrypted": True}}, [ENCRYPTION_LEVEL]),
    ({"level": "4.3", "engine": {"default_encrypted": True}}, [ENCRYPTION_LEVEL]),
    ({"encrypted": True, "level": "4.4"}, []),
    ({"encrypted": False, "level": "4.3"}, []),
    # Encryption displaces a tunnel.
    ({"encrypted": True, "tunnelled": True}, [TUNNEL_ENCRYPTION]),
    ({"tunnelled": True}, []),
    ({"encrypted": True}, []),
    ({"encrypted": True, "tunnelled": True, "level": "4.3"}, [ENCRYPTION_LEVEL]),
    (
        {"policy": LARGE, "encrypted": True, "tunnelled": True},
        [blocker("encryption", "qemu"), blocker("tunnel", "libvirt"), TUNNEL_ENCRYPTION],
    ),
    # A bandwidth that is too small.
    ({"cluster": {"bandwidth": 15}}, [too_small(1)]),
    ({"cluster": {"bandwidth": 7}}, [too_small(0)]),
    ({"cluster": {"bandwidth": 16}}, []),
    ({"cluster": {"bandwidth": "hypervisor_default"}}, []),
    ({"cluster": {"bandwidth": 15}, "vm_policy": site(ABORT, max_migrations=1)}, [too_small(1)]),
    ({"cluster": {"bandwidth": 15}, "policy": site(ABORT, max_migrations=1)}, []),
    (
        {"host": {"migration_mbps": 15}, "destination": {"migration_mbps": 99}},
        [too_small(1)],
    ),
    # A downtime beside a schedule.
    ({"downtime": 1}, [("downtime-unused", "info", "vdsm", "downtime", 1, 1)]),
    ({"downtime": 0}, []),
    ({"downtime": 500, "policy": "legacy"}, []),
    ({"engine": {"default_downtime": 500}}, []),
    (
        {"downtime": 7, "engine": {"default_downtime": 500}},
        [("downtime-unused", "info", "vdsm", "downtime", 7, 7)],
    ),
    ({"downtime": 0, "engine": {"default_downtime": 500}}, []),
    # Everything at once, in the order of the parameters.
    (
        {
            "policy": site(SWITCH, migration_compression=True, zero_copy=True),
            "cluster": {"bandwidth": 8},
            "host": {"vdsm_zerocopy": False, "libvirt_zerocopy": False, "qemu_zerocopy": False},
            "destination": {"libvirt_zerocopy": False},
            "memory_hard_limit_mib": 1,
            "parallel": 3,
            "paused": True,
            "tunnelled": True,
            "encrypted": True,
            "downtime": 5,
        },
        [
            blocker("encryption", "qemu"),
            blocker("tunnel", "libvirt"),
            blocker("vdsm", "vdsm"),
            blocker("libvirt", "libvirt"),
            blocker("qemu", "qemu"),
            blocker("destination", "libvirt"),
            blocker("memory-lock", "qemu"),
            capped(3, 2),
            COMPRESSION,
            TUNNEL_ENCRYPTION,
            too_small(1),
            ("downtime-unused", "info", "vdsm", "downtime", 5, 5),
            no_switch("postcopy-connections", "qemu", SWITCHING.schedule, zc.ConvergenceSchedule()),
            no_switch("postcopy-paused", "libvirt", SWITCHING.schedule, zc.ConvergenceSchedule()),
            runs_out(SWITCHING.schedule, zc.ConvergenceSchedule()),
        ],
    ),
]


# Where Vdsm's monitor is off, no schedule runs, nor runs out.
OFF = {"host": {"vdsm": zc.Vdsm(monitor_interval_s=0)}}
CASES += [
    ({**OFF}, [unwatched(QUIET.schedule, QUIET.schedule)]),
    ({**OFF, "policy": "legacy"}, [unwatched(None, None)]),
    ({**OFF, "policy": ENDLESS}, [unwatched(ENDLESS.schedule, ENDLESS.schedule)]),
    (
        {**OFF, "policy": SWITCHING, "paused": True},
        [
            no_switch("postcopy-paused", "libvirt", SWITCHING.schedule, zc.ConvergenceSchedule()),
            unwatched(SWITCHING.schedule, zc.ConvergenceSchedule()),
        ],
    ),
]


def told(inputs: Dict[str, Any]) -> Tuple[zc.Notice, ...]:
    """The notices of a case; ``vm_policy`` is the VM's own."""
    given = dict(inputs)
    own = given.pop("vm_policy", None)
    cluster_policy = given.pop("policy", QUIET)
    r = zc.resolve(
        zc.Cluster(**given.pop("cluster", {})),
        zc.Host(**given.pop("host", {})),
        cluster_policy,
        destination=zc.Host(**given.pop("destination", {})),
        engine=zc.EngineConfig(**given.pop("engine", {})),
        vm=zc.VM(policy=own, **given),
    )
    assert r.warnings == tuple(n for n in r.notices if n.severity == "warning")
    return r.notices


class TestCatalogue:
    """The notices of a decision."""

    @pytest.mark.parametrize(("inputs", "rows"), CASES, ids=itertools.count())
    def test_what_is_told(self, inputs: Dict[str, Any], rows: List[Row]) -> None:
        """All that is not as asked is told, and nothing else, with each fact, in order."""
        assert [
            (n.code, n.severity, n.layer, n.field, n.requested, n.effective) for n in told(inputs)
        ] == rows

    def test_every_notice_has_a_case(self) -> None:
        """No notice is without a case here; those of blockers have theirs with the limitations."""
        codes = {row[0] for _, rows in CASES for row in rows}
        assert codes - {row.code for row in zc.LIMITATIONS} == {
            template.code for _, template in templates()
        }

    @pytest.mark.parametrize(("inputs", "rows"), CASES, ids=itertools.count())
    def test_each_can_be_read(self, inputs: Dict[str, Any], rows: List[Row]) -> None:
        """Each notice has a message in small letters, a remedy and a public source."""
        for notice in told(inputs):
            assert notice.message
            assert "\n" not in notice.message
            assert notice.message[-1] not in ".!"
            assert notice.remedy
            assert notice.source.startswith(
                ("Engine 4.5", "Vdsm", "libvirt", "QEMU", "ovirt-engine", "feature page")
            )
        assert len(told(inputs)) == len(rows)

    @pytest.mark.parametrize(
        ("inputs", "words"),
        [
            (
                {"policy": LARGE, "cluster": {"level": "4.6"}},
                "cluster level 4.6 has no policy 'Very large VMs'",
            ),
            (
                {"parallel": 2, "level": "4.5"},
                "compatibility level 4.5 does not support parallel migrations",
            ),
            (
                {"parallel": 5, "vcpus": 4},
                "5 connections are requested, but a VM of 4 vCPUs gets at most 4",
            ),
            ({"parallel": 5}, "5 connections are requested, but a VM of 1 vCPU gets at most 2"),
            (
                {"encrypted": True, "level": "4.2"},
                "compatibility level 4.2 does not support migration encryption",
            ),
            ({"cluster": {"bandwidth": 8}}, "1 MiB/s divided by 2 migrations"),
            ({"downtime": 9}, "Vdsm ignores the VM's downtime of 9 ms"),
        ],
        ids=itertools.count(),
    )
    def test_the_message_has_the_facts(self, inputs: Dict[str, Any], words: str) -> None:
        """Where the reason differs from case to case, the message says it."""
        (notice,) = told(inputs)
        assert words in notice.message


NOTICE = zc.Notice(
    code="x",
    severity="info",
    layer="qemu",
    field="parallel",
    requested=1,
    effective=None,
    message="m",
    remedy=None,
    source="s",
)


class TestNotice:
    """A notice is checked as it is built."""

    @pytest.mark.parametrize(
        ("field", "value", "kind", "expected"),
        [
            ("code", None, InvalidType, "a string"),
            ("severity", "error", InvalidValue, "one of 'warning', 'info'"),
            ("severity", None, InvalidType, "one of 'warning', 'info'"),
            ("layer", "kernel", InvalidValue, "one of 'engine', 'vdsm', 'libvirt', 'qemu'"),
            ("field", "name", InvalidValue, "'enable_guest_events', 'incoming_limit', "),
            ("field", None, InvalidType, "'outgoing_limit', 'policy'"),
            ("message", 1, InvalidType, "a string"),
            ("remedy", 1, InvalidType, "a string, or none"),
            ("source", None, InvalidType, "a string"),
        ],
    )
    def test_wrong_fields_are_refused(
        self, field: str, value: object, kind: type, expected: str
    ) -> None:
        """Each field has its type and words."""
        assert type(refused(attr.evolve, NOTICE, **{field: value})) is kind
        path, what, accepted = refusal(attr.evolve, NOTICE, **{field: value})
        assert (path, what) == (field, value)
        assert expected in accepted

    def test_all_faults_are_named(self) -> None:
        """Several faults are told together."""
        bad = {"code": 1, "severity": "x", "layer": "y", "field": "z", "message": 1, "remedy": 1}
        assert paths(attr.evolve, NOTICE, **bad, source=1) == [*bad, "source"]

    @pytest.mark.parametrize("field", [*attr.fields_dict(zc.Parameters), "policy"])
    def test_it_is_about_a_parameter_or_the_policy(self, field: Any) -> None:
        """Every parameter can have notices, and the policy."""
        assert attr.evolve(NOTICE, field=field).field == field

    @pytest.mark.parametrize("value", [None, True, "auto", 5, zc.ConvergenceSchedule()])
    def test_values_are_free(self, value: object) -> None:
        """What was requested and what comes out may be anything."""
        made = attr.evolve(NOTICE, requested=value, effective=value)
        assert (made.requested, made.effective) == (value, value)
