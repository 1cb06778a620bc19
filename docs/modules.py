"""The drawing and the table of the modules, made from the imports in the source.

Each folder of the package is a room, and so is each module next to the folders.  Data flows one
way: a module imports only from its own room and from those before it in `ROOMS`, without cycles.
Imports within functions are exempt; `late` lists them.
"""

import ast
import functools
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Sequence, Set, Tuple, Union

__all__ = [
    "ROOMS",
    "checked",
    "drawing",
    "imports",
    "late",
    "parsed",
    "reduced",
    "room_of",
    "rooms",
    "runs_back",
    "summaries",
]

_PACKAGE = "zcpolicy"
SOURCE = Path(__file__).parent.parent / "src" / _PACKAGE

# In the order in which data passes through them; all others depend on the first.
ROOMS = (
    *("_base", "_model", "policies", "adapters", "_decision", "_lint", "_compare", "_forecast"),
    *(
        "_advice",
        "_drain",
        "_many",
        "plot",
        "_html",
        "formats",
        "zcpolicy",
        "_publish",
        "_hypothesis",
        "testing",
        "_command",
        "__main__",
    ),
)

Imports = Dict[str, Set[str]]
_Import = Union[ast.Import, ast.ImportFrom]


class _Module(ast.Module):
    """A parsed module that knows whether it is a package."""

    is_package: bool


def room_of(module: str) -> str:
    """The room that a module is in: its folder, or itself."""
    return module.split(".")[0]


def imports(source: Path = SOURCE) -> Imports:
    """For each module, the others that it needs to be imported."""
    return {
        name: {other for node in _at_once(tree) for other in _ours(name, node, known)} - {name}
        for known in [parsed(source)]
        for name, tree in known.items()
    }


@functools.cache
def late(source: Path = SOURCE) -> Sequence[Tuple[str, str]]:
    """Each module with another that one of its functions imports when called."""
    known = parsed(source)
    found = {
        (name, other)
        for name, tree in known.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        for other in _deferred(name, node, known)
    }
    return tuple(sorted(found))


def _deferred(name: str, node: ast.AST, known: Mapping[str, _Module]) -> Iterator[str]:
    """Our own modules that a node of a function imports, by a statement or by name."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from _ours(name, node, known)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        called = node.value.partition(f"{_PACKAGE}.")
        if called[0] == "" and called[2] in known:
            yield called[2]


def runs_back(module: str, other: str) -> bool:
    """Whether *other* is in a later room than *module*, which only a deferred import may need."""
    return ROOMS.index(room_of(other)) > ROOMS.index(room_of(module))


@functools.cache
def parsed(source: Path = SOURCE) -> Mapping[str, _Module]:
    """Each module by its name without the package's, which only the package itself has."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        package = parts[-1] == "__init__"
        tree = ast.parse(path.read_text("utf-8"))
        module = _Module(body=tree.body, type_ignores=[])
        module.is_package = package
        found[".".join(parts[:-1] if package else parts) or _PACKAGE] = module
    return found


def _at_once(tree: ast.Module) -> Iterator[_Import]:
    """The imports that run when the module is imported."""
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement


def _ours(name: str, node: _Import, known: Mapping[str, _Module]) -> Iterator[str]:
    """Our own modules that an import in the module *name* names."""
    if isinstance(node, ast.Import):
        stems = [alias.name.split(".") for alias in node.names]
        yield from (called for called in map(_called, stems) if called in known)
        return
    inside = [] if name == _PACKAGE else name.split(".")
    if not known[name].is_package:
        inside = inside[:-1]
    stem = [_PACKAGE, *inside[: len(inside) + 1 - node.level]] if node.level else []
    stem += node.module.split(".") if node.module else []
    for alias in node.names:
        inner = _called([*stem, alias.name])
        called = inner if inner in known else _called(stem)
        if called in known:
            yield called


def _called(parts: Sequence[str]) -> str:
    return ".".join(parts[1:] if parts[0] == _PACKAGE and len(parts) > 1 else parts)


def checked(needs: Imports, rooms: Sequence[str] = ROOMS) -> Imports:
    """Return *needs*, if every module has a room, every room its modules, and all arrows one way.

    Raises:
        ValueError: naming the modules that break these rules.
    """
    order = {room: place for place, room in enumerate(rooms)}
    wrong = [f"{room}: in the code or in ROOMS alone" for room in {*map(room_of, needs)} ^ {*rooms}]
    if not wrong:
        wrong += [
            f"{module} needs {other}, of a later room"
            for module, others in needs.items()
            for other in others
            if order[room_of(other)] > order[room_of(module)]
        ]
        wrong += [f"{module} needs itself" for module in needs if module in _behind(needs, module)]
    if wrong:
        raise ValueError("; ".join(sorted(wrong)))
    return needs


def _behind(needs: Imports, module: str) -> Set[str]:
    """All that *module* needs, directly or indirectly."""
    seen: Set[str] = set()
    todo = list(needs[module])
    while todo:
        other = todo.pop()
        if other not in seen:
            seen.add(other)
            todo += needs[other]
    return seen


def reduced(needs: Imports) -> Imports:
    """*needs* without what follows from the rest; there must be no cycle."""
    return {
        module: {
            other
            for other in others
            if not any(other in _behind(needs, between) for between in others - {other})
        }
        for module, others in needs.items()
    }


def rooms(needs: Imports) -> Imports:
    """For each room, the others that its modules need."""
    found: Imports = {room_of(module): set() for module in needs}
    for module, others in needs.items():
        found[room_of(module)] |= {*map(room_of, others)} - {room_of(module)}
    return found


def drawing(needs: Imports, rooms: Sequence[str] = ROOMS) -> str:
    """The modules in graphviz's language, one box per room; arrows follow the data.

    All rooms depend on the first one, so no arrows from it are drawn.
    """
    lines = [
        "digraph modules {",
        '  rankdir=TB; bgcolor="transparent"; ranksep=0.35; nodesep=0.12; fontname="sans-serif";',
        '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#888888",'
        ' fontname="sans-serif", fontsize=11, height=0.3, margin="0.08,0.04"];',
        '  edge [color="#888888", arrowsize=0.6];',
    ]
    for number, room in enumerate(rooms):
        inside = [name for name in sorted(needs) if name.startswith(f"{room}.")]
        if inside:
            lines += [
                f"  subgraph cluster_{number} {{",
                f'    label="{room}"; labeljust="l"; style="rounded,filled"; color="#eef2f7";'
                ' fontsize=12; fontcolor="#333333";',
                *(f'    "{name}" [label="{name[len(room) + 1 :]}"];' for name in inside),
                "  }",
            ]
        else:
            lines.append(f'  "{room}";')
    for module, others in sorted(reduced(needs).items()):
        lines += [
            f'  "{other}" -> "{module}";' for other in sorted(others) if room_of(other) != rooms[0]
        ]
    return "\n".join([*lines, "}"])


def summaries(source: Path = SOURCE) -> List[Tuple[str, str]]:
    """Each module and the first line of its docstring; by room, the most needed first."""
    needs = imports(source)
    trees = parsed(source)
    order = sorted(
        needs, key=lambda name: (ROOMS.index(room_of(name)), len(_behind(needs, name)), name)
    )
    return [(name, (ast.get_docstring(trees[name]) or "").split("\n")[0]) for name in order]
