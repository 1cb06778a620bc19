"""The model against migrations that were measured, ``tests/data/calibration.json``.

``python -m tests.hypervisor.calibrate`` measures them with a real QEMU; ``docs/calibration.md``
says how.
"""

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest

from hypervisor.calibrate import CASES
from hypervisor.comparison import Compared, compare, table

_HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def document() -> Dict[str, Any]:
    found: Dict[str, Any] = json.loads((_HERE / "data/calibration.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def compared(document: Dict[str, Any]) -> List[Compared]:
    return compare(document)


def test_the_record_has_every_case(document: Dict[str, Any]) -> None:
    """What was measured is what would be measured now, each case as often as any other."""
    records = document["records"]
    repeated = len(records) // len(CASES)
    assert [(record["name"], record["scenario"]) for record in records] == [
        (case.name, case.scenario) for case in CASES for _ in range(repeated)
    ]


def test_the_cases_have_every_outcome(document: Dict[str, Any]) -> None:
    """None is forecast that was never seen."""
    outcomes = {record["measured"]["outcome"] for record in document["records"]}
    assert outcomes == {"completes", "post-copy", "aborted", "never"}


def test_the_outcome_is_as_forecast(compared: List[Compared]) -> None:
    """It agrees wherever the forecast does not say that it is near the edge."""
    assert [each.name for each in compared if not each.agrees and not each.forecast.near_edge] == []


def test_most_forecasts_are_not_near_the_edge(compared: List[Compared]) -> None:
    """So that the rule about the outcome says something."""
    near = sum(each.forecast.near_edge for each in compared)
    assert near <= len(compared) / 4


def test_times_and_bytes_are_as_forecast(compared: List[Compared]) -> None:
    """They are within the ranges in nine of ten, and off by a tenth at most."""
    sure = [each for each in compared if not each.forecast.near_edge and each.agrees]
    errors = [error for each in sure for error in (each.time_error, each.bytes_error)]
    assert [error for error in errors if error is not None and abs(error) > 0.1] == []
    covered = [covers for each in sure for covers in each.covers]
    assert sum(covered) >= 0.9 * len(covered)


def test_autoconverge_throttles_as_forecast(compared: List[Compared]) -> None:
    """Never where none is forecast, and else as far, but for a step of 10 % more or less."""
    seen = [(each.name, each.measured["throttle"], each.throttle) for each in compared]
    assert [row for row in seen if (row[1] == 0) != (row[2] == 0)] == []
    assert [row for row in seen if abs(row[1] - row[2]) > 10] == []
    assert max(forecast for _, _, forecast in seen) > 50


def test_the_page_shows_the_model_as_it_is(compared: List[Compared]) -> None:
    """The table in ``docs/calibration.md`` is that of the record and of this model."""
    page = (_HERE.parent / "docs/calibration.md").read_text("utf-8")
    assert f"\n{table(compared)}\n" in page
