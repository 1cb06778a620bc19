"""The laws that every decision keeps, whatever is asked."""

import copy
import itertools
import json
import pickle
from contextlib import nullcontext
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

import attr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import constraints
import zcpolicy as zc
from zcpolicy._decision.limitations import Stage
from zcpolicy._model.scenario_json import ZEROCOPY_KEYS
from zcpolicy._publish.causes import CAUSES
from zcpolicy.adapters.vdsm import libvirt_call
from zcpolicy.testing import (
    hosts,
    invalid_scenario_documents,
    policies,
    scenario_documents,
    scenarios,
    schedules,
)
from zcpolicy.testing._faults import faulty_documents

FIELDS: Any = [field.name for field in attr.fields(zc.Parameters)]
PUBLIC = {name: getattr(zc, name) for name in zc.__all__}
SHIPPED_CODES = tuple(row.code for row in zc.LIMITATIONS)


def in_json(value: Any) -> Any:
    """*value* as another program gets it."""
    return json.loads(json.dumps(value))


def has_memory(facts: zc.Facts) -> bool:
    return facts.vm.memory_mib > 0


def has_none(facts: zc.Facts) -> bool:
    return facts.vm.memory_mib < 1


def site(stage: Stage, applies: Callable[[zc.Facts], bool]) -> zc.Limitation:
    """A limitation that a site adds."""
    return zc.Limitation(
        code="site-freeze",
        layer="engine",
        stage=stage,
        applies=applies,
        message="migrations are plain this week",
        remedy="wait until Monday",
        source="the site's own rule",
    )


class TestTheSameInputsGiveTheSameAnswer:
    @given(scenarios())
    def test_in_every_form_and_by_every_way(self, scenario: zc.Scenario) -> None:
        """A decision is a function of the scenario: values, JSON and text.

        `resolve` with the parts is `Scenario.resolve`.
        """
        one, other = scenario.resolve(), copy.deepcopy(scenario).resolve()
        assert one == other
        assert hash(one) == hash(other)
        assert (one.to_json(), str(one), repr(one)) == (other.to_json(), str(other), repr(other))
        resolution = zc.resolve(
            scenario.cluster,
            scenario.host,
            scenario.policy,
            scenario.vm,
            destination=scenario.destination,
            engine=scenario.engine,
        )
        unnamed = attr.evolve(scenario, name=None)
        assert resolution == unnamed.resolve()
        assert resolution.scenario == unnamed
        assert resolution.parameters == scenario.resolve().parameters


class TestADecisionCanBeKeptAndReplayed:
    @given(scenarios())
    def test_a_scenario_survives_json(self, scenario: zc.Scenario) -> None:
        """What is written spells everything out, and reads as an equal scenario.

        Nothing in its answer is changed by JSON either.
        """
        document = in_json(scenario.to_json())
        assert zc.Scenario.from_json(document) == scenario
        assert zc.Scenario.from_json(document).resolve() == scenario.resolve()
        answer = scenario.resolve().to_json()
        assert in_json(answer) == answer

    @given(scenario_documents())
    def test_reading_and_writing_is_idempotent(self, document: Dict[str, Any]) -> None:
        """A document that was read and written once does not change any more."""
        before = copy.deepcopy(document)
        written = zc.Scenario.from_json(document).to_json()
        assert zc.Scenario.from_json(written).to_json() == written
        assert document == before

    @given(policies(legacy=False))
    def test_a_policy_survives_json(self, policy: zc.MigrationPolicy) -> None:
        """Engine's entry reads as an equal policy."""
        assert zc.MigrationPolicy.from_json(in_json(policy.to_json())) == policy

    @given(schedules())
    def test_a_schedule_survives_json(self, schedule: zc.ConvergenceSchedule) -> None:
        """Vdsm's shape reads as an equal schedule."""
        assert zc.ConvergenceSchedule.from_json(in_json(schedule.to_json())) == schedule


