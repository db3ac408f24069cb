"""Bars and lines of a chart: how long each is, and where it stands."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

ROW_PX = 36
"""Height of a bar with its label above it."""

LONGEST_LABEL = 36
"""Characters that fit beside the value on a phone; the table has the whole label."""

MOST_BARS = 12
"""A longer list is shown by its first bars; its table has all of it."""

LINE_WIDTH, LINE_HEIGHT = 300, 60
"""Units of a line's drawing, which is stretched to its place."""

_EDGE = 4


class Row(NamedTuple):
    """What a chart shows: by the contents' number it is drawn."""

    label: str
    contents: int
    files: int


class Bar(NamedTuple):
    """One bar."""

    label: str
    value: int
    width: float
    """Percent of the chart's width, 0 to 100."""

    top: int
    """Pixels from the chart's top to the row's top."""


class Chart(NamedTuple):
    """Bars below each other, the longest across the whole width."""

    bars: tuple[Bar, ...]
    height: int
    """Pixels."""

    rows: tuple[Row, ...]
    """All of them, for the table behind the chart."""


class Line(NamedTuple):
    """A line through values, from the left to the right."""

    points: tuple[tuple[float, float], ...]
    """x from 0 to `LINE_WIDTH`; y from the top, 0 to `LINE_HEIGHT`."""


def bar_chart(values: Iterable[Row]) -> Chart:
    """Return the chart of rows, in their order."""
    rows = tuple(values)
    longest = max((row.contents for row in rows), default=0)
    bars = tuple(
        Bar(
            _shortened(row.label),
            row.contents,
            _percent(row.contents, longest),
            place * ROW_PX,
        )
        for place, row in enumerate(rows[:MOST_BARS])
    )
    return Chart(bars, len(bars) * ROW_PX, rows)


def line(values: Sequence[int]) -> Line:
    """Return the line through values, at least two; the lowest is at the bottom."""
    low, high = min(values), max(values)
    step = (LINE_WIDTH - 2 * _EDGE) / (len(values) - 1)
    tall = LINE_HEIGHT - 2 * _EDGE
    return Line(
        tuple(
            (
                round(_EDGE + place * step, 1),
                # What never changed runs through the middle.
                round(
                    _EDGE
                    + tall * ((high - value) / (high - low) if high > low else 0.5),
                    1,
                ),
            )
            for place, value in enumerate(values)
        )
    )


def _shortened(label: str) -> str:
    if len(label) <= LONGEST_LABEL:
        return label
    return label[: LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _percent(value: int, longest: int) -> float:
    # Something is never drawn as nothing.
    return max(100 * value / longest, 0.4) if value else 0.0
