"""Tests of thousands of recorded lines: many lines in one test of pytest's."""

import contextlib
import functools
import inspect
from typing import Any, Callable, Iterable, Iterator

import pytest

__all__ = ["each"]

_PORTION = 100


@contextlib.contextmanager
def _named(value: Any) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"of {value!r}: {error}") from error


def each(values: Iterable[Any]) -> Callable[[Callable[..., None]], Any]:
    """Run a test for each of *values*, its last argument; a failure says for which.

    A test of its own for each costs pytest more than most of these tests take.
    """
    listed = list(values)
    portions = [listed[start : start + _PORTION] for start in range(0, len(listed), _PORTION)]

    def decorated(test: Callable[..., None]) -> Any:
        def tried(portion: Any, *this: Any) -> None:
            for value in portion:
                with _named(value):
                    test(*this, value)

        def alone(portion: Any) -> None:
            tried(portion)

        def of_class(self: Any, portion: Any) -> None:
            tried(portion, self)

        run: Any = of_class if "self" in inspect.signature(test).parameters else alone
        functools.update_wrapper(run, test)
        # pytest takes the arguments from it, else.
        del run.__wrapped__
        return pytest.mark.parametrize("portion", portions, ids=lambda _: "")(run)

    return decorated
