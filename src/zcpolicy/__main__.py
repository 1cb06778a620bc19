"""The command ``zcpolicy``: the only place of the library that reads and prints."""

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO, Mapping, Optional, Sequence

from . import Scenario, ZcpolicyError, __version__
from ._documents import parse
from ._errors import InvalidValue
from ._schema import SCHEMAS
from ._vectors import vectors

__all__ = ["main"]

# Exit statuses; the last two are what a shell reports of a command that a signal ended.
_OK, _UNUSABLE, _INTERRUPTED, _CLOSED_PIPE = 0, 2, 130, 141

_encode = json.JSONEncoder(separators=(",", ":")).encode


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: instead of those of the process.
    """
    options = _parser().parse_args(arguments)
    if sys.stdout is None:
        return _unusable("standard output", "it is closed")
    try:
        status: int = options.run(options, sys.stdout.buffer)
        sys.stdout.flush()
    except ZcpolicyError as error:
        return _unusable(options.file, str(error))
    except BrokenPipeError:
        # Nobody reads any more; what is left unwritten must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    except OSError as error:
        file = error.filename or getattr(options, "file", "-")
        return _unusable(file, error.strerror or str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _unusable(file: str, problem: str) -> int:
    name = "standard input" if file == "-" else file
    for line in problem.splitlines():
        print(f"zcpolicy: {name}: {line}", file=sys.stderr)
    return _UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zcpolicy",
        description="Decide how a KVM virtual machine is live-migrated, and say why.",
    )
    parser.add_argument("--version", action="version", version=f"zcpolicy {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    resolve = commands.add_parser(
        "resolve",
        help="the final migration parameters of a scenario",
        description="Read a scenario in JSON and print the decision. Exit status: 0, or 2 if the "
        "input cannot be used.",
    )
    resolve.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="the scenario; standard input if none"
    )
    resolve.set_defaults(run=_resolve)
    form = resolve.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the answer as JSON, on one line")
    form.add_argument(
        "--jsonl",
        action="store_true",
        help="read a scenario a line and answer each with a line, as it comes",
    )
    schema = commands.add_parser(
        "schema",
        help="the JSON Schema of a scenario, an answer or a list of policies",
        description="Print a JSON Schema (draft 2020-12).",
    )
    schema.add_argument("name", choices=list(SCHEMAS), metavar="NAME", help=", ".join(SCHEMAS))
    schema.set_defaults(run=_schema)
    examples = commands.add_parser(
        "vectors",
        help="scenarios with what must come of them, for suites in any language",
        description="Print test vectors, one JSON object a line.",
    )
    examples.set_defaults(run=_vectors)
    return parser


def _line(value: Any) -> bytes:
    return _encode(value).encode("ascii") + b"\n"


def _vectors(options: argparse.Namespace, out: BinaryIO) -> int:
    for vector in vectors():
        out.write(_line(vector.to_json()))
    return _OK


def _schema(options: argparse.Namespace, out: BinaryIO) -> int:
    out.write(json.dumps(SCHEMAS[options.name](), indent=2).encode("ascii") + b"\n")
    return _OK


def _resolve(options: argparse.Namespace, out: BinaryIO) -> int:
    with contextlib.ExitStack() as stack:
        if options.file == "-":
            if sys.stdin is None:
                raise InvalidValue("", None, "a scenario", "it is closed")
            source: BinaryIO = sys.stdin.buffer
        else:
            source = stack.enter_context(Path(options.file).open("rb"))
        if options.jsonl:
            return _converse(source, out)
        resolution = Scenario.from_json(parse(source.read())).resolve()
    text = _encode(resolution.to_json()) if options.json else str(resolution)
    # Names of policies are free text, and may hold what UTF-8 has no bytes for.
    out.write(text.encode("utf-8", "backslashreplace") + b"\n")
    return _OK


def _converse(source: BinaryIO, out: BinaryIO) -> int:
    """Answer each line when it is read; a bad one does not disturb the others."""
    status = _OK
    for line in source:
        answer: Mapping[str, Any]
        try:
            answer = Scenario.from_json(parse(line.strip())).resolve().to_json()
        except ZcpolicyError as error:
            answer = error.to_json()
            status = _UNUSABLE
        out.write(_line(answer))
        out.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
