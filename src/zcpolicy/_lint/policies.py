"""Rows about a single policy, its schedule aside."""

from .._base.errors import short_repr
from .._model.policy import POLICY, MigrationPolicy
from .._model.shipped import SHIPPED
from .finding import Found, Row
from .lists import folded

__all__ = ["ABOUT_POLICIES"]

_SHIPPED_IDS = {policy.id: policy for policy in SHIPPED}
_SHIPPED_FOLDED = {folded(policy.name): policy for policy in SHIPPED}
# Nothing depends on descriptions.
_CONTENT = {
    key: field for key, field in POLICY.json_keys().items() if field not in ("id", "description")
}


def _shipped_name(policy: MigrationPolicy) -> Found:
    shipped = _SHIPPED_FOLDED.get(folded(policy.name), policy)
    if shipped.id != policy.id:
        yield (
            "name",
            f"{short_repr(policy.name)} is the name of the shipped policy with id {shipped.id}: "
            "a lookup by name finds that one",
        )


def _changed(policy: MigrationPolicy) -> Found:
    shipped = _SHIPPED_IDS.get(policy.id, policy)
    changed = [
        "config" if key == "schedule" else key
        for key, field in _CONTENT.items()
        if getattr(policy, field) != getattr(shipped, field)
    ]
    if changed:
        yield (
            "id",
            f"this is the id of {shipped.name}, which ships with a different "
            f"{', '.join(changed)}: clusters and VMs that use it get this one",
        )


def _no_name(policy: MigrationPolicy) -> Found:
    if not policy.name.strip():
        yield "name", "the policy has no name: its entry in Engine's UI is blank"


def _compressed(policy: MigrationPolicy) -> Found:
    if policy.zero_copy and policy.migration_compression:
        yield (
            "migrationCompression",
            "zero-copy needs parallel connections, which rule out compression (XBZRLE): only a "
            "migration without either is compressed",
        )


def _divided(policy: MigrationPolicy) -> Found:
    if policy.zero_copy and policy.max_migrations > 1:
        yield (
            "maxMigrations",
            f"zero-copy needs parallel connections, which limit a host to 1 migration at a time, "
            f"but the cluster's bandwidth is divided by {policy.max_migrations}",
        )


ABOUT_POLICIES = (
    Row(
        code="name-shipped",
        severity="warning",
        meaning="a policy has the name of a shipped one, ignoring case and surrounding spaces, but "
        "a different id",
        remedy="give the policy its own name",
        source="Engine 4.5 ConvergenceConfigProvider: policies are identified by id",
        find=_shipped_name,
    ),
    Row(
        code="shipped-changed",
        severity="warning",
        meaning="a policy has the id of a shipped one, but other values (descriptions aside)",
        remedy="give the policy its own id and name, and keep the shipped one as well",
        source="Engine 4.5 ConvergenceConfigProvider: policies are identified by id",
        find=_changed,
    ),
    Row(
        code="name-empty",
        severity="warning",
        meaning="a policy has no name",
        remedy="give the policy a name",
        source="Engine 4.5: its UI lists policies by name only",
        find=_no_name,
    ),
    Row(
        code="zerocopy-compression",
        severity="warning",
        meaning="a zero-copy policy asks for compression",
        remedy="set migrationCompression to false",
        source="ovirt-engine pull request 1186; QEMU migration/options.c: Zero copy only "
        "available for non-compressed non-TLS multifd migration",
        find=_compressed,
    ),
    Row(
        code="zerocopy-divided",
        severity="warning",
        meaning="a zero-copy policy allows more than one migration at a time",
        remedy="set maxMigrations to 1",
        source="Engine 4.5 MigrateVmCommand: maxBandwidth and the limits of a host",
        find=_divided,
    ),
)
