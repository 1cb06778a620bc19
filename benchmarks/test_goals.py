"""The cost of advice for one VM: at most two seconds, with a median of at most half a second.

The cases are those of the test against brute force: guests from idle to wild, and all goals.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import List

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import zcpolicy as zc

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bruteforce import Case, cases


@pytest.fixture(scope="module")
def asked() -> List[Case]:
    return [*cases(5, 60)]


def test_the_time_of_each(asked: List[Case]) -> None:
    """Advice keeps to these limits, by CPU time, which other load changes little."""
    times = []
    for case in asked:
        begun = time.process_time()
        zc.advise(case.scenario, case.workload, case.goal, keep=case.keep)
        times.append(time.process_time() - begun)
    print(f"median {statistics.median(times):.3f} s, most {max(times):.3f} s")
    assert statistics.median(times) < 0.5
    assert max(times) < 2


@pytest.mark.benchmark(group="advise")
def test_advise(asked: List[Case], benchmark: BenchmarkFixture) -> None:
    case = asked[0]
    benchmark(zc.advise, case.scenario, case.workload, case.goal)
