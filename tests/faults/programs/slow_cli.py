"""The command line with a classifier that takes its time, in `faulty_classifiers`.

python slow_cli.py [the command line's arguments]
"""

import sys

from orquestrador import Orchestrator
from orquestrador.interface.cli import main

if __name__ == "__main__":
    defaults = Orchestrator.__init__.__kwdefaults__
    assert defaults is not None
    assert "classify" in defaults
    defaults["classify"] = "faulty_classifiers:slow"
    sys.exit(main())
