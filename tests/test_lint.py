"""What is legal in a policy but does not do what its author expects."""

import re
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_regressions.file_regression import FileRegressionFixture

import zcpolicy as zc
from refusals import paths, refusal
from zcpolicy import policies
from zcpolicy._lint.finding import Finding
from zcpolicy._lint.findings import ROWS
from zcpolicy._lint.hosts import ABOUT_HOSTS
from zcpolicy._lint.lists import ABOUT_LISTS
from zcpolicy._lint.report import findings_by_policy, findings_text, lint, read_for_lint
from zcpolicy.testing import policies as any_policies
from zcpolicy.testing import schedules

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
OTHER = "6d0c1a2e-0000-4000-8000-00000000000e"
SHIPPED = (
    policies.MINIMAL_DOWNTIME,
    policies.SUSPEND_WORKLOAD,
    policies.POST_COPY,
    policies.VERY_LARGE_VMS,
)
BETWEEN = [row.code for row in ABOUT_LISTS]
ONE = (1, 150)
LAST = (9, "abort")


def action(what: Any) -> zc.Action:
    """An action: a downtime in ms, or another by its name."""
    if isinstance(what, int):
        return zc.Action(name="setDowntime", params=(str(what),))
    return zc.Action(name=what)


def site(
    *entries: Tuple[int, Union[int, str]], init: Sequence[int] = (100,), **values: Any
) -> zc.MigrationPolicy:
    """A policy whose stalling entries are (limit, action)."""
    schedule = zc.ConvergenceSchedule(
        init=[action(ms) for ms in init],
        stalling=[zc.StallingEntry(limit=limit, action=action(what)) for limit, what in entries],
    )
    return zc.MigrationPolicy(**{"id": MINE, "name": "Mine", "schedule": schedule, **values})


GOOD = site(ONE, LAST)
ITEM = "config.convergenceItems[{}]"
MS = ITEM + ".convergenceItem.params[0]"
LIMIT = ITEM + ".stallingLimit"
START = "config.initialItems[{}].params[0]"

Policies = Union[zc.MigrationPolicy, Sequence[zc.MigrationPolicy]]
Expected = Tuple[str, str]  # code and path
ZERO: Dict[str, Any] = {"zero_copy": True, "max_migrations": 1}

