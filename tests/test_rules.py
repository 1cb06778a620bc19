"""Every rule: the case that triggers it, the value, the sentence, and what is beside it."""

import itertools
from typing import Any, Dict, List, Optional, Tuple

import attr
import pytest

import zcpolicy as zc
from zcpolicy import policies
from zcpolicy._decision.rules import RULES, Rule, templates
from zcpolicy._decision.words import _PARTS, _SENTENCES, WORDS
from zcpolicy._model.parameters import PARAMETERS, ParameterName

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
ABORT = zc.StallingEntry(limit=-1, action=zc.Action(name="abort"))
ZERO_COPY = zc.MigrationPolicy(
    id=MINE,
    name="Mine",
    max_migrations=3,
    zero_copy=True,
    schedule=zc.ConvergenceSchedule(stalling=(ABORT,)),
)
QUIET = attr.evolve(ZERO_COPY, zero_copy=False, max_migrations=4)
GBIT = 1024 * 10  # one connection's worth, Mbps


def case(
    cluster: Optional[Dict[str, Any]] = None,
    vm: Optional[Dict[str, Any]] = None,
    policy: Any = QUIET,
    mbps: Optional[int] = None,
    **engine: Any,
) -> zc.Resolution:
    """The resolution of these inputs; both links have this speed."""
    return zc.resolve(
        zc.Cluster(**(cluster or {})),
        zc.Host(migration_mbps=mbps),
        policy,
        zc.VM(**(vm or {})),
        destination=zc.Host(migration_mbps=mbps),
        engine=zc.EngineConfig(**engine),
    )


def rule_of(resolution: zc.Resolution, parameter: ParameterName) -> Rule:
    """The rule that gave the parameter its value."""
    return RULES[parameter][resolution._decision.rules[parameter]]


POSTCOPY = policies.POST_COPY
LEFT = attr.evolve(
    POSTCOPY.schedule or zc.ConvergenceSchedule(),
    stalling=[
        entry
        for entry in (POSTCOPY.schedule or zc.ConvergenceSchedule()).stalling
        if entry.action.name != "postcopy"
    ],
)

