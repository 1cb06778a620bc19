"""Frozen objects that are built quickly are built as others are."""

import copy
import inspect
import pickle
from typing import Any, Optional

import attr
import pytest

import zcpolicy as zc
from refusals import refused
from zcpolicy._base.errors import InvalidType
from zcpolicy._base.frozen import maker, quick


def _doubled(value: int) -> int:
    return 2 * value


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Sample:
    """A class with every kind of field that the library has."""

    count: int
    twice: int = attr.ib(default=1, converter=_doubled)
    word: Optional[str] = None
    total: int = attr.ib(init=False, eq=False)
    _hidden: int = 0

    def __attrs_post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count")
        made: Any = self
        made.total = self.count + self.twice


make = maker(Sample)


@pytest.mark.parametrize("build", [Sample, make])
class TestBuilding:
    """By the class, and by the quicker function."""

    def test_fields(self, build: Any) -> None:
        """Defaults, converters and what is worked out afterwards are as of any attrs class."""
        made = build(count=3)
        assert type(made) is Sample
        assert (made.count, made.twice, made.word, made._hidden, made.total) == (3, 2, None, 0, 5)
        assert build(count=1, twice=4, word="x", hidden=7)._hidden == 7

    def test_it_is_frozen(self, build: Any) -> None:
        """No field can be set or deleted, and none added."""
        made = build(count=3)
        for name in ("count", "total", "other"):
            with pytest.raises(attr.exceptions.FrozenInstanceError):
                setattr(made, name, 1)
        with pytest.raises(attr.exceptions.FrozenInstanceError):
            del made.count
        assert not hasattr(made, "__dict__")

    def test_it_is_a_value(self, build: Any) -> None:
        """Objects compare, hash, copy, pickle and evolve by their fields."""
        made = build(count=3)
        assert made == Sample(count=3) != Sample(count=4)
        assert hash(made) == hash(make(count=3))
        assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made
        assert attr.evolve(made, count=5).total == 5 + 2 * made.twice

    def test_it_checks_itself(self, build: Any) -> None:
        """What the class refuses is refused, and what is missing, too."""
        with pytest.raises(ValueError, match="count"):
            build(count=-1)
        with pytest.raises(TypeError, match="count"):
            build()
        with pytest.raises(TypeError, match="positional"):
            build(3)


class TestNames:
    """What a user sees of it."""

    def test_a_misspelt_field_gets_a_hint(self) -> None:
        """A field that there is not is refused like a key of JSON."""
        error = refused(Sample, count=1, cuont=3)
        assert (type(error), error.path, error.value) == (InvalidType, "cuont", 3)
        assert str(error) == "cuont: Sample has no field 'cuont'; did you mean 'count'?"
        assert error.expected == "one of count, twice, word, hidden"
        assert "did you mean 'parallel'?" in str(refused(zc.Cluster, paralel="auto"))

    def test_a_strange_field_gets_the_list(self) -> None:
        """Where nothing is alike, the fields are listed."""
        assert "(known: count, twice, word, hidden)" in str(refused(Sample, count=1, q=3))

    def test_the_signature(self) -> None:
        """help() shows the fields alone."""
        assert [*inspect.signature(Sample).parameters] == ["count", "twice", "word", "hidden"]
        assert Sample.__init__.__qualname__ == "Sample.__init__"
        assert set(Sample.__init__.__annotations__) >= {"count", "word"}

    def test_no_subclass(self) -> None:
        """A subclass would not be what its objects say, so there is none."""
        with pytest.raises(TypeError, match="Sample cannot be subclassed"):
            type("Mine", (Sample,), {})
        with pytest.raises(TypeError, match="VM cannot be subclassed"):
            type("Mine", (zc.VM,), {})
