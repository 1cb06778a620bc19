"""Hypothesis strategies for whatever a decision depends on, as objects and as documents.

They give all that is valid and, where a limit is named, nothing else.  Each shrinks towards what
Engine ships, so that a counterexample shows only what matters, and mixes generated numbers with
those at which a rule changes its answer: 20480 Mbps, say, are the first that two connections get.
What would keep zero-copy off is drawn less often than not, since there is so much of it.
"""

import copy
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

import attr
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc

__all__ = [
    "clusters",
    "engines",
    "hosts",
    "invalid_scenario_documents",
    "policies",
    "scenario_documents",
    "scenarios",
    "schedules",
    "vms",
]

T = TypeVar("T")
Document = Dict[str, Any]
PolicyChoice = Union[str, zc.MigrationPolicy]

# Java's int.
_INT_MAX = 2147483647
_DOWNTIME_MAX = 2000000

# The levels that ship, the default first, and some that a site can add.
_LEVELS = ("4.8", "4.7", "4.6", "4.5", "4.4", "4.3", "4.2")
_ADDED_LEVELS = ("4.9", "4.10", "5.0", "4.1", "3.6")

# Where a rule changes its answer; the first of each is the default, or near it.
_VCPUS = (1, 2, 3, 4, 16, 254, 255, 256, 300)
_MEMORY_MIB = (1024, 1, 1023, 1025, 1048576, 6291456, 1073741824, _INT_MAX)
_HARD_LIMITS_MIB = (*_MEMORY_MIB[-2:] * 3, *_MEMORY_MIB)
_COUNTS = (2, 3, 4, 16, 254, 255)
_MBPS = (
    *(25000, 1, 7, 8, 9, 15, 16, 10239, 10240, 10247, 10248, 20479, 20480, 20487, 30720),
    *(2611199, 2611200, 2621440, _INT_MAX),
)
_NO_MBPS = (0, -1, -_INT_MAX - 1)
_VM_DOWNTIMES = (0, 1, 500, 1999999, _DOWNTIME_MAX)
_STEP_DOWNTIMES = (100, 1, 5000, 1999999, _DOWNTIME_MAX)
_ACTIONS = ("setDowntime", "postcopy", "abort")
_STALLING_LIMITS = (1, -1, 0, 2, 3, 6, 42, _INT_MAX)
_MAX_MIGRATIONS = (2, 1, 3, 255, _INT_MAX)

_SHIPPED = (
    zc.policies.MINIMAL_DOWNTIME,
    zc.policies.SUSPEND_WORKLOAD,
    zc.policies.POST_COPY,
    zc.policies.VERY_LARGE_VMS,
)
_SITE_IDS = (
    "6d0c1a2e-0000-4000-8000-000000000001",
    "6d0c1a2e-0000-4000-8000-00000000000f",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)
_IDS = (*_SITE_IDS, *(policy.id for policy in _SHIPPED))
# Names are free text: those of others, an id, nothing, control characters, a terminal's width.
_NAMES = (
    *("Site policy", "", "legacy", "Very large VMs", "very large vms", _SITE_IDS[0]),
    *("{policy}", "two\nlines", "\x1b[31mred", "\u202eright to left", "n" * 100, "a b " * 40),
)
# How a policy can be chosen without an object; most rules are about "Very large VMs".
_VERY_LARGE = ("Very large VMs", zc.policies.VERY_LARGE_VMS.id)
_CHOICES = (
    *("Minimal downtime", *_VERY_LARGE, "Suspend workload if needed", *_VERY_LARGE),
    *("Post-copy migration", *_VERY_LARGE, "legacy", "Legacy", zc.policies.LEGACY.id),
    *("Post-copy migration", zc.policies.POST_COPY.id),
)
_CHOSEN_IDS = tuple(change(id_) for id_ in _IDS for change in (str.lower, str.upper, str.title))
_LISTED_NAMES = ("Site policy", "very large vms", "{policy}", "\x1b[31mred")


