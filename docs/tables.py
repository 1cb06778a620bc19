"""Generates the tables in the pages from the code: ``python docs/tables.py``.

A table stands in a page between ``<!-- table: NAME -->`` and ``<!-- end of table -->``; the tests
fail if a page is out of date.
"""

import functools
import inspect
import json
import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Tuple

import attr

import modules
from zcpolicy import (
    LIMITATIONS,
    VM,
    Action,
    Cluster,
    ConvergenceSchedule,
    Difference,
    EngineConfig,
    Finding,
    Forecast,
    Host,
    MigrationPolicy,
    Parameters,
    Resolution,
    Round,
    Scenario,
    StallingEntry,
    Vdsm,
    Workload,
    Writer,
)
from zcpolicy._advice.causes import CAUSES, MEASURES, STATES
from zcpolicy._base.errors import short_repr
from zcpolicy._base.fields import camel
from zcpolicy._decision.rules import RULES, NoticeTemplate, templates
from zcpolicy._forecast.forecast import FORECAST, ROUND
from zcpolicy._forecast.workload import NETWORK_KEYS
from zcpolicy._forecast.writers import WRITER_KEYS
from zcpolicy._lint.findings import ROWS
from zcpolicy._model.engine_config import ENGINE
from zcpolicy._model.inputs import CLUSTER, HOST, VM_FIELDS
from zcpolicy._model.parameters import PARAMETER_KEYS, PARAMETERS, ParameterName
from zcpolicy._model.policy_json import ENTRY_KEYS as POLICY_KEYS
from zcpolicy._model.scenario import SCENARIO
from zcpolicy._model.scenario_json import CLUSTER_KEYS, ENGINE_PATHS, HOST_PATHS, VDSM_KEYS, VM_KEYS
from zcpolicy._model.vdsm import VDSM
from zcpolicy._publish.vectors import vectors
from zcpolicy.adapters._oddities import ODDITIES, Asked, oddities
from zcpolicy.adapters._refusals import REFUSALS
from zcpolicy.adapters._request import REQUEST_FIELDS, read, read_schedule
from zcpolicy.adapters._violations import SPEAKERS, Versions
from zcpolicy.adapters.engine import vm_migrate
from zcpolicy.formats._forms import FORMS
from zcpolicy.testing import invariants

__all__ = ["PAGES", "TABLES", "filled", "main", "names"]

PAGES = Path(__file__).parent

_Rows = Iterable[Sequence[str]]

