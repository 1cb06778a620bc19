"""The record of guests of many kinds, and what is made of it, without a hypervisor.

``python -m tests.hypervisor.design`` measures them with real QEMUs, and
``python -m tests.hypervisor.report`` writes what came out into ``docs/calibration.md``.
"""

import itertools
import json
import struct
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

import attr
import pytest

import zcpolicy as zc
from hypervisor.design import DESIGN, GENERATIONS, LOST_MAX, MODES, VMS
from hypervisor.drawing import bars, scatter
from hypervisor.evidence import COLUMNS, Recorded, dump, load, thinned
from hypervisor.kinds import FILLED_MIB, KINDS
from hypervisor.questions import (
    QUESTIONS,
    Answer,
    after_passes,
    answers,
    noise,
    percentile,
    score,
    scored,
)
from hypervisor.report import DRAWINGS, drawings, report
from hypervisor.writer import FIRST_MIB, WRITERS_MAX, Writes, assemble

PAGE = Path(__file__).parent.parent / "docs/calibration.md"
COLUMN = {name: number for number, name in enumerate(COLUMNS)}


@pytest.fixture(scope="module")
def runs() -> List[Recorded]:
    return load()


# --- the design ---


def test_the_design_is_small_and_covers() -> None:
    """Sixty migrations at most; each pair of values occurs, and both QEMUs with each kind."""
    assert len(DESIGN) <= 60
    assert len(KINDS) >= 12
    assert len(set(DESIGN)) == len(DESIGN)
    for kind, of in KINDS.items():
        assert len({one.mode for one in DESIGN if one.kind == kind}) == (4 if of.scored else 2)
    values: Dict[str, Set[Any]] = {
        "mode": set(MODES),
        "memory_mib": set(VMS),
        "generation": set(GENERATIONS),
    }
    for (one, of_one), (other, of_other) in itertools.combinations(values.items(), 2):
        pairs = {(getattr(each, one), getattr(each, other)) for each in DESIGN}
        assert pairs == set(itertools.product(of_one, of_other))
    for kind in KINDS:
        assert {one.generation for one in DESIGN if one.kind == kind} == set(GENERATIONS)


def test_the_zero_pages_go_from_few_to_nine_in_ten() -> None:
    """As shares of the VMs' memory, which no VM has more of than KVM's log takes at once."""
    shares = [round(1 - filled / memory, 2) for memory, filled in VMS.items()]
    assert shares == [0.07, 0.5, 0.78, 0.89]
    assert max(VMS) <= 1024


def test_repetitions_are_of_kinds_that_nothing_was_tuned_on() -> None:
    """Three settings are measured three times each."""
    repeated = [one for one in DESIGN if one.repeat]
    assert len(repeated) == 6
    assert all(KINDS[one.kind].scored for one in repeated)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_fits_the_guest(kind: str) -> None:
    """Its writers fit the sector, and write only where the guest has filled its memory."""
    for scale in (1.0, 0.5):
        writers = KINDS[kind].scaled(scale)
        assert 0 < len(writers) <= WRITERS_MAX
        assert all(each.at_mib + each.set_mib <= FILLED_MIB * scale for each in writers)


def test_a_row_is_what_the_guest_reads() -> None:
    """Nine dwords: the set, the pace, the order, when it writes, and two that are the guest's."""
    row = Writes(mib_s=10, set_mib=2, at_mib=1, period_s=2, on_s=1, phase_s=0.5).row()
    at, pages, pace, order, period, on, phase, credit, cursor = struct.unpack("<9L", row)
    assert (at, pages) == ((FIRST_MIB + 1) << 20, 512)
    assert pace * 3579545 / (1 << 20) == pytest.approx(2560, rel=1e-3)
    assert (order, period, on, phase, credit, cursor) == (0, 7159090, 3579545, 1789772, 0, 0)
    assert struct.unpack("<9L", Writes(mib_s=1, set_mib=1, sweep=True).row())[3] == 0xFFFFFFFF
    always = struct.unpack("<9L", Writes(mib_s=1, set_mib=1, squared=3).row())
    assert always[3:6] == (3, 0xFFFFFFFF, 0xFFFFFFFF)


