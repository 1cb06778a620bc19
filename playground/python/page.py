"""Answer the page's questions to the library, in JSON, the same on any Python.

The page has no rules of its own.  A field of its form is one ``--set PATH=VALUE`` of the command, a
text dropped on it is one of the command's files, and every answer includes the command line that
gives the same result.
"""

import argparse
import json
import os
import re
import shlex
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import attr

import zcpolicy as zc
from drawn import curve, effective, option_json, plan_json, said
from remedies import FIXES
from zcpolicy import formats
from zcpolicy._advice.option import choice_name, effective_policy
from zcpolicy._advice.text import ranking_text
from zcpolicy._base.parsing import parsed
from zcpolicy._command import goals
from zcpolicy._command.authors import engine_commands
from zcpolicy._command.decisions import scenario_of, together
from zcpolicy._command.inputs import Given, described, given, paths_of, reported
from zcpolicy._command.output import Unusable
from zcpolicy._drain.document import Drained, read_drain

Json = Dict[str, Any]
# The files for the form's own policy.
POLICY_FILE, VM_FILE = "policy.json", "vm-policy.json"
_GOALS: Mapping[str, Tuple[str, Callable[[str], Any]]] = {
    "finish": ("total_s", goals.finish),
    "downtime": ("downtime_ms", goals.downtime),
    "throttle": ("throttle", goals.throttle),
}
# The parts that state a migration's settings.
_SETTINGS = ("cluster", "vm", "policy", "policies", "request", "source", "destination")
_LOADS = ("workload", "dirty_rates", "migration")
_NO_LOAD = (
    "To get a forecast, enter the write rate and the working set under Workload, or paste "
    "migration statistics, a log, or measured dirty rates."
)
# Parts that a decision ignores.
_NO_DECISION = (*_LOADS, "call")


class Text(NamedTuple):
    """A text of the page: its file and its contents.

    Attributes:
        file: the file's name.
        reading: its contents; None for a plan's document, or if it cannot be read.
        drained: the moves of a plan's document.
        problem: why it cannot be read.
        of_several: whether the reason is that it has several VMs, or not the one asked for.
    """

    file: str
    reading: Optional[formats.Reading] = None
    drained: Optional[Drained] = None
    problem: Optional[str] = None
    of_several: bool = False


