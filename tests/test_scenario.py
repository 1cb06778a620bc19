"""All the inputs together: their JSON, and what Engine does not know."""

import itertools
import json
from typing import Any, Dict, List, Tuple

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy import policies
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._base.fields import camel
from zcpolicy._base.parsing import parse
from zcpolicy._model.scenario_json import HOST_KEYS
from zcpolicy._model.shipped import SHIPPED
from zcpolicy._publish.vectors import merged

Document = Dict[str, Any]

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
SITE = zc.MigrationPolicy(id=MINE, name="Mine", zero_copy=True)
ENTRY = SITE.to_json()
CAPS = {"zerocopy_migrations": True, "packages2": {"qemu-kvm": {"version": "6.0", "release": "1"}}}
OLD_QEMU = zc.Host(qemu_zerocopy=False, qemu_version=(6, 0))
OLD_VDSM = zc.Host(vdsm_zerocopy=False)
# What a host can know of zero-copy: `vdsm_zerocopy` is `vdsm`.
KNOWN = [name for name in attr.fields_dict(zc.Host) if name.endswith("_zerocopy")]
ALL_KNOWN = {name[: -len("_zerocopy")]: True for name in KNOWN}
UNABLE: Dict[str, Any] = dict.fromkeys(KNOWN, False)

_KNOWN = "a level that this Engine knows (4.2, 4.3, 4.4, 4.5, 4.6, 4.7, 4.8)"


class TestScenario:
    """Everything that a decision depends on."""

    def test_the_defaults(self) -> None:
        """By default a blank VM of a new cluster migrates between up-to-date hosts."""
        made = zc.Scenario()
        assert attr.asdict(made, recurse=False) == {
            "cluster": zc.Cluster(),
            "host": zc.Host(),
            "policy": "Minimal downtime",
            "vm": zc.VM(),
            "destination": zc.Host(),
            "engine": zc.EngineConfig(),
            "name": None,
        }

    @pytest.mark.parametrize(
        ("field", "expected"),
        [
            ("cluster", "a Cluster"),
            ("host", "a Host"),
            ("vm", "a VM"),
            ("destination", "a Host"),
            ("engine", "an EngineConfig"),
            ("policy", "a migration policy, or its id or name"),
        ],
    )
    @pytest.mark.parametrize("value", [None, {}, 5, True])
    def test_each_field_has_its_class(self, field: str, expected: str, value: object) -> None:
        """An input is an object of its class."""
        error = refused(zc.Scenario, **{field: value})
        assert (type(error), error.path, error.expected) == (InvalidType, field, expected)
        assert error.value is value

    def test_all_wrong_fields_are_named(self) -> None:
        """Wrong classes are told together."""
        names = ["cluster", "host", "policy", "vm", "destination", "engine"]
        assert paths(zc.Scenario, **dict.fromkeys(names)) == names

    @pytest.mark.parametrize(
        ("levels", "faults"),
        [
            (("4.9", None), ["cluster.level"]),
            (("4.8", "4.1"), ["vm.level"]),
            (("4.9", "4.1"), ["cluster.level", "vm.level"]),
            (("4.1", "4.1"), ["cluster.level", "vm.level"]),
        ],
    )
    def test_an_unknown_level_is_refused(self, levels: Tuple[Any, Any], faults: List[str]) -> None:
        """A level that Engine does not know is refused, whose ever it is."""
        given = {"cluster": zc.Cluster(level=levels[0]), "vm": zc.VM(level=levels[1])}
        error = refused(zc.Scenario, **given)
        assert [fault.path for fault in error.all] == faults
        assert {(type(f), f.expected) for f in error.all} == {(InvalidValue, _KNOWN)}
        wanted = {"cluster.level": levels[0], "vm.level": levels[1]}
        assert [f.value for f in error.all] == [wanted[path] for path in faults]

    def test_a_level_can_be_added(self) -> None:
        """What parallel_supported names is known, for cluster and VM."""
        engine = zc.EngineConfig(parallel_supported={"4.9": True, "4.1": False})
        made = zc.Scenario(cluster=zc.Cluster(level="4.9"), vm=zc.VM(level="4.1"), engine=engine)
        assert (made.cluster.level, made.vm.level) == ("4.9", "4.1")

    @pytest.mark.parametrize(
        ("given", "path", "value"),
        [
            ({"policy": "Very large VM"}, "policy", "Very large VM"),
            ({"policy": ""}, "policy", ""),
            ({"vm": zc.VM(policy="LEGACY")}, "vm.policy", "LEGACY"),
            ({"policy": "Mine"}, "policy", "Mine"),
        ],
    )
    def test_a_name_that_means_nothing_is_refused(
        self, given: Document, path: str, value: str
    ) -> None:
        """A policy's name must be known; with what was probably meant."""
        where, what, expected = refusal(zc.Scenario, **given)
        assert (where, what) == (path, value)
        assert expected.startswith("the id of a policy, or one of 'Legacy', 'Minimal downtime', ")

    def test_both_policies_are_named(self) -> None:
        """The cluster's and the VM's are told together."""
        assert paths(zc.Scenario, policy="x", vm=zc.VM(policy="y")) == ["policy", "vm.policy"]

    @pytest.mark.parametrize("level", ["4.6", "4.8"])
    @pytest.mark.parametrize(
        "choice", [MINE, MINE.upper(), "Very large VMs", policies.VERY_LARGE_VMS.id, "legacy", SITE]
    )
    def test_ids_and_shipped_names_are_good(self, level: str, choice: Any) -> None:
        """An id or a shipped name that the list lacks means Legacy; an object is itself."""
        made = zc.Scenario(cluster=zc.Cluster(level=level), policy=choice, vm=zc.VM(policy=choice))
        assert (
            made.policy
            == made.vm.policy
            == (choice if choice is SITE else {MINE.upper(): MINE}.get(choice, choice))
        )

    def test_legacys_id_is_legacy(self) -> None:
        """Legacy's id is kept as Legacy itself."""
        assert zc.Scenario(policy=policies.LEGACY.id).policy is policies.LEGACY

    def test_it_resolves(self) -> None:
        """A scenario's decision is that of resolve()."""
        made = zc.Scenario(policy="Very large VMs", vm=zc.VM(vcpus=4))
        assert made.resolve() == zc.resolve(policy="Very large VMs", vm=zc.VM(vcpus=4))
        assert made.resolve().scenario is made


