"""The five shipped migration policies.

Source: Engine 4.5, the value of the engine-config option ``MigrationPolicies`` in the database
scripts; the feature page for *Very large VMs*.  ``tests/recorded`` has Engine's values.
"""

import marshal
from typing import Any, Optional

from .._base.documents import Reader
from .policy import LEGACY_ID, MigrationPolicy
from .policy_json import read_policy
from .schedule import ConvergenceSchedule

__all__ = [
    "ANSIBLE_NAMES",
    "LEGACY",
    "MINIMAL_DOWNTIME",
    "POST_COPY",
    "SHIPPED",
    "SHIPPED_NAMES",
    "SUSPEND_WORKLOAD",
    "VERY_LARGE_VMS",
    "read_known_policy",
    "shipped",
]

MINIMAL_DOWNTIME = MigrationPolicy(
    id="80554327-0569-496b-bdeb-fcbbf52b827b",
    name="Minimal downtime",
    description="For typical situations: the VM should not notice a significant downtime. "
    "Aborted if it does not converge after a long time.",
    max_migrations=2,
    auto_convergence=True,
    migration_compression=False,
    enable_guest_events=True,
    schedule=ConvergenceSchedule.ramp(100, {1: 150, 2: 200, 3: 300, 4: 400, 6: 500}),
)
SUSPEND_WORKLOAD = MigrationPolicy(
    id="80554327-0569-496b-bdeb-fcbbf52b827c",
    name="Suspend workload if needed",
    description="Makes the migration of most VMs succeed, those with a heavy workload, too, "
    "at the price of a longer downtime.",
    max_migrations=1,
    auto_convergence=True,
    migration_compression=True,
    enable_guest_events=True,
    schedule=ConvergenceSchedule.ramp(100, {1: 150, 2: 200, 3: 300, 4: 400, 6: 500}, last=5000),
)
POST_COPY = MigrationPolicy(
    id="a7aeedb2-8d66-4e51-bb22-32595027ce71",
    name="Post-copy migration",
    description="Switches to post-copy if the migration does not converge: it always ends, but "
    "the VM is slow meanwhile and lost if a host or the network fails.",
    max_migrations=2,
    auto_convergence=True,
    migration_compression=False,
    enable_guest_events=True,
    schedule=ConvergenceSchedule.ramp(100, {1: 150, 2: 200}, last="postcopy"),
)
VERY_LARGE_VMS = MigrationPolicy(
    id="57237b82-b8c2-425f-b425-114b35219626",
    name="Very large VMs",
    description="For VMs of more than 1 TiB that other policies do not migrate: zero-copy and "
    "longer downtimes.",
    max_migrations=1,
    auto_convergence=True,
    migration_compression=False,
    enable_guest_events=True,
    zero_copy=True,
    schedule=ConvergenceSchedule.ramp(300, {1: 400, 2: 500, 3: 700, 4: 1000, 6: 1500}, last=5000),
)
LEGACY = MigrationPolicy(
    id=LEGACY_ID,
    name="Legacy",
    description="How clusters worked before policies existed: settings are inherited, and Vdsm "
    "computes the downtimes.",
    max_migrations=2,
    auto_convergence=None,
    migration_compression=None,
    schedule=None,
)
SHIPPED = (MINIMAL_DOWNTIME, SUSPEND_WORKLOAD, POST_COPY, VERY_LARGE_VMS, LEGACY)
_BY_ID = {policy.id: policy for policy in SHIPPED}
SHIPPED_NAMES = frozenset(policy.name for policy in SHIPPED) | {"legacy"}
# Names in Ansible's `ovirt_cluster`; its fourth, "legacy", is among ours.
ANSIBLE_NAMES = {
    "minimal_downtime": MINIMAL_DOWNTIME,
    "suspend_workload": SUSPEND_WORKLOAD,
    "post_copy": POST_COPY,
}


def shipped(id: str) -> Optional[MigrationPolicy]:  # noqa: A002
    """The shipped policy with this id, or None."""
    return _BY_ID.get(id)


# Keyed by their JSON, in key order: most policies that are spelled out are shipped ones.  marshal
# distinguishes true, 1 and 1.0, which are equal in Python.
_BY_JSON = {
    marshal.dumps(policy.to_json(), 2): policy for policy in SHIPPED if not policy.is_legacy
}


def read_known_policy(reader: Reader, entry: Any, path: str) -> Optional[MigrationPolicy]:
    """Like `read_policy`, but faster for an entry that spells out a shipped policy."""
    try:
        known = _BY_JSON.get(marshal.dumps(entry, 2))
    except ValueError:  # not JSON, or too deeply nested
        known = None
    return known or read_policy(reader, entry, path)
