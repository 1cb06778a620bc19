"""What limits zero-copy: each row at its boundary, their order, and a site's own rows."""

import copy
import itertools
import pickle
from typing import Any, Dict, List, Tuple

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy.testing import limitation_combinations

# By code, in the order of the blockers: the layer, the stage, what makes the row apply, and what
# comes nearest to it without.
Inputs = Dict[str, Any]
OLD = {"libvirt_zerocopy": False}
ROWS: Dict[str, Tuple[str, str, List[Inputs], List[Inputs]]] = {
    "policy": (
        "engine",
        "engine",
        [
            {"policy": "Minimal downtime"},
            {"policy": "legacy"},
            {"vm": {"policy": "Post-copy migration"}},
            {"cluster": {"level": "4.6"}, "vm": {"level": "4.8"}},  # the list of 4.6 lacks it
        ],
        [{"policy": "legacy", "vm": {"policy": "Very large VMs"}}],
    ),
    "level": (
        "engine",
        "engine",
        [{"vm": {"level": "4.6"}}, {"engine": {"parallel_supported": {"4.8": False}}}],
        [
            {"vm": {"level": "4.7"}},
            {"vm": {"level": "4.6"}, "engine": {"parallel_supported": {"4.6": True}}},
        ],
    ),
    "encryption": (
        "qemu",
        "engine",
        [
            {"vm": {"encrypted": True}},
            {"cluster": {"encrypted": True}},
            {"engine": {"default_encrypted": True}},
            {
                "vm": {"encrypted": True, "level": "4.4"},
                "engine": {"parallel_supported": {"4.4": True}},
            },
        ],
        [
            {"cluster": {"encrypted": True}, "vm": {"encrypted": False}},
            {
                "vm": {"encrypted": True, "level": "4.3"},
                "engine": {"parallel_supported": {"4.3": True}},
            },
        ],
    ),
    "tunnel": (
        "libvirt",
        "engine",
        [{"vm": {"tunnelled": True}}, {"cluster": {"tunnelled": True}}],
        [{"cluster": {"tunnelled": True}, "vm": {"tunnelled": False}}],
    ),
    "vdsm": (
        "vdsm",
        "host",
        [{"host": {"vdsm_zerocopy": False}}],
        [{"destination": {"vdsm_zerocopy": False}}],
    ),
    "libvirt": ("libvirt", "host", [{"host": OLD}], [{}]),
    "qemu": (
        "qemu",
        "host",
        [{"host": {"qemu_zerocopy": False}}],
        [{"destination": {"qemu_zerocopy": False}}],
    ),
    "destination": ("libvirt", "host", [{"destination": OLD}], [{}]),
    "memory-lock": (
        "qemu",
        "host",
        [
            {"vm": {"memory_mib": 4096, "memory_hard_limit_mib": 4095}},
            {"vm": {"memory_mib": 4096, "memory_hard_limit_mib": 1}},
            {"vm": {"memory_hard_limit_mib": 1023}},
        ],
        [
            {"vm": {"memory_mib": 4096, "memory_hard_limit_mib": 4096}},
            {"vm": {"memory_mib": 4096, "memory_hard_limit_mib": 4097}},
            {
                "vm": {"memory_mib": 4096, "memory_hard_limit_mib": 1024**3}
            },  # as Engine sets for Q35
            {"vm": {"memory_mib": 4096}},
        ],
    ),
}
BY_CODE = {limitation.code: limitation for limitation in zc.LIMITATIONS}


def scenario(inputs: Inputs) -> zc.Scenario:
    """A scenario in which only these inputs are other than zero-copy needs."""
    return zc.Scenario(
        cluster=zc.Cluster(**inputs.get("cluster", {})),
        host=zc.Host(**inputs.get("host", {})),
        policy=inputs.get("policy", "Very large VMs"),
        vm=zc.VM(**inputs.get("vm", {})),
        destination=zc.Host(**inputs.get("destination", {})),
        engine=zc.EngineConfig(**inputs.get("engine", {})),
    )


