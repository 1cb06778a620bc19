"""A forecast as a picture."""

import builtins
import os
import pickle
import subprocess
import sys
from typing import Any, Dict, List, Tuple

import attr
import pytest
from matplotlib import rc_context, rcParams

import zcpolicy as zc
from refusals import paths, refusal
from test_forecast import a_forecast, a_round, forecast
from zcpolicy import plot


def figure(drawn: Any) -> Any:
    """The picture, as an object of any kind: matplotlib's own types say that data may be text."""
    return plot.figure(drawn)


def lines(made: Any) -> List[Any]:
    """The curves: what remains, and what fits the limit."""
    return [line for line in made.axes[0].get_lines() if len(line.get_xdata()) > 2]


def points(line: Any) -> List[Tuple[float, float]]:
    return list(zip(map(float, line.get_xdata()), map(float, line.get_ydata())))


def marks(made: Any) -> List[Tuple[float, str]]:
    """The vertical marks with their labels, or without."""
    axes = made.axes[0]
    labels = {text.xy[0]: text.get_text() for text in axes.texts}
    return [
        (line.get_xdata()[0], labels.get(line.get_xdata()[0], ""))
        for line in axes.get_lines()
        if len(line.get_xdata()) == 2 and line.get_linestyle() == ":"
    ]


FORECAST = a_forecast(
    total_ms=20000,
    rest_bytes=1 << 29,
    rounds=[
        a_round(end_ms=10000, remaining_bytes=8 << 30, left_bytes=2 << 30),
        a_round(
            iteration=2,
            start_ms=10000,
            end_ms=19000,
            remaining_bytes=4 << 30,
            left_bytes=1 << 30,
            throttle=20,
            limit_ms=500,
            actions=((15000, zc.Action(name="setDowntime", params=["500"])),),
        ),
    ],
)


@pytest.fixture(scope="module")
def shared() -> Any:
    """The picture of FORECAST, which no test changes."""
    return figure(FORECAST)


