"""libvirt's words: the flags and parameters of a migration, and what comes of them in QEMU.

libvirt itself is not imported.  What it and QEMU refuse is a table of its own, ``_refusals``.

    >>> from zcpolicy.adapters.libvirt import Flag, check
    >>> flags = Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_ZEROCOPY
    >>> [violation.code for violation in check(flags, {})]
    ['zerocopy-without-parallel']
"""

import enum
from typing import (
    Any,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
    Union,
)

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all, suggestion
from .._base.fields import BOOL, TEXT, Kind, integer, optional
from ._refusals import (
    CHANNELS,
    INT32_MAX,
    INT32_MIN,
    UINT64_MAX,
    violations,
)
from ._violations import Call, Version, Violation

__all__ = [
    "Flag",
    "Qmp",
    "Violation",
    "check",
    "check_qmp",
    "flag_names",
    "flags_from_names",
    "qmp",
    "virsh_arguments",
]


class Flag(enum.IntFlag):
    """``virDomainMigrateFlags``, those that Vdsm passes, with libvirt's names and values."""

    VIR_MIGRATE_LIVE = 1 << 0
    VIR_MIGRATE_PEER2PEER = 1 << 1
    VIR_MIGRATE_TUNNELLED = 1 << 2
    VIR_MIGRATE_PERSIST_DEST = 1 << 3
    VIR_MIGRATE_COMPRESSED = 1 << 11
    VIR_MIGRATE_ABORT_ON_ERROR = 1 << 12
    VIR_MIGRATE_AUTO_CONVERGE = 1 << 13
    VIR_MIGRATE_POSTCOPY = 1 << 15
    VIR_MIGRATE_TLS = 1 << 16
    VIR_MIGRATE_PARALLEL = 1 << 17
    VIR_MIGRATE_ZEROCOPY = 1 << 20


_NAMES = tuple((int(flag), flag.name or "") for flag in Flag)
_BITS = {name: bit for bit, name in _NAMES}
_PREFIX = "VIR_MIGRATE_"
# Plain integers: arithmetic with an IntFlag makes an object at every step.
_LIVE = int(Flag.VIR_MIGRATE_LIVE)
_TUNNELLED = int(Flag.VIR_MIGRATE_TUNNELLED)
_COMPRESSED = int(Flag.VIR_MIGRATE_COMPRESSED)
_AUTO_CONVERGE = int(Flag.VIR_MIGRATE_AUTO_CONVERGE)
_POSTCOPY = int(Flag.VIR_MIGRATE_POSTCOPY)
_TLS = int(Flag.VIR_MIGRATE_TLS)
_PARALLEL = int(Flag.VIR_MIGRATE_PARALLEL)
_ZEROCOPY = int(Flag.VIR_MIGRATE_ZEROCOPY)


def flag_names(flags: int) -> Tuple[str, ...]:
    """The names of the flags that are set, in the order of their values.

    Bits that `Flag` does not name are left out.

    Raises:
        ZcpolicyError: the flags are no integer.
    """
    raise_all(_flag_faults(flags))
    value = int(flags)
    return tuple([name for bit, name in _NAMES if value & bit])


def flags_from_names(names: Iterable[str]) -> Flag:
    """The flags of these names: what `flag_names` gives, in any order.

    Raises:
        ZcpolicyError: a name is not one of `Flag`; every such name is told.
    """
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise InvalidType("names", names, f"a list of names such as {_PREFIX}LIVE")
    faults: List[ZcpolicyError] = []
    flags = 0
    for index, name in enumerate(names):
        path = f"names[{index}]"
        expected = f"the name of a flag such as {_PREFIX}LIVE"
        if not isinstance(name, str):
            faults.append(InvalidType(path, name, expected))
        elif name not in _BITS:
            full = name if name.startswith(_PREFIX) else _PREFIX + name
            hint = suggestion(full.upper(), _BITS)
            faults.append(InvalidValue(path, name, expected, f"{name!r} is not {expected}{hint}"))
        else:
            flags |= _BITS[name]
    raise_all(faults)
    return Flag(flags)


