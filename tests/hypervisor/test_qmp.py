"""QEMU's own word on capabilities and parameters, against ``check_qmp`` for its version."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import pytest

import zcpolicy as zc
from zcpolicy.adapters.libvirt import check_qmp

from .generation import Generation
from .qemu import Qemu
from .words import ROWS, refusals, says

pytestmark = pytest.mark.hypervisor

# The capabilities of which the table speaks, and one that excludes nothing.
CAPABILITIES = (
    *("multifd", "zero-copy-send", "xbzrle", "compress", "postcopy-ram", "postcopy-preempt"),
    *("return-path", "switchover-ack", "auto-converge"),
)
PARAMETERS: Mapping[str, Sequence[Any]] = {
    "multifd-channels": (2, 0, 1, 255, 256),
    "multifd-compression": ("none", "zlib", "zstd"),
    "tls-creds": ("", "tls0"),
    "downtime-limit": (300, 0, 2_000_000, 2_000_001),
    "max-bandwidth": (0, 54_525_952),
}
# Each is set in full, so that nothing is left of the one before.
COMBINATIONS = [dict(zip(PARAMETERS, values)) for values in itertools.product(*PARAMETERS.values())]
NEUTRAL = COMBINATIONS[0]

# Values of the wrong type or out of bounds, each beside neutral ones.
ODD: Tuple[Tuple[str, Any], ...] = (
    *itertools.product(
        ("multifd-channels", "downtime-limit", "max-bandwidth"),
        ("2", "", None, True, False, 2.5, [2], {}, -1, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64),
    ),
    *itertools.product(
        ("tls-creds", "multifd-compression"), (None, 1, True, 2.5, [], {}, "none", "other")
    ),
)


@attr.s(auto_attribs=True, slots=True, kw_only=True)
class Record:
    """What QEMU said.

    Attributes:
        version: QEMU's.
        asked: how many combinations it was asked about.
        differing: the first of those about which the table says something else.
        codes: the rows whose words it used.
    """

    version: Tuple[int, ...]
    asked: int = 0
    differing: List[Tuple[Any, ...]] = attr.Factory(list)
    codes: Set[str] = attr.Factory(set)

    def add(
        self, capabilities: Iterable[str], parameters: Mapping[str, Any], words: Optional[str]
    ) -> None:
        """Hold QEMU's words, None if it accepts, against what the library says."""
        violations = check_qmp(capabilities, parameters, qemu=self.version)
        self.asked += 1
        if words is not None:
            self.codes |= spoken(violations, words)
        if differs(violations, words) and len(self.differing) < 20:
            self.differing.append((capabilities, parameters, words, violations))

    def add_refused(
        self, capabilities: Iterable[str], parameters: Mapping[str, Any], words: str
    ) -> None:
        """One that cannot be reached, since a part of it is refused: in *words* or others."""
        violations = check_qmp(capabilities, parameters, qemu=self.version)
        self.asked += 1
        if differs(violations, words) and len(self.differing) < 20:
            self.differing.append((capabilities, parameters, words, violations))


class Session:
    """A QEMU and what it said."""

    def __init__(self, qemu: Qemu) -> None:
        self.qemu = qemu
        self.record = Record(version=qemu.version)
        known = {entry["capability"] for entry in qemu.ask("query-migrate-capabilities")}
        # Without those that came later or are gone: no combination has them.
        self.known = [name for name in CAPABILITIES if name in known]

    def reset(self) -> None:
        """Nothing is on, nothing is set."""
        assert self.switch(()) is None
        assert self.qemu.set_parameters(NEUTRAL) is None

    def switch(self, on: Iterable[str]) -> Optional[str]:
        """Switch these on and the others off; QEMU's words, if it refuses."""
        return self.qemu.set_capabilities({name: name in on for name in self.known})

    def capabilities_first(self, sets: Iterable[Tuple[str, ...]]) -> None:
        """With each of these sets, every combination of parameters."""
        for on in sets:
            self.reset()
            words = self.switch(on)
            self.record.add(on, NEUTRAL, words)
            for parameters in COMBINATIONS:
                if words is None:
                    self.record.add(on, parameters, self.qemu.set_parameters(parameters))
                else:
                    self.record.add_refused(on, parameters, words)

    def parameters_first(self, combinations: Iterable[Mapping[str, Any]]) -> None:
        """With each of these combinations, every set of capabilities."""
        for parameters in combinations:
            self.reset()
            words = self.qemu.set_parameters(parameters)
            self.record.add((), parameters, words)
            for on in subsets(self.known):
                if words is None:
                    self.record.add(on, parameters, self.switch(on))
                else:
                    self.record.add_refused(on, parameters, words)


def subsets(names: Sequence[str]) -> List[Tuple[str, ...]]:
    return [
        tuple(itertools.compress(names, chosen))
        for chosen in itertools.product((False, True), repeat=len(names))
    ]


@pytest.fixture
def sessions(generation: Generation, directory: Path) -> Iterator[Tuple[Session, Session]]:
    """Two QEMUs, since one core is not enough: each answers some 1,000 times a second."""
    with Qemu(generation, directory) as first, Qemu(generation, directory) as second:
        yield Session(first), Session(second)


def test_qemu_refuses_what_the_table_says_and_nothing_else(
    sessions: Tuple[Session, Session],
) -> None:
    """Every combination, in both orders: QEMU refuses it in the words of one of its violations."""

    def ask(number: int) -> None:
        session = sessions[number]
        session.capabilities_first(subsets(session.known)[number::2])
        session.parameters_first(COMBINATIONS[number::2])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, range(2)))
    records = [session.record for session in sessions]
    assert [record.differing for record in records] == [[], []]
    # Nothing was left out, and every row had its say.
    known = sessions[0].known
    assert sum(record.asked for record in records) == (
        2 * len(COMBINATIONS) * 2 ** len(known) + 2 ** len(known) + len(COMBINATIONS)
    )
    assert records[0].codes | records[1].codes == table(records[0].version) - NOT_COMBINED


def test_qemu_refuses_odd_values_as_the_table_says(sessions: Tuple[Session, Session]) -> None:
    """So it is with values of wrong types and out of bounds."""
    session = sessions[0]
    for name, value in ODD:
        session.reset()
        parameters = {**NEUTRAL, name: value}
        session.record.add((), parameters, session.qemu.set_parameters(parameters))
    assert session.record.differing == []
    assert session.record.codes >= NOT_COMBINED - {"qemu-compress-removed", "memory-lock"}
