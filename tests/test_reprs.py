"""What a plain prompt shows of an answer: a line that says what it comes to."""

import copy
import pickle
from typing import Any, Dict, List

import attr
import pytest

import zcpolicy as zc

SCENARIO = zc.Scenario(
    cluster=zc.Cluster(bandwidth=10_000),
    policy=zc.policies.VERY_LARGE_VMS,
    vm=zc.VM(memory_mib=262_144, vcpus=8),
)
RESOLUTION = SCENARIO.resolve()
BUSY = zc.Workload(dirty_mib_s=800, working_set_mib=65_536)
IDLE = zc.Workload(dirty_mib_s=0, working_set_mib=0)
FORECAST = zc.simulate(RESOLUTION, BUSY)
MOVES = [zc.Move(name=f"vm{n}", resolution=RESOLUTION, workload=BUSY) for n in range(9)]
PLAN = zc.drain(MOVES, link_mbps=10_000)
MIGRATION = zc.Migration(
    samples=[
        zc.Sample(
            at_ms=1000 * n,
            iteration=n + 1,
            remaining_bytes=10**9,
            sent_bytes=n * 10**9,
            total_bytes=2**34,
            status="active",
        )
        for n in range(9)
    ]
)
CHANGES = (
    zc.Change(path="vm.policy", before="Legacy", after="Mine", reason="r"),
    zc.Change(path="vm.policy.config", before=None, after=zc.ConvergenceSchedule(), reason="r"),
    zc.Change(path="vm.parallel", before=None, after=2, reason="r"),
)
OPTION = zc.Option(changes=CHANGES, scenario=SCENARIO, forecast=FORECAST)
LINE = "completes in 4 min 10 s to 6 min 7 s, downtime 2 ms to 1.7 s, throttled by 20 % to 40 %"
HOSTILE = "\x1b[31m\nvm"


def test_a_forecast() -> None:
    """How it ends, when, and what the guest feels of it."""
    assert repr(FORECAST) == f"<Forecast: {LINE}>"
    unsure = attr.evolve(FORECAST, outcomes=("completes", "never"), throttle_range=(0, 0))
    assert repr(unsure).startswith("<Forecast: completes or never ends in 4 min 10 s")
    assert "throttled" not in repr(unsure)


def test_a_forecast_without_end() -> None:
    """No time is given in which it never ends; that the model gave up is said."""
    endless = attr.evolve(
        FORECAST,
        outcome="never",
        outcomes=("never",),
        total_ms_range=(5000, None),
        downtime_ms_range=(0, 0),
        throttle_range=(20, 30),
    )
    assert repr(endless) == "<Forecast: never ends, throttled by 20 % to 30 %>"
    gave_up = attr.evolve(endless, near_edge=True, throttle_range=(0, 0))
    assert repr(gave_up) == "<Forecast: never ends, as far as the model ran>"


def test_an_option() -> None:
    """What is changed, a policy that is made by its name alone, and what comes of it."""
    assert repr(OPTION) == f"<Option: vm.policy=Mine, vm.parallel=2: {LINE}>"
    assert repr(attr.evolve(OPTION, changes=())) == f"<Option: no change: {LINE}>"


def test_advice() -> None:
    """Whether the goal is met, and by what; or else why not."""
    made = zc.Advice(met=True, options=(OPTION, OPTION))
    assert repr(made) == f"<Advice: met: 2 options, the first: {repr(OPTION)[9:-1]}>"
    assert repr(zc.Advice(met=False, options=(), limit="No.")) == "<Advice: not met: No.>"
    assert repr(zc.Advice(met=False, options=())) == "<Advice: not met: 0 options>"


def test_a_diagnosis() -> None:
    """What happened, why, and what would do."""
    made = zc.Diagnosis(outcome="aborted", cause="never-converges", message="m")
    assert repr(made) == "<Diagnosis: aborted, never-converges, 0 options>"
    found = repr(attr.evolve(made, options=(OPTION,)))
    assert found.startswith("<Diagnosis: aborted, never-converges, 1 option, the first: vm.policy=")


def test_a_fit() -> None:
    """Of what the best workload is, how far off it is, and how many there are."""
    made = zc.Fit(workload=BUSY, workloads=(BUSY, IDLE), residual=0.031)
    assert repr(made) == "<Fit: 1 writer of 65536 MiB, off by 3%, 2 workloads>"
    several = zc.Workload(writers=[zc.Writer(mib_s=1, set_mib=n) for n in (1, 2)])
    made = zc.Fit(workload=several, workloads=(several,))
    assert repr(made) == "<Fit: 2 writers of 3 MiB, off by 0%, 1 workload>"
    idle = zc.Fit(workload=IDLE, workloads=(IDLE,))
    assert repr(idle) == "<Fit: an idle guest, off by 0%, 1 workload>"


