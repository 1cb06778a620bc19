"""Deciding: which value each parameter gets, and by which rule, in the order of dependence.

1. Encryption and the tunnel are the user's explicit wishes about where guest memory may be read,
   so they are settled first and win over everything else; of the two, encryption wins.
2. Zero-copy is on where no limitation applies (``limitations``).
3. Connections come next, since zero-copy may enforce them: only what Engine knows (the stage
   ``"engine"`` of the limitations) keeps it from that, as in the deployed systems, where a host
   that cannot do zero-copy still gets the connections.
4. Everything that connections exclude follows: compression, post-copy, a second migration.
5. What depends on nothing else: autoconverge, guest events, bandwidth, downtime.

Each function takes what its parameter depends on, and returns the value and the name of its rule,
which ``rules`` explains.
"""

from typing import Mapping, Optional, Tuple

import attr

from .._base.frozen import maker, quick
from .._model.parameters import Parameters
from .._model.schedule import ConvergenceSchedule
from .facts import Facts
from .limitations import Limitation

__all__ = ["ENGINE_CONNECTION_MBPS", "Decision", "decide"]

# Engine counts a connection for each 10 Gbps, of 1024 Mbit.
ENGINE_CONNECTION_MBPS = 10240


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, and why.

    Attributes:
        facts: the settled inputs.
        parameters: the values.
        limits: the limitations that keep zero-copy off.
        rules: the name of each parameter's rule, in the order of `Parameters`.
    """

    facts: Facts
    parameters: Parameters
    limits: Tuple[Limitation, ...]
    rules: Mapping[str, str] = attr.ib(hash=False)

    def __attrs_post_init__(self) -> None:
        """Nothing is checked: the parts have been."""


# The parts are checked when they are built.
_Decision = maker(Decision, check=False)
_Parameters = maker(Parameters)


def decide(facts: Facts, limitations: Tuple[Limitation, ...]) -> Decision:
    """Apply all rules, in their order."""
    found = []
    enforced = True
    for row in limitations:
        applies = row.applies
        if applies(facts):
            found.append(row)
            if row.stage == "engine":
                enforced = False
    limits = tuple(found)
    encryption, encryption_rule = encrypted(facts)
    tunnel, tunnel_rule = tunnelled(facts)
    connections, connections_rule = parallel(facts, tunnel=tunnel, enforced=enforced)
    compression, compression_rule = compressed(facts, connections)
    converge, converge_rule = auto_converge(facts)
    steps, steps_rule = schedule(facts, connections, tunnel=tunnel)
    at_a_time, limit_rule = limit(facts, connections)
    events, events_rule = guest_events(facts)
    share, share_rule = max_bandwidth(facts)
    pause, pause_rule = downtime(facts)
    return _Decision(
        facts=facts,
        parameters=_Parameters(
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
        ),
        limits=limits,
        rules={
            "zerocopy": "zerocopy-not" if limits else "zerocopy",
            "parallel": connections_rule,
            "auto_converge": converge_rule,
            "compressed": compression_rule,
            "encrypted": encryption_rule,
            "tunnelled": tunnel_rule,
            "max_bandwidth": share_rule,
            "downtime": pause_rule,
            "schedule": steps_rule,
            "enable_guest_events": events_rule,
            "incoming_limit": limit_rule,
            "outgoing_limit": limit_rule,
        },
    )


def encrypted(facts: Facts) -> Tuple[bool, str]:
    """Encryption: the VM's wish, else the cluster's, else Engine's, from level 4.4 on."""
    if facts.encrypted:
        return True, "encrypted"
    return False, "encrypted-level" if facts.encryption_asked else "encrypted-not"


def tunnelled(facts: Facts) -> Tuple[bool, str]:
    """The tunnel: the VM's wish, else the cluster's, unless the migration is encrypted."""
    if not facts.tunnelled:
        return False, "tunnelled-not"
    return (False, "tunnelled-encrypted") if facts.encrypted else (True, "tunnelled")


def parallel(facts: Facts, *, tunnel: bool, enforced: bool) -> Tuple[Optional[int], str]:
    """The number of connections; *enforced* makes Disabled and Auto automatic, for zero-copy.

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
    # One for each 10 Gbps, and no more than vCPUs.
    bandwidth = facts.bandwidth
    filling = 0 if bandwidth is None else bandwidth * 8 // ENGINE_CONNECTION_MBPS
    fitting = min(filling, facts.vm.vcpus, 255)
    if setting == "auto_parallel":
        return (fitting, "parallel-automatic") if fitting >= 2 else (2, "parallel-minimum")
    if enforced:
        return max(2, fitting), "parallel-enforced"
    if setting == "disabled":
        return None, "parallel-disabled"
    return (fitting, "parallel-automatic") if fitting >= 2 else (None, "parallel-auto-none")


def compressed(facts: Facts, connections: Optional[int]) -> Tuple[bool, str]:
    """Compression: the policy's wish (under Legacy inherited), unless there are connections."""
    if not facts.compressed:
        return False, "compressed-not"
    return (True, "compressed") if connections is None else (False, "compressed-parallel")


def auto_converge(facts: Facts) -> Tuple[bool, str]:
    """Autoconverge: the policy's wish (under Legacy inherited)."""
    return (True, "auto-converge") if facts.auto_converge else (False, "auto-converge-not")


def schedule(
    facts: Facts, connections: Optional[int], *, tunnel: bool
) -> Tuple[Optional[ConvergenceSchedule], str]:
    """The policy's schedule, less post-copy where it is impossible."""
    wanted = facts.policy.schedule
    if wanted is None:
        return None, "schedule-legacy"
    if wanted.switches_to_postcopy and (connections is not None or tunnel or facts.vm.paused):
        return wanted.without_postcopy(), "schedule-no-postcopy"
    return wanted, "schedule"


def limit(facts: Facts, connections: Optional[int]) -> Tuple[int, str]:
    """Migrations at a time, in and out: one with connections, else as the policy says."""
    if connections is not None:
        return 1, "limit-parallel"
    return facts.policy.max_migrations, "limit-policy"


def guest_events(facts: Facts) -> Tuple[bool, str]:
    """Events for the guest agent: the policy's wish."""
    if facts.policy.enable_guest_events:
        return True, "guest-events"
    return False, "guest-events-not"


def max_bandwidth(facts: Facts) -> Tuple[Optional[int], str]:
    """The share of the bandwidth: divided by the migrations at a time of the cluster's policy.

    By the cluster's even where the VM has a policy of its own, or connections leave room for one.
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
