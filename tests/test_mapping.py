"""A mapping that does not change."""

import copy
import json
import pickle
from types import MappingProxyType
from typing import Any, Callable, Dict, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcpolicy._base.mapping import FrozenMapping

MAPPINGS = st.dictionaries(st.text(max_size=2), st.booleans(), max_size=4)


class TestFrozenMapping:
    """FrozenMapping."""

    @given(MAPPINGS)
    def test_it_reads_like_the_dict(self, given_: Dict[str, bool]) -> None:
        """Items, order, length, membership, equality and repr are those of the dict."""
        made = FrozenMapping(given_)
        assert list(made) == list(given_)
        assert list(made.items()) == list(given_.items())
        assert [made[key] for key in given_] == list(given_.values())
        assert len(made) == len(given_)
        assert made == given_
        assert repr(made) == repr(given_)

    @given(MAPPINGS, MAPPINGS)
    def test_equal_ones_have_one_hash(self, a: Dict[str, bool], b: Dict[str, bool]) -> None:
        """Two are equal where the dicts are, whatever the order, and then hash alike."""
        made, other = FrozenMapping(a), FrozenMapping(b)
        assert (made == other) is (a == b)
        backwards = FrozenMapping(dict(reversed(list(a.items()))))
        assert (made, hash(made)) == (backwards, hash(backwards))

    def test_different_ones_hash_apart(self) -> None:
        """The hash is made of keys and values."""
        variants = [{}, {"a": True}, {"a": False}, {"b": True}, {"a": True, "b": True}]
        assert len({hash(FrozenMapping(variant)) for variant in variants}) == len(variants)

    def test_a_missing_key_is_a_key_error(self) -> None:
        """A key that is not there is refused as by a dict."""
        made = FrozenMapping({"a": 1})
        with pytest.raises(KeyError, match="b"):
            made["b"]
        assert (made.get("b"), "a" in made, "b" in made) == (None, True, False)

    @pytest.mark.parametrize(
        ("other", "equal"),
        [
            ({"a": 1}, True),
            (MappingProxyType({"a": 1}), True),
            ({"a": 2}, False),
            ({}, False),
            (FrozenMapping({"a": 2}), False),
            ([("a", 1)], False),
            (None, False),
        ],
    )
    def test_it_equals_mappings_alone(self, other: object, equal: bool) -> None:
        """It equals every mapping with the same items, from both sides, and nothing else."""
        made = FrozenMapping({"a": 1})
        assert (made == other) is equal
        assert (other == made) is equal
        assert (made != other) is not equal

    def test_it_does_not_change(self) -> None:
        """Neither the dict that it was made of nor an assignment changes it."""
        source = {"a": 1}
        made: Any = FrozenMapping(source)
        source["a"] = 2
        with pytest.raises(AttributeError):
            made.other = 1
        assert made == {"a": 1}
        assert not hasattr(made, "__dict__")

    def test_it_survives_a_pickle_and_a_copy(self) -> None:
        """A copy is equal and of the class."""
        made = FrozenMapping({"a": 1})
        for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
            assert (again, type(again)) == (made, FrozenMapping)

    @pytest.mark.parametrize(
        "change",
        [
            lambda made: made.__setitem__("a", 2),
            lambda made: made.__delitem__("a"),
            lambda made: made.update(a=2),
            lambda made: made.setdefault("b", 2),
            lambda made: made.pop("a"),
            lambda made: made.popitem(),
            lambda made: made.clear(),
            lambda made: made.__ior__({"a": 2}),
        ],
    )
    def test_no_method_of_a_dict_changes_it(self, change: Callable[[Any], object]) -> None:
        """Whatever changes a dict is refused, with an error that says so."""
        made = FrozenMapping({"a": 1})
        with pytest.raises(TypeError, match=r"^a FrozenMapping is immutable$"):
            change(made)
        assert made == {"a": 1}

    def test_every_method_of_a_dict_is_known(self) -> None:
        """No Python has a method of a dict of which nobody knows whether it changes one."""
        reads = {"copy", "fromkeys", "get", "items", "keys", "values"}
        refused = {"clear", "pop", "popitem", "setdefault", "update"}
        assert {name for name in dir(dict) if name[:1] != "_"} == reads | refused
        for name in refused:
            assert getattr(FrozenMapping, name) is FrozenMapping._refuse

    def test_it_is_a_mapping(self) -> None:
        """It is what `collections.abc.Mapping` and ``dict(...)`` take."""
        made = FrozenMapping({"a": 1, "b": 2})
        assert isinstance(made, Mapping)
        assert dict(made) == {**made} == {"a": 1, "b": 2}

    def test_it_is_a_dict(self) -> None:
        """What takes a dict alone takes it, and a copy of it may change."""
        made = FrozenMapping({"a": 1})
        assert isinstance(made, dict)
        assert json.loads(json.dumps(made)) == made
        again = made.copy()
        again["a"] = 2
        assert (made, again) == ({"a": 1}, {"a": 2})
