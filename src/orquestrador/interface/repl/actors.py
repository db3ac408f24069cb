"""What the REPL can do with an actor: look at it, stop it and start it again."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from orquestrador.errors import RunFailedError, SettingsError, UnknownActorError
from orquestrador.interface import actor_tree
from orquestrador.interface.repl.caution import without_yes
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.interface.wrapping import wrapped
from orquestrador.messages import Question
from orquestrador.service import SUPERVISORS
from orquestrador.supervisor import (
    RenewChild,
    RestartChild,
    TraceRecord,
    WhichChildren,
)
from orquestrador.supervisor.remote import (
    InspectActor,
    ResumeActor,
    StopChild,
    SuspendActor,
    TraceActor,
)

if TYPE_CHECKING:
    from orquestrador.running import RunningLibrary
    from orquestrador.supervisor import ActorInfo
    from orquestrador.supervisor.remote import Child, Children

_ANSWER_S = 15.0
_TRACE_S = 10.0
_SLICE_S = 0.1

R = TypeVar("R")

Command = Callable[..., None]


class ActorCommands:
    """The commands that name an actor.

    Args:
        session: of the command line.
        system: whose actors they are.
        make_sure: asks before what cannot be undone, and raises without consent; is
            given the question and the words of the line.

    """

    def __init__(
        self,
        session: Session,
        system: "RunningLibrary",
        make_sure: Callable[[str, Sequence[str]], None],
    ) -> None:
        self._session = session
        self._system = system
        self._make_sure = make_sure
        self.commands: Mapping[str, Command] = {
            "actor": self._one,
            "actors": self._all,
            "restart": self._restart,
            "resume": self._resume,
            "start": self._start,
            "suspend": self._suspend,
            "terminate": self._terminate,
            "trace": self._trace,
        }

    def names(self) -> Iterable[str]:
        """Return the names of all actors."""
        return [actor.name for actor in self._system.actors()]

    def stopped(self) -> Iterable[str]:
        """Return the names of the children that could be started again."""
        return [
            each.id
            for supervisor in SUPERVISORS
            for each in self._children(supervisor)
            if each.id is not None and each.state == "stopped"
        ]

    def _all(self, *_names: str) -> None:
        for line in actor_tree.lines(self._session, self._system.actors()):
            self._session.print(wrapped(line, indent=4))

    def _one(self, *names: str) -> None:
        for name in self._known(names):
            seen = self._ask(InspectActor(name=name))
            for line in actor_tree.inspection_lines(self._session, seen):
                self._session.print(wrapped(line))

    def _suspend(self, *names: str) -> None:
        for name in self._known(names):
            self._ask(SuspendActor(name=name))
            words = _("{name} lets its messages wait; `resume` lets it go on")
            self._session.print(words.format(name=name))

    def _resume(self, *names: str) -> None:
        for name in self._known(names):
            self._ask(ResumeActor(name=name))
            self._session.print(_("{name} goes on").format(name=name))

    def _trace(self, *words: str) -> None:
        name, *rest = _given(words)
        seconds = _seconds(rest)
        self._known([name])
        subscription = self._system.subscribe(TraceRecord, self._show_traced(name))
        try:
            self._ask(TraceActor(name=name, seconds=seconds))
            words_ = _("the messages of {name} for {seconds} s; Ctrl-C ends it")
            self._session.print(
                words_.format(name=name, seconds=self._session.number(seconds))
            )
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                self._system.require_open()
                time.sleep(_SLICE_S)
        except KeyboardInterrupt:
            # The usual way to end it.
            self._session.print()
        finally:
            subscription.cancel()

    def _show_traced(self, name: str) -> Callable[[TraceRecord], None]:
        def show(record: TraceRecord) -> None:
            # Somebody else may be tracing another actor.
            if record.actor == name:
                self._session.print(_traced(record))

        return show

    def _restart(self, *words: str) -> None:
        supervisors = self._supervisors_of(words)
        question = _("Restart {actors}? What is under way there may be cut off.")
        self._make_sure(question.format(actors=", ".join(supervisors)), words)
        for name, supervisor in supervisors.items():
            self._system.ask(supervisor, RenewChild(id=name), timeout=_ANSWER_S)
            told = _("{name} was started anew; its mailbox was kept")
            self._session.print(told.format(name=name))

    def _ask(self, request: Question[Any, R]) -> R:
        return self._system.ask("inspector", request)

    def _terminate(self, *words: str) -> None:
        supervisors = self._supervisors_of(words)
        question = _("Stop {actors}? Their messages are refused until `start`.")
        self._make_sure(question.format(actors=", ".join(supervisors)), words)
        for name, supervisor in supervisors.items():
            self._system.ask(supervisor, StopChild(id=name), timeout=_ANSWER_S)
            self._session.print(_("{name} is stopped").format(name=name))

    def _start(self, *names: str) -> None:
        for name in _given(names):
            supervisor = self._supervisor_with(name)
            self._system.ask(supervisor, RestartChild(id=name), timeout=_ANSWER_S)
            self._session.print(_("{name} runs").format(name=name))

    def _known(self, names: Sequence[str]) -> Sequence[str]:
        """Return the names, all of actors that there are."""
        actors = self._system.actors()
        for name in _given(tuple(names)):
            _named(actors, name)
        return names

    def _supervisors_of(self, words: Sequence[str]) -> dict[str, str]:
        """Return the named actors, each with its supervisor; before any is touched."""
        actors = self._system.actors()
        names = {actor.urn: actor.name for actor in actors}
        found: dict[str, str] = {}
        for name in _given(tuple(without_yes(words))):
            parent = _named(actors, name).parent
            if parent not in names:
                raise SettingsError(
                    _("{name} is the top of the tree; `stop` ends the system").format(
                        name=name
                    )
                )
            found[name] = names[parent]
        return found

    def _supervisor_with(self, child: str) -> str:
        """Return the supervisor that has this child, which need not run."""
        for supervisor in SUPERVISORS:
            if any(each.id == child for each in self._children(supervisor)):
                return supervisor
        raise UnknownActorError(
            _("no supervisor has a child {name}; stopped are: {names}").format(
                name=child, names=", ".join(sorted(self.stopped())) or "-"
            )
        )

    def _children(self, supervisor: str) -> "Sequence[Child]":
        try:
            answer: Children = self._system.ask(supervisor, WhichChildren())
        except RunFailedError:
            # A supervisor may be stopped itself: then it has none.
            self._system.require_open()
            return ()
        return answer.children


def _seconds(words: Sequence[str]) -> float:
    try:
        return min(max(float(words[0]), 0.1), 3600.0) if words else _TRACE_S
    except ValueError as error:
        raise SettingsError(
            _("{word} is no number of seconds").format(word=words[0])
        ) from error


def _traced(record: TraceRecord) -> str:
    match record.event:
        case "taken":
            sender = f"  ← {record.sender}" if record.sender else ""
            return f"→ {record.message}{sender}"
        case "handled":
            return f"  {record.message_type}  {1000 * (record.duration_s or 0):.2f} ms"
        case "failed":
            return f"! {record.message_type}  {record.error}"


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
