"""Migration policies: those that ship, Engine's JSON, and what Engine would choke on."""

import itertools
import json
from typing import Any, Dict, List, Optional, Tuple

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy import policies
from zcpolicy._base.documents import Reader
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._model.policy import LEGACY_ID, is_policy_id
from zcpolicy._model.policy_json import read_policies
from zcpolicy._model.shipped import SHIPPED, SHIPPED_NAMES

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
_ID = "a UUID such as '00000000-0000-0000-0000-000000000000'"
_INITIAL = "'setDowntime', the only action that may start a migration"
_NO_LEGACY = "a value (only Legacy inherits it)"
_LEGACY_ONLY = "Legacy's value, which this id requires"


def policy(**values: Any) -> zc.MigrationPolicy:
    """A policy of a site."""
    return zc.MigrationPolicy(**{"id": MINE, "name": "Mine", **values})


def entry(**values: Any) -> Dict[str, Any]:
    """The least that Engine takes as an entry of its list, and these values; without the Nones."""
    made = {"id": {"uuid": MINE}, "maxMigrations": 1, "config": {}, **values}
    return {key: value for key, value in made.items() if value != "left out"}


def action(ms: Any) -> Dict[str, Any]:
    """Engine's JSON of setDowntime."""
    return {"action": "setDowntime", "params": [ms]}


# The table of what Engine ships, by name: id, migrations at a time, autoconverge, compression,
# guest events, zero-copy, the downtime at the start, and the stalling entries.
_STEPS = [(1, "150"), (2, "200"), (3, "300"), (4, "400"), (6, "500")]
SHIPPED_TABLE: Dict[str, Tuple[Any, ...]] = {
    "Minimal downtime": (
        *("80554327-0569-496b-bdeb-fcbbf52b827b", 2, True, False, True, False),
        *("100", [*_STEPS, (-1, "abort")]),
    ),
    "Suspend workload if needed": (
        *("80554327-0569-496b-bdeb-fcbbf52b827c", 1, True, True, True, False),
        *("100", [*_STEPS, (-1, "5000"), (-1, "abort")]),
    ),
    "Post-copy migration": (
        *("a7aeedb2-8d66-4e51-bb22-32595027ce71", 2, True, False, True, False),
        *("100", [*_STEPS[:2], (-1, "postcopy"), (-1, "abort")]),
    ),
    "Very large VMs": (
        *("57237b82-b8c2-425f-b425-114b35219626", 1, True, False, True, True, "300"),
        [
            *((1, "400"), (2, "500"), (3, "700"), (4, "1000"), (6, "1500")),
            *((-1, "5000"), (-1, "abort")),
        ],
    ),
    "Legacy": (*("00000000-0000-0000-0000-000000000000", 2, None, None, False, False, None, None),),
}


