"""``check``: what Vdsm, libvirt and QEMU would refuse or misread in a request or a call."""

import argparse
import json
from typing import Any, BinaryIO, List, Mapping, NamedTuple, Optional, Tuple

import attr

from .._base.errors import ZcpolicyError
from .._base.terminal import escaped, wrapped
from .._model.inputs import VM, Cluster, Host
from ..adapters import libvirt
from ..adapters._violations import Violation
from ..adapters.vdsm import LibvirtCall, check, repair
from ..formats._merge import built, inside, merged
from .inputs import Given, described, given, reported, whose
from .output import FOUND, OK, Unusable, print_either, write_text
from .qmp import Qmp, qmp_reading

__all__ = ["run_check"]


_WANTED = "a VM.migrate request, a virsh migrate line, flags and parameters, or QMP commands"


class _About(NamedTuple):
    """Known facts about hosts and VM, and the object to check: one of the last three."""

    host: Host
    destination: Optional[Host]
    vm: Optional[VM]
    level: str
    request: Optional[Mapping[str, Any]] = None
    call: Optional[LibvirtCall] = None
    qmp: Optional[Qmp] = None


def run_check(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the faults of a request, a ``virsh migrate`` line, a call, or QMP commands."""
    said = given(options, own=qmp_reading)
    try:
        about = _about(said)
        if options.repair:
            return _print_repaired(about, out)
        found = _wrong(about)
    except ZcpolicyError as error:
        raise reported(whose(error, said.readings), error) from None
    print_either(options, out, lambda: [attr.asdict(each) for each in found], lambda: _text(found))
    severities = {violation.severity for violation in found}
    return FOUND if severities & {"refused", "harmful"} else OK


def _about(said: Given) -> _About:
    stated = merged(said.readings)
    found = {name: stated[name] for name in ("request", "call", "qmp") if name in stated}
    request, call = found.get("request"), found.get("call")
    if request is not None and call is not None and request.reading is call.reading:
        del found["call"]  # in Vdsm's log it follows from the request
    if len(found) > 1:
        files = ", ".join([str(each.reading.source) for each in found.values()])
        raise Unusable(files, f"each can be checked: give only one of them, {_WANTED}")
    if not found:
        texts = [
            f"{reading.source} is {described(reading)}"
            for reading in said.readings
            if reading.form != "option"
        ]
        raise Unusable("check", "\n".join([*texts, f"there is nothing to check: give {_WANTED}"]))
    cluster, vm = built(Cluster, stated, "cluster"), built(VM, stated, "vm")
    source, destination = built(Host, stated, "source"), built(Host, stated, "destination")
    return _About(
        **{name: each.value for name, each in found.items()},
        host=source,
        destination=destination if inside(stated, "destination") else None,
        vm=vm if inside(stated, "vm") else None,
        level=cluster.level if vm.level is None else vm.level,
    )


def _wrong(about: _About) -> Tuple[Violation, ...]:
    """Return the violations of the object to check."""
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
        problem = "only a VM.migrate request can be repaired"
        raise Unusable("--repair", problem)
    mended = repair(
        about.request, about.host, about.vm, level=about.level, destination=about.destination
    )
    write_text(out, json.dumps(mended.request))
    return OK


def _text(found: Tuple[Violation, ...]) -> str:
    if not found:
        return "Nothing is refused, harmful or misleading."
    lines: List[str] = []
    for violation in found:
        lines += wrapped(f"{violation.severity} {violation.code} ({violation.layer})", "", "  ")
        lines += wrapped(escaped(violation.message), "  ")
        lines += wrapped(escaped(violation.remedy or ""), "  -> ", "     ")
    return "\n".join(lines)
