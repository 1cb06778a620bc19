"""Scenarios and what must come of them, for the suites of others, in any language.

Every rule has a vector that shows it, every boundary one on each side, and every two limitations
of zero-copy one that shows both.
"""

import itertools
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import attr

from ._policy import MINIMAL_DOWNTIME, POST_COPY, SUSPEND_WORKLOAD, VERY_LARGE_VMS
from ._scenario import Scenario
from ._schedule import Action, ConvergenceSchedule, StallingEntry

__all__ = ["LIMITED", "ZEROCOPY", "Vector", "merged", "vectors"]

Document = Dict[str, Any]

# For each limitation of zero-copy, what makes it apply, in the order of the blockers.
LIMITED: Mapping[str, Document] = {
    "policy": {"cluster": {"policy": MINIMAL_DOWNTIME.name}},
    "level": {"vm": {"level": "4.6"}},
    "encryption": {"vm": {"encrypted": True}},
    "tunnel": {"vm": {"tunnelled": True}},
    "vdsm": {"source": {"zerocopy": {"vdsm": False}}},
    "libvirt": {"source": {"zerocopy": {"libvirt": False}}},
    "qemu": {"source": {"zerocopy": {"qemu": False}}},
    "destination": {"destination": {"zerocopy": {"libvirt": False}}},
    "memory-lock": {"vm": {"memoryHardLimitMiB": 1}},
}
ZEROCOPY: Document = {"cluster": {"policy": VERY_LARGE_VMS.name}}


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, hash=False)
class Vector:
    """A scenario, and what it shows.

    Attributes:
        name: unique.
        rule: the rule or limitation that it shows, by its name.
        sentence: what the feature page says of it; None where the page is silent.
        scenario: the scenario, as a document.
    """

    name: str
    rule: str
    sentence: Optional[str]
    scenario: Document

    def to_json(self) -> Dict[str, Any]:
        """The vector with what must come of its scenario."""
        answer = Scenario.from_json(self.scenario).resolve().to_json()
        return {
            "name": self.name,
            "rule": self.rule,
            "sentence": self.sentence,
            "scenario": self.scenario,
            "parameters": answer["parameters"],
            "blockers": answer["blockers"],
            "notices": [notice["code"] for notice in answer["notices"]],
            "vmMigrate": answer["vmMigrate"],
            "libvirt": answer["libvirt"],
        }


def merged(*documents: Mapping[str, Any]) -> Document:
    """The documents put together, later ones over earlier ones, object by object."""
    made: Document = {}
    for document in documents:
        for key, value in document.items():
            if isinstance(value, dict) and isinstance(made.get(key), dict):
                value = merged(made[key], value)
            made[key] = value
    return made


def vectors() -> List[Vector]:
    """All vectors, in the order of the rules."""
    return [*_rules(), *_limitations()]


def _limitations() -> Iterator[Vector]:
    for code, document in LIMITED.items():
        yield Vector(
            name=f"limitation {code}",
            rule=code,
            sentence=_SENTENCES.get(code),
            scenario=merged(ZEROCOPY, document),
        )
    for (one, first), (other, second) in itertools.combinations(LIMITED.items(), 2):
        yield Vector(
            name=f"limitations {one} and {other}",
            rule=one,
            sentence=_SENTENCES.get(one),
            scenario=merged(ZEROCOPY, first, second),
        )


# What the feature page says, in our words.
_SENTENCES = {
    "zerocopy": "If Very large VMs is selected, zero-copy is enabled, unless something else "
    "prevents it.",
    "parallel-enforced": "If parallel migrations are disabled or Auto, they are enabled with an "
    "automatic number of connections.",
    "schedule": "The other parameters of the policy are applied.",
    "auto-converge": "Autoconverge is enabled.",
    "level": "Zero-copy can be used only with parallel migrations.",
    "encryption": "If migration encryption is enabled, zero-copy is not.",
    "vdsm": "If Vdsm does not support it, zero-copy is not enabled.",
    "libvirt": "libvirt on the source host must support it.",
    "qemu": "QEMU on the source host must support it.",
    "memory-lock": "QEMU must be permitted to lock guest RAM.",
}


def _cluster(**values: Any) -> Document:
    return {"cluster": values}


def _vm(**values: Any) -> Document:
    return {"vm": values}


def _links(mbps: Optional[int], other: Optional[int] = 2147483647) -> Document:
    return {"source": {"migrationMbps": mbps}, "destination": {"migrationMbps": other}}


