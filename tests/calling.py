"""The command, called in the process of the tests, which is quicker than one of its own."""

import io
import sys
from typing import Any, Callable, Sequence, Tuple

import pytest

from zcpolicy.__main__ import main

# The exit status, what is on standard output, and what is on standard error.
Done = Tuple[int, bytes, str]
Call = Callable[..., Done]


class Stream:
    """A text stream of bytes, as far as the command looks at one."""

    def __init__(self, buffer: Any, descriptor: int = -1) -> None:
        self.buffer = buffer
        self.descriptor = descriptor

    def close(self) -> None:
        """A process of multiprocessing's does that."""

    def flush(self) -> None:
        self.buffer.flush()

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.descriptor


def status_of(arguments: Sequence[str], given: Any = b"") -> int:
    """Run the command in this process; *given* is its standard input, bytes or a stream of them."""
    source = io.BytesIO(given) if isinstance(given, bytes) else given
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", Stream(source))
        try:
            return main(arguments)
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else -1


@pytest.fixture
def call(capsysbinary: "pytest.CaptureFixture[bytes]") -> Call:
    """The command in this process, which is quicker."""

    def called(*arguments: str, given: Any = b"") -> Done:
        status = status_of(arguments, given)
        out, errors = capsysbinary.readouterr()
        return status, out, errors.decode()

    return called
