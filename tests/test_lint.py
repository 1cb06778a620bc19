"""What is legal in a policy but will not do what its author thinks."""

import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple, Union

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import paths, refusal
from zcpolicy import policies
from zcpolicy._lint.findings import ABOUT_LISTS, ROWS, Finding
from zcpolicy._lint.report import findings_text, lint, placed, read_for_lint
from zcpolicy.testing import policies as any_policies
from zcpolicy.testing import schedules

ROOT = Path(__file__).parent.parent
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


def action(what: Union[int, str]) -> zc.Action:
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
DIES = "Vdsm's monitor dies, and the migration goes on with no action and no progress seen"
AT_ONCE = "abort is due as soon as a second iteration is seen"
LITTLE = (
    "the abort is due at the next iteration that is seen after this step, often a poll (10 s) "
    "later: {} ms have little time to work"
)
ITEM = "config.convergenceItems[{}]"
MS = ITEM + ".convergenceItem.params[0]"
LIMIT = ITEM + ".stallingLimit"
START = "config.initialItems[{}].params[0]"

Policies = Union[zc.MigrationPolicy, Sequence[zc.MigrationPolicy]]
Expected = Tuple[str, str, str]


def first_long(ms: int) -> str:
    return (
        f"the first downtime, {ms} ms, lets QEMU pause every VM so long at the first chance, "
        "where a shorter one might have been enough"
    )


def first_short(ms: int) -> str:
    return (
        f"the first downtime, {ms} ms, is hardly ever enough for the last memory and the devices, "
        "so that migrations end a step later than they could"
    )


def pause(ms: int) -> str:
    return (
        f"with {ms} ms even a busy VM can migrate, but it may stand still for more than a minute: "
        "connections time out, watchdogs fire, clusters take it for dead"
    )


def waits(name: str, limit: int, highest: int) -> str:
    return (
        f"{name} has limit {limit}, but waits behind an entry of limit {highest}, and runs a poll "
        "after it at the earliest"
    )


def unset(name: str, limit: int) -> str:
    return f"limit {limit} waits for nothing: {name} is due at the next iteration that is seen"


def high(limit: int) -> str:
    return (
        f"limit {limit} counts QEMU's iterations over the memory, not seconds: the highest in "
        "Vdsm's own schedule is 42"
    )


def shrinks(before: int, after: int) -> str:
    return (
        f"{after} ms after {before} ms: what did not end with the longer downtime will not with "
        "the shorter one"
    )


def repeats(ms: int) -> str:
    return f"{ms} ms are set already: the step changes nothing but takes its time"


def after_abort(name: str) -> str:
    return f"{name} stands after an abort and never runs"


def after_postcopy(name: str) -> str:
    return f"{name} runs only if the switch to post-copy before it fails"


def taken(name: str, id_: str) -> str:
    return (
        f"{name!r} is the name of a policy that ships, whose id is {id_}: whoever looks it up by "
        "its name finds that one"
    )


def changed(name: str, keys: str) -> str:
    return (
        f"this is the id of {name}, which ships with another {keys}: clusters and VMs that have "
        "it get this one"
    )


def same_id(first: int) -> str:
    return f"{MINE!r} is the id of [{first}], too: Engine does not start"


def lacks(names: str) -> str:
    return (
        f"the list, which replaces its level's, lacks {names}: clusters and VMs that have one of "
        "these migrate as under Legacy"
    )


LACKS_ZEROCOPY = (
    "the list lacks Very large VMs, which ships at levels from 4.7: if it is for one of these, "
    "clusters and VMs that have that policy migrate as under Legacy"
)
EMPTY_NAME = "the policy has no name, so that the choice in Engine's UI is blank"
NO_SWITCH = (
    "zero-copy needs parallel connections, for which Engine leaves post-copy out: only a "
    "migration that gets neither switches"
)
ABORT_LEFT = f"parallel connections exclude post-copy, so that Engine leaves it out; then {AT_ONCE}"
ABORT_FIRST = f"{AT_ONCE}: a migration that one pass over the memory does not end is cancelled"
NO_INITIAL = (
    "there is no initial item, so that QEMU's own downtime, 300 ms, holds until a step sets another"
)
OVERWRITTEN = "all initial items run as the migration starts, so that only the last counts"
DIVIDED = (
    "zero-copy needs parallel connections, which limit a host to 1 migration at a time, yet the "
    "cluster's bandwidth is divided by {}"
)
SQUEEZED = (
    "zero-copy needs parallel connections, which exclude compression (XBZRLE): only a migration "
    "that gets neither is compressed"
)
ZERO: Dict[str, Any] = {"zero_copy": True, "max_migrations": 1}

