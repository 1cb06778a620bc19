"""Find where a JSON value, or Python's print of one, ends in a text; convert it to JSON text.

One pass distinguishes only brackets, strings, numbers and words; the JSON parser judges whether
they form a document.  Python's own parser is not used: untrusted input could exhaust its memory or
its stack.
"""

import json
import re
from typing import List, NamedTuple, Optional

__all__ = ["DEPTH_MAX", "Scanned", "scan"]

# A host's capabilities have about ten levels.
DEPTH_MAX = 500

_TOKEN = re.compile(
    r"""
    [ \t\r\n]*
    (?:
        (?P<double> u? "[^"\\\n]*(?:\\.[^"\\\n]*)*" )
      | (?P<single> u? '[^'\\\n]*(?:\\.[^'\\\n]*)*' )
      | (?P<number> -? [0-9]+ (?:\.[0-9]+)? (?:[eE][+-]?[0-9]+)? L? )
      | (?P<word> [A-Za-z_]+ )
      | (?P<open> [\[{(] )
      | (?P<close> [\]})] )
      | (?P<between> [,:] )
    )
    """,
    re.VERBOSE,
)
_BLANK = re.compile(r"[ \t\r\n]+")
_PAIRS = {"]": "[", "}": "{", ")": "("}
_WORDS = {
    "true": "true",
    "false": "false",
    "null": "null",
    "True": "true",
    "False": "false",
    "None": "null",
}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))",
    re.DOTALL,
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Scanned(NamedTuple):
    """The result of a scan.

    Attributes:
        end: where the value ends; None if it does not.
        json: the value as JSON text, if Python printed it; None if the text is already JSON.
        stopped: where the scan stopped.
        deep: whether the value is nested too deeply for any of these documents.
    """

    end: Optional[int]
    json: Optional[str]
    stopped: int
    deep: bool = False


def scan(text: str, start: int) -> Scanned:
    """Find the end of the object or list that begins at *start* by its brackets."""
    tokens: List[str] = []
    opened: List[str] = []
    python = False
    position = start
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            blank = _BLANK.match(text, position)
            return Scanned(None, None, position if blank is None else blank.end())
        kind = match.lastgroup or ""
        token = match.group(kind)
        if kind == "open":
            if len(opened) == DEPTH_MAX:
                return Scanned(None, None, position, deep=True)
            opened.append(token)
            if token == "(":
                token, python = "[", True
        elif kind == "close":
            if not opened or opened.pop() != _PAIRS[token]:
                return Scanned(None, None, match.end() - 1)
            if token == ")":
                token = "]"
                if tokens[-1] == ",":
                    tokens.pop()
        elif kind == "word":
            if token not in _WORDS:
                return Scanned(None, None, match.start(kind))
            python = python or _WORDS[token] != token
            token = _WORDS[token]
        elif kind == "single" or token[0] == "u":
            token, python = _string(token), True
        elif token[-1:] == "L":
            token, python = token[:-1], True
        tokens.append(token)
        position = match.end()
        if not opened:
            made = None
            if python:
                made = " ".join(
                    _string(token) if token[:1] == '"' and "\\" in token else token
                    for token in tokens
                )
            return Scanned(position, made, position)


def _string(token: str) -> str:
    """Convert a Python string literal to JSON."""
    if token[0] == "u":
        token = token[1:]
    inside = token[1:-1]
    if "\\" in inside:
        inside = _ESCAPE.sub(_escaped, inside)
    return json.dumps(inside)


def _escaped(match: "re.Match[str]") -> str:
    digits = match.group(1) or match.group(2) or match.group(3)
    if digits is not None:
        code = int(digits, 16)
        return chr(code) if code < 0x110000 else "\ufffd"
    letter = match.group(4)
    return _PLAIN.get(letter, letter)
