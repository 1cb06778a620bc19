"""Hypothesis strategies for everything that a decision depends on, as objects.

They draw all valid values within the given limits.  Each shrinks towards Engine's defaults, so that
counterexamples show only what matters, and mixes generated numbers with those where a rule changes
its answer: for example, two connections start at 20480 Mbps.  Values that keep zero-copy off are
drawn less often than others, because there are so many.
"""

from functools import cache
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union

import attr
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc

from .._base.fields import INT_MAX
from .._base.hints import hinted
from .._forecast.writers import ORDERS
from .._model.engine_config import ENGINE
from .._model.inputs import CLUSTER, HOST, VM_FIELDS
from .._model.scenario_json import ZEROCOPY_KEYS
from .._model.schedule import ACTION_NAMES, DOWNTIME_MAX, ActionName
from .._model.vdsm import SHIPPED_VDSM, VDSM
from ._values import (
    ADDED_LEVELS,
    LEVELS,
    MAX_MIGRATIONS,
    MBPS,
    MEMORY_MIB,
    NAMES,
    NO_MBPS,
    SHIPPED,
    STALLING_LIMITS,
    STEP_DOWNTIMES,
    VCPUS,
    VERSIONS,
    Draw,
    bandwidths,
    by_kind,
    called,
    either,
    evenly,
    few_or,
    inherited_seldom,
    known_choice,
    maybe,
    mostly,
    names,
    numbers,
    parallel_settings,
    policy_ids,
    policy_names,
    policy_words,
    seldom,
    values_of,
)

__all__ = [
    "actions",
    "clusters",
    "engines",
    "entries",
    "hosts",
    "parameters",
    "policies",
    "scenarios",
    "schedules",
    "vms",
    "workloads",
]

PolicyChoice = Union[str, zc.MigrationPolicy]


@hinted
def clusters(
    *, levels: Sequence[str] = LEVELS, max_mbps: int = INT_MAX
) -> SearchStrategy[zc.Cluster]:
    """Clusters.

    Args:
        levels: the compatibility levels to draw from, the usual one first.
        max_mbps: the largest custom bandwidth.
    """
    return st.builds(
        zc.Cluster,
        **{
            **by_kind(zc.Cluster, CLUSTER),
            "level": st.sampled_from((levels[0],) * 2 * len(levels) + (*levels,)),
            "parallel": parallel_settings(),
            "encrypted": inherited_seldom(),
            "tunnelled": seldom(),
            "bandwidth": bandwidths(max_mbps),
        },
    )


@hinted
def hosts(*, max_mbps: int = INT_MAX) -> SearchStrategy[zc.Host]:
    """Hosts, most of which fully support zero-copy.

    Args:
        max_mbps: the largest link speed.
    """
    speeds = (*NO_MBPS, *[speed for speed in MBPS if speed <= max_mbps])
    versions = st.sampled_from(evenly((None,), VERSIONS))
    return st.builds(
        zc.Host,
        **{
            **by_kind(zc.Host, HOST),
            **dict.fromkeys(ZEROCOPY_KEYS.values(), mostly()),
            "migration_mbps": either(evenly((None,), speeds), 1, max_mbps),
            "libvirt_version": versions,
            "qemu_version": versions,
            "vdsm": few_or((SHIPPED_VDSM, SHIPPED_VDSM), vdsm_options()),
            "name": names(None),
        },
    )


def vdsm_options() -> SearchStrategy[zc.Vdsm]:
    """Valid options of ``vdsm.conf``."""
    options = st.builds(zc.Vdsm, **by_kind(zc.Vdsm, VDSM))
    return called("vdsm_options", lambda draw: draw(options))


@hinted
def vms(
    *,
    levels: Sequence[str] = LEVELS,
    max_vcpus: int = INT_MAX,
    max_memory_mib: int = INT_MAX,
    policies: Optional[SearchStrategy[PolicyChoice]] = None,
) -> SearchStrategy[zc.VM]:
    """Virtual machines.

    Args:
        levels: the levels to draw the VM's own from.
        max_vcpus: the most vCPUs.
        max_memory_mib: the most memory, MiB.
        policies: the policies to draw the VM's own from; None for any.
    """
    return st.builds(
        zc.VM,
        **{
            **by_kind(zc.VM, VM_FIELDS),
            # Half of them without: a limit keeps zero-copy off wherever it is below the memory.
            "memory_hard_limit_mib": maybe(
                values_of("memory_hard_limit_mib", VM_FIELDS.kinds["memory_hard_limit_mib"])
            ),
            "vcpus": numbers(VCPUS, 1, max_vcpus),
            "memory_mib": numbers(MEMORY_MIB, 1, max_memory_mib),
            "level": st.sampled_from((None,) * 3 * len(levels) + (*levels,)),
            "parallel": parallel_settings(None),
            "encrypted": inherited_seldom(),
            "tunnelled": inherited_seldom(),
            "policy": maybe(_policy_choices() if policies is None else policies),
        },
    )


