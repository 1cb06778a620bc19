"""Compare two decisions, or several policies, side by side.

`compare` returns the differences; `comparison_text` and `policies_text` format what the commands
``compare`` and ``policies`` print.
"""

import itertools
import textwrap
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import attr

from ._base.errors import InvalidType
from ._base.fields import camel
from ._base.frozen import quick
from ._base.hints import hinted
from ._base.naming import listed, public
from ._base.terminal import WIDTH, escaped, wrapped
from ._decision.resolution import Resolution
from ._decision.text import ENDINGS, LABELS, schedule_steps
from ._decision.words import policy_name
from ._model.parameters import PARAMETERS
from ._model.policy import MigrationPolicy
from ._model.schedule import ConvergenceSchedule

__all__ = ["Difference", "compare", "comparison_text", "policies_text"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Difference:
    """A parameter in which two resolutions, or two policies, differ.

    Attributes:
        parameter: a parameter, or ``"blockers"``; for policies, one of their fields.
        a: the first value.
        b: the second value.
        reason_a: the reason for the first value, one sentence.
        reason_b: the reason for the second value.
    """

    parameter: str
    a: Any
    b: Any
    reason_a: str
    reason_b: str

    def to_json(self) -> Dict[str, Any]:
        """The difference as ``zcpolicy compare`` prints it, with the keys of an answer."""
        return {
            "parameter": camel(self.parameter),
            "a": _value_json(self.a),
            "b": _value_json(self.b),
            "reasonA": self.reason_a,
            "reasonB": self.reason_b,
        }


def _value_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.to_json() if isinstance(value, ConvergenceSchedule) else value


class Differences(Tuple[Difference, ...]):
    """A tuple of differences that says in a line what they are about."""

    __slots__ = ()

    def __repr__(self) -> str:
        return listed("difference", [difference.parameter for difference in self])


@hinted
def compare(
    a: Union[Resolution, MigrationPolicy], b: Union[Resolution, MigrationPolicy]
) -> Tuple[Difference, ...]:
    """Find the differences between two resolutions, or two policies, with their reasons.

    Resolutions are compared by parameters and blockers; policies by their settings, not by id, name
    or description.  The same value for a different reason is not a difference.

    Args:
        a: the first.
        b: the second, of the same class.

    Raises:
        ZcpolicyError: they are not two resolutions or two policies.
    """
    if type(a) is Resolution:
        if type(b) is not Resolution:
            raise InvalidType("b", b, "a Resolution, like a")
        return _differences(_decided(a), _decided(b))
    if type(a) is MigrationPolicy:
        if type(b) is not MigrationPolicy:
            raise InvalidType("b", b, "a MigrationPolicy, like a")
        return _differences(_asked(a), _asked(b))
    raise InvalidType("a", a, "a Resolution or a MigrationPolicy")


# The value of each parameter, and its reason.
_Sides = Mapping[str, Tuple[Any, str]]


def _differences(a: _Sides, b: _Sides) -> Tuple[Difference, ...]:
    return Differences(
        [
            Difference(parameter=name, a=value, b=b[name][0], reason_a=reason, reason_b=b[name][1])
            for name, (value, reason) in a.items()
            if value != b[name][0]
        ]
    )


def _decided(resolution: Resolution) -> _Sides:
    reasons = resolution.explain()
    sides = {
        name: (getattr(resolution.parameters, name), reasons[name]) for name in PARAMETERS.kinds
    }
    # If zero-copy is requested, its reason names the blocker.
    why = reasons["zerocopy"] if resolution.blockers else "nothing prevents zero-copy"
    return {**sides, "blockers": (resolution.blockers, why)}


def _asked(policy: MigrationPolicy) -> _Sides:
    return {
        field: (getattr(policy, field), sentence(getattr(policy, field)))
        for field, sentence in _ASKED.items()
    }


def _by_wish(thing: str) -> Callable[[Any], str]:
    words = {True: f"it asks for {thing}", False: f"it does not ask for {thing}"}
    return lambda wish: words.get(wish, f"{thing} is inherited from the VM, the cluster or Engine")


def _of_schedule(schedule: Optional[ConvergenceSchedule]) -> str:
    if schedule is None:
        return "Vdsm generates the downtimes"
    actions = [*schedule.init, *[entry.action for entry in schedule.stalling]]
    downtimes = [action.downtime for action in actions if action.downtime is not None]
    low, high = (min(downtimes), max(downtimes)) if downtimes else (0, 0)
    limits = f"{low} ms" if low == high else f"{low} to {high} ms"
    ends = [ENDINGS[action.name] for action in actions if action.name in ENDINGS]
    words = [f"downtimes of {limits}"] if downtimes else []
    return "it has " + ", then ".join([*words, *dict.fromkeys(ends)]) if actions else "it is empty"


# A policy's fields, in words.
_ASKED: Mapping[str, Callable[[Any], str]] = {
    "max_migrations": lambda count: (
        "one migration at a time, with all the bandwidth"
        if count == 1
        else f"{count} migrations at a time, which share the bandwidth"
    ),
    "auto_convergence": _by_wish("autoconverge"),
    "migration_compression": _by_wish("compression"),
    "enable_guest_events": _by_wish("guest events"),
    "zero_copy": _by_wish("zero-copy"),
    "schedule": _of_schedule,
}
_LABELS = {
    **LABELS,
    "blockers": "Blockers",
    "max_migrations": "Migrations",
    "auto_convergence": LABELS["auto_converge"],
    "migration_compression": LABELS["compressed"],
    "zero_copy": LABELS["zerocopy"],
}

# The width of the first column, which has the labels.
_LABEL = 14


def comparison_text(differences: Sequence[Difference], a: str, b: str) -> str:
    """The differences side by side, for a terminal of 80 columns.

    Args:
        differences: the result of `compare`.
        a: the name of the first.
        b: the name of the second.
    """
    lines = _row("", [_title(a), _title(b)])
    for difference in differences:
        label = _LABELS[difference.parameter]
        lines += [
            "",
            *_row(
                label,
                [
                    _value(difference.parameter, difference.a),
                    _value(difference.parameter, difference.b),
                ],
            ),
        ]
        lines += _row("", [f"({difference.reason_a})", f"({difference.reason_b})"])
    if not differences:
        lines += ["", "No difference"]
    return "\n".join(lines)


# The width of each of two columns.
_COLUMN = (WIDTH - _LABEL) // 2 - 1


def _title(text: str) -> str:
    """The title of a column; a long file name is cut at the start."""
    text = escaped(text)
    return text if len(text) <= _COLUMN else "…" + text[1 - _COLUMN :]


# The text for None, unless it is "none".
_NONE = {
    "auto_convergence": "inherited",
    "max_bandwidth": "Vdsm's own",
    "migration_compression": "inherited",
    "parallel": "one",
    "schedule": "Vdsm's own",
}


def _value(parameter: str, value: Any) -> str:
    """Format a value for a column; a schedule has one line per entry."""
    if value is None or value == ():
        return _NONE.get(parameter, "none")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, ConvergenceSchedule):
        return "\n".join(f"{when}: {action}" for when, action in schedule_steps(value))
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def policies_text(policies: Sequence[MigrationPolicy]) -> str:
    """Policies side by side, for a terminal of 80 columns, followed by their descriptions."""
    lines = _row("", [policy_name(policy) for policy in policies])
    for field in _ASKED:
        label = _LABELS[field] + (", ms" if field == "schedule" else "")
        lines += _row(label, [_setting(field, policy) for policy in policies])
    for policy in policies:
        lines += ["", *wrapped(f"{policy_name(policy)} ({policy.id})", "", "  ")]
        lines += wrapped(escaped(policy.description), "  ")
    return "\n".join(lines)


def _setting(field: str, policy: MigrationPolicy) -> str:
    """Format a policy's value of a field for a narrow column."""
    value = getattr(policy, field)
    if not isinstance(value, ConvergenceSchedule):
        return _value(field, value)
    steps = [("start", action) for action in value.init]
    steps += [("then" if e.limit < 1 else f"{e.limit}", e.action) for e in value.stalling]
    return "\n".join(f"{when}: {action.downtime or action.name}" for when, action in steps)


def _row(label: str, cells: Sequence[str]) -> List[str]:
    """A label followed by cells, each wrapped in its column."""
    width = (WIDTH - _LABEL) // max(len(cells), 1)
    columns = [
        [
            part
            for line in cell.split("\n")
            for part in textwrap.wrap(line, width - 1, break_on_hyphens=False) or [""]
        ]
        for cell in cells
    ]
    rows = itertools.zip_longest([label], *columns, fillvalue="")
    return [
        (first.ljust(_LABEL) + "".join(part.ljust(width) for part in parts)).rstrip()
        for first, *parts in rows
    ]


public(Difference, compare)
