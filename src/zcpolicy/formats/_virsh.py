"""Read a ``virsh migrate`` command line, from a shell or virsh's own prompt.

Source: libvirt ``tools/virsh-domain.c`` (``opts_migrate``, ``doMigrate``), ``tools/vsh.c``
(``vshCommandParse``, ``vshCommandStringGetArg``) and ``tools/virsh.c`` (virsh's own options).
"""

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from .._base.documents import join_any
from .._base.errors import InvalidValue, ZcpolicyError, short_repr, suggestion
from ..adapters._flags import flags_from_names
from ..adapters._libvirt_call import LibvirtCall
from ..adapters._params import LISTS
from ..adapters._virsh import VIRSH_FLAGS, VIRSH_OPTIONS
from ._form import Form, Reading
from ._lines import Faults, Notes
from ._text import Text

__all__ = ["FORMS", "OTHER_FLAGS", "OTHER_VALUES"]

_FLAG_OF = {option: flag for flag, option in VIRSH_FLAGS.items()}
_PARAMETER_OF = {option: name for name, (option, _) in VIRSH_OPTIONS.items()}
_ALIASES = {"--tunneled": "--tunnelled"}
# The other options of ``virsh migrate``: without and with a value.
OTHER_FLAGS = frozenset(
    (
        *("--direct", "--verbose", "--postcopy-after-precopy", "--timeout-suspend"),
        *("--timeout-postcopy", "--help"),
    )
)
OTHER_VALUES = frozenset(("--domain", "--desturi", "--timeout", "--xml", "--persistent-xml"))
_OPTIONS = (*_FLAG_OF, *_PARAMETER_OF, *_ALIASES, *sorted(OTHER_FLAGS | OTHER_VALUES))
# The options whose values may be positional, in this order.
_POSITIONAL = (
    *("--domain", "--desturi", "--migrateuri", "--graphicsuri", "--listen-address", "--dname"),
    *("--timeout", "--xml", "--migrate-disks", "--disks-port"),
)
# virsh's own options that take a value.
_GLOBAL_VALUES = (
    *("c", "connect", "d", "debug", "e", "escape", "k", "keepalive-interval"),
    *("K", "keepalive-count", "l", "log"),
)

