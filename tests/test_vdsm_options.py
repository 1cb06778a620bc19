"""The options of Vdsm's configuration that matter for a migration."""

from typing import Any, Dict, List

import attr
import pytest

import zcpolicy as zc
from refusals import paths
from zcpolicy._model.vdsm import SHIPPED_VDSM, Vdsm
from zcpolicy.adapters.vdsm import libvirt_call


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


class TestWhereTheyCount:
    """The shipped values are what the library goes by."""

    def test_bandwidth_and_steps(self) -> None:
        """A request without a bandwidth gets Vdsm's, one without a schedule Vdsm's steps."""
        call = libvirt_call({}, zc.Host(), level="4.8")
        assert call.params == {"bandwidth": SHIPPED_VDSM.max_bandwidth}
        assert zc.legacy_schedule() == zc.legacy_schedule(500, SHIPPED_VDSM.downtime_steps)
