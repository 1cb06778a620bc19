"""How to impose and lift each limitation of zero-copy: one table, one row per limitation.

The test vectors, combinations and invariants for other suites are built from it.  It does not say
whether a limitation applies: that is left to the decision, and to the checks of the decision.
"""

from typing import Any, Callable, Dict, Mapping, Optional

import attr

from .._base.fields import INT_MAX
from .._decision.facts import Facts
from .._model.scenario import Scenario
from .._model.shipped import MINIMAL_DOWNTIME, VERY_LARGE_VMS

__all__ = ["CAUSES", "ZEROCOPY", "Cause", "level_of", "with_part"]

Change = Callable[[Scenario], Scenario]
Document = Dict[str, Any]

# A scenario without limitations: the policy asks for zero-copy, everything else is default.
ZEROCOPY: Document = {"cluster": {"policy": VERY_LARGE_VMS.name}}


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Cause:
    """How to impose and lift a limitation.

    Attributes:
        imposes: changes any scenario to make this limitation, and no other, apply.
        lifts: changes any scenario to make this limitation, and no other, no longer apply.
        document: the JSON that imposes it when merged into `ZEROCOPY`.
        sentence: the feature page's statement, in our words; None if the page is silent.
    """

    imposes: Change
    lifts: Change
    document: Document
    sentence: Optional[str] = None


def level_of(scenario: Scenario) -> str:
    """Return the VM's compatibility level, its own or its cluster's."""
    own = scenario.vm.level
    return scenario.cluster.level if own is None else own


def with_part(scenario: Scenario, part: str, **changes: Any) -> Scenario:
    """Return the scenario with changes to its ``vm``, ``host``, ``destination`` or ``engine``."""
    return attr.evolve(scenario, **{part: attr.evolve(getattr(scenario, part), **changes)})


def _setting(part: str, sentence: Optional[str] = None, **limiting: bool) -> Cause:
    """Make the cause for a single setting, given with the value that limits zero-copy."""
    ((name, value),) = limiting.items()

    def imposes(scenario: Scenario) -> Scenario:
        return with_part(scenario, part, **{name: value})

    shipped = Scenario()
    return Cause(
        imposes=imposes,
        lifts=lambda scenario: with_part(scenario, part, **{name: not value}),
        document=_difference(shipped.to_json(), imposes(shipped).to_json()),
        sentence=sentence,
    )


def _difference(before: Document, after: Document) -> Document:
    """Return the parts of the document *after* that differ from *before*."""
    return {
        key: _difference(before[key], value) if isinstance(value, dict) else value
        for key, value in after.items()
        if value != before[key]
    }


def _asking(scenario: Scenario) -> Scenario:
    policy = Facts(scenario=scenario).policy
    chosen = VERY_LARGE_VMS if policy.is_legacy else attr.evolve(policy, zero_copy=True)
    return with_part(scenario, "vm", policy=chosen)


def _not_asking(scenario: Scenario) -> Scenario:
    policy = Facts(scenario=scenario).policy
    return with_part(scenario, "vm", policy=attr.evolve(policy, zero_copy=False))


def _with_parallel(level: str, scenario: Scenario, *, supported: bool) -> Scenario:
    known = {**scenario.engine.parallel_supported, level: supported}
    return with_part(scenario, "engine", parallel_supported=known)


def _supporting(supported: bool) -> Change:
    return lambda scenario: _with_parallel(level_of(scenario), scenario, supported=supported)


def _encrypting(scenario: Scenario) -> Scenario:
    """Encrypt at the first level with encryption, given the same support for connections."""
    supported = scenario.engine.parallel_supported[level_of(scenario)]
    scenario = _with_parallel("4.4", scenario, supported=supported)
    return with_part(scenario, "vm", encrypted=True, level="4.4")


def _locking_too_little(scenario: Scenario) -> Scenario:
    return with_part(scenario, "vm", memory_mib=INT_MAX, memory_hard_limit_mib=INT_MAX - 1)


def _locking_all(scenario: Scenario) -> Scenario:
    return with_part(scenario, "vm", memory_hard_limit_mib=scenario.vm.memory_mib)


_ONLY_PARALLEL = "Zero-copy can be used only with parallel migrations, and their limitations apply."

# By code, in the order of the blockers.
CAUSES: Mapping[str, Cause] = {
    "policy": Cause(
        imposes=_not_asking,
        lifts=_asking,
        document={"cluster": {"policy": MINIMAL_DOWNTIME.name}},
        sentence="If Very large VMs is selected, zero-copy is enabled, unless something else "
        "prevents it.",
    ),
    "level": Cause(
        imposes=_supporting(False),
        lifts=_supporting(True),
        document={"vm": {"level": "4.6"}},
        sentence=_ONLY_PARALLEL,
    ),
    "encryption": attr.evolve(
        _setting("vm", "If migration encryption is enabled, zero-copy is not.", encrypted=True),
        imposes=_encrypting,
    ),
    "tunnel": _setting("vm", _ONLY_PARALLEL, tunnelled=True),
    "vdsm": _setting(
        "host", "If Vdsm does not support it, zero-copy is not enabled.", vdsm_zerocopy=False
    ),
    "libvirt": attr.evolve(
        _setting("host", "libvirt on the source host must support it.", libvirt_zerocopy=False),
        lifts=lambda s: with_part(s, "host", libvirt_zerocopy=True, libvirt_version=None),
    ),
    "qemu": attr.evolve(
        _setting("host", "QEMU on the source host must support it.", qemu_zerocopy=False),
        lifts=lambda s: with_part(s, "host", qemu_zerocopy=True, qemu_version=None),
    ),
    "destination": attr.evolve(
        _setting("destination", libvirt_zerocopy=False),
        lifts=lambda s: with_part(s, "destination", libvirt_zerocopy=True, libvirt_version=None),
    ),
    "memory-lock": Cause(
        imposes=_locking_too_little,
        lifts=_locking_all,
        document={"vm": {"memoryHardLimitMiB": 1}},
        sentence="QEMU must be permitted to lock guest RAM.",
    ),
}
