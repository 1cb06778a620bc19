"""What others build on: names, signatures, and what every public object can do."""

import ast
import copy
import importlib
import inspect
import pickle
import pkgutil
import pydoc
import rlcompleter
from pathlib import Path
from typing import Any, Dict, List, Tuple

import attr
import pytest

import modules
import zcpolicy as zc
from importing import fresh, imported
from refusals import refused
from test_inputs import CLASSES as INPUTS
from zcpolicy import policies
from zcpolicy.adapters import libvirt

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
SOURCE = Path(zc.__file__).parent


def applies(facts: zc.Facts) -> bool:
    """A site's condition, at the top of a module so that it can be pickled."""
    return facts.vm.vcpus > 8


def _defaults(cls: type) -> Dict[str, Any]:
    """The parameters of an input, as its own tests state them."""
    return {name: field.default for name, field in INPUTS[cls].items()}


# By class: how to build one, the parameters and their defaults (... for none), and a change.
ACTION: Dict[str, Any] = {"name": "abort"}
ENTRY: Dict[str, Any] = {"limit": 1, "action": zc.Action(**ACTION)}
LIMITATION: Dict[str, Any] = {
    "code": "site",
    "layer": "engine",
    "applies": applies,
    "message": "m",
    "source": "s",
}
NOTICE: Dict[str, Any] = {
    "code": "x",
    "severity": "info",
    "layer": "qemu",
    "field": "parallel",
    "requested": 4,
    "effective": None,
    "message": "m",
    "remedy": None,
    "source": "s",
}
SHIPPED_LEVELS = {
    **dict.fromkeys(("4.2", "4.3", "4.4", "4.5", "4.6"), False),
    **dict.fromkeys(("4.7", "4.8"), True),
}
IDLE: Dict[str, Any] = {"dirty_mib_s": 0, "working_set_mib": 0}
SAMPLE: Dict[str, Any] = {"at_ms": 0, "iteration": 1, "remaining_bytes": 2, "sent_bytes": 0}
FINDING = {"code": "c", "severity": "info", "path": "p", "message": "m", "remedy": "r"}
ROUND: Dict[str, Any] = {
    "iteration": 1,
    "start_ms": 0,
    "end_ms": 1,
    "remaining_bytes": 2,
    "left_bytes": 1,
    "sent_bytes": 1,
    "dirtied_bytes": 0,
    "limit_ms": 300,
    "actions": ((0, zc.Action(**ACTION)),),
}
PLAN: Dict[str, Any] = {
    "stays": (),
    "total_ms": None,
    "total_ms_range": (0, None),
    "legs": (),
    "outgoing": 1,
    "link_mbps": None,
    "order": "given",
}
FORECAST: Dict[str, Any] = {
    "outcome": "completes",
    "outcomes": ("completes",),
    "total_ms": 1,
    "total_ms_range": (1, None),
    "downtime_ms": 1,
    "downtime_ms_range": (0, 2),
    "sent_mib": 1,
    "sent_mib_range": (1, 2),
    "throttle": 0,
    "throttle_range": (0, 0),
    "verdict": "It completes.",
    "rounds": (zc.Round(**ROUND),),
    "rest_bytes": 1,
    "bytes_per_s": 1,
    "bound_by": "link",
    "plateau_ms": 0,
    "near_edge": False,
}
CLASSES: Dict[type, Tuple[Dict[str, Any], Dict[str, Any], Dict[str, Any]]] = {
    zc.Action: (ACTION, {"name": ..., "params": ()}, {"name": "postcopy"}),
    zc.StallingEntry: (ENTRY, {"limit": ..., "action": ...}, {"limit": 2}),
    zc.ConvergenceSchedule: (
        {"init": (zc.Action(**ACTION),)},
        {"init": (), "stalling": ()},
        {"stalling": (zc.StallingEntry(**ENTRY),)},
    ),
    zc.Replay: (
        {"actions": ((1, zc.Action(**ACTION)),)},
        {"actions": ..., "died_at": None},
        {"died_at": 5},
    ),
    zc.MigrationPolicy: (
        {"id": MINE, "name": "Mine"},
        {
            "id": ...,
            "name": ...,
            "description": "",
            "max_migrations": 2,
            "auto_convergence": False,
            "migration_compression": False,
            "enable_guest_events": False,
            "zero_copy": False,
            "schedule": zc.ConvergenceSchedule(),
        },
        {"zero_copy": True},
    ),
    zc.Cluster: ({}, _defaults(zc.Cluster), {"parallel": 4}),
    zc.VM: ({"policy": "legacy"}, _defaults(zc.VM), {"vcpus": 2}),
    zc.Host: ({}, _defaults(zc.Host), {"migration_mbps": 5}),
    zc.Vdsm: (
        {},
        {
            "max_bandwidth": 52,
            "downtime_steps": 5,
            "monitor_interval_s": 10,
            "max_outgoing": 2,
            "max_incoming": 2,
        },
        {"max_outgoing": 0},
    ),
    zc.Sample: (
        SAMPLE,
        {
            **dict.fromkeys(SAMPLE, ...),
            "total_bytes": None,
            "zero_pages": None,
            "normal_pages": None,
            "dirty_pages_s": None,
            "bytes_s": None,
            "throttle": None,
            "status": None,
            "limit_ms": None,
            "expected_downtime_ms": None,
            "downtime_ms": None,
            "page_bytes": 4096,
        },
        {"at_ms": 1},
    ),
    zc.Migration: (
        {"samples": (zc.Sample(**SAMPLE),)},
        {"samples": ...},
        {"samples": (zc.Sample(**{**SAMPLE, "iteration": 2}),)},
    ),
    zc.EngineConfig: (
        {"parallel_supported": {"4.9": True}},
        {
            "parallel_supported": SHIPPED_LEVELS,
            "default_auto_converge": False,
            "default_compressed": False,
            "default_encrypted": False,
            "default_downtime": 0,
            "policies": None,
        },
        {"policies": ()},
    ),
    zc.Scenario: (
        {"policy": policies.POST_COPY},
        {
            "cluster": zc.Cluster(),
            "host": zc.Host(),
            "policy": "Minimal downtime",
            "vm": zc.VM(),
            "destination": zc.Host(),
            "engine": zc.EngineConfig(),
            "name": None,
        },
        {"vm": zc.VM(vcpus=2)},
    ),
    zc.Parameters: (
        {},
        {
            "zerocopy": False,
            "parallel": None,
            "auto_converge": False,
            "compressed": False,
            "encrypted": False,
            "tunnelled": False,
            "max_bandwidth": None,
            "downtime": None,
            "schedule": None,
            "enable_guest_events": False,
            "incoming_limit": 2,
            "outgoing_limit": 2,
        },
        {"parallel": 2},
    ),
    zc.Notice: (NOTICE, dict.fromkeys(NOTICE, ...), {"requested": 5}),
    zc.Limitation: (
        LIMITATION,
        {
            "code": ...,
            "layer": ...,
            "stage": "host",
            "applies": ...,
            "message": ...,
            "remedy": None,
            "source": ...,
        },
        {"stage": "engine"},
    ),
    zc.Facts: (
        {"scenario": zc.Scenario()},
        {"scenario": ...},
        {"scenario": zc.Scenario(vm=zc.VM(vcpus=2))},
    ),
    zc.Resolution: (
        {"scenario": zc.Scenario()},
        {"scenario": ..., "limitations": zc.LIMITATIONS},
        {"scenario": zc.Scenario(vm=zc.VM(vcpus=2))},
    ),
    zc.Finding: (
        FINDING,
        {"code": ..., "severity": ..., "path": ..., "message": ..., "remedy": ...},
        {"severity": "error"},
    ),
    zc.Difference: (
        {"parameter": "parallel", "a": None, "b": 2, "reason_a": "none", "reason_b": "two"},
        {"parameter": ..., "a": ..., "b": ..., "reason_a": ..., "reason_b": ...},
        {"b": 3},
    ),
    zc.Survey: (
        {"combinations": ((("policy",), 1),)},
        {"combinations": (), "hosts": (), "bad": ()},
        {"combinations": (((), 2),)},
    ),
    zc.Workload: (
        {"dirty_mib_s": ((0, 1), (10, 2.5)), "working_set_mib": 10},
        {
            # These, or writers.
            **dict.fromkeys(["dirty_mib_s", "working_set_mib", "writers"], ...),
            "zero_share": 0.0,
            "link_mbps": None,
            "connection_mbps": None,
            "zero_scan_mib_s": None,
            "overhead_ms": None,
        },
        {"zero_share": 0.5},
    ),
    zc.Writer: (
        {"mib_s": ((0, 1), (10, 2.5)), "set_mib": 10},
        {"mib_s": ..., "set_mib": ..., "order": "random"},
        {"order": "sweep"},
    ),
    zc.Fit: (
        {"workload": zc.Workload(**IDLE), "workloads": (zc.Workload(**IDLE),)},
        {
            "workload": ...,
            "workloads": ...,
            "residual": 0.0,
            "unknown": (),
            "from_sending": (),
        },
        {"residual": 0.5},
    ),
    zc.Round: (
        ROUND,
        {
            "iteration": ...,
            "count": 1,
            **dict.fromkeys(["start_ms", "end_ms", "remaining_bytes", "left_bytes"], ...),
            **dict.fromkeys(["sent_bytes", "dirtied_bytes"], ...),
            "throttle": 0,
            "limit_ms": ...,
            "actions": (),
        },
        {"throttle": 20},
    ),
    zc.Forecast: (
        FORECAST,
        {**dict.fromkeys(FORECAST, ...), "assumed": ()},
        {"near_edge": True},
    ),
    zc.Move: (
        {"name": "vm", "resolution": zc.resolve(), "workload": zc.Workload(**IDLE)},
        {"name": ..., "resolution": ..., "workload": ..., "destination": None},
        {"destination": "host"},
    ),
    zc.Leg: (
        {"name": "vm", "start_ms": 0, "end_ms": None, "forecast": zc.Forecast(**FORECAST)},
        {"name": ..., "destination": None, "start_ms": ..., "end_ms": ..., "forecast": ...},
        {"end_ms": 1},
    ),
    zc.Stay: (
        {"name": "vm", "reason": "it never ends", "forecast": zc.Forecast(**FORECAST)},
        {"name": ..., "reason": ..., "forecast": ...},
        {"reason": "r"},
    ),
    zc.Alternative: (
        {"change": "1 at a time", "total_ms": None, "stays": ("vm",)},
        {"change": ..., "total_ms": ..., "stays": ...},
        {"total_ms": 1},
    ),
    zc.Plan: (
        PLAN,
        {**dict.fromkeys(PLAN, ...), "alternatives": (), "options": ()},
        {"outgoing": 2},
    ),
    zc.PlanOption: (
        {"changes": (), "moves": (), "plan": zc.Plan(**PLAN)},
        {"changes": ..., "moves": ..., "plan": ...},
        {"changes": (zc.Change(path="order", before="given", after="largest", reason="r"),)},
    ),
}
# What is answered, not asked; each is a page long.
RESULTS = (
    *(zc.Resolution, zc.Forecast, zc.Fit, zc.Migration),
    *(zc.Leg, zc.Stay, zc.Plan, zc.PlanOption),
)
ALL = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
NAMES = [
    *(cls.__name__ for cls in CLASSES),
    *("LIMITATIONS", "ZcpolicyError", "answers", "compare", "legacy_schedule"),
    *("lint", "policies"),
    *("resolve", "simulate", "fit", "drain"),
    *("Advice", "Change", "Diagnosis", "Goal", "Option", "advise", "diagnose", "rank"),
]

