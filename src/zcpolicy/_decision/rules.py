"""The rules: how each parameter gets its value, in the order in which they depend on another.

1. Encryption and the tunnel are the user's explicit wishes about where guest memory may be read,
   so they are settled first and win over everything else; of the two, encryption wins.
2. Zero-copy is on where no limitation applies (``_limitations``).
3. Connections come next, since zero-copy may enforce them: only what Engine knows (the stage
   ``"engine"`` of the limitations) keeps it from that, as in the deployed systems, where a host
   that cannot do zero-copy still gets the connections.
4. Everything that connections exclude follows: compression, post-copy, a second migration.
5. What depends on nothing else: autoconverge, guest events, bandwidth, downtime.

Each function returns the value and the `Rule` that gave it.  A rule is data: a name, the sentence
that explains the value, the source that justifies it, and the notices that it gives, where the
value is not as asked.  Sentences and notices are made only when somebody asks.
"""

from typing import Optional, Tuple

import attr

from .._model.notice import Notice
from .._model.parameters import Parameters
from .._model.schedule import ConvergenceSchedule
from . import notices as told
from .facts import Facts
from .limitations import Limitation
from .notices import NoticeRow

__all__ = ["Decision", "Rule", "decide", "notices"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Rule:
    """Why a parameter has its value, and what to tell about it.

    Attributes:
        name: the rule's name, ``"parallel-minimum"``.
        sentence: what it says; the words in braces are those of ``text.words``.
        source: what says so.
        notices: what is not as asked, or worth knowing, where the rule applies.
    """

    name: str
    sentence: str
    source: str
    notices: Tuple[NoticeRow, ...] = ()


_ENGINE = "Engine 4.5 MigrateVmCommand"
_VDSM = "Vdsm virt/migration.py"

ENCRYPTED = Rule(
    name="encrypted",
    sentence="encrypted, since {encrypted_by} asks for it",
    source="Engine 4.5 VmHandler",
)
ENCRYPTED_LEVEL = Rule(
    name="encrypted-level",
    sentence="not encrypted: {encrypted_by} asks for it, but compatibility level {level} does not "
    "support it (4.4 does)",
    source="Engine 4.5 VmHandler; MigrationEncryptionSupported",
    notices=(told.ENCRYPTION_LEVEL,),
)
NOT_ENCRYPTED = Rule(
    name="encrypted-not",
    sentence="not encrypted, since {encrypted_by} does not ask for it",
    source="Engine 4.5 VmHandler",
)


def encrypted(facts: Facts) -> Tuple[bool, Rule]:
    """Encryption: the VM's wish, else the cluster's, else Engine's, from level 4.4 on."""
    if facts.encrypted:
        return True, ENCRYPTED
    return False, ENCRYPTED_LEVEL if facts.encryption_asked else NOT_ENCRYPTED


TUNNELLED = Rule(
    name="tunnelled", sentence="tunnelled, since {tunnelled_by} asks for it", source=_ENGINE
)
TUNNELLED_ENCRYPTED = Rule(
    name="tunnelled-encrypted",
    sentence="not tunnelled: {tunnelled_by} asks for it, but encryption displaces the tunnel and "
    "gives what it was for",
    source="libvirt 9.0 fails and 11.3 crashes on VIR_MIGRATE_TUNNELLED with VIR_MIGRATE_TLS",
    notices=(told.TUNNEL_ENCRYPTION,),
)
NOT_TUNNELLED = Rule(
    name="tunnelled-not",
    sentence="not tunnelled, since {tunnelled_by} does not ask for it",
    source=_ENGINE,
)


def tunnelled(facts: Facts) -> Tuple[bool, Rule]:
    """The tunnel: the VM's wish, else the cluster's, unless the migration is encrypted."""
    if not facts.tunnelled:
        return False, NOT_TUNNELLED
    return (False, TUNNELLED_ENCRYPTED) if facts.encrypted else (True, TUNNELLED)


ZEROCOPY = Rule(
    name="zerocopy",
    sentence="on: the policy {policy} asks for it, and no limitation applies",
    source="feature page, User experience",
    notices=(told.ZEROCOPY_YOUNG,),
)
NO_ZEROCOPY = Rule(
    name="zerocopy-not",
    sentence="off: {blockers}",
    source="feature page, Limitations and User experience",
)

PARALLEL_LEVEL = Rule(
    name="parallel-level",
    sentence="no parallel connections: compatibility level {level} does not support them",
    source="Engine 4.5 MigrateVmCommand; ParallelMigrationsSupported",
    notices=(told.CONNECTIONS_LEVEL, told.CONNECTIONS_TUNNEL),
)
PARALLEL_TUNNEL = Rule(
    name="parallel-tunnel",
    sentence="no parallel connections: they cannot go through a tunnel",
    source="libvirt: VIR_MIGRATE_TUNNELLED and VIR_MIGRATE_PARALLEL are mutually exclusive",
    notices=(told.CONNECTIONS_TUNNEL,),
)
PARALLEL_COUNT = Rule(
    name="parallel-count",
    sentence="{parallel} connections, as {parallel_by} says",
    source=_ENGINE,
)
PARALLEL_CAPPED = Rule(
    name="parallel-capped",
    sentence="{parallel} connections: {parallel_by} says {setting}, but a VM of {vcpus} gets no "
    "more than that",
    source=_ENGINE,
    notices=(told.CONNECTIONS_CAPPED,),
)
PARALLEL_AUTOMATIC = Rule(
    name="parallel-automatic",
    sentence="{parallel} connections, since {parallel_by} says {setting}: one for each 10 Gbps, "
    "no more than vCPUs or 255; {bandwidth}, and the VM has {vcpus}",
    source=_ENGINE,
)
PARALLEL_MINIMUM = Rule(
    name="parallel-minimum",
    sentence="2 connections, the least, since {parallel_by} says {setting}: one for each 10 Gbps, "
    "no more than vCPUs; {bandwidth}, and the VM has {vcpus}",
    source=_ENGINE,
)
PARALLEL_ENFORCED = Rule(
    name="parallel-enforced",
    sentence="{parallel} connections: zero-copy needs them, though {parallel_by} says {setting}; "
    "one for each 10 Gbps, no more than vCPUs or 255, two at least; {bandwidth}, and the VM has "
    "{vcpus}",
    source="feature page, User experience",
    notices=(told.DISABLED_ENFORCED, told.AUTO_ENFORCED),
)
PARALLEL_DISABLED = Rule(
    name="parallel-disabled",
    sentence="no parallel connections, since {parallel_by} says {setting}",
    source=_ENGINE,
)
PARALLEL_AUTO_NONE = Rule(
    name="parallel-auto-none",
    sentence="no parallel connections: {parallel_by} says {setting}, which uses them where there "
    "are 20 Gbps and 2 vCPUs at least; {bandwidth}, and the VM has {vcpus}",
    source=_ENGINE,
)


def parallel(
    facts: Facts, bandwidth: Optional[int], *, tunnel: bool, enforced: bool
) -> Tuple[Optional[int], Rule]:
    """The number of connections; *enforced* makes Disabled and Auto automatic, for zero-copy.

    Source: Engine 4.5 ``MigrateVmCommand``.
    """
    if not facts.parallel_supported:
        return None, PARALLEL_LEVEL
    if tunnel:
        return None, PARALLEL_TUNNEL
    setting = facts.parallel
    if isinstance(setting, int):
        cap = facts.connection_cap
        return (setting, PARALLEL_COUNT) if setting <= cap else (cap, PARALLEL_CAPPED)
    # One for each 10 Gbps, of 1024 Mbit as Engine counts, and no more than vCPUs.
    fitting = 0 if bandwidth is None else min(bandwidth * 8 // 10240, facts.scenario.vm.vcpus, 255)
    if setting == "auto_parallel":
        return (fitting, PARALLEL_AUTOMATIC) if fitting >= 2 else (2, PARALLEL_MINIMUM)
    if enforced:
        return max(2, fitting), PARALLEL_ENFORCED
    if setting == "disabled":
        return None, PARALLEL_DISABLED
    return (fitting, PARALLEL_AUTOMATIC) if fitting >= 2 else (None, PARALLEL_AUTO_NONE)


COMPRESSED = Rule(
    name="compressed",
    sentence="compressed (XBZRLE), since {compressed_by} asks for it",
    source=_ENGINE,
)
COMPRESSED_PARALLEL = Rule(
    name="compressed-parallel",
    sentence="not compressed: {compressed_by} asks for it, but parallel connections exclude it",
    source="ovirt-engine pull request 1186; libvirt: No compression algorithm selected for "
    "parallel migration",
    notices=(told.COMPRESSION_CONNECTIONS,),
)
NOT_COMPRESSED = Rule(
    name="compressed-not",
    sentence="not compressed, since {compressed_by} does not ask for it",
    source=_ENGINE,
)


def compressed(facts: Facts, connections: Optional[int]) -> Tuple[bool, Rule]:
    """Compression: the policy's wish (under Legacy inherited), unless there are connections."""
    if not facts.compressed:
        return False, NOT_COMPRESSED
    return (True, COMPRESSED) if connections is None else (False, COMPRESSED_PARALLEL)


AUTO_CONVERGE = Rule(
    name="auto-converge", sentence="on, since {auto_converge_by} asks for it", source=_ENGINE
)
NO_AUTO_CONVERGE = Rule(
    name="auto-converge-not",
    sentence="off, since {auto_converge_by} does not ask for it",
    source=_ENGINE,
)


def auto_converge(facts: Facts) -> Tuple[bool, Rule]:
    """Autoconverge: the policy's wish (under Legacy inherited)."""
    return (True, AUTO_CONVERGE) if facts.auto_converge else (False, NO_AUTO_CONVERGE)


SCHEDULE_LEGACY = Rule(
    name="schedule-legacy",
    sentence="none is sent: under Legacy, Vdsm computes one",
    source="Engine 4.5 MigrateVmCommand, less the empty schedule that it sends by mistake for "
    "Legacy with connections or a paused VM, and that kills Vdsm's monitor",
    notices=(told.POLICY_UNKNOWN,),
)
SCHEDULE = Rule(
    name="schedule",
    sentence="the schedule of the policy {policy}",
    source=_ENGINE,
    notices=(told.SCHEDULE_RUNS_OUT,),
)
SCHEDULE_NO_POSTCOPY = Rule(
    name="schedule-no-postcopy",
    sentence="the schedule of the policy {policy} without post-copy, which does not go with "
    "{postcopy_excluded_by}",
    source="Engine 4.5 MigrateVmCommand; libvirt: post-copy is not supported with non-live or "
    "paused migration, nor with tunnelled migration",
    notices=(
        told.POSTCOPY_CONNECTIONS,
        told.POSTCOPY_PAUSED,
        told.POSTCOPY_TUNNEL,
        told.SCHEDULE_RUNS_OUT,
    ),
)


def schedule(
    facts: Facts, connections: Optional[int], *, tunnel: bool
) -> Tuple[Optional[ConvergenceSchedule], Rule]:
    """The policy's schedule, less post-copy where it is impossible."""
    wanted = facts.policy.schedule
    if wanted is None:
        return None, SCHEDULE_LEGACY
    if wanted.switches_to_postcopy and (connections is not None or tunnel or facts.vm.paused):
        return wanted.without_postcopy(), SCHEDULE_NO_POSTCOPY
    return wanted, SCHEDULE


LIMIT_PARALLEL = Rule(
    name="limit-parallel",
    sentence="1 at a time: a migration with parallel connections has the host to itself",
    source=_ENGINE,
)
LIMIT_POLICY = Rule(
    name="limit-policy",
    sentence="{limit} at a time, as the policy {policy} says",
    source=_ENGINE,
)


def limit(facts: Facts, connections: Optional[int]) -> Tuple[int, Rule]:
    """Migrations at a time, in and out: one with connections, else as the policy says."""
    if connections is not None:
        return 1, LIMIT_PARALLEL
    return facts.policy.max_migrations, LIMIT_POLICY


GUEST_EVENTS = Rule(
    name="guest-events",
    sentence="sent, since the policy {policy} asks for them",
    source=_ENGINE,
)
NO_GUEST_EVENTS = Rule(
    name="guest-events-not",
    sentence="not sent, since the policy {policy} does not ask for them",
    source=_ENGINE,
)


def guest_events(facts: Facts) -> Tuple[bool, Rule]:
    """Events for the guest agent: the policy's wish."""
    return (True, GUEST_EVENTS) if facts.policy.enable_guest_events else (False, NO_GUEST_EVENTS)


BANDWIDTH_VDSM = Rule(
    name="bandwidth-vdsm",
    sentence="left to Vdsm, which uses 52 MiB/s: {bandwidth}",
    source="Engine 4.5 MigrateVmCommand; Vdsm option migration_max_bandwidth",
)
BANDWIDTH_TOO_SMALL = Rule(
    name="bandwidth-too-small",
    sentence="left to Vdsm, which uses 52 MiB/s: {bandwidth}, divided by {divisor}, the migrations "
    "at a time of the cluster's policy {cluster_policy}, less than 1",
    source="Engine 4.5 MigrateVmCommand; Vdsm virt/migration.py takes 0 for its own limit",
    notices=(told.BANDWIDTH_TOO_SMALL,),
)
BANDWIDTH = Rule(
    name="bandwidth",
    sentence="{max_bandwidth} MiB/s: {bandwidth}, divided by {divisor}, the migrations at a time "
    "of the cluster's policy {cluster_policy}",
    source=_ENGINE,
)


def max_bandwidth(facts: Facts, bandwidth: Optional[int]) -> Tuple[Optional[int], Rule]:
    """The share of the bandwidth: divided by the migrations at a time of the cluster's policy.

    By the cluster's even where the VM has a policy of its own, or connections leave room for one.
    """
    if bandwidth is None:
        return None, BANDWIDTH_VDSM
    share = bandwidth // facts.cluster_policy.max_migrations
    return (share, BANDWIDTH) if share else (None, BANDWIDTH_TOO_SMALL)


NO_DOWNTIME = Rule(
    name="downtime-none", sentence="none is sent, since {downtime_by} says 0", source=_ENGINE
)
DOWNTIME = Rule(
    name="downtime",
    sentence="{downtime} ms, as {downtime_by} says: Vdsm computes its schedule from it",
    source=_VDSM,
)
DOWNTIME_UNUSED = Rule(
    name="downtime-unused",
    sentence="{downtime} ms, as {downtime_by} says, but Vdsm ignores it beside a schedule",
    source=_VDSM,
    notices=(told.DOWNTIME_UNUSED,),
)


def downtime(facts: Facts) -> Tuple[Optional[int], Rule]:
    """The VM's maximum downtime, else Engine's default; 0 is not sent."""
    asked = facts.scenario.vm.downtime
    if asked is None:
        asked = facts.scenario.engine.default_downtime
    if asked == 0:
        return None, NO_DOWNTIME
    return asked, DOWNTIME if facts.policy.schedule is None else DOWNTIME_UNUSED


# The parameters, the limitations that keep zero-copy off, and the rule of each parameter, in the
# order of `Parameters`.  A plain tuple, since one is made for every resolution.
Decision = Tuple[Parameters, Tuple[Limitation, ...], Tuple[Rule, ...]]


def decide(facts: Facts, limitations: Tuple[Limitation, ...]) -> Decision:
    """Apply all rules, in their order."""
    limits = tuple([row for row in limitations if row.applies(facts)])
    enforced = True
    for row in limits:
        if row.stage == "engine":
            enforced = False
            break
    bandwidth = facts.bandwidth
    encryption, encryption_rule = encrypted(facts)
    tunnel, tunnel_rule = tunnelled(facts)
    connections, connections_rule = parallel(facts, bandwidth, tunnel=tunnel, enforced=enforced)
    compression, compression_rule = compressed(facts, connections)
    converge, converge_rule = auto_converge(facts)
    steps, steps_rule = schedule(facts, connections, tunnel=tunnel)
    at_a_time, limit_rule = limit(facts, connections)
    events, events_rule = guest_events(facts)
    share, share_rule = max_bandwidth(facts, bandwidth)
    pause, pause_rule = downtime(facts)
    parameters = Parameters(
        zerocopy=not limits,
        parallel=connections,
        auto_converge=converge,
        compressed=compression,
        encrypted=encryption,
        tunnelled=tunnel,
        max_bandwidth=share,
        downtime=pause,
        schedule=steps,
        enable_guest_events=events,
        incoming_limit=at_a_time,
        outgoing_limit=at_a_time,
    )
    rules = (
        NO_ZEROCOPY if limits else ZEROCOPY,
        connections_rule,
        converge_rule,
        compression_rule,
        encryption_rule,
        tunnel_rule,
        share_rule,
        pause_rule,
        steps_rule,
        events_rule,
        limit_rule,
        limit_rule,
    )
    return parameters, limits, rules


def notices(facts: Facts, decision: Decision) -> Tuple[Notice, ...]:
    """What a decision has to tell: a notice for each blocker of zero-copy, then the rules'."""
    parameters, limits, rules = decision
    found = [row._notice for row in limits] if facts.policy.zero_copy else []
    for rule in rules:
        for row in rule.notices:
            if row.applies is None or row.applies(facts, parameters):
                found.append(row.make(facts, parameters))
    return tuple(found)
