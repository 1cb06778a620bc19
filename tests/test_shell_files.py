"""What shells and man read of the command is of the parser as it is.

``nox -s tools`` compares the files letter by letter with what the parser gives, and tries them.
"""

import argparse
import re
from pathlib import Path
from typing import Dict, List

import pytest

from zcpolicy._command.parser import parser

SHARE = Path(__file__).parent.parent / "packaging/data/share"
STALE = "nox -s tools -- --write makes it anew"


def commands() -> Dict[str, List[str]]:
    """The commands, and the long options of each."""
    (added,) = (
        action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    return {
        name: [option for action in each._actions for option in action.option_strings]
        for name, each in added.choices.items()
    }


def read(name: str) -> str:
    return (SHARE / name).read_text("utf-8")


@pytest.mark.parametrize("command", commands())
def test_bash_knows_the_options(command: str) -> None:
    """Each command has all its options and no others."""
    text = read("bash-completion/completions/zcpolicy")
    found = re.search(rf"^_shtab_zcpolicy_{command}_option_strings=\((.*)\)$", text, re.MULTILINE)
    assert found is not None, STALE
    assert found[1].split() == commands()[command], STALE


@pytest.mark.parametrize("command", commands())
def test_fish_knows_the_options(command: str) -> None:
    """Each command has all its long options and no others."""
    text = read("fish/vendor_completions.d/zcpolicy.fish")
    lines = [line for line in text.splitlines() if f"_using {command}'" in line]
    found = {f"--{name}" for line in lines for name in re.findall(r" -l ([a-z]+)", line)}
    assert found == {option for option in commands()[command] if option[:2] == "--"}, STALE


@pytest.mark.parametrize("command", commands())
def test_zsh_knows_the_options(command: str) -> None:
    """Each command has all its options and no others."""
    text = read("zsh/site-functions/_zcpolicy")
    block = text.partition(f"\n_shtab_zcpolicy_{command}_options=(\n")[2].partition("\n)\n")[0]
    heads = [line.partition("[")[0] for line in block.splitlines() if "[" in line]
    found = {name for head in heads for name in re.findall(r"(?<![a-z-])--?[a-z]+", head)}
    assert found == set(commands()[command]), STALE


@pytest.mark.parametrize("command", commands())
def test_the_manual_knows_the_options(command: str) -> None:
    """The usage of each command has all its options and no others."""
    text = read("man/man1/zcpolicy.1").replace("\\-", "-")
    usage = re.search(rf"^\.nf\nusage: zcpolicy {command} (.*?)^\.fi$", text, re.M | re.S)
    assert usage is not None, STALE
    found = set(re.findall(r"(?<![a-z-])--?[a-z]+", usage[1]))
    assert found | {"--help"} == set(commands()[command]), STALE
