"""What real libvirt and QEMU said to a call, or to settings, against the table: each line.

``recorded/libvirt_newest.jsonl`` and ``qemu_newest.jsonl`` are answers of libvirt 12.8.0 with QEMU
11.1.3; ``libvirt_odd.jsonl`` has calls of all flags and parameters, drawn at random, with theirs
and those of libvirt 9.0.0 with QEMU 7.2.22.  ``says`` is the error, null where the call completed.
"""

import json
import re
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from portions import each
from zcpolicy.adapters._refusals import REFUSALS
from zcpolicy.adapters.libvirt import Flag, Violation, check, check_qmp

Line = Dict[str, Any]


def recorded(name: str) -> List[Line]:
    path = Path(__file__).parent / "recorded" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


CALLS = {name: recorded(name) for name in ("libvirt_newest", "libvirt_odd")}
SETTINGS = recorded("qemu_newest")

# What depends on the machine or the VM, as docs/refusals.md says: not seen in a call.
MACHINE = {
    "a client must carry the migration out": "direct migration is not supported by the source host",
    "the certificate": "Certificate does not match the hostname",
    "the VM's hard limit": "cannot start RDMA migration with no memory hard limit set",
    "the VM's disks": "disk target vda not found",
    "whether a post-copy has failed": "domain 'vm' is not being migrated",
}
# How often each keeps a line from the comparison.
COUNTS = {
    "libvirt_newest": (1, 1, 1, 0, 0),
    "libvirt_odd": (0, 0, 0, 4, 15),
}

_SAYS = {
    row.code: re.compile(".*".join(re.escape(part) for part in row.says.split("…")))
    for row in REFUSALS
}


def version(text: str) -> Tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def flags(names: List[str]) -> int:
    """The flags of a line: libvirt's names without their prefix, or a bit that has none."""
    return sum(
        int(name, 0) if name[0] == "0" else int(Flag[f"VIR_MIGRATE_{name}"]) for name in names
    )


def of_machine(line: Line) -> List[str]:
    """Why a line says nothing of a call."""
    return [why for why, words in MACHINE.items() if words in (line["says"] or "")]


def refused(found: Tuple[Violation, ...]) -> List[str]:
    return [violation.code for violation in found if violation.severity == "refused"]


def compared(name: str) -> List[Line]:
    return [line for line in CALLS[name] if not of_machine(line)]


@pytest.mark.parametrize("name", CALLS)
def test_few_lines_depend_on_the_machine(name: str) -> None:
    """These are left out, each for a reason; all others are compared."""
    reasons = [why for line in CALLS[name] for why in of_machine(line)]
    assert tuple(reasons.count(why) for why in MACHINE) == COUNTS[name]


def ask(line: Line) -> List[str]:
    found = check(
        flags(line["flags"]),
        line["params"],
        paused=line["paused"],
        libvirt=version(line["libvirt"]),
        qemu=version(line["qemu"]),
    )
    return refused(found)


@each(compared("libvirt_newest"))
def test_libvirt_says_what_the_first_refusal_says(line: Line) -> None:
    """The call is refused or completes as the table says, in the words of the first row."""
    found = ask(line)
    if line["says"] is None:
        assert found == []
    else:
        assert _SAYS[found[0]].search(line["says"])


@each(compared("libvirt_odd"))
def test_libvirt_refuses_odd_calls_as_the_table_says(line: Line) -> None:
    """Of several faults libvirt names one, not always the first: it sorts the parameters.

    Of a tunnel with TLS libvirt 9.0 says what comes out.
    """
    found = ask(line)
    assert bool(found) == (line["says"] is not None)
    words = line["says"] or ""
    assert not found or "tunnel-tls" in found or any(_SAYS[code].search(words) for code in found)


# QEMU looks at what was set before.  When it is to migrate it refuses these, too: "Cannot use TLS
# with mapped-ram".
LATE = (686, 839)


@each(range(len(SETTINGS)))
def test_qemu_says_what_a_refusal_says(index: int) -> None:
    """The settings are refused or taken as the table says, in the words of a row.

    It is the first row, unless the parameters were set before the capabilities.
    """
    line = SETTINGS[index]
    found = check_qmp(line["on"], line["parameters"], qemu=version(line["qemu"]))
    codes = refused(found)
    if index in LATE:
        assert (line["says"], codes) == (None, ["mapped-ram-stream"])
    elif line["says"] is None:
        assert codes == []
    else:
        among = codes if line["order"].startswith("parameters,") else codes[:1]
        assert any(_SAYS[code].search(line["says"]) for code in among)


def test_texts_by_version() -> None:
    """A refusal of a number that is out of range is said in exactly the words of that QEMU."""
    told = [
        (line["says"], found)
        for line in SETTINGS
        if (line["says"] or "").startswith("Option ")
        for found in [check_qmp(line["on"], line["parameters"], qemu=(11, 1, 3))]
    ]
    assert len(told) == 91
    for says, found in told:
        assert any(violation.message.endswith(f'QEMU says "{says}"') for violation in found)


def test_capabilities_as_qmp_writes_them() -> None:
    """A list of capabilities with their states is the same as the names of those that are on."""
    for line in SETTINGS[:200]:
        listed = [{"capability": name, "state": True} for name in line["on"]]
        listed.append({"capability": "events", "state": False})
        asked = line["parameters"], version(line["qemu"])
        found = check_qmp(listed, asked[0], qemu=asked[1])
        assert found == check_qmp(line["on"], asked[0], qemu=asked[1]), line
