"""The answer in JSON, key by key."""

import itertools
import json
from typing import Any, Dict, List

import attr
import pytest

import zcpolicy as zc
from zcpolicy import policies
from zcpolicy._model.parameters import PARAMETER_KEYS

LARGE = "Very large VMs"
MINE = "6d0c1a2e-0000-4000-8000-00000000000f"

# Inputs that differ in as much as possible.
SCENARIOS = [
    zc.Scenario(),
    zc.Scenario(policy=LARGE),
    zc.Scenario(policy="legacy", vm=zc.VM(downtime=500, compressed=True)),
    zc.Scenario(policy=policies.POST_COPY, vm=zc.VM(paused=True, parallel=255)),
    zc.Scenario(cluster=zc.Cluster(level="4.2", encrypted=True, tunnelled=True), policy=LARGE),
    zc.Scenario(cluster=zc.Cluster(bandwidth=8), policy=MINE),
    zc.Scenario(
        cluster=zc.Cluster(bandwidth=80000, parallel=3),
        host=zc.Host(vdsm_zerocopy=False),
        policy=LARGE,
        vm=zc.VM(vcpus=4, encrypted=True, tunnelled=True, downtime=5),
    ),
]


class TestAnswer:
    """Resolution.to_json()."""

    def test_it_has_every_key(self) -> None:
        """An answer, spelled out."""
        r = zc.resolve(
            zc.Cluster(bandwidth=8000),
            policy="legacy",
            vm=zc.VM(parallel=3, vcpus=4, compressed=True, downtime=500),
        )
        assert r.to_json() == {
            "parameters": {
                "zerocopy": False,
                "parallel": 3,
                "autoConverge": False,
                "compressed": False,
                "encrypted": False,
                "tunnelled": False,
                "maxBandwidth": 500,
                "downtime": 500,
                "schedule": None,
                "enableGuestEvents": False,
                "incomingLimit": 1,
                "outgoingLimit": 1,
            },
            "blockers": ["policy"],
            "notices": [
                {
                    "code": "compression-connections",
                    "severity": "warning",
                    "layer": "libvirt",
                    "field": "compressed",
                    "requested": True,
                    "effective": False,
                    "message": r.notices[0].message,
                    "remedy": r.notices[0].remedy,
                    "source": r.notices[0].source,
                }
            ],
            "reasons": {
                key: r.explain(PARAMETER_KEYS[key])
                for key in (
                    *("zerocopy", "parallel", "autoConverge", "compressed", "encrypted"),
                    *("tunnelled", "maxBandwidth", "downtime", "schedule", "enableGuestEvents"),
                    *("incomingLimit", "outgoingLimit"),
                )
            },
            "vmMigrate": {
                "method": "online",
                "abortOnError": "true",
                "tunneled": "false",
                "compressed": "false",
                "autoConverge": "false",
                "enableGuestEvents": False,
                "incomingLimit": 1,
                "outgoingLimit": 1,
                "encrypted": False,
                "parallel": 3,
                "maxBandwidth": 500,
                "downtime": "500",
            },
            "libvirt": {
                "flags": 1 | 2 | 8 | 1 << 12 | 1 << 17,
                "flagNames": [
                    "VIR_MIGRATE_LIVE",
                    "VIR_MIGRATE_PEER2PEER",
                    "VIR_MIGRATE_PERSIST_DEST",
                    "VIR_MIGRATE_ABORT_ON_ERROR",
                    "VIR_MIGRATE_PARALLEL",
                ],
                "params": {"bandwidth": 500, "parallel.connections": 3},
            },
        }

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=itertools.count())
    def test_it_is_json(self, scenario: zc.Scenario) -> None:
        """An answer is JSON by the letter, and the same after a round trip."""
        answer = scenario.resolve().to_json()
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=itertools.count())
    def test_it_is_the_resolution(self, scenario: zc.Scenario) -> None:
        """Parameters, blockers, notices and reasons are those of the resolution."""
        r = scenario.resolve()
        answer = r.to_json()
        assert list(answer) == [
            *("parameters", "blockers", "notices", "reasons", "vmMigrate", "libvirt")
        ]
        assert answer["parameters"] == r.parameters.to_json()
        assert answer["blockers"] == list(r.blockers)
        assert [told["code"] for told in answer["notices"]] == [n.code for n in r.notices]
        assert list(answer["reasons"].values()) == list(r.explain().values())
        assert list(answer["reasons"]) == list(answer["parameters"])

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=itertools.count())
    def test_a_notice_has_every_fact(self, scenario: zc.Scenario) -> None:
        """A notice has all fields under their names; schedules are in Vdsm's shape."""
        r = scenario.resolve()
        for told, notice in zip(r.to_json()["notices"], r.notices):
            facts = attr.asdict(notice, recurse=False)
            for name in ("requested", "effective"):
                if isinstance(facts[name], zc.ConvergenceSchedule):
                    facts[name] = facts[name].to_json()
            facts["field"] = {"max_bandwidth": "maxBandwidth"}.get(notice.field, notice.field)
            assert told == facts
            assert list(told) == list(facts)

    @pytest.mark.parametrize(
        ("given", "answered"),
        [
            ({"name": "vm 7"}, {"name": "vm 7"}),
            ({"host": zc.Host(name="h1")}, {"source": {"name": "h1"}}),
            ({"destination": zc.Host(name="")}, {"destination": {"name": ""}}),
            (
                {"name": "", "host": zc.Host(name="h1"), "destination": zc.Host(name="h2")},
                {"name": "", "source": {"name": "h1"}, "destination": {"name": "h2"}},
            ),
        ],
        ids=itertools.count(),
    )
    def test_names_pass_through(self, given: Dict[str, Any], answered: Dict[str, Any]) -> None:
        """An answer has the names that were given, first, and is else that without them."""
        answer = zc.Scenario(**given).resolve().to_json()
        assert answer == {**answered, **zc.resolve().to_json()}
        assert [*answer][: len(answered)] == [*answered]

    def test_every_kind_of_value_is_there(self) -> None:
        """The scenarios above have notices of the policy, the bandwidth and the schedule."""
        told = [n for scenario in SCENARIOS for n in scenario.resolve().to_json()["notices"]]
        assert {"policy", "maxBandwidth", "schedule"} <= {n["field"] for n in told}
        assert any(type(n["requested"]) is dict for n in told)

    def test_a_remedy_may_be_null(self) -> None:
        """A site's limitation need not have a remedy."""
        mine = zc.Limitation(
            code="site", layer="engine", applies=lambda f: True, message="m", source="s"
        )
        answer = zc.resolve(policy=LARGE, limitations=(*zc.LIMITATIONS, mine)).to_json()
        assert answer["blockers"] == ["site"]
        assert answer["notices"][0] == {
            "code": "site",
            "severity": "warning",
            "layer": "engine",
            "field": "zerocopy",
            "requested": True,
            "effective": False,
            "message": "m",
            "remedy": None,
            "source": "s",
        }


