"""The schedule that Vdsm computes when it receives none.

Source: Vdsm ``virt/migration.py``, ``exponential_downtime`` and ``_convert_to_schedule``.
"""

from typing import List, Sequence

from .._base.errors import InvalidValue, raise_all
from .._base.hints import hinted
from .schedule import ABORT, DOWNTIME, ConvergenceSchedule, StallingEntry, set_downtime
from .vdsm import SHIPPED_VDSM, VDSM

__all__ = ["computed_downtimes", "legacy_schedule", "schedule_of"]

_LAST_LIMIT = 42


def computed_downtimes(downtime: int, steps: int) -> List[int]:
    """The downtimes, ms, that Vdsm computes to reach *downtime*; fails where Vdsm crashes.

    Source: Vdsm ``virt/migration.py``, ``exponential_downtime``: floats, truncated, not rounded.
    """
    offset = downtime / steps
    base = (downtime - offset) ** (1 / (steps - 1))
    return [int(offset + base**step) for step in range(steps)]


@hinted
def legacy_schedule(
    downtime: int = 500, steps: int = SHIPPED_VDSM.downtime_steps
) -> ConvergenceSchedule:
    """The schedule that Vdsm computes when Engine sends none.

    Args:
        downtime: the longest downtime in ms, 1 to 2,000,000 (Vdsm's ``migration_downtime``).
        steps: the number of steps to reach it, at least 2 (``migration_downtime_steps``); Vdsm
            crashes with one.

    Raises:
        ZcpolicyError: a value is out of range, or a step would be 0 ms.

    Source: Vdsm ``virt/migration.py``, ``_convert_to_schedule``.
    """
    raise_all(
        DOWNTIME.faults("downtime", downtime) + VDSM.kinds["downtime_steps"].faults("steps", steps)
    )
    downtimes = computed_downtimes(downtime, steps)
    if 0 in downtimes:
        raise InvalidValue(
            "downtime", downtime, f"a downtime for which each of {steps} steps is at least 1 ms"
        )
    return schedule_of(downtimes)


def schedule_of(downtimes: Sequence[int]) -> ConvergenceSchedule:
    """The schedule that Vdsm builds from these downtimes, each at least 1 ms."""
    actions = [set_downtime(ms) for ms in downtimes]
    # Vdsm sets the last downtime again, at limit 42, and then aborts.
    limits = [*range(1, len(downtimes)), _LAST_LIMIT]
    return ConvergenceSchedule(
        init=actions[:1],
        stalling=[
            *(
                StallingEntry(limit=limit, action=action)
                for limit, action in zip(limits, [*actions[1:], actions[-1]])
            ),
            StallingEntry(limit=-1, action=ABORT),
        ],
    )
