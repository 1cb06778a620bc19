"""Write what `questions` says of the record into ``docs/calibration.md``, with two drawings.

In the project's directory, without a hypervisor::

    python -m tests.hypervisor.report
"""

from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from . import remedies
from .drawing import bars, scatter
from .evidence import Recorded, load
from .kinds import KINDS
from .published import published_table
from .questions import (
    EXPERIMENTS,
    QUESTIONS,
    Answer,
    Score,
    answers,
    noise,
    percentile,
    score,
    scored,
)

__all__ = ["DRAWINGS", "drawings", "main", "put", "report"]

_DOCS = Path(__file__).parents[2] / "docs"
_PAGE = _DOCS / "calibration.md"
DRAWINGS = {
    "times": _DOCS / "_static/calibration-times.svg",
    "coverage": _DOCS / "_static/calibration-coverage.svg",
}

_HEAD = (
    "outcome right",
    "flagged",
    "wrong",
    "time off",
    "bytes off",
    "downtime off, ms",
    "ranges that hold",
    "their width",
)


def report(runs: Sequence[Recorded], found: Sequence[Answer]) -> str:
    """All of it, in Markdown."""
    asked = {name: [each for each in found if each.question == name] for name in QUESTIONS}
    together = [each for of in asked.values() for each in of]
    parts = [
        _table(
            ("question", *_HEAD),
            [
                *((text, *_cells(score(scored(asked[name])))) for name, text in QUESTIONS.items()),
                ("all together", *_cells(score(scored(together)))),
                ("repetitions, among themselves", *_noise_cells(runs)),
            ],
        )
    ]
    for name, of in asked.items():
        rows = [
            (_named(kind), *_cells(score(these)))
            for kind in KINDS
            for these in [[each for each in of if each.run.kind == kind]]
            if these
        ]
        parts += [f"### {QUESTIONS[name].capitalize()}", _table(("kind", *_HEAD), rows)]
    parts += ["### What is lacking", _experiments(found)]
    return "\n\n".join(parts)


def _experiments(found: Sequence[Answer]) -> str:
    """How many ranges of time hold, from better and better evidence."""
    names = {"rates": QUESTIONS["rates"], **EXPERIMENTS}
    rows = []
    for kind in KINDS:
        cells = []
        for name in names:
            these = [each for each in found if (each.run.kind, each.question) == (kind, name)]
            held = [each.covered("totalMs") for each in these]
            refused = sum(each.forecast is None for each in these)
            cells.append(f"{held.count(True)} of {len(these)}" if these else "")
            if refused:
                cells[-1] += f", {refused} refused"
        rows.append((_named(kind), *cells))
    return _table(("kind", *names.values()), rows)


def _named(kind: str) -> str:
    marks = [word for word in ("tuned", "changes") if getattr(KINDS[kind], word)]
    return f"{kind} ({', '.join(marks)})" if marks else kind


def _cells(of: Score) -> Tuple[str, ...]:
    asked = of.asked - of.refused
    right = f"{of.right} of {asked}"
    if of.refused:
        right += f", {of.refused} refused"
    return (
        right,
        f"{of.flagged}",
        f"{of.wrong}",
        _off(of, "totalMs", _percent),
        _off(of, "sentMiB", _percent),
        _off(of, "downtimeMs", _ms),
        ", ".join([f"{of.covered[key][0]:.0%}" for key in of.covered]),
        _width(of),
    )


def _off(of: Score, key: str, text: Callable[[float], str]) -> str:
    return " / ".join([text(value) for value in of.errors.get(key, ())])


def _width(of: Score) -> str:
    width = of.widths.get("totalMs")
    if width is None:
        return ""
    text = "open" if width == float("inf") else _percent(width)
    return f"{text}, {of.open['totalMs']} open" if of.open["totalMs"] else text


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _ms(value: float) -> str:
    return f"{value:.0f}"


def _noise_cells(runs: Sequence[Recorded]) -> Tuple[str, ...]:
    off: Dict[str, List[float]] = {key: sorted(values) for key, values in noise(runs).items()}

    def cell(key: str, text: Callable[[float], str]) -> str:
        values = off[key]
        if not values:
            return ""
        return f"{text(percentile(values, 0.5))} / {text(percentile(values))}"

    return (
        *("", "", ""),
        *(cell("totalMs", _percent), cell("sentMiB", _percent), cell("downtimeMs", _ms)),
        *("", ""),
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join([f"| {' | '.join(line)} |" for line in lines])


def drawings(found: Sequence[Answer]) -> Dict[str, str]:
    """The drawings, SVG: forecast against measured, and the share of ranges that hold by kind."""
    points: Dict[str, List[Tuple[float, float]]] = {}
    for name, text in QUESTIONS.items():
        points[text] = [
            (each.run.found["measured"]["totalMs"] / 1000, each.forecast.total_ms / 1000)
            for each in found
            if each.question == name and each.forecast is not None and each.right
        ]
    shares: Dict[str, List[Optional[float]]] = {}
    for kind in KINDS:
        shares[_named(kind)] = [
            score(
                [each for each in found if each.question == name and each.run.kind == kind]
            ).covered.get("totalMs", (None, 0))[0]
            for name in QUESTIONS
        ]
    return {
        "times": scatter(points, "measured, s", "forecast, s"),
        "coverage": bars(shares, list(QUESTIONS.values()), 0.9),
    }


def main() -> None:
    """Write it."""
    runs = load()
    found = answers(runs)
    text = _PAGE.read_text("utf-8")
    text = put(text, "guests", report(runs, found))
    text = put(text, "remedies", remedies.table(load(remedies.DATA)))
    _PAGE.write_text(put(text, "published", published_table()), "utf-8")
    for name, drawn in drawings(found).items():
        DRAWINGS[name].write_text(drawn, "utf-8")


def put(text: str, mark: str, what: str) -> str:
    """The text with that between its marks."""
    head, rest = text.split(f"<!-- {mark} -->\n")
    _, tail = rest.split(f"<!-- /{mark} -->\n")
    return f"{head}<!-- {mark} -->\n\n{what}\n\n<!-- /{mark} -->\n{tail}"


if __name__ == "__main__":
    main()
