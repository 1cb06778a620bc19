"""The values of a forecast, their JSON, and what a person reads."""

import itertools
import json
import math
import pickle
from typing import Any, Dict, List, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import paths, refusal, refused
from times import ms_of
from zcpolicy._forecast.forecast import BOUNDS, OUTCOMES, Forecast, Round
from zcpolicy._forecast.text import (
    action_text,
    limit_text,
    range_text,
    size_text,
    time_text,
    upper_text,
)
from zcpolicy._forecast.workload import Workload

_NUMBER = "a number from 0 to 2147483647"
_RATE = (
    f"a rate in MiB/s, {_NUMBER}, or up to 1000 pairs (from second, MiB/s), the first from "
    "second 0 and each later than the one before"
)
_PAIR = "a pair (from second, MiB/s) of numbers from 0 to 2147483647"
_SET = "an integer from 0 to 2147483647"
_FROM_1 = "an integer from 1 to 2147483647"
RANGE = "a pair of integers from 0, the second at least the first, or none for an open end"

_numbers = st.one_of(st.integers(0, 2147483647), st.floats(0, 2147483647))
_rates = st.one_of(
    _numbers,
    st.lists(st.tuples(_numbers, _numbers), max_size=5, unique_by=lambda pair: pair[0]).map(
        lambda pairs: ((0, 1), *sorted(pair for pair in pairs if pair[0] > 0))
    ),
)
workloads = st.builds(
    Workload,
    dirty_mib_s=_rates,
    working_set_mib=st.integers(1, 2147483647),
    zero_share=st.one_of(st.floats(0, 1), st.integers(0, 1)),
    link_mbps=st.one_of(st.none(), st.floats(1, 1e6), st.integers(1, 2147483647)),
    overhead_ms=st.integers(0, 2147483647),
)


def workload(**changes: Any) -> Workload:
    return Workload(**{"dirty_mib_s": 100, "working_set_mib": 50, **changes})


