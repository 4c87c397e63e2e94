"""The plot: seconds over briefs on logarithmic axes, as SVG that reads on light and on dark ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from builds import course

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builds.measure import Row

_WIDTH, _HEIGHT = 1090, 460
_TOP, _BOTTOM = 80, 400
_PANEL, _GAP = 290, 15
_LIGHT = ("#1b6ca8", "#b3541e", "#3a7d34", "#8a4fa3", "#8a6d00", "#5f6670")
_DARK = ("#6cb8f0", "#f0965a", "#7fce77", "#cf9ce4", "#e0c04a", "#aab2bd")
_TITLE = "Seconds over briefs, for each contender"


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where values lie: logarithms of briefs and seconds as points of one panel."""

    left: float
    briefs: int
    low: int
    high: int

    def x(self, briefs: float) -> float:
        return self.left + _PANEL * math.log10(briefs) / math.log10(self.briefs)

    def y(self, seconds: float) -> float:
        share = (math.log10(seconds) - self.low) / (self.high - self.low)
        return _BOTTOM - (_BOTTOM - _TOP) * share


def svg(rows: Sequence[Row]) -> str:
    """Return the plot of rows: what finds nothing to do on the left, what makes things on the right."""
    rows = [row for row in rows if row.seconds]
    root = ET.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img"
    )
    root.set("aria-labelledby", "title desc")
    ET.SubElement(root, "title", id="title").text = _TITLE
    ET.SubElement(root, "desc", id="desc").text = _described(rows)
    ET.SubElement(root, "style").text = _style()
    ET.SubElement(root, "rect", {"class": "ground", "width": str(_WIDTH), "height": str(_HEIGHT)})
    _text(root, 20, 30, _TITLE, "title")
    times = [second for row in rows for second in row.seconds]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    most = max(10, *(row.briefs for row in rows))
    for left, names, title in (
        (60, course.CALM, "Nothing to do"),
        (590, course.BUSY, "Something to do, by doit"),
    ):
        axes = _Axes(left, most, low, max(high, low + 1))
        _grid(root, axes, title)
        _lines(root, axes, [[row for row in rows if row.name == name] for name in names])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _described(rows: Sequence[Row]) -> str:
    told = (f"{row.name} ({row.briefs:,}): {row.median:.3f} s" for row in rows)
    return f"Medians on logarithmic axes, with the number of briefs. {'; '.join(told)}."


def _style() -> str:
    def rules(ground: str, ink: str, rule: str, colours: Sequence[str]) -> str:
        lines = [f".ground {{ fill: {ground} }} text {{ fill: {ink} }} .rule {{ stroke: {rule} }}"]
        for index, colour in enumerate(colours):
            lines.append(
                f".line{index} {{ stroke: {colour} }} .name{index}, .dot{index} {{ fill: {colour} }}"
            )
        return "\n".join(lines)

    return f"""
text {{ font: 12px system-ui, sans-serif }} .title {{ font-size: 16px; font-weight: 600 }}
.end {{ text-anchor: end }} .middle {{ text-anchor: middle }} polyline {{ fill: none; stroke-width: 2 }}
{rules("#ffffff", "#24292f", "#d8dee4", _LIGHT)}
@media (prefers-color-scheme: dark) {{
{rules("#0d1117", "#e6edf3", "#30363d", _DARK)}
}}
"""


def _grid(root: ET.Element, axes: _Axes, title: str) -> None:
    _text(root, axes.left, _TOP - 18, title, "start")
    for power in range(axes.low, axes.high + 1):
        y = axes.y(10.0**power)
        _rule(root, axes.left, y, axes.left + _PANEL, y)
        _text(root, axes.left - 6, y + 4, f"{10.0**power:g}", "end")
    for power in range(int(math.log10(axes.briefs)) + 1):
        x = axes.x(10**power)
        _rule(root, x, _TOP, x, _BOTTOM)
        _text(root, x, _BOTTOM + 18, f"{10**power:,}", "middle")
    _text(root, axes.left + _PANEL / 2, _BOTTOM + 40, "briefs", "middle")
    name = _text(root, axes.left - 40, (_TOP + _BOTTOM) / 2, "seconds", "middle")
    name.set("transform", f"rotate(-90 {axes.left - 40} {(_TOP + _BOTTOM) / 2:g})")


def _lines(root: ET.Element, axes: _Axes, series: Sequence[Sequence[Row]]) -> None:
    """Draw a line for each series, and its name at its end; names keep apart from each other."""
    ends: list[tuple[float, int, Row]] = []
    for index, rows in enumerate(series):
        points = sorted((row.briefs, row) for row in rows)
        if not points:
            continue
        places = [(axes.x(briefs), axes.y(row.median)) for briefs, row in points]
        ET.SubElement(
            root,
            "polyline",
            {"class": f"line{index}", "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in places)},
        )
        for x, y in places:
            ET.SubElement(
                root, "circle", {"class": f"dot{index}", "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "3"}
            )
        ends.append((places[-1][1], index, points[-1][1]))
    for (_, index, row), y in zip(sorted(ends), _apart(sorted(end[0] for end in ends)), strict=True):
        _text(root, axes.left + _PANEL + 10, y + 4, row.name, f"name{index}")


def _apart(heights: Sequence[float]) -> Iterator[float]:
    lowest = -math.inf
    for height in heights:
        lowest = max(height, lowest + _GAP)
        yield lowest


def _rule(root: ET.Element, x1: float, y1: float, x2: float, y2: float) -> None:
    places = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    ET.SubElement(root, "line", {"class": "rule", **{key: f"{value:.1f}" for key, value in places.items()}})


def _text(root: ET.Element, x: float, y: float, text: str, name: str) -> ET.Element:
    made = ET.SubElement(root, "text", {"class": name, "x": f"{x:.1f}", "y": f"{y:.1f}"})
    made.text = text
    return made
