"""The words that people type for the values of settings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from zcpolicy._model.spoken import SPOKEN, spoken


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("parallel", "Parallel", "auto_parallel"),
        ("parallel", "Auto Parallel", "auto_parallel"),
        ("parallel", "auto_parallel", "auto_parallel"),
        ("parallel", "AUTO", "auto"),
        ("parallel", "Disabled", "disabled"),
        ("parallel", " disabled ", "disabled"),
        ("parallel", "Cluster default (Auto Parallel)", None),
        ("parallel", "Custom", "Custom"),
        ("parallel", "4", "4"),
        ("bandwidth", "Hypervisor default", "hypervisor_default"),
        ("bandwidth", "hypervisor-default", "hypervisor_default"),
        ("bandwidth", "Auto", "auto"),
        ("bandwidth", "inherit", "inherit"),
        ("encrypted", "Encrypt", True),
        ("encrypted", "Don't encrypt", False),
        ("encrypted", "Don\u2019t encrypt", False),
        ("encrypted", "System default (Don't encrypt)", None),
        ("encrypted", "Compress", "Compress"),
        ("auto_converge", "Auto Converge", True),
        ("auto_converge", "Don't Auto Converge", False),
        ("auto_converge", "Inherit from global setting", None),
        ("compressed", "Don't compress", False),
        ("tunnelled", "TRUE", True),
        ("tunnelled", "off", False),
        ("policy", "very large vms", "Very large VMs"),
        ("policy", "Post-Copy Migration", "Post-copy migration"),
        ("policy", "post_copy", "Post-copy migration"),
        ("policy", "Suspend_Workload", "Suspend workload if needed"),
        ("policy", "LEGACY", "Legacy"),
        ("policy", "Site (mine)", "Site (mine)"),
        ("memory_mib", "Auto", "Auto"),
    ],
)
def test_words(field: str, text: str, value: object) -> None:
    """A word of Engine's UI, its API or ansible means its value, in any case; all else stays."""
    assert spoken(field, text) == value


@pytest.mark.parametrize(("cls", "inherits"), [(zc.Cluster, False), (zc.VM, True)])
def test_each_value_is_taken(cls: Any, inherits: bool) -> None:
    """Whatever a word means is a value of the field, unless it is inherited where nothing is."""
    for field, words in SPOKEN.items():
        for value in {*words.values()}:
            if hasattr(cls(), field) and (inherits or value is not None):
                assert getattr(cls(**{field: value}), field) == value


@given(st.sampled_from(sorted(SPOKEN)), st.text())
def test_any_text(field: str, text: str) -> None:
    """Any text is a word of the table, or stays as it is."""
    assert spoken(field, text) in (text, *SPOKEN[field].values())
