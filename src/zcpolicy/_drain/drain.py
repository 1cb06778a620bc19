"""Plan how a host gets empty: `drain`."""

from typing import Mapping, Optional, Sequence

import attr

from .host import Host
from .moves import Asked, Move, Order, checked
from .options import other_ways
from .plan import Plan

__all__ = ["drain"]


def drain(
    moves: Sequence[Move],
    *,
    link_mbps: Optional[float] = None,
    order: Order = "given",
    outgoing: Optional[int] = None,
    incoming: Mapping[str, int] = {},
) -> Plan:
    """Plan how these VMs leave their host, as Engine and Vdsm would do it.

    All requests are there from the start.  As many run at a time as the requests allow, each with
    its own bandwidth; one whose destination is full lets the next one pass.  They share the link,
    each TCP connection as much, none more than its request.  What is uncertain is uncertain for all
    alike: each variant of the forecasts runs through the whole plan.

        >>> import zcpolicy as zc
        >>> load = zc.Workload(dirty_mib_s=0, working_set_mib=0, zero_share=0, link_mbps=10000)
        >>> r = zc.Scenario().resolve()
        >>> moves = [zc.Move(name=f"vm-{i}", resolution=r, workload=load) for i in range(4)]
        >>> [(leg.name, round(leg.start_ms / 1000)) for leg in zc.drain(moves).legs]
        [('vm-0', 0), ('vm-1', 0), ('vm-2', 17), ('vm-3', 17)]

    Args:
        moves: what is to move.
        link_mbps: what the link out of the host carries for all together, 10^6 bits a second; None:
            the fastest that a workload, or the two hosts of a scenario, say.
        order: in which they start: as ``"given"``, the ``"shortest"`` forecast first, or the
            ``"largest"`` memory first.
        outgoing: how many leave at a time; None: as the requests say.
        incoming: how many come in at a time, by the names of destinations; as above.

    Returns:
        The same each time, with what would help.

    Raises:
        ZcpolicyError: an argument is not as said here, two moves have the same name, they leave
            different hosts, no move goes to a destination that *incoming* names, the requests
            contradict one another in how many may run at a time, or a workload does not fit its VM.
    """
    moves = checked(moves, incoming, link_mbps=link_mbps, order=order, outgoing=outgoing)
    host = Host(Asked(moves, link_mbps, order, outgoing, incoming))
    plan = host.plan()
    alternatives, options = other_ways(host, plan)
    return attr.evolve(plan, alternatives=alternatives, options=options)
