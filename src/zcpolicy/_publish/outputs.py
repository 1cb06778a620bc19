"""JSON Schemas of what the command writes."""

from typing import Dict, get_args

from .._advice.choice import OPTIONS_MAX
from .._advice.diagnosis import DIAGNOSIS
from .._advice.option import CHANGE_KEYS, OPTION
from .._base.fields import BOOL, LAYER, TEXT, Kind, choice, integer
from .._decision.limitations import LIMITATIONS
from .._decision.rules import templates
from .._drain.plan import ALTERNATIVE, LEG, PLAN, STAY
from .._forecast.forecast import FORECAST, ROUND
from .._forecast.kinds import COUNT, POSITIVE
from .._lint.finding import SEVERITIES
from .._lint.findings import ROWS
from .._many.survey import Bad, Blocker, UpdatedHost
from .._model.inputs import CLUSTER
from .._model.notice import Severity
from .._model.parameters import CONNECTIONS, PARAMETER_KEYS, PARAMETERS
from ..adapters.libvirt import Flag
from .inputs import scenario_parts, workload
from .shapes import (
    DOWNTIME,
    NULL,
    Schema,
    array,
    by_word,
    definition,
    document,
    done,
    named,
    or_null,
    record,
    written,
)

__all__ = [
    "advice",
    "answer",
    "diagnosis",
    "differences",
    "findings",
    "forecast",
    "forecast_parts",
    "option",
    "plan",
    "ranking",
    "survey",
]


def forecast_parts() -> Schema:
    count = ROUND.kinds["end_ms"].schema
    actions = array(done(atMs=count))
    each = written(ROUND, actions=actions)
    rounds = {**array(each), "minItems": 1}
    return written(FORECAST, rounds=rounds)


def forecast() -> Schema:
    return document("A forecast of a migration", named(forecast_parts()))


def plan() -> Schema:
    of_vm = definition("forecast")
    may_be_null = {
        name: or_null(fields.kinds[name].schema)
        for fields in (LEG, PLAN)
        for name in ("destination", "end_ms", "total_ms", "link_mbps")
        if name in fields.kinds
    }
    change = {**{key: {} for key in CHANGE_KEYS}, "path": TEXT.schema, "reason": TEXT.schema}
    option = {"changes": array(record(change, *change)), "plan": {"$ref": "#"}}
    parts = {
        "stays": array(written(STAY, forecast=of_vm)),
        "legs": array(written(LEG, forecast=of_vm, **may_be_null)),
        "alternatives": array(written(ALTERNATIVE, **may_be_null)),
        "options": {**array(record(option, *option)), "maxItems": OPTIONS_MAX},
    }
    return document(
        "A plan: which VMs leave a host, and when", written(PLAN, **may_be_null, **parts)
    )


def option() -> Schema:
    """An option of an advice: its changes, the changed scenario, and the forecast."""
    value = {"anyOf": [NULL, BOOL.schema, COUNT.schema, TEXT.schema, definition("schedule")]}
    change = {"path": TEXT.schema, "before": value, "after": value, "reason": TEXT.schema}
    assert [*change] == [*CHANGE_KEYS]
    parts = {
        "changes": array(record(change, *change)),
        "scenario": scenario_parts(),
        "forecast": definition("forecast"),
    }
    return written(OPTION, **parts)


def _options(most: int = 0) -> Schema:
    made = array(definition("option"))
    return {**made, "maxItems": most} if most else made


def ranking() -> Schema:
    title = "Policies side by side, gentlest first"
    return document(title, _options())


def advice() -> Schema:
    parts = {
        "met": BOOL.schema,
        "options": _options(OPTIONS_MAX),
        "limit": or_null(TEXT.schema),
    }
    title = "Advice: changes that make a migration meet a goal"
    return document(title, record(parts, *parts))


