"""The options of Vdsm's configuration that matter for a migration."""

from typing import Any, Dict, List

import attr
import pytest

import zcpolicy as zc
from refusals import paths
from zcpolicy._model.vdsm import SHIPPED_VDSM, Vdsm
from zcpolicy.adapters.vdsm import check, libvirt_call


class TestVdsm:
    """Vdsm's options."""

    def test_the_defaults_are_what_vdsm_ships(self) -> None:
        """Without a vdsm.conf of its own, a host has these values."""
        assert Vdsm() == SHIPPED_VDSM
        assert attr.asdict(SHIPPED_VDSM) == {
            "max_bandwidth": 52,
            "downtime_steps": 5,
            "monitor_interval_s": 10,
            "max_outgoing": 2,
            "max_incoming": 2,
        }

    def test_what_the_docs_say_of_them(self) -> None:
        """Docstrings, from which the tables of keys are made, and remedies name these values."""
        assert SHIPPED_VDSM.bandwidth_text == "52 MiB/s"
        for described in (zc.Cluster, zc.Parameters):
            assert SHIPPED_VDSM.bandwidth_text in str(described.__doc__)
        made = zc.Parameters()
        assert (made.incoming_limit, made.outgoing_limit) == (
            SHIPPED_VDSM.max_incoming,
            SHIPPED_VDSM.max_outgoing,
        )

    @pytest.mark.parametrize(
        "options",
        [
            {"max_bandwidth": 0, "max_outgoing": 0, "max_incoming": 0, "monitor_interval_s": 0},
            {"downtime_steps": 2},
            {"downtime_steps": 1000},
        ],
    )
    def test_the_limits_are_taken(self, options: Dict[str, Any]) -> None:
        """Zero means no limit, or no monitor; a schedule has 2 to 1000 steps."""
        made = attr.asdict(Vdsm(**options))
        assert {name: made[name] for name in options} == options

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ({"downtime_steps": 1}, ["downtime_steps"]),
            ({"downtime_steps": 1001}, ["downtime_steps"]),
            ({"max_bandwidth": -1, "max_outgoing": -1}, ["max_bandwidth", "max_outgoing"]),
            ({"max_incoming": -1}, ["max_incoming"]),
            ({"monitor_interval_s": -1}, ["monitor_interval_s"]),
            ({"max_incoming": True, "monitor_interval_s": 2.5},
             ["monitor_interval_s", "max_incoming"]),
        ],
    )  # fmt: skip
    def test_all_else_is_refused(self, options: Dict[str, Any], found: List[str]) -> None:
        """Every option that is none is named."""
        assert paths(Vdsm, **options) == found


def host(**options: int) -> zc.Host:
    return zc.Host(vdsm=Vdsm(**options))


