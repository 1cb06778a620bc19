"""Hypothesis strategies for scenarios in JSON: everything valid, in every accepted spelling."""

from functools import cache
from random import Random
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc

from .._base.fields import INT_MAX, Fields
from .._base.versions import version_text
from .._model.capabilities import PLAIN
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
from .._model.schedule import DOWNTIME_MAX
from .._model.vdsm import VDSM
from ._values import (
    ADDED_LEVELS,
    IDS,
    LEVELS,
    MAX_MIGRATIONS,
    MBPS,
    NAMES,
    NO_MBPS,
    SHIPPED,
    STALLING_LIMITS,
    STEP_DOWNTIMES,
    VERSIONS,
    Draw,
    bandwidths,
    called,
    either,
    evenly,
    known_choice,
    mostly,
    names,
    numbers,
    parallel_settings,
    plain_fields,
    policy_words,
    seldom,
    values_of,
)

__all__ = ["Document", "scenario_documents"]

Document = Dict[str, Any]


def scenario_documents() -> SearchStrategy[Document]:
    """Valid scenarios in JSON, with keys missing, null, or in any accepted spelling."""
    return _scenarios()


# Made once: to make strategies takes as long as to draw a few values from them.
@cache
def _scenarios() -> SearchStrategy[Document]:
    levels = (LEVELS[0],) * len(LEVELS + ADDED_LEVELS) + LEVELS + ADDED_LEVELS
    settings = {
        "level": _sampled(*levels),
        "parallel": parallel_settings(*_NEITHER),
        "encrypted": seldom(*_NEITHER),
        "tunnelled": seldom(*_NEITHER),
        "policy": _optional(policy_words() | _policy_entries()),
    }
    bandwidth = bandwidths(INT_MAX, *_NEITHER)
    host = _host_documents()
    parts = _object(
        cluster=_optional(
            _object(**{**_by_key(CLUSTER, CLUSTER_KEYS), **settings, "bandwidth": bandwidth})
        ),
        vm=_optional(_object(**{**_by_key(VM_FIELDS, VM_KEYS), **settings})),
        source=_optional(host),
        destination=_optional(host),
        engine=_optional(_engine_documents()),
        name=names(*_NEITHER),
    )

    def made(draw: Draw) -> Document:
        document, order = _fitted_document(draw(parts)), draw(_ORDERS)
        return _reordered(document, Random(order)) if order else document

    return called("scenario_documents", made)


# The order of all keys, in one choice; the simplest is as they are listed here.
_ORDERS = st.integers(0, (1 << 16) - 1)


def _reordered(value: Any, random: Random) -> Any:
    """Return the same document with the keys of each object in another order."""
    if isinstance(value, list):
        return [_reordered(each, random) for each in value]
    if not isinstance(value, dict):
        return value
    keys = random.sample([*value], len(value))
    return {key: _reordered(value[key], random) for key in keys}


def _fitted_document(document: Document) -> Document:
    """Make the document's levels known to Engine, and its policies' names listed."""
    engine = document.get("engine") or {}
    known = engine.get("parallelSupported") or {}
    listed = [entry.get("name") for entry in engine.get("policies") or ()]
    for name in ("cluster", "vm"):
        part = document.get(name) or {}
        level = part.get("level")
        if level is not None and level not in LEVELS and known.get(level) is None:
            known = {**known, level: True}
            document["engine"] = {**engine, "parallelSupported": known}
        if "policy" in part:
            part["policy"] = known_choice(part["policy"], listed)
    return document


_MISSING = object()
_NEITHER = (_MISSING, None)


def _object(**keys: SearchStrategy[Any]) -> SearchStrategy[Document]:
    """Objects with these keys, of which those drawn as `_MISSING` are left out."""

    def made(draw: Draw) -> Document:
        found = {key: draw(strategy) for key, strategy in keys.items()}
        return {key: value for key, value in found.items() if value is not _MISSING}

    return called("objects", made)


