"""The REST API's words, both ways: clusters and VMs as its JSON and as objects of its SDK."""

import copy
import enum
import json
import types
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc
from zcpolicy import testing as strategies
from zcpolicy.adapters import _rest, engine
from zcpolicy.adapters import _rest_others as others

TESTS = Path(__file__).parent
JSON = Dict[str, Any]
Read = Callable[[object], Any]

ZERO_COPY_ID = zc.policies.VERY_LARGE_VMS.id
SUSPEND_ID = zc.policies.SUSPEND_WORKLOAD.id
LEGACY_ID = zc.policies.LEGACY.id
INT_MAX = 2147483647
MIB = 1048576
INHERITED = ("auto_converge", "compressed", "encrypted")


def load(name: str) -> Any:
    """One of the realistic documents."""
    return json.loads((TESTS / "data" / name).read_text(encoding="utf-8"))


def faults(call: Callable[..., object], *args: object, **options: object) -> List[str]:
    """The messages of all that *call* refuses."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        call(*args, **options)
    return [fault.message for fault in caught.value.all]


def accepted(call: Callable[..., object], *args: object, **options: object) -> List[str]:
    """What would be accepted in place of all that *call* refuses."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        call(*args, **options)
    return [fault.expected for fault in caught.value.all]


def paths(call: Callable[..., object], document: object) -> List[str]:
    """The paths of all that *call* refuses."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        call(document)
    return [fault.path for fault in caught.value.all]


def planted(document: JSON, path: str, value: Any) -> JSON:
    """The document with another value at *path*; without that key if the value is an ellipsis."""
    document = copy.deepcopy(document)
    inner = document
    *outer, last = path.split(".")
    for key in outer:
        inner = inner[key]
    inner[last] = value
    if value is ...:
        del inner[last]
    return document


# -- Documents -----------------------------------------------------------------------------------

POLICY_IDS = (
    st.sampled_from((ZERO_COPY_ID, LEGACY_ID, "6d0c1a2e-52b4-4c8e-9d7f-1f2e3d4c5b6a"))
    | st.uuids().map(str)
)  # fmt: skip
INHERITABLE = st.sampled_from(("true", "false", "inherit"))
BOOLEAN = st.sampled_from(("true", "false"))


def numbers(low: int, high: int) -> SearchStrategy[str]:
    return st.integers(low, high).map(str)


def versions() -> SearchStrategy[JSON]:
    return st.fixed_dictionaries({"major": numbers(0, 9999), "minor": numbers(0, 9999)})


def word_or_number(
    keys: Tuple[str, str], words: Sequence[str], number: SearchStrategy[str]
) -> SearchStrategy[JSON]:
    """A word, or *custom* and a number."""
    word_key, number_key = keys
    return st.fixed_dictionaries({word_key: st.sampled_from(words)}) | st.fixed_dictionaries(
        {word_key: st.just("custom"), number_key: number}
    )


@st.composite
def migration_objects(draw: st.DrawFn, *, inherit: bool) -> JSON:
    """The ``migration`` of a cluster or VM, as the API sends it."""
    keys = ("parallel_migrations_policy", "custom_parallel_migrations")
    words = ["disabled", "auto", "auto_parallel", *(["inherit"] if inherit else [])]
    policy = st.fixed_dictionaries({"id": POLICY_IDS})
    return {
        **draw(st.fixed_dictionaries(dict.fromkeys(INHERITED, INHERITABLE))),
        **draw(word_or_number(keys, words, numbers(2, 255))),
        **draw(st.fixed_dictionaries({}, optional={"policy": policy})),
    }


@st.composite
def rest_clusters(draw: st.DrawFn) -> JSON:
    """Clusters as the API sends them, less the keys that do not matter."""
    keys = ("assignment_method", "custom_value")
    bandwidth = word_or_number(keys, ("auto", "hypervisor_default"), numbers(1, INT_MAX))
    return {
        "version": draw(versions()),
        "tunnel_migration": draw(BOOLEAN),
        "migration": {**draw(migration_objects(inherit=False)), "bandwidth": draw(bandwidth)},
    }


def rest_vms() -> SearchStrategy[JSON]:
    """VMs as the API sends them, less the keys that do not matter, of one core and thread."""
    one = st.just("1")
    sockets = numbers(1, INT_MAX)
    topology = st.fixed_dictionaries({"cores": one, "sockets": sockets, "threads": one})
    return st.fixed_dictionaries(
        {
            "memory": st.integers(1, INT_MAX).map(lambda mib: str(mib * MIB)),
            "cpu": st.fixed_dictionaries({"topology": topology}),
            "migration_downtime": numbers(-1, 2000000),
            "migration": migration_objects(inherit=True),
        },
        optional={
            "custom_compatibility_version": versions(),
            "tunnel_migration": BOOLEAN,
            "status": st.just("paused"),
        },
    )


def native(document: Any, key: str = "") -> Any:
    """The document with real numbers and booleans."""
    if isinstance(document, dict):
        return {name: native(value, name) for name, value in document.items()}
    if document in ("true", "false"):
        return document == "true"
    return int(document) if document.lstrip("-").isdigit() and key != "id" else document


def all_strings(document: Any) -> bool:
    if isinstance(document, dict):
        return all(map(all_strings, document.values()))
    return isinstance(document, str)


class TestRoundTrips:
    @given(rest_clusters())
    def test_cluster_document(self, document: JSON) -> None:
        """A cluster of the API, read and written, is the same."""
        cluster = engine.cluster_from_rest(document)
        policy = engine.cluster_policy_from_rest(document)
        assert engine.cluster_to_rest(cluster, policy=policy) == document

    @given(rest_vms())
    def test_vm_document(self, document: JSON) -> None:
        """A VM of the API, read and written, is the same."""
        assert engine.vm_to_rest(engine.vm_from_rest(document)) == document

    @given(strategies.clusters(), st.none() | POLICY_IDS)
    def test_cluster(self, cluster: zc.Cluster, policy: Optional[str]) -> None:
        """A cluster and the id of its policy, written and read, are the same."""
        document = engine.cluster_to_rest(cluster, policy=policy)
        assert engine.cluster_from_rest(document) == cluster
        assert engine.cluster_policy_from_rest(document) == policy

    @given(strategies.vms(), st.none() | POLICY_IDS)
    def test_vm(self, vm: zc.VM, policy: Optional[str]) -> None:
        """A VM that the API can express, written and read, is the same."""
        vm = expressible(vm, policy=policy)
        assert engine.vm_from_rest(engine.vm_to_rest(vm)) == vm

    @given(rest_clusters(), rest_vms())
    def test_native_values(self, cluster: JSON, vm: JSON) -> None:
        """Real numbers and booleans mean what the API's strings of them mean."""
        assert engine.cluster_from_rest(native(cluster)) == engine.cluster_from_rest(cluster)
        assert engine.vm_from_rest(native(vm)) == engine.vm_from_rest(vm)

    @given(strategies.clusters(), strategies.vms())
    def test_strings_alone(self, cluster: zc.Cluster, vm: zc.VM) -> None:
        """Whatever is written is a string, as the API has it."""
        assert all_strings(engine.cluster_to_rest(cluster, policy=ZERO_COPY_ID))
        vm = expressible(vm, policy=ZERO_COPY_ID)
        assert all_strings(engine.vm_to_rest(vm))

    def test_what_is_written(self) -> None:
        """A new cluster and a blank VM are written as the API has them."""
        inherited = dict.fromkeys(INHERITED, "inherit")
        assert engine.cluster_to_rest(zc.Cluster()) == {
            "version": {"major": "4", "minor": "8"},
            "tunnel_migration": "false",
            "migration": {
                **inherited,
                "parallel_migrations_policy": "disabled",
                "bandwidth": {"assignment_method": "auto"},
            },
        }
        assert engine.vm_to_rest(zc.VM(vcpus=6)) == {
            "memory": "1073741824",
            "cpu": {"topology": {"cores": "1", "sockets": "6", "threads": "1"}},
            "migration_downtime": "-1",
            "migration": {**inherited, "parallel_migrations_policy": "inherit"},
        }