class TestWorkload:
    """What the guest does."""

    def test_its_defaults(self) -> None:
        """No zero pages; nothing is said of the network and of the host."""
        made = workload()
        assert made.zero_share == 0.0
        others = (made.link_mbps, made.connection_mbps, made.zero_scan_mib_s, made.overhead_ms)
        assert others == (None,) * 4

    @pytest.mark.parametrize(
        "rate",
        [
            0,
            0.5,
            2147483647,
            ((0, 5),),
            ((0.0, 5.5), (0.5, 0), (2147483647, 1)),
            tuple((second, 1) for second in range(1000)),
        ],
        ids=itertools.count(),
    )
    def test_a_rate_is_a_number_or_changes(self, rate: Any) -> None:
        """A dirty rate is a number, or up to 1000 pairs from second 0 on."""
        assert workload(dirty_mib_s=rate).dirty_mib_s == rate

    @pytest.mark.parametrize("rate", [[[0, 1], [2, 3]], ([0, 1], [2, 3]), [(0, 1), (2, 3)]])
    def test_lists_become_tuples(self, rate: Any) -> None:
        """A rate as JSON has it is turned into tuples, so that the workload can be hashed."""
        made = workload(dirty_mib_s=rate)
        assert made.dirty_mib_s == ((0, 1), (2, 3))
        assert made == workload(dirty_mib_s=((0, 1), (2, 3)))
        assert len({made, workload(dirty_mib_s=((0, 1), (2, 3)))}) == 1

    @pytest.mark.parametrize(
        ("field", "value", "path", "expected"),
        [
            *(
                ("dirty_mib_s", value, "dirty_mib_s", _RATE)
                for value in (
                    -1,
                    -0.1,
                    2147483648,
                    math.nan,
                    math.inf,
                    True,
                    None,
                    "5",
                    (),
                    ((1, 5),),
                    ((0, 5), (0, 6)),
                    ((0, 5), (3, 6), (2, 7)),
                    tuple((second, 1) for second in range(1001)),
                )
            ),
            *(
                ("dirty_mib_s", ((0, 1), value), "dirty_mib_s[1]", _PAIR)
                for value in (5, None, (), (1,), (1, 2, 3), (1, -1), (-1, 1), (1, True), ("1", 2))
            ),
            *(
                ("working_set_mib", value, "working_set_mib", _SET)
                for value in (-1, 1.0, True, None, 2147483648)
            ),
            *(
                ("zero_share", value, "zero_share", "a number from 0 to 1")
                for value in (-0.01, 1.01, math.nan, True, None, "0")
            ),
            *(
                ("link_mbps", value, "link_mbps", "a number from 1 to 2147483647, or none")
                for value in (0, 0.99, math.inf, math.nan, True, "1")
            ),
            *(
                ("overhead_ms", value, "overhead_ms", "an integer from 0 to 2147483647, or none")
                for value in (-1, 0.5, True)
            ),
        ],
        ids=itertools.count(),
    )
    def test_what_is_refused(self, field: str, value: Any, path: str, expected: str) -> None:
        """Each field has its kind of value; of a changing rate the bad pair is named."""
        found = refusal(workload, **{field: value})
        assert (found[0], found[2]) == (path, expected)

    def test_all_faults_are_named(self) -> None:
        """One error carries all."""
        wrong: Dict[str, Any] = {"dirty_mib_s": ((0, 1), 5, 6), "zero_share": 2, "overhead_ms": -1}
        assert paths(workload, **wrong) == [
            "dirty_mib_s[1]",
            "dirty_mib_s[2]",
            "zero_share",
            "overhead_ms",
        ]

    @given(made=workloads)
    def test_json_and_back(self, made: Workload) -> None:
        """A workload is the same after a trip through JSON, and through repr and pickle."""
        assert Workload.from_json(json.loads(json.dumps(made.to_json()))) == made
        assert eval(repr(made), {"Workload": Workload}) == made
        assert pickle.loads(pickle.dumps(made)) == made

    def test_json_has_every_key(self) -> None:
        """All is spelled out, in camelCase."""
        assert workload(dirty_mib_s=((0, 1), (2, 3.5)), link_mbps=940).to_json() == {
            "dirtyMiBs": [[0, 1], [2, 3.5]],
            "workingSetMiB": 50,
            "zeroShare": 0.0,
            "linkMbps": 940,
            "connectionMbps": None,
            "zeroScanMiBs": None,
            "overheadMs": None,
        }

    def test_null_is_the_default(self) -> None:
        """Only rate and working set must be there."""
        document = {"dirtyMiBs": 100, "workingSetMiB": 50, "zeroShare": None, "linkMbps": None}
        assert Workload.from_json(document) == workload()

    @pytest.mark.parametrize(
        ("document", "found"),
        [
            (5, [""]),
            ({}, ["dirtyMiBs", "workingSetMiB"]),
            ({"dirtyMiBs": None, "workingSetMiB": 1}, ["dirtyMiBs"]),
            (
                {"dirtyMiBs": [[0, 1], [1]], "zeroShare": 2},
                ["workingSetMiB", "dirtyMiBs[1]", "zeroShare"],
            ),
            ({"dirtyMiBs": 1, "workingSetMiB": 0, "linkMbps": 0}, ["linkMbps", "workingSetMiB"]),
            ({"dirtyMiBs": 1, "workingSetMiB": 1, "dirtyMibS": 1}, ["dirtyMibS"]),
            ({"dirtyMiBs": [[0, 1], [0, 1]], "workingSetMiB": 1}, ["dirtyMiBs"]),
        ],
        ids=itertools.count(),
    )
    def test_what_is_no_workload_is_refused(self, document: Any, found: List[str]) -> None:
        """Every fault of a document is named by its key."""
        assert paths(Workload.from_json, document) == found


def measured(**changes: Any) -> Workload:
    return Workload.measured(**{"rate_mib_s": 100, "working_set_mib": 400, **changes})


