"""Combine several texts into a scenario, or into everything a forecast needs."""

from typing import Any, Dict, Mapping, Optional, Tuple, Union

import attr

from .._base.errors import InvalidValue, raise_all
from .._forecast.fit import Fit, fit
from .._forecast.workload import NETWORK_KEYS, Workload
from .._model.engine_config import EngineConfig, level_key
from .._model.evidence import Migration
from .._model.inputs import VM, Cluster, Host
from .._model.policy import MigrationPolicy, is_policy_id
from .._model.scenario import Scenario
from .._model.shipped import MINIMAL_DOWNTIME
from ._form import Reading
from ._merge import Stated, built, called, inside, merged
from ._sent import asked, check_sent

__all__ = ["scenario", "simulation"]

_MIB = 1024 * 1024


def scenario(*readings: Reading) -> Scenario:
    """Combine readings into a scenario; fields that none states keep their defaults.

    If no text states the VM's memory, it is the amount that QEMU counts in a migration's samples,
    in whole MiB.

    Policies for a level replace Engine's list for the cluster's level; policies without a level are
    added to the list, replacing those with the same ids.  A request becomes settings that lead to
    it; `Reading.ignored` says what it leaves open.

    Args:
        readings: the results of `read`, each text once.

    Raises:
        ZcpolicyError: two readings contradict each other in a field, naming both; or a value is
            invalid in combination with the others.
    """
    return _scenario(_with_memory(merged(readings)))


def _scenario(stated: Mapping[str, Stated]) -> Scenario:
    # In Vdsm's log, the call is what Vdsm made of the request.
    if "call" in stated and stated["call"].reading.form != "vdsm-log":
        problem = "a libvirt call does not state settings: use `zcpolicy check` for it"
        raise InvalidValue("call", None, "texts about settings", problem)
    request = stated.get("request")
    if request is not None:
        wanted = {
            path: Stated(value, request.reading) for path, value in asked(request.value).items()
        }
        stated = {**wanted, **stated}
    cluster = built(Cluster, stated, "cluster")
    found = Scenario(
        cluster=cluster,
        vm=built(VM, stated, "vm"),
        host=built(Host, stated, "source"),
        destination=built(Host, stated, "destination"),
        policy=stated["policy"].value if "policy" in stated else MINIMAL_DOWNTIME.name,
        engine=_engine(stated, cluster.level),
        name=stated["name"].value if "name" in stated else None,
    )
    if request is not None:
        check_sent(request.value, found)
    return found


def _engine(stated: Mapping[str, Stated], level: str) -> EngineConfig:
    """Build Engine's configuration, with the policies that the texts show for *level*."""
    fields = inside(stated, "engine")
    supported = {
        path.partition(".")[2]: fields.pop(path)
        for path in list(fields)
        if path.startswith("parallel_supported.")
    }
    engine = EngineConfig(**fields, parallel_supported=supported)
    by_level: Dict[str, Stated] = {}
    added: Dict[str, MigrationPolicy] = {}
    for path, each in stated.items():
        if path.startswith("policies."):
            key = path.partition(".")[2]
            if is_policy_id(key):
                added[key] = each.value
            else:
                by_level[key] = each
    known = engine._levels.get(level)
    if known is None or not (by_level or added):
        return engine  # the scenario refuses a level that Engine does not know
    listed = engine.policies
    if by_level:
        listed = _of_level(by_level, level)
        if engine.policies not in (None, listed):
            names = called(stated["engine.policies"].reading), called(by_level[level].reading)
            problem = "{} and {} have different lists".format(*names)
            raise InvalidValue("engine.policies", None, "the same in all texts", problem)
    replaced = {policy.id: policy for policy in (known.listed if listed is None else listed)}
    return attr.evolve(engine, policies=(*{**replaced, **added}.values(),))


def _of_level(by_level: Mapping[str, Stated], level: str) -> Tuple[MigrationPolicy, ...]:
    if level not in by_level:
        listed = ", ".join(sorted(by_level, key=level_key))
        problem = (
            f"{level} is the cluster's level (4.8 if no text states it), but the policies are for "
            f"{listed}"
        )
        raise InvalidValue("cluster.level", level, f"one of {listed}", problem)
    found: Tuple[MigrationPolicy, ...] = by_level[level].value
    return found


def simulation(*readings: Reading) -> Tuple[Scenario, Union[Workload, Fit], Optional[Migration]]:
    """Combine readings into a scenario, a workload and an observed migration.

    The workload is the one they state, or that of the measured dirty rates, or else the one that
    explains the migration.

    Args:
        readings: as for `scenario`.

    Raises:
        ZcpolicyError: as for `scenario`; or no text determines the workload.
    """
    stated = _with_memory(merged(readings))
    migration = stated["migration"].value if "migration" in stated else None
    memory = stated["vm.memory_mib"].value if "vm.memory_mib" in stated else None
    workload = _workload(stated, memory, migration)
    return _scenario(stated), workload, migration


def _with_memory(stated: Mapping[str, Stated]) -> Mapping[str, Stated]:
    """Add the memory from a migration's samples, if no text states it."""
    told = stated.get("migration")
    total = None if told is None else _total_mib(told.value)
    if told is None or total is None:
        return stated
    return {"vm.memory_mib": Stated(total, told.reading), **stated}


def _total_mib(migration: Migration) -> Optional[int]:
    """Return the memory that QEMU counts, in MiB, including firmware and graphics card."""
    totals = [each.total_bytes for each in migration.samples if each.total_bytes is not None]
    return max(totals) // _MIB or None if totals else None


def _workload(
    stated: Mapping[str, Stated], memory_mib: Optional[int], migration: Optional[Migration]
) -> Union[Workload, Fit]:
    """Return the workload that is stated, or measured, or that explains the migration.

    A workload that states only the network takes the rest from the migration.
    """
    fields = inside(stated, "workload")
    rates = stated.get("dirty_rates")
    if rates is not None:
        if "dirty_mib_s" in fields:
            names = called(stated["workload.dirty_mib_s"].reading), called(rates.reading)
            problem = "{} states how fast the guest writes, and {} its dirty rate".format(*names)
            raise InvalidValue("dirty_rates", rates.value, "one of the two", problem)
        return _measured(rates.value, memory_mib, fields)
    if migration is not None and set(fields) <= set(NETWORK_KEYS.values()):
        return fit(migration, memory_mib).with_network(**fields)
    if fields:
        _check_complete(fields)
        return Workload(**fields)
    problem = "no workload: give dirty rates or a migration"
    raise InvalidValue("workload", None, "a workload, dirty rates or a migration", problem)


def _check_complete(fields: Mapping[str, Any]) -> None:
    needed = () if "writers" in fields else ("dirty_mib_s", "working_set_mib")
    raise_all(
        [
            InvalidValue(f"workload.{name}", None, "a value", "no text states it")
            for name in needed
            if name not in fields
        ]
    )


def _measured(
    rates: Tuple[Tuple[float, float], ...], memory_mib: Optional[int], fields: Dict[str, Any]
) -> Workload:
    """Return the workload of a guest with measured dirty rates."""
    working_set = fields.pop("working_set_mib", memory_mib)
    if working_set is None:
        problem = "no text states it, and a workload from dirty rates needs it"
        raise InvalidValue("vm.memory_mib", None, "a number of MiB", problem)
    if len(rates) != 1:
        return Workload.measured(rates, memory_mib=memory_mib or working_set, **fields)
    ((period, rate),) = rates
    return Workload.measured(
        rate_mib_s=rate, period_s=period, working_set_mib=working_set, **fields
    )
