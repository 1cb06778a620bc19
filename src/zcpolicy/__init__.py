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
from ._base.errors import ZcpolicyError
from ._compare import Difference, compare
from ._decision.facts import Facts
from ._decision.limitations import LIMITATIONS, Limitation
from ._decision.resolution import Resolution, resolve
from ._forecast.forecast import Forecast, Round, Workload
from ._forecast.simulation import simulate
from ._lint.findings import Finding
from ._lint.lint import lint
from ._model.engine_config import EngineConfig
from ._model.inputs import VM, Cluster, Host
from ._model.notice import Notice
from ._model.parameters import Parameters
from ._model.policy import MigrationPolicy
from ._model.scenario import Scenario
from ._model.schedule import Action, ConvergenceSchedule, Replay, StallingEntry, legacy_schedule

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
