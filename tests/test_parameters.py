"""What comes out: values in their ranges, and combinations that nobody refuses."""

import itertools
from typing import Any, Dict, List, Tuple

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._model.parameters import PARAMETER_KEYS

ABORT = zc.StallingEntry(limit=-1, action=zc.Action(name="abort"))
SWITCH = zc.StallingEntry(limit=1, action=zc.Action(name="postcopy"))
PLAIN = zc.ConvergenceSchedule(stalling=(ABORT,))
POSTCOPY = zc.ConvergenceSchedule(stalling=(SWITCH, ABORT))

# By field: the default, the key in JSON, what it accepts, good values, wrong values, wrong types.
_BOOL: Tuple[Any, ...] = ("true or false", [True, False], [], [0, 1, None, "true", 1.0])
_INT = "an integer from {} to {}"
_MAX = 2147483647
_NO_INTS = [True, 2.0, "2", float("nan")]
FIELDS: Dict[str, Tuple[Any, ...]] = {
    "zerocopy": (False, "zerocopy", "true or false", [False], [], [0, 1, None, "true"]),
    "parallel": (
        *(None, "parallel", _INT.format(2, 255) + ", or none"),
        *([None, 2, 255], [1, 0, -1, 256, 10**5000], _NO_INTS),
    ),
    "auto_converge": (False, "autoConverge", *_BOOL),
    "compressed": (False, "compressed", *_BOOL),
    "encrypted": (False, "encrypted", *_BOOL),
    "tunnelled": (False, "tunnelled", *_BOOL),
    "max_bandwidth": (
        *(None, "maxBandwidth", _INT.format(1, _MAX) + ", or none"),
        *([None, 1, _MAX], [0, -1, _MAX + 1], _NO_INTS),
    ),
    "downtime": (
        *(None, "downtime", _INT.format(1, 2000000) + ", or none"),
        *([None, 1, 2000000], [0, -1, 2000001], _NO_INTS),
    ),
    "schedule": (
        *(None, "schedule", "a ConvergenceSchedule, or none"),
        *([None, PLAIN, POSTCOPY, zc.ConvergenceSchedule()], [], [{}, PLAIN.to_json(), False]),
    ),
    "enable_guest_events": (False, "enableGuestEvents", *_BOOL),
    "incoming_limit": (
        *(2, "incomingLimit", _INT.format(1, _MAX)),
        *([1, _MAX], [0, -1, _MAX + 1], [*_NO_INTS, None]),
    ),
    "outgoing_limit": (
        *(2, "outgoingLimit", _INT.format(1, _MAX)),
        *([1, _MAX], [0, -1, _MAX + 1], [*_NO_INTS, None]),
    ),
}


class TestFields:
    """Each field."""

    def test_the_defaults(self) -> None:
        """By default nothing is asked for, two migrations at a time."""
        made = attr.asdict(zc.Parameters(), recurse=False)
        assert made == {name: row[0] for name, row in FIELDS.items()}
        assert list(made) == list(FIELDS)

    @pytest.mark.parametrize("name", FIELDS)
    def test_good_values_are_kept(self, name: str) -> None:
        """Every value that is allowed, the bounds included, is kept as it is."""
        for value in FIELDS[name][3]:
            assert getattr(zc.Parameters(**{name: value}), name) is value

    @pytest.mark.parametrize("name", FIELDS)
    def test_wrong_values_are_refused(self, name: str) -> None:
        """A value beyond a bound is an InvalidValue."""
        for value in FIELDS[name][4]:
            assert type(refused(zc.Parameters, **{name: value})) is InvalidValue
            assert refusal(zc.Parameters, **{name: value}) == (name, value, FIELDS[name][2])

    @pytest.mark.parametrize("name", FIELDS)
    def test_wrong_types_are_refused(self, name: str) -> None:
        """A value of another type is an InvalidType; a bool is no int."""
        for value in FIELDS[name][5]:
            error = refused(zc.Parameters, **{name: value})
            assert (type(error), error.path, error.expected) == (InvalidType, name, FIELDS[name][2])
            assert error.value is value

    def test_all_faults_are_named(self) -> None:
        """Wrong fields are told together, and before any combination is looked at."""
        bad = {name: row[5][0] for name, row in FIELDS.items()}
        assert paths(zc.Parameters, **bad) == list(bad)
        assert paths(zc.Parameters, zerocopy=True, compressed=1) == ["compressed"]

    def test_the_keys_of_the_answer(self) -> None:
        """Each field has its key in JSON."""
        assert {row[1]: name for name, row in FIELDS.items()} == PARAMETER_KEYS