class TestFigure:
    """What is drawn."""

    def test_what_remains_falls_and_jumps(self, shared: Any) -> None:
        """Each round falls evenly, the next begins with what was dirtied, the rest falls to 0."""
        found = points(lines(shared)[0])
        assert found[0] == (0, 8)
        assert (5, 5) in found
        assert (10, 2) in found
        assert (10, 4) in found
        assert (19, 1) in found
        assert (19, 0.5) in found
        # On a logarithmic scale the end is a tenth of the smallest limit: 1 GiB/s for 300 ms.
        assert found[-1] == pytest.approx((20, 0.03))

    def test_the_limits_are_steps(self, shared: Any) -> None:
        """What fits is a step at each new limit, to the end."""
        limits = lines(shared)[1]
        assert points(limits) == [(0, 0.3), (15, 0.5), (20, 0.5)]
        assert limits.get_drawstyle() == "steps-post"

    def test_actions_are_marked(self, shared: Any) -> None:
        """Each action is a vertical mark that says what is done."""
        assert marks(shared) == [(15, "downtime limit 500 ms")]

    def test_other_actions_set_no_limit(self) -> None:
        """An abort is marked, and changes no limit."""
        ended = a_round(end_ms=20000, actions=((20000, zc.Action(name="abort")),))
        made = figure(a_forecast(total_ms=20000, rounds=[ended], rest_bytes=0))
        assert marks(made) == [(20, "abort")]
        assert made.axes[0].get_lines()[1].get_ydata().tolist() == [0.3, 0.3]

    def test_marks_do_not_overlap(self) -> None:
        """Of actions that are close together only the first is marked."""
        actions = [zc.Action(name="setDowntime", params=[ms]) for ms in (100, 200, 300, 400)]
        times = (10000, 10499, 10500, 20000)
        acts = a_round(end_ms=20000, actions=list(zip(times, actions)))
        made = figure(a_forecast(total_ms=20000, rounds=[acts]))
        assert [label.replace("downtime limit ", "") for _, label in marks(made)] == [
            "100 ms",
            "300 ms",
            "400 ms",
        ]

    def test_the_throttle_is_shaded(self, shared: Any) -> None:
        """The lower axes shade what is taken from the guest."""
        (shade,) = shared.axes[1].collections
        corners = {(float(x), float(y)) for x, y in shade.get_paths()[0].vertices}
        assert {(10, 0), (10, 20), (19, 20)} <= corners
        assert max(y for _, y in corners) == 20

    def test_rounds_that_repeat_are_a_band(self) -> None:
        """A run of equal rounds fills what lies between its highest and lowest."""
        run = a_round(count=50, end_ms=20000, remaining_bytes=8 << 30, left_bytes=2 << 30)
        made = figure(a_forecast(total_ms=20000, rounds=[run], rest_bytes=0))
        (band,) = made.axes[0].collections
        corners = {(float(x), float(y)) for x, y in band.get_paths()[0].vertices}
        assert {(0, 2), (0, 8), (20, 2), (20, 8)} <= corners

    def test_the_words(self, shared: Any) -> None:
        """The title is the verdict; the axes and the legend say what is what."""
        memory, throttle = shared.axes
        assert memory.get_title(loc="left") == "It completes."
        assert memory.get_ylabel() == "memory to send, GiB"
        assert memory.get_yscale() == "log"
        assert throttle.get_ylabel() == "throttle, %"
        assert throttle.get_ylim() == (0, 100)
        assert throttle.get_xlim() == (0, pytest.approx(20.4))
        (legend,) = shared.legends
        assert [text.get_text() for text in legend.get_texts()] == [
            "memory left to send",
            "fits the downtime limit",
            "time taken from the guest",
        ]

    def test_a_long_verdict_is_wrapped(self) -> None:
        """No line of the title is longer than the picture is wide."""
        title = figure(a_forecast(verdict="post-copy " * 50)).axes[0].get_title(loc="left")
        assert max(map(len, title.splitlines())) <= 90
        assert all(line.endswith("post-copy") for line in title.splitlines())

    @pytest.mark.parametrize(
        ("ms", "name"),
        [
            (299999, "seconds"),
            (300000, "minutes"),
            (7199999, "minutes"),
            (7200000, "hours"),
            (172799999, "hours"),
            (172800000, "days"),
        ],
    )
    def test_the_unit_of_time(self, ms: int, name: str) -> None:
        """Long migrations are drawn in minutes, hours or days."""
        made = figure(a_forecast(total_ms=ms, rounds=[a_round(end_ms=ms)], rest_bytes=0))
        size = {"seconds": 1000, "minutes": 60000, "hours": 3600000, "days": 86400000}[name]
        assert made.axes[1].get_xlabel() == f"time, {name}"
        assert points(lines(made)[0])[-1][0] == ms / size

    @pytest.mark.parametrize(
        "drawn",
        [
            forecast(dirty_mib_s=77.5, working_set_mib=2048),
            forecast("Post-copy migration", dirty_mib_s=5000, working_set_mib=8000),
            forecast("legacy", dirty_mib_s=5000, working_set_mib=8000),
            a_forecast(rounds=[a_round(end_ms=0)], rest_bytes=0, total_ms=0),
            a_forecast(
                rounds=[a_round(end_ms=0, actions=((0, zc.Action(name="abort")),))], total_ms=0
            ),
            a_forecast(rounds=[a_round(limit_ms=1, left_bytes=0)], rest_bytes=0),
        ],
        ids=range(6),
    )
    def test_every_forecast_can_be_drawn(self, drawn: zc.Forecast) -> None:
        """Every forecast becomes a picture, and nothing is kept or shown."""
        assert plot.picture(drawn, "png").startswith(b"\x89PNG")

    def test_another_thing_is_refused(self) -> None:
        """Only a forecast can be drawn."""
        assert refusal(figure, 5) == ("forecast", 5, "a Forecast or a Plan")

    def test_without_matplotlib(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without matplotlib the error says what to install."""
        real = builtins.__import__

        def without(name: str, *rest: Any, **named: Any) -> Any:
            if name.startswith("matplotlib"):
                raise ImportError("No module named 'matplotlib'")
            return real(name, *rest, **named)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(ImportError, match=r"pip install 'zcpolicy\[plot\]'"):
            figure(FORECAST)


_START = {"png": b"\x89PNG\r\n", "svg": b"<?xml ", "pdf": b"%PDF-"}
FORMATS = pytest.mark.parametrize("kind", _START)
# What another process makes of a pickled forecast.
_ELSEWHERE = """
import pickle, sys
from zcpolicy import plot
forecast = pickle.load(sys.stdin.buffer)
pickle.dump([plot.picture(forecast, kind) for kind in sys.argv[1:]], sys.stdout.buffer)
"""


@pytest.fixture(scope="module")
def made() -> Dict[str, bytes]:
    """The picture of FORECAST in each format."""
    return {kind: plot.picture(FORECAST, kind) for kind in _START}


class TestPicture:
    """The picture as the bytes of a file."""

    @FORMATS
    def test_formats(self, kind: str, made: Dict[str, bytes]) -> None:
        """Each format has its own bytes."""
        assert made[kind].startswith(_START[kind])

    def test_the_same_forecast_has_the_same_bytes(self, made: Dict[str, bytes]) -> None:
        """Whatever matplotlib is set to, and in another process at another time.

        What is set for a picture is not kept.
        """
        with rc_context({"svg.hashsalt": "mine"}):
            assert {kind: plot.picture(FORECAST, kind) for kind in _START} == made
            assert rcParams["svg.hashsalt"] == "mine"
        # The hashes of this process are those of any seed, and its time is now.
        seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
        # matplotlib takes the time of a file from this variable, where it takes one.
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1000000000"}
        other = subprocess.run(
            [sys.executable, "-c", _ELSEWHERE, *_START],
            input=pickle.dumps(FORECAST),
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        assert dict(zip(_START, pickle.loads(other.stdout))) == made

    @FORMATS
    def test_another_forecast_has_others(self, kind: str, made: Dict[str, bytes]) -> None:
        """What is drawn is in the file."""
        assert plot.picture(attr.evolve(FORECAST, total_ms=21000), kind) != made[kind]

    @pytest.mark.parametrize("kind", ["jpeg", "PNG", ".png", "", None])
    def test_other_formats_are_refused(self, kind: Any) -> None:
        """There are three formats."""
        assert refusal(plot.picture, FORECAST, kind) == (
            "format",
            kind,
            "one of 'png', 'svg', 'pdf'",
        )

    def test_all_faults_are_named(self) -> None:
        """One error carries both."""
        assert paths(plot.picture, 5, "jpeg") == ["forecast", "format"]


class TestFormatOf:
    """The format that a file's name says."""

    @pytest.mark.parametrize("directory", ["", "a/", "/a.b/c d/", "C:\\runs\\", "a\n/"])
    @FORMATS
    def test_the_suffix_says_it(self, directory: str, kind: str) -> None:
        """It is what the name ends in."""
        assert plot.format_of(f"{directory}run.svg.{kind}") == kind
        assert plot.format_of(f"{directory}r.{kind}") == kind

    @pytest.mark.parametrize(
        "path",
        [
            *("", "-", "run", "png", ".png", "a/.png", "a\\.pdf", "run.png/", "a.svg/run"),
            *("run.jpeg", "run.PNG", "run.pngx", "run.png\n", "run."),
        ],
    )
    def test_what_is_refused(self, path: str) -> None:
        """Standard output, directories, names without suffix or with another one are refused."""
        assert refusal(plot.format_of, path) == (
            "path",
            path,
            "the name of a file that ends in .png, .svg or .pdf",
        )

    def test_another_type_is_refused(self) -> None:
        """A name is a string."""
        assert refusal(plot.format_of, None) == ("path", None, "a string")
