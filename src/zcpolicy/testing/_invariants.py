"""What holds of every decision: named functions, for the suites of Engine, Vdsm and others.

Each takes a scenario and its resolution and raises `AssertionError` if its sentence is not true.
"""

from typing import Any, Callable, Dict, List, Set, Tuple

import attr

from .._facts import Facts
from .._inputs import Host
from .._parameters import PARAMETERS, Parameters
from .._policy import VERY_LARGE_VMS
from .._resolution import Resolution
from .._scenario import Scenario
from ..adapters.engine import vm_migrate
from ..adapters.vdsm import check, libvirt_call

__all__ = ["LIFTS", "invariants"]

Invariant = Callable[[Scenario, Resolution], None]


def _again(scenario: Scenario, resolution: Resolution) -> Resolution:
    """Another scenario, decided with the same limitations."""
    return Resolution(scenario=scenario, limitations=resolution.limitations)


def _level(scenario: Scenario) -> str:
    return Facts(scenario=scenario).level


def _request(scenario: Scenario, resolution: Resolution) -> Dict[str, Any]:
    return vm_migrate(resolution.parameters, level=_level(scenario))


def never_refused(scenario: Scenario, resolution: Resolution) -> None:
    """Nobody refuses the request or is harmed by it, unless the policy's own schedule runs out."""
    request, level = _request(scenario, resolution), _level(scenario)
    bad = {
        violation.code
        for violation in check(request, scenario.host, scenario.vm, level=level)
        if violation.severity != "misleading"
    }
    schedule = Facts(scenario=scenario).policy.schedule
    runs_out = schedule is not None and schedule.runs_out
    assert bad == ({"schedule-runs-out"} if runs_out else set()), bad


def proceeds_always(scenario: Scenario, resolution: Resolution) -> None:
    """There is a migration, live and from host to host, whatever is asked for."""
    assert isinstance(resolution.parameters, Parameters)
    request = _request(scenario, resolution)
    assert libvirt_call(request, scenario.host, level=_level(scenario)).flags & 3 == 3


def zerocopy_iff_no_blocker(scenario: Scenario, resolution: Resolution) -> None:
    """Zero-copy is on exactly where nothing is listed against it, and libvirt gets the flag."""
    zerocopy = resolution.parameters.zerocopy
    assert zerocopy is not bool(resolution.blockers)
    request = _request(scenario, resolution)
    flags = libvirt_call(request, scenario.host, level=_level(scenario)).flags
    assert bool(flags & (1 << 20)) is zerocopy


def differences_have_notices(scenario: Scenario, resolution: Resolution) -> None:
    """Every parameter that is not as asked has a warning, and no other parameter has one."""
    facts, parameters = Facts(scenario=scenario), resolution.parameters
    setting, connections = facts.parallel, parameters.parallel
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
            ("zerocopy", facts.policy.zero_copy and not parameters.zerocopy),
            ("parallel", other_connections),
            ("compressed", facts.compressed is not parameters.compressed),
            ("encrypted", facts.encryption_asked is not parameters.encrypted),
            ("tunnelled", facts.tunnelled is not parameters.tunnelled),
            ("auto_converge", facts.auto_converge is not parameters.auto_converge),
            ("schedule", facts.policy.schedule != parameters.schedule),
            ("max_bandwidth", facts.bandwidth is not None and parameters.max_bandwidth is None),
        )
        if different
    }
    assert {notice.field for notice in resolution.warnings} == differs


def warnings_are_differences(scenario: Scenario, resolution: Resolution) -> None:
    """What a warning says was requested is not what it says comes out, which is the parameter."""
    for notice in resolution.warnings:
        assert notice.requested != notice.effective, notice
        if notice.field != "policy":
            assert notice.effective == getattr(resolution.parameters, notice.field), notice


def encryption_wins(scenario: Scenario, resolution: Resolution) -> None:
    """Encryption, where its level supports it, is never given up for anything."""
    facts = Facts(scenario=scenario)
    assert resolution.parameters.encrypted is facts.encrypted
    if facts.encrypted:
        assert not resolution.parameters.zerocopy
        assert not resolution.parameters.tunnelled


def tunnel_wins(scenario: Scenario, resolution: Resolution) -> None:
    """A tunnel is given up for encryption alone, and nothing that it excludes is left."""
    facts, parameters = Facts(scenario=scenario), resolution.parameters
    assert parameters.tunnelled is (facts.tunnelled and not facts.encrypted)
    if parameters.tunnelled:
        assert (parameters.zerocopy, parameters.parallel) == (False, None)
        assert parameters.schedule is None or not parameters.schedule.switches_to_postcopy


