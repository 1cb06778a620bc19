"""Ask a generation what another one was asked, and write its answers down.

As root, where QEMU and libvirt are installed, in the project's directory::

    python -m tests.hypervisor.record ROOT [--like QEMU] [--only {libvirt,qemu}]

It appends to ``tests/recorded``: the answers of the libvirt and the QEMU that are unpacked in ROOT
to the questions that are recorded of the installed QEMU, or of that with the version QEMU.
"""

import argparse
import contextlib
import json
import platform
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

from zcpolicy.adapters.libvirt import Flag, check, flags_from_names

from .generation import Generation, installed_qemu
from .lab import Lab, libvirt, make_pki
from .measure import connect, guests, wait_for_end, wait_for_writes, wait_until_sent
from .qemu import Qemu
from .words import NEVER
from .writer import Writes

__all__ = ["main"]

_RECORDED = Path(__file__).parents[1] / "recorded"
_ALWAYS = Flag.VIR_MIGRATE_LIVE | Flag.VIR_MIGRATE_PEER2PEER
_NEUTRAL = {"multifd-channels": 2, "multifd-compression": "none", "tls-creds": ""}
# What is switched to post-copy.
_SWITCHED = (
    ["postcopy-ram"],
    ["postcopy-ram", "postcopy-preempt"],
    ["postcopy-ram", "multifd"],
    ["postcopy-ram", "multifd", "zero-copy-send"],
    ["postcopy-ram", "postcopy-preempt", "multifd", "zero-copy-send"],
)

Line = Dict[str, Any]


def _questions(name: str, like: str) -> List[Line]:
    """The lines of that file that are answers of this QEMU."""
    found: List[Line] = []
    version = ""
    for line in map(json.loads, (_RECORDED / f"{name}.jsonl").read_text("utf-8").splitlines()):
        if "versions" in line:
            version = line["versions"]["qemu"].split(" ")[0]
        elif version == like:
            found.append(line)
    return found


def _append(name: str, lines: Sequence[Line]) -> None:
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    with (_RECORDED / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        file.write(text)


def _versions(**versions: str) -> Line:
    return {"versions": {**versions, "kernel": platform.release(), "accel": "tcg"}}


def _numbers(version: Sequence[int]) -> str:
    return ".".join(str(number) for number in version)


def _calls(lab: Lab, questions: Sequence[Line]) -> Iterator[Line]:
    """What libvirt answers to each call of migrateToURI3."""
    for line in questions:
        if line.get("lab") != "root" or "flags" not in line or "note" in line:
            continue
        vm = line["vm"]
        flags = _ALWAYS | flags_from_names([f"VIR_MIGRATE_{name}" for name in line["flags"]])
        found = check(
            flags, line["params"], paused=vm["paused"], libvirt=lab.libvirt, qemu=lab.qemu
        )
        if not NEVER.isdisjoint(violation.code for violation in found):
            continue
        with lab.guest(
            memory_mib=vm["memoryMiB"], hard_limit_mib=vm["hardLimitMiB"], paused=vm["paused"]
        ) as guest:
            words = lab.migrate(guest, flags, line["params"])
        outcome = "completed" if words is None else "refused"
        if words is not None and "job 'migration out' failed" in words:
            outcome = "failed"
        yield {**line, "outcome": outcome, "error": words or ""}


def _settings(qemu: Qemu, questions: Sequence[Line]) -> Iterator[Line]:
    """What QEMU answers to each set of capabilities and parameters."""
    states = {row["capability"]: False for row in qemu.ask("query-migrate-capabilities")}
    for line in questions:
        if line["kind"] != "set":
            continue
        assert qemu.set_capabilities(states) is None
        assert qemu.set_parameters(_NEUTRAL) is None
        stages = ["capabilities", "parameters"]
        if line["order"] == "params-first":
            stages.reverse()
        refused, words = None, None
        for stage in stages:
            if stage == "capabilities":
                words = qemu.set_capabilities(dict.fromkeys(line["caps"], True))
            else:
                words = qemu.set_parameters(line["params"])
            if words is not None:
                refused = stage
                break
        outcome = "accepted" if refused is None else "refused"
        yield {**line, "outcome": outcome, "stage": refused, "error": words or ""}


def _switches(generation: Generation) -> Iterator[Line]:
    """What becomes of a migration that is switched to post-copy; QEMU must survive it."""
    for capabilities in _SWITCHED:
        writers = (Writes(mib_s=16, set_mib=32),)
        with guests(generation, memory_mib=64, filled_mib=40, writers=writers) as (
            source,
            destination,
        ):
            on = dict.fromkeys(capabilities, True)
            assert source.set_capabilities(on) is None
            assert destination.set_capabilities({**on, "zero-copy-send": False}) is None
            assert source.set_parameters({"max-bandwidth": 8 << 20}) is None
            connect(source, destination)
            wait_until_sent(source, 10)
            source.ask("migrate-start-postcopy")
            status = wait_for_end(source)
            wait_for_writes(destination)
            there = wait_for_end(destination)
            counted = source.ask("query-migrate")["ram"]
            keys = ("postcopy-bytes", "postcopy-requests", "dirty-sync-missed-zero-copy")
            yield {
                "kind": "postcopy-switch",
                "caps": capabilities,
                "switched": counted["postcopy-bytes"] > 0,
                "source": status,
                "destination_migrate": there,
                "stats": {key: counted[key] for key in keys},
                "outcome": "completed" if status == there == "completed" else "failed",
                "error": "",
            }


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hypervisor.record")
    parser.add_argument("root", type=Path)
    parser.add_argument("--like", help="whose questions, by QEMU's version")
    parser.add_argument("--only", choices=["libvirt", "qemu"])
    chosen = parser.parse_args(arguments)
    like = chosen.like or _numbers(installed_qemu())
    if not _questions("qemu", like):
        parser.error(f"nothing is recorded of QEMU {like}")
    generation = Generation(name=chosen.root.name, root=chosen.root)
    generation.prepare()
    libvirt().registerErrorHandler(lambda *_: None, None)  # or it prints every error
    with tempfile.TemporaryDirectory(prefix="zcpolicy-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        with Qemu(generation, directory) as qemu:
            package = qemu.ask("query-version")["package"]
            version = f"{_numbers(qemu.version)} ({package})"
            if chosen.only != "libvirt":
                lines = [*_settings(qemu, _questions("qemu", like)), *_switches(generation)]
                _append("qemu", [_versions(qemu=version), *lines])
        if chosen.only != "qemu":
            make_pki(directory / "pki")
            lab = Lab(directory, generation, directory / "pki", "root", "root")
            with contextlib.closing(lab):
                lines = list(_calls(lab, _questions("libvirt", like)))
                versions = _versions(libvirt=_numbers(lab.libvirt), qemu=version)
                _append("libvirt", [versions, *lines])


if __name__ == "__main__":
    main()
