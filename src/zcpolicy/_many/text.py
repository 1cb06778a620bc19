"""A survey as text and bars, for a terminal of 80 columns, and as CSV."""

from typing import TYPE_CHECKING, Iterator, List, Sequence, Tuple

from .._base.terminal import csv_text, cut, escaped, wrapped

if TYPE_CHECKING:
    from .survey import Survey

__all__ = ["survey_csv", "survey_text"]

# The columns: a name, two numbers, and a bar.
_NAME, _NUMBER, _BAR = 22, 11, 30
# Further hosts are counted, not named.
_HOSTS = 10


def survey_text(survey: "Survey") -> str:
    """The survey as text."""
    return "\n".join(_lines(survey))


def _lines(survey: "Survey") -> Iterator[str]:
    answers, zerocopy = survey.answers, survey.zerocopy
    share = f" ({100 * zerocopy / answers:.0f} %)" if answers else ""
    bad = f"; {_counted(survey.bad_lines, 'bad line')}" if survey.bad else ""
    yield from wrapped(
        f"{_counted(answers, 'answer')}: {zerocopy:,} with zero-copy{share}, "
        f"{answers - zerocopy:,} without{bad}",
        "",
    )
    if survey.blockers:
        rows = [(blocker.code, blocker.vms, blocker.alone) for blocker in survey.blockers]
        yield from ("", *_table("What prevents zero-copy", rows))
    best = survey.best
    if best is not None:
        helped = f"without {escaped(best.code)}, {best.alone:,} more would have zero-copy"
        yield from ("", *wrapped(f"The change that helps most: {helped}", ""))
        yield from wrapped(best.remedy or "lift this limitation of your own", "  -> ", "     ")
    if survey.hosts:
        rows = [(host.name or "(no name)", host.vms, host.alone) for host in survey.hosts]
        yield from ("", *_table("Hosts to update first", rows[:_HOSTS]))
        if len(rows) > _HOSTS:
            yield f"  {len(rows) - _HOSTS:,} more: see --json or --csv"
    if survey.bad:
        yield from ("", "Bad lines")
        for path, lines, message, names in survey.bad:
            kind = "no answer" if path is None else path or "no scenario"
            called = ", ".join(names) + (", …" if lines > len(names) else "")
            yield from wrapped(escaped(f"{kind}: {lines:,} ({called})"), "  ")
            yield from wrapped(escaped(message), "    ")


def _table(title: str, rows: Sequence[Tuple[str, int, int]]) -> Iterator[str]:
    """How many VMs each name affects, and how many it alone affects, which are # in the bar."""
    yield f"{title.ljust(_NAME + 2)}{'VMs':>{_NUMBER}}{'this alone':>{_NUMBER}}"
    most = max(vms for _, vms, _ in rows)
    for name, vms, alone in rows:
        short = cut(escaped(name), _NAME)
        solid = round(_BAR * alone / most)
        bar = "#" * solid + "-" * (round(_BAR * vms / most) - solid)
        yield f"  {short:{_NAME}}{vms:>{_NUMBER},}{alone:>{_NUMBER},}  {bar}".rstrip()


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def survey_csv(survey: "Survey") -> str:
    """A row per number: kind, name, VMs (or lines), and how many it alone affects."""
    rows: List[Sequence[object]] = [
        ("kind", "name", "vms", "alone"),
        ("answers", "", survey.answers, ""),
        ("zerocopy", "", survey.zerocopy, ""),
        *(("blocker", each.code, each.vms, each.alone) for each in survey.blockers),
        *(("host", each.name or "", each.vms, each.alone) for each in survey.hosts),
    ]
    for each in survey.bad:
        kind = "no answer" if each.path is None else "error"
        rows.append((kind, each.path or "", each.lines, ""))
    return csv_text(rows)
