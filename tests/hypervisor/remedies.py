"""Migrations that fail under a shipped policy, diagnosed, and what was advised tried for real.

As root, where QEMU is installed, in the project's directory::

    python -m tests.hypervisor.remedies

It writes ``tests/data/remedies.jsonl``: a line each, with what `evidence` says of a line and

* ``scenario``: how it failed, with ``measured`` and ``samples``; nobody knows the guest;
* ``goal``: what was asked for, null for "complete at all", and ``keep``, what may not be changed;
* ``cause``: the code that the diagnosis had then; null where only advice was asked (``HOPELESS``);
* ``met``, ``changes``, ``option``: what the first option was, and its scenario, and
  ``forecast``: the ranges that it was then said to have;
* ``after``: what became of it then.
"""

import argparse
import json
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import attr

import zcpolicy as zc
from zcpolicy._forecast.text import time_text

from .calibrate import machine
from .design import samples_of, version_of
from .evidence import Recorded, dump, load
from .generation import Generation, generations
from .kinds import FILLED_MIB, KINDS
from .lab import make_pki
from .measure import Case, Run, counted, migrate, prepared
from .measure import lost as share_lost
from .writer import LATE_MS

__all__ = [
    "CASES",
    "DATA",
    "HOPELESS",
    "Remedy",
    "first_option",
    "forecast_of",
    "holds",
    "is_met",
    "main",
    "measured",
    "table",
]

DATA = Path(__file__).parents[1] / "data/remedies.jsonl"
# What QEMU says in the end of a migration that was given up has no numbers.
_STATUS = {"aborted": "cancelled"}
_MEMORY_MIB, _LINK_MBPS = 240, 400


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Remedy:
    """A migration that fails, and what is asked for then.

    Attributes:
        kind: of `KINDS`.
        policy: a shipped one.
        mib_s: what it may use.
        goal: none: to complete at all.
        keep: what is not to be changed.
        within_s: when somebody gives it up.
    """

    kind: str
    policy: str
    mib_s: int
    goal: Optional[zc.Goal] = None
    keep: Tuple[str, ...] = ()
    within_s: float = 150

    def case(self, version: str) -> Case:
        """What is measured first, with a QEMU of this version."""
        # Two migrations at a time share the cluster's bandwidth under these policies.
        host = {"versions": {"qemu": version}, "migrationMbps": _LINK_MBPS}
        return self._case(
            {
                "cluster": {"policy": self.policy, "bandwidth": 2 * 8 * self.mib_s},
                "vm": {"memoryMiB": _MEMORY_MIB, "vcpus": 4},
                "source": host,
                "destination": host,
            }
        )

    def again(self, option: zc.Option) -> Case:
        """What is measured then."""
        return self._case(option.scenario.to_json())

    def _case(self, scenario: Mapping[str, Any]) -> Case:
        return Case(
            name=f"{self.kind}, {self.policy}",
            scenario=scenario,
            writers=KINDS[self.kind].writers,
            filled_mib=FILLED_MIB,
            link_mbps=_LINK_MBPS,
            within_s=self.within_s,
            late_ms=LATE_MS,
        )


CASES = (
    Remedy("uniform", "Minimal downtime", 10),
    Remedy("alternating sets", "Minimal downtime", 12, zc.Goal(total_s=120, downtime_ms=2000)),
    Remedy("short sweep", "Minimal downtime", 12, zc.Goal(postcopy=True)),
    Remedy("sweep", "Minimal downtime", 12, zc.Goal(total_s=60, downtime_ms=1500)),
    Remedy("two sweeps", "Minimal downtime", 10, zc.Goal(throttle=30)),
    Remedy("collector", "Legacy", 16, within_s=60),
    Remedy("hot and cold", "Legacy", 16, zc.Goal(total_s=60, throttle=0), within_s=60),
    Remedy("moving set", "Legacy", 16, zc.Goal(downtime_ms=1000), within_s=60),
    Remedy("three sets", "Legacy", 12, zc.Goal(downtime_ms=800, throttle=50), within_s=60),
)
# No change that is allowed does it.
HOPELESS = (
    Remedy(
        "uniform",
        "Minimal downtime",
        12,
        zc.Goal(downtime_ms=60, throttle=0),
        ("bandwidth", "parallel", "compressed"),
    ),
    Remedy("two sweeps", "Legacy", 12, zc.Goal(total_s=5), ("bandwidth",), within_s=60),
    Remedy(
        "five sets",
        "Legacy",
        12,
        zc.Goal(total_s=25, downtime_ms=300),
        ("bandwidth", "parallel", "compressed"),
        within_s=60,
    ),
)


