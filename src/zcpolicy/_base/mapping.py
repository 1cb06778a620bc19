"""An immutable, hashable, picklable dict."""

from typing import Any, Dict, Tuple, TypeVar

__all__ = ["FrozenMapping"]

V = TypeVar("V")


class FrozenMapping(Dict[str, V]):
    """An immutable dict with string keys; ``copy()`` returns a plain, mutable dict.

    It subclasses dict because libvirt's Python binding and `json` accept no other mapping.
    """

    __slots__ = ()

    def _refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} is immutable")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> Tuple[Any, ...]:
        # By default, unpickling a dict sets its items one by one.
        return type(self), (dict(self),)
