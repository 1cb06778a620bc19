"""Mutation testing with cosmic-ray: ``python -m mutation [--sample N] [--jobs N] [MODULE …]``.

Each mutant is one small change of a module of ``src/zcpolicy``, tried in a copy of the tree: first
against the tests that are closest to the module, then against all others.  A mutant that no test
notices is a failure, unless ``mutation/equivalent.toml`` says why it is no change of behaviour.
"""

import argparse
import ast
import collections
import hashlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import attr
import hypothesis.entry_points
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from .equivalents import Equivalent, read
from .operators import OPERATORS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("src/zcpolicy")

# The modules that decide or read, the most important first, and the tests closest to each.
MODULES = {
    "_decision/rules": ["rules"],
    "_decision/limitations": ["limitations"],
    "_decision/facts": ["facts", "rules"],
    "_decision/resolution": ["resolution", "public_api"],
    "_model/schedule": ["schedule", "making_policies", "simulation"],
    "_model/vdsm": ["vdsm_options"],
    "_decision/notices": ["notices", "rules"],
    "_model/parameters": ["parameters"],
    "_base/documents": ["documents"],
    "_model/scenario": ["scenario", "inputs"],
    "adapters/vdsm": ["adapters_vdsm"],
    "adapters/libvirt": ["adapters_libvirt"],
    "adapters/_flags": ["adapters_libvirt"],
    "adapters/_params": ["adapters_libvirt"],
    "adapters/_calls": ["adapters_libvirt"],
    "adapters/_qmp": ["adapters_libvirt"],
    "adapters/_virsh": ["adapters_libvirt"],
    "adapters/_violations": ["adapters_libvirt", "adapters_vdsm"],
    "adapters/_refusals": ["adapters_libvirt", "adapters_vdsm", "recorded"],
    "adapters/_request": ["adapters_vdsm", "adapters_engine"],
    "adapters/_oddities": ["adapters_vdsm"],
    "adapters/_repair": ["adapters_vdsm"],
    "adapters/engine": ["adapters_engine"],
    "adapters/_rest": ["adapters_rest"],
    "adapters/_rest_writing": ["adapters_rest"],
    "_base/fields": ["checks", "schema"],
    "_model/policy": ["policies", "making_policies"],
    "_model/inputs": ["inputs"],
    "_model/capabilities": ["capabilities"],
    "_decision/answer": ["answer"],
    "_base/errors": ["errors"],
    "_base/mapping": ["mapping"],
    "_forecast/forecast": ["forecast", "simulation"],
    "testing/_invariants": ["testing"],
    "_publish/causes": ["testing", "vectors"],
}
# The files of tests that take no time: a mutant that these do not notice meets the others.
QUICK = [
    *("rules", "notices", "limitations", "text", "resolution", "facts", "feature_page", "answer"),
    *("vectors", "policies", "inputs", "scenario", "schedule", "parameters", "checks", "documents"),
    *("errors", "capabilities", "mapping", "public_api", "recorded"),
]
# Those that remain and ask the modules; the others are about the command, the strategies, what
# policy authors get, and Java.
LATE = [
    *("adapters_engine", "adapters_vdsm", "adapters_libvirt", "adapters_rest"),
    *("against_model", "schema", "properties", "enumeration"),
]
PYTEST = [
    *("-x", "-q", "--tb=no", "--assert=plain"),
    *("-pno:cacheprovider", "-pno:xdist", "--hypothesis-profile=mutants"),
]
SECONDS = 120
ROW = "| {:22} | {:>7} | {:>7} | {:>10} | {:>8} |"


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one module.

    Attributes:
        module: the module, ``"_rules"`` or ``"adapters/vdsm"``.
        operator: the name of cosmic-ray's operator, or of ours.
        occurrence: which of the operator's places in the module.
        line: the number of the line that changes first.
        within: what it is in: a function, class, method or table; empty if in none.
    """

    module: str
    operator: str
    occurrence: int
    line: int
    within: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return SOURCE / f"{self.module}.py"

    def source(self, text: str) -> Optional[str]:
        """The module's text, changed; None if that is no program, or the same one.

        Annotations and docstrings are not behaviour: where nothing else changes, it is the same.
        """
        changed: Any = mutate_code(text, get_operator(self.operator)(), self.occurrence)
        try:
            return None if _behaviour(changed) == _behaviour(text) else changed
        except SyntaxError:
            return None

    def described(self, text: str, changed: str) -> Equivalent:
        """The change as ``equivalent.toml`` writes it, without the reason."""
        before, after = text.splitlines(), changed.splitlines()
        row = self.line - 1
        return Equivalent(
            module=self.module,
            within=self.within,
            line=before[row].strip(),
            becomes=after[row].strip() if row < len(after) else "",
        )


def _behaviour(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(value=None)
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            # What only type checkers read.
            node.decorator_list = [d for d in node.decorator_list if ast.unparse(d) != "overload"]
            if isinstance(node, ast.FunctionDef):
                node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            node.value = ast.Constant(value=None)
    return ast.dump(tree)


def _around(node: Any) -> str:
    """The name of what a node is in, ``"Facts.bandwidth"``; a decorator is in what it decorates."""
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


def mutants(module: str, text: str) -> Iterator[Mutant]:
    """Every change of a module, some of which turn out to be none."""
    tree = get_ast(text)
    nodes = [*ast_nodes(tree)]
    for name in OPERATORS:
        operator = get_operator(name)()
        places = ((node, start) for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (node, start) in enumerate(places):
            yield Mutant(
                module=module,
                operator=name,
                occurrence=occurrence,
                line=start[0],
                within=_around(node),
            )


def stages(module: str) -> List[List[str]]:
    """The files of tests that a mutant meets, one group after the other, the closest first."""
    closest = MODULES[module]
    others = [[name for name in group if name not in closest] for group in (QUICK, LATE)]
    return [[f"tests/test_{name}.py" for name in group] for group in (closest, *others)]


def passes(files: List[str], seconds: int) -> bool:
    """Whether these tests pass in the working directory, and in time.

    They run in a child that has pytest and hypothesis loaded, but nothing of ours: a mutant mostly
    dies within the time that importing these would take.
    """
    child = os.fork()
    if not child:
        signal.alarm(seconds)  # ends the child
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


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        change: the change as ``equivalent.toml`` writes it; None if it was no change.
        listed: whether it is listed as equivalent, and was not tried.
        killed: whether a test noticed it.
    """

    mutant: Mutant
    change: Optional[Equivalent] = None
    listed: bool = False
    killed: bool = False

    @property
    def survived(self) -> bool:
        """Whether it is a change that no test noticed."""
        return self.change is not None and not (self.listed or self.killed)


