"""Making a policy of one's own: from another one, with a short schedule, and into Engine."""

import subprocess
import uuid
from typing import Any, Dict, List

import attr
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import zcpolicy as zc
from zcpolicy import policies
from zcpolicy.adapters.engine import policies_from_json
from zcpolicy.testing import policies as some_policies


class TestBut:
    """A policy of one's own is like another, but for what is said."""

    @given(some_policies(), st.text(), some_policies())
    def test_all_else_stays(
        self, policy: zc.MigrationPolicy, name: str, other: zc.MigrationPolicy
    ) -> None:
        """What is given changes, nothing else does, and the id is one of its own."""
        assume(name != policy.name and not policy.is_legacy and not other.is_legacy)
        mine = policy.but(name=name, schedule=other.schedule)
        assert mine == attr.evolve(policy, id=mine.id, name=name, schedule=other.schedule)
        assert mine.id != policy.id
        assert mine.id == policy.but(name=name, zero_copy=not policy.zero_copy).id

    def test_the_id_is_derived(self) -> None:
        """The derived id is the UUID of version 5 of the first one's id and the name."""
        mine = policies.VERY_LARGE_VMS.but(name="Databases")
        assert mine.id == str(uuid.uuid5(uuid.UUID(policies.VERY_LARGE_VMS.id), "Databases"))
        assert mine.id != policies.VERY_LARGE_VMS.but(name="databases").id
        assert mine.id != policies.POST_COPY.but(name="Databases").id

    def test_any_name_has_an_id(self) -> None:
        """A name that UTF-8 has no bytes for has an id, too, and another one than others."""
        ids = {policies.POST_COPY.but(name=name).id for name in ("\ud800", "\ud801", "x")}
        assert len(ids) == 3

    def test_an_id_can_be_given(self) -> None:
        """An id that is given is taken, in lower case."""
        given = "6D0C1A2E-0000-4000-8000-00000000000F"
        assert policies.POST_COPY.but(name="Mine", id=given).id == given.lower()

    def test_from_legacy(self) -> None:
        """Legacy becomes another policy where all is given that it inherits."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            policies.LEGACY.but(name="Mine")
        assert [fault.path for fault in caught.value.all] == [
            *("auto_convergence", "migration_compression", "schedule")
        ]
        mine = policies.LEGACY.but(
            name="Mine",
            auto_convergence=True,
            migration_compression=False,
            schedule=zc.ConvergenceSchedule.ramp(100),
        )
        assert not mine.is_legacy

    @pytest.mark.parametrize(
        ("changes", "paths"),
        [
            ({"name": "Very large VMs"}, ["name"]),
            ({"name": 1}, ["name"]),
            ({"name": "Mine", "id": policies.VERY_LARGE_VMS.id.upper()}, ["id"]),
            ({"name": "Mine", "id": "mine"}, ["id"]),
            ({"name": "Mine", "zerocopy": True}, ["zerocopy"]),
            (
                {"name": "Mine", "max_migrations": 0, "zero_copy": 1},
                ["max_migrations", "zero_copy"],
            ),
            (
                {"name": "Very large VMs", "id": policies.VERY_LARGE_VMS.id, "x": 1},
                ["name", "id", "x"],
            ),
        ],
    )
    def test_bad_input(self, changes: Dict[str, Any], paths: List[str]) -> None:
        """What is wrong is named, all of it."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            policies.VERY_LARGE_VMS.but(**changes)
        assert [fault.path for fault in caught.value.all] == paths

    def test_a_field_is_suggested(self) -> None:
        """A field that is misspelt is told with the one that is meant."""
        with pytest.raises(zc.ZcpolicyError, match="did you mean 'zero_copy'"):
            policies.VERY_LARGE_VMS.but(name="Mine", zerocopy=True)


def in_a_shell(command: str) -> List[bytes]:
    """The arguments that a program gets from a real shell that reads the command."""
    # In the place of engine-config, the shell's own printf says which arguments it got.
    script = command.replace("engine-config", r"printf '%s\0'", 1)
    done = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=True)
    assert done.stderr == b""
    *arguments, rest = done.stdout.split(b"\0")
    assert rest == b""
    return arguments


