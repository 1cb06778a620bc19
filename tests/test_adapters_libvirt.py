"""libvirt's flags, what virsh and QMP make of a call, and what libvirt and QEMU refuse.

Three things are compared with the table of refusals: what generations of libvirt and QEMU
answered (``recorded/`` and `ODD_VALUES`), a statement of the rules by other hands
(``constraints``), and, for each row, calls that only this row refuses.
"""

import itertools
import json
import pickle
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import constraints
import zcpolicy as zc
from refusals import paths, refusal, refused
from zcpolicy._base.versions import Version
from zcpolicy.adapters import libvirt
from zcpolicy.adapters._calls import call_of
from zcpolicy.adapters._refusals import REFUSALS
from zcpolicy.adapters._violations import SPEAKERS, Versions
from zcpolicy.adapters.engine import vm_migrate
from zcpolicy.adapters.libvirt import (
    Flag,
    Violation,
    check,
    check_qmp,
    flag_names,
    flags_from_names,
    qmp,
    virsh_arguments,
)
from zcpolicy.adapters.vdsm import libvirt_call

ROOT = Path(__file__).parents[1]
OLD: Tuple[Version, Version] = ((9, 0, 0), (7, 2, 22))
NEW: Tuple[Version, Version] = ((11, 3, 0), (10, 0, 2))
NEWER: Tuple[Version, Version] = ((11, 3, 0), (11, 1, 3))
NEWEST: Tuple[Version, Version] = ((12, 8, 0), (11, 1, 3))
CONNECTIONS = "parallel.connections"

LIVE = Flag.VIR_MIGRATE_LIVE
COMPRESSED = Flag.VIR_MIGRATE_COMPRESSED
POSTCOPY = Flag.VIR_MIGRATE_POSTCOPY
TUNNELLED = Flag.VIR_MIGRATE_TUNNELLED
TLS = Flag.VIR_MIGRATE_TLS
PARALLEL = Flag.VIR_MIGRATE_PARALLEL
ZEROCOPY = Flag.VIR_MIGRATE_ZEROCOPY
ALWAYS = LIVE | Flag.VIR_MIGRATE_PEER2PEER
# What Vdsm may add.
OPTIONAL = tuple(
    int(Flag[f"VIR_MIGRATE_{name}"])
    for name in (
        *("TUNNELLED", "PERSIST_DEST", "COMPRESSED", "ABORT_ON_ERROR", "AUTO_CONVERGE"),
        *("POSTCOPY", "TLS", "PARALLEL", "ZEROCOPY"),
    )
)
PAUSED = Flag.VIR_MIGRATE_PAUSED
OFFLINE = Flag.VIR_MIGRATE_OFFLINE
NON_SHARED_DISK = Flag.VIR_MIGRATE_NON_SHARED_DISK
NON_SHARED_INC = Flag.VIR_MIGRATE_NON_SHARED_INC
SYNCHRONOUS_WRITES = Flag.VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES
AUTO_CONVERGE = Flag.VIR_MIGRATE_AUTO_CONVERGE
RESUME = Flag.VIR_MIGRATE_POSTCOPY_RESUME
PERSIST_DEST = Flag.VIR_MIGRATE_PERSIST_DEST

# VIR_MIGRATE_PARAM_* of libvirt 12.8.
PARAMETERS = (
    *("auto_converge.increment", "auto_converge.initial", "bandwidth"),
    *("bandwidth.avail.switchover", "bandwidth.postcopy", "compression"),
    *("compression.mt.dthreads", "compression.mt.level", "compression.mt.threads"),
    *("compression.xbzrle.cache", "compression.zlib.level", "compression.zstd.level"),
    *("destination_name", "destination_xml", "disks_port", "disks_uri", "graphics_uri"),
    *("listen_address", "migrate_disks", "migrate_disks_detect_zeroes"),
    *("migrate_disks_target_zero", "migrate_uri", "parallel.connections", "persistent_xml"),
    "tls.destination",
)

ALL_FLAGS = sum(int(flag) for flag in Flag)
flags = st.integers(0, ALL_FLAGS).map(lambda value: Flag(value & ALL_FLAGS))
methods = st.sampled_from(["xbzrle", "mt", "zlib", "zstd"])
texts = st.text("ab-,:/=. \n'\u00e9", min_size=1)
good_params = st.fixed_dictionaries(
    {},
    optional={
        "bandwidth": st.integers(0, 2**64 - 1),
        CONNECTIONS: st.integers(-(2**31), 2**31 - 1),
        "compression": methods | st.lists(methods, max_size=3),
        "migrate_uri": texts,
        "graphics_uri": texts,
        "tls.destination": texts,
    },
)
# ``virsh help migrate`` of 12.8: numbers, strings, lists.
_NUMBERS = {
    "--bandwidth": "bandwidth",
    "--parallel-connections": CONNECTIONS,
    "--disks-port": "disks_port",
    "--comp-mt-level": "compression.mt.level",
    "--comp-mt-threads": "compression.mt.threads",
    "--comp-mt-dthreads": "compression.mt.dthreads",
    "--comp-xbzrle-cache": "compression.xbzrle.cache",
    "--comp-zlib-level": "compression.zlib.level",
    "--comp-zstd-level": "compression.zstd.level",
    "--auto-converge-initial": "auto_converge.initial",
    "--auto-converge-increment": "auto_converge.increment",
    "--postcopy-bandwidth": "bandwidth.postcopy",
    "--available-switchover-bandwidth": "bandwidth.avail.switchover",
}
_STRINGS = {
    "--migrateuri": "migrate_uri",
    "--graphicsuri": "graphics_uri",
    "--tls-destination": "tls.destination",
    "--listen-address": "listen_address",
    "--dname": "destination_name",
    "--disks-uri": "disks_uri",
}
_COMMAS = {
    "--comp-methods": "compression",
    "--migrate-disks": "migrate_disks",
    "--migrate-disks-detect-zeroes": "migrate_disks_detect_zeroes",
    "--migrate-disks-target-zero": "migrate_disks_target_zero",
}
disks = st.lists(st.sampled_from(["vda", "sdb"]), min_size=1, max_size=2)
virsh_params = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.integers(0, 2**31 - 1) for name in _NUMBERS.values()},
        **dict.fromkeys(_STRINGS.values(), texts),
        **dict.fromkeys(_COMMAS.values(), disks),
    },
)
odd_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
odd_params = st.dictionaries(
    st.sampled_from(["bandwidth", CONNECTIONS, "compression", "migrate_uri", "tls.destination"])
    | st.text(),
    odd_values,
    max_size=4,
)


def codes(violations: Sequence[Violation], *severities: str) -> List[str]:
    return [v.code for v in violations if not severities or v.severity in severities]


def says(code: str, error: str) -> bool:
    """Whether an error has the words of that row, "…" standing for anything; it must have some."""
    words = next(row.says for row in REFUSALS if row.code == code)
    found = re.search(".*".join(map(re.escape, words.split("…"))), error)
    return words != "" and found is not None


def test_who_refuses_is_told_with_their_words() -> None:
    """A violation's layer is the speaker's, and its message has the words that the speaker uses."""
    for row in REFUSALS:
        layer, name = {
            "binding": ("libvirt", "libvirt's Python binding"),
            "libvirt": ("libvirt", "libvirt"),
            "qemu": ("qemu", "QEMU"),
        }[row.speaker]
        assert row.violation.layer == layer, row.code
        said = f'; {name} says "{row.says}"' if row.says else ""
        assert row.violation.message == row.problem + said, row.code


class TestFlags:
    def test_values(self) -> None:
        """The flags have libvirt's values."""
        assert {flag.name: int(flag) for flag in Flag} == {
            "VIR_MIGRATE_LIVE": 1,
            "VIR_MIGRATE_PEER2PEER": 2,
            "VIR_MIGRATE_TUNNELLED": 4,
            "VIR_MIGRATE_PERSIST_DEST": 8,
            "VIR_MIGRATE_UNDEFINE_SOURCE": 16,
            "VIR_MIGRATE_PAUSED": 32,
            "VIR_MIGRATE_NON_SHARED_DISK": 64,
            "VIR_MIGRATE_NON_SHARED_INC": 128,
            "VIR_MIGRATE_CHANGE_PROTECTION": 256,
            "VIR_MIGRATE_UNSAFE": 512,
            "VIR_MIGRATE_OFFLINE": 1024,
            "VIR_MIGRATE_COMPRESSED": 2048,
            "VIR_MIGRATE_ABORT_ON_ERROR": 4096,
            "VIR_MIGRATE_AUTO_CONVERGE": 8192,
            "VIR_MIGRATE_RDMA_PIN_ALL": 16384,
            "VIR_MIGRATE_POSTCOPY": 32768,
            "VIR_MIGRATE_TLS": 65536,
            "VIR_MIGRATE_PARALLEL": 131072,
            "VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES": 262144,
            "VIR_MIGRATE_POSTCOPY_RESUME": 524288,
            "VIR_MIGRATE_ZEROCOPY": 1048576,
        }

    @given(flags)
    def test_round_trip(self, value: Flag) -> None:
        """Names give back their flags, in any order."""
        names = flag_names(value)
        assert flags_from_names(names) == flags_from_names(reversed(names)) == value
        assert isinstance(flags_from_names(names), Flag)

    def test_names_in_order(self) -> None:
        """Names come in the order of the flags' values, and bits without a name are left out."""
        assert flag_names(0) == ()
        assert flag_names(ZEROCOPY | TLS | LIVE | 1 << 25) == (
            "VIR_MIGRATE_LIVE",
            "VIR_MIGRATE_TLS",
            "VIR_MIGRATE_ZEROCOPY",
        )

    @pytest.mark.parametrize("value", ["x", None, True, 1.0, -1, 1 << 32])
    def test_no_flags_have_no_names(self, value: Any) -> None:
        """What is no set of flags is refused."""
        assert refused(flag_names, value).path == "flags"

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("VIR_MIGRATE_ZERO_COPY", "VIR_MIGRATE_ZEROCOPY"),
            ("vir_migrate_tls", "VIR_MIGRATE_TLS"),
            ("LIVE", "VIR_MIGRATE_LIVE"),
            ("tunneled", "VIR_MIGRATE_TUNNELLED"),
            ("VIR_MIGRATE_CHANGE_PROTECTON", "VIR_MIGRATE_CHANGE_PROTECTION"),
            ("NON_SHARED_DISC", "VIR_MIGRATE_NON_SHARED_DISK"),
            ("AUTOCONVERGE", "VIR_MIGRATE_AUTO_CONVERGE"),
            ("ABORT", "VIR_MIGRATE_ABORT_ON_ERROR"),
            ("RDMA_PIN", "VIR_MIGRATE_RDMA_PIN_ALL"),
        ],
    )
    def test_unknown_name(self, name: str, meant: str) -> None:
        """A name that is none is refused, with the one that was probably meant."""
        error = refused(flags_from_names, [name])
        assert str(error).endswith(f"; did you mean {meant!r}?")

    @pytest.mark.parametrize(
        "name",
        ["POSTCOPY_PREEMPT", "CONVERGE_PROTECTION", "NON_SHARED", "PERF", "VIR_MIGRATE_", ""],
    )
    def test_no_other_meaning(self, name: str) -> None:
        """A name that means something else, or several things, gets no suggestion."""
        assert "did you mean" not in str(refused(flags_from_names, [name]))

    def test_all_unknown_names(self) -> None:
        """Every wrong name is told, and what is no string too."""
        names = ["VIR_MIGRATE_LIVE", "rubbish", 1]
        assert paths(flags_from_names, names) == ["names[1]", "names[2]"]
        assert "did you mean" not in str(refused(flags_from_names, ["rubbish" * 9]))

    @pytest.mark.parametrize("names", ["VIR_MIGRATE_LIVE", b"x", 1, None])
    def test_no_list_of_names(self, names: Any) -> None:
        """A single string is no list of names."""
        path, value, expected = refusal(flags_from_names, names)
        assert (path, value) == ("names", names)
        assert expected == "a list of names such as VIR_MIGRATE_LIVE"


