"""Samples of a migration: what they hold, and their JSON."""

from typing import Any, Dict

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from refusals import paths, refusal

SAID: Dict[str, Any] = {"at_ms": 1000, "iteration": 1, "remaining_bytes": 4096, "sent_bytes": 0}


@given(st.from_type(zc.Migration))
def test_round_trip(made: zc.Migration) -> None:
    """What was seen survives JSON, whatever it is."""
    assert zc.Migration.from_json(made.to_json()) == made


def test_what_is_not_said_is_none() -> None:
    """A sample in JSON has a time, and whatever else was seen."""
    made = zc.Migration.from_json({"samples": [{"atMs": 5}, {"atMs": 5, "throttle": 20}]})
    assert made.samples == (
        zc.Sample(at_ms=5, iteration=None, remaining_bytes=None, sent_bytes=None),
        zc.Sample(at_ms=5, iteration=None, remaining_bytes=None, sent_bytes=None, throttle=20),
    )
    assert made.samples[0].page_bytes == 4096


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"at_ms": -1}, "at_ms"),
        ({"at_ms": None}, "at_ms"),
        ({"iteration": 1.5}, "iteration"),
        ({"remaining_bytes": -1}, "remaining_bytes"),
        ({"sent_bytes": 2**63}, "sent_bytes"),
        ({"dirty_pages_s": float("nan")}, "dirty_pages_s"),
        ({"bytes_s": float("inf")}, "bytes_s"),
        ({"throttle": 100}, "throttle"),
        ({"status": 1}, "status"),
        ({"page_bytes": 0}, "page_bytes"),
    ],
)
def test_wrong_values(values: Any, path: str) -> None:
    """A value that QEMU cannot have said is refused."""
    assert paths(zc.Sample, **{**SAID, **values}) == [path]


def test_time_order() -> None:
    """Samples that go back in time are refused, each of them named."""
    samples = [attr.evolve(zc.Sample(**SAID), at_ms=at) for at in (5, 3, 9, 8)]
    assert paths(zc.Migration, samples=samples) == ["samples[1]", "samples[3]"]
    assert refusal(zc.Migration, samples=samples[:2]) == (
        "samples[1]",
        3,
        "a time of at least 5 ms",
    )


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (5, ""),
        ({}, "samples"),
        ({"samples": []}, "samples"),
        ({"samples": 5}, "samples"),
        ({"samples": [5]}, "samples[0]"),
        ({"samples": [{}]}, "samples[0].atMs"),
        ({"samples": [{"atMs": 1, "remaining": 2}]}, "samples[0].remaining"),
        ({"samples": [{"atMs": 1}, {"atMs": 0}]}, "samples[1]"),
        ({"samples": [{"atMs": 1, "throttle": 100}]}, "samples[0].throttle"),
        ({"samples": [{"atMs": 1}], "status": "active"}, "status"),
    ],
)
def test_wrong_documents(document: Any, path: str) -> None:
    """What is no migration in JSON is refused, naming where."""
    assert paths(zc.Migration.from_json, document) == [path]
