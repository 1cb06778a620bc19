"""JSON Schemas (draft 2020-12) for the command's input and output.

They are built from the tables that the readers use, so both always agree.  Readers also refuse
faults that a schema cannot express: unknown levels and names, duplicate ids.
"""

from typing import Any, Callable, Dict, List, Mapping, get_args

from .._advice.choice import OPTIONS_MAX
from .._advice.diagnosis import DIAGNOSIS
from .._advice.goal import GOAL, GOAL_KEYS
from .._advice.option import CHANGE_KEYS, OPTION
from .._base.fields import BOOL, LAYER, LEVEL, TEXT, Fields, Kind, choice, integer
from .._base.versions import VERSION_TEXT
from .._decision.limitations import LIMITATIONS
from .._decision.rules import templates
from .._drain.document import DRAIN_KEYS
from .._drain.moves import ARGUMENTS, LIMIT, MOVE
from .._drain.plan import ALTERNATIVE, LEG, PLAN, STAY
from .._forecast.forecast import FORECAST, ROUND
from .._forecast.kinds import COUNT, POSITIVE, RATE
from .._forecast.workload import NETWORK_KEYS, PERIOD, RATES_KEYS, WORKLOAD, WORKLOAD_KEYS
from .._forecast.writers import WRITER, WRITER_KEYS, WRITERS_MAX
from .._lint.findings import ROWS, SEVERITIES
from .._many.survey import Bad, Blocker, UpdatedHost
from .._model.builds import VERSION
from .._model.capabilities import PLAIN, STATED, WRAPPERS
from .._model.engine_config import ENGINE
from .._model.evidence import SAMPLE
from .._model.inputs import CLUSTER, HOST, VIRTUAL_MACHINE
from .._model.links import DEVICE_KEYS, SECTIONS
from .._model.notice import Severity
from .._model.parameters import CONNECTIONS, PARAMETER_KEYS, PARAMETERS
from .._model.policy import ENTRY_KEYS, LEGACY_ID, POLICY
from .._model.scenario_json import (
    CLUSTER_KEYS,
    DEFAULTS_KEYS,
    HOST_KEYS,
    VDSM_KEYS,
    VERSION_KEYS,
    VM_KEYS,
    ZEROCOPY_KEYS,
)
from .._model.schedule import DOWNTIME_MAX, DOWNTIME_PATTERN, ENTRY
from .._model.vdsm import VDSM
from ..adapters.libvirt import Flag

__all__ = ["SCHEMAS"]

Schema = Dict[str, Any]

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NULL = {"type": "null"}
_SOME = {"not": _NULL}


def _object(properties: Mapping[str, Any], *required: str) -> Schema:
    """An object with these keys and no others."""
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
    """The schemas of fields, by key; fields without a schema are left out."""
    found = {key: fields.kinds[name].schema for key, name in keys.items()}
    return {key: dict(schema) for key, schema in found.items() if schema}


