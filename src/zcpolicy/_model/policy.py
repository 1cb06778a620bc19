"""Migration policies, and their JSON in Engine's configuration.

Source: Engine 4.5, ``MigrationPolicy``, ``ConvergenceConfig`` and the value of the engine-config
option ``MigrationPolicies`` in the database scripts.
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import attr

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, shown, suggestion
from .._base.fields import BOOL, TEXT, Fields, Kind, as_tuple, instance, integer, items, optional
from .._base.frozen import maker, quick, reduced
from .._base.hints import hinted
from .._base.notebook import html
from .schedule import Action, ConvergenceSchedule, StallingEntry, read_action, read_entry

__all__ = [
    "ENTRY_KEYS",
    "LEGACY_ID",
    "POLICY",
    "MigrationPolicy",
    "duplicate_ids",
    "is_policy_id",
    "list_faults",
    "policies_to_json",
    "policy_name_problem",
    "read_listed",
    "read_policies",
    "read_policy",
    "split_stalling",
]

LEGACY_ID = "00000000-0000-0000-0000-000000000000"

# The values that Legacy's id requires.
_LEGACY_VALUES: Mapping[str, object] = {
    "max_migrations": 2,
    "auto_convergence": None,
    "migration_compression": None,
    "enable_guest_events": False,
    "zero_copy": False,
    "schedule": None,
}
_INITIAL = "'setDowntime', the only action that may start a migration"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_policy_id(text: str) -> bool:
    """Whether *text*, in any case, has the form of a policy's id."""
    return len(text) == 36 and _UUID.fullmatch(text.lower()) is not None


def _lower(value: str) -> str:
    return value.lower() if type(value) is str else value


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class MigrationPolicy:
    """A migration policy, which an administrator selects for a cluster or a VM.

    Attributes:
        id: a UUID in any case; stored in lower case.
        name: the name that users see.
        description: the purpose of the policy.
        max_migrations: concurrent migrations into a host, and out of it; at least 1.  The
            bandwidth is divided by this number.
        auto_convergence: whether QEMU slows down a guest that dirties its memory too fast; None,
            for Legacy only, inherits the VM's, cluster's or Engine's setting.
        migration_compression: whether to compress (XBZRLE); None as above.
        enable_guest_events: whether the guest is notified before and after.
        zero_copy: whether zero-copy is requested.
        schedule: the convergence schedule; None, for Legacy only, leaves it to Vdsm.

    Raises:
        ZcpolicyError: a value is out of range, or the schedule starts with ``postcopy`` or
            ``abort``, which would end the migration as it begins.
    """

    id: str = attr.ib(converter=_lower)
    name: str
    description: str = ""
    max_migrations: int = 2
    auto_convergence: Optional[bool] = False
    migration_compression: Optional[bool] = False
    enable_guest_events: bool = False
    zero_copy: bool = False
    schedule: Optional[ConvergenceSchedule] = ConvergenceSchedule()

    def __attrs_post_init__(self) -> None:
        POLICY.check(self)
        if self.id == LEGACY_ID:
            wanted: Mapping[str, object] = _LEGACY_VALUES
            expected = "Legacy's value, which this id requires"
        else:
            wanted = {}
            expected = "a value (only Legacy inherits it)"
        faults: List[ZcpolicyError] = []
        for name in _LEGACY_VALUES:
            value = getattr(self, name)
            if value != wanted[name] if name in wanted else value is None:
                faults.append(InvalidValue(name, value, expected))
        if self.schedule is not None:
            for index, action in enumerate(self.schedule.init):
                if action.name != "setDowntime":
                    faults.append(
                        InvalidValue(
                            f"schedule.init[{index}].name",
                            action.name,
                            _INITIAL,
                        )
                    )
        raise_all(faults)

    def __reduce__(self) -> Tuple[Any, ...]:
        # Imported here because that module imports this one.
        from .shipped import shipped

        return (shipped, (self.id,)) if shipped(self.id) == self else reduced(self)

    def _repr_html_(self) -> str:
        """Display the policy in a notebook."""
        return html(self)

    @property
    def is_legacy(self) -> bool:
        """Whether this is Legacy, which inherits settings and has no schedule of its own."""
        return self.schedule is None

    def but(self, *, name: str, id: Optional[str] = None, **changes: Any) -> "MigrationPolicy":  # noqa: A002
        """Derive a policy from this one.

        Args:
            name: its name, which must differ from this one's.
            id: its id, which must differ from this one's: Engine does not start with duplicate
                ids.  None derives it from this one's id and the name (a version 5 UUID), so it
                stays the same when other fields change.
            changes: the other fields that differ.

        Raises:
            ZcpolicyError: the name or id is this one's, a field is unknown, or the new policy is
                invalid.
        """
        faults = TEXT.faults("name", name)
        if name == self.name:
            faults.append(InvalidValue("name", name, "a new name"))
        if id is not None and _lower(id) == self.id:
            faults.append(InvalidValue("id", id, "a new id, or None"))
        for field in changes:
            if field not in POLICY.kinds:
                known = ", ".join(POLICY.kinds)
                hint = suggestion(field, POLICY.kinds)
                problem = f"not a field of a policy{hint} (known: {known})"
                faults.append(InvalidValue(field, changes[field], f"one of {known}", problem))
        raise_all(faults)
        if id is None:
            from uuid import UUID, uuid5  # slow to import, and no decision needs it

            # Lone surrogates have no UTF-8 encoding.
            text = name.encode("utf-8", "backslashreplace").decode("utf-8")
            id = str(uuid5(UUID(self.id), text))  # noqa: A001
        return attr.evolve(self, name=name, id=id, **changes)

    @classmethod
    def from_json(cls, entry: object) -> "MigrationPolicy":
        """Read one entry of Engine's ``MigrationPolicies``.

        Raises:
            ZcpolicyError: with every fault of the entry and its path.  Anything that would break
                Engine or Vdsm is a fault.
        """
        reader = Reader()
        return reader.result(read_policy(reader, entry, ""))

    def to_json(self) -> Dict[str, Any]:
        """The policy as an entry of Engine's ``MigrationPolicies``.

        Raises:
            ZcpolicyError: this is Legacy, which is never in that list.
        """
        if self.schedule is None:
            raise InvalidValue(
                "id",
                self.id,
                "the id of a policy in Engine's list",
                "Legacy has no entry in Engine's list",
            )
        convergence, last = split_stalling(self.schedule)
        return {
            "id": {"uuid": self.id},
            "maxMigrations": self.max_migrations,
            "autoConvergence": self.auto_convergence,
            "migrationCompression": self.migration_compression,
            "enableGuestEvents": self.enable_guest_events,
            "zeroCopy": self.zero_copy,
            "name": self.name,
            "description": self.description,
            "config": {
                "initialItems": [_action_json(action) for action in self.schedule.init],
                "convergenceItems": [
                    {
                        "stallingLimit": entry.limit,
                        "convergenceItem": _action_json(entry.action),
                    }
                    for entry in convergence
                ],
                "lastItems": [_action_json(entry.action) for entry in last],
            },
        }


