"""The drawing and the table of the modules, made from the imports in the source.

Every module stands in a layer, and imports only what stands there or in a layer before it: data
flows one way.  A new module is given its layer in `LAYERS`; without one there is no drawing.
"""

import ast
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Sequence, Set, Tuple

__all__ = ["LAYERS", "checked", "drawing", "imports", "layer_of", "reduced", "summaries"]

_PACKAGE = "zcpolicy"
SOURCE = Path(__file__).parent.parent / "src" / _PACKAGE

# Each layer by its name, the first that data meets before the others.
LAYERS: Mapping[str, Sequence[str]] = {
    "_base": ("_base", "_base.errors", "_base.mapping", "_base.fields", "_base.documents"),
    "_model": (
        *("_model", "_model.schedule", "_model.policy", "_model.inputs", "policies"),
        *("_model.capabilities", "_model.scenario", "_model.parameters"),
    ),
    "_decision: rules": (
        *("_decision", "_decision.facts", "_decision.notices", "_decision.limitations"),
        "_decision.rules",
    ),
    "adapters": (
        *(
            "adapters",
            "adapters._violations",
            "adapters._refusals",
            "adapters._requests",
            "adapters._repair",
        ),
        *("adapters._rest", "adapters._rest_writing"),
        *("adapters.libvirt", "adapters.vdsm", "adapters.engine"),
    ),
    "_decision: words": ("_decision.text", "_decision.answer", "_decision.resolution"),
    "authors' tools": (
        *("_lint", "_lint.findings", "_lint.lint", "_compare"),
        *("_forecast", "_forecast.forecast", "_forecast.text", "_forecast.simulation", "plot"),
    ),
    "what is imported": ("zcpolicy",),
    "other suites": (
        *("_publish", "_publish.vectors", "_publish.schema", "_hypothesis"),
        *("testing", "testing._changes", "testing._invariants", "testing._strategies"),
    ),
    "command": ("__main__",),
}

# What is bound by name alone, and looked up when it is asked for.
_LATE = {("_model.scenario", "zcpolicy")}

Imports = Dict[str, Set[str]]


def imports(source: Path = SOURCE) -> Imports:
    """For each module, which others it needs to be imported; what waits for a call is left out."""
    found = {_name(path, source): path for path in sorted(source.rglob("*.py"))}
    return {
        name: {
            other
            for other in _imported(name, path, found)
            if other in found and other != name and (name, other) not in _LATE
        }
        for name, path in found.items()
    }


def _name(path: Path, source: Path = SOURCE) -> str:
    """What a module is called here: without the package's name, which is for the package alone."""
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or _PACKAGE


def _imported(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """What the statements of a module import, modules of ours and others alike."""
    package = [] if name == _PACKAGE else name.split(".")
    if path.stem != "__init__":
        package = package[:-1]
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Import):
            yield from (_ours(alias.name.split(".")) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            level = statement.level
            stem = [_PACKAGE, *package[: len(package) + 1 - level]] if level else []
            stem += statement.module.split(".") if statement.module else []
            for alias in statement.names:
                inner = _ours([*stem, alias.name])
                yield inner if inner in known else _ours(stem)


def _ours(parts: List[str]) -> str:
    return ".".join(parts[1:] if parts[0] == _PACKAGE and len(parts) > 1 else parts)


def layer_of(layers: Mapping[str, Sequence[str]] = LAYERS) -> Dict[str, str]:
    """The layer of each module."""
    return {module: layer for layer, modules in layers.items() for module in modules}


def checked(needs: Imports, layers: Mapping[str, Sequence[str]] = LAYERS) -> Imports:
    """*needs*, if every module has a layer, every layer its modules, and all arrows one way.

    Raises:
        ValueError: naming the modules that are not so.
    """
    found = layer_of(layers)
    order = list(layers)
    wrong = [f"{module}: in the code or in LAYERS alone" for module in set(needs) ^ set(found)]
    if not wrong:
        wrong += [
            f"{module} ({found[module]}) needs {other} ({found[other]})"
            for module, others in needs.items()
            for other in others
            if order.index(found[other]) > order.index(found[module])
        ]
        wrong += [f"{module} needs itself" for module in needs if module in _behind(needs, module)]
    if wrong:
        raise ValueError("; ".join(sorted(wrong)))
    return needs


def _behind(needs: Imports, module: str) -> Set[str]:
    """All that *module* needs, and what that needs."""
    seen: Set[str] = set()
    todo = list(needs[module])
    while todo:
        other = todo.pop()
        if other not in seen:
            seen.add(other)
            todo += needs[other]
    return seen


def reduced(needs: Imports) -> Imports:
    """*needs* without what follows from the rest; there must be no circle."""
    return {
        module: {
            other
            for other in others
            if not any(other in _behind(needs, between) for between in others - {other})
        }
        for module, others in needs.items()
    }


def drawing(needs: Imports, layers: Mapping[str, Sequence[str]] = LAYERS) -> str:
    """The modules in graphviz's language, a box a layer; the arrows go where the data does.

    Everything stands on the first layer, so that no arrows are drawn from it.
    """
    found = layer_of(layers)
    ground = next(iter(layers))
    lines = [
        "digraph modules {",
        '  rankdir=TB; bgcolor="transparent"; ranksep=0.35; nodesep=0.12; fontname="sans-serif";',
        '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#888888",'
        ' fontname="sans-serif", fontsize=11, height=0.3, margin="0.08,0.04"];',
        '  edge [color="#888888", arrowsize=0.6];',
    ]
    for number, (layer, modules) in enumerate(layers.items()):
        lines += [
            f"  subgraph cluster_{number} {{",
            f'    label="{layer}"; labeljust="l"; style="rounded,filled"; color="#eef2f7";'
            ' fontsize=12; fontcolor="#333333";',
            *(f'    "{module}";' for module in modules),
            "  }",
        ]
    for module, others in sorted(reduced(needs).items()):
        lines += [
            f'  "{other}" -> "{module}";' for other in sorted(others) if found[other] != ground
        ]
    return "\n".join([*lines, "}"])


def summaries(source: Path = SOURCE) -> List[Tuple[str, str, str]]:
    """For each module its layer, its name, and the first line of its docstring."""
    found = layer_of()
    rows = []
    for path in source.rglob("*.py"):
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        name = _name(path, source)
        rows.append((found[name], name, text.split("\n")[0]))
    places = {name: place for place, name in enumerate(found)}
    return sorted(rows, key=lambda row: places[row[1]])
