"""The vectors show what they say, every rule, every limitation and every two of them."""

import itertools
import json
from typing import Any, Dict, List

import pytest

import zcpolicy as zc
from model import decide
from zcpolicy import _rules
from zcpolicy.__main__ import main
from zcpolicy._notices import NOTICES
from zcpolicy._vectors import LIMITED, Vector, merged, vectors

VECTORS = vectors()


def rules_of(vector: Vector) -> List[str]:
    """The names of the rules that gave the parameters, and of the limitations that apply."""
    resolution = zc.Scenario.from_json(vector.scenario).resolve()
    _, limits, rules = resolution._decision
    return [rule.name for rule in rules] + [limitation.code for limitation in limits]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
class TestVectors:
    """Each vector by itself."""

    def test_it_shows_its_rule(self, vector: Vector) -> None:
        """The rule that a vector names is at work in it."""
        assert vector.rule in rules_of(vector)

    def test_the_model_agrees(self, vector: Vector) -> None:
        """What must come of it is what the independent model says, too."""
        expected, line = decide(vector.scenario), vector.to_json()
        for key in ("parameters", "blockers", "vmMigrate", "libvirt"):
            assert line[key] == expected[key]
        assert sorted(line["notices"]) == sorted(code for code, _, _ in expected["notices"])


def test_every_rule_and_limitation_has_a_vector() -> None:
    """No rule and no limitation is without one."""
    known = {rule.name for rule in vars(_rules).values() if isinstance(rule, _rules.Rule)}
    known |= {limitation.code for limitation in zc.LIMITATIONS}
    assert {vector.rule for vector in VECTORS} == known


def test_every_notice_has_a_vector() -> None:
    """Each code is among the notices of some vector."""
    told = {code for vector in VECTORS for code in vector.to_json()["notices"]}
    assert told == {row.notice.code for row in NOTICES} | set(LIMITED) - {"policy"}


def test_every_two_limitations_have_a_vector() -> None:
    """Each pair applies, and nothing else does, but what has no policy to ask for zero-copy."""
    pairs = {tuple(vector.to_json()["blockers"]) for vector in VECTORS}
    codes = [limitation.code for limitation in zc.LIMITATIONS]
    assert list(LIMITED) == codes
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
