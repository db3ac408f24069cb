"""The guide's script with a classifier that takes its time.

python slow_central.py [the script's arguments]
"""

import functools
import sys

from orquestrador import Orchestrator
from orquestrador.interface.guide import held_system
from orquestrador.interface.guide.script import main

if __name__ == "__main__":
    slow = functools.partial(Orchestrator, classify="slow_classifier:classify")
    setattr(held_system, "Orchestrator", slow)  # noqa: B010 -- no attribute of the module's own
    sys.exit(main(sys.argv[1:]))
