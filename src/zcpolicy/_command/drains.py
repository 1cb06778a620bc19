"""``drain``: how to empty a host, from a document or a folder with one file per VM."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, List

from .. import formats
from .._base.errors import ZcpolicyError
from .._base.parsing import parse
from .._drain.document import read_drain
from .._drain.drain import drain
from .._drain.moves import Move
from .decisions import draw, picture_kind, together
from .inputs import STANDARD_INPUT, Given, called, given, read_bytes, reported
from .output import OK, Unusable, print_either

if TYPE_CHECKING:
    from .._drain.plan import Plan

__all__ = ["run_drain"]


def run_drain(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the plan for VMs to leave their host."""
    kind = picture_kind(options)
    plan = _plan(options)
    if kind is not None:
        draw(str(options.plot), kind, plan)
    print_either(options, out, plan.to_json, plan.to_csv().rstrip if options.csv else plan.__str__)
    return OK


def _plan(options: argparse.Namespace) -> "Plan":
    file = options.file
    if file != STANDARD_INPUT and Path(file).is_dir():
        return _of_folder(file, options)
    if options.settings or options.source or options.destination:
        problem = "the document is complete in itself; only a folder takes host options and --set"
        raise Unusable(called(file), problem)
    try:
        found = read_drain(parse(read_bytes(file)))
        typed = {
            "link_mbps": options.link,
            "order": options.order,
            "outgoing": options.outgoing,
        }
        said = {name: value for name, value in typed.items() if value is not None}
        return found._replace(**said).plan()
    except ZcpolicyError as error:
        raise reported(called(file), error) from None


def _move(name: str, said: Given) -> Move:
    scenario, load, _ = together(said, lambda: formats.simulation(*said.readings))
    return Move(name=name, resolution=scenario.resolve(), workload=load)


def _of_folder(folder: str, options: argparse.Namespace) -> "Plan":
    """Plan the drain for a folder in which each file or subfolder is one VM."""
    moves: List[Move] = []
    for entry in sorted(Path(folder).iterdir()):
        if entry.name.startswith("."):
            continue
        files = sorted(each for each in entry.iterdir()) if entry.is_dir() else [entry]
        name = entry.name if entry.is_dir() else entry.stem
        moves.append(_move(name, given(options, [str(each) for each in files])))
    if not moves:
        raise Unusable(folder, "it is empty: it needs a file, or a folder of files, for each VM")
    try:
        return drain(
            moves,
            link_mbps=options.link,
            order=options.order or "given",
            outgoing=options.outgoing,
        )
    except ZcpolicyError as error:
        raise reported(folder, error) from None
