"""Find the speed of the link below a host's network in Vdsm's ``getCaps`` answer.

``nics`` and ``bondings`` have a speed, which is 0 if the link is down or the speed is unknown;
``vlans``, ``bridges`` and ``networks`` lead to them.

Source: Vdsm ``network/netswitch/configurator.py`` (``netcaps``) and ``network/netinfo/cache.py``.
"""

from typing import Any, Dict, Iterable, List, Mapping, Optional, Set

from .._base.documents import Reader, join, join_any
from .._base.errors import InvalidType, InvalidValue, suggestion
from .._base.fields import TEXT, Kind, as_tuple, items, optional
from .inputs import HOST

__all__ = ["DEVICE_KEYS", "SECTIONS", "read_link_speed"]

Devices = Mapping[str, Mapping[str, Any]]

SECTIONS = ("nics", "bondings", "vlans", "bridges", "networks")
_NAMES = optional(items(TEXT, "a JSON array of strings"))
# The keys that are read, the same for every device.
DEVICE_KEYS: Mapping[str, Kind] = {
    "speed": HOST.kinds["migration_mbps"],
    "operstate": optional(TEXT),
    "iface": optional(TEXT),
    "southbound": optional(TEXT),
    "ports": _NAMES,
    "slaves": _NAMES,
}


def read_link_speed(
    reader: Reader, caps: Mapping[str, Any], path: str, network: Optional[str]
) -> Optional[int]:
    """The speed, Mbps, of the only link that is up below *network*, or else below any network.

    Without networks, all links count.  None if no link is up, or several are.
    """
    nics, bondings, vlans, bridges, networks = [
        _devices(reader, caps.get(section), join(path, section)) for section in SECTIONS
    ]
    links = {**nics, **bondings}
    if network is not None and network not in networks:
        reader.faults.append(_unknown(network, networks))
        return None
    if networks:
        starts = networks.values() if network is None else [networks[network]]
        chosen = _links_below(starts, links, {**bridges, **vlans})
    else:
        enslaved = {name for device in bondings.values() for name in device.get("slaves") or ()}
        chosen = links.keys() - enslaved
    speeds = [_speed(links[name]) for name in chosen]
    up = [speed for speed in speeds if speed > 0]
    return up[0] if len(up) == 1 else None


def _unknown(network: str, networks: Devices) -> InvalidValue:
    expected = "one of the host's networks"
    listed = ", ".join(map(repr, networks)) or "none"
    problem = f"{network!r} is not {expected}{suggestion(network, networks)} (they are: {listed})"
    return InvalidValue("network", network, expected, problem)


def _devices(reader: Reader, section: Any, path: str) -> Devices:
    """The devices of a section by name; those with faults are empty."""
    if section is None:
        return {}
    if not isinstance(section, dict):
        reader.faults.append(InvalidType(path, section, "a JSON object of devices"))
        return {}
    found: Dict[str, Mapping[str, Any]] = {}
    for name, device in section.items():
        where = join_any(path, str(name))
        if not isinstance(device, dict):
            reader.faults.append(InvalidType(where, device, "a JSON object, a device"))
            device = {}
        faults = [
            fault
            for key, kind in DEVICE_KEYS.items()
            for fault in kind.faults(join(where, key), as_tuple(device.get(key)))
        ]
        reader.faults += faults
        found[name] = {} if faults else device
    return found


def _links_below(starts: Iterable[Mapping[str, Any]], links: Devices, between: Devices) -> Set[str]:
    """The names of the links that carry networks, followed through bridges and VLANs."""
    found: Set[str] = set()
    passed: Set[str] = set()
    waiting = [name for start in starts for name in _below(start)]
    while waiting:
        name = waiting.pop()
        if name in links:
            found.add(name)
        elif name in between and name not in passed:
            passed.add(name)
            waiting += _below(between[name])
    return found


def _below(device: Mapping[str, Any]) -> List[str]:
    """The devices below a device.  Older Vdsm lists only a bridge's ports, VM ports included."""
    southbound = device.get("southbound")
    if southbound is not None:
        return [southbound]
    iface = device.get("iface")
    return [*(device.get("ports") or ()), *([] if iface is None else [iface])]


def _speed(link: Mapping[str, Any]) -> int:
    """The speed of a link, Mbps; 0 if it is down or unknown."""
    return link.get("speed") or 0 if link.get("operstate") in (None, "up") else 0
