"""The Python SDK of oVirt itself: what it reads from XML, and what it writes; see ``nox -s sdk``.

An SDK before 4.5.2 does not know parallel migrations.  Its objects are read once their reader has
said what Engine has, and an update that does not touch that setting can be written in its classes.
"""

import enum
import importlib
import inspect
import re
from datetime import datetime, timezone
from typing import Any, Mapping, Optional, Set, Tuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from test_adapters_rest import (
    JSON,
    POLICY_IDS,
    SUSPEND_ID,
    Read,
    applied,
    expressible,
    faults,
    load,
    rest_clusters,
    rest_vms,
    vms_of_any_shape,
)
from zcpolicy import testing as strategies
from zcpolicy.adapters import _rest_others as others
from zcpolicy.adapters import engine

pytestmark = pytest.mark.sdk


class Sdk:
    """The SDK that is installed."""

    def __init__(self) -> None:
        self.types: Any = importlib.import_module("ovirtsdk4.types")
        self.reader: Any = importlib.import_module("ovirtsdk4.reader").Reader
        self.writer: Any = importlib.import_module("ovirtsdk4.writer").Writer
        for name in ("readers", "writers"):  # which register themselves
            importlib.import_module(f"ovirtsdk4.{name}")
        version = importlib.import_module("ovirtsdk4.version").VERSION
        self.version = tuple(map(int, re.findall("[0-9]+", version)[:3]))
        self.parallel = self.version >= (4, 5, 2)

    def read(self, name: str, document: JSON) -> Any:
        """The object that the SDK reads from the XML of a JSON document."""
        read = self.reader.read(to_xml(name, document))
        migration = document.get("migration")
        if migration is not None and not self.parallel:
            # As the message of the fault says.
            for key in ("parallel_migrations_policy", "custom_parallel_migrations"):
                setattr(read.migration, key, migration.get(key))
        return read

    def classes(self) -> Mapping[str, Set[str]]:
        """The structures of the SDK, and their attributes."""
        return {
            name: {key for key, _ in inspect.getmembers(cls, inspect.isdatadescriptor)}
            - {"__weakref__"}
            for name, cls in vars(self.types).items()
            if inspect.isclass(cls) and not issubclass(cls, enum.Enum)
        }


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    return Sdk()


def to_xml(name: str, value: Any) -> str:
    """A document in the API's other form: ids are attributes, all else is elements."""
    if isinstance(value, int):  # a time, in ms
        value = datetime.fromtimestamp(value / 1000, timezone.utc).isoformat()
    if not isinstance(value, dict):
        return f"<{name}>{escape(str(value))}</{name}>"
    start = "".join(
        f" {key}={quoteattr(str(value[key]))}" for key in ("id", "href") if key in value
    )
    inner = "".join(
        to_xml(key, each)
        for key, several in value.items()
        if key not in ("id", "href")
        for each in (several if isinstance(several, list) else [several])
    )
    # As Engine writes them: the SDK loses what stands behind <method id="guest_agent"></method>.
    return f"<{name}{start}>{inner}</{name}>" if inner else f"<{name}{start}/>"


def tree(text: str) -> Tuple[object, ...]:
    """The elements of XML, in whatever order they come."""

    def of(element: ElementTree.Element) -> Tuple[object, ...]:
        inner = sorted(map(of, element), key=repr)
        return (element.tag, element.attrib, element.text, *inner)

    return of(ElementTree.fromstring(text))


class TestReading:
    def test_whole_documents(self, sdk: Sdk) -> None:
        """What the SDK reads from whole documents is read like their JSON."""
        cluster, vm = load("rest_cluster.json"), load("rest_vm.json")
        read = sdk.read("cluster", cluster)
        assert type(read).__name__ == "Cluster"
        assert engine.cluster_from_rest(read) == engine.cluster_from_rest(cluster)
        policy = engine.cluster_policy_from_rest(cluster)
        assert engine.cluster_policy_from_rest(read) == policy
        read = sdk.read("vm", vm)
        assert type(read).__name__ == "Vm"
        assert engine.vm_from_rest(read) == engine.vm_from_rest(vm)

    @given(rest_clusters(), vms_of_any_shape())
    def test_any_document(self, sdk: Sdk, cluster: JSON, vm: JSON) -> None:
        """What the SDK reads from any document is read like its JSON."""
        read = sdk.read("cluster", cluster)
        assert engine.cluster_from_rest(read) == engine.cluster_from_rest(cluster)
        policy = engine.cluster_policy_from_rest(cluster)
        assert engine.cluster_policy_from_rest(read) == policy
        assert engine.vm_from_rest(sdk.read("vm", vm)) == engine.vm_from_rest(vm)

    @pytest.mark.parametrize(
        ("read", "name"), [(engine.cluster_from_rest, "cluster"), (engine.vm_from_rest, "vm")]
    )
    def test_older(self, sdk: Sdk, read: Read, name: str) -> None:
        """An object that cannot say what Engine has is refused, not read as if that were unset."""
        document = load(f"rest_{name}.json")
        whole = sdk.reader.read(to_xml(name, document))
        if sdk.parallel:
            assert read(whole) == read(document)
        else:
            (message,) = faults(read, whole)
            assert message.startswith("migration.parallel_migrations_policy: this object's SDK is")

    def test_status(self, sdk: Sdk) -> None:
        """Each status of a VM is read, and one of them is that of a paused VM."""
        for status in sdk.types.VmStatus:
            vm = sdk.types.Vm(status=status)
            assert engine.vm_from_rest(vm).paused is (status.value == "paused")


