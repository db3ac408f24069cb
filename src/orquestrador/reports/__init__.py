"""Reports from the catalog: data collected once, written in several formats.

The public names are loaded when they are first used: who only needs a label's words
loads neither the snapshots nor the page.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.reports.collecting import About, collect, recent_changes
    from orquestrador.reports.data import (
        BackupStatus,
        RecentChanges,
        ReportData,
        RunStatus,
    )
    from orquestrador.reports.of_library import library_data, report_library
    from orquestrador.reports.to_json import report_json
    from orquestrador.reports.writing import write_report

__all__ = [
    "About",
    "BackupStatus",
    "RecentChanges",
    "ReportData",
    "RunStatus",
    "collect",
    "library_data",
    "recent_changes",
    "report_json",
    "report_library",
    "write_report",
]

_HOMES = {
    "About": "collecting",
    "BackupStatus": "data",
    "RecentChanges": "data",
    "ReportData": "data",
    "RunStatus": "data",
    "collect": "collecting",
    "library_data": "of_library",
    "recent_changes": "collecting",
    "report_json": "to_json",
    "report_library": "of_library",
    "write_report": "writing",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module it lives in (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
