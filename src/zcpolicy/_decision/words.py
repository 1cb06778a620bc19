"""The words in braces in the rules' sentences and notices: one table."""

import re
from typing import Callable, Dict, List, Mapping, Optional, Tuple

from .._base.terminal import escaped
from .._model.policy import MigrationPolicy
from .decide import ENGINE_CONNECTION_MBPS, Decision
from .facts import Facts
from .rules import RULES

__all__ = ["WORDS", "filled", "policy_name", "sentence_of"]


def policy_name(policy: MigrationPolicy) -> str:
    """The name of a policy on one line, or its id: names are free text and may be empty."""
    return escaped(policy.name) or policy.id


# The settings' names in Engine's UI.
_SETTINGS: Dict[object, str] = {
    "disabled": "Disabled",
    "auto": "Auto",
    "auto_parallel": "Parallel",
}


def _asker(vm: object, cluster: object) -> str:
    """The origin of the effective setting."""
    if vm is not None:
        return "the VM"
    return "Engine's default" if cluster is None else "the cluster"


def _by_policy(decision: Decision, wish: Optional[bool], setting: str) -> str:
    """The policy if it decides; otherwise the origin of the effective setting."""
    facts = decision.facts
    if wish is not None:
        return f"the policy {policy_name(facts.policy)}"
    return _asker(getattr(facts.vm, setting), getattr(facts.cluster, setting))


def _bandwidth(facts: Facts) -> str:
    setting = facts.cluster.bandwidth
    if setting == "hypervisor_default":
        return "the cluster leaves the bandwidth to the hypervisor"
    if facts.bandwidth is None:
        unknown = [
            name
            for name, host in (("source", facts.host), ("destination", facts.destination))
            if host.migration_mbps is None or host.migration_mbps <= 0
        ]
        hosts = "source's and the destination's" if len(unknown) == 2 else f"{unknown[0]}'s"
        return f"the {hosts} link speed is unknown"
    whose = "the slower of the two links" if setting == "auto" else "as the cluster specifies"
    return f"the network has {facts.bandwidth} MiB/s ({whose})"


def _link_mbps(facts: Facts) -> Optional[int]:
    """The network's speed: the cluster's setting, else the slower link; None if unknown."""
    if isinstance(facts.cluster.bandwidth, int):
        return facts.cluster.bandwidth
    links = (facts.host.migration_mbps, facts.destination.migration_mbps)
    known = [mbps for mbps in links if mbps is not None and mbps > 0]
    return min(known) if len(known) == 2 else None


# The throughput of an encrypted connection on current CPUs, Mbps.
_TLS_MBPS = 4500


