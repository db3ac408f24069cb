"""The conversation with the report actor."""

from typing import Literal

from orquestrador.messages.base import Message

ReportFormat = Literal["html", "json", "csv", "md", "pdf"]
ReportKind = Literal["executive", "full", "statistics"]


class WriteReport(Message):
    """Write reports from the catalog; told as the event `ReportFinished`."""

    token: str
    formats: tuple[ReportFormat, ...] = ()
    """Empty means the settings' formats."""

    kind: ReportKind = "executive"
    spreadsheet: bool | None = None
    """Whether CSV is written for a Brazilian spreadsheet: with a byte-order mark and
    semicolons; None asks the settings."""


class WriteDueReport(Message):
    """The report actor to itself: it is time for one, if there is anything new."""


class LookAtCalendar(Message):
    """The report actor to itself: look whether a report is planned for now."""


class ReportFinished(Message):
    """Event: reports were written, or why not."""

    token: str
    paths: tuple[str, ...]
    """Absolute."""

    problem: str | None
