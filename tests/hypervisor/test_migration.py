"""What the library decides, handed to libvirt as Vdsm hands it over, migrates a VM.

And what the library says that libvirt refuses, libvirt refuses, in the words of the table.
"""

import contextlib
import itertools
import os
import signal
import tempfile
from pathlib import Path
from typing import (
    Any,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
    Union,
)

import attr
import pytest

import zcpolicy as zc
from zcpolicy._model.inputs import ParallelSetting
from zcpolicy._publish.causes import CAUSES
from zcpolicy._publish.vectors import merged
from zcpolicy.adapters.engine import vm_migrate
from zcpolicy.adapters.libvirt import Flag, Violation, check, flag_names, qmp
from zcpolicy.adapters.vdsm import LibvirtCall, libvirt_call

from .calls import call_of, told
from .generation import Generation, installed_qemu
from .lab import Daemon, Lab, libvirt, version
from .words import NEVER, NEWER_BINDING, differs, refusals, rows, spoken

pytestmark = pytest.mark.hypervisor

MEMORY_MIB = 8  # all of which can be locked on any machine


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Call:
    """A call, and whether the VM for which it is made is paused."""

    flags: int
    params: Mapping[str, Any]
    paused: bool = False


def violations(lab: Lab, call: Call) -> Tuple[Violation, ...]:
    """What the library says of a call, for the versions of the lab."""
    return check(call.flags, call.params, paused=call.paused, libvirt=lab.libvirt, qemu=lab.qemu)


# -- What is decided -------------------------------------------------------------------------------


def policies() -> Dict[str, zc.MigrationPolicy]:
    """The shipped ones, but for Legacy, and each combination of what decides flags."""
    shipped = (zc.policies.VERY_LARGE_VMS, *zc.policies.offered("4.8"))
    found = {policy.name: policy for policy in shipped}
    for chosen in itertools.product((True, False), repeat=4):
        zero_copy, compression, convergence, postcopy = chosen
        words = ("zero-copy", "compression", "convergence", "post-copy")
        base = zc.policies.POST_COPY if postcopy else zc.policies.MINIMAL_DOWNTIME
        found[" and ".join(itertools.compress(words, chosen)) or "nothing"] = attr.evolve(
            base,
            zero_copy=zero_copy,
            migration_compression=compression,
            auto_convergence=convergence,
        )
    return found


_SETTINGS: Tuple[ParallelSetting, ...] = ("disabled", "auto_parallel")


def combinations() -> Iterator[Tuple[str, zc.Scenario]]:
    """Each policy with all that excludes something, by names."""
    for (name, policy), parallel in itertools.product(policies().items(), _SETTINGS):
        for encrypted, tunnelled, paused in itertools.product((False, True), repeat=3):
            words = {"encrypted": encrypted, "tunnelled": tunnelled, "paused": paused}
            yield (
                ", ".join([name, str(parallel), *(word for word, on in words.items() if on)]),
                zc.Scenario(
                    cluster=zc.Cluster(parallel=parallel, encrypted=encrypted, tunnelled=tunnelled),
                    policy=policy,
                    vm=zc.VM(memory_mib=MEMORY_MIB, paused=paused),
                ),
            )


def covering() -> Dict[str, zc.Scenario]:
    """Of these the first that gives some flags to a VM that is paused, or not."""
    found: Dict[Tuple[int, bool], Tuple[str, zc.Scenario]] = {}
    for name, scenario in combinations():
        found.setdefault((call_of(scenario).flags, scenario.vm.paused), (name, scenario))
    return dict(found.values())