class TestMeasured:
    """A workload of what QEMU's calc-dirty-rate says."""

    @pytest.mark.parametrize(
        ("rate", "working_set", "period", "volume"),
        [
            (0, 400, 1, 0),
            (200, 400, 1, 400 * math.log(2)),
            (100, 400, 2, 200 * math.log(2)),
            (300, 400, 1, 400 * math.log(4)),
            (2000, 400, 0.1, 4000 * math.log(2)),
            (1, 4000000, 0.05, 1),
        ],
    )
    def test_values(self, rate: float, working_set: int, period: float, volume: float) -> None:
        """Half of the working set in a period is ln 2 of it written, three quarters twice that."""
        made = measured(rate_mib_s=rate, working_set_mib=working_set, period_s=period)
        assert made.dirty_mib_s == pytest.approx(volume)
        assert made.working_set_mib == working_set

    @given(
        written=st.floats(0, 20),
        working_set=st.integers(1, 5 * 10**6),
        period=st.floats(0.05, 60),
    )
    def test_it_is_undone(self, written: float, working_set: int, period: float) -> None:
        """What a guest of the model would be measured to dirty gives back how fast it writes."""
        volume = written * working_set / period
        seen = working_set * -math.expm1(-written) / period
        made = measured(rate_mib_s=seen, working_set_mib=working_set, period_s=period)
        assert made.dirty_mib_s == pytest.approx(volume, rel=1e-5)

    def test_a_second_is_the_default(self) -> None:
        """It is QEMU's and virsh's."""
        assert measured() == measured(period_s=1)

    def test_the_other_fields(self) -> None:
        """They are those of every workload."""
        made = measured(zero_share=0.5, link_mbps=940, overhead_ms=5)
        assert (made.zero_share, made.link_mbps, made.overhead_ms) == (0.5, 940, 5)
        assert paths(measured, zero_share=2, overhead_ms=-1) == ["zero_share", "overhead_ms"]

    @pytest.mark.parametrize("name", ["rates", "rate_mib_s", "working_set_mib", "overhead_ms"])
    def test_a_misspelt_keyword_gets_a_hint(self, name: str) -> None:
        """Before anything is said of what is missing for it, what was meant is."""
        error = refused(Workload.measured, **{f"{name}x": 7})
        assert str(error) == (
            f"{name}x: measured has no parameter '{name}x'; did you mean '{name}'?"
        )

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            *(("rate_mib_s", value, _NUMBER) for value in (-1, math.nan, True, None, ((0, 1),))),
            *(("working_set_mib", value, _FROM_1) for value in (0, 1.5, None)),
            *(
                ("period_s", value, "a number from 0.05 to 60")
                for value in (0, 0.049, 60.1, math.nan, True, "1")
            ),
        ],
        ids=itertools.count(),
    )
    def test_what_is_refused(self, field: str, value: Any, expected: str) -> None:
        """Each argument has its kind of value."""
        assert refusal(measured, **{field: value}) == (field, value, expected)

    def test_all_faults_are_named(self) -> None:
        """One error carries all."""
        wrong = {"rate_mib_s": -1, "working_set_mib": 0, "period_s": 0}
        assert paths(measured, **wrong) == [*wrong]

    @pytest.mark.parametrize(("rate", "period"), [(100, 4), (101, 4), (400, 1)])
    def test_a_period_may_be_too_long(self, rate: int, period: int) -> None:
        """Where all of the working set was dirtied one cannot tell how fast."""
        error = refused(measured, rate_mib_s=rate, period_s=period)
        assert (error.path, error.value) == ("period_s", period)
        assert error.expected == "a period in which less than 400 MiB is dirtied"
        assert error.message == (
            f"period_s: too long: at {rate} MiB/s the whole working set of 400 MiB is "
            f"dirtied within {period} s"
        )


