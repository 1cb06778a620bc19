"""The convergence schedule: its values, its JSON, what Vdsm runs of it, and Vdsm's own."""

import itertools
from typing import Any, Dict, Iterable, List, Optional, Tuple

import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._model.monitor import Monitor
from zcpolicy._model.schedule import ActionName

ABORT = zc.Action(name="abort")
POSTCOPY = zc.Action(name="postcopy")

_MS = "a downtime in ms, an integer from 1 to 2000000"
_ONE = "one parameter, the downtime in ms, an integer from 1 to 2000000"
_NAMES = "one of 'setDowntime', 'postcopy', 'abort'"
_LIMIT = "an integer from -1 to 2147483647"


def downtime(ms: int) -> zc.Action:
    return zc.Action(name="setDowntime", params=(str(ms),))


def schedule(*stalling: Tuple[int, zc.Action], init: Iterable[zc.Action] = ()) -> Any:
    """A schedule with these stalling entries."""
    entries = [zc.StallingEntry(limit=limit, action=action) for limit, action in stalling]
    return zc.ConvergenceSchedule(init=tuple(init), stalling=tuple(entries))


class TestAction:
    """One action."""

    @pytest.mark.parametrize(
        ("params", "text", "ms"),
        [
            (["1"], "1", 1),
            (["2000000"], "2000000", 2000000),
            (("500",), "500", 500),
            (["0500"], "0500", 500),
            ([1], "1", 1),
            ((7,), "7", 7),
            ([2000000], "2000000", 2000000),
        ],
    )
    def test_a_downtime_is_a_number_in_a_string(self, params: Any, text: str, ms: int) -> None:
        """A downtime is 1 to 2,000,000 ms; an integer becomes a string, as Engine sends it."""
        action = zc.Action(name="setDowntime", params=params)
        assert (action.params, action.downtime) == ((text,), ms)

    @pytest.mark.parametrize("name", ["postcopy", "abort"])
    @pytest.mark.parametrize("params", [{}, {"params": ()}, {"params": []}])
    def test_the_others_have_no_parameters(self, name: ActionName, params: Dict[str, Any]) -> None:
        """Post-copy and abort take nothing and set no downtime."""
        action = zc.Action(name=name, **params)
        assert (action.name, action.params, action.downtime) == (name, (), None)

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "0",
                "00",
                "2000001",
                "9999999",
                "10000000",
                "-1",
                "+5",
                "",
                " 5",
                "5 ",
                "5\n",
                "5_0",
            ),
            *("5.0", "1e3", "0x10", "\u0665", "\uff15", "x", "1" * 5000),
        ],
    )
    def test_a_downtime_out_of_range_is_refused(self, text: str) -> None:
        """QEMU takes up to 2,000,000 ms, never reaches 0, and text is no number."""
        given = {"name": "setDowntime", "params": [text]}
        assert type(refused(zc.Action, **given)) is InvalidValue
        assert refusal(zc.Action, **given) == ("params[0]", text, _MS)

    @pytest.mark.parametrize(
        ("number", "text"),
        [
            *((0, "0"), (2000001, "2000001"), (-1, "-1")),
            *((2147483647, "2147483647"), (-2147483647, "-2147483647")),
        ],
    )
    def test_so_is_an_integer(self, number: int, text: str) -> None:
        """An integer is judged as its string."""
        given = {"name": "setDowntime", "params": [number]}
        assert refusal(zc.Action, **given) == ("params[0]", text, _MS)

    @pytest.mark.parametrize("value", [True, 5.0, float("nan"), None, ["5"], b"5"])
    def test_another_type_is_no_parameter(self, value: Any) -> None:
        """A parameter is a string or an integer, and a bool is none."""
        for params in ([value], ["5", value]):
            error = refused(zc.Action, name="setDowntime", params=params)
            assert type(error) is InvalidType
            assert error.path == f"params[{len(params) - 1}]"
            assert error.expected == "a string or an integer"
            assert error.value is value

    @pytest.mark.parametrize(
        ("name", "params", "path", "value", "expected"),
        [
            ("setDowntime", (), "params", (), _ONE),
            ("setDowntime", ["1", "2"], "params", ("1", "2"), _ONE),
            ("postcopy", ["1"], "params", ("1",), "no parameters"),
            ("abort", [0], "params", ("0",), "no parameters"),
            ("setDowntime", "500", "params", "500", "a list"),
            ("setDowntime", 500, "params", 500, "a list"),
            ("abort", None, "params", None, "a list"),
            ("abort", {}, "params", {}, "a list"),
            ("Abort", (), "name", "Abort", _NAMES),
            ("abort ", (), "name", "abort ", _NAMES),
            ("", (), "name", "", _NAMES),
            (None, (), "name", None, _NAMES),
            (1, (), "name", 1, _NAMES),
            ([], (), "name", [], _NAMES),
        ],
    )
    def test_what_vdsm_cannot_do_is_refused(
        self, name: Any, params: Any, path: str, value: object, expected: str
    ) -> None:
        """Vdsm skips an action that it does not know, and fails on wrong parameters."""
        assert refusal(zc.Action, name=name, params=params) == (path, value, expected)

    def test_both_fields_are_named(self) -> None:
        """A wrong name and wrong parameters are told together."""
        assert paths(zc.Action, name="stop", params=[None, "1", True]) == [
            "name",
            "params[0]",
            "params[2]",
        ]


