"""The input of ``zcpolicy simulate``: a scenario, a workload, and an observed migration."""

from typing import Any, Callable, Mapping, NamedTuple, Optional, TypeVar, Union

import attr

from .._base.documents import Reader
from .._base.errors import InvalidValue, ZcpolicyError
from .._base.fields import BOOL
from .._model.evidence import Migration
from .._model.scenario import Scenario
from .fit import Fit, fit
from .forecast import Forecast
from .simulation import simulate
from .workload import NETWORK_KEYS, WORKLOAD_KEYS, Workload, read_network, read_workload

__all__ = ["ASKED_KEYS", "Asked", "read_asked"]

T = TypeVar("T")

ASKED_KEYS = {
    "scenario": "scenario",
    "workload": "workload",
    "migration": "migration",
    "since": "since",
}


class Asked(NamedTuple):
    """A forecast to make: the arguments of `simulate`, before decision and fit."""

    scenario: Scenario
    workload: Union[Workload, Fit]
    since: Optional[Migration]

    def forecast(self) -> Forecast:
        """Make the forecast.

        Raises:
            ZcpolicyError: the parts do not fit together; the path is that in the document.
        """
        try:
            return simulate(self.scenario.resolve(), self.workload, since=self.since)
        except ZcpolicyError as error:
            path = _PATHS.get(error.path, error.path)
            raise type(error)(path, error.value, error.expected, error.problem) from None


_PATHS = {
    "workload.working_set_mib": "workload.workingSetMiB",
    "workload.writers": "workload.writers",
    "since": "migration",
}


def read_asked(document: object, *, since: bool = False) -> Asked:
    """Read ``{"scenario": …, "workload": …, "migration": …, "since": …}``.

    The scenario and all its parts are optional.  A workload that does not describe the guest
    describes only the network; the guest is then fitted to the migration.

    Args:
        document: the JSON object.
        since: whether the forecast continues the migration, whatever the document says.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    reader = Reader()
    found = reader.entries(document, "", ASKED_KEYS)
    if found is None:
        return reader.result(None)
    scenario = _part(reader, "scenario", {"scenario": {}, **found}, Scenario.from_json)
    migration = _part(reader, "migration", found, Migration.from_json)
    for fault in BOOL.faults("since", found.get("since", False)):
        reader.faults.append(fault)
    goes_on = since or found.get("since") is True
    if "migration" not in found:
        problem = "the key is missing or null"
        if goes_on:
            reader.faults.append(InvalidValue("migration", None, "a migration", problem))
        elif "workload" not in found:
            problem += "; give a workload, a migration, or both"
            reader.faults.append(InvalidValue("workload", None, "a workload", problem))
    memory = None if scenario is None else scenario.vm.memory_mib
    workload = _workload(reader, found, migration, memory)
    if scenario is None or workload is None:
        return reader.result(None)
    return reader.result(Asked(scenario, workload, migration if goes_on else None))


def _part(
    reader: Reader, key: str, found: Mapping[str, Any], made: Callable[[Any], T]
) -> Optional[T]:
    """Build a part of a document and report faults under its key; None if there are any."""
    try:
        return made(found[key]) if key in found else None
    except ZcpolicyError as error:
        reader.faults += error._relocated(key, {})
        return None


def _workload(
    reader: Reader,
    found: Mapping[str, Any],
    migration: Optional[Migration],
    memory: Optional[int],
) -> "Union[Workload, Fit, None]":
    """The workload, completed from the migration."""
    said = found.get("workload")
    if "migration" not in found or _has_guest(said):
        workload = None
        if "workload" in found:
            workload = read_workload(reader, said, "workload", memory_mib=memory)
        if workload is None or migration is None or memory is None:
            return workload
        return _with_network(workload, _fitted(migration, memory))
    network = {} if said is None else read_network(reader, said, "workload")
    if network is None or migration is None or memory is None:
        return None
    try:
        return fit(migration, memory).with_network(**network)
    except ZcpolicyError as error:
        reader.faults += error._relocated("", {})
        return None


def _has_guest(said: object) -> bool:
    """Whether a workload describes the guest; its reader refuses anything but an object."""
    if not isinstance(said, dict):
        return said is not None
    return any([said.get(key) is not None for key in WORKLOAD_KEYS if key not in NETWORK_KEYS])


def _fitted(migration: Migration, memory: int) -> Optional[Fit]:
    """Fit a migration whose guest is given; None if it shows nothing."""
    try:
        return fit(migration, memory)
    except ZcpolicyError:
        return None


def _with_network(workload: Workload, shown: Optional[Fit]) -> Workload:
    """Fill in what the migration shows of the network where the workload leaves it out."""
    if shown is None:
        return workload
    learnt = {
        name: getattr(shown.workload, name)
        for name in ("overhead_ms", "zero_scan_mib_s")
        if getattr(workload, name) is None
    }
    return attr.evolve(workload, **learnt)