def a_round(**changes: Any) -> Round:
    fields = {
        "iteration": 1,
        "start_ms": 0,
        "end_ms": 100,
        "remaining_bytes": 8 << 30,
        "left_bytes": 1 << 20,
        "sent_bytes": 9 << 30,
        "dirtied_bytes": 2 << 20,
        "limit_ms": 300,
    }
    return Round(**{**fields, **changes})


def a_forecast(**changes: Any) -> Forecast:
    fields = {
        "outcome": "completes",
        "outcomes": ["completes"],
        "total_ms": 200,
        "total_ms_range": (190, 210),
        "downtime_ms": 100,
        "downtime_ms_range": (50, 300),
        "sent_mib": 9217,
        "sent_mib_range": (9000, 9300),
        "throttle": 0,
        "throttle_range": (0, 20),
        "verdict": "It completes.",
        "rounds": [a_round()],
        "rest_bytes": 3 << 20,
        "bytes_per_s": 1 << 30,
        "bound_by": "link",
        "plateau_ms": 0,
        "near_edge": False,
    }
    return Forecast(**{**fields, **changes})


_COUNTS = ("start_ms", "end_ms", "remaining_bytes", "left_bytes", "sent_bytes", "dirtied_bytes")


class TestRound:
    """One round."""

    def test_its_defaults(self) -> None:
        """A round is one round, without throttle and action."""
        made = a_round()
        assert (made.count, made.throttle, made.actions) == (1, 0, ())

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            *((field, -1, "an integer from 0") for field in (*_COUNTS, "limit_ms")),
            *((field, 1.0, "an integer from 0") for field in _COUNTS),
            ("iteration", 0, "an integer from 1"),
            ("count", 0, "an integer from 1"),
            ("throttle", -1, "an integer from 0 to 99"),
            ("throttle", 100, "an integer from 0 to 99"),
            ("actions", 5, "a list of pairs of a time in ms and an Action"),
        ],
    )
    def test_what_is_refused(self, field: str, value: Any, expected: str) -> None:
        """Each field has its kind of value."""
        assert refusal(a_round, **{field: value}) == (field, value, expected)

    @pytest.mark.parametrize(
        "action", [5, (), (1,), (-1, zc.Action(name="abort")), (1, "abort"), (1, 2, 3)]
    )
    def test_an_action_has_a_time(self, action: Any) -> None:
        """An action is a pair of a time and an Action."""
        found = refusal(a_round, actions=[action])
        assert found == ("actions[0]", action, "a pair of a time in ms and an Action")

    def test_large_numbers_are_good(self) -> None:
        """Days of a large VM are more than Engine's integers hold."""
        assert a_round(end_ms=10**30, sent_bytes=10**30).end_ms == 10**30