def clusters(
    *, levels: Sequence[str] = _LEVELS, max_mbps: int = _INT_MAX
) -> SearchStrategy[zc.Cluster]:
    """Clusters.

    Args:
        levels: the compatibility levels that they may have, the first being the usual one.
        max_mbps: the largest custom bandwidth.
    """
    return st.builds(
        zc.Cluster,
        level=st.sampled_from((levels[0],) * 2 * len(levels) + (*levels,)),
        parallel=_parallel(),
        encrypted=_inherited_seldom(),
        auto_converge=_inherited(),
        compressed=_inherited(),
        tunnelled=_seldom(),
        bandwidth=_bandwidths(max_mbps),
    )


def hosts(*, max_mbps: int = _INT_MAX) -> SearchStrategy[zc.Host]:
    """Hosts, most of which know all of zero-copy.

    Args:
        max_mbps: the largest link speed.
    """
    speeds = st.none() | _numbers(_MBPS, 1, max_mbps) | st.sampled_from(_NO_MBPS)
    return st.builds(_host, knows=_knowledge(), migration_mbps=speeds)


def vms(
    *,
    levels: Sequence[str] = _LEVELS,
    max_vcpus: int = _INT_MAX,
    max_memory_mib: int = _INT_MAX,
    policies: Optional[SearchStrategy[PolicyChoice]] = None,
) -> SearchStrategy[zc.VM]:
    """Virtual machines.

    Args:
        levels: the levels of their own that they may have.
        max_vcpus: the most vCPUs.
        max_memory_mib: the most memory, MiB.
        policies: the policies of their own that they may have; None for any.
    """
    return st.builds(
        zc.VM,
        vcpus=_numbers(_VCPUS, 1, max_vcpus),
        memory_mib=_numbers(_MEMORY_MIB, 1, max_memory_mib),
        memory_hard_limit_mib=_maybe(_numbers(_HARD_LIMITS_MIB, 1, _INT_MAX)),
        level=st.sampled_from((None,) * 3 * len(levels) + (*levels,)),
        parallel=_maybe(_parallel()),
        encrypted=_inherited_seldom(),
        auto_converge=_inherited(),
        compressed=_inherited(),
        tunnelled=_inherited_seldom(),
        paused=st.booleans(),
        downtime=_maybe(_numbers(_VM_DOWNTIMES, 0, _DOWNTIME_MAX)),
        policy=_maybe(_policy_choices() if policies is None else policies),
    )


def policies(
    *, zero_copy: Optional[bool] = None, legacy: bool = True
) -> SearchStrategy[zc.MigrationPolicy]:
    """Migration policies: those that ship, and made-up ones, some under an id that ships.

    Args:
        zero_copy: whether they ask for zero-copy; None for both kinds.
        legacy: whether Legacy may be among them.
    """
    shipped = [*_SHIPPED, zc.policies.LEGACY] if legacy else [*_SHIPPED]
    made_up = st.builds(
        zc.MigrationPolicy,
        id=_policy_ids(),
        name=_names(),
        description=st.sampled_from(_NAMES),
        max_migrations=_numbers(_MAX_MIGRATIONS, 1, _INT_MAX),
        auto_convergence=st.booleans(),
        migration_compression=st.booleans(),
        enable_guest_events=st.booleans(),
        zero_copy=st.booleans() if zero_copy is None else st.just(zero_copy),
        schedule=schedules(initial_actions=("setDowntime",)),
    )
    wanted = [policy for policy in shipped if zero_copy in (None, policy.zero_copy)]
    return st.sampled_from(wanted) | made_up


