"""Invariants of every decision, as named functions, for the suites of Engine, Vdsm and others.

Each takes a scenario and its resolution, and raises `AssertionError` if its sentence is not true.
They derive the requested settings from the scenario on their own, independently of the decision;
they rely on it only for the policy that a name refers to.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set, Tuple

import attr

from .._base.fields import INT_MAX
from .._decision.facts import Facts
from .._decision.resolution import Resolution
from .._model.engine_config import level_key
from .._model.inputs import ParallelSetting
from .._model.parameters import PARAMETERS
from .._model.policy import MigrationPolicy
from .._model.scenario import Scenario
from .._model.scenario_json import ZEROCOPY_KEYS
from .._publish.causes import CAUSES, level_of, with_part
from ..adapters.engine import parameters_from_vm_migrate, vm_migrate
from ..adapters.vdsm import check, libvirt_call

__all__ = ["invariants"]


# -- Requested settings ---------------------------------------------------------------------------


class _Asked(NamedTuple):
    """The requested settings: the policy's, else the VM's, else its cluster's, else Engine's."""

    policy: MigrationPolicy
    parallel: ParallelSetting
    encrypted: bool
    tunnelled: bool
    compressed: bool
    auto_converge: bool
    downtime: Optional[int]


def _first(*settings: Any) -> Any:
    return next(setting for setting in settings if setting is not None)


def _asked(scenario: Scenario) -> _Asked:
    cluster, vm, engine = scenario.cluster, scenario.vm, scenario.engine
    policy = Facts(scenario=scenario).policy
    return _Asked(
        policy=policy,
        parallel=_first(vm.parallel, cluster.parallel),
        encrypted=_first(vm.encrypted, cluster.encrypted, engine.default_encrypted),
        tunnelled=_first(vm.tunnelled, cluster.tunnelled),
        compressed=_first(
            policy.migration_compression,
            vm.compressed,
            cluster.compressed,
            engine.default_compressed,
        ),
        auto_converge=_first(
            policy.auto_convergence,
            vm.auto_converge,
            cluster.auto_converge,
            engine.default_auto_converge,
        ),
        downtime=_first(vm.downtime, engine.default_downtime) or None,
    )


def _network(scenario: Scenario) -> Optional[int]:
    """Return the migration network's bandwidth, MiB/s, which migrations share."""
    mbps: Any = scenario.cluster.bandwidth
    if mbps == "auto":
        links = [scenario.host.migration_mbps, scenario.destination.migration_mbps]
        known = [link for link in links if link is not None and link > 0]
        mbps = min(known) if len(known) == 2 else None
    return mbps // 8 if isinstance(mbps, int) else None


