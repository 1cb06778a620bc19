"""Violations, which checks return, and the table rows behind them.

The rows are in ``_libvirt_rows`` and ``_qemu_rows`` (calls) and ``_oddities`` (requests).
"""

from typing import Callable, FrozenSet, Literal, Mapping, Optional, Tuple, get_args

import attr

from .._base.fields import LAYER, TEXT, VERSION, Fields, Layer, choice, optional
from .._base.frozen import quick
from .._base.naming import public
from .._base.versions import LIBVIRT_ZEROCOPY_SINCE, QEMU_ZEROCOPY_SINCE, Version
from ._calls import Call

__all__ = [
    "SPEAKERS",
    "VERSION",
    "Refusal",
    "Severity",
    "Versions",
    "Violation",
]

Severity = Literal["refused", "harmful", "misleading"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Violation:
    """Something in a call that a layer rejects, or that does harm.

    Attributes:
        code: the code, such as ``"zerocopy-tls"``.
        severity: ``"refused"`` (the migration does not start, or fails), ``"harmful"`` (it starts
            and loses the VM, a daemon or Vdsm's monitor) or ``"misleading"`` (the effect differs
            from the request).
        layer: the layer concerned: ``"engine"``, ``"vdsm"``, ``"libvirt"`` or ``"qemu"``.
        message: the reason, one sentence, which quotes the layer's own message if it has one.
        remedy: what to do about it, an instruction; None if nothing can be done.

    Raises:
        ZcpolicyError: a field is invalid.
    """

    code: str
    severity: Severity
    layer: Layer
    message: str
    remedy: Optional[str]

    def __attrs_post_init__(self) -> None:
        _VIOLATION.check(self)


_VIOLATION = Fields(
    code=TEXT,
    severity=choice(*get_args(Severity)),
    layer=LAYER,
    message=TEXT,
    remedy=optional(TEXT),
)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Versions:
    """A range of versions: from *since* up to but excluding *until*; None is unbounded."""

    since: Optional[Version] = None
    until: Optional[Version] = None

    def contain(self, version: Optional[Version], oldest: Version) -> bool:
        """Whether *version* is in the range; for None, whether any version since *oldest* is."""
        if version is None:
            return self.until is None or self.until > oldest
        return (self.since is None or version >= self.since) and (
            self.until is None or version < self.until
        )


_ALL = Versions()


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row: what is wrong, who rejects it, with which message and in which versions.

    Attributes:
        code, severity, remedy: as in `Violation`; the code is unique.
        speaker: who rejects it, or does the harm: a key of `SPEAKERS`.
        libvirt: the versions of libvirt for which the row holds.
        qemu: the versions of QEMU for which it holds.
        named: whether it holds only if QEMU's version is known, because otherwise it would be
            reported for calls that succeed on most hosts.
        source_only: whether only the source host's versions matter.
        about: typed parameters, QEMU's capabilities and parameters, or flags that Vdsm does not
            pass; if a call has none of them, the row is skipped.  Empty: it is always checked.
        applies: whether a call matches, whatever the versions; a pure function.
        problem: what is wrong, one sentence.
        says: the speaker's message, with "…" for the variable part; empty if there is none.
        wording: the message in particular versions of QEMU, if it differs.
        source: the evidence.
        violation: the violation that the row reports without a version.
    """

    code: str
    severity: Severity = "refused"
    speaker: str
    libvirt: Versions = _ALL
    qemu: Versions = _ALL
    named: bool = False
    source_only: bool = False
    about: FrozenSet[str] = frozenset()
    applies: Callable[[Call], bool] = attr.ib(repr=False)
    problem: str
    says: str = ""
    wording: Tuple[Tuple[Versions, str], ...] = ()
    remedy: str
    source: str
    violation: Violation = attr.ib(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "violation", self._violation(self.says))

    def _violation(self, says: str) -> Violation:
        layer, name = SPEAKERS[self.speaker]
        return Violation(
            code=self.code,
            severity=self.severity,
            layer=layer,
            message=f'{self.problem}; {name} says "{says}"' if says else self.problem,
            remedy=self.remedy,
        )

    @property
    def bounded(self) -> bool:
        """Whether the versions matter."""
        return self.libvirt is not _ALL or self.qemu is not _ALL

    def holds(self, libvirt: Optional[Version], qemu: Optional[Version]) -> bool:
        """Whether the row holds for these versions; for None, for a supported one."""
        if qemu is None and self.named:
            return False
        return self.libvirt.contain(libvirt, LIBVIRT_ZEROCOPY_SINCE) and self.qemu.contain(
            qemu, QEMU_ZEROCOPY_SINCE
        )

    def violation_in(self, qemu: Optional[Version]) -> Violation:
        """The violation with the message of this QEMU version."""
        if qemu is not None:
            for versions, says in self.wording:
                if versions.contain(qemu, QEMU_ZEROCOPY_SINCE):
                    return self._violation(says)
        return self.violation


# The speakers: their layer, and their name in messages.
SPEAKERS: Mapping[str, Tuple[Layer, str]] = {
    "binding": ("libvirt", "libvirt's Python binding"),
    "libvirt": ("libvirt", "libvirt"),
    "qemu": ("qemu", "QEMU"),
}


public(Violation, module="zcpolicy.adapters.libvirt")
