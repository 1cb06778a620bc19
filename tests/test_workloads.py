"""Writers, workloads of several of them, and what dirty rates over several periods say."""

import json
import math
import pickle
from typing import Any, List, Optional

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import paths, refusal, refused

TWO = (zc.Writer(mib_s=100, set_mib=10), zc.Writer(mib_s=5, set_mib=400.5, order="sweep"))

writers = st.builds(
    zc.Writer,
    mib_s=st.floats(0, 1e6) | st.just(((0, 5), (2.5, 0))),
    set_mib=st.floats(0.01, 1e6) | st.integers(1, 10**6),
    order=st.sampled_from(["random", "sweep"]),
)


def dirtied(made: zc.Workload, seconds: float) -> float:
    """What random writers of steady rates dirty within a time, MiB."""
    total = 0.0
    for each in made.writers:
        assert isinstance(each.mib_s, (int, float))
        total -= each.set_mib * math.expm1(-seconds * each.mib_s / each.set_mib)
    return total


class TestWriter:
    """A part of a guest."""

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"mib_s": -1}, "mib_s"),
            ({"set_mib": -1}, "set_mib"),
            ({"set_mib": 0}, "set_mib"),
            ({"order": "sideways"}, "order"),
        ],
    )
    def test_what_is_refused(self, changes: Any, path: str) -> None:
        """Each field has its kind of value, and what writes has memory to write."""
        assert paths(zc.Writer, **{"mib_s": 1, "set_mib": 1, **changes}) == [path]

    @pytest.mark.parametrize("rate", [0, ((0, 0), (5, 0))])
    def test_an_idle_one_needs_no_memory(self, rate: Any) -> None:
        """Nothing is written to no memory."""
        assert zc.Writer(mib_s=rate, set_mib=0).set_mib == 0


class TestWorkload:
    """A guest of writers."""

    @given(st.lists(writers, min_size=1, max_size=4))
    def test_json_and_back(self, several: List[zc.Writer]) -> None:
        """A workload of writers is the same after JSON, repr and pickle."""
        made = zc.Workload(writers=several, connection_mbps=5000, zero_scan_mib_s=4096)
        assert zc.Workload.from_json(json.loads(json.dumps(made.to_json()))) == made
        assert eval(repr(made), {"Workload": zc.Workload, "Writer": zc.Writer}) == made
        assert pickle.loads(pickle.dumps(made)) == made
        assert made.writers == tuple(several)

    def test_one_random_writer_is_what_was_there_before(self) -> None:
        """It is forecast as its rate and set are; one that sweeps is not."""
        plain = run(zc.Workload(dirty_mib_s=100, working_set_mib=500))
        one = run(zc.Workload(writers=[zc.Writer(mib_s=100, set_mib=500)]))
        assert one == plain
        swept = run(zc.Workload(writers=[zc.Writer(mib_s=100, set_mib=500, order="sweep")]))
        assert swept.rounds != plain.rounds

    def test_a_guest_is_given_once(self) -> None:
        """Writers, or a rate and a working set, not both and not neither."""
        expected = "none together with writers"
        assert refusal(zc.Workload, writers=TWO, dirty_mib_s=5)[0::2] == ("dirty_mib_s", expected)
        assert paths(zc.Workload) == ["dirty_mib_s", "working_set_mib"]
        assert paths(zc.Workload, writers=[]) == ["dirty_mib_s", "working_set_mib"]
        assert paths(zc.Workload, writers=[5]) == ["writers[0]"]
        assert paths(zc.Workload, writers=list(TWO) * 33) == ["writers"]

    @pytest.mark.parametrize(
        ("document", "found"),
        [
            ({"writers": [{"mibS": 1}]}, ["writers[0].setMiB"]),
            ({"writers": [{"mibS": 1, "setMiB": 0}]}, ["writers[0].setMiB"]),
            ({"writers": [5]}, ["writers[0]"]),
            ({"writers": [{"mibS": 1, "setMiB": 1}], "dirtyMiBs": 3}, ["dirtyMiBs"]),
            ({"dirtyRates": []}, ["dirtyRates"]),
            ({"dirtyRates": [{"periodS": 1}]}, ["dirtyRates[0].mibS"]),
            ({"dirtyRates": [{"periodS": 0.01, "mibS": 5}]}, ["dirtyRates[0].periodS"]),
            ({"dirtyRates": [{"periodS": 1, "mibS": 5}], "dirtyMiBs": 5}, ["dirtyMiBs"]),
            ({"dirtyRates": [{"periodS": 1, "mibS": 5}], "zeroShare": 5}, ["zeroShare"]),
            (
                {"dirtyRates": [{"periodS": 1, "mibS": 50}, {"periodS": 60, "mibS": 0.5}]},
                ["dirtyRates[1].mibS"],
            ),
            (
                {"dirtyRates": [{"periodS": 1, "mibS": 5}, {"periodS": 60, "mibS": 500}]},
                ["dirtyRates[1].mibS"],
            ),
        ],
    )
    def test_what_a_document_may_not_say(self, document: Any, found: List[str]) -> None:
        """Each fault is named by the key that has it."""
        error = refused(zc.Workload.from_json, document, memory_mib=1000)
        assert [fault.path for fault in error.all] == found


