"""Mutation testing with cosmic-ray: ``python -m mutation [--sample N] [--jobs N] [MODULE …]``.

Each mutant is one small change of a module of ``src/zcpolicy``, tried in a copy of the tree.  A
mutant that no test notices is a failure, unless ``mutation/equivalent.toml`` says why it does not
change behaviour.
"""

import argparse
import ast
import collections
import compileall
import contextlib
import functools
import hashlib
import itertools
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator, List, Optional, Set, Tuple

import hypothesis.entry_points
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec

from .equivalents import Equivalent, read
from .operators import OPERATORS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("src/zcpolicy")

# Modules that are not changed: they neither decide nor read, or their tests compare numbers within
# margins, or with what they have written themselves.
LEFT_OUT = {
    "__init__": "public names",
    "__main__": "the options of the command",
    "_base/notebook": "shows a room that is left out",
    "_compare": "text for people",
    "_decision/text": "text for people",
    "_forecast/model": "a model, which only has to be close to measurements",
    "_forecast/curve": "a model",
    "_forecast/ensemble": "a model",
    "_forecast/fit": "a model",
    "_forecast/members": "a model",
    "_forecast/observed": "a model",
    "_forecast/passes": "a model",
    "_forecast/plateau": "a model",
    "_forecast/run": "a model",
    "_forecast/shapes": "a model",
    "_forecast/simulation": "a model",
    "_forecast/start": "a model",
    "_forecast/throttle": "a model",
    "_forecast/assumed": "text for people",
    "_forecast/verdict": "text for people",
    "_forecast/text": "text for people",
    "_hypothesis": "registers strategies",
    **dict.fromkeys(
        ("_publish/schema", "_publish/shapes", "_publish/inputs", "_publish/outputs"),
        "descriptions of what others read",
    ),
    "_publish/vectors": "examples of what others decide",
    "testing/_documents": "draws random inputs",
    "testing/_faults": "draws random inputs",
    "testing/_objects": "draws random inputs",
    "testing/_values": "draws random inputs",
}
# Rooms that are left out as a whole.
ROOMS_LEFT_OUT = {
    "_advice": "searches a model, which only has to be close to measurements",
    "_command": "the options and the text of the command",
    "_drain": "plans with the same model",
    "_html": "text for people",
    "formats": "not tried yet: its tests print what the originals print, and are slow",
    "plot": "pictures",
}
# Tests that are not run against mutants.
NOT_MET = {
    **dict.fromkeys(
        (
            *("advice", "command_advice", "command_drain", "command_files", "diagnosis", "drain"),
            *("fit", "formats_found", "formats_objects", "formats_policies", "formats_text"),
            *("formats_together", "forms_logs", "forms_progress", "guests", "left_at_a_look"),
            *("published", "ranking", "real_guests", "settings", "site"),
        ),
        "about rooms and modules that are left out",
    ),
    "authors_commands": "about modules that are left out, and slow",
    "command": "about modules that are left out, and slow",
    "howto_java": "needs a JDK",
    "jobs": "starts processes, which those of a mutant cannot",
    "notebook": "about a room that is left out, and slow",
    "plot": "about a room that is left out, and slow",
    "side_by_side": "about a room that is left out, and slow",
    "strategies": "about a room that is left out, and slow",
    "tables": "compares the docs with the code they are made from, so any change is noticed",
}
PYTEST = [
    *("-x", "-q", "--tb=no", "--assert=plain"),
    *("-pno:cacheprovider", "-pno:xdist", "--hypothesis-profile=mutants"),
]
SECONDS = 120
ROW = "| {:22} | {:>7} | {:>7} | {:>10} | {:>8} |"


def found_modules() -> List[str]:
    """The names of the modules that are changed: ``"adapters/vdsm"``."""
    paths = sorted((ROOT / SOURCE).rglob("*.py"))
    names = [path.relative_to(ROOT / SOURCE).with_suffix("").as_posix() for path in paths]
    if not LEFT_OUT.keys() <= set(names):
        raise ValueError(f"no such modules: {', '.join(LEFT_OUT.keys() - set(names))}")
    return [
        name
        for name in names
        if name not in LEFT_OUT
        and name.split("/")[0] not in ROOMS_LEFT_OUT
        and not name.endswith("/__init__")
    ]


def _source(module: str) -> str:
    return (ROOT / SOURCE / f"{module}.py").read_text(encoding="utf-8")


