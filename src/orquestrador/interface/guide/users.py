"""Who a system is kept for, and what they hear of it."""

import weakref
from typing import Literal, Protocol

from orquestrador.library_system import LibrarySystem
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.run import RunProgressed

Status = Literal["parado", "iniciando", "executando", "pausado", "finalizando", "erro"]


class User(Protocol):
    """Who is kept a system for, and hears of it."""

    def hear_status(self, status: str) -> None:
        """Hear that the system is different."""
        ...

    def hear_sample(self, sample: MetricsSampled) -> None:
        """Hear how things are, at the settings' interval."""
        ...

    def hear_progress(self, progress: RunProgressed) -> None:
        """Hear how far a run is."""
        ...

    def hear_start(self, system: LibrarySystem) -> None:
        """Hear of a system that commands go to from now on."""
        ...

    def hear_stop(self) -> None:
        """Hear that somebody wants an end of everything."""
        ...


class Users(weakref.WeakSet[User]):
    """All users of one system; they leave by being collected."""

    def hear_status(self, status: Status) -> None:
        """Tell every user that the system is different."""
        for user in list(self):
            user.hear_status(status)

    def hear_sample(self, sample: MetricsSampled) -> None:
        """Tell every user how things are."""
        for user in list(self):
            user.hear_sample(sample)

    def hear_progress(self, progress: RunProgressed) -> None:
        """Tell every user how far a run is."""
        for user in list(self):
            user.hear_progress(progress)

    def hear_start(self, system: LibrarySystem) -> None:
        """Tell every user of a system that commands go to from now on."""
        for user in list(self):
            user.hear_start(system)

    def hear_stop(self) -> None:
        """Tell every user that somebody wants an end of everything."""
        for user in list(self):
            user.hear_stop()