class TestShipped:
    """The five that ship."""

    @pytest.mark.parametrize("name", SHIPPED_TABLE)
    def test_it_has_engines_values(self, name: str) -> None:
        """Every value of a shipped policy is Engine's."""
        shipped = policies.get(name)
        found: List[Any] = [
            *(shipped.id, shipped.max_migrations, shipped.auto_convergence),
            *(shipped.migration_compression, shipped.enable_guest_events, shipped.zero_copy),
        ]
        if shipped.schedule is None:
            found += [None, None]
        else:
            (start,) = shipped.schedule.init
            assert start.name == "setDowntime"
            found += [
                start.params[0],
                [
                    (e.limit, "".join(e.action.params) or e.action.name)
                    for e in shipped.schedule.stalling
                ],
            ]
        assert (shipped.name, tuple(found)) == (name, SHIPPED_TABLE[name])
        assert shipped.description

    def test_each_has_its_name_here(self) -> None:
        """Each of the five is a constant of the module, and found by its name and by its id."""
        constants = {
            "MINIMAL_DOWNTIME": "Minimal downtime",
            "SUSPEND_WORKLOAD": "Suspend workload if needed",
            "POST_COPY": "Post-copy migration",
            "VERY_LARGE_VMS": "Very large VMs",
            "LEGACY": "Legacy",
        }
        for constant, name in constants.items():
            shipped = getattr(policies, constant)
            assert policies.get(name) is policies.get(shipped.id) is shipped
            assert policies.get(shipped.id.upper()) is shipped
        assert {shipped.name for shipped in SHIPPED} == set(constants.values())
        assert {*constants.values(), "legacy"} == SHIPPED_NAMES

    @pytest.mark.parametrize(
        ("word", "name"),
        [
            ("legacy", "Legacy"),
            ("minimal_downtime", "Minimal downtime"),
            ("suspend_workload", "Suspend workload if needed"),
            ("post_copy", "Post-copy migration"),
        ],
    )
    def test_ansibles_words(self, word: str, name: str) -> None:
        """What ansible's ovirt_cluster calls a policy is a name of it, to the letter."""
        assert policies.get(word) is policies.get(name)
        assert zc.resolve(policy=word).parameters == zc.resolve(policy=name).parameters
        wrong = word.upper()
        assert (
            f"{wrong!r} is not the id or name of a policy"
            in refused(zc.resolve, policy=wrong).message
        )

    def test_legacy_alone_is_legacy(self) -> None:
        """Legacy, also called "legacy", is the one without a schedule."""
        assert policies.get("legacy") is policies.LEGACY
        assert [shipped.name for shipped in SHIPPED if shipped.is_legacy] == ["Legacy"]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("very large vms", "did you mean 'Very large VMs'"),
            ("Minimal downtimes", "did you mean 'Minimal downtime'"),
            (
                "",
                "known: 'Minimal downtime', 'Suspend workload if needed', 'Post-copy migration', ",
            ),
            (MINE, "known: 'Minimal downtime'"),
        ],
    )
    def test_another_name_is_refused(self, name: str, hint: str) -> None:
        """What none of the five is called is refused, with what was probably meant."""
        path, value, expected = refusal(policies.get, name)
        assert (path, value) == ("id_or_name", name)
        assert expected == "the id of a policy, or one of " + ", ".join(
            repr(shipped) for shipped in SHIPPED_TABLE
        )
        message = refused(policies.get, name).message
        assert f"{name!r} is not the id or name of a policy" in message
        assert hint in message

    @pytest.mark.parametrize("value", [None, 1, b"Legacy", ["Legacy"], policies.LEGACY])
    def test_what_is_no_name_is_refused(self, value: Any) -> None:
        """An id or name is a str."""
        assert refusal(policies.get, value) == ("id_or_name", value, "a string")


class TestOffered:
    """What Engine offers at a level."""

    OTHERS = ("Minimal downtime", "Post-copy migration", "Suspend workload if needed")

    @pytest.mark.parametrize(
        ("level", "names"),
        [
            ("4.2", ("Legacy", *OTHERS)),
            ("4.3", OTHERS),
            ("4.6", OTHERS),
            ("4.7", (*OTHERS, "Very large VMs")),
            ("4.8", (*OTHERS, "Very large VMs")),
        ],
    )
    def test_by_default(self, level: str, names: Tuple[str, ...]) -> None:
        """Legacy below 4.3, *Very large VMs* from 4.7 on, by name."""
        assert tuple(found.name for found in policies.offered(level)) == names

    @pytest.mark.parametrize(
        ("level", "supported", "names"),
        [
            ("4.8", {"4.8": False}, OTHERS),
            ("4.6", {"4.6": True}, OTHERS),
            ("4.10", {"4.10": True}, (*OTHERS, "Very large VMs")),
            ("4.10", {"4.10": False}, OTHERS),
            ("4.1", {"4.1": False}, ("Legacy", *OTHERS)),
            ("3.9", {"3.9": False}, ("Legacy", *OTHERS)),
        ],
    )
    def test_with_a_sites_levels(
        self, level: str, supported: Dict[str, bool], names: Tuple[str, ...]
    ) -> None:
        """A zero-copy policy is offered only where parallel migrations are supported."""
        engine = zc.EngineConfig(parallel_supported=supported)
        assert tuple(found.name for found in policies.offered(level, engine=engine)) == names

    def test_a_sites_list_takes_the_place_of_every_levels(self) -> None:
        """A site's list is offered by name at each level, and Legacy below 4.3 all the same."""
        other = policy(id=MINE[:-1] + "0", name="Another", zero_copy=True)
        engine = zc.EngineConfig(policies=(policy(), other))
        assert policies.offered("4.8", engine) == (other, policy())
        assert policies.offered("4.6", engine) == (policy(),)
        assert policies.offered("4.2", engine) == (policies.LEGACY, policy())
        assert policies.offered("4.8", zc.EngineConfig(policies=())) == ()

    def test_an_unknown_level_is_refused(self) -> None:
        """A level that Engine does not know is refused, and the known ones are named."""
        engine = zc.EngineConfig(parallel_supported={"4.10": True, "4.9": True})
        known = "4.2, 4.3, 4.4, 4.5, 4.6, 4.7, 4.8"
        assert refusal(policies.offered, "4.11") == (
            "level",
            "4.11",
            f"a level that this Engine knows ({known})",
        )
        assert refusal(policies.offered, "4.1", engine) == (
            "level",
            "4.1",
            f"a level that this Engine knows ({known}, 4.9, 4.10)",
        )

    def test_wrong_arguments_are_refused(self) -> None:
        """A level is a str of its form, the engine an EngineConfig; both are named at once."""
        bad: Any = "4"
        assert refused(policies.offered, bad).path == "level"
        error = refused(policies.offered, 4.8, None)
        assert [(type(f), f.path) for f in error.all] == [
            (InvalidType, "level"),
            (InvalidType, "engine"),
        ]


