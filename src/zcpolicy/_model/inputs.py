"""The inputs: the cluster, the hosts and the VM.

Each input is immutable and validated on construction; its defaults are Engine's.  A `Scenario` (in
``scenario``) combines the inputs and checks them against each other.

Source: Engine 4.5 (``Cluster``, ``VmBase``), the REST API's ``Cluster`` and
``Vm`` types for the possible settings, and Java's int for the bounds.
"""

from typing import List, Literal, Optional, Union, get_args

import attr

from .._base.fields import (
    BOOL,
    INT_MAX,
    LEVEL,
    TEXT,
    VERSION,
    Fields,
    Kind,
    ListOrTuple,
    as_tuple,
    choice,
    instance,
    integer,
    optional,
)
from .._base.frozen import quick
from .._base.versions import Version
from .parameters import CONNECTIONS
from .policy import LEGACY_ID, MigrationPolicy, is_policy_id
from .schedule import DOWNTIME_MAX
from .shipped import LEGACY
from .vdsm import SHIPPED_VDSM, Vdsm

__all__ = [
    "UNLIMITED_KIB",
    "UNLIMITED_MIB",
    "VM",
    "Cluster",
    "Host",
]

_ParallelWord = Literal["disabled", "auto", "auto_parallel"]
# A word, or a count from 2 to 255.
ParallelSetting = Union[_ParallelWord, int]
_BandwidthWord = Literal["auto", "hypervisor_default"]
# A word, or Mbps.
BandwidthSetting = Union[_BandwidthWord, int]
# A policy that is used as is, or an id or name to look up.
PolicyChoice = Union[str, MigrationPolicy]
# Several: a list of one kind may be one of names alone, or of objects alone.
PolicyChoices = Union[List[str], List[MigrationPolicy], ListOrTuple[PolicyChoice]]

# libvirt's VIR_DOMAIN_MEMORY_PARAM_UNLIMITED: from here on there is no hard limit.
UNLIMITED_KIB = 9007199254740991
UNLIMITED_MIB = UNLIMITED_KIB // 1024

_PARALLEL = choice(*get_args(_ParallelWord), numbers=CONNECTIONS)
POLICY_CHOICE = Kind(types=(str, MigrationPolicy), expected="a migration policy, or its id or name")


def _hard_limit(value: Optional[int]) -> Optional[int]:
    # libvirt cuts what it is given to this, so it shows no more; we refuse what is more.
    return None if type(value) is int and value == UNLIMITED_MIB else value


def policy_choice(value: PolicyChoice) -> PolicyChoice:
    """Replace Legacy's id with the object, which it always means, and lower other ids."""
    if type(value) is str and is_policy_id(value):
        value = value.lower()
        return LEGACY if value == LEGACY_ID else value
    return value


def _own_policy(value: Optional[PolicyChoice]) -> Optional[PolicyChoice]:
    return None if value is None else policy_choice(value)


