"""The entry point that hypothesis calls while it is imported.

It is not part of ``zcpolicy.testing``, which itself imports hypothesis and may be half-imported.
"""

from typing import Any, Callable

__all__ = ["register"]


def register() -> None:
    """Register strategies for zcpolicy's classes; they are looked up when first drawn."""
    from hypothesis import strategies as st

    import zcpolicy as zc

    def drawn_from(name: str) -> Callable[[Any], Any]:
        def strategy(_: Any) -> Any:
            from .testing import _objects

            return getattr(_objects, name)()

        return strategy

    for cls, name in (
        (zc.Cluster, "clusters"),
        (zc.Host, "hosts"),
        (zc.VM, "vms"),
        (zc.EngineConfig, "engines"),
        (zc.MigrationPolicy, "policies"),
        (zc.ConvergenceSchedule, "schedules"),
        (zc.Action, "actions"),
        (zc.StallingEntry, "entries"),
        (zc.Parameters, "parameters"),
        (zc.Workload, "workloads"),
        (zc.Vdsm, "vdsm_options"),
        (zc.Sample, "samples"),
        (zc.Migration, "migrations"),
        (zc.Scenario, "scenarios"),
    ):
        st.register_type_strategy(cls, drawn_from(name))
    st.register_type_strategy(
        zc.Resolution, lambda _: drawn_from("scenarios")(None).map(zc.Scenario.resolve)
    )
