"""The assumptions of a forecast, in words."""

from typing import Iterator, Optional, Sequence

from .._decision.resolution import Resolution
from .fit import Fit
from .model import (
    COUNTS_SINCE,
    LOOKS_SINCE,
    OVERHEAD_MS,
    ZERO_SCAN_MIB_S,
    Model,
    stream_mbps,
    switches,
)
from .observed import Observed
from .workload import Workload, written_by

__all__ = ["assumed"]


def assumed(
    resolution: Resolution,
    workload: Workload,
    model: Model,
    evidence: Optional[Fit],
    seen: Optional[Observed],
) -> Iterator[str]:
    """What was not given, and the assumption made instead, a few words each."""
    parameters = resolution.parameters
    version = resolution.scenario.host.qemu_version
    if seen is None and workload.connection_mbps is None and model.bound_by == "connections":
        yield f"a {_kind(resolution)} carries {stream_mbps(resolution) / 1000:g} Gbps"
    if model.link_assumed:
        yield "the network carries the bandwidth limit, and no more at the switchover"
    if workload.zero_scan_mib_s is None and model.zeros:
        yield f"QEMU scans a GiB of zero pages in {1024 / ZERO_SCAN_MIB_S:.1f} s"
    if workload.overhead_ms is None:
        yield f"a switchover takes {OVERHEAD_MS} ms on top of sending the rest"
    writers = written_by(workload)
    if evidence is None and len(writers) == 1 and model.guest.sets:
        order = "at random" if writers[0].order == "random" else "one after the other"
        yield f"the guest writes one working set, all pages equally often, {order}"
    if version is None and parameters.auto_converge and model.guest.sets:
        yield f"QEMU is older than {_text(LOOKS_SINCE)}, which throttles sooner in long rounds"
    if version is None and switches(model.schedule):
        yield f"QEMU is older than {_text(COUNTS_SINCE)}, which counts ten iterations a second"
    if evidence is not None:
        yield from evidence.unknown


def _kind(resolution: Resolution) -> str:
    if resolution.parameters.encrypted:
        return "connection with TLS"
    return "tunnel" if resolution.parameters.tunnelled else "connection"


def _text(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