def values(scenario: zc.Scenario) -> Iterator[Any]:
    """A scenario, what it is made of, and all that comes of it."""
    yield from (scenario, scenario.cluster, scenario.host, scenario.vm, scenario.engine)
    facts, resolution = zc.Facts(scenario=scenario), scenario.resolve()
    yield from (facts, facts.policy, resolution, resolution.parameters, *resolution.notices)
    schedule = facts.policy.schedule or zc.legacy_schedule()
    yield from (schedule, schedule.replay(range(9)), *schedule.stalling, *schedule.init)
    yield from (*zc.lint(facts.policy), *zc.compare(resolution, zc.resolve()))
    yield scenario.host.vdsm
    if scenario == DECIDED:
        yield from NO_DECISIONS


DECIDED = zc.Scenario(policy=zc.policies.VERY_LARGE_VMS)


def _no_decisions() -> Iterator[Any]:
    """What takes time to make, of one scenario: DECIDED has these values, too."""
    scenario = DECIDED
    resolution = scenario.resolve()
    workload = zc.Workload(dirty_mib_s=((0, 10), (5, 20.5)), working_set_mib=1)
    forecast = zc.simulate(resolution, workload)
    yield from (zc.Writer(mib_s=1, set_mib=1), zc.Fit(workload=workload, workloads=[workload]))
    yield from (workload, forecast, forecast.rounds[0])
    move = zc.Move(name="vm", resolution=resolution, workload=workload)
    stay = zc.Stay(name="vm", reason="r", forecast=forecast)
    plan = zc.drain([move, zc.Move(name="other", resolution=resolution, workload=workload)])
    bare = attr.evolve(plan, options=())
    yield from (move, bare, plan.legs[0], plan.alternatives[0], stay)
    yield zc.PlanOption(changes=(), moves=(move,), plan=bare)
    change = zc.Change(path="vm.parallel", before=None, after=2, reason="r")
    option = zc.Option(changes=(change,), scenario=scenario, forecast=forecast)
    yield from (change, option, zc.Goal(total_s=1), zc.Advice(met=True, options=(option,)))
    yield zc.Diagnosis(outcome="running", cause="will-complete", message="m")
    sample = zc.Sample(at_ms=0, iteration=1, remaining_bytes=None, sent_bytes=0)
    yield from (sample, zc.Migration(samples=(sample,)), zc.Survey.of([zc.resolve().to_json()]))


NO_DECISIONS = tuple(_no_decisions())
# What is answered, not asked: as code, each is a page.
LINES = (
    *(zc.Resolution, zc.Forecast, zc.Fit, zc.Migration, zc.Option, zc.Advice, zc.Diagnosis),
    *(zc.Leg, zc.Stay, zc.Plan, zc.PlanOption),
)


def assert_pickled(tried: Iterable[Any], protocol: int) -> None:
    """A pickle of each is equal, and looks the same."""
    for value in tried:
        other = pickle.loads(pickle.dumps(value, protocol))
        assert other == value
        assert hash(other) == hash(value)
        assert str(other) == str(value)


class TestValuesBehaveAsValues:
    def test_every_public_class_is_tried(self) -> None:
        """All but `Limitation`: a function is part of it, which is no value."""
        classes = {name for name in zc.__all__ if attr.has(getattr(zc, name))}
        tried = values(DECIDED)
        assert {type(value).__name__ for value in tried} == classes - {"Limitation"}

    @example(DECIDED)
    @given(scenarios())
    def test_a_copy_is_equal_and_a_repr_is_code(self, scenario: zc.Scenario) -> None:
        """A copy's hash is the same, too, and no attribute can be set, and none added.

        The repr rebuilds the object from the public names; a result's is a line, and no code.
        """
        for value in values(scenario):
            if isinstance(value, LINES):
                assert repr(value).startswith(f"<{type(value).__name__}: ")
                assert "\n" not in repr(value)
            elif not isinstance(value, zc.Move):  # its resolution is an answer
                assert eval(repr(value), dict(PUBLIC)) == value
            for other in (copy.copy(value), copy.deepcopy(value)):
                assert other == value
                assert hash(other) == hash(value)
            for field in (*[field.name for field in attr.fields(type(value))], "another"):
                with pytest.raises(AttributeError):
                    setattr(value, field, None)

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_a_pickle_is_equal(self, protocol: int) -> None:
        """It says the same, too, which a resolution works out when it is asked."""
        assert_pickled(values(DECIDED), protocol)

    @given(scenarios(), st.integers(0, pickle.HIGHEST_PROTOCOL))
    def test_so_is_that_of_any_decision(self, scenario: zc.Scenario, protocol: int) -> None:
        """Whatever was decided, it is equal."""
        assert_pickled(values(scenario), protocol)