class TestEngineConfig:
    """The command that hands policies to Engine."""

    @settings(max_examples=25)
    @given(st.lists(some_policies(), unique_by=lambda policy: policy.id, max_size=3))
    def test_a_shell_hands_over_what_was_meant(self, given: List[zc.MigrationPolicy]) -> None:
        """Whatever the policies are called, a shell hands over arguments that give them back."""
        given = [policy for policy in given if not policy.is_legacy]
        option, setting, version = in_a_shell(policies.to_engine_config(given, level="4.7"))
        assert (option, version) == (b"-s", b"--cver=4.7")
        name, _, value = setting.partition(b"=")
        assert name == b"MigrationPolicies"
        assert policies_from_json(value) == tuple(given)

    def test_quotes(self) -> None:
        """Quotes, dollars, backslashes and line ends in a name are handed over as they are."""
        mine = policies.POST_COPY.but(name='it\'s "$HOME" `ls` \\n\n!')
        _, setting, _ = in_a_shell(policies.to_engine_config([mine]))
        assert policies_from_json(setting.partition(b"=")[2]) == (mine,)

    def test_its_form(self) -> None:
        """The command is as the administrators of oVirt write it, for the newest level."""
        command = policies.to_engine_config(policies.offered("4.8"))
        assert command.startswith('engine-config -s MigrationPolicies=\'[{"id":{"uuid":')
        assert command.endswith("}]' --cver=4.8")
        assert policies.to_engine_config([]) == "engine-config -s MigrationPolicies='[]' --cver=4.8"

    @pytest.mark.parametrize(
        ("given", "level", "path"),
        [
            ([policies.LEGACY], "4.8", "policies[0].id"),
            ([policies.POST_COPY, policies.POST_COPY], "4.8", "policies[1].id"),
            (policies.POST_COPY, "4.8", "policies"),
            ([None], "4.8", "policies[0]"),
            ([], "newest", "level"),
            ([], "4.9", "level"),
            ([], None, "level"),
        ],
    )
    def test_bad_input(self, given: Any, level: Any, path: str) -> None:
        """What Engine would not take is refused."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            policies.to_engine_config(given, level)
        assert [fault.path for fault in caught.value.all] == [path]

    def test_a_level_of_the_site(self) -> None:
        """A level that the site's Engine knows is taken."""
        engine = zc.EngineConfig(parallel_supported={"4.9": True})
        command = policies.to_engine_config([], "4.9", engine)
        assert command.endswith(" --cver=4.9")

    def test_the_longest(self) -> None:
        """A value that Linux does not let an argument be is refused, one that it does is not."""
        mine = policies.POST_COPY.but(name="Mine")
        spare = 131071 - len(in_a_shell(policies.to_engine_config([mine]))[1])
        fits = attr.evolve(mine, description=mine.description + "x" * spare)
        assert len(in_a_shell(policies.to_engine_config([fits]))[1]) == 131071
        longer = attr.evolve(fits, description=fits.description + "x")
        with pytest.raises(zc.ZcpolicyError, match="131072 bytes exceed Linux's limit"):
            policies.to_engine_config([longer])


def downtime(ms: int) -> zc.Action:
    return zc.Action(name="setDowntime", params=(str(ms),))


POSTCOPY = zc.Action(name="postcopy")
ABORT = zc.Action(name="abort")
MS = st.integers(1, 2000000)


class TestRamp:
    """A schedule is written as a ramp of downtimes."""

    @given(MS, st.dictionaries(st.integers(-1, 50), MS, max_size=4), st.none() | MS)
    def test_its_entries(self, initial: int, steps: Dict[int, int], last: Any) -> None:
        """First one downtime, then one a limit in the order given, the last, and an abort."""
        made = zc.ConvergenceSchedule.ramp(initial, steps, last=last)
        assert made.init == (downtime(initial),)
        expected = [(limit, downtime(ms)) for limit, ms in steps.items()]
        expected += [] if last is None else [(-1, downtime(last))]
        assert [(entry.limit, entry.action) for entry in made.stalling] == [
            *expected,
            (-1, ABORT),
        ]
        assert not made.runs_out

    def test_postcopy(self) -> None:
        """The last thing to be tried may be post-copy."""
        made = zc.ConvergenceSchedule.ramp(100, last="postcopy")
        assert [entry.action for entry in made.stalling] == [POSTCOPY, ABORT]
        assert [entry.limit for entry in made.stalling] == [-1, -1]

    def test_the_abort_can_wait(self) -> None:
        """The abort has a limit of its own where one is given."""
        made = zc.ConvergenceSchedule.ramp(100, {1: 200}, abort_limit=9)
        assert [entry.limit for entry in made.stalling] == [1, 9]
        with pytest.raises(zc.ZcpolicyError, match="abort_limit: -2 is not"):
            zc.ConvergenceSchedule.ramp(100, {1: 200}, abort_limit=-2)

    def test_it_makes_the_shipped_ones(self) -> None:
        """The shipped schedules are such ramps."""
        assert zc.ConvergenceSchedule.ramp(
            300, {1: 400, 2: 500, 3: 700, 4: 1000, 6: 1500}, last=5000
        ) == (policies.VERY_LARGE_VMS.schedule)

    @pytest.mark.parametrize(
        ("arguments", "last", "paths"),
        [
            ((0,), None, ["initial"]),
            ((2000001,), None, ["initial"]),
            ((True,), None, ["initial"]),
            ((100, [(1, 2)]), None, ["steps"]),
            ((100, {-2: 200}), None, ["steps[-2]"]),
            ((100, {1: 0}), None, ["steps[1]"]),
            ((100, {"1": 200}), None, ["steps['1']"]),
            ((100,), 0, ["last"]),
            ((100,), True, ["last"]),
            ((100,), "abort", ["last"]),
            (("100", {1: 200, -2: 0}), 2.5, ["initial", "steps[-2]", "steps[-2]", "last"]),
        ],
    )
    def test_bad_input(self, arguments: Any, last: Any, paths: List[str]) -> None:
        """What is wrong is named, all of it."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            zc.ConvergenceSchedule.ramp(*arguments, last=last)
        assert [fault.path for fault in caught.value.all] == paths