def check(
    flags: int,
    params: Mapping[str, Any],
    *,
    paused: bool = False,
    memory_mib: Optional[int] = None,
    hard_limit_mib: Optional[int] = None,
    libvirt: Optional[Version] = None,
    qemu: Optional[Version] = None,
) -> Tuple[Violation, ...]:
    """What libvirt and QEMU refuse in a call of ``virDomainMigrateToURI3``, or take to harm.

    Everything that is against the call is told, in the order in which it would come up, whatever
    the values: those that libvirt's Python binding cannot convert are violations like others.
    Not looked at: how hosts are configured and what URIs and XML say; who carries the migration
    out (a client, without VIR_MIGRATE_PEER2PEER); flags and parameters that Vdsm does not pass,
    unless no libvirt knows them; QEMU is taken to have what its version has.

    Args:
        flags: a `Flag`, or an integer of 32 bits.
        params: the typed parameters by their libvirt names; a list gives one several times.
        paused: whether the VM is paused.
        memory_mib: the guest's memory, MiB; None if unknown.
        hard_limit_mib: its ``<memtune>`` hard limit, MiB; None if it has none, or where QEMU runs
            with CAP_IPC_LOCK, as root's does, so that the kernel enforces none.
        libvirt: the version of libvirt on both hosts, ``(9, 0, 0)``.
        qemu: the version of QEMU on both hosts.  None, here and there: a row of the table is told
            if it holds for some supported version, libvirt from 8.5 and QEMU from 7.1.

    Raises:
        ZcpolicyError: an argument is not as said here.

    Source: ``docs/refusals.md``, the table with the source of each row.
    """
    raise_all(
        _flag_faults(flags)
        + _mapping_faults("params", params)
        + BOOL.faults("paused", paused)
        + _MEMORY.faults("memory_mib", memory_mib)
        + _MEMORY.faults("hard_limit_mib", hard_limit_mib)
        + _VERSION.faults("libvirt", libvirt)
        + _VERSION.faults("qemu", qemu)
    )
    value = int(flags)
    connections = _values(params, "parallel.connections")
    methods = _values(params, "compression")
    call = Call(
        flags=value,
        live=value & _LIVE != 0,
        tunnelled=value & _TUNNELLED != 0,
        compressed=value & _COMPRESSED != 0,
        postcopy=value & _POSTCOPY != 0,
        tls=value & _TLS != 0,
        parallel=value & _PARALLEL != 0,
        zerocopy=value & _ZEROCOPY != 0,
        paused=paused,
        memory_mib=memory_mib,
        hard_limit_mib=hard_limit_mib,
        params=params,
        connections=connections,
        bandwidth=_values(params, "bandwidth"),
        methods=methods,
        capabilities=_switched_on(value, methods),
        parameters=_set_in_qemu(value, connections, methods),
        direct=False,
    )
    return violations(call, libvirt, qemu)


def check_qmp(
    capabilities: Union[Mapping[str, bool], Iterable[str]],
    parameters: Mapping[str, Any],
    *,
    qemu: Optional[Version] = None,
) -> Tuple[Violation, ...]:
    """What QEMU refuses when it is asked directly, or takes and loses the VM.

    Both are what is set in the end, in whichever order: ``migrate-set-capabilities`` and
    ``migrate-set-parameters`` look at each other's result.  Capabilities and parameters that the
    table does not speak of are accepted: QEMU gets and loses them with time.

    Args:
        capabilities: which are on: a mapping of names to bools, or the names of those that are on.
        parameters: the parameters by QEMU's names and in its units: ``max-bandwidth`` in bytes/s,
            ``downtime-limit`` in ms.
        qemu: the version of QEMU; None: some supported version says so.

    Raises:
        ZcpolicyError: an argument is not as said here.
    """
    names, faults = _capability_names(capabilities)
    raise_all(faults + _mapping_faults("parameters", parameters) + _VERSION.faults("qemu", qemu))
    return violations(_DIRECT._replace(capabilities=names, parameters=parameters), None, qemu)