# What has exactly these findings; and below, the nearest that has none.  What these say is in
# test_lint/sentences.txt, under these names.
EXAMPLES: Dict[str, Tuple[Policies, List[Expected]]] = {
    # No abort.
    "no abort": (site(ONE, (2, 200)), [("no-abort", "config.lastItems")]),
    "no entries": (site(), [("no-abort", "config.lastItems")]),
    "post-copy, no abort": (site(ONE, (2, "postcopy")), [("no-abort", "config.lastItems")]),
    "post-copy with zero-copy, no abort": (
        site(ONE, (2, "postcopy"), **ZERO),
        [("no-abort", "config.lastItems"), ("zerocopy-postcopy", ITEM.format(1))],
    ),
    # An abort at once.
    "abort alone": (site((-1, "abort")), [("abort-first", "config.lastItems[0]")]),
    "abort alone, limit 0": (site((0, "abort")), [("abort-first", ITEM.format(0))]),
    "abort after post-copy": (
        site((-1, "postcopy"), (-1, "abort")),
        [("abort-without-postcopy", "config.lastItems[1]")],
    ),
    "abort after post-copy twice, limit 0": (
        site((1, "postcopy"), (2, "postcopy"), (0, "abort")),
        [("abort-without-postcopy", ITEM.format(2)), ("after-postcopy", ITEM.format(1))],
    ),
    # Entries that are not reached.
    "entries after an abort": (
        site(ONE, LAST, (10, 200), (-1, "abort")),
        [("after-abort", ITEM.format(2)), ("after-abort", "config.lastItems[0]")],
    ),
    "entries after post-copy": (
        site(ONE, (2, "postcopy"), (3, 200), (4, "postcopy"), LAST),
        [("after-postcopy", ITEM.format(2)), ("after-postcopy", ITEM.format(3))],
    ),
    # In a zero-copy policy post-copy ends nothing.
    "post-copy with zero-copy": (
        site(ONE, (2, "postcopy"), (3, 200), LAST, **ZERO),
        [("zerocopy-postcopy", ITEM.format(1))],
    ),
    "post-copy with zero-copy after an abort": (
        site(ONE, LAST, (-1, "postcopy"), **ZERO),
        [("after-abort", "config.lastItems[0]")],
    ),
    # Limits.
    "limit repeated": (site((3, 150), (3, 200), LAST), [("limit-order", LIMIT.format(1))]),
    "limits lower twice": (
        site((3, 150), (2, 200), (5, 300), (4, "postcopy"), LAST),
        [("limit-order", LIMIT.format(1)), ("limit-order", LIMIT.format(3))],
    ),
    "limits lower than one": (
        site((5, 150), (3, 200), (4, 300), LAST),
        [("limit-order", LIMIT.format(1)), ("limit-order", LIMIT.format(2))],
    ),
    "limit 0 first": (site((0, 150), (1, 200), LAST), [("limit-unset", LIMIT.format(0))]),
    "limit -1 between": (
        site((1, 150), (-1, 200), (9, "postcopy"), (-1, "abort")),
        [("limit-unset", LIMIT.format(1))],
    ),
    # One that is left out waits for nothing, and lets the others wait.
    "limit -1 before a limit, zero-copy": (
        site((-1, 150), (-1, "postcopy"), (3, 200), (20, "abort"), **ZERO),
        [("limit-unset", LIMIT.format(0)), ("zerocopy-postcopy", ITEM.format(1))],
    ),
    "limit -1 before post-copy, zero-copy": (
        site((-1, 150), (5, "postcopy"), (20, "abort"), **ZERO),
        [("zerocopy-postcopy", ITEM.format(1))],
    ),
    # What runs after a switch that failed is another matter.
    "limit -1 before post-copy": (
        site((-1, 150), (-1, "postcopy"), (3, 200), (20, "abort")),
        [("after-postcopy", ITEM.format(2))],
    ),
    # Limits in seconds, told once.
    "limits in seconds": (
        site((300, 500), (600, 1000), (1800, 5000), (3600, "abort")),
        [("limit-high", LIMIT.format(0))],
    ),
    "limit beyond the highest": (site(ONE, (43, "abort")), [("limit-high", LIMIT.format(1))]),
    "limit of a ramp": (
        zc.MigrationPolicy(
            id=MINE, name="Mine", schedule=zc.ConvergenceSchedule.ramp(100, {1000000: 300})
        ),
        [("limit-high", LIMIT.format(0)), ("last-step-short", ITEM.format(0))],
    ),
    # Downtimes.
    "downtime shorter than the first": (site((1, 99), LAST), [("downtime-shrinks", MS.format(0))]),
    "downtime shorter than one before": (
        site((1, 300), (2, 200), (3, 250), LAST),
        [("downtime-shrinks", MS.format(1))],
    ),
    "downtime repeated": (site((1, 100), LAST), [("downtime-repeats", MS.format(0))]),
    "downtime repeated in lastItems": (
        site(ONE, (-1, 150), (-1, "postcopy"), (-1, "abort")),
        [("downtime-repeats", "config.lastItems[0].params[0]")],
    ),
    "first downtime short": (
        site(ONE, LAST, init=(99,)),
        [("first-downtime-short", START.format(0))],
    ),
    "first downtime short, no initial item": (
        site((1, 99), LAST, init=()),
        [("first-downtime-short", MS.format(0)), ("initial-missing", "config.initialItems")],
    ),
    "no initial item": (site(ONE, LAST, init=()), [("initial-missing", "config.initialItems")]),
    "first downtime long": (
        site((1, 3000), LAST, init=(2001,)),
        [("first-downtime-long", START.format(0))],
    ),
    "pauses": (
        site((1, 60001), (2, 60002), LAST, init=(2000,)),
        [("pause-long", MS.format(0)), ("pause-long", MS.format(1))],
    ),
    "first downtime a pause": (
        site(LAST, init=(60001,)),
        [("first-downtime-long", START.format(0)), ("pause-long", START.format(0))],
    ),
    "initial items": (
        site(ONE, LAST, init=(70000, 1, 100)),
        [("initial-overwritten", START.format(0)), ("initial-overwritten", START.format(1))],
    ),
    "abort at the next iteration": (site(ONE, (2, "abort")), [("last-step-short", ITEM.format(0))]),
    "abort at the next iteration, lastItems": (
        site(ONE, (-1, "abort")),
        [("last-step-short", ITEM.format(0))],
    ),
    "abort after steps in lastItems": (
        site((-1, 150), (-1, 200), (-1, 300), (-1, "abort")),
        [("last-step-short", "config.lastItems[2]")],
    ),
    # The first may run in the first iteration beyond the base, so that 1 is not late enough.
    "abort at limit 1 after a step in lastItems": (
        site((-1, 150), (1, "abort")),
        [("last-step-short", ITEM.format(0))],
    ),
    # The first is due after 6 iterations, so the second after 7.
    "abort after a step that waits": (
        site((5, 150), (-1, 200), (7, "abort")),
        [("last-step-short", ITEM.format(1))],
    ),
    # A downtime that held before has had its time.
    "last downtime held before": (
        site((5, 500), (-1, "abort"), init=(500,)),
        [("downtime-repeats", MS.format(0))],
    ),
    "last downtime shorter than the longest": (
        site((1, 500), (5, 300), (6, 400), (-1, "abort")),
        [("downtime-shrinks", MS.format(1))],
    ),
    "last downtime longest, after a shorter one": (
        site((1, 200), (5, 150), (6, 201), (-1, "abort")),
        [("downtime-shrinks", MS.format(1)), ("last-step-short", ITEM.format(2))],
    ),
    "last downtime held before, but overwritten": (
        site((5, 300), (-1, "abort"), init=(400, 200)),
        [("initial-overwritten", START.format(0)), ("last-step-short", ITEM.format(0))],
    ),
    # So has QEMU's own, where the schedule begins with none.
    "last downtime as QEMU's own": (
        site((5, 300), (-1, "abort"), init=()),
        [("initial-missing", "config.initialItems")],
    ),
    "last downtime longer than QEMU's own": (
        site((5, 301), (-1, "abort"), init=()),
        [("initial-missing", "config.initialItems"), ("last-step-short", ITEM.format(0))],
    ),
    # Values of the policy.
    "zero-copy, compressed and divided": (
        attr.evolve(GOOD, zero_copy=True, max_migrations=2, migration_compression=True),
        [("zerocopy-compression", "migrationCompression"), ("zerocopy-divided", "maxMigrations")],
    ),
    "name empty": (attr.evolve(GOOD, name=""), [("name-empty", "name")]),
    "name blank": (attr.evolve(GOOD, name=" \t"), [("name-empty", "name")]),
    "name of a shipped policy": (
        attr.evolve(GOOD, name=" very large vms"),
        [("name-shipped", "name")],
    ),
    "name of Legacy": (attr.evolve(GOOD, name="Legacy"), [("name-shipped", "name")]),
    "name and id of shipped policies": (
        attr.evolve(GOOD, id=policies.POST_COPY.id, name="Minimal downtime", zero_copy=True),
        [
            ("name-shipped", "name"),
            ("shipped-changed", "id"),
            ("zerocopy-divided", "maxMigrations"),
        ],
    ),
    "Post-copy changed": (
        attr.evolve(policies.POST_COPY, max_migrations=1, migration_compression=True),
        [("shipped-changed", "id")],
    ),
    "Legacy changed": (attr.evolve(policies.LEGACY, name="Old"), [("shipped-changed", "id")]),
    # Lists.
    "ids repeated": (
        [*SHIPPED, GOOD, attr.evolve(GOOD, name="Other"), attr.evolve(GOOD, name="Third")],
        [("id-repeated", "[5].id"), ("id-repeated", "[6].id")],
    ),
    "name repeated": (
        [*SHIPPED, GOOD, attr.evolve(GOOD, id=OTHER, name=" mine")],
        [("name-repeated", "[5].name")],
    ),
    "names blank": (
        [*SHIPPED, attr.evolve(GOOD, name=""), attr.evolve(GOOD, id=OTHER, name=" ")],
        [("name-empty", "[4].name"), ("name-empty", "[5].name")],
    ),
    "list without shipped policies": (
        [GOOD, policies.POST_COPY, policies.VERY_LARGE_VMS],
        [("shipped-missing", "")],
    ),
    "list without Very large VMs": ([*SHIPPED[:3], GOOD], [("shipped-missing-zerocopy", "")]),
    "list empty": ((), [("shipped-missing", ""), ("shipped-missing-zerocopy", "")]),
}