# A document, and the fields of the scenario that it gives.
READ: List[Tuple[Document, Document]] = [
    ({}, {}),
    (dict.fromkeys(["cluster", "vm", "source", "destination", "engine"]), {}),
    ({"cluster": {}, "vm": {}, "source": {}, "destination": {}, "engine": {}}, {}),
    ({"name": "vm 7"}, {"name": "vm 7"}),
    ({"name": None, "source": {"name": None}}, {}),
    (
        {"source": {"name": "h1"}, "destination": {"name": ""}},
        {"host": zc.Host(name="h1"), "destination": zc.Host(name="")},
    ),
    ({"cluster": {"level": "4.6"}}, {"cluster": zc.Cluster(level="4.6")}),
    ({"cluster": {"parallel": "auto"}}, {"cluster": zc.Cluster(parallel="auto")}),
    ({"cluster": {"parallel": 2}}, {"cluster": zc.Cluster(parallel=2)}),
    ({"cluster": {"encrypted": False}}, {"cluster": zc.Cluster(encrypted=False)}),
    ({"cluster": {"autoConverge": True}}, {"cluster": zc.Cluster(auto_converge=True)}),
    ({"cluster": {"compressed": True}}, {"cluster": zc.Cluster(compressed=True)}),
    ({"cluster": {"tunnelled": True}}, {"cluster": zc.Cluster(tunnelled=True)}),
    ({"cluster": {"bandwidth": 1000}}, {"cluster": zc.Cluster(bandwidth=1000)}),
    ({"cluster": {"policy": None}}, {}),
    ({"cluster": {"policy": "Very large VMs"}}, {"policy": "Very large VMs"}),
    ({"cluster": {"policy": MINE.upper()}}, {"policy": MINE}),
    ({"cluster": {"policy": policies.LEGACY.id}}, {"policy": policies.LEGACY}),
    ({"cluster": {"policy": ENTRY}}, {"policy": SITE}),
    ({"vm": {"vcpus": 4}}, {"vm": zc.VM(vcpus=4)}),
    ({"vm": {"memoryMiB": 4}}, {"vm": zc.VM(memory_mib=4)}),
    ({"vm": {"memoryHardLimitMiB": 4}}, {"vm": zc.VM(memory_hard_limit_mib=4)}),
    ({"vm": {"level": "4.2"}}, {"vm": zc.VM(level="4.2")}),
    ({"vm": {"parallel": "disabled"}}, {"vm": zc.VM(parallel="disabled")}),
    ({"vm": {"encrypted": False}}, {"vm": zc.VM(encrypted=False)}),
    ({"vm": {"autoConverge": False}}, {"vm": zc.VM(auto_converge=False)}),
    ({"vm": {"compressed": False}}, {"vm": zc.VM(compressed=False)}),
    ({"vm": {"tunnelled": False}}, {"vm": zc.VM(tunnelled=False)}),
    ({"vm": {"paused": True}}, {"vm": zc.VM(paused=True)}),
    ({"vm": {"downtime": 0}}, {"vm": zc.VM(downtime=0)}),
    ({"vm": {"policy": None}}, {}),
    ({"vm": {"policy": "legacy"}}, {"vm": zc.VM(policy="legacy")}),
    ({"vm": {"policy": ENTRY, "vcpus": 2}}, {"vm": zc.VM(policy=SITE, vcpus=2)}),
    ({"source": {"zerocopy": True}}, {}),
    ({"source": {"zerocopy": {}}}, {}),
    ({"source": {"zerocopy": {"vdsm": None}}}, {}),
    (
        {"source": {"zerocopy": False}},
        {"host": zc.Host(**UNABLE)},
    ),
    ({"source": {"zerocopy": {"vdsm": False}}}, {"host": OLD_VDSM}),
    ({"source": {"zerocopy": {"libvirt": False}}}, {"host": zc.Host(libvirt_zerocopy=False)}),
    ({"source": {"zerocopy": {"qemu": False}}}, {"host": zc.Host(qemu_zerocopy=False)}),
    ({"source": {"migrationMbps": -1}}, {"host": zc.Host(migration_mbps=-1)}),
    ({"source": {"vdsmCapabilities": None}}, {}),
    ({"source": {"vdsmCapabilities": CAPS}}, {"host": OLD_QEMU}),
    (
        {"source": {"vdsmCapabilities": CAPS, "zerocopy": None, "migrationMbps": 7}},
        {"host": attr.evolve(OLD_QEMU, migration_mbps=7)},
    ),
    (
        {"destination": {"zerocopy": {"libvirt": False}, "migrationMbps": 5}},
        {"destination": zc.Host(libvirt_zerocopy=False, migration_mbps=5)},
    ),
    ({"destination": {"vdsmCapabilities": CAPS}}, {"destination": OLD_QEMU}),
    ({"engine": {"parallelSupported": None, "defaults": None, "policies": None}}, {}),
    ({"engine": {"parallelSupported": {}, "defaults": {}}}, {}),
    ({"engine": {"parallelSupported": {"4.8": None}}}, {}),
    (
        {"engine": {"parallelSupported": {"4.6": True, "4.9": True}}, "vm": {"level": "4.9"}},
        {
            "engine": zc.EngineConfig(parallel_supported={"4.6": True, "4.9": True}),
            "vm": zc.VM(level="4.9"),
        },
    ),
    (
        {"engine": {"defaults": {"autoConverge": True}}},
        {"engine": zc.EngineConfig(default_auto_converge=True)},
    ),
    (
        {"engine": {"defaults": {"compressed": True}}},
        {"engine": zc.EngineConfig(default_compressed=True)},
    ),
    (
        {"engine": {"defaults": {"encrypted": True}}},
        {"engine": zc.EngineConfig(default_encrypted=True)},
    ),
    (
        {"engine": {"defaults": {"downtime": 5}}},
        {"engine": zc.EngineConfig(default_downtime=5)},
    ),
    ({"engine": {"policies": []}}, {"engine": zc.EngineConfig(policies=())}),
    (
        {"engine": {"policies": [ENTRY]}, "cluster": {"policy": "Mine"}},
        {"engine": zc.EngineConfig(policies=(SITE,)), "policy": "Mine"},
    ),
]