# The rule, the inputs that trigger it, the parameter, its value and the sentence.
CASES: List[Tuple[str, Dict[str, Any], str, Any, str]] = [
    (
        "encrypted",
        {"vm": {"encrypted": True}},
        *("encrypted", True, "encrypted, because the VM requests it"),
    ),
    (
        "encrypted",
        {"cluster": {"encrypted": True}},
        *("encrypted", True, "encrypted, because the cluster requests it"),
    ),
    (
        "encrypted",
        {"default_encrypted": True, "cluster": {"level": "4.4"}},
        *("encrypted", True, "encrypted, because Engine's default requests it"),
    ),
    (
        "encrypted-level",
        {"vm": {"encrypted": True, "level": "4.3"}},
        *("encrypted", False),
        (
            "not encrypted: the VM requests it, but compatibility level 4.3 does not "
            "support it (4.4 does)"
        ),
    ),
    (
        "encrypted-not",
        {"vm": {"encrypted": False}, "cluster": {"encrypted": True}},
        *("encrypted", False, "not encrypted, because the VM does not request it"),
    ),
    (
        "encrypted-not",
        {"cluster": {"level": "4.3"}},
        *("encrypted", False, "not encrypted, because Engine's default does not request it"),
    ),
    (
        "tunnelled",
        {"cluster": {"tunnelled": True}},
        *("tunnelled", True, "tunnelled, because the cluster requests it"),
    ),
    (
        "tunnelled",
        {"vm": {"tunnelled": True, "encrypted": True, "level": "4.3"}},
        *("tunnelled", True, "tunnelled, because the VM requests it"),
    ),
    (
        "tunnelled-encrypted",
        {"vm": {"tunnelled": True, "encrypted": True}},
        *("tunnelled", False),
        "not tunnelled: the VM requests it, but encryption replaces the tunnel",
    ),
    (
        "tunnelled-not",
        {"vm": {"tunnelled": False}, "cluster": {"tunnelled": True}},
        *("tunnelled", False, "not tunnelled, because the VM does not request it"),
    ),
    (
        "tunnelled-not",
        {},
        *("tunnelled", False, "not tunnelled, because the cluster does not request it"),
    ),
    (
        "zerocopy",
        {"policy": ZERO_COPY},
        *("zerocopy", True, "on: the policy Mine requests it, and nothing prevents it"),
    ),
    (
        "zerocopy-not",
        {},
        *("zerocopy", False, "off: the migration policy does not request zero-copy"),
    ),
    (
        "zerocopy-not",
        {"policy": ZERO_COPY, "vm": {"encrypted": True, "tunnelled": True}},
        *("zerocopy", False),
        "off: zero-copy cannot be used with migration encryption; zero-copy needs parallel "
        "connections, which cannot go through a tunnel",
    ),
    (
        "parallel-level",
        {"cluster": {"parallel": 4}, "vm": {"level": "4.6", "tunnelled": True}},
        *("parallel", None),
        "no parallel connections: compatibility level 4.6 does not support them",
    ),
    (
        "parallel-tunnel",
        {"cluster": {"parallel": 4}, "vm": {"tunnelled": True}},
        *("parallel", None, "no parallel connections: they cannot go through a tunnel"),
    ),
    (
        "parallel-count",
        {"vm": {"parallel": 3, "vcpus": 3}, "mbps": 1},
        *("parallel", 3, "3 connections, as the VM specifies"),
    ),
    (
        "parallel-capped",
        {"cluster": {"parallel": 4}, "vm": {"vcpus": 3}},
        *("parallel", 3),
        "3 connections: the cluster is set to 4, but a VM of 3 vCPUs gets no more",
    ),
    (
        "parallel-capped",
        {"cluster": {"parallel": 3}},
        *("parallel", 2),
        "2 connections: the cluster is set to 3, but a VM of 1 vCPU gets no more",
    ),
    (
        "parallel-automatic",
        {"cluster": {"parallel": "auto_parallel"}, "vm": {"vcpus": 3}, "mbps": 3 * GBIT},
        *("parallel", 3),
        (
            "3 connections, because the cluster is set to Parallel: one per 10 Gbps, "
            "at most one per vCPU, at most 255; the network has 3840 MiB/s (the "
            "slower of the two links), and the VM has 3 vCPUs"
        ),
    ),
    (
        "parallel-automatic",
        {"vm": {"vcpus": 2, "parallel": "auto"}, "cluster": {"bandwidth": 2 * GBIT}},
        *("parallel", 2),
        (
            "2 connections, because the VM is set to Auto: one per 10 Gbps, at most "
            "one per vCPU, at most 255; the network has 2560 MiB/s (as the cluster "
            "specifies), and the VM has 2 vCPUs"
        ),
    ),
    (
        "parallel-automatic",
        {"cluster": {"parallel": "auto_parallel"}, "vm": {"vcpus": 2}, "mbps": 2 * GBIT},
        *("parallel", 2),
        (
            "2 connections, because the cluster is set to Parallel: one per 10 Gbps, "
            "at most one per vCPU, at most 255; the network has 2560 MiB/s (the "
            "slower of the two links), and the VM has 2 vCPUs"
        ),
    ),
    (
        "parallel-minimum",
        {"vm": {"parallel": "auto_parallel"}},
        *("parallel", 2),
        (
            "2 connections, the minimum, because the VM is set to Parallel: one per "
            "10 Gbps, at most one per vCPU; the source's and the destination's link "
            "speed is unknown, and the VM has 1 vCPU"
        ),
    ),
    (
        "parallel-enforced",
        {"policy": ZERO_COPY, "cluster": {"bandwidth": "hypervisor_default"}},
        *("parallel", 2),
        (
            "2 connections: zero-copy needs them, although the cluster is set to "
            "Disabled; one per 10 Gbps, at most one per vCPU, from 2 to 255; the "
            "cluster leaves the bandwidth to the hypervisor, and the VM has 1 vCPU"
        ),
    ),
    (
        "parallel-enforced",
        {"policy": ZERO_COPY, "vm": {"parallel": "auto", "vcpus": 4}, "mbps": 9 * GBIT},
        *("parallel", 4),
        (
            "4 connections: zero-copy needs them, although the VM is set to Auto; "
            "one per 10 Gbps, at most one per vCPU, from 2 to 255; the network has "
            "11520 MiB/s (the slower of the two links), and the VM has 4 vCPUs; 9 would fill the "
            "network, at 10 Gbps each"
        ),
    ),
    (
        "parallel-disabled",
        {"vm": {"vcpus": 4}, "mbps": 4 * GBIT},
        *("parallel", None, "no parallel connections, because the cluster is set to Disabled"),
    ),
    (
        "parallel-auto-none",
        {"cluster": {"parallel": "auto"}, "vm": {"vcpus": 4}, "mbps": 2 * GBIT - 1},
        *("parallel", None),
        (
            "no parallel connections: the cluster is set to Auto, which uses them "
            "with at least 20 Gbps and 2 vCPUs; the network has 2559 MiB/s (the slower of "
            "the two links), and the VM has 4 vCPUs"
        ),
    ),
    (
        "compressed",
        {"policy": "Suspend workload if needed"},
        *("compressed", True),
        "compressed (XBZRLE), because the policy Suspend workload if needed requests it",
    ),
    (
        "compressed",
        {"policy": "legacy", "vm": {"compressed": True}},
        *("compressed", True, "compressed (XBZRLE), because the VM requests it"),
    ),
    (
        "compressed-parallel",
        {"policy": "legacy", "cluster": {"compressed": True, "parallel": 2}},
        *("compressed", False),
        (
            "not compressed: the cluster requests it, but it is incompatible with "
            "parallel connections"
        ),
    ),
    (
        "compressed-not",
        {"policy": "legacy", "cluster": {"parallel": 2}},
        *("compressed", False, "not compressed, because Engine's default does not request it"),
    ),
    (
        "compressed-not",
        {"vm": {"compressed": True}},
        *("compressed", False, "not compressed, because the policy Mine does not request it"),
    ),
    (
        "auto-converge",
        {"policy": "legacy", "default_auto_converge": True},
        *("auto_converge", True, "on, because Engine's default requests it"),
    ),
    (
        "auto-converge",
        {"policy": POSTCOPY, "vm": {"auto_converge": False}},
        *("auto_converge", True, "on, because the policy Post-copy migration requests it"),
    ),
    (
        "auto-converge-not",
        {"policy": "legacy", "cluster": {"auto_converge": False}, "default_auto_converge": True},
        *("auto_converge", False, "off, because the cluster does not request it"),
    ),
    (
        "schedule-legacy",
        {"policy": "legacy", "cluster": {"parallel": 2}, "vm": {"paused": True}},
        *("schedule", None, "none is sent: under Legacy, Vdsm computes one"),
    ),
    (
        "schedule",
        {"policy": POSTCOPY},
        *("schedule", POSTCOPY.schedule, "the schedule of the policy Post-copy migration"),
    ),
    (
        "schedule",
        {"cluster": {"parallel": 2}, "vm": {"paused": True}},
        *("schedule", QUIET.schedule, "the schedule of the policy Mine"),
    ),
    (
        "schedule-no-postcopy",
        {"policy": POSTCOPY, "cluster": {"parallel": 2}},
        *("schedule", LEFT),
        (
            "the schedule of the policy Post-copy migration without post-copy, which "
            "is incompatible with parallel connections"
        ),
    ),
    (
        "schedule-no-postcopy",
        {"policy": POSTCOPY, "cluster": {"tunnelled": True}},
        *("schedule", LEFT),
        (
            "the schedule of the policy Post-copy migration without post-copy, which "
            "is incompatible with a tunnel"
        ),
    ),
    (
        "schedule-no-postcopy",
        {"policy": POSTCOPY, "vm": {"paused": True}},
        *("schedule", LEFT),
        (
            "the schedule of the policy Post-copy migration without post-copy, which "
            "is incompatible with a paused VM"
        ),
    ),
    (
        "schedule-no-postcopy",
        {"policy": POSTCOPY, "cluster": {"parallel": 2}, "vm": {"paused": True}},
        *("schedule", LEFT),
        (
            "the schedule of the policy Post-copy migration without post-copy, which "
            "is incompatible with parallel connections or a paused VM"
        ),
    ),
    (
        "limit-parallel",
        {"cluster": {"parallel": 2}},
        *("incoming_limit", 1),
        "1 at a time: a migration with parallel connections has the host to itself",
    ),
    ("limit-policy", {}, "outgoing_limit", 4, "4 at a time, as the policy Mine specifies"),
    (
        "limit-policy",
        {"policy": POSTCOPY, "vm": {"policy": ZERO_COPY, "tunnelled": True}},
        *("incoming_limit", 3, "3 at a time, as the policy Mine specifies"),
    ),
    (
        "guest-events",
        {"policy": POSTCOPY},
        *("enable_guest_events", True),
        "sent, because the policy Post-copy migration requests them",
    ),
    (
        "guest-events-not",
        {"policy": "legacy"},
        *("enable_guest_events", False),
        "not sent, because the policy Legacy does not request them",
    ),
    (
        "bandwidth-vdsm",
        {"cluster": {"bandwidth": "hypervisor_default"}, "mbps": 8000},
        *("max_bandwidth", None),
        (
            "left to Vdsm, which uses 52 MiB/s: the cluster leaves the bandwidth to the "
            "hypervisor, although the link has 8000 Mbps (libvirt 11.1 and later accept "
            "bandwidth.avail.switchover, which lets QEMU plan the switchover for the whole "
            "link)"
        ),
    ),
    (
        "bandwidth-too-small",
        {"cluster": {"bandwidth": 31}},
        *("max_bandwidth", None),
        (
            "left to Vdsm, which uses 52 MiB/s: the network has 3 MiB/s (as the "
            "cluster specifies), divided by 4, the concurrent migrations of the cluster's "
            "policy Mine, is less than 1"
        ),
    ),
    (
        "bandwidth",
        {"cluster": {"bandwidth": 32}},
        *("max_bandwidth", 1),
        (
            "1 MiB/s: the network has 4 MiB/s (as the cluster specifies), divided by 4, "
            "the concurrent migrations of the cluster's policy Mine"
        ),
    ),
    (
        "bandwidth",
        {"mbps": 8000, "vm": {"policy": "legacy", "parallel": 2}},
        *("max_bandwidth", 250),
        (
            "250 MiB/s: the network has 1000 MiB/s (the slower of the two links), "
            "divided by 4, the concurrent migrations of the cluster's policy Mine"
        ),
    ),
    (
        "downtime-none",
        {"vm": {"downtime": 0}, "default_downtime": 5},
        *("downtime", None, "none is sent, because the VM specifies 0"),
    ),
    (
        "downtime-none",
        {},
        *("downtime", None, "none is sent, because Engine's default specifies 0"),
    ),
    (
        "downtime",
        {"policy": "legacy", "vm": {"downtime": 1}},
        *("downtime", 1, "1 ms, as the VM specifies: Vdsm computes its schedule from it"),
    ),
    (
        "downtime-unused",
        {"default_downtime": 700},
        *(
            "downtime",
            700,
            "700 ms, as Engine's default specifies, but Vdsm ignores it when it gets a schedule",
        ),
    ),
]