def schedules(
    *, max_size: int = 8, initial_actions: Sequence[str] = _ACTIONS
) -> SearchStrategy[zc.ConvergenceSchedule]:
    """Convergence schedules: those that ship, empty ones, and made-up ones.

    ``postcopy`` and ``abort`` stand anywhere in ``stalling``, or nowhere.

    Args:
        max_size: the most entries of ``stalling``.
        initial_actions: the actions that may be in ``init``; a policy's starts with
            ``setDowntime`` alone.
    """
    shipped = [policy.schedule for policy in _SHIPPED if policy.schedule is not None]
    made_up = st.builds(
        zc.ConvergenceSchedule,
        init=st.lists(actions(initial_actions), max_size=3),
        stalling=st.lists(entries(), max_size=max_size),
    )
    short = [schedule for schedule in shipped if len(schedule.stalling) <= max_size]
    return st.sampled_from([*short, zc.ConvergenceSchedule()]) | made_up


def engines(*, max_policies: int = 4) -> SearchStrategy[zc.EngineConfig]:
    """Engine's configuration: as it ships, or changed with engine-config.

    Args:
        max_policies: the most policies in the list, where it is not the shipped one.
    """
    listed = st.lists(
        policies(legacy=False), max_size=max_policies, unique_by=lambda policy: policy.id
    )
    return st.builds(
        zc.EngineConfig,
        parallel_supported=st.dictionaries(
            st.sampled_from(_LEVELS + _ADDED_LEVELS), st.booleans(), max_size=3
        ),
        default_auto_converge=st.booleans(),
        default_compressed=st.booleans(),
        default_encrypted=_seldom(),
        default_downtime=_numbers(_VM_DOWNTIMES, 0, _DOWNTIME_MAX),
        policies=_maybe(listed),
    )


def scenarios(
    *,
    cluster: Optional[SearchStrategy[zc.Cluster]] = None,
    host: Optional[SearchStrategy[zc.Host]] = None,
    policy: Optional[SearchStrategy[PolicyChoice]] = None,
    vm: Optional[SearchStrategy[zc.VM]] = None,
    destination: Optional[SearchStrategy[zc.Host]] = None,
    engine: Optional[SearchStrategy[zc.EngineConfig]] = None,
) -> SearchStrategy[zc.Scenario]:
    """Scenarios, of parts that go together: Engine knows the levels and the policies.

    Args:
        cluster: what to draw the cluster from; None for any.
        host: what to draw the source host from; None for any.
        policy: what to draw the cluster's policy from; None for any.
        vm: what to draw the VM from; None for any.
        destination: what to draw the destination host from; None for any.
        engine: what to draw Engine's configuration from; None for any.
    """
    drawn: Dict[str, SearchStrategy[Any]] = {
        "cluster": clusters(levels=_LEVELS + _ADDED_LEVELS),
        "host": hosts(),
        "policy": _policy_choices(),
        "vm": vms(levels=_LEVELS + _ADDED_LEVELS),
        "destination": hosts(),
        "engine": engines(),
    }
    named = {
        "cluster": cluster,
        "host": host,
        "policy": policy,
        "vm": vm,
        "destination": destination,
        "engine": engine,
    }
    given = {name: strategy for name, strategy in named.items() if strategy is not None}
    return st.fixed_dictionaries({**drawn, **given}).map(lambda parts: _fitted(parts, given))


def scenario_documents() -> SearchStrategy[Document]:
    """Scenarios in JSON, all of them valid, with keys left out, null, or spelled in any way."""
    levels = st.just(_LEVELS[0]) | st.sampled_from(_LEVELS + _ADDED_LEVELS)
    settings = {
        "level": levels,
        "parallel": _parallel(),
        "encrypted": _seldom(),
        "autoConverge": st.booleans(),
        "compressed": st.booleans(),
        "tunnelled": _seldom(),
        "policy": _policy_words() | _policy_entries(),
    }
    cluster = _object(**settings, bandwidth=_bandwidths(_INT_MAX))
    vm = _object(
        **settings,
        vcpus=_numbers(_VCPUS, 1, _INT_MAX),
        memoryMiB=_numbers(_MEMORY_MIB, 1, _INT_MAX),
        memoryHardLimitMiB=_numbers(_MEMORY_MIB, 1, _INT_MAX),
        paused=st.booleans(),
        downtime=_numbers(_VM_DOWNTIMES, 0, _DOWNTIME_MAX),
    )
    host = _host_documents()
    parts = {
        "cluster": cluster | cluster,
        "vm": vm | vm,
        "source": host,
        "destination": host,
        "engine": _engine_documents(),
    }
    return _object(**parts).map(_fitted_document)


