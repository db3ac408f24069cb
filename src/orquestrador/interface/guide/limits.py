"""The guide's limits: what holds where the settings do not say anything else."""

from orquestrador.config import default_settings

_DEFAULTS = default_settings()

MAX_THREADS = 4
"""Worker processes at most, unless `max_threads` says how many."""

TIMEOUT_OPERACOES = int(_DEFAULTS.operation_timeout_s)
"""Seconds that a command may take, unless `timeout_operacoes` says how many."""

INTERVALO_MONITORAMENTO = int(_DEFAULTS.monitor.interval_s)
"""Seconds between two samples, unless `intervalo_monitoramento` says how many."""