# What libvirt 9.0.0 with QEMU 7.2.22, and 11.3.0 with 10.0.2, answered to values that no sane
# caller gives, both through libvirt-python 9.0.0: the flags beside LIVE and PEER2PEER, the
# parameters, and the answers, empty where the migration completed.
_INTEGER = "TypeError: '{}' object cannot be interpreted as an integer"
_BUILTIN = "TypeError: bad argument type for built-in operation"
_BYTE = "Parameter 'multifd-channels' expects uint8_t"
_ONE_TO_255 = "Parameter 'multifd_channels' expects a value between 1 and 255"
_UNSUPPORTED = "invalid argument: Unsupported compression method '{}'"
_NO_COMPRESS = "Migration option 'compress' is not supported by QEMU binary"
_NOT_PARALLEL = "Compression method '{}' isn't supported with parallel migration"
_NOT_LIVE = "post-copy migration is not supported with non-live or paused migration"
_NO_FLAGS = "unsupported flags ({}) in function qemuDomainMigratePerform3Params"
ODD_VALUES: List[Tuple[int, Dict[str, Any], str, str]] = [
    (odd_flags, params, old, old)
    for odd_flags, params, old in (
        (PARALLEL, {CONNECTIONS: -1}, _BYTE),
        (PARALLEL, {CONNECTIONS: True}, ""),
        (PARALLEL, {CONNECTIONS: False}, _ONE_TO_255),
        (PARALLEL, {CONNECTIONS: [2]}, ""),
        (PARALLEL, {CONNECTIONS: (2,)}, ""),
        (PARALLEL, {CONNECTIONS: []}, ""),
        (PARALLEL, {CONNECTIONS: [2, 3]}, f"parameter '{CONNECTIONS}' occurs multiple times"),
        (PARALLEL, {CONNECTIONS: None}, _INTEGER.format("NoneType")),
        (PARALLEL, {CONNECTIONS: "2"}, _INTEGER.format("str")),
        (PARALLEL, {CONNECTIONS: ["2"]}, _INTEGER.format("str")),
        (PARALLEL, {CONNECTIONS: 2.0}, _INTEGER.format("float")),
        (PARALLEL, {CONNECTIONS: 2**31 - 1}, _BYTE),
        (PARALLEL, {CONNECTIONS: 2**31}, "Python int too large to convert to C int"),
        (PARALLEL, {CONNECTIONS: -(2**31)}, _BYTE),
        (PARALLEL, {CONNECTIONS: -(2**31) - 1}, "Python int too large to convert to C int"),
        (PARALLEL, {CONNECTIONS: 2**70}, "Python int too large to convert to C long"),
        (0, {CONNECTIONS: []}, ""),
        (0, {CONNECTIONS: [2, 3]}, f"parameter '{CONNECTIONS}' occurs multiple times"),
        (0, {"bandwidth": 0}, ""),
        (0, {"bandwidth": True}, ""),
        (0, {"bandwidth": [5]}, ""),
        (0, {"bandwidth": [5, 6]}, "parameter 'bandwidth' occurs multiple times"),
        (0, {"bandwidth": -1}, "OverflowError: can't convert negative int to unsigned"),
        (0, {"bandwidth": "5"}, "TypeError: an integer is required"),
        (0, {"bandwidth": 5.0}, "TypeError: an integer is required"),
        (0, {"bandwidth": None}, "TypeError: an integer is required"),
        (0, {"bandwidth": 2**43}, ""),
        (0, {"bandwidth": 2**44}, ""),
        (0, {"bandwidth": 2**64 - 1}, ""),
        (0, {"bandwidth": 2**64}, "OverflowError: int too big to convert"),
        (0, {"migrate_uri": None}, _BUILTIN),
        (0, {"migrate_uri": 5}, _BUILTIN),
        (0, {"graphics_uri": None}, _BUILTIN),
        (0, {"destination_xml": None}, _BUILTIN),
        (0, {"tls.destination": "b.lab.test"}, ""),
        (TLS, {"tls.destination": "b.lab.test"}, ""),
        (
            TLS,
            {"tls.destination": 5},
            "invalid type 'ullong' for parameter 'tls.destination', expected 'string'",
        ),
        (0, {"nonsense": 1}, "argument unsupported: parameter 'nonsense' not supported"),
        (0, {"compression": "xbzrle"}, ""),
        (0, {"compression": ["xbzrle"] * 2}, "Compression method 'xbzrle' is specified twice"),
        (0, {"compression": ""}, _UNSUPPORTED.format("")),
        (0, {"compression": 5}, _BUILTIN),
        (0, {"compression": []}, ""),
        (COMPRESSED, {"compression": []}, ""),
        (
            TUNNELLED,
            {"migrate_uri": "tcp://b.lab.test"},
            "migration URI is not supported by tunnelled migration",
        ),
        (TUNNELLED, {"tls.destination": "x"}, ""),
        (TUNNELLED | COMPRESSED, {}, ""),
        (1 << 25, {}, _NO_FLAGS.format("0x2000000")),
        (1 << 31, {}, _NO_FLAGS.format("0x80000000")),
        (PAUSED | POSTCOPY, {}, _NOT_LIVE),
        (PAUSED, {}, ""),
    )
] + [
    (PARALLEL, {"compression": "zlib"}, _UNSUPPORTED.format("zlib"), ""),
    (PARALLEL, {"compression": "zstd"}, _UNSUPPORTED.format("zstd"), ""),
    (PARALLEL | COMPRESSED, {"compression": "zlib"}, _UNSUPPORTED.format("zlib"), ""),
    (
        PARALLEL,
        {"compression": ["zlib", "zstd"]},
        _UNSUPPORTED.format("zlib"),
        "Only one compression method could be specified with parallel compression",
    ),
    (
        0,
        {"compression": "zlib"},
        _UNSUPPORTED.format("zlib"),
        "Compression method 'zlib' is only supported with parallel migration",
    ),
    (PARALLEL, {"compression": "xbzrle"}, "", _NOT_PARALLEL.format("xbzrle")),
    (
        PARALLEL,
        {"compression": "mt"},
        "Multifd is not compatible with compress",
        _NOT_PARALLEL.format("mt"),
    ),
    (
        PARALLEL,
        {"compression": ["zlib", "xbzrle"]},
        _UNSUPPORTED.format("zlib"),
        _NOT_PARALLEL.format("xbzrle"),
    ),
    (0, {"compression": "mt"}, "", _NO_COMPRESS),
    (0, {"compression": ["xbzrle", "mt"]}, "", _NO_COMPRESS),
    (
        PARALLEL | ZEROCOPY,
        {"compression": "zlib"},
        _UNSUPPORTED.format("zlib"),
        "Zero copy only available for non-compressed non-TLS multifd migration",
    ),
    (
        PARALLEL | ZEROCOPY,
        {"compression": "xbzrle"},
        "Zero copy only available for non-compressed non-TLS multifd migration",
        _NOT_PARALLEL.format("xbzrle"),
    ),
]

# What QEMU 7.2.22 and 10.0.2 answered to such values, both alike, when asked directly.
_CHANNELS = "multifd-channels"
_DOWNTIME = "Parameter 'downtime_limit' expects an integer in the range of 0 to (2000 * 1000) ms"
_ENUM = "Invalid parameter type for 'multifd-compression', expected: string"
_CREDENTIALS = "Invalid parameter type for 'tls-creds', expected: StrOrNull"
ODD_PARAMETERS: List[Tuple[str, Tuple[Any, ...], str]] = [
    (_CHANNELS, (1, 255), ""),
    (_CHANNELS, (0,), _ONE_TO_255),
    (_CHANNELS, (-1, 256, 2**63, -(2**63)), _BYTE),
    (
        _CHANNELS,
        ("2", 2.0, True, None, 2**64, -(2**63) - 1, [2]),
        f"Parameter '{_CHANNELS}' expects uint64",
    ),
    ("max-bandwidth", (0, 1, 2**63, 2**64 - 1, -1), ""),
    ("max-bandwidth", ("5M", 2.0, True, None, 2**64), "Parameter 'max-bandwidth' expects uint64"),
    ("downtime-limit", (0, 1, 2000000), ""),
    ("downtime-limit", (2000001, -1), _DOWNTIME),
    ("downtime-limit", ("5", 1.5, None, 2**64), "Parameter 'downtime-limit' expects uint64"),
    ("tls-creds", ("x", "", None), ""),
    ("tls-creds", (5, True, False), _CREDENTIALS),
    ("multifd-compression", ("none", "zlib", "zstd"), ""),
    ("multifd-compression", (None, 5), _ENUM),
]


class Answer(NamedTuple):
    """A recorded answer: the line, and the versions that gave it."""

    line: Dict[str, Any]
    libvirt: Version
    qemu: Version


def recorded(name: str) -> List[Answer]:
    """The lines of that file with the versions that stand before them."""
    answers = []
    versions: Dict[str, Version] = {}
    text = (ROOT / "tests" / "recorded" / f"{name}.jsonl").read_text(encoding="utf-8")
    for line in map(json.loads, text.splitlines()):
        if "versions" in line:
            versions = {
                key: tuple(map(int, line["versions"][key].split(" ")[0].split(".")))
                for key in ("libvirt", "qemu")
                if key in line["versions"]
            }
        else:
            answers.append(Answer(line, versions.get("libvirt", ()), versions["qemu"]))
    return answers


def calls(lab: str) -> List[Answer]:
    """The recorded calls of migrateToURI3 in that lab, less what is the machine's own doing.

    A "note" says that the machine could not raise a limit; "Postcopy is not supported" comes of
    a sysctl of the host.
    """
    return [
        answer
        for answer in recorded("libvirt")
        if "flags" in answer.line
        and answer.line["lab"] == lab
        and "note" not in answer.line
        and not answer.line["error"].endswith("Postcopy is not supported")
    ]


def ask(answer: Answer, **memory: Optional[int]) -> Tuple[Violation, ...]:
    line = answer.line
    names = ["VIR_MIGRATE_" + name for name in line["flags"]]
    return check(
        ALWAYS | flags_from_names(names),
        line["params"],
        paused=line["vm"]["paused"],
        libvirt=answer.libvirt,
        qemu=answer.qemu,
        **memory,
    )


