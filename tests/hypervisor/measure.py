"""A migration of a real guest that writes at a known rate, steered as Vdsm's monitor does.

Two QEMUs and a link between them that really is as fast as said: a network of its own, whose
loopback the kernel shapes.  The scenario and the workload are the documents that ``zcpolicy
simulate`` takes, so whoever has the record can forecast what was measured.
"""

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

import attr

import zcpolicy as zc
from zcpolicy.adapters.libvirt import qmp

from .calls import call_of
from .generation import PATIENCE, Generation
from .qemu import Qemu
from .writer import MARK, PAGES_PER_MIB, WRITES, assemble

__all__ = [
    "Case",
    "Link",
    "connect",
    "guests",
    "measure",
    "wait_for_end",
    "wait_for_writes",
    "wait_until_sent",
]

_MIB = 1 << 20
# Vdsm's migration_monitor_interval.
_POLL_S = 10.0
# How often QEMU is asked.
_LOOK_S = 0.05
_ENDED = ("completed", "cancelled", "failed")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured.

    Attributes:
        name: a few words.
        scenario: the document of a scenario, with a VM's memory in it.
        dirty_mib_s: how fast the guest is to write.
        working_set_mib: to how much memory.
        filled_mib: how much of its memory is no zero pages.
        link_mbps: the speed of the link.
        within_s: how long to wait for an end; without one the outcome is ``"never"``.
    """

    name: str
    scenario: Mapping[str, Any]
    dirty_mib_s: float
    working_set_mib: int
    filled_mib: int
    link_mbps: int = 1000
    within_s: float = 120.0

    @property
    def memory_mib(self) -> int:
        """The VM's memory."""
        memory: int = self.scenario["vm"]["memoryMiB"]
        return memory


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
    working_set_mib: int,
    dirty_mib_s: float,
    within: Sequence[str] = (),
) -> Iterator[Tuple[Qemu, Qemu]]:
    """A QEMU with a guest that writes, and one where it can go."""
    with tempfile.TemporaryDirectory(prefix="zcpolicy-") as name:
        directory = Path(name)
        disk = directory / "writer"
        assemble(
            disk,
            filled_mib=filled_mib,
            working_set_mib=working_set_mib,
            dirty_mib_s=dirty_mib_s,
        )
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
    with Link(case.link_mbps) as link:
        both = guests(
            generation,
            memory_mib=case.memory_mib,
            filled_mib=case.filled_mib,
            working_set_mib=case.working_set_mib,
            dirty_mib_s=case.dirty_mib_s,
            within=link.within,
        )
        with both as (source, destination):
            return _Migration(case, source, destination).run()


def _written(qemu: Qemu) -> int:
    """How many pages the guest has written."""
    answer = qemu.ask("human-monitor-command", {"command-line": f"xp /2wx {WRITES}"})
    words = [int(word, 16) for word in answer.split(":")[1].split()]
    return words[0] if words[1] == MARK else 0


def wait_for_writes(qemu: Qemu) -> None:
    """Return when the guest writes, or writes on."""
    before = _written(qemu)
    end = time.monotonic() + PATIENCE
    while _written(qemu) <= before:
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


class _Migration:
    """One migration."""

    def __init__(self, case: Case, source: Qemu, destination: Qemu) -> None:
        self._case = case
        self._source = source
        self._destination = destination
        scenario = zc.Scenario.from_json(case.scenario)
        self._call = call_of(scenario)
        parameters = scenario.resolve().parameters
        self._schedule = parameters.schedule or zc.legacy_schedule(parameters.downtime or 500)
        self._samples: List[List[Any]] = []
        self._actions: List[List[Any]] = []
        self._polls: List[int] = []
        self._ran = 0
        self._start = 0.0
        self._dirtied: List[Tuple[float, int]] = []

    def run(self) -> Dict[str, Any]:
        self._prepare()
        self._act()
        self._start = time.monotonic()
        connect(self._source, self._destination)
        status, last = self._watch()
        outcome = self._outcome(status, last)
        # It goes on writing, on the one side where it should be.
        wait_for_writes(self._source if outcome in ("aborted", "never") else self._destination)
        ram = last["ram"]
        # What else the machine does slows the guest down, too: so the rate that it really had, but
        # not what QEMU took from it.
        free = [count for count, sample in zip(self._dirtied, self._samples) if sample[3] == 0]
        return {
            "qemu": ".".join(str(number) for number in self._source.version),
            "workload": {
                "dirtyMiBs": round(_mib_s(free[0], free[-1]), 2),
                "workingSetMiB": self._case.working_set_mib,
                "zeroShare": round(1 - self._case.filled_mib / self._case.memory_mib, 4),
                "linkMbps": self._case.link_mbps,
            },
            "measured": {
                "outcome": outcome,
                "totalMs": last["total-time"],
                "downtimeMs": last.get("downtime"),
                "sentMiB": round(ram["transferred"] / _MIB, 2),
                "rounds": ram["dirty-sync-count"],
                "throttle": max(sample[3] for sample in self._samples),
                "dirtyMiBs": round(_mib_s(self._dirtied[0], self._dirtied[-1]), 2),
                "actions": self._actions,
                "samples": _thinned(self._samples),
            },
        }

    def _count(self) -> Tuple[float, int]:
        """When, and how much the guest has written till then."""
        return time.monotonic(), _written(self._source)

    def _prepare(self) -> None:
        for qemu, destination in ((self._source, False), (self._destination, True)):
            capabilities, parameters = qmp(
                self._call.flags, self._call.params, destination=destination
            )
            if qemu.set_capabilities(capabilities) or qemu.set_parameters(parameters):
                raise RuntimeError("QEMU refuses the call")

    def _watch(self) -> Tuple[str, Dict[str, Any]]:
        """Ask QEMU until the end, and do every 10 s as Vdsm does.

        Returns:
            The status in the end, and the last answer with numbers: an aborted migration has none.
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
            self._dirtied.append(self._count())
            ram = answer["ram"]
            self._samples.append(
                [
                    round(now * 1000),
                    round(ram["remaining"] / _MIB, 1),
                    ram["dirty-sync-count"],
                    answer.get("cpu-throttle-percentage", 0),
                ]
            )
            if now >= _POLL_S * (len(self._polls) + 1):
                self._polls.append(ram["dirty-sync-count"])
                self._act()

    def _act(self) -> None:
        """What the schedule wants now that it has not done."""
        ran = self._schedule.replay(self._polls).actions
        now = round((time.monotonic() - self._start) * 1000) if self._start else 0
        for _, action in ran[self._ran :]:
            if action.name == "setDowntime":
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


def _mib_s(first: Tuple[float, int], last: Tuple[float, int]) -> float:
    return (last[1] - first[1]) / PAGES_PER_MIB / (last[0] - first[0])


def _thinned(samples: Sequence[List[Any]]) -> List[List[Any]]:
    """One sample a second, which is enough to draw."""
    kept: List[List[Any]] = []
    for sample in samples:
        if not kept or sample[0] - kept[-1][0] >= 1000:
            kept.append(sample)
    return kept
