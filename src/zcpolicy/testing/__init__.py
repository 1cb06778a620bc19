"""Test support for Engine's, Vdsm's and other suites: strategies, enumerations and invariants.

It needs hypothesis, which ``pip install zcpolicy[testing]`` installs.  Once hypothesis is imported,
``st.from_type(zcpolicy.Scenario)`` and the like work even without importing this module.

    >>> from hypothesis import given
    >>> from zcpolicy import testing
    >>> @given(testing.scenarios())
    ... def test_my_decisions(scenario):
    ...     resolution = scenario.resolve()
    ...     for invariant in testing.invariants:
    ...         invariant(scenario, resolution)
    >>> test_my_decisions()
"""

import itertools
from typing import Iterator, List

import zcpolicy as zc

from .._publish.causes import CAUSES, ZEROCOPY
from .._publish.vectors import merged
from ._documents import scenario_documents
from ._faults import invalid_scenario_documents
from ._invariants import invariants
from ._objects import clusters, engines, hosts, policies, scenarios, schedules, vms

__all__ = [
    "clusters",
    "engines",
    "hosts",
    "invalid_scenario_documents",
    "invariants",
    "limitation_combinations",
    "policies",
    "scenario_documents",
    "scenarios",
    "schedules",
    "vms",
]


def limitation_combinations() -> Iterator[zc.Scenario]:
    """Yield scenarios for all combinations of limitations of zero-copy, from none to all.

    Smaller combinations come first, in the order of `zcpolicy.LIMITATIONS`; each scenario's
    blockers are exactly the combined limitations.
    """
    for size in range(len(CAUSES) + 1):
        for combined in itertools.combinations(CAUSES.values(), size):
            documents = [cause.document for cause in combined]
            yield zc.Scenario.from_json(merged(ZEROCOPY, *documents))


def __dir__() -> List[str]:
    return __all__
