"""The kit for other suites: what it enumerates, what it registers, and that invariants can fail."""

import contextlib
import itertools
import operator
import pydoc
import subprocess
import sys
from typing import Any, Callable, Dict, Iterator, Sequence, Tuple

import attr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zcpolicy as zc
from importing import imported
from zcpolicy import testing
from zcpolicy._model.scenario_json import ZEROCOPY_KEYS
from zcpolicy._publish.vectors import vectors
from zcpolicy.testing import limitation_combinations, scenarios

BY_NAME: Dict[str, Callable[[zc.Scenario, zc.Resolution], None]] = {
    invariant.__name__: invariant for invariant in testing.invariants
}
names = pytest.mark.parametrize("name", BY_NAME)
VECTORS = [zc.Scenario.from_json(vector.scenario) for vector in vectors()]


def row(applies: Callable[[Any], bool]) -> zc.Limitation:
    """A limitation of a site's own."""
    return zc.Limitation(code="site", layer="engine", applies=applies, message="m", source="s")


def fails(name: str, scenario: zc.Scenario, resolution: Any) -> bool:
    """Whether the invariant finds that its sentence is not true."""
    try:
        BY_NAME[name](scenario, resolution)
    except AssertionError:
        return True
    return False


# -- Wrong answers --------------------------------------------------------------------------------


class Lying:
    """A resolution that says something else than it should."""

    def __init__(self, resolution: zc.Resolution, **lies: Any) -> None:
        self._resolution = resolution
        self._lies = lies

    def __getattr__(self, name: str) -> Any:
        return self._lies[name] if name in self._lies else getattr(self._resolution, name)

    def __str__(self) -> str:
        return str(self._lies.get("text", self._resolution))


def lying(scenario: zc.Scenario, **parameters: Any) -> Any:
    """The resolution with other parameters."""
    resolution = scenario.resolve()
    return Lying(resolution, parameters=attr.evolve(resolution.parameters, **parameters))


ON = zc.Scenario(policy="Very large VMs")
OFF = zc.Scenario()
OLD = zc.Scenario(policy="Very large VMs", host=zc.Host(libvirt_zerocopy=False))
POSTCOPY = zc.Scenario(policy="Post-copy migration", vm=zc.VM(paused=True))
WARNED = ON.resolve().warnings[0]
ADVICE = ON.resolve().notices[-1]
SENTENCES = ON.resolve().explain()
ENDLESS = zc.Scenario(
    policy=zc.policies.POST_COPY.but(name="Endless", schedule=zc.ConvergenceSchedule())
)


def with_site(scenario: zc.Scenario, applies: Callable[[Any], bool]) -> zc.Resolution:
    return zc.Resolution(scenario=scenario, limitations=(*zc.LIMITATIONS, row(applies)))


def better_but_limited() -> Iterator[Tuple[zc.Scenario, Callable[[Any], bool]]]:
    """A host that lacks something, and a limitation that comes with it."""
    for field in ("host", "destination"):
        for name in ZEROCOPY_KEYS.values():
            unable: Dict[str, Any] = {name: False}
            host: Dict[str, Any] = {field: zc.Host(**unable)}
            yield attr.evolve(ON, **host), operator.attrgetter(f"{field}.{name}")


def raising(_: Any) -> bool:
    raise RuntimeError


