"""Read and write a scenario's JSON, which ``docs/json.md`` describes."""

from typing import Any, Dict, Optional

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue
from .._base.fields import TEXT, camel
from .._base.frozen import maker
from .._base.versions import Version, version_of, version_text
from .capabilities import read_capabilities
from .engine_config import ENGINE, EngineConfig
from .inputs import CLUSTER, HOST, POLICY_CHOICE, VM, VM_FIELDS, Cluster, Host, PolicyChoice
from .policy import LEGACY_ID
from .policy_json import read_policies
from .scenario import SCENARIO, Scenario
from .shipped import read_known_policy
from .vdsm import SHIPPED_VDSM, VDSM, Vdsm

__all__ = [
    "CLUSTER_KEYS",
    "DEFAULTS_KEYS",
    "ENGINE_PATHS",
    "HOST_KEYS",
    "HOST_PATHS",
    "TOP_KEYS",
    "VDSM_KEYS",
    "VERSION_KEYS",
    "VM_KEYS",
    "ZEROCOPY_KEYS",
    "read_engine",
    "read_parts",
    "read_scenario",
    "scenario_json",
]

# The keys of the document, each with its field.
_SCENARIO_KEYS = {
    "cluster": "cluster",
    "vm": "vm",
    "source": "host",
    "destination": "destination",
    "engine": "engine",
    "name": "name",
    "cluster.policy": "policy",
}
TOP_KEYS = {key: name for key, name in _SCENARIO_KEYS.items() if "." not in key}
CLUSTER_KEYS = CLUSTER.json_keys()
_CLUSTER_POLICY_KEYS = {**CLUSTER_KEYS, "policy": "policy"}
VM_KEYS = VM_FIELDS.json_keys()
# A host's zero-copy support has its own object, and so do Engine's defaults.
_ZEROCOPY, _DEFAULT = "_zerocopy", "default_"
ZEROCOPY_KEYS = {
    camel(name[: -len(_ZEROCOPY)]): name for name in HOST.kinds if name.endswith(_ZEROCOPY)
}
VERSION_KEYS = {"libvirt": "libvirt_version", "qemu": "qemu_version"}
# As in vdsm.conf, but in camelCase.
VDSM_KEYS = {
    "migrationMaxBandwidth": "max_bandwidth",
    "migrationDowntimeSteps": "downtime_steps",
    "migrationMonitorInterval": "monitor_interval_s",
    "maxOutgoingMigrations": "max_outgoing",
    "maxIncomingMigrations": "max_incoming",
}
_ELSEWHERE = frozenset((*ZEROCOPY_KEYS.values(), *VERSION_KEYS.values(), "vdsm", "name"))
HOST_KEYS = {camel(name): name for name in HOST.kinds if name not in _ELSEWHERE}
HOST_PATHS = {
    **{f"zerocopy.{key}": name for key, name in ZEROCOPY_KEYS.items()},
    **{f"versions.{key}": name for key, name in VERSION_KEYS.items()},
    **HOST_KEYS,
    "name": "name",
}
_SOURCE_KEYS = {
    **{key: key for key in ("zerocopy", "versions", "vdsm")},
    "vdsmCapabilities": "caps",
    **HOST_KEYS,
    "name": "name",
}
ENGINE_PATHS = {
    f"defaults.{camel(name[len(_DEFAULT) :])}" if name.startswith(_DEFAULT) else camel(name): name
    for name in ENGINE.kinds
}
DEFAULTS_KEYS = {key[len("defaults.") :]: name for key, name in ENGINE_PATHS.items() if "." in key}


# Faster than calling the classes.
_Scenario, _Cluster, _VM, _Host = maker(Scenario), maker(Cluster), maker(VM), maker(Host)


def read_scenario(document: object) -> Scenario:
    """Read the scenario that *document* describes.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    reader = Reader()
    return reader.result(_read_scenario(reader, document))


def _read_scenario(reader: Reader, document: object) -> Optional[Scenario]:
    top = reader.entries(document, "", TOP_KEYS)
    if top is None:
        return None
    found: Dict[str, Any] = {}
    if "engine" in top:
        before = len(reader.faults)
        found["engine"] = read_engine(reader, top["engine"], "engine")
        if len(reader.faults) > before:
            # Levels and policies cannot be checked without Engine's configuration.
            read_parts(reader, top)
            return None
    found.update(read_parts(reader, top))
    return reader.build(_Scenario, "", found, _SCENARIO_KEYS, SCENARIO)


def read_parts(reader: Reader, top: Dict[str, Any]) -> Dict[str, Any]:
    """Read everything except Engine's configuration, omitting parts with faults."""
    found: Dict[str, Any] = {}
    if "cluster" in top:
        cluster = reader.entries(top["cluster"], "cluster", _CLUSTER_POLICY_KEYS)
        cluster = _with_policy(reader, cluster, "cluster")
        if cluster is not None and "policy" in cluster:
            policy = cluster.pop("policy")
            faults = POLICY_CHOICE.faults("cluster.policy", policy)
            reader.faults += faults
            found["policy"] = None if faults else policy
        found["cluster"] = reader.build(_Cluster, "cluster", cluster, CLUSTER_KEYS, CLUSTER)
    if "vm" in top:
        vm = _with_policy(reader, reader.entries(top["vm"], "vm", VM_KEYS), "vm")
        found["vm"] = reader.build(_VM, "vm", vm, VM_KEYS, VM_FIELDS)
    if "host" in top:
        found["host"] = _read_host(reader, top["host"], "source")
    if "destination" in top:
        found["destination"] = _read_host(reader, top["destination"], "destination")
    if "name" in top:
        faults = TEXT.faults("name", top["name"])
        reader.faults += faults
        found["name"] = None if faults else top["name"]
    return {name: value for name, value in found.items() if value is not None}


