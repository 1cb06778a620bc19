"""Map distribution builds to the upstream version that they behave like: a table of backports.

Rules about versions refer to upstream versions.  A build with a backport behaves like a later one.

Source: the change logs in ``libvirt.spec`` and ``qemu-kvm.spec`` of RHEL and CentOS Stream.
"""

import re
from typing import Optional, Tuple

import attr

from .._base.versions import Version

__all__ = ["BACKPORTS", "VERSION", "Backport", "behaviour", "numbers"]

# An epoch, which is ignored, and up to four numbers.
VERSION = re.compile(r"(?:[0-9]+:)?([0-9]{1,9}(?:\.[0-9]{1,9}){0,3})")
# "5.4.module+el8.6.0+16370+bb85faee", "11.module_el8.7.0+1140+ff0772f9.4", "13.el9_1.2"
_DISTRIBUTION = re.compile(r"(?<![a-z])el[0-9]+")
_UPDATE = re.compile(r"\+[0-9a-f]+\.([0-9]{1,9})$")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Backport:
    """A row: builds of one version of a package, and the upstream version that they behave like.

    Attributes:
        package: the package's name in ``packages2`` of ``getCaps``.
        distribution: the distribution tag in the release, ``"el8"``: other distributions have the
            same versions without the backport.
        version: the version of the builds.
        since: the first release.
        until: the first release not included; None if all later ones are.
        update: the first update of that release, the number after its hash.
        behaves: the upstream version.
        source: the change log entry.
    """

    package: str
    distribution: str
    version: Version
    since: Tuple[int, ...]
    until: Optional[Tuple[int, ...]] = None
    update: int = 0
    behaves: Version
    source: str

    def covers(self, package: str, version: Version, release: str) -> bool:
        """Whether the row includes this build."""
        if (package, version) != (self.package, self.version):
            return False
        distribution = _DISTRIBUTION.search(release)
        if distribution is None or distribution.group() != self.distribution:
            return False
        number = numbers(release)
        if number < self.since or (self.until is not None and number >= self.until):
            return False
        update = _UPDATE.search(release)
        return self.update <= (0 if update is None else int(update.group(1)))


# Newest release first: the first row that covers a build wins.
BACKPORTS: Tuple[Backport, ...] = (
    # Zero-copy.
    Backport(
        package="libvirt",
        distribution="el8",
        version=(8, 0, 0),
        since=(9,),
        behaves=(8, 5, 0),
        source="libvirt 8.0.0-9: Add VIR_MIGRATE_ZEROCOPY flag (rhbz#2089433)",
    ),
    Backport(
        package="libvirt",
        distribution="el8",
        version=(8, 0, 0),
        since=(5, 4),
        until=(6,),
        behaves=(8, 5, 0),
        source="libvirt 8.0.0-5.4, RHEL 8.6.z",
    ),
    # This release refuses post-copy with multifd; with earlier ones the VM is lost.
    Backport(
        package="qemu-kvm",
        distribution="el8",
        version=(6, 2, 0),
        since=(36,),
        behaves=(8, 1, 0),
        source="qemu-kvm 6.2.0-36: migration: Disable postcopy + multifd migration (bz#2169733)",
    ),
    # Zero-copy.
    Backport(
        package="qemu-kvm",
        distribution="el8",
        version=(6, 2, 0),
        since=(17,),
        behaves=(7, 1, 0),
        source="qemu-kvm 6.2.0-17: Pull MSG_ZEROCOPY on QEMU Live Migration Patches into RHEL 8 "
        "(bz#2072049)",
    ),
    Backport(
        package="qemu-kvm",
        distribution="el8",
        version=(6, 2, 0),
        since=(11,),
        until=(12,),
        update=4,
        behaves=(7, 1, 0),
        source="qemu-kvm 6.2.0-11.module+el8.6.0+16360+9e5d914e.4, RHEL 8.6.z",
    ),
    Backport(
        package="qemu-kvm",
        distribution="el9",
        version=(7, 0, 0),
        since=(8,),
        behaves=(7, 1, 0),
        source="qemu-kvm 7.0.0-8: Use MSG_ZEROCOPY on QEMU Live Migration (bz#1968509)",
    ),
    # Post-copy with multifd.
    Backport(
        package="qemu-kvm",
        distribution="el10",
        version=(10, 0, 0),
        since=(8,),
        behaves=(10, 1, 0),
        source="qemu-kvm 10.0.0-8: migration: enable multifd and postcopy together (RHEL-59697)",
    ),
)


def behaviour(package: str, version: str, release: str) -> Version:
    """The upstream version that this build behaves like; empty if *version* is not a number."""
    number = numbers(version)
    for row in BACKPORTS:
        if row.covers(package, number, release):
            return row.behaves
    return number


def numbers(text: str) -> Version:
    """The numbers that a version or release starts with: ``"1:7.2+dfsg"`` is (7, 2)."""
    match = VERSION.match(text)
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()
