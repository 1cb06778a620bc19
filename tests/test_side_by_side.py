"""What differs between two decisions or two policies, and policies side by side."""

import json
from typing import Any

import attr
import pytest
from hypothesis import given

import zcpolicy as zc
from zcpolicy import policies
from zcpolicy._compare import comparison_text, policies_text
from zcpolicy._model.shipped import SHIPPED
from zcpolicy.testing import policies as some_policies
from zcpolicy.testing import scenarios

LARGE = zc.resolve(zc.Cluster(encrypted=True), policy="Very large VMs")
PLAIN = zc.resolve(zc.Cluster(), policy="Very large VMs")
ASKED = (
    *("max_migrations", "auto_convergence", "migration_compression", "enable_guest_events"),
    *("zero_copy", "schedule"),
)


class TestResolutions:
    """Two decisions are compared parameter by parameter."""

    @given(scenarios(), scenarios())
    def test_what_differs_is_told(self, first: zc.Scenario, second: zc.Scenario) -> None:
        """Each parameter that differs, and no other, is told with both values and reasons.

        The other way round the differences are the same, with their sides swapped.  In JSON a
        difference has the keys and values of the answers.  A decision has none from itself.
        """
        a, b = first.resolve(), second.resolve()
        found = zc.compare(a, b)
        fields = [field.name for field in attr.fields(zc.Parameters)]
        differ = [
            name for name in fields if getattr(a.parameters, name) != getattr(b.parameters, name)
        ]
        if a.blockers != b.blockers:
            differ.append("blockers")
        assert [difference.parameter for difference in found] == differ
        for difference in found:
            if difference.parameter != "blockers":
                assert difference.a == getattr(a.parameters, difference.parameter)
                assert difference.b == getattr(b.parameters, difference.parameter)
                assert difference.reason_a == a.explain()[difference.parameter]
                assert difference.reason_b == b.explain()[difference.parameter]
        assert list(found) == [
            attr.evolve(d, a=d.b, b=d.a, reason_a=d.reason_b, reason_b=d.reason_a)
            for d in zc.compare(b, a)
        ]
        answers = [json.loads(json.dumps(r.to_json())) for r in (a, b)]
        for difference in found:
            made = json.loads(json.dumps(difference.to_json()))
            for side, answer in zip("ab", answers):
                known = {**answer["parameters"], "blockers": answer["blockers"]}
                assert made[side] == known[made["parameter"]]
            assert made["reasonA"] == difference.reason_a
            assert made["reasonB"] == difference.reason_b
        assert zc.compare(a, first.resolve()) == ()

    def test_blockers(self) -> None:
        """What keeps zero-copy off on one side is told, with the reason of each side."""
        found = {difference.parameter: difference for difference in zc.compare(LARGE, PLAIN)}
        assert list(found) == ["zerocopy", "parallel", "encrypted", "blockers"]
        assert found["blockers"] == zc.Difference(
            parameter="blockers",
            a=("encryption",),
            b=(),
            reason_a="off: zero-copy cannot be used with migration encryption",
            reason_b="nothing prevents zero-copy",
        )


class TestPolicies:
    """Two policies are compared by what they ask for."""

    @given(some_policies(), some_policies())
    def test_what_differs_is_told(self, a: zc.MigrationPolicy, b: zc.MigrationPolicy) -> None:
        """Each field that differs is told, but not what the policies are called."""
        found = zc.compare(a, b)
        assert [difference.parameter for difference in found] == [
            name for name in ASKED if getattr(a, name) != getattr(b, name)
        ]
        for difference in found:
            assert difference.a == getattr(a, difference.parameter)
            assert difference.b == getattr(b, difference.parameter)
            # Schedules alone can differ and be told in the same words.
            same = difference.reason_a == difference.reason_b
            assert not same or difference.parameter == "schedule"

    def test_legacy(self) -> None:
        """What Legacy inherits is said so."""
        found = {d.parameter: d for d in zc.compare(policies.LEGACY, policies.SUSPEND_WORKLOAD)}
        assert {name: (d.reason_a, d.reason_b) for name, d in found.items()} == {
            "max_migrations": (
                "2 migrations at a time, which share the bandwidth",
                "one migration at a time, with all the bandwidth",
            ),
            "auto_convergence": (
                "autoconverge is inherited from the VM, the cluster or Engine",
                "it asks for autoconverge",
            ),
            "migration_compression": (
                "compression is inherited from the VM, the cluster or Engine",
                "it asks for compression",
            ),
            "enable_guest_events": (
                "it does not ask for guest events",
                "it asks for guest events",
            ),
            "schedule": (
                "Vdsm generates the downtimes",
                "it has downtimes of 100 to 5000 ms, then abort",
            ),
        }
        assert found["auto_convergence"].to_json() == {
            "parameter": "autoConvergence",
            "a": None,
            "b": True,
            "reasonA": "autoconverge is inherited from the VM, the cluster or Engine",
            "reasonB": "it asks for autoconverge",
        }

    @pytest.mark.parametrize(
        ("schedule", "words"),
        [
            (zc.ConvergenceSchedule(), "it is empty"),
            (zc.ConvergenceSchedule.ramp(300), "it has downtimes of 300 ms, then abort"),
            (
                zc.ConvergenceSchedule.ramp(100, {1: 500, 2: 200}, last="postcopy"),
                "it has downtimes of 100 to 500 ms, then switch to post-copy, then abort",
            ),
            (
                attr.evolve(zc.ConvergenceSchedule.ramp(1), init=()),
                "it has abort",
            ),
        ],
    )
    def test_schedules(self, schedule: zc.ConvergenceSchedule, words: str) -> None:
        """A schedule is told by its downtimes and by what ends it."""
        mine = policies.SUSPEND_WORKLOAD.but(name="Mine", schedule=schedule)
        (found,) = zc.compare(policies.SUSPEND_WORKLOAD, mine)
        assert found.reason_b == words

    def test_zero_copy(self) -> None:
        """A policy that asks for zero-copy is told from one that does not."""
        mine = policies.VERY_LARGE_VMS.but(name="Mine", zero_copy=False)
        (found,) = zc.compare(policies.VERY_LARGE_VMS, mine)
        assert (found.reason_a, found.reason_b) == (
            "it asks for zero-copy",
            "it does not ask for zero-copy",
        )