class TestMeasured:
    """Dirty rates over several periods."""

    @pytest.mark.parametrize(
        "rates",
        [
            ((1, 921), (60, 210)),
            ((60, 210), (1, 921)),
            ((0.1, 500), (10, 100)),
            ((0.1, 500), (1, 300), (10, 100)),
            ((1, 100), (10, 10)),
        ],
    )
    def test_they_dirty_as_much_in_each_period(self, rates: Any) -> None:
        """What is dirtied in a period is what was measured, to a few hundredths."""
        made = zc.Workload.measured(rates, memory_mib=20000)
        for period, rate in rates:
            assert dirtied(made, period) == pytest.approx(rate * period, rel=0.04)

    @given(
        first=st.floats(1, 1000),
        share=st.floats(0.02, 1),
        memory=st.integers(1000, 10**6),
    )
    def test_they_never_write_more_than_the_memory(
        self, first: float, share: float, memory: int
    ) -> None:
        """However the rates are, the sets fit the VM."""
        rate = max(first * share, first / 60) * 1.001
        if 60 * rate > memory:
            return
        made = zc.Workload.measured(((1, first), (60, rate)), memory_mib=memory)
        assert sum(each.set_mib for each in made.writers) <= memory * 1.000001
        zc.simulate(zc.resolve(vm=zc.VM(memory_mib=memory)), made)

    def test_a_guest_that_pauses_is_a_steady_one(self) -> None:
        """Nothing in the shorter period tells no power, and is no fault."""
        made = zc.Workload.measured(((1, 0), (10, 10)), memory_mib=1000)
        assert dirtied(made, 1) < dirtied(made, 10) <= 100

    def test_one_rate_is_of_a_working_set_or_the_memory(self) -> None:
        """As before; without a working set all memory is one."""
        before = zc.Workload.measured(rate_mib_s=100, working_set_mib=400)
        assert zc.Workload.measured([(1, 100)], working_set_mib=400) == before
        assert zc.Workload.measured([(1, 100)], memory_mib=400) == before
        document = {"dirtyRates": [{"periodS": 1, "mibS": 100}], "workingSetMiB": 400}
        assert zc.Workload.from_json(document) == before
        assert paths(zc.Workload.measured, [(1, 100)]) == ["working_set_mib"]

    def test_rates_of_one_period_are_averaged(self) -> None:
        """Whoever measures bursts and pauses gets their mean, in any order."""
        once = zc.Workload.measured(((1, 20), (10, 8)), memory_mib=1000)
        assert zc.Workload.measured(((1, 5), (10, 8), (1, 35)), memory_mib=1000) == once
        alone = zc.Workload.measured(((1, 20),), memory_mib=1000)
        assert zc.Workload.measured(((1, 5), (1, 35)), memory_mib=1000) == alone
        fault = refused(zc.Workload.measured, ((1, 5), (10, 1), (1, 35)), memory_mib=1000)
        assert (fault.path, fault.value) == ("rates[1][1]", 1)

    def test_an_idle_guest_has_no_writers_that_write(self) -> None:
        """Rates of 0 are those of a guest that dirties nothing."""
        with pytest.raises(zc.ZcpolicyError):
            zc.Workload.measured(((1, 0), (10, 0)), memory_mib=-1)
        made = zc.Workload.measured(((1, 0), (10, 0)), memory_mib=100)
        assert (made.dirty_mib_s, made.working_set_mib) == (0, 0)

    @pytest.mark.parametrize("period", [1.1, 2, 10, 30, 60])
    @pytest.mark.parametrize("size", [0.7, 52.77, 213.4, 999.9, 1000])
    def test_as_much_within_any_period(self, size: float, period: float) -> None:
        """Rates of one size over several periods, rounded as floats are, are a small hot set."""
        rates = [(each, size / each) for each in (0.7, period)]
        made = zc.Workload.measured(rates, memory_mib=1000)
        assert dirtied(made, 0.7) == pytest.approx(size, rel=0.2)
        assert dirtied(made, period) == pytest.approx(size, rel=0.2)

    @pytest.mark.parametrize(
        ("rates", "bound"),
        [
            ([(1, 7134.46), (2, 3567.2204)], "at least 3567.2"),
            ([(1, 100), (3, 33)], "at least 33.33 "),
            ([(1, 5), (1.5, 6666.8)], "at most 6666.7 "),
            ([(1, 5), (3, 4000)], "at most 3333 "),
        ],
    )
    def test_a_bound_is_on_its_side(self, rates: Any, bound: str) -> None:
        """The error says the rate as given, and a bound that can be seen to be another number."""
        fault = refused(zc.Workload.measured, rates, memory_mib=10000)
        rate: float = rates[-1][1]
        assert fault.value == rate
        assert fault.expected.startswith(bound)
        said = float(fault.expected.split()[2])
        assert said > rate if bound.startswith("at least") else said < rate

    @pytest.mark.parametrize(
        ("rates", "more", "path"),
        [
            ((), {}, "rates"),
            (5, {}, "rates"),
            ([5], {}, "rates[0]"),
            ([(1, 2, 3)], {}, "rates[0]"),
            ([(1, -1)], {}, "rates[0][1]"),
            ([(0, 1)], {}, "rates[0][0]"),
            ([(1, 5), (2, 4)], {"rate_mib_s": 5}, "rate_mib_s"),
            ([(1, 5), (2, 4)], {"memory_mib": None}, "memory_mib"),
            ([(1, 5), (2, 4)], {"memory_mib": 0}, "memory_mib"),
        ],
    )
    def test_what_is_refused(self, rates: Any, more: Any, path: str) -> None:
        """Rates are pairs, beside the memory and no other rate."""
        arguments = {"memory_mib": 1000, **more}
        assert refused(zc.Workload.measured, rates, **arguments).path == path


