"""``--set PATH=VALUE``: one table of settings, with everyday names and units."""

import math
import re
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Tuple

from .._base.errors import InvalidValue, ZcpolicyError, raise_all, suggestion
from .._base.fields import LEVEL, Fields
from .._base.terminal import wrapped
from .._base.units import DURATION_MS, RATE_MIB_S, SHARE, SIZE_MIB, SPEED_MBPS, Quantity
from .._base.versions import Version, version_of
from .._model.engine_config import ENGINE
from .._model.inputs import CLUSTER, HOST, VM_FIELDS
from .._model.parameters import CONNECTIONS_MAX
from .._model.scenario_json import (
    CLUSTER_KEYS,
    DEFAULTS_KEYS,
    HOST_KEYS,
    VDSM_KEYS,
    VERSION_KEYS,
    VM_KEYS,
    ZEROCOPY_KEYS,
)
from .._model.spoken import SPOKEN, spoken
from .._model.vdsm import VDSM

__all__ = ["SETTINGS", "Setting", "json_name", "settings_parts", "settings_text"]

# Converts a path, for the error, and a text to the value.
_Reader = Callable[[str, str], Any]


class Setting(NamedTuple):
    """A setting for ``--set``.

    Attributes:
        path: its name, the same as in JSON if it occurs there.
        aliases: other names.
        places: the parts and fields of a reading that it sets.
        read: converts the text to the value.
        accepts: the accepted values, in words.
    """

    path: str
    aliases: Tuple[str, ...]
    places: Tuple[Tuple[str, str], ...]
    read: _Reader
    accepts: str


# -- Accepted values -------------------------------------------------------------------------------

_YES = ("true", "yes", "on", "enabled", "1")
_NO = ("false", "no", "off", "disabled", "0")
_DEFAULT = ("default", "inherit", "none", "null")
_YES_OR_NO = "yes or no"
_INTEGER = re.compile(r"\s*-?[0-9]{1,20}\s*")


def _bool(path: str, text: str) -> bool:
    word = text.strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidValue(path, text, _YES_OR_NO)


def _text(path: str, text: str) -> str:
    return text.strip()