class Page:
    """The texts of a page, and the answers about them.

    Args:
        folder: an empty folder for the texts, which becomes the working directory.
    """

    def __init__(self, folder: Path) -> None:
        os.chdir(folder)
        self._texts: List[Text] = []
        self._answers: Mapping[str, Callable[[Json], Json]] = {
            "texts": self._take,
            "decision": self._decision,
            "forecast": self._forecast,
            "diagnosis": self._diagnosis,
            "rank": self._rank,
            "advice": self._advice,
            "plan": self._plan,
            "vectors": _vectors,
        }

    def ask(self, question: str) -> str:
        """Answer ``{"what", "state"}`` or ``{"what": "texts", "texts", "vm"}``.

        A fault in the input is also an answer: ``{"error": {"what", "problem"}}``.
        """
        asked = json.loads(question)
        try:
            found = self._answers[asked["what"]](asked)
        except Unusable as error:
            # The command's --set is the form here.
            what = "the form" if error.what == "--set" else error.what
            found = {"error": {"what": what, "problem": error.problem}}
        except zc.ZcpolicyError as error:
            found = _fault("the page", error)
        return json.dumps(found, ensure_ascii=False)

    # -- Texts -------------------------------------------------------------------------------------

    def _take(self, asked: Json) -> Json:
        """Read the texts again; describe each."""
        # In the browser the files are in memory, which is scarce.
        for former in self._texts:
            Path(former.file).unlink()
        self._texts = []
        names: List[str] = []
        for each in asked["texts"]:
            names.append(_file_name(each["name"], names))
            Path(names[-1]).write_bytes(each["text"].encode("utf-8", "surrogatepass"))
            self._texts.append(_read(names[-1], asked.get("vm", "").strip() or None))
        return {"texts": [_text_json(each) for each in self._texts]}

    def _given(self, state: Json, decides: bool = False) -> Given:
        """Combine the texts and the form."""
        unread = [each for each in self._texts if each.problem is not None]
        if unread:
            raise Unusable(unread[0].file, str(unread[0].problem))
        known = {each.file: each.reading for each in self._texts if each.reading is not None}
        files = [
            name
            for name, reading in known.items()
            if not decides or "request" in reading.parts or _decides(reading)
        ]
        own_policy = _write_policy(state)
        if own_policy == VM_FILE:
            files.append(VM_FILE)
            known = {name: _without_policy(reading) for name, reading in known.items()}
        options = argparse.Namespace(
            source=[],
            destination=[],
            policy=own_policy if own_policy == POLICY_FILE else None,
            settings=_settings(state, decides),
            vm=None,
        )
        return given(options, files, lambda _, name: known.get(name))

    def _command(self, name: str, state: Json, *more: str) -> str:
        """Return the command line that gives the same result."""
        files = [each.file for each in self._texts if each.reading is not None]
        return shlex.join(["zcpolicy", name, *_of(files, state), *_words(state), *more])

    def _resolve_command(self, state: Json, scenario: zc.Scenario) -> str:
        """Return the same for a decision; it passes the scenario if the texts state more."""
        readings = [each.reading for each in self._texts if each.reading is not None]
        deciding = [each for each in readings if _decides(each)]
        more = any([part in each.parts for each in deciding for part in _NO_DECISION])
        if more or not [*deciding, *_words(state, decides=True)]:
            return f"echo {shlex.quote(json.dumps(scenario.to_json()))} | zcpolicy resolve"
        files = [str(each.source) for each in deciding]
        words = [*_of(files, state), *_words(state, decides=True)]
        return shlex.join(["zcpolicy", "resolve", *words])

    # -- Answers -----------------------------------------------------------------------------------

    def _decision(self, asked: Json) -> Json:
        state = asked["state"]
        scenario = scenario_of(self._given(state, decides=True))
        resolution = scenario.resolve()
        policy = effective_policy(scenario)
        findings = () if policy.is_legacy else zc.lint(policy, vdsm=scenario.host.vdsm)
        answer = resolution.to_json()
        return {
            "answer": answer,
            "text": str(resolution),
            "command": self._resolve_command(state, scenario),
            "fixes": [self._fixes(notice["code"], state) for notice in answer["notices"]],
            "effective": {**effective(scenario.to_json()), **_policies(scenario)},
            "draft": None if policy.is_legacy else state.get("policy") or _draft(policy),
            "policies": [
                each.name for each in zc.policies.offered(scenario.cluster.level, scenario.engine)
            ],
            "lint": [finding.to_json() for finding in findings],
            "export": None if policy.is_legacy else _export(scenario, policy),
        }

    def _fixes(self, code: str, state: Json) -> List[Json]:
        """Return the changes to the form that make the notice disappear."""
        found = []
        for label, settings in FIXES.get(code, ()):
            changed = {**state, "settings": {**state.get("settings", {}), **settings}}
            after = scenario_of(self._given(changed, decides=True)).resolve()
            if code not in [notice.code for notice in after.notices]:
                found.append({"label": label, "settings": dict(settings)})
        return found

    def _load(self, state: Json) -> Tuple[zc.Scenario, Any, Optional[zc.Migration]]:
        said = self._given(state)
        if not any([part in each.parts for each in said.readings for part in _LOADS]):
            raise Unusable("workload", _NO_LOAD)
        found: Tuple[zc.Scenario, Any, Optional[zc.Migration]] = together(
            said, lambda: formats.simulation(*said.readings)
        )
        return found

    def _forecast(self, asked: Json) -> Json:
        state = asked["state"]
        scenario, load, _ = self._load(state)
        forecast = zc.simulate(scenario.resolve(), load)
        workload = load.workload if isinstance(load, zc.Fit) else load
        return {
            "answer": forecast.to_json(),
            "text": str(forecast),
            "command": self._command("simulate", state),
            "effective": effective({"workload": workload.to_json()}),
            "said": said(forecast),
            "curve": curve(forecast),
        }

    def _diagnosis(self, asked: Json) -> Json:
        state = asked["state"]
        said = self._given(state)
        seen = [each.parts["migration"] for each in said.readings if "migration" in each.parts]
        if len(seen) != 1:
            raise Unusable("diagnose", "paste the statistics of one migration")
        told = any([part in each.parts for each in said.readings for part in _SETTINGS])
        resolution = scenario_of(said).resolve() if told else None
        found = together(said, lambda: zc.diagnose(seen[0], resolution, goal=_goal(state)))
        return {
            "answer": found.to_json(),
            "text": str(found),
            "command": self._command("diagnose", state, *_goal_words(state)),
            "options": [option_json(each) for each in found.options],
        }

    def _rank(self, asked: Json) -> Json:
        state = asked["state"]
        scenario, load, _ = self._load(state)
        offered = zc.policies.offered(scenario.cluster.level, scenario.engine)
        found = zc.rank(scenario, load, offered)
        return {
            "answer": [each.to_json() for each in found],
            "text": ranking_text(found),
            "command": self._command("simulate", state, "--policy", "all"),
            "options": [option_json(each) for each in found],
        }

    def _advice(self, asked: Json) -> Json:
        state = asked["state"]
        scenario, load, _ = self._load(state)
        keep = tuple(state.get("keep", ()))
        found = zc.advise(scenario, load, _goal(state) or zc.Goal(), keep=keep)
        kept = [word for each in keep for word in ("--keep", each)]
        return {
            "answer": found.to_json(),
            "text": str(found),
            "command": self._command("advise", state, *_goal_words(state), *kept),
            "options": [option_json(each) for each in found.options],
        }

    def _plan(self, asked: Json) -> Json:
        documents = [each for each in self._texts if each.drained is not None]
        if len(documents) != 1:
            raise Unusable("drain", "paste one document with moves")
        (document,) = documents
        assert document.drained is not None
        plan = document.drained.plan()
        return {
            "answer": plan.to_json(),
            "text": str(plan),
            "drawn": plan_json(plan),
            "command": shlex.join(["zcpolicy", "drain", document.file]),
        }


