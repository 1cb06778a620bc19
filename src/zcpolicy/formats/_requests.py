"""What a migration is asked for with: Vdsm's request, libvirt's call."""

from typing import Tuple

from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = ()
