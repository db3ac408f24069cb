"""Several libraries in one process: each has its own actors, settings and state.

python several_libraries.py LIBRARY LIBRARY...
"""

import contextlib
import sys
from collections.abc import Sequence

from orquestrador import Orchestrator


def main(libraries: Sequence[str]) -> None:
    """Classify them all at the same time."""
    with contextlib.ExitStack() as stack:
        systems = [
            stack.enter_context(
                Orchestrator(
                    library,
                    backup=False,
                    # Workers are processes: share the processors between them.
                    settings={"classification": {"workers": 1}},
                )
            )
            for library in libraries
        ]
        runs = [orq.classify(report=False) for orq in systems]
        for orq, run in zip(systems, runs, strict=True):
            print(f"{run.result(timeout=600).files} files in {orq.library.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
