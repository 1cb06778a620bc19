"""A decision: made of a scenario, and all that can be asked of it."""

import itertools
from typing import Any, Dict

import attr
import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy import policies
from zcpolicy._base.errors import InvalidType, InvalidValue

LARGE = "Very large VMs"
NAMES = list(attr.fields_dict(zc.Parameters))
MINE = zc.Limitation(
    code="site", layer="engine", applies=lambda facts: True, message="m", source="s"
)


class TestResolve:
    """resolve(), and the resolution of a scenario."""

    def test_the_defaults_are_those_of_a_scenario(self) -> None:
        """Without arguments the default scenario is decided, with the shipped limitations."""
        r = zc.resolve()
        assert r.scenario == zc.Scenario()
        assert r.limitations is zc.LIMITATIONS
        assert r == zc.Resolution(scenario=zc.Scenario())
        assert r.parameters.schedule == policies.MINIMAL_DOWNTIME.schedule

    def test_each_argument_is_a_part_of_the_scenario(self) -> None:
        """The arguments come into the scenario under their names, the first four by position."""
        cluster, host, vm = zc.Cluster(level="4.7"), zc.Host(migration_mbps=1), zc.VM(vcpus=2)
        destination = zc.Host(migration_mbps=2)
        engine = zc.EngineConfig(default_downtime=1)
        r = zc.resolve(cluster, host, LARGE, vm, destination=destination, engine=engine)
        assert r.scenario == zc.Scenario(
            cluster=cluster,
            host=host,
            policy=LARGE,
            vm=vm,
            destination=destination,
            engine=engine,
        )
        assert r == r.scenario.resolve()

    @pytest.mark.parametrize(
        "given", [{"cluster": None}, {"host": {}}, {"vm": 1}, {"destination": True}, {"engine": ""}]
    )
    def test_what_is_no_input_is_refused(self, given: Dict[str, Any]) -> None:
        """Each argument has its class."""
        (name,) = given
        error = refused(zc.resolve, **given)
        assert (type(error), error.path, error.value) == (InvalidType, name, given[name])

    def test_levels_and_names_are_checked(self) -> None:
        """What Engine does not know is refused here, too."""
        assert paths(zc.resolve, zc.Cluster(level="4.9")) == ["cluster.level"]
        assert paths(zc.resolve, policy="x", vm=zc.VM(policy="y")) == ["policy", "vm.policy"]

    def test_a_resolution_is_not_made_by_hand(self) -> None:
        """Parameters cannot be given: they follow from the scenario."""
        bad: Any = {"scenario": zc.Scenario(), "parameters": zc.Parameters()}
        with pytest.raises(TypeError, match="parameters"):
            zc.Resolution(**bad)


class TestResolution:
    """What can be asked of a resolution."""

    def test_zerocopy(self) -> None:
        """With zero-copy there is no blocker and no warning but the enforced connections."""
        r = zc.resolve(policy=LARGE)
        assert (r.parameters.zerocopy, r.parameters.parallel, r.blockers) == (True, 2, ())
        assert [n.code for n in r.notices] == ["zerocopy-young", "connections-enforced"]
        assert [n.code for n in r.warnings] == ["connections-enforced"]

    def test_without(self) -> None:
        """Without the wish there is a blocker and nothing to tell."""
        r = zc.resolve()
        assert (r.parameters.zerocopy, r.blockers) == (False, ("policy",))
        assert (r.notices, r.warnings) == ((), ())

    def test_they_are_tuples(self) -> None:
        """Blockers, notices and warnings do not change."""
        r = zc.resolve(zc.Cluster(encrypted=True), policy=LARGE)
        assert type(r.blockers) is tuple
        assert isinstance(r.notices, tuple)
        assert isinstance(r.warnings, tuple)
        assert r.warnings == r.notices[:1]

    def test_it_can_be_replayed(self) -> None:
        """The scenario of a resolution gives the resolution again."""
        r = zc.resolve(zc.Cluster(encrypted=True), policy=LARGE, vm=zc.VM(paused=True))
        again = zc.Scenario.from_json(r.scenario.to_json()).resolve()
        assert (again, again.parameters, str(again)) == (r, r.parameters, str(r))

    def test_equality_is_of_what_was_asked(self) -> None:
        """Resolutions are equal where scenario and limitations are."""
        same = [zc.resolve(), zc.resolve(vm=zc.VM())]
        other = [zc.resolve(policy=LARGE), zc.resolve(limitations=(*zc.LIMITATIONS, MINE))]
        assert same[0] == same[1]
        assert hash(same[0]) == hash(same[1])
        assert len({*same, *other}) == 3


