"""Decide the value and the rule of each parameter, in the order of their dependencies.

1. Encryption and the tunnel are explicit wishes about where guest memory may be read, so they are
   decided first and take precedence over everything else; encryption takes precedence over the
   tunnel.
2. Zero-copy is on if no limitation applies (``limitations``).
3. Connections come next, since zero-copy may enforce them.  Only limitations that Engine knows
   (stage ``"engine"``) prevent that, as in the deployed systems: a host without zero-copy still
   gets the connections.
4. Everything that connections exclude follows: compression, post-copy, a second migration.
5. The rest depends on nothing else: autoconverge, guest events, bandwidth, downtime.

Each function takes what its parameter depends on, and returns the value and the name of its rule,
which ``rules`` explains.
"""

from typing import Mapping, Optional, Tuple

import attr

from .._base.frozen import maker, pair_maker, quick
from .._model.parameters import CONNECTIONS_MAX, Parameters
from .._model.schedule import ConvergenceSchedule
from .facts import Facts
from .limitations import Limitation

__all__ = ["ENGINE_CONNECTION_MBPS", "Decision", "decide"]

# Engine uses one connection per 10 Gbps, with 1024 Mbit to the Gbit.
ENGINE_CONNECTION_MBPS = 10240


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision and its reasons.

    Attributes:
        facts: the effective inputs.
        parameters: the values.
        limits: the limitations that keep zero-copy off.
        rules: the name of each parameter's rule, in the order of `Parameters`.
    """

    facts: Facts
    parameters: Parameters
    limits: Tuple[Limitation, ...]
    rules: Mapping[str, str] = attr.ib(hash=False)


# Its parts have checked themselves.
_Decision = maker(Decision)
# A parameter without its value and rule is a TypeError.
_parameters = pair_maker(Parameters)


def decide(facts: Facts, limitations: Tuple[Limitation, ...]) -> Decision:
    """Apply all rules, in order."""
    found = []
    enforced = True
    for row in limitations:
        applies = row.applies
        if applies(facts):
            found.append(row)
            if row.stage == "engine":
                enforced = False
    limits = tuple(found)
    encryption = encrypted(facts)
    tunnel = tunnelled(facts)
    connections = parallel(facts, tunnel=tunnel[0], enforced=enforced)
    at_a_time = limit(facts, connections[0])
    parameters, rules = _parameters(
        zerocopy=(False, "zerocopy-not") if limits else (True, "zerocopy"),
        parallel=connections,
        auto_converge=auto_converge(facts),
        compressed=compressed(facts, connections[0]),
        encrypted=encryption,
        tunnelled=tunnel,
        max_bandwidth=max_bandwidth(facts),
        downtime=downtime(facts),
        schedule=schedule(facts, connections[0], tunnel=tunnel[0]),
        enable_guest_events=guest_events(facts),
        incoming_limit=at_a_time,
        outgoing_limit=at_a_time,
    )
    return _Decision(facts=facts, parameters=parameters, limits=limits, rules=rules)


def encrypted(facts: Facts) -> Tuple[bool, str]:
    """Encryption: the VM's setting, else the cluster's, else Engine's, since level 4.4."""
    if facts.encrypted:
        return True, "encrypted"
    return False, "encrypted-level" if facts.encryption_asked else "encrypted-not"


def tunnelled(facts: Facts) -> Tuple[bool, str]:
    """The tunnel: the VM's setting, else the cluster's, unless the migration is encrypted."""
    if not facts.tunnelled:
        return False, "tunnelled-not"
    return (False, "tunnelled-encrypted") if facts.encrypted else (True, "tunnelled")


def parallel(facts: Facts, *, tunnel: bool, enforced: bool) -> Tuple[Optional[int], str]:
    """The number of connections; *enforced* treats Disabled and Auto as automatic, for zero-copy.

    Source: Engine 4.5 ``MigrateVmCommand``.
    """
    if not facts.parallel_supported:
        return None, "parallel-level"
    if tunnel:
        return None, "parallel-tunnel"
    setting = facts.parallel
    if isinstance(setting, int):
        cap = facts.connection_cap
        return (setting, "parallel-count") if setting <= cap else (cap, "parallel-capped")
    # One per 10 Gbps, at most one per vCPU.
    bandwidth = facts.bandwidth
    filling = 0 if bandwidth is None else bandwidth * 8 // ENGINE_CONNECTION_MBPS
    fitting = min(filling, facts.vm.vcpus, CONNECTIONS_MAX)
    if setting == "auto_parallel":
        return (fitting, "parallel-automatic") if fitting >= 2 else (2, "parallel-minimum")
    if enforced:
        return max(2, fitting), "parallel-enforced"
    if setting == "disabled":
        return None, "parallel-disabled"
    return (fitting, "parallel-automatic") if fitting >= 2 else (None, "parallel-auto-none")


def compressed(facts: Facts, connections: Optional[int]) -> Tuple[bool, str]:
    """Compression: the policy's setting (inherited under Legacy), unless there are connections."""
    if not facts.compressed:
        return False, "compressed-not"
    return (True, "compressed") if connections is None else (False, "compressed-parallel")


def auto_converge(facts: Facts) -> Tuple[bool, str]:
    """Autoconverge: the policy's setting (inherited under Legacy)."""
    return (True, "auto-converge") if facts.auto_converge else (False, "auto-converge-not")


def schedule(
    facts: Facts, connections: Optional[int], *, tunnel: bool
) -> Tuple[Optional[ConvergenceSchedule], str]:
    """The policy's schedule, without post-copy if that is impossible."""
    wanted = facts.policy.schedule
    if wanted is None:
        return None, "schedule-legacy"
    if wanted.switches_to_postcopy and (connections is not None or tunnel or facts.vm.paused):
        return wanted.without_postcopy(), "schedule-no-postcopy"
    return wanted, "schedule"


def limit(facts: Facts, connections: Optional[int]) -> Tuple[int, str]:
    """Concurrent migrations, in and out: one with connections, else as the policy specifies."""
    if connections is not None:
        return 1, "limit-parallel"
    return facts.policy.max_migrations, "limit-policy"


def guest_events(facts: Facts) -> Tuple[bool, str]:
    """Events for the guest agent: the policy's setting."""
    if facts.policy.enable_guest_events:
        return True, "guest-events"
    return False, "guest-events-not"


def max_bandwidth(facts: Facts) -> Tuple[Optional[int], str]:
    """The share of the bandwidth: divided by the concurrent migrations of the cluster's policy.

    The cluster's policy counts even if the VM has its own, or connections allow only one migration.
    """
    bandwidth = facts.bandwidth
    if bandwidth is None:
        return None, "bandwidth-vdsm"
    share = bandwidth // facts.cluster_policy.max_migrations
    return (share, "bandwidth") if share else (None, "bandwidth-too-small")


def downtime(facts: Facts) -> Tuple[Optional[int], str]:
    """The VM's maximum downtime, else Engine's default; 0 is not sent."""
    asked = facts.vm.downtime
    if asked is None:
        asked = facts.engine.default_downtime
    if asked == 0:
        return None, "downtime-none"
    return asked, "downtime" if facts.policy.schedule is None else "downtime-unused"
