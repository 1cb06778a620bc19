"""Advice: which policy is gentlest, which meets a goal, and why a migration failed."""

from .._base.naming import public
from .advice import Advice, advise
from .diagnosis import Diagnosis, diagnose
from .goal import Goal
from .option import Change, Option
from .ranking import rank

__all__ = ["Advice", "Change", "Diagnosis", "Goal", "Option", "advise", "diagnose", "rank"]

public(Advice, Change, Diagnosis, Goal, Option, advise, diagnose, rank)