class TestWholeDocuments:
    def test_cluster(self) -> None:
        """A whole cluster is read, all its other keys left alone."""
        document = load("rest_cluster.json")
        assert engine.cluster_from_rest(document) == zc.Cluster(
            level="4.7",
            parallel=8,
            encrypted=False,
            auto_converge=True,
            compressed=None,
            tunnelled=False,
            bandwidth=40000,
        )
        assert engine.cluster_policy_from_rest(document) == ZERO_COPY_ID

    def test_vm(self) -> None:
        """A whole VM is read, all its other keys left alone."""
        assert engine.vm_from_rest(load("rest_vm.json")) == zc.VM(
            vcpus=112,
            memory_mib=2097152,
            level="4.6",
            parallel="auto_parallel",
            encrypted=True,
            auto_converge=None,
            compressed=False,
            tunnelled=False,
            paused=False,
            downtime=1500,
            policy=SUSPEND_ID,
        )

    def test_decision(self) -> None:
        """What was read can be decided on."""
        cluster, vm = load("rest_cluster.json"), load("rest_vm.json")
        for path in ("migration", "custom_compatibility_version"):
            vm = planted(vm, path, ...)
        resolution = zc.resolve(
            engine.cluster_from_rest(cluster),
            zc.Host(),
            engine.cluster_policy_from_rest(cluster) or "legacy",
            engine.vm_from_rest(vm),
        )
        assert resolution.parameters.zerocopy
        assert resolution.parameters.parallel == 8
        assert resolution.parameters.max_bandwidth == 5000

    @pytest.mark.parametrize("absent", [..., None])
    @pytest.mark.parametrize(
        ("path", "changes"),
        [
            ("version", {"level": "4.8"}),
            ("tunnel_migration", {"tunnelled": False}),
            ("migration.auto_converge", {"auto_converge": None}),
            ("migration.compressed", {"compressed": None}),
            ("migration.encrypted", {"encrypted": None}),
            ("migration.parallel_migrations_policy", {"parallel": "disabled"}),
            ("migration.bandwidth", {"bandwidth": "auto"}),
            ("migration.policy", {}),
            (
                "migration",
                {
                    **dict.fromkeys(INHERITED),
                    "parallel": "disabled",
                    "bandwidth": "auto",
                },
            ),
        ],
    )
    def test_absent_in_a_cluster(self, path: str, changes: Mapping[str, Any], absent: Any) -> None:
        """What a cluster lacks, as those of older Engines do, is as in a new cluster."""
        document = load("rest_cluster.json")
        document = planted(document, "tunnel_migration", "true")
        document = planted(document, "migration.compressed", "true")
        expected = attr.evolve(engine.cluster_from_rest(document), **changes)
        assert engine.cluster_from_rest(planted(document, path, absent)) == expected

    @pytest.mark.parametrize("absent", [..., None])
    @pytest.mark.parametrize(
        ("path", "changes"),
        [
            ("custom_compatibility_version", {"level": None}),
            ("tunnel_migration", {"tunnelled": None}),
            ("memory", {"memory_mib": 1024}),
            ("cpu", {"vcpus": 1}),
            ("cpu.topology", {"vcpus": 1}),
            ("cpu.topology.cores", {"vcpus": 8}),
            ("cpu.topology.sockets", {"vcpus": 28}),
            ("cpu.topology.threads", {"vcpus": 56}),
            ("migration_downtime", {"downtime": None}),
            ("status", {"paused": False}),
            ("migration.auto_converge", {"auto_converge": None}),
            ("migration.compressed", {"compressed": None}),
            ("migration.encrypted", {"encrypted": None}),
            ("migration.parallel_migrations_policy", {"parallel": None}),
            ("migration.policy", {"policy": None}),
            ("migration", {**dict.fromkeys(INHERITED), "parallel": None, "policy": None}),
        ],
    )
    def test_absent_in_a_vm(self, path: str, changes: Mapping[str, Any], absent: Any) -> None:
        """What a VM lacks is inherited, or as in a blank VM."""
        document = planted(load("rest_vm.json"), "status", "paused")
        document = planted(document, "migration.auto_converge", "true")
        expected = attr.evolve(engine.vm_from_rest(document), **changes)
        assert engine.vm_from_rest(planted(document, path, absent)) == expected


class TestWhatIsStated:
    """What others read by the same table: only what a document says, by field."""

    def test_cluster(self) -> None:
        """A cluster's fields, and its policy, are there if the document states them."""
        assert _rest.read_cluster({"migration": {}}) == {}
        document = {"tunnel_migration": None, "migration": {"compressed": "inherit", "policy": {}}}
        assert _rest.read_cluster(document) == {"compressed": None, "policy": None}
        assert _rest.read_cluster(load("rest_cluster.json")) == {
            "tunnelled": False,
            "auto_converge": True,
            "compressed": None,
            "encrypted": False,
            "parallel": 8,
            "policy": ZERO_COPY_ID,
            "level": "4.7",
            "bandwidth": 40000,
        }

    def test_vm(self) -> None:
        """A VM's fields are there if the document states them, its vCPUs by any of three."""
        assert _rest.read_vm({"cpu": {"mode": "custom"}, "migration": {}}) == {}
        assert _rest.read_vm({"cpu": {"topology": {}}}) == {}
        assert _rest.read_vm({"cpu": {"topology": {"cores": "8"}}}) == {"vcpus": 8}
        assert _rest.read_vm({"status": "up", "migration_downtime": "-1"}) == {
            "paused": False,
            "downtime": None,
        }
        assert _rest.read_vm(load("rest_vm.json")).keys() == {
            *("tunnelled", "auto_converge", "compressed", "encrypted", "parallel", "policy"),
            *("level", "vcpus", "memory_mib", "downtime", "paused"),
        }

    @given(rest_clusters(), rest_vms())
    def test_as_the_objects(self, cluster: JSON, vm: JSON) -> None:
        """What is stated makes the object that is read."""
        stated = _rest.read_cluster(cluster)
        assert stated.pop("policy", None) == engine.cluster_policy_from_rest(cluster)
        assert zc.Cluster(**stated) == engine.cluster_from_rest(cluster)
        assert zc.VM(**_rest.read_vm(vm)) == engine.vm_from_rest(vm)


# -- Words ---------------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("read", [engine.cluster_from_rest, engine.vm_from_rest])