# For each row, what is nearest to having it and has nothing.
NEAREST: List[Tuple[str, Policies]] = [
    ("no-abort", site(ONE, (2, "postcopy"), (-1, "abort"))),
    ("abort-first", site((1, "abort"))),
    ("abort-without-postcopy", site((1, "postcopy"), (2, "abort"))),
    ("after-abort", site(ONE, (2, 200), LAST)),
    ("after-postcopy", site(ONE, (2, 200), (3, "postcopy"), LAST)),
    ("limit-order", site((3, 150), (4, 200), LAST)),
    ("limit-unset", site(ONE, (2, 200), (0, 300), (-1, "postcopy"), (-1, "abort"))),
    ("limit-unset", site(ONE, (0, 200), (0, "postcopy"), (-1, "abort"))),
    ("limit-unset", site((-1, 150), (2, "abort"))),
    ("limit-unset", site(ONE, (-1, 200), (0, 300), LAST)),
    ("limit-unset", site(ONE, (0, "postcopy"), LAST)),
    ("limit-unset", site((-1, 150), (-1, "postcopy"), LAST)),
    ("limit-high", site((40, 150), (42, "abort"))),
    ("downtime-shrinks", site((1, 101), LAST)),
    ("downtime-repeats", site((1, 150), (2, 151), LAST)),
    ("first-downtime-short", site(ONE, LAST, init=(100,))),
    ("first-downtime-long", site((1, 2001), LAST, init=(2000,))),
    ("pause-long", site((1, 60000), LAST)),
    ("initial-overwritten", site(ONE, LAST, init=(100,))),
    ("initial-missing", site(ONE, LAST, init=(101,))),
    ("last-step-short", site(ONE, (3, "abort"))),
    ("last-step-short", site(ONE, (2, "postcopy"), (-1, "abort"))),
    ("zerocopy-postcopy", site(ONE, LAST, **ZERO)),
    ("zerocopy-compression", site(ONE, LAST, migration_compression=True)),
    ("zerocopy-divided", site(ONE, LAST, max_migrations=2)),
    ("name-empty", site(ONE, LAST, name=".")),
    ("name-shipped", site(ONE, LAST, name="Very large VMs, too")),
    ("name-shipped", policies.POST_COPY),
    ("shipped-changed", attr.evolve(policies.POST_COPY, description="Ours")),
    ("shipped-changed", policies.LEGACY),
    ("id-repeated", [*SHIPPED, GOOD, attr.evolve(GOOD, id=OTHER, name="Other")]),
    ("name-repeated", [*SHIPPED, GOOD, attr.evolve(GOOD, id=OTHER, name="Mi ne")]),
    ("shipped-missing", SHIPPED),
    ("shipped-missing-zerocopy", SHIPPED[::-1]),
]


