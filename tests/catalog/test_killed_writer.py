"""A writer that is killed leaves whole batches, and a catalog that goes on."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from orquestrador.catalog import Catalog

FILES, CONTENTS = 40, 10

WRITER = f"""
import hashlib, sys
from pathlib import Path
from orquestrador.catalog import Catalog
from orquestrador.messages import (
    Batch, ClassifiedContent, Facts, FileState, Record, RecordEvidence
)

def record(sha256):
    return Record(
        path="", sha256=sha256, size=1, encoding="utf-8", language="mql4",
        language_version=None, kind="expert", primary=None, strategies=(), risk=(),
        hygiene=(), prop_firm=None, symbols=("EURUSD",), timeframes=("M5",),
        facts=Facts(functions=("OnTick",) * 300), quality=None,
        evidence=RecordEvidence(), confidence=0.5, reason=None, level="full",
        classifier="1",
    )

number = int(sys.argv[2])
with Catalog(Path(sys.argv[1])) as catalog:
    while True:
        keys = [
            hashlib.sha256(f"{{number}}/{{n}}".encode()).hexdigest()
            for n in range({CONTENTS})
        ]
        catalog.store(Batch(
            files=tuple(
                FileState(
                    raw=b"%d/%d.mq4" % (number, n), size=1, mtime_ns=1, inode=n,
                    scanned_at_ns=2, sha256=keys[n % {CONTENTS}], suffix=".mq4",
                )
                for n in range({FILES})
            ),
            records=tuple(
                ClassifiedContent(suffix=".mq4", record=record(key)) for key in keys
            ),
        ))
        print(number, flush=True)
        number += 1
"""


def test_a_killed_writer_leaves_whole_batches(path: Path) -> None:
    stored = -1
    for kill in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(stored + 1)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            # Killed while it works on the next batch: at another place each time.
            for _ in range(3 + 4 * kill):
                stored = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().split("\n")[:-1]
        stored = max([stored, *map(int, rest)])

        with Catalog(path) as catalog:
            assert catalog.problems() == []
            known = catalog.known_files("1", "full")
            # Told as stored means stored; one more may have been about to be told.
            batches = Counter(int(raw.split(b"/")[0]) for raw in known)
            assert set(batches) in (set(range(stored + 1)), set(range(stored + 2)))
            assert set(batches.values()) == {FILES}
            assert all(file.classified for file in known.values())
            contents = catalog.known_contents("1", "full")
            assert len(contents) == len(batches) * CONTENTS
            stored = max(batches)