# What has exactly these findings; and below, the nearest that has none.
EXAMPLES: List[Tuple[Policies, List[Expected]]] = [
    # No abort.
    (
        site(ONE, (2, 200)),
        [("no-abort", "config.lastItems", f"the schedule has no abort: when it runs out, {DIES}")],
    ),
    (
        site(),
        [
            (
                "no-abort",
                "config.lastItems",
                f"there are no entries: at the second iteration {DIES}",
            )
        ],
    ),
    (
        site(ONE, (2, "postcopy")),
        [
            (
                "no-abort",
                "config.lastItems",
                "the schedule has no abort: if the switch to post-copy fails and the schedule "
                f"runs out, {DIES}",
            )
        ],
    ),
    (
        site(ONE, (2, "postcopy"), **ZERO),
        [
            (
                "no-abort",
                "config.lastItems",
                f"the schedule has no abort: when it runs out, {DIES}",
            ),
            ("zerocopy-postcopy", ITEM.format(1), NO_SWITCH),
        ],
    ),
    # An abort at once.
    (site((-1, "abort")), [("abort-first", "config.lastItems[0]", ABORT_FIRST)]),
    (site((0, "abort")), [("abort-first", ITEM.format(0), ABORT_FIRST)]),
    (
        site((-1, "postcopy"), (-1, "abort")),
        [("abort-without-postcopy", "config.lastItems[1]", ABORT_LEFT)],
    ),
    (
        site((1, "postcopy"), (2, "postcopy"), (0, "abort")),
        [
            ("abort-without-postcopy", ITEM.format(2), ABORT_LEFT),
            ("after-postcopy", ITEM.format(1), after_postcopy("postcopy")),
        ],
    ),
    # Entries that are not reached.
    (
        site(ONE, LAST, (10, 200), (-1, "abort")),
        [
            ("after-abort", ITEM.format(2), after_abort("setDowntime")),
            ("after-abort", "config.lastItems[0]", after_abort("abort")),
        ],
    ),
    (
        site(ONE, (2, "postcopy"), (3, 200), (4, "postcopy"), LAST),
        [
            ("after-postcopy", ITEM.format(2), after_postcopy("setDowntime")),
            ("after-postcopy", ITEM.format(3), after_postcopy("postcopy")),
        ],
    ),
    # In a zero-copy policy post-copy ends nothing.
    (
        site(ONE, (2, "postcopy"), (3, 200), LAST, **ZERO),
        [("zerocopy-postcopy", ITEM.format(1), NO_SWITCH)],
    ),
    (
        site(ONE, LAST, (-1, "postcopy"), **ZERO),
        [("after-abort", "config.lastItems[0]", after_abort("postcopy"))],
    ),
    # Limits.
    (
        site((3, 150), (3, 200), LAST),
        [("limit-order", LIMIT.format(1), waits("setDowntime", 3, 3))],
    ),
    (
        site((3, 150), (2, 200), (5, 300), (4, "postcopy"), LAST),
        [
            ("limit-order", LIMIT.format(1), waits("setDowntime", 2, 3)),
            ("limit-order", LIMIT.format(3), waits("postcopy", 4, 5)),
        ],
    ),
    (
        site((5, 150), (3, 200), (4, 300), LAST),
        [
            ("limit-order", LIMIT.format(1), waits("setDowntime", 3, 5)),
            ("limit-order", LIMIT.format(2), waits("setDowntime", 4, 5)),
        ],
    ),
    (
        site((0, 150), (1, 200), LAST),
        [("limit-unset", LIMIT.format(0), unset("setDowntime", 0))],
    ),
    (
        site((1, 150), (-1, 200), (9, "postcopy"), (-1, "abort")),
        [("limit-unset", LIMIT.format(1), unset("setDowntime", -1))],
    ),
    # One that is left out waits for nothing, and lets the others wait.
    (
        site((-1, 150), (-1, "postcopy"), (3, 200), (20, "abort"), **ZERO),
        [
            ("limit-unset", LIMIT.format(0), unset("setDowntime", -1)),
            ("zerocopy-postcopy", ITEM.format(1), NO_SWITCH),
        ],
    ),
    (
        site((-1, 150), (5, "postcopy"), (20, "abort"), **ZERO),
        [("zerocopy-postcopy", ITEM.format(1), NO_SWITCH)],
    ),
    # What runs after a switch that failed is another matter.
    (
        site((-1, 150), (-1, "postcopy"), (3, 200), (20, "abort")),
        [("after-postcopy", ITEM.format(2), after_postcopy("setDowntime"))],
    ),
    # Limits in seconds, told once.
    (
        site((300, 500), (600, 1000), (1800, 5000), (3600, "abort")),
        [("limit-high", LIMIT.format(0), high(300))],
    ),
    (site(ONE, (43, "abort")), [("limit-high", LIMIT.format(1), high(43))]),
    (
        zc.MigrationPolicy(
            id=MINE, name="Mine", schedule=zc.ConvergenceSchedule.ramp(100, {1000000: 300})
        ),
        [
            ("limit-high", LIMIT.format(0), high(1000000)),
            ("last-step-short", ITEM.format(0), LITTLE.format(300)),
        ],
    ),
    # Downtimes.
    (site((1, 99), LAST), [("downtime-shrinks", MS.format(0), shrinks(100, 99))]),
    (
        site((1, 300), (2, 200), (3, 250), LAST),
        [("downtime-shrinks", MS.format(1), shrinks(300, 200))],
    ),
    (site((1, 100), LAST), [("downtime-repeats", MS.format(0), repeats(100))]),
    (
        site(ONE, (-1, 150), (-1, "postcopy"), (-1, "abort")),
        [("downtime-repeats", "config.lastItems[0].params[0]", repeats(150))],
    ),
    (
        site(ONE, LAST, init=(99,)),
        [("first-downtime-short", START.format(0), first_short(99))],
    ),
    (
        site((1, 99), LAST, init=()),
        [
            ("first-downtime-short", MS.format(0), first_short(99)),
            ("initial-missing", "config.initialItems", NO_INITIAL),
        ],
    ),
    (site(ONE, LAST, init=()), [("initial-missing", "config.initialItems", NO_INITIAL)]),
    (
        site((1, 3000), LAST, init=(2001,)),
        [("first-downtime-long", START.format(0), first_long(2001))],
    ),
    (
        site((1, 60001), (2, 60002), LAST, init=(2000,)),
        [("pause-long", MS.format(0), pause(60001)), ("pause-long", MS.format(1), pause(60002))],
    ),
    (
        site(LAST, init=(60001,)),
        [
            ("first-downtime-long", START.format(0), first_long(60001)),
            ("pause-long", START.format(0), pause(60001)),
        ],
    ),
    (
        site(ONE, LAST, init=(70000, 1, 100)),
        [
            ("initial-overwritten", START.format(0), OVERWRITTEN),
            ("initial-overwritten", START.format(1), OVERWRITTEN),
        ],
    ),
    (site(ONE, (2, "abort")), [("last-step-short", ITEM.format(0), LITTLE.format(150))]),
    (site(ONE, (-1, "abort")), [("last-step-short", ITEM.format(0), LITTLE.format(150))]),
    (
        site((-1, 150), (-1, 200), (-1, 300), (-1, "abort")),
        [("last-step-short", "config.lastItems[2]", LITTLE.format(300))],
    ),
    # The first may run in the first iteration beyond the base, so that 1 is not late enough.
    (site((-1, 150), (1, "abort")), [("last-step-short", ITEM.format(0), LITTLE.format(150))]),
    # The first is due after 6 iterations, so the second after 7.
    (
        site((5, 150), (-1, 200), (7, "abort")),
        [("last-step-short", ITEM.format(1), LITTLE.format(200))],
    ),
    # A downtime that held before has had its time.
    (
        site((5, 500), (-1, "abort"), init=(500,)),
        [("downtime-repeats", MS.format(0), repeats(500))],
    ),
    (
        site((1, 500), (5, 300), (6, 400), (-1, "abort")),
        [("downtime-shrinks", MS.format(1), shrinks(500, 300))],
    ),
    (
        site((1, 200), (5, 150), (6, 201), (-1, "abort")),
        [
            ("downtime-shrinks", MS.format(1), shrinks(200, 150)),
            ("last-step-short", ITEM.format(2), LITTLE.format(201)),
        ],
    ),
    (
        site((5, 300), (-1, "abort"), init=(400, 200)),
        [
            ("initial-overwritten", START.format(0), OVERWRITTEN),
            ("last-step-short", ITEM.format(0), LITTLE.format(300)),
        ],
    ),
    # So has QEMU's own, where the schedule begins with none.
    (
        site((5, 300), (-1, "abort"), init=()),
        [("initial-missing", "config.initialItems", NO_INITIAL)],
    ),
    (
        site((5, 301), (-1, "abort"), init=()),
        [
            ("initial-missing", "config.initialItems", NO_INITIAL),
            ("last-step-short", ITEM.format(0), LITTLE.format(301)),
        ],
    ),
    # Values of the policy.
    (
        attr.evolve(GOOD, zero_copy=True, max_migrations=2, migration_compression=True),
        [
            ("zerocopy-compression", "migrationCompression", SQUEEZED),
            ("zerocopy-divided", "maxMigrations", DIVIDED.format(2)),
        ],
    ),
    (attr.evolve(GOOD, name=""), [("name-empty", "name", EMPTY_NAME)]),
    (attr.evolve(GOOD, name=" \t"), [("name-empty", "name", EMPTY_NAME)]),
    (
        attr.evolve(GOOD, name=" very large vms"),
        [("name-shipped", "name", taken(" very large vms", policies.VERY_LARGE_VMS.id))],
    ),
    (
        attr.evolve(GOOD, name="Legacy"),
        [("name-shipped", "name", taken("Legacy", policies.LEGACY.id))],
    ),
    (
        attr.evolve(GOOD, id=policies.POST_COPY.id, name="Minimal downtime", zero_copy=True),
        [
            (
                "name-shipped",
                "name",
                taken("Minimal downtime", policies.MINIMAL_DOWNTIME.id),
            ),
            (
                "shipped-changed",
                "id",
                changed(
                    "Post-copy migration",
                    "name, autoConvergence, enableGuestEvents, zeroCopy, config",
                ),
            ),
            ("zerocopy-divided", "maxMigrations", DIVIDED.format(2)),
        ],
    ),
    (
        attr.evolve(policies.POST_COPY, max_migrations=1, migration_compression=True),
        [
            (
                "shipped-changed",
                "id",
                changed("Post-copy migration", "maxMigrations, migrationCompression"),
            )
        ],
    ),
    (
        attr.evolve(policies.LEGACY, name="Old"),
        [("shipped-changed", "id", changed("Legacy", "name"))],
    ),
    # Lists.
    (
        [*SHIPPED, GOOD, attr.evolve(GOOD, name="Other"), attr.evolve(GOOD, name="Third")],
        [("id-repeated", "[5].id", same_id(4)), ("id-repeated", "[6].id", same_id(4))],
    ),
    (
        [*SHIPPED, GOOD, attr.evolve(GOOD, id=OTHER, name=" mine")],
        [
            (
                "name-repeated",
                "[5].name",
                "' mine' is what [4] is called, too: nobody can tell which is meant",
            )
        ],
    ),
    (
        [*SHIPPED, attr.evolve(GOOD, name=""), attr.evolve(GOOD, id=OTHER, name=" ")],
        [("name-empty", "[4].name", EMPTY_NAME), ("name-empty", "[5].name", EMPTY_NAME)],
    ),
    (
        [GOOD, policies.POST_COPY, policies.VERY_LARGE_VMS],
        [("shipped-missing", "", lacks("Minimal downtime, Suspend workload if needed"))],
    ),
    ([*SHIPPED[:3], GOOD], [("shipped-missing-zerocopy", "", LACKS_ZEROCOPY)]),
    (
        (),
        [
            (
                "shipped-missing",
                "",
                lacks("Minimal downtime, Suspend workload if needed, Post-copy migration"),
            ),
            ("shipped-missing-zerocopy", "", LACKS_ZEROCOPY),
        ],
    ),
]

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