def _definition(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _document(title: str, schema: Mapping[str, Any], *definitions: str) -> Schema:
    """A complete schema, with the definitions that it refers to."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **schema,
    }
    if definitions:
        made["$defs"] = {name: _DEFINITIONS[name]() for name in definitions}
    return made


def _by_word(key: str, cases: Mapping[str, Mapping[str, Any]], others: Mapping[str, Any]) -> Schema:
    """An object with *others*, and a word of *cases* under *key* that determines other values."""
    varying = [key, *next(iter(cases.values()))]
    properties: Schema = {**others, **{name: {} for name in varying}}
    return {
        **_object(properties, *properties),
        "anyOf": [
            {"properties": {key: {"const": word}, **values}} for word, values in cases.items()
        ],
    }


_DOWNTIME = {"type": "string", "pattern": f"^{DOWNTIME_PATTERN}$"}
_NO_PARAMS = {"type": "array", "maxItems": 0}


def _one(schema: Mapping[str, Any]) -> Schema:
    return {**_array(schema), "minItems": 1, "maxItems": 1}


def _action(*names: str) -> Schema:
    """An action of a policy as read: ``setDowntime``, or one of *names*."""
    number = {"type": "integer", "minimum": 1, "maximum": DOWNTIME_MAX}
    params = _one({"anyOf": [_DOWNTIME, number]})
    none = _or_null(_NO_PARAMS)
    return {
        "anyOf": [
            _object({"action": {"const": "setDowntime"}, "params": params}, "action", "params"),
            *(_object({"action": {"const": name}, "params": none}, "action") for name in names),
        ]
    }


def _done(**others: Mapping[str, Any]) -> Schema:
    """An action of a schedule as written, with the keys *others*."""
    params = {"setDowntime": _one(_DOWNTIME), "postcopy": _NO_PARAMS, "abort": _NO_PARAMS}
    return _by_word("name", {name: {"params": each} for name, each in params.items()}, others)


def _schedule() -> Schema:
    entry = {"limit": ENTRY.kinds["limit"].schema, "action": _done()}
    parts = {"init": _array(_done()), "stalling": _array(_object(entry, *entry))}
    return _object(parts, *parts)


def _policy() -> Schema:
    identity = {"type": "string", "pattern": f"^{_UUID}$", "not": {"const": LEGACY_ID}}
    item = _object(
        {
            "stallingLimit": _or_null(ENTRY.kinds["limit"].schema),
            "convergenceItem": _action("postcopy", "abort"),
        },
        "convergenceItem",
    )
    config = _nullable(
        {
            "initialItems": _array(_action()),
            "convergenceItems": _array(item),
            "lastItems": _array(_action("postcopy", "abort")),
        }
    )
    needed = {"id", "maxMigrations", "config"}
    others = {key: name for key, name in ENTRY_KEYS.items() if key not in needed}
    return _object(
        {
            "id": {"anyOf": [identity, _object({"uuid": identity}, "uuid")]},
            "maxMigrations": POLICY.kinds["max_migrations"].schema,
            "config": config,
            **{key: _or_null(schema) for key, schema in _of(POLICY, others).items()},
        },
        "id",
        "maxMigrations",
        "config",
    )


def _capabilities() -> Schema:
    """Vdsm's ``getCaps`` answer, bare or wrapped."""
    package = {
        "type": "object",
        "properties": {
            "version": {**TEXT.schema, "pattern": f"^{VERSION.pattern}"},
            "release": TEXT.schema,
        },
        "required": ["version"],
    }
    packages = dict.fromkeys(("vdsm", "libvirt", "qemu-kvm"), _or_null(package))
    device = {
        "type": "object",
        "properties": {
            # Lists of names have no schema of their own.
            key: _or_null(kind.schema or _array(TEXT.schema))
            for key, kind in DEVICE_KEYS.items()
        },
    }
    devices = _or_null({"type": "object", "additionalProperties": device})
    answer = {
        "type": "object",
        "properties": {
            **{key: _or_null(kind.schema) for key, kind in PLAIN.items()},
            "packages2": _or_null({"type": "object", "properties": packages}),
            **dict.fromkeys(SECTIONS, devices),
        },
        "anyOf": [{"properties": {key: _SOME}, "required": [key]} for key in STATED],
    }
    absent: Schema = dict.fromkeys(STATED, _NULL)
    wrapped: List[Schema] = []
    for key in WRAPPERS:
        wrapped.append({"type": "object", "properties": {**absent, key: answer}, "required": [key]})
        absent = {**absent, key: _NULL}
    return {"anyOf": [answer, *wrapped]}


def _host() -> Schema:
    version = {**TEXT.schema, "pattern": f"^{VERSION_TEXT.pattern}$"}
    host = _nullable(
        {
            "zerocopy": {"anyOf": [BOOL.schema, _nullable(_of(HOST, ZEROCOPY_KEYS))]},
            "vdsmCapabilities": _capabilities(),
            "versions": _nullable(dict.fromkeys(VERSION_KEYS, version)),
            "vdsm": _nullable(_of(VDSM, VDSM_KEYS)),
            **_of(HOST, HOST_KEYS),
            "name": TEXT.schema,
        }
    )
    both = {"zerocopy": _SOME, "vdsmCapabilities": _SOME}
    host["not"] = {"properties": both, "required": list(both)}
    return host


# Definitions that schemas refer to.
_DEFINITIONS: Mapping[str, Callable[[], Schema]] = {
    "policy": _policy,
    "schedule": _schedule,
    "host": _host,
    "forecast": lambda: _forecast_parts(),
    "option": lambda: _option(),
}


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
        "name": TEXT.schema,
    }
    return _nullable(parts)


def _scenario() -> Schema:
    title = "A scenario: the input of a decision"
    return _document(title, _scenario_parts(), "policy", "host")


