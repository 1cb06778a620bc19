"""Several texts together: a scenario, or all that a forecast needs."""

import json
from pathlib import Path
from typing import Any, Dict

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import paths, refused
from zcpolicy import formats
from zcpolicy.testing import scenarios

DATA = Path(__file__).parent / "data"
MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
DOMAIN = "<domain><memory unit='GiB'>64</memory><vcpu>16</vcpu></domain>"
VERY_LARGE = zc.policies.VERY_LARGE_VMS


def read(document: Any, name: "str | None" = None) -> formats.Reading:
    """The reading of a text, or of a document in JSON."""
    return formats.read(document if isinstance(document, str) else json.dumps(document), name)


class TestScenario:
    """What several texts say together."""

    @given(scenario=scenarios())
    def test_a_scenario_is_itself(self, scenario: zc.Scenario) -> None:
        """A scenario that was written is the same when it is read."""
        assert formats.scenario(read(scenario.to_json())) == scenario

    @given(scenario=scenarios(), data=st.data())
    def test_in_parts(self, scenario: zc.Scenario, data: st.DataObject) -> None:
        """It does not matter in how many texts a scenario is, nor in which order."""
        document = scenario.to_json()
        texts = [read({"name": document.pop("name", None)})]
        for key, value in document.items():
            first = data.draw(st.sets(st.sampled_from(sorted(value))))
            for chosen in (first, value.keys() - first):
                texts.append(read({key: {name: value[name] for name in chosen}}))
        assert formats.scenario(*data.draw(st.permutations(texts))) == scenario

    def test_nothing(self) -> None:
        """Without a text all is as it ships."""
        assert formats.scenario() == zc.Scenario() == formats.scenario(read({}))

    def test_of_each_kind(self) -> None:
        """A cluster's and a VM's object, a domain and a host give one scenario, field by field."""
        cluster = json.loads((DATA / "rest_cluster.json").read_text("utf-8"))
        package = {"version": "4.40.0", "release": "1.el8"}
        found = formats.scenario(
            read(cluster), read(DOMAIN), read({"packages2": {"vdsm": package}})
        )
        assert found.cluster.level == "4.7"
        assert found.policy == VERY_LARGE.id
        assert (found.vm.memory_mib, found.vm.vcpus) == (65536, 16)
        assert found.host.vdsm_zerocopy is False
        assert found.destination == zc.Host()

    def test_contradictions(self) -> None:
        """Every field of which two texts say different things is told, with both texts."""
        other = read({"vm": {"memoryMiB": 1, "vcpus": 16}, "cluster": {"level": "4.6"}}, "b.json")
        third = read({"cluster": {"level": "4.7"}})
        error = refused(formats.scenario, read(DOMAIN, "a.xml"), other, third)
        assert [fault.path for fault in error.all] == ["vm.memory_mib", "cluster.level"]
        assert str(error.all[0]) == (
            "vm.memory_mib: 'a.xml' (domain-xml) says 65536, and 'b.json' (scenario) says 1"
        )
        assert "the scenario text says '4.7'" in str(error.all[1])

    def test_none_is_said(self) -> None:
        """*inherit* in one text contradicts a value in another; null says nothing."""
        inherits = read({"href": "/api/vms/1", "migration": {"encrypted": "inherit"}})
        assert paths(formats.scenario, inherits, read({"vm": {"encrypted": True}})) == [
            "vm.encrypted"
        ]
        formats.scenario(inherits, read({"vm": {"encrypted": None}}))

    def test_faults(self) -> None:
        """All faults of a scenario are told at once, by their paths."""
        document = {"engine": {"policies": 1}, "vm": {"vcpus": 0}, "source": {"zerocopy": 1}}
        found = {*paths(read, document)}
        assert found == {"engine.policies", "vm.vcpus", "source.zerocopy"}
        assert paths(read, {"engine": 1, "vm": {}}) == ["engine"]
        assert paths(read, {"vm": [], "cluster": {}}) == [""]

    @pytest.mark.parametrize("part", ["cluster", "vm", "source", "destination", "engine"])
    @pytest.mark.parametrize("value", ["", 3, True])
    def test_no_objects(self, part: str, value: object) -> None:
        """A part that is no object is refused by its name, whatever makes the text a scenario."""
        makes = {"engine": {}} if part == "source" else {"source": {"zerocopy": False}}
        assert paths(read, {part: value, **makes}) == [part]

    def test_no_readings(self) -> None:
        """What is no reading is refused."""
        assert paths(formats.scenario, read({}), "text") == ["readings[1]"]

    def test_a_call(self) -> None:
        """A libvirt call is no scenario."""
        assert paths(formats.scenario, read({"flags": 3})) == ["call"]