MODULES = [
    *("zcpolicy", "zcpolicy.policies", "zcpolicy.adapters", "zcpolicy.formats"),
    *("zcpolicy.adapters.engine", "zcpolicy.adapters.libvirt", "zcpolicy.adapters.vdsm"),
    *("zcpolicy.plot", "zcpolicy.testing"),
]

CALLABLES = {
    f"{thing.__module__}.{name}": thing
    for module in map(importlib.import_module, MODULES)
    for name, thing in [(name, getattr(module, name)) for name in module.__all__]
    if callable(thing)
}
EACH = pytest.mark.parametrize("thing", CALLABLES.values(), ids=[*CALLABLES])


class TestNames:
    """The names of the library."""

    def test_all(self) -> None:
        """The public names are these, sorted as people look for them."""
        assert sorted(zc.__all__) == sorted(NAMES)
        assert len(set(zc.__all__)) == len(zc.__all__)

    def test_dir(self) -> None:
        """A prompt completes the public names, the adapters and the version, and no others."""
        assert dir(zc) == sorted([*NAMES, "adapters", "formats", "__version__"])

    def test_star(self) -> None:
        """All of them can be imported at once, and nothing else comes along."""
        found: Dict[str, Any] = {}
        exec("from zcpolicy import *", found)
        del found["__builtins__"]
        assert sorted(found) == sorted(NAMES)

    @pytest.mark.parametrize(
        "name", [name for name in NAMES if name not in ("LIMITATIONS", "policies")]
    )
    def test_each_is_of_the_library(self, name: str) -> None:
        """A class or function says that it comes from where users import it."""
        thing = getattr(zc, name)
        assert (thing.__module__, thing.__name__) == ("zcpolicy", name)
        assert thing.__doc__

    def test_policies(self) -> None:
        """The module of the policies has these names."""
        assert sorted(policies.__all__) == [
            "LEGACY",
            "MINIMAL_DOWNTIME",
            "POST_COPY",
            "SUSPEND_WORKLOAD",
            "VERY_LARGE_VMS",
            "get",
            "offered",
            "to_engine_config",
        ]
        for name in policies.__all__:
            assert hasattr(policies, name)
        assert dir(policies) == sorted(policies.__all__)

    @pytest.mark.parametrize("name", MODULES)
    def test_help(self, name: str) -> None:
        """help() describes each module, with all that it exports."""
        module = importlib.import_module(name)
        text = pydoc.plain(pydoc.render_doc(module))
        for exported in module.__all__:
            assert exported in text

    @pytest.mark.parametrize("name", MODULES)
    def test_a_prompt_completes_the_api_alone(self, name: str) -> None:
        """Tab offers a module's public names, not what the module itself imports."""
        module = importlib.import_module(name)
        shown = {*module.__all__} if module is not zc else {*dir(zc)} - {"__version__"}
        found = rlcompleter.Completer({"module": module}).attr_matches("module.")
        assert {each.split(".")[1].rstrip("()") for each in found} == shown

    def test_help_of_resolve_fits_a_screen(self) -> None:
        """The defaults are shown by their names, not by all that is in them."""
        shown = str(inspect.signature(zc.resolve))
        assert len(shown) < 500
        assert "cluster: zcpolicy.Cluster = Cluster()" in shown
        assert "= LIMITATIONS)" in shown

    @EACH
    def test_every_signature_fits_a_screen(self, thing: Any) -> None:
        """No signature is longer than half a screen, 12 lines; an object is shown as a call."""
        for function in (thing, getattr(thing, "__init__", thing)):
            assert len(str(inspect.signature(function))) <= 12 * 80

    def test_a_default_is_shown_by_its_name(self) -> None:
        """A class's and a function's defaults are shown by the call or name that a user writes."""
        engine = "engine: zcpolicy.EngineConfig = EngineConfig()"
        assert engine in str(inspect.signature(zc.Scenario))
        assert engine in str(inspect.signature(policies.offered))
        assert engine in str(inspect.signature(policies.to_engine_config))
        assert str(inspect.signature(zc.Resolution)).endswith("= LIMITATIONS) -> None")

    def test_a_name_that_is_not_there(self) -> None:
        """What is imported late does not make other names."""
        with pytest.raises(AttributeError, match="module 'zcpolicy' has no attribute 'simulat'"):
            zc.simulat  # type: ignore[attr-defined]  # noqa: B018

    def test_it_is_typed(self) -> None:
        """The marker that type checkers look for ships with the library."""
        assert (SOURCE / "py.typed").exists()

    def test_the_version_is_that_of_the_project(self) -> None:
        """The version is that of the metadata, the spec, and the newest entry of the changelog."""
        project = Path(__file__).parent.parent
        metadata = (project / "pyproject.toml").read_text(encoding="utf-8")
        assert f'\nversion = "{zc.__version__}"\n' in metadata
        spec = (project / "packaging" / "python-zcpolicy.spec").read_text(encoding="utf-8")
        assert f"\nVersion:        {zc.__version__}\n" in spec
        assert f" - {zc.__version__}-1\n" in spec
        changelog = (project / "CHANGELOG.md").read_text(encoding="utf-8")
        assert f"\n## {zc.__version__} - " in changelog


