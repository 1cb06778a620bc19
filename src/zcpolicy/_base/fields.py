"""Field types, and the check that applies them.

Each input class has a table of its fields' kinds.  attrs' own validators are not used: their
messages differ between versions, they stop at the first fault, and they cost more than the object
itself.
"""

import re
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Literal,
    Mapping,
    Optional,
    Tuple,
    TypeVar,
    Union,
    get_args,
    overload,
)

import attr

from .errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .mapping import FrozenMapping

__all__ = [
    "BOOL",
    "INT_MAX",
    "LAYER",
    "LEVEL",
    "ListOrTuple",
    "TEXT",
    "VERSION",
    "Fields",
    "Kind",
    "Layer",
    "as_texts",
    "as_tuple",
    "camel",
    "choice",
    "instance",
    "integer",
    "items",
    "optional",
]

T = TypeVar("T")
# What `as_tuple` takes.  Not a Sequence: a str is one, too.
ListOrTuple = Union[List[T], Tuple[T, ...]]

# The largest integer in Engine, which is Java.
INT_MAX = 2147483647


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of value: its types, the accepted values, and a description for messages.

    Attributes:
        types: the exact types; subclasses do not count.
        expected: what is accepted, for messages.
        accepts: whether a value of these types is accepted; None accepts all.  Never called with
            None.
        item: for tuples, the kind of their elements.
        condition: `accepts` as an expression of ``value``, if that saves the check a call.
        schema: the equivalent JSON Schema, if there is one.
    """

    types: Tuple[type, ...]
    expected: str
    accepts: Optional[Callable[[Any], bool]] = None
    item: Optional["Kind"] = None
    condition: str = ""
    schema: Mapping[str, Any] = FrozenMapping({})

    def faults(self, path: str, value: object) -> List[ZcpolicyError]:
        """The faults of *value* at *path*; empty if it is of this kind."""
        # Not isinstance: a bool is not an int here, and a subclass may have any repr.
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


def integer(low: int, high: int = INT_MAX) -> Kind:
    """An integer from *low* to *high*; bools are rejected."""
    return Kind(
        types=(int,),
        expected=f"an integer from {low} to {high}",
        accepts=lambda value: low <= value <= high,
        condition=f"{low} <= value <= {high}",
        schema={"type": "integer", "minimum": low, "maximum": high},
    )


def choice(*words: str, numbers: Optional[Kind] = None) -> Kind:
    """One of *words*, or a number of the kind *numbers*, if given."""
    listed = ", ".join(repr(word) for word in words)
    schema = {"enum": list(words)}
    if numbers is None:
        return Kind(
            types=(str,),
            expected=f"one of {listed}",
            accepts=words.__contains__,
            condition=f"value in {_constant(words)}",
            schema=schema,
        )
    in_range = numbers.accepts
    assert in_range is not None
    return Kind(
        types=(str, int),
        expected=f"{listed} or {numbers.expected}",
        accepts=lambda value: value in words if isinstance(value, str) else in_range(value),
        condition=f"(value in {_constant(words)} if type(value) is str else {numbers.condition})",
        schema={"anyOf": [schema, numbers.schema]},
    )


def _constant(words: Tuple[str, ...]) -> str:
    """The source of a set literal, which the compiler turns into a constant."""
    return "{" + ", ".join(map(repr, words)) + "}"


def instance(cls: type, expected: Optional[str] = None) -> Kind:
    """An object of *cls*."""
    article = "an" if cls.__name__[0] in "AEIOU" else "a"
    return Kind(types=(cls,), expected=expected or f"{article} {cls.__name__}")


def optional(kind: Kind) -> Kind:
    """*kind*, or None."""
    return attr.evolve(kind, types=(*kind.types, type(None)), expected=f"{kind.expected}, or none")


def items(kind: Kind, expected: str) -> Kind:
    """A tuple of *kind* (`as_tuple` converts lists)."""
    return Kind(types=(tuple,), expected=expected, item=kind)


@overload
def as_tuple(value: ListOrTuple[T]) -> Tuple[T, ...]: ...
@overload
def as_tuple(value: Any) -> Any: ...
def as_tuple(value: Any) -> Any:
    """Convert lists to tuples to keep the object immutable; leave the rest to the check.

    mypy takes the type of a field's argument from that of its converter, and cannot solve a type
    variable there; so each field's converter is a function of its own, which says what it takes.
    """
    return tuple(value) if isinstance(value, list) else value


def as_texts(value: ListOrTuple[str]) -> Tuple[str, ...]:
    """`as_tuple` of strings."""
    return as_tuple(value)


BOOL = Kind(types=(bool,), expected="true or false", schema={"type": "boolean"})
TEXT = Kind(types=(str,), expected="a string", schema={"type": "string"})
VERSION = optional(
    Kind(
        types=(tuple,),
        expected="a version such as (9, 0, 0)",
        accepts=lambda value: (
            len(value) > 0 and all([type(part) is int and part >= 0 for part in value])
        ),
    )
)
# The layer that a reason comes from.
Layer = Literal["engine", "vdsm", "libvirt", "qemu"]
LAYER = choice(*get_args(Layer))
_LEVEL = re.compile(r"(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})")
# Only the form: Engine's configuration says which levels exist.
LEVEL = Kind(
    types=(str,),
    expected='a compatibility level such as "4.8"',
    accepts=lambda value: _LEVEL.fullmatch(value) is not None,
    schema={"type": "string", "pattern": f"^{_LEVEL.pattern}$"},
)


class Fields:
    """The fields of a class with their kinds, and the check that runs when an object is built.

    Objects are built in the hottest loops, so the kinds are compiled into one condition for all
    fields; single fields are only checked to report faults.

    Attributes:
        kinds: the kinds, by field name.
        check: raises an error for an object that lists every invalid field.
    """

    def __init__(self, **kinds: Kind) -> None:
        self.kinds: Mapping[str, Kind] = kinds
        names: Dict[str, Any] = {"faults": self.faults, "raise_all": raise_all}
        tests = [_test(kind, field, names) for field, kind in kinds.items()]
        lines = [
            "def check(it):",
            *(f"    {field} = it.{field}" for field in kinds),
            f"    if not ({' and '.join(tests)}):",
            "        raise_all(faults(it))",
        ]
        exec(compile("\n".join(lines), "<check of the fields>", "exec"), names)
        self.check: Callable[[object], None] = names["check"]

    def faults(self, instance: object) -> List[ZcpolicyError]:
        """All faults of the fields of *instance*."""
        return [
            fault
            for name, kind in self.kinds.items()
            for fault in kind.faults(name, getattr(instance, name))
        ]

    def json_keys(self) -> Dict[str, str]:
        """The field of each JSON key: ``memoryMiB`` is ``memory_mib``."""
        return {camel(name): name for name in self.kinds}


def _test(kind: Kind, value: str, names: Dict[str, Any]) -> str:
    """The source of an expression: whether the variable *value* is of a kind."""

    def named(thing: object) -> str:
        name = f"name{len(names)}"
        names[name] = thing
        return name

    types = [cls for cls in kind.types if cls is not type(None)]
    if types == [bool]:
        test = f"({value} is True or {value} is False)"
    elif len(types) == 1:
        test = f"type({value}) is {named(types[0])}"
    else:
        test = f"type({value}) in {named(frozenset(types))}"
    if kind.condition:
        condition = re.sub(r"\bvalue\b", value, kind.condition)
        test += f" and {condition}"
    elif kind.accepts is not None:
        test += f" and {named(kind.accepts)}({value})"
    if kind.item is not None:
        items = f"all([{_test(kind.item, 'each', names)} for each in {value}])"
        test += f" and (type({value}) is not tuple or {items})"
    return f"({value} is None or {test})" if type(None) in kind.types else f"({test})"


def camel(name: str) -> str:
    """The JSON key of a field name."""
    first, *rest = name.split("_")
    return first + "".join("MiB" if word == "mib" else word.capitalize() for word in rest)
