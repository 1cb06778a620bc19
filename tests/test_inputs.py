"""The inputs: what ships, what each field takes, and what Engine knows of the levels."""

import itertools
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, Optional, Tuple

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy import policies
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._model.engine_config import level_key, policy_faults
from zcpolicy._model.inputs import policy_choice
from zcpolicy._model.policy import LEGACY_ID

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
INT_MAX = 2147483647
INT_MIN = -2147483648

_INT = "an integer from {} to 2147483647"
_BOOL = "true or false"
_LEVEL = 'a compatibility level such as "4.8"'
_PARALLEL = "'disabled', 'auto', 'auto_parallel' or an integer from 2 to 255"
_MS = "an integer from 0 to 2000000"
_CHOICE = "a migration policy, or its id or name"


def site(name: str = "Mine", **values: Any) -> zc.MigrationPolicy:
    """A policy of a site."""
    return zc.MigrationPolicy(**{"id": MINE, "name": name, **values})


class Field:
    """What a field is by default, what else it takes, and what it refuses."""

    def __init__(
        self,
        default: object,
        good: Tuple[object, ...],
        expected: str,
        values: Tuple[object, ...],
        types: Tuple[object, ...],
    ) -> None:
        self.default = default
        self.good = good
        self.expected = expected
        self.values = values
        self.types = types


_NO_BOOLS = (0, 1, "true", "", 1.0)
_FLAG = Field(False, (True,), _BOOL, (), (*_NO_BOOLS, None))
_INHERITED = Field(None, (True, False), f"{_BOOL}, or none", (), _NO_BOOLS)
_SUPPORT = Field(True, (False,), _BOOL, (), (*_NO_BOOLS, None))
_NO_COUNTS = (1, 0, -1, -2, 256, 10**5000, "", "Auto", "parallel", "2")
_NO_INTS = (True, 2.0, float("nan"), [2])
_NO_LEVELS = ("", "4", "4.8\n", "04.8", "4.8.1", "4.\u0668")
_VERSION = Field(
    None,
    ((8, 5), (0,), (11, 3, 0)),
    "a version such as (9, 0, 0), or none",
    ((), (-1,), (9, "0"), (9, 0.5), (True, 0)),
    ("9.0.0", 9, 9.0, {}),
)

# What is promised: the fields in their order, and their defaults.
CLASSES: Dict[type, Dict[str, Field]] = {
    zc.Cluster: {
        "level": Field("4.8", ("4.2", "4.10", "9.9"), _LEVEL, _NO_LEVELS, (4.8, None, 4)),
        "parallel": Field(
            "disabled", ("auto", "auto_parallel", 2, 255), _PARALLEL, _NO_COUNTS, (*_NO_INTS, None)
        ),
        "encrypted": _INHERITED,
        "auto_converge": _INHERITED,
        "compressed": _INHERITED,
        "tunnelled": _FLAG,
        "bandwidth": Field(
            "auto",
            ("hypervisor_default", 1, INT_MAX),
            "'auto', 'hypervisor_default' or an integer from 1 to 2147483647",
            (0, -1, INT_MAX + 1, "", "Auto", "1000"),
            (*_NO_INTS, None),
        ),
    },
    zc.VM: {
        "vcpus": Field(1, (2, INT_MAX), _INT.format(1), (0, -1, INT_MAX + 1), (*_NO_INTS, None)),
        "memory_mib": Field(
            1024, (1, INT_MAX), _INT.format(1), (0, -1, INT_MAX + 1), ("1024", *_NO_INTS, None)
        ),
        "memory_hard_limit_mib": Field(
            None, (1, INT_MAX), _INT.format(1) + ", or none", (0, -1, INT_MAX + 1), ("1", *_NO_INTS)
        ),
        "level": Field(None, ("4.2", "9.9"), _LEVEL + ", or none", _NO_LEVELS, (4.8, 4)),
        "parallel": Field(
            None,
            ("disabled", "auto", "auto_parallel", 2, 255),
            _PARALLEL + ", or none",
            _NO_COUNTS,
            _NO_INTS,
        ),
        "encrypted": _INHERITED,
        "auto_converge": _INHERITED,
        "compressed": _INHERITED,
        "tunnelled": _INHERITED,
        "paused": _FLAG,
        "downtime": Field(
            None, (0, 1, 2000000), _MS + ", or none", (-1, 2000001), ("500", *_NO_INTS)
        ),
        "policy": Field(
            None, ("legacy?", "", site(), policies.LEGACY), _CHOICE + ", or none", (), (5, {}, True)
        ),
    },
    zc.Host: {
        "vdsm_zerocopy": _SUPPORT,
        "libvirt_zerocopy": _SUPPORT,
        "qemu_zerocopy": _SUPPORT,
        "migration_mbps": Field(
            None,
            (1, 0, -1, INT_MAX, INT_MIN),
            _INT.format(INT_MIN) + ", or none",
            (INT_MIN - 1, INT_MAX + 1),
            ("1000", *_NO_INTS),
        ),
        "libvirt_version": _VERSION,
        "qemu_version": _VERSION,
        "vdsm": Field(
            zc.Vdsm(),
            (zc.Vdsm(max_bandwidth=0),),
            "a Vdsm",
            (),
            (None, {"max_bandwidth": 52}, 52, True),
        ),
        "name": Field(None, ("", "host 1"), "a string, or none", (), (1, True, ("x",))),
    },
    zc.EngineConfig: {
        "default_auto_converge": _FLAG,
        "default_compressed": _FLAG,
        "default_encrypted": _FLAG,
        "default_downtime": Field(0, (1, 2000000), _MS, (-1, 2000001), ("500", *_NO_INTS, None)),
        "policies": Field(
            None, ((), (site(),)), "a list of policies, or none", (), ("x", {}, True, site())
        ),
    },
}


