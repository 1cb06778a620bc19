"""Measure all cases, and write down what was measured.

As root, where QEMU is installed, in the project's directory::

    python -m tests.hypervisor.calibrate [--repeat N] [--only WORD] [--keep]

It writes ``tests/data/calibration.json`` and the table in ``docs/calibration.md``.  ``--only``
measures some cases and keeps what was measured of the others; ``--keep`` measures nothing and
writes the table anew.
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import attr

from .comparison import compare, table
from .generation import Generation
from .kinds import FILLED_MIB, KINDS
from .measure import Case, measure
from .writer import Writes

__all__ = ["CASES", "IDLE", "SHORT", "machine", "main", "policy"]

_ROOT = Path(__file__).parents[2]
_DATA = _ROOT / "tests/data/calibration.json"
_PAGE = _ROOT / "docs/calibration.md"
_MARKS = ("<!-- measured -->\n", "<!-- /measured -->\n")


def policy(
    limits: Sequence[int], *, converge: bool = False, last: Optional[str] = "abort"
) -> Dict[str, Any]:
    """A policy that sets these limits (ms), one a poll, and then does the last action."""
    actions = [{"action": "setDowntime", "params": [str(limit)]} for limit in limits]
    return {
        "id": "5c4e3a52-7c3d-4d0c-9c8c-0f6c2f1d9a11",
        "name": "Calibration",
        "maxMigrations": 1,
        "autoConvergence": converge,
        "migrationCompression": False,
        "enableGuestEvents": False,
        "zeroCopy": False,
        "config": {
            "initialItems": actions[:1],
            "convergenceItems": [
                {"stallingLimit": number, "convergenceItem": action}
                for number, action in enumerate(actions[1:], 1)
            ],
            "lastItems": [] if last is None else [{"action": last, "params": []}],
        },
    }


def _case(
    name: str,
    policy: Any,
    mib_s: int,
    dirty_mib_s: float,
    working_set_mib: int,
    *,
    memory_mib: int = 256,
    filled_mib: int = 224,
    link_mbps: int = 1000,
    within_s: float = 120.0,
    **cluster: Any,
) -> Case:
    """A case whose migration may use *mib_s*, whatever the policy divides it by."""
    divisor = 2 if policy in _DIVIDING else 1
    return Case(
        name=name,
        scenario={
            "cluster": {"policy": policy, "bandwidth": mib_s * divisor * 8, **cluster},
            "vm": {"memoryMiB": memory_mib, "vcpus": 4},
        },
        writers=(Writes(mib_s=dirty_mib_s, set_mib=working_set_mib),),
        filled_mib=filled_mib,
        link_mbps=link_mbps,
        within_s=within_s,
    )


# Those that allow two migrations at a time, which share the bandwidth.
_DIVIDING = ("Legacy", "Minimal downtime", "Post-copy migration")

# Its downtime is what a switchover takes that has next to nothing to send.
IDLE = _case("idle", "Legacy", 32, 0.05, 64)

# Over connections QEMU sends up to 0.5 MiB for each in 100 ms more than it may, which is not much
# where it may send much.
_FAST: Mapping[str, Any] = {"memory_mib": 768, "filled_mib": 704, "link_mbps": 2400}

CASES = (
    IDLE,
    _case("idle, mostly zero pages", "Legacy", 32, 0.05, 64, memory_mib=512, filled_mib=96),
    _case("idle, the link is slower than allowed", "Legacy", 64, 0.05, 64, link_mbps=200),
    _case("a third of the bandwidth", "Legacy", 32, 10, 64),
    _case("a third, a link that is slower than allowed", "Legacy", 64, 8, 96, link_mbps=200),
    _case("two thirds, large working set", "Legacy", 32, 21, 192),
    _case("two thirds, twice as fast", "Legacy", 64, 42, 320, memory_mib=512, filled_mib=400),
    _case("two fifths of Vdsm's own", "Legacy", 52, 21, 96, bandwidth="hypervisor_default"),
    _case("nine tenths", "Legacy", 32, 29, 192),
    _case("above, a small working set", "Legacy", 32, 64, 3),
    _case("above, a step lets it through", policy([100, 200, 400, 800]), 32, 64, 20),
    _case("above, the last step lets it through", policy([100, 300, 2000]), 32, 80, 40),
    _case("above, aborted", policy([100, 200, 400]), 32, 64, 96),
    _case("far above, aborted", policy([50, 100]), 24, 160, 160),
    _case("near, aborted", policy([50, 60, 70]), 32, 40, 128),
    _case("above, nothing ends it", policy([200], last=None), 32, 64, 96, within_s=45),
    _case("autoconverge has nothing to do", policy([100], converge=True), 32, 10, 128),
    _case("autoconverge, near", "Minimal downtime", 32, 30, 128),
    _case("autoconverge, above", "Minimal downtime", 32, 64, 96),
    _case("autoconverge, above, aborted", policy([20, 30], converge=True), 32, 128, 160),
    _case("connections and zero-copy", "Very large VMs", 192, 100, 320, **_FAST),
    _case("connections, above", "Very large VMs", 160, 240, 320, **_FAST),
    _case("four connections", "Legacy", 192, 64, 256, parallel=4, **_FAST),
    _case("post-copy", policy([100, 150], last="postcopy"), 32, 64, 96),
    _case("post-copy, slow link", policy([100], last="postcopy"), 32, 64, 96, link_mbps=400),
)

# For each run of the tests: small, so that they are quick.  The first guest is of a kind that the
# model was not made for.
_SMALL: Mapping[str, Any] = {"memory_mib": 128, "filled_mib": 96}

SHORT = (
    attr.evolve(
        _case("two sweeps", "Legacy", 32, 0, 0, **_SMALL),
        writers=KINDS["two sweeps"].scaled(_SMALL["filled_mib"] / FILLED_MIB),
    ),
    _case("connections", "Very large VMs", 64, 12, 64, link_mbps=300, **_SMALL),
    _case("post-copy", policy([100], last="postcopy"), 32, 64, 64, **_SMALL),
)


def machine() -> Dict[str, Any]:
    """On what it is measured."""
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release().split("-")[0],
        "emulation": "TCG",
    }


def _measured(cases: Sequence[Case], repeat: int) -> List[Dict[str, Any]]:
    """The records of these cases, one after the other."""
    generation = Generation(name="installed")
    records: List[Dict[str, Any]] = []
    for number in range(repeat):
        for case in cases:
            record = measure(generation, case)
            measured = record["measured"]
            print(
                f"{number + 1}: {case.name}: {measured['outcome']}, {measured['totalMs']} ms",
                file=sys.stderr,
            )
            records.append({"name": case.name, "scenario": case.scenario, **record})
    return records


def _document(records: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """All that is written down, in the order of the cases."""
    # The rest of a window may be sent in it, too: so the shortest has the least of that.
    idle = [record["measured"]["downtimeMs"] for record in records if record["name"] == IDLE.name]
    for record in records:
        record["workload"]["overheadMs"] = min(idle)
    names = [case.name for case in CASES]
    ordered = sorted(records, key=lambda record: names.index(record["name"]))
    return {"machine": machine(), "records": ordered}


def _read() -> Dict[str, Any]:
    found: Dict[str, Any] = json.loads(_DATA.read_text("utf-8"))
    return found


def _text(document: Mapping[str, Any]) -> str:
    """JSON with a record on a line."""
    records = ",\n  ".join(json.dumps(record) for record in document["records"])
    head = {**document, "records": []}
    return json.dumps(head)[:-2] + f"\n  {records}\n]}}\n"


def _write_page(shown: str) -> None:
    """Put the table between its marks."""
    head, rest = _PAGE.read_text("utf-8").split(_MARKS[0])
    _, tail = rest.split(_MARKS[1])
    _PAGE.write_text(f"{head}{_MARKS[0]}\n{shown}\n{_MARKS[1]}{tail}", "utf-8")


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hypervisor.calibrate")
    parser.add_argument("--repeat", type=int, default=2, help="how often to measure each case")
    parser.add_argument("--only", default="", help="measure the cases with this in their names")
    parser.add_argument("--keep", action="store_true", help="measure nothing")
    chosen = parser.parse_args(arguments)
    if not chosen.keep:
        cases = [case for case in CASES if chosen.only in case.name]
        anew = {case.name for case in cases}
        kept = [record for record in _read()["records"] if record["name"] not in anew]
        document = _document([*kept, *_measured(cases, chosen.repeat)])
        _DATA.write_text(_text(document), "utf-8")
    shown = table(compare(_read()))
    _write_page(shown)
    print(shown)


if __name__ == "__main__":
    main()