@hinted
def policies(
    *, zero_copy: Optional[bool] = None, legacy: bool = True
) -> SearchStrategy[zc.MigrationPolicy]:
    """Migration policies: shipped ones, and generated ones, some with a shipped id.

    Args:
        zero_copy: whether they ask for zero-copy; None for both kinds.
        legacy: whether Legacy may be among them.
    """
    shipped = [*SHIPPED, zc.policies.LEGACY] if legacy else [*SHIPPED]
    made_up = st.builds(
        zc.MigrationPolicy,
        id=policy_ids(),
        name=policy_names(),
        description=st.sampled_from(NAMES),
        max_migrations=numbers(MAX_MIGRATIONS, 1, INT_MAX),
        auto_convergence=st.booleans(),
        migration_compression=st.booleans(),
        enable_guest_events=st.booleans(),
        zero_copy=st.booleans() if zero_copy is None else st.just(zero_copy),
        schedule=schedules(initial_actions=("setDowntime",)),
    )
    wanted = [policy for policy in shipped if zero_copy in (None, policy.zero_copy)]
    return st.sampled_from(wanted) | called("made_up_policies", lambda draw: draw(made_up))


@hinted
def schedules(
    *, max_size: int = 8, initial_actions: Sequence[ActionName] = ACTION_NAMES
) -> SearchStrategy[zc.ConvergenceSchedule]:
    """Convergence schedules: shipped ones, empty ones, and generated ones.

    ``postcopy`` and ``abort`` occur anywhere in ``stalling``, or nowhere.

    Args:
        max_size: the most entries of ``stalling``.
        initial_actions: the actions allowed in ``init``; a policy allows only ``setDowntime``.
    """
    shipped = [policy.schedule for policy in SHIPPED if policy.schedule is not None]
    made_up = st.builds(
        zc.ConvergenceSchedule,
        init=st.lists(actions(initial_actions), max_size=3),
        stalling=st.lists(entries(), max_size=max_size),
    )
    short = [schedule for schedule in shipped if len(schedule.stalling) <= max_size]
    return st.sampled_from([*short, zc.ConvergenceSchedule()]) | made_up


@hinted
def engines(*, max_policies: int = 4) -> SearchStrategy[zc.EngineConfig]:
    """Engine's configuration: the default, or changed with engine-config.

    Args:
        max_policies: the most policies in a list other than the shipped one.
    """
    listed = st.lists(
        policies(legacy=False), max_size=max_policies, unique_by=lambda policy: policy.id
    )
    supported = [(level, each) for each in (False, True) for level in LEVELS + ADDED_LEVELS]
    changed = st.builds(
        zc.EngineConfig,
        **{
            **by_kind(zc.EngineConfig, ENGINE),
            "parallel_supported": st.lists(st.sampled_from(supported), max_size=3).map(dict),
            "default_encrypted": seldom(),
            "policies": few_or((None, None), listed),
        },
    )
    return st.just(zc.EngineConfig()) | changed


@hinted
def scenarios(
    *,
    cluster: Optional[SearchStrategy[zc.Cluster]] = None,
    host: Optional[SearchStrategy[zc.Host]] = None,
    policy: Optional[SearchStrategy[PolicyChoice]] = None,
    vm: Optional[SearchStrategy[zc.VM]] = None,
    destination: Optional[SearchStrategy[zc.Host]] = None,
    engine: Optional[SearchStrategy[zc.EngineConfig]] = None,
) -> SearchStrategy[zc.Scenario]:
    """Scenarios with consistent parts: Engine knows the levels and the policies.

    Args:
        cluster: what to draw the cluster from; None for any.
        host: what to draw the source host from; None for any.
        policy: what to draw the cluster's policy from; None for any.
        vm: what to draw the VM from; None for any.
        destination: what to draw the destination host from; None for any.
        engine: what to draw Engine's configuration from; None for any.
    """
    named = zip(_any_parts(), (cluster, host, policy, vm, destination, engine))
    given = {name: strategy for name, strategy in named if strategy is not None}
    parts = {**_any_parts(), **given}

    # In recent versions of hypothesis, fixed_dictionaries also draws the order of the keys.
    def made(draw: Draw) -> zc.Scenario:
        return _fitted({name: draw(strategy) for name, strategy in parts.items()}, given)

    return called("scenarios", made)


# Made once: to make strategies takes as long as to draw a few values from them.
@cache
def _any_parts() -> Mapping[str, SearchStrategy[Any]]:
    return {
        "cluster": clusters(levels=LEVELS + ADDED_LEVELS),
        "host": hosts(),
        "policy": _policy_choices(),
        "vm": vms(levels=LEVELS + ADDED_LEVELS),
        "destination": hosts(),
        "engine": engines(),
        "name": names(None),
    }