class TestOthers:
    def test_classes(self, sdk: Sdk) -> None:
        """No object of another class is taken for a cluster or VM."""
        for read, own in ((engine.cluster_from_rest, "Cluster"), (engine.vm_from_rest, "Vm")):
            for name, attributes in sdk.classes().items():
                if name != own and attributes & {*others.CLUSTER.names, *others.VM.names}:
                    (message,) = faults(read, getattr(sdk.types, name)())
                    assert message.startswith(f"this is {name!r} of the SDK; give a ")

    def test_keys(self, sdk: Sdk) -> None:
        """A document of another thing is refused for its keys, and none of those is a VM's."""
        classes = sdk.classes()
        for thing in (others.CLUSTER, others.VM):
            own = classes[thing.sdk]
            assert not own & thing.foreign.keys()
            for name, attributes in classes.items():
                # A filter is told by its address alone; the others are no documents.
                if name in (thing.sdk, "NetworkFilter", "Kernel", "Spm", "VmBase"):
                    continue
                if attributes & {*thing.names}:
                    keys = {key.rstrip("_") for key in attributes}
                    assert keys & thing.foreign.keys(), (thing.what, name)

    def test_states(self, sdk: Sdk) -> None:
        """No VM has a status that shows another thing, and each of those is another's."""
        states = {
            name: {each.value for each in cls}
            for name, cls in vars(sdk.types).items()
            if name.endswith("Status") and issubclass(cls, enum.Enum)
        }
        of_vms = states.pop("VmStatus")
        assert not of_vms & others.OTHERS_STATES.keys()
        assert others.OTHERS_STATES.keys() <= set().union(*states.values())


class TestWriting:
    @given(strategies.clusters(), st.none() | POLICY_IDS)
    def test_cluster(self, sdk: Sdk, cluster: zc.Cluster, policy: Optional[str]) -> None:
        """A cluster goes through the SDK's XML and comes back."""
        if not sdk.parallel:
            (message,) = faults(engine.cluster_to_sdk, cluster, sdk.types, policy=policy)
            assert message.endswith("has no ParallelMigrationsPolicy")
            return
        written = engine.cluster_to_sdk(cluster, sdk.types, policy=policy)
        read = sdk.reader.read(sdk.writer.write(written))
        assert engine.cluster_from_rest(read) == cluster
        assert engine.cluster_policy_from_rest(read) == policy

    @given(strategies.vms(), st.none() | POLICY_IDS)
    def test_vm(self, sdk: Sdk, vm: zc.VM, policy: Optional[str]) -> None:
        """A VM goes through the SDK's XML and comes back."""
        vm = expressible(vm, policy=policy)
        if not sdk.parallel:
            (message,) = faults(engine.vm_to_sdk, vm, sdk.types)
            assert message.endswith("has no ParallelMigrationsPolicy")
            return
        written = engine.vm_to_sdk(vm, sdk.types)
        assert engine.vm_from_rest(sdk.reader.read(sdk.writer.write(written))) == vm

    @given(rest_vms(), strategies.vms(), POLICY_IDS)
    def test_update(self, sdk: Sdk, document: JSON, other: zc.VM, policy: str) -> None:
        """An update in the SDK's classes is, in XML, the update in JSON."""
        was = engine.vm_from_rest(document)
        vm = expressible(
            other,
            parallel=other.parallel if sdk.parallel else was.parallel,
            paused=was.paused,
            policy=policy,
            tunnelled=other.tunnelled or False,
        )
        before = sdk.read("vm", document)
        update = engine.vm_to_rest(vm, was=document)
        written = sdk.writer.write(engine.vm_to_sdk(vm, sdk.types, was=before))
        assert tree(written) == tree(to_xml("vm", update))
        assert engine.vm_from_rest(applied(document, update)) == vm

    def test_what_is_written(self, sdk: Sdk) -> None:
        """A policy and a level that are gone are empty elements, and nothing else is written."""
        document = {
            "custom_compatibility_version": {"major": "4", "minor": "6"},
            "cpu": {"topology": {"cores": "4", "sockets": "2", "threads": "2"}},
            "migration": {"encrypted": "true", "policy": {"id": SUSPEND_ID}},
        }
        vm = attr.evolve(engine.vm_from_rest(document), policy=None, level=None)
        written = engine.vm_to_sdk(vm, sdk.types, was=sdk.read("vm", document))
        assert sdk.writer.write(written) == (
            "<vm><custom_compatibility_version/><migration><policy/></migration></vm>"
        )

    def test_huge_pages(self, sdk: Sdk) -> None:
        """Huge pages stay off where the level of a cluster changes."""
        document = load("rest_cluster.json")
        document["memory_policy"]["transparent_hugepages"]["enabled"] = "false"
        was = sdk.read("cluster", document)
        cluster = attr.evolve(engine.cluster_from_rest(was), level="4.8")
        update = engine.cluster_to_sdk(cluster, sdk.types, was=was)
        assert tree(sdk.writer.write(update)) == tree(
            "<cluster><memory_policy><transparent_hugepages><enabled>false</enabled>"
            "</transparent_hugepages></memory_policy>"
            "<version><major>4</major><minor>8</minor></version></cluster>"
        )
