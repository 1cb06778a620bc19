"""The JSON Schemas say what the readers say, as far as a schema can."""

import copy
import json
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, Mapping, Set, Tuple

import attr
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import extend

import zcpolicy as zc
from zcpolicy.__main__ import main
from zcpolicy._drain.document import read_drain
from zcpolicy._many.document import simulated
from zcpolicy._publish.schema import SCHEMAS
from zcpolicy._publish.vectors import vectors
from zcpolicy.adapters import engine
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


# The definitions that are schemas, as text: several schemas have the same.
CHECKED: Set[str] = set()


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_command_prints_a_schema(name: str, capsysbinary: Any) -> None:
    """``zcpolicy schema NAME`` prints a schema that is one itself."""
    assert main(["schema", name]) == 0
    schema = json.loads(capsysbinary.readouterr().out)
    assert schema == VALIDATORS[name].schema
    texts = {each: json.dumps(made) for each, made in schema.get("$defs", {}).items()}
    new = {each: schema["$defs"][each] for each, text in texts.items() if text not in CHECKED}
    jsonschema.Draft202012Validator.check_schema({**schema, "$defs": new})
    CHECKED.update(texts.values())


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
        {"dirtyMiBs": [[0, 1, 2]], "workingSetMiB": 1},
        {"dirtyMiBs": [], "workingSetMiB": 1},
        {"dirtyMiBs": [[second, 1] for second in range(1001)], "workingSetMiB": 1},
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


@pytest.mark.parametrize("rate", [0, 0.5, [[0, 1]], [[0, 1], [0.5, 0]]])
def test_good_workloads_conform(rate: Any) -> None:
    """What the reader takes of a workload, the schema takes, down to the least."""
    workload = {"dirtyMiBs": rate, "workingSetMiB": 1}
    assert VALIDATORS["simulation"].is_valid({"workload": workload})
    assert zc.Workload.from_json(workload).working_set_mib == 1


@given(scenarios(), scenarios(), policies())
def test_what_authors_get_conforms(
    first: zc.Scenario, second: zc.Scenario, policy: zc.MigrationPolicy
) -> None:
    """Findings and differences are so by the schemas."""
    found = [finding.to_json() for finding in zc.lint([policy, policy])]
    VALIDATORS["findings"].validate(json.loads(json.dumps(found)))
    differ = [d.to_json() for d in zc.compare(first.resolve(), second.resolve())]
    VALIDATORS["differences"].validate(json.loads(json.dumps(differ)))


SHIPPED = ("Minimal downtime", "Post-copy migration")
LOADS = st.builds(
    zc.Workload,
    dirty_mib_s=st.integers(0, 20000),
    working_set_mib=st.integers(1, 4096),
    link_mbps=st.none() | st.sampled_from([1000, 25000]),
)
GOALS = st.builds(
    zc.Goal,
    total_s=st.none() | st.floats(0, 10000, exclude_min=True),
    downtime_ms=st.none() | st.integers(1, 20000),
    throttle=st.none() | st.integers(0, 99),
    postcopy=st.booleans(),
)


@given(GOALS)
def test_goals_conform(goal: zc.Goal) -> None:
    """A goal is so by the schema; what is advised for one, see test_advice.py."""
    VALIDATORS["goal"].validate(json.loads(json.dumps(goal.to_json())))


@settings(max_examples=20)
@given(scenarios(), LOADS)
def test_rankings_conform(scenario: zc.Scenario, load: zc.Workload) -> None:
    """Policies side by side are so by the schema."""
    scenario = attr.evolve(scenario, vm=attr.evolve(scenario.vm, memory_mib=8192))
    ranked = zc.rank(scenario, load, ["Legacy", *SHIPPED])
    VALIDATORS["ranking"].validate(json.loads(json.dumps([each.to_json() for each in ranked])))


@settings(max_examples=20)
@given(scenarios(), LOADS, st.none() | GOALS, st.integers(1, 200))
def test_diagnoses_conform(scenario: zc.Scenario, load: zc.Workload, goal: Any, shown: int) -> None:
    """What is said of a migration, of all its rounds or of the first ones, is so by the schema."""
    scenario = attr.evolve(scenario, vm=attr.evolve(scenario.vm, memory_mib=8192))
    resolution = scenario.resolve()
    samples = [
        zc.Sample(
            at_ms=each.start_ms,
            iteration=each.iteration,
            remaining_bytes=each.remaining_bytes,
            sent_bytes=each.sent_bytes,
            total_bytes=8192 << 20,
            throttle=each.throttle,
        )
        for each in zc.simulate(resolution, load).rounds[:shown]
    ]
    asked = resolution if goal is None else None
    diagnosis = zc.diagnose(zc.Migration(samples=samples), asked, goal=goal)
    VALIDATORS["diagnosis"].validate(json.loads(json.dumps(diagnosis.to_json())))