def possible_flags() -> Iterator[int]:
    """The flags for all parameters that can be built."""
    for switches in itertools.product((False, True), repeat=7):
        parallel, zerocopy, auto_converge, compressed, encrypted, tunnelled, postcopy = switches
        policy = zc.policies.POST_COPY if postcopy else zc.policies.MINIMAL_DOWNTIME
        with contextlib.suppress(zc.ZcpolicyError):
            parameters = zc.Parameters(
                zerocopy=zerocopy,
                parallel=2 if parallel else None,
                auto_converge=auto_converge,
                compressed=compressed,
                encrypted=encrypted,
                tunnelled=tunnelled,
                schedule=policy.schedule,
            )
            request = vm_migrate(parameters, level="4.8")
            yield libvirt_call(request, zc.Host(), level="4.8").flags


def scenario(
    cluster: zc.Cluster = zc.Cluster(),
    host: zc.Host = zc.Host(),
    destination: zc.Host = zc.Host(),
    **vm: Any,
) -> zc.Scenario:
    """One with *Very large VMs*, which asks for zero-copy at any level."""
    return zc.Scenario(
        cluster=cluster,
        host=host,
        destination=destination,
        policy=zc.policies.VERY_LARGE_VMS,
        vm=zc.VM(memory_mib=MEMORY_MIB, **vm),
    )


COVERING = covering()
VALUES = {
    "3 connections": scenario(zc.Cluster(parallel=3), vcpus=8),
    "255 connections": scenario(zc.Cluster(parallel=255), vcpus=255),
    "automatic connections": scenario(
        host=zc.Host(migration_mbps=100_000),
        destination=zc.Host(migration_mbps=100_000),
        vcpus=64,
    ),
    "1 MiB/s": scenario(zc.Cluster(bandwidth=8)),
    "Vdsm's bandwidth": scenario(zc.Cluster(bandwidth="hypervisor_default")),
    "the most Mbps": scenario(zc.Cluster(bandwidth=2**31 - 1)),
    "Legacy, inheriting": zc.Scenario(
        policy=zc.policies.LEGACY,
        vm=zc.VM(memory_mib=MEMORY_MIB, compressed=True, auto_converge=True),
    ),
    "level 4.2": scenario(zc.Cluster(level="4.2", encrypted=True)),
}


def limited(*codes: str) -> zc.Scenario:
    """One in which these limitations apply."""
    documents = [CAUSES[code].document for code in codes]
    return zc.Scenario.from_json(merged(scenario().to_json(), *documents))


# Each limitation alone, but the wish for zero-copy, and all together.
CODES = tuple(row.code for row in zc.LIMITATIONS if row.code != "policy")
BLOCKERS = {**{code: limited(code) for code in CODES}, "all": limited(*CODES)}
SCENARIOS = {**COVERING, **VALUES, **{f"blocker: {name}": s for name, s in BLOCKERS.items()}}


def test_the_lab_has_the_generation_that_it_should(lab: Lab, generation: Generation) -> None:
    """Both daemons and their QEMUs are the installed ones, or newer; the binding is installed."""
    binding, emulator = version(libvirt().getVersion()), installed_qemu()
    for daemon in (lab.a, lab.b):
        assert generation.has(version(daemon.connection.getLibVersion()), binding)
        assert generation.has(version(daemon.connection.getVersion()), emulator)
    assert lab.libvirt >= (8, 5)
    assert lab.qemu >= (7, 1)