@cache
def _policy_choices() -> SearchStrategy[PolicyChoice]:
    return policy_words() | policies()


# -- For ``st.from_type`` only ---------------------------------------------------------------------


def actions(names: Sequence[ActionName] = ACTION_NAMES) -> SearchStrategy[zc.Action]:
    """Actions of these names, most of them ``setDowntime`` if that is one."""
    others = [zc.Action(name=name) for name in names if name != "setDowntime"]
    if "setDowntime" not in names:
        return st.sampled_from(others)
    few = [*map(_set_downtime, STEP_DOWNTIMES), *others * len(STEP_DOWNTIMES)]
    return either(few, 1, DOWNTIME_MAX, of=_set_downtime)


def _set_downtime(ms: int) -> zc.Action:
    return zc.Action(name="setDowntime", params=(str(ms),))


def entries() -> SearchStrategy[zc.StallingEntry]:
    """Entries of ``stalling``."""
    return st.builds(
        zc.StallingEntry, limit=numbers(STALLING_LIMITS, -1, INT_MAX), action=actions()
    )


def parameters() -> SearchStrategy[zc.Parameters]:
    """The parameters of a decision."""
    return scenarios().map(lambda scenario: scenario.resolve().parameters)


def workloads() -> SearchStrategy[zc.Workload]:
    """Workloads with steady or changing dirty rates, and working sets of any size."""
    rates = st.integers(0, 5000) | st.floats(0, 5000)
    changing = st.dictionaries(st.integers(1, 600), rates, max_size=4)
    dirty = rates | st.builds(_from_0, rates, changing)
    sizes = numbers((64, 512, 1024), 1, INT_MAX)
    order = st.sampled_from(ORDERS)
    writer = st.builds(zc.Writer, mib_s=dirty, set_mib=sizes, order=order)
    speeds = st.integers(1, 400_000) | st.floats(1, 400_000)
    guest = st.fixed_dictionaries({"dirty_mib_s": dirty, "working_set_mib": sizes})
    several = st.fixed_dictionaries({"writers": st.lists(writer, min_size=1, max_size=4)})
    network = st.fixed_dictionaries(
        {
            "zero_share": st.floats(0, 1),
            "link_mbps": maybe(speeds),
            "connection_mbps": maybe(speeds),
            "zero_scan_mib_s": maybe(speeds),
            "overhead_ms": maybe(numbers((50, 0), 0, 60_000)),
        }
    )
    return st.builds(lambda one, other: zc.Workload(**one, **other), guest | several, network)


def _from_0(rate: float, changes: Mapping[int, float]) -> Tuple[Tuple[float, float], ...]:
    return ((0, rate), *sorted(changes.items()))


_BYTES = maybe(st.integers(0, 2**63 - 1))


def samples() -> SearchStrategy[zc.Sample]:
    """Samples of a migration, with many values missing."""
    rates = maybe(st.integers(0, 2**40) | st.floats(0, 1e12))
    told = (
        *("iteration", "remaining_bytes", "sent_bytes", "total_bytes", "zero_pages"),
        *("normal_pages", "limit_ms", "expected_downtime_ms", "downtime_ms"),
    )
    return st.builds(
        zc.Sample,
        at_ms=st.integers(0, 2**63 - 1),
        **dict.fromkeys(told, _BYTES),
        dirty_pages_s=rates,
        bytes_s=rates,
        throttle=maybe(st.integers(0, 99)),
        status=maybe(st.sampled_from(("setup", "active", "postcopy-active", "completed", ""))),
        page_bytes=st.sampled_from((4096, 65536)),
    )


def migrations() -> SearchStrategy[zc.Migration]:
    """Migrations of a few samples, in time order."""
    listed = st.lists(samples(), min_size=1, max_size=5)
    return listed.map(
        lambda found: zc.Migration(samples=sorted(found, key=lambda sample: sample.at_ms))
    )


# -- Consistent parts ------------------------------------------------------------------------------


def _fitted(parts: Dict[str, Any], given: Mapping[str, object]) -> zc.Scenario:
    """Make a scenario; adjust the parts that are not *given* to fit the others."""
    fitted = dict(parts)
    engine = parts["engine"]
    known = engine.parallel_supported
    for name in ("cluster", "vm"):
        level = parts[name].level
        if level is not None and level not in known:
            if "engine" not in given:
                known = {**known, level: True}
            elif name not in given:
                fitted[name] = attr.evolve(parts[name], level=LEVELS[0])
    if "engine" not in given:
        fitted["engine"] = attr.evolve(engine, parallel_supported=known)
    listed = [policy.name for policy in engine.policies or ()]
    if "policy" not in given:
        fitted["policy"] = known_choice(parts["policy"], listed)
    if "vm" not in given:
        choice = known_choice(parts["vm"].policy, listed)
        fitted["vm"] = attr.evolve(fitted["vm"], policy=choice)
    return zc.Scenario(**fitted)
