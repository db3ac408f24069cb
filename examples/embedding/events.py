"""A run tells its story: as a loop over its events, and to a callback.

python events.py LIBRARY
"""

import sys

from orquestrador import Orchestrator
from orquestrador.messages.run import FilesClassified, RunFinished, RunProgressed


def main(library: str) -> None:
    """Follow one run in both ways."""
    saved: list[str] = []
    with Orchestrator(library, backup=False) as orq:
        # On a thread of its own: a slow callback delays no actor.
        orq.subscribe(FilesClassified, lambda event: saved.extend(event.paths))
        run = orq.classify(report=False)
        for event in run.events():
            match event:
                case RunProgressed():
                    print(f"{event.settled} of {event.files}", file=sys.stderr)
                case RunFinished():
                    print(f"{event.classified} contents in {event.duration_s:.1f} s")
                case _:
                    pass
        result = run.result()
        # What was published before is handed out by now.
        orq.system.events.flush(timeout=5)
    print(f"{len(saved)} of {result.files} files were saved under our eyes")


if __name__ == "__main__":
    main(sys.argv[1])
