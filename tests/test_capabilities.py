"""What a host can do, from Vdsm's getCaps answer."""

import itertools
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest

import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy._base.documents import Reader
from zcpolicy._base.errors import InvalidType, InvalidValue
from zcpolicy._model.builds import BACKPORTS, behaviour
from zcpolicy._model.capabilities import read_capabilities
from zcpolicy.adapters.libvirt import Flag
from zcpolicy.adapters.vdsm import host_from_caps, libvirt_call


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
            ({}, (False, False, False)),
            ({"zerocopy_migrations": None}, (False, False, False)),
            ({"zerocopy_migrations": False}, (True, False, False)),
            ({"zerocopy_migrations": True}, (True, True, True)),
        ],
    )
    def test_it_decides_for_all_three(
        self, document: Dict[str, Any], reported: Dict[str, Any], can: Tuple[bool, bool, bool]
    ) -> None:
        """A Vdsm that reports the capability knows the parameter; an older one reports none."""
        host = host_from_caps({**document, **reported})
        assert able(host) == can
        assert (host.libvirt_version, host.qemu_version) == (None, None)

    @pytest.mark.parametrize("document", [{}, {"packages2": None}])
    def test_it_is_an_answer_of_its_own(self, document: Dict[str, Any]) -> None:
        """The capability without a list of packages is enough."""
        host = host_from_caps({**document, "zerocopy_migrations": True})
        assert host == zc.Host()


WRAPPERS: List[Tuple[str, Callable[[object], Dict[str, Any]]]] = [
    ("info", lambda caps: {"status": {"code": 0, "message": "Done"}, "info": caps}),
    ("result", lambda caps: {"jsonrpc": "2.0", "id": "1", "result": caps}),
    ("result", lambda caps: {"info": None, "result": caps}),
]