def parameters(function: Any) -> Dict[str, Tuple[Any, Any]]:
    """The parameters of a function: their kinds and defaults."""
    return {
        name: (
            parameter.kind,
            ...
            if parameter.default is parameter.empty
            else getattr(parameter.default, "value", parameter.default),
        )
        for name, parameter in inspect.signature(function).parameters.items()
    }


_ANY = inspect.Parameter.POSITIONAL_OR_KEYWORD
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_SEVERAL = inspect.Parameter.VAR_POSITIONAL


_SCHEDULE = zc.ConvergenceSchedule()
HINTED = {
    **{
        name: thing
        for name, thing in CALLABLES.items()
        # Nobody builds an error, what `qmp` returns, or an enumeration by keywords.
        if thing not in (zc.ZcpolicyError, libvirt.Qmp, libvirt.Flag)
        and any(kind != _SEVERAL for kind, _ in parameters(thing).values())
    },
    **{
        method.__qualname__: method
        for method in (
            *(zc.Survey.of, zc.Workload.from_json, zc.resolve().explain),
            *(_SCHEDULE.ramp, _SCHEDULE.replay),
        )
    },
}


class TestSignatures:
    """What functions take."""

    @pytest.mark.parametrize(
        ("function", "wanted"),
        [
            (
                zc.resolve,
                {
                    "cluster": (_ANY, zc.Cluster()),
                    "host": (_ANY, zc.Host()),
                    "policy": (_ANY, "Minimal downtime"),
                    "vm": (_ANY, zc.VM()),
                    "destination": (_KEYWORD, zc.Host()),
                    "engine": (_KEYWORD, zc.EngineConfig()),
                    "limitations": (_KEYWORD, zc.LIMITATIONS),
                },
            ),
            (zc.legacy_schedule, {"downtime": (_ANY, 500), "steps": (_ANY, 5)}),
            (policies.get, {"id_or_name": (_ANY, ...)}),
            (policies.offered, {"level": (_ANY, ...), "engine": (_ANY, zc.EngineConfig())}),
            (
                policies.to_engine_config,
                {
                    "policies": (_ANY, ...),
                    "level": (_ANY, "4.8"),
                    "engine": (_ANY, zc.EngineConfig()),
                },
            ),
            (zc.lint, {"policy": (_ANY, ...), "vdsm": (_KEYWORD, zc.Vdsm())}),
            (zc.compare, {"a": (_ANY, ...), "b": (_ANY, ...)}),
            (
                zc.simulate,
                {"resolution": (_ANY, ...), "workload": (_ANY, ...), "since": (_KEYWORD, None)},
            ),
            (zc.fit, {"migration": (_ANY, ...), "memory_mib": (_ANY, None)}),
            (
                zc.drain,
                {
                    "moves": (_ANY, ...),
                    **dict.fromkeys(["link_mbps"], (_KEYWORD, None)),
                    "order": (_KEYWORD, "given"),
                    "outgoing": (_KEYWORD, None),
                    "incoming": (_KEYWORD, {}),
                },
            ),
            (zc.Survey.of, {"answers": (_ANY, ...), "source": (_KEYWORD, None)}),
            (zc.answers, {"lines": (_ANY, ...), "command": (_ANY, "resolve")}),
            (
                zc.Workload.measured,
                {
                    "rates": (_ANY, None),
                    "memory_mib": (_KEYWORD, None),
                    "rate_mib_s": (_KEYWORD, None),
                    "working_set_mib": (_KEYWORD, None),
                    "period_s": (_KEYWORD, 1),
                    "others": (inspect.Parameter.VAR_KEYWORD, ...),
                },
            ),
            (
                zc.ConvergenceSchedule.ramp,
                {
                    "initial": (_ANY, ...),
                    "steps": (_ANY, {}),
                    "last": (_KEYWORD, None),
                    "abort_limit": (_KEYWORD, -1),
                },
            ),
            (
                policies.POST_COPY.but,
                {
                    "name": (_KEYWORD, ...),
                    "id": (_KEYWORD, None),
                    "changes": (inspect.Parameter.VAR_KEYWORD, ...),
                },
            ),
            (
                zc.ConvergenceSchedule().replay,
                {"iterations": (_ANY, ...), "postcopy_fails": (_KEYWORD, False)},
            ),
            (zc.ConvergenceSchedule.from_json, {"document": (_ANY, ...)}),
            (zc.ConvergenceSchedule().to_json, {}),
            (zc.MigrationPolicy.from_json, {"entry": (_ANY, ...)}),
            (policies.POST_COPY.to_json, {}),
            (zc.Scenario.from_json, {"document": (_ANY, ...)}),
            (zc.Scenario().to_json, {}),
            (zc.Scenario().resolve, {}),
            (zc.resolve().explain, {"parameter": (_ANY, None)}),
            (zc.resolve().to_json, {}),
            (zc.Parameters().to_json, {}),
        ],
        ids=lambda value: getattr(value, "__qualname__", ""),
    )
    def test_functions(self, function: Any, wanted: Dict[str, Tuple[Any, Any]]) -> None:
        """Names, order and defaults of the parameters, and which go by keyword alone."""
        assert parameters(function) == wanted
        assert list(parameters(function)) == list(wanted)

    @pytest.mark.parametrize("function", HINTED.values(), ids=[*HINTED])
    def test_a_misspelt_keyword_gets_a_hint(self, function: Any) -> None:
        """Whatever is called says which keyword was meant, of required ones, too."""
        for name in inspect.signature(function).parameters:
            error = refused(function, **{f"{name}x": 7})
            assert isinstance(error, TypeError)
            assert (error.path, error.value) == (f"{name}x", 7)
            assert str(error).endswith(f"'{name}x'; did you mean '{name}'?")
        error = refused(function, **{"?": 7})
        assert str(error).endswith(f"(known: {', '.join(inspect.signature(function).parameters)})")

    def test_other_mistakes_are_pythons(self) -> None:
        """Too many arguments, or too few, are refused in Python's own words."""
        with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given"):
            zc.compare(1, 2, 3)  # type: ignore[call-arg, arg-type]
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'workload'"):
            zc.simulate(resolution=zc.resolve())  # type: ignore[call-arg]

    @ALL
    def test_classes(self, cls: Any) -> None:
        """Fields are given by keyword alone; the defaults are what Engine ships."""
        wanted = CLASSES[cls][1]
        assert list(parameters(cls)) == list(wanted)
        assert {kind for kind, _ in parameters(cls).values()} == {_KEYWORD}
        values = CLASSES[cls][0]
        built = cls(**{name: values[name] for name in values if wanted[name] is ...})
        for name, default in wanted.items():
            if default is not ...:
                assert getattr(built, name) == default
        with pytest.raises(TypeError):
            cls(*CLASSES[cls][0].values(), "too much")

    @ALL
    def test_another_field_is_refused(self, cls: Any) -> None:
        """A field that there is not is a TypeError, as for every Python function."""
        with pytest.raises(TypeError, match="other"):
            cls(**CLASSES[cls][0], other=1)


