"""Looks as evidence: one a pass, or many."""

from typing import List

import pytest

import zcpolicy as zc
from hypervisor.evidence import load
from zcpolicy._forecast.observed import Look, observed
from zcpolicy._forecast.passes import evidence

MIB = 256  # pages


def look(at: int, since: int, dirtied: float, left: float, gone: float, looks: int = 1) -> Look:
    return Look(
        at=at,
        off=10,
        since=since,
        dirtied=dirtied,
        before=left,
        left=left,
        throttle=0,
        sent=int(gone) * 4104,
        gone=gone,
        first=since == 0,
        single=True,
        looks=looks,
    )


def many(first: int, last: int, gone: float, pages: float) -> List[Look]:
    """Ten looks a second, two between two samples, while so many pages are sent.

    What they find is more to send, so that it never gets to nothing.
    """
    times = range(first, last, 200)
    step = pages / len(times)
    return [
        look(at + 200, at + 100, 50, pages / 2, gone + step * (index + 1), 2)
        for index, at in enumerate(times)
    ]


class TestEvidence:
    """What is made of looks."""

    def test_one_a_pass_is_itself(self) -> None:
        """Up to 9.1 each look ends a pass, those of which nothing is known left out."""
        looks = [look(8000, 0, 900, 10, 9000), look(9000, 8000, 80, 5, 9900)]
        late = look(9100, 9100, 8, 1, 9990)
        assert [each.look for each in evidence([*looks, late], 9000)] == looks

    def test_a_few_a_pass_are_themselves(self) -> None:
        """A long pass with a look each 5 s is nothing else."""
        looks = [look(5000, 0, 400, 4000, 5000), look(9000, 5000, 300, 10, 9000)]
        assert [each.look for each in evidence(looks, 9000)] == looks

    def test_many_are_the_pass_and_their_mean(self) -> None:
        """The first pass is one look; the next ones are one each, and the mean of their looks."""
        first = many(0, 4000, 0, 9000)
        second = many(4000, 5000, 9000, 4550)
        found = evidence([*first, *second], 9000)
        whole, mean, again = found
        assert (whole.look.since, whole.look.at, whole.looks) == (0, 4000, 40)
        assert whole.look.dirtied == 40 * 50
        assert whole.look.first
        assert (mean.within, mean.look.dirtied) == (True, 50)
        assert mean.look.at - mean.look.since == pytest.approx(100, rel=0.15)
        assert (again.look.since, again.look.at, again.looks) == (4100, 5000, 10)
        assert again.look.dirtied == 10 * 50
        assert [each.of_many for each in found] == [True, True, True]

    def test_a_pass_that_goes_on(self) -> None:
        """Of a pass that has not ended only the mean counts, of the first one nothing."""
        first = many(0, 4000, 0, 9000)
        assert evidence(first[:-8], 9000) == []
        found = evidence([*first, *many(4000, 6000, 9000, 4550)[:5]], 9000)
        assert [each.within for each in found] == [False, True]

    @pytest.mark.parametrize("generation", ["installed", "newest"])
    def test_looks_of_real_migrations(self, generation: str) -> None:
        """QEMU 11.1 looks many times a pass with post-copy; 7.2 does not."""
        runs = [
            run
            for run in load()
            if run.found["mode"] == "post-copy" and run.found["generation"] == generation
        ]
        for run in runs:
            seen = observed(run.migration())
            assert seen is not None
            found = evidence(seen.looks, seen.pages)
            assert any(each.of_many for each in found) is (generation == "newest")
            assert sum(each.look.first for each in found) == 1
            assert zc.fit(run.migration()).residual < 1