class TestTheTextFitsATerminal:
    @given(scenarios())
    def test_of_80_columns(self, scenario: zc.Scenario) -> None:
        """Every line is short and printable, whatever the policies are called."""
        lines = str(scenario.resolve()).split("\n")
        assert [line for line in lines if len(line) > 80 or not line.isprintable()] == []

    @pytest.mark.parametrize("name", ["\ud800", "\x00\x1b[2J", "", "\r\n\t", "x" * 500, "\u2028"])
    def test_whatever_a_policy_is_called(self, name: str) -> None:
        """Names are free text, lone surrogates and control characters among it."""
        policy = attr.evolve(zc.policies.POST_COPY, name=name)
        resolution = zc.resolve(zc.Cluster(tunnelled=True), policy=policy)
        lines = str(resolution).split("\n")
        assert [line for line in lines if len(line) > 80 or not line.isprintable()] == []


class TestEveryValueIsExplained:
    @given(scenarios(), st.text().filter(lambda name: name not in FIELDS))
    def test_in_a_sentence_each(self, scenario: zc.Scenario, another: Any) -> None:
        """`explain` covers exactly the parameters, one by one and together.

        The reasons of an answer have the keys of its parameters; another name is an error that says
        what there is.
        """
        resolution = scenario.resolve()
        sentences = resolution.explain()
        assert list(sentences) == FIELDS
        assert sentences == {name: resolution.explain(name) for name in FIELDS}
        assert all(sentences.values())
        answer = resolution.to_json()
        assert list(answer["reasons"]) == list(answer["parameters"])
        assert [*answer["reasons"].values()] == [*sentences.values()]
        with pytest.raises(zc.ZcpolicyError, match="is no parameter"):
            resolution.explain(another)


def changed(scenario: zc.Scenario) -> List[str]:
    """The parameters, and the policy, that come out in another way than they were asked for."""
    facts, out = zc.Facts(scenario=scenario), scenario.resolve().parameters
    connections = facts.parallel
    wished = {
        "zerocopy": out.zerocopy or not facts.policy.zero_copy,
        "parallel": (
            out.parallel is None
            if connections == "disabled"
            else out.parallel is not None
            if connections == "auto_parallel"
            else connections in ("auto", out.parallel)
        ),
        "auto_converge": out.auto_converge is facts.auto_converge,
        "compressed": out.compressed is facts.compressed,
        "encrypted": out.encrypted is facts.encryption_asked,
        "tunnelled": out.tunnelled is facts.tunnelled,
        "max_bandwidth": out.max_bandwidth is not None or facts.bandwidth is None,
        "schedule": out.schedule == facts.policy.schedule,
        "enable_guest_events": out.enable_guest_events is facts.policy.enable_guest_events,
        "policy": facts.policy_unknown is None,
    }
    return [name for name, as_asked in wished.items() if not as_asked]


class TestNothingIsSilent:
    @given(scenarios())
    def test_what_differs_has_a_warning(self, scenario: zc.Scenario) -> None:
        """And what has a warning differs; the rest is advice.

        What was requested is not what is effective, and that is the parameter's value.  There is
        one for each code, each with a remedy; warnings are those of that severity.
        """
        resolution = scenario.resolve()
        fields = {notice.field for notice in resolution.warnings}
        assert sorted(fields) == sorted(changed(scenario))
        for notice in resolution.notices:
            if notice.severity == "warning":
                assert notice.requested != notice.effective
            if notice.field != "policy":
                assert notice.effective == getattr(resolution.parameters, notice.field)
        codes = [notice.code for notice in resolution.notices]
        assert len(codes) == len({*codes})
        assert all(notice.remedy for notice in resolution.notices)
        severe = [notice for notice in resolution.notices if notice.severity == "warning"]
        assert list(resolution.warnings) == severe


def better_host(host: zc.Host, other: zc.Host) -> zc.Host:
    """A host that can do what either of them can."""
    either = {name: getattr(host, name) or getattr(other, name) for name in ZEROCOPY_KEYS.values()}
    return attr.evolve(host, **either)