def _count(path: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise InvalidValue(path, text, "an integer")
    return int(text)


def _version(path: str, text: str) -> Version:
    found = version_of(text.strip())
    if found is None:
        raise InvalidValue(path, text, "a version such as 11.3.0")
    return found


def _whole(quantity: Quantity, rounded: Callable[[Any], int] = round) -> _Reader:
    return lambda path, text: rounded(quantity.read(path, text))


def _number(quantity: Quantity) -> _Reader:
    def read(path: str, text: str) -> Any:
        found = quantity.read(path, text)
        return int(found) if found.denominator == 1 else float(found)

    return read


def _spoken(field: str, numbers: _Reader, expected: str) -> _Reader:
    """Accept a word that Engine's UI or others use for the field, or else a number."""

    def read(path: str, text: str) -> Any:
        value = spoken(field, text)
        if value is not text or text in SPOKEN[field].values():
            return value
        try:
            return numbers(path, text)
        except ZcpolicyError:
            raise InvalidValue(path, text, expected) from None

    return read


_PARALLEL_EXPECTED = (
    f"Disabled, Auto, Parallel or a number of connections from 2 to {CONNECTIONS_MAX}"
)
_BANDWIDTH_EXPECTED = "Auto, 'Hypervisor default' or a speed such as 10Gbps"


def _optional(read: _Reader, accepts: str) -> Tuple[_Reader, str]:
    """Also accept the words for an unset value."""
    return (
        lambda path, text: None if text.strip().lower() in _DEFAULT else read(path, text),
        f"{accepts}, or default",
    )


# Fields that are not read by their kind: reader and accepted values.
_OWN: Mapping[str, Tuple[_Reader, str]] = {
    "level": (_text, "a level such as 4.8"),
    "policy": (_spoken("policy", _text, ""), "a policy's name or id"),
    "parallel": (_spoken("parallel", _count, _PARALLEL_EXPECTED), _PARALLEL_EXPECTED),
    "bandwidth": (
        _spoken("bandwidth", _whole(SPEED_MBPS), _BANDWIDTH_EXPECTED),
        _BANDWIDTH_EXPECTED,
    ),
    **{
        field: (_spoken(field, _bool, _YES_OR_NO), _YES_OR_NO)
        for field in ("encrypted", "auto_converge", "compressed", "tunnelled")
    },
    "memory_mib": (_whole(SIZE_MIB, math.ceil), SIZE_MIB.expected),
    "memory_hard_limit_mib": (_whole(SIZE_MIB, math.floor), SIZE_MIB.expected),
    "downtime": (_whole(DURATION_MS), DURATION_MS.expected),
    "default_downtime": (_whole(DURATION_MS), DURATION_MS.expected),
    "migration_mbps": (_whole(SPEED_MBPS), SPEED_MBPS.expected),
    "libvirt_version": (_version, "a version such as 11.3.0"),
    "qemu_version": (_version, "a version such as 10.1.0"),
    "monitor_interval_s": (
        lambda path, text: (
            round(DURATION_MS.read(path, text if text[-1:].isalpha() else text + "s")) // 1000
        ),
        "a time such as 10s",
    ),
    "max_bandwidth": (_whole(RATE_MIB_S), RATE_MIB_S.expected),
}


def _of_field(fields: Fields, name: str) -> Tuple[_Reader, str]:
    kind = fields.kinds.get(name)
    if name in _OWN:
        read, accepts = _OWN[name]
    elif kind is not None and bool in kind.types:
        read, accepts = _bool, _YES_OR_NO
    else:
        read, accepts = _count, "a number"
    unset = kind is not None and type(None) in kind.types
    return _optional(read, accepts) if unset else (read, accepts)


# -- The table -------------------------------------------------------------------------------------

# Names in addition to those in JSON.
_ALIASES: Mapping[str, Tuple[str, ...]] = {
    "cluster.policy": ("policy",),
    "cluster.level": ("level",),
    "cluster.encrypted": ("cluster.encryption",),
    "cluster.parallel": ("cluster.connections",),
    "vm.vcpus": ("vm.cpus", "vcpus"),
    "vm.memoryMiB": ("vm.memory", "memory"),
    "vm.memoryHardLimitMiB": ("vm.hardLimit", "vm.memoryHardLimit"),
    "vm.encrypted": ("vm.encryption",),
    "vm.parallel": ("vm.connections",),
    "migrationMbps": ("link",),
    "workload.dirtyMiBs": ("workload.writes", "writes"),
    "workload.workingSetMiB": ("workload.set", "set"),
    "workload.zeroShare": ("workload.zeros", "zeros"),
    "workload.linkMbps": ("workload.link",),
    "workload.connectionMbps": ("workload.connection",),
    "workload.zeroScanMiBs": ("workload.zeroScan",),
    "workload.overheadMs": ("workload.overhead",),
}
_WORKLOAD: Tuple[Tuple[str, str, _Reader, str], ...] = (
    ("dirtyMiBs", "dirty_mib_s", _number(RATE_MIB_S), RATE_MIB_S.expected),
    ("workingSetMiB", "working_set_mib", _whole(SIZE_MIB, math.ceil), SIZE_MIB.expected),
    ("zeroShare", "zero_share", _number(SHARE), SHARE.expected),
    ("linkMbps", "link_mbps", _number(SPEED_MBPS), SPEED_MBPS.expected),
    ("connectionMbps", "connection_mbps", _number(SPEED_MBPS), SPEED_MBPS.expected),
    ("zeroScanMiBs", "zero_scan_mib_s", _number(RATE_MIB_S), RATE_MIB_S.expected),
    ("overheadMs", "overhead_ms", _whole(DURATION_MS), DURATION_MS.expected),
)
_RATE_EXPECTED = "a dirty rate and its period, such as 1.2GiB/s@1s"


def _dirty_rate(path: str, text: str) -> Tuple[float, float]:
    """Parse a calc-dirty-rate result to (period in s, MiB/s)."""
    rate, at, period = text.partition("@")
    try:
        found = _number(RATE_MIB_S)(path, rate)
        return (float(DURATION_MS.read(path, period) / 1000) if at else 1.0, found)
    except ZcpolicyError:
        raise InvalidValue(path, text, _RATE_EXPECTED) from None


_HOSTS = ("source", "destination")
# LEVEL stands for any level.
_SUPPORTED = "engine.parallelSupported.LEVEL"
_SUPPORTED_STEM = _SUPPORTED[: -len("LEVEL")]
_NOTES = (
    "HOST. is source. or destination.; without it the setting applies to both hosts.",
    "Case does not matter in names and units. If a setting is given twice, the last",
    "one counts, but dirty rates add up: give one per period.",
)


def _rows() -> Iterator[Setting]:
    for part, keys, fields in (
        ("cluster", CLUSTER_KEYS, CLUSTER),
        ("vm", VM_KEYS, VM_FIELDS),
    ):
        for key, name in keys.items():
            yield _row(f"{part}.{key}", ((part, name),), fields, name)
    yield Setting("cluster.policy", ("policy",), (("", "policy"),), *_OWN["policy"])
    yield from _host_rows()
    for key, name in DEFAULTS_KEYS.items():
        yield _row(f"engine.defaults.{key}", (("engine", name),), ENGINE, name)
    yield Setting(_SUPPORTED, (), (("engine", "parallel_supported"),), _bool, _YES_OR_NO)
    for key, name, read, accepts in _WORKLOAD:
        path = f"workload.{key}"
        yield Setting(path, _ALIASES.get(path, ()), (("workload", name),), read, accepts)
    yield Setting(
        "workload.dirtyRate", ("dirtyRate",), (("", "dirty_rates"),), _dirty_rate, _RATE_EXPECTED
    )


def _host_rows() -> Iterator[Setting]:
    """Yield the settings of each host, and of both hosts at once."""
    rows: List[Tuple[Tuple[str, ...], Tuple[str, ...], _Reader, str]] = [
        ((key, *_ALIASES.get(key, ())), (name,), *_of_field(HOST, name))
        for key, name in HOST_KEYS.items()
    ]
    for key, name in VERSION_KEYS.items():
        rows.append(((f"versions.{key}", key), (name,), *_of_field(HOST, name)))
    for key, name in ZEROCOPY_KEYS.items():
        rows.append(((f"zerocopy.{key}",), (name,), *_of_field(HOST, name)))
    rows.append((("zerocopy",), (*ZEROCOPY_KEYS.values(),), _bool, _YES_OR_NO))
    for key, name in VDSM_KEYS.items():
        rows.append(
            ((f"vdsm.{key}", f"vdsm.{_snake(key)}"), (f"vdsm.{name}",), *_of_field(VDSM, name))
        )
    for names, fields, read, accepts in rows:
        for hosts in ((_HOSTS[0],), (_HOSTS[1],), _HOSTS):
            start = f"{hosts[0]}." if len(hosts) == 1 else ""
            path, *aliases = [start + name for name in names]
            places = tuple([(part, field) for part in hosts for field in fields])
            yield Setting(path, tuple(aliases), places, read, accepts)


def _row(path: str, places: Tuple[Tuple[str, str], ...], fields: Fields, name: str) -> Setting:
    return Setting(path, _ALIASES.get(path, ()), places, *_of_field(fields, name))


def _snake(key: str) -> str:
    """Return an option's name in vdsm.conf."""
    return "".join([f"_{letter.lower()}" if letter.isupper() else letter for letter in key])


SETTINGS: Tuple[Setting, ...] = tuple(_rows())
# The names of fields in JSON, by part and field.
_JSON_NAMES = {
    f"{part}.{field}" if part else field: row.path
    for row in SETTINGS
    if len(row.places) == 1
    for part, field in row.places
}
_LEVELS = "engine.parallel_supported"
_JSON_NAMES[_LEVELS] = _SUPPORTED[: -len(".LEVEL")]
_BY_NAME = {name.lower(): row for row in SETTINGS for name in (row.path, *row.aliases)}


def json_name(path: str) -> str:
    """Convert a field's path in `Reading.parts` or a fault to its name in JSON and ``--set``."""
    field, bracket, rest = path.partition("[")
    stem = _LEVELS if field.startswith(f"{_LEVELS}.") else field
    return _JSON_NAMES.get(stem, stem) + field[len(stem) :] + bracket + rest


def settings_parts(given: Sequence[str]) -> Dict[str, Any]:
    """Convert ``PATH=VALUE`` texts to the parts of a reading.

    If a setting is given twice, the last one counts; dirty rates add up, one per period.

    Raises:
        ZcpolicyError: with every text that is malformed, names no setting, or has a bad value.
    """
    parts: Dict[str, Any] = {}
    faults: List[ZcpolicyError] = []
    for text in given:
        _take(parts, text, faults)
    raise_all(faults)
    return parts


def _take(parts: Dict[str, Any], text: str, faults: List[ZcpolicyError]) -> None:
    try:
        _put(parts, *_assignment(text))
    except ZcpolicyError as fault:
        faults += fault.all


def _assignment(text: str) -> Tuple[Setting, str, Any]:
    """Split *text* into its setting, the name used, and the value."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals:
        raise InvalidValue("", text, "PATH=VALUE, such as vm.memory=2TiB")
    of_level = name.lower().startswith(_SUPPORTED_STEM.lower())
    row = _BY_NAME.get(_SUPPORTED.lower() if of_level else name.lower())
    if row is None:
        hint = suggestion(name, [each for row in SETTINGS for each in (row.path, *row.aliases)])
        problem = f"no such setting{hint or ';'} `zcpolicy help set` lists them"
        raise InvalidValue(name, value, "a setting", problem)
    if of_level:
        raise_all(LEVEL.faults(name, name[len(_SUPPORTED_STEM) :]))
    return row, name, row.read(name, value)


def _put(parts: Dict[str, Any], row: Setting, name: str, value: Any) -> None:
    for part, field in row.places:
        if row.path == _SUPPORTED:
            levels = parts.setdefault(part, {}).setdefault(field, {})
            levels[name[len(_SUPPORTED_STEM) :]] = value
        elif part:
            parts.setdefault(part, {})[field] = value
        elif field == "dirty_rates":
            parts[field] = (*parts.get(field, ()), value)
        else:
            parts[field] = value


def settings_text() -> str:
    """List all settings with their aliases and accepted values, for a terminal."""
    lines = ["--set PATH=VALUE sets one of these, overriding the files:", ""]
    for row in SETTINGS:
        names = [row.path, *row.aliases]
        if row.path.startswith(_HOSTS):
            continue  # the row for both hosts covers it
        if {part for part, _ in row.places} == {*_HOSTS}:
            names = [f"[HOST.]{name}" for name in names]
        lines += wrapped(", ".join(names), "  ", "    ")
        lines += wrapped(row.accepts, "      ")
    return "\n".join([*lines, "", *_NOTES])
