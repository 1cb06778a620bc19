"""What type checkers refuse; each line says so, and a silence that is not needed is an error."""

import zcpolicy as zc

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
zc.Parameters().zerocopy = True  # type: ignore[misc]
zc.simulat  # type: ignore[attr-defined]
zc.resolve().parameters.paralel  # type: ignore[attr-defined]