class TestForecast:
    """The forecast as a value."""

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            ("outcome", "fails", "one of 'completes', 'post-copy', 'aborted', 'never'"),
            ("total_ms", -1, "an integer from 0"),
            ("downtime_ms", -1, "an integer from 0"),
            ("sent_mib", 0.5, "an integer from 0"),
            ("verdict", None, "a string"),
            ("rounds", 5, "a list of at least one Round"),
            ("rounds", (), "a list of at least one Round"),
            ("rest_bytes", -1, "an integer from 0"),
            ("bytes_per_s", 0, "an integer from 1"),
            ("bound_by", "qemu", "one of 'vdsm', 'bandwidth', 'link', 'connections'"),
            ("plateau_ms", -1, "an integer from 0"),
            ("outcomes", (), "a list of at least one outcome"),
            ("total_ms_range", (1,), RANGE),
            ("total_ms_range", (5, 4), RANGE),
            ("sent_mib_range", (None, 4), RANGE),
            ("downtime_ms_range", (-1, 4), RANGE),
            ("throttle_range", 5, RANGE),
            ("throttle", 100, "an integer from 0 to 99"),
            ("assumed", "much", "a list of strings"),
            ("near_edge", None, "true or false"),
        ],
    )
    def test_what_is_refused(self, field: str, value: Any, expected: str) -> None:
        """Each field has its kind of value."""
        assert refusal(a_forecast, **{field: value}) == (field, value, expected)

    def test_an_open_end_is_none(self) -> None:
        """A migration that may never end has no last time."""
        assert a_forecast(total_ms_range=[5, None]).total_ms_range == (5, None)

    @pytest.mark.parametrize("outcome", OUTCOMES)
    def test_it_is_a_value(self, outcome: str) -> None:
        """It can be compared, hashed and pickled."""
        made = a_forecast(outcome=outcome)
        assert made == a_forecast(outcome=outcome)
        assert len({made, a_forecast(outcome=outcome), a_forecast(total_ms=5)}) == 2
        assert pickle.loads(pickle.dumps(made)) == made

    def test_json(self) -> None:
        """All of it, in camelCase, actions as objects."""
        acts = a_round(
            iteration=2, actions=((50, zc.Action(name="setDowntime", params=["400"])),), throttle=20
        )
        assert a_forecast(rounds=[acts]).to_json() == {
            "outcome": "completes",
            "outcomes": ["completes"],
            "totalMs": 200,
            "totalMsRange": [190, 210],
            "downtimeMs": 100,
            "downtimeMsRange": [50, 300],
            "sentMiB": 9217,
            "sentMiBRange": [9000, 9300],
            "throttle": 0,
            "throttleRange": [0, 20],
            "verdict": "It completes.",
            "rounds": [
                {
                    "iteration": 2,
                    "count": 1,
                    "startMs": 0,
                    "endMs": 100,
                    "remainingBytes": 8 << 30,
                    "leftBytes": 1 << 20,
                    "sentBytes": 9 << 30,
                    "dirtiedBytes": 2 << 20,
                    "throttle": 20,
                    "limitMs": 300,
                    "actions": [{"atMs": 50, "name": "setDowntime", "params": ["400"]}],
                }
            ],
            "restBytes": 3 << 20,
            "bytesPerS": 1 << 30,
            "boundBy": "link",
            "plateauMs": 0,
            "nearEdge": False,
            "assumed": [],
        }


# About the places where another unit begins, and near to one another.
TIMES = st.one_of(
    st.integers(0, 100_000),
    st.builds(
        lambda unit, more: max(0, unit + more),
        st.sampled_from((1000, 2000, 60_000, 600_000, 3_600_000, 86_400_000)),
        st.integers(-2000, 2000),
    ),
    st.integers(0, 10**9),
)


def order(a: float, b: float) -> int:
    return (a > b) - (a < b)