class TestExplain:
    """explain()."""

    def test_all(self) -> None:
        """Without a name there is a sentence for each parameter, in their order."""
        found = zc.resolve(policy=LARGE).explain()
        assert list(found) == NAMES
        assert all(found.values())

    @pytest.mark.parametrize("name", NAMES)
    def test_one(self, name: Any) -> None:
        """With a name there is the sentence of that parameter."""
        r = zc.resolve(policy=LARGE)
        assert r.explain(name) == r.explain()[name]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("paralel", "; did you mean 'parallel'?"),
            ("autoConverge", "; did you mean 'auto_converge'?"),
            ("x", " (known: zerocopy, parallel, "),
            ("", " (known: zerocopy, parallel, "),
            (5, " (known: zerocopy, parallel, "),
            ([], " (known: zerocopy, parallel, "),
        ],
    )
    def test_another_name_is_refused(self, name: Any, hint: str) -> None:
        """A name that is no parameter is refused, with what was probably meant."""
        path, value, expected = refusal(zc.resolve().explain, name)
        assert (path, value, expected) == ("parameter", name, "one of " + ", ".join(NAMES))
        message = refused(zc.resolve().explain, name).message
        assert message.startswith(f"parameter: {name!r} is no parameter{hint}")


class TestRepr:
    """A resolution at a prompt."""

    @pytest.mark.parametrize(
        ("r", "text"),
        [
            (
                zc.resolve(),
                "<Resolution: zerocopy=False, parallel=None, blockers=('policy',), warnings=()>",
            ),
            (
                zc.resolve(zc.Cluster(encrypted=True, parallel=3), policy=LARGE),
                "<Resolution: zerocopy=False, parallel=2, blockers=('encryption',), "
                "warnings=('encryption', 'connections-capped')>",
            ),
            (
                zc.resolve(policy=LARGE),
                "<Resolution: zerocopy=True, parallel=2, blockers=(), "
                "warnings=('connections-enforced',)>",
            ),
        ],
        ids=itertools.count(),
    )
    def test_it_is_the_decision(self, r: zc.Resolution, text: str) -> None:
        """The repr says what was decided, in a line or two."""
        assert repr(r) == text

    def test_the_scenario_rebuilds_it(self) -> None:
        """What was asked is code that, evaluated, gives the same resolution."""
        r = zc.resolve(zc.Cluster(parallel=3), policy=policies.POST_COPY, vm=zc.VM(paused=True))
        assert eval(repr(r.scenario), {**vars(zc)}).resolve() == r

    def test_a_pretty_printer_gets_the_text(self) -> None:
        """IPython shows what print shows."""
        shown = []

        class Printer:
            def text(self, text: str) -> None:
                shown.append(text)

        r = zc.resolve(policy=LARGE)
        r._repr_pretty_(Printer(), False)
        assert shown == [str(r)]


def test_a_wrong_limitation_is_refused_before_anything_is_decided() -> None:
    """Limitations are checked first, so that no half-made resolution comes out."""
    error = refused(zc.Resolution, scenario=zc.Scenario(), limitations=(MINE,))
    assert (type(error), error.path) == (InvalidValue, "limitations")


def test_a_resolution_is_of_a_scenario() -> None:
    """Anything but a scenario is refused by name."""
    with pytest.raises(zc.ZcpolicyError, match="scenario: 5 is not a Scenario"):
        zc.Resolution(scenario=5)  # type: ignore[arg-type]
