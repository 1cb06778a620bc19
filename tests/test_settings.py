"""``--set PATH=VALUE``: what may be typed, and what it means."""

import json
from typing import Any, Dict, List, Optional, Set, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from calling import Call
from zcpolicy import formats
from zcpolicy._command.inputs import given as given_to
from zcpolicy._command.parser import parser
from zcpolicy._command.settings import SETTINGS, json_name, settings_parts, settings_text
from zcpolicy.testing import scenario_documents

Json = Dict[str, Any]
PARSER = parser()


def scenario(*texts: str) -> zc.Scenario:
    """The scenario of what is typed, and nothing else."""
    options = PARSER.parse_args(["resolve", *[f"--set={text}" for text in texts]])
    return formats.scenario(*given_to(options, ()).readings)


def leaves(document: Json, start: str = "") -> List[Tuple[str, Any]]:
    """The values of a document by their paths."""
    found = []
    for key, value in document.items():
        path = f"{start}{key}"
        found += leaves(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return found


def typed(value: Any) -> str:
    """A JSON value as it is typed."""
    if value is None:
        return "default"
    return value if isinstance(value, str) else json.dumps(value)


def document_of(pairs: List[Tuple[str, Any]]) -> Json:
    """The document that has these values at these paths; a level is one key."""
    made: Json = {}
    for path, value in pairs:
        parts = path.split(".", 2)
        place = made
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return made


def settable(path: str, value: Any) -> bool:
    """Whether JSON's value can be typed: names and whole policies cannot; unknown is no speed."""
    return (
        not path.endswith("name")
        and not path.startswith("engine.policies")
        and not (path.endswith("migrationMbps") and value is not None and value < 0)
    )


@given(document=scenario_documents(), data=st.data())
def test_any_settings_give_the_scenario_of_their_json(document: Json, data: st.DataObject) -> None:
    """Any subset of the settings of a scenario, typed in any order, is the scenario of its JSON."""
    whole = zc.Scenario.from_json(document)
    plain = whole.to_json()
    for part in ("cluster", "vm"):
        plain[part].pop("policy", None)
    every = [(path, value) for path, value in leaves(plain) if settable(path, value)]
    some = data.draw(st.lists(st.sampled_from(every), unique_by=lambda pair: pair[0]))
    wanted = document_of(some)
    texts = [f"{path}={typed(value)}" for path, value in some]
    expected, faults = made(wanted)
    if expected is None:
        with pytest.raises(zc.ZcpolicyError) as caught:
            scenario(*texts)
        assert faults >= {json_name(fault.path) for fault in caught.value.all}
    else:
        assert scenario(*texts) == expected


def made(document: Json) -> Tuple[Optional[zc.Scenario], Set[str]]:
    """The scenario of a document, or where its faults are."""
    try:
        return zc.Scenario.from_json(document), set()
    except zc.ZcpolicyError as error:
        return None, {fault.path for fault in error.all}


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.path)
def test_each_name_sets_the_same(row: Any) -> None:
    """Each name of a setting, in any case, sets the same fields."""
    examples = ("yes", "4.7", "10.1.0", "7", "30%", "1GiB/s@1s", "10s", "Auto")
    values = [text for text in examples if accepted(f"{row.path}={text}")]
    assert values
    path = row.path.replace("LEVEL", "4.6")
    wanted = settings_parts([f"{path}={values[0]}"])
    assert {part for part, _ in row.places if part} <= set(wanted)
    for name in (*row.aliases, path.upper()):
        assert settings_parts([f" {name} ={values[0]}"]) == wanted


def accepted(text: str) -> bool:
    """Whether it is a setting."""
    try:
        settings_parts([text.replace("LEVEL", "4.6")])
    except zc.ZcpolicyError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("vm.memory=2TiB", {"vm": {"memory_mib": 2 * 1024**2}}),
        ("vm.memory=1000000B", {"vm": {"memory_mib": 1}}),
        ("vm.hardLimit=1.9MiB", {"vm": {"memory_hard_limit_mib": 1}}),
        ("vm.hardLimit=none", {"vm": {"memory_hard_limit_mib": None}}),
        ("vm.parallel=Parallel", {"vm": {"parallel": "auto_parallel"}}),
        ("vm.parallel=disabled", {"vm": {"parallel": "disabled"}}),
        ("vm.parallel=Inherit from cluster setting", {"vm": {"parallel": None}}),
        ("vm.parallel= 8 ", {"vm": {"parallel": 8}}),
        ("vm.encrypted=Encrypt", {"vm": {"encrypted": True}}),
        ("vm.encrypted=Don't Encrypt", {"vm": {"encrypted": False}}),
        ("vm.encrypted=enabled", {"vm": {"encrypted": True}}),
        ("cluster.bandwidth=Hypervisor default", {"cluster": {"bandwidth": "hypervisor_default"}}),
        ("cluster.bandwidth=auto", {"cluster": {"bandwidth": "auto"}}),
        ("cluster.bandwidth=10Gbps", {"cluster": {"bandwidth": 10_000}}),
        ("policy=very_large_vms", {"policy": "Very large VMs"}),
        ("policy=minimal_downtime", {"policy": "Minimal downtime"}),
        (
            "link=100Gbps",
            {"source": {"migration_mbps": 100_000}, "destination": {"migration_mbps": 100_000}},
        ),
        ("source.link=default", {"source": {"migration_mbps": None}}),
        ("source.libvirt=11.3.0", {"source": {"libvirt_version": (11, 3, 0)}}),
        (
            "destination.zerocopy=off",
            {
                "destination": {
                    "vdsm_zerocopy": False,
                    "libvirt_zerocopy": False,
                    "qemu_zerocopy": False,
                }
            },
        ),
        (
            "source.vdsm.migration_monitor_interval=15",
            {"source": {"vdsm.monitor_interval_s": 15}},
        ),
        (
            "source.vdsm.migration_max_bandwidth=1GiB/s",
            {"source": {"vdsm.max_bandwidth": 1024}},
        ),
        ("engine.defaults.downtime=1.5s", {"engine": {"default_downtime": 1500}}),
        ("engine.parallelSupported.4.6=yes", {"engine": {"parallel_supported": {"4.6": True}}}),
        ("workload.writes=1.5GiB/s", {"workload": {"dirty_mib_s": 1536}}),
        ("workload.zeros=30%", {"workload": {"zero_share": 0.3}}),
        ("workload.dirtyRate=1.2GiB/s@2s", {"dirty_rates": ((2.0, 1228.8),)}),
        ("workload.dirtyRate=300", {"dirty_rates": ((1.0, 300),)}),
    ],
)
def test_units_and_words(text: str, parts: Json) -> None:
    """A value is read in the units and words that people use."""
    assert settings_parts([text]) == parts


