"""Decisions by the million: lines in, answers out, and a survey of the answers."""

from .._base.naming import public
from .answers import answers

__all__ = ["answers"]

public(answers)