@pytest.mark.parametrize("count", [0, WRITERS_MAX + 1])
def test_too_many_writers_are_refused(tmp_path: Path, count: int) -> None:
    """And none at all: a table of zeros has no end that the guest would see."""
    with pytest.raises(ValueError, match="writers"):
        assemble(tmp_path / "disk", filled_mib=1, writers=[Writes(mib_s=1, set_mib=1)] * count)


# --- the record ---


def test_the_record_has_the_design(runs: List[Recorded]) -> None:
    """Each run of it once, in its order, with the scenario that would be measured now."""
    assert [(run.setting, run.found["repeat"]) for run in runs] == [
        ((one.kind, one.mode, one.memory_mib, one.generation), one.repeat) for one in DESIGN
    ]
    for run, one in zip(runs, DESIGN):
        version = run.found["scenario"]["source"]["versions"]["qemu"]
        assert run.found["scenario"] == json.loads(json.dumps(one.case(version).scenario))


def test_the_record_says_where_the_machine_was_busy(runs: List[Recorded]) -> None:
    """Most runs got nearly all of the time and the bandwidth; what the others lost is said."""
    lost = [max(run.found["lost"], run.found["slow"]) for run in runs]
    assert sum(share > LOST_MAX for share in lost) <= len(lost) / 5
    assert max(lost) < 0.2


def test_the_rates_were_measured_before(runs: List[Recorded]) -> None:
    """Over one second and ten, in which no less is dirtied than in one."""
    for run in runs:
        (short, high), (long, low) = run.found["dirtyRates"]
        assert (short, long) == (1, 10)
        assert 10 * (low + 1) > high > 0  # whole MiB


def test_the_samples_are_evidence(runs: List[Recorded]) -> None:
    """Each run is a migration whose counters only grow, and agree with how it ended."""
    for run in runs:
        samples = run.migration().samples
        for name in ("at_ms", "iteration", "sent_bytes", "zero_pages", "normal_pages"):
            values = [getattr(sample, name) for sample in samples]
            assert values == sorted(values), name
        total_ms = run.found["measured"]["totalMs"]
        # QEMU 7.2 has no numbers any more once it is cancelled.
        assert 0 <= total_ms - samples[-1].at_ms < (300 if run.is_aborted else 1)
        assert samples[-1].downtime_ms == run.found["measured"]["downtimeMs"]


def test_no_pages_are_found_within_an_iteration(runs: List[Recorded]) -> None:
    """All pages that were ever to be sent grow only by a look, but for what post-copy does."""
    for run in runs:
        if run.found["mode"] == "post-copy":
            continue
        for before, after in zip(run.rows, run.rows[1:-1]):
            if before[COLUMN["iteration"]] == after[COLUMN["iteration"]]:
                pages = [
                    row[COLUMN["remaining_pages"]]
                    + row[COLUMN["zero_pages"]]
                    + row[COLUMN["normal_pages"]]
                    for row in (before, after)
                ]
                # Connections have their packets under way.
                assert abs(pages[1] - pages[0]) <= 1024


def test_the_record_is_read_as_it_is_written(runs: List[Recorded], tmp_path: Path) -> None:
    """Line by line, and small enough to lie in the repository."""
    path = tmp_path / "guests.jsonl"
    dump(runs, {"cpu": "some"}, path)
    assert load(path) == runs
    assert path.stat().st_size < 400_000


def row(at_ms: int, iteration: int = 1, **more: int) -> List[int]:
    """A row with the rest zeros."""
    return [{"at_ms": at_ms, "iteration": iteration, **more}.get(name, 0) for name in COLUMNS]