class TestWrapped:
    """The forms in which Vdsm, its log and its clients show the answer."""

    @pytest.mark.parametrize(("key", "wrapped"), WRAPPERS)
    def test_what_is_inside_counts(
        self, key: str, wrapped: Callable[[object], Dict[str, Any]]
    ) -> None:
        """A status and a JSON-RPC envelope around the answer make no difference."""
        bare = caps(True, vdsm=("4.50.3.4", "1.el9"), libvirt=("8.4.0", "1.el9"))
        assert host_from_caps(wrapped(bare)) == host_from_caps(bare)
        assert host_from_caps(wrapped(bare)) != zc.Host()

    @pytest.mark.parametrize(("key", "wrapped"), WRAPPERS)
    def test_faults_inside_have_their_path(
        self, key: str, wrapped: Callable[[object], Dict[str, Any]]
    ) -> None:
        """A path starts with the key of the wrapper."""
        assert paths(host_from_caps, wrapped({"packages2": 1})) == [f"{key}.packages2"]
        assert paths(host_from_caps, wrapped([])) == [key]
        document = {"source": {"vdsmCapabilities": wrapped({"zerocopy_migrations": 1})}}
        where = f"source.vdsmCapabilities.{key}.zerocopy_migrations"
        assert paths(zc.Scenario.from_json, document) == [where]

    def test_an_answer_is_not_looked_for_inside_an_answer(self) -> None:
        """What states something is the answer itself."""
        document = {"packages2": {}, "info": {"zerocopy_migrations": True}}
        assert able(host_from_caps(document)) == (False, False, False)

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ({}, ""),
            ({"packages2": None, "zerocopy_migrations": None}, ""),
            ({"status": {"code": 99, "message": "Recovering"}}, ""),
            ({"clusterLevels": ["4.8"], "kvmEnabled": "true"}, ""),
            ({"info": {}}, "info"),
            ({"result": {"kvmEnabled": "true"}}, "result"),
            ({"result": {"result": {"packages2": {}}}}, "result"),
        ],
    )
    def test_what_states_nothing_is_no_answer(self, document: Dict[str, Any], path: str) -> None:
        """Without packages and capability nothing is known of the host, and nothing is said."""
        error = refused(host_from_caps, document)
        assert (type(error), error.path) == (InvalidValue, path)
        assert error.problem == (
            "has neither 'packages2' nor 'zerocopy_migrations', so it is not Vdsm's getCaps answer"
        )


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
        """Vdsm knows zero-copy from 4.50.3.1 on."""
        assert able(host_from_caps(caps(vdsm=(version, release))))[0] is can

    @pytest.mark.parametrize("reported", [False, True])
    @pytest.mark.parametrize("version", ["4.50.3", "4.40.100.2", "4.50.3.1"])
    def test_a_vdsm_that_reports_the_capability_has_the_parameter(
        self, version: str, reported: bool
    ) -> None:
        """The key and the parameter came with one commit, whatever a build of it is called."""
        release = "24.git37cbca2db.el8"
        assert able(host_from_caps(caps(reported, vdsm=(version, release))))[0]

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
            ("8.0.0", _EL8.replace("5.4", "5.10", 1), True),
            ("8.0.0", _EL8.replace("5.4", "6", 1), False),
            ("8.0.0", _EL8.replace("5.4", "7", 1), False),
            ("8.0.0", _EL8.replace("5.4", "8", 1), False),
            ("8.0.0", _EL8.replace("5.4", "9", 1), True),
            ("8.0.0", _EL8.replace("5.4", "10.1", 1), True),
            ("8.0.0", "5.4.module_el8.6.0+1234+abcd", True),
            ("8.0.0", "22.module+el8.9.0+19544+b3045133", True),
            ("8.0.0", "5.4.el9", False),
            ("8.0.0", "10.el9", False),
            ("8.0.0", "10.el80", False),
            ("8.0.0", "10.model8", False),
            ("8.0.0", "el8", False),
            ("8.0.0", "", False),
            ("8.0.1", _EL8, False),
            ("8.0", _EL8, False),
            ("7.0.0", _EL8, False),
            ("8.1.0", _EL8, False),
        ],
    )
    def test_libvirt(self, version: str, release: str, can: bool) -> None:
        """Libvirt has it from 8.5 on; in RHEL 8 from 8.0.0-9, in RHEL 8.6 from 8.0.0-5.4."""
        assert able(host_from_caps(caps(libvirt=(version, release))))[1] is can
        host = host_from_caps(caps(True, libvirt=(version, release)))
        assert able(host) == (True, True, True)
        blockers = zc.resolve(host=host, policy="Very large VMs").blockers
        assert blockers == (() if can else ("libvirt",))

    @pytest.mark.parametrize(
        ("version", "release", "can"),
        [
            ("7.1", "1.el9", True),
            ("7.1.0", "4.el9", True),
            ("7.0.0", "7.el9", False),
            ("7.0.0", "8.el9", True),
            ("7.0.0", "13.el9", True),
            ("7.0.0", "13.el9_1.2", True),
            ("7.0.0", "13.fc37", False),
            ("7.0.0", "13.el8", False),
            ("7.0.99", "1.el9", False),
            ("7.10", "1.el9", True),
            ("10.0.0", "8.el9", True),
            ("6.2.0", "11.module+el8.6.0+16360+9e5d914e.4", True),
            ("6.2.0", "11.module+el8.6.0+16538+01ea313d.6", True),
            ("6.2.0", "11.module+el8.6.0+1052+1234.10", True),
            ("6.2.0", "11.module+el8.6.0+16360+9e5d914e.3", False),
            ("6.2.0", "11.module+el8.6.0+16360+9e5d914e", False),
            ("6.2.0", "11.module+el8.6.0+16360.4", True),
            ("6.2.0", "11.el8", False),
            ("6.2.0", "10.module+el8.6.0+1+a.4", False),
            ("6.2.0", "12.module_el8.7.0+1140", False),
            ("6.2.0", "12.module_el8.7.0+1140+ff0772f9.4", False),
            ("6.2.0", "16.module_el8.7.0+1+a", False),
            ("6.2.0", "17.module_el8.7.0+1+a", True),
            ("6.2.0", "40.module+el8.9.0+20056+d9fb1ac3.1", True),
            ("6.2.0", "2.module+el8.6.0+1+a", False),
            ("6.2.0", "17.el9", False),
            ("6.2.1", "17.module+el8.6.0+1+a", False),
            ("6.1.0", "17.module+el8.6.0+1+a", False),
            # Debian does not split its version.
            ("1:7.2+dfsg-7+deb12u18", "", True),
            ("1:7.0+dfsg-7", "", False),
            ("10:5.2~rc1", "", False),
        ],
    )
    def test_qemu(self, version: str, release: str, can: bool) -> None:
        """QEMU has it from 7.1 on; in RHEL 9 from 7.0.0-8, in RHEL 8 from 6.2.0-17."""
        assert able(host_from_caps(caps(not can, qemu=(version, release))))[2] is can

    def test_each_package_is_judged_by_itself(self) -> None:
        """A package that is not reported is judged by the capability, and the others are not."""
        old = caps(None, vdsm=("4.40", "1"), qemu=("6.0", "1"))
        assert able(host_from_caps(old)) == (False, False, False)
        assert able(host_from_caps(caps(True, qemu=("6.0", "1")))) == (True, True, False)
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