_SOME = {"not": _NULL}


def _idle(rate: str, size: str) -> Schema:
    """The constraint that a working set of size 0 is not written to."""
    none = {"type": "array", "items": {"prefixItems": [{}, {"const": 0}]}}
    writes = {size: {"anyOf": [_NULL, {"minimum": 1}]}}
    nothing = {rate: {"anyOf": [{"const": 0}, none]}}
    return {"anyOf": [{"properties": writes}, {"properties": nothing}]}


def _writer() -> Schema:
    parts = _of(WRITER, WRITER_KEYS)
    writer = _object({**parts, "order": _or_null(parts["order"])}, "mibS", "setMiB")
    some = {"setMiB": {"exclusiveMinimum": 0}}
    nothing = _idle("mibS", "setMiB")["anyOf"][1]
    return {**writer, "anyOf": [{"properties": some}, nothing]}


def _workload() -> Schema:
    """A workload: one random writer, writers, dirty rates, or only the network."""
    rates = dict(zip(RATES_KEYS, (PERIOD.schema, RATE.schema)))
    guest = {
        **_of(WORKLOAD, {"dirtyMiBs": "dirty_mib_s", "workingSetMiB": "working_set_mib"}),
        "writers": {**_array(_writer()), "minItems": 1, "maxItems": WRITERS_MAX},
        "dirtyRates": {**_array(_object(rates, *rates)), "minItems": 1},
    }
    assert [*guest, *NETWORK_KEYS] == [*WORKLOAD_KEYS]
    made = _nullable({**guest, **_of(WORKLOAD, NETWORK_KEYS)})

    def of(*names: str, may: str = "") -> Schema:
        none = {key: _NULL for key in guest if key not in (*names, may)}
        return {"properties": {**none, **dict.fromkeys(names, _SOME)}, "required": [*names]}

    ways = [of("dirtyMiBs", "workingSetMiB"), of("writers"), of("dirtyRates", may="workingSetMiB")]
    return {**made, "anyOf": [*ways, of()], "allOf": [_idle("dirtyMiBs", "workingSetMiB")]}


def _sample() -> Schema:
    return _object(
        {
            key: kind.schema if None.__class__ not in kind.types else _or_null(kind.schema)
            for key, kind in ((key, SAMPLE.kinds[name]) for key, name in SAMPLE.json_keys().items())
        },
        "atMs",
    )


def _asked(others: Mapping[str, Any], *required: str) -> Schema:
    """A scenario with a workload or an observed migration, and the keys *others*."""
    samples = {**_array(_sample()), "minItems": 1}
    parts = {
        **others,
        "scenario": _or_null(_scenario_parts()),
        "workload": _or_null(_workload()),
        "migration": _or_null(_object({"samples": samples}, "samples")),
    }
    # Without a migration the workload has to describe the guest.
    guest = [key for key in WORKLOAD_KEYS if key not in NETWORK_KEYS and key != "workingSetMiB"]
    told = {"anyOf": [{"properties": {key: _SOME}, "required": [key]} for key in guest]}
    alone = {
        "properties": {
            "workload": {"type": "object", **told},
            "migration": _NULL,
            "since": {"enum": [None, False]},
        },
        "required": ["workload"],
    }
    shown = {"properties": {"migration": _SOME}, "required": ["migration"]}
    return {**_object(parts, *required), "anyOf": [alone, shown]}


def _simulation() -> Schema:
    title = "What to simulate: a scenario with a workload or an observed migration"
    return _document(title, _asked({"since": _or_null(BOOL.schema)}), "policy", "host")


def _drain() -> Schema:
    name = MOVE.kinds["name"].schema
    parts = {
        "moves": _array(_asked({"name": name}, "name")),
        **{
            key: _or_null(ARGUMENTS.kinds[name].schema)
            for key, name in DRAIN_KEYS.items()
            if name in ARGUMENTS.kinds
        },
        "incoming": _or_null({"type": "object", "additionalProperties": dict(LIMIT.schema)}),
    }
    assert [*parts] == [*DRAIN_KEYS]
    title = "A drain: the VMs to move off a host, and known facts about the hosts"
    return _document(title, _object(parts, "moves"), "policy", "host")


def _named(schema: Schema) -> Schema:
    """The same schema, with the names of the scenario and its hosts."""
    host = _object({"name": TEXT.schema}, "name")
    names = {"name": TEXT.schema, "source": host, "destination": host}
    return {**schema, "properties": {**names, **schema["properties"]}}


