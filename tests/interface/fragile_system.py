"""A running system with an actor that fails when it is told to; see test_repl.py.

python fragile_system.py LIBRARY: each line on standard input sends it a failure and
three notes; the end of the input stops the system.
"""

import sys

from orquestrador import Orchestrator
from orquestrador.messages import Message
from orquestrador.supervisor import ChildSpec, ProtocolActor, handles


class Fail(Message):
    """Makes the actor fail."""


class Note(Message):
    """Something to remember."""

    number: int


class FragileActor(ProtocolActor[Fail | Note]):
    """Remembers notes until it fails."""

    def __init__(self) -> None:
        super().__init__()
        self._notes: list[int] = []

    @handles(Fail)
    def _fail(self, _message: Fail) -> None:
        raise RuntimeError("told to fail")

    @handles(Note)
    def _note(self, message: Note) -> None:
        self._notes.append(message.number)


def main() -> None:
    """Run the system until the input ends."""
    spec = ChildSpec(id="fragile", actor=FragileActor)
    with Orchestrator(sys.argv[1], control=True, extra=(spec,)) as orq:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        ref = orq.system.ref("fragile")
        for _line in sys.stdin:
            ref.tell(Fail())
            for number in range(3):
                ref.tell(Note(number=number))
            sys.stdout.write("sent\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