class TestFromJson:
    """The document."""

    @pytest.mark.parametrize(("document", "fields"), READ, ids=itertools.count())
    def test_each_key_is_its_field(self, document: Document, fields: Document) -> None:
        """A key sets its field and no other; a missing key or null is the default."""
        made = zc.Scenario.from_json(parse(json.dumps(document)))
        assert made == zc.Scenario(**fields)
        assert zc.Scenario.from_json(made.to_json()) == made

    @pytest.mark.parametrize("document", [None, [], [{}], "{}", 5, True, 1.5])
    def test_what_is_no_object_is_refused(self, document: object) -> None:
        """A scenario is an object."""
        assert refusal(zc.Scenario.from_json, document) == ("", document, "a JSON object")

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ({"host": {}}, "host"),
            ({"policy": "legacy"}, "policy"),
            ({"": 1}, ""),
            ({"cluster": []}, "cluster"),
            ({"vm": "x"}, "vm"),
            ({"source": True}, "source"),
            ({"destination": 1}, "destination"),
            ({"engine": []}, "engine"),
            ({"cluster": {"Level": "4.8"}}, "cluster.Level"),
            ({"cluster": {"level": 4.8}}, "cluster.level"),
            ({"cluster": {"level": "4"}}, "cluster.level"),
            ({"cluster": {"level": "4.9"}}, "cluster.level"),
            ({"cluster": {"parallel": 1}}, "cluster.parallel"),
            ({"cluster": {"parallel": 256}}, "cluster.parallel"),
            ({"cluster": {"parallel": True}}, "cluster.parallel"),
            ({"cluster": {"encrypted": 0}}, "cluster.encrypted"),
            ({"cluster": {"autoConverge": "true"}}, "cluster.autoConverge"),
            ({"cluster": {"auto_converge": True}}, "cluster.auto_converge"),
            ({"cluster": {"compressed": 1}}, "cluster.compressed"),
            ({"cluster": {"tunnelled": "yes"}}, "cluster.tunnelled"),
            ({"cluster": {"tunneled": True}}, "cluster.tunneled"),
            ({"cluster": {"bandwidth": 0}}, "cluster.bandwidth"),
            ({"cluster": {"bandwidth": 1e3}}, "cluster.bandwidth"),
            ({"cluster": {"policy": 5}}, "cluster.policy"),
            ({"cluster": {"policy": True}}, "cluster.policy"),
            ({"cluster": {"policy": []}}, "cluster.policy"),
            ({"cluster": {"policy": "legcy"}}, "cluster.policy"),
            (
                {"cluster": {"policy": {**ENTRY, "maxMigrations": 0}}},
                "cluster.policy.maxMigrations",
            ),
            ({"cluster": {"policy": {**ENTRY, "zerocopy": True}}}, "cluster.policy.zerocopy"),
            ({"vm": {"vcpus": 0}}, "vm.vcpus"),
            ({"vm": {"vcpus": 2147483648}}, "vm.vcpus"),
            ({"vm": {"vcpus": 1.0}}, "vm.vcpus"),
            ({"vm": {"memoryMib": 1}}, "vm.memoryMib"),
            ({"vm": {"memoryMiB": "1024"}}, "vm.memoryMiB"),
            ({"vm": {"memoryHardLimitMiB": 0}}, "vm.memoryHardLimitMiB"),
            ({"vm": {"level": "4.1"}}, "vm.level"),
            ({"vm": {"level": "4.7\n"}}, "vm.level"),
            ({"vm": {"parallel": "Auto"}}, "vm.parallel"),
            ({"vm": {"encrypted": "inherit"}}, "vm.encrypted"),
            ({"vm": {"autoConverge": 1}}, "vm.autoConverge"),
            ({"vm": {"compressed": []}}, "vm.compressed"),
            ({"vm": {"tunnelled": {}}}, "vm.tunnelled"),
            ({"vm": {"paused": 0}}, "vm.paused"),
            ({"vm": {"downtime": -1}}, "vm.downtime"),
            ({"vm": {"downtime": 2000001}}, "vm.downtime"),
            ({"vm": {"policy": False}}, "vm.policy"),
            ({"vm": {"policy": "x"}}, "vm.policy"),
            ({"vm": {"policy": {**ENTRY, "config": None}}}, "vm.policy.config"),
            ({"source": {"zerocopy": 1}}, "source.zerocopy"),
            ({"source": {"zerocopy": "true"}}, "source.zerocopy"),
            ({"source": {"zerocopy": [True]}}, "source.zerocopy"),
            ({"source": {"zerocopy": {"vdsm": 1}}}, "source.zerocopy.vdsm"),
            ({"source": {"zerocopy": {"libvirt": "no"}}}, "source.zerocopy.libvirt"),
            ({"source": {"zerocopy": {"qemu": 0}}}, "source.zerocopy.qemu"),
            ({"source": {"zerocopy": {"vdms": True}}}, "source.zerocopy.vdms"),
            ({"source": {"migrationMbps": "10"}}, "source.migrationMbps"),
            ({"source": {"migrationMbps": 2147483648}}, "source.migrationMbps"),
            ({"source": {"vdsmCapabilities": []}}, "source.vdsmCapabilities"),
            (
                {"source": {"vdsmCapabilities": {"zerocopy_migrations": "true"}}},
                "source.vdsmCapabilities.zerocopy_migrations",
            ),
            (
                {"source": {"vdsmCapabilities": {"packages2": {"vdsm": {"version": 4}}}}},
                "source.vdsmCapabilities.packages2.vdsm.version",
            ),
            ({"source": {"vdsmCapabilities": CAPS, "zerocopy": True}}, "source.vdsmCapabilities"),
            ({"source": {"vdsmCapabilities": CAPS, "zerocopy": {}}}, "source.vdsmCapabilities"),
            ({"destination": {"mbps": 1}}, "destination.mbps"),
            ({"destination": {"zerocopy": {"qemu": None, "x": None}}}, "destination.zerocopy.x"),
            ({"destination": {"vdsmCapabilities": 1}}, "destination.vdsmCapabilities"),
            ({"engine": {"levels": {}}}, "engine.levels"),
            ({"engine": {"parallelSupported": []}}, "engine.parallelSupported"),
            ({"engine": {"parallelSupported": True}}, "engine.parallelSupported"),
            ({"engine": {"parallelSupported": {"4.6": 1}}}, "engine.parallelSupported['4.6']"),
            ({"engine": {"parallelSupported": {"4": True}}}, "engine.parallelSupported['4']"),
            ({"engine": {"defaults": []}}, "engine.defaults"),
            ({"engine": {"defaults": {"tunnelled": True}}}, "engine.defaults.tunnelled"),
            ({"engine": {"defaults": {"autoConverge": 1}}}, "engine.defaults.autoConverge"),
            ({"engine": {"defaults": {"compressed": "no"}}}, "engine.defaults.compressed"),
            ({"engine": {"defaults": {"encrypted": 0}}}, "engine.defaults.encrypted"),
            ({"engine": {"defaults": {"downtime": 2000001}}}, "engine.defaults.downtime"),
            ({"engine": {"policies": {}}}, "engine.policies"),
            ({"engine": {"policies": "[]"}}, "engine.policies"),
            ({"engine": {"policies": [None]}}, "engine.policies[0]"),
            ({"engine": {"policies": ["legacy"]}}, "engine.policies[0]"),
            (
                {"engine": {"policies": [{**ENTRY, "id": policies.LEGACY.id}]}},
                "engine.policies[0].id",
            ),
        ],
        ids=itertools.count(),
    )
    def test_what_is_wrong_is_refused(self, document: Document, path: str) -> None:
        """Each wrong key or value is one fault, and named by its path in the document."""
        assert paths(zc.Scenario.from_json, document) == [path]

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ({"vm": {"parallel": 1}}, ["vm.parallel: 1 is not ", "'auto_parallel'", "2 to 255"]),
            ({"vm": {"vcpus": "4"}}, ["vm.vcpus: '4' is not an integer from 1 to 2147483647"]),
            (
                {"vm": {"vcpu": 4}},
                ["vm.vcpu: unknown key; did you mean 'vcpus'?", "(known: vcpus, memoryMiB, "],
            ),
            (
                {"cluster": {"level": "4.9"}},
                ["cluster.level: '4.9' is not a level that this Engine knows (4.2, "],
            ),
            (
                {"cluster": {"policy": "Leagcy"}},
                ["cluster.policy: 'Leagcy'", "did you mean 'Legacy'?"],
            ),
            (
                {"source": {"zerocopy": 1}},
                ["source.zerocopy: 1 is not true, false, or an object with 'vdsm', 'libvirt', "],
            ),
            ({"source": {"zerocopy": True, "vdsmCapabilities": {}}}, ["say the same thing"]),
            (
                {"source": {"speed": 1}},
                ["(known: zerocopy, versions, vdsm, vdsmCapabilities, ", "migrationMbps, name)"],
            ),
            ({"engine": {"x": 1}}, ["(known: parallelSupported, defaults, policies)"]),
            ({"x": 1}, ["x: unknown key (known: cluster, vm, source, destination, engine, name)"]),
        ],
        ids=itertools.count(),
    )
    def test_the_message_is_complete(self, document: Document, words: List[str]) -> None:
        """A message names the path, the value, and what is accepted or was probably meant."""
        message = str(refused(zc.Scenario.from_json, document))
        for word in words:
            assert word in message

    def test_all_faults_are_named(self) -> None:
        """Every part is read to its end, and all faults are told together."""
        document = {
            "x": 1,
            "vm": {"vcpus": 0, "level": "4.9x", "policy": {"id": "x", "config": {"y": 1}}},
            "cluster": {"parallel": 1, "policy": "z", "z": None},
            "source": {"zerocopy": {"vdsm": 1}, "migrationMbps": "5"},
            "destination": 7,
            "engine": {},
        }
        assert sorted(paths(zc.Scenario.from_json, document)) == [
            "cluster.parallel",
            "cluster.policy",
            "cluster.z",
            "destination",
            "source.migrationMbps",
            "source.zerocopy.vdsm",
            "vm.level",
            "vm.policy.config.y",
            "vm.policy.id",
            "vm.policy.maxMigrations",
            "vm.vcpus",
            "x",
        ]

    def test_unknown_keys_are_named_in_their_order(self) -> None:
        """Faults of one object are in the order of the document, whatever the keys are."""
        keys = [f"k{number}" for number in range(50)]
        assert paths(zc.Scenario.from_json, dict.fromkeys(keys)) == keys

    @pytest.mark.parametrize("policy", SHIPPED[:-1], ids=lambda policy: policy.name)
    def test_a_shipped_policy_may_be_spelled_out(self, policy: zc.MigrationPolicy) -> None:
        """However its keys are ordered, it is the policy; a value of another type is refused."""
        entry = policy.to_json()
        for spelled in (entry, dict(reversed(entry.items()))):
            made = zc.Scenario.from_json({"cluster": {"policy": spelled}, "vm": {"policy": entry}})
            assert made.policy == made.vm.policy == policy
        for key, wrong in (("maxMigrations", 1.0), ("zeroCopy", 0), ("config", object())):
            document = {"cluster": {"policy": {**entry, key: wrong}}}
            path, value, _ = refusal(zc.Scenario.from_json, document)
            assert path.startswith(f"cluster.policy.{key}")
            assert (value, type(value)) == (wrong, type(wrong))

    def test_a_broken_engine_hides_no_other_part(self) -> None:
        """Where Engine's configuration is wrong, the other parts are still read."""
        document = {
            "engine": {"defaults": {"downtime": -1}, "policies": [{}, 5], "x": 1},
            "cluster": {"level": "4.9", "parallel": 0, "policy": 5},
            "vm": {"vcpus": 0, "level": "4.10", "policy": "x"},
            "source": {"migrationMbps": True},
            "destination": {"y": 1},
        }
        assert sorted(paths(zc.Scenario.from_json, document)) == [
            "cluster.parallel",
            "cluster.policy",
            "destination.y",
            "engine.defaults.downtime",
            "engine.policies[0].config",
            "engine.policies[0].id",
            "engine.policies[0].maxMigrations",
            "engine.policies[1]",
            "engine.x",
            "source.migrationMbps",
            "vm.vcpus",
        ]

    def test_a_host_is_described_once(self) -> None:
        """Vdsm's answer takes the place of zerocopy, so that both together are refused."""
        document = {"destination": {"zerocopy": True, "vdsmCapabilities": CAPS}}
        assert refusal(zc.Scenario.from_json, document) == (
            "destination.vdsmCapabilities",
            None,
            "one of the two",
        )

    def test_two_policies_with_one_id_are_refused(self) -> None:
        """Engine does not start with two policies of one id: the second is named."""
        document = {"engine": {"policies": [ENTRY, policies.POST_COPY.to_json(), ENTRY]}}
        assert paths(zc.Scenario.from_json, document) == ["engine.policies[2].id"]

    def test_a_bad_policy_does_not_move_the_others(self) -> None:
        """A policy's path is its place in the document, whatever is wrong before it."""
        document = {"engine": {"policies": [None, ENTRY, ENTRY]}}
        assert sorted(paths(zc.Scenario.from_json, document)) == [
            "engine.policies[0]",
            "engine.policies[2].id",
        ]

    def test_levels_are_told_together(self) -> None:
        """Unknown levels of cluster and VM are both named."""
        document = {"cluster": {"level": "4.9"}, "vm": {"level": "4.10"}}
        assert paths(zc.Scenario.from_json, document) == ["cluster.level", "vm.level"]

    def test_policies_are_told_together(self) -> None:
        """Unknown names of cluster and VM are both named, by the paths of the document."""
        document = {"cluster": {"policy": "x"}, "vm": {"policy": "y"}}
        assert paths(zc.Scenario.from_json, document) == ["cluster.policy", "vm.policy"]


