"""Post-copy that is really switched to, with connections and zero-copy, and what it counts before.

QEMU is asked directly: libvirt switches with the same command.
"""

import contextlib
import signal
from typing import Any, Iterator, Mapping, Tuple

import pytest

from zcpolicy.adapters.libvirt import check_qmp

from .generation import Generation
from .measure import connect, guests, wait_for_end, wait_for_writes, wait_until_sent
from .qemu import Qemu
from .words import differs, spoken
from .writer import Writes

pytestmark = pytest.mark.hypervisor

_MIB = 1 << 20
# So that the first pass takes five seconds, in which all of the below happens.
FILLED_MIB = 40
BANDWIDTH = 8 * _MIB


@contextlib.contextmanager
def pair(generation: Generation) -> Iterator[Tuple[Qemu, Qemu]]:
    """Two QEMUs; the guest in the first writes faster than the memory may be sent."""
    with guests(
        generation,
        memory_mib=64,
        filled_mib=FILLED_MIB,
        writers=(Writes(mib_s=16, set_mib=32),),
    ) as (source, destination):
        assert source.set_parameters({"max-bandwidth": BANDWIDTH}) is None
        yield source, destination


def memory(qemu: Qemu) -> Mapping[str, Any]:
    """What the source counts of the memory."""
    counted: Mapping[str, Any] = qemu.ask("query-migrate")["ram"]
    return counted


@pytest.mark.parametrize("connections", [None, 2, 8])
def test_a_switch_to_post_copy_does_what_the_table_says(
    generation: Generation, connections: int
) -> None:
    """QEMU refuses connections and zero-copy with post-copy, loses the VM, or the VM runs on.

    And where it runs on, the memory was sent with zero-copy before the switch, and without a
    full pass; the rest came after it.
    """
    capabilities = ["postcopy-ram"]
    parameters = {}
    if connections is not None:
        capabilities += ["multifd", "zero-copy-send"]
        parameters["multifd-channels"] = connections
    with pair(generation) as (source, destination):
        found = check_qmp(capabilities, parameters, qemu=source.version)
        words = source.set_capabilities(dict.fromkeys(capabilities, True))
        assert not differs(found, words)
        if words is not None:
            assert spoken(found, words) == {"multifd-postcopy"}
            return
        there = {name: True for name in capabilities if name != "zero-copy-send"}
        assert destination.set_capabilities(there) is None
        for qemu in (source, destination):
            assert qemu.set_parameters(parameters) is None
        connect(source, destination)
        wait_until_sent(source, FILLED_MIB // 4)
        source.ask("migrate-start-postcopy")
        assert wait_for_end(source) == "completed"
        counted = memory(source)
        assert counted["postcopy-bytes"] > 0
        assert (counted.get("dirty-sync-missed-zero-copy", 0) > 0) is (connections is not None)
        if [violation.code for violation in found] == ["multifd-postcopy-loss"]:
            assert destination.exit_status() == -signal.SIGABRT
        else:
            assert found == ()
            assert wait_for_end(destination) == "completed"
            wait_for_writes(destination)


@pytest.mark.parametrize("postcopy", [True, False])
def test_what_is_counted_as_passes_before_the_switch(
    generation: Generation, postcopy: bool
) -> None:
    """QEMU 11.1 counts ten a second as soon as post-copy is allowed; all others count passes."""
    with pair(generation) as (source, destination):
        for qemu in (source, destination):
            assert qemu.set_capabilities({"postcopy-ram": postcopy}) is None
        connect(source, destination)
        wait_until_sent(source, FILLED_MIB // 2)
        counted = memory(source)
        assert counted["transferred"] < FILLED_MIB * _MIB  # so it is the first pass
        if postcopy and source.version >= (11, 1):
            assert counted["dirty-sync-count"] > 15
        else:
            assert counted["dirty-sync-count"] == 1
