"""Engine's configuration: its compatibility levels, and the policies of each level.

Source: Engine 4.5 (``ConfigValues``, ``ConvergenceConfigProvider``).
"""

from typing import Dict, List, Mapping, Optional, Tuple

import attr

from .._base.errors import InvalidValue, ZcpolicyError, raise_all
from .._base.fields import (
    BOOL,
    LEVEL,
    Fields,
    Kind,
    ListOrTuple,
    as_tuple,
    instance,
    integer,
    items,
    optional,
)
from .._base.frozen import quick
from .._base.mapping import FrozenMapping
from .inputs import PolicyChoice
from .policy import LEGACY_ID, MigrationPolicy, is_policy_id, policy_name_problem
from .policy_json import list_faults
from .schedule import DOWNTIME_MAX
from .shipped import ANSIBLE_NAMES, LEGACY, SHIPPED, SHIPPED_NAMES

__all__ = [
    "ENCRYPTION_SINCE",
    "ENGINE",
    "EngineConfig",
    "Level",
    "level_key",
    "policy_faults",
    "unknown_level",
]

# The shipped value of Engine's ParallelMigrationsSupported; its keys are the existing levels.
_PARALLEL_SUPPORTED: Mapping[str, bool] = {
    "4.2": False,
    "4.3": False,
    "4.4": False,
    "4.5": False,
    "4.6": False,
    "4.7": True,
    "4.8": True,
}
ENCRYPTION_SINCE = (4, 4)
_ZERO_COPY_POLICY_SINCE = (4, 7)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Level:
    """The features and policies of one compatibility level.

    Attributes:
        parallel: whether parallel migrations are supported.
        encryption: whether migration encryption is supported (since 4.4).
        listed: the list of policies.
        policies: the same policies by id, name, and shipped or Ansible name (which stands for the
            id that ships with it); Legacy is always included.
    """

    parallel: bool
    encryption: bool
    listed: Tuple[MigrationPolicy, ...]
    policies: Mapping[str, MigrationPolicy]

    def policy(self, choice: PolicyChoice) -> MigrationPolicy:
        """The policy that *choice* means: itself, or the one looked up, or Legacy if not listed.

        Source: Engine 4.5 ``ConvergenceConfigProvider``.
        """
        return self.policies.get(choice, LEGACY) if isinstance(choice, str) else choice

    def lists(self, choice: PolicyChoice) -> bool:
        """Whether *choice* is an object, or an id or name that the list has."""
        return not isinstance(choice, str) or choice in self.policies


def level_key(level: str) -> Tuple[int, int]:
    """A sort key for levels: ``"4.10"`` comes after ``"4.9"``."""
    major, _, minor = level.partition(".")
    return int(major), int(minor)


def _merged(value: Mapping[str, bool]) -> Mapping[str, bool]:
    """Override the shipped values level by level; leave anything but a mapping to the check."""
    if not isinstance(value, Mapping):
        return value
    return FrozenMapping({**_PARALLEL_SUPPORTED, **value})


def _as_policies(
    value: Optional[ListOrTuple[MigrationPolicy]],
) -> Optional[Tuple[MigrationPolicy, ...]]:
    return None if value is None else as_tuple(value)


_NO_NAMES = SHIPPED_NAMES | {""}
# The policies of a list, in order and by id or name.
_PolicyList = Tuple[Tuple[MigrationPolicy, ...], Mapping[str, MigrationPolicy]]


def _policy_list(policies: Tuple[MigrationPolicy, ...]) -> _PolicyList:
    found: Dict[str, MigrationPolicy] = {LEGACY_ID: LEGACY, LEGACY.name: LEGACY, "legacy": LEGACY}
    by_id = {policy.id: policy for policy in policies}
    found.update(by_id)
    for shipped in SHIPPED:
        if shipped.id in by_id:
            found[shipped.name] = by_id[shipped.id]
    for policy in policies:
        # A shipped name, an empty one, or one that looks like an id cannot mean this policy.
        if policy.name not in _NO_NAMES and not is_policy_id(policy.name):
            found.setdefault(policy.name, policy)
    # A site's own policy may have one of Ansible's names.
    for word, shipped in ANSIBLE_NAMES.items():
        if shipped.id in by_id:
            found.setdefault(word, by_id[shipped.id])
    return policies, found


