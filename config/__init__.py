"""What can be set, what is set, and where that was said."""

from orquestrador.config.description import SettingLine, describe
from orquestrador.config.layer import Origin
from orquestrador.config.loader import (
    Loaded,
    default_settings,
    find_file,
    load_settings,
)
from orquestrador.config.sections import (
    AlertLimits,
    AlertSettings,
    AskSettings,
    BackupSettings,
    ClassificationSettings,
    KeepSettings,
    LogSettings,
    MonitorSettings,
    OrchestratorSettings,
    OrganizeSettings,
    OwnAlert,
    QuietSettings,
    ReportSettings,
    WatchSettings,
    WebSettings,
)

__all__ = [
    "AlertLimits",
    "AlertSettings",
    "AskSettings",
    "BackupSettings",
    "ClassificationSettings",
    "KeepSettings",
    "Loaded",
    "LogSettings",
    "MonitorSettings",
    "OrchestratorSettings",
    "OrganizeSettings",
    "Origin",
    "OwnAlert",
    "QuietSettings",
    "ReportSettings",
    "SettingLine",
    "WatchSettings",
    "WebSettings",
    "default_settings",
    "describe",
    "find_file",
    "load_settings",
]