class TestPolicies:
    """Policies beside a cluster."""

    def test_of_the_level(self) -> None:
        """The list of the cluster's level is Engine's list; what it lacks is Legacy."""
        one = json.dumps([zc.policies.POST_COPY.to_json()])
        two = json.dumps([zc.MigrationPolicy(id=MINE, name="Mine").to_json()])
        shown = f"MigrationPolicies: {one} version: 4.6\nMigrationPolicies: {two} version: 4.7\n"
        found = formats.scenario(read(shown), read({"cluster": {"level": "4.7", "policy": "Mine"}}))
        assert found.engine.policies == (zc.MigrationPolicy(id=MINE, name="Mine"),)
        legacy = formats.scenario(
            read(shown), read({"cluster": {"level": "4.6", "policy": "Very large VMs"}})
        )
        assert legacy.resolve().notices[0].code == "policy-unknown"

    def test_of_no_level(self) -> None:
        """Policies without a level stand beside what ships, and replace those of their ids."""
        changed = attr.evolve(VERY_LARGE, max_migrations=3)
        mine = zc.MigrationPolicy(id=MINE, name="Mine")
        found = formats.scenario(
            read([changed.to_json()]), read(mine.to_json()), read({"vm": {"policy": "Mine"}})
        )
        assert found.engine.policies is not None
        by_id = {policy.id: policy for policy in found.engine.policies}
        assert by_id[MINE] == mine
        assert by_id[VERY_LARGE.id] == changed
        assert len(by_id) == 5

    def test_which_level(self) -> None:
        """Lists of other levels than the cluster's are refused, naming the levels."""
        shown = f"MigrationPolicies: {json.dumps([VERY_LARGE.to_json()])} version: 4.7"
        error = refused(formats.scenario, read(shown))
        assert error.path == "cluster.level"
        assert "4.7" in str(error)
        assert paths(formats.scenario, read({"cluster": {"level": "4.9"}}), read(shown)) == [
            "cluster.level"
        ]

    def test_contradictions(self) -> None:
        """Two policies of one id, two lists of one level, or a scenario's list and another."""
        changed = attr.evolve(VERY_LARGE, max_migrations=3)
        both = read(VERY_LARGE.to_json()), read(changed.to_json())
        assert paths(formats.scenario, *both) == [f"policies.{VERY_LARGE.id}"]
        shown = f"MigrationPolicies: {json.dumps([VERY_LARGE.to_json()])} version: 4.8"
        other = read({"engine": {"policies": [changed.to_json()]}})
        assert paths(formats.scenario, read(shown), other) == ["engine.policies"]
        same = read({"engine": {"policies": [VERY_LARGE.to_json()]}})
        assert formats.scenario(read(shown), same).engine.policies == (VERY_LARGE,)
        added = formats.scenario(same, read(zc.policies.POST_COPY.to_json()))
        assert added.engine.policies == (VERY_LARGE, zc.policies.POST_COPY)


