"""An actor of your own beside ours: supervised, restarted, stopped in order.

python extra_actor.py LIBRARY

A package that others install offers its actors without a line of theirs:

    [project.entry-points."orquestrador.actors"]
    tally = "my_package:TALLY"
"""

import sys
from collections import Counter
from pathlib import PurePosixPath

from orquestrador import Orchestrator
from orquestrador.messages import Message, Request
from orquestrador.messages.run import FilesClassified
from orquestrador.supervisor import ChildSpec, ProtocolActor, handles


class Endings(Message):
    """How many files were classified, by the ending of their names."""

    counts: tuple[tuple[str, int], ...]


class GetEndings(Request[Endings]):
    """Ask for what was counted so far."""


class TallyActor(ProtocolActor[FilesClassified | GetEndings]):
    """Counts classified files by their ending.

    Private state: the counts; a new incarnation begins at zero.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[str] = Counter()

    @handles(FilesClassified)
    def _count(self, message: FilesClassified) -> None:
        self._counts.update(PurePosixPath(path).suffix for path in message.paths)

    @handles(GetEndings)
    def _answer(self, _message: GetEndings) -> Endings:
        return Endings(counts=tuple(sorted(self._counts.items())))


TALLY = ChildSpec(id="tally", actor=TallyActor)


def main(library: str) -> None:
    """Let it count a run."""
    with Orchestrator(library, extra=[TALLY], backup=False) as orq:
        tally = orq.system.ref("tally")
        listening = orq.subscribe(FilesClassified, tally.tell)
        orq.classify(report=False).result(timeout=600)
        orq.system.events.flush(timeout=5)
        listening.cancel()
        # Outside of actors one may wait for an answer.
        endings = tally.ask(GetEndings(), block=True, timeout=5)
    for suffix, count in endings.counts:
        print(f"{count:5} {suffix or 'no ending'}")


if __name__ == "__main__":
    main(sys.argv[1])
