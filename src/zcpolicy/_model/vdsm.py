"""The migration-related options of a host's ``vdsm.conf``.

Source: Vdsm ``common/config.py.in``, section ``vars``; ``virt/migration.py`` for their effect.
"""

import attr

from .._base.fields import Fields, integer
from .._base.frozen import quick

__all__ = ["SHIPPED_VDSM", "VDSM", "Vdsm"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Vdsm:
    """The migration options of ``vdsm.conf``; the defaults are Vdsm's.

    Attributes:
        max_bandwidth: ``migration_max_bandwidth``, MiB/s for one migration, if the request has
            no ``maxBandwidth``; 0 means no limit.
        downtime_steps: ``migration_downtime_steps``, the number of steps in the schedule that Vdsm
            computes if the request has none, at least 2: Vdsm crashes with one.
        monitor_interval_s: ``migration_monitor_interval``, the seconds between two polls of the
            monitor; 0 disables the monitor, so no schedule runs.
        max_outgoing: ``max_outgoing_migrations``, concurrent migrations out of the host if the
            request has no ``outgoingLimit``; 0 means no limit.
        max_incoming: ``max_incoming_migrations``, concurrent migrations into the host; 0 as above.

    Raises:
        ZcpolicyError: with every invalid field.
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
        """The limit of a migration whose request has none, such as ``"52 MiB/s"``."""
        return f"{self.max_bandwidth} MiB/s" if self.max_bandwidth else "no limit"


VDSM = Fields(
    max_bandwidth=integer(0),
    # Bounded to keep the schedule finite in practice; no migration has more polls.
    downtime_steps=integer(2, 1000),
    monitor_interval_s=integer(0),
    max_outgoing=integer(0),
    max_incoming=integer(0),
)
SHIPPED_VDSM = Vdsm()
