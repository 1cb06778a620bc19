"""Read libvirt's domain XML.

Source: libvirt ``src/conf/domain_conf.c`` (``virDomainParseScaledValue``,
``virDomainVcpuParse``), ``src/util/virutil.c`` (``virScaleInteger``, ``virMemoryLimitTruncate``).
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .._base.errors import InvalidValue, ZcpolicyError, raise_all
from .._model.inputs import UNLIMITED_KIB, VM_FIELDS
from ._form import Form, Reading, document_reading
from ._lines import untaken
from ._text import Text
from ._xml import Element

__all__ = ["FORMS"]

_KIB, _MIB = 1024, 1024 * 1024
_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_UNIT_NAMES = "b or bytes, KB, K or KiB, MB, M or MiB, and so on to E"
# Elements that are not used, but may be why a migration fails: what each means for one.
_MATTERS: Mapping[Tuple[str, ...], str] = {
    ("memoryBacking", "hugepages"): "hugepages: QEMU sends and locks whole huge pages, and "
    "post-copy fetches whole huge pages",
    ("devices", "hostdev"): "host devices: libvirt does not migrate a VM that has one, unless the "
    "device's driver supports it",
    ("memoryBacking", "locked"): "locked memory: all guest memory is already locked, as zero-copy "
    "needs",
}


def _is_domain(text: Text) -> bool:
    return text.element is not None and text.element.tag == "domain"


def _read_domain(text: Text) -> Reading:
    domain = text.element
    assert domain is not None
    faults: List[ZcpolicyError] = []
    found: Dict[str, Any] = {}
    memory = _one(faults, domain, "memory")
    if memory is not None:
        found["memory_mib"] = -(-_kib(faults, memory, "memory") // _KIB)
    vcpu = _one(faults, domain, "vcpu")
    if vcpu is not None:
        current = vcpu.attributes.get("current")
        path = "vcpu" if current is None else "vcpu.current"
        found["vcpus"] = _number(faults, vcpu.text if current is None else current, path)
    tuning = _one(faults, domain, "memtune")
    limit = None if tuning is None else _one(faults, tuning, "hard_limit")
    if limit is not None:
        kib = _kib(faults, limit, "memtune.hard_limit")
        found["memory_hard_limit_mib"] = None if kib >= UNLIMITED_KIB else kib // _KIB
    if not faults:
        for name, value in found.items():
            faults += VM_FIELDS.kinds[name].faults(_PATHS[name], value)
    raise_all(faults)
    others = untaken([child.tag for child in domain.children], _TAKEN)
    matters = tuple(_matters(domain))
    return document_reading("domain-xml", text, {"vm": found}, matters, others=others)


_TAKEN = ("memory", "vcpu", "memtune")
_PATHS = {
    "memory_mib": "memory (MiB)",
    "vcpus": "vcpu",
    "memory_hard_limit_mib": "memtune.hard_limit (MiB)",
}


def _one(faults: List[ZcpolicyError], inside: Element, tag: str) -> Optional[Element]:
    """Return the element of this name, if any; a second one is a fault."""
    found = inside.find_all(tag)
    if len(found) > 1:
        problem = f"a second <{tag}> on line {found[1].line}"
        faults.append(InvalidValue(tag, None, f"one <{tag}>", problem))
    return found[0] if found else None


def _number(faults: List[ZcpolicyError], text: str, path: str) -> int:
    if _NUMBER.fullmatch(text):
        return int(text)
    faults.append(InvalidValue(path, text, "a number"))
    return 0


def _kib(faults: List[ZcpolicyError], element: Element, path: str) -> int:
    """Return a size in KiB, rounded up as libvirt does."""
    if element.text == "unlimited":
        return UNLIMITED_KIB
    number = _number(faults, element.text, path)
    unit = element.attributes.get("unit", "KiB")
    factor = _factor(unit)
    if factor is None:
        faults.append(InvalidValue(f"{path}.unit", unit, f"a unit: {_UNIT_NAMES}"))
        return 0
    return -(-number * factor // _KIB)


def _factor(unit: str) -> Optional[int]:
    """Return a unit's size in bytes; None if libvirt has no such unit."""
    lowered = unit.lower()
    if lowered in ("b", "byte", "bytes"):
        return 1
    power = "kmgtpe".find(lowered[:1]) + 1
    if not power:
        return None
    return {"": 1024**power, "ib": 1024**power, "b": 1000**power}.get(lowered[1:])


def _matters(domain: Element) -> List[str]:
    """Name the parts of the domain that are not used but matter for a migration."""
    return [words for path, words in _MATTERS.items() if _has(domain, path)]


def _has(inside: Element, path: Tuple[str, ...]) -> bool:
    return any(len(path) == 1 or _has(child, path[1:]) for child in inside.find_all(path[0]))


FORMS: Tuple[Form, ...] = (
    Form(
        name="domain-xml",
        what="a VM's domain XML from libvirt",
        obtain="virsh dumpxml VM",
        takes="memory, vCPUs (those online) and the hard limit of memtune",
        ignores="names, devices, CPU and everything else; hugepages, locked memory and host "
        "devices are reported, because they matter",
        recognise=_is_domain,
        read=_read_domain,
    ),
)
