"""What a migration shows: the workloads that explain it, and a forecast that goes on from it."""

import json
import time
from typing import Any, Dict, List, Optional

import attr
import pytest

import zcpolicy as zc
from labguest import CONFIGS, KINDS, LINK_MBPS, OVERHEAD_MS, Ended, migrate, seen
from refusals import paths, refused
from zcpolicy._forecast.asked import read_asked
from zcpolicy._forecast.observed import observed
from zcpolicy._forecast.throttle import counted_high

NETWORK: Dict[str, Any] = {"link_mbps": LINK_MBPS, "overhead_ms": OVERHEAD_MS}
PLAIN, LONG, AUTO, _ = CONFIGS
UNIFORM, SLOW = KINDS[:2]


@pytest.fixture(scope="module")
def real() -> Ended:
    """A migration that sends several rounds."""
    return migrate(SLOW, LONG, 1)


def running(real: Ended, iterations: int = 2) -> zc.Migration:
    found = seen(real, iterations)
    assert found is not None
    return found


def sample(
    at_ms: int, iteration: Optional[int], remaining: Optional[int], **more: Any
) -> zc.Sample:
    return zc.Sample(
        at_ms=at_ms,
        iteration=iteration,
        remaining_bytes=None if remaining is None else remaining << 20,
        sent_bytes=more.pop("sent", None),
        **more,
    )


def written_mib_s(rate: Any) -> float:
    assert isinstance(rate, (int, float))
    return rate