def invalid_scenario_documents() -> SearchStrategy[Any]:
    """JSON values that are no scenarios: valid ones with a fault or more, or no objects at all."""
    return faulty_documents().map(lambda found: found[0])


def faulty_documents() -> SearchStrategy[Tuple[Any, List[str]]]:
    """As `invalid_scenario_documents`, and beside it the path of each fault, or of what has it."""
    which = st.integers(0, 999)
    one = st.tuples(st.tuples(st.sampled_from(_LONELY_FAULTS), which))
    several = st.lists(
        st.tuples(st.sampled_from(_FAULTS), which),
        min_size=1,
        max_size=4,
        unique_by=lambda fault: fault[0][0],
    )
    faulty = st.builds(_with_faults, scenario_documents(), one | several)
    none: SearchStrategy[Any] = st.sampled_from((None, True, 1, "{}", [], [{}]))
    return faulty | none.map(lambda value: (value, [""]))


# -- Settings ------------------------------------------------------------------------------------


def _numbers(pool: Sequence[int], low: int, high: int) -> SearchStrategy[int]:
    """Integers from *low* to *high*, half of them from the *pool*."""
    good = [number for number in pool if low <= number <= high]
    generated = st.integers(low, high)
    return st.sampled_from(good) | generated if good else generated


def _maybe(strategy: SearchStrategy[T]) -> SearchStrategy[Optional[T]]:
    return st.none() | strategy


def _seldom() -> SearchStrategy[bool]:
    return st.sampled_from((False, False, False, False, False, True))


def _inherited() -> SearchStrategy[Optional[bool]]:
    return st.sampled_from((None, None, False, True))


def _inherited_seldom() -> SearchStrategy[Optional[bool]]:
    return st.sampled_from((None, None, None, None, False, False, True))


def _parallel() -> SearchStrategy[Union[str, int]]:
    words = st.sampled_from(("disabled", "auto", "auto_parallel"))
    return words | _numbers(_COUNTS, 2, 255)


def _bandwidths(max_mbps: int) -> SearchStrategy[Union[str, int]]:
    words = st.sampled_from(("auto", "auto", "hypervisor_default"))
    return words | _numbers(_MBPS, 1, max_mbps)


# Whether Vdsm, libvirt and QEMU know zero-copy.
_Knowledge = Tuple[bool, bool, bool]


def _knowledge() -> SearchStrategy[_Knowledge]:
    flag = (True, False)
    every = [(vdsm, libvirt, qemu) for vdsm in flag for libvirt in flag for qemu in flag]
    return st.sampled_from([every[0]] * 2 * len(every) + every)


def _host(knows: _Knowledge, migration_mbps: Optional[int]) -> zc.Host:
    vdsm, libvirt, qemu = knows
    return zc.Host(
        vdsm_zerocopy=vdsm,
        libvirt_zerocopy=libvirt,
        qemu_zerocopy=qemu,
        migration_mbps=migration_mbps,
    )


# -- Policies ------------------------------------------------------------------------------------


def _names() -> SearchStrategy[str]:
    return st.sampled_from(_NAMES) | st.text(max_size=20)


def _policy_ids() -> SearchStrategy[str]:
    # No nil UUID, which is Legacy's.
    return st.sampled_from(_IDS) | st.uuids().map(str)


def _policy_choices() -> SearchStrategy[PolicyChoice]:
    return _policy_words() | policies()


def _policy_words() -> SearchStrategy[str]:
    return st.sampled_from(_CHOICES) | st.sampled_from(_CHOSEN_IDS + _LISTED_NAMES)


# -- What ``st.from_type`` knows besides -----------------------------------------------------------


