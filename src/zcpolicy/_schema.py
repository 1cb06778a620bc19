"""JSON Schemas (draft 2020-12) of what the command reads and writes.

They are made of the tables that the readers use, so that they cannot say anything else.  What a
schema cannot see (which levels and names exist, duplicate ids) the reader refuses all the same.
"""

from typing import Any, Callable, Dict, Mapping

from ._checks import BOOL, LAYER, LEVEL, TEXT, Fields, Kind, choice, integer
from ._findings import ROWS, SEVERITIES
from ._forecast import FORECAST, ROUND, WORKLOAD, WORKLOAD_KEYS, WORKLOAD_REQUIRED
from ._inputs import CLUSTER, ENGINE, HOST, VIRTUAL_MACHINE
from ._limitations import LIMITATIONS
from ._notices import NOTICES
from ._parameters import PARAMETER_KEYS, PARAMETERS
from ._policy import LEGACY_ID, POLICY
from ._scenario import CLUSTER_KEYS, DEFAULTS_KEYS, VM_KEYS, ZEROCOPY_KEYS
from ._schedule import DOWNTIME_MAX, DOWNTIME_PATTERN, ENTRY
from .adapters.libvirt import Flag

__all__ = ["SCHEMAS"]

Schema = Dict[str, Any]

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NULL = {"type": "null"}