# What libvirt is told when QEMU is asked directly: nothing.
_DIRECT = Call(
    flags=0,
    live=False,
    tunnelled=False,
    compressed=False,
    postcopy=False,
    tls=False,
    parallel=False,
    zerocopy=False,
    paused=False,
    memory_mib=None,
    hard_limit_mib=None,
    params={},
    connections=(),
    bandwidth=(),
    methods=(),
    capabilities=frozenset(),
    parameters={},
    direct=True,
)


class Qmp(NamedTuple):
    """What libvirt sets in QEMU, capabilities first: the arguments of `check_qmp`.

    Attributes:
        capabilities: for ``migrate-set-capabilities``, which are switched on and which off.
        parameters: for ``migrate-set-parameters``, in QEMU's units.
    """

    capabilities: Dict[str, bool]
    parameters: Dict[str, Any]


def qmp(flags: int, params: Mapping[str, Any], *, destination: bool = False) -> Qmp:
    """What libvirt sets in the source's QEMU, or the destination's, for this call.

    That is what flags and parameters say.  libvirt sets more for its own ends
    (``pause-before-switchover``, ``late-block-activate``) or where both QEMUs have it
    (``postcopy-preempt``, ``switchover-ack``); with TLS and no ``tls.destination`` it may name the
    destination's host in ``tls-hostname``.  A call that libvirt refuses (`check`) sets nothing.

    Args:
        flags: a `Flag`, or an integer of 32 bits.
        params: the typed parameters by their libvirt names.
        destination: whether the destination's QEMU is meant.

    Returns:
        ``max-bandwidth`` is in bytes/s; without a bandwidth it is what a VM starts with, no limit
        worth the name.  ``tls-creds`` is the id that libvirt gives to its object.  Values that are
        no integers, where one is needed, are left out.

    Raises:
        ZcpolicyError: an argument is not as said here.

    Source: libvirt ``qemu_migration_params.c``, ``qemu_migration.c``.
    """
    raise_all(
        _flag_faults(flags)
        + _mapping_faults("params", params)
        + BOOL.faults("destination", destination)
    )
    value = int(flags)
    methods = _values(params, "compression")
    on = _switched_on(value, methods)
    names = _BOTH_SIDES if destination else _BOTH_SIDES + _SOURCE_ONLY
    capabilities = {name: name in on for name in names}
    if "compress" in on:  # not mentioned otherwise: QEMU 9.1 does not know it
        capabilities["compress"] = True
    parameters = _set_in_qemu(value, _values(params, "parallel.connections"), methods)
    checked = value & _TLS and not destination
    for name in _values(params, "tls.destination") if checked else ("",):
        if isinstance(name, str):
            parameters["tls-hostname"] = name
    if not destination:
        bandwidth = _last_int(_values(params, "bandwidth"), 0, UINT64_MAX)
        parameters["max-bandwidth"] = (bandwidth or _MAX_BANDWIDTH) * 1024 * 1024 & UINT64_MAX
    return Qmp(capabilities, parameters)


