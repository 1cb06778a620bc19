"""What the library plans, against two real migrations at once over one link.

This is the shortest; ``plans`` measures more, and what it measured is tested in
``tests/test_plans.py`` without a hypervisor.
"""

from typing import Any, List

import pytest

from .generation import Generation
from .planned import Ran, plan_of
from .plans import SHORT, measure
from .test_forecast import CONSTANT_MS, TRIES

pytestmark = pytest.mark.hypervisor


def test_two_migrations_run_as_planned(generation: Generation) -> None:
    """Outcomes and order are as planned, and the total is within a tenth and its range."""
    tried: List[Any] = []
    while len(tried) < TRIES:
        record = measure(generation, SHORT)
        ran = Ran(record, plan_of(record))
        assert ran.off == [], record
        low, high = ran.plan.total_ms_range
        assert low is not None
        assert high is not None
        off = ran.total_ms - (ran.plan.total_ms or 0)
        if (
            ran.ended == ran.ends
            and abs(off) <= 0.1 * ran.total_ms
            and low <= ran.total_ms <= high + CONSTANT_MS
        ):
            return
        tried.append((ran.plan.total_ms_range, ran.ends, record))
    pytest.fail(f"not as planned each time: {tried}")
