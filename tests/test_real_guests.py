"""Forecasts of guests that nobody made for the model: how often right, and within their ranges.

The real one's record is not part of the project (see `realguest`); where it is, this tests it.
"""

from typing import List

import pytest

import realguest
from labguest import KINDS, Row, rows, summary

# Kinds of which little can be said: what one does next is not in what it did, others are too near
# the edge.
LEFT_OUT = ("uniform", "sweep", "bursts")


@pytest.fixture(scope="module")
def scores() -> List[realguest.Score]:
    path = realguest.file()
    if not path.is_file():
        pytest.skip(f"no record of real migrations: {path} is not there (ZCPOLICY_MIGRATIONS)")
    return [each for each in map(realguest.scored, realguest.records(path)) if each is not None]


class TestPostgres:
    """25 migrations of a guest that runs PostgreSQL, after two iterations."""

    def test_no_outcome_is_wrong_without_a_flag(self, scores: List[realguest.Score]) -> None:
        """Where the outcome is another one, the forecast said that it may be."""
        assert len(scores) == 25
        wrong = [each for each in scores if each.outcome not in each.forecast.outcomes]
        assert [(each.scenario, each.repeat) for each in wrong] == []
        assert sum(each.flagged for each in scores) <= 0.4 * len(scores)

    def test_times_are_within_ranges_that_say_something(
        self, scores: List[realguest.Score]
    ) -> None:
        """Nine of ten are in range, the median is off by 2 %, and half the ranges by 15 %."""
        times = [
            next(iter(each.errors()))
            for each in scores
            if each.outcome != "never" and each.outcome == each.forecast.outcome
        ]
        assert len(times) >= 10
        assert sum(covers for _, _, _, covers in times) >= 0.9 * len(times)
        assert realguest.quantile([abs(error) for _, error, _, _ in times], 0.5) <= 0.02
        assert realguest.quantile([abs(error) for _, error, _, _ in times], 0.9) <= 0.08
        assert realguest.quantile([width for _, _, width, _ in times], 0.5) <= 0.15

    def test_the_scores_can_be_printed(self, scores: List[realguest.Score]) -> None:
        """They are those of each of its configurations, too."""
        assert realguest.table(scores).startswith("25 forecasts: ")


@pytest.fixture(scope="module")
def found() -> List[Row]:
    return [*rows([kind for kind in KINDS if kind.name not in LEFT_OUT])]


class TestLab:
    """Other kinds of guest, migrated page by page in a simulation."""

    def test_outcomes(self, found: List[Row]) -> None:
        """At most one in fifty is none of those that are said to be possible."""
        wrong = [row for row in found if row.real.outcome not in row.forecast.outcomes]
        assert len(wrong) <= len(found) / 50, summary(found)
        assert sum(row.forecast.near_edge for row in found) <= 0.4 * len(found)

    def test_ranges(self, found: List[Row]) -> None:
        """At least 85 of 100 times are in range; docs/forecast.md says what they are in all."""
        right = [row for row in found if row.forecast.outcome == row.real.outcome]
        covered = 0
        for row in right:
            low, high = row.forecast.total_ms_range
            covered += (low or 0) <= row.real.total_ms and (
                high is None or row.real.total_ms <= high
            )
        assert covered >= 0.85 * len(right), summary(found)