class TestVersions:
    """The versions of libvirt and QEMU, by which rules about versions go."""

    @pytest.mark.parametrize(
        ("package", "version", "release", "behaves"),
        [
            ("libvirt", "11.3.0", "1.el10", (11, 3, 0)),
            ("libvirt", "1:9.0.0-4+deb12u2", "", (9, 0, 0)),
            ("libvirt", "8.0.0", "8.module+el8.7.0+1+a", (8, 0, 0)),
            ("libvirt", "8.0.0", "9.module+el8.7.0+1+a", (8, 5, 0)),
            ("libvirt", "8.0.0", _EL8, (8, 5, 0)),
            ("libvirt", "8.0.0", "5.4.module+el8.6.0+1+a", (8, 5, 0)),
            ("qemu", "1:7.2+dfsg-7", "", (7, 2)),
            ("qemu", "1.2.3.4.5", "", (1, 2, 3, 4)),
            ("qemu", "7.0.0", "13.el9_1.2", (7, 1, 0)),
            ("qemu", "6.2.0", "11.module+el8.6.0+16360+9e5d914e.3", (6, 2, 0)),
            ("qemu", "6.2.0", "11.module+el8.6.0+16360+9e5d914e.4", (7, 1, 0)),
            ("qemu", "6.2.0", "12.module_el8.7.0+1140", (6, 2, 0)),
            ("qemu", "6.2.0", "17.module_el8.7.0+1+a", (7, 1, 0)),
            ("qemu", "6.2.0", "35.module+el8.9.0+1+a", (7, 1, 0)),
            ("qemu", "6.2.0", "36.module+el8.9.0+1+a", (8, 1, 0)),
            ("qemu", "10.0.0", "7.el10", (10, 0, 0)),
            ("qemu", "10.0.0", "8.el10", (10, 1, 0)),
            ("qemu", "10.0.0", "14.el10_1.5", (10, 1, 0)),
            ("qemu", "10.0.0", "8.fc43", (10, 0, 0)),
            ("qemu", "10.0.2", "8.el10", (10, 0, 2)),
        ],
    )
    def test_a_build_with_a_backport_has_the_later_version(
        self, package: str, version: str, release: str, behaves: Tuple[int, ...]
    ) -> None:
        """A version is the reported one, or the one as which the build behaves."""
        host = host_from_caps(caps(True, **{package: (version, release)}))
        expected: Dict[str, Any] = {f"{package}_version": behaves}
        assert (host.libvirt_version, host.qemu_version) == (
            expected.get("libvirt_version"),
            expected.get("qemu_version"),
        )
        scenario = zc.Scenario(host=host)
        assert zc.Scenario.from_json(scenario.to_json()) == scenario

    def test_a_scenario_may_say_another(self) -> None:
        """What is written beside the answer goes before it."""
        told = caps(True, libvirt=("9.0.0", "1.el9"), qemu=("7.2.0", "1.el9"))
        host = zc.Scenario.from_json(
            {"source": {"vdsmCapabilities": told, "versions": {"qemu": "10.1.0"}}}
        ).host
        assert (host.libvirt_version, host.qemu_version) == ((9, 0, 0), (10, 1, 0))

    @pytest.mark.parametrize("row", BACKPORTS, ids=lambda row: row.source)
    def test_each_row_is_needed(self, row: Any) -> None:
        """The first build of a row behaves so, and the one of another distribution does not."""
        first = ".".join(map(str, row.since))
        update = f".{row.update}" if row.update else ""
        version = ".".join(map(str, row.version))
        release = f"{first}.module+{row.distribution}+1+a{update}"
        assert behaviour(row.package, version, release) == row.behaves
        elsewhere = release.replace(row.distribution, "fc40")
        assert behaviour(row.package, version, elsewhere) == row.version < row.behaves


