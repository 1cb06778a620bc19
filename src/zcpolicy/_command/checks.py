"""``check``: what Vdsm, libvirt and QEMU would refuse, or misread, of a request or a call."""

import argparse
import json
from typing import Any, BinaryIO, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .._base.errors import ZcpolicyError
from .._base.parsing import parse
from .._base.terminal import escaped, wrapped
from .._model.inputs import VM, Cluster, Host
from ..adapters import libvirt
from ..adapters._violations import Violation
from ..adapters.vdsm import LibvirtCall, check, repair
from ..formats._merge import inside, merged
from .inputs import Given, called, described, files_of, given, read_bytes, reported, whose
from .output import FOUND, OK, Unusable, print_either, write_text

__all__ = ["run_check"]


_WANTED = "a VM.migrate request, a virsh migrate line, flags and parameters, or QMP commands"


class _About(NamedTuple):
    """What is checked, one of the first three, and what is known beside it."""

    request: Optional[Mapping[str, Any]]
    call: Optional[LibvirtCall]
    qmp: Optional["_Qmp"]
    host: Host
    destination: Optional[Host]
    vm: Optional[VM]
    level: str


def run_check(options: argparse.Namespace, out: BinaryIO) -> int:
    """Say what is wrong with a request, a ``virsh migrate`` line, a call, or QMP commands."""
    qmp, others = _split(files_of(options))
    said = given(options, others)
    try:
        about = _about(said, qmp)
        if options.repair:
            return _print_repaired(about, out)
        found = _wrong(about)
    except ZcpolicyError as error:
        raise reported(whose(error, said.readings), error) from None
    print_either(
        options, out, lambda: [_violation_json(each) for each in found], lambda: _text(found)
    )
    severities = {violation.severity for violation in found}
    return FOUND if severities & {"refused", "harmful"} else OK


def _about(said: Given, qmp: Optional["_Qmp"]) -> _About:
    stated = merged(said.readings)
    request, call = stated.get("request"), stated.get("call")
    if request is not None and call is not None and request.reading is call.reading:
        call = None  # Vdsm's log: Vdsm made the call of the request
    given_ = [thing for thing in (request, call, qmp) if thing is not None]
    if len(given_) > 1:
        raise Unusable("check", f"here are {len(given_)} things to check: give one of them")
    if not given_:
        raise Unusable(
            ", ".join([str(reading.source) for reading in said.readings]),
            "; ".join([f"this is {described(reading)}" for reading in said.readings])
            + f", and nothing to check: give {_WANTED}",
        )
    fields = {name: inside(stated, name) for name in ("cluster", "vm", "source", "destination")}
    cluster, vm = Cluster(**fields["cluster"]), VM(**fields["vm"])
    source, destination = Host(**fields["source"]), Host(**fields["destination"])
    return _About(
        request=None if request is None else request.value,
        call=None if call is None else call.value,
        qmp=qmp,
        host=source,
        destination=destination if fields["destination"] else None,
        vm=vm if fields["vm"] else None,
        level=cluster.level if vm.level is None else vm.level,
    )


def _wrong(about: _About) -> Tuple[Violation, ...]:
    """What is wrong with what is checked."""
    if about.request is not None:
        return check(
            about.request, about.host, about.vm, level=about.level, destination=about.destination
        )
    if about.call is not None:
        return _of_call(about.call, about)
    assert about.qmp is not None
    return libvirt.check_qmp(
        about.qmp.capabilities, about.qmp.parameters, qemu=about.host.qemu_version
    )


def _of_call(call: LibvirtCall, about: _About) -> Tuple[Violation, ...]:
    vm = about.vm
    return libvirt.check(
        int(call.flags),
        call.params,
        paused=vm is not None and vm.paused,
        memory_mib=None if vm is None else vm.memory_mib,
        hard_limit_mib=None if vm is None else vm.memory_hard_limit_mib,
        libvirt=about.host.libvirt_version,
        qemu=about.host.qemu_version,
    )


def _print_repaired(about: _About, out: BinaryIO) -> int:
    if about.request is None:
        problem = "a VM.migrate request can be repaired, and this is none"
        raise Unusable("--repair", problem)
    mended = repair(
        about.request, about.host, about.vm, level=about.level, destination=about.destination
    )
    write_text(out, json.dumps(mended.request))
    return OK


def _violation_json(violation: Violation) -> Dict[str, Any]:
    return {
        "code": violation.code,
        "severity": violation.severity,
        "layer": violation.layer,
        "message": violation.message,
        "remedy": violation.remedy,
    }


def _text(found: Tuple[Violation, ...]) -> str:
    if not found:
        return "Nothing is refused, harmful or misleading."
    lines: List[str] = []
    for violation in found:
        lines += wrapped(f"{violation.severity} {violation.code} ({violation.layer})", "", "  ")
        lines += wrapped(escaped(violation.message), "  ")
        if violation.remedy is not None:
            lines += wrapped(escaped(violation.remedy), "  -> ", "     ")
    return "\n".join(lines)


# -- QMP -------------------------------------------------------------------------------------------


class _Qmp(NamedTuple):
    """The state to which QMP commands lead."""

    capabilities: Mapping[str, bool]
    parameters: Mapping[str, Any]


def _split(files: List[str]) -> Tuple[Optional[_Qmp], List[str]]:
    """What of the files is QMP, and the others; standard input is read once."""
    found: Optional[_Qmp] = None
    others = []
    for file in files:
        read = _read_qmp(file)
        if read is None:
            others.append(file)
        elif found is not None:
            raise Unusable(called(file), "QMP is given twice: write the commands in one file")
        else:
            found = read
    return found, others


def _read_qmp(file: str) -> Optional[_Qmp]:
    """The state that a file of QMP commands leads to; None if it is no such file."""
    commands = _commands(read_bytes(file))
    if not commands:
        return None
    capabilities: Dict[str, bool] = {}
    parameters: Dict[str, Any] = {}
    for command in commands:
        arguments = command.get("arguments")
        given_ = arguments if isinstance(arguments, dict) else {}
        if command["execute"] == "migrate-set-capabilities":
            for each in given_.get("capabilities") or ():
                capabilities[each["capability"]] = each["state"]
        elif command["execute"] == "migrate-set-parameters":
            parameters.update(given_)
    return _Qmp(capabilities, parameters)


def _commands(data: bytes) -> List[Dict[str, Any]]:
    """The commands of a text of QMP, a line each or a list; none if it is another text."""
    try:
        documents = parse(data)
    except ZcpolicyError:
        try:
            documents = [parse(line) for line in data.splitlines() if line.strip()]
        except ZcpolicyError:
            return []
    listed = documents if isinstance(documents, list) else [documents]
    good = [each for each in listed if isinstance(each, dict) and "execute" in each]
    return good if len(good) == len(listed) else []