class TestRecordedCalls:
    def test_root(self) -> None:
        """What each libvirt refused or completed, and with which words, is what the table says.

        QEMU ran as root, with CAP_IPC_LOCK: the kernel enforces no lock limit, and so the hard
        limit, which some of these VMs have below their memory, is not passed.
        """
        count: Dict[Tuple[Version, Version], Tuple[int, int]] = {}
        for answer in calls("root"):
            found = codes(ask(answer), "refused")
            error = answer.line["error"]
            assert bool(found) == (answer.line["outcome"] != "completed"), answer
            # libvirt stops at the first fault.  Of a tunnel with TLS it says what comes out.
            assert not found or found == ["tunnel-tls"] or says(found[0], error), answer
            who = answer.libvirt, answer.qemu
            refused, completed = count.get(who, (0, 0))
            count[who] = (refused + 1, completed) if found else (refused, completed + 1)
        assert count == {OLD: (233, 28), NEW: (240, 20), NEWER: (228, 32), NEWEST: (238, 23)}

    def test_unprivileged(self) -> None:
        """Where the lock limit is enforced, a hard limit below the memory fails in flight."""
        outcomes = {}
        for answer in calls("unprivileged"):
            vm = answer.line["vm"]
            found = ask(answer, memory_mib=vm["memoryMiB"], hard_limit_mib=vm["hardLimitMiB"])
            outcomes[answer.line["outcome"]] = codes(found)
        assert outcomes == {"completed": [], "failed": ["memory-lock"]}

    @pytest.mark.parametrize(("added", "params", "old", "new"), ODD_VALUES)
    def test_odd_values(self, added: int, params: Dict[str, Any], old: str, new: str) -> None:
        """Odd values are violations, with the words of whoever refuses them, or are taken."""
        for error, (lv, qv) in ((old, OLD), (new, NEW)):
            found = codes(check(ALWAYS | added, params, libvirt=lv, qemu=qv), "refused")
            assert bool(found) == bool(error)
            # The binding was that of 9.0.0 here and there, and newer ones know more types.
            if found and "text-type-named" in found:
                found.remove("text-type-named")
            assert not found or says(found[0], error)

    def test_mixed_up_types(self) -> None:
        """What the type is, and what it should be, are the wrong way round in libvirt 12.8.0.

        There the binding already refuses it; an older binding passes it on.
        """
        binding, found = check(ALWAYS | TLS, {"tls.destination": 1}, libvirt=(12, 8))
        assert says(binding.code, _BUILTIN)
        error = "invalid type 'string' for parameter 'tls.destination', expected 'ullong'"
        assert says(found.code, error)

    @given(flags, odd_params, st.booleans())
    def test_never_raises(self, value: Flag, params: Dict[str, Any], paused: bool) -> None:
        """Whatever the values of the parameters, there is an answer."""
        found = check(value, params, paused=paused)
        assert all(type(violation) is Violation for violation in found)

    @pytest.mark.parametrize("name", PARAMETERS)
    def test_known_parameters(self, name: str) -> None:
        """A parameter that libvirt knows is taken, whether it is looked at or not."""
        number = name.startswith(("auto", "bandwidth", "compression.", "disks_port", "parallel"))
        value: Any = 2 if number else "xbzrle"
        found = codes(check(ALWAYS | TLS, {name: value}, libvirt=(12, 8), qemu=(11, 1)))
        assert "parameter-unknown" not in found
        # Less what it tunes, or is a part of.
        assert not found or found[0].endswith(("-tuning", "-without-storage", "-without-parallel"))

    def test_several_values(self) -> None:
        """Disks are several, and one value may be written as a list."""
        params = {
            "migrate_disks": ["vda", "vdb"],
            "migrate_disks_detect_zeroes": ("vda", "vdb"),
            "migrate_uri": ["tcp://a"],
            "tls.destination": ("b",),
            "bandwidth": [52],
        }
        assert check(ALWAYS | TLS | NON_SHARED_DISK, params, libvirt=(10, 9)) == ()

    def test_known_flags(self) -> None:
        """Of libvirt's flags that Vdsm does not pass, most are good with anything."""
        good = ("UNDEFINE_SOURCE", "PAUSED", "CHANGE_PROTECTION", "UNSAFE", "RDMA_PIN_ALL")
        assert check(sum(Flag[f"VIR_MIGRATE_{name}"] for name in good) | ALWAYS, {}) == ()
        assert "flags-unknown" in codes(check((1 << 32) - 1, {}))

    def test_largest_bandwidth(self) -> None:
        """The largest bandwidth of 64 bits, in bytes/s, is what it says."""
        assert check(ALWAYS, {"bandwidth": (1 << 44) - 1}) == ()
        assert codes(check(ALWAYS, {"bandwidth": (1 << 64) - 1})) == ["bandwidth-wraps"]
        assert codes(check(ALWAYS, {"bandwidth": 1 << 64})) == ["bandwidth-overflow"]


class TestRecordedQmp:
    def test_recorded(self) -> None:
        """What each QEMU refused or took, and with which words, is what the table says.

        Whether capabilities or parameters were set first makes no difference.
        """
        count = 0
        for line, _, qemu in recorded("qemu"):
            if line["kind"] == "postcopy-switch" or line["outcome"] == "failed":
                continue  # what came later: see the test below, and memory-lock
            found = codes(check_qmp(line["caps"], line["params"], qemu=qemu), "refused")
            assert bool(found) == (line["outcome"] == "refused"), line
            assert not found or any(says(code, line["error"]) for code in found), line
            count += 1
        assert count == 983

    def test_loss(self) -> None:
        """Where the switch to post-copy killed the destination, the table says it is harmful."""
        count = 0
        for line, _, qemu in recorded("qemu"):
            if line["kind"] == "postcopy-switch":
                found = codes(check_qmp(line["caps"], {}, qemu=qemu), "harmful")
                lost = line["outcome"] == "failed"
                assert lost == (found == ["multifd-postcopy-loss"] and line["switched"]), line
                count += 1
        assert count == 10

    @pytest.mark.parametrize(("name", "values", "error"), ODD_PARAMETERS)
    def test_odd_values(self, name: str, values: Tuple[Any, ...], error: str) -> None:
        """Odd values are violations, with QEMU's words, or are taken."""
        for value, (_, qemu) in itertools.product(values, (OLD, NEW)):
            found = check_qmp([], {name: value}, qemu=qemu)
            assert bool(found) == bool(error), value
            assert not found or says(found[0].code, error), value

    @pytest.mark.parametrize(
        ("name", "value", "error"),
        [
            (_CHANNELS, 0, f"Option {_CHANNELS} expects a value between 1 and 255"),
            (
                "downtime-limit",
                2_000_001,
                "Option downtime-limit expects an integer in the range of 0 to (2000 * 1000) ms",
            ),
        ],
    )
    def test_other_words(self, name: str, value: int, error: str) -> None:
        """QEMU 11.1.3 refuses the same with other words, which are the row's, too."""
        (found,) = check_qmp([], {name: value}, qemu=(11, 1, 3))
        assert says(found.code, error)

    def test_a_level_that_old_qemus_ignore(self) -> None:
        """Asked directly, too, QEMU before 9.0 accepts a level and compresses with level 1."""
        found = check_qmp(["multifd"], {"multifd-zlib-level": 9}, qemu=(7, 2))
        assert [violation.code for violation in found] == ["level-ignored"]
        assert check_qmp(["multifd"], {"multifd-zlib-level": 9}, qemu=(9, 0)) == ()

    def test_credentials_unset(self) -> None:
        """An empty name of credentials, or null, is no encryption."""
        for value in ("", None):
            assert check_qmp(["multifd", "zero-copy-send"], {"tls-creds": value}) == ()

    def test_mapping(self) -> None:
        """A mapping of capabilities counts for those that are true."""
        on = {"multifd": True, "zero-copy-send": True, "xbzrle": False}
        assert check_qmp(on, {}) == check_qmp(["multifd", "zero-copy-send"], {}) == ()
        on["xbzrle"] = True
        assert "zerocopy-xbzrle" in codes(check_qmp(on, {}))
        assert check_qmp(iter(on), {}) == check_qmp(on, {})

    def test_as_qmp_writes_it(self) -> None:
        """Capabilities may be what ``migrate-set-capabilities`` gets; of several, the last counts.

        Names may stand beside them.
        """
        listed = [{"capability": name, "state": True} for name in ("multifd", "xbzrle")]
        assert check_qmp(listed, {}) == check_qmp(["multifd", "xbzrle"], {}) != ()
        off = {"capability": "xbzrle", "state": False}
        assert check_qmp([*listed, off], {}) == check_qmp(["multifd"], {}) == ()
        assert check_qmp([off, "xbzrle", listed[0]], {}) == check_qmp(listed, {})


def combinations() -> Iterator[int]:
    """All calls that Vdsm can make, as far as flags go."""
    for chosen in itertools.product((0, 1), repeat=len(OPTIONAL)):
        yield int(ALWAYS) | sum(flag for flag, on in zip(OPTIONAL, chosen) if on)


# Which rows stand for a rule of ``constraints``, in one generation or the other.
SAME = {
    "zero-copy without parallel": ("zerocopy-without-parallel",),
    "zero-copy with TLS": ("zerocopy-tls",),
    "zero-copy with XBZRLE": ("zerocopy-xbzrle",),
    # mt and what nobody knows are refused as such
    "zero-copy with multifd compression": (
        *("zerocopy-compression", "zerocopy-compress", "compress-removed", "compression-unknown"),
    ),
    "zero-copy with too little lockable memory": ("memory-lock",),
    "parallel with XBZRLE": ("compressed-parallel", "compression-parallel", "multifd-xbzrle"),
    "parallel with mt compression": ("compression-parallel", "multifd-compress"),
    "parallel with post-copy": ("multifd-postcopy", "multifd-postcopy-loss"),
    "tunnelled with parallel": ("tunnel-parallel",),
    "tunnelled with zero-copy": ("tunnel-parallel", "zerocopy-without-parallel"),
    "tunnelled with post-copy": ("tunnel-postcopy",),
    "tunnelled with TLS": (
        *("tunnel-tls", "tunnel-tls-crash", "tunnel-tls-crash-12.9", "tunnel-tls-handshake"),
    ),
    "tunnelled with a migration URI": ("tunnel-uri",),
    "post-copy on a paused VM": ("postcopy-paused",),
    "post-copy without live": ("postcopy-not-live",),
    "connections without parallel": ("connections-without-parallel",),
    "connections outside 1 to 255": ("channels-range", "channels-zero"),
    "unknown compression method": ("compression-unknown", "compression-multifd"),
}
COUNTS: Tuple[Optional[int], ...] = (None, 0, 1, 2, 255, 256)


