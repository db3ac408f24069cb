"""The command line with one actor that always fails on one type of message.

    python failing_cli.py ACTOR_CLASS MESSAGE_CLASS [the command line's arguments]

`on_start` in place of a message class lets it fail at every start but the first.
"""

import itertools
import sys
from typing import Any

from orquestrador import actors
from orquestrador.interface.cli import main


def patch(actor_name: str, message_name: str) -> None:
    """Let the actor raise on each message of this type, or in its `on_start`."""
    actor: Any = getattr(actors, actor_name)
    on_receive, on_start = actor.on_receive, actor.on_start
    starts = itertools.count()

    def failing_receive(self: Any, message: Any) -> object:
        if message_name in {type(message).__name__, "on_start"}:
            raise ZeroDivisionError("always")
        return on_receive(self, message)

    def failing_start(self: Any) -> None:
        if next(starts):
            raise ZeroDivisionError("always")
        on_start(self)

    actor.on_receive = failing_receive
    if message_name == "on_start":
        actor.on_start = failing_start


if __name__ == "__main__":
    patch(sys.argv[1], sys.argv[2])
    sys.exit(main(sys.argv[3:]))
