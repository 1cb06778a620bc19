"""Hosts: the answer of Vdsm's getCapabilities."""

from typing import Tuple

from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = ()