class TestObjects:
    """What every public object can do."""

    @ALL
    def test_it_does_not_change(self, cls: Any) -> None:
        """No field can be set or deleted, and nothing can be added."""
        made = cls(**CLASSES[cls][0])
        for field in attr.fields(cls):
            with pytest.raises(attr.exceptions.FrozenInstanceError):
                setattr(made, field.name, None)
            with pytest.raises(attr.exceptions.FrozenInstanceError):
                delattr(made, field.name)
        with pytest.raises(attr.exceptions.FrozenInstanceError):
            made.other = 1

    @ALL
    def test_it_is_slotted(self, cls: Any) -> None:
        """There is no dict behind an object."""
        assert not hasattr(cls(**CLASSES[cls][0]), "__dict__")
        assert "__slots__" in vars(cls)

    @ALL
    def test_it_is_comparable_and_hashable(self, cls: Any) -> None:
        """Objects are equal and hash alike where their fields are equal, and else are not."""
        values, _, change = CLASSES[cls]
        one, same, other = cls(**values), cls(**values), cls(**{**values, **change})
        assert one == same
        assert hash(one) == hash(same)
        assert one != other
        assert len({one, same, other}) == 2
        assert (one == 1, one != 1) == (False, True)

    @ALL
    def test_every_field_counts(self, cls: Any) -> None:
        """Whatever differs in a field that can be given is not equal."""
        made = cls(**CLASSES[cls][0])
        for field in attr.fields(cls):
            if field.init:
                # Not built, so not checked: the value is none that the class would take.
                changed = copy.copy(made)
                object.__setattr__(changed, field.name, object())
                assert changed != made, field.name

    @ALL
    def test_what_was_worked_out_does_not_count(self, cls: Any) -> None:
        """Objects are compared by what they were given alone, since all else follows from it."""
        made = cls(**CLASSES[cls][0])
        for field in attr.fields(cls):
            if not field.init:
                changed = copy.copy(made)
                object.__setattr__(changed, field.name, object())
                assert changed == made, field.name

    @ALL
    def test_it_survives_a_pickle_and_a_copy(self, cls: Any) -> None:
        """A copy is equal, of the class, and as complete."""
        made = cls(**CLASSES[cls][0])
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(made, protocol))
            assert (again, type(again), repr(again)) == (made, cls, repr(made))
            assert attr.asdict(again, recurse=False) == attr.asdict(made, recurse=False)
        assert copy.copy(made) == copy.deepcopy(made) == made

    @ALL
    def test_its_repr_rebuilds_it(self, cls: Any) -> None:
        """The repr is code in the library's names; a result's says in a line what it comes to."""
        made = cls(**CLASSES[cls][0])
        if repr(made).startswith("<"):
            assert cls in RESULTS
            return
        if cls is zc.Move:
            made = made.workload
        assert eval(repr(made), {**vars(zc), "applies": applies}) == made

    @ALL
    def test_a_misspelt_field_gets_a_hint(self, cls: Any) -> None:
        """Whatever a user builds says which field was probably meant."""
        values = CLASSES[cls][0]
        field = next(iter(attr.fields_dict(cls)))
        error = refused(cls, **values, **{f"{field}x": 1})
        assert f"{cls.__name__} has no field '{field}x'; did you mean '{field}'?" in str(error)

    @ALL
    def test_it_can_be_evolved(self, cls: Any) -> None:
        """A change is a new object, checked like the first."""
        values, _, change = CLASSES[cls]
        assert attr.evolve(cls(**values), **change) == cls(**{**values, **change})

    @ALL
    def test_each_field_is_described(self, cls: Any) -> None:
        """The docstring has a line for every field that can be given."""
        doc = inspect.getdoc(cls)
        assert doc is not None
        for field in attr.fields(cls):
            if field.init:
                assert f"\n    {field.name}: " in doc

    def test_so_is_every_class_of_the_library(self) -> None:
        """Public or not, no object changes, has a dict, or takes a field by position."""
        classes = {
            thing
            for module in pkgutil.walk_packages(zc.__path__, "zcpolicy.")
            if not module.name.startswith(("zcpolicy.__main__", "zcpolicy.testing"))
            for thing in vars(importlib.import_module(module.name)).values()
            if isinstance(thing, type) and attr.has(thing)
        }
        assert classes > set(CLASSES)
        for cls in classes:
            made: Any = cls.__new__(cls)
            assert not hasattr(made, "__dict__"), cls
            with pytest.raises(attr.exceptions.FrozenInstanceError):
                made.other = 1
            assert all(field.kw_only for field in attr.fields(cls)), cls

    def test_limitations_can_be_pickled(self) -> None:
        """The shipped table comes back from a pickle as itself."""
        assert pickle.loads(pickle.dumps(zc.LIMITATIONS)) == zc.LIMITATIONS
        assert isinstance(zc.LIMITATIONS, tuple)

    def test_a_resolution_comes_back_whole(self) -> None:
        """A resolution that was pickled answers as before."""
        r = zc.resolve(zc.Cluster(encrypted=True), policy="Very large VMs")
        again = pickle.loads(pickle.dumps(r))
        assert again.to_json() == r.to_json()
        assert str(again) == str(r)


