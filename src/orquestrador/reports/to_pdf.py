"""A report as PDF, with fpdf2; loaded only when one is written."""

from collections.abc import Iterable
from typing import assert_never

from orquestrador.errors import ReportError
from orquestrador.reports.data import ReportData
from orquestrador.reports.document import (
    AdviceList,
    AllFiles,
    BarChart,
    Block,
    Cell,
    Document,
    Facts,
    LineChart,
    Note,
    Status,
    Table,
    Tile,
)
from orquestrador.reports.sections import document
from orquestrador.words import Words

try:
    from fpdf import FPDF
    from fpdf.enums import (
        TableBordersLayout,
        TableCellFillMode,
        XPos,
        YPos,
    )
    from fpdf.fonts import FontFace
except ImportError as error:
    raise ReportError(
        "a PDF report needs fpdf2, which is not installed; install it with: "
        "python -m pip install 'orquestrador[pdf]'"
    ) from error

_TEXT, _SOFT, _LINE = (27, 34, 48), (86, 96, 116), (223, 226, 232)
_BAR, _TRACK, _ALARM, _GOOD = (
    (47, 111, 219),
    (233, 236, 242),
    (179, 38, 30),
    (27, 110, 60),
)
_MARGIN_MM = 16.0
_LABEL_MM, _FIGURE_MM, _BAR_MM = 62.0, 20.0, 6.0
_LONGEST_SOURCE = 90
"""Characters of a line that shows a danger; other formats have all of it."""


def report_pdf(data: ReportData, words: Words) -> bytes:
    r"""Return a report as PDF in the language of `words`.

    The fonts are those that every reader of PDF has: a character that they lack is
    written out, `\u4e2d`.
    """
    told = document(data, words)
    pages = _Pages(told)
    pages.set_creation_date(data.as_of)
    pages.top()
    for section in told.sections:
        pages.heading(section.title)
        for block in section.blocks:
            pages.block(block)
    pages.note(told.footer)
    return bytes(pages.output())


def drawable(text: str) -> str:
    """Return text with the characters written out that the fonts lack."""
    return text.encode("cp1252", "backslashreplace").decode("cp1252")


class _Pages(FPDF):
    """A4 pages that blocks are put on, from the top to the bottom."""

    def __init__(self, told: Document) -> None:
        super().__init__(format="A4")
        self._told = told
        self.core_fonts_encoding = "cp1252"
        self.set_title(drawable(f"{told.title}: {told.library}"))
        self.set_lang(told.language)
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        self.add_page()

    def footer(self) -> None:
        """Write the page's number; called by fpdf2 at the end of each page."""
        self.set_y(-12)
        self._style(8, _SOFT)
        self.cell(0, 5, str(self.page_no()), align="C")

    def top(self) -> None:
        """Write the title and the most important figures."""
        self._paragraph(self._told.title, 18, _TEXT, bold=True)
        self._paragraph(self._told.library, 10, _TEXT)
        self.note(self._told.about)
        self.ln(2)
        for tile in self._told.tiles:
            self._tile(tile)

    def heading(self, title: str) -> None:
        """Begin a section; its first lines stand on the same page."""
        if self.will_page_break(34):
            self.add_page()
        self.ln(5)
        self._paragraph(title, 13, _TEXT, bold=True)

    def block(self, block: Block) -> None:
        """Put one block of a section on the page."""
        match block:
            case Table():
                self._table(block)
            case BarChart():
                self._bars(block)
            case LineChart():
                # The table of the same figures follows.
                pass
            case _:
                self._sentences(block)

    def _sentences(self, block: Status | Note | AdviceList | Facts | AllFiles) -> None:
        match block:
            case Status():
                colour = _GOOD if block.is_good else _ALARM
                self._paragraph(block.text, 10, colour, bold=True)
            case Note():
                self.note(block.text)
            case AdviceList():
                for number, each in enumerate(block.items, start=1):
                    self._paragraph(f"{number}. {each.what}", 10, _TEXT, bold=True)
                    self.note(each.why)
            case Facts():
                for name, value in block.items:
                    self._paragraph(f"{name}: {value}", 10, _TEXT)
            case AllFiles():
                say = self._told.say
                self.note(say.gettext("The CSV and JSON reports have every file."))
            case _:
                assert_never(block)

    def note(self, text: str) -> None:
        """Write a sentence in small."""
        self._paragraph(text, 9, _SOFT)

    def _style(
        self, size: int, colour: tuple[int, int, int], *, bold: bool = False
    ) -> None:
        self.set_font("Helvetica", "B" if bold else "", size)
        self.set_text_color(*colour)

    def _paragraph(
        self, text: str, size: int, colour: tuple[int, int, int], *, bold: bool = False
    ) -> None:
        self._style(size, colour, bold=bold)
        self.multi_cell(
            0,
            size * 0.5,
            drawable(text),
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self.ln(1)

    def _tile(self, tile: Tile) -> None:
        self._style(11, _ALARM if tile.is_alarming else _TEXT, bold=True)
        self.cell(28, 6, drawable(tile.value), align="R")
        self._style(10, _TEXT)
        note = f" ({tile.note})" if tile.note else ""
        self.cell(
            0,
            6,
            drawable(f"  {tile.name}{note}"),
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def _bars(self, block: BarChart) -> None:
        say = self._told.say
        if self.will_page_break(8 + 2 * _BAR_MM):
            self.add_page()
        self.ln(2)
        self._style(10, _TEXT, bold=True)
        self.cell(self.epw - 2 * _FIGURE_MM, _BAR_MM, drawable(block.title))
        self._style(8, _SOFT)
        for title in (say.gettext("Contents"), say.gettext("Files")):
            self.cell(_FIGURE_MM, _BAR_MM, drawable(title), align="R")
        self.ln()
        rows = block.chart.rows[: max(len(block.chart.bars), 1)]
        for bar, row in zip(block.chart.bars, rows, strict=True):
            if self.will_page_break(_BAR_MM):
                self.add_page()
            self._style(9, _TEXT)
            self.cell(_LABEL_MM, _BAR_MM, drawable(bar.label))
            self._bar(bar.width, _ALARM if block.is_alarming else _BAR)
            self.set_x(self.w - self.r_margin - 2 * _FIGURE_MM)
            for count in (row.contents, row.files):
                self.cell(_FIGURE_MM, _BAR_MM, drawable(say.number(count)), align="R")
            self.ln()

    def _bar(self, percent: float, colour: tuple[int, int, int]) -> None:
        width = self.epw - _LABEL_MM - 2 * _FIGURE_MM
        for part, filled in ((100.0, _TRACK), (percent, colour)):
            self.set_fill_color(*filled)
            if part:
                self.rect(
                    self.l_margin + _LABEL_MM,
                    self.get_y() + 2,
                    width * part / 100,
                    2,
                    style="F",
                )

    def _table(self, block: Table) -> None:
        self._style(8, _TEXT)
        self.set_draw_color(*_LINE)
        self.set_fill_color(255)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=_widths(block),
            text_align=tuple(
                "RIGHT" if column.is_number else "LEFT" for column in block.columns
            ),
            line_height=4,
            padding=1,
            cell_fill_mode=TableCellFillMode.NONE,
            headings_style=FontFace(emphasis="BOLD", color=_SOFT),
        ) as table:
            table.row([drawable(column.title) for column in block.columns])
            for row in block.rows:
                table.row([drawable(_cell(each)) for each in row])
        if block.note:
            self.ln(1)
            self.note(block.note)
        self.ln(2)


def _widths(block: Table) -> tuple[float, ...]:
    # Few numbers need little; many have long heads.
    number = 1.0 if len(block.columns) < 5 else 1.6
    return tuple(
        number if column.is_number else 5.0 - min(place, 1) * (len(block.columns) > 2)
        for place, column in enumerate(block.columns)
    )


def _cell(cell: Cell) -> str:
    return "\n".join(_lines(cell))


def _lines(cell: Cell) -> Iterable[str]:
    """Yield what a cell holds; what is folded is left to the other formats."""
    if cell.text:
        yield cell.text
    if cell.note:
        yield cell.note
    for line in cell.lines:
        note = line.note[:_LONGEST_SOURCE]
        yield f"{line.text}: {note}" if note else line.text