class TestStallingEntry:
    """An action and when it is due."""

    @pytest.mark.parametrize("limit", [-1, 0, 1, 2147483647])
    def test_the_limit_is_an_integer_from_minus_one(self, limit: int) -> None:
        """Both bounds are good."""
        entry = zc.StallingEntry(limit=limit, action=ABORT)
        assert (entry.limit, entry.action) == (limit, ABORT)

    @pytest.mark.parametrize("limit", [-2, 2147483648, True, 1.0, "1", None])
    def test_another_limit_is_refused(self, limit: Any) -> None:
        """Below -1, beyond Java's int, and what is no int, is refused."""
        assert refusal(zc.StallingEntry, limit=limit, action=ABORT) == ("limit", limit, _LIMIT)

    @pytest.mark.parametrize("action", ["abort", None, {"name": "abort"}])
    def test_another_action_is_refused(self, action: Any) -> None:
        """The action is an Action."""
        assert refusal(zc.StallingEntry, limit=0, action=action) == ("action", action, "an Action")


class TestConvergenceSchedule:
    """The list of what is done."""

    def test_it_is_empty_by_default(self) -> None:
        """Nothing is done by default, which is what may be in a request."""
        made = zc.ConvergenceSchedule()
        assert (made.init, made.stalling) == ((), ())
        assert (made.runs_out, made.switches_to_postcopy) == (True, False)

    def test_lists_become_tuples(self) -> None:
        """Lists are taken and kept as tuples."""
        entry = zc.StallingEntry(limit=1, action=ABORT)
        made = zc.ConvergenceSchedule(init=[downtime(1)], stalling=[entry])
        assert (made.init, made.stalling) == ((downtime(1),), (entry,))

    @pytest.mark.parametrize(
        ("values", "path", "expected"),
        [
            ({"init": "abort"}, "init", "a list of Actions"),
            ({"init": None}, "init", "a list of Actions"),
            ({"init": [ABORT, "abort"]}, "init[1]", "an Action"),
            ({"stalling": ABORT}, "stalling", "a list of StallingEntries"),
            ({"stalling": [ABORT]}, "stalling[0]", "a StallingEntry"),
        ],
    )
    def test_what_is_no_schedule_is_refused(
        self, values: Dict[str, Any], path: str, expected: str
    ) -> None:
        """The lists have actions and entries, nothing else."""
        where, _, accepted = refusal(zc.ConvergenceSchedule, **values)
        assert (where, accepted) == (path, expected)

    def test_all_faults_are_named(self) -> None:
        """Wrong elements of both lists are told together."""
        given = {"init": [1, ABORT, 2], "stalling": [3]}
        assert paths(zc.ConvergenceSchedule, **given) == ["init[0]", "init[2]", "stalling[0]"]

    @pytest.mark.parametrize(
        ("made", "runs_out", "switches"),
        [
            (schedule((-1, ABORT)), False, False),
            (schedule((-1, downtime(1))), True, False),
            (schedule((-1, POSTCOPY)), True, True),
            (schedule((1, downtime(1)), (-1, POSTCOPY), (-1, ABORT)), False, True),
            (schedule((5, ABORT), (6, POSTCOPY)), False, True),
            (schedule(init=[POSTCOPY, ABORT]), True, False),
        ],
        ids=itertools.count(),
    )
    def test_what_follows_from_its_entries(
        self, made: zc.ConvergenceSchedule, runs_out: bool, switches: bool
    ) -> None:
        """Only a stalling abort keeps it from running out, a stalling postcopy alone switches."""
        assert (made.runs_out, made.switches_to_postcopy) == (runs_out, switches)

    def test_without_postcopy(self) -> None:
        """Every switch to post-copy goes, and nothing else."""
        init = [downtime(1), POSTCOPY]
        made = schedule((1, POSTCOPY), (2, downtime(2)), (3, POSTCOPY), (-1, ABORT), init=init)
        rest = schedule((2, downtime(2)), (-1, ABORT), init=init)
        assert made.without_postcopy() == rest
        assert rest.without_postcopy() == rest
        assert not made.without_postcopy().switches_to_postcopy


