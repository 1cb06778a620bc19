"""Test vectors, scenarios with the expected decisions, for other suites in any language.

There is a vector for every rule, one on each side of every boundary between two decisions, at least
one for every shipped level, and one for every pair of limitations of zero-copy.
"""

import itertools
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import attr

from .._model.policy import LEGACY_ID, MigrationPolicy
from .._model.scenario import Scenario
from .._model.schedule import Action, ConvergenceSchedule, StallingEntry
from .._model.shipped import MINIMAL_DOWNTIME, POST_COPY, SUSPEND_WORKLOAD, VERY_LARGE_VMS
from .causes import CAUSES, ZEROCOPY

__all__ = ["Vector", "merged", "vectors"]

Document = Dict[str, Any]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, hash=False)
class Vector:
    """A scenario, and the rule that it demonstrates.

    Attributes:
        name: unique.
        rule: the name of the rule or limitation that it demonstrates.
        sentence: the feature page's statement; None if the page is silent.
        scenario: the scenario as a JSON document.
    """

    name: str
    rule: str
    sentence: Optional[str]
    scenario: Document

    def to_json(self) -> Dict[str, Any]:
        """Return the vector with the expected decision."""
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
    """Merge documents object by object; later ones win."""
    made: Document = {}
    for document in documents:
        for key, value in document.items():
            if isinstance(value, dict) and isinstance(made.get(key), dict):
                value = merged(made[key], value)
            made[key] = value
    return made


def vectors() -> List[Vector]:
    """Return all vectors, in the order of the rules."""
    return [*_rules(), *_limitations()]


def _limitations() -> Iterator[Vector]:
    for code, cause in CAUSES.items():
        yield _limited(f"limitation {code}", code, cause.document)
    for (one, first), (other, second) in itertools.combinations(CAUSES.items(), 2):
        yield _limited(f"limitations {one} and {other}", one, first.document, second.document)


def _limited(name: str, code: str, *documents: Document) -> Vector:
    return Vector(
        name=name,
        rule=code,
        sentence=CAUSES[code].sentence,
        scenario=merged(ZEROCOPY, *documents),
    )


_AVAILABLE = (
    "The policy is available only when parallel migrations are enabled in Engine config, by "
    "default from level 4.7 on."
)

# The feature page's statements, in our words, on a rule, or on one vector by its name; those on
# limitations are in `CAUSES`.
_SENTENCES: Mapping[str, Optional[str]] = {
    "zerocopy": CAUSES["policy"].sentence,
    "zerocopy: level 4.7": _AVAILABLE,
    "zerocopy-not": _AVAILABLE,
    "zerocopy-not: one MiB too little": CAUSES["memory-lock"].sentence,
    "zerocopy-not: the VM's own policy": CAUSES["policy"].sentence,
    "parallel-level": _AVAILABLE,
    "parallel-count: level 4.7": _AVAILABLE,
    "parallel-count: the VM's own level 4.7": _AVAILABLE,
    "parallel-count: level 4.6 where it is switched on": _AVAILABLE,
    "parallel-enforced": "If parallel migrations are disabled or Auto, they are enabled with an "
    "automatic number of connections.",
    "parallel-disabled: encryption keeps it so": CAUSES["encryption"].sentence,
    "schedule: the policy's": "The other parameters of the policy are applied.",
    "auto-converge: the policy's wish": "Autoconverge is enabled.",
}


def _cluster(**values: Any) -> Document:
    return {"cluster": values}


def _vm(**values: Any) -> Document:
    return {"vm": values}


def _defaults(**values: Any) -> Document:
    return {"engine": {"defaults": values}}


def _supported(level: str, supported: bool) -> Document:
    return {"engine": {"parallelSupported": {level: supported}}}


def _listed(*policies: MigrationPolicy) -> Document:
    return {"engine": {"policies": [policy.to_json() for policy in policies]}}


def _vdsm(**options: int) -> Document:
    return {"source": {"vdsm": options}}


