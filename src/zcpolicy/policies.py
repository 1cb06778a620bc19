"""The shipped migration policies, and how to find one."""

from typing import List, Sequence, Tuple

from ._base.errors import InvalidValue, raise_all
from ._base.fields import LEVEL, TEXT, instance
from ._model.engine_config import EngineConfig, Level, level_key, unknown_level
from ._model.policy import MigrationPolicy, policies_to_json, policy_name_problem
from ._model.shipped import (
    ANSIBLE_NAMES,
    LEGACY,
    MINIMAL_DOWNTIME,
    POST_COPY,
    SHIPPED,
    SUSPEND_WORKLOAD,
    VERY_LARGE_VMS,
)

__all__ = [
    "LEGACY",
    "MINIMAL_DOWNTIME",
    "POST_COPY",
    "SUSPEND_WORKLOAD",
    "VERY_LARGE_VMS",
    "get",
    "offered",
    "to_engine_config",
]

_BY_NAME = {
    **ANSIBLE_NAMES,
    **{policy.name: policy for policy in SHIPPED},
    **{policy.id: policy for policy in SHIPPED},
    "legacy": LEGACY,
}
_ENGINE = EngineConfig()
# Levels below this one still offer Legacy: Engine 4.5 ConvergenceConfigProvider.
_LEGACY_UNTIL = (4, 3)


def get(id_or_name: str) -> MigrationPolicy:
    """The shipped policy of this id (in any case) or name; ``"legacy"`` is *Legacy*.

    The words of ansible's ``ovirt_cluster`` are names, too: ``"minimal_downtime"``,
    ``"suspend_workload"``, ``"post_copy"``.

    Raises:
        ZcpolicyError: none of the five is called so.
    """
    raise_all(TEXT.faults("id_or_name", id_or_name))
    found = _BY_NAME.get(id_or_name) or _BY_NAME.get(id_or_name.lower())
    if found is None:
        names = [policy.name for policy in SHIPPED]
        raise InvalidValue("id_or_name", id_or_name, *policy_name_problem(id_or_name, names))
    return found


def offered(level: str, engine: EngineConfig = _ENGINE) -> Tuple[MigrationPolicy, ...]:
    """What Engine offers at *level*: Legacy first, where it is offered, the others by name.

    That is the level's list, less the zero-copy policies where parallel migrations are not
    supported (feature page, User experience).

    Raises:
        ZcpolicyError: Engine does not know the level.
    """
    known = _level(level, engine)
    listed = sorted(known.listed, key=lambda policy: policy.name)
    legacy = (LEGACY,) if level_key(level) < _LEGACY_UNTIL else ()
    return (*legacy, *(p for p in listed if known.parallel or not p.zero_copy))


def _level(level: str, engine: EngineConfig) -> Level:
    raise_all(LEVEL.faults("level", level) + instance(EngineConfig).faults("engine", engine))
    known = engine._levels.get(level)
    if known is None:
        raise unknown_level(engine, "level", level)
    return known


# Linux, MAX_ARG_STRLEN: a program's argument has less than 32 pages.
_ARGUMENT_MAX = 32 * 4096 - 1


def to_engine_config(
    policies: Sequence[MigrationPolicy], level: str = "4.8", engine: EngineConfig = _ENGINE
) -> str:
    """The command that makes *policies* Engine's list at *level*, quoted for a shell.

    The list replaces the one that Engine has: to keep what ships, begin with `offered` (at 4.2
    less `LEGACY`).  Engine reads it when it is started again.

    Args:
        policies: each with an id of its own; not Legacy, which Engine has built in.
        level: the compatibility level, ``--cver``.
        engine: whose levels are known.

    Raises:
        ZcpolicyError: with every policy that is not as said here; Engine does not know the level;
            or the value is longer than Linux lets an argument be.
    """
    import json
    import shlex

    _level(level, engine)
    value = json.dumps(policies_to_json(policies), separators=(",", ":"))
    length = len("MigrationPolicies=") + len(value)
    if length > _ARGUMENT_MAX:
        expected = f"policies of at most {_ARGUMENT_MAX} bytes in JSON"
        problem = f"{length} bytes are more than Linux lets an argument be ({_ARGUMENT_MAX})"
        raise InvalidValue("policies", policies, expected, problem)
    return f"engine-config -s MigrationPolicies={shlex.quote(value)} --cver={level}"


def __dir__() -> List[str]:
    return __all__
