"""What type checkers refuse; each line says so, and a silence that is not needed is an error."""

from typing import List

import zcpolicy as zc
from zcpolicy import formats, plot

# pyright: reportUnnecessaryTypeIgnoreComment=true

zc.Cluster(parallel="atuo")  # type: ignore[arg-type]
zc.Cluster(bandwidth="unlimited")  # type: ignore[arg-type]
zc.Cluster(paralel="auto")  # type: ignore[call-arg]
zc.Cluster("4.8")  # type: ignore[call-arg]
zc.VM(vcpus="4")  # type: ignore[arg-type]
zc.VM(parallel="Disabled")  # type: ignore[arg-type]
zc.Limitation(
    code="mine",
    layer="kernel",  # type: ignore[arg-type]
    stage="guest",  # type: ignore[arg-type]
    applies=lambda facts: True,
    message="m",
    source="s",
)
zc.resolve(zc.Host())  # type: ignore[arg-type]
zc.resolve(paralel=4)  # type: ignore[arg-type]
zc.compare(a=zc.resolve(), c=zc.resolve())  # type: ignore[call-arg]
zc.Parameters().zerocopy = True  # type: ignore[misc]
zc.simulat  # type: ignore[attr-defined]
zc.resolve().parameters.paralel  # type: ignore[attr-defined]

# Inputs that are converted.
zc.VM(policy=5)  # type: ignore[arg-type]
zc.VM(memory_hard_limit_mib="1 GiB")  # type: ignore[arg-type]
zc.Scenario(policy=None)  # type: ignore[arg-type]
zc.Host(libvirt_version="11.3.0")  # type: ignore[arg-type]
zc.Host(qemu_version=[10, "0"])  # type: ignore[list-item]
zc.EngineConfig(parallel_supported=["4.6"])  # type: ignore[arg-type]
zc.EngineConfig(parallel_supported={"4.6": "yes"})  # type: ignore[dict-item]
zc.EngineConfig(policies=zc.policies.LEGACY)  # type: ignore[arg-type]
zc.EngineConfig(policies=["legacy"])  # type: ignore[list-item]
zc.EngineConfig(default_downtim=5)  # type: ignore[call-arg]

# Policies that are made.
zc.MigrationPolicy(id=5, name="Ours")  # type: ignore[arg-type]
zc.policies.POST_COPY.but(nam="Ours")  # type: ignore[call-arg]
zc.policies.get(5)  # type: ignore[arg-type]
zc.policies.to_engine_config(["Ours"])  # type: ignore[list-item]
zc.Action(name="setDowntimes")  # type: ignore[arg-type]
zc.Action(name="setDowntime", params="500")  # type: ignore[arg-type]
zc.Action(name="setDowntime", params=500)  # type: ignore[arg-type]
zc.Action(name="setDowntime", params=[1.5])  # type: ignore[arg-type]
zc.ConvergenceSchedule(init=zc.Action(name="abort"))  # type: ignore[arg-type]
zc.ConvergenceSchedule(stalling=[zc.Action(name="abort")])  # type: ignore[list-item]
zc.ConvergenceSchedule.ramp(100, last="abort")  # type: ignore[arg-type]
zc.ConvergenceSchedule.ramp(100, [150])  # type: ignore[arg-type]
zc.resolve().explain("paralel")  # type: ignore[call-overload]
zc.legacy_schedule("500")  # type: ignore[arg-type]

# Forecasts.
zc.Writer(mib_s="40", set_mib=900)  # type: ignore[arg-type]
zc.Writer(mib_s=[40], set_mib=900)  # type: ignore[list-item]
zc.Writer(mib_s=40, set_mib=900, order="sequential")  # type: ignore[arg-type]
zc.Workload(writers=5)  # type: ignore[arg-type]
zc.Workload(dirty_mib_s=[(0, "5")], working_set_mib=900)  # type: ignore[list-item]
zc.Workload.measured([1, 921])  # type: ignore[list-item]
zc.Migration(samples=5)  # type: ignore[arg-type]
zc.Migration(samples=[{"atMs": 0}])  # type: ignore[list-item]
zc.fit(5)  # type: ignore[arg-type]
workload = zc.Workload(dirty_mib_s=0, working_set_mib=0)
forecast = zc.simulate(zc.resolve(), workload)
zc.simulate(zc.Scenario(), workload)  # type: ignore[arg-type]
zc.simulate(zc.resolve(), workload, since=workload)  # type: ignore[arg-type]
forecast.margin  # type: ignore[attr-defined]
plot.picture(forecast, "jpg")  # type: ignore[arg-type]
plot.picture(zc.resolve(), "png")  # type: ignore[arg-type]

# Advice.
names: List[str] = ["policy"]
zc.Goal(total_s="600")  # type: ignore[arg-type]
zc.Goal(down_time=5)  # type: ignore[call-arg]
zc.advise(zc.Scenario(), workload, keep="policy")  # type: ignore[arg-type]
zc.advise(zc.Scenario(), workload, keep=["polic"])  # type: ignore[list-item]
zc.advise(zc.Scenario(), workload, keep=names)  # type: ignore[arg-type]
zc.rank(zc.Scenario(), workload, "legacy")  # type: ignore[arg-type]
zc.rank(zc.Scenario(), workload, [5])  # type: ignore[arg-type]
zc.diagnose(forecast)  # type: ignore[arg-type]
zc.Diagnosis(outcome="ended", cause="completed", message="m")  # type: ignore[arg-type]
zc.Diagnosis(outcome="completes", cause="complete", message="m")  # type: ignore[arg-type]
zc.Advice(met=True, options=5)  # type: ignore[arg-type]

# Many.
move = zc.Move(name="db01", resolution=zc.resolve(), workload=workload)
zc.Move(name="db01", resolution=zc.Scenario(), workload=workload)  # type: ignore[arg-type]
zc.drain(move)  # type: ignore[arg-type]
zc.drain([move], order="smallest")  # type: ignore[arg-type]
zc.drain([move], incoming=2)  # type: ignore[arg-type]
zc.answers(["{}"], "advise")  # type: ignore[arg-type]
zc.drain([move]).option  # type: ignore[attr-defined]

# Formats.
formats.read(5)  # type: ignore[arg-type]
formats.read("", vms="db01")  # type: ignore[call-arg]
formats.scenario("<domain/>")  # type: ignore[arg-type]