# What hosts make of a schedule is tried by `TestHosts`.
OF_HOSTS = {row.code for row in ABOUT_HOSTS}
ROWS_TRIED = {row.code for row in ROWS} - OF_HOSTS


def found(policy: Policies) -> List[Finding]:
    """What is found, but for what is said of hosts, and of the shipped policies in a list."""
    alone = isinstance(policy, zc.MigrationPolicy)
    return [f for f in in_policy(policy) if alone or f.code != "last-step-short"]


def in_policy(policy: Policies) -> List[Finding]:
    """What is found, but for what is said of hosts."""
    return [finding for finding in lint(policy) if finding.code not in OF_HOSTS]


def codes(policy: Policies) -> List[str]:
    return [finding.code for finding in in_policy(policy)]


def printed(policies: Tuple[zc.MigrationPolicy, ...]) -> str:
    """What ``zcpolicy lint`` prints of them."""
    return findings_text(policies, findings_by_policy(policies))


class TestRows:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_found(self, name: str) -> None:
        """What a policy does that its author does not think is found, and nothing else."""
        policy, expected = EXAMPLES[name]
        assert [(finding.code, finding.path) for finding in found(policy)] == expected

    @pytest.mark.parametrize(("code", "policy"), NEAREST)
    def test_not_found(self, code: str, policy: Policies) -> None:
        """What only resembles it is not."""
        assert found(policy) == [], code

    def test_where_in_a_list(self) -> None:
        """A row about a list says in which policy something is, or -1: in the list itself."""
        listed = (GOOD, GOOD)
        found = [place[:2] for row in ABOUT_LISTS for place in row.find(listed)]
        assert found == [(1, "id"), (1, "name"), (-1, ""), (-1, "")]

    def test_all_rows_are_shown(self) -> None:
        """Each row has an example, and something near that is none; codes are unique."""
        known = [row.code for row in ROWS]
        assert len(set(known)) == len(known)
        assert {code for _, expected in EXAMPLES.values() for code, _ in expected} == ROWS_TRIED
        assert {code for code, _ in NEAREST} == ROWS_TRIED

    @pytest.mark.parametrize(
        ("policy", "path"),
        [
            (policies.MINIMAL_DOWNTIME, "config.convergenceItems[4]"),
            (policies.SUSPEND_WORKLOAD, "config.lastItems[0]"),
            (policies.VERY_LARGE_VMS, "config.lastItems[0]"),
            (policies.POST_COPY, None),
            (policies.LEGACY, None),
        ],
    )
    def test_shipped(self, policy: zc.MigrationPolicy, path: Optional[str]) -> None:
        """Of those that ship, three abort soon after their last step, and that is all."""
        expected = [] if path is None else [("last-step-short", "info", path)]
        assert [(f.code, f.severity, f.path) for f in in_policy(policy)] == expected

    def test_shipped_list(self) -> None:
        """The shipped lists have nothing but what their policies have, and below 4.7 one info."""
        for listed in (SHIPPED, (policies.LEGACY, *SHIPPED)):
            assert set(codes(listed)) == {"last-step-short"}
        assert set(codes(SHIPPED[:3])) == {"last-step-short", "shipped-missing-zerocopy"}

    def test_level_of_zerocopy(self) -> None:
        """*Very large VMs* is offered from the level on that is named, and not below."""
        levels = [
            level
            for level in zc.EngineConfig()._levels
            if policies.VERY_LARGE_VMS in policies.offered(level)
        ]
        assert min(levels) == "4.7"
        assert [f.message for f in lint(SHIPPED[:3]) if "from 4.7" in f.message]

    def test_highest_limit(self) -> None:
        """No limit that is deployed is called high, and the highest is Vdsm's own."""
        vdsm = zc.legacy_schedule()
        assert max(entry.limit for entry in vdsm.stalling) == 42
        assert "limit-high" not in codes(attr.evolve(GOOD, schedule=vdsm))

    def test_ramps(self) -> None:
        """Of what `ramp` writes there are no warnings, whatever is tried at last."""
        ramp = zc.ConvergenceSchedule.ramp
        for schedule in (
            ramp(300, {2: 500}, last=5000, abort_limit=30),
            ramp(100, {1: 150, 2: 200}, last="postcopy", abort_limit=20),
        ):
            assert in_policy(attr.evolve(GOOD, schedule=schedule)) == []

    @pytest.mark.parametrize("policy", [None, "Very large VMs", {}, 1, {GOOD}])
    def test_wrong_type(self, policy: Any) -> None:
        """Whatever else is given is refused."""
        assert refusal(lint, policy) == (
            "policy",
            policy,
            "a MigrationPolicy, or a list or tuple of them",
        )

    def test_wrong_elements(self) -> None:
        """So are other elements of a list, all of them named."""
        error = paths(lint, [GOOD, None, GOOD, GOOD.to_json()])
        assert error == ["policy[1]", "policy[3]"]


