"""The JSON Schemas say what the readers say, as far as a schema can."""

import json
from typing import Any, Dict

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from zcpolicy.__main__ import main
from zcpolicy._schema import SCHEMAS
from zcpolicy.testing import (
    invalid_scenario_documents,
    policies,
    scenario_documents,
    scenarios,
)

VALIDATORS: Dict[str, Any] = {
    name: jsonschema.Draft202012Validator(json.loads(json.dumps(make())))
    for name, make in SCHEMAS.items()
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_command_prints_a_schema(name: str, capsysbinary: Any) -> None:
    """``zcpolicy schema NAME`` prints a schema that is one itself."""
    assert main(["schema", name]) == 0
    schema = json.loads(capsysbinary.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == VALIDATORS[name].schema


@given(scenario_documents())
def test_every_good_scenario_conforms(document: Any) -> None:
    """What the reader takes, the schema takes; and so is what to_json writes."""
    VALIDATORS["scenario"].validate(document)
    VALIDATORS["scenario"].validate(zc.Scenario.from_json(document).to_json())


@given(scenarios())
def test_every_answer_conforms(scenario: zc.Scenario) -> None:
    """Whatever is decided is an answer by the schema."""
    VALIDATORS["answer"].validate(json.loads(json.dumps(scenario.resolve().to_json())))


RATES = st.integers(0, 5000) | st.floats(0, 5000)
WORKLOADS = st.fixed_dictionaries(
    {
        "dirtyMiBs": RATES | st.just([[0, 100], [10.5, 20]]),
        "workingSetMiB": st.just(1),
    },
    optional={
        "zeroShare": st.none() | st.floats(0, 1),
        "linkMbps": st.none() | st.integers(1, 100_000),
        "overheadMs": st.none() | st.integers(0, 1000),
    },
)


@given(scenario_documents(), WORKLOADS)
def test_simulations_and_forecasts_conform(document: Any, workload: Any) -> None:
    """What simulate reads and prints is so by the schemas."""
    VALIDATORS["simulation"].validate({"scenario": document, "workload": workload})
    resolution = zc.Scenario.from_json(document).resolve()
    forecast = zc.simulate(resolution, zc.Workload.from_json(workload))
    VALIDATORS["forecast"].validate(json.loads(json.dumps(forecast.to_json())))


@pytest.mark.parametrize(
    "workload",
    [
        {},
        {"dirtyMiBs": 1},
        {"dirtyMiBs": None, "workingSetMiB": 1},
        {"dirtyMiBs": -1, "workingSetMiB": 1},
        {"dirtyMiBs": [[0]], "workingSetMiB": 1},
        {"dirtyMiBs": [], "workingSetMiB": 1},
        {"dirtyMiBs": 1, "workingSetMiB": 0},
        {"dirtyMiBs": 1, "workingSetMiB": 1, "zeroShare": 1.5},
        {"dirtyMiBs": 1, "workingSetMiB": 1, "linkMbps": 0},
        {"dirtyMiBs": 1, "workingSetMiB": 1, "overhead": 0},
    ],
)
def test_no_bad_workload_conforms(workload: Any) -> None:
    """What the reader refuses of a workload, the schema refuses."""
    assert not VALIDATORS["simulation"].is_valid({"workload": workload})
    with pytest.raises(zc.ZcpolicyError):
        zc.Workload.from_json(workload)


@given(scenarios(), scenarios(), policies())
def test_what_authors_get_conforms(
    first: zc.Scenario, second: zc.Scenario, policy: zc.MigrationPolicy
) -> None:
    """Findings and differences are so by the schemas."""
    found = [finding.to_json() for finding in zc.lint([policy, policy])]
    VALIDATORS["findings"].validate(json.loads(json.dumps(found)))
    differ = [d.to_json() for d in zc.compare(first.resolve(), second.resolve())]
    VALIDATORS["differences"].validate(json.loads(json.dumps(differ)))


# What the reader refuses and a schema cannot see: which levels and names exist, that an Engine
# would not start with two policies of one id, and that 2.0 is no integer of JSON's.
UNSEEN = ("a level that this Engine knows", "the id of a policy, or one of", "an id of its own")


@given(invalid_scenario_documents())
def test_no_bad_scenario_conforms(document: Any) -> None:
    """What the reader refuses, the schema refuses, but for what it cannot see."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        zc.Scenario.from_json(document)
    unseen = [
        fault
        for fault in caught.value.all
        if fault.expected.startswith(UNSEEN) or isinstance(fault.value, float)
    ]
    assert len(unseen) == len(caught.value.all) or not VALIDATORS["scenario"].is_valid(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("cluster.level", "4"),
        ("cluster.level", 4.8),
        ("cluster.parallel", 1),
        ("cluster.parallel", 256),
        ("cluster.parallel", "parallel"),
        ("cluster.bandwidth", 0),
        ("cluster.tunnelled", 1),
        ("cluster.policy", 5),
        ("cluster.polcy", "legacy"),
        ("vm.vcpus", "1"),
        ("vm.vcpus", 2147483648),
        ("vm.downtime", 2000001),
        ("vm.downtime", -1),
        ("source.zerocopy", "yes"),
        ("source.zerocopy", {"vdms": True}),
        ("source", {"zerocopy": True, "vdsmCapabilities": {}}),
        ("source.vdsmCapabilities", {"zerocopy_migrations": "true"}),
        ("source.vdsmCapabilities", {"packages2": {"vdsm": {}}}),
        ("engine.parallelSupported", {"4": True}),
        ("engine.parallelSupported", {"4.6": "yes"}),
        ("engine.defaults", {"downtime": 1.5}),
        ("engine.policies", [{"id": "x"}]),
    ],
)
def test_what_a_schema_can_see_it_refuses(path: str, value: Any) -> None:
    """Each kind of fault that JSON can express is one for the schema, too."""
    document: Any = value
    for key in reversed(path.split(".")):
        document = {key: document}
    assert not VALIDATORS["scenario"].is_valid(document)
    with pytest.raises(zc.ZcpolicyError):
        zc.Scenario.from_json(document)


def entry(**changes: Any) -> Dict[str, Any]:
    return {**zc.policies.VERY_LARGE_VMS.to_json(), **changes}


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"id": "57237B82-B8C2-425F-B425-114B35219626"}, True),
        ({"id": "00000000-0000-0000-0000-000000000000"}, False),
        ({"id": {"uuid": "x"}}, False),
        ({"maxMigrations": 0}, False),
        ({"zerocopy": True}, False),
        ({"zeroCopy": None}, True),
        ({"config": {}}, True),
        ({"config": {"initialItems": [{"action": "abort"}]}}, False),
        ({"config": {"lastItems": [{"action": "abort"}]}}, True),
        ({"config": {"lastItems": [{"action": "abort", "params": ["1"]}]}}, False),
        ({"config": {"lastItems": [{"action": "setDowntime", "params": [2000000]}]}}, True),
        ({"config": {"lastItems": [{"action": "setDowntime", "params": ["2000001"]}]}}, False),
        ({"config": {"lastItems": [{"action": "setDowntime", "params": ["0"]}]}}, False),
        ({"config": {"lastItems": [{"action": "setDowntime", "params": ["1", "2"]}]}}, False),
        ({"config": {"convergenceItems": [{"stallingLimit": -2}]}}, False),
    ],
)
def test_entries(changes: Dict[str, Any], good: bool) -> None:
    """The schema of policies and the reader agree on good and bad entries."""
    document = [entry(**changes)]
    assert VALIDATORS["policies"].is_valid(document) is good
    if good:
        zc.MigrationPolicy.from_json(document[0])
    else:
        with pytest.raises(zc.ZcpolicyError):
            zc.MigrationPolicy.from_json(document[0])
