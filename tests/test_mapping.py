"""A mapping that does not change."""

import copy
import pickle
from types import MappingProxyType
from typing import Any, Dict, Mapping

import attr
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
        """Neither the dict it was made of nor an assignment changes it."""
        source = {"a": 1}
        made: Any = FrozenMapping(source)
        source["a"] = 2
        with pytest.raises(attr.exceptions.FrozenInstanceError):
            made._dict = {}
        with pytest.raises(TypeError):
            made["a"] = 2
        with pytest.raises(AttributeError):
            made.other = 1
        assert made == {"a": 1}
        assert not hasattr(made, "__dict__")

    def test_it_survives_a_pickle_and_a_copy(self) -> None:
        """A copy is equal and of the class."""
        made = FrozenMapping({"a": 1})
        for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
            assert (again, type(again)) == (made, FrozenMapping)

    def test_it_is_a_mapping(self) -> None:
        """It is what `collections.abc.Mapping` and ``dict(...)`` take."""
        made = FrozenMapping({"a": 1, "b": 2})
        assert isinstance(made, Mapping)
        assert dict(made) == {**made} == {"a": 1, "b": 2}