def _inputs(cls: type) -> List[Any]:
    return [
        field for field in attr.fields(cls) if field.init and field.name != "parallel_supported"
    ]


FIELDS = [
    pytest.param(cls, name, field, id=f"{cls.__name__}.{name}")
    for cls, fields in CLASSES.items()
    for name, field in fields.items()
]


class TestFields:
    """Each field of each input."""

    @pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
    def test_the_table_is_complete(self, cls: type) -> None:
        """Every field that can be given is in the table, and no other name is."""
        assert list(CLASSES[cls]) == [field.name for field in _inputs(cls)]

    @pytest.mark.parametrize(("cls", "name", "field"), FIELDS)
    def test_the_default_is_what_engine_ships(self, cls: Any, name: str, field: Field) -> None:
        """A field that is not given has Engine's default."""
        found = getattr(cls(), name)
        assert (found, type(found)) == (field.default, type(field.default))

    @pytest.mark.parametrize(("cls", "name", "field"), FIELDS)
    def test_good_values_are_kept(self, cls: Any, name: str, field: Field) -> None:
        """Every value that is allowed, the bounds included, is kept as it is."""
        for value in (field.default, *field.good):
            found = getattr(cls(**{name: value}), name)
            assert (found, type(found)) == (value, type(value))

    @pytest.mark.parametrize(("cls", "name", "field"), FIELDS)
    def test_wrong_values_are_refused(self, cls: Any, name: str, field: Field) -> None:
        """A value beyond a bound or of another form is an InvalidValue."""
        for value in field.values:
            assert type(refused(cls, **{name: value})) is InvalidValue
            assert refusal(cls, **{name: value}) == (name, value, field.expected)

    @pytest.mark.parametrize(("cls", "name", "field"), FIELDS)
    def test_wrong_types_are_refused(self, cls: Any, name: str, field: Field) -> None:
        """A value of another type is an InvalidType; a bool is no int, and 2.0 is none either."""
        for value in field.types:
            error = refused(cls, **{name: value})
            assert (type(error), error.path, error.expected) == (InvalidType, name, field.expected)
            assert error.value is value

    @pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
    def test_all_faults_are_named(self, cls: type) -> None:
        """Every wrong field is told, in the order of the fields."""
        bad = {name: field.types[0] for name, field in CLASSES[cls].items()}
        assert paths(cls, **bad) == list(bad)


class TestPolicyChoice:
    """A policy by its id, its name or as it is."""

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (None, None),
            ("Very large VMs", "Very large VMs"),
            ("LEGACY", "LEGACY"),
            (MINE.upper(), MINE),
            (LEGACY_ID, policies.LEGACY),
            ("legacy", "legacy"),
            (policies.POST_COPY, policies.POST_COPY),
            (5, 5),
        ],
    )
    def test_ids_are_lowered_and_legacys_is_legacy(self, given: Any, kept: object) -> None:
        """Ids are in lower case, Legacy's id is Legacy itself; all else stays."""
        assert policy_choice(given) == kept

    def test_it_is_so_for_a_vm(self) -> None:
        """A VM's policy is kept in that form, so that equal ones are equal."""
        assert zc.VM(policy=MINE.upper()) == zc.VM(policy=MINE)
        assert zc.VM(policy=LEGACY_ID).policy is policies.LEGACY


