"""JSON is read by the letter, and whatever is wrong with a document is said at once."""

import itertools
import json
import math
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import refusal, refused
from zcpolicy._base.documents import Reader, join
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._base.fields import Fields, integer
from zcpolicy._base.parsing import parse

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
DEEP = 100_000


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [("", "vm", "vm"), ("vm", "vcpus", "vm.vcpus"), ("list[2]", "id", "list[2].id"), ("", "", "")],
)
def test_join(path: str, key: str, expected: str) -> None:
    """A key comes after its object's path and a dot; at the top it stands alone."""
    assert join(path, key) == expected


class TestParse:
    """The value of a JSON document."""

    @given(JSON)
    def test_it_reads_what_json_writes(self, value: object) -> None:
        """Whatever JSON can say is read as it was, from a str and from UTF-8."""
        text = json.dumps(value, ensure_ascii=False)
        assert parse(text) == value
        assert parse(json.dumps(value).encode("ascii")) == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('"é😀"'.encode(), "é😀"),
            (rb'"\ud83d\ude00"', "😀"),
            (rb'"\ud800"', "\ud800"),  # a lone surrogate: legal JSON, no legal UTF-8
            (b' \t\r\n{"a": [1, 1.0, -0, 1E2]} \n', {"a": [1, 1.0, 0, 100.0]}),
            (b'{"": {"": 1}}', {"": {"": 1}}),
            ('{"a": 1, "A": 2, "a ": 3}', {"a": 1, "A": 2, "a ": 3}),
            ("9" * 4000, int("9" * 4000)),
            ("[" * 100 + "]" * 100, None),
        ],
        ids=itertools.count(),
    )
    def test_it_reads_all_that_is_json(self, text: Union[str, bytes], value: object) -> None:
        """Unusual but legal documents are read."""
        made = parse(text)
        if value is None:
            for _ in range(99):
                (made,) = made
            value = []
        assert (made, type(made)) == (value, type(value))

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (b"", "the text is empty"),
            ("", "the text is empty"),
            (b"\n", "the text is not JSON: Expecting value (line 2, column 1)"),
            (b"{", "the text is not JSON: Expecting property name enclosed in double quotes"),
            (b'{"vm":\n [1,, 2]}', "(line 2, column 5)"),
            (b"{} {}", "the text is not JSON: Extra data (line 1, column 4)"),
            (b"{}\0", "Extra data"),
            (b"{'a': 1}", "the text is not JSON"),
            (b"nul", "the text is not JSON: Expecting value (line 1, column 1)"),
            (b"True", "the text is not JSON: Expecting value"),
            (b"// {}", "the text is not JSON: Expecting value"),
            (b"[01]", "the text is not JSON"),
            (b"[+1]", "the text is not JSON"),
            (b"[.5]", "the text is not JSON"),
            (b"[0x10]", "the text is not JSON"),
            (b'["\n"]', "the text is not JSON: Invalid control character"),
            (rb'["\x41"]', "the text is not JSON: Invalid \\escape"),
            (rb'["\u12"]', "the text is not JSON: Invalid \\uXXXX escape"),
            (b'{"a": "\xff"}', "the text is not UTF-8 (byte 7)"),
            (b'"\xed\xa0\x80"', "the text is not UTF-8 (byte 1)"),  # a surrogate, encoded
            (b'"\xc0\xaf"', "the text is not UTF-8 (byte 1)"),  # an overlong slash
            ("{}".encode("utf-16"), "the text is not UTF-8 (byte 0)"),
            ("[" * DEEP, "the text is nested too deeply"),
            ("[" * DEEP + "]" * DEEP, "the text is nested too deeply"),
            ('{"a":' * DEEP + "1" + "}" * DEEP, "the text is nested too deeply"),
            ("[NaN," + "[" * DEEP + "]" * DEEP + "]", "the text is nested too deeply"),
            ("\ufeff{}", "the text begins with a byte order mark"),
            (b"\xef\xbb\xbf{}", "the text begins with a byte order mark"),
        ],
        ids=itertools.count(),
    )
    def test_it_refuses_what_is_no_json(self, text: Union[str, bytes], problem: str) -> None:
        """A text that is no JSON in UTF-8 is refused, with the place or the reason."""
        error = refused(parse, text)
        assert type(error) is InvalidValue
        assert (error.path, error.value, error.expected) == ("", None, "a JSON document in UTF-8")
        assert problem in error.message
        assert len(error.message) < 120

    @pytest.mark.parametrize(
        ("text", "path", "value"),
        [
            ('{"a": 1, "a": 1}', "a", 1),
            ('{"a": 1, "b": 2, "a": null}', "a", None),
            ('{"a": {}, "a": {}, "a": {"b": 1}}', "a", {"b": 1}),
            (r'{"a": 1, "\u0061": 2}', "a", 2),
            ('{"vm": {"vcpus": 1, "vcpus": 2}}', "vm.vcpus", 2),
            ('[{}, {"x": [0, {"y": 1, "y": 2}]}]', "[1].x[1].y", 2),
        ],
    )
    def test_it_refuses_a_key_given_twice(self, text: str, path: str, value: object) -> None:
        """A key that an object has twice is refused, since nobody knows which was meant."""
        assert refusal(parse, text) == (path, value, "a key given once")
        assert refused(parse, text.encode()).problem == "the key is given twice"

    @pytest.mark.parametrize(
        ("text", "path", "shown"),
        [
            ("NaN", "", "nan"),
            ("Infinity", "", "inf"),
            ("-Infinity", "", "-inf"),
            ('{"vm": {"vcpus": NaN}}', "vm.vcpus", "nan"),
            ('{"a": [0, {"b": -Infinity}]}', "a[1].b", "-inf"),
        ],
    )
    def test_it_refuses_constants(self, text: str, path: str, shown: str) -> None:
        """NaN and the infinities are no JSON, although Python's parser takes them."""
        where, value, expected = refusal(parse, text)
        assert (where, repr(value), expected) == (path, shown, "a number")
        assert refused(parse, text).problem == f"{shown} is not a JSON number"

    @pytest.mark.parametrize(
        ("text", "path", "value"),
        [
            ("1" * 5000, "", "1" * 5000),
            ('{"vm": {"vcpus": -' + "1" * 5000 + "}}", "vm.vcpus", "-" + "1" * 5000),
            ("[2, " + "1" * 5000 + "]", "[1]", "1" * 5000),
        ],
        ids=itertools.count(),
    )
    def test_it_refuses_too_many_digits(self, text: str, path: str, value: str) -> None:
        """An integer of thousands of digits, of which CPython makes no number, is named."""
        assert refusal(parse, text) == (path, value, "a number with fewer digits")
        message = refused(parse, text).message
        assert message.endswith("11... has too many digits")
        assert len(message) < 130

    @pytest.mark.parametrize(
        ("key", "shown"),
        [
            ("k" * 80, "k" * 80),
            ("k" * 81, "'" + "k" * 76 + "..."),
            ("a\nb", r"'a\nb'"),
        ],
        ids=itertools.count(),
    )
    def test_a_key_of_any_text_stays_on_a_line(self, key: str, shown: str) -> None:
        """A key in a path is cut where long and quoted where it would break the line."""
        name = json.dumps(key)
        twice = refused(parse, "{" + f"{name}: 1, {name}: 2" + "}")
        assert twice.path == shown
        assert refused(parse, "{" + f"{name}: NaN" + "}").path == shown
        assert refused(zc.Scenario.from_json, {"vm": {key: 1}}).path == f"vm.{shown}"

    def test_it_names_every_place(self) -> None:
        """What Python's parser lets through is named all at once, in the document's order."""
        text = '{"a": NaN, "b": {"c": 1, "c": {"d": 0, "d": [Infinity]}}, "e": [1.5, -Infinity]}'
        huge = refused(parse, "[NaN, " + "1" * 5000 + "]").all
        assert [fault.path for fault in huge] == ["[0]", "[1]"]
        assert [fault.message for fault in refused(parse, text).all] == [
            "a: nan is not a JSON number",
            "b.c: the key is given twice",
            "b.c.d: the key is given twice",
            "b.c.d[0]: inf is not a JSON number",
            "e[1]: -inf is not a JSON number",
        ]

    def test_a_number_beyond_all_floats_is_read(self) -> None:
        """RFC 8259 sets numbers no bounds: 1e999 is JSON, and left to the check of its field."""
        assert parse("[1e999]") == [math.inf]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Sample:
    """A class with a field that has a default and one that has none."""

    limit: Any
    memory_mib: Any = 1

    def __attrs_post_init__(self) -> None:
        SAMPLE.check(self)