def _run(case: Case, generation: Generation, pki: Path) -> Tuple[Run, float]:
    """It, and the share of its time that the guest did not get."""
    with prepared(generation, case, pki) as (source, destination):
        before = counted(source)
        run = migrate(case, source, destination)
    return run, share_lost(before, run)


def measured(of: Remedy, generation: Generation, version: str, pki: Path) -> Recorded:
    """Migrate it, ask what would do, and migrate it so."""
    case = of.case(version)
    run, lost = _run(case, generation, pki)
    failed: Dict[str, Any] = {
        "kind": of.kind,
        "policy": of.policy,
        "goal": None if of.goal is None else of.goal.to_json(),
        "keep": of.keep,
        "scenario": case.scenario,
        "lost": round(lost, 4),
        "measured": run.measured,
        "totalBytes": run.last["ram"]["total"],
        "status": _STATUS.get(run.measured["outcome"], run.last["status"]),
        "samples": samples_of(run),
    }
    option, said = first_option(Recorded(failed))
    again, lost = _run(of.again(option), generation, pki)
    return Recorded(
        {
            **failed,
            **said,
            "changes": [f"{each.path}: {each.before} -> {each.after}" for each in option.changes],
            "option": option.scenario.to_json(),
            "forecast": _ranges(option.forecast),
            "after": {**again.measured, "lost": round(lost, 4)},
        }
    )


def _ranges(forecast: zc.Forecast) -> Dict[str, Any]:
    return {
        "outcome": forecast.outcome,
        "totalMs": forecast.total_ms_range,
        "sentMiB": forecast.sent_mib_range,
        "downtimeMs": forecast.downtime_ms_range,
        "throttle": forecast.throttle_range,
    }


def first_option(run: Recorded) -> Tuple[zc.Option, Dict[str, Any]]:
    """What is advised first of a migration that failed, and what was said of it.

    The diagnosis where everything may be changed; with something to keep, the advice on its fit.
    """
    goal = None if run.found["goal"] is None else zc.Goal.from_json(run.found["goal"])
    scenario = zc.Scenario.from_json(run.found["scenario"])
    migration = run.migration()
    if not run.found["keep"]:
        found = zc.diagnose(migration, scenario.resolve(), goal=goal)
        return found.options[0], {"cause": found.cause, "met": True}
    assert goal is not None
    fit = zc.fit(migration, scenario.vm.memory_mib)
    advice = zc.advise(scenario, fit, goal, keep=run.found["keep"])
    return advice.options[0], {"cause": None, "met": advice.met, "limit": advice.limit}


def is_met(run: Recorded) -> bool:
    """Whether what was measured then ended, and as was asked for."""
    goal, after = run.found["goal"] or {}, run.found["after"]
    most = {
        "totalMs": None if goal.get("totalS") is None else 1000 * goal["totalS"],
        "downtimeMs": goal.get("downtimeMs"),
        "throttle": goal.get("throttle"),
    }
    ends = ("completes", "post-copy") if goal.get("postcopy") else ("completes",)
    return after["outcome"] in ends and all(
        limit is None or after[key] <= limit for key, limit in most.items()
    )


