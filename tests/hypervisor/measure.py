"""A migration of a real guest that writes at a known rate, steered as Vdsm's monitor does.

Two QEMUs and a link between them that really is as fast as said: a network of its own, whose
loopback the kernel shapes.  The scenario and the workload are the documents that ``zcpolicy
simulate`` takes, so whoever has the record can forecast what was measured.
"""

import contextlib
import itertools
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import attr

import zcpolicy as zc
from zcpolicy.adapters.libvirt import qmp

from .calls import call_of
from .generation import PATIENCE, Generation
from .qemu import Qemu
from .writer import LATE_MS, MARK, PAGES_PER_MIB, WRITES, Writes, assemble

__all__ = [
    "Case",
    "Counted",
    "Link",
    "Look",
    "Run",
    "apart",
    "connect",
    "counted",
    "guests",
    "lost",
    "measure",
    "migrate",
    "prepared",
    "ready",
    "wait_for_end",
    "wait_for_writes",
    "wait_until_sent",
    "workload",
]

_MIB = 1 << 20
# Vdsm's migration_monitor_interval.
_POLL_S = 10.0
# How often QEMU is asked.
_LOOK_S = 0.05
# A host that the certificates of the lab are for.
_CERTIFIED = "b.lab.test"
_ENDED = ("completed", "cancelled", "failed")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured.

    Attributes:
        name: a few words.
        scenario: the document of a scenario, with a VM's memory in it.
        writers: how the guest is to write.
        filled_mib: how much of its memory is no zero pages.
        link_mbps: the speed of the link.
        within_s: how long to wait for an end; without one the outcome is ``"never"``.
        late_ms: the gaps that the guest does not make up for.
    """

    name: str
    scenario: Mapping[str, Any]
    writers: Sequence[Writes]
    filled_mib: int
    link_mbps: int = 1000
    within_s: float = 120.0
    late_ms: int = LATE_MS

    @property
    def memory_mib(self) -> int:
        """The VM's memory."""
        memory: int = self.scenario["vm"]["memoryMiB"]
        return memory


class Counted(NamedTuple):
    """What the guest counts.

    Attributes:
        written: pages that it wrote.
        clocks: the time since its first, in `CLOCK_HZ`.
        lost: that of it that it did not get.
    """

    written: int
    clocks: int
    lost: int


