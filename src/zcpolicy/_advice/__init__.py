"""Advice: policies by how gentle they are, goals in and policies out, and why a migration failed."""

from .._base.naming import public
from .goal import Goal
from .option import Change, Option
from .ranking import rank

__all__ = ["Change", "Goal", "Option", "rank"]

public(Change, Goal, Option, rank)