class TestWords:
    @BOTH
    @pytest.mark.parametrize("name", INHERITED)
    @pytest.mark.parametrize(
        ("word", "meaning"),
        [("true", True), ("false", False), ("inherit", None), (True, True), (False, False)],
    )
    def test_inheritable(
        self, read: Read, name: str, word: object, meaning: Optional[bool]
    ) -> None:
        """The API's three-valued booleans are our optional ones."""
        assert getattr(read({"migration": {name: word}}), name) is meaning

    @BOTH
    @pytest.mark.parametrize(
        ("word", "meaning"), [("true", True), ("false", False), (True, True), (False, False)]
    )
    def test_tunnel(self, read: Read, word: object, meaning: bool) -> None:
        """The tunnel is a boolean."""
        assert read({"tunnel_migration": word}).tunnelled is meaning

    @BOTH
    @pytest.mark.parametrize("word", ["disabled", "auto", "auto_parallel"])
    def test_parallel_words(self, read: Read, word: str) -> None:
        """A number of connections counts only beside *custom*, whatever it is."""
        migration = {"parallel_migrations_policy": word, "custom_parallel_migrations": "x"}
        assert read({"migration": migration}).parallel == word

    @pytest.mark.parametrize(
        ("read", "meaning"), [(engine.cluster_from_rest, "disabled"), (engine.vm_from_rest, None)]
    )
    def test_parallel_inherited(self, read: Read, meaning: Optional[str]) -> None:
        """A VM inherits its cluster's setting, a cluster Engine's default, Disabled."""
        assert read({"migration": {"parallel_migrations_policy": "inherit"}}).parallel == meaning
        assert read({"migration": {"custom_parallel_migrations": "4"}}).parallel == meaning

    @BOTH
    @pytest.mark.parametrize("count", ["2", "255", 2, 255])
    def test_parallel_counts(self, read: Read, count: object) -> None:
        """*custom* is the number beside it."""
        migration = {"parallel_migrations_policy": "custom", "custom_parallel_migrations": count}
        assert read({"migration": migration}).parallel == int(str(count))

    @pytest.mark.parametrize("word", ["auto", "hypervisor_default"])
    def test_bandwidth_words(self, word: str) -> None:
        """A bandwidth counts only beside *custom*, whatever it is."""
        bandwidth = {"assignment_method": word, "custom_value": "x"}
        document = {"migration": {"bandwidth": bandwidth}}
        assert engine.cluster_from_rest(document).bandwidth == word

    @pytest.mark.parametrize("mbps", ["1", INT_MAX])
    def test_bandwidth_numbers(self, mbps: object) -> None:
        """*custom* is the number of Mbps beside it."""
        bandwidth = {"assignment_method": "custom", "custom_value": mbps}
        document = {"migration": {"bandwidth": bandwidth}}
        assert engine.cluster_from_rest(document).bandwidth == int(str(mbps))

    def test_bandwidth_of_a_vm(self) -> None:
        """A VM has no bandwidth of its own: Engine ignores one, and so do we."""
        assert engine.vm_from_rest({"migration": {"bandwidth": "x"}}) == zc.VM()

    @pytest.mark.parametrize(
        ("word", "paused"),
        [
            *[(word, False) for word in ("down", "image_locked", "migrating", "not_responding")],
            *[(word, False) for word in ("powering_down", "powering_up", "reboot_in_progress")],
            *[(word, False) for word in ("restoring_state", "saving_state", "suspended", "up")],
            *[(word, False) for word in ("unassigned", "unknown", "wait_for_launch", "a_new_one")],
            ("paused", True),
        ],
    )
    def test_status(self, word: str, paused: bool) -> None:
        """A VM is paused if its status is *paused*, and by no other."""
        assert engine.vm_from_rest({"status": word}).paused is paused

    @pytest.mark.parametrize(
        ("value", "downtime"), [("-1", None), (-1, None), ("0", 0), ("2000000", 2000000), (7, 7)]
    )
    def test_downtime(self, value: object, downtime: Optional[int]) -> None:
        """A downtime of -1 is none."""
        assert engine.vm_from_rest({"migration_downtime": value}).downtime == downtime

    @pytest.mark.parametrize(
        ("value", "mib"), [(str(MIB), 1), (INT_MAX * MIB, INT_MAX), ("4294967296", 4096)]
    )
    def test_memory(self, value: object, mib: int) -> None:
        """Memory is in bytes."""
        assert engine.vm_from_rest({"memory": value}).memory_mib == mib

    @pytest.mark.parametrize("part", ["0", 9999])
    def test_version(self, part: object) -> None:
        """A level is two numbers."""
        version = {"major": part, "minor": part, "build": "-1"}
        assert engine.cluster_from_rest({"version": version}).level == f"{part}.{part}"

    @pytest.mark.parametrize(
        ("policy", "id_"),
        [
            ({"id": ZERO_COPY_ID.upper(), "name": "x", "href": "y"}, ZERO_COPY_ID),
            ({"id": LEGACY_ID}, LEGACY_ID),
            ({}, None),
        ],
    )
    def test_policy(self, policy: JSON, id_: Optional[str]) -> None:
        """A policy is its id, in any case; an empty object is none, as in an update."""
        document = {"migration": {"policy": policy}}
        assert engine.cluster_policy_from_rest(document) == id_
        expected = zc.policies.LEGACY if id_ == LEGACY_ID else id_
        assert engine.vm_from_rest(document).policy == expected


# -- Bad input -----------------------------------------------------------------------------------

MISSING = "the key is missing or null"
A_BOOLEAN = "one of 'true', 'false'"
INHERITING = "one of 'true', 'false', 'inherit'"
A_SETTING = "one of 'inherit', 'disabled', 'auto', 'auto_parallel', 'custom'"
A_METHOD = "one of 'auto', 'hypervisor_default', 'custom'"
A_COUNT = "an integer from 2 to 255"
A_PART = "an integer from 0 to 9999"
POSITIVE = f"an integer from 1 to {INT_MAX}"
MEMORY = f"a number of bytes, a multiple of 1048576 (1 MiB) up to {INT_MAX} MiB"
DOWNTIME = "an integer from 0 to 2000000, or -1 (unset)"
AN_ID = f"the id of a policy, a UUID such as {LEGACY_ID!r}"

MIGRATION_KEYS = (
    "'auto_converge', 'compressed', 'encrypted', 'parallel_migrations_policy', "
    "'custom_parallel_migrations', 'bandwidth', 'policy'"
)
CLUSTER_KEYS = "'version', 'tunnel_migration', 'migration'"
VM_KEYS = (
    "'custom_compatibility_version', 'tunnel_migration', 'migration', 'cpu', 'memory', "
    "'migration_downtime', 'status'"
)


def an_object(keys: str) -> str:
    return f"a JSON object, or an object of the SDK, with any of {keys}"


VERSION = an_object("'major', 'minor'")
BANDWIDTH = an_object("'assignment_method', 'custom_value'")
POLICY = an_object("'id', 'name'")
CPU = an_object("'topology'")
TOPOLOGY = an_object("'cores', 'sockets', 'threads'")

# Where, what is accepted, and what of the right type and of a wrong type is not.
Fault = Tuple[str, str, Sequence[Any], Sequence[Any]]
SHARED_FAULTS: List[Fault] = [
    ("tunnel_migration", A_BOOLEAN, ("inherit", "True", ""), (1, 0, [], {})),
    ("migration", an_object(MIGRATION_KEYS), (), ("true", 1, [], True)),
    *[
        (f"migration.{name}", INHERITING, ("TRUE", "yes", ""), (1, 0.0, [], {"value": "true"}))
        for name in INHERITED
    ],
    (
        *("migration.parallel_migrations_policy", A_SETTING),
        *(("Auto", "true", "4", ""), (4, True, [], {})),
    ),
    (
        *("migration.custom_parallel_migrations", A_COUNT),
        ("0", "1", "256", "-2", "04", "4.0", " 4", "", "\u0664", "9" * 30, 0, 1, 256, -1),
        (4.0, True, [], {}),
    ),
    ("migration.policy", POLICY, (), (ZERO_COPY_ID, 1, [], True)),
    ("migration.policy.id", AN_ID, ("Legacy", "", ZERO_COPY_ID[1:]), (7, True, [], {})),
]
CLUSTER_FAULTS: List[Fault] = [
    ("version", VERSION, (), ("4.7", 4.7, [4, 7], True)),
    *[
        (f"version.{part}", A_PART, ("x", "", "-1", "10000", "07", -1, 10000), (4.0, True, []))
        for part in ("major", "minor")
    ],
    ("migration.bandwidth", BANDWIDTH, (), ("auto", 1000)),
    (
        *("migration.bandwidth.assignment_method", A_METHOD),
        *(("vdsm_config", "AUTO", "inherit", ""), (1, True, [])),
    ),
    (
        *("migration.bandwidth.custom_value", POSITIVE),
        *(("0", "-1", str(INT_MAX + 1), "1e3", "", 0, INT_MAX + 1), (1.5, True, [])),
    ),
]
VM_FAULTS: List[Fault] = [
    ("custom_compatibility_version", VERSION, (), ("4.7", [])),
    ("custom_compatibility_version.minor", A_PART, ("x", "10000", -1), (True,)),
    ("cpu", CPU, (), ("4", 4, [])),
    ("cpu.topology", TOPOLOGY, (), ("4", 4, [])),
    *[
        (f"cpu.topology.{key}", POSITIVE, ("0", "-1", "x", "", 0, INT_MAX + 1), (1.0, True, []))
        for key in ("cores", "sockets", "threads")
    ],
    (
        *("memory", MEMORY),
        ("0", "1", "1048575", "1048577", "-1048576", "4 GiB", 0, 1048577, (INT_MAX + 1) * MIB),
        (1048576.0, True, [], {}),
    ),
    (
        *("migration_downtime", DOWNTIME),
        *(("-2", "2000001", "x", "", "-0", -2, 2000001), (1.5, True, [])),
    ),
    ("status", "a string", (), ({"state": "up"}, 1, True)),
]


def cases(rows: Sequence[Fault]) -> List[Tuple[str, str, Any, type]]:
    return [
        (path, expected, value, error)
        for path, expected, values, types_ in rows
        for error, wrong in ((ValueError, values), (TypeError, types_))
        for value in wrong
    ]