class TestWhereTheyCount:
    """What a host's vdsm.conf says is what the library goes by."""

    @pytest.mark.parametrize("limit", [SHIPPED_VDSM.max_bandwidth, 1, 1000])
    def test_bandwidth(self, limit: int) -> None:
        """A request without a bandwidth, or with a falsy one, gets Vdsm's, as all say."""
        source = host(max_bandwidth=limit)
        for request in ({}, {"maxBandwidth": 0}, {"maxBandwidth": None}):
            assert libvirt_call(request, source, level="4.8").params == {"bandwidth": limit}
        (found,) = check({"maxBandwidth": 0}, source, level="4.8")
        assert f"means Vdsm's own limit, {limit} MiB/s" in found.message
        r = zc.resolve(host=source)
        assert f"left to Vdsm, which uses {limit} MiB/s" in r.explain("max_bandwidth")
        assert r.to_json()["libvirt"]["params"]["bandwidth"] == limit
        small = zc.resolve(zc.Cluster(bandwidth=8), source)
        assert f"its own limit: {limit} MiB/s" in small.warnings[0].message

    def test_no_limit(self) -> None:
        """A limit of 0 is none: libvirt gets no bandwidth, and the sentence says so."""
        source = host(max_bandwidth=0)
        assert libvirt_call({}, source, level="4.8").params == {}
        assert "which uses no limit" in zc.resolve(host=source).explain("max_bandwidth")
        (found,) = check({"maxBandwidth": 0}, source, level="4.8")
        assert "means Vdsm's own limit, no limit" in found.message

    def test_steps(self) -> None:
        """Vdsm computes its schedule in so many steps, and crashes where they crash it."""
        assert zc.legacy_schedule() == zc.legacy_schedule(500, SHIPPED_VDSM.downtime_steps)
        # The power of the last step is the first that no float holds.
        huge = {"downtime": int(1.7976931348623157e308)}
        codes = [check(huge, host(downtime_steps=n), level="4.8")[0].code for n in (2, 5)]
        assert codes == ["schedule-downtime", "vdsm-crash"]

    def test_no_monitor(self) -> None:
        """Where the monitor is off, a schedule kills nothing and runs nothing, and is told once."""
        broken = {"convergenceSchedule": {"init": 5, "stalling": []}}
        assert [v.code for v in check(broken, host(monitor_interval_s=0), level="4.8")] == [
            "schedule-unwatched"
        ]
        assert "schedule-unwatched" not in [v.code for v in check(broken, zc.Host(), level="4.8")]
        policy = zc.policies.MINIMAL_DOWNTIME
        r = zc.resolve(host=host(monitor_interval_s=0), policy=policy)
        assert [notice.code for notice in r.notices] == ["schedule-unwatched"]

    def test_only_the_source_counts(self) -> None:
        """The destination's options change no parameter."""
        other = host(max_bandwidth=1, monitor_interval_s=0)
        assert zc.resolve(destination=other).to_json() == zc.resolve().to_json()


class TestJson:
    """The options in a scenario, by their names in vdsm.conf."""

    def test_round_trip(self) -> None:
        """Each option is read and written, and none is written where all are as shipped."""
        options = {
            "migrationMaxBandwidth": 100,
            "migrationDowntimeSteps": 3,
            "migrationMonitorInterval": 20,
            "maxOutgoingMigrations": 4,
            "maxIncomingMigrations": 6,
        }
        made = zc.Scenario.from_json({"source": {"vdsm": options}})
        assert made.host == host(
            max_bandwidth=100,
            downtime_steps=3,
            monitor_interval_s=20,
            max_outgoing=4,
            max_incoming=6,
        )
        assert made.to_json()["source"]["vdsm"] == options
        assert "vdsm" not in made.to_json()["destination"]

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ({"migrationMaxBandwidth": -1}, "source.vdsm.migrationMaxBandwidth"),
            ({"migrationDowntimeSteps": "5"}, "source.vdsm.migrationDowntimeSteps"),
            ({"migration_max_bandwidth": 5}, "source.vdsm.migration_max_bandwidth"),
            (52, "source.vdsm"),
        ],
    )
    def test_faults(self, document: Any, path: str) -> None:
        """What is no option, or no value of it, is named by its path."""
        assert paths(zc.Scenario.from_json, {"source": {"vdsm": document}}) == [path]


class TestVersions:
    """The versions of libvirt and QEMU in a scenario."""

    def test_round_trip(self) -> None:
        """A version is text in JSON and a tuple in Python; what is not known is not written."""
        document = {"source": {"versions": {"libvirt": "11.3.0"}}}
        made = zc.Scenario.from_json(document)
        assert made.host == zc.Host(libvirt_version=(11, 3, 0))
        assert made.to_json()["source"]["versions"] == {"libvirt": "11.3.0"}
        both = zc.Scenario(host=zc.Host(libvirt_version=[9, 0], qemu_version=(7, 2, 22)))
        assert both.to_json()["source"]["versions"] == {"libvirt": "9.0", "qemu": "7.2.22"}
        assert zc.Scenario.from_json(both.to_json()) == both

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ({"libvirt": "11.3.0-1"}, "source.versions.libvirt"),
            ({"qemu": [7, 2]}, "source.versions.qemu"),
            ({"vdsm": "4.50"}, "source.versions.vdsm"),
            ("9.0.0", "source.versions"),
        ],
    )
    def test_faults(self, document: Any, path: str) -> None:
        """What is no version is named by its path."""
        assert paths(zc.Scenario.from_json, {"source": {"versions": document}}) == [path]
