"""Fuzzes all that reads what others wrote, guided by coverage: ``nox -s fuzz``.

Each input is a letter, which says who reads it, and a document.  A reader may refuse it by a
`ZcpolicyError`; what it accepts must be usable and come back the same from JSON.  Anything else
stops the run, as do an input that takes seconds, and objects that stay behind.
"""

import gc
import io
import json
import random
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import atheris

# The types that pyright has of it are not of this version.
instrument: Any = atheris.instrument_imports  # pyright: ignore[reportAttributeAccessIssue]

with instrument(include=["zcpolicy"]):
    import zcpolicy as zc
    from zcpolicy import __main__ as command
    from zcpolicy._documents import parse
    from zcpolicy._vectors import vectors
    from zcpolicy.adapters import engine, libvirt, vdsm

ROOT = Path(__file__).parent.parent


def same(made: Any, read: Callable[[Any], Any]) -> Any:
    """What was read, if it comes back from its own JSON."""
    assert read(json.loads(json.dumps(made.to_json()))) == made, made
    return made


def scenario(text: bytes) -> None:
    """A decision, which libvirt and QEMU take."""
    resolution = same(zc.Scenario.from_json(parse(text)), zc.Scenario.from_json).resolve()
    answer = resolution.to_json()
    json.dumps(answer)
    assert str(resolution)
    host, level = resolution.scenario.host, resolution.scenario.vm.level
    level = level or resolution.scenario.cluster.level
    for violation in vdsm.check(answer["vmMigrate"], host, resolution.scenario.vm, level=level):
        assert violation.severity != "refused", violation


def policies(text: bytes) -> None:
    """A list for Engine."""
    read = engine.policies_from_json(parse(text))
    assert engine.policies_from_json(engine.policies_to_json(read)) == read


def schedule(text: bytes) -> None:
    """A schedule for Vdsm."""
    read = zc.ConvergenceSchedule.from_json
    same(read(parse(text)), read).replay(range(20))


def request(text: bytes) -> None:
    """A request to Vdsm, checked, repaired and made a call."""
    asked = parse(text)
    repaired = vdsm.repair(asked, zc.Host(), level="4.8").request
    for violation in vdsm.check(repaired, zc.Host(), level="4.8"):
        assert violation.severity != "refused", violation
    call = vdsm.libvirt_call(repaired, zc.Host(), level="4.8")
    libvirt.check(call.flags, call.params)
    libvirt.qmp(call.flags, call.params)
    libvirt.virsh_arguments(call.flags, call.params)
    engine.parameters_from_vm_migrate(asked)


def capabilities(text: bytes) -> None:
    """What a host says of itself."""
    vdsm.host_from_caps(parse(text))


def cluster(text: bytes) -> None:
    """A cluster of the REST API."""
    read = engine.cluster_from_rest(parse(text))
    assert read is not None


def vm(text: bytes) -> None:
    """A VM of the REST API."""
    read = engine.vm_from_rest(parse(text))
    assert read is not None


def call(text: bytes) -> None:
    """Flags and parameters for libvirt, or capabilities and parameters for QEMU."""
    parts = parse(text)
    if isinstance(parts, list) and len(parts) == 2:
        libvirt.check(*parts)
        libvirt.check_qmp(*parts)


def run(*arguments: str) -> Callable[[bytes], None]:
    """The command with *arguments*, the document at standard input."""

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
                assert (status == 2) == (not out.getvalue()) == bool(err.getvalue())
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams

    return target


TARGETS: Dict[str, Callable[[bytes], None]] = {
    "s": scenario,
    "p": policies,
    "c": schedule,
    "r": request,
    "h": capabilities,
    "k": cluster,
    "v": vm,
    "l": call,
    "T": run("resolve"),
    "J": run("resolve", "--json"),
    "L": run("resolve", "--jsonl"),
    "P": run("lint"),
    "Q": run("lint", "--json"),
    "S": run("simulate"),
    "U": run("simulate", "--json"),
    "C": run("compare", str(ROOT / "docs/examples/very-large-vms.json"), "-"),
}


def seeds() -> Iterator[Tuple[str, Any]]:
    """Good documents to begin with: every vector, and the documents of the tests."""
    for vector in vectors():
        made = vector.to_json()
        for letter in "sTJLC":
            yield letter, made["scenario"]
        for letter in "SU":
            workload = {"dirtyMiBs": 100, "workingSetMiB": 1000, "zeroShare": 0.5}
            yield letter, {"scenario": made["scenario"], "workload": workload}
        yield "r", made["vmMigrate"]
        yield "c", made["vmMigrate"].get("convergenceSchedule")
        yield "l", [made["libvirt"]["flags"], made["libvirt"]["params"]]
    data = ROOT / "tests" / "data"
    for letter in "pPQ":
        yield letter, json.loads((data / "migration_policies.json").read_bytes())
    yield "k", json.loads((data / "rest_cluster.json").read_bytes())
    yield "v", json.loads((data / "rest_vm.json").read_bytes())
    package = {"version": "9.0.0", "release": "4.el9"}
    caps = {"zerocopy_migrations": True, "packages2": {"libvirt": package, "qemu-kvm": package}}
    yield "h", caps
    yield "s", {"source": {"vdsmCapabilities": caps}}
    yield "l", [{"multifd": True, "zero-copy-send": True}, {"multifd-channels": 2}]


# What people and programs write where something else is meant.
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
    """Half of the time a document with a place changed, else other bytes."""
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
    """Hand the document to its reader, and see now and then that nothing stays behind."""
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
    """Write the seeds where libFuzzer looks for them, the last argument, and begin."""
    corpus = Path(sys.argv[-1])
    for index, (letter, document) in enumerate(seeds()):
        (corpus / str(index)).write_bytes(letter.encode() + json.dumps(document).encode())
    atheris.Setup(sys.argv, one_input, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
