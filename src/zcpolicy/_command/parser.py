"""What can be typed: the subcommands and their options."""

import argparse
import importlib
from typing import Any, BinaryIO, Callable, Iterator

from .. import __version__
from .._base.terminal import WIDTH
from .goals import count, downtime, finish, jobs, speed, throttle

__all__ = ["parser"]

# From what was typed, and where to print, to the exit status.
Run = Callable[[argparse.Namespace, BinaryIO], int]

_ANY_FORM = "files of any form (zcpolicy help forms); standard input if - or nothing is given"
# Which module runs which command.
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
    """As wide as all else that is printed; argparse asks the terminal at each argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=WIDTH - 2)


class _Parser(argparse.ArgumentParser):
    """A parser whose help is printed in any locale."""

    def __init__(self, **more: Any) -> None:
        super().__init__(formatter_class=_Formatter, **more)

    def _print_message(self, message: str, file: Any = None) -> None:
        if message and file is not None:
            encoding = getattr(file, "encoding", None) or "utf-8"
            super()._print_message(message.encode(encoding, "replace").decode(encoding), file)


class _Schemas:
    """The names of the schemas; whoever asks for none need not wait for them."""

    def __iter__(self) -> Iterator[str]:
        from .._publish.schema import SCHEMAS

        return iter(SCHEMAS)


class _Keep:
    """What an advice can leave as it is; likewise."""

    def __iter__(self) -> Iterator[str]:
        from .._advice.space import KEEP

        return iter(KEEP)


def _run(name: str) -> Run:
    """What runs a command; its module is imported then, so that no command waits for another's."""

    def run(options: argparse.Namespace, out: BinaryIO) -> int:
        made: Run = getattr(
            importlib.import_module(f".{_MODULES[name]}", __package__), f"run_{name}"
        )
        return made(options, out)

    return run


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
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
        "Print a forecast of the migration: of a workload, of measured dirty rates, or of the "
        f"samples of an earlier migration, beside the scenario. {_EXIT}",
    )
    _add_files(simulate)
    simulate.add_argument(
        "--policy",
        action="append",
        dest="policies",
        default=[],
        metavar="NAME|FILE",
        help="the cluster's policy; several, or all for those that Engine offers, are compared in "
        "a table, the gentlest first",
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
        help="go on from the last sample of the migration, which still runs",
    )

    advise = command(
        "advise",
        "say what to change so that a migration meets a goal",
        "Print what an administrator can change so that the migration meets a goal, the fewest and "
        f"gentlest changes first, each with its forecast. {_EXIT}",
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
        help="leave this as it is: %(choices)s",
    )
    advise.add_argument(
        "--export",
        action="store_true",
        help="print the engine-config command of the first option's policy",
    )
    _add_json(advise, "the advice")

    diagnose = command(
        "diagnose",
        "say what happened to a migration, why, and what would do",
        "Read samples or logs of a migration, finished or running, and print what happened and "
        "why, with the evidence, and what would have worked; the request or the scenario, if "
        f"there is one, says more. {_EXIT}",
    )
    _add_files(diagnose)
    _add_policy(diagnose)
    _add_goal(diagnose)
    _add_json(diagnose, "the diagnosis")

    compare = command(
        "compare",
        "compare the decisions for two scenarios",
        f"Print how the decisions of two files differ, and why. {_EXIT}",
    )
    compare.add_argument("a", metavar="A", help="a file of any form; standard input if -")
    compare.add_argument("b", metavar="B", help="another one; standard input if -")
    _add_json(compare, "the differences")

    check = command(
        "check",
        "say what Vdsm, libvirt and QEMU would refuse",
        "Check a VM.migrate request, a virsh migrate line, flags and parameters, or QMP commands; "
        "other files and --set say the hosts' versions. Exit status: 0, 1 if something is refused "
        "or harmful, or 2 if the input is invalid.",
    )
    _add_files(check)
    _add_json(check, "the violations")
    check.add_argument(
        "--repair", action="store_true", help="print the nearest request that goes through"
    )

    read = command(
        "read",
        "say what files are, and what is taken from them",
        f"Print the form of each file, what was taken from it, and what was ignored. {_EXIT}",
    )
    _add_files(read)
    _add_policy(read)
    _add_json(read, "it")

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
        help="policies in any form, or the name of one that ships; standard input if - or omitted",
    )
    form = lint.add_mutually_exclusive_group()
    _add_json(form, "the findings")
    form.add_argument(
        "--format",
        choices=("text", "json", "github"),
        dest="form",
        help="print them as text, JSON, or annotations of a pull request on GitHub",
    )
    _add_set(lint)

    export = command(
        "export",
        "print the engine-config command of a level's policies",
        "Print the command that makes Engine's list of a level what ships there, less what the "
        f"files replace, with what they add; and the restart that Engine needs. {_EXIT}",
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
        "say what many answers have in common",
        "Read answers of resolve --jsonl and print what keeps how many VMs from zero-copy, the "
        "change that would help most, and which hosts to update first. Exit status: 0, or 2 if a "
        "line is no answer.",
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
        "with a file of any form, or a folder of such files, for each VM, and print when each "
        f"migration runs, and which VMs stay. {_EXIT}",
    )
    drain.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="a document or a folder"
    )
    _add_hosts(drain)
    _add_set(drain)
    drain.add_argument("--link", type=speed, metavar="SPEED", help="what all share: 25Gbps")
    drain.add_argument("--order", choices=("given", "shortest", "largest"), help="%(choices)s")
    drain.add_argument("--outgoing", type=count, metavar="N", help="how many leave at a time")
    drain.add_argument("--plot", metavar="PICTURE", help="also draw it as PNG, SVG or PDF")
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
        help=f"read one {line} per line and answer each on a line as it arrives",
    )
    added.add_argument(
        "--jobs",
        metavar="N",
        type=jobs,
        help="with --jsonl and a FILE: answer with N processes, in the order of the lines",
    )


def _add_files(added: Any) -> None:
    added.add_argument("files", nargs="*", metavar="FILE", help=_ANY_FORM)
    _add_hosts(added)
    _add_set(added)
    added.add_argument("--vm", metavar="ID", help="of a log with several VMs: which")


def _add_hosts(added: Any) -> None:
    for option, what in (
        ("--source", "the host that the VM leaves"),
        ("--destination", "the host to which it goes"),
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
        "--finish", type=finish, metavar="TIME", help="how long it may take, such as 10min"
    )
    added.add_argument(
        "--downtime", type=downtime, metavar="TIME", help="how long the guest may stand still: 1s"
    )
    added.add_argument(
        "--throttle",
        type=throttle,
        metavar="SHARE",
        help="the most that autoconverge may take from the guest, such as 30%%",
    )
    added.add_argument("--postcopy", action="store_true", help="it may switch to post-copy")


def _add_set(added: Any) -> None:
    added.add_argument(
        "--set",
        action="append",
        dest="settings",
        metavar="PATH=VALUE",
        help="a setting, whatever the files say, such as vm.memory=2TiB (zcpolicy help set)",
    )
