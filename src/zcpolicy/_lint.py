"""`lint`: runs the rows of ``_findings`` over policies, and says what they found to a person."""

import itertools
import re
from collections import Counter
from typing import List, Sequence, Tuple, Union

from ._checks import as_tuple, instance, items
from ._documents import Reader
from ._errors import raise_all
from ._findings import (
    ABOUT_LISTS,
    ABOUT_POLICIES,
    ABOUT_SCHEDULES,
    SEVERITIES,
    Finding,
    Row,
    steps_of,
)
from ._policy import MigrationPolicy, read_listed
from ._text import plain, policy_name, wrapped

__all__ = ["findings_text", "lint", "read_for_lint"]

_POLICIES = items(instance(MigrationPolicy), "a MigrationPolicy, or a list or tuple of them")


def lint(policy: Union[MigrationPolicy, Sequence[MigrationPolicy]]) -> Tuple[Finding, ...]:
    """What in a policy is legal but will not do what its author thinks.

    Args:
        policy: a policy; or a list or tuple of them, all that a ``MigrationPolicies`` value has:
            then paths start with the policy's index, and what is wrong between them is found, too.

    Returns:
        All findings, those about the list itself, then policy by policy; of each the errors, the
        warnings, and the rest.  ``docs/lint.md`` lists the codes.

    Raises:
        ZcpolicyError: *policy* is neither.
    """
    if type(policy) is MigrationPolicy:
        return _sorted(_policy_findings(policy, ""))
    policies = as_tuple(policy)
    raise_all(_POLICIES.faults("policy", policies))
    findings = _findings(ABOUT_LISTS, policies, "")
    for index, listed in enumerate(policies):
        findings += _policy_findings(listed, f"[{index}].")
    return _sorted(findings)


def _policy_findings(policy: MigrationPolicy, prefix: str) -> List[Finding]:
    findings = _findings(ABOUT_POLICIES, policy, prefix)
    if policy.schedule is not None:
        findings += _findings(ABOUT_SCHEDULES, steps_of(policy, policy.schedule), prefix)
    return findings


def _findings(rows: Sequence[Row], subject: object, prefix: str) -> List[Finding]:
    return [
        Finding(
            code=row.code,
            severity=row.severity,
            path=prefix + path,
            message=message,
            remedy=row.remedy,
        )
        for row in rows
        for path, message in row.find(subject)
    ]


_INDEX = re.compile(r"\[([0-9]+)\]")


def _index(finding: Finding) -> int:
    """Which policy of a list it is about; -1 for the list, and for a policy alone."""
    match = _INDEX.match(finding.path)
    return int(match.group(1)) if match else -1


def _sorted(findings: Sequence[Finding]) -> Tuple[Finding, ...]:
    def rank(finding: Finding) -> Tuple[int, int]:
        return _index(finding), SEVERITIES.index(finding.severity)

    return tuple(sorted(findings, key=rank))


def read_for_lint(document: object) -> Tuple[MigrationPolicy, ...]:
    """The policies of a ``MigrationPolicies`` value, in which ids may be repeated: `lint` says so.

    Args:
        document: the parsed JSON of the list.

    Raises:
        ZcpolicyError: with every fault of the document and its path, but for repeated ids.
    """
    reader = Reader()
    return reader.result(tuple(policy for _, policy in read_listed(reader, document, "")))


def findings_text(
    findings: Sequence[Finding], policies: Union[MigrationPolicy, Sequence[MigrationPolicy]]
) -> str:
    """What `lint` found in these policies, for a terminal of 80 columns."""
    listed = [policies] if isinstance(policies, MigrationPolicy) else policies
    lines: List[str] = []
    for index, group in itertools.groupby(findings, _index):
        if index >= 0:
            title = f"[{index}] {policy_name(listed[index])}"
        else:
            title = "The list" if listed is policies else policy_name(listed[0])
        lines += wrapped(title, "")
        for finding in group:
            where = f" at {finding.path}" if finding.path else ""
            lines += wrapped(f"{finding.severity} {finding.code}{where}", "  ", "    ")
            lines += wrapped(plain(finding.message), "    ")
            lines += wrapped(plain(finding.remedy), "    -> ", "       ")
        lines.append("")
    return "\n".join([*lines, f"{_count(len(listed), 'policy', 'policies')}: {_counts(findings)}"])


def _counts(findings: Sequence[Finding]) -> str:
    found = Counter(finding.severity for finding in findings)
    counts = [_count(found[word], word, f"{word}s") for word in SEVERITIES if word in found]
    return ", ".join(counts) or "nothing found"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
