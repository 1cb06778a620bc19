"""The rules: one table of the reasons for each parameter's value, and their notices.

A rule is data: a name, the sentence that explains the value, the source that justifies it, and
notices, mostly about overridden settings.  ``decide`` chooses the rule.  ``words`` defines the
words in braces; texts are only formatted on request.

To add a rule, add it to `RULES` under its parameter, and make that parameter's function in
``decide`` return its name.
"""

from typing import TYPE_CHECKING, Callable, Iterator, Mapping, Optional, Tuple

import attr

from .._base.fields import Fields, Layer, optional
from .._model.notice import NOTICE, NoticeField, Severity
from .._model.parameters import ParameterName
from .._model.vdsm import SHIPPED_VDSM

if TYPE_CHECKING:
    from .decide import Decision

__all__ = ["RULES", "NoticeTemplate", "Rule", "templates"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class NoticeTemplate:
    """A notice of a rule.

    The requested and effective values follow from the field; see ``notices``.

    Attributes:
        code, severity, layer, source: as in `Notice`.
        field: the field of the notice; None for the rule's parameter.
        when: a further condition, if the rule does not always give the notice.
        message, remedy: as in `Notice`, with words in braces.
    """

    code: str
    field: Optional[NoticeField] = None
    severity: Severity = "warning"
    layer: Layer
    when: Optional[Callable[["Decision"], bool]] = None
    message: str
    remedy: str
    source: str

    def __attrs_post_init__(self) -> None:
        _TEMPLATE.check(self)


_TEMPLATE = Fields(**{**NOTICE.kinds, "field": optional(NOTICE.kinds["field"])})


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Rule:
    """The reason for a parameter's value, and its notices.

    Attributes:
        name: the rule's name, such as ``"parallel-minimum"``.
        sentence: the explanation, with words in braces.
        source: the document or system that states the rule.
        notices: overridden settings and advice, if the rule applies.
    """

    name: str
    sentence: str
    source: str
    notices: Tuple[NoticeTemplate, ...] = ()


def _named(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.name: rule for rule in rules}


def _wants_connections(decision: "Decision") -> bool:
    """Whether connections are requested: by a count or *Parallel*, but not by *Auto*."""
    return decision.facts.parallel not in ("disabled", "auto")


def _has_monitor(decision: "Decision") -> bool:
    return decision.facts.host.vdsm.monitor_interval_s > 0


_ENGINE = "Engine 4.5 MigrateVmCommand"
_VDSM = "Vdsm virt/migration.py"
_NO_TUNNEL = (
    "disable tunnelled migration for the VM, and encrypt the migration instead if it must not "
    "cross the network in the clear: a tunnel is slow, about 2 Gbps"
)

_CONNECTIONS_TUNNEL = NoticeTemplate(
    code="connections-tunnel",
    layer="libvirt",
    when=lambda d: d.parameters.tunnelled and _wants_connections(d),
    message="parallel connections cannot go through a tunnel",
    remedy=_NO_TUNNEL,
    source="libvirt: VIR_MIGRATE_TUNNELLED and VIR_MIGRATE_PARALLEL are mutually exclusive",
)
_SCHEDULE_RUNS_OUT = NoticeTemplate(
    code="schedule-runs-out",
    severity="info",
    layer="vdsm",
    when=lambda d: (
        d.parameters.schedule is not None and d.parameters.schedule.runs_out and _has_monitor(d)
    ),
    message=(
        "the schedule does not end in abort: once it runs out, Vdsm's monitor "
        "dies, and the migration continues unwatched"
    ),
    remedy="end the policy's lastItems with abort",
    source="Vdsm virt/migration.py, MonitorThread",
)
_SCHEDULE_UNWATCHED = NoticeTemplate(
    code="schedule-unwatched",
    severity="info",
    layer="vdsm",
    when=lambda d: not _has_monitor(d),
    message=(
        "vdsm.conf of the source host turns Vdsm's monitor off (migration_monitor_interval is 0), "
        "so no step of any schedule runs"
    ),
    remedy="remove migration_monitor_interval from vdsm.conf: Vdsm ships with "
    f"{SHIPPED_VDSM.monitor_interval_s} s",
    source="Vdsm virt/migration.py, MonitorThread.enabled",
)
_LIMITS = _named(
    Rule(
        name="limit-parallel",
        sentence="1 at a time: a migration with parallel connections has the host to itself",
        source=_ENGINE,
    ),
    Rule(
        name="limit-policy",
        sentence="{limit} at a time, as the policy {policy} specifies",
        source=_ENGINE,
    ),
)

RULES: Mapping[ParameterName, Mapping[str, Rule]] = {
    "zerocopy": _named(
        Rule(
            name="zerocopy",
            sentence="on: the policy {policy} requests it, and nothing prevents it",
            source="feature page, User experience",
            notices=(
                NoticeTemplate(
                    code="zerocopy-young",
                    severity="info",
                    layer="qemu",
                    message=(
                        "zero-copy is new in QEMU and libvirt; use it for VMs that cannot "
                        "migrate otherwise"
                    ),
                    remedy="choose another policy if the VM can migrate without zero-copy",
                    source="feature page, Limitations",
                ),
            ),
        ),
        Rule(
            name="zerocopy-not",
            sentence="off: {blockers}",
            source="feature page, Limitations and User experience",
        ),
    ),
    "parallel": _named(
        Rule(
            name="parallel-level",
            sentence="no parallel connections: compatibility level {level} does not support them",
            source="Engine 4.5 MigrateVmCommand; ParallelMigrationsSupported",
            notices=(
                NoticeTemplate(
                    code="connections-level",
                    layer="engine",
                    when=_wants_connections,
                    message="compatibility level {level} does not support parallel migrations",
                    remedy=(
                        "raise the compatibility level to 4.7, or enable "
                        "ParallelMigrationsSupported for it with engine-config"
                    ),
                    source="Engine 4.5 ParallelMigrationsSupported",
                ),
                _CONNECTIONS_TUNNEL,
            ),
        ),
        Rule(
            name="parallel-tunnel",
            sentence="no parallel connections: they cannot go through a tunnel",
            source=(
                "libvirt: VIR_MIGRATE_TUNNELLED and VIR_MIGRATE_PARALLEL are mutually exclusive"
            ),
            notices=(_CONNECTIONS_TUNNEL,),
        ),
        Rule(
            name="parallel-count",
            sentence="{parallel} connections, as {parallel_by} specifies{unfilled}",
            source=_ENGINE,
        ),
        Rule(
            name="parallel-capped",
            sentence=(
                "{parallel} connections: {parallel_by} is set to {setting}, but a VM of "
                "{vcpus} gets no more{unfilled}"
            ),
            source=_ENGINE,
            notices=(
                NoticeTemplate(
                    code="connections-capped",
                    layer="engine",
                    message=(
                        "{setting} connections are requested, but a VM of {vcpus} gets at "
                        "most {connection_cap}"
                    ),
                    remedy="set at most as many connections as the VM has vCPUs, or 2",
                    source=_ENGINE,
                ),
            ),
        ),
        Rule(
            name="parallel-automatic",
            sentence=(
                "{parallel} connections, because {parallel_by} is set to {setting}: one "
                "per 10 Gbps, at most one per vCPU, at most 255; {bandwidth}, and the VM "
                "has {vcpus}{unfilled}"
            ),
            source=_ENGINE,
        ),
        Rule(
            name="parallel-minimum",
            sentence=(
                "2 connections, the minimum, because {parallel_by} is set to {setting}: "
                "one per 10 Gbps, at most one per vCPU; {bandwidth}, and the VM has "
                "{vcpus}{unfilled}"
            ),
            source=_ENGINE,
        ),
        Rule(
            name="parallel-enforced",
            sentence=(
                "{parallel} connections: zero-copy needs them, although {parallel_by} is "
                "set to {setting}; one per 10 Gbps, at most one per vCPU, from 2 to 255; "
                "{bandwidth}, and the VM has {vcpus}{unfilled}"
            ),
            source="feature page, User experience",
            notices=(
                NoticeTemplate(
                    code="connections-enforced",
                    layer="engine",
                    when=lambda d: d.facts.parallel == "disabled",
                    message=(
                        "parallel migrations are disabled, but zero-copy needs them: an "
                        "automatic number of connections is used"
                    ),
                    remedy=(
                        "set parallel migrations to Parallel or to a number, or choose a policy "
                        "without zero-copy"
                    ),
                    source="feature page, User experience",
                ),
                NoticeTemplate(
                    code="connections-enforced",
                    severity="info",
                    layer="engine",
                    when=lambda d: d.facts.parallel == "auto",
                    message=(
                        "parallel migrations are automatic, but zero-copy always needs connections"
                    ),
                    remedy=(
                        "set parallel migrations to Parallel to make this visible in the settings"
                    ),
                    source="feature page, User experience",
                ),
            ),
        ),
        Rule(
            name="parallel-disabled",
            sentence="no parallel connections, because {parallel_by} is set to {setting}",
            source=_ENGINE,
        ),
        Rule(
            name="parallel-auto-none",
            sentence=(
                "no parallel connections: {parallel_by} is set to {setting}, which uses "
                "them with at least 20 Gbps and 2 vCPUs; {bandwidth}, and the VM has {vcpus}"
            ),
            source=_ENGINE,
        ),
    ),
    "auto_converge": _named(
        Rule(
            name="auto-converge",
            sentence="on, because {auto_converge_by} requests it",
            source=_ENGINE,
        ),
        Rule(
            name="auto-converge-not",
            sentence="off, because {auto_converge_by} does not request it",
            source=_ENGINE,
        ),
    ),
    "compressed": _named(
        Rule(
            name="compressed",
            sentence="compressed (XBZRLE), because {compressed_by} requests it",
            source=_ENGINE,
        ),
        Rule(
            name="compressed-parallel",
            sentence=(
                "not compressed: {compressed_by} requests it, but it is incompatible "
                "with parallel connections"
            ),
            source=(
                "ovirt-engine pull request 1186; libvirt: No compression algorithm "
                "selected for parallel migration"
            ),
            notices=(
                NoticeTemplate(
                    code="compression-connections",
                    layer="libvirt",
                    message=(
                        "compression (XBZRLE) was removed: incompatible with parallel connections"
                    ),
                    remedy=(
                        "disable parallel migrations for the VM if compression matters more, "
                        "or choose a policy without compression"
                    ),
                    source=(
                        "ovirt-engine pull request 1186; libvirt: No compression algorithm "
                        "selected for parallel migration"
                    ),
                ),
            ),
        ),
        Rule(
            name="compressed-not",
            sentence="not compressed, because {compressed_by} does not request it",
            source=_ENGINE,
        ),
    ),
    "encrypted": _named(
        Rule(
            name="encrypted",
            sentence="encrypted, because {encrypted_by} requests it",
            source="Engine 4.5 VmHandler",
        ),
        Rule(
            name="encrypted-level",
            sentence=(
                "not encrypted: {encrypted_by} requests it, but compatibility level "
                "{level} does not support it (4.4 does)"
            ),
            source="Engine 4.5 VmHandler; MigrationEncryptionSupported",
            notices=(
                NoticeTemplate(
                    code="encryption-level",
                    layer="engine",
                    message=(
                        "compatibility level {level} does not support migration encryption, "
                        "so the VM's memory crosses the network unencrypted"
                    ),
                    remedy="raise the compatibility level to 4.4 or later",
                    source="Engine 4.5 VmHandler; MigrationEncryptionSupported",
                ),
            ),
        ),
        Rule(
            name="encrypted-not",
            sentence="not encrypted, because {encrypted_by} does not request it",
            source="Engine 4.5 VmHandler",
        ),
    ),
    "tunnelled": _named(
        Rule(
            name="tunnelled",
            sentence="tunnelled, because {tunnelled_by} requests it",
            source=_ENGINE,
        ),
        Rule(
            name="tunnelled-encrypted",
            sentence=(
                "not tunnelled: {tunnelled_by} requests it, but encryption replaces the tunnel"
            ),
            source=(
                "libvirt 9.0 fails and 11.3 crashes on VIR_MIGRATE_TUNNELLED with VIR_MIGRATE_TLS"
            ),
            notices=(
                NoticeTemplate(
                    code="tunnel-encryption",
                    layer="libvirt",
                    message=(
                        "a tunnel cannot be combined with encryption: the migration is "
                        "encrypted without a tunnel"
                    ),
                    remedy=("disable tunnelled migration: encryption serves the same purpose"),
                    source=(
                        "libvirt 9.0 fails and 11.3 crashes on VIR_MIGRATE_TUNNELLED with "
                        "VIR_MIGRATE_TLS"
                    ),
                ),
            ),
        ),
        Rule(
            name="tunnelled-not",
            sentence="not tunnelled, because {tunnelled_by} does not request it",
            source=_ENGINE,
        ),
    ),
    "max_bandwidth": _named(
        Rule(
            name="bandwidth-vdsm",
            sentence=(
                "left to Vdsm, which uses {vdsm_bandwidth}: {bandwidth}{beside_link}"
                "{beside_postcopy}"
            ),
            source="Engine 4.5 MigrateVmCommand; Vdsm option migration_max_bandwidth",
        ),
        Rule(
            name="bandwidth-too-small",
            sentence=(
                "left to Vdsm, which uses {vdsm_bandwidth}: {bandwidth}, divided "
                "by {divisor}, the concurrent migrations of the cluster's policy "
                "{cluster_policy}, is less than 1{beside_postcopy}"
            ),
            source=(
                "Engine 4.5 MigrateVmCommand; Vdsm virt/migration.py treats 0 as its own limit"
            ),
            notices=(
                NoticeTemplate(
                    code="bandwidth-too-small",
                    layer="vdsm",
                    message=(
                        "{bandwidth_mib_s} MiB/s divided by {divisor} migrations is less "
                        "than 1 MiB/s, so Vdsm uses its own limit: {vdsm_bandwidth}"
                    ),
                    remedy=(
                        "increase the migration bandwidth, or allow fewer concurrent "
                        "migrations in the cluster's policy"
                    ),
                    source="Engine 4.5 MigrateVmCommand; Vdsm virt/migration.py ignores 0",
                ),
            ),
        ),
        Rule(
            name="bandwidth",
            sentence=(
                "{max_bandwidth} MiB/s: {bandwidth}, divided by {divisor}, the "
                "concurrent migrations of the cluster's policy {cluster_policy}{beside_postcopy}"
            ),
            source=_ENGINE,
        ),
    ),
    "downtime": _named(
        Rule(
            name="downtime-none",
            sentence="none is sent, because {downtime_by} specifies 0",
            source=_ENGINE,
        ),
        Rule(
            name="downtime",
            sentence=(
                "{downtime} ms, as {downtime_by} specifies: Vdsm computes its schedule from it"
            ),
            source=_VDSM,
        ),
        Rule(
            name="downtime-unused",
            sentence=(
                "{downtime} ms, as {downtime_by} specifies, but Vdsm ignores it when it "
                "gets a schedule"
            ),
            source=_VDSM,
            notices=(
                NoticeTemplate(
                    code="downtime-unused",
                    severity="info",
                    layer="vdsm",
                    when=lambda d: bool(d.facts.vm.downtime),
                    message=(
                        "Vdsm ignores the VM's downtime of {downtime} ms because the policy "
                        "has a schedule"
                    ),
                    remedy=(
                        "set the downtimes in the policy's schedule, or choose Legacy, which "
                        "uses the VM's downtime"
                    ),
                    source=_VDSM,
                ),
            ),
        ),
    ),
    "schedule": _named(
        Rule(
            name="schedule-legacy",
            sentence="none is sent: under Legacy, Vdsm computes one",
            source=(
                "Engine 4.5 MigrateVmCommand, without the empty schedule that it mistakenly "
                "sends for Legacy with connections or a paused VM, which kills Vdsm's monitor"
            ),
            notices=(
                NoticeTemplate(
                    code="policy-unknown",
                    field="policy",
                    layer="engine",
                    when=lambda d: d.facts.policy_unknown is not None,
                    message=(
                        "cluster level {cluster_level} has no policy {policy_unknown}, so "
                        "the VM migrates under Legacy"
                    ),
                    remedy=(
                        "choose a policy that the cluster's level offers, or raise the "
                        "level: Very large VMs needs 4.7"
                    ),
                    source=(
                        "Engine 4.5 ConvergenceConfigProvider: an id that the level's list lacks "
                        "is Legacy"
                    ),
                ),
                _SCHEDULE_UNWATCHED,
            ),
        ),
        Rule(
            name="schedule",
            sentence="the schedule of the policy {policy}",
            source=_ENGINE,
            notices=(_SCHEDULE_RUNS_OUT, _SCHEDULE_UNWATCHED),
        ),
        Rule(
            name="schedule-no-postcopy",
            sentence=(
                "the schedule of the policy {policy} without post-copy, which is "
                "incompatible with {postcopy_excluded_by}"
            ),
            source=(
                "Engine 4.5 MigrateVmCommand; libvirt: post-copy is not supported with "
                "non-live or paused migration, nor with tunnelled migration"
            ),
            notices=(
                NoticeTemplate(
                    code="postcopy-connections",
                    layer="qemu",
                    when=lambda d: d.parameters.parallel is not None,
                    message=(
                        "the policy's switch to post-copy was removed: incompatible with "
                        "parallel connections"
                    ),
                    remedy=(
                        "disable parallel migrations for the VM, or choose a policy without "
                        "post-copy"
                    ),
                    source=(
                        "Engine 4.5 MigrateVmCommand; QEMU: Postcopy is not yet compatible with "
                        "multifd"
                    ),
                ),
                NoticeTemplate(
                    code="postcopy-paused",
                    layer="libvirt",
                    when=lambda d: d.facts.vm.paused,
                    message=(
                        "the policy's switch to post-copy was removed: a paused VM cannot use it"
                    ),
                    remedy=(
                        "nothing to do: a paused VM dirties no memory; resume it if it "
                        "should use post-copy"
                    ),
                    source=(
                        "Engine 4.5 MigrateVmCommand; libvirt: post-copy is not supported with "
                        "non-live or paused migration"
                    ),
                ),
                NoticeTemplate(
                    code="postcopy-tunnel",
                    layer="libvirt",
                    when=lambda d: d.parameters.tunnelled,
                    message=(
                        "the policy's switch to post-copy was removed: it cannot go through "
                        "a tunnel"
                    ),
                    remedy=_NO_TUNNEL,
                    source="libvirt: post-copy is not supported with tunnelled migration",
                ),
                _SCHEDULE_RUNS_OUT,
                _SCHEDULE_UNWATCHED,
            ),
        ),
    ),
    "enable_guest_events": _named(
        Rule(
            name="guest-events",
            sentence="sent, because the policy {policy} requests them",
            source=_ENGINE,
        ),
        Rule(
            name="guest-events-not",
            sentence="not sent, because the policy {policy} does not request them",
            source=_ENGINE,
        ),
    ),
    "incoming_limit": _LIMITS,
    "outgoing_limit": _LIMITS,
}


def templates() -> Iterator[Tuple[NoticeField, NoticeTemplate]]:
    """Every notice of the rules with its field, once each, in the order of the rules."""
    seen = set()
    for parameter, rules in RULES.items():
        for rule in rules.values():
            for template in rule.notices:
                if id(template) not in seen:
                    seen.add(id(template))
                    yield template.field or parameter, template