class TestWords:
    """Times, sizes and actions."""

    @pytest.mark.parametrize(
        ("ms", "text"),
        [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1 s"),
            (1049, "1 s"),
            (1050, "1.1 s"),
            (59949, "59.9 s"),
            (59950, "1 min"),
            (60000, "1 min"),
            (125400, "2 min 5 s"),
            (3599499, "59 min 59 s"),
            (3599500, "1 h"),
            (3640000, "1 h 1 min"),
            (86369999, "23 h 59 min"),
            (86370000, "1 d"),
            (90000000, "1 d 1 h"),
        ],
    )
    def test_times(self, ms: int, text: str) -> None:
        """A time has at most two units, and is rounded."""
        assert time_text(ms) == text

    @pytest.mark.parametrize(
        ("ms", "beside", "text"),
        [
            (2038, [2000], "2.04 s"),
            (2004, [2000], "2.004 s"),
            (1960, [2000], "1.96 s"),
            (1960, [2000, 1961], "1.96 s"),
            (2000, [2000], "2 s"),
            (2038, [], "2 s"),
            (599_700, [600_000], "9 min 59.7 s"),
            (3_640_000, [3_600_000], "1 h 1 min"),
            (3_600_009, [3_600_000], "1 h 0.01 s"),
            (3_601_009, [3_600_000.5], "1 h 1 s"),
            (90_000_000, [86_400_000], "1 d 1 h"),
        ],
    )
    def test_a_time_beside_another(self, ms: int, beside: List[float], text: str) -> None:
        """It has the digits that tell it from a limit or a goal, and no more."""
        assert time_text(ms, *beside) == text

    @given(TIMES, st.lists(TIMES, max_size=3))
    def test_a_time_reads_as_it_compares(self, ms: int, beside: List[int]) -> None:
        """Less, equal or more than what stands beside it, and as near as its digits say."""
        for text in (time_text(ms, *beside), upper_text(ms, *beside)):
            found = ms_of(text)
            assert [order(found, each) for each in beside] == [order(ms, each) for each in beside]
            assert abs(found - ms) <= ms / 10

    @given(TIMES, TIMES)
    def test_a_longer_time_never_reads_shorter(self, a: int, b: int) -> None:
        """Rounding keeps the order."""
        a, b = sorted((a, b))
        assert ms_of(time_text(a)) <= ms_of(time_text(b))
        assert ms_of(upper_text(a)) <= ms_of(upper_text(b))

    @given(TIMES)
    def test_what_was_set_is_exact(self, ms: int) -> None:
        """A limit reads as it was set."""
        assert ms_of(limit_text(ms)) == ms

    @given(TIMES, TIMES, st.lists(TIMES, max_size=2))
    def test_a_range_holds_what_it_is_of(self, a: int, b: int, beside: List[int]) -> None:
        """Its ends are rounded outwards, and compare with what stands beside them as they are."""
        low, high = sorted((a, b))
        first, _, second = range_text((low, high), *beside).partition(" to ")
        ends = (ms_of(first), ms_of(second or first))
        assert (low == high and not second) or (ends[0] <= low and high <= ends[1])
        for end, exact in zip(ends, (low, high)):
            assert [order(end, each) for each in beside] == [order(exact, each) for each in beside]
        open_end = range_text((low, None), *beside)
        assert open_end.endswith(" or more")
        assert low * 0.9 <= ms_of(open_end[: -len(" or more")]) <= low

    @pytest.mark.parametrize(
        ("size", "text"),
        [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1048524, "1023.9 KiB"),
            (1048525, "1.0 MiB"),
            (1 << 20, "1.0 MiB"),
            ((1 << 30) - 1, "1.0 GiB"),
            (12777000000, "11.9 GiB"),
            (3 << 40, "3.0 TiB"),
            (5 << 50, "5120.0 TiB"),
        ],
    )
    def test_sizes(self, size: int, text: str) -> None:
        """A size has one decimal."""
        assert size_text(size) == text

    @pytest.mark.parametrize(
        ("name", "params", "text"),
        [
            ("setDowntime", ("1500",), "downtime limit 1.5 s"),
            ("abort", (), "abort"),
            ("postcopy", (), "switch to post-copy"),
        ],
    )
    def test_actions(self, name: Any, params: Tuple[str, ...], text: str) -> None:
        """An action says what it does."""
        assert action_text(zc.Action(name=name, params=params)) == text


def forecast(
    policy: Any = "Minimal downtime", memory: int = 8192, mbps: int = 2000, **more: Any
) -> Forecast:
    made = zc.resolve(
        zc.Cluster(bandwidth=mbps), zc.Host(), policy, zc.VM(memory_mib=memory, vcpus=4)
    )
    return zc.simulate(made, Workload(**more))