class TestRequest:
    """From a request back to settings."""

    @given(scenario=scenarios())
    def test_it_is_sent(self, scenario: zc.Scenario) -> None:
        """The scenario that is made of a request sends it, for all that Engine sends."""
        request = scenario.resolve().to_json()["vmMigrate"]
        found = formats.scenario(read(request))
        assert found.resolve().to_json()["vmMigrate"] == request

    def test_a_shipped_policy(self) -> None:
        """Where a shipped policy sends it, that is the policy."""
        for policy in (zc.policies.MINIMAL_DOWNTIME, zc.policies.POST_COPY, VERY_LARGE):
            request = zc.resolve(policy=policy).to_json()["vmMigrate"]
            assert formats.scenario(read(request)).policy == policy.id
        legacy = zc.resolve(policy="legacy").to_json()["vmMigrate"]
        assert formats.scenario(read(legacy)).policy == zc.policies.LEGACY

    def test_before_encryption(self) -> None:
        """Without *encrypted* the level is one before it, even with connections and zero-copy."""
        request = zc.resolve(policy=VERY_LARGE).to_json()["vmMigrate"]
        del request["encrypted"]
        found = formats.scenario(read(request))
        assert found.cluster.level == "4.3"
        assert found.resolve().to_json()["vmMigrate"] == request

    def test_a_large_share(self) -> None:
        """A share that no cluster's bandwidth gives to so many is that of another policy."""
        policy = zc.MigrationPolicy(id=MINE, name="Mine", max_migrations=1000)
        vm = zc.VM(policy=policy)
        cluster = zc.Cluster(bandwidth=2147483647)
        request = zc.resolve(cluster, policy="Suspend workload if needed", vm=vm)
        found = formats.scenario(read(request.to_json()["vmMigrate"]))
        assert found.resolve().to_json()["vmMigrate"] == request.to_json()["vmMigrate"]
        assert found.vm.policy is not None

    def test_beside_others(self) -> None:
        """What other texts say counts; where they lead to another request it is refused."""
        request = zc.resolve(zc.Cluster(parallel=4), vm=zc.VM(vcpus=4)).to_json()["vmMigrate"]
        more = formats.scenario(read(request), read(DOMAIN))
        assert (more.vm.vcpus, more.vm.memory_mib) == (16, 65536)
        error = refused(formats.scenario, read(request), read({"vm": {"vcpus": 2}}))
        assert [fault.path for fault in error.all] == ["request.parallel"]
        error = refused(formats.scenario, read(request), read({"cluster": {"encrypted": True}}))
        assert [fault.path for fault in error.all] == ["request.encrypted"]

    def test_two_requests(self) -> None:
        """One request completes another; what they say differently is told key by key."""
        request = zc.resolve(zc.Cluster(parallel=4), vm=zc.VM(vcpus=4)).to_json()["vmMigrate"]
        less = {key: value for key, value in request.items() if key != "parallel"}
        assert formats.scenario(read(less), read(request)).cluster.parallel == 4
        error = refused(formats.scenario, read(request), read({**less, "outgoingLimit": 9}))
        assert [fault.path for fault in error.all] == ["request.outgoingLimit"]

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"method": "offline"}, "method"),
            ({"abortOnError": "false"}, "abortOnError"),
            ({"incomingLimit": 3}, "incomingLimit"),
            ({"parallel": 2}, "incomingLimit"),
            ({"convergenceSchedule": None}, "convergenceSchedule"),
            ({"nonsense": 1}, "nonsense"),
        ],
    )
    def test_not_engines(self, change: Dict[str, Any], path: str) -> None:
        """What Engine never sends is refused by its key."""
        request = {**zc.resolve().to_json()["vmMigrate"], **change}
        assert path in paths(formats.scenario, read(request))

    def test_no_schedule(self) -> None:
        """Without a schedule it is Legacy's, which has no guest events."""
        request = zc.resolve().to_json()["vmMigrate"]
        del request["convergenceSchedule"]
        assert paths(formats.scenario, read(request)) == ["convergenceSchedule"]


WORKLOAD = {"dirtyMiBs": 100, "workingSetMiB": 1000}
SAMPLE = {"atMs": 1000, "iteration": 1, "remainingBytes": 5, "sentBytes": 6}