A, B, C = downtime(1), downtime(2), downtime(3)
Polls = List[Optional[int]]
Ran = List[Tuple[int, zc.Action]]

# Stalling entries, what the polls see, what ran at which poll, and where the monitor died.
REPLAYS: List[Tuple[List[Tuple[int, zc.Action]], Polls, Ran, Optional[int]]] = [
    ([(1, A)], [], [], None),
    ([(1, A)], [None, None], [], None),
    # The first iteration, whichever it is, sets the base; the limit is strict.
    ([(1, A)], [1], [], None),
    ([(1, A)], [1, 2], [], None),
    ([(1, A)], [1, 2, 3], [(2, A)], None),
    ([(1, A)], [7, 8, 9], [(2, A)], None),
    ([(1, A)], [0, 1, 2], [(2, A)], None),
    ([(1, A)], [None, 1, None, 3], [(3, A)], None),
    ([(0, A)], [1, 1, 2], [(2, A)], None),
    ([(-1, A)], [1, 1, 2], [(2, A)], None),
    ([(2, A)], [1, 3, 4], [(2, A)], None),
    # Where libvirt knows no number Vdsm takes -1, which can be the base.
    ([(0, A)], [-1, 0, 1], [(1, A)], 2),
    ([(0, ABORT)], [-1, 0], [(1, ABORT)], None),
    ([(0, A)], [-1, -1, 0], [(2, A)], None),
    ([(0, A)], [3, -1, 4], [(2, A)], None),
    # Only an iteration above the highest seen is new.
    ([(0, A), (0, B)], [1, 2, 2, 2], [(1, A)], None),
    ([(0, A), (0, B)], [1, 3, 2, 3, 4], [(1, A), (4, B)], None),
    # One action a poll, whatever the jump.
    ([(1, A), (2, B), (3, C)], [1, 50, 51, 52], [(1, A), (2, B), (3, C)], None),
    # Only the head is looked at.
    ([(5, A), (0, B)], [1, 2, 3], [], None),
    ([(3, A), (0, B)], [1, 2, 3, 4, 5, 6], [(4, A), (5, B)], None),
    # An exhausted schedule kills the monitor at the next new iteration.
    ([], [1], [], None),
    ([], [1, 1], [], None),
    ([], [1, 2, 3], [], 1),
    ([], [None, 1, None, 1, 2], [], 4),
    ([(0, A)], [1, 2, 3], [(1, A)], 2),
    ([(0, A)], [1, 2, 2, None, 5, 6], [(1, A)], 4),
    # Abort ends it, and nothing dies.
    ([(0, ABORT)], [1, 2, 3, 4], [(1, ABORT)], None),
    ([(0, ABORT), (0, A)], [1, 2, 3, 4], [(1, ABORT)], None),
    ([(0, A), (-1, ABORT)], [1, 2, 3, 4], [(1, A), (2, ABORT)], None),
]


