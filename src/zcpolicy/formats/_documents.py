"""Read zcpolicy's own documents: scenarios, and the input of forecasts."""

from typing import Any, Dict, Mapping, Tuple

import attr

from .._base.documents import Reader, join
from .._base.fields import BOOL, INT_MAX, Kind
from .._forecast.workload import WORKLOAD, WORKLOAD_KEYS, Workload
from .._forecast.writers import read_writers
from .._model.capabilities import read_capabilities
from .._model.evidence import read_migration
from .._model.scenario_json import (
    CLUSTER_KEYS,
    ENGINE_PATHS,
    HOST_PATHS,
    TOP_KEYS,
    VM_KEYS,
    read_engine,
    read_parts,
)
from ._form import Form, Reading, document_reading
from ._text import Text

__all__ = ["FORMS", "SCENARIO_KEYS"]

SCENARIO_KEYS = frozenset(TOP_KEYS)
# Scenarios also have clusters and VMs; these keys occur only in the REST API's objects.
_REST_KEYS = ("href", "id", "actions", "link")


def _is_scenario(text: Text) -> bool:
    document = text.document
    if not isinstance(document, dict):
        return False
    inside = [document[key] for key in document if key in SCENARIO_KEYS and key != "name"]
    if not set(document) - {"name"}:
        return True
    return (
        bool(inside)
        and not any(isinstance(value, list) for value in inside)
        and not any(key in document for key in (*_REST_KEYS, *_SIMULATION_ONLY))
    )


_SIMULATION_ONLY = ("scenario", "workload")


def _is_simulation(text: Text) -> bool:
    document = text.document
    if not isinstance(document, dict):
        return False
    migration = document.get("migration")
    return any(key in document for key in _SIMULATION_ONLY) or (
        isinstance(migration, dict) and "samples" in migration
    )


_SIMULATION_KEYS = {key: key for key in ("scenario", "workload", "migration", "since")}
_RATES_KEYS = {"periodS": "period_s", "mibS": "mib_s"}


def _read_simulation(text: Text) -> Reading:
    reader = Reader()
    top = reader.entries(text.document, "", _SIMULATION_KEYS) or {}
    parts: Dict[str, Any] = {}
    if "scenario" in top:
        inner = Reader()
        parts.update(_scenario_parts(inner, top["scenario"]))
        reader.faults += [
            fault for each in inner.faults for fault in each._relocated("scenario", {})
        ]
    if "workload" in top:
        parts.update(_workload_parts(reader, top["workload"], "workload"))
    if "migration" in top:
        parts["migration"] = read_migration(reader, top["migration"], "migration")
    if "since" in top:
        reader.faults += BOOL.faults("since", top["since"])
        parts["since"] = top["since"]
    return document_reading("simulation", text, reader.result(parts))


def _workload_parts(reader: Reader, document: object, path: str) -> Dict[str, Any]:
    """Read a workload, which may be partial, since another text may state the rest."""
    found = reader.entries(document, path, WORKLOAD_KEYS) or {}
    parts: Dict[str, Any] = {}
    if "dirty_rates" in found:
        rates = []
        for where, element in reader.array(found.pop("dirty_rates"), join(path, "dirtyRates")):
            rate = reader.entries(element, where, _RATES_KEYS, required=list(_RATES_KEYS)) or {}
            for key, name in _RATES_KEYS.items():
                if name in rate:
                    reader.faults += _RATE.faults(join(where, key), rate[name])
            rates.append((rate.get("period_s"), rate.get("mib_s")))
        parts["dirty_rates"] = tuple(rates)
    writers = found.pop("writers", None)
    if writers is not None:
        writers = read_writers(reader, writers, join(path, "writers"))
    fields: Any = attr.fields(Workload)
    converters: Dict[str, Any] = {field.name: field.converter for field in fields}
    for key, name in WORKLOAD_KEYS.items():
        if name in found:
            if converters[name] is not None:
                found[name] = converters[name](found[name])
            reader.faults += WORKLOAD.kinds[name].faults(join(path, key), found[name])
    if writers:
        found["writers"] = writers
    if found:
        parts["workload"] = found
    return parts


_RATE = Kind(
    types=(int, float),
    expected=f"a number from 0 to {INT_MAX}",
    accepts=lambda value: 0 <= value <= INT_MAX,
)


def _read_scenario(text: Text) -> Reading:
    reader = Reader()
    parts = _scenario_parts(reader, text.document)
    return document_reading("scenario", text, reader.result(parts))


def _scenario_parts(reader: Reader, document: Any) -> Dict[str, Any]:
    """Read a scenario field by field; the reader collects its faults."""
    top = reader.entries(document, "", TOP_KEYS)
    if top is None:
        return {}
    parts: Dict[str, Any] = {}
    made = read_parts(reader, {name: value for name, value in top.items() if name != "engine"})
    parts.update({name: made[name] for name in ("name", "policy") if name in made})
    for key, name, keys in _PARTS:
        if name in made:
            said = set(_said(top[name], keys))
            if top[name].get("vdsmCapabilities") is not None:
                said.update(read_capabilities(Reader(), top[name]["vdsmCapabilities"], ""))
            parts[key] = {field: getattr(made[name], field) for field in sorted(said)}
    if "engine" in top:
        engine = read_engine(reader, top["engine"], "engine")
        if engine is not None:
            said = set(_said(top["engine"], ENGINE_PATHS))
            parts["engine"] = {field: getattr(engine, field) for field in sorted(said)}
            if "parallel_supported" in said:
                # Leave out the levels it does not name: another text may name them.
                supported = top["engine"]["parallelSupported"]
                parts["engine"]["parallel_supported"] = {
                    level: value for level, value in supported.items() if value is not None
                }
    return parts


_HOST_FIELDS: Mapping[str, str] = {**HOST_PATHS, "vdsm": "vdsm"}
# Each part's name in the reading, its name in the document, and its fields.
_PARTS: Tuple[Tuple[str, str, Mapping[str, str]], ...] = (
    ("cluster", "cluster", CLUSTER_KEYS),
    ("vm", "vm", VM_KEYS),
    ("source", "host", _HOST_FIELDS),
    ("destination", "destination", _HOST_FIELDS),
)


def _said(document: Mapping[str, Any], keys: Mapping[str, str]) -> Dict[str, str]:
    """Return the fields that *document* sets, with their keys; ``"a.b"`` is a nested key."""
    found: Dict[str, str] = {}
    for key, field in keys.items():
        outer, _, inner = key.partition(".")
        value = document.get(outer)
        if inner and isinstance(value, dict):
            value = value.get(inner)
        if value is not None:
            found[field] = key
    return found


FORMS: Tuple[Form, ...] = (
    Form(
        name="scenario",
        what="a scenario of zcpolicy in JSON",
        obtain="write it, or save the result of `scenario.to_json()`",
        takes="all of it",
        ignores="nothing: an unknown key is refused",
        recognise=_is_scenario,
        read=_read_scenario,
    ),
    Form(
        name="simulation",
        what="a scenario with a workload or a migration, in JSON",
        obtain="write it",
        takes="all of it",
        ignores="nothing: an unknown key is refused",
        recognise=_is_simulation,
        read=_read_simulation,
    ),
)
