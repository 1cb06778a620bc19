"""QEMU's own word on capabilities and parameters, against ``check_qmp`` for its version."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import attr
import pytest

import zcpolicy as zc
from zcpolicy.adapters._refusals import REFUSALS
from zcpolicy.adapters.libvirt import check_qmp

from .generation import Generation, generations, installed_qemu
from .qemu import Qemu
from .words import differs, refusals, rows, spoken

pytestmark = pytest.mark.hypervisor

# The capabilities of which the table speaks, and one that excludes nothing.
CAPABILITIES = (
    *("multifd", "zero-copy-send", "xbzrle", "compress", "postcopy-ram", "postcopy-preempt"),
    *("return-path", "switchover-ack", "auto-converge"),
)
PARAMETERS: Mapping[str, Sequence[Any]] = {
    "multifd-channels": (1, 0, 255, 256),
    "multifd-compression": ("none", "zlib", "zstd"),
    "tls-creds": ("", "tls0"),
    "downtime-limit": (0, 2_000_000, 2_000_001),
    "max-bandwidth": (0, 54_525_952),
}
COMBINATIONS = [dict(zip(PARAMETERS, values)) for values in itertools.product(*PARAMETERS.values())]
NEUTRAL = COMBINATIONS[0]

# How many questions that makes, as docs/hypervisors.md has it, for three versions of QEMU.
ASKED: Mapping[Tuple[int, ...], int] = {(7, 2): 23_632, (10, 0): 19_600, (11, 1): 23_056}

# Values of the wrong type or out of bounds, each beside neutral ones.
ODD: Tuple[Tuple[str, Any], ...] = (
    *itertools.product(
        ("multifd-channels", "downtime-limit", "max-bandwidth"),
        ("2", "", None, True, False, 2.5, [2], {}, -1, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64),
    ),
    *itertools.product(("tls-creds", "multifd-compression"), (None, 1, True, 2.5, [], {}, "none")),
)
# The rows that no combination has, but an odd value.
ODD_ROWS = {"qemu-number-type", "qemu-credentials-type", "qemu-compression-type"}
# What the other rows are about: capabilities, and a parameter with its values; each is asked of
# each QEMU, whether it knows the name or not.
OTHERS: Tuple[Tuple[Sequence[str], str, Sequence[Any]], ...] = (
    *(
        (on, "downtime-limit", (0,))
        for on in (
            *(["postcopy-ram", "x-ignore-shared"], ["background-snapshot", "release-ram"]),
            *(["dirty-limit"], ["dirty-limit", "auto-converge"], ["mapped-ram", "xbzrle"]),
            *(["mapped-ram", "postcopy-ram"], ["mapped-ram", "compress"], ["block"]),
            *(["mapped-ram"], ["background-snapshot"], ["x-ignore-shared", "multifd"]),
        )
    ),
    *(
        ([], name, values)
        for name, values in (
            ("multifd-compression", ("lzo", "qpl", "uadk", "qatzip")),
            ("zero-page-detection", ("legacy", "x", None)),
            ("mode", ("normal", "x", 1)),
            ("direct-io", (False, 1)),
            ("cpu-throttle-tailslow", (True, 1)),
            ("cpr-exec-command", ([],)),
            ("x-checkpoint-delay", (0, 2**32 - 1, 2**32)),
            ("compress-level", (0, 9, 10, 256)),
            ("compress-threads", (0, 1, 255)),
            ("decompress-threads", (0, 1, 255)),
            ("throttle-trigger-threshold", (0, 1, 100, 101)),
            ("cpu-throttle-initial", (0, 1, 99, 100)),
            ("cpu-throttle-increment", (0, 1, 99, 100, 256)),
            ("max-cpu-throttle", (19, 20, 99, 100)),
            ("multifd-zlib-level", (0, 9, 10)),
            ("multifd-qatzip-level", (0, 1, 9, 10)),
            ("multifd-zstd-level", (0, 20, 21)),
            ("xbzrle-cache-size", (4095, 4096, 12288, 2**32)),
            ("announce-initial", (0, 100_000, 100_001)),
            ("announce-max", (0, 100_000, 100_001)),
            ("announce-rounds", (0, 1000, 1001)),
            ("announce-step", (0, 1, 10_000, 10_001)),
            ("x-vcpu-dirty-limit-period", (0, 1, 1000, 1001)),
            ("vcpu-dirty-limit", (0, 1)),
            ("avail-switchover-bandwidth", (0, -1, "x")),
        )
    ),
)
# A row that only the switch to post-copy or a migration shows, or one of libvirt's.
LATER = {"memory-lock", "zerocopy-unix", "mapped-ram-stream"}


@attr.s(auto_attribs=True, slots=True, kw_only=True)
class Record:
    """What QEMU said.

    Attributes:
        version: QEMU's.
        differing: the first of those about which the table says something else.
        codes: the rows whose words it used.
    """

    version: Tuple[int, ...]
    differing: List[Tuple[Any, ...]] = attr.Factory(list)
    codes: Set[str] = attr.Factory(set)

    def add(
        self, capabilities: Iterable[str], parameters: Mapping[str, Any], words: Optional[str]
    ) -> None:
        """Hold QEMU's words, None if it accepts, against what the library says."""
        violations = check_qmp(capabilities, parameters, qemu=self.version)
        if words is not None:
            self.codes |= spoken(violations, words)
        if differs(violations, words) and len(self.differing) < 20:
            self.differing.append((capabilities, parameters, words, violations))