class TestFit:
    """The workloads that explain a migration."""

    def test_it_is_the_same_each_time(self, real: Ended) -> None:
        """Nothing is random in it."""
        assert zc.fit(running(real), 256) == zc.fit(running(real), 256)

    def test_what_it_found_explains_the_looks(self, real: Ended) -> None:
        """The best is off by less than a tenth, and there are forty, none larger than the VM."""
        found = zc.fit(running(real))
        assert found.residual < 0.1
        assert len(found.workloads) == 40
        assert len(found.from_sending) == 41
        for each in (found.workload, *found.workloads):
            assert sum(writer.set_mib for writer in each.writers) <= 256.001

    def test_it_learns_zero_pages_and_overhead(self, real: Ended) -> None:
        """The share of zeros is that of the first round; the downtime bounds the overhead."""
        found = zc.fit(zc.Migration(samples=real.samples))
        expected = 0.2 * (1 - 180 / 256)
        assert found.workload.zero_share == pytest.approx(expected, abs=0.005)
        assert found.workload.overhead_ms == min(50, real.downtime_ms // 2)
        assert zc.fit(running(real)).workload.overhead_ms is None

    def test_what_no_shape_explains_is_uncertain(self) -> None:
        """Bursts, which no shape has, leave more workloads that explain them about as well."""

        def spread(dirtied: List[int]) -> float:
            samples, sent, at = [sample(0, 1, 256, sent=0)], 256 << 20, 10000
            for number, found in enumerate(dirtied, 2):
                samples.append(sample(at, number, found, sent=sent))
                sent, at = sent + (found << 20), at + 1000
            fitted = zc.fit(zc.Migration(samples=samples), 256)
            sizes = [
                sum(min(written_mib_s(writer.mib_s), writer.set_mib) for writer in each.writers)
                for each in fitted.workloads
            ]
            return max(sizes) / min(sizes)

        assert spread([40, 4, 40, 4, 40, 4]) > 1.5 * spread([40, 13, 13, 13, 13, 13])

    def test_time_for_zero_pages_is_learnt(self) -> None:
        """What the first round took beside sending, by the zero pages in it."""
        zeros, mib = 512 * 256, 2**20
        samples = [
            sample(0, 1, 1024, sent=0, zero_pages=0, normal_pages=0),
            sample(2000, 1, 312, sent=200 * mib, zero_pages=zeros, normal_pages=200 * 256),
            sample(5000, 1, 12, sent=500 * mib, zero_pages=zeros, normal_pages=500 * 256),
            sample(5240, 2, 100, sent=524 * mib, zero_pages=zeros, normal_pages=524 * 256),
            sample(6240, 3, 10, sent=624 * mib, zero_pages=zeros, normal_pages=624 * 256),
        ]
        late = [
            samples[0],
            *(attr.evolve(each, at_ms=each.at_ms + 4000) for each in samples[1:]),
        ]
        assert zc.fit(zc.Migration(samples=samples), 1024).workload.zero_scan_mib_s is None
        rate = zc.fit(zc.Migration(samples=late), 1024).workload.zero_scan_mib_s
        assert rate is not None
        assert rate == pytest.approx(512 / 4, rel=0.1)

    def test_a_guest_that_dirties_nothing_is_idle(self) -> None:
        """What its looks find is next to nothing."""
        samples = [
            sample(100, 1, 100, sent=0, normal_pages=0, zero_pages=0),
            sample(200, 1, 50, sent=50 << 20, normal_pages=12800, zero_pages=0),
            sample(300, 2, 0, sent=100 << 20, normal_pages=25600, zero_pages=0),
        ]
        found = zc.fit(zc.Migration(samples=samples), 100)
        assert found.workload == zc.Workload(dirty_mib_s=0, working_set_mib=0)
        assert found.workloads == (found.workload,)

    def test_without_a_look_little_is_known(self) -> None:
        """In the first round nothing tells what the guest dirties, and it says so."""
        first = zc.Migration(samples=[sample(1000, 1, 900), sample(2000, 1, 800)])
        found = zc.fit(first, 1024)
        assert found.unknown[0].startswith("QEMU has not yet looked")
        assert any("zero pages" in words for words in found.unknown)
        assert any("how fast" in words for words in found.unknown)
        sets = [sum(w.set_mib for w in each.writers) for each in found.workloads]
        assert max(sets) > 5 * min(sets)

    @pytest.mark.parametrize(
        ("arguments", "path"),
        [
            ((5,), "migration"),
            ((zc.Migration(samples=[sample(1, 1, 5)]), 0), "memory_mib"),
            ((zc.Migration(samples=[sample(1, 1, 5)]),), "memory_mib"),
            ((zc.Migration(samples=[sample(1, None, 5)]), 5), "migration"),
            ((zc.Migration(samples=[sample(1, 1, None)]), 5), "migration"),
            ((zc.Migration(samples=[sample(1, 1, 0, status="completed")]), 5), "migration"),
        ],
    )
    def test_what_is_refused(self, arguments: Any, path: str) -> None:
        """A migration says how much remains and in which iteration, and how large the guest is."""
        assert refused(zc.fit, *arguments).path == path

    def test_a_fit_is_checked(self) -> None:
        """Of each workload, how much counts from when it is sent; or of none."""
        idle = zc.Workload(dirty_mib_s=0, working_set_mib=0)
        assert paths(zc.Fit, workload=idle, workloads=[]) == ["workloads"]
        assert paths(zc.Fit, workload=idle, workloads=[idle], from_sending=[1]) == ["from_sending"]
        assert paths(zc.Fit, workload=idle, workloads=[idle], residual=-1) == ["residual"]

    def test_the_network_can_be_given(self, real: Ended) -> None:
        """It is that of all its workloads then."""
        found = zc.fit(running(real)).with_network(link_mbps=5)
        assert {each.link_mbps for each in (found.workload, *found.workloads)} == {5}

    def test_looks_between_samples_far_apart(self, real: Ended) -> None:
        """Several looks between two samples count as so many of equal length."""
        sparse = zc.Migration(samples=[each for each in real.samples if each.at_ms % 1000 == 0])
        found = observed(sparse)
        assert found is not None
        assert any(not look.single for look in found.looks) or len(found.looks) > 3
        assert zc.fit(sparse, 256).residual < 0.5

    def test_without_counts_of_pages_qemus_rate_is_taken(self) -> None:
        """Else what remains and what was sent tell what was dirtied."""
        rate = 25600.0
        bare = [sample(0, 1, 100), sample(1000, 1, 5), sample(1100, 2, 90, dirty_pages_s=rate)]
        found = observed(zc.Migration(samples=bare))
        assert found is not None
        assert found.looks[0].dirtied == rate * found.looks[0].at / 1000
        sent = [attr.evolve(each, sent_bytes=each.at_ms * 10**5) for each in bare]
        counted = observed(zc.Migration(samples=sent))
        assert counted is not None
        assert counted.looks[0].dirtied == pytest.approx((85 << 20) / 4096 + 10**7 / 4104)
        assert counted.rate == pytest.approx(10**8)
        said = observed(zc.Migration(samples=[attr.evolve(bare[0], bytes_s=5.0)]))
        assert said is not None
        assert said.rate == 5.0


class TestLittleSeen:
    """Evidence that says next to nothing."""

    def test_a_vm_of_a_few_pages(self) -> None:
        """A workload that would write less than a page writes nothing."""
        steps = [(60000, 1251, None), (120000, 2451, 5120), (180000, 3651, 5120)]
        shown = zc.Migration(samples=[sample(at, i, 0, dirty_pages_s=d) for at, i, d in steps])
        found = zc.fit(shown, 2)
        assert len(found.workloads) == 40
        assert zc.Workload(dirty_mib_s=0, working_set_mib=0) in found.workloads

    @pytest.mark.parametrize(("iteration", "word"), [(1, "QEMU has not yet looked"), (5, "no two")])
    def test_why_no_look_is_known(self, iteration: int, word: str) -> None:
        """In the first iteration there was none; later there was, and nobody saw it."""
        shown = zc.Migration(samples=[sample(1000, iteration, 90)])
        assert zc.fit(shown, 256).unknown[0].startswith(word)


class TestSince:
    """A forecast that goes on from a running migration."""

    @pytest.mark.parametrize("config", [LONG, AUTO], ids=lambda config: config.name)
    @pytest.mark.parametrize("kind", [UNIFORM, SLOW], ids=lambda kind: kind.name)
    def test_it_is_right(self, kind: Any, config: Any) -> None:
        """After three iterations the real end is within the range, and the outcome possible."""
        real = migrate(kind, config, 3)
        shown = running(real, 3)
        fit = zc.fit(shown, 256).with_network(**NETWORK)
        found = zc.simulate(config.resolution(), fit, since=shown)
        assert real.outcome in found.outcomes
        low, high = found.total_ms_range
        assert (low or 0) <= real.total_ms
        assert high is None or real.total_ms <= high

    def test_it_goes_on_from_the_last_sample(self, real: Ended) -> None:
        """Time, iteration, bytes and what remains are the sample's."""
        shown = running(real)
        last = shown.samples[-1]
        found = zc.simulate(LONG.resolution(), zc.fit(shown), since=shown)
        first = found.rounds[0]
        assert (first.start_ms, first.iteration) == (last.at_ms, last.iteration)
        assert first.remaining_bytes == last.remaining_bytes
        assert last.sent_bytes is not None
        assert found.sent_mib > last.sent_bytes / 2**20
        assert found.bytes_per_s == pytest.approx(16 * 2**20, rel=0.02)

    def test_the_first_round_goes_on_too(self, real: Ended) -> None:
        """From a sample of the first round on, with a workload that is known."""
        shown = zc.Migration(samples=real.samples[:20])
        whole = zc.Workload(dirty_mib_s=9, working_set_mib=180, zero_share=0.06, **NETWORK)
        found = zc.simulate(LONG.resolution(), whole, since=shown)
        assert found.rounds[0].iteration == 1
        assert found.total_ms == pytest.approx(real.total_ms, rel=0.05)

    def test_vdsms_schedule_counts_as_run(self, real: Ended) -> None:
        """The steps of the polls until then are done, and a sample's own limit comes first."""
        shown = running(real)
        found = zc.simulate(LONG.resolution(), zc.fit(shown), since=shown)
        assert found.rounds[0].limit_ms == 500
        last = attr.evolve(shown.samples[-1], limit_ms=777)
        said = zc.Migration(samples=[*shown.samples[:-1], last])
        assert zc.simulate(LONG.resolution(), zc.fit(shown), since=said).rounds[0].limit_ms == 777

    def test_without_a_monitor_there_is_none(self, real: Ended) -> None:
        """A host that does not poll has run no step."""
        asked = LONG.resolution().scenario
        quiet = attr.evolve(asked, host=zc.Host(vdsm=zc.Vdsm(monitor_interval_s=0)))
        shown = running(real)
        found = zc.simulate(quiet.resolve(), zc.fit(shown), since=shown)
        assert {each.limit_ms for each in found.rounds} == {300}

    def test_autoconverge_goes_on(self) -> None:
        """The throttle is the sample's, and its periods count."""
        real = migrate(UNIFORM, AUTO, 1)
        at = next(i for i, each in enumerate(real.samples) if each.throttle)
        shown = zc.Migration(samples=real.samples[: at + 1])
        found = zc.simulate(AUTO.resolution(), zc.fit(shown), since=shown)
        assert found.rounds[0].throttle == 20
        later = next(i for i, each in enumerate(real.samples) if each.throttle == 30)
        shown = zc.Migration(samples=real.samples[: later + 1])
        found = zc.simulate(AUTO.resolution(), zc.fit(shown), since=shown)
        assert [each.throttle for each in found.rounds[:1]] == [30]

    def test_periods_of_a_second_count(self) -> None:
        """Looks within a second are one period; a step of the throttle begins anew."""
        looks = [(500, 10**9, 10**6, 0), (1500, 2 * 10**9, 10**6, 0)]
        assert counted_high(looks, 0) == 1
        assert counted_high([*looks, (3000, 3 * 10**9, 10**6, 0)], 0) == 0
        assert counted_high([*looks, (3000, 3 * 10**9, 10, 0)], 0) == 1
        assert counted_high([*looks, (3000, 3 * 10**9, 10, 20)], 20) == 0
        assert counted_high(looks, 20) == 0

    @pytest.mark.parametrize("count", [1, 3])
    def test_whoever_comes_late_sees_the_same_guest(self, count: int) -> None:
        """Samples of one later iteration alone, and the guest still writes what it wrote."""
        late = [sample(80000 + 100 * i, 5, 180 - i, sent=(900 + i) << 20) for i in range(count)]
        busy = zc.Workload(dirty_mib_s=400, working_set_mib=200)
        found = zc.simulate(LONG.resolution(), busy, since=zc.Migration(samples=late))
        assert found.rounds[0].dirtied_bytes > 0
        assert "completes" not in found.outcomes

    def test_one_that_stood_still_goes_on(self) -> None:
        """What a look finds is never below nothing, however long ago the last one was."""
        shown = zc.Migration(
            samples=[
                sample(40000, 1, 96, sent=4000 << 20),
                sample(44000, 2, 600, sent=4400 << 20),
                sample(45000, 2, 500, sent=4500 << 20),
                sample(3_600_000, 2, 500, sent=4500 << 20),
            ]
        )
        vm = zc.VM(memory_mib=4096)
        found = zc.simulate(zc.resolve(vm=vm), zc.fit(shown, 4096), since=shown)
        assert found.sent_mib >= (found.sent_mib_range[0] or 0) >= 0.98 * 4500

    def test_a_late_sample_is_no_work(self) -> None:
        """A migration of millions of years is gone on with as quickly as another."""
        late = [sample(1, 1, 900), sample(2**62, 2, 800), sample(2**62 + 5, 2, 799)]
        shown = zc.Migration(samples=late)
        found = zc.simulate(LONG.resolution(), zc.fit(shown, 256), since=shown)
        assert found.rounds[0].start_ms == 2**62 + 5

    @pytest.mark.parametrize(("remaining", "outcome"), [(0, "completes"), (1, "aborted")])
    def test_a_limit_of_zero(self, remaining: int, outcome: str) -> None:
        """QEMU lets the guest go where nothing remains, and looks on for ever where a page does."""
        shown = zc.Migration(
            samples=[sample(1000, 1, 9, limit_ms=0), sample(3000, 2, remaining, limit_ms=0)]
        )
        busy = zc.Workload(dirty_mib_s=200 * remaining, working_set_mib=200 * remaining)
        abort = zc.StallingEntry(limit=-1, action=zc.Action(name="abort"))
        endless = zc.ConvergenceSchedule(init=[], stalling=[abort] * remaining)
        policy = zc.MigrationPolicy(
            id="11111111-2222-3333-4444-555555555555",
            name="endless",
            auto_convergence=False,
            migration_compression=False,
            schedule=endless,
        )
        vm = zc.VM(memory_mib=256)
        found = zc.simulate(zc.resolve(policy=policy, vm=vm), busy, since=shown)
        assert found.outcome == outcome

    @pytest.mark.parametrize(
        ("samples", "word"),
        [
            ([sample(1, 1, None)], "how much"),
            ([sample(1, 1, 5), sample(2, 1, 0, status="completed")], "over"),
            ([sample(1, 1, 5), sample(2, 1, 4, status="postcopy-active")], "post-copy"),
        ],
    )
    def test_what_is_over_is_refused(self, samples: List[zc.Sample], word: str) -> None:
        """A migration that no longer runs before the switchover is evidence, not a start."""
        idle = zc.Workload(dirty_mib_s=0, working_set_mib=0)
        error = refused(zc.simulate, zc.resolve(), idle, since=zc.Migration(samples=samples))
        assert error.path == "since"
        assert word in error.message
        assert refused(zc.simulate, zc.resolve(), idle, since=5).path == "since"


class TestDocuments:
    """What the command reads."""

    def test_a_migration_alone(self, real: Ended) -> None:
        """It is evidence for a new one, or continued."""
        shown = running(real)
        document = json.loads(
            json.dumps(
                {"scenario": LONG.resolution().scenario.to_json(), "migration": shown.to_json()}
            )
        )
        asked = read_asked(document)
        assert (asked.workload, asked.since) == (zc.fit(shown, 256), None)
        for goes_on in (read_asked({**document, "since": True}), read_asked(document, since=True)):
            assert goes_on.since == shown
            assert goes_on.forecast().rounds[0].start_ms == shown.samples[-1].at_ms

    def test_a_workload_beside_it(self, real: Ended) -> None:
        """A network alone is that of the fit; a guest is the workload's."""
        document: Dict[str, Any] = {
            "scenario": {"vm": {"memoryMiB": 256}},
            "migration": zc.Migration(samples=real.samples).to_json(),
            "workload": {"linkMbps": 5000},
        }
        fit = read_asked(document).workload
        assert isinstance(fit, zc.Fit)
        assert fit.workload.link_mbps == 5000
        document["workload"] = {"dirtyMiBs": 1, "workingSetMiB": 5}
        own = read_asked(document).workload
        assert isinstance(own, zc.Workload)
        assert (own.dirty_mib_s, own.overhead_ms) == (1, min(50, real.downtime_ms // 2))
        document["migration"] = {"samples": [{"atMs": 5}]}
        assert read_asked(document).workload == zc.Workload(dirty_mib_s=1, working_set_mib=5)

    @pytest.mark.parametrize(
        ("document", "found"),
        [
            (5, [""]),
            ({}, ["workload"]),
            ({"workload": {}}, ["workload.dirtyMiBs", "workload.workingSetMiB"]),
            ({"workload": 5}, ["workload"]),
            ({"workload": {"dirtyMiBs": 0, "workingSetMiB": 0}, "since": True}, ["migration"]),
            ({"workload": {"dirtyMiBs": 0, "workingSetMiB": 0}, "since": 5}, ["since"]),
            ({"migration": {"samples": []}}, ["migration.samples"]),
            ({"migration": {"samples": [{"atMs": 5}]}}, ["migration"]),
            (
                {"migration": {"samples": [{"atMs": 5}]}, "workload": {"linkMbps": 0}},
                ["workload.linkMbps"],
            ),
            ({"scenario": {"vm": {"vcpus": 0}}, "workload": 5}, ["scenario.vm.vcpus", "workload"]),
        ],
    )
    def test_what_is_refused(self, document: Any, found: List[str]) -> None:
        """Each fault is named by its path."""
        error = refused(read_asked, document)
        assert [fault.path for fault in error.all] == found

    def test_what_does_not_go_together(self) -> None:
        """A set beyond the memory, and a migration that is over, are named as in the document."""
        large = {"workload": {"dirtyMiBs": 1, "workingSetMiB": 5000}}
        assert refused(read_asked(large).forecast).path == "workload.workingSetMiB"
        over = {"samples": [{"atMs": 1, "iteration": 1, "remainingBytes": 5, "status": "failed"}]}
        small = {"workload": {"dirtyMiBs": 1, "workingSetMiB": 5}, "migration": over, "since": True}
        assert refused(read_asked(small).forecast).path == "migration"


def test_forecasts_and_fits_are_quick(real: Ended) -> None:
    """A fit and a forecast with its ensemble take well below a second of the processor's time."""
    began = time.process_time()
    shown = running(real)
    zc.simulate(LONG.resolution(), zc.fit(shown), since=shown)
    assert time.process_time() - began < 0.5
