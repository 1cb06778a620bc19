"""Generate shell completion and the manual page: ``nox -s tools -- --write``.

Completion for bash, zsh and fish, and the manual page, are generated from the parser.  They are
kept in ``packaging/data``, which wheels and RPMs install below their prefix, because flit runs no
code at build time.  argparse's usage lines depend on the Python version: use nox's.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Dict, Iterator, Mapping

import shtab
from argparse_manpage.manpage import Manpage

from zcpolicy._command.parser import parser
from zcpolicy._model.engine_config import EngineConfig

DATA = Path(__file__).parent / "data" / "share"
# The file that each shell looks for.
SHELLS: Mapping[str, str] = {
    "bash": "bash-completion/completions/zcpolicy",
    "zsh": "zsh/site-functions/_zcpolicy",
    "fish": "fish/vendor_completions.d/zcpolicy.fish",
}
MANUAL = "man/man1/zcpolicy.1"
# Metavars of arguments that may be files.
_FILES = ("FILE", "A", "B", "PICTURE", "NAME|FILE")
# The columns that man leaves for text in a terminal of 80.
_WIDTH = 72


class _Formatter(argparse.HelpFormatter):
    """Use the width of man's text."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_WIDTH)


def _parsers(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its commands."""
    yield top
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _complete() -> argparse.ArgumentParser:
    """Return the parser, with completions that it does not define itself."""
    made = parser()
    commands = [each.prog.split()[-1] for each in _parsers(made)][1:]
    for each in _parsers(made):
        for action in each._actions:
            if action.metavar in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            elif action.metavar == "LEVEL":
                action.choices = [*EngineConfig().parallel_supported]
            elif action.metavar == "TOPIC":
                action.choices = [*commands, "set", "forms"]
    return made


def _manual() -> str:
    made = parser()
    for each in _parsers(made):
        each.formatter_class = _Formatter
    page = Manpage(made)
    page.description = "decide how a KVM virtual machine is live-migrated, and say why"
    page.manual = "zcpolicy"
    page.source = "zcpolicy"
    page.date = ""
    text = str(page)
    # Keep argparse's line breaks, which do not separate options from their values.
    return re.sub(r"^usage: .*?\n(?=\n)", r".nf\n\g<0>.fi\n", text, flags=re.MULTILINE | re.DOTALL)


def made() -> Dict[str, str]:
    """Return the contents of the files by their names in ``share``."""
    found = {name: shtab.complete(_complete(), shell=shell) for shell, name in SHELLS.items()}
    return {**found, MANUAL: _manual()}


def main() -> None:
    """Write the files, or report those that are out of date."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="write them instead of comparing")
    write = options.parse_args().write
    stale = []
    for name, text in made().items():
        path = DATA / name
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run nox -s tools -- --write")


if __name__ == "__main__":
    main()