_BLANK = r"(?:[ \t]|\\\n(?:>[ \t])?)"  # the second: a continuation line, with a shell's prompt
_TOKEN = re.compile(
    rf"""{_BLANK}*(?:
        (?P<end> \n | [;|&)] | \#[^\n]* | [0-9]*[<>][^\n]* | \Z )
      | (?P<word> (?: [^\s;|&<>()'"\\] | \\[^\n] | '[^']*' | "(?:[^"\\]|\\.)*" )+ )
      | (?P<other> . )
    )""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_IN_QUOTES = re.compile(r"""\\([\\"$`])""")
# virsh's own prompt.
_PROMPT = re.compile(r"[ \t]*virsh[ \t]*[#>][ \t]+")
# A whole command in one word.
_INSIDE = re.compile(r"\bvirsh[ \t].*[ \t]migrate[ \t]|\bvirsh[ \t]+migrate[ \t]")
# As a word on its own: an unmatched quote.
_QUOTES = ("'", '"')
_NUMBER = re.compile(r"[+-]?[0-9]{1,25}")


class _Command(NamedTuple):
    """A command: its first line, its start and end in the text, and its words after ``migrate``."""

    line: int
    start: int
    end: int
    words: Tuple[str, ...]


def _commands(text: str) -> Iterator[_Command]:
    """Yield the ``virsh migrate`` commands of a text."""
    if "migrate" not in text:
        return
    position, line, counted = 0, 1, 0
    while position < len(text):
        start = position
        line += text.count("\n", counted, start)
        counted = start
        words, position = _words(text, start)
        found = _migrate(words)
        if found is not None:
            yield _Command(line, start, position, found)


def _words(text: str, start: int) -> Tuple[List[str], int]:
    """Return the words of the simple command at *start*, and where the next one begins."""
    prompt = _PROMPT.match(text, start)
    words: List[str] = []
    position = start
    if prompt is not None:
        words.append("virsh")
        position = prompt.end()
    while True:
        match = _TOKEN.match(text, position)
        assert match is not None  # the last alternative matches anything
        position = match.end()
        if match.lastgroup == "end":
            return words, position
        if match.lastgroup == "word":
            words.append(_QUOTED.sub(_unquoted, match.group("word")))
        elif match.group("other") in _QUOTES:
            words.append(match.group("other"))


def _unquoted(match: "re.Match[str]") -> str:
    escaped, single, double = match.groups()
    if escaped is not None:
        return str(escaped)
    return str(single) if single is not None else _IN_QUOTES.sub(r"\1", double)


def _migrate(words: List[str]) -> Any:
    """Return the words after ``virsh migrate``; None if this is another command."""
    names = [word.rpartition("/")[2] for word in words]
    if "virsh" not in names and _INSIDE.search(words[-1] if words else "") is not None:
        return _migrate(_words(words[-1], 0)[0])  # an argument of another program: ssh, sh -c
    if "virsh" in names:
        rest = words[names.index("virsh") + 1 :]
        while rest and rest[0].startswith("-"):
            option = rest.pop(0).lstrip("-")
            if option in _GLOBAL_VALUES:
                rest = rest[1:]
        if len(rest) == 1 and rest[0].startswith("migrate "):
            rest = _words(rest[0], 0)[0]  # virsh also accepts a whole command in one word
    else:
        rest = words
    if rest[:1] != ["migrate"]:
        return None
    told = [word for word in rest if word.startswith("--") or "://" in word]
    return tuple(rest[1:]) if told else None


def _read(text: Text) -> Reading:
    commands = list(_commands(text.text))
    if len(commands) > 1:
        line = commands[1].line
        problem = f"a second command begins on line {line}: give them one by one"
        raise InvalidValue("", None, "one virsh migrate command", problem)
    command = commands[0]
    notes, faults = Notes(), Faults()
    said = _said(command.words, faults)
    names = []
    params: Dict[str, Any] = {}
    for option, value in said.items():
        if option in _FLAG_OF:
            names.append(_FLAG_OF[option])
        elif option in _PARAMETER_OF:
            _parameter(option, value, params, faults)
        else:
            notes.add(option if option in OTHER_FLAGS else f"{option} {value}")
    faults.check()
    around = text.text[: command.start] + text.text[command.end :]
    for each in around.split("\n"):
        if each.strip():
            notes.line(each)
    call = LibvirtCall(flags=flags_from_names(names), params=params)
    return Reading(form="virsh-migrate", parts={"call": call}, ignored=notes.all())


def _said(words: Tuple[str, ...], faults: Faults) -> Dict[str, str]:
    """Assign values to options as virsh does."""
    said: Dict[str, str] = {}
    rest = list(words)
    positional = False
    rest.reverse()
    while rest:
        word = rest.pop()
        if word in _QUOTES:
            faults.add(InvalidValue("", word, "quotes in pairs", f"a {word} is unmatched"))
            continue
        if positional or not word.startswith("--"):
            free = next((name for name in _POSITIONAL if name not in said), None)
            if free is None:
                faults.add(InvalidValue("", word, "options", f"unexpected data {short_repr(word)}"))
            else:
                said[free] = word
            continue
        if word == "--":
            positional = True
            continue
        given, has_value, value = word.partition("=")
        option = _ALIASES.get(given, given)
        if option not in _OPTIONS:
            hint = suggestion(given, _OPTIONS)
            problem = f"virsh migrate has no such option{hint}"
            path = join_any("", given)
            faults.add(InvalidValue(path, word, "an option of virsh migrate", problem))
            continue
        if option in _FLAG_OF or option in OTHER_FLAGS:
            if has_value:
                faults.add(InvalidValue(given, value, "no value", "the option takes no value"))
                continue
        elif not has_value:
            if not rest:
                faults.add(InvalidValue(given, None, "a value", "the value is missing"))
                continue
            value = rest.pop()
        if option in said:
            faults.add(InvalidValue(given, value, "an option given once", "it is given twice"))
            continue
        said[option] = value
    return said


def _parameter(option: str, text: str, params: Dict[str, Any], faults: Faults) -> None:
    """Add the parameter that virsh makes from an option."""
    name = _PARAMETER_OF[option]
    kind = VIRSH_OPTIONS[name][1]
    values: List[Any] = text.split(",") if name in LISTS else [text]
    if int in kind.types:
        values = [int(each) if _NUMBER.fullmatch(each) else each for each in values]
    found: List[ZcpolicyError] = []
    for value in values:
        found += kind.faults(option, value)
    for fault in found:
        faults.add(fault)
    params[name] = values[0] if len(values) == 1 else tuple(values)


FORMS: Tuple[Form, ...] = (
    Form(
        name="virsh-migrate",
        what="a virsh migrate command line",
        obtain="history | grep 'virsh.*migrate'",
        takes="the flags and parameters of the call that virsh makes",
        ignores="the VM and the destination, timeouts, XML files, each by name",
        recognise=lambda text: next(_commands(text.text), None) is not None,
        read=_read,
        document=False,
    ),
)
