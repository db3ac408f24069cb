"""An actor of the user's own that fails while it is asked, and comes back."""

import queue
from pathlib import Path

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.messages import Message
from orquestrador.orchestrator import Orchestrator
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ChildFailed,
    ChildSpec,
    ChildStarted,
)

_LIMIT_S = 10.0
_NAME = "visitor"


class Greet(Message):
    """Ask for a greeting; answered by the name of whoever is greeted."""

    name: str


class Visitor(Actor):
    """Greets everybody but nobody: a name that is empty makes it fail."""

    def on_receive(self, message: Greet) -> str:
        """Answer with the name, in capitals.

        Raises:
            ValueError: if there is no name, which ends this incarnation.

        """
        if not message.name:
            raise ValueError("nobody to greet")
        return message.name.upper()


def show(session: Session, folder: Path) -> None:
    """Start the tree with the actor in it, let it fail, and ask it again."""
    spec = ChildSpec(id=_NAME, actor=Visitor)
    happened: queue.SimpleQueue[ChildFailed | ChildStarted] = queue.SimpleQueue()
    with Orchestrator(folder, monitor=False, extra=(spec,)) as orq:
        orq.subscribe(ChildFailed, happened.put)
        orq.subscribe(ChildStarted, happened.put)
        ref: ActorRef[Visitor] = orq.system.ref(_NAME)
        # All three are in the mailbox before the first is handled, or nearly so.
        asked = [ref.ask(Greet(name=each), block=False) for each in ("ana", "", "rui")]
        session.print(f"ask ana → {asked[0].get(timeout=_LIMIT_S)}")
        try:
            asked[1].get(timeout=_LIMIT_S)
        except ValueError as error:
            session.print(f"ask '' → {type(error).__name__}: {error}")
        session.print(f"ask rui → {asked[2].get(timeout=_LIMIT_S)}")
        for _each in range(2):
            event = happened.get(timeout=_LIMIT_S)
            session.print(f"  {type(event).__name__}: {event.name} {event.incarnation}")
        orq.system.events.flush(_LIMIT_S)
        for line in orq.system.tree().splitlines():
            session.print(f"  {line}")
    session.print(
        _("The same ref, the mailbox kept: what waited was answered after the restart.")
    )
