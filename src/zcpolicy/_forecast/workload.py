"""A forecast's input: the guest's load and the network."""

import inspect
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, cast

import attr

from .._base.documents import Reader
from .._base.errors import InvalidValue, ZcpolicyError, raise_all
from .._base.fields import Fields, Kind, ListOrTuple, integer, optional
from .._base.frozen import quick
from .._base.hints import hinted, refuse
from .curve import averaged, writers_of
from .kinds import DIRTY_RATE, RATE, number, pieces
from .writers import WRITERS, AnyDirtyRate, DirtyRate, Writer, is_idle, read_writers, written_mib_s

__all__ = [
    "NETWORK_KEYS",
    "PERIOD",
    "RATES_KEYS",
    "WORKLOAD",
    "WORKLOAD_KEYS",
    "Workload",
    "read_network",
    "read_workload",
    "written_by",
]


def _as_rate(value: Optional[AnyDirtyRate]) -> Optional[DirtyRate]:
    return cast(Optional[DirtyRate], pieces(value))


def _as_writers(value: Optional[ListOrTuple[Writer]]) -> Tuple[Writer, ...]:
    return tuple(value) if isinstance(value, list) else () if value is None else value


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Workload:
    """The load of the guest during migration, and the capacity of the network.

    Describe the guest by ``writers``, or as a single random writer: ``dirty_mib_s`` and
    ``working_set_mib``.  0 and 0 is an idle guest.

    Attributes:
        dirty_mib_s: how fast the guest writes memory, MiB/s, counting rewritten pages again; each
            write goes to a random page of the working set.  If the rate changes, up to 1000 pairs
            ``(from_second, MiB/s)``, the first from second 0.  QEMU measures less: use `measured`
            to make a workload from its figure.  None if ``writers`` are given.
        working_set_mib: the memory that the guest writes again and again, MiB; 0 only if it writes
            nothing.  None if ``writers`` are given.
        writers: the writers in the guest, each with its own memory; empty if ``dirty_mib_s`` is
            given.
        zero_share: the share of memory that is all zeros, 0 to 1; almost nothing is sent for it.
        link_mbps: the network bandwidth available to the migration, 10^6 bits a second, at least 1;
            None: the slower link of the resolution's two hosts, if both are known, else the
            resolution's bandwidth.
        connection_mbps: the capacity of one connection, 10^6 bits a second, at least 1; None: 20
            Gbps, with TLS 4.7 Gbps, through a tunnel 2 Gbps.
        zero_scan_mib_s: how fast QEMU scans zero pages, MiB/s, at least 1; None: 5120.
        overhead_ms: how long a switchover takes, ms, in addition to sending the remaining memory:
            stopping the guest, sending device state, starting it; None: 50.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    dirty_mib_s: Optional[DirtyRate] = attr.ib(default=None, converter=_as_rate)
    working_set_mib: Optional[int] = None
    writers: Tuple[Writer, ...] = attr.ib(default=(), converter=_as_writers)
    zero_share: float = 0.0
    link_mbps: Optional[float] = None
    connection_mbps: Optional[float] = None
    zero_scan_mib_s: Optional[float] = None
    overhead_ms: Optional[int] = None

    def __attrs_post_init__(self) -> None:
        faults: List[ZcpolicyError] = []
        try:
            WORKLOAD.check(self)
        except ZcpolicyError as error:
            faults += error.all
        guest = ("dirty_mib_s", "working_set_mib", "writers")
        if not [fault for fault in faults if fault.path.split("[")[0] in guest]:
            faults += self._faults()
        raise_all(faults)

    def _faults(self) -> Sequence[ZcpolicyError]:
        given = [
            name for name in ("dirty_mib_s", "working_set_mib") if getattr(self, name) is not None
        ]
        if self.writers:
            problem = "the guest is given twice, by writers as well"
            return [
                InvalidValue(name, getattr(self, name), "none together with writers", problem)
                for name in given
            ]
        missing = [name for name in ("dirty_mib_s", "working_set_mib") if name not in given]
        if missing:
            kinds = WORKLOAD.kinds
            return [InvalidValue(name, None, kinds[name].expected, _GIVE) for name in missing]
        assert self.dirty_mib_s is not None
        if not self.working_set_mib and not is_idle(self.dirty_mib_s):
            return [
                InvalidValue("working_set_mib", self.working_set_mib, "at least 1, as it writes")
            ]
        return []

    @classmethod
    def measured(
        cls,
        rates: Optional[Sequence[Tuple[float, float]]] = None,
        *,
        memory_mib: Optional[int] = None,
        rate_mib_s: Optional[float] = None,
        working_set_mib: Optional[int] = None,
        period_s: float = 1,
        **others: Any,
    ) -> "Workload":
        """Make a workload from dirty rates measured with QEMU's ``calc-dirty-rate``.

        QEMU counts a page once, however often the guest writes it within the period t.  Random
        writes of v a second to a working set W therefore measure as
        d = W (1 - exp(-v t / W)) / t, so v = -W ln(1 - d t / W) / t.  Rates over several periods
        also show how fast what is dirtied grows with time.  The result then has several writers,
        which dirty as much in each of the periods, and elsewhere follow a power of the time.

        Args:
            rates: pairs ``(period_s, dirty-rate)``, s and MiB/s, in any order; several rates over
                one period, from repeated measurements, are averaged.
            memory_mib: the VM's memory, MiB; nothing can dirty more.
            rate_mib_s: the ``dirty-rate`` d, MiB/s, if there is only one.
            working_set_mib: as in the workload, for a single rate; None: all memory.
            period_s: the period of the measurement, seconds, 0.05 to 60; QEMU's and virsh's
                default is 1.  The shorter, the better.
            others: the other fields of the workload.

        Raises:
            ZcpolicyError: a value is not as described; the guest dirtied its whole working set in
                the period, so the rate is unknown; or it dirtied less in a longer period.
        """
        unknown = {name: value for name, value in others.items() if name not in WORKLOAD.kinds}
        if unknown:
            own = [*inspect.signature(cls.measured).parameters][:-1]
            refuse("measured has no parameter", unknown, [*own, *NETWORK_KEYS.values()])
        if rates is None:
            points: Any = ((period_s, rate_mib_s),)
            paths: Sequence[Tuple[str, str]] = [("period_s", "rate_mib_s")]
        else:
            points = pieces(rates)
            paths = _paths(points)
        faults = []
        if rates is not None:
            faults += _rates_faults(points, paths)
            if rate_mib_s is not None:
                faults.append(InvalidValue("rate_mib_s", rate_mib_s, "none together with rates"))
        else:
            faults += RATE.faults("rate_mib_s", rate_mib_s)
        for name, value in (("working_set_mib", working_set_mib), ("memory_mib", memory_mib)):
            faults += [] if value is None else _SIZE.faults(name, value)
        if rates is None:
            faults += PERIOD.faults("period_s", period_s)
        raise_all(faults)
        points, paths = averaged(points, paths)
        if len(points) > 1:
            if memory_mib is None:
                raise InvalidValue("memory_mib", None, "the VM's memory, MiB, for several rates")
            writers = writers_of(points, memory_mib, paths)
            idle = {} if writers else {"dirty_mib_s": 0, "working_set_mib": 0}
            return cls(writers=writers, **idle, **others)
        (((period, rate),), working_set) = points, working_set_mib or memory_mib
        if working_set is None:
            raise InvalidValue(
                "working_set_mib",
                None,
                "an integer from 1 to 2147483647",
                "it is missing, and so is "
                "memory_mib; one rate alone does not show how much memory is written",
            )
        written = written_mib_s(rate, working_set, period, paths[0][0])
        return cls(dirty_mib_s=written, working_set_mib=working_set, **others)

    def to_json(self) -> Dict[str, Any]:
        """The workload with everything spelled out."""
        found = {key: getattr(self, name) for key, name in NETWORK_KEYS.items()}
        if self.writers:
            return {"writers": [writer.to_json() for writer in self.writers], **found}
        rate = self.dirty_mib_s
        if isinstance(rate, tuple):
            return {"dirtyMiBs": [*map(list, rate)], "workingSetMiB": self.working_set_mib, **found}
        return {"dirtyMiBs": rate, "workingSetMiB": self.working_set_mib, **found}

    @classmethod
    @hinted
    def from_json(cls, document: object, *, memory_mib: Optional[int] = None) -> "Workload":
        """Read a workload, as ``docs/forecast.md`` describes it.

        Args:
            document: the JSON object.
            memory_mib: the VM's memory, MiB, which ``dirtyRates`` need.

        Raises:
            ZcpolicyError: with every fault of the document and its path.
        """
        reader = Reader()
        return reader.result(read_workload(reader, document, "", memory_mib=memory_mib))


def written_by(workload: Workload) -> Tuple[Writer, ...]:
    """The writers in the guest, however the workload describes it."""
    if workload.dirty_mib_s is None or workload.working_set_mib is None:
        return workload.writers
    return (Writer(mib_s=workload.dirty_mib_s, set_mib=workload.working_set_mib),)


_GIVE = "it is missing; give dirty_mib_s and working_set_mib, or writers"


def _or_missing(kind: Kind) -> Kind:
    """The type of a field that is required unless the guest is described otherwise."""
    return attr.evolve(kind, types=(*kind.types, type(None)))


_SIZE = integer(1)

WORKLOAD = Fields(
    dirty_mib_s=_or_missing(DIRTY_RATE),
    working_set_mib=_or_missing(integer(0)),
    writers=WRITERS,
    zero_share=number(0, 1),
    link_mbps=optional(number(1)),
    connection_mbps=optional(number(1)),
    zero_scan_mib_s=optional(number(1)),
    overhead_ms=optional(integer(0)),
)
# QEMU migration/dirtyrate.h: MIN_CALC_TIME_MS and MAX_CALC_TIME_MS.
PERIOD = number(0.05, 60)
# The keys for the network, not the guest.
NETWORK_KEYS = {
    "zeroShare": "zero_share",
    "linkMbps": "link_mbps",
    "connectionMbps": "connection_mbps",
    "zeroScanMiBs": "zero_scan_mib_s",
    "overheadMs": "overhead_ms",
}
WORKLOAD_KEYS = {
    "dirtyMiBs": "dirty_mib_s",
    "workingSetMiB": "working_set_mib",
    "writers": "writers",
    "dirtyRates": "dirty_rates",
    **NETWORK_KEYS,
}
RATES_KEYS = {"periodS": "period_s", "mibS": "mib_s"}
_NETWORK = Fields(**{name: WORKLOAD.kinds[name] for name in NETWORK_KEYS.values()})


def _paths(points: Any) -> Sequence[Tuple[str, str]]:
    if not isinstance(points, tuple):
        return []
    return [(f"rates[{index}][0]", f"rates[{index}][1]") for index in range(len(points))]


def _rates_faults(points: Any, paths: Sequence[Tuple[str, str]]) -> List[ZcpolicyError]:
    expected = "at least one pair of a period in s and a rate in MiB/s"
    if not isinstance(points, tuple) or not points:
        return [InvalidValue("rates", points, expected)]
    faults: List[ZcpolicyError] = []
    for index, point in enumerate(points):
        if type(point) is not tuple or len(point) != 2:
            faults.append(InvalidValue(f"rates[{index}]", point, "a pair of a period and a rate"))
        else:
            faults += RATE.faults(paths[index][1], point[1])
            faults += PERIOD.faults(paths[index][0], point[0])
    return faults


def read_network(reader: Reader, document: object, path: str) -> Optional[Dict[str, Any]]:
    """The network part of a document; None if the reader noted a fault."""
    before = len(reader.faults)
    found = reader.entries(document, path, NETWORK_KEYS) or {}
    names = {field: key for key, field in NETWORK_KEYS.items()}
    for name, value in found.items():
        for fault in _NETWORK.kinds[name].faults(name, value):
            reader.faults += fault._relocated(path, names)
    return None if len(reader.faults) > before else found


def read_workload(
    reader: Reader, document: object, path: str, *, memory_mib: Optional[int] = None
) -> Optional[Workload]:
    """The workload at *path*; None if the reader noted a fault."""
    before = len(reader.faults)
    found = reader.entries(document, path, WORKLOAD_KEYS)
    if found is None:
        return None
    rates = found.pop("dirty_rates", None)
    if "writers" in found:
        found["writers"] = read_writers(reader, found["writers"], _under(path, "writers"))
    if len(reader.faults) > before:
        return None
    if rates is not None:
        return _of_rates(reader, rates, found, path, memory_mib)
    missing = "writers" not in found and not {"dirty_mib_s", "working_set_mib"} <= set(found)
    faults: List[ZcpolicyError] = []
    if missing:
        # A workload cannot be built, so check the given fields one by one.
        for name in ("dirty_mib_s", "working_set_mib"):
            if name not in found:
                faults.append(InvalidValue(name, None, WORKLOAD.kinds[name].expected, _GIVE_KEYS))
        for name, value in found.items():
            faults += WORKLOAD.kinds[name].faults(name, pieces(value))
    else:
        try:
            return Workload(**found)
        except ZcpolicyError as error:
            faults += error.all
    reader.faults += [said for fault in faults for said in fault._relocated(path, _NAMES)]
    return None


_NAMES = {field: key for key, field in WORKLOAD_KEYS.items()}


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


_GIVE_KEYS = "the key is missing or null; give dirtyMiBs and workingSetMiB, writers, or dirtyRates"


def _of_rates(
    reader: Reader,
    rates: object,
    found: Mapping[str, Any],
    path: str,
    memory_mib: Optional[int],
) -> Optional[Workload]:
    """The workload of ``dirtyRates``."""
    others = dict(found)
    before = len(reader.faults)
    points = []
    for where, element in reader.array(rates, _under(path, "dirtyRates")):
        entries = reader.entries(element, where, RATES_KEYS, required=[*RATES_KEYS])
        if entries is not None and len(entries) == len(RATES_KEYS):
            points.append((entries["period_s"], entries["mib_s"]))
    for name in ("dirty_mib_s", "writers"):
        if name in others:
            problem = "the guest is given twice, by dirtyRates as well"
            given = InvalidValue(name, others.pop(name), "none together with dirtyRates", problem)
            reader.faults += given._relocated(path, _NAMES)
    if len(reader.faults) > before:
        return None
    working_set = others.pop("working_set_mib", None)
    try:
        return Workload.measured(
            points, working_set_mib=working_set, memory_mib=memory_mib, **others
        )
    except ZcpolicyError as error:
        for fault in error.all:
            reader.faults += _of_rates_at(fault)._relocated(path, _NAMES)
        return None


def _of_rates_at(fault: ZcpolicyError) -> ZcpolicyError:
    """Translate the path of a fault of `Workload.measured` to that in the document."""
    path = fault.path
    if path.startswith("rates"):
        path = "dirtyRates" + path[len("rates") :]
        for index, key in enumerate(RATES_KEYS):
            if path.endswith(f"][{index}]"):
                path = f"{path[: -len(f'[{index}]')]}.{key}"
    return type(fault)(path, fault.value, fault.expected, fault.problem)
