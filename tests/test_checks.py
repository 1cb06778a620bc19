"""The kinds of values, each at its bounds, and the check of all fields together."""

import enum
from typing import Any, List, Tuple

import attr
import pytest

from refusals import refused
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._base.fields import (
    BOOL,
    INT_MAX,
    LEVEL,
    TEXT,
    Fields,
    Kind,
    as_tuple,
    choice,
    instance,
    integer,
    items,
    optional,
)


class Text(str):
    """A str that is more than a str."""

    __slots__ = ()


class Number(enum.IntEnum):
    """An int that is more than an int."""

    THREE = 3


NUMBER = integer(2, 5)
WORD = choice("off", "on")
SETTING = choice("off", "on", numbers=NUMBER)
NUMBERS = items(NUMBER, "numbers")
WORDS = items(TEXT, "words")

GOOD: List[Tuple[Kind, List[object]]] = [
    (NUMBER, [2, 3, 5]),
    (integer(-1), [-1, 0, INT_MAX]),
    (BOOL, [True, False]),
    (TEXT, ["", "x", "\ud800", "x" * 1000]),
    (WORD, ["off", "on"]),
    (SETTING, ["off", "on", 2, 5]),
    (instance(Number), [Number.THREE]),
    (optional(NUMBER), [None, 2, 5]),
    (optional(TEXT), [None, ""]),
    (NUMBERS, [(), (2,), (2, 5)]),
    (WORDS, [(), ("",), ("x", "y")]),
    (optional(NUMBERS), [None, ()]),
    (LEVEL, ["4.8", "4.2", "0.0", "4.10", "10.0", "9999.9999", "5.0"]),
]

# A kind, a value that it refuses, and the words for what it accepts; first the wrong types.
WRONG_TYPES: List[Tuple[Kind, object, str]] = [
    *(
        (NUMBER, value, "an integer from 2 to 5")
        for value in ("3", True, 3.0, 2.5, float("nan"), None, [3], Number.THREE, b"3")
    ),
    *((BOOL, value, "true or false") for value in (0, 1, "true", None, "")),
    *((TEXT, value, "a string") for value in (b"x", 1, None, ["x"], Text("x"))),
    *((WORD, value, "one of 'off', 'on'") for value in (1, None, False, Text("on"))),
    *(
        (SETTING, value, "'off', 'on' or an integer from 2 to 5")
        for value in (True, 3.0, None, Text("on"), Number.THREE)
    ),
    (instance(Number), 3, "a Number"),
    (instance(enum.Enum), 3, "an Enum"),
    (instance(Number, "one of ours"), None, "one of ours"),
    (optional(NUMBER), False, "an integer from 2 to 5, or none"),
    (optional(BOOL), 0, "true or false, or none"),
    (NUMBERS, [2], "numbers"),
    (NUMBERS, "23", "numbers"),
    (NUMBERS, None, "numbers"),
    *((LEVEL, value, 'a compatibility level such as "4.8"') for value in (4.8, 4, None, ("4.8",))),
]
WRONG_VALUES: List[Tuple[Kind, object, str]] = [
    *((NUMBER, value, "an integer from 2 to 5") for value in (1, 6, -3, 10**5000, -(10**5000))),
    (integer(-1), -2, "an integer from -1 to 2147483647"),
    (integer(-1), 2147483648, "an integer from -1 to 2147483647"),
    *((WORD, value, "one of 'off', 'on'") for value in ("", "On", "on ", "offon")),
    *(
        (SETTING, value, "'off', 'on' or an integer from 2 to 5")
        for value in ("", "OFF", "3", 1, 6)
    ),
    (optional(NUMBER), 1, "an integer from 2 to 5, or none"),
    *(
        (LEVEL, value, 'a compatibility level such as "4.8"')
        for value in (
            *("", "4", "4.", ".8", ".", "4.7\n", "\n4.7", " 4.7", "4.7 ", "04.7", "4.07", "00.1"),
            *("4.7.1", "4,7", "-4.7", "+4.7", "4.-7", "4_0.7", "a.b", "4.8a", "v4.8", "4..8"),
            *("4.\u0668", "\u0664.\u0668", "\uff14.\uff18", "4.\u00b2"),
            *("10000.0", "0.10000", "4." + "9" * 5000),
        )
    ),
]


def name(value: object) -> str:
    """A short name of a case."""
    return (
        value.expected
        if isinstance(value, Kind)
        else ascii(value)[:30]
        if isinstance(value, (str, bool, float))
        else type(value).__name__
    )


ALONE_OR_MANY = attr.evolve(NUMBERS, types=(int, tuple))