class TestBindingAndLibvirt:
    """What Vdsm passes follows from the binding, what is decided from libvirt, too."""

    @pytest.mark.parametrize(
        ("binding", "libvirt", "passed", "blockers"),
        [
            (True, "8.4.0", True, ("libvirt",)),
            (True, "8.5.0", True, ()),
            (False, "8.4.0", False, ("libvirt",)),
            (False, "8.5.0", False, ("libvirt",)),
        ],
    )
    def test_vdsm_looks_at_the_binding_alone(
        self, binding: bool, libvirt: str, passed: bool, blockers: Tuple[str, ...]
    ) -> None:
        """An old libvirt gets the flag from a new binding, and would refuse it."""
        host = host_from_caps(caps(binding, libvirt=(libvirt, "1.el9"), qemu=("7.2.0", "1")))
        request = {"parallel": 2, "zerocopy": True}
        flags = libvirt_call(request, host, level="4.8").flags
        assert bool(flags & Flag.VIR_MIGRATE_ZEROCOPY) is passed
        assert zc.resolve(host=host, policy="Very large VMs").blockers == blockers

    def test_of_a_destination_libvirt_counts(self) -> None:
        """A destination gets the flag from the source, and refuses it where libvirt is too old."""
        host = host_from_caps(caps(True, libvirt=("8.4.0", "1.el9")))
        blockers = zc.resolve(destination=host, policy="Very large VMs").blockers
        assert blockers == ("destination",)

    def test_a_qemu_that_is_known_to_be_too_old_counts(self) -> None:
        """A version that is given beside the flags rules zero-copy out, as libvirt's does."""
        host = zc.Host(qemu_version=(7, 0, 99))
        assert zc.resolve(host=host, policy="Very large VMs").blockers == ("qemu",)
        assert not zc.resolve(host=zc.Host(qemu_version=(7, 1)), policy="Very large VMs").blockers


def linked(**sections: Any) -> Dict[str, Any]:
    return {"zerocopy_migrations": True, **sections}


def nics(**speeds: Any) -> Dict[str, Any]:
    return {name: {"speed": speed, "hwaddr": "52:54:00:00:00:01"} for name, speed in speeds.items()}


BOND = {"speed": 20000, "slaves": ["eth0", "eth1"], "opts": {"mode": "4"}}
BRIDGED = {"iface": "ovirtmgmt", "bridged": True, "southbound": "eth0", "ports": ["eth0", "vnet0"]}
# As the host of a data centre has it: management on one link, migrations on a VLAN of a bond.
TWO_NETWORKS = linked(
    nics=nics(eth0=10000, eth1=10000, eth2=1000),
    bondings={"bond0": BOND},
    vlans={"bond0.100": {"iface": "bond0", "vlanid": 100}},
    bridges={"ovirtmgmt": {"ports": ["eth2"], "stp": "off"}},
    networks={
        "ovirtmgmt": {**BRIDGED, "southbound": "eth2", "ports": ["eth2"]},
        "migration": {"iface": "bond0.100", "bridged": False, "southbound": "bond0.100"},
    },
)