def _version(value: Optional[ListOrTuple[int]]) -> Optional[Version]:
    return None if value is None else as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Cluster:
    """The VM's cluster, as configured by an administrator.

    Attributes:
        level: the compatibility level, ``"4.8"``.
        parallel: parallel migrations: ``"disabled"``, ``"auto"``, ``"auto_parallel"`` (the UI's
            *Parallel*) or a number of connections, 2 to 255.
        encrypted: whether migrations are encrypted; None inherits Engine's default.
        auto_converge: whether a guest may be slowed down under Legacy; None as above.
        compressed: whether migrations are compressed under Legacy; None as above.
        tunnelled: whether migrations go through libvirt's own connection.
        bandwidth: the limit for all migrations of a host: ``"auto"`` (from the link speeds),
            ``"hypervisor_default"`` (Vdsm's own 52 MiB/s per migration) or a number of Mbps.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    level: str = "4.8"
    parallel: ParallelSetting = "disabled"
    encrypted: Optional[bool] = None
    auto_converge: Optional[bool] = None
    compressed: Optional[bool] = None
    tunnelled: bool = False
    bandwidth: BandwidthSetting = "auto"

    def __attrs_post_init__(self) -> None:
        CLUSTER.check(self)


CLUSTER = Fields(
    level=LEVEL,
    parallel=_PARALLEL,
    encrypted=optional(BOOL),
    auto_converge=optional(BOOL),
    compressed=optional(BOOL),
    tunnelled=BOOL,
    bandwidth=choice(*get_args(_BandwidthWord), numbers=integer(1)),
)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class VM:
    """The virtual machine to migrate.

    None inherits the cluster's setting, or else Engine's default.

    Attributes:
        vcpus: its virtual CPUs, at least 1; they limit the parallel connections.
        memory_mib: its memory, MiB, at least 1.
        memory_hard_limit_mib: ``<memtune><hard_limit>`` of its domain XML, MiB; None if unset.
            8796093022207 (9007199254740991 KiB), libvirt's value for unlimited, becomes None.
        level: its own (custom) compatibility level.
        parallel: as `Cluster.parallel`.
        encrypted: whether its migration is encrypted.
        auto_converge: as `Cluster.auto_converge`.
        compressed: as `Cluster.compressed`.
        tunnelled: as `Cluster.tunnelled`.
        paused: whether it is paused.
        downtime: its maximum downtime, ms, 0 to 2,000,000; 0 means none is sent to Vdsm.
        policy: its own policy, which replaces the cluster's: a `MigrationPolicy`, an id or a name.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    vcpus: int = 1
    memory_mib: int = 1024
    memory_hard_limit_mib: Optional[int] = attr.ib(default=None, converter=_hard_limit)
    level: Optional[str] = None
    parallel: Optional[ParallelSetting] = None
    encrypted: Optional[bool] = None
    auto_converge: Optional[bool] = None
    compressed: Optional[bool] = None
    tunnelled: Optional[bool] = None
    paused: bool = False
    downtime: Optional[int] = None
    policy: Optional[PolicyChoice] = attr.ib(default=None, converter=_own_policy)

    def __attrs_post_init__(self) -> None:
        VM_FIELDS.check(self)


VM_FIELDS = Fields(
    vcpus=integer(1),
    memory_mib=integer(1),
    memory_hard_limit_mib=optional(integer(1)),
    level=optional(LEVEL),
    parallel=optional(_PARALLEL),
    encrypted=optional(BOOL),
    auto_converge=optional(BOOL),
    compressed=optional(BOOL),
    tunnelled=optional(BOOL),
    paused=BOOL,
    downtime=optional(integer(0, DOWNTIME_MAX)),
    policy=optional(POLICY_CHOICE),
)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Host:
    """A source or destination host; by default an up-to-date one with an unknown link speed.

    Attributes:
        vdsm_zerocopy: whether its Vdsm supports the parameter ``zerocopy`` (since 4.50.3.1).
        libvirt_zerocopy: whether its libvirt, or rather the Python binding that Vdsm checks, has
            ``VIR_MIGRATE_ZEROCOPY`` (since 8.5).
        qemu_zerocopy: whether its QEMU has ``zero-copy-send`` (since 7.1).
        migration_mbps: the speed of its migration network, Mbps (its QoS, or else its link); None,
            0 or less if unknown.
        libvirt_version: its libvirt version, ``(11, 3, 0)``; for a distribution's build with
            backports, the upstream version that behaves the same.  Below 8.5 there is no zero-copy,
            whatever the binding has.  None if unknown; checks then report everything that any
            supported version refuses.
        qemu_version: its QEMU version, as above; below 7.1 there is no zero-copy.
        vdsm: its ``vdsm.conf``.
        name: your name for it; it does not affect decisions, and the answer repeats it.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    vdsm_zerocopy: bool = True
    libvirt_zerocopy: bool = True
    qemu_zerocopy: bool = True
    migration_mbps: Optional[int] = None
    libvirt_version: Optional[Version] = attr.ib(default=None, converter=_version)
    qemu_version: Optional[Version] = attr.ib(default=None, converter=_version)
    vdsm: Vdsm = SHIPPED_VDSM
    name: Optional[str] = None

    def __attrs_post_init__(self) -> None:
        HOST.check(self)


HOST = Fields(
    vdsm_zerocopy=BOOL,
    libvirt_zerocopy=BOOL,
    qemu_zerocopy=BOOL,
    migration_mbps=optional(integer(-INT_MAX - 1)),
    libvirt_version=VERSION,
    qemu_version=VERSION,
    vdsm=instance(Vdsm, "a Vdsm"),
    name=optional(TEXT),
)
