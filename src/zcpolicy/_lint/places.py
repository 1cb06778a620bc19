"""Locate a finding in its file: line and column."""

import json
import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from .._base.documents import join_any
from .._model.policy import MigrationPolicy
from .._model.policy_json import split_stalling

__all__ = ["Place", "place_of", "places"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{},:]|[^\s"\][{},:]+')
_ENTRY = re.compile(r"((?:\[[0-9]+\]\.)?config\.)(convergenceItems|lastItems)\[([0-9]+)\]")
# The last step of a path.
_ABOVE = re.compile(r"(?:\.|^)[^.[]+$|\[[0-9]+\]$")


class Place(NamedTuple):
    """A place in a text.

    Attributes:
        line: the line, from 1.
        column: the column in characters, from 1.
    """

    line: int
    column: int


class _Container:
    """An object or array that is being read: its path, and the next key or index."""

    def __init__(self, path: str, index: Optional[int]) -> None:
        self.path = path
        self.index = index
        self.key: Optional[Tuple[str, int]] = None


def places(text: str) -> Dict[str, Place]:
    """The places of all values in a JSON document, by path; a member's place is that of its key.

    Args:
        text: a valid JSON document; for anything else the result is meaningless.
    """
    found: Dict[str, Place] = {}
    inside: List[_Container] = []
    line, line_start = 1, 0
    counted = 0
    for token in _TOKEN.finditer(text):
        mark, at = token[0], token.start()
        around = inside[-1] if inside else None
        if mark in ("]", "}"):
            inside.pop()
        elif mark == ",":
            assert around is not None
            around.key = None
            if around.index is not None:
                around.index += 1
        elif around is not None and around.index is None and around.key is None:
            around.key = json.loads(mark), at
        elif mark != ":":
            path = ""
            if around is not None:
                path = f"{around.path}[{around.index}]"
                if around.key is not None:
                    key, at = around.key
                    path = join_any(around.path, key)
            newlines = text.count("\n", counted, at)
            if newlines:
                line, line_start = line + newlines, text.rindex("\n", counted, at) + 1
            counted = at
            found[path] = Place(line, at - line_start + 1)
            if mark in ("[", "{"):
                inside.append(_Container(path, 0 if mark == "[" else None))
    return found


def place_of(
    path: str, policy: Optional[MigrationPolicy], known: Mapping[str, Place]
) -> Optional[Place]:
    """The place of a finding's path, or of its nearest parent that the text contains.

    Args:
        path: the finding's path, in the policy as `MigrationPolicy.to_json` writes it.
        policy: the finding's policy; None if it is about the list.
        known: the places in the text that the policy was read from.
    """
    schedule = None if policy is None else policy.schedule
    if schedule is not None:
        first = {"convergenceItems": 0, "lastItems": len(split_stalling(schedule)[0])}
        path = _ENTRY.sub(
            lambda entry: _as_read(entry[1], first[entry[2]] + int(entry[3]), known), path
        )
    while path and path not in known:
        path = _ABOVE.sub("", path)
    return known.get(path)


def _as_read(prefix: str, index: int, known: Mapping[str, Place]) -> str:
    """The path in the text of a schedule entry, given its index in the whole schedule."""
    read = 0
    while f"{prefix}convergenceItems[{read}]" in known:
        read += 1
    if index < read:
        return f"{prefix}convergenceItems[{index}]"
    return f"{prefix}lastItems[{index - read}]"
