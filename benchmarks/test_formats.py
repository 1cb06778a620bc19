"""The cost of recognizing a text and reading it, by its length.

Run ``python -m pytest benchmarks/test_formats.py``; in each group, the number in parentheses after
a time is its ratio to the shortest text's, which grows no faster than the text.
"""

import json
from typing import Any, Callable, List

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import zcpolicy as zc
from zcpolicy import formats

MIB = 1 << 20


def capabilities(size: int) -> str:
    """The answer of a host with many devices, as in Vdsm's log."""
    package = {"version": "10.0.0", "release": "1.el9"}
    device = {"params": {"product": "it's a device", "vendor_id": None}, "speeds": (1, 2.5)}
    devices = {str(index): device for index in range(size // len(repr(device)))}
    answer = {"packages2": {"libvirt": package}, "hostdevs": devices}
    return f"FINISH getCapabilities return={{'info': {answer!r}}} from=internal (api:54)\n"


def domain(size: int) -> str:
    """A domain with many disks."""
    disk = "<disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>\n"
    disks = disk * (size // len(disk))
    return f"<domain><memory>1024</memory><devices>{disks}</devices></domain>"


def levels(size: int) -> str:
    """The output of ``engine-config -a`` with many other options."""
    value = json.dumps([zc.policies.VERY_LARGE_VMS.to_json()])
    other = "SomeOption: some value of it version: general\n"
    return f"{other * (size // len(other))}MigrationPolicies: {value} version: 4.7\n"


def braces(size: int) -> str:
    """Not a document, but with many beginnings of one."""
    return '{"a" ' * (size // 5)


TEXTS: List[Callable[[int], str]] = [capabilities, domain, levels, braces]


@pytest.mark.parametrize("size", [MIB, 4 * MIB], ids=["1 MiB", "4 MiB"])
@pytest.mark.parametrize("text", TEXTS)
def test_read(text: Callable[[int], str], size: int, benchmark: BenchmarkFixture) -> None:
    """Time grows only with the text."""
    benchmark.group = f"read {text.__name__}"
    made = text(size)

    def read() -> object:
        try:
            return formats.read(made)
        except zc.ZcpolicyError as error:
            return error

    pedantic: Any = benchmark.pedantic
    pedantic(read, rounds=3, iterations=1)