@given(st.lists(scenario_documents() | st.just("no scenario")))
def test_surveys_conform(documents: List[Any]) -> None:
    """What many answers have in common is so by the schema, bad lines too."""
    survey = zc.Survey.of(zc.answers([json.dumps(document) for document in documents]))
    VALIDATORS["survey"].validate(json.loads(json.dumps(survey.to_json())))


# What the reader refuses and a schema cannot see: which levels and names exist, that an Engine
# would not start with two policies of one id, and that 2.0 is no integer of JSON's.
UNSEEN = ("a level that this Engine knows", "the id of a policy, or one of", "a unique id")


@given(invalid_scenario_documents())
def test_no_bad_scenario_conforms(document: Any) -> None:
    """What the reader refuses, the schema refuses, but for what it cannot see."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        zc.Scenario.from_json(document)
    unseen = [
        fault
        for fault in caught.value.all
        if fault.expected.startswith(UNSEEN)
        or (isinstance(fault.value, float) and fault.value.is_integer())
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
        ("source.vdsmCapabilities", {}),
        ("source.vdsmCapabilities", {"packages2": None}),
        ("source.vdsmCapabilities", {"info": {"kvmEnabled": "true"}}),
        ("source.vdsmCapabilities", {"info": [], "result": {"packages2": {}}}),
        ("source.vdsmCapabilities", {"packages2": [], "info": {"packages2": {}}}),
        ("source.vdsmCapabilities", {"packages2": {}, "nics": {"eth0": {"speed": "1000"}}}),
        ("source.vdsmCapabilities", {"packages2": {}, "networks": {"ovirtmgmt": None}}),
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


# What is planted in place of every value, unless it has the very type that is right there: another
# type, a number below or above or between, another word, a list of something else.
WRONG: Tuple[Tuple[str, Any], ...] = (
    ("null", None),
    ("bool", True),
    ("fraction", 1.5),
    ("low", -(2**40)),
    ("high", 2**70),
    ("word", "no such word"),
    ("empty", []),
    ("list", [[]]),
    ("object", {}),
)
# Values that depend on a word beside them: the word is part of their place, and of its own.
DEPENDS = {
    **{word: (word,) for word in ("field", "parameter", "name", "action")},
    "requested": ("field",),
    "effective": ("field",),
    "a": ("parameter",),
    "b": ("parameter",),
    "params": ("name", "action"),
}
# No fault, but those at all the places below.
BELOW = "below"
# Where a fault is, which kind it is, and a document that has it.
Plant = Tuple[str, str, Any]


def planted(documents: Iterable[Any], shared: Iterable[str] = ()) -> Iterator[Plant]:
    """Copies of the documents with one fault each, every fault at every place that any has.

    Below the places that are *shared* there are none: another schema's documents have them.
    """
    seen: Set[Tuple[str, str]] = {(place, BELOW) for place in shared}
    for document in documents:
        yield from planted_below(document, "", seen)


def planted_below(document: Any, place: str, seen: Set[Tuple[str, str]]) -> Iterator[Plant]:
    """The same of a part of a document that is at *place*, less the faults that were seen."""
    here = [
        (place, fault, value)
        for fault, value in WRONG
        if value != document and not (isinstance(document, bool) and fault == "bool")
    ]
    # What is inside, where, and its key or index.
    inside: List[Tuple[Any, str, Any]] = []
    if isinstance(document, dict):
        here.append((place, "unknown key", {**document, "x": 1}))
        for key, value in document.items():
            beside = [document.get(word) for word in DEPENDS.get(key, ())]
            words = [word for word in beside if isinstance(word, str)]
            where = ".".join([*([place] if place else []), *words, key])
            others = {other: document[other] for other in document if other != key}
            here.append((where, "missing", others))
            inside.append((value, where, key))
    elif isinstance(document, list):
        here.append((f"{place}[]", "one more", [*document, {"x": 1}]))
        if document and place.endswith("params"):  # no action has two
            here.append((place, "two", document * 2))
        inside += [(value, f"{place}[]", index) for index, value in enumerate(document)]
    for found, fault, faulty in here:
        if (found, fault) not in seen:
            seen.add((found, fault))
            yield found, fault, faulty
    for value, where, key in inside if (place, BELOW) not in seen else ():
        for found, fault, faulty in planted_below(value, where, seen):
            around: Any = copy.copy(document)
            around[key] = faulty
            yield found, fault, around


# A part of a document, and the schema that is for it.
Pairs = Callable[[Any, Any], Iterable[Tuple[Any, Any]]]


def properties(schemas: Any, document: Any) -> Iterator[Tuple[Any, Any]]:
    if isinstance(document, dict):
        yield from ((document[key], schemas[key]) for key in schemas if key in document)


def items(schema: Any, document: Any) -> Iterator[Tuple[Any, Any]]:
    if isinstance(document, list):
        yield from ((part, schema) for part in document)


def judge(schema: Any) -> Callable[[Any], bool]:
    """A validator's ``is_valid`` that judges each part once.

    Planted documents have all parts but those around the fault in common, as the same objects.
    """
    # Of a part and its schema: whether it conforms, and the part, which keeps its id.
    judged: Dict[Tuple[int, int], Tuple[bool, Any]] = {}

    def keyword(pairs: Pairs) -> Callable[..., Iterator[jsonschema.ValidationError]]:
        def check(validator: Any, value: Any, document: Any, _: Any) -> Iterator[Any]:
            for part, of_part in pairs(value, document):
                key = id(part), id(of_part)
                if key not in judged:
                    judged[key] = next(validator.descend(part, of_part), None) is None, part
                if not judged[key][0]:
                    yield jsonschema.ValidationError("a part does not conform")
                    return

        return check

    keywords = {"properties": keyword(properties), "items": keyword(items)}
    extended: Any = extend  # has no types
    judging = extended(jsonschema.Draft202012Validator, keywords)(schema)
    return lambda document: bool(judging.is_valid(document))


# By the kind of fault, where it is planted and taken nevertheless.
Taken = Dict[str, FrozenSet[str]]


def by_fault(found: Iterable[Tuple[str, str]]) -> Taken:
    taken: Dict[str, Set[str]] = {}
    for place, fault in found:
        taken.setdefault(fault, set()).add(place)
    return {fault: frozenset(places) for fault, places in taken.items()}


def at(*places: str, under: Iterable[str] = ("",)) -> FrozenSet[str]:
    return frozenset(prefix + place for prefix in under for place in places)


def resolutions() -> List[zc.Resolution]:
    return [zc.Scenario.from_json(vector.scenario).resolve() for vector in vectors()]


def answers() -> Iterator[Any]:
    """The shortest first: most places are in all, and less is to be validated around them."""
    return iter(sorted([each.to_json() for each in resolutions()], key=lambda made: len(str(made))))


def findings() -> Iterator[Any]:
    yield [found.to_json() for found in zc.lint([zc.policies.VERY_LARGE_VMS] * 2)]


def differences() -> Iterator[Any]:
    decided = resolutions()
    for a, b in zip(decided, [*decided[1:], decided[0]]):
        yield from ([found.to_json()] for found in zc.compare(a, b))


def forecasts() -> Iterator[Any]:
    for policy in (zc.policies.VERY_LARGE_VMS, zc.policies.POST_COPY):
        resolution = zc.Scenario(policy=policy).resolve()
        for rate in (0, 100, 100_000):
            workload = zc.Workload(dirty_mib_s=rate, working_set_mib=1000)
            yield zc.simulate(resolution, workload).to_json()


def option() -> Dict[str, Any]:
    """An option whose change is of a schedule; its scenario says nothing, which is allowed."""
    schedule = zc.policies.POST_COPY.schedule
    assert schedule is not None
    change = {"path": "x", "before": None, "after": schedule.to_json(), "reason": ""}
    return {"changes": [change], "scenario": {}, "forecast": [*forecasts()][-1]}


def rankings() -> Iterator[Any]:
    yield [option()]


def advices() -> Iterator[Any]:
    yield {"met": False, "options": [option()], "limit": "none will do"}


def diagnoses() -> Iterator[Any]:
    load = {"writers": [{"mibS": 10, "setMiB": 10, "order": "sweep"}]}
    said = {"outcome": "aborted", "cause": "too-early", "message": ""}
    yield {**said, "workload": load, "forecast": option()["forecast"], "options": [option()]}


def plans() -> Iterator[Any]:
    forecast = option()["forecast"]
    leg = {"name": "a", "destination": "b", "startMs": 0, "endMs": 1, "forecast": forecast}
    bare = {
        "stays": [{"name": "a", "reason": "", "forecast": forecast}],
        "totalMs": 1,
        "totalMsRange": [1, 2],
        "legs": [leg],
        "outgoing": 1,
        "linkMbps": 1.5,
        "order": "given",
        "alternatives": [{"change": "", "totalMs": 1, "stays": ["a"]}],
        "options": [],
    }
    change = {"path": "x", "before": 2, "after": 3, "reason": ""}
    yield {**bare, "options": [{"changes": [change], "plan": bare}]}


def surveys() -> Iterator[Any]:
    lines = ['{"cluster": {"policy": "Very large VMs"}, "vm": {"encrypted": true}}', "{}", "x"]
    old = {"source": {"name": "a", "zerocopy": {"qemu": False}}}
    yield zc.Survey.of(zc.answers([*lines, json.dumps({**json.loads(lines[0]), **old})])).to_json()


SCHEDULES = ("parameters.schedule.", "vmMigrate.convergenceSchedule.")
NOTICED = ("notices[].schedule.requested.", "notices[].schedule.effective.")
NULLABLE = ("parallel", "maxBandwidth", "downtime", "schedule")
DIFFERENT = ("[].schedule.a.", "[].schedule.b.")
PARAMETERS = tuple(zc.Parameters().to_json())


def moved(taken: Taken, *under: str) -> Taken:
    """The same inside other documents."""
    return {fault: at(*places, under=under) for fault, places in taken.items()}


def joined(*parts: Taken) -> Taken:
    faults = {fault for part in parts for fault in part}
    return {
        fault: frozenset().union(*[part.get(fault, frozenset()) for part in parts])
        for fault in faults
    }


FORECAST: Taken = {
    "word": at("verdict", "assumed[]"),
    "high": at(*("totalMs", "downtimeMs", "sentMiB", "restBytes", "bytesPerS", "plateauMs"))
    | at("totalMsRange[]", "downtimeMsRange[]", "sentMiBRange[]", "throttleRange[]")
    | at(
        *("iteration", "count", "startMs", "endMs", "remainingBytes", "leftBytes"),
        *("sentBytes", "dirtiedBytes", "limitMs", "actions[].atMs"),
        under=["rounds[]."],
    ),
    "empty": at("rounds[].actions", "assumed"),
}
# A setting that is changed may have any value that settings have.
CHANGED = at("before", "after", under=["changes[]."])
OPTION: Taken = {
    "null": at("changes[].after"),
    "bool": CHANGED,
    "high": CHANGED,
    "word": CHANGED | at("changes[].path", "changes[].reason"),
    "empty": at("changes") | at("init", "stalling", under=["changes[].after."]),
}
# A change of a plan may be of anything.
ANY = at("before", "after", under=["options[].changes[]."])
# What is written, and which of the faults are none there: a sentence or a name may have any words,
# a list may be empty, a key may be left out, none is a value, a sum has no end.
WRITTEN: Mapping[str, Tuple[Callable[[], Iterable[Any]], Taken]] = {
    "answer": (
        answers,
        {
            "missing": at(
                *("encrypted", "zerocopy", "parallel", "maxBandwidth", "downtime"),
                "convergenceSchedule",
                under=["vmMigrate."],
            )
            | at("bandwidth", "parallel.connections", under=["libvirt.params."]),
            # A bandwidth of which there is a notice is none.
            "null": at(*NULLABLE, under=["parameters."])
            | at(
                "remedy",
                *(f"{key}.effective" for key in NULLABLE if key != "maxBandwidth"),
                "schedule.requested",
                under=["notices[]."],
            ),
            "word": at(*PARAMETERS, under=["reasons."])
            | at(
                "message",
                "remedy",
                "source",
                "policy.requested",
                "policy.effective",
                under=["notices[]."],
            ),
            "empty": at("init", "stalling", under=SCHEDULES + NOTICED)
            | at("blockers", "notices", "libvirt.flagNames"),
            "object": at("libvirt.params"),
        },
    ),
    "findings": (
        findings,
        {"word": at("path", "message", "remedy", under=["[]."]), "empty": at("")},
    ),
    "differences": (
        differences,
        {
            "null": at(*(f"[].{key}.{side}" for key in NULLABLE for side in "ab")),
            "word": at("reasonA", "reasonB", under=["[]."]),
            "empty": at("", "[].blockers.a", "[].blockers.b")
            | at("init", "stalling", under=DIFFERENT),
        },
    ),
    "forecast": (forecasts, FORECAST),
    "ranking": (rankings, joined(moved(OPTION, "[]."), {"empty": at("")})),
    "advice": (
        advices,
        {"null": at("limit"), "word": at("limit"), "empty": at("options")},
    ),
    "diagnosis": (
        diagnoses,
        joined(
            {"null": at("workload", "forecast"), "word": at("message"), "empty": at("options")},
            # A workload may be read as well, and be less complete.
            {
                "missing": at("writers", "writers[].order", under=["workload."]),
                "null": at("writers", "writers[].order", under=["workload."]),
                "fraction": at("mibS", "setMiB", under=["workload.writers[]."]),
                "object": at("workload"),
            },
        ),
    ),
    "plan": (
        plans,
        {
            **dict.fromkeys(("bool", "fraction", "low", "list", "object"), ANY),
            "null": ANY
            | at("linkMbps", "totalMs", "alternatives[].totalMs")
            | at("destination", "endMs", under=["legs[]."]),
            "word": ANY
            | at("alternatives[].change", "alternatives[].stays[]", "options[].changes[].path")
            | at("options[].changes[].reason", "stays[].a.name", "stays[].reason")
            | at("a.name", "destination", under=["legs[]."]),
            "high": ANY
            | at("outgoing", "totalMs", "totalMsRange[]", "alternatives[].totalMs")
            | at("startMs", "endMs", under=["legs[]."]),
            "empty": ANY
            | at("alternatives", "alternatives[].stays", "legs", "stays")
            | at("options", "options[].changes"),
        },
    ),
    "survey": (
        surveys,
        {
            "null": at("best", "bad[].path", "blockers[].remedy", "hosts[].a.name"),
            "word": at("best", "bad[].path", "bad[].message", "bad[].names[]")
            | at("combinations[].blockers[]", "hosts[].a.name")
            | at("code", "remedy", under=["blockers[]."]),
            "high": at("answers", "badLines", "zerocopy", "bad[].lines", "combinations[].vms")
            | at("alone", "vms", under=["blockers[].", "hosts[]."]),
            "empty": at("bad", "blockers", "combinations", "combinations[].blockers", "hosts"),
        },
    ),
}


# What a definition of all schemas describes, once planted full of faults in "forecast" and
# "ranking", or the plan of a plan's option, which is a plan: there every place must be the
# definition's, as a fault at the place itself shows.
SHARED = {
    "ranking": ("[].forecast",),
    "advice": ("options[]",),
    "diagnosis": ("options[]", "forecast"),
    "plan": ("stays[].forecast", "legs[].forecast", "options[].plan"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_fault_anywhere_in_what_is_written_is_refused(name: str) -> None:
    """A key left out or put in, another type, word or number: no schema of an answer takes it."""
    make, expected = WRITTEN[name]
    is_valid, documents = judge(VALIDATORS[name].schema), [*make()]
    assert documents
    assert all(map(is_valid, documents))
    faults = planted(documents, SHARED.get(name, ()))
    taken = [(place, fault) for place, fault, faulty in faults if is_valid(faulty)]
    assert by_fault(taken) == expected


@pytest.mark.parametrize("name", ["advice", "diagnosis", "plan"])
def test_there_are_seven_options_at_most(name: str) -> None:
    """An eighth option is refused, of an advice, a diagnosis and a plan."""
    (answer,) = WRITTEN[name][0]()
    seven, eight = [{**answer, "options": answer["options"] * number} for number in (7, 8)]
    assert VALIDATORS[name].is_valid(seven)
    assert not VALIDATORS[name].is_valid(eight)


WORKLOAD = {
    "dirtyMiBs": 100,
    "workingSetMiB": 1000,
    "zeroShare": 0.5,
    "linkMbps": 1000.5,
    "overheadMs": 30,
}
PACKAGE = {"version": "9.0.0", "release": "1.el9"}
CAPABILITIES = {
    "zerocopy_migrations": True,
    "packages2": dict.fromkeys(("vdsm", "libvirt", "qemu-kvm"), PACKAGE),
}
DEVICE = {"iface": "eth0", "southbound": "eth0", "ports": ["eth0"], "speed": 1, "operstate": "up"}
LINKS = {
    "nics": {"eth0": {"speed": 1000}},
    "bondings": {"bond0": {"speed": 2000, "slaves": ["eth1", "eth2"]}},
    "vlans": {"bond0.5": {"iface": "bond0"}},
    "bridges": {"ovirtmgmt": {"ports": ["eth0"]}},
    "networks": {"ovirtmgmt": DEVICE},
}
HOST = {"vdsmCapabilities": CAPABILITIES}
LINKED = {"vdsmCapabilities": {"status": {"code": 0}, "info": {**CAPABILITIES, **LINKS}}}
ANSWERED: Dict[str, Any] = {"vdsmCapabilities": {"result": {"packages2": {}}}}
SAMPLES = [{"atMs": 1, "iteration": 1, "remainingBytes": 1, "sentBytes": 1}]
ENTRY = {"id": "6d0c1a2e-0000-4000-8000-000000000001", "maxMigrations": 1, "config": {}}
# What is read, and by whom: together they have every key.
READ: Mapping[str, Tuple[Callable[[Any], Any], List[Any]]] = {
    "scenario": (
        zc.Scenario.from_json,
        [
            zc.Scenario().to_json(),
            {"source": HOST, "destination": HOST, "engine": {"policies": [ENTRY]}},
            {"source": LINKED, "destination": ANSWERED},
            {"cluster": {"policy": ENTRY}, "vm": {"policy": ENTRY}},
        ],
    ),
    "policies": (
        engine.policies_from_json,
        [
            engine.policies_to_json([zc.policies.SUSPEND_WORKLOAD, zc.policies.POST_COPY]),
            [ENTRY],
        ],
    ),
    "goal": (
        zc.Goal.from_json,
        [zc.Goal(total_s=0.5, downtime_ms=1, throttle=0, postcopy=True).to_json()],
    ),
    "simulation": (
        simulated,
        [
            {"workload": {**WORKLOAD, "dirtyMiBs": [[0, 100], [2.5, 10]]}, "scenario": {}},
            {"workload": WORKLOAD},
        ],
    ),
    "drain": (
        read_drain,
        [
            {
                "moves": [{"name": "a", "scenario": {}, "workload": WORKLOAD}],
                "linkMbps": 1.5,
                "order": "largest",
                "outgoing": 1,
                "incoming": {"x": 1},
            },
            {"moves": [{"name": "a", "migration": {"samples": SAMPLES}}]},
        ],
    ),
}
# What only a reader sees: that nothing is called so; that the pieces of a rate are out of order;
# that samples show too little to say what the guest writes.
NAMES = ("cluster.policy", "vm.policy")
UNSEEN_AT: Mapping[str, Taken] = {
    "scenario": {"word": at(*NAMES)},
    "policies": {},
    "goal": {},
    "simulation": {"fraction": at("workload.dirtyMiBs[][]")},
    "drain": {
        fault: at("iteration", "remainingBytes", under=["moves[].migration.samples[]."])
        for fault in ("missing", "null")
    },
}


@pytest.mark.parametrize("name", READ)
def test_a_fault_anywhere_in_what_is_read_is_one_for_both(name: str) -> None:
    """The schema takes what the reader takes, whatever is planted, but for what it cannot see."""
    read, documents = READ[name]
    is_valid = judge(VALIDATORS[name].schema)
    unseen = []
    for place, fault, faulty in planted(documents):
        conforms = is_valid(faulty)
        try:
            read(faulty)
        except zc.ZcpolicyError:
            if conforms:
                unseen.append((place, fault))
        else:
            assert conforms, (place, fault)
    assert by_fault(unseen) == UNSEEN_AT[name]


def test_schemas_share_what_they_have_in_common() -> None:
    """A policy, a host, a forecast, an option and the like are the same in every schema."""
    schemas = {name: validator.schema for name, validator in VALIDATORS.items()}
    shared = [definition for s in schemas.values() for definition in s.get("$defs", {}).items()]
    assert {name for name, _ in shared} == {"policy", "schedule", "host", "forecast", "option"}
    assert all(one == other for key, one in shared for name, other in shared if name == key)
    whole = {key: schemas["scenario"][key] for key in schemas["scenario"] if key[0] != "$"}
    inside = schemas["simulation"]["properties"]["scenario"]["anyOf"][0]
    assert {**inside, "title": whole["title"]} == whole
    assert schemas["drain"]["properties"]["moves"]["items"]["properties"]["scenario"] == {
        "anyOf": [inside, {"type": "null"}]
    }
    forecast = next(one for name, one in shared if name == "forecast")
    names = dict.fromkeys(("name", "source", "destination"))
    alone = {
        key: value for key, value in schemas["forecast"]["properties"].items() if key not in names
    }
    assert forecast["properties"] == alone