class TestKind:
    """One kind of value."""

    @pytest.mark.parametrize(("kind", "values"), GOOD, ids=name)
    def test_it_accepts_its_values(self, kind: Kind, values: List[object]) -> None:
        """Whatever is of the kind has no fault, the bounds included."""
        for value in values:
            assert kind.faults("x", value) == []

    @pytest.mark.parametrize(("kind", "value", "expected"), WRONG_TYPES, ids=name)
    def test_it_refuses_another_type(self, kind: Kind, value: object, expected: str) -> None:
        """A value of another type, a subclass too, is an InvalidType; a bool is no int."""
        (fault,) = kind.faults("x", value)
        assert type(fault) is InvalidType
        assert (fault.path, fault.value is value, fault.expected) == ("x", True, expected)

    @pytest.mark.parametrize(("kind", "value", "expected"), WRONG_VALUES, ids=name)
    def test_it_refuses_another_value(self, kind: Kind, value: object, expected: str) -> None:
        """A value of the type, but out of bounds or of another form, is an InvalidValue."""
        (fault,) = kind.faults("x", value)
        assert type(fault) is InvalidValue
        assert (fault.path, fault.value is value, fault.expected) == ("x", True, expected)

    def test_it_names_each_item(self) -> None:
        """In a tuple every wrong item is a fault, with its index."""
        faults = NUMBERS.faults("x", (2, 1, "3", 5, 6))
        assert [(type(f), f.path, f.value, f.expected) for f in faults] == [
            (InvalidValue, "x[1]", 1, "an integer from 2 to 5"),
            (InvalidType, "x[2]", "3", "an integer from 2 to 5"),
            (InvalidValue, "x[4]", 6, "an integer from 2 to 5"),
        ]

    def test_the_compiled_check_says_the_same(self) -> None:
        """The check that is compiled from kinds refuses just what the close look refuses."""

        @attr.s(auto_attribs=True)
        class One:
            field: object

        optionally = optional(NUMBERS)
        for kind, value in (
            *((kind, value) for kind, values in GOOD for value in values),
            *((kind, value) for kind, value, _ in (*WRONG_TYPES, *WRONG_VALUES)),
            *((NUMBERS, value) for value in ((), (2, 5), (2, 6), (True, 2), [2])),
            *((WORDS, value) for value in (("", "x"), ("x", 1))),
            *((optionally, value) for value in (None, (1,), (2,))),
            *((ALONE_OR_MANY, value) for value in (2, 9, (2,), (9,), "2")),
        ):
            check = Fields(field=kind).check
            faults = kind.faults("field", value)
            if faults:
                assert len(refused(check, One(value)).all) == len(faults), (kind, value)
            else:
                check(One(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [([1, [2]], (1, [2])), ((1,), (1,)), ([], ()), ("ab", "ab"), (None, None), ({1: 2}, {1: 2})],
)
def test_lists_become_tuples(value: object, expected: object) -> None:
    """A list becomes a tuple; all else is left to the check."""
    made = as_tuple(value)
    assert (made, type(made)) == (expected, type(expected))


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Sample:
    """A class with fields of several kinds."""

    count: Any = 2
    memory_mib: Any = 1
    word: Any = None
    numbers: Any = ()


SAMPLE = Fields(count=NUMBER, memory_mib=integer(1), word=optional(choice("off")), numbers=NUMBERS)


class TestFields:
    """The fields of a class."""

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"count": 5, "word": "off"},
            {"numbers": (2, 3, 5)},
            {"count": 2, "memory_mib": INT_MAX, "word": None},
        ],
    )
    def test_a_good_object_passes(self, values: Any) -> None:
        """An object whose fields are of their kinds has no fault."""
        SAMPLE.check(Sample(**values))
        assert SAMPLE.faults(Sample(**values)) == []

    @pytest.mark.parametrize(
        ("values", "paths"),
        [
            ({"count": 1}, ["count"]),
            ({"count": 6}, ["count"]),
            ({"count": "2"}, ["count"]),
            ({"count": True}, ["count"]),
            ({"count": None}, ["count"]),
            ({"word": "on"}, ["word"]),
            ({"word": 0}, ["word"]),
            ({"numbers": (2, 9)}, ["numbers[1]"]),
            ({"numbers": [2]}, ["numbers"]),
            ({"numbers": ("2", True)}, ["numbers[0]", "numbers[1]"]),
            (
                {"numbers": (6,), "word": "", "memory_mib": 0, "count": 2.0},
                ["count", "memory_mib", "word", "numbers[0]"],
            ),
        ],
    )
    def test_every_wrong_field_is_named(self, values: Any, paths: List[str]) -> None:
        """A bad object is refused with all of its faults, in the order of the fields."""
        error = refused(SAMPLE.check, Sample(**values))
        assert [fault.path for fault in error.all] == paths

    def test_the_keys_are_camel_case(self) -> None:
        """A field's key in JSON is in camel case, MiB as it is written."""
        assert SAMPLE.json_keys() == {
            "count": "count",
            "memoryMiB": "memory_mib",
            "word": "word",
            "numbers": "numbers",
        }
        kinds = dict.fromkeys(("memory_hard_limit_mib", "enable_guest_events"), BOOL)
        assert list(Fields(**kinds).json_keys()) == ["memoryHardLimitMiB", "enableGuestEvents"]