def virsh_arguments(
    flags: int,
    params: Mapping[str, Any],
    *,
    domain: Optional[str] = None,
    desturi: Optional[str] = None,
) -> Tuple[str, ...]:
    """The arguments with which ``virsh`` makes this call.

    Args:
        flags: a `Flag`, or an integer with no other bits.
        params: the typed parameters by their libvirt names.
        domain: the VM's name, id or UUID; None leaves it out.
        desturi: libvirt's URI of the destination host; None leaves it out.

    Raises:
        ZcpolicyError: an argument is not as said here, or virsh cannot say it: a flag without a
            name here, a number that is none, XML (virsh reads it from a file).

    Source: libvirt ``tools/virsh-domain.c``, the options of ``virsh migrate``.
    """
    faults = _flag_faults(flags) + _mapping_faults("params", params)
    if not faults:
        if int(flags) & ~_NAMED:
            expected = "flags of zcpolicy.adapters.libvirt.Flag"
            faults.append(InvalidValue("flags", flags, expected))
        for name in params:
            faults += _option_faults(name, _values(params, name))
    # As options, so that a name that starts with a dash is none.
    names = (("domain", domain), ("desturi", desturi))
    for path, text in names:
        faults += optional(_ARGUMENT).faults(path, text)
    raise_all(faults)
    arguments = ["migrate"]
    arguments += [_FLAG_OPTIONS[name] for name in flag_names(flags)]
    for name in params:
        values = _values(params, name)
        if values:
            # int() for the sake of a bool, which counts as 1 or 0.
            texts = [value if isinstance(value, str) else str(int(value)) for value in values]
            arguments += [_OPTIONS[name][0], ",".join(texts)]
    for option, text in names:
        if text is not None:
            arguments += [f"--{option}", text]
    return tuple(arguments)


_FLAG_OPTIONS = {
    "VIR_MIGRATE_LIVE": "--live",
    "VIR_MIGRATE_PEER2PEER": "--p2p",
    "VIR_MIGRATE_TUNNELLED": "--tunnelled",
    "VIR_MIGRATE_PERSIST_DEST": "--persistent",
    "VIR_MIGRATE_COMPRESSED": "--compressed",
    "VIR_MIGRATE_ABORT_ON_ERROR": "--abort-on-error",
    "VIR_MIGRATE_AUTO_CONVERGE": "--auto-converge",
    "VIR_MIGRATE_POSTCOPY": "--postcopy",
    "VIR_MIGRATE_TLS": "--tls",
    "VIR_MIGRATE_PARALLEL": "--parallel",
    "VIR_MIGRATE_ZEROCOPY": "--zerocopy",
}
_ARGUMENT = Kind(
    types=(str,),
    expected="a string, not empty and without NUL",
    accepts=lambda value: value != "" and "\0" not in value,
)
_METHOD = Kind(
    types=(str,),
    expected="the name of a compression method",
    accepts=lambda value: value.isalnum(),
)
_OPTIONS: Mapping[str, Tuple[str, Kind]] = {
    "bandwidth": ("--bandwidth", integer(0, UINT64_MAX)),
    "parallel.connections": ("--parallel-connections", integer(INT32_MIN, INT32_MAX)),
    "compression": ("--comp-methods", _METHOD),
    "migrate_uri": ("--migrateuri", _ARGUMENT),
    "graphics_uri": ("--graphicsuri", _ARGUMENT),
    "tls.destination": ("--tls-destination", _ARGUMENT),
}


def _option_faults(name: str, values: Tuple[Any, ...]) -> List[ZcpolicyError]:
    """What virsh cannot say."""
    path = f"params[{name!r}]"
    if name not in _OPTIONS:
        expected = "a parameter that is said to virsh here: " + ", ".join(_OPTIONS)
        hint = suggestion(name, _OPTIONS)
        return [InvalidValue(path, values, expected, f"{name!r} is not {expected}{hint}")]
    kind = _OPTIONS[name][1]
    if len(values) > 1 and name != "compression":
        return [InvalidValue(path, values, "one value")]
    return [
        fault
        for value in values
        for fault in kind.faults(path, int(value) if isinstance(value, bool) else value)
    ]


