"""Building blocks of the schemas: objects, arrays, nullable values."""

from typing import Any, Dict, Mapping

from .._base.fields import TEXT, Fields
from .._model.schedule import DOWNTIME_MAX, DOWNTIME_PATTERN

__all__ = [
    "DOWNTIME",
    "NULL",
    "SOME",
    "Schema",
    "action",
    "array",
    "by_word",
    "definition",
    "document",
    "done",
    "fields_of",
    "named",
    "nullable",
    "or_null",
    "record",
    "written",
]

Schema = Dict[str, Any]
NULL = {"type": "null"}
SOME = {"not": NULL}


def record(properties: Mapping[str, Any], *required: str) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def array(items: Mapping[str, Any]) -> Schema:
    return {"type": "array", "items": dict(items)}


def or_null(schema: Mapping[str, Any]) -> Schema:
    return {"anyOf": [dict(schema), NULL]}


def nullable(properties: Mapping[str, Any]) -> Schema:
    """An object whose keys may all be missing or null."""
    return record({key: or_null(schema) for key, schema in properties.items()})


def fields_of(fields: Fields, keys: Mapping[str, str]) -> Dict[str, Any]:
    """The schemas of fields, by key; fields without a schema are left out."""
    found = {key: fields.kinds[name].schema for key, name in keys.items()}
    return {key: dict(schema) for key, schema in found.items() if schema}


def definition(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def document(title: str, schema: Mapping[str, Any]) -> Schema:
    """A schema of its own; the definitions that it refers to are added in ``schema``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **schema,
    }


def by_word(key: str, cases: Mapping[str, Mapping[str, Any]], others: Mapping[str, Any]) -> Schema:
    """An object with *others*, and a word of *cases* under *key* that determines other values."""
    varying = [key, *next(iter(cases.values()))]
    properties: Schema = {**others, **{name: {} for name in varying}}
    return {
        **record(properties, *properties),
        "anyOf": [
            {"properties": {key: {"const": word}, **values}} for word, values in cases.items()
        ],
    }


DOWNTIME = {"type": "string", "pattern": f"^{DOWNTIME_PATTERN}$"}
NO_PARAMS = {"type": "array", "maxItems": 0}


def one(schema: Mapping[str, Any]) -> Schema:
    return {**array(schema), "minItems": 1, "maxItems": 1}


def action(*names: str) -> Schema:
    """An action of a policy as read: ``setDowntime``, or one of *names*."""
    number = {"type": "integer", "minimum": 1, "maximum": DOWNTIME_MAX}
    params = one({"anyOf": [DOWNTIME, number]})
    none = or_null(NO_PARAMS)
    return {
        "anyOf": [
            record({"action": {"const": "setDowntime"}, "params": params}, "action", "params"),
            *(record({"action": {"const": name}, "params": none}, "action") for name in names),
        ]
    }


def done(**others: Mapping[str, Any]) -> Schema:
    """An action of a schedule as written, with the keys *others*."""
    params = {"setDowntime": one(DOWNTIME), "postcopy": NO_PARAMS, "abort": NO_PARAMS}
    return by_word("name", {name: {"params": each} for name, each in params.items()}, others)


def named(schema: Schema) -> Schema:
    """The same schema, with the names of the scenario and its hosts."""
    host = record({"name": TEXT.schema}, "name")
    names = {"name": TEXT.schema, "source": host, "destination": host}
    return {**schema, "properties": {**names, **schema["properties"]}}


def written(fields: Fields, **others: Mapping[str, Any]) -> Schema:
    """An object of all these fields; *others* has schemas for fields whose kinds have none."""
    parts = {
        key: dict(others.get(name) or fields.kinds[name].schema)
        for key, name in fields.json_keys().items()
    }
    return record(parts, *parts)