class TestConstraints:
    def compare(
        self,
        value: int,
        params: Mapping[str, Any],
        *,
        paused: bool = False,
        hard_limit_mib: Optional[int] = None,
    ) -> Tuple[List[str], List[str]]:
        """The rules that a call violates, and the rows; each rule has one of its rows."""
        rules = constraints.violations(
            value, params, paused=paused, memory_mib=8, hard_limit_mib=hard_limit_mib
        )
        found = codes(
            check(value, params, paused=paused, memory_mib=8, hard_limit_mib=hard_limit_mib),
            "refused",
            "harmful",
        )
        for rule in rules:
            assert set(SAME[rule]) & set(found), (rule, found)
        return rules, found

    def test_every_call(self) -> None:
        """Of all flags, counts, and paused or not, each rule is a row, and each row a rule."""
        for value, count, paused in itertools.product(combinations(), COUNTS, (False, True)):
            params = {} if count is None else {CONNECTIONS: count}
            rules, found = self.compare(value, params, paused=paused)
            assert {code for rule in rules for code in SAME[rule]} >= set(found)

    @pytest.mark.parametrize("hard_limit_mib", [None, 7, 8, 9])
    def test_hard_limit(self, hard_limit_mib: Optional[int]) -> None:
        """Of all flags, a hard limit is against zero-copy where it is below the memory."""
        for value in combinations():
            rules, found = self.compare(value, {}, hard_limit_mib=hard_limit_mib)
            expected = value & ZEROCOPY and hard_limit_mib == 7
            assert ("memory-lock" in found) == bool(expected)
            assert {code for rule in rules for code in SAME[rule]} >= set(found)

    @pytest.mark.parametrize("method", ["xbzrle", "mt", "zlib", "zstd", "nope", ["xbzrle", "mt"]])
    def test_compression(self, method: Any) -> None:
        """Of all flags, each rule about compression is a row."""
        for value in combinations():
            self.compare(value & ~LIVE, {"compression": method, "migrate_uri": "tcp://x"})

    def test_rules_are_all(self) -> None:
        """No rule is forgotten."""
        assert list(SAME) == [name for name, _ in constraints.ROWS]


class Case(NamedTuple):
    """A call that only one row refuses, in these versions."""

    code: str
    value: int = 0
    params: Mapping[str, Any] = {}
    libvirt: Version = (9, 4)
    qemu: Version = (8, 0)
    base: int = ALWAYS
    paused: bool = False
    memory_mib: Optional[int] = None
    hard_limit_mib: Optional[int] = None

    def ask(self) -> Tuple[Violation, ...]:
        return check(
            self.base | self.value,
            self.params,
            paused=self.paused,
            memory_mib=self.memory_mib,
            hard_limit_mib=self.hard_limit_mib,
            libvirt=self.libvirt,
            qemu=self.qemu,
        )


class QmpCase(NamedTuple):
    """What QEMU gets directly, and only one row refuses, in this version."""

    code: str
    capabilities: Sequence[str] = ()
    parameters: Mapping[str, Any] = {}
    libvirt: Version = ()
    qemu: Version = (8, 0)

    def ask(self) -> Tuple[Violation, ...]:
        return check_qmp(self.capabilities, self.parameters, qemu=self.qemu)


_MULTIFD_ZC = ("multifd", "zero-copy-send")
CASES: List[Any] = [
    Case("connections-type", PARALLEL, {CONNECTIONS: "2"}),
    Case("connections-overflow", PARALLEL, {CONNECTIONS: 1 << 31}),
    Case("bandwidth-type", 0, {"bandwidth": "52"}),
    Case("bandwidth-negative", 0, {"bandwidth": -1}),
    Case("bandwidth-overflow", 0, {"bandwidth": 1 << 64}),
    Case("text-type", 0, {"graphics_uri": 1}),
    Case("text-type", 0, {"compression": ["xbzrle", 1]}),
    Case("bool-number", PARALLEL, {CONNECTIONS: True}),
    Case("bool-number", 0, {"bandwidth": True}),
    Case("tunnel-parallel", TUNNELLED | PARALLEL),
    Case("flags-unknown", 1 << 21),
    Case("zerocopy-libvirt", PARALLEL | ZEROCOPY, libvirt=(8, 4)),
    Case("parameter-unknown", 0, {"parallel_connections": 2}),
    Case("parameter-repeated", 0, {"migrate_uri": ["tcp://a", "tcp://b"]}),
    Case("parameter-repeated", 0, {"migrate_uri": ("tcp://a", "tcp://b")}),
    Case("tls-destination-type", TLS, {"tls.destination": 1}),
    Case("connections-without-parallel", 0, {CONNECTIONS: 2}),
    Case("compression-unknown", 0, {"compression": "lzo"}),
    Case("compression-multifd", PARALLEL, {"compression": "zlib"}, libvirt=(9, 3)),
    Case("compression-parallel", PARALLEL, {"compression": "xbzrle"}),
    Case("compression-alone", 0, {"compression": "zstd"}),
    Case("compression-repeated", 0, {"compression": ["xbzrle", "xbzrle"]}),
    Case("compression-several", PARALLEL, {"compression": ["zlib", "zstd"]}),
    Case("compressed-parallel", PARALLEL | COMPRESSED),
    Case("tunnel-uri", TUNNELLED, {"migrate_uri": "tcp://a"}),
    Case("postcopy-not-live", POSTCOPY, base=0),
    Case("postcopy-not-live", POSTCOPY | PAUSED),
    Case("tunnel-postcopy", TUNNELLED | POSTCOPY),
    Case("zerocopy-without-parallel", ZEROCOPY),
    Case("postcopy-paused", POSTCOPY, paused=True),
    Case("compress-removed", 0, {"compression": "mt"}, qemu=(9, 1)),
    Case("zerocopy-qemu", PARALLEL | ZEROCOPY, qemu=(7, 0)),
    Case("tunnel-tls", TUNNELLED | TLS, libvirt=(9, 0)),
    Case("tunnel-tls-crash", TUNNELLED | TLS, libvirt=(11, 3)),
    Case("tunnel-tls-crash-12.9", TUNNELLED | TLS, libvirt=(12, 9)),
    Case("tunnel-tls-handshake", TUNNELLED | TLS, libvirt=(12, 8)),
    Case("multifd-postcopy", PARALLEL | POSTCOPY, qemu=(8, 1)),
    Case("multifd-postcopy", PARALLEL | POSTCOPY, qemu=(10, 0, 13)),
    Case("multifd-postcopy-loss", PARALLEL | POSTCOPY),
    Case("multifd-compress", PARALLEL, {"compression": "mt"}, libvirt=(9, 3)),
    Case("compress-xbzrle", 0, {"compression": ["xbzrle", "mt"]}, qemu=(8, 2)),
    Case("multifd-xbzrle", PARALLEL | COMPRESSED, libvirt=(9, 3), qemu=(8, 2)),
    Case("channels-range", PARALLEL, {CONNECTIONS: 256}),
    Case("channels-range", PARALLEL, {CONNECTIONS: -1}),
    Case("channels-zero", PARALLEL, {CONNECTIONS: 0}),
    Case("zerocopy-xbzrle", PARALLEL | ZEROCOPY | COMPRESSED, libvirt=(9, 3)),
    Case("zerocopy-tls", PARALLEL | ZEROCOPY | TLS),
    Case("zerocopy-compression", PARALLEL | ZEROCOPY, {"compression": "zlib"}),
    Case("memory-lock", PARALLEL | ZEROCOPY, memory_mib=8, hard_limit_mib=7),
    Case("number-type", AUTO_CONVERGE, {"auto_converge.initial": "20"}),
    Case("number-overflow", 0, {"disks_port": 1 << 31}),
    Case("level-type", PARALLEL, {"compression": "zlib", "compression.zlib.level": "1"}, (11, 3)),
    Case("size-type", 0, {"bandwidth.postcopy": 1.5}),
    Case("size-negative", 0, {"bandwidth.postcopy": -1}),
    Case("size-overflow", 0, {"compression": "xbzrle", "compression.xbzrle.cache": 1 << 64}),
    Case("text-type-named", 0, {"disks_uri": None}, (11, 3)),
    Case("value-type-named", 0, {"disks_uri": None}),
    Case("value-type-named", TLS, {"tls.destination": None}),
    Case("value-type", NON_SHARED_DISK, {"migrate_disks_detect_zeroes": None}, (10, 9)),
    Case("nonshared-both", NON_SHARED_DISK | NON_SHARED_INC),
    Case("synchronous-writes-alone", SYNCHRONOUS_WRITES),
    Case("synchronous-writes-libvirt", SYNCHRONOUS_WRITES | NON_SHARED_INC, libvirt=(7, 10)),
    Case("postcopy-resume-libvirt", RESUME | POSTCOPY, libvirt=(8, 4)),
    Case("postcopy-resume-alone", RESUME),
    Case("level-libvirt", PARALLEL, {"compression.zstd.level": 1}, (9, 3), (9, 0)),
    Case("detect-zeroes-libvirt", NON_SHARED_INC, {"migrate_disks_detect_zeroes": "vda"}),
    Case("switchover-libvirt", 0, {"bandwidth.avail.switchover": 1}, (11, 0), (8, 2)),
    Case("target-zero-libvirt", NON_SHARED_INC, {"migrate_disks_target_zero": "vda"}, (12, 1)),
    Case("disks-uri-type", 0, {"disks_uri": 1}),
    Case("switchover-type", 0, {"bandwidth.avail.switchover": 1.5}, (11, 1), (8, 2)),
    Case("switchover-type", 0, {"bandwidth.avail.switchover": True}, (11, 1), (8, 2)),
    Case("switchover-type", 0, {"bandwidth.avail.switchover": -1}, (11, 1), (8, 2)),
    Case("disks-type", NON_SHARED_DISK, {"migrate_disks_detect_zeroes": 1}, (10, 9)),
    Case("size-wraps", 0, {"bandwidth.postcopy": 1 << 44}),
    Case("disks-port-and-uri", 0, {"disks_port": 1, "disks_uri": "tcp://b"}),
    Case("converge-tuning", 0, {"auto_converge.increment": 10}),
    Case("mt-tuning", 0, {"compression.mt.level": 1}),
    Case("xbzrle-tuning", COMPRESSED, {"compression.xbzrle.cache": 4096}),
    Case(
        "zlib-tuning", PARALLEL, {"compression": "zstd", "compression.zlib.level": 1}, qemu=(9, 0)
    ),
    Case(
        "zstd-tuning", PARALLEL, {"compression": "zlib", "compression.zstd.level": 1}, qemu=(9, 0)
    ),
    Case("tunnel-listen", TUNNELLED, {"listen_address": "::"}),
    Case("tunnel-disks-port", TUNNELLED, {"disks_port": 1}),
    Case("offline-storage", OFFLINE | PERSIST_DEST | NON_SHARED_DISK),
    Case("offline-transient", OFFLINE),
    Case("offline-tunnel", OFFLINE | PERSIST_DEST | TUNNELLED),
    Case("tunnel-storage", TUNNELLED | NON_SHARED_INC),
    Case("disks-without-storage", 0, {"migrate_disks": ["vda", "vdb"]}),
    Case("detect-zeroes-without-storage", 0, {"migrate_disks_detect_zeroes": "vda"}, (10, 9)),
    Case("target-zero-without-storage", 0, {"migrate_disks_target_zero": "vda"}, (12, 2)),
    Case("switchover-qemu", 0, {"bandwidth.avail.switchover": 1}, (11, 1), (8, 1)),
    Case("qemu-before-6.2", 0, {}, (11, 2), (6, 1)),
    Case("qemu-before-7.2", 0, {}, (12, 4), (7, 1)),
    Case("throttle-initial-range", AUTO_CONVERGE, {"auto_converge.initial": 0}),
    Case("throttle-increment-range", AUTO_CONVERGE, {"auto_converge.increment": 100}),
    Case("byte-range", AUTO_CONVERGE, {"auto_converge.increment": -1}),
    Case("compress-level-range", 0, {"compression": "mt", "compression.mt.level": 10}),
    Case("compress-threads-range", 0, {"compression": "mt", "compression.mt.threads": 0}),
    Case("decompress-threads-range", 0, {"compression": "mt", "compression.mt.dthreads": 0}),
    Case("xbzrle-cache-range", 0, {"compression": "xbzrle", "compression.xbzrle.cache": 5}),
    Case("xbzrle-cache-range", 0, {"compression": "xbzrle", "compression.xbzrle.cache": 12288}),
    Case(
        "zlib-level-range",
        *(PARALLEL, {"compression": "zlib", "compression.zlib.level": 10}),
        qemu=(9, 0),
    ),
    Case(
        "zstd-level-range",
        *(PARALLEL, {"compression": "zstd", "compression.zstd.level": 21}),
        qemu=(9, 0),
    ),
    Case("level-ignored", PARALLEL, {"compression": "zlib", "compression.zlib.level": 10}),
    Case("preempt-compress", POSTCOPY, {"compression": "mt"}, (10, 0)),
    Case("zerocopy-unix", PARALLEL | ZEROCOPY, {"migrate_uri": "unix:///run/a"}),
    Case("postcopy-tls", POSTCOPY | TLS),
    Case("bandwidth-wraps", 0, {"bandwidth": 1 << 44}),
    Case("tls-destination-unused", 0, {"tls.destination": "b"}),
    QmpCase("qemu-number-type", (), {"multifd-channels": "2"}),
    QmpCase("qemu-number-type", (), {"max-bandwidth": 1 << 64}),
    QmpCase("qemu-number-type", (), {"downtime-limit": None}),
    QmpCase("qemu-credentials-type", (), {"tls-creds": 1}),
    QmpCase("qemu-compression-type", (), {"multifd-compression": None}),
    QmpCase("qemu-compress-removed", ["compress"], qemu=(9, 1)),
    QmpCase("qemu-zerocopy-unknown", _MULTIFD_ZC, qemu=(7, 0)),
    QmpCase("multifd-postcopy", ["multifd", "postcopy-ram"], qemu=(8, 1)),
    QmpCase("multifd-postcopy-loss", ["multifd", "postcopy-ram"]),
    QmpCase("preempt-without-postcopy", ["postcopy-preempt"]),
    QmpCase("preempt-compress", ["postcopy-preempt", "postcopy-ram", "compress"], qemu=(7, 2)),
    QmpCase("switchover-ack-without-return-path", ["switchover-ack"], qemu=(8, 1)),
    QmpCase("multifd-compress", ["multifd", "compress"]),
    QmpCase("compress-xbzrle", ["compress", "xbzrle"], qemu=(8, 2)),
    QmpCase("multifd-xbzrle", ["multifd", "xbzrle"], qemu=(8, 2)),
    QmpCase("channels-range", (), {"multifd-channels": 256}),
    QmpCase("channels-zero", (), {"multifd-channels": 0}),
    QmpCase("downtime-range", (), {"downtime-limit": 2000001}),
    QmpCase("zerocopy-without-multifd", ["zero-copy-send"]),
    QmpCase("zerocopy-xbzrle", (*_MULTIFD_ZC, "xbzrle")),
    QmpCase("zerocopy-tls", _MULTIFD_ZC, {"tls-creds": "tls0"}),
    QmpCase("zerocopy-compression", _MULTIFD_ZC, {"multifd-compression": "zstd"}),
    # 7.1 has no other row for these two, of which one is needed and the other rules it out.
    QmpCase("zerocopy-compress", (*_MULTIFD_ZC, "compress"), qemu=(7, 1)),
    QmpCase("qemu-block-removed", ["block"], qemu=(9, 1)),
    QmpCase("qemu-capabilities-8.1", ["switchover-ack", "return-path"]),
    QmpCase("qemu-capabilities-9.0", ["mapped-ram"], qemu=(8, 2)),
    QmpCase("postcopy-ignore-shared", ["postcopy-ram", "x-ignore-shared"]),
    QmpCase("background-snapshot", ["background-snapshot", "release-ram"]),
    QmpCase("dirty-limit-converge", ["dirty-limit", "auto-converge"], qemu=(8, 1)),
    QmpCase("dirty-limit-ring", ["dirty-limit"], qemu=(8, 1)),
    QmpCase("mapped-ram-xbzrle", ["mapped-ram", "xbzrle"], qemu=(9, 0)),
    QmpCase("mapped-ram-compress", ["mapped-ram", "compress"], qemu=(9, 0)),
    QmpCase("mapped-ram-postcopy", ["mapped-ram", "postcopy-ram"], qemu=(9, 0)),
    QmpCase("mapped-ram-stream", ["mapped-ram"], {"tls-creds": "tls0"}, qemu=(9, 0)),
    QmpCase("mapped-ram-stream", ["mapped-ram"], {"multifd-compression": "zstd"}, qemu=(9, 0)),
    QmpCase("qemu-parameters-8.1", (), {"vcpu-dirty-limit": 1}),
    QmpCase("qemu-parameters-8.2", (), {"mode": "normal"}),
    QmpCase("qemu-parameters-9.0", (), {"zero-page-detection": "legacy"}),
    QmpCase("qemu-parameters-9.1", (), {"direct-io": True}),
    QmpCase("qemu-parameters-9.2", (), {"multifd-qatzip-level": 1}),
    QmpCase("qemu-parameters-10.2", (), {"cpr-exec-command": []}),
    QmpCase("qemu-parameters-removed", (), {"compress-level": 1}, qemu=(9, 1)),
    QmpCase("qemu-word-type", (), {"mode": None}, qemu=(8, 2)),
    QmpCase("qemu-bool-type", (), {"cpu-throttle-tailslow": 1}),
    QmpCase("byte-range", (), {"multifd-qatzip-level": 256}, qemu=(9, 2)),
    QmpCase("checkpoint-range", (), {"x-checkpoint-delay": 1 << 32}),
    QmpCase("compression-method", (), {"multifd-compression": "lzo"}),
    QmpCase("compression-qpl", (), {"multifd-compression": "qpl"}, qemu=(11, 1)),
    QmpCase("compression-uadk", (), {"multifd-compression": "uadk"}),
    QmpCase("compression-qatzip", (), {"multifd-compression": "qatzip"}),
    QmpCase("word-unknown", (), {"mode": "cpr"}, qemu=(8, 2)),
    QmpCase("throttle-trigger-range", (), {"throttle-trigger-threshold": 101}),
    QmpCase("throttle-max-range", (), {"max-cpu-throttle": 19}),
    QmpCase("throttle-max-range", (), {"max-cpu-throttle": 49, "cpu-throttle-initial": 50}),
    QmpCase("qatzip-level-range", (), {"multifd-qatzip-level": 0}, qemu=(9, 2)),
    QmpCase("announce-initial-range", (), {"announce-initial": 100_001}),
    QmpCase("announce-max-range", (), {"announce-max": 100_001}),
    QmpCase("announce-rounds-range", (), {"announce-rounds": 1001}),
    QmpCase("announce-step-range", (), {"announce-step": 0}),
    QmpCase("dirty-limit-period-range", (), {"x-vcpu-dirty-limit-period": 0}, qemu=(8, 1)),
    QmpCase("dirty-limit-zero", (), {"vcpu-dirty-limit": 0}, qemu=(8, 1)),
    QmpCase("postcopy-tls", ["postcopy-ram"], {"tls-creds": "tls0"}),
]


