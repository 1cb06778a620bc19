"""Runs the examples in the documentation and in docstrings as tests."""

import doctest
import functools
import gc
import importlib.util
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, List, Set, Tuple

import pytest
from sybil import Document, Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

from calling import status_of

ROOT = Path(__file__).parent
FLAGS = doctest.ELLIPSIS


class Page(Document):
    """A page whose examples build on those above them.

    Any example may run alone or first, as with pytest-xdist: those above it run before it, and none
    runs twice.  Console examples are independent, since nothing builds on what they print.
    """

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text, path)
        # The positions of the examples that have run.
        self.done: Set[int] = set()

    def evaluate(self, example: Example, evaluator: Any) -> None:
        """Run the examples above an example, then the example."""
        if evaluator is not run_console:
            for above in self.examples():
                if above.start < example.start and above.region.evaluator is not run_console:
                    self.run(above)
        self.run(example)

    def run(self, example: Example) -> None:
        """Run an example unless it has already run."""
        if example.start not in self.done:
            evaluator: Any = example.region.evaluator
            super().evaluate(example, evaluator)
            self.done.add(example.start)


class Docstrings(Page, PythonDocStringDocument):
    """The docstrings of a module, as pages."""


# A line that needs no more of bash than words, quotes and pipes.  It may first change the folder,
# and at the end print the status of its last stage, or of another.
_WORDS = r"""(?:[^'"`|;&<>$\\*?#\n]|'[^']*'|"[^"`$\\]*")+"""
_STATUS = r"""; echo "status \$(?:\?|\{PIPESTATUS\[(?P<stage>\d)\]\})\""""
_PIPELINE = re.compile(
    rf"(?:cd (?P<folder>[\w/]+); )?(?P<stages>{_WORDS}(?:\|{_WORDS})*)(?P<status>{_STATUS})?"
)
# The exit status, what is on standard output, and what is on standard error.
_Done = Tuple[int, bytes, bytes]


def run_console(example: Example) -> None:
    """Run each ``$ command`` of a console block and compare what it prints.

    In a plain pipeline zcpolicy runs in this process, which is quicker than one of its own;
    bash runs the other stages, and whole lines that have anything more.
    """
    for part in ("\n" + example.parsed).split("\n$ ")[1:]:
        command, _, expected = part.partition("\n")
        plain = _PIPELINE.fullmatch(command)
        printed = run_pipeline(plain) if plain else run_bash("", command, b"")[1]
        assert printed.decode().rstrip("\n") == expected.rstrip("\n"), command


def run_pipeline(plain: "re.Match[str]") -> bytes:
    """What the stages of a pipeline print, one after the other, and the status if it is asked."""
    errors, piped = b"", b""
    statuses: List[int] = []
    for stage in re.findall(_WORDS, plain["stages"]):
        status, piped, told = run_stage(plain["folder"] or "", stage, piped)
        statuses.append(status)
        errors += told
    asked = f"status {statuses[int(plain['stage'] or -1)]}" if plain["status"] else ""
    return errors + piped + asked.encode()


# Pipelines that begin alike follow each other.
@functools.lru_cache(maxsize=8)
def run_stage(folder: str, stage: str, given: bytes) -> _Done:
    """Run a stage of a pipeline, in this process if it is zcpolicy's."""
    name, *arguments = shlex.split(stage)
    if name == "zcpolicy":
        return run_zcpolicy(folder, arguments, given)
    return run_bash(folder, stage, given)


def run_zcpolicy(folder: str, arguments: List[str], given: bytes) -> _Done:
    """Run the command in this process."""
    printed = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT / folder)
        for name, stream in zip(("stdout", "stderr"), printed):
            patch.setattr(sys, name, io.TextIOWrapper(stream, "utf-8", write_through=True))
        status = status_of(arguments, given)
        out, errors = (stream.getvalue() for stream in printed)
    return status, out, errors


def run_bash(folder: str, command: str, given: bytes) -> _Done:
    """Run a line in bash, which finds the installed command first."""
    environment = dict(os.environ)
    scripts = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([scripts, environment["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT / folder,
        input=given,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout, b""


@pytest.hookimpl(hookwrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage meanwhile: thousands of tests are made, and all of them stay."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


# Its examples need an engine that most people do not have: `nox -s fleet`.
collect_ignore = [] if importlib.util.find_spec("distributed") else ["docs/fleet.md"]
pytest_collect_file = (
    Sybil(
        parsers=[
            PythonCodeBlockParser(doctest_optionflags=FLAGS),
            CodeBlockParser(language="console", evaluator=run_console),
        ],
        patterns=["README.md", "CONTRIBUTING.md", "docs/*.md"],
        document_types={".md": Page},
    )
    + Sybil(
        parsers=[DocTestParser(optionflags=FLAGS)],
        patterns=["src/**/*.py"],
        document_types={".py": Docstrings},
    )
).pytest()
