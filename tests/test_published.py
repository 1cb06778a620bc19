"""What others measured and published, against what is forecast of it: good or bad, it is said."""

from pathlib import Path

import pytest

from hypervisor.published import PUBLISHED, Published, published_table

PAGE = Path(__file__).parent.parent / "docs/calibration.md"


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.name}")
def test_a_published_migration_is_on_the_page(row: Published) -> None:
    """With its source, what came of it, what is forecast now, and how far that is off."""
    line = published_table([row]).splitlines()[-1]
    assert row.source in line
    assert f"\n{line}\n" in PAGE.read_text("utf-8")


def test_the_page_has_no_other_rows() -> None:
    """The table is that of all rows, in their order."""
    assert f"\n{published_table()}\n" in PAGE.read_text("utf-8")


def test_the_outcomes_of_current_qemus_are_as_forecast() -> None:
    """Of each that is not of an old QEMU, fitted or not."""
    assert [row.name for row in PUBLISHED if not row.old and row.wrong] == []


def test_a_fitted_row_is_what_it_was_fitted_to() -> None:
    """The working set of the 8 GiB is the one with which the first of the two comes out."""
    (row,) = [row for row in PUBLISHED if row.fitted == "the working set"]
    error = row.time_error()
    assert error is not None
    assert abs(error) < 0.05


def test_few_rows_are_scored() -> None:
    """Neither what was fitted nor what is old says how good the model is."""
    assert {row.scored for row in PUBLISHED} == {True, False}
    assert not any(row.scored and (row.old or row.fitted) for row in PUBLISHED)