def test_libvirts_value_for_no_limit_is_none() -> None:
    """It becomes None, in JSON too; the values beside it, and the same as a float, are refused."""
    unlimited = (2**53 - 1) // 1024
    for vm in (
        zc.VM(memory_hard_limit_mib=unlimited),
        zc.Scenario.from_json({"vm": {"memoryHardLimitMiB": unlimited}}).vm,
    ):
        assert vm.memory_hard_limit_mib is None
    for value in (unlimited - 1, unlimited + 1, float(unlimited)):
        assert refused(zc.VM, memory_hard_limit_mib=value).path == "memory_hard_limit_mib"


@pytest.mark.parametrize(
    ("level", "key"), [("4.8", (4, 8)), ("4.10", (4, 10)), ("0.0", (0, 0)), ("10.2", (10, 2))]
)
def test_levels_are_compared_as_numbers(level: str, key: Tuple[int, int]) -> None:
    """4.10 is after 4.9."""
    assert level_key(level) == key


SHIPPED_LEVELS = {
    "4.2": False,
    "4.3": False,
    "4.4": False,
    "4.5": False,
    "4.6": False,
    "4.7": True,
    "4.8": True,
}


class TestParallelSupported:
    """ParallelMigrationsSupported."""

    def test_the_shipped_levels(self) -> None:
        """4.2 to 4.8 exist, and parallel migrations are supported from 4.7 on."""
        engine = zc.EngineConfig()
        assert engine.parallel_supported == SHIPPED_LEVELS
        assert list(engine._levels) == list(SHIPPED_LEVELS)

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"4.6": True},
            {"4.8": False, "4.2": True},
            {"4.9": True, "5.0": False},
            MappingProxyType({"4.10": True}),
        ],
        ids=itertools.count(),
    )
    def test_what_is_given_is_merged(self, given: Mapping[str, bool]) -> None:
        """What is given counts, level by level, new levels too; the others are as shipped."""
        engine = zc.EngineConfig(parallel_supported=given)
        wanted = {**SHIPPED_LEVELS, **given}
        assert engine.parallel_supported == wanted
        assert {level: known.parallel for level, known in engine._levels.items()} == wanted
        hash(engine)

    def test_it_does_not_change_with_the_dict(self) -> None:
        """The dict that was given may change afterwards."""
        given = {"4.6": True}
        engine = zc.EngineConfig(parallel_supported=given)
        given["4.6"] = False
        assert engine.parallel_supported["4.6"] is True

    @pytest.mark.parametrize("value", [None, [], [("4.6", True)], "4.6", True])
    def test_what_is_no_mapping_is_refused(self, value: Any) -> None:
        """It is a mapping."""
        error = refused(zc.EngineConfig, parallel_supported=value)
        assert (type(error), error.path, error.value) == (InvalidType, "parallel_supported", value)
        assert error.expected == "a mapping of levels to bools"

    @pytest.mark.parametrize(
        ("given", "faults"),
        [
            ({"4.9": 1}, [(InvalidType, "['4.9']", 1, _BOOL)]),
            ({"4.8": 1}, [(InvalidType, "['4.8']", 1, _BOOL)]),
            ({"4.8": None}, [(InvalidType, "['4.8']", None, _BOOL)]),
            ({"4.8": "true"}, [(InvalidType, "['4.8']", "true", _BOOL)]),
            ({"4": True}, [(InvalidValue, "['4']", "4", _LEVEL)]),
            ({"4.8\n": True}, [(InvalidValue, r"['4.8\n']", "4.8\n", _LEVEL)]),
            ({4.8: True}, [(InvalidType, "[4.8]", 4.8, _LEVEL)]),
            (
                {"04.8": 0, "4.8": 0},
                [
                    (InvalidType, "['4.8']", 0, _BOOL),
                    (InvalidValue, "['04.8']", "04.8", _LEVEL),
                    (InvalidType, "['04.8']", 0, _BOOL),
                ],
            ),
        ],
        ids=itertools.count(),
    )
    def test_wrong_levels_and_values_are_refused(
        self, given: Any, faults: List[Tuple[Any, ...]]
    ) -> None:
        """Every key is a level and every value a bool, shipped or not, and each fault is named."""
        error = refused(zc.EngineConfig, parallel_supported=given)
        assert [(type(f), f.path, f.value, f.expected) for f in error.all] == [
            (kind, f"parallel_supported{path}", value, expected)
            for kind, path, value, expected in faults
        ]


