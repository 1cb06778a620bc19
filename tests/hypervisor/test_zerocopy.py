"""Zero-copy as on a real host: QEMU has no capabilities, so it must be let lock the memory."""

import os
from pathlib import Path
from typing import Any, Iterator, Optional, Tuple

import pytest

import zcpolicy as zc
from zcpolicy.adapters.libvirt import Flag, Violation, check
from zcpolicy.adapters.vdsm import LibvirtCall

from .calls import call_of, told
from .lab import Lab, libvirt
from .words import spoken

pytestmark = pytest.mark.hypervisor

# As fast as it goes: what fails has no time not to.
CLUSTER = zc.Cluster(bandwidth=100_000)
MEMORY_MIB = 8  # all of which can be locked on any machine
LARGE_MIB = 256


def write_random(path: Path, mib: int) -> Path:
    """What a guest's memory is filled with, so that there is something to send."""
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(1 << 20))
    path.chmod(0o644)  # QEMU's user reads it
    return path


@pytest.fixture(scope="module")
def content(directory: Path) -> Path:
    """For most of the small guest."""
    return write_random(directory / "content", 6)


@pytest.fixture(scope="module")
def large_content(directory: Path) -> Iterator[Path]:
    """For most of the large one."""
    path = write_random(directory / "large-content", 200)
    yield path
    path.unlink()


def times_copied(lab: Lab) -> int:
    """How often the kernel copied what should not be: all that goes to its own machine.

    So it is more than 0 exactly where zero-copy was used; QEMU says so to libvirt's
    ``query-migrate``.
    """
    answers = [message.get("return") for kind, message in lab.a.heard if kind == "RECV_REPLY"]
    memory = [answer["ram"] for answer in answers if isinstance(answer, dict) and "ram" in answer]
    assert memory[-1]["remaining"] == 0
    return int(memory[-1].get("dirty-sync-missed-zero-copy", 0))


def why_it_failed(lab: Lab) -> str:
    """The source's QEMU on the migration that failed, as it said to libvirt."""
    answers = [message.get("return") for kind, message in lab.a.heard if kind == "RECV_REPLY"]
    (reason,) = {
        answer["error-desc"]
        for answer in answers
        if isinstance(answer, dict) and answer.get("status") == "failed"
    }
    return str(reason)


def migrate(lab: Lab, guest: Any, call: LibvirtCall) -> Optional[str]:
    """Migrate as Vdsm does, and hear what is said."""
    lab.listen()
    words = lab.migrate(guest, call.flags, lab.vdsm_params(guest, call))
    lab.listen()
    return words


@pytest.mark.parametrize("hard_limit", [None, MEMORY_MIB])
def test_the_policy_makes_libvirt_use_zero_copy(
    unprivileged_lab: Lab, content: Path, hard_limit: Optional[int]
) -> None:
    """The feature page's own test: policy selected, limitations satisfied: the flag is passed.

    And libvirt switches the capability on, and QEMU sends the memory in this way.
    """
    lab = unprivileged_lab
    resolution = zc.resolve(
        CLUSTER,
        policy="Very large VMs",
        vm=zc.VM(memory_mib=MEMORY_MIB, memory_hard_limit_mib=hard_limit),
    )
    call = call_of(resolution.scenario)
    assert call.flags & Flag.VIR_MIGRATE_ZEROCOPY
    with lab.guest(hard_limit_mib=hard_limit, content=content) as guest:
        assert migrate(lab, guest, call) is None
    assert told(lab.a, "capabilities")["zero-copy-send"] is True
    assert times_copied(lab) > 0


@pytest.mark.parametrize("policy", ["Minimal downtime", "Legacy"])
def test_another_policy_does_not(unprivileged_lab: Lab, content: Path, policy: str) -> None:
    """Connections alone are no zero-copy: neither the capability nor what QEMU counts says so."""
    lab = unprivileged_lab
    resolution = zc.resolve(
        zc.Cluster(parallel=2, bandwidth=100_000), policy=policy, vm=zc.VM(memory_mib=MEMORY_MIB)
    )
    call = call_of(resolution.scenario)
    with lab.guest(content=content) as guest:
        assert migrate(lab, guest, call) is None
    assert told(lab.a, "capabilities")["zero-copy-send"] is False
    assert times_copied(lab) == 0


def limited() -> Tuple[LibvirtCall, LibvirtCall]:
    """What is decided for a VM with too low a hard limit, and what would be without the limit."""
    found = []
    for hard_limit in (1, None):
        vm = zc.VM(memory_mib=LARGE_MIB, memory_hard_limit_mib=hard_limit)
        resolution = zc.resolve(CLUSTER, policy="Very large VMs", vm=vm)
        assert resolution.blockers == (() if hard_limit is None else ("memory-lock",))
        found.append(call_of(resolution.scenario))
    return found[0], found[1]


def violations(lab: Lab, call: LibvirtCall) -> Tuple[Violation, ...]:
    """What the library says of a call for the VM with the limit."""
    return check(
        call.flags,
        call.params,
        memory_mib=LARGE_MIB,
        hard_limit_mib=1,
        libvirt=lab.libvirt,
        qemu=lab.qemu,
    )


def test_too_low_a_limit_fails_in_flight(unprivileged_lab: Lab, large_content: Path) -> None:
    """What the blocker memory-lock prevents: the migration starts, and fails; the VM runs on."""
    lab, (_, call) = unprivileged_lab, limited()
    (violation,) = violations(lab, call)
    assert (violation.code, violation.severity) == ("memory-lock", "refused")
    with lab.guest(memory_mib=LARGE_MIB, hard_limit_mib=1, content=large_content) as guest:
        lab.listen()
        params = lab.vdsm_params(guest, call)
        with pytest.raises(libvirt().libvirtError) as caught:
            guest.migrateToURI3(f"qemu+tcp://{lab.b.host}/system", params, int(call.flags))
        assert guest.state()[0] == libvirt().VIR_DOMAIN_RUNNING
        lab.listen()
    assert spoken((violation,), why_it_failed(lab)) == {"memory-lock"}
    code, words = caught.value.get_error_code(), str(caught.value)
    if code == libvirt().VIR_ERR_INTERNAL_ERROR:
        # What an older destination's QEMU made of the source's end, if it was first to say so.
        assert "qemu unexpectedly closed the monitor" in words
    else:
        assert code == libvirt().VIR_ERR_OPERATION_FAILED
        assert spoken((violation,), words) == {"memory-lock"}


def test_the_resolution_with_that_limit_migrates(
    unprivileged_lab: Lab, large_content: Path
) -> None:
    """Without zero-copy the same VM migrates, over the connections that it got all the same."""
    lab, (call, _) = unprivileged_lab, limited()
    assert violations(lab, call) == ()
    with lab.guest(memory_mib=LARGE_MIB, hard_limit_mib=1, content=large_content) as guest:
        assert migrate(lab, guest, call) is None
    assert told(lab.a, "capabilities")["multifd"] is True