class TestMigrationPolicy:
    """A policy is checked as it is built."""

    def test_the_defaults(self) -> None:
        """All but id and name has a default, that of a missing key in Engine's JSON."""
        made = zc.MigrationPolicy(id=MINE, name="Mine")
        assert attr.asdict(made, recurse=False) == {
            "id": MINE,
            "name": "Mine",
            "description": "",
            "max_migrations": 2,
            "auto_convergence": False,
            "migration_compression": False,
            "enable_guest_events": False,
            "zero_copy": False,
            "schedule": zc.ConvergenceSchedule(),
        }
        assert not made.is_legacy

    def test_the_case_of_an_id_does_not_matter(self) -> None:
        """Ids are kept in lower case, so that equal ones are equal."""
        assert policy(id=MINE.upper()) == policy()
        assert policy(id=MINE.upper()).id == MINE

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            (
                "id",
                [
                    "",
                    "x",
                    MINE[:-1],
                    MINE + "0",
                    MINE + "\n",
                    " " + MINE,
                    MINE.replace("-", ""),
                    "{" + MINE + "}",
                    MINE[:-1] + "g",
                    MINE[:-1] + "\u0665",
                    MINE.replace("-", "_"),
                    MINE.replace("-4000-8000", "-40008-000"),
                ],
            ),
            ("max_migrations", [0, -1, 2147483648]),
        ],
    )
    def test_a_value_out_of_range_is_refused(self, field: str, values: List[object]) -> None:
        """An id is a UUID in 8-4-4-4-12, and at least one migration runs at a time."""
        expected = {"id": _ID, "max_migrations": "an integer from 1 to 2147483647"}[field]
        for value in values:
            assert type(refused(policy, **{field: value})) is InvalidValue
            assert refusal(policy, **{field: value}) == (field, value, expected)

    @pytest.mark.parametrize("value", [1, 2, 2147483647])
    def test_any_number_of_migrations_is_good(self, value: int) -> None:
        """The bounds of the number of migrations are those of Java's int, from 1 on."""
        assert policy(max_migrations=value).max_migrations == value

    @pytest.mark.parametrize(
        ("field", "values", "expected"),
        [
            ("id", [None, 5, b"x"], _ID),
            ("name", [None, 5, b"x"], "a string"),
            ("description", [None, 5], "a string"),
            ("max_migrations", [None, True, 1.0, "1"], "an integer from 1 to 2147483647"),
            ("auto_convergence", [0, 1, "true"], "true or false, or none"),
            ("migration_compression", [0, 1, "true"], "true or false, or none"),
            ("enable_guest_events", [None, 0, 1, "true"], "true or false"),
            ("zero_copy", [None, 0, 1, "true"], "true or false"),
            ("schedule", [{}, (), "x"], "a ConvergenceSchedule, or none"),
        ],
    )
    def test_another_type_is_refused(self, field: str, values: List[object], expected: str) -> None:
        """Each field has its type."""
        for value in values:
            assert type(refused(policy, **{field: value})) is InvalidType
            assert refusal(policy, **{field: value}) == (field, value, expected)

    @pytest.mark.parametrize("field", ["auto_convergence", "migration_compression", "schedule"])
    def test_only_legacy_inherits(self, field: str) -> None:
        """What Legacy inherits or leaves to Vdsm, any other policy must say."""
        assert refusal(policy, **{field: None}) == (field, None, _NO_LEGACY)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("max_migrations", 1),
            ("auto_convergence", False),
            ("auto_convergence", True),
            ("migration_compression", False),
            ("enable_guest_events", True),
            ("zero_copy", True),
            ("schedule", zc.ConvergenceSchedule()),
        ],
    )
    def test_legacy_is_what_it_is(self, field: str, value: object) -> None:
        """Under Legacy's id, in any case, there is nothing but Legacy."""
        changed = {**attr.asdict(policies.LEGACY, recurse=False), field: value}
        assert refusal(zc.MigrationPolicy, **changed) == (field, value, _LEGACY_ONLY)

    def test_legacy_may_be_called_otherwise(self) -> None:
        """The name and the description are free, Legacy's too."""
        made = attr.evolve(policies.LEGACY, name="Old", description="x")
        assert made.is_legacy

    def test_an_action_that_ends_the_migration_cannot_start_it(self) -> None:
        """A policy whose schedule starts with postcopy or abort is refused, each place named."""
        given: Any = (("abort", ()), ("setDowntime", ("1",)), ("postcopy", ()))
        init = tuple(zc.Action(name=name, params=params) for name, params in given)
        error = refused(policy, schedule=zc.ConvergenceSchedule(init=init))
        assert [(f.path, f.value, f.expected) for f in error.all] == [
            ("schedule.init[0].name", "abort", _INITIAL),
            ("schedule.init[2].name", "postcopy", _INITIAL),
        ]

    def test_all_faults_are_named(self) -> None:
        """Several faults are told together."""
        given = {"id": "x", "name": 1, "max_migrations": 0, "zero_copy": "no"}
        assert paths(policy, **given) == ["id", "name", "max_migrations", "zero_copy"]
        none = {"auto_convergence": None, "migration_compression": None, "schedule": None}
        assert paths(policy, **none) == list(none)