# -- The form --------------------------------------------------------------------------------------


def _settings(state: Json, decides: bool = False) -> List[str]:
    """Return the filled-in fields of the form as ``--set`` values."""
    # The form's own policy takes precedence over a named one.
    replaced = f"{state.get('policyOf') or 'cluster'}.policy" if state.get("policy") else ""
    return [
        f"{path}={value}"
        for path, value in state.get("settings", {}).items()
        if value.strip() and path != replaced and not (decides and path.startswith("workload."))
    ]


def _words(state: Json, decides: bool = False) -> Iterator[str]:
    """Yield the same, and the form's own policy, as words of a command line."""
    if state.get("policy"):
        yield from [VM_FILE] if state.get("policyOf") == "vm" else ["--policy", POLICY_FILE]
    for setting in _settings(state, decides):
        yield from ("--set", setting)


def _of(files: Sequence[str], state: Json) -> List[str]:
    """Return the files of a command line, with the VM to read from them."""
    vm = state.get("vm", "").strip()
    return [*files, "--vm", vm] if files and vm else [*files]


def _write_policy(state: Json) -> Optional[str]:
    """Write the form's own policy; return its file."""
    policy = state.get("policy")
    if not policy:
        return None
    if state.get("policyOf") == "vm":
        Path(VM_FILE).write_text(json.dumps({"vm": {"policy": policy}}), "utf-8")
        return VM_FILE
    Path(POLICY_FILE).write_text(json.dumps(policy), "utf-8")
    return POLICY_FILE


def _without_policy(reading: formats.Reading) -> formats.Reading:
    """Return the reading without the VM's own policy, which the form replaces."""
    vm = {name: each for name, each in reading.parts.get("vm", {}).items() if name != "policy"}
    parts = {name: each for name, each in reading.parts.items() if name != "vm"}
    return attr.evolve(reading, parts={**parts, "vm": vm} if vm else parts)


