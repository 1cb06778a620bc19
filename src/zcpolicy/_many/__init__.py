"""Bulk decisions: answers to streams of scenarios, and surveys of the answers."""

from .._base.naming import public
from .answers import answers
from .survey import Survey

__all__ = ["Survey", "answers"]

public(Survey, answers)