WRONG_ANSWERS: Sequence[Tuple[str, zc.Scenario, Any]] = [
    ("never_refused", POSTCOPY, lying(POSTCOPY, schedule=zc.policies.POST_COPY.schedule)),
    ("never_refused", ENDLESS, lying(ENDLESS, schedule=None)),
    ("proceeds_always", OFF, Lying(OFF.resolve(), limitations=(*zc.LIMITATIONS, row(raising)))),
    ("proceeds_always", OFF, lying(OFF, max_bandwidth=7)),
    ("zerocopy_iff_no_blocker", OFF, lying(OFF, zerocopy=True, parallel=2)),
    ("zerocopy_iff_no_blocker", ON, Lying(ON.resolve(), blockers=("vdsm",))),
    (
        "zerocopy_iff_no_blocker",
        OLD,
        Lying(lying(OLD, zerocopy=True), blockers=()),
    ),
    ("nothing_unasked", OFF, lying(OFF, zerocopy=True, parallel=2)),
    ("nothing_unasked", OFF, lying(OFF, parallel=2)),
    ("nothing_unasked", OFF, lying(OFF, encrypted=True)),
    ("nothing_unasked", OFF, lying(OFF, tunnelled=True)),
    ("nothing_unasked", OFF, lying(OFF, compressed=True)),
    ("rest_as_asked", OFF, lying(OFF, auto_converge=False)),
    ("rest_as_asked", OFF, lying(OFF, enable_guest_events=False)),
    ("rest_as_asked", OFF, lying(OFF, downtime=1)),
    ("rest_as_asked", OFF, lying(OFF, schedule=None)),
    ("rest_as_asked", OFF, lying(OFF, schedule=zc.policies.POST_COPY.schedule)),
    ("differences_have_notices", ON, Lying(ON.resolve(), warnings=())),
    ("differences_have_notices", OFF, Lying(OFF.resolve(), warnings=(WARNED,))),
    (
        "warnings_are_differences",
        ON,
        Lying(ON.resolve(), warnings=(attr.evolve(WARNED, requested=WARNED.effective),)),
    ),
    (
        "warnings_are_differences",
        ON,
        Lying(ON.resolve(), warnings=(attr.evolve(WARNED, effective=7),)),
    ),
    ("connections_where_due", ON, lying(ON, zerocopy=False, parallel=None)),
    ("connections_where_due", OFF, lying(OFF, parallel=2)),
    ("connections_as_many", ON, lying(ON, parallel=3)),
    ("one_migration_with_connections", ON, lying(ON, incoming_limit=2)),
    ("one_migration_with_connections", ON, lying(ON, outgoing_limit=2)),
    ("one_migration_with_connections", OFF, lying(OFF, incoming_limit=1, outgoing_limit=1)),
    ("bandwidth_is_divided", OFF, lying(OFF, max_bandwidth=1)),
    ("better_hosts_keep_zerocopy", ON, lying(ON, downtime=1)),
    *(
        ("better_hosts_keep_zerocopy", scenario, with_site(scenario, applies))
        for scenario, applies in better_but_limited()
    ),
    (
        "better_hosts_keep_zerocopy",
        ON,
        with_site(ON, lambda facts: facts.host.migration_mbps is not None),
    ),
    (
        "better_hosts_keep_zerocopy",
        ON,
        with_site(ON, lambda facts: facts.destination.migration_mbps is not None),
    ),
    ("lifting_removes_exactly_one", ON, Lying(ON.resolve(), blockers=("vdsm",))),
    ("lifting_removes_exactly_one", OLD, Lying(OLD.resolve(), blockers=())),
    ("imposing_adds_exactly_one", ON, Lying(ON.resolve(), blockers=("vdsm",))),
    ("imposing_adds_exactly_one", OLD, Lying(OLD.resolve(), blockers=())),
    ("deterministic", OFF, ON.resolve()),
    ("explained", ON, Lying(ON.resolve(), text="x" * 81)),
    ("explained", ON, Lying(ON.resolve(), explain=lambda: {**SENTENCES, "zerocopy": ""})),
    ("explained", ON, Lying(ON.resolve(), explain=lambda: {**SENTENCES, "zerocopy": "a\nb"})),
    ("explained", ON, Lying(ON.resolve(), explain=lambda: {"zerocopy": "on"})),
    ("explained", ON, Lying(ON.resolve(), notices=[attr.evolve(ADVICE, message="")])),
    ("explained", ON, Lying(ON.resolve(), notices=[attr.evolve(ADVICE, source="")])),
]


@pytest.mark.parametrize(("name", "scenario", "answer"), WRONG_ANSWERS)
def test_a_wrong_answer_is_noticed(name: str, scenario: zc.Scenario, answer: Any) -> None:
    """An answer of which its sentence is not true makes an invariant fail."""
    assert not fails(name, scenario, scenario.resolve())
    assert fails(name, scenario, answer)


def test_a_warning_too_few_or_too_many_is_noticed() -> None:
    """In any vector: without one of its warnings, and with one of another's."""
    every = {notice.field: notice for scenario in VECTORS for notice in scenario.resolve().warnings}
    assert len(every) == 8
    for scenario in VECTORS:
        resolution = scenario.resolve()
        told = {notice.field for notice in resolution.warnings}
        for field, notice in every.items():
            others = tuple(each for each in resolution.warnings if each.field != field)
            changed = others if field in told else (*others, notice)
            lie = Lying(resolution, warnings=changed)
            assert fails("differences_have_notices", scenario, lie), (scenario, field)