_TABLE = re.compile(r"(<!-- table: ([^\n]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def names(page: str) -> List[str]:
    """The names of the tables on *page*."""
    return [name for _, name, _ in _TABLE.findall(page)]


def filled(page: str) -> str:
    """Regenerate the tables of *page*.

    Raises:
        KeyError: there is no table of that name.
    """
    return _TABLE.sub(lambda found: f"{found[1]}\n{_table(found[2])}\n\n{found[3]}", page)


def _table(name: str) -> str:
    head, rows = TABLES[name]
    lines = [head, ["---"] * len(head), *rows()]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    """Escape text that would end the cell or be HTML, except in code."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|"))
    return "".join(part if part[:1] == "`" else part.replace("<", "&lt;") for part in parts)


def _code(*words: str) -> str:
    return ", ".join(f"`{word}`" for word in words)


# -- What is refused, found, and promised ---------------------------------------------------------


def _refusals() -> _Rows:
    for row in REFUSALS:
        where = [_versions("libvirt", row.libvirt), _versions("QEMU", row.qemu)]
        yield (
            _code(row.code),
            row.severity,
            SPEAKERS[row.speaker][1],
            ", ".join(filter(None, where)) or "all",
            row.problem,
            row.says and f'"{row.says}"',
            row.remedy,
            row.source,
        )


def _versions(name: str, versions: Versions) -> str:
    since, until = (
        version and ".".join(map(str, version)) for version in (versions.since, versions.until)
    )
    if since and until:
        return f"{name} {since} to before {until}"
    if since:
        return f"{name} from {since}"
    return f"{name} before {until}" if until else ""


# Requests that crash Vdsm, with each value that can crash it once.
_CRASHING = ({"maxBandwidth": "much", "convergenceSchedule": []}, {"downtime": "soon"})


def _requests() -> _Rows:
    for request in _CRASHING:
        asked = Asked(request, Host(), read(request), read_schedule(request))
        for fault, (_, violation) in zip(asked.reading.faults, oddities(asked, ())):
            yield (
                _code(violation.code),
                violation.severity,
                violation.message.replace(short_repr(fault.value), "…"),
                violation.remedy or "",
                "Vdsm virt/migration.py, SourceThread",
            )
    for row in ODDITIES:
        yield _code(row.code), row.severity, f"… {row.problem_on(Host())}", row.remedy, row.source


def _findings() -> _Rows:
    for row in ROWS:
        yield _code(row.code), row.severity, row.meaning, row.remedy, row.source


# The kind of property of each invariant, and the tests that also show it, besides test_testing.py;
# the code has the rest.
INVARIANTS = {
    "never_refused": (
        "against the constraints",
        "test_against_model.py::TestNothingIsAskedThatLibvirtOrQemuRefuse",
        "hypervisor/test_migration.py::TestResolutions",
    ),
    "proceeds_always": (
        "total",
        "test_against_model.py::TestTheModelDecidesTheSame",
        "hypervisor/test_migration.py::TestResolutions",
    ),
    "zerocopy_iff_no_blocker": (
        "equivalence",
        "test_enumeration.py::TestEveryCombination",
        "test_properties.py::TestVdsmTakesWhatEngineSends",
    ),
    "nothing_unasked": ("bound", "test_enumeration.py::TestEveryInheritance"),
    "rest_as_asked": (
        "equivalence",
        "test_enumeration.py::TestEveryInheritance",
        "test_enumeration.py::TestEveryShortSchedule",
    ),
    "differences_have_notices": ("equivalence", "test_properties.py::TestNothingIsSilent"),
    "warnings_are_differences": ("consistency", "test_properties.py::TestNothingIsSilent"),
    "encryption_wins": ("precedence", "test_properties.py::TestEncryptionAndTheTunnelWin"),
    "tunnel_wins": ("precedence", "test_properties.py::TestEncryptionAndTheTunnelWin"),
    "connections_where_due": ("equivalence", "test_enumeration.py::TestEveryBoundary"),
    "connections_as_many": ("bound", "test_enumeration.py::TestEveryBoundary"),
    "one_migration_with_connections": (
        "consistency",
        "test_against_model.py::TestTheModelDecidesTheSame",
    ),
    "bandwidth_is_divided": ("equivalence", "test_enumeration.py::TestEveryBoundary"),
    "better_hosts_keep_zerocopy": (
        "monotone",
        "test_properties.py::TestAHostThatCanDoMoreNeverTurnsZeroCopyOff",
    ),
    "lifting_removes_exactly_one": (
        "independence",
        "test_properties.py::TestLiftingALimitationRemovesIt",
    ),
    "imposing_adds_exactly_one": (
        "independence",
        "test_enumeration.py::TestEveryCombination",
    ),
    "deterministic": (
        "round trip",
        "test_properties.py::TestTheSameInputsGiveTheSameAnswer",
        "test_properties.py::TestADecisionCanBeKeptAndReplayed",
    ),
    "explained": (
        "total",
        "test_properties.py::TestEveryValueIsExplained",
        "test_properties.py::TestTheTextFitsATerminal",
    ),
}


def _invariants() -> _Rows:
    for invariant in invariants:
        name = invariant.__name__
        kind, *tests = INVARIANTS[name]
        shown = [f"[{cls}](../tests/{file})" for file, cls in (test.split("::") for test in tests)]
        yield _code(name), (invariant.__doc__ or "").strip(), kind, ", ".join(shown)


# -- The decision: rules, blockers, notices -------------------------------------------------------


def _blockers() -> _Rows:
    for row in LIMITATIONS:
        yield _code(row.code), row.layer, row.stage, row.message, row.remedy or "", row.source


@functools.cache
def _shown() -> Sequence[Resolution]:
    """The decisions of the test vectors, which show every rule and every notice."""
    return tuple(Scenario.from_json(vector.scenario).resolve() for vector in vectors())


def _notices() -> _Rows:
    keys: Dict[str, str] = {name: key for key, name in PARAMETER_KEYS.items()}
    messages: Dict[Tuple[str, str], str] = {}
    for resolution in _shown():
        for notice in resolution.notices:
            messages.setdefault((notice.code, notice.severity), notice.message)
    for field, template in templates():
        yield (
            _code(template.code),
            template.severity,
            _code(keys.get(field, field)),
            _code(*_given_by(template)),
            messages[template.code, template.severity],
            template.remedy,
            template.source,
        )


def _given_by(template: NoticeTemplate) -> List[str]:
    """The rules that give a notice."""
    given = (rule for rules in RULES.values() for rule in rules.values())
    return [rule.name for rule in given if template in rule.notices]


def _rules_of(parameter: ParameterName) -> Callable[[], _Rows]:
    def rows() -> _Rows:
        sentences: Dict[str, str] = {}
        for resolution in _shown():
            name = resolution._decision.rules[parameter]
            if name not in sentences:
                sentences[name] = resolution.explain(parameter)
        for name, rule in RULES[parameter].items():
            told = dict.fromkeys(template.code for template in rule.notices)
            yield _code(name), sentences[name], _code(*told), rule.source

    return rows


# -- Documents -------------------------------------------------------------------------------------


def _scenario() -> _Rows:
    shipped = Scenario().to_json()
    for part, keys, cls, fields in (
        ("cluster", CLUSTER_KEYS, Cluster, CLUSTER),
        ("cluster", {"policy": "policy"}, Scenario, SCENARIO),
        ("vm", VM_KEYS, VM, VM_FIELDS),
        ("source", HOST_PATHS, Host, HOST),
        ("source", {f"vdsm.{key}": name for key, name in VDSM_KEYS.items()}, Vdsm, VDSM),
        ("engine", ENGINE_PATHS, EngineConfig, ENGINE),
    ):
        meanings = _attributes(cls)
        for key, name in keys.items():
            # A host omits what has the default value.
            default: Any = shipped[part]
            for step in key.split("."):
                default = default.get(step, {})
            if default == {} and part == "source":
                default = attr.fields_dict(cls)[name].default
            yield (
                _code(f"{part}.{key}"),
                _expected(fields.kinds[name].expected),
                _code(json.dumps(default)),
                meanings[name],
            )
    yield (
        _code("name"),
        _expected(SCENARIO.kinds["name"].expected),
        _code("null"),
        _attributes(Scenario)["name"],
    )


def _parameters() -> _Rows:
    meanings = _attributes(Parameters)
    for key, name in PARAMETER_KEYS.items():
        yield _code(key), _expected(PARAMETERS.kinds[name].expected), meanings[name]


def _expected(what: str) -> str:
    """What an error says is accepted, for those who write JSON."""
    for ours, theirs in (
        (", or none", ", or null"),
        ("a ConvergenceSchedule", "a schedule"),
        ("(9, 0, 0)", '"9.0.0"'),
    ):
        what = what.replace(ours, theirs)
    return what


def _schedule() -> _Rows:
    for cls, keys in (
        (ConvergenceSchedule, {"init": "init", "stalling": "stalling"}),
        (StallingEntry, {"stalling[].limit": "limit", "stalling[].action": "action"}),
        (Action, {"name": "name", "params": "params"}),
    ):
        yield from _keys(cls, keys)()


def _policy() -> _Rows:
    for key, what in _keys(MigrationPolicy, POLICY_KEYS)():
        # Only Legacy has null, and no list has Legacy.
        yield key, what.partition("; null")[0].rstrip(".") + "."


# Parameters that set every key of the request.
_ALL = Parameters(
    zerocopy=True,
    parallel=4,
    max_bandwidth=1280,
    downtime=500,
    schedule=ConvergenceSchedule.ramp(300),
)


def _request() -> _Rows:
    parameters = {name: key for key, name in PARAMETER_KEYS.items()}
    always, usual = (vm_migrate(Parameters(), level=level) for level in ("4.3", "4.4"))
    for key, value in vm_migrate(_ALL, level="4.8").items():
        name = REQUEST_FIELDS.get(key)
        yield (
            _code(key),
            _code(json.dumps(value)),
            "the same in every request" if name is None else _code(parameters[name]),
            "never"
            if key in always
            else "below level 4.4"
            if key in usual
            else f"where it is {json.dumps(getattr(Parameters(), name or ''))}",
        )


# ``dirtyRates`` are not a field; the page describes them.
_WORKLOAD_KEYS = {
    "dirtyMiBs": "dirty_mib_s",
    "workingSetMiB": "working_set_mib",
    "writers": "writers",
    **NETWORK_KEYS,
}


def _measure(text: str) -> Sequence[str]:
    """What is not known, and the commands that find it out."""
    what, _, command = text.partition(": ")
    return what, command


def _keys(cls: type, keys: Mapping[str, str]) -> Callable[[], _Rows]:
    """The JSON keys of a class."""

    def rows() -> _Rows:
        meanings = _attributes(cls)
        for key, name in keys.items():
            yield _code(key), meanings[name]

    return rows


def _attributes(cls: type) -> Dict[str, str]:
    """The docstring of each attribute of a class."""
    text = inspect.getdoc(cls) or ""
    section = text.partition("Attributes:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", section, re.MULTILINE)
    return {name: _in_json(re.sub(r"\s+", " ", meaning)) for name, meaning in found}


def _in_json(meaning: str) -> str:
    """A sentence of a docstring, for those who write JSON."""
    keys = {name: key for key, name in CLUSTER_KEYS.items()}
    meaning = re.sub(r"`Cluster\.(\w+)`", lambda found: _code(f"cluster.{keys[found[1]]}"), meaning)
    meaning = meaning.replace("`MigrationPolicy`", "policy in Engine's JSON")
    return re.sub(r"\bNone\b", "null", meaning).replace("``", "`")


# -- The code itself ------------------------------------------------------------------------------


def _modules() -> _Rows:
    for name, summary in modules.summaries():
        yield _code(name), summary.replace("``", "`")


def _late() -> _Rows:
    for name, other in modules.late():
        why = _WHY_LATE.get((name, other), "not every use needs it")
        yield _code(name), _code(other), why


# Why a module defers an import that would run back, or in a circle.
_WHY_LATE = {
    ("_base.notebook", "_html"): "it renders objects of all rooms",
    ("_model.policy", "_model.shipped"): "the shipped policies are objects of this class",
    ("_model.policy", "_model.policy_json"): "it reads and writes objects of this class",
    ("_model.scenario", "_model.scenario_json"): "it reads and writes objects of this class",
    ("_model.scenario", "_decision.resolution"): "`Scenario.resolve` returns a `Resolution`",
    ("_forecast.forecast", "plot"): "`Forecast.plot` is a shortcut for `plot.figure`",
    ("_drain.plan", "plot"): "`Plan.plot` is a shortcut for `plot.figure`",
    (
        "_hypothesis",
        "testing._objects",
    ): "hypothesis may call its entry point before `zcpolicy.testing` is complete",
}

_RULES = ("rule", "example sentence", "notices", "source")

# Each table: its head, and its rows.
# -- What is read ---------------------------------------------------------------------------------


def _forms() -> _Rows:
    for form in FORMS:
        yield _code(form.name), form.what, form.obtain, form.takes, form.ignores


TABLES: Mapping[str, Tuple[Sequence[str], Callable[[], _Rows]]] = {
    "refusals": (
        ("code", "severity", "by", "versions", "what", "says", "remedy", "source"),
        _refusals,
    ),
    "requests": (("code", "severity", "what", "remedy", "source"), _requests),
    "forms": (("form", "what", "how to get one", "taken", "not taken"), _forms),
    "findings": (("code", "severity", "what", "remedy", "source"), _findings),
    "invariants": (("name", "sentence", "kind", "also tested in"), _invariants),
    "blockers": (("code", "layer", "stage", "why", "remedy", "source"), _blockers),
    "notices": (
        ("code", "severity", "field", "rule", "example message", "remedy", "source"),
        _notices,
    ),
    **{
        f"rules of {parameter}": (_RULES, _rules_of(parameter))
        for parameter in RULES
        if parameter != "outgoing_limit"  # has those of incoming_limit
    },
    "scenario": (("key", "value", "default", "what"), _scenario),
    "parameters": (("key", "value", "what"), _parameters),
    "schedule": (("key", "what"), _schedule),
    "policy": (("key", "what"), _policy),
    "request": (("key", "example value", "parameter", "left out"), _request),
    "workload": (("key", "what"), _keys(Workload, _WORKLOAD_KEYS)),
    "writer": (("key", "what"), _keys(Writer, WRITER_KEYS)),
    "forecast": (("key", "what"), _keys(Forecast, FORECAST.json_keys())),
    "round": (("key", "what"), _keys(Round, ROUND.json_keys())),
    "finding": (("key", "what"), _keys(Finding, {name: name for name in _attributes(Finding)})),
    "difference": (
        ("key", "what"),
        _keys(Difference, {camel(name): name for name in _attributes(Difference)}),
    ),
    "causes": (("cause", "when"), lambda: [(_code(row.code), row.meaning) for row in CAUSES]),
    "states": (("cause", "when"), lambda: [(_code(code), text) for code, text in STATES.items()]),
    "measures": (("when", "what to run"), lambda: map(_measure, MEASURES.values())),
    "modules": (("module", "what"), _modules),
    "late": (("module", "what it imports when called", "why"), _late),
}


def main() -> None:
    """Regenerate the tables of all pages."""
    for path in sorted(PAGES.glob("*.md")):
        page = path.read_text("utf-8")
        if names(page):
            path.write_text(filled(page), "utf-8")


if __name__ == "__main__":
    main()
