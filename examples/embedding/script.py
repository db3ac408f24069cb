"""A library is classified, searched and backed up, and nothing goes on after that.

python script.py LIBRARY
"""

import sys

from orquestrador import Orchestrator


def main(library: str) -> None:
    """Do one thing after the other, as a script does."""
    # Leaving the block stops the actors, in order; the catalog and snapshots stay.
    with Orchestrator(library, backup=False) as orq:
        result = orq.classify(report=False).result(timeout=600)
        print(f"{result.files} files, {result.classified} contents classified")
        for record in orq.search(risk="lot_multiplier"):
            print(f"raises its lot: {record.path}")
        snapshot = orq.backup(timeout=600)
        if snapshot is not None:
            print(f"{snapshot.files} files are in snapshot {snapshot.id}")


if __name__ == "__main__":
    main(sys.argv[1])
