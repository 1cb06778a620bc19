"""Runs one member of the ensemble through a whole plan.

All running migrations advance to the next start or end of one; then they share the link anew.
"""

from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import attr

from .._forecast.ensemble import ended
from .._forecast.forecast import Round
from .._forecast.model import PAGE_SENT, Model, ceil_div
from .._forecast.run import Run
from .moves import Limits
from .sharing import Ask, shares

__all__ = ["Course", "Item", "Ran", "course"]


class Item(NamedTuple):
    """A migration of a plan, for one member of the ensemble.

    Attributes:
        kind: a number that identical migrations share.
        model: the model, with the link to itself.
        connections: its number of TCP connections.
        destination: the name of its destination host, if any.
    """

    kind: int
    model: Model
    connections: int
    destination: Optional[str]


class Ran(NamedTuple):
    """How a migration went.

    Attributes:
        start: when it started, ms.
        end: when it ended, ms; None if it never does.
        reached: its end, or the time from which it only repeats itself, ms.
        model: the model, with its final share of the link.
        run: the run.
    """

    start: int
    end: Optional[int]
    reached: int
    model: Model
    run: Run


class Course(NamedTuple):
    """How all migrations went.

    Attributes:
        ran: how each item went; None if it never started.
        worked_out: how many rounds were computed.
    """

    ran: Sequence[Optional[Ran]]
    worked_out: int

    @property
    def total(self) -> Optional[int]:
        """When all have ended, ms; None if never."""
        ends = [None if each is None else each.end for each in self.ran]
        known = [end for end in ends if end is not None]
        return max(known, default=0) if len(known) == len(ends) else None

    @property
    def reached(self) -> int:
        """The latest time reached, ms; what never ends counts up to where it only repeats."""
        return max([each.reached for each in self.ran if each is not None], default=0)


def course(
    items: Sequence[Item],
    limits: Limits,
    capacity: Optional[int],
    *,
    keep: bool = False,
) -> Course:
    """Run the items in order.

    If a destination is full, the next migrations overtake the one that waits for it.

    Args:
        items: the migrations.
        limits: how many run at a time.
        capacity: the capacity of the link, bytes a second; None if not known.
        keep: whether to keep the rounds.
    """
    return _Host(items, limits, capacity, keep).run()


class _Host:
    """The source host, and what runs on it."""

    def __init__(
        self, items: Sequence[Item], limits: Limits, capacity: Optional[int], keep: bool
    ) -> None:
        self._items = items
        self._limits = limits
        self._capacity = capacity
        self._made = _Made(keep)
        self._waiting = list(range(len(items)))
        self._running: List[_Running] = []
        self._towards: Dict[Optional[str], int] = Counter()
        self._ran: List[Optional[Ran]] = [None] * len(items)

    def run(self) -> Course:
        now: Optional[int] = 0
        while now is not None:
            self._start(now)
            self._share(now)
            now = self._end()
        for each in self._running:
            self._ran[each.index] = each.ran
        return Course(self._ran, self._made.worked_out)

    def _start(self, now: int) -> None:
        free = self._limits.outgoing - len(self._running)
        passed = []
        for place, index in enumerate(self._waiting):
            if not free:
                passed += self._waiting[place:]
                break
            item = self._items[index]
            limit = self._limits.incoming.get(item.destination or "")
            if item.destination is not None and self._towards[item.destination] == limit:
                passed.append(index)
                continue
            self._towards[item.destination] += 1
            self._running.append(_Running(index, item, now, self._made))
            free -= 1
        self._waiting = passed

    def _share(self, now: int) -> None:
        asking = [(each, each.asks(now)) for each in self._running]
        asks = [(each, ask) for each, ask in asking if ask is not None]
        found = shares(self._capacity, [ask for _, ask in asks])
        for (each, _), (rate, link) in zip(asks, found):
            each.go_on(now, rate, link)

    def _end(self) -> Optional[int]:
        """Remove the migrations that end next, and return the time."""
        now = min([each.end for each in self._running if each.end is not None], default=None)
        if now is not None:
            for each in self._running:
                if each.end == now:
                    self._ran[each.index] = each.ran
                    self._towards[each.item.destination] -= 1
            self._running = [each for each in self._running if each.end != now]
        return now


