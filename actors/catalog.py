"""The catalog's actor: the only writer of the catalog."""

import logging
from pathlib import Path
from types import TracebackType

from orquestrador.catalog import Catalog
from orquestrador.config.profiles import decoded_profile, own_profile
from orquestrador.corrected import corrected
from orquestrador.corrections import (
    Corrections,
    digests,
    joined,
    read_corrections,
    write_corrections,
)
from orquestrador.errors import CatalogError, CorrectionsError
from orquestrador.messages import Batch, ClassifiedContent
from orquestrador.messages.correcting import (
    Correction,
    CorrectLabels,
    LabelsCorrected,
)
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

logger = logging.getLogger(__name__)


class CatalogActor(ProtocolActor[CatalogRequest | CorrectLabels]):
    """Stores what others found out; each message is one transaction.

    The user's corrections are kept beside the catalog and are in every record before
    it is stored, so that whatever reads the catalog shows them.

    Private state: the open catalog and the corrections. What was stored is on disk
    before the answer is sent, so that a new incarnation has nothing to rebuild.
    """

    expected_errors = (CatalogError,)
    """A full disk is the asker's to tell, and no reason to restart."""

    def __init__(self, path: Path, profile: str = "") -> None:
        """Use the database `path`; `profile` is the prop firm's, as for a worker."""
        super().__init__()
        self._profile = decoded_profile(profile) if profile else own_profile()
        self._path = path
        self._catalog: Catalog | None = None
        self._corrections: Corrections = {}

    def on_start(self) -> None:
        """Open the catalog."""
        self._opened()

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
        catalog = self._opened()
        catalog.store(self._corrected(message.batch))
        return BatchStored(number=message.number)

    @handles(EndRun)
    def _end_run(self, message: EndRun) -> RunEnded:
        self._opened().end_run(
            message.run, message.state, message.reason, message.counts
        )
        return RunEnded(finished=message.finished)

    @handles(CorrectLabels)
    def _correct_labels(self, message: CorrectLabels) -> None:
        stands, problem = None, None
        try:
            stands = self._keep(message.sha256, message.correction)
        except (CatalogError, CorrectionsError, OSError) as error:
            problem = str(error)
        self.publish(
            LabelsCorrected(token=message.token, correction=stands, problem=problem)
        )

    def _keep(self, sha256: str, change: Correction | None) -> Correction | None:
        """Keep a correction, or take it away; returns what stands now."""
        state = self._path.parent
        # As they are on the disk: a person may have edited them.
        kept = dict(read_corrections(state))
        stands = None
        if change is None:
            kept.pop(sha256, None)
        else:
            stands = kept[sha256] = joined(kept.get(sha256), change)
        write_corrections(state, kept)
        self._corrections = kept
        self._opened().note_corrections(digests(kept))
        return stands

    def _corrected(self, batch: Batch) -> Batch:
        if not self._corrections:
            return batch
        return batch.replace(records=tuple(map(self._corrected_content, batch.records)))

    def _corrected_content(self, content: ClassifiedContent) -> ClassifiedContent:
        correction = self._corrections.get(content.record.sha256)
        if correction is None:
            return content
        return content.replace(
            record=corrected(content.record, correction, self._profile)
        )

    def _opened(self) -> Catalog:
        if self._catalog is None:
            self._catalog = Catalog(self._path)
            self._take_corrections(self._catalog)
        return self._catalog

    def _take_corrections(self, catalog: Catalog) -> None:
        try:
            self._corrections = read_corrections(self._path.parent)
        except CorrectionsError as error:
            logger.warning("%s", error)
            self._corrections = {}
            # What is shown stays; all of them are new once they can be read.
            catalog.note_corrections({}, outdate=False)
        else:
            catalog.note_corrections(digests(self._corrections))

    def _close(self) -> None:
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None
