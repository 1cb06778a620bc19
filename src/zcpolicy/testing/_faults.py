"""Hypothesis strategies for invalid scenarios: valid documents with one or more faults."""

import copy
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc

from .._base.fields import INT_MAX, Fields
from .._model.engine_config import ENGINE
from .._model.inputs import CLUSTER, HOST, VM_FIELDS
from .._model.scenario_json import (
    CLUSTER_KEYS,
    DEFAULTS_KEYS,
    HOST_KEYS,
    VDSM_KEYS,
    VERSION_KEYS,
    VM_KEYS,
    ZEROCOPY_KEYS,
)
from .._model.vdsm import VDSM
from ._documents import Document, scenario_documents
from ._values import plain_fields

__all__ = ["faulty_documents", "invalid_scenario_documents"]


def invalid_scenario_documents() -> SearchStrategy[Any]:
    """Invalid scenarios in JSON: valid ones with one or more faults, or values of other types."""
    return faulty_documents().map(lambda found: found[0])


def faulty_documents() -> SearchStrategy[Tuple[Any, List[str]]]:
    """Like `invalid_scenario_documents`, with the path of each fault or of its container."""
    which = st.integers(0, 999)
    one = st.tuples(st.tuples(st.sampled_from(_LONELY_FAULTS), which))
    several = st.lists(
        st.tuples(st.sampled_from(_FAULTS), which),
        min_size=1,
        max_size=4,
        unique_by=lambda fault: fault[0][0],
    )
    faulty = st.builds(_with_faults, scenario_documents(), one | several)
    none: SearchStrategy[Any] = st.sampled_from((None, True, 1, "{}", [], [{}]))
    return faulty | none.map(lambda value: (value, [""]))


# Where a fault is, and the invalid values for it.
_Fault = Tuple[Tuple[str, ...], Sequence[Any]]

_NO_BOOL: Sequence[Any] = (0, 1, 1.0, "true", "", [], {})
_NO_TEXT: Sequence[Any] = (True, 1, 1.5, [], {})
_NO_OBJECT: Sequence[Any] = (True, 0, "x", [], [{}])
_NO_LEVEL: Sequence[Any] = (4.7, 47, "", "4", "4.7.1", "04.7", "v4.7", "4.7 ", "4.x", [], True)
_NO_SETTING: Sequence[Any] = (0, 1, -1, 256, 2.0, True, "Auto", "custom", "2", [], {})
_NO_VERSION: Sequence[Any] = ("", "9.", "v9", "9.0-1", "1:9.0", "9.0.0.0.0", 9, 9.0, [9, 0], True)
_NO_BANDWIDTH: Sequence[Any] = (0, -1, INT_MAX + 1, True, 1.5, "Auto", "vdsm_config", [])


def _no_integer(low: int, high: int) -> Sequence[Any]:
    return (low - 1, high + 1, 10**30, True, 1.5, "1", [], {})


def _wrong(fields: Fields, keys: Mapping[str, str]) -> Dict[str, Sequence[Any]]:
    """For each key of a bool or an integer, its invalid values."""
    plain = plain_fields(fields)
    return {
        key: _NO_BOOL
        if bool in plain[name].types
        else _no_integer(plain[name].schema["minimum"], plain[name].schema["maximum"])
        for key, name in keys.items()
        if name in plain
    }


def _bad_entries() -> List[Document]:
    """Entries of ``MigrationPolicies``, each with one fault."""
    good = zc.policies.VERY_LARGE_VMS.to_json()
    changes: Tuple[Document, ...] = (
        *({"id": zc.policies.LEGACY.id}, {"id": "x"}, {"id": None}, {"id": {}}, {"id": 1}),
        *({"maxMigrations": 0}, {"maxMigrations": None}, {"maxMigrations": "1"}),
        *({"zerocopy": True}, {"zeroCopy": 1}, {"name": 1}, {"autoConvergence": "true"}),
        *({"config": None}, {"config": []}, {"config": {"items": []}}),
    )
    actions: Tuple[Document, ...] = (
        *({"action": "setDowntime"}, {"action": "setDowntime", "params": ["1", "2"]}),
        *({"action": "setDowntime", "params": [ms]} for ms in ("0", 2000001, "1.5", True, "")),
        *({"action": "abort", "params": ["1"]}, {"action": "setSpeed"}, {"params": []}, {}),
    )
    convergence: Tuple[Any, ...] = (
        *({"stallingLimit": 1}, {"convergenceItem": {"action": "abort"}, "stallingLimit": -2}),
        *({"convergenceItem": action} for action in actions),
    )
    lists: Tuple[Document, ...] = (
        *({"initialItems": [{"action": name}]} for name in ("abort", "postcopy")),
        *({"initialItems": [action]} for action in actions),
        *({"convergenceItems": [item]} for item in convergence),
        *({"lastItems": [action]} for action in actions),
    )
    return [{**good, **change} for change in (*changes, *({"config": items} for items in lists))]


