"""What was found last: shown page by page with numbers, and acted upon as `_`."""

import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, ngettext
from orquestrador.interface.wrapping import columns_of, fitted, shortened, width

if TYPE_CHECKING:
    from orquestrador.messages import Record

_OTHER_LINES = 3
_LEAST_ROWS = 5
_LEAST_PATH = 28
_LEAST_DANGERS = 12
_WIDEST = 10_000
_GAP = "  "


class Results:
    """The records of the last search."""

    def __init__(self, session: Session) -> None:
        """Hold none yet."""
        self.records: tuple[Record, ...] = ()
        self._session = session
        self._shown = 0

    @property
    def paths(self) -> Sequence[str]:
        """Their paths, as the library names them."""
        return [record.path for record in self.records]

    def search(self, arguments: list[str]) -> None:
        """Run `search`, keep what it finds and show the first page."""
        from orquestrador.interface.commands import search  # noqa: PLC0415 -- when used

        command = search.command()
        with command.make_context("search", arguments, obj=self._session) as context:
            options = dict(context.params)
        del options["jsonl"]
        records, found = search.find(self._session, **options)
        self.records, self._shown = tuple(records), 0
        self.more()
        self._session.print(
            ngettext("{count} file found", "{count} files found", found).format(
                count=self._session.number(found)
            )
        )

    def again(self) -> None:
        """Show the first page again."""
        self._shown = 0
        self.more()

    def more(self) -> None:
        """Show the next page."""
        rows = max(_LEAST_ROWS, shutil.get_terminal_size().lines - _OTHER_LINES)
        page = self.records[self._shown : self._shown + rows]
        for line in self._lines(page, self._shown + 1, width()):
            self._session.print(line)
        self._shown += len(page)
        left = len(self.records) - self._shown
        if left:
            words = _("{count} more: `more` shows the next, `page` all of them")
            self._session.print(words.format(count=self._session.number(left)))

    def page(self) -> None:
        """Show all of them in the user's pager, as wide as they are."""
        columns = None if width() is None else _WIDEST
        lines = self._lines(self.records, 1, columns)
        click.echo_via_pager(f"{line}\n" for line in lines)

    def _lines(
        self, records: Sequence["Record"], first: int, columns: int | None
    ) -> Iterator[str]:
        """Yield a line for each record, one line of the screen where there is one.

        Args:
            records: some of those that were found.
            first: the number of the first of them.
            columns: of the screen; None for fields between tabs.

        """
        from orquestrador.interface.commands import search  # noqa: PLC0415 -- when used

        rows = [
            [f"_{number}", *search.line(self._session, record).split("\t")]
            for number, record in enumerate(records, first)
        ]
        if columns is None:
            yield from map("\t".join, rows)
        else:
            yield from _table(rows, columns)


def _table(rows: list[list[str]], columns: int) -> Iterator[str]:
    """Yield each row in `columns` columns; a path that is too long loses its front."""
    widths = [max(map(columns_of, column)) for column in zip(*rows, strict=True)]
    rest = sum(widths[2:-1]) + len(_GAP) * (len(widths) - 1) + widths[0]
    path = min(widths[1], max(_LEAST_PATH, columns - rest - _LEAST_DANGERS))
    for number, name, *others, dangers in rows:
        cells = [
            fitted(number, widths[0]),
            fitted(name, path),
            *(map(fitted, others, widths[2:-1])),
            dangers,
        ]
        yield shortened(_GAP.join(cells).rstrip(), columns - 1)