def _links(mbps: Optional[int], other: Optional[int] = 2147483647) -> Document:
    return {"source": {"migrationMbps": mbps}, "destination": {"migrationMbps": other}}


_AUTO, _PARALLEL = _cluster(parallel="auto"), _cluster(parallel="auto_parallel")
_LEGACY = _cluster(policy="legacy")
_ENCRYPTED, _TUNNELLED = _vm(encrypted=True), _vm(tunnelled=True)
_COMPRESSING = _cluster(policy=SUSPEND_WORKLOAD.name)
_POSTCOPY = _cluster(policy=POST_COPY.name)
_MANY = _vm(vcpus=512)
_UNKNOWN = "11111111-2222-3333-4444-555555555555"
_ENDLESS = POST_COPY.but(
    name="Post-copy alone",
    schedule=ConvergenceSchedule(
        stalling=[StallingEntry(limit=2, action=Action(name="postcopy"))],
    ),
)
# Names that cannot refer to the policy: a shipped policy's name, and one that looks like an id.
_MISNAMED = VERY_LARGE_VMS.but(name=MINIMAL_DOWNTIME.name), VERY_LARGE_VMS.but(name=_UNKNOWN)

# The rule, the case that is shown, and the parts of the scenario.  RULES cannot give them, since
# code decides which scenario leads to a rule.  Tests compare this second statement with it: every
# rule has a vector, and is at work in the vectors that name it.
_RULES: Tuple[Tuple[str, str, Tuple[Document, ...]], ...] = (
    ("encrypted", "the VM's own wish", (_cluster(encrypted=False), _vm(encrypted=True))),
    ("encrypted", "the cluster's wish", (_cluster(encrypted=True),)),
    ("encrypted", "Engine's default", (_defaults(encrypted=True),)),
    ("encrypted", "level 4.4", (_cluster(level="4.4", encrypted=True),)),
    ("encrypted-level", "level 4.3", (_cluster(level="4.3", encrypted=True),)),
    ("encrypted-level", "the VM's own level", (_vm(level="4.3", encrypted=True),)),
    ("encrypted-not", "the VM's own wish", (_cluster(encrypted=True), _vm(encrypted=False))),
    ("tunnelled", "the VM's own wish", (_cluster(tunnelled=False), _vm(tunnelled=True))),
    ("tunnelled", "the cluster's wish", (_cluster(tunnelled=True),)),
    (
        "tunnelled",
        "encryption that level 4.3 lacks",
        (_TUNNELLED, _ENCRYPTED, _cluster(level="4.3")),
    ),
    ("tunnelled-encrypted", "encryption wins", (_TUNNELLED, _ENCRYPTED)),
    ("tunnelled-not", "the VM's own wish", (_cluster(tunnelled=True), _vm(tunnelled=False))),
    ("zerocopy", "nothing limits it", (ZEROCOPY,)),
    ("zerocopy", "a hard limit of all the memory", (ZEROCOPY, _vm(memoryHardLimitMiB=1024))),
    ("zerocopy", "the VM's own policy", (_vm(policy=VERY_LARGE_VMS.id),)),
    ("zerocopy", "an id in capitals", (_cluster(policy=VERY_LARGE_VMS.id.upper()),)),
    ("zerocopy", "level 4.7", (ZEROCOPY, _cluster(level="4.7"))),
    ("zerocopy", "level 4.10", (ZEROCOPY, _cluster(level="4.10"), _supported("4.10", True))),
    (
        "zerocopy",
        "level 4.6 where the list and connections are Engine's own",
        (ZEROCOPY, _cluster(level="4.6"), _supported("4.6", True), _listed(VERY_LARGE_VMS)),
    ),
    ("zerocopy", "the least memory", (ZEROCOPY, _vm(memoryMiB=1, memoryHardLimitMiB=1))),
    ("zerocopy", "the VM's own level 4.7", (ZEROCOPY, _vm(level="4.7"))),
    ("zerocopy-not", "one MiB too little", (ZEROCOPY, _vm(memoryHardLimitMiB=1023))),
    ("zerocopy-not", "the VM's own policy", (ZEROCOPY, _vm(policy=POST_COPY.name))),
    ("zerocopy-not", "the list of level 4.6 lacks the policy", (ZEROCOPY, _cluster(level="4.6"))),
    (
        "zerocopy-not",
        "the list of level 4.6 lacks it where connections are switched on, too",
        (ZEROCOPY, _cluster(level="4.6"), _supported("4.6", True)),
    ),
    (
        "zerocopy-not",
        "the list of level 4.6 lacks it for the VM's own level 4.7, too",
        (ZEROCOPY, _cluster(level="4.6"), _vm(level="4.7")),
    ),
    *(
        ("parallel-level", f"level {level}", (_cluster(level=level, parallel=4),))
        for level in ("4.2", "4.3", "4.4", "4.5", "4.6")
    ),
    ("parallel-level", "level 4.1", (_cluster(level="4.1", parallel=4), _supported("4.1", False))),
    ("parallel-level", "a level without them", (_PARALLEL, _supported("4.8", False))),
    (
        "parallel-level",
        "the VM's own level 4.6",
        (_cluster(level="4.7", parallel=4), _vm(level="4.6")),
    ),
    ("parallel-level", "a tunnel besides", (_cluster(level="4.6", parallel=4), _TUNNELLED)),
    ("parallel-tunnel", "a count", (_cluster(parallel=4), _TUNNELLED)),
    ("parallel-count", "as many as vCPUs", (_vm(parallel=4, vcpus=4),)),
    ("parallel-count", "fewer than vCPUs", (_vm(parallel=3, vcpus=4),)),
    ("parallel-count", "two with one vCPU", (_vm(parallel=2, vcpus=1),)),
    ("parallel-count", "the most", (_vm(parallel=255, vcpus=255),)),
    ("parallel-count", "level 4.7", (_cluster(level="4.7", parallel=2),)),
    (
        "parallel-count",
        "the VM's own level 4.7",
        (_cluster(level="4.6", parallel=2), _vm(level="4.7")),
    ),
    (
        "parallel-count",
        "level 4.6 where it is switched on",
        (_cluster(level="4.6", parallel=2), _supported("4.6", True)),
    ),
    ("parallel-capped", "one more than vCPUs", (_vm(parallel=5, vcpus=4),)),
    ("parallel-capped", "more than two with one vCPU", (_vm(parallel=3, vcpus=1),)),
    ("parallel-automatic", "two times 10 Gbps", (_AUTO, _MANY, _links(20480))),
    ("parallel-automatic", "just under three times", (_AUTO, _MANY, _links(30719))),
    ("parallel-automatic", "three times", (_AUTO, _MANY, _links(30720))),
    ("parallel-automatic", "just under eight times", (_AUTO, _MANY, _links(81919))),
    ("parallel-automatic", "no more than vCPUs", (_AUTO, _vm(vcpus=2), _links(30720))),
    ("parallel-automatic", "255 at most", (_AUTO, _MANY, _links(2147483647))),
    ("parallel-automatic", "the slower link", (_AUTO, _MANY, _links(40960, 30720))),
    ("parallel-automatic", "a custom bandwidth", (_AUTO, _MANY, _cluster(bandwidth=20480))),
    ("parallel-automatic", "asked for in any case", (_PARALLEL, _MANY, _links(20480))),
    ("parallel-automatic", "asked for, three times 10 Gbps", (_PARALLEL, _MANY, _links(30720))),
    ("parallel-minimum", "just under twice 10 Gbps", (_PARALLEL, _MANY, _links(20479))),
    ("parallel-minimum", "one vCPU", (_PARALLEL, _vm(vcpus=1), _links(20480))),
    ("parallel-minimum", "a link of unknown speed", (_PARALLEL, _MANY, _links(None))),
    ("parallel-enforced", "Disabled, unknown speed", (ZEROCOPY, _MANY)),
    ("parallel-enforced", "Disabled, three times 10 Gbps", (ZEROCOPY, _MANY, _links(30720))),
    ("parallel-enforced", "Auto", (ZEROCOPY, _AUTO)),
    ("parallel-enforced", "stays with an old Vdsm", (ZEROCOPY, CAUSES["vdsm"].document)),
    ("parallel-disabled", "the cluster's setting", ({},)),
    ("parallel-disabled", "fast links", (_MANY, _links(20480))),
    ("parallel-disabled", "encryption keeps it so", (ZEROCOPY, _ENCRYPTED)),
    ("parallel-disabled", "the VM's own setting", (_PARALLEL, _vm(parallel="disabled"))),
    ("parallel-auto-none", "just under twice 10 Gbps", (_AUTO, _MANY, _links(20479))),
    ("parallel-auto-none", "one vCPU", (_AUTO, _links(20480))),
    ("parallel-auto-none", "a speed of 0 is unknown", (_AUTO, _MANY, _links(0))),
    ("compressed", "the policy's wish", (_COMPRESSING,)),
    ("compressed", "under Legacy, the VM's wish", (_LEGACY, _vm(compressed=True))),
    ("compressed", "under Legacy, the cluster's wish", (_LEGACY, _cluster(compressed=True))),
    ("compressed", "under Legacy, Engine's default", (_LEGACY, _defaults(compressed=True))),
    ("compressed-parallel", "the policy's wish", (_COMPRESSING, _cluster(parallel=2))),
    ("compressed-not", "the policy's wish", (_cluster(compressed=True),)),
    (
        "compressed-not",
        "under Legacy, the VM's wish",
        (_LEGACY, _cluster(compressed=True), _vm(compressed=False)),
    ),
    (
        "compressed-not",
        "under Legacy, the cluster's wish",
        (_LEGACY, _cluster(compressed=False), _defaults(compressed=True)),
    ),
    ("auto-converge", "the policy's wish", (ZEROCOPY, _cluster(autoConverge=False))),
    (
        "auto-converge",
        "under Legacy, the VM's wish",
        (_LEGACY, _cluster(autoConverge=False), _vm(autoConverge=True)),
    ),
    ("auto-converge", "under Legacy, the cluster's wish", (_LEGACY, _cluster(autoConverge=True))),
    ("auto-converge", "under Legacy, Engine's default", (_LEGACY, _defaults(autoConverge=True))),
    ("auto-converge-not", "under Legacy", (_LEGACY,)),
    (
        "auto-converge-not",
        "under Legacy, the cluster's wish",
        (_LEGACY, _cluster(autoConverge=False), _defaults(autoConverge=True)),
    ),
    ("auto-converge-not", "under the VM's own Legacy", (_vm(policy="legacy"),)),
    ("schedule-legacy", "chosen", (_LEGACY,)),
    ("schedule-legacy", "chosen, with connections", (_LEGACY, _cluster(parallel=2))),
    ("schedule-legacy", "chosen by its id", (_cluster(policy=LEGACY_ID),)),
    ("schedule-legacy", "chosen where the list is Engine's own", (_LEGACY, _listed(_ENDLESS))),
    ("schedule-legacy", "Engine's own list lacks the policy", (_listed(VERY_LARGE_VMS),)),
    ("schedule-legacy", "a shipped name of another policy", (_listed(_MISNAMED[0]),)),
    (
        "schedule-legacy",
        "a name that looks like an id",
        (_listed(_MISNAMED[1]), _cluster(policy=_UNKNOWN)),
    ),
    ("schedule-legacy", "an unknown policy", (_cluster(policy=_UNKNOWN),)),
    ("schedule-legacy", "the VM's own unknown policy", (_vm(policy=_UNKNOWN),)),
    ("schedule", "the policy's", (ZEROCOPY,)),
    ("schedule", "with post-copy", (_POSTCOPY,)),
    ("schedule", "Engine's own, by its id", (_listed(_ENDLESS), _cluster(policy=_ENDLESS.id))),
    ("schedule", "Engine's own, by its name", (_listed(_ENDLESS), _cluster(policy=_ENDLESS.name))),
    (
        "schedule",
        "Engine's own, by the name that ships with its id",
        (_listed(attr.evolve(_ENDLESS, id=POST_COPY.id)), _POSTCOPY),
    ),
    ("schedule", "without a final abort", (_cluster(policy=_ENDLESS.to_json()),)),
    ("schedule", "Vdsm's monitor is off", (_vdsm(migrationMonitorInterval=0),)),
    ("schedule-no-postcopy", "connections", (_POSTCOPY, _cluster(parallel=2))),
    ("schedule-no-postcopy", "nothing is left", (_cluster(policy=_ENDLESS.to_json(), parallel=2),)),
    ("schedule-no-postcopy", "a paused VM", (_POSTCOPY, _vm(paused=True))),
    ("schedule-no-postcopy", "a tunnel", (_POSTCOPY, _TUNNELLED)),
    ("limit-parallel", "connections", (_cluster(parallel=2),)),
    ("limit-policy", "the VM's own policy", (_vm(policy=SUSPEND_WORKLOAD.name),)),
    ("guest-events", "the policy's wish", ({},)),
    ("guest-events", "the VM's own policy", (_LEGACY, _vm(policy=SUSPEND_WORKLOAD.name))),
    ("guest-events-not", "under Legacy", (_LEGACY,)),
    (
        "bandwidth-vdsm",
        "hypervisor default",
        (_cluster(bandwidth="hypervisor_default"), _links(10000)),
    ),
    ("bandwidth-vdsm", "vdsm.conf has a limit", (_vdsm(migrationMaxBandwidth=500),)),
    ("bandwidth-vdsm", "vdsm.conf has no limit", (_vdsm(migrationMaxBandwidth=0),)),
    ("bandwidth-vdsm", "the source's speed is unknown", (_links(None, 10000),)),
    ("bandwidth-vdsm", "a source of 0", (_links(0, 10000),)),
    ("bandwidth-vdsm", "a source of less than 0", (_links(-2147483648, 10000),)),
    ("bandwidth-vdsm", "the destination's speed is unknown", (_links(10000, None),)),
    ("bandwidth-vdsm", "a destination of 0", (_links(10000, 0),)),
    ("bandwidth-vdsm", "a destination of less than 0", (_links(10000, -2147483648),)),
    ("bandwidth-too-small", "15 Mbps for two migrations", (_cluster(bandwidth=15),)),
    ("bandwidth-too-small", "a source of 1 Mbps", (_links(1, 10000),)),
    ("bandwidth-too-small", "a destination of 1 Mbps", (_links(10000, 1),)),
    ("bandwidth-too-small", "1 Mbps", (_cluster(bandwidth=1),)),
    ("bandwidth", "16 Mbps for two migrations", (_cluster(bandwidth=16),)),
    ("bandwidth", "the slower link", (_links(10000, 800),)),
    (
        "bandwidth",
        "divided for the cluster's policy",
        (_cluster(bandwidth=800), _vm(policy=VERY_LARGE_VMS.name)),
    ),
    ("downtime-none", "the VM's own 0", (_LEGACY, _vm(downtime=0), _defaults(downtime=500))),
    ("downtime", "under Legacy", (_LEGACY, _vm(downtime=1))),
    ("downtime", "under the VM's own Legacy", (_vm(policy="legacy", downtime=1),)),
    ("downtime", "Engine's default", (_LEGACY, _defaults(downtime=2000000))),
    ("downtime-unused", "beside a schedule", (_vm(downtime=500),)),
)


def _rules() -> Iterator[Vector]:
    for rule, shown, parts in _RULES:
        name = f"{rule}: {shown}"
        yield Vector(
            name=name,
            rule=rule,
            sentence=_SENTENCES.get(name, _SENTENCES.get(rule)),
            scenario=merged(*parts),
        )