def _written(fields: Fields, **others: Mapping[str, Any]) -> Schema:
    """An object of all these fields; *others* has schemas for fields whose kinds have none."""
    parts = {
        key: dict(others.get(name) or fields.kinds[name].schema)
        for key, name in fields.json_keys().items()
    }
    return _object(parts, *parts)


def _forecast_parts() -> Schema:
    count = ROUND.kinds["end_ms"].schema
    actions = _array(_done(atMs=count))
    each = _written(ROUND, actions=actions)
    rounds = {**_array(each), "minItems": 1}
    return _written(FORECAST, rounds=rounds)


def _forecast() -> Schema:
    return _document("A forecast of a migration", _named(_forecast_parts()))


def _plan() -> Schema:
    forecast = _definition("forecast")
    or_null = {
        name: _or_null(fields.kinds[name].schema)
        for fields in (LEG, PLAN)
        for name in ("destination", "end_ms", "total_ms", "link_mbps")
        if name in fields.kinds
    }
    change = {**{key: {} for key in CHANGE_KEYS}, "path": TEXT.schema, "reason": TEXT.schema}
    option = {"changes": _array(_object(change, *change)), "plan": {"$ref": "#"}}
    parts = {
        "stays": _array(_written(STAY, forecast=forecast)),
        "legs": _array(_written(LEG, forecast=forecast, **or_null)),
        "alternatives": _array(_written(ALTERNATIVE, **or_null)),
        "options": {**_array(_object(option, *option)), "maxItems": OPTIONS_MAX},
    }
    return _document(
        "A plan: which VMs leave a host, and when", _written(PLAN, **or_null, **parts), "forecast"
    )


def _goal() -> Schema:
    title = "A goal: how long a migration may take, and what it may cost the guest"
    return _document(title, _nullable(_of(GOAL, GOAL_KEYS)))


def _option() -> Schema:
    """An option of an advice: its changes, the changed scenario, and the forecast."""
    value = {"anyOf": [_NULL, BOOL.schema, COUNT.schema, TEXT.schema, _definition("schedule")]}
    change = {"path": TEXT.schema, "before": value, "after": value, "reason": TEXT.schema}
    assert [*change] == [*CHANGE_KEYS]
    parts = {
        "changes": _array(_object(change, *change)),
        "scenario": _scenario_parts(),
        "forecast": _definition("forecast"),
    }
    return _written(OPTION, **parts)


_OF_OPTIONS = ("policy", "schedule", "host", "forecast", "option")


def _options(most: int = 0) -> Schema:
    made = _array(_definition("option"))
    return {**made, "maxItems": most} if most else made


def _ranking() -> Schema:
    title = "Policies side by side, gentlest first"
    return _document(title, _options(), *_OF_OPTIONS)


def _advice() -> Schema:
    parts = {
        "met": BOOL.schema,
        "options": _options(OPTIONS_MAX),
        "limit": _or_null(TEXT.schema),
    }
    title = "Advice: changes that make a migration meet a goal"
    return _document(title, _object(parts, *parts), *_OF_OPTIONS)


def _diagnosis() -> Schema:
    parts = {
        **{key: DIAGNOSIS.kinds[key].schema for key in ("outcome", "cause", "message")},
        "workload": _or_null(_workload()),
        "forecast": _or_null(_definition("forecast")),
        "options": _options(OPTIONS_MAX),
    }
    title = "A diagnosis: what happened to a migration, why, and what would have helped"
    return _document(title, _object(parts, *parts), *_OF_OPTIONS)


def _survey() -> Schema:
    count = COUNT.schema
    name = _or_null(TEXT.schema)
    # A site's own limitation may have any code, and no remedy.
    blocker = {"code": TEXT.schema, "vms": count, "alone": count, "remedy": name}
    host = {"name": name, "vms": count, "alone": count}
    combination = {"blockers": _array(TEXT.schema), "vms": count}
    bad = {
        "path": name,
        "lines": POSITIVE.schema,
        "message": TEXT.schema,
        "names": {**_array(TEXT.schema), "minItems": 1},
    }
    assert ([*blocker], [*host], [*bad]) == (
        [*Blocker._fields],
        [*UpdatedHost._fields],
        [*Bad._fields],
    )
    parts = {
        **dict.fromkeys(("answers", "zerocopy", "badLines"), count),
        "best": name,
        "blockers": _array(_object(blocker, *blocker)),
        "hosts": _array(_object(host, *host)),
        "combinations": _array(_object(combination, *combination)),
        "bad": _array(_object(bad, *bad)),
    }
    return _document("What many answers have in common", _object(parts, *parts))