class Session:
    """A QEMU, what is set in it, and what it said."""

    def __init__(self, qemu: Qemu) -> None:
        self.qemu = qemu
        self.record = Record(version=qemu.version)
        states = {row["capability"]: row["state"] for row in qemu.ask("query-migrate-capabilities")}
        # Without those that came later or are gone: no combination has them.
        self.known = [name for name in CAPABILITIES if name in states]
        self._on = dict.fromkeys(self.known, False)
        self._parameters: Dict[str, Any] = {}
        assert not any(states.values())

    def reset(self) -> None:
        """Nothing is on, nothing is set."""
        assert self.switch(()) is None
        assert self.set(NEUTRAL) is None

    def switch(self, on: Iterable[str]) -> Optional[str]:
        """Have these on and no others; QEMU's words, if it refuses."""
        wanted = {name: name in on for name in self.known}
        words = self.qemu.set_capabilities(_changes(self._on, wanted))
        if words is None:
            self._on = wanted
        return words

    def set(self, parameters: Mapping[str, Any]) -> Optional[str]:
        """Have these parameters; QEMU's words, if it refuses."""
        words = self.qemu.set_parameters(_changes(self._parameters, parameters))
        if words is None:
            self._parameters = dict(parameters)
        return words

    def capabilities_first(self, sets: Iterable[Tuple[str, ...]]) -> None:
        """With each of these sets, every combination of parameters."""
        for on in sets:
            self.reset()
            words = self.switch(on)
            self.record.add(on, NEUTRAL, words)
            for parameters in COMBINATIONS:
                if words is None:
                    self.record.add(on, parameters, self.set(parameters))
                else:  # nobody gets there: QEMU's reason must be one of the pair's
                    self.record.add(on, parameters, words)

    def parameters_first(self, combinations: Iterable[Mapping[str, Any]]) -> None:
        """With each of these combinations, every set of capabilities."""
        for parameters in combinations:
            self.reset()
            words = self.set(parameters)
            self.record.add((), parameters, words)
            for on in subsets(self.known):
                if words is None:
                    self.record.add(on, parameters, self.switch(on))
                else:  # likewise
                    self.record.add(on, parameters, words)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Dict[str, Any]:
    """What is to be said: a refusal leaves everything as it was, and long commands take long."""
    return {name: value for name, value in new.items() if name not in old or old[name] != value}


def subsets(names: Sequence[str]) -> List[Tuple[str, ...]]:
    return [
        tuple(itertools.compress(names, chosen))
        for chosen in itertools.product((False, True), repeat=len(names))
    ]


@pytest.fixture
def qemus(generation: Generation, directory: Path) -> Iterator[Tuple[Qemu, Qemu]]:
    """Two, since they take longer than the tests: one answers some 2,000 times a second."""
    with Qemu(generation, directory) as first, Qemu(generation, directory) as second:
        yield first, second


@pytest.fixture
def qemu(qemus: Tuple[Qemu, Qemu]) -> Qemu:
    """One of them."""
    return qemus[0]


def test_qemu_is_of_the_generation_that_it_should_be(generation: Generation, qemu: Qemu) -> None:
    """It is the installed one, or a newer one, by its greeting and when it is asked."""
    numbers = qemu.ask("query-version")["qemu"]
    assert (numbers["major"], numbers["minor"], numbers["micro"]) == qemu.version
    assert generation.has(qemu.version, installed_qemu())
    assert qemu.version >= (7, 1)


def test_each_generation_is_newer_than_the_one_before(directory: Path) -> None:
    """So none is tested twice under two names."""
    versions = []
    for each in generations():
        each.prepare()
        with Qemu(each, directory) as qemu:
            versions.append(qemu.version[:2])
    assert versions == sorted(set(versions))