def test_thinned_keeps_what_says_something() -> None:
    """Both sides of a look, of a throttle and of a limit; the last; else one a second."""
    rows = [row(at) for at in range(0, 2400, 200)] + [row(2400, 2), row(2600, 2), row(2800, 2)]
    rows += [row(3000, 2, throttle=20), row(3200, 2, throttle=20), row(3400, 2, throttle=20)]
    kept = [list(itertools.accumulate(column)) for column in zip(*thinned(rows))]
    assert kept[0] == [0, 1000, 2000, 2200, 2400, 2800, 3000, 3400]
    assert kept[1] == [1, 1, 1, 1, 2, 2, 2, 2]


# --- the questions ---


def recorded(**changes: Any) -> Recorded:
    """A run with two passes over 100 pages, then a last one."""
    samples = [
        row(100, 1, remaining_pages=100),
        row(1000, 2, remaining_pages=40, normal_pages=100),
        row(1400, 3, remaining_pages=10, normal_pages=140),
        row(1500, 4, normal_pages=150),
    ]
    found = {
        "kind": "sweep",
        "mode": "plain",
        "memoryMiB": 1,
        "generation": "newest",
        "repeat": 0,
        "totalBytes": 100 * 4096,
        "status": "completed",
        "measured": {"outcome": "completes", "totalMs": 1500, "downtimeMs": 10, "sentMiB": 2.0},
        "samples": thinned(samples),
    }
    found.update(changes)
    return Recorded(found)


def forecast(**changes: Any) -> zc.Forecast:
    """Some forecast."""
    scenario = zc.Scenario.from_json({"cluster": {"bandwidth": 800}, "vm": {"memoryMiB": 256}})
    found = zc.simulate(scenario.resolve(), zc.Workload(dirty_mib_s=1, working_set_mib=8))
    return attr.evolve(found, **changes)


def answer(run: Optional[Recorded] = None, **changes: Any) -> Answer:
    """An answer that is right, and exactly so."""
    right = {
        "outcome": "completes",
        "outcomes": ("completes",),
        "near_edge": False,
        "total_ms": 1500,
        "total_ms_range": (1400, 1600),
        "sent_mib": 2,
        "sent_mib_range": (1, 3),
        "downtime_ms": 10,
        "downtime_ms_range": (5, 30),
        **changes,
    }
    return Answer(run=run or recorded(), question="rates", forecast=forecast(**right))


def test_passes_are_counted_by_what_was_sent() -> None:
    """Not by QEMU's iterations; None if the migration was over by then."""
    assert after_passes(recorded()) == 3
    short = [row(100, 1, remaining_pages=100), row(900, 9, normal_pages=100)]
    assert after_passes(recorded(samples=thinned(short))) is None
    seen = recorded().migration(3)
    assert [sample.status for sample in seen.samples] == ["active"] * 3
    assert seen.samples[-1].downtime_ms is None


def test_a_right_answer() -> None:
    """It is off by what it is off, and its ranges have a width."""
    right = answer(total_ms=1650)
    assert (right.right, right.flagged, right.wrong) == (True, False, False)
    assert right.error("totalMs") == pytest.approx(0.1)
    assert right.error("downtimeMs") == 0
    assert [right.covered(key) for key in ("totalMs", "sentMiB", "downtimeMs")] == [True] * 3
    assert right.width("totalMs") == pytest.approx(200 / 1500)
    assert right.width("downtimeMs") == 25


def test_a_wrong_answer_has_no_error() -> None:
    """A flagged one is not wrong where the outcome is among those that are possible."""
    never = answer(outcome="never", outcomes=("never",), total_ms_range=(1600, None))
    assert (never.right, never.wrong, never.error("totalMs")) == (False, True, None)
    assert never.covered("totalMs") is False
    assert never.width("totalMs") == float("inf")
    both = answer(outcome="never", outcomes=("never", "completes"), near_edge=True)
    assert (both.right, both.flagged, both.wrong) == (False, True, False)