def run(made: zc.Workload, *, host: Any = None, **cluster: Any) -> zc.Forecast:
    vm = zc.VM(memory_mib=4096, vcpus=64, parallel=cluster.pop("connections", None))
    source = zc.Host() if host is None else host
    scenario = zc.Scenario(
        cluster=zc.Cluster(**{"bandwidth": 2000, **cluster}), vm=vm, host=source, destination=source
    )
    return zc.simulate(scenario.resolve(), made)


class TestForecasts:
    """What writers, hosts and networks make of a migration."""

    def test_an_idle_guest_is_sent_once(self) -> None:
        """0 and 0 dirty nothing, whatever the policy."""
        found = run(zc.Workload(dirty_mib_s=0, working_set_mib=0))
        assert (found.outcomes, len(found.rounds)) == (("completes",), 1)

    @pytest.mark.parametrize(
        ("mbps", "bandwidth", "sent"),
        [
            (1000, 40000, (125_000_000, "link")),
            (1000, 2000, (125 * 2**20, "bandwidth")),  # the link, as Engine counts
            (1000, 1000, (62 * 2**20, "bandwidth")),
            (None, 20000, (1250 * 2**20, "bandwidth")),
        ],
    )
    def test_nothing_is_sent_faster_than_the_hosts_say(
        self, mbps: Any, bandwidth: int, sent: Any
    ) -> None:
        """A bandwidth of more than the hosts' link is not used, and a plan says the same."""
        host = zc.Host(migration_mbps=mbps)
        scenario = zc.Scenario(
            cluster=zc.Cluster(bandwidth=bandwidth),
            host=host,
            destination=host,
            vm=zc.VM(memory_mib=4096),
        )
        load = zc.Workload(dirty_mib_s=300, working_set_mib=2000)
        found = zc.simulate(scenario.resolve(), load)
        assert (found.bytes_per_s, found.bound_by) == sent
        plan = zc.drain([zc.Move(name="vm", resolution=scenario.resolve(), workload=load)])
        assert plan.legs[0].forecast.outcomes == found.outcomes

    def test_a_sweep_dirties_more_than_random_writes(self) -> None:
        """Each write of a sweep is on another page, until all are dirty."""
        found = [
            run(zc.Workload(writers=[zc.Writer(mib_s=30, set_mib=2000, order=order)]))
            for order in ("random", "sweep")
        ]
        random, sweep = [each.rounds[0].dirtied_bytes for each in found]
        assert random < sweep <= 2000 * 2**20

    def test_writers_add_up(self) -> None:
        """Two halves of a set, each written half as fast, are the whole."""
        whole = run(zc.Workload(dirty_mib_s=60, working_set_mib=1000))
        half = zc.Writer(mib_s=30, set_mib=500)
        halves = run(zc.Workload(writers=[half, half]))
        assert halves.outcome == whole.outcome
        assert halves.total_ms == pytest.approx(whole.total_ms, rel=0.001)
        assert halves.plateau_ms == pytest.approx(whole.plateau_ms, rel=0.01)

    def test_several_sets_have_a_plateau(self) -> None:
        """A hot and a large set together: with a longer limit it completes, with a shorter not."""
        hot = zc.Writer(mib_s=2000, set_mib=300)
        cold = zc.Writer(mib_s=20, set_mib=2000)
        swept = zc.Writer(mib_s=1, set_mib=100, order="sweep")
        idle = zc.Writer(mib_s=0, set_mib=100)
        made = zc.Workload(writers=[hot, cold, swept, idle], link_mbps=2000)

        def limited(limit: int) -> zc.Forecast:
            schedule = zc.ConvergenceSchedule(
                init=[zc.Action(name="setDowntime", params=[str(limit)])]
            )
            policy = zc.MigrationPolicy(
                id="11111111-2222-3333-4444-555555555555",
                name="mine",
                max_migrations=1,
                schedule=schedule,
            )
            vm = zc.VM(memory_mib=4096)
            return zc.simulate(zc.resolve(zc.Cluster(bandwidth=2000), policy=policy, vm=vm), made)

        plateau = limited(300).plateau_ms
        outcomes = [limited(plateau + more).outcome for more in (-100, 100)]
        assert outcomes == ["never", "completes"]

    @pytest.mark.parametrize(
        ("cluster", "mbps"),
        [
            ({}, 20000),
            ({"encrypted": True}, 4700),
            ({"tunnelled": True}, 2000),
            ({"encrypted": True, "connections": 4}, 18800),
        ],
    )
    def test_what_a_connection_carries(self, cluster: Any, mbps: int) -> None:
        """Less with TLS, least through a tunnel; it is said, unless it is given."""
        made = zc.Workload(dirty_mib_s=0, working_set_mib=0, link_mbps=100000)
        found = run(made, **{"bandwidth": 200000, **cluster})
        assert (found.bytes_per_s, found.bound_by) == (mbps * 125000, "connections")
        assert "Gbps" in found.assumed[0]
        given = run(attr.evolve(made, connection_mbps=1000), **{"bandwidth": 200000, **cluster})
        assert given.bytes_per_s == cluster.get("connections", 1) * 125000000
        assert not [words for words in given.assumed if "Gbps" in words]

    def test_connections_beyond_those_that_fill_the_link_are_said(self) -> None:
        """Of eight, one fills 1 Gbps; of two nothing is said, as fewer cannot be had."""
        made = zc.Workload(dirty_mib_s=0, working_set_mib=0, link_mbps=1000)
        assert run(made, connections=8).verdict.endswith(" Of its 8 connections 1 fills the link.")
        assert "connections" not in run(made, connections=2).verdict
        wide = attr.evolve(made, link_mbps=45000)
        assert run(wide, connections=8).verdict.endswith(" Of its 8 connections 3 fill the link.")

    def test_the_hosts_link_counts_at_the_switchover(self) -> None:
        """Where both hosts say how fast it is, the rest is sent so fast."""
        made = zc.Workload(dirty_mib_s=0, working_set_mib=0, overhead_ms=0)
        slow, fast = run(made), run(made, host=zc.Host(migration_mbps=10000))
        assert slow.bytes_per_s == fast.bytes_per_s
        assert fast.downtime_ms < slow.downtime_ms / 5

    def test_zero_pages_take_time(self) -> None:
        """A GiB takes 0.2 s, or what is given; the bandwidth limit hides it."""
        made = zc.Workload(dirty_mib_s=0, working_set_mib=0, zero_share=1, overhead_ms=0)
        assert run(made).rounds[0].end_ms == pytest.approx(800, rel=0.2)
        slow = attr.evolve(made, zero_scan_mib_s=1024)
        assert run(slow).rounds[0].end_ms == pytest.approx(4000, rel=0.2)
        linked = attr.evolve(made, zero_share=0.5, zero_scan_mib_s=500, link_mbps=50000)
        hidden = attr.evolve(linked, zero_scan_mib_s=10**6)
        assert run(linked).total_ms == run(hidden).total_ms
        bound = [attr.evolve(each, link_mbps=1000) for each in (linked, hidden)]
        assert run(bound[0]).total_ms > run(bound[1]).total_ms + 3000

    def test_vdsms_options_count(self) -> None:
        """Its bandwidth where the request has none, its interval, and its steps."""
        made = zc.Workload(dirty_mib_s=3000, working_set_mib=4000)
        vdsm = zc.Vdsm(max_bandwidth=100, monitor_interval_s=5, downtime_steps=3)
        found = run(made, host=zc.Host(vdsm=vdsm), bandwidth="hypervisor_default")
        assert found.bytes_per_s == 100 * 2**20
        times = {at for each in found.rounds for at, _ in each.actions}
        assert times
        assert all(at % 5000 == 0 for at in times)
        assert [at for at in times if at % 10000]
        endless = run(made, host=zc.Host(vdsm=zc.Vdsm(monitor_interval_s=0)))
        assert {each.limit_ms for each in endless.rounds} == {300}
        assert not [each for each in endless.rounds if each.actions]
        wide = run(
            made, host=zc.Host(vdsm=zc.Vdsm(max_bandwidth=0)), bandwidth="hypervisor_default"
        )
        assert wide.bound_by == "connections"


