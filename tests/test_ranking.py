"""Policies by how gentle they are: `rank`, `Goal`, `Option` and `Change`."""

import math
from typing import Any, Dict

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from zcpolicy._advice.goal import ends_of
from zcpolicy._advice.ranking import gentleness
from zcpolicy._advice.text import ranking_text

HOST = zc.Host(migration_mbps=25000)
SCENARIO = zc.Scenario(host=HOST, destination=HOST, vm=zc.VM(vcpus=16, memory_mib=262144))
BUSY = zc.Workload(dirty_mib_s=1500, working_set_mib=65536)
SHIPPED = ("Minimal downtime", "Suspend workload if needed", "Post-copy migration")


class TestGoal:
    def test_nothing_is_a_goal(self) -> None:
        """Without a value it is that the migration completes."""
        goal = zc.Goal()
        assert (goal.total_s, goal.downtime_ms, goal.throttle, goal.postcopy) == (
            None,
            None,
            None,
            False,
        )

    @pytest.mark.parametrize(
        ("fields", "path", "expected"),
        [
            ({"total_s": 0}, "total_s", "a number above 0"),
            ({"total_s": math.nan}, "total_s", "a number above 0"),
            ({"total_s": True}, "total_s", "a number above 0"),
            ({"downtime_ms": 0}, "downtime_ms", "an integer from 1 to 2000000"),
            ({"downtime_ms": 1.5}, "downtime_ms", "an integer from 1 to 2000000"),
            ({"throttle": 100}, "throttle", "an integer from 0 to 99"),
            ({"postcopy": None}, "postcopy", "true or false"),
        ],
    )
    def test_what_is_refused(self, fields: Dict[str, Any], path: str, expected: str) -> None:
        """A value that means nothing is refused, with what is accepted."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.Goal(**fields)
        assert caught.value.path == path
        assert expected in caught.value.expected

    def test_all_faults_of_a_document(self) -> None:
        """Each is named by its key."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.Goal.from_json({"totalS": -1, "downtimeMs": "1", "time": 3})
        assert {fault.path for fault in caught.value.all} == {"totalS", "downtimeMs", "time"}

    @given(
        st.builds(
            zc.Goal,
            total_s=st.none() | st.floats(0.001, 1e6),
            downtime_ms=st.none() | st.integers(1, 2000000),
            throttle=st.none() | st.integers(0, 99),
            postcopy=st.booleans(),
        )
    )
    def test_json(self, goal: zc.Goal) -> None:
        """It survives JSON."""
        assert zc.Goal.from_json(goal.to_json()) == goal

    def test_the_whole_range_counts(self) -> None:
        """A goal between the ends of a range is not met, one at its end is."""
        forecast = zc.rank(SCENARIO, BUSY, ["Very large VMs"])[0].forecast
        low, high = forecast.total_ms_range
        assert low is not None
        assert high is not None
        assert low < high
        assert zc.Goal(total_s=high / 1000).met_by(forecast)
        assert not zc.Goal(total_s=(low + high) / 2000).met_by(forecast)

    def test_each_part_counts(self) -> None:
        """Each part alone can be missed, by a share of itself."""
        forecast = zc.rank(SCENARIO, BUSY, ["Very large VMs"])[0].forecast
        ends = ends_of(forecast)
        assert ends.severity == 0
        assert zc.Goal().excess(ends) == (0, 0, 0, 0)
        assert zc.Goal(total_s=ends.total_ms / 2000).excess(ends)[1] == pytest.approx(1)
        downtime = int(ends.downtime_ms) // 2
        assert zc.Goal(downtime_ms=downtime).excess(ends)[2] == pytest.approx(1, abs=0.01)

    def test_post_copy_is_allowed_or_not(self) -> None:
        """What switches to post-copy meets a goal only where that is allowed."""
        forecast = zc.rank(SCENARIO, BUSY, ["Post-copy migration"])[0].forecast
        assert "post-copy" in forecast.outcomes
        assert not zc.Goal().met_by(forecast)
        assert zc.Goal(postcopy=True).met_by(forecast)

    def test_what_never_ends_meets_nothing(self) -> None:
        """A range with an open end misses a goal in time, however long."""
        policy = zc.policies.MINIMAL_DOWNTIME.but(
            name="Never ends",
            schedule=zc.ConvergenceSchedule(
                init=zc.policies.MINIMAL_DOWNTIME.schedule.init  # type: ignore[union-attr]
            ),
            auto_convergence=False,
        )
        load = zc.Workload(dirty_mib_s=90000, working_set_mib=65536)
        (option,) = zc.rank(SCENARIO, load, [policy])
        assert option.forecast.outcomes == ("never",)
        assert math.isinf(ends_of(option.forecast).total_ms)
        assert not zc.Goal().met_by(option.forecast)