POLICY = Fields(
    id=Kind(types=(str,), expected="a UUID such as " + repr(LEGACY_ID), accepts=is_policy_id),
    name=TEXT,
    description=TEXT,
    max_migrations=integer(1),
    auto_convergence=optional(BOOL),
    migration_compression=optional(BOOL),
    enable_guest_events=BOOL,
    zero_copy=BOOL,
    schedule=optional(instance(ConvergenceSchedule)),
)


def split_stalling(
    schedule: ConvergenceSchedule,
) -> Tuple[Tuple[StallingEntry, ...], Tuple[StallingEntry, ...]]:
    """Split the stalling entries into Engine's lists, ``convergenceItems`` and ``lastItems``.

    Trailing entries with limit -1 are ``lastItems``, to which Engine gives that limit.
    """
    stalling = schedule.stalling
    last = len(stalling)
    while last and stalling[last - 1].limit == -1:
        last -= 1
    return stalling[:last], stalling[last:]


def _action_json(action: Action) -> Dict[str, Any]:
    return {"action": action.name, "params": list(action.params)}


# Engine's keys, each with its field.
ENTRY_KEYS = {
    "id": "id",
    "maxMigrations": "max_migrations",
    "autoConvergence": "auto_convergence",
    "migrationCompression": "migration_compression",
    "enableGuestEvents": "enable_guest_events",
    "zeroCopy": "zero_copy",
    "name": "name",
    "description": "description",
    "config": "schedule",
}
_CONFIG_KEYS = {
    "initialItems": "initialItems",
    "convergenceItems": "convergenceItems",
    "lastItems": "lastItems",
}
_ITEM_KEYS = {"stallingLimit": "limit", "convergenceItem": "action"}
_ACTION_KEYS = {"action": "name", "params": "params"}


_Policy = maker(MigrationPolicy)
_Schedule = maker(ConvergenceSchedule)
_Entry = maker(StallingEntry)
_NOT_LEGACY = (
    "the id of a policy other than Legacy",
    "this is the id of Legacy, which is built into Engine and never in its list",
)


def read_policy(reader: Reader, entry: object, path: str) -> Optional[MigrationPolicy]:
    """Read an entry of ``MigrationPolicies``; return None after recording a fault."""
    found = reader.entries(
        entry,
        path,
        ENTRY_KEYS,
        required=("id", "maxMigrations", "config"),
        hints={"zerocopy": "zeroCopy"},
    )
    if found is None:
        return None
    if isinstance(found.get("id"), dict):
        inner = reader.entries(
            found.pop("id"), join(path, "id"), {"uuid": "id"}, required=("uuid",)
        )
        found.update(inner or {})
    if _lower(found.get("id", "")) == LEGACY_ID:
        reader.faults.append(InvalidValue(join(path, "id"), found.pop("id"), *_NOT_LEGACY))
    if "schedule" in found:
        config = _read_config(reader, found.pop("schedule"), join(path, "config"))
        if config is not None:
            found["schedule"] = config
    return reader.build(
        _Policy,
        path,
        {"name": "", **found},
        ENTRY_KEYS,
        POLICY,
        required=("id",),  # the others have defaults; if missing, that is already recorded
    )


