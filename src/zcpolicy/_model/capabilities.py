"""Read a host's capabilities from Vdsm's ``getCaps`` answer.

Source: Vdsm ``caps.py`` (``zerocopy_migrations`` says that the libvirt binding has the flag),
commit 37cbca2db (which added both that key and the parameter ``zerocopy``) and ``osinfo.py``
(``packages2``: version and release, without epoch); the change logs of libvirt 8.5, QEMU 7.1 and
Vdsm 4.50.3.1, the first versions with zero-copy.
"""

from typing import Any, Dict, Mapping, Optional

import attr

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, raise_all
from .._base.fields import BOOL, TEXT, Kind, optional
from .._base.hints import hinted
from .._base.versions import LIBVIRT_ZEROCOPY_SINCE, QEMU_ZEROCOPY_SINCE, Version
from .builds import behaviour
from .inputs import Host
from .links import SECTIONS, read_link_speed

__all__ = ["PLAIN", "STATED", "TAKEN", "WRAPPERS", "host_from_caps", "read_capabilities"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Package:
    """The `Host` fields that a package determines, and its first version with zero-copy."""

    zerocopy: str
    since: Version
    version: Optional[str] = None


_PACKAGES: Mapping[str, _Package] = {
    "vdsm": _Package(zerocopy="vdsm_zerocopy", since=(4, 50, 3, 1)),
    "libvirt": _Package(
        zerocopy="libvirt_zerocopy", since=LIBVIRT_ZEROCOPY_SINCE, version="libvirt_version"
    ),
    "qemu-kvm": _Package(
        zerocopy="qemu_zerocopy", since=QEMU_ZEROCOPY_SINCE, version="qemu_version"
    ),
}
# An answer has at least one key of STATED, and may be wrapped in a key of WRAPPERS.
STATED = ("packages2", "zerocopy_migrations")
WRAPPERS = ("info", "result")
# The kinds of the keys that are one plain value each, and all keys that are read.
PLAIN: Mapping[str, Kind] = {"zerocopy_migrations": BOOL}
TAKEN = ("packages2", *PLAIN, *SECTIONS)
_ANSWER = "Vdsm's getCaps answer"
_NETWORK = optional(TEXT)


@hinted
def host_from_caps(caps: object, *, network: Optional[str] = None) -> Host:
    """Build the host that a ``getCaps`` answer describes.

    Zero-copy support follows from a package's version, backports included, or, if the version is
    not reported, from ``zerocopy_migrations``.  A Vdsm that reports ``zerocopy_migrations`` has
    zero-copy; the value says whether libvirt's binding has it.

    Args:
        caps: the answer, or ``{"status": …, "info": answer}`` or ``{"result": answer}``.
        network: the migration network; `zcpolicy.Host.migration_mbps` is the speed of the link
            below it.
            None: use the only link that is up, below a network if there are networks; the speed is
            unknown if several are up.  The answer lacks the network's QoS, which Engine prefers.

    Raises:
        ZcpolicyError: the answer does not have Vdsm's shape, or has no such network.
    """
    raise_all(_NETWORK.faults("network", network))
    reader = Reader()
    found = read_capabilities(reader, caps, "", network=network)
    return reader.result(None if reader.faults else Host(**found))


def read_capabilities(
    reader: Reader, caps: object, path: str, *, network: Optional[str] = None
) -> Dict[str, Any]:
    """The `Host` fields found in *caps*, without those with faults, which *reader* records."""
    if isinstance(caps, dict) and not _states(caps):
        for key in WRAPPERS:
            if caps.get(key) is not None:
                caps, path = caps[key], join(path, key)
                break
    if not isinstance(caps, dict):
        reader.faults.append(InvalidType(path, caps, f"a JSON object, {_ANSWER}"))
        return {}
    if not _states(caps):
        problem = f"has neither {' nor '.join(map(repr, STATED))}, so it is not {_ANSWER}"
        reader.faults.append(InvalidValue(path, caps, _ANSWER, problem))
        return {}
    plain: Dict[str, Any] = {}
    for key, kind in PLAIN.items():
        value = caps.get(key)
        faults = [] if value is None else kind.faults(join(path, key), value)
        reader.faults += faults
        plain[key] = None if faults else value
    reported = plain["zerocopy_migrations"]
    found: Dict[str, Any] = {}
    versions = _read_versions(reader, caps.get("packages2"), join(path, "packages2"))
    for name, package in _PACKAGES.items():
        version = versions.get(name)
        can = bool(reported) if version is None else version >= package.since
        found[package.zerocopy] = can
        if version is not None and package.version is not None:
            found[package.version] = version
    if reported is not None:
        found.update(vdsm_zerocopy=True, libvirt_zerocopy=bool(reported))
    speed = read_link_speed(reader, caps, path, network)
    if speed is not None:
        found["migration_mbps"] = speed
    return found


def _states(caps: Mapping[Any, Any]) -> bool:
    return any([caps.get(key) is not None for key in STATED])


def _read_versions(reader: Reader, packages: Any, path: str) -> Dict[str, Version]:
    """The upstream versions that the reported packages behave like."""
    if packages is None:
        return {}
    if not isinstance(packages, dict):
        reader.faults.append(InvalidType(path, packages, "a JSON object of packages"))
        return {}
    found = {}
    for name in _PACKAGES:
        package = packages.get(name)
        if package is not None:
            version = _read_version(reader, name, package, join(path, name))
            if version is not None:
                found[name] = version
    return found


def _read_version(reader: Reader, name: str, package: Any, path: str) -> Optional[Version]:
    if not isinstance(package, dict):
        expected = "a JSON object with 'version' and 'release'"
        reader.faults.append(InvalidType(path, package, expected))
        return None
    version: Any = package.get("version")
    release: Any = package.get("release", "")
    faults = TEXT.faults(join(path, "version"), version) + TEXT.faults(
        join(path, "release"), release
    )
    reader.faults += faults
    if faults:
        return None
    found = behaviour(name, version, release)
    if not found:
        expected = "a version that starts with a number"
        reader.faults.append(InvalidValue(join(path, "version"), version, expected))
        return None
    return found
