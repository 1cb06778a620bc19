"""Drain plans: when each VM leaves a host, and when the host is empty."""

from .._base.naming import public
from .drain import drain
from .moves import Move
from .plan import Alternative, Leg, Plan, PlanOption, Stay

__all__ = ["Alternative", "Leg", "Move", "Plan", "PlanOption", "Stay", "drain"]

public(Alternative, Leg, Move, Plan, PlanOption, Stay, drain)
