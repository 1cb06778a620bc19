"""Counts the instructions of a decision: ``python benchmarks/instructions.py``.

valgrind's callgrind counts them, so neither the machine nor its load matters.  A decision is
compared with straight-line Python that decides the same (``baseline.py``) on the scenarios of
``mix.py``; a line of ``--jsonl`` with reading the question and the answer and writing the answer
with the standard library's JSON; the import of zcpolicy with that of attrs.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List

HERE = Path(__file__).resolve().parent


def _straight() -> None:
    from baseline import decide

    for scenario in _SCENARIOS:
        decide(scenario)


def _parameters() -> None:
    for c, h, p, v, d, e in _PARTS:
        zc.resolve(c, h, p, v, destination=d, engine=e).parameters  # noqa: B018


def _whole() -> None:
    for c, h, p, v, d, e in _PARTS:
        resolution = zc.resolve(c, h, p, v, destination=d, engine=e)
        resolution.parameters, resolution.blockers  # noqa: B018
        for notice in resolution.notices:
            notice.message, notice.remedy  # noqa: B018


def _library() -> None:
    by_the_standard_library(_LINES.splitlines(), _ANSWERS, io.BytesIO())


def _answers() -> None:
    out = io.BytesIO()
    for answer in zc.answers(io.BytesIO(_LINES)):
        out.write(answer)
        out.flush()


_COUNTED: Dict[str, Callable[[], None]] = {
    "straight": _straight,
    "parameters": _parameters,
    "whole": _whole,
    "library": _library,
    "answers": _answers,
}


# The baseline of each, and its name.
_COMPARED = {
    **dict.fromkeys(("straight", "parameters", "whole"), ("straight", "straight-line")),
    **dict.fromkeys(("library", "answers"), ("library", "the standard library's JSON")),
}


def _count(*arguments: str) -> int:
    """The number of instructions of a Python with these arguments."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [*command, *arguments], check=False, capture_output=True, text=True, env=environment
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or found is None:
        raise SystemExit(done.stderr.strip()[-400:])
    return int(found[1])


def _run(name: str, times: int) -> int:
    return _count(str(Path(__file__).resolve()), name, str(times))


def main(arguments: List[str]) -> None:
    """Count, or with arguments run the named function this many times."""
    if arguments:
        name, times = arguments
        for _ in range(int(times)):
            _COUNTED[name]()
        return
    size = len(_SCENARIOS)
    cost = {name: (_run(name, 5) - _run(name, 1)) / (4 * size) for name in _COUNTED}
    for name, instructions in cost.items():
        base, called = _COMPARED[name]
        ratio = instructions / cost[base]
        print(f"{name:12}{instructions:10,.0f} a decision, {ratio:.2f} times {called}")
    # Do not count compilation: the first import leaves the bytecode.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, "-c", "import zcpolicy"], check=True)
    bare = _count("-c", "pass")
    attrs = _count("-c", "import attr") - bare
    ours = _count("-c", "import zcpolicy") - bare - attrs
    print(f"import {ours / 1e6:.0f} million beyond attrs' {attrs / 1e6:.0f} million")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    import zcpolicy as zc
    from mix import by_the_standard_library, conversation, scenarios

    _SCENARIOS = scenarios()
    _LINES, _ANSWERS = conversation(_SCENARIOS)
    _PARTS = [(s.cluster, s.host, s.policy, s.vm, s.destination, s.engine) for s in _SCENARIOS]
    main(sys.argv[1:])
