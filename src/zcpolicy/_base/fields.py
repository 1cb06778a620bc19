"""The kinds of values that the inputs are made of, and the one check that applies them.

Each class of inputs has a table, field by field, of these kinds.  attrs' own validators are not
used: their messages differ between versions, they stop at the first fault, and a stack of them
costs more than the object.
"""

import itertools
import operator
import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import attr

from .errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .mapping import FrozenMapping

__all__ = [
    "BOOL",
    "INT_MAX",
    "LAYER",
    "LAYERS",
    "LEVEL",
    "TEXT",
    "Fields",
    "Kind",
    "as_tuple",
    "camel",
    "choice",
    "instance",
    "integer",
    "items",
    "optional",
]

# Engine is Java: its integers end here.
INT_MAX = 2147483647


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of value: which types, which of their values, and the words for both.

    Attributes:
        types: the types; a subclass is another type.
        expected: what is accepted, for messages.
        accepts: which values of the types; None for all. It is not asked about None.
        item: for tuples, the kind of their elements.
        schema: the same as a JSON Schema, where JSON can say it.
    """

    types: Tuple[type, ...]
    expected: str
    accepts: Optional[Callable[[Any], bool]] = None
    item: Optional["Kind"] = None
    schema: Mapping[str, Any] = FrozenMapping({})

    def faults(self, path: str, value: object) -> List[ZcpolicyError]:
        """What is wrong with *value* at *path*; nothing if it is of this kind."""
        # `type(...) in`, not isinstance: a bool is no int, and a subclass may repr as anything.
        if type(value) not in self.types:
            return [InvalidType(path, value, self.expected)]
        if value is not None and self.accepts is not None and not self.accepts(value):
            return [InvalidValue(path, value, self.expected)]
        if self.item is not None and isinstance(value, tuple):
            return [
                fault
                for index, element in enumerate(value)
                for fault in self.item.faults(f"{path}[{index}]", element)
            ]
        return []

    @property
    def accepts_items(self) -> Optional[Callable[[Any], bool]]:
        """Whether every element of a tuple is of the kind of its items."""
        item = self.item
        if item is None:
            return None
        types, accepts = item.types, item.accepts
        if accepts is None:
            return lambda value: all([type(element) in types for element in value])
        return lambda value: not self.faults("", value)


def integer(low: int, high: int = INT_MAX) -> Kind:
    """An integer from *low* to *high*; a bool is none."""
    return Kind(
        types=(int,),
        expected=f"an integer from {low} to {high}",
        accepts=lambda value: low <= value <= high,
        schema={"type": "integer", "minimum": low, "maximum": high},
    )


def choice(*words: str, numbers: Optional[Kind] = None) -> Kind:
    """One of *words* or, where *numbers* are given, one of those."""
    listed = ", ".join(repr(word) for word in words)
    schema = {"enum": list(words)}
    if numbers is None:
        return Kind(
            types=(str,),
            expected=f"one of {listed}",
            accepts=words.__contains__,
            schema=schema,
        )
    in_range = numbers.accepts
    assert in_range is not None
    return Kind(
        types=(str, int),
        expected=f"{listed} or {numbers.expected}",
        accepts=lambda value: value in words if isinstance(value, str) else in_range(value),
        schema={"anyOf": [schema, numbers.schema]},
    )


def instance(cls: type, expected: Optional[str] = None) -> Kind:
    """An object of *cls*."""
    article = "an" if cls.__name__[0] in "AEIOU" else "a"
    return Kind(types=(cls,), expected=expected or f"{article} {cls.__name__}")


def optional(kind: Kind) -> Kind:
    """*kind*, or None."""
    return attr.evolve(kind, types=(*kind.types, type(None)), expected=f"{kind.expected}, or none")


def items(kind: Kind, expected: str) -> Kind:
    """A tuple of *kind* (lists are turned into tuples by `as_tuple`)."""
    return Kind(types=(tuple,), expected=expected, item=kind)


def as_tuple(value: Any) -> Any:
    """Lists become tuples, so that the object stays immutable; the check sees all else."""
    return tuple(value) if isinstance(value, list) else value


BOOL = Kind(types=(bool,), expected="true or false", schema={"type": "boolean"})
TEXT = Kind(types=(str,), expected="a string", schema={"type": "string"})
# Where a reason lies; the words of the field.
LAYERS = ("engine", "vdsm", "libvirt", "qemu")
LAYER = choice(*LAYERS)
_LEVEL = re.compile(r"(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})")
# The form alone: which levels exist is Engine's configuration.
LEVEL = Kind(
    types=(str,),
    expected='a compatibility level such as "4.8"',
    accepts=lambda value: _LEVEL.fullmatch(value) is not None,
    schema={"type": "string", "pattern": f"^{_LEVEL.pattern}$"},
)


class Fields:
    """The fields of a class and their kinds, and the check that its objects run as they are built.

    Objects are built in the hottest loops, so the check first asks one question of all types
    together, and looks at single fields only to name what is wrong.
    """

    def __init__(self, **kinds: Kind) -> None:
        self.kinds: Mapping[str, Kind] = kinds
        self._values = operator.attrgetter(*kinds)
        self._types = frozenset(itertools.product(*(kind.types for kind in kinds.values())))
        self._conditions = tuple(
            (index, condition)
            for index, kind in enumerate(kinds.values())
            for condition in (kind.accepts, kind.accepts_items)
            if condition is not None
        )

    def check(self, instance: object) -> None:
        """Refuse *instance* if a field is not of its kind, naming every such field."""
        raise_all(self.faults(instance))

    def faults(self, instance: object) -> List[ZcpolicyError]:
        """All faults of the fields of *instance*."""
        values = self._values(instance)
        if tuple(map(type, values)) in self._types:
            for index, accepts in self._conditions:
                value = values[index]
                if value is not None and not accepts(value):
                    break
            else:
                return []
        return [
            fault
            for name, kind in self.kinds.items()
            for fault in kind.faults(name, getattr(instance, name))
        ]

    def json_keys(self) -> Dict[str, str]:
        """The fields by their keys in JSON: ``memoryMiB`` is ``memory_mib``."""
        return {camel(name): name for name in self.kinds}


def camel(name: str) -> str:
    """A field's name as JSON has it."""
    first, *rest = name.split("_")
    return first + "".join("MiB" if word == "mib" else word.capitalize() for word in rest)