# What the mappings and the numbers of this module must be.
_FLAGS_MAX = (1 << 32) - 1
_NAMED = sum(_BITS.values())
_FLAGS = integer(0, _FLAGS_MAX)
_MEMORY = optional(integer(1, (1 << 63) - 1))
_VERSION = optional(
    Kind(
        types=(tuple,),
        expected="a version such as (9, 0, 0)",
        accepts=lambda value: (
            len(value) > 0 and all([type(part) is int and part >= 0 for part in value])
        ),
    )
)
_ABSENT: Any = object()
# MiB/s: what a domain starts with, QEMU_DOMAIN_MIG_BANDWIDTH_MAX in qemu_domain.h.
_MAX_BANDWIDTH = ((1 << 63) - 1) >> 20
_BOTH_SIDES = ("xbzrle", "postcopy-ram", "multifd", "return-path")
_SOURCE_ONLY = ("auto-converge", "zero-copy-send")


def _flag_faults(flags: Any) -> List[ZcpolicyError]:
    # A Flag, or a like enumeration of another library, is an integer.
    return _FLAGS.faults("flags", int(flags) if isinstance(flags, enum.IntFlag) else flags)


def _mapping_faults(path: str, mapping: Any) -> List[ZcpolicyError]:
    if not isinstance(mapping, Mapping):
        return [InvalidType(path, mapping, "a mapping of names to values")]
    return [
        InvalidType(path, name, "a name, a string") for name in mapping if not isinstance(name, str)
    ]


def _capability_names(capabilities: Any) -> Tuple[FrozenSet[str], List[ZcpolicyError]]:
    """The names of those that are on, and what is wrong."""
    path = "capabilities"
    if isinstance(capabilities, Mapping):
        faults = _mapping_faults(path, capabilities)
        if not faults:
            for name, on in capabilities.items():
                faults += BOOL.faults(f"{path}[{name!r}]", on)
        return frozenset([name for name, on in capabilities.items() if on is True]), faults
    if isinstance(capabilities, (str, bytes)) or not isinstance(capabilities, Iterable):
        expected = "a mapping of names to true or false, or a list of names"
        return frozenset(), [InvalidType(path, capabilities, expected)]
    names = list(capabilities)
    faults = []
    for index, name in enumerate(names):
        faults += TEXT.faults(f"{path}[{index}]", name)
    return frozenset() if faults else frozenset(names), faults


def _values(params: Mapping[str, Any], name: str) -> Tuple[Any, ...]:
    """The values of a parameter: a list means it several times, an empty one not at all."""
    value = params.get(name, _ABSENT)
    if value is _ABSENT:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _last_int(values: Tuple[Any, ...], low: int, high: int) -> Optional[int]:
    """The number that reaches libvirt; True is 1."""
    numbers = [int(value) for value in values if isinstance(value, int) and low <= value <= high]
    return numbers[-1] if numbers else None


def _switched_on(flags: int, methods: Tuple[Any, ...]) -> FrozenSet[str]:
    """The capabilities that libvirt switches on in the source's QEMU."""
    return frozenset(
        [
            name
            for name, on in (
                ("xbzrle", "xbzrle" in methods or (flags & _COMPRESSED and not methods)),
                ("compress", "mt" in methods),
                ("auto-converge", flags & _AUTO_CONVERGE),
                ("postcopy-ram", flags & _POSTCOPY),
                ("multifd", flags & _PARALLEL),
                ("return-path", not flags & _TUNNELLED),
                ("zero-copy-send", flags & _ZEROCOPY),
            )
            if on
        ]
    )


def _set_in_qemu(
    flags: int, connections: Tuple[Any, ...], methods: Tuple[Any, ...]
) -> Dict[str, Any]:
    """The parameters that libvirt sets on both sides."""
    parameters: Dict[str, Any] = {"tls-creds": "objlibvirt_migrate_tls0" if flags & _TLS else ""}
    channels = _last_int(connections, INT32_MIN, INT32_MAX)
    if channels is not None:
        parameters[CHANNELS] = channels
    for method in ("zlib", "zstd"):
        if method in methods:
            parameters["multifd-compression"] = method
    return parameters


# What a user meets is called by the name under which it is imported.
Violation.__module__ = __name__
