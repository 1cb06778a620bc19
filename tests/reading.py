"""What a text tells of a migration, and the message with which it is refused."""

from typing import Any, Sequence

import pytest

import zcpolicy as zc
from zcpolicy import formats

__all__ = ["refused", "samples_of"]


def samples_of(text: Any, **arguments: Any) -> Sequence[zc.Sample]:
    """The samples that a text tells of."""
    migration: zc.Migration = formats.read(text, **arguments).parts["migration"]
    return migration.samples


def refused(text: Any, **arguments: Any) -> str:
    """The message with which a text is refused."""
    with pytest.raises(zc.ZcpolicyError) as caught:
        formats.read(text, **arguments)
    return str(caught.value)
