"""A form of text, and what was read of one: a row of data a form."""

from typing import Any, Callable, Mapping, Optional, Protocol, Tuple

import attr

from .._base.mapping import FrozenMapping
from ._text import Text

__all__ = ["Form", "LineReader", "Reading", "document_reading"]


def _frozen(value: Any) -> Any:
    return FrozenMapping(value) if type(value) is dict else value


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, hash=False)
class Reading:
    """What one text says.

    Attributes:
        form: the name of the text's form, such as ``"domain-xml"``.
        parts: what it says, only what it says.  ``cluster``, ``vm``, ``source``, ``destination``
            and ``workload`` are mappings of fields, called as those of the classes; ``policy`` is
            an id or a name; ``policies`` maps a level, or None, to a tuple of policies;
            ``request`` is a ``VM.migrate`` map, ``call`` a `zcpolicy.adapters.vdsm.LibvirtCall`,
            ``migration`` a `zcpolicy.Migration`, ``dirty_rates`` a tuple of pairs (s, MiB/s).
        ignored: what else is in the text, in a few words each.
        source: what the caller calls the text, such as a file's name; None if it has no name.
    """

    form: str
    parts: Mapping[str, Any] = attr.ib(converter=_frozen)
    ignored: Tuple[str, ...] = ()
    source: Optional[str] = None


class LineReader(Protocol):
    """Takes the lines of one text, in their order; it keeps what it found and no more."""

    @property
    def found(self) -> bool:
        """Whether there was anything of the reader's form."""
        ...

    def feed(self, number: int, line: str) -> None:
        """Take the next line; what is wrong with it, `reading` says.

        Args:
            number: its number, from 1.
            line: the line with its end; one without an end is the last, and may be cut.
        """
        ...

    def reading(self) -> Reading:
        """What the lines said.

        Raises:
            ZcpolicyError: they say nothing, or what cannot be; with every fault.
        """
        ...


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Form:
    """A form of text: how it is told from others, and how it is read.

    Attributes:
        name: what `Reading.form` calls it.
        what: what it is, in a few words.
        obtain: the command to type to get one.
        takes: what is taken from it.
        ignores: what is in such a text and is not taken, by its nature.
        recognise: whether a text is of this form; it is quick and never raises.
        read: what a text that was recognised says.  It raises a `zcpolicy.ZcpolicyError` with
            every fault.  None if `lines` reads it.
        lines: makes a reader of a form that is read line by line, so that a text may be of any
            length; it is given the id or the name of the VM that is asked for, or None.
        log: whether it is a log, which holds other things, too.
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


def document_reading(
    form: str,
    text: Text,
    parts: Mapping[str, Any],
    ignored: Tuple[str, ...] = (),
    others: Tuple[str, ...] = (),
) -> Reading:
    """The reading of a form that is one JSON or XML document; what is around that is ignored.

    Args:
        form: the form's name.
        text: the text.
        parts: what it says.
        ignored: what is in the document, is not taken, and matters.
        others: what else is in it.
    """
    return Reading(form=form, parts=dict(parts), ignored=(*ignored, *text.noise, *others))
