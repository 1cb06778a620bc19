"""The lab's guest itself: it writes what its table says, where and when it says."""

import struct
import time
from pathlib import Path
from typing import List, Sequence

import pytest

from .generation import Generation
from .measure import counted, guests
from .qemu import Qemu
from .writer import FIRST_MIB, PAGES_PER_MIB, Writes

pytestmark = pytest.mark.hypervisor

FILLED_MIB = 32
PAGE = 4096


def written(qemu: Qemu, directory: Path) -> List[int]:
    """The pages that were written since they were filled, counted from the first."""
    path = directory / "memory"
    where = {"val": FIRST_MIB << 20, "size": FILLED_MIB << 20, "filename": str(path)}
    qemu.ask("stop")
    qemu.ask("pmemsave", where)
    memory = path.read_bytes()
    path.unlink()
    words = [struct.unpack_from("<L", memory, at)[0] for at in range(0, len(memory), PAGE)]
    return [page for page, word in enumerate(words) if word != (FIRST_MIB << 20) + page * PAGE]


def run(
    generation: Generation, directory: Path, writes: int, writers: Sequence[Writes]
) -> List[int]:
    """What such a guest has written with so many writes."""
    with guests(generation, memory_mib=64, filled_mib=FILLED_MIB, writers=writers) as (qemu, _):
        while counted(qemu).written < writes:
            time.sleep(0.02)
        return written(qemu, directory)


def test_a_sweep_goes_from_page_to_page(generation: Generation, directory: Path) -> None:
    """What it has written is one piece, from the second page of the set on."""
    writers = [Writes(mib_s=8, set_mib=16, at_mib=4, sweep=True)]
    pages = run(generation, directory, 1000, writers)
    first = 4 * PAGES_PER_MIB + 1
    assert pages == list(range(first, first + len(pages)))
    assert len(pages) >= 1000


def test_several_writers_keep_to_their_sets(generation: Generation, directory: Path) -> None:
    """One that is never on writes nothing; the others write all over their sets, and no more."""
    writers = [
        Writes(mib_s=30, set_mib=2),
        Writes(mib_s=30, set_mib=4, at_mib=8),
        Writes(mib_s=30, set_mib=4, at_mib=16, period_s=60, on_s=0),
    ]
    pages = run(generation, directory, 6000, writers)
    first = [page for page in pages if page < 2 * PAGES_PER_MIB]
    second = [page for page in pages if 8 <= page / PAGES_PER_MIB < 12]
    assert len(first) + len(second) == len(pages)
    # Of 3000 writes at random to 512 pages none is left out but by chance, of 1024 a twentieth.
    assert len(first) > 500
    assert len(second) > 920


def test_squares_make_the_first_pages_hot(generation: Generation, directory: Path) -> None:
    """Squared twice, a sixteenth of the set gets half of the writes; the last quarter, few."""
    pages = run(generation, directory, 2000, [Writes(mib_s=8, set_mib=32, squared=2)])
    parts = [sum(page // (8 * PAGES_PER_MIB) == part for page in pages) for part in range(4)]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] > 2 * parts[3]
