"""The decision in words: a sentence for every parameter, and the whole for a terminal."""

from typing import Dict, Iterator, List, Sequence, Tuple

from .._base.terminal import escaped, wrapped
from .._model.notice import Notice
from .._model.parameters import PARAMETERS
from .._model.policy import MigrationPolicy
from .._model.schedule import Action, ConvergenceSchedule
from .facts import Facts
from .rules import Decision

__all__ = [
    "ENDINGS",
    "LABELS",
    "decision_text",
    "policy_name",
    "reasons",
    "schedule_steps",
]


def reasons(facts: Facts, decision: Decision) -> Dict[str, str]:
    """For each field of `Parameters`, why it has its value."""
    known = words(facts, decision)
    _, _, rules = decision
    return {name: rule.sentence.format_map(known) for name, rule in zip(PARAMETERS.kinds, rules)}


def words(facts: Facts, decision: Decision) -> Dict[str, object]:
    """What the sentences of the rules are filled with."""
    parameters, limits, _ = decision
    vm, cluster, policy = facts.vm, facts.cluster, facts.policy
    by_policy = f"the policy {policy_name(policy)}"
    excluded = [
        (parameters.parallel is not None, "parallel connections"),
        (parameters.tunnelled, "a tunnel"),
        (vm.paused, "a paused VM"),
    ]
    return {
        "auto_converge_by": _asker(vm.auto_converge, cluster.auto_converge)
        if policy.auto_convergence is None
        else by_policy,
        "bandwidth": _bandwidth(facts),
        "blockers": "; ".join([limitation.message for limitation in limits]),
        "cluster_policy": policy_name(facts.cluster_policy),
        "compressed_by": _asker(vm.compressed, cluster.compressed)
        if policy.migration_compression is None
        else by_policy,
        "divisor": facts.cluster_policy.max_migrations,
        "downtime": parameters.downtime,
        "downtime_by": _asker(vm.downtime, None),
        "encrypted_by": _asker(vm.encrypted, cluster.encrypted),
        "level": facts.level,
        "limit": parameters.outgoing_limit,
        "max_bandwidth": parameters.max_bandwidth,
        "parallel": parameters.parallel,
        "parallel_by": _asker(vm.parallel, cluster.parallel),
        "policy": policy_name(policy),
        "postcopy_excluded_by": " or ".join([cause for applies, cause in excluded if applies]),
        "setting": _SETTINGS.get(facts.parallel, facts.parallel),
        "tunnelled_by": _asker(vm.tunnelled, cluster.tunnelled),
        "vcpus": "1 vCPU" if vm.vcpus == 1 else f"{vm.vcpus} vCPUs",
    }


# What the UI calls the settings.
_SETTINGS: Dict[object, str] = {
    "disabled": "Disabled",
    "auto": "Auto",
    "auto_parallel": "Parallel",
}


def policy_name(policy: MigrationPolicy) -> str:
    """What a policy is called, on one line: names are free text."""
    return escaped(policy.name) or policy.id


def _asker(vm: object, cluster: object) -> str:
    """Whose setting counts."""
    if vm is not None:
        return "the VM"
    return "Engine's default" if cluster is None else "the cluster"


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
    whose = "the slower of the two links" if setting == "auto" else "as the cluster says"
    return f"the network has {facts.bandwidth} MiB/s ({whose})"


# What people call the parameters.
LABELS = {
    "zerocopy": "Zero-copy",
    "parallel": "Connections",
    "auto_converge": "Autoconverge",
    "compressed": "Compression",
    "encrypted": "Encryption",
    "tunnelled": "Tunnel",
    "max_bandwidth": "Bandwidth",
    "downtime": "Downtime",
    "schedule": "Schedule",
    "enable_guest_events": "Guest events",
    "incoming_limit": "Migrations in",
    "outgoing_limit": "Migrations out",
}


def decision_text(facts: Facts, decision: Decision, notices: Sequence[Notice]) -> str:
    """The whole decision, for a terminal of 80 columns."""
    return "\n".join(_lines(facts, decision, notices))


def _lines(facts: Facts, decision: Decision, notices: Sequence[Notice]) -> Iterator[str]:
    parameters, _, _ = decision
    yield from wrapped(
        f"Policy {policy_name(facts.policy)}: "
        f"zero-copy is {'on' if parameters.zerocopy else 'off'}, "
        + (
            "one connection"
            if parameters.parallel is None
            else f"{parameters.parallel} parallel connections"
        ),
        "",
    )
    yield ""
    for name, sentence in reasons(facts, decision).items():
        yield from wrapped(sentence, "  " + LABELS[name].ljust(16))
    for title, severity in (("Not as asked", "warning"), ("Good to know", "info")):
        chosen = [notice for notice in notices if notice.severity == severity]
        if chosen:
            yield from ("", title)
            for notice in chosen:
                yield from _notice_lines(notice)
    if parameters.schedule is not None:
        yield from ("", "Downtime schedule")
        yield from _schedule_lines(parameters.schedule)


def _notice_lines(notice: Notice) -> Iterator[str]:
    yield from wrapped(escaped(notice.message), f"  {notice.code}: ", "    ")
    if notice.remedy is not None:
        yield from wrapped(escaped(notice.remedy), "    -> ", "       ")


def _schedule_lines(schedule: ConvergenceSchedule) -> Iterator[str]:
    for when, what in schedule_steps(schedule):
        yield f"  {when.ljust(20)}  {what}"
    if not (schedule.init or schedule.stalling):
        yield "  empty"


def schedule_steps(schedule: ConvergenceSchedule) -> List[Tuple[str, str]]:
    """When something is done, and what."""
    steps = [("at the start", _action(action)) for action in schedule.init]
    for entry in schedule.stalling:
        plural = "" if entry.limit == 1 else "s"
        when = "then" if entry.limit < 1 else f"after {entry.limit} iteration{plural}"
        steps.append((when, _action(entry.action)))
    return steps


# What ends a migration, in a few words.
ENDINGS = {"abort": "abort", "postcopy": "switch to post-copy"}


def _action(action: Action) -> str:
    return ENDINGS.get(action.name) or f"{action.downtime} ms"