def _optional(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Values that may be missing or null instead."""
    return st.sampled_from(_NEITHER) | strategy


def _sampled(*values: Any) -> SearchStrategy[Any]:
    """One of these values, or missing or null."""
    return st.sampled_from(evenly(_NEITHER, values))


def _by_key(fields: Fields, keys: Mapping[str, str]) -> Dict[str, SearchStrategy[Any]]:
    """For each key of a bool or an integer, its valid values, or missing or null."""
    plain = plain_fields(fields)
    return {
        key: values_of(name, plain[name], _NEITHER) for key, name in keys.items() if name in plain
    }


def _engine_documents() -> SearchStrategy[Document]:
    known = [(level, each) for each in (None, False, True) for level in LEVELS + ADDED_LEVELS]
    return _object(
        parallelSupported=_optional(st.lists(st.sampled_from(known), max_size=3).map(dict)),
        defaults=_optional(
            _object(**{**_by_key(ENGINE, DEFAULTS_KEYS), "encrypted": seldom(*_NEITHER)})
        ),
        policies=_optional(st.lists(_policy_entries(), max_size=3, unique_by=_entry_id)),
    )


def _entry_id(entry: Document) -> str:
    id_ = entry["id"]
    text = id_["uuid"] if isinstance(id_, dict) else id_
    assert isinstance(text, str)
    return text.lower()


def _policy_entries() -> SearchStrategy[Document]:
    """Entries of Engine's ``MigrationPolicies``."""
    spelled = [(id_, wrapped) for wrapped in (True, False) for id_ in (*IDS, *_UPPER, None)]
    item = _object(
        convergenceItem=_action_documents(),
        stallingLimit=either(evenly(_NEITHER, STALLING_LIMITS), -1, INT_MAX),
    )
    entry = _object(
        id=st.sampled_from(spelled),
        maxMigrations=numbers(MAX_MIGRATIONS, 1, INT_MAX),
        config=_object(
            initialItems=_optional(st.lists(_action_documents(bare=False), max_size=2)),
            convergenceItems=_optional(st.lists(item, max_size=4)),
            lastItems=_optional(st.lists(_action_documents(), max_size=3)),
        ),
        name=names(*_NEITHER),
        description=_sampled(*NAMES),
        **dict.fromkeys(_FLAGS, _sampled(False, True)),
    )

    def made(draw: Draw) -> Document:
        found = draw(entry)
        text, wrapped = found["id"]
        if text is None:
            text = str(draw(_UUIDS))
        return {**found, "id": {"uuid": text} if wrapped else text}

    return st.sampled_from(SHIPPED).map(zc.MigrationPolicy.to_json) | called("entries", made)


_UPPER = tuple(id_.upper() for id_ in IDS)
_UUIDS = st.uuids()
_FLAGS = ("autoConvergence", "migrationCompression", "enableGuestEvents", "zeroCopy")
# As text, as integers, which engine-config's own example has, and with zeros.
_DOWNTIMES = (*map(str, STEP_DOWNTIMES), *STEP_DOWNTIMES, "0300")


def _action_documents(*, bare: bool = True) -> SearchStrategy[Document]:
    """Actions: ``setDowntime``, and the *bare* ones, which have no parameters."""
    few: List[Tuple[str, Any]] = [("setDowntime", (param,)) for param in _DOWNTIMES]
    if bare:
        few += [(name, params) for name in _BARE for params in (*_NEITHER, ())] * 2

    def made(drawn: Any) -> Document:
        if isinstance(drawn, int):
            # The upper half of the range is for integers.
            ms = drawn - DOWNTIME_MAX
            drawn = "setDowntime", (ms if ms > 0 else str(drawn),)
        action, params = drawn
        listed = [*params] if isinstance(params, tuple) else params
        return {"action": action} if params is _MISSING else {"action": action, "params": listed}

    return either(few, 1, 2 * DOWNTIME_MAX).map(made)


_BARE = ("abort", "postcopy")


def _host_documents() -> SearchStrategy[Document]:
    speeds = (*MBPS, *NO_MBPS)
    rest = _object(
        **{
            **_by_key(HOST, HOST_KEYS),
            "migrationMbps": either(evenly(_NEITHER, speeds), -INT_MAX - 1, INT_MAX),
            "versions": _optional(_object(**dict.fromkeys(VERSION_KEYS, _versions()))),
            "vdsm": _optional(_object(**_by_key(VDSM, VDSM_KEYS))),
            "name": names(*_NEITHER),
        }
    )
    each = _object(**dict.fromkeys(ZEROCOPY_KEYS, mostly()))
    some = _object(**_by_key(HOST, ZEROCOPY_KEYS))
    told = st.sampled_from((*_NEITHER, True, True, True, False)) | each | some

    def told_by(key: str, values: SearchStrategy[Any]) -> SearchStrategy[Document]:
        def made(draw: Draw) -> Document:
            found, value = draw(rest), draw(values)
            return found if value is _MISSING else {key: value, **found}

        return called("host_documents", made)

    return told_by("zerocopy", told) | told_by("vdsmCapabilities", _capabilities())


def _versions() -> SearchStrategy[Any]:
    return _sampled(*map(version_text, VERSIONS))


# Versions and releases around the first with zero-copy, as RPM hosts and Debian report them.
_PACKAGES = {
    "vdsm": (("4.50.3.1", "1.el8"), ("4.50.3", "1.el8"), ("4.60.0", "1.el9"), ("4.40.100", "1")),
    "libvirt": (
        *(("9.0.0", "10.el9"), ("8.5.0", "1.el9"), ("8.4.9", "1.el9"), ("1:9.0.0-4+deb12u2", "")),
        *(("8.0.0", "5.4.module+el8.6.0+16370"), ("8.0.0", "5.3.module+el8.6.0+1"), ("8", "6")),
        *(("8.0.0", "8.module+el8.7.0+1"), ("8.0.0", "9.module+el8.7.0+1"), ("8.0.0", "9.el9")),
    ),
    "qemu-kvm": (
        *(("7.2.0", "1.el9"), ("7.1.0", "1.el9"), ("7.0.0", "8.el9"), ("1:7.2+dfsg-7", "")),
        *(("7.0.0", "7.el9"), ("7.0.0", "8.fc37"), ("10.0.0", "7.el10"), ("10.0.0", "8.el10")),
        *(("6.2.0", "16.module_el8.7.0+1"), ("6.2.0", "17.module_el8.7.0+1+a")),
        *(("6.2.0", "35.module+el8.9.0+1+a"), ("6.2.0", "36.module+el8.9.0+1+a")),
        *(("6.2.0", f"11.module+el8.6.0+16360+9e5d914e{end}") for end in ("", ".3", ".4", ".5")),
    ),
}
_ETH0, _ETH1, _DOWN = ({"speed": speed, "mtu": 1500} for speed in (10000, 25000, 0))
# One link, none that is up, or several, of which networks use one, all, or an unknown one.
_LINKS: Sequence[Document] = (
    {"nics": {"eth0": _ETH0}},
    {"nics": {"eth0": {**_ETH0, "operstate": "down"}, "eth1": _DOWN}, "bondings": {}},
    {"nics": {"eth0": _ETH0, "eth1": _ETH1}, "networks": {"ovirtmgmt": {"southbound": "eth1"}}},
    {
        "nics": {"eth0": _ETH0, "eth1": _ETH0},
        "bondings": {"bond0": {"speed": 20000, "slaves": ["eth0", "eth1"]}},
        "vlans": {"bond0.100": {"iface": "bond0", "vlanid": 100}},
        "bridges": {"ovirtmgmt": {"ports": ["bond0", "vnet0"]}},
        "networks": {
            "ovirtmgmt": {"iface": "ovirtmgmt", "southbound": "bond0", "ports": ["bond0", "vnet0"]},
            "migration": {"iface": "bond0.100", "southbound": "bond0.100", "bridged": False},
        },
    },
    {
        "nics": {"eth0": _ETH0, "eth1": _ETH1},
        "networks": {"ovirtmgmt": {"southbound": "eth0"}, "migration": {"southbound": "eth1"}},
    },
    {"nics": {"eth0": _ETH0, "eth1": _ETH1, "eth2": _DOWN}, "networks": None},
)


def _capabilities() -> SearchStrategy[Any]:
    """The relevant parts of Vdsm's ``getCaps`` answers, bare and wrapped, or missing or null."""
    packages = _object(
        **{name: _sampled(*versions).map(_package) for name, versions in _PACKAGES.items()},
        kernel=_sampled(("5.14.0", "1.el9")).map(_package),
    )
    either_way = _object(
        **{key: values_of(key, kind, _NEITHER) for key, kind in PLAIN.items()},
        packages2=_optional(packages),
        kvmEnabled=_sampled("true"),
    )

    def made(draw: Draw) -> Any:
        wrapped = draw(_WRAPPED)
        if wrapped in _NEITHER:
            return wrapped
        told, links = draw(_STATED), draw(_SOME_LINKS)
        stated = {"packages2": draw(packages)} if told is None else {"zerocopy_migrations": told}
        bare = {**draw(either_way), **stated, **links}
        if wrapped == "info":
            return {"status": {"code": 0, "message": "Done"}, "info": bare}
        return {"jsonrpc": "2.0", "id": "1", "result": bare} if wrapped == "result" else bare

    return called("capabilities", made)


_STATED = st.sampled_from((False, True, None, None))
_SOME_LINKS = st.sampled_from(({}, *_LINKS))
_WRAPPED = st.sampled_from((*_NEITHER, *("", "info", "result") * 2))


def _package(version: Any) -> Any:
    """Return the version and the release of a package as Vdsm tells them."""
    return dict(zip(("version", "release"), version)) if isinstance(version, tuple) else version