class TestRequest:
    """What Engine sends, and what Vdsm makes of it."""

    @pytest.mark.parametrize(
        ("cluster", "vm", "sent", "persistent"),
        [
            ("4.8", None, True, True),
            ("4.4", None, True, True),
            ("4.3", None, False, True),
            ("4.8", "4.3", False, True),
            ("4.3", "4.4", True, True),
            ("4.8", "4.1", False, False),
        ],
    )
    def test_the_level_is_the_vms(
        self, cluster: str, vm: Any, sent: bool, persistent: bool
    ) -> None:
        """Engine sends encrypted from the VM's level 4.4 on, Vdsm makes it stay from 4.2 on."""
        engine = zc.EngineConfig(parallel_supported={"4.1": False})
        answer = zc.resolve(zc.Cluster(level=cluster), vm=zc.VM(level=vm), engine=engine).to_json()
        assert ("encrypted" in answer["vmMigrate"]) is sent
        assert ("VIR_MIGRATE_PERSIST_DEST" in answer["libvirt"]["flagNames"]) is persistent

    @pytest.mark.parametrize(
        ("inputs", "flags", "params"),
        [
            ({}, ["AUTO_CONVERGE"], {"bandwidth": 52}),
            (
                {"policy": LARGE},
                ["AUTO_CONVERGE", "PARALLEL", "ZEROCOPY"],
                {"bandwidth": 52, "parallel.connections": 2},
            ),
            (
                {"policy": LARGE, "host": zc.Host(qemu_zerocopy=False)},
                ["AUTO_CONVERGE", "PARALLEL"],
                {"bandwidth": 52, "parallel.connections": 2},
            ),
            (
                {"policy": "Post-copy migration", "cluster": zc.Cluster(bandwidth=1600)},
                ["AUTO_CONVERGE", "POSTCOPY"],
                {"bandwidth": 100},
            ),
            (
                {"policy": "Suspend workload if needed", "vm": zc.VM(encrypted=True)},
                ["COMPRESSED", "AUTO_CONVERGE", "TLS"],
                {"bandwidth": 52},
            ),
            ({"vm": zc.VM(tunnelled=True)}, ["TUNNELLED", "AUTO_CONVERGE"], {"bandwidth": 52}),
        ],
        ids=itertools.count(),
    )
    def test_the_libvirt_call(
        self, inputs: Dict[str, Any], flags: List[str], params: Dict[str, int]
    ) -> None:
        """The call has the flags that follow from the decision, by name and as a number."""
        call = zc.resolve(**inputs).to_json()["libvirt"]
        values = {
            "LIVE": 0,
            "PEER2PEER": 1,
            "TUNNELLED": 2,
            "PERSIST_DEST": 3,
            "COMPRESSED": 11,
            "ABORT_ON_ERROR": 12,
            "AUTO_CONVERGE": 13,
            "POSTCOPY": 15,
            "TLS": 16,
            "PARALLEL": 17,
            "ZEROCOPY": 20,
        }
        wanted = {"LIVE", "PEER2PEER", "PERSIST_DEST", "ABORT_ON_ERROR", *flags}
        assert call == {
            "flags": sum(1 << values[name] for name in wanted),
            "flagNames": [f"VIR_MIGRATE_{name}" for name in values if name in wanted],
            "params": params,
        }

    def test_the_schedule_is_the_decisions(self) -> None:
        """What is sent to Vdsm is the schedule without what was removed."""
        answer = zc.resolve(policy=policies.POST_COPY, vm=zc.VM(paused=True)).to_json()
        sent = answer["vmMigrate"]["convergenceSchedule"]
        assert sent == answer["parameters"]["schedule"]
        assert "postcopy" not in json.dumps(sent)
        assert "convergenceSchedule" not in zc.resolve(policy="legacy").to_json()["vmMigrate"]
