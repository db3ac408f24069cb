"""Reports from the catalog: data collected once, written in several formats."""

from orquestrador.reports.collecting import About, collect, recent_changes
from orquestrador.reports.data import (
    BackupStatus,
    RecentChanges,
    ReportData,
    RunStatus,
)
from orquestrador.reports.of_library import report_library
from orquestrador.reports.writing import report_json, write_report

__all__ = [
    "About",
    "BackupStatus",
    "RecentChanges",
    "ReportData",
    "RunStatus",
    "collect",
    "recent_changes",
    "report_json",
    "report_library",
    "write_report",
]