def diagnosis() -> Schema:
    parts = {
        **{key: DIAGNOSIS.kinds[key].schema for key in ("outcome", "cause", "message")},
        "workload": or_null(workload()),
        "forecast": or_null(definition("forecast")),
        "options": _options(OPTIONS_MAX),
    }
    title = "A diagnosis: what happened to a migration, why, and what would have helped"
    return document(title, record(parts, *parts))


def survey() -> Schema:
    count = COUNT.schema
    name = or_null(TEXT.schema)
    # A site's own limitation may have any code, and no remedy.
    blocker = {"code": TEXT.schema, "vms": count, "alone": count, "remedy": name}
    host = {"name": name, "vms": count, "alone": count}
    combination = {"blockers": array(TEXT.schema), "vms": count}
    bad = {
        "path": name,
        "lines": POSITIVE.schema,
        "message": TEXT.schema,
        "names": {**array(TEXT.schema), "minItems": 1},
    }
    assert ([*blocker], [*host], [*bad]) == (
        [*Blocker._fields],
        [*UpdatedHost._fields],
        [*Bad._fields],
    )
    parts = {
        **dict.fromkeys(("answers", "zerocopy", "badLines"), count),
        "best": name,
        "blockers": array(record(blocker, *blocker)),
        "hosts": array(record(host, *host)),
        "combinations": array(record(combination, *combination)),
        "bad": array(record(bad, *bad)),
    }
    return document("What many answers have in common", record(parts, *parts))


def findings() -> Schema:
    finding = {
        **dict.fromkeys(("path", "message", "remedy"), TEXT.schema),
        "code": choice(*[row.code for row in ROWS]).schema,
        "severity": choice(*SEVERITIES).schema,
    }
    return document("Findings of lint", array(record(finding, *finding)))


def _values() -> Dict[str, Schema]:
    """The schemas of the parameters' values, by key, without null."""
    found = {key: PARAMETERS.kinds[name].schema for key, name in PARAMETER_KEYS.items()}
    return {key: dict(schema or definition("schedule")) for key, schema in found.items()}


def _parameters() -> Dict[str, Schema]:
    """The same with null, where null is a value."""
    kinds = {key: PARAMETERS.kinds[name] for key, name in PARAMETER_KEYS.items()}
    return {
        key: or_null(schema) if type(None) in kinds[key].types else schema
        for key, schema in _values().items()
    }


def _blockers() -> Schema:
    return array(choice(*[row.code for row in LIMITATIONS]).schema)


def differences() -> Schema:
    values = {**_parameters(), "blockers": _blockers()}
    difference = by_word(
        "parameter",
        {key: {"a": schema, "b": schema} for key, schema in values.items()},
        dict.fromkeys(("reasonA", "reasonB"), TEXT.schema),
    )
    return document("The differences of two decisions", array(difference))


def answer() -> Schema:
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
    notice = by_word(
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
            "remedy": or_null(TEXT.schema),
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
    request = record(
        {
            "method": {"const": "online"},
            "abortOnError": {"const": "true"},
            "tunneled": words,
            "compressed": words,
            "autoConverge": words,
            "zerocopy": {"const": True},
            "downtime": DOWNTIME,
            "convergenceSchedule": definition("schedule"),
            **{key: dict(kind.schema) for key, kind in migrate.items()},
        },
        *("method", "abortOnError", "tunneled", "compressed", "autoConverge"),
        *(key for key in migrate if key not in optionals),
    )
    call = {
        "flags": integer(0).schema,
        "flagNames": array({"enum": [flag.name for flag in Flag]}),
        "params": record(
            {"bandwidth": integer(1).schema, "parallel.connections": CONNECTIONS.schema}
        ),
    }
    parts = {
        "parameters": record(parameters, *parameters),
        "blockers": _blockers(),
        "notices": array(notice),
        "reasons": record(dict.fromkeys(PARAMETER_KEYS, TEXT.schema), *PARAMETER_KEYS),
        "vmMigrate": request,
        "libvirt": record(call, *call),
    }
    title = "An answer: a decision, and the requests that Engine and Vdsm make of it"
    return document(title, named(record(parts, *parts)))
