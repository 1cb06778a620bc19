"""Statistics sampled from QEMU during a migration, in time order.

Source: QEMU ``qapi/migration.json`` (``MigrationInfo``, ``MigrationStats``), which libvirt and Vdsm
pass on under their own names.
"""

from typing import Any, Dict, Optional, Tuple

import attr

from .._base.documents import Reader, join
from .._base.errors import InvalidValue, raise_all, short_repr
from .._base.fields import (
    TEXT,
    Fields,
    Kind,
    ListOrTuple,
    as_tuple,
    instance,
    integer,
    items,
    optional,
)
from .._base.frozen import quick
from .._base.naming import counted, public

__all__ = ["MIGRATION", "SAMPLE", "Migration", "Sample", "read_migration"]

# The bytes and pages of a large VM over days exceed Engine's integers.
_HIGH = 2**63 - 1
_COUNT = integer(0, _HIGH)
_RATE = Kind(
    types=(int, float),
    expected="a number of at least 0",
    accepts=lambda value: 0 <= value <= _HIGH,
    schema={"type": "number", "minimum": 0},
)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Sample:
    """QEMU's statistics of a migration at one time; None means not reported.

    Attributes:
        at_ms: the time since the start of the migration, ms.
        iteration: the iteration, QEMU's ``dirty-sync-count``; the first is 1.
        remaining_bytes: memory still to send.
        sent_bytes: bytes sent over the network so far, ``transferred``.
        total_bytes: the guest's memory as QEMU counts it.
        zero_pages: all-zero pages found so far, ``duplicate``.
        normal_pages: pages sent so far, ``normal``.
        dirty_pages_s: pages dirtied per second in the last iteration.
        bytes_s: network throughput, bytes per second.
        throttle: the share of time that autoconverge takes from the guest, percent.
        status: QEMU's status, such as ``"active"`` or ``"postcopy-active"``.
        limit_ms: the downtime limit in force, ms.
        expected_downtime_ms: the downtime that QEMU expects, ms.
        downtime_ms: how long the guest was paused, ms, once known.
        page_bytes: the page size, bytes.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    at_ms: int
    iteration: Optional[int]
    remaining_bytes: Optional[int]
    sent_bytes: Optional[int]
    total_bytes: Optional[int] = None
    zero_pages: Optional[int] = None
    normal_pages: Optional[int] = None
    dirty_pages_s: Optional[float] = None
    bytes_s: Optional[float] = None
    throttle: Optional[int] = None
    status: Optional[str] = None
    limit_ms: Optional[int] = None
    expected_downtime_ms: Optional[int] = None
    downtime_ms: Optional[int] = None
    page_bytes: int = 4096

    def __attrs_post_init__(self) -> None:
        SAMPLE.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The sample as a JSON object with every key."""
        return {key: getattr(self, name) for key, name in _SAMPLE_KEYS.items()}


SAMPLE = Fields(
    at_ms=_COUNT,
    iteration=optional(_COUNT),
    remaining_bytes=optional(_COUNT),
    sent_bytes=optional(_COUNT),
    total_bytes=optional(_COUNT),
    zero_pages=optional(_COUNT),
    normal_pages=optional(_COUNT),
    dirty_pages_s=optional(_RATE),
    bytes_s=optional(_RATE),
    throttle=optional(integer(0, 99)),
    status=optional(TEXT),
    limit_ms=optional(_COUNT),
    expected_downtime_ms=optional(_COUNT),
    downtime_ms=optional(_COUNT),
    page_bytes=integer(1),
)
_SAMPLE_KEYS = SAMPLE.json_keys()


def _as_samples(value: ListOrTuple[Sample]) -> Tuple[Sample, ...]:
    return as_tuple(value)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Migration:
    """An observed migration, finished or still running.

    Attributes:
        samples: at least one, in time order; two may share a time.

    Raises:
        ZcpolicyError: *samples* is empty, holds something other than a `Sample`, or is not in time
            order.
    """

    samples: Tuple[Sample, ...] = attr.ib(converter=_as_samples)

    def __attrs_post_init__(self) -> None:
        MIGRATION.check(self)
        times = [sample.at_ms for sample in self.samples]
        raise_all(
            [
                InvalidValue(f"samples[{index}]", at, f"a time of at least {before} ms")
                for index, (before, at) in enumerate(zip(times, times[1:]), 1)
                if at < before
            ]
        )

    def __repr__(self) -> str:
        last = self.samples[-1]
        shown = [f"{counted(len(self.samples), 'sample')} to {last.at_ms} ms"]
        for name in ("iteration", "remaining_bytes", "status"):
            if getattr(last, name) is not None:
                shown.append(f"{name}={short_repr(getattr(last, name))}")
        return f"<Migration: {', '.join(shown)}>"

    def to_json(self) -> Dict[str, Any]:
        """The migration as the command reads it under ``migration``."""
        return {"samples": [sample.to_json() for sample in self.samples]}

    @classmethod
    def from_json(cls, document: object) -> "Migration":
        """Read a migration: ``{"samples": [{"atMs", "iteration", …}, …]}``.

        Raises:
            ZcpolicyError: with every fault of the document and its path.
        """
        reader = Reader()
        return reader.result(read_migration(reader, document, ""))


MIGRATION = Fields(
    samples=attr.evolve(
        items(instance(Sample), "a list of one or more Samples"),
        accepts=lambda value: value != (),
    ),
)


def read_migration(reader: Reader, document: object, path: str) -> Optional[Migration]:
    """Read the migration at *path*; return None after recording a fault."""
    found = reader.entries(document, path, {"samples": "samples"}, required=("samples",))
    if found is None or "samples" not in found:
        return None
    before = len(reader.faults)
    samples = []
    for where, element in reader.array(found["samples"], join(path, "samples")):
        entries = reader.entries(element, where, _SAMPLE_KEYS, required=("atMs",))
        if entries is not None and "at_ms" in entries:
            said = {**_UNSAID, **entries}
            samples.append(reader.build(Sample, where, said, _SAMPLE_KEYS, SAMPLE))
    if len(reader.faults) > before:
        return None
    return reader.build(Migration, path, {"samples": samples}, {"samples": "samples"}, MIGRATION)


_UNSAID: Dict[str, Any] = {"iteration": None, "remaining_bytes": None, "sent_bytes": None}

public(Migration, Sample)