class TestResolutions:
    @pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
    def test_a_resolution_migrates(self, lab: Lab, scenario: zc.Scenario) -> None:
        """What comes out is migrated by libvirt, and QEMU is told what ``qmp`` says."""
        call, vm = call_of(scenario), scenario.vm
        with lab.guest(hard_limit_mib=vm.memory_hard_limit_mib, paused=vm.paused) as guest:
            params = lab.vdsm_params(guest, call)
            found = violations(lab, Call(flags=call.flags, params=params, paused=vm.paused))
            # Encrypted post-copy, which is only enabled here, and not in vdsm.check.
            assert [v for v in found if v.code != "postcopy-tls"] == []
            lab.listen()
            assert lab.migrate(guest, call.flags, params) is None
            lab.listen()
            there = lab.b.connection.lookupByName(guest.name())
            wanted = libvirt().VIR_DOMAIN_PAUSED if vm.paused else libvirt().VIR_DOMAIN_RUNNING
            assert there.state()[0] == wanted
            assert there.isPersistent()
            assert lab.a.connection.listAllDomains() == []
        for daemon in (lab.a, lab.b):
            expected = qmp(call.flags, params, destination=daemon is lab.b)
            said = told(daemon, "capabilities")
            assert {**said, **expected.capabilities} == said
            said = told(daemon, "parameters")
            assert {**said, **expected.parameters} == said

    def test_the_scenarios_cover_what_is_to_be_shown(self) -> None:
        """Each policy, each blocker, and all flags that a resolution has, are among them."""
        policies = {s.policy for s in SCENARIOS.values()}
        assert policies >= {zc.policies.LEGACY, *zc.policies.offered("4.8")}
        for code in CODES:
            assert BLOCKERS[code].resolve().blockers == (code,)
        assert BLOCKERS["all"].resolve().blockers == CODES
        assert {call_of(s).flags for s in COVERING.values()} == set(possible_flags())
        connections = {call_of(s).params.get("parallel.connections") for s in SCENARIOS.values()}
        assert connections == {None, 2, 3, 9, 255}
        bandwidths = {call_of(s).params["bandwidth"] for s in SCENARIOS.values()}
        assert bandwidths == {1, 52, 12_500, 2**28 - 1}


# -- What is refused -------------------------------------------------------------------------------


BASE = Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_PEER2PEER
TUNNELLED, TLS = Flag.VIR_MIGRATE_TUNNELLED, Flag.VIR_MIGRATE_TLS
PARALLEL, COMPRESSED = Flag.VIR_MIGRATE_PARALLEL, Flag.VIR_MIGRATE_COMPRESSED
POSTCOPY = Flag.VIR_MIGRATE_POSTCOPY
# The flags that exclude something; autoconverge excludes nothing, so one of both is enough.
EXCLUSIVE = (TUNNELLED, COMPRESSED, POSTCOPY, TLS, PARALLEL, Flag.VIR_MIGRATE_ZEROCOPY)
EITHER = BASE | sum(EXCLUSIVE)


def all_calls() -> Iterator[Call]:
    """Every combination of those flags; a number of connections with and without PARALLEL."""
    for paused, *chosen in itertools.product((False, True), *[(False, True)] * len(EXCLUSIVE)):
        flags = BASE | sum(itertools.compress(EXCLUSIVE, chosen))
        yield Call(flags=flags, params={"parallel.connections": 2}, paused=paused)
        if not flags & PARALLEL:
            yield Call(flags=flags, params={}, paused=paused)


def kind(call: Union[Call, LibvirtCall], *, paused: bool) -> Tuple[int, bool, bool]:
    """By what those calls differ: the flags, whether there are connections, and the VM."""
    return call.flags & EITHER, "parallel.connections" in call.params, paused


