"""Measure plans: several real migrations at once over one link, and others that wait.

As root, where QEMU is installed and a newer one is unpacked, in the project's directory::

    ZCPOLICY_NEWER_HYPERVISORS=ROOT python -m tests.hypervisor.plans

It writes ``tests/data/plans.jsonl``, which `planned` reads and describes, and the table in
``docs/calibration.md``.  ``--only WORD`` measures the plans with that in their names and keeps what
was measured of the others; ``--keep`` measures nothing and writes the table anew.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import attr

from .calibrate import machine, policy
from .design import version_of
from .generation import Generation, generations
from .kinds import KINDS
from .lab import make_pki
from .measure import Case, Link, counted, lost, migrate, ready, workload
from .planned import DATA, compared, dump, load, plans_table
from .qemu import Qemu
from .report import put
from .writer import Writes

__all__ = ["PLANS", "SHORT", "Several", "main", "measure"]

_PAGE = Path(__file__).parents[2] / "docs/calibration.md"
# Nobody but the machine stops the guests, so they make up for that.
_PATIENT_MS = 40
# A switchover takes next to nothing here.
_OVERHEAD_MS = 10


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Several:
    """A plan that is measured.

    Attributes:
        name: a few words.
        link_mbps: the speed of the link that all share.
        at_once: how many run at a time.
        cases: the migrations, in their order; the name of each is that of its VM.
    """

    name: str
    link_mbps: int
    at_once: int
    cases: Sequence[Case]

    def on(self, version: str) -> "Several":
        """The same on a host with this version of QEMU."""
        source = {"versions": {"qemu": version}}
        return attr.evolve(
            self,
            cases=[
                attr.evolve(case, scenario={**case.scenario, "source": source})
                for case in self.cases
            ],
        )


# A VM: its name, the MiB/s that it may send, the limits (ms) and the last action of its schedule,
# its writer, what of its memory is no zero pages, its memory, and what of its cluster is special.
_Vm = Tuple[str, int, Sequence[int], str, Tuple[Writes, ...], int, int, Dict[str, Any]]


def _several(name: str, link_mbps: int, at_once: int, vms: Sequence[_Vm]) -> Several:
    cases = [
        Case(
            name=vm,
            scenario={
                "cluster": {
                    "policy": {**policy(limits, last=last), "maxMigrations": at_once},
                    # Over connections Engine lets one migrate at a time, which has it all.
                    "bandwidth": mib_s * 8 * (1 if "parallel" in cluster else at_once),
                    **cluster,
                },
                "vm": {"memoryMiB": memory_mib, "vcpus": 4},
            },
            writers=writers,
            filled_mib=filled_mib,
            link_mbps=link_mbps,
            within_s=90,
            late_ms=_PATIENT_MS,
        )
        for vm, mib_s, limits, last, writers, filled_mib, memory_mib, cluster in vms
    ]
    return Several(name, link_mbps, at_once, cases)


def _random(mib_s: float, set_mib: float) -> Tuple[Writes, ...]:
    return (Writes(mib_s=mib_s, set_mib=set_mib),)


_IDLE = _random(0.05, 32)
_SWEEPS = KINDS["two sweeps"].scaled(0.4)

# No two end at the same time, by far.
PLANS = (
    _several(
        "two at a time, room for both",
        400,
        2,
        [
            ("files", 16, [100, 200], "abort", _random(5, 64), 224, 240, {}),
            ("web", 24, [100, 200], "abort", _random(10, 64), 96, 128, {}),
            ("busy", 24, [50, 100], "abort", _random(64, 80), 96, 128, {}),
            ("mail", 16, [100, 200], "postcopy", _random(40, 64), 96, 128, {}),
        ],
    ),
    _several(
        "three at a time, unlike requests",
        320,
        3,
        [
            ("small", 8, [150, 300], "abort", _random(2, 32), 72, 128, {}),
            ("middle", 16, [150, 300], "abort", _random(6, 48), 160, 192, {}),
            ("large", 32, [150, 300], "abort", _random(8, 64), 224, 240, {}),
            ("idle", 24, [150, 300], "abort", _IDLE, 192, 240, {}),
            ("sweeps", 24, [150, 300], "abort", _SWEEPS, 96, 128, {}),
            ("last", 12, [150, 300], "abort", _random(3, 32), 112, 128, {}),
        ],
    ),
    _several(
        "two at a time, the link is the bottleneck",
        200,
        2,
        [
            ("plain", 32, [200, 400], "abort", _random(4, 48), 160, 192, {}),
            ("connections", 32, [200, 400], "abort", _random(5, 64), 224, 240, {"parallel": 2}),
            ("encrypted", 32, [200, 400], "abort", _random(4, 48), 128, 192, {"encrypted": True}),
            ("idle", 32, [200, 400], "abort", _IDLE, 200, 240, {}),
        ],
    ),
)

# For each run of the tests: the link is too slow for both, until the first has ended.
SHORT = _several(
    "two at once",
    200,
    2,
    [
        ("sooner", 16, [200, 400], "abort", _random(1, 16), 40, 64, {}),
        ("later", 16, [200, 400], "abort", _random(2, 24), 80, 104, {}),
    ],
)


def measure(generation: Generation, several: Several, pki: Optional[Path] = None) -> Dict[str, Any]:
    """Migrate all of them, so many at a time; the record of what happened.

    Those that wait for their turn, and those that are over, are stopped, so that they take nothing
    from the others of what is one machine here: a guest that waits changes nothing in the plan, as
    QEMU looks at what it writes from the start of its migration on.
    """
    with contextlib.ExitStack() as stack:
        link = stack.enter_context(Link(several.link_mbps))
        pairs: List[Tuple[Qemu, Qemu]] = []
        for case in several.cases:
            pairs.append(stack.enter_context(ready(generation, case, link, pki)))
            pairs[-1][0].ask("stop")
        start = time.monotonic()

        def one(case: Case, source: Qemu, destination: Qemu) -> Dict[str, Any]:
            source.ask("cont")
            before = counted(source)
            since = round((time.monotonic() - start) * 1000)
            run = migrate(case, source, destination)
            stayed = run.measured["outcome"] in ("aborted", "never")
            (source if stayed else destination).ask("stop")
            return {
                "name": case.name,
                "scenario": case.scenario,
                "workload": {**workload(case, run), "overheadMs": _OVERHEAD_MS},
                "startMs": since,
                "lost": round(lost(before, run), 4),
                "measured": run.measured,
            }

        with ThreadPoolExecutor(several.at_once) as slots:
            running = [slots.submit(one, case, *both) for case, both in zip(several.cases, pairs)]
            moves = [each.result() for each in running]
        return {
            "name": several.name,
            "linkMbps": several.link_mbps,
            "atOnce": several.at_once,
            "qemu": ".".join(map(str, pairs[0][0].version)),
            "load": round(os.getloadavg()[0], 2),
            "moves": moves,
        }


def _measure_all(plans: Sequence[Several], repeat: int, used: Sequence[Generation]) -> None:
    """Measure them with each QEMU, and put that into the record in place of what it had of them."""
    anew = {several.name for several in plans}
    found = [one for one in load() if one["name"] not in anew] if DATA.exists() else []
    names = [several.name for several in PLANS]
    with tempfile.TemporaryDirectory(prefix="zcpolicy-") as directory:
        pki = Path(directory) / "pki"
        make_pki(pki)
        for generation in used:
            generation.prepare()
            version = version_of(generation)
            for several in [*plans] * repeat:
                found.append(measure(generation, several.on(version), pki))
                print(plans_table(compared(found[-1:])), file=sys.stderr)
    # Those of one plan stay in the order in which they were measured.
    dump(sorted(found, key=lambda one: names.index(one["name"])), machine())


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hypervisor.plans")
    parser.add_argument("--repeat", type=int, default=2, help="how often to measure each plan")
    parser.add_argument("--only", default="", help="measure the plans with this in their names")
    parser.add_argument("--keep", action="store_true", help="measure nothing")
    chosen = parser.parse_args(arguments)
    if not chosen.keep:
        found = generations()
        if len(found) == 1:
            parser.error("ZCPOLICY_NEWER_HYPERVISORS names no newer QEMU")
        plans = [several for several in PLANS if chosen.only in several.name]
        _measure_all(plans, chosen.repeat, (found[0], found[-1]))
    text = _PAGE.read_text("utf-8")
    _PAGE.write_text(put(text, "plans", plans_table(compared(load()))), "utf-8")


if __name__ == "__main__":
    main()