# Calls that nobody has anything to say of: what makes a case of a row, less one thing.
INNOCENT: List[Any] = [
    Case("", POSTCOPY),
    Case("", TUNNELLED | COMPRESSED, {"bandwidth": 0}),
    Case("", PAUSED, paused=True, base=0),
    Case("", PARALLEL | TLS, {CONNECTIONS: 255, "tls.destination": "b"}),
    Case("", PARALLEL | ZEROCOPY, {CONNECTIONS: 1}, memory_mib=8, hard_limit_mib=8),
    Case("", PARALLEL, libvirt=(8, 4), qemu=(7, 0)),
    Case("", PARALLEL | POSTCOPY, {CONNECTIONS: 2}, libvirt=(11, 3), qemu=(10, 1)),
    Case("", PARALLEL | ZEROCOPY | POSTCOPY, libvirt=(11, 3), qemu=(10, 2)),
    Case("", COMPRESSED, {"migrate_uri": "tcp://a"}, libvirt=(11, 3), qemu=(10, 0)),
    Case("", PARALLEL | COMPRESSED, {"compression": "zstd"}, libvirt=(11, 3), qemu=(10, 0)),
    Case("", PARALLEL | COMPRESSED, libvirt=(9, 3), qemu=(8, 0)),
    Case("", 0, {"compression": ["xbzrle", "mt"]}, qemu=(8, 1)),
    *(
        QmpCase("", names, {"downtime-limit": 2000000, "max-bandwidth": -1}, qemu=qemu)
        for qemu in ((7, 1), (8, 2), (10, 1))
        for names in (
            *((), ["multifd"], ["postcopy-ram"], ["xbzrle"], ["zero-copy-send", "multifd"]),
            ["postcopy-ram", "postcopy-preempt"],
            *(["postcopy-ram", "xbzrle"], ["auto-converge", "events", "unheard-of"]),
        )
    ),
    QmpCase("", ["compress"], qemu=(8, 2)),
    QmpCase("", ["compress", "postcopy-ram"], {"multifd-channels": 1}),
    QmpCase("", ["multifd"], qemu=(7, 0)),
    QmpCase("", ["multifd"], {"tls-creds": "tls0", "multifd-compression": "zlib"}),
    QmpCase("", (), {"max-bandwidth": -(1 << 63), "unheard-of": "20"}),
    QmpCase("", ["switchover-ack", "return-path"], qemu=(8, 1)),
    QmpCase("", ["multifd", "compress"], qemu=(7, 1)),
    QmpCase("", ["postcopy-ram", "postcopy-preempt", "compress"], qemu=(7, 1)),
    QmpCase("", ["postcopy-ram"], {"tls-creds": "tls0"}, qemu=(10, 1)),
    QmpCase("", ["mapped-ram", "background-snapshot"], {"tls-creds": None}, qemu=(11, 1)),
    QmpCase("", (), {"max-cpu-throttle": 20, "announce-step": 10_000, "announce-rounds": 0}),
    Case("", AUTO_CONVERGE, {"auto_converge.initial": 1, "auto_converge.increment": 99}),
    Case("", COMPRESSED, {"compression": "xbzrle", "compression.xbzrle.cache": 4096}),
    Case("", PARALLEL, {"compression": "zlib", "compression.zlib.level": 0}, qemu=(9, 0)),
    Case("", PARALLEL, {"compression": "zstd", "compression.zstd.level": 20}, qemu=(9, 0)),
    Case("", 0, {"bandwidth.postcopy": (1 << 44) - 1, "disks_uri": "tcp://b", "disks_port": 0}),
    Case("", TUNNELLED, {"disks_port": 0, "destination_name": "b"}),
    Case("", OFFLINE | PERSIST_DEST | PARALLEL | ZEROCOPY | TLS, {CONNECTIONS: 0}),
    Case("", 0, {"migrate_disks": "vda"}, libvirt=(9, 0)),
    Case("", TUNNELLED | NON_SHARED_DISK, libvirt=(9, 0)),
    Case("", POSTCOPY, {"compression": "mt"}, libvirt=(9, 9)),
    Case("", RESUME | POSTCOPY),
    Case("", PARALLEL, {"migrate_uri": "unix:///run/a"}),
    Case("", POSTCOPY | TLS, libvirt=(11, 3), qemu=(10, 1)),
]