def _findings() -> Schema:
    finding = {
        **dict.fromkeys(("path", "message", "remedy"), TEXT.schema),
        "code": choice(*[row.code for row in ROWS]).schema,
        "severity": choice(*SEVERITIES).schema,
    }
    return _document("Findings of lint", _array(_object(finding, *finding)))


def _values() -> Dict[str, Schema]:
    """The schemas of the parameters' values, by key, without null."""
    found = {key: PARAMETERS.kinds[name].schema for key, name in PARAMETER_KEYS.items()}
    return {key: dict(schema or _definition("schedule")) for key, schema in found.items()}


def _parameters() -> Dict[str, Schema]:
    """The same with null, where null is a value."""
    kinds = {key: PARAMETERS.kinds[name] for key, name in PARAMETER_KEYS.items()}
    return {
        key: _or_null(schema) if type(None) in kinds[key].types else schema
        for key, schema in _values().items()
    }


def _blockers() -> Schema:
    return _array(choice(*[row.code for row in LIMITATIONS]).schema)


def _differences() -> Schema:
    values = {**_parameters(), "blockers": _blockers()}
    difference = _by_word(
        "parameter",
        {key: {"a": schema, "b": schema} for key, schema in values.items()},
        dict.fromkeys(("reasonA", "reasonB"), TEXT.schema),
    )
    return _document("The differences of two decisions", _array(difference), "schedule")


def _policies() -> Schema:
    return _document("Engine's MigrationPolicies", _array(_definition("policy")), "policy")


def _answer() -> Schema:
    parameters = _parameters()
    effective = {**parameters, "policy": TEXT.schema}
    # Requested values are settings, not all of them parameters; less than 1 MiB/s is 0.
    requested = {
        **_values(),
        "policy": TEXT.schema,
        "parallel": CLUSTER.kinds["parallel"].schema,
        "maxBandwidth": integer(0).schema,
        "schedule": parameters["schedule"],
    }
    # A limitation's notice is about zero-copy.
    fields = {"zerocopy", *(field for field, _ in templates())}
    codes = [row.code for row in LIMITATIONS] + sorted(
        {template.code for _, template in templates()}
    )
    notice = _by_word(
        "field",
        {
            key: {"requested": requested[key], "effective": schema}
            for key, schema in effective.items()
            if PARAMETER_KEYS.get(key, key) in fields
        },
        {
            "code": choice(*dict.fromkeys(codes)).schema,
            "severity": choice(*get_args(Severity)).schema,
            "layer": LAYER.schema,
            "message": TEXT.schema,
            "remedy": _or_null(TEXT.schema),
            "source": TEXT.schema,
        },
    )
    words = choice("true", "false").schema
    migrate: Dict[str, Kind] = {
        "enableGuestEvents": BOOL,
        "incomingLimit": integer(1),
        "outgoingLimit": integer(1),
        "encrypted": BOOL,
        "parallel": CONNECTIONS,
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
            "downtime": _DOWNTIME,
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
            {"bandwidth": integer(1).schema, "parallel.connections": CONNECTIONS.schema}
        ),
    }
    parts = {
        "parameters": _object(parameters, *parameters),
        "blockers": _blockers(),
        "notices": _array(notice),
        "reasons": _object(dict.fromkeys(PARAMETER_KEYS, TEXT.schema), *PARAMETER_KEYS),
        "vmMigrate": request,
        "libvirt": _object(call, *call),
    }
    title = "An answer: a decision, and the requests that Engine and Vdsm make of it"
    return _document(title, _named(_object(parts, *parts)), "schedule")


# The schemas of `zcpolicy schema NAME`.
SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "scenario": _scenario,
    "answer": _answer,
    "policies": _policies,
    "findings": _findings,
    "differences": _differences,
    "simulation": _simulation,
    "forecast": _forecast,
    "drain": _drain,
    "plan": _plan,
    "goal": _goal,
    "ranking": _ranking,
    "advice": _advice,
    "diagnosis": _diagnosis,
    "survey": _survey,
}
