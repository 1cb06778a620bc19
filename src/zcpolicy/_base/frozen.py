"""Build objects of frozen attrs classes as fast as mutable ones.

attrs sets each field of a frozen object with ``object.__setattr__``.  For the twelve parameters of
a decision, that costs as much as the decision itself.  The functions here use plain assignments on
an object of a mutable subclass, let it check itself, and then change its class to the frozen one.
The mutable object is never exposed.
"""

from typing import Any, Callable, Dict, List, Mapping, NoReturn, Sequence, Tuple, Type, TypeVar

import attr

from .hints import refuse
from .signatures import as_call

__all__ = ["maker", "pair_maker", "quick", "reduced"]

T = TypeVar("T")
_MISSING = object()
# The first two belong together, since C has one slot for both.
_OPEN = {
    "__setattr__": object.__setattr__,
    "__delattr__": object.__delattr__,
    "__init__": object.__init__,
}


def quick(cls: Type[T]) -> Type[T]:
    """Speed up the construction of *cls*, and suggest a field if an unknown one is given.

    Args:
        cls: a frozen, slotted, keyword-only attrs class without factories.  Its
            ``__attrs_post_init__`` may assign to fields.  It cannot be subclassed.
    """
    made: Any = cls
    own_init: Any = cls.__init__
    fields = [field for field in attr.fields(made) if field.init]
    known = [field.name.lstrip("_") for field in fields]
    required = [name for name, field in zip(known, fields) if field.default is attr.NOTHING]

    def unknown(given: Mapping[str, object]) -> NoReturn:
        refuse(f"{cls.__name__} has no field", given, known)

    def lacking(made: object, given: Mapping[str, object]) -> None:
        # Python's own words: attrs' function lacks the same.
        own_init(made, **{name: given[name] for name in required if given[name] is not _MISSING})

    # Python would complain of what is missing before it comes to what was misspelt.
    lacks = " or ".join([f"{name} is missing" for name in required])
    init: Any = _compiled(
        cls,
        "__init__(self, *, {}, **_unknown)",
        before=[
            "if _unknown: refuse(_unknown)",
            *([f"if {lacks}: lacking(self, locals())"] if required else []),
            "set_class(self, '__class__', open)",
        ],
        required="=missing",
        refuse=unknown,
        lacking=lacking,
        missing=_MISSING,
    )
    init.__module__, init.__qualname__ = own_init.__module__, own_init.__qualname__
    init.__annotations__ = own_init.__annotations__
    # help() shows the signature of attrs' function, which nobody calls for its defaults any more.
    init.__wrapped__ = own_init
    own_init.__kwdefaults__ = {
        name: as_call(value) for name, value in (own_init.__kwdefaults__ or {}).items()
    }
    made.__init__ = init
    made.__init_subclass__ = classmethod(_no_subclass)
    if "__reduce__" not in vars(cls):
        made.__reduce__ = reduced
    return cls


def reduced(made: Any) -> Tuple[Any, ...]:
    """Reduce an object of a `quick` class for `pickle`, to the fields that are not the default.

    The other fields and computed values follow from these.
    """
    defaults = _defaults(type(made))
    values = {
        field.name: getattr(made, field.name) for field in attr.fields(type(made)) if field.init
    }
    changed = {
        name: value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }
    return _rebuilt, (type(made), changed)


def _rebuilt(cls: Any, changed: Mapping[str, Any]) -> Any:
    """Rebuild the object from `reduced`; it checks itself again."""
    made = _opened(cls)()
    for name, value in {**_defaults(cls), **changed}.items():
        setattr(made, name, value)
    if hasattr(cls, "__attrs_post_init__"):
        made.__attrs_post_init__()
    made.__class__ = cls
    return made


def _defaults(cls: Any) -> Dict[str, Any]:
    return {
        field.name: field.default if field.converter is None else field.converter(field.default)
        for field in attr.fields(cls)
        if field.init and field.default is not attr.NOTHING
    }


def maker(cls: Type[T], *, check: bool = True) -> Type[T]:
    """Return a function that builds objects of a `quick` class faster than calling the class.

    It is typed as the class so that type checkers check its arguments.  Calling a class costs more
    than the work of its ``__init__``.

    Args:
        cls: the class.
        check: False skips ``__attrs_post_init__``, for values that are already checked.
    """
    made: Any = _compiled(
        cls, "make(*, {})", before=["self = open()"], after=["return self"], check=check
    )
    return made  # type: ignore[no-any-return]


def pair_maker(cls: Type[T]) -> Callable[..., Tuple[T, Dict[str, Any]]]:
    """A function that builds objects of a `quick` class of pairs: each value with its reason.

    It returns the object, and the reasons by field, in the fields' order.  Every field is given,
    whether it has a default or not: a missing one is a `TypeError`.

    Args:
        cls: the class; its fields have no converters.
    """
    made: Any = cls
    names = [field.name for field in attr.fields(made)]
    lines = [
        f"def make(*, {', '.join(names)}):",
        "self = open()",
        *[f"self.{name}, of_{name} = {name}" for name in names],
        "self.__attrs_post_init__()",
        "self.__class__ = own",
        f"return self, {{{', '.join([f'{name!r}: of_{name}' for name in names])}}}",
    ]
    found: Dict[str, Any] = {"own": cls, "open": _opened(cls)}
    exec(compile("\n    ".join(lines), f"<make of {cls.__qualname__}>", "exec"), found)
    return found["make"]  # type: ignore[no-any-return]


def _compiled(
    cls: Any,
    head: str,
    *,
    before: Sequence[str],
    after: Sequence[str] = (),
    check: bool = True,
    required: str = "",
    **others: object,
) -> Any:
    """Compile a function that fills an object of *cls*.

    Args:
        cls: the class.
        head: its name and parameters, with a ``{}`` for those of the fields.
        before: lines before the fields are filled.
        after: lines after that.
        check: whether the object checks itself.
        required: what follows the name of an argument that is required.
        others: what the lines need besides the class.
    """
    names: Dict[str, Any] = {
        "own": cls,
        "open": _opened(cls),
        "set_class": object.__setattr__,
        **others,
    }
    arguments: List[str] = []
    assignments: List[str] = []
    for field in attr.fields(cls):
        if not field.init:
            continue
        argument = field.name.lstrip("_")
        if field.default is attr.NOTHING:
            arguments.append(f"{argument}{required}")
        else:
            names[f"default_{argument}"] = field.default
            arguments.append(f"{argument}=default_{argument}")
        value = argument
        if field.converter is not None:
            names[f"convert_{argument}"] = field.converter
            value = f"convert_{argument}({argument})"
        assignments.append(f"self.{field.name} = {value}")
    lines = [
        f"def {head.format(', '.join(arguments))}:",
        *before,
        *assignments,
        *(["self.__attrs_post_init__()"] if check and hasattr(cls, "__attrs_post_init__") else []),
        "self.__class__ = own",
        *after,
    ]
    exec(compile("\n    ".join(lines), f"<{head} of {cls.__qualname__}>", "exec"), names)
    return names[head.partition("(")[0]]


def _opened(cls: Any) -> Any:
    """The mutable subclass, which is created on first use and is the only subclass."""
    found = cls.__subclasses__()
    return found[0] if found else type(cls.__name__, (cls,), {"__slots__": (), **_OPEN})


def _no_subclass(cls: Type[Any], /, **_: Any) -> NoReturn:
    raise TypeError(f"{cls.__mro__[1].__name__} cannot be subclassed: build one, or hold one")
