"""How a refusal in the words of libvirt or QEMU is held against what this library says of it."""

import re
from typing import FrozenSet, List, Optional, Sequence

from zcpolicy._base.versions import Version
from zcpolicy.adapters._refusals import REFUSALS
from zcpolicy.adapters.libvirt import Violation

__all__ = ["NEVER", "NEWER_BINDING", "differs", "refusals", "rows", "spoken"]

# A tunnel with TLS: libvirt reads what is not there; 9.0 fails with nonsense, the daemons of 11.3
# and 12.9 die.  So it is never called with these; with 12.8 it could be.
NEVER = {"tunnel-tls", "tunnel-tls-crash", "tunnel-tls-crash-12.9"}

# What depends on the binding, which is the installed one: it gives a level of zlib or zstd 64 bits,
# so that it is never asked about one.
NEWER_BINDING = {
    *("level-libvirt", "level-type", "text-type-named", "value-type-named"),
    *("zlib-tuning", "zstd-tuning"),
}

# "…" stands for what differs from call to call.
_WORDS = {
    row.code: re.compile(".*".join(re.escape(part) for part in row.says.split("…")))
    for row in REFUSALS
}


def refusals(violations: Sequence[Violation]) -> List[Violation]:
    """Those for which a migration does not start, or fails."""
    return [violation for violation in violations if violation.severity == "refused"]


def spoken(violations: Sequence[Violation], words: str) -> FrozenSet[str]:
    """The codes of the refusals for which the table has these words."""
    return frozenset(
        violation.code for violation in refusals(violations) if _WORDS[violation.code].search(words)
    )


def differs(violations: Sequence[Violation], words: Optional[str]) -> bool:
    """Whether the outcome is not what the violations say: accepted, or refused in these words."""
    if words is None:
        return refusals(violations) != []
    return not spoken(violations, words)


def rows(
    speaker: str, *, libvirt: Optional[Version] = None, qemu: Optional[Version] = None
) -> FrozenSet[str]:
    """The codes of the refusals that *speaker* has in these versions."""
    return frozenset(
        row.code
        for row in REFUSALS
        if row.speaker == speaker and row.severity == "refused" and row.holds(libvirt, qemu)
    )