def _read_config(reader: Reader, document: object, path: str) -> Optional[ConvergenceSchedule]:
    found = reader.entries(document, path, _CONFIG_KEYS)
    if found is None:
        return None
    init: List[Action] = []
    for where, element in reader.array(found.get("initialItems"), join(path, "initialItems")):
        action = read_action(reader, element, where, _ACTION_KEYS)
        if action is not None and action.name != "setDowntime":
            reader.faults.append(InvalidValue(join(where, "action"), action.name, _INITIAL))
        elif action is not None:
            init.append(action)
    stalling: List[Optional[StallingEntry]] = []
    items = reader.array(found.get("convergenceItems"), join(path, "convergenceItems"))
    for where, element in items:
        item = reader.entries(element, where, _ITEM_KEYS, required=("convergenceItem",))
        if item is not None and "action" in item:
            inside = join(where, "convergenceItem")
            action = read_action(reader, item.pop("action"), inside, _ACTION_KEYS)
            if action is not None:
                item["action"] = action
        # In Engine, which is Java, a missing limit is 0.
        item = None if item is None else {"limit": 0, **item}
        stalling.append(read_entry(reader, where, item, _ITEM_KEYS))
    for where, element in reader.array(found.get("lastItems"), join(path, "lastItems")):
        action = read_action(reader, element, where, _ACTION_KEYS)
        stalling.append(None if action is None else _Entry(limit=-1, action=action))
    return _Schedule(init=init, stalling=[entry for entry in stalling if entry is not None])


def read_listed(reader: Reader, document: object, path: str) -> List[Tuple[str, MigrationPolicy]]:
    """The entries of a ``MigrationPolicies`` list with their paths; ids may repeat.

    Entries with faults are omitted.
    """
    if document is None or isinstance(document, dict):
        expected = "a JSON array"
        problem = f"{shown(document)} is not {expected}"
        if document is not None:
            problem += "; put a single policy in brackets: [{...}]"
        reader.faults.append(InvalidType(path, document, expected, problem))
        return []
    read = [
        (where, read_policy(reader, entry, where)) for where, entry in reader.array(document, path)
    ]
    return [(where, policy) for where, policy in read if policy is not None]


def read_policies(reader: Reader, document: object, path: str) -> List[MigrationPolicy]:
    """Read a ``MigrationPolicies`` list, omitting entries with faults."""
    good = read_listed(reader, document, path)
    reader.faults += duplicate_ids(good)
    # Duplicate ids are already recorded; `EngineConfig` must not report them again.
    return list({policy.id: policy for _, policy in reversed(good)}.values())[::-1]


def list_faults(path: str, policies: Sequence[MigrationPolicy]) -> List[ZcpolicyError]:
    """The faults that make *policies* unacceptable as Engine's list."""
    numbered = [(f"{path}[{index}]", policy) for index, policy in enumerate(policies)]
    legacy = [
        InvalidValue(f"{where}.id", policy.id, *_NOT_LEGACY)
        for where, policy in numbered
        if policy.is_legacy
    ]
    return legacy + duplicate_ids(numbered)


@hinted
def policies_to_json(policies: Sequence[MigrationPolicy]) -> List[Dict[str, Any]]:
    """The policies as a ``MigrationPolicies`` value; `policies_from_json` is the reverse.

    Args:
        policies: a list or tuple of policies with unique ids, without Legacy, which is built into
            Engine.

    Raises:
        ZcpolicyError: with every invalid policy.
    """
    policies = as_tuple(policies)
    raise_all(_POLICIES.faults("policies", policies))
    raise_all(list_faults("policies", policies))
    return [policy.to_json() for policy in policies]


_POLICIES = items(instance(MigrationPolicy), "a list of policies")


def duplicate_ids(policies: Sequence[Tuple[str, MigrationPolicy]]) -> List[ZcpolicyError]:
    """A fault for each policy whose id an earlier one has: Engine would not start."""
    seen: Dict[str, str] = {}
    faults: List[ZcpolicyError] = []
    for path, policy in policies:
        first = seen.setdefault(policy.id, path)
        if first != path:
            problem = f"{policy.id!r} is also the id of {first}: Engine would not start"
            faults.append(InvalidValue(f"{path}.id", policy.id, "a unique id", problem))
    return faults


def policy_name_problem(name: str, known: Sequence[str]) -> Tuple[str, str]:
    """The names that are accepted, and the problem with *name*, for an error."""
    names = ", ".join(map(repr, known))
    return (
        f"the id of a policy, or one of {names}",
        f"{shown(name)} is not the id or name of a policy"
        + (suggestion(name, known) or f" (known: {names})"),
    )
