"""A form of text, and what was read of one: a row of data a form."""

from typing import Any, Callable, Mapping, Optional, Tuple

import attr

from .._base.mapping import FrozenMapping
from ._text import Text

__all__ = ["Form", "Reading", "document_reading"]


def _frozen(value: Any) -> Any:
    return FrozenMapping(value) if type(value) is dict else value


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
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
            every fault.
    """

    name: str
    what: str
    obtain: str
    takes: str
    ignores: str
    recognise: Callable[[Text], bool]
    read: Callable[[Text], Reading]


def document_reading(
    form: str, text: Text, parts: Mapping[str, Any], ignored: Tuple[str, ...] = ()
) -> Reading:
    """The reading of a form that is one JSON or XML document; what is around that is ignored."""
    return Reading(form=form, parts=dict(parts), ignored=(*ignored, *text.noise))