class _Made:
    """Caches whole runs by kind and share of the link."""

    def __init__(self, keep: bool) -> None:
        self._known: Dict[Tuple[int, int, int], Run] = {}
        self._keep = keep
        self.worked_out = 0

    def begun(self, model: Model) -> Run:
        rounds: Optional[List[Round]] = [] if self._keep else None
        return Run(model, rounds)

    def whole(self, kind: int, model: Model) -> Run:
        key = (kind, model.rate, model.link)
        if key not in self._known:
            self._known[key] = self.finished(self.begun(model))
        return self._known[key]

    def finished(self, run: Run) -> Run:
        run.run()
        self.worked_out += run.worked_out
        return run


class _Running:
    """A running migration.

    Attributes:
        index: the index of its item.
        end: when it will end if nothing changes, ms; None if never.
    """

    __slots__ = (
        "_begun",
        "_link",
        "_made",
        "_model",
        "_rest",
        "_run",
        "end",
        "index",
        "item",
        "start",
    )

    def __init__(self, index: int, item: Item, start: int, made: _Made) -> None:
        self.index = index
        self.item = item
        self.start = start
        self.end: Optional[int] = start
        self._made = made
        self._model = item.model
        # The certain part of the run, once the share of the link has changed; and all of it.
        self._begun: Optional[Run] = None
        self._run: Optional[Run] = None
        # The current speed at the switchover; since when, and how many bytes were left then.
        self._link = item.model.link
        self._rest: Optional[Tuple[int, int]] = None

    @property
    def ran(self) -> Ran:
        assert self._run is not None
        reached = self.start + ended(self._model, self._run).total_ms
        return Ran(self.start, self.end, reached, self._model, self._run)

    def asks(self, now: int) -> Optional[Ask]:
        """The speeds it asks for; None if it no longer sends anything."""
        model, run, at = self.item.model, self._run, now - self.start
        if run is None or run.outcome == "never" or at < run.at:
            return Ask(model.rate, model.link, self.item.connections)
        if at < run.at + ended(self._model, run).rest_ms:
            return Ask(model.link, model.link, self.item.connections)
        return None

    def go_on(self, now: int, rate: int, link: int) -> None:
        """Continue with this share of the link."""
        run, at = self._run, now - self.start
        if run is not None and run.outcome != "never" and at >= run.at:
            self._switch_over(run, at, link)
            return
        if run is not None and (rate, link) == (self._model.rate, self._link):
            return
        own = self.item.model
        model = own
        if (rate, link) != (own.rate, own.link):
            bound_by = "link" if rate < own.rate else own.bound_by
            model = attr.evolve(own, rate=rate, link=link, bound_by=bound_by)
        if run is None:
            self._run = self._made.whole(self.item.kind, model)
        else:
            begun = self._begun or self._made.begun(self._model)
            self._begun = begun.run(at).at_rate(model)
            self._run = self._made.finished(self._begun.at_rate(model))
        self._model, self._link = model, link
        self._set_end()

    def _switch_over(self, run: Run, at: int, link: int) -> None:
        """Send the rest at another speed; the model gets the average speed."""
        if link == self._link:
            return
        whole = run.remaining * PAGE_SENT
        since, left = self._rest or (run.at, whole)
        left = max(0, left - self._link * (at - since) // 1000)
        ms = at - run.at + ceil_div(1000 * left, link)
        self._rest, self._link = (at, left), link
        self._model = attr.evolve(self._model, link=max(1, 1000 * whole // ms))
        self._set_end()

    def _set_end(self) -> None:
        assert self._run is not None
        never = self._run.outcome == "never"
        self.end = None if never else self.start + ended(self._model, self._run).total_ms