def at(document: Any, path: str) -> Any:
    """What stands at a path of a document."""
    for key, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        document = document[key] if key else document[int(index)]
    return document


def put(document: Any, path: str, value: Any) -> None:
    """Put *value* at a path of a document."""
    around, key, index = re.fullmatch(r"(.*?)\.?(?:(\w+)|\[(\d+)\])", path).groups()  # type: ignore[union-attr]
    at(document, around)[key or int(index)] = value


def drop(document: Any, path: str) -> None:
    """Drop the item of the schedule in which the path ends."""
    around, index = re.match(r"(.*Items)\[(\d+)\]", path).groups()  # type: ignore[union-attr]
    del at(document, around)[int(index)]


def schedule_items(document: Any) -> Iterator[Dict[str, Any]]:
    """The actions of a policy, in their order."""
    config = document["config"]
    yield from config["initialItems"]
    for item in config["convergenceItems"]:
        yield item["convergenceItem"]
    yield from config["lastItems"]


def grow(document: Any, path: str) -> None:
    """Let downtimes grow."""
    longest = 0
    for item in schedule_items(document):
        if item["action"] == "setDowntime":
            longest = max(longest, int(item["params"][0]))
            item["params"] = [str(longest)]


def number(document: Any, path: str) -> None:
    """Let limits grow."""
    for index, item in enumerate(document["config"]["convergenceItems"]):
        item["stallingLimit"] = index + 1


def put_step_first(document: Any, path: str) -> None:
    step = {"action": "setDowntime", "params": ["200"]}
    item = {"stallingLimit": 1, "convergenceItem": step}
    document["config"]["convergenceItems"].insert(0, item)


def wait_before_abort(document: Any, path: str) -> None:
    """Make all of them convergenceItems, the abort late."""
    config = document["config"]
    config["convergenceItems"] += [{"convergenceItem": item} for item in config["lastItems"]]
    config["lastItems"] = []
    number(document, path)
    for item in config["convergenceItems"]:
        if item["convergenceItem"]["action"] == "abort":
            item["stallingLimit"] += 2


def setting(value: Any) -> Callable[[Any, str], None]:
    return lambda document, path: put(document, path, value)


# What the remedies say, done to a policy's JSON, or to the list's.
CURES: Dict[str, Callable[[Any, str], None]] = {
    "no-abort": lambda d, path: at(d, path).append({"action": "abort"}),
    "abort-first": put_step_first,
    "abort-without-postcopy": put_step_first,
    "after-abort": drop,
    "after-postcopy": drop,
    "limit-order": number,
    "limit-unset": number,
    "limit-high": number,
    "downtime-shrinks": grow,
    "downtime-repeats": drop,
    "first-downtime-short": setting("100"),
    "first-downtime-long": setting("2000"),
    "pause-long": setting("60000"),
    "initial-overwritten": drop,
    "initial-missing": lambda d, path: at(d, path).append(
        {"action": "setDowntime", "params": ["100"]}
    ),
    "last-step-short": wait_before_abort,
    "zerocopy-postcopy": drop,
    "zerocopy-compression": setting(False),
    "zerocopy-divided": setting(1),
    "name-empty": setting("Ours"),
    "name-shipped": setting("Ours"),
    "shipped-changed": setting("12345678-0000-4000-8000-000000000000"),
    "id-repeated": setting("12345678-0000-4000-8000-000000000000"),
    "name-repeated": setting("Nobody else's"),
    "shipped-missing": lambda d, path: d.extend(
        shipped.to_json()
        for shipped in SHIPPED[:3]
        if {"uuid": shipped.id} not in [entry["id"] for entry in d]
    ),
    "shipped-missing-zerocopy": lambda d, path: d.append(policies.VERY_LARGE_VMS.to_json()),
}