COMPLETES = """\
Sure, given what is known: it completes.
It completes after 1 min 36 s, in round 10: the rest, 16.1 MiB, fits the
downtime limit of 150 ms, with the guest throttled by 20 %; add 50 ms of
overhead.

  1 min 19 s to 1 min 54 s in all
  10.2 GiB to 13.5 GiB sent; downtime 2 ms to 500 ms
  sent at 125 MiB/s, the bandwidth of the request
  assumed: the network carries the bandwidth limit, and no more at the
  switchover; a switchover takes 50 ms on top of sending the rest; the guest
  writes one working set, all pages equally often, at random; QEMU is older than
  9.2, which throttles sooner in long rounds

  round              from     to send                                  throttle
  1                  0 ms     8.0 GiB  ##|###########################         -
  2             1 min 6 s     1.8 GiB  ##|#####################               -
  3            1 min 21 s   893.7 MiB  ##|##################                  -
  4            1 min 28 s   488.6 MiB  ####|#############                     -
               1 min 30 s   downtime limit 150 ms
  5            1 min 32 s   286.9 MiB  ####|###########                    20 %
  6-9          1 min 34 s   143.6 MiB  ####|########                       20 %
  10           1 min 36 s    22.4 MiB  ####|                               20 %

  # to send when a round begins, | fits the downtime limit; logarithmic"""