def found(policy: Policies) -> List[Expected]:
    """What is found, but for what is said of the shipped policies in a list."""
    alone = isinstance(policy, zc.MigrationPolicy)
    return [
        (finding.code, finding.path, finding.message)
        for finding in lint(policy)
        if alone or finding.code != "last-step-short"
    ]


def codes(policy: Policies) -> List[str]:
    return [finding.code for finding in lint(policy)]


def printed(policies: Tuple[zc.MigrationPolicy, ...]) -> str:
    """What ``zcpolicy lint`` prints of them."""
    return findings_text(policies, placed(policies))


class TestRows:
    @pytest.mark.parametrize(("policy", "expected"), EXAMPLES)
    def test_found(self, policy: Policies, expected: List[Expected]) -> None:
        """What a policy does that its author does not think is found, and nothing else."""
        assert found(policy) == expected

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
        assert {code for _, expected in EXAMPLES for code, _, _ in expected} == set(known)
        assert {code for code, _ in NEAREST} == set(known)

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            (policies.MINIMAL_DOWNTIME, ("config.convergenceItems[4]", LITTLE.format(500))),
            (policies.SUSPEND_WORKLOAD, ("config.lastItems[0]", LITTLE.format(5000))),
            (policies.VERY_LARGE_VMS, ("config.lastItems[0]", LITTLE.format(5000))),
            (policies.POST_COPY, None),
            (policies.LEGACY, None),
        ],
    )
    def test_shipped(self, policy: zc.MigrationPolicy, expected: Any) -> None:
        """Of those that ship, three abort soon after their last step, and that is all."""
        assert [(f.code, f.severity, f.path, f.message) for f in lint(policy)] == (
            [("last-step-short", "info", *expected)] if expected else []
        )

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
        assert "from 4.7" in LACKS_ZEROCOPY

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
            assert lint(attr.evolve(GOOD, schedule=schedule)) == ()

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
            for finding in lint(policy):
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
        for policy, expected in EXAMPLES:
            alone = isinstance(policy, zc.MigrationPolicy)
            listed = [policy] if isinstance(policy, zc.MigrationPolicy) else [*policy]
            if policies.LEGACY.id in [one.id for one in listed]:
                continue  # no entry of Engine's list
            for code, path, _ in expected:
                document: Any = [one.to_json() for one in listed]
                CURES[code](document[0] if alone else document, path)
                after = codes(read_for_lint(document)[0] if alone else read_for_lint(document))
                assert after.count(code) < [each for each, _, _ in expected].count(code)
                cured.add(code)
        assert cured == {row.code for row in ROWS} == set(CURES)

    @given(schedules(initial_actions=("setDowntime",)))
    def test_schedule(self, schedule: zc.ConvergenceSchedule) -> None:
        """What is found in a schedule does not depend on whose it is."""
        mine = zc.MigrationPolicy(id=MINE, name="Mine", schedule=schedule)
        other = attr.evolve(mine, id=OTHER, name="Other", max_migrations=7, description="x")
        assert lint(mine) == lint(other)


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


