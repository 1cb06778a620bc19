"""JSON Schemas (draft 2020-12) for the command's input and output.

They are built from the tables that the readers use, so both always agree.  Readers also refuse
faults that a schema cannot express: unknown levels and names, duplicate ids.
"""

import json
import re
from typing import Callable, Dict, Mapping

from . import inputs, outputs
from .shapes import Schema

__all__ = ["SCHEMAS"]

# Definitions that schemas refer to.
_DEFINITIONS: Mapping[str, Callable[[], Schema]] = {
    "policy": inputs.policy,
    "schedule": inputs.schedule,
    "host": inputs.host,
    "forecast": outputs.forecast_parts,
    "option": outputs.option,
}


def _complete(make: Callable[[], Schema]) -> Callable[[], Schema]:
    """Add the definitions that the schema refers to, directly or through others."""

    def made() -> Schema:
        schema = make()
        found: Dict[str, Schema] = {}
        pending = [schema]
        while pending:
            referred = re.findall(r'"#/\$defs/(\w+)"', json.dumps(pending.pop()))
            new = {name: _DEFINITIONS[name]() for name in referred if name not in found}
            found.update(new)
            pending += new.values()
        definitions = {name: found[name] for name in _DEFINITIONS if name in found}
        return {**schema, "$defs": definitions} if definitions else schema

    return made


# What `zcpolicy schema NAME` prints.
SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    name: _complete(make)
    for name, make in {
        "scenario": inputs.scenario,
        "answer": outputs.answer,
        "policies": inputs.policies,
        "findings": outputs.findings,
        "differences": outputs.differences,
        "simulation": inputs.simulation,
        "forecast": outputs.forecast,
        "drain": inputs.drain,
        "plan": outputs.plan,
        "goal": inputs.goal,
        "ranking": outputs.ranking,
        "advice": outputs.advice,
        "diagnosis": outputs.diagnosis,
        "survey": outputs.survey,
    }.items()
}
