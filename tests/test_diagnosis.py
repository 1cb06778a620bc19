"""What happened to a migration, and why: `diagnose`."""

import functools
import json
from typing import Any, Dict, List, Optional, Sequence, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from realguest import Record, file, migration, records, resolution
from zcpolicy._advice.causes import CAUSES, MEASURES, STATES, cause_of
from zcpolicy._advice.showing import showing

GIB = 1 << 30
HOST = zc.Host(migration_mbps=10000)
VM = zc.VM(vcpus=8, memory_mib=8192)


def decided(policy: Any = "Minimal downtime", **cluster: Any) -> zc.Resolution:
    return zc.resolve(zc.Cluster(**cluster), HOST, policy, VM, destination=HOST)


def samples(
    resolution: zc.Resolution,
    workload: zc.Workload,
    *,
    until_ms: Optional[int] = None,
    status: Optional[str] = None,
    every_ms: int = 500,
) -> zc.Migration:
    """What would have been seen of a forecast: a sample twice a second."""
    forecast = zc.simulate(resolution, workload)
    found: List[zc.Sample] = []
    sent = normal = 0
    end = forecast.rounds[-1].end_ms if until_ms is None else until_ms
    for each in forecast.rounds:
        begun = each.start_ms
        span = max(1, each.end_ms - begun)
        first = -(-begun // every_ms) * every_ms
        for at in range(first, min(each.end_ms, end), every_ms):
            part = (at - begun) / span
            gone = int((each.remaining_bytes - each.left_bytes) * part)
            found.append(
                zc.Sample(
                    at_ms=at,
                    iteration=each.iteration,
                    remaining_bytes=each.remaining_bytes - gone,
                    sent_bytes=sent + int(each.sent_bytes * part),
                    total_bytes=8 * GIB,
                    zero_pages=0,
                    normal_pages=(normal + gone) // 4096,
                    throttle=each.throttle,
                    status="active",
                )
            )
        sent += each.sent_bytes
        normal += each.remaining_bytes - each.left_bytes
    if status is not None:
        found.append(attr.evolve(found[-1], at_ms=max(end, found[-1].at_ms), status=status))
    return zc.Migration(samples=found)


def cause_seen(run: zc.Migration, asked: zc.Resolution) -> Tuple[str, str]:
    """The code of the cause, and its evidence: a diagnosis without advice, which takes longer."""
    found = showing(run, asked)
    cause = cause_of(found)
    assert cause is not None
    return cause.code, cause.evidence(found)


BUSY = zc.Workload(dirty_mib_s=2500, working_set_mib=6000)


def policy(**fields: Any) -> zc.MigrationPolicy:
    return zc.policies.MINIMAL_DOWNTIME.but(name="Tried", max_migrations=1, **fields)


GENTLE = {"auto_convergence": False}


@functools.cache
def unthrottled() -> Tuple[zc.Migration, zc.Resolution, zc.Diagnosis]:
    """A migration that never converges, as it was decided, and its diagnosis, made once."""
    asked = decided(policy(**GENTLE))
    run = samples(asked, BUSY, status="cancelled")
    return run, asked, zc.diagnose(run, asked)


class TestCauses:
    def test_it_never_converges(self) -> None:
        """A guest that writes faster than is sent, not throttled, whatever time it has."""
        _, _, found = unthrottled()
        assert (found.outcome, found.cause) == ("aborted", "never-converges")
        assert "aborted by the schedule after" in found.message
        assert "the guest writes too fast for 10 Gbps" in found.message
        assert found.fit is not None
        assert found.forecast is not None
        assert found.forecast.outcome == "aborted"
        assert all("completes" in option.forecast.outcomes for option in found.options)

    def test_it_was_throttled_to_no_avail(self) -> None:
        """Autoconverge took what it can, and that was too little."""
        wild = zc.Workload(dirty_mib_s=400000, working_set_mib=8000)
        patient = zc.ConvergenceSchedule.ramp(100, abort_limit=30)
        asked = decided(policy(schedule=patient))
        found = zc.diagnose(samples(asked, wild, status="cancelled"), asked)
        assert (found.outcome, found.cause) == ("aborted", "throttled-in-vain")
        assert "% taken from the guest" in found.message

    def test_autoconverge_had_not_had_its_time(self) -> None:
        """The abort came before the throttle that would have done."""
        asked = decided(policy(schedule=zc.ConvergenceSchedule.ramp(300, abort_limit=2)))
        found = zc.diagnose(samples(asked, BUSY, status="cancelled"), asked)
        assert (found.outcome, found.cause) == ("aborted", "throttle-not-reached")
        assert "autoconverge had" in found.message

    def test_a_limit_was_not_reached(self) -> None:
        """The schedule's last step would have done, and was not run."""
        steps = zc.ConvergenceSchedule.ramp(100, {3: 60000}, abort_limit=-1)
        asked = decided(policy(schedule=steps, **GENTLE))
        cut = samples(asked, BUSY, until_ms=21000, status="cancelled")
        assert showing(cut, asked).polls.left_ms == 60000
        code, evidence = cause_seen(cut, asked)
        assert code == "limit-not-reached"
        assert "limit of 1 min would be enough" in evidence

    def test_it_was_too_early(self) -> None:
        """What remained was shrinking when it was aborted."""
        calm = zc.Workload(dirty_mib_s=1000, working_set_mib=6000)
        asked = decided(policy(schedule=zc.ConvergenceSchedule.ramp(300, abort_limit=1), **GENTLE))
        done = samples(decided(policy(**GENTLE)), calm, until_ms=14000, status="cancelled")
        code, evidence = cause_seen(done, asked)
        assert code == "too-early"
        assert evidence.startswith("too early: what remained was shrinking")

    @pytest.mark.parametrize(
        ("cluster", "words"),
        [
            ({"bandwidth": 2000}, "the bandwidth of the request"),
            ({"bandwidth": "hypervisor_default"}, "Vdsm's own bandwidth"),
            ({"encrypted": True}, "since TLS limits a connection"),
            ({"tunnelled": True}, "since the tunnel limits it"),
        ],
    )
    def test_the_link_was_not_filled(self, cluster: Dict[str, Any], words: str) -> None:
        """What kept the speed below the link's is named; at the link's it would have done."""
        load = zc.Workload(dirty_mib_s=800 if "encrypted" in cluster else 300, working_set_mib=6000)
        asked = decided(policy(**GENTLE), **cluster)
        run = samples(asked, load, status="cancelled", every_ms=2000)
        code, evidence = cause_seen(run, asked)
        assert code == "link-not-filled"
        assert words in evidence

    @pytest.mark.parametrize(
        ("parallel", "words"), [("disabled", "by one connection"), (2, "by 2")]
    )
    def test_too_few_connections(self, parallel: Any, words: str) -> None:
        """Connections that carry less than the link are named."""
        load = zc.Workload(dirty_mib_s=300, working_set_mib=6000, connection_mbps=2000)
        asked = decided(policy(**GENTLE), parallel=parallel)
        if parallel == 2:
            load = attr.evolve(load, connection_mbps=1000)
        found = zc.diagnose(samples(asked, load, status="cancelled"), asked)
        assert found.cause == "link-not-filled"
        assert words in found.message


class TestEndings:
    def test_it_completed(self) -> None:
        """Then there is nothing to change."""
        asked = decided()
        calm = zc.Workload(dirty_mib_s=100, working_set_mib=2000)
        seen = samples(asked, calm, status="completed")
        last = attr.evolve(seen.samples[-1], downtime_ms=40)
        found = zc.diagnose(zc.Migration(samples=[*seen.samples, last]), asked)
        assert (found.outcome, found.cause, found.options) == ("completes", "completed", ())
        assert "with a pause of 40 ms" in found.message

    @pytest.mark.parametrize(
        "goal", [zc.Goal(total_s=1), zc.Goal(downtime_ms=39), zc.Goal(total_s=1, throttle=0)]
    )
    def test_it_completed_and_missed_a_goal(self, goal: zc.Goal) -> None:
        """Then there are options for the goal."""
        asked = decided()
        calm = zc.Workload(dirty_mib_s=100, working_set_mib=2000)
        seen = samples(asked, calm, status="completed")
        last = attr.evolve(seen.samples[-1], downtime_ms=40)
        run = zc.Migration(samples=[*seen.samples, last])
        assert zc.diagnose(run, asked, goal=goal).options
        assert not zc.diagnose(run, asked, goal=zc.Goal(total_s=1000, downtime_ms=40)).options

    def test_post_copy(self) -> None:
        """It completed by post-copy, failed there, was paused there, or is there."""
        asked = decided()
        seen = samples(asked, BUSY, until_ms=20000, status="postcopy-active")
        endings = {}
        for status in ("completed", "failed", "postcopy-paused", "postcopy-active"):
            last = attr.evolve(seen.samples[-1], status=status)
            found = zc.diagnose(zc.Migration(samples=[*seen.samples, last]), asked)
            endings[status] = (found.outcome, found.cause)
        assert endings == {
            "completed": ("post-copy", "completed"),
            "failed": ("failed", "post-copy-failed"),
            "postcopy-paused": ("failed", "post-copy-failed"),
            "postcopy-active": ("running", "in-post-copy"),
        }

    def test_it_failed(self) -> None:
        """Why is in the logs, not in the samples."""
        asked = decided()
        found = zc.diagnose(samples(asked, BUSY, until_ms=9000, status="failed"), asked)
        assert (found.outcome, found.cause) == ("failed", "failed")
        assert "journalctl" in found.message

    def test_a_user_cancelled_it(self) -> None:
        """The schedule had no abort due."""
        asked = decided()
        found = zc.diagnose(samples(asked, BUSY, until_ms=15000, status="cancelled"), asked)
        assert (found.outcome, found.cause) == ("aborted", "aborted-by-user")
        assert "vdsm.log" in found.message

    def test_who_cancelled_it_is_not_known(self) -> None:
        """Without the request, or with samples too far apart, that is asked for."""
        asked = decided()
        run = samples(asked, BUSY, until_ms=15000, status="cancelled")
        alone = zc.diagnose(run)
        assert alone.outcome == "aborted"
        assert alone.cause != "aborted-by-user"
        assert "grep MigrateVDSCommand" in alone.message
        assert "vdsm.log" in alone.message
        far = zc.Migration(samples=[run.samples[0], attr.evolve(run.samples[-1], at_ms=100000)])
        found = zc.diagnose(far, asked)
        assert found.cause != "aborted-by-user"
        assert "vdsm.log" in found.message

    def test_nothing_is_known(self) -> None:
        """What to sample is said, with the command."""
        bare = zc.Sample(at_ms=3000, iteration=None, remaining_bytes=None, sent_bytes=None)
        found = zc.diagnose(zc.Migration(samples=[bare]))
        assert (found.outcome, found.cause) == ("running", "too-little-seen")
        assert (found.fit, found.forecast, found.options) == (None, None, ())
        assert "info migrate" in found.message
        gone = zc.diagnose(zc.Migration(samples=[attr.evolve(bare, status="cancelled")]))
        assert (gone.outcome, gone.cause) == ("aborted", "too-little-seen")

    def test_one_look(self) -> None:
        """After a second of the first round the dirty rate is not known, and is asked for."""
        asked = decided()
        found = zc.diagnose(samples(asked, BUSY, until_ms=1600), asked)
        assert found.outcome == "running"
        assert "domdirtyrate-calc" in found.message or found.cause == "will-complete"


class TestRunning:
    def test_it_will_complete(self) -> None:
        """And it does so as forecast from there."""
        asked = decided()
        calm = zc.Workload(dirty_mib_s=100, working_set_mib=2000)
        run = samples(asked, calm, until_ms=12000)
        found = zc.diagnose(run, asked)
        assert (found.outcome, found.cause, found.options) == ("running", "will-complete", ())
        assert found.fit is not None
        assert found.forecast == zc.simulate(asked, found.fit, since=run)

    def test_it_will_switch(self) -> None:
        """Its schedule has post-copy."""
        asked = decided("Post-copy migration")
        found = zc.diagnose(samples(asked, BUSY, until_ms=25000), asked)
        assert (found.outcome, found.cause) == ("running", "will-switch")

    def test_it_will_not_complete(self) -> None:
        """The cause is that of one that was aborted."""
        asked = decided(policy(**GENTLE))
        found = zc.diagnose(samples(asked, BUSY, until_ms=35000), asked)
        assert (found.outcome, found.cause) == ("running", "never-converges")
        assert found.message.startswith("It still runs, and will not complete: ")

    def test_it_is_not_sure(self) -> None:
        """Several outcomes are possible."""
        asked = decided(policy(**GENTLE))
        edge = zc.Workload(dirty_mib_s=1700, working_set_mib=6000)
        found = (
            zc.diagnose(samples(asked, attr.evolve(edge, dirty_mib_s=rate), until_ms=25000), asked)
            for rate in range(1200, 1700, 100)
        )
        unsure = next(each for each in found if each.cause == "not-sure")
        assert unsure.forecast is not None
        assert len(unsure.forecast.outcomes) > 1

    def test_the_monitor_died(self) -> None:
        """The schedule has no abort and ran out."""
        steps = zc.ConvergenceSchedule(
            init=[zc.Action(name="setDowntime", params=["100"])],
            stalling=[
                zc.StallingEntry(limit=-1, action=zc.Action(name="setDowntime", params=["150"]))
            ],
        )
        asked = decided(policy(schedule=steps, **GENTLE))
        found = zc.diagnose(samples(asked, BUSY, until_ms=60000), asked)
        assert (found.outcome, found.cause) == ("running", "monitor-died")
        assert "It does not complete: " in found.message


class TestInput:
    @pytest.mark.parametrize(
        ("arguments", "path"),
        [
            ({"migration": None}, "migration"),
            ({"resolution": 3}, "resolution"),
            ({"goal": 600}, "goal"),
        ],
    )
    def test_what_is_refused(self, arguments: Any, path: str) -> None:
        """An argument of another kind is refused by its name."""
        run = zc.Migration(
            samples=[zc.Sample(at_ms=0, iteration=1, remaining_bytes=4096, sent_bytes=0)]
        )
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.diagnose(**{"migration": run, **arguments})
        assert caught.value.path == path

    def test_another_vm(self) -> None:
        """Samples of a VM of another size are refused."""
        asked = zc.resolve(vm=zc.VM(memory_mib=65536))
        with pytest.raises(zc.ZcpolicyError, match="the samples show a VM of 8192 MiB"):
            zc.diagnose(samples(decided(), BUSY, until_ms=9000), asked)

    @given(
        st.lists(
            st.builds(
                zc.Sample,
                at_ms=st.integers(0, 100000),
                iteration=st.none() | st.integers(0, 9),
                remaining_bytes=st.none() | st.integers(0, GIB),
                sent_bytes=st.none() | st.integers(0, GIB),
                total_bytes=st.none() | st.just(GIB),
                throttle=st.none() | st.integers(0, 99),
                limit_ms=st.none() | st.integers(0, 10**7),
                status=st.none()
                | st.sampled_from(
                    ["active", "completed", "failed", "cancelled", "postcopy-active", "setup"]
                ),
            ),
            min_size=1,
            max_size=12,
        ),
        st.none() | st.just(zc.Goal(total_s=1)),
    )
    def test_any_samples(self, found: Sequence[zc.Sample], goal: Optional[zc.Goal]) -> None:
        """Whatever the samples say, there is a diagnosis, and it is JSON."""
        run = zc.Migration(samples=sorted(found, key=lambda each: each.at_ms))
        diagnosis = zc.diagnose(run, goal=goal)
        assert diagnosis.message
        said = json.loads(json.dumps(diagnosis.to_json(), allow_nan=False))
        assert said["cause"] in {*STATES, *[cause.code for cause in CAUSES]}

    def test_the_same_each_time(self) -> None:
        """It is deterministic."""
        run, asked, found = unthrottled()
        assert zc.diagnose(run, asked) == found

    def test_text(self) -> None:
        """What a person reads, as IPython shows it, too."""

        class Printer:
            def text(self, text: str) -> None:
                self.said = text

        (_, _, found), printer = unthrottled(), Printer()
        found._repr_pretty_(printer, False)
        assert printer.said == str(found)
        assert str(found).startswith("aborted: never-converges\n")
        assert "\nWhat would help:\n" in str(found)

    def test_every_measure_is_used(self) -> None:
        """Each has a command in it, and codes are not repeated."""
        assert all(":" in text for text in MEASURES.values())
        codes = [*STATES, *[cause.code for cause in CAUSES]]
        assert len(codes) == len({*codes})


# -- Real migrations -----------------------------------------------------------------------------


def cut(record: Record, until_ms: int) -> zc.Migration:
    whole = migration(record)
    assert whole is not None
    return zc.Migration(samples=[each for each in whole.samples if each.at_ms < until_ms])


def runs(name: str) -> List[Record]:
    return [record for record in records(file()) if record["scenario"] == name]


@functools.cache
def fits() -> List[Any]:
    """What each run that did not converge says of its guest."""
    failed = runs("Precopy_Nonconvergent_16T")
    return [zc.diagnose(cut(each, 60000), resolution(each)).fit for each in failed]


@pytest.mark.skipif(not file().is_file(), reason="the record of real migrations is not here")
class TestRealGuest:
    """Of a real guest that did not converge: what autoconverge and post-copy really did."""

    def test_the_cause(self) -> None:
        """While the load ran, it did not converge, with the request or without."""
        for record in runs("Precopy_Nonconvergent_16T"):
            run = cut(record, 60000)
            alone = zc.diagnose(run)
            assert (alone.outcome, alone.cause) == ("running", "never-converges")
            assert zc.diagnose(run, resolution(record)).outcome == "running"

    @pytest.mark.parametrize(
        "name", ["Autoconverge_16T", "Postcopy_Late_16T_25s", "Postcopy_Late_16T_40s"]
    )
    def test_what_would_have_worked(self, name: str) -> None:
        """What such a run forecasts of the others is what they did, in nine of ten pairs."""
        pairs = inside = 0
        for fit in fits():
            assert fit is not None
            for real in runs(name):
                forecast = zc.simulate(resolution(real), fit)
                low, high = forecast.total_ms_range
                # They switched when they were told to, Vdsm does so at its next poll.
                at = [ms for each in forecast.rounds for ms, _ in each.actions][-1:]
                told = real["config"]["postcopy_after_ms"]
                late = 0 if told is None else at[0] - told
                pairs += 1
                inside += (low or 0) <= real["outcome"]["total_ms"] + late <= (high or 0)
                assert real["outcome"]["what"] in forecast.outcomes
        assert inside >= 0.9 * pairs
