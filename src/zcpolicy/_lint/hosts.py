"""Rows about a schedule on particular hosts."""

from .._model.vdsm import SHIPPED_VDSM
from .finding import Found, Row
from .steps import MONITOR, Steps, in_plan

__all__ = ["ABOUT_HOSTS"]


def _postcopy_polls(steps: Steps) -> Found:
    planned = () if steps.policy.zero_copy else in_plan(steps)
    for entry in planned:
        if entry.name == "postcopy":
            yield (
                entry.path,
                "while post-copy is enabled, QEMU 11.1 counts ten iterations per second, even in "
                "the first pass: every limit has passed by the next poll, so each poll "
                f"({steps.vdsm.monitor_interval_s} s) runs an entry",
            )


def _unwatched(steps: Steps) -> Found:
    if not steps.vdsm.monitor_interval_s:
        yield "config", "Vdsm's monitor is off (migration_monitor_interval is 0): no step runs"


ABOUT_HOSTS = (
    Row(
        code="postcopy-polls",
        severity="info",
        meaning="a schedule switches to post-copy, so QEMU 11.1 counts iterations by time",
        remedy="on hosts with QEMU 11.1, plan for one entry per poll, whatever its limit",
        source="QEMU 11.1.3 with postcopy-ram on: dirty-sync-count grows ten times a second, even "
        "in the first pass (measured; 10.0 stays at 1 there)",
        find=_postcopy_polls,
    ),
    Row(
        code="schedule-unwatched",
        severity="warning",
        meaning="vdsm.conf turns Vdsm's monitor off, so no step runs",
        remedy="remove migration_monitor_interval from vdsm.conf: Vdsm ships with "
        f"{SHIPPED_VDSM.monitor_interval_s} s",
        source=f"{MONITOR}.enabled",
        find=_unwatched,
    ),
)
