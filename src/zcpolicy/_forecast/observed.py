"""Reads QEMU's looks, what each found dirtied, and the sending rate from a migration's samples."""

import itertools
from typing import List, Optional, Tuple

import attr

from .._model.evidence import Migration, Sample
from .model import PAGE_SENT

__all__ = ["Look", "Observed", "observed"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Look:
    """One look at what was dirtied, between two samples.

    Attributes:
        at: when, ms; the middle between the samples, at most `off` off.
        off: half the time between the samples, ms.
        since: the previous look, ms; 0 for the start.
        dirtied: pages that it found; the mean, if it stands for several.
        before: pages to send at the previous look.
        left: pages of these still to be sent.
        throttle: the share that autoconverge took from the guest meanwhile, percent.
        sent: bytes sent so far.
        gone: pages sent so far, including zero pages.
        first: whether it ended the first round.
        single: whether it is known what it found, and in how much time.
        looks: how many looks between the same two samples it stands for.
    """

    at: int
    off: float
    since: int
    dirtied: float
    before: float
    left: float
    throttle: int
    sent: float
    gone: float
    first: bool
    single: bool
    looks: int = 1

    @property
    def found(self) -> float:
        """Pages that all of its looks found."""
        return self.dirtied * self.looks if self.single else self.dirtied


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Observed:
    """A migration as seen in its samples.

    Attributes:
        looks: QEMU's looks, in order.
        pages: the guest's memory, pages; None if no sample says so.
        rate: bytes sent a second; None if no two samples show it.
        zero_share: the share of zero pages in what was sent first; None if no sample says so.
        zeros: zero pages found up to the last sample of the first round.
        throttle: the most that autoconverge took, percent.
        last: the last sample that says how much remains, while the guest ran on the source.
        ended: the sample that says that the migration is over, if there is one.
    """

    looks: Tuple[Look, ...]
    pages: Optional[int]
    rate: Optional[float]
    zero_share: Optional[float]
    zeros: int
    throttle: int
    last: Sample
    ended: Optional[Sample]


_OVER = ("completed", "failed", "cancelled")


def observed(migration: Migration) -> Optional[Observed]:
    """Read the samples; None if none says how much remains and in which iteration."""
    samples = [
        sample
        for sample in migration.samples
        if sample.remaining_bytes is not None
        and sample.iteration
        and not (sample.status or "").startswith("postcopy")
    ]
    running = [sample for sample in samples if sample.status not in _OVER]
    if not running:
        return None
    over = [sample for sample in migration.samples if sample.status in _OVER]
    rate = _rate(running)
    totals = [sample.total_bytes for sample in migration.samples if sample.total_bytes]
    first = [sample for sample in running if sample.iteration == 1]
    # The first sample of the next round covers the whole first round.
    seen = next((sample for sample in running if sample.iteration != 1), None) or first[-1]
    zeros, normal = seen.zero_pages, seen.normal_pages
    found = None if zeros is None or not normal else zeros / (zeros + normal)
    return Observed(
        looks=tuple(_looks(running, rate)),
        pages=totals[-1] // running[0].page_bytes if totals else None,
        rate=rate,
        zero_share=found,
        zeros=zeros or 0,
        throttle=max([sample.throttle or 0 for sample in migration.samples]),
        last=running[-1],
        ended=over[-1] if over else None,
    )


def _rate(samples: List[Sample]) -> Optional[float]:
    """Bytes sent a second: the median over pairs of neighbouring samples, weighted by time."""
    found = []
    pairs = [*zip(samples, samples[1:])]
    # While QEMU scans zero pages it sends little.
    full = [pair for pair in pairs if not _mostly_zeros(*pair)]
    for before, after in full or pairs:
        ms = after.at_ms - before.at_ms
        if ms > 0 and before.sent_bytes is not None and after.sent_bytes is not None:
            found.append((1000 * (after.sent_bytes - before.sent_bytes) / ms, ms))
    found = sorted([each for each in found if each[0] > 0])
    if not found:
        said = [sample.bytes_s for sample in samples if sample.bytes_s]
        return said[-1] if said else None
    half = sum([ms for _, ms in found]) / 2
    return next(
        speed
        for (speed, _), passed in zip(found, itertools.accumulate([ms for _, ms in found]))
        if passed >= half
    )


def _mostly_zeros(before: Sample, after: Sample) -> bool:
    """Whether most pages between two samples were zeros."""
    counts = (before.zero_pages, after.zero_pages, before.normal_pages, after.normal_pages)
    zeros, now_zeros, normal, now_normal = [count or 0 for count in counts]
    return now_zeros - zeros > now_normal - normal


def _total(sample: Sample) -> Optional[float]:
    """All pages that ever had to be sent, up to a constant; a look adds what it finds."""
    assert sample.remaining_bytes is not None
    remaining = sample.remaining_bytes / sample.page_bytes
    if sample.normal_pages is not None and sample.zero_pages is not None:
        return remaining + sample.normal_pages + sample.zero_pages
    return None if sample.sent_bytes is None else remaining + sample.sent_bytes / PAGE_SENT


def _gone(sample: Sample) -> float:
    """Pages sent, including zero pages, as far as the samples say."""
    if sample.normal_pages is not None and sample.zero_pages is not None:
        return sample.normal_pages + sample.zero_pages
    return (sample.sent_bytes or 0) / PAGE_SENT


def _looks(samples: List[Sample], rate: Optional[float]) -> List[Look]:
    found: List[Look] = []
    since = 0
    remained = 0.0
    for before, after in zip(samples, samples[1:]):
        assert before.iteration is not None
        assert after.iteration is not None
        assert before.remaining_bytes is not None
        assert after.remaining_bytes is not None
        passed = after.iteration - before.iteration
        if passed <= 0:
            continue
        at = (before.at_ms + after.at_ms) // 2
        first, second = _total(before), _total(after)
        page = before.page_bytes
        if first is None or second is None:
            dirtied = (after.dirty_pages_s or 0.0) * (at - since) / 1000
        else:
            dirtied = max(0.0, second - first)
        off = (after.at_ms - before.at_ms) / 2
        began, single = since, passed == 1
        if not single and since >= 2 * before.at_ms - after.at_ms:
            # Several looks soon after the previous one: divide pages and time evenly.
            dirtied /= passed
            off /= passed
            began, single = at - round(2 * off), True
        moved = (rate or 0.0) * off / 1000
        found.append(
            Look(
                at=at,
                off=off,
                since=began,
                dirtied=dirtied,
                before=remained,
                left=max(0.0, (after.remaining_bytes + moved) / page - dirtied),
                throttle=before.throttle or 0,
                sent=(before.sent_bytes or 0) + moved,
                gone=_gone(before) + moved / PAGE_SENT,
                first=before.iteration == 1,
                single=single,
                looks=passed,
            )
        )
        since = at
        remained = (after.remaining_bytes + moved) / page
    return found