def _with_policy(
    reader: Reader, found: Optional[Dict[str, Any]], path: str
) -> Optional[Dict[str, Any]]:
    """Read the policy in *found* if it is an entry of Engine's list, not an id or name."""
    if found is not None and isinstance(found.get("policy"), dict):
        policy = read_known_policy(reader, found.pop("policy"), join(path, "policy"))
        if policy is not None:
            found["policy"] = policy
    return found


def _read_host(reader: Reader, document: object, path: str) -> Optional[Host]:
    found = reader.entries(document, path, _SOURCE_KEYS)
    if found is None:
        return None
    zerocopy = found.pop("zerocopy", None)
    if isinstance(zerocopy, dict):
        found.update(reader.entries(zerocopy, join(path, "zerocopy"), ZEROCOPY_KEYS) or {})
    elif isinstance(zerocopy, bool):
        found.update(dict.fromkeys(ZEROCOPY_KEYS.values(), zerocopy))
    elif zerocopy is not None:
        expected = "true, false, or an object with " + ", ".join(map(repr, ZEROCOPY_KEYS))
        reader.faults.append(InvalidType(join(path, "zerocopy"), zerocopy, expected))
    if "caps" in found:
        where = join(path, "vdsmCapabilities")
        if zerocopy is not None:
            problem = "vdsmCapabilities and zerocopy say the same thing: give one of them"
            reader.faults.append(InvalidValue(where, None, "one of the two", problem))
        found = {**read_capabilities(reader, found.pop("caps"), where), **found}
    if "versions" in found:
        found.update(_read_versions(reader, found.pop("versions"), join(path, "versions")))
    if "vdsm" in found:
        where = join(path, "vdsm")
        options = reader.entries(found.pop("vdsm"), where, VDSM_KEYS)
        vdsm = reader.build(Vdsm, where, options, VDSM_KEYS, VDSM)
        if vdsm is not None:
            found["vdsm"] = vdsm
    return reader.build(_Host, path, found, HOST_PATHS, HOST)


def _read_versions(reader: Reader, document: object, path: str) -> Dict[str, Version]:
    found: Dict[str, Version] = {}
    for name, text in (reader.entries(document, path, VERSION_KEYS) or {}).items():
        version = version_of(text) if isinstance(text, str) else None
        if version is not None:
            found[name] = version
        else:
            kind = InvalidValue if isinstance(text, str) else InvalidType
            where = join(path, name.partition("_")[0])
            reader.faults.append(kind(where, text, 'a version such as "11.3.0"'))
    return found


def read_engine(reader: Reader, document: object, path: str) -> Optional[EngineConfig]:
    keys = {key: key for key in ("parallelSupported", "defaults", "policies")}
    top = reader.entries(document, path, keys)
    if top is None:
        return None
    found: Dict[str, Any] = {}
    if "parallelSupported" in top:
        levels = top["parallelSupported"]
        if isinstance(levels, dict):
            levels = {level: value for level, value in levels.items() if value is not None}
        found["parallel_supported"] = levels
    if "defaults" in top:
        found.update(reader.entries(top["defaults"], join(path, "defaults"), DEFAULTS_KEYS) or {})
    if "policies" in top:
        found["policies"] = read_policies(reader, top["policies"], join(path, "policies"))
    return reader.build(EngineConfig, path, found, ENGINE_PATHS, ENGINE)


def scenario_json(scenario: Scenario) -> Dict[str, Any]:
    """The scenario as JSON with every value spelled out, to store and replay."""
    vm = _to_json(scenario.vm, VM_KEYS)
    if scenario.vm.policy is not None:
        vm["policy"] = _policy_json(scenario.vm.policy)
    engine = scenario.engine
    return {
        **({} if scenario.name is None else {"name": scenario.name}),
        "cluster": {
            **_to_json(scenario.cluster, CLUSTER_KEYS),
            "policy": _policy_json(scenario.policy),
        },
        "vm": vm,
        "source": _host_json(scenario.host),
        "destination": _host_json(scenario.destination),
        "engine": {
            "parallelSupported": dict(engine.parallel_supported),
            "defaults": _to_json(engine, DEFAULTS_KEYS),
            "policies": None
            if engine.policies is None
            else [policy.to_json() for policy in engine.policies],
        },
    }


def _to_json(instance: object, keys: Dict[str, str]) -> Dict[str, Any]:
    return {key: getattr(instance, name) for key, name in keys.items()}


def _host_json(host: Host) -> Dict[str, Any]:
    found = {"zerocopy": _to_json(host, ZEROCOPY_KEYS), **_to_json(host, HOST_KEYS)}
    versions = {
        key: version_text(version)
        for key, version in _to_json(host, VERSION_KEYS).items()
        if version is not None
    }
    if versions:
        found["versions"] = versions
    if host.vdsm != SHIPPED_VDSM:
        found["vdsm"] = _to_json(host.vdsm, VDSM_KEYS)
    if host.name is not None:
        found["name"] = host.name
    return found


def _policy_json(policy: PolicyChoice) -> Any:
    if isinstance(policy, str):
        return policy
    return LEGACY_ID if policy.is_legacy else policy.to_json()
