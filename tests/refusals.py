"""How the tests look at what is refused."""

from typing import Any, Callable, List, Tuple

import pytest

import zcpolicy as zc

__all__ = ["paths", "refused", "refusal"]


def refused(call: Callable[..., object], *arguments: Any, **named: Any) -> zc.ZcpolicyError:
    """The error with which *call* refuses its arguments; each of its faults is complete.

    That is: it is also what callers already catch, it starts with the path, it is one line, and
    it says what is accepted.
    """
    with pytest.raises(zc.ZcpolicyError) as caught:
        call(*arguments, **named)
    for fault in caught.value.all:
        assert isinstance(fault, (ValueError, TypeError))
        assert fault.message.startswith(f"{fault.path}: " if fault.path else "")
        assert "\n" not in fault.message
        assert fault.problem
        assert fault.expected
    return caught.value


def refusal(call: Callable[..., object], *arguments: Any, **named: Any) -> Tuple[str, Any, str]:
    """Where, what and what is accepted, of a call with one fault."""
    error = refused(call, *arguments, **named)
    assert error.all == (error,), str(error)
    return error.path, error.value, error.expected


def paths(call: Callable[..., object], *arguments: Any, **named: Any) -> List[str]:
    """The paths of all the faults, in their order."""
    return [fault.path for fault in refused(call, *arguments, **named).all]
