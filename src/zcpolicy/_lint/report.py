"""Run the rows of ``findings`` over policies and report the results: `lint`."""

import itertools
from collections import Counter
from typing import Iterable, List, Sequence, Tuple, Union

from .._base.documents import Reader
from .._base.errors import raise_all
from .._base.fields import as_tuple, instance, items
from .._base.hints import hinted
from .._base.terminal import escaped, wrapped
from .._decision.words import policy_name
from .._model.policy import MigrationPolicy
from .._model.policy_json import read_listed
from .._model.vdsm import SHIPPED_VDSM, Vdsm
from .finding import SEVERITIES, Finding, Findings, Row
from .hosts import ABOUT_HOSTS
from .lists import ABOUT_LISTS
from .policies import ABOUT_POLICIES
from .schedules import ABOUT_SCHEDULES
from .steps import steps_of

__all__ = ["findings_text", "lint", "findings_by_policy", "read_for_lint"]

_VDSM = instance(Vdsm, "a Vdsm")
_POLICIES = items(instance(MigrationPolicy), "a MigrationPolicy, or a list or tuple of them")


@hinted
def lint(
    policy: Union[MigrationPolicy, Sequence[MigrationPolicy]], *, vdsm: Vdsm = SHIPPED_VDSM
) -> Tuple[Finding, ...]:
    """Find settings that are legal in a policy but do not do what its author expects.

    Args:
        policy: a policy, or all policies of a ``MigrationPolicies`` value as a list or tuple: paths
            then start with the policy's index, and conflicts between policies are also found.
        vdsm: the Vdsm configuration of the source hosts.

    Returns:
        All findings, first those about the list itself, then policy by policy, each with errors
        before warnings before info.  ``docs/lint.md`` lists the codes.

    Raises:
        ZcpolicyError: *policy* or *vdsm* has another type.
    """
    raise_all(_VDSM.faults("vdsm", vdsm))
    if type(policy) is MigrationPolicy:
        return Findings(sorted(_policy_findings(policy, "", vdsm), key=_rank))
    policies = as_tuple(policy)
    raise_all(_POLICIES.faults("policy", policies))
    return Findings([finding for _, finding in findings_by_policy(policies, vdsm)])


def findings_by_policy(
    policies: Tuple[MigrationPolicy, ...], vdsm: Vdsm = SHIPPED_VDSM
) -> List[Tuple[int, Finding]]:
    """All findings in a list, each with the index of its policy, or -1 for the list itself."""
    found = [
        (index, _finding(row, f"[{index}].{path}" if path else "", message))
        for row in ABOUT_LISTS
        for index, path, message in row.find(policies)
    ]
    for index, policy in enumerate(policies):
        found += [(index, finding) for finding in _policy_findings(policy, f"[{index}].", vdsm)]
    return sorted(found, key=lambda each: (each[0], _rank(each[1])))


def _policy_findings(policy: MigrationPolicy, prefix: str, vdsm: Vdsm) -> List[Finding]:
    subjects: List[Tuple[Sequence[Row], object]] = [(ABOUT_POLICIES, policy)]
    if policy.schedule is not None:
        subjects.append(((*ABOUT_SCHEDULES, *ABOUT_HOSTS), steps_of(policy, policy.schedule, vdsm)))
    return [
        _finding(row, prefix + path, message)
        for rows, subject in subjects
        for row in rows
        for path, message in row.find(subject)
    ]


def _finding(row: Row, path: str, message: str) -> Finding:
    return Finding(
        code=row.code, severity=row.severity, path=path, message=message, remedy=row.remedy
    )


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def read_for_lint(document: object) -> Tuple[MigrationPolicy, ...]:
    """Read a ``MigrationPolicies`` value; ids may repeat, which `lint` reports.

    Args:
        document: the parsed JSON of the list.

    Raises:
        ZcpolicyError: with every fault of the document and its path, except repeated ids.
    """
    reader = Reader()
    return reader.result(tuple(policy for _, policy in read_listed(reader, document, "")))


def findings_text(
    policies: Tuple[MigrationPolicy, ...], findings: Sequence[Tuple[int, Finding]]
) -> str:
    """Format the findings of `findings_by_policy` for a terminal of 80 columns."""
    lines: List[str] = []
    for index, group in itertools.groupby(findings, lambda each: each[0]):
        title = "The list" if index < 0 else f"[{index}] {policy_name(policies[index])}"
        lines += wrapped(title, "")
        for _, finding in group:
            where = f" at {finding.path}" if finding.path else ""
            lines += wrapped(f"{finding.severity} {finding.code}{where}", "  ", "    ")
            lines += wrapped(escaped(finding.message), "    ")
            lines += wrapped(escaped(finding.remedy), "    -> ", "       ")
        lines.append("")
    number = _count(len(policies), "policy", "policies")
    return "\n".join([*lines, f"{number}: {_counts(finding for _, finding in findings)}"])


def _counts(findings: Iterable[Finding]) -> str:
    found = Counter(finding.severity for finding in findings)
    counts = [_count(found[word], word, f"{word}s") for word in SEVERITIES if word in found]
    return ", ".join(counts) or "nothing found"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
