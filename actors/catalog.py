"""The catalog's actor: the only writer of the catalog."""

from pathlib import Path
from types import TracebackType
from typing import assert_never

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError
from orquestrador.messages.storing import (
    BatchStored,
    BeginRun,
    EndRun,
    GetOpenRun,
    OpenRun,
    RunBegun,
    RunEnded,
    StoreBatch,
)
from orquestrador.supervisor import Actor


class CatalogActor(Actor):
    """Stores what others found out; each message is one transaction.

    Private state: the open catalog. What was stored is on disk before the answer
    is sent, so that a new incarnation has nothing to rebuild.
    """

    expected_errors = (CatalogError,)
    """A full disk is the asker's to tell, and no reason to restart."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._catalog: Catalog | None = None

    def on_start(self) -> None:
        """Open the catalog."""
        self._catalog = Catalog(self._path)

    def on_receive(
        self, message: BeginRun | GetOpenRun | StoreBatch | EndRun
    ) -> RunBegun | OpenRun | BatchStored | RunEnded:
        """Route one message to the catalog."""
        catalog = self._opened()
        match message:
            case BeginRun():
                return RunBegun(
                    run=catalog.begin_run(message.order, message.classifier)
                )
            case GetOpenRun():
                return OpenRun(run=catalog.open_run(after=message.after))
            case StoreBatch():
                catalog.store(message.batch)
                return BatchStored(number=message.number)
            case EndRun():
                catalog.end_run(
                    message.run, message.state, message.reason, message.counts
                )
                return RunEnded(finished=message.finished)
            case _:
                assert_never(message)

    def on_stop(self) -> None:
        """Close the catalog."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the catalog: the next incarnation opens it afresh."""
        self._close()

    def _opened(self) -> Catalog:
        if self._catalog is None:
            self._catalog = Catalog(self._path)
        return self._catalog

    def _close(self) -> None:
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None