def odd_calls() -> Iterator[Call]:
    """Values of the wrong type or out of bounds, and parameters that do not go together."""
    zerocopy = PARALLEL | Flag.VIR_MIGRATE_ZEROCOPY
    converge, disk = Flag.VIR_MIGRATE_AUTO_CONVERGE, Flag.VIR_MIGRATE_NON_SHARED_DISK
    uri, uris = "tcp:127.0.0.3", ["tcp:127.0.0.3", "tcp:127.0.0.3"]
    for more, name, values in (
        (PARALLEL, "parallel.connections", ("2", 2.5, [2, 3], 0, -1, 256, 2**31 - 1)),
        (PARALLEL, "parallel.connections", (2**31, -(2**31) - 1, True, [])),
        (0, "bandwidth", ("1", 1.5, [1, 2], -1, 2**64, 2**43 - 1, 2**43, 2**44, 0)),
        (0, "compression", ("mt", "zlib", "none", 1, ["xbzrle", "xbzrle"])),
        (COMPRESSED, "compression", ("xbzrle", "zstd")),
        (PARALLEL, "compression", ("xbzrle", "mt", "zlib", ["zlib", "zstd"], ["zlib", "zlib"])),
        (PARALLEL | COMPRESSED, "compression", ("mt",)),
        (zerocopy, "compression", ("zlib", "zstd")),
        (TUNNELLED, "migrate_uri", (uri,)),
        (0, "migrate_uri", (1, uris)),
        (0, "tls.destination", ("b.lab.test", 1)),
        (0, "parallel.channels", (1, "2")),
        (converge, "auto_converge.initial", ("20", 2**31, 0, 100, -1, 99)),
        (converge, "auto_converge.increment", (0, 100, 256, 10)),
        (0, "auto_converge.increment", (10,)),
        (0, "bandwidth.postcopy", (1.5, -1, 2**44, 2**44 - 1)),
        (0, "bandwidth.avail.switchover", (2**64, 2**44, 1.5, True, -1, "1", None, 1)),
        (0, "compression.mt.level", (1,)),
        (COMPRESSED, "compression.xbzrle.cache", (4096,)),
        (0, "disks_uri", (1, "tcp://127.0.0.3:49300")),
        (TUNNELLED, "listen_address", ("0.0.0.0",)),
        (TUNNELLED, "disks_port", (49300, 0)),
        (0, "migrate_disks", ("vda",)),
        (0, "migrate_disks_detect_zeroes", ("vda",)),
        (disk, "migrate_disks_detect_zeroes", (1,)),
        (0, "migrate_disks_target_zero", ("vda",)),
        (zerocopy, "migrate_uri", ("unix:///tmp/zcpolicy.sock",)),
    ):
        for value in values:
            yield Call(flags=BASE | more, params={name: value})
    for method, tuned, numbers in (
        ("mt", "compression.mt.level", (10, 1)),
        ("mt", "compression.mt.threads", (0, 256)),
        ("mt", "compression.mt.dthreads", (0,)),
        ("xbzrle", "compression.xbzrle.cache", (5, 12288, 8192)),
    ):
        for number in numbers:
            yield Call(flags=BASE, params={"compression": method, tuned: number})
    yield Call(flags=BASE, params={"disks_port": 49300, "disks_uri": "tcp://127.0.0.3:49300"})
    for flags in (
        BASE | 1 << 21,  # no libvirt knows it
        BASE | 1 << 31,
        Flag.VIR_MIGRATE_PEER2PEER | POSTCOPY,
        Flag.VIR_MIGRATE_PEER2PEER | PARALLEL,
        BASE | POSTCOPY | 1 << 5,  # VIR_MIGRATE_PAUSED
        BASE | 1 << 5,
        BASE | disk | Flag.VIR_MIGRATE_NON_SHARED_INC,
        BASE | Flag.VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES,
        BASE | disk | TUNNELLED,
        BASE | Flag.VIR_MIGRATE_POSTCOPY_RESUME,
        BASE | Flag.VIR_MIGRATE_OFFLINE,
        BASE | Flag.VIR_MIGRATE_OFFLINE | disk,
        BASE | Flag.VIR_MIGRATE_OFFLINE | Flag.VIR_MIGRATE_PERSIST_DEST | TUNNELLED,
    ):
        yield Call(flags=flags, params={})


# What libvirt says of a call that ends it each time.
CRASHED = "libvirt crashed"


