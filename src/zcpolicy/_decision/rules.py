"""The rules: why each parameter can have a value, and what to tell about it.  One table.

A rule is data: a name, the sentence that explains the value, the source that justifies it, and the
notices that it gives, where the value is not as asked.  Which rule applies is decided in
``decide``.  The words in braces, in sentences, messages and remedies alike, are those of ``words``;
texts are made only when somebody asks.

To add a rule, put it into `RULES` below its parameter, and let the function of that parameter in
``decide`` return its name.
"""

from typing import TYPE_CHECKING, Callable, Iterator, Mapping, Optional, Tuple

import attr

from .._base.fields import Layer
from .._model.notice import Severity

if TYPE_CHECKING:
    from .decide import Decision

__all__ = ["RULES", "NoticeTemplate", "Rule", "templates"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class NoticeTemplate:
    """A notice that a rule gives.

    What was asked for and what comes out follow from the field; see ``notices``.

    Attributes:
        code, severity, layer, source: as in `Notice`.
        field: the field of the notice; None for the parameter of the rule.
        when: what must hold besides, for a rule that gives the notice in some cases only.
        message, remedy: as in `Notice`, with words in braces.
    """

    code: str
    field: Optional[str] = None
    severity: Severity = "warning"
    layer: Layer
    when: Optional[Callable[["Decision"], bool]] = None
    message: str
    remedy: str
    source: str


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Rule:
    """Why a parameter has its value, and what to tell about it.

    Attributes:
        name: the rule's name, ``"parallel-minimum"``.
        sentence: what it says, with words in braces.
        source: what says so.
        notices: what is not as asked, or worth knowing, where the rule applies.
    """

    name: str
    sentence: str
    source: str
    notices: Tuple[NoticeTemplate, ...] = ()


def _named(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.name: rule for rule in rules}


def _wants_connections(decision: "Decision") -> bool:
    """A count or *Parallel* is a wish for connections; *Auto* is content with none."""
    return decision.facts.parallel not in ("disabled", "auto")


_ENGINE = "Engine 4.5 MigrateVmCommand"
_VDSM = "Vdsm virt/migration.py"

_CONNECTIONS_TUNNEL = NoticeTemplate(
    code="connections-tunnel",
    layer="libvirt",
    when=lambda d: d.parameters.tunnelled and _wants_connections(d),
    message="parallel connections cannot go through a tunnel",
    remedy="switch tunnelled migration off for the VM",
    source="libvirt: VIR_MIGRATE_TUNNELLED and VIR_MIGRATE_PARALLEL are mutually exclusive",
)
_SCHEDULE_RUNS_OUT = NoticeTemplate(
    code="schedule-runs-out",
    severity="info",
    layer="vdsm",
    when=lambda d: d.parameters.schedule is not None and d.parameters.schedule.runs_out,
    message=(
        "the schedule does not end in abort: when it runs out, Vdsm's monitor "
        "dies, and the migration goes on with no action and no progress seen"
    ),
    remedy="end the policy's lastItems with abort",
    source="Vdsm virt/migration.py, MonitorThread",
)
_LIMITS = _named(
    Rule(
        name="limit-parallel",
        sentence="1 at a time: a migration with parallel connections has the host to itself",
        source=_ENGINE,
    ),
    Rule(
        name="limit-policy",
        sentence="{limit} at a time, as the policy {policy} says",
        source=_ENGINE,
    ),
)

RULES: Mapping[str, Mapping[str, Rule]] = {
    "zerocopy": _named(
        Rule(
            name="zerocopy",
            sentence="on: the policy {policy} asks for it, and no limitation applies",
            source="feature page, User experience",
            notices=(
                NoticeTemplate(
                    code="zerocopy-young",
                    severity="info",
                    layer="qemu",
                    message=(
                        "zero-copy is new in QEMU and libvirt, and meant for VMs that do not "
                        "migrate otherwise"
                    ),
                    remedy="choose another policy, if the VM migrates with it",
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
                        "raise the compatibility level to 4.7, or switch "
                        "ParallelMigrationsSupported on for it with engine-config"
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
            sentence="{parallel} connections, as {parallel_by} says",
            source=_ENGINE,
        ),
        Rule(
            name="parallel-capped",
            sentence=(
                "{parallel} connections: {parallel_by} says {setting}, but a VM of "
                "{vcpus} gets no more than that"
            ),
            source=_ENGINE,
            notices=(
                NoticeTemplate(
                    code="connections-capped",
                    layer="engine",
                    message=(
                        "{setting} connections are more than the {connection_cap} that a VM of "
                        "{vcpus} gets"
                    ),
                    remedy="set the number of connections to 2, or to the VM's vCPUs at most",
                    source=_ENGINE,
                ),
            ),
        ),
        Rule(
            name="parallel-automatic",
            sentence=(
                "{parallel} connections, since {parallel_by} says {setting}: one for "
                "each 10 Gbps, no more than vCPUs or 255; {bandwidth}, and the VM has "
                "{vcpus}"
            ),
            source=_ENGINE,
        ),
        Rule(
            name="parallel-minimum",
            sentence=(
                "2 connections, the least, since {parallel_by} says {setting}: one for "
                "each 10 Gbps, no more than vCPUs; {bandwidth}, and the VM has {vcpus}"
            ),
            source=_ENGINE,
        ),
        Rule(
            name="parallel-enforced",
            sentence=(
                "{parallel} connections: zero-copy needs them, though {parallel_by} says "
                "{setting}; one for each 10 Gbps, no more than vCPUs or 255, two at "
                "least; {bandwidth}, and the VM has {vcpus}"
            ),
            source="feature page, User experience",
            notices=(
                NoticeTemplate(
                    code="connections-enforced",
                    layer="engine",
                    when=lambda d: d.facts.parallel == "disabled",
                    message=(
                        "parallel migrations are disabled, but zero-copy needs them, so that "
                        "connections are used, their number automatic"
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
                        "parallel migrations are automatic, but zero-copy needs them, so that "
                        "connections are used in any case"
                    ),
                    remedy=(
                        "set parallel migrations to Parallel, if you want to see it in the settings"
                    ),
                    source="feature page, User experience",
                ),
            ),
        ),
        Rule(
            name="parallel-disabled",
            sentence="no parallel connections, since {parallel_by} says {setting}",
            source=_ENGINE,
        ),
        Rule(
            name="parallel-auto-none",
            sentence=(
                "no parallel connections: {parallel_by} says {setting}, which uses them "
                "where there are 20 Gbps and 2 vCPUs at least; {bandwidth}, and the VM "
                "has {vcpus}"
            ),
            source=_ENGINE,
        ),
    ),
    "auto_converge": _named(
        Rule(
            name="auto-converge",
            sentence="on, since {auto_converge_by} asks for it",
            source=_ENGINE,
        ),
        Rule(
            name="auto-converge-not",
            sentence="off, since {auto_converge_by} does not ask for it",
            source=_ENGINE,
        ),
    ),
    "compressed": _named(
        Rule(
            name="compressed",
            sentence="compressed (XBZRLE), since {compressed_by} asks for it",
            source=_ENGINE,
        ),
        Rule(
            name="compressed-parallel",
            sentence=(
                "not compressed: {compressed_by} asks for it, but parallel connections exclude it"
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
                        "compression (XBZRLE) is asked for, but parallel connections exclude it"
                    ),
                    remedy=(
                        "disable parallel migrations for the VM, if compression matters more, or "
                        "choose a policy without compression"
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
            sentence="not compressed, since {compressed_by} does not ask for it",
            source=_ENGINE,
        ),
    ),
    "encrypted": _named(
        Rule(
            name="encrypted",
            sentence="encrypted, since {encrypted_by} asks for it",
            source="Engine 4.5 VmHandler",
        ),
        Rule(
            name="encrypted-level",
            sentence=(
                "not encrypted: {encrypted_by} asks for it, but compatibility level "
                "{level} does not support it (4.4 does)"
            ),
            source="Engine 4.5 VmHandler; MigrationEncryptionSupported",
            notices=(
                NoticeTemplate(
                    code="encryption-level",
                    layer="engine",
                    message=(
                        "compatibility level {level} does not support migration encryption, so "
                        "that the VM's memory crosses the network in the clear"
                    ),
                    remedy="raise the compatibility level to 4.4 or later",
                    source="Engine 4.5 VmHandler; MigrationEncryptionSupported",
                ),
            ),
        ),
        Rule(
            name="encrypted-not",
            sentence="not encrypted, since {encrypted_by} does not ask for it",
            source="Engine 4.5 VmHandler",
        ),
    ),
    "tunnelled": _named(
        Rule(
            name="tunnelled",
            sentence="tunnelled, since {tunnelled_by} asks for it",
            source=_ENGINE,
        ),
        Rule(
            name="tunnelled-encrypted",
            sentence=(
                "not tunnelled: {tunnelled_by} asks for it, but encryption displaces the "
                "tunnel and gives what it was for"
            ),
            source=(
                "libvirt 9.0 fails and 11.3 crashes on VIR_MIGRATE_TUNNELLED with VIR_MIGRATE_TLS"
            ),
            notices=(
                NoticeTemplate(
                    code="tunnel-encryption",
                    layer="libvirt",
                    message=(
                        "encryption and a tunnel cannot be had together, so that the migration "
                        "is encrypted without a tunnel"
                    ),
                    remedy=(
                        "switch tunnelled migration off: encryption gives what the tunnel was for"
                    ),
                    source=(
                        "libvirt 9.0 fails and 11.3 crashes on VIR_MIGRATE_TUNNELLED with "
                        "VIR_MIGRATE_TLS"
                    ),
                ),
            ),
        ),
        Rule(
            name="tunnelled-not",
            sentence="not tunnelled, since {tunnelled_by} does not ask for it",
            source=_ENGINE,
        ),
    ),
    "max_bandwidth": _named(
        Rule(
            name="bandwidth-vdsm",
            sentence="left to Vdsm, which uses {vdsm_bandwidth} MiB/s: {bandwidth}",
            source="Engine 4.5 MigrateVmCommand; Vdsm option migration_max_bandwidth",
        ),
        Rule(
            name="bandwidth-too-small",
            sentence=(
                "left to Vdsm, which uses {vdsm_bandwidth} MiB/s: {bandwidth}, divided by "
                "{divisor}, the migrations at a time of the cluster's policy {cluster_policy}, "
                "less than 1"
            ),
            source=(
                "Engine 4.5 MigrateVmCommand; Vdsm virt/migration.py takes 0 for its own limit"
            ),
            notices=(
                NoticeTemplate(
                    code="bandwidth-too-small",
                    layer="vdsm",
                    message=(
                        "the bandwidth, {bandwidth_mib_s} MiB/s, divided by {divisor} migrations "
                        "is less than 1 MiB/s, so that Vdsm uses its own limit of "
                        "{vdsm_bandwidth} MiB/s"
                    ),
                    remedy=(
                        "give migrations more bandwidth, or allow fewer at a time in the "
                        "cluster's policy"
                    ),
                    source="Engine 4.5 MigrateVmCommand; Vdsm virt/migration.py ignores 0",
                ),
            ),
        ),
        Rule(
            name="bandwidth",
            sentence=(
                "{max_bandwidth} MiB/s: {bandwidth}, divided by {divisor}, the "
                "migrations at a time of the cluster's policy {cluster_policy}"
            ),
            source=_ENGINE,
        ),
    ),
    "downtime": _named(
        Rule(
            name="downtime-none",
            sentence="none is sent, since {downtime_by} says 0",
            source=_ENGINE,
        ),
        Rule(
            name="downtime",
            sentence="{downtime} ms, as {downtime_by} says: Vdsm computes its schedule from it",
            source=_VDSM,
        ),
        Rule(
            name="downtime-unused",
            sentence=(
                "{downtime} ms, as {downtime_by} says, but Vdsm ignores it beside a schedule"
            ),
            source=_VDSM,
            notices=(
                NoticeTemplate(
                    code="downtime-unused",
                    severity="info",
                    layer="vdsm",
                    when=lambda d: bool(d.facts.vm.downtime),
                    message=(
                        "Vdsm ignores the VM's downtime of {downtime} ms, since the policy has a "
                        "schedule"
                    ),
                    remedy=(
                        "set the downtimes in the policy's schedule, or choose Legacy, which "
                        "uses the VM's"
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
                "Engine 4.5 MigrateVmCommand, less the empty schedule that it sends by "
                "mistake for Legacy with connections or a paused VM, and that kills "
                "Vdsm's monitor"
            ),
            notices=(
                NoticeTemplate(
                    code="policy-unknown",
                    field="policy",
                    layer="engine",
                    when=lambda d: d.facts.policy_unknown is not None,
                    message=(
                        "the list of policies of cluster level {cluster_level} has no policy "
                        "{policy_unknown}, so the VM migrates as under Legacy"
                    ),
                    remedy=(
                        "choose a policy that the cluster's level offers, or raise the level: "
                        "Very large VMs is offered from 4.7 on"
                    ),
                    source=(
                        "Engine 4.5 ConvergenceConfigProvider: an id that the level's list lacks "
                        "is Legacy"
                    ),
                ),
            ),
        ),
        Rule(
            name="schedule",
            sentence="the schedule of the policy {policy}",
            source=_ENGINE,
            notices=(_SCHEDULE_RUNS_OUT,),
        ),
        Rule(
            name="schedule-no-postcopy",
            sentence=(
                "the schedule of the policy {policy} without post-copy, which does not "
                "go with {postcopy_excluded_by}"
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
                        "the policy's switch to post-copy is left out, since parallel "
                        "connections exclude it"
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
                        "the policy's switch to post-copy is left out, since a paused VM cannot "
                        "use it"
                    ),
                    remedy=(
                        "none is needed: a paused VM dirties no memory; resume it, if it is to "
                        "use post-copy"
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
                        "the policy's switch to post-copy is left out, since it cannot go "
                        "through a tunnel"
                    ),
                    remedy="switch tunnelled migration off for the VM",
                    source="libvirt: post-copy is not supported with tunnelled migration",
                ),
                _SCHEDULE_RUNS_OUT,
            ),
        ),
    ),
    "enable_guest_events": _named(
        Rule(
            name="guest-events",
            sentence="sent, since the policy {policy} asks for them",
            source=_ENGINE,
        ),
        Rule(
            name="guest-events-not",
            sentence="not sent, since the policy {policy} does not ask for them",
            source=_ENGINE,
        ),
    ),
    "incoming_limit": _LIMITS,
    "outgoing_limit": _LIMITS,
}


def templates() -> Iterator[Tuple[str, NoticeTemplate]]:
    """Every notice that rules give, and its field, in the order of the rules; each once."""
    seen = set()
    for parameter, rules in RULES.items():
        for rule in rules.values():
            for template in rule.notices:
                if id(template) not in seen:
                    seen.add(id(template))
                    yield template.field or parameter, template
