"""Quantities as people write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcpolicy import ZcpolicyError
from zcpolicy._base.units import DURATION_MS, RATE_MIB_S, SHARE, SIZE_MIB, SPEED_MBPS, Quantity

QUANTITIES = (DURATION_MS, RATE_MIB_S, SHARE, SIZE_MIB, SPEED_MBPS)


@pytest.mark.parametrize(
    ("quantity", "text", "wanted"),
    [
        (SIZE_MIB, "2048", 2048),
        (SIZE_MIB, "2TiB", 2 * 1024**2),
        (SIZE_MIB, "512 gib", 512 * 1024),
        (SIZE_MIB, "1.5G", 1536),
        (SIZE_MIB, "16g", 16384),
        (SIZE_MIB, "1048576KiB", 1024),
        (SIZE_MIB, "1048576B", 1),
        (SIZE_MIB, "1MB", Fraction(10**6, 1024**2)),
        (SPEED_MBPS, "100Gbps", 100_000),
        (SPEED_MBPS, "2.5 Gbit/s", 2500),
        (SPEED_MBPS, "10000", 10_000),
        (SPEED_MBPS, "500kbps", Fraction(1, 2)),
        (RATE_MIB_S, "1.5GiB/s", 1536),
        (RATE_MIB_S, "300", 300),
        (RATE_MIB_S, "8Gbps", Fraction(10**9, 1024**2)),
        (DURATION_MS, "500", 500),
        (DURATION_MS, "1.5s", 1500),
        (DURATION_MS, "10min", 600_000),
        (DURATION_MS, "2h", 7_200_000),
        (SHARE, "30%", Fraction(3, 10)),
        (SHARE, ".3", Fraction(3, 10)),
    ],
)
def test_units(quantity: Quantity, text: str, wanted: object) -> None:
    """A quantity is exact, in the unit that the library stores."""
    assert quantity.read("x", text) == wanted


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "1e3", "1,5", "1 2", "٣", "5 pc", "1" * 41, "1.", "nan", "1GiB/s/s"],
)
def test_what_is_none(quantity: Quantity, text: str) -> None:
    """What is no quantity is refused, with what would be one."""
    with pytest.raises(ZcpolicyError) as caught:
        quantity.read("vm.memory", text)
    assert caught.value.path == "vm.memory"
    assert quantity.expected in str(caught.value)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [(SIZE_MIB, "1Gbps"), (SPEED_MBPS, "1GiB"), (DURATION_MS, "1GiB"), (SHARE, "1s")],
)
def test_another_kind(quantity: Quantity, text: str) -> None:
    """A quantity of another kind is refused."""
    with pytest.raises(ZcpolicyError):
        quantity.read("x", text)


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(data=st.data(), number=st.decimals(0, 10**9, places=3))
def test_units_are_factors(quantity: Quantity, data: st.DataObject, number: object) -> None:
    """In each unit, in any case, a number is so many times what the unit is."""
    unit = data.draw(st.sampled_from(sorted(quantity.units)))
    written = data.draw(st.sampled_from([unit, unit.upper(), unit.title()]))
    space = data.draw(st.sampled_from(["", " "]))
    found = quantity.read("x", f"{number}{space}{written}")
    assert found == Fraction(str(number)) * quantity.units[unit]
