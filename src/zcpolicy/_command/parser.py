"""The command line: the subcommands and their options."""

import argparse
import importlib
from typing import Any, BinaryIO, Callable, Iterator

from .. import __version__
from .._base.terminal import WIDTH
from .goals import count, downtime, finish, jobs, speed, throttle

__all__ = ["parser"]

# Takes the command line and the output; returns the exit status.
Run = Callable[[argparse.Namespace, BinaryIO], int]

_ANY_FORM = "files of any form (zcpolicy help forms); standard input if - or omitted"
# The module that runs each command.
_MODULES = {
    **dict.fromkeys(("resolve", "simulate", "compare"), "decisions"),
    "check": "checks",
    "read": "reads",
    **dict.fromkeys(("lint", "export", "policies"), "authors"),
    **dict.fromkeys(("advise", "diagnose"), "advice"),
    "drain": "drains",
    "survey": "many",
    **dict.fromkeys(("schema", "vectors", "help"), "printed"),
}
_EXIT = "Exit status: 0, or 2 if the input is invalid."


class _Formatter(argparse.HelpFormatter):
    """Use the same width as other output; argparse would query the terminal for each argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=WIDTH - 2)


class _Parser(argparse.ArgumentParser):
    """A parser that can print its help in any locale."""

    def __init__(self, **more: Any) -> None:
        super().__init__(formatter_class=_Formatter, **more)

    def _print_message(self, message: str, file: Any = None) -> None:
        if message and file is not None:
            encoding = getattr(file, "encoding", None) or "utf-8"
            super()._print_message(message.encode(encoding, "replace").decode(encoding), file)


class _Schemas:
    """The names of the schemas, imported only when needed."""

    def __iter__(self) -> Iterator[str]:
        from .._publish.schema import SCHEMAS

        return iter(SCHEMAS)


class _Keep:
    """The choices of --keep, imported only when needed."""

    def __iter__(self) -> Iterator[str]:
        from .._advice.space import KEEP

        return iter(KEEP)


def _run(name: str) -> Run:
    """Return the function for a command; it imports the command's module only when called."""

    def run(options: argparse.Namespace, out: BinaryIO) -> int:
        made: Run = getattr(
            importlib.import_module(f".{_MODULES[name]}", __package__), f"run_{name}"
        )
        return made(options, out)

    return run


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    made = _Parser(
        prog="zcpolicy",
        description="Decide how a KVM virtual machine is live-migrated, and say why.",
    )
    made.add_argument("--version", action="version", version=f"zcpolicy {__version__}")
    commands = made.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )

    def command(name: str, summary: str, description: str) -> Any:
        added = commands.add_parser(name, help=summary, description=description)
        added.set_defaults(
            run=_run(name), files=[], source=[], destination=[], policy=None, settings=[], vm=None
        )
        return added

    resolve = command(
        "resolve",
        "decide how a VM is migrated",
        f"Decide what the files say together, and print the decision. {_EXIT}",
    )
    _add_files(resolve)
    _add_policy(resolve)
    _add_jsonl(resolve, "the answer", "scenario")

    simulate = command(
        "simulate",
        "forecast how a migration runs",
        "Forecast the migration from the scenario and a workload, measured dirty rates, or samples "
        f"of an earlier migration. {_EXIT}",
    )
    _add_files(simulate)
    simulate.add_argument(
        "--policy",
        action="append",
        dest="policies",
        default=[],
        metavar="NAME|FILE",
        help="the cluster's policy; repeat it, or give all for those that Engine offers, to "
        "compare policies in a table, gentlest first",
    )
    simulate.add_argument("--csv", action="store_true", help="print the table as CSV")
    simulate.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    _add_jsonl(simulate, "the forecast", "scenario and workload")
    simulate.add_argument(
        "--plot",
        metavar="PICTURE",
        help="also plot the forecast as PNG, SVG or PDF; needs matplotlib",
    )
    simulate.add_argument(
        "--since",
        action="store_true",
        help="continue from the last sample of a migration that is still running",
    )

    advise = command(
        "advise",
        "suggest changes that make a migration meet a goal",
        "Print changes that an administrator can make for the migration to meet a goal, fewest and "
        f"gentlest first, each with its forecast. {_EXIT}",
    )
    _add_files(advise)
    _add_policy(advise)
    _add_goal(advise)
    advise.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="WHAT",
        choices=_Keep(),
        help="do not change this: %(choices)s",
    )
    advise.add_argument(
        "--export",
        action="store_true",
        help="print the engine-config command of the first option's policy",
    )
    _add_json(advise, "the advice")

    diagnose = command(
        "diagnose",
        "explain what happened to a migration, and what would help",
        "Read samples or logs of a finished or running migration; print what happened and why, "
        "with the evidence, and what would have worked. Add the request or the scenario, if you "
        f"have it, to learn more. {_EXIT}",
    )
    _add_files(diagnose)
    _add_policy(diagnose)
    _add_goal(diagnose)
    _add_json(diagnose, "the diagnosis")

    compare = command(
        "compare",
        "compare the decisions for two scenarios",
        f"Print how the decisions for two files differ, and why. {_EXIT}",
    )
    compare.add_argument("a", metavar="A", help="a file of any form; standard input if -")
    compare.add_argument("b", metavar="B", help="a second one; standard input if -")
    _add_json(compare, "the differences")

    check = command(
        "check",
        "list what Vdsm, libvirt and QEMU would refuse",
        "Check a VM.migrate request, a virsh migrate line, flags and parameters, or QMP commands; "
        "other files and --set give the hosts' versions. Exit status: 0, 1 if something is refused "
        "or harmful, or 2 if the input is invalid.",
    )
    _add_files(check)
    _add_json(check, "the violations")
    check.add_argument(
        "--repair", action="store_true", help="print the closest request that would be accepted"
    )

    read = command(
        "read",
        "show the form of files, and what is taken from them",
        f"Print the form of each file, the values taken from it, and what was ignored. {_EXIT}",
    )
    _add_files(read)
    _add_policy(read)
    _add_json(read, "the result")

    lint = command(
        "lint",
        "check policies for legal but unintended settings",
        "Report settings of policies that are legal but do not do what their author expects. Exit "
        "status: 0, 1 if it finds errors, or 2 if the input is invalid.",
    )
    lint.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="policies in any form, or the name of a shipped one; standard input if - or omitted",
    )
    form = lint.add_mutually_exclusive_group()
    _add_json(form, "the findings")
    form.add_argument(
        "--format",
        choices=("text", "json", "github"),
        dest="form",
        help="print the findings as text, JSON, or annotations for a pull request on GitHub",
    )
    _add_set(lint)

    export = command(
        "export",
        "print the engine-config command for a level's policies",
        "Print the command that sets Engine's list for a level to the shipped policies plus those "
        "in the files, which replace shipped ones with the same id; and the restart that Engine "
        f"needs. {_EXIT}",
    )
    export.add_argument("files", nargs="*", metavar="FILE", help="policies in any form")
    export.add_argument("--level", required=True, metavar="LEVEL", help='such as "4.8"')
    _add_json(export, "the list")

    shipped = command(
        "policies",
        "show the shipped migration policies side by side",
        "Print the shipped migration policies, or those that Engine offers at a level.",
    )
    shipped.add_argument("--level", metavar="LEVEL", help='a compatibility level such as "4.8"')
    _add_json(shipped, "a MigrationPolicies value (without Legacy)")

    survey = command(
        "survey",
        "summarize many answers",
        "Read answers of resolve --jsonl; print what keeps VMs from zero-copy and how many, the "
        "change that would help most, and which hosts to update first. Exit status: 0, or 2 if a "
        "line is not an answer.",
    )
    survey.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="answers, one per line; standard input if omitted or -",
    )
    form = survey.add_mutually_exclusive_group()
    _add_json(form, "the survey")
    form.add_argument("--csv", action="store_true", help="print the survey as CSV")

    drain = command(
        "drain",
        "plan how VMs leave their host",
        'Read {"moves": [{"name", "scenario", "workload" or "migration"}]} in JSON, or a folder '
        "that has for each VM a file of any form or a folder of such files; print when each "
        f"migration runs, and which VMs stay. {_EXIT}",
    )
    drain.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="a document or a folder"
    )
    _add_hosts(drain)
    _add_set(drain)
    drain.add_argument(
        "--link", type=speed, metavar="SPEED", help="the shared link, such as 25Gbps"
    )
    drain.add_argument("--order", choices=("given", "shortest", "largest"), help="%(choices)s")
    drain.add_argument("--outgoing", type=count, metavar="N", help="how many VMs leave at a time")
    drain.add_argument(
        "--plot",
        metavar="PICTURE",
        help="also plot the plan as PNG, SVG or PDF; needs matplotlib",
    )
    form = drain.add_mutually_exclusive_group()
    _add_json(form, "the plan")
    form.add_argument("--csv", action="store_true", help="print the migrations as CSV")

    schema = command(
        "schema",
        "print the JSON Schema of a command's input or output",
        "Print a JSON Schema (draft 2020-12).",
    )
    schema.add_argument("name", choices=_Schemas(), metavar="NAME", help="%(choices)s")
    command(
        "vectors",
        "print test vectors: scenarios with their decisions",
        "Print test vectors, one JSON object per line.",
    )
    about = command(
        "help",
        "explain a command, the settings of --set, or the forms of files",
        "Explain a command; `set` lists the settings of --set, `forms` the forms of files.",
    )
    about.add_argument("topic", nargs="?", metavar="TOPIC", help="a command, set or forms")
    about.set_defaults(commands=commands.choices, top=made)
    return made


