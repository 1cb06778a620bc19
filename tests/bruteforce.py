"""All that `advise` could find, forecast one by one, and scenarios to try it on."""

import random
from typing import Dict, Iterator, List, NamedTuple, Tuple

import zcpolicy as zc
from zcpolicy._advice.goal import Ends, ends_of
from zcpolicy._advice.schedules import PATIENCES, SWITCHES, limits_within
from zcpolicy._advice.space import Draft, Kept, Space
from zcpolicy._forecast.members import beside_limit_ms


class Case(NamedTuple):
    """What is asked."""

    scenario: zc.Scenario
    workload: zc.Workload
    goal: zc.Goal
    keep: Tuple[Kept, ...]


class Tried(NamedTuple):
    """A scenario of the grid and the upper ends of its forecast."""

    changes: int
    scenario: zc.Scenario
    ends: Ends


def drafts(space: Space, goal: zc.Goal, *, long: bool) -> Iterator[Draft]:
    """Every point of the grid, without any thought of which are worth it."""
    most = goal.downtime_ms
    if most is not None:
        most -= beside_limit_ms(space.members)
    for network in space.networks():
        yield from space.existing(network)
        for way in space.ways(network):
            for patience in SWITCHES if way.switches else PATIENCES[-1:]:
                for limit in limits_within(most, long=long):
                    yield space.draft(way, limit, patience)


def everything(case: Case) -> List[Tried]:
    """The whole grid, forecast; with pauses of more than 5 s only if nothing else will do.

    Each VM stays on the same hosts, where the parameters alone decide the forecast.
    """
    ends: Dict[zc.Parameters, Ends] = {}
    space = Space(case.scenario, case.workload, postcopy=case.goal.postcopy, keep=case.keep)
    found: List[Tried] = []
    for long in (False, True) if case.goal.downtime_ms is None else (True,):
        found = []
        seen = set()
        for draft in drafts(space, case.goal, long=long):
            if draft.scenario in seen or (draft.changes and not space.keeps(draft.scenario)):
                continue
            seen.add(draft.scenario)
            resolution = draft.scenario.resolve()
            decided = resolution.parameters
            if decided not in ends:
                ends[decided] = ends_of(zc.simulate(resolution, case.workload))
            found.append(Tried(len(draft.changes), draft.scenario, ends[decided]))
        if any(not any(case.goal.excess(each.ends)) for each in found):
            break
    return found


_KEEPS: Tuple[Tuple[Kept, ...], ...] = (
    ("parallel", "bandwidth"),
    ("policy",),
    ("schedule", "encrypted"),
    ("auto_converge", "bandwidth"),
    (),
)


def cases(seed: int, count: int) -> Iterator[Case]:
    """Scenarios of all sizes, from an idle guest to one that nothing moves; the same each time."""
    drawn = random.Random(seed)
    for _ in range(count):
        link = drawn.choice([1000, 10000, 25000, 100000])
        memory = int(2 ** drawn.uniform(12, 20))
        share = drawn.choice([0.05, 0.2, 0.4, 0.7, 0.9, 1.2, 3.0])
        speed = share * link / 8
        working_set = max(1, int(memory * drawn.choice([0.02, 0.1, 0.4, 0.8])))
        host = zc.Host(
            migration_mbps=drawn.choice([link, link, None]),
            qemu_version=drawn.choice([None, (8, 2), (10, 0)]),
        )
        cluster = zc.Cluster(
            encrypted=drawn.choice([None, None, None, True]),
            bandwidth=drawn.choice(["auto", "auto", "auto", link // 4]),
            parallel=drawn.choice(["disabled", "disabled", "auto", "auto_parallel"]),
        )
        scenario = zc.Scenario(
            cluster=cluster,
            host=host,
            destination=host,
            vm=zc.VM(vcpus=drawn.choice([2, 8, 32]), memory_mib=memory),
            policy=drawn.choice(["Minimal downtime", "Post-copy migration", "Very large VMs"]),
        )
        first_s = memory / (link / 8)
        yield Case(
            scenario,
            zc.Workload(
                dirty_mib_s=round(speed, 1),
                working_set_mib=working_set,
                link_mbps=drawn.choice([None, link]),
                overhead_ms=drawn.choice([None, 20]),
            ),
            zc.Goal(
                total_s=drawn.choice([None, 2 * first_s, 4 * first_s]),
                downtime_ms=drawn.choice([None, None, 300, 1000]),
                throttle=drawn.choice([None, None, 30]),
                postcopy=drawn.choice([False, False, False, True]),
            ),
            drawn.choice(_KEEPS),
        )
