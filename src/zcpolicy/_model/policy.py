"""Migration policies.

Source: Engine 4.5, ``MigrationPolicy`` and ``ConvergenceConfig``.
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import attr

from .._base.documents import Reader
from .._base.errors import InvalidValue, ZcpolicyError, raise_all, short_repr, suggestion
from .._base.fields import BOOL, TEXT, Fields, Kind, instance, integer, optional
from .._base.frozen import quick, reduced
from .._base.notebook import html
from .schedule import ConvergenceSchedule

__all__ = [
    "INITIAL",
    "LEGACY_ID",
    "POLICY",
    "MigrationPolicy",
    "is_policy_id",
    "lowered",
    "policy_name_problem",
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
INITIAL = "'setDowntime', the only action that may start a migration"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_policy_id(text: str) -> bool:
    """Whether *text*, in any case, has the form of a policy's id."""
    return len(text) == 36 and _UUID.fullmatch(text.lower()) is not None


def lowered(value: str) -> str:
    """*value* in lower case; anything but a string as it is, for the check to refuse."""
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

    id: str = attr.ib(converter=lowered)
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
                            INITIAL,
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
        if id is not None and lowered(id) == self.id:
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
        # The JSON is made of this class, so its module comes later.
        from .policy_json import read_policy

        reader = Reader()
        return reader.result(read_policy(reader, entry, ""))

    def to_json(self) -> Dict[str, Any]:
        """The policy as an entry of Engine's ``MigrationPolicies``.

        Raises:
            ZcpolicyError: this is Legacy, which is never in that list.
        """
        from .policy_json import policy_json

        return policy_json(self)


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


def policy_name_problem(name: str, known: Sequence[str]) -> Tuple[str, str]:
    """The names that are accepted, and the problem with *name*, for an error."""
    names = ", ".join(map(repr, known))
    return (
        f"the id of a policy, or one of {names}",
        f"{short_repr(name)} is not the id or name of a policy"
        + (suggestion(name, known) or f" (known: {names})"),
    )
