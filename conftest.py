"""The examples in the documentation and in docstrings are tests."""

import doctest
import os
import subprocess
import sys
from pathlib import Path

from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

ROOT = Path(__file__).parent
FLAGS = doctest.ELLIPSIS


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


pytest_collect_file = (
    Sybil(
        parsers=[
            PythonCodeBlockParser(doctest_optionflags=FLAGS),
            CodeBlockParser(language="console", evaluator=run_console),
        ],
        patterns=["README.md", "CONTRIBUTING.md", "docs/*.md"],
    )
    + Sybil(
        parsers=[DocTestParser(optionflags=FLAGS)],
        patterns=["src/**/*.py"],
        document_types={".py": PythonDocStringDocument},
    )
).pytest()
