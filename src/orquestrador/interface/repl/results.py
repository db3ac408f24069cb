"""What was found last: shown page by page with numbers, and acted upon as `_`."""

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages import Record

_OTHER_LINES = 3
_LEAST_ROWS = 5


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

    def search(self, arguments: list[str]) -> int:
        """Run `search`, keep what it finds and show the first page."""
        from orquestrador.interface.commands import search  # noqa: PLC0415 -- when used

        command = search.command()
        if {"--jsonl", "--help", "-h"} & {*arguments}:
            with click.Context(command, obj=self._session) as context:
                return int(context.forward(command) or 0)
        with command.make_context("search", arguments, obj=self._session) as context:
            options = dict(context.params)
        del options["jsonl"]
        records, found = search.find(self._session, **options)
        self.records, self._shown = tuple(records), 0
        self.more()
        self._session.print(
            _("{count} files found").format(count=self._session.number(found))
        )
        return 0

    def more(self) -> None:
        """Show the next page."""
        from orquestrador.interface.commands import search  # noqa: PLC0415 -- when used

        rows = max(_LEAST_ROWS, shutil.get_terminal_size().lines - _OTHER_LINES)
        page = self.records[self._shown : self._shown + rows]
        for number, record in enumerate(page, self._shown + 1):
            self._session.print(f"_{number}\t{search.line(self._session, record)}")
        self._shown += len(page)
        left = len(self.records) - self._shown
        if left:
            words = _("{count} more: `more` shows the next, `page` all of them")
            self._session.print(words.format(count=self._session.number(left)))

    def page(self) -> None:
        """Show all of them in the user's pager."""
        from orquestrador.interface.commands import search  # noqa: PLC0415 -- when used

        click.echo_via_pager(
            f"_{number}\t{search.line(self._session, record)}\n"
            for number, record in enumerate(self.records, 1)
        )