_LISTED = tuple(policy for policy in SHIPPED if not policy.is_legacy)
_SINCE_4_7 = _policy_list(_LISTED)
_UP_TO_4_6 = _policy_list(tuple(policy for policy in _LISTED if not policy.zero_copy))


def _level(level: str, supported: bool, own: Optional[_PolicyList]) -> Level:
    version = level_key(level)
    shipped = _SINCE_4_7 if version >= _ZERO_COPY_POLICY_SINCE else _UP_TO_4_6
    listed, policies = shipped if own is None else own
    return Level(
        parallel=supported,
        encryption=version >= ENCRYPTION_SINCE,
        listed=listed,
        policies=policies,
    )


_SHIPPED_LEVELS = {
    (level, supported): _level(level, supported, None)
    for level in _PARALLEL_SUPPORTED
    for supported in (False, True)
}


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """The options that an administrator can set with engine-config; the defaults are as shipped.

    Attributes:
        parallel_supported: ``ParallelMigrationsSupported``, whether parallel migrations are
            supported, by level.  Given values override the shipped ones (true for 4.7 and 4.8)
            and may add levels.
        default_auto_converge: ``DefaultAutoConvergence``.
        default_compressed: ``DefaultMigrationCompression``.
        default_encrypted: ``DefaultMigrationEncryption``.
        default_downtime: ``DefaultMaximumMigrationDowntime``, ms, 0 to 2,000,000.
        policies: ``MigrationPolicies``, which replaces the shipped list of every level; None
            keeps the shipped lists.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    parallel_supported: Mapping[str, bool] = attr.ib(
        default=FrozenMapping(_PARALLEL_SUPPORTED), converter=_merged
    )
    default_auto_converge: bool = False
    default_compressed: bool = False
    default_encrypted: bool = False
    default_downtime: int = 0
    policies: Optional[Tuple[MigrationPolicy, ...]] = attr.ib(default=None, converter=_as_policies)
    # Computed once: a decision looks its level up instead of comparing versions.
    _levels: Mapping[str, Level] = attr.ib(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        faults = ENGINE.faults(self)
        if isinstance(self.parallel_supported, FrozenMapping):
            for level, supported in self.parallel_supported.items():
                if level not in _PARALLEL_SUPPORTED or type(supported) is not bool:
                    path = f"parallel_supported[{level!r}]"
                    faults += LEVEL.faults(path, level) + BOOL.faults(path, supported)
        good = not [fault for fault in faults if fault.path.startswith("policies")]
        if good and self.policies is not None:
            faults += list_faults("policies", self.policies)
        raise_all(faults)
        own = None if self.policies is None else _policy_list(self.policies)
        shipped = _SHIPPED_LEVELS if own is None else {}
        levels = {
            level: shipped.get((level, supported)) or _level(level, supported, own)
            for level, supported in self.parallel_supported.items()
        }
        object.__setattr__(self, "_levels", levels)


def policy_faults(
    engine: EngineConfig, path: str, level: str, choice: PolicyChoice
) -> List[ZcpolicyError]:
    """A fault if *choice* is neither an id, nor a shipped name, nor a name in the level's list."""
    known = engine._levels[level]
    if not isinstance(choice, str) or known.lists(choice):
        return []
    if choice in SHIPPED_NAMES or choice in ANSIBLE_NAMES or is_policy_id(choice):
        return []
    names = {*SHIPPED_NAMES, *known.policies} - ANSIBLE_NAMES.keys()
    listed = sorted(name for name in names if not is_policy_id(name))
    return [InvalidValue(path, choice, *policy_name_problem(choice, listed))]


def unknown_level(engine: EngineConfig, path: str, level: str) -> ZcpolicyError:
    """The fault for a level that is not configured."""
    known = ", ".join(sorted(engine._levels, key=level_key))
    return InvalidValue(path, level, f"a level that this Engine knows ({known})")


ENGINE = Fields(
    parallel_supported=Kind(types=(FrozenMapping,), expected="a mapping of levels to bools"),
    default_auto_converge=BOOL,
    default_compressed=BOOL,
    default_encrypted=BOOL,
    default_downtime=integer(0, DOWNTIME_MAX),
    policies=optional(items(instance(MigrationPolicy), "a list of policies")),
)