class TestLinkSpeed:
    """The speed below the migration network, where the answer says which that is."""

    @pytest.mark.parametrize(
        ("document", "speed"),
        [
            (linked(), None),
            (linked(nics=None, networks=None), None),
            (linked(nics={}, bondings={}, networks={}), None),
            (linked(nics=nics(eth0=10000)), 10000),
            (linked(nics=nics(eth0=0)), None),
            (linked(nics={"eth0": {}}), None),
            (linked(nics={"eth0": {"speed": None}}), None),
            (linked(nics=nics(eth0=10000, eth1=0)), 10000),
            (linked(nics=nics(eth0=10000, eth1=25000)), None),
            (linked(nics=nics(eth0=10000, eth1=10000)), None),
            (linked(nics={"eth0": {"speed": 1000, "operstate": "up"}}), 1000),
            (linked(nics={"eth0": {"speed": 1000, "operstate": "down"}}), None),
            # A bond counts, and the links that it is made of do not.
            (linked(nics=nics(eth0=10000, eth1=10000), bondings={"bond0": BOND}), 20000),
            (linked(nics=nics(eth0=10000, eth2=1000), bondings={"bond0": BOND}), None),
            (linked(nics=nics(eth0=10000), bondings={"bond0": {"slaves": None}}), 10000),
            # A network, and another link that is up.
            (linked(nics=nics(eth0=1000, eth1=25000), networks={"ovirtmgmt": BRIDGED}), 1000),
            (linked(nics=nics(eth0=0, eth1=25000), networks={"ovirtmgmt": BRIDGED}), None),
            (linked(nics=nics(eth1=25000), networks={"ovirtmgmt": BRIDGED}), None),
            (linked(nics=nics(eth1=25000), networks={"ovirtmgmt": {}}), None),
            # Without what Vdsm found to be southbound.
            (
                linked(
                    nics=nics(eth0=1000, eth1=25000),
                    networks={"ovirtmgmt": {"iface": "ovirtmgmt", "ports": ["vnet0", "eth0"]}},
                ),
                1000,
            ),
            (
                linked(
                    nics=nics(eth0=1000, eth1=25000),
                    vlans={"eth1.5": {"iface": "eth1"}},
                    networks={"storage": {"iface": "eth1.5", "southbound": None}},
                ),
                25000,
            ),
            (
                linked(
                    nics=nics(eth0=1000, eth1=25000),
                    bridges={"ovirtmgmt": {"ports": ["eth0"]}},
                    networks={"ovirtmgmt": {"iface": "ovirtmgmt"}},
                ),
                1000,
            ),
            # Two networks on one link, and on two.
            (
                linked(
                    nics=nics(eth0=1000, eth1=25000),
                    vlans={"eth0.5": {"iface": "eth0"}},
                    networks={"ovirtmgmt": BRIDGED, "migration": {"southbound": "eth0.5"}},
                ),
                1000,
            ),
            (TWO_NETWORKS, None),
            # What leads nowhere, or in a circle.
            (
                linked(
                    nics=nics(eth0=1000),
                    vlans={"a": {"iface": "b"}, "b": {"iface": "a"}},
                    networks={"ovirtmgmt": {"southbound": "a"}},
                ),
                None,
            ),
        ],
        ids=itertools.count(),
    )
    def test_it_is_that_of_the_only_link(
        self, document: Dict[str, Any], speed: Optional[int]
    ) -> None:
        """Of the links below networks the one that is up counts, if there is one."""
        assert host_from_caps(document) == zc.Host(migration_mbps=speed)

    @pytest.mark.parametrize(("network", "speed"), [("ovirtmgmt", 1000), ("migration", 20000)])
    def test_a_caller_may_name_the_network(self, network: str, speed: int) -> None:
        """With its name the migration network's link is found among others."""
        host = host_from_caps(TWO_NETWORKS, network=network)
        assert host == zc.Host(migration_mbps=speed)
        assert host_from_caps({"info": TWO_NETWORKS}, network=network) == host

    def test_a_link_that_is_down_is_not_replaced(self) -> None:
        """The speed of a named network is not that of another."""
        document = {**TWO_NETWORKS, "nics": nics(eth2=0)}
        assert host_from_caps(document, network="ovirtmgmt").migration_mbps is None

    @pytest.mark.parametrize(
        ("document", "network", "message"),
        [
            (
                TWO_NETWORKS,
                "migrations",
                "network: 'migrations' is not one of the host's networks; did you mean "
                "'migration'? (they are: 'ovirtmgmt', 'migration')",
            ),
            (
                linked(nics=nics(eth0=1000)),
                "eth0",
                "network: 'eth0' is not one of the host's networks (they are: none)",
            ),
        ],
    )
    def test_a_network_that_the_host_has_not_is_refused(
        self, document: Dict[str, Any], network: str, message: str
    ) -> None:
        """A misspelt name would be an unknown speed, silently."""
        with pytest.raises(zc.ZcpolicyError) as caught:
            host_from_caps(document, network=network)
        assert str(caught.value) == message
        assert (caught.value.path, caught.value.value) == ("network", network)

    def test_a_network_is_named_by_a_string(self) -> None:
        """Anything else is no name."""
        with pytest.raises(TypeError, match="network: 5 is not a string, or none"):
            host_from_caps(TWO_NETWORKS, network=5)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("document", "path", "expected"),
        [
            (linked(nics=[]), "nics", "a JSON object of devices"),
            (linked(networks="ovirtmgmt"), "networks", "a JSON object of devices"),
            (linked(nics={"eth0": 1000}), "nics.eth0", "a JSON object, a device"),
            (linked(bridges={"a\nb": None}), "bridges.'a\\nb'", "a JSON object, a device"),
            (
                linked(nics={"eth0": {"speed": "1000"}}),
                "nics.eth0.speed",
                "an integer from -2147483648 to 2147483647, or none",
            ),
            (
                linked(bondings={"bond0": {"speed": 2**31}}),
                "bondings.bond0.speed",
                "an integer from -2147483648 to 2147483647, or none",
            ),
            (linked(nics={"eth0": {"operstate": 1}}), "nics.eth0.operstate", "a string, or none"),
            (linked(vlans={"v": {"iface": ["eth0"]}}), "vlans.v.iface", "a string, or none"),
            (
                linked(networks={"n": {"southbound": 1}}),
                "networks.n.southbound",
                "a string, or none",
            ),
            (
                linked(bridges={"b": {"ports": "eth0"}}),
                "bridges.b.ports",
                "a JSON array of strings, or none",
            ),
            (linked(bondings={"b": {"slaves": ["eth0", 1]}}), "bondings.b.slaves[1]", "a string"),
        ],
        ids=itertools.count(),
    )
    def test_what_is_of_another_shape_is_refused(
        self, document: Dict[str, Any], path: str, expected: str
    ) -> None:
        """Each wrong place is named, and no speed is guessed."""
        where, _, accepted = refusal(host_from_caps, document)
        assert (where, accepted) == (path, expected)

    def test_a_network_with_a_fault_is_known(self) -> None:
        """A fault of a network does not hide behind its name."""
        document = linked(networks={"a": 1, "b": {"ports": 1}})
        for network in ("a", "b"):
            with pytest.raises(zc.ZcpolicyError) as caught:
                host_from_caps(document, network=network)
            assert [fault.path for fault in caught.value.all] == ["networks.a", "networks.b.ports"]

    def test_a_scenario_may_say_another(self) -> None:
        """A speed that is written beside the answer, the network's QoS, goes before it."""
        told = linked(nics=nics(eth0=10000))
        for given, speed in (({}, 10000), ({"migrationMbps": 7}, 7), ({"migrationMbps": 0}, 0)):
            document = {"source": {"vdsmCapabilities": told, **given}}
            assert zc.Scenario.from_json(document).host.migration_mbps == speed


class TestFields:
    def test_only_what_is_stated_is_told(self) -> None:
        """Versions and speed are left out where the answer has none, to be merged with others."""
        knows = dict.fromkeys(("vdsm_zerocopy", "libvirt_zerocopy", "qemu_zerocopy"), True)
        reader = Reader()
        assert read_capabilities(reader, linked(), "source") == knows
        told = linked(nics=nics(eth0=10), packages2={"libvirt": {"version": "9.0.0"}})
        assert read_capabilities(reader, told, "source") == {
            **knows,
            "libvirt_version": (9, 0, 0),
            "migration_mbps": 10,
        }
        assert reader.faults == []


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
