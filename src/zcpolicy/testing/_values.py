"""Strategies for single settings: numbers where a rule changes its answer, and names."""

from typing import Any, Callable, Dict, Optional, Sequence, Tuple, TypeVar, Union

import attr
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import zcpolicy as zc

from .._base.fields import INT_MAX, Fields, Kind
from .._model.parameters import CONNECTIONS_MAX
from .._model.schedule import DOWNTIME_MAX

__all__ = [
    "ADDED_LEVELS",
    "Draw",
    "IDS",
    "LEVELS",
    "MAX_MIGRATIONS",
    "MBPS",
    "MEMORY_MIB",
    "NAMES",
    "NO_MBPS",
    "SHIPPED",
    "STALLING_LIMITS",
    "STEP_DOWNTIMES",
    "VCPUS",
    "VERSIONS",
    "bandwidths",
    "by_kind",
    "called",
    "either",
    "evenly",
    "few_or",
    "inherited_seldom",
    "known_choice",
    "maybe",
    "mostly",
    "names",
    "numbers",
    "parallel_settings",
    "plain_fields",
    "policy_ids",
    "policy_names",
    "policy_words",
    "seldom",
    "values_of",
]

T = TypeVar("T")
Draw = Callable[[SearchStrategy[Any]], Any]

# The shipped levels, the default first, and some that a site can add.
LEVELS = ("4.8", "4.7", "4.6", "4.5", "4.4", "4.3", "4.2")
ADDED_LEVELS = ("4.9", "4.10", "5.0", "4.1", "3.6")

# Values where a rule changes its answer; the first of each is the default, or near it.
VCPUS = (1, 2, 3, 4, 16, 254, 255, 256, 300)
MEMORY_MIB = (1024, 1, 1023, 1025, 1048576, 6291456, 1073741824, INT_MAX)
# Versions in which libvirt or QEMU gained a feature, on RPM hosts and Debian.
VERSIONS = (
    (8, 0, 0),
    (9, 0, 0),
    (11, 3, 0),
    (12, 8, 0),
    (6, 2, 0),
    (7, 2, 22),
    (10, 0),
    (11, 1, 3),
)
_COUNTS = (2, 3, 4, 16, 254, 255)
MBPS = (
    *(25000, 1, 7, 8, 9, 15, 16, 10239, 10240, 10247, 10248, 20479, 20480, 20487, 30720),
    *(2611199, 2611200, 2621440, INT_MAX),
)
NO_MBPS = (0, -1, -INT_MAX - 1)
_VM_DOWNTIMES = (0, 1, 500, 1999999, DOWNTIME_MAX)
STEP_DOWNTIMES = (100, 1, 5000, 1999999, DOWNTIME_MAX)
STALLING_LIMITS = (1, -1, 0, 2, 3, 6, 42, INT_MAX)
MAX_MIGRATIONS = (2, 1, 3, 255, INT_MAX)

SHIPPED = (
    zc.policies.MINIMAL_DOWNTIME,
    zc.policies.SUSPEND_WORKLOAD,
    zc.policies.POST_COPY,
    zc.policies.VERY_LARGE_VMS,
)
_SITE_IDS = (
    "6d0c1a2e-0000-4000-8000-000000000001",
    "6d0c1a2e-0000-4000-8000-00000000000f",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)
IDS = (*_SITE_IDS, *(policy.id for policy in SHIPPED))
# Names are free text: another policy's name, an id, empty, control characters, very long.
NAMES = (
    *("Site policy", "", "legacy", "Very large VMs", "very large vms", _SITE_IDS[0]),
    "post_copy",
    *("{policy}", "two\nlines", "\x1b[31mred", "\u202eright to left", "n" * 100, "a b " * 40),
)
# Ways to choose a policy without an object; most rules are about "Very large VMs".
_VERY_LARGE = ("Very large VMs", zc.policies.VERY_LARGE_VMS.id)
_CHOICES = (
    *("Minimal downtime", *_VERY_LARGE, "Suspend workload if needed", *_VERY_LARGE),
    *("Post-copy migration", *_VERY_LARGE, "legacy", "Legacy", zc.policies.LEGACY.id),
    *("Post-copy migration", "post_copy", "suspend_workload", zc.policies.POST_COPY.id),
)
_CHOSEN_IDS = tuple(change(id_) for id_ in IDS for change in (str.lower, str.upper, str.title))
_LISTED_NAMES = ("Site policy", "very large vms", "{policy}", "\x1b[31mred")


def numbers(pool: Sequence[int], low: int, high: int) -> SearchStrategy[int]:
    """Integers from *low* to *high*, half of them from the *pool*."""
    good = [number for number in pool if low <= number <= high]
    return either(good, low, high) if good else st.integers(low, high)


