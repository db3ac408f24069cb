"""The report's actor: writes reports from the catalog."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from orquestrador.errors import CatalogError, ReportError, SnapshotError
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.report import (
    LookAtCalendar,
    ReportFinished,
    ReportKind,
    WriteDueReport,
    WriteReport,
)
from orquestrador.messages.run import FilesClassified, RunFinished
from orquestrador.scheduling import Agenda, parse_schedule
from orquestrador.supervisor import ProtocolActor, handles
from orquestrador.words import Words

if TYPE_CHECKING:
    from orquestrador.supervisor import Subscription

logger = logging.getLogger(__name__)

LOOK_S = 60.0
"""Between two looks at the calendar."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ReportPlace:
    """What reports are about, where they go and in which language."""

    def __init__(  # noqa: PLR0913 -- what the settings say
        self,
        library: Path,
        state: Path,
        formats: tuple[str, ...],
        words: Words,
        *,
        kinds: tuple[ReportKind, ...] = ("executive",),
        spreadsheet: bool = False,
    ) -> None:
        """All folders are absolute; the rest is as in `report_library`."""
        self.library = library
        self.state = state
        self.formats = formats
        self.words = words
        self.kinds = kinds
        self.spreadsheet = spreadsheet


class ReportActor(ProtocolActor[WriteReport | RunFinished | SnapshotFinished]):
    """Writes reports: on demand, after a run that asked for one, and by schedule.

    At the interval, and at the times of the calendar, it writes only when files were
    classified since the last report, also in the middle of a long run.

    Private state: whether there is anything new; what is written is read from the
    catalog.
    """

    def __init__(
        self,
        place: ReportPlace,
        interval_s: float | None = None,
        schedule: str = "",
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        """Write what is new at an interval and by a schedule.

        Args:
            place: what reports are about.
            interval_s: seconds; None: none.
            schedule: as the setting `report.schedule`; empty: none.
            now: the calendar's time, with a time zone.

        """
        super().__init__()
        self._schedule = parse_schedule(schedule)
        self._agenda = Agenda(place.state, "report")
        self._now = now
        self._place = place
        self._interval_s = interval_s
        self._has_news = False
        self._listening: Subscription | None = None

    def on_start(self) -> None:
        """Begin the intervals."""
        if self._interval_s is not None or self._schedule is not None:
            self._listening = self.system.events.subscribe(FilesClassified, self._hear)
        if self._interval_s is not None:
            self.timers.start_periodic("due", self._interval_s, WriteDueReport())
        if self._schedule is not None:
            self.timers.start_periodic("look", LOOK_S, LookAtCalendar())

    def on_stop(self) -> None:
        """Listen no more."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Listen no more: the next incarnation does."""
        self._close()

    @handles(WriteDueReport)
    def _write_due_report(self, _message: WriteDueReport) -> None:
        if self._has_news:
            self._write(WriteReport(token=uuid.uuid4().hex), self._place.kinds)

    @handles(LookAtCalendar)
    def _look_at_calendar(self, _message: LookAtCalendar) -> None:
        now = self._now()
        schedule = self._schedule
        try:
            if schedule is None or not self._agenda.is_due("report", schedule, now):
                return
            self._agenda.note_done("report", now)
        except OSError as error:
            logger.warning("The schedule cannot be kept: %s", error)
            return
        if self._has_news:
            self._write(WriteReport(token=uuid.uuid4().hex), self._place.kinds)

    @handles(WriteReport)
    def _write_report(self, message: WriteReport) -> None:
        self._write(message, (message.kind,))

    @handles(RunFinished)
    def _run_finished(self, message: RunFinished) -> None:
        # Where a snapshot follows, the report waits for it and tells of it.
        if message.report and not message.backup and message.problem is None:
            self._write(WriteReport(token=message.token), self._place.kinds)

    @handles(SnapshotFinished)
    def _snapshot_finished(self, message: SnapshotFinished) -> None:
        if message.report:
            self._write(WriteReport(token=message.token), self._place.kinds)

    def _write(self, order: WriteReport, kinds: tuple[ReportKind, ...]) -> None:
        # Loaded with the first report: nothing else needs any of it.
        from orquestrador.reports import report_library  # noqa: PLC0415 -- loaded when it is used

        self._has_news = False
        place = self._place
        paths: list[Path] = []
        problem = None
        spreadsheet = order.spreadsheet
        try:
            for kind in kinds:
                paths += report_library(
                    place.library,
                    place.state,
                    place.words,
                    order.formats or place.formats,
                    kind=kind,
                    spreadsheet=(
                        place.spreadsheet if spreadsheet is None else spreadsheet
                    ),
                )
        except (CatalogError, ReportError, SnapshotError, OSError) as error:
            problem = f"the report could not be written: {error}"
            logger.error("%s", problem[0].upper() + problem[1:])  # noqa: TRY400 -- the reason is all there is
        for path in paths:
            logger.info("Report written: %s", path.name)
        self.publish(
            ReportFinished(
                token=order.token, paths=tuple(map(str, paths)), problem=problem
            )
        )

    def _hear(self, _event: FilesClassified) -> None:
        # In the thread of the event stream; as a message it would be a dead letter
        # while the system stops.
        if self.abandoned:
            self._close()
        else:
            self._has_news = True

    def _close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
