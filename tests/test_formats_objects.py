"""Clusters, VMs, domains, hosts, requests and calls, as the API, libvirt and Vdsm print them."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, Optional

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import zcpolicy as zc
from printing import domain_xml, python_log, rest_xml
from refusals import paths, refused
from test_adapters_rest import expressible
from zcpolicy import formats
from zcpolicy.adapters.engine import cluster_to_rest, vm_to_rest
from zcpolicy.adapters.libvirt import Flag, flag_names
from zcpolicy.adapters.vdsm import LibvirtCall, host_from_caps
from zcpolicy.testing import clusters, scenarios, vms

DATA = Path(__file__).parent / "data"
CLUSTER: Dict[str, Any] = json.loads((DATA / "rest_cluster.json").read_text("utf-8"))
WHOLE_VM: Dict[str, Any] = json.loads((DATA / "rest_vm.json").read_text("utf-8"))
IDS: st.SearchStrategy[str] = st.uuids().map(str)
# What a VM's own policy is in the API.
OWN: "st.SearchStrategy[Any]" = st.none() | IDS


class TestRest:
    """Clusters and VMs of the REST API."""

    @given(cluster=clusters(), policy=st.none() | IDS, whole=st.booleans())
    def test_clusters(self, cluster: zc.Cluster, policy: Optional[str], whole: bool) -> None:
        """A cluster is the same in XML and in JSON, with all else that a cluster has."""
        document = cluster_to_rest(cluster, policy=policy)
        if whole:
            document = {**CLUSTER, **document}
        for text in (json.dumps(document), rest_xml("cluster", document)):
            reading = formats.read(text)
            assert reading.form == "cluster"
            assert zc.Cluster(**reading.parts["cluster"]) == cluster
            assert reading.parts["policy"] == (policy or zc.policies.LEGACY.id)

    @given(vm=vms(policies=OWN), whole=st.booleans())
    def test_vms(self, vm: zc.VM, whole: bool) -> None:
        """So is a VM; its policy is its own."""
        assume(not vm.paused or not whole)
        vm = expressible(vm)
        document = vm_to_rest(vm)
        if whole:
            kept = {key: WHOLE_VM[key] for key in ("bios", "display", "initialization", "fqdn")}
            document = {**kept, **document, "href": "/ovirt-engine/api/vms/1", "id": "1"}
        for text in (json.dumps(document), rest_xml("vm", document)):
            reading = formats.read(text)
            assert reading.form == "vm"
            assert zc.VM(**reading.parts["vm"]) == vm

    def test_only_what_is_said(self) -> None:
        """What a document does not state is no part of what is read; *inherit* is stated."""
        text = (
            '{"href": "/api/vms/1", "memory": "1073741824", "migration": {"encrypted": "inherit"}}'
        )
        assert formats.read(text).parts == {"vm": {"memory_mib": 1024, "encrypted": None}}
        text = "<cluster><version><major>4</major><minor>7</minor></version></cluster>"
        assert formats.read(text).parts == {"cluster": {"level": "4.7"}}

    def test_whole_objects(self) -> None:
        """A cluster and a VM as Engine sends them are read as in JSON, in XML, too."""
        for tag, document in (("cluster", CLUSTER), ("vm", WHOLE_VM)):
            assert formats.read(rest_xml(tag, document)) == formats.read(json.dumps(document))

    @pytest.mark.parametrize("tag", ["cluster", "vm"])
    def test_a_list_of_one(self, tag: str) -> None:
        """A collection of one is that one; of none or several it is refused, with their number."""
        document = CLUSTER if tag == "cluster" else WHOLE_VM
        alone = formats.read(json.dumps(document))
        assert formats.read(json.dumps({tag: [document]})) == alone
        inside = rest_xml(tag, document).partition("?>")[2]
        assert formats.read(f"<{tag}s>{inside}</{tag}s>") == alone
        assert "2 " in str(refused(formats.read, f"<{tag}s>{inside}{inside}</{tag}s>"))
        assert "0 " in str(refused(formats.read, f"<{tag}s/>"))
        assert "0 " in str(refused(formats.read, json.dumps({tag: []})))

    @pytest.mark.parametrize(
        "text",
        [
            "<action><status>failed</status><fault><reason>no</reason></fault></action>",
            "<fault><reason>Operation Failed</reason></fault>",
            "<job><status>started</status></job>",
            "<disk id='1'><actual_size>1</actual_size></disk>",
            "<host><cluster id='1'/><memory>1</memory></host>",
            "<template><memory>1073741824</memory></template>",
            "<data_center><version><major>4</major><minor>7</minor></version></data_center>",
            '{"href": "/ovirt-engine/api/hosts/1", "memory": "1073741824"}',
            '{"href": "/ovirt-engine/api/vms/1/snapshots/2", "memory": "1073741824"}',
            '{"href": "nowhere", "memory": "1073741824"}',
            '{"fault": {"reason": "Operation Failed", "detail": "[]"}}',
        ],
    )
    def test_others(self, text: str) -> None:
        """What is no cluster and no VM is refused."""
        refused(formats.read, text)

    def test_faults(self) -> None:
        """Faults are told by their paths in the document, in XML as in JSON."""
        document = {"migration": {"encrypted": "perhaps"}, "version": {"major": "x", "minor": "7"}}
        wanted = ["migration.encrypted", "version.major"]
        assert sorted(paths(formats.read, json.dumps(document))) == wanted
        assert sorted(paths(formats.read, rest_xml("cluster", document))) == wanted


# The unit, and its bytes; libvirt src/util/virutil.c, virScaleInteger.
UNITS: Dict[Optional[str], int] = {
    None: 1024,
    **dict.fromkeys(("b", "bytes"), 1),
    **dict.fromkeys(("k", "K", "KiB", "kib"), 1024),
    "KB": 1000,
    **dict.fromkeys(("M", "MiB"), 1024**2),
    "MB": 1000**2,
    **dict.fromkeys(("G", "GiB"), 1024**3),
    "GB": 1000**3,
    **dict.fromkeys(("T", "TiB"), 1024**4),
    "TB": 1000**4,
}


class TestDomain:
    """A domain's XML."""

    @given(
        memory=st.integers(1, 2**40),
        unit=st.sampled_from(list(UNITS)),
        vcpus=st.integers(1, 1000),
        current=st.none() | st.integers(1, 1000),
        limit=st.none() | st.integers(1, 2**40),
        limit_unit=st.sampled_from(list(UNITS)),
    )
    def test_sizes(
        self,
        memory: int,
        unit: Optional[str],
        vcpus: int,
        current: Optional[int],
        limit: Optional[int],
        limit_unit: Optional[str],
    ) -> None:
        """Memory is rounded up to MiB, a hard limit down, whatever the unit; KiB are libvirt's."""
        mib = -(-Fraction(memory * UNITS[unit], 1024**2) // 1)
        kib = None if limit is None else -(-Fraction(limit * UNITS[limit_unit], 1024) // 1)
        assume(mib < 2**31)
        assume(kib is None or 1024 <= kib < 2**41)
        text = domain_xml(
            memory=memory,
            unit=unit,
            vcpus=vcpus,
            current=current,
            limit=limit,
            limit_unit=limit_unit,
        )
        wanted = {"memory_mib": mib, "vcpus": vcpus if current is None else current}
        if kib is not None:
            wanted["memory_hard_limit_mib"] = kib // 1024
        reading = formats.read(text)
        others = "not taken: currentMemory, devices, metadata, name"
        assert (reading.form, reading.ignored) == ("domain-xml", (others,))
        assert reading.parts == {"vm": wanted}

    def test_no_limit(self) -> None:
        """Libvirt's number for *unlimited*, and more, are no limit."""
        for limit, unit in ((9007199254740991, None), (9007199254740991 * 1024, "b"), (16, "EiB")):
            text = domain_xml(memory=1, unit="GiB", vcpus=1, limit=limit, limit_unit=unit)
            assert formats.read(text).parts["vm"]["memory_hard_limit_mib"] is None
        text = text.replace(">16<", ">unlimited<").replace(" unit='EiB'", "")
        assert formats.read(text).parts["vm"]["memory_hard_limit_mib"] is None

    def test_what_matters(self) -> None:
        """Huge pages, locked memory and host devices are not taken, and said to matter."""
        text = domain_xml(
            memory=1,
            unit="GiB",
            vcpus=1,
            devices="<hostdev mode='subsystem' type='pci'/><hostdev/>",
            backing="<memoryBacking><hugepages/><locked/></memoryBacking>",
        )
        first = [words.partition(":")[0] for words in formats.read(text).ignored]
        assert first == ["hugepages", "host devices", "locked memory", "not taken"]

    @pytest.mark.parametrize(
        ("inside", "path"),
        [
            ("<memory unit='furlong'>1</memory>", "memory.unit"),
            ("<memory unit='kb2'>1</memory>", "memory.unit"),
            ("<memory>1 GiB</memory>", "memory"),
            ("<memory>-1</memory>", "memory"),
            ("<memory>0</memory>", "memory (MiB)"),
            ("<memory unit='EiB'>99</memory>", "memory (MiB)"),
            ("<memory>1</memory><memory>1</memory>", "memory"),
            ("<vcpu current='x'>1</vcpu>", "vcpu.current"),
            ("<vcpu>0</vcpu>", "vcpu"),
            ("<memtune><hard_limit>1</hard_limit></memtune>", "memtune.hard_limit (MiB)"),
        ],
    )
    def test_refused(self, inside: str, path: str) -> None:
        """What libvirt would not print is refused, by its place."""
        assert paths(formats.read, f"<domain>{inside}</domain>") == [path]

    def test_units_of_libvirt(self) -> None:
        """Every suffix of libvirt is known, in any case."""
        for suffix, power in zip("KMGTPE", range(1, 7)):
            for unit, base in ((suffix, 1024), (f"{suffix}iB", 1024), (f"{suffix}b", 1000)):
                text = f"<domain><memory unit='{unit}'>1</memory></domain>"
                mib = -(-(base**power) // 1024**2)
                if mib < 2**31:
                    assert formats.read(text).parts == {"vm": {"memory_mib": mib}}
                else:
                    assert paths(formats.read, text) == ["memory (MiB)"]


CAPS: Dict[str, Any] = {
    "software_version": "4.50.7",
    "kvmEnabled": "true",
    "zerocopy_migrations": True,
    "hooks": {},
    "numaNodes": {"0": {"cpus": [0, 1], "memory": None}},
    "packages2": {
        "vdsm": {"version": "4.50.7", "release": "1.el9", "buildtime": 0},
        "libvirt": {"version": "10.0.0", "release": "1.el9"},
        "qemu-kvm": {"version": "8.2.0", "release": "it's 1.el9"},
    },
}


class TestGetcaps:
    """What Vdsm says of its host."""

    @pytest.mark.parametrize(
        "document",
        [CAPS, {"status": {"code": 0, "message": "Done"}, "info": CAPS}, {"result": CAPS, "id": 1}],
        ids=["bare", "info", "result"],
    )
    def test_each_way(self, document: Dict[str, Any]) -> None:
        """As JSON, as Python prints it, and in a line of Vdsm's log, it is the same host."""
        wanted = host_from_caps(CAPS)
        line = python_log("getCapabilities", document)
        for text in (json.dumps(document), json.dumps(document, indent=4), repr(document), line):
            reading = formats.read(text)
            assert reading.form == "getcaps"
            assert zc.Host(**reading.parts["source"]) == wanted
        assert "2026-03-02" in formats.read(line).ignored[0]

    def test_python_2(self) -> None:
        """An old Vdsm's log has Python 2's strings and numbers."""
        text = "return={u'packages2': {u'vdsm': {u'version': u'4.30.1', 'size': 1L}}, 'a': (1,)}"
        assert formats.read(text).parts["source"]["vdsm_zerocopy"] is False

    def test_faults(self) -> None:
        """Faults are told by their paths."""
        text = json.dumps({"packages2": {"vdsm": {"version": 4}}})
        assert paths(formats.read, text) == ["packages2.vdsm.version"]


class TestRequest:
    """A VM.migrate request."""

    @given(scenario=scenarios())
    def test_each_way(self, scenario: zc.Scenario) -> None:
        """As JSON, as Python prints it and in a call by JSON-RPC it is the same request."""
        request = scenario.resolve().to_json()["vmMigrate"]
        rpc = {"jsonrpc": "2.0", "method": "VM.migrate", "id": "1"}
        for text in (
            json.dumps(request),
            repr(request),
            json.dumps({**rpc, "params": {"vmID": "1", "params": request}}),
            json.dumps({**rpc, "params": request}),
        ):
            reading = formats.read(text)
            assert (reading.form, reading.parts) == ("request", {"request": request})

    def test_what_it_does_not_tell(self) -> None:
        """What cannot be known of the settings behind a request is said."""
        reading = formats.read('{"parallel": 4, "maxBandwidth": 10, "dst": "x"}')
        told = "\n".join(reading.ignored)
        assert "whether a setting asked for the connections" in told
        assert "4 or more" in told
        assert "maxBandwidth" in told
        assert "connections" not in "".join(formats.read('{"tunneled": "true"}').ignored)


class TestCall:
    """A call of libvirt's."""

    @given(scenario=scenarios())
    def test_each_way(self, scenario: zc.Scenario) -> None:
        """The flags are a number, names, or names with bars between; or both, if they agree."""
        call = scenario.resolve().to_json()["libvirt"]
        names = call["flagNames"]
        wanted = LibvirtCall(flags=Flag(call["flags"]), params=call["params"])
        for document in (
            call,
            {"flags": call["flags"], "params": call["params"]},
            {"flags": names, "params": call["params"]},
            {"flags": " | ".join(names), "params": call["params"]},
            {"flagNames": names, "params": call["params"]},
        ):
            reading = formats.read(json.dumps(document))
            assert (reading.form, reading.parts) == ("call", {"call": wanted})
        assert list(flag_names(wanted.flags)) == names

    def test_without_parameters(self) -> None:
        """Parameters may be missing."""
        call = formats.read('{"flags": 3}').parts["call"]
        assert (int(call.flags), call.params) == (3, {})

    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ('{"flags": -1}', "flags"),
            ('{"flags": null}', "flags"),
            ('{"flags": {}}', "flags"),
            ('{"flags": ["VIR_MIGRATE_LIVES"]}', "flags[0]"),
            ('{"flags": "LIVE|"}', "flags[0]"),
            ('{"flags": 1, "flagNames": ["VIR_MIGRATE_TLS"]}', "flagNames"),
            ('{"flags": 1, "params": []}', "params"),
            ('{"flags": 1, "parameters": {}}', "parameters"),
        ],
    )
    def test_refused(self, text: str, path: str) -> None:
        """What is no call is refused, by its path."""
        assert paths(formats.read, text)[0] == path