def _goal(state: Json) -> Optional[zc.Goal]:
    said: Dict[str, Any] = {}
    for key, (field, read) in _GOALS.items():
        typed = state.get("goal", {}).get(key, "").strip()
        if typed:
            try:
                said[field] = read(typed)
            except argparse.ArgumentTypeError as error:
                raise Unusable(f"goal.{key}", str(error)) from None
    postcopy = bool(state.get("goal", {}).get("postcopy"))
    return zc.Goal(postcopy=postcopy, **said) if said or postcopy else None


def _goal_words(state: Json) -> Iterator[str]:
    for key in _GOALS:
        typed = state.get("goal", {}).get(key, "").strip()
        if typed:
            yield from (f"--{key}", typed)
    if state.get("goal", {}).get("postcopy"):
        yield "--postcopy"


# -- The texts -------------------------------------------------------------------------------------


def _file_name(name: str, taken: Sequence[str]) -> str:
    """Return a file name that no other text and no file of the form uses."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")[-80:] or "text"
    found, count = plain, 1
    while found in (*taken, POLICY_FILE, VM_FILE):
        count += 1
        found = f"{count}-{plain}"
    return found


def _read(name: str, vm: Optional[str]) -> Text:
    data = Path(name).read_bytes()
    try:
        document = parsed(data)
        if isinstance(document, dict) and "moves" in document:
            return Text(name, drained=read_drain(document))
        return Text(name, reading=formats.read(data, name, vm=vm))
    except zc.ZcpolicyError as error:
        problem = reported(name, error).problem
        return Text(name, problem=problem, of_several=error.path == "vm")


def _text_json(text: Text) -> Json:
    if text.reading is None:
        what = "VMs to move off a host" if text.drained is not None else "not read"
        return {
            "file": text.file,
            "what": what,
            "problem": text.problem,
            "plan": text.drained is not None,
            "ofSeveral": text.of_several,
        }
    parts = text.reading.parts
    return {
        "file": text.file,
        "what": described(text.reading),
        "problem": None,
        "fields": paths_of(parts),
        "ignored": list(text.reading.ignored),
        "migration": "migration" in parts,
    }


def _decides(reading: formats.Reading) -> bool:
    """Whether a text matters for a decision."""
    return any([part not in _NO_DECISION for part in reading.parts])


# -- Policies --------------------------------------------------------------------------------------


def _policies(scenario: zc.Scenario) -> Dict[str, str]:
    """Return the names of the chosen policies, by the fields that choose them."""
    own = scenario.vm.policy
    return {
        "cluster.policy": choice_name(scenario, scenario.policy),
        "vm.policy": "default" if own is None else choice_name(scenario, own),
    }


def _draft(policy: zc.MigrationPolicy) -> Json:
    """Return a copy of a policy, with an id of its own, to start editing from."""
    found: Json = policy.but(name=f"{policy.name} (custom)").to_json()
    return found


def _export(scenario: zc.Scenario, policy: zc.MigrationPolicy) -> str:
    level, engine = scenario.cluster.level, scenario.engine
    listed = {each.id: each for each in zc.policies.offered(level, engine) if not each.is_legacy}
    return engine_commands([*{**listed, policy.id: policy}.values()], level, engine)


def _fault(what: str, error: zc.ZcpolicyError) -> Json:
    found = reported(what, error)
    return {"error": {"what": found.what, "problem": found.problem}}


def _vectors(asked: Json) -> Json:
    """Return the lines of ``zcpolicy vectors``, and forecasts, for a test that compares Pythons."""
    from zcpolicy._many.answers import line_of
    from zcpolicy._publish.vectors import vectors

    found = []
    for each in vectors():
        scenario = zc.Scenario.from_json(each.scenario)
        dirtied = min(600, scenario.vm.memory_mib)
        load = zc.Workload(dirty_mib_s=asked["dirtyMiBs"], working_set_mib=dirtied)
        found.append((each, zc.simulate(scenario.resolve(), load)))
    return {
        "lines": [line_of(each.to_json()).decode() for each, _ in found],
        "forecasts": [
            {
                "outcome": each.outcome,
                "times": [each.total_ms, each.downtime_ms, *each.total_ms_range],
            }
            for _, each in found
        ],
    }
