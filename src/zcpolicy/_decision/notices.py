"""What is not as asked, and advice: one table, one row a notice.

A warning says that a requested value is not what comes out; info is advice.  Each limitation of
zero-copy makes its own notice (``_limitations``); all others are rows here.
"""

from typing import Any, Callable, Optional

import attr

from .._model.notice import Notice
from .._model.parameters import Parameters
from .facts import Facts

__all__ = ["NOTICES", "NoticeRow"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice, which the rules in ``rules`` give, and how it differs from case to case.

    Attributes:
        applies: what must hold besides, for a rule that gives it in some cases only.
        notice: the notice, but for what `requested` and `message` add.
        requested: what was asked for, where that differs from case to case.
        message: the reason, where that differs from case to case.
    """

    applies: Optional[Callable[[Facts, Parameters], bool]] = None
    notice: Notice
    requested: Optional[Callable[[Facts], Any]] = None
    message: Optional[Callable[[Facts], str]] = None

    def make(self, facts: Facts, parameters: Parameters) -> Notice:
        """The notice for this case."""
        if self.requested is None:
            return self.notice  # the same in every case
        notice = self.notice
        field = notice.field
        return Notice(
            code=notice.code,
            severity=notice.severity,
            layer=notice.layer,
            field=field,
            requested=self.requested(facts),
            effective=facts.policy.name if field == "policy" else getattr(parameters, field),
            message=notice.message if self.message is None else self.message(facts),
            remedy=notice.remedy,
            source=notice.source,
        )


def _wants_connections(facts: Facts) -> bool:
    """A count or *Parallel* is a wish for connections; *Auto* is content with none."""
    return facts.parallel not in ("disabled", "auto")


_ENGINE = "Engine 4.5 MigrateVmCommand"

POLICY_UNKNOWN = NoticeRow(
    applies=lambda f, p: f.policy_unknown is not None,
    requested=lambda f: f.policy_unknown,
    message=lambda f: (
        f"the list of policies of cluster level {f.cluster.level} has no policy "
        f"{f.policy_unknown!r}, so the VM migrates as under Legacy"
    ),
    notice=Notice(
        code="policy-unknown",
        severity="warning",
        layer="engine",
        field="policy",
        requested=None,
        effective=None,
        message="",
        remedy="choose a policy that the cluster's level offers, or raise the level: Very large "
        "VMs is offered from 4.7 on",
        source="Engine 4.5 ConvergenceConfigProvider: an id that the level's list lacks is Legacy",
    ),
)
DISABLED_ENFORCED = NoticeRow(
    applies=lambda f, p: f.parallel == "disabled",
    requested=lambda f: f.parallel,
    notice=Notice(
        code="connections-enforced",
        severity="warning",
        layer="engine",
        field="parallel",
        requested=None,
        effective=None,
        message="parallel migrations are disabled, but zero-copy needs them, so that "
        "connections are used, their number automatic",
        remedy="set parallel migrations to Parallel or to a number, or choose a policy without "
        "zero-copy",
        source="feature page, User experience",
    ),
)
AUTO_ENFORCED = NoticeRow(
    applies=lambda f, p: f.parallel == "auto",
    requested=lambda f: f.parallel,
    notice=Notice(
        code="connections-enforced",
        severity="info",
        layer="engine",
        field="parallel",
        requested=None,
        effective=None,
        message="parallel migrations are automatic, but zero-copy needs them, so that "
        "connections are used in any case",
        remedy="set parallel migrations to Parallel, if you want to see it in the settings",
        source="feature page, User experience",
    ),
)
CONNECTIONS_LEVEL = NoticeRow(
    applies=lambda f, p: _wants_connections(f),
    requested=lambda f: f.parallel,
    message=lambda f: f"compatibility level {f.level} does not support parallel migrations",
    notice=Notice(
        code="connections-level",
        severity="warning",
        layer="engine",
        field="parallel",
        requested=None,
        effective=None,
        message="",
        remedy="raise the compatibility level to 4.7, or switch ParallelMigrationsSupported on "
        "for it with engine-config",
        source="Engine 4.5 ParallelMigrationsSupported",
    ),
)
CONNECTIONS_TUNNEL = NoticeRow(
    applies=lambda f, p: p.tunnelled and _wants_connections(f),
    requested=lambda f: f.parallel,
    notice=Notice(
        code="connections-tunnel",
        severity="warning",
        layer="libvirt",
        field="parallel",
        requested=None,
        effective=None,
        message="parallel connections cannot go through a tunnel",
        remedy="switch tunnelled migration off for the VM",
        source="libvirt: VIR_MIGRATE_TUNNELLED and VIR_MIGRATE_PARALLEL are mutually exclusive",
    ),
)
CONNECTIONS_CAPPED = NoticeRow(
    requested=lambda f: f.parallel,
    message=lambda f: (
        f"{f.parallel} connections are more than the {f.connection_cap} that a VM of "
        f"{f.vm.vcpus} vCPU{'' if f.vm.vcpus == 1 else 's'} gets"
    ),
    notice=Notice(
        code="connections-capped",
        severity="warning",
        layer="engine",
        field="parallel",
        requested=None,
        effective=None,
        message="",
        remedy="set the number of connections to 2, or to the VM's vCPUs at most",
        source=_ENGINE,
    ),
)
COMPRESSION_CONNECTIONS = NoticeRow(
    notice=Notice(
        code="compression-connections",
        severity="warning",
        layer="libvirt",
        field="compressed",
        requested=True,
        effective=False,
        message="compression (XBZRLE) is asked for, but parallel connections exclude it",
        remedy="disable parallel migrations for the VM, if compression matters more, or choose a "
        "policy without compression",
        source="ovirt-engine pull request 1186; libvirt: No compression algorithm selected for "
        "parallel migration",
    ),
)
POSTCOPY_CONNECTIONS = NoticeRow(
    applies=lambda f, p: p.parallel is not None,
    requested=lambda f: f.policy.schedule,
    notice=Notice(
        code="postcopy-connections",
        severity="warning",
        layer="qemu",
        field="schedule",
        requested=None,
        effective=None,
        message="the policy's switch to post-copy is left out, since parallel "
        "connections exclude it",
        remedy="disable parallel migrations for the VM, or choose a policy without post-copy",
        source="Engine 4.5 MigrateVmCommand; QEMU: Postcopy is not yet compatible with multifd",
    ),
)
POSTCOPY_PAUSED = NoticeRow(
    applies=lambda f, p: f.vm.paused,
    requested=lambda f: f.policy.schedule,
    notice=Notice(
        code="postcopy-paused",
        severity="warning",
        layer="libvirt",
        field="schedule",
        requested=None,
        effective=None,
        message="the policy's switch to post-copy is left out, since a paused VM cannot use it",
        remedy="none is needed: a paused VM dirties no memory; resume it, if it is to use "
        "post-copy",
        source="Engine 4.5 MigrateVmCommand; libvirt: post-copy is not supported with non-live or "
        "paused migration",
    ),
)
POSTCOPY_TUNNEL = NoticeRow(
    applies=lambda f, p: p.tunnelled,
    requested=lambda f: f.policy.schedule,
    notice=Notice(
        code="postcopy-tunnel",
        severity="warning",
        layer="libvirt",
        field="schedule",
        requested=None,
        effective=None,
        message="the policy's switch to post-copy is left out, since it cannot go through a tunnel",
        remedy="switch tunnelled migration off for the VM",
        source="libvirt: post-copy is not supported with tunnelled migration",
    ),
)
SCHEDULE_RUNS_OUT = NoticeRow(
    applies=lambda f, p: p.schedule is not None and p.schedule.runs_out,
    requested=lambda f: f.policy.schedule,
    notice=Notice(
        code="schedule-runs-out",
        severity="info",
        layer="vdsm",
        field="schedule",
        requested=None,
        effective=None,
        message="the schedule does not end in abort: when it runs out, Vdsm's monitor "
        "dies, and the migration goes on with no action and no progress seen",
        remedy="end the policy's lastItems with abort",
        source="Vdsm virt/migration.py, MonitorThread",
    ),
)
ENCRYPTION_LEVEL = NoticeRow(
    requested=lambda f: True,
    message=lambda f: (
        f"compatibility level {f.level} does not support migration encryption, "
        "so that the VM's memory crosses the network in the clear"
    ),
    notice=Notice(
        code="encryption-level",
        severity="warning",
        layer="engine",
        field="encrypted",
        requested=None,
        effective=None,
        message="",
        remedy="raise the compatibility level to 4.4 or later",
        source="Engine 4.5 VmHandler; MigrationEncryptionSupported",
    ),
)
TUNNEL_ENCRYPTION = NoticeRow(
    notice=Notice(
        code="tunnel-encryption",
        severity="warning",
        layer="libvirt",
        field="tunnelled",
        requested=True,
        effective=False,
        message="encryption and a tunnel cannot be had together, so that the migration "
        "is encrypted without a tunnel",
        remedy="switch tunnelled migration off: encryption gives what the tunnel was for",
        source="libvirt 9.0 fails and 11.3 crashes on VIR_MIGRATE_TUNNELLED with VIR_MIGRATE_TLS",
    ),
)
BANDWIDTH_TOO_SMALL = NoticeRow(
    requested=lambda f: f.bandwidth,
    message=lambda f: (
        f"the bandwidth, {f.bandwidth} MiB/s, divided by "
        f"{f.cluster_policy.max_migrations} migrations is less than 1 MiB/s, so that Vdsm uses "
        "its own limit of 52 MiB/s"
    ),
    notice=Notice(
        code="bandwidth-too-small",
        severity="warning",
        layer="vdsm",
        field="max_bandwidth",
        requested=None,
        effective=None,
        message="",
        remedy="give migrations more bandwidth, or allow fewer at a time in the cluster's policy",
        source="Engine 4.5 MigrateVmCommand; Vdsm virt/migration.py ignores 0",
    ),
)
DOWNTIME_UNUSED = NoticeRow(
    applies=lambda f, p: bool(f.vm.downtime),
    requested=lambda f: f.vm.downtime,
    message=lambda f: (
        f"Vdsm ignores the VM's downtime of {f.vm.downtime} ms, since the policy has a schedule"
    ),
    notice=Notice(
        code="downtime-unused",
        severity="info",
        layer="vdsm",
        field="downtime",
        requested=None,
        effective=None,
        message="",
        remedy="set the downtimes in the policy's schedule, or choose Legacy, which uses the VM's",
        source="Vdsm virt/migration.py",
    ),
)
ZEROCOPY_YOUNG = NoticeRow(
    notice=Notice(
        code="zerocopy-young",
        severity="info",
        layer="qemu",
        field="zerocopy",
        requested=True,
        effective=True,
        message="zero-copy is new in QEMU and libvirt, and meant for VMs that do not "
        "migrate otherwise",
        remedy="choose another policy, if the VM migrates with it",
        source="feature page, Limitations",
    ),
)

# All of them, in the order of ``docs/notices.md``.
NOTICES = (
    POLICY_UNKNOWN,
    DISABLED_ENFORCED,
    AUTO_ENFORCED,
    CONNECTIONS_LEVEL,
    CONNECTIONS_TUNNEL,
    CONNECTIONS_CAPPED,
    COMPRESSION_CONNECTIONS,
    POSTCOPY_CONNECTIONS,
    POSTCOPY_PAUSED,
    POSTCOPY_TUNNEL,
    SCHEDULE_RUNS_OUT,
    ENCRYPTION_LEVEL,
    TUNNEL_ENCRYPTION,
    BANDWIDTH_TOO_SMALL,
    DOWNTIME_UNUSED,
    ZEROCOPY_YOUNG,
)
