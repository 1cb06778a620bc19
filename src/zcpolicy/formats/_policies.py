"""Migration policies: as JSON, and as Engine's tools show its option."""

from typing import Tuple

from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = ()