def mutants(module: str) -> Iterator[MutationSpec]:
    """Every change of a module, some of which turn out to change nothing."""
    path = SOURCE / f"{module}.py"
    nodes = [*ast_nodes(get_ast(_source(module)))]
    for name in OPERATORS:
        operator = get_operator(name)()
        places = ((node, at) for node in nodes for at in operator.mutation_positions(node))
        for occurrence, (node, (start, end)) in enumerate(places):
            within = _around(node)
            yield MutationSpec(path, name, occurrence, start, end, definition_name=within)


def module_of(mutant: MutationSpec) -> str:
    """The name of the module that is changed."""
    path: Path = mutant.module_path
    return path.relative_to(SOURCE).with_suffix("").as_posix()


def _around(node: Any) -> str:
    """The scope of a node, ``"Facts.bandwidth"``; a decorator is in what it decorates."""
    names: List[str] = []
    table = ""
    while node is not None:
        inner = node.children[-1] if node.type == "decorated" else node
        if inner.type in ("funcdef", "classdef"):
            if names[:1] != [inner.name.value]:
                names.insert(0, inner.name.value)
        elif inner.type == "expr_stmt":
            table = inner.get_first_leaf().value
        node = node.parent
    return ".".join(names) or table


def changed(mutant: MutationSpec, text: str) -> Optional[Tuple[Equivalent, str]]:
    """The change as ``equivalent.toml`` writes it, and the module's text with it.

    None if it does not compile, or changes nothing: annotations and docstrings are not behaviour.
    """
    after: Any = mutate_code(text, get_operator(mutant.operator_name)(), mutant.occurrence)
    try:
        if _behaviour(text) == _behaviour(after):
            return None
    except SyntaxError:
        return None
    row = mutant.start_pos[0] - 1
    line, becomes = ([*code.splitlines(), ""][row].strip() for code in (text, after))
    where = {"module": module_of(mutant), "within": mutant.definition_name or ""}
    return Equivalent(**where, line=line, becomes=becomes), after


