"""What the REPL can do with an actor: look at it, stop it and start it again."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from orquestrador.errors import SettingsError, UnknownActorError
from orquestrador.interface import actor_tree
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.service import SUPERVISORS
from orquestrador.supervisor import RestartChild, WhichChildren
from orquestrador.supervisor.remote import StopChild

if TYPE_CHECKING:
    from orquestrador.running import RunningLibrary
    from orquestrador.supervisor import ActorInfo

_ANSWER_S = 15.0

Command = Callable[..., None]


class ActorCommands:
    """The commands that name an actor."""

    def __init__(self, session: Session, system: "RunningLibrary") -> None:
        """Speak with the system's actors."""
        self._session = session
        self._system = system
        self.commands: Mapping[str, Command] = {
            "actor": self._one,
            "actors": self._all,
            "start": self._start,
            "terminate": self._terminate,
        }

    def names(self) -> Iterable[str]:
        """Return the names of all actors."""
        return [actor.name for actor in self._system.actors()]

    def _all(self, *_names: str) -> None:
        for line in actor_tree.lines(self._session, self._system.actors()):
            self._session.print(line)

    def _one(self, *names: str) -> None:
        actors = self._system.actors()
        for name in _given(names):
            for line in actor_tree.detail_lines(self._session, _named(actors, name)):
                self._session.print(line)

    def _terminate(self, *names: str) -> None:
        for name in _given(names):
            supervisor = self._supervisor_of(name)
            self._system.ask(supervisor, StopChild(id=name), timeout=_ANSWER_S)
            self._session.print(_("{name} is stopped").format(name=name))

    def _start(self, *names: str) -> None:
        for name in _given(names):
            supervisor = self._supervisor_with(name)
            self._system.ask(supervisor, RestartChild(id=name), timeout=_ANSWER_S)
            self._session.print(_("{name} runs").format(name=name))

    def _supervisor_of(self, name: str) -> str:
        actors = self._system.actors()
        parent = _named(actors, name).parent
        for actor in actors:
            if actor.urn == parent:
                return actor.name
        raise SettingsError(
            _("{name} is the top of the tree; `stop` ends the system").format(name=name)
        )

    def _supervisor_with(self, child: str) -> str:
        """Return the supervisor that has this child, which need not run."""
        stopped: list[str] = []
        for served in SUPERVISORS:
            for each in self._system.ask(served, WhichChildren()).children:
                if each.id == child:
                    return served
                if each.id is not None and each.state == "stopped":
                    stopped.append(each.id)
        raise UnknownActorError(
            _("no supervisor has a child {name}; stopped are: {names}").format(
                name=child, names=", ".join(sorted(stopped)) or "-"
            )
        )


def _given(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise SettingsError(_("name an actor; `actors` lists them"))
    return names


def _named(actors: "Iterable[ActorInfo]", name: str) -> "ActorInfo":
    known = {actor.name: actor for actor in actors}
    if name not in known:
        raise UnknownActorError(
            _("no actor is named {name}; there are: {names}").format(
                name=name, names=", ".join(sorted(known))
            )
        )
    return known[name]
