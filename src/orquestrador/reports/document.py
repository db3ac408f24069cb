"""A report in words: what the formats for people have in common.

Every text is safe to show (`orquestrador.visible`) and in the reader's language; a
format only has to keep its own special characters apart.
"""

from typing import NamedTuple

from orquestrador.reports.charts import Chart, Line
from orquestrador.reports.saying import Said


class Tile(NamedTuple):
    """A figure at the top."""

    value: str
    name: str
    note: str = ""
    is_alarming: bool = False


class Status(NamedTuple):
    """A sentence that matters, on a coloured ground."""

    text: str
    is_good: bool


class Note(NamedTuple):
    """A sentence between other blocks."""

    text: str


class Advised(NamedTuple):
    """A recommendation and its reason."""

    what: str
    why: str


class AdviceList(NamedTuple):
    """Recommendations, the most urgent first."""

    items: tuple[Advised, ...]


class Facts(NamedTuple):
    """Names and what they stand for."""

    items: tuple[tuple[str, str], ...]


class Column(NamedTuple):
    """The head of a column."""

    title: str
    is_number: bool = False


class Cell(NamedTuple):
    """One place in a table."""

    text: str
    is_name: bool = False
    """Whether it is a path or the like, which may be broken anywhere."""

    note: str = ""
    lines: tuple["Cell", ...] = ()
    """Below each other; a line's note is source text."""

    folded: tuple[str, ...] = ()
    """More of it, shown when asked for."""


class Table(NamedTuple):
    """Rows of cells."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    """Below it: what is left out."""


class BarChart(NamedTuple):
    """Bars, with a table of the same figures behind them."""

    title: str
    chart: Chart
    is_alarming: bool = False


class LineChart(NamedTuple):
    """How a figure went, with a table of all figures behind it in the section."""

    title: str
    line: Line
    first: str
    last: str


class AllFiles(NamedTuple):
    """Here stand all files, in whatever way the format has for so many."""


Block = Status | Note | AdviceList | Facts | Table | BarChart | LineChart | AllFiles


class Section(NamedTuple):
    """What stands below one heading."""

    title: str
    blocks: tuple[Block, ...]


class Document(NamedTuple):
    """A report in one language."""

    language: str
    """As in HTML: `pt-BR`."""

    title: str
    library: str
    about: str
    """As of when, and by which program."""

    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    footer: str
    say: Said
    """The language, for what a format says itself."""