def test_settings_add_up() -> None:
    """Of a setting the last counts; levels, and dirty rates of several periods, add up."""
    assert settings_parts(
        [
            *("memory=1GiB", "vm.memoryMiB=2048"),
            *("engine.parallelSupported.4.6=yes", "engine.parallelSupported.4.5=no"),
            *("dirtyRate=900@1s", "dirtyRate=200@60s"),
        ]
    ) == {
        "vm": {"memory_mib": 2048},
        "engine": {"parallel_supported": {"4.6": True, "4.5": False}},
        "dirty_rates": ((1.0, 900), (60.0, 200)),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vm.memory", "'vm.memory' is not PATH=VALUE, such as vm.memory=2TiB"),
        ("vm.memry=1", "setting; did you mean 'vm.memory'? `zcpolicy help set` lists them"),
        ("quux=1", "quux: no such setting; `zcpolicy help set` lists them"),
        ("memory=3Q", "memory: '3Q' is not a size such as 2TiB"),
        ("vm.parallel=lots", "vm.parallel: 'lots' is not Disabled, Auto, Parallel or a number"),
        ("vm.vcpus=1.5", "vm.vcpus: '1.5' is not an integer"),
        ("vm.vcpus=1_0", "vm.vcpus: '1_0' is not an integer"),
        ("vm.vcpus=٣", "vm.vcpus: '٣' is not an integer"),
        (f"vm.vcpus={'9' * 21}", f"'{'9' * 21}' is not an integer"),
        ("vm.paused=maybe", "vm.paused: 'maybe' is not yes or no"),
        ("libvirt=11.x", "libvirt: '11.x' is not a version such as 11.3.0"),
        ("cluster.bandwidth=much", "'much' is not Auto, 'Hypervisor default' or a speed"),
        ("dirtyRate=much@1s", "'much@1s' is not a dirty rate and its period"),
        ("dirtyRate=1@long", "'1@long' is not a dirty rate and its period"),
        ("engine.parallelSupported.x=yes", "'x' is not a compatibility level such as"),
    ],
)
def test_what_is_refused(text: str, words: str, call: Call) -> None:
    """A wrong setting is refused, with its name and what is accepted."""
    status, out, errors = call("resolve", "--set", text)
    assert (status, out) == (2, b"")
    assert errors.startswith("zcpolicy: --set: ")
    assert words in errors


def test_every_fault_is_told(call: Call) -> None:
    """All wrong settings are told at once."""
    _, _, errors = call("resolve", "--set", "memory=3Q", "--set", "x", "--set", "vcpus=2")
    assert len(errors.splitlines()) == 2


def test_the_help_has_every_name_once() -> None:
    """``help set`` has each setting once, for both hosts together, within 80 columns."""
    text = settings_text()
    assert max(map(len, text.splitlines())) <= 80
    names = [name for line in text.splitlines() if line[2:3].strip() for name in line.split(", ")]
    for row in SETTINGS:
        if row.path.startswith(("source.", "destination.")):
            assert f"  {row.path}" not in text
        else:
            both = len({part for part, _ in row.places}) == 2
            for name in (row.path, *row.aliases):
                shown = f"[HOST.]{name}" if both else name
                assert [each.strip(" ,") for each in names].count(shown) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("vm.memory_mib", "vm.memoryMiB"),
        ("policy", "cluster.policy"),
        ("source.libvirt_version", "source.versions.libvirt"),
        ("engine.parallel_supported", "engine.parallelSupported"),
        ("engine.parallel_supported.4.6", "engine.parallelSupported.4.6"),
        ("engine.parallel_supported['x']", "engine.parallelSupported['x']"),
        ("migration", "migration"),
    ],
)
def test_json_names(path: str, name: str) -> None:
    """A field is called as in JSON."""
    assert json_name(path) == name
