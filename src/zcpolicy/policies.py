"""The shipped migration policies, and functions to look up and install policies."""

from typing import List, Sequence, Tuple

from ._base.errors import InvalidValue, raise_all
from ._base.fields import LEVEL, TEXT, instance
from ._base.hints import hinted
from ._base.signatures import shorten
from ._model.engine_config import EngineConfig, Level, level_key, unknown_level
from ._model.policy import MigrationPolicy, policy_name_problem
from ._model.policy_json import policies_to_json
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


@hinted
def get(id_or_name: str) -> MigrationPolicy:
    """Return the shipped policy with this id (in any case) or name; ``"legacy"`` is *Legacy*.

    The names in Ansible's ``ovirt_cluster`` are also accepted: ``"minimal_downtime"``,
    ``"suspend_workload"``, ``"post_copy"``.

    Raises:
        ZcpolicyError: none of the five policies has this id or name.
    """
    raise_all(TEXT.faults("id_or_name", id_or_name))
    found = _BY_NAME.get(id_or_name) or _BY_NAME.get(id_or_name.lower())
    if found is None:
        names = [policy.name for policy in SHIPPED]
        raise InvalidValue("id_or_name", id_or_name, *policy_name_problem(id_or_name, names))
    return found


@hinted
def offered(level: str, engine: EngineConfig = _ENGINE) -> Tuple[MigrationPolicy, ...]:
    """Return the policies that Engine offers at *level*, sorted by name, Legacy first if offered.

    This is the level's list, without zero-copy policies if the level does not support parallel
    migrations (feature page, User experience).

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


# Linux, MAX_ARG_STRLEN: an argument must be shorter than 32 pages.
_ARGUMENT_MAX = 32 * 4096 - 1


@hinted
def to_engine_config(
    policies: Sequence[MigrationPolicy], level: str = "4.8", engine: EngineConfig = _ENGINE
) -> str:
    """Return the shell command that makes *policies* Engine's list at *level*.

    The list replaces Engine's: to keep the shipped policies, start from `offered` (at 4.2, without
    `LEGACY`).  Engine reads the list when it restarts.

    Args:
        policies: policies with unique ids, without Legacy, which is built into Engine.
        level: the compatibility level, ``--cver``.
        engine: Engine's configuration, which determines the known levels.

    Raises:
        ZcpolicyError: with every invalid policy; Engine does not know the level; or the value
            exceeds Linux's limit for an argument.
    """
    import json
    import shlex

    _level(level, engine)
    value = json.dumps(policies_to_json(policies), separators=(",", ":"))
    length = len("MigrationPolicies=") + len(value)
    if length > _ARGUMENT_MAX:
        expected = f"policies of at most {_ARGUMENT_MAX} bytes in JSON"
        problem = f"{length} bytes exceed Linux's limit for an argument ({_ARGUMENT_MAX})"
        raise InvalidValue("policies", policies, expected, problem)
    return f"engine-config -s MigrationPolicies={shlex.quote(value)} --cver={level}"


shorten(offered, to_engine_config)


def __dir__() -> List[str]:
    return __all__