class TestImport:
    """What importing the library does."""

    def test_it_needs_attrs_alone(self) -> None:
        """Beside the standard library only attrs is imported, and none of the tests' needs."""
        assert {*imported().installed} <= {"attr", "attrs", "zcpolicy"}
        loaded = {name.split(".")[0] for name in imported().decision}
        assert {"zcpolicy", "attr"} <= loaded
        assert not {"hypothesis", "pytest", "argparse", "libvirt", "logging"} & loaded

    def test_the_adapters_are_there(self) -> None:
        """The adapters come with the library, so that no second import is needed."""
        assert imported().adapters == [True, True, True]

    def test_a_late_class_brings_those_of_its_fields(self) -> None:
        """The types of a plan's fields can be found, though one is another late class."""
        assert imported().hint == "typing.Tuple[zcpolicy.PlanOption, ...]"

    def test_it_replaces_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A late name leaves what a test has put in the place of another as it is."""
        monkeypatch.setattr(zc, "Forecast", "mine")
        monkeypatch.delattr(zc, "Fit")
        assert zc.Fit.__name__ == "Fit"
        assert vars(zc)["Forecast"] == "mine"

    def test_one_adapter_does_not_wait_for_another(self) -> None:
        """What Engine's words need is imported, and none of what judges libvirt's calls."""
        names = ("engine", "vdsm", "libvirt", "_refusals")
        found = [f"zcpolicy.adapters.{name}" in imported().forms for name in names]
        assert found == [True, False, False, False]

    def test_no_other_adapter(self) -> None:
        """They are listed, and another one is none."""
        assert {"engine", "libvirt", "vdsm"} <= {*dir(zc.adapters)}
        # Whatever was imported before, it is this that finds one.
        found = vars(zc.adapters)["__getattr__"]("vdsm")
        assert found is zc.adapters.vdsm
        with pytest.raises(AttributeError, match=r"'zcpolicy.adapters' has no attribute 'qemu'"):
            zc.adapters.qemu  # type: ignore[attr-defined]  # noqa: B018

    def test_only_the_command_touches_the_outside(self) -> None:
        """No module but the command's reads, prints, or looks at the clock or the environment."""
        outside = {
            *("argparse", "asyncio", "datetime", "getpass", "io", "locale", "logging", "os"),
            *("pathlib", "platform", "random", "shutil", "socket", "subprocess", "sys"),
            *("tempfile", "threading", "time", "uuid", "warnings"),
        }
        clock = {"now", "today", "utcnow"}
        found: List[Tuple[str, str]] = []
        for module, tree in modules.parsed(SOURCE).items():
            if modules.room_of(module) in ("__main__", "testing", "_command"):
                continue
            for node in ast.walk(tree):
                imported = []
                if isinstance(node, ast.Import):
                    imported = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    imported = [node.module or ""]
                    # The pure half of uuid, which else asks the clock and the network, of io, and
                    # of datetime.
                    pure = ({"UUID", "uuid5"}, {"BytesIO"}, {"StringIO"}, {"datetime", "timedelta"})
                    if {alias.name for alias in node.names} in pure:
                        imported = []
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    imported = [node.func.id] if node.func.id in ("open", "print", "input") else []
                elif isinstance(node, ast.Attribute):
                    imported = [node.attr] if node.attr in clock else []
                names = {name.split(".")[0] for name in imported}
                found += [
                    (module, name) for name in names & {*outside, *clock, "open", "print", "input"}
                ]
        assert found == []

    def test_it_says_nothing(self) -> None:
        """Importing prints nothing but the line that is asked for, and warns of nothing."""
        done = fresh()
        assert (done.returncode, done.stdout.count(b"\n"), done.stderr) == (0, 1, b"")
        assert done.stdout.startswith(b"[[")
