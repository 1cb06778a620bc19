"""What callers may write, and the types that they get: checked by mypy and pyright, never run."""

from typing import Any, Dict, Iterator, List, Literal, Mapping, Optional, Sequence, Tuple, Union

import zcpolicy as zc
from zcpolicy import formats, plot
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

qmp: libvirt.Qmp = libvirt.qmp(call.flags, call.params)
of_qemu: Tuple[Violation, ...] = libvirt.check_qmp(*qmp, qemu=(10, 0, 2))
of_libvirt: Tuple[Violation, ...] = libvirt.check(call.flags, call.params, libvirt=(11, 3, 0))
severity: Literal["refused", "harmful", "misleading"] = violations[0].severity
repaired: Mapping[str, Any] = vdsm.repair(request, host, vm, level="4.8").request
back: zc.Parameters = engine.parameters_from_vm_migrate(request)
stored: Tuple[zc.MigrationPolicy, ...] = engine.policies_from_json("[]")

# -- Inputs that are converted -------------------------------------------------------------------

versions: zc.Host = zc.Host(libvirt_version=[11, 3, 0], qemu_version=(10, 0, 2))
libvirt_version: Optional[Tuple[int, ...]] = versions.libvirt_version
unlimited: zc.VM = zc.VM(memory_hard_limit_mib=8796093022207, policy="post_copy")
config: zc.EngineConfig = zc.EngineConfig(
    parallel_supported={"4.6": True}, policies=[zc.policies.POST_COPY, policy]
)
supported: Mapping[str, bool] = config.parallel_supported
listed: Optional[Tuple[zc.MigrationPolicy, ...]] = config.policies
unlisted: zc.EngineConfig = zc.EngineConfig(policies=None)

# -- Policies that are made ----------------------------------------------------------------------

texts: List[str] = ["500"]
actions: List[zc.Action] = [
    zc.Action(name="setDowntime", params=texts),
    zc.Action(name="setDowntime", params=[500]),
    zc.Action(name="setDowntime", params=(500,)),
    zc.Action(name="postcopy"),
]
word: Literal["setDowntime", "postcopy", "abort"] = actions[0].name
downtime: Optional[int] = actions[0].downtime
ramp: zc.ConvergenceSchedule = zc.ConvergenceSchedule.ramp(100, {1: 150}, last="postcopy")
longer: zc.ConvergenceSchedule = zc.ConvergenceSchedule.ramp(100, last=5000, abort_limit=20)
entries: zc.ConvergenceSchedule = zc.ConvergenceSchedule(
    init=actions[:1], stalling=(zc.StallingEntry(limit=3, action=actions[3]),)
)
replayed: zc.Replay = ramp.replay([None, 1, 2], postcopy_fails=True)
computed: zc.ConvergenceSchedule = zc.legacy_schedule(500, steps=5)
made: zc.MigrationPolicy = zc.MigrationPolicy(
    id="57237b82-b8c2-425f-b425-114b35219627", name="Ours", schedule=ramp
)
found: zc.MigrationPolicy = zc.policies.get("Minimal downtime")
offered: Tuple[zc.MigrationPolicy, ...] = zc.policies.offered("4.8", config)
command: str = zc.policies.to_engine_config([made, found], "4.8")

# -- Forecasts -----------------------------------------------------------------------------------

writers: List[zc.Writer] = [
    zc.Writer(mib_s=40, set_mib=900),
    zc.Writer(mib_s=[(0, 5), [60, 9.5]], set_mib=64, order="sweep"),
]
rate: Union[float, Tuple[Tuple[float, float], ...]] = writers[1].mib_s
several: zc.Workload = zc.Workload(writers=writers, zero_share=0.5)
changing: zc.Workload = zc.Workload(dirty_mib_s=((0, 5), (60, 9)), working_set_mib=900)
measured: zc.Workload = zc.Workload.measured([(1, 921), (60, 210)], memory_mib=65536)
samples: List[zc.Sample] = [
    zc.Sample(at_ms=0, iteration=1, remaining_bytes=2**30, sent_bytes=0, dirty_pages_s=12.5)
]
migration: zc.Migration = zc.Migration(samples=samples)
kept: Tuple[zc.Sample, ...] = migration.samples
fit: zc.Fit = zc.fit(migration, memory_mib=65536)
workloads: Tuple[zc.Workload, ...] = fit.workloads
again: zc.Forecast = zc.simulate(resolution, fit, since=migration)
outcome: Literal["completes", "post-copy", "aborted", "never"] = again.outcome
outcomes: Tuple[Literal["completes", "post-copy", "aborted", "never"], ...] = again.outcomes
total: Tuple[Optional[int], Optional[int]] = again.total_ms_range
bound: Literal["vdsm", "bandwidth", "link", "connections"] = again.bound_by
rounds: Tuple[zc.Round, ...] = again.rounds
drawn: bytes = plot.picture(again, "png")
kind: Literal["png", "svg", "pdf"] = plot.format_of("run.svg")
drawn_too: bytes = plot.picture(again, plot.format_of("run.svg"))

# -- Advice --------------------------------------------------------------------------------------

goal: zc.Goal = zc.Goal(total_s=600, downtime_ms=500, throttle=50, postcopy=False)
advice: zc.Advice = zc.advise(scenario, several, goal, keep=["policy", "parallel"])
advised: zc.Advice = zc.advise(scenario, fit, keep=("bandwidth",))
options: Tuple[zc.Option, ...] = advice.options
changes: Tuple[zc.Change, ...] = options[0].changes
own: Optional[zc.MigrationPolicy] = options[0].made
limit: Optional[str] = advice.limit
choices: List[str] = ["legacy", "Minimal downtime"]
ranked: Tuple[zc.Option, ...] = zc.rank(scenario, several, choices)
ranked_too: Tuple[zc.Option, ...] = zc.rank(scenario, fit, ("legacy", made))
diagnosis: zc.Diagnosis = zc.diagnose(migration, resolution, goal=goal)
ending: Literal["completes", "post-copy", "aborted", "failed", "running"] = diagnosis.outcome
if diagnosis.cause == "link-not-filled":
    explained: Optional[zc.Forecast] = diagnosis.forecast

# -- Many ----------------------------------------------------------------------------------------

moves: Sequence[zc.Move] = [
    zc.Move(name="db01", resolution=resolution, workload=several),
    zc.Move(name="db02", resolution=resolution, workload=fit, destination="host-2"),
]
plan: zc.Plan = zc.drain(
    moves, link_mbps=25_000, order="largest", outgoing=2, incoming={"host-2": 1}
)
legs: Tuple[zc.Leg, ...] = plan.legs
stays: Tuple[zc.Stay, ...] = plan.stays
plan_options: Tuple[zc.PlanOption, ...] = plan.options
moved: Tuple[zc.Move, ...] = plan_options[0].moves
alternatives: Tuple[zc.Alternative, ...] = plan.alternatives
drawn_plan: bytes = plot.picture(plan, "pdf")
answers: Iterator[bytes] = zc.answers(["{}", b"{}"], "simulate")

# -- Formats -------------------------------------------------------------------------------------

reading: formats.Reading = formats.read(b"<domain/>", "db01.xml", vm="db01")
lines: formats.Reading = formats.read_lines(["{}", b"{}"])
parts: Mapping[str, Any] = reading.parts
read: zc.Scenario = formats.scenario(reading, lines)
simulation: Tuple[zc.Scenario, Union[zc.Workload, zc.Fit], Optional[zc.Migration]]
simulation = formats.simulation(reading)