def _fitting(scenario: Scenario) -> Optional[int]:
    """Return one connection per 10 Gbps (10240 Mbps), at most vCPUs and 255; None if below two."""
    network = _network(scenario)
    if network is None:
        return None
    fitting = min(network * 8 // 10240, scenario.vm.vcpus, 255)
    return fitting if fitting >= 2 else None


# -- The result -----------------------------------------------------------------------------------


def _again(scenario: Scenario, resolution: Resolution) -> Resolution:
    """Decide another scenario with the same limitations."""
    try:
        return Resolution(scenario=scenario, limitations=resolution.limitations)
    except Exception as error:
        raise AssertionError(f"there is no decision for {scenario}: {error!r}") from error


def _request(scenario: Scenario, resolution: Resolution) -> Dict[str, Any]:
    return vm_migrate(resolution.parameters, level=level_of(scenario))


# -- The invariants -------------------------------------------------------------------------------


def never_refused(scenario: Scenario, resolution: Resolution) -> None:
    """The request is neither refused nor harmful, unless the policy's own schedule runs out."""
    request, level = _request(scenario, resolution), level_of(scenario)
    bad = {
        violation.code
        for violation in check(request, scenario.host, scenario.vm, level=level)
        if violation.severity != "misleading"
    }
    schedule = _asked(scenario).policy.schedule
    watched = scenario.host.vdsm.monitor_interval_s > 0
    runs_out = schedule is not None and schedule.runs_out and watched
    assert bad == ({"schedule-runs-out"} if runs_out else set()), bad


def proceeds_always(scenario: Scenario, resolution: Resolution) -> None:
    """There is always a decision, never an error, and the request made from it loses nothing."""
    again = _again(scenario, resolution)
    assert parameters_from_vm_migrate(_request(scenario, again)) == resolution.parameters


def zerocopy_iff_no_blocker(scenario: Scenario, resolution: Resolution) -> None:
    """Zero-copy is on exactly if there are no blockers, and libvirt gets the flag exactly then."""
    zerocopy = resolution.parameters.zerocopy
    assert zerocopy is not bool(resolution.blockers)
    request = _request(scenario, resolution)
    flags = libvirt_call(request, scenario.host, level=level_of(scenario)).flags
    assert bool(flags & (1 << 20)) is zerocopy


def nothing_unasked(scenario: Scenario, resolution: Resolution) -> None:
    """Nothing is on unless requested; requesting zero-copy also requests connections."""
    asked, parameters = _asked(scenario), resolution.parameters
    assert parameters.zerocopy <= asked.policy.zero_copy
    assert parameters.encrypted <= asked.encrypted
    assert parameters.tunnelled <= asked.tunnelled
    assert parameters.compressed <= asked.compressed
    wanted = asked.parallel != "disabled" or asked.policy.zero_copy
    assert parameters.parallel is None or wanted


def rest_as_asked(scenario: Scenario, resolution: Resolution) -> None:
    """Autoconverge, guest events and downtimes are as requested, since nothing limits them."""
    asked, parameters = _asked(scenario), resolution.parameters
    assert parameters.auto_converge is asked.auto_converge
    assert parameters.enable_guest_events is asked.policy.enable_guest_events
    assert parameters.downtime == asked.downtime
    wanted, schedule = asked.policy.schedule, parameters.schedule
    assert schedule == wanted or (wanted is not None and schedule == wanted.without_postcopy())


def differences_have_notices(scenario: Scenario, resolution: Resolution) -> None:
    """A parameter has a warning exactly if it differs from the request."""
    facts, asked, parameters = Facts(scenario=scenario), _asked(scenario), resolution.parameters
    setting, connections = asked.parallel, parameters.parallel
    if isinstance(setting, int):
        other_connections = connections != setting
    elif setting == "disabled":
        other_connections = connections is not None
    else:
        other_connections = setting == "auto_parallel" and connections is None
    differs: Set[str] = {
        name
        for name, different in (
            ("policy", facts.policy_unknown is not None),
            ("zerocopy", asked.policy.zero_copy and not parameters.zerocopy),
            ("parallel", other_connections),
            ("compressed", asked.compressed is not parameters.compressed),
            ("encrypted", asked.encrypted is not parameters.encrypted),
            ("tunnelled", asked.tunnelled is not parameters.tunnelled),
            ("schedule", asked.policy.schedule != parameters.schedule),
            ("max_bandwidth", _network(scenario) is not None and parameters.max_bandwidth is None),
        )
        if different
    }
    assert {notice.field for notice in resolution.warnings} == differs


def warnings_are_differences(scenario: Scenario, resolution: Resolution) -> None:
    """A warning's requested and effective values differ; the effective one is the parameter's."""
    for notice in resolution.warnings:
        assert notice.requested != notice.effective, notice
        if notice.field != "policy":
            assert notice.effective == getattr(resolution.parameters, notice.field), notice


def encryption_wins(scenario: Scenario, resolution: Resolution) -> None:
    """Encryption is never given up where the level supports it."""
    supported = level_key(level_of(scenario)) >= (4, 4)
    assert resolution.parameters.encrypted is (_asked(scenario).encrypted and supported)


def tunnel_wins(scenario: Scenario, resolution: Resolution) -> None:
    """A tunnel is given up only for encryption."""
    parameters = resolution.parameters
    assert parameters.tunnelled is (_asked(scenario).tunnelled and not parameters.encrypted)


def connections_where_due(scenario: Scenario, resolution: Resolution) -> None:
    """There are connections if set, if they fit, or if Engine enforces them for zero-copy."""
    setting = _asked(scenario).parallel
    known_to_engine = {row.code for row in resolution.limitations if row.stage == "engine"}
    due = (
        isinstance(setting, int)
        or setting == "auto_parallel"
        or (setting == "auto" and _fitting(scenario) is not None)
        or known_to_engine.isdisjoint(resolution.blockers)
    )
    possible = scenario.engine.parallel_supported[level_of(scenario)]
    due = due and possible and not resolution.parameters.tunnelled
    assert (resolution.parameters.parallel is not None) is due


def connections_as_many(scenario: Scenario, resolution: Resolution) -> None:
    """There are as many connections as set, else one per 10 Gbps; at most vCPUs, at least two."""
    setting, connections = _asked(scenario).parallel, resolution.parameters.parallel
    if isinstance(setting, int):
        assert connections in (None, min(setting, max(2, scenario.vm.vcpus)))
    else:
        assert connections in (None, _fitting(scenario) or 2)


def one_migration_with_connections(scenario: Scenario, resolution: Resolution) -> None:
    """A migration with connections runs alone on a host; otherwise the policy's limit applies."""
    parameters = resolution.parameters
    limit = _asked(scenario).policy.max_migrations if parameters.parallel is None else 1
    assert (parameters.incoming_limit, parameters.outgoing_limit) == (limit, limit)


def bandwidth_is_divided(scenario: Scenario, resolution: Resolution) -> None:
    """The network is divided by the cluster policy's limit; below 1 MiB/s, Vdsm's limit applies."""
    network, policy = _network(scenario), Facts(scenario=scenario).cluster_policy
    share = None if network is None else network // policy.max_migrations or None
    assert resolution.parameters.max_bandwidth == share


def better_hosts_keep_zerocopy(scenario: Scenario, resolution: Resolution) -> None:
    """A more capable host, or one with a faster link, never turns zero-copy off."""
    before = resolution.parameters
    for field in ("host", "destination"):
        for name in ZEROCOPY_KEYS.values():
            after = _again(with_part(scenario, field, **{name: True}), resolution)
            assert after.parameters.zerocopy >= before.zerocopy
            assert set(after.blockers) <= set(resolution.blockers)
            # These capabilities affect nothing else.
            rest = [attr.evolve(each, zerocopy=False) for each in (after.parameters, before)]
            assert rest[0] == rest[1]
        after = _again(with_part(scenario, field, migration_mbps=INT_MAX), resolution)
        assert after.parameters.zerocopy >= before.zerocopy


def _exactly(code: str, scenario: Scenario, resolution: Resolution, expected: List[str]) -> None:
    """Assert that exactly the expected shipped limitations apply, in their order."""
    after = _again(scenario, resolution)
    assert [blocker for blocker in after.blockers if blocker in CAUSES] == expected, code


def lifting_removes_exactly_one(scenario: Scenario, resolution: Resolution) -> None:
    """Lifting one shipped limitation removes its blocker and no other."""
    for code, cause in CAUSES.items():
        left = [each for each in CAUSES if each in resolution.blockers and each != code]
        _exactly(code, cause.lifts(scenario), resolution, left)


def imposing_adds_exactly_one(scenario: Scenario, resolution: Resolution) -> None:
    """Imposing one shipped limitation adds its blocker and no other."""
    for code, cause in CAUSES.items():
        now = [each for each in CAUSES if each in resolution.blockers or each == code]
        _exactly(code, cause.imposes(scenario), resolution, now)


def deterministic(scenario: Scenario, resolution: Resolution) -> None:
    """The same scenario gives the same answer, also after a round trip through JSON."""
    assert resolution.scenario == scenario
    replayed = _again(Scenario.from_json(scenario.to_json()), resolution)
    assert replayed == resolution
    assert replayed.to_json() == resolution.to_json()


def explained(scenario: Scenario, resolution: Resolution) -> None:
    """Every parameter has a sentence, and every notice a message and a source."""
    sentences = resolution.explain()
    assert list(sentences) == list(PARAMETERS.kinds)
    assert all(sentence and "\n" not in sentence for sentence in sentences.values())
    told: List[str] = [notice.message and notice.source for notice in resolution.notices]
    assert all(told)
    assert all(len(line) <= 80 for line in str(resolution).splitlines())


invariants: Tuple[Callable[[Scenario, Resolution], None], ...] = (
    never_refused,
    proceeds_always,
    zerocopy_iff_no_blocker,
    nothing_unasked,
    rest_as_asked,
    differences_have_notices,
    warnings_are_differences,
    encryption_wins,
    tunnel_wins,
    connections_where_due,
    connections_as_many,
    one_migration_with_connections,
    bandwidth_is_divided,
    better_hosts_keep_zerocopy,
    lifting_removes_exactly_one,
    imposing_adds_exactly_one,
    deterministic,
    explained,
)