def judge(mutant: Mutant) -> Verdict:
    """Try a mutant in the copy of the tree that is the working directory."""
    text = mutant.path.read_text(encoding="utf-8")
    changed = mutant.source(text)
    if changed is None:
        return Verdict(mutant=mutant)
    change = mutant.described(text, changed)
    if change.key in _LISTED:
        return Verdict(mutant=mutant, change=change, listed=True)
    mutant.path.write_text(changed, encoding="utf-8")
    try:
        lives = all(passes(files, SECONDS) for files in stages(mutant.module))
    finally:
        mutant.path.write_text(text, encoding="utf-8")
    return Verdict(mutant=mutant, change=change, killed=not lives)


_LISTED: Dict[Tuple[str, ...], str] = {}


def _enter(copies: Any) -> None:
    os.chdir(copies.get())
    os.environ["PYTHONPATH"] = str(Path("src").resolve())
    # What is compiled is what the baseline compiled: a mutant must leave nothing behind.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    _LISTED.update({entry.key: entry.reason for entry in read()})


def sampled(found: List[Mutant], size: int) -> List[Mutant]:
    """The same *size* mutants at every run, of every module its share."""

    def draw(mutant: Mutant) -> str:
        name = f"{mutant.module} {mutant.operator} {mutant.occurrence}"
        return hashlib.sha256(name.encode()).hexdigest()

    chosen: List[Mutant] = []
    for module in MODULES:
        own = sorted((mutant for mutant in found if mutant.module == module), key=draw)
        chosen += own[: -(-len(own) * size // len(found))]
    return chosen


def stale(found: List[Mutant], texts: Dict[str, str]) -> List[Equivalent]:
    """The entries of ``equivalent.toml`` that no mutant of these modules matches."""
    left = {entry.key: entry for entry in read() if entry.module in texts}
    lines = {(entry.module, entry.line) for entry in left.values()}
    for mutant in found:
        text = texts[mutant.module]
        if (mutant.module, text.splitlines()[mutant.line - 1].strip()) in lines:
            changed = mutant.source(text)
            if changed is not None:
                left.pop(mutant.described(text, changed).key, None)
    return [*left.values()]


def row(module: str, verdicts: List[Verdict]) -> str:
    """How many mutants a module has, and what became of them."""
    own = [one for one in verdicts if one.change and module in (one.mutant.module, "all")]
    killed, listed = sum(one.killed for one in own), sum(one.listed for one in own)
    return ROW.format(module, len(own), killed, listed, len(own) - killed - listed)


def main() -> int:
    """Try the mutants and say which survive; 1 if there are any, or the list is out of date."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}")
    parser.add_argument("--sample", type=int, help="try this many, the same ones every time")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    options = parser.parse_args()
    modules = options.modules or [*MODULES]
    if not set(modules) <= set(MODULES):
        parser.error(f"a module is one of {', '.join(MODULES)}")
    texts = {name: (ROOT / SOURCE / f"{name}.py").read_text(encoding="utf-8") for name in modules}
    found = [mutant for name in modules for mutant in mutants(name, texts[name])]
    outdated = stale(found, texts)
    for entry in outdated:
        print(f"no such mutant, so not equivalent: {entry}", flush=True)
    tried = found if options.sample is None else sampled(found, options.sample)
    started = time.monotonic()
    verdicts: List[Verdict] = []
    with tempfile.TemporaryDirectory() as scratch:
        copies: Any = multiprocessing.SimpleQueue()
        first = Path(scratch, "first")
        shutil.copytree(ROOT, first, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        os.chdir(first)
        if not all(passes(files, SECONDS) for files in stages(modules[0])):
            print("the tests fail without any mutant")
            return 2
        for number in range(options.jobs):
            copies.put(shutil.copytree(first, Path(scratch, f"copy{number}")))
        print(ROW.format("module", "mutants", "killed", "equivalent", "survived"), flush=True)
        left = collections.Counter(mutant.module for mutant in tried)
        with multiprocessing.Pool(options.jobs, _enter, (copies,)) as pool:
            for verdict in pool.imap_unordered(judge, tried):
                verdicts.append(verdict)
                mutant = verdict.mutant
                if verdict.survived:
                    where = f"line {mutant.line}, {mutant.operator}"
                    print(f"survived: {where}{verdict.change}", flush=True)
                left[mutant.module] -= 1
                if not left[mutant.module]:
                    print(row(mutant.module, verdicts), flush=True)
    print(row("all", verdicts))
    print(f"{time.monotonic() - started:.0f} s")
    return int(bool(outdated) or any(verdict.survived for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
