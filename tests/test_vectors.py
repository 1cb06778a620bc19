"""The vectors show what they say, every rule, every limitation and every two of them."""

import itertools
import json
from typing import Any, Dict, List, Optional

import pytest

import zcpolicy as zc
from model import decide
from zcpolicy.__main__ import main
from zcpolicy._decision.rules import RULES, templates
from zcpolicy._publish.causes import CAUSES
from zcpolicy._publish.vectors import _SENTENCES, Vector, merged, vectors

VECTORS = vectors()

# The rules of which the feature page is silent, but for what a vector shows.
SILENT = {
    "encrypted",
    "encrypted-level",
    "encrypted-not",
    "tunnelled",
    "tunnelled-encrypted",
    "tunnelled-not",
    "parallel-tunnel",
    "parallel-count",
    "parallel-capped",
    "parallel-automatic",
    "parallel-minimum",
    "parallel-disabled",
    "parallel-auto-none",
    "compressed",
    "compressed-parallel",
    "compressed-not",
    "auto-converge",
    "auto-converge-not",
    "schedule-legacy",
    "schedule",
    "schedule-no-postcopy",
    "limit-parallel",
    "limit-policy",
    "guest-events",
    "guest-events-not",
    "bandwidth-vdsm",
    "bandwidth-too-small",
    "bandwidth",
    "downtime-none",
    "downtime",
    "downtime-unused",
}


def rules_of(vector: Vector) -> List[str]:
    """The names of the rules that gave the parameters, and of the limitations that apply."""
    resolution = zc.Scenario.from_json(vector.scenario).resolve()
    decision = resolution._decision
    return [*decision.rules.values(), *(limitation.code for limitation in decision.limits)]


class TestVectors:
    """What holds of each vector."""

    def test_it_shows_its_rule(self) -> None:
        """The rule that a vector names is at work in it."""
        for vector in VECTORS:
            assert vector.rule in rules_of(vector), vector.name

    def test_the_model_agrees(self) -> None:
        """What must come of it is what the independent model says, too."""
        for vector in VECTORS:
            expected, line = decide(vector.scenario), vector.to_json()
            for key in ("parameters", "blockers", "vmMigrate", "libvirt"):
                assert line[key] == expected[key], vector.name
            told = sorted(code for code, _, _ in expected["notices"])
            assert sorted(line["notices"]) == told, vector.name


def test_every_rule_and_limitation_has_a_vector() -> None:
    """No rule and no limitation is without one."""
    known = {name for rules in RULES.values() for name in rules}
    known |= {limitation.code for limitation in zc.LIMITATIONS}
    assert {vector.rule for vector in VECTORS} == known


@pytest.mark.parametrize(("level", "supported"), zc.EngineConfig().parallel_supported.items())
def test_every_level_has_a_vector(level: str, supported: bool) -> None:
    """Parallel support cannot change at any level that ships, and no vector tell of it."""
    changed = {"engine": {"parallelSupported": {level: not supported}}}
    as_it_ships, otherwise = (
        [zc.Scenario.from_json(document).resolve().parameters for document in documents]
        for documents in (
            [vector.scenario for vector in VECTORS],
            [merged(changed, vector.scenario) for vector in VECTORS],
        )
    )
    assert otherwise != as_it_ships


@pytest.mark.parametrize("end", ["source", "destination"])
def test_every_border_of_a_speed_has_a_vector(end: str) -> None:
    """Unknown, the least, 0 and 1 are among the speeds of either end, the other being fast."""
    other = {"source": "destination", "destination": "source"}[end]
    speeds = {
        vector.scenario[end]["migrationMbps"]
        for vector in VECTORS
        if (vector.scenario.get(other, {}).get("migrationMbps") or 0) > 1
    }
    assert speeds >= {None, -(2**31), 0, 1}


@pytest.mark.parametrize(
    ("level", "own", "on"),
    [("4.7", None, True), ("4.6", None, False), ("4.8", "4.7", True), ("4.6", "4.7", False)],
)
def test_the_policy_has_a_vector_on_both_sides_of_its_level(
    level: str, own: Optional[str], on: bool
) -> None:
    """*Very large VMs* has a vector at 4.7, at 4.6, and where the VM's own level is another."""
    found = [
        vector.to_json()["parameters"]["zerocopy"]
        for vector in VECTORS
        if vector.scenario.get("cluster", {}).get("policy") == zc.policies.VERY_LARGE_VMS.name
        and vector.scenario["cluster"].get("level", "4.8") == level
        and vector.scenario.get("vm", {}).get("level") == own
        and "engine" not in vector.scenario
    ]
    assert found == [on]


def test_sentences_belong_to_something() -> None:
    """Each sentence is that of a rule or a vector."""
    known = {vector.rule for vector in VECTORS} | {vector.name for vector in VECTORS}
    assert known >= set(_SENTENCES)


def test_no_sentence_is_missing() -> None:
    """Where the feature page says something of a rule or limitation, its vectors say it."""
    of_page = {row.code for row in zc.LIMITATIONS if row.source.startswith("feature page")}
    # What it says of parallel migrations holds of a tunnel, which it does not name.
    others = {*CAUSES} - of_page - {"tunnel"}
    assert {vector.rule for vector in VECTORS if vector.sentence is None} == SILENT | others


def test_sentences_are_about_what_happens() -> None:
    """What is said of encryption, memory and the policy stands where each is what decides."""
    for vector in VECTORS:
        line, sentence = vector.to_json(), vector.sentence or ""
        policy = zc.Scenario.from_json(vector.scenario).resolve()._decision.facts.policy
        if "encryption" in sentence:
            assert "encryption" in line["blockers"]
        if "lock guest RAM" in sentence:
            assert "memory-lock" in line["blockers"]
        if "policy is available" in sentence and vector.rule == "zerocopy-not":
            assert "policy-unknown" in line["notices"]
        if "Autoconverge" in sentence or "other parameters" in sentence:
            assert policy == zc.policies.VERY_LARGE_VMS


def test_every_notice_has_a_vector() -> None:
    """Each code is among the notices of some vector."""
    told = {code for vector in VECTORS for code in vector.to_json()["notices"]}
    assert told == {template.code for _, template in templates()} | set(CAUSES) - {"policy"}


def test_every_two_limitations_have_a_vector() -> None:
    """Each pair applies, and nothing else does, but what has no policy to ask for zero-copy."""
    pairs = {tuple(vector.to_json()["blockers"]) for vector in VECTORS}
    codes = [limitation.code for limitation in zc.LIMITATIONS]
    assert list(CAUSES) == codes
    assert set(itertools.combinations(codes, 2)) <= pairs
    assert {(code,) for code in codes} <= pairs


def test_names_are_unique() -> None:
    """A vector is known by its name."""
    assert len({vector.name for vector in VECTORS}) == len(VECTORS)


def test_merged_puts_objects_together() -> None:
    """Later documents win, object by object, and none is changed."""
    first: Dict[str, Any] = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merged(first, {"a": {"b": 4}}, {"d": {}}) == {"a": {"b": 4, "c": 2}, "d": {}}
    assert first == {"a": {"b": 1, "c": 2}, "d": 3}


def test_the_command_prints_them(capsysbinary: Any) -> None:
    """``zcpolicy vectors`` prints them all, a line each."""
    assert main(["vectors"]) == 0
    lines = capsysbinary.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [vector.to_json() for vector in VECTORS]
