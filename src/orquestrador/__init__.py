"""Supervised actors that keep a library of trading source code in order.

The public names are loaded when they are first used: importing the package costs
nothing, and a script that only calls `classify` never loads the actor runtime.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.classification import classify
    from orquestrador.interface.guide.central import OrquestradorCentral
    from orquestrador.interface.guide.components import (
        AutoBackupIntegration,
        ClassificadorLoteAvancado,
        GeradorRelatoriosAvancados,
    )
    from orquestrador.interface.guide.functions import (
        atualizar_catalogo_seguro,
        dados_do_catalogo,
        processar_diretorio,
        read_source,
    )
    from orquestrador.interface.guide.limits import (
        INTERVALO_MONITORAMENTO,
        MAX_THREADS,
        TIMEOUT_OPERACOES,
    )
    from orquestrador.interface.guide.monitor import MonitorTempoReal
    from orquestrador.library_system.several import search_libraries
    from orquestrador.messages import Record
    from orquestrador.orchestrator import Orchestrator
    from orquestrador.sharding import classify_shards

__all__ = [
    "INTERVALO_MONITORAMENTO",
    "MAX_THREADS",
    "TIMEOUT_OPERACOES",
    "AutoBackupIntegration",
    "ClassificadorLoteAvancado",
    "GeradorRelatoriosAvancados",
    "MonitorTempoReal",
    "Orchestrator",
    "OrquestradorCentral",
    "Record",
    "atualizar_catalogo_seguro",
    "classify",
    "classify_shards",
    "dados_do_catalogo",
    "processar_diretorio",
    "read_source",
    "search_libraries",
]

_HOMES = {
    "INTERVALO_MONITORAMENTO": "orquestrador.interface.guide.limits",
    "MAX_THREADS": "orquestrador.interface.guide.limits",
    "TIMEOUT_OPERACOES": "orquestrador.interface.guide.limits",
    "AutoBackupIntegration": "orquestrador.interface.guide.components",
    "ClassificadorLoteAvancado": "orquestrador.interface.guide.components",
    "GeradorRelatoriosAvancados": "orquestrador.interface.guide.components",
    "MonitorTempoReal": "orquestrador.interface.guide.monitor",
    "Orchestrator": "orquestrador.orchestrator",
    "OrquestradorCentral": "orquestrador.interface.guide.central",
    "Record": "orquestrador.messages",
    "atualizar_catalogo_seguro": "orquestrador.interface.guide.functions",
    "classify": "orquestrador.classification",
    "classify_shards": "orquestrador.sharding",
    "dados_do_catalogo": "orquestrador.interface.guide.functions",
    "processar_diretorio": "orquestrador.interface.guide.functions",
    "read_source": "orquestrador.interface.guide.functions",
    "search_libraries": "orquestrador.library_system.several",
}


def __getattr__(name: str) -> object:
    """Load a public name from the room it lives in (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted([*globals(), *_HOMES])