SAMPLE = Fields(limit=integer(0), memory_mib=integer(1))
KEYS = {"stallingLimit": "limit", "memoryMiB": "memory_mib"}


class TestReader:
    """A reader notes faults and goes on."""

    def test_entries_are_by_field_and_without_nulls(self) -> None:
        """Known keys come under their fields' names; null means that the key is missing."""
        reader = Reader()
        document = {"memoryMiB": None, "stallingLimit": 0}
        assert reader.entries(document, "x", KEYS) == {"limit": 0}
        assert reader.entries({}, "x", KEYS) == {}
        assert reader.faults == []

    @pytest.mark.parametrize("document", [None, [], "{}", 1, True, [("a", 1)]])
    def test_what_is_no_object_is_refused(self, document: object) -> None:
        """Anything but a dict is no JSON object."""
        reader = Reader()
        assert reader.entries(document, "x", KEYS, required=("stallingLimit",)) is None
        assert noted(reader) == [(InvalidType, "x", document, "a JSON object")]

    @pytest.mark.parametrize("document", [{}, {"stallingLimit": None}])
    def test_a_required_key_is_missed(self, document: Dict[str, Any]) -> None:
        """A required key that is missing or null is a fault of its own path."""
        reader = Reader()
        found = reader.entries(document, "x", KEYS, required=("stallingLimit",))
        assert found == {}
        assert noted(reader) == [(InvalidValue, "x.stallingLimit", None, "a value")]
        assert reader.faults[0].problem == "the key is missing or null"

    @pytest.mark.parametrize(
        ("key", "problem"),
        [
            (
                "memoryMib",
                "unknown key; did you mean 'memoryMiB'? (known: stallingLimit, memoryMiB)",
            ),
            (
                "memory_mib",
                "unknown key; did you mean 'memoryMiB'? (known: stallingLimit, memoryMiB)",
            ),
            ("xyz", "unknown key (known: stallingLimit, memoryMiB)"),
            ("old", "unknown key; write 'new' (known: stallingLimit, memoryMiB)"),
            (5, "unknown key (known: stallingLimit, memoryMiB)"),
        ],
    )
    @pytest.mark.parametrize("value", [1, None])
    def test_an_unknown_key_is_refused(self, key: Any, value: object, problem: str) -> None:
        """A key that is not known is a fault even where its value is null; the others are read."""
        reader = Reader()
        document = {key: value, "memoryMiB": 2}
        assert reader.entries(document, "x", KEYS, hints={"old": "new"}) == {"memory_mib": 2}
        expected = "one of stallingLimit, memoryMiB"
        assert noted(reader) == [(InvalidValue, f"x.{key}", value, expected)]
        assert reader.faults[0].problem == problem

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, []),
            ([], []),
            (["a", None], [("x[0]", "a"), ("x[1]", None)]),
            (("a",), [("x[0]", "a")]),
        ],
    )
    def test_an_array_has_paths(self, value: object, expected: List[Tuple[str, object]]) -> None:
        """Elements come with their paths; a missing or null array is an empty one."""
        reader = Reader()
        assert reader.array(value, "x") == expected
        assert reader.faults == []

    @pytest.mark.parametrize("value", ["ab", {}, {"0": 1}, 0, False, 1.5])
    def test_what_is_no_array_is_refused(self, value: object) -> None:
        """Anything but a list or tuple is no JSON array."""
        reader = Reader()
        assert reader.array(value, "x") == []
        assert noted(reader) == [(InvalidType, "x", value, "a JSON array")]

    def test_build_makes_the_object(self) -> None:
        """A good document gives the object, which is the result."""
        reader = Reader()
        built = build(reader, {"limit": 3, "memory_mib": 4})
        assert built == Sample(limit=3, memory_mib=4)
        assert reader.result(built) is built

    def test_build_names_faults_by_the_documents_keys(self) -> None:
        """What the object refuses is noted under the path and the keys of the document."""
        reader = Reader()
        assert build(reader, {"limit": -1, "memory_mib": "2"}) is None
        assert noted(reader) == [
            (InvalidValue, "x.stallingLimit", -1, "an integer from 0 to 2147483647"),
            (InvalidType, "x.memoryMiB", "2", "an integer from 1 to 2147483647"),
        ]

    def test_build_checks_what_is_there_without_what_is_not(self) -> None:
        """Where a required field is missing, the faults of the others are not lost."""
        reader = Reader()
        assert build(reader, {"memory_mib": 0}) is None
        assert noted(reader) == [
            (InvalidValue, "x.memoryMiB", 0, "an integer from 1 to 2147483647")
        ]

    def test_build_passes_on_that_there_is_nothing(self) -> None:
        """Nothing is built of nothing, and nothing noted: the fault was noted before."""
        reader = Reader()
        assert build(reader, None) is None
        assert reader.faults == []

    def test_the_result_is_refused_with_all_faults(self) -> None:
        """In the end all faults are raised together, whatever was made."""
        reader = Reader()
        reader.entries([], "a", KEYS)
        reader.array("", "b")
        error = refused(reader.result, Sample(limit=1))
        assert [fault.path for fault in error.all] == ["a", "b"]