class TestReplay:
    """What Vdsm's monitor runs."""

    @pytest.mark.parametrize(
        ("stalling", "polls", "ran", "died_at"), REPLAYS, ids=itertools.count()
    )
    def test_the_monitor(
        self,
        stalling: List[Tuple[int, zc.Action]],
        polls: Polls,
        ran: Ran,
        died_at: Optional[int],
    ) -> None:
        """The monitor's rules, case by case."""
        found = schedule(*stalling).replay(polls)
        assert found == zc.Replay(actions=tuple(ran), died_at=died_at)

    def test_init_runs_first(self) -> None:
        """What is in init runs at -1, as the migration starts, polls or not."""
        made = schedule((0, C), init=[A, B])
        assert made.replay([]).actions == ((-1, A), (-1, B))
        assert made.replay([1, 2]).actions == ((-1, A), (-1, B), (1, C))

    @pytest.mark.parametrize(
        ("init", "fails", "ends"),
        [
            ([ABORT], False, True),
            ([ABORT], True, True),
            ([POSTCOPY], False, False),
            ([POSTCOPY], True, False),
            ([A], False, False),
        ],
    )
    def test_init_can_end_it(self, init: List[zc.Action], fails: bool, ends: bool) -> None:
        """An abort in init ends the schedule as it begins; a switch to post-copy fails there."""
        found = schedule((0, B), init=init).replay([1, 2, 3], postcopy_fails=fails)
        started = [(-1, action) for action in init]
        assert list(found.actions) == (started if ends else [*started, (1, B)])
        assert found.died_at == (None if ends else 2)

    @pytest.mark.parametrize(
        ("fails", "ran"),
        [(False, ((1, POSTCOPY),)), (True, ((1, POSTCOPY), (2, A), (3, ABORT)))],
    )
    def test_a_switch_ends_it_unless_it_fails(
        self, fails: bool, ran: Tuple[Tuple[int, zc.Action], ...]
    ) -> None:
        """Post-copy ends the schedule; where the switch fails, the next entries run later."""
        made = schedule((0, POSTCOPY), (0, A), (-1, ABORT))
        assert made.replay([1, 2, 3, 4, 5], postcopy_fails=fails) == zc.Replay(actions=ran)

    def test_a_failed_switch_can_exhaust_it(self) -> None:
        """With nothing after a switch that fails the monitor dies."""
        assert schedule((0, POSTCOPY)).replay([1, 2, 3]).died_at is None
        assert schedule((0, POSTCOPY)).replay([1, 2, 3], postcopy_fails=True).died_at == 2

    def test_it_takes_any_iterable_and_changes_nothing(self) -> None:
        """Iterations may come from a generator, and a schedule can be replayed again."""
        made = schedule((0, A), (-1, ABORT))
        assert made.replay(iter([1, 2, 3])) == made.replay([1, 2, 3]) == made.replay((1, 2, 3))

    @pytest.mark.parametrize("value", [-2, True, 1.0, "1", [1], 2147483648])
    def test_what_is_no_iteration_is_refused(self, value: Any) -> None:
        """An iteration is an integer from -1 up."""
        where = refusal(schedule().replay, [0, None, value])
        assert where == ("iterations[2]", value, f"{_LIMIT}, or none")

    def test_what_is_no_list_of_iterations_is_refused(self) -> None:
        """One number is not the numbers of all polls."""
        assert refusal(schedule().replay, 3) == ("iterations", 3, "iteration numbers")

    @pytest.mark.parametrize("value", [0, 1, None, "true"])
    def test_what_is_no_bool_is_refused(self, value: Any) -> None:
        """Whether post-copy fails is a bool."""
        error = refused(schedule().replay, [], postcopy_fails=value)
        assert type(error) is InvalidType
        assert (error.path, error.value, error.expected) == (
            "postcopy_fails",
            value,
            "true or false",
        )


