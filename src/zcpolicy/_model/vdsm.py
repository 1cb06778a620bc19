"""What is set in Vdsm's configuration on a host, as far as migrations depend on it.

Source: Vdsm ``common/config.py.in``, section ``vars``; ``virt/migration.py`` for what it does.
"""

import attr

from .._base.fields import Fields, integer
from .._base.frozen import quick

__all__ = ["SHIPPED_VDSM", "VDSM", "Vdsm"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Vdsm:
    """The options of ``vdsm.conf`` that matter for a migration, with the values that Vdsm ships.

    Attributes:
        max_bandwidth: ``migration_max_bandwidth``, MiB/s for one migration, where the request has
            no ``maxBandwidth``; 0 means no limit.
        downtime_steps: ``migration_downtime_steps``, the steps of the schedule that Vdsm computes
            where the request has none, at least 2: Vdsm crashes with one.
        monitor_interval_s: ``migration_monitor_interval``, the seconds between two polls of the
            monitor; 0 means no monitor, so no schedule runs.
        max_outgoing: ``max_outgoing_migrations``, how many migrations leave the host at a time
            where the request has no ``outgoingLimit``; 0 means no limit.
        max_incoming: ``max_incoming_migrations``, how many come to it at a time; 0 as above.

    Raises:
        ZcpolicyError: with every field that is not as said here.
    """

    max_bandwidth: int = 52
    downtime_steps: int = 5
    monitor_interval_s: int = 10
    max_outgoing: int = 2
    max_incoming: int = 2

    def __attrs_post_init__(self) -> None:
        VDSM.check(self)

    @property
    def bandwidth_text(self) -> str:
        """``"52 MiB/s"``, the limit of a migration whose request has none."""
        return f"{self.max_bandwidth} MiB/s" if self.max_bandwidth else "no limit"


VDSM = Fields(
    max_bandwidth=integer(0),
    # A list of steps without bound would be no service; no migration has more polls.
    downtime_steps=integer(2, 1000),
    monitor_interval_s=integer(0),
    max_outgoing=integer(0),
    max_incoming=integer(0),
)
SHIPPED_VDSM = Vdsm()
