"""The output: the final migration parameters, which cannot contradict each other."""

import itertools
from typing import Any, Dict, Literal, Mapping, Optional, Tuple, cast

import attr

from .._base.errors import InvalidValue, raise_all
from .._base.fields import BOOL, Fields, instance, integer, optional
from .._base.frozen import quick
from .schedule import DOWNTIME_MAX, ConvergenceSchedule
from .vdsm import SHIPPED_VDSM

__all__ = [
    "CONNECTIONS",
    "CONNECTIONS_MAX",
    "PARAMETERS",
    "PARAMETER_KEYS",
    "ParameterName",
    "Parameters",
]

# QEMU qapi/migration.json: multifd-channels is a uint8.
CONNECTIONS_MAX = 255
CONNECTIONS = integer(2, CONNECTIONS_MAX)

ParameterName = Literal[
    "zerocopy",
    "parallel",
    "auto_converge",
    "compressed",
    "encrypted",
    "tunnelled",
    "max_bandwidth",
    "downtime",
    "schedule",
    "enable_guest_events",
    "incoming_limit",
    "outgoing_limit",
]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one migration.

    Attributes:
        zerocopy: whether memory is sent without copying it on the host (MSG_ZEROCOPY).
        parallel: the number of parallel connections, 2 to 255; None for a single plain connection.
        auto_converge: whether QEMU slows down a guest that dirties memory too fast.
        compressed: whether memory is compressed (XBZRLE).
        encrypted: whether the migration is encrypted by QEMU (TLS).
        tunnelled: whether the migration goes through libvirt's own connection.
        max_bandwidth: the bandwidth limit, MiB/s, at least 1; None leaves it to Vdsm (52 MiB/s).
        downtime: the VM's maximum downtime, ms, 1 to 2,000,000; None if none is sent.
        schedule: the convergence schedule; None leaves it to Vdsm.
        enable_guest_events: whether the guest is notified before and after.
        incoming_limit: concurrent migrations into the destination, at least 1.
        outgoing_limit: concurrent migrations out of the source, at least 1.

    Raises:
        ZcpolicyError: a field is invalid, or libvirt or QEMU would reject the combination or
            fail because of it.
    """

    zerocopy: bool = False
    parallel: Optional[int] = None
    auto_converge: bool = False
    compressed: bool = False
    encrypted: bool = False
    tunnelled: bool = False
    max_bandwidth: Optional[int] = None
    downtime: Optional[int] = None
    schedule: Optional[ConvergenceSchedule] = None
    enable_guest_events: bool = False
    incoming_limit: int = SHIPPED_VDSM.max_incoming
    outgoing_limit: int = SHIPPED_VDSM.max_outgoing

    def __attrs_post_init__(self) -> None:
        _check(self)
        schedule = self.schedule
        switches = (
            self.zerocopy,
            self.parallel is not None,
            self.compressed,
            self.encrypted,
            self.tunnelled,
            schedule is not None and schedule.switches_to_postcopy,
        )
        if switches in _IMPOSSIBLE:
            raise_all(
                [
                    InvalidValue(field, getattr(self, field), expected, problem)
                    for row, field, expected, problem in _EXCLUSIONS
                    if _excluded(switches, row)
                ]
            )

    def to_json(self) -> Dict[str, Any]:
        """The parameters as in the command's JSON answer."""
        return {
            "zerocopy": self.zerocopy,
            "parallel": self.parallel,
            "autoConverge": self.auto_converge,
            "compressed": self.compressed,
            "encrypted": self.encrypted,
            "tunnelled": self.tunnelled,
            "maxBandwidth": self.max_bandwidth,
            "downtime": self.downtime,
            "schedule": None if self.schedule is None else self.schedule.to_json(),
            "enableGuestEvents": self.enable_guest_events,
            "incomingLimit": self.incoming_limit,
            "outgoingLimit": self.outgoing_limit,
        }


PARAMETERS = Fields(
    zerocopy=BOOL,
    parallel=optional(CONNECTIONS),
    auto_converge=BOOL,
    compressed=BOOL,
    encrypted=BOOL,
    tunnelled=BOOL,
    max_bandwidth=optional(integer(1)),
    downtime=optional(integer(1, DOWNTIME_MAX)),
    schedule=optional(instance(ConvergenceSchedule)),
    enable_guest_events=BOOL,
    incoming_limit=integer(1),
    outgoing_limit=integer(1),
)
# A function of its own: Python calls it quicker than an attribute.
_check = PARAMETERS.check
PARAMETER_KEYS = cast(Dict[str, ParameterName], PARAMETERS.json_keys())


# Combinations that are impossible: the parameters that are on or off ("parallel" means that there
# are connections, "postcopy" that the schedule may switch to post-copy), the field to report, what
# is accepted instead, and the problem.  Sources: libvirt qemu_migration.c and
# qemu_migration_params.c, QEMU migration/options.c.
_EXCLUSIONS: Tuple[Tuple[Mapping[str, bool], str, str, str], ...] = (
    (
        # libvirt: "zero-copy is only available for parallel migration"
        {"zerocopy": True, "parallel": False},
        "zerocopy",
        "false, or a number of connections in 'parallel'",
        "zero-copy needs parallel connections",
    ),
    (
        # QEMU: "Zero copy only available for non-compressed non-TLS multifd migration"
        {"zerocopy": True, "encrypted": True},
        "zerocopy",
        "false, or no encryption",
        "zero-copy excludes encryption",
    ),
    (
        # As above.  With parallel connections, libvirt since 9.4: "No compression algorithm
        # selected for parallel migration"; QEMU since 8.2: "Multifd is not compatible with xbzrle"
        {"parallel": True, "compressed": True},
        "compressed",
        "false, or no parallel connections",
        "parallel connections exclude compression (XBZRLE)",
    ),
    (
        # QEMU 8.1 to 10.0: "Postcopy is not yet compatible with multifd"; earlier, the
        # destination aborts at the switch, and the VM is lost
        {"parallel": True, "postcopy": True},
        "schedule",
        "a schedule without postcopy, or no parallel connections",
        "parallel connections exclude post-copy",
    ),
    (
        # libvirt: the flags "are mutually exclusive"
        {"tunnelled": True, "parallel": True},
        "tunnelled",
        "false, or no parallel connections",
        "a tunnel excludes parallel connections",
    ),
    (
        # libvirt: "post-copy is not supported with tunnelled migration"
        {"tunnelled": True, "postcopy": True},
        "schedule",
        "a schedule without postcopy, or no tunnel",
        "a tunnel excludes post-copy",
    ),
    (
        # It never works, and it crashes the daemon of libvirt 11.3
        {"tunnelled": True, "encrypted": True},
        "tunnelled",
        "false, or no encryption",
        "a tunnel excludes encryption",
    ),
)
_SWITCHES = ("zerocopy", "parallel", "compressed", "encrypted", "tunnelled", "postcopy")


def _excluded(switches: Tuple[bool, ...], row: Mapping[str, bool]) -> bool:
    return all(switches[_SWITCHES.index(name)] is value for name, value in row.items())


# The same as a set, so that building Parameters needs only one lookup.
_IMPOSSIBLE = frozenset(
    switches
    for switches in itertools.product((False, True), repeat=len(_SWITCHES))
    if any(_excluded(switches, row) for row, _, _, _ in _EXCLUSIONS)
)