ALL = {id(rule): rule for rules in RULES.values() for rule in rules.values()}.values()


class TestRules:
    """The table of the rules."""

    @pytest.mark.parametrize(
        ("rule", "inputs", "parameter", "value", "sentence"),
        CASES,
        ids=[f"{case[0]}-{index}" for index, case in enumerate(CASES)],
    )
    def test_a_rule_gives_its_value_and_says_why(
        self,
        rule: str,
        inputs: Dict[str, Any],
        parameter: ParameterName,
        value: object,
        sentence: str,
    ) -> None:
        """The inputs trigger the rule, and value and sentence are the rule's."""
        r = case(**inputs)
        assert rule_of(r, parameter).name == rule
        assert getattr(r.parameters, parameter) == value
        assert r.explain(parameter) == sentence
        assert r.explain()[parameter] == sentence

    def test_every_rule_has_a_case(self) -> None:
        """No rule is without a case here, and no two rules have one name."""
        names = [rule.name for rule in ALL]
        assert len(set(names)) == len(names)
        assert set(names) == {row[0] for row in CASES}

    def test_every_rule_cites_a_public_source(self) -> None:
        """Each rule says what justifies it: a deployed system, or the feature page."""
        for rule in ALL:
            assert rule.source.startswith(
                ("Engine 4.5", "Vdsm", "libvirt", "ovirt-engine", "feature page")
            )

    def test_every_parameter_has_its_rules(self) -> None:
        """The table has the parameters, in their order, and each rule by its name."""
        assert list(RULES) == list(PARAMETERS.kinds)
        for rules in RULES.values():
            assert [rule.name for rule in rules.values()] == list(rules)

    def test_templates(self) -> None:
        """Each notice that a rule gives is listed once, with the field that it is about."""
        given = [template for rule in ALL for template in rule.notices]
        listed = [template for _, template in templates()]
        assert len({id(template) for template in listed}) == len(listed)
        assert {id(template) for template in listed} == {id(template) for template in given}
        fields = {template.code: field for field, template in templates()}
        assert fields["policy-unknown"] == "policy"
        assert fields["connections-tunnel"] == "parallel"

    def test_only_known_words(self) -> None:
        """Every word of a template is in the table of words, and each of those is used."""
        used = [
            word for parts in (_PARTS, _SENTENCES) for _, rest in parts.values() for word, _ in rest
        ]
        assert {*used} == {*WORDS.values()}

    def test_a_name_is_one_rule(self) -> None:
        """Whichever parameters a rule is listed below, its name is no other's."""
        listed = [(name, rule) for rules in RULES.values() for name, rule in rules.items()]
        assert len({name for name, _ in listed}) == len({id(rule) for _, rule in listed})

    def test_both_limits_have_one_rule(self) -> None:
        """Migrations in and out are limited alike, and for the same reason."""
        for parallel in ("disabled", 2):
            r = case({"parallel": parallel})
            assert r.parameters.incoming_limit == r.parameters.outgoing_limit
            assert r.explain("incoming_limit") == r.explain("outgoing_limit")


