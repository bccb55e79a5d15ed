"""Charts as inline SVG, in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from seq2seq.report.markup import system_name, tag
from seq2seq.report.scales import Scale, even_ticks, logarithmic_ticks, number_text, round_limits, thinned

WIDTH, HEIGHT = 400, 235
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 42
_MOST_POINTS = 300
_DOTS_UP_TO = 60  # points; more of them would be a thick line
_SMALL_FROM = 6  # more labels than this would touch each other
_ROW = 30  # height of a system in a chart of intervals
_SERIES_STYLES = 8  # colours of the page


@dataclass(frozen=True)
class Series:
    """One line of a chart: whose it is by place, (x, y) points, and whether it is to stand back."""

    name: str
    place: int
    points: Sequence[tuple[float, float]]
    pale: bool = False


@dataclass(frozen=True)
class Interval:
    """One row of a chart of intervals."""

    name: str
    place: int
    value: float
    low: float
    high: float


def line_chart(
    title: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    logarithmic: bool = False,
) -> Element:
    """Curves over one axis; markers where they have few points."""
    series = [one for one in series if one.points]
    xs = [x for one in series for x, _ in one.points]
    ys = [y for one in series for _, y in one.points]
    low, high = min(ys), max(ys)
    if low == high:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    logarithmic = logarithmic and low > 0
    if not logarithmic:
        low, high = round_limits(low, high)
    y_scale = Scale(low, high, HEIGHT - BOTTOM, TOP, logarithmic)
    x_scale = Scale(min(0.0, *xs), max(xs), LEFT, WIDTH - RIGHT)
    parts = _grid(y_scale, logarithmic_ticks(low, high) if logarithmic else even_ticks(low, high), y_label)
    parts += _x_ticks([(x_scale(tick), number_text(tick)) for tick in even_ticks(x_scale.low, x_scale.high)], x_label)
    for one in series:
        points = thinned(sorted(one.points), _MOST_POINTS)
        path = " ".join(f"{x_scale(x)},{y_scale(y)}" for x, y in points)
        pale = " pale" if one.pale else ""
        parts.append(tag("polyline", {"class": f"curve {_style(one.place)}{pale}", "points": path}))
        if len(points) <= _DOTS_UP_TO and not one.pale:
            for x, y in points:
                told = f"{one.name}: {number_text(x)}, {y:.6g}"
                circle = {"class": f"dot {_style(one.place)}", "cx": x_scale(x), "cy": y_scale(y), "r": 3}
                parts.append(tag("circle", circle, tag("title", {}, told)))
    return _figure(title, parts, [(one.name, one.place) for one in series if not one.pale])


def bar_chart(
    title: str,
    categories: Sequence[str],
    values: Sequence[tuple[str, int, Sequence[float | None]]],
    x_label: str,
    y_label: str,
) -> Element:
    """Bars from 0 up for each category, one a system: (name, place, values); None is no bar."""
    high = max((value for _, _, row in values for value in row if value is not None), default=1.0) or 1.0
    high = round_limits(0.0, high)[1]
    y_scale = Scale(0.0, high, HEIGHT - BOTTOM, TOP)
    parts = _grid(y_scale, even_ticks(0.0, high), y_label)
    slot = (WIDTH - LEFT - RIGHT) / len(categories)
    bar = min(30.0, 0.8 * slot / len(values))
    ticks = []
    for number, category in enumerate(categories):
        middle = LEFT + slot * (number + 0.5)
        ticks.append((round(middle, 2), category))
        for order, (name, place, row) in enumerate(values):
            value = row[number]
            if value is None:
                continue
            top = y_scale(value)
            box = {
                "class": f"bar {_style(place)}",
                "x": round(middle + bar * (order - len(values) / 2), 2),
                "y": top,
                "width": round(bar * 0.92, 2),
                "height": round(HEIGHT - BOTTOM - top, 2),
            }
            parts.append(tag("rect", box, tag("title", {}, f"{name}, {category}: {value:.1f}")))
    parts += _x_ticks(ticks, x_label)
    return _figure(title, parts, [(name, place) for name, place, _ in values])


def histogram(
    title: str, values: Sequence[tuple[str, int, Sequence[float]]], x_label: str, low: float, high: float, bins: int
) -> Element:
    """How many values of each system fall into each of `bins` equal classes from `low` to `high`; what is beyond counts
    in the class at the end."""
    counted = []
    for name, place, row in values:
        counts = [0] * bins
        for value in row:
            counts[min(bins - 1, max(0, int((value - low) / (high - low) * bins)))] += 1
        counted.append((name, place, counts))
    most: float = max(count for _, _, counts in counted for count in counts)
    most = round_limits(0.0, most)[1]
    y_scale = Scale(0.0, most, HEIGHT - BOTTOM, TOP)
    x_scale = Scale(low, high, LEFT, WIDTH - RIGHT)
    parts = _grid(y_scale, [tick for tick in even_ticks(0.0, most) if tick == int(tick)], "sentences")
    for name, place, counts in counted:
        corners = [(x_scale(low), y_scale(0.0))]
        for number, count in enumerate(counts):
            edges = [low + (high - low) * (number + side) / bins for side in (0, 1)]
            corners += [(x_scale(edge), y_scale(count)) for edge in edges]
        corners.append((x_scale(high), y_scale(0.0)))
        path = " ".join(f"{x},{y}" for x, y in corners)
        parts.append(tag("polygon", {"class": f"area {_style(place)}", "points": path}, tag("title", {}, name)))
    parts += _x_ticks([(x_scale(tick), number_text(tick)) for tick in even_ticks(low, high)], x_label)
    return _figure(title, parts, [(name, place) for name, place, _ in values])


def interval_chart(title: str, rows: Sequence[Interval]) -> Element:
    """A dot with its interval for each system, one below the other."""
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    margin = 0.06 * (high - low) or 1.0
    height = TOP + _ROW * len(rows) + 26
    x_scale = Scale(low - margin, high + margin, 12, WIDTH - RIGHT)
    parts: list[Element] = []
    for tick in even_ticks(low - margin, high + margin):
        x = x_scale(tick)
        parts.append(tag("line", {"class": "grid", "x1": x, "x2": x, "y1": TOP, "y2": height - 26}))
        place = {"class": "tick", "x": x, "y": height - 10, "text-anchor": "middle"}
        parts.append(tag("text", place, number_text(tick)))
    for number, row in enumerate(rows):
        y = TOP + _ROW * (number + 0.5)
        style = _style(row.place)
        told = f"{row.name}: {row.value:.2f}, 95 % from {row.low:.2f} to {row.high:.2f}"
        whisker = {"class": f"whisker {style}", "x1": x_scale(row.low), "x2": x_scale(row.high), "y1": y, "y2": y}
        dot = {"class": f"dot {style}", "cx": x_scale(row.value), "cy": y, "r": 5}
        parts.append(tag("g", {}, tag("title", {}, told), tag("line", whisker), tag("circle", dot)))
    return _figure(title, parts, [(row.name, row.place) for row in rows], height)


def chart_grid(charts: Sequence[Element]) -> Element:
    """Charts side by side as the page is wide; an even number of them in twos."""
    return tag("div", {"class": "charts twos" if len(charts) % 2 == 0 else "charts"}, *charts)


def _style(place: int) -> str:
    return f"series-{place % _SERIES_STYLES}"


def _grid(scale: Scale, ticks: Sequence[float], label: str) -> list[Element]:
    parts = []
    for tick in ticks:
        y = scale(tick)
        parts.append(tag("line", {"class": "grid", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": y, "y2": y}))
        place = {"class": "tick", "x": LEFT - 6, "y": y + 4, "text-anchor": "end"}
        parts.append(tag("text", place, number_text(tick)))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = {"class": "axis", "transform": f"translate(12 {middle}) rotate(-90)", "text-anchor": "middle"}
    return [*parts, tag("text", turned, label)]


def _x_ticks(ticks: Sequence[tuple[float, str]], label: str) -> list[Element]:
    line = {"class": "ground", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": HEIGHT - BOTTOM, "y2": HEIGHT - BOTTOM}
    parts = [tag("line", line)]
    style = "tick small" if len(ticks) > _SMALL_FROM else "tick"
    for x, text in ticks:
        parts.append(tag("text", {"class": style, "x": x, "y": HEIGHT - BOTTOM + 15, "text-anchor": "middle"}, text))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(tag("text", {"class": "axis", "x": middle, "y": HEIGHT - 5, "text-anchor": "middle"}, label))
    return parts


def _figure(title: str, parts: Sequence[Element], legend: Sequence[tuple[str, int]], height: int = HEIGHT) -> Element:
    """The chart under its title; the legend names each system once, if there are several."""
    names = list(dict.fromkeys(legend))
    picture = tag("svg", {"viewBox": f"0 0 {WIDTH} {height}", "role": "img", "aria-label": title}, *parts)
    key = None
    if len(names) > 1:
        key = tag("span", {"class": "legend"}, *(system_name(name, place) for name, place in names))
    return tag("figure", {"class": "chart"}, tag("figcaption", {}, tag("b", {}, title), key), picture)
