"""The command ``zcpolicy``, the only part of the library that does input and output."""

import argparse
import contextlib
import itertools
import json
import os
import signal
import sys
from collections import deque
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Callable,
    Deque,
    Iterator,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

from . import Resolution, Scenario, ZcpolicyError, __version__, policies
from ._base.errors import shown
from ._base.parsing import parse
from ._base.terminal import escaped
from ._compare import compare, comparison_text, policies_text
from ._forecast.forecast import Forecast
from ._lint.report import findings_text, placed, read_for_lint
from ._many.answers import answered, line_of
from ._many.document import forecast_json, simulated
from ._many.survey import Survey
from ._model.shipped import SHIPPED
from ._publish.schema import SCHEMAS
from ._publish.vectors import vectors
from .plot import format_of, picture

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["main"]

T = TypeVar("T")

# Exit statuses; the last two are those a shell reports for a command killed by a signal.
_OK, _FOUND, _UNUSABLE, _INTERRUPTED, _CLOSED_PIPE = 0, 1, 2, 130, 141

# With --jobs, how many lines a process gets at a time, and how many portions wait for it.
_PORTION, _WAITING = 200, 3
_JOBS_MAX = 1024


class _Unusable(Exception):
    """Unusable input or output, and what is wrong with it, one fault per line."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: the command line; by default that of the process.
    """
    options = _parser().parse_args(arguments)
    out = sys.stdout
    try:
        if out is None:
            raise _Unusable("standard output", "it is closed")
        status: int = options.run(options, out.buffer)
    except _Unusable as error:
        # If standard error is closed, print() would write to standard output.
        for line in error.problem.splitlines() if sys.stderr is not None else ():
            print(f"zcpolicy: {escaped(error.what)}: {line}", file=sys.stderr)
        return _UNUSABLE
    except BrokenPipeError:
        # The reader is gone; flushing at exit must not fail, either.
        assert out is not None
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return _CLOSED_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zcpolicy",
        description="Decide how a KVM virtual machine is live-migrated, and say why.",
    )
    parser.add_argument("--version", action="version", version=f"zcpolicy {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str,
        run: Callable[[argparse.Namespace, BinaryIO], int],
        summary: str,
        description: str,
        file: Optional[str] = None,
    ) -> Any:
        """Add a subcommand, which reads *file* if that is given."""
        added = commands.add_parser(name, help=summary, description=description)
        added.set_defaults(run=run)
        if file is not None:
            text = f"{file}; standard input if omitted or -"
            added.add_argument("file", nargs="?", default="-", metavar="FILE", help=text)
        return added

    resolve = command(
        "resolve",
        _resolve,
        "decide how a scenario's VM is migrated",
        "Read a scenario in JSON and print the decision. Exit status: 0, or 2 if the input is "
        "invalid.",
        "the scenario",
    )
    _add_jsonl(resolve, "the answer", "scenario")
    shipped = command(
        "policies",
        _policies,
        "show the shipped migration policies side by side",
        "Print the shipped migration policies, or those that Engine offers at a level.",
    )
    shipped.add_argument("--level", metavar="LEVEL", help='a compatibility level such as "4.8"')
    _add_json(shipped, "a MigrationPolicies value (without Legacy)")
    linted = command(
        "lint",
        _lint,
        "check policies for legal but unintended settings",
        "Read a MigrationPolicies value and report settings that are legal but do not do what "
        "their author expects. Exit status: 0, 1 if it finds errors, or 2 if the input is invalid.",
        "the policies",
    )
    _add_json(linted, "the findings")
    compared = command(
        "compare",
        _compare,
        "compare the decisions for two scenarios",
        "Read two scenarios in JSON and print how their decisions differ, and why. Exit status: 0, "
        "or 2 if the input is invalid.",
    )
    compared.add_argument("a", metavar="A", help="a scenario; standard input if -")
    compared.add_argument("b", metavar="B", help="another scenario; standard input if -")
    _add_json(compared, "the differences")
    forecast = command(
        "simulate",
        _simulate,
        "forecast how a migration runs",
        'Read {"scenario": …, "workload": …} in JSON and print a forecast of the migration. Exit '
        "status: 0, or 2 if the input is invalid.",
        "the scenario and workload",
    )
    _add_jsonl(forecast, "the forecast", "scenario and workload")
    forecast.add_argument(
        "--plot",
        metavar="PICTURE",
        help="also plot the forecast as PNG, SVG or PDF; needs matplotlib",
    )
    surveyed = command(
        "survey",
        _survey,
        "say what many answers have in common",
        "Read answers of resolve --jsonl and print what keeps how many VMs from zero-copy, the "
        "change that would help most, and which hosts to update first. Exit status: 0, or 2 if a "
        "line is no answer.",
    )
    surveyed.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="answers, one per line; standard input if omitted or -",
    )
    form = surveyed.add_mutually_exclusive_group()
    _add_json(form, "the survey")
    form.add_argument("--csv", action="store_true", help="print the survey as CSV")
    schema = command(
        "schema",
        _schema,
        "print the JSON Schema of a command's input or output",
        "Print a JSON Schema (draft 2020-12).",
    )
    schema.add_argument("name", choices=list(SCHEMAS), metavar="NAME", help=", ".join(SCHEMAS))
    command(
        "vectors",
        _vectors,
        "print test vectors: scenarios with their decisions",
        "Print test vectors, one JSON object per line.",
    )
    return parser


