"""The mutants that do not change behaviour, each with the reason."""

from pathlib import Path
from typing import List, Tuple

import attr
import toml

__all__ = ["Equivalent", "read"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Equivalent:
    """A change of a line, wherever in the module that line is.

    Attributes:
        module: the module, ``"_rules"`` or ``"adapters/vdsm"``.
        within: the function, class, method or table around it; empty if none.
        line: the first line that changes, without its indentation.
        becomes: the same line in the mutant; the file lists several that share a reason.
        reason: why nobody can tell the difference.
    """

    module: str
    within: str
    line: str
    becomes: str
    reason: str = ""

    @property
    def key(self) -> Tuple[str, ...]:
        """The identity of the change."""
        return self.module, self.within, self.line, self.becomes

    def __str__(self) -> str:
        rows = [f"{name} = {_quoted(value)}" for name, value in attr.asdict(self).items()]
        rows[3] = f"becomes = [{_quoted(self.becomes)}]"
        return "\n".join(["", "[[mutant]]", *rows])


def _quoted(text: str) -> str:
    return f"'{text}'" if "'" not in text else '"' + text.replace('"', '\\"') + '"'


def read() -> List[Equivalent]:
    """Read the entries of ``equivalent.toml``; every entry must have a reason."""
    entries = toml.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))
    found = [
        Equivalent(**{**entry, "becomes": becomes})
        for entry in entries["mutant"]
        for becomes in entry["becomes"]
    ]
    for entry in found:
        if not entry.reason:
            raise ValueError(f"no reason: {entry}")
    return found
