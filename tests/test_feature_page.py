"""oVirt's feature page, statement by statement; docs/feature-page.md is the index."""

import importlib
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

import zcpolicy as zc
from zcpolicy._decision.rules import RULES, templates
from zcpolicy._model.inputs import ParallelSetting
from zcpolicy._publish.causes import CAUSES, ZEROCOPY
from zcpolicy._publish.vectors import merged
from zcpolicy.adapters.engine import vm_migrate
from zcpolicy.adapters.libvirt import Flag
from zcpolicy.adapters.vdsm import check, libvirt_call
from zcpolicy.testing import limitation_combinations

PAGE = Path(__file__).parent.parent / "docs" / "feature-page.md"
FLAG = "VIR_MIGRATE_ZEROCOPY"


def resolve(
    *,
    policy: str = "Very large VMs",
    cluster: Optional[zc.Cluster] = None,
    host: Optional[zc.Host] = None,
    vm: Optional[zc.VM] = None,
) -> zc.Resolution:
    """Resolve with the policy that the page introduces."""
    return zc.resolve(cluster or zc.Cluster(), host or zc.Host(), policy, vm or zc.VM())


def flag_names(resolution: zc.Resolution) -> List[str]:
    """The flags of the libvirt call."""
    names: List[str] = resolution.to_json()["libvirt"]["flagNames"]
    return names


class TestLimitations:
    """Current implementation of zero-copy migration in QEMU has some restrictions."""

    def test_zerocopy_is_the_flag(self) -> None:
        """Zero-copy is the flag of libvirt's value, 1 << 20."""
        assert resolve().to_json()["libvirt"]["flags"] & (1 << 20)

    def test_an_up_to_date_host_needs_nothing_else(self) -> None:
        """A host of which nothing is said is up to date, and that is enough."""
        assert resolve().blockers == ()

    def test_only_with_parallel_migrations(self) -> None:
        """Where parallel migrations are not supported there is no zero-copy."""
        r = resolve(vm=zc.VM(level="4.6"))
        assert (r.blockers, r.parameters.parallel) == (("level",), None)

    def test_not_with_encryption(self) -> None:
        """Encryption keeps zero-copy off."""
        assert resolve(vm=zc.VM(encrypted=True)).blockers == ("encryption",)

    @pytest.mark.parametrize(
        ("limit", "blockers"),
        [(None, ()), (4095, ("memory-lock",)), (4096, ()), (1024**3, ())],
    )
    def test_memory_must_be_lockable(self, limit: Optional[int], blockers: Tuple[str, ...]) -> None:
        """A hard limit below the memory keeps zero-copy off; no limit or a larger one does not."""
        vm = zc.VM(memory_mib=4096, memory_hard_limit_mib=limit)
        assert resolve(vm=vm).blockers == blockers

    def test_it_is_told_to_be_new(self) -> None:
        """Whoever uses zero-copy is told that it is new; nobody else is."""
        assert [n.code for n in resolve().notices if n.severity == "info"] == ["zerocopy-young"]
        assert resolve(policy="Minimal downtime").notices == ()

    def test_vdsm_must_support_it(self) -> None:
        """Vdsm on the source host must know the parameter."""
        assert resolve(host=zc.Host(vdsm_zerocopy=False)).blockers == ("vdsm",)

    def test_libvirt_must_support_it(self) -> None:
        """The source host's libvirt must know the flag."""
        assert resolve(host=zc.Host(libvirt_zerocopy=False)).blockers == ("libvirt",)

    def test_qemu_must_support_it(self) -> None:
        """The source host's QEMU must have the capability."""
        assert resolve(host=zc.Host(qemu_zerocopy=False)).blockers == ("qemu",)