def check_refused(
    read: Read, document: JSON, path: str, expected: str, value: Any, error: type
) -> None:
    with pytest.raises(zc.ZcpolicyError) as caught:
        read(document)
    fault = caught.value
    assert fault.all == (fault,)
    assert (fault.path, fault.value, fault.expected) == (path, value, expected)
    assert fault.message == f"{path}: {value!r} is not {expected}"
    assert isinstance(fault, error)


class TestRefused:
    @pytest.mark.parametrize(
        ("path", "expected", "value", "error"), cases(SHARED_FAULTS + CLUSTER_FAULTS)
    )
    def test_cluster(self, path: str, expected: str, value: Any, error: type) -> None:
        """A wrong value in a whole cluster is refused with its path and what is accepted."""
        document = planted(load("rest_cluster.json"), path, value)
        check_refused(engine.cluster_from_rest, document, path, expected, value, error)

    @pytest.mark.parametrize(
        ("path", "expected", "value", "error"), cases(SHARED_FAULTS + VM_FAULTS)
    )
    def test_vm(self, path: str, expected: str, value: Any, error: type) -> None:
        """A wrong value in a whole VM is refused with its path and what is accepted."""
        document = planted(load("rest_vm.json"), "migration.parallel_migrations_policy", "custom")
        document = planted(document, "migration.custom_parallel_migrations", "8")
        document = planted(document, path, value)
        check_refused(engine.vm_from_rest, document, path, expected, value, error)

    @pytest.mark.parametrize("absent", [..., None])
    @pytest.mark.parametrize(
        "path",
        [
            "migration.custom_parallel_migrations",
            "migration.bandwidth.assignment_method",
            "migration.bandwidth.custom_value",
            "version.major",
            "version.minor",
        ],
    )
    def test_missing(self, path: str, absent: Any) -> None:
        """A key that another one needs must be there."""
        document = planted(load("rest_cluster.json"), path, absent)
        assert faults(engine.cluster_from_rest, document) == [f"{path}: {MISSING}"]
        assert accepted(engine.cluster_from_rest, document) == ["a value"]

    @pytest.mark.parametrize(
        "read", [engine.cluster_from_rest, engine.cluster_policy_from_rest, engine.vm_from_rest]
    )
    def test_policy_by_name(self, read: Read) -> None:
        """A policy of a name alone, which Engine would ignore, is refused."""
        document = {"migration": {"policy": {"name": "Very large VMs"}}}
        assert faults(read, document) == [f"migration.policy.id: {MISSING}"]

    def test_too_many_vcpus(self) -> None:
        """The product of the topology is an integer of Java's, too."""
        topology = {"cores": "65536", "sockets": "32768", "threads": "1"}
        document = {"cpu": {"topology": topology}}
        expected = ["cpu.topology: 2147483648 is not at most 2147483647 vCPUs"]
        assert faults(engine.vm_from_rest, document) == expected
        topology.update(cores="1", sockets=str(INT_MAX))
        assert engine.vm_from_rest(document).vcpus == INT_MAX

    def test_all_faults(self) -> None:
        """All faults of a document are named, not only the first."""
        cluster = {
            "version": {"major": "4"},
            "tunnel_migration": "no",
            "migration": {
                "encrypted": "maybe",
                "parallel_migrations_policy": "custom",
                "bandwidth": {},
                "policy": {"id": "x"},
            },
        }
        assert paths(engine.cluster_from_rest, cluster) == [
            "tunnel_migration",
            "migration.encrypted",
            "migration.custom_parallel_migrations",
            "migration.policy.id",
            "version.minor",
            "migration.bandwidth.assignment_method",
        ]
        vm = {
            "custom_compatibility_version": {"build": "1", "major": "x"},
            "memory": "x",
            "cpu": {"topology": {"cores": "0", "threads": "0"}},
            "migration_downtime": "x",
            "status": 1,
            "migration": {"auto_converge": "x", "policy": 1},
        }
        assert paths(engine.vm_from_rest, vm) == [
            "migration.auto_converge",
            "migration.policy",
            "custom_compatibility_version.major",
            "custom_compatibility_version.minor",
            "cpu.topology.cores",
            "cpu.topology.threads",
            "memory",
            "migration_downtime",
            "status",
        ]


IS_VM = "cluster: only a VM, a template or a host has this key; give a cluster"
IS_CLUSTER = "version: only a cluster, a template, a host or a data center has this key; give a VM"
NO_CLUSTER = f"this is not a cluster: it has none of the keys {CLUSTER_KEYS}"
NO_VM = f"this is not a VM: it has none of the keys {VM_KEYS}"
LINK: JSON = {"href": "/ovirt-engine/api/jobs/1/steps/2", "id": "2"}

# Documents of the API, as it answers, less what does not matter.
OTHERS: Dict[str, JSON] = {
    "an action": {"status": "complete"},
    "an action with a job": {"job": {"id": "1"}, "status": "complete"},
    "a failed action": {
        "fault": {"reason": "Operation Failed", "detail": "[Cannot migrate VM.]"},
        "status": "failed",
    },
    "an action on a VM": {
        "href": "/ovirt-engine/api/vms/1/migrate/2",
        "status": "running",
    },
    "a fault": {"reason": "Operation Failed", "detail": "[]"},
    "a job": {
        "auto_cleared": "true",
        "description": "Migrating VM db1",
        "last_updated": 1717228800000,
        "owner": {"id": "1"},
        "status": "started",
    },
    "a step": {"job": {"id": "1"}, "parent_step": {"id": "2"}, "status": "unknown"},
    "a disk": {"provisioned_size": "1073741824", "format": "cow", "status": "ok"},
    "a disk by its address": {"href": "/ovirt-engine/api/disks/1", "status": "unknown"},
    "a disk by its status": {"name": "disk1", "status": "locked"},
    "a host": {
        "cluster": {"id": "1"},
        "cpu": {"topology": {"cores": "8", "sockets": "2", "threads": "2"}},
        "memory": "137438953472",
        "status": "up",
        "type": "rhel",
        "version": {"major": "4", "minor": "50"},
    },
    "a host that is down": {
        "cluster": {"id": "1"},
        "cpu": {"topology": {"cores": "8", "sockets": "2", "threads": "2"}},
        "memory": "137438953472",
        "spm": {"priority": "5", "status": "none"},
        "status": "down",
    },
    "a template": {
        "cluster": {"id": "1"},
        "memory": "1073741824",
        "migration": {"auto_converge": "inherit"},
        "status": "ok",
        "version": {"version_name": "base version", "version_number": "1"},
    },
    "a template by its status": {"memory": "1073741824", "status": "ok"},
    "an instance type": {
        "href": "/ovirt-engine/api/instancetypes/1",
        "memory": "1073741824",
        "migration_downtime": "-1",
    },
    "a snapshot": {
        "memory": "1073741824",
        "persist_memorystate": "false",
        "snapshot_status": "ok",
        "snapshot_type": "regular",
    },
    "a data center": {
        "local": "false",
        "quota_mode": "disabled",
        "status": "up",
        "storage_format": "v5",
        "supported_versions": {"version": [{"major": "4", "minor": "8"}]},
        "version": {"major": "4", "minor": "8"},
    },
    "a data center in part": {"status": "up", "version": {"major": "4", "minor": "8"}},
    "a network": {"mtu": "0", "status": "operational", "stp": "false", "vlan": {"id": "7"}},
    "a network of a cluster": {"cluster": {"id": "1"}, "status": "operational"},
    "a NIC of a host": {"mac": {"address": "00:1a:4a:16:01:51"}, "status": "up"},
    "a storage domain": {"committed": "0", "master": "true", "status": "active"},
    "a filter": {"href": "/api/networkfilters/1", "version": {"major": "0", "minor": "9"}},
    "an operating system": {"distribution": "CentOS", "version": {"major": "9", "minor": "0"}},
    "a link": LINK,
    "nothing": {},
}