LISTS = st.lists(any_policies(), max_size=5)
OF_ENGINE = st.lists(any_policies(legacy=False), max_size=5)


@st.composite
def short_policies(draw: Any) -> zc.MigrationPolicy:
    """Policies whose limits are small, so that each entry can be waited for."""
    kinds = st.sampled_from((150, 200, "postcopy", "abort"))
    entries = draw(st.lists(st.tuples(st.integers(-1, 6), kinds), max_size=7))
    return site(*entries, zero_copy=draw(st.booleans()))


def ran(policy: zc.MigrationPolicy) -> zc.Replay:
    """What Vdsm's monitor runs if each poll sees one more iteration, and post-copy fails."""
    assert policy.schedule is not None
    return policy.schedule.replay(range(40), postcopy_fails=True)


def stalling_paths(policy: zc.MigrationPolicy) -> List[str]:
    config = policy.to_json()["config"]
    return [
        f"config.{key}[{index}]"
        for key in ("convergenceItems", "lastItems")
        for index in range(len(config[key]))
    ]


def paths_of(policy: zc.MigrationPolicy, code: str) -> List[str]:
    return [finding.path for finding in lint(policy) if finding.code == code]


class TestProperties:
    @given(any_policies() | LISTS)
    def test_total(self, policy: Policies) -> None:
        """Any policy and any list of them can be linted, and always with the same findings."""
        findings = lint(policy)
        assert findings == lint(policy)
        for finding in findings:
            assert "\n" not in finding.message
            row = next(row for row in ROWS if row.code == finding.code)
            assert (finding.severity, finding.remedy) == (row.severity, row.remedy)

    @given(OF_ENGINE)
    def test_paths(self, listed: List[zc.MigrationPolicy]) -> None:
        """Each path leads to something in the JSON of what was linted."""
        document = [policy.to_json() for policy in listed]
        for finding in lint(listed):
            at(document, finding.path)
        for policy, entry in zip(listed, document):
            for finding in lint(policy):
                at(entry, finding.path)

    @given(LISTS)
    def test_list(self, listed: List[zc.MigrationPolicy]) -> None:
        """A list has what its policies have, and what is wrong between them, in their order."""
        findings = lint(listed)
        assert findings == lint(tuple(listed))
        assert [finding for finding in findings if finding.code not in BETWEEN] == [
            attr.evolve(finding, path=f"[{index}].{finding.path}")
            for index, policy in enumerate(listed)
            for finding in lint(policy)
        ]
        indexes = [int((re.findall(r"^\[(\d+)", f.path) or ["-1"])[0]) for f in findings]
        ranks = [("error", "warning", "info").index(f.severity) for f in findings]
        assert sorted(zip(indexes, ranks)) == list(zip(indexes, ranks))

    @given(OF_ENGINE)
    def test_read(self, listed: List[zc.MigrationPolicy]) -> None:
        """What is found in a list is found in its JSON, too, even if ids are repeated."""
        assert read_for_lint([policy.to_json() for policy in listed]) == tuple(listed)

    @given(OF_ENGINE | short_policies().map(lambda policy: [policy]))
    def test_cures(self, listed: List[zc.MigrationPolicy]) -> None:
        """Where the remedy is followed, there is less of what it is against."""
        for policy in listed:
            for finding in in_policy(policy):
                entry = policy.to_json()
                CURES[finding.code](entry, finding.path)
                cured = codes(zc.MigrationPolicy.from_json(entry))
                assert cured.count(finding.code) < codes(policy).count(finding.code), finding
        for finding in lint(listed):
            if finding.code in BETWEEN:
                document = [policy.to_json() for policy in listed]
                CURES[finding.code](document, finding.path)
                cured = codes(read_for_lint(document))
                assert cured.count(finding.code) < codes(listed).count(finding.code), finding

    def test_all_cures(self) -> None:
        """Each remedy is followed somewhere, and its finding is gone."""
        cured = set()
        for policy, expected in EXAMPLES.values():
            alone = isinstance(policy, zc.MigrationPolicy)
            listed = [policy] if isinstance(policy, zc.MigrationPolicy) else [*policy]
            if policies.LEGACY.id in [one.id for one in listed]:
                continue  # no entry of Engine's list
            for code, path in expected:
                document: Any = [one.to_json() for one in listed]
                CURES[code](document[0] if alone else document, path)
                after = codes(read_for_lint(document)[0] if alone else read_for_lint(document))
                assert after.count(code) < [each for each, _ in expected].count(code)
                cured.add(code)
        assert cured == ROWS_TRIED == set(CURES)

    @given(schedules(initial_actions=("setDowntime",)))
    def test_schedule(self, schedule: zc.ConvergenceSchedule) -> None:
        """What is found in a schedule does not depend on whose it is."""
        mine = zc.MigrationPolicy(id=MINE, name="Mine", schedule=schedule)
        other = attr.evolve(mine, id=OTHER, name="Other", max_migrations=7, description="x")
        assert lint(mine) == lint(other)