class TestTable:
    """LIMITATIONS."""

    def test_the_order_is_that_of_the_blockers(self) -> None:
        """From what Engine knows to what the hosts say."""
        assert [limitation.code for limitation in zc.LIMITATIONS] == list(ROWS)

    @pytest.mark.parametrize("code", ROWS)
    def test_layer_and_stage(self, code: str) -> None:
        """Each row names the layer that has the limitation, and whether Engine knows it first."""
        assert (BY_CODE[code].layer, BY_CODE[code].stage) == ROWS[code][:2]

    @pytest.mark.parametrize("code", ROWS)
    def test_it_can_be_told(self, code: str) -> None:
        """Each row has a message, a remedy and a public source."""
        row = BY_CODE[code]
        assert row.message
        assert row.remedy
        assert row.source.startswith(("feature page", "Engine", "Vdsm", "libvirt", "QEMU"))

    @pytest.mark.parametrize(
        ("code", "inputs"),
        [(code, inputs) for code in ROWS for inputs in ROWS[code][2]],
        ids=itertools.count(),
    )
    def test_it_applies(self, code: str, inputs: Inputs) -> None:
        """Where its own condition holds the row applies and is told, and no other is."""
        made = scenario(inputs)
        assert [row.code for row in zc.LIMITATIONS if row.applies(zc.Facts(scenario=made))] == [
            code
        ]
        r = made.resolve()
        assert r.blockers == (code,)
        assert not r.parameters.zerocopy
        # Where the policy asks for it; Engine enforces connections unless it knows of the row.
        told = [notice for notice in r.warnings if notice.field == "zerocopy"]
        assert told == ([] if code == "policy" else [BY_CODE[code]._notice])
        assert (r.parameters.parallel == 2) is (BY_CODE[code].stage == "host")

    @pytest.mark.parametrize(
        ("code", "inputs"),
        [(code, inputs) for code in ROWS for inputs in ROWS[code][3]],
        ids=itertools.count(),
    )
    def test_it_does_not_apply(self, code: str, inputs: Inputs) -> None:
        """What comes nearest to its condition is no limitation."""
        made = scenario(inputs)
        assert not BY_CODE[code].applies(zc.Facts(scenario=made))
        assert made.resolve().blockers == ()
        assert made.resolve().parameters.zerocopy

    def test_all_are_told_in_order(self) -> None:
        """Where all apply, all are blockers, in the order of the table."""
        *_, made = limitation_combinations()
        assert made.resolve().blockers == tuple(ROWS)

    def test_a_displaced_tunnel_is_a_blocker_all_the_same(self) -> None:
        """A tunnel that is asked for stays a blocker beside the encryption that displaces it."""
        made = scenario({"vm": {"tunnelled": True, "encrypted": True}})
        assert made.resolve().blockers == ("encryption", "tunnel")

    @pytest.mark.parametrize("row", zc.LIMITATIONS, ids=lambda row: row.code)
    def test_its_notice_is_a_warning(self, row: zc.Limitation) -> None:
        """The notice says what the row says, of zero-copy asked for and off."""
        assert row._notice == zc.Notice(
            code=row.code,
            severity="warning",
            layer=row.layer,
            field="zerocopy",
            requested=True,
            effective=False,
            message=row.message,
            remedy=row.remedy,
            source=row.source,
        )


def large(facts: zc.Facts) -> bool:
    """A site's condition."""
    return facts.vm.vcpus > 8


MINE = zc.Limitation(
    code="site-large",
    layer="engine",
    applies=large,
    message="too large for our network",
    source="our handbook",
)
FIRST = attr.evolve(MINE, code="site-first", stage="engine", remedy="do not")
WITH = (*zc.LIMITATIONS, MINE)
END = len(zc.LIMITATIONS)


def resolve(vcpus: int, *limitations: zc.Limitation) -> zc.Resolution:
    return zc.resolve(policy="Very large VMs", vm=zc.VM(vcpus=vcpus), limitations=limitations)


class TestOwnRows:
    """A site's own rows."""

    def test_the_defaults(self) -> None:
        """Without a stage it is the host's, and a remedy need not be."""
        assert (MINE.stage, MINE.remedy) == ("host", None)

    def test_it_applies_as_it_says(self) -> None:
        """A row of one's own decides, blocks and warns like a shipped one."""
        assert resolve(8, *WITH).blockers == ()
        r = resolve(9, *WITH)
        assert (r.blockers, r.parameters.zerocopy) == (("site-large",), False)
        assert r.notices[0] == MINE._notice
        assert r.explain("zerocopy") == "off: too large for our network"
        assert resolve(9, *zc.LIMITATIONS).parameters.zerocopy

    def test_the_stage_decides_on_connections(self) -> None:
        """A row of the host's stage leaves enforced connections, one of Engine's does not."""
        assert resolve(9, *WITH).parameters.parallel == 2
        assert resolve(9, *zc.LIMITATIONS, FIRST).parameters.parallel is None
        assert resolve(9, *WITH, FIRST).parameters.parallel is None

    def test_it_comes_where_it_stands(self) -> None:
        """The blockers are in the order of the table that was given."""
        assert resolve(9, FIRST, *WITH).blockers == ("site-first", "site-large")
        assert resolve(9, *WITH, FIRST).blockers == ("site-large", "site-first")

    def test_without_the_wish_it_is_no_warning(self) -> None:
        """Where no policy asks for zero-copy a row is a blocker, and no notice."""
        r = zc.resolve(vm=zc.VM(vcpus=9), limitations=WITH)
        assert (r.blockers, r.notices) == (("policy", "site-large"), ())

    def test_a_decision_is_pickled_with_it(self) -> None:
        """A copy of a decision has the site's rows, too."""
        r = resolve(9, *WITH)
        assert pickle.loads(pickle.dumps(r)) == r
        assert copy.copy(r).blockers == ("site-large",)

    def test_it_shows_its_function_by_name(self) -> None:
        """In the repr a condition is called by its name, or shown as it is."""
        assert "applies=large," in repr(MINE)
        assert "applies=bool," in repr(attr.evolve(MINE, applies=bool))

        class Condition:
            def __call__(self, facts: zc.Facts) -> bool:
                return True

            def __repr__(self) -> str:
                return "<mine>"

        assert "applies=<mine>," in repr(attr.evolve(MINE, applies=Condition()))


