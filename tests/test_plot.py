"""A forecast as a picture."""

import builtins
import math
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

import attr
import pytest
from matplotlib import rc_context, rcParams

import forecast_pictures
import zcpolicy as zc
from refusals import paths, refusal
from test_forecast import a_forecast, a_round, forecast
from zcpolicy import plot
from zcpolicy.plot._scales import size_ticks, time_ticks


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


def ticks(axis: Any) -> Dict[float, str]:
    """The ticks of an axis, and what they say."""
    labels = [label.get_text() for label in axis.get_ticklabels()]
    return dict(zip(map(float, axis.get_ticklocs()), labels))


def band(made: Any) -> Tuple[float, float, str]:
    """When it ends: from, to, and what the legend says."""
    (found,) = made.axes[0].patches
    return found.get_x(), found.get_x() + found.get_width(), found.get_label()


GIB = 1 << 30

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
        assert found[0] == (0, 8 * GIB)
        # Halfway an eighth is left of the round that falls from 8 to 2 GiB.
        assert (8750, 2.75 * GIB) in found
        assert (10000, 2 * GIB) in found
        assert (10000, 4 * GIB) in found
        assert (19000, 1 * GIB) in found
        assert (19000, 0.5 * GIB) in found
        # On a logarithmic scale the end is a tenth of the smallest limit: 1 GiB/s for 300 ms.
        assert found[-1] == pytest.approx((20000, 0.03 * GIB))

    def test_the_limits_are_steps(self, shared: Any) -> None:
        """What fits is a step at each new limit, to the end."""
        limits = lines(shared)[1]
        assert points(limits) == [(0, 0.3 * GIB), (15000, 0.5 * GIB), (20000, 0.5 * GIB)]
        assert limits.get_drawstyle() == "steps-post"

    def test_actions_are_marked(self, shared: Any) -> None:
        """Each action is a vertical mark that says what is done."""
        assert marks(shared) == [(15000, "limit 500 ms")]

    def test_other_actions_set_no_limit(self) -> None:
        """An abort is marked, and changes no limit."""
        ended = a_round(end_ms=20000, actions=((20000, zc.Action(name="abort")),))
        made = figure(a_forecast(total_ms=20000, rounds=[ended], rest_bytes=0))
        assert marks(made) == [(20000, "abort")]
        assert made.axes[0].get_lines()[1].get_ydata() == pytest.approx([0.3 * GIB] * 2)

    def test_labels_have_room(self) -> None:
        """Of actions that are close together the first has a label, and so has the last of all."""
        actions = [zc.Action(name="setDowntime", params=[ms]) for ms in (100, 200, 300, 400, 500)]
        times = (10000, 10400, 11000, 19800, 20000)
        acts = a_round(end_ms=20000, actions=list(zip(times, actions)))
        made = figure(a_forecast(total_ms=20000, rounds=[acts]))
        said = ["limit 100 ms", "", "limit 300 ms", "", "limit 500 ms"]
        assert marks(made) == list(zip(times, said))

    @pytest.mark.parametrize(
        "drawn",
        [
            forecast(dirty_mib_s=400, working_set_mib=2048),
            forecast("Post-copy migration", dirty_mib_s=5000, working_set_mib=8000),
            forecast("legacy", dirty_mib_s=5000, working_set_mib=8000),
        ],
        ids=["aborted", "post-copy", "legacy"],
    )
    def test_labels_are_not_over_the_curve(self, drawn: zc.Forecast) -> None:
        """What is said of actions is above the axes, below the title, and within the picture."""
        made = figure(drawn)
        made.draw_without_rendering()
        memory = made.axes[0]
        assert memory.texts
        for text in memory.texts:
            box = text.get_window_extent()
            assert box.y0 >= memory.get_window_extent().y1
            assert box.y1 <= made._suptitle.get_window_extent().y0
            assert box.x1 <= made.bbox.x1

    def test_the_end_is_a_band(self, shared: Any) -> None:
        """A band says when nine of ten real migrations end."""
        assert band(shared) == (190, 210, "ends here in nine of ten")

    @pytest.mark.parametrize(
        ("ends", "shown", "edge"),
        [
            ((90000, None), (90000, 127500), 125000),
            ((90000, 900000), (90000, 255000), 250000),
            ((150000, 160000), (150000, 160000), 160000),
            ((300000, 900000), (300000, 765000), 750000),
        ],
    )
    def test_the_band_may_be_cut(self, ends: Any, shown: Tuple[int, int], edge: int) -> None:
        """Where the end is open or far off, the band goes to the edge, and its label says so."""
        one = a_round(end_ms=100000)
        drawn = a_forecast(total_ms=100000, total_ms_range=ends, rounds=[one], rest_bytes=0)
        made = figure(drawn)
        low, high, label = band(made)
        assert (low, high) == pytest.approx(shown)
        assert label.endswith(", or later") is (high != ends[1])
        assert made.axes[1].get_xlim() == (0, pytest.approx(1.02 * edge))

    def test_the_throttle_is_shaded(self, shared: Any) -> None:
        """The lower axes shade what is taken from the guest."""
        (shade,) = shared.axes[1].collections
        corners = {(float(x), float(y)) for x, y in shade.get_paths()[0].vertices}
        assert {(10000, 0), (10000, 20), (19000, 20)} <= corners
        assert max(y for _, y in corners) == 20

    def test_rounds_that_repeat_are_a_band(self) -> None:
        """A run of equal rounds fills what lies between its highest and lowest."""
        run = a_round(count=50, end_ms=20000, remaining_bytes=8 << 30, left_bytes=2 << 30)
        made = figure(a_forecast(total_ms=20000, rounds=[run], rest_bytes=0))
        (band,) = made.axes[0].collections
        corners = {(float(x), float(y)) for x, y in band.get_paths()[0].vertices}
        assert {(0, 2 * GIB), (0, 8 * GIB), (20000, 2 * GIB), (20000, 8 * GIB)} <= corners
        # No curve goes through it.
        assert math.isnan(lines(made)[0].get_ydata()[1])

    def test_the_words(self, shared: Any) -> None:
        """The title is the verdict; the axes and the legend say what is what."""
        memory, throttle = shared.axes
        assert shared._suptitle.get_text() == "It completes."
        assert memory.get_ylabel() == "memory to send"
        assert memory.get_yscale() == "log"
        assert throttle.get_ylabel() == "throttle"
        assert throttle.get_ylim() == (0, 100)
        (legend,) = shared.legends
        assert [text.get_text() for text in legend.get_texts()] == [
            "memory left to send",
            "fits the downtime limit",
            "ends here in nine of ten",
        ]

    def test_the_ticks(self, shared: Any) -> None:
        """Times and sizes are as a person reads them."""
        memory, throttle = shared.axes
        assert ticks(throttle.xaxis) == {
            0: "0",
            5000: "5 s",
            10000: "10 s",
            15000: "15 s",
            20000: "20 s",
        }
        sizes = {64 << 20: "64 MiB", 256 << 20: "256 MiB", GIB: "1 GiB", 4 * GIB: "4 GiB"}
        assert ticks(memory.yaxis) == sizes
        assert ticks(throttle.yaxis) == {0: "0", 50: "50 %", 100: "100 %"}

    def test_a_long_verdict_is_wrapped(self) -> None:
        """No line of the title is longer than the picture is wide, and units stay with numbers."""
        made = figure(a_forecast(verdict="post-copy " * 50))
        title = made._suptitle.get_text()
        assert max(map(len, title.splitlines())) <= 100
        assert all(line.endswith("post-copy") for line in title.splitlines())
        made.draw_without_rendering()
        assert made._suptitle.get_window_extent().x1 <= made.bbox.x1
        title = figure(a_forecast(verdict="x" * 98 + " 1 s, 40 %")).get_suptitle()
        assert title == "x" * 98 + "\n1\xa0s, 40\xa0%"

    @pytest.mark.parametrize(
        "drawn",
        [
            forecast(dirty_mib_s=77.5, working_set_mib=2048),
            a_forecast(rounds=[a_round(end_ms=0)], rest_bytes=0, total_ms=0),
            a_forecast(
                rounds=[a_round(end_ms=0, actions=((0, zc.Action(name="abort")),))], total_ms=0
            ),
            a_forecast(rounds=[a_round(limit_ms=1, left_bytes=0)], rest_bytes=0),
        ],
        ids=range(4),
    )
    def test_every_forecast_can_be_drawn(self, drawn: zc.Forecast) -> None:
        """So can those that no other test draws: what takes no time, or leaves nothing."""
        figure(drawn).draw_without_rendering()

    @pytest.mark.parametrize("width", [3, 4.4, 8, 20])
    def test_it_has_the_width(self, width: float) -> None:
        """Whatever it is, all words are within the picture, and no time covers another."""
        made: Any = plot.figure(forecast(dirty_mib_s=400, working_set_mib=2048), width=width)
        made.draw_without_rendering()
        assert made.get_figwidth() == width
        said = [*made.axes[0].texts, *made.axes[1].get_xticklabels(), made._suptitle]
        boxes = [text.get_window_extent() for text in said]
        assert all(box.x0 >= 0 and box.x1 <= made.bbox.x1 for box in boxes)
        times = [label.get_window_extent() for label in made.axes[1].get_xticklabels()]
        assert all(a.x1 < b.x0 for a, b in zip(times, times[1:]))

    @pytest.mark.parametrize("width", [2.9, 41, None, "8"])
    def test_other_widths_are_refused(self, width: Any) -> None:
        """A width is a number of inches."""
        with pytest.raises(zc.ZcpolicyError, match="a number from 3 to 40"):
            plot.figure(FORECAST, width=width)

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


