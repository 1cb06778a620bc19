"""Migrations that others measured and published, and what is forecast of them.

Without a hypervisor.  A series whose rates, sets or limits were not published is not here.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import attr

import zcpolicy as zc

from .calibrate import policy

__all__ = ["PUBLISHED", "Published", "published_table"]

_TLS = "series of 1 to 8 connections with TLS on current CPUs; its address was not recorded"
_VEP = (
    "[KubeVirt VEP 291](https://github.com/kubevirt/enhancements/blob/main/veps/sig-compute/"
    "291-dynamic-downtime-tuning/vep.md), means of ten"
)
_VINOD = (
    "[QEMU 1.6, commit 7ca1dfad](https://gitlab.com/qemu-project/qemu/-/commit/"
    "7ca1dfad952d8a8655b32e78623edcc38a51b14a)"
)


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Published:
    """A migration, as far as it was published.

    Attributes:
        name: it in words.
        source: who published it.
        scenario: how it was migrated, in the library's terms.
        workload: what was said of the guest and the network.
        outcome: what became of it.
        total_s: the time that it took, s.
        sent_mib: what it sent, MiB.
        fitted: what of the workload was chosen, or which default of the model, so that this very
            row comes out; empty: nothing.
        old: whether QEMU is older than any that the model is of.
    """

    name: str
    source: str
    scenario: Dict[str, Any]
    workload: zc.Workload
    outcome: str
    total_s: Optional[float] = None
    sent_mib: Optional[float] = None
    fitted: str = ""
    old: bool = False

    @property
    def scored(self) -> bool:
        """Whether it says how good the model is."""
        return not self.fitted and not self.old

    def forecast(self) -> zc.Forecast:
        """What the library says of it."""
        return zc.simulate(zc.Scenario.from_json(self.scenario).resolve(), self.workload)

    @property
    def wrong(self) -> bool:
        """Whether its outcome is none of those that are forecast as possible."""
        return self.outcome not in self.forecast().outcomes

    def time_error(self) -> Optional[float]:
        """How far off the time is, where the outcome is right and the time was published."""
        found = self.forecast()
        if self.total_s is None or found.outcome != self.outcome:
            return None
        return float(found.total_ms / 1000 / self.total_s - 1)


def _scenario(
    memory_mib: int,
    bandwidth_mbps: int,
    limits: Sequence[int],
    *,
    converge: bool = False,
    cluster: Optional[Dict[str, Any]] = None,
) -> Dict[str, Any]:
    return {
        "cluster": {
            "policy": policy(limits, converge=converge, last=None),
            "bandwidth": bandwidth_mbps,
            **(cluster or {}),
        },
        "vm": {"memoryMiB": memory_mib, "vcpus": 32},
    }


def _swept(connections: int, total_s: Optional[float], *, encrypted: bool = True) -> Published:
    """192 GiB, of which 27.8 are not zero, and 24 are swept in order at 1500 MiB/s."""
    memory = 192 * 1024
    cluster: Dict[str, Any] = {"encrypted": encrypted}
    if connections > 1:
        cluster["parallel"] = connections
    how = f"{connections} with TLS" if encrypted else "1, plain, at 22 Gbps"
    return Published(
        name=f"192 GiB, 24 GiB swept at 1500 MiB/s, connections: {how}",
        source=_TLS,
        scenario=_scenario(memory, 100_000, [300], cluster=cluster),
        workload=zc.Workload(
            writers=(zc.Writer(mib_s=1500, set_mib=24 * 1024, order="sweep"),),
            zero_share=1 - 27.8 / 192,
            link_mbps=100_000,
            connection_mbps=None if encrypted else 22000,
        ),
        outcome="never" if total_s is None else "completes",
        total_s=total_s,
        fitted="" if not encrypted else "what a connection carries with TLS",
    )


def _worker(limits: Sequence[int], total_s: float, sent_mib: float, fitted: str = "") -> Published:
    """8 GiB; the link by the bytes in that time; zero pages by the time of the first pass."""
    return Published(
        name="8 GiB, 650 Mbps dirtied, "
        + ("300 ms" if len(limits) == 1 else "from 150 ms to 1050 in steps of 150 and 10 s"),
        source=_VEP,
        scenario=_scenario(8192, 1000, limits),
        workload=zc.Workload(
            dirty_mib_s=77.5, working_set_mib=_WORKER_SET_MIB, zero_share=0.13, link_mbps=885
        ),
        outcome="completes",
        total_s=total_s,
        sent_mib=sent_mib,
        fitted=fitted,
    )


# So that the first of the two takes the time that it took.
_WORKER_SET_MIB = 2000


def _warehouse(converge: bool, total_s: Optional[float], sent_mib: Optional[float]) -> Published:
    """256 GiB, of which 249.7 were zero; the rate is QEMU's own, the set all that is not zero."""
    return Published(
        name="256 GiB, 249.7 zero, 264 MiB/s dirtied, 4 s, 2114 Mbps, autoconverge "
        + ("on" if converge else "off"),
        source=_VINOD,
        scenario=_scenario(256 * 1024, 20_000, [4000], converge=converge),
        workload=zc.Workload(
            dirty_mib_s=264, working_set_mib=6451, zero_share=249.7 / 256, link_mbps=2114
        ),
        outcome="never" if total_s is None else "completes",
        total_s=total_s,
        sent_mib=sent_mib,
        old=True,
    )


PUBLISHED: Sequence[Published] = (
    *(_swept(count, seconds) for count, seconds in ((1, None), (2, None), (4, 49.2))),
    *(_swept(count, seconds) for count, seconds in ((6, 24.7), (8, 18.7))),
    _swept(1, 34.7, encrypted=False),
    _worker([300], 112.4, 11862, "the working set"),
    _worker([150, 300, 450, 600, 750, 900, 1050], 92.2, 9694),
    _warehouse(True, 241.2, 27574),
    _warehouse(False, None, None),
)


def published_table(rows: Sequence[Published] = PUBLISHED) -> str:
    """In Markdown: each migration, what came, what is forecast, and the error of the time."""
    lines: List[Tuple[str, ...]] = [
        (
            "migration",
            "source",
            "measured",
            "forecast",
            "range of the time, s",
            "time off",
            "scored",
        ),
        ("---",) * 7,
    ]
    for row in rows:
        found = row.forecast()
        low, high = found.total_ms_range
        error = row.time_error()
        lines.append(
            (
                row.name,
                row.source,
                _said(row.outcome, row.total_s, row.sent_mib),
                _said(found.outcome, _seconds(found), found.sent_mib),
                f"{_s(low)} to {_s(high)}",
                "" if error is None else f"{error:+.0%}",
                _why(row),
            )
        )
    return "\n".join([f"| {' | '.join(line)} |" for line in lines])


def _seconds(found: zc.Forecast) -> Optional[float]:
    return None if found.outcome == "never" else found.total_ms / 1000


def _said(outcome: str, total_s: Optional[float], sent_mib: Optional[float]) -> str:
    if total_s is None:
        return outcome
    sent = "" if sent_mib is None else f", {sent_mib:.0f} MiB"
    return f"{outcome}, {total_s:.1f} s{sent}"


def _s(ms: Optional[int]) -> str:
    return "no end" if ms is None else f"{ms / 1000:.0f}"


def _why(row: Published) -> str:
    if row.fitted:
        return f"no: {row.fitted} fitted"
    return "no: old" if row.old else "yes"