def forecast_of(run: Recorded) -> zc.Forecast:
    """What the library says, from the failed migration, of the scenario that was tried then."""
    scenario = zc.Scenario.from_json(run.found["option"])
    fit = zc.fit(run.migration(), scenario.vm.memory_mib)
    return zc.simulate(scenario.resolve(), fit)


def holds(run: Recorded) -> bool:
    """Whether the time that was measured then is in its range."""
    low, high = forecast_of(run).total_ms_range
    measured: int = run.found["after"]["totalMs"]
    return (low or 0) <= measured and (high is None or measured <= high)


def table(runs: Sequence[Recorded]) -> str:
    """All of it, in Markdown."""
    lines = [list(_HEAD), ["---"] * len(_HEAD)]
    for run in runs:
        found, after = run.found, run.found["after"]
        _, said = first_option(run)
        low, high = [
            "no end" if ms is None else time_text(ms) for ms in forecast_of(run).total_ms_range
        ]
        lines.append(
            [
                f"{found['kind']}, {found['policy']}",
                f"{found['measured']['outcome']}, {time_text(found['measured']['totalMs'])}",
                said["cause"] or f"not met: {said['limit']}",
                _goal_text(found["goal"], found["keep"]),
                "; ".join([each.split(": ")[0] for each in found["changes"]]),
                f"{low} to {high}",
                _ended(after),
                "yes" if is_met(run) else "no",
                "yes" if holds(run) else "no",
                f"{max(found['lost'], after['lost']):.0%}",
            ]
        )
    return "\n".join([f"| {' | '.join(line)} |" for line in lines])


def _ended(after: Mapping[str, Any]) -> str:
    parts = [after["outcome"], time_text(after["totalMs"])]
    if after["downtimeMs"] is not None:
        parts.append(f"downtime {after['downtimeMs']} ms")
    return ", ".join([*parts, f"throttle {after['throttle']} %"])


_HEAD = (
    "guest, policy",
    "what became of it",
    "cause",
    "goal",
    "changed",
    "forecast",
    "what became of it then",
    "goal met",
    "in the range",
    "lost",
)


def _goal_text(goal: Optional[Mapping[str, Any]], keep: Sequence[str]) -> str:
    if goal is None:
        return "complete at all"
    parts = [
        *([f"{goal['totalS']} s"] if goal.get("totalS") is not None else []),
        *([f"downtime {goal['downtimeMs']} ms"] if goal.get("downtimeMs") is not None else []),
        *([f"throttle {goal['throttle']} %"] if goal.get("throttle") is not None else []),
        *(["post-copy allowed"] if goal.get("postcopy") else []),
        *([f"keep {', '.join(keep)}"] if keep else []),
    ]
    return ", ".join(parts)


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hypervisor.remedies")
    parser.add_argument("--lanes", type=int, default=2, help="how many to measure at a time")
    parser.add_argument("--only", default="", help="those with this word, and keep the others")
    chosen = parser.parse_args(arguments)
    generation = generations()[0]
    version = version_of(generation)
    all_of = (*CASES, *HOPELESS)
    have: Dict[int, Recorded] = dict(enumerate(load(DATA))) if DATA.exists() else {}
    lock = threading.Lock()

    def one(number: int, of: Remedy) -> None:
        run = measured(of, generation, version, pki)
        with lock:
            have[number] = run
            dump([have[each] for each in sorted(have)], machine(), DATA)
            said = {key: value for key, value in run.found.items() if key not in _LONG}
            print(json.dumps(said), file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="zcpolicy-") as directory:
        pki = Path(directory) / "pki"
        make_pki(pki)
        with ThreadPoolExecutor(chosen.lanes) as lanes:
            wanted = [(n, of) for n, of in enumerate(all_of) if chosen.only in f"{of}"]
            for done in [lanes.submit(one, number, of) for number, of in wanted]:
                done.result()


_LONG = ("samples", "scenario", "option")


if __name__ == "__main__":
    main()
