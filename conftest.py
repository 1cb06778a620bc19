"""Runs the examples in the documentation and in docstrings as tests."""

import doctest
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Set

from sybil import Document, Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

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


def run_console(example: Example) -> None:
    """Run each ``$ command`` of a console block and compare what it prints."""
    environment = dict(os.environ)
    scripts = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([scripts, environment["PATH"]])
    for part in ("\n" + example.parsed).split("\n$ ")[1:]:
        command, _, expected = part.partition("\n")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.stdout.decode().rstrip("\n") == expected.rstrip("\n"), command


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
