"""A migration's looks as evidence; if QEMU looks many times a pass, the pass counts as one look.

Up to 9.1, QEMU looks once everything is sent, so a look covers one pass over the memory.  Later
releases also look within a long pass, with post-copy ten times a second: the findings of such a
look depend on QEMU's position in memory.  The findings of a whole pass depend less on it, and so
does the mean of its looks, once the first pass is over.
"""

from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import attr

from .observed import Look

__all__ = ["Evidence", "evidence"]

# Fewer looks per pass count one by one.
_MANY = 4
# The largest part of a pass left unsent when it ends: less than a limit lets remain.
_LEFT = 0.1


class Evidence(NamedTuple):
    """A look as evidence.

    Attributes:
        look: the look; for a whole pass, or the mean of a pass.
        looks: how many looks the pass had.  The more, the more of its pages count from when they
            were sent, not from the beginning of the pass.
        within: whether it is the mean of the looks within a pass.
    """

    look: Look
    looks: int = 1
    within: bool = False

    @property
    def of_many(self) -> bool:
        """Whether QEMU looked many times in the pass."""
        return self.within or self.looks > 1


def evidence(looks: Sequence[Look], pages: Optional[int]) -> List[Evidence]:
    """The looks with known findings and durations, in order."""
    found: List[Evidence] = []
    for group, whole in _passes(looks, pages):
        if len(group) < _MANY:
            found += [Evidence(look) for look in group if _is_known(look)]
            continue
        count = sum([look.looks for look in group])
        if found:
            found.append(_within(group, count))
        if whole:
            found.append(_whole(group, count, first=not found))
    return found


def _is_known(look: Look) -> bool:
    return look.single and look.at > look.since


def _passes(looks: Sequence[Look], pages: Optional[int]) -> Iterator[Tuple[List[Look], bool]]:
    """The looks of each pass, and whether it has ended."""
    group: List[Look] = []
    due, begun = float(pages or 0), float(pages or 0)
    for look in looks:
        group.append(look)
        # The last look of a pass may come before all of it is sent.
        ended = look.left <= _LEFT * begun or look.gone >= due
        if not begun or ended:
            yield group, True
            group = []
            begun = look.left + look.dirtied
            due = look.gone + begun
    if group:
        yield group, False


def _whole(group: Sequence[Look], count: int, *, first: bool) -> Evidence:
    """The findings of all looks of a pass, as one look at its end."""
    begin, end = group[0], group[-1]
    whole = attr.evolve(
        end,
        since=0 if first else begin.since,
        dirtied=sum([look.found for look in group]),
        before=begin.before,
        left=0.0,  # what remains was dirtied in this pass, and has been counted
        first=first,
        looks=count,
        single=True,
    )
    return Evidence(whole, looks=count)


def _within(group: Sequence[Look], count: int) -> Evidence:
    """The mean of the looks of a pass."""
    begin, end = group[0], group[-1]
    mean = attr.evolve(
        end,
        since=end.at - max(1, round((end.at - begin.since) / count)),
        off=end.off / count,
        dirtied=sum([look.found for look in group]) / count,
        before=sum([look.before for look in group]) / len(group),
        left=sum([look.left for look in group]) / len(group),
        first=False,
        looks=1,
        single=True,
    )
    return Evidence(mean, within=True)