@pytest.mark.parametrize(
    ("a", "b", "path"),
    [
        (PLAIN, policies.LEGACY, "b"),
        (policies.LEGACY, PLAIN, "b"),
        (None, PLAIN, "a"),
        (PLAIN.parameters, PLAIN.parameters, "a"),
        (PLAIN, None, "b"),
    ],
)
def test_other_things_are_not_compared(a: Any, b: Any, path: str) -> None:
    """Only two of a kind are compared."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        zc.compare(a, b)
    assert caught.value.path == path
    assert isinstance(caught.value, TypeError)


class TestComparisonText:
    """Differences as a person reads them."""

    @given(scenarios(), scenarios())
    def test_it_fits(self, first: zc.Scenario, second: zc.Scenario) -> None:
        """It fits 80 columns, and nothing ends in spaces."""
        found = zc.compare(first.resolve(), second.resolve())
        lines = comparison_text(found, "a.json", "b.json").splitlines()
        assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
        assert len([line for line in lines if not line]) == max(len(found), 1)

    def test_decisions(self) -> None:
        """Values stand side by side, their reasons below them."""
        text = comparison_text(zc.compare(LARGE, PLAIN), "a.json", "b\n.json")
        assert text.splitlines()[:7] == [
            "              a.json                           b\\n.json",
            "",
            "Zero-copy     off                              on",
            "              (off: zero-copy cannot be used   (on: the policy Very large VMs",
            "              with migration encryption)       requests it, and nothing",
            "                                               prevents it)",
            "",
        ]
        assert "Connections   one                              2" in text
        assert "Blockers      encryption                       none" in text

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("x" * 32, "x" * 32),
            ("y" + "x" * 32, "…" + "x" * 31),
            ("docs/examples/very-large-vms.json", "…cs/examples/very-large-vms.json"),
        ],
    )
    def test_long_names(self, name: str, shown: str) -> None:
        """Of a name that its column has no room for, the end is shown."""
        first = comparison_text((), name, name).splitlines()[0]
        assert first.split() == [shown, shown]

    def test_policies(self) -> None:
        """What is inherited is said so, and a schedule takes a line an entry."""
        text = comparison_text(zc.compare(policies.LEGACY, policies.POST_COPY), "a", "b")
        assert "Autoconverge  inherited                        on" in text
        assert "Compression   inherited                        off" in text
        assert "Schedule      Vdsm's own                       at the start: 100 ms" in text
        assert "                                               then: switch to post-copy" in text

    def test_none(self) -> None:
        """Where nothing differs, that is said."""
        assert comparison_text((), "a", "b").splitlines()[2] == "No difference"

    def test_bandwidth_and_downtime(self) -> None:
        """Whose bandwidth it is without one is said; a downtime that is not sent is none."""
        host = zc.Host(migration_mbps=1000)
        b = zc.resolve(zc.Cluster(), host, "legacy", vm=zc.VM(downtime=5), destination=host)
        text = comparison_text(zc.compare(zc.resolve(policy="legacy"), b), "a", "b")
        assert "Bandwidth     Vdsm's own                       62" in text
        assert "Downtime      none                             5" in text


class TestPoliciesText:
    """Policies side by side, as a person reads them."""

    def test_the_shipped_ones(self) -> None:
        """The shipped ones fit a terminal, each in its column."""
        lines = policies_text(SHIPPED).splitlines()
        assert lines[:16] == [
            "              Minimal      Suspend      Post-copy    Very large   Legacy",
            "              downtime     workload if  migration    VMs",
            "                           needed",
            "Migrations    2            1            2            1            2",
            "Autoconverge  on           on           on           on           inherited",
            "Compression   off          on           off          off          inherited",
            "Guest events  on           on           on           on           off",
            "Zero-copy     off          off          off          on           off",
            "Schedule, ms  start: 100   start: 100   start: 100   start: 300   Vdsm's own",
            "              1: 150       1: 150       1: 150       1: 400",
            "              2: 200       2: 200       2: 200       2: 500",
            "              3: 300       3: 300       then:        3: 700",
            "              4: 400       4: 400       postcopy     4: 1000",
            "              6: 500       6: 500       then: abort  6: 1500",
            "              then: abort  then: 5000                then: 5000",
            "                           then: abort               then: abort",
        ]
        assert lines[17] == f"Minimal downtime ({policies.MINIMAL_DOWNTIME.id})"
        assert lines[18].startswith("  For typical situations")
        assert all(len(line) <= 80 for line in lines)

    @given(some_policies())
    def test_any_policy(self, policy: zc.MigrationPolicy) -> None:
        """A policy with any name and any schedule fits, too."""
        lines = policies_text([policy, policy]).splitlines()
        assert all(len(line) <= 80 for line in lines)

    def test_none(self) -> None:
        """No policy gives the labels alone."""
        assert policies_text([]).splitlines()[1] == "Migrations"