def better_hosts_keep_zerocopy(scenario: Scenario, resolution: Resolution) -> None:
    """A host that can do more never turns zero-copy off, and changes nothing else."""
    able = {"vdsm_zerocopy": True, "libvirt_zerocopy": True, "qemu_zerocopy": True}
    for name in able:
        for field in ("host", "destination"):
            host: Host = getattr(scenario, field)
            change: Dict[str, Any] = {field: attr.evolve(host, **{name: True})}
            better = attr.evolve(scenario, **change)
            after = _again(better, resolution)
            assert after.parameters.zerocopy >= resolution.parameters.zerocopy
            assert set(after.blockers) <= set(resolution.blockers)
            same = attr.evolve(after.parameters, zerocopy=resolution.parameters.zerocopy)
            assert same == resolution.parameters


def _vm(scenario: Scenario, **changes: Any) -> Scenario:
    return attr.evolve(scenario, vm=attr.evolve(scenario.vm, **changes))


def _source(scenario: Scenario, **changes: Any) -> Scenario:
    return attr.evolve(scenario, host=attr.evolve(scenario.host, **changes))


def _asking(scenario: Scenario) -> Scenario:
    policy = Facts(scenario=scenario).policy
    chosen = VERY_LARGE_VMS if policy.is_legacy else attr.evolve(policy, zero_copy=True)
    return _vm(scenario, policy=chosen)


def _supported(scenario: Scenario) -> Scenario:
    supported = {**scenario.engine.parallel_supported, _level(scenario): True}
    engine = attr.evolve(scenario.engine, parallel_supported=supported)
    return attr.evolve(scenario, engine=engine)


# How each shipped limitation is lifted.
LIFTS: Dict[str, Callable[[Scenario], Scenario]] = {
    "policy": _asking,
    "level": _supported,
    "encryption": lambda s: _vm(s, encrypted=False),
    "tunnel": lambda s: _vm(s, tunnelled=False),
    "vdsm": lambda s: _source(s, vdsm_zerocopy=True),
    "libvirt": lambda s: _source(s, libvirt_zerocopy=True),
    "qemu": lambda s: _source(s, qemu_zerocopy=True),
    "destination": lambda s: attr.evolve(
        s, destination=attr.evolve(s.destination, libvirt_zerocopy=True)
    ),
    "memory-lock": lambda s: _vm(s, memory_hard_limit_mib=None),
}


def lifting_removes_exactly_one(scenario: Scenario, resolution: Resolution) -> None:
    """Lifting one shipped limitation removes its blocker and no other."""
    for code, lift in LIFTS.items():
        after = _again(lift(scenario), resolution)
        left = [blocker for blocker in after.blockers if blocker in LIFTS]
        assert left == [b for b in resolution.blockers if b in LIFTS and b != code], code


def deterministic(scenario: Scenario, resolution: Resolution) -> None:
    """The same scenario gives the same answer, also after a way through JSON."""
    assert resolution.scenario == scenario
    replayed = _again(Scenario.from_json(scenario.to_json()), resolution)
    assert replayed == resolution
    assert replayed.to_json() == resolution.to_json()


def explained(scenario: Scenario, resolution: Resolution) -> None:
    """Every parameter has a sentence, every notice a message and a source."""
    sentences = resolution.explain()
    assert list(sentences) == list(PARAMETERS.kinds)
    assert all(sentence and "\n" not in sentence for sentence in sentences.values())
    told: List[str] = [notice.message and notice.source for notice in resolution.notices]
    assert all(told)
    assert all(len(line) <= 80 for line in str(resolution).splitlines())


def one_connection_at_a_time(scenario: Scenario, resolution: Resolution) -> None:
    """A migration with parallel connections has the host to itself and is not compressed."""
    parameters = resolution.parameters
    if parameters.parallel is not None:
        assert (parameters.incoming_limit, parameters.outgoing_limit) == (1, 1)
        assert not parameters.compressed


invariants: Tuple[Invariant, ...] = (
    never_refused,
    proceeds_always,
    zerocopy_iff_no_blocker,
    differences_have_notices,
    warnings_are_differences,
    encryption_wins,
    tunnel_wins,
    better_hosts_keep_zerocopy,
    lifting_removes_exactly_one,
    deterministic,
    explained,
    one_connection_at_a_time,
)
