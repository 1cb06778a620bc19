"""The entry point of the command ``zcpolicy``; only the command does input and output."""

import functools
import os
import sys
from typing import Optional, Sequence

from ._base.terminal import escaped
from ._command.output import UNUSABLE, Unusable
from ._command.parser import parser

__all__ = ["main"]

# The statuses that shells report for a command killed by a signal.
_INTERRUPTED, _CLOSED_PIPE = 130, 141

# Made once, for callers that run several commands.
_parser = functools.cache(parser)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: the command line; by default the process's own.
    """
    options = _parser().parse_args(arguments)
    out = sys.stdout
    try:
        if out is None:
            raise Unusable("standard output", "it is closed")
        status: int = options.run(options, out.buffer)
    except Unusable as error:
        # If standard error is closed, print() would write to standard output.
        for line in error.problem.splitlines() if sys.stderr is not None else ():
            print(f"zcpolicy: {escaped(error.what)}: {line}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # The reader is gone; flushing at exit must not fail, either.
        assert out is not None
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return _CLOSED_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
