"""What a host can do, from the answer of Vdsm's ``getCaps``.

Source: Vdsm ``caps.py`` (``zerocopy_migrations`` says that the libvirt binding has the flag) and
``osinfo.py`` (``packages2``: version and release, without epoch); the change logs of libvirt 8.5,
QEMU 7.1, Vdsm 4.50.3.1 and RHEL 8.6 for when each learnt zero-copy.
"""

import re
from typing import Any, Dict, Mapping, Optional, Tuple

import attr

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue
from .._base.fields import BOOL, TEXT
from .inputs import Host

__all__ = ["VERSION", "host_from_caps", "read_capabilities"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class _Support:
    """Since when a package has zero-copy, and the RHEL 8 build to which it was backported."""

    field: str
    since: Tuple[int, ...]
    backport: Optional[Tuple[Tuple[int, ...], Tuple[int, ...]]] = None


VERSION = re.compile(r"(?:[0-9]+:)?([0-9]{1,9}(?:\.[0-9]{1,9})*)")
_SUPPORT: Mapping[str, _Support] = {
    "vdsm": _Support(field="vdsm_zerocopy", since=(4, 50, 3, 1)),
    "libvirt": _Support(field="libvirt_zerocopy", since=(8, 5), backport=((8, 0, 0), (5, 4))),
    "qemu-kvm": _Support(field="qemu_zerocopy", since=(7, 1), backport=((6, 2, 0), (11,))),
}


def host_from_caps(caps: object) -> Host:
    """The host that this ``getCaps`` answer describes, of unknown link speed.

    A package whose version is reported is judged by it; one that is not, by
    ``zerocopy_migrations``, which an older Vdsm does not report at all.  libvirt also needs the
    binding to have the flag, where that is reported.

    Raises:
        ZcpolicyError: the answer is not of the shape that Vdsm gives.
    """
    reader = Reader()
    found = read_capabilities(reader, caps, "")
    return reader.result(None if reader.faults else Host(**found))


def read_capabilities(reader: Reader, caps: object, path: str) -> Dict[str, Any]:
    """The fields of a `Host` that *caps* tell; less where the reader noted a fault."""
    if not isinstance(caps, dict):
        reader.faults.append(InvalidType(path, caps, "a JSON object, Vdsm's getCaps answer"))
        return {}
    reported = caps.get("zerocopy_migrations")
    if reported is not None:
        reader.faults += BOOL.faults(join(path, "zerocopy_migrations"), reported)
    packages = caps.get("packages2")
    if packages is None:
        packages = {}
    elif not isinstance(packages, dict):
        reader.faults.append(
            InvalidType(join(path, "packages2"), packages, "a JSON object of packages")
        )
        packages = {}
    found = {}
    for name, support in _SUPPORT.items():
        where = join(join(path, "packages2"), name)
        can = _package_can(reader, packages.get(name), where, support)
        found[support.field] = bool(reported) if can is None else can
    if reported is False:
        found["libvirt_zerocopy"] = False
    return found


def _package_can(reader: Reader, package: Any, path: str, support: _Support) -> Optional[bool]:
    """Whether the package has zero-copy; None where it is not reported."""
    if package is None:
        return None
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
    number = _numbers(version)
    if not number:
        expected = "a version that starts with a number"
        reader.faults.append(InvalidValue(join(path, "version"), version, expected))
        return None
    if number >= support.since:
        return True
    if support.backport is None or "el8" not in release:
        return False
    backported, since = support.backport
    return number == backported and _numbers(release) >= since


def _numbers(text: str) -> Tuple[int, ...]:
    """The numbers that a version starts with: ``"1:7.2+dfsg"`` is (7, 2)."""
    match = VERSION.match(text)
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()