class TestUserExperience:
    """A new migration policy *Very large VMs* is introduced."""

    def test_the_policy_enables_zerocopy(self) -> None:
        """The policy is all that one has to select."""
        assert resolve().parameters.zerocopy

    @pytest.mark.parametrize(
        "policy",
        ["Minimal downtime", "Suspend workload if needed", "Post-copy migration", "Legacy"],
    )
    def test_other_policies_do_not_enable_it(self, policy: str) -> None:
        """No other shipped policy asks for zero-copy."""
        r = resolve(policy=policy)
        assert (r.parameters.zerocopy, r.blockers) == (False, ("policy",))

    def test_the_policys_other_parameters_are_applied(self) -> None:
        """The schedule, guest events and autoconverge are the policy's."""
        policy, parameters = zc.policies.VERY_LARGE_VMS, resolve().parameters
        assert parameters.schedule == policy.schedule
        assert parameters.enable_guest_events is policy.enable_guest_events
        assert parameters.auto_converge is policy.auto_convergence

    @pytest.mark.parametrize(
        ("level", "supported", "offered"),
        [
            ("4.6", False, False),
            ("4.7", True, True),
            ("4.8", True, True),
            ("4.7", False, False),
            ("4.6", True, False),  # the shipped list of 4.6 lacks it
        ],
    )
    def test_the_policy_is_offered_with_parallel_migrations(
        self, level: str, supported: bool, offered: bool
    ) -> None:
        """The policy is offered where its level has it and parallel migrations are supported."""
        engine = zc.EngineConfig(parallel_supported={level: supported})
        found = zc.policies.offered(level, engine=engine)
        assert (zc.policies.VERY_LARGE_VMS in found) is offered

    def test_longer_initial_downtimes(self) -> None:
        """Its first downtime is longer than that of every other policy."""

        def first(policy: zc.MigrationPolicy) -> int:
            assert policy.schedule is not None
            return policy.schedule.init[0].downtime or 0

        others = [policy for policy in zc.policies.offered("4.8") if not policy.zero_copy]
        assert first(zc.policies.VERY_LARGE_VMS) > max(map(first, others))

    def test_autoconverge_is_enabled(self) -> None:
        """Autoconverge is on, whatever cluster and VM say of it."""
        r = resolve(cluster=zc.Cluster(auto_converge=False), vm=zc.VM(auto_converge=False))
        assert r.parameters.auto_converge

    @pytest.mark.parametrize("setting", ["disabled", "auto"])
    @pytest.mark.parametrize(("mbps", "connections"), [(None, 2), (10_000, 2), (40_960, 4)])
    def test_connections_are_enforced(
        self, setting: ParallelSetting, mbps: Optional[int], connections: int
    ) -> None:
        """Disabled and Auto become automatic: one connection for each 10 Gbps, two at least."""
        r = zc.resolve(
            zc.Cluster(parallel=setting, bandwidth=mbps or "auto"),
            policy="Very large VMs",
            vm=zc.VM(vcpus=16),
        )
        assert r.parameters.parallel == connections
        assert "connections-enforced" in [notice.code for notice in r.notices]

    def test_encryption_wins(self) -> None:
        """With encryption zero-copy is off and nothing is enforced."""
        p = resolve(cluster=zc.Cluster(encrypted=True)).parameters
        assert (p.zerocopy, p.encrypted, p.parallel) == (False, True, None)

    def test_an_old_vdsm_is_told_of(self) -> None:
        """An old Vdsm gives a warning of Vdsm's layer, and the connections stay."""
        r = resolve(host=zc.Host(vdsm_zerocopy=False))
        assert [(n.code, n.layer) for n in r.warnings] == [
            ("vdsm", "vdsm"),
            ("connections-enforced", "engine"),
        ]
        assert (r.parameters.zerocopy, r.parameters.parallel) == (False, 2)

    @pytest.mark.parametrize("supported", [False, True])
    def test_an_old_vdsm_matters_with_parallel_migrations_only(self, supported: bool) -> None:
        """Without parallel migrations the host changes nothing; with them an old one does."""
        old, new = (
            zc.resolve(
                host=zc.Host(vdsm_zerocopy=knows),
                policy="Very large VMs",
                engine=zc.EngineConfig(parallel_supported={"4.8": supported}),
            )
            for knows in (False, True)
        )
        assert (old.parameters != new.parameters) is supported
        assert ("vdsm" in old.blockers, "vdsm" in new.blockers) == (True, False)
        assert ("level" in new.blockers) is not supported

    def test_the_migration_always_proceeds(self) -> None:
        """With every limitation at once there are still parameters."""
        *_, limited = limitation_combinations()
        r = limited.resolve()
        assert r.blockers == tuple(limitation.code for limitation in zc.LIMITATIONS)
        assert isinstance(r.parameters, zc.Parameters)


def test_the_flag_is_passed_iff_the_policy_is_selected_and_the_limitations_are_satisfied() -> None:
    """The page's own test, over every combination of what the page lists, the first being none."""
    passed = [FLAG in flag_names(scenario.resolve()) for scenario in limitation_combinations()]
    assert passed == [True] + [False] * (2 ** len(zc.LIMITATIONS) - 1)