class TestSimulation:
    """What a forecast needs."""

    def test_of_one_document(self) -> None:
        """A document with a scenario and a workload, and a migration beside it."""
        document = {
            "scenario": {"vm": {"memoryMiB": 4096}},
            "workload": {**WORKLOAD, "linkMbps": 1000},
            "migration": {"samples": [SAMPLE]},
        }
        reading = read(document)
        assert reading.form == "simulation"
        scenario, workload, migration = formats.simulation(reading)
        assert scenario == zc.Scenario(vm=zc.VM(memory_mib=4096))
        assert workload == zc.Workload(dirty_mib_s=100, working_set_mib=1000, link_mbps=1000)
        assert migration is not None
        assert migration == zc.Migration.from_json({"samples": [SAMPLE]})

    def test_rates_in_pieces(self) -> None:
        """A dirty rate that changes is read as pairs."""
        document = {"workload": {"dirtyMiBs": [[0, 1], [5, 2]], "workingSetMiB": 1}}
        workload = formats.simulation(read(document))[1]
        assert isinstance(workload, zc.Workload)
        assert workload.dirty_mib_s == ((0, 1), (5, 2))

    def test_in_parts(self) -> None:
        """A workload may be in several texts; what is missing in all of them is told."""
        rate, working_set = ({"workload": {key: value}} for key, value in WORKLOAD.items())
        assert formats.simulation(read(rate), read(working_set))[1] == zc.Workload.from_json(
            WORKLOAD
        )
        assert paths(formats.simulation, read(rate)) == ["workload.working_set_mib"]
        assert paths(formats.simulation, read(DOMAIN)) == ["workload"]

    def test_dirty_rates(self) -> None:
        """A measured dirty rate is a workload, of the working set or else of all memory."""
        rates = {"workload": {"dirtyRates": [{"periodS": 1, "mibS": 100}], "linkMbps": 10}}
        measured = formats.simulation(read(rates), read(DOMAIN))[1]
        assert measured == zc.Workload.measured(
            rate_mib_s=100, period_s=1, working_set_mib=65536, link_mbps=10
        )
        of_set = read({"workload": {"workingSetMiB": 500}})
        measured = formats.simulation(read(rates), of_set)[1]
        assert isinstance(measured, zc.Workload)
        assert measured.working_set_mib == 500
        assert paths(formats.simulation, read(rates)) == ["vm.memory_mib"]
        assert paths(formats.simulation, read(rates), read({"workload": WORKLOAD})) == [
            "dirty_rates"
        ]

    def test_measurements_add_up(self) -> None:
        """Each text has a measurement: over another period, or over the same once more."""
        texts = [
            read(
                {"workload": {"dirtyRates": [{"periodS": period, "mibS": rate}]}}, f"{number}.json"
            )
            for number, (period, rate) in enumerate([(1, 30), (10, 20), (1, 50)])
        ]
        assert formats.simulation(*texts, read(DOMAIN))[1] == zc.Workload.measured(
            ((1, 30), (10, 20), (1, 50)), memory_mib=65536
        )

    def test_memory_of_a_migration(self) -> None:
        """The memory that QEMU counts is the VM's, where no text says it."""
        sample = {**SAMPLE, "totalBytes": 8590196736}
        document = {"workload": WORKLOAD, "migration": {"samples": [SAMPLE, sample]}}
        assert formats.simulation(read(document))[0].vm.memory_mib == 8192
        assert formats.scenario(read({"migration": document["migration"]})).vm.memory_mib == 8192
        assert formats.simulation(read(document), read(DOMAIN))[0].vm.memory_mib == 65536

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ({"workload": {"dirtyMiBs": -1}}, "workload.dirtyMiBs"),
            ({"workload": {"dirtyRates": [{"periodS": "x"}]}}, "workload.dirtyRates[0].periodS"),
            ({"workload": {"dirtyRates": 1}}, "workload.dirtyRates"),
            ({"workload": {}, "scenario": {"vm": {"vcpus": 0}}}, "scenario.vm.vcpus"),
            ({"workload": {}, "scenario": 1}, "scenario"),
            ({"workload": 1}, "workload"),
            ({"workload": {}, "more": 1}, "more"),
            ({"migration": {"samples": []}}, "migration.samples"),
            ({"scenario": {}, "migration": {"samples": [{}]}}, "migration.samples[0].atMs"),
        ],
    )
    def test_faults(self, document: Dict[str, Any], path: str) -> None:
        """Faults are told by their paths in the document."""
        assert path in paths(read, document)
