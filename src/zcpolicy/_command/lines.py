"""``--jsonl``: a line in, an answer out, by one process or several."""

import argparse
import itertools
import signal
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, Deque, Iterator, Sequence, Tuple

from .._many.answers import answered
from .inputs import STANDARD_INPUT, opened
from .output import OK, UNUSABLE, Unusable, write

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["converse"]

# With --jobs, how many lines a process gets at a time, and how many portions wait for it.
_PORTION, _WAITING = 200, 3


def converse(options: argparse.Namespace, out: BinaryIO, command: str) -> int:
    """Answer each line as it is read, or with several processes, in the order of the lines."""
    file = options.files[0] if options.files else STANDARD_INPUT
    if options.jobs is not None and file == STANDARD_INPUT:
        problem = "a conversation on standard input is answered line by line; name a file"
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
    source: BinaryIO, command: str, processes: int, file: str
) -> Iterator[Tuple[bytes, bool]]:
    """The answers of `answered`, a portion at a time, made by processes; few portions wait."""
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


def _portion(lines: Sequence[bytes], command: str) -> Tuple[bytes, bool]:
    """The answers to some lines, and whether all of these were good."""
    made = list(answered(lines, command))
    return b"".join([answer for answer, _ in made]), all(good for _, good in made)