def either(
    few: Sequence[Any], low: int, high: int, *, of: Callable[[int], Any] = int
) -> SearchStrategy[Any]:
    """Values of which half are from the *few*, and half made *of* an integer from *low* to *high*.

    Each is drawn as one number: even numbers stand for the few, over and over, and odd ones for
    integers.  This is quicker than ``st.sampled_from(few) | st.integers(low, high)``, which takes
    two choices.  Values shrink towards the first of the few, and integers towards the smallest
    from 0; negative ones come last.
    """
    first, count = max(low, 0), high - low + 1
    # Not sampled from a range: to shrink, hypothesis may go through all that can be sampled.
    numbered = st.integers(0, 2 * max(count, len(few)) - 1)

    def made(draw: Draw) -> Any:
        at, is_integer = divmod(draw(numbered), 2)
        if not is_integer:
            return few[at % len(few)]
        integer = first + at % count
        return of(integer if integer <= high else high - integer)

    return called("either", made)


def few_or(few: Sequence[Any], *others: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """One of the *few*, or a value of one of the *others*; each of all these equally often."""
    return st.one_of(*map(st.just, few), *others)


def called(name: str, made: Callable[[Draw], T]) -> SearchStrategy[T]:
    """A composite strategy with this name, which errors show instead of all that is inside it."""
    made.__name__ = name
    return st.composite(made)()


def evenly(first: Tuple[Any, ...], others: Sequence[Any]) -> Tuple[Any, ...]:
    """Repeat the *first*, if any, until they are about half of all, and add the *others*."""
    times = max(len(others) // len(first), 1) if first else 0
    return first * times + tuple(others)


def maybe(strategy: SearchStrategy[T]) -> SearchStrategy[Optional[T]]:
    return st.none() | strategy


def seldom(*first: Any) -> SearchStrategy[Any]:
    """Seldom True, and often one of the *first*."""
    return st.sampled_from(evenly(first, (*[False] * 5, True)))


def inherited_seldom() -> SearchStrategy[Optional[bool]]:
    return st.sampled_from((None, None, None, None, False, False, True))


def parallel_settings(*first: Any) -> SearchStrategy[Any]:
    """Settings of parallel connections, and often one of the *first*."""
    few = (*("disabled", "auto", "auto_parallel") * 2, *_COUNTS)
    return either(evenly(first, few), 2, CONNECTIONS_MAX)


def bandwidths(max_mbps: int, *first: Any) -> SearchStrategy[Any]:
    """Settings of bandwidth, and often one of the *first*."""
    few = evenly(("auto", "auto", "hypervisor_default"), [n for n in MBPS if n <= max_mbps])
    return either(evenly(first, few), 1, max_mbps)


def mostly() -> SearchStrategy[bool]:
    """Bools of which seven in eight are true, as for what most hosts can do."""
    return st.sampled_from((*[True] * 7, False))


# Integer fields, with the values where rules change their answers.
_POOLS = {
    "vcpus": VCPUS,
    "memory_mib": MEMORY_MIB,
    "memory_hard_limit_mib": (*MEMORY_MIB[-2:] * 3, *MEMORY_MIB),
    "downtime": _VM_DOWNTIMES,
    "default_downtime": _VM_DOWNTIMES,
    "max_bandwidth": (52, 0, 1, 10000),
    "downtime_steps": (5, 2, 3, 10, 100, 1000),
    "monitor_interval_s": (10, 0, 1, 60),
    "max_outgoing": (2, 0, 1, 10),
    "max_incoming": (2, 0, 1, 10),
}
_PLAIN = {bool, int, type(None)}


def plain_fields(fields: Fields) -> Dict[str, Kind]:
    """Return the fields that are bools or integers, whether or not None is allowed."""
    return {name: kind for name, kind in fields.kinds.items() if _PLAIN.issuperset(kind.types)}


def values_of(name: str, kind: Kind, first: Tuple[Any, ...] = ()) -> SearchStrategy[Any]:
    """Bools or integers, according to the field's kind, and often one of the *first*."""
    if bool in kind.types:
        return st.sampled_from(evenly(first, (False, True)))
    pool, low, high = _POOLS.get(name, ()), kind.schema["minimum"], kind.schema["maximum"]
    return either(evenly(first, pool), low, high) if first else numbers(pool, low, high)


def by_kind(cls: type, fields: Fields) -> Dict[str, SearchStrategy[Any]]:
    """For each bool or integer of a class, its valid values, the default first."""
    return {
        name: values_of(name, kind, (attr.fields_dict(cls)[name].default,))
        for name, kind in plain_fields(fields).items()
    }


_TEXTS = tuple([st.text(max_size=size) for size in (20, 5, 1)])


def policy_names() -> SearchStrategy[str]:
    return st.sampled_from(NAMES) | st.text(max_size=20)


def names(*first: Any) -> SearchStrategy[Any]:
    """Names of anything, and often one of the *first*; seldom any text."""
    return few_or(evenly(first, NAMES), *_TEXTS)


def policy_ids() -> SearchStrategy[str]:
    # Not the nil UUID, which is Legacy's.
    return few_or(IDS, st.uuids().map(str))


def policy_words() -> SearchStrategy[str]:
    return st.sampled_from(_CHOICES) | st.sampled_from(_CHOSEN_IDS + _LISTED_NAMES)


def known_choice(choice: T, listed: Sequence[Optional[str]]) -> Union[T, str]:
    """*choice*, or the default instead of a name that only some lists have."""
    return _CHOICES[0] if choice in _LISTED_NAMES and choice not in listed else choice
