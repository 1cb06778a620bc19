"""A mapping that can be hashed and pickled and does not change; Python has none."""

from typing import Any, Dict, ItemsView, Iterator, Mapping, TypeVar

import attr

__all__ = ["FrozenMapping"]

V = TypeVar("V")


@attr.s(frozen=True, slots=True, eq=False, repr=False, init=False)
class FrozenMapping(Mapping[str, V]):
    """Reads like a dict of strings, prints like one, and equals one."""

    _dict: Dict[str, V] = attr.ib()

    def __init__(self, mapping: Mapping[str, V]) -> None:
        object.__setattr__(self, "_dict", dict(mapping))

    def __getitem__(self, key: str) -> V:
        return self._dict[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def items(self) -> ItemsView[str, V]:
        """The items, straight from the dict: `Mapping` would look each up."""
        return self._dict.items()

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, FrozenMapping):
            return self._dict == other._dict
        return self._dict == other if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._dict.items()))

    def __repr__(self) -> str:
        return repr(self._dict)
