"""Read the migration settings of a cluster or VM from the REST API.

In JSON the API writes every number and boolean as a string and omits nulls.  The
Python SDK has the same names as attributes of its objects, with ints, bools and members of enums,
and None for what is absent.  Both are read by the same functions, which ask a document for the
keys they know and leave its many others alone; real ints and bools are taken in JSON, too.

Source: Engine 4.5 REST API, ``ClusterMapper``, ``VmMapper``, ``VmBaseMapper``,
``MigrationOptionsMapper`` and ``ClusterMigrationOptionsMapper``; ``types.py`` of its
Python SDK 4.6.
"""

import enum
import math
import re
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .._base.fields import INT_MAX, TEXT, Kind, integer
from .._model.inputs import VM, Cluster
from .._model.policy import LEGACY_ID, is_policy_id
from .._model.schedule import DOWNTIME_MAX

__all__ = [
    "BOOLEANS",
    "INHERITED",
    "MIB",
    "cluster_from_rest",
    "cluster_policy_from_rest",
    "vm_from_rest",
]

MIB = 1024 * 1024
# The settings of `migration` that only inherit, or are true or false; our fields are called so too.
INHERITED = ("auto_converge", "compressed", "encrypted")

# The API's words, and their meaning here.
BOOLEANS: Mapping[str, Any] = {"true": True, "false": False}
_INHERITABLE: Mapping[str, Any] = {**BOOLEANS, "inherit": None}
_PARALLEL: Mapping[str, Any] = {
    "inherit": None,
    **{word: word for word in ("disabled", "auto", "auto_parallel", "custom")},
}
_BANDWIDTH: Mapping[str, Any] = {word: word for word in ("auto", "hypervisor_default", "custom")}

_CONNECTIONS = integer(2, 255)
_POSITIVE = integer(1)
_VERSION_PART = integer(0, 9999)
_MEMORY = Kind(
    types=(int,),
    expected=f"a number of bytes, a multiple of {MIB} (1 MiB) up to {INT_MAX} MiB",
    accepts=lambda value: value % MIB == 0 and 1 <= value // MIB <= INT_MAX,
)
_DOWNTIME = Kind(
    types=(int,),
    expected=f"an integer from 0 to {DOWNTIME_MAX}, or -1 (unset)",
    accepts=lambda value: -1 <= value <= DOWNTIME_MAX,
)
# As Java prints one; no number here has more digits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")

_PARALLEL_KEYS = ("parallel_migrations_policy", "custom_parallel_migrations")
_BANDWIDTH_KEYS = ("assignment_method", "custom_value")
_MIGRATION_KEYS = (*INHERITED, *_PARALLEL_KEYS, "bandwidth", "policy")
_CLUSTER_KEYS = ("version", "tunnel_migration", "migration")
_VM_KEYS = (
    "custom_compatibility_version",
    "tunnel_migration",
    "migration",
    "cpu",
    "memory",
    "migration_downtime",
    "status",
)
# A key that identifies another kind of document, and that kind.
_NO_CLUSTER = ("cluster", "a VM, a host or a list of clusters")
_NO_VM = ("version", "a cluster, a template or a host")


