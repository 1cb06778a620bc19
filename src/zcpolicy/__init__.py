"""Decide how a KVM virtual machine is live-migrated: settings in, parameters and reasons out.

    >>> import zcpolicy as zc
    >>> r = zc.resolve(zc.Cluster(parallel="auto"), zc.Host(), zc.policies.VERY_LARGE_VMS)
    >>> r.parameters.zerocopy, r.parameters.parallel
    (True, 2)

The library is pure: it does no I/O and keeps no state.  ``docs/architecture.md`` describes its
structure.
"""

import importlib
from typing import TYPE_CHECKING, Any, List

from . import policies
from ._base.errors import ZcpolicyError
from ._base.naming import public
from ._decision.facts import Facts
from ._decision.limitations import LIMITATIONS, Limitation
from ._decision.resolution import Resolution, resolve
from ._model.engine_config import EngineConfig
from ._model.inputs import VM, Cluster, Host
from ._model.notice import Notice
from ._model.parameters import Parameters
from ._model.policy import MigrationPolicy
from ._model.scenario import Scenario
from ._model.schedule import Action, ConvergenceSchedule, Replay, StallingEntry
from ._model.vdsm import Vdsm
from ._model.vdsm_schedule import legacy_schedule

if TYPE_CHECKING:
    from . import adapters as adapters
    from . import formats as formats
    from ._advice import Advice, Change, Diagnosis, Goal, Option, advise, diagnose, rank
    from ._compare import Difference, compare
    from ._drain import Alternative, Leg, Move, Plan, PlanOption, Stay, drain
    from ._forecast import Fit, Forecast, Round, Workload, Writer, fit, simulate
    from ._lint import Finding, lint
    from ._many import Survey, answers
    from ._model.evidence import Migration, Sample

__version__ = "0.2.0"

__all__ = [
    "LIMITATIONS",
    "VM",
    "Action",
    "Advice",
    "Change",
    "Alternative",
    "Cluster",
    "ConvergenceSchedule",
    "Diagnosis",
    "Difference",
    "EngineConfig",
    "Facts",
    "Finding",
    "Fit",
    "Forecast",
    "Goal",
    "Host",
    "Leg",
    "Limitation",
    "Migration",
    "MigrationPolicy",
    "Move",
    "Notice",
    "Option",
    "Parameters",
    "Plan",
    "PlanOption",
    "Replay",
    "Resolution",
    "Round",
    "Sample",
    "Scenario",
    "StallingEntry",
    "Stay",
    "Survey",
    "Vdsm",
    "Workload",
    "Writer",
    "ZcpolicyError",
    "advise",
    "answers",
    "compare",
    "diagnose",
    "drain",
    "fit",
    "legacy_schedule",
    "lint",
    "policies",
    "rank",
    "resolve",
    "simulate",
]


# Imported on first use, since decisions do not need them.
_LATE = {
    "Advice": "_advice",
    "Alternative": "_drain",
    "Change": "_advice",
    "Diagnosis": "_advice",
    "Difference": "_compare",
    "Finding": "_lint",
    "Fit": "_forecast",
    "Forecast": "_forecast",
    "Goal": "_advice",
    "Leg": "_drain",
    "Migration": "_model.evidence",
    "Move": "_drain",
    "Option": "_advice",
    "Plan": "_drain",
    "PlanOption": "_drain",
    "Round": "_forecast",
    "Sample": "_model.evidence",
    "Stay": "_drain",
    "Survey": "_many",
    "Workload": "_forecast",
    "Writer": "_forecast",
    "adapters": "adapters",
    "advise": "_advice",
    "answers": "_many",
    "compare": "_compare",
    "diagnose": "_advice",
    "drain": "_drain",
    "fit": "_forecast",
    "formats": "formats",
    "lint": "_lint",
    "rank": "_advice",
    "simulate": "_forecast",
}


# With a module-level __getattr__, type checkers would accept any name.
if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name: str) -> Any:
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = _LATE[name]
        room = importlib.import_module(f".{home}", __name__)
        # All of its names, since the types of one class's fields may name another.
        for each, where in _LATE.items():
            if where == home:
                globals().setdefault(each, room if each == home else getattr(room, each))
        return globals()[name]


def __dir__() -> List[str]:
    return [*__all__, "adapters", "formats", "__version__"]


public(
    *(Action, Cluster, ConvergenceSchedule, EngineConfig, Facts, Host, Limitation),
    *(MigrationPolicy, Notice, Parameters, Replay, Resolution, Scenario, StallingEntry),
    *(VM, Vdsm, ZcpolicyError, legacy_schedule, resolve),
)