# The bandwidth in Mbps (None: unknown), vCPUs, and the connections of Auto, Parallel, and of
# Disabled or Auto where zero-copy enforces them.
AUTOMATIC: List[Tuple[Optional[int], int, Optional[int], int, int]] = [
    (None, 1, None, 2, 2),
    (None, 300, None, 2, 2),
    (1, 300, None, 2, 2),
    (GBIT, 300, None, 2, 2),
    (2 * GBIT - 1, 300, None, 2, 2),
    (2 * GBIT, 300, 2, 2, 2),
    (2 * GBIT, 2, 2, 2, 2),
    (2 * GBIT, 1, None, 2, 2),
    (3 * GBIT - 8, 300, 2, 2, 2),
    (3 * GBIT, 300, 3, 3, 3),
    (3 * GBIT, 3, 3, 3, 3),
    (3 * GBIT, 2, 2, 2, 2),
    (8 * GBIT - 1, 300, 7, 7, 7),
    (8 * GBIT, 300, 8, 8, 8),
    (8 * GBIT + 7, 300, 8, 8, 8),
    (255 * GBIT - 1, 300, 254, 254, 254),
    (300 * GBIT, 1, None, 2, 2),
    (300 * GBIT, 3, 3, 3, 3),
    (300 * GBIT, 254, 254, 254, 254),
    (300 * GBIT, 255, 255, 255, 255),
    (300 * GBIT, 256, 255, 255, 255),
    (254 * GBIT, 300, 254, 254, 254),
    (255 * GBIT, 300, 255, 255, 255),
    (256 * GBIT, 300, 255, 255, 255),
    (2147483647, 2147483647, 255, 255, 255),
]


