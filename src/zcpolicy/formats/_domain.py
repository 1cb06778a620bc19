"""A domain's XML, as libvirt has it."""

from typing import Tuple

from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = ()
