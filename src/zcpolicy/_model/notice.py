"""A notice: an overridden setting, or advice."""

from typing import Any, Dict, Literal, Optional, Tuple, get_args

import attr

from .._base.fields import LAYER, TEXT, Fields, Layer, choice, optional
from .._base.frozen import quick
from .._base.naming import listed
from .._base.notebook import html
from .parameters import PARAMETER_KEYS, ParameterName
from .schedule import ConvergenceSchedule

__all__ = ["NOTICE", "Notice", "NoticeField", "Notices", "Severity"]

Severity = Literal["warning", "info"]
# What a notice is about.
NoticeField = Literal[ParameterName, "policy"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Notice:
    """An overridden setting (a warning), or advice (info).

    Attributes:
        code: identifies the notice, such as ``"connections-enforced"``; ``docs/notices.md`` lists
            the codes of decisions.  A notice of a repair has the code of the violation.
        severity: ``"warning"`` or ``"info"``.
        layer: where the reason lies: ``"engine"``, ``"vdsm"``, ``"libvirt"`` or ``"qemu"``.
        field: the parameter concerned, a field of `Parameters`, or ``"policy"``.
        requested: the requested value of that field, or the setting.
        effective: the resulting value of that field.
        message: the reason, one sentence.
        remedy: what to do about it, an instruction; None if nothing can be done.
        source: the document or system that states the reason.
    """

    code: str
    severity: Severity
    layer: Layer
    field: NoticeField
    requested: Any
    effective: Any
    message: str
    remedy: Optional[str]
    source: str

    def __attrs_post_init__(self) -> None:
        NOTICE.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The notice as the answer of the command has it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "layer": self.layer,
            "field": _KEYS.get(self.field, self.field),
            "requested": _value_json(self.requested),
            "effective": _value_json(self.effective),
            "message": self.message,
            "remedy": self.remedy,
            "source": self.source,
        }


def _value_json(value: Any) -> Any:
    return value.to_json() if isinstance(value, ConvergenceSchedule) else value


_KEYS: Dict[str, str] = {name: key for key, name in PARAMETER_KEYS.items()}
NOTICE = Fields(
    code=TEXT,
    severity=choice(*get_args(Severity)),
    layer=LAYER,
    field=choice(*get_args(NoticeField)),
    message=TEXT,
    remedy=optional(TEXT),
    source=TEXT,
)


class Notices(Tuple[Notice, ...]):
    """A tuple of notices with a one-line repr, and a full listing in notebooks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return listed("notice", [notice.code for notice in self])

    def _repr_html_(self) -> str:
        """Display the notices in a notebook."""
        return html(self)