class TestLimitation:
    """A row is checked as it is built."""

    @pytest.mark.parametrize(
        ("field", "value", "kind", "expected"),
        [
            ("code", "", InvalidValue, "a word"),
            ("code", None, InvalidType, "a word"),
            ("layer", "kernel", InvalidValue, "one of 'engine', 'vdsm', 'libvirt', 'qemu'"),
            ("layer", None, InvalidType, "one of 'engine', 'vdsm', 'libvirt', 'qemu'"),
            ("stage", "guest", InvalidValue, "one of 'engine', 'host'"),
            ("stage", None, InvalidType, "one of 'engine', 'host'"),
            ("message", None, InvalidType, "a string"),
            ("remedy", 5, InvalidType, "a string, or none"),
            ("source", None, InvalidType, "a string"),
        ],
    )
    def test_wrong_fields_are_refused(
        self, field: str, value: object, kind: type, expected: str
    ) -> None:
        """Each field has its type and words."""
        assert type(refused(attr.evolve, MINE, **{field: value})) is kind
        assert refusal(attr.evolve, MINE, **{field: value}) == (field, value, expected)

    def test_all_faults_are_named(self) -> None:
        """Several faults are told together."""
        bad = {"code": "", "layer": "x", "stage": "y", "message": 1, "remedy": 2, "source": 3}
        assert paths(attr.evolve, MINE, **bad) == list(bad)


class TestGiven:
    """The table that a decision is made with."""

    @pytest.mark.parametrize(
        "given",
        [zc.LIMITATIONS, (*zc.LIMITATIONS,), WITH, (MINE, *zc.LIMITATIONS), tuple(reversed(WITH))],
        ids=itertools.count(),
    )
    def test_rows_may_be_added_anywhere(self, given: Tuple[zc.Limitation, ...]) -> None:
        """Every table that has the shipped rows is good."""
        assert zc.resolve(limitations=given).limitations == given

    @pytest.mark.parametrize("missing", zc.LIMITATIONS, ids=lambda row: row.code)
    def test_no_shipped_row_may_be_missing(self, missing: zc.Limitation) -> None:
        """A table without a shipped row is refused, and the row is named."""
        given = tuple(row for row in WITH if row is not missing)
        path, value, _ = refusal(zc.resolve, limitations=given)
        assert (path, value) == ("limitations", given)
        message = refused(zc.resolve, limitations=given).message
        assert f"the shipped limitation {missing.code!r} is missing" in message

    def test_no_shipped_row_may_be_changed(self) -> None:
        """A changed row in a shipped one's place is no shipped row."""
        changed = attr.evolve(BY_CODE["encryption"], stage="host")
        given = tuple(changed if row.code == "encryption" else row for row in zc.LIMITATIONS)
        assert paths(zc.resolve, limitations=given) == ["limitations"]

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            (None, "limitations"),
            ([*WITH], "limitations"),
            (MINE, "limitations"),
            ((*zc.LIMITATIONS, None), f"limitations[{END}]"),
            ((*zc.LIMITATIONS, "site"), f"limitations[{END}]"),
        ],
        ids=itertools.count(),
    )
    def test_what_is_no_table_is_refused(self, given: Any, path: str) -> None:
        """The table is a tuple of Limitations."""
        error = refused(zc.resolve, limitations=given)
        assert (type(error), error.path) == (InvalidType, path)

    @pytest.mark.parametrize(
        ("code", "given", "index"),
        [
            ("site-large", (*WITH, MINE), END + 1),
            ("policy", (*zc.LIMITATIONS, zc.LIMITATIONS[0]), END),
            ("encryption", (*zc.LIMITATIONS, attr.evolve(MINE, code="encryption")), END),
            ("zerocopy-young", (attr.evolve(MINE, code="zerocopy-young"), *zc.LIMITATIONS), 0),
        ],
        ids=itertools.count(),
    )
    def test_a_code_is_new(self, code: str, given: Tuple[zc.Limitation, ...], index: int) -> None:
        """A code that a limitation or a notice has is refused."""
        path, value, expected = refusal(zc.resolve, limitations=given)
        assert (path, value, expected) == (f"limitations[{index}].code", code, "a new code")
        assert f"{code!r} is the code of another" in refused(zc.resolve, limitations=given).message


def test_applies_is_a_function() -> None:
    """What cannot be called is refused by name."""
    with pytest.raises(zc.ZcpolicyError, match="applies: 3 is not a function"):
        zc.Limitation(code="x", layer="vdsm", applies=3, message="m", source="s")  # type: ignore[arg-type]
