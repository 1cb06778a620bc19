"""Hypothesis strategies for scenarios in JSON: everything valid, in every accepted spelling."""

from typing import Any, Dict, Mapping, Sequence

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
    bandwidths,
    knowledge,
    known_choice,
    maybe,
    numbers,
    parallel_settings,
    plain_fields,
    policy_ids,
    policy_names,
    policy_words,
    seldom,
    values_of,
)

__all__ = ["Document", "scenario_documents"]

Document = Dict[str, Any]


def scenario_documents() -> SearchStrategy[Document]:
    """Valid scenarios in JSON, with keys missing, null, or in any accepted spelling."""
    levels = st.just(LEVELS[0]) | st.sampled_from(LEVELS + ADDED_LEVELS)
    settings = {
        "level": levels,
        "parallel": parallel_settings(),
        "encrypted": seldom(),
        "tunnelled": seldom(),
        "policy": policy_words() | _policy_entries(),
    }
    cluster = _object(
        **{**_by_key(CLUSTER, CLUSTER_KEYS), **settings, "bandwidth": bandwidths(INT_MAX)}
    )
    vm = _object(**{**_by_key(VM_FIELDS, VM_KEYS), **settings})
    host = _host_documents()
    parts = {
        "cluster": cluster | cluster,
        "vm": vm | vm,
        "source": host,
        "destination": host,
        "engine": _engine_documents(),
        "name": policy_names(),
    }
    return _object(**parts).map(_fitted_document)


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


def _object(**keys: SearchStrategy[Any]) -> SearchStrategy[Document]:
    """Objects in which any of these keys may be missing or null."""
    neither = st.sampled_from((_MISSING, None))
    return st.fixed_dictionaries({key: neither | value for key, value in keys.items()}).map(_told)


def _told(found: Document) -> Document:
    return {key: value for key, value in found.items() if value is not _MISSING}


def _by_key(fields: Fields, keys: Mapping[str, str]) -> Dict[str, SearchStrategy[Any]]:
    """For each key of a bool or an integer, its valid values except null."""
    plain = plain_fields(fields)
    return {key: values_of(name, plain[name]) for key, name in keys.items() if name in plain}


def _engine_documents() -> SearchStrategy[Document]:
    levels = st.sampled_from(LEVELS + ADDED_LEVELS)
    return _object(
        parallelSupported=st.dictionaries(levels, maybe(st.booleans()), max_size=3),
        defaults=_object(**{**_by_key(ENGINE, DEFAULTS_KEYS), "encrypted": seldom()}),
        policies=st.lists(_policy_entries(), max_size=3, unique_by=_entry_id),
    )


def _entry_id(entry: Document) -> str:
    id_ = entry["id"]
    text = id_["uuid"] if isinstance(id_, dict) else id_
    assert isinstance(text, str)
    return text.lower()


def _policy_entries() -> SearchStrategy[Document]:
    """Entries of Engine's ``MigrationPolicies``."""
    ids = policy_ids() | st.sampled_from([id_.upper() for id_ in IDS])
    limits = numbers(STALLING_LIMITS, -1, INT_MAX)
    items = st.builds(
        lambda limit, action: {**limit, "convergenceItem": action},
        _object(stallingLimit=limits),
        _action_documents(),
    )
    required = st.fixed_dictionaries(
        {
            "id": ids.map(lambda text: {"uuid": text}) | ids,
            "maxMigrations": numbers(MAX_MIGRATIONS, 1, INT_MAX),
            "config": _object(
                initialItems=st.lists(_set_downtime_documents(), max_size=2),
                convergenceItems=st.lists(items, max_size=4),
                lastItems=st.lists(_action_documents(), max_size=3),
            ),
        }
    )
    optional = _object(
        name=policy_names(),
        description=st.sampled_from(NAMES),
        autoConvergence=st.booleans(),
        migrationCompression=st.booleans(),
        enableGuestEvents=st.booleans(),
        zeroCopy=st.booleans(),
    )
    made_up = st.builds(lambda one, other: {**one, **other}, required, optional)
    return st.sampled_from(SHIPPED).map(zc.MigrationPolicy.to_json) | made_up


def _set_downtime_documents() -> SearchStrategy[Document]:
    downtimes = numbers(STEP_DOWNTIMES, 1, DOWNTIME_MAX)
    # engine-config's own example has integers.
    params = downtimes.map(str) | downtimes | st.just("0300")
    return params.map(lambda param: {"action": "setDowntime", "params": [param]})


def _action_documents() -> SearchStrategy[Document]:
    bare = st.builds(
        lambda action, params: {"action": action, **params},
        st.sampled_from(("abort", "postcopy")),
        _object(params=st.builds(list)),
    )
    return _set_downtime_documents() | bare


def _host_documents() -> SearchStrategy[Document]:
    rest = {
        **_by_key(HOST, HOST_KEYS),
        "migrationMbps": numbers((*MBPS, *NO_MBPS), -INT_MAX - 1, INT_MAX),
        "versions": _object(**dict.fromkeys(VERSION_KEYS, _versions())),
        "vdsm": _object(**_by_key(VDSM, VDSM_KEYS)),
        "name": policy_names(),
    }
    each = knowledge().map(lambda knows: {key: knows[name] for key, name in ZEROCOPY_KEYS.items()})
    some = _object(**_by_key(HOST, ZEROCOPY_KEYS))
    told = st.sampled_from((True, True, True, False)) | each | some
    return _object(zerocopy=told, **rest) | _object(vdsmCapabilities=_capabilities(), **rest)


def _versions() -> SearchStrategy[str]:
    return st.sampled_from(VERSIONS).map(version_text)


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


def _capabilities() -> SearchStrategy[Document]:
    """The relevant parts of Vdsm's ``getCaps`` answers, bare and wrapped."""
    packages = _object(
        **{
            name: st.sampled_from(versions).map(lambda v: {"version": v[0], "release": v[1]})
            for name, versions in _PACKAGES.items()
        },
        kernel=st.just({"version": "5.14.0", "release": "1.el9"}),
    )
    plain = {key: values_of(key, kind) for key, kind in PLAIN.items()}
    either = _object(**plain, packages2=packages, kvmEnabled=st.just("true"))
    stated = st.fixed_dictionaries({"zerocopy_migrations": st.booleans()}) | st.fixed_dictionaries(
        {"packages2": packages}
    )
    links = st.sampled_from(({}, *_LINKS))
    bare = st.builds(_merged, either, stated, links)
    done = {"code": 0, "message": "Done"}
    return (
        bare
        | bare.map(lambda caps: {"status": done, "info": caps})
        | bare.map(lambda caps: {"jsonrpc": "2.0", "id": "1", "result": caps})
    )


def _merged(*parts: Document) -> Document:
    return {key: value for part in parts for key, value in part.items()}