class TestChanges:
    """Changes to Engine and Vdsm."""

    def test_vm_migrate_has_zerocopy(self) -> None:
        """The call has the parameter where zero-copy is on, and else not at all."""
        assert resolve().to_json()["vmMigrate"]["zerocopy"] is True
        assert "zerocopy" not in resolve(policy="legacy").to_json()["vmMigrate"]

    @pytest.mark.parametrize("value", [True, False, None])
    def test_the_flag_follows_the_parameter(self, value: Optional[bool]) -> None:
        """Vdsm passes the flag iff the parameter is true."""
        request = {"parallel": 2, "zerocopy": value}
        flags = libvirt_call(request, zc.Host(), level="4.8").flags
        assert bool(flags & Flag.VIR_MIGRATE_ZEROCOPY) is (value is True)

    def test_vdsm_passes_flag_and_parameter(self) -> None:
        """The parameter adds the flag to the call, beside the number of connections."""
        without, with_it = (
            libvirt_call({"parallel": 3, "zerocopy": value}, zc.Host(), level="4.8")
            for value in (False, True)
        )
        assert with_it.flags == without.flags | Flag.VIR_MIGRATE_ZEROCOPY != without.flags
        assert with_it.params == without.params
        assert with_it.params["parallel.connections"] == 3

    def test_the_combination_is_correct(self) -> None:
        """Parameters with zero-copy and what excludes it cannot be built; a request would fail."""
        good: Dict[str, Any] = {"zerocopy": True, "parallel": 2}
        assert vm_migrate(zc.Parameters(**good), level="4.8")["zerocopy"]
        for bad in ({"parallel": None}, {"encrypted": True}, {"compressed": True}):
            with pytest.raises(zc.ZcpolicyError):
                zc.Parameters(**{**good, **bad})
            request = {key: value for key, value in {**good, **bad}.items() if value is not None}
            found = check(request, zc.Host(), level="4.8")
            assert "refused" in [violation.severity for violation in found]

    def test_the_policy_ships(self) -> None:
        """The policy is there under its name and Engine's id."""
        policy = zc.policies.get("57237b82-b8c2-425f-b425-114b35219626")
        assert policy is zc.policies.get("Very large VMs") is zc.policies.VERY_LARGE_VMS

    def test_policies_have_the_argument(self) -> None:
        """The policy's JSON has the boolean, as deployed: zeroCopy."""
        assert zc.policies.VERY_LARGE_VMS.to_json()["zeroCopy"] is True
        assert zc.policies.MINIMAL_DOWNTIME.to_json()["zeroCopy"] is False

    def test_conflicts_are_resolved_and_told(self) -> None:
        """Whatever conflicts with the policy's wish is resolved, and there is a notice of it."""
        for limitation in zc.LIMITATIONS:
            if limitation.code == "policy":
                continue  # without the policy there is no wish
            document = merged(ZEROCOPY, CAUSES[limitation.code].document)
            r = zc.Scenario.from_json(document).resolve()
            assert r.blockers == (limitation.code,)
            assert limitation._notice in r.warnings


TESTS = {
    name
    for place in (globals(), *map(vars, (TestLimitations, TestUserExperience, TestChanges)))
    for name in place
    if name.startswith("test_")
}


class TestIndex:
    """docs/feature-page.md names what exists."""

    rows = re.findall(
        r"^\| (?!---|statement)(.*?) \| (.*?) \| `(.*?)` \|$", PAGE.read_text("utf-8"), re.M
    )

    def test_there_are_rows(self) -> None:
        """The index is read at all, and is as long as the page."""
        assert len(self.rows) >= 25

    @pytest.mark.parametrize(("where", "test"), [row[1:] for row in rows])
    def test_every_rule_and_test_exists(self, where: str, test: str) -> None:
        """A row names a limitation, a rule, a notice or a name of the library, and a test here."""
        kind, name = re.fullmatch(r"(limitation |rule |notice )?`(.*)`", where).groups()  # type: ignore[union-attr]
        if kind is None:
            thing: Any = importlib.import_module("zcpolicy")
            for part in name.split(".")[1:]:
                thing = getattr(thing, part)
        else:
            known = {
                "limitation ": {limitation.code for limitation in zc.LIMITATIONS},
                "rule ": {name for rules in RULES.values() for name in rules},
                "notice ": {template.code for _, template in templates()},
            }[kind]
            assert name in known
        assert any(
            hasattr(place, test) for place in (TestLimitations, TestUserExperience, TestChanges)
        ) or (test in globals())

    def test_every_test_is_indexed(self) -> None:
        """No test of the page is missing from the index."""
        assert {row[2] for row in self.rows} == TESTS
