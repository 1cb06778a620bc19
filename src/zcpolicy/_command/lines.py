"""``--jsonl``: a line in, an answer out, by one process or several."""

import argparse
import itertools
import signal
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, Deque, Iterator, Sequence, Tuple

from .._many.answers import Answering, answered
from .inputs import STANDARD_INPUT, opened
from .output import OK, UNUSABLE, Unusable, write

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["converse"]

# With --jobs: lines per portion, and portions queued per process.
_PORTION, _WAITING = 200, 3


def converse(options: argparse.Namespace, out: BinaryIO, command: Answering) -> int:
    """Answer each line as it is read, or in several processes, in the order of the lines."""
    file = options.files[0] if options.files else STANDARD_INPUT
    if options.jobs is not None and file == STANDARD_INPUT:
        problem = "standard input is answered line by line; name a file"
        raise Unusable("--jobs", problem)
    status = OK
    with opened(file) as source:
        made = answered(source, command)
        if options.jobs is not None:
            made = _by_processes(source, command, options.jobs, file)
        for answer, good in made:
            write(out, answer)
            if not good:
                status = UNUSABLE
    return status


def _by_processes(
    source: BinaryIO, command: Answering, processes: int, file: str
) -> Iterator[Tuple[bytes, bool]]:
    """Yield the answers of `answered`, computed by processes in portions, few at a time."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    waiting: Deque[Future[Tuple[bytes, bool]]] = deque()
    # An interrupt is for the parent to handle.
    pool = ProcessPoolExecutor(
        processes, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    )
    try:
        for portion in iter(lambda: list(itertools.islice(source, _PORTION)), []):
            waiting.append(pool.submit(_portion, portion, command))
            if len(waiting) >= processes * _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise Unusable(file, "a process that answers was killed") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _portion(lines: Sequence[bytes], command: Answering) -> Tuple[bytes, bool]:
    """Answer some lines; return the answers, and whether all lines were valid."""
    made = list(answered(lines, command))
    return b"".join([answer for answer, _ in made]), all(good for _, good in made)
