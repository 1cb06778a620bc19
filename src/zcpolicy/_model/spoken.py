"""Names of setting values that people type: one table.

In JSON and Python, a value has one spelling.  On the command line, the names in Engine's UI, its
API and Ansible are also accepted, in any case.

Source: Engine 4.5, ``LocalizedEnums``, ``CommonApplicationConstants``; Ansible's ``ovirt_cluster``.
"""

import re
from typing import Any, Mapping

from .shipped import ANSIBLE_NAMES, SHIPPED

__all__ = ["SPOKEN", "spoken"]

_INHERIT: Mapping[str, Any] = dict.fromkeys(
    (
        *("inherit", "cluster default", "system default"),
        *("inherit from cluster setting", "inherit from global setting"),
    )
)


def _switch(*words: str) -> Mapping[str, Any]:
    """The words that turn a setting on, and, with *don't*, off."""
    return {
        **_INHERIT,
        **dict.fromkeys(("true", "yes", "on", *words), True),
        **dict.fromkeys(("false", "no", "off", *(f"don't {word}" for word in words)), False),
    }


# By field of `Cluster` and `VM`, in lower case, with spaces.
SPOKEN: Mapping[str, Mapping[str, Any]] = {
    "parallel": {
        **_INHERIT,
        "disabled": "disabled",
        "auto": "auto",
        **dict.fromkeys(("parallel", "auto parallel"), "auto_parallel"),
    },
    "bandwidth": {"auto": "auto", "hypervisor default": "hypervisor_default"},
    "encrypted": _switch("encrypt"),
    "auto_converge": _switch("auto converge"),
    "compressed": _switch("compress"),
    "tunnelled": _switch("tunnel"),
    "policy": {
        **_INHERIT,
        **{policy.name.lower().replace("-", " "): policy.name for policy in SHIPPED},
        **{word.replace("_", " "): policy.name for word, policy in ANSIBLE_NAMES.items()},
    },
}
# The UI appends the inherited value: "Cluster default (Encrypt)".
_INHERITED_NOW = re.compile(r" \(.*\)$")


def spoken(field: str, text: str) -> Any:
    """The value of *field* that *text* names, or *text* itself if the table lacks it."""
    word = " ".join(re.split(r"[\s_-]+", text.strip().lower().replace("\u2019", "'")))
    words = SPOKEN.get(field, {})
    return words.get(word, words.get(_INHERITED_NOW.sub("", word), text))