def test_qemu_refuses_what_the_table_says_and_nothing_else(
    qemus: Tuple[Qemu, Qemu],
) -> None:
    """Every combination, in both orders: QEMU refuses it in the words of one of its violations."""
    sessions = [Session(qemu) for qemu in qemus]
    before = sum(qemu.answers for qemu in qemus)

    def ask(number: int) -> None:
        session = sessions[number]
        session.capabilities_first(subsets(session.known)[number::2])
        session.parameters_first(COMBINATIONS[number::2])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, range(2)))
    first, second = (session.record for session in sessions)
    assert first.differing + second.differing == []
    # Where the table refuses the one, the other is not asked about; a reset is two commands.
    sets = subsets(sessions[0].known)
    taken_sets = [on for on in sets if not refusals(check_qmp(on, NEUTRAL, qemu=first.version))]
    taken = [each for each in COMBINATIONS if not refusals(check_qmp((), each, qemu=first.version))]
    firsts = len(sets) + len(COMBINATIONS)
    asked = firsts + len(taken_sets) * len(COMBINATIONS) + len(taken) * len(sets)
    assert sum(qemu.answers for qemu in qemus) - before == asked + 2 * firsts
    assert asked == ASKED.get(first.version[:2], asked)
    # Every row about these had its say: but for odd values, the next tests, and what comes later.
    about = {*CAPABILITIES, *PARAMETERS}
    known = {row.code for row in REFUSALS if row.about <= about and row.code in rows("qemu")}
    heard = first.codes | second.codes
    assert heard == {
        code
        for code in known & rows("qemu", qemu=first.version)
        if code not in ODD_ROWS | LATER | {"qemu-compress-removed"}
        and not code.startswith("compression-")
    }


def test_qemu_refuses_other_settings_as_the_table_says(qemu: Qemu) -> None:
    """So it is with all other capabilities and parameters that the table speaks of."""
    record = Record(version=qemu.version)
    states = {row["capability"]: False for row in qemu.ask("query-migrate-capabilities")}
    asked = {name for _, name, _ in OTHERS}
    values = {
        name: value for name, value in qemu.ask("query-migrate-parameters").items() if name in asked
    }
    for on, name, given in OTHERS:
        for value in given:
            assert qemu.set_capabilities(states) is None
            assert qemu.set_parameters(values) is None
            words = qemu.set_capabilities(dict.fromkeys(on, True)) if on else None
            if words is None:
                words = qemu.set_parameters({name: value})
            record.add(on, {name: value}, words)
    assert record.differing == []
    swept = {*CAPABILITIES, *PARAMETERS}
    others = {row.code for row in REFUSALS if not row.about <= swept}
    expected = others & rows("qemu", qemu=qemu.version)
    assert record.codes >= expected - LATER - {"channels-range", "qemu-compress-removed"}


def test_qemu_refuses_odd_values_as_the_table_says(qemu: Qemu) -> None:
    """So it is with values of the wrong type and out of bounds."""
    record = Record(version=qemu.version)
    for name, value in ODD:
        assert qemu.set_parameters(NEUTRAL) is None
        record.add((), {**NEUTRAL, name: value}, qemu.set_parameters({name: value}))
    assert record.differing == []
    assert record.codes >= ODD_ROWS


def test_qemu_has_the_capabilities_that_the_table_says(qemu: Qemu) -> None:
    """``compress`` is gone since 9.1; zero-copy is there."""
    record = Record(version=qemu.version)
    for on in (("compress",), ("multifd", "zero-copy-send")):
        record.add(on, NEUTRAL, qemu.set_capabilities(dict.fromkeys(on, True)))
        qemu.set_capabilities(dict.fromkeys(on, False))
    assert record.differing == []


def test_qemu_takes_every_downtime_of_a_schedule(qemu: Qemu) -> None:
    """Those of the shipped policies, of Vdsm's own schedule, and the least and the most."""
    schedules = [policy.schedule for policy in zc.policies.offered("4.8")]
    schedules += [zc.legacy_schedule(), zc.legacy_schedule(5), zc.legacy_schedule(2_000_000)]
    for schedule in schedules:
        assert schedule is not None
        actions = [*schedule.init, *(entry.action for entry in schedule.stalling)]
        downtimes = [int(action.params[0]) for action in actions if action.name == "setDowntime"]
        assert downtimes
        for downtime in downtimes:
            assert qemu.set_parameters({"downtime-limit": downtime}) is None