class TestLevels:
    """What follows for each level."""

    @pytest.mark.parametrize(
        ("level", "encryption", "very_large"),
        [
            ("3.9", False, False),
            ("4.1", False, False),
            ("4.2", False, False),
            ("4.3", False, False),
            ("4.4", True, False),
            ("4.5", True, False),
            ("4.6", True, False),
            ("4.7", True, True),
            ("4.8", True, True),
            ("4.10", True, True),
            ("5.0", True, True),
            ("10.0", True, True),
        ],
    )
    @pytest.mark.parametrize("parallel", [False, True])
    def test_the_version_decides(
        self, level: str, encryption: bool, very_large: bool, parallel: bool
    ) -> None:
        """Encryption is supported since 4.4, and *Very large VMs* listed since 4.7.

        Whether parallel migrations are supported changes neither.
        """
        known = zc.EngineConfig(parallel_supported={level: parallel})._levels[level]
        assert (known.parallel, known.encryption) == (parallel, encryption)
        listed = [policies.MINIMAL_DOWNTIME, policies.SUSPEND_WORKLOAD, policies.POST_COPY]
        assert list(known.listed) == [*listed, *([policies.VERY_LARGE_VMS] if very_large else [])]

    def test_what_is_not_changed_is_shared(self) -> None:
        """Levels as they ship are the same objects in every configuration: nothing is repeated."""
        engine = zc.EngineConfig(parallel_supported={"4.6": True}, default_downtime=5)
        for level in ("4.5", "4.8"):
            assert engine._levels[level] is zc.EngineConfig()._levels[level]

    @pytest.mark.parametrize("level", ["4.2", "4.8"])
    def test_a_sites_list_is_that_of_every_level(self, level: str) -> None:
        """A site's list takes the place of what ships at each level; other things stay."""
        engine = zc.EngineConfig(policies=[site(zero_copy=True)])
        known = engine._levels[level]
        assert engine.policies == known.listed == (site(zero_copy=True),)
        assert (known.parallel, known.encryption) == (level == "4.8", level == "4.8")

    def test_the_levels_are_no_part_of_the_value(self) -> None:
        """Levels follow from the rest, so they are neither compared nor shown."""
        assert "levels" not in repr(zc.EngineConfig())


class TestPolicies:
    """MigrationPolicies."""

    def test_two_policies_with_one_id_are_refused(self) -> None:
        """Engine does not start with two policies of one id."""
        given = (policies.POST_COPY, site("A"), site("B"), site("A"))
        error = refused(zc.EngineConfig, policies=given)
        assert [(f.path, f.value, f.expected) for f in error.all] == [
            ("policies[2].id", MINE, "a unique id"),
            ("policies[3].id", MINE, "a unique id"),
        ]

    def test_legacy_is_refused(self) -> None:
        """Legacy is built in and cannot be in the list."""
        assert refusal(zc.EngineConfig, policies=(site(), policies.LEGACY)) == (
            "policies[1].id",
            zc.policies.LEGACY.id,
            "the id of a policy other than Legacy",
        )

    def test_what_is_no_policy_is_refused(self) -> None:
        """Every element is a MigrationPolicy."""
        error = refused(zc.EngineConfig, policies=["Very large VMs", site(), None])
        assert [(type(f), f.path, f.expected) for f in error.all] == [
            (InvalidType, "policies[0]", "a MigrationPolicy"),
            (InvalidType, "policies[2]", "a MigrationPolicy"),
        ]

    def test_all_faults_are_told_together(self) -> None:
        """Wrong fields, levels and policies are named at once."""
        given = {
            "parallel_supported": {"x": True},
            "default_compressed": 1,
            "default_downtime": -1,
            "policies": (policies.LEGACY, site(), site()),
        }
        assert sorted(paths(zc.EngineConfig, **given)) == [
            "default_compressed",
            "default_downtime",
            "parallel_supported['x']",
            "policies[0].id",
            "policies[2].id",
        ]


RENAMED = site("Renamed", id=policies.POST_COPY.id)
NAMESAKE = site("Minimal downtime")
SECOND = site("Mine", id=MINE[:-1] + "e")
ANSIBLES = site("post_copy", id=MINE[:-1] + "c")
AS_ID = site(policies.POST_COPY.id, id=MINE[:-1] + "d")


