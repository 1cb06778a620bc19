"""Rows about a list of policies."""

from typing import Dict, Tuple

from .._base.errors import short_repr
from .._model.policy import MigrationPolicy
from .._model.shipped import MINIMAL_DOWNTIME, POST_COPY, SUSPEND_WORKLOAD, VERY_LARGE_VMS
from .finding import THE_LIST, FoundInList, Row

__all__ = ["ABOUT_LISTS", "folded"]

_Policies = Tuple[MigrationPolicy, ...]
# Shipped at every level; Very large VMs ships only with parallel migrations.
_EVERYWHERE = (MINIMAL_DOWNTIME, SUSPEND_WORKLOAD, POST_COPY)
_PARALLEL_SINCE = "4.7"


def folded(name: str) -> str:
    """Normalize a name the way people compare names."""
    return name.strip().casefold()


def _repeated_ids(policies: _Policies) -> FoundInList:
    seen: Dict[str, int] = {}
    for index, policy in enumerate(policies):
        first = seen.setdefault(policy.id, index)
        if first != index:
            yield (
                index,
                "id",
                f"{policy.id!r} is also the id of [{first}]: Engine does not start",
            )


def _repeated_names(policies: _Policies) -> FoundInList:
    seen: Dict[str, int] = {}
    for index, policy in enumerate(policies):
        first = seen.setdefault(folded(policy.name), index)
        if first != index and folded(policy.name):
            yield (
                index,
                "name",
                f"{short_repr(policy.name)} is also the name of [{first}]: users cannot tell them "
                "apart",
            )


def _missing(policies: _Policies) -> FoundInList:
    ids = {policy.id for policy in policies}
    missing = [shipped.name for shipped in _EVERYWHERE if shipped.id not in ids]
    if missing:
        yield (
            THE_LIST,
            "",
            f"the list replaces its level's, but lacks {', '.join(missing)}: clusters and VMs "
            "that use one of them migrate as under Legacy",
        )


def _missing_zerocopy(policies: _Policies) -> FoundInList:
    if VERY_LARGE_VMS.id not in [policy.id for policy in policies]:
        yield (
            THE_LIST,
            "",
            f"the list lacks {VERY_LARGE_VMS.name}, which ships at levels from {_PARALLEL_SINCE}: "
            "if it is for such a level, clusters and VMs that use the policy migrate as under "
            "Legacy",
        )


ABOUT_LISTS = (
    Row(
        code="id-repeated",
        severity="error",
        meaning="two policies in a list share an id",
        remedy="give each policy its own id",
        source="Engine 4.5 ConvergenceConfigProvider, which fails as it starts",
        find=_repeated_ids,
    ),
    Row(
        code="name-repeated",
        severity="warning",
        meaning="two policies in a list share a name, ignoring case and surrounding spaces",
        remedy="give each policy its own name",
        source="Engine 4.5: its UI lists policies by name only",
        find=_repeated_names,
    ),
    Row(
        code="shipped-missing",
        severity="warning",
        meaning="a list lacks a policy that ships at every level; new clusters use *Minimal "
        "downtime*",
        remedy="add your policies to the shipped ones, unless no cluster or VM uses these",
        source="Engine 4.5 ConvergenceConfigProvider: an id that the level's list lacks is Legacy",
        find=_missing,
    ),
    # A list does not say which level it is for: only info, since the lists below 4.7 ship this way.
    Row(
        code="shipped-missing-zerocopy",
        severity="info",
        meaning=f"a list lacks *{VERY_LARGE_VMS.name}*, which ships at levels from "
        f"{_PARALLEL_SINCE}",
        remedy="add your policies to the shipped ones, unless the list is for a lower level, or "
        "no cluster or VM uses this one",
        source="feature page, User experience; Engine 4.5 ConvergenceConfigProvider: an id that "
        "the level's list lacks is Legacy",
        find=_missing_zerocopy,
    ),
)
