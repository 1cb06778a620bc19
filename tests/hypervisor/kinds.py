"""The kinds of guests that are measured: tables of writers, for a guest with `FILLED_MIB` in use.

They are made up to be unlike: what a guest dirties in a time grows with the time in another way in
each.  The migrations of `design` may send 32 MiB/s, so many are near the edge.  Those that nothing
was tuned on come first.
"""

from typing import Mapping, Optional, Tuple

import attr

from .writer import Writes

__all__ = ["FILLED_MIB", "KINDS", "Kind"]

# What is no zero pages.
FILLED_MIB = 224


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Kind:
    """A kind of guest.

    Attributes:
        what: it in words.
        writers: its table.
        tuned: whether the model was made while looking at guests of this kind, if only at
            simulated ones.
        changes: whether its load changes over longer times than a forecast can see.
    """

    what: str
    writers: Tuple[Writes, ...]
    tuned: bool = attr.ib(default=False, kw_only=True)
    changes: bool = attr.ib(default=False, kw_only=True)

    @property
    def scored(self) -> bool:
        """Whether it says how good the model is."""
        return not self.tuned and not self.changes

    def scaled(self, factor: float) -> Tuple[Writes, ...]:
        """The table for so much less memory: slower and smaller alike."""
        return tuple(
            attr.evolve(
                each,
                mib_s=each.mib_s * factor,
                set_mib=each.set_mib * factor,
                at_mib=each.at_mib * factor,
            )
            for each in self.writers
        )


def _random(
    mib_s: float,
    set_mib: float,
    at_mib: float = 0,
    *,
    period_s: Optional[float] = None,
    on_s: float = 0,
    phase_s: float = 0,
) -> Writes:
    return Writes(
        mib_s=mib_s,
        set_mib=set_mib,
        at_mib=at_mib,
        period_s=period_s,
        on_s=on_s,
        phase_s=phase_s,
    )


def _sweep(mib_s: float, set_mib: float, at_mib: float = 0) -> Writes:
    return Writes(mib_s=mib_s, set_mib=set_mib, at_mib=at_mib, sweep=True)


def _power(mib_s: float, squared: int, set_mib: float = FILLED_MIB) -> Writes:
    return Writes(mib_s=mib_s, set_mib=set_mib, squared=squared)


KINDS: Mapping[str, Kind] = {
    "five sets": Kind(
        "sets of 1 to 150 MiB, each written as fast as any other",
        (
            _random(8, 1),
            _random(8, 5, 1),
            _random(8, 18, 6),
            _random(8, 50, 24),
            _random(8, 150, 74),
        ),
    ),
    "nested sets": Kind(
        "sets of 2 to 128 MiB that begin at the same page",
        (_random(20, 2), _random(12, 8), _random(8, 32), _random(8, 128)),
    ),
    "two sweeps": Kind(
        "a quick small sweep and a slow wide one", (_sweep(20, 40), _sweep(6, 160, 48))
    ),
    "power law and sweep": Kind(
        "a power law over 64 MiB, and a slow sweep over the rest",
        (_power(40, 3, 64), _sweep(8, 160, 64)),
    ),
    "collector": Kind(
        "a hot set, and for a second and a half of each six a quick sweep",
        (
            _random(30, 6),
            Writes(mib_s=60, set_mib=120, at_mib=16, sweep=True, period_s=6, on_s=1.5),
        ),
    ),
    "alternating sets": Kind(
        "two sets, each for four tenths of a second",
        (
            _random(50, 24, period_s=0.8, on_s=0.4),
            _random(50, 64, 32, period_s=0.8, on_s=0.4, phase_s=0.4),
        ),
    ),
    "long bursts": Kind(
        "a hot set, and for two seconds of each seven all of it",
        (_random(24, 8), _random(50, 200, 8, period_s=7, on_s=2)),
    ),
    "moving set": Kind(
        "a set of 32 MiB that is another each two seconds, of four",
        tuple(
            _random(24, 32, 32 * number, period_s=8, on_s=2, phase_s=2 * number)
            for number in range(4)
        ),
    ),
    "tide": Kind(
        "a load that is there for 15 s, and away for 15",
        (_random(3, 32), _random(30, 160, 32, period_s=30, on_s=15)),
        changes=True,
    ),
    "uniform": Kind("one set, written evenly", (_random(26, 160),), tuned=True),
    "hot and cold": Kind(
        "a hot set of 8 MiB and a cold one", (_random(60, 8), _random(9, 208, 8)), tuned=True
    ),
    "three sets": Kind(
        "a hot, a warm and a cold set",
        (_random(80, 3), _random(24, 24, 4), _random(4, 192, 32)),
        tuned=True,
    ),
    "power law": Kind(
        "the hottest quarter gets seven tenths of the writes", (_power(56, 2),), tuned=True
    ),
    "steep power law": Kind(
        "the hottest hundredth gets three quarters", (_power(150, 4),), tuned=True
    ),
    "sweep": Kind("all of it, page by page, over and over", (_sweep(20, 200),), tuned=True),
    "short sweep": Kind("64 MiB, page by page, in two seconds", (_sweep(32, 64),), tuned=True),
    "sweep and hot set": Kind(
        "a slow sweep over all, and a hot set", (_random(40, 5), _sweep(14, 208, 8)), tuned=True
    ),
    "bursts": Kind(
        "a set written for half a second of each two",
        (_random(2, 16), _random(80, 120, 16, period_s=2, on_s=0.5)),
        tuned=True,
    ),
}