class TestToJson:
    """The scenario, spelled out."""

    def test_it_has_every_key(self) -> None:
        """All that can be said is there, defaults too, and a key for each field."""
        written = zc.Scenario().to_json()
        pinned: Document = {
            "cluster": {
                "level": "4.8",
                "parallel": "disabled",
                "encrypted": None,
                "autoConverge": None,
                "compressed": None,
                "tunnelled": False,
                "bandwidth": "auto",
                "policy": "Minimal downtime",
            },
            "vm": {
                "vcpus": 1,
                "memoryMiB": 1024,
                "memoryHardLimitMiB": None,
                "level": None,
                "parallel": None,
                "encrypted": None,
                "autoConverge": None,
                "compressed": None,
                "tunnelled": None,
                "paused": False,
                "downtime": None,
                "policy": None,
            },
            "source": {
                "zerocopy": ALL_KNOWN,
                "migrationMbps": None,
            },
            "destination": {
                "zerocopy": ALL_KNOWN,
                "migrationMbps": None,
            },
            "engine": {
                "parallelSupported": {
                    **dict.fromkeys(["4.2", "4.3", "4.4", "4.5", "4.6"], False),
                    **dict.fromkeys(["4.7", "4.8"], True),
                },
                "defaults": {
                    "autoConverge": False,
                    "compressed": False,
                    "encrypted": False,
                    "downtime": 0,
                },
                "policies": None,
            },
        }
        assert merged(written, pinned) == written
        for part, cls in (("cluster", zc.Cluster), ("vm", zc.VM)):
            keys = {camel(name) for name in attr.fields_dict(cls)}
            assert written[part].keys() == keys | {"policy"}
        assert written.keys() == pinned.keys()
        assert written["engine"].keys() == pinned["engine"].keys()
        # Versions, Vdsm's options and a name only where there are any.
        for part in ("source", "destination"):
            assert written[part].keys() == {"zerocopy", *HOST_KEYS}

    @pytest.mark.parametrize(
        ("choice", "written"),
        [
            ("Very large VMs", "Very large VMs"),
            ("legacy", "legacy"),
            (MINE.upper(), MINE),
            (policies.LEGACY, "00000000-0000-0000-0000-000000000000"),
            (SITE, ENTRY),
            (policies.POST_COPY, policies.POST_COPY.to_json()),
        ],
    )
    def test_a_policy_is_written_as_it_was_chosen(self, choice: Any, written: object) -> None:
        """A str stays one; an object is an entry of Engine's list, Legacy its id."""
        document = zc.Scenario(policy=choice, vm=zc.VM(policy=choice)).to_json()
        assert document["cluster"]["policy"] == document["vm"]["policy"] == written

    def test_what_was_given_is_written(self) -> None:
        """Every part is written with its own values, and comes back."""
        made = zc.Scenario(
            cluster=zc.Cluster(level="4.6", bandwidth=5),
            host=zc.Host(qemu_zerocopy=False, migration_mbps=1),
            vm=zc.VM(memory_hard_limit_mib=7, parallel=3),
            destination=zc.Host(libvirt_zerocopy=False, migration_mbps=2, name="h2"),
            name="vm 7",
            engine=zc.EngineConfig(
                parallel_supported={"4.9": True}, default_downtime=9, policies=(SITE,)
            ),
        )
        document = made.to_json()
        shipped = zc.Scenario().to_json()["source"]
        assert document["source"] == {
            **shipped,
            "zerocopy": {**ALL_KNOWN, "qemu": False},
            "migrationMbps": 1,
        }
        assert document["destination"] == {
            **shipped,
            "zerocopy": {**ALL_KNOWN, "libvirt": False},
            "migrationMbps": 2,
            "name": "h2",
        }
        assert document["name"] == "vm 7"
        assert document["engine"]["parallelSupported"]["4.9"] is True
        assert document["engine"]["defaults"]["downtime"] == 9
        assert document["engine"]["policies"] == [ENTRY]
        assert zc.Scenario.from_json(json.loads(json.dumps(document))) == made


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"cluster": {"level": "4.9", "policy": "nonesuch"}, "vm": {"level": "4.1"}},
            ["cluster.level", "vm.level", "cluster.policy"],
        ),
        (
            {"vm": {"level": "4.9", "policy": "nonesuch"}, "cluster": {"policy": "nor this"}},
            ["vm.level", "cluster.policy", "vm.policy"],
        ),
    ],
)
def test_unknown_levels_hide_no_unknown_policy(document: Any, expected: List[str]) -> None:
    """Levels and policies that Engine does not know are all named."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        zc.Scenario.from_json(document)
    assert [fault.path for fault in caught.value.all] == expected
