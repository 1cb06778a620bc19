"""What a notebook shows: HTML that says what the text says, and in which a name is no markup."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zcpolicy as zc
from importing import imported
from test_forecast import a_forecast, a_round, forecast
from zcpolicy import _html, testing
from zcpolicy._drain.text import result_text
from zcpolicy._html.drawing import curve
from zcpolicy._html.markup import Html, table, tag
from zcpolicy.adapters import vdsm

HOSTILE = "<script>alert(1)</script>\"'&<b onclick=x>\u202e\ud800"
# What it is as text; what cannot be printed is escaped.
SHOWN = HOSTILE[:-2].replace("'", "\\'") + "\\u202e\\ud800"

VM = zc.VM(memory_mib=8192, vcpus=4)
SCENARIO = zc.Scenario(cluster=zc.Cluster(bandwidth=2000), vm=VM)
BUSY = zc.Workload(dirty_mib_s=400, working_set_mib=2048)
POLICY = zc.policies.VERY_LARGE_VMS.but(
    name=HOSTILE,
    description=HOSTILE,
    schedule=zc.ConvergenceSchedule.ramp(300, {2: 500, 8: 1000, 6: 2000}),
)
DRAIN = json.loads(
    Path(__file__).parent.parent.joinpath("docs/examples/drain.json").read_text("utf-8")
)


class Page(HTMLParser):
    """Its elements with their attributes, and its text; whatever is not closed is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.elements: List[Tuple[str, Dict[str, Optional[str]]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.open.append(tag)
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def page(thing: Any) -> Page:
    """What a notebook shows of it, without white space that does not count."""
    found = Page(thing._repr_html_())
    found.text = " ".join(found.text.split())
    return found


def a_plan(*names: str, seconds: float = 0, **named: Any) -> zc.Plan:
    document = DRAIN["moves"]
    moves = [
        zc.Move(
            name=name,
            resolution=zc.Scenario.from_json(each["scenario"]).resolve(),
            workload=zc.Workload.from_json(each["workload"]),
        )
        for name, each in zip(names, document)
    ]
    return zc.drain(moves, link_mbps=1000, **named)


OPTION = zc.advise(SCENARIO, BUSY, zc.Goal(total_s=1800)).options[0]
CHANGE = zc.Change(path=HOSTILE, before=HOSTILE, after=None, reason=HOSTILE)
HOSTILE_OPTION = attr.evolve(OPTION, changes=(CHANGE,))
RESOLUTION = zc.resolve(zc.Cluster(encrypted=True), policy=POLICY, vm=VM)
NOTICE = attr.evolve(RESOLUTION.notices[0], code=HOSTILE, message=HOSTILE, remedy=HOSTILE)
FINDING = attr.evolve(zc.lint(POLICY)[0], code=HOSTILE, path=HOSTILE, message=HOSTILE)
FORECAST = attr.evolve(
    forecast(dirty_mib_s=400, working_set_mib=2048), verdict=HOSTILE, assumed=(HOSTILE,)
)
Notices, Findings = type(RESOLUTION.notices), type(zc.lint(POLICY))

# One of each class; wherever text of others can stand, it is hostile.
THINGS: Dict[str, Any] = {
    "resolution": RESOLUTION,
    "policy": POLICY,
    "notices": Notices([NOTICE]),
    "findings": Findings([FINDING]),
    "forecast": FORECAST,
    "advice": zc.Advice(met=False, limit=HOSTILE, options=(HOSTILE_OPTION,)),
    "diagnosis": zc.Diagnosis(
        outcome="aborted",
        cause="too-little-seen",
        message=HOSTILE,
        forecast=FORECAST,
        options=(HOSTILE_OPTION,),
    ),
    "plan": a_plan("web", "mail", HOSTILE),
}
EACH = pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)


class TestSafe:
    """Whatever a VM or a policy is called."""

    def test_each_class_is_there(self) -> None:
        """The table has the classes that are tried here, and each says that it shows itself."""
        assert {type(thing) for thing in THINGS.values()} == set(_html.SHOWN)
        assert all("_repr_html_" in vars(cls) for cls in _html.SHOWN)

    @EACH
    def test_a_name_is_no_markup(self, thing: Any) -> None:
        """The text is there as it is, and neither an element nor an attribute comes of it."""
        found = page(thing)
        assert " ".join(SHOWN.split()) in found.text
        assert {name for name, _ in found.elements} <= {
            *("div", "span", "strong", "code", "ul", "ol", "li", "details", "summary"),
            *("table", "tr", "th", "td", "svg", "title", "line", "text", "rect", "polyline"),
        }
        used = {key for _, attributes in found.elements for key in attributes}
        assert not {key for key in used if key.startswith("on") or key in ("id", "href", "src")}
        # As UTF-8, whatever there is in a name.
        assert thing._repr_html_().encode("utf-8")

    @given(st.text())
    def test_text_stays_text(self, text: str) -> None:
        """Between tags and in attributes, any text is read as it was, what can be printed."""
        shown = text if text.isprintable() else repr(text)[1:-1]
        found = Page(tag("p", text, title=text))
        assert (found.text, found.elements) == (shown, [("p", {"title": shown})])

    def test_markup_stays_markup(self) -> None:
        """What was made of tags is not escaped again."""
        assert tag("p", tag("b", "<")) == "<p><b>&lt;</b></p>"
        assert isinstance(tag("p"), Html)

    @given(testing.scenarios())
    def test_every_decision_can_be_shown(self, scenario: zc.Scenario) -> None:
        """Whatever is decided is well-formed, and says each notice."""
        resolution = scenario.resolve()
        said = page(resolution).text
        assert all(" ".join(notice.message.split()) in said for notice in resolution.notices)
        assert page(resolution.notices)
        assert page(POLICY if resolution.scenario.policy is None else zc.policies.LEGACY)


class TestWhatIsSaid:
    """The same as in the text."""

    def test_a_resolution(self) -> None:
        """Its first line, each parameter with its sentence, and its notices."""
        said = page(RESOLUTION).text
        assert "zero-copy is off, one connection" in said
        assert all(sentence in said for sentence in RESOLUTION.explain().values())
        assert "warning encryption" in said
        assert f"→ {RESOLUTION.warnings[0].remedy}" in said
        assert "after 2 iterations500 ms" in said
        legacy = page(zc.resolve(policy="legacy", host=zc.Host()))
        assert "Downtime schedule" not in legacy.text
        zero = zc.resolve(zc.Cluster(), zc.Host(), "Very large VMs", VM)
        assert "zero-copy is on, 2 parallel connections" in page(zero).text

    def test_warnings_come_first(self) -> None:
        """What is not as asked, before what is good to know."""
        host = zc.Host(migration_mbps=100_000)
        r = zc.resolve(zc.Cluster(), host, "Very large VMs", zc.VM(vcpus=64), destination=host)
        assert [each.severity for each in r.notices] == ["info", "warning"]
        said = page(r.notices).text
        assert said.index("warning connections-enforced") < said.index("info zerocopy-young")

    def test_a_policy(self) -> None:
        """Its settings and its schedule, or that Vdsm makes one."""
        said = page(POLICY).text
        for words in ("Zero-copyon", "Compressionoff", "at the start300 ms", "thenabort"):
            assert words in said
        said = page(zc.policies.LEGACY).text
        assert "Autoconvergeinherited" in said
        assert "Vdsm computes the schedule" in said
        assert page(POLICY.but(name="quiet", description="")).text.startswith("quiet")

    def test_a_forecast(self) -> None:
        """What is sure, the verdict, ranges, rounds and assumptions."""
        made = forecast(dirty_mib_s=400, working_set_mib=2048)
        said = page(made).text
        assert said.startswith("Sure, given what is known: it is aborted.")
        assert made.verdict in said
        assert "in all2 min 18 s to 3 min 23 s" in said
        assert "throttle" in said
        assert "downtime limit 150 ms" in said
        assert all(assumed in said for assumed in made.assumed)
        plain = page(a_forecast(downtime_ms_range=(0, 0), throttle_range=(0, 0))).text
        assert "downtime" not in plain.replace("fits the downtime limit", "")
        assert "Assumed" not in plain

    def test_many_rounds_are_counted(self) -> None:
        """Forty are shown; a run of rounds has its numbers."""
        rounds = [a_round(iteration=each + 1, count=1) for each in range(50)]
        made = a_forecast(rounds=[*rounds, a_round(iteration=51, count=5)])
        assert "Rounds: the first 40 of 51" in page(made).text
        assert "51-55" in page(a_forecast(rounds=[a_round(iteration=51, count=5)])).text

    def test_advice(self) -> None:
        """Whether the goal can be met, then the options in their order."""
        advice = zc.advise(SCENARIO, BUSY, zc.Goal(total_s=1800))
        said = page(advice).text
        assert said.startswith(f"{len(advice.options)} options will do, the simplest first:")
        for option in advice.options:
            for change in option.changes:
                assert f"{change.path}: " in said
                assert f"({change.reason})" in said
        one = attr.evolve(advice, options=(attr.evolve(OPTION, changes=()),))
        assert page(one).text.startswith("1 option will do, the simplest first:no change⇒ ")
        nothing = zc.Advice(met=False, options=(), limit="No way.")
        assert page(nothing).text == "The goal cannot be met.No way."

    def test_a_diagnosis(self) -> None:
        """What happened and why; without a forecast or options, that alone."""
        plain = zc.Diagnosis(outcome="failed", cause="failed", message="It failed.")
        assert page(plain).text == "failed: failedIt failed."
        assert "What would help:" in page(THINGS["diagnosis"]).text

    def test_a_plan(self) -> None:
        """Who stays and why, a bar for each migration in proportion, and what else was tried."""
        plan = a_plan("web-1", "web-2", "db", "mail")
        found = page(plan)
        assert "1 will not leave:" in found.text
        assert plan.stays[0].reason in found.text
        assert "Other ways" in found.text
        assert plan.options
        for change in plan.options[0].changes:
            assert f"{change.path}: " in found.text
        assert f"⇒ {result_text(plan.options[0].plan)}" in found.text
        styles = [attributes.get("style") or "" for _, attributes in found.elements]
        bars = [
            tuple(map(float, numbers[0]))
            for style in styles
            for numbers in [re.findall(r"margin-left:([\d.]+)%;width:([\d.]+)%", style)]
            if numbers
        ]
        total = plan.total_ms or 0
        assert bars == [
            pytest.approx(
                (100 * leg.start_ms / total, 100 * ((leg.end_ms or 0) - leg.start_ms) / total),
                abs=0.06,
            )
            for leg in plan.legs
        ]

    def test_plans_of_all_sizes(self) -> None:
        """An empty one, one without end, and one of many whose rest is counted."""
        assert page(zc.drain([])).text.startswith("Done after 0 ms")
        endless = zc.policies.MINIMAL_DOWNTIME.but(
            name="Endless",
            auto_convergence=False,
            schedule=zc.ConvergenceSchedule(init=[zc.Action(name="setDowntime", params=["100"])]),
        )
        moves = [
            zc.Move(
                name=f"vm-{number}",
                resolution=zc.resolve(policy=endless, vm=VM),
                workload=zc.Workload(dirty_mib_s=5000, working_set_mib=500, link_mbps=1000),
            )
            for number in range(2)
        ]
        plan = zc.drain(moves)
        said = page(plan).text
        assert "The drain never ends." in said
        assert "never ends" in said
        many = attr.evolve(plan, legs=plan.legs * 40, stays=plan.stays * 20)
        said = page(many).text
        assert "… 20 more" in said
        assert f"{len(plan.stays) * 20} will not leave:" in said

    def test_notices_and_findings(self) -> None:
        """Each with its remedy; of very many the rest is counted, and nothing is said to be so."""
        findings = zc.lint(POLICY)
        said = page(findings).text
        assert "warning limit-order at config.convergenceItems[2].stallingLimit" in said
        assert all(f"→ {finding.remedy}" in said for finding in findings)
        assert "… 1 more" in page(Findings([*findings, *findings] * 25 + [findings[0]])).text
        assert page(Findings()).text == "nothing found"
        assert page(Notices()).text == "no notices"
        assert "→" not in page(Notices([attr.evolve(NOTICE, remedy=None, message="x")])).text


class TestTuples:
    """Findings and notices are tuples that say in a line what they are."""

    def test_they_are_tuples(self) -> None:
        """Equal to tuples, hashed as tuples, and pickled."""
        found = zc.lint(POLICY)
        assert found == tuple(found)
        assert hash(found) == hash(tuple(found))
        assert isinstance(found, tuple)
        assert not hasattr(found, "__dict__")

    def test_what_they_say(self) -> None:
        """How many, and which; nothing is the empty tuple."""
        assert repr(zc.lint(POLICY)) == "<2 findings: limit-order, last-step-short>"
        assert repr(RESOLUTION.warnings) == "<1 notice: encryption>"
        assert repr(zc.lint(zc.policies.LEGACY)) == "()"
        repaired = vdsm.repair({"maxBandwidth": -1}, zc.Host(), level="4.8")
        assert repr(repaired.notices).startswith("<")


class TestCurve:
    """A forecast's curve inside a page."""

    def shapes(self, made: zc.Forecast) -> Dict[str, List[Dict[str, Optional[str]]]]:
        found: Dict[str, List[Dict[str, Optional[str]]]] = {}
        for name, attributes in Page(curve(made)).elements:
            found.setdefault(name, []).append(attributes)
        return found

    def test_what_is_drawn(self) -> None:
        """A band for the end, the memory that is left, and the limits as steps."""
        made = forecast(dirty_mib_s=400, working_set_mib=2048)
        found = self.shapes(made)
        (band,) = found["rect"]
        memory, limit = found["polyline"]
        assert float(band["x"] or 0) + float(band["width"] or 0) == pytest.approx(470, abs=0.2)
        corners = [tuple(map(float, pair.split(","))) for pair in (limit["points"] or "").split()]
        # Steps go along or up.
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in zip(corners, corners[1:]))
        assert len((memory["points"] or "").split()) > 100

    def test_rounds_that_repeat_are_a_band(self) -> None:
        """No curve goes through it."""
        found = self.shapes(forecast("legacy", dirty_mib_s=5000, working_set_mib=8000))
        assert len(found["rect"]) == 2
        assert len(found["polyline"]) == 3

    @pytest.mark.parametrize("ends", [(0, None), (90000, 100000), (5000, 900000)])
    def test_it_stays_inside(self, ends: Any) -> None:
        """Whatever the range is, nothing is drawn outside, and no width is negative."""
        found = self.shapes(a_forecast(total_ms=100, total_ms_range=ends))
        for each in found["rect"]:
            x, width = float(each["x"] or 0), float(each["width"] or 0)
            assert width >= 0
            assert x + width <= 470.1


def test_tables_have_heads_or_none() -> None:
    """A table without a head has rows alone."""
    assert "<th" not in table((), [("a", "b")])
    assert Page(table(("x",), [("a",)])).text == "xa"


def test_nothing_of_it_is_imported_by_a_decision() -> None:
    """A decision costs no import of what only a notebook needs."""
    assert [name for name in imported().decision if "_html" in name] == []