def test_a_migration() -> None:
    """How much was seen of it, and what was seen last, as far as it was said."""
    assert repr(MIGRATION) == (
        "<Migration: 9 samples to 8000 ms, iteration=9, remaining_bytes=1000000000, "
        "status='active'>"
    )
    bare = zc.Sample(at_ms=5, iteration=None, remaining_bytes=None, sent_bytes=None)
    assert repr(zc.Migration(samples=(bare,))) == "<Migration: 1 sample to 5 ms>"


def test_a_plan_and_its_parts() -> None:
    """Who leaves when; who stays, and why; and what would help."""
    assert repr(PLAN).startswith("<Plan: all leave, in ")
    first, second = PLAN.legs[:2]
    assert repr(first).startswith("<Leg: 'vm0' at 0 ms: completes in ")
    assert "<Leg: 'vm1' to 'host' at " in repr(attr.evolve(second, destination="host"))
    stay = zc.Stay(name="vm", reason="it never ends", forecast=FORECAST)
    assert repr(stay) == "<Stay: 'vm': it never ends>"
    option = zc.PlanOption(changes=CHANGES[2:], moves=MOVES, plan=PLAN)
    assert repr(option) == f"<PlanOption: vm.parallel=2: {repr(PLAN)[7:-1]}>"


ANSWERS: Dict[str, Any] = {
    "forecast": FORECAST,
    "advice": zc.advise(SCENARIO, BUSY),
    "advice of no use": zc.advise(SCENARIO, BUSY, zc.Goal(total_s=1)),
    "diagnosis": zc.diagnose(MIGRATION),
    "fit": zc.fit(MIGRATION),
    "migration": MIGRATION,
    "plan": PLAN,
    "leg": PLAN.legs[0],
    "ranking": zc.rank(SCENARIO, BUSY, ["legacy", "Post-copy migration"]),
    "differences": zc.compare(zc.resolve(), RESOLUTION),
    "limitations": zc.LIMITATIONS,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=[*ANSWERS])
def test_each_is_a_line_or_two(answer: Any) -> None:
    """A prompt shows no page of it: at most four lines of a terminal, and no line break."""
    assert "\n" not in repr(answer)
    assert len(repr(answer)) <= 4 * 80


def test_a_name_controls_no_terminal() -> None:
    """Of a name or reason, however strange or long, only what can be printed is shown."""
    leg = attr.evolve(PLAN.legs[0], name=HOSTILE, destination=HOSTILE)
    stay = zc.Stay(name=HOSTILE, reason=HOSTILE * 100, forecast=FORECAST)
    change = attr.evolve(CHANGES[0], after=HOSTILE * 100)
    option = attr.evolve(OPTION, changes=(change,))
    advice = zc.Advice(met=False, options=(option,), limit=HOSTILE * 100)
    made: List[Any] = [leg, stay, option, advice, zc.Advice(met=True, options=(option,))]
    stuck = attr.evolve(PLAN, stays=(attr.evolve(stay, name=HOSTILE * 100),), total_ms=None)
    made += [zc.PlanOption(changes=(change,), moves=MOVES, plan=stuck), stuck]
    bare = zc.Sample(at_ms=5, iteration=1, remaining_bytes=0, sent_bytes=0, status=HOSTILE * 100)
    made.append(zc.Migration(samples=(bare,)))
    made.append(zc.rank(SCENARIO, IDLE, [zc.policies.POST_COPY.but(name=HOSTILE * 100)]))
    for each in made:
        assert repr(each).isprintable()
        assert len(repr(each)) <= 4 * 80


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (ANSWERS["ranking"], "<2 options: Post-copy migration, Legacy>"),
        (
            zc.compare(zc.resolve(), zc.resolve(zc.Cluster(encrypted=True))),
            "<2 differences: encrypted, blockers>",
        ),
        (zc.compare(RESOLUTION, RESOLUTION), "()"),
        (
            zc.LIMITATIONS,
            "<9 limitations: policy, level, encryption, tunnel, vdsm, libvirt, qemu, destination, "
            "memory-lock>",
        ),
    ],
)
def test_tuples(made: Any, shown: str) -> None:
    """What is returned as a tuple still is one, and says in a line what is in it."""
    assert repr(made) == shown
    assert isinstance(made, tuple)
    assert made == tuple(made)
    assert hash(made) == hash(tuple(made))
    assert not hasattr(made, "__dict__")
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


def test_limitations_from_a_pickle_decide() -> None:
    """The shipped table decides as well after a pickle as before."""
    again = pickle.loads(pickle.dumps(zc.LIMITATIONS))
    assert zc.resolve(limitations=again) == zc.resolve()
