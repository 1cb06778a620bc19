"""Fuzzes all readers of foreign input, guided by coverage: ``nox -s fuzz``.

Each input is a letter, which selects its reader (`TARGETS`), and a document.  A reader may refuse
it with a `ZcpolicyError` of bounded length.  What it accepts is not refused later, and satisfies
the docstring of its target: it survives a round trip, or has another property if there is no
writer.  Anything else stops the run, and so do inputs that take seconds, and leaked objects.
"""

import contextlib
import gc
import io
import json
import random
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

import atheris

# pyright's types are of another version of atheris.
instrument: Any = atheris.instrument_imports  # pyright: ignore[reportAttributeAccessIssue]

with instrument(include=["zcpolicy"]):
    import zcpolicy as zc
    from zcpolicy import __main__ as command
    from zcpolicy import formats
    from zcpolicy._base.parsing import parse
    from zcpolicy._publish.vectors import vectors
    from zcpolicy.adapters import engine, libvirt, vdsm

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))
from printing import OPTION_WAYS, domain_xml, python_log, rest_xml  # noqa: E402

# The host and level to read a request with.
HOST = zc.Host()
LEVEL = "4.8"


@contextlib.contextmanager
def accepted() -> Iterator[None]:
    """Nothing accepted is refused later, nor is anything made from it."""
    try:
        yield
    except zc.ZcpolicyError as error:
        raise AssertionError("refused after it was accepted") from error


