"""Print results; report unusable input and output."""

import argparse
from typing import Any, BinaryIO, Callable, Sequence

__all__ = [
    "FOUND",
    "OK",
    "UNUSABLE",
    "Unusable",
    "print_either",
    "write",
    "write_lines",
    "write_text",
]

# Exit statuses: all is well; something was found; the input or output cannot be used.
OK, FOUND, UNUSABLE = 0, 1, 2


class Unusable(Exception):
    """Unusable input or output, with one fault per line."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem


def write(out: BinaryIO, data: bytes) -> None:
    """Write at once, so errors are reported for the output, not for an input."""
    try:
        out.write(data)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unusable("standard output", error.strerror or str(error)) from None


def write_text(out: BinaryIO, text: str) -> None:
    """Write lines for a person."""
    # Policy names are free text, and may hold lone surrogates, which UTF-8 cannot encode.
    write(out, text.encode("utf-8", "backslashreplace") + b"\n")


def write_lines(out: BinaryIO, lines: Sequence[str]) -> None:
    """Write lines for a program; nothing, not even a line end, if there are none."""
    if lines:
        write_text(out, "\n".join(lines))


def print_either(
    options: argparse.Namespace, out: BinaryIO, value: Callable[[], Any], text: Callable[[], str]
) -> None:
    """Print *value* as JSON, or *text*; compute only the one needed."""
    if options.json:
        from .._many.answers import line_of  # text does not need it

        write(out, line_of(value()))
    else:
        write_text(out, text())