class Asked:
    """A guest that goes to and fro: one call after the other."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._stack = contextlib.ExitStack()
        self._guest: Any = None
        self._paused = False
        self._here, self._there = lab.a, lab.b

    def __call__(self, call: Call) -> Optional[str]:
        """What is said of the call; once more where libvirt crashes, as it does now and then."""
        for _ in range(2):
            try:
                return self._once(call)
            except libvirt().libvirtError:
                if not self._lab.has_crashed():
                    raise
            self.close()
            self._lab.start_again()
        return CRASHED

    def _once(self, call: Call) -> Optional[str]:
        lab = self._lab
        if self._guest is None or self._paused is not call.paused:
            self.close()
            self._guest = self._stack.enter_context(lab.guest(paused=call.paused))
            self._paused = call.paused
            self._here, self._there = lab.a, lab.b
        words = lab.migrate(self._guest, call.flags, call.params, to=self._there)
        if words is None:  # the next one goes back
            self._here, self._there = self._there, self._here
        self._guest = self._here.connection.lookupByName(self._guest.name())
        assert self._guest.isActive()
        return words

    def close(self) -> None:
        """No guest any more."""
        self._guest = None
        self._stack.close()


def differing(lab: Lab, calls: Iterable[Call]) -> Tuple[List[Any], FrozenSet[str]]:
    """The calls that end in another way than the library says, and the rows that were heard."""
    found: List[Any] = []
    codes: FrozenSet[str] = frozenset()
    with contextlib.closing(Asked(lab)) as asked:
        for call in calls:
            refused = [v for v in refusals(violations(lab, call)) if v.code not in NEWER_BINDING]
            words = asked(call)
            if differs(refused[:1], words):
                found.append((flag_names(call.flags), call, words, refused))
            if words is not None:
                codes |= spoken(refused, words)
    return found, codes


class TestCrashes:
    def test_a_call_is_made_again_where_libvirt_crashes(
        self, directory: Path, generation: Generation, pki: Path
    ) -> None:
        """In a lab that is started again, of which nothing else is known to the caller."""
        call = Call(flags=BASE, params={})
        with tempfile.TemporaryDirectory(dir=directory) as name:
            home = Path(name)
            home.chmod(0o755)
            lab = Lab(home, generation, pki, "root", "root")
            with contextlib.closing(lab), contextlib.closing(Asked(lab)) as asked:
                assert asked(call) is None
                os.kill(daemon_of(lab.b), signal.SIGSEGV)
                assert asked(call) is None
                assert lab.crashes == 1


def daemon_of(daemon: Daemon) -> int:
    """The process of a daemon, which alone has its host name's files mounted."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            mounts = (process / "mountinfo").read_text("utf-8")
            name = (process / "comm").read_text("utf-8").strip()
            if name == "libvirtd" and f"{daemon.home}/run" in mounts:
                return int(process.name)
    raise AssertionError(f"no libvirtd of {daemon.home}")


class TestRefusals:
    def test_libvirt_refuses_what_the_table_says_and_nothing_else(self, lab: Lab) -> None:
        """Each call is refused in the words of its first violation, or migrates.

        Those that a resolution has are left out: they migrate above.
        """
        decided = {kind(call_of(s), paused=s.vm.paused) for s in COVERING.values()}
        calls = [
            call
            for call in all_calls()
            if kind(call, paused=call.paused) not in decided
            and NEVER.isdisjoint(violation.code for violation in violations(lab, call))
        ]
        found, codes = differing(lab, [*calls, *odd_calls()])
        assert found == []
        for speaker in ("binding", "libvirt"):
            known = rows(speaker, libvirt=lab.libvirt, qemu=lab.qemu)
            assert codes >= known - NEVER - NEWER_BINDING

    def test_a_qemu_that_may_lock_all_memory_heeds_no_limit(self, lab: Lab) -> None:
        """As root's may, so that there the hard limit is no reason against zero-copy."""
        flags = BASE | PARALLEL | Flag.VIR_MIGRATE_ZEROCOPY
        assert check(flags, {}, memory_mib=MEMORY_MIB, libvirt=lab.libvirt, qemu=lab.qemu) == ()
        with lab.guest(hard_limit_mib=1) as guest:
            assert lab.migrate(guest, flags, {}) is None