class TestToJson:
    """The entry of Engine's list."""

    def test_it_has_every_key(self) -> None:
        """Engine's own shape, spelled out, entries without a limit in lastItems."""
        assert policies.VERY_LARGE_VMS.to_json() == {
            "id": {"uuid": "57237b82-b8c2-425f-b425-114b35219626"},
            "maxMigrations": 1,
            "autoConvergence": True,
            "migrationCompression": False,
            "enableGuestEvents": True,
            "zeroCopy": True,
            "name": "Very large VMs",
            "description": policies.VERY_LARGE_VMS.description,
            "config": {
                "initialItems": [action("300")],
                "convergenceItems": [
                    {"stallingLimit": limit, "convergenceItem": action(ms)}
                    for limit, ms in ((1, "400"), (2, "500"), (3, "700"), (4, "1000"), (6, "1500"))
                ],
                "lastItems": [action("5000"), {"action": "abort", "params": []}],
            },
        }

    @pytest.mark.parametrize(
        ("limits", "convergence"),
        [([], 0), ([-1], 0), ([0], 1), ([-1, -1], 0), ([1, -1], 1), ([-1, 1], 2), ([-1, 0, -1], 2)],
    )
    def test_only_trailing_entries_are_last(self, limits: List[int], convergence: int) -> None:
        """Entries of limit -1 at the end are lastItems, others stay, and all come back."""
        stalling = [
            zc.StallingEntry(limit=limit, action=zc.Action(name="abort")) for limit in limits
        ]
        made = policy(schedule=zc.ConvergenceSchedule(stalling=tuple(stalling)))
        config = made.to_json()["config"]
        assert [item["stallingLimit"] for item in config["convergenceItems"]] == limits[
            :convergence
        ]
        assert len(config["lastItems"]) == len(limits) - convergence
        assert zc.MigrationPolicy.from_json(made.to_json()) == made

    @pytest.mark.parametrize("shipped", SHIPPED[:4], ids=lambda shipped: shipped.name)
    def test_what_ships_comes_back(self, shipped: zc.MigrationPolicy) -> None:
        """A shipped policy is equal after a round trip through JSON text."""
        text = json.dumps(shipped.to_json())
        assert zc.MigrationPolicy.from_json(json.loads(text)) == shipped

    def test_legacy_has_none(self) -> None:
        """Legacy is built into Engine, and no entry of its list."""
        path, value, _ = refusal(policies.LEGACY.to_json)
        assert (path, value) == ("id", LEGACY_ID)
        assert "Legacy has no entry" in refused(policies.LEGACY.to_json).message


