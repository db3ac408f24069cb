"""Reports from the catalog: data collected once, written in several formats."""

from orquestrador.reports.collecting import About, collect
from orquestrador.reports.data import BackupStatus, ReportData, RunStatus
from orquestrador.reports.words import ENGLISH, Words
from orquestrador.reports.writing import report_json, write_report

__all__ = [
    "ENGLISH",
    "About",
    "BackupStatus",
    "ReportData",
    "RunStatus",
    "Words",
    "collect",
    "report_json",
    "write_report",
]