def build(reader: Reader, found: Optional[Mapping[str, Any]]) -> Optional[Sample]:
    """A sample of what was found at the path x."""
    return reader.build(Sample, "x", found, KEYS, SAMPLE, required=("limit",))


def noted(reader: Reader) -> List[Tuple[type, str, object, str]]:
    """The faults that the reader noted."""
    return [(type(f), f.path, f.value, f.expected) for f in reader.faults]


def test_deep_values_are_refused_in_short_words() -> None:
    """A document that was nested without JSON's help is refused like any other."""
    deep: List[Any] = []
    for _ in range(DEEP):
        deep = [deep]
    error = refused(zc.Scenario.from_json, {"vm": {"vcpus": deep}, "source": deep})
    assert [fault.message for fault in error.all] == [
        "vm.vcpus: <a huge list> is not an integer from 1 to 2147483647",
        "source: <a huge list> is not a JSON object",
    ]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('{"": 1, "": 2}', [""]),
        ('{"a": 1, "b": 2, "a": 3, "b": 4, "c": 5}', ["a", "b"]),
        ('{"x": {"": 1, "": 2}}', ["x."]),
    ],
)
def test_every_key_that_is_given_twice_is_named(text: str, places: List[str]) -> None:
    """Also the empty key, and more than one of an object."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        parse(text)
    assert [fault.path for fault in caught.value.all] == places