class TestMonitor:
    """The monitor, poll by poll."""

    @pytest.mark.parametrize(
        ("stalling", "polls", "looks_at"),
        [
            ([], [], None),
            ([], [3], None),
            ([(1, A)], [], -1),
            ([(1, A)], [-1], 1),
            ([(-1, A)], [0], 1),
            ([(1, A)], [5], 7),
            ([(1, A)], [5, 6], 7),
            ([(5, A), (0, B)], [1], 7),
            ([(0, A), (5, B)], [1, 2], 7),
            ([(0, A), (0, B)], [1, 50], 51),
            ([(0, A)], [1, 2], None),
            ([(0, ABORT), (0, A)], [1, 2], None),
            ([(0, POSTCOPY), (0, A)], [1, 2], None),
        ],
        ids=itertools.count(),
    )
    def test_where_it_looks_next(
        self, stalling: List[Tuple[int, zc.Action]], polls: List[int], looks_at: Optional[int]
    ) -> None:
        """It looks again at the very iteration at which it sets its base or the head is due."""
        monitor = Monitor(schedule(*stalling))
        for iteration in polls:
            monitor.poll(iteration)
        assert monitor.looks_at == looks_at


class TestJson:
    """Vdsm's shape."""

    def test_it_has_every_key(self) -> None:
        """All is spelled out, parameters as strings."""
        made = schedule((1, downtime(200)), (-1, POSTCOPY), (-1, ABORT), init=[downtime(100)])
        assert made.to_json() == {
            "init": [{"name": "setDowntime", "params": ["100"]}],
            "stalling": [
                {"limit": 1, "action": {"name": "setDowntime", "params": ["200"]}},
                {"limit": -1, "action": {"name": "postcopy", "params": []}},
                {"limit": -1, "action": {"name": "abort", "params": []}},
            ],
        }
        assert zc.ConvergenceSchedule.from_json(made.to_json()) == made

    @pytest.mark.parametrize("document", [{}, {"init": None, "stalling": None}, {"init": []}])
    def test_lists_may_be_missing(self, document: Dict[str, Any]) -> None:
        """A missing or null list is an empty one."""
        made = zc.ConvergenceSchedule.from_json(document)
        assert made == zc.ConvergenceSchedule()
        assert made.to_json() == {"init": [], "stalling": []}

    def test_init_may_hold_whatever_a_request_holds(self) -> None:
        """Post-copy and abort are good in init: only a policy refuses them there."""
        document = {"init": [{"name": "postcopy"}, {"name": "abort", "params": None}]}
        assert zc.ConvergenceSchedule.from_json(document).init == (POSTCOPY, ABORT)

    @pytest.mark.parametrize(
        ("document", "path", "expected"),
        [
            (None, "", "a JSON object"),
            ([], "", "a JSON object"),
            ({"steps": []}, "steps", "one of init, stalling"),
            ({"init": {}}, "init", "a JSON array"),
            ({"stalling": "x"}, "stalling", "a JSON array"),
            ({"init": ["abort"]}, "init[0]", "a JSON object"),
            ({"init": [{}]}, "init[0].name", "a value"),
            ({"init": [{"name": None}]}, "init[0].name", "a value"),
            ({"init": [{"name": "x"}]}, "init[0].name", _NAMES),
            (
                {"init": [{"action": "abort", "name": "abort"}]},
                "init[0].action",
                "one of name, params",
            ),
            ({"init": [{"name": "abort", "params": "x"}]}, "init[0].params", "a list"),
            ({"init": [{"name": "setDowntime"}]}, "init[0].params", _ONE),
            (
                {"init": [{"name": "abort"}, {"name": "setDowntime", "params": [0]}]},
                "init[1].params[0]",
                _MS,
            ),
            ({"stalling": [None]}, "stalling[0]", "a JSON object"),
            ({"stalling": [{"action": {"name": "abort"}}]}, "stalling[0].limit", "a value"),
            ({"stalling": [{"limit": 0}]}, "stalling[0].action", "a value"),
            (
                {"stalling": [{"limit": 0, "action": "abort"}]},
                "stalling[0].action",
                "a JSON object",
            ),
            (
                {"stalling": [{"limit": -2, "action": {"name": "abort"}}]},
                "stalling[0].limit",
                _LIMIT,
            ),
            (
                {"stalling": [{"limit": 0, "action": {"name": "stop"}}]},
                "stalling[0].action.name",
                _NAMES,
            ),
            (
                {"stalling": [{"limit": 0, "action": {"name": "abort"}, "stallingLimit": 1}]},
                "stalling[0].stallingLimit",
                "one of limit, action",
            ),
        ],
    )
    def test_what_is_no_schedule_is_refused(
        self, document: object, path: str, expected: str
    ) -> None:
        """Each wrong place is named by its path."""
        where, _, accepted = refusal(zc.ConvergenceSchedule.from_json, document)
        assert (where, accepted) == (path, expected)

    def test_all_faults_are_named(self) -> None:
        """The faults of a document are told together, in its order."""
        document = {
            "x": 1,
            "init": [{"name": "x", "params": [None]}, 5],
            "stalling": [{"limit": "1", "action": {"name": "abort", "params": [1]}}, {}, 7],
        }
        assert paths(zc.ConvergenceSchedule.from_json, document) == [
            "x",
            "init[0].name",
            "init[0].params[0]",
            "init[1]",
            "stalling[0].action.params",
            "stalling[0].limit",
            "stalling[1].limit",
            "stalling[1].action",
            "stalling[2]",
        ]


