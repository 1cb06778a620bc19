"""A dict that can be hashed and pickled and does not change; Python has none."""

from typing import Any, Dict, Tuple, TypeVar

__all__ = ["FrozenMapping"]

V = TypeVar("V")


class FrozenMapping(Dict[str, V]):
    """A dict of strings that does not change; ``copy()`` gives a plain dict, which does.

    It is a dict because libvirt's Python binding and `json` take no other mapping.
    """

    __slots__ = ()

    def _refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} does not change")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> Tuple[Any, ...]:
        # A dict's own way is to set its items one by one.
        return type(self), (dict(self),)
