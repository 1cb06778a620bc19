"""Read the migration settings of a cluster or VM from the REST API.

One table says where each setting is and how it is spelled; ``_rest_writing`` uses the same table
for writing.  The readers look up the keys they know and ignore a document's many others.
"""

from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

from .._base.documents import Reader
from .._base.errors import InvalidValue
from .._base.fields import INT_MAX, Kind, integer
from .._base.hints import hinted
from .._base.parsing import parse
from .._model import inputs
from .._model.parameters import CONNECTIONS
from .._model.schedule import DOWNTIME_MAX
from . import _rest_forms as forms
from ._rest_forms import BOOLEANS, INHERITABLE, NOT_SAID, Form
from ._rest_others import CLUSTER, VM, Thing, another

__all__ = [
    "INHERITED",
    "SETTINGS",
    "Setting",
    "cluster_from_rest",
    "cluster_policy_from_rest",
    "read_cluster",
    "read_vm",
    "seen",
    "vm_from_rest",
]


class Setting(NamedTuple):
    """A row of the table.

    Attributes:
        field: our field; a cluster's ``policy`` belongs to the scenario.
        inside: the object that contains it, ``""`` for the top level.
        form: its form there.
    """

    field: str
    inside: str
    form: Form


_MIB = 1024 * 1024
_MEMORY = Kind(
    types=(int,),
    expected=f"a number of bytes, a multiple of {_MIB} (1 MiB) up to {INT_MAX} MiB",
    accepts=lambda value: value % _MIB == 0 and 1 <= value // _MIB <= INT_MAX,
)
_DOWNTIME = Kind(
    types=(int,),
    expected=f"an integer from 0 to {DOWNTIME_MAX}, or -1 (unset)",
    accepts=lambda value: -1 <= value <= DOWNTIME_MAX,
)
_PARALLEL = {each: each for each in ("disabled", "auto", "auto_parallel")}
_BANDWIDTH = {each: each for each in ("auto", "hypervisor_default")}
_BANDWIDTH_KEYS = ("assignment_method", "custom_value")

# Settings that are inherited, true or false; our fields have the same names.
INHERITED = ("auto_converge", "compressed", "encrypted")
_PARALLEL_KEYS = ("parallel_migrations_policy", "custom_parallel_migrations")
_MIGRATION_KEYS = (*INHERITED, *_PARALLEL_KEYS, "bandwidth", "policy")
_INHERITED = tuple(Setting(name, "migration", forms.word(name, INHERITABLE)) for name in INHERITED)
_POLICY = Setting("policy", "migration", forms.policy("policy"))


def _parallel(inherit: Optional[str]) -> Setting:
    # Engine ignores the number unless the policy is custom, and does not send it.
    words = {"inherit": inherit, **_PARALLEL}
    return Setting("parallel", "migration", forms.setting(*_PARALLEL_KEYS, words, CONNECTIONS))


SETTINGS: Mapping[Thing, Tuple[Setting, ...]] = {
    CLUSTER: (
        Setting("tunnelled", "", forms.word("tunnel_migration", BOOLEANS)),
        *_INHERITED,
        # A cluster inherits from Engine, whose default this is.
        _parallel("disabled"),
        _POLICY,
        Setting("level", "", forms.version("version")),
        Setting(
            *("bandwidth", "migration"),
            forms.nested(
                *("bandwidth", _BANDWIDTH_KEYS),
                forms.setting(*_BANDWIDTH_KEYS, _BANDWIDTH, integer(1)),
            ),
        ),
    ),
    VM: (
        Setting("tunnelled", "", forms.tunnel("tunnel_migration")),
        *_INHERITED,
        _parallel(None),
        _POLICY,
        Setting("level", "", forms.own_version("custom_compatibility_version")),
        Setting("vcpus", "", forms.vcpus("cpu")),
        Setting("memory_mib", "", forms.number("memory", _MEMORY, _MIB)),
        Setting("downtime", "", forms.number("migration_downtime", _DOWNTIME, unset=-1)),
        Setting("paused", "", forms.paused("status")),
    ),
}


@hinted
def cluster_from_rest(document: object) -> inputs.Cluster:
    """Read a cluster from the REST API; for its policy see `cluster_policy_from_rest`.

    Args:
        document: a cluster from the API's JSON (parsed, or its text), a list of one
            (``{"cluster": [{…}]}``), or an object of the SDK, 4.5.2 or later.  Other keys are
            ignored.  Absent settings are as in a new cluster: older Engines have neither
            ``encrypted`` nor ``parallel_migrations_policy``.  *inherit* is Engine's default, which
            for parallel migrations is *Disabled*.

    Raises:
        ZcpolicyError: with every fault of the document and its path; the document is not a cluster;
            the object's SDK lacks a setting.
    """
    found = read_cluster(document)
    found.pop("policy", None)
    return inputs.Cluster(**found)


