"""A system that runs in this process, and how many commands use it."""

import contextlib
from dataclasses import dataclass

import pykka

from orquestrador.config import OrchestratorSettings
from orquestrador.errors import LibraryError, RemoteError
from orquestrador.messages.monitor import SetSampling
from orquestrador.orchestrator import Orchestrator

LOST = (LibraryError, RemoteError, pykka.ActorDeadError)
"""What a command meets whose system ends while it works."""


@dataclass(eq=False)
class Held:
    """A system that runs; whoever calls `lend` and `give_back` holds one lock."""

    system: Orchestrator
    settings: OrchestratorSettings
    borrowers: int = 0
    unwatched: int = 0
    """Borrowers who want no samples."""

    is_sampled: bool = True
    retired: bool = False
    """Whether it is ended because a command took too long: others go to the next."""

    def has_failed(self) -> bool:
        """Return whether it has ended by itself."""
        try:
            self.system.check()
        except LibraryError:
            return True
        return False

    def is_paused(self) -> bool:
        """Return whether its classifier was suspended."""
        actors = self.system.system.snapshot()
        return any(each.suspended for each in actors if each.name == "classifier")

    def suits(self, settings: OrchestratorSettings) -> bool:
        """Return whether it will do: other settings wait for those at work."""
        is_up = not self.retired and not self.has_failed()
        return is_up and (self.borrowers > 0 or self.settings == settings)

    def lend(self, *, watched: bool) -> None:
        """Count a command that uses it."""
        self.borrowers += 1
        self.unwatched += not watched
        self._sample()

    def give_back(self, *, watched: bool) -> None:
        """Count a command that does not use it any more."""
        self.borrowers -= 1
        self.unwatched -= not watched
        self._sample()

    def _sample(self) -> None:
        """Have samples taken, unless all who use it now want none."""
        wanted = not 0 < self.unwatched == self.borrowers
        if wanted != self.is_sampled:
            self.is_sampled = wanted
            with contextlib.suppress(*LOST):
                self.system.tell("monitor", SetSampling(enabled=wanted))
