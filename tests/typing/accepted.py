"""What callers may write, and the types that they get: checked by mypy and pyright, never run."""

from typing import Any, Dict, Optional, Tuple

import zcpolicy as zc
from zcpolicy.adapters import engine, libvirt, vdsm
from zcpolicy.adapters.libvirt import Violation

cluster: zc.Cluster = zc.Cluster(level="4.8", parallel="auto_parallel", bandwidth="auto")
counted: zc.Cluster = zc.Cluster(parallel=8, bandwidth=40_960)
vm: zc.VM = zc.VM(vcpus=64, memory_mib=2**21, parallel=None, policy=zc.policies.POST_COPY)
host: zc.Host = zc.Host(migration_mbps=None)
scenario: zc.Scenario = zc.Scenario(cluster=cluster, host=host, policy="legacy", vm=vm)

resolution: zc.Resolution = zc.resolve(cluster, host, "Very large VMs", vm, destination=host)
parallel: Optional[int] = resolution.parameters.parallel
zerocopy: bool = resolution.parameters.zerocopy
schedule: Optional[zc.ConvergenceSchedule] = resolution.parameters.schedule
blockers: Tuple[str, ...] = resolution.blockers
notices: Tuple[zc.Notice, ...] = resolution.notices
sentence: str = resolution.explain("parallel")
sentences: Dict[str, str] = resolution.explain()
answer: Dict[str, Any] = resolution.to_json()


def slow_network(facts: zc.Facts) -> bool:
    """A condition of a site."""
    mbps = facts.host.migration_mbps
    return mbps is not None and mbps < 25_000


mine: zc.Limitation = zc.Limitation(
    code="slow-network",
    layer="engine",
    stage="engine",
    applies=slow_network,
    message="zero-copy does not pay here",
    source="our measurements",
)
limited: zc.Resolution = zc.resolve(limitations=(*zc.LIMITATIONS, mine))

policy: zc.MigrationPolicy = zc.policies.VERY_LARGE_VMS.but(name="Databases")
findings: Tuple[zc.Finding, ...] = zc.lint(policy)
differences: Tuple[zc.Difference, ...] = zc.compare(resolution, limited)
forecast: zc.Forecast = zc.simulate(resolution, zc.Workload(dirty_mib_s=1, working_set_mib=1))

request: Dict[str, Any] = engine.vm_migrate(resolution.parameters, level="4.8")
call: vdsm.LibvirtCall = vdsm.libvirt_call(request, host, level="4.8")
violations: Tuple[Violation, ...] = vdsm.check(request, host, vm, level="4.8")
names: Tuple[str, ...] = libvirt.flag_names(call.flags)
