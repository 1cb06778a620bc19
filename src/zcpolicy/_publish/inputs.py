"""JSON Schemas of what the command reads."""

from typing import Any, List, Mapping

from .._advice.goal import GOAL, GOAL_KEYS
from .._base.fields import BOOL, LEVEL, TEXT
from .._base.versions import VERSION_TEXT
from .._drain.document import DRAIN_KEYS
from .._drain.moves import ARGUMENTS, LIMIT, MOVE
from .._forecast.kinds import RATE
from .._forecast.workload import NETWORK_KEYS, PERIOD, RATES_KEYS, WORKLOAD, WORKLOAD_KEYS
from .._forecast.writers import WRITER, WRITER_KEYS, WRITERS_MAX
from .._model.builds import VERSION
from .._model.capabilities import PLAIN, STATED, WRAPPERS
from .._model.engine_config import ENGINE
from .._model.evidence import SAMPLE
from .._model.inputs import CLUSTER, HOST, VM_FIELDS
from .._model.links import DEVICE_KEYS, SECTIONS
from .._model.policy import LEGACY_ID, POLICY
from .._model.policy_json import ENTRY_KEYS
from .._model.scenario_json import (
    CLUSTER_KEYS,
    DEFAULTS_KEYS,
    HOST_KEYS,
    VDSM_KEYS,
    VERSION_KEYS,
    VM_KEYS,
    ZEROCOPY_KEYS,
)
from .._model.schedule import ENTRY
from .._model.vdsm import VDSM
from .shapes import (
    NULL,
    SOME,
    Schema,
    action,
    array,
    definition,
    document,
    done,
    fields_of,
    nullable,
    or_null,
    record,
)

__all__ = [
    "asked",
    "capabilities",
    "drain",
    "goal",
    "host",
    "policies",
    "policy",
    "scenario",
    "scenario_parts",
    "schedule",
    "simulation",
    "workload",
]

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


def schedule() -> Schema:
    entry = {"limit": ENTRY.kinds["limit"].schema, "action": done()}
    parts = {"init": array(done()), "stalling": array(record(entry, *entry))}
    return record(parts, *parts)


def policy() -> Schema:
    identity = {"type": "string", "pattern": f"^{_UUID}$", "not": {"const": LEGACY_ID}}
    item = record(
        {
            "stallingLimit": or_null(ENTRY.kinds["limit"].schema),
            "convergenceItem": action("postcopy", "abort"),
        },
        "convergenceItem",
    )
    config = nullable(
        {
            "initialItems": array(action()),
            "convergenceItems": array(item),
            "lastItems": array(action("postcopy", "abort")),
        }
    )
    needed = {"id", "maxMigrations", "config"}
    others = {key: name for key, name in ENTRY_KEYS.items() if key not in needed}
    return record(
        {
            "id": {"anyOf": [identity, record({"uuid": identity}, "uuid")]},
            "maxMigrations": POLICY.kinds["max_migrations"].schema,
            "config": config,
            **{key: or_null(schema) for key, schema in fields_of(POLICY, others).items()},
        },
        "id",
        "maxMigrations",
        "config",
    )


def capabilities() -> Schema:
    """Vdsm's ``getCaps`` answer, bare or wrapped."""
    package = {
        "type": "object",
        "properties": {
            "version": {**TEXT.schema, "pattern": f"^{VERSION.pattern}"},
            "release": TEXT.schema,
        },
        "required": ["version"],
    }
    packages = dict.fromkeys(("vdsm", "libvirt", "qemu-kvm"), or_null(package))
    device = {
        "type": "object",
        "properties": {
            # Lists of names have no schema of their own.
            key: or_null(kind.schema or array(TEXT.schema))
            for key, kind in DEVICE_KEYS.items()
        },
    }
    devices = or_null({"type": "object", "additionalProperties": device})
    answer = {
        "type": "object",
        "properties": {
            **{key: or_null(kind.schema) for key, kind in PLAIN.items()},
            "packages2": or_null({"type": "object", "properties": packages}),
            **dict.fromkeys(SECTIONS, devices),
        },
        "anyOf": [{"properties": {key: SOME}, "required": [key]} for key in STATED],
    }
    absent: Schema = dict.fromkeys(STATED, NULL)
    wrapped: List[Schema] = []
    for key in WRAPPERS:
        wrapped.append({"type": "object", "properties": {**absent, key: answer}, "required": [key]})
        absent = {**absent, key: NULL}
    return {"anyOf": [answer, *wrapped]}


def host() -> Schema:
    version = {**TEXT.schema, "pattern": f"^{VERSION_TEXT.pattern}$"}
    host = nullable(
        {
            "zerocopy": {"anyOf": [BOOL.schema, nullable(fields_of(HOST, ZEROCOPY_KEYS))]},
            "vdsmCapabilities": capabilities(),
            "versions": nullable(dict.fromkeys(VERSION_KEYS, version)),
            "vdsm": nullable(fields_of(VDSM, VDSM_KEYS)),
            **fields_of(HOST, HOST_KEYS),
            "name": TEXT.schema,
        }
    )
    both = {"zerocopy": SOME, "vdsmCapabilities": SOME}
    host["not"] = {"properties": both, "required": list(both)}
    return host


