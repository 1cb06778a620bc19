"""Something that is not as asked, or advice, as a value."""

from typing import Any, Literal, Optional, get_args

import attr

from .._base.fields import LAYER, TEXT, Fields, Layer, choice, optional
from .._base.frozen import quick
from .parameters import PARAMETER_KEYS

__all__ = ["Notice", "Severity"]

Severity = Literal["warning", "info"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is not as asked (a warning), or advice (info).

    Attributes:
        code: what it is: ``"connections-enforced"``; ``docs/notices.md`` lists a decision's.  What
            a repair changed has the code of the violation.
        severity: ``"warning"`` or ``"info"``.
        layer: where the reason lies: ``"engine"``, ``"vdsm"``, ``"libvirt"`` or ``"qemu"``.
        field: the parameter it is about, a field of `Parameters`, or ``"policy"``.
        requested: what was asked for: a value of that field, or the setting.
        effective: what comes out: the value of that field.
        message: the reason, in a sentence.
        remedy: what to do about it, in a sentence; None if there is nothing to do.
        source: what says so.
    """

    code: str
    severity: Severity
    layer: Layer
    field: str
    requested: Any
    effective: Any
    message: str
    remedy: Optional[str]
    source: str

    def __attrs_post_init__(self) -> None:
        _NOTICE.check(self)


_NOTICE = Fields(
    code=TEXT,
    severity=choice(*get_args(Severity)),
    layer=LAYER,
    field=choice(*PARAMETER_KEYS.values(), "policy"),
    message=TEXT,
    remedy=optional(TEXT),
    source=TEXT,
)