def cluster_from_rest(document: object) -> Cluster:
    """The cluster that the REST API describes; for its policy see `cluster_policy_from_rest`.

    Args:
        document: a cluster from the API's JSON, or an object of the SDK.  Keys that do not
            matter are ignored.  What is absent is as in a new cluster: older Engines know neither
            ``encrypted`` nor ``parallel_migrations_policy``.  *inherit* is Engine's default, which
            for parallel migrations is *Disabled*.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    reader = Reader()
    top = _top(reader, document, "a cluster", _CLUSTER_KEYS, *_NO_CLUSTER)
    migration = _migration(reader, top)
    found = _shared(reader, top, migration)
    if found.get("parallel") is None:
        found["parallel"] = "disabled"
    _policy(reader, migration)  # no part of a Cluster, but its faults are the document's
    if "version" in top:
        found["level"] = _level(reader, top["version"], "version")
    if "bandwidth" in migration:
        path = "migration.bandwidth"
        bandwidth = _members(reader, migration["bandwidth"], path, _BANDWIDTH_KEYS)
        if bandwidth is not None:
            found["bandwidth"] = _word_or_number(
                reader, bandwidth, path, _BANDWIDTH_KEYS, _BANDWIDTH, _POSITIVE
            )
    return reader.result(None if reader.faults else Cluster(**found))


def cluster_policy_from_rest(document: object) -> Optional[str]:
    """The id of the policy chosen in the cluster that the REST API describes.

    It is the *policy* of `zcpolicy.resolve`.  None if none is chosen, where Engine runs Legacy.

    Args:
        document: as for `cluster_from_rest`.

    Raises:
        ZcpolicyError: the document is not a cluster, or its policy has no id.
    """
    reader = Reader()
    top = _top(reader, document, "a cluster", _CLUSTER_KEYS, *_NO_CLUSTER)
    policy = _policy(reader, _migration(reader, top))
    raise_all(reader.faults)
    return policy


def vm_from_rest(document: object) -> VM:
    """The virtual machine that the REST API describes.

    Args:
        document: a VM from the API's JSON, or an object of the SDK.  Keys that do not
            matter are ignored.  What is absent is inherited, or as in a blank VM.  Its vCPUs are
            cores times sockets times threads; it is paused if its status says so.

    ``memory_hard_limit_mib`` stays unset: only the domain XML tells it.

    Raises:
        ZcpolicyError: with every fault of the document and its path.
    """
    reader = Reader()
    top = _top(reader, document, "a VM", _VM_KEYS, *_NO_VM)
    migration = _migration(reader, top)
    found = _shared(reader, top, migration)
    found["policy"] = _policy(reader, migration)
    key = "custom_compatibility_version"
    if key in top:
        found["level"] = _level(reader, top[key], key)
    if "cpu" in top:
        found["vcpus"] = _vcpus(reader, top["cpu"])
    if "memory" in top:
        memory = _number(reader, top, "", "memory", _MEMORY)
        found["memory_mib"] = memory and memory // MIB
    if "migration_downtime" in top:
        downtime = _number(reader, top, "", "migration_downtime", _DOWNTIME)
        found["downtime"] = None if downtime == -1 else downtime
    if "status" in top:
        # Any word will do: Engine has many, and only this one matters.
        status = _plain(top["status"])
        reader.faults += TEXT.faults("status", status)
        found["paused"] = status == "paused"
    return reader.result(None if reader.faults else VM(**found))


def _top(
    reader: Reader, document: object, what: str, names: Sequence[str], foreign: str, other: str
) -> Dict[str, Any]:
    """The keys of a whole document that matter.

    Nearly every key may be absent, so any object would pass for an empty cluster or VM.  One that
    has none of the keys (a link, an error, the answer to a search that found nothing) is refused,
    and one with the key *foreign*, which only *other* has.
    """
    found = _members(reader, document, "", (*names, foreign))
    if found is None:
        return {}
    if foreign in found:
        problem = f"only {other} has this key; give {what}"
        reader.faults.append(InvalidValue(foreign, found[foreign], "no such key", problem))
        return {}
    if not found:
        problem = f"this is not {what}: it has none of the keys {_listed(names)}"
        reader.faults.append(InvalidValue("", document, what, problem))
    return found


def _migration(reader: Reader, top: Mapping[str, Any]) -> Dict[str, Any]:
    return _members(reader, top.get("migration", {}), "migration", _MIGRATION_KEYS) or {}


def _shared(reader: Reader, top: Mapping[str, Any], migration: Mapping[str, Any]) -> Dict[str, Any]:
    """The settings that clusters and VMs share, by field."""
    found: Dict[str, Any] = {}
    if "tunnel_migration" in top:
        found["tunnelled"] = _word(reader, top, "", "tunnel_migration", BOOLEANS)
    for name in INHERITED:
        if name in migration:
            found[name] = _word(reader, migration, "migration", name, _INHERITABLE)
    # Without a policy Engine ignores the number and does not send it.
    if _PARALLEL_KEYS[0] in migration:
        found["parallel"] = _word_or_number(
            reader, migration, "migration", _PARALLEL_KEYS, _PARALLEL, _CONNECTIONS
        )
    return found


def _policy(reader: Reader, migration: Mapping[str, Any]) -> Optional[str]:
    """The id of the policy; None for none, which an update writes as an empty object."""
    path = "migration.policy"
    policy = _members(reader, migration.get("policy", {}), path, ("id", "name"))
    if not policy:
        return None
    path += ".id"
    id_ = policy.get("id")
    if id_ is None:
        # Engine would ignore the name.
        reader.faults.append(_missing(path))
    elif not isinstance(id_, str):
        reader.faults.append(InvalidType(path, id_, _AN_ID))
    elif not is_policy_id(id_):
        reader.faults.append(InvalidValue(path, id_, _AN_ID))
    else:
        return id_.lower()
    return None


_AN_ID = f"the id of a policy, a UUID such as {LEGACY_ID!r}"


def _level(reader: Reader, document: object, path: str) -> Optional[str]:
    keys = ("major", "minor")
    version = _members(reader, document, path, keys)
    if version is None:
        return None
    major, minor = (_number(reader, version, path, key, _VERSION_PART) for key in keys)
    return f"{major}.{minor}"


def _vcpus(reader: Reader, cpu: object) -> int:
    """Cores times sockets times threads; what is absent is 1."""
    path = "cpu.topology"
    inner = _members(reader, cpu, "cpu", ("topology",)) or {}
    keys = ("cores", "sockets", "threads")
    topology = _members(reader, inner.get("topology", {}), path, keys) or {}
    counts = [_number(reader, topology, path, key, _POSITIVE) for key in topology]
    vcpus = math.prod([count for count in counts if count])
    if vcpus > INT_MAX:
        reader.faults.append(InvalidValue(path, vcpus, f"at most {INT_MAX} vCPUs"))
    return vcpus


def _members(
    reader: Reader, document: object, path: str, names: Sequence[str]
) -> Optional[Dict[str, Any]]:
    """Those of *names* that the object has, less the null ones; None if it is no object at all."""
    if isinstance(document, Mapping):
        found = {name: document.get(name) for name in names}
    elif any(hasattr(document, name) for name in names):
        found = {name: getattr(document, name, None) for name in names}
    else:
        expected = f"a JSON object, or an object of the SDK, with any of {_listed(names)}"
        reader.faults.append(InvalidType(path, document, expected))
        return None
    return {name: value for name, value in found.items() if value is not None}


def _word_or_number(
    reader: Reader,
    members: Mapping[str, Any],
    path: str,
    keys: Sequence[str],
    words: Mapping[str, Any],
    kind: Kind,
) -> Any:
    """What the word under the first key means; *custom* means the number under the second.

    Beside another word Engine ignores the number, and so do we.
    """
    word_key, number_key = keys
    if word_key not in members:
        reader.faults.append(_missing(join(path, word_key)))
        return None
    word = _word(reader, members, path, word_key, words)
    return _number(reader, members, path, number_key, kind) if word == "custom" else word


def _word(
    reader: Reader, members: Mapping[str, Any], path: str, key: str, words: Mapping[str, Any]
) -> Any:
    """What the word under *key* means; a bool stands for the word that it is."""
    value = word = _plain(members[key])
    if isinstance(value, bool) and "true" in words:
        word = "true" if value else "false"
    if isinstance(word, str) and word in words:
        return words[word]
    error = InvalidValue if isinstance(value, str) else InvalidType
    reader.faults.append(error(join(path, key), value, f"one of {_listed(words)}"))
    return None


def _number(
    reader: Reader, members: Mapping[str, Any], path: str, key: str, kind: Kind
) -> Optional[int]:
    """The number under *key*: an int or, as the API has it, a string of one."""
    path = join(path, key)
    if key not in members:
        reader.faults.append(_missing(path))
        return None
    value = members[key]
    number = int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value
    if not kind.faults(path, number):
        return int(number)
    error = InvalidValue if isinstance(value, str) or type(value) is int else InvalidType
    reader.faults.append(error(path, value, kind.expected))
    return None


def _plain(value: object) -> object:
    """The word that a member of one of the SDK's enums stands for."""
    return value.value if isinstance(value, enum.Enum) else value


def _missing(path: str) -> ZcpolicyError:
    return InvalidValue(path, None, "a value", "the key is missing or null")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(repr, words))