# What cannot go together, the field that is named, and what would be accepted.  A value is what
# the switch is, for a combination to be refused.
Switches = Dict[str, bool]
EXCLUDED: List[Tuple[Switches, str, str]] = [
    (
        {"zerocopy": True, "parallel": False},
        "zerocopy",
        "false, or a number of connections in 'parallel'",
    ),
    ({"zerocopy": True, "encrypted": True}, "zerocopy", "false, or no encryption"),
    ({"parallel": True, "compressed": True}, "compressed", "false, or no parallel connections"),
    (
        {"parallel": True, "postcopy": True},
        "schedule",
        "a schedule without postcopy, or no parallel connections",
    ),
    ({"tunnelled": True, "parallel": True}, "tunnelled", "false, or no parallel connections"),
    (
        {"tunnelled": True, "postcopy": True},
        "schedule",
        "a schedule without postcopy, or no tunnel",
    ),
    ({"tunnelled": True, "encrypted": True}, "tunnelled", "false, or no encryption"),
]
SWITCHES: Tuple[str, ...] = (
    "zerocopy",
    "parallel",
    "compressed",
    "encrypted",
    "tunnelled",
    "postcopy",
)


@pytest.mark.parametrize("values", [*itertools.product((False, True), repeat=6)], ids=str)
def test_combinations(values: Tuple[bool, ...]) -> None:
    """Of all combinations those are refused that libvirt or QEMU refuse or are harmed by.

    Each reason is named, with the field, its value, and what would be accepted.
    """
    on: Switches = dict(zip(SWITCHES, values))
    given: Dict[str, Any] = {
        "zerocopy": on["zerocopy"],
        "parallel": 2 if on["parallel"] else None,
        "compressed": on["compressed"],
        "encrypted": on["encrypted"],
        "tunnelled": on["tunnelled"],
        "schedule": POSTCOPY if on["postcopy"] else PLAIN,
    }
    wanted = [
        (field, given[field], expected)
        for row, field, expected in EXCLUDED
        if all(on[name] is value for name, value in row.items())
    ]
    if wanted:
        error = refused(zc.Parameters, **given)
        assert [(f.path, f.value, f.expected) for f in error.all] == wanted
        assert {type(f) for f in error.all} == {InvalidValue}
        assert len({f.problem for f in error.all}) == len(wanted)
    else:
        made = zc.Parameters(**given)
        assert {name: getattr(made, name) for name in given} == given


def test_only_a_stalling_postcopy_is_a_switch() -> None:
    """Vdsm allows post-copy where a stalling entry has it, not where only init does."""
    start = zc.ConvergenceSchedule(init=(SWITCH.action,), stalling=(ABORT,))
    assert zc.Parameters(parallel=2, schedule=start).schedule == start
    assert zc.Parameters(tunnelled=True).schedule is None


class TestToJson:
    """The parameters in the answer."""

    @pytest.mark.parametrize("name", FIELDS)
    def test_each_field_has_its_key(self, name: str) -> None:
        """A field is under its own key, and the others are as by default."""
        default = {row[1]: row[0] for row in FIELDS.values()}
        for value in FIELDS[name][3]:
            given: Dict[str, Any] = {name: value}
            written = value.to_json() if isinstance(value, zc.ConvergenceSchedule) else value
            made = zc.Parameters(**given).to_json()
            assert made == {**default, FIELDS[name][1]: written}
            assert list(made) == list(default)

    def test_zerocopy(self) -> None:
        """Zero-copy goes with connections."""
        made = zc.Parameters(zerocopy=True, parallel=3).to_json()
        assert (made["zerocopy"], made["parallel"]) == (True, 3)