_START: Dict[plot.Format, bytes] = {"png": b"\x89PNG\r\n", "svg": b"<?xml ", "pdf": b"%PDF-"}
FORMATS = pytest.mark.parametrize("kind", _START)
# What another process makes of a pickled forecast, whatever matplotlib is set to.
_ELSEWHERE = """
import pickle, sys
from matplotlib import rc_context
from zcpolicy import plot
forecast = pickle.load(sys.stdin.buffer)
with rc_context({"svg.hashsalt": "mine"}):
    made = [plot.picture(forecast, kind) for kind in sys.argv[1:]]
pickle.dump(made, sys.stdout.buffer)
"""


@pytest.fixture(scope="module")
def made() -> Dict[str, bytes]:
    """The picture of FORECAST in each format."""
    return {kind: plot.picture(FORECAST, kind) for kind in _START}


class TestScales:
    """Where ticks are."""

    @pytest.mark.parametrize(
        ("end", "last", "number"),
        [
            *((0, "0", 1), (1, "1 ms", 2), (7, "7 ms", 8), (8, "8 ms", 5), (3500, "3.5 s", 8)),
            *((59000, "50 s", 6), (299999, "4 min", 5), (7200000, "2 h", 7)),
            *((172800000, "2 d", 5), (86400000 * 70, "70 d", 8), (86400000 * 100, "100 d", 2)),
            (86400000 * 36500, "30000 d", 4),
        ],
    )
    def test_times(self, end: int, last: str, number: int) -> None:
        """Steps are round ones, and from one to eight ticks say them."""
        places, texts = time_ticks(end)
        assert (texts[0], texts[-1], len(texts)) == ("0", last, number)
        assert len({b - a for a, b in zip(places, places[1:])}) <= 1

    @pytest.mark.parametrize(
        ("low", "high", "said"),
        [
            (1, 5, ["1 bytes", "2 bytes", "4 bytes"]),
            (3 << 30, 5 << 40, ["4 GiB", "16 GiB", "64 GiB", "256 GiB", "1 TiB", "4 TiB"]),
            (1 << 20, 1 << 40, ["1 MiB", "32 MiB", "1 GiB", "32 GiB", "1 TiB"]),
            (
                1,
                1 << 69,
                ["1 bytes", *["1 KiB", "1 MiB", "1 GiB", "1 TiB", "1024 TiB"], "1048576 TiB"],
            ),
            (1, 1 << 80, ["1 bytes", "1 MiB", "1 TiB", "1048576 TiB", "1099511627776 TiB"]),
        ],
    )
    def test_sizes(self, low: float, high: float, said: List[str]) -> None:
        """They are powers of two, on whole units."""
        places, texts = size_ticks(low, high)
        assert texts == said
        assert all(low <= place <= high for place in places)


