"""The convergence schedule: the steps that Vdsm's monitor takes while a migration does not end.

This module has the schedule's values, Vdsm's JSON for them, and the actions that the monitor runs
for given iterations (`ConvergenceSchedule.replay`).

Source of the rules: Vdsm ``virt/migration.py`` (``MonitorThread``).
"""

import re
from types import MappingProxyType
from typing import Any, Dict, Iterable, List, Literal, Mapping, Optional, Tuple, Union, get_args

import attr

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, raise_all, short_repr
from .._base.fields import (
    INT_MAX,
    Fields,
    Kind,
    ListOrTuple,
    as_tuple,
    choice,
    instance,
    integer,
    items,
    optional,
)
from .._base.frozen import maker, quick
from .._base.hints import hinted
from .monitor import Monitor

__all__ = [
    "ABORT",
    "ACTION_NAMES",
    "DOWNTIME",
    "DOWNTIME_MAX",
    "DOWNTIME_PATTERN",
    "ENTRY",
    "QEMU_DOWNTIME",
    "Action",
    "ActionName",
    "ConvergenceSchedule",
    "Replay",
    "StallingEntry",
    "set_downtime",
]

# QEMU migration/options.c: downtime-limit is "in the range of 0 to (2000 * 1000) ms".
DOWNTIME_MAX = 2000000
# QEMU migration/options.c: the default downtime limit, ms.
QEMU_DOWNTIME = 300
# Vdsm silently skips an unknown action, so we refuse one.
ActionName = Literal["setDowntime", "postcopy", "abort"]
ACTION_NAMES: Tuple[ActionName, ...] = get_args(ActionName)
_ACTIONS: Mapping[ActionName, str] = {
    "setDowntime": f"one parameter, the downtime in ms, an integer from 1 to {DOWNTIME_MAX}",
    "postcopy": "no parameters",
    "abort": "no parameters",
}


def _params(
    value: Union[List[str], List[int], ListOrTuple[Union[str, int]]],
) -> Tuple[str, ...]:
    """Turn integers into strings, as Engine sends them; leave other values to the check."""
    if isinstance(value, (list, tuple)):
        found: List[Any] = [str(p) if type(p) is int and abs(p) <= INT_MAX else p for p in value]
        return tuple(found)
    return value