def test_an_aborted_migration_has_no_downtime() -> None:
    """Whatever QEMU says of it."""
    measured = {**recorded().found["measured"], "outcome": "aborted"}
    aborted = answer(recorded(measured=measured))
    assert aborted.error("downtimeMs") is None
    assert aborted.covered("downtimeMs") is None
    assert aborted.width("downtimeMs") is None


def test_the_score_counts() -> None:
    """Errors where the outcome is right, coverage of all, and what was refused."""
    found = [
        answer(total_ms=1650),
        answer(outcome="never", outcomes=("never",), total_ms_range=(1600, None)),
        Answer(run=recorded(), question="rates", refused="no"),
    ]
    of = score(found)
    assert (of.asked, of.refused, of.right, of.flagged, of.wrong) == (3, 1, 1, 0, 1)
    assert of.errors["totalMs"] == pytest.approx((0.1, 0.1))
    assert of.covered["totalMs"] == (0.5, 2)
    assert of.open["totalMs"] == 1
    nothing = score([Answer(run=recorded(), question="rates", refused="no")])
    assert (nothing.errors, nothing.covered) == ({}, {})


def test_the_noise_is_among_repetitions() -> None:
    """How far each of them is off the one in the middle."""
    times = [1000, 1010, 1030]
    runs = [recorded(measured={"totalMs": ms, "sentMiB": 1, "downtimeMs": ms}) for ms in times]
    found = noise([*runs, recorded(kind="uniform")])
    assert found["totalMs"] == pytest.approx([10 / 1010, 0, 20 / 1010])
    assert found["downtimeMs"] == [10, 0, 20]
    assert percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) == 10


def test_the_headline_is_of_kinds_that_nothing_was_tuned_on() -> None:
    """And whose load does not change after the evidence."""
    of = [answer(recorded(kind=kind)) for kind in KINDS]
    left = {each.run.kind for each in scored(of)}
    assert left == {kind for kind, it in KINDS.items() if not it.tuned and not it.changes}
    assert len(left) >= 8


def test_evidence_that_is_refused_is_no_forecast(runs: List[Recorded]) -> None:
    """The library's words are kept."""
    without = recorded(
        scenario=runs[0].found["scenario"],
        linkMbps=100,
        zeroShare=0,
        dirtyRates=[[1, 5000]],
        samples=thinned([row(100, 1, remaining_pages=100)]),
    )
    refused, _, told, table = answers([without])
    assert (refused.question, refused.forecast) == ("rates", None)
    assert refused.refused
    assert told.forecast is not None
    assert table.forecast is not None


# --- the page ---


@pytest.fixture(scope="module")
def found(runs: List[Recorded]) -> List[Answer]:
    return answers(runs)


@pytest.mark.slow
def test_the_page_shows_the_model_as_it_is(runs: List[Recorded], found: List[Answer]) -> None:
    """The tables in ``docs/calibration.md``, and the drawings, are those of record and model."""
    assert f"\n{report(runs, found)}\n" in PAGE.read_text("utf-8")
    for name, drawn in drawings(found).items():
        assert DRAWINGS[name].read_text("utf-8") == drawn


@pytest.mark.slow
def test_every_question_is_asked_of_every_kind(found: List[Answer]) -> None:
    """Each pair of a question and a kind has two answers at least."""
    for name, kind in itertools.product(QUESTIONS, KINDS):
        assert sum(each.question == name and each.run.kind == kind for each in found) >= 2


def test_a_drawing_is_text() -> None:
    """The same each time, with what is in it in words, and nothing where there is no share."""
    points: Dict[str, List[Tuple[float, float]]] = {"a < b": [(10, 12), (20, 20)]}
    drawn = scatter(points, "measured", "forecast")
    assert drawn == scatter(points, "measured", "forecast")
    assert drawn.count("<circle") == 3
    assert "a &lt; b" in drawn
    rows = bars({"sweep": [0.5, None, 1.0]}, ["a", "b", "c"], 0.9)
    assert rows.count("<circle") == 5
