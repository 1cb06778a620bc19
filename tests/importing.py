"""What is imported when, as a fresh interpreter has it: one for all the tests that ask."""

import functools
import json
import subprocess
import sys
from typing import Any, List, NamedTuple

# It goes from what needs least to what needs most.
_STEPS = """if True:
    import json, sys, typing

    before = {*sys.modules}

    def modules():
        return sorted({*sys.modules} - before)

    import zcpolicy
    alone = modules()
    # Before an import makes an attribute of it.
    adapters = [hasattr(zcpolicy.adapters, "engine")]
    zcpolicy.formats
    import zcpolicy.formats._forms
    forms = modules()
    adapters += [hasattr(zcpolicy.adapters, name) for name in ("vdsm", "libvirt")]
    zcpolicy.resolve().to_json()
    decision = modules()
    names = {name.split(".")[0] for name in decision}
    files = {name: getattr(sys.modules[name], "__file__", None) or "" for name in names}
    installed = sorted(name for name, file in files.items() if "site-packages" in file)
    hint = str(typing.get_type_hints(zcpolicy.Plan)["options"])
    import zcpolicy.__main__
    print(json.dumps([alone, forms, decision, modules(), installed, adapters, hint]))
"""


class Imported(NamedTuple):
    """What a process has that imports the library.

    Attributes:
        alone: the modules after that.
        forms: those after Engine's words and the list of forms, too.
        decision: those after a decision, too.
        command: those with the command, too.
        installed: the packages of a decision that are not Python's own.
        adapters: whether Engine's, Vdsm's and libvirt's adapters are there without an import.
        hint: the type of a field that is another late class, asked of the first late class.
    """

    alone: List[str]
    forms: List[str]
    decision: List[str]
    command: List[str]
    installed: List[str]
    adapters: List[bool]
    hint: str


@functools.cache
def fresh() -> "subprocess.CompletedProcess[bytes]":
    """Run the steps in a fresh interpreter, where a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", _STEPS],
        capture_output=True,
        timeout=60,
        check=False,
    )


def imported() -> Imported:
    """What is there after each of the steps."""
    done = fresh()
    assert done.returncode == 0, done.stderr.decode()
    found: Any = json.loads(done.stdout)
    return Imported(*found)