@functools.lru_cache(maxsize=2)  # one for the module and one for a mutant
def _behaviour(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(value=None)
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            # Only type checkers read these.
            node.decorator_list = [d for d in node.decorator_list if ast.unparse(d) != "overload"]
            if isinstance(node, ast.FunctionDef):
                node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            node.value = ast.Constant(value=None)
    return ast.dump(tree)


def sampled(found: List[MutationSpec], size: int) -> List[MutationSpec]:
    """The same *size* mutants in every run, a share from each module."""

    def draw(mutant: MutationSpec) -> str:
        name = f"{module_of(mutant)} {mutant.operator_name} {mutant.occurrence}"
        return hashlib.sha256(name.encode()).hexdigest()

    groups = [sorted(own, key=draw) for _, own in itertools.groupby(found, module_of)]
    return [mutant for own in groups for mutant in own[: -(-len(own) * size // len(found))]]


def stale(found: List[MutationSpec], entries: List[Equivalent]) -> List[Equivalent]:
    """The entries that no mutant matches."""
    left = {entry.key: entry for entry in entries}
    lines = {entry.key[:3] for entry in entries}
    for module, own in itertools.groupby(found, module_of):
        text = _source(module)
        rows = [line.strip() for line in text.splitlines()]
        for mutant in own:
            if (module, mutant.definition_name, rows[mutant.start_pos[0] - 1]) in lines:
                change = changed(mutant, text)
                left.pop(change[0].key if change else (), None)
    return [*left.values()]


def passes(files: List[str]) -> bool:
    """Whether these tests pass in the working directory, and in time.

    They run in a child that has pytest and hypothesis loaded, but nothing of ours: most mutants die
    in less time than importing these would take.
    """
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)  # ends the child
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        status = 1
        try:
            sys.path[:0] = [str(Path("src").resolve())]
            del os.environ["HYPOTHESIS_NO_PLUGINS"]
            hypothesis.entry_points.run()
            status = int(pytest.main([*PYTEST, *files]))
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def stages(module: str) -> List[List[str]]:
    """The test files in the order in which a mutant meets them, in groups.

    First come the two closest: those that have the module's name in theirs, or import it; a tie
    goes to the one closer to the module's folder and to the modules that import it.  Among the
    others, those that draw examples come last, since they take seconds.
    """
    files = [f for f in sorted((ROOT / "tests").glob("test_*.py")) if f.stem[5:] not in NOT_MET]
    own = {*_words(Path(module).name), f"zcpolicy.{module.replace('/', '.')}"}
    line = re.compile(rf"^from \.\S*\b{Path(module).name} import", re.MULTILINE)
    importing = [name for name in found_modules() if line.search(_source(name))]
    near = _words(" ".join([module, *importing]))
    about = {file: _about(file) for file in files}
    files.sort(key=lambda file: "hypothesis" in about[file])
    ranked = sorted(files, key=lambda f: (len(own & about[f]), len(near & about[f])), reverse=True)
    groups: List[List[Path]] = [[ranked[0]], [ranked[1]], [], []]
    for file in files:
        if file not in ranked[:2]:
            groups[3 if "hypothesis" in about[file] else 2].append(file)
    return [[file.relative_to(ROOT).as_posix() for file in group] for group in groups]


def _words(name: str) -> Set[str]:
    return set(re.findall("[a-z]+", name))


@functools.cache
def _about(file: Path) -> Set[str]:
    """The words in the name of a test file, and what it imports."""
    found = _words(file.stem) - {"test"}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def judge(task: Tuple[MutationSpec, List[List[str]]]) -> Tuple[str, Optional[Equivalent]]:
    """Try a mutant in the copy of the tree that is the working directory."""
    mutant, groups = task
    text = mutant.module_path.read_text(encoding="utf-8")
    change = changed(mutant, text)
    if change is None:
        return "none", None
    if change[0].key in {entry.key for entry in read()}:
        return "equivalent", change[0]
    mutant.module_path.write_text(change[1], encoding="utf-8")
    try:
        lives = all(passes(files) for files in groups)
    finally:
        mutant.module_path.write_text(text, encoding="utf-8")
    return "survived" if lives else "killed", change[0]


def _enter(scratch: str) -> None:
    copy = Path(scratch, str(os.getpid()))
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    compileall.compile_dir(copy, quiet=2)
    os.chdir(copy)
    os.environ["PYTHONPATH"] = str(copy / "src")
    # Leave nothing behind.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True


def row(name: str, fates: "collections.Counter[str]") -> str:
    """How many mutants a module has, and their fates."""
    counts = [fates[fate] for fate in ("killed", "equivalent", "survived")]
    return ROW.format(name, sum(counts), *counts)


def main() -> int:
    """Try the mutants and report survivors; 1 if there are any, or if the list is out of date."""
    known = found_modules()
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one of {', '.join(known)}")
    parser.add_argument("--sample", type=int, help="try this many, the same ones every time")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    options = parser.parse_args()
    modules = options.modules or known
    if not set(modules) <= set(known):
        parser.error(f"a module is one of {', '.join(known)}")
    found = [mutant for name in modules for mutant in mutants(name)]
    elsewhere = set(known) - set(modules)
    outdated = stale(found, [entry for entry in read() if entry.module not in elsewhere])
    for entry in outdated:
        print(f"no such mutant, so not equivalent: {entry}", flush=True)
    tried = found if options.sample is None else sampled(found, options.sample)
    started = time.monotonic()
    fates: collections.Counter[str] = collections.Counter()
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        pool = stack.enter_context(multiprocessing.Pool(options.jobs, _enter, (scratch,)))
        groups = {name: stages(name) for name in modules}
        if not all(pool.map(passes, groups[modules[0]], chunksize=1)):
            print("the tests fail without any mutant")
            return 2
        print(ROW.format("module", "mutants", "killed", "equivalent", "survived"), flush=True)
        tasks = [(mutant, groups[module_of(mutant)]) for mutant in tried]
        judged = zip(tried, pool.imap(judge, tasks))
        for name, verdicts in itertools.groupby(judged, lambda each: module_of(each[0])):
            own: collections.Counter[str] = collections.Counter()
            for mutant, (fate, change) in verdicts:
                own[fate] += 1
                if fate == "survived":
                    where = f"line {mutant.start_pos[0]}, {mutant.operator_name}"
                    print(f"survived: {where}{change}", flush=True)
            print(row(name, own), flush=True)
            fates += own
    print(row("all", fates))
    print(f"{time.monotonic() - started:.0f} s")
    return int(bool(outdated) or bool(fates["survived"]))


if __name__ == "__main__":
    sys.exit(main())
