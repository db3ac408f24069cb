"""The guide's script: `python orquestrador_central.py classificar_tudo`.

Its names are those of the user's guide, in Portuguese; see
`orquestrador.interface.guide`.
"""

import sys

from orquestrador import (
    INTERVALO_MONITORAMENTO,
    MAX_THREADS,
    TIMEOUT_OPERACOES,
    AutoBackupIntegration,
    ClassificadorLoteAvancado,
    GeradorRelatoriosAvancados,
    MonitorTempoReal,
    OrquestradorCentral,
    atualizar_catalogo_seguro,
    dados_do_catalogo,
    processar_diretorio,
    read_source,
)
from orquestrador.interface.guide.script import main

__all__ = [
    "INTERVALO_MONITORAMENTO",
    "MAX_THREADS",
    "TIMEOUT_OPERACOES",
    "AutoBackupIntegration",
    "ClassificadorLoteAvancado",
    "GeradorRelatoriosAvancados",
    "MonitorTempoReal",
    "OrquestradorCentral",
    "atualizar_catalogo_seguro",
    "dados_do_catalogo",
    "processar_diretorio",
    "read_source",
]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
