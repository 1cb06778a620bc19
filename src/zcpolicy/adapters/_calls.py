"""A parsed ``virDomainMigrateToURI3`` call, and the QEMU settings that libvirt derives from it."""

from types import MappingProxyType
from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ._flags import (
    AUTO_CONVERGE,
    COMPRESSED,
    LIVE,
    NON_SHARED_DISK,
    NON_SHARED_INC,
    OFFLINE,
    PARALLEL,
    POSTCOPY,
    RDMA_PIN_ALL,
    TLS,
    TUNNELLED,
    ZEROCOPY,
)
from ._params import INT32_MAX, INT32_MIN, INTEGERS, TUNING, UINT64_MAX, last_int, values

__all__ = ["CHANNELS", "SOURCE_ONLY", "Call", "call_of", "set_in_qemu", "switched_on"]

# QEMU's name of libvirt's parallel.connections.
CHANNELS = "multifd-channels"
# The capabilities that the destination's QEMU does not get.
SOURCE_ONLY = frozenset(("auto-converge", "zero-copy-send"))


class Call(NamedTuple):
    """A migration as the rows see it; a plain tuple, since every check creates one.

    Attributes:
        flags: libvirt's flags; the next seven fields are individual flags.
        paused: whether the VM is paused.
        memory_mib, hard_limit_mib: the guest's memory and its ``<hard_limit>``, where known.
        params: libvirt's typed parameters.
        connections, bandwidth, methods: the values of ``parallel.connections``, ``bandwidth`` and
            ``compression``; a list repeats the parameter.
        capabilities: the capabilities enabled in the source's QEMU.
        parameters: the parameters set there.
        direct: whether QEMU is called directly; libvirt never requests some combinations.
    """

    flags: int = 0
    live: bool = False
    tunnelled: bool = False
    compressed: bool = False
    postcopy: bool = False
    tls: bool = False
    parallel: bool = False
    zerocopy: bool = False
    paused: bool = False
    memory_mib: Optional[int] = None
    hard_limit_mib: Optional[int] = None
    params: Mapping[str, Any] = MappingProxyType({})
    connections: Tuple[Any, ...] = ()
    bandwidth: Tuple[Any, ...] = ()
    methods: Tuple[Any, ...] = ()
    capabilities: FrozenSet[str] = frozenset()
    parameters: Mapping[str, Any] = MappingProxyType({})
    direct: bool = False

    def has(self, names: Iterable[str]) -> bool:
        """Whether any of these typed parameters has a value."""
        return any([name in self.params and len(values(self.params, name)) > 0 for name in names])

    def of(self, names: Iterable[str]) -> List[Any]:
        """The values of these typed parameters."""
        return [value for name in names for value in values(self.params, name)]

    @property
    def copies_storage(self) -> bool:
        """Whether libvirt copies storage that the hosts do not share."""
        return self.flags & (NON_SHARED_DISK | NON_SHARED_INC) != 0

    @property
    def preempts(self) -> bool:
        """Whether post-copy sends urgent pages first, which libvirt enables wherever it can."""
        return "postcopy-preempt" in self.capabilities or self.postcopy


def call_of(
    flags: int,
    params: Mapping[str, Any],
    *,
    paused: bool,
    memory_mib: Optional[int],
    hard_limit_mib: Optional[int],
) -> Call:
    """Build a call from checked arguments."""
    methods = values(params, "compression")
    # An offline migration moves only the definition, without QEMU.
    online = flags & OFFLINE == 0
    return Call(
        flags=flags,
        live=flags & LIVE != 0,
        tunnelled=flags & TUNNELLED != 0,
        compressed=flags & COMPRESSED != 0,
        postcopy=flags & POSTCOPY != 0,
        tls=flags & TLS != 0,
        parallel=flags & PARALLEL != 0,
        zerocopy=flags & ZEROCOPY != 0,
        paused=paused,
        memory_mib=memory_mib,
        hard_limit_mib=hard_limit_mib,
        params=params,
        connections=values(params, "parallel.connections"),
        bandwidth=values(params, "bandwidth"),
        methods=methods,
        capabilities=switched_on(flags, methods) if online else frozenset(),
        parameters=set_in_qemu(flags, params) if online else {},
    )


def switched_on(flags: int, methods: Tuple[Any, ...]) -> FrozenSet[str]:
    """The capabilities that libvirt enables in the source's QEMU."""
    return frozenset(
        [
            name
            for name, on in (
                ("xbzrle", "xbzrle" in methods or (flags & COMPRESSED and not methods)),
                ("compress", "mt" in methods),
                ("auto-converge", flags & AUTO_CONVERGE),
                ("postcopy-ram", flags & POSTCOPY),
                ("multifd", flags & PARALLEL),
                ("return-path", not flags & TUNNELLED),
                ("zero-copy-send", flags & ZEROCOPY),
                ("rdma-pin-all", flags & RDMA_PIN_ALL),
            )
            if on
        ]
    )


def set_in_qemu(flags: int, params: Mapping[str, Any]) -> Dict[str, Any]:
    """The parameters that libvirt sets in the source's QEMU, except ``max-bandwidth``."""
    parameters: Dict[str, Any] = {"tls-creds": "objlibvirt_migrate_tls0" if flags & TLS else ""}
    for name in params:
        tuning = TUNING.get(name)
        if tuning is not None:
            bounds = (INT32_MIN, INT32_MAX) if name in INTEGERS else (0, UINT64_MAX)
            number = last_int(values(params, name), *bounds)
            if number is not None:
                parameters[tuning.name] = number * tuning.unit
    methods = values(params, "compression")
    for method in ("zlib", "zstd"):
        if method in methods:
            parameters["multifd-compression"] = method
    return parameters