class TestRank:
    def test_the_gentlest_first(self) -> None:
        """What completes comes before what may switch to post-copy, and that before an abort."""
        found = zc.rank(SCENARIO, BUSY, SHIPPED)
        assert [option.policy.name for option in found] == [
            "Suspend workload if needed",
            "Post-copy migration",
            "Minimal downtime",
        ]
        worst = [ends_of(option.forecast).severity for option in found]
        assert worst == [0, 1, 2]

    @given(st.permutations(range(len(SHIPPED))))
    def test_the_order_is_not_that_of_the_policies(self, order: "list[int]") -> None:
        """The same policies in another order are ranked alike."""
        found = zc.rank(SCENARIO, BUSY, [SHIPPED[index] for index in order])
        assert found == zc.rank(SCENARIO, BUSY, SHIPPED)

    def test_the_key_is_total(self) -> None:
        """Options are in the order of their keys."""
        found = zc.rank(SCENARIO, BUSY, [*SHIPPED, "Very large VMs"])
        keys = [gentleness(option.forecast) for option in found]
        assert keys == sorted(keys)

    def test_throttle_times_time_then_downtime(self) -> None:
        """Among those that complete, who takes less of the guest's time is first."""
        load = zc.Workload(dirty_mib_s=900, working_set_mib=65536)
        gentle = zc.policies.MINIMAL_DOWNTIME.but(name="Unthrottled", auto_convergence=False)
        found = zc.rank(SCENARIO, load, ("Minimal downtime", gentle))
        assert [option.policy.name for option in found] == ["Unthrottled", "Minimal downtime"]
        assert found[0].forecast.throttle_range == (0, 0)

    def test_the_place_of_a_policy(self) -> None:
        """It takes the place of the VM's own where it has one, else of the cluster's."""
        (option,) = zc.rank(SCENARIO, BUSY, ["Very large VMs"])
        (change,) = option.changes
        assert (change.path, change.before, change.after) == (
            "cluster.policy",
            "Minimal downtime",
            "Very large VMs",
        )
        own = attr.evolve(SCENARIO, vm=attr.evolve(SCENARIO.vm, policy="Post-copy migration"))
        (option,) = zc.rank(own, BUSY, ["Very large VMs"])
        (change,) = option.changes
        assert (change.path, change.before) == ("vm.policy", "Post-copy migration")
        assert option.scenario.policy == "Minimal downtime"

    def test_what_is_chosen_already_is_no_change(self) -> None:
        """An option that is the scenario itself has none."""
        (option,) = zc.rank(SCENARIO, BUSY, ["Minimal downtime"])
        assert option.changes == ()
        assert option.scenario == SCENARIO

    def test_an_option_is_what_it_says(self) -> None:
        """Its scenario, decided and simulated, is its forecast."""
        for option in zc.rank(SCENARIO, BUSY, SHIPPED):
            assert zc.simulate(option.scenario.resolve(), BUSY) == option.forecast

    def test_no_policy(self) -> None:
        """Of none there is none."""
        assert zc.rank(SCENARIO, BUSY, []) == ()

    @pytest.mark.parametrize(
        ("arguments", "path"),
        [
            ((None, BUSY, []), "scenario"),
            ((SCENARIO, None, []), "workload"),
            ((SCENARIO, BUSY, "Minimal downtime"), "policies"),
            ((SCENARIO, BUSY, ["Minimal downtime", 3]), "policies[1]"),
            ((SCENARIO, BUSY, ["Minimal downtim"]), "policy"),
        ],
    )
    def test_what_is_refused(self, arguments: Any, path: str) -> None:
        """An argument of another kind is refused by its name."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.rank(*arguments)
        assert caught.value.path == path

    def test_json(self) -> None:
        """An option in JSON has the changes, the scenario and the forecast."""
        (option,) = zc.rank(SCENARIO, BUSY, ["Very large VMs"])
        found = option.to_json()
        assert found["changes"] == [
            {
                "path": "cluster.policy",
                "before": "Minimal downtime",
                "after": "Very large VMs",
                "reason": "as requested",
            }
        ]
        assert zc.Scenario.from_json(found["scenario"]) == option.scenario
        assert found["forecast"] == option.forecast.to_json()

    def test_text(self) -> None:
        """An option and a ranking for a person."""
        found = zc.rank(SCENARIO, BUSY, SHIPPED)
        assert str(found[0]).startswith("cluster.policy: Minimal downtime -> Suspend workload")
        assert "no change\n=> " in str(found[2])
        table = ranking_text(found).splitlines()
        assert table[0].split() == ["policy", "outcome", "time", "downtime", "throttle", "sent"]
        assert len(table) == 4

    def test_what_is_made(self) -> None:
        """A policy that Engine's list lacks is to be added to it, another is not."""
        own = zc.policies.MINIMAL_DOWNTIME.but(name="Our own")
        found = zc.rank(SCENARIO, BUSY, (own, "Minimal downtime", zc.policies.LEGACY))
        made = {option.policy.name: option.made for option in found}
        assert made == {"Our own": own, "Minimal downtime": None, "Legacy": None}
