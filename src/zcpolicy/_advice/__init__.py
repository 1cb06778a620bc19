"""Advice: rank policies, meet a goal, and explain a failed migration."""

from .._base.naming import public
from .advice import Advice, advise
from .diagnosis import Diagnosis, diagnose
from .goal import Goal
from .option import Change, Option
from .ranking import rank

__all__ = ["Advice", "Change", "Diagnosis", "Goal", "Option", "advise", "diagnose", "rank"]

public(Advice, Change, Diagnosis, Goal, Option, advise, diagnose, rank)