def _unfilled(decision: Decision) -> str:
    """The number of connections that would fill the link, if there are fewer."""
    parameters = decision.parameters
    mbps, connections = _link_mbps(decision.facts), parameters.parallel
    if mbps is None or connections is None:
        return ""
    if parameters.encrypted:
        enough, each = -(-mbps // _TLS_MBPS), f"about {_TLS_MBPS} Mbps encrypted"
    else:
        enough, each = mbps // ENGINE_CONNECTION_MBPS, "10 Gbps"
    if connections >= enough:
        return ""
    return f"; {enough} would fill the network, at {each} each"


def _beside_link(decision: Decision) -> str:
    """A hint that Vdsm's own limit leaves a fast link unused."""
    mbps, limit = _link_mbps(decision.facts), decision.facts.host.vdsm.max_bandwidth
    # A MiB is 8.39 Mbit.
    if mbps is None or limit == 0 or limit * 8.388608 >= mbps:
        return ""
    return (
        f", although the link has {mbps} Mbps (libvirt 11.1 and later accept "
        "bandwidth.avail.switchover, which lets QEMU plan the switchover for the whole link)"
    )


def _beside_postcopy(decision: Decision) -> str:
    schedule = decision.parameters.schedule
    return "; post-copy ignores it" if schedule and schedule.switches_to_postcopy else ""


def _without_postcopy(decision: Decision) -> str:
    parameters = decision.parameters
    causes = [
        (parameters.parallel is not None, "parallel connections"),
        (parameters.tunnelled, "a tunnel"),
        (decision.facts.vm.paused, "a paused VM"),
    ]
    return " or ".join([cause for applies, cause in causes if applies])


def _vcpus(vcpus: int) -> str:
    return "1 vCPU" if vcpus == 1 else f"{vcpus} vCPUs"


WORDS: Mapping[str, Callable[[Decision], object]] = {
    "auto_converge_by": lambda d: _by_policy(d, d.facts.policy.auto_convergence, "auto_converge"),
    "bandwidth": lambda d: _bandwidth(d.facts),
    "bandwidth_mib_s": lambda d: d.facts.bandwidth,
    "beside_link": _beside_link,
    "beside_postcopy": _beside_postcopy,
    "blockers": lambda d: "; ".join([limitation.message for limitation in d.limits]),
    "cluster_level": lambda d: d.facts.cluster.level,
    "cluster_policy": lambda d: policy_name(d.facts.cluster_policy),
    "compressed_by": lambda d: _by_policy(d, d.facts.policy.migration_compression, "compressed"),
    "connection_cap": lambda d: d.facts.connection_cap,
    "divisor": lambda d: d.facts.cluster_policy.max_migrations,
    "downtime": lambda d: d.parameters.downtime,
    "downtime_by": lambda d: _asker(d.facts.vm.downtime, None),
    "encrypted_by": lambda d: _asker(d.facts.vm.encrypted, d.facts.cluster.encrypted),
    "level": lambda d: d.facts.level,
    "limit": lambda d: d.parameters.outgoing_limit,
    "max_bandwidth": lambda d: d.parameters.max_bandwidth,
    "parallel": lambda d: d.parameters.parallel,
    "parallel_by": lambda d: _asker(d.facts.vm.parallel, d.facts.cluster.parallel),
    "policy": lambda d: policy_name(d.facts.policy),
    "policy_unknown": lambda d: repr(d.facts.policy_unknown),
    "postcopy_excluded_by": _without_postcopy,
    "setting": lambda d: _SETTINGS.get(d.facts.parallel, d.facts.parallel),
    "tunnelled_by": lambda d: _asker(d.facts.vm.tunnelled, d.facts.cluster.tunnelled),
    "unfilled": _unfilled,
    "vcpus": lambda d: _vcpus(d.facts.vm.vcpus),
    "vdsm_bandwidth": lambda d: d.facts.host.vdsm.bandwidth_text,
}


_Parts = Tuple[str, List[Tuple[Callable[[Decision], object], str]]]


def _parts(template: str) -> _Parts:
    """Split a template into its leading text, then each word with the text that follows it."""
    first, *rest = re.split(r"\{(\w+)\}", template)
    return first, [(WORDS[word], text) for word, text in zip(rest[::2], rest[1::2])]


# The sentences of all rules by name, split once, since every answer has twelve.
_SENTENCES: Mapping[str, _Parts] = {
    name: _parts(rule.sentence) for rules in RULES.values() for name, rule in rules.items()
}
# Their notices' messages and remedies that contain words, split as well.
_PARTS: Mapping[str, _Parts] = {
    template: _parts(template)
    for rules in RULES.values()
    for rule in rules.values()
    for notice in rule.notices
    for template in (notice.message, notice.remedy)
    if "{" in template
}


def filled(template: str, decision: Decision) -> str:
    """A message or remedy of `RULES` with its words filled in."""
    parts = _PARTS.get(template)
    return template if parts is None else _joined(parts, decision)


def sentence_of(rule: str, decision: Decision) -> str:
    """The sentence of the rule with this name, with its words filled in."""
    return _joined(_SENTENCES[rule], decision)


def _joined(parts: _Parts, decision: Decision) -> str:
    text, rest = parts
    for word, behind in rest:
        text = f"{text}{word(decision)}{behind}"
    return text
