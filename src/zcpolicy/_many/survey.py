"""Summarizes many answers: what keeps VMs from zero-copy, and what would help most.

Surveys add up: the sum of the surveys of two parts is the survey of both.  So an engine can survey
each partition and reduce the results.
"""

from collections import Counter
from typing import (
    Any,
    Dict,
    Iterable,
    Mapping,
    NamedTuple,
    Optional,
    Set,
    Tuple,
    Union,
)

import attr

from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, raise_all
from .._base.fields import TEXT, optional
from .._base.frozen import quick
from .._base.hints import hinted
from .._base.parsing import parse
from .._decision.limitations import LIMITATIONS

__all__ = ["Bad", "Blocker", "Survey", "UpdatedHost"]

Answer = Union[str, bytes, Mapping[str, Any]]

# The blockers that a host update removes, and which host to update.
_ON_HOSTS = {
    "vdsm": "source",
    "libvirt": "source",
    "qemu": "source",
    "destination": "destination",
}
_REMEDIES = {limitation.code: limitation.remedy for limitation in LIMITATIONS}
_ORDER = {limitation.code: place for place, limitation in enumerate(LIMITATIONS)}
# The most names that represent all bad lines of one kind.
_NAMES = 3
_SOURCE = optional(TEXT)


class Blocker(NamedTuple):
    """A blocker, and how many VMs it affects.

    Attributes:
        code: the blocker.
        vms: how many VMs it keeps from zero-copy, alone or with others.
        alone: how many of them would have zero-copy without it.
        remedy: what to do about it; None for a site's own.
    """

    code: str
    vms: int
    alone: int
    remedy: Optional[str]


class UpdatedHost(NamedTuple):
    """A host that lacks something, and how many VMs it affects.

    Attributes:
        name: its name; None for all hosts without a name.
        vms: how many VMs it keeps from zero-copy, alone or with other blockers or another host.
        alone: how many of them would have zero-copy if only this host were updated.
    """

    name: Optional[str]
    vms: int
    alone: int