TEXT = """\
The list
  warning shipped-missing
    the list, which replaces its level's, lacks Suspend workload if needed,
    Post-copy migration: clusters and VMs that have one of these migrate as
    under Legacy
    -> add your policies to the shipped ones, unless no cluster and no VM has
       these
  info shipped-missing-zerocopy
    the list lacks Very large VMs, which ships at levels from 4.7: if it is for
    one of these, clusters and VMs that have that policy migrate as under Legacy
    -> add your policies to the shipped ones, unless the list is for a lower
       level, or no cluster and no VM has this one

[0] Minimal downtime
  warning shipped-changed at [0].id
    this is the id of Minimal downtime, which ships with another
    autoConvergence, enableGuestEvents, zeroCopy, config: clusters and VMs that
    have it get this one
    -> give the policy an id and a name of its own, and keep the shipped one
       beside it
  warning zerocopy-divided at [0].maxMigrations
    zero-copy needs parallel connections, which limit a host to 1 migration at a
    time, yet the cluster's bandwidth is divided by 2
    -> set maxMigrations to 1

[1] \\x1b[31mred
  error no-abort at [1].config.lastItems
    the schedule has no abort: when it runs out, Vdsm's monitor dies, and the
    migration goes on with no action and no progress seen
    -> end lastItems with abort

[2] \\x1b[31mred
  error id-repeated at [2].id
    '6d0c1a2e-0000-4000-8000-00000000000f' is the id of [1], too: Engine does
    not start
    -> give each policy an id of its own
  error no-abort at [2].config.lastItems
    the schedule has no abort: when it runs out, Vdsm's monitor dies, and the
    migration goes on with no action and no progress seen
    -> end lastItems with abort
  warning name-repeated at [2].name
    '\\x1b[31mred' is what [1] is called, too: nobody can tell which is meant
    -> give each policy a name of its own

[3] 6d0c1a2e-0000-4000-8000-00000000000e
  warning name-empty at [3].name
    the policy has no name, so that the choice in Engine's UI is blank
    -> give the policy a name

4 policies: 3 errors, 5 warnings, 1 info"""


class TestText:
    def test_list(self) -> None:
        """For a person, findings are told policy by policy, with what to do, and counted."""
        mine = attr.evolve(
            GOOD, id=policies.MINIMAL_DOWNTIME.id, name="Minimal downtime", zero_copy=True
        )
        red = site(ONE, name="\x1b[31mred")
        nameless = attr.evolve(GOOD, id=OTHER, name="")
        assert printed((mine, red, red, nameless)) == TEXT

    def test_shipped(self) -> None:
        """What is not found is not counted."""
        assert printed(SHIPPED).endswith("\n\n4 policies: 3 infos")
        assert printed((GOOD,)).endswith("\n\n1 policy: 1 warning, 1 info")

    @given(LISTS)
    def test_width(self, listed: List[zc.MigrationPolicy]) -> None:
        """Any finding fits 80 columns, in characters that can be printed."""
        text = printed(tuple(listed))
        for line in text.split("\n"):
            assert len(line) <= 80
            assert line.isprintable()