class TestOtherDocuments:
    @pytest.mark.parametrize("document", [None, [], 4, True, 1.5, [{"version": {}}]])
    def test_no_objects(self, document: object) -> None:
        """What is no object at all is refused."""
        expected = [f"{document!r} is not {an_object(CLUSTER_KEYS)}"]
        assert faults(engine.cluster_from_rest, document) == expected
        assert faults(engine.cluster_policy_from_rest, document) == expected
        expected = [f"{document!r} is not {an_object(VM_KEYS)}"]
        assert faults(engine.vm_from_rest, document) == expected

    @pytest.mark.parametrize("document", OTHERS.values(), ids=list(OTHERS))
    def test_others(self, document: JSON) -> None:
        """What the API answers besides is neither taken for a cluster nor for a VM."""
        for read in (engine.cluster_from_rest, engine.cluster_policy_from_rest):
            (wanted,) = accepted(read, document)
            assert "give a cluster" in faults(read, document)[0] or wanted == "a cluster"
        (wanted,) = accepted(engine.vm_from_rest, document)
        assert "give a VM" in faults(engine.vm_from_rest, document)[0] or wanted == "a VM"

    def test_nothing_to_read(self) -> None:
        """A document that has no key of a cluster or VM is neither."""
        document = {"name": "db1"}
        assert faults(engine.cluster_from_rest, document) == [NO_CLUSTER]
        assert faults(engine.cluster_policy_from_rest, document) == [NO_CLUSTER]
        assert faults(engine.vm_from_rest, document) == [NO_VM]
        assert accepted(engine.cluster_from_rest, document) == ["a cluster"]
        assert accepted(engine.vm_from_rest, document) == ["a VM"]
        assert faults(engine.cluster_from_rest, {"memory_policy": {}}) == [NO_CLUSTER]

    def test_mistaken_for_one_another(self) -> None:
        """A VM is no cluster, and a cluster is no VM."""
        document = load("rest_vm.json")
        assert faults(engine.cluster_from_rest, document) == [IS_VM]
        assert faults(engine.cluster_policy_from_rest, document) == [IS_VM]
        assert accepted(engine.cluster_from_rest, document) == ["no such key"]
        assert faults(engine.vm_from_rest, load("rest_cluster.json")) == [IS_CLUSTER]

    @pytest.mark.parametrize(
        ("href", "good"),
        [
            ("/ovirt-engine/api/vms/1", True),
            ("https://engine.example.com/ovirt-engine/api/vms/1", True),
            ("/api/storagedomains/1/vms/2", True),
            ("/vms/1", True),
            ("1", True),
            ("", True),
            ("vms/1", True),
            ("/ovirt-engine/api/vms/1/snapshots/2", False),
            ("/ovirt-engine/api/templates/1", False),
            ("/ovirt-engine/api/clusters/1", False),
            (7, True),
        ],
    )
    def test_addresses(self, href: object, good: bool) -> None:
        """The address of a VM ends in its id, below "vms"."""
        document = {"memory": "1048576", "href": href}
        if good:
            assert engine.vm_from_rest(document).memory_mib == 1
        else:
            problem = f"href: {href!r} is the address of something else; give a VM"
            assert faults(engine.vm_from_rest, document) == [problem]
            assert accepted(engine.vm_from_rest, document) == ["an address in /vms"]

    def test_states(self) -> None:
        """A state that no VM has shows what it is."""
        assert faults(engine.vm_from_rest, {"memory": "1048576", "status": "locked"}) == [
            "status: 'locked' is a status of a disk, a template or a snapshot; give a VM"
        ]


LISTS = pytest.mark.parametrize(
    ("read", "key", "name"),
    [
        (engine.cluster_from_rest, "cluster", "rest_cluster.json"),
        (engine.cluster_policy_from_rest, "cluster", "rest_cluster.json"),
        (engine.vm_from_rest, "vm", "rest_vm.json"),
    ],
)


class TestTextsAndLists:
    @LISTS
    @pytest.mark.parametrize("as_bytes", [False, True])
    def test_text(self, read: Read, key: str, name: str, as_bytes: bool) -> None:
        """The text of a document is read like the document."""
        document = load(name)
        text = json.dumps(document)
        assert read(text.encode() if as_bytes else text) == read(document)
        assert read(json.dumps({key: [document]})) == read(document)

    @LISTS
    @pytest.mark.parametrize(
        "text",
        ["", "x", "<vm/>", b"\xff", "{", '{"memory": NaN}', "[" * 100000, "null", "[]", '"x"'],
    )
    def test_no_text(self, read: Read, key: str, name: str, text: object) -> None:
        """A text of something else is refused like any other document."""
        del key, name
        assert len(faults(read, text)) == 1

    @given(st.text() | st.binary())
    def test_any_text(self, text: object) -> None:
        """No text raises anything but a ZcpolicyError."""
        for read in (
            engine.cluster_from_rest,
            engine.cluster_policy_from_rest,
            engine.vm_from_rest,
        ):
            assert faults(read, text)

    @LISTS
    def test_lists(self, read: Read, key: str, name: str) -> None:
        """A list of one is that one; of none or several it is not clear which is meant."""
        document = load(name)
        assert read({key: [document]}) == read({key: (document,)}) == read(document)
        what = "a cluster" if key == "cluster" else "a VM"
        for several in ([], [document] * 3):
            problem = f"{key}: this is a list of {len(several)}; pass {what}, or a list of one"
            assert faults(read, {key: several}) == [problem]
            assert accepted(read, {key: several}) == [f"{what}, or a list of one"]

    def test_faults_in_lists(self) -> None:
        """A fault in a list of one is named where it is."""
        document = {"migration": {"encrypted": "x", "policy": {"id": 7}}}
        for read, key in ((engine.cluster_from_rest, "cluster"), (engine.vm_from_rest, "vm")):
            assert paths(read, {key: [document]}) == [
                f"{key}[0].migration.encrypted",
                f"{key}[0].migration.policy.id",
            ]
            assert paths(read, {key: [LINK]}) == [f"{key}[0].href"]
            assert paths(read, {key: [None]}) == [f"{key}[0]"]


HARD_LIMIT = (
    "vm.memory_hard_limit_mib: the REST API does not have it: 2048 cannot be written; "
    "leave it at None, its default"
)


class TestNotWritten:
    def test_memory_hard_limit(self) -> None:
        """The API has no hard limit of the memory: a VM with one is refused, not cut."""
        assert faults(engine.vm_to_rest, zc.VM(memory_hard_limit_mib=2048, policy="x")) == [
            "vm.policy: 'x' is a name, and the REST API has only the ids of policies",
            HARD_LIMIT,
        ]
        assert accepted(engine.vm_to_rest, zc.VM(memory_hard_limit_mib=2048)) == [
            "None, its default"
        ]

    @given(strategies.vms(), st.none() | POLICY_IDS)
    def test_nothing_is_left_out(self, vm: zc.VM, policy: Optional[str]) -> None:
        """Each field without a place in the API is its default, or is refused by its name."""
        vm = attr.evolve(vm, policy=policy)
        lost = [
            f"vm.{field.name}"
            for field in attr.fields(zc.VM)
            if getattr(vm, field.name) != getattr(expressible(vm), field.name)
        ]
        if lost:
            assert paths(engine.vm_to_rest, vm) == lost
        else:
            assert engine.vm_from_rest(engine.vm_to_rest(vm)) == vm

    def test_a_cluster_without_a_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A cluster's field is refused in the same way, unless it has its default."""
        rows = [row for row in _rest.SETTINGS[others.CLUSTER] if row.field != "bandwidth"]
        monkeypatch.setitem(_rest.SETTINGS, others.CLUSTER, rows)
        assert faults(engine.cluster_to_rest, zc.Cluster(bandwidth=10)) == [
            "cluster.bandwidth: the REST API does not have it: 10 cannot be written; "
            "leave it at 'auto', its default"
        ]
        assert accepted(engine.cluster_to_rest, zc.Cluster(bandwidth=10)) == ["'auto', its default"]
        assert "bandwidth" not in engine.cluster_to_rest(zc.Cluster())["migration"]

    @pytest.mark.parametrize(
        ("policy", "problem", "id_"),
        [
            *[
                (name, f"{name!r} is a name, and the REST API has only the ids of policies", id_)
                for name, id_ in (
                    ("Very large VMs", ZERO_COPY_ID),
                    ("legacy", LEGACY_ID),
                    ("Legacy", LEGACY_ID),
                )
            ],
            (
                zc.policies.SUSPEND_WORKLOAD,
                "the REST API has only the ids of policies, not their contents",
                SUSPEND_ID,
            ),
        ],
    )
    def test_policies(self, policy: Any, problem: str, id_: str) -> None:
        """A policy is written by its id: its name or its contents would be lost."""
        problem += f"; write {id_!r}"
        assert faults(engine.vm_to_rest, zc.VM(policy=policy)) == [f"vm.policy: {problem}"]
        found = faults(engine.cluster_to_rest, zc.Cluster(), policy=policy)
        assert found == [f"policy: {problem}"]
        wanted = accepted(engine.cluster_to_rest, zc.Cluster(), policy=policy)
        assert wanted == ["the id of a policy, or Legacy"]

    @pytest.mark.parametrize(
        ("policy", "id_"),
        [
            (zc.policies.LEGACY, LEGACY_ID),
            (LEGACY_ID, LEGACY_ID),
            (ZERO_COPY_ID.upper(), ZERO_COPY_ID),
        ],
    )
    def test_ids(self, policy: Any, id_: str) -> None:
        """Legacy, which is always the same, is written by its id, and any id in small letters."""
        cluster = engine.cluster_to_rest(zc.Cluster(), policy=policy)
        assert cluster["migration"]["policy"] == {"id": id_}
        assert engine.vm_to_rest(zc.VM(policy=policy))["migration"]["policy"] == {"id": id_}

    def test_bad_arguments(self) -> None:
        """Only clusters, VMs and policies are written."""
        assert faults(engine.cluster_to_rest, {}, policy=1) == [
            "cluster: {} is not a Cluster",
            "policy: 1 is not a migration policy, or its id or name, or none",
        ]
        assert faults(engine.vm_to_rest, "db1") == ["vm: 'db1' is not a VM"]