class TestAHostThatCanDoMoreNeverTurnsZeroCopyOff:
    @given(scenarios(), hosts(), hosts())
    def test_whichever_learns(
        self, scenario: zc.Scenario, source: zc.Host, destination: zc.Host
    ) -> None:
        """Blockers only go, and nothing but zero-copy depends on what hosts know."""
        before = scenario.resolve()
        after = attr.evolve(
            scenario,
            host=better_host(scenario.host, source),
            destination=better_host(scenario.destination, destination),
        ).resolve()
        assert {*after.blockers} <= {*before.blockers}
        assert after.parameters.zerocopy >= before.parameters.zerocopy
        assert attr.evolve(after.parameters, zerocopy=before.parameters.zerocopy) == (
            before.parameters
        )


def with_vm(scenario: zc.Scenario, **changes: Any) -> zc.Scenario:
    return attr.evolve(scenario, vm=attr.evolve(scenario.vm, **changes))


class TestLiftingALimitationRemovesIt:
    @given(scenarios())
    def test_and_no_other(self, scenario: zc.Scenario) -> None:
        """Each is a reason of its own, so that one can go after the other, and no other is left."""
        before = scenario.resolve().blockers
        for code in SHIPPED_CODES:
            expected = tuple(blocker for blocker in before if blocker != code)
            assert CAUSES[code].lifts(scenario).resolve().blockers == expected
        for code in SHIPPED_CODES:
            scenario = CAUSES[code].lifts(scenario)
        assert scenario.resolve().parameters.zerocopy
        assert scenario.resolve().parameters.parallel is not None


class TestEncryptionAndTheTunnelWin:
    @given(scenarios(), st.sampled_from((None, True, False)))
    def test_each_over_the_rest(self, scenario: zc.Scenario, tunnelled: Optional[bool]) -> None:
        """A VM is encrypted where its level can, and then has neither zero-copy nor a tunnel.

        One without encryption is tunnelled, with no zero-copy, connections or post-copy.
        Encryption only keeps zero-copy from enforcing connections.
        """
        facts = zc.Facts(scenario=with_vm(scenario, encrypted=True, tunnelled=tunnelled))
        out = facts.scenario.resolve().parameters
        assert out.encrypted is (tuple(map(int, facts.level.split("."))) >= (4, 4))
        assert not (out.encrypted and (out.zerocopy or out.tunnelled))
        out = with_vm(scenario, encrypted=False, tunnelled=True).resolve().parameters
        assert out.tunnelled
        assert (out.zerocopy, out.parallel) == (False, None)
        assert out.schedule is None or not out.schedule.switches_to_postcopy
        plain = with_vm(scenario, encrypted=True, tunnelled=False).resolve().parameters
        no_wish = with_vm(scenario, encrypted=False, tunnelled=False, policy=zc.policies.LEGACY)
        if plain.encrypted:
            assert plain.parallel == no_wish.resolve().parameters.parallel


SWITCHES = (
    *(constraints.ZEROCOPY, constraints.PARALLEL, constraints.COMPRESSED),
    *(constraints.TLS, constraints.TUNNELLED, constraints.POSTCOPY),
)
POST_COPY = zc.ConvergenceSchedule(
    stalling=[zc.StallingEntry(limit=-1, action=zc.Action(name="postcopy"))]
)


class TestParametersCannotContradict:
    @pytest.mark.parametrize("on", list(itertools.product((False, True), repeat=6)))
    def test_what_libvirt_or_qemu_refuse_cannot_be_built(self, on: Tuple[bool, ...]) -> None:
        """Of the 64 combinations, exactly those that violate a constraint raise."""
        zerocopy, parallel, compressed, encrypted, tunnelled, postcopy = on
        refused = constraints.violations(
            constraints.LIVE | sum(flag for flag, wanted in zip(SWITCHES, on) if wanted),
            {constraints.CONNECTIONS: 2} if parallel else {},
            paused=False,
            memory_mib=1,
            hard_limit_mib=None,
        )
        with pytest.raises(zc.ZcpolicyError) if refused else nullcontext():
            zc.Parameters(
                zerocopy=zerocopy,
                parallel=2 if parallel else None,
                compressed=compressed,
                encrypted=encrypted,
                tunnelled=tunnelled,
                schedule=POST_COPY if postcopy else zc.ConvergenceSchedule(),
            )


