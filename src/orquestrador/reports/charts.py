"""Bars of a chart: how long each is, and where it stands."""

from collections.abc import Iterable
from typing import NamedTuple

ROW_PX = 36
"""Height of a bar with its label above it."""

LONGEST_LABEL = 36
"""Characters that fit beside the value on a phone; the table has the whole label."""

MOST_BARS = 12
"""A longer list is shown by its first bars; its table has all of it."""


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


def _shortened(label: str) -> str:
    if len(label) <= LONGEST_LABEL:
        return label
    return label[: LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _percent(value: int, longest: int) -> float:
    # Something is never drawn as nothing.
    return max(100 * value / longest, 0.4) if value else 0.0