# -- Updates -------------------------------------------------------------------------------------

MIGRATION = "migration."
# Where each field stands.
PLACES: Dict[str, Tuple[str, ...]] = {
    **{name: (MIGRATION + name,) for name in (*INHERITED, "policy", "bandwidth")},
    "parallel": (
        MIGRATION + "parallel_migrations_policy",
        MIGRATION + "custom_parallel_migrations",
    ),
    "tunnelled": ("tunnel_migration",),
    "vcpus": ("cpu",),
    "memory_mib": ("memory",),
    "downtime": ("migration_downtime",),
}
CLUSTER_PLACES = {**PLACES, "level": ("version",)}
VM_PLACES = {**PLACES, "level": ("custom_compatibility_version",)}


def expressible(vm: zc.VM, **changes: Any) -> zc.VM:
    """The VM as far as the API can express it, with these changes."""
    names = VM_PLACES.keys() - {"bandwidth"} | {"paused"}
    return zc.VM(**{**{name: getattr(vm, name) for name in names}, **changes})


def written(update: JSON) -> List[str]:
    """Which settings an update writes."""
    inside = [MIGRATION + key for key in update.get("migration", {})]
    return [*(key for key in update if key != "migration"), *inside]


def applied(document: JSON, update: JSON) -> JSON:
    """What Engine makes of an update, by its mappers: what is set changes, all else stays."""
    document = copy.deepcopy(document)
    for key, value in update.items():
        if key == "migration":
            migration = document.setdefault(key, {})
            if "parallel_migrations_policy" in value:
                migration.pop("custom_parallel_migrations", None)
            migration.update(value)
            # MigrationOptionsMapper: a policy that is set and has no id is no policy.
            if migration.get("policy") == {}:
                del migration["policy"]
        elif key == "cpu":
            document.setdefault(key, {}).setdefault("topology", {}).update(value["topology"])
        else:
            document[key] = value
    # VmBaseMapper: a version without numbers is not valid, and therefore none.
    if document.get("custom_compatibility_version") == {}:
        del document["custom_compatibility_version"]
    return document


def shapes() -> SearchStrategy[JSON]:
    return st.fixed_dictionaries(
        {name: numbers(1, 16) for name in ("cores", "sockets", "threads")}
    ).map(lambda topology: {"topology": topology, "mode": "host_passthrough"})


@st.composite
def vms_of_any_shape(draw: st.DrawFn) -> JSON:
    """VMs of any topology, with what else they have, and some in part."""
    document = draw(rest_vms())
    document.update(cpu=draw(shapes()), name="db1", id="1")
    document["migration"]["custom_parallel_migrations"] = "7"
    for key in ("migration", "cpu", "memory", "migration_downtime"):
        if draw(st.integers(0, 7)) == 0:
            del document[key]
    document.setdefault("tunnel_migration", "true")
    return document