class TestText:
    """What `print` shows."""

    def test_a_forecast(self) -> None:
        """Verdict, totals, the rounds with bars, the limit in them, and what Vdsm does."""
        shown = forecast(dirty_mib_s=77.5, working_set_mib=2048)
        assert str(shown) == COMPLETES

    def test_long_runs_are_folded(self) -> None:
        """Of a long run of rounds in which nothing happens only the ends are shown."""
        rounds = [a_round(iteration=i, start_ms=i) for i in range(1, 8)]
        lines = str(a_forecast(rounds=rounds)).splitlines()
        assert [line.split()[0] for line in lines[7:-2]] == ["round", "1", "2-6", "7"]
        lines = str(a_forecast(rounds=rounds[:3])).splitlines()
        assert [line.split()[0] for line in lines[7:-2]] == ["round", "1", "2", "3"]

    @pytest.mark.parametrize(
        "change",
        [
            {"throttle": 20},
            {"limit_ms": 500},
            {"actions": ((5, zc.Action(name="setDowntime", params=["300"])),)},
        ],
    )
    def test_what_happens_is_not_folded(self, change: Dict[str, Any]) -> None:
        """A new throttle or limit, or an action, is always shown."""
        rounds = [a_round(iteration=i, start_ms=i) for i in range(1, 12)]
        rounds[5] = attr.evolve(rounds[5], **change)
        shown = [line.split()[0] for line in str(a_forecast(rounds=rounds)).splitlines()[8:-2]]
        assert [word for word in shown if word[0].isdigit() and len(word) < 5][:4] == [
            "1",
            "2-4",
            "5",
            "6",
        ]

    def test_a_run_of_equal_rounds_is_one_line(self) -> None:
        """A record of many rounds says from which to which."""
        assert "  2-11 " in str(a_forecast(rounds=[a_round(), a_round(iteration=2, count=10)]))

    def test_large_numbers_shorten_the_bar(self) -> None:
        """Rounds by the billion over years fit a line, too."""
        long = a_round(iteration=10**9, count=10**10, start_ms=10**15, end_ms=10**16, throttle=99)
        line = str(a_forecast(rounds=[a_round(), long])).splitlines()[-3]
        assert line.startswith("  1000000000-10999999999 11574074 d 1 h 46 min 40 s     8.0 GiB  #")
        assert line.endswith("      99 %")
        assert len(line) == 79

    def test_rows_past_an_hour_have_seconds(self) -> None:
        """Rounds of a few seconds are apart there, too; the other columns stay where they are."""
        starts = (0, 3_661_000, 3_667_000, 36_000_499, 86_405_000)
        rounds = [
            a_round(iteration=i, start_ms=ms, throttle=10 * i) for i, ms in enumerate(starts, 1)
        ]
        head, *lines = str(a_forecast(rounds=rounds)).splitlines()[7:-2]
        assert [line[7:25].strip() for line in lines] == [
            *("0 ms", "1 h 1 min 1 s", "1 h 1 min 7 s", "10 h", "1 d 5 s")
        ]
        assert {line.index("8.0 GiB") for line in lines} == {head.index("to send")} == {30}
        assert {len(line) for line in lines} == {79}

    def test_the_edge_is_said(self) -> None:
        """A forecast near the edge warns of it."""
        unsure = a_forecast(outcomes=["completes", "never"], near_edge=True)
        assert str(unsure).splitlines()[0] == (
            "Not sure: given what is known, it completes or never ends."
        )
        gave_up = a_forecast(outcome="never", outcomes=["never"], near_edge=True)
        assert str(gave_up).splitlines()[0] == "Not sure: as far as the model ran, it never ends."
        assert str(a_forecast()).splitlines()[0] == "Sure, given what is known: it completes."

    def test_totals(self) -> None:
        """Between what time, bytes and downtime are; without a downtime it says so."""
        shown = str(a_forecast()).splitlines()[3:5]
        assert shown == [
            "  190 ms to 210 ms in all",
            "  8.8 GiB to 9.1 GiB sent; downtime 50 ms to 300 ms",
        ]
        shown = str(
            a_forecast(
                total_ms_range=(200, None), sent_mib_range=(1024, 1024), downtime_ms_range=(0, 0)
            )
        ).splitlines()[3:5]
        assert shown == ["  200 ms or more in all", "  1.0 GiB sent; no downtime"]

    @pytest.mark.parametrize(
        ("rate", "bound", "line"),
        [
            (52 << 20, "vdsm", "52 MiB/s, Vdsm's default bandwidth, since the request sets none"),
            (125 << 20, "bandwidth", "125 MiB/s, the bandwidth of the request"),
            (117500000, "link", "112.1 MiB/s, the capacity of the link"),
            (
                318750000000,
                "connections",
                "303983.7 MiB/s, the capacity of its connections",
            ),
        ],
    )
    def test_the_rate_is_said(self, rate: int, bound: str, line: str) -> None:
        """How fast it sends, and what keeps it from more."""
        shown = str(a_forecast(bytes_per_s=rate, bound_by=bound)).splitlines()
        assert shown[5] == f"  sent at {line}"
        assert max(map(len, shown)) <= 80

    def test_every_bound_has_words(self) -> None:
        """No rate is without its reason."""
        assert len({str(a_forecast(bound_by=bound)) for bound in BOUNDS}) == len(BOUNDS)

    def test_words_are_not_broken(self) -> None:
        """A verdict is broken at blanks alone."""
        lines = str(a_forecast(verdict=f"{'x' * 70} post-copy.")).splitlines()
        assert lines[1:3] == ["x" * 70, "post-copy."]

    @pytest.mark.parametrize("limit", [0, 1, 300, 2000000])
    @pytest.mark.parametrize("size", [0, 1, 1 << 60])
    def test_any_round_has_a_bar(self, limit: int, size: int) -> None:
        """Sizes and limits of any kind fit the scale."""
        text = str(a_forecast(rounds=[a_round(limit_ms=limit, remaining_bytes=size)]))
        assert text.splitlines()[8].count("|") == 1

    @given(
        dirty=st.floats(0, 3000),
        working_set=st.integers(1, 8192),
        policy=st.sampled_from([*"abc"]).map(
            dict(zip("abc", ("Minimal downtime", "Post-copy migration", "legacy"))).get
        ),
    )
    def test_it_fits_a_terminal(self, dirty: float, working_set: int, policy: str) -> None:
        """No line is longer than 80 characters, none ends in blanks, all is ASCII."""
        text = str(forecast(policy, dirty_mib_s=dirty, working_set_mib=working_set))
        assert text.isascii()
        for line in text.splitlines():
            assert len(line) <= 80
            assert line == line.rstrip()

    def test_ipython_shows_the_same(self) -> None:
        """IPython's printer gets the text."""
        shown: List[str] = []

        class Printer:
            text = staticmethod(shown.append)

        made = a_forecast()
        made._repr_pretty_(Printer(), False)
        assert shown == [str(made)]
