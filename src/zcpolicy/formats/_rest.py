"""Clusters and VMs as the REST API describes them, in XML and JSON."""

from typing import Tuple

from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = ()
