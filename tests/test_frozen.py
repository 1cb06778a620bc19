"""Frozen objects that are built quickly are built as others are."""

import copy
import inspect
import pickle
from typing import Any, Optional

import attr
import pytest
from hypothesis import given

import zcpolicy as zc
from refusals import refused
from zcpolicy import testing
from zcpolicy._base.errors import InvalidType
from zcpolicy._base.frozen import maker, pair_maker, quick


def _doubled(value: int) -> int:
    return 2 * value


def _counted(value: int) -> int:
    return value + 0


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Sample:
    """A class with every kind of field that the library has."""

    count: int = attr.ib(converter=_counted)
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


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Reasoned:
    """A class of which each value has a reason."""

    second: int = 1
    first: str = ""

    def __attrs_post_init__(self) -> None:
        if self.second < 0:
            raise ValueError("second")


class TestPairs:
    """Values that are given with their reasons."""

    def test_both(self) -> None:
        """They make the object, and the reasons by field in the fields' order."""
        made, reasons = pair_maker(Reasoned)(first=("x", "asked"), second=(2, "counted"))
        assert made == Reasoned(first="x", second=2)
        assert list(reasons.items()) == [("second", "counted"), ("first", "asked")]

    def test_the_check(self) -> None:
        """The object checks itself."""
        with pytest.raises(ValueError, match="second"):
            pair_maker(Reasoned)(first=("", ""), second=(-1, ""))

    @pytest.mark.parametrize("missing", ["first", "second"])
    def test_a_missing_one(self, missing: str) -> None:
        """A field without a pair is refused, though it has a default."""
        pairs = {"first": ("x", ""), "second": (2, "")}
        del pairs[missing]
        with pytest.raises(TypeError, match=missing):
            pair_maker(Reasoned)(**pairs)


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


def test_what_has_been_checked_is_not_checked_again() -> None:
    """A maker without the check fills the fields alone; the object is frozen nevertheless."""
    made = maker(Sample, check=False)(count=-1)
    assert (type(made), made.count, made.twice) == (Sample, -1, 2)
    with pytest.raises(attr.exceptions.FrozenInstanceError):
        made.count = 1  # type: ignore[misc]


POLICY = zc.policies.VERY_LARGE_VMS.but(name="Mine")
DEFAULT = zc.Scenario()
FULL = zc.Scenario(
    cluster=zc.Cluster(level="4.7", parallel=8, bandwidth=20_000),
    host=zc.Host(vdsm_zerocopy=False, migration_mbps=10_000),
    policy=zc.policies.VERY_LARGE_VMS,
    vm=zc.VM(vcpus=16, memory_mib=1048576, downtime=500, policy=zc.policies.POST_COPY),
    destination=zc.Host(migration_mbps=40_000),
    engine=zc.EngineConfig(parallel_supported={"4.6": True}, default_downtime=100),
)


class TestPickles:
    """What goes from process to process is small, and the same when it arrives."""

    @pytest.mark.parametrize(
        ("thing", "size"),
        [
            (DEFAULT, 100),
            (FULL, 700),
            (zc.Scenario(policy=POLICY), 900),
            (DEFAULT.resolve(), 150),
            (FULL.resolve(), 750),
            (zc.policies.POST_COPY, 120),
            (POLICY, 900),
            (zc.EngineConfig(), 110),
            (DEFAULT.resolve().parameters, 800),
        ],
        ids=lambda value: type(value).__name__ if attr.has(type(value)) else str(value),
    )
    def test_they_have_what_is_not_the_default(self, thing: Any, size: int) -> None:
        """At most so many bytes, and nothing of what follows from them."""
        written = pickle.dumps(thing, 5)
        assert len(written) <= size
        read = pickle.loads(written)
        assert read == thing
        assert repr(read) == repr(thing)

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_every_protocol_keeps_a_decision(self, protocol: int) -> None:
        """What arrives decides the same, whichever protocol it came by."""
        read = pickle.loads(pickle.dumps(FULL, protocol))
        assert read == FULL
        assert read.resolve().to_json() == FULL.resolve().to_json()
        resolution = pickle.loads(pickle.dumps(FULL.resolve(), protocol))
        assert resolution == FULL.resolve()
        assert resolution.to_json() == FULL.resolve().to_json()

    @given(testing.scenarios())
    def test_any_scenario_arrives(self, scenario: zc.Scenario) -> None:
        """Whatever is in a scenario, it arrives, and so does its decision."""
        for thing in (scenario, scenario.resolve()):
            assert pickle.loads(pickle.dumps(thing, 5)) == thing

    def test_a_shipped_policy_is_the_shipped_policy(self) -> None:
        """It arrives as the object that is there, and a policy with its id as what it is."""
        for policy in (zc.policies.LEGACY, zc.policies.VERY_LARGE_VMS):
            assert pickle.loads(pickle.dumps(policy)) is policy
        other = attr.evolve(zc.policies.POST_COPY, max_migrations=5)
        assert pickle.loads(pickle.dumps(other)) == other != zc.policies.POST_COPY

    def test_what_is_broken_is_refused(self) -> None:
        """What arrives checks itself, as whatever is built does."""
        written = pickle.dumps(zc.VM(vcpus=200), 5)
        broken = written.replace(b"K\xc8", b"K\x00")
        assert written != broken
        assert refused(pickle.loads, broken).path == "vcpus"


class TestNames:
    """What a user sees of it."""

    def test_a_misspelt_field_gets_a_hint(self) -> None:
        """A field that there is not is refused like a key of JSON."""
        error = refused(Sample, count=1, cuont=3)
        assert (type(error), error.path, error.value) == (InvalidType, "cuont", 3)
        assert str(error) == "cuont: Sample has no field 'cuont'; did you mean 'count'?"
        assert error.expected == "one of count, twice, word, hidden"
        assert "did you mean 'parallel'?" in str(refused(zc.Cluster, paralel="auto"))

    def test_even_a_field_that_is_required_gets_it(self) -> None:
        """The hint comes before the complaint that the field is missing, which is Python's."""
        error = refused(Sample, cuont=3)
        assert str(error) == "cuont: Sample has no field 'cuont'; did you mean 'count'?"
        with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'count'"):
            Sample(word="x")  # type: ignore[call-arg]

    def test_a_strange_field_gets_the_list(self) -> None:
        """Where nothing is alike, the fields are listed."""
        assert "(known: count, twice, word, hidden)" in str(refused(Sample, count=1, q=3))

    def test_a_field_of_any_name_fits_a_line(self) -> None:
        """A name that no field can have, since it comes from data, is escaped and cut."""
        for name in ("a\nb", "x" * 500):
            message = str(refused(zc.VM, **{name: 3}))
            assert message.isprintable()
            assert len(message) < 500
            assert "VM has no field " in message

    def test_the_signature(self) -> None:
        """help() shows the fields alone."""
        assert [*inspect.signature(Sample).parameters] == ["count", "twice", "word", "hidden"]
        assert Sample.__init__.__qualname__ == "Sample.__init__"
        assert Sample.__init__.__module__ == __name__  # without it, help() of Python 3.13 fails
        # attrs 20.3 leaves out the fields that have a converter.
        assert set(Sample.__init__.__annotations__) >= {"word", "hidden"}

    def test_no_subclass(self) -> None:
        """A subclass would not be what its objects say, so there is none."""
        with pytest.raises(TypeError, match="Sample cannot be subclassed"):
            type("Mine", (Sample,), {})
        with pytest.raises(TypeError, match="VM cannot be subclassed"):
            type("Mine", (zc.VM,), {})