# -- Wrong decisions ------------------------------------------------------------------------------

_Patch = Callable[[Any], Any]


def always(value: Any, rule: Any) -> _Patch:
    return lambda _: lambda *arguments, **options: (value, rule)


def changed(change: Callable[[Any], Any]) -> _Patch:
    """The rule's value, changed."""

    def patch(rule: Any) -> Any:
        def decided(*arguments: Any, **options: Any) -> Any:
            value, why = rule(*arguments, **options)
            return change(value), why

        return decided

    return patch


def with_options(**options: Any) -> _Patch:
    """The rule with other answers to what it asks."""
    return lambda rule: lambda *arguments, **given: rule(*arguments, **{**given, **options})


def settling(field: str, value: Callable[[Any], Any]) -> _Patch:
    """The facts, one of which is settled otherwise."""

    def patch(make: Any) -> Any:
        def facts(**given: Any) -> Any:
            made = make(**given)
            object.__setattr__(made, field, value(made))
            return made

        return facts

    return patch


def table(code: str, applies: Callable[[Any], bool]) -> _Patch:
    """The limitations, one of which applies elsewhere."""
    return lambda rows: tuple(
        attr.evolve(each, applies=applies) if each.code == code else each for each in rows
    )


def one_more(count: Any) -> Any:
    return count and min(count + 1, 255)


RULES, TABLE = "zcpolicy._decision.decide.", "zcpolicy._decision.resolution.LIMITATIONS"
FACTS = "zcpolicy._decision.resolution._Facts"
WRONG_DECISIONS: Sequence[Tuple[str, str, _Patch]] = [
    (
        "proceeds_always",
        "zcpolicy.testing._invariants.vm_migrate",
        lambda made: (
            lambda parameters, level: made(attr.evolve(parameters, downtime=7), level=level)
        ),
    ),
    ("rest_as_asked", RULES + "guest_events", always(False, "guest-events-not")),
    ("rest_as_asked", RULES + "downtime", always(None, "downtime-none")),
    ("rest_as_asked", RULES + "auto_converge", always(False, "auto-converge-not")),
    ("rest_as_asked", RULES + "schedule", always(None, "schedule-legacy")),
    ("differences_have_notices", RULES + "compressed", always(False, "compressed-not")),
    ("encryption_wins", RULES + "encrypted", always(False, "encrypted-not")),
    ("tunnel_wins", RULES + "tunnelled", always(False, "tunnelled-not")),
    ("connections_where_due", RULES + "parallel", with_options(enforced=True)),
    ("connections_where_due", RULES + "parallel", with_options(enforced=False)),
    (
        "connections_where_due",
        FACTS,
        settling("parallel", lambda f: f.cluster.parallel),
    ),
    ("connections_as_many", RULES + "parallel", changed(one_more)),
    (
        "connections_as_many",
        FACTS,
        settling("connection_cap", lambda f: f.vm.vcpus + 2),
    ),
    ("one_migration_with_connections", RULES + "limit", always(1, "limit-parallel")),
    ("one_migration_with_connections", RULES + "limit", always(2, "limit-policy")),
    ("bandwidth_is_divided", RULES + "max_bandwidth", changed(lambda share: share and share + 1)),
    ("bandwidth_is_divided", RULES + "max_bandwidth", always(None, "bandwidth-vdsm")),
    ("imposing_adds_exactly_one", TABLE, lambda rows: rows[::-1]),
    ("lifting_removes_exactly_one", TABLE, lambda rows: rows[::-1]),
    *(
        (name, TABLE, table(limitation.code, applies))
        for limitation in zc.LIMITATIONS
        for name, applies in (
            ("imposing_adds_exactly_one", lambda facts: False),
            ("lifting_removes_exactly_one", lambda facts: True),
        )
    ),
    (
        "imposing_adds_exactly_one",
        TABLE,
        table("memory-lock", lambda f: (f.vm.memory_hard_limit_mib or 2**31) < f.vm.memory_mib - 1),
    ),
    (
        "lifting_removes_exactly_one",
        TABLE,
        table("memory-lock", lambda f: (f.vm.memory_hard_limit_mib or 2**31) <= f.vm.memory_mib),
    ),
    ("deterministic", "zcpolicy.Scenario.to_json", lambda _: lambda scenario: {}),
    (
        "deterministic",
        "zcpolicy.Resolution.to_json",
        lambda _: lambda resolution, count=itertools.count(): next(count),
    ),
]