_RampWord = Literal["postcopy"]
# A word, or a downtime in ms.
RampLast = Union[int, _RampWord]
# Up to DOWNTIME_MAX.  int() would also accept " 5", "5_0" and non-ASCII digits.
DOWNTIME_PATTERN = "0{0,9}(?:[1-9][0-9]{0,5}|1[0-9]{6}|2000000)"
_DOWNTIME = re.compile(DOWNTIME_PATTERN)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a convergence schedule.

    Attributes:
        name: ``"setDowntime"``, ``"postcopy"`` or ``"abort"``.
        params: for ``setDowntime`` the downtime in ms, 1 to 2,000,000, as a string (an int is
            converted); otherwise empty.

    Raises:
        ZcpolicyError: the action is unknown or its parameters are wrong.
    """

    name: ActionName
    params: Tuple[str, ...] = attr.ib(default=(), converter=_params)

    def __attrs_post_init__(self) -> None:
        _ACTION.check(self)
        params = self.params
        if self.name == "setDowntime" and len(params) == 1:
            if _DOWNTIME.fullmatch(params[0]) is None:
                expected = f"a downtime in ms, an integer from 1 to {DOWNTIME_MAX}"
                raise InvalidValue("params[0]", params[0], expected)
        elif params or self.name == "setDowntime":
            raise InvalidValue("params", params, _ACTIONS[self.name])

    @property
    def downtime(self) -> Optional[int]:
        """The downtime that the action sets, ms; None for other actions."""
        return int(self.params[0]) if self.params else None


_ACTION = Fields(
    name=choice(*ACTION_NAMES),
    params=items(Kind(types=(str,), expected="a string or an integer"), "a list"),
)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class StallingEntry:
    """An action and the iteration at which it is due.

    Attributes:
        limit: the stalling limit, at least -1.  The action runs once the migration is more than
            this many iterations past the first one seen; -1 and 0 are equivalent.
        action: the action.
    """

    limit: int
    action: Action

    def __attrs_post_init__(self) -> None:
        ENTRY.check(self)


ENTRY = Fields(limit=integer(-1), action=instance(Action, "an Action"))


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Replay:
    """The actions of Vdsm's monitor.

    Attributes:
        actions: ``((poll, Action), …)``; poll -1 is the start of the migration (``init``).
        died_at: the poll at which an exhausted schedule killed the monitor, or None.
    """

    actions: Tuple[Tuple[int, Action], ...]
    died_at: Optional[int] = None


def _as_actions(value: ListOrTuple[Action]) -> Tuple[Action, ...]:
    return as_tuple(value)


def _as_entries(value: ListOrTuple[StallingEntry]) -> Tuple[StallingEntry, ...]:
    return as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class ConvergenceSchedule:
    """The actions at the start of a migration, and the steps while it does not converge.

    It accepts whatever a ``VM.migrate`` request may contain; `MigrationPolicy` is stricter.

    Attributes:
        init: the actions that run as the migration starts.
        stalling: the entries, in order; the monitor only looks at the first one left.
        runs_out: whether the monitor can reach the end of the list, which kills it.  Only
            ``abort`` reliably ends a schedule before that: ``postcopy`` ends it only if the
            switch succeeds.
        switches_to_postcopy: whether Vdsm allows post-copy because a stalling entry asks for it.
    """

    init: Tuple[Action, ...] = attr.ib(default=(), converter=_as_actions)
    stalling: Tuple[StallingEntry, ...] = attr.ib(default=(), converter=_as_entries)

    # Computed once, since every decision needs them.
    runs_out: bool = attr.ib(init=False, eq=False, repr=False)
    switches_to_postcopy: bool = attr.ib(init=False, eq=False, repr=False)
    _without_postcopy: "ConvergenceSchedule" = attr.ib(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _SCHEDULE.check(self)
        made: Any = self
        actions = {entry.action.name for entry in self.stalling}
        made.runs_out = "abort" not in actions
        made.switches_to_postcopy = "postcopy" in actions
        made._without_postcopy = self
        if made.switches_to_postcopy:
            kept = [entry for entry in self.stalling if entry.action.name != "postcopy"]
            made._without_postcopy = ConvergenceSchedule(init=self.init, stalling=kept)

    @classmethod
    @hinted
    def ramp(
        cls,
        initial: int,
        steps: Mapping[int, int] = MappingProxyType({}),
        *,
        last: Optional[RampLast] = None,
        abort_limit: int = -1,
    ) -> "ConvergenceSchedule":
        """Build a schedule that raises the downtime and then aborts, like the shipped ones.

        Args:
            initial: the initial downtime, ms.
            steps: ``{stalling limit: downtime in ms}``, in order.
            last: the last attempt before the ``abort`` that every schedule needs: a downtime in
                ms, or ``"postcopy"``.
            abort_limit: the stalling limit of the abort; -1 aborts at the next iteration.

        Raises:
            ZcpolicyError: with every invalid value.
        """
        if not isinstance(steps, Mapping):
            raise InvalidType("steps", steps, "a mapping of stalling limits to downtimes")
        faults = DOWNTIME.faults("initial", initial)
        for limit, ms in steps.items():
            path = f"steps[{short_repr(limit)}]"
            faults += ENTRY.kinds["limit"].faults(path, limit) + DOWNTIME.faults(path, ms)
        faults += _RAMP_LAST.faults("last", last)
        raise_all(faults + ENTRY.kinds["limit"].faults("abort_limit", abort_limit))
        end = []
        if last is not None:
            end = [set_downtime(last) if isinstance(last, int) else Action(name="postcopy")]
        return cls(
            init=[set_downtime(initial)],
            stalling=[
                *(StallingEntry(limit=at, action=set_downtime(ms)) for at, ms in steps.items()),
                *(StallingEntry(limit=-1, action=action) for action in end),
                StallingEntry(limit=abort_limit, action=ABORT),
            ],
        )

    def without_postcopy(self) -> "ConvergenceSchedule":
        """The schedule without its ``postcopy`` entries."""
        return self._without_postcopy

    @hinted
    def replay(
        self, iterations: Iterable[Optional[int]], *, postcopy_fails: bool = False
    ) -> Replay:
        """Replay the monitor's polls and return the actions that run.

        Args:
            iterations: the iteration number at each poll (every `Vdsm.monitor_interval_s`); None
                if there is no migration job yet, -1 if libvirt does not know the number.
                While post-copy is enabled, QEMU 11.1 counts ten per second, even in the first pass
                (measured: 12, 22, 32, 42 after 1 to 4 s); 10.0 stays at 1 there.
            postcopy_fails: whether QEMU refuses the switch to post-copy.

        The rules are those of Vdsm's ``MonitorThread``.

        Raises:
            ZcpolicyError: an iteration is not an integer of at least -1, or *postcopy_fails* is
                not a bool.
        """
        if type(postcopy_fails) is not bool:
            raise InvalidType("postcopy_fails", postcopy_fails, "true or false")
        if not isinstance(iterations, Iterable):
            raise InvalidType("iterations", iterations, _ITERATIONS.expected)
        seen = tuple(iterations)
        raise_all(_ITERATIONS.faults("iterations", seen))

        monitor = Monitor(self, postcopy_fails=postcopy_fails)
        ran: List[Tuple[int, Action]] = [(-1, action) for action in self.init]
        for poll, iteration in enumerate(seen):
            action = None if iteration is None else monitor.poll(iteration)
            if action is not None:
                ran.append((poll, action))
            elif monitor.died:
                return Replay(actions=tuple(ran), died_at=poll)
        return Replay(actions=tuple(ran))

    def to_json(self) -> Dict[str, Any]:
        """Vdsm's shape: ``{"init": [{"name", "params"}], "stalling": [{"limit", "action"}]}``."""
        return {
            "init": [{"name": action.name, "params": [*action.params]} for action in self.init],
            "stalling": [
                {
                    "limit": entry.limit,
                    "action": {"name": entry.action.name, "params": [*entry.action.params]},
                }
                for entry in self.stalling
            ],
        }

    @classmethod
    def from_json(cls, document: object) -> "ConvergenceSchedule":
        """Read Vdsm's shape; both lists may be missing or null.

        Raises:
            ZcpolicyError: with every fault of the document and its path.
        """
        reader = Reader()
        return reader.result(read_schedule(reader, document, ""))


