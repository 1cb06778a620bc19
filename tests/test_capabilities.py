"""What a host can do, from Vdsm's getCaps answer."""

import itertools
from typing import Any, Dict, Optional, Tuple

import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy.adapters.vdsm import host_from_caps


def caps(reported: Optional[bool] = None, **packages: Any) -> Dict[str, Any]:
    """An answer with these packages (version, release), qemu for qemu-kvm, among other things."""
    made: Dict[str, Any] = {
        "clusterLevels": ["4.7", "4.8"],
        "kvmEnabled": "true",
        "packages2": {"kernel": {"version": "5.14.0", "release": "427.13.1.el9_4.x86_64"}},
    }
    for name, (version, release) in packages.items():
        key = {"qemu": "qemu-kvm"}.get(name, name)
        made["packages2"][key] = {"version": version, "release": release}
    if reported is not None:
        made["zerocopy_migrations"] = reported
    return made


def able(host: zc.Host) -> Tuple[bool, bool, bool]:
    """Whether Vdsm, libvirt and QEMU know zero-copy."""
    return host.vdsm_zerocopy, host.libvirt_zerocopy, host.qemu_zerocopy


_EL8 = "5.4.module+el8.6.0+16370+bb85faee"


class TestReported:
    """The capability without packages."""

    @pytest.mark.parametrize(
        "document",
        [
            {},
            {"packages2": None},
            {"packages2": {}},
            {"packages2": {"vdsm": None, "libvirt": None, "qemu-kvm": None}},
            {"packages2": {"kernel": {"version": "0", "release": "0"}}},
            {"packages2": {"kernel": "5.14", "qemu-img": 5}},
        ],
        ids=itertools.count(),
    )
    @pytest.mark.parametrize(
        ("reported", "can"),
        [
            ({}, False),
            ({"zerocopy_migrations": None}, False),
            ({"zerocopy_migrations": False}, False),
            ({"zerocopy_migrations": True}, True),
        ],
    )
    def test_it_decides_for_all_three(
        self, document: Dict[str, Any], reported: Dict[str, Any], can: bool
    ) -> None:
        """Without packages the reported capability decides; an older Vdsm reports none."""
        assert able(host_from_caps({**document, **reported})) == (can, can, can)

    def test_the_link_speed_stays_unknown(self) -> None:
        """The answer has no speed of the migration network."""
        assert host_from_caps(caps(True)) == zc.Host(migration_mbps=None)


class TestPackages:
    """The versions, each at its bound."""

    @pytest.mark.parametrize(
        ("version", "release", "can"),
        [
            ("4.50.3.1", "1.el9", True),
            ("4.50.3", "1.el9", False),
            ("4.50.3.0", "1.el9", False),
            ("4.50.3.2", "1.el9", True),
            ("4.50.4", "1.el9", True),
            ("4.51", "1.el9", True),
            ("4.40.100.2", "1.el8", False),
            ("5", "", True),
            ("4", "", False),
        ],
    )
    def test_vdsm(self, version: str, release: str, can: bool) -> None:
        """Vdsm knows zero-copy from 4.50.3.1 on, and there is no backport."""
        assert able(host_from_caps(caps(not can, vdsm=(version, release))))[0] is can

    @pytest.mark.parametrize(
        ("version", "release", "can"),
        [
            ("8.5", "1.el9", True),
            ("8.5.0", "1.el9", True),
            ("8.4.9", "1.el9", False),
            ("8.10.0", "1.el9", True),
            ("9.0.0", "10.2.el9_2", True),
            ("7.9.0", "1.el9", False),
            ("8.0.0", _EL8, True),
            ("8.0.0", _EL8.replace("5.4", "5.3", 1), False),
            ("8.0.0", _EL8.replace("5.4", "5", 1), False),
            ("8.0.0", _EL8.replace("5.4", "6", 1), True),
            ("8.0.0", _EL8.replace("5.4", "10.1", 1), True),
            ("8.0.0", "5.4.module_el8.6.0+1234+abcd", True),
            ("8.0.0", "5.4.el9", False),
            ("8.0.0", "10.el9", False),
            ("8.0.0", "", False),
            ("8.0.1", _EL8, False),
            ("8.0", _EL8, False),
            ("7.0.0", _EL8, False),
            ("8.1.0", _EL8, False),
        ],
    )
    def test_libvirt(self, version: str, release: str, can: bool) -> None:
        """Libvirt has it from 8.5 on, and in RHEL 8.6's build 8.0.0-5.4 and its successors."""
        host = host_from_caps(caps(True, libvirt=(version, release)))
        assert able(host) == (True, can, True)

    @pytest.mark.parametrize(
        ("version", "release", "can"),
        [
            ("7.1", "1.el9", True),
            ("7.1.0", "4.el9", True),
            ("7.0.0", "13.el9", False),
            ("7.0.99", "1.el9", False),
            ("7.10", "1.el9", True),
            ("10.0.0", "8.el9", True),
            ("6.2.0", "11.module+el8.6.0+16360+9e5d914e", True),
            ("6.2.0", "10.module+el8.6.0+1+a", False),
            ("6.2.0", "12.module+el8.6.0+1+a", True),
            ("6.2.0", "2.module+el8.6.0+1+a", False),
            ("6.2.0", "11.el9", False),
            ("6.2.1", "11.module+el8.6.0+1+a", False),
            ("6.1.0", "11.module+el8.6.0+1+a", False),
            # Debian does not split its version.
            ("1:7.2+dfsg-7+deb12u18", "", True),
            ("1:7.0+dfsg-7", "", False),
            ("10:5.2~rc1", "", False),
        ],
    )
    def test_qemu(self, version: str, release: str, can: bool) -> None:
        """QEMU has it from 7.1 on, and in RHEL 8.6's build 6.2.0-11 and its successors."""
        assert able(host_from_caps(caps(not can, qemu=(version, release))))[2] is can

    def test_each_package_is_judged_by_itself(self) -> None:
        """A reported package goes before the capability, a missing one is judged by it."""
        old = caps(True, vdsm=("4.40", "1"), qemu=("6.0", "1"))
        assert able(host_from_caps(old)) == (False, True, False)
        new = caps(None, vdsm=("4.50.3.1", "1"), libvirt=("9.0", "1"))
        assert able(host_from_caps(new)) == (True, True, False)

    def test_a_binding_without_the_flag_counts(self) -> None:
        """Where the binding is reported to lack the flag, a new libvirt does not help."""
        new = {"vdsm": ("4.51", "1"), "libvirt": ("9.0.0", "1"), "qemu": ("8.0", "1")}
        assert able(host_from_caps(caps(False, **new))) == (True, False, True)
        assert able(host_from_caps(caps(None, **new))) == (True, True, True)
        assert able(host_from_caps(caps(True, **new))) == (True, True, True)

    def test_a_release_may_be_missing(self) -> None:
        """Without a release there is no backport to be found."""
        document = {"packages2": {"libvirt": {"version": "8.0.0"}, "vdsm": {"version": "4.51"}}}
        assert able(host_from_caps(document)) == (True, False, False)


