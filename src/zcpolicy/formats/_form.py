"""Forms of text, one row of data per form, and the result of reading one."""

from typing import Any, Callable, Mapping, Optional, Protocol, Tuple

import attr

from .._base.frozen import quick
from .._base.mapping import FrozenMapping
from ._text import Text

__all__ = ["Form", "LineReader", "Reading", "document_reading"]


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return FrozenMapping(value) if type(value) is dict else value


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, hash=False)
class Reading:
    """The contents of one text.

    Attributes:
        form: the name of the text's form, such as ``"domain-xml"``.
        parts: what the text states, without defaults.  ``cluster``, ``vm``, ``source``,
            ``destination`` and ``workload`` map the field names of the classes to values;
            ``policy`` is an id or a name; ``policies`` maps a level, or None, to a tuple of
            policies; ``request`` is a ``VM.migrate`` map, ``call`` a
            `zcpolicy.adapters.vdsm.LibvirtCall`, ``migration`` a `zcpolicy.Migration`,
            ``dirty_rates`` a tuple of pairs (s, MiB/s).
        ignored: the other contents of the text, in a few words each.
        source: the caller's name for the text, such as a file name; None if it has none.
    """

    form: str
    parts: Mapping[str, Any] = attr.ib(converter=_frozen)
    ignored: Tuple[str, ...] = ()
    source: Optional[str] = None


class LineReader(Protocol):
    """Take the lines of one text in order; keep only what is of the form."""

    @property
    def found(self) -> bool:
        """Whether any line was of the reader's form."""
        ...

    def feed(self, number: int, line: str) -> None:
        """Take the next line; `reading` reports its faults.

        Args:
            number: its number, from 1.
            line: the line with its end; only the last may lack one, and may be truncated.
        """
        ...

    def reading(self) -> Reading:
        """Return the contents of the lines.

        Raises:
            ZcpolicyError: they state nothing, or something invalid; with every fault.
        """
        ...


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Form:
    """A form of text: how to recognise and how to read it.

    Attributes:
        name: its name in `Reading.form`.
        what: a short description.
        obtain: the command that prints such a text.
        takes: the parts of it that are used.
        ignores: the parts of it that are not.
        recognise: whether a text is of this form; quick, never raises.
        read: reads a text of this form.  It raises a `zcpolicy.ZcpolicyError` with every fault.
            None if `lines` reads it.
        lines: makes a line-by-line reader, for texts of any length, given the id or the name of
            the VM asked for, or None.
        log: whether it is a log, which also contains other things.
        document: whether a document, whose strings may contain any text, tells it.
    """

    name: str
    what: str
    obtain: str
    takes: str
    ignores: str
    recognise: Callable[[Text], bool]
    read: Optional[Callable[[Text], Reading]] = None
    lines: Optional[Callable[[Optional[str]], LineReader]] = None
    log: bool = False
    document: bool = attr.ib(default=attr.Factory(lambda form: form.lines is None, takes_self=True))


def document_reading(
    form: str,
    text: Text,
    parts: Mapping[str, Any],
    ignored: Tuple[str, ...] = (),
    others: Tuple[str, ...] = (),
) -> Reading:
    """Make the reading of one JSON or XML document; text around it is listed as ignored.

    Args:
        form: the form's name.
        text: the text.
        parts: what it states.
        ignored: unused parts of the document that matter.
        others: its other unused parts.
    """
    return Reading(form=form, parts=dict(parts), ignored=(*ignored, *text.noise, *others))
