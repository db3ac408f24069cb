"""The guide's script: `python orquestrador_central.py classificar_tudo`.

Its names are those of the user's guide, in Portuguese; see
`orquestrador.interface.guide`.
"""

import sys

from orquestrador.interface.guide import OrquestradorCentral, main
from orquestrador.interface.guide_monitor import MonitorTempoReal

__all__ = ["MonitorTempoReal", "OrquestradorCentral"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
