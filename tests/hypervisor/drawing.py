"""Two kinds of drawings, SVG as text: the same bytes each time, and nothing to install."""

import math
from typing import List, Mapping, Optional, Sequence, Tuple
from xml.sax.saxutils import escape

__all__ = ["bars", "scatter"]

_COLOURS = ("#1b6ca8", "#c0562b", "#3f8f4f")
_FONT = 'font-family="sans-serif" font-size="12" fill="#444"'
_ROW = 22
_LETTER = 6.5  # how wide one is, on average
_LEFT, _RIGHT, _TOP = 180, 24, 12


def scatter(
    points: Mapping[str, Sequence[Tuple[float, float]]], across: str, up: str, size: int = 480
) -> str:
    """Groups of points (x, y) above 0 on logarithmic scales, with the line where both are equal."""
    values = [value for group in points.values() for point in group for value in point]
    low = math.log(min(values)) - 0.1
    high = math.log(max(values)) + 0.1
    inner = size - 80

    def x(value: float) -> str:
        return f"{60 + (math.log(value) - low) / (high - low) * inner:.1f}"

    def y(value: float) -> str:
        return f"{20 + inner - (math.log(value) - low) / (high - low) * inner:.1f}"

    ends = (math.exp(low), math.exp(high))
    parts = [
        f'<rect x="60" y="20" width="{inner}" height="{inner}" fill="none" stroke="#999"/>',
        f'<line x1="{x(ends[0])}" y1="{y(ends[0])}" x2="{x(ends[1])}" y2="{y(ends[1])}" '
        'stroke="#999" stroke-dasharray="4"/>',
    ]
    for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500):
        if ends[0] < tick < ends[1]:
            parts += [
                f'<text x="{x(tick)}" y="{inner + 36}" text-anchor="middle" {_FONT}>{tick}</text>',
                f'<text x="54" y="{y(tick)}" text-anchor="end" {_FONT}>{tick}</text>',
            ]
    for number, (name, group) in enumerate(points.items()):
        colour = _COLOURS[number]
        parts += [
            f'<circle cx="{x(point[0])}" cy="{y(point[1])}" r="3.5" fill="{colour}" '
            'fill-opacity="0.6"/>'
            for point in group
        ]
        parts.append(_legend(name, colour, 72, 38 + 18 * number))
    parts += [
        f'<text x="{60 + inner / 2:.0f}" y="{size - 6}" text-anchor="middle" {_FONT}>'
        f"{escape(across)}</text>",
        f'<text x="14" y="{20 + inner / 2:.0f}" text-anchor="middle" {_FONT} '
        f'transform="rotate(-90 14 {20 + inner / 2:.0f})">{escape(up)}</text>',
    ]
    return _svg(size, size, parts)


def bars(
    shares: Mapping[str, Sequence[Optional[float]]], names: Sequence[str], wanted: float
) -> str:
    """A row for each, with a mark for each name at its share, and a line at what is wanted."""
    width = 640
    inner = width - _LEFT - _RIGHT
    height = _TOP + _ROW * len(shares) + 40
    bottom = _TOP + _ROW * len(shares)

    def x(share: float) -> str:
        return f"{_LEFT + share * inner:.1f}"

    parts = [
        f'<line x1="{x(share)}" y1="{_TOP}" x2="{x(share)}" y2="{bottom}" stroke="#ddd"/>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    parts.append(
        f'<line x1="{x(wanted)}" y1="{_TOP}" x2="{x(wanted)}" y2="{bottom}" stroke="#666" '
        'stroke-dasharray="4"/>'
    )
    for number, (kind, of) in enumerate(shares.items()):
        middle = _TOP + _ROW * number + _ROW // 2
        parts.append(
            f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end" {_FONT}>'
            f"{escape(kind)}</text>"
        )
        for index, share in enumerate(of):
            if share is not None:
                # One above the other, or those that are equal would hide each other.
                at = middle + 5 * (index - 1)
                parts.append(f'<circle cx="{x(share)}" cy="{at}" r="4" fill="{_COLOURS[index]}"/>')
    parts += [
        f'<text x="{x(share)}" y="{bottom + 16}" text-anchor="middle" {_FONT}>{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    beside = 12.0
    for index, name in enumerate(names):
        parts.append(_legend(name, _COLOURS[index], beside, bottom + 36))
        beside += 24 + _LETTER * len(name)
    return _svg(width, height, parts)


def _legend(name: str, colour: str, x: float, y: int) -> str:
    return (
        f'<circle cx="{x}" cy="{y - 4}" r="4" fill="{colour}"/>'
        f'<text x="{x + 8}" y="{y}" {_FONT}>{escape(name)}</text>'
    )


def _svg(width: int, height: int, parts: List[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )
