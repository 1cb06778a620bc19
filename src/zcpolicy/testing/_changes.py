"""How a scenario is changed so that a shipped limitation of zero-copy goes, or comes."""

from typing import Any, Callable, Dict

import attr

from .._base.fields import INT_MAX
from .._decision.facts import Facts
from .._model.scenario import Scenario
from .._model.shipped import VERY_LARGE_VMS

__all__ = ["IMPOSES", "LIFTS", "level_of", "with_host", "with_vm"]

Change = Callable[[Scenario], Scenario]


def level_of(scenario: Scenario) -> str:
    """The VM's compatibility level, its own or its cluster's."""
    own = scenario.vm.level
    return scenario.cluster.level if own is None else own


def with_vm(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with another VM."""
    return attr.evolve(scenario, vm=attr.evolve(scenario.vm, **changes))


def with_host(scenario: Scenario, field: str, **changes: Any) -> Scenario:
    """The scenario with another ``"host"`` or ``"destination"``."""
    host = attr.evolve(getattr(scenario, field), **changes)
    return attr.evolve(scenario, **{field: host})


def _able(field: str, name: str, able: bool) -> Change:
    return lambda scenario: with_host(scenario, field, **{name: able})


def _asking(scenario: Scenario) -> Scenario:
    policy = Facts(scenario=scenario).policy
    chosen = VERY_LARGE_VMS if policy.is_legacy else attr.evolve(policy, zero_copy=True)
    return with_vm(scenario, policy=chosen)


def _not_asking(scenario: Scenario) -> Scenario:
    policy = Facts(scenario=scenario).policy
    return with_vm(scenario, policy=attr.evolve(policy, zero_copy=False))


def _with_parallel(level: str, scenario: Scenario, *, supported: bool) -> Scenario:
    known = {**scenario.engine.parallel_supported, level: supported}
    return attr.evolve(scenario, engine=attr.evolve(scenario.engine, parallel_supported=known))


def _supporting(supported: bool) -> Change:
    return lambda scenario: _with_parallel(level_of(scenario), scenario, supported=supported)


def _encrypting(scenario: Scenario) -> Scenario:
    """Encrypted, at the first level that knows encryption, which is else as the VM's is."""
    supported = scenario.engine.parallel_supported[level_of(scenario)]
    scenario = _with_parallel("4.4", scenario, supported=supported)
    return with_vm(scenario, encrypted=True, level="4.4")


# What lifts each shipped limitation: it goes, and no other goes or comes.
LIFTS: Dict[str, Change] = {
    "policy": _asking,
    "level": _supporting(True),
    "encryption": lambda scenario: with_vm(scenario, encrypted=False),
    "tunnel": lambda scenario: with_vm(scenario, tunnelled=False),
    "vdsm": _able("host", "vdsm_zerocopy", True),
    "libvirt": _able("host", "libvirt_zerocopy", True),
    "qemu": _able("host", "qemu_zerocopy", True),
    "destination": _able("destination", "libvirt_zerocopy", True),
    "memory-lock": lambda scenario: with_vm(scenario, memory_hard_limit_mib=scenario.vm.memory_mib),
}

# What imposes each of them, just so; the scenario that comes has it.
IMPOSES: Dict[str, Change] = {
    "policy": _not_asking,
    "level": _supporting(False),
    "encryption": _encrypting,
    "tunnel": lambda scenario: with_vm(scenario, tunnelled=True),
    "vdsm": _able("host", "vdsm_zerocopy", False),
    "libvirt": _able("host", "libvirt_zerocopy", False),
    "qemu": _able("host", "qemu_zerocopy", False),
    "destination": _able("destination", "libvirt_zerocopy", False),
    "memory-lock": lambda scenario: with_vm(
        scenario, memory_mib=INT_MAX, memory_hard_limit_mib=INT_MAX - 1
    ),
}