class TestFromJson:
    """What Engine takes, and what it chokes on."""

    @pytest.mark.parametrize(
        "document",
        [
            entry(),
            entry(id=MINE),
            entry(id=MINE.upper()),
            entry(id={"uuid": MINE.upper()}),
            entry(name=None, description=None, autoConvergence=None, zeroCopy=None),
            entry(config={"initialItems": None, "convergenceItems": None, "lastItems": None}),
            entry(config={"initialItems": [], "convergenceItems": [], "lastItems": []}),
        ],
        ids=itertools.count(),
    )
    def test_what_is_missing_has_a_default(self, document: Dict[str, Any]) -> None:
        """An id, a number of migrations and a config suffice; all else is off or empty."""
        made = zc.MigrationPolicy.from_json(document)
        assert made == zc.MigrationPolicy(id=MINE, name="", max_migrations=1)

    @pytest.mark.parametrize(
        ("key", "field", "value"),
        [
            ("maxMigrations", "max_migrations", 7),
            ("autoConvergence", "auto_convergence", True),
            ("migrationCompression", "migration_compression", True),
            ("enableGuestEvents", "enable_guest_events", True),
            ("zeroCopy", "zero_copy", True),
            ("name", "name", "N"),
            ("description", "description", "D"),
        ],
    )
    def test_each_key_is_its_field(self, key: str, field: str, value: Any) -> None:
        """A key sets its field and no other."""
        made = zc.MigrationPolicy.from_json(entry(**{key: value}))
        assert made == attr.evolve(zc.MigrationPolicy.from_json(entry()), **{field: value})

    def test_the_three_lists_become_the_schedule(self) -> None:
        """Initial items, convergence items with their limits, then the last ones at -1."""
        config = {
            "initialItems": [action(300), action("400")],
            "convergenceItems": [
                {"stallingLimit": 3, "convergenceItem": action("500")},
                {"convergenceItem": action(600)},
                {"stallingLimit": None, "convergenceItem": {"action": "postcopy"}},
            ],
            "lastItems": [{"action": "abort", "params": None}],
        }
        schedule = zc.MigrationPolicy.from_json(entry(config=config)).schedule
        assert schedule is not None
        assert schedule.to_json() == {
            "init": [
                {"name": "setDowntime", "params": ["300"]},
                {"name": "setDowntime", "params": ["400"]},
            ],
            "stalling": [
                {"limit": 3, "action": {"name": "setDowntime", "params": ["500"]}},
                {"limit": 0, "action": {"name": "setDowntime", "params": ["600"]}},
                {"limit": 0, "action": {"name": "postcopy", "params": []}},
                {"limit": -1, "action": {"name": "abort", "params": []}},
            ],
        }

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            (None, ""),
            ([], ""),
            ("Legacy", ""),
            (entry(id="left out"), "id"),
            (entry(id=None), "id"),
            (entry(id={}), "id.uuid"),
            (entry(id={"uuid": None}), "id.uuid"),
            (entry(id={"uuid": MINE, "id": MINE}), "id.id"),
            (entry(id={"uuid": "x"}), "id"),
            (entry(id="x"), "id"),
            (entry(id=5), "id"),
            (entry(id=[MINE]), "id"),
            (entry(id={"uuid": LEGACY_ID}), "id"),
            (entry(id=LEGACY_ID), "id"),
            (entry(maxMigrations="left out"), "maxMigrations"),
            (entry(maxMigrations=None), "maxMigrations"),
            (entry(maxMigrations=0), "maxMigrations"),
            (entry(maxMigrations="2"), "maxMigrations"),
            (entry(maxMigrations=True), "maxMigrations"),
            (entry(maxMigrations=2.0), "maxMigrations"),
            (entry(maxMigrations=2147483648), "maxMigrations"),
            (entry(autoConvergence="true"), "autoConvergence"),
            (entry(migrationCompression=1), "migrationCompression"),
            (entry(enableGuestEvents="false"), "enableGuestEvents"),
            (entry(zeroCopy="yes"), "zeroCopy"),
            (entry(zerocopy=True), "zerocopy"),
            (entry(name=5), "name"),
            (entry(description=[]), "description"),
            (entry(convergenceItems=[]), "convergenceItems"),
            (entry(config="left out"), "config"),
            (entry(config=None), "config"),
            (entry(config=[]), "config"),
            (entry(config={"initialItem": []}), "config.initialItem"),
            (entry(config={"initialItems": {}}), "config.initialItems"),
            (entry(config={"initialItems": [5]}), "config.initialItems[0]"),
            (entry(config={"initialItems": [{}]}), "config.initialItems[0].action"),
            (
                entry(config={"lastItems": [{"name": "abort", "action": "abort"}]}),
                "config.lastItems[0].name",
            ),
            (entry(config={"initialItems": [action(0)]}), "config.initialItems[0].params[0]"),
            (
                entry(config={"initialItems": [action("2000001")]}),
                "config.initialItems[0].params[0]",
            ),
            (entry(config={"initialItems": [action(True)]}), "config.initialItems[0].params[0]"),
            (
                entry(config={"initialItems": [action(1), {"action": "abort"}]}),
                "config.initialItems[1].action",
            ),
            (
                entry(config={"initialItems": [{"action": "postcopy"}]}),
                "config.initialItems[0].action",
            ),
            (entry(config={"convergenceItems": 1}), "config.convergenceItems"),
            (entry(config={"convergenceItems": [None]}), "config.convergenceItems[0]"),
            (
                entry(config={"convergenceItems": [{"stallingLimit": 1}]}),
                "config.convergenceItems[0].convergenceItem",
            ),
            (
                entry(config={"convergenceItems": [{"convergenceItem": {"action": "stop"}}]}),
                "config.convergenceItems[0].convergenceItem.action",
            ),
            (
                entry(config={"convergenceItems": [{"convergenceItem": "abort"}]}),
                "config.convergenceItems[0].convergenceItem",
            ),
            (
                entry(
                    config={
                        "convergenceItems": [
                            {"stallingLimit": -2, "convergenceItem": {"action": "abort"}}
                        ]
                    }
                ),
                "config.convergenceItems[0].stallingLimit",
            ),
            (
                entry(
                    config={
                        "convergenceItems": [{"limit": 1, "convergenceItem": {"action": "abort"}}]
                    }
                ),
                "config.convergenceItems[0].limit",
            ),
            (entry(config={"lastItems": "abort"}), "config.lastItems"),
            (entry(config={"lastItems": [{"action": "retry"}]}), "config.lastItems[0].action"),
            (
                entry(config={"lastItems": [{"action": "abort", "params": ["1"]}]}),
                "config.lastItems[0].params",
            ),
            (
                entry(config={"lastItems": [{"action": "abort", "limit": 1}]}),
                "config.lastItems[0].limit",
            ),
        ],
        ids=itertools.count(),
    )
    def test_what_engine_chokes_on_is_refused(self, document: object, path: str) -> None:
        """Whatever breaks Engine, Vdsm or the schedule is one fault, at its path."""
        assert paths(zc.MigrationPolicy.from_json, document) == [path]

    def test_the_key_of_the_page_has_a_hint(self) -> None:
        """The feature page says zerocopy, Engine zeroCopy: the error says which to write."""
        error = refused(zc.MigrationPolicy.from_json, entry(zerocopy=True))
        assert (error.path, error.value) == ("zerocopy", True)
        assert "unknown key; write 'zeroCopy'" in error.message

    def test_legacys_id_is_told_apart(self) -> None:
        """Legacy's id, in any case, is refused by name."""
        document = entry(id={"uuid": LEGACY_ID.upper()})
        path, value, expected = refusal(zc.MigrationPolicy.from_json, document)
        assert (path, value, expected) == (
            "id",
            LEGACY_ID,
            "the id of a policy other than Legacy",
        )
        assert "the id of Legacy" in refused(zc.MigrationPolicy.from_json, document).message

    def test_all_faults_are_named(self) -> None:
        """The faults of all parts of an entry are told together."""
        document = {
            "uuid": MINE,
            "id": {"uuid": "x"},
            "zeroCopy": 1,
            "config": {
                "initialItems": [{"action": "abort"}, action(0)],
                "convergenceItems": [{"stallingLimit": "1", "convergenceItem": action(-1)}],
                "lastItems": [{"action": "stop"}],
            },
        }
        assert sorted(paths(zc.MigrationPolicy.from_json, document)) == [
            "config.convergenceItems[0].convergenceItem.params[0]",
            "config.convergenceItems[0].stallingLimit",
            "config.initialItems[0].action",
            "config.initialItems[1].params[0]",
            "config.lastItems[0].action",
            "id",
            "maxMigrations",
            "uuid",
            "zeroCopy",
        ]


