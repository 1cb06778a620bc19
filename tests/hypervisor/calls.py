"""From a scenario to libvirt's call, and from the call to what QEMU was told."""

from typing import Any, Mapping

import zcpolicy as zc
from zcpolicy.adapters.vdsm import LibvirtCall, libvirt_call

from .lab import Daemon

__all__ = ["call_of", "told"]


def call_of(scenario: zc.Scenario) -> LibvirtCall:
    """What Vdsm makes of the request in the answer."""
    request = scenario.resolve().to_json()["vmMigrate"]
    level = scenario.vm.level or scenario.cluster.level
    return libvirt_call(request, scenario.host, level=level)


def told(daemon: Daemon, what: str) -> Mapping[str, Any]:
    """What a daemon told its QEMU for a migration: the ``"capabilities"``, or ``"parameters"``."""
    for kind, message in daemon.heard:
        if kind == "SEND_MSG" and message["execute"] == f"migrate-set-{what}":
            arguments: Mapping[str, Any] = message["arguments"]
            if what == "parameters":
                return arguments
            states = {row["capability"]: row["state"] for row in arguments["capabilities"]}
            if "multifd" in states:  # else it is what libvirt sets as a QEMU starts
                return states
    raise AssertionError(f"{daemon.host} told no {what}")