def possible_answers() -> Iterator[Tuple[zc.Scenario, zc.Resolution]]:
    """Those of the vectors that are no parameters which cannot even be built."""
    limitations: Any = pydoc.locate(TABLE)
    for scenario in VECTORS:
        with contextlib.suppress(zc.ZcpolicyError):
            yield scenario, zc.Resolution(scenario=scenario, limitations=limitations)


@pytest.mark.parametrize(
    ("name", "target", "patch"),
    [pytest.param(*row, id=f"{row[0]}-{row[1].rpartition('.')[2]}") for row in WRONG_DECISIONS],
)
def test_a_wrong_decision_is_noticed(
    name: str, target: str, patch: _Patch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the code decides otherwise, an invariant fails of some vector."""
    owner, _, attribute = target.rpartition(".")
    place = pydoc.locate(owner)
    monkeypatch.setattr(place, attribute, patch(getattr(place, attribute)))
    assert any(fails(name, scenario, answer) for scenario, answer in possible_answers())


def test_each_invariant_is_shown_to_fail() -> None:
    """Of a wrong answer or of a wrong decision."""
    assert {name for name, *_ in [*WRONG_ANSWERS, *WRONG_DECISIONS]} == set(BY_NAME)


# -- What holds -----------------------------------------------------------------------------------


def hold(scenario: zc.Scenario) -> None:
    """Check all invariants of a scenario's decision."""
    resolution = scenario.resolve()
    for invariant in testing.invariants:
        invariant(scenario, resolution)


@given(scenarios())
def test_invariants_hold(scenario: zc.Scenario) -> None:
    """Each invariant holds of whatever is decided."""
    hold(scenario)


def test_invariants_hold_of_the_vectors() -> None:
    """And of every vector."""
    for scenario in VECTORS:
        hold(scenario)


@pytest.mark.parametrize("odd", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_invariants_hold_of_combinations(odd: int) -> None:
    """And of each combination of limitations of zero-copy; the usual run has those of even size.

    These have every combination of all limitations but one, whichever.
    """
    combinations = [*limitation_combinations()]
    chosen = [each for each in combinations if len(each.resolve().blockers) % 2 == odd]
    assert len(chosen) == len(combinations) / 2
    for scenario in chosen:
        hold(scenario)


@names
def test_invariants_hold_with_a_site_s_limitation(name: str) -> None:
    """A resolution with a row of a site's own is tested with that row."""
    for scenario in (zc.Scenario(), zc.Scenario(policy="Very large VMs")):
        limitations = (*zc.LIMITATIONS, row(lambda facts: True))
        resolution = zc.Resolution(scenario=scenario, limitations=limitations)
        assert resolution.blockers[-1] == "site"
        BY_NAME[name](scenario, resolution)


def test_the_combinations_are_complete() -> None:
    """Each limitation is there or not, and the blockers are what was combined."""
    combinations = [scenario.resolve().blockers for scenario in limitation_combinations()]
    assert len(set(combinations)) == len(combinations) == 2 ** len(zc.LIMITATIONS)
    assert combinations[0] == ()
    assert combinations[-1] == tuple(limitation.code for limitation in zc.LIMITATIONS)


# -- What is registered ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cls",
    [
        zc.Cluster,
        zc.Host,
        zc.VM,
        zc.EngineConfig,
        zc.MigrationPolicy,
        zc.ConvergenceSchedule,
        zc.Action,
        zc.StallingEntry,
        zc.Parameters,
        zc.Workload,
        zc.Facts,
        zc.Scenario,
        zc.Resolution,
    ],
)
@settings(max_examples=10)
@given(data=st.data())
def test_types_are_registered(cls: type, data: st.DataObject) -> None:
    """Hypothesis finds a strategy for each class."""
    assert type(data.draw(st.from_type(cls))) is cls


def test_registration_needs_no_import_of_ours() -> None:
    """Where the package is installed, importing hypothesis is enough."""
    code = (
        "from hypothesis import given, settings, strategies as st\n"
        "import zcpolicy\n"
        "drawn = given(st.from_type(zcpolicy.Scenario))(lambda s: s.resolve() and None)\n"
        "settings(max_examples=5, deadline=None)(drawn)()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_zcpolicy_itself_does_not_need_hypothesis() -> None:
    """The kit is imported by whoever wants it, and by nobody else."""
    assert "zcpolicy._command.parser" in imported().command
    assert "hypothesis" not in imported().command