def set_downtime(ms: int) -> Action:
    return Action(name="setDowntime", params=(str(ms),))


ABORT = Action(name="abort")
DOWNTIME = integer(1, DOWNTIME_MAX)
_RAMP_LAST = optional(choice(*get_args(_RampWord), numbers=DOWNTIME))
_ITERATIONS = items(optional(integer(-1)), "iteration numbers")
_SCHEDULE = Fields(
    init=items(instance(Action, "an Action"), "a list of Actions"),
    stalling=items(instance(StallingEntry, "a StallingEntry"), "a list of StallingEntries"),
)

_Action = maker(Action)
_StallingEntry = maker(StallingEntry)
_SCHEDULE_KEYS = {"init": "init", "stalling": "stalling"}
_ENTRY_KEYS = {"limit": "limit", "action": "action"}
_ACTION_KEYS = {"name": "name", "params": "params"}


def read_schedule(reader: Reader, document: object, path: str) -> Optional[ConvergenceSchedule]:
    """Read Vdsm's shape; return None after recording a fault."""
    found = reader.entries(document, path, _SCHEDULE_KEYS)
    if found is None:
        return None
    init = [
        read_action(reader, element, where, _ACTION_KEYS)
        for where, element in reader.array(found.get("init"), join(path, "init"))
    ]
    stalling = [
        _read_entry(reader, element, where)
        for where, element in reader.array(found.get("stalling"), join(path, "stalling"))
    ]
    return ConvergenceSchedule(
        init=tuple(action for action in init if action is not None),
        stalling=tuple(entry for entry in stalling if entry is not None),
    )


def _read_entry(reader: Reader, document: object, path: str) -> Optional[StallingEntry]:
    found = reader.entries(document, path, _ENTRY_KEYS, required=("limit", "action"))
    if found is not None and "action" in found:
        action = read_action(reader, found.pop("action"), join(path, "action"), _ACTION_KEYS)
        if action is not None:
            found["action"] = action
    return read_entry(reader, path, found, _ENTRY_KEYS)


def read_entry(
    reader: Reader, path: str, found: Optional[Mapping[str, Any]], keys: Mapping[str, str]
) -> Optional[StallingEntry]:
    """Build an entry from the fields found."""
    return reader.build(_StallingEntry, path, found, keys, ENTRY, required=("limit", "action"))


def read_action(
    reader: Reader, document: object, path: str, keys: Mapping[str, str]
) -> Optional[Action]:
    """Read an action; *keys* start with the key of its name, which Engine calls ``action``."""
    found = reader.entries(document, path, keys, required=(next(iter(keys)),))
    return reader.build(_Action, path, found, keys, _ACTION, required=("name",))
