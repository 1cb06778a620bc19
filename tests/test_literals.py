"""Sets of words are stated twice: as the type of an argument, and as rows of a table."""

from typing import Any, Iterable, get_args

import pytest

from zcpolicy import plot
from zcpolicy._advice.causes import CAUSES, STATES, CauseCode
from zcpolicy._advice.space import KEEP, Kept
from zcpolicy._decision.notices import _ASKED
from zcpolicy._decision.rules import RULES
from zcpolicy._many.answers import _MADE, Answering
from zcpolicy._model.notice import NoticeField
from zcpolicy._model.parameters import PARAMETERS, ParameterName
from zcpolicy._model.schedule import _ACTIONS, ActionName


@pytest.mark.parametrize(
    ("type_", "rows"),
    [
        (ActionName, _ACTIONS),
        (Answering, _MADE),
        (CauseCode, [*STATES, *[row.code for row in CAUSES]]),
        (Kept, KEEP),
        (ParameterName, PARAMETERS.kinds),
        (ParameterName, RULES),
        (plot.Format, plot._FORMATS),
    ],
)
def test_each_word_has_its_row(type_: Any, rows: Iterable[str]) -> None:
    """A type's words are those of its table, in their order."""
    assert [*get_args(type_)] == [*rows]


def test_notices_are_about_parameters_and_the_policy() -> None:
    """A notice is about a field that was asked for, and what can be asked for is a field."""
    assert get_args(NoticeField) == (*get_args(ParameterName), "policy")
    assert {*_ASKED} <= {*get_args(NoticeField)}
