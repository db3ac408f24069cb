"""The catalog's actor: the only writer of the catalog."""

from pathlib import Path
from types import TracebackType

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError
from orquestrador.messages.storing import (
    BatchStored,
    BeginRun,
    CatalogRequest,
    EndRun,
    GetOpenRun,
    OpenRun,
    RunBegun,
    RunEnded,
    StoreBatch,
)
from orquestrador.supervisor import ProtocolActor, handles


class CatalogActor(ProtocolActor[CatalogRequest]):
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

    @handles(BeginRun)
    def _begin_run(self, message: BeginRun) -> RunBegun:
        run = self._opened().begin_run(message.order, message.classifier)
        return RunBegun(run=run)

    @handles(GetOpenRun)
    def _get_open_run(self, message: GetOpenRun) -> OpenRun:
        return OpenRun(run=self._opened().open_run(after=message.after))

    @handles(StoreBatch)
    def _store_batch(self, message: StoreBatch) -> BatchStored:
        self._opened().store(message.batch)
        return BatchStored(number=message.number)

    @handles(EndRun)
    def _end_run(self, message: EndRun) -> RunEnded:
        self._opened().end_run(
            message.run, message.state, message.reason, message.counts
        )
        return RunEnded(finished=message.finished)

    def _opened(self) -> Catalog:
        if self._catalog is None:
            self._catalog = Catalog(self._path)
        return self._catalog

    def _close(self) -> None:
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None