class TestConnections:
    """The number of connections."""

    @pytest.mark.parametrize(("mbps", "vcpus", "auto", "parallel", "enforced"), AUTOMATIC)
    def test_automatic(
        self, mbps: Optional[int], vcpus: int, auto: Optional[int], parallel: int, enforced: int
    ) -> None:
        """One connection for each 10 Gbps, no more than vCPUs or 255; too few: who asks decides."""

        def connections(setting: str, policy: zc.MigrationPolicy) -> Optional[int]:
            cluster = {"parallel": setting}
            return case(cluster, {"vcpus": vcpus}, policy, mbps).parameters.parallel

        assert connections("disabled", QUIET) is None
        assert connections("auto", QUIET) == auto
        assert connections("auto_parallel", QUIET) == parallel
        assert connections("disabled", ZERO_COPY) == enforced
        assert connections("auto", ZERO_COPY) == enforced
        assert connections("auto_parallel", ZERO_COPY) == parallel

    @pytest.mark.parametrize(
        ("setting", "vcpus", "connections"),
        [
            (2, 1, 2),
            (2, 2, 2),
            (3, 1, 2),
            (3, 2, 2),
            (3, 3, 3),
            (3, 4, 3),
            (4, 3, 3),
            (255, 254, 254),
            (255, 255, 255),
            (255, 300, 255),
        ],
    )
    @pytest.mark.parametrize("policy", [QUIET, ZERO_COPY])
    @pytest.mark.parametrize("mbps", [None, 1, 300 * GBIT])
    def test_a_count(
        self,
        setting: int,
        vcpus: int,
        connections: int,
        policy: zc.MigrationPolicy,
        mbps: Optional[int],
    ) -> None:
        """A count is what comes out, up to the vCPUs and two at least; no link changes it."""
        r = case({"parallel": setting}, {"vcpus": vcpus}, policy, mbps)
        assert r.parameters.parallel == connections

    def test_the_whole_bandwidth_counts(self) -> None:
        """Connections are counted by the bandwidth before it is divided among migrations."""
        r = case({"parallel": "auto"}, {"vcpus": 4}, QUIET, 2 * GBIT)
        assert (r.parameters.parallel, r.parameters.max_bandwidth) == (2, 2 * GBIT // 8 // 4)


class TestPrecedence:
    """Which of two wishes wins."""

    @pytest.mark.parametrize(
        ("encrypted", "tunnelled", "level", "expected"),
        [
            (False, False, "4.8", (False, False, 2)),
            (False, True, "4.8", (False, True, None)),
            (True, False, "4.8", (True, False, 2)),
            (True, True, "4.8", (True, False, 2)),
            (True, True, "4.3", (False, True, None)),
            (True, False, "4.3", (False, False, None)),
        ],
    )
    def test_encryption_then_the_tunnel_then_connections(
        self, encrypted: bool, tunnelled: bool, level: str, expected: Tuple[Any, ...]
    ) -> None:
        """Encryption displaces the tunnel, the tunnel displaces connections."""
        p = case(
            {"parallel": 2}, {"encrypted": encrypted, "tunnelled": tunnelled, "level": level}
        ).parameters
        assert (p.encrypted, p.tunnelled, p.parallel) == expected

    @pytest.mark.parametrize(
        ("vm", "parallel"),
        [
            ({}, 2),
            ({"encrypted": True}, None),
            ({"tunnelled": True}, None),
            ({"level": "4.6"}, None),
            ({"memory_hard_limit_mib": 1}, 2),
        ],
    )
    def test_only_what_engine_knows_keeps_it_from_enforcing(
        self, vm: Dict[str, Any], parallel: Optional[int]
    ) -> None:
        """Connections are enforced unless Engine itself knows that zero-copy is off."""
        assert case(vm=vm, policy=ZERO_COPY).parameters.parallel == parallel

    @pytest.mark.parametrize("host", ["vdsm_zerocopy", "libvirt_zerocopy", "qemu_zerocopy"])
    def test_connections_stay_for_a_host_that_cannot(self, host: str) -> None:
        """As deployed, a host that cannot do zero-copy still gets the connections."""
        unable: Dict[str, Any] = {host: False}
        r = zc.resolve(host=zc.Host(**unable), policy=ZERO_COPY)
        assert (r.parameters.zerocopy, r.parameters.parallel) == (False, 2)

    @pytest.mark.parametrize(
        ("parallel", "tunnelled", "paused"), [*itertools.product((False, True), repeat=3)]
    )
    def test_postcopy_goes_with_any_of_the_three(
        self, parallel: bool, tunnelled: bool, paused: bool
    ) -> None:
        """Connections, a tunnel or a paused VM take post-copy out of the schedule, and only it."""
        r = case(
            {"parallel": 2 if parallel else "disabled"},
            {"tunnelled": tunnelled, "paused": paused},
            POSTCOPY,
        )
        excluded = parallel or tunnelled or paused
        assert r.parameters.schedule == (LEFT if excluded else POSTCOPY.schedule)

    def test_postcopy_stays_with_a_displaced_tunnel(self) -> None:
        """A tunnel that encryption displaces excludes nothing."""
        r = case(vm={"tunnelled": True, "encrypted": True}, policy=POSTCOPY)
        assert r.parameters.schedule == POSTCOPY.schedule


class TestTemplates:
    """A notice takes its parts from a template, which is checked instead of each notice."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("code", None),
            ("severity", "error"),
            ("layer", "kernel"),
            ("field", "zero_copy"),
            ("message", None),
            ("remedy", 1),
            ("source", None),
        ],
    )
    def test_a_wrong_one_is_refused(self, field: str, value: object) -> None:
        """What no notice may have cannot stand in the table of rules."""
        good = next(template for _, template in templates())
        wrong: Dict[str, Any] = {field: value}
        with pytest.raises(zc.ZcpolicyError, match=f"^{field}: "):
            attr.evolve(good, **wrong)

    def test_its_field_may_be_left_to_the_rule(self) -> None:
        """Without a field, a notice is about the parameter of its rule."""
        good = next(template for _, template in templates())
        assert attr.evolve(good, field=None).field is None