class TestVersions:
    """What QEMU counts, by its version."""

    BUSY = zc.Workload(dirty_mib_s=1000, working_set_mib=3000)

    def of(self, version: Any, policy: str) -> zc.Forecast:
        host = zc.Host(qemu_version=version)
        vm = zc.VM(memory_mib=8192, vcpus=4)
        return zc.simulate(zc.resolve(zc.Cluster(bandwidth=2000), host, policy, vm), self.BUSY)

    def test_post_copys_schedule_goes_on_at_every_poll(self) -> None:
        """QEMU 11.1 counts ten iterations a second; QEMU 10 one a round."""
        old, new = [self.of(v, "Post-copy migration") for v in ((10, 0), (11, 1, 3))]
        assert old.outcome == new.outcome == "post-copy"
        acted = [at for each in new.rounds for at, _ in each.actions]
        assert acted == list(range(20000, acted[-1] + 1, 10000))
        assert new.total_ms < old.total_ms

    def test_autoconverge_looks_within_rounds(self) -> None:
        """From 9.2 on it throttles sooner, as it looks every 5 s after the first round."""
        old, new = [self.of(v, "Minimal downtime") for v in ((9, 1), (9, 2))]
        first = [
            next(each.start_ms for each in found.rounds if each.throttle) for found in (old, new)
        ]
        assert first[1] < first[0]
        looks = [each.end_ms for each in new.rounds[1:3]]
        assert [end % 5000 for end in looks] == [0, 0]

    def test_what_is_not_known_is_said(self) -> None:
        """Without a version it is taken for an old one."""
        assert (
            self.of(None, "Post-copy migration").rounds
            == self.of((8,), "Post-copy migration").rounds
        )
        words = self.of(None, "Post-copy migration").assumed
        assert any("11.0" in each for each in words)
        assert not any("11.0" in each for each in self.of((8,), "Post-copy migration").assumed)


