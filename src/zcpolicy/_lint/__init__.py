"""Lint policies: find settings that are legal but do not do what their author expects."""

from .._base.naming import public
from .finding import Finding
from .report import lint

__all__ = ["Finding", "lint"]

public(Finding, lint)