def just_before(version: Version) -> Version:
    """A version before this one and after all that differ in more than the last number."""
    *most, last = version
    return (*most, last - 1, 999) if last else (*most[:-1], most[-1] - 1, 999)


class TestTable:
    def test_codes(self) -> None:
        """The codes are unique, and each has a case."""
        known = [row.code for row in REFUSALS]
        assert len(set(known)) == len(known)
        assert {case.code for case in CASES} == set(known)

    def test_needed(self) -> None:
        """Of each row there is a call that only this row speaks of."""
        for case in CASES:
            assert codes(case.ask()) == [case.code], case

    @pytest.mark.parametrize("case", INNOCENT, ids=str)
    def test_innocent(self, case: Any) -> None:
        """What is accepted is not spoken of."""
        assert case.ask() == ()

    def test_range(self) -> None:
        """A row begins and ends with the versions that it names, whatever the patch level."""
        rows = {row.code: row for row in REFUSALS}
        for case in CASES:
            for layer in ("libvirt", "qemu") if isinstance(case, Case) else ("qemu",):
                versions: Versions = getattr(rows[case.code], layer)
                for version, within in (
                    (versions.since and just_before(versions.since), False),
                    (versions.since, True),
                    (versions.since and (*versions.since, 7), True),
                    (versions.until and just_before(versions.until), True),
                    (versions.until, False),
                    (versions.until and (*versions.until, 0), False),
                ):
                    if version:
                        asked: Any = case._replace(**{layer: version})
                        assert (case.code in codes(asked.ask())) == within, (case, version)

    def test_versions(self) -> None:
        """Since when and until when."""
        assert {
            row.code: (row.libvirt.since, row.libvirt.until, row.qemu.since, row.qemu.until)
            for row in REFUSALS
            if (row.libvirt, row.qemu) != (Versions(), Versions())
        } == {
            "level-type": ((11, 3), None, None, None),
            "text-type-named": ((11, 3), None, None, None),
            "value-type-named": (None, (11, 3), None, None),
            "synchronous-writes-libvirt": (None, (8, 0), None, None),
            "postcopy-resume-libvirt": (None, (8, 5), None, None),
            "zerocopy-libvirt": (None, (8, 5), None, None),
            "level-libvirt": (None, (9, 4), None, None),
            "detect-zeroes-libvirt": (None, (10, 9), None, None),
            "switchover-libvirt": (None, (11, 1), None, None),
            "target-zero-libvirt": (None, (12, 2), None, None),
            "switchover-type": ((11, 1), None, None, None),
            "disks-type": ((10, 9), None, None, None),
            "compression-multifd": (None, (9, 4), None, None),
            "compression-parallel": ((9, 4), None, None, None),
            "compression-alone": ((9, 4), None, None, None),
            "compression-several": ((9, 4), None, None, None),
            "zlib-tuning": ((9, 4), None, None, None),
            "zstd-tuning": ((9, 4), None, None, None),
            "compressed-parallel": ((9, 4), None, None, None),
            "tunnel-storage": ((9, 1), None, None, None),
            "disks-without-storage": ((9, 1), None, None, None),
            "detect-zeroes-without-storage": ((10, 9), None, None, None),
            "target-zero-without-storage": ((12, 2), None, None, None),
            "compress-removed": (None, None, (9, 1), None),
            "zerocopy-qemu": (None, None, None, (7, 1)),
            "switchover-qemu": ((11, 1), None, None, (8, 2)),
            "qemu-before-6.2": ((11, 2), None, None, (6, 2)),
            "qemu-before-7.2": ((12, 4), None, None, (7, 2)),
            "tunnel-tls": (None, (11, 3), None, None),
            "tunnel-tls-crash": ((9, 1), (12, 8), None, None),
            "tunnel-tls-crash-12.9": ((12, 9), None, None, None),
            "tunnel-tls-handshake": ((11, 4), (12, 9), None, None),
            "qemu-compress-removed": (None, None, (9, 1), None),
            "qemu-block-removed": (None, None, (9, 1), None),
            "qemu-zerocopy-unknown": (None, None, None, (7, 1)),
            "qemu-capabilities-8.1": (None, None, None, (8, 1)),
            "qemu-capabilities-9.0": (None, None, None, (9, 0)),
            "multifd-postcopy": (None, None, (8, 1), (10, 1)),
            "multifd-postcopy-loss": (None, None, None, (8, 1)),
            "preempt-compress": ((10, 0), None, (7, 2), (9, 1)),
            "multifd-compress": (None, None, (7, 2), (9, 1)),
            "switchover-ack-without-return-path": (None, None, (8, 1), None),
            "dirty-limit-converge": (None, None, (8, 1), None),
            "dirty-limit-ring": (None, None, (8, 1), None),
            "multifd-xbzrle": (None, None, (8, 2), None),
            "compress-xbzrle": (None, None, (8, 2), (9, 1)),
            "mapped-ram-xbzrle": (None, None, (9, 0), None),
            "mapped-ram-compress": (None, None, (9, 0), (9, 1)),
            "mapped-ram-postcopy": (None, None, (9, 0), None),
            "qemu-word-type": (None, None, (8, 2), None),
            "word-unknown": (None, None, (8, 2), None),
            "qemu-parameters-8.1": (None, None, None, (8, 1)),
            "qemu-parameters-8.2": (None, None, None, (8, 2)),
            "qemu-parameters-9.0": (None, None, None, (9, 0)),
            "qemu-parameters-9.1": (None, None, None, (9, 1)),
            "qemu-parameters-9.2": (None, None, None, (9, 2)),
            "qemu-parameters-10.2": (None, None, None, (10, 2)),
            "qemu-parameters-removed": (None, None, (9, 1), None),
            "compress-level-range": (None, None, None, (9, 1)),
            "compress-threads-range": (None, None, None, (9, 1)),
            "decompress-threads-range": (None, None, None, (9, 1)),
            "zlib-level-range": (None, None, (9, 0), None),
            "qatzip-level-range": (None, None, (9, 2), None),
            "zstd-level-range": (None, None, (9, 0), None),
            "zerocopy-compress": (None, None, None, (9, 1)),
            "mapped-ram-stream": (None, None, (9, 0), None),
            "dirty-limit-period-range": (None, None, (8, 1), None),
            "dirty-limit-zero": (None, None, (8, 1), None),
            "postcopy-tls": (None, None, None, (10, 1)),
            "level-ignored": (None, None, None, (9, 0)),
        }

    def test_severities(self) -> None:
        """All rows are refusals but for these."""
        assert {row.code: row.severity for row in REFUSALS if row.severity != "refused"} == {
            "bool-number": "misleading",
            "tunnel-tls-crash": "harmful",
            "tunnel-tls-crash-12.9": "harmful",
            "multifd-postcopy-loss": "harmful",
            "postcopy-tls": "harmful",
            "bandwidth-wraps": "misleading",
            "tls-destination-unused": "misleading",
            "level-ignored": "misleading",
        }

    def test_violations(self) -> None:
        """A violation says what is wrong, in whose words, and what to do."""
        for row in REFUSALS:
            violation = row.violation
            layer, name = SPEAKERS[row.speaker]
            assert (violation.code, violation.severity) == (row.code, row.severity)
            assert violation.layer == layer == ("qemu" if row.speaker == "qemu" else "libvirt")
            assert violation.message.startswith(row.problem)
            assert (f'; {name} says "{row.says}"' in violation.message) == bool(row.says)
            assert violation.remedy == row.remedy
            assert row.source

    def test_example(self) -> None:
        """The message is a sentence with the layer's own words."""
        (violation,) = check(ALWAYS | ZEROCOPY, {})
        assert violation == Violation(
            code="zerocopy-without-parallel",
            severity="refused",
            layer="libvirt",
            message="zero-copy needs parallel connections; libvirt says "
            '"zero-copy is only available for parallel migration"',
            remedy="add VIR_MIGRATE_PARALLEL, or drop VIR_MIGRATE_ZEROCOPY",
        )
        assert pickle.loads(pickle.dumps(violation)) == violation
        assert hash(violation) == hash(attr.evolve(violation))
        assert Violation.__module__ == "zcpolicy.adapters.libvirt"

    def test_violation_refused(self) -> None:
        """A violation of another severity or layer cannot be made; without a remedy it can."""
        good: Dict[str, Any] = {
            "code": "x", "severity": "refused", "layer": "vdsm", "message": "x", "remedy": None
        }  # fmt: skip
        assert Violation(**good).remedy is None
        bad = {"code": 1, "severity": "error", "layer": "java", "message": None, "remedy": 1}
        assert paths(Violation, **bad) == list(bad)


# Versions on both sides of every change, all of them supported.
LIBVIRTS: Tuple[Version, ...] = (
    *((8, 5), (9, 0), (9, 3), (9, 4), (10, 0), (10, 8), (10, 9)),
    *((11, 0), (11, 1), (11, 2), (11, 3), (11, 10), (12, 1), (12, 2), (12, 8), (12, 9)),
)
QEMUS: Tuple[Version, ...] = (
    *((7, 1), (7, 2), (8, 0), (8, 1), (8, 2), (9, 0), (9, 1)),
    *((10, 0), (10, 1), (10, 2)),
)