class Link:
    """A network of its own with a loopback of this speed, until `close`.

    Attributes:
        within: what starts a command in there.
    """

    def __init__(self, mbps: int) -> None:
        script = [
            "set -e",
            "ip link set lo up",
            # Little is under way that QEMU takes for sent, and nothing is dropped.
            "echo 4096 131072 262144 >/proc/sys/net/ipv4/tcp_wmem",
            f"tc qdisc add dev lo root tbf rate {mbps}mbit burst 256kb limit 64mb",
            "echo ready",
            "exec cat",
        ]
        self._process = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL"),
                *("unshare", "--net", "bash", "-c", "\n".join(script)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            self.close()
            raise RuntimeError("there is no link")
        self.within = ("nsenter", f"--net=/proc/{self._process.pid}/ns/net")

    def close(self) -> None:
        """Take it away; those within keep it."""
        self._process.communicate()

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def guests(
    generation: Generation,
    *,
    memory_mib: int,
    filled_mib: int,
    writers: Sequence[Writes],
    late_ms: int = LATE_MS,
    within: Sequence[str] = (),
) -> Iterator[Tuple[Qemu, Qemu]]:
    """A QEMU with a guest that writes, and one where it can go."""
    with tempfile.TemporaryDirectory(prefix="zcpolicy-") as name:
        directory = Path(name)
        disk = directory / "writer"
        assemble(disk, filled_mib=filled_mib, writers=writers, late_ms=late_ms)
        machine = (
            *("-M", "pc,accel=tcg", "-m", f"{memory_mib}M"),
            *("-drive", f"if=floppy,format=raw,readonly=on,file={disk}"),
        )

        def start(*more: str) -> Qemu:
            return Qemu(generation, directory, (*machine, *more), within)

        with start() as source, start("-incoming", "defer") as destination:
            wait_for_writes(source)
            yield source, destination


def connect(source: Qemu, destination: Qemu) -> None:
    """Begin to migrate from the one to the other."""
    destination.ask("migrate-incoming", {"uri": "tcp:127.0.0.1:0"})
    (address,) = destination.ask("query-migrate")["socket-address"]
    source.ask("migrate", {"uri": f"tcp:{address['host']}:{address['port']}"})


def measure(generation: Generation, case: Case) -> Dict[str, Any]:
    """Migrate it; the record of what happened."""
    with prepared(generation, case) as (source, destination):
        run = migrate(case, source, destination)
        return {
            "qemu": run.qemu,
            "workload": workload(case, run),
            "measured": {
                **run.measured,
                "dirtyMiBs": round(_mib_s(run.looks[0], run.looks[-1]), 2),
                "samples": [
                    [
                        look.at_ms,
                        round(look.answer["ram"]["remaining"] / _MIB, 1),
                        look.answer["ram"]["dirty-sync-count"],
                        look.throttle,
                    ]
                    for look in apart(run.looks, 1000)
                ],
            },
        }


def workload(case: Case, run: "Run") -> Dict[str, Any]:
    """The document of what the guest wrote, as it turned out, and of its link.

    What else the machine does slows the guest down, too: so the rate that it really had, but not
    what QEMU took from it.
    """
    free = [look for look in run.looks if look.throttle == 0]
    return {
        **_guest(case.writers, _mib_s(free[0], free[-1])),
        "zeroShare": round(1 - case.filled_mib / case.memory_mib, 4),
        "linkMbps": case.link_mbps,
    }


def _guest(writers: Sequence[Writes], mib_s: float) -> Dict[str, Any]:
    """What a workload says of the guest: these writers, who really wrote so much together."""
    if len(writers) == 1 and not writers[0].sweep:
        return {"dirtyMiBs": round(mib_s, 2), "workingSetMiB": writers[0].set_mib}
    share = mib_s / sum([writer.mib_s for writer in writers])
    return {
        "writers": [
            {
                "mibS": round(writer.mib_s * share, 2),
                "setMiB": writer.set_mib,
                "order": "sweep" if writer.sweep else "random",
            }
            for writer in writers
        ]
    }


@contextlib.contextmanager
def prepared(
    generation: Generation, case: Case, pki: Optional[Path] = None
) -> Iterator[Tuple[Qemu, Qemu]]:
    """Two QEMUs, set up for the case's migration, and its guest in the first of them.

    *pki* has the certificates, which an encrypted migration needs.
    """
    with Link(case.link_mbps) as link, ready(generation, case, link, pki) as both:
        yield both


@contextlib.contextmanager
def ready(
    generation: Generation, case: Case, link: Link, pki: Optional[Path] = None
) -> Iterator[Tuple[Qemu, Qemu]]:
    """The same on a link that others may have, too."""
    call = call_of(zc.Scenario.from_json(case.scenario))
    both = guests(
        generation,
        memory_mib=case.memory_mib,
        filled_mib=case.filled_mib,
        writers=case.writers,
        late_ms=case.late_ms,
        within=link.within,
    )
    with both as (source, destination):
        for qemu, there in ((source, False), (destination, True)):
            capabilities, parameters = qmp(call.flags, call.params, destination=there)
            if parameters.get("tls-creds"):
                parameters["tls-hostname"] = "" if there else _CERTIFIED
                side = "server" if there else "client"
                creds = {"qom-type": "tls-creds-x509", "id": parameters["tls-creds"]}
                qemu.ask("object-add", {**creds, "dir": str(pki), "endpoint": side})
            if qemu.set_capabilities(capabilities) or qemu.set_parameters(parameters):
                raise RuntimeError("QEMU refuses the call")
        yield source, destination


def counted(qemu: Qemu) -> Counted:
    """What the guest has counted; nothing before it writes."""
    answer = qemu.ask("human-monitor-command", {"command-line": f"xp /4wx {WRITES}"})
    written, mark, clocks, lost = [int(word, 16) for word in answer.split(":")[1].split()]
    return Counted(written, clocks, lost) if mark == MARK else Counted(0, 0, 0)


def wait_for_writes(qemu: Qemu) -> None:
    """Return when the guest writes, or writes on."""
    before = counted(qemu).written
    end = time.monotonic() + PATIENCE
    while counted(qemu).written <= before:
        if time.monotonic() > end:
            raise RuntimeError("the guest does not write")
        time.sleep(_LOOK_S)


def wait_until_sent(source: Qemu, mib: int) -> None:
    """Return when the source has sent this much."""
    end = time.monotonic() + PATIENCE
    while source.ask("query-migrate").get("ram", {}).get("transferred", 0) < mib * _MIB:
        if time.monotonic() > end:
            raise RuntimeError("nothing is sent")
        time.sleep(_LOOK_S)


def wait_for_end(qemu: Qemu) -> str:
    """The status of a migration that has ended."""
    end = time.monotonic() + PATIENCE
    while True:
        status: str = qemu.ask("query-migrate")["status"]
        if status in _ENDED:
            return status
        if time.monotonic() > end:
            raise RuntimeError(f"the migration does not end: {status}")
        time.sleep(_LOOK_S)


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Look:
    """One look at a migration that is active.

    Attributes:
        at_ms: when, from its start.
        answer: what ``query-migrate`` said.
        at_s: when the guest was looked at.
        guest: what it had counted by then.
        limit_ms: the downtime limit in force.
    """

    at_ms: int
    answer: Mapping[str, Any]
    at_s: float
    guest: Counted
    limit_ms: int

    @property
    def throttle(self) -> int:
        """What QEMU takes from the guest, percent."""
        found: int = self.answer.get("cpu-throttle-percentage", 0)
        return found


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Run:
    """A migration that ran.

    Attributes:
        qemu: the version.
        looks: at what it was while it ran.
        last: the last answer with numbers: an aborted migration has none in the end.
        measured: what became of it.
    """

    qemu: str
    looks: Sequence[Look]
    last: Mapping[str, Any]
    measured: Mapping[str, Any]


def migrate(case: Case, source: Qemu, destination: Qemu) -> Run:
    """Migrate the guest, steered as Vdsm does."""
    return _Migration(case, source, destination).run()


class _Migration:
    """One migration."""

    def __init__(self, case: Case, source: Qemu, destination: Qemu) -> None:
        self._case = case
        self._source = source
        self._destination = destination
        parameters = zc.Scenario.from_json(case.scenario).resolve().parameters
        self._schedule = parameters.schedule or zc.legacy_schedule(parameters.downtime or 500)
        self._looks: List[Look] = []
        self._actions: List[List[Any]] = []
        self._polls: List[int] = []
        self._ran = 0
        self._start = 0.0
        self._limit_ms = source.ask("query-migrate-parameters")["downtime-limit"]

    def run(self) -> Run:
        self._act()
        self._start = time.monotonic()
        connect(self._source, self._destination)
        status, last = self._watch()
        outcome = self._outcome(status, last)
        # It goes on writing, on the one side where it should be.
        wait_for_writes(self._source if outcome in ("aborted", "never") else self._destination)
        ram = last["ram"]
        return Run(
            qemu=".".join(str(number) for number in self._source.version),
            looks=self._looks,
            last=last,
            measured={
                "outcome": outcome,
                "totalMs": last["total-time"],
                "downtimeMs": last.get("downtime"),
                "sentMiB": round(ram["transferred"] / _MIB, 2),
                "rounds": ram["dirty-sync-count"],
                "throttle": max(look.throttle for look in self._looks),
                "actions": self._actions,
            },
        )

    def _watch(self) -> Tuple[str, Dict[str, Any]]:
        """Ask QEMU until the end, and do every 10 s as Vdsm does.

        Returns:
            The status in the end, and the last answer with numbers.
        """
        last: Dict[str, Any] = {}
        while True:
            time.sleep(_LOOK_S)
            answer = self._source.ask("query-migrate")
            now = time.monotonic() - self._start
            if "ram" in answer:
                last = answer
            if answer["status"] in _ENDED:
                return answer["status"], last
            if now > self._case.within_s:
                return "never", last
            if answer["status"] != "active":
                continue
            guest = counted(self._source)
            at = time.monotonic()
            self._looks.append(Look(round(now * 1000), answer, at, guest, self._limit_ms))
            if now >= _POLL_S * (len(self._polls) + 1):
                self._polls.append(answer["ram"]["dirty-sync-count"])
                self._act()

    def _act(self) -> None:
        """What the schedule wants now that it has not done."""
        ran = self._schedule.replay(self._polls).actions
        now = round((time.monotonic() - self._start) * 1000) if self._start else 0
        for _, action in ran[self._ran :]:
            if action.name == "setDowntime":
                assert action.downtime is not None
                self._limit_ms = action.downtime
                self._source.ask("migrate-set-parameters", {"downtime-limit": action.downtime})
            elif action.name == "postcopy":
                self._source.ask("migrate-start-postcopy")
            else:
                self._source.ask("migrate_cancel")
            self._actions.append([now, action.name, action.downtime])
        self._ran = len(ran)

    def _outcome(self, status: str, last: Mapping[str, Any]) -> str:
        done = [name for _, name, _ in self._actions]
        if "abort" in done:  # QEMU 7.2 says now "cancelled" and now "failed": it hangs up on itself
            return "aborted"
        if status == "never":
            return status
        if status != "completed":
            raise RuntimeError(f"the migration failed: {last}")
        return "post-copy" if "postcopy" in done else "completes"


def _mib_s(first: Look, last: Look) -> float:
    written = last.guest.written - first.guest.written
    return written / PAGES_PER_MIB / (last.at_s - first.at_s)


def lost(before: Counted, run: Run) -> float:
    """The share of its time that the guest did not get until QEMU throttled it."""
    free = itertools.takewhile(lambda look: look.throttle == 0, run.looks)
    last = [look.guest for look in free][-1]
    return (last.lost - before.lost) / (last.clocks - before.clocks)


def apart(looks: Sequence[Look], ms: int) -> List[Look]:
    """Those of them that are so far apart."""
    kept: List[Look] = []
    for look in looks:
        if not kept or look.at_ms - kept[-1].at_ms >= ms:
            kept.append(look)
    return kept
