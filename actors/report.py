"""The report's actor: writes reports from the catalog."""

import logging
from pathlib import Path

from orquestrador.errors import CatalogError, SnapshotError
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.report import ReportFinished, WriteReport
from orquestrador.messages.run import RunFinished
from orquestrador.supervisor import ProtocolActor, handles
from orquestrador.words import Words

logger = logging.getLogger(__name__)


class ReportPlace:
    """What reports are about, where they go and in which language."""

    def __init__(
        self, library: Path, state: Path, formats: tuple[str, ...], words: Words
    ) -> None:
        """All folders are absolute; `formats` are those of `write_report`."""
        self.library = library
        self.state = state
        self.formats = formats
        self.words = words


class ReportActor(ProtocolActor[WriteReport | RunFinished | SnapshotFinished]):
    """Writes reports, on demand and after a run, and its snapshot, that asked for one.

    Private state: none; everything is read from the catalog.
    """

    def __init__(self, place: ReportPlace) -> None:
        super().__init__()
        self._place = place

    @handles(WriteReport)
    def _write_report(self, message: WriteReport) -> None:
        self._write(message.token, message.formats or self._place.formats)

    @handles(RunFinished)
    def _run_finished(self, message: RunFinished) -> None:
        # Where a snapshot follows, the report waits for it and tells of it.
        if message.report and not message.backup and message.problem is None:
            self._write(message.token, self._place.formats)

    @handles(SnapshotFinished)
    def _snapshot_finished(self, message: SnapshotFinished) -> None:
        if message.report:
            self._write(message.token, self._place.formats)

    def _write(self, token: str, formats: tuple[str, ...]) -> None:
        # Loaded with the first report: nothing else needs any of it.
        from orquestrador.reports import report_library  # noqa: PLC0415 -- loaded when it is used

        place = self._place
        paths: tuple[Path, ...] = ()
        problem = None
        try:
            paths = report_library(place.library, place.state, place.words, formats)
        except (CatalogError, SnapshotError, OSError) as error:
            problem = f"the report could not be written: {error}"
            logger.error("%s", problem[0].upper() + problem[1:])  # noqa: TRY400 -- the reason is all there is
        for path in paths:
            logger.info("Report written: %s", path.name)
        self.publish(
            ReportFinished(token=token, paths=tuple(map(str, paths)), problem=problem)
        )