def same(made: Any, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> Any:
    """Check that what was read survives a round trip through JSON, and return it."""
    with accepted():
        assert read(json.loads(json.dumps(write(made)))) == made, made
    return made


def misleads(violations: Iterable[libvirt.Violation]) -> bool:
    """Whether nothing worse was found: nothing is refused or harmful."""
    return all([violation.severity == "misleading" for violation in violations])


def scenario(text: bytes) -> None:
    """A scenario survives a round trip, and nothing refuses the request of its decision."""
    read = same(zc.Scenario.from_json(parse(text)), zc.Scenario.to_json, zc.Scenario.from_json)
    with accepted():
        resolution = read.resolve()
        answer = resolution.to_json()
        json.dumps(answer)
        assert str(resolution)
        level = read.vm.level or read.cluster.level
        for violation in vdsm.check(answer["vmMigrate"], read.host, read.vm, level=level):
            assert violation.severity != "refused", violation


def policies(text: bytes) -> None:
    """A list for Engine survives a round trip."""
    same(engine.policies_from_json(parse(text)), engine.policies_to_json, engine.policies_from_json)


def schedule(text: bytes) -> None:
    """A schedule for Vdsm survives a round trip, and its replay starts with its first actions."""
    cls = zc.ConvergenceSchedule
    read = same(cls.from_json(parse(text)), cls.to_json, cls.from_json)
    with accepted():
        ran = read.replay(range(20)).actions
    assert [action for poll, action in ran if poll < 0] == list(read.init)


def request(text: bytes) -> None:
    """A refused or harmful request to Vdsm is repaired, and a second repair changes nothing."""
    asked = parse(text)
    found = vdsm.check(asked, HOST, level=LEVEL)
    with accepted():
        repair = vdsm.repair(asked, HOST, level=LEVEL)
        assert misleads(found) == (not repair.notices), found
        assert repair.notices or repair.request == asked
        assert misleads(vdsm.check(repair.request, HOST, level=LEVEL)), repair
        assert vdsm.repair(repair.request, HOST, level=LEVEL).request == repair.request
        made = vdsm.libvirt_call(repair.request, HOST, level=LEVEL)
        assert misleads(libvirt.check(made.flags, made.params)), made


def parameters(text: bytes) -> None:
    """The parameters of a request survive a round trip through the request that Engine makes."""
    same(
        engine.parameters_from_vm_migrate(parse(text)),
        lambda read: engine.vm_migrate(read, level=LEVEL),
        engine.parameters_from_vm_migrate,
    )


def capabilities(text: bytes) -> None:
    """A host's capabilities read the same alone and in a scenario."""
    caps = parse(text)
    read = vdsm.host_from_caps(caps)
    with accepted():
        assert zc.Scenario.from_json({"source": {"vdsmCapabilities": caps}}).host == read, read


def cluster(text: bytes) -> None:
    """A cluster of the REST API and its policy survive a round trip, and need no update."""
    document = parse(text)
    policy = engine.cluster_policy_from_rest(document)

    def write(read: zc.Cluster) -> Any:
        return engine.cluster_to_rest(read, policy=policy)

    read = same(engine.cluster_from_rest(document), write, engine.cluster_from_rest)
    with accepted():
        assert engine.cluster_policy_from_rest(write(read)) == policy, policy
        assert engine.cluster_to_rest(read, policy=policy, was=document) == {}, document


def vm(text: bytes) -> None:
    """A VM of the REST API survives a round trip, and needs no update."""
    document = parse(text)
    read = same(engine.vm_from_rest(document), engine.vm_to_rest, engine.vm_from_rest)
    with accepted():
        assert engine.vm_to_rest(read, was=document) == {}, document


def pair(text: bytes) -> Tuple[Any, Any]:
    """The two arguments in a JSON list; for anything else, two that are refused."""
    parts = parse(text)
    return (parts[0], parts[1]) if isinstance(parts, list) and len(parts) == 2 else (None, None)


def call(text: bytes) -> None:
    """If nothing is wrong with a call, QEMU accepts what libvirt sets on both sides."""
    flags, params = pair(text)
    found = libvirt.check(flags, params)
    with accepted():
        names = libvirt.flag_names(flags)
        assert libvirt.flag_names(libvirt.flags_from_names(names)) == names, names
        for destination in (False, True):
            told = libvirt.check_qmp(*libvirt.qmp(flags, params, destination=destination))
            assert found or not told, told


def direct(text: bytes) -> None:
    """QEMU, asked directly, answers the same to the names of what is on as to a mapping."""
    switched, values = pair(text)
    found = libvirt.check_qmp(switched, values)
    mapping = isinstance(switched, dict)
    names = [name for name in switched if not mapping or switched[name]]
    with accepted():
        for other in (names, dict.fromkeys(names, True)):
            assert libvirt.check_qmp(other, values) == found, found


def virsh(text: bytes) -> None:
    """The arguments for virsh are one option per flag, and an option and a value per parameter."""
    flags, params = pair(text)
    arguments = libvirt.virsh_arguments(flags, params)
    assert all([type(each) is str and "\0" not in each for each in arguments]), arguments
    given = [name for name, value in params.items() if value != []]
    with accepted():
        libvirt.check(flags, params)
        names = libvirt.flag_names(flags)
    assert len(arguments) == 1 + len(names) + 2 * len(given), arguments


def is_utf8(text: bytes) -> bool:
    """Whether the bytes are text in UTF-8."""
    with contextlib.suppress(UnicodeDecodeError):
        text.decode("utf-8-sig")
        return True
    return False


def form(text: bytes) -> None:
    """A text with a form reads the same in UTF-16; together with others it is read or refused."""
    read = formats.read(text)
    # XML may name another encoding for what is not ASCII.
    if b"\0" not in text and (text.isascii() or b"encoding" not in text):
        with accepted():
            again = formats.read(text.decode("utf-8-sig", "replace").encode("utf-16"))
        assert (again.form, again.parts) == (read.form, read.parts), again
        replaced = [note for note in read.ignored if "bytes that are not UTF-8" in note]
        rest = [note for note in read.ignored if note not in replaced]
        assert again.ignored == tuple(rest), again
        assert len(replaced) == (not is_utf8(text)), replaced
    for together in (formats.scenario, formats.simulation):
        with contextlib.suppress(zc.ZcpolicyError):
            together(read)


def text_lines(data: bytes) -> None:
    """A text reads the same as a whole and line by line; notes on the rest are short."""
    read = formats.read(data)
    assert all([len(note) < 1000 for note in read.ignored]), read.ignored
    with accepted():
        if b"\r" not in data:
            assert formats.read_lines(io.BytesIO(data)) == read, read


def run(*arguments: str) -> Callable[[bytes], None]:
    """The command with *arguments*, and the document as standard input.

    It answers, in JSON if requested, or says what is wrong; each of many scenarios gets an answer.
    """

    def target(text: bytes) -> None:
        streams = sys.stdin, sys.stdout, sys.stderr
        out, err = io.BytesIO(), io.BytesIO()
        sys.stdin = io.TextIOWrapper(io.BytesIO(text))
        sys.stdout, sys.stderr = io.TextIOWrapper(out), io.TextIOWrapper(err)
        try:
            status = command.main(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            assert status in (0, 1, 2), status
            if "--jsonl" in arguments:
                answers = out.getvalue().splitlines()
                assert len(answers) == len(io.BytesIO(text).readlines())
                assert all(map(json.loads, answers))
            else:
                if status != 2 and "--json" in arguments:
                    json.loads(out.getvalue())
                assert (status == 2) == (not out.getvalue()) == bool(err.getvalue())
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams

    return target


TARGETS: Dict[str, Callable[[bytes], None]] = {
    "s": scenario,
    "p": policies,
    "c": schedule,
    "r": request,
    "m": parameters,
    "h": capabilities,
    "k": cluster,
    "v": vm,
    "l": call,
    "q": direct,
    "a": virsh,
    "f": form,
    "g": text_lines,
    "T": run("resolve"),
    "J": run("resolve", "--json"),
    "L": run("resolve", "--jsonl"),
    "P": run("lint"),
    "Q": run("lint", "--json"),
    "S": run("simulate"),
    "U": run("simulate", "--json"),
    "C": run("compare", str(ROOT / "docs/examples/very-large-vms.json"), "-"),
}


# One of each form that is not a JSON document, in few words.
_VM = "(vmId='11111111-2222-3333-4444-555555555555') "
TEXTS = (
    "virsh -c qemu:///system migrate --live --parallel-connections 4 'db 01' qemu+ssh://b/system",
    "Job type:         Unbounded\nOperation:        Outgoing migration\nTime elapsed:     5 ms\n"
    "Memory remaining: 368.059 MiB\nIteration:        6\n",
    "Migration status: active\ntotal time: 5 ms\nremaining ram: 4 kbytes\ndirty sync count: 9\n",
    "Status: \t\tactive\nTime (ms): \t\ttotal=5, setup=3\n  Transfers: \t\ttransferred=7 MiB\n",
    "Domain: 'db01'\n  dirtyrate.calc_period=1\n  dirtyrate.megabytes_per_second=5\n",
    f"DEBUG {_VM}Setting downtime to 100 (migration:1)\nINFO {_VM}Migration Progress: 10.2 seconds "
    "elapsed, 29% of data processed, total data: 9MB, processed data: 8MB, remaining data: 7MB, "
    "transfer speed 9Mbps, zero pages: 3MB, compressed: 0MB, dirty rate: 0, memory iteration: 1 "
    f"(migration:1)\nWARN {_VM}Aborting migration (migration:1)\n",
    f"START migrate(params={{'parallel': 2, 'encrypted': True}}) from=a, vmId={_VM[7:43]} (c:1)\n"
    f"{_VM}Migrating to a with params {{'bandwidth': 52}} and flags 3 (migration:1)\n",
    "MigrateVDSCommandParameters:{vmId='a', autoConverge='true', maxBandwidth='null', "
    "convergenceSchedule='[init=[{name=setDowntime, params=[100]}], stalling=[{limit=-1, "
    "action={name=abort, params=[]}}]]'}\nMigration completed (VM: db01, Source: a)\n",
    '{"return": {"status": "active", "total-time": 5, "ram": {"transferred": 7, "mbps": 1.5}}}\n',
    "{'type': 2, 'operation': 5, 'time_elapsed': 5L, 'memory_total': 7}\n",
    '{"return": {"status": "measured", "dirty-rate": 5, "calc-time": 1}}\n',
)


def seeds() -> Iterator[Tuple[str, Any]]:
    """Good documents and texts, as bytes, to start with: every vector, and those of the tests."""
    for vector in vectors():
        made = vector.to_json()
        for letter in "sTJLC":
            yield letter, made["scenario"]
        for letter in "SU":
            workload = {"dirtyMiBs": 100, "workingSetMiB": 1000, "zeroShare": 0.5}
            yield letter, {"scenario": made["scenario"], "workload": workload}
        for letter in "rm":
            yield letter, made["vmMigrate"]
        yield "c", made["vmMigrate"].get("convergenceSchedule")
        flags, params = made["libvirt"]["flags"], made["libvirt"]["params"]
        for letter in "la":
            yield letter, [flags, params]
        yield "q", libvirt.qmp(flags, params)
    data = ROOT / "tests" / "data"
    for letter in "pPQ":
        yield letter, json.loads((data / "migration_policies.json").read_bytes())
    yield "k", json.loads((data / "rest_cluster.json").read_bytes())
    yield "v", json.loads((data / "rest_vm.json").read_bytes())
    package = {"version": "9.0.0", "release": "4.el9"}
    caps = {"zerocopy_migrations": True, "packages2": {"libvirt": package, "qemu-kvm": package}}
    yield "h", caps
    links = {"nics": {"eth0": {"speed": 1000}}, "vlans": {"eth0.5": {"iface": "eth0"}}}
    networks = {"ovirtmgmt": {"southbound": "eth0.5", "ports": ["eth0.5"]}}
    yield "h", {"info": {**caps, **links, "networks": networks}}
    yield "s", {"source": {"vdsmCapabilities": caps}}
    yield "q", [["multifd", "zero-copy-send"], {"multifd-channels": 2}]
    yield "a", [1, {"compression": ["xbzrle", "mt"], "migrate_uri": "tcp://there"}]

    for way in OPTION_WAYS:
        yield "f", way({"4.7": (data / "migration_policies.json").read_text("utf-8")}).encode()
    domain = domain_xml(memory=2048, unit="MiB", vcpus=8, current=4, limit=4, limit_unit="GiB")
    yield "f", domain.encode()
    yield "f", python_log("getCapabilities", {"info": caps}).encode()
    for tag in ("cluster", "vm"):
        document = json.loads((data / f"rest_{tag}.json").read_bytes())
        yield "f", rest_xml(tag, document).encode()
        yield "f", document


# What people and programs write when they mean something else.
ODD: List[Any] = [
    None,
    True,
    0,
    1,
    -1,
    2.5,
    1e999,
    2**31,
    10**30,
    "",
    "0",
    "true",
    "auto",
    "4.7",
    "\ud800",
    "\n",
    "x" * 200,
    [],
    {},
    [[]],
]


def places(value: Any) -> Iterator[Tuple[Any, Any]]:
    """Every (container, key) of a document."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


def changed(document: Any, rng: random.Random) -> Any:
    """The document with one of its places changed."""
    found = list(places(document)) if isinstance(document, (dict, list)) else []
    if not found:
        return rng.choice(ODD)
    container, key = rng.choice(found)
    other, another = rng.choice(found)
    kind = rng.randrange(5)
    if kind == 0:
        container[key] = rng.choice(ODD)
    elif kind == 1:
        container[key] = json.loads(json.dumps(other[another]))
    elif kind == 2:
        del container[key]
    elif isinstance(container, list):
        container.insert(key, rng.choice(ODD))
    elif kind == 3:
        container[rng.choice([str(another), "x", key.lower(), key + " "])] = container[key]
    else:
        container[key] = [container[key]]
    return document


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Half of the time a document with one place changed, else other bytes."""
    rng = random.Random(seed)
    if rng.random() < 0.5:
        try:
            document = changed(json.loads(data[1:]), rng)
        except (ValueError, RecursionError):
            pass
        else:
            made: bytes = data[:1] + json.dumps(document).encode("ascii")
            return made[:max_size]
    if rng.random() < 0.02:
        return rng.choice(list(TARGETS)).encode() + data[1:]
    other: bytes = atheris.Mutate(data, max_size)
    return other


runs = 0
objects_before = 0


def one_input(data: bytes) -> None:
    """Pass the document to its reader; now and then, check for leaked objects."""
    global runs, objects_before
    refused: Optional[zc.ZcpolicyError]
    target = TARGETS.get(chr(data[0])) if data else None
    if target is None:
        return
    try:
        target(data[1:])
    except zc.ZcpolicyError as error:
        refused = error
    else:
        refused = None
    for fault in refused.all if refused is not None else ():
        json.dumps(fault.to_json(), allow_nan=False)
        assert 0 < len(fault.message) < 1000, "a message without end"
    runs += 1
    if runs % 10_000 == 0:
        gc.collect()
        objects = len(gc.get_objects())
        objects_before = objects_before or objects
        assert objects < objects_before + 1000, f"{objects - objects_before} objects stay behind"


def main() -> None:
    """Write the seeds to libFuzzer's corpus, the last argument, and start."""
    corpus = Path(sys.argv[-1])
    for index, (letter, document) in enumerate(seeds()):
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        (corpus / str(index)).write_bytes(letter.encode() + text)
    for index, each in enumerate(TEXTS):
        for letter in "fg":
            (corpus / f"text{letter}{index}").write_bytes(letter.encode() + each.encode())
    atheris.Setup(sys.argv, one_input, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