def scenario_parts() -> Schema:
    policy = {"anyOf": [TEXT.schema, definition("policy")]}
    levels = {
        "type": "object",
        "propertyNames": dict(LEVEL.schema),
        "additionalProperties": or_null(BOOL.schema),
    }
    engine = {
        "parallelSupported": levels,
        "defaults": nullable(fields_of(ENGINE, DEFAULTS_KEYS)),
        "policies": array(definition("policy")),
    }
    parts = {
        "cluster": nullable({**fields_of(CLUSTER, CLUSTER_KEYS), "policy": policy}),
        "vm": nullable({**fields_of(VM_FIELDS, VM_KEYS), "policy": policy}),
        "source": definition("host"),
        "destination": definition("host"),
        "engine": nullable(engine),
        "name": TEXT.schema,
    }
    return nullable(parts)


def scenario() -> Schema:
    title = "A scenario: the input of a decision"
    return document(title, scenario_parts())


def _idle(rate: str, size: str) -> Schema:
    """The constraint that a working set of size 0 is not written to."""
    none = {"type": "array", "items": {"prefixItems": [{}, {"const": 0}]}}
    writes = {size: {"anyOf": [NULL, {"minimum": 1}]}}
    nothing = {rate: {"anyOf": [{"const": 0}, none]}}
    return {"anyOf": [{"properties": writes}, {"properties": nothing}]}


def _writer() -> Schema:
    parts = fields_of(WRITER, WRITER_KEYS)
    writer = record({**parts, "order": or_null(parts["order"])}, "mibS", "setMiB")
    some = {"setMiB": {"exclusiveMinimum": 0}}
    nothing = _idle("mibS", "setMiB")["anyOf"][1]
    return {**writer, "anyOf": [{"properties": some}, nothing]}


def workload() -> Schema:
    """A workload: one random writer, writers, dirty rates, or only the network."""
    rates = dict(zip(RATES_KEYS, (PERIOD.schema, RATE.schema)))
    guest = {
        **fields_of(WORKLOAD, {"dirtyMiBs": "dirty_mib_s", "workingSetMiB": "working_set_mib"}),
        "writers": {**array(_writer()), "minItems": 1, "maxItems": WRITERS_MAX},
        "dirtyRates": {**array(record(rates, *rates)), "minItems": 1},
    }
    assert [*guest, *NETWORK_KEYS] == [*WORKLOAD_KEYS]
    made = nullable({**guest, **fields_of(WORKLOAD, NETWORK_KEYS)})

    def of(*names: str, may: str = "") -> Schema:
        none = {key: NULL for key in guest if key not in (*names, may)}
        return {"properties": {**none, **dict.fromkeys(names, SOME)}, "required": [*names]}

    ways = [of("dirtyMiBs", "workingSetMiB"), of("writers"), of("dirtyRates", may="workingSetMiB")]
    return {**made, "anyOf": [*ways, of()], "allOf": [_idle("dirtyMiBs", "workingSetMiB")]}


def _sample() -> Schema:
    return record(
        {
            key: kind.schema if None.__class__ not in kind.types else or_null(kind.schema)
            for key, kind in ((key, SAMPLE.kinds[name]) for key, name in SAMPLE.json_keys().items())
        },
        "atMs",
    )


def asked(others: Mapping[str, Any], *required: str) -> Schema:
    """A scenario with a workload or an observed migration, and the keys *others*."""
    samples = {**array(_sample()), "minItems": 1}
    parts = {
        **others,
        "scenario": or_null(scenario_parts()),
        "workload": or_null(workload()),
        "migration": or_null(record({"samples": samples}, "samples")),
    }
    # Without a migration the workload has to describe the guest.
    guest = [key for key in WORKLOAD_KEYS if key not in NETWORK_KEYS and key != "workingSetMiB"]
    told = {"anyOf": [{"properties": {key: SOME}, "required": [key]} for key in guest]}
    alone = {
        "properties": {
            "workload": {"type": "object", **told},
            "migration": NULL,
            "since": {"enum": [None, False]},
        },
        "required": ["workload"],
    }
    shown = {"properties": {"migration": SOME}, "required": ["migration"]}
    return {**record(parts, *required), "anyOf": [alone, shown]}


def simulation() -> Schema:
    title = "What to simulate: a scenario with a workload or an observed migration"
    return document(title, asked({"since": or_null(BOOL.schema)}))


def drain() -> Schema:
    name = MOVE.kinds["name"].schema
    parts = {
        "moves": array(asked({"name": name}, "name")),
        **{
            key: or_null(ARGUMENTS.kinds[name].schema)
            for key, name in DRAIN_KEYS.items()
            if name in ARGUMENTS.kinds
        },
        "incoming": or_null({"type": "object", "additionalProperties": dict(LIMIT.schema)}),
    }
    assert [*parts] == [*DRAIN_KEYS]
    title = "A drain: the VMs to move off a host, and known facts about the hosts"
    return document(title, record(parts, "moves"))


def goal() -> Schema:
    title = "A goal: how long a migration may take, and what it may cost the guest"
    return document(title, nullable(fields_of(GOAL, GOAL_KEYS)))


def policies() -> Schema:
    return document("Engine's MigrationPolicies", array(definition("policy")))