class TestLookup:
    """What a policy's id or name means at a level."""

    @pytest.mark.parametrize(
        ("own", "choice", "found"),
        [
            (None, "Very large VMs", policies.VERY_LARGE_VMS),
            (None, policies.VERY_LARGE_VMS.id, policies.VERY_LARGE_VMS),
            (None, "Minimal downtime", policies.MINIMAL_DOWNTIME),
            (None, "Suspend workload if needed", policies.SUSPEND_WORKLOAD),
            (None, "Post-copy migration", policies.POST_COPY),
            (None, "Legacy", policies.LEGACY),
            (None, "legacy", policies.LEGACY),
            (None, LEGACY_ID, policies.LEGACY),
            (None, MINE, None),
            (None, "Mine", None),
            ((site(),), "Mine", site()),
            ((site(),), MINE, site()),
            ((site(),), "Very large VMs", None),
            ((site(),), policies.VERY_LARGE_VMS.id, None),
            ((site(),), "legacy", policies.LEGACY),
            ((), "Legacy", policies.LEGACY),
            # A shipped name means the id that ships with it.
            ((RENAMED,), "Post-copy migration", RENAMED),
            ((RENAMED,), "Renamed", RENAMED),
            ((NAMESAKE,), "Minimal downtime", None),
            ((NAMESAKE,), MINE, NAMESAKE),
            ((site("legacy"),), "legacy", policies.LEGACY),
            # So does ansible's word for one, unless the list has a policy of that name.
            (None, "post_copy", policies.POST_COPY),
            (None, "suspend_workload", policies.SUSPEND_WORKLOAD),
            ((RENAMED,), "post_copy", RENAMED),
            ((RENAMED, ANSIBLES), "post_copy", ANSIBLES),
            ((RENAMED, ANSIBLES), "Post-copy migration", RENAMED),
            ((NAMESAKE,), "minimal_downtime", None),
            # Of two with one name the first is meant, and what looks like an id is no name.
            ((site(), SECOND), "Mine", site()),
            ((SECOND, site()), "Mine", SECOND),
            ((AS_ID, RENAMED), policies.POST_COPY.id, RENAMED),
            ((AS_ID,), policies.POST_COPY.id, None),
            ((site(LEGACY_ID),), LEGACY_ID, policies.LEGACY),
        ],
        ids=itertools.count(),
    )
    def test_a_str_is_looked_up(
        self,
        own: Optional[Tuple[zc.MigrationPolicy, ...]],
        choice: str,
        found: Optional[zc.MigrationPolicy],
    ) -> None:
        """A str means what the level's list has under that id or name, else Legacy."""
        level = zc.EngineConfig(policies=own)._levels["4.8"]
        assert level.lists(choice) is (found is not None)
        assert level.policy(choice) == (found or policies.LEGACY)

    def test_an_object_is_itself(self) -> None:
        """An object runs as it is, whatever the list says."""
        level = zc.EngineConfig(policies=())._levels["4.8"]
        assert level.lists(site())
        assert level.policy(policies.POST_COPY) is policies.POST_COPY

    @pytest.mark.parametrize(
        "choice",
        [
            *("Very large VMs", "legacy", "Legacy", MINE, MINE.upper(), "Mine", LEGACY_ID),
            *("Minimal downtime", "minimal_downtime", "suspend_workload", "post_copy"),
            *(policies.LEGACY, site("Other", id=SECOND.id)),
        ],
        ids=itertools.count(),
    )
    def test_ids_and_known_names_are_good(self, choice: Any) -> None:
        """An object, any id, every shipped name and the list's names may be chosen."""
        engine = zc.EngineConfig(policies=(site(),))
        assert policy_faults(engine, "x", "4.8", choice) == []

    @pytest.mark.parametrize(
        ("choice", "hint"),
        [
            ("mine", "did you mean 'Mine'?"),
            ("Very large VM", "did you mean 'Very large VMs'?"),
            ("LEGACY", "(known: 'Legacy', 'Mine', 'Minimal downtime', 'Post-copy migration', "),
            ("", "(known: 'Legacy', 'Mine'"),
            (MINE[:-1], "(known: 'Legacy', 'Mine'"),
        ],
    )
    def test_another_name_is_refused(self, choice: str, hint: str) -> None:
        """A name that means nothing is a fault, with what was probably meant."""
        engine = zc.EngineConfig(policies=(site(),))
        (fault,) = policy_faults(engine, "x", "4.8", choice)
        assert (type(fault), fault.path, fault.value) == (InvalidValue, "x", choice)
        assert fault.expected == (
            "the id of a policy, or one of 'Legacy', 'Mine', 'Minimal downtime', "
            "'Post-copy migration', 'Suspend workload if needed', 'Very large VMs', 'legacy'"
        )
        assert f"{choice!r} is not the id or name of a policy" in fault.message
        assert hint in fault.message

    def test_only_names_are_suggested(self) -> None:
        """Ids are not listed among the names, even where a policy is called like one."""
        engine = zc.EngineConfig(policies=(AS_ID,))
        (fault,) = policy_faults(engine, "x", "4.8", "?")
        assert "-" not in fault.expected.replace("Post-copy", "")
