"""The guardian: what actors have above them that no supervisor started."""

import pykka

from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import FailingAsk, Restart
from orquestrador.supervisor.control import Report


def _never_again() -> pykka.Actor:
    raise NotImplementedError("a bare actor is started once, by its own start()")


BARE = ChildSpec(
    id="bare",
    actor=_never_again,
    restart=Restart.TEMPORARY,
    failing_ask=FailingAsk.RETURN,
)
"""How every bare actor is treated."""


class Guardian:
    """The parent of actors that have no supervisor: it lets them end."""

    name = "guardian"

    def notify(self, report: Report) -> None:
        """Take a report; nobody is restarted here."""