def actions(names: Sequence[str] = _ACTIONS) -> SearchStrategy[zc.Action]:
    """Actions of these names, half of them ``setDowntime`` where that is one."""
    set_downtime = _numbers(_STEP_DOWNTIMES, 1, _DOWNTIME_MAX).map(
        lambda ms: zc.Action(name="setDowntime", params=(str(ms),))
    )
    others = [zc.Action(name=name) for name in names if name != "setDowntime"]
    if not others:
        return set_downtime
    bare = st.sampled_from(others)
    return set_downtime | bare if "setDowntime" in names else bare


def entries() -> SearchStrategy[zc.StallingEntry]:
    """Entries of ``stalling``."""
    return st.builds(
        zc.StallingEntry, limit=_numbers(_STALLING_LIMITS, -1, _INT_MAX), action=actions()
    )


def parameters() -> SearchStrategy[zc.Parameters]:
    """The parameters of a decision."""
    return scenarios().map(lambda scenario: scenario.resolve().parameters)


def workloads() -> SearchStrategy[zc.Workload]:
    """Workloads, of a steady dirty rate or one that changes, and a working set of any size."""
    rates = st.integers(0, 5000) | st.floats(0, 5000)
    changing = st.dictionaries(st.integers(1, 600), rates, max_size=4)
    return st.builds(
        zc.Workload,
        dirty_mib_s=rates | st.builds(_from_0, rates, changing),
        working_set_mib=_numbers((64, 512, 1024), 1, _INT_MAX),
        zero_share=st.floats(0, 1),
        link_mbps=_maybe(st.integers(1, 400_000) | st.floats(1, 400_000)),
        overhead_ms=_numbers((50, 0), 0, 60_000),
    )


def _from_0(rate: float, changes: Mapping[int, float]) -> Tuple[Tuple[float, float], ...]:
    return ((0, rate), *sorted(changes.items()))


# -- Parts that go together ------------------------------------------------------------------------


def _fitted(parts: Dict[str, Any], given: Mapping[str, object]) -> zc.Scenario:
    """A scenario of these parts; those that are not *given* are made to fit the others."""
    fitted = dict(parts)
    engine = parts["engine"]
    known = engine.parallel_supported
    for name in ("cluster", "vm"):
        level = parts[name].level
        if level is not None and level not in known:
            if "engine" not in given:
                known = {**known, level: True}
            elif name not in given:
                fitted[name] = attr.evolve(parts[name], level=_LEVELS[0])
    if "engine" not in given:
        fitted["engine"] = attr.evolve(engine, parallel_supported=known)
    listed = [policy.name for policy in engine.policies or ()]
    if "policy" not in given:
        fitted["policy"] = _known_choice(parts["policy"], listed)
    if "vm" not in given:
        choice = _known_choice(parts["vm"].policy, listed)
        fitted["vm"] = attr.evolve(fitted["vm"], policy=choice)
    return zc.Scenario(**fitted)


def _fitted_document(document: Document) -> Document:
    """The document, its levels known to Engine and its policies' names listed."""
    engine = document.get("engine") or {}
    known = engine.get("parallelSupported") or {}
    listed = [entry.get("name") for entry in engine.get("policies") or ()]
    for name in ("cluster", "vm"):
        part = document.get(name) or {}
        level = part.get("level")
        if level is not None and level not in _LEVELS and known.get(level) is None:
            known = {**known, level: True}
            document["engine"] = {**engine, "parallelSupported": known}
        if "policy" in part:
            part["policy"] = _known_choice(part["policy"], listed)
    return document


def _known_choice(choice: T, listed: Sequence[Optional[str]]) -> Union[T, str]:
    """*choice*, or the default instead of a name that only some lists have."""
    return _CHOICES[0] if choice in _LISTED_NAMES and choice not in listed else choice


# -- Documents -----------------------------------------------------------------------------------

_MISSING = object()


def _object(**keys: SearchStrategy[Any]) -> SearchStrategy[Document]:
    """Objects in which any of these keys may be missing or null."""
    neither = st.sampled_from((_MISSING, None))
    return st.fixed_dictionaries({key: neither | value for key, value in keys.items()}).map(_told)


