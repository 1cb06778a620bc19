"""What a forecast takes for granted, in words."""

from typing import Iterator, Optional

from .._decision.resolution import Resolution
from .fit import Fit
from .model import COUNTS_SINCE, LOOKS_SINCE, OVERHEAD_MS, ZERO_SCAN_MIB_S, Model, stream_mbps
from .observed import Observed
from .workload import Workload

__all__ = ["assumed"]


def assumed(
    resolution: Resolution,
    workload: Workload,
    model: Model,
    evidence: Optional[Fit],
    seen: Optional[Observed],
) -> Iterator[str]:
    """What was not given and what was taken for it, a sentence each."""
    parameters = resolution.parameters
    if seen is None and workload.connection_mbps is None and model.bound_by == "connections":
        yield f"A {_kind(resolution)} carries {_gbps(stream_mbps(resolution))} Gbps."
    if seen is None and model.bound_by in ("bandwidth", "vdsm") and workload.link_mbps is None:
        yield "The network carries what the bandwidth allows, and no more at the switchover."
    if workload.zero_scan_mib_s is None and model.zeros:
        seconds = 1024 / ZERO_SCAN_MIB_S
        yield f"QEMU passes over a GiB of zero pages in {seconds:.1f} s."
    if workload.overhead_ms is None:
        yield f"A switchover takes {OVERHEAD_MS} ms beside sending the rest."
    if evidence is None and len(workload.writers) == 1 and model.guest.sets:
        order = "at random" if workload.writers[0].order == "random" else "in turn"
        yield f"The guest writes one working set, each of its pages {order} and as often."
    if resolution.scenario.host.qemu_version is None:
        if parameters.auto_converge and model.guest.sets:
            yield (
                "QEMU is older than "
                f"{_version(LOOKS_SINCE)}, and looks at what was dirtied only as a round ends."
            )
        if _postcopy(model):
            yield f"QEMU is older than {_version(COUNTS_SINCE)}, and counts a round as one."
    if evidence is not None:
        for unknown in evidence.unknown:
            yield f"{unknown[0].upper()}{unknown[1:]}."


def _postcopy(model: Model) -> bool:
    return "postcopy" in [entry.action.name for entry in model.schedule.stalling]


def _kind(resolution: Resolution) -> str:
    if resolution.parameters.encrypted:
        return "connection with TLS"
    return "tunnel" if resolution.parameters.tunnelled else "connection"


def _gbps(mbps: float) -> str:
    return f"{mbps / 1000:g}"


def _version(version: "tuple[int, ...]") -> str:
    return ".".join(map(str, version))
