"""Decisions by the million: lines in, answers out, and a survey of the answers."""

from .._base.naming import public
from .answers import answers
from .survey import Survey

__all__ = ["Survey", "answers"]

public(Survey, answers)