def _told(found: Document) -> Document:
    return {key: value for key, value in found.items() if value is not _MISSING}


def _engine_documents() -> SearchStrategy[Document]:
    levels = st.sampled_from(_LEVELS + _ADDED_LEVELS)
    return _object(
        parallelSupported=st.dictionaries(levels, _maybe(st.booleans()), max_size=3),
        defaults=_object(
            autoConverge=st.booleans(),
            compressed=st.booleans(),
            encrypted=_seldom(),
            downtime=_numbers(_VM_DOWNTIMES, 0, _DOWNTIME_MAX),
        ),
        policies=st.lists(_policy_entries(), max_size=3, unique_by=_entry_id),
    )


def _entry_id(entry: Document) -> str:
    id_ = entry["id"]
    text = id_["uuid"] if isinstance(id_, dict) else id_
    assert isinstance(text, str)
    return text.lower()


def _policy_entries() -> SearchStrategy[Document]:
    """Entries of Engine's ``MigrationPolicies``."""
    ids = _policy_ids() | st.sampled_from([id_.upper() for id_ in _IDS])
    limits = _numbers(_STALLING_LIMITS, -1, _INT_MAX)
    items = st.builds(
        lambda limit, action: {**limit, "convergenceItem": action},
        _object(stallingLimit=limits),
        _action_documents(),
    )
    required = st.fixed_dictionaries(
        {
            "id": ids.map(lambda text: {"uuid": text}) | ids,
            "maxMigrations": _numbers(_MAX_MIGRATIONS, 1, _INT_MAX),
            "config": _object(
                initialItems=st.lists(_set_downtime_documents(), max_size=2),
                convergenceItems=st.lists(items, max_size=4),
                lastItems=st.lists(_action_documents(), max_size=3),
            ),
        }
    )
    optional = _object(
        name=_names(),
        description=st.sampled_from(_NAMES),
        autoConvergence=st.booleans(),
        migrationCompression=st.booleans(),
        enableGuestEvents=st.booleans(),
        zeroCopy=st.booleans(),
    )
    made_up = st.builds(lambda one, other: {**one, **other}, required, optional)
    return st.sampled_from(_SHIPPED).map(zc.MigrationPolicy.to_json) | made_up


def _set_downtime_documents() -> SearchStrategy[Document]:
    numbers = _numbers(_STEP_DOWNTIMES, 1, _DOWNTIME_MAX)
    # engine-config's own example has integers.
    params = numbers.map(str) | numbers | st.just("0300")
    return params.map(lambda param: {"action": "setDowntime", "params": [param]})


def _action_documents() -> SearchStrategy[Document]:
    bare = st.builds(
        lambda action, params: {"action": action, **params},
        st.sampled_from(("abort", "postcopy")),
        _object(params=st.builds(list)),
    )
    return _set_downtime_documents() | bare


def _host_documents() -> SearchStrategy[Document]:
    speeds = _numbers((*_MBPS, *_NO_MBPS), -_INT_MAX - 1, _INT_MAX)
    each = _knowledge().map(lambda knows: dict(zip(("vdsm", "libvirt", "qemu"), knows)))
    some = _object(vdsm=st.booleans(), libvirt=st.booleans(), qemu=st.booleans())
    told = st.sampled_from((True, True, True, False)) | each | some
    return _object(zerocopy=told, migrationMbps=speeds) | _object(
        vdsmCapabilities=_capabilities(), migrationMbps=speeds
    )