class TestHosts:
    """What the hosts make of a schedule."""

    @given(any_policies())
    def test_postcopy(self, policy: zc.MigrationPolicy) -> None:
        """A policy whose migrations reach a switch to post-copy is told what QEMU 11.1 counts."""
        ran: Sequence[Tuple[int, zc.Action]] = ()
        if policy.schedule is not None and not policy.zero_copy:
            entries = [attr.evolve(entry, limit=-1) for entry in policy.schedule.stalling]
            schedule = attr.evolve(policy.schedule, stalling=entries)
            ran = schedule.replay(range(len(entries) + 1)).actions
        switches = [action for _, action in ran if action.name == "postcopy"]
        assert len(paths_of(policy, "postcopy-polls")) == len(switches)

    def test_place(self) -> None:
        """It is told at the switch, and how long a poll is."""
        slow = zc.Vdsm(monitor_interval_s=30)
        (finding,) = lint(policies.POST_COPY, vdsm=slow)
        item = policies.POST_COPY.to_json()["config"]
        assert finding.path == "config.lastItems[0]"
        assert item["lastItems"][0]["action"] == "postcopy"
        assert "each poll (30 s) runs an entry" in finding.message
        assert finding.severity == "info"

    def test_the_interval_is_said(self) -> None:
        """A finding that speaks of a poll says how long it is on these hosts."""
        for seconds in (10, 25):
            (finding,) = lint(policies.VERY_LARGE_VMS, vdsm=zc.Vdsm(monitor_interval_s=seconds))
            assert f"a poll ({seconds} s) later" in finding.message

    @given(any_policies() | LISTS)
    def test_no_monitor(self, policy: Policies) -> None:
        """Where Vdsm's monitor is off, each schedule is told so, and nothing else changes."""
        each = [policy] if isinstance(policy, zc.MigrationPolicy) else policy
        off = lint(policy, vdsm=zc.Vdsm(monitor_interval_s=0))
        told = [finding for finding in off if finding.code == "schedule-unwatched"]
        assert len(told) == len([one for one in each if one.schedule is not None])
        others = [(f.code, f.path) for f in off if f not in told]
        assert others == [(f.code, f.path) for f in lint(policy)]

    @pytest.mark.parametrize("vdsm", [None, {}, 10])
    def test_wrong_type(self, vdsm: Any) -> None:
        """What is no configuration of Vdsm is refused."""
        with pytest.raises(zc.ZcpolicyError, match=r"^vdsm: .* is not a Vdsm$"):
            lint(GOOD, vdsm=vdsm)


class TestAgainstReplay:
    """What the rows say of a schedule is what Vdsm's monitor does with it."""

    @given(short_policies())
    def test_no_abort(self, policy: zc.MigrationPolicy) -> None:
        """Without an abort, and only then, the monitor dies."""
        assert ("no-abort" in codes(policy)) == (ran(policy).died_at is not None)

    @given(short_policies())
    def test_after_abort(self, policy: zc.MigrationPolicy) -> None:
        """What stands after an abort, and nothing else, never runs."""
        done = len(ran(policy).actions) - 1
        assert paths_of(policy, "after-abort") == stalling_paths(policy)[done:]

    @given(short_policies())
    def test_after_postcopy(self, policy: zc.MigrationPolicy) -> None:
        """What runs only after a switch that failed is found, but for the abort."""
        assert policy.schedule is not None
        always = len(policy.schedule.replay(range(40)).actions) - 1
        sometimes = len(ran(policy).actions) - 1
        stalling = policy.schedule.stalling
        assert paths_of(policy, "after-postcopy") == [
            path
            for path, entry in zip(stalling_paths(policy)[always:sometimes], stalling[always:])
            if entry.action.name != "abort" and not policy.zero_copy
        ]

    @given(short_policies())
    def test_abort_first(self, policy: zc.MigrationPolicy) -> None:
        """An abort is first, and only then, if the second iteration brings it."""
        schedule = policy.schedule
        assert schedule is not None
        aborts, left = (
            [done.name for _, done in each.replay((1, 2)).actions][-1:] == ["abort"]
            for each in (schedule, schedule.without_postcopy())
        )
        assert ("abort-first" in codes(policy)) == aborts
        assert ("abort-without-postcopy" in codes(policy)) == (left and not aborts)

    @given(short_policies())
    def test_last_step(self, policy: zc.MigrationPolicy) -> None:
        """A longest downtime is short, and only then, if the next iteration brings the abort."""
        done = ran(policy).actions
        before = [action.downtime for _, action in done[:-2] if action.downtime]
        short = (
            len(done) > 2
            and done[-1][1].name == "abort"
            and (done[-2][1].downtime or 0) > max(before)
            and done[-1][0] == done[-2][0] + 1
        )
        expected = stalling_paths(policy)[len(done) - 3 : len(done) - 2] if short else []
        assert paths_of(policy, "last-step-short") == expected

    @given(short_policies())
    def test_limits(self, policy: zc.MigrationPolicy) -> None:
        """Where nothing is said of limits, each step with one runs at that limit.

        So does the abort, but behind steps without a limit, for which it may have to wait.
        """
        schedule = policy.schedule
        assert schedule is not None
        if policy.zero_copy:
            schedule = schedule.without_postcopy()
        if {"limit-order", "limit-unset"}.isdisjoint(codes(policy)):
            unset = False
            for (poll, action), entry in zip(
                schedule.replay(range(40)).actions[1:], schedule.stalling
            ):
                if entry.limit > 0 and not (unset and action.name == "abort"):
                    assert poll == entry.limit + 1
                unset = unset or entry.limit < 1