_AUTO, _PARALLEL = _cluster(parallel="auto"), _cluster(parallel="auto_parallel")
_LEGACY = _cluster(policy="legacy")
_ENCRYPTED, _TUNNELLED = _vm(encrypted=True), _vm(tunnelled=True)
_COMPRESSING = _cluster(policy=SUSPEND_WORKLOAD.name)
_POSTCOPY = _cluster(policy=POST_COPY.name)
_MANY = _vm(vcpus=512)
_ENDLESS = POST_COPY.but(
    name="Post-copy alone",
    schedule=ConvergenceSchedule(
        stalling=[StallingEntry(limit=2, action=Action(name="postcopy"))],
    ),
).to_json()

# rule, what is shown of it, and the parts of the scenario.
_RULES: Tuple[Tuple[str, str, Tuple[Document, ...]], ...] = (
    ("encrypted", "the VM's own wish", (_cluster(encrypted=False), _vm(encrypted=True))),
    ("encrypted", "the cluster's wish", (_cluster(encrypted=True),)),
    ("encrypted", "Engine's default", ({"engine": {"defaults": {"encrypted": True}}},)),
    ("encrypted", "level 4.4", (_cluster(level="4.4", encrypted=True),)),
    ("encrypted-level", "level 4.3", (_cluster(level="4.3", encrypted=True),)),
    ("encrypted-level", "the VM's own level", (_vm(level="4.3", encrypted=True),)),
    ("encrypted-not", "the VM's own wish", (_cluster(encrypted=True), _vm(encrypted=False))),
    ("tunnelled", "the VM's own wish", (_cluster(tunnelled=False), _vm(tunnelled=True))),
    ("tunnelled", "the cluster's wish", (_cluster(tunnelled=True),)),
    ("tunnelled-encrypted", "encryption wins", (_TUNNELLED, _ENCRYPTED)),
    ("tunnelled-not", "the VM's own wish", (_cluster(tunnelled=True), _vm(tunnelled=False))),
    ("zerocopy", "nothing limits it", (ZEROCOPY,)),
    ("zerocopy", "a hard limit of all the memory", (ZEROCOPY, _vm(memoryHardLimitMiB=1024))),
    ("zerocopy", "the VM's own policy", (_vm(policy=VERY_LARGE_VMS.id),)),
    ("zerocopy-not", "one MiB too little", (ZEROCOPY, _vm(memoryHardLimitMiB=1023))),
    ("zerocopy-not", "the list of level 4.6 lacks the policy", (ZEROCOPY, _cluster(level="4.6"))),
    ("parallel-level", "a count below level 4.7", (_cluster(level="4.6", parallel=4),)),
    (
        "parallel-level",
        "a level without them",
        (
            _PARALLEL,
            {"engine": {"parallelSupported": {"4.8": False}}},
        ),
    ),
    ("parallel-tunnel", "a count", (_cluster(parallel=4), _TUNNELLED)),
    ("parallel-count", "as many as vCPUs", (_vm(parallel=4, vcpus=4),)),
    ("parallel-count", "two with one vCPU", (_vm(parallel=2, vcpus=1),)),
    ("parallel-count", "the most", (_vm(parallel=255, vcpus=255),)),
    (
        "parallel-count",
        "level 4.6 where it is switched on",
        (
            _cluster(level="4.6", parallel=2),
            {"engine": {"parallelSupported": {"4.6": True}}},
        ),
    ),
    ("parallel-capped", "one more than vCPUs", (_vm(parallel=5, vcpus=4),)),
    ("parallel-capped", "more than two with one vCPU", (_vm(parallel=3, vcpus=1),)),
    ("parallel-automatic", "two times 10 Gbps", (_AUTO, _MANY, _links(20480))),
    ("parallel-automatic", "just under three times", (_AUTO, _MANY, _links(30719))),
    ("parallel-automatic", "three times", (_AUTO, _MANY, _links(30720))),
    ("parallel-automatic", "no more than vCPUs", (_AUTO, _vm(vcpus=2), _links(30720))),
    ("parallel-automatic", "255 at most", (_AUTO, _MANY, _links(2147483647))),
    ("parallel-automatic", "the slower link", (_AUTO, _MANY, _links(40960, 30720))),
    ("parallel-automatic", "a custom bandwidth", (_AUTO, _MANY, _cluster(bandwidth=20480))),
    ("parallel-automatic", "asked for in any case", (_PARALLEL, _MANY, _links(20480))),
    ("parallel-minimum", "just under twice 10 Gbps", (_PARALLEL, _MANY, _links(20479))),
    ("parallel-minimum", "one vCPU", (_PARALLEL, _vm(vcpus=1), _links(20480))),
    ("parallel-minimum", "a link of unknown speed", (_PARALLEL, _MANY, _links(None))),
    ("parallel-enforced", "Disabled, unknown speed", (ZEROCOPY, _MANY)),
    ("parallel-enforced", "Disabled, three times 10 Gbps", (ZEROCOPY, _MANY, _links(30720))),
    ("parallel-enforced", "Auto", (ZEROCOPY, _AUTO)),
    ("parallel-enforced", "stays with an old Vdsm", (ZEROCOPY, LIMITED["vdsm"])),
    ("parallel-disabled", "the cluster's setting", ({},)),
    ("parallel-disabled", "encryption keeps it so", (ZEROCOPY, _ENCRYPTED)),
    ("parallel-disabled", "the VM's own setting", (_PARALLEL, _vm(parallel="disabled"))),
    ("parallel-auto-none", "just under twice 10 Gbps", (_AUTO, _MANY, _links(20479))),
    ("parallel-auto-none", "one vCPU", (_AUTO, _links(20480))),
    ("parallel-auto-none", "a speed of 0 is unknown", (_AUTO, _MANY, _links(0))),
    ("compressed", "the policy's wish", (_COMPRESSING,)),
    ("compressed", "under Legacy, the VM's wish", (_LEGACY, _vm(compressed=True))),
    ("compressed-parallel", "the policy's wish", (_COMPRESSING, _cluster(parallel=2))),
    ("compressed-not", "the policy's wish", (_cluster(compressed=True),)),
    ("auto-converge", "the policy's wish", (ZEROCOPY, _cluster(autoConverge=False))),
    (
        "auto-converge",
        "under Legacy, Engine's default",
        (
            _LEGACY,
            {"engine": {"defaults": {"autoConverge": True}}},
        ),
    ),
    ("auto-converge-not", "under Legacy", (_LEGACY,)),
    ("schedule-legacy", "chosen", (_LEGACY,)),
    ("schedule-legacy", "chosen, with connections", (_LEGACY, _cluster(parallel=2))),
    (
        "schedule-legacy",
        "an unknown policy",
        (_cluster(policy="11111111-2222-3333-4444-555555555555"),),
    ),
    ("schedule", "the policy's", (ZEROCOPY,)),
    ("schedule", "with post-copy", (_POSTCOPY,)),
    ("schedule", "without a final abort", (_cluster(policy=_ENDLESS),)),
    ("schedule-no-postcopy", "connections", (_POSTCOPY, _cluster(parallel=2))),
    ("schedule-no-postcopy", "a paused VM", (_POSTCOPY, _vm(paused=True))),
    ("schedule-no-postcopy", "a tunnel", (_POSTCOPY, _TUNNELLED)),
    ("limit-parallel", "connections", (_cluster(parallel=2),)),
    ("limit-policy", "the VM's own policy", (_vm(policy=SUSPEND_WORKLOAD.name),)),
    ("guest-events", "the policy's wish", ({},)),
    ("guest-events-not", "under Legacy", (_LEGACY,)),
    (
        "bandwidth-vdsm",
        "hypervisor default",
        (
            _cluster(bandwidth="hypervisor_default"),
            _links(10000),
        ),
    ),
    ("bandwidth-vdsm", "the destination's speed is unknown", (_links(10000, None),)),
    ("bandwidth-too-small", "15 Mbps for two migrations", (_cluster(bandwidth=15),)),
    ("bandwidth", "16 Mbps for two migrations", (_cluster(bandwidth=16),)),
    (
        "bandwidth",
        "divided for the cluster's policy",
        (
            _cluster(bandwidth=800),
            _vm(policy=VERY_LARGE_VMS.name),
        ),
    ),
    (
        "downtime-none",
        "the VM's own 0",
        (
            _LEGACY,
            _vm(downtime=0),
            {"engine": {"defaults": {"downtime": 500}}},
        ),
    ),
    ("downtime", "under Legacy", (_LEGACY, _vm(downtime=1))),
    ("downtime", "Engine's default", (_LEGACY, {"engine": {"defaults": {"downtime": 2000000}}})),
    ("downtime-unused", "beside a schedule", (_vm(downtime=500),)),
)


def _rules() -> Iterator[Vector]:
    for rule, shown, parts in _RULES:
        yield Vector(
            name=f"{rule}: {shown}",
            rule=rule,
            sentence=_SENTENCES.get(rule),
            scenario=merged(*parts),
        )