# Versions and releases around those that learnt zero-copy, as RPM hosts and Debian report them.
_PACKAGES = {
    "vdsm": (("4.50.3.1", "1.el8"), ("4.50.3", "1.el8"), ("4.60.0", "1.el9"), ("4.40.100", "1")),
    "libvirt": (
        *(("9.0.0", "10.el9"), ("8.5.0", "1.el9"), ("8.4.9", "1.el9"), ("1:9.0.0-4+deb12u2", "")),
        *(("8.0.0", "5.4.module+el8.6.0+16370"), ("8.0.0", "5.3.module+el8.6.0+1"), ("8", "6")),
    ),
    "qemu-kvm": (
        *(("7.2.0", "1.el9"), ("7.1.0", "1.el9"), ("7.0.0", "13.el9"), ("1:7.2+dfsg-7", "")),
        *(("6.2.0", "11.module_el8.6.0+1"), ("6.2.0", "10.module+el8.6.0"), ("10.0.0", "8.el9")),
    ),
}


def _capabilities() -> SearchStrategy[Document]:
    """Vdsm's ``getCaps`` answers, what matters of them."""
    packages = {
        name: st.sampled_from(versions).map(lambda v: {"version": v[0], "release": v[1]})
        for name, versions in _PACKAGES.items()
    }
    return _object(
        zerocopy_migrations=st.booleans(),
        packages2=_object(**packages, kernel=st.just({"version": "5.14.0", "release": "1.el9"})),
        kvmEnabled=st.just("true"),
    )


# -- Faults --------------------------------------------------------------------------------------

# Where a fault is, and what is wrong there.
_Fault = Tuple[Tuple[str, ...], Sequence[Any]]

_NO_BOOL: Sequence[Any] = (0, 1, 1.0, "true", "", [], {})
_NO_OBJECT: Sequence[Any] = (True, 0, "x", [], [{}])
_NO_LEVEL: Sequence[Any] = (4.7, 47, "", "4", "4.7.1", "04.7", "v4.7", "4.7 ", "4.x", [], True)
_NO_SETTING: Sequence[Any] = (0, 1, -1, 256, 2.0, True, "Auto", "custom", "2", [], {})
_NO_BANDWIDTH: Sequence[Any] = (0, -1, _INT_MAX + 1, True, 1.5, "Auto", "vdsm_config", [])


def _no_integer(low: int, high: int) -> Sequence[Any]:
    return (low - 1, high + 1, 10**30, True, 1.5, "1", [], {})


def _bad_entries() -> List[Document]:
    """Entries of ``MigrationPolicies``, each with one fault."""
    good = zc.policies.VERY_LARGE_VMS.to_json()
    changes: Tuple[Document, ...] = (
        *({"id": zc.policies.LEGACY.id}, {"id": "x"}, {"id": None}, {"id": {}}, {"id": 1}),
        *({"maxMigrations": 0}, {"maxMigrations": None}, {"maxMigrations": "1"}),
        *({"zerocopy": True}, {"zeroCopy": 1}, {"name": 1}, {"autoConvergence": "true"}),
        *({"config": None}, {"config": []}, {"config": {"items": []}}),
    )
    actions: Tuple[Document, ...] = (
        *({"action": "setDowntime"}, {"action": "setDowntime", "params": ["1", "2"]}),
        *({"action": "setDowntime", "params": [ms]} for ms in ("0", 2000001, "1.5", True, "")),
        *({"action": "abort", "params": ["1"]}, {"action": "setSpeed"}, {"params": []}, {}),
    )
    convergence: Tuple[Any, ...] = (
        *({"stallingLimit": 1}, {"convergenceItem": {"action": "abort"}, "stallingLimit": -2}),
        *({"convergenceItem": action} for action in actions),
    )
    lists: Tuple[Document, ...] = (
        *({"initialItems": [{"action": name}]} for name in ("abort", "postcopy")),
        *({"initialItems": [action]} for action in actions),
        *({"convergenceItems": [item]} for item in convergence),
        *({"lastItems": [action]} for action in actions),
    )
    return [{**good, **change} for change in (*changes, *({"config": items} for items in lists))]


