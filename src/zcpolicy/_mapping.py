"""A mapping that can be hashed and pickled and does not change; Python has none."""

from typing import Dict, Iterator, Mapping, Tuple, TypeVar

import attr

__all__ = ["FrozenMapping"]

V = TypeVar("V")


@attr.s(auto_attribs=True, frozen=True, slots=True, eq=False, repr=False, init=False)
class FrozenMapping(Mapping[str, V]):
    """Reads like a dict of strings, prints like one, and equals one."""

    _items: Tuple[Tuple[str, V], ...]

    def __init__(self, mapping: Mapping[str, V]) -> None:
        object.__setattr__(self, "_items", tuple(mapping.items()))

    def __getitem__(self, key: str) -> V:
        for name, value in self._items:
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._items])

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __repr__(self) -> str:
        return repr(self._dict())

    def _dict(self) -> Dict[str, V]:
        return dict(self._items)