class Bad(NamedTuple):
    """Bad lines of one kind.

    Attributes:
        path: the path of the first fault in these scenarios; None if these lines are not answers.
        lines: how many there are.
        message: the first of their messages, in lexical order.
        names: the first three of their names, in lexical order; without a name, the line number.
    """

    path: Optional[str]
    lines: int
    message: str
    names: Tuple[str, ...]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Survey:
    """A summary of answers; ``a + b`` is the survey of the answers of both.

    Addition is associative and commutative, ``Survey()`` is neutral, and the size grows only with
    the hosts, so an engine can reduce the surveys of any partitions in any order.

        >>> import zcpolicy as zc
        >>> lines = ['{"cluster": {"policy": "Very large VMs"}, "vm": {"encrypted": true}}', "{}"]
        >>> survey = zc.Survey.of(zc.answers(lines))
        >>> (survey + survey).best.code, (survey + survey).best.alone
        ('policy', 2)

    Attributes:
        combinations: how many answers have which blockers: ``(((code, …), count), …)``; those
            with zero-copy have none.
        hosts: the hosts that lack something; those whose update helps most come first.
        bad: the lines that are not answers, and the errors among the answers.
    """

    combinations: Tuple[Tuple[Tuple[str, ...], int], ...] = ()
    hosts: Tuple[UpdatedHost, ...] = ()
    bad: Tuple[Bad, ...] = ()

    @classmethod
    @hinted
    def of(cls, answers: Iterable[Answer], *, source: Optional[str] = None) -> "Survey":
        """Survey some answers, in memory that does not depend on their number.

        Args:
            answers: answers of `answers`, ``resolve --jsonl`` or `Resolution.to_json`, as lines or
                as dicts.
            source: the source of the lines, such as a file name, to identify bad lines without a
                name.

        Raises:
            ZcpolicyError: *answers* is not an iterable, or is a single str, bytes or dict.  A line
                that is not an answer raises no error: it is in ``bad``.
        """
        raise_all(_SOURCE.faults("source", source))
        if isinstance(answers, (str, bytes, Mapping)) or not isinstance(answers, Iterable):
            raise InvalidType("answers", answers, "an iterable of answers, such as an open file")
        combinations: Dict[Tuple[str, ...], int] = {}
        hosts: Dict[Optional[str], Tuple[int, int]] = {}
        bad: Dict[Optional[str], Bad] = {}
        prefix = "" if source is None else f"{source}, "
        for number, given in enumerate(answers, 1):
            answer: Mapping[str, Any] = {}
            try:
                answer = _answer(given)
                problem = _error(answer)
                if problem is None:
                    blockers, needed = _blocked(answer)
                    combinations[blockers] = combinations.get(blockers, 0) + 1
                    alone = len(needed) == 1 and _ON_HOSTS.keys() >= {*blockers}
                    for host in needed:
                        vms, helped = hosts.get(host, (0, 0))
                        hosts[host] = (vms + 1, helped + alone)
                    continue
                path, message = problem
            except ZcpolicyError as error:
                path, message = None, error.message
            name = answer.get("name")
            called = name if isinstance(name, str) else f"{prefix}line {number}"
            one = Bad(path, 1, message, (called,))
            bad[path] = _joined(bad[path], one) if path in bad else one
        return cls._made(combinations, [UpdatedHost(h, *n) for h, n in hosts.items()], bad.values())

    @classmethod
    def _made(
        cls,
        combinations: Mapping[Tuple[str, ...], int],
        hosts: Iterable[UpdatedHost],
        bad: Iterable[Bad],
    ) -> "Survey":
        return cls(
            combinations=tuple(sorted(combinations.items(), key=lambda row: (-row[1], row[0]))),
            hosts=tuple(sorted(hosts, key=_urgency)),
            bad=tuple(sorted(bad, key=lambda each: (-each.lines, each.path is None, each.path))),
        )

    def __add__(self, other: "Survey") -> "Survey":
        if not isinstance(other, Survey):
            return NotImplemented
        combinations = Counter(dict(self.combinations))
        combinations.update(dict(other.combinations))
        hosts = {host.name: host for host in self.hosts}
        for name, vms, alone in other.hosts:
            _, before, helped = hosts.get(name, (name, 0, 0))
            hosts[name] = UpdatedHost(name, before + vms, helped + alone)
        bad = {each.path: each for each in self.bad}
        for each in other.bad:
            bad[each.path] = _joined(bad[each.path], each) if each.path in bad else each
        return self._made(combinations, hosts.values(), bad.values())

    @property
    def answers(self) -> int:
        """How many answers there are, without the errors."""
        return sum(count for _, count in self.combinations)

    @property
    def zerocopy(self) -> int:
        """How many of the answers have zero-copy."""
        return dict(self.combinations).get((), 0)

    @property
    def bad_lines(self) -> int:
        """How many lines are errors, or are not answers."""
        return sum(each.lines for each in self.bad)

    @property
    def blockers(self) -> Tuple[Blocker, ...]:
        """The blockers, in the order of `LIMITATIONS`; a site's own come last."""
        vms: Dict[str, int] = {}
        for codes, count in self.combinations:
            for code in codes:
                vms[code] = vms.get(code, 0) + count
        alone = dict(self.combinations)
        return tuple(
            Blocker(code, vms[code], alone.get((code,), 0), _REMEDIES.get(code))
            for code in sorted(vms, key=lambda code: (_ORDER.get(code, len(_ORDER)), code))
        )

    @property
    def best(self) -> Optional[Blocker]:
        """The blocker whose removal gives the most VMs zero-copy; None if none does alone."""
        helping = [blocker for blocker in self.blockers if blocker.alone]
        return max(helping, key=lambda blocker: blocker.alone) if helping else None

    def to_json(self) -> Dict[str, Any]:
        """The survey, as ``zcpolicy survey --json`` prints it."""
        best = self.best
        return {
            "answers": self.answers,
            "zerocopy": self.zerocopy,
            "badLines": self.bad_lines,
            "best": None if best is None else best.code,
            "blockers": [blocker._asdict() for blocker in self.blockers],
            "hosts": [host._asdict() for host in self.hosts],
            "combinations": [
                {"blockers": list(codes), "vms": count} for codes, count in self.combinations
            ],
            "bad": [{**each._asdict(), "names": list(each.names)} for each in self.bad],
        }

    def to_csv(self) -> str:
        """The survey, as ``zcpolicy survey --csv`` prints it: a row per number of VMs."""
        from .text import survey_csv

        return survey_csv(self)

    def __str__(self) -> str:
        from .text import survey_text

        return survey_text(self)


def _urgency(host: UpdatedHost) -> Tuple[int, int, bool, str]:
    return -host.alone, -host.vms, host.name is None, host.name or ""


def _joined(a: Bad, b: Bad) -> Bad:
    names = tuple(sorted((*a.names, *b.names))[:_NAMES])
    return Bad(a.path, a.lines + b.lines, min(a.message, b.message), names)


def _answer(given: Answer) -> Mapping[str, Any]:
    answer = parse(given) if isinstance(given, (str, bytes)) else given
    if not isinstance(answer, Mapping):
        raise InvalidType("", answer, _EXPECTED)
    return answer


_EXPECTED = "an answer of resolve --jsonl, a JSON object"


def _error(answer: Mapping[str, Any]) -> Optional[Tuple[str, str]]:
    """The path and message of an error; None if the answer is not an error."""
    if "error" not in answer:
        return None
    error = answer["error"]
    if isinstance(error, Mapping):
        path, message = error.get("path"), error.get("message")
        if isinstance(path, str) and isinstance(message, str):
            return path, message
    raise InvalidValue("error", error, "an error with its path and message")


def _blocked(answer: Mapping[str, Any]) -> Tuple[Tuple[str, ...], Set[Optional[str]]]:
    """The blockers, and the hosts to update."""
    blockers = answer.get("blockers")
    if not isinstance(blockers, (list, tuple)) or not all([type(code) is str for code in blockers]):
        problem = "this is not an answer of resolve --jsonl: it has no blockers"
        raise InvalidValue("blockers", blockers, "a list of blockers", problem)
    needed = {_ON_HOSTS[code] for code in blockers if code in _ON_HOSTS}
    return tuple(blockers), {_host(answer.get(side)) for side in needed}


def _host(host: object) -> Optional[str]:
    name = host.get("name") if isinstance(host, Mapping) else None
    return name if isinstance(name, str) else None