class TestShown:
    """What a notebook shows."""

    def test_a_figure_shows_itself(self) -> None:
        """It is a picture twice as sharp as it is wide, without pyplot."""
        made: Any = FORECAST.plot()
        found, metadata = made._repr_png_()
        assert found.startswith(b"\x89PNG")
        width = int.from_bytes(found[16:20], "big")
        assert (width, metadata) == (1280, {"width": 768})
        assert "matplotlib.pyplot" not in sys.modules


class TestPicture:
    """The picture as the bytes of a file."""

    @FORMATS
    def test_formats(self, kind: plot.Format, made: Dict[str, bytes]) -> None:
        """Each format has its own bytes."""
        assert made[kind].startswith(_START[kind])

    def test_the_same_forecast_has_the_same_bytes(self, made: Dict[str, bytes]) -> None:
        """Whatever matplotlib is set to, and in another process at another time.

        What is set for a picture is not kept.
        """
        with rc_context({"svg.hashsalt": "mine"}):
            assert plot.picture(FORECAST, "svg") == made["svg"]
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
    def test_another_forecast_has_others(self, kind: plot.Format, made: Dict[str, bytes]) -> None:
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all variants are, as drawn now."""
    folder = tmp_path_factory.mktemp("pictures")
    forecast_pictures.save("forecast", forecast_pictures.PICTURES["database"], folder)
    return folder


class TestFirstPage:
    """The picture of the first page and of the README, which is kept."""

    @pytest.mark.parametrize("suffix", forecast_pictures.VARIANTS)
    def test_it_is_what_the_code_draws(self, suffix: str, folder: Path) -> None:
        """Its words and the points of its curves; ``python docs/forecast_pictures.py`` makes it.

        Not its bytes: versions of matplotlib lay it out a little differently.
        """
        name = f"forecast{suffix}.svg"
        kept = forecast_pictures.HERE.joinpath("_static", name).read_text("utf-8")
        drawn = folder.joinpath(name).read_text("utf-8")
        words = re.findall(r"<!-- (.*?) -->", drawn)
        assert re.findall(r"<!-- (.*?) -->", kept) == words
        assert "1 TiB" in words
        assert curves(kept) == pytest.approx(curves(drawn), abs=6)


def curves(svg: str) -> List[float]:
    """The numbers of all that is drawn within axes."""
    paths = re.findall(r'<path d="([^"]*)" clip-path', svg)
    return [float(number) for path in paths for number in re.findall(r"-?[\d.]+", path)]


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