class TestUpdates:
    @given(vms_of_any_shape())
    def test_vm_as_it_was(self, document: JSON) -> None:
        """A VM that was read and not changed needs no update, nor does its text."""
        vm = engine.vm_from_rest(document)
        assert engine.vm_to_rest(vm, was=document) == {}
        assert engine.vm_to_rest(vm, was=json.dumps({"vm": [document]})) == {}

    @given(rest_clusters())
    def test_cluster_as_it_was(self, document: JSON) -> None:
        """A cluster that was read and not changed needs no update."""
        cluster = engine.cluster_from_rest(document)
        policy = engine.cluster_policy_from_rest(document)
        assert engine.cluster_to_rest(cluster, policy=policy, was=document) == {}
        assert engine.cluster_to_rest(cluster, was=document) == {}

    @given(vms_of_any_shape(), strategies.vms(), st.none() | POLICY_IDS, st.data())
    def test_one_field_of_a_vm(
        self, document: JSON, other: zc.VM, policy: Optional[str], data: st.DataObject
    ) -> None:
        """Read, changed in one field, written and read, a VM has changed in that field alone."""
        was = engine.vm_from_rest(document)
        name = data.draw(st.sampled_from(sorted(VM_PLACES.keys() - {"bandwidth"})))
        value = getattr(attr.evolve(other, policy=policy), name)
        counts = {"cores": "1", "threads": "1", **document.get("cpu", {}).get("topology", {})}
        if name == "vcpus":
            a_socket = int(counts["cores"]) * int(counts["threads"])
            value = a_socket * data.draw(st.integers(1, 100))
        if name == "tunnelled":
            value = value or False
        vm = attr.evolve(was, **{name: value})
        update = engine.vm_to_rest(vm, was=document)
        assert {*written(update)} <= {*VM_PLACES[name]}
        after = applied(document, update)
        assert engine.vm_from_rest(after) == vm
        for key in document.keys() - {"migration", "cpu"}:
            if key not in update:
                assert after[key] == document[key]
        if name == "vcpus" and vm != was:
            topology = update["cpu"]["topology"]
            assert all(topology[key] == counts[key] for key in ("cores", "threads"))

    @given(rest_clusters(), strategies.clusters(), POLICY_IDS, st.data())
    def test_one_field_of_a_cluster(
        self, document: JSON, other: zc.Cluster, policy: str, data: st.DataObject
    ) -> None:
        """Read, changed in one field, written and read, a cluster has changed in that alone."""
        was = engine.cluster_from_rest(document)
        chosen = engine.cluster_policy_from_rest(document)
        fields = CLUSTER_PLACES.keys() - {"vcpus", "memory_mib", "downtime"}
        name = data.draw(st.sampled_from(sorted(fields)))
        cluster = was
        if name == "policy":
            chosen = policy
        else:
            cluster = attr.evolve(was, **{name: getattr(other, name)})
        update = engine.cluster_to_rest(cluster, policy=chosen, was=document)
        assert {*written(update)} <= {*CLUSTER_PLACES[name]}
        after = applied(document, update)
        assert engine.cluster_from_rest(after) == cluster
        assert engine.cluster_policy_from_rest(after) == chosen

    @given(vms_of_any_shape(), strategies.vms(), st.none() | POLICY_IDS)
    def test_every_field(self, document: JSON, vm: zc.VM, policy: Optional[str]) -> None:
        """Whatever changes, Engine has the new VM afterwards."""
        vm = expressible(
            vm,
            paused=engine.vm_from_rest(document).paused,
            policy=policy,
            tunnelled=vm.tunnelled or False,
            vcpus=engine.vm_from_rest(document).vcpus,
        )
        update = engine.vm_to_rest(vm, was=document)
        assert engine.vm_from_rest(applied(document, update)) == vm
        assert all_strings(update)

    def test_the_shape_of_the_vcpus(self) -> None:
        """A VM of 2 sockets of 4 cores of 2 threads stays one, and grows by sockets."""
        document = {
            "cpu": {"topology": {"cores": "4", "sockets": "2", "threads": "2"}},
            "migration": {"policy": {"id": SUSPEND_ID}},
        }
        was = engine.vm_from_rest(document)
        slower = attr.evolve(was, downtime=5000)
        assert engine.vm_to_rest(slower, was=document) == {"migration_downtime": "5000"}
        assert engine.vm_to_rest(attr.evolve(was, vcpus=24), was=document) == {
            "cpu": {"topology": {"cores": "4", "sockets": "3", "threads": "2"}}
        }
        odd = attr.evolve(was, vcpus=12)
        assert faults(engine.vm_to_rest, odd, was=document) == [
            "vm.vcpus: 12 is not a multiple of 8, the vCPUs of one socket (cores=4, threads=2); "
            "change them in Engine first"
        ]
        assert accepted(engine.vm_to_rest, odd, was=document) == [
            "a multiple of 8, the vCPUs of one socket"
        ]

    def test_what_was_removed(self) -> None:
        """A policy and a level that are gone are written as objects without id and numbers."""
        document = {
            "custom_compatibility_version": {"major": "4", "minor": "6"},
            "migration": {
                "encrypted": "true",
                "parallel_migrations_policy": "custom",
                "custom_parallel_migrations": "4",
                "policy": {"id": SUSPEND_ID},
            },
            "migration_downtime": "500",
        }
        assert engine.vm_to_rest(zc.VM(), was=document) == {
            "custom_compatibility_version": {},
            "migration": {
                "encrypted": "inherit",
                "parallel_migrations_policy": "inherit",
                "policy": {},
            },
            "migration_downtime": "-1",
        }
        cleared: JSON = {"custom_compatibility_version": {}, "migration": {"policy": {}}}
        assert engine.vm_from_rest(cleared) == zc.VM()

    def test_what_engine_cannot_do(self) -> None:
        """What no update can change is refused, and all of it named."""
        document = {"tunnel_migration": "true", "status": "up"}
        vm = zc.VM(paused=True)
        assert faults(engine.vm_to_rest, vm, was=document) == [
            "vm.tunnelled: Engine has no way to remove a VM's own tunnel_migration through the "
            "REST API",
            "vm.paused: an update cannot pause or resume a VM",
        ]
        assert accepted(engine.vm_to_rest, vm, was=document) == [
            "true or false",
            "False, as it was",
        ]

    @pytest.mark.parametrize(
        ("enabled", "also"),
        [
            ("false", {"memory_policy": {"transparent_hugepages": {"enabled": "false"}}}),
            (False, {"memory_policy": {"transparent_hugepages": {"enabled": "false"}}}),
            ("true", {}),
            (None, {}),
        ],
    )
    def test_huge_pages(self, enabled: object, also: JSON) -> None:
        """Engine turns huge pages on where a version comes alone, so it is told to leave them."""
        document = load("rest_cluster.json")
        document["memory_policy"]["transparent_hugepages"] = {"enabled": enabled}
        was = engine.cluster_from_rest(document)
        update = engine.cluster_to_rest(attr.evolve(was, level="4.8"), was=document)
        assert update == {"version": {"major": "4", "minor": "8"}, **also}
        slower = attr.evolve(was, bandwidth=1000)
        assert "memory_policy" not in engine.cluster_to_rest(slower, was=document)
        for broken in ("x", {"transparent_hugepages": "x"}):
            document["memory_policy"] = broken
            update = engine.cluster_to_rest(attr.evolve(was, level="4.8"), was=document)
            assert update == {"version": {"major": "4", "minor": "8"}}

    def test_no_cluster_before(self) -> None:
        """A wrong document from before is refused with its faults."""
        wrong = {"migration": {"encrypted": "x"}, "version": {"major": "x", "minor": "8"}}
        assert faults(engine.cluster_to_rest, zc.Cluster(), was=wrong) == [
            f"was.migration.encrypted: 'x' is not {INHERITING}",
            f"was.version.major: 'x' is not {A_PART}",
        ]
        assert faults(engine.vm_to_rest, zc.VM(), was={}) == [f"was: {NO_VM}"]
        assert faults(engine.vm_to_rest, zc.VM(policy="x"), was={})[0].startswith("vm.policy")


# -- The Python SDK ------------------------------------------------------------------------------


class InheritableBoolean(enum.Enum):
    FALSE = "false"
    INHERIT = "inherit"
    TRUE = "true"


class ParallelMigrationsPolicy(enum.Enum):
    AUTO = "auto"
    AUTO_PARALLEL = "auto_parallel"
    CUSTOM = "custom"
    DISABLED = "disabled"
    INHERIT = "inherit"


class MigrationBandwidthAssignmentMethod(enum.Enum):
    AUTO = "auto"
    CUSTOM = "custom"
    HYPERVISOR_DEFAULT = "hypervisor_default"


class VmStatus(enum.Enum):
    PAUSED = "paused"
    UP = "up"


def struct(name: str, /, **attributes: type) -> Any:
    """A class as the SDK has them: keywords, None where unset, each attribute of one type."""

    def init(self: object, **values: object) -> None:
        assert values.keys() <= attributes.keys()
        for attribute, kind in attributes.items():
            value = values.get(attribute)
            assert value is None or type(value) is kind, (attribute, value)
            setattr(self, attribute, value)

    return type(name, (), {"__init__": init})


Version = struct("Version", major=int, minor=int, build=int)
MigrationBandwidth = struct(
    "MigrationBandwidth", assignment_method=MigrationBandwidthAssignmentMethod, custom_value=int
)
MigrationPolicy = struct("MigrationPolicy", id=str, name=str)
MigrationOptions = struct(
    "MigrationOptions",
    auto_converge=InheritableBoolean,
    bandwidth=MigrationBandwidth,
    compressed=InheritableBoolean,
    custom_parallel_migrations=int,
    encrypted=InheritableBoolean,
    parallel_migrations_policy=ParallelMigrationsPolicy,
    policy=MigrationPolicy,
)
CpuTopology = struct("CpuTopology", cores=int, sockets=int, threads=int)
Cpu = struct("Cpu", name=str, topology=CpuTopology)
TransparentHugePages = struct("TransparentHugePages", enabled=bool)
MemoryPolicy = struct("MemoryPolicy", transparent_huge_pages=TransparentHugePages)
Cluster = struct(
    "Cluster",
    id=str,
    memory_policy=MemoryPolicy,
    migration=MigrationOptions,
    tunnel_migration=bool,
    version=Version,
)
Vm = struct(
    "Vm",
    cluster=Cluster,
    cpu=Cpu,
    custom_compatibility_version=Version,
    memory=int,
    migration=MigrationOptions,
    migration_downtime=int,
    name=str,
    status=VmStatus,
    tunnel_migration=bool,
)
CLASSES = (
    *(InheritableBoolean, ParallelMigrationsPolicy, MigrationBandwidthAssignmentMethod, VmStatus),
    *(Version, MigrationBandwidth, MigrationPolicy, MigrationOptions, CpuTopology, Cpu),
    *(TransparentHugePages, MemoryPolicy),
    *(Cluster, Vm),
)
SDK = types.SimpleNamespace(**{cls.__name__: cls for cls in CLASSES})


