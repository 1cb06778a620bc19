"""Plans how a host is emptied: `drain`."""

from typing import Mapping, Optional, Sequence

import attr

from .._base.hints import hinted
from .host import Host
from .moves import Asked, Move, Order, checked
from .options import other_ways
from .plan import Plan

__all__ = ["drain"]


@hinted
def drain(
    moves: Sequence[Move],
    *,
    link_mbps: Optional[float] = None,
    order: Order = "given",
    outgoing: Optional[int] = None,
    incoming: Mapping[str, int] = {},
) -> Plan:
    """Plan how these VMs leave their host, as Engine and Vdsm would do it.

    All requests exist from the start.  As many run at a time as the requests allow, each with its
    own bandwidth; if a destination is full, the next migrations overtake those that wait for it.
    TCP connections share the link equally, up to what their requests allow.  Uncertainty affects
    all migrations alike: each variant of the forecasts runs through the whole plan.

        >>> import zcpolicy as zc
        >>> load = zc.Workload(dirty_mib_s=0, working_set_mib=0, zero_share=0, link_mbps=10000)
        >>> r = zc.Scenario().resolve()
        >>> moves = [zc.Move(name=f"vm-{i}", resolution=r, workload=load) for i in range(4)]
        >>> [(leg.name, round(leg.start_ms / 1000)) for leg in zc.drain(moves).legs]
        [('vm-0', 0), ('vm-1', 0), ('vm-2', 17), ('vm-3', 17)]

    Args:
        moves: the VMs to move.
        link_mbps: the capacity of the link out of the host, for all migrations together, 10^6 bits
            a second; None: the highest that a workload, or the two hosts of a scenario, give.
        order: the order in which they start: as ``"given"``, the ``"shortest"`` forecast first, or
            the ``"largest"`` memory first.
        outgoing: how many leave at a time; None: as in the requests.
        incoming: how many arrive at a time, by name of the destination; others: as in the requests.

    Returns:
        The plan, with what would help; deterministic.

    Raises:
        ZcpolicyError: an argument is not as described, two moves have the same name, they leave
            different hosts, no move goes to a destination in *incoming*, the requests disagree on
            how many may run at a time, or a workload does not fit its VM.
    """
    moves = checked(moves, incoming, link_mbps=link_mbps, order=order, outgoing=outgoing)
    host = Host(Asked(moves, link_mbps, order, outgoing, incoming))
    plan = host.plan()
    alternatives, options = other_ways(host, plan)
    return attr.evolve(plan, alternatives=alternatives, options=options)