class TestVersions:
    @given(flags, good_params, st.booleans())
    def test_unknown_is_union(self, value: Flag, params: Dict[str, Any], paused: bool) -> None:
        """Without a version, all is told that some supported version says.

        The words are then those that the versions have in common.
        """
        named = {row.code for row in REFUSALS if row.named}
        for lv, qv in ((None, None), ((9, 0), None), (None, (7, 2))):
            found = set(codes(check(value, params, paused=paused, libvirt=lv, qemu=qv)))
            assert found == {
                violation.code
                for each_lv in ([lv] if lv else LIBVIRTS)
                for each_qv in ([qv] if qv else QEMUS)
                for violation in check(value, params, paused=paused, libvirt=each_lv, qemu=each_qv)
                if qv or violation.code not in named
            }

    def test_named_versions(self) -> None:
        """Some rows need a version of QEMU, as most calls of that kind complete on most hosts."""
        assert codes(check(ALWAYS | POSTCOPY | TLS, {})) == []
        assert codes(check(ALWAYS | POSTCOPY | TLS, {}, qemu=(10, 0))) == ["postcopy-tls"]
        assert codes(check(ALWAYS, {}, libvirt=(12, 4))) == []
        assert codes(check(ALWAYS, {}, libvirt=(12, 4), qemu=(7, 1))) == ["qemu-before-7.2"]

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("multifd-channels", 0, "a value between 1 and 255"),
            ("cpu-throttle-initial", 0, "an integer in the range of 1 to 99"),
        ],
    )
    def test_words(self, name: str, value: int, said: str) -> None:
        """A version says it in its own words; without one, what differs is left out."""
        snake = name.replace("-", "_")
        for qemu, words in (
            (None, f"…{name.replace('-', '…')}… expects {said}"),
            ((7, 2), f"Parameter '{snake}' expects {said}"),
            ((10, 2), f"Parameter '{snake}' expects {said}"),
            ((11, 0), f"Option {snake} expects {said}"),
            ((11, 1), f"Option {name} expects {said}"),
        ):
            (found,) = check_qmp([], {name: value}, qemu=qemu)
            assert found.message.endswith(f'QEMU says "{words}"')

    @pytest.mark.parametrize("capabilities", [["multifd", "postcopy-ram"], ["compress"], []])
    def test_unknown_qemu(self, capabilities: List[str]) -> None:
        """So it is when QEMU is asked directly."""
        assert set(check_qmp(capabilities, {})) == {
            violation for qv in QEMUS for violation in check_qmp(capabilities, {}, qemu=qv)
        }

    @given(flags, virsh_params | odd_params, st.booleans())
    def test_no_row_is_passed_over(self, value: Flag, params: Dict[str, Any], paused: bool) -> None:
        """Rows are looked at by what they are about; all of them would find the same."""
        asked: Dict[str, Any] = {"paused": paused, "memory_mib": 8, "hard_limit_mib": 7}
        call = call_of(int(value), params, **asked)
        everywhere = [row.code for row in REFUSALS if row.applies(call) and row.holds(None, None)]
        assert codes(check(value, params, **asked)) == everywhere

    @given(flags, good_params)
    def test_order(self, value: Flag, params: Dict[str, Any]) -> None:
        """Violations come in the order of the table, each once."""
        found = codes(check(value, params))
        assert found == [row.code for row in REFUSALS if row.code in found]


class TestDecisions:
    def test_parameters(self) -> None:
        """Of all parameters, those that can be made are refused by nobody, the others are."""
        postcopy = zc.ConvergenceSchedule(
            stalling=(
                zc.StallingEntry(limit=1, action=zc.Action(name="postcopy")),
                zc.StallingEntry(limit=1, action=zc.Action(name="abort")),
            )
        )
        made = 0
        for zerocopy, parallel, compressed, encrypted, tunnelled, schedule in itertools.product(
            (False, True), (None, 2), (False, True), (False, True), (False, True), (None, postcopy)
        ):
            value = ALWAYS
            for flag, on in (
                (ZEROCOPY, zerocopy),
                (PARALLEL, parallel),
                (COMPRESSED, compressed),
                (TLS, encrypted),
                (TUNNELLED, tunnelled),
                (POSTCOPY, schedule),
            ):
                value |= flag if on else Flag(0)
            params = {} if parallel is None else {CONNECTIONS: parallel}
            found = codes(check(value, params))
            try:
                parameters = zc.Parameters(
                    zerocopy=zerocopy,
                    parallel=parallel,
                    compressed=compressed,
                    encrypted=encrypted,
                    tunnelled=tunnelled,
                    schedule=schedule,
                )
            except zc.ZcpolicyError:
                assert found
            else:
                call = libvirt_call(vm_migrate(parameters, level="4.7"), zc.Host(), level="4.7")
                assert call.flags & ~Flag.VIR_MIGRATE_ABORT_ON_ERROR == (
                    value | Flag.VIR_MIGRATE_PERSIST_DEST
                )
                assert check(call.flags, call.params) == ()
                assert found == []
                made += 1
        assert made == 13


class TestQmp:
    def test_the_last_number_counts(self) -> None:
        """Of several numbers, which libvirt refuses all the same, the last one is taken."""
        assert qmp(PARALLEL, {CONNECTIONS: [2, 3]}).parameters["multifd-channels"] == 3

    @pytest.mark.parametrize(
        ("value", "params", "on", "parameters"),
        [
            (0, {}, ["return-path"], {}),
            (
                PARALLEL | ZEROCOPY,
                {CONNECTIONS: 4, "bandwidth": 52},
                ["multifd", "return-path", "zero-copy-send"],
                {"multifd-channels": 4, "max-bandwidth": 54525952},
            ),
            (
                TUNNELLED | COMPRESSED,
                {"bandwidth": 2**44 + 3},
                ["xbzrle"],
                {"max-bandwidth": 3145728},
            ),
            (
                POSTCOPY | Flag.VIR_MIGRATE_AUTO_CONVERGE | Flag.VIR_MIGRATE_ABORT_ON_ERROR,
                {"bandwidth": 0},
                ["auto-converge", "postcopy-ram", "return-path"],
                {},
            ),
            (
                TLS,
                {"tls.destination": "b.lab.test"},
                ["return-path"],
                {"tls-creds": "objlibvirt_migrate_tls0", "tls-hostname": "b.lab.test"},
            ),
            (
                TLS | PARALLEL,
                {CONNECTIONS: True, "tls.destination": ["b"]},
                ["multifd", "return-path"],
                {
                    "multifd-channels": 1,
                    "tls-creds": "objlibvirt_migrate_tls0",
                    "tls-hostname": "b",
                },
            ),
            (0, {"tls.destination": "b.lab.test"}, ["return-path"], {}),
            (COMPRESSED, {"compression": "mt"}, ["compress", "return-path"], {}),
            (0, {"compression": ["xbzrle"]}, ["return-path", "xbzrle"], {}),
            (
                PARALLEL,
                {"compression": "zstd"},
                ["multifd", "return-path"],
                {"multifd-compression": "zstd"},
            ),
            (0, {CONNECTIONS: "2", "bandwidth": -1}, ["return-path"], {}),
        ],
    )
    def test_source(
        self, value: int, params: Dict[str, Any], on: List[str], parameters: Dict[str, Any]
    ) -> None:
        """What is set in the source's QEMU; seen on the monitors of both generations."""
        answer = qmp(ALWAYS | value, params)
        default = {"tls-creds": "", "tls-hostname": "", "max-bandwidth": 9223372036853727232}
        assert sorted(name for name, state in answer.capabilities.items() if state) == on
        assert answer.parameters == {**default, **parameters}

    def test_tuning(self) -> None:
        """Typed parameters that tune QEMU reach it in its units; some reach only the source's."""
        numbers = {
            name: 3
            for name in PARAMETERS
            if name.startswith(("auto", "bandwidth", "compression.", "parallel"))
        }
        there = {
            "compress-level": 3,
            "compress-threads": 3,
            "decompress-threads": 3,
            "xbzrle-cache-size": 3,
            "max-postcopy-bandwidth": 3 << 20,
            "multifd-channels": 3,
            "multifd-zlib-level": 3,
            "multifd-zstd-level": 3,
            "tls-creds": "",
            "tls-hostname": "",
        }
        assert qmp(ALWAYS, numbers, destination=True).parameters == there
        assert qmp(ALWAYS, numbers).parameters == {
            **there,
            "cpu-throttle-initial": 3,
            "cpu-throttle-increment": 3,
            "avail-switchover-bandwidth": 3 << 20,
            "max-bandwidth": 3 << 20,
        }

    def test_rdma(self) -> None:
        """Pinning for RDMA is asked of both sides."""
        for destination in (False, True):
            answer = qmp(Flag.VIR_MIGRATE_RDMA_PIN_ALL, {}, destination=destination)
            assert answer.capabilities["rdma-pin-all"] is True

    def test_source_capabilities(self) -> None:
        """What is off is told, but for what newer QEMUs have no more."""
        assert qmp(ALWAYS, {}).capabilities == {
            "xbzrle": False,
            "postcopy-ram": False,
            "multifd": False,
            "return-path": True,
            "auto-converge": False,
            "zero-copy-send": False,
        }

    def test_unnamed_host(self) -> None:
        """With TLS the name of the destination's host is libvirt's, if none is given."""
        for params in ({}, {"tls.destination": 1}):
            assert "tls-hostname" not in qmp(TLS, params).parameters

    def test_destination(self) -> None:
        """The destination gets no bandwidth, no name to check, and what only a sender does."""
        answer = qmp(
            sum(OPTIONAL, ALWAYS),
            {CONNECTIONS: 2, "bandwidth": 1, "tls.destination": "b"},
            destination=True,
        )
        assert answer == (
            {"xbzrle": True, "postcopy-ram": True, "multifd": True, "return-path": False},
            {
                "tls-creds": "objlibvirt_migrate_tls0",
                "tls-hostname": "",
                "multifd-channels": 2,
            },
        )

    @given(flags, good_params, st.sampled_from(QEMUS))
    def test_same_answer(self, value: Flag, params: Dict[str, Any], qemu: Version) -> None:
        """What QEMU says of a call is what it says of what libvirt sets for the call."""
        speaker = {row.code: row.speaker for row in REFUSALS}
        value &= ~OFFLINE  # which sets nothing in QEMU
        params = {name: given for name, given in params.items() if name != "compression"}
        by_qmp = codes(check_qmp(*qmp(value, params), qemu=qemu))
        if "zerocopy-without-multifd" in by_qmp:
            # libvirt is first to say so.
            by_qmp.remove("zerocopy-without-multifd")
            assert "zerocopy-without-parallel" in codes(check(value, params))
        found = codes(check(value, params, qemu=qemu))
        assert sorted([code for code in found if speaker[code] == "qemu"]) == sorted(by_qmp)


_BOOLEANS = {
    "--live": "VIR_MIGRATE_LIVE",
    "--p2p": "VIR_MIGRATE_PEER2PEER",
    "--tunnelled": "VIR_MIGRATE_TUNNELLED",
    "--persistent": "VIR_MIGRATE_PERSIST_DEST",
    "--undefinesource": "VIR_MIGRATE_UNDEFINE_SOURCE",
    "--suspend": "VIR_MIGRATE_PAUSED",
    "--copy-storage-all": "VIR_MIGRATE_NON_SHARED_DISK",
    "--copy-storage-inc": "VIR_MIGRATE_NON_SHARED_INC",
    "--change-protection": "VIR_MIGRATE_CHANGE_PROTECTION",
    "--unsafe": "VIR_MIGRATE_UNSAFE",
    "--offline": "VIR_MIGRATE_OFFLINE",
    "--compressed": "VIR_MIGRATE_COMPRESSED",
    "--abort-on-error": "VIR_MIGRATE_ABORT_ON_ERROR",
    "--auto-converge": "VIR_MIGRATE_AUTO_CONVERGE",
    "--rdma-pin-all": "VIR_MIGRATE_RDMA_PIN_ALL",
    "--postcopy": "VIR_MIGRATE_POSTCOPY",
    "--tls": "VIR_MIGRATE_TLS",
    "--parallel": "VIR_MIGRATE_PARALLEL",
    "--copy-storage-synchronous-writes": "VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES",
    "--postcopy-resume": "VIR_MIGRATE_POSTCOPY_RESUME",
    "--zerocopy": "VIR_MIGRATE_ZEROCOPY",
}