@hinted
def cluster_policy_from_rest(document: object) -> Optional[str]:
    """Read the id of the policy selected in a cluster from the REST API.

    Pass it to `zcpolicy.resolve` as *policy*.  None if none is selected: Engine then uses Legacy.

    Args:
        document: as for `cluster_from_rest`.

    Raises:
        ZcpolicyError: the document is not a cluster, or its policy has no id.
    """
    id_: Optional[str] = seen(CLUSTER, document, (_POLICY,)).fields.get("policy")
    return id_


@hinted
def vm_from_rest(document: object) -> inputs.VM:
    """Read a virtual machine from the REST API.

    Args:
        document: a VM from the API's JSON (parsed, or its text), a list of one
            (``{"vm": [{…}]}``), or an object of the SDK, 4.5.2 or later.  Other keys are ignored.
            Absent settings are inherited, or as in a blank VM.  The number of vCPUs is cores times
            sockets times threads; the VM is paused if its status says so.

    ``memory_hard_limit_mib`` stays unset: only the domain XML has it.

    Raises:
        ZcpolicyError: with every fault of the document and its path; the document is not a VM; the
            object's SDK lacks a setting.
    """
    return inputs.VM(**read_vm(document))


def read_cluster(document: object) -> Dict[str, Any]:
    """The settings in a cluster document, by field of `Cluster`, and its policy's id or None.

    Raises:
        ZcpolicyError: as `cluster_from_rest`.
    """
    return seen(CLUSTER, document).fields


def read_vm(document: object) -> Dict[str, Any]:
    """The settings in a VM document, by field of `VM`.

    Raises:
        ZcpolicyError: as `vm_from_rest`.
    """
    return seen(VM, document).fields


class Seen(NamedTuple):
    """The contents of a document.

    Attributes:
        fields: the values, by field.
        inside: the members of the objects that contain settings.
    """

    fields: Dict[str, Any]
    inside: Mapping[str, Mapping[str, Any]]


def seen(thing: Thing, document: object, settings: Optional[Sequence[Setting]] = None) -> Seen:
    """Read some *settings*, or all of them for None, from the *document* of a *thing*.

    Raises:
        ZcpolicyError: as `cluster_from_rest` and `vm_from_rest`.
    """
    reader = Reader()
    if isinstance(document, (str, bytes)):
        document = parse(document)
    several = document.get(thing.key) if isinstance(document, Mapping) else None
    if not isinstance(several, (list, tuple)):
        return reader.result(_seen(reader, thing, document, settings))
    if len(several) != 1:
        problem = f"this is a list of {len(several)}; pass {thing.what}, or a list of one"
        raise InvalidValue(thing.key, several, f"{thing.what}, or a list of one", problem)
    found = _seen(reader, thing, several[0], settings)
    path = f"{thing.key}[0]"
    reader.faults = [fault for each in reader.faults for fault in each._relocated(path, {})]
    return reader.result(found)


def _seen(
    reader: Reader, thing: Thing, document: object, settings: Optional[Sequence[Setting]]
) -> Seen:
    top = _top(reader, thing, document)
    inside = {"": top, "migration": _migration(reader, top)}
    fields: Dict[str, Any] = {}
    for row in SETTINGS[thing] if settings is None else settings:
        members = inside[row.inside]
        if row.form.key in members:
            value = row.form.read(reader, members, row.inside)
            if value is not NOT_SAID:
                fields[row.field] = value
    return Seen(fields, inside)


def _top(reader: Reader, thing: Thing, document: object) -> Mapping[str, Any]:
    """The top-level members of a cluster or VM.

    Nearly every key may be absent, so any object would pass for an empty one.  An object with none
    of the keys (a link, an error, an empty search result) is refused.
    """
    found = forms.members(reader, document, "", thing.keys, named=thing.names)
    if found is None:
        return {}
    faults = another(thing, document, found)
    if not faults and not found.keys() & {*thing.names}:
        names = forms.listed(thing.names)
        problem = f"this is not {thing.what}: it has none of the keys {names}"
        faults = [InvalidValue("", document, thing.what, problem)]
    reader.faults += faults
    return {} if faults else found


def _migration(reader: Reader, top: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of ``migration``; absent ones are inherited, or *Disabled*.

    An object whose SDK lacks a setting must therefore not pass for one in which it is absent.
    """
    migration = top.get("migration", {})
    found = forms.members(reader, migration, "migration", _MIGRATION_KEYS)
    if found is None:
        return {}
    if not isinstance(migration, Mapping):
        for name in (*INHERITED, _PARALLEL_KEYS[0]):
            if not hasattr(migration, name):
                reader.faults.append(InvalidValue(f"migration.{name}", None, _NEWER_SDK, _OLD_SDK))
    return found


_NEWER_SDK = "an object of the SDK 4.5.2 or later, or the API's JSON"
_OLD_SDK = (
    "this object's SDK is too old to have this setting; pass an object of the SDK 4.5.2 or later, "
    "or the API's JSON, or set the attribute to Engine's value"
)