def _object(properties: Mapping[str, Any], *required: str) -> Schema:
    """An object of these keys and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _array(items: Mapping[str, Any]) -> Schema:
    return {"type": "array", "items": dict(items)}


def _or_null(schema: Mapping[str, Any]) -> Schema:
    return {"anyOf": [dict(schema), _NULL]}


def _nullable(properties: Mapping[str, Any]) -> Schema:
    """An object whose keys may all be missing or null."""
    return _object({key: _or_null(schema) for key, schema in properties.items()})


def _of(fields: Fields, keys: Mapping[str, str]) -> Dict[str, Any]:
    """The schemas of fields, by their keys; the fields that have none are left out."""
    found = {key: fields.kinds[name].schema for key, name in keys.items()}
    return {key: dict(schema) for key, schema in found.items() if schema}


def _definition(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _document(title: str, schema: Mapping[str, Any]) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **schema,
        "$defs": _definitions(),
    }


def _action(name: str, *names: str) -> Schema:
    """An action under the key *name*, one of *names*."""
    downtime = {
        "anyOf": [
            {"type": "string", "pattern": f"^{DOWNTIME_PATTERN}$"},
            {"type": "integer", "minimum": 1, "maximum": DOWNTIME_MAX},
        ]
    }
    one = {**_array(downtime), "minItems": 1, "maxItems": 1}
    none = _or_null({"type": "array", "maxItems": 0})
    return {
        "anyOf": [
            _object({name: {"const": "setDowntime"}, "params": one}, name, "params"),
            *(_object({name: {"const": other}, "params": none}, name) for other in names),
        ]
    }


def _definitions() -> Schema:
    identity = {"type": "string", "pattern": f"^{_UUID}$", "not": {"const": LEGACY_ID}}
    item = _object(
        {
            "stallingLimit": _or_null(ENTRY.kinds["limit"].schema),
            "convergenceItem": _action("action", "postcopy", "abort"),
        },
        "convergenceItem",
    )
    config = _nullable(
        {
            "initialItems": _array(_action("action")),
            "convergenceItems": _array(item),
            "lastItems": _array(_action("action", "postcopy", "abort")),
        }
    )
    flags = {
        "autoConvergence": "auto_convergence",
        "migrationCompression": "migration_compression",
        "enableGuestEvents": "enable_guest_events",
        "zeroCopy": "zero_copy",
        "name": "name",
        "description": "description",
    }
    entry = _object(
        {
            "id": {"anyOf": [identity, _object({"uuid": identity}, "uuid")]},
            "maxMigrations": POLICY.kinds["max_migrations"].schema,
            "config": config,
            **{key: _or_null(schema) for key, schema in _of(POLICY, flags).items()},
        },
        "id",
        "maxMigrations",
        "config",
    )
    schedule = _object(
        {
            "init": _array(_action("name", "postcopy", "abort")),
            "stalling": _array(
                _object(
                    {
                        "limit": ENTRY.kinds["limit"].schema,
                        "action": _action("name", "postcopy", "abort"),
                    },
                    "limit",
                    "action",
                )
            ),
        },
        "init",
        "stalling",
    )
    package = {
        "type": "object",
        "properties": {"version": TEXT.schema, "release": TEXT.schema},
        "required": ["version"],
    }
    capabilities = {
        "type": "object",
        "properties": {
            "zerocopy_migrations": _or_null(BOOL.schema),
            "packages2": _or_null(
                {
                    "type": "object",
                    "properties": dict.fromkeys(("vdsm", "libvirt", "qemu-kvm"), _or_null(package)),
                }
            ),
        },
    }
    host = _nullable(
        {
            "zerocopy": {"anyOf": [BOOL.schema, _nullable(_of(HOST, ZEROCOPY_KEYS))]},
            "vdsmCapabilities": capabilities,
            "migrationMbps": HOST.kinds["migration_mbps"].schema,
        }
    )
    some = {"not": _NULL}
    both = {"zerocopy": some, "vdsmCapabilities": some}
    host["not"] = {"properties": both, "required": list(both)}
    return {"policy": entry, "schedule": schedule, "host": host}


def _scenario_parts() -> Schema:
    policy = {"anyOf": [TEXT.schema, _definition("policy")]}
    levels = {
        "type": "object",
        "propertyNames": dict(LEVEL.schema),
        "additionalProperties": _or_null(BOOL.schema),
    }
    engine = {
        "parallelSupported": levels,
        "defaults": _nullable(_of(ENGINE, DEFAULTS_KEYS)),
        "policies": _array(_definition("policy")),
    }
    parts = {
        "cluster": _nullable({**_of(CLUSTER, CLUSTER_KEYS), "policy": policy}),
        "vm": _nullable({**_of(VIRTUAL_MACHINE, VM_KEYS), "policy": policy}),
        "source": _definition("host"),
        "destination": _definition("host"),
        "engine": _nullable(engine),
    }
    return _nullable(parts)


def _scenario() -> Schema:
    return _document("A scenario: what a decision depends on", _scenario_parts())


def _simulation() -> Schema:
    workload = {
        key: schema if key in WORKLOAD_REQUIRED else _or_null(schema)
        for key, schema in _of(WORKLOAD, WORKLOAD_KEYS).items()
    }
    parts = {
        "scenario": _or_null(_scenario_parts()),
        "workload": _object(workload, *WORKLOAD_REQUIRED),
    }
    return _document(
        "What to simulate: a scenario and what its VM does", _object(parts, "workload")
    )


def _forecast() -> Schema:
    action = {
        "atMs": ROUND.kinds["end_ms"].schema,
        "name": TEXT.schema,
        "params": _array(TEXT.schema),
    }
    actions = _array(_object(action, *action))
    rounds = {
        key: dict(ROUND.kinds[name].schema) if name != "actions" else actions
        for key, name in ROUND.json_keys().items()
    }
    parts = {
        key: dict(FORECAST.kinds[name].schema)
        if name != "rounds"
        else _array(_object(rounds, *rounds))
        for key, name in FORECAST.json_keys().items()
    }
    return _document("A forecast of a migration", _object(parts, *parts))


def _findings() -> Schema:
    finding = {
        **dict.fromkeys(("path", "message", "remedy"), TEXT.schema),
        "code": choice(*[row.code for row in ROWS]).schema,
        "severity": choice(*SEVERITIES).schema,
    }
    return _document("What lint found", _array(_object(finding, *finding)))


def _differences() -> Schema:
    difference = {
        "parameter": choice(*PARAMETER_KEYS, "blockers").schema,
        "a": {},
        "b": {},
        **dict.fromkeys(("reasonA", "reasonB"), TEXT.schema),
    }
    return _document("What two decisions differ in", _array(_object(difference, *difference)))


def _policies() -> Schema:
    return _document("Engine's MigrationPolicies", _array(_definition("policy")))


def _answer() -> Schema:
    parameters = {
        key: _or_null(schema) if type(None) in PARAMETERS.kinds[name].types else schema
        for key, name in PARAMETER_KEYS.items()
        for schema in [PARAMETERS.kinds[name].schema or _definition("schedule")]
    }
    fields = choice(*PARAMETER_KEYS, "policy")
    codes = [row.code for row in LIMITATIONS] + sorted({row.notice.code for row in NOTICES})
    notice = {
        "code": choice(*dict.fromkeys(codes)).schema,
        "severity": choice("warning", "info").schema,
        "layer": LAYER.schema,
        "field": fields.schema,
        "requested": {},
        "effective": {},
        "message": TEXT.schema,
        "remedy": _or_null(TEXT.schema),
        "source": TEXT.schema,
    }
    words = choice("true", "false").schema
    migrate: Dict[str, Kind] = {
        "enableGuestEvents": BOOL,
        "incomingLimit": integer(1),
        "outgoingLimit": integer(1),
        "encrypted": BOOL,
        "parallel": integer(2, 255),
        "maxBandwidth": integer(1),
    }
    optionals = ("encrypted", "parallel", "maxBandwidth")
    request = _object(
        {
            "method": {"const": "online"},
            "abortOnError": {"const": "true"},
            "tunneled": words,
            "compressed": words,
            "autoConverge": words,
            "zerocopy": {"const": True},
            "downtime": {"type": "string", "pattern": f"^{DOWNTIME_PATTERN}$"},
            "convergenceSchedule": _definition("schedule"),
            **{key: dict(kind.schema) for key, kind in migrate.items()},
        },
        *("method", "abortOnError", "tunneled", "compressed", "autoConverge"),
        *(key for key in migrate if key not in optionals),
    )
    call = {
        "flags": integer(0).schema,
        "flagNames": _array({"enum": [flag.name for flag in Flag]}),
        "params": _object(
            {"bandwidth": integer(1).schema, "parallel.connections": integer(2, 255).schema}
        ),
    }
    parts = {
        "parameters": _object(parameters, *parameters),
        "blockers": _array(choice(*[row.code for row in LIMITATIONS]).schema),
        "notices": _array(_object(notice, *notice)),
        "reasons": _object(dict.fromkeys(PARAMETER_KEYS, TEXT.schema), *PARAMETER_KEYS),
        "vmMigrate": request,
        "libvirt": _object(call, *call),
    }
    return _document(
        "An answer: a decision, and what Engine and Vdsm make of it", _object(parts, *parts)
    )


# What `zcpolicy schema NAME` prints.
SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "scenario": _scenario,
    "answer": _answer,
    "policies": _policies,
    "findings": _findings,
    "differences": _differences,
    "simulation": _simulation,
    "forecast": _forecast,
}