_BAD_ENTRIES = _bad_entries()
_SETTINGS: Dict[str, Sequence[Any]] = {
    "level": _NO_LEVEL,
    "parallel": _NO_SETTING,
    "policy": (True, 1, 1.5, [], *_BAD_ENTRIES),
    # Keys that these parts do not have.
    "zerocopy": (True, "x"),
    "": (1,),
}
_CLUSTER = {**_wrong(CLUSTER, CLUSTER_KEYS), **_SETTINGS, "bandwidth": _NO_BANDWIDTH}
_VM = {**_wrong(VM_FIELDS, VM_KEYS), **_SETTINGS}
_DEFAULTS = {**_wrong(ENGINE, DEFAULTS_KEYS), "tunnelled": (True,)}
_TWINS = [zc.policies.POST_COPY.to_json()] * 2
# These can be combined freely, and all of them are reported.
_FAULTS: Sequence[_Fault] = (
    *((("cluster", key), wrong) for key, wrong in _CLUSTER.items()),
    *((("vm", key), wrong) for key, wrong in _VM.items()),
    *(
        ((host, *keys), wrong)
        for host in ("source", "destination")
        for keys, wrong in (
            *((("zerocopy", key), wrong) for key, wrong in _wrong(HOST, ZEROCOPY_KEYS).items()),
            (("zerocopy", "vdms"), (True,)),
            *(((key,), wrong) for key, wrong in _wrong(HOST, HOST_KEYS).items()),
            *((("versions", key), _NO_VERSION) for key in VERSION_KEYS),
            *((("vdsm", key), wrong) for key, wrong in _wrong(VDSM, VDSM_KEYS).items()),
            (("name",), _NO_TEXT),
            (("speed",), (1,)),
        )
    ),
    *((("engine", "defaults", key), wrong) for key, wrong in _DEFAULTS.items()),
    (("engine", "parallelSupported"), (*_NO_OBJECT, {"4.7": 1}, {"4": True}, {"4.7": "true"})),
    (("engine", "policies"), (True, 1, "x", {}, [None], _TWINS, *([e] for e in _BAD_ENTRIES))),
    (("engine", "levels"), ({},)),
    (("name",), _NO_TEXT),
    (("host",), ({}, True)),
)
# These hide others, or are reported only on their own.
_LONELY_FAULTS: Sequence[_Fault] = (
    *(((part,), _NO_OBJECT) for part in ("cluster", "vm", "source", "destination", "engine")),
    *(((host, "zerocopy"), ("yes", 1, 0, [])) for host in ("source", "destination")),
    *(
        ((host, "vdsmCapabilities"), (True, "x", [], {}, {"info": {}}, {"zerocopy_migrations": 1}))
        for host in ("source", "destination")
    ),
    (("source",), ({"zerocopy": True, "vdsmCapabilities": {"packages2": {}}},)),
    (("engine", "defaults"), _NO_OBJECT),
    *(((part, "level"), ("4.99", "3.0", "10.0", "0.0")) for part in ("cluster", "vm")),
    *(((part, "policy"), ("Very large VM", "no policy")) for part in ("cluster", "vm")),
)


def _with_faults(document: Any, faults: Sequence[Tuple[_Fault, int]]) -> Tuple[Document, List[str]]:
    for (keys, wrong), which in faults:
        if keys[1:2] == ("zerocopy",) and document.get(keys[0]):
            # Next to an answer of Vdsm's, this would be another kind of fault.
            document = {**document, keys[0]: {**document[keys[0]], "vdsmCapabilities": None}}
        document = _planted(document, keys, wrong[which % len(wrong)])
    return document, [".".join(keys) for (keys, _), _ in faults]


def _planted(document: Any, keys: Sequence[str], value: Any) -> Document:
    """Return *document* with *value* at the path *keys*."""
    key, *rest = keys
    around = document if isinstance(document, dict) else {}
    inside = _planted(around.get(key), rest, value) if rest else copy.deepcopy(value)
    return {**around, key: inside}
