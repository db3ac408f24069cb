"""The names a setting goes by: the guide's, older ones, short ones, near ones."""

import difflib
from collections.abc import Mapping

from orquestrador.config.fields import fields, sections

GUIDE_NAMES: Mapping[str, str] = {
    "max_threads": "classification.workers",
    "processamento_paralelo": "classification.engine",
    "monitoramento_tempo_real": "monitor.enabled",
    "intervalo_monitoramento": "monitor.interval_s",
    "auto_backup": "backup.automatic",
    "intervalo_relatorios": "report.interval_s",
    "timeout_operacoes": "operation_timeout_s",
    "dashboard_web": "web.page",
    "api_rest": "web.api",
    "nivel_log": "log.level",
}
"""The guide's keys, at the top of the file, and the settings they stand for."""

OLDER_NAMES: Mapping[str, str] = {
    "max_workers": "classification.workers",
    "timeout_seconds": "operation_timeout_s",
    "debug": "log.level",
    "logging.level": "log.level",
    "monitoring.enabled": "monitor.enabled",
    "monitoring.interval_seconds": "monitor.interval_s",
    "components.monitor.enabled": "monitor.enabled",
    "components.backup.enabled": "backup.automatic",
    "components.relatorios.enabled": "report.automatic",
    "components.reports.enabled": "report.automatic",
    "components.dashboard.enabled": "web.page",
}
"""Keys that a file in the guide's place may hold from an earlier program."""

SHORT_NAMES: Mapping[str, str] = {
    "engine": "classification.engine",
    "level": "classification.level",
    "workers": "classification.workers",
}
"""What the command line calls `--workers` may be called so in the environment."""

WRITTEN_AS: Mapping[str, type] = {"processamento_paralelo": bool, "debug": bool}
"""Other names whose values are not of the setting's own type."""

_LEVELS = {"aviso": "warning", "erro": "error", "warn": "warning"}


def guide_name(setting: str) -> str | None:
    """Return the guide's name of a setting, if it has one."""
    return next((old for old, new in GUIDE_NAMES.items() if new == setting), None)


def known_as(name: str, *others: Mapping[str, str]) -> str | None:
    """Return the setting that a name stands for: ours, the guide's, or one of others.

    Args:
        name: as written.
        others: more names that are understood here.

    """
    if name in fields():
        return name
    for names in (GUIDE_NAMES, *others):
        if name in names:
            return names[name]
    return None


def meaning_of(name: str, value: object) -> object:
    """Return what a value under one of the other names says in the setting's words."""
    match name, value:
        case "processamento_paralelo", _:
            return "processes" if value else "inline"
        case "debug", _:
            return "debug" if value else "info"
        case (("nivel_log" | "logging.level"), str()):
            return _LEVELS.get(value.lower(), value)
        case _:
            return value


def nearest(name: str) -> str | None:
    """Return the names most like `name`, joined by "or"; None when none is like it."""
    whole = [*fields(), *GUIDE_NAMES, *sections()]
    found = difflib.get_close_matches(name.lower(), whole, n=1, cutoff=0.7)
    # A setting in the wrong section, or in none, is known by its last part.
    last_parts = [each.rpartition(".")[2] for each in fields()]
    last = name.lower().rpartition(".")[2]
    if not found or last in last_parts:
        near = difflib.get_close_matches(last, last_parts, n=1, cutoff=0.7)
        found = [each for each in fields() if each.rpartition(".")[2] in near]
    return " or ".join(found) or None
