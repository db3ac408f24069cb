"""The guide's script: `python orquestrador_central.py classificar_tudo`.

Its names are those of the user's guide, in Portuguese; see
`orquestrador.interface.guide`.
"""

import sys

from orquestrador.interface.guide import OrquestradorCentral, main

__all__ = ["OrquestradorCentral"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
