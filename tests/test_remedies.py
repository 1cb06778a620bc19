"""What was advised of migrations that failed, and what became of it on a real hypervisor.

``python -m tests.hypervisor.remedies`` measures; this needs only the record.
"""

import functools
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest

import zcpolicy as zc
from hypervisor import remedies
from hypervisor.evidence import Recorded, load
from hypervisor.remedies import CASES, DATA, HOPELESS, holds, is_met, table

WORKED_OUT, FORECAST = remedies.first_option, remedies.forecast_of
RUNS = load(DATA)
FAILED, ASKED_TOO_MUCH = RUNS[: len(CASES)], RUNS[len(CASES) :]
PAGE = Path(__file__).parents[1] / "docs/calibration.md"


@functools.cache
def advised(index: int) -> Tuple[zc.Option, Dict[str, Any]]:
    """What is advised of a run, worked out once."""
    return WORKED_OUT(RUNS[index])


def first_option(run: Recorded) -> Tuple[zc.Option, Dict[str, Any]]:
    return advised(RUNS.index(run))


@functools.cache
def forecast(index: int) -> zc.Forecast:
    """What was to be expected of a run's option, forecast once."""
    return FORECAST(RUNS[index])


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks, takes what is here."""
    monkeypatch.setattr(remedies, "first_option", first_option)
    monkeypatch.setattr(remedies, "forecast_of", lambda run: forecast(RUNS.index(run)))


def test_all_are_there() -> None:
    """Nine that failed, and three that nothing helps."""
    assert (len(FAILED), len(ASKED_TOO_MUCH)) == (len(CASES), len(HOPELESS)) == (9, 3)


@pytest.mark.parametrize("run", FAILED, ids=[run.kind for run in FAILED])
class TestFailed:
    """Each migration that failed under its policy."""

    def test_it_did_not_end(self, run: Recorded) -> None:
        """It was aborted, or was still running when it was given up."""
        assert run.found["measured"]["outcome"] in ("aborted", "never")

    def test_the_same_is_advised(self, run: Recorded) -> None:
        """What is advised first today is what was tried."""
        option, _ = first_option(run)
        assert option.scenario == zc.Scenario.from_json(run.found["option"])
        assert option.forecast.outcomes == ("completes",) or run.found["goal"] == {"postcopy": True}

    def test_the_first_option_did_it(self, run: Recorded) -> None:
        """Tried for real, it completes, and as was asked for."""
        assert is_met(run)


@pytest.mark.parametrize("run", ASKED_TOO_MUCH, ids=[run.kind for run in ASKED_TOO_MUCH])
def test_what_nothing_does_was_not_done(run: Recorded) -> None:
    """Where advice says that nothing does, the nearest did not do it either."""
    _, said = first_option(run)
    assert not said["met"]
    assert not is_met(run)


def test_times_are_within_their_ranges() -> None:
    """In six of nine at least."""
    assert sum(holds(run) for run in FAILED) >= 6


def test_the_page_says_so() -> None:
    """Its table is that of the record."""
    assert f"\n{table(RUNS)}\n" in PAGE.read_text("utf-8")