class TestReadPolicies:
    """A whole list."""

    @pytest.mark.parametrize("document", [[], [entry()], [policies.POST_COPY.to_json(), entry()]])
    def test_a_list_is_read(self, document: List[Any]) -> None:
        """The policies come in the list's order."""
        reader = Reader()
        made = read_policies(reader, document, "x")
        assert reader.faults == []
        assert made == [zc.MigrationPolicy.from_json(element) for element in document]

    def test_two_policies_with_one_id_are_refused(self) -> None:
        """Engine does not start with two policies of one id, whatever its case."""
        reader = Reader()
        twice = [entry(), policies.POST_COPY.to_json(), entry(id=MINE.upper()), entry(name="N")]
        read_policies(reader, twice, "x")
        assert [(f.path, f.value, f.expected) for f in reader.faults] == [
            ("x[2].id", MINE, "a unique id"),
            ("x[3].id", MINE, "a unique id"),
        ]
        assert (
            reader.faults[0].problem == f"{MINE!r} is also the id of x[0]: Engine would not start"
        )

    def test_the_faults_of_every_entry_are_named(self) -> None:
        """A bad entry does not hide the others, and is left out, as is the second of an id."""
        reader = Reader()
        document = [entry(zeroCopy=1), entry(), None, entry(maxMigrations=0), entry()]
        assert len(read_policies(reader, document, "x")) == 1
        assert [f.path for f in reader.faults] == [
            "x[0].zeroCopy",
            "x[2]",
            "x[3].maxMigrations",
            "x[4].id",
        ]

    @pytest.mark.parametrize("document", [None, {}, "[]", 0])
    def test_what_is_no_list_is_refused(self, document: Optional[object]) -> None:
        """A missing list is none, so that null is refused, too."""
        reader = Reader()
        assert read_policies(reader, document, "x") == []
        assert [(type(f), f.path, f.value, f.expected) for f in reader.faults] == [
            (InvalidType, "x", document, "a JSON array")
        ]
        assert reader.faults[0].problem.startswith(f"{document!r} is not a JSON array")

    @pytest.mark.parametrize("document", [None, {}, "[]", entry()])
    def test_a_policy_alone(self, document: object) -> None:
        """Whoever hands in a policy alone, and only they, are told how to make a list of it."""
        reader = Reader()
        read_policies(reader, document, "")
        told = reader.faults[0].problem.endswith("; put a single policy in brackets: [{...}]")
        assert told == isinstance(document, dict)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MINE, True),
        (MINE.upper(), True),
        (LEGACY_ID, True),
        (MINE + "\n", False),
        (MINE[:-1] + "g", False),
        (MINE[:-1], False),
        ("", False),
        # Lower-cased it is longer than it was, or becomes a hexadecimal digit only then.
        (MINE[:-1] + "\u0130", False),
        ("x" * 36, False),
    ],
)
def test_the_form_of_an_id(text: str, expected: bool) -> None:
    """An id is a UUID in any case, and nothing that is nearly one."""
    assert is_policy_id(text) is expected