class TestFinding:
    FINDING = Finding(code="x", severity="info", path="id", message="so it is", remedy="change it")

    def test_json(self) -> None:
        """A finding in JSON has all its fields."""
        assert self.FINDING.to_json() == attr.asdict(self.FINDING)
        assert list(self.FINDING.to_json()) == ["code", "severity", "path", "message", "remedy"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("code", 1),
            ("severity", "fatal"),
            ("severity", None),
            ("path", None),
            ("message", b"x"),
            ("remedy", None),
        ],
    )
    def test_checked(self, field: str, value: Any) -> None:
        """A finding of wrong values is refused."""
        assert paths(Finding, **{**attr.asdict(self.FINDING), field: value}) == [field]


class TestRead:
    def test_faults(self) -> None:
        """All faults of a list are named, but ids may be repeated."""
        entry = GOOD.to_json()
        document = [entry, {**entry, "maxMigrations": 0}, entry, {**entry, "name": 1}, 5]
        assert paths(read_for_lint, document) == ["[1].maxMigrations", "[3].name", "[4]"]

    @pytest.mark.parametrize("document", [None, {}, "[]", 1, GOOD.to_json()])
    def test_no_list(self, document: Any) -> None:
        """What is no list is refused."""
        assert refusal(read_for_lint, document) == ("", document, "a JSON array")


# A list in which an id is repeated, a name is nothing for a terminal, and another is empty.
PRINTED = (
    attr.evolve(GOOD, id=policies.MINIMAL_DOWNTIME.id, name="Minimal downtime", zero_copy=True),
    site(ONE, name="\x1b[31mred"),
    site(ONE, name="\x1b[31mred"),
    attr.evolve(GOOD, id=OTHER, name=""),
)
# Of what is printed of them, the lines that are no sentences.
HEADINGS = """\
The list
  warning shipped-missing
  info shipped-missing-zerocopy
[0] Minimal downtime
  warning shipped-changed at [0].id
  warning zerocopy-divided at [0].maxMigrations
[1] \\x1b[31mred
  error no-abort at [1].config.lastItems
[2] \\x1b[31mred
  error id-repeated at [2].id
  error no-abort at [2].config.lastItems
  warning name-repeated at [2].name
[3] 6d0c1a2e-0000-4000-8000-00000000000e
  warning name-empty at [3].name
4 policies: 3 errors, 5 warnings, 1 info"""


def sentences(findings: Iterable[Finding]) -> List[str]:
    lines = []
    for f in findings:
        lines += [f"{f.severity} {f.code} at {f.path!r}", f"  {f.message}", f"  -> {f.remedy}"]
    return lines


class TestSentences:
    def test_snapshot(self, file_regression: FileRegressionFixture) -> None:
        """What is said of the examples, and how it is printed, changes only on purpose.

        ``pytest tests/test_lint.py --force-regen`` writes the file again, for the diff to show.
        """
        said = {name: sentences(found(policy)) for name, (policy, _) in EXAMPLES.items()}
        said["as it is printed"] = printed(PRINTED).splitlines()
        lines = [line for name, rows in said.items() for line in ("", f"# {name}", *rows)]
        file_regression.check("\n".join(lines[1:]) + "\n", basename="sentences", encoding="utf-8")


class TestText:
    def test_list(self) -> None:
        """For a person, findings are told policy by policy, with where they are, and counted."""
        lines = printed(PRINTED).splitlines()
        assert [line for line in lines if line and line[:4] != "    "] == HEADINGS.splitlines()

    def test_shipped(self) -> None:
        """What is not found is not counted."""
        assert printed(SHIPPED).endswith("\n\n4 policies: 4 infos")
        assert printed((GOOD,)).endswith("\n\n1 policy: 1 warning, 1 info")

    @given(LISTS)
    def test_width(self, listed: List[zc.MigrationPolicy]) -> None:
        """Any finding fits 80 columns, in characters that can be printed."""
        text = printed(tuple(listed))
        for line in text.split("\n"):
            assert len(line) <= 80
            assert line.isprintable()
