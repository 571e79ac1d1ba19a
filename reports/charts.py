"""Geometry of the report's charts: pure functions from numbers to the positions that the SVG partials print.

Lengths are in SVG user units with the origin at the top left. Coordinates leave as text with one decimal, so that no
locale can print them with a comma and the same figures always draw the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LABEL_BASELINE = 3.2
"""Distance from the middle of a mark down to the baseline of the label beside it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line: its position along the axis and its label."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its name and its value, each with the place of its text."""

    x: str
    y: str
    width: str
    height: str
    name: str
    name_x: str
    name_y: str
    value: str
    value_x: str
    value_y: str


@dataclass(frozen=True, slots=True)
class Point:
    """A marker on a line."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns over time, with one line drawn over them. `segments` are runs of months without a gap ("x,y x,y …")."""

    width: int
    height: int
    left: str
    right: str
    floor: str
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    segments: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars lying one below the other."""

    width: int
    height: int
    axis: str
    bars: tuple[Bar, ...]


def nice_ticks(maximum: int, steps: int = 5) -> tuple[int, ...]:
    """At most `steps` + 1 round integers from 0 to the first one that is ≥ `maximum`; (0, 1) for nothing to show."""
    if maximum <= 0:
        return (0, 1)
    scale = 1
    while True:
        for factor in (1, 2, 5):
            step = factor * scale
            if step * steps >= maximum:
                return tuple(range(0, step * -(-maximum // step) + 1, step))
        scale *= 10


def column_chart(
    *,
    labels: Sequence[str],
    columns: Sequence[int | None],
    line: Sequence[int | None] = (),
    width: int = 480,
    height: int = 210,
) -> ColumnChart:
    """A month's column per label, `None` leaving a gap, and `line` (same length, or empty) over them."""
    left, right, top, floor = 44.0, width - 6.0, 14.0, height - 22.0
    ticks = nice_ticks(max((value for value in (*columns, *line) if value is not None), default=0))
    slot = (right - left) / max(len(labels), 1)

    def level(value: int) -> float:
        return floor - (floor - top) * max(value, 0) / ticks[-1]

    middles = [left + slot * (index + 0.5) for index in range(len(labels))]
    bars = tuple(
        Bar(
            x=_text(middle - slot * 0.31),
            y=_text(level(value or 0)),
            width=_text(slot * 0.62),
            height=_text(floor - level(value or 0)),
            name=label,
            name_x=_text(middle),
            name_y=_text(floor + 12),
            value="" if value is None else str(value),
            value_x=_text(middle),
            # At the foot of the column: at its top the line would run through the number.
            value_y=_text(floor - 4),
        )
        for label, middle, value in zip(labels, middles, columns, strict=True)
    )
    runs = _runs([None if value is None else (x, level(value)) for x, value in zip(middles, line, strict=False)])
    return ColumnChart(
        width=width,
        height=height,
        left=_text(left),
        right=_text(right),
        floor=_text(floor),
        ticks=tuple(Tick(at=_text(level(tick)), label=str(tick)) for tick in ticks),
        bars=bars,
        segments=tuple(" ".join(f"{_text(x)},{_text(y)}" for x, y in run) for run in runs if len(run) > 1),
        points=tuple(Point(x=_text(x), y=_text(y)) for run in runs for x, y in run),
    )


def bar_chart(rows: Sequence[tuple[str, int, str]], *, width: int = 480, row_height: float = 15.0) -> BarChart:
    """Bars for (name, value, text printed after the bar), longest = the greatest value; negative values draw no bar."""
    axis = 16.0 + 8.6 * max((len(name) for name, _, _ in rows), default=0)
    # The text after the longest bar must end inside the picture.
    room = width - axis - 12.0 - 4.6 * max((len(text) for _, _, text in rows), default=0)
    greatest = max((value for _, value, _ in rows), default=0)
    bars = []
    for index, (name, value, text) in enumerate(rows):
        middle = 4.0 + row_height * (index + 0.5)
        length = room * max(value, 0) / greatest if greatest > 0 else 0.0
        bars.append(
            Bar(
                x=_text(axis),
                y=_text(middle - row_height * 0.34),
                width=_text(length),
                height=_text(row_height * 0.68),
                name=name,
                name_x=_text(axis - 5),
                name_y=_text(middle + LABEL_BASELINE),
                value=text,
                value_x=_text(axis + length + 4),
                value_y=_text(middle + LABEL_BASELINE),
            )
        )
    return BarChart(width=width, height=round(row_height * len(rows) + 8), axis=_text(axis), bars=tuple(bars))


def _runs(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def _text(length: float) -> str:
    return f"{length:.1f}"
