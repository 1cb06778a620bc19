"""Engine's JSON for migration policies, read and written.

Source: Engine 4.5, the value of the engine-config option ``MigrationPolicies`` in the database
scripts.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, short_repr
from .._base.fields import as_tuple, instance, items
from .._base.frozen import maker
from .._base.hints import hinted
from .policy import INITIAL, LEGACY_ID, POLICY, MigrationPolicy, lowered
from .schedule import Action, ConvergenceSchedule, StallingEntry, read_action, read_entry

__all__ = [
    "ENTRY_KEYS",
    "duplicate_ids",
    "list_faults",
    "policies_to_json",
    "policy_json",
    "read_listed",
    "read_policies",
    "read_policy",
    "split_stalling",
]


def policy_json(policy: MigrationPolicy) -> Dict[str, Any]:
    """The policy as an entry of ``MigrationPolicies``; Legacy is none."""
    if policy.schedule is None:
        raise InvalidValue(
            "id",
            policy.id,
            "the id of a policy in Engine's list",
            "Legacy has no entry in Engine's list",
        )
    convergence, last = split_stalling(policy.schedule)
    return {
        "id": {"uuid": policy.id},
        "maxMigrations": policy.max_migrations,
        "autoConvergence": policy.auto_convergence,
        "migrationCompression": policy.migration_compression,
        "enableGuestEvents": policy.enable_guest_events,
        "zeroCopy": policy.zero_copy,
        "name": policy.name,
        "description": policy.description,
        "config": {
            "initialItems": [_action_json(action) for action in policy.schedule.init],
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
    if lowered(found.get("id", "")) == LEGACY_ID:
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
            reader.faults.append(InvalidValue(join(where, "action"), action.name, INITIAL))
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
        problem = f"{short_repr(document)} is not {expected}"
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
