"""A finding, and the row of a table that finds it."""

from typing import Any, Callable, Dict, Iterable, Iterator, Literal, Tuple, get_args

import attr

from .._base.fields import TEXT, Fields, choice
from .._base.frozen import quick
from .._base.naming import listed
from .._base.notebook import html

__all__ = [
    "SEVERITIES",
    "THE_LIST",
    "Finding",
    "Findings",
    "Found",
    "FoundInList",
    "Row",
    "Severity",
]

# The path and message of each match; a row about a list puts the policy's index, or THE_LIST,
# before them.
Found = Iterator[Tuple[str, str]]
FoundInList = Iterator[Tuple[int, str, str]]
THE_LIST = -1
Severity = Literal["error", "warning", "info"]
SEVERITIES: Tuple[Severity, ...] = get_args(Severity)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in a policy that does not do what its author expects.

    Attributes:
        code: the code, such as ``"no-abort"``.
        severity: ``"error"`` (it breaks Engine, or Vdsm's monitor), ``"warning"`` (the effect
            differs from what the policy says) or ``"info"`` (it does what it says, which may not
            be what was intended).
        path: its path in the policy's JSON, ``"config.lastItems[0]"``; for a policy in a list,
            ``"[2].config.lastItems[0]"``; empty for the list itself.
        message: the effect, one sentence.
        remedy: what to do about it, an instruction.

    Raises:
        ZcpolicyError: a field is invalid.
    """

    code: str
    severity: Severity
    path: str
    message: str
    remedy: str

    def __attrs_post_init__(self) -> None:
        _FINDING.check(self)

    def to_json(self) -> Dict[str, str]:
        """The finding as ``zcpolicy lint --json`` prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
            "remedy": self.remedy,
        }


class Findings(Tuple[Finding, ...]):
    """A tuple of findings with a one-line repr, and a full listing in notebooks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return listed("finding", [finding.code for finding in self])

    def _repr_html_(self) -> str:
        """Display the findings in a notebook."""
        return html(self)


_FINDING = Fields(code=TEXT, severity=choice(*SEVERITIES), path=TEXT, message=TEXT, remedy=TEXT)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table.

    Attributes:
        code, severity, remedy: as in `Finding`; the code is unique.
        meaning: what the row finds, for the documentation.
        source: the evidence.
        find: returns the path and message of each match; a pure function of the row's subject.  For
            a list, the index of the policy comes first (-1 for the list itself), and the path is
            relative to the policy.
    """

    code: str
    severity: Severity
    meaning: str
    remedy: str
    source: str
    find: Callable[[Any], Iterable[Tuple[Any, ...]]]