class TestRanges:
    """What is uncertain, and what comes of it."""

    @given(
        dirty=st.floats(0, 3000),
        working_set=st.integers(1, 4096),
        policy=st.sampled_from(["Minimal downtime", "Post-copy migration", "legacy"]),
    )
    def test_the_best_is_within_its_ranges(
        self, dirty: float, working_set: int, policy: str
    ) -> None:
        """Each range holds its value, and the outcome is the first of those possible."""
        made = zc.Workload(dirty_mib_s=dirty, working_set_mib=working_set)
        vm = zc.VM(memory_mib=4096)
        found = zc.simulate(zc.resolve(zc.Cluster(bandwidth=2000), policy=policy, vm=vm), made)
        assert found.outcomes[0] == found.outcome
        assert found.near_edge == (len(found.outcomes) > 1) or found.outcome == "never"
        for value, (low, high) in (
            (found.total_ms, found.total_ms_range),
            (found.sent_mib, found.sent_mib_range),
            (found.throttle, found.throttle_range),
        ):
            if found.outcome != "never":
                assert low is not None
                assert low <= value
                assert high is None or value <= high

    def test_what_is_given_narrows_them(self) -> None:
        """An overhead that is known leaves the downtime less to vary."""
        vague = run(zc.Workload(dirty_mib_s=10, working_set_mib=100))
        known = run(zc.Workload(dirty_mib_s=10, working_set_mib=100, overhead_ms=50))
        assert (known.downtime_ms_range[0] or 0) > (vague.downtime_ms_range[0] or 0)
        assert [words for words in vague.assumed if "switchover takes" in words]
        assert not [words for words in known.assumed if "switchover takes" in words]

    def test_what_is_dirtied_at_once_is_varied(self) -> None:
        """Rates over 1 and 10 s do not tell it, so the outcome may be open where that counts."""
        vm = zc.VM(memory_mib=8192)
        resolution = zc.resolve(zc.Cluster(bandwidth=2000), policy="legacy", vm=vm)
        outcomes = [
            zc.simulate(
                resolution, zc.Workload.measured(((1, rate), (10, rate / 3)), memory_mib=8192)
            ).outcomes
            for rate in (20, *range(100, 400, 25), 2000)
        ]
        assert [len(each) for each in (outcomes[0], outcomes[-1])] == [1, 1]
        assert max(map(len, outcomes)) == 2

    def test_connections_may_send_more_than_the_limit(self) -> None:
        """Each up to 5 MiB/s more from QEMU 10.0 on, which counts where the limit is low."""
        load = zc.Workload(dirty_mib_s=1, working_set_mib=10)

        def shortest(connections: Optional[int], host: zc.Host, bandwidth: int = 1024) -> float:
            found = run(load, host=host, connections=connections, bandwidth=bandwidth)
            return (found.total_ms_range[0] or 0) / found.total_ms

        old = zc.Host(qemu_version=(9, 2))
        assert shortest(4, zc.Host()) < 0.8 < shortest(4, old) < shortest(None, zc.Host())
        assert shortest(4, zc.Host(), 20000) > 0.87

    def test_a_burst_is_not_taken_for_the_mean(self) -> None:
        """Where nearly all of 10 s is dirtied in the one that was measured, it may be a burst."""
        resolution = zc.resolve(policy="legacy", vm=zc.VM(memory_mib=1024))
        made = zc.Workload.measured(((1, 45), (10, 5)), memory_mib=1024)
        assert zc.simulate(resolution, made).outcomes == ("aborted", "completes")
        steady = zc.Workload.measured(((1, 8), (10, 5)), memory_mib=1024)
        assert zc.simulate(resolution, steady).outcomes == ("completes",)

    @pytest.mark.parametrize(
        "several",
        [
            [zc.Writer(mib_s=((0, 5), (9, 1)), set_mib=9), *TWO],
            [zc.Writer(mib_s=1, set_mib=100), zc.Writer(mib_s=0, set_mib=4), *TWO[1:]],
            [zc.Writer(mib_s=1000, set_mib=size) for size in (10, 20, 30)],
        ],
    )
    def test_other_guests_are_not_varied_so(self, several: Any) -> None:
        """Without a part that fills up at once, or with nothing else, there is nothing to move."""
        assert run(zc.Workload(writers=several)).outcome == "completes"

    def test_the_set_must_fit_the_vm(self) -> None:
        """Writers that write more than there is are refused."""
        large = zc.Workload(writers=[zc.Writer(mib_s=1, set_mib=5000), *TWO])
        error = refused(run, large)
        assert error.path == "workload.writers"