class TestSdk:
    def test_cluster(self) -> None:
        """A cluster of the SDK is read like one of the API."""
        cluster = Cluster(
            id="1",
            version=Version(major=4, minor=7),
            tunnel_migration=True,
            migration=MigrationOptions(
                auto_converge=InheritableBoolean.TRUE,
                compressed=InheritableBoolean.INHERIT,
                encrypted=InheritableBoolean.FALSE,
                parallel_migrations_policy=ParallelMigrationsPolicy.CUSTOM,
                custom_parallel_migrations=16,
                bandwidth=MigrationBandwidth(
                    assignment_method=MigrationBandwidthAssignmentMethod.HYPERVISOR_DEFAULT
                ),
                policy=MigrationPolicy(id=ZERO_COPY_ID),
            ),
        )
        assert engine.cluster_from_rest(cluster) == zc.Cluster(
            level="4.7",
            parallel=16,
            encrypted=False,
            auto_converge=True,
            tunnelled=True,
            bandwidth="hypervisor_default",
        )
        assert engine.cluster_policy_from_rest(cluster) == ZERO_COPY_ID

    def test_vm(self) -> None:
        """A VM of the SDK is read like one of the API."""
        vm = Vm(
            name="db1",
            cluster=Cluster(id="1"),
            cpu=Cpu(topology=CpuTopology(cores=14, sockets=4, threads=2)),
            custom_compatibility_version=Version(major=4, minor=6),
            memory=2 * MIB,
            migration=MigrationOptions(
                encrypted=InheritableBoolean.TRUE,
                parallel_migrations_policy=ParallelMigrationsPolicy.AUTO,
                policy=MigrationPolicy(id=LEGACY_ID),
            ),
            migration_downtime=-1,
            status=VmStatus.PAUSED,
            tunnel_migration=False,
        )
        assert engine.vm_from_rest(vm) == zc.VM(
            vcpus=112,
            memory_mib=2,
            level="4.6",
            parallel="auto",
            encrypted=True,
            tunnelled=False,
            paused=True,
            policy=zc.policies.LEGACY,
        )

    @pytest.mark.parametrize("name", [*INHERITED, "parallel_migrations_policy"])
    def test_older(self, name: str) -> None:
        """What an older SDK's object cannot say is refused, unless the caller says it."""
        migration = MigrationOptions(encrypted=InheritableBoolean.TRUE)
        delattr(migration, name)
        for read, document in (
            (engine.cluster_from_rest, Cluster(migration=migration)),
            (engine.vm_from_rest, Vm(migration=migration)),
        ):
            assert faults(read, document) == [
                f"migration.{name}: this object's SDK is too old to have this setting; "
                "pass an object of the SDK 4.5.2 or later, or the API's JSON, or set the attribute "
                "to Engine's value"
            ]
            assert accepted(read, document) == [
                "an object of the SDK 4.5.2 or later, or the API's JSON"
            ]
        setattr(migration, name, "inherit")
        assert engine.vm_from_rest(Vm(migration=migration)).parallel is None
        assert engine.cluster_from_rest(Cluster(migration=migration)).parallel == "disabled"

    def test_other_classes(self) -> None:
        """An object of another class of the SDK is refused, whatever it has."""
        host = type("Host", (), {"__module__": "ovirtsdk4.types", "memory": MIB})()
        assert faults(engine.vm_from_rest, host) == ["this is 'Host' of the SDK; give a VM"]
        assert faults(engine.cluster_from_rest, host) == [
            "this is 'Host' of the SDK; give a cluster"
        ]
        assert accepted(engine.vm_from_rest, host) == ["a VM"]
        vm = type("Vm", (), {"__module__": "ovirtsdk4.types", "memory": MIB})()
        assert engine.vm_from_rest(vm).memory_mib == 1

    def test_updates(self) -> None:
        """An update is written in the SDK's classes, of what was read of them."""
        was = Vm(
            cpu=Cpu(topology=CpuTopology(cores=4, sockets=2, threads=2)),
            custom_compatibility_version=Version(major=4, minor=6),
            migration=MigrationOptions(
                encrypted=InheritableBoolean.TRUE, policy=MigrationPolicy(id=SUSPEND_ID)
            ),
        )
        vm = attr.evolve(engine.vm_from_rest(was), policy=None, level=None, vcpus=8)
        update = engine.vm_to_sdk(vm, SDK, was=was)
        assert update.migration.encrypted is update.migration.policy.id is None
        assert update.custom_compatibility_version.major is update.memory is None
        assert update.cpu.topology.sockets == 1
        # Only the classes that are needed need be there.
        lacking = types.SimpleNamespace(Vm=Vm)
        slower = attr.evolve(engine.vm_from_rest(was), downtime=5000)
        assert engine.vm_to_sdk(slower, lacking, was=was).migration_downtime == 5000

    def test_huge_pages(self) -> None:
        """In the SDK the attribute of the huge pages is called otherwise than in the API."""
        off = MemoryPolicy(transparent_huge_pages=TransparentHugePages(enabled=False))
        was = Cluster(version=Version(major=4, minor=7), memory_policy=off)
        cluster = engine.cluster_from_rest(was)
        update = engine.cluster_to_sdk(attr.evolve(cluster, level="4.8"), SDK, was=was)
        assert update.memory_policy.transparent_huge_pages.enabled is False
        assert update.version.minor == 8

    def test_absent(self) -> None:
        """What is None, and what an older SDK does not have of the rest, is absent."""
        assert engine.cluster_from_rest(Cluster(migration=MigrationOptions())) == zc.Cluster()
        older = types.SimpleNamespace(memory=MIB, status=VmStatus.UP)
        assert engine.vm_from_rest(older) == zc.VM(memory_mib=1)

    @given(strategies.clusters(), st.none() | POLICY_IDS)
    def test_cluster_round_trip(self, cluster: zc.Cluster, policy: Optional[str]) -> None:
        """A cluster goes into the SDK's objects and comes back."""
        written = engine.cluster_to_sdk(cluster, SDK, policy=policy)
        assert type(written) is Cluster
        assert engine.cluster_from_rest(written) == cluster
        assert engine.cluster_policy_from_rest(written) == policy

    @given(strategies.vms(), st.none() | POLICY_IDS)
    def test_vm_round_trip(self, vm: zc.VM, policy: Optional[str]) -> None:
        """A VM goes into the SDK's objects and comes back."""
        vm = expressible(vm, policy=policy)
        written = engine.vm_to_sdk(vm, SDK)
        assert type(written) is Vm
        assert engine.vm_from_rest(written) == vm

    @pytest.mark.parametrize(
        ("read", "document", "messages"),
        [
            (engine.cluster_from_rest, Vm(cluster=Cluster(id="1")), [IS_VM]),
            (engine.vm_from_rest, Cluster(version=Version()), [IS_CLUSTER]),
            (engine.cluster_from_rest, Cluster(id="1"), [NO_CLUSTER]),
            (engine.vm_from_rest, Vm(name="x"), [NO_VM]),
            (
                engine.cluster_from_rest,
                Cluster(
                    version=Version(major=4),
                    migration=MigrationOptions(
                        policy=MigrationPolicy(name="x"), bandwidth=MigrationBandwidth()
                    ),
                ),
                [
                    f"migration.policy.id: {MISSING}",
                    f"version.minor: {MISSING}",
                    f"migration.bandwidth.assignment_method: {MISSING}",
                ],
            ),
            (
                engine.vm_from_rest,
                types.SimpleNamespace(
                    tunnel_migration=InheritableBoolean.INHERIT, status=3, memory=True
                ),
                [
                    f"tunnel_migration: 'inherit' is not {A_BOOLEAN}",
                    f"memory: True is not {MEMORY}",
                    "status: 3 is not a string",
                ],
            ),
        ],
    )
    def test_refused(self, read: Read, document: object, messages: List[str]) -> None:
        """Objects of the SDK are refused for what documents are refused for."""
        assert faults(read, document) == messages

    def test_not_the_sdk(self) -> None:
        """What lacks the SDK's classes is refused with what it lacks."""
        lacking = types.SimpleNamespace(VmStatus=VmStatus)
        both = "InheritableBoolean, {}MigrationOptions, ParallelMigrationsPolicy, "
        bandwidth = both.format("MigrationBandwidth, MigrationBandwidthAssignmentMethod, ")
        for write, value, classes in (
            (engine.vm_to_sdk, zc.VM(), f"Cpu, CpuTopology, {both.format('')}Vm"),
            (engine.cluster_to_sdk, zc.Cluster(), f"Cluster, {bandwidth}Version"),
        ):
            assert accepted(write, value, lacking) == ["the module ovirtsdk4.types"]
            (message,) = faults(write, value, lacking)
            assert message == f"types: namespace(VmStatus=<enum 'VmStatus'>) has no {classes}"

    def test_not_expressible(self) -> None:
        """What the API does not have, its SDK does not have either."""
        assert faults(engine.vm_to_sdk, zc.VM(memory_hard_limit_mib=2048), SDK) == [HARD_LIMIT]
        (message,) = faults(engine.cluster_to_sdk, zc.Cluster(), SDK, policy="x")
        assert message.startswith("policy: 'x' is a name")