_BAD_ENTRIES = _bad_entries()
_SETTINGS: Dict[str, Sequence[Any]] = {
    "level": _NO_LEVEL,
    "parallel": _NO_SETTING,
    "encrypted": _NO_BOOL,
    "autoConverge": _NO_BOOL,
    "compressed": _NO_BOOL,
    "tunnelled": _NO_BOOL,
    "policy": (True, 1, 1.5, [], *_BAD_ENTRIES),
    # No key of these parts.
    "zerocopy": (True, "x"),
    "": (1,),
}
_VM_VALUES: Dict[str, Sequence[Any]] = {
    "vcpus": _no_integer(1, _INT_MAX),
    "memoryMiB": _no_integer(1, _INT_MAX),
    "memoryHardLimitMiB": _no_integer(1, _INT_MAX),
    "paused": _NO_BOOL,
    "downtime": _no_integer(0, _DOWNTIME_MAX),
}
_DEFAULTS: Dict[str, Sequence[Any]] = {
    "autoConverge": _NO_BOOL,
    "compressed": _NO_BOOL,
    "encrypted": _NO_BOOL,
    "downtime": _no_integer(0, _DOWNTIME_MAX),
    "tunnelled": (True,),
}
_TWINS = [zc.policies.POST_COPY.to_json()] * 2
# Any of these can stand together, and all of them are found.
_FAULTS: Sequence[_Fault] = (
    *((("cluster", key), wrong) for key, wrong in _SETTINGS.items()),
    (("cluster", "bandwidth"), _NO_BANDWIDTH),
    *((("vm", key), wrong) for key, wrong in {**_SETTINGS, **_VM_VALUES}.items()),
    *(
        ((host, *keys), wrong)
        for host in ("source", "destination")
        for keys, wrong in (
            *((("zerocopy", key), _NO_BOOL) for key in ("vdsm", "libvirt", "qemu")),
            (("zerocopy", "vdms"), (True,)),
            (("migrationMbps",), _no_integer(-_INT_MAX - 1, _INT_MAX)),
            (("speed",), (1,)),
        )
    ),
    *((("engine", "defaults", key), wrong) for key, wrong in _DEFAULTS.items()),
    (("engine", "parallelSupported"), (*_NO_OBJECT, {"4.7": 1}, {"4": True}, {"4.7": "true"})),
    (("engine", "policies"), (True, 1, "x", {}, [None], _TWINS, *([e] for e in _BAD_ENTRIES))),
    (("engine", "levels"), ({},)),
    (("host",), ({}, True)),
)
# These hide others, or are seen only where there is no other.
_LONELY_FAULTS: Sequence[_Fault] = (
    *(((part,), _NO_OBJECT) for part in ("cluster", "vm", "source", "destination", "engine")),
    *(((host, "zerocopy"), ("yes", 1, 0, [])) for host in ("source", "destination")),
    *(
        ((host, "vdsmCapabilities"), (True, "x", [], {"zerocopy_migrations": 1}))
        for host in ("source", "destination")
    ),
    (("source",), ({"zerocopy": True, "vdsmCapabilities": {}},)),
    (("engine", "defaults"), _NO_OBJECT),
    *(((part, "level"), ("4.99", "3.0", "10.0", "0.0")) for part in ("cluster", "vm")),
    *(((part, "policy"), ("Very large VM", "no policy")) for part in ("cluster", "vm")),
)


def _with_faults(document: Any, faults: Sequence[Tuple[_Fault, int]]) -> Tuple[Document, List[str]]:
    for (keys, wrong), which in faults:
        if keys[1:2] == ("zerocopy",) and document.get(keys[0]):
            # With an answer of Vdsm's beside it, this is a fault of another kind.
            document = {**document, keys[0]: {**document[keys[0]], "vdsmCapabilities": None}}
        document = _planted(document, keys, wrong[which % len(wrong)])
    return document, [".".join(keys) for (keys, _), _ in faults]


def _planted(document: Any, keys: Sequence[str], value: Any) -> Document:
    """*document* with *value* in place of what these keys lead to."""
    key, *rest = keys
    around = document if isinstance(document, dict) else {}
    inside = _planted(around.get(key), rest, value) if rest else copy.deepcopy(value)
    return {**around, key: inside}