def _add_json(added: Any, what: str) -> None:
    added.add_argument("--json", action="store_true", help=f"print {what} as JSON, on one line")


def _add_jsonl(added: Any, what: str, line: str) -> None:
    form = added.add_mutually_exclusive_group()
    _add_json(form, what)
    form.add_argument(
        "--jsonl",
        action="store_true",
        help=f"read one {line} per line and answer each line as it arrives",
    )
    added.add_argument(
        "--jobs",
        metavar="N",
        type=jobs,
        help="with --jsonl and a FILE: answer in N processes, in the order of the lines",
    )


def _add_files(added: Any) -> None:
    added.add_argument("files", nargs="*", metavar="FILE", help=_ANY_FORM)
    _add_hosts(added)
    _add_set(added)
    added.add_argument("--vm", metavar="ID", help="the VM to read from a log of several")


def _add_hosts(added: Any) -> None:
    for option, what in (
        ("--source", "the host that the VM leaves"),
        ("--destination", "the host that the VM moves to"),
    ):
        added.add_argument(
            option, action="append", metavar="FILE", help=f"{what}: a getCapabilities answer"
        )


def _add_policy(added: Any) -> None:
    added.add_argument(
        "--policy", metavar="NAME|FILE", help="the cluster's policy: its name or id, or a file"
    )


def _add_goal(added: Any) -> None:
    added.add_argument(
        "--finish", type=finish, metavar="TIME", help="the longest duration, such as 10min"
    )
    added.add_argument(
        "--downtime", type=downtime, metavar="TIME", help="the longest downtime, such as 1s"
    )
    added.add_argument(
        "--throttle",
        type=throttle,
        metavar="SHARE",
        help="the most that autoconverge may throttle the guest, such as 30%%",
    )
    added.add_argument("--postcopy", action="store_true", help="allow post-copy")


def _add_set(added: Any) -> None:
    added.add_argument(
        "--set",
        action="append",
        dest="settings",
        metavar="PATH=VALUE",
        help="set a value, overriding the files, such as vm.memory=2TiB (zcpolicy help set)",
    )
