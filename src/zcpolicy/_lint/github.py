"""Write findings as GitHub workflow commands, which annotate a pull request.

Source: GitHub's documentation, "Workflow commands for GitHub Actions", and ``actions/toolkit``,
which escapes them.
"""

from typing import Mapping, Optional

from .._base.terminal import escaped
from .finding import Finding
from .places import Place

__all__ = ["annotation"]

_COMMANDS: Mapping[str, str] = {"error": "error", "warning": "warning", "info": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
# A property also ends at a colon or comma.
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def annotation(finding: Finding, file: Optional[str], place: Optional[Place]) -> str:
    """The workflow command that annotates a file with a finding.

    Args:
        finding: the finding.
        file: its file, relative to the repository; None if there is none.
        place: its place in the file; None if unknown.
    """
    properties = {
        "file": file,
        "line": None if place is None else place.line,
        "col": None if place is None else place.column,
        "title": f"zcpolicy {finding.code}",
    }
    listed = ",".join(
        [
            f"{name}={str(value).translate(_PROPERTY)}"
            for name, value in properties.items()
            if value is not None
        ]
    )
    where = f"{finding.path}: " if finding.path else ""
    message = f"{where}{escaped(finding.message)}\n-> {escaped(finding.remedy)}"
    return f"::{_COMMANDS[finding.severity]} {listed}::{message.translate(_DATA)}"
