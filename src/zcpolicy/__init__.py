"""How a KVM virtual machine is live-migrated: limits and wishes in, parameters and reasons out.

    >>> import zcpolicy as zc
    >>> r = zc.resolve(zc.Cluster(parallel="auto"), zc.Host(), zc.policies.VERY_LARGE_VMS)
    >>> r.parameters.zerocopy, r.parameters.parallel
    (True, 2)

The library is pure: it does no input or output and keeps no state.  ``docs/architecture.md``
says where each thing lives.
"""

from typing import List

from . import policies
from ._errors import ZcpolicyError
from ._facts import Facts
from ._findings import Finding
from ._forecast import Forecast, Round, Workload
from ._inputs import VM, Cluster, EngineConfig, Host
from ._limitations import LIMITATIONS, Limitation
from ._lint import lint
from ._notices import Notice
from ._parameters import Parameters
from ._policy import MigrationPolicy
from ._resolution import Resolution, resolve
from ._scenario import Scenario
from ._schedule import Action, ConvergenceSchedule, Replay, StallingEntry, legacy_schedule
from ._side_by_side import Difference, compare
from ._simulation import simulate

__version__ = "0.1.0"

__all__ = [
    "LIMITATIONS",
    "VM",
    "Action",
    "Cluster",
    "ConvergenceSchedule",
    "Difference",
    "EngineConfig",
    "Facts",
    "Finding",
    "Forecast",
    "Host",
    "Limitation",
    "MigrationPolicy",
    "Notice",
    "Parameters",
    "Replay",
    "Resolution",
    "Round",
    "Scenario",
    "StallingEntry",
    "Workload",
    "ZcpolicyError",
    "compare",
    "legacy_schedule",
    "lint",
    "policies",
    "resolve",
    "simulate",
]


def __dir__() -> List[str]:
    return [*__all__, "adapters", "__version__"]


# What a user meets is called by the name under which it is imported.
def _report_module() -> None:
    for name in __all__:
        thing = globals()[name]
        if hasattr(thing, "__qualname__"):
            thing.__module__ = __name__


_report_module()
