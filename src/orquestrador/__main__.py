"""`python -m orquestrador`: the command line."""

import sys

from orquestrador.interface.cli import main

if __name__ == "__main__":
    sys.exit(main())