class TestRefused:
    """What Vdsm does not answer."""

    @pytest.mark.parametrize("document", [None, [], "{}", 5, True])
    def test_what_is_no_answer(self, document: object) -> None:
        """The answer is an object."""
        error = refused(host_from_caps, document)
        assert (type(error), error.path, error.value) == (InvalidType, "", document)
        assert error.expected == "a JSON object, Vdsm's getCaps answer"

    @pytest.mark.parametrize(
        ("document", "kind", "path", "expected"),
        [
            ({"zerocopy_migrations": 1}, InvalidType, "zerocopy_migrations", "true or false"),
            ({"zerocopy_migrations": "true"}, InvalidType, "zerocopy_migrations", "true or false"),
            ({"packages2": []}, InvalidType, "packages2", "a JSON object of packages"),
            ({"packages2": "vdsm"}, InvalidType, "packages2", "a JSON object of packages"),
            (
                {"packages2": {"vdsm": "4.50"}},
                InvalidType,
                "packages2.vdsm",
                "a JSON object with 'version' and 'release'",
            ),
            ({"packages2": {"libvirt": {}}}, InvalidType, "packages2.libvirt.version", "a string"),
            (
                {"packages2": {"libvirt": {"version": 8.5, "release": "1"}}},
                InvalidType,
                "packages2.libvirt.version",
                "a string",
            ),
            (
                {"packages2": {"qemu-kvm": {"version": "7.1", "release": None}}},
                InvalidType,
                "packages2.qemu-kvm.release",
                "a string",
            ),
            (
                {"packages2": {"qemu-kvm": {"version": "v7.1", "release": ""}}},
                InvalidValue,
                "packages2.qemu-kvm.version",
                "a version that starts with a number",
            ),
            (
                {"packages2": {"vdsm": {"version": "", "release": "1"}}},
                InvalidValue,
                "packages2.vdsm.version",
                "a version that starts with a number",
            ),
            (
                {"packages2": {"vdsm": {"version": "\u0664.5", "release": "1"}}},
                InvalidValue,
                "packages2.vdsm.version",
                "a version that starts with a number",
            ),
        ],
        ids=itertools.count(),
    )
    def test_what_is_of_another_shape(
        self, document: Dict[str, Any], kind: type, path: str, expected: str
    ) -> None:
        """Each wrong place is named, and nothing is guessed."""
        assert type(refused(host_from_caps, document)) is kind
        where, _, accepted = refusal(host_from_caps, document)
        assert (where, accepted) == (path, expected)

    def test_all_faults_are_named(self) -> None:
        """Several faults are told together."""
        document = {
            "zerocopy_migrations": 0,
            "packages2": {
                "vdsm": {"version": 1, "release": 2},
                "libvirt": 3,
                "qemu-kvm": {"version": ""},
            },
        }
        assert paths(host_from_caps, document) == [
            "zerocopy_migrations",
            "packages2.vdsm.version",
            "packages2.vdsm.release",
            "packages2.libvirt",
            "packages2.qemu-kvm.version",
        ]
