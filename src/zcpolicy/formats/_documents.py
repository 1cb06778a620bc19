"""zcpolicy's own documents: a scenario, a simulation."""

from typing import Tuple

from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = ()