class TestLegacySchedule:
    """The schedule that Vdsm makes up."""

    @pytest.mark.parametrize(
        ("downtime_", "steps", "expected"),
        [
            (500, 5, [101, 104, 120, 189, 500]),
            (1000, 5, [201, 205, 228, 350, 999]),  # floats, cut: 1000 is not reached
            (500, 2, [251, 500]),
            (1, 2, [1, 1]),
            (2, 2, [2, 2]),
            (2000000, 2, [1000001, 2000000]),
        ],
    )
    def test_the_downtimes_grow_exponentially(
        self, downtime_: int, steps: int, expected: List[int]
    ) -> None:
        """The first downtime goes into init, the others to 1, 2, …, the last again to 42."""
        made = zc.legacy_schedule(downtime_, steps)
        assert made.init == (downtime(expected[0]),)
        assert [(e.limit, e.action) for e in made.stalling] == [
            *enumerate(map(downtime, expected[1:]), 1),
            (42, downtime(expected[-1])),
            (-1, ABORT),
        ]

    def test_the_defaults_are_vdsms(self) -> None:
        """By default it is 500 ms in 5 steps."""
        assert zc.legacy_schedule() == zc.legacy_schedule(500, 5)
        assert zc.legacy_schedule(downtime=700) == zc.legacy_schedule(700, 5)
        assert zc.legacy_schedule(steps=7) == zc.legacy_schedule(500, 7)

    @pytest.mark.parametrize("value", [0, -1, 2000001, True, 500.0, "500", None])
    def test_another_downtime_is_refused(self, value: Any) -> None:
        """The downtime is 1 to 2,000,000 ms."""
        expected = "an integer from 1 to 2000000"
        assert refusal(zc.legacy_schedule, value) == ("downtime", value, expected)

    @pytest.mark.parametrize("value", [1, 0, -5, 1001, False, 5.0, "5", None])
    def test_another_number_of_steps_is_refused(self, value: Any) -> None:
        """There are two steps at least, since Vdsm crashes with one, and not without end."""
        expected = "an integer from 2 to 1000"
        assert refusal(zc.legacy_schedule, steps=value) == ("steps", value, expected)

    def test_both_are_named(self) -> None:
        """A wrong downtime and wrong steps are told together."""
        assert paths(zc.legacy_schedule, 0, 1) == ["downtime", "steps"]

    def test_a_thousand_steps_are_good(self) -> None:
        """The most steps give as many entries, and two more."""
        assert len(zc.legacy_schedule(2000000, 1000).stalling) == 1001

    def test_a_step_of_zero_is_refused(self) -> None:
        """A downtime so short that a step would be 0 is refused: QEMU never reaches it."""
        assert refusal(zc.legacy_schedule, 1, 7) == (
            "downtime",
            1,
            "a downtime for which each of 7 steps is at least 1 ms",
        )
