"""From goals to policies: `advise`."""

from typing import Any, Dict, Optional, Sequence, Tuple, get_args

import attr

from .._base.errors import ZcpolicyError, raise_all, shortened
from .._base.fields import (
    BOOL,
    TEXT,
    Fields,
    ListOrTuple,
    as_tuple,
    choice,
    instance,
    items,
    optional,
)
from .._base.frozen import quick
from .._base.hints import hinted
from .._base.notebook import html
from .._base.terminal import escaped
from .._forecast.fit import Fit
from .._forecast.members import fits
from .._model.scenario import Scenario
from .choice import OPTIONS_MAX
from .goal import Goal
from .load import Load, load_faults
from .option import Option, as_options
from .search import search
from .shortfall import shortfall
from .space import Kept, Space
from .text import advice_text, options_text

__all__ = ["ADVICE", "Advice", "advise"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Advice:
    """Options for a goal.

    Attributes:
        met: whether the options meet the goal.
        options: at most seven, none dominated by another in the longest time, the longest
            downtime, the highest throttle and the number of changes; the fewest and gentlest
            changes first.  If the goal cannot be met, the nearest first.
        limit: if the goal cannot be met, which part of it and why, and what else would help;
            else None.
        goal: the goal.

    Raises:
        ZcpolicyError: with every invalid field.
    """

    met: bool
    options: Tuple[Option, ...] = attr.ib(converter=as_options)
    limit: Optional[str] = None
    goal: Goal = Goal()

    def __attrs_post_init__(self) -> None:
        ADVICE.check(self)

    def to_json(self) -> Dict[str, Any]:
        """The advice as JSON."""
        return {
            "met": self.met,
            "options": [option.to_json() for option in self.options],
            "limit": self.limit,
        }

    def __repr__(self) -> str:
        why = escaped(self.limit) if self.limit else options_text(self.options)
        return f"<Advice: {'met' if self.met else 'not met'}: {shortened(why, 240)}>"

    def __str__(self) -> str:
        return advice_text(self)

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        return html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The text that IPython shows."""
        printer.text(str(self))


ADVICE = Fields(
    met=BOOL,
    options=attr.evolve(
        items(instance(Option), f"a list of at most {OPTIONS_MAX} Options"),
        accepts=lambda value: len(value) <= OPTIONS_MAX,
    ),
    limit=optional(TEXT),
    goal=instance(Goal),
)
_KEEP = items(choice(*get_args(Kept)), "a list of names of what to keep")


@hinted
def advise(
    scenario: Scenario, workload: Load, goal: Goal = Goal(), *, keep: ListOrTuple[Kept] = ()
) -> Advice:
    """Find changes with which a migration meets a goal.

    Only what an administrator can change is changed: the policy (another one of Engine's list, for
    the VM or its cluster, or a new one, with another schedule, without autoconverge, or with one
    migration at a time), connections, encryption, the tunnel and the cluster's bandwidth.  An
    option meets the goal if the whole range of its forecast does.

    Args:
        scenario: the migration as it is.
        workload: the guest's load and the network, or a fit of them.
        goal: the goal; the default is that the migration completes.
        keep: what must stay as it is: any of ``"policy"``, ``"schedule"``, ``"auto_converge"``,
            ``"parallel"``, ``"encrypted"``, ``"tunnelled"``, ``"compressed"``, ``"bandwidth"``.

    Returns:
        The advice.  It is deterministic, and needs at most 20 whole forecasts.

    Raises:
        ZcpolicyError: an argument is not of its kind, or the guest writes more memory than the VM
            has.
    """
    kept = as_tuple(keep)
    raise_all(
        [
            *instance(Scenario).faults("scenario", scenario),
            *load_faults(workload),
            *instance(Goal).faults("goal", goal),
            *_KEEP.faults("keep", kept),
        ]
    )
    raise_all(_too_large(scenario, workload))
    space = Space(scenario, workload, postcopy=goal.postcopy, keep=kept)
    found = search(space, goal)
    options = [
        Option(changes=each.draft.changes, scenario=each.draft.scenario, forecast=each.forecast)
        for each in found
    ]
    met = goal.met_by(options[0].forecast)
    limit = None if met else shortfall(space, goal, found)
    return Advice(met=met, options=options, limit=limit, goal=goal)


def _too_large(scenario: Scenario, workload: Load) -> Sequence[ZcpolicyError]:
    load = workload.workload if isinstance(workload, Fit) else workload
    try:
        fits(load, scenario.vm.memory_mib)
    except ZcpolicyError as error:
        return error.all
    return ()
