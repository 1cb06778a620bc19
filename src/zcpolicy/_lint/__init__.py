"""What policy authors are told of a policy that is legal and will not do what they think."""

from .._base.naming import public
from .findings import Finding
from .report import lint

__all__ = ["Finding", "lint"]

public(Finding, lint)
