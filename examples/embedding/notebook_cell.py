"""Cells of a notebook: a loop is running there, and nothing may block it.

python notebook_cell.py LIBRARY
"""

# %% The system starts once, and stays for the next cells.
import asyncio
import sys

from orquestrador import Orchestrator

library = sys.argv[1]


# A notebook awaits at its top level; a file needs a function around the cells.
async def cells() -> None:
    """Run one cell after the other."""
    orq = Orchestrator(library, backup=False)
    await asyncio.to_thread(orq.start)

    # %% A run returns at once; waiting for it is left to a thread.
    run = orq.classify(report=False)
    result = await asyncio.to_thread(run.result, 600)
    print(f"{result.files} files")

    # %% The catalog is there at any time.
    for record in orq.search(strategy="grid"):
        labels = [each.label for each in record.strategies or ()]
        print(f"{record.path}: {', '.join(labels)}")

    # %% The last cell; a kernel that ends stops what is left.
    await asyncio.to_thread(orq.stop)


asyncio.run(cells())