def _add_json(parser: Any, what: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON, on one line")


def _add_jsonl(parser: Any, what: str, line: str) -> None:
    form = parser.add_mutually_exclusive_group()
    _add_json(form, what)
    form.add_argument(
        "--jsonl",
        action="store_true",
        help=f"read one {line} per line and answer each on a line as it arrives",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_jobs,
        help="with --jsonl and a FILE: answer with N processes, in the order of the lines",
    )


def _jobs(text: str) -> int:
    """The number of processes that *text* says."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _JOBS_MAX:
        return int(text)
    expected = f"a number of processes from 1 to {_JOBS_MAX}"
    raise argparse.ArgumentTypeError(f"{shown(text)} is not {expected}")


@contextlib.contextmanager
def _source(file: str) -> Iterator[BinaryIO]:
    """Open a file or standard input; errors name it."""
    name = "standard input" if file == "-" else file
    try:
        if file != "-":
            with Path(file).open("rb") as source:
                yield source
        elif sys.stdin is None:
            raise _Unusable(name, "it is closed")
        else:
            yield sys.stdin.buffer
    except ZcpolicyError as error:
        raise _Unusable(name, str(error)) from None
    except (BrokenPipeError, _Unusable):
        raise
    except OSError as error:
        raise _Unusable(name, error.strerror or str(error)) from None


def _read(file: str, made: Callable[[Any], T]) -> T:
    """What is made of the JSON document in *file*."""
    with _source(file) as source:
        return made(parse(source.read()))


def _decided(document: object) -> Resolution:
    return Scenario.from_json(document).resolve()


def _write(out: BinaryIO, data: bytes) -> None:
    """Write at once, so errors are reported for the output, not for an input."""
    try:
        out.write(data)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _Unusable("standard output", error.strerror or str(error)) from None


def _print(
    options: argparse.Namespace, out: BinaryIO, value: Callable[[], Any], text: Callable[[], str]
) -> None:
    """Print *value* as JSON, or *text*; only the one needed is computed."""
    if options.json:
        _write(out, line_of(value()))
    else:
        # Policy names are free text, and may hold lone surrogates, which UTF-8 cannot encode.
        _write(out, text().encode("utf-8", "backslashreplace") + b"\n")


def _resolve(options: argparse.Namespace, out: BinaryIO) -> int:
    if _by_line(options):
        return _converse(options, out, "resolve")
    resolution = _read(options.file, _decided)
    _print(options, out, resolution.to_json, resolution.__str__)
    return _OK


def _by_line(options: argparse.Namespace) -> bool:
    """Whether there are many lines to answer."""
    if options.jobs is not None and not options.jsonl:
        raise _Unusable("--jobs", "it needs --jsonl: one document needs one process")
    return bool(options.jsonl)


def _converse(options: argparse.Namespace, out: BinaryIO, command: str) -> int:
    """Answer each line as it is read, or with several processes, in the order of the lines."""
    if options.jobs is not None and options.file == "-":
        problem = "a conversation on standard input is answered line by line; name a file"
        raise _Unusable("--jobs", problem)
    status = _OK
    with _source(options.file) as source:
        made = answered(source, command)
        if options.jobs is not None:
            made = _by_processes(source, command, options)
        for answer, good in made:
            _write(out, answer)
            if not good:
                status = _UNUSABLE
    return status


def _by_processes(
    source: BinaryIO, command: str, options: argparse.Namespace
) -> Iterator[Tuple[bytes, bool]]:
    """The answers of `answered`, a portion at a time, made by processes; few portions wait."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    waiting: Deque[Future[Tuple[bytes, bool]]] = deque()
    # An interrupt is for the parent to handle.
    pool = ProcessPoolExecutor(
        options.jobs, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    )
    try:
        for portion in iter(lambda: list(itertools.islice(source, _PORTION)), []):
            waiting.append(pool.submit(_portion, portion, command))
            if len(waiting) >= options.jobs * _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise _Unusable(options.file, "a process that answers was killed") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _portion(lines: Sequence[bytes], command: str) -> Tuple[bytes, bool]:
    """The answers to some lines, and whether all of these were good."""
    made = list(answered(lines, command))
    return b"".join([answer for answer, _ in made]), all(good for _, good in made)


def _policies(options: argparse.Namespace, out: BinaryIO) -> int:
    try:
        shown = SHIPPED if options.level is None else policies.offered(options.level)
    except ZcpolicyError as error:
        raise _Unusable("--level", error.problem) from None
    _print(
        options,
        out,
        lambda: [policy.to_json() for policy in shown if not policy.is_legacy],
        lambda: policies_text(shown),
    )
    return _OK


def _lint(options: argparse.Namespace, out: BinaryIO) -> int:
    read = _read(options.file, read_for_lint)
    findings = placed(read)
    _print(
        options,
        out,
        lambda: [finding.to_json() for _, finding in findings],
        lambda: findings_text(read, findings),
    )
    return _FOUND if "error" in [finding.severity for _, finding in findings] else _OK


def _compare(options: argparse.Namespace, out: BinaryIO) -> int:
    if options.a == options.b == "-":
        raise _Unusable("standard input", "it cannot be both A and B")
    a, b = _read(options.a, _decided), _read(options.b, _decided)
    found = compare(a, b)
    _print(
        options,
        out,
        lambda: [difference.to_json() for difference in found],
        lambda: comparison_text(found, options.a, options.b),
    )
    return _OK


def _simulate(options: argparse.Namespace, out: BinaryIO) -> int:
    if _by_line(options):
        if options.plot is not None:
            raise _Unusable("--plot", "a plot is of one forecast, and --jsonl gives many")
        return _converse(options, out, "simulate")
    try:
        kind = None if options.plot is None else format_of(options.plot)
    except ZcpolicyError as error:
        raise _Unusable("--plot", error.problem) from None
    scenario, forecast = _read(options.file, simulated)
    if kind is not None:
        _draw(str(options.plot), kind, forecast)
    _print(options, out, lambda: forecast_json(scenario, forecast), forecast.__str__)
    return _OK


def _draw(file: str, kind: str, forecast: Forecast) -> None:
    try:
        Path(file).write_bytes(picture(forecast, kind))
    except ImportError as error:  # matplotlib is not installed
        raise _Unusable(file, str(error)) from None
    except OSError as error:
        raise _Unusable(file, error.strerror or str(error)) from None


def _survey(options: argparse.Namespace, out: BinaryIO) -> int:
    if options.files.count("-") > 1:
        raise _Unusable("standard input", "it cannot be read twice")
    found = Survey()
    for file in options.files:
        with _source(file) as source:
            found += Survey.of(source, source=None if file == "-" else file)
    _print(options, out, found.to_json, found.to_csv().rstrip if options.csv else found.__str__)
    return _UNUSABLE if None in [each.path for each in found.bad] else _OK


def _schema(options: argparse.Namespace, out: BinaryIO) -> int:
    _write(out, json.dumps(SCHEMAS[options.name](), indent=2).encode("ascii") + b"\n")
    return _OK


def _vectors(options: argparse.Namespace, out: BinaryIO) -> int:
    for vector in vectors():
        _write(out, line_of(vector.to_json()))
    return _OK


if __name__ == "__main__":
    sys.exit(main())
