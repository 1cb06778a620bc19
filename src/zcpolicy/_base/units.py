"""Quantities as people write them: ``2TiB``, ``100Gbps``, ``1.5 GiB/s``, ``300ms``, ``30%``."""

import re
from fractions import Fraction
from typing import Mapping, NamedTuple, Optional, Tuple

from .errors import InvalidValue

__all__ = ["DURATION_MS", "RATE_MIB_S", "SHARE", "SIZE_MIB", "SPEED_MBPS", "Quantity"]

_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z%/]*)\s*")
# Longer numbers are typing errors, and slow to parse.
_LENGTH_MAX = 40


class Quantity(NamedTuple):
    """A kind of quantity: its units, and the meaning of a bare number.

    Attributes:
        units: the size of each unit in stored units, by lower-case name; ``""`` is a bare number.
        expected: what is accepted, for messages.
    """

    units: Mapping[str, Fraction]
    expected: str

    def read(self, path: str, text: str) -> Fraction:
        """Parse *text* to a number of stored units.

        Raises:
            ZcpolicyError: *text* is not a quantity of this kind.
        """
        found = _QUANTITY.fullmatch(text) if len(text) <= _LENGTH_MAX else None
        factor: Optional[Fraction] = None if found is None else self.units.get(found[2].lower())
        if found is None or factor is None:
            raise InvalidValue(path, text, self.expected)
        return Fraction(found[1]) * factor


def _powers(names: Tuple[str, ...], base: int, first: Fraction) -> Mapping[str, Fraction]:
    return {name: first * base**power for power, name in enumerate(names)}


_MIB = Fraction(1, 1024 * 1024)
_BINARY = _powers(("b", "kib", "mib", "gib", "tib", "pib"), 1024, _MIB)
_LETTERS = _powers(("k", "m", "g", "t"), 1024, 1024 * _MIB)
_DECIMAL = _powers(("kb", "mb", "gb", "tb", "pb"), 1000, 1000 * _MIB)
_BITS = _powers(("kbps", "mbps", "gbps", "tbps"), 1000, Fraction(1, 1000))
_SLASHED = _powers(("kbit/s", "mbit/s", "gbit/s", "tbit/s"), 1000, Fraction(1, 1000))

SIZE_MIB = Quantity(
    {"": Fraction(1), **_BINARY, **_LETTERS, **_DECIMAL},
    "a size such as 2TiB, 512GiB or 2048 (MiB)",
)
SPEED_MBPS = Quantity(
    {"": Fraction(1), **_BITS, **_SLASHED}, "a speed such as 100Gbps, 25Gbit/s or 10000 (Mbps)"
)
# A rate in bytes may also be given in bits.
RATE_MIB_S = Quantity(
    {
        "": Fraction(1),
        **{f"{name}/s": factor for name, factor in {**_BINARY, **_DECIMAL}.items()},
        **{name: factor * 10**6 / 8 * _MIB for name, factor in {**_BITS, **_SLASHED}.items()},
    },
    "a rate such as 1.5GiB/s, 200MiB/s, 8Gbps or 300 (MiB/s)",
)
DURATION_MS = Quantity(
    {
        "": Fraction(1),
        "ms": Fraction(1),
        "s": Fraction(1000),
        "sec": Fraction(1000),
        "m": Fraction(60_000),
        "min": Fraction(60_000),
        "h": Fraction(3_600_000),
    },
    "a time such as 300ms, 1.5s, 10min or 500 (ms)",
)
SHARE = Quantity({"": Fraction(1), "%": Fraction(1, 100)}, "a share such as 30% or 0.3")
