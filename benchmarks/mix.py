"""A mix of 500 scenarios to decide, with two notices on average."""

import json
import random
from typing import Any, Sequence, Tuple

import attr

import zcpolicy as zc


def _scenario(draw: random.Random) -> zc.Scenario:
    def one(*values: Any) -> Any:
        return draw.choice(values)

    def mostly(usual: Any, *others: Any) -> Any:
        return usual if draw.random() < 0.65 else one(*others)

    def host() -> zc.Host:
        return zc.Host(
            **{
                field.name: mostly(True, False)
                for field in attr.fields(zc.Host)
                if field.default is True
            },
            migration_mbps=one(None, 10_000, 40_000, 100_000),
        )

    return zc.Scenario(
        cluster=zc.Cluster(
            level=mostly("4.8", "4.3", "4.6", "4.7"),
            parallel=one("disabled", "auto", "auto_parallel", 8),
            encrypted=mostly(None, True, False),
            tunnelled=mostly(False, True),
            bandwidth=one("auto", "auto", "hypervisor_default", 20_000),
        ),
        host=host(),
        policy=one(
            "Very large VMs",
            zc.policies.VERY_LARGE_VMS,
            zc.policies.VERY_LARGE_VMS.id,
            "Minimal downtime",
            zc.policies.POST_COPY,
            zc.policies.SUSPEND_WORKLOAD,
            "legacy",
        ),
        vm=zc.VM(
            vcpus=one(1, 4, 16, 64),
            memory_mib=one(4096, 1048576),
            memory_hard_limit_mib=mostly(None, 1024),
            level=mostly(None, "4.7"),
            paused=mostly(False, True),
            downtime=mostly(None, 500),
            policy=mostly(None, "Very large VMs", zc.policies.POST_COPY),
        ),
        destination=host(),
    )


def scenarios() -> Sequence[zc.Scenario]:
    """The same scenarios in every run."""
    draw = random.Random(2022)
    return [_scenario(draw) for _ in range(500)]


def conversation(scenarios: Sequence[zc.Scenario]) -> Tuple[bytes, Sequence[bytes]]:
    """The scenarios as lines, without Engine's configuration, and the answers in JSON."""
    lines = []
    for scenario in scenarios:
        document = scenario.to_json()
        del document["engine"]
        lines.append(json.dumps(document).encode() + b"\n")
    answers = [json.dumps(scenario.resolve().to_json()).encode() for scenario in scenarios]
    return b"".join(lines), answers


def by_the_standard_library(lines: Sequence[bytes], answers: Sequence[bytes], out: Any) -> None:
    """The cost that any program has: read both JSONs, and write the answers."""
    for line, text in zip(lines, answers):
        json.loads(line)
        out.write(json.dumps(json.loads(text)).encode() + b"\n")
        out.flush()