def as_virsh_reads(arguments: Sequence[str]) -> Tuple[Flag, Dict[str, Any], Dict[str, str]]:
    """What ``virsh migrate`` makes of its arguments: flags, parameters, and the rest.

    An option that takes a value takes the next argument, whatever it looks like.
    """
    command, *rest = arguments
    assert command == "migrate"
    names: List[str] = []
    params: Dict[str, Any] = {}
    others: Dict[str, str] = {}
    words = iter(rest)
    for word in words:
        if word in _BOOLEANS:
            names.append(_BOOLEANS[word])
            continue
        value = next(words)
        if word in _NUMBERS:
            params[_NUMBERS[word]] = int(value)
        elif word in _COMMAS:
            params[_COMMAS[word]] = value.split(",")
        elif word in _STRINGS:
            params[_STRINGS[word]] = value
        else:
            others[word] = value
    return flags_from_names(names), params, others


class TestVirsh:
    @given(flags, virsh_params, texts, texts)
    def test_reproduces(self, value: Flag, params: Dict[str, Any], vm: str, uri: str) -> None:
        """virsh, given the arguments, makes the same call, whatever the VM is called."""
        read, read_params, others = as_virsh_reads(
            virsh_arguments(value, params, domain=vm, desturi=uri)
        )
        assert (read, read_params) == (value, params)
        assert others == {"--domain": vm, "--desturi": uri}

    @pytest.mark.parametrize("empty", [[], ()])
    def test_an_empty_list_is_no_argument(self, empty: Any) -> None:
        """A parameter without a value is left out, as the binding leaves it out."""
        params = {"bandwidth": 52, "compression": empty}
        assert virsh_arguments(0, params) == ("migrate", "--bandwidth", "52")

    def test_any_bandwidth_can_be_said(self) -> None:
        """Zero, which means no limit, and the largest bandwidth are good for virsh."""
        for bandwidth in (0, 2**64 - 1):
            arguments = virsh_arguments(0, {"bandwidth": bandwidth})
            assert arguments == ("migrate", "--bandwidth", str(bandwidth))

    def test_example(self) -> None:
        """The flags come first, in their order, then the parameters."""
        assert virsh_arguments(
            ALWAYS | PARALLEL | ZEROCOPY,
            {"bandwidth": 52, CONNECTIONS: 4},
            domain="-vm",
            desturi="qemu+tls://b/system",
        ) == (
            *("migrate", "--live", "--p2p", "--parallel", "--zerocopy"),
            *("--bandwidth", "52", "--parallel-connections", "4"),
            *("--domain", "-vm", "--desturi", "qemu+tls://b/system"),
        )

    def test_unnamed(self) -> None:
        """The VM and the destination may be left to the caller."""
        assert virsh_arguments(LIVE, {}) == ("migrate", "--live")
        assert virsh_arguments(0, {}, desturi="b") == ("migrate", "--desturi", "b")

    def test_bool(self) -> None:
        """A bool is said as the number for which libvirt takes it."""
        arguments = virsh_arguments(PARALLEL, {CONNECTIONS: True}, domain="a", desturi="b")
        assert arguments[2:4] == ("--parallel-connections", "1")

    @pytest.mark.parametrize(
        ("params", "path"),
        [
            ({"bandwidth": -1}, "params['bandwidth']"),
            ({"bandwidth": 1 << 64}, "params['bandwidth']"),
            ({"bandwidth": "52"}, "params['bandwidth']"),
            ({"bandwidth": [1, 2]}, "params['bandwidth']"),
            ({CONNECTIONS: 2.0}, "params['parallel.connections']"),
            ({CONNECTIONS: 1 << 31}, "params['parallel.connections']"),
            ({CONNECTIONS: -(1 << 31) - 1}, "params['parallel.connections']"),
            ({"compression": ["xbzrle,mt"]}, "params['compression']"),
            ({"compression": ""}, "params['compression']"),
            ({"migrate_uri": ""}, "params['migrate_uri']"),
            ({"graphics_uri": "a\0b"}, "params['graphics_uri']"),
            ({"tls.destination": None}, "params['tls.destination']"),
            ({"destination_xml": "<domain/>"}, "params['destination_xml']"),
            ({"persistent_xml": "<domain/>"}, "params['persistent_xml']"),
            ({"migrate_disks": ["vda,vdb"]}, "params['migrate_disks']"),
            ({"disks_uri": ["tcp://a", "tcp://b"]}, "params['disks_uri']"),
            ({1: 2}, "params"),
        ],
    )
    def test_not_said(self, params: Any, path: str) -> None:
        """What virsh cannot say is refused by name."""
        assert paths(virsh_arguments, ALWAYS, params, domain="a", desturi="b") == [path]

    def test_a_file_is_said(self) -> None:
        """What virsh reads from a file is named with the option for that file."""
        error = refused(virsh_arguments, 0, {"destination_xml": "<domain/>"})
        assert "--xml FILE" in str(error)

    def test_every_parameter(self) -> None:
        """Each parameter of libvirt is an option of virsh, but for XML."""
        known = {*_NUMBERS.values(), *_STRINGS.values(), *_COMMAS.values()}
        assert known == {*PARAMETERS} - {"destination_xml", "persistent_xml"}

    def test_suggestion(self) -> None:
        """A parameter with a slip is named with the one that was probably meant."""
        error = refused(virsh_arguments, 0, {"parallel_connections": 2}, domain="a", desturi="b")
        assert str(error).endswith("did you mean 'parallel.connections'?")

    def test_all_faults(self) -> None:
        """Flags that virsh has no option for here, and names that are none, are told together."""
        found = paths(virsh_arguments, 1 << 25, {"x": 1}, domain="", desturi=b"b")
        assert found == ["flags", "params['x']", "domain", "desturi"]
        assert paths(virsh_arguments, -1, {"x": 1}, domain="a\0", desturi="b") == [
            "flags",
            "domain",
        ]


def test_the_oldest_versions_are_the_first_with_zero_copy() -> None:
    """Where no version is given, a row holds that holds for libvirt 8.5 or QEMU 7.1."""
    for name, first, next_one in (("libvirt", (8, 5), (8, 6)), ("qemu", (7, 1), (7, 2))):
        until: List[Dict[str, Any]] = [{name: Versions(until=one)} for one in (first, next_one)]
        gone, there = (attr.evolve(REFUSALS[0], **change) for change in until)
        assert (gone.holds(None, None), there.holds(None, None)) == (False, True), name


class TestArguments:
    def test_the_widest_are_good(self) -> None:
        """Memory may be any integer of 64 bits with a sign, and a version be one number."""
        most = (1 << 63) - 1
        assert check(ALWAYS, {}, memory_mib=most, hard_limit_mib=most) == ()
        assert check(ALWAYS, {}, libvirt=(9,), qemu=(8,)) == ()

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"flags": True}, "flags"),
            ({"flags": "1"}, "flags"),
            ({"flags": None}, "flags"),
            ({"flags": 1.0}, "flags"),
            ({"flags": -1}, "flags"),
            ({"flags": 1 << 32}, "flags"),
            ({"params": None}, "params"),
            ({"params": [("bandwidth", 1)]}, "params"),
            ({"params": {1: 2}}, "params"),
            ({"paused": 1}, "paused"),
            ({"paused": None}, "paused"),
            ({"memory_mib": 0}, "memory_mib"),
            ({"memory_mib": "8"}, "memory_mib"),
            ({"hard_limit_mib": True}, "hard_limit_mib"),
            ({"hard_limit_mib": 1 << 63}, "hard_limit_mib"),
            ({"libvirt": "9.0.0"}, "libvirt"),
            ({"libvirt": ()}, "libvirt"),
            ({"libvirt": [9, 0]}, "libvirt"),
            ({"qemu": (7, "2")}, "qemu"),
            ({"qemu": (7, True)}, "qemu"),
            ({"qemu": (-1,)}, "qemu"),
        ],
    )
    def test_check(self, change: Dict[str, Any], path: str) -> None:
        """An argument that is none is refused by name."""
        arguments = {"flags": ALWAYS, "params": {}, **change}
        assert paths(check, **arguments) == [path]

    def test_check_all(self) -> None:
        """All of them at once."""
        assert paths(
            check,
            "flags",
            "params",
            paused="paused",
            memory_mib="m",
            hard_limit_mib="h",
            libvirt="l",
            qemu="q",
        ) == ["flags", "params", "paused", "memory_mib", "hard_limit_mib", "libvirt", "qemu"]

    def test_check_takes(self) -> None:
        """Plain integers, other mappings, and unlimited memory are taken.

        Engine writes 1024 TiB for Q35 with 256 and more vCPUs, libvirt 9007199254740991 KiB.
        """
        params = zc.Scenario().resolve()  # anything that is no mapping would be refused
        assert params.parameters.parallel is None
        call = libvirt_call({"parallel": 4}, zc.Host(), level="4.7")
        assert check(int(call.flags), call.params) == check(call.flags, call.params) == ()
        unlimited = 9007199254740988 // 1024
        for limit in (1024**3, unlimited, 9007199254740991 // 1024):
            asked: Dict[str, Any] = {"memory_mib": 2**30, "hard_limit_mib": limit}
            assert check(PARALLEL | ZEROCOPY | ALWAYS, {}, **asked) == ()
        asked = {"memory_mib": 2**60, "hard_limit_mib": 9007199254740991 // 1024}
        assert check(PARALLEL | ZEROCOPY | ALWAYS, {}, **asked) == ()
        assert check(PARALLEL | ZEROCOPY, {}, memory_mib=2) == ()
        assert check(PARALLEL | ZEROCOPY, {}, hard_limit_mib=1) == ()
        assert check(PARALLEL, {}, memory_mib=2, hard_limit_mib=1) == ()

    @pytest.mark.parametrize(
        ("capabilities", "parameters", "qemu", "found"),
        [
            ("multifd", {}, None, ["capabilities"]),
            (b"multifd", {}, None, ["capabilities"]),
            (None, {}, None, ["capabilities"]),
            (["multifd", 1, []], {}, None, ["capabilities[1]", "capabilities[2]"]),
            ({"multifd": 1, "xbzrle": None}, {}, None, ["capabilities['multifd']",
                                                        "capabilities['xbzrle']"]),
            ({1: True}, {}, None, ["capabilities"]),
            ([{"capability": "multifd"}, {"capability": 1, "state": 1}, {}], {}, None,
             ["capabilities[0]", "capabilities[1].capability", "capabilities[1].state",
              "capabilities[2]"]),
            ([], None, None, ["parameters"]),
            ([], {1: 2}, None, ["parameters"]),
            (1, 2, 3, ["capabilities", "parameters", "qemu"]),
        ],
    )  # fmt: skip
    def test_check_qmp(
        self, capabilities: Any, parameters: Any, qemu: Any, found: List[str]
    ) -> None:
        """So it is when QEMU is asked directly."""
        assert paths(check_qmp, capabilities, parameters, qemu=qemu) == found

    def test_qmp(self) -> None:
        """So it is when it is asked what is set in QEMU."""
        assert paths(qmp, True, [], destination=1) == ["flags", "params", "destination"]


class TestDocumentation:
    def test_public_names(self) -> None:
        """What the module gives is documented."""
        for name in libvirt.__all__:
            assert (getattr(libvirt, name).__doc__ or "").strip()
