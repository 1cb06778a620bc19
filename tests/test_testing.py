"""The kit for other suites: what it enumerates, what it registers, and that invariants can fail."""

import subprocess
import sys
from typing import Any, Callable, Dict

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from zcpolicy import testing
from zcpolicy.testing import limitation_combinations, scenarios

BY_NAME: Dict[str, Callable[[zc.Scenario, zc.Resolution], None]] = {
    invariant.__name__: invariant for invariant in testing.invariants
}


@pytest.mark.parametrize("name", BY_NAME)
@given(scenario=scenarios())
def test_invariants_hold(name: str, scenario: zc.Scenario) -> None:
    """Each invariant holds of whatever is decided."""
    BY_NAME[name](scenario, scenario.resolve())


def test_invariants_hold_of_all_combinations_of_limitations() -> None:
    """And of each combination of what limits zero-copy."""
    for scenario in limitation_combinations():
        resolution = scenario.resolve()
        for invariant in testing.invariants:
            invariant(scenario, resolution)


def test_invariants_hold_with_a_site_s_limitation() -> None:
    """A resolution with a row of a site's own is tested with that row."""
    row = zc.Limitation(
        code="site", layer="engine", applies=lambda f: True, message="m", source="s"
    )
    for scenario in (zc.Scenario(), zc.Scenario(policy="Very large VMs")):
        resolution = zc.Resolution(scenario=scenario, limitations=(*zc.LIMITATIONS, row))
        assert resolution.blockers[-1] == "site"
        for invariant in testing.invariants:
            invariant(scenario, resolution)


def test_the_combinations_are_complete() -> None:
    """There are 2^9, all different, and their blockers are what was combined."""
    combinations = [scenario.resolve().blockers for scenario in limitation_combinations()]
    assert len(set(combinations)) == len(combinations) == 2**9
    assert combinations[0] == ()
    assert combinations[-1] == tuple(limitation.code for limitation in zc.LIMITATIONS)


class Lying:
    """A resolution that says something else than it should."""

    def __init__(self, resolution: zc.Resolution, **lies: Any) -> None:
        self._resolution = resolution
        self._lies = lies

    def __getattr__(self, name: str) -> Any:
        return self._lies[name] if name in self._lies else getattr(self._resolution, name)

    def __str__(self) -> str:
        return str(self._lies.get("text", self._resolution))


ON = zc.Scenario(policy="Very large VMs")
OFF = zc.Scenario()
ENCRYPTED = zc.Scenario(policy="Very large VMs", cluster=zc.Cluster(encrypted=True))
TUNNELLED = zc.Scenario(cluster=zc.Cluster(tunnelled=True))
POSTCOPY = zc.Scenario(policy="Post-copy migration", vm=zc.VM(paused=True))


def lying(scenario: zc.Scenario, **parameters: Any) -> Any:
    resolution = scenario.resolve()
    return Lying(resolution, parameters=attr.evolve(resolution.parameters, **parameters))


# For each invariant, an answer of which it is not true.
LIES: Dict[str, Any] = {
    "never_refused": lambda: (POSTCOPY, lying(POSTCOPY, schedule=zc.policies.POST_COPY.schedule)),
    "proceeds_always": lambda: (OFF, Lying(OFF.resolve(), parameters=None)),
    "zerocopy_iff_no_blocker": lambda: (OFF, lying(OFF, zerocopy=True, parallel=2)),
    "differences_have_notices": lambda: (ON, Lying(ON.resolve(), warnings=())),
    "warnings_are_differences": lambda: (
        ON,
        Lying(ON.resolve(), warnings=(attr.evolve(ON.resolve().warnings[0], requested=2),)),
    ),
    "encryption_wins": lambda: (ENCRYPTED, lying(ENCRYPTED, encrypted=False)),
    "tunnel_wins": lambda: (TUNNELLED, lying(TUNNELLED, tunnelled=False)),
    "better_hosts_keep_zerocopy": lambda: (ON, lying(ON, downtime=1)),
    "lifting_removes_exactly_one": lambda: (ON, Lying(ON.resolve(), blockers=("vdsm",))),
    "deterministic": lambda: (OFF, ON.resolve()),
    "explained": lambda: (ON, Lying(ON.resolve(), text="x" * 81)),
    "one_connection_at_a_time": lambda: (ON, lying(ON, incoming_limit=2)),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_invariant_can_fail(name: str) -> None:
    """An answer of which its sentence is not true makes an invariant fail."""
    scenario, resolution = LIES[name]()
    with pytest.raises(AssertionError):
        BY_NAME[name](scenario, resolution)


@pytest.mark.parametrize(
    "cls",
    [
        zc.Cluster,
        zc.Host,
        zc.VM,
        zc.EngineConfig,
        zc.MigrationPolicy,
        zc.ConvergenceSchedule,
        zc.Scenario,
        zc.Resolution,
    ],
)
@given(data=st.data())
def test_types_are_registered(cls: type, data: st.DataObject) -> None:
    """Hypothesis finds a strategy for each class."""
    assert type(data.draw(st.from_type(cls))) is cls


def test_registration_needs_no_import_of_ours() -> None:
    """Where the package is installed, importing hypothesis is enough."""
    code = (
        "from hypothesis import given, strategies as st\n"
        "import zcpolicy\n"
        "given(st.from_type(zcpolicy.Scenario))(lambda s: s.resolve() and None)()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_zcpolicy_itself_does_not_need_hypothesis() -> None:
    """The kit is imported by whoever wants it, and by nobody else."""
    code = "import sys, zcpolicy, zcpolicy.__main__; assert 'hypothesis' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
