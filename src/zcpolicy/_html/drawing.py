"""A forecast's curve as SVG inside a page, in the colors of the page's text."""

import itertools
import math
from typing import Iterable, Iterator, List, Tuple

from .._forecast.forecast import Forecast
from ..plot._curves import edge_ms, limits, remaining, repeated, sizes
from ..plot._scales import size_ticks, time_ticks
from .markup import Html, tag

__all__ = ["curve"]

_WIDTH, _HEIGHT = 480, 220
# The margins for the axes: left, top, right, bottom.
_LEFT, _TOP, _RIGHT, _BOTTOM = 58, 6, 10, 20
_BLUE, _RED = "#3b82c4", "#d64545"
_STYLE = "width:100%;max-width:600px;height:auto;font:11px sans-serif;display:block"


def curve(forecast: Forecast) -> Html:
    """What remains to be sent over time, what fits the limit, and a band for the end."""
    scale = _Scale(forecast)
    low, high = forecast.total_ms_range
    end = scale.edge if high is None else min(high, scale.edge)
    return tag(
        "svg",
        tag("title", f"Memory left to send over time. {forecast.verdict}"),
        *_axes(scale),
        scale.box(low or 0, end, scale.low, scale.high, fill=_BLUE, fill_opacity=0.14),
        *[
            scale.box(start, until, least, most, fill=_BLUE, fill_opacity=0.5)
            for start, until, least, most in repeated(forecast)
        ],
        *[scale.line(points, _BLUE) for points in _unbroken(remaining(forecast))],
        scale.line(_steps(limits(forecast)), _RED),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        style=_STYLE,
    )


class _Scale:
    """Maps times and sizes to coordinates."""

    def __init__(self, forecast: Forecast) -> None:
        self.edge = edge_ms(forecast)
        self.low, self.high = sizes(forecast)
        self._wide = (_WIDTH - _LEFT - _RIGHT) / self.edge
        self._tall = (_HEIGHT - _TOP - _BOTTOM) / math.log(self.high / self.low)

    def x(self, at_ms: float) -> float:
        return round(_LEFT + self._wide * at_ms, 1)

    def y(self, size: float) -> float:
        return round(_TOP + self._tall * math.log(self.high / max(size, self.low)), 1)

    def line(self, points: Iterable[Tuple[float, float]], color: str) -> Html:
        """A curve through points of ms and bytes."""
        drawn = " ".join([f"{self.x(at)},{self.y(size)}" for at, size in points])
        return tag("polyline", points=drawn, fill="none", stroke=color, stroke_width=1.5)

    def box(self, start: float, end: float, least: float, most: float, **look: object) -> Html:
        """A rectangle between two times and two sizes."""
        x, y = self.x(start), self.y(most)
        # A time off the axis draws nothing.
        wide, tall = max(0, self.x(end) - x), self.y(least) - y
        return tag("rect", x=x, y=y, width=round(wide, 1), height=round(tall, 1), **look)


def _axes(scale: _Scale) -> Iterator[Html]:
    bottom = scale.y(scale.low)
    grid = {"stroke": "currentColor", "stroke_opacity": 0.15}
    for at, said in zip(*time_ticks(scale.edge)):
        yield tag("line", x1=scale.x(at), x2=scale.x(at), y1=_TOP, y2=bottom, **grid)
        yield _label(said, scale.x(at), bottom + 14, "middle" if at else "start")
    for size, said in zip(*size_ticks(scale.low, scale.high)):
        place = scale.y(size)
        yield tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=place, y2=place, **grid)
        yield _label(said, _LEFT - 5, place + 4, "end")


def _label(said: str, x: float, y: float, anchor: str) -> Html:
    return tag("text", said, x=x, y=round(y, 1), text_anchor=anchor, fill="currentColor")


def _unbroken(points: Iterable[Tuple[float, float]]) -> Iterator[List[Tuple[float, float]]]:
    """The pieces between the points that are not drawn."""
    for drawn, group in itertools.groupby(points, lambda point: not math.isnan(point[1])):
        if drawn:
            yield list(group)


def _steps(points: List[Tuple[float, float]]) -> Iterator[Tuple[float, float]]:
    for (at, size), (until, _) in zip(points, points[1:]):
        yield from ((at, size), (until, size))