class TestASiteAddsALimitation:
    @given(scenarios(), st.sampled_from(("engine", "host")))
    def test_that_applies_or_not(self, scenario: zc.Scenario, stage: Stage) -> None:
        """It is the last blocker, with a warning where the policy asks for zero-copy.

        One that does not apply changes nothing.
        """
        mine = site(stage, has_memory)
        plain = scenario.resolve()
        resolution = zc.Resolution(scenario=scenario, limitations=(*zc.LIMITATIONS, mine))
        assert resolution.blockers == (*plain.blockers, "site-freeze")
        assert not resolution.parameters.zerocopy
        asked = zc.Facts(scenario=scenario).policy.zero_copy
        assert (mine._notice in resolution.warnings) is asked
        assert eval(repr(resolution.parameters), vars(zc).copy()) == resolution.parameters
        added = (*zc.LIMITATIONS, site(stage, has_none))
        same = zc.Resolution(scenario=scenario, limitations=added)
        assert same.to_json() == plain.to_json()

    @pytest.mark.parametrize(("stage", "connections"), [("engine", None), ("host", 2)])
    def test_at_either_stage(self, stage: Stage, connections: Optional[int]) -> None:
        """What Engine knows keeps it from enforcing connections; what hosts say does not."""
        resolution = zc.resolve(
            policy=zc.policies.VERY_LARGE_VMS,
            limitations=(*zc.LIMITATIONS, site(stage, has_memory)),
        )
        assert resolution.blockers == ("site-freeze",)
        assert resolution.parameters.parallel == connections

    @pytest.mark.parametrize("code", SHIPPED_CODES)
    def test_but_takes_none_away(self, code: str) -> None:
        """Without a shipped row the table is refused, whatever else is in it."""
        less = tuple(row for row in zc.LIMITATIONS if row.code != code)
        with pytest.raises(zc.ZcpolicyError, match=f"the shipped limitation '{code}' is missing"):
            zc.resolve(limitations=(*less, site("host", has_none)))

    def test_under_a_code_of_its_own(self) -> None:
        """A code that is taken, by a limitation or a notice, is refused."""
        mine = site("host", has_none)
        for code in (*SHIPPED_CODES, "schedule-runs-out", "site-freeze"):
            row = attr.evolve(mine, code=code)
            with pytest.raises(zc.ZcpolicyError, match=f"'{code}' is the code of another"):
                zc.resolve(limitations=(*zc.LIMITATIONS, mine, row))


class TestWhatIsWrongIsRefused:
    @given(faulty_documents())
    @example(({"cluster": {"policy": 1}, "engine": {"levels": 1}}, ["cluster.policy", "engine"]))
    @example(
        (
            {"engine": {"defaults": {"encrypted": 0}, "parallelSupported": {"4.7": 0}}},
            ["engine.defaults.encrypted", "engine.parallelSupported"],
        )
    )
    def test_at_its_place(self, found: Tuple[Any, List[str]]) -> None:
        """All faults of a document are named, each with its path."""
        document, paths = found
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.Scenario.from_json(document)
        named = [fault.path for fault in caught.value.all]
        assert [path for path in paths if not any(n.startswith(path) for n in named)] == []

    @given(invalid_scenario_documents())
    def test_as_a_built_in_error_too(self, document: Any) -> None:
        """Callers that know nothing of this library catch what they always catch."""
        with pytest.raises((ValueError, TypeError)) as caught:
            zc.Scenario.from_json(document)
        assert isinstance(caught.value, zc.ZcpolicyError)


class TestVdsmTakesWhatEngineSends:
    @given(scenarios())
    def test_zerocopy_is_passed_iff_it_is_decided(self, scenario: zc.Scenario) -> None:
        """Vdsm on the source makes the flag of it, and drops nothing that was decided."""
        resolution = scenario.resolve()
        answer = resolution.to_json()
        level = zc.Facts(scenario=scenario).level
        call = libvirt_call(answer["vmMigrate"], scenario.host, level=level)
        assert bool(call.flags & constraints.ZEROCOPY) is resolution.parameters.zerocopy
        assert call.params.get(constraints.CONNECTIONS) == resolution.parameters.parallel
